/* SPDX-License-Identifier: MIT */
/*
 * The packet filter of no_accept and of virtual MACs: one nf_tables table for each family, with chains, sets and rules of ours, and the elements
 * of the sets. A table belongs to our socket where the kernel knows that (5.12 on): nobody flushes it, and it ends when we do. What is to be in
 * the sets is the caller's business.
 */
#ifndef NFT_H
#define NFT_H

#include "addr.h"

#include <stdbool.h>

struct nft_settings {
	const char *table; /* name */
	int priority;      /* of the chains */
	bool counters;
};

enum nft_set {
	NFT_VIPS,           /* addresses: nothing comes in for them or goes out from them but neighbour discovery */
	NFT_VIPS_LINK_LOCAL, /* address and interface: likewise */
	NFT_VMACS,          /* interface: no IGMP, MLD, router solicitation and advertisement goes out there */
	NFT_VMAC_LINK_LOCAL, /* address and interface: no neighbour advertisement from it goes out there */
	NFT_SETS,
};

/* 0 or -errno. */
int nft_open(void);
/* Takes the tables away. Idempotent. */
void nft_close(void);

/* All anew: the tables are made again with the elements that follow, and go where none follow. The settings are copied. */
void nft_rebuild(const struct nft_settings *);
/* Puts an element into a set of the family's table, or takes it out. addr or name: NULL where the set has none. The kernel is told by nft_commit(), or
 * before when it is much. */
void nft_element(unsigned family, enum nft_set, const struct addr *, const char *name, bool present);
/* 0, or -errno of what failed since the last call: then rebuild. -EAGAIN: it will be another way, for an old kernel. */
int nft_commit(void);

#endif
