/* links: aead.c number.c bearssl */
/* SPDX-License-Identifier: MIT */
/* Vectors of RFC 8439 and of the GCM specification, and BearSSL's implementations, compiled in here, with random keys and lengths. */
#include "aead.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <hash/ghash_ctmul.c>
#include <codec/dec32be.c>
#include <symcipher/aes_small_ctr.c>
#include <symcipher/aes_small_enc.c>
#undef S
#include <symcipher/aes_common.c>
#include <symcipher/chacha20_ct.c>
#include <symcipher/poly1305_ctmul.c>

#include <cmocka.h>

#define DATA_MAX 300

static size_t from_hex(uint8_t *out, const char *hex)
{
	size_t len;

	for (len = 0; *hex; hex += 2) {
		char pair[3] = { hex[0], hex[1], '\0' };

		out[len++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return len;
}

struct vector {
	bool chacha;
	const char *key, *nonce, *about, *plain, *secret, *tag;
};

static void check(const struct vector *v)
{
	uint8_t key[32], nonce[AEAD_NONCE], about[64], data[DATA_MAX], plain[DATA_MAX], secret[DATA_MAX], tag[AEAD_TAG], got[AEAD_TAG];
	struct aead_text text = { nonce, about, from_hex(about, v->about), data, from_hex(plain, v->plain) };
	struct aead a;

	memset(&a, 0xff, sizeof(a));
	from_hex(nonce, v->nonce);
	from_hex(tag, v->tag);
	from_hex(secret, v->secret);
	memcpy(data, plain, text.len);
	aead_set(&a, v->chacha, key, from_hex(key, v->key));
	aead_run(&a, &text, true, got);
	assert_memory_equal(data, secret, text.len);
	assert_memory_equal(got, tag, AEAD_TAG);
	aead_run(&a, &text, false, got);
	assert_memory_equal(data, plain, text.len);
	assert_memory_equal(got, tag, AEAD_TAG);
}

static void test_vectors(void **state)
{
	/* GCM's test cases 2, 4, 14 and 16; RFC 8439 section 2.8.2. */
	static const struct vector vectors[] = {
		{ false, "00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
		  "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf" },
		{ false, "feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		  "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
		  "5bc94fbc3221a5db94fae95ae7121a47" },
		{ false, "0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
		  "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919" },
		{ false, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
		  "feedfacedeadbeeffeedfacedeadbeefabaddad2",
		  "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
		  "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
		  "76fc6ece0f4e1768cddf8853bb2d551b" },
		{ true, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647", "50515253c0c1c2c3c4c5c6c7",
		  "4c616469657320616e642047656e746c656d656e206f662074686520636c617373206f66202739393a204966204920636f756c64206f6666657220796f"
		  "75206f6e6c79206f6e652074697020666f7220746865206675747572652c2073756e73637265656e20776f756c642062652069742e",
		  "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67e"
		  "cd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116",
		  "1ae10b594f09e26a7e902ecbd0600691" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check(&vectors[i]);
}

static void their_gcm(const uint8_t *key, size_t key_len, const struct aead_text *t, uint8_t *data, uint8_t tag[AEAD_TAG])
{
	uint8_t hash_key[16] = { 0 }, lengths[16] = { 0 };
	br_aes_small_ctr_keys k;

	br_aes_small_ctr_init(&k, key, key_len);
	br_aes_small_ctr_run(&k, hash_key, 0, hash_key, 16);
	br_aes_small_ctr_run(&k, t->nonce, 2, data, t->len);
	br_enc32be(lengths + 4, (uint32_t)(8 * t->about_len));
	br_enc32be(lengths + 12, (uint32_t)(8 * t->len));
	memset(tag, 0, AEAD_TAG);
	br_ghash_ctmul(tag, hash_key, t->about, t->about_len);
	br_ghash_ctmul(tag, hash_key, data, t->len);
	br_ghash_ctmul(tag, hash_key, lengths, 16);
	br_aes_small_ctr_run(&k, t->nonce, 1, tag, AEAD_TAG);
}

/* Bytes of ones now and then, which bring carries. */
static void make_random(uint8_t *bytes, size_t len)
{
	bool full = random() % 3 == 0;

	while (len--)
		*bytes++ = (uint8_t)(full && random() % 16 ? 0xff : random());
}

static void test_random(void **state)
{
	uint8_t key[32], nonce[AEAD_NONCE], about[40], data[DATA_MAX], want[DATA_MAX], plain[DATA_MAX], tag[AEAD_TAG], want_tag[AEAD_TAG];
	unsigned round;

	(void)state;
	srandom(1);
	for (round = 0; round < 3000; round++) {
		size_t about_len = round % 7 ? 13 : (size_t)random() % sizeof(about), len = (size_t)random() % (round % 8 ? 80 : DATA_MAX);
		struct aead_text text = { nonce, about, about_len, data, len };
		bool chacha = round & 1;
		size_t key_len = chacha || round & 2 ? 32 : 16;
		struct aead a;

		make_random(key, sizeof(key));
		make_random(nonce, sizeof(nonce));
		make_random(about, sizeof(about));
		make_random(plain, len);
		memcpy(data, plain, len);
		memcpy(want, plain, len);
		aead_set(&a, chacha, key, key_len);
		aead_run(&a, &text, true, tag);
		if (chacha)
			br_poly1305_ctmul_run(key, nonce, want, len, about, about_len, want_tag, br_chacha20_ct_run, 1);
		else
			their_gcm(key, key_len, &text, want, want_tag);
		assert_memory_equal(data, want, len);
		assert_memory_equal(tag, want_tag, AEAD_TAG);
		aead_run(&a, &text, false, tag);
		assert_memory_equal(data, plain, len);
		assert_memory_equal(tag, want_tag, AEAD_TAG);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
