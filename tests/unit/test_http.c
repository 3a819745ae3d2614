/* links: hash.c http.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Answers of web servers, each whole, byte by byte and cut in two at every point. */
#include "http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static const struct answer {
	const char *text;
	const char *hashed; /* what the digest is of; NULL: there is no header */
	unsigned status;
	bool more;          /* it may go on */
	bool is_short;      /* should it end here */
} answers[] = {
	{ OK "\r\n", "", 200, true, false },
	{ OK "Server: x\r\n\r\nsome text", "some text", 200, true, false },
	{ "HTTP/1.0 404 Not Found\nServer: x\n\nlines without CR", "lines without CR", 404, true, false },
	{ OK "Content-Length: 5\r\n\r\nhello", "hello", 200, false, false },
	{ OK "content-LENGTH:5\r\n\r\nhello, and what does not belong to it", "hello", 200, false, false },
	{ OK "Content-Length: 9\r\n\r\nhello", "hello", 200, true, true },
	{ OK "Content-Length: 0\r\n\r\n", "", 200, false, false },
	{ OK "X-Content-Length: 1\r\n\r\nhello", "hello", 200, true, false },
	{ OK "Content-Length: 99999999999999999999999999\r\n\r\nhello", "hello", 200, true, true },
	{ "HTTP/1.1 204 No Content\r\n\r\n", "", 204, false, false },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 12\r\n\r\n", "", 304, false, false },
	{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 2\r\n\r\nhi", "hi", 200, false, false },
	{ CHUNKED "5\r\nhello\r\n0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", 200, false, false },
	{ CHUNKED "0005;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: 1\r\n\r\nbeyond", "0005;a=b\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: 1\r\n\r\n", 200, false, false },
	{ CHUNKED "A\n0123456789\na\n\r\n0\r\n\r\n0\n\n\n", "A\n0123456789\na\n\r\n0\r\n\r\n0\n\n\n", 200, true, true },
	{ CHUNKED "1a\r\nabcdefghijkl", "1a\r\nabcdefghijkl", 200, true, true },
	{ CHUNKED "0\r\n", "0\r\n", 200, true, true },
	{ OK "Transfer-Encoding: gzip, Chunked \r\n\r\n0\r\n\r\n", "0\r\n\r\n", 200, false, false },
	{ OK "Transfer-Encoding: chunked-not\r\n\r\n0\r\n\r\n", "0\r\n\r\n", 200, true, false },
	{ "HTTP/1.1 503\r\n\r\n", "", 503, true, false },
	{ "HTTP/2 200\r\nA-header-that-is-far-longer-than-what-is-kept-of-a-line-which-is-no-harm: x\r\n\r\nx", "x", 200, true, false },
	{ "", NULL, 0, true, false },
	{ "HTTP/1.1 200 OK", NULL, 0, true, false },
	{ OK "Server: x\r\n", NULL, 200, true, false },
	{ "SSH-2.0-OpenSSH_9.2\r\n", NULL, 0, false, false },
	{ "HTTP/1.1\r\n\r\n", NULL, 0, false, false },
	{ "HTTP/1.1 abc\r\n\r\n", NULL, 0, false, false },
	{ "220 mail.test ESMTP\r\n", NULL, 0, false, false },
	{ "\r\n\r\n", NULL, 0, false, false },
};

static void judge(const struct http *h, const struct answer *a, bool more)
{
	uint8_t got[16], want[16];
	struct hash md5;

	assert_int_equal(more, a->more);
	assert_int_equal(h->status, a->status);
	assert_int_equal(http_has_header(h), a->hashed != NULL);
	assert_int_equal(http_is_short(h), a->is_short);
	if (!a->hashed)
		return;
	hash_begin(&md5, HASH_MD5);
	hash_add(&md5, a->hashed, strlen(a->hashed));
	hash_end(&md5, want);
	http_digest(h, got);
	assert_memory_equal(got, want, 16);
	assert_int_equal(h->got, strlen(a->hashed));
}

/* A copy of its own length, so that reads beyond it show. */
static bool feed(struct http *h, const char *text, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	bool more;

	memcpy(copy, text, len);
	more = http_feed(h, copy, len);
	free(copy);
	return more;
}

static void test_split(void **state)
{
	const struct answer *a;
	struct http h;
	size_t len, cut, i;
	bool more;

	(void)state;
	for (a = answers; a < answers + sizeof(answers) / sizeof(*answers); a++) {
		len = strlen(a->text);
		for (cut = 0; cut <= len; cut++) {
			http_init(&h, true);
			feed(&h, a->text, cut);
			judge(&h, a, feed(&h, a->text + cut, len - cut));
		}
		http_init(&h, true);
		for (i = 0, more = true; i < len; i++)
			more = feed(&h, a->text + i, 1);
		judge(&h, a, more);
	}
}

static void test_unhashed(void **state)
{
	struct http h;
	uint8_t got[16], want[16];
	struct hash md5;

	(void)state;
	http_init(&h, false);
	assert_true(feed(&h, OK "\r\nabc", strlen(OK) + 5));
	hash_begin(&md5, HASH_MD5);
	hash_end(&md5, want);
	http_digest(&h, got);
	assert_memory_equal(got, want, 16);
	assert_int_equal(h.got, 3);
}

/* Headers that never end. */
static void test_endless(void **state)
{
	static const char *const starts[] = { "HTTP/1.1 200 ", OK, OK "A: ", CHUNKED "0\r\n" };
	static const char *const goes_on[] = { "x", "A: b\r\n", "x", "A: b\r\n" };
	struct http h;
	unsigned i, turns;

	(void)state;
	for (i = 0; i < 4; i++) {
		http_init(&h, false);
		assert_true(feed(&h, starts[i], strlen(starts[i])));
		for (turns = 0; feed(&h, goes_on[i], strlen(goes_on[i])) && turns < 2 * HTTP_HEADER_MAX; turns++)
			;
		assert_int_equal(h.state, HTTP_BAD);
		assert_false(http_has_header(&h));
		assert_in_range(turns, HTTP_HEADER_MAX / 8, HTTP_HEADER_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_unhashed),
		cmocka_unit_test(test_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
