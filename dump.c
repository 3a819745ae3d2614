/* SPDX-License-Identifier: MIT */
/*
 * The configuration as text again, by the tables of keywords.c.
 */
#include "conf_table.h"
#include "emit.h"
#include "text.h"

#include <linux/rtnetlink.h>
#include <string.h>

/* Of the dump under way. */
static bool show_secrets;

static void put_char(char c)
{
	emit("%c", c);
}

/* A blank and the word, in quotes where the lexer would take it apart. */
static void put_word(const char *word)
{
	bool quote = !*word || strchr("@~$", *word) || strpbrk(word, " \t\n\v\f\r{}#!");

	emit(quote ? " \"" : " ");
	for (; *word; word++)
		emit(*word == '"' ? "\\%c" : "%c", *word);
	if (quote)
		emit("\"");
}

/* A command keeps its escapes; a quote within it is put into quotes of the other kind. */
static void put_command(const char *text)
{
	char open = '"';

	emit(" \"");
	for (const char *p = text; *p; p++) {
		if (*p == open) {
			put_char(open);
			open = open == '"' ? '\'' : '"';
			put_char(open);
		}
		put_char(*p);
		if (*p == '\\' && p[1])
			put_char(*++p);
	}
	put_char(open);
}

static void put_net(const char *before, const struct addr *a, unsigned prefix)
{
	emit("%s%p/%u", before, a, prefix);
}

static void put_keys_of(const struct block *b, const void *object);

static void put_options(const struct block *b, const void *object)
{
	bool in_line = emit_in_line(true);

	put_keys_of(b, object);
	emit_in_line(in_line);
}

static void put_user(const char *user)
{
	/* It stands in a command's line, where both quotes count. */
	if (user)
		(strpbrk(user, "'\"\\") ? put_command : put_word)(user);
}

static void put_script(const struct conf_script *script)
{
	put_command(script->text);
	put_user(script->user);
	if (script->user)
		put_user(script->group);
}

static void put_text(const struct keyword *k, const char *text)
{
	if (!text)
		return;
	emit_show();
	if (k->type == T_SCRIPT)
		put_script((const struct conf_script *)(const void *)text);
	else if (k->type == T_COMMAND)
		put_command(text); /* the struct's first member */
	else if (k->flags & K_SECRET && !show_secrets)
		emit(" ********");
	else if (*text || k->type != T_OPTTEXT)
		put_word(text);
}

/* Customs */

/* before: a blank, or what else tells that digits follow. */
static void put_hex(char before, const uint8_t *bytes, const uint8_t *mask, unsigned len)
{
	for (unsigned i = 0; i < 2 * len; i++) {
		int shift = i % 2 ? 0 : 4;

		if (!i)
			put_char(before);
		emit(mask && !(mask[i / 2] >> shift & 15) ? "x" : "%x", bytes[i / 2] >> shift & 15);
	}
}

static void put_hmac_keys(const struct keyword *k, const struct hmac_conf *h)
{
	CONF_EACH(struct hmac_key_conf, key, &h->keys) {
		emit(" %u ", key->id);
		if (key->file)
			emit("\"file:%s\"", key->file);
		else
			emit(show_secrets ? "hex" : "********************************");
		if (show_secrets)
			put_hex(':', key->key, NULL, key->len);
		if (key->node.next) {
			emit("\n");
			emit_indent();
			emit("%-s", k->name);
		}
	}
}

static void put_vmac_word(const struct vrrp_conf *v, bool ipvlan)
{
	for (unsigned i = 0; i < 6 && !ipvlan && v->vmac_has_mac; i++)
		put_hex(i ? ':' : ' ', &v->vmac_mac[i], NULL, 1);
	if (ipvlan && addr_is_set(&v->common->ipvlan_addr))
		put_net(" ", &v->common->ipvlan_addr, v->ipvlan_prefix);
}

_Static_assert(offsetof(struct rule_conf, table) == offsetof(struct route_conf, table)
	&& offsetof(struct rule_conf, table_name) == offsetof(struct route_conf, table_name), "they begin alike");

/* r: a route, or a rule. */
static void put_table(const struct route_conf *r, uint8_t usual)
{
	if (r->table_name)
		put_word(r->table_name);
	else if (r->table != usual)
		emit(" %u", (unsigned)r->table);
}

static void put_custom(const struct keyword *k, const void *object)
{
	const uint32_t *at = (const void *)((const char *)object + k->off);
	const struct global_conf *g = object;
	const struct vrrp_conf *v = object;
	const struct track_process_conf *p = object;
	const struct vip_conf *vip = object;
	const struct rule_conf *rule = object;
	const struct route_conf *r = object;

	switch (k->arg) {
	case C_IPTABLES:
		if (g->bare_iptables)
			emit_show();
		break;
	case C_UMASK:
		if (g->umask >= 0)
			emit(" 0%o", (unsigned)g->umask);
		break;
	case C_NATIVE_IPV6:
		if (v->family == AF_INET6 && v->version == 3)
			emit_show();
		break;
	case C_VERSION:
		emit(" %u", v->version);
		break;
	case C_VMAC_WORD:
		put_vmac_word((const void *)((const char *)object
			- (k->range ? offsetof(struct vrrp_conf, use_ipvlan) : offsetof(struct vrrp_conf, use_vmac))), k->range);
		break;
	case C_AUTH_PASS:
		if (v->auth_type)
			put_text(k, (const char *)v->auth_data);
		break;
	case C_HMAC_KEY:
		put_hmac_keys(k, object);
		break;
	case C_PROCESS:
		put_word(p->process);
		for (const char *word = p->params; word && word < p->params + p->params_len; word = text_nth(word, 1))
			put_word(word);
		break;
	case C_PREFERRED:
		if (vip->has_preferred_lft)
			emit(vip->preferred_lft_s == UINT32_MAX ? " forever" : " %u", (unsigned)vip->preferred_lft_s);
		break;
	case C_TABLE:
		put_table(r, k->range);
		break;
	case C_METRIC:
		if (r->metrics_set >> k->range & 1)
			emit("%s %u", r->metrics_locked >> k->range & 1 ? " lock" : "", (unsigned)r->metrics[k->range]);
		break;
	case C_REALMS:
		if (*at)
			emit(" %u/%u", (unsigned)*at >> 16, (unsigned)*at & 65535);
		break;
	case C_FWMARK:
		if (rule->has_fwmark)
			emit(rule->has_fwmask ? " 0x%x/0x%x" : " 0x%x", (unsigned)rule->fwmark, (unsigned)rule->fwmask);
		break;
	}
}

/* Those of virtual servers and checkers. */
static void put_lvs_custom(const struct keyword *k, const void *object)
{
	const struct virtual_server_conf *vs = object;
	const struct check_conf *c = object;
	const struct url_conf *u = object;
	struct addr mask;

	switch (k->arg) {
	case C_GRANULARITY:
		mask = addr_from_bytes(AF_INET, &vs->persistence_mask);
		if (!vs->persistence_s || vs->persistence_mask == (vs->family == AF_INET6 ? 128 : UINT32_MAX))
			break;
		if (vs->family == AF_INET6)
			emit(" %u", (unsigned)vs->persistence_mask);
		else
			emit(" %p", &mask);
		break;
	case C_STATUS:
		emit_show();
		for (unsigned i = 0; i < u->status_count; i++)
			emit(" %u-%u", u->status[i].first, u->status[i].last);
		break;
	case C_DIGEST:
		if (u->has_digest)
			put_hex(' ', u->digest, NULL, sizeof(u->digest));
		break;
	case C_PAYLOAD:
		if (c->u.udp.payload)
			put_hex(' ', c->u.udp.payload, NULL, c->u.udp.payload_len);
		break;
	default: /* C_REPLY */
		if (!c->u.udp.require_reply)
			break;
		emit_show();
		put_hex(' ', c->u.udp.reply, c->u.udp.reply_mask, c->u.udp.reply_len);
	}
}

/* Typed values */

static void put_number(const struct keyword *k, const char *at)
{
	bool has = k->arg && !(k->flags & (K_OPT | K_RESET)), always = k->flags & K_ALWAYS || (has && at[k->arg]);
	bool seconds = k->type == T_WHOLE || k->type == T_SECS || k->type == T_SECS32;
	uint64_t n;

	if (k->type == T_U8)
		n = *(const uint8_t *)at;
	else if (k->type == T_U16)
		n = *(const uint16_t *)(const void *)at;
	else if (k->type == T_WHOLE || k->type == T_SECS)
		n = *(const uint64_t *)(const void *)at;
	else /* so that -1 is the same in any width */
		n = (uint64_t)*(const int32_t *)(const void *)at;
	/* Left unset: the default of another level, or none at all. */
	if ((!always && (has || !n)) || (!has && n == UINT64_MAX && conf_limits(k->range)->min >= 0))
		return;
	if (!seconds) {
		emit(k->type == T_INT ? " %d" : " %u", (unsigned)n);
		return;
	}
	emit(" ");
	emit_seconds(n);
}

static void put_weight(const struct keyword *k, const char *at)
{
	const char *reverse = at + k->arg;
	int weight = *(const int *)(const void *)at;

	if (k->flags & K_HAS ? reverse[-1] : weight || *reverse || k->flags & K_ALWAYS)
		emit(" %d%s", weight, *reverse ? " reverse" : k->flags & K_HAS ? " noreverse" : "");
}

static void put_span(const struct keyword *k, const char *at)
{
	const uint16_t *small = (const uint16_t *)(const void *)at;
	const uint32_t *large = (const uint32_t *)(const void *)at;
	bool wide = conf_limits(k->range)->max > UINT16_MAX;

	if (at[k->arg])
		emit(" %u-%u", wide ? (unsigned)large[0] : small[0], wide ? (unsigned)large[1] : small[1]);
}

static void put_named(const struct keyword *k, uint8_t n, bool always)
{
	const char *word;

	if (!n && !always)
		return;
	if (k->type == T_ENUM) {
		if (n == UINT8_MAX || n < k->range)
			return;
		for (word = conf_arg_text(k); n > k->range; n--)
			word += strcspn(word, " ") + 1;
	} else {
		word = conf_name_of(k->range, n);
	}
	if (word)
		emit(" %.*s", (int)strcspn(word, " "), word);
	else
		emit(" %u", n);
}

/* Words for unicast are no part of an instance that multicasts, and the other way round. */
static bool wrong_cast(const struct keyword *k, const struct vrrp_conf *v)
{
	return k->flags & (K_FAMILY | K_UNICAST) && v->unicast == !(k->flags & K_UNICAST);
}

static void put_value(const struct keyword *k, const void *object)
{
	const char *at = (const char *)object + k->off;
	uint8_t byte = *(const uint8_t *)at;
	bool always = byte || k->flags & K_ALWAYS;

	switch (k->type) {
	case T_FLAG:
	case T_SET:
		if (always && byte == (k->type == T_FLAG ? 1 : k->range))
			emit_show();
		break;
	case T_BIT:
		if (*(const uint32_t *)(const void *)at >> k->range & 1)
			emit_show();
		break;
	case T_BOOL:
		if (byte < 2 && always)
			emit(byte ? " on" : " off");
		break;
	case T_TEXT:
	case T_OPTTEXT:
	case T_IFACE:
	case T_SCRIPT:
	case T_COMMAND:
		if (k->type == T_SCRIPT && k->arg && at[k->arg])
			emit_show();
		put_text(k, *(const char *const *)(const void *)at);
		break;
	case T_ADDR:
	case T_PREFIX:
		if (!byte) /* its family */
			break;
		emit(" %p", (const void *)at);
		if (k->type == T_PREFIX)
			emit("/%u", (uint8_t)at[k->arg]);
		break;
	case T_ENUM:
		put_named(k, byte, always);
		break;
	case T_NAME:
		if (!k->arg || at[k->arg])
			put_named(k, byte, k->arg || always);
		break;
	case T_SPAN:
		put_span(k, at);
		break;
	case T_WEIGHT:
		put_weight(k, at);
		break;
	case T_OPTIONS:
		if (k->flags & K_HAS && byte != 1 && byte != 2)
			break;
		if (k->flags & K_HAS)
			emit_show();
		put_options(conf_block(k), at);
		break;
	default:
		put_number(k, at);
	}
}

/* Lines */

static void put_range(const struct vs_entry_conf *e)
{
	if (!addr_is_set(&e->first)) {
		emit("fwmark %u%s", (unsigned)e->fwmark, e->family ? e->family == AF_INET ? " inet" : " inet6" : "");
		return;
	}
	emit("%p", &e->first);
	if (!addr_equal(&e->first, &e->last))
		emit("-%p", &e->last);
	emit(" %u", e->port);
}

static void put_line(const struct block *b, const void *item)
{
	const struct peer_conf *peer = item;
	const struct vip_conf *vip = item;
	const struct route_conf *r = item;
	const char *type;

	switch (b->kind) {
	case L_VIPS:
	case L_EVIPS:
	case L_STATIC_ADDRS:
		if (addr_is_set(&vip->peer))
			emit("%p", &vip->addr);
		else
			put_net("", &vip->addr, vip->prefix);
		break;
	case L_ROUTES:
	case L_STATIC_ROUTES:
		type = r->type == RTN_UNICAST ? NULL : conf_name_of(NAMES_ROUTE_TYPE, r->type);
		if (type)
			emit("%s ", type);
		put_net("", &r->dst, r->dst_prefix);
		break;
	case L_PEERS:
		emit("%p", &peer->addr);
		if (peer->min_ttl == 0 && peer->max_ttl == 255)
			return;
		break;
	case L_RULES:
	case L_STATIC_RULES:
		emit_text(conf_name_of(NAMES_FAMILY, ((const struct rule_conf *)item)->family));
		break;
	default: /* a name after the node */
		put_word(((const struct conf_name *)item)->name);
	}
	put_options(b, item);
}

void conf_dump_line(bool rule, const void *item)
{
	put_line(conf_lines(rule ? L_RULES : L_ROUTES), item);
}

/* Blocks */

static void put_head(const struct keyword *k, const struct block *b, const void *object)
{
	emit_show();
	emit_indent();
	emit("%-s", k->name);
	if (b->name_off)
		put_word(*(const char *const *)(const void *)((const char *)object + b->name_off));
	else if (conf_head(k))
		put_options(conf_head(k), object);
	emit_open();
}

static void put_lines(const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	if (!list->first)
		return;
	put_head(k, b, NULL);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		emit_indent();
		put_line(b, n);
		emit("\n");
	}
	emit_close();
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

static void put_list(const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	for (const struct conf_node *n = list->first; n; n = n->next) {
		if (!in_effect(b, n))
			continue;
		put_head(k, b, n);
		if (b->kind == B_INSTANCE) {
			const struct vrrp_conf *v = (const struct vrrp_conf *)(const void *)n;
			struct vrrp_whole whole = { *v, *v->common };

			put_keys_of(b, &whole);
		} else {
			put_keys_of(b, n);
		}
		if (HAVE_LVS && b->kind == L_VS_ENTRIES)
			CONF_EACH(struct vs_entry_conf, e, &((const struct vs_group_conf *)(const void *)n)->entries) {
				emit_indent();
				put_range(e);
				emit("\n");
			}
		emit_close();
	}
}

/* A block that is no list: shown when it says something. */
static void put_single(const struct keyword *k, const struct block *b, const void *object)
{
	struct emit_head h;

	if (!object)
		return;
	emit_begin(&h, k->name, true);
	put_keys_of(b, object);
	emit_end(&h);
}

/* What follows nexthop, each time. */
static void put_items(const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	for (const struct conf_node *n = list->first; n; n = n->next) {
		emit(" %-s", k->name);
		put_options(b, n);
	}
}

static void put_block(const struct keyword *k, const char *at)
{
	const struct block *b = conf_block(k);
	const struct conf_list *list = (const struct conf_list *)(const void *)at;

	if (b->kind >= B_LINES && !b->name_off)
		put_lines(k, b, list);
	else if (b->kind == B_PLAIN && b->size)
		put_items(k, b, list);
	else if (b->kind == B_HMAC)
		put_single(k, b, *(const struct hmac_conf *const *)(const void *)at);
	else if (!b->size)
		put_single(k, b, at);
	else
		put_list(k, b, list);
}

static void put_keys_of(const struct block *b, const void *object)
{
	struct keyword key, *k = &key;
	struct emit_head h;

	for (const uint8_t *p = conf_keys(b); conf_next(&p, k);) {
		const char *at = (const char *)object + k->off;

		if (k->flags & K_ALIAS || k->type >= T_IGNORED || wrong_cast(k, object))
			continue;
		if (k->type == T_TABLE) {
			put_keys_of(conf_block(k), at);
			continue;
		}
		if (k->type == T_BLOCK) {
			put_block(k, at);
			continue;
		}
		emit_begin(&h, k->name, false);
		if (k->type != T_CUSTOM)
			put_value(k, object);
		else if (HAVE_LVS && k->arg >= C_LVS)
			put_lvs_custom(k, object);
		else
			put_custom(k, object);
		emit_end(&h);
	}
}

void conf_dump(const struct config *c, struct out *out, bool secrets)
{
	show_secrets = secrets;
	emit_to(out);
	put_keys_of(conf_root(), c);
}
