/* SPDX-License-Identifier: MIT */
#include "ciphers.h"

#include <stdbool.h>
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

static void put_be(uint8_t *p, uint64_t x, unsigned len)
{
	while (len--) {
		p[len] = (uint8_t)x;
		x >>= 8;
	}
}

static uint64_t get_be64(const uint8_t *p)
{
	uint64_t x = 0;
	unsigned i;

	for (i = 0; i < 8; i++)
		x = x << 8 | p[i];
	return x;
}

static uint8_t twice(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b);
}

static const uint8_t sbox[256] = {
	99, 124, 119, 123, 242, 107, 111, 197, 48, 1, 103, 43, 254, 215, 171, 118, 202, 130, 201, 125, 250, 89, 71, 240, 173, 212, 162, 175, 156, 164, 114, 192,
	183, 253, 147, 38, 54, 63, 247, 204, 52, 165, 229, 241, 113, 216, 49, 21, 4, 199, 35, 195, 24, 150, 5, 154, 7, 18, 128, 226, 235, 39, 178, 117,
	9, 131, 44, 26, 27, 110, 90, 160, 82, 59, 214, 179, 41, 227, 47, 132, 83, 209, 0, 237, 32, 252, 177, 91, 106, 203, 190, 57, 74, 76, 88, 207,
	208, 239, 170, 251, 67, 77, 51, 133, 69, 249, 2, 127, 80, 60, 159, 168, 81, 163, 64, 143, 146, 157, 56, 245, 188, 182, 218, 33, 16, 255, 243, 210,
	205, 12, 19, 236, 95, 151, 68, 23, 196, 167, 126, 61, 100, 93, 25, 115, 96, 129, 79, 220, 34, 42, 144, 136, 70, 238, 184, 20, 222, 94, 11, 219,
	224, 50, 58, 10, 73, 6, 36, 92, 194, 211, 172, 98, 145, 149, 228, 121, 231, 200, 55, 109, 141, 213, 78, 169, 108, 86, 244, 234, 101, 122, 174, 8,
	186, 120, 37, 46, 28, 166, 180, 198, 232, 221, 116, 31, 75, 189, 139, 138, 112, 62, 181, 102, 72, 3, 246, 14, 97, 53, 87, 185, 134, 193, 29, 158,
	225, 248, 152, 17, 105, 217, 142, 148, 155, 30, 135, 233, 206, 85, 40, 223, 140, 161, 137, 13, 191, 230, 66, 104, 65, 153, 45, 15, 176, 84, 187, 22,
};

/* FIPS 197, a byte at a time. */
void aes_init(struct aes *a, const uint8_t *key, size_t len)
{
	uint8_t *k = a->keys, word[4], turn = 1;
	size_t i, j;

	a->rounds = (uint8_t)(6 + len / 4);
	memcpy(k, key, len);
	for (i = len; i < 16u * (a->rounds + 1u); i += 4) {
		bool begins = i % len == 0;

		for (j = 0; j < 4; j++)
			word[j] = k[i - 4 + ((j + begins) & 3)];
		for (j = 0; j < 4 && (begins || i % 32 == 16) && (begins || len == 32); j++)
			word[j] = sbox[word[j]];
		if (begins) {
			word[0] ^= turn;
			turn = twice(turn);
		}
		for (j = 0; j < 4; j++)
			k[i + j] = k[i + j - len] ^ word[j];
	}
}

static void mix_column(uint8_t c[4])
{
	uint8_t all = c[0] ^ c[1] ^ c[2] ^ c[3], first = c[0];
	unsigned i;

	for (i = 0; i < 4; i++)
		c[i] ^= all ^ twice(c[i] ^ (i < 3 ? c[i + 1] : first));
}

static void aes_block(const struct aes *a, uint8_t x[16])
{
	const uint8_t *k = a->keys;
	uint8_t y[16];
	unsigned round, i;

	for (round = 0;; round++) {
		for (i = 0; i < 16; i++)
			x[i] ^= *k++;
		if (round == a->rounds)
			return;
		/* Row r of column c comes from column c + r. */
		for (i = 0; i < 16; i++)
			y[i] = sbox[x[5 * i & 15]];
		memcpy(x, y, 16);
		if (round < a->rounds - 1u)
			for (i = 0; i < 16; i += 4)
				mix_column(x + i);
	}
}

void aes_stream(const struct aes *a, const uint8_t nonce[12], uint32_t block, uint8_t *data, size_t len)
{
	uint8_t stream[16];
	size_t i;

	for (i = 0; i < len; i++) {
		if (i % 16 == 0) {
			memcpy(stream, nonce, 12);
			put_be(stream + 12, block++, 4);
			aes_block(a, stream);
		}
		data[i] ^= stream[i % 16];
	}
}

/* Bits are the other way round: the first one is that of x^0. */
static void multiply_bits(uint8_t y[16], const uint8_t key[16])
{
	uint64_t v[2] = { get_be64(key), get_be64(key + 8) }, z[2] = { 0, 0 }, mask;
	unsigned i;

	for (i = 0; i < 128; i++) {
		mask = -(uint64_t)(y[i / 8] >> (7 - i % 8) & 1);
		z[0] ^= v[0] & mask;
		z[1] ^= v[1] & mask;
		mask = -(v[1] & 1);
		v[1] = v[1] >> 1 | v[0] << 63;
		v[0] = v[0] >> 1 ^ (mask & 0xe1ULL << 56);
	}
	put_be(y, z[0], 8);
	put_be(y + 8, z[1], 8);
}

void ghash(uint8_t y[16], const uint8_t key[16], const uint8_t *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		y[i % 16] ^= data[i];
		if (i % 16 == 15 || i == len - 1)
			multiply_bits(y, key);
	}
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
