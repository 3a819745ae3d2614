/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "check.h"
#include "config.h"
#include "emit.h"
#include "loop.h"
#include "lvs.h"
#include "router.h"
#include "text.h"
#include "track.h"
#include "vaddr.h"

#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

/* The piece at hand, and copies of what it tells of. There is one printer. */
static struct printer {
	/* What rows of fields are of comes first. */
	struct vrrp_conf conf;
	struct vrrp_common common;
	struct vrrp machine;
	struct router_view v;
	uint64_t auth_failures; /* keepalived counts as one what the page tells apart */
	struct lvs_view lvs;
	struct check_view check;
	struct ipvs_stats stats;
	const struct ipvs_key *service, *dest; /* dest: or NULL */
	bool json, page;
	struct print p;
	const struct print_from *from;
	struct out *out;
} r;

/* Fields: one table for all forms. A row stands in two lists, one of places and one of names. */
#define TYPE_BITS 5
enum field_type {
	/* Nothing where they are NULL, false, 0 or, of conf_list, empty. */
	F_TEXT, F_SCRIPT,
	F_VIPS, F_ROUTES, F_RULES, F_NAMES,
	F_CHARS, F_YES,
	F_ADDR, F_BOOL, F_U8,
	F_INT, F_STATE, F_INTERVAL, F_US32,
	F_US64, F_SINCE, /* seconds */
	F_U64,
	F_COUNT, F_REFUSED, /* pages have no zeros of these, and better names for refusals */
	F_AGO, /* nothing where it is 0 */
	TYPES
};
_Static_assert(TYPES <= 1 << TYPE_BITS && offsetof(struct printer, service) << TYPE_BITS < UINT16_MAX, "a row fits");
#define ROW(member, kind, names) offsetof(struct printer, member) << TYPE_BITS | kind,
#define NAMES(member, kind, names) names "\0"
#define ONE(member, kind, names) + 1
#define LAST UINT16_MAX

/* wantstate: what keepalived is on its way to; there is no such way here. reason and master are not keepalived's. */
#define INSTANCE(X) \
	X(conf.name, F_TEXT, "iname\0 VRRP Instance") \
	X(conf.vmac_name, F_TEXT, "vmac_ifname\0") \
	X(machine.state, F_STATE, "\0State") \
	X(machine.state, F_STATE, "\0Wantstate") \
	X(v.since_us, F_SINCE, "\0Last transition") \
	X(machine.master_addr, F_ADDR, "\0Master router") \
	X(conf.source, F_ADDR, "\0Using src_ip") \
	X(machine.effective_priority, F_U8, "\0Effective priority") \
	X(machine.master_priority, F_U8, "\0Master priority") \
	X(conf.advert_us, F_INTERVAL, "\0Advert interval") \
	X(conf.version, F_U8, "version\0VRRP Version") \
	X(conf.interface, F_TEXT, "ifp_ifname\0Interface") \
	X(conf.dont_track_primary, F_U8, "dont_track_primary\0") \
	X(conf.skip_check_adv_addr, F_U8, "skip_check_adv_addr\0") \
	X(conf.strict, F_U8, "strict_mode\0") \
	X(common.garp.master_delay_us, F_US64, "garp_delay\0Gratuitous ARP delay") \
	X(common.garp.master_repeat, F_INT, "garp_rep\0") \
	X(common.garp.refresh_us, F_US64, "garp_refresh\0") \
	X(common.garp.refresh_repeat, F_INT, "garp_refresh_rep\0") \
	X(common.garp.lower_delay_us, F_US64, "garp_lower_prio_delay\0") \
	X(common.garp.lower_repeat, F_INT, "garp_lower_prio_rep\0") \
	X(conf.lower_prio_no_advert, F_U8, "lower_prio_no_advert\0") \
	X(conf.higher_prio_send_advert, F_U8, "higher_prio_send_advert\0") \
	X(conf.vrid, F_U8, "vrid\0Virtual Router ID") \
	X(conf.priority, F_U8, "base_priority\0Priority") \
	X(conf.advert_us, F_US32, "adver_int\0") \
	X(conf.accept, F_U8, "accept\0") \
	X(conf.nopreempt, F_BOOL, "nopreempt\0") \
	X(conf.preempt_delay_us, F_US64, "preempt_delay\0") \
	X(conf.promote_secondaries, F_BOOL, "promote_secondaries\0") \
	X(conf.auth_type, F_U8, "auth_type\0") \
	X(conf.vips, F_VIPS, "vips\0Virtual IP") \
	X(common.evips, F_VIPS, "evips\0Virtual IP Excluded") \
	X(common.routes, F_ROUTES, "vroutes\0") \
	X(common.rules, F_RULES, "vrules\0") \
	X(common.tracks[TRACK_INTERFACES], F_NAMES, "track_ifp\0") \
	X(common.tracks[TRACK_SCRIPTS], F_NAMES, "track_script\0") \
	X(common.tracks[TRACK_PROCESSES], F_NAMES, "track_process\0") \
	X(common.notify.smtp_alert, F_BOOL, "smtp_alert\0") \
	X(common.notify.deleted_state, F_BOOL, "notify_deleted\0") \
	X(common.notify.scripts[NOTIFY_BACKUP], F_SCRIPT, "script_backup\0") \
	X(common.notify.scripts[NOTIFY_MASTER], F_SCRIPT, "script_master\0") \
	X(common.notify.scripts[NOTIFY_FAULT], F_SCRIPT, "script_fault\0") \
	X(common.notify.scripts[NOTIFY_STOP], F_SCRIPT, "script_stop\0") \
	X(common.notify.scripts[NOTIFY_DELETED], F_SCRIPT, "script_deleted\0") \
	X(common.notify.scripts[NOTIFY_LOWER], F_SCRIPT, "script_master_rx_lower_pri\0") \
	X(common.notify.scripts[NOTIFY_ANY], F_SCRIPT, "script\0") \
	X(machine.state, F_INT, "state\0") \
	X(machine.state, F_INT, "wantstate\0") \
	X(machine.effective_priority, F_U8, "effective_priority\0") \
	X(machine.master_priority, F_U8, "master_priority\0") \
	X(machine.master_interval_us, F_US32, "master_adver_int\0") \
	X(v.holds_addresses, F_BOOL, "vipset\0") \
	X(v.since_us, F_SINCE, "last_transition\0") \
	X(conf.auth_data, F_CHARS, "auth_data\0") \
	X(v.why, F_TEXT, "reason\0") \
	X(machine.master_addr, F_ADDR, "master\0")

#define REFUSED(reason) v.refused[VRRP_##reason]
#define COUNTERS(X) \
	X(v.counters.adverts_received, F_COUNT, "advert_rcvd\0  Advertisements:\n    Received") \
	X(v.counters.adverts_sent, F_COUNT, "advert_sent\0    Sent") \
	X(v.counters.became_master, F_COUNT, "become_master\0  Became master") \
	X(v.counters.released_master, F_COUNT, "release_master\0  Released master") \
	X(REFUSED(BAD_LENGTH), F_REFUSED, "packet_len_err\0  Packet Errors:\n    Length") \
	X(REFUSED(BAD_TTL), F_REFUSED, "ip_ttl_err\0    TTL") \
	X(REFUSED(BAD_TYPE), F_REFUSED, "invalid_type_rcvd\0    Invalid Type") \
	X(REFUSED(BAD_INTERVAL), F_REFUSED, "advert_interval_err\0    Advertisement Interval") \
	X(v.counters.addr_list_mismatch, F_COUNT, "addr_list_err\0    Address List") \
	X(v.counters.unknown_auth_type, F_COUNT, "invalid_authtype\0  Authentication Errors:\n    Invalid Type") \
	X(REFUSED(BAD_AUTH_TYPE), F_REFUSED, "authtype_mismatch\0    Type Mismatch") \
	X(auth_failures, F_REFUSED, "auth_failure\0    Failure") \
	X(v.counters.priority_zero_received, F_COUNT, "pri_zero_rcvd\0  Priority Zero:\n    Received") \
	X(v.counters.priority_zero_sent, F_COUNT, "pri_zero_sent\0    Sent") \
	X(v.counters.send_errors, F_COUNT, "send_err\0")

#define VIRTUAL(X) \
	X(lvs.servers, F_INT, "servers\0") \
	X(lvs.alive, F_INT, "alive\0") \
	X(lvs.weight, F_INT, "weight\0") \
	X(lvs.quorum, F_INT, "quorum\0") \
	X(lvs.sorry_in_use, F_YES, "sorry_server\0") \
	X(lvs.suspended, F_YES, "suspended\0")
#define SINCE(X) \
	X(v.since_us, F_AGO, "since\0")
#define CHECK(X) \
	X(check.kind, F_TEXT, "check\0") \
	X(check.result, F_TEXT, "result\0") \
	X(check.last_us, F_AGO, "tried\0") \
	X(check.failures, F_INT, "failures\0")
#define KERNEL(X) \
	X(stats.active, F_INT, "active\0") \
	X(stats.count[IPVS_CONNECTIONS], F_U64, "connections\0") \
	X(stats.count[IPVS_CONNECTION_RATE], F_U64, "connections/s\0") \
	X(stats.count[IPVS_IN_BYTES], F_U64, "bytes_in\0") \
	X(stats.count[IPVS_IN_BYTE_RATE], F_U64, "bytes_in/s\0") \
	X(stats.count[IPVS_OUT_BYTES], F_U64, "bytes_out\0") \
	X(stats.count[IPVS_OUT_BYTE_RATE], F_U64, "bytes_out/s\0")

static const uint16_t rows[] = { INSTANCE(ROW) LAST, COUNTERS(ROW) LAST, SINCE(ROW) LAST, VIRTUAL(ROW) LAST, CHECK(ROW) LAST, KERNEL(ROW) LAST };
/* Of each that of JSON and pages, then that of the data file or the whole line of the statistics; "": not there. */
static const char names_packed[] =
	INSTANCE(NAMES) "\0\0" COUNTERS(NAMES) "\0\0" SINCE(NAMES) "\0\0" VIRTUAL(NAMES) "\0\0" CHECK(NAMES) "\0\0" KERNEL(NAMES);
/* Where each begins. */
enum {
	OF_INSTANCE,
	OF_COUNTERS = OF_INSTANCE INSTANCE(ONE) + 1,
	OF_SINCE = OF_COUNTERS COUNTERS(ONE) + 1,
	OF_VIRTUAL = OF_SINCE SINCE(ONE) + 1,
	OF_CHECK = OF_VIRTUAL VIRTUAL(ONE) + 1,
	OF_KERNEL = OF_CHECK CHECK(ONE) + 1,
};

/* A member of JSON, or what stands for it elsewhere: all but its value. name: NULL within a list. */
static void member(const char *name)
{
	const char *comma = r.p.comma ? "," : "";

	r.p.comma = true;
	if (r.json)
		emit(name ? "%s\"%-s\":" : "%s", comma, name);
	else if (r.page)
		emit("%s %-s ", comma, name);
	else
		emit(r.p.kind == PRINT_STATS ? "%-s: " : *name == ' ' ? "%-s = " : "   %-s = ", name);
}

/* In JSON alone. */
static void open_list(const char *name, char bracket)
{
	if (!r.json)
		return;
	member(name);
	emit("%c", bracket);
	r.p.comma = false;
}

/* Elsewhere alone. */
static void plain(const char *text)
{
	if (!r.json)
		emit_text(text);
}

static void close_list(char bracket)
{
	if (!r.json)
		return;
	emit("%c", bracket);
	r.p.comma = true;
}

/* Values */

/* From the clock on the wall of now: after a start in 1970 it is right as soon as that is. */
static void put_moment(uint64_t at_us)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	emit_seconds((uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000 - (loop_now() - at_us));
}

static void put_age(uint64_t since_us)
{
	uint64_t us = loop_now() - since_us;
	unsigned s = (unsigned)(us / US_PER_S);

	if (s < 60) {
		emit("%u.%u s", s, ((unsigned)us - s * (unsigned)US_PER_S) / 100000);
		return;
	}
	if (s >= 86400)
		emit("%u d ", s / 86400);
	emit("%u:%02u:%02u", s / 3600 % 24, s / 60 % 60, s % 60);
}

/* For people how long ago it was. name: "since", or what happened then. */
static void put_ago(const char *name, uint64_t at_us)
{
	if (r.json) {
		put_moment(at_us);
		return;
	}
	put_age(at_us);
	if (*name != 's')
		emit(" ago");
}

static void put_command(const struct conf_script *script)
{
	for (char *const *word = script->argv; word && *word; word++)
		emit(word == script->argv ? "'%s'" : " '%s'", *word);
}

/* In keepalived's words. */
static void put_vip(const struct vip_conf *vip)
{
	const char *dev = vip->dev ? vip->dev : r.conf.interface;

	emit("%p", &vip->addr);
	if (vip->prefix < addr_len(&vip->addr) * 8)
		emit("/%u", vip->prefix);
	if (dev)
		emit(" dev %s", dev);
	emit(" scope %s", vip->scope == RT_SCOPE_LINK ? "link" : "global");
	if (vip->label)
		emit(" label %s", vip->label);
	if (r.v.holds_addresses)
		emit(" set");
}

static void put_key(const struct ipvs_key *key)
{
	if (key->fwmark) {
		emit("FWM %u", (unsigned)key->fwmark);
		return;
	}
	emit("[%p]:%u", &key->addr, key->port);
}

static void put_keys(void)
{
	put_key(r.service);
	if (r.dest) {
		emit(" -> ");
		put_key(r.dest);
	}
}

/* Something of a type that is text in all forms. at: NULL for the keys at hand. */
static void put_text(enum field_type type, const void *at)
{
	if (r.json)
		emit_quote();
	if (type == F_VIPS)
		put_vip(at);
	else if (type == F_SCRIPT)
		put_command(at);
	else if (type == F_ROUTES || type == F_RULES)
		conf_dump_line(type == F_RULES, at);
	else if (type == F_ADDR)
		emit("%p", at);
	else if (at)
		emit_text((const char *)at);
	else
		put_keys();
	if (r.json)
		emit_unquote();
}

static void put_list(enum field_type type, const struct conf_list *list, const char *name)
{
	open_list(name, '[');
	if (!r.json)
		emit(list == &r.conf.vips ? "   %-s (%u):\n" : "   %-s :\n", name, list->count);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		plain("     ");
		if (r.json)
			member(NULL);
		put_text(type, type == F_NAMES ? ((const struct conf_name *)(const void *)n)->name : (const void *)n);
		plain("\n");
	}
	close_list(']');
}

static uint64_t number_of(enum field_type type, const void *at)
{
	if (type < F_CHARS)
		return (uintptr_t)*(const void *const *)at;
	if (type <= F_U8)
		return *(const uint8_t *)at;
	if (type <= F_US32)
		return *(const uint32_t *)at;
	return *(const uint64_t *)at;
}

static void put_value(enum field_type type, const void *at, uint64_t n, const char *name)
{
	switch (type) {
	case F_TEXT:
	case F_SCRIPT:
	case F_CHARS:
	case F_ADDR:
		put_text(type, type >= F_CHARS ? at : (const void *)(uintptr_t)n);
		break;
	case F_BOOL:
		emit(n ? "true" : "false");
		break;
	case F_STATE:
		emit_text(vrrp_state_text((enum vrrp_state)n));
		break;
	case F_INTERVAL:
		emit(r.conf.version == 2 ? "%u sec" : "%u milli-sec", (unsigned)n / (r.conf.version == 2 ? (unsigned)US_PER_S : 1000));
		break;
	case F_US32:
	case F_US64:
		emit_seconds(n);
		break;
	case F_SINCE:
		put_moment(n);
		break;
	case F_AGO:
		put_ago(name, n);
		break;
	default:
		emit("%llu", (unsigned long long)n);
	}
}

static void put_fields(unsigned first)
{
	const char *next = text_nth(names_packed, 2 * first), *name, *label;

	for (const uint16_t *row = rows + first; *row != LAST; row++) {
		enum field_type type = *row & ((1 << TYPE_BITS) - 1);
		const void *at = (const char *)&r + (*row >> TYPE_BITS);
		uint64_t n = number_of(type, at);

		label = text_nth(next, 1);
		name = r.json || r.page ? next : label;
		next = text_nth(label, 1);
		if (!*name || (!n && (type <= F_YES || type >= (r.page ? F_COUNT : F_AGO))) || (r.page && type == F_REFUSED))
			continue;
		if (type >= F_VIPS && type <= F_NAMES) {
			put_list(type, at, name);
			continue;
		}
		if (r.page && type == F_AGO && *name == 's')
			emit(" for ");
		else
			member(name);
		put_value(type, at, n, name);
		if (!r.json && !r.page)
			emit("\n");
	}
}

/* Objects that are a line for people, with the same members in JSON. */

/* colour: also more than any of these words has characters. */
static void put_state(const char *word, int colour)
{
	emit(r.p.colour ? "\033[1;%dm%s\033[0m" : "%.*s", colour, word);
}

static void word_member(const char *name, const char *text)
{
	member(name);
	put_text(F_TEXT, text);
}

static void number_member(const char *name, long long n)
{
	member(name);
	emit("%lld", n);
}

/* name: NULL for the keys at hand. state: NULL where there is none. */
static void begin_object(const char *name, const char *state, bool good)
{
	open_list(NULL, '{');
	if (r.json)
		member("name");
	put_text(F_TEXT, name);
	plain(state ? ": " : ":");
	r.p.comma = r.json || state;
	if (!state)
		return;
	if (r.json)
		word_member("state", state);
	else
		put_state(state, good ? 32 : 31);
}

static void end_object(void)
{
	close_list('}');
	plain("\n");
}

/* Instances */

/* What tables and pages want to know of it beside its view. */
static void look(void)
{
	struct vrrp *m = &r.machine;

	r.conf = *r.v.conf;
	r.common = *r.conf.common;
	*m = *r.v.machine;
	r.auth_failures = r.v.refused[VRRP_BAD_AUTH_DATA];
	for (unsigned i = VRRP_BAD_AH; i <= VRRP_UNKNOWN_KEY; i++)
		r.auth_failures += r.v.refused[i];
	/* A former master has not heard of its successor yet. */
	if (m->state == VRRP_MASTER)
		m->master_addr = m->own_addr;
	else if (addr_equal(&m->master_addr, &m->own_addr))
		m->master_addr.family = AF_UNSPEC;
	if (!addr_is_set(&r.conf.source))
		r.conf.source = m->own_addr;
	if (!r.conf.vmac_name)
		r.conf.vmac_name = "";
	if (*r.v.fault_text)
		r.v.why = r.v.fault_text;
	if (r.conf.auth_type != VRRP_AUTH_PASS)
		r.conf.auth_data[0] = 0;
}

static void json_instance(void)
{
	open_list(NULL, '{');
	open_list("data", '{');
	put_fields(OF_INSTANCE);
	close_list('}');
	open_list("stats", '{');
	put_fields(OF_COUNTERS);
	close_list('}');
	close_list('}');
}

static void page_addresses(void)
{
	emit(r.v.holds_addresses ? "\n    holds" : "\n    does not hold");
	for (const struct vaddr *a = r.v.vaddrs; a < r.v.vaddrs + r.v.vaddr_count; a++) {
		emit(" %p/%u", &a->conf->addr, a->conf->prefix);
		if (r.v.holds_addresses && a->error)
			emit(" (%*m)", a->error);
	}
	emit("\n");
}

static void page_counters(void)
{
	size_t len = r.out->len;

	emit("   ");
	r.p.comma = false;
	put_fields(OF_COUNTERS);
	for (unsigned i = 0; i < VRRP_REFUSALS; i++)
		if (r.v.refused[i])
			number_member(vrrp_refusal_text(i), (long long)r.v.refused[i]);
	if (r.p.comma)
		emit("\n");
	else
		r.out->len = len; /* there are none */
}

static void page_instance(void)
{
	static const uint8_t colours[] = { 31, 36, 32, 31 };
	const struct vrrp *m = r.v.machine;
	const struct vrrp_conf *conf = r.v.conf;

	emit("%s: ", conf->name);
	put_state(vrrp_state_text(m->state), colours[m->state]);
	emit(" for ");
	put_age(r.v.since_us);
	emit(" (%s)\n    %s, VRID %u, priority %u", r.v.why, conf->interface ? conf->interface : "any interface", conf->vrid, m->effective_priority);
	if (m->effective_priority != conf->priority) {
		emit(" of %u:", conf->priority);
		if (r.v.resigned)
			emit(" resigned");
		else
			router_explain(r.from->router, r.p.item, r.out);
	}
	emit("\n    master %p", &r.machine.master_addr);
	if (m->state == VRRP_BACKUP)
		emit(", priority %u", m->master_priority);
	if (r.v.last_advert_us) {
		emit(", last advert received ");
		put_age(r.v.last_advert_us);
		emit(" ago");
	}
	page_addresses();
	page_counters();
}

static bool wanted(const char *name)
{
	bool is = !r.p.name || !strcmp(r.p.name, name);

	r.p.found |= is;
	return is;
}

static void judge(enum print_health health)
{
	if (health > r.p.worst)
		r.p.worst = health;
}

static bool put_instance(void)
{
	static const uint8_t health[] = { [VRRP_INIT] = PRINT_FAULT, [VRRP_BACKUP] = PRINT_BACKUP, [VRRP_MASTER] = PRINT_MASTER, [VRRP_FAULT] = PRINT_FAULT };

	if (!r.from->router || !router_view(r.from->router, r.p.item, &r.v))
		return false;
	if (!wanted(r.v.conf->name) && (!r.v.conf->group || !wanted(r.v.conf->group->name)))
		return true;
	look();
	judge(health[r.v.machine->state]);
	if (r.json) {
		json_instance();
	} else if (r.page) {
		page_instance();
	} else if (r.p.kind == PRINT_DATA) {
		put_fields(OF_INSTANCE);
	} else {
		emit("VRRP Instance: %s\n", r.v.conf->name);
		put_fields(OF_COUNTERS);
	}
	return true;
}

/* Groups */

static bool put_group(void)
{
	const struct conf_node *n = r.from->config->groups.first;
	const struct group_conf *g;
	enum vrrp_state state;

	for (unsigned i = 0; n && i < r.p.item; i++)
		n = n->next;
	if (!n || !r.from->router)
		return false;
	g = (const void *)n;
	if (!wanted(g->name))
		return true;
	state = router_group_state(r.from->router, g);
	if (r.p.kind != PRINT_DATA) {
		begin_object(g->name, vrrp_state_text(state), state != VRRP_FAULT);
		word_member("kind", "group");
		end_object();
		return true;
	}
	emit(" VRRP Sync Group = %s, %s\n", g->name, vrrp_state_text(state));
	for (unsigned i = 0; i < g->instance_count; i++)
		emit("     %s\n", g->instances[i]->name);
	return true;
}

/* Tracked objects: scripts, processes, files. Their configurations begin alike, and the lists stand one after the other. */

static const struct vrrp_script_conf *find_tracked(enum track_kind *kind)
{
	const struct conf_list *list = &r.from->config->scripts;
	unsigned i = r.p.item;

	for (*kind = TRACK_SCRIPT; *kind <= TRACK_FILE; ++*kind, list++)
		for (const struct conf_node *n = list->first; n; n = n->next)
			if (!i--)
				return (const void *)n;
	return NULL;
}

static bool put_tracked(void)
{
	static const char kinds[][8] = { "script", "process", "file" };
	enum track_kind kind;
	const struct vrrp_script_conf *conf = find_tracked(&kind);
	const struct track_state *s;

	if (!conf || !r.from->router)
		return false;
	s = track_get(conf->index);
	if (r.p.kind == PRINT_DATA) {
		if (kind == TRACK_SCRIPT)
			emit(" VRRP Script = %s\n   Status = %s\n   State = %s\n", conf->name, !s->known ? "INIT" : s->up ? "GOOD" : "BAD",
			     s->running ? "running" : "idle");
		return true;
	}
	if (!wanted(conf->name))
		return true;
	begin_object(conf->name, s->known ? s->up ? "up" : "down" : s->neutral ? "without effect" : "no result yet", s->up);
	r.v.since_us = s->known ? s->since_us : 0;
	put_fields(OF_SINCE);
	word_member("kind", kinds[kind]);
	if (kind == TRACK_SCRIPT)
		number_member("last_status", s->last_status);
	else
		number_member("value", s->value);
	end_object();
	return true;
}

/* Virtual servers, each real server a piece of its own */

/* Returns the next one. */
static const struct check *put_check(const struct check *check)
{
	check = check_view(check, &r.check);
	if (!r.check.last_us)
		r.check.result = NULL;
	open_list(NULL, '{');
	plain(";");
	r.p.comma = false;
	put_fields(OF_CHECK);
	close_list('}');
	return check;
}

static void begin_server(const char *name, bool up)
{
	begin_object(name, up ? "up" : "down", up);
}

static void put_real(const struct lvs_real_view *real)
{
	plain("    ");
	begin_server(real->name, real->alive);
	r.v.since_us = real->since_us;
	put_fields(OF_SINCE);
	if (real->in_table)
		number_member("weight", real->weight);
	open_list("checks", '[');
	for (const struct check *check = real->checks; check;)
		check = put_check(check);
	close_list(']');
	end_object();
}

static void put_virtual(void)
{
	const struct lvs_view *v = &r.lvs;

	judge(v->quorum_met || v->suspended ? PRINT_MASTER : PRINT_FAULT);
	begin_server(v->name, v->quorum_met);
	put_fields(OF_VIRTUAL);
	open_list("real_servers", '[');
	if (!r.json)
		end_object();
}

static bool put_server(void)
{
	struct lvs_real_view real;

	if (!HAVE_LVS || !r.from->lvs || r.p.kind == PRINT_DATA || !lvs_view(r.p.item, &r.lvs))
		return false;
	if (!wanted(r.lvs.name))
		return true;
	if (!r.p.sub) {
		put_virtual();
	} else if (lvs_real_view(&r.lvs, r.p.sub - 1, &real)) {
		put_real(&real);
	} else {
		close_list(']');
		close_list('}');
		r.p.sub = 0;
		return true;
	}
	r.p.sub++;
	r.p.item--; /* again */
	return true;
}

/* The kernel's counters: of everything at once, so only where that is quick. */
#define COUNTED_MAX 256

static void put_counted(const struct ipvs_service *service, const struct ipvs_dest *dest, const struct ipvs_stats *stats)
{
	r.service = &service->key;
	r.dest = dest ? &dest->key : NULL;
	r.stats = *stats;
	begin_object(NULL, NULL, true);
	put_fields(OF_KERNEL);
	end_object();
}

static bool put_kernel(void)
{
	if (!HAVE_LVS || r.p.item || !r.from->lvs || r.p.kind == PRINT_DATA || r.p.name || r.from->config->virtual_servers.count > COUNTED_MAX)
		return false;
	if (lvs_has_kernel()) {
		lvs_stats(put_counted);
	} else if (r.from->config->virtual_servers.count) {
		judge(PRINT_FAULT);
		if (r.page)
			emit("the kernel has no IPVS: virtual servers wait for it\n");
	}
	return true;
}

/* Sections */

/* False: there is no such item. */
static bool (*const sections[])(void) = { put_instance, put_group, put_tracked, put_server, put_kernel };
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))
/* Of each that of JSON, then that of the data file. */
static const char titles_packed[] = "vrrp\0" "VRRP Topology\0" "groups\0" "VRRP Sync groups\0" "track\0" "VRRP Scripts\0" "lvs\0" "\0" "ipvs\0";

bool print_next(struct print *p, const struct print_from *from, struct out *out)
{
	bool object = p->kind == PRINT_WHOLE_JSON;
	unsigned last = p->kind >= PRINT_JSON ? 1 : SECTIONS;
	size_t len = out->len;

	emit_to(out);
	r.p = *p;
	r.from = from;
	r.out = out;
	r.json = object || p->kind == PRINT_JSON;
	r.page = p->kind == PRINT_PAGE;
	while (r.p.section <= last && out->len == len) {
		if (r.p.section == last) {
			if (r.json)
				emit(object ? "}\n" : "\n");
			r.p.section++;
			break;
		}
		if (!r.p.item && !r.p.sub) {
			const char *title = text_nth(titles_packed, r.p.section * 2 + !r.json);

			if (r.json)
				emit(object ? "%c\"%-s\":[" : "[", r.p.section ? ',' : '{', title);
			else if (*title && p->kind == PRINT_DATA)
				emit("------< %-s >------\n", title);
			r.p.comma = false;
		}
		if (sections[r.p.section]()) {
			r.p.item++;
			continue;
		}
		if (r.json)
			emit("]");
		else if (!r.p.item)
			out->len = len; /* the title of nothing */
		r.p.section++;
		r.p.item = 0;
	}
	*p = r.p;
	return out->len != len;
}
