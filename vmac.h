/* SPDX-License-Identifier: MIT */
/*
 * Virtual MACs: the macvlans (or ipvlans) of instances and of addresses on other interfaces. Made on their base interface, set up so that
 * ARP, reverse path filtering and IPv6 work, made again when they vanished, adopted after a crash, removed without a trace. Owns the list of
 * them and what the settings of bases were; the alias of each link says the latter to the next run.
 */
#ifndef VMAC_H
#define VMAC_H

#include "addr.h"

#include <stdbool.h>
#include <stdint.h>

struct iface;
struct instance;
struct router;
struct vrrp_conf;

#define VMAC_BASE_KEYS 3
struct vmac {
	struct vmac *next;
	const struct vrrp_conf *conf; /* of who asked for it */
	struct iface *base, *link;
	uint8_t mac[6];
	bool ipvlan;
	bool wants4, wants6;          /* which addresses are to work on it */
	bool claimed;
	bool saved;                   /* the settings of the base were those below */
	unsigned link_index, base_index, vrf_index; /* when it was set up last; 0: it is to be */
	int base_was[VMAC_BASE_KEYS];
	int error;                    /* has been told */
	struct addr link_local;       /* from which IPv6 adverts come: the base's */
};

/* Of the router. */
struct vmacs {
	struct vmac *first;
	int rp_filter;                /* what conf/all was, 0: as it is */
};

/* The one for a base and a family, made (in the list) where there is none. NULL: out of memory. */
struct vmac *vmac_claim(struct instance *, struct iface *base, int family);
/* All have to be claimed again; what is not, vmac_sweep() removes. */
void vmac_unclaim(struct router *);
void vmac_sweep(struct router *);
/* Makes and mends what is claimed, as far as bases are there. */
void vmac_look(struct router *);
/* At start, after the claims: removes what a crash left and nobody claims. */
void vmac_remove_leftovers(struct router *);
int vmac_is(const struct router *, const struct iface *);
/* Forgets all and touches nothing. */
void vmac_free(struct router *);

#endif
