/* SPDX-License-Identifier: MIT */
/*
 * What the packet filter is to hold: the addresses of masters that do not accept what is sent to them, and the macvlans. Where the kernel has no
 * nf_tables one warning says what is not enforced.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

struct instance;
struct router;

/* Of the router. */
struct filter {
	bool on;     /* there is one */
	bool stale;  /* to be built again */
	bool broken; /* has been told */
	bool quiet;  /* disable_local_igmp holds, and the setting was: */
	int igmp_was;
};

/* Builds it, where it is stale. */
void filter_look(struct router *);
/* The instance's addresses come, or are gone. */
void filter_hold(struct instance *, bool held);
void filter_stop(struct router *);

#endif
