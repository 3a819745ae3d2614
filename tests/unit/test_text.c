/* links: */
/* SPDX-License-Identifier: MIT */
/* The host's snprintf() is the judge of every format that both know. */
#include "addr.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS 20000

static uint32_t seed;

static uint32_t chance(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Formats are made at run time: the compiler can't check them, nor complain. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define same(format, ...) \
	do { \
		const char *format_ = format; \
		char ours_[200], theirs_[200]; \
		size_t size_ = chance(3) ? sizeof(ours_) : chance(20), len_; \
		memset(ours_, '#', sizeof(ours_)); \
		memset(theirs_, '#', sizeof(theirs_)); \
		len_ = text_format(ours_, size_, format_, __VA_ARGS__); \
		assert_int_equal(len_, snprintf(theirs_, size_, format_, __VA_ARGS__)); \
		if (memcmp(ours_, theirs_, sizeof(ours_))) \
			fail_msg("%s: \"%.150s\", not \"%.150s\"", format_, ours_, theirs_); \
	} while (0)

static const char *const flags[] = { "", "", "", "-", "0", "-0", "0-" };

/* "<%FLAGS WIDTH .PRECISION SIZE CONVERSION>" */
static const char *make_format(const char *size, char conversion, bool precision)
{
	static char format[40];
	int len = sprintf(format, "<%%%s", flags[chance(COUNT(flags))]);

	if (chance(2))
		len += sprintf(format + len, "%u", 1 + chance(30));
	if (precision && chance(2)) {
		len += sprintf(format + len, ".");
		if (chance(5))
			len += sprintf(format + len, "%u", chance(28));
	}
	sprintf(format + len, "%s%c>", size, conversion);
	return format;
}

static uint64_t any_number(void)
{
	static const uint64_t edges[] = { 0, 1, 9, 10, 127, 128, 255, 256, 32767, 32768, 65535, INT_MAX, (uint64_t)INT_MAX + 1, UINT_MAX,
		INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX, (uint64_t)INT_MIN };

	if (chance(3) == 0)
		return edges[chance(COUNT(edges))];
	return ((uint64_t)chance(1 << 24) << 40 ^ (uint64_t)chance(1 << 24) << 20 ^ chance(1 << 24)) >> chance(64);
}

static void numbers_of_all_sizes(void **state)
{
	static const char conversions[] = "duxXo";
	unsigned i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		char c = conversions[chance(5)];
		uint64_t n = any_number();

		same(make_format("", c, true), (int)n);
		same(make_format("l", c, true), (long)n);
		same(make_format("ll", c, true), (long long)n);
		same(make_format("z", c, true), (size_t)n);
	}
}

static void texts_and_characters(void **state)
{
	static const char *const texts[] = { "", "a", "VI_1", "fe80::1%eth0", "a somewhat longer text, of no meaning" };
	unsigned i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		const char *text = texts[chance(COUNT(texts))];
		int c = (int)chance(256);

		same(make_format("", 's', true), text);
		same(make_format("", 'c', false), c);
	}
}

static void several_in_a_row(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		same("%s:%u: %s: %d%%", "file", i, "text", -(int)i);
		same("%lld %d %llu %u %zu %ld", -(1LL << i % 63), (int)i, 1ULL << i % 64, i, (size_t)i, (long)i);
		same("<%d>%.15s Keepalived%s%s[%d]: %s", 30, "Nov 22 15:00:00 2026", "_vrrp", "", 4711, "Entering MASTER STATE");
	}
}

/* Arguments in registers and on the stack. */
static void more_than_registers(void **state)
{
	(void)state;
	same("%d %lld %d %s %d %lld %s %c %d %lld %u %s", 1, 2LL, 3, "four", 5, 6LL, "seven", '8', 9, 10LL, 11u, "twelve");
}

static void width_and_precision_as_arguments(void **state)
{
	int width, precision;

	(void)state;
	for (width = -12; width <= 12; width++)
		for (precision = -3; precision <= 12; precision++) {
			same("<%*.*s>", width, precision, "/etc/keepalived");
			same("<%*.*d>", width, precision, -1234);
			same("<%0*u>", width, 77u);
			same("<%.*s>", precision, "unterminated" + 2);
		}
}

/* A precision keeps the reader from what lies behind. */
static void text_without_an_end(void **state)
{
	char buf[8], *text = malloc(3);

	(void)state;
	assert_non_null(text);
	memcpy(text, "abc", 3);
	assert_int_equal(text_format(buf, sizeof(buf), "%.3s", text), 3);
	assert_string_equal(buf, "abc");
	free(text);
}

static void error_of_errno(void **state)
{
	char buf[100];

	(void)state;
	errno = EACCES;
	text_format(buf, sizeof(buf), "open: %m");
	assert_string_equal(buf + 6, strerror(EACCES));
	assert_int_equal(errno, EACCES);
	text_format(buf, sizeof(buf), "%s: %*m, %*m (%d)", "a", ECONNREFUSED, -EPERM, 7);
	assert_string_equal(buf, "a: Connection refused, Operation not permitted (7)");
	assert_string_equal(text_error(-ECONNREFUSED), "Connection refused");
	assert_string_equal(text_error(EPERM), "Operation not permitted");
	assert_string_equal(text_error(4321), "error 4321");
}

static void addresses(void **state)
{
	struct addr v4, v6;
	char buf[100];

	(void)state;
	addr_parse("192.0.2.1", &v4);
	addr_parse("2001:db8::1", &v6);
	text_format(buf, sizeof(buf), "[%p]:%u %p%s%p.", &v6, 80, &v4, "", NULL);
	assert_string_equal(buf, "[2001:db8::1]:80 192.0.2.1.");
	assert_int_equal(text_format(buf, 5, "%p", &v4), 9);
	assert_string_equal(buf, "192.");
}

static void nothing_is_written_without_room(void **state)
{
	char buf[2] = "x";

	(void)state;
	assert_int_equal(text_format(buf, 0, "%s", "text"), 4);
	assert_string_equal(buf, "x");
	assert_int_equal(text_format(NULL, 0, "%d", 12345), 5);
	assert_int_equal(text_format(buf, 1, "%s", "text"), 4);
	assert_string_equal(buf, "");
}

static void assert_number(const char *text, unsigned base)
{
	char *ours, *theirs;
	long long want;
	int err;

	errno = 0;
	want = strtoll(text, &theirs, (int)base);
	err = errno == ERANGE ? ERANGE : 0; /* some libcs have others */
	errno = 0;
	assert_true(text_number(text, &ours, base) == want);
	assert_int_equal(errno, err);
	assert_ptr_equal(ours, theirs);
	assert_true(text_number(text, NULL, base) == want);
}

static void numbers_are_read_as_by_the_host(void **state)
{
	static const char *const texts[] = {
		"", "0", "00", "08", "-", "+", "-0", "+5", "--5", "  12 ", "\t\n\v\f\r7", "0x", "0X1f", "0xg", "0x-1", "x1", "1e3", "ffff", "fFG",
		"4294967295", "4294967296", "-2147483648", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "077", "0b1",
		"99999999999999999999999999999x", "288230376151711743", "2882303761517117440", "0x3ffffffffffffff", "0x3ffffffffffffffff",
	};
	static const unsigned bases[] = { 0, 8, 10, 16 };
	static const char alphabet[] = "0123456789abcdefxX+- 019";
	char text[12];
	unsigned i, j;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		for (j = 0; j < COUNT(bases); j++)
			assert_number(texts[i], bases[j]);
	for (i = 0; i < ROUNDS * 5; i++) {
		unsigned len = chance(sizeof(text));

		for (j = 0; j < len; j++)
			text[j] = alphabet[chance(sizeof(alphabet) - 1)];
		text[len] = '\0';
		assert_number(text, bases[chance(COUNT(bases))]);
	}
}

struct lines {
	struct out out;
	char bytes[8], all[4096];
	unsigned drains;
};

static void take(struct out *o)
{
	struct lines *l = (struct lines *)(void *)o;

	assert_true(o->len > 0 && o->len <= sizeof(l->bytes));
	strncat(l->all, l->bytes, o->len);
	o->len = 0;
	l->drains++;
}

static void a_small_sink_loses_nothing(void **state)
{
	struct lines l = { .out = { .buf = l.bytes, .size = sizeof(l.bytes), .drain = take } };
	char want[4096] = "";
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++) {
		out_print(&l.out, "%s %u;", i % 3 ? "x" : "a longer word", i);
		sprintf(want + strlen(want), "%s %u;", i % 3 ? "x" : "a longer word", i);
		out_put(&l.out, "+");
		strcat(want, "+");
	}
	out_flush(&l.out);
	out_flush(&l.out);
	assert_string_equal(l.all, want);
	assert_int_equal(l.drains, (strlen(want) + 7) / 8);
}

static void a_descriptor_gets_all_of_it(void **state)
{
	static char got[20000], want[20000];
	char path[] = "/tmp/test_text.XXXXXX";
	int fd = mkstemp(path);
	struct fd_out to;
	unsigned i;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	out_open(&to, fd);
	for (i = 0; i < 500; i++) {
		out_print(&to.out, "line %u of %s\n", i, "many");
		sprintf(want + strlen(want), "line %u of %s\n", i, "many");
	}
	assert_int_equal(out_end(&to), 0);
	assert_int_equal(pread(fd, got, sizeof(got), 0), strlen(want));
	assert_string_equal(got, want);
	close(fd);
}

static void a_full_disk_is_told(void **state)
{
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct fd_out to;
	unsigned i;

	(void)state;
	assert_true(fd >= 0);
	out_open(&to, fd);
	for (i = 0; i < 500; i++)
		out_print(&to.out, "line %u\n", i);
	assert_int_equal(out_end(&to), -ENOSPC);
	close(fd);
}

static void an_error_is_one_write(void **state)
{
	int fds[2], saved = dup(STDERR_FILENO);
	char got[1000];
	ssize_t n;

	(void)state;
	/* Datagrams keep their bounds. */
	assert_int_equal(pipe2(fds, O_DIRECT | O_CLOEXEC), 0);
	dup2(fds[1], STDERR_FILENO);
	out_error("ukeepalived: %s\n", "no such thing");
	dup2(saved, STDERR_FILENO);
	n = read(fds[0], got, sizeof(got) - 1);
	got[n > 0 ? n : 0] = '\0';
	assert_string_equal(got, "ukeepalived: no such thing\n");
	close(fds[0]);
	close(fds[1]);
	close(saved);
}

/* words.awk packs the formats here as everywhere, but not what the results are compared with. */
static void packed_texts(void **state)
{
	static const char some_packed[] = "virtual_router_id is missing, it does not run";
	static const char plain[] = "virtual_router_id is missing, it does not run";
	char text[100];

	(void)state;
	text_format(text, sizeof(text), "virtual_router_id is missing, it does not run");
	assert_string_equal(text, plain);
	text_format(text, sizeof(text), "%-s", some_packed);
	assert_string_equal(text, plain);
	assert_true(strlen(some_packed) < strlen(plain) * 2 / 3);
	assert_true(text_is(some_packed, plain));
	assert_false(text_is(some_packed, "virtual_router_id is missing, it does not ru"));
	assert_false(text_is(some_packed, "virtual_router_id is missing, it does not runs"));
	assert_false(text_is("", "a"));
	assert_true(text_is("", ""));
	text_format(text, sizeof(text), "%s is ignored: %s", "\200\377", "a");
	assert_string_equal(text, "\200\377 is ignored: a");
}

static void hexadecimal(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} rows[] = { { "", 0 }, { "00", 1 }, { "fFaA09", 3 }, { "0", 0 }, { "001", 0 }, { "0g", 0 }, { "00 11", 0 }, { "00112233", 4 },
		     { "0011223344", 5 }, { "001122334455", 5 }, { "00112233445", 5 }, { "0x11", 0 } };
	uint8_t out[5] = { [4] = 0x5a };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_hex(rows[i].text, out, 4), rows[i].want);
	assert_int_equal(out[4], 0x5a);
	assert_int_equal(text_hex("fFaA09", out, 4), 3);
	assert_memory_equal(out, "\xff\xaa\x09", 3);
	for (unsigned c = 0; c < 256; c++)
		assert_true(text_digit((char)c) == (c < 128 && strchr("0123456789abcdefABCDEF", (int)c) && c
		                                    ? (unsigned)strtoul((const char[]){ (char)c, 0 }, NULL, 16) : UINT_MAX));
}

static void files(void **state)
{
	char path[] = "/tmp/test_text.XXXXXX", buf[4], *text;
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(text_file(path, buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(write(fd, "abcdef", 6), 6);
	close(fd);
	assert_int_equal(text_file(path, buf, sizeof(buf)), 3);
	assert_string_equal(buf, "abc");
	text = text_load(path);
	assert_string_equal(text, "abcdef");
	free(text);
	unlink(path);
	assert_int_equal(text_file(path, buf, sizeof(buf)), -ENOENT);
	assert_string_equal(buf, "");
	assert_int_equal(text_file("/", buf, sizeof(buf)), -EISDIR);
	assert_null(text_load(path));
	assert_null(text_load("/"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_of_all_sizes),
		cmocka_unit_test(texts_and_characters),
		cmocka_unit_test(several_in_a_row),
		cmocka_unit_test(more_than_registers),
		cmocka_unit_test(width_and_precision_as_arguments),
		cmocka_unit_test(text_without_an_end),
		cmocka_unit_test(error_of_errno),
		cmocka_unit_test(addresses),
		cmocka_unit_test(nothing_is_written_without_room),
		cmocka_unit_test(numbers_are_read_as_by_the_host),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(a_small_sink_loses_nothing),
		cmocka_unit_test(a_descriptor_gets_all_of_it),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(an_error_is_one_write),
		cmocka_unit_test(packed_texts),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
