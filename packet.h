/* SPDX-License-Identifier: MIT */
/*
 * Raw sockets of VRRP: opening them with the filter of VRIDs in place, sending one message, receiving a bounded number.
 * Owns no state; descriptors belong to the caller. What is in a message is the business of vrrp.c and ah.c.
 */
#ifndef PACKET_H
#define PACKET_H

#include "addr.h"
#include "vrrp.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_PROTOCOL_AH 51
#define PACKET_IP_HEADER 20

/* The VRIDs a receiving socket lets through. */
struct packet_vrids {
	uint8_t bits[32];
};
void packet_vrids_add(struct packet_vrids *, uint8_t vrid);

/* What tells two sockets apart. */
struct packet_where {
	uint8_t family;   /* AF_INET, AF_INET6 */
	uint8_t protocol; /* VRRP_PROTOCOL, PACKET_PROTOCOL_AH (IPv4 only) */
	const char *name; /* of the interface, for SO_BINDTODEVICE; NULL (unicast): any */
	unsigned index;   /* of the same */
	unsigned base_index; /* what a macvlan stands on, or 0: joins the group too, so that switches hear of it from there */
	struct addr group; /* multicast group to join and bind to; unset for unicast: then no multicast comes in */
	unsigned rcvbuf;  /* bytes, 0: the kernel's default */
};

/* A non-blocking descriptor, or -errno. No packet of another interface, group or VRID ever comes out of it. */
int packet_open_receive(const struct packet_where *, const struct packet_vrids *);
/* The same for sending; nothing is ever received on it. */
int packet_open_send(const struct packet_where *);
/* Another set of VRIDs on an open receiving socket. 0 or -errno. */
int packet_set_vrids(int fd, const struct packet_where *, const struct packet_vrids *);

struct packet_out {
	struct addr source, dest;
	uint8_t protocol, ttl;
	uint16_t ip_id;  /* IPv4: the sender's own count; 0 leaves it to the kernel */
	unsigned index;  /* interface, for multicast and link-local destinations; 0: by the routing table */
	const uint8_t *data; /* what follows the IP header */
	size_t len;
};
/* The IPv4 header as packet_send() sends it, checksum 0 (the kernel's work): AH is computed over it. */
void packet_ip_header(const struct packet_out *, uint8_t out[PACKET_IP_HEADER]);
/* 0 or -errno. IPv6: the kernel writes the checksum. */
int packet_send(int fd, const struct packet_out *);

struct packet_in {
	enum vrrp_refusal refusal; /* VRRP_OK, VRRP_BAD_IP_HEADER, VRRP_BAD_LENGTH (cut short) */
	struct addr source, dest;  /* dest is unset where the kernel did not tell it (IPv6 without IPV6_PKTINFO) */
	int ttl;                   /* or hop limit; -1: unknown */
	unsigned index;            /* interface it came in by; 0: unknown */
	const uint8_t *ip;         /* IPv4 header, ip_len bytes with options; NULL for IPv6 */
	size_t ip_len;
	const uint8_t *data;       /* after the IP header: VRRP, or AH and VRRP */
	size_t len;
};
/* Reads at most max packets; the callback's packet is valid during the call. How many were read, or -errno (what came before the error is delivered). */
int packet_receive(int fd, unsigned max, void (*cb)(void *ctx, const struct packet_in *), void *ctx);
/* The IPv4 part of it: header checked, options skipped, all fields but index set. */
void packet_parse_ip(const uint8_t *bytes, size_t len, struct packet_in *out);

/* The filter program, for tests: struct sock_filter words in program. Returns how many. */
#define PACKET_FILTER_MAX 40
struct sock_filter;
unsigned packet_filter(const struct packet_where *, const struct packet_vrids *, struct sock_filter *program);

#endif
