/* SPDX-License-Identifier: MIT */
#include "http.h"

#include "addr.h"
#include "config.h"
#include "text.h"

#include <string.h>
#include <strings.h>

size_t http_request(char buf[HTTP_REQUEST_MAX], const struct http_question *q)
{
	char endpoint[ADDR_TEXT_MAX + 8];

	text_format(endpoint, sizeof(endpoint), q->addr->family == AF_INET6 ? "[%p]:%u" : "%p:%u", q->addr, q->port);
	return text_format(buf, HTTP_REQUEST_MAX, "GET %s HTTP/1.%u\r\nUser-Agent: KeepAliveClient\r\n%sHost: %s\r\n\r\n", q->path,
			   q->version == HTTP_1_1, q->version == HTTP_1_0 ? "" : "Connection: close\r\n", q->host ? q->host : endpoint);
}

void http_init(struct http *h, bool hashed)
{
	memset(h, 0, sizeof(*h));
	h->hashed = hashed;
	hash_begin(&h->md5, HASH_MD5);
}

/* The value of a header, or NULL when it is another one. */
static const char *value_of(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncasecmp(line, name, len) ? NULL : line + len;
}

static void end_header(struct http *h)
{
	/* RFC 9110 section 15: these have no body, whatever their header says. */
	bool none = h->status == 204 || h->status == 304 || (h->sized && !h->size && !h->chunked);

	h->state = none ? HTTP_DONE : h->chunked ? HTTP_CHUNK_SIZE : HTTP_BODY;
}

static void take_line(struct http *h)
{
	const char *value, *line = h->line;

	if (h->state == HTTP_STATUS_LINE) {
		value = strchr(line, ' ');
		h->status = value && !strncmp(line, "HTTP/", 5) ? (uint16_t)text_number(value, NULL, 10) : 0;
		h->state = h->status ? HTTP_HEADER : HTTP_BAD;
	} else if (!*line && h->state == HTTP_TRAILER) {
		h->state = HTTP_DONE;
	} else if (!*line && h->status < 200) {
		h->state = HTTP_STATUS_LINE; /* 100: the real one follows */
	} else if (!*line) {
		end_header(h);
	} else if (h->state == HTTP_TRAILER) {
		return;
	} else if ((value = value_of(line, "Content-Length:"))) {
		h->sized = true;
		h->size = (uint64_t)text_number(value, NULL, 10);
	} else if ((value = value_of(line, "Transfer-Encoding:"))) {
		/* Of several codings, chunked is the last. */
		h->chunked = strlen(value) >= 7 && !strcasecmp(value + strlen(value) - 7, "chunked");
	}
}

/* Of a header or trailer. */
static void take_char(struct http *h, char c)
{
	if (++h->header_len > HTTP_HEADER_MAX) {
		h->state = HTTP_BAD;
	} else if (c == '\n') {
		while (h->line_len && strchr("\r \t", h->line[h->line_len - 1]))
			h->line_len--;
		h->line[h->line_len] = '\0';
		h->line_len = 0;
		take_line(h);
	} else if (h->line_len < HTTP_LINE_MAX - 1) {
		h->line[h->line_len++] = c;
	}
}

static void take_size(struct http *h, char c)
{
	unsigned digit = text_digit(c);

	/* What follows the digits, an extension, is passed over. */
	if (digit < 16 && !h->line_len) {
		h->left = h->left < UINT64_MAX / 32 ? h->left * 16 + digit : h->left;
	} else if (c != '\n') {
		h->line_len = 1;
	} else {
		h->line_len = 0;
		h->state = h->left ? HTTP_CHUNK : HTTP_TRAILER;
	}
}

/* At least one byte; how many were taken. */
static size_t take_body(struct http *h, const uint8_t *p, size_t len)
{
	size_t n = 1;

	if (h->state == HTTP_BODY) {
		n = h->sized && h->size - h->got < len ? (size_t)(h->size - h->got) : len;
	} else if (h->state == HTTP_CHUNK) {
		n = h->left < len ? (size_t)h->left : len;
		h->left -= n;
		if (!h->left)
			h->state = HTTP_CHUNK_END;
	} else if (h->state == HTTP_CHUNK_SIZE) {
		take_size(h, (char)*p);
	} else if (h->state == HTTP_TRAILER) {
		take_char(h, (char)*p);
	} else if (*p == '\n') {
		h->state = HTTP_CHUNK_SIZE;
	}
	h->got += n;
	if (h->hashed)
		hash_add(&h->md5, p, n);
	if (h->state == HTTP_BODY && h->sized && h->got == h->size)
		h->state = HTTP_DONE;
	return n;
}

bool http_feed(struct http *h, const uint8_t *p, size_t len)
{
	size_t n;

	for (; len && h->state < HTTP_DONE; p += n, len -= n) {
		n = 1;
		if (h->state <= HTTP_HEADER)
			take_char(h, (char)*p);
		else
			n = take_body(h, p, len);
	}
	return h->state < HTTP_DONE;
}

bool http_has_header(const struct http *h)
{
	return h->state >= HTTP_BODY && h->state != HTTP_BAD;
}

bool http_is_short(const struct http *h)
{
	return http_has_header(h) && h->state != HTTP_DONE && (h->sized || h->chunked);
}

void http_digest(const struct http *h, uint8_t out[16])
{
	hash_end(&h->md5, out);
}
