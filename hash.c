/* SPDX-License-Identifier: MIT */
#include "hash.h"

#include <stddef.h>
#include <string.h>

struct hash_kind {
	void (*compress)(uint32_t *state, const uint32_t *block);
	uint8_t block, digest;
	uint8_t order; /* 7 where the least significant byte comes first */
	const uint64_t *first;
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

/* Adds the sine of the next whole number, which the sum of the steps is, times 2^40; what makes the next step of it is 2 - 2 cos(1). */
static uint32_t next_sine(int64_t *sine, int64_t *step)
{
	*sine += *step;
	*step -= (*sine * 241013 + (*sine * 8259935 >> 23)) >> 18;
	return (uint32_t)((*sine < 0 ? -*sine : *sine) >> 8);
}

static void compress_md5(uint32_t *state, const uint32_t *block)
{
	/* Of the words of a block the first one and the step to the next; by how much is rotated, to the right. */
	static const struct { uint8_t first, step, turns[4]; } rounds[] = {
		{ 0, 1, { 25, 20, 15, 10 } },
		{ 1, 5, { 27, 23, 18, 12 } },
		{ 5, 3, { 28, 21, 16, 9 } },
		{ 0, 7, { 26, 22, 17, 11 } },
	};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], mix;
	int64_t sine = 0, step = 0xd76aa47846; /* of 1 */
	unsigned i, round;

	for (i = 0; i < 64; i++) {
		round = i / 16;
		mix = round == 0 ? d ^ (b & (c ^ d)) : round == 1 ? c ^ (d & (b ^ c)) : round == 2 ? b ^ c ^ d : c ^ (b | ~d);
		mix += a + next_sine(&sine, &step) + block[(rounds[round].first + i * rounds[round].step) & 15];
		a = d;
		d = c;
		c = b;
		b += rotate(mix, rounds[round].turns[i & 3]);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

/* Of 64 bits behind the point: roots of the first primes. SHA-256 has the upper halves. */
static uint64_t cubic[80], square[16];

/* The whole part of the power of a number that has 64 bits behind the point. */
static uint32_t power(const uint32_t x[3], unsigned exponent)
{
	uint32_t y[9] = { x[0], x[1], x[2] }, product[9];
	uint64_t sum;
	unsigned n, i, j;

	for (n = 1; n < exponent; n++) {
		memset(product, 0, sizeof(product));
		for (i = 0; i < 6; i++) {
			for (sum = 0, j = 0; j < 3; j++) {
				sum += product[i + j] + (uint64_t)y[i] * x[j];
				product[i + j] = (uint32_t)sum;
				sum >>= 32;
			}
			product[i + 3] = (uint32_t)sum;
		}
		memcpy(y, product, sizeof(y));
	}
	return y[2 * exponent];
}

/* Bit by bit; what stands before the point is below 8. */
static uint64_t root(unsigned of, unsigned exponent)
{
	uint32_t x[3] = { 0 };
	unsigned bit;

	for (bit = 64 + 3; bit--;) {
		x[bit / 32] |= 1u << bit % 32;
		if (power(x, exponent) >= of)
			x[bit / 32] ^= 1u << bit % 32;
	}
	return (uint64_t)x[1] << 32 | x[0];
}

static void make_constants(void)
{
	unsigned prime = 1, i, divisor;

	for (i = 0; i < 80; i++) {
		do
			for (prime++, divisor = 2; prime % divisor;)
				divisor++;
		while (divisor < prime);
		cubic[i] = root(prime, 3);
		if (i < 16)
			square[i] = root(prime, 2);
	}
}

/* In both the eight variables are a window that goes down an array by a word each round, where a new first one comes before the others. */

static void compress_sha256(uint32_t *state, const uint32_t *block)
{
	uint32_t w[64], all[64 + 8], *v = all + 64, x, y;
	unsigned i;

	memcpy(v, state, 32);
	memcpy(w, block, 64);
	for (i = 0; i < 64; i++) {
		if (i >= 16) {
			x = w[i - 15];
			y = w[i - 2];
			w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
		}
		x = v[4];
		y = v[0];
		x = v[7] + w[i] + (uint32_t)(cubic[i] >> 32) + (rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25)) + (v[6] ^ (x & (v[5] ^ v[6])));
		v--;
		v[4] += x;
		v[0] = x + (rotate(y, 2) ^ rotate(y, 13) ^ rotate(y, 22)) + ((y & v[2]) ^ (v[3] & (y ^ v[2])));
	}
	for (i = 0; i < 8; i++)
		state[i] += v[i];
}

/* a < b < c. */
static uint64_t three(uint64_t x, unsigned a, unsigned b, unsigned c)
{
	return (x >> a | x << (64 - a)) ^ (x >> b | x << (64 - b)) ^ (x >> c | x << (64 - c));
}

static uint64_t join(const uint32_t *halves)
{
	return (uint64_t)halves[0] << 32 | halves[1];
}

static void compress_sha512(uint32_t *state, const uint32_t *block)
{
	uint64_t w[80], all[80 + 8], *v = all + 80, x, y;
	unsigned i;

	for (i = 0; i < 8; i++)
		v[i] = join(state + 2 * i);
	for (i = 0; i < 80; i++) {
		if (i < 16) {
			w[i] = join(block + 2 * i);
		} else {
			x = w[i - 15];
			y = w[i - 2];
			w[i] = w[i - 16] + w[i - 7] + (three(x, 1, 8, 7) ^ x << 57) + (three(y, 19, 61, 6) ^ y << 58);
		}
		x = v[4];
		y = v[0];
		x = v[7] + w[i] + cubic[i] + three(x, 14, 18, 41) + (v[6] ^ (x & (v[5] ^ v[6])));
		v--;
		v[4] += x;
		v[0] = x + three(y, 28, 34, 39) + ((y & v[2]) ^ (v[3] & (y ^ v[2])));
	}
	for (i = 0; i < 8; i++) {
		x = join(state + 2 * i) + v[i];
		state[2 * i] = (uint32_t)(x >> 32);
		state[2 * i + 1] = (uint32_t)x;
	}
}

void hash_begin(struct hash *h, enum hash_name name)
{
	static const struct hash_kind kinds[] = {
		{ compress_sha256, 64, 32, 0, square },
		{ compress_sha512, 128, 48, 0, square + 8 },
		{ compress_sha512, 128, 64, 0, square },
		{ compress_md5, 64, 16, 7, NULL },
	};
	const struct hash_kind *kind = &kinds[name - HASH_SHA256];
	static const uint32_t md5[] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };
	uint32_t *state = h->state;
	unsigned i;

	h->kind = kind;
	h->count = 0;
	if (!kind->first) {
		memcpy(state, md5, sizeof(md5));
		return;
	}
	if (!square[0])
		make_constants();
	for (i = 0; i < 8; i++) {
		*state++ = (uint32_t)(kind->first[i] >> 32);
		if (kind->block == 128)
			*state++ = (uint32_t)kind->first[i];
	}
}

static void add_byte(struct hash *h, uint32_t byte)
{
	const struct hash_kind *kind = h->kind;
	unsigned at = (unsigned)h->count++ & (kind->block - 1u);
	uint32_t *word = &h->block[at / 4];

	*word = kind->order ? *word >> 8 | byte << 24 : *word << 8 | byte;
	if (at == kind->block - 1u)
		kind->compress(h->state, h->block);
}

void hash_add(struct hash *h, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len--)
		add_byte(h, *p++);
}

size_t hash_end(const struct hash *unended, uint8_t *digest)
{
	struct hash h = *unended;
	const struct hash_kind *kind = h.kind;
	uint64_t bits = 8 * h.count;
	unsigned len = kind->block / 8u, order = kind->order ^ 7, i;

	add_byte(&h, 0x80);
	/* The length has 64 or 128 bits, which begin with zeros as well. */
	for (i = 8; i < len || (h.count + 8) & (kind->block - 1u); i++)
		add_byte(&h, 0);
	for (i = 0; i < 8; i++)
		add_byte(&h, (uint8_t)(bits >> 8 * (i ^ order)));
	for (i = 0; i < kind->digest; i++)
		digest[i] = (uint8_t)(h.state[i / 4] >> 8 * ((i ^ order) & 3));
	return kind->digest;
}

void hash_begin_padded(struct hash *h, enum hash_name name, const uint8_t *key, size_t len, uint8_t pad)
{
	uint8_t digest[HASH_MAX];
	unsigned i;

	hash_begin(h, name);
	if (len > h->kind->block) {
		hash_add(h, key, len);
		len = hash_end(h, digest);
		key = digest;
		hash_begin(h, name);
	}
	for (i = 0; i < h->kind->block; i++)
		add_byte(h, (i < len ? key[i] : 0) ^ pad);
}
