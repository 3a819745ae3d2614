/* SPDX-License-Identifier: MIT */
#include "route.h"
#include "instance.h"
#include "netlink.h"
#include "text.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's numbers, newer than the headers of many toolchains. */
#define ATTR_RTA_EXPIRES 23
#define ATTR_RTA_TTL_PROPAGATE 26
#define ATTR_FRA_L3MDEV 19
#define ATTR_FRA_UID_RANGE 20
#define ATTR_FRA_PROTOCOL 21
#define ATTR_FRA_IP_PROTO 22
#define ATTR_FRA_SPORT_RANGE 23
#define ATTR_FRA_DPORT_RANGE 24

#define ROUTE_TEXT_MAX (ADDR_TEXT_MAX + 16)
/* Spares work when many go at once, and bounds it when another program removes what we put back. */
#define EVENT_DELAY_US 20000
#define ALL_HOPS UINT32_MAX

/* What is asked of the kernel about a route or rule. */
struct request {
	bool add;
	unsigned flags;
	unsigned hop; /* only this one of the next hops, or ALL_HOPS */
};

/* --- names of tables --- */

static uint32_t number_in_file(const char *path, const char *name)
{
	char *text = text_load(path), *at = text, *line, *end;
	uint32_t found = 0;

	while (!found && (line = strsep(&at, "\n"))) {
		long long number = text_number(line, &end, 0);

		if (end == line)
			continue;
		end += strspn(end, " \t");
		end[strcspn(end, " \t\r#")] = '\0';
		if (!strcmp(end, name))
			found = (uint32_t)number;
	}
	free(text);
	return found;
}

uint32_t route_number(const char *file, const char *name)
{
	static const char *const dirs[] = { "/etc/iproute2", "/usr/share/iproute2" };
	uint32_t found = 0;
	char path[300];

	/* The file itself, then those of the folder that goes with it. */
	for (unsigned i = 0; !found && i < 2; i++) {
		size_t len = text_format(path, sizeof(path), "%s/%s.d/", dirs[i], file);
		const char *dot;
		struct dirent *e;
		DIR *d = opendir(path);

		path[len - 3] = '\0';
		found = number_in_file(path, name);
		path[len - 3] = '.';
		while (d && !found && (e = readdir(d))) {
			dot = strrchr(e->d_name, '.');
			if (!dot || strcmp(dot, ".conf"))
				continue;
			text_format(path + len, sizeof(path) - len, "%s", e->d_name);
			found = number_in_file(path, name);
		}
		if (d)
			closedir(d);
	}
	return found;
}

static uint32_t find_table(struct instance *inst, const struct conf_node *node, const char *name)
{
	uint32_t table = route_number("rt_tables", name);

	if (!table)
		instance_log(inst, LOG_ERR, "%s:%u: table %s is not in /etc/iproute2/rt_tables: not used, write its number", node->file, node->line, name);
	return table;
}

/* --- messages --- */

static const struct rule_conf *rule_of(const struct vroute *r)
{
	return (const void *)r->conf;
}

static void put_metrics(const struct route_conf *route)
{
	if (!route->metrics_set && !route->congctl)
		return;
	nl_nest(RTA_METRICS);
	if (route->congctl)
		nl_put_text(RTAX_CC_ALGO, route->congctl);
	for (unsigned i = 1; i < ROUTE_METRICS; i++)
		if (route->metrics_set & 1U << i)
			nl_put_u32(i, route->metrics[i]);
	if (route->metrics_locked)
		nl_put_u32(RTAX_LOCK, route->metrics_locked);
	nl_nest_end();
}

_Static_assert(sizeof(struct rtnexthop) == 8, "put_hop() writes it as an attribute with one number");

/* A struct rtnexthop looks like an attribute whose type is flags and weight, and whose data begin with the interface. */
static int put_hop(const struct nexthop_conf *hop)
{
	static const struct nl_field fields[] = {
		{ RTA_GATEWAY, NL_ADDR, offsetof(struct nexthop_conf, via) }, { RTA_FLOW, NL_OPTIONAL | 4, offsetof(struct nexthop_conf, realms) },
	};
	const struct iface *iface = hop->dev ? iface_find(hop->dev) : NULL;
	uint8_t bytes[2] = { hop->onlink ? RTNH_F_ONLINK : 0, (uint8_t)(hop->weight - 1) };
	uint32_t index = iface ? iface->index : 0;
	uint16_t type;

	if (hop->dev && !index)
		return -ENODEV;
	memcpy(&type, bytes, sizeof(type));
	nl_nest_of(type, &index, sizeof(index));
	nl_put_fields(NL_FIELDS(fields), hop);
	nl_nest_end();
	return 0;
}

static int put_hops(const struct route_conf *route, unsigned wanted)
{
	unsigned i = 0;
	int err = 0;

	nl_nest(RTA_MULTIPATH);
	CONF_EACH(struct nexthop_conf, hop, &route->nexthops)
		if (!err && (wanted == ALL_HOPS || wanted == i++))
			err = put_hop(hop);
	return err;
}

/* From here to there, where the bool says so. */
#define RANGE(attr, type, has, first, last) \
	{ 0, NL_IF, offsetof(struct type, has) }, \
	{ attr, (uint8_t)(offsetof(struct type, last) + sizeof(((struct type *)0)->last) - offsetof(struct type, first)), offsetof(struct type, first) }
#define FIELD(attr, kind, type, member) { attr, kind, offsetof(struct type, member) }

static int put_route(const struct vroute *r, const struct request *q)
{
	/* First what the kernel knows it by. It has to be told the others, but clamps some, and would then not know the route again. */
	enum { KNOWN = 4, TOLD = KNOWN + 4 };
	static const struct nl_field fields[TOLD] = {
		FIELD(RTA_PREFSRC, NL_ADDR, route_conf, src), FIELD(RTA_GATEWAY, NL_ADDR, route_conf, via),
		RANGE(RTA_PRIORITY, route_conf, has_metric, metric, metric),
		RANGE(ATTR_RTA_EXPIRES, route_conf, has_expires, expires_s, expires_s), RANGE(RTA_PREF, route_conf, has_pref, pref, pref),
	};
	const struct route_conf *route = r->conf;

	nl_put_fields(fields, q->add ? TOLD : KNOWN, route);
	if (r->dev)
		nl_put_u32(RTA_OIF, r->dev->index);
	if (q->add) {
		if (route->ttl_propagate != CONF_UNSET)
			nl_put_u8(ATTR_RTA_TTL_PROPAGATE, (uint8_t)route->ttl_propagate);
		put_metrics(route);
	}
	return route->nexthops.first ? put_hops(route, q->hop) : 0;
}

static void put_rule(const struct rule_conf *rule)
{
	static const struct nl_field fields[] = {
		FIELD(FRA_PRIORITY, 4, rule_conf, preference),
		FIELD(FRA_IIFNAME, NL_STRING, rule_conf, iif), FIELD(FRA_OIFNAME, NL_STRING, rule_conf, oif),
		FIELD(FRA_GOTO, NL_OPTIONAL | 4, rule_conf, goto_target),
		RANGE(FRA_FWMARK, rule_conf, has_fwmark, fwmark, fwmark), RANGE(FRA_FWMASK, rule_conf, has_fwmask, fwmask, fwmask),
		RANGE(FRA_SUPPRESS_IFGROUP, rule_conf, has_suppress_group, suppress_group, suppress_group),
		RANGE(ATTR_FRA_UID_RANGE, rule_conf, has_uid_range, uid_first, uid_last),
		RANGE(ATTR_FRA_IP_PROTO, rule_conf, has_ip_proto, ip_proto, ip_proto),
		RANGE(ATTR_FRA_SPORT_RANGE, rule_conf, has_sport, sport_first, sport_last),
		RANGE(ATTR_FRA_DPORT_RANGE, rule_conf, has_dport, dport_first, dport_last),
		FIELD(ATTR_FRA_L3MDEV, NL_OPTIONAL | 1, rule_conf, l3mdev),
		RANGE(ATTR_FRA_PROTOCOL, rule_conf, has_protocol, protocol, protocol),
	};
	const uint32_t tunnel[2] = { 0, htonl(rule->tunnel_id) };

	nl_put_fields(NL_FIELDS(fields), rule);
	if (rule->tunnel_id)
		nl_put(FRA_TUN_ID, tunnel, sizeof(tunnel));
	if (rule->suppress_prefixlen >= 0)
		nl_put_u32(FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress_prefixlen);
}

#define ALIKE(a, b) (offsetof(struct route_conf, a) == offsetof(struct rule_conf, b))
_Static_assert(ALIKE(family, family) && ALIKE(type, action) && ALIKE(no_track, no_track) && ALIKE(onlink, invert) && ALIKE(table, table) &&
	       ALIKE(table_name, table_name) && ALIKE(dev, iif) && ALIKE(vrf, oif) && ALIKE(track_group, track_group) && ALIKE(dst, to) &&
	       ALIKE(from, from) && ALIKE(realms, realms), "rules are taken for routes");
_Static_assert(offsetof(struct route_conf, type) - offsetof(struct route_conf, family) == offsetof(struct rtmsg, rtm_type) &&
	       offsetof(struct fib_rule_hdr, action) == offsetof(struct rtmsg, rtm_type) && sizeof(struct fib_rule_hdr) == sizeof(struct rtmsg) &&
	       (int)FRA_DST == (int)RTA_DST && (int)FRA_SRC == (int)RTA_SRC && (int)FRA_FLOW == (int)RTA_FLOW && (int)FRA_TABLE == (int)RTA_TABLE,
	       "messages are alike");

/* 0, or -ENODEV when an interface or table is not there now. */
static int build(const struct vroute *r, const struct request *q)
{
	static const struct nl_field fields[] = {
		FIELD(RTA_DST, NL_ADDR, route_conf, dst), FIELD(RTA_SRC, NL_ADDR, route_conf, from), FIELD(RTA_FLOW, NL_OPTIONAL | 4, route_conf, realms),
	};
	const struct route_conf *c = r->conf;
	uint32_t table = r->table;
	unsigned type = r->is_rule ? RTM_NEWRULE : RTM_NEWROUTE, flag = r->is_rule ? FIB_RULE_INVERT : RTNH_F_ONLINK;
	struct rtmsg msg = { .rtm_flags = c->onlink ? flag : 0 };

	memcpy(&msg, &c->family, offsetof(struct rtmsg, rtm_flags));
	if (!r->is_rule) {
		if (c->vrf)
			table = r->other->index ? r->other->vrf_table : 0;
		/* Deleting, as keepalived does: of any scope where none is given. */
		if (!q->add && !msg.rtm_scope)
			msg.rtm_scope = RT_SCOPE_NOWHERE;
	}
	if ((!table && (!r->is_rule || c->table_name)) || (!r->is_rule && r->dev && !r->dev->index))
		return -ENODEV;
	nl_begin(type + !q->add, q->flags, &msg, sizeof(msg));
	nl_put_fields(NL_FIELDS(fields), c);
	if (table)
		nl_put_u32(RTA_TABLE, table);
	if (!r->is_rule)
		return put_route(r, q);
	put_rule(rule_of(r));
	return 0;
}

/* What is told to the kernel in short; 0: nothing can be told now. */
static uint64_t print_of(const struct vroute *r)
{
	static const struct request q = { true, 0, ALL_HOPS };
	uint64_t sum = 14695981039346656037U + r->is_rule;

	if (build(r, &q))
		return 0;
	for (struct nl_cursor c = nl_built(0); c.at < c.end; c.at++)
		sum = (sum ^ *c.at) * 1099511628211U;
	return sum;
}

/*
 * For IPv6 each next hop is a route of its own to the kernel, and vanishes alone with its interface: asked for one by one, those that are
 * there are no hindrance. 0 when one of them was new.
 */
static int request(const struct vroute *r, bool add, unsigned flags)
{
	unsigned hops = !r->is_rule && r->conf->family == AF_INET6 ? r->conf->nexthops.count : 0;
	struct request q = { add, flags, hops ? 0 : ALL_HOPS };
	int err, result = 1;

	do {
		err = build(r, &q);
		if (!err)
			err = nl_talk(NL_ROUTE);
		if (!err || result > 0 || (err == -EEXIST && result))
			result = err;
		if (!err)
			q.flags &= ~(unsigned)NLM_F_EXCL;
	} while (++q.hop < hops);
	return result;
}

/* --- one route or rule --- */

static const char *describe(const struct vroute *r, char text[ROUTE_TEXT_MAX])
{
	if (r->is_rule)
		text_format(text, ROUTE_TEXT_MAX, "rule %u", (unsigned)rule_of(r)->preference);
	else
		text_format(text, ROUTE_TEXT_MAX, "route %p/%u", &r->conf->dst, r->conf->dst_prefix);
	return text;
}

/*
 * Whether it was not there before. The kernel says so without a search: routes that are the same in all are refused with EEXIST whatever
 * their order, and a dump of a large table would hold up the adverts.
 */
static bool add_one(struct instance *inst, struct vroute *r)
{
	static const uint16_t order[] = { [ROUTE_PREPEND] = 0, [ROUTE_ADD] = NLM_F_EXCL, [ROUTE_APPEND] = NLM_F_APPEND };
	char text[ROUTE_TEXT_MAX];
	int err;

	/* Its time comes with the interface. */
	if (!r->is_rule && r->dev && !(r->dev->flags & IFF_UP))
		return false;
	err = request(r, true, NLM_F_CREATE | (r->is_rule ? NLM_F_EXCL : order[r->conf->order]));
	if (!err || err == -EEXIST) {
		r->added = true;
		r->failing = false;
		return !err;
	}
	if (err == -ENODEV || err == -ENETDOWN)
		return false;
	if (!r->failing)
		instance_log(inst, LOG_ERR, "%s can't be added: %*m", describe(r, text), err);
	r->failing = true;
	return false;
}

/* 0 or -errno; gone already is -ESRCH or -ENOENT, and -ENODEV when its interface is. */
static int remove_one(struct instance *inst, struct vroute *r)
{
	char text[ROUTE_TEXT_MAX];
	int err;

	if (!r->added)
		return -ESRCH;
	r->added = false;
	err = request(r, false, 0);
	if (err && err != -ESRCH && err != -ENOENT && err != -ENODEV)
		instance_log(inst, LOG_WARNING, "%s can't be removed: %*m", describe(r, text), err);
	return err;
}

/* --- lists --- */

static bool find_iface(struct iface **out, const char *name)
{
	*out = name ? iface_get(name) : NULL;
	return !name || *out;
}

static bool fill(struct instance *inst, struct routes *to, const struct conf_list *from)
{
	static const uint8_t groups[2][2] = { { RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE }, { RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE } };
	bool rules = from == &inst->conf->common->rules, ok = true;
	struct iface *other;

	CONF_EACH(struct route_conf, c, from) {
		struct vroute *r = &to->list[to->count++];

		r->conf = c;
		r->is_rule = rules;
		if (!c->no_track)
			iface_follow(groups[c->family == AF_INET6][rules]);
		r->table = c->table_name ? find_table(inst, &c->node, c->table_name) : c->table;
		ok &= find_iface(&r->dev, c->dev) && find_iface(&r->other, c->vrf);
		if (!rules)
			CONF_EACH(struct nexthop_conf, hop, &c->nexthops)
				ok &= find_iface(&other, hop->dev);
		r->print = ok ? print_of(r) : 0;
	}
	return ok;
}

static struct vroute *find(const struct routes *in, const struct vroute *r)
{
	uint64_t print = print_of(r);

	for (unsigned i = 0; print && i < in->count; i++)
		if (!in->list[i].added && in->list[i].print == print)
			return &in->list[i];
	return NULL;
}

int routes_configure(struct instance *inst)
{
	struct routes old = inst->routes, fresh = { .held = old.held };
	unsigned count = inst->conf->common->routes.count + inst->conf->common->rules.count;
	int err = 0;

	/* The most have none. */
	if (!count && !old.count)
		return 0;
	fresh.list = calloc(count, sizeof(*fresh.list));
	if (!fresh.list || !fill(inst, &fresh, &inst->conf->common->routes) || !fill(inst, &fresh, &inst->conf->common->rules)) {
		fresh.count = 0;
		err = -ENOMEM;
	}
	for (unsigned i = old.count; i > 0; i--) {
		struct vroute *r = &old.list[i - 1], *next = r->added ? find(&fresh, r) : NULL;

		if (next)
			next->added = true;
		else
			remove_one(inst, r);
	}
	free(old.list);
	inst->routes = fresh;
	if (fresh.held)
		routes_add_all(inst);
	return err;
}

void routes_free(struct instance *inst)
{
	free(inst->routes.list);
	memset(&inst->routes, 0, sizeof(inst->routes));
}

void routes_remove_all(struct instance *inst)
{
	inst->routes.held = false;
	for (unsigned i = inst->routes.count; i > 0; i--)
		remove_one(inst, &inst->routes.list[i - 1]);
}

unsigned routes_restore(struct instance *inst)
{
	unsigned restored = 0;

	for (unsigned i = 0; inst->routes.held && i < inst->routes.count; i++) {
		struct vroute *r = &inst->routes.list[i];
		bool had = r->added;

		/* One that expired went as it was to. */
		if (!had || (!r->conf->no_track && (r->is_rule || !r->conf->has_expires)))
			restored += add_one(inst, r) && had;
	}
	return restored;
}

void routes_add_all(struct instance *inst)
{
	inst->routes.held = true;
	routes_restore(inst);
}

void routes_remove_leftovers(struct instance *inst)
{
	char text[ROUTE_TEXT_MAX];

	for (unsigned i = inst->routes.count; i > 0; i--) {
		struct vroute *r = &inst->routes.list[i - 1];

		r->added = (r->is_rule ? rule_of(r)->protocol : r->conf->protocol) == IFACE_PROTO_OURS;
		if (!remove_one(inst, r))
			instance_log(inst, LOG_INFO, "removed %s, left by an earlier run", describe(r, text));
	}
}

/* --- interfaces that must be up --- */

static bool concerns(const struct instance *inst, const struct instance *owner, const char *group)
{
	if (inst == owner)
		return true;
	CONF_EACH(struct track_group_conf, g, &inst->router->config->track_groups) {
		if (!group || strcmp(g->name, group))
			continue;
		CONF_EACH(struct conf_name, member, &g->members)
			if (!strcmp(member->name, inst->conf->name))
				return true;
	}
	return false;
}

/* dont_track_primary says of the instance's own interface what is to be said. */
static bool is_down(const struct instance *inst, const struct iface *iface)
{
	return iface && iface != inst->iface && !iface_is_up(iface);
}

static const struct iface *down_among(const struct instance *inst, const struct instance *owner)
{
	for (unsigned i = 0; i < owner->vaddrs.count; i++) {
		const struct vaddr *v = &owner->vaddrs.list[i];

		if (!v->conf->no_track && v->conf->dev && is_down(inst, v->iface) && concerns(inst, owner, v->conf->track_group))
			return v->iface;
	}
	for (unsigned i = 0; i < owner->routes.count; i++) {
		const struct vroute *r = &owner->routes.list[i];
		bool dev = is_down(inst, r->dev), other = r->is_rule && inst == owner && is_down(inst, r->other);

		if ((dev || other) && !r->conf->no_track && concerns(inst, owner, r->conf->track_group))
			return dev ? r->dev : r->other;
	}
	return NULL;
}

const char *routes_down_interface(const struct instance *inst)
{
	const struct iface *iface = down_among(inst, inst);

	if (!iface)
		iface = down_among(inst, &inst->router->statics);
	return iface ? iface->name : NULL;
}

/* --- static ones --- */

int statics_configure(struct router *router)
{
	const struct config *config = router->config;
	struct instance *s = &router->statics;
	struct vrrp_whole *whole = &router->statics_conf;
	struct vrrp_conf *conf = &whole->conf;
	int err;

	conf->name = "static";
	conf->vips = config->static_addresses;
	conf->common = &whole->common;
	whole->common.routes = config->static_routes;
	whole->common.rules = config->static_rules;
	s->conf = conf;
	err = vaddr_configure(s);
	if (!err) {
		vaddr_add_all(s);
		err = routes_configure(s);
	}
	/* Those that a crash left are taken over as they are, since others may be using them. */
	for (unsigned i = 0; i < s->vaddrs.count; i++) {
		struct vaddr *v = &s->vaddrs.list[i];
		const struct iface_addr *a = iface_find_addr(v->iface, &v->conf->addr, v->conf->prefix);

		v->added |= a && a->proto == IFACE_PROTO_OURS;
	}
	routes_add_all(s);
	return err;
}

void statics_remove(struct router *router)
{
	if (!router->statics.conf)
		return;
	routes_remove_all(&router->statics);
	vaddr_remove_all(&router->statics);
}

/* --- events --- */

static void later_due(struct timer *timer)
{
	struct router *router = container_of(timer, struct router, kernel.later);

	router->kernel.stale = true;
	if (!router->settle.armed)
		timer_set(&router->settle, 0);
}

void routes_gone(struct router *router)
{
	struct route_kernel *k = &router->kernel;

	k->later.cb = later_due;
	if (!k->later.armed)
		timer_set(&k->later, EVENT_DELAY_US);
}
