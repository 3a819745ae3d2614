/* SPDX-License-Identifier: MIT */
/*
 * The kernel's IPVS table: read it, compare it with a wanted one, change what differs; timeouts and the sync daemon.
 * Generic netlink where the kernel has it, socket options (IPv4 without tunnel types, 32-bit counters) elsewhere: callers see no
 * difference. Owns the sockets, knows no configuration and no checker, and logs nothing: every call tells by its result.
 */
#ifndef IPVS_H
#define IPVS_H

#include "addr.h"

#include <net/if.h>
#include <sys/types.h>

#define IPVS_NAME_MAX 16 /* of schedulers and persistence engines, with the NUL */

/* The kernel's numbers. */
enum ipvs_forward { IPVS_NAT = 0, IPVS_TUNNEL = 2, IPVS_ROUTE = 3 };
enum ipvs_flag { IPVS_PERSISTENT = 1, IPVS_HASHED = 2, IPVS_ONE_PACKET = 4, IPVS_SCHED1 = 8, IPVS_SCHED2 = 16, IPVS_SCHED3 = 32 };

/* What finds an entry. Compared as bytes, so what is not used is 0. First member of what it finds. */
struct ipvs_key {
	uint32_t fwmark;  /* of a service; 0: it goes by address */
	uint16_t port;    /* host order */
	uint8_t protocol; /* IPPROTO_*; 0 with a firewall mark and in destinations */
	struct addr addr; /* with a firewall mark the family alone */
};

struct ipvs_dest {
	struct ipvs_key key;
	/* What the kernel is told; from tun_type on of tunnels only. */
	int32_t weight;
	uint32_t upper, lower; /* thresholds, 0: none */
	uint8_t forward, tun_type;
	uint16_t tun_port;     /* host order */
	uint8_t tun_flags;
};

struct ipvs_service {
	struct ipvs_key key;
	char scheduler[IPVS_NAME_MAX], pe[IPVS_NAME_MAX]; /* zeros behind their ends: compared as bytes, and what follows */
	uint32_t timeout_s;
	uint32_t mask; /* as the kernel takes it: netmask in network order (all ones: each client), IPv6: prefix length (128) */
	uint32_t flags;
	struct ipvs_dest *dests;
	unsigned dest_count;
};

struct ipvs_table {
	struct ipvs_service *services;
	unsigned count;
};

enum ipvs_counter {
	IPVS_CONNECTIONS, IPVS_IN_PACKETS, IPVS_OUT_PACKETS, IPVS_IN_BYTES, IPVS_OUT_BYTES,
	/* The same per second. */
	IPVS_CONNECTION_RATE, IPVS_IN_PACKET_RATE, IPVS_OUT_PACKET_RATE, IPVS_IN_BYTE_RATE, IPVS_OUT_BYTE_RATE,
	IPVS_COUNTERS
};
struct ipvs_stats {
	uint64_t count[IPVS_COUNTERS];
	uint32_t active, inactive, persistent; /* connections now, of destinations */
};

/* Opens sockets in the current network namespace, which need no IPVS yet. Once in a process. 0 or -errno. */
int ipvs_open(void);
void ipvs_close(void);
/* Asks whether the kernel has IPVS, and anew each time: modules come and go. 0, -EPERM, or -ENOENT. */
int ipvs_connect(void);
/* From now on by socket options, as on a kernel without the netlink family. For tests. */
void ipvs_use_sockopt(void);

/* Told of each entry, dest NULL: of the service itself. It must not call back into this module. */
typedef void ipvs_stats_fn(const struct ipvs_service *, const struct ipvs_dest *, const struct ipvs_stats *);
/* Reads all. stats may be NULL. 0 or -errno, and then the table is empty. */
int ipvs_read(struct ipvs_table *out, ipvs_stats_fn *stats);
/* For tables of one's own, which begin as zeros. 0 or -ENOMEM. */
int ipvs_table_add(struct ipvs_table *, const struct ipvs_service *);
int ipvs_service_add(struct ipvs_service *, const struct ipvs_dest *);
/* The destinations of services that repeat a key become those of the first one too. */
int ipvs_table_merge(struct ipvs_table *);
void ipvs_table_free(struct ipvs_table *);

enum ipvs_action { IPVS_ADD, IPVS_EDIT, IPVS_DELETE };
struct ipvs_op {
	enum ipvs_action action;
	const struct ipvs_service *service;
	const struct ipvs_dest *dest; /* NULL: the service itself, a deletion with all of its destinations */
};
/*
 * 0 or -errno. What is to be added and is there stays as it is, what is to be edited and is missing is added, what is to be deleted and is
 * missing was deleted. -ENOENT for a service: unknown scheduler or engine; -ESRCH for a destination: no such service.
 */
int ipvs_do(const struct ipvs_op *);

struct ipvs_plan {
	struct ipvs_op *ops; /* their pointers are to the tables of ipvs_diff() */
	unsigned count, next;
	const struct ipvs_service *refused;
};
/*
 * What makes the kernel's table the wanted one, in this order: our services that are not wanted any more are deleted, as they stand in
 * `ours`; then, service by service as wanted, it is added or edited, its destinations are added or edited, and ours that are not wanted
 * any more are deleted. `ours` is what we put there before; entries neither in it nor wanted are somebody else's and stay. NULL: not known,
 * after a crash: destinations of wanted services are taken for ours, other services not. Entries of `wanted` that repeat a key are left out.
 * Pure; n log n. 0 or -ENOMEM.
 */
int ipvs_diff(const struct ipvs_table *wanted, const struct ipvs_table *ours, const struct ipvs_table *kernel, struct ipvs_plan *out);
/* Carries out up to `max` operations, so that a long plan does not hold up the loop. True when the plan is done. failed() is not told of
 * the destinations of a service that was refused. */
bool ipvs_apply(struct ipvs_plan *, unsigned max, void (*failed)(const struct ipvs_op *, int err));
void ipvs_plan_free(struct ipvs_plan *);
/* Removes all entries, other tools' too. */
int ipvs_flush(void);

struct ipvs_timeouts {
	uint32_t tcp_s, tcp_fin_s, udp_s; /* set: 0 leaves it as it is */
};
int ipvs_get_timeouts(struct ipvs_timeouts *out);
int ipvs_set_timeouts(const struct ipvs_timeouts *);

enum ipvs_sync_role { IPVS_SYNC_MASTER = 1, IPVS_SYNC_BACKUP = 2 };
struct ipvs_sync {
	char interface[IF_NAMESIZE];
	uint32_t id;
	uint16_t maxlen, port; /* 0: the kernel's */
	uint8_t ttl;           /* likewise */
	struct addr group;     /* or unset */
};
/* A daemon that runs in this role is replaced. -ENODEV: no such interface (or it is down). Both roles may run at once. */
int ipvs_sync_start(enum ipvs_sync_role, const struct ipvs_sync *);
int ipvs_sync_stop(enum ipvs_sync_role);

#endif
