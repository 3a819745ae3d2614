/* SPDX-License-Identifier: MIT */
/* One question to a name server (RFC 1035), and which messages answer it. Pure. */
#ifndef DNS_H
#define DNS_H

#include <stddef.h>
#include <stdint.h>

#define DNS_HEADER 12
#define DNS_LABEL_MAX 63
#define DNS_QUERY_MAX 272 /* header, name, type, class */

/* Its length, with 0 for the number that begins it; 0 where a label or the whole name is too long or empty. "." is the root. */
unsigned dns_query(uint8_t query[DNS_QUERY_MAX], const char *name, unsigned type);
/* RCODE of an answer to it; -1: it is none. Who leaves the question out is believed by his number. */
int dns_rcode(const uint8_t *query, size_t query_len, const uint8_t *msg, size_t len);

#endif
