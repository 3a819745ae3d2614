/* SPDX-License-Identifier: MIT */
/*
 * interface_up_down_delays: what interfaces are taken for while their state is too fresh to be believed. The states
 * come from iface.c, and router.c asks here instead of there.
 */
#ifndef LINKDELAY_H
#define LINKDELAY_H

#include "config.h"
#include "iface.h"

struct linkdelay;
struct linkdelays {
	const struct conf_list *conf; /* interface_delay_conf; a reload puts others here */
	struct linkdelay *first;
};

/* up: as it is now. What it is to be taken for; *wait_us: ask again after that, else untouched. One that is gone is down at once, and the first look
 * is believed. */
bool linkdelay_up(struct linkdelays *, const struct iface *, bool up, uint64_t *wait_us);
void linkdelay_free(struct linkdelays *);

#endif
