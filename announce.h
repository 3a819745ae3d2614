/* SPDX-License-Identifier: MIT */
/*
 * Bursts of gratuitous ARP and neighbour advertisements for an instance's addresses: at once, or spread where an interval is
 * configured (vrrp_garp_interval, vrrp_gna_interval, garp_group). Owns what is still to be sent.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "loop.h"

#include <stdint.h>

struct iface;
struct instance;

/* Embedded in the instance. */
struct announcement {
	unsigned turn;         /* the lowest of all is next; 0: nothing is left to send */
	unsigned repeats_left;
	unsigned position;
};

/* Of the router. */
struct announcer {
	struct timer timer;
	unsigned turns;            /* so many were given */
	const struct iface *asked; /* whether it forwards IPv6, at this time */
	uint64_t asked_us;
	int forwards;
};

/* One address of the queue; the timer's callback. */
void announce_next(struct timer *);
/* Every address of the instance, `repeat` times over. What was still queued is not sent twice. */
void announce_burst(struct instance *, unsigned repeat);
/* The instance's own source address, once: peers must find us before their adverts can. */
void announce_source(struct instance *);
/* One address of each interface where no adverts go out (garp_extra_if): for the tables of switches. */
void announce_extra(struct instance *);
void announce_cancel(struct instance *);

#endif
