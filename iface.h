/* SPDX-License-Identifier: MIT */
/*
 * The mirror of the kernel's links and addresses, kept by netlink events and made good by a dump after an overrun, and the
 * requests that add and remove addresses. Keyed by name: an interface may be absent, come, go, be renamed or come back with
 * another index. Owns the struct iface entries: those asked for by iface_get() keep their name and addresses as long as the mirror lives;
 * others have no addresses here but those iface_has_addr() was asked for, and after they went their entry may become another interface's.
 */
#ifndef IFACE_H
#define IFACE_H

#include "addr.h"

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

struct vip_conf;

struct iface_addr {
	struct iface_addr *next;
	uint32_t flags;     /* IFA_F_* */
	struct addr addr;   /* IFA_LOCAL */
	struct addr peer;   /* where it differs */
	uint8_t prefix, scope;
	uint8_t proto;      /* IFA_PROTO; where the kernel has none: what this run added is IFACE_PROTO_OURS, the rest 0 */
};

struct iface {
	struct iface *next;
	struct iface_addr *addrs;
	char name[IFNAMSIZ];
	unsigned index;      /* 0: absent now */
	unsigned base_index; /* IFLA_LINK: of a VLAN or macvlan; 0 otherwise */
	unsigned master_index; /* bridge, bond or vrf it belongs to */
	uint32_t vrf_table;
	uint16_t hw_type;    /* ARPHRD_* */
	uint8_t hw_len, hw_addr[32];
	uint8_t hw_broadcast_len, hw_broadcast[32];
	unsigned flags;      /* IFF_* */
	uint32_t mtu;
	uint32_t group;      /* IFLA_GROUP */
	char kind[16];       /* IFLA_INFO_KIND: "macvlan", "vrf", ... or "" */
	char alias[24];      /* IFLA_IFALIAS: its beginning */
	/* iface.c's own. */
	bool stale;          /* its addresses are to be read */
	bool reading;        /* they are being read: those behind tail are not yet named */
	bool kept;           /* asked for by name: never forgotten, and its addresses are mirrored */
	bool seen;           /* in the dump that runs */
	unsigned pending;    /* enum iface_change, to be told */
	struct iface_addr **tail;
};

/* What changed, for the callback. */
enum iface_change {
	IFACE_STATE = 1 << 0, /* came, went, up, down, carrier, index */
	IFACE_ADDRS = 1 << 1,
	IFACE_HW_ADDR = 1 << 2,
	IFACE_MTU = 1 << 3,
	IFACE_REDUMPED = 1 << 4, /* iface is NULL: events were lost and all was read anew */
	IFACE_ROUTES = 1 << 5, /* iface is NULL: a rule is gone, or a route with our mark */
	IFACE_OWN_ADDRS = 1 << 6, /* added or deleted by us */
};

/* There is one mirror, for up to two listeners. The first opens the socket, reads everything, and follows events from the loop. 0 or -errno. The
 * callback comes from the loop only, never from within a call of this module, and once for many events: what it finds in the mirror is the present
 * state. An interface is also told as changed when its base is. */
int iface_open(void (*changed)(void *ctx, struct iface *, unsigned change), void *ctx);
/* Idempotent. */
void iface_close(void);

/* Entry for a name, made (as absent) where there is none. NULL only when out of memory. */
struct iface *iface_get(const char *name);
/* Existing entries only, or NULL. Without addresses unless iface_get() ever asked for the name. */
struct iface *iface_find(const char *name);
struct iface *iface_by_index(unsigned index);
/* Administratively up and running (keepalived's notion: IFF_UP and IFF_RUNNING), and so is its base interface. */
bool iface_is_up(const struct iface *);
/* Whether any interface has this address, whatever its prefix; asked once, it is watched everywhere, and its changes are told. */
bool iface_has_addr(const struct addr *);
const struct iface_addr *iface_find_addr(const struct iface *, const struct addr *, int prefix /* -1: any */);
/* The first of all that are known, for walks by ->next; an entry without an index is absent. */
struct iface *iface_first(void);
/* A change of links, built as netlink.h has it: sent, and the mirror shows the result. 0 or -errno. */
int iface_request(void);
/* Of routes and rules: from now on they are told when they go. RTNLGRP_*. */
void iface_follow(int group);
/* Waits for nothing; reads pending events now, so that the mirror is fresh before a decision. The callback comes later. */
void iface_sync(void);

/* Our mark in IFA_PROTO: keepalived's number (RTPROT_KEEPALIVED, 18). Kernels before 5.18 ignore it. */
#define IFACE_PROTO_OURS 18

/* 0 or -errno. Adding an address that is there, or deleting one that is not, is 0; -EEXIST: it is there with another prefix length (IPv6).
 * The mirror shows the result at once. dev is for the caller to see to. */
int iface_addr_add(struct iface *, const struct vip_conf *);
int iface_addr_delete(struct iface *, const struct vip_conf *);
/* Writes /proc/sys/net/{ipv4,ipv6}/conf/NAME/KEY (names with dots too), or of the family for NULL. 0 or -errno; *old gets the former value where not NULL.
 * IFACE_SYSCTL_READ for the value: it stays. */
#define IFACE_SYSCTL_READ INT32_MIN
int iface_sysctl(int family, const char *name, const char *key, int value, int *old);

#endif
