/* SPDX-License-Identifier: MIT */
/*
 * Values that no typed setter of conf_value.c fits.
 */
#include "conf_table.h"
#include "text.h"

#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

bool conf_same_family(struct vrrp_conf *v, uint8_t family, const char *word)
{
	if (!v->family)
		v->family = family;
	if (v->family == family)
		return true;
	return conf_error("'%.64s' is ignored: vrrp_instance %s is IPv%c", word, v->name, v->family == AF_INET ? '4' : '6');
}

/* global_defs */

/* One announcement and no second burst, where nothing was written before. */
static bool set_min_garp(struct loader *ld, struct global_conf *g)
{
	static const struct keyword yes = { .type = T_BOOL };
	bool on = true;

	if (!conf_apply(ld, &yes, &on) || !on)
		return false;
	if (g->garp.master_repeat == 5)
		g->garp.master_repeat = 1;
	if (g->garp.master_delay_us == 5000000)
		g->garp.master_delay_us = 0;
	return true;
}

/* A number, or bits with | between them. */
static bool set_umask(struct loader *ld, struct global_conf *g)
{
	static const char names[] = "IXOTH IWOTH IROTH IXGRP IWGRP IRGRP IXUSR IWUSR IRUSR IRWXO IRWXG IRWXU";
	uint32_t number = 0;
	char *name, *next;
	int bit;

	if (ld->st.argc > 1 && isdigit((unsigned char)ld->st.argv[1][0])) {
		if (!conf_number(1, 0, R_UMASK, &number))
			return false;
	} else {
		ld->used = ld->st.argc;
		for (int i = 1; i < ld->st.argc; i++)
			for (name = ld->st.argv[i]; name; name = next) {
				next = strchr(name, '|');
				if (next)
					*next++ = 0;
				if (!*name)
					continue;
				bit = text_index(names, name);
				ld->st.argv[i] = name;
				if (bit < 0)
					return conf_not(i, "a number as in 027 or bits as in IRWXG|IWOTH");
				number |= bit < 9 ? 1u << bit : 7u << 3 * (bit - 9);
			}
	}
	g->umask = (int)number;
	return true;
}

/* vrrp_instance */

static bool set_version(struct vrrp_conf *v)
{
	uint32_t n;

	if (!conf_number(1, 10, R_2_3, &n))
		return false;
	if (v->version && v->version != n)
		return conf_error("%u is ignored: another one was set before", (unsigned)n);
	if (n == 2 && v->family == AF_INET6)
		return conf_error("%u is ignored: IPv6 takes 3", (unsigned)n);
	v->version = (uint8_t)n;
	return true;
}

int conf_byte(const char *p, uint8_t *byte, uint8_t *mask)
{
	unsigned digit, bits;
	int n = 0;

	for (; n < 2; n++) {
		digit = text_digit(p[n]);
		bits = 15;
		if (mask && (p[n] | 32) == 'x')
			digit = bits = 0;
		if (digit > 15)
			break;
		*byte = (uint8_t)(*byte << 4 | digit);
		if (mask)
			*mask = (uint8_t)(*mask << 4 | bits);
	}
	return n;
}

/* 00:00:5e:00:01:33, or five of the six: the last is the VRID then, filled in later. */
static bool set_mac(struct vrrp_conf *v, const char *p)
{
	uint8_t mac[6] = { 0 };
	int n = 0, taken;

	while (n < 6 && (taken = conf_byte(p, &mac[n], NULL))) {
		n++;
		p += taken;
		if (*p == ':')
			p++;
		else
			break;
	}
	if (*p || n < 5 || (mac[0] & 1) || (!mac[0] && !mac[1] && mac[2] == 0x5e && !mac[3] && (mac[4] == 1 || mac[4] == 2)))
		return conf_not(1, "a MAC address of its own, as in 02:00:5e:00:01:33");
	memcpy(v->vmac_mac, mac, 6);
	v->vmac_has_mac = true;
	return true;
}

/* use_vmac, use_ipvlan: a name, an address. `at` is the bool of either. */
static bool set_vmac_word(bool ipvlan, char *at)
{
	struct vrrp_conf *v = (struct vrrp_conf *)(void *)(at - (ipvlan ? offsetof(struct vrrp_conf, use_ipvlan) : offsetof(struct vrrp_conf, use_vmac)));
	const char *word = conf_word(1);
	struct addr a;
	uint8_t prefix;

	if (!ipvlan && strchr(word, ':'))
		return set_mac(v, word);
	if (ipvlan && addr_parse_prefix(word, &a, &prefix) == 0) {
		if (!conf_same_family(v, a.family, word))
			return false;
		v->common->ipvlan_addr = a;
		v->ipvlan_prefix = prefix;
		if (!addr_is_set(&v->source))
			v->source = a;
		return true;
	}
	if (v->vmac_name || !*word || strlen(word) > 15 || strpbrk(word, "/: \t"))
		return conf_not(1, "an interface's name");
	v->vmac_name = conf_text(word);
	return true;
}

static bool set_instance_sync(struct loader *ld, const struct vrrp_conf *v)
{
	static const struct keyword name = { .type = T_IFACE };
	struct global_conf *g = &ld->config->global;
	const char *interface;

	if (!conf_apply(ld, &name, &interface))
		return false;
	conf_warn("out of use: write lvs_sync_daemon %s inst %s in global_defs", interface, v->name);
	if (g->lvs_sync.interface)
		return false;
	conf_here(&ld->globals);
	g->lvs_sync.interface = interface;
	g->lvs_sync.instance = v->name;
	return true;
}

static bool set_auth_pass(struct vrrp_conf *v)
{
	const char *word = conf_word(1);
	size_t len = word ? strlen(word) : 0;

	strncpy((char *)v->auth_data, word ? word : "", sizeof(v->auth_data) - 1);
	if (len > 8)
		conf_warn("only its first 8 characters of %u count", (unsigned)len);
	return word;
}

/* VALUE of key: hex:..., file:PATH or the characters themselves, 32 to 64 bytes. */
static bool set_hmac_key(struct loader *ld, struct hmac_conf *h)
{
	struct hmac_key_conf *key = conf_alloc(sizeof(*key));
	const char *value;
	size_t len;
	uint32_t id;

	ld->used = ld->st.argc < 3 ? ld->st.argc : 3;
	if (!conf_number(1, 10, R_1_255, &id) || !(value = conf_word(2)))
		return false;
	key->id = (uint8_t)id;
	CONF_EACH(struct hmac_key_conf, other, &h->keys)
		if (other->id == id)
			return conf_error("%u was given before, this one is ignored", (unsigned)id);
	len = strlen(value);
	if (strncmp(value, "file:", 5) == 0 && value[5]) {
		key->file = conf_text(value + 5);
	} else {
		if (strncmp(value, "hex:", 4) == 0)
			len = text_hex(value + 4, key->key, sizeof(key->key));
		else
			memcpy(key->key, value, len < 64 ? len : 64);
		if (len < 32 || len > 64)
			return conf_error("the value of %u is none of hex: and 64 to 128 digits, file: and a path, 32 to 64 characters",
					  (unsigned)id);
		key->len = (uint8_t)len;
	}
	conf_append(&h->keys, key);
	return true;
}

/* Tracked things */

static bool set_process(struct loader *ld, struct track_process_conf *p)
{
	const char *name = conf_word(1), *first, *last;

	if (!name)
		return false;
	p->process = conf_text(name);
	ld->used = ld->st.argc;
	if (ld->st.argc > 2) {
		first = ld->st.argv[2];
		last = ld->st.argv[ld->st.argc - 1];
		p->params_len = (unsigned)(last + strlen(last) + 1 - first);
		p->params = memcpy(conf_alloc(p->params_len), first, p->params_len);
	}
	return true;
}

/* Words within lines */

static bool set_preferred(struct loader *ld, struct vip_conf *vip)
{
	ld->used = 2;
	vip->preferred_lft_s = UINT32_MAX;
	vip->has_preferred_lft = (ld->st.argc > 1 && strcmp(ld->st.argv[1], "forever") == 0)
		|| conf_number(1, 10, R_ALL, &vip->preferred_lft_s);
	return vip->has_preferred_lft;
}

/* Two gateways, the old way. */
static bool set_or(struct loader *ld, struct route_conf *r)
{
	struct nexthop_conf *hops = conf_alloc(2 * sizeof(*hops));
	static const struct keyword addr = { .type = T_ADDR };

	if (!conf_apply(ld, &addr, &hops[1].via))
		return false;
	hops[0].via = r->via;
	r->via = (struct addr) { 0 };
	conf_append(&r->nexthops, &hops[0]);
	conf_append(&r->nexthops, &hops[1]);
	return true;
}

/* r: a route, or a rule. */
static bool set_table(struct route_conf *r)
{
	const char *word = conf_word(1);
	int known = word ? conf_number_of(NAMES_TABLE, word) : -1;

	if (!word)
		return false;
	r->table = known < 0 ? 0 : (uint32_t)known;
	r->table_name = NULL;
	if (known < 0 && isdigit((unsigned char)*word))
		return conf_number(1, 0, R_1_ALL, &r->table);
	if (known < 0)
		r->table_name = conf_text(word);
	return true;
}

/* [lock] N; round trip times also with s or ms. Kept in the kernel's units, which a bare number has. */
static bool set_metric(struct loader *ld, unsigned metric, struct route_conf *r)
{
	bool lock = ld->st.argc > 1 && strcmp(ld->st.argv[1], "lock") == 0;
	bool time = (1u << RTAX_RTT | 1u << RTAX_RTTVAR | 1u << RTAX_RTO_MIN) >> metric & 1;
	int units = metric == RTAX_RTT ? 8 : metric == RTAX_RTTVAR ? 4 : 1;
	const char *word = conf_word(1 + lock), *end;
	long long n, used;

	if (!word)
		return false;
	if (!conf_seconds(word, &n, &end) || n > UINT32_MAX * 1000000ll || (*end && !(time && (*end == 's' || *end == 'm'))))
		return conf_not(1 + lock, "a number");
	n = (long long)((uint64_t)n / (*end == 's' ? 1000 : 1000000));
	if (*end)
		n *= units;
	used = n < 200 * units ? 200 * units : n > 120000 * units ? 120000 * units : n;
	if (time && n != used) {
		n = used;
		conf_warn("'%.64s' is out of range 200-120000 ms, %u ms is used", word, (unsigned)n / (unsigned)units);
	}
	r->metrics[metric] = (uint32_t)n;
	r->metrics_set |= 1u << metric;
	r->metrics_locked |= (uint32_t)lock << metric;
	return true;
}

static int pair(enum conf_range range, uint32_t n[2])
{
	const char *word = conf_word(1);
	int count = word ? conf_pair(range, word, '/', n) : 0;

	if (word && !count)
		conf_not(1, "a number, or two as in 30/20");
	return count;
}

static bool set_realms(uint32_t *realms)
{
	uint32_t n[2];
	int count = pair(R_0_65535, n);

	if (count)
		*realms = count == 2 ? n[0] << 16 | n[1] : n[0];
	return count;
}

static bool set_fwmark(struct rule_conf *r)
{
	uint32_t n[2] = { 0 };
	int count = pair(R_ALL, n);

	r->fwmark = n[0];
	r->fwmask = n[1];
	r->has_fwmark = count;
	r->has_fwmask = count == 2;
	return count;
}

bool conf_set_custom(struct loader *ld, const struct keyword *k, void *object)
{
	struct global_conf *g = object;
	const char *word;

	switch (k->arg) {
	case C_LEXERS:
		ld->used = ld->st.argc;
		return true;
	case C_MIN_GARP:
		return set_min_garp(ld, g);
	case C_IPTABLES:
		ld->used = ld->st.argc;
		g->bare_iptables = ld->st.argc < 2;
		if (!g->bare_iptables)
			conf_warn("rules stand in an nftables table of our own, not in %.64s", ld->st.argv[1]);
		return true;
	case C_UMASK:
		return set_umask(ld, g);
	case C_NATIVE_IPV6:
		if (conf_same_family(object, AF_INET6, ld->st.argv[0]))
			((struct vrrp_conf *)object)->version = 3;
		return true;
	case C_VERSION:
		return set_version(object);
	case C_VMAC_WORD:
		return set_vmac_word(k->range, object);
	case C_INSTANCE_SYNC:
		return set_instance_sync(ld, object);
	case C_AUTH_PASS:
		return set_auth_pass(object);
	case C_HMAC_KEY:
		return set_hmac_key(ld, object);
	case C_PROCESS:
		return set_process(ld, object);
	case C_GARP_INTERFACE:
		word = conf_word(1);
		if (word)
			conf_add_name(&((struct garp_group_conf *)object)->interfaces, word);
		return word;
	case C_PREFERRED:
		return set_preferred(ld, object);
	case C_OR:
		return set_or(ld, object);
	case C_TABLE:
		return set_table(object);
	case C_METRIC:
		return set_metric(ld, k->range, object);
	case C_REALMS:
		return set_realms((uint32_t *)(void *)((char *)object + k->off));
	case C_FWMARK:
		return set_fwmark(object);
	default:
		return HAVE_LVS && conf_set_lvs(ld, k, object);
	}
}
