/* SPDX-License-Identifier: MIT */
/*
 * The configuration as text again, by the tables of keywords.c.
 */
#include "conf_table.h"
#include "text.h"

#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <string.h>

struct dump {
	struct out *out;
	bool show_secrets;
	int depth;
	bool in_line;        /* options of one line, not lines of a block */
	const char *pending; /* a keyword that is shown once one of its options is */
	bool pending_in_line;
};

static void put(struct dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct dump *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out_vprint(d->out, format, args);
	va_end(args);
}

/* A blank and the word, in quotes where the lexer would take it apart. */
static void put_word(struct dump *d, const char *word)
{
	bool quote = !*word || strchr("@~$", *word) || strpbrk(word, " \t\n\v\f\r{}#!");

	put(d, quote ? " \"" : " ");
	for (; *word; word++)
		put(d, *word == '"' ? "\\%c" : "%c", *word);
	if (quote)
		put(d, "\"");
}

/* A command keeps its escapes; a quote within it is put into quotes of the other kind. */
static void put_command(struct dump *d, const char *text)
{
	char open = '"';

	put(d, " \"");
	for (const char *p = text; *p; p++) {
		if (*p == open) {
			put(d, "%c", open);
			open = open == '"' ? '\'' : '"';
			put(d, "%c", open);
		}
		put(d, "%c", *p);
		if (*p == '\\' && p[1])
			put(d, "%c", *++p);
	}
	put(d, "%c", open);
}

static void put_addr(struct dump *d, const struct addr *a)
{
	char text[ADDR_TEXT_MAX];

	put(d, " %s", addr_text(a, text));
}

static void put_seconds(struct dump *d, uint64_t us)
{
	put(d, " ");
	out_seconds(d->out, us);
}

static void indent(struct dump *d)
{
	for (int i = 0; i < d->depth; i++)
		put(d, "\t");
}

static void begin(struct dump *d, const char *name)
{
	const char *head = d->pending;
	bool in_line = d->in_line;

	if (head) {
		d->pending = NULL;
		d->in_line = d->pending_in_line;
		begin(d, head);
		d->in_line = in_line;
	}
	if (!d->in_line)
		indent(d);
	else if (!text_is(name, ""))
		put(d, " ");
	put(d, "%-s", name);
}

static void end(struct dump *d)
{
	if (!d->in_line)
		put(d, "\n");
}

static void put_keys_of(struct dump *d, const struct block *b, const void *object, const struct block *outer);

/* The options in one line; true when there were any. */
static bool put_options(struct dump *d, const struct block *b, const void *object, const char *head)
{
	struct dump was = *d;
	bool some;

	d->in_line = true;
	d->pending = head;
	d->pending_in_line = was.in_line;
	put_keys_of(d, b, object, b);
	some = !d->pending;
	d->in_line = was.in_line;
	d->pending = was.pending;
	return some;
}

/* Customs: true when there was something to say. */

static void put_user(struct dump *d, const char *user, const char *group)
{
	/* They stand in a command's line, where both quotes count. */
	if (user)
		(strpbrk(user, "'\"\\") ? put_command : put_word)(d, user);
	if (user && group)
		(strpbrk(group, "'\"\\") ? put_command : put_word)(d, group);
}

static bool put_hmac_keys(struct dump *d, const struct keyword *k, const struct hmac_conf *h)
{
	CONF_EACH(struct hmac_key_conf, key, &h->keys) {
		begin(d, k->name);
		put(d, " %u ", key->id);
		if (key->file)
			put(d, "\"file:%s\"", key->file);
		else
			put(d, d->show_secrets ? "hex:" : "********************************");
		for (unsigned i = 0; i < key->len && d->show_secrets; i++)
			put(d, "%02x", key->key[i]);
		end(d);
	}
	return false;
}

static void put_hex(struct dump *d, const uint8_t *bytes, const uint8_t *mask, unsigned len)
{
	static const char digits[] = "0123456789abcdef";

	put(d, len ? " " : "");
	for (unsigned i = 0; i < 2 * len; i++) {
		int shift = i % 2 ? 0 : 4;

		put(d, "%c", mask && !(mask[i / 2] >> shift & 15) ? 'x' : digits[bytes[i / 2] >> shift & 15]);
	}
}

static void put_vmac_word(struct dump *d, const struct vrrp_conf *v, bool ipvlan)
{
	for (int i = 0; i < 6 && !ipvlan; i++)
		put(d, "%c%02x", i ? ':' : ' ', v->vmac_mac[i]);
	if (ipvlan) {
		put_addr(d, &v->common->ipvlan_addr);
		put(d, "/%u", v->ipvlan_prefix);
	}
}

static bool of_rule(const struct block *b)
{
	return b->kind == L_RULES || b->kind == L_STATIC_RULES;
}

static const char *const *table_name(const void *object, const struct block *b)
{
	return of_rule(b) ? &((const struct rule_conf *)object)->table_name : &((const struct route_conf *)object)->table_name;
}

/* Whether a custom has something to say; by default it has. */
static bool custom_set(const struct keyword *k, const void *object, const struct block *b)
{
	const void *at = (const char *)object + k->off;
	const struct vrrp_conf *v = object;
	const struct route_conf *r = object;
	const struct rule_conf *rule = object;

	switch (k->arg) {
	case C_IPTABLES:
		return ((const struct global_conf *)object)->bare_iptables;
	case C_UMASK:
		return ((const struct global_conf *)object)->umask >= 0;
	case C_NATIVE_IPV6:
		return v->family == AF_INET6 && v->version == 3;
	case C_NOTIFY_DELETED:
		return ((const struct notify_conf *)object)->deleted_state;
	case C_PREFERRED:
		return ((const struct vip_conf *)object)->has_preferred_lft;
	case C_TABLE:
		return *table_name(object, b) || *(const uint32_t *)at != (of_rule(b) ? 0 : RT_TABLE_MAIN);
	case C_METRIC:
		return r->metrics_set >> k->range & 1;
	case C_REALMS:
		return *(const uint32_t *)at;
	case C_FWMARK:
		return rule->has_fwmark;
	default:
		return true;
	}
}

static void custom_value(struct dump *d, const struct keyword *k, const void *object, const struct block *b)
{
	const void *at = (const char *)object + k->off;
	const struct track_process_conf *p = object;
	const struct notify_conf *n = object;
	const struct vip_conf *vip = object;
	const struct rule_conf *rule = object;
	const struct route_conf *r = object;
	char text[9];

	switch (k->arg) {
	case C_UMASK:
		put(d, " 0%o", (unsigned)((const struct global_conf *)object)->umask);
		break;
	case C_VERSION:
		put(d, " %u", ((const struct vrrp_conf *)object)->version);
		break;
	case C_NOTIFY_DELETED:
		if (n->deleted) {
			put_command(d, n->deleted->text);
			put_user(d, n->deleted->user, n->deleted->group);
		}
		break;
	case C_AUTH_PASS:
		text_format(text, sizeof(text), "%.8s", d->show_secrets ? (const char *)((const struct vrrp_conf *)object)->auth_data : "********");
		put_word(d, text);
		break;
	case C_PROCESS:
		put_word(d, p->process);
		for (const char *word = p->params; word && word < p->params + p->params_len; word += strlen(word) + 1)
			put_word(d, word);
		break;
	case C_PREFERRED:
		put(d, vip->preferred_lft_s == UINT32_MAX ? " forever" : " %u", (unsigned)vip->preferred_lft_s);
		break;
	case C_TABLE:
		if (*table_name(object, b))
			put_word(d, *table_name(object, b));
		else
			put(d, " %u", (unsigned)*(const uint32_t *)at);
		break;
	case C_METRIC:
		put(d, "%s %u", r->metrics_locked >> k->range & 1 ? " lock" : "", (unsigned)r->metrics[k->range]);
		break;
	case C_REALMS:
		put(d, " %u/%u", (unsigned)*(const uint32_t *)at >> 16, (unsigned)*(const uint32_t *)at & 65535);
		break;
	case C_FWMARK:
		put(d, rule->has_fwmask ? " 0x%x/0x%x" : " 0x%x", (unsigned)rule->fwmark, (unsigned)rule->fwmask);
		break;
	}
}

/* Those of virtual servers and checkers. */
static bool put_lvs_custom(struct dump *d, const struct keyword *k, const void *object)
{
	const struct virtual_server_conf *vs = object;
	const struct check_conf *c = object;
	const struct url_conf *u = object;
	struct addr mask;

	if (k->arg == C_GRANULARITY ? !vs->persistence_s || vs->persistence_mask == (vs->family == AF_INET6 ? 128 : UINT32_MAX)
	    : k->arg == C_DIGEST ? !u->has_digest : k->arg == C_PAYLOAD ? !c->u.udp.payload : k->arg == C_REPLY && !c->u.udp.require_reply)
		return false;
	begin(d, k->name);
	switch (k->arg) {
	case C_GRANULARITY:
		mask = addr_from_bytes(AF_INET, &vs->persistence_mask);
		if (vs->family == AF_INET6)
			put(d, " %u", (unsigned)vs->persistence_mask);
		else
			put_addr(d, &mask);
		break;
	case C_STATUS:
		for (unsigned i = 0; i < u->status_count; i++)
			put(d, " %u-%u", u->status[i].first, u->status[i].last);
		break;
	case C_DIGEST:
		put_hex(d, u->digest, NULL, sizeof(u->digest));
		break;
	case C_PAYLOAD:
		put_hex(d, c->u.udp.payload, NULL, c->u.udp.payload_len);
		break;
	default: /* C_REPLY */
		put_hex(d, c->u.udp.reply, c->u.udp.reply_mask, c->u.udp.reply_len);
	}
	return true;
}

static bool put_custom(struct dump *d, const struct keyword *k, const void *object, const struct block *b)
{
	const struct vrrp_conf *v;

	if (k->arg == C_HMAC_KEY)
		return put_hmac_keys(d, k, object);
	if (k->arg == C_VMAC_WORD) {
		v = (const struct vrrp_conf *)(const void *)((const char *)object
			- (k->range ? offsetof(struct vrrp_conf, use_ipvlan) : offsetof(struct vrrp_conf, use_vmac)));
		if (k->range ? addr_is_set(&v->common->ipvlan_addr) : v->vmac_has_mac)
			put_vmac_word(d, v, k->range);
		return false;
	}
	if (HAVE_LVS && k->arg >= C_LVS)
		return put_lvs_custom(d, k, object);
	if (!custom_set(k, object, b))
		return false;
	begin(d, k->name);
	custom_value(d, k, object, b);
	return true;
}

/* Typed values */

static bool put_number(struct dump *d, const struct keyword *k, const char *at)
{
	bool has = k->arg && !(k->flags & (K_OPT | K_RESET)), always = k->flags & K_ALWAYS || (has && at[k->arg]);
	uint32_t u = 0;
	uint64_t us = 0;

	if (k->type == T_U8)
		u = *(const uint8_t *)at;
	else if (k->type == T_U16)
		u = *(const uint16_t *)(const void *)at;
	else if (k->type == T_WHOLE || k->type == T_SECS)
		us = *(const uint64_t *)(const void *)at;
	else
		u = *(const uint32_t *)(const void *)at;
	if (k->type == T_SECS32)
		us = u;
	if ((has && !always) || (!u && !us && !always))
		return false;
	/* Left unset: the default of another level, or none at all. */
	if (us == UINT64_MAX || (!has && u == UINT32_MAX && conf_limits(k->range)->min >= 0))
		return false;
	begin(d, k->name);
	if (k->type == T_WHOLE || k->type == T_SECS || k->type == T_SECS32)
		put_seconds(d, us);
	else
		put(d, k->type == T_INT ? " %d" : " %u", (unsigned)u);
	return true;
}

static bool put_weight(struct dump *d, const struct keyword *k, const char *at)
{
	const char *reverse = at + k->arg;
	int weight = *(const int *)(const void *)at;

	if (k->flags & K_HAS ? !reverse[-1] : !weight && !*reverse && !(k->flags & K_ALWAYS))
		return false;
	begin(d, k->name);
	put(d, " %d%s", weight, *reverse ? " reverse" : k->flags & K_HAS ? " noreverse" : "");
	return true;
}

static bool put_span(struct dump *d, const struct keyword *k, const char *at)
{
	const uint16_t *small = (const uint16_t *)(const void *)at;
	const uint32_t *large = (const uint32_t *)(const void *)at;
	bool wide = conf_limits(k->range)->max > UINT16_MAX;

	if (!at[k->arg])
		return false;
	begin(d, k->name);
	put(d, " %u-%u", wide ? (unsigned)large[0] : small[0], wide ? (unsigned)large[1] : small[1]);
	return true;
}

static bool put_named(struct dump *d, const struct keyword *k, const char *at)
{
	uint8_t n = *(const uint8_t *)at;
	const char *word;

	if (k->type == T_ENUM) {
		if (n == UINT8_MAX || n < k->range || (!n && !(k->flags & K_ALWAYS)))
			return false;
		for (word = conf_arg_text(k); n > k->range; n--)
			word += strcspn(word, " ") + 1;
	} else {
		if (k->arg ? !at[k->arg] : !n && !(k->flags & K_ALWAYS))
			return false;
		word = conf_name_of(k->range, n);
	}
	begin(d, k->name);
	if (word)
		put(d, " %.*s", (int)strcspn(word, " "), word);
	else
		put(d, " %u", n);
	return true;
}

static bool put_text(struct dump *d, const struct keyword *k, const char *at)
{
	const char *text = *(const char *const *)(const void *)at;
	const struct conf_script *script = *(const struct conf_script *const *)(const void *)at;

	if (!text)
		return false;
	begin(d, k->name);
	if (k->type == T_SCRIPT) {
		put_command(d, script->text);
		put_user(d, script->user, script->group);
	} else if (k->type == T_COMMAND) {
		put_command(d, text); /* the struct's first member */
	} else if (k->flags & K_SECRET && !d->show_secrets) {
		put(d, " ********");
	} else if (*text || k->type != T_OPTTEXT) {
		put_word(d, text);
	}
	return true;
}

/* Words for unicast are no part of an instance that multicasts, and the other way round. */
static bool wrong_cast(const struct keyword *k, const struct vrrp_conf *v)
{
	switch (k->off) {
	case offsetof(struct vrrp_conf, source):
		return v->unicast == !(k->flags & K_UNICAST);
	case offsetof(struct vrrp_conf, mcast_group):
		return v->unicast;
	case offsetof(struct vrrp_conf, check_unicast_src):
	case offsetof(struct vrrp_conf, unicast_fault_no_peer):
	case offsetof(struct vrrp_conf, old_unicast_checksum):
		return !v->unicast;
	default:
		return false;
	}
}

static bool put_plain(struct dump *d, const struct keyword *k, const char *at)
{
	uint8_t byte = *(const uint8_t *)at;
	bool yes;

	switch (k->type) {
	case T_FLAG:
		yes = byte == 1;
		break;
	case T_SET:
		yes = byte == k->range && (byte || k->flags & K_ALWAYS);
		break;
	case T_BIT:
		yes = *(const uint32_t *)(const void *)at >> k->range & 1;
		break;
	default: /* T_BOOL */
		yes = byte < 2 && (byte || k->flags & K_ALWAYS);
	}
	if (!yes)
		return false;
	begin(d, k->name);
	if (k->type == T_BOOL)
		put(d, byte ? " on" : " off");
	return true;
}

static bool put_value(struct dump *d, const struct keyword *k, const void *object)
{
	const char *at = conf_place(k, object);

	if (!at)
		return false;
	switch (k->type) {
	case T_FLAG:
	case T_SET:
	case T_BIT:
	case T_BOOL:
		return put_plain(d, k, at);
	case T_TEXT:
	case T_OPTTEXT:
	case T_IFACE:
	case T_SCRIPT:
	case T_COMMAND:
		return put_text(d, k, at);
	case T_ADDR:
	case T_PREFIX:
		if (!addr_is_set((const struct addr *)(const void *)at))
			return false;
		begin(d, k->name);
		put_addr(d, (const struct addr *)(const void *)at);
		if (k->type == T_PREFIX)
			put(d, "/%u", (uint8_t)at[k->arg]);
		return true;
	case T_ENUM:
	case T_NAME:
		return put_named(d, k, at);
	case T_SPAN:
		return put_span(d, k, at);
	case T_WEIGHT:
		return put_weight(d, k, at);
	case T_OPTIONS:
		if (!(k->flags & K_HAS))
			return put_options(d, conf_block(k), at, k->name);
		if (*at != 1 && *at != 2)
			return false;
		begin(d, k->name);
		put_options(d, conf_block(k), at, NULL);
		return true;
	default:
		return put_number(d, k, at);
	}
}

/* Lines */

static void put_vip(struct dump *d, const struct vip_conf *vip)
{
	char text[ADDR_TEXT_MAX];

	put(d, "%s", addr_text(&vip->addr, text));
	if (!addr_is_set(&vip->peer))
		put(d, "/%u", vip->prefix);
}

static void put_destination(struct dump *d, const struct route_conf *r)
{
	const char *type = conf_name_of(NAMES_ROUTE_TYPE, r->type);
	char text[ADDR_TEXT_MAX];

	if (r->type != RTN_UNICAST && type)
		put(d, "%s ", type);
	put(d, "%s/%u", addr_text(&r->dst, text), r->dst_prefix);
}

static void put_range(struct dump *d, const struct vs_entry_conf *e)
{
	char first[ADDR_TEXT_MAX], last[ADDR_TEXT_MAX];

	if (!addr_is_set(&e->first)) {
		put(d, "fwmark %u%s", (unsigned)e->fwmark, e->family ? e->family == AF_INET ? " inet" : " inet6" : "");
		return;
	}
	put(d, "%s", addr_text(&e->first, first));
	if (!addr_equal(&e->first, &e->last))
		put(d, "-%s", addr_text(&e->last, last));
	put(d, " %u", e->port);
}

static void put_line(struct dump *d, const struct block *b, const void *item)
{
	const struct peer_conf *peer = item;
	char text[ADDR_TEXT_MAX];

	switch (b->kind) {
	case L_VIPS:
	case L_EVIPS:
	case L_STATIC_ADDRS:
		put_vip(d, item);
		break;
	case L_ROUTES:
	case L_STATIC_ROUTES:
		put_destination(d, item);
		break;
	case L_PEERS:
		put(d, "%s", addr_text(&peer->addr, text));
		if (peer->min_ttl == 0 && peer->max_ttl == 255)
			return;
		break;
	case L_RULES:
	case L_STATIC_RULES:
		put(d, "%s", conf_name_of(NAMES_FAMILY, ((const struct rule_conf *)item)->family));
		break;
	default: /* a name after the node */
		put_word(d, ((const struct conf_name *)item)->name);
	}
	put_options(d, b, item, NULL);
}

void conf_dump_line(const char *list, const void *item, struct out *out)
{
	struct dump d = { .out = out };
	struct keyword k;
	void *none = &d;

	conf_find(conf_root(), "vrrp_instance", &k, &none);
	conf_find(conf_block(&k), list, &k, &none);
	put_line(&d, conf_block(&k), item);
}

/* Blocks */

static void put_head(struct dump *d, const struct keyword *k, const struct block *b, const void *object)
{
	indent(d);
	put(d, "%-s", k->name);
	if (b->name_off)
		put_word(d, *(const char *const *)(const void *)((const char *)object + b->name_off));
	else if (conf_head(k))
		put_options(d, conf_head(k), object, NULL);
	put(d, " {\n");
	d->depth++;
}

static void put_tail(struct dump *d)
{
	d->depth--;
	indent(d);
	put(d, "}\n");
}

static void put_lines(struct dump *d, const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	if (!list->first)
		return;
	put_head(d, k, b, NULL);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		indent(d);
		put_line(d, b, n);
		put(d, "\n");
	}
	put_tail(d);
}

/* What does not run is no part of what is in effect. */
static bool in_effect(const struct block *b, const void *object)
{
	const struct vrrp_conf *v = object;
	const struct virtual_server_conf *vs = object;
	const struct check_conf *c = object;

	if (b->kind == B_INSTANCE)
		return !v->broken;
	if (HAVE_LVS && b->kind == B_VIRTUAL_SERVER)
		return !vs->broken;
	if (HAVE_LVS && b->kind >= B_CHECK && b->kind < B_LINES)
		return b->kind == B_CHECK + (int)c->kind;
	return true;
}

static void put_list(struct dump *d, const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	for (const struct conf_node *n = list->first; n; n = n->next) {
		if (!in_effect(b, n))
			continue;
		put_head(d, k, b, n);
		if (b->kind == B_INSTANCE) {
			const struct vrrp_conf *v = (const struct vrrp_conf *)(const void *)n;
			struct vrrp_whole whole = { *v, *v->common };

			put_keys_of(d, b, &whole, b);
		} else {
			put_keys_of(d, b, n, b);
		}
		if (HAVE_LVS && b->kind == L_VS_ENTRIES)
			CONF_EACH(struct vs_entry_conf, e, &((const struct vs_group_conf *)(const void *)n)->entries) {
				indent(d);
				put_range(d, e);
				put(d, "\n");
			}
		put_tail(d);
	}
}

/* A block that is no list: shown when it says something. */
static void put_single(struct dump *d, const struct keyword *k, const struct block *b, const void *object)
{
	const struct vrrp_conf *v = object;
	const struct global_conf *g = object;

	if (!object || (text_is(k->name, "authentication") && !v->auth_type))
		return;
	if (HAVE_LVS && text_is(k->name, "SSL") && !g->ssl_ca)
		return;
	put_head(d, k, b, object);
	put_keys_of(d, b, object, b);
	put_tail(d);
}

static void put_block(struct dump *d, const struct keyword *k, const char *at)
{
	const struct block *b = conf_block(k);
	const struct conf_list *list = (const struct conf_list *)(const void *)at;

	if (b->kind >= B_LINES && !b->name_off)
		put_lines(d, k, b, list);
	else if (b->kind == B_HMAC)
		put_single(d, k, b, *(const struct hmac_conf *const *)(const void *)at);
	else if (!b->size)
		put_single(d, k, b, at);
	else
		put_list(d, k, b, list);
}

/* What follows nexthop, each time. */
static void put_items(struct dump *d, const struct keyword *k, const struct conf_list *list)
{
	for (const struct conf_node *n = list->first; n; n = n->next) {
		put(d, " %-s", k->name);
		put_options(d, conf_block(k), n, NULL);
	}
}

static void put_keys_of(struct dump *d, const struct block *b, const void *object, const struct block *outer)
{
	struct keyword key, *k = &key;

	for (const uint8_t *p = conf_keys(b); conf_next(&p, k);) {
		const char *at = (const char *)object + k->off;

		if (k->flags & K_ALIAS || k->type >= T_IGNORED || (b->kind == B_INSTANCE && wrong_cast(k, object)))
			continue;
		if (k->type == T_TABLE)
			put_keys_of(d, conf_block(k), at, outer);
		else if (k->type == T_BLOCK && d->in_line)
			put_items(d, k, (const struct conf_list *)(const void *)at);
		else if (k->type == T_BLOCK)
			put_block(d, k, at);
		else if (k->type == T_CUSTOM ? put_custom(d, k, object, outer) : put_value(d, k, object))
			end(d);
	}
}

void conf_dump(const struct config *c, struct out *out, bool show_secrets)
{
	struct dump d = { .out = out, .show_secrets = show_secrets };

	put_keys_of(&d, conf_root(), c, conf_root());
}
