/* SPDX-License-Identifier: MIT */
#include "number.h"

#include <string.h>

static uint32_t modulus[NUMBER_WORDS], inverse; /* -1 / modulus, of its lowest word */
static unsigned words;

/* d = a + b, or a - b with invert of all ones, where b counts as 0 without the mask. Returns the carry; of a difference 1 where it is not negative. */
static uint32_t sum(uint32_t *d, const uint32_t *a, const uint32_t *b, uint32_t mask, uint32_t invert)
{
	uint64_t carry = invert & 1;
	unsigned i;

	for (i = 0; i < words; i++) {
		carry += (uint64_t)a[i] + ((b[i] & mask) ^ invert);
		d[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return (uint32_t)carry;
}

/* d = a, a value below twice the modulus whose highest bit is in carry. Whether it was below the modulus. */
static bool reduce(uint32_t *d, const uint32_t *a, uint32_t carry)
{
	carry += sum(d, a, modulus, -1u, -1u);
	sum(d, d, modulus, carry - 1, 0);
	return !carry;
}

static void decode(uint32_t *x, const uint8_t *bytes, unsigned len)
{
	unsigned i;

	memset(x, 0, 4 * words);
	for (i = 0; i < len; i++)
		x[i / 4] |= (uint32_t)bytes[len - 1 - i] << i % 4 * 8;
}

void number_modulus(const uint8_t *bytes, unsigned len)
{
	unsigned i;

	words = (len + 3) / 4;
	decode(modulus, bytes, len);
	/* Each turn doubles the bits that are right. */
	inverse = 1;
	for (i = 0; i < 5; i++)
		inverse *= inverse * modulus[0] + 2;
}

bool number_decode(uint32_t *x, const uint8_t *bytes, unsigned len)
{
	if (len > 4 * words)
		return false;
	decode(x, bytes, len);
	return reduce(x, x, 0);
}

void number_encode(uint8_t *bytes, unsigned len, const uint32_t *x)
{
	unsigned i;

	for (i = 0; i < len; i++)
		bytes[len - 1 - i] = (uint8_t)(x[i / 4] >> i % 4 * 8);
}

void number_add(uint32_t *d, const uint32_t *a, const uint32_t *b)
{
	uint32_t carry = sum(d, a, b, -1u, 0);

	reduce(d, d, carry);
}

void number_sub(uint32_t *d, const uint32_t *a, const uint32_t *b)
{
	uint32_t carry = sum(d, a, b, -1u, -1u);

	sum(d, d, modulus, carry - 1, 0);
}

void number_mul(uint32_t *d, const uint32_t *a, const uint32_t *b)
{
	uint32_t shifted[1 + NUMBER_WORDS], *t = shifted + 1, top = 0, f;
	uint64_t product, multiple;
	unsigned i, j;

	memset(t, 0, 4 * words);
	for (i = 0; i < words; i++) {
		f = (t[0] + a[i] * b[0]) * inverse;
		product = multiple = 0;
		for (j = 0; j < words; j++) {
			product = (uint64_t)a[i] * b[j] + t[j] + (product >> 32);
			multiple = (uint64_t)f * modulus[j] + (uint32_t)product + (multiple >> 32);
			shifted[j] = (uint32_t)multiple;
		}
		product = (product >> 32) + (multiple >> 32) + top;
		shifted[words] = (uint32_t)product;
		top = (uint32_t)(product >> 32);
	}
	reduce(d, t, top);
}

/* Doubled for each bit: not fast, but done a few times a signature. */
void number_to_monty(uint32_t *x)
{
	unsigned bits = 32 * words;

	while (bits--)
		number_add(x, x, x);
}

void number_power(uint32_t *x, uint32_t *base, const uint8_t *e, unsigned len)
{
	unsigned bit;

	number_to_monty(base);
	while (len--) {
		for (bit = 0; bit < 8; bit++) {
			if (e[len] >> bit & 1)
				number_mul(x, x, base);
			number_mul(base, base, base);
		}
	}
}
