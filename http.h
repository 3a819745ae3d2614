/* SPDX-License-Identifier: MIT */
/*
 * What web servers are asked, and their answers, a byte at a time: the status, where the body ends, and its MD5. Pure; what comes may be cut anywhere.
 * The digest is that of genhash: over all that follows the header, chunk sizes included, but not beyond Content-Length.
 */
#ifndef HTTP_H
#define HTTP_H

#include "hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_LINE_MAX 48 /* what is kept of a line */
#define HTTP_HEADER_MAX 65536

enum http_state { HTTP_STATUS_LINE, HTTP_HEADER, HTTP_BODY, HTTP_CHUNK_SIZE, HTTP_CHUNK, HTTP_CHUNK_END, HTTP_TRAILER, HTTP_DONE, HTTP_BAD };

struct addr;

struct http {
	uint8_t state;     /* enum http_state */
	bool chunked, sized, hashed;
	uint16_t status;
	uint8_t line_len;
	uint32_t header_len;
	uint64_t size;     /* Content-Length, where sized */
	uint64_t got;      /* of the body */
	uint64_t left;     /* of the chunk */
	struct hash md5;
	char line[HTTP_LINE_MAX];
};

struct http_question {
	const char *path, *host; /* host NULL: the address and port */
	const struct addr *addr;
	uint16_t port;
	uint8_t version;         /* enum http_version */
};
#define HTTP_REQUEST_MAX 2048
/* Its length; too long where that is not below HTTP_REQUEST_MAX. */
size_t http_request(char buf[HTTP_REQUEST_MAX], const struct http_question *);
void http_init(struct http *, bool hashed);
/* False when it is done with the answer: all is there, or HTTP_BAD. */
bool http_feed(struct http *, const uint8_t *, size_t);
/* Whether the header is complete. */
bool http_has_header(const struct http *);
/* Whether the body ended before its time, should this be all of it. */
bool http_is_short(const struct http *);
void http_digest(const struct http *, uint8_t out[16]);

#endif
