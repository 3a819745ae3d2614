/* SPDX-License-Identifier: MIT */
#include "faults.h"
#include "advert.h"
#include "instance.h"
#include "text.h"

#include <linux/if_addr.h>
#include <string.h>

#define SOCKET_RETRY_US US_PER_S

static bool iface_ok(const struct instance *inst, const struct iface *iface)
{
	struct router *router = inst->router;
	uint64_t wait_us = 0;
	bool up = iface && linkdelay_up(&router->linkdelays, iface, iface_is_up(iface), &wait_us);

	if (wait_us)
		router_look_again(router, wait_us);
	return up;
}

/* The lowest bit is the one that is told. */
static void add_fault(struct instance *inst, unsigned fault, const char *name)
{
	if (!(inst->own_faults & (2 * fault - 1)))
		inst->fault_name = name;
	inst->own_faults |= (uint16_t)fault;
}

static void add_weight(struct instance *inst, const char *name, int share)
{
	inst->weights += share;
	if (inst->router->explain && share)
		out_print(inst->router->explain, share > 0 ? " %s +%d" : " %s %d", name, share);
}

/* Adds a tracker's share to the priority, or its fault; keepalived's table: a positive weight counts while up, a negative one while
 * down, `reverse` turns the sign; no weight means FAULT while down (reverse: while up). A file's share is its value times the weight. */
static void apply(struct instance *inst, const struct track_conf *t, unsigned fault, const struct track_state *state)
{
	int weight = t->reverse ? -t->weight : t->weight, value = fault == FAULT_FILE ? state->value : state->up == (t->weight > 0);
	long share = (long)value * weight;

	if (!weight) {
		if (state->up == t->reverse)
			add_fault(inst, fault, t->name);
		return;
	}
	/* -254 says: this router is not to serve, whatever its priority (keepalived). */
	if (fault == FAULT_FILE && share <= -254 && inst->conf->priority != VRRP_PRIORITY_OWNER)
		add_fault(inst, fault, t->name);
	add_weight(inst, t->name, (int)(share < -254 ? -254 : share > 254 ? 254 : share));
}

/* lists: of an instance or a group. */
static void apply_tracks(struct instance *inst, const struct conf_list lists[TRACK_LISTS])
{
	for (unsigned i = 0; i < TRACK_LISTS; i++) {
		CONF_EACH(struct track_conf, t, &lists[i]) {
			struct track_state link = { .known = true };
			const struct track_state *state = &link;

			if (i == TRACK_INTERFACES)
				link.up = iface_ok(inst, iface_get(t->name));
			else
				state = track_get(*t->index);
			if (state->known)
				apply(inst, t, FAULT_TRACKED << i, state);
			else if (!state->neutral && !t->weight) /* only what can be a fault is waited for */
				add_fault(inst, FAULT_WAITING, t->name);
		}
	}
}

static void look_at_trackers(struct instance *inst)
{
	inst->weights = 0;
	apply_tracks(inst, inst->conf->common->tracks);
	if (inst->group)
		apply_tracks(inst, inst->group->conf->tracks);
}

/* Which address our advertisements come from. A choice that is still good is kept: the tie breaker must not change by itself. */
static bool choose_source(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	const struct addr *own = &inst->machine.own_addr, *best = NULL;

	if (addr_is_set(&conf->source))
		best = &conf->source;
	else if (!inst->base || !inst->base->index)
		best = own;
	else if (conf->family == AF_INET6 && inst->wire != inst->base)
		best = &inst->vmac->link_local;
	else for (const struct iface_addr *a = inst->base->addrs; a && best != own; a = a->next) {
		if (a->addr.family != conf->family || (conf->family == AF_INET6 && !addr_is_link_local(&a->addr)))
			continue;
		/* Nothing can be sent from it before duplicate detection ends: keepalived becomes a master that nobody hears. */
		if (a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
			continue;
		if (vaddr_is_virtual(inst->router, inst->base, &a->addr) && conf->priority != VRRP_PRIORITY_OWNER)
			continue;
		if (addr_equal(&a->addr, own))
			best = own;
		else if (!best)
			best = &a->addr;
	}
	if (!best)
		return false;
	inst->machine.own_addr = *best;
	return addr_is_set(best);
}

void faults_adapt(struct instance *inst)
{
	const struct iface *iface = inst->iface;

	inst->seen_index = iface ? iface->index : 0;
	inst->seen_mtu = iface ? iface->mtu : 0;
	if (inst->conf->promote_secondaries && inst->seen_index)
		iface_sysctl(AF_INET, iface->name, "promote_secondaries", 1, NULL);
	advert_fit(inst);
}

static bool lacks_source(const struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;

	/* In unicast, what others send to an address that is not here gets lost: two masters. */
	return (conf->track_source || conf->unicast) && addr_is_set(&conf->source) &&
	       !iface_has_addr(&conf->source);
}

static void look_at_interface(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	const struct iface *bad = NULL;

	if (inst->base && !inst->base->index)
		bad = inst->base;
	else if (inst->iface && !inst->iface->index)
		bad = inst->iface;
	else if (inst->base && !conf->dont_track_primary && !iface_ok(inst, inst->base))
		bad = inst->base;
	else if (inst->vmac && !conf->dont_track_primary && !(inst->iface->flags & IFF_UP))
		bad = inst->iface;
	if (bad)
		add_fault(inst, bad->index ? FAULT_INTERFACE_DOWN : FAULT_NO_INTERFACE, bad->name);
	if (inst->iface && inst->iface->index && (inst->iface->index != inst->seen_index || inst->iface->mtu != inst->seen_mtu))
		faults_adapt(inst);
	if (!(inst->own_faults & FAULT_NO_INTERFACE) && !choose_source(inst))
		add_fault(inst, FAULT_NO_ADDRESS, inst->iface ? inst->iface->name : "any interface");
	if (lacks_source(inst))
		add_fault(inst, FAULT_NO_SOURCE, "");
	if (conf->unicast && !conf->peers.first)
		add_fault(inst, FAULT_NO_PEER, "");
}

/* Opens what is to be open. An interface that was made again has another index: its sockets are dead, new ones are needed. */
static void look_at_sockets(struct instance *inst)
{
	int err;

	if (inst->own_faults & FAULT_NO_INTERFACE) {
		channel_leave(inst);
		return;
	}
	err = channel_join(inst);
	if (!err)
		return;
	inst->fault_error = err;
	add_fault(inst, FAULT_SOCKET, "");
	router_look_again(inst->router, SOCKET_RETRY_US);
	instance_log(inst, LIMIT_SEND | LOG_ERR, "VRRP socket on %s: %*m; tried again every second", inst->wire ? inst->wire->name : "any interface", err);
}

void faults_look(struct instance *inst)
{
	const char *down = routes_down_interface(inst);

	inst->own_faults = 0;
	inst->fault_name = "";
	look_at_interface(inst);
	look_at_sockets(inst);
	if (down)
		add_fault(inst, FAULT_TRACKED, down);
	look_at_trackers(inst);
	if (inst->group && inst->own_faults) {
		inst->group->faulty = inst;
		inst->group->fault_count++;
	}
}

void faults_text(const struct instance *inst, char text[ROUTER_FAULT_TEXT])
{
	/* What stands before and behind the name. */
	static const char texts_packed[] = "interface \0" " is not there\0" "interface \0" " is down\0" "no address on \0" " to send from\0"
		"source address \0" " is on no interface\0" "no unicast_peer\0" "\0" "socket: \0" "\0" "tracked interface \0" " is down\0"
		"script \0" " fails\0" "process \0" " is missing\0" "file \0" "\0" "waiting for the first result of \0" "\0"
		"\0" " of its sync group is at fault";
	const char *name = inst->fault_name;
	char source[ADDR_TEXT_MAX];
	unsigned i = 0;

	text[0] = '\0';
	if (!inst->faults)
		return;
	while (!(inst->faults & 1U << i))
		i++;
	if (1U << i == FAULT_NO_SOURCE)
		name = addr_text(&inst->conf->source, source);
	if (1U << i == FAULT_SOCKET)
		name = text_error(inst->fault_error);
	text_format(text, ROUTER_FAULT_TEXT, "%-s%s%-s", text_nth(texts_packed, 2 * i), name, text_nth(texts_packed, 2 * i + 1));
}

void faults_explain(const struct instance *inst, struct out *to)
{
	struct instance copy = *inst;

	inst->router->explain = to;
	look_at_trackers(&copy);
	inst->router->explain = NULL;
}
