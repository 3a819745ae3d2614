/* SPDX-License-Identifier: MIT */
/*
 * How virtual servers, real servers and checkers are read: their blocks and the values that no typed setter of conf_value.c fits.
 */
#include "conf_table.h"
#include "dns.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

static bool set_granularity(struct virtual_server_conf *vs)
{
	const char *word = conf_word(1);
	struct addr mask;

	if (!word)
		return false;
	if (!vs->family)
		vs->family = strchr(word, '.') ? AF_INET : AF_INET6;
	if (vs->family == AF_INET6) {
		if (!conf_number(1, 10, R_PREFIX, &vs->persistence_mask))
			return false;
	} else {
		if (addr_parse(word, &mask) || mask.family != AF_INET)
			return conf_not(1, "a netmask as in 255.255.255.0");
		memcpy(&vs->persistence_mask, mask.bytes, 4);
	}
	if (!vs->persistence_s)
		vs->persistence_s = 360;
	return true;
}

static bool set_status(struct loader *ld, struct url_conf *u)
{
	static const struct keyword span = { .type = T_SPAN, .range = R_STATUS };
	struct status_range *range = conf_alloc((size_t)ld->st.argc * sizeof(*range));
	uint32_t n[2];

	u->status = range;
	for (int i = 1; i < ld->st.argc; i++)
		if (conf_pair(R_STATUS, ld->st.argv[i], '-', n) && n[0] <= n[1])
			*range++ = (struct status_range) { (uint16_t)n[0], (uint16_t)n[1] };
		else
			conf_bad(&span, i);
	u->status_count = (uint16_t)(range - u->status);
	return conf_word(ld->st.argc - 1 ? ld->st.argc - 1 : 1);
}

static bool set_digest(struct loader *ld, struct url_conf *u)
{
	u->has_digest = ld->st.argc > 1 && text_hex(ld->st.argv[1], u->digest, sizeof(u->digest)) == sizeof(u->digest);
	ld->used = 2;
	return u->has_digest || conf_not(1, "32 hexadecimal digits, as genhash prints");
}

/* Words of hexadecimal digits. */
static bool set_hex(struct loader *ld, const uint8_t **bytes, const uint8_t **masks, uint16_t *len)
{
	const char *last = conf_word(ld->st.argc - 1 ? ld->st.argc - 1 : 1);
	uint8_t *to, *mask;
	size_t room;
	unsigned n = 0; /* a line is shorter than 64 KB */
	int taken;

	if (!last)
		return false;
	/* Words stand behind each other. */
	room = (size_t)(last + strlen(last) - ld->st.argv[1]) + 1;
	to = conf_alloc(room);
	mask = masks ? conf_alloc(room) : NULL;
	for (int i = 1; i < ld->st.argc; i++)
		for (const char *p = ld->st.argv[i]; *p; p += taken, n++) {
			taken = conf_byte(p, &to[n], mask ? &mask[n] : NULL);
			if (!taken)
				return conf_not(i, "hexadecimal digits");
		}
	if (!n)
		return conf_not(ld->st.argc, "a value");
	*bytes = to;
	*len = (uint16_t)n;
	if (masks)
		*masks = mask;
	return true;
}

bool conf_set_lvs(struct loader *ld, const struct keyword *k, void *object)
{
	struct check_conf *c = object;

	switch (k->arg) {
	case C_GRANULARITY:
		return set_granularity(object);
	case C_STATUS:
		return set_status(ld, object);
	case C_DIGEST:
		return set_digest(ld, object);
	case C_PAYLOAD:
		return set_hex(ld, &c->u.udp.payload, NULL, &c->u.udp.payload_len);
	default: /* C_REPLY */
		c->u.udp.require_reply = true;
		return ld->st.argc < 2 || set_hex(ld, &c->u.udp.reply, &c->u.udp.reply_mask, &c->u.udp.reply_len);
	}
}

/* Blocks */

static void init_settings(struct check_settings *s)
{
	memset(s, CONF_UNSET, sizeof(*s));
}

/* ADDRESS [PORT] and, for virtual servers, fwmark N and group NAME. */
static bool read_head(struct loader *ld, const struct keyword *k, void *object, const struct addr *addr)
{
	const struct virtual_server_conf *vs = object;
	unsigned errors = ld->config->errors;

	ld->used = conf_options_line(ld, conf_head(k), object, 1);
	if (addr_is_set(addr) || (conf_block(k)->kind == B_VIRTUAL_SERVER && (vs->group_name || vs->fwmark)))
		return true;
	if (ld->config->errors == errors)
		conf_not(1, "an address, or one and a port");
	return false;
}

static bool open_virtual_server(struct loader *ld, const struct keyword *k, struct virtual_server_conf *vs)
{
	vs->quorum = 1;
	vs->weight = 1;
	vs->persistence_mask = UINT32_MAX;
	conf_unset(&vs->smtp_alert);
	init_settings(&vs->set);
	if (!read_head(ld, k, vs, &vs->addr))
		return false;
	vs->family = vs->addr.family;
	return true;
}

static bool open_real_server(struct loader *ld, const struct keyword *k, struct real_server_conf *rs)
{
	rs->weight = -1;
	conf_unset(&rs->inhibit);
	conf_unset(&rs->smtp_alert);
	init_settings(&rs->set);
	return read_head(ld, k, rs, &rs->addr);
}

static void open_check(struct check_conf *c)
{
	init_settings(&c->set);
	if (c->kind == CHECK_DNS)
		c->u.dns.type = 6;
	if (c->kind == CHECK_UDP)
		c->u.udp.max_reply = 255;
}

void *conf_open_lvs(struct loader *ld, const struct keyword *k)
{
	const struct block *b = conf_block(k);
	void *object = conf_alloc(b->size);
	struct check_conf *c = object;

	if (b->kind == B_VIRTUAL_SERVER)
		return open_virtual_server(ld, k, object) ? object : NULL;
	if (b->kind == B_REAL_SERVER)
		return open_real_server(ld, k, object) ? object : NULL;
	if (b->kind >= B_CHECK) {
		c->kind = b->kind - B_CHECK;
		open_check(c);
	}
	return object;
}

/* Closing: whether the block may stay. */

static bool url_done(struct url_conf *u)
{
	static const struct status_range all_good = { 200, 299 };

	if (!u->status_count) {
		u->status = &all_good;
		u->status_count = 1;
	}
	return true;
}

/* Each host is a checker of its own; the first one is the block itself, unless that says where to connect. */
void conf_split_hosts(struct check_conf *c, struct conf_list *checks)
{
	struct conf_list hosts = c->u.smtp.hosts;

	c->u.smtp.hosts = (struct conf_list) { 0 };
	CONF_EACH(struct check_conf, host, &hosts) {
		struct check_conf *to = c;

		if (addr_is_set(&c->connect_ip) || c->connect_port || addr_is_set(&c->bindto)) {
			to = conf_alloc(sizeof(*to));
			*to = *c;
			conf_append(checks, to);
		}
		/* What a host block may say is what stands before the settings. */
		memcpy(&to->connect_ip, &host->connect_ip, offsetof(struct check_conf, set) - offsetof(struct check_conf, connect_ip));
	}
}

static bool check_done(struct check_conf *c, const struct real_server_conf *rs)
{
	const struct addr *to = addr_is_set(&c->connect_ip) ? &c->connect_ip : &rs->addr;
	uint8_t query[DNS_QUERY_MAX];

	switch (c->kind) {
	case CHECK_MISC:
		return true;
	case CHECK_FILE:
		c->u.file.file = c->u.file.name ? conf_by_name(B_FILE, c->u.file.name) : NULL;
		return c->u.file.file || conf_without("track_file that stands above");
	case CHECK_DNS:
		if (c->u.dns.name && !dns_query(query, c->u.dns.name, 0)) {
			conf_error("name '%.64s' has a part that is empty or too long, '.' is used", c->u.dns.name);
			c->u.dns.name = NULL;
		}
		break;
	default:
		break;
	}
	if (addr_is_set(&c->bindto) && c->bindto.family != to->family) {
		conf_error("bindto is not of the family it connects to, ignored");
		c->bindto = (struct addr) { 0 };
	}
	return !(to->family == AF_INET6 && addr_is_link_local(to) && !c->bind_if) || conf_without("bind_if for a link-local address");
}

bool conf_close_lvs(const struct frame *f, void *parent)
{
	const struct vs_group_conf *group = f->object;

	if (f->block->kind == L_VS_ENTRIES)
		return group->entries.count || conf_without("entries");
	if (f->block->kind == B_URL)
		return url_done(f->object);
	return f->block->kind < B_CHECK || check_done(f->object, parent);
}

/* Lines */

/* ADDRESS, ADDRESS/PREFIX, ADDRESS-ADDRESS or ADDRESS-LAST */
static bool read_range(char *word, struct vs_entry_conf *e)
{
	char *dash = strchr(word, '-'), *end;
	uint8_t prefix;
	unsigned len;
	bool good;
	long long last;

	if (dash)
		*dash = '\0';
	good = addr_parse_prefix(word, &e->first, dash ? NULL : &prefix) == 0;
	if (dash)
		*dash++ = '-';
	if (!good)
		return false;
	e->last = e->first;
	len = (unsigned)addr_len(&e->first);
	if (!dash) {
		for (unsigned i = prefix; i < len * 8; i++) {
			if (!prefix || e->first.bytes[i / 8] & 0x80 >> i % 8)
				return false;
			e->last.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
		}
	} else if (addr_parse(dash, &e->last)) {
		last = text_number(dash, &end, len == 4 ? 10 : 16);
		if (*end || !isxdigit((unsigned char)*dash) || last > (len == 4 ? 255 : 65535))
			return false;
		e->last.bytes[len - 1] = (uint8_t)last;
		if (len == 16)
			e->last.bytes[14] = (uint8_t)(last >> 8);
	}
	return e->first.family == e->last.family && addr_compare(&e->first, &e->last) <= 0;
}

void conf_line_lvs(struct loader *ld, struct vs_group_conf *group)
{
	struct vs_entry_conf *e = conf_alloc(sizeof(*e));
	uint32_t port = 0;
	int family;

	ld->used = 2;
	if (strcmp(ld->st.argv[0], "fwmark") == 0) {
		if (!conf_number(1, 0, R_ALL, &e->fwmark))
			return;
		family = ld->st.argc > 2 ? conf_number_of(NAMES_FAMILY, ld->st.argv[2]) : -1;
		if (family > 0) {
			e->family = (uint8_t)family;
			ld->used = 3;
		}
	} else {
		if (!read_range(ld->st.argv[0], e)) {
			conf_not(0, "an address, a range as in 192.0.2.1-10 or a network as in 192.0.2.8/29");
			return;
		}
		if (ld->st.argc > 1 && !conf_number(1, 10, R_0_65535, &port))
			return;
		e->port = (uint16_t)port;
	}
	if (ld->used < ld->st.argc)
		conf_warn("'%.64s' after the entry is ignored", ld->st.argv[ld->used]);
	conf_append(&group->entries, e);
}
