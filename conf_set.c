/* SPDX-License-Identifier: MIT */
/*
 * Blocks, lists of lines and the values that no typed setter of config.c fits.
 */
#include "conf_table.h"

#include <ctype.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#define CUSTOM_DEFAULT_PORT 25
#define PERSISTENCE_DEFAULT_S 360

static bool is(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static const struct block *this_block(const struct loader *ld)
{
	return ld->stack[ld->depth].block;
}

static struct addr *addr_at(void *at)
{
	return at;
}

/* An address without prefix; says so where it is none. */
static bool address(struct loader *ld, int i, struct addr *out)
{
	const char *word = conf_word(ld, i);

	if (!word)
		return false;
	if (addr_parse(word, out) == 0)
		return true;
	conf_error(ld, "%s: '%.64s' is not an IPv4 or IPv6 address", ld->argv[0], word);
	return false;
}

/* What an instance's first address or native_ipv6 said holds. */
bool conf_same_family(struct loader *ld, struct vrrp_conf *v, uint8_t family, const char *word)
{
	if (!v->family)
		v->family = family;
	if (v->family == family)
		return true;
	conf_error(ld, "'%.64s' is ignored: vrrp_instance %s is IPv%c", word, v->name, v->family == AF_INET ? '4' : '6');
	return false;
}

/* global_defs */

static bool set_smtp_server(struct loader *ld, struct global_conf *g)
{
	const char *host = conf_word(ld, 1);
	long long port = CUSTOM_DEFAULT_PORT;

	if (!host || (ld->argc > 2 && isdigit((unsigned char)ld->argv[2][0]) && !conf_number(ld, 2, 10, 1, 65535, &port)))
		return false;
	g->smtp_server = conf_text(ld, host);
	g->smtp_port = (uint16_t)port;
	return true;
}

static bool set_fifo(struct loader *ld, struct fifo_conf *fifo)
{
	const char *path = conf_word(ld, 1);

	if (!path)
		return false;
	fifo->path = conf_text(ld, path);
	fifo->user = ld->argc > 2 ? conf_text(ld, conf_word(ld, 2)) : NULL;
	fifo->group = ld->argc > 3 ? conf_text(ld, conf_word(ld, 3)) : NULL;
	return true;
}

static bool leftover(struct loader *ld, int i)
{
	ld->used = ld->argc;
	if (i >= ld->argc)
		return true;
	conf_error(ld, "%s: '%.64s' is not one of its options", ld->argv[0], ld->argv[i]);
	return false;
}

static bool set_lvs_sync(struct loader *ld, struct global_conf *g)
{
	const struct block *options = conf_line_keys(L_LVS_SYNC);
	const char *interface = conf_word(ld, 1);
	int i;
	size_t off;

	if (!interface)
		return false;
	if (g->lvs_sync.interface) {
		conf_error(ld, "%s: already given, this one is ignored", ld->argv[0]);
		return leftover(ld, ld->argc);
	}
	g->lvs_sync.interface = conf_text(ld, interface);
	i = 2;
	/* Before there were options: INTERFACE INSTANCE [ID] */
	if (i < ld->argc && !conf_find(options, ld->argv[i], &off))
		g->lvs_sync.instance = conf_text(ld, ld->argv[i++]);
	if (i < ld->argc && isdigit((unsigned char)ld->argv[i][0])) {
		long long id;

		if (conf_number(ld, i++, 10, 0, 255, &id))
			g->lvs_sync.id = (int)id;
	}
	return leftover(ld, conf_options_line(ld, options, g, i));
}

/* One announcement and no second burst, where nothing was written before. */
static bool set_min_garp(struct loader *ld, struct global_conf *g)
{
	static const struct keyword yes = { "vrrp_min_garp", 0, 0, T_BOOL, 0, 0 };
	bool on = true;

	if (!conf_apply(ld, &yes, &on) || !on)
		return false;
	if (g->garp.master_repeat == 5)
		g->garp.master_repeat = 1;
	if (g->garp.master_delay_us == 5000000)
		g->garp.master_delay_us = 0;
	return true;
}

static bool set_garp_extra(struct loader *ld, void *object)
{
	bool global = this_block(ld)->kind != B_INSTANCE, all = false;
	long long seconds = -1;

	for (int i = 1; i < ld->argc; i++) {
		if (is(ld->argv[i], "all")) {
			all = true;
			ld->used = i + 1;
		} else if (!conf_number(ld, i, 10, global, 86400, &seconds)) {
			return false;
		} else {
			break;
		}
	}
	if (seconds < 0)
		return conf_word(ld, ld->argc) != NULL;
	if (global) {
		((struct global_conf *)object)->garp_extra_all = all;
		((struct global_conf *)object)->garp_extra_interval_us = (uint64_t)seconds * 1000000;
	} else {
		((struct vrrp_conf *)object)->garp_extra_all = all;
		((struct vrrp_conf *)object)->garp_extra_interval_us = (uint64_t)seconds * 1000000;
	}
	return true;
}

static bool set_rx_policy(struct loader *ld, struct global_conf *g)
{
	const char *word = conf_word(ld, 1);
	long long size;

	if (!word)
		return false;
	if (strcasecmp(word, "MTU") == 0) {
		g->rx_bufs_policy = RX_BUFS_MTU;
	} else if (strcasecmp(word, "ADVERT") == 0) {
		g->rx_bufs_policy = RX_BUFS_ADVERT;
	} else {
		if (!conf_number(ld, 1, 10, 0, INT32_MAX, &size))
			return false;
		g->rx_bufs_policy = RX_BUFS_SIZE;
		g->rx_buf_size = (unsigned)size;
	}
	return true;
}

/* A number, or IRUSR|IWGRP ... IRWXO */
static bool set_umask(struct loader *ld, struct global_conf *g)
{
	static const char kinds[] = "RWX", who[] = "UGO";
	const char *word = conf_word(ld, 1);
	long long number;
	int mask = 0;

	if (!word)
		return false;
	if (isdigit((unsigned char)*word)) {
		if (!conf_number(ld, 1, 0, 0, 0777, &number))
			return false;
		g->umask = (int)number;
		return true;
	}
	for (int i = 1; i < ld->argc; i++) {
		for (const char *p = ld->argv[i]; *p; p += *p == '|') {
			const char *rwx = p[0] == 'I' && p[1] ? strchr(kinds, p[1]) : NULL;
			bool all = strncmp(p, "IRWX", 4) == 0 && p[4];
			const char *whom = all || (rwx && p[2]) ? strchr(who, all ? p[4] : p[2]) : NULL;

			if (!whom) {
				conf_error(ld, "umask: '%.64s' is not a number as in 027 or bits as in IRWXG|IWOTH", p);
				return false;
			}
			mask |= (all ? 7 : 4 >> (rwx - kinds)) << 3 * (2 - (whom - who));
			p += strlen(p) < 5 ? strlen(p) : 5;
		}
		ld->used = i + 1;
	}
	g->umask = mask;
	return true;
}

static bool set_global(struct loader *ld, const struct keyword *k, struct global_conf *g)
{
	switch (k->arg) {
	case C_SMTP_SERVER:
		return set_smtp_server(ld, g);
	case C_FIFO:
		return set_fifo(ld, (struct fifo_conf *)(void *)((char *)g + k->off));
	case C_DYNAMIC_INTERFACES:
		g->dynamic_interfaces = true;
		g->allow_if_changes |= ld->argc > 1 && is(ld->argv[1], "allow_if_changes");
		ld->used += g->allow_if_changes && ld->argc > 1;
		return true;
	case C_LVS_TIMEOUTS:
		if (ld->argc < 3)
			return conf_word(ld, ld->argc) != NULL;
		return leftover(ld, conf_options_line(ld, conf_line_keys(L_LVS_TIMEOUTS), g, 1));
	case C_LVS_FLUSH:
		g->lvs_flush_on_stop = ld->argc > 1 && is(ld->argv[1], "VS") ? LVS_FLUSH_VS : LVS_FLUSH_FULL;
		ld->used = g->lvs_flush_on_stop;
		return true;
	case C_LVS_SYNC:
		return set_lvs_sync(ld, g);
	case C_MIN_GARP:
		return set_min_garp(ld, g);
	case C_IPTABLES:
		ld->used = ld->argc;
		g->bare_iptables = ld->argc < 2;
		if (!g->bare_iptables)
			conf_warn(ld, "vrrp_iptables: rules stand in an nftables table of our own, not in %.64s", ld->argv[1]);
		return true;
	case C_RX_POLICY:
		return set_rx_policy(ld, g);
	case C_UMASK:
		return set_umask(ld, g);
	default: /* C_LEXERS */
		ld->used = ld->argc;
		return true;
	}
}

/* vrrp_instance */

static bool set_state(struct loader *ld, struct vrrp_conf *v)
{
	const char *word = conf_word(ld, 1);
	char *state = (char *)v + offsetof(struct vrrp_conf, start_master);

	if (is(word, "MASTER")) {
		*state = 1;
	} else if (is(word, "BACKUP") && *state == 1) {
		conf_warn(ld, "state: MASTER was written before, BACKUP is ignored");
	} else {
		*state = 0;
		if (word && !is(word, "BACKUP"))
			conf_error(ld, "state: '%.64s' is not MASTER or BACKUP, BACKUP is used", word);
	}
	return word != NULL;
}

static bool set_priority(struct loader *ld, struct vrrp_conf *v)
{
	const char *word = conf_word(ld, 1);
	char *end;
	long n = word ? strtol(word, &end, 10) : 0;

	if (!word)
		return false;
	v->priority = (uint8_t)n;
	if (isdigit((unsigned char)*word) && !*end && n > 0 && n < 256)
		return true;
	v->priority = 100;
	if (isdigit((unsigned char)*word) && !*end)
		conf_error(ld, "priority: '%.64s' is out of range 1-255, 100 is used", word);
	else
		conf_error(ld, "priority: '%.64s' is not a number from 1 to 255, 100 is used", word);
	return false;
}

static bool set_version(struct loader *ld, struct vrrp_conf *v)
{
	long long n;

	if (!conf_number(ld, 1, 10, 2, 3, &n))
		return false;
	if ((v->version && v->version != n) || (n == 2 && v->family == AF_INET6)) {
		conf_error(ld, "version: %lld is ignored, %s", n, v->version && v->version != n ? "another one was set before" : "IPv6 takes version 3");
		return false;
	}
	v->version = (uint8_t)n;
	return true;
}

static bool set_source(struct loader *ld, struct vrrp_conf *v, bool unicast)
{
	struct addr a;

	((struct instance_load *)v)->unicast_word |= unicast;
	if (!address(ld, 1, &a) || !conf_same_family(ld, v, a.family, ld->argv[1]))
		return false;
	v->source = a;
	return true;
}

static bool set_mcast_dst(struct loader *ld, struct vrrp_conf *v)
{
	struct addr a;

	if (!address(ld, 1, &a) || !conf_same_family(ld, v, a.family, ld->argv[1]))
		return false;
	if (!addr_is_multicast(&a) || (a.family == AF_INET6 && (a.bytes[1] & 15) != 2)) {
		conf_error(ld, "mcast_dst_ip: '%s' is not a %smulticast address, ignored", ld->argv[1], a.family == AF_INET6 ? "link-local " : "");
		return false;
	}
	v->mcast_group = a;
	return true;
}

static bool set_unicast_flag(struct vrrp_conf *v, const struct keyword *k)
{
	((struct instance_load *)v)->unicast_word = true;
	if (k->off == offsetof(struct vrrp_conf, unicast_fault_no_peer))
		v->unicast_fault_no_peer = true;
	else
		v->check_unicast_src = CONF_YES;
	return true;
}

/* 00:00:5e:00:01:33, or five of the six: the last is the VRID then. */
static bool set_mac(struct loader *ld, struct vrrp_conf *v, const char *word)
{
	static const uint8_t rfc[4] = { 0x00, 0x00, 0x5e, 0x00 };
	uint8_t mac[6] = { 0 };
	const char *p = word;
	int n = 0;

	for (; n < 6 && isxdigit((unsigned char)*p); n++) {
		char *end;
		unsigned long byte = strtoul(p, &end, 16);

		if (end - p > 2)
			break;
		mac[n] = (uint8_t)byte;
		p = end + (*end == ':');
	}
	if (*p || n < 5 || (mac[0] & 1) || (memcmp(mac, rfc, 4) == 0 && (mac[4] == 1 || mac[4] == 2))) {
		conf_error(ld, "use_vmac: '%.64s' is not a MAC address of one's own, as in 02:00:5e:00:01:33; ignored", word);
		return false;
	}
	memcpy(v->vmac_mac, mac, 6);
	v->vmac_has_mac = true;
	/* 0: filled in once the VRID is known */
	return true;
}

static bool set_vmac_name(struct loader *ld, struct vrrp_conf *v, const char *name)
{
	const struct vrrp_conf *other;

	if (v->vmac_name || !*name || strlen(name) > 15 || strpbrk(name, "/: \t")) {
		conf_error(ld, "%s: '%.64s' is not an interface's name, or one too many; ignored", ld->argv[0], name);
		return false;
	}
	other = conf_dict(ld, 'm', name, strlen(name), v);
	if (other != v) {
		conf_error(ld, "%s: '%s' is used by vrrp_instance %s, ignored here", ld->argv[0], name, other->name);
		return false;
	}
	v->vmac_name = conf_text(ld, name);
	return true;
}

static bool set_vmac(struct loader *ld, struct vrrp_conf *v)
{
	v->use_vmac = true;
	for (int i = 1; i < ld->argc; i++) {
		const char *word = ld->argv[i];

		ld->used = i + 1;
		if (strchr(word, ':')) {
			set_mac(ld, v, word);
		} else if (is(word, "netlink_notify_msg")) {
			v->vmac_notify = true;
		} else if (is(word, "group")) {
			word = conf_word(ld, ++i);
			v->vmac_group = word ? conf_text(ld, word) : NULL;
		} else {
			if (is(word, "name"))
				word = conf_word(ld, ++i);
			if (!word || !set_vmac_name(ld, v, word))
				return false;
		}
	}
	return true;
}

static bool set_ipvlan(struct loader *ld, struct vrrp_conf *v)
{
	v->use_ipvlan = true;
	for (int i = 1; i < ld->argc; i++) {
		const char *word = ld->argv[i];
		struct addr a;
		uint8_t prefix;
		bool has;

		ld->used = i + 1;
		if (is(word, "bridge") || is(word, "private") || is(word, "vepa")) {
			v->ipvlan_mode = *word == 'b' ? CONF_IPVLAN_BRIDGE : *word == 'p' ? CONF_IPVLAN_PRIVATE : CONF_IPVLAN_VEPA;
		} else if (is(word, "group")) {
			word = conf_word(ld, ++i);
			v->vmac_group = word ? conf_text(ld, word) : NULL;
		} else if (addr_parse_prefix(word, &a, &prefix, &has) == 0) {
			if (!conf_same_family(ld, v, a.family, word))
				continue;
			v->ipvlan_addr = a;
			v->ipvlan_prefix = prefix;
			if (!addr_is_set(&v->source))
				v->source = a;
		} else {
			if (is(word, "name"))
				word = conf_word(ld, ++i);
			if (!word || !set_vmac_name(ld, v, word))
				return false;
		}
	}
	return true;
}

static bool set_timer_expired(struct loader *ld, struct vrrp_conf *v)
{
	long long n = 254;

	if (ld->argc > 1 && !conf_number(ld, 1, 10, 1, 254, &n))
		return false;
	v->timer_expired_backup = (uint8_t)n;
	return true;
}

static bool set_notify_deleted(struct loader *ld, struct notify_conf *n)
{
	static const struct keyword script = { "notify_deleted", 0, offsetof(struct notify_conf, deleted), T_SCRIPT, 0, 0 };

	n->deleted_state = true;
	return ld->argc < 2 || conf_apply(ld, &script, n);
}

static bool set_instance_sync(struct loader *ld, const struct vrrp_conf *v)
{
	struct global_conf *g = &ld->config->global;
	const char *interface = conf_word(ld, 1);

	if (!interface)
		return false;
	conf_warn(ld, "%s is out of use: write lvs_sync_daemon %.15s inst %s in global_defs", ld->argv[0], interface, v->name);
	if (g->lvs_sync.interface)
		return false;
	g->lvs_sync.interface = conf_text(ld, interface);
	g->lvs_sync.instance = v->name;
	return true;
}

static bool set_auth_pass(struct loader *ld, struct vrrp_conf *v)
{
	const char *word = conf_word(ld, 1);
	size_t len = word ? strlen(word) : 0;

	if (!word)
		return false;
	memset(v->auth_data, 0, sizeof(v->auth_data));
	memcpy(v->auth_data, word, len < 8 ? len : 8);
	if (len > 8)
		conf_warn(ld, "auth_pass: only its first 8 characters of %u count", (unsigned)len);
	return true;
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : -1;
}

/* VALUE of key: hex:..., file:PATH or the characters themselves, 32 to 64 bytes. */
static bool set_hmac_key(struct loader *ld, struct hmac_conf *h)
{
	long long id;
	const char *value;
	struct hmac_key_conf *key;
	size_t len = 0;

	if (!conf_number(ld, 1, 10, 1, 255, &id) || !(value = conf_word(ld, 2)))
		return false;
	CONF_EACH(struct hmac_key_conf, other, &h->keys)
		if (other->id == id) {
			conf_error(ld, "key: %lld was given before, this one is ignored", id);
			return false;
		}
	key = conf_alloc(ld, sizeof(*key));
	key->id = (uint8_t)id;
	if (strncmp(value, "file:", 5) == 0 && value[5]) {
		key->file = conf_text(ld, value + 5);
		len = 32;
	} else if (strncmp(value, "hex:", 4) == 0) {
		for (const char *p = value + 4; len < 65 && hex_digit(p[0]) >= 0; p += 2, len++) {
			if (hex_digit(p[1]) < 0) {
				len = 0;
				break;
			}
			if (len < 64)
				key->key[len] = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
			if (p[2] && hex_digit(p[2]) < 0) {
				len = 0;
				break;
			}
		}
		key->len = (uint8_t)len;
	} else {
		len = strlen(value);
		memcpy(key->key, value, len < 64 ? len : 64);
		key->len = (uint8_t)len;
	}
	if (len < 32 || len > 64) {
		conf_error(ld, "key: %lld is not hex: and 64 to 128 digits, file: and a path, or 32 to 64 characters", id);
		return false;
	}
	conf_append(ld, &h->keys, key);
	return true;
}

static bool set_instance(struct loader *ld, const struct keyword *k, struct vrrp_conf *v)
{
	switch (k->arg) {
	case C_STATE:
		return set_state(ld, v);
	case C_PRIORITY:
		return set_priority(ld, v);
	case C_VERSION:
		return set_version(ld, v);
	case C_NATIVE_IPV6:
		if (conf_same_family(ld, v, AF_INET6, ld->argv[0]))
			v->version = 3;
		return true;
	case C_MCAST_SRC:
	case C_UNICAST_SRC:
		return set_source(ld, v, k->arg == C_UNICAST_SRC);
	case C_MCAST_DST:
		return set_mcast_dst(ld, v);
	case C_UNICAST_FLAG:
		return set_unicast_flag(v, k);
	case C_OLD_CHECKSUM:
		((struct instance_load *)v)->unicast_word = true;
		v->old_unicast_checksum = !(ld->argc > 1 && is(ld->argv[1], "never"));
		ld->used += !v->old_unicast_checksum;
		return true;
	case C_VMAC:
		return set_vmac(ld, v);
	case C_IPVLAN:
		return set_ipvlan(ld, v);
	case C_TIMER_EXPIRED:
		return set_timer_expired(ld, v);
	case C_INSTANCE_SYNC:
		return set_instance_sync(ld, v);
	default:
		return set_auth_pass(ld, v);
	}
}

/* Tracked things */

static bool set_command(struct loader *ld, struct conf_script *s)
{
	const struct conf_script *fresh;
	const char *command;

	conf_requote(ld);
	command = conf_word(ld, 1);
	fresh = command ? conf_script(ld, command, NULL, NULL) : NULL;
	if (!fresh)
		return false;
	s->text = fresh->text;
	s->argv = fresh->argv;
	return true;
}

static bool set_process(struct loader *ld, struct track_process_conf *p)
{
	const char *name = conf_word(ld, 1);
	size_t len = 0;
	char *at;

	if (!name)
		return false;
	if (p->process) {
		conf_error(ld, "process: already given, this one is ignored");
		return false;
	}
	p->process = conf_text(ld, name);
	for (int i = 2; i < ld->argc; i++)
		len += strlen(ld->argv[i]) + 1;
	ld->used = ld->argc;
	if (!len)
		return true;
	p->params = at = conf_alloc(ld, len);
	p->params_len = (unsigned)len;
	for (int i = 2; i < ld->argc; i++)
		at = stpcpy(at, ld->argv[i]) + 1;
	if (p->param_match == PARAM_NONE)
		p->param_match = PARAM_EXACT;
	p->full_command = true;
	return true;
}

static bool set_param_match(struct loader *ld, struct track_process_conf *p)
{
	const char *word = ld->argc > 1 ? conf_word(ld, 1) : NULL;

	if (word && !is(word, "initial") && !is(word, "partial")) {
		conf_error(ld, "param_match: '%.64s' is not initial or partial", word);
		return false;
	}
	p->param_match = !word ? PARAM_EXACT : *word == 'i' ? PARAM_INITIAL : PARAM_PARTIAL;
	p->full_command = true;
	return true;
}

static bool set_delay(struct loader *ld, const struct keyword *k, struct track_process_conf *p)
{
	struct keyword seconds = *k;

	seconds.type = T_SECS;
	seconds.arg = 0;
	if (!conf_apply(ld, &seconds, p))
		return false;
	p->terminate_delay_us = p->fork_delay_us;
	return true;
}

static bool set_init_file(struct loader *ld, struct track_file_conf *f)
{
	long long value;

	f->init_create = true;
	for (int i = 1; i < ld->argc; i++) {
		if (is(ld->argv[i], "overwrite"))
			f->init_overwrite = true;
		else if (conf_number(ld, i, 10, INT32_MIN, INT32_MAX, &value))
			f->init_value = (int)value;
		else
			return false;
		ld->used = i + 1;
	}
	return true;
}

/* IPVS */

static bool set_scheduler(struct loader *ld, struct virtual_server_conf *vs)
{
	static const char known[] = " rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf twos ";
	const char *word = conf_word(ld, 1), *found = word && *word ? strstr(known, word) : NULL;

	if (!word)
		return false;
	/* A name that is part of another stands before it alone or is found again. */
	while (found && (found[-1] != ' ' || found[strlen(word)] != ' '))
		found = strstr(found + 1, word);
	if (!found || strchr(word, ' ')) {
		conf_error(ld, "%s: '%.64s' is not one of%s", ld->argv[0], word, known);
		return false;
	}
	vs->scheduler = conf_text(ld, word);
	return true;
}

static bool set_sched_flag(struct loader *ld, const struct keyword *k, struct virtual_server_conf *vs)
{
	if (!vs->scheduler || strlen(vs->scheduler) != 2 || memcmp(vs->scheduler, k->name, 2) != 0) {
		conf_error(ld, "%s: lvs_sched %.2s must stand before it; ignored", k->name, k->name);
		return false;
	}
	vs->flags |= 1u << k->range;
	return true;
}

static bool set_forward(struct loader *ld, struct lvs_forward *out)
{
	const char *word = conf_word(ld, 1);
	struct lvs_forward f = { .set = true };
	long long port;

	if (!word)
		return false;
	if (!is(word, "NAT") && !is(word, "DR") && !is(word, "TUN")) {
		conf_error(ld, "%s: '%.64s' is not NAT, DR or TUN", ld->argv[0], word);
		return false;
	}
	f.method = *word == 'N' ? 0 : *word == 'T' ? 2 : 3;
	*out = f;
	for (int i = 2; i < ld->argc && f.method == 2; i++) {
		word = ld->argv[i];
		ld->used = i + 1;
		if (is(word, "type")) {
			word = conf_word(ld, ++i);
			if (!is(word, "ipip") && !is(word, "gue") && !is(word, "gre")) {
				conf_error(ld, "%s: type is ipip, gue or gre", ld->argv[0]);
				return false;
			}
			f.tun_type = word[1] == 'p' ? 0 : word[1] == 'u' ? 1 : 2;
		} else if (is(word, "port")) {
			if (!conf_number(ld, ++i, 10, 1, 65535, &port))
				return false;
			f.tun_port = (uint16_t)port;
		} else if (is(word, "nocsum") || is(word, "csum") || is(word, "remcsum")) {
			f.tun_flags = *word == 'n' ? 0 : *word == 'c' ? 1 : 2;
		} else {
			ld->used = i;
			break;
		}
	}
	if ((f.tun_type == 1) != (f.tun_port != 0) || (f.tun_type == 0 && f.tun_flags) || (f.tun_type == 2 && f.tun_flags == 2)) {
		conf_error(ld, "%s: a port goes with gue and only with it, csum with gue and gre, remcsum with gue", ld->argv[0]);
		return false;
	}
	*out = f;
	return true;
}

/* ADDRESS [PORT]; port 0 is none. */
bool conf_address_port(struct loader *ld, int i, struct addr *addr, uint16_t *port)
{
	long long n = 0;

	if (!address(ld, i, addr))
		return false;
	if (ld->argc > i + 1 && !conf_number(ld, i + 1, 10, 0, 65535, &n))
		return false;
	*port = (uint16_t)n;
	return true;
}

/* The sorry server is const to everybody but its virtual server's block. */
static struct real_server_conf *sorry_of(struct loader *ld, const struct virtual_server_conf *vs)
{
	union {
		const struct real_server_conf *kept;
		struct real_server_conf *ours;
	} sorry = { vs->sorry };

	if (!vs->sorry)
		conf_error(ld, "%s: sorry_server must stand before it", ld->argv[0]);
	return sorry.ours;
}

static bool set_sorry(struct loader *ld, struct virtual_server_conf *vs)
{
	struct real_server_conf *rs = conf_alloc(ld, sizeof(*rs));
	struct conf_list alone = { 0 };

	if (!conf_address_port(ld, 1, &rs->addr, &rs->port))
		return false;
	rs->weight = 1;
	conf_append(ld, &alone, rs);
	vs->sorry = rs;
	return true;
}

static bool set_granularity(struct loader *ld, struct virtual_server_conf *vs)
{
	const char *word = conf_word(ld, 1);
	struct addr mask;
	long long prefix;

	if (!word)
		return false;
	if (vs->family == AF_INET6 || (!vs->family && !strchr(word, '.'))) {
		if (!conf_number(ld, 1, 10, 1, 128, &prefix))
			return false;
		vs->persistence_mask = (uint32_t)prefix;
	} else {
		if (addr_parse(word, &mask) || mask.family != AF_INET) {
			conf_error(ld, "persistence_granularity: '%.64s' is not a netmask as in 255.255.255.0", word);
			return false;
		}
		memcpy(&vs->persistence_mask, mask.bytes, 4);
	}
	if (!vs->family)
		vs->family = strchr(word, '.') ? AF_INET : AF_INET6;
	if (!vs->persistence_s)
		vs->persistence_s = PERSISTENCE_DEFAULT_S;
	return true;
}

static bool set_status(struct loader *ld, struct url_conf *u)
{
	struct status_range *ranges = conf_alloc(ld, (size_t)ld->argc * sizeof(*ranges));
	bool good = true;

	if (ld->argc < 2)
		return conf_word(ld, 1) != NULL;
	ld->used = ld->argc;
	u->status = ranges;
	u->status_count = 0;
	for (int i = 1; i < ld->argc; i++) {
		char *end;
		unsigned long first = strtoul(ld->argv[i], &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (*end || first < 100 || last > 599 || first > last) {
			conf_error(ld, "status_code: '%.64s' is not a code from 100 to 599, or two as in 200-299", ld->argv[i]);
			good = false;
			continue;
		}
		ranges[u->status_count].first = (uint16_t)first;
		ranges[u->status_count++].last = (uint16_t)last;
	}
	return good;
}

static bool set_digest(struct loader *ld, struct url_conf *u)
{
	const char *word = conf_word(ld, 1);
	unsigned i = 0;

	for (; word && i < 32 && hex_digit(word[i]) >= 0; i++)
		u->digest[i / 2] = (uint8_t)(u->digest[i / 2] << 4 | hex_digit(word[i]));
	u->has_digest = word && i == 32 && !word[32];
	if (word && !u->has_digest)
		conf_error(ld, "digest: '%.64s' is not 32 hexadecimal digits, as genhash prints", word);
	return u->has_digest;
}

/* Words of hexadecimal digits; a lone digit is a byte, x any half of one where a mask is kept. */
static bool set_hex(struct loader *ld, const uint8_t **bytes, const uint8_t **masks, uint16_t *len)
{
	size_t room = 0, n = 0;
	uint8_t *to, *mask;

	for (int i = 1; i < ld->argc; i++)
		room += strlen(ld->argv[i]) / 2 + 1;
	ld->used = ld->argc;
	to = conf_alloc(ld, room);
	mask = conf_alloc(ld, room);
	for (int i = 1; i < ld->argc; i++) {
		for (const char *p = ld->argv[i]; *p; p++) {
			for (int half = 0; half < 2 && (half == 0 || isxdigit((unsigned char)*p) || (masks && (*p == 'x' || *p == 'X'))); half++) {
				bool any = masks && (*p == 'x' || *p == 'X');

				if (!any && hex_digit(*p) < 0) {
					conf_error(ld, "%s: '%.64s' is not hexadecimal digits", ld->argv[0], ld->argv[i]);
					return false;
				}
				to[n] = (uint8_t)(to[n] << 4 | (any ? 0 : hex_digit(*p)));
				mask[n] = (uint8_t)(mask[n] << 4 | (any ? 0 : 15));
				p++;
			}
			p--;
			n++;
		}
	}
	if (!n || n > UINT16_MAX)
		return conf_word(ld, ld->argc) != NULL;
	*bytes = to;
	*len = (uint16_t)n;
	if (masks)
		*masks = mask;
	return true;
}

static struct conf_script *misc_script(struct loader *ld, struct check_conf *c)
{
	union {
		const struct conf_script *kept;
		struct conf_script *ours;
	} s = { c->u.misc.script };

	if (!s.ours)
		c->u.misc.script = s.ours = conf_alloc(ld, sizeof(*s.ours));
	return s.ours;
}

static bool set_misc_user(struct loader *ld, struct check_conf *c)
{
	static const struct keyword user = { "user", 0, offsetof(struct conf_script, user), T_USER, 0, 0 };

	return conf_apply(ld, &user, misc_script(ld, c));
}

static bool set_check(struct loader *ld, const struct keyword *k, void *object)
{
	struct virtual_server_conf *vs = object;
	struct check_conf *c = object;
	struct real_server_conf *sorry;
	long long n = PERSISTENCE_DEFAULT_S;

	switch (k->arg) {
	case C_SCHEDULER:
		return set_scheduler(ld, vs);
	case C_SCHED_FLAG:
		return set_sched_flag(ld, k, vs);
	case C_FORWARD:
		return set_forward(ld, (struct lvs_forward *)(void *)((char *)object + k->off));
	case C_SORRY:
		return set_sorry(ld, vs);
	case C_SORRY_INHIBIT:
		sorry = sorry_of(ld, vs);
		if (sorry)
			sorry->inhibit = true;
		return sorry;
	case C_SORRY_FORWARD:
		sorry = sorry_of(ld, vs);
		return sorry && set_forward(ld, &sorry->forward);
	case C_PERSISTENCE:
		if (ld->argc > 1 && !conf_number(ld, 1, 10, 1, 31 * 86400, &n))
			return false;
		vs->persistence_s = (uint32_t)n;
		return true;
	case C_GRANULARITY:
		return set_granularity(ld, vs);
	case C_STATUS:
		return set_status(ld, object);
	case C_DIGEST:
		return set_digest(ld, object);
	case C_MISC_PATH:
		return set_command(ld, misc_script(ld, c));
	case C_MISC_USER:
		return set_misc_user(ld, c);
	case C_PAYLOAD:
		return set_hex(ld, &c->u.udp.payload, NULL, &c->u.udp.payload_len);
	default: /* C_REPLY */
		c->u.udp.require_reply = true;
		return ld->argc < 2 || set_hex(ld, &c->u.udp.reply, &c->u.udp.reply_mask, &c->u.udp.reply_len);
	}
}

/* Words within lines */

static bool set_broadcast(struct loader *ld, struct vip_conf *vip)
{
	const char *word = conf_word(ld, 1);

	if (!word)
		return false;
	vip->broadcast_auto = is(word, "+");
	vip->broadcast_none = is(word, "-");
	if (vip->broadcast_auto || vip->broadcast_none)
		return true;
	if (vip->addr.family == AF_INET && addr_parse(word, &vip->broadcast) == 0 && vip->broadcast.family == AF_INET)
		return true;
	vip->broadcast = (struct addr) { 0 };
	conf_error(ld, "%s: '%.64s' is not an IPv4 address, + or - (IPv6 has no broadcast)", ld->argv[0], word);
	return false;
}

static bool set_preferred(struct loader *ld, struct vip_conf *vip)
{
	long long n = UINT32_MAX;

	if (!(ld->argc > 1 && is(ld->argv[1], "forever")) && !conf_number(ld, 1, 10, 0, UINT32_MAX, &n))
		return false;
	ld->used = 2;
	vip->has_preferred_lft = true;
	vip->preferred_lft_s = (uint32_t)n;
	return true;
}

static bool set_via(struct loader *ld, struct addr *out)
{
	int i = 1 + (ld->argc > 1 && conf_number_of(NAMES_FAMILY, ld->argv[1]) > 0);

	return address(ld, i, out);
}

static struct nexthop_conf *add_nexthop(struct loader *ld, struct route_conf *r)
{
	struct nexthop_conf *hop = conf_alloc(ld, sizeof(*hop));

	hop->weight = 1;
	conf_append(ld, &r->nexthops, hop);
	return hop;
}

/* Two gateways, the old way. */
static bool set_or(struct loader *ld, struct route_conf *r)
{
	struct addr second;

	if (!address(ld, 1, &second))
		return false;
	add_nexthop(ld, r)->via = r->via;
	add_nexthop(ld, r)->via = second;
	r->via = (struct addr) { 0 };
	return true;
}

static bool set_table(struct loader *ld, const struct keyword *k, void *object)
{
	const char *word = conf_word(ld, 1), *name = NULL;
	long long n = word ? conf_number_of(NAMES_TABLE, word) : -1;

	if (!word || (n < 0 && isdigit((unsigned char)*word) && !conf_number(ld, 1, 0, 1, UINT32_MAX, &n)))
		return false;
	if (n < 0) {
		name = conf_text(ld, word);
		n = 0;
	}
	memcpy((char *)object + k->off, &(uint32_t) { (uint32_t)n }, sizeof(uint32_t));
	if (this_block(ld)->kind == L_RULES || this_block(ld)->kind == L_STATIC_RULES)
		((struct rule_conf *)object)->table_name = name;
	else
		((struct route_conf *)object)->table_name = name;
	return true;
}

/* [lock] N; round trip times also with s or ms. Kept in the kernel's units, which a bare number has. */
static bool set_metric(struct loader *ld, const struct keyword *k, struct route_conf *r)
{
	bool lock = ld->argc > 1 && is(ld->argv[1], "lock"), time = k->range == RTAX_RTT || k->range == RTAX_RTTVAR || k->range == RTAX_RTO_MIN;
	unsigned units = k->range == RTAX_RTT ? 8 : k->range == RTAX_RTTVAR ? 4 : 1;
	const char *word = conf_word(ld, 1 + lock), *end;
	uint64_t n;

	if (!word)
		return false;
	if (!conf_seconds(word, &n, &end) || n / 1000000 > UINT32_MAX || (*end && !(time && strchr("sm", *end)))) {
		conf_error(ld, "%s: '%.64s' is not a number from 0 to %u", ld->argv[0], word, UINT32_MAX);
		return false;
	}
	n = *end == 's' ? n / 1000 * units : *end ? n / 1000000 * units : n / 1000000;
	if (time && (n < 200 * units || n > 120000 * units)) {
		n = n < 200 * units ? 200 * units : 120000 * units;
		conf_warn(ld, "%s: '%.64s' is out of range 200-120000 ms, %u ms is used", ld->argv[0], word, (unsigned)n / units);
	}
	r->metrics[k->range] = (uint32_t)n;
	r->metrics_set |= 1u << k->range;
	if (lock)
		r->metrics_locked |= 1u << k->range;
	return true;
}

/* [FROM/]TO, each 0-65535 */
static bool set_realms(struct loader *ld, uint32_t *realms)
{
	const char *word = conf_word(ld, 1);
	char *end;
	unsigned long a, b;

	if (!word)
		return false;
	a = b = strtoul(word, &end, 0);
	if (*end == '/') {
		b = strtoul(end + 1, &end, 0);
		b |= a << 16;
	}
	if (*end || !isdigit((unsigned char)*word) || a > 65535) {
		conf_error(ld, "realms: '%.64s' is not a number or two as in 30/20", word);
		return false;
	}
	*realms = (uint32_t)b;
	return true;
}

static bool set_route_fwmark(struct loader *ld, struct rule_conf *r)
{
	const char *word = conf_word(ld, 1);
	char *end;
	unsigned long long mark, mask = 0;

	if (!word)
		return false;
	mark = strtoull(word, &end, 0);
	r->has_fwmask = *end == '/' && isdigit((unsigned char)end[1]);
	if (r->has_fwmask)
		mask = strtoull(end + 1, &end, 0);
	r->has_fwmark = isdigit((unsigned char)*word) && !*end && mark <= UINT32_MAX && mask <= UINT32_MAX;
	r->fwmark = (uint32_t)mark;
	r->fwmask = (uint32_t)mask;
	if (!r->has_fwmark)
		conf_error(ld, "fwmark: '%.64s' is not a number, or MARK/MASK as in 0x10/0xff", word);
	return r->has_fwmark;
}

static bool set_congctl(struct loader *ld, struct route_conf *r)
{
	bool lock = ld->argc > 1 && is(ld->argv[1], "lock");
	const char *word = conf_word(ld, 1 + lock);

	if (lock)
		r->metrics_locked |= 1u << RTAX_CC_ALGO;
	r->congctl = word ? conf_text(ld, word) : NULL;
	return word != NULL;
}

static bool set_word(struct loader *ld, const struct keyword *k, void *object)
{
	struct route_conf *route = object;
	long long n;

	switch (k->arg) {
	case C_BROADCAST:
		return set_broadcast(ld, object);
	case C_PREFERRED:
		return set_preferred(ld, object);
	case C_VIA:
		return set_via(ld, addr_at((char *)object + k->off));
	case C_OR:
		return set_or(ld, route);
	case C_TABLE:
		return set_table(ld, k, object);
	case C_METRIC:
		return set_metric(ld, k, route);
	case C_REALMS:
		return set_realms(ld, (uint32_t *)(void *)((char *)object + k->off));
	case C_FEATURES:
		if (!is(conf_word(ld, 1), "ecn"))
			return false;
		route->metrics[RTAX_FEATURES] |= RTAX_FEATURE_ECN;
		route->metrics_set |= 1u << RTAX_FEATURES;
		return true;
	case C_CONGCTL:
		return set_congctl(ld, route);
	case C_FWMARK:
		return set_route_fwmark(ld, object);
	default: /* C_TUNNEL_ID */
		if (!conf_number(ld, 1, 0, 0, INT64_MAX, &n))
			return false;
		((struct rule_conf *)object)->tunnel_id = (uint64_t)n;
		return true;
	}
}

static bool set_garp_interface(struct loader *ld, struct garp_group_conf *g)
{
	const char *word = conf_word(ld, 1);
	struct conf_name *name;

	if (!word)
		return false;
	name = conf_alloc(ld, sizeof(*name));
	name->name = conf_text(ld, word);
	conf_append(ld, &g->interfaces, name);
	return true;
}

bool conf_set_custom(struct loader *ld, const struct keyword *k, void *object)
{
	if (k->arg == C_GARP_EXTRA)
		return set_garp_extra(ld, object);
	if (k->arg <= C_LEXERS)
		return set_global(ld, k, object);
	if (k->arg >= C_BROADCAST)
		return set_word(ld, k, object);
	if (k->arg >= C_SCHEDULER)
		return set_check(ld, k, object);
	switch (k->arg) {
	case C_NOTIFY_DELETED:
		return set_notify_deleted(ld, object);
	case C_HMAC_KEY:
		return set_hmac_key(ld, object);
	case C_COMMAND:
		return set_command(ld, (struct conf_script *)(void *)((char *)object + k->off));
	case C_PROCESS:
		return set_process(ld, object);
	case C_PARAM_MATCH:
		return set_param_match(ld, object);
	case C_DELAY:
		return set_delay(ld, k, object);
	case C_INIT_FILE:
		return set_init_file(ld, object);
	case C_GARP_INTERFACE:
		return set_garp_interface(ld, object);
	default:
		return set_instance(ld, k, object);
	}
}
