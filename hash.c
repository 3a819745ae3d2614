/* SPDX-License-Identifier: MIT */
#include "hash.h"

#include <stdbool.h>
#include <string.h>

struct hash_kind {
	void (*compress)(uint32_t *state, const uint32_t *block);
	uint8_t block, digest;
	bool little; /* the least significant byte of a word comes first */
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void compress_md5(uint32_t *state, const uint32_t *block)
{
	static const uint32_t sines[64] = {
		0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
		0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
		0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
		0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
		0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
		0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
		0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
		0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
	};
	/* Of the words of a block the first one and the step to the next; by how much is rotated, to the right. */
	static const struct { uint8_t first, step, turns[4]; } rounds[] = {
		{ 0, 1, { 25, 20, 15, 10 } },
		{ 1, 5, { 27, 23, 18, 12 } },
		{ 5, 3, { 28, 21, 16, 9 } },
		{ 0, 7, { 26, 22, 17, 11 } },
	};
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], mix;
	unsigned i, round;

	for (i = 0; i < 64; i++) {
		round = i / 16;
		mix = round == 0 ? d ^ (b & (c ^ d)) : round == 1 ? c ^ (d & (b ^ c)) : round == 2 ? b ^ c ^ d : c ^ (b | ~d);
		mix += a + sines[i] + block[(rounds[round].first + i * rounds[round].step) & 15];
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

/* Of SHA-512's constants the upper halves, which are SHA-256's, and the lower ones. */
static const uint32_t constants[80] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
	0xca273ece, 0xd186b8c7, 0xeada7dd6, 0xf57d4f7f, 0x06f067aa, 0x0a637dc5, 0x113f9804, 0x1b710b35,
	0x28db77f5, 0x32caab7b, 0x3c9ebe0a, 0x431d67c4, 0x4cc5d4be, 0x597f299c, 0x5fcb6fab, 0x6c44198c,
};
static const uint32_t lower[80] = {
	0xd728ae22, 0x23ef65cd, 0xec4d3b2f, 0x8189dbbc, 0xf348b538, 0xb605d019, 0xaf194f9b, 0xda6d8118,
	0xa3030242, 0x45706fbe, 0x4ee4b28c, 0xd5ffb4e2, 0xf27b896f, 0x3b1696b1, 0x25c71235, 0xcf692694,
	0x9ef14ad2, 0x384f25e3, 0x8b8cd5b5, 0x77ac9c65, 0x592b0275, 0x6ea6e483, 0xbd41fbd4, 0x831153b5,
	0xee66dfab, 0x2db43210, 0x98fb213f, 0xbeef0ee4, 0x3da88fc2, 0x930aa725, 0xe003826f, 0x0a0e6e70,
	0x46d22ffc, 0x5c26c926, 0x5ac42aed, 0x9d95b3df, 0x8baf63de, 0x3c77b2a8, 0x47edaee6, 0x1482353b,
	0x4cf10364, 0xbc423001, 0xd0f89791, 0x0654be30, 0xd6ef5218, 0x5565a910, 0x5771202a, 0x32bbd1b8,
	0xb8d2d0c8, 0x5141ab53, 0xdf8eeb99, 0xe19b48a8, 0xc5c95a63, 0xe3418acb, 0x7763e373, 0xd6b2b8a3,
	0x5defb2fc, 0x43172f60, 0xa1f0ab72, 0x1a6439ec, 0x23631e28, 0xde82bde9, 0xb2c67915, 0xe372532b,
	0xea26619c, 0x21c0c207, 0xcde0eb1e, 0xee6ed178, 0x72176fba, 0xa2c898a6, 0xbef90dae, 0x131c471b,
	0x23047d84, 0x40c72493, 0x15c9bebc, 0x9c100d4c, 0xcb3e42b6, 0xfc657e2a, 0x3ad6faec, 0x4a475817,
};

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
		x = v[7] + w[i] + constants[i] + (rotate(x, 6) ^ rotate(x, 11) ^ rotate(x, 25)) + (v[6] ^ (x & (v[5] ^ v[6])));
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

static uint64_t join(const uint32_t *high, const uint32_t *low)
{
	return (uint64_t)*high << 32 | *low;
}

static void compress_sha512(uint32_t *state, const uint32_t *block)
{
	uint64_t w[80], all[80 + 8], *v = all + 80, x, y;
	unsigned i;

	for (i = 0; i < 8; i++)
		v[i] = join(state + i, state + 8 + i);
	for (i = 0; i < 80; i++) {
		if (i < 16) {
			w[i] = join(block + 2 * i, block + 2 * i + 1);
		} else {
			x = w[i - 15];
			y = w[i - 2];
			w[i] = w[i - 16] + w[i - 7] + (three(x, 1, 8, 7) ^ x << 57) + (three(y, 19, 61, 6) ^ y << 58);
		}
		x = v[4];
		y = v[0];
		x = v[7] + w[i] + join(constants + i, lower + i) + three(x, 14, 18, 41) + (v[6] ^ (x & (v[5] ^ v[6])));
		v--;
		v[4] += x;
		v[0] = x + three(y, 28, 34, 39) + ((y & v[2]) ^ (v[3] & (y ^ v[2])));
	}
	for (i = 0; i < 8; i++) {
		x = join(state + i, state + 8 + i) + v[i];
		state[i] = (uint32_t)(x >> 32);
		state[8 + i] = (uint32_t)x;
	}
}

static void start(struct hash *h, const struct hash_kind *kind, const uint32_t *state, size_t len)
{
	h->kind = kind;
	h->count = 0;
	memcpy(h->state, state, len);
}

void hash_md5(struct hash *h)
{
	static const struct hash_kind kind = { compress_md5, 64, 16, true };
	static const uint32_t state[] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 };

	start(h, &kind, state, sizeof(state));
}

/* As the constants: upper halves first. */
static const uint32_t first[16] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
	0xf3bcc908, 0x84caa73b, 0xfe94f82b, 0x5f1d36f1, 0xade682d1, 0x2b3e6c1f, 0xfb41bd6b, 0x137e2179,
};

void hash_sha256(struct hash *h)
{
	static const struct hash_kind kind = { compress_sha256, 64, 32, false };

	start(h, &kind, first, 32);
}

void hash_sha384(struct hash *h)
{
	static const struct hash_kind kind = { compress_sha512, 128, 48, false };
	static const uint32_t state[] = {
		0xcbbb9d5d, 0x629a292a, 0x9159015a, 0x152fecd8, 0x67332667, 0x8eb44a87, 0xdb0c2e0d, 0x47b5481d,
		0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4,
	};

	start(h, &kind, state, sizeof(state));
}

void hash_sha512(struct hash *h)
{
	static const struct hash_kind kind = { compress_sha512, 128, 64, false };

	start(h, &kind, first, sizeof(first));
}

static void add_byte(struct hash *h, uint32_t byte)
{
	const struct hash_kind *kind = h->kind;
	unsigned at = (unsigned)h->count++ & (kind->block - 1u);
	uint32_t *word = &h->block[at / 4];

	*word = kind->little ? *word >> 8 | byte << 24 : *word << 8 | byte;
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
	unsigned len = kind->block / 8, order = kind->little ? 0 : 3, i;

	add_byte(&h, 0x80);
	while ((h.count + len) & (kind->block - 1u))
		add_byte(&h, 0);
	for (i = 0; i < len; i++)
		add_byte(&h, i + 8 < len ? 0 : (uint8_t)(bits >> 8 * ((len - 1 - i) ^ (kind->little ? 7 : 0))));
	for (i = 0; i < kind->digest; i++) {
		unsigned word = len == 8 ? i / 4 : i / 8 + (i & 4) * 2;

		digest[i] = (uint8_t)(h.state[word] >> 8 * ((i & 3) ^ order));
	}
	return kind->digest;
}

void hash_start_padded(struct hash *h, hash_start *begin, const uint8_t *key, size_t len, uint8_t pad)
{
	uint8_t digest[HASH_MAX];
	unsigned i;

	begin(h);
	if (len > h->kind->block) {
		hash_add(h, key, len);
		len = hash_end(h, digest);
		key = digest;
		begin(h);
	}
	for (i = 0; i < h->kind->block; i++)
		add_byte(h, (i < len ? key[i] : 0) ^ pad);
}
