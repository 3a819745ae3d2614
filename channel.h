/* SPDX-License-Identifier: MIT */
/*
 * Sockets shared by instances: one for each interface, family, protocol and way (multicast group or unicast), with the
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
	struct instance *members;
	struct router *router;
	struct io io;
	struct packet_where where;
	struct packet_vrids unknown; /* those that were told */
};

/* Joins the socket that fits the instance's interface and configuration as they are now; opens it where there is none. 0 or -errno. */
int channel_join(struct instance *);
/* Idempotent; the last member closes the socket. */
void channel_leave(struct instance *);

#endif
