/* SPDX-License-Identifier: MIT */
/*
 * Numbers of any size, in words of 31 bits behind their length in bits (of which a whole word counts 32), modulo an odd m. In place of
 * BearSSL's functions of these names, which are unrolled or divide, and have 1.9 KB more. Takes the same time whatever the numbers, but
 * for decode_mod(), bit_length() and the exponent of modpow(), which are public here.
 */
#include <inner.h>

#define WORD_MASK 0x7fffffffu

static unsigned words(const uint32_t *m)
{
	return (m[0] + 31) >> 5;
}

/* Of a value below 2 m, whose highest bit is in carry. */
static void reduce(uint32_t *x, const uint32_t *m, uint32_t carry)
{
	br_i31_sub(x, m, carry | (br_i31_sub(x, m, 0) ^ 1));
}

void br_i31_montymul(uint32_t *d, const uint32_t *x, const uint32_t *y, const uint32_t *m, uint32_t m0i)
{
	unsigned len = words(m), i, j;
	uint32_t carry = 0, f;
	uint64_t sum;

	br_i31_zero(d, m[0]);
	for (i = 1; i <= len; i++) {
		f = (d[1] + x[i] * y[1]) * m0i & WORD_MASK;
		sum = 0;
		for (j = 1; j <= len; j++) {
			sum += d[j] + (uint64_t)x[i] * y[j] + (uint64_t)f * m[j];
			d[j - 1] = (uint32_t)sum & WORD_MASK;
			sum >>= 31;
		}
		sum += carry;
		d[len] = (uint32_t)sum & WORD_MASK;
		carry = (uint32_t)(sum >> 31);
	}
	d[0] = m[0];
	reduce(d, m, carry);
}

/* Doubled for each bit of the words: not fast, but done once a signature. */
void br_i31_to_monty(uint32_t *x, const uint32_t *m)
{
	unsigned bits = 31 * words(m);

	while (bits--)
		reduce(x, m, br_i31_add(x, x, 1));
}

/* Halved as often. */
void br_i31_from_monty(uint32_t *x, const uint32_t *m, uint32_t m0i)
{
	unsigned len = words(m), bits = 31 * len;
	uint32_t odd, carry;

	(void)m0i;
	while (bits--) {
		odd = x[1] & 1;
		carry = br_i31_add(x, m, odd) & odd;
		br_i31_rshift(x, 1);
		x[len] |= carry << 30;
	}
}

/* x goes on as it is, t1 in Montgomery's form: their product is as it is. */
void br_i31_modpow(uint32_t *x, const unsigned char *e, size_t len, const uint32_t *m, uint32_t m0i, uint32_t *t1, uint32_t *t2)
{
	size_t size = (words(m) + 1) * sizeof(*x);
	unsigned bit;

	memcpy(t1, x, size);
	br_i31_to_monty(t1, m);
	br_i31_zero(x, m[0]);
	x[1] = 1;
	while (len--) {
		for (bit = 0; bit < 8; bit++) {
			if (e[len] >> bit & 1) {
				br_i31_montymul(t2, x, t1, m, m0i);
				memcpy(x, t2, size);
			}
			br_i31_montymul(t2, t1, t1, m, m0i);
			memcpy(t1, t2, size);
		}
	}
}

/* What does not fit is left out. */
void br_i31_encode(void *out, size_t len, const uint32_t *x)
{
	uint8_t *p = (uint8_t *)out + len;
	unsigned left = words(x), have = 0;
	uint64_t bits = 0;

	while (p > (uint8_t *)out) {
		if (have < 8 && left) {
			bits |= (uint64_t)*++x << have;
			have += 31;
			left--;
		}
		*--p = (uint8_t)bits;
		bits >>= 8;
		have = have > 8 ? have - 8 : 0;
	}
}

uint32_t br_i31_bit_length(uint32_t *x, size_t len)
{
	uint32_t bits = 0, w;

	while (len && !x[len - 1])
		len--;
	if (!len)
		return 0;
	for (w = x[len - 1]; w; w >>= 1)
		bits++;
	return (uint32_t)(len - 1) * 32 + bits;
}

uint32_t br_i31_decode_mod(uint32_t *x, const void *src, size_t len, const uint32_t *m)
{
	const uint8_t *p = src;
	uint32_t fits;

	br_i31_zero(x, m[0]);
	for (; len > (31 * words(m) + 7) / 8; len--)
		if (*p++)
			return 0;
	br_i31_decode(x, p, len);
	fits = x[0] <= m[0];
	x[0] = m[0];
	fits &= br_i31_sub(x, m, 0);
	if (!fits)
		br_i31_zero(x, m[0]);
	return fits;
}
