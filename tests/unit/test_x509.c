/* links: addr.c date.c hash.c number.c curve.c bearssl */
/* SPDX-License-Identifier: MIT */
#include "x509.c"

#include <setjmp.h>
#include <stdarg.h>

#include <ec/ecdsa_i31_bits.c>
#include <ec/ecdsa_i31_vrfy_raw.c>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/certs.h"

#define IN_2025 1735689600
#define NOT_TRUSTED "certificate not signed by a trusted authority"
#define END NULL

struct chain {
	uint8_t bytes[16384];
	size_t len;
};

static size_t decode(const char *text, uint8_t *out)
{
	char copy[4096];
	char *p = copy;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	return (size_t)(base64(&p, out) - out);
}

static void add(struct chain *c, const char *text)
{
	size_t len = decode(text, c->bytes + c->len + 3);

	c->bytes[c->len] = 0;
	c->bytes[c->len + 1] = (uint8_t)(len >> 8);
	c->bytes[c->len + 2] = (uint8_t)len;
	c->len += 3 + len;
}

static struct chain chain_of(const char *first, ...)
{
	struct chain c = { .len = 0 };
	va_list args;

	va_start(args, first);
	for (; first; first = va_arg(args, const char *))
		add(&c, first);
	va_end(args);
	return c;
}

static struct trust *trust_in(const char *text)
{
	struct trust *t = malloc(sizeof(*t));

	assert_non_null(t);
	text_format((char *)t->chain, sizeof(t->chain), "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n", text);
	decode_all(t);
	assert_true(t->len);
	return t;
}

static const char *verdict(const struct trust *t, const struct chain *c, const char *name, time_t now)
{
	/* Of its exact size, so that reading beyond it shows. */
	uint8_t *copy = malloc(c->len + !c->len);
	static char text[100];
	struct x509_key key;
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, c->bytes, c->len);
	wrong = x509_verify(t, (struct bytes){ copy, copy + c->len }, name, now, &key);
	free(copy);
	text_format(text, sizeof(text), "%-s", wrong ? wrong : "fine");
	return text;
}

static void expect(const char *anchor, struct chain c, const char *name, const char *want)
{
	struct trust *t = trust_in(anchor);

	assert_string_equal(verdict(t, &c, name, IN_2025), want);
	trust_free(t);
}

static void test_chain(void **state)
{
	(void)state;
	expect(cert_root, chain_of(cert_leaf, cert_middle, END), NULL, "fine");
	expect(cert_root, chain_of(cert_leaf, cert_middle, cert_root, END), NULL, "fine");
	expect(cert_root, chain_of(cert_leaf, cert_root, cert_rsaleaf, cert_middle, END), NULL, "fine");
	expect(cert_middle, chain_of(cert_leaf, END), NULL, "fine");
	expect(cert_root, chain_of(cert_rsaleaf, END), "rsa.example.org", "fine");
	expect(cert_root, chain_of(cert_root, END), NULL, "fine");
	expect(cert_low, chain_of(cert_underlow, END), "low.example.org", "fine");
}

static void test_not_trusted(void **state)
{
	(void)state;
	expect(cert_root, chain_of(cert_leaf, END), NULL, NOT_TRUSTED);
	expect(cert_root, chain_of(cert_leaf, cert_low, END), NULL, NOT_TRUSTED);
	expect(cert_rsaleaf, chain_of(cert_leaf, cert_middle, cert_root, END), NULL, NOT_TRUSTED);
	/* By one that is no authority, that may not sign, that may have no authorities below it. */
	expect(cert_root, chain_of(cert_under, cert_leaf, cert_middle, END), NULL, NOT_TRUSTED);
	expect(cert_root, chain_of(cert_undernosign, cert_nosign, END), NULL, NOT_TRUSTED);
	expect(cert_root, chain_of(cert_last, cert_underlow, cert_low, cert_middle, END), NULL, NOT_TRUSTED);
	expect(cert_root, chain_of(cert_strange, END), NULL, "certificate with an unknown critical extension");
	expect(cert_root, (struct chain){ .len = 0 }, NULL, "certificate of an unknown kind");
}

/* Others of the authority's name, with other keys, before it: so many are looked at, and no more. */
static void test_namesakes(void **state)
{
	for (unsigned count = SIGNATURES_MAX - 3; count < SIGNATURES_MAX; count++) {
		struct chain c = chain_of(cert_leaf, END);
		struct cert cert;

		for (unsigned i = 0; i < count; i++) {
			uint8_t *at = c.bytes + c.len + 3;

			add(&c, cert_middle);
			assert_true(get_cert((struct bytes){ at, c.bytes + c.len }, &cert));
			c.bytes[cert.part[KEY].end - c.bytes - 1] ^= 1;
		}
		add(&c, cert_middle);
		expect(cert_root, c, NULL, count < SIGNATURES_MAX - 1 ? "fine" : NOT_TRUSTED);
	}
	(void)state;
}

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool fits;
	} rows[] = {
		{ "www.example.org", true },
		{ "WWW.Example.ORG", true },
		{ "www.example.orga", false },
		{ "ww.example.org", false },
		{ "example.org", false },
		{ "x.apps.example.org", true },
		{ "x.y.apps.example.org", false },
		{ "apps.example.org", false },
		{ "*.apps.example.org", true },
		{ "192.0.2.7", true },
		{ "192.0.2.8", false },
		{ "2001:db8::7", true },
		{ "2001:db8:0::7", true },
		{ "2001:db8::8", false },
		{ "leaf", false },
		{ "x", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(cert_root, chain_of(cert_leaf, cert_middle, END), rows[i].name, rows[i].fits ? "fine" : "certificate for another name");
	expect(cert_root, chain_of(cert_root, END), "root", "certificate for another name");
}

static void test_dates(void **state)
{
	static const struct {
		time_t now;
		const char *want;
	} rows[] = {
		{ 0, "the clock is not set: no telling whether the certificate is valid" },
		{ 1500000000, "the clock is not set: no telling whether the certificate is valid" },
		{ 1600000000, "certificate not valid yet" },
		{ 1672531199, "certificate not valid yet" },
		{ 1672531200, "fine" }, /* 2023-01-01 00:00:00 */
		{ 2240611199, "fine" }, /* 2040-12-31 23:59:59 */
		{ 2240611200, "certificate expired" },
	};
	struct chain c = chain_of(cert_leaf, cert_middle, END), rsa = chain_of(cert_rsaleaf, END);
	struct trust *t = trust_in(cert_root);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(verdict(t, &c, NULL, (time_t)rows[i].now), rows[i].want);
	/* Beyond 2049 the form is another one. */
	assert_string_equal(verdict(t, &rsa, NULL, 2840140799), "fine");
	if (sizeof(time_t) > 4)
		assert_string_equal(verdict(t, &rsa, NULL, (time_t)2871763200), "certificate expired");
	trust_free(t);
}

/* Any change of the signed part or of the signature shows. */
static void test_flipped(void **state)
{
	struct chain good = chain_of(cert_rsaleaf, END), c;
	struct trust *t = trust_in(cert_root);
	size_t i;

	(void)state;
	assert_string_equal(verdict(t, &good, NULL, IN_2025), "fine");
	for (i = 7; i < good.len; i++) {
		c = good;
		c.bytes[i] ^= (uint8_t)(1 << i % 8);
		/* The parameters of the outer algorithm mean nothing; those inside are signed. */
		if (i >= good.len - 256 - 7 && i < good.len - 256 - 5)
			continue;
		if (!strcmp(verdict(t, &c, NULL, IN_2025), "fine"))
			fail_msg("byte %zu of %zu", i, good.len);
	}
	trust_free(t);
}

static void test_cut(void **state)
{
	struct chain good = chain_of(cert_leaf, cert_middle, END), c = good;
	size_t first = 3 + ((size_t)good.bytes[1] << 8 | good.bytes[2]);
	struct trust *t = trust_in(cert_root);

	(void)state;
	for (c.len = 0; c.len < good.len; c.len++)
		assert_string_equal(verdict(t, &c, NULL, IN_2025), c.len < first ? "certificate of an unknown kind" : NOT_TRUSTED);
	trust_free(t);
}

static void test_load(void **state)
{
	static const char *const rows[] = { cert_rsaleaf, cert_root };
	char path[] = "/tmp/test_x509.XXXXXX";
	struct chain c = chain_of(cert_leaf, cert_middle, END);
	int fd = mkstemp(path);
	struct trust *t;
	size_t i;

	(void)state;
	assert_true(fd >= 0);
	assert_null(trust_load(path));
	assert_int_equal(errno, EINVAL);
	dprintf(fd, "# a comment - with a dash\n-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n");
	assert_null(trust_load(path));
	for (i = 0; i < 2; i++)
		dprintf(fd, "-----BEGIN CERTIFICATE-----\r\n%.64s\r\n%s\n-----END CERTIFICATE-----\n", rows[i], rows[i] + 64);
	close(fd);
	t = trust_load(path);
	unlink(path);
	assert_non_null(t);
	assert_string_equal(verdict(t, &c, "www.example.org", IN_2025), "fine");
	trust_free(t);
	assert_null(trust_load(path));
	assert_int_equal(errno, ENOENT);
	assert_null(trust_load("/dev/zero"));
	assert_int_equal(errno, EINVAL);
}

#define WORDS (2 + (8 * CURVE_MAX + 30) / 31)

/* Of as many bits as n at most, modulo n. */
static void decode_below(uint32_t *x, const uint8_t *bytes, size_t len, const uint32_t *n)
{
	br_i31_zero(x, n[0]);
	br_i31_decode(x, bytes, len);
	x[0] = n[0];
	br_i31_sub(x, n, br_i31_sub(x, n, 0) ^ 1);
}

/* x modulo n, of random bytes, not 0. */
static void make_scalar(uint32_t *x, uint8_t *bytes, size_t len, const uint32_t *n)
{
	size_t i;

	do {
		for (i = 0; i < len; i++)
			bytes[i] = (uint8_t)random();
		bytes[0] &= 1;
	} while (!br_i31_decode_mod(x, bytes, len, n) || br_i31_iszero(x));
}

static void times(uint32_t *x, const uint32_t *y, const uint32_t *n)
{
	uint32_t product[WORDS];

	br_i31_to_monty(x, n);
	br_i31_montymul(product, x, y, n, br_i31_ninv31(n[1]));
	memcpy(x, product, sizeof(product));
}

/* raw: r and s, of len bytes each. */
static void sign(struct x509_key *key, const uint8_t *digest, size_t digest_len, uint8_t *raw)
{
	uint32_t n[WORDS] = { 0 }, d[WORDS] = { 0 }, k[WORDS] = { 0 }, r[WORDS] = { 0 }, t1[WORDS], t2[WORDS];
	const br_ec_impl *ec = &br_ec_prime_i31;
	uint8_t bytes[CURVE_MAX], point[1 + 2 * CURVE_MAX], e[CURVE_MAX];
	size_t len;
	const uint8_t *order = ec->order(key->curve, &len);

	br_i31_decode(n, order, len);
	make_scalar(d, bytes, len, n);
	key->type = X509_ECDSA;
	key->len = (uint16_t)ec->mulgen(key->bytes, bytes, len, key->curve);
	make_scalar(k, bytes, len, n);
	ec->mulgen(point, bytes, len, key->curve);
	decode_below(r, point + 1, len, n);
	br_i31_encode(raw, len, r);
	/* s = (digest + r d) / k */
	times(r, d, n);
	decode_below(d, digest, digest_len < len ? digest_len : len, n);
	br_i31_sub(r, n, br_i31_add(r, d, 1) | (br_i31_sub(r, n, 0) ^ 1));
	memcpy(e, order, len);
	e[len - 1] -= 2;
	br_i31_modpow(k, e, len, n, br_i31_ninv31(n[1]), t1, t2);
	times(r, k, n);
	br_i31_encode(raw + len, len, r);
}

static uint8_t *put_number(uint8_t *p, const uint8_t *bytes, size_t len)
{
	for (; len > 1 && !*bytes; len--)
		bytes++;
	*p++ = INTEGER;
	*p++ = (uint8_t)(len + (*bytes >> 7));
	if (*bytes & 0x80)
		*p++ = 0;
	memcpy(p, bytes, len);
	return p + len;
}

static bool ours(const struct x509_key *k, unsigned hash, const uint8_t *digest, const uint8_t *raw, size_t len)
{
	uint8_t der[160], *p;

	p = put_number(put_number(der + 3, raw, len), raw + len, len);
	der[0] = SEQUENCE;
	der[1] = 0x81;
	der[2] = (uint8_t)(p - der - 3);
	return signed_ecdsa(k, hash, digest, (struct bytes){ der, p });
}

static bool theirs(struct x509_key *k, unsigned hash, const uint8_t *digest, const uint8_t *raw, size_t len)
{
	br_ec_public_key pk = { .curve = k->curve, .q = k->bytes, .qlen = k->len };

	return br_ecdsa_i31_vrfy_raw(&br_ec_prime_i31, digest, HASH_LEN(hash), &pk, raw, 2 * len);
}

/* Beside BearSSL's own: signatures that are right, and with a bit changed in each of their parts; numbers that are 0 or too large. */
static void test_ecdsa(void **state)
{
	unsigned round;

	(void)state;
	srandom(1);
	for (round = 0; round < 9; round++) {
		unsigned hash = HASH_SHA256 + round / 3 % 3;
		struct x509_key key = { .curve = (uint8_t)(BR_EC_secp256r1 + round % 3) };
		uint8_t raw[2 * CURVE_MAX], digest[HASH_MAX], *change;
		size_t len, i;
		const uint8_t *order = br_ec_prime_i31.order(key.curve, &len);

		for (i = 0; i < sizeof(digest); i++)
			digest[i] = (uint8_t)random();
		sign(&key, digest, HASH_LEN(hash), raw);
		assert_true(theirs(&key, hash, digest, raw, len));
		assert_true(ours(&key, hash, digest, raw, len));
		for (i = 0; i < 4; i++) {
			change = i == 0 ? raw + random() % (long)len : i == 1 ? raw + len + random() % (long)len :
			         i == 2 ? digest + random() % 32 : key.bytes + random() % key.len;
			*change ^= 0x10;
			assert_false(theirs(&key, hash, digest, raw, len));
			assert_false(ours(&key, hash, digest, raw, len));
			*change ^= 0x10;
		}
		/* The same modulo the order. */
		memcpy(raw + len, order, len);
		assert_false(ours(&key, hash, digest, raw, len));
		memset(raw + len, 0, len);
		assert_false(ours(&key, hash, digest, raw, len));
		memset(raw, 0, len);
		raw[2 * len - 1] = 1;
		assert_false(ours(&key, hash, digest, raw, len));
		key.len--;
		assert_false(ours(&key, hash, digest, raw, len));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_namesakes),
		cmocka_unit_test(test_not_trusted),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_ecdsa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
