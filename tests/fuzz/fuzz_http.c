/* links: hash.c http.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Answers of web servers. The first byte is the length of the pieces they come in: that must make no difference. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct http *h, bool more, size_t size)
{
	if (more != (h->state < HTTP_DONE) || h->line_len >= HTTP_LINE_MAX || h->header_len > HTTP_HEADER_MAX + 1 || h->got > size)
		abort();
	if (http_has_header(h) && !h->status)
		abort();
	if (h->sized && !h->chunked && h->got > h->size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t one[16], other[16];
	struct http whole, parts;
	size_t piece, at, n;
	bool more;

	if (!size)
		return 0;
	piece = *data ? *data : 1;
	data++;
	size--;
	http_init(&whole, true);
	more = http_feed(&whole, data, size);
	check(&whole, more, size);
	http_init(&parts, true);
	for (at = 0, more = true; at < size; at += n) {
		n = size - at < piece ? size - at : piece;
		more = http_feed(&parts, data + at, n);
		check(&parts, more, size);
	}
	if (parts.state != whole.state || parts.status != whole.status || parts.got != whole.got || http_is_short(&parts) != http_is_short(&whole))
		abort();
	http_digest(&whole, one);
	http_digest(&parts, other);
	if (memcmp(one, other, sizeof(one)))
		abort();
	return 0;
}
