/* links: bearssl */
/* SPDX-License-Identifier: MIT */
/* BearSSL's hashes as this build compiles them, with the vectors of RFC 1321, FIPS 180 and RFC 2202, 4231. */
#include <bearssl_hash.h>
#include <bearssl_hmac.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

static void expect(const uint8_t *got, size_t len, const char *want)
{
	char text[2 * 32 + 1] = "";
	size_t i;

	for (i = 0; i < len; i++)
		text_format(text + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(text, want);
}

static void test_md5(void **state)
{
	br_md5_context c;
	uint8_t out[16];

	(void)state;
	br_md5_init(&c);
	br_md5_out(&c, out);
	expect(out, 16, "d41d8cd98f00b204e9800998ecf8427e");
	br_md5_update(&c, "message ", 8);
	br_md5_update(&c, "digest", 6);
	br_md5_out(&c, out);
	expect(out, 16, "f96b697d7cb7938d525a2f31aaf161d0");
}

/* 1,000,000 bytes in pieces of odd length, which begin at odd addresses. */
static void test_sha256(void **state)
{
	uint8_t bytes[1 + 997], out[32];
	br_sha256_context c;
	size_t left = 1000000, n;

	(void)state;
	br_sha256_init(&c);
	br_sha256_update(&c, "abc", 3);
	br_sha256_out(&c, out);
	expect(out, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(bytes, 'a', sizeof(bytes));
	br_sha256_init(&c);
	for (; left; left -= n) {
		n = left < 997 ? left : 997;
		br_sha256_update(&c, bytes + 1, n);
	}
	br_sha256_out(&c, out);
	expect(out, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void hmac(const br_hash_class *hash, const char *key, const char *text, const char *want)
{
	br_hmac_key_context k;
	br_hmac_context c;
	uint8_t out[32];

	br_hmac_key_init(&k, hash, key, strlen(key));
	br_hmac_init(&c, &k, 0);
	br_hmac_update(&c, text, strlen(text));
	expect(out, br_hmac_out(&c, out), want);
}

static void test_hmac(void **state)
{
	(void)state;
	hmac(&br_md5_vtable, "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738");
	hmac(&br_sha256_vtable, "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_md5),
		cmocka_unit_test(test_sha256),
		cmocka_unit_test(test_hmac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
