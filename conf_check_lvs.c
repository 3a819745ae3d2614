/* SPDX-License-Identifier: MIT */
/*
 * Virtual servers, real servers and checkers: inherited values and checks.
 */
#include "conf_table.h"
#include "text.h"

#include <arpa/inet.h>
#include <string.h>

#define SECOND 1000000u
#define ONE_PACKET 4 /* IP_VS_SVC_F_ONEPACKET */
#define TUNNEL 2 /* IP_VS_CONN_F_TUNNEL */
#define PERSISTENCE_DEFAULT_S 360
#define GROUP_PORTS_DIFFER -1

static char place[ADDR_TEXT_MAX]; /* for a name that is an address */
static int group_port; /* of all addresses of the virtual server's group */

static void at_service(const struct virtual_server_conf *vs)
{
	conf_at(&vs->node, "virtual_server", addr_is_set(&vs->addr) ? addr_text(&vs->addr, place) : vs->group_name);
}

static void at_server(const struct real_server_conf *rs)
{
	conf_at(&rs->node, "real_server", addr_text(&rs->addr, place));
}

static void inherit_settings(struct check_settings *s, const struct check_settings *from)
{
	conf_inherit(&s->delay_loop_us, &from->delay_loop_us, 8, 4);
	conf_inherit(&s->retry, &from->retry, 4, 1);
	conf_inherit(&s->alpha, &from->alpha, 1, 1);
}

/* By the kind: retries, and seconds before one, 0 for those of the delay_loop. */
static const uint8_t presets[][2] = {
	[CHECK_TCP] = { 1, 1 }, [CHECK_HTTP] = { 1, 3 }, [CHECK_SSL] = { 1, 3 }, [CHECK_SMTP] = { 1, 1 }, [CHECK_DNS] = { 3, 0 },
	[CHECK_MISC] = { 0, 1 }, [CHECK_UDP] = { 1, 1 }, [CHECK_PING] = { 1, 1 }, [CHECK_FILE] = { 1, 1 },
};

static void finish_check(struct check_conf *c, const struct real_server_conf *rs, const struct virtual_server_conf *vs, const struct global_conf *g)
{
	struct check_settings rest = { .delay_loop_us = 60 * SECOND, .connect_timeout_us = 5 * SECOND };

	inherit_settings(&c->set, &rs->set);
	conf_inherit(&c->set.delay_loop_us, &rest.delay_loop_us, 8, 1);
	rest.warmup_us = rest.delay_before_retry_us = c->set.delay_loop_us;
	rest.retry = presets[c->kind][0];
	if (presets[c->kind][1])
		rest.delay_before_retry_us = presets[c->kind][1] * SECOND;
	inherit_settings(&c->set, &rest);
	c->log_all_failures |= g->checker_log_all_failures;
	if (!addr_is_set(&c->connect_ip))
		c->connect_ip = rs->addr;
	if (!c->connect_port)
		c->connect_port = rs->port;
	if (c->kind == CHECK_MISC && !c->u.misc.timeout_us)
		c->u.misc.timeout_us = c->set.delay_loop_us;
	if (c->kind == CHECK_FILE && !c->u.file.has_weight) {
		c->u.file.weight = c->u.file.file->weight;
		c->u.file.reverse = c->u.file.file->reverse;
		c->u.file.has_weight = true;
	}
	if ((c->kind == CHECK_HTTP || c->kind == CHECK_SSL) && !c->u.http.virtualhost)
		c->u.http.virtualhost = rs->virtualhost ? rs->virtualhost : vs->virtualhost;
	if (c->kind == CHECK_DNS && !c->u.dns.name)
		c->u.dns.name = ".";
}

/* Only NAT can change a port. */
static void check_port(const struct virtual_server_conf *vs, struct real_server_conf *rs)
{
	uint16_t want = vs->fwmark || vs->group ? 0 : vs->port;

	if (vs->group) {
		if (rs->forward.method != 0 && rs->port && rs->port != group_port) {
			at_server(rs);
			conf_warn("a port other than the group's needs NAT");
		}
		return;
	}
	if (rs->forward.method == 0 && rs->port)
		return;
	if (rs->port && rs->port != want) {
		at_server(rs);
		conf_warn("port %u needs NAT, %u is used", rs->port, want);
	}
	rs->port = want;
}

static void check_forward(const struct virtual_server_conf *vs, struct lvs_forward *f)
{
	if ((f->tun_type == 1) == (f->tun_port != 0) && (f->tun_type != 0 || !f->tun_flags) && (f->tun_type != 2 || f->tun_flags != 2))
		return;
	at_service(vs);
	conf_error("lvs_method: a port goes with gue and only with it, csum with gue and gre, remcsum with gue; ipip is used");
	f->tun_type = f->tun_flags = 0;
	f->tun_port = 0;
}

static void finish_forward(struct virtual_server_conf *vs, struct lvs_forward *f)
{
	if (f->set) {
		check_forward(vs, f);
		return;
	}
	if (!vs->forward.set) {
		at_service(vs);
		conf_warn("it has no lvs_method, NAT is used");
		vs->forward.set = true;
	}
	*f = vs->forward;
}

static void finish_real_server(const struct global_conf *g, struct virtual_server_conf *vs, struct real_server_conf *rs)
{
	static const bool on = true;

	finish_forward(vs, &rs->forward);
	inherit_settings(&rs->set, &vs->set);
	if (rs->weight < 0)
		rs->weight = vs->weight;
	conf_inherit_flag(&rs->inhibit, &vs->inhibit);
	/* Unlike all others these are on where nobody says anything: so it was from the beginning. */
	conf_inherit_flag(&rs->smtp_alert, &g->smtp_alert_checker);
	conf_inherit_flag(&rs->smtp_alert, &on);
	check_port(vs, rs);
	EACH(check_conf, c, &rs->checks)
		finish_check(c, rs, vs, g);
}

struct server_key {
	const struct virtual_server_conf *vs;
	struct addr addr;
	uint16_t port;
};

static uint8_t method_of(const struct lvs_forward *f, const struct virtual_server_conf *vs)
{
	return (f->set ? f : &vs->forward)->method;
}

static void leave_out(struct real_server_conf *rs)
{
	memset(rs, 0, sizeof(*rs));
}

/* Where nothing else says it, that of the servers. Tunnels lead to either. */
static void find_family(struct virtual_server_conf *vs)
{
	if (vs->addr.family && vs->family != vs->addr.family) {
		conf_error("ip_family is not that of its address, ignored");
		vs->family = vs->addr.family;
	}
	if (!addr_is_set(&vs->sorry.addr)) {
		if (vs->sorry.inhibit || vs->sorry.forward.set)
			conf_error("sorry_server_inhibit and sorry_server_lvs_method need a sorry_server, ignored");
		leave_out(&vs->sorry);
	}
	if (!vs->family)
		vs->family = vs->sorry.addr.family;
	CONF_EACH(struct real_server_conf, rs, &vs->real_servers)
		if (!vs->family && method_of(&rs->forward, vs) != TUNNEL)
			vs->family = rs->addr.family;
	if (!vs->family && !vs->group) {
		CONF_EACH(struct real_server_conf, rs, &vs->real_servers)
			vs->family = !vs->family || vs->family == rs->addr.family ? rs->addr.family : AF_INET;
	}
	if (addr_is_set(&vs->sorry.addr) && vs->family && vs->sorry.addr.family != vs->family && method_of(&vs->sorry.forward, vs) != TUNNEL) {
		conf_error("sorry_server is not of its address family, ignored");
		leave_out(&vs->sorry);
	}
}

/* Not servers of the wrong family, and the second of two equal ones. */
static bool keep_server(void *node, void *ctx)
{
	struct virtual_server_conf *vs = ctx;
	struct real_server_conf *rs = node, *other;
	struct server_key key;

	memset(&key, 0, sizeof(key));
	key.vs = vs;
	key.addr = rs->addr;
	key.port = rs->port;
	at_server(rs);
	if (vs->family && rs->addr.family != vs->family && rs->forward.method != TUNNEL)
		return conf_error("it is not of its virtual_server's address family, left out");
	other = conf_dict('S', &key, sizeof(key), rs);
	if (other != rs)
		return conf_error("it stands twice in its virtual_server (line %u), the second one is left out", other->node.line);
	return true;
}

static bool link_group(struct virtual_server_conf *vs)
{
	if (!vs->group_name)
		return true;
	vs->group = conf_by_name(L_VS_ENTRIES, vs->group_name);
	if (!vs->group)
		conf_error("there is no such virtual_server_group, it does not run");
	return vs->group;
}

static void check_scheduler(struct virtual_server_conf *vs)
{
	if (vs->scheduler && text_index("rr wrr lc wlc lblc lblcr dh sh mh sed nq fo ovf twos", vs->scheduler) >= 0)
		return;
	if (vs->scheduler)
		conf_error("lvs_sched '%.64s' is not known, wlc is used", vs->scheduler);
	else
		conf_warn("it has no lvs_sched, wlc is used");
	vs->scheduler = "wlc";
}

static void check_service(struct virtual_server_conf *vs)
{
	const struct vs_entry_conf own = { .fwmark = vs->fwmark, .port = vs->port, .family = AF_INET }, *e = &own;
	bool marks = false, addresses = false, no_port = false;

	if (vs->group)
		e = (const struct vs_entry_conf *)(const void *)vs->group->entries.first;
	group_port = e->port;
	for (; e; e = (const struct vs_entry_conf *)(const void *)e->node.next) {
		if (e->fwmark) {
			marks = true;
		} else {
			addresses = true;
			no_port = no_port || !e->port;
		}
		if (group_port != e->port)
			group_port = GROUP_PORTS_DIFFER;
		if (!vs->family)
			vs->family = e->first.family ? e->first.family : e->family;
	}
	if (addresses && !vs->protocol) {
		conf_warn("it has no protocol, UDP is used");
		vs->protocol = IPPROTO_UDP;
	} else if (!addresses && vs->protocol) {
		conf_warn("protocol is ignored with a firewall mark");
		vs->protocol = 0;
	}
	if (vs->ha_suspend && marks) {
		conf_warn("ha_suspend needs an address, ignored");
		vs->ha_suspend = false;
	}
	if (addresses && (vs->flags & ONE_PACKET) && vs->protocol != IPPROTO_UDP) {
		conf_warn("ops needs protocol UDP, ignored");
		vs->flags &= ~(uint32_t)ONE_PACKET;
	}
	if (no_port && !vs->persistence_s) {
		conf_warn("all ports need persistence_timeout, %u s is used", PERSISTENCE_DEFAULT_S);
		vs->persistence_s = PERSISTENCE_DEFAULT_S;
	}
	check_scheduler(vs);
	if (vs->family == AF_INET6 && vs->persistence_mask == UINT32_MAX)
		vs->persistence_mask = 128;
}

static void check_quorum(struct virtual_server_conf *vs)
{
	uint64_t sum = 0;

	CONF_EACH(struct real_server_conf, rs, &vs->real_servers)
		sum += (unsigned)rs->weight;
	if (vs->quorum > sum) {
		conf_warn("quorum %u is more than all weights, %u is used", vs->quorum, (unsigned)sum);
		vs->quorum = (unsigned)sum;
	}
	if (vs->hysteresis && vs->hysteresis >= vs->quorum) {
		conf_warn("hysteresis %u is not below the quorum", vs->hysteresis);
		vs->hysteresis = vs->quorum ? vs->quorum - 1 : 0;
	}
}

struct service_key {
	struct addr addr;
	uint16_t port;
	uint8_t protocol, family;
	uint32_t fwmark;
};

static void check_twice(struct virtual_server_conf *vs)
{
	struct service_key key;
	const struct virtual_server_conf *other;

	memset(&key, 0, sizeof(key));
	key.addr = vs->addr;
	key.port = vs->port;
	key.protocol = vs->protocol;
	key.family = vs->family;
	key.fwmark = vs->fwmark;
	other = vs->group ? vs : conf_dict('W', &key, sizeof(key), vs);
	if (other == vs)
		return;
	conf_error("it stands twice (%s:%u), the second one does not run", other->node.file, other->node.line);
	vs->broken = true;
}

static void finish_virtual_server(const struct global_conf *g, struct virtual_server_conf *vs)
{
	static const bool off;
	struct real_server_conf *sorry = &vs->sorry;

	at_service(vs);
	if (!link_group(vs)) {
		vs->broken = true;
		return;
	}
	find_family(vs);
	check_service(vs);
	check_forward(vs, &vs->forward);
	conf_inherit_flag(&vs->smtp_alert, &g->smtp_alert_checker);
	conf_inherit_flag(&vs->smtp_alert, &off);
	EACH(real_server_conf, rs, &vs->real_servers)
		finish_real_server(g, vs, rs);
	conf_filter(&vs->real_servers, keep_server, vs);
	at_service(vs);
	if (!vs->real_servers.count) {
		conf_error("it has no real_server, it does not run");
		vs->broken = true;
		return;
	}
	if (addr_is_set(&sorry->addr)) {
		sorry->node = vs->node;
		sorry->node.next = NULL;
		sorry->weight = 1;
		finish_forward(vs, &sorry->forward);
		check_port(vs, sorry);
	}
	at_service(vs);
	check_quorum(vs);
	check_twice(vs);
}

void conf_check_lvs(struct config *c)
{
	EACH(virtual_server_conf, vs, &c->virtual_servers)
		finish_virtual_server(&c->global, vs);
}
