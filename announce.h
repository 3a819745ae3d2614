/* SPDX-License-Identifier: MIT */
/*
 * Bursts of gratuitous ARP and neighbour advertisements for an instance's addresses: at once, or spread where an interval is
 * configured (vrrp_garp_interval, vrrp_gna_interval, garp_group). Owns the queue of what is still to be sent.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "loop.h"

#include <stdint.h>

struct instance;
struct router;

/* Embedded in the instance. */
struct announcement {
	struct instance *next; /* in the queue */
	unsigned repeats_left; /* 0: not in the queue */
	unsigned position;
};

struct announcer {
	struct router *router;
	struct timer timer;
	struct instance *first; /* those with something left to send */
};

void announce_init(struct announcer *, struct router *);
/* Every address of the instance, `repeat` times over. What was still queued is not sent twice. */
void announce_burst(struct instance *, unsigned repeat);
/* The instance's own source address, once: peers must find us before their adverts can. */
void announce_source(struct instance *);
/* One address of each interface where no adverts go out (garp_extra_if): for the tables of switches. */
void announce_extra(struct instance *);
void announce_cancel(struct instance *);
void announce_stop(struct announcer *);

#endif
