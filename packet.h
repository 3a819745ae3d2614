/* SPDX-License-Identifier: MIT */
/*
 * Raw sockets of VRRP: opening them, letting VRIDs in, sending one message, receiving one.
 * Owns no state; descriptors belong to the caller. What is in a message is the business of vrrp.c and auth.c.
 */
#ifndef PACKET_H
#define PACKET_H

#include "addr.h"
#include "vrrp.h"

#include <stddef.h>
#include <stdint.h>

#define PACKET_PROTOCOL_AH 51
#define PACKET_AH 24
#define PACKET_IP_HEADER 20

/* The VRIDs a socket lets through, each a bit from the highest of the first word on. */
struct packet_vrids {
	uint32_t words[8];
};
void packet_vrids_add(struct packet_vrids *, uint8_t vrid);

/* What tells two sockets apart: all up to rcvbuf. */
struct packet_where {
	const char *name; /* of the interface, for SO_BINDTODEVICE; NULL (unicast): any */
	unsigned index;   /* of the same */
	unsigned base_index; /* what a macvlan stands on, or 0: joins the group too, so that switches hear of it from there */
	uint8_t family;   /* AF_INET, AF_INET6 */
	uint8_t protocol; /* VRRP_PROTOCOL, PACKET_PROTOCOL_AH (IPv4 only) */
	struct addr group; /* multicast group to join and bind to; unset for unicast: then no multicast comes in */
	bool every_vrid;  /* none is kept out: who reads tells of the unknown ones */
	unsigned rcvbuf;  /* bytes, 0: the kernel's default */
};

/* A non-blocking descriptor for both ways, or -errno. No packet of another interface or group ever comes out of it, and none at all before
 * packet_set_vrids(). */
int packet_open(const struct packet_where *);
/* Lets these in. 0 or -errno. */
int packet_set_vrids(int fd, const struct packet_where *, const struct packet_vrids *);

struct packet_out {
	const struct addr *source, *dest;
	uint8_t *data;   /* IPv4: the header, and what follows it */
	unsigned len;    /* of all that */
	unsigned index;  /* interface, for multicast and link-local destinations */
	uint16_t ip_id;
	uint8_t protocol, ttl;
};
/* Writes the IPv4 header, checksum 0 (the kernel's work), in front of what is to be sent: AH is computed over it. An ip_id of 0 leaves it to the kernel. */
void packet_ip_header(const struct packet_out *);
/* 0 or -errno. IPv6: the kernel writes the checksum. */
int packet_send(int fd, const struct packet_out *);

/* The longest message, an AH header, IP options, and room for a trailer. */
#define PACKET_MAX (60 + PACKET_AH + VRRP_MESSAGE_MAX + 512)
struct packet_in {
	enum vrrp_refusal refusal; /* VRRP_OK, VRRP_BAD_IP_HEADER, VRRP_BAD_LENGTH (cut short) */
	struct vrrp_packet message; /* what follows the headers, AH as well */
	const uint8_t *ip;         /* IPv4 header, ip_len bytes with options; NULL for IPv6 */
	unsigned ip_len;
	unsigned ah_len;           /* of the AH header before the message, or 0 */
};
/* The next packet, which lies in bytes. False when none waits. */
bool packet_receive(int fd, uint8_t bytes[PACKET_MAX], struct packet_in *);
/* The IPv4 part of it: header checked, options skipped. */
void packet_parse_ip(const uint8_t *bytes, size_t len, struct packet_in *out);

/* The filter program, for tests: struct sock_filter words in program. Returns how many. */
#define PACKET_FILTER_MAX 56
struct sock_filter;
unsigned packet_filter(const struct packet_where *, const struct packet_vrids *, struct sock_filter *program);

#endif
