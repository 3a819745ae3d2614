/* SPDX-License-Identifier: MIT */
/*
 * The virtual addresses of one instance in the kernel: added, removed, watched. Only what we added is ever removed, but for what a
 * crash left behind. Owns the list of them.
 */
#ifndef VADDR_H
#define VADDR_H

#include "config.h"

struct iface;
struct instance;
struct router;

struct vaddr {
	const struct vip_conf *conf;
	struct iface *iface;
	bool added; /* by us, and so ours to remove */
	int error;  /* why it could not be added, -errno */
};
struct vaddrs {
	struct vaddr *list; /* advertised ones first, then the excluded */
	unsigned count;
	unsigned stale;     /* behind those of the list: of the former configuration, to be removed */
	unsigned taken;     /* by others, when vaddr_restore() last looked */
	bool held;          /* the instance is master: they are to be there */
	bool fresh;         /* the last vaddr_configure() added some to the kernel */
};

/* Builds the list from the configuration. Addresses that are new or changed are added when the instance holds its addresses; what
 * the new list has no more is removed by vaddr_remove_stale(), before the former configuration is freed. 0 or -ENOMEM. */
int vaddr_configure(struct instance *);
void vaddr_remove_stale(struct instance *);
void vaddr_free(struct instance *);
/* Returns how many were not there before. */
unsigned vaddr_add_all(struct instance *);
void vaddr_remove_all(struct instance *);
/* Adds what is not there: interfaces come late, others remove addresses. Returns how many. */
unsigned vaddr_restore(struct instance *);
/* At start: removes what a crash left. */
void vaddr_remove_leftovers(struct instance *);
/* Whether an address is a virtual one of any instance. */
int vaddr_is_virtual(const struct router *, const struct iface *, const struct addr *);

#endif
