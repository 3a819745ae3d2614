/* SPDX-License-Identifier: MIT */
#include "linkdelay.h"
#include "loop.h"

#include <stdlib.h>
#include <string.h>

/* Stays where a reload takes the delay away: it goes on without one. */
struct linkdelay {
	struct linkdelay *next;
	const struct iface *iface;
	uint64_t due_us; /* when it is taken for what it is, 0: now */
	bool up;
};

bool linkdelay_up(struct linkdelays *all, const struct iface *iface, bool up, uint64_t *wait_us)
{
	struct linkdelay *d = all->first;
	uint64_t delay_us = 0, now_us = loop_now();
	bool delayed = false;

	CONF_EACH(struct interface_delay_conf, conf, all->conf) {
		if (strcmp(conf->interface, iface->name))
			continue;
		delayed = true;
		delay_us = up ? conf->up_us : conf->down_us;
	}
	while (d && d->iface != iface)
		d = d->next;
	if (!d && !delayed)
		return up;
	if (!d) {
		d = calloc(1, sizeof(*d));
		if (!d)
			return up;
		d->iface = iface;
		d->next = all->first;
		all->first = d;
		d->up = up;
	}
	if (up == d->up || !iface->index || !delay_us)
		d->due_us = 0;
	else if (!d->due_us)
		d->due_us = now_us + delay_us;
	if (d->due_us <= now_us) {
		d->up = up;
		d->due_us = 0;
	} else {
		*wait_us = d->due_us - now_us;
	}
	return d->up;
}

void linkdelay_free(struct linkdelays *all)
{
	while (all->first) {
		struct linkdelay *d = all->first;

		all->first = d->next;
		free(d);
	}
}
