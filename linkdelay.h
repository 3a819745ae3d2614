/* SPDX-License-Identifier: MIT */
/*
 * interface_up_down_delays: what interfaces are taken for while their state is too fresh to be believed. Owns the timers; the states
 * come from iface.c, and router.c asks here instead of there.
 */
#ifndef LINKDELAY_H
#define LINKDELAY_H

#include "config.h"
#include "iface.h"
#include "loop.h"

struct linkdelay {
	struct linkdelay *next;
	const struct interface_delay_conf *conf;
	void (*due)(void *ctx); /* a state has lasted: look again */
	void *ctx;
	struct timer timer;
	bool up, looked;
};

/* At start and after a reload; interfaces that stay keep what they are taken for. 0 or -ENOMEM. */
int linkdelay_configure(struct linkdelay **, const struct conf_list *, void (*due)(void *ctx), void *ctx);
/* up: as it is now. What it is to be taken for. One that is gone is down at once, and the first look is believed. */
bool linkdelay_up(struct linkdelay *, const struct iface *, bool up);
void linkdelay_free(struct linkdelay **);

#endif
