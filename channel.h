/* SPDX-License-Identifier: MIT */
/*
 * Sockets shared by instances: one pair for each interface, family, protocol and way (multicast group or unicast), with the
 * filter of their VRIDs. Owns the descriptors. What a packet means is router.c's business.
 */
#ifndef CHANNEL_H
#define CHANNEL_H

#include "addr.h"
#include "loop.h"
#include "packet.h"

struct instance;
struct router;

struct channel_member {
	struct channel *channel; /* NULL: not joined */
	struct instance *next;
};

struct channel {
	struct channel *next;
	struct router *router;
	struct packet_where where;
	char name[16];
	struct instance *members;
	int tx;
	struct io rx;
};

/* Opens the sockets the instance needs, or joins those that are there. 0 or -errno. */
int channel_join(struct instance *);
/* Idempotent; the last member closes the sockets. */
void channel_leave(struct instance *);
/* True while the sockets fit the instance's interface and configuration as they are now. */
bool channel_fits(const struct instance *);

#endif
