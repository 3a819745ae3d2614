/* SPDX-License-Identifier: MIT */
#include "announce.h"
#include "arp.h"
#include "instance.h"

#include <string.h>

/* Read once for all that is announced together. */
static bool forwards_ipv6(struct announcer *a, const struct iface *iface)
{
	if (a->asked != iface || a->asked_us != loop_now()) {
		a->asked = iface;
		a->asked_us = loop_now();
		a->forwards = 0;
		iface_sysctl(AF_INET6, iface->name, "forwarding", IFACE_SYSCTL_READ, &a->forwards);
	}
	return a->forwards;
}

static void announce_one(struct instance *inst, const struct vaddr *v)
{
	struct router *router = inst->router;
	bool forwards = v->conf->addr.family == AF_INET6 && forwards_ipv6(&router->announcer, v->iface);
	int err;

	if (!v->iface->index)
		return;
	err = arp_announce(&router->arp, v->iface, &v->conf->addr, forwards);
	if (err)
		instance_log(inst, LOG_DEBUG, "can't announce on %s: %*m", v->iface->name, err);
}

/* After an announcement of this one. A virtual interface goes by the name of the one that carries it. */
static uint64_t interval_us(const struct instance *inst, const struct vaddr *v)
{
	const struct iface *iface = v->iface == inst->iface && inst->base ? inst->base : v->iface;
	const struct config *config = inst->router->config;
	bool v6 = v->conf->addr.family == AF_INET6;

	CONF_EACH(struct garp_group_conf, group, &config->garp_groups)
		CONF_EACH(struct conf_name, name, &group->interfaces)
			if (!strcmp(name->name, iface->name))
				return v6 ? group->gna_interval_us : group->garp_interval_us;
	return v6 ? config->global.gna_interval_us : config->global.garp_interval_us;
}

static bool paced(const struct instance *inst)
{
	uint64_t sum_us = 0;

	for (unsigned i = 0; i < inst->vaddrs.count; i++)
		sum_us += interval_us(inst, &inst->vaddrs.list[i]);
	return sum_us;
}

/* One announcement of the first in the queue, then the next after the interval. One queue for all interfaces: never faster than
 * configured for any of them. Everyone has its first round before anyone has its second: it is what neighbours wait for. */
void announce_next(struct timer *timer)
{
	struct router *router = container_of(timer, struct router, announcer.timer);
	struct instance *first = NULL;
	struct announcement *an;
	uint64_t wait_us = 0;

	for (struct instance *inst = router->instances; inst; inst = inst->next)
		if (inst->announcement.turn && (!first || inst->announcement.turn < first->announcement.turn))
			first = inst;
	if (!first) {
		router->announcer.turns = 0;
		return;
	}
	an = &first->announcement;
	if (an->position < first->vaddrs.count) {
		const struct vaddr *v = &first->vaddrs.list[an->position++];

		announce_one(first, v);
		wait_us = interval_us(first, v);
	}
	if (an->position >= first->vaddrs.count) {
		an->position = 0;
		an->turn = --an->repeats_left ? ++router->announcer.turns : 0;
	}
	timer_set(timer, wait_us);
}

void announce_burst(struct instance *inst, unsigned repeat)
{
	struct announcer *a = &inst->router->announcer;
	unsigned i, k;

	if (!inst->vaddrs.held || !inst->vaddrs.count || !repeat)
		return;
	if (!paced(inst)) {
		for (k = 0; k < repeat; k++)
			for (i = 0; i < inst->vaddrs.count; i++)
				announce_one(inst, &inst->vaddrs.list[i]);
		return;
	}
	/* A round that has begun goes on: others wait for its end. */
	if (!inst->announcement.turn)
		inst->announcement.turn = ++a->turns;
	inst->announcement.repeats_left = repeat + (inst->announcement.position > 0);
	if (!a->timer.armed)
		timer_set(&a->timer, 0);
}

void announce_source(struct instance *inst)
{
	if (inst->wire && inst->wire->index && addr_is_set(&inst->machine.own_addr))
		arp_announce(&inst->router->arp, inst->wire, &inst->machine.own_addr, false);
}

void announce_extra(struct instance *inst)
{
	const struct vaddrs *all = &inst->vaddrs;

	for (unsigned i = 0, k; all->held && i < all->count; i++) {
		const struct iface *iface = all->list[i].iface;

		for (k = 0; all->list[k].iface != iface; k++)
			;
		if (k == i && iface != inst->wire && (inst->conf->garp_extra_all || vmac_is(inst->router, iface)))
			announce_one(inst, &all->list[i]);
	}
}

void announce_cancel(struct instance *inst)
{
	memset(&inst->announcement, 0, sizeof(inst->announcement));
}
