/* SPDX-License-Identifier: MIT */
#include "linkdelay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void lasted(struct timer *timer)
{
	struct linkdelay *d = container_of(timer, struct linkdelay, timer);

	d->up = !d->up;
	d->due(d->ctx);
}

bool linkdelay_up(struct linkdelay *d, const struct iface *iface, bool up)
{
	uint64_t delay_us;

	while (d && strcmp(d->conf->interface, iface->name))
		d = d->next;
	if (!d)
		return up;
	delay_us = up ? d->conf->up_us : d->conf->down_us;
	if (up == d->up || !iface->index || !d->looked || !delay_us) {
		timer_stop(&d->timer);
		d->up = up;
		d->looked = true;
	} else if (!d->timer.armed) {
		timer_set(&d->timer, delay_us);
	}
	return d->up;
}

int linkdelay_configure(struct linkdelay **list, const struct conf_list *conf, void (*due)(void *ctx), void *ctx)
{
	struct linkdelay *old = *list;
	int err = 0;

	*list = NULL;
	CONF_EACH(struct interface_delay_conf, c, conf) {
		struct linkdelay **at = &old, *d;

		while (*at && strcmp((*at)->conf->interface, c->interface))
			at = &(*at)->next;
		d = *at;
		if (d)
			*at = d->next;
		else
			d = calloc(1, sizeof(*d));
		if (!d) {
			err = -ENOMEM;
			break;
		}
		d->conf = c;
		d->due = due;
		d->ctx = ctx;
		d->timer.cb = lasted;
		d->next = *list;
		*list = d;
	}
	linkdelay_free(&old);
	return err;
}

void linkdelay_free(struct linkdelay **list)
{
	while (*list) {
		struct linkdelay *d = *list;

		*list = d->next;
		timer_stop(&d->timer);
		free(d);
	}
}
