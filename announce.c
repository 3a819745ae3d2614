/* SPDX-License-Identifier: MIT */
#include "announce.h"
#include "arp.h"
#include "instance.h"
#include "text.h"

#include <string.h>

static bool forwards_ipv6(const struct iface *iface)
{
	int value;

	return iface_sysctl_read(AF_INET6, iface->name, "forwarding", &value) == 0 && value;
}

static void announce_one(struct instance *inst, const struct vaddr *v)
{
	bool router = v->conf->addr.family == AF_INET6 && forwards_ipv6(v->iface);
	int err;

	if (!v->iface->index)
		return;
	err = arp_announce(inst->router->arp, v->iface, &v->conf->addr, router);
	if (err)
		instance_log(inst, LIMIT_NONE, LOG_DEBUG, "can't announce on %s: %s", v->iface->name, text_error(err));
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

static void unlink_instance(struct announcer *a, struct instance *inst)
{
	struct instance **at;

	for (at = &a->first; *at; at = &(*at)->announcement.next) {
		if (*at == inst) {
			*at = inst->announcement.next;
			break;
		}
	}
	inst->announcement.next = NULL;
}

static void append_instance(struct announcer *a, struct instance *inst)
{
	struct instance **tail = &a->first;

	while (*tail)
		tail = &(*tail)->announcement.next;
	*tail = inst;
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
static void pace(struct timer *timer)
{
	struct announcer *a = container_of(timer, struct announcer, timer);
	struct instance *inst = a->first;
	struct announcement *an;
	uint64_t wait_us = 0;

	if (!inst)
		return;
	an = &inst->announcement;
	if (an->position < inst->vaddrs.count) {
		const struct vaddr *v = &inst->vaddrs.list[an->position++];

		announce_one(inst, v);
		wait_us = interval_us(inst, v);
	}
	if (an->position >= inst->vaddrs.count) {
		an->position = 0;
		unlink_instance(a, inst);
		if (--an->repeats_left)
			append_instance(a, inst);
	}
	timer_set(&a->timer, wait_us);
}

void announce_init(struct announcer *a, struct router *router)
{
	a->router = router;
	a->timer.cb = pace;
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
	if (!inst->announcement.repeats_left)
		append_instance(a, inst);
	inst->announcement.repeats_left = repeat + (inst->announcement.position > 0);
	if (!a->timer.armed)
		timer_set(&a->timer, 0);
}

void announce_source(struct instance *inst)
{
	if (inst->wire && inst->wire->index && addr_is_set(&inst->machine.own_addr))
		arp_announce(inst->router->arp, inst->wire, &inst->machine.own_addr, false);
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
	if (inst->announcement.repeats_left)
		unlink_instance(&inst->router->announcer, inst);
	inst->announcement.repeats_left = inst->announcement.position = 0;
}

void announce_stop(struct announcer *a)
{
	timer_stop(&a->timer);
	a->first = NULL;
}
