/* SPDX-License-Identifier: MIT */
/*
 * Netlink: message builder, requests with acknowledgement, dumps, and event sockets, for every netlink family.
 * Owns the message and the sockets of requests. Knows nothing of VRRP or IPVS; what the messages mean is the business of iface.c, route.c, ipvs.c, nft.c.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nlmsghdr;

/* The request being built: there is one at a time. Errors stick: build on, and nl_talk() returns the first one. flags: NLM_F_CREATE and kin;
 * REQUEST and ACK are added. payload: the fixed header after nlmsghdr (ifaddrmsg, ...). */
#define NL_BUF 8192
void nl_begin(unsigned type, unsigned flags, const void *payload, unsigned len);
void nl_put(unsigned attr, const void *data, size_t len);
void nl_put_u8(unsigned attr, uint8_t);
void nl_put_u16(unsigned attr, uint16_t);
void nl_put_u32(unsigned attr, uint32_t);
void nl_put_text(unsigned attr, const char *); /* with its NUL */
/* What follows is inside the attribute, until its end or the message's. What it has itself comes first. */
void nl_nest(unsigned attr);
void nl_nest_of(unsigned attr, const void *data, size_t len);
void nl_nest_end(void);

/*
 * Attributes that are fields of a struct. A kind up to NL_SIZE is so many bytes as they are: put always, or
 * with NL_OPTIONAL where one is not 0; taken where the attribute has as many. With NL_TEXT it is an array that is put and taken with a NUL.
 */
#define NL_SIZE 0x1f
#define NL_OPTIONAL 0x20
#define NL_TEXT 0x40
enum nl_kind {
	NL_IF = 0x80, /* put: a bool, without which the next field is left out */
	NL_ADDR,      /* put where it is set */
	NL_STRING,    /* put: a pointer to a text, where it is not NULL */
	NL_16_8,      /* 16 bits in the message, 8 in the struct */
	NL_32_8,
	NL_PORT,      /* network order in the message */
	NL_COUNTED,   /* taken: its length in a byte, then up to NL_COUNTED_MAX bytes */
	NL_NEST       /* taken: a struct nl_cursor over what is inside */
};
#define NL_COUNTED_MAX 32
struct nl_field {
	uint8_t attr, kind, at;
};
#define NL_FIELDS(table) (table), sizeof(table) / sizeof((table)[0])
void nl_put_fields(const struct nl_field *, size_t count, const void *from);

/* Sockets of ours, opened when they are needed. */
enum nl_socket { NL_ROUTE, NL_GENERIC, NL_NETFILTER, NL_SOCKETS };
/* 0 or -errno; also where it is open. Without it the first request does so. */
int nl_open(enum nl_socket);
void nl_close(enum nl_socket);
/* Sends and waits (bounded, 1 s) for the acknowledgement. 0 or -errno. */
int nl_talk(enum nl_socket);
/*
 * Sends and calls cb for every answer: of a dump where NLM_F_DUMP was among the flags, else of a request for one thing. cb must not use netlink.
 * 0 or -errno (-EINTR: changed meanwhile, dump again). A route dump is filtered by the kernel (NETLINK_GET_STRICT_CHK, from 4.20 on) by the fields
 * of its fixed header, which must be the full one (ifaddrmsg, rtmsg, ...); older kernels send all.
 */
int nl_dump(enum nl_socket, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx);

/* Until nl_talk(), requests are collected that the kernel carries out together or not at all (nf_tables): it returns the first error. Idempotent. */
void nl_batch_begin(void);
/* In bytes, 0: none is begun. */
unsigned nl_batch_len(void);
/* Generic netlink family id by name, or -errno. */
int nl_genl_family(const char *name);

/* Copies the fixed header after nlmsghdr. False when the message is too short for it. */
bool nl_payload(const struct nlmsghdr *, void *out, size_t len);
/* Attribute reading, bounded: each attribute in turn; data is unaligned, copy it out. */
struct nl_attr {
	uint16_t type; /* flags removed */
	size_t len;
	const uint8_t *data;
};
struct nl_cursor {
	const uint8_t *at, *end;
};
/* Cursor over the attributes after a fixed header of header_len bytes in a message. */
struct nl_cursor nl_attrs(const struct nlmsghdr *, size_t header_len);
/* The same of the request as it stands. */
struct nl_cursor nl_built(size_t header_len);
struct nl_cursor nl_nested(const struct nl_attr *);
bool nl_next(struct nl_cursor *, struct nl_attr *out);
/* What has no attribute, or a wrong one, keeps its value. */
void nl_take_fields(struct nl_cursor, const struct nl_field *, size_t count, void *to);
/* 0 when the attribute is too short. */
uint32_t nl_u32(const struct nl_attr *);

/* A number of RTNLGRP_*, up to 32, as one of groups. */
#define NL_GROUP(number) (1U << ((number) - 1))
/* Event socket, non-blocking. Its descriptor, or -errno. */
int nl_events_open(uint32_t groups);
/* Reads what is there (a bounded number). 0, -EAGAIN when empty, -ENOBUFS: events were lost, read on until -EAGAIN, then dump again. */
int nl_events_read(int fd, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx);
/* Calls cb for each whole message of a datagram; stops at the first that is cut short. For tests. */
void nl_walk(const uint8_t *aligned, size_t len, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx);

#endif
