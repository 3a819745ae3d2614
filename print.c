/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "check.h"
#include "config.h"
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

#define LINE_MAX_BYTES 512

struct printer {
	struct print *p;
	const struct print_from *from;
	struct out *out;
	/* Of the instance at hand. */
	struct router_view v;
	const struct addr *master, *source;
	const char *vmac_name, *reason, *auth_data;
	char secret[VRRP_AUTH_LEN + 1];
};

/* Fields: one table for all forms. A row stands in two lists, one of places and one of names. */

enum field_type {
	F_TEXT, F_SCRIPT, F_ADDR, /* pointers: left out where there is nothing */
	F_VIPS, F_ROUTES, F_RULES, F_NAMES, /* conf_list */
	F_BOOL, F_STATE, F_INTERVAL,
	F_U8, F_INT, F_U64,
	F_US32, F_US64, F_SINCE, /* seconds */
	TYPES
};
/* What a row is of. */
enum { OF_printer, OF_vrrp_conf, OF_vrrp_common, OF_vrrp, OBJECTS };
struct fields {
	const uint16_t *rows;
	unsigned count;
	const char *names; /* for each that of JSON, then that of the data file or the whole line of the statistics; "": not there */
};
#define ROW(type, member, kind, names) offsetof(struct type, member) * OBJECTS * TYPES + OF_##type * TYPES + kind,
#define NAMES(type, member, kind, names) names "\0"
#define FIELDS(list) &(const struct fields){ list##_rows, sizeof(list##_rows) / sizeof(list##_rows[0]), list##_packed }
#define TABLE(list, LIST) \
	static const uint16_t list##_rows[] = { LIST(ROW) }; \
	static const char list##_packed[] = LIST(NAMES)
_Static_assert(sizeof(struct vrrp_conf) * OBJECTS * TYPES <= UINT16_MAX && sizeof(struct printer) * OBJECTS * TYPES <= UINT16_MAX, "an offset fits");

/* wantstate: what keepalived is on its way to; there is no such way here. reason and master are not keepalived's. */
#define INSTANCE(X) \
	X(vrrp_conf, name, F_TEXT, "iname\0 VRRP Instance") \
	X(printer, vmac_name, F_TEXT, "vmac_ifname\0") \
	X(vrrp, state, F_STATE, "\0State") \
	X(vrrp, state, F_STATE, "\0Wantstate") \
	X(printer, v.since_us, F_SINCE, "\0Last transition") \
	X(printer, master, F_ADDR, "\0Master router") \
	X(printer, source, F_ADDR, "\0Using src_ip") \
	X(vrrp, effective_priority, F_U8, "\0Effective priority") \
	X(vrrp, master_priority, F_U8, "\0Master priority") \
	X(vrrp_conf, advert_us, F_INTERVAL, "\0Advert interval") \
	X(vrrp_conf, version, F_U8, "version\0VRRP Version") \
	X(vrrp_conf, interface, F_TEXT, "ifp_ifname\0Interface") \
	X(vrrp_conf, dont_track_primary, F_U8, "dont_track_primary\0") \
	X(vrrp_conf, skip_check_adv_addr, F_U8, "skip_check_adv_addr\0") \
	X(vrrp_conf, strict, F_U8, "strict_mode\0") \
	X(vrrp_common, garp.master_delay_us, F_US64, "garp_delay\0Gratuitous ARP delay") \
	X(vrrp_common, garp.master_repeat, F_INT, "garp_rep\0") \
	X(vrrp_common, garp.refresh_us, F_US64, "garp_refresh\0") \
	X(vrrp_common, garp.refresh_repeat, F_INT, "garp_refresh_rep\0") \
	X(vrrp_common, garp.lower_delay_us, F_US64, "garp_lower_prio_delay\0") \
	X(vrrp_common, garp.lower_repeat, F_INT, "garp_lower_prio_rep\0") \
	X(vrrp_conf, lower_prio_no_advert, F_U8, "lower_prio_no_advert\0") \
	X(vrrp_conf, higher_prio_send_advert, F_U8, "higher_prio_send_advert\0") \
	X(vrrp_conf, vrid, F_U8, "vrid\0Virtual Router ID") \
	X(vrrp_conf, priority, F_U8, "base_priority\0Priority") \
	X(vrrp_conf, advert_us, F_US32, "adver_int\0") \
	X(vrrp_conf, accept, F_U8, "accept\0") \
	X(vrrp_conf, nopreempt, F_BOOL, "nopreempt\0") \
	X(vrrp_conf, preempt_delay_us, F_US64, "preempt_delay\0") \
	X(vrrp_conf, promote_secondaries, F_BOOL, "promote_secondaries\0") \
	X(vrrp_conf, auth_type, F_U8, "auth_type\0") \
	X(vrrp_conf, vips, F_VIPS, "vips\0Virtual IP") \
	X(vrrp_common, evips, F_VIPS, "evips\0Virtual IP Excluded") \
	X(vrrp_common, routes, F_ROUTES, "vroutes\0") \
	X(vrrp_common, rules, F_RULES, "vrules\0") \
	X(vrrp_common, tracks[TRACK_INTERFACES], F_NAMES, "track_ifp\0") \
	X(vrrp_common, tracks[TRACK_SCRIPTS], F_NAMES, "track_script\0") \
	X(vrrp_common, tracks[TRACK_PROCESSES], F_NAMES, "track_process\0") \
	X(vrrp_common, notify.smtp_alert, F_BOOL, "smtp_alert\0") \
	X(vrrp_common, notify.deleted_state, F_BOOL, "notify_deleted\0") \
	X(vrrp_common, notify.backup, F_SCRIPT, "script_backup\0") \
	X(vrrp_common, notify.master, F_SCRIPT, "script_master\0") \
	X(vrrp_common, notify.fault, F_SCRIPT, "script_fault\0") \
	X(vrrp_common, notify.stop, F_SCRIPT, "script_stop\0") \
	X(vrrp_common, notify.deleted, F_SCRIPT, "script_deleted\0") \
	X(vrrp_common, notify.master_rx_lower_pri, F_SCRIPT, "script_master_rx_lower_pri\0") \
	X(vrrp_common, notify.any, F_SCRIPT, "script\0") \
	X(vrrp, state, F_INT, "state\0") \
	X(vrrp, state, F_INT, "wantstate\0") \
	X(vrrp, effective_priority, F_U8, "effective_priority\0") \
	X(vrrp, master_priority, F_U8, "master_priority\0") \
	X(vrrp, master_interval_us, F_US32, "master_adver_int\0") \
	X(printer, v.holds_addresses, F_BOOL, "vipset\0") \
	X(printer, v.since_us, F_SINCE, "last_transition\0") \
	X(printer, auth_data, F_TEXT, "auth_data\0") \
	X(printer, reason, F_TEXT, "reason\0") \
	X(printer, master, F_ADDR, "master\0")
TABLE(instance, INSTANCE);

/* The second names are the whole lines of the statistics. */
#define REFUSED(reason) v.refused[VRRP_##reason]
#define COUNTERS(X) \
	X(printer, v.counters.adverts_received, F_U64, "advert_rcvd\0  Advertisements:\n    Received") \
	X(printer, v.counters.adverts_sent, F_U64, "advert_sent\0    Sent") \
	X(printer, v.counters.became_master, F_U64, "become_master\0  Became master") \
	X(printer, v.counters.released_master, F_U64, "release_master\0  Released master") \
	X(printer, REFUSED(BAD_LENGTH), F_U64, "packet_len_err\0  Packet Errors:\n    Length") \
	X(printer, REFUSED(BAD_TTL), F_U64, "ip_ttl_err\0    TTL") \
	X(printer, REFUSED(BAD_TYPE), F_U64, "invalid_type_rcvd\0    Invalid Type") \
	X(printer, REFUSED(BAD_INTERVAL), F_U64, "advert_interval_err\0    Advertisement Interval") \
	X(printer, v.counters.addr_list_mismatch, F_U64, "addr_list_err\0    Address List") \
	X(printer, v.counters.unknown_auth_type, F_U64, "invalid_authtype\0  Authentication Errors:\n    Invalid Type") \
	X(printer, REFUSED(BAD_AUTH_TYPE), F_U64, "authtype_mismatch\0    Type Mismatch") \
	X(printer, REFUSED(BAD_AUTH_DATA), F_U64, "auth_failure\0    Failure") \
	X(printer, v.counters.priority_zero_received, F_U64, "pri_zero_rcvd\0  Priority Zero:\n    Received") \
	X(printer, v.counters.priority_zero_sent, F_U64, "pri_zero_sent\0    Sent") \
	X(printer, v.counters.send_errors, F_U64, "send_err\0")
TABLE(counter, COUNTERS);

/* JSON */

static void comma(struct printer *r)
{
	if (r->p->comma)
		out_put(r->out, ",");
	r->p->comma = true;
}

static void quote(struct out *out, const char *text)
{
	out_put(out, "\"");
	for (; *text; text++)
		out_print(out, *text == '"' || *text == '\\' ? "\\%c" : (unsigned char)*text < ' ' ? "\\u%04x" : "%c", *text);
	out_put(out, "\"");
}

static void key(struct printer *r, const char *name)
{
	comma(r);
	out_print(r->out, "\"%-s\":", name);
}

static void text_member(struct printer *r, const char *name, const char *text)
{
	key(r, name);
	quote(r->out, text);
}

/* '{' or '['; name: NULL within a list. */
static void open_list(struct printer *r, const char *name, const char *bracket)
{
	if (name)
		key(r, name);
	else
		comma(r);
	out_put(r->out, bracket);
	r->p->comma = false;
}

static void close_list(struct printer *r, const char *bracket)
{
	out_put(r->out, bracket);
	r->p->comma = true;
}

/* Values */

/* From the clock on the wall of now: after a start in 1970 it is right as soon as that is. */
static uint64_t epoch_us(uint64_t at_us)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000 - (loop_now() - at_us);
}

static void put_age(const struct printer *r, uint64_t since_us)
{
	uint64_t us = loop_now() - since_us;
	unsigned s = (unsigned)(us / US_PER_S);

	if (s < 60) {
		out_print(r->out, "%u.%u s", s, ((unsigned)us - s * (unsigned)US_PER_S) / 100000);
		return;
	}
	if (s >= 86400)
		out_print(r->out, "%u d ", s / 86400);
	out_print(r->out, "%u:%02u:%02u", s / 3600 % 24, s / 60 % 60, s % 60);
}

/* Objects that are a line for people, with the same members in JSON. */

static void put_state(struct printer *r, const char *word, int colour)
{
	if (r->p->colour)
		out_print(r->out, "\033[1;%dm%s\033[0m", colour, word);
	else
		out_put(r->out, word);
}

static void member(struct printer *r, const char *name)
{
	if (r->p->kind == PRINT_JSON)
		key(r, name);
	else
		out_print(r->out, r->p->comma ? ", %-s " : " %-s ", name);
	r->p->comma = true;
}

static void word_member(struct printer *r, const char *name, const char *text)
{
	member(r, name);
	if (r->p->kind == PRINT_JSON)
		quote(r->out, text);
	else
		out_put(r->out, text);
}

static void number_member(struct printer *r, const char *name, long long n)
{
	member(r, name);
	out_print(r->out, "%lld", n);
}

/* A moment: for people how long ago it was. name: "since", or what happened then. */
static void time_member(struct printer *r, const char *name, uint64_t at_us)
{
	bool since = *name == 's';

	if (r->p->kind == PRINT_JSON) {
		key(r, name);
		out_seconds(r->out, epoch_us(at_us));
		return;
	}
	out_print(r->out, since ? " for " : ", %s ", name);
	put_age(r, at_us);
	if (!since)
		out_put(r->out, " ago");
}

/* state: NULL where there is none. */
static void begin_object(struct printer *r, const char *name, const char *state, bool good)
{
	if (r->p->kind == PRINT_JSON) {
		open_list(r, NULL, "{");
		text_member(r, "name", name);
		if (state)
			text_member(r, "state", state);
		return;
	}
	out_print(r->out, state ? "%s: " : "%s:", name);
	r->p->comma = state;
	if (state)
		put_state(r, state, good ? 32 : 31);
}

static void end_object(struct printer *r)
{
	if (r->p->kind == PRINT_JSON)
		close_list(r, "}");
	else
		out_put(r->out, "\n");
}

static void put_command(struct out *out, const struct conf_script *script)
{
	for (char *const *word = script->argv; word && *word; word++)
		out_print(out, word == script->argv ? "'%s'" : " '%s'", *word);
}

/* In keepalived's words. */
static void put_vip(const struct printer *r, const struct vip_conf *vip, struct out *out)
{
	char text[ADDR_TEXT_MAX];

	out_put(out, addr_text(&vip->addr, text));
	if (vip->prefix < addr_len(&vip->addr) * 8)
		out_print(out, "/%u", vip->prefix);
	if (vip->dev || r->v.conf->interface)
		out_print(out, " dev %s", vip->dev ? vip->dev : r->v.conf->interface);
	out_print(out, " scope %s", vip->scope == RT_SCOPE_LINK ? "link" : "global");
	if (vip->label)
		out_print(out, " label %s", vip->label);
	if (r->v.holds_addresses)
		out_put(out, " set");
}

/* Something of a type that is text in all forms. */
static void put_text(const struct printer *r, enum field_type type, const void *at)
{
	char text[LINE_MAX_BYTES], literal[ADDR_TEXT_MAX];
	struct out line = { .buf = text, .size = sizeof(text) - 1 };

	if (type == F_VIPS)
		put_vip(r, at, &line);
	else if (type == F_SCRIPT)
		put_command(&line, at);
	else if (type == F_ROUTES || type == F_RULES)
		conf_dump_line(type == F_ROUTES ? "virtual_routes" : "virtual_rules", at, &line);
	else
		out_put(&line, type == F_ADDR ? addr_text(at, literal) : at);
	text[line.len < line.size ? line.len : line.size] = '\0';
	if (r->p->kind == PRINT_JSON)
		quote(r->out, text);
	else
		out_put(r->out, text);
}

static void put_list(struct printer *r, enum field_type type, const struct conf_list *list, const char *name)
{
	bool json = r->p->kind == PRINT_JSON;

	if (!list->first)
		return;
	if (json)
		open_list(r, name, "[");
	else
		out_print(r->out, list == &r->v.conf->vips ? "   %-s (%u):\n" : "   %-s :\n", name, list->count);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		if (json)
			comma(r);
		else
			out_put(r->out, "     ");
		put_text(r, type, type == F_NAMES ? ((const struct conf_name *)(const void *)n)->name : (const void *)n);
		if (!json)
			out_put(r->out, "\n");
	}
	if (json)
		close_list(r, "]");
}

static void put_number(const struct printer *r, enum field_type type, const void *at)
{
	uint64_t n;

	if (type == F_U8)
		n = *(const uint8_t *)at;
	else if (type == F_INT || type == F_US32)
		n = *(const uint32_t *)at;
	else
		n = *(const uint64_t *)at;
	if (type == F_SINCE)
		n = epoch_us(n);
	if (type >= F_US32)
		out_seconds(r->out, n);
	else
		out_print(r->out, "%llu", (unsigned long long)n);
}

static void put_value(struct printer *r, enum field_type type, const void *at)
{
	const struct vrrp_conf *conf = r->v.conf;

	switch (type) {
	case F_BOOL:
		out_put(r->out, *(const bool *)at ? "true" : "false");
		break;
	case F_STATE:
		out_put(r->out, vrrp_state_text(*(const enum vrrp_state *)at));
		break;
	case F_INTERVAL:
		out_print(r->out, conf->version == 2 ? "%u sec" : "%u milli-sec", conf->advert_us / (conf->version == 2 ? (unsigned)US_PER_S : 1000));
		break;
	case F_TEXT:
	case F_SCRIPT:
	case F_ADDR:
		put_text(r, type, *(const void *const *)at);
		break;
	default:
		put_number(r, type, at);
	}
}

static void put_fields(struct printer *r, const struct fields *fields)
{
	const void *const objects[] = { [OF_printer] = r, [OF_vrrp_conf] = r->v.conf, [OF_vrrp_common] = r->v.conf->common, [OF_vrrp] = r->v.machine };
	const char *next = fields->names, *name, *label;
	bool json = r->p->kind == PRINT_JSON;

	for (const uint16_t *row = fields->rows; row < fields->rows + fields->count; row++) {
		enum field_type type = *row % TYPES;
		const void *at = (const char *)objects[*row / TYPES % OBJECTS] + *row / TYPES / OBJECTS;

		label = next + strlen(next) + 1;
		name = json ? next : label;
		next = label + strlen(label) + 1;
		if (!*name || (type <= F_ADDR && !*(const void *const *)at))
			continue;
		if (type >= F_VIPS && type <= F_NAMES) {
			put_list(r, type, at, name);
			continue;
		}
		if (json)
			key(r, name);
		else
			out_print(r->out, r->p->kind == PRINT_STATS ? "%-s: " : *name == ' ' ? "%-s = " : "   %-s = ", name);
		put_value(r, type, at);
		if (!json)
			out_put(r->out, "\n");
	}
}

/* Instances */

/* What tables and pages want to know of it beside its view. */
static void look(struct printer *r)
{
	static const struct addr none;
	const struct vrrp_conf *conf = r->v.conf;
	const struct vrrp *m = r->v.machine;

	/* keepalived counts as failures of authentication what the page tells apart. */
	for (unsigned i = VRRP_BAD_AH; i <= VRRP_UNKNOWN_KEY && r->p->kind != PRINT_PAGE; i++)
		r->v.refused[VRRP_BAD_AUTH_DATA] += r->v.refused[i];
	/* A former master has not heard of its successor yet. */
	r->master = m->state == VRRP_MASTER ? &m->own_addr : addr_equal(&m->master_addr, &m->own_addr) ? &none : &m->master_addr;
	r->source = addr_is_set(&conf->source) ? &conf->source : &m->own_addr;
	r->vmac_name = conf->vmac_name ? conf->vmac_name : "";
	r->reason = *r->v.fault_text ? r->v.fault_text : r->v.why;
	memcpy(r->secret, conf->auth_data, VRRP_AUTH_LEN);
	r->auth_data = conf->auth_type == VRRP_AUTH_PASS ? r->secret : NULL;
}

static void json_instance(struct printer *r)
{
	open_list(r, NULL, "{");
	open_list(r, "data", "{");
	put_fields(r, FIELDS(instance));
	close_list(r, "}");
	open_list(r, "stats", "{");
	put_fields(r, FIELDS(counter));
	close_list(r, "}}");
}

static void page_addresses(struct printer *r)
{
	char text[ADDR_TEXT_MAX];

	out_put(r->out, r->v.holds_addresses ? "\n    holds" : "\n    does not hold");
	for (const struct vaddr *a = r->v.vaddrs; a < r->v.vaddrs + r->v.vaddr_count; a++) {
		out_print(r->out, " %s/%u", addr_text(&a->conf->addr, text), a->conf->prefix);
		if (r->v.holds_addresses && a->error)
			out_print(r->out, " (%s)", text_error(a->error));
	}
	out_put(r->out, "\n");
}

static void page_count(struct printer *r, const char **before, const char *name, uint64_t n)
{
	if (!n)
		return;
	out_print(r->out, "%s%-s %llu", *before, name, (unsigned long long)n);
	*before = ", ";
}

static void page_counters(struct printer *r)
{
	const char *name = counter_packed, *before = "    ";

	for (unsigned i = 0; i < sizeof(counter_rows) / sizeof(counter_rows[0]); i++) {
		unsigned off = counter_rows[i] / TYPES / OBJECTS;

		/* Refusals have better names below. */
		if (off < offsetof(struct printer, v.refused))
			page_count(r, &before, name, *(const uint64_t *)(const void *)((const char *)r + off));
		name += strlen(name) + 1;
		name += strlen(name) + 1;
	}
	for (unsigned i = 0; i < VRRP_REFUSALS; i++)
		page_count(r, &before, vrrp_refusal_text(i), r->v.refused[i]);
	if (*before == ',')
		out_put(r->out, "\n");
}

static void page_instance(struct printer *r)
{
	static const uint8_t colours[] = { 31, 36, 32, 31 };
	const struct vrrp *m = r->v.machine;
	const struct vrrp_conf *conf = r->v.conf;
	char text[ADDR_TEXT_MAX];

	out_print(r->out, "%s: ", conf->name);
	put_state(r, vrrp_state_text(m->state), colours[m->state]);
	out_put(r->out, " for ");
	put_age(r, r->v.since_us);
	out_print(r->out, " (%s)\n    %s, VRID %u, priority %u", r->reason, conf->interface ? conf->interface : "any interface", conf->vrid,
	          m->effective_priority);
	if (m->effective_priority != conf->priority) {
		out_print(r->out, " of %u:", conf->priority);
		if (r->v.resigned)
			out_put(r->out, " resigned");
		else
			router_explain(r->from->router, r->p->item, r->out);
	}
	out_print(r->out, "\n    master %s", addr_text(r->master, text));
	if (m->state == VRRP_BACKUP)
		out_print(r->out, ", priority %u", m->master_priority);
	if (r->v.last_advert_us) {
		out_put(r->out, ", last advert received ");
		put_age(r, r->v.last_advert_us);
		out_put(r->out, " ago");
	}
	page_addresses(r);
	page_counters(r);
}

static bool wanted(struct printer *r, const char *name)
{
	bool is = !r->p->name || !strcmp(r->p->name, name);

	r->p->found |= is;
	return is;
}

static void judge(struct printer *r, enum print_health health)
{
	if (health > r->p->worst)
		r->p->worst = health;
}

static bool put_instance(struct printer *r)
{
	enum vrrp_state state;

	if (!r->from->router || !router_view(r->from->router, r->p->item, &r->v))
		return false;
	if (!wanted(r, r->v.conf->name) && (!r->v.conf->group || !wanted(r, r->v.conf->group->name)))
		return true;
	look(r);
	state = r->v.machine->state;
	judge(r, state == VRRP_MASTER ? PRINT_MASTER : state == VRRP_BACKUP ? PRINT_BACKUP : PRINT_FAULT);
	if (r->p->kind == PRINT_JSON) {
		json_instance(r);
	} else if (r->p->kind == PRINT_DATA) {
		put_fields(r, FIELDS(instance));
	} else if (r->p->kind == PRINT_PAGE) {
		page_instance(r);
	} else {
		out_print(r->out, "VRRP Instance: %s\n", r->v.conf->name);
		put_fields(r, FIELDS(counter));
	}
	return true;
}

/* Groups */

static bool put_group(struct printer *r)
{
	const struct conf_node *n = r->from->config->groups.first;
	const struct group_conf *g;
	enum vrrp_state state;

	for (unsigned i = 0; n && i < r->p->item; i++)
		n = n->next;
	if (!n || !r->from->router)
		return false;
	g = (const void *)n;
	if (!wanted(r, g->name))
		return true;
	state = router_group_state(r->from->router, g);
	if (r->p->kind != PRINT_DATA) {
		begin_object(r, g->name, vrrp_state_text(state), state != VRRP_FAULT);
		word_member(r, "kind", "group");
		end_object(r);
		return true;
	}
	out_print(r->out, " VRRP Sync Group = %s, %s\n", g->name, vrrp_state_text(state));
	for (unsigned i = 0; i < g->instance_count; i++)
		out_print(r->out, "     %s\n", g->instances[i]->name);
	return true;
}

/* Tracked objects: scripts, processes, files. Their configurations begin alike, and the lists stand one after the other. */

static const struct vrrp_script_conf *find_tracked(const struct printer *r, enum track_kind *kind)
{
	const struct conf_list *list = &r->from->config->scripts;
	unsigned i = r->p->item;

	for (*kind = TRACK_SCRIPT; *kind <= TRACK_FILE; ++*kind, list++)
		for (const struct conf_node *n = list->first; n; n = n->next)
			if (!i--)
				return (const void *)n;
	return NULL;
}

static bool put_tracked(struct printer *r)
{
	static const char kinds[][8] = { "script", "process", "file" };
	enum track_kind kind;
	const struct vrrp_script_conf *conf = find_tracked(r, &kind);
	const struct track_state *s;

	if (!conf || !r->from->router)
		return false;
	s = track_get(r->from->track, kind, conf->index);
	if (r->p->kind == PRINT_DATA) {
		if (kind == TRACK_SCRIPT)
			out_print(r->out, " VRRP Script = %s\n   Status = %s\n   State = %s\n", conf->name, !s->known ? "INIT" : s->up ? "GOOD" : "BAD",
			          s->running ? "running" : "idle");
		return true;
	}
	if (!wanted(r, conf->name))
		return true;
	begin_object(r, conf->name, s->known ? s->up ? "up" : "down" : s->neutral ? "without effect" : "no result yet", s->up);
	if (s->known)
		time_member(r, "since", s->since_us);
	word_member(r, "kind", kinds[kind]);
	if (kind == TRACK_SCRIPT)
		number_member(r, "last_status", s->last_status);
	else
		number_member(r, "value", s->value);
	end_object(r);
	return true;
}

/* Virtual servers, each real server a piece of its own */

static void put_check(struct printer *r, const struct check *check)
{
	struct check_view c;

	check_view(check, &c);
	if (r->p->kind == PRINT_JSON)
		open_list(r, NULL, "{");
	else
		out_put(r->out, ";");
	r->p->comma = false;
	word_member(r, "check", c.kind);
	if (c.last_us) {
		word_member(r, "result", c.result);
		time_member(r, "tried", c.last_us);
	}
	number_member(r, "failures", c.failures);
	if (r->p->kind == PRINT_JSON)
		close_list(r, "}");
}

static void put_real(struct printer *r, const struct lvs_real_view *real)
{
	bool json = r->p->kind == PRINT_JSON;

	if (!json)
		out_put(r->out, "    ");
	begin_object(r, real->name, real->alive ? "up" : "down", real->alive);
	time_member(r, "since", real->since_us);
	if (real->in_table)
		number_member(r, "weight", real->weight);
	if (json)
		open_list(r, "checks", "[");
	for (unsigned i = 0; i < real->check_count; i++)
		put_check(r, real->checks[i]);
	if (json)
		close_list(r, "]");
	end_object(r);
}

static void put_virtual(struct printer *r, const struct lvs_view *v)
{
	judge(r, v->quorum_met || v->suspended ? PRINT_MASTER : PRINT_FAULT);
	begin_object(r, v->name, v->quorum_met ? "up" : "down", v->quorum_met);
	number_member(r, "servers", v->conf->real_servers.count);
	number_member(r, "alive", v->alive_count);
	number_member(r, "weight", v->alive_weight);
	number_member(r, "quorum", v->conf->quorum);
	if (v->sorry_in_use)
		number_member(r, "sorry_server", 1);
	if (v->suspended)
		number_member(r, "suspended", 1);
	if (r->p->kind == PRINT_JSON)
		open_list(r, "real_servers", "[");
	else
		end_object(r);
}

static bool put_server(struct printer *r)
{
	struct lvs_view v;
	struct lvs_real_view real;

	if (!HAVE_LVS || !r->from->lvs || r->p->kind == PRINT_DATA || !lvs_view(r->from->lvs, r->p->item, &v))
		return false;
	if (!wanted(r, v.name))
		return true;
	if (!r->p->sub) {
		put_virtual(r, &v);
	} else if (lvs_real_view(r->from->lvs, r->p->item, r->p->sub - 1, &real)) {
		put_real(r, &real);
	} else {
		if (r->p->kind == PRINT_JSON)
			close_list(r, "]}");
		r->p->sub = 0;
		return true;
	}
	r->p->sub++;
	r->p->item--; /* again */
	return true;
}

/* The kernel's counters: of everything at once, so only where that is quick. */
#define COUNTED_MAX 256

static void put_address(struct out *out, const struct ipvs_key *key)
{
	char text[ADDR_TEXT_MAX];

	if (key->fwmark)
		out_print(out, "FWM %u", (unsigned)key->fwmark);
	else
		out_print(out, "[%s]:%u", addr_text(&key->addr, text), key->port);
}

static void put_counted(void *ctx, const struct ipvs_service *service, const struct ipvs_dest *dest, const struct ipvs_stats *stats)
{
	static const uint8_t shown[] = { IPVS_CONNECTIONS, IPVS_CONNECTION_RATE, IPVS_IN_BYTES, IPVS_IN_BYTE_RATE, IPVS_OUT_BYTES, IPVS_OUT_BYTE_RATE };
	static const char names_packed[] = "connections\0" "connections/s\0" "bytes_in\0" "bytes_in/s\0" "bytes_out\0" "bytes_out/s";
	char text[2 * ADDR_TEXT_MAX + 32];
	struct out name = { .buf = text, .size = sizeof(text) - 1 };
	struct printer *r = ctx;

	put_address(&name, &service->key);
	if (dest) {
		out_put(&name, " -> ");
		put_address(&name, &dest->key);
	}
	text[name.len] = '\0';
	begin_object(r, text, NULL, true);
	number_member(r, "active", stats->active);
	for (unsigned i = 0; i < sizeof(shown); i++)
		number_member(r, text_nth(names_packed, i), (long long)stats->count[shown[i]]);
	end_object(r);
}

static bool put_kernel(struct printer *r)
{
	if (!HAVE_LVS || r->p->item || !r->from->lvs || r->p->kind == PRINT_DATA || r->p->name || r->from->config->virtual_servers.count > COUNTED_MAX)
		return false;
	if (lvs_has_kernel(r->from->lvs)) {
		lvs_stats(r->from->lvs, put_counted, r);
	} else if (r->from->config->virtual_servers.count) {
		judge(r, PRINT_FAULT);
		if (r->p->kind == PRINT_PAGE)
			out_print(r->out, "the kernel has no IPVS: virtual servers wait for it\n");
	}
	return true;
}

/* Sections */

/* False: there is no such item. */
static bool (*const sections[])(struct printer *) = { put_instance, put_group, put_tracked, put_server, put_kernel };
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))
/* Of each that of JSON, then that of the data file. */
static const char titles_packed[] = "vrrp\0" "VRRP Topology\0" "groups\0" "VRRP Sync groups\0" "track\0" "VRRP Scripts\0" "lvs\0" "\0" "ipvs\0";

bool print_next(struct print *p, const struct print_from *from, struct out *out)
{
	struct printer r = { .p = p, .from = from, .out = out };
	bool json = p->kind == PRINT_JSON, object = json && p->whole;
	/* The statistics, and JSON as keepalived has it by default, are of instances alone. */
	unsigned last = p->kind == PRINT_STATS || (json && !object) ? 1 : SECTIONS;
	size_t len = out->len;

	if (p->section > last)
		return false;
	while (p->section < last && out->len == len) {
		const char *title = text_nth(titles_packed, p->section * 2 + !json);

		if (!p->item && !p->sub && json) {
			out_print(out, object ? "%c\"%-s\":[" : "[", p->section ? ',' : '{', title);
			p->comma = false;
		} else if (!p->item && p->kind == PRINT_DATA && *title) {
			out_print(out, "------< %-s >------\n", title);
		}
		if (sections[p->section](&r)) {
			p->item++;
			continue;
		}
		if (json)
			out_put(out, "]");
		else if (!p->item)
			out->len = len; /* the title of nothing */
		p->section++;
		p->item = 0;
	}
	if (out->len == len) {
		if (json)
			out_put(out, object ? "}\n" : "\n");
		p->section++;
	}
	return out->len != len;
}
