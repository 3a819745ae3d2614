/* links: ciphers.c sha512.c bearssl */
/* SPDX-License-Identifier: MIT */
/* Those that we have in place of BearSSL's, with vectors of RFC 8439 and FIPS 180-4. */
#include "ciphers.h"
#include "text.h"

#include <bearssl_hash.h>
#include <bearssl_hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect(const uint8_t *got, size_t len, const char *want)
{
	char text[2 * 128 + 1] = "";
	size_t i;

	for (i = 0; i < len; i++)
		text_format(text + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(text, want);
}

static void hash(const br_hash_class *class, const char *text, size_t times, const char *want)
{
	br_hash_compat_context c;
	uint8_t out[64];

	class->init(&c.vtable);
	while (times--)
		class->update(&c.vtable, text, strlen(text));
	class->out(&c.vtable, out);
	expect(out, class == &br_sha384_vtable ? 48 : 64, want);
}

static void test_sha512(void **state)
{
	static const char two[] = "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";

	(void)state;
	hash(&br_sha512_vtable, "abc", 1,
	     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	hash(&br_sha512_vtable, two, 1,
	     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	     "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909");
	hash(&br_sha384_vtable, "", 0, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b");
	hash(&br_sha384_vtable, two, 1, "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039");
	hash(&br_sha384_vtable, "aaaaaaaaaaaaaaaaaaaa", 50000,
	     "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985");
}

/* RFC 4231, cases 2 and 6. */
static void test_hmac(void **state)
{
	uint8_t key[131], out[64];
	br_hmac_key_context k;
	br_hmac_context c;

	(void)state;
	br_hmac_key_init(&k, &br_sha384_vtable, "Jefe", 4);
	br_hmac_init(&c, &k, 0);
	br_hmac_update(&c, "what do ya want for nothing?", 28);
	expect(out, br_hmac_out(&c, out), "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
	memset(key, 0xaa, sizeof(key));
	br_hmac_key_init(&k, &br_sha384_vtable, key, sizeof(key));
	br_hmac_init(&c, &k, 0);
	br_hmac_update(&c, "Test Using Larger Than Block-Size Key - Hash Key First", 54);
	expect(out, br_hmac_out(&c, out), "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952");
}

/* FIPS 197, appendix C: the block that is encrypted as a counter. */
static void test_aes(void **state)
{
	static const uint8_t nonce[12] = { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb };
	uint8_t key[32], data[16] = { 0 }, more[40] = { 0 };
	struct aes a;
	unsigned i;

	(void)state;
	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	aes_init(&a, key, 16);
	aes_stream(&a, nonce, 0xccddeeff, data, 16);
	expect(data, 16, "69c4e0d86a7b0430d8cdb78070b4c55a");
	aes_stream(&a, nonce, 0xccddeeff, data, 16);
	expect(data, 16, "00000000000000000000000000000000");
	/* Three blocks, the last one cut. */
	aes_stream(&a, nonce, 0xccddeefe, more, sizeof(more));
	expect(more + 16, 16, "69c4e0d86a7b0430d8cdb78070b4c55a");
	aes_stream(&a, nonce, 0xccddef00, data, 16);
	assert_memory_equal(more + 32, data, 8);
	aes_init(&a, key, 32);
	memset(data, 0, 16);
	aes_stream(&a, nonce, 0xccddeeff, data, 16);
	expect(data, 16, "8ea2b7ca516745bfeafc49904b496089");
}

/* The GCM specification's test cases 2 and 4, of which the latter has blocks that are cut. */
static void test_ghash(void **state)
{
	static const uint8_t key2[16] = { 0x66, 0xe9, 0x4b, 0xd4, 0xef, 0x8a, 0x2c, 0x3b, 0x88, 0x4c, 0xfa, 0x59, 0xca, 0x34, 0x2b, 0x2e };
	static const uint8_t data2[16] = { 0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78 };
	static const uint8_t key4[16] = { 0xb8, 0x3b, 0x53, 0x37, 0x08, 0xbf, 0x53, 0x5d, 0x0a, 0xa6, 0xe5, 0x29, 0x80, 0xd5, 0x3b, 0x78 };
	static const uint8_t aad4[20] = { 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2 };
	static const uint8_t data4[60] = {
		0x42, 0x83, 0x1e, 0xc2, 0x21, 0x77, 0x74, 0x24, 0x4b, 0x72, 0x21, 0xb7, 0x84, 0xd0, 0xd4, 0x9c, 0xe3, 0xaa, 0x21, 0x2f,
		0x2c, 0x02, 0xa4, 0xe0, 0x35, 0xc1, 0x7e, 0x23, 0x29, 0xac, 0xa1, 0x2e, 0x21, 0xd5, 0x14, 0xb2, 0x54, 0x66, 0x93, 0x1c,
		0x7d, 0x8f, 0x6a, 0x5a, 0xac, 0x84, 0xaa, 0x05, 0x1b, 0xa3, 0x0b, 0x39, 0x6a, 0x0a, 0xac, 0x97, 0x3d, 0x58, 0xe0, 0x91,
	};
	uint8_t y[16] = { 0 }, lengths[16] = { 0 };

	(void)state;
	lengths[15] = 128;
	ghash(y, key2, data2, 16);
	ghash(y, key2, lengths, 16);
	expect(y, 16, "f38cbb1ad69223dcc3457ae5b6b0f885");
	memset(y, 0, 16);
	lengths[7] = 160;
	lengths[14] = 480 >> 8;
	lengths[15] = 480 & 255;
	ghash(y, key4, aad4, sizeof(aad4));
	ghash(y, key4, data4, sizeof(data4));
	ghash(y, key4, lengths, 16);
	expect(y, 16, "698e57f70e6ecc7fd9463b7260a9ae5f");
}

/* RFC 8439 section 2.4.2. */
static void test_chacha20(void **state)
{
	static const uint8_t nonce[12] = { 0, 0, 0, 0, 0, 0, 0, 0x4a };
	uint8_t key[32], data[] = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
	unsigned i;

	(void)state;
	for (i = 0; i < 32; i++)
		key[i] = (uint8_t)i;
	chacha20(key, nonce, 1, data, 114);
	expect(data, 114,
	       "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
	       "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
	       "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
	       "5af90bbf74a35be6b40b8eedf2785e42874d");
}

/* x modulo 2^130 - 5, of n bytes in words, the plain way: subtracts what fits, shifted. */
static void big_reduce(uint32_t *x, size_t n)
{
	int shift;

	for (shift = (int)(n * 8 - 131); shift >= 0; shift--) {
		uint32_t p[64] = { 0 }, borrow = 0, out[64];
		size_t i;
		int bit;

		/* (2^130 - 5) << shift. */
		for (bit = 0; bit < 130; bit++)
			/* 2^130 - 5 ends in 1011. */
			if (bit != 2)
				p[(bit + shift) / 8] |= 1u << (bit + shift) % 8;
		for (i = 0; i < n; i++) {
			uint32_t d = x[i] - p[i] - borrow;

			out[i] = d & 0xff;
			borrow = d >> 31;
		}
		if (!borrow)
			memcpy(x, out, n * sizeof(*x));
	}
}

static void poly_block(uint32_t h[17], const uint8_t r[16], const uint8_t block[16])
{
	uint32_t product[36] = { 0 }, carry = 0;
	size_t i, j;

	for (i = 0; i < 17; i++) {
		carry += h[i] + (i < 16 ? block[i] : 1u);
		h[i] = carry & 0xff;
		carry >>= 8;
	}
	for (i = 0; i < 17; i++)
		for (j = 0; j < 16; j++)
			product[i + j] += h[i] * r[j];
	for (i = 0, carry = 0; i < 36; i++) {
		carry += product[i];
		product[i] = carry & 0xff;
		carry >>= 8;
	}
	big_reduce(product, 36);
	memcpy(h, product, 17 * sizeof(*h));
}

static void slow_poly1305(const uint8_t key[32], const uint8_t aad[13], const uint8_t *data, size_t len, uint8_t tag[16])
{
	uint32_t h[36] = { 0 }, carry = 0;
	uint8_t r[16], block[16] = { 0 };
	size_t i, n;

	memcpy(r, key, 16);
	for (i = 3; i < 16; i += 4)
		r[i] &= 15;
	for (i = 4; i < 16; i += 4)
		r[i] &= 252;
	memcpy(block, aad, 13);
	poly_block(h, r, block);
	for (i = 0; i < len; i += n) {
		n = len - i < 16 ? len - i : 16;
		memset(block, 0, 16);
		memcpy(block, data + i, n);
		poly_block(h, r, block);
	}
	memset(block, 0, 16);
	block[0] = 13;
	block[8] = (uint8_t)len;
	block[9] = (uint8_t)(len >> 8);
	poly_block(h, r, block);
	for (i = 0; i < 16; i++) {
		carry += h[i] + key[16 + i];
		tag[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* Random ones, and those where limbs are full or the result is near the modulus. */
static void test_poly1305(void **state)
{
	uint8_t key[32], aad[13], data[300], got[16], want[16];
	unsigned round, i;
	size_t len;

	(void)state;
	srandom(1);
	for (round = 0; round < 300; round++) {
		bool full = round % 3 == 0;

		for (i = 0; i < sizeof(key); i++)
			key[i] = (uint8_t)(full && i != round % 32 ? 0xff : random());
		for (i = 0; i < sizeof(aad); i++)
			aad[i] = (uint8_t)(full ? 0xff : random());
		for (i = 0; i < sizeof(data); i++)
			data[i] = (uint8_t)(full && i % 97 != round % 97 ? 0xff : random());
		len = (size_t)random() % 80;
		if (round % 50 == 0)
			len = sizeof(data);
		poly1305(key, aad, data, len, got);
		slow_poly1305(key, aad, data, len, want);
		assert_memory_equal(got, want, 16);
	}
	/* r = 1: the sum itself, which these blocks bring to the modulus and beyond it. */
	memset(key, 0, sizeof(key));
	key[0] = 1;
	for (round = 0; round < 512; round++) {
		memset(aad, 0xff, sizeof(aad));
		memset(data, 0xff, 48);
		data[round % 48] = (uint8_t)(round / 2);
		data[0] = (uint8_t)(0xf0 + round % 16);
		poly1305(key, aad, data, 32 + round % 17, got);
		slow_poly1305(key, aad, data, 32 + round % 17, want);
		assert_memory_equal(got, want, 16);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha512),
		cmocka_unit_test(test_hmac),
		cmocka_unit_test(test_aes),
		cmocka_unit_test(test_ghash),
		cmocka_unit_test(test_chacha20),
		cmocka_unit_test(test_poly1305),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
