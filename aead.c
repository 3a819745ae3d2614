/* SPDX-License-Identifier: MIT */
#include "aead.h"
#include "number.h"

#include <string.h>

#define BLOCK 16
#define CHACHA_BLOCK 64

/* Words that begin with their least significant byte, with an order of 3 with their most significant one. */

static void load(uint32_t *x, const uint8_t *bytes, unsigned len, unsigned order)
{
	while (len--)
		x[len / 4] = x[len / 4] << 8 | bytes[len ^ order];
}

static void store(uint8_t *bytes, const uint32_t *x, unsigned len, unsigned order)
{
	while (len--)
		bytes[len ^ order] = (uint8_t)(x[len / 4] >> len % 4 * 8);
}

/* AES (FIPS 197), a byte at a time */

static uint8_t twice(uint8_t x)
{
	return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b);
}

static uint8_t sbox[256];

/* x goes through the powers of 3, and inverse through those of its inverse. */
static void make_sbox(void)
{
	uint8_t x = 1, inverse = 1;
	unsigned bits;

	do {
		x ^= twice(x);
		inverse ^= (uint8_t)(inverse << 1);
		inverse ^= (uint8_t)(inverse << 2);
		inverse ^= (uint8_t)(inverse << 4);
		inverse ^= (inverse >> 7) * 9;
		/* With its bits one to four to the left, around the end. */
		bits = inverse ^ inverse << 1;
		bits ^= bits << 2 ^ (unsigned)inverse << 4;
		sbox[x] = (uint8_t)(0x63 ^ bits ^ bits >> 8);
	} while (x != 1);
	sbox[0] = 0x63;
}

static void set_aes(struct aead *a, const uint8_t *key, unsigned len)
{
	uint8_t *k = a->keys, word[4], turn = 1;
	unsigned i, j;

	make_sbox();
	a->rounds = (uint8_t)(6 + len / 4);
	memcpy(k, key, len);
	for (i = len; i < 16u * (a->rounds + 1u); i += 4) {
		bool begins = !(i & (len - 1));

		for (j = 0; j < 4; j++) {
			word[j] = k[i - 4 + ((j + begins) & 3)];
			if (begins || (i & (len - 1)) == 16)
				word[j] = sbox[word[j]];
		}
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

static void aes_block(const struct aead *a, uint8_t x[BLOCK])
{
	const uint8_t *k = a->keys;
	uint8_t y[BLOCK];
	unsigned round, i;

	for (round = 0;; round++) {
		for (i = 0; i < BLOCK; i++)
			x[i] ^= *k++;
		if (round == a->rounds)
			return;
		/* Row r of column c comes from column c + r. */
		for (i = 0; i < BLOCK; i++)
			y[i] = sbox[x[5 * i & 15]];
		memcpy(x, y, BLOCK);
		if (round < a->rounds - 1u)
			for (i = 0; i < BLOCK; i += 4)
				mix_column(x + i);
	}
}

/* ChaCha20 */

static void chacha_block(uint8_t bytes[CHACHA_BLOCK])
{
	static const uint8_t turns[] = { 16, 12, 8, 7 };
	uint32_t x[16], first[16], *at[4];
	unsigned quarter, i, from;

	load(first, bytes, CHACHA_BLOCK, 0);
	memcpy(x, first, sizeof(x));
	/* In turn four columns and four diagonals. */
	for (quarter = 0; quarter < 80; quarter++) {
		for (i = 0; i < 4; i++)
			at[i] = &x[4 * i + ((quarter + (quarter & 4 ? i : 0)) & 3)];
		for (i = 0; i < 4; i++) {
			from = i & 1 ? 2 : 0;
			*at[from] += *at[from + 1];
			*at[3 - from] ^= *at[from];
			*at[3 - from] = *at[3 - from] << turns[i] | *at[3 - from] >> (32 - turns[i]);
		}
	}
	for (i = 0; i < 16; i++)
		x[i] += first[i];
	store(bytes, x, CHACHA_BLOCK, 0);
}

/* The exclusive or of the data with the stream from this block on. */
static void add_stream(const struct aead *a, const uint8_t *nonce, uint32_t block, uint8_t *data, size_t len)
{
	uint8_t stream[CHACHA_BLOCK];
	size_t i, size = a->chacha ? CHACHA_BLOCK : BLOCK, at = size;

	for (i = 0; i < len; i++, at++) {
		if (at == size) {
			if (a->chacha) {
				memcpy(stream, "expand 32-byte k", 16);
				memcpy(stream + 16, a->key, 32);
				store(stream + 48, &block, 4, 0);
				memcpy(stream + 52, nonce, AEAD_NONCE);
				chacha_block(stream);
			} else {
				memcpy(stream, nonce, AEAD_NONCE);
				store(stream + AEAD_NONCE, &block, 4, 3);
				aes_block(a, stream);
			}
			block++;
			at = 0;
		}
		data[i] ^= stream[at];
	}
}

/* Tags */

#define POLY_WORDS 5

struct tag {
	bool poly;
	uint32_t key[POLY_WORDS], sum[POLY_WORDS];
};

/* In GHASH bits are the other way round, the first one that of x^0. */
static void add_ghash(struct tag *t, uint32_t *block)
{
	uint32_t z[4] = { 0 }, mask;
	unsigned i, j;

	for (j = 0; j < 4; j++)
		block[j] ^= t->sum[j];
	for (i = 128; i--;) {
		mask = -(z[3] & 1) & 0xe1000000;
		for (j = 3; j; j--)
			z[j] = z[j] >> 1 | z[j - 1] << 31;
		z[0] = z[0] >> 1 ^ mask;
		mask = -(block[i / 32] >> (31 - i % 32) & 1);
		for (j = 0; j < 4; j++)
			z[j] ^= t->key[j] & mask;
	}
	memcpy(t->sum, z, sizeof(z));
}

static void add_block(struct tag *t, uint32_t block[POLY_WORDS])
{
	if (t->poly) {
		block[4] = 1;
		number_add(t->sum, t->sum, block);
		number_mul(t->sum, t->sum, t->key);
	} else {
		add_ghash(t, block);
	}
}

/* Zeros fill up the last block. */
static void add_all(struct tag *t, const uint8_t *data, size_t len)
{
	uint8_t bytes[BLOCK];
	uint32_t block[POLY_WORDS];
	size_t n;

	for (; len; len -= n, data += n) {
		n = len < BLOCK ? len : BLOCK;
		memset(bytes, 0, BLOCK);
		memcpy(bytes, data, n);
		load(block, bytes, BLOCK, t->poly ? 0 : 3);
		add_block(t, block);
	}
}

static void make_tag(const struct aead *a, const struct aead_text *text, uint8_t tag[AEAD_TAG])
{
	/* 2^130 - 5 */
	static const uint8_t modulus[] = { 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 251 };
	unsigned ghash = !a->chacha, order = ghash * 3, i;
	struct tag t = { .poly = a->chacha };
	uint32_t lengths[POLY_WORDS] = { 0 }, once[8], *last = once;
	uint8_t bytes[2 * BLOCK] = { 0 };
	uint64_t sum = 0;

	add_stream(a, text->nonce, ghash, bytes, sizeof(bytes));
	load(once, bytes, sizeof(bytes), order);
	if (ghash) {
		load(t.key, a->key, BLOCK, order);
	} else {
		number_modulus(modulus, sizeof(modulus));
		for (i = 0; i < 4; i++)
			t.key[i] = once[i] & (i ? 0xffffffc : 0xfffffff);
		number_to_monty(t.key);
		last += 4;
	}
	add_all(&t, text->about, text->about_len);
	add_all(&t, text->data, text->len);
	/* In bytes or bits, each of 64 bits. */
	lengths[ghash] = (uint32_t)text->about_len << order;
	lengths[2 + ghash] = (uint32_t)text->len << order;
	add_block(&t, lengths);
	for (i = 0; i < 4; i++) {
		sum = ghash ? t.sum[i] ^ last[i] : (sum >> 32) + t.sum[i] + last[i];
		last[i] = (uint32_t)sum;
	}
	store(tag, last, AEAD_TAG, order);
}

void aead_set(struct aead *a, bool chacha, const uint8_t *key, size_t len)
{
	a->chacha = chacha;
	memset(a->key, 0, sizeof(a->key));
	if (chacha) {
		memcpy(a->key, key, len);
	} else {
		set_aes(a, key, (unsigned)len);
		aes_block(a, a->key);
	}
}

void aead_run(const struct aead *a, const struct aead_text *text, bool encrypt, uint8_t tag[AEAD_TAG])
{
	unsigned turn;

	/* The tag is that of what is sent. */
	for (turn = 0; turn < 2; turn++)
		if (turn == encrypt)
			make_tag(a, text, tag);
		else
			add_stream(a, text->nonce, 2 - a->chacha, text->data, text->len);
}
