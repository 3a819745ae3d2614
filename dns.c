/* SPDX-License-Identifier: MIT */
#include "dns.h"

#include <string.h>
#include <strings.h>

#define WIRE_NAME_MAX 255
#define RECURSE 1
#define CLASS_IN 1
/* Of the flags' first byte; in an answer only the first is set. */
#define RESPONSE_AND_OPCODE 0xf8
#define RESPONSE 0x80
#define RCODE 15

unsigned dns_query(uint8_t query[DNS_QUERY_MAX], const char *name, unsigned type)
{
	uint8_t *p = query + DNS_HEADER;
	size_t n;

	memset(query, 0, DNS_QUERY_MAX);
	query[2] = RECURSE;
	query[5] = 1;
	name += !strcmp(name, ".");
	while (*name) {
		n = strcspn(name, ".");
		if (!n || n > DNS_LABEL_MAX || p + 1 + n >= query + DNS_HEADER + WIRE_NAME_MAX)
			return 0;
		*p++ = (uint8_t)n;
		memcpy(p, name, n);
		p += n;
		name += n;
		name += *name == '.';
	}
	p[2] = (uint8_t)type;
	p[4] = CLASS_IN;
	return (unsigned)(p + 5 - query);
}

int dns_rcode(const uint8_t *query, size_t query_len, const uint8_t *msg, size_t len)
{
	if (len < DNS_HEADER || memcmp(msg, query, 2) || (msg[2] & RESPONSE_AND_OPCODE) != RESPONSE)
		return -1;
	if (!msg[4] && !msg[5])
		return msg[3] & RCODE;
	if (len < query_len || memcmp(msg + 4, query + 4, 2))
		return -1;
	/* Names are compared without case, which some servers fold: a label's length is never a letter. */
	if (strcasecmp((const char *)msg + DNS_HEADER, (const char *)query + DNS_HEADER) || memcmp(msg + query_len - 4, query + query_len - 4, 4))
		return -1;
	return msg[3] & RCODE;
}
