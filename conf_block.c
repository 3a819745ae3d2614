/* SPDX-License-Identifier: MIT */
/*
 * What opening and closing a block does, and the lists of lines: addresses, routes, rules, peers, tracked things, names.
 */
#include "conf_table.h"

#include <ctype.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define RULE_TO_TABLE 1 /* FR_ACT_TO_TBL */
#define RULE_GOTO 2
#define RULE_FIRST 16384

static bool is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* A bool that nobody has set yet: an inherited value replaces it in the checks. */
static void unset(bool *b)
{
	*(char *)b = 2;
}

static const char **name_in(const struct block *b, void *object)
{
	return (const char **)(void *)((char *)object + b->name_off);
}

/* Opening */

static void init_settings(struct check_settings *s)
{
	s->delay_loop_us = s->delay_before_retry_us = s->connect_timeout_us = s->warmup_us = CHECK_UNSET_US;
	s->retry = CHECK_UNSET;
	s->alpha = CONF_UNSET;
}

static void init_virtual_server(struct virtual_server_conf *vs)
{
	vs->quorum = 1;
	vs->weight = 1;
	vs->persistence_mask = UINT32_MAX;
	unset(&vs->smtp_alert);
	init_settings(&vs->set);
}

static void init_named(const struct block *b, void *object)
{
	struct vrrp_script_conf *script = object;
	struct track_process_conf *process = object;
	struct group_conf *group = object;

	switch (b->kind) {
	case B_INSTANCE:
		conf_init_instance(object);
		break;
	case B_GROUP:
		unset(&group->notify.smtp_alert);
		unset(&group->notify.priority_changes);
		break;
	case B_SCRIPT:
		script->interval_us = 1000000;
		script->rise = script->fall = 1;
		break;
	case B_PROCESS:
		process->quorum = 1;
		process->quorum_max = UINT_MAX;
		break;
	case B_FILE:
		((struct track_file_conf *)object)->weight = 1;
		break;
	}
}

static void *open_named(struct loader *ld, const struct keyword *k, const struct block *b)
{
	size_t size = b->kind == L_VS_ENTRIES ? sizeof(struct vs_group_conf) : b->size;
	const struct conf_node *other;
	const char *name;
	void *object;

	if (ld->argc < 2) {
		conf_error(ld, "%s: a name is expected after it; the block is skipped", k->name);
		return NULL;
	}
	name = conf_word(ld, 1);
	other = conf_by_name(ld, (char)b->kind, name);
	if (other) {
		conf_error(ld, "%s '%.64s' is already defined (%s:%u); the second one is skipped", k->name, name, other->file, other->line);
		return NULL;
	}
	object = conf_alloc(ld, size);
	*name_in(b, object) = conf_text(ld, name);
	init_named(b, object);
	return object;
}

static void *open_virtual_server(struct loader *ld)
{
	struct virtual_server_conf *vs = conf_alloc(ld, sizeof(*vs));
	const char *word = conf_word(ld, 1);
	long long mark;

	init_virtual_server(vs);
	if (!word)
		return NULL;
	if (is(word, "group")) {
		word = conf_word(ld, 2);
		vs->group_name = word ? conf_text(ld, word) : NULL;
		return word ? vs : NULL;
	}
	if (is(word, "fwmark")) {
		if (!conf_number(ld, 2, 0, 0, UINT32_MAX, &mark))
			return NULL;
		vs->fwmark = (uint32_t)mark;
		return vs;
	}
	if (!conf_address_port(ld, 1, &vs->addr, &vs->port))
		return NULL;
	vs->family = vs->addr.family;
	return vs;
}

static void *open_real_server(struct loader *ld)
{
	struct real_server_conf *rs = conf_alloc(ld, sizeof(*rs));

	rs->weight = -1;
	unset(&rs->inhibit);
	unset(&rs->smtp_alert);
	init_settings(&rs->set);
	return conf_address_port(ld, 1, &rs->addr, &rs->port) ? rs : NULL;
}

static void *open_check(struct loader *ld, enum check_kind kind)
{
	struct check_conf *c = conf_alloc(ld, sizeof(*c));

	c->kind = kind;
	init_settings(&c->set);
	if (kind == CHECK_DNS)
		c->u.dns.type = 6;
	if (kind == CHECK_UDP)
		c->u.udp.max_reply = 255;
	return c;
}

static void *open_hmac(struct loader *ld, const struct hmac_conf **at)
{
	struct hmac_conf *h;

	if (*at) {
		conf_error(ld, "auth_hmac: already given, the second one is skipped");
		return NULL;
	}
	h = conf_alloc(ld, sizeof(*h));
	*at = h;
	return h;
}

void *conf_open(struct loader *ld, const struct keyword *k, void *parent)
{
	const struct block *b = conf_block(k);
	void *at = (char *)parent + k->off;

	if (b->name_off)
		return open_named(ld, k, b);
	switch (b->kind) {
	case B_HMAC:
		return open_hmac(ld, at);
	case B_VIRTUAL_SERVER:
		return open_virtual_server(ld);
	case B_REAL_SERVER:
		return open_real_server(ld);
	case B_GARP_GROUP:
	case B_URL:
	case B_SMTP_HOST:
		return conf_alloc(ld, b->size);
	case L_GROUP_NAMES:
		if (((struct conf_list *)at)->count) {
			conf_error(ld, "group: already given, the second list is skipped");
			return NULL;
		}
		return at;
	case L_PEERS:
		((struct instance_load *)parent)->unicast_word = true;
		return at;
	default:
		if (b->kind >= B_CHECK && b->kind < B_LINES)
			return open_check(ld, b->kind - B_CHECK);
		return at;
	}
}

/* Closing: whether the block may stay. */

static bool script_done(struct loader *ld, struct vrrp_script_conf *s)
{
	if (!s->script.text) {
		conf_error(ld, "vrrp_script %s has no script, it is left out", s->name);
		return false;
	}
	if (!s->interval_us) {
		conf_warn(ld, "vrrp_script %s: interval 0 is none, 1 s is used", s->name);
		s->interval_us = 1000000;
	}
	return true;
}

static bool process_done(struct loader *ld, struct track_process_conf *p)
{
	if (!p->process) {
		conf_error(ld, "vrrp_track_process %s has no process, it is left out", p->name);
		return false;
	}
	if (p->quorum_max == 0)
		p->quorum = 0;
	if (p->quorum > p->quorum_max) {
		conf_error(ld, "vrrp_track_process %s: quorum %u is more than quorum_max %u, which is ignored", p->name, p->quorum, p->quorum_max);
		p->quorum_max = UINT_MAX;
	}
	return true;
}

static bool url_done(struct loader *ld, struct url_conf *u)
{
	static const struct status_range all_good = { 200, 299 };

	if (!u->path) {
		conf_error(ld, "url has no path, it is left out");
		return false;
	}
	if (!u->status_count) {
		u->status = &all_good;
		u->status_count = 1;
	}
	return true;
}

static bool real_server_done(struct loader *ld, struct real_server_conf *rs, struct virtual_server_conf *vs)
{
	char text[ADDR_TEXT_MAX];
	uint8_t method = rs->forward.set ? rs->forward.method : vs->forward.method;

	/* Tunnelled servers may be of the other family. */
	if (method == 2)
		return true;
	if (!vs->family)
		vs->family = rs->addr.family;
	if (vs->family == rs->addr.family)
		return true;
	conf_error(ld, "real_server %s is not of its virtual_server's address family, it is left out", addr_text(&rs->addr, text));
	return false;
}

static bool check_done(struct loader *ld, struct check_conf *c, const struct keyword *k, const struct real_server_conf *rs)
{
	const struct addr *to = addr_is_set(&c->connect_ip) ? &c->connect_ip : &rs->addr;
	const struct track_file_conf *file;

	switch (c->kind) {
	case CHECK_HTTP:
	case CHECK_SSL:
		if (!c->u.http.urls.count) {
			conf_error(ld, "%s has no url, it is left out", k->name);
			return false;
		}
		break;
	case CHECK_MISC:
		if (!c->u.misc.script || !c->u.misc.script->text) {
			conf_error(ld, "MISC_CHECK has no misc_path, it is left out");
			return false;
		}
		return true;
	case CHECK_FILE:
		file = c->u.file.name ? conf_by_name(ld, B_FILE, c->u.file.name) : NULL;
		if (!file) {
			conf_error(ld, "FILE_CHECK: no track_file '%.64s' stands above, it is left out", c->u.file.name ? c->u.file.name : "");
			return false;
		}
		c->u.file.file = file;
		return true;
	case CHECK_DNS:
		if (c->u.dns.name && ((c->u.dns.name[0] == '.' && c->u.dns.name[1]) || strstr(c->u.dns.name, ".."))) {
			conf_error(ld, "DNS_CHECK: name '%.64s' has an empty part, '.' is used", c->u.dns.name);
			c->u.dns.name = NULL;
		}
		break;
	default:
		break;
	}
	if (addr_is_set(&c->bindto) && c->bindto.family != to->family) {
		conf_error(ld, "%s: bindto is not of the address family it connects to, ignored", k->name);
		c->bindto = (struct addr) { 0 };
	}
	if (to->family == AF_INET6 && addr_is_link_local(to) && !c->bind_if) {
		conf_error(ld, "%s: a link-local address needs bind_if, it is left out", k->name);
		return false;
	}
	return true;
}

/* Each host is a checker of its own; the first one is the block itself, unless that says where to connect. */
static void split_hosts(struct loader *ld, struct check_conf *c, struct conf_list *checks)
{
	struct conf_list hosts = c->u.smtp.hosts;

	c->u.smtp.hosts = (struct conf_list) { 0 };
	CONF_EACH(struct check_conf, host, &hosts) {
		struct check_conf *to = c;

		if (addr_is_set(&c->connect_ip) || c->connect_port || addr_is_set(&c->bindto)) {
			to = conf_alloc(ld, sizeof(*to));
			*to = *c;
			conf_append(ld, checks, to);
		}
		to->connect_ip = host->connect_ip;
		to->connect_port = host->connect_port;
		to->bindto = host->bindto;
		to->bind_port = host->bind_port;
		to->bind_if = host->bind_if;
		to->fwmark = host->fwmark;
	}
}

static bool virtual_server_done(struct loader *ld, struct virtual_server_conf *vs)
{
	bool mixed = false;

	if (!vs->real_servers.count) {
		conf_error(ld, "virtual_server has no real_server, it is left out");
		return false;
	}
	if (vs->addr.family && vs->family != vs->addr.family) {
		conf_error(ld, "virtual_server: ip_family is not that of its address, ignored");
		vs->family = vs->addr.family;
	}
	if (vs->sorry && !vs->family)
		vs->family = vs->sorry->addr.family;
	if (!vs->family && !vs->group_name) {
		/* a firewall mark with tunnels alone */
		CONF_EACH(struct real_server_conf, rs, &vs->real_servers) {
			mixed = mixed || (vs->family && vs->family != rs->addr.family);
			vs->family = rs->addr.family;
		}
		if (mixed)
			vs->family = AF_INET;
	}
	if (vs->sorry && vs->family && vs->sorry->addr.family != vs->family && (vs->sorry->forward.set ? &vs->sorry->forward : &vs->forward)->method != 2) {
		conf_error(ld, "sorry_server is not of its virtual_server's address family, it is left out");
		vs->sorry = NULL;
	}
	return true;
}

static bool names_done(struct loader *ld, const char *what, const char *name, const struct conf_list *members)
{
	if (members->count)
		return true;
	conf_error(ld, "%s %s has no members, it is left out", what, name);
	return false;
}

static bool vs_group_done(struct loader *ld, const struct vs_group_conf *g)
{
	if (g->entries.count)
		return true;
	conf_error(ld, "virtual_server_group %s is empty, it is left out", g->name);
	return false;
}

static bool block_done(struct loader *ld, const struct frame *f, void *parent)
{
	void *object = f->object;
	const struct group_conf *group = object;
	const struct track_group_conf *tracks = object;
	const struct garp_group_conf *garp = object;

	switch (f->block->kind) {
	case B_SCRIPT:
		return script_done(ld, object);
	case B_PROCESS:
		return process_done(ld, object);
	case B_FILE:
		if (((struct track_file_conf *)object)->path)
			return true;
		conf_error(ld, "track_file %s has no file, it is left out", ((struct track_file_conf *)object)->name);
		return false;
	case B_GROUP:
		return names_done(ld, f->key->name, group->name, &group->members);
	case B_TRACK_GROUP:
		return names_done(ld, f->key->name, tracks->name, &tracks->members);
	case B_GARP_GROUP:
		if (garp->garp_interval_us || garp->gna_interval_us)
			return true;
		conf_warn(ld, "garp_group has neither garp_interval nor gna_interval, it is left out");
		return false;
	case B_URL:
		return url_done(ld, object);
	case B_REAL_SERVER:
		return real_server_done(ld, object, parent);
	case B_VIRTUAL_SERVER:
		return virtual_server_done(ld, object);
	case L_VS_ENTRIES:
		return vs_group_done(ld, object);
	default:
		return f->block->kind < B_CHECK || f->block->kind >= B_LINES || check_done(ld, object, f->key, parent);
	}
}

void conf_close(struct loader *ld, const struct frame *f, void *parent)
{
	struct conf_list *list = (struct conf_list *)(void *)((char *)parent + f->key->off);

	if (f->block->kind >= B_LINES && !f->block->name_off) {
		if (!f->lines && f->block->kind != L_PEERS)
			conf_warn(ld, "%s is empty", f->key->name);
		return;
	}
	if (!f->block->size || f->block->kind == B_HMAC)
		return;
	if (f->block->kind == B_SMTP_HOST)
		list = &((struct check_conf *)parent)->u.smtp.hosts;
	if (!block_done(ld, f, parent))
		return;
	conf_append(ld, list, f->object);
	if (f->block->name_off) {
		const char *name = *name_in(f->block, f->object);

		conf_dict(ld, (char)f->block->kind, name, strlen(name), f->object);
	}
	if (f->block->kind == B_CHECK + CHECK_SMTP)
		split_hosts(ld, f->object, list);
}

/* Lines */

/* Options up to the end of the line; says what is none. */
static void options_to_end(struct loader *ld, enum block_kind kind, void *object, int i)
{
	i = conf_options_line(ld, conf_line_keys(kind), object, i);
	if (i < ld->argc)
		conf_error(ld, "'%.64s' is not an option of %s; it and what follows is ignored", ld->argv[i], ld->stack[ld->depth].key->name);
}

/* A wrong prefix becomes the whole length, as in keepalived. */
static bool address_prefix(struct loader *ld, const char *word, struct addr *out, uint8_t *prefix)
{
	char plain[ADDR_TEXT_MAX];
	size_t len = strcspn(word, "/");
	bool has;

	if (addr_parse_prefix(word, out, prefix, &has) == 0)
		return true;
	if (word[len] && len < sizeof(plain)) {
		memcpy(plain, word, len);
		plain[len] = '\0';
		if (addr_parse_prefix(plain, out, prefix, &has) == 0) {
			conf_error(ld, "'%.64s': the prefix is not a number from 0 to %d, %d is used", word, *prefix, *prefix);
			return true;
		}
	}
	conf_error(ld, "'%.64s' is not an IPv4 or IPv6 address, as in 192.0.2.1/24; the line is ignored", word);
	return false;
}

static struct vip_conf *read_vip(struct loader *ld, enum block_kind kind)
{
	struct vip_conf *vip = conf_alloc(ld, sizeof(*vip));

	if (!address_prefix(ld, ld->argv[0], &vip->addr, &vip->prefix))
		return NULL;
	options_to_end(ld, kind, vip, 1);
	if (addr_is_set(&vip->peer)) {
		if (vip->peer.family != vip->addr.family) {
			conf_error(ld, "peer is not of the address's family, ignored");
			vip->peer = (struct addr) { 0 };
		} else {
			vip->prefix = (uint8_t)(addr_len(&vip->peer) * 8);
		}
	}
	if (vip->addr.family == AF_INET6 && (vip->label || vip->scope)) {
		conf_warn(ld, "%s: IPv6 addresses have no label and their own scope, both are ignored", ld->argv[0]);
		vip->label = NULL;
		vip->scope = 0;
	}
	if ((vip->broadcast_auto || vip->broadcast_none) && vip->prefix > 30) {
		conf_warn(ld, "%s: no broadcast address with prefix %u, brd is ignored", ld->argv[0], vip->prefix);
		vip->broadcast_auto = vip->broadcast_none = false;
	}
	if (kind != L_STATIC_ADDRS && vip->track_group) {
		conf_error(ld, "track_group is for static addresses, ignored");
		vip->track_group = NULL;
	}
	return vip;
}

struct vip_key {
	const struct vrrp_conf *instance;
	struct addr addr;
	char dev[16];
};

static void vip_line(struct loader *ld, struct conf_list *list, struct vrrp_conf *v, bool excluded)
{
	struct vip_conf *vip = read_vip(ld, excluded ? L_EVIPS : L_VIPS), *other;
	struct vip_key key;

	if (!vip || (!excluded && !conf_same_family(ld, v, vip->addr.family, ld->argv[0])))
		return;
	memset(&key, 0, sizeof(key));
	key.instance = v;
	key.addr = vip->addr;
	/* Twice on two interfaces is allowed where one of the two is excluded. */
	other = excluded ? vip : conf_dict(ld, 'V', &key, sizeof(key), vip);
	if (vip->dev)
		strncpy(key.dev, vip->dev, sizeof(key.dev) - 1);
	if (other == vip)
		other = conf_dict(ld, 'E', &key, sizeof(key), vip);
	if (other != vip) {
		conf_error(ld, "%s stands twice in vrrp_instance %s (line %u); ignored", ld->argv[0], v->name, other->node.line);
		return;
	}
	conf_append(ld, list, vip);
}

/* All addresses of a route or rule must be of one family; 0 where none says. */
static bool one_family(struct loader *ld, uint8_t *family, const struct addr *a)
{
	if (!addr_is_set(a))
		return true;
	if (!*family)
		*family = a->family;
	if (*family == a->family)
		return true;
	conf_error(ld, "IPv4 and IPv6 in one line; it is ignored");
	return false;
}

/* nexthop via A dev B weight N nexthop ... */
static bool read_nexthops(struct loader *ld, struct route_conf *r, int i)
{
	while (i < ld->argc && is(ld->argv[i], "nexthop")) {
		struct nexthop_conf *hop = conf_alloc(ld, sizeof(*hop));

		hop->weight = 1;
		i = conf_options_line(ld, conf_line_keys(L_NEXTHOPS), hop, i + 1);
		conf_append(ld, &r->nexthops, hop);
		if (!one_family(ld, &r->family, &hop->via))
			return false;
	}
	if (i == ld->argc)
		return true;
	conf_error(ld, "'%.64s' is not an option of a nexthop; the route is ignored", ld->argv[i]);
	return false;
}

/* [to] [type] DESTINATION, anywhere in the line. Returns the index after it, or -1. */
static int read_destination(struct loader *ld, struct route_conf *r, int i)
{
	int type;

	if (is(ld->argv[i], "to"))
		i++;
	type = i < ld->argc ? conf_number_of(NAMES_ROUTE_TYPE, ld->argv[i]) : -1;
	if (type >= 0) {
		r->type = (uint8_t)type;
		i++;
	}
	if (i >= ld->argc) {
		conf_error(ld, "a destination is expected, as in 10.0.0.0/8 or default; the route is ignored");
		return -1;
	}
	if (is(ld->argv[i], "default6"))
		r->family = AF_INET6;
	else if (!is(ld->argv[i], "default") && !is(ld->argv[i], "any") && !is(ld->argv[i], "all")
	    && !address_prefix(ld, ld->argv[i], &r->dst, &r->dst_prefix))
		return -1;
	return i + 1;
}

static bool read_route(struct loader *ld, enum block_kind kind, struct route_conf *r)
{
	bool has_dst = false;
	int i = 0;

	while ((i = conf_options_line(ld, conf_line_keys(kind), r, i)) < ld->argc) {
		if (is(ld->argv[i], "nexthop")) {
			if (!read_nexthops(ld, r, i))
				return false;
			break;
		}
		i = read_destination(ld, r, i);
		if (i < 0)
			return false;
		has_dst = true;
	}
	if (!has_dst) {
		conf_error(ld, "the route has no destination, as in 10.0.0.0/8 or default; it is ignored");
		return false;
	}
	CONF_EACH(struct nexthop_conf, hop, &r->nexthops)
		if (!one_family(ld, &r->family, &hop->via))
			return false;
	if (!one_family(ld, &r->family, &r->dst) || !one_family(ld, &r->family, &r->src) || !one_family(ld, &r->family, &r->from)
	    || !one_family(ld, &r->family, &r->via))
		return false;
	if (!r->family)
		r->family = r->has_expires || r->has_pref ? AF_INET6 : AF_INET;
	r->dst.family = r->family;
	return true;
}

static void route_line(struct loader *ld, enum block_kind kind, struct conf_list *list)
{
	struct route_conf *r = conf_alloc(ld, sizeof(*r));
	bool is_static = kind == L_STATIC_ROUTES;

	r->table = RT_TABLE_MAIN;
	r->type = RTN_UNICAST;
	r->ttl_propagate = CONF_UNSET;
	if (!read_route(ld, kind, r))
		return;
	if (r->protocol && r->protocol != 18 && !r->no_track)
		conf_warn(ld, "protocol becomes keepalived, by which the route is tracked (no_track keeps it)");
	if (!r->no_track)
		r->protocol = 18;
	if (r->track_group && (!is_static || !r->dev)) {
		conf_error(ld, "track_group needs a static route with dev, ignored");
		r->track_group = NULL;
	}
	conf_append(ld, list, r);
}

static bool read_rule(struct loader *ld, enum block_kind kind, struct rule_conf *r)
{
	int actions, i = 0;

	while ((i = conf_options_line(ld, conf_line_keys(kind), r, i)) < ld->argc) {
		if (!is(ld->argv[i], "type")) {
			conf_error(ld, "'%.64s' is not an option of %s; the rule is ignored", ld->argv[i], ld->stack[ld->depth].key->name);
			return false;
		}
		i++;
	}
	actions = (r->table || r->table_name) + r->l3mdev + (r->action != 0) + (r->goto_target != 0);
	if (actions != 1) {
		conf_error(ld, "a rule takes one of table, l3mdev, goto, nop, blackhole, unreachable, prohibit, and here are %d; it is ignored", actions);
		return false;
	}
	if (!r->action)
		r->action = r->goto_target ? RULE_GOTO : RULE_TO_TABLE;
	if (r->goto_target && r->preference >= r->goto_target) {
		conf_error(ld, "goto needs a preference below it; the rule is ignored");
		return false;
	}
	if (r->action != RULE_TO_TABLE && (r->realms || r->suppress_prefixlen >= 0 || r->has_suppress_group)) {
		conf_error(ld, "realms and suppress go with a table; the rule is ignored");
		return false;
	}
	return one_family(ld, &r->family, &r->from) && one_family(ld, &r->family, &r->to);
}

static void rule_line(struct loader *ld, enum block_kind kind, struct conf_list *list)
{
	struct rule_conf *r = conf_alloc(ld, sizeof(*r));
	uint32_t *next;

	r->preference = UINT32_MAX;
	r->suppress_prefixlen = -1;
	if (!read_rule(ld, kind, r))
		return;
	if (!r->family)
		r->family = AF_INET;
	if (!r->no_track) {
		r->has_protocol = true;
		r->protocol = 18;
	}
	if (r->track_group && (kind != L_STATIC_RULES || !r->iif)) {
		conf_error(ld, "track_group needs a static rule with iif, ignored");
		r->track_group = NULL;
	}
	if (r->preference == UINT32_MAX) {
		next = &ld->next_rule[r->family == AF_INET6];
		r->preference = RULE_FIRST - (*next)++;
		conf_warn(ld, "the rule has no preference, %u is used", r->preference);
	}
	conf_append(ld, list, r);
}

static void peer_line(struct loader *ld, struct conf_list *list, struct vrrp_conf *v)
{
	struct peer_conf *p = conf_alloc(ld, sizeof(*p));
	struct vip_key key;

	p->max_ttl = 255;
	if (addr_parse(ld->argv[0], &p->addr)) {
		conf_error(ld, "'%.64s' is not an IPv4 or IPv6 address; the peer is ignored", ld->argv[0]);
		return;
	}
	if (!conf_same_family(ld, v, p->addr.family, ld->argv[0]))
		return;
	memset(&key, 0, sizeof(key));
	key.instance = v;
	key.addr = p->addr;
	if (conf_dict(ld, 'P', &key, sizeof(key), p) != p) {
		conf_error(ld, "peer %s stands twice, ignored", ld->argv[0]);
		return;
	}
	if (ld->argc > 1) {
		options_to_end(ld, L_PEERS, p, 1);
		v->check_unicast_src = CONF_YES;
	}
	if (p->min_ttl > p->max_ttl)
		conf_warn(ld, "min_ttl %u is above max_ttl %u: nothing of this peer is accepted", p->min_ttl, p->max_ttl);
	conf_append(ld, list, p);
}

struct track_key {
	const struct conf_list *list;
	char name[120];
};

/* What is tracked must stand above, as in keepalived, and says which way its weight counts. */
static bool tracked_exists(struct loader *ld, enum block_kind kind, const char *name, bool *reverse)
{
	const struct vrrp_script_conf *script;
	const struct track_process_conf *process;
	const struct track_file_conf *file;

	switch (kind) {
	case L_TRACK_SCRIPTS:
		script = conf_by_name(ld, B_SCRIPT, name);
		*reverse = script && script->reverse;
		return script;
	case L_TRACK_PROCESSES:
		process = conf_by_name(ld, B_PROCESS, name);
		*reverse = process && process->reverse;
		return process;
	case L_TRACK_FILES:
		file = conf_by_name(ld, B_FILE, name);
		*reverse = file && file->reverse;
		return file;
	default:
		return true;
	}
}

static void track_line(struct loader *ld, enum block_kind kind, struct conf_list *list, const char *keyword)
{
	struct track_conf *t = conf_alloc(ld, sizeof(*t));
	struct track_key key;
	const char *name = ld->argv[0];

	if (!tracked_exists(ld, kind, name, &t->reverse)) {
		conf_error(ld, "%s: no '%.64s' is defined above; ignored", keyword, name);
		return;
	}
	memset(&key, 0, sizeof(key));
	key.list = list;
	strncpy(key.name, name, sizeof(key.name) - 1);
	if (conf_dict(ld, 'T', &key, sizeof(key), t) != t) {
		conf_error(ld, "%s: '%.64s' stands twice, the second one is ignored", keyword, name);
		return;
	}
	t->name = conf_text(ld, name);
	options_to_end(ld, kind, t, 1);
	if (kind == L_TRACK_INTERFACES)
		t->has_weight = true;
	conf_append(ld, list, t);
}

static void name_line(struct loader *ld, struct conf_list *list)
{
	for (int i = 0; i < ld->argc; i++) {
		struct conf_name *n = conf_alloc(ld, sizeof(*n));

		n->name = conf_text(ld, ld->argv[i]);
		conf_append(ld, list, n);
	}
}

/* ADDRESS, ADDRESS/PREFIX, ADDRESS-ADDRESS or ADDRESS-LAST */
static bool read_range(const char *word, struct vs_entry_conf *e)
{
	char first[ADDR_TEXT_MAX];
	size_t len = strcspn(word, "-");
	uint8_t prefix;
	unsigned bits, bytes;
	bool has;
	char *end;
	unsigned long last;

	if (!word[len]) {
		if (addr_parse_prefix(word, &e->first, &prefix, &has))
			return false;
		e->last = e->first;
		bits = (unsigned)addr_len(&e->first) * 8;
		for (unsigned i = prefix; i < bits; i++) {
			if (e->first.bytes[i / 8] & 0x80 >> i % 8)
				return false;
			e->last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
		}
		return prefix > 0;
	}
	if (len >= sizeof(first))
		return false;
	memcpy(first, word, len);
	first[len] = '\0';
	word += len + 1;
	if (addr_parse(first, &e->first))
		return false;
	e->last = e->first;
	if (addr_parse(word, &e->last)) {
		bytes = e->first.family == AF_INET ? 3 : 15;
		last = strtoul(word, &end, bytes == 3 ? 10 : 16);
		if (*end || !isxdigit((unsigned char)*word) || last > (bytes == 3 ? 255 : 65535))
			return false;
		e->last.bytes[bytes] = (uint8_t)last;
		if (bytes == 15)
			e->last.bytes[14] = (uint8_t)(last >> 8);
	}
	return e->first.family == e->last.family && addr_compare(&e->first, &e->last) <= 0;
}

static void vs_entry_line(struct loader *ld, struct conf_list *list)
{
	struct vs_entry_conf *e = conf_alloc(ld, sizeof(*e));
	long long n = 0;
	int family;

	ld->used = 2;
	if (is(ld->argv[0], "fwmark")) {
		if (!conf_number(ld, 1, 0, 0, UINT32_MAX, &n))
			return;
		e->fwmark = (uint32_t)n;
		family = ld->argc > 2 ? conf_number_of(NAMES_FAMILY, ld->argv[2]) : -1;
		if (family > 0) {
			e->family = (uint8_t)family;
			ld->used = 3;
		}
	} else {
		if (!read_range(ld->argv[0], e)) {
			conf_error(ld, "'%.64s' is not an address, a range as in 192.0.2.1-10 or a network as in 192.0.2.8/29; ignored", ld->argv[0]);
			return;
		}
		if (ld->argc > 1 && !conf_number(ld, 1, 10, 0, 65535, &n))
			return;
		e->port = (uint16_t)n;
	}
	if (ld->used < ld->argc)
		conf_warn(ld, "'%.64s' after the entry is ignored", ld->argv[ld->used]);
	conf_append(ld, list, e);
}

static void delay_line(struct loader *ld, struct conf_list *list)
{
	struct interface_delay_conf *d = conf_alloc(ld, sizeof(*d));
	const char *end = "";

	if (ld->argc < 2 || !conf_seconds(ld->argv[1], &d->down_us, &end) || *end || d->down_us > 255000000) {
		conf_error(ld, "%.15s: a delay from 0 to 255 seconds is expected after it; ignored", ld->argv[0]);
		return;
	}
	d->up_us = d->down_us;
	if (ld->argc > 2 && (!conf_seconds(ld->argv[2], &d->up_us, &end) || *end || d->up_us > 255000000)) {
		conf_error(ld, "'%.64s' is not a delay from 0 to 255 seconds; ignored", ld->argv[2]);
		return;
	}
	d->interface = conf_text(ld, ld->argv[0]);
	conf_append(ld, list, d);
}

static void linkbeat_line(struct loader *ld, struct conf_list *list)
{
	static const char methods[][8] = { "", "MII", "ETHTOOL", "IOCTL" };
	struct linkbeat_conf *l = conf_alloc(ld, sizeof(*l));

	l->interface = conf_text(ld, ld->argv[0]);
	for (unsigned i = 1; i < 4 && ld->argc > 1; i++)
		if (is(ld->argv[1], methods[i]))
			l->method = (uint8_t)i;
	if (ld->argc > 1 && !l->method)
		conf_error(ld, "'%.64s' is not MII, ETHTOOL or IOCTL; ignored", ld->argv[1]);
	conf_append(ld, list, l);
}

void conf_line(struct loader *ld, struct frame *f, void *parent)
{
	enum block_kind kind = f->block->kind;
	struct conf_list *list = f->object;
	struct vip_conf *vip;

	switch (kind) {
	case L_VIPS:
	case L_EVIPS:
		vip_line(ld, list, parent, kind == L_EVIPS);
		break;
	case L_STATIC_ADDRS:
		vip = read_vip(ld, kind);
		if (vip)
			conf_append(ld, list, vip);
		break;
	case L_ROUTES:
	case L_STATIC_ROUTES:
		route_line(ld, kind, list);
		break;
	case L_RULES:
	case L_STATIC_RULES:
		rule_line(ld, kind, list);
		break;
	case L_PEERS:
		peer_line(ld, list, parent);
		break;
	case L_TRACK_INTERFACES:
	case L_TRACK_SCRIPTS:
	case L_TRACK_PROCESSES:
	case L_TRACK_FILES:
		track_line(ld, kind, list, f->key->name);
		break;
	case L_VS_ENTRIES:
		vs_entry_line(ld, &((struct vs_group_conf *)f->object)->entries);
		break;
	case L_DELAYS:
		delay_line(ld, list);
		break;
	case L_LINKBEAT:
		linkbeat_line(ld, list);
		break;
	default:
		name_line(ld, list);
	}
}
