/* SPDX-License-Identifier: MIT */
/*
 * What an instance says and hears: its advertisements are built, authenticated and sent here, and those of others examined, before router.c learns of
 * them. Why one is refused is counted and told, with what to do about it.
 */
#ifndef ADVERT_H
#define ADVERT_H

#include <stdint.h>

struct channel;
struct instance;
struct packet_in;

/* How many of the addresses one packet has room for (RFC 9568 section 5.2.5 and the MTU); the rest is held, not told. */
void advert_fit(struct instance *);
/* To the group, or to every peer. */
void advert_send(struct instance *, uint8_t priority);
/* A packet of the wire for one of the channel's members. */
void advert_receive(struct channel *, const struct packet_in *);

#endif
