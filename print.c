/* SPDX-License-Identifier: MIT */
#include "print.h"

#include "config.h"
#include "date.h"
#include "loop.h"
#include "router.h"
#include "text.h"
#include "track.h"
#include "vaddr.h"

#include <limits.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define LINE_MAX_BYTES 512

struct printer {
	struct print *p;
	const struct print_from *from;
	struct out *out;
};

/* Fields: one table for JSON and the data file. A row stands in two lists, one of places and one of names. */

enum field_type {
	F_TEXT, F_SCRIPT, F_COMMAND, F_U8, F_INT, F_U64,
	F_FLAG,  /* a bool, in JSON 0 or 1 */
	F_BOOL,
	F_US32, F_US64, /* seconds with decimals */
	F_S64,   /* us, in whole seconds */
	F_LISTS, /* conf_list: */
	F_VIPS = F_LISTS, F_ROUTES, F_RULES, F_NAMES, F_SCRIPTS,
};
struct field {
	uint16_t off;
	uint8_t type;
};
struct fields {
	const struct field *first;
	unsigned count;
	const char *names; /* for each that of JSON, then that of the data file; either may be empty */
};
#define ROW(type, member, kind, names) { offsetof(struct type, member), kind },
#define NAMES(type, member, kind, names) names "\0"
#define FIELDS(list) (struct fields){ list##_rows, sizeof(list##_rows) / sizeof(list##_rows[0]), list##_names }
#define TABLE(list, LIST) \
	static const struct field list##_rows[] = { LIST(ROW) }; \
	static const char list##_names[] = LIST(NAMES)

#define CONF(X) \
	X(vrrp_conf, version, F_U8, "version\0VRRP Version") \
	X(vrrp_conf, interface, F_TEXT, "ifp_ifname\0Interface") \
	X(vrrp_conf, dont_track_primary, F_FLAG, "dont_track_primary\0") \
	X(vrrp_conf, skip_check_adv_addr, F_FLAG, "skip_check_adv_addr\0") \
	X(vrrp_conf, strict, F_FLAG, "strict_mode\0") \
	X(vrrp_conf, garp.master_delay_us, F_US64, "garp_delay\0Gratuitous ARP delay") \
	X(vrrp_conf, garp.master_repeat, F_INT, "garp_rep\0Gratuitous ARP repeat") \
	X(vrrp_conf, garp.refresh_us, F_S64, "garp_refresh\0Gratuitous ARP refresh") \
	X(vrrp_conf, garp.refresh_repeat, F_INT, "garp_refresh_rep\0Gratuitous ARP refresh repeat") \
	X(vrrp_conf, garp.lower_delay_us, F_S64, "garp_lower_prio_delay\0Gratuitous ARP lower priority delay") \
	X(vrrp_conf, garp.lower_repeat, F_INT, "garp_lower_prio_rep\0Gratuitous ARP lower priority repeat") \
	X(vrrp_conf, lower_prio_no_advert, F_FLAG, "lower_prio_no_advert\0") \
	X(vrrp_conf, higher_prio_send_advert, F_FLAG, "higher_prio_send_advert\0") \
	X(vrrp_conf, vrid, F_U8, "vrid\0Virtual Router ID") \
	X(vrrp_conf, priority, F_U8, "base_priority\0Priority") \
	X(vrrp_conf, advert_us, F_US32, "adver_int\0") \
	X(vrrp_conf, accept, F_FLAG, "accept\0Accept") \
	X(vrrp_conf, nopreempt, F_BOOL, "nopreempt\0") \
	X(vrrp_conf, preempt_delay_us, F_S64, "preempt_delay\0Preempt delay") \
	X(vrrp_conf, promote_secondaries, F_BOOL, "promote_secondaries\0Promote_secondaries") \
	X(vrrp_conf, auth_type, F_U8, "auth_type\0") \
	X(vrrp_conf, vips, F_VIPS, "vips\0Virtual IP") \
	X(vrrp_conf, evips, F_VIPS, "evips\0Virtual IP Excluded") \
	X(vrrp_conf, routes, F_ROUTES, "vroutes\0Virtual Routes") \
	X(vrrp_conf, rules, F_RULES, "vrules\0Virtual Rules") \
	X(vrrp_conf, track_interfaces, F_NAMES, "track_ifp\0Tracked interfaces") \
	X(vrrp_conf, track_scripts, F_SCRIPTS, "track_script\0Tracked scripts") \
	X(vrrp_conf, track_files, F_NAMES, "track_file\0Tracked files") \
	X(vrrp_conf, track_processes, F_NAMES, "track_process\0Tracked processes") \
	X(vrrp_conf, notify.smtp_alert, F_BOOL, "smtp_alert\0Using smtp notification") \
	X(vrrp_conf, notify.deleted_state, F_BOOL, "notify_deleted\0") \
	X(vrrp_conf, notify.backup, F_SCRIPT, "script_backup\0Backup state transition script") \
	X(vrrp_conf, notify.master, F_SCRIPT, "script_master\0Master state transition script") \
	X(vrrp_conf, notify.fault, F_SCRIPT, "script_fault\0Fault state transition script") \
	X(vrrp_conf, notify.stop, F_SCRIPT, "script_stop\0Stop state transition script") \
	X(vrrp_conf, notify.deleted, F_SCRIPT, "script_deleted\0Deleted state transition script") \
	X(vrrp_conf, notify.master_rx_lower_pri, F_SCRIPT, "script_master_rx_lower_pri\0Master rx lower priority script") \
	X(vrrp_conf, notify.any, F_SCRIPT, "script\0Generic state transition script")
TABLE(conf, CONF);

/* wantstate: what keepalived is on its way to; there is no such way here. */
#define MACHINE(X) \
	X(vrrp, state, F_INT, "state\0") \
	X(vrrp, state, F_INT, "wantstate\0") \
	X(vrrp, effective_priority, F_U8, "effective_priority\0Effective priority") \
	X(vrrp, master_priority, F_U8, "master_priority\0Master priority") \
	X(vrrp, master_interval_us, F_US32, "master_adver_int\0")
TABLE(machine, MACHINE);

/* The second names are the whole lines of the statistics. */
#define REFUSED(reason) refused[VRRP_##reason]
#define COUNTERS(X) \
	X(router_counters, adverts_received, F_U64, "advert_rcvd\0  Advertisements:\n    Received") \
	X(router_counters, adverts_sent, F_U64, "advert_sent\0    Sent") \
	X(router_counters, became_master, F_U64, "become_master\0  Became master") \
	X(router_counters, released_master, F_U64, "release_master\0  Released master") \
	X(router_counters, REFUSED(BAD_LENGTH), F_U64, "packet_len_err\0  Packet Errors:\n    Length") \
	X(router_counters, REFUSED(BAD_TTL), F_U64, "ip_ttl_err\0    TTL") \
	X(router_counters, REFUSED(BAD_TYPE), F_U64, "invalid_type_rcvd\0    Invalid Type") \
	X(router_counters, REFUSED(BAD_INTERVAL), F_U64, "advert_interval_err\0    Advertisement Interval") \
	X(router_counters, addr_list_mismatch, F_U64, "addr_list_err\0    Address List") \
	X(router_counters, unknown_auth_type, F_U64, "invalid_authtype\0  Authentication Errors:\n    Invalid Type") \
	X(router_counters, REFUSED(BAD_AUTH_TYPE), F_U64, "authtype_mismatch\0    Type Mismatch") \
	X(router_counters, REFUSED(BAD_AUTH_DATA), F_U64, "auth_failure\0    Failure") \
	X(router_counters, priority_zero_received, F_U64, "pri_zero_rcvd\0  Priority Zero:\n    Received") \
	X(router_counters, priority_zero_sent, F_U64, "pri_zero_sent\0    Sent") \
	X(router_counters, send_errors, F_U64, "send_err\0")
TABLE(counter, COUNTERS);

#define SCRIPT(X) \
	X(vrrp_script_conf, script, F_COMMAND, "script\0Command") \
	X(vrrp_script_conf, interval_us, F_US64, "interval\0Interval") \
	X(vrrp_script_conf, weight, F_INT, "weight\0Weight") \
	X(vrrp_script_conf, rise, F_INT, "rise\0Rise") \
	X(vrrp_script_conf, fall, F_INT, "fall\0Fall")
TABLE(script, SCRIPT);
#define PROCESS(X) \
	X(track_process_conf, process, F_TEXT, "process\0Process") \
	X(track_process_conf, quorum, F_INT, "min_processes\0Min processes") \
	X(track_process_conf, weight, F_INT, "weight\0Weight") \
	X(track_process_conf, terminate_delay_us, F_US64, "terminate_delay\0Terminate delay") \
	X(track_process_conf, fork_delay_us, F_US64, "fork_delay\0Fork delay") \
	X(track_process_conf, full_command, F_BOOL, "full_command\0Full command")
TABLE(process, PROCESS);
#define FILES(X) \
	X(track_file_conf, path, F_TEXT, "file\0File") \
	X(track_file_conf, weight, F_INT, "weight\0Weight")
TABLE(file, FILES);

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
	out_print(r->out, "\"%s\":", name);
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

static uint64_t now_us(const struct printer *r)
{
	return loop_now(r->from->loop);
}

/* From the clock on the wall of now: after a start in 1970 it is right as soon as that is. */
static uint64_t epoch_us(const struct printer *r, uint64_t at_us)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000 - (now_us(r) - at_us);
}

static void put_age(const struct printer *r, uint64_t since_us)
{
	static const struct {
		unsigned s, part;
		char unit[4], rest[4];
	} units[] = { { 86400, 3600, "d", "h" }, { 3600, 60, "h", "min" }, { 60, 1, "min", "s" } };
	uint64_t us = now_us(r) - since_us;
	unsigned s = (unsigned)(us / US_PER_S), i;

	for (i = 0; i < 3; i++)
		if (s >= units[i].s) {
			out_print(r->out, "%u %s %u %s", s / units[i].s, units[i].unit, s % units[i].s / units[i].part, units[i].rest);
			return;
		}
	out_print(r->out, "%u.%u s", s, (unsigned)us % (unsigned)US_PER_S / 100000);
}

static void put_command(struct out *out, const struct conf_script *script)
{
	for (char *const *word = script->argv; word && *word; word++)
		out_print(out, word == script->argv ? "'%s'" : " '%s'", *word);
}

/* In keepalived's words. */
static void put_vip(struct out *out, const struct vip_conf *vip, const struct vrrp_conf *conf, bool set)
{
	const char *scope = vip->scope == RT_SCOPE_LINK ? "link" : vip->scope == RT_SCOPE_HOST ? "host" : vip->scope == RT_SCOPE_SITE ? "site" : "global";
	const char *dev = vip->dev ? vip->dev : conf->interface;
	char text[ADDR_TEXT_MAX];

	out_put(out, addr_text(&vip->addr, text));
	if (vip->prefix < addr_len(&vip->addr) * 8)
		out_print(out, "/%u", vip->prefix);
	if (dev)
		out_print(out, " dev %s", dev);
	out_print(out, " scope %s", scope);
	if (vip->label)
		out_print(out, " label %s", vip->label);
	if (set)
		out_put(out, " set");
}

static void put_item(struct printer *r, enum field_type type, const struct conf_node *item, const struct router_view *v, struct out *line)
{
	const char *name = ((const struct conf_name *)(const void *)item)->name;

	switch (type) {
	case F_VIPS:
		put_vip(line, (const void *)item, v->conf, v->holds_addresses);
		break;
	case F_ROUTES:
		conf_dump_line("virtual_routes", item, line);
		break;
	case F_RULES:
		conf_dump_line("virtual_rules", item, line);
		break;
	case F_SCRIPTS:
		if (r->p->kind == PRINT_JSON) {
			CONF_EACH(struct vrrp_script_conf, s, &r->from->config->scripts)
				if (!strcmp(s->name, name))
					put_command(line, &s->script);
			break;
		}
		/* fall through */
	default:
		out_put(line, name);
	}
}

static void put_list(struct printer *r, const struct field *f, const char *name, const struct router_view *v)
{
	const struct conf_list *list = (const void *)((const char *)v->conf + f->off);
	bool json = r->p->kind == PRINT_JSON;
	char text[LINE_MAX_BYTES];

	if (!list->first)
		return;
	if (json)
		open_list(r, name, "[");
	else if (f->off == offsetof(struct vrrp_conf, vips))
		out_print(r->out, "   %s (%u):\n", name, list->count);
	else
		out_print(r->out, "   %s :\n", name);
	for (const struct conf_node *n = list->first; n; n = n->next) {
		struct out line = { .buf = text, .size = sizeof(text) - 1 };

		put_item(r, f->type, n, v, &line);
		text[line.len < line.size ? line.len : line.size] = '\0';
		if (json) {
			comma(r);
			quote(r->out, text);
		} else {
			out_print(r->out, "     %s\n", text);
		}
	}
	if (json)
		close_list(r, "]");
}

static void put_text(struct printer *r, const char *text)
{
	if (r->p->kind == PRINT_JSON)
		quote(r->out, text);
	else
		out_put(r->out, text);
}

static void put_value(struct printer *r, enum field_type type, const char *at)
{
	const struct conf_script *script = type == F_SCRIPT ? *(const struct conf_script *const *)(const void *)at : (const void *)at;
	bool json = r->p->kind == PRINT_JSON;
	char text[LINE_MAX_BYTES];
	struct out command = { .buf = text, .size = sizeof(text) - 1 };
	uint64_t n = 0;

	switch (type) {
	case F_TEXT:
		put_text(r, *(const char *const *)(const void *)at);
		return;
	case F_SCRIPT:
	case F_COMMAND:
		put_command(&command, script);
		text[command.len < command.size ? command.len : command.size] = '\0';
		put_text(r, text);
		return;
	case F_BOOL:
		if (json) {
			out_put(r->out, *at ? "true" : "false");
			return;
		}
		/* fall through */
	case F_FLAG:
		if (!json) {
			out_put(r->out, *at ? "enabled" : "disabled");
			return;
		}
		/* fall through */
	case F_U8:
		out_print(r->out, "%u", (uint8_t)*at);
		return;
	case F_INT:
		out_print(r->out, "%d", *(const int *)(const void *)at);
		return;
	case F_US32:
		out_seconds(r->out, *(const uint32_t *)(const void *)at);
		return;
	default:
		n = *(const uint64_t *)(const void *)at;
		if (type == F_US64)
			out_seconds(r->out, n);
		else
			out_print(r->out, "%llu", (unsigned long long)(type == F_S64 ? n / US_PER_S : n));
	}
}

/* v: of the object when that is the configuration of an instance. */
static void put_fields(struct printer *r, struct fields fields, const void *object, const struct router_view *v)
{
	const char *json = fields.names, *name;

	for (const struct field *f = fields.first; f < fields.first + fields.count; f++) {
		const char *at = (const char *)object + f->off, *label = json + strlen(json) + 1;

		name = r->p->kind == PRINT_JSON ? json : label;
		json = label + strlen(label) + 1;
		if (!*name || (f->type <= F_SCRIPT && !*(const char *const *)(const void *)at))
			continue;
		if (f->type >= F_LISTS) {
			put_list(r, f, name, v);
			continue;
		}
		if (r->p->kind == PRINT_JSON)
			key(r, name);
		else
			out_print(r->out, r->p->kind == PRINT_STATS ? "%s: " : "   %s = ", name);
		put_value(r, f->type, at);
		if (r->p->kind != PRINT_JSON)
			out_put(r->out, "\n");
	}
}

/* Instances */

/* keepalived counts as failures of authentication what is told apart here. */
static void put_counters(struct printer *r, const struct router_view *v)
{
	struct router_counters c = *v->counters;

	c.refused[VRRP_BAD_AUTH_DATA] += c.refused[VRRP_BAD_AH] + c.refused[VRRP_REPLAYED];
	put_fields(r, FIELDS(counter), &c, v);
}

static void json_instance(struct printer *r, const struct router_view *v)
{
	char text[ADDR_TEXT_MAX];

	open_list(r, NULL, "{");
	open_list(r, "data", "{");
	text_member(r, "iname", v->conf->name);
	text_member(r, "vmac_ifname", v->conf->vmac_name ? v->conf->vmac_name : "");
	put_fields(r, FIELDS(conf), v->conf, v);
	put_fields(r, FIELDS(machine), v->machine, v);
	key(r, "vipset");
	out_put(r->out, v->holds_addresses ? "true" : "false");
	key(r, "last_transition");
	out_seconds(r->out, epoch_us(r, v->since_us));
	if (v->conf->auth_type == VRRP_AUTH_PASS) {
		text_format(text, sizeof(text), "%.8s", (const char *)v->conf->auth_data);
		text_member(r, "auth_data", text);
	}
	/* Not keepalived's. */
	text_member(r, "reason", *v->fault_text ? v->fault_text : v->why);
	text_member(r, "source", addr_text(&v->machine->own_addr, text));
	text_member(r, "master", addr_text(v->machine->state == VRRP_MASTER ? &v->machine->own_addr : &v->machine->master_addr, text));
	close_list(r, "}");
	open_list(r, "stats", "{");
	put_counters(r, v);
	close_list(r, "}");
	close_list(r, "}");
}

static void data_transition(struct printer *r, uint64_t at_us)
{
	uint64_t us = epoch_us(r, at_us), s = us / US_PER_S;
	unsigned rest = (uint32_t)us - (uint32_t)s * (uint32_t)US_PER_S;
	struct date d = date_of((time_t)s + date_zone((time_t)s));

	out_print(r->out, "   Last transition = %llu.%06u (%.3s %.3s %2u %02u:%02u:%02u.%06u %u)\n", (unsigned long long)s, rest,
	          &DATE_WEEKDAYS[d.weekday * 3], &DATE_MONTHS[d.month * 3], d.day, d.hour, d.minute, d.second, rest, d.year);
}

static void data_instance(struct printer *r, const struct router_view *v)
{
	const struct vrrp_conf *conf = v->conf;
	const char *state = vrrp_state_text(v->machine->state);
	char text[ADDR_TEXT_MAX];

	out_print(r->out, " VRRP Instance = %s\n", conf->name);
	if (conf->family == AF_INET6)
		out_put(r->out, "   Using Native IPv6\n");
	if (conf->group)
		out_print(r->out, "   Sync group = %s\n", conf->group->name);
	out_print(r->out, "   State = %s\n   Wantstate = %s\n", state, state);
	if (v->machine->state == VRRP_BACKUP)
		out_print(r->out, "   Master router = %s\n", addr_text(&v->machine->master_addr, text));
	data_transition(r, v->since_us);
	out_print(r->out, "   Using src_ip = %s\n", addr_text(&v->machine->own_addr, text));
	put_fields(r, FIELDS(machine), v->machine, v);
	if (conf->version == 2)
		out_print(r->out, "   Advert interval = %u sec\n", conf->advert_us / (unsigned)US_PER_S);
	else
		out_print(r->out, "   Advert interval = %u milli-sec\n", conf->advert_us / 1000);
	out_print(r->out, "   Preempt = %sabled\n", conf->nopreempt ? "dis" : "en");
	out_print(r->out, "   Authentication type = %s\n", conf->auth_type == VRRP_AUTH_PASS ? "SIMPLE_PASSWORD" : conf->auth_type ? "IPSEC_AH" : "none");
	put_fields(r, FIELDS(conf), conf, v);
}

static void put_state(struct printer *r, const char *word, bool good, bool bad)
{
	if (r->p->colour)
		out_print(r->out, "\033[1;%dm%s\033[0m", good ? 32 : bad ? 31 : 36, word);
	else
		out_put(r->out, word);
}

static void page_priority(struct printer *r, const struct router_view *v)
{
	unsigned now = v->machine->effective_priority;

	out_print(r->out, ", priority %u", now);
	if (v->resigned) {
		out_print(r->out, " (%u configured; resigned)", v->conf->priority);
	} else if (now != v->conf->priority) {
		out_print(r->out, " (%u configured;", v->conf->priority);
		router_explain(r->from->router, r->p->item, r->out);
		out_put(r->out, v->machine->owner_demoted ? " another owner)" : ")");
	}
}

static void page_addresses(struct printer *r, const struct router_view *v)
{
	char text[ADDR_TEXT_MAX];

	out_put(r->out, v->holds_addresses ? "\n    holds" : "\n    does not hold");
	for (unsigned i = 0; i < v->vaddr_count; i++) {
		const struct vaddr *a = &v->vaddrs[i];

		out_print(r->out, " %s/%u", addr_text(&a->conf->addr, text), a->conf->prefix);
		if (a->conf->dev)
			out_print(r->out, " dev %s", a->conf->dev);
		if (v->holds_addresses && a->error)
			out_print(r->out, " (%s)", strerror(-a->error));
	}
	out_put(r->out, v->vaddr_count ? "\n" : " any address\n");
}

static void page_counters(struct printer *r, const struct router_view *v)
{
	const char *name = counter_names, *before = "    ";

	for (unsigned i = 0; i < FIELDS(counter).count; i++) {
		uint64_t n = *(const uint64_t *)(const void *)((const char *)v->counters + counter_rows[i].off);

		/* Refusals have better names below. */
		if (n && (counter_rows[i].off < offsetof(struct router_counters, refused))) {
			out_print(r->out, "%s%s %llu", before, name, (unsigned long long)n);
			before = ", ";
		}
		name += strlen(name) + 1;
		name += strlen(name) + 1;
	}
	for (unsigned i = 0; i < VRRP_REFUSALS; i++)
		if (v->counters->refused[i]) {
			out_print(r->out, "%srefused for %s %llu", before, vrrp_refusal_text(i), (unsigned long long)v->counters->refused[i]);
			before = ", ";
		}
	if (*before == ',')
		out_put(r->out, "\n");
}

static void page_instance(struct printer *r, const struct router_view *v)
{
	const struct vrrp *m = v->machine;
	char text[ADDR_TEXT_MAX];

	out_print(r->out, "%s: ", v->conf->name);
	put_state(r, vrrp_state_text(m->state), m->state == VRRP_MASTER, m->state == VRRP_FAULT);
	out_put(r->out, " for ");
	put_age(r, v->since_us);
	out_print(r->out, " (%s)\n    %s, VRID %u", *v->fault_text ? v->fault_text : v->why, v->conf->interface ? v->conf->interface : "any interface",
	          v->conf->vrid);
	page_priority(r, v);
	if (m->state == VRRP_MASTER)
		out_print(r->out, "\n    master is this router, %s", addr_text(&m->own_addr, text));
	else if (addr_is_set(&m->master_addr))
		out_print(r->out, "\n    master is %s, priority %u", addr_text(&m->master_addr, text), m->master_priority);
	else
		out_put(r->out, "\n    no master heard");
	if (v->last_advert_us) {
		out_put(r->out, ", last advert received ");
		put_age(r, v->last_advert_us);
		out_put(r->out, " ago");
	}
	page_addresses(r, v);
	page_counters(r, v);
}

static void judge(struct printer *r, enum print_health health)
{
	r->p->found = true;
	if (health > r->p->worst)
		r->p->worst = health;
}

static bool wanted(const struct printer *r, const char *name)
{
	return !r->p->name || !strcmp(r->p->name, name);
}

static bool put_instance(struct printer *r)
{
	struct router_view v;

	if (!r->from->router || !router_view(r->from->router, r->p->item, &v))
		return false;
	if (!wanted(r, v.conf->name) && (!v.conf->group || !wanted(r, v.conf->group->name)))
		return true;
	judge(r, v.machine->state == VRRP_MASTER ? PRINT_MASTER : v.machine->state == VRRP_BACKUP ? PRINT_BACKUP : PRINT_FAULT);
	switch (r->p->kind) {
	case PRINT_JSON:
		json_instance(r, &v);
		break;
	case PRINT_DATA:
		data_instance(r, &v);
		break;
	case PRINT_STATS:
		out_print(r->out, "VRRP Instance: %s\n", v.conf->name);
		put_counters(r, &v);
		break;
	case PRINT_PAGE:
		page_instance(r, &v);
	}
	return true;
}

static const struct conf_node *nth(const struct conf_list *list, unsigned i)
{
	const struct conf_node *n = list->first;

	while (n && i--)
		n = n->next;
	return n;
}

/* Groups */

static bool put_group(struct printer *r)
{
	const struct group_conf *g = (const void *)nth(&r->from->config->groups, r->p->item);
	enum vrrp_state state;

	if (!g)
		return false;
	if (!r->from->router || !wanted(r, g->name))
		return true;
	state = router_group_state(r->from->router, g);
	if (r->p->kind == PRINT_JSON) {
		open_list(r, NULL, "{");
		text_member(r, "name", g->name);
		key(r, "state");
		out_print(r->out, "%d}", state);
		return true;
	}
	out_print(r->out, r->p->kind == PRINT_DATA ? " VRRP Sync Group = %s, %s\n   VRRP member instances :\n" : "%s: group, %s, of", g->name,
	          vrrp_state_text(state));
	for (unsigned i = 0; i < g->instance_count; i++)
		out_print(r->out, r->p->kind == PRINT_DATA ? "     %s\n" : " %s", g->instances[i]->name);
	if (r->p->kind == PRINT_PAGE)
		out_put(r->out, "\n");
	return true;
}

/* Tracked objects. Their configurations begin alike. */

static void page_tracked(struct printer *r, enum track_kind kind, const char *name, const struct track_state *s)
{
	static const char kinds[][8] = { "script", "process", "file" };

	out_print(r->out, "%s: %s, ", name, kinds[kind]);
	if (!s->known)
		out_put(r->out, s->neutral ? "without effect" : "no result yet");
	else if (kind == TRACK_FILE)
		out_print(r->out, "value %d", s->value);
	else
		put_state(r, s->up ? "up" : "down", s->up, !s->up);
	if (s->known) {
		out_put(r->out, " for ");
		put_age(r, s->since_us);
		if (kind == TRACK_SCRIPT)
			out_print(r->out, s->last_status < 0 ? ", killed" : ", last status %d", s->last_status);
		else if (kind == TRACK_PROCESS)
			out_print(r->out, ", %d running", s->value);
	}
	out_put(r->out, "\n");
}

static void data_tracked(struct printer *r, enum track_kind kind, const struct track_state *s)
{
	if (kind == TRACK_SCRIPT)
		out_print(r->out, "   Status = %s\n", !s->known ? "INIT" : s->up ? "GOOD" : "BAD");
	else if (kind == TRACK_FILE)
		out_print(r->out, "   Status = %d\n", s->value);
	else
		out_print(r->out, "   Current processes = %d\n   Have quorum = %s\n", s->value, s->up ? "true" : "false");
}

static void json_tracked(struct printer *r, enum track_kind kind, const struct track_state *s)
{
	if (s->known) {
		key(r, kind == TRACK_PROCESS ? "have_quorum" : "up");
		out_put(r->out, s->up ? "true" : "false");
		key(r, "since");
		out_seconds(r->out, epoch_us(r, s->since_us));
		key(r, kind == TRACK_SCRIPT ? "last_status" : kind == TRACK_PROCESS ? "current_processes" : "value");
		out_print(r->out, "%d", kind == TRACK_SCRIPT ? s->last_status : s->value);
	}
	close_list(r, "}");
}

static bool put_tracked(struct printer *r, enum track_kind kind, const struct conf_list *list, struct fields fields)
{
	static const char titles[][20] = { " VRRP Script", " Track file", " VRRP Track process" };
	const struct vrrp_script_conf *conf = (const void *)nth(list, r->p->item);
	const struct track_state *s;

	if (!conf)
		return false;
	if (!r->from->router || !wanted(r, conf->name))
		return true;
	s = track_get(r->from->track, kind, conf->index);
	if (r->p->kind == PRINT_PAGE) {
		page_tracked(r, kind, conf->name, s);
		return true;
	}
	if (r->p->kind == PRINT_DATA) {
		out_print(r->out, "%s = %s\n", titles[kind == TRACK_SCRIPT ? 0 : kind == TRACK_FILE ? 1 : 2], conf->name);
	} else {
		open_list(r, NULL, "{");
		text_member(r, "name", conf->name);
	}
	put_fields(r, fields, conf, NULL);
	if (r->p->kind == PRINT_DATA)
		data_tracked(r, kind, s);
	else
		json_tracked(r, kind, s);
	return true;
}

static bool put_script(struct printer *r)
{
	return put_tracked(r, TRACK_SCRIPT, &r->from->config->scripts, FIELDS(script));
}

static bool put_file(struct printer *r)
{
	return put_tracked(r, TRACK_FILE, &r->from->config->files, FIELDS(file));
}

static bool put_process(struct printer *r)
{
	return put_tracked(r, TRACK_PROCESS, &r->from->config->processes, FIELDS(process));
}

/* Sections */

static const struct section {
	bool (*put)(struct printer *); /* false: there is no such item */
	char json[16], data[20];
} sections[] = {
	{ put_instance, "vrrp", "VRRP Topology" },
	{ put_group, "groups", "VRRP Sync groups" },
	{ put_script, "track_script", "VRRP Scripts" },
	{ put_file, "track_file", "VRRP Track files" },
	{ put_process, "track_process", "VRRP Track processes" },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* What comes before the first item of a section and between two. */
static void before_item(struct printer *r)
{
	const struct section *s = &sections[r->p->section];

	if (r->p->begun)
		return;
	r->p->begun = true;
	if (r->p->kind == PRINT_DATA)
		out_print(r->out, "------< %s >------\n", s->data);
	else if (r->p->kind == PRINT_JSON && r->p->whole)
		open_list(r, s->json, "[");
}

static void end_section(struct printer *r)
{
	if (r->p->kind == PRINT_JSON && r->p->whole && r->p->begun)
		close_list(r, "]");
	r->p->begun = false;
	r->p->section++;
	r->p->item = 0;
	/* The statistics, and JSON as keepalived has it by default, are of instances alone. */
	if (r->p->kind == PRINT_STATS || (r->p->kind == PRINT_JSON && !r->p->whole))
		r->p->section = SECTIONS;
}

bool print_next(struct print *p, const struct print_from *from, struct out *out)
{
	struct printer r = { p, from, out };
	bool json = p->kind == PRINT_JSON;
	size_t len = out->len, before;

	if (json && !p->section && !p->item && !p->begun)
		out_put(out, p->whole ? "{" : "[");
	if (p->section > SECTIONS)
		return false;
	while (p->section < SECTIONS) {
		before = out->len;
		before_item(&r);
		if (!sections[p->section].put(&r)) {
			if (p->kind == PRINT_DATA && !p->item)
				out->len = before; /* the title of nothing */
			end_section(&r);
			continue;
		}
		p->item++;
		if (out->len != len)
			return true;
	}
	if (json)
		out_put(out, p->whole ? "}\n" : "]\n");
	p->section++;
	return out->len != len;
}
