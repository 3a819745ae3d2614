/* SPDX-License-Identifier: MIT */
/*
 * Routes and rules in the kernel: an instance's virtual ones, and the static ones together with static addresses. Added, removed, put
 * back when they vanish. Only what we added is ever removed, but for what a crash left behind. Owns the lists of them.
 */
#ifndef ROUTE_H
#define ROUTE_H

#include "config.h"
#include "loop.h"

struct iface;
struct instance;
struct router;

struct vroute {
	const struct route_conf *conf; /* or a struct rule_conf, which begins alike */
	struct iface *dev, *other; /* dev and vrf of a route, iif and oif of a rule; or NULL */
	uint32_t table;            /* its name looked up; 0: no such name */
	uint64_t print;            /* of what there was to tell the kernel when it was configured, 0: nothing */
	bool is_rule;
	bool added;                /* by us, and so ours to remove */
	bool failing;              /* has been told */
};
struct routes {
	struct vroute *list; /* routes first, then rules */
	unsigned count;
	bool held;           /* they are to be there */
};

/* Of the router. */
struct route_kernel {
	struct timer later;
	bool stale; /* some may have vanished: routes_restore() is due */
};

/* Builds the list from the configuration; what the old list had added and the new one has not is removed from the kernel.
 * What is new is added when the instance holds its routes. 0 or -ENOMEM, then there are none. */
int routes_configure(struct instance *);
void routes_free(struct instance *);
void routes_add_all(struct instance *);
void routes_remove_all(struct instance *);
/* Puts back what vanished, and adds what could not be added before. Returns how many had vanished. */
unsigned routes_restore(struct instance *);
/* At start: removes what a crash left. */
void routes_remove_leftovers(struct instance *);
/* Name of an interface that is down, on which the instance has an address, a route or a rule, or a static one by a track_group; or NULL. */
const char *routes_down_interface(const struct instance *);

/* Static addresses, routes and rules: at start before the instances, and at a reload. 0 or -ENOMEM. */
int statics_configure(struct router *);
void statics_remove(struct router *);

/* A number by its name in one of iproute2's files, or 0. */
uint32_t route_number(const char *file, const char *name);

/* One may have vanished. */
void routes_gone(struct router *);

#endif
