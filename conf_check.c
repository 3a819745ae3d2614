/* SPDX-License-Identifier: MIT */
/*
 * Defaults, inherited values and checks, struct by struct, once all is read. Looks at nothing but the configuration.
 */
#include "conf_table.h"
#include "text.h"
#include "vrrp.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define UNSET_US UINT64_MAX
#define NO_INSTANCE "there is no vrrp_instance '%.64s' that runs"
#define SECOND 1000000u
#define INHERITED 8 /* from strict on */
#define ADVERT_V2_MAX (255 * SECOND)
#define ADVERT_V3_UNIT 10000u
#define ADVERT_V3_MAX (4095 * ADVERT_V3_UNIT)

void conf_inherit_flag(bool *b, const bool *value)
{
	if (*(const uint8_t *)b > 1)
		*(uint8_t *)b = *(const uint8_t *)value;
}

void conf_inherit(void *to, const void *from, unsigned size, unsigned count)
{
	static const uint64_t unset = UNSET_US;
	const char *given = from;
	char *field = to;

	for (; count--; field += size, given += size)
		if (memcmp(field, &unset, size) == 0)
			memcpy(field, given, size);
}

static char ip_version(uint8_t family)
{
	return family == AF_INET6 ? '6' : '4';
}

void conf_defaults(struct config *c)
{
	struct global_conf *g = &c->global;

	g->child_wait_s = 5;
	g->startup_timeout_us = g->shutdown_timeout_us = 10 * SECOND;
	g->smtp_timeout_us = 30 * SECOND;
	g->email_faults = true;
	conf_unset(&g->smtp_alert);
	conf_unset(&g->smtp_alert_vrrp);
	conf_unset(&g->smtp_alert_checker);
	g->accept = true;
	addr_parse("224.0.0.18", &g->mcast_group4);
	addr_parse("ff02::12", &g->mcast_group6);
	g->version = 2;
	g->garp.master_delay_us = 5 * SECOND;
	g->garp.master_repeat = 5;
	g->garp.refresh_repeat = 1;
	g->garp.lower_delay_us = UNSET_US;
	g->garp.lower_repeat = UINT_MAX;
	g->down_timer_adverts = 3;
	g->rx_bufs_multiplier = 3;
	g->realtime_limit_us = 10000;
	g->nft_priority = -1;
	g->umask = -1;
	g->json_version = 1;
	g->lvs_sync.id = -1;
}

void conf_init_instance(struct vrrp_conf *v)
{
	v->common = &((struct vrrp_whole *)(void *)v)->common;
	v->unicast_ttl = -1;
	memset(&v->start_master, CONF_UNSET, 1 + INHERITED);
	memset(&v->common->garp, CONF_UNSET, sizeof(v->common->garp));
	memset(&v->common->notify.priority_changes, CONF_UNSET, 2);
}

void conf_filter(struct conf_list *list, bool (*keep)(void *node, void *ctx), void *ctx)
{
	struct conf_node *n = list->first, *next;

	*list = (struct conf_list) { 0 };
	for (; n; n = next) {
		next = n->next;
		if (keep(n, ctx))
			conf_link(list, n);
	}
}

/* global_defs */

static void check_group_address(struct addr *a, uint8_t family, const char *text)
{
	if (a->family == family && addr_is_multicast(a)) {
		if (family == AF_INET6 && (a->bytes[1] & 15) != 2)
			conf_warn("vrrp_mcast_group6 is not link-local, as in ff02::12");
		return;
	}
	conf_error("vrrp_mcast_group%c is not an IPv%c multicast address, %s is used", ip_version(family), ip_version(family), text);
	addr_parse(text, a);
}

static void check_global(struct loader *ld)
{
	static const bool no;
	struct global_conf *g = &ld->config->global;

	if (g->smtp_server && !g->smtp_port)
		g->smtp_port = 25;
	if (g->rx_buf_size)
		g->rx_bufs_policy = RX_BUFS_SIZE;
	conf_at(&ld->globals, "global_defs", NULL);
	check_group_address(&g->mcast_group4, AF_INET, "224.0.0.18");
	check_group_address(&g->mcast_group6, AF_INET6, "ff02::12");
	conf_inherit(&g->garp.lower_delay_us, &g->garp.master_delay_us, 8, 1);
	conf_inherit(&g->garp.lower_repeat, &g->garp.master_repeat, 4, 1);
	/* Checkers have another default. */
	conf_inherit_flag(&g->smtp_alert_checker, &g->smtp_alert);
	conf_inherit_flag(&g->smtp_alert, &no);
	conf_inherit_flag(&g->smtp_alert_vrrp, &g->smtp_alert);
	if (!g->default_interface)
		g->default_interface = "eth0";
	if (g->net_namespace || g->instance_name)
		g->use_pid_dir = true;
	for (struct fifo_conf *fifo = &g->vrrp_notify_fifo; fifo <= &g->lvs_notify_fifo; fifo++) {
		if (!fifo->path || !text_same(g->notify_fifo.path, fifo->path))
			continue;
		conf_error("%s_notify_fifo is the same file as notify_fifo, ignored", fifo == &g->lvs_notify_fifo ? "lvs" : "vrrp");
		fifo->path = NULL;
	}
}

/* An instance that runs, or NULL. */
static struct vrrp_conf *runs(const char *name)
{
	struct vrrp_conf *v = conf_by_name(B_INSTANCE, name);

	return v && !v->broken ? v : NULL;
}

/* After those who ask whether it was set. */
static void finish_global(struct loader *ld, struct global_conf *g)
{
	conf_at(&ld->globals, "lvs_sync_daemon", NULL);
	if (g->lvs_sync.instance && !runs(g->lvs_sync.instance)) {
		conf_error(NO_INSTANCE, g->lvs_sync.instance);
		g->lvs_sync.interface = NULL;
	}
	if (!g->lvs_sync.interface) {
		memset(&g->lvs_sync, 0, sizeof(g->lvs_sync));
		g->lvs_sync.id = -1;
	}
	conf_inherit_flag(&g->smtp_alert_checker, &g->smtp_alert);
}

/* Instances */

static void at_instance(const struct vrrp_conf *v)
{
	conf_at(&v->node, "vrrp_instance", v->name);
}

static void at_group(const struct conf_node *node, const struct group_conf *g)
{
	conf_at(node, "vrrp_sync_group", g->name);
}

/* What rules ask beside the bytes of an instance. A rule may also clear one. */
enum {
	F_NONE, F_INTERFACE, F_PEERS, F_WORD, F_LOCAL_SOURCE, F_OWNER, F_HMAC, F_VMAC, F_VIPS, F_LOCAL_FIRST, F_IPVLAN_ADDR, F_TTL, F_VRF, F_DELAY,
	F_ADVERTS, F_LOWER_REPEAT, F_LOWER_DELAY, FACTS
};

/*
 * A rule: where all of these bytes have these values, its message is told, unless it is QUIET, and a byte gets another value. One without a
 * text has that of the rule before it. In bytes: ERROR or QUIET and the number of conditions, these, and what is set.
 */
#define ERROR 128
#define QUIET 64
#define CONDITIONS 63
#define ANY 254 /* but 0 */
#define UNSET 255
#define AT(field) (FACTS + offsetof(struct vrrp_conf, field) - offsetof(struct vrrp_conf, version))
#define IS(field, value) AT(field), value
#define SET(field, value) AT(field), value
#define CLEAR(fact) fact, 0
#define TELL F_NONE, 0
#define BROKEN SET(broken, true)
#define STRICT IS(strict, true)
#define AH IS(auth_type, VRRP_AUTH_AH)
#define AUTH IS(auth_type, ANY)
#define NO_AUTH SET(auth_type, VRRP_AUTH_NONE)
#define NO_VIPS F_VIPS, 0, IS(no_virtual_ipaddress, false)
#define RULES(X) \
	X(ERROR, BROKEN, "virtual_router_id is missing, it does not run", IS(vrid, 0)) \
	X(ERROR, BROKEN, "interface is missing, it does not run", IS(broken, false), F_INTERFACE, 0, IS(unicast, false)) \
	X(ERROR, BROKEN, "use_vmac needs an interface, it does not run", IS(broken, false), F_INTERFACE, 0, IS(use_vmac, true)) \
	X(ERROR, BROKEN, "without an interface it needs unicast_src_ip, it does not run", IS(broken, false), F_INTERFACE, 0, IS(source.family, 0)) \
	X(ERROR, BROKEN, "without an interface unicast_src_ip must not be link-local, it does not run", IS(broken, false), F_INTERFACE, 0, \
	  F_LOCAL_SOURCE, 1) \
	X(0, SET(use_ipvlan, false), "use_ipvlan needs an interface, ignored", F_INTERFACE, 0, IS(use_ipvlan, true)) \
	X(ERROR, SET(version, 3), "IPv6 takes VRRP version 3, which is used", IS(family, AF_INET6), IS(version, 2), STRICT) \
	X(0, SET(start_master, true), "strict mode wants state MASTER with priority 255 and only there, state MASTER is used", STRICT, \
	  F_OWNER, 1, IS(start_master, false)) \
	X(0, SET(start_master, false), "strict mode wants state MASTER with priority 255 and only there, state BACKUP is used", STRICT, \
	  F_OWNER, 0, IS(start_master, true)) \
	X(ERROR, NO_AUTH, "authentication does not go with auth_hmac, it is dropped", AUTH, F_HMAC, 1) \
	X(0, NO_AUTH, "strict mode has no authentication, it is dropped", AUTH, STRICT) \
	X(0, NO_AUTH, "VRRP version 3 has no authentication, it is dropped", AUTH, IS(version, 3)) \
	X(ERROR, NO_AUTH, "authentication has no auth_pass, it is dropped", AUTH, IS(auth_data, 0)) \
	X(ERROR, NO_AUTH, "AH is for IPv4, it is dropped", AH, IS(family, AF_INET6)) \
	X(0, SET(start_master, false), "AH must hear the others' sequence first, state BACKUP is used", AH, F_OWNER, 0, \
	  IS(start_master, true)) \
	X(0, TELL, "unicast_peer is empty: it stays in FAULT, as unicast_fault_no_peer says", IS(unicast, true), F_PEERS, 0) \
	X(0, TELL, "there is no unicast_peer: it multicasts", IS(unicast, false), F_WORD, 1) \
	X(ERROR, BROKEN, "strict mode has no unicast, it does not run", STRICT, F_PEERS, 1) \
	X(0, CLEAR(F_TTL), "unicast_ttl needs a unicast_peer, ignored", F_TTL, 1, F_PEERS, 0) \
	X(0, CLEAR(F_VRF), "vrf goes with unicast and without interface, ignored", F_VRF, 1, F_INTERFACE, 1) \
	X(0, CLEAR(F_VRF), "", F_VRF, 1, IS(unicast, false)) \
	X(ERROR, SET(vmac_has_mac, false), "strict mode does not allow another MAC address, ignored", STRICT, IS(vmac_has_mac, true)) \
	X(0, SET(vmac_xmit_base, false), "vmac_xmit_base goes with use_vmac and without strict mode, ignored", STRICT, IS(vmac_xmit_base, true)) \
	X(0, SET(vmac_xmit_base, false), "", F_VMAC, 0, IS(vmac_xmit_base, true)) \
	X(0, SET(vmac_xmit_base, true), "unicast with use_vmac needs vmac_xmit_base, which is set", F_VMAC, 1, F_PEERS, 1, \
	  IS(vmac_xmit_base, false), IS(strict, false)) \
	X(0, SET(promote_secondaries, false), "promote_secondaries is set for a macvlan anyway", F_VMAC, 1, IS(promote_secondaries, true)) \
	X(ERROR, BROKEN, "use_ipvlan needs an address for IPv4, it does not run", IS(use_ipvlan, true), IS(family, AF_INET), F_IPVLAN_ADDR, 0) \
	X(0, SET(no_virtual_ipaddress, false), "strict mode wants a virtual address, no_virtual_ipaddress is ignored", STRICT, \
	  IS(no_virtual_ipaddress, true)) \
	X(ERROR, BROKEN, "VRRP version 3 and strict mode need a virtual_ipaddress, it does not run", NO_VIPS, IS(version, 3)) \
	X(ERROR, BROKEN, "", NO_VIPS, IS(version, 2), STRICT) \
	X(0, TELL, "there is no virtual_ipaddress", NO_VIPS, IS(version, 2), IS(strict, false)) \
	X(0, TELL, "the first IPv6 virtual address must be link-local", F_VIPS, 1, IS(family, AF_INET6), IS(unicast, false), F_LOCAL_FIRST, 0) \
	X(0, SET(nopreempt, false), "nopreempt does not go with priority 255, ignored", IS(nopreempt, true), F_OWNER, 1) \
	X(0, SET(nopreempt, false), "nopreempt does not go with state MASTER, ignored; write state BACKUP", IS(nopreempt, true), \
	  IS(start_master, true)) \
	X(0, CLEAR(F_DELAY), "preempt_delay does not go with state MASTER, ignored", F_DELAY, 1, IS(start_master, true)) \
	X(0, CLEAR(F_DELAY), "preempt_delay does not go with strict mode, ignored", F_DELAY, 1, STRICT) \
	X(0, CLEAR(F_DELAY), "preempt_delay does not go with nopreempt, ignored", F_DELAY, 1, IS(nopreempt, true)) \
	X(0, SET(down_timer_adverts, 3), "down_timer_adverts does not go with strict mode, 3 is used", F_ADVERTS, 1, STRICT) \
	X(0, SET(timer_expired_backup, 0), "timer_expired_backup needs nopreempt, ignored", IS(timer_expired_backup, ANY), IS(nopreempt, false)) \
	X(0, TELL, "garp_lower_prio_repeat does not go with strict mode, ignored", F_LOWER_REPEAT, 1, STRICT) \
	X(0, TELL, "garp_lower_prio_delay does not go with strict mode, ignored", F_LOWER_DELAY, 1, STRICT) \
	X(0, SET(accept, false), "accept does not go with strict mode, ignored", IS(accept, true), STRICT, F_OWNER, 0, IS(version, 2)) \
	X(0, SET(lower_prio_no_advert, true), "lower_prio_no_advert off does not go with strict mode, ignored", IS(lower_prio_no_advert, false), \
	  STRICT) \
	X(0, SET(higher_prio_send_advert, false), "higher_prio_send_advert does not go with strict mode, ignored", \
	  IS(higher_prio_send_advert, true), STRICT) \
	X(0, SET(owner_ignore_adverts, false), "owner_ignore_adverts needs priority 255, ignored", IS(owner_ignore_adverts, true), F_OWNER, 0) \
	X(QUIET, SET(track_source, false), "", IS(source.family, 0)) \
	/* What strict mode and a priority of 255 say where the instance does not. */ \
	X(QUIET, SET(accept, false), "", IS(accept, UNSET), STRICT, F_OWNER, 0) \
	X(QUIET, SET(lower_prio_no_advert, true), "", IS(lower_prio_no_advert, UNSET), STRICT) \
	X(QUIET, SET(higher_prio_send_advert, false), "", IS(higher_prio_send_advert, UNSET), STRICT) \
	X(QUIET, SET(owner_ignore_adverts, false), "", IS(owner_ignore_adverts, UNSET), F_OWNER, 0) \
	X(QUIET, SET(owner_ignore_adverts, true), "", IS(owner_ignore_adverts, UNSET), STRICT)
#define RULE_BYTES(severity, action, text, ...) severity | sizeof((uint8_t[]){ __VA_ARGS__ }) / 2, __VA_ARGS__, action,
#define RULE_TEXT(severity, action, text, ...) text "\0"

static void apply_rules(struct vrrp_conf *v, uint8_t *facts)
{
	static const uint8_t rules[] = { RULES(RULE_BYTES) 0 };
	static const char texts_packed[] = RULES(RULE_TEXT);
	const char *text = texts_packed, *told = text;

	for (const uint8_t *p = rules; *p; text += strlen(text) + 1) {
		uint8_t head = *p++, *byte;
		bool holds = true;

		if (*text)
			told = text;
		for (unsigned left = head & CONDITIONS;; left--, p += 2) {
			byte = *p < FACTS ? facts + *p : &v->version + (*p - FACTS);
			if (!left)
				break;
			holds = holds && (*byte == p[1] || (*byte && p[1] == ANY));
		}
		if (holds && !(head & QUIET))
			(head & ERROR ? conf_error : conf_warn)("%-s", told);
		if (holds)
			*byte = p[1];
		p += 2;
	}
}

static void check_hmac(struct vrrp_conf *v)
{
	union {
		const struct hmac_conf *kept;
		struct hmac_conf *ours;
	} h = { v->hmac };
	bool found = false;
	unsigned window = v->advert_us / 1000 * 3 / 1000;

	CONF_EACH(struct hmac_key_conf, key, &h.kept->keys)
		found = found || key->id == h.kept->active_key;
	if (!found) {
		conf_error("auth_hmac: active_key %u is not one of its keys, it does not run", h.kept->active_key);
		v->broken = true;
	}
	if (v->strict && h.kept->mode != HMAC_ENFORCE) {
		conf_error("auth_hmac: strict mode requires mode enforce, which is used");
		h.ours->mode = HMAC_ENFORCE;
	}
	if (!h.kept->time_window_s)
		h.ours->time_window_s = window < 5 ? 5 : window > 300 ? 300 : window;
}

static void check_group(const struct global_conf *g, struct vrrp_conf *v)
{
	struct addr *group = &v->mcast_group;
	bool v6 = v->family == AF_INET6;

	if (addr_is_set(group) && (v->unicast || !addr_is_multicast(group)
	    || (v6 && (group->bytes[1] & 15) != 2 && !addr_equal(group, &g->mcast_group6)))) {
		conf_error("mcast_dst_ip must be a multicast address, link-local with IPv6, and goes without unicast; ignored");
		group->family = AF_UNSPEC;
	}
	if (!v->unicast && !addr_is_set(group))
		*group = v6 ? g->mcast_group6 : g->mcast_group4;
}

/* A length on the wire has one byte. */
static void move_surplus(struct vrrp_conf *v)
{
	struct conf_node *n = v->vips.first, *next;

	if (v->vips.count <= VRRP_ADDRS_MAX)
		return;
	conf_warn("%u addresses do not fit: those after the 255th are excluded ones", v->vips.count);
	v->vips = (struct conf_list) { 0 };
	for (; n; n = next) {
		next = n->next;
		conf_link(v->vips.count < VRRP_ADDRS_MAX ? &v->vips : &v->common->evips, n);
	}
}

static void check_interval(struct vrrp_conf *v)
{
	uint32_t unit = v->version == 2 ? SECOND : ADVERT_V3_UNIT, max = v->version == 2 ? ADVERT_V2_MAX : ADVERT_V3_MAX;
	uint32_t was = v->advert_us, us = was ? (was + unit / 2) / unit * unit : SECOND;

	if (us < unit)
		us = unit;
	if (us > max)
		us = max;
	v->advert_us = us;
	if (was && was != us)
		conf_warn("VRRP version %u has an advert_int of 1 to %s, %u.%02u s is used", v->version, v->version == 2 ? "255 whole seconds"
			: "4095 hundredths of a second", us / SECOND, us % SECOND / ADVERT_V3_UNIT);
}

/* What rules look at. */
static void set_defaults(const struct global_conf *g, struct vrrp_conf *v)
{
	bool owner;

	v->unicast = v->peers.count || v->unicast_fault_no_peer;
	conf_inherit_flag(&v->strict, &g->strict);
	if (!v->version)
		v->version = v->family == AF_INET6 ? 3 : g->version;
	if (!v->family)
		v->family = AF_INET;
	if (!v->priority)
		v->priority = *(const uint8_t *)&v->start_master == true ? VRRP_PRIORITY_OWNER : VRRP_PRIORITY_DEFAULT;
	owner = v->priority == VRRP_PRIORITY_OWNER;
	conf_inherit_flag(&v->start_master, &owner);
	if (!v->down_timer_adverts)
		v->down_timer_adverts = g->down_timer_adverts;
}

static void check_by_rules(struct vrrp_conf *v)
{
	const struct vip_conf *first = (const struct vip_conf *)(const void *)v->vips.first;
	uint8_t facts[FACTS] = {
		[F_INTERFACE] = v->interface != NULL,
		[F_PEERS] = v->peers.count != 0,
		[F_WORD] = ((const struct instance_load *)v)->unicast_word || v->old_unicast_checksum || v->check_unicast_src == CONF_YES,
		[F_LOCAL_SOURCE] = v->source.family == AF_INET6 && addr_is_link_local(&v->source),
		[F_OWNER] = v->priority == VRRP_PRIORITY_OWNER,
		[F_HMAC] = v->hmac != NULL,
		[F_VMAC] = v->use_vmac || (v->use_ipvlan && v->interface),
		[F_VIPS] = first != NULL,
		[F_LOCAL_FIRST] = first && addr_is_link_local(&first->addr),
		[F_IPVLAN_ADDR] = addr_is_set(&v->common->ipvlan_addr),
		[F_TTL] = v->unicast_ttl >= 0,
		[F_VRF] = v->common->vrf != NULL,
		[F_DELAY] = v->preempt_delay_us != 0,
		[F_ADVERTS] = v->down_timer_adverts != 3,
		[F_LOWER_REPEAT] = v->common->garp.lower_repeat + 1 > 1,
		[F_LOWER_DELAY] = v->common->garp.lower_delay_us + 1 > 1,
	};

	apply_rules(v, facts);
	if (!facts[F_TTL])
		v->unicast_ttl = !facts[F_PEERS] ? -1 : v->family == AF_INET ? 255 : 64;
	if (!facts[F_VRF])
		v->common->vrf = NULL;
	if (!facts[F_DELAY])
		v->preempt_delay_us = 0;
}

static void check_vmac(struct vrrp_conf *v)
{
	const struct vrrp_conf *other = v->vmac_name ? conf_dict('m', v->vmac_name, strlen(v->vmac_name), v) : v;

	if (other != v) {
		conf_error("%s is the macvlan of vrrp_instance %s (line %u), another name is taken", v->vmac_name, other->name, other->node.line);
		v->vmac_name = NULL;
	}
	if (v->vmac_has_mac && !v->vmac_mac[5])
		v->vmac_mac[5] = v->vrid;
}

#define SPAN(type, first, last) (offsetof(struct type, last) - offsetof(struct type, first))
_Static_assert(SPAN(vrrp_conf, strict, check_unicast_src) == INHERITED - 1 && SPAN(global_conf, strict, check_unicast_src) == INHERITED - 1
	&& SPAN(notify_conf, priority_changes, smtp_alert) == 1 && SPAN(global_conf, notify_priority_changes, smtp_alert_vrrp) == 1
	&& SPAN(vrrp_conf, start_master, strict) == 1, "what is inherited stands together");

static void inherit(const struct global_conf *g, struct vrrp_conf *v)
{
	struct garp_conf *garp = &v->common->garp;
	struct notify_conf *notify = &v->common->notify;

	conf_inherit(&v->strict, &g->strict, 1, INHERITED);
	v->linkbeat_use_polling |= g->linkbeat_use_polling;
	if (v->strict)
		garp->lower_delay_us = garp->lower_repeat = 0;
	if (garp->extra_us == UNSET_US)
		v->garp_extra_all = g->garp_extra_all;
	conf_inherit(&garp->master_delay_us, &g->garp.master_delay_us, 8, 4);
	conf_inherit(&garp->master_repeat, &g->garp.master_repeat, 4, 3);
	if (v->group)
		conf_inherit_flag(&notify->priority_changes, &v->group->notify.priority_changes);
	conf_inherit(&notify->priority_changes, &g->notify_priority_changes, 1, 2);
}

/* Tracked things */

struct track_filter {
	struct vrrp_conf *v;
	char kind;
	const char *why; /* weights are not allowed, or NULL */
	bool group;
	int low, high;   /* sums of weights */
};

static bool keep_track(void *node, void *ctx)
{
	struct track_filter *f = ctx;
	struct track_conf *t = node;
	struct vrrp_conf *v = f->v;
	int weight = t->weight;

	conf_at(&t->node, "vrrp_instance", v->name);
	if (f->kind == L_TRACK_INTERFACES && text_same(t->name, v->interface)) {
		conf_warn("track_interface %s is its own interface, which is tracked anyway", t->name);
		return false;
	}
	if (f->kind != L_TRACK_FILES)
		*(weight < 0 ? &f->low : &f->high) += weight;
	/* As in keepalived, processes keep theirs. */
	if (!f->why || !weight || f->kind == L_TRACK_PROCESSES)
		return true;
	if ((f->kind == L_TRACK_INTERFACES && f->group) || (f->kind == L_TRACK_FILES && weight == 1)) {
		conf_warn("%s: its weight is ignored: %-s", t->name, f->why);
		t->weight = 0;
		t->has_weight = true;
		return true;
	}
	return conf_error("%s with weight %d is not tracked: %-s", t->name, weight, f->why);
}

/* What stays is counted. */
static bool count_track(void *node, void *ctx)
{
	unsigned *index = ((struct track_conf *)node)->index;

	(void)ctx;
	if (index)
		((struct vrrp_script_conf *)(void *)((char *)index - offsetof(struct vrrp_script_conf, index)))->tracked++;
	return true;
}

static void filter_tracks(struct conf_list *list, bool (*keep)(void *node, void *ctx), struct track_filter *f)
{
	for (f->kind = L_TRACK_INTERFACES; f->kind <= L_TRACK_FILES; f->kind++)
		conf_filter(list++, keep, f);
}

static void check_tracks(struct vrrp_conf *v)
{
	static const char share_packed[] = "members of a sync group share one priority (sync_group_tracking_weight allows it)";
	static const char owner_packed[] = "priority 255 never changes";
	struct track_filter f = { .v = v };
	bool owner = v->priority == VRRP_PRIORITY_OWNER;

	f.group = v->group && !v->group->tracking_weight;
	f.why = f.group ? share_packed : owner ? owner_packed : NULL;
	filter_tracks(v->common->tracks, keep_track, &f);
	filter_tracks(v->common->tracks, count_track, &f);
	at_instance(v);
	if (!f.why && v->priority + f.low < 1)
		conf_warn("its weights can take priority %u below 1: it is held at 1", v->priority);
	if (!f.why && v->priority + f.high > 254)
		conf_warn("its weights can take priority %u above 254: it is held at 254", v->priority);
}

/* The debounce of its interface must end before the others take over. */
static void check_delay(const struct vrrp_conf *v)
{
	struct interface_delay_conf *d = v->interface ? conf_by_name('D', v->interface) : NULL;
	uint64_t most = (uint64_t)(v->down_timer_adverts - 1) * v->advert_us;

	if (!d || (d->down_us < most && d->up_us < most))
		return;
	conf_at(&d->node, "interface_up_down_delays", d->interface);
	conf_warn("delays must be below %u advert_int of vrrp_instance %s (line %u), those that are not become 0", v->down_timer_adverts - 1,
		v->name, v->node.line);
	d->down_us = d->down_us < most ? d->down_us : 0;
	d->up_us = d->up_us < most ? d->up_us : 0;
}

static void check_instance(const struct global_conf *g, struct vrrp_conf *v)
{
	at_instance(v);
	set_defaults(g, v);
	move_surplus(v);
	check_by_rules(v);
	check_interval(v);
	if (v->hmac)
		check_hmac(v);
	check_group(g, v);
	check_vmac(v);
	inherit(g, v);
	check_tracks(v);
	check_delay(v);
}

/* Conflicts between instances */

/* What may be in one place only. */
struct place {
	struct addr addr; /* a virtual one, or what adverts go to, or come from with unicast */
	struct addr peer; /* each of unicast's */
	char interface[16];
	uint8_t family, vrid;
	bool unicast;
};

/* The first instance there. */
static const struct vrrp_conf *first_at(char kind, const struct place *place, struct vrrp_conf *v)
{
	return conf_dict(kind, place, sizeof(*place), v);
}

static void on_interface(struct place *place, const char *interface)
{
	memset(place, 0, sizeof(*place));
	if (interface)
		strncpy(place->interface, interface, sizeof(place->interface) - 1);
}

static void check_vrid(struct vrrp_conf *v)
{
	struct place place;
	const struct vrrp_conf *other;

	on_interface(&place, v->interface);
	place.family = v->family;
	place.vrid = v->vrid;
	at_instance(v);
	other = first_at('X', &place, v);
	if (other->unicast != v->unicast)
		conf_warn("it uses %s, but vrrp_instance %s (%s:%u) with the same virtual_router_id and interface %s",
			v->unicast ? "unicast" : "multicast", other->name, other->node.file, other->node.line, v->unicast ? "multicast" : "unicast");
	place.unicast = v->unicast;
	place.addr = v->unicast ? v->source : v->mcast_group;
	other = v->peers.count ? v : first_at('R', &place, v);
	CONF_EACH(struct peer_conf, p, &v->peers) {
		place.peer = p->addr;
		if (other == v)
			other = first_at('R', &place, v);
	}
	if (other == v)
		return;
	conf_error("virtual_router_id %u is used by vrrp_instance %s on the same interface (%s:%u), it does not run", v->vrid, other->name,
		other->node.file, other->node.line);
	v->broken = true;
}

static void check_owners(struct vrrp_conf *v, const struct conf_list *vips)
{
	const struct vrrp_conf *other;
	struct place place;

	CONF_EACH(struct vip_conf, vip, vips) {
		on_interface(&place, vip->dev ? vip->dev : v->interface);
		place.addr = vip->addr;
		other = first_at('A', &place, v);
		if (other == v)
			continue;
		conf_at(&vip->node, "vrrp_instance", v->name);
		conf_warn("address %p is one of vrrp_instance %s too (%s:%u)", &vip->addr, other->name, other->node.file,
			other->node.line);
	}
}

/* Groups */

static void join_groups(struct group_conf *g)
{
	CONF_EACH(struct conf_name, member, &g->members) {
		struct vrrp_conf *v = conf_by_name(B_INSTANCE, member->name);

		at_group(&member->node, g);
		if (!v)
			conf_error(NO_INSTANCE, member->name);
		else if (v->group)
			conf_error("%s is in vrrp_sync_group %s already (%s:%u)", v->name, v->group->name, v->group->node.file, v->group->node.line);
		else
			v->group = g;
	}
	if (g->global_tracking) {
		at_group(&g->node, g);
		conf_warn("global_tracking is out of use, write sync_group_tracking_weight");
		g->tracking_weight = true;
	}
}

static bool no_group_weight(void *node, void *ctx)
{
	struct track_conf *t = node;
	(void)ctx;
	if (t->weight) {
		conf_at(&t->node, "tracked", t->name);
		conf_warn("its weight is ignored: priority 255 never changes");
		t->weight = 0;
		t->has_weight = true;
	}
	return true;
}

/* All start as MASTER or none does. */
static void check_members(struct group_conf *g, struct vrrp_conf *const *members)
{
	struct track_filter f = { 0 };
	unsigned owners = 0, masters = 0;

	for (unsigned i = 0; i < g->instance_count; i++) {
		owners += members[i]->priority == VRRP_PRIORITY_OWNER;
		masters += members[i]->start_master;
	}
	if (owners && owners < g->instance_count)
		conf_warn("some members have priority 255 and some have not, they can't agree");
	if (masters && (owners < g->instance_count || masters < g->instance_count))
		for (unsigned i = 0; i < g->instance_count; i++)
			members[i]->start_master = false;
	if (owners)
		filter_tracks(g->tracks, no_group_weight, &f);
	filter_tracks(g->tracks, count_track, &f);
}

struct members {
	const struct group_conf *group; /* NULL: a track_group, which anybody may be in */
	struct vrrp_conf **list;
	unsigned count;
};

static bool keep_member(void *node, void *ctx)
{
	struct members *m = ctx;
	struct vrrp_conf *v = runs(((const struct conf_name *)node)->name);

	if (!v || (m->group && v->group != m->group))
		return false;
	if (m->list)
		m->list[m->count++] = v;
	return true;
}

struct numbered {
	const struct global_conf *global;
	unsigned count;
};

static bool finish_group(void *node, void *ctx)
{
	struct group_conf *g = node;
	union {
		struct vrrp_conf **ours;
		const struct vrrp_conf **kept;
	} list = { conf_alloc(g->members.count * sizeof(*list.ours)) };
	struct members m = { .group = g, .list = list.ours };
	struct numbered *groups = ctx;

	conf_filter(&g->members, keep_member, &m);
	g->instances = list.kept;
	g->instance_count = m.count;
	at_group(&g->node, g);
	conf_inherit(&g->notify.priority_changes, &groups->global->notify_priority_changes, 1, 2);
	if (!m.count) {
		conf_error("no member runs, it is left out");
		return false;
	}
	if (m.count == 1)
		conf_warn("it has only one member");
	g->index = groups->count++;
	check_members(g, m.list);
	return true;
}

/* Static things */

static bool finish_track_group(void *node, void *ctx)
{
	struct track_group_conf *g = node;
	struct members m = { 0 };

	(void)ctx;
	CONF_EACH(struct conf_name, member, &g->members)
		if (!conf_by_name(B_INSTANCE, member->name)) {
			conf_at(&member->node, "track_group", g->name);
			conf_error(NO_INSTANCE, member->name);
		}
	conf_filter(&g->members, keep_member, &m);
	return g->members.count;
}

/* group: where the items of the list keep the name of theirs. */
static void check_track_groups(const struct conf_list *list, size_t group)
{
	for (struct conf_node *n = list->first; n; n = n->next) {
		const char **name = (const char **)(void *)((char *)n + group);
		const struct track_group_conf *g = *name ? conf_by_name(B_TRACK_GROUP, *name) : NULL;

		if (!*name || (g && g->members.count))
			continue;
		conf_at(n, "track_group", *name);
		conf_error("there is none with members");
		*name = NULL;
	}
}

static void check_static(struct config *c)
{
	conf_filter(&c->track_groups, finish_track_group, NULL);
	EACH(vip_conf, vip, &c->static_addresses)
		if (!vip->dev)
			vip->dev = c->global.default_interface;
	check_track_groups(&c->static_addresses, offsetof(struct vip_conf, track_group));
	check_track_groups(&c->static_routes, offsetof(struct route_conf, track_group));
	check_track_groups(&c->static_rules, offsetof(struct rule_conf, track_group));
}

_Static_assert(offsetof(struct config, files) - offsetof(struct config, scripts) == 2 * sizeof(struct conf_list)
	&& offsetof(struct track_process_conf, index) == offsetof(struct vrrp_script_conf, index)
	&& offsetof(struct track_file_conf, index) == offsetof(struct vrrp_script_conf, index), "they begin alike, behind each other");

static void number_tracked(struct config *c)
{
	unsigned i = 0;

	for (struct conf_list *list = &c->scripts; list <= &c->files; list++) {
		EACH(vrrp_script_conf, s, list) {
			s->index = i++;
			if (list != &c->scripts || s->tracked)
				continue;
			conf_at(&s->node, "vrrp_script", s->name);
			conf_warn("nothing tracks it");
		}
	}
}

/* As they stay: without what only reading them needed, and what they have in common but once. */
static void keep_instances(struct config *c)
{
	struct conf_list kept = { 0 };
	struct conf_node *next;

	for (struct conf_node *n = c->instances.first; n; n = next) {
		struct vrrp_conf *v = memcpy(conf_alloc(sizeof(*v)), n, sizeof(*v));
		const struct vrrp_conf *alike = conf_dict('c', v->common, sizeof(*v->common), v);

		v->common = alike == v ? memcpy(conf_alloc(sizeof(*v->common)), v->common, sizeof(*v->common)) : alike->common;
		next = n->next;
		n->next = &v->node; /* where it is from now on */
		conf_link(&kept, &v->node);
	}
	c->instances = kept;
	EACH(group_conf, g, &c->groups)
		for (unsigned i = 0; i < g->instance_count; i++)
			g->instances[i] = (const struct vrrp_conf *)(const void *)g->instances[i]->node.next;
}

void conf_check(struct loader *ld)
{
	struct config *c = ld->config;
	struct numbered groups = { .global = &c->global };
	unsigned index = 0;

	check_global(ld);
	EACH(interface_delay_conf, d, &c->interface_delays)
		conf_dict('D', d->interface, strlen(d->interface), d);
	EACH(group_conf, g, &c->groups)
		join_groups(g);
	EACH(vrrp_conf, v, &c->instances) {
		v->index = index++;
		check_instance(&c->global, v);
	}
	EACH(vrrp_conf, v, &c->instances) {
		if (!v->broken)
			check_vrid(v);
		if (v->broken)
			continue;
		check_owners(v, &v->vips);
		check_owners(v, &v->common->evips);
	}
	conf_filter(&c->groups, finish_group, &groups);
	/* A group that was left out is nobody's. */
	EACH(vrrp_conf, v, &c->instances)
		if (v->group && !v->group->instance_count)
			v->group = NULL;
	check_static(c);
	number_tracked(c);
	if (HAVE_LVS)
		conf_check_lvs(c);
	finish_global(ld, &c->global);
	keep_instances(c);
}
