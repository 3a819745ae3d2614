/* SPDX-License-Identifier: MIT */
/*
 * What opening and closing a block does, and the lists of lines: addresses, routes, rules, peers, tracked things, names.
 */
#include "conf_table.h"
#include "text.h"

#include <ctype.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define RULE_TO_TABLE 1 /* FR_ACT_TO_TBL */
#define RULE_GOTO 2
#define RULE_FIRST 16384
#define KEEPALIVED_ROUTE 18 /* RTPROT_KEEPALIVED */

/* A bool that nobody has set yet: an inherited value replaces it in the checks. */
void conf_unset(bool *b)
{
	memset(b, CONF_UNSET, 1);
}

static const char **name_in(const struct block *b, void *object)
{
	return (const char **)(void *)((char *)object + b->name_off);
}

/* Opening */

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
		conf_unset(&group->notify.smtp_alert);
		conf_unset(&group->notify.priority_changes);
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

static void *open_named(const struct block *b)
{
	size_t size = HAVE_LVS && b->kind == L_VS_ENTRIES ? sizeof(struct vs_group_conf) : b->size;
	const struct conf_node *other;
	const char *name = conf_word(1);
	void *object;

	if (!name)
		return NULL;
	other = conf_by_name((char)b->kind, name);
	if (other) {
		(b->kind == B_INSTANCE || b->kind == B_GROUP ? conf_error : conf_warn)("'%.64s' is already defined (%s:%u), this one is skipped", name,
			other->file, other->line);
		return NULL;
	}
	object = b->kind == B_INSTANCE ? conf_scratch(size) : conf_alloc(size);
	*name_in(b, object) = conf_text(name);
	init_named(b, object);
	return object;
}

void *conf_open(struct loader *ld, const struct keyword *k, void *parent)
{
	const struct block *b = conf_block(k);
	void *at = (char *)parent + k->off;

	if (b->name_off)
		return open_named(b);
	switch (b->kind) {
	case B_HMAC:
	case L_GROUP_NAMES:
		/* A pointer, or a list's first one. */
		if (*(void **)at) {
			conf_error("already given, this one is skipped");
			return NULL;
		}
		return b->kind == B_HMAC ? *(void **)at = conf_alloc(b->size) : at;
	case B_GARP_GROUP:
		return conf_alloc(b->size);
	case B_GLOBAL:
		conf_here(&ld->globals);
		return at;
	case L_PEERS:
		((struct instance_load *)parent)->unicast_word = true;
		return at;
	default:
		if (HAVE_LVS && b->kind >= B_LVS && b->kind < B_LINES)
			return conf_open_lvs(ld, k);
		return at;
	}
}

/* Closing: whether the block may stay. */

bool conf_without(const char *what)
{
	return conf_error("it has no %-s and is left out", what);
}

static void script_done(struct vrrp_script_conf *s)
{
	if (!s->interval_us) {
		conf_warn("interval 0 is none, 1 s is used");
		s->interval_us = 1000000;
	}
}

static void process_done(struct track_process_conf *p)
{
	if (p->params && !p->param_match)
		p->param_match = PARAM_EXACT;
	if (p->param_match)
		p->full_command = true;
	if (p->quorum_max == 0)
		p->quorum = 0;
	if (p->quorum > p->quorum_max) {
		conf_error("quorum %u is more than quorum_max %u, which is ignored", p->quorum, p->quorum_max);
		p->quorum_max = UINT_MAX;
	}
}

/* What keywords with K_NEED say is there. */
static bool is_whole(const struct block *b, const void *object)
{
	struct keyword k;

	for (const uint8_t *p = conf_keys(b); conf_next(&p, &k);)
		if (k.flags & K_NEED && !*(const void *const *)(const void *)((const char *)object + k.off))
			return conf_without(k.name);
	return true;
}

static bool block_done(const struct frame *f, void *parent)
{
	void *object = f->object;
	const struct garp_group_conf *garp = object;

	switch (f->block->kind) {
	case B_INSTANCE: /* not left out but not run */
	case B_REAL_SERVER: /* needs nothing, and there are many */
		return true;
	case B_GARP_GROUP:
		return garp->garp_interval_us || garp->gna_interval_us || conf_without("garp_interval or gna_interval");
	}
	if (!is_whole(f->block, object))
		return false;
	if (f->block->kind == B_SCRIPT)
		script_done(object);
	if (f->block->kind == B_PROCESS)
		process_done(object);
	return !HAVE_LVS || f->block->kind < B_LVS || conf_close_lvs(f, parent);
}

void conf_close(const struct frame *f, void *parent)
{
	struct conf_list *list = (struct conf_list *)(void *)((char *)parent + f->key.off);

	if (f->block->kind >= B_LINES && !f->block->name_off) {
		if (!f->lines && f->block->kind != L_PEERS)
			conf_warn("it is empty");
		return;
	}
	if (!f->block->size || f->block->kind == B_HMAC)
		return;
	if (!block_done(f, parent))
		return;
	conf_append(list, f->object);
	if (f->block->name_off) {
		const char *name = *name_in(f->block, f->object);

		conf_dict((char)f->block->kind, name, strlen(name), f->object);
	}
	if (HAVE_LVS && f->block->kind == B_CHECK + CHECK_SMTP)
		conf_split_hosts(f->object, list);
}

/* Lines */

/* Options from the i-th word on; the first that is none. */
static int options(struct loader *ld, void *object, int i)
{
	return conf_options_line(ld, ld->stack[ld->depth].block, object, i);
}

/* Options up to the end of the line; says what is none. */
static void options_to_end(struct loader *ld, void *object)
{
	int i = options(ld, object, 1);

	if (i < ld->st.argc)
		conf_error("'%.64s' is not an option of %-s; it and what follows is ignored", ld->st.argv[i], ld->stack[ld->depth].key.name);
}

/* A wrong prefix becomes the whole length, as in keepalived. */
static bool address_prefix(char *word, struct addr *out, uint8_t *prefix)
{
	char *slash = strchr(word, '/');
	bool good = addr_parse_prefix(word, out, prefix) == 0;

	if (!good && slash) {
		*slash = '\0';
		good = addr_parse_prefix(word, out, prefix) == 0;
		*slash = '/';
		if (good)
			conf_error("the prefix is not a number from 0 to %d, %d is used", *prefix, *prefix);
	}
	return good || conf_error("'%.64s' is not an address as in 192.0.2.1/24; the line is ignored", word);
}

static struct vip_conf *read_vip(struct loader *ld, enum block_kind kind)
{
	struct vip_conf *vip = conf_alloc(sizeof(*vip));

	if (!address_prefix(ld->st.argv[0], &vip->addr, &vip->prefix))
		return NULL;
	options_to_end(ld, vip);
	if (addr_is_set(&vip->peer) && strchr(ld->st.argv[0], '/'))
		conf_warn("the prefix is the peer's, /%u", vip->prefix);
	if ((addr_is_set(&vip->peer) && vip->peer.family != vip->addr.family) || (addr_is_set(&vip->broadcast)
	    && (vip->broadcast.family != AF_INET || vip->addr.family != AF_INET))) {
		conf_error("peer or brd is not of the address's family, ignored");
		vip->peer = vip->broadcast = (struct addr) { 0 };
	}
	if (vip->broadcast_none || addr_is_set(&vip->broadcast))
		vip->broadcast_auto = false;
	if (addr_is_set(&vip->broadcast))
		vip->broadcast_none = false;
	if (vip->addr.family == AF_INET6 && (vip->label || vip->scope)) {
		conf_warn("IPv6 addresses have no label and their own scope, ignored");
		vip->label = NULL;
		vip->scope = 0;
	}
	if ((vip->broadcast_auto || vip->broadcast_none) && vip->prefix > 30) {
		conf_warn("there is no broadcast address with prefix %u, brd is ignored", vip->prefix);
		vip->broadcast_auto = vip->broadcast_none = false;
	}
	if (kind != L_STATIC_ADDRS && vip->track_group) {
		conf_error("track_group is for static addresses, ignored");
		vip->track_group = NULL;
	}
	return vip;
}

/* Which of an instance's items of this kind has the address first: the given one, where no other has. */
static void *first_with(char kind, const struct vrrp_conf *v, const struct addr *addr, void *item)
{
	const struct vip_conf *vip = item;
	struct {
		const struct vrrp_conf *instance;
		struct addr addr;
		char dev[16];
	} key;

	memset(&key, 0, sizeof(key));
	key.instance = v;
	key.addr = *addr;
	if (kind == 'E' && vip->dev)
		strncpy(key.dev, vip->dev, sizeof(key.dev) - 1);
	return conf_dict(kind, &key, sizeof(key), item);
}

static void vip_line(struct loader *ld, enum block_kind kind, struct conf_list *list, struct vrrp_conf *v)
{
	struct vip_conf *vip = read_vip(ld, kind), *other = vip;

	if (!vip || (kind == L_VIPS && !conf_same_family(v, vip->addr.family, ld->st.argv[0])))
		return;
	/* Twice on two interfaces is allowed where one of the two is excluded. */
	if (kind == L_VIPS)
		other = first_with('V', v, &vip->addr, vip);
	if (kind != L_STATIC_ADDRS && other == vip)
		other = first_with('E', v, &vip->addr, vip);
	if (other == vip)
		conf_append(list, vip);
	else
		conf_error("it stands twice in vrrp_instance %s (line %u), ignored", v->name, other->node.line);
}

/* All addresses of a route or rule must be of one family; 0 where none says. */
static bool one_family(uint8_t *family, const struct addr *a, unsigned count)
{
	for (; count--; a++) {
		if (!*family)
			*family = a->family;
		if (addr_is_set(a) && *family != a->family)
			return conf_error("IPv4 and IPv6 in one line; it is ignored");
	}
	return true;
}

static int unknown_word(struct loader *ld, int i)
{
	conf_error("'%.64s' is not known here; the line is ignored", ld->st.argv[i]);
	return -1;
}

#define NO_DESTINATION "the route has no destination, as 10.0.0.0/8 or default, and is ignored"

/* [to] [type] DESTINATION, anywhere in the line. Returns the index after it, or -1. */
static int read_destination(struct loader *ld, struct route_conf *r, int i)
{
	int type;

	if (strcmp(ld->st.argv[i], "to") == 0)
		i++;
	type = i < ld->st.argc ? conf_number_of(NAMES_ROUTE_TYPE, ld->st.argv[i]) : -1;
	if (type >= 0) {
		r->type = (uint8_t)type;
		i++;
	}
	if (i >= ld->st.argc) {
		conf_error(NO_DESTINATION);
		return -1;
	}
	type = text_index("default6 default any all", ld->st.argv[i]);
	if (!type)
		r->family = AF_INET6;
	return type < 0 && !address_prefix(ld->st.argv[i], &r->dst, &r->dst_prefix) ? -1 : i + 1;
}

#define NEXT_TO(type, a, b) (offsetof(struct type, b) == offsetof(struct type, a) + sizeof(struct addr))
_Static_assert(NEXT_TO(route_conf, dst, from) && NEXT_TO(route_conf, src, via) && NEXT_TO(rule_conf, to, from), "one_family() takes two");

static bool read_route(struct loader *ld, struct route_conf *r)
{
	unsigned errors = ld->config->errors;
	bool has_dst = false;
	int i = 0;

	while ((i = options(ld, r, i)) < ld->st.argc) {
		i = has_dst ? unknown_word(ld, i) : read_destination(ld, r, i);
		if (i < 0)
			return false;
		has_dst = true;
	}
	if (!has_dst)
		conf_error(NO_DESTINATION);
	if (ld->config->errors != errors)
		return false;
	EACH(nexthop_conf, hop, &r->nexthops) {
		if (!hop->weight)
			hop->weight = 1;
		if (!r->family)
			r->family = hop->family;
		if (!one_family(&r->family, &hop->via, 1))
			return false;
	}
	return one_family(&r->family, &r->dst, 2) && one_family(&r->family, &r->src, 2);
}

static void route_line(struct loader *ld, enum block_kind kind, struct conf_list *list)
{
	struct route_conf *r = conf_alloc(sizeof(*r));

	r->table = RT_TABLE_MAIN;
	r->type = RTN_UNICAST;
	r->protocol = KEEPALIVED_ROUTE;
	r->ttl_propagate = CONF_UNSET;
	if (!read_route(ld, r))
		return;
	if (!r->family)
		r->family = r->has_expires || r->has_pref ? AF_INET6 : AF_INET;
	r->dst.family = r->family;
	if (r->metrics[RTAX_FEATURES])
		r->metrics_set |= 1u << RTAX_FEATURES;
	if (r->protocol != KEEPALIVED_ROUTE && !r->no_track) {
		conf_warn("protocol becomes keepalived, by which the route is tracked (no_track keeps it)");
		r->protocol = KEEPALIVED_ROUTE;
	}
	if (r->track_group && (kind != L_STATIC_ROUTES || !r->dev)) {
		conf_error("track_group needs a static route with dev, ignored");
		r->track_group = NULL;
	}
	conf_append(list, r);
}

static bool bad_rule(const char *why)
{
	return conf_error("%-s; the rule is ignored", why);
}

/* A rule that lost a word would catch more than it was meant to: it is left out whole. */
static bool read_rule(struct loader *ld, struct rule_conf *r)
{
	unsigned errors = ld->config->errors;
	int i = 0;

	while ((i = options(ld, r, i)) < ld->st.argc) {
		if (strcmp(ld->st.argv[i], "type") != 0)
			return unknown_word(ld, i) > 0;
		i++;
	}
	if (ld->config->errors != errors)
		return false;
	if ((r->table || r->table_name) + r->l3mdev + (r->action != 0) + (r->goto_target != 0) != 1)
		return bad_rule("it takes one of table, l3mdev, goto, nop, blackhole, unreachable, prohibit");
	if (!r->action)
		r->action = r->goto_target ? RULE_GOTO : RULE_TO_TABLE;
	if (r->goto_target && r->preference >= r->goto_target)
		return bad_rule("goto needs a preference below it");
	if (r->action != RULE_TO_TABLE && (r->realms || r->suppress_prefixlen >= 0 || r->has_suppress_group))
		return bad_rule("realms and suppress go with a table");
	return one_family(&r->family, &r->to, 2);
}

static void rule_line(struct loader *ld, enum block_kind kind, struct conf_list *list)
{
	struct rule_conf *r = conf_alloc(sizeof(*r));

	r->preference = UINT32_MAX;
	r->suppress_prefixlen = -1;
	if (!read_rule(ld, r))
		return;
	if (!r->family)
		r->family = AF_INET;
	if (!r->no_track) {
		r->has_protocol = true;
		r->protocol = KEEPALIVED_ROUTE;
	}
	if (r->track_group && (kind != L_STATIC_RULES || !r->iif)) {
		conf_error("track_group needs a static rule with iif, ignored");
		r->track_group = NULL;
	}
	if (r->preference == UINT32_MAX) {
		r->preference = RULE_FIRST - ld->next_rule[r->family == AF_INET6]++;
		conf_warn("the rule has no preference, %u is used", (unsigned)r->preference);
	}
	conf_append(list, r);
}

static void peer_line(struct loader *ld, struct conf_list *list, struct vrrp_conf *v)
{
	struct peer_conf *p = conf_alloc(sizeof(*p));

	p->max_ttl = 255;
	if (!conf_addr(ld->st.argv[0], &p->addr)) {
		conf_not(0, "an IPv4 or IPv6 address");
		return;
	}
	if (!conf_same_family(v, p->addr.family, ld->st.argv[0]))
		return;
	if (first_with('P', v, &p->addr, p) != p) {
		conf_error("it stands twice, ignored");
		return;
	}
	if (ld->st.argc > 1) {
		options_to_end(ld, p);
		v->check_unicast_src = CONF_YES;
	}
	if (p->min_ttl > p->max_ttl)
		conf_warn("min_ttl is above max_ttl: nothing of it is accepted");
	conf_append(list, p);
}

#define ALIKE(field) (offsetof(struct vrrp_script_conf, field) == offsetof(struct track_process_conf, field) \
	&& offsetof(struct vrrp_script_conf, field) == offsetof(struct track_file_conf, field))
_Static_assert(ALIKE(index) && ALIKE(name) && ALIKE(weight) && ALIKE(reverse) && ALIKE(tracked), "they begin alike");
_Static_assert(L_TRACK_FILES - L_TRACK_SCRIPTS == B_FILE - B_SCRIPT && L_TRACK_FILES - L_TRACK_SCRIPTS == 2, "lists and what they name");

static void track_line(struct loader *ld, enum block_kind kind, struct conf_list *list)
{
	static const char kinds[][8] = { "script", "process", "file" };
	struct track_conf *t = conf_alloc(sizeof(*t));
	struct vrrp_script_conf *object = NULL;
	const char *name = ld->st.argv[0];

	t->has_weight = kind == L_TRACK_INTERFACES;
	if (!t->has_weight) {
		object = conf_by_name((char)(B_SCRIPT + kind - L_TRACK_SCRIPTS), name);
		if (object) {
			t->index = &object->index;
			t->weight = object->weight;
			t->reverse = object->reverse;
		}
	}
	/* What is tracked must stand above, as in keepalived. */
	if (!t->has_weight && !object) {
		conf_error("no such %s stands above, ignored", kinds[kind - L_TRACK_SCRIPTS]);
		return;
	}
	CONF_EACH(struct track_conf, other, list)
		if (strcmp(other->name, name) == 0) {
			conf_error("it stands twice, ignored");
			return;
		}
	t->name = conf_text(name);
	options_to_end(ld, t);
	conf_append(list, t);
}

void conf_add_name(struct conf_list *list, const char *name)
{
	struct conf_name *n = conf_alloc(sizeof(*n));

	n->name = conf_text(name);
	conf_append(list, n);
}

_Static_assert(offsetof(struct conf_name, name) == offsetof(struct interface_delay_conf, interface), "named_line() writes both");
_Static_assert(offsetof(struct conf_name, name) == offsetof(struct linkbeat_conf, interface), "named_line() writes both");

/* An interface and options. */
static void named_line(struct loader *ld, struct conf_list *list, const struct block *b)
{
	struct conf_name *item = conf_alloc(b->size);
	struct interface_delay_conf *d = (struct interface_delay_conf *)item;

	item->name = conf_text(ld->st.argv[0]);
	if (b->kind == L_DELAYS)
		d->up_us = d->down_us = UINT64_MAX;
	options_to_end(ld, item);
	if (b->kind == L_DELAYS && d->up_us == UINT64_MAX)
		d->up_us = d->down_us;
	if (b->kind == L_DELAYS && d->down_us == UINT64_MAX)
		conf_not(1, "a delay in seconds");
	else
		conf_append(list, item);
}

void conf_line(struct loader *ld, const struct frame *f, void *parent)
{
	enum block_kind kind = f->block->kind;
	struct conf_list *list = f->object;

	switch (kind) {
	case L_VIPS:
	case L_EVIPS:
	case L_STATIC_ADDRS:
		vip_line(ld, kind, list, parent);
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
		track_line(ld, kind, list);
		break;
	case L_DELAYS:
	case L_LINKBEAT:
		named_line(ld, list, f->block);
		break;
	default:
		if (HAVE_LVS && kind == L_VS_ENTRIES)
			conf_line_lvs(ld, f->object);
		else
			for (int i = 0; i < ld->st.argc; i++)
				conf_add_name(list, ld->st.argv[i]);
	}
}
