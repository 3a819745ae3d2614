/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses within the event loop: literals, /etc/hosts, then the servers of /etc/resolv.conf over UDP; of a
 * truncated answer what there is. Nothing is cached or kept open between lookups; the files are read anew by each. Bounded in time (servers
 * x attempts x timeout), in memory and in the number of addresses; an answer must repeat our question to be believed.
 */
#ifndef RESOLVE_H
#define RESOLVE_H

#include "addr.h"
#include "dns.h"
#include "loop.h"

#define RESOLVE_ADDRS_MAX 8
#define RESOLVE_SERVERS_MAX 3
#define RESOLVE_NAME_MAX 256

struct resolve_server {
	struct addr addr;
	unsigned scope_id;
};

/* One lookup, embedded in its owner and zeroed by him before the first use. */
struct resolve {
	/*
	 * Always called from the loop, once per resolve_start() that returned 0. 0, -ENOENT (there is no such name, or it has no
	 * address), -ETIMEDOUT (no server gave an answer), -ENOMEM. The lookup may be started again from here.
	 */
	void (*done)(struct resolve *, int error);
	unsigned count; /* of addrs */

	/* The resolver's own. */
	struct io io;
	char *suffixes;            /* what is left of search */
	unsigned server_count;
	int result;                /* for done(), while the timer brings it there */
	uint16_t query_len;
	uint8_t tries;             /* servers asked for this form of the name */
	uint8_t strays;            /* datagrams of this try that were no answer */
	uint8_t numbers[3];        /* options: timeout, attempts, ndots */
	bool running, failed, ipv6;
	struct timer timer;
	struct resolve_server servers[RESOLVE_SERVERS_MAX];
	struct addr addrs[RESOLVE_ADDRS_MAX]; /* the IPv4 ones first */
	uint8_t query[DNS_QUERY_MAX];
	char name[RESOLVE_NAME_MAX];
	char search[RESOLVE_NAME_MAX]; /* domains, each with a blank behind it */
};

/* 0, or -EINVAL for what can't be a name; then done() is not called. A lookup under way is given up. */
int resolve_start(struct resolve *, const char *name);
/* Idempotent. done() is not called any more. */
void resolve_cancel(struct resolve *);

#endif
