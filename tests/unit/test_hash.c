/* links: hash.c */
/* SPDX-License-Identifier: MIT */
/* With the vectors of RFC 1321, FIPS 180-4 and NIST's examples, RFC 2202 and 4231, and lengths around the ends of blocks against Python's. */
#include "hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

#define TWO_BLOCKS \
	"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"

static void expect(const uint8_t *got, size_t len, const char *want)
{
	char text[2 * HASH_MAX + 1] = "";
	size_t i;

	for (i = 0; i < len; i++)
		text_format(text + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(text, want);
}

static void hashed(enum hash_name name, const char *text, size_t times, const char *want)
{
	uint8_t out[HASH_MAX];
	struct hash h;
	size_t len;

	hash_begin(&h, name);
	while (times--)
		hash_add(&h, text, strlen(text));
	len = hash_end(&h, out);
	assert_int_equal(2 * len, strlen(want));
	expect(out, len, want);
}

static void test_md5(void **state)
{
	(void)state;
	hashed(HASH_MD5, "", 0, "d41d8cd98f00b204e9800998ecf8427e");
	hashed(HASH_MD5, "message digest", 1, "f96b697d7cb7938d525a2f31aaf161d0");
	hashed(HASH_MD5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 1, "d174ab98d277d9f5a5611c2c9f419d9f");
	hashed(HASH_MD5, "1234567890", 8, "57edf4a22be3c955ac49da2e2107b67a");
}

static void test_sha256(void **state)
{
	(void)state;
	hashed(HASH_SHA256, "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	hashed(HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	hashed(HASH_SHA256, "aaaaaaaaaaaaaaaa", 62500, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void test_sha384(void **state)
{
	(void)state;
	hashed(HASH_SHA384, "", 0, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b");
	hashed(HASH_SHA384, TWO_BLOCKS, 1, "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746039");
	hashed(HASH_SHA384, "aaaaaaaaaaaaaaaaaaaa", 50000,
	       "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985");
}

static void test_sha512(void **state)
{
	(void)state;
	hashed(HASH_SHA512, "abc", 1,
	       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	       "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	hashed(HASH_SHA512, TWO_BLOCKS, 1,
	       "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
	       "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909");
}

/* All lengths up to 300 of bytes 0, 1, 2, ..., in two pieces: a digest of all of their digests. */
static void lengths(enum hash_name name, const char *want)
{
	uint8_t bytes[300], out[HASH_MAX];
	struct hash h, all;
	size_t i, len = 0;

	hash_begin(&all, name);
	for (i = 0; i < sizeof(bytes); i++) {
		hash_begin(&h, name);
		hash_add(&h, bytes, i / 3);
		hash_end(&h, out);
		hash_add(&h, bytes + i / 3, i - i / 3);
		len = hash_end(&h, out);
		hash_add(&all, out, len);
		bytes[i] = (uint8_t)i;
	}
	hash_end(&all, out);
	expect(out, len, want);
}

static void test_lengths(void **state)
{
	(void)state;
	lengths(HASH_MD5, "25fecb951fbcca8a0793500af76dfab4");
	lengths(HASH_SHA256, "df90175783c44235cf6aefd935a2c2747f42399416d16789ece339f1fd26d835");
	lengths(HASH_SHA384, "6e7bbca78761c12cbe06d9d1874b8f819d0757200359f40f7cda1918979607d5e98c18577fdbb9804b7b2fce35afcd8e");
	lengths(HASH_SHA512, "97248248ab8e9324b9577e93acd92914d32bb25edcacbb91edb75576dea14781"
		"b5b477c027835c43a08ddc16cbbcd6d067d159897e5c18aa43aeeb2e49811bb3");
}

static void hmac(enum hash_name name, const char *key, const char *text, const char *want)
{
	uint8_t out[HASH_MAX];
	struct hash h;
	size_t len;

	hash_begin_padded(&h, name, (const uint8_t *)key, strlen(key), 0x36);
	hash_add(&h, text, strlen(text));
	len = hash_end(&h, out);
	hash_begin_padded(&h, name, (const uint8_t *)key, strlen(key), 0x5c);
	hash_add(&h, out, len);
	hash_end(&h, out);
	expect(out, len, want);
}

/* The second case of each RFC, and the sixth with its key of more than a block. */
static void test_hmac(void **state)
{
	static const char says[] = "what do ya want for nothing?", larger[] = "Test Using Larger Than Block-Size Key - Hash Key First";
	char key[132] = "";

	(void)state;
	hmac(HASH_MD5, "Jefe", says, "750c783e6ab0b503eaa86e310a5db738");
	hmac(HASH_SHA256, "Jefe", says, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	hmac(HASH_SHA384, "Jefe", says, "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649");
	memset(key, 0xaa, 80);
	hmac(HASH_MD5, key, larger, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
	memset(key, 0xaa, 131);
	hmac(HASH_SHA256, key, larger, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	hmac(HASH_SHA384, key, larger, "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_sha384),
		cmocka_unit_test(test_sha512),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
