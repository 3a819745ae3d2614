/* links: x509.c addr.c date.c hash.c aead.c curve.c number.c */
/* SPDX-License-Identifier: MIT */
/*
 * Recorded sessions, the seeds of the fuzzer, which our fixed random numbers make valid: whole, in pieces, cut and changed. Real servers are in
 * tests/net/tls.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <cmocka.h>

static const uint8_t *input;
static size_t input_len, piece;
static unsigned hungry; /* only each second call gives something */
static uint8_t sent[4096];
static size_t sent_len;

#define recv fake_recv
#define send fake_send
#define getrandom fake_random
static ssize_t recv(int, void *, size_t, int);
static ssize_t send(int, const void *, size_t, int);
static ssize_t getrandom(void *, size_t, unsigned);
#include "text.h"
#include "tls.c"

static ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = input_len < size ? input_len : size;

	(void)fd, (void)flags;
	if (hungry && hungry++ & 1) {
		errno = EAGAIN;
		return -1;
	}
	n = n < piece ? n : piece;
	memcpy(buf, input, n);
	input += n;
	input_len -= n;
	return (ssize_t)n;
}

static ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	size_t n = len < piece ? len : piece;

	(void)fd, (void)flags;
	if (hungry && hungry++ & 1) {
		errno = EAGAIN;
		return -1;
	}
	assert_true(sent_len + n <= sizeof(sent));
	memcpy(sent + sent_len, buf, n);
	sent_len += n;
	return (ssize_t)n;
}

static ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
	(void)flags;
	memset(buf, 7, len);
	return (ssize_t)len;
}

static const char *const names[] = { "rsa-AES128-GCM-SHA256", "ec-AES256-GCM-SHA384", "rsa-CHACHA20-POLY1305" };
#define SESSIONS (sizeof(names) / sizeof(names[0]))

struct session {
	uint8_t bytes[2048];
	size_t len;
};

static struct session session(unsigned i)
{
	struct session s;
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "tests/fuzz/seeds/tls/%s", names[i]);
	f = fopen(path, "rb");
	assert_non_null(f);
	assert_int_equal(fgetc(f), 255);
	s.len = fread(s.bytes, 1, sizeof(s.bytes), f);
	fclose(f);
	assert_true(s.len > 1000 && s.len < sizeof(s.bytes));
	return s;
}

/* The answer as text, or what is wrong. */
static const char *talk(const uint8_t *bytes, size_t len, size_t at_a_time)
{
	static char page[4096];
	struct tls *t = tls_new(3, "a.example", NULL, 0);
	bool asked = false;
	size_t got = 0;
	ptrdiff_t n;

	assert_non_null(t);
	input = bytes;
	input_len = len;
	piece = at_a_time;
	sent_len = 0;
	do {
		n = asked ? tls_read(t, page + got, sizeof(page) - 1 - got) : tls_write(t, "GET / HTTP/1.0\r\n\r\n", 18);
		if (asked && n > 0)
			got += (size_t)n;
		asked |= n > 0;
		if (n == -EAGAIN && !hungry)
			assert_int_equal(tls_wants(t), POLLIN);
	} while (n > 0 || n == -EAGAIN);
	page[got] = '\0';
	assert_true(!n || n == -EPROTO || n == -EPIPE);
	if (n == -EPROTO)
		text_format(page, sizeof(page), "%-s", tls_error(t));
	tls_close(t);
	tls_free(t);
	return page;
}

static void test_whole(void **state)
{
	static const size_t pieces[] = { 1, 2, 5, 100, 5000 };
	unsigned i, j;

	(void)state;
	for (i = 0; i < SESSIONS; i++) {
		struct session s = session(i);

		for (j = 0; j < 5; j++)
			assert_non_null(strstr(talk(s.bytes, s.len, pieces[j]), "HTTP/1.0 "));
		hungry = 1;
		assert_non_null(strstr(talk(s.bytes, s.len, 3), "HTTP/1.0 "));
		hungry = 0;
	}
}

/* Where the record ends that at lies in. */
static size_t record_end(const struct session *s, size_t at, size_t *begin)
{
	size_t p = 0, n;

	for (;; p += n) {
		n = HEADER + get16(s->bytes + p + 3);
		*begin = p;
		if (at < p + n)
			return p + n;
	}
}

static void test_cut(void **state)
{
	struct session s = session(0);
	size_t i, begin;

	(void)state;
	for (i = 0; i < s.len; i += 11) {
		const char *got = talk(s.bytes, i, 5000);
		bool whole = !i || (record_end(&s, i, &begin), begin == i);

		if (!strncmp(got, "the server ended", 16))
			continue;
		/* Behind data, at the end of a record. */
		assert_true(whole);
		assert_true(i > s.len - 300);
	}
	assert_string_equal(talk(s.bytes, 0, 1), "the server ended the connection within the handshake");
	assert_string_equal(talk(s.bytes, s.len - 1, 1), "the server ended the connection within a record");
}

static void test_changed(void **state)
{
	unsigned which;
	size_t i, begin;

	(void)state;
	for (which = 0; which < SESSIONS; which++) {
		struct session s = session(which);

		for (i = which; i < s.len; i += 19) {
			const char *got;

			record_end(&s, i, &begin);
			/* The second number of the version means nothing. */
			if (i == begin + 2)
				continue;
			s.bytes[i] ^= (uint8_t)(1 << i % 8);
			got = talk(s.bytes, s.len, 5000);
			if (i < s.len - 200 && strstr(got, "HTTP/1.0"))
				fail_msg("%s: byte %zu", names[which], i);
			s.bytes[i] ^= (uint8_t)(1 << i % 8);
		}
	}
}

#define RECORD(type, ...) (const uint8_t[]){ type, 3, 3, 0, sizeof((uint8_t[]){ __VA_ARGS__ }), __VA_ARGS__ }, HEADER + sizeof((uint8_t[]){ __VA_ARGS__ })

static void test_refused(void **state)
{
	const struct {
		const uint8_t *bytes;
		size_t len;
		const char *want;
	} rows[] = {
		{ RECORD(21, 2, 70), "the server speaks TLS 1.3 only, we 1.2" },
		{ RECORD(21, 2, 40), "the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate" },
		{ RECORD(21, 2, 112), "the server does not know the name" },
		{ RECORD(21, 2, 80), "the server sent an alert" },
		{ RECORD(21, 2), "malformed answer" },
		{ RECORD(21, 1, 112), "the server ended the connection within the handshake" },
		{ RECORD(20, 1), "malformed answer" },
		{ RECORD(23, 1), "malformed answer" },
		{ RECORD(22, 14, 0, 0, 0), "malformed answer" },
		{ RECORD(22, 2, 0, 0, 2, 3, 3), "malformed answer" },
		{ RECORD(22, 2, 0xff, 0xff, 0xff, 3, 3), "the server ended the connection within the handshake" },
		{ (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n\r\n", 28, "the server does not speak TLS" },
		{ (const uint8_t *)"\x16\x03\x03\xff\xff", 5, "the server does not speak TLS" },
	};
	uint8_t old[HEADER + 4 + 2 + RANDOM + 4] = { 22, 3, 1, 0, sizeof(old) - HEADER, 2, 0, 0, sizeof(old) - HEADER - 4, 3, 1 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(talk(rows[i].bytes, rows[i].len, 5000), rows[i].want);
	assert_string_equal(talk(old, sizeof(old), 5000), "the server speaks a TLS older than 1.2");
	old[10] = 3;
	assert_string_equal(talk(old, sizeof(old), 5000), "malformed answer");
}

/* Records of nothing come to an end. */
static void test_flood(void **state)
{
	static uint8_t nothing[5 * 200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(nothing); i += 5)
		memcpy(nothing + i, "\x16\x03\x03\0", 5);
	assert_string_equal(talk(nothing, sizeof(nothing), 5000), "malformed answer");
}

static bool was_sent(const char *name)
{
	return memmem(sent, sent_len, name, strlen(name));
}

static void test_name(void **state)
{
	static const struct {
		const char *name;
		bool goes;
	} rows[] = { { "a.example", true }, { "192.0.2.1", false }, { "2001:db8::1", false } };
	char longest[300];
	struct tls *t;
	size_t i;

	(void)state;
	piece = 5000;
	for (i = 0; i < 3; i++) {
		t = tls_new(3, rows[i].name, NULL, 0);
		assert_non_null(t);
		sent_len = input_len = 0;
		tls_flush(t);
		assert_int_equal(was_sent(rows[i].name), rows[i].goes);
		assert_int_equal(get16(sent + 3), sent_len - HEADER);
		assert_int_equal((size_t)sent[6] << 16 | get16(sent + 7), sent_len - HEADER - 4);
		tls_free(t);
	}
	for (i = 254; i < 257; i++) {
		memset(longest, 'x', i);
		longest[i] = '\0';
		t = tls_new(3, longest, NULL, 0);
		assert_non_null(t);
		sent_len = input_len = 0;
		tls_flush(t);
		assert_int_equal(was_sent(longest), i <= 255);
		tls_free(t);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
