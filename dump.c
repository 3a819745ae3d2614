/* SPDX-License-Identifier: MIT */
/*
 * The configuration as text again, and the list of keywords: both walk the tables of keywords.c.
 */
#include "conf_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdarg.h>
#include <string.h>

struct dump {
	FILE *out;
	bool show_secrets;
	int depth;
	bool in_line; /* options of one line, not lines of a block */
};

static void put(struct dump *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct dump *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(d->out, format, args);
	va_end(args);
}

/* A blank and the word, in quotes where the lexer would take it apart. */
static void put_word(struct dump *d, const char *word)
{
	bool quote = !*word || strchr("@~$", *word) || strpbrk(word, " \t\n\v\f\r{}#!");

	put(d, quote ? " \"%s\"" : " %s", word);
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
	unsigned rest = (unsigned)(us % 1000000);
	int places = 6;

	put(d, " %llu", (unsigned long long)(us / 1000000));
	if (!rest)
		return;
	for (; rest % 10 == 0; places--)
		rest /= 10;
	put(d, ".%0*u", places, rest);
}

static void indent(struct dump *d)
{
	for (int i = 0; i < d->depth; i++)
		put(d, "\t");
}

static void begin(struct dump *d, const char *name)
{
	if (d->in_line)
		put(d, " ");
	else
		indent(d);
	put(d, "%s", name);
}

static void end(struct dump *d)
{
	if (!d->in_line)
		put(d, "\n");
}

static void put_options(struct dump *d, enum block_kind kind, const void *object);

/* Customs: true when there is something to say, which then stands after the keyword. */

static void put_fifo(struct dump *d, const struct fifo_conf *f)
{
	put_word(d, f->path);
	if (f->user)
		put_word(d, f->user);
	if (f->user && f->group)
		put_word(d, f->group);
}

static void put_forward(struct dump *d, const struct lvs_forward *f)
{
	static const char types[][5] = { "ipip", "gue", "gre" }, sums[][8] = { "nocsum", "csum", "remcsum" };

	put(d, " %s", f->method == 0 ? "NAT" : f->method == 2 ? "TUN" : "DR");
	if (f->method != 2)
		return;
	put(d, " type %s", types[f->tun_type]);
	if (f->tun_port)
		put(d, " port %u", f->tun_port);
	if (f->tun_flags)
		put(d, " %s", sums[f->tun_flags]);
}

static bool custom_global(struct dump *d, const struct keyword *k, const struct global_conf *g)
{
	const struct fifo_conf *fifo = (const struct fifo_conf *)(const void *)((const char *)g + k->off);
	bool yes = false;

	switch (k->arg) {
	case C_SMTP_SERVER:
		if ((yes = g->smtp_server)) {
			begin(d, k->name);
			put_word(d, g->smtp_server);
			put(d, " %u", g->smtp_port);
		}
		break;
	case C_FIFO:
		if ((yes = fifo->path)) {
			begin(d, k->name);
			put_fifo(d, fifo);
		}
		break;
	case C_DYNAMIC_INTERFACES:
		if ((yes = g->dynamic_interfaces)) {
			begin(d, k->name);
			put(d, g->allow_if_changes ? " allow_if_changes" : "");
		}
		break;
	case C_LVS_TIMEOUTS:
		if ((yes = g->lvs_timeout_tcp_s || g->lvs_timeout_tcpfin_s || g->lvs_timeout_udp_s)) {
			begin(d, k->name);
			put_options(d, L_LVS_TIMEOUTS, g);
		}
		break;
	case C_LVS_SYNC:
		if ((yes = g->lvs_sync.interface)) {
			begin(d, k->name);
			put_word(d, g->lvs_sync.interface);
			put_options(d, L_LVS_SYNC, g);
		}
		break;
	case C_LVS_FLUSH:
		if ((yes = g->lvs_flush_on_stop)) {
			begin(d, k->name);
			put(d, g->lvs_flush_on_stop == LVS_FLUSH_VS ? " VS" : "");
		}
		break;
	case C_IPTABLES:
		if ((yes = g->bare_iptables))
			begin(d, k->name);
		break;
	case C_RX_POLICY:
		if ((yes = g->rx_bufs_policy)) {
			begin(d, k->name);
			if (g->rx_bufs_policy == RX_BUFS_SIZE)
				put(d, " %u", g->rx_buf_size);
			else
				put(d, g->rx_bufs_policy == RX_BUFS_MTU ? " MTU" : " ADVERT");
		}
		break;
	case C_UMASK:
		if ((yes = g->umask >= 0)) {
			begin(d, k->name);
			put(d, " 0%o", (unsigned)g->umask);
		}
		break;
	}
	return yes;
}

static void put_vmac(struct dump *d, const struct vrrp_conf *v, bool ipvlan)
{
	static const char modes[][8] = { "bridge", "private", "vepa" };

	if (v->vmac_name) {
		put(d, " name");
		put_word(d, v->vmac_name);
	}
	if (ipvlan && addr_is_set(&v->ipvlan_addr)) {
		put_addr(d, &v->ipvlan_addr);
		put(d, "/%u", v->ipvlan_prefix);
	}
	if (ipvlan)
		put(d, " %s", modes[v->ipvlan_mode]);
	for (int i = 0; i < 6 && !ipvlan && v->vmac_has_mac; i++)
		put(d, "%c%02x", i ? ':' : ' ', v->vmac_mac[i]);
	if (v->vmac_notify)
		put(d, " netlink_notify_msg");
	if (v->vmac_group) {
		put(d, " group");
		put_word(d, v->vmac_group);
	}
}

static bool custom_instance(struct dump *d, const struct keyword *k, const struct vrrp_conf *v)
{
	char pass[9] = "********";
	bool yes = true;

	switch (k->arg) {
	case C_GARP_EXTRA:
		break;
	case C_NATIVE_IPV6:
		yes = v->family == AF_INET6 && v->version == 3;
		break;
	case C_MCAST_SRC:
	case C_UNICAST_SRC:
		yes = addr_is_set(&v->source) && v->unicast == (k->arg == C_UNICAST_SRC);
		break;
	case C_MCAST_DST:
		yes = addr_is_set(&v->mcast_group) && !v->unicast;
		break;
	case C_UNICAST_FLAG:
		yes = v->unicast && (k->off == offsetof(struct vrrp_conf, check_unicast_src) ? v->check_unicast_src == CONF_YES : v->unicast_fault_no_peer);
		break;
	case C_OLD_CHECKSUM:
		yes = v->unicast && v->old_unicast_checksum;
		break;
	case C_VMAC:
		yes = v->use_vmac;
		break;
	case C_IPVLAN:
		yes = v->use_ipvlan;
		break;
	case C_TIMER_EXPIRED:
		yes = v->timer_expired_backup;
		break;
	}
	if (!yes)
		return false;
	begin(d, k->name);
	switch (k->arg) {
	case C_STATE:
		put(d, v->start_master ? " MASTER" : " BACKUP");
		break;
	case C_PRIORITY:
		put(d, " %u", v->priority);
		break;
	case C_VERSION:
		put(d, " %u", v->version);
		break;
	case C_MCAST_SRC:
	case C_UNICAST_SRC:
		put_addr(d, &v->source);
		break;
	case C_MCAST_DST:
		put_addr(d, &v->mcast_group);
		break;
	case C_VMAC:
	case C_IPVLAN:
		put_vmac(d, v, k->arg == C_IPVLAN);
		break;
	case C_TIMER_EXPIRED:
		put(d, " %u", v->timer_expired_backup);
		break;
	case C_AUTH_PASS:
		if (d->show_secrets)
			memcpy(pass, v->auth_data, 8);
		put_word(d, pass);
		break;
	}
	return true;
}

static bool put_garp_extra(struct dump *d, const struct keyword *k, bool all, uint64_t us)
{
	if (!us && !(k->flags & K_ALWAYS))
		return false;
	begin(d, k->name);
	put(d, all ? " all" : "");
	put_seconds(d, us);
	return true;
}

static bool put_keys(struct dump *d, const struct keyword *k, const struct hmac_conf *h)
{
	CONF_EACH(struct hmac_key_conf, key, &h->keys) {
		begin(d, k->name);
		put(d, " %u ", key->id);
		if (key->file)
			put(d, "\"file:%s\"", key->file);
		else if (!d->show_secrets)
			put(d, "********************************");
		else
			put(d, "hex:");
		for (unsigned i = 0; i < key->len && d->show_secrets; i++)
			put(d, "%02x", key->key[i]);
		end(d);
	}
	return false;
}

static void put_user(struct dump *d, const char *user, const char *group)
{
	if (user)
		put_word(d, user);
	if (user && group)
		put_word(d, group);
}

static bool custom_tracked(struct dump *d, const struct keyword *k, const void *object)
{
	const struct conf_script *script = (const struct conf_script *)(const void *)((const char *)object + k->off);
	const struct track_process_conf *p = object;
	const struct track_file_conf *f = object;
	const struct notify_conf *n = object;

	switch (k->arg) {
	case C_NOTIFY_DELETED:
		if (!n->deleted_state)
			return false;
		begin(d, k->name);
		if (n->deleted) {
			put_command(d, n->deleted->text);
			put_user(d, n->deleted->user, n->deleted->group);
		}
		return true;
	case C_COMMAND:
		begin(d, k->name);
		put_command(d, script->text);
		return true;
	case C_PROCESS:
		begin(d, k->name);
		put_word(d, p->process);
		for (const char *word = p->params; word && word < p->params + p->params_len; word += strlen(word) + 1)
			put_word(d, word);
		return true;
	case C_PARAM_MATCH:
		if (p->param_match == PARAM_NONE || (p->param_match == PARAM_EXACT && p->params))
			return false;
		begin(d, k->name);
		put(d, p->param_match == PARAM_EXACT ? "" : p->param_match == PARAM_INITIAL ? " initial" : " partial");
		return true;
	default: /* C_INIT_FILE */
		if (!f->init_create)
			return false;
		begin(d, k->name);
		put(d, " %d%s", f->init_value, f->init_overwrite ? " overwrite" : "");
		return true;
	}
}

static void put_sorry(struct dump *d, const struct keyword *k, const struct real_server_conf *rs)
{
	begin(d, k->name);
	put_addr(d, &rs->addr);
	put(d, " %u\n", rs->port);
	if (rs->inhibit) {
		begin(d, "sorry_server_inhibit");
		end(d);
	}
	begin(d, "sorry_server_lvs_method");
	put_forward(d, &rs->forward);
}

static bool put_granularity(struct dump *d, const struct keyword *k, const struct virtual_server_conf *vs)
{
	char text[INET_ADDRSTRLEN];

	if (!vs->persistence_s || vs->persistence_mask == (vs->family == AF_INET6 ? 128 : UINT32_MAX))
		return false;
	begin(d, k->name);
	if (vs->family == AF_INET6)
		put(d, " %u", (unsigned)vs->persistence_mask);
	else
		put(d, " %s", inet_ntop(AF_INET, &vs->persistence_mask, text, sizeof(text)));
	return true;
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

static void put_status(struct dump *d, const struct url_conf *u)
{
	for (unsigned i = 0; i < u->status_count; i++)
		put(d, u->status[i].first == u->status[i].last ? " %u" : " %u-%u", u->status[i].first, u->status[i].last);
}

static bool custom_check(struct dump *d, const struct keyword *k, const void *object)
{
	const struct virtual_server_conf *vs = object;
	const struct check_conf *c = object;
	const struct url_conf *u = object;
	const struct lvs_forward *f = (const struct lvs_forward *)(const void *)((const char *)object + k->off);

	if (k->arg == C_GRANULARITY)
		return put_granularity(d, k, vs);
	if ((k->arg == C_SCHEDULER && !vs->scheduler) || (k->arg == C_FORWARD && !f->set) || (k->arg == C_SORRY && !vs->sorry)
	    || (k->arg == C_PERSISTENCE && !vs->persistence_s) || (k->arg == C_DIGEST && !u->has_digest)
	    || (k->arg == C_PAYLOAD && !c->u.udp.payload) || (k->arg == C_REPLY && !c->u.udp.require_reply)
	    || (k->arg == C_MISC_USER && !c->u.misc.script->user))
		return false;
	if (k->arg == C_SORRY) {
		put_sorry(d, k, vs->sorry);
		return true;
	}
	begin(d, k->name);
	switch (k->arg) {
	case C_SCHEDULER:
		put(d, " %s", vs->scheduler);
		break;
	case C_FORWARD:
		put_forward(d, f);
		break;
	case C_PERSISTENCE:
		put(d, " %u", (unsigned)vs->persistence_s);
		break;
	case C_STATUS:
		put_status(d, u);
		break;
	case C_DIGEST:
		put_hex(d, u->digest, NULL, sizeof(u->digest));
		break;
	case C_MISC_PATH:
		put_command(d, c->u.misc.script->text);
		break;
	case C_MISC_USER:
		put_user(d, c->u.misc.script->user, c->u.misc.script->group);
		break;
	case C_PAYLOAD:
		put_hex(d, c->u.udp.payload, NULL, c->u.udp.payload_len);
		break;
	case C_REPLY:
		put_hex(d, c->u.udp.reply, c->u.udp.reply_mask, c->u.udp.reply_len);
		break;
	}
	return true;
}

static bool custom_word(struct dump *d, const struct keyword *k, const void *object, bool rule)
{
	const struct vip_conf *vip = object;
	const struct route_conf *r = object;
	const struct rule_conf *ru = object;
	const void *at = (const char *)object + k->off;
	const char *table_name = rule ? ru->table_name : r->table_name;
	uint32_t n = 0;

	if (k->arg == C_TABLE || k->arg == C_REALMS)
		memcpy(&n, at, sizeof(n));
	if ((k->arg == C_BROADCAST && !vip->broadcast_auto && !vip->broadcast_none && !addr_is_set(&vip->broadcast))
	    || (k->arg == C_PREFERRED && !vip->has_preferred_lft) || (k->arg == C_VIA && !addr_is_set(at)) || (k->arg == C_REALMS && !n)
	    || (k->arg == C_TABLE && !table_name && (rule ? !n : n == RT_TABLE_MAIN)) || (k->arg == C_METRIC && !(r->metrics_set >> k->range & 1))
	    || (k->arg == C_FEATURES && !(r->metrics_set >> RTAX_FEATURES & 1)) || (k->arg == C_CONGCTL && !r->congctl)
	    || (k->arg == C_FWMARK && !ru->has_fwmark) || (k->arg == C_TUNNEL_ID && !ru->tunnel_id))
		return false;
	begin(d, k->name);
	switch (k->arg) {
	case C_BROADCAST:
		if (addr_is_set(&vip->broadcast))
			put_addr(d, &vip->broadcast);
		else
			put(d, vip->broadcast_auto ? " +" : " -");
		break;
	case C_PREFERRED:
		if (vip->preferred_lft_s == UINT32_MAX)
			put(d, " forever");
		else
			put(d, " %u", (unsigned)vip->preferred_lft_s);
		break;
	case C_VIA:
		put_addr(d, at);
		break;
	case C_TABLE:
		if (table_name)
			put_word(d, table_name);
		else
			put(d, " %u", (unsigned)n);
		break;
	case C_METRIC:
		put(d, "%s %u", r->metrics_locked >> k->range & 1 ? " lock" : "", (unsigned)r->metrics[k->range]);
		break;
	case C_REALMS:
		if (n >> 16)
			put(d, " %u/%u", (unsigned)n >> 16, (unsigned)n & 65535);
		else
			put(d, " %u", (unsigned)n);
		break;
	case C_FEATURES:
		put(d, " ecn");
		break;
	case C_CONGCTL:
		put(d, r->metrics_locked >> RTAX_CC_ALGO & 1 ? " lock" : "");
		put_word(d, r->congctl);
		break;
	case C_FWMARK:
		put(d, " 0x%x", (unsigned)ru->fwmark);
		if (ru->has_fwmask)
			put(d, "/0x%x", (unsigned)ru->fwmask);
		break;
	default: /* C_TUNNEL_ID */
		put(d, " %llu", (unsigned long long)ru->tunnel_id);
	}
	return true;
}

static bool put_custom(struct dump *d, const struct keyword *k, const void *object, const struct block *b)
{
	const struct global_conf *g = object;
	const struct vrrp_conf *v = object;

	if (k->arg == C_GARP_EXTRA)
		return b->kind == B_INSTANCE ? put_garp_extra(d, k, v->garp_extra_all, v->garp_extra_interval_us)
			: put_garp_extra(d, k, g->garp_extra_all, g->garp_extra_interval_us);
	if (k->arg == C_HMAC_KEY)
		return put_keys(d, k, object);
	if (k->arg <= C_LEXERS)
		return custom_global(d, k, object);
	if (k->arg >= C_BROADCAST)
		return custom_word(d, k, object, b == conf_line_keys(L_RULES));
	if (k->arg >= C_SCHEDULER)
		return custom_check(d, k, object);
	if (k->arg == C_NOTIFY_DELETED || (k->arg >= C_COMMAND && k->arg <= C_INIT_FILE))
		return custom_tracked(d, k, object);
	return custom_instance(d, k, object);
}

/* Typed values */

static bool put_number(struct dump *d, const struct keyword *k, const char *at)
{
	bool always = k->flags & K_ALWAYS || (k->arg && at[k->arg - k->off]);
	uint32_t u = 0, max;
	uint64_t us = 0;
	int32_t min;

	conf_ranges(k, &max, &min);
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
	if ((k->arg && !always) || (!u && !us && !always))
		return false;
	/* Left unset: the default of another level, or none at all. */
	if (us == UINT64_MAX || (!k->arg && u == UINT32_MAX && min >= 0))
		return false;
	begin(d, k->name);
	if (k->type == T_WHOLE || k->type == T_SECS || k->type == T_SECS32)
		put_seconds(d, us);
	else if (k->type == T_INT)
		put(d, " %d", (int)u);
	else
		put(d, " %u", (unsigned)u);
	return true;
}

static bool put_weight(struct dump *d, const struct keyword *k, const char *at)
{
	const char *reverse = at + (k->arg - k->off);
	int weight = *(const int *)(const void *)at;

	if (k->flags & K_HAS ? !reverse[-1] : !weight && !*reverse && !(k->flags & K_ALWAYS))
		return false;
	begin(d, k->name);
	put(d, " %d", weight);
	if (*reverse || k->flags & K_HAS)
		put(d, *reverse ? " reverse" : " noreverse");
	return true;
}

static bool put_span(struct dump *d, const struct keyword *k, const char *at)
{
	const uint16_t *small = (const uint16_t *)(const void *)at;
	const uint32_t *large = (const uint32_t *)(const void *)at;

	if (!at[k->arg - k->off])
		return false;
	begin(d, k->name);
	if (k->type == T_SPAN16)
		put(d, " %u-%u", small[0], small[1]);
	else
		put(d, " %u-%u", (unsigned)large[0], (unsigned)large[1]);
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
			word += strlen(word) + 1;
		begin(d, k->name);
		put(d, " %s", word);
		return true;
	}
	if (k->arg ? !at[k->arg - k->off] : !n && !(k->flags & K_ALWAYS))
		return false;
	begin(d, k->name);
	word = conf_name_of(k->range, n);
	if (word)
		put(d, " %s", word);
	else
		put(d, " %u", n);
	return true;
}

static bool put_text(struct dump *d, const struct keyword *k, const char *at)
{
	const char *const *text = (const char *const *)(const void *)at;
	const struct conf_script *script = *(const struct conf_script *const *)(const void *)at;

	if (!*text)
		return false;
	begin(d, k->name);
	if (k->type == T_SCRIPT) {
		put_command(d, script->text);
		put_user(d, script->user, script->group);
	} else if (k->type == T_USER) {
		put_user(d, text[0], text[1]);
	} else if (k->flags & K_SECRET && !d->show_secrets) {
		put(d, " ********");
	} else if (**text || k->type != T_OPTTEXT) {
		put_word(d, *text);
	}
	return true;
}

static bool put_value(struct dump *d, const struct keyword *k, const char *at)
{
	uint8_t byte = *(const uint8_t *)at;
	bool yes;

	switch (k->type) {
	case T_FLAG:
	case T_CLEAR:
	case T_SET:
	case T_BIT:
		yes = k->type == T_FLAG ? byte == 1 : k->type == T_CLEAR ? byte == 0 : k->type == T_SET ? byte && byte == k->range
			: *(const uint32_t *)(const void *)at >> k->range & 1;
		if (yes)
			begin(d, k->name);
		return yes;
	case T_BOOL:
		if (byte > 1 || (!byte && !(k->flags & K_ALWAYS)))
			return false;
		begin(d, k->name);
		put(d, byte ? " on" : " off");
		return true;
	case T_TEXT:
	case T_OPTTEXT:
	case T_IFACE:
	case T_SCRIPT:
	case T_USER:
		return put_text(d, k, at);
	case T_ADDR:
	case T_PREFIX:
		if (!addr_is_set((const struct addr *)(const void *)at))
			return false;
		begin(d, k->name);
		put_addr(d, (const struct addr *)(const void *)at);
		if (k->type == T_PREFIX)
			put(d, "/%u", (uint8_t)at[k->arg - k->off]);
		return true;
	case T_ENUM:
	case T_NAME:
		return put_named(d, k, at);
	case T_SPAN16:
	case T_SPAN32:
		return put_span(d, k, at);
	case T_WEIGHT:
		return put_weight(d, k, at);
	default:
		return put_number(d, k, at);
	}
}

/* Lines */

static void put_options(struct dump *d, enum block_kind kind, const void *object)
{
	const struct block *b = conf_line_keys(kind);
	bool was = d->in_line;

	d->in_line = true;
	for (unsigned i = 0; b && i < b->count; i++) {
		const struct keyword *k = &b->keys[i];

		if (k->flags & K_ALIAS || k->type >= T_IGNORED)
			continue;
		if (k->type == T_CUSTOM)
			put_custom(d, k, object, b);
		else
			put_value(d, k, (const char *)object + k->off);
	}
	d->in_line = was;
}

static void put_vip(struct dump *d, const struct vip_conf *vip)
{
	char text[ADDR_TEXT_MAX];

	put(d, "%s", addr_text(&vip->addr, text));
	if (!addr_is_set(&vip->peer))
		put(d, "/%u", vip->prefix);
}

static void put_route(struct dump *d, const struct route_conf *r)
{
	const char *type = conf_name_of(NAMES_ROUTE_TYPE, r->type);
	char text[ADDR_TEXT_MAX];

	if (r->type != RTN_UNICAST && type)
		put(d, "%s ", type);
	put(d, "%s/%u", addr_text(&r->dst, text), r->dst_prefix);
	put_options(d, L_ROUTES, r);
	CONF_EACH(struct nexthop_conf, hop, &r->nexthops) {
		put(d, " nexthop");
		put_options(d, L_NEXTHOPS, hop);
	}
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

static void put_line(struct dump *d, enum block_kind kind, const void *item)
{
	static const char methods[][9] = { "", " MII", " ETHTOOL", " IOCTL" };
	const struct interface_delay_conf *delay = item;
	const struct linkbeat_conf *linkbeat = item;
	const struct peer_conf *peer = item;
	char text[ADDR_TEXT_MAX];

	switch (kind) {
	case L_VIPS:
	case L_EVIPS:
	case L_STATIC_ADDRS:
		put_vip(d, item);
		break;
	case L_ROUTES:
	case L_STATIC_ROUTES:
		put_route(d, item);
		return;
	case L_PEERS:
		put(d, "%s", addr_text(&peer->addr, text));
		if (peer->min_ttl == 0 && peer->max_ttl == 255)
			return;
		break;
	case L_TRACK_INTERFACES:
	case L_TRACK_SCRIPTS:
	case L_TRACK_PROCESSES:
	case L_TRACK_FILES:
		put_word(d, ((const struct track_conf *)item)->name);
		break;
	case L_VS_ENTRIES:
		put_range(d, item);
		break;
	case L_DELAYS:
		put(d, "%s", delay->interface);
		put_seconds(d, delay->down_us);
		put_seconds(d, delay->up_us);
		break;
	case L_LINKBEAT:
		put(d, "%s%s", linkbeat->interface, methods[linkbeat->method]);
		break;
	case L_RULES:
	case L_STATIC_RULES:
		break;
	default:
		put_word(d, ((const struct conf_name *)item)->name);
	}
	put_options(d, kind, item);
}

/* Blocks */

static void put_keys_of(struct dump *d, const struct block *b, const void *object, const struct block *outer);

static void put_head(struct dump *d, const struct keyword *k, const struct block *b, const void *object)
{
	const struct virtual_server_conf *vs = object;
	const struct real_server_conf *rs = object;

	indent(d);
	put(d, "%s", k->name);
	if (b->name_off) {
		put_word(d, *(const char *const *)(const void *)((const char *)object + b->name_off));
	} else if (b->kind == B_VIRTUAL_SERVER && vs->group_name) {
		put(d, " group");
		put_word(d, vs->group_name);
	} else if (b->kind == B_VIRTUAL_SERVER && !addr_is_set(&vs->addr)) {
		put(d, " fwmark %u", (unsigned)vs->fwmark);
	} else if (b->kind == B_VIRTUAL_SERVER) {
		put_addr(d, &vs->addr);
		put(d, " %u", vs->port);
	} else if (b->kind == B_REAL_SERVER) {
		put_addr(d, &rs->addr);
		put(d, " %u", rs->port);
	}
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
	put_head(d, k, &(struct block) { .kind = b->kind }, NULL);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		indent(d);
		put_line(d, b->kind, n);
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
	if (b->kind == B_VIRTUAL_SERVER)
		return !vs->broken;
	if (b->kind >= B_CHECK && b->kind < B_LINES)
		return b->kind == B_CHECK + (int)c->kind;
	return true;
}

static void put_list(struct dump *d, const struct keyword *k, const struct block *b, const struct conf_list *list)
{
	for (const struct conf_node *n = list->first; n; n = n->next) {
		if (!in_effect(b, n))
			continue;
		put_head(d, k, b, n);
		put_keys_of(d, b, n, b);
		if (b->kind == L_VS_ENTRIES)
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

	if (!object || (k->name[0] == 'a' && b->kind == B_PLAIN && !v->auth_type))
		return;
	if (k->name[0] == 'S' && !g->ssl.ca && !g->ssl.certificate && !g->ssl.key && !g->ssl.password)
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

static void put_keys_of(struct dump *d, const struct block *b, const void *object, const struct block *outer)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct keyword *k = &b->keys[i];
		const char *at = (const char *)object + k->off;

		if (k->flags & K_ALIAS || k->type >= T_IGNORED)
			continue;
		if (k->type == T_TABLE)
			put_keys_of(d, conf_block(k), at, outer);
		else if (k->type == T_BLOCK)
			put_block(d, k, at);
		else if (k->type == T_CUSTOM ? put_custom(d, k, object, outer) : put_value(d, k, at))
			end(d);
	}
}

int conf_dump(const struct config *c, FILE *out, bool show_secrets)
{
	struct dump d = { .out = out, .show_secrets = show_secrets };

	put_keys_of(&d, conf_root(), c, conf_root());
	return fflush(out) || ferror(out) ? -EIO : 0;
}

/* Keywords and verdicts */

#define SEEN_MAX 64
struct listing {
	FILE *out;
	const struct keyword *seen[SEEN_MAX]; /* tables that several blocks share are shown once */
	unsigned seen_count;
};

static bool first_time(struct listing *l, const struct block *b)
{
	for (unsigned i = 0; i < l->seen_count; i++)
		if (l->seen[i] == b->keys)
			return false;
	if (l->seen_count < SEEN_MAX)
		l->seen[l->seen_count++] = b->keys;
	return true;
}

static void list_block(struct listing *l, const struct block *b, const char *path)
{
	const char *meant = "";
	char inner[120];

	if (!b->keys || !first_time(l, b))
		return;
	for (unsigned i = 0; i < b->count; i++) {
		const struct keyword *k = &b->keys[i];

		if (k->type == T_TABLE) {
			list_block(l, conf_block(k), k->name);
			continue;
		}
		if (k->type >= T_IGNORED) {
			for (const char *name = k->name; *name; name += strlen(name) + 1)
				fprintf(l->out, "| %s | `%s` | %s | %s |\n", path, name, k->type == T_IGNORED ? "ignored" : "refused", conf_arg_text(k));
			continue;
		}
		if (k->flags & K_ALIAS && i && k->off == b->keys[i - 1].off)
			fprintf(l->out, "| %s | `%s` | supported | same as `%s` |\n", path, k->name, meant);
		else
			fprintf(l->out, "| %s | `%s` | supported | %s |\n", path, meant = k->name, k->type == T_BLOCK ? "block" : "");
		if (k->type != T_BLOCK || k->flags & K_ALIAS)
			continue;
		snprintf(inner, sizeof(inner), "%s%s%s", b == conf_root() ? "" : path, b == conf_root() ? "" : "/", k->name);
		if (conf_block(k)->kind >= B_LINES && conf_line_keys(conf_block(k)->kind))
			list_block(l, conf_line_keys(conf_block(k)->kind), inner);
		else
			list_block(l, conf_block(k), inner);
	}
}

void conf_list_keywords(FILE *out)
{
	struct listing l = { .out = out };

	fprintf(out, "| Block | Keyword | Verdict | Remark |\n|---|---|---|---|\n");
	list_block(&l, conf_root(), "(top level)");
}
