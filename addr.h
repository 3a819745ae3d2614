/* SPDX-License-Identifier: MIT */
/*
 * Addresses: one value type for IPv4 and IPv6, its text form and its order.
 * Pure, all but addr_dial() and addr_connect(): no name resolution, no allocation.
 */
#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define ADDR_TEXT_MAX 46

/* Network order in both families; IPv4 uses the first 4 bytes and the rest stay 0, so that memcmp orders and compares. */
struct addr {
	uint8_t family; /* AF_UNSPEC (unset), AF_INET or AF_INET6 */
	uint8_t bytes[16];
};

/* Bytes of an address of this family: 4, 16 or 0. */
size_t addr_len(const struct addr *);
bool addr_is_set(const struct addr *);
/* <0, 0, >0 as unsigned numbers in network order (RFC 9568 section 6.4.3 compares so). */
int addr_compare(const struct addr *, const struct addr *);
#define addr_equal(...) (addr_compare(__VA_ARGS__) == 0)
int addr_is_multicast(const struct addr *);
int addr_is_link_local(const struct addr *);

/* Literal addresses only. 0, or -EINVAL; out is untouched on error. */
int addr_parse(const char *text, struct addr *out);
/* "ADDRESS[/PREFIX]"; prefix is the family's whole length where none is given. NULL: none may be. 0 or -EINVAL. */
int addr_parse_prefix(const char *text, struct addr *out, uint8_t *prefix);
/* Writes to buf (ADDR_TEXT_MAX bytes) and returns it; "none" when unset. */
const char *addr_text(const struct addr *, char *buf);

/* RFC 1071, of big-endian words: start is added, and what is returned is to be written in that order. 0 where it is in its place and right. */
uint16_t addr_checksum(uint32_t start, const uint8_t *data, size_t len);

struct addr addr_from_bytes(int family, const void *bytes);
/* scope_id is for IPv6 link-local addresses, 0 otherwise. Returns the length for sendto, 0 when unset. */
socklen_t addr_to_sockaddr(const struct addr *, uint16_t port, unsigned scope_id, struct sockaddr_storage *out);
/* A socket of this type that is connected to a struct sockaddr of any kind; or -1 with errno. */
int addr_dial(const void *to, socklen_t len, int type);
/* The same, non-blocking: it may still have to be connected. */
int addr_connect(const struct addr *, uint16_t port, unsigned scope_id, int type);

#endif
