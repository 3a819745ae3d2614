/* links: addr.c */
/* SPDX-License-Identifier: MIT */
#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct addr parsed(const char *text)
{
	struct addr a = { 0 };

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void text_and_back(void **state)
{
	static const char *const same[] = {
		"0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "::1", "fe80::1", "2001:db8::a:0:0:1", "ff02::12",
		"1:2:3:4:5:6:7:8",
	};
	char buf[ADDR_TEXT_MAX];
	struct addr a;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		a = parsed(same[i]);
		assert_string_equal(addr_text(&a, buf), same[i]);
		assert_int_equal(addr_len(&a), strchr(same[i], ':') ? 16 : 4);
		assert_true(addr_is_set(&a));
	}
	a = parsed("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255");
	assert_string_equal(addr_text(&a, buf), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
	memset(&a, 0, sizeof(a));
	assert_string_equal(addr_text(&a, buf), "none");
	assert_false(addr_is_set(&a));
	assert_int_equal(addr_len(&a), 0);
}

/* All patterns of zeros; glibc's inet_ntop() judges (musl before 1.2.4 shortens the last of two equal runs, RFC 5952 the first).
 * The old IPv4-compatible form is none of RFC 5952. */
static void texts_of_the_host(void **state)
{
	char buf[ADDR_TEXT_MAX], want[ADDR_TEXT_MAX];
	uint8_t bytes[16];
	struct addr a;
	unsigned pattern, i;

	(void)state;
	for (pattern = 4; pattern < 65536; pattern++) {
		for (i = 0; i < 16; i++)
			bytes[i] = pattern >> (15 - i) & 1 ? (uint8_t)(pattern * 31 + i * 7) | 1 : 0;
		if (pattern < 16)
			bytes[10] = bytes[11] = 0xff;
		a = addr_from_bytes(AF_INET6, bytes);
		inet_ntop(AF_INET6, bytes, want, sizeof(want));
#ifdef __GLIBC__
		if (strncmp(want, "::", 2) || !strchr(want, '.') || !strncmp(want, "::ffff:", 7))
			assert_string_equal(addr_text(&a, buf), want);
#endif
		a = addr_from_bytes(AF_INET, bytes);
		assert_string_equal(addr_text(&a, buf), inet_ntop(AF_INET, bytes, want, sizeof(want)));
	}
}

static void bad_text_changes_nothing(void **state)
{
	static const char *const bad[] = {
		"", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ", " 1.2.3.4", "1.2.3.4/24", "-1.2.3.4", "0x1.2.3.4",
		"1..2.3", "localhost", ":", ":::", "1::2::3", "fe80::1%eth0", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"::1.2.3", "g::",
	};
	struct addr a = parsed("9.9.9.9"), before = a;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(addr_parse(bad[i], &a), -EINVAL);
		assert_memory_equal(&a, &before, sizeof(a));
	}
}

/* Good texts with a byte or two changed, left out or put in; glibc's inet_pton() judges. */
static void texts_as_the_host_reads_them(void **state)
{
	static const char *const good[] = { "255.20.3.0", "1:2:3:4:5:6:7:8", "::", "::1", "fe80::a:0b:0cd", "1::", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"::ffff:192.0.2.1", "1:2:3:4:5:6:7.8.9.10", "1::5:6.7.8.9", "64:ff9b::192.0.2.33" };
	static const char bytes[] = "0129:::..faFg/ ";
	uint32_t seed = 1;
	unsigned round, accepted = 0;

	(void)state;
	for (round = 0; round < 300000; round++) {
		char text[64];
		uint8_t want[16];
		struct addr a;
		unsigned changes;
		int family, known;

		strcpy(text, good[round % (sizeof(good) / sizeof(good[0]))]);
		for (changes = round / 12 % 4; changes; changes--) {
			size_t len = strlen(text), at;

			seed = seed * 1664525 + 1013904223;
			at = (seed >> 8) % (len + 1);
			if (seed >> 28 < 5 && at < len) {
				memmove(text + at, text + at + 1, len - at);
				continue;
			}
			if (seed >> 28 < 10 || at == len)
				memmove(text + at + 1, text + at, len - at + 1);
			text[at] = bytes[(seed >> 20) % (sizeof(bytes) - 1)];
		}
		family = strchr(text, ':') ? AF_INET6 : AF_INET;
		known = inet_pton(family, text, want);
		if ((addr_parse(text, &a) == 0) != (known == 1))
			fail_msg("'%s'", text);
		if (known != 1)
			continue;
		accepted++;
		assert_int_equal(a.family, family);
		assert_memory_equal(a.bytes, want, addr_len(&a));
	}
	assert_in_range(accepted, 100000, 250000);
}

static void prefixes(void **state)
{
	static const struct {
		const char *text;
		int result;
		uint8_t prefix;
		bool given;
	} rows[] = {
		{ "10.0.0.1/24", 0, 24, true },
		{ "10.0.0.1/0", 0, 0, true },
		{ "10.0.0.1/32", 0, 32, true },
		{ "10.0.0.1", 0, 32, false },
		{ "fe80::1", 0, 128, false },
		{ "fe80::1/64", 0, 64, true },
		{ "fe80::1/128", 0, 128, true },
		{ "10.0.0.1/33", -EINVAL, 0, false },
		{ "fe80::1/129", -EINVAL, 0, false },
		{ "10.0.0.1/99999999999999999999999", -EINVAL, 0, false },
		{ "10.0.0.1/4294967320", -EINVAL, 0, false },
		{ "10.0.0.1/", -EINVAL, 0, false },
		{ "10.0.0.1/-1", -EINVAL, 0, false },
		{ "10.0.0.1/ 8", -EINVAL, 0, false },
		{ "10.0.0.1/8x", -EINVAL, 0, false },
		{ "10.0.0.1/255.255.255.0", -EINVAL, 0, false },
		{ "/24", -EINVAL, 0, false },
		{ "host/24", -EINVAL, 0, false },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.2555/1", -EINVAL, 0, false },
	};
	struct addr a, before = parsed("9.9.9.9");
	uint8_t prefix;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = before;
		prefix = 77;
		assert_int_equal(addr_parse_prefix(rows[i].text, &a, &prefix), rows[i].result);
		if (rows[i].result) {
			assert_memory_equal(&a, &before, sizeof(a));
			assert_int_equal(prefix, 77);
			continue;
		}
		assert_int_equal(prefix, rows[i].prefix);
		assert_int_equal(addr_parse(rows[i].text, &a), rows[i].given ? -EINVAL : 0);
	}
}

static void order_is_unsigned(void **state)
{
	struct addr low = parsed("10.0.0.1"), high = parsed("200.0.0.1"), v6 = parsed("::1");

	(void)state;
	assert_true(addr_compare(&low, &high) < 0);
	assert_true(addr_compare(&high, &low) > 0);
	assert_int_equal(addr_compare(&low, &low), 0);
	assert_true(addr_equal(&high, &high));
	assert_false(addr_equal(&low, &v6));
	assert_true(addr_compare(&low, &v6) < 0 && addr_compare(&v6, &low) > 0);
}

static void kinds(void **state)
{
	static const struct {
		const char *text;
		bool multicast, link_local;
	} rows[] = {
		{ "224.0.0.18", true, false }, { "239.255.255.255", true, false }, { "223.255.255.255", false, false },
		{ "240.0.0.1", false, false }, { "169.254.1.1", false, true }, { "169.253.1.1", false, false },
		{ "ff02::12", true, false }, { "fe80::1", false, true }, { "febf::1", false, true },
		{ "fec0::1", false, false }, { "fe00::1", false, false }, { "2001:db8::1", false, false },
	};
	struct addr a;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		a = parsed(rows[i].text);
		assert_int_equal(addr_is_multicast(&a), rows[i].multicast);
		assert_int_equal(addr_is_link_local(&a), rows[i].link_local);
	}
	memset(&a, 0xff, sizeof(a));
	a.family = AF_UNSPEC;
	assert_false(addr_is_multicast(&a));
}

static void socket_addresses(void **state)
{
	struct addr v4 = parsed("10.1.2.3"), v6 = parsed("fe80::7"), none = { 0 };
	struct sockaddr_storage ss;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	socklen_t len;

	(void)state;
	len = addr_to_sockaddr(&v4, 514, 3, &ss);
	assert_int_equal(len, sizeof(in));
	memcpy(&in, &ss, sizeof(in));
	assert_int_equal(in.sin_family, AF_INET);
	assert_int_equal(in.sin_port, htons(514));
	assert_memory_equal(&in.sin_addr, v4.bytes, 4);

	len = addr_to_sockaddr(&v6, 65535, 3, &ss);
	assert_int_equal(len, sizeof(in6));
	memcpy(&in6, &ss, sizeof(in6));
	assert_int_equal(in6.sin6_scope_id, 3);
	assert_int_equal(in6.sin6_family, AF_INET6);
	assert_memory_equal(&in6.sin6_addr, v6.bytes, 16);
	assert_int_equal(in6.sin6_port, 65535);

	assert_int_equal(addr_to_sockaddr(&none, 1, 0, &ss), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_and_back), cmocka_unit_test(texts_of_the_host), cmocka_unit_test(bad_text_changes_nothing), cmocka_unit_test(texts_as_the_host_reads_them),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(order_is_unsigned), cmocka_unit_test(kinds), cmocka_unit_test(socket_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
