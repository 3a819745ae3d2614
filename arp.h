/* SPDX-License-Identifier: MIT */
/*
 * Gratuitous ARP and unsolicited neighbour advertisements: builds the packets and sends them from a socket of its own.
 * A pure builder, one sender. Who announces what and when is router.c's business.
 */
#ifndef ARP_H
#define ARP_H

#include "addr.h"

struct iface;

/* The longest address of a link, InfiniBand's, and packet. */
#define ARP_HW_MAX 20
#define ARP_PACKET_MAX 88

/* What follows the header of an Ethernet or InfiniBand link, and where on the link it goes: a gratuitous ARP request (RFC 5227's announcement, as
 * keepalived sends it), or an unsolicited neighbour advertisement to all nodes (RFC 4861 section 4.4), override set, from the address itself; router:
 * whether we forward IPv6. Returns its length, 0 where the interface has nobody to tell (point to point, lo). */
size_t arp_build(const struct iface *, const struct addr *, bool router, uint8_t dest[ARP_HW_MAX], uint8_t out[ARP_PACKET_MAX]);

/* Announces one address once. *fd: the socket, opened where it is -1. 0 or -errno; 0 also where there is nobody to tell. */
int arp_announce(int *fd, const struct iface *, const struct addr *, bool router);

#endif
