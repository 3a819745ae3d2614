/* links: lvs.c addr.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Virtual servers; checks, scripts and the kernel's table are played here. */
#include "lvs.h"

#include "check.h"
#include "log.h"
#include "notify.h"
#include "router.h"
#include "tests/unit/fake_loop.h"
#include "text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 16

/* What happened, in words: +80 and -80 for a service, +80>1*5 for a destination with weight 5, ~ for a change; 1:UP and V80:UP for what is
 * told; !1u for a script; and what the log says of quorums in the words of note_log(). */
static char trace[2048];

static void note(const char *format, ...)
{
	size_t len = strlen(trace);
	va_list args;

	va_start(args, format);
	text_vformat(trace + len, sizeof trace - len, format, &args);
	va_end(args);
}

static void expect_trace(const char *event, const char *want)
{
	size_t len = strlen(trace);

	if (len)
		trace[len - 1] = '\0';
	if (strcmp(trace, want))
		fail_msg("%s:\n  %s\nwanted\n  %s", event, trace, want);
	trace[0] = '\0';
}

void log_write(int priority, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof text, format, &args);
	va_end(args);
	if ((priority & 7) == LOG_WARNING)
		note("(%s) ", text);
	else if (strstr(text, "quorum"))
		note("%.*s ", (int)strcspn(text, " "), text);
}

bool log_allow(struct log_limit *l, uint64_t now_us, unsigned *held)
{
	(void)now_us;
	*held = 0;
	return true;
}

/* Scripts */

void notify_queue_free(struct notify_queue *q)
{
	free(q);
}

void notify_queue_run(struct notify_queue **q, const char *name, const struct conf_script *s, const char *const *extra, unsigned key)
{
	(void)name;
	(void)extra;
	assert_true(key > 0);
	if (!s)
		return;
	if (!*q)
		*q = malloc(1);
	note("!%s ", s->text);
}

/* Checks */

struct check {
	struct check *next;
	const struct check_conf *conf;
	struct check_owner *owner;
	bool up, suspended;
	int weight;
};

static struct check *checks[MANY];
static void (*check_changed)(struct check_owner *, struct check *, bool turned);

void checks_open(void (*changed)(struct check_owner *, struct check *, bool turned))
{
	check_changed = changed;
}

void checks_close(void)
{
}

void checks_set_config(const struct config *config)
{
	(void)config;
}

bool check_start(struct check_owner *owner, const struct check_conf *conf, struct check **before)
{
	struct check **end = &owner->checks, *c;
	unsigned i = 0;

	assert_true(owner->real[0] == '[' && owner->virtual[0]);
	while ((c = *before) && (c->conf->connect_port != conf->connect_port || !addr_equal(&c->conf->connect_ip, &conf->connect_ip)))
		before = &c->next;
	if (c) {
		*before = c->next;
	} else {
		c = calloc(1, sizeof *c);
		assert_non_null(c);
		c->up = conf->set.alpha != CONF_YES;
		while (checks[i])
			i++;
		assert_true(i < MANY);
		checks[i] = c;
	}
	c->conf = conf;
	c->owner = owner;
	c->next = NULL;
	while (*end)
		end = &(*end)->next;
	*end = c;
	return true;
}

void checks_stop(struct check **list)
{
	struct check *c;

	while ((c = *list)) {
		*list = c->next;
		for (unsigned i = 0; i < MANY; i++)
			if (checks[i] == c)
				checks[i] = NULL;
		free(c);
	}
}

void checks_suspend(struct check *c, bool suspended)
{
	for (; c; c = c->next)
		c->suspended = suspended;
}

bool checks_up(const struct check *c, int own, int *weight)
{
	bool up = true;

	for (*weight = own; c; c = c->next) {
		up = up && c->up;
		*weight += c->weight;
	}
	if (*weight < 0)
		*weight = 0;
	return up;
}

bool check_up(const struct check *c)
{
	return c->up;
}

const struct check *check_view(const struct check *c, struct check_view *v)
{
	*v = (struct check_view){ .kind = "TCP_CHECK", .result = "" };
	return c->next;
}

/* The kernel */

static struct {
	struct {
		struct ipvs_service s;
		struct ipvs_dest dests[MANY];
	} services[MANY];
	unsigned count;
	int missing; /* what connecting gives */
	int refuse;  /* what adding a service gives */
} k;

int ipvs_open(void)
{
	return 0;
}

void ipvs_close(void)
{
}

int ipvs_connect(void)
{
	return k.missing;
}

int notify_spawn(const struct conf_script *s, const char *last, struct child *child)
{
	(void)child;
	assert_string_equal(s->user, "root");
	assert_string_equal(s->argv[0], s->text);
	assert_string_equal(s->argv[1], "-qa");
	assert_memory_equal(s->argv[2], "ip_vs", 5);
	assert_null(last);
	return -EPERM;
}

static unsigned find(const struct ipvs_key *key)
{
	unsigned i = 0;

	while (i < k.count && memcmp(&k.services[i].s.key, key, sizeof *key))
		i++;
	return i;
}

static void copy_table(struct ipvs_table *out)
{
	out->count = k.count;
	out->services = calloc(k.count + 1, sizeof *out->services);
	assert_non_null(out->services);
	for (unsigned i = 0; i < k.count; i++) {
		out->services[i] = k.services[i].s;
		out->services[i].dests = calloc(MANY, sizeof *out->services[i].dests);
		assert_non_null(out->services[i].dests);
		memcpy(out->services[i].dests, k.services[i].dests, sizeof k.services[i].dests);
	}
}

int ipvs_read(struct ipvs_table *out, ipvs_stats_fn *stats)
{
	(void)stats;
	copy_table(out);
	return 0;
}

/* The real ones grow what they add to. */
int ipvs_table_add(struct ipvs_table *t, const struct ipvs_service *s)
{
	t->services = realloc(t->services, (t->count + 1) * sizeof *s);
	assert_non_null(t->services);
	t->services[t->count++] = *s;
	return 0;
}

int ipvs_service_add(struct ipvs_service *s, const struct ipvs_dest *d)
{
	s->dests = realloc(s->dests, (s->dest_count + 1) * sizeof *d);
	assert_non_null(s->dests);
	s->dests[s->dest_count++] = *d;
	return 0;
}

static struct ipvs_service *find_service(const struct ipvs_table *t, const struct ipvs_key *key)
{
	for (unsigned i = 0; t && i < t->count; i++)
		if (!memcmp(&t->services[i].key, key, sizeof *key))
			return &t->services[i];
	return NULL;
}

int ipvs_table_merge(struct ipvs_table *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		struct ipvs_service *first = find_service(t, &t->services[i].key);

		for (unsigned n = 0; first != &t->services[i] && n < t->services[i].dest_count; n++)
			ipvs_service_add(first, &t->services[i].dests[n]);
	}
	return 0;
}

void ipvs_table_free(struct ipvs_table *t)
{
	for (unsigned i = 0; i < t->count; i++)
		free(t->services[i].dests);
	free(t->services);
	memset(t, 0, sizeof *t);
}

static void note_op(const struct ipvs_op *op)
{
	const struct ipvs_key *key = &op->service->key;

	note("%c%s%u", "+~-"[op->action], key->fwmark ? "F" : "", key->fwmark ? key->fwmark : key->port);
	if (op->dest)
		note(">%u", op->dest->key.port);
	if (op->dest && op->action != IPVS_DELETE)
		note("*%d", op->dest->weight);
	note(" ");
}

static int do_dest(unsigned i, const struct ipvs_op *op)
{
	struct ipvs_service *s = &k.services[i].s;
	struct ipvs_dest *d = k.services[i].dests;
	unsigned j = 0;

	while (j < s->dest_count && memcmp(&d[j].key, &op->dest->key, sizeof d->key))
		j++;
	if (op->action == IPVS_DELETE) {
		if (j < s->dest_count)
			d[j] = d[--s->dest_count];
		return 0;
	}
	if (op->action == IPVS_ADD && j < s->dest_count)
		return 0;
	d[j] = *op->dest;
	s->dest_count += j == s->dest_count;
	return 0;
}

int ipvs_do(const struct ipvs_op *op)
{
	unsigned i = find(&op->service->key);

	note_op(op);
	if (op->dest)
		return i == k.count ? -ESRCH : do_dest(i, op);
	if (op->action == IPVS_DELETE) {
		if (i < k.count)
			k.services[i] = k.services[--k.count];
		return 0;
	}
	if (k.refuse)
		return k.refuse;
	if (i == k.count)
		memset(&k.services[k.count++], 0, sizeof k.services[0]);
	{
		unsigned dests = k.services[i].s.dest_count;

		k.services[i].s = *op->service;
		k.services[i].s.dests = NULL;
		k.services[i].s.dest_count = dests;
	}
	return 0;
}

static const struct ipvs_dest *dest_in(const struct ipvs_service *s, const struct ipvs_key *key)
{
	for (unsigned i = 0; s && i < s->dest_count; i++)
		if (!memcmp(&s->dests[i].key, key, sizeof *key))
			return &s->dests[i];
	return NULL;
}

static void plan(struct ipvs_plan *p, enum ipvs_action action, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	assert_true(p->count < 99);
	p->ops[p->count++] = (struct ipvs_op){ action, s, d };
}

int ipvs_diff(const struct ipvs_table *wanted, const struct ipvs_table *ours, const struct ipvs_table *kernel, struct ipvs_plan *p)
{
	memset(p, 0, sizeof *p);
	p->ops = calloc(99, sizeof *p->ops);
	assert_non_null(p->ops);
	for (unsigned i = 0; ours && i < ours->count; i++)
		if (!find_service(wanted, &ours->services[i].key))
			plan(p, IPVS_DELETE, &ours->services[i], NULL);
	for (unsigned i = 0; i < wanted->count; i++) {
		const struct ipvs_service *s = &wanted->services[i], *there = find_service(kernel, &s->key);
		const struct ipvs_service *before = ours ? find_service(ours, &s->key) : there;

		if (find_service(wanted, &s->key) != s)
			continue;
		if (!there)
			plan(p, IPVS_ADD, s, NULL);
		else if (strcmp(there->scheduler, s->scheduler))
			plan(p, IPVS_EDIT, s, NULL);
		for (unsigned j = 0; j < s->dest_count; j++) {
			const struct ipvs_dest *d = dest_in(there, &s->dests[j].key);

			if (dest_in(s, &s->dests[j].key) != &s->dests[j])
				continue;
			if (!d || d->weight != s->dests[j].weight)
				plan(p, d ? IPVS_EDIT : IPVS_ADD, s, &s->dests[j]);
		}
		for (unsigned j = 0; before && j < before->dest_count; j++)
			if (!dest_in(s, &before->dests[j].key))
				plan(p, IPVS_DELETE, s, &before->dests[j]);
	}
	return 0;
}

bool ipvs_apply(struct ipvs_plan *p, unsigned max, void (*failed)(const struct ipvs_op *op, int err))
{
	for (; max && p->next < p->count; max--, p->next++) {
		int err = ipvs_do(&p->ops[p->next]);

		if (err)
			failed(&p->ops[p->next], err);
	}
	return p->next == p->count;
}

void ipvs_plan_free(struct ipvs_plan *p)
{
	free(p->ops);
	memset(p, 0, sizeof *p);
}

int ipvs_flush(void)
{
	note("flush ");
	k.count = 0;
	return 0;
}

int ipvs_get_timeouts(struct ipvs_timeouts *t)
{
	*t = (struct ipvs_timeouts){ 900, 120, 300 };
	return 0;
}

int ipvs_set_timeouts(const struct ipvs_timeouts *t)
{
	note("timeouts=%u,%u,%u ", t->tcp_s, t->tcp_fin_s, t->udp_s);
	return 0;
}

int ipvs_sync_start(enum ipvs_sync_role role, const struct ipvs_sync *s)
{
	note("sync%d=%s/%u ", role, s->interface, s->id);
	return 0;
}

int ipvs_sync_stop(enum ipvs_sync_role role)
{
	note("unsync%d ", role);
	return 0;
}

/* The configuration, of words: "80" a virtual server at that port, "F7" by mark, "G80-82" a group of a range of addresses at ports of their
 * own, "G" the group before it once more, then its settings: q2 quorum, h1 hysteresis, s9 sorry server, S9 the same with inhibit, a alpha, o omega, i inhibit, n scripts; then
 * real servers by port: "1", "1*5" with weight 5, "1x2" with 2 checks, "1-" without any. */
#define ALL 8
struct lab {
	struct config config;
	struct virtual_server_conf vs[ALL];
	struct vs_group_conf groups[ALL];
	struct vs_entry_conf entries[ALL][ALL];
	struct real_server_conf rs[ALL][ALL];
	struct check_conf checks[ALL][ALL][4];
	struct conf_script scripts[ALL][ALL][2];
	char texts[ALL][ALL][2][8];
	struct vrrp_conf instance;
};

static struct lab both[2];
static struct config *config;
static bool address_here, vrrp_only, servers_only;

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static void append(struct conf_list *l, void *item)
{
	struct conf_node *n = item;

	*(l->last ? &l->last->next : &l->first) = n;
	l->last = n;
	l->count++;
}

static const struct conf_script *script(struct lab *b, unsigned v, unsigned r, unsigned up, const char *name)
{
	struct conf_script *s = &b->scripts[v][r][up];

	snprintf(b->texts[v][r][up], sizeof b->texts[v][r][up], "%s%c", name, up ? 'u' : 'd');
	s->text = b->texts[v][r][up];
	return s;
}

static void add_real(struct lab *b, unsigned v, const char *word, bool scripts)
{
	struct virtual_server_conf *vs = &b->vs[v];
	unsigned r = vs->real_servers.count, checks_wanted = 1;
	struct real_server_conf *rs = &b->rs[v][r];
	char *end, name[8];

	rs->addr = addr("198.51.100.1");
	rs->port = (uint16_t)strtoul(word, &end, 10);
	rs->weight = 1;
	if (*end == '*')
		rs->weight = (int)strtol(end + 1, &end, 10);
	if (*end == 'x')
		checks_wanted = (unsigned)strtoul(end + 1, &end, 10);
	if (*end == '-')
		checks_wanted = 0;
	rs->inhibit = vs->inhibit;
	for (unsigned i = 0; i < checks_wanted; i++) {
		b->checks[v][r][i] = (struct check_conf){ .connect_port = (uint16_t)(rs->port * 10 + i), .set.alpha = vs->alpha };
		append(&rs->checks, &b->checks[v][r][i]);
	}
	if (scripts) {
		snprintf(name, sizeof name, "%u", rs->port);
		rs->notify_up = script(b, v, r, 1, name);
		rs->notify_down = script(b, v, r, 0, name);
	}
	append(&vs->real_servers, rs);
}

static void add_group(struct lab *b, unsigned v, char *word)
{
	struct vs_entry_conf *e = &b->entries[v][0];
	char *last;

	b->vs[v].group_name = "g";
	if (!*word) {
		b->vs[v].group = b->vs[v - 1].group;
		return;
	}
	e->port = (uint16_t)strtoul(word, &last, 10);
	e->first = addr("192.0.2.254");
	e->last = e->first;
	/* Over the end of a byte, as a careless range of 2 more. */
	for (unsigned n = *last == '-' ? (unsigned)strtoul(last + 1, NULL, 10) : 0; n; n--)
		if (!++e->last.bytes[3])
			e->last.bytes[2]++;
	append(&b->groups[v].entries, e);
	b->entries[v][1].fwmark = 5;
	append(&b->groups[v].entries, &b->entries[v][1]);
	b->vs[v].group = &b->groups[v];
}

static void add_virtual(struct lab *b, char *text)
{
	unsigned v = b->config.virtual_servers.count;
	struct virtual_server_conf *vs = &b->vs[v];
	bool scripts = false;
	char *word = strtok(text, " ");

	vs->addr = addr("192.0.2.9");
	vs->family = AF_INET;
	vs->protocol = IPPROTO_TCP;
	vs->scheduler = "rr";
	vs->quorum = 1;
	if (*word == 'F') {
		vs->fwmark = (uint32_t)strtoul(word + 1, NULL, 10);
		vs->addr = (struct addr){ 0 };
		vs->protocol = 0;
	} else if (*word == 'G') {
		vs->addr = (struct addr){ 0 };
		add_group(b, v, word + 1);
	} else {
		vs->port = (uint16_t)strtoul(word, NULL, 10);
	}
	while ((word = strtok(NULL, " "))) {
		unsigned value = (unsigned)strtoul(word + 1, NULL, 10);

		switch (*word) {
		case 'q': vs->quorum = value; break;
		case 'h': vs->hysteresis = value; break;
		case 'a': vs->alpha = true; break;
		case 'o': vs->omega = true; break;
		case 'i': vs->inhibit = true; break;
		case 'u': vs->ha_suspend = true; break;
		case 'w': vs->scheduler = "wlc"; break;
		case 'n':
			scripts = true;
			vs->quorum_up = script(b, v, ALL - 1, 1, "q");
			vs->quorum_down = script(b, v, ALL - 1, 0, "q");
			break;
		case 's':
		case 'S':
			vs->sorry = (struct real_server_conf){ .addr = addr("198.51.100.1"), .port = (uint16_t)value, .weight = 1, .inhibit = *word == 'S' };
			break;
		default: add_real(b, v, word, scripts);
		}
	}
	append(&b->config.virtual_servers, vs);
}

static struct config *configure(const char *text)
{
	static unsigned turn;
	struct lab *b = &both[turn ^= 1];
	char copy[256], *at = copy, *one;

	memset(b, 0, sizeof *b);
	b->config.global.lvs_sync.id = -1;
	snprintf(copy, sizeof copy, "%s", text);
	while ((one = strsep(&at, ";")))
		if (*one)
			add_virtual(b, one);
	return &b->config;
}

static void on_server(const char *real, const char *virtual, bool up)
{
	note("%s%s:%s ", real ? "" : "V", strrchr(real ? real : virtual, real ? ':' : *virtual == 'F' ? ' ' : ':') + 1, up ? "UP" : "DOWN");
}

static void on_alert(const char *what, const char *text)
{
	note("mail<%s|%s> ", what, text);
}

static bool has_addr(const struct addr *a)
{
	(void)a;
	return address_here;
}

static int setup(void **state)
{
	const struct lvs_hooks hooks = { on_server, on_alert, has_addr, !vrrp_only, !servers_only };

	(void)state;
	memset(&k, 0, sizeof k);
	trace[0] = '\0';
	if (loop_open())
		return -1;
	return lvs_open(&hooks);
}

static int teardown(void **state)
{
	(void)state;
	lvs_close();
	assert_int_equal(fake_timers(), 0);
	for (unsigned i = 0; i < MANY; i++)
		assert_null(checks[i]);
	loop_close();
	return 0;
}

/* The n-th check of a real server. */
static struct check *check_of(unsigned port, unsigned n)
{
	for (unsigned i = 0; i < MANY; i++)
		if (checks[i] && checks[i]->conf->connect_port == port * 10 + n)
			return checks[i];
	fail_msg("server %u has no check %u", port, n);
	return NULL;
}

static void change(struct check *c, bool up, int weight)
{
	bool turned = c->up != up;

	c->up = up;
	c->weight = weight;
	check_changed(c->owner, c, turned);
}

/* "start ...", "reload ...", "stop", "1 down", "1.1 up" for its second check, "1 +5" adds to its weight, "forget": somebody empties the table. */
static void play(const char *event)
{
	char *end;
	unsigned long port = strtoul(event, &end, 10), n = 0;

	if (!strncmp(event, "start ", 6)) {
		lvs_start(config = configure(event + 6));
	} else if (!strncmp(event, "reload ", 7)) {
		lvs_reload(config = configure(event + 7));
	} else if (!strcmp(event, "stop")) {
		lvs_stop();
	} else if (!strcmp(event, "forget")) {
		k.count = 0;
	} else {
		if (*end == '.')
			n = strtoul(end + 1, &end, 10);
		end++;
		if (*end == 'u' || *end == 'd')
			change(check_of((unsigned)port, (unsigned)n), *end == 'u', 0);
		else
			change(check_of((unsigned)port, (unsigned)n), true, atoi(end));
	}
}

struct row {
	const char *event, *want;
};

static void play_rows(const struct row *rows)
{
	for (; rows->event; rows++) {
		play(rows->event);
		expect_trace(rows->event, rows->want);
	}
}

static void test_states(void **state)
{
	static const struct row rows[] = {
		{ "start 80 n 1 2*3", "Gained !qu V80:UP +80 +80>1*1 +80>2*3" },
		/* The first verdict is what was assumed. */
		{ "1 up", "" },
		{ "1 down", "-80>1 !1d 1:DOWN" },
		{ "2 down", "-80>2 !2d 2:DOWN Lost !qd V80:DOWN" },
		{ "1 up", "+80>1*1 !1u 1:UP Gained !qu V80:UP" },
		{ "2 up", "+80>2*3 !2u 2:UP" },
		{ "2 +4", "~80>2*7" },
		{ "2 -9", "~80>2*0" },
		{ "1 down", "-80>1 !1d 1:DOWN Lost !qd V80:DOWN" },
		{ "2 +99999", "~80>2*100002 Gained !qu V80:UP" },
		{ "stop", "-80" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

static void test_many_checks(void **state)
{
	static const struct row rows[] = {
		{ "start 80 1x2 2-", "Gained V80:UP +80 +80>1*1 +80>2*1" },
		{ "1 down", "-80>1 1:DOWN" },
		{ "1.1 down", "" },
		{ "1 up", "" },
		{ "1.1 up", "+80>1*1 1:UP" },
		{ "1 +3", "~80>1*4" },
		{ "1.1 +2", "~80>1*6" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

static void test_alpha_omega(void **state)
{
	static const struct row rows[] = {
		{ "start 80 a o n s9 1 2", "Starting !qd V80:DOWN +80 +80>9*1" },
		{ "1 down", "!1d 1:DOWN" },
		{ "2 up", "!2u 2:UP Gained -80>9 +80>2*1 !qu V80:UP" },
		{ "1 up", "+80>1*1 !1u 1:UP" },
		{ "stop", "!1d 1:DOWN !2d 2:DOWN !qd V80:DOWN -80" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

static void test_quorum(void **state)
{
	static const struct row rows[] = {
		{ "start 80 q4 h1 s9 1*2 2 3*2", "Gained V80:UP +80 +80>1*2 +80>2*1 +80>3*2" },
		{ "1 down", "-80>1 1:DOWN" },
		{ "2 down", "-80>2 2:DOWN Lost -80>3 +80>9*1 V80:DOWN" },
		{ "1 up", "1:UP" },
		{ "2 up", "2:UP Gained -80>9 +80>1*2 +80>2*1 +80>3*2 V80:UP" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

static void test_inhibit(void **state)
{
	static const struct row rows[] = {
		{ "start 80 i S9 1*5 2", "Gained V80:UP +80 +80>9*0 +80>1*5 +80>2*1" },
		{ "1 down", "~80>1*0 1:DOWN" },
		{ "2 down", "~80>2*0 2:DOWN Lost ~80>9*1 V80:DOWN" },
		{ "1 up", "1:UP Gained ~80>1*5 ~80>9*0 V80:UP" },
		{ "stop", "-80" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

/* It stands in for the servers, and is one of them. */
static void test_sorry_is_real(void **state)
{
	static const struct row inhibited[] = {
		{ "start 80 a i s1 1 2", "Starting V80:DOWN +80 +80>1*1 +80>2*0" },
		{ "2 up", "2:UP Gained ~80>1*0 ~80>2*1 V80:UP" },
		{ "2 down", "~80>2*0 2:DOWN Lost ~80>1*1 V80:DOWN" },
		{ "2 up", "2:UP Gained ~80>1*0 ~80>2*1 V80:UP" },
		{ "1 up", "~80>1*1 1:UP" },
		{ NULL, NULL }
	};
	static const struct row rows[] = {
		{ "start 80 s1 1 2", "Gained V80:UP +80 +80>1*1 +80>2*1" },
		{ "1 down", "-80>1 1:DOWN" },
		{ "2 down", "-80>2 2:DOWN Lost ~80>1*1 V80:DOWN" },
		{ "1 up", "1:UP Gained ~80>1*1 V80:UP" },
		{ NULL, NULL }
	};

	play_rows(rows);
	teardown(state);
	setup(state);
	play_rows(inhibited);
}

static void test_kinds(void **state)
{
	static const struct row rows[] = {
		{ "start F7 1;G80-3 2", "Gained V7:UP Gained V0:UP +F7 +F7>1*1 +80 +80>2*1 +80 +80>2*1 +80 +80>2*1 +80 +80>2*1 +F5 +F5>2*1" },
		{ "2 down", "-80>2 -80>2 -80>2 -80>2 -F5>2 2:DOWN Lost V0:DOWN" },
		{ "reload F7 1;G80-1 2", "-80 -80" },
		{ "stop", "-F7 -80 -80 -F5" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
	assert_int_equal(k.count, 0);
}

/* Two of one group: their servers share its services. */
static void test_shared_group(void **state)
{
	static const struct row rows[] = {
		{ "start G80 1 2*2;G w 2*5 3", "Gained V0:UP Gained V1:UP +80 +80>1*1 +80>2*2 +80>3*1 +F5 +F5>1*1 +F5>2*2 +F5>3*1" },
		{ "3 down", "-80>3 -F5>3 3:DOWN" },
		{ "reload G80 1 2*2;G w 2*5 4", "+80>4*1 +F5>4*1" },
		{ "stop", "-80 -F5 -80 -F5" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
	assert_int_equal(k.count, 0);
}

static void test_reload(void **state)
{
	static const struct row rows[] = {
		{ "start 80 n 1 2 3;81 n 1", "Gained !qu V80:UP Gained !qu V81:UP +80 +80>1*1 +80>2*1 +80>3*1 +81 +81>1*1" },
		{ "2 down", "-80>2 !2d 2:DOWN" },
		/* Nothing changed; then: weights, an order, a scheduler. */
		{ "reload 80 n 1 2 3;81 n 1", "" },
		{ "reload 81 n 1;80 n 3 2 1*4", "~80>1*4" },
		{ "reload 80 w n 1*4 2*2 3;81 n 1", "~80" },
		{ "2 up", "+80>2*2 !2u 2:UP" },
		{ "3 down", "-80>3 !3d 3:DOWN" },
		/* A check that is new is up until it says otherwise; where none is left, it is up. */
		{ "reload 80 w n 1*4 2*2 3-;81 n 1", "!3u 3:UP +80>3*1" },
		{ "reload 80 w n 1*4 4;81 n 1", "!2d 2:DOWN !3d 3:DOWN +80>4*1 -80>2 -80>3" },
		{ "reload 80 w n 1*4 4", "!1d 1:DOWN !qd V81:DOWN -81" },
		{ "reload 80 w n q9 s9 1*4 4", "Starting !qd V80:DOWN +80>9*1 -80>1 -80>4" },
		{ "reload 80 w n 1*4 4", "Gained !qu V80:UP +80>1*4 +80>4*1 -80>9" },
		{ "reload ", "!1d 1:DOWN !4d 4:DOWN !qd V80:DOWN -80" },
		{ "stop", "" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
	assert_int_equal(k.count, 0);
}

/* Left by a crash: what is wanted stays, what is not goes. */
static void test_leftovers(void **state)
{
	struct ipvs_service s = { .key = { 0, 80, IPPROTO_TCP, addr("192.0.2.9") }, .scheduler = "rr" };
	struct ipvs_dest d = { .key = { .port = 1, .addr = addr("198.51.100.1") }, .weight = 1 };

	(void)state;
	ipvs_do(&(struct ipvs_op){ IPVS_ADD, &s, NULL });
	ipvs_do(&(struct ipvs_op){ IPVS_ADD, &s, &d });
	d.key.port = 7;
	ipvs_do(&(struct ipvs_op){ IPVS_ADD, &s, &d });
	trace[0] = '\0';
	play("start 80 1 2");
	expect_trace("start", "Gained V80:UP +80>2*1 -80>7");
}

static void test_emptied(void **state)
{
	static const struct row rows[] = {
		{ "start 80 1 2 3", "Gained V80:UP +80 +80>1*1 +80>2*1 +80>3*1" },
		{ "forget", "" },
		{ "1 down", "-80>1 +80 +80>2*1 +80>3*1 1:DOWN" },
		{ NULL, NULL }
	};

	(void)state;
	play_rows(rows);
}

static void test_no_kernel(void **state)
{
	(void)state;
	k.missing = -ENOENT;
	play("start 80 1 2");
	expect_trace("start", "Gained V80:UP (IPVS: No such file or directory: virtual servers wait for module ip_vs, VRRP runs on)");
	assert_false(lvs_has_kernel());
	/* It all goes on, unseen. */
	play("1 down");
	expect_trace("down", "1:DOWN");
	play("reload 80 1 2*2");
	expect_trace("reload", "");
	fake_advance(100 * US_PER_S);
	expect_trace("time", "");
	play("stop");
	expect_trace("stop", "");
}

static void test_refused(void **state)
{
	(void)state;
	k.refuse = -ENOENT;
	play("start 80 1");
	expect_trace("start", "Gained V80:UP +80 (IPVS: can't add VS [192.0.2.9]:tcp:80 with scheduler rr: No such file or directory) +80>1*1 "
		     "(IPVS: can't add VS [192.0.2.9]:tcp:80 [198.51.100.1]:tcp:1: No such process)");
}

/* A long plan takes many turns; what happens meanwhile comes after it. */
static void test_slices(void **state)
{
	char text[256] = "start ";

	(void)state;
	for (unsigned v = 1; v <= 8; v++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u 1- 2- 3- 4- 5- 6- 7- %u", v > 1 ? ";" : "", v + 100, v + 10);
	play(text);
	assert_non_null(strstr(trace, "+101>11*1"));
	assert_null(strstr(trace, "+108>18*1"));
	trace[0] = '\0';
	play("11 down");
	expect_trace("down", "11:DOWN");
	fake_advance(1);
	assert_non_null(strstr(trace, "+108>18*1"));
	assert_non_null(strstr(trace, "-101>11"));
}

static void test_sync(void **state)
{
	struct router_event event = { .to = VRRP_MASTER };
	struct vrrp_conf vi = { .name = "VI", .vrid = 51 }, other = { .name = "VJ" };
	struct config *c = configure("80 1-");

	(void)state;
	append(&c->instances, &vi);
	c->global.lvs_sync.interface = "eth0";
	c->global.lvs_sync.instance = "VI";
	c->global.lvs_timeout_tcp_s = 9;
	lvs_start(c);
	expect_trace("start", "Gained V80:UP +80 +80>1*1 timeouts=9,0,0 unsync1 unsync2 sync2=eth0/51");
	event.instance = &other;
	lvs_router_event(&event);
	expect_trace("another", "");
	event.instance = &vi;
	lvs_router_event(&event);
	lvs_router_event(&event);
	expect_trace("master", "unsync2 sync1=eth0/51");
	event.to = VRRP_FAULT;
	lvs_router_event(&event);
	expect_trace("fault", "unsync1 sync2=eth0/51");
	lvs_stop();
	expect_trace("stop", "-80 unsync2 timeouts=900,120,300");
	/* VRRP alone, the rest alone, and a daemon that follows nobody. */
	for (unsigned n = 0; n < 4; n++) {
		teardown(state);
		vrrp_only = !(n & 1);
		servers_only = n & 1;
		setup(state);
		c->global.lvs_flush = vrrp_only;
		c->global.lvs_sync.instance = n < 2 ? "VI" : NULL;
		c->global.lvs_sync.id = n < 2 ? -1 : 7;
		lvs_start(c);
		expect_trace("start", vrrp_only ? n ? "" : "unsync1 unsync2 sync2=eth0/51"
			     : n < 2 ? "Gained V80:UP +80 +80>1*1 timeouts=9,0,0"
			     : "Gained V80:UP +80 +80>1*1 timeouts=9,0,0 unsync1 unsync2 sync1=eth0/7 sync2=eth0/7");
		lvs_reload(c);
		expect_trace("reload", vrrp_only ? "" : "timeouts=9,0,0");
		lvs_stop();
		expect_trace("stop", vrrp_only ? n ? "" : "unsync2" : n < 2 ? "-80 timeouts=900,120,300"
			     : "-80 unsync1 unsync2 timeouts=900,120,300");
	}
	vrrp_only = servers_only = false;
}

static void test_flush(void **state)
{
	struct config *c = configure("80 1-");

	(void)state;
	c->global.lvs_flush = true;
	c->global.lvs_flush_on_stop = LVS_FLUSH_FULL;
	lvs_start(c);
	expect_trace("start", "Gained V80:UP flush +80 +80>1*1");
	lvs_stop();
	expect_trace("stop", "flush");
	/* Nobody is left who could put something back while the loop still turns. */
	assert_null(checks[0]);
}

static void test_suspend(void **state)
{
	(void)state;
	play("start 80 u 1");
	assert_true(check_of(1, 0)->suspended);
	address_here = true;
	lvs_addresses_changed();
	assert_false(check_of(1, 0)->suspended);
	address_here = false;
	lvs_addresses_changed();
	assert_true(check_of(1, 0)->suspended);
	play("reload 80 1");
	assert_false(check_of(1, 0)->suspended);
}

static void test_mail(void **state)
{
	struct config *c = configure("80 1x2 2-");

	(void)state;
	((struct real_server_conf *)(void *)((struct virtual_server_conf *)(void *)c->virtual_servers.first)->real_servers.first)->smtp_alert = true;
	lvs_start(c);
	trace[0] = '\0';
	play("1 down");
	expect_trace("down", "-80>1 1:DOWN mail<Realserver [198.51.100.1]:tcp:1 of virtual server [192.0.2.9]:tcp:80 - DOWN|=> TCP_CHECK failed on service <=>");
	play("1.1 down");
	expect_trace("more", "mail<Realserver [198.51.100.1]:tcp:1 of virtual server [192.0.2.9]:tcp:80 - DOWN|=> TCP_CHECK failed on service <=>");
	c->global.no_checker_emails = true;
	play("1.1 up");
	expect_trace("less", "");
}

static void test_views(void **state)
{
	struct lvs_real_view r;
	struct lvs_view v;

	(void)state;
	play("start 80 s9 1*5 2");
	play("2 down");
	assert_true(lvs_view(0, &v));
	assert_string_equal(v.name, "[192.0.2.9]:tcp:80");
	assert_true(v.quorum_met && !v.suspended && !v.sorry_in_use && v.servers == 2 && v.alive == 1 && v.weight == 5 && v.quorum == 1);
	assert_true(lvs_real_view(&v, 0, &r));
	assert_true(r.alive && r.in_table && r.weight == 5 && r.checks == check_of(1, 0));
	assert_true(lvs_real_view(&v, 1, &r));
	assert_false(r.alive || r.in_table);
	assert_false(lvs_real_view(&v, 2, &r));
	assert_false(lvs_view(1, &v));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_states), TEST(test_many_checks), TEST(test_alpha_omega), TEST(test_quorum), TEST(test_inhibit), TEST(test_sorry_is_real), TEST(test_shared_group),
		TEST(test_kinds), TEST(test_reload), TEST(test_leftovers), TEST(test_emptied), TEST(test_no_kernel), TEST(test_refused),
		TEST(test_slices), TEST(test_sync), TEST(test_flush), TEST(test_suspend), TEST(test_mail), TEST(test_views),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
