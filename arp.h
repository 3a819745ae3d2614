/* SPDX-License-Identifier: MIT */
/*
 * Gratuitous ARP and unsolicited neighbour advertisements: builds the frames and sends them from sockets of its own.
 * Pure builders, one sender. Who announces what and when is router.c's business.
 */
#ifndef ARP_H
#define ARP_H

#include "addr.h"

struct arp;
struct iface;

#define ARP_FRAME_MAX 128

/* NULL with errno. The socket is opened at first use. */
struct arp *arp_new(void);
void arp_free(struct arp *);

/* Ethernet or InfiniBand frame of a gratuitous ARP request (RFC 5227's announcement, as keepalived sends it). Returns its length, 0 where the interface has no ARP. */
size_t arp_build(const struct iface *, const struct addr *, uint8_t *frame, size_t size);
/* Frame of an unsolicited neighbour advertisement to all nodes (RFC 4861 section 4.4), override set, from the address itself. 0 as above. */
size_t arp_build_na(const struct iface *, const struct addr *, bool router, uint8_t *frame, size_t size);

/* Announces one address once. router: for IPv6, whether we forward. 0 or -errno; 0 also where the interface has nobody to tell (point to point, lo). */
int arp_announce(struct arp *, const struct iface *, const struct addr *, bool router);

#endif
