/* SPDX-License-Identifier: MIT */
#include "chapoly.h"

#include <string.h>

#define LIMB_BITS 26
#define LIMB_MASK 0x3ffffffu

static uint32_t load(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void store(uint8_t *p, uint32_t x)
{
	unsigned i;

	for (i = 0; i < 4; i++, x >>= 8)
		p[i] = (uint8_t)x;
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	static const uint8_t turns[] = { 16, 12, 8, 7 };
	uint32_t *swap;
	unsigned i;

	for (i = 0; i < 4; i++) {
		*a += *b;
		*d ^= *a;
		*d = *d << turns[i] | *d >> (32 - turns[i]);
		swap = a, a = c, c = swap;
		swap = b, b = d, d = swap;
	}
}

static void make_block(const uint32_t state[16], uint8_t out[64])
{
	uint32_t x[16];
	unsigned round, i, j;

	memcpy(x, state, sizeof(x));
	/* Columns, then diagonals. */
	for (round = 0; round < 20; round++)
		for (i = 0, j = round & 1; i < 4; i++)
			quarter(&x[i], &x[4 + ((i + j) & 3)], &x[8 + ((i + 2 * j) & 3)], &x[12 + ((i + 3 * j) & 3)]);
	for (i = 0; i < 16; i++)
		store(out + 4 * i, x[i] + state[i]);
}

void chacha20(const uint8_t key[32], const uint8_t nonce[12], uint32_t block, uint8_t *data, size_t len)
{
	static const uint8_t begin[] = { 'e', 'x', 'p', 'a', 'n', 'd', ' ', '3', '2', '-', 'b', 'y', 't', 'e', ' ', 'k' };
	uint32_t state[16];
	uint8_t stream[64];
	size_t i;

	for (i = 0; i < 4; i++)
		state[i] = load(begin + 4 * i);
	for (i = 0; i < 8; i++)
		state[4 + i] = load(key + 4 * i);
	state[12] = block;
	for (i = 0; i < 3; i++)
		state[13 + i] = load(nonce + 4 * i);
	for (i = 0; i < len; i++) {
		if (i % 64 == 0) {
			make_block(state, stream);
			state[12]++;
		}
		data[i] ^= stream[i % 64];
	}
}

/* 130 bits, in limbs of 26. */
struct poly {
	uint32_t r[5], h[5];
};

static void split(uint32_t out[5], const uint8_t block[16])
{
	unsigned i;

	for (i = 0; i < 4; i++)
		out[i] = load(block + 3 * i) >> 2 * i & LIMB_MASK;
	out[4] = load(block + 12) >> 8;
}

/* Modulo 2^130 - 5: what is beyond comes back 5 times. */
static void multiply(uint32_t h[5], const uint32_t r[5])
{
	uint64_t sum[5], carry = 0;
	unsigned i, j;

	for (i = 0; i < 5; i++) {
		sum[i] = 0;
		for (j = 0; j < 5; j++)
			sum[i] += (uint64_t)h[j] * (j <= i ? r[i - j] : 5 * r[5 + i - j]);
	}
	for (i = 0; i < 5; i++) {
		carry += sum[i];
		h[i] = (uint32_t)carry & LIMB_MASK;
		carry >>= LIMB_BITS;
	}
	carry = h[0] + carry * 5;
	h[0] = (uint32_t)carry & LIMB_MASK;
	h[1] += (uint32_t)(carry >> LIMB_BITS);
}

/* Zeros fill up the last block. */
static void add(struct poly *p, const uint8_t *data, size_t len)
{
	uint8_t block[16];
	uint32_t limbs[5];
	size_t n, i;

	for (; len; len -= n, data += n) {
		n = len < 16 ? len : 16;
		memset(block, 0, 16);
		memcpy(block, data, n);
		split(limbs, block);
		limbs[4] |= 1 << 24;
		for (i = 0; i < 5; i++)
			p->h[i] += limbs[i];
		multiply(p->h, p->r);
	}
}

/* h + more, of which the carry goes round once. */
static void carry_over(uint32_t h[5], uint32_t more)
{
	unsigned i;

	for (i = 0; i < 5; i++) {
		h[i] += more;
		more = h[i] >> LIMB_BITS;
		h[i] &= LIMB_MASK;
	}
	h[0] += 5 * more;
}

void poly1305(const uint8_t key[32], const uint8_t aad[13], const uint8_t *data, size_t len, uint8_t tag[16])
{
	static const uint8_t mask[] = { 255, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15, 252, 255, 255, 15 };
	struct poly p = { .h = { 0 } };
	uint8_t block[16];
	uint32_t beyond[5], use;
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < 16; i++)
		block[i] = key[i] & mask[i];
	split(p.r, block);
	add(&p, aad, 13);
	add(&p, data, len);
	memset(block, 0, 16);
	block[0] = 13;
	store(block + 8, (uint32_t)len);
	add(&p, block, 16);
	carry_over(p.h, 0);
	carry_over(p.h, 0);
	/* h, or h - (2^130 - 5) where that is not negative. */
	memcpy(beyond, p.h, sizeof(beyond));
	beyond[0] += 5;
	for (i = 0; i < 4; i++) {
		beyond[i + 1] += beyond[i] >> LIMB_BITS;
		beyond[i] &= LIMB_MASK;
	}
	use = -(beyond[4] >> LIMB_BITS);
	for (i = 0; i < 5; i++)
		p.h[i] ^= (p.h[i] ^ beyond[i]) & use & LIMB_MASK;
	/* Limb i + 1 begins 6 * i + 26 bits into it. */
	for (i = 0; i < 4; i++) {
		sum += (p.h[i] >> 6 * i | p.h[i + 1] << (LIMB_BITS - 6 * i)) + (uint64_t)load(key + 16 + 4 * i);
		store(tag + 4 * i, (uint32_t)sum);
		sum >>= 32;
	}
}
