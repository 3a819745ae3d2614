/* SPDX-License-Identifier: MIT */
#include "lvs.h"

#include "check.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "router.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WEIGHT_MAX INT32_MAX
#define SLICE 64 /* operations of a turn of the loop, about a millisecond */
#define MODULES_MAX 24
#define LOAD_PATIENCE_US (5 * US_PER_S)
#define RETRY_US (10 * US_PER_S)
#define ROLES 2 /* of the sync daemon: bits, too */
#define BOTH_ROLES (IPVS_SYNC_MASTER | IPVS_SYNC_BACKUP)

#define NO_MEMORY "no memory for %s"
#define say(...) log_write(LOG_INFO | LOG_FROM_CHECK, __VA_ARGS__)
#define say_warn(...) log_write(LOG_WARNING | LOG_FROM_CHECK, __VA_ARGS__)

/* What a reload hands on. */
struct past {
	struct notify_queue *queue;
	uint64_t since_us;
	unsigned changes;
	int weight;    /* of a server, with what checks add */
	bool up;       /* alive; of a virtual server: its quorum is met */
	bool sorry_in_use;
};

struct server {
	const struct real_server_conf *conf; /* NULL: the next one of a reload has taken what it was */
	struct virtual *virtual;
	struct check **checks;
	unsigned check_count;
	int table_weight;
	bool in_table;              /* as we set it, not as it should be */
	struct past is;
	char name[ADDR_TEXT_MAX + 16];
};

struct virtual {
	const struct virtual_server_conf *conf; /* NULL: as above */
	struct past is;
	bool suspended;
	unsigned real_count, server_count; /* the sorry server is the last one */
	struct server *twin;               /* the real server that is the sorry server too, or NULL */
	char name[128];
	struct server servers[];
};

struct lvs {
	struct checks *checks;
	struct lvs_hooks hooks;
	const struct config *config;
	struct ipvs *ipvs;
	struct virtual **virtuals;
	unsigned count;
	struct timer timer;
	struct child modprobe;      /* pid 0: none runs */
	bool has_kernel, known;     /* known: what is in the table is ours */
	bool told_missing, applying, instance_master;
	struct ipvs_table wanted, ours, kernel;
	struct ipvs_plan plan;
	struct ipvs_timeouts timeouts; /* as they were before, where ours are set */
	struct ipvs_sync sync;
	unsigned sync_roles;        /* what runs */
	struct log_limit failures;
};

static void begin(struct lvs *l);

/* Names */

static void server_name(char *buf, size_t size, const struct addr *a, unsigned port, unsigned protocol)
{
	const char *word = protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : protocol ? "sctp" : "none";
	char text[ADDR_TEXT_MAX];

	text_format(buf, size, "[%s]:%s:%u", addr_text(a, text), word, port);
}

static void virtual_name(struct virtual *v, unsigned same_group)
{
	const struct virtual_server_conf *c = v->conf;

	if (c->group)
		text_format(v->name, sizeof v->name, "[%s]:%u", c->group_name, same_group);
	else if (c->fwmark)
		text_format(v->name, sizeof v->name, "FWM %u", c->fwmark);
	else
		server_name(v->name, sizeof v->name, &c->addr, c->port, c->protocol);
}

/* Services of a virtual server */

struct services {
	const struct virtual_server_conf *conf;
	const struct vs_entry_conf *entry;
	struct addr addr; /* the next one of a range, or unset */
	bool begun;
};

static void increment(struct addr *a)
{
	size_t i = addr_len(a);

	while (i-- && !++a->bytes[i])
		;
}

static bool next_key(struct services *s, struct ipvs_key *key)
{
	const struct virtual_server_conf *c = s->conf;
	const struct vs_entry_conf *e;

	memset(key, 0, sizeof *key);
	key->protocol = c->protocol;
	key->addr = c->addr;
	key->port = c->port;
	key->fwmark = c->fwmark;
	if (!c->group) {
		if (!addr_is_set(&key->addr))
			key->addr.family = c->family;
		return !s->begun && (s->begun = true);
	}
	if (!addr_is_set(&s->addr)) {
		s->entry = (const void *)(s->begun ? s->entry->node.next : c->group->entries.first);
		s->begun = true;
		if (!s->entry)
			return false;
		s->addr = s->entry->first;
	}
	e = s->entry;
	key->fwmark = e->fwmark;
	key->port = e->port;
	key->addr = s->addr;
	if (e->fwmark) {
		key->protocol = 0;
		key->port = 0;
		key->addr.family = e->family ? e->family : c->family ? c->family : AF_INET;
	} else if (addr_equal(&s->addr, &e->last)) {
		s->addr.family = AF_UNSPEC;
	} else {
		increment(&s->addr);
	}
	return true;
}

static bool next_service(struct services *each, struct ipvs_service *s)
{
	const struct virtual_server_conf *c = each->conf;

	memset(s, 0, sizeof *s);
	if (!next_key(each, &s->key))
		return false;
	text_format(s->scheduler, sizeof s->scheduler, "%s", c->scheduler);
	text_format(s->pe, sizeof s->pe, "%s", c->persistence_engine ? c->persistence_engine : "");
	s->flags = c->flags;
	s->mask = UINT32_MAX;
	if (c->persistence_s) {
		s->flags |= IPVS_PERSISTENT;
		s->timeout_s = c->persistence_s;
		s->mask = c->persistence_mask;
	}
	if (s->key.addr.family == AF_INET6 && s->mask > 128)
		s->mask = 128;
	return true;
}

/* Only NAT changes a port. */
static void fill_dest(struct ipvs_dest *d, const struct server *s, const struct ipvs_service *of)
{
	const struct real_server_conf *c = s->conf;

	memset(d, 0, sizeof *d);
	d->key.addr = c->addr;
	d->key.port = c->forward.method == IPVS_NAT ? c->port : of->key.port;
	d->weight = s->table_weight;
	d->upper = c->uthreshold;
	d->lower = c->lthreshold;
	d->forward = c->forward.method;
	d->tun_type = c->forward.tun_type;
	d->tun_port = c->forward.tun_port;
	d->tun_flags = c->forward.tun_flags;
}

/* The table */

static bool is_sorry(const struct server *s)
{
	return s == &s->virtual->servers[s->virtual->real_count];
}

static bool serves(const struct server *s)
{
	return is_sorry(s) ? s->virtual->is.sorry_in_use : s->is.up && !s->virtual->is.sorry_in_use;
}

static bool belongs(const struct server *s)
{
	return (s->conf->inhibit && !(is_sorry(s) && s->virtual->twin)) || serves(s);
}

static void settle(struct server *s)
{
	s->in_table = belongs(s);
	s->table_weight = serves(s) ? s->is.weight : 0;
}

static void failed(void *ctx, const struct ipvs_op *op, int err)
{
	static const char verbs[][7] = { "add", "edit", "delete" };
	const struct ipvs_key *k = &op->service->key;
	char service[ADDR_TEXT_MAX + 16], dest[ADDR_TEXT_MAX + 16] = "";
	struct lvs *l = ctx;
	unsigned held;

	if (!log_allow(&l->failures, loop_now(), &held))
		return;
	if (k->fwmark)
		text_format(service, sizeof service, "FWM %u", k->fwmark);
	else
		server_name(service, sizeof service, &k->addr, k->port, k->protocol);
	if (op->dest)
		server_name(dest, sizeof dest, &op->dest->key.addr, op->dest->key.port, k->protocol);
	else if (err == -ENOENT)
		text_format(dest, sizeof dest, "with scheduler %s", op->service->scheduler);
	say_warn("IPVS: can't %s VS %s %s: %s", verbs[op->action], service, dest, text_error(err));
}

/* Puts a server's present state into every service. */
static int change(struct lvs *l, const struct server *s, enum ipvs_action action)
{
	struct services services = { .conf = s->virtual->conf };
	struct ipvs_service service;
	struct ipvs_dest dest;
	int worst = 0;

	while (next_service(&services, &service)) {
		struct ipvs_op op = { action, &service, &dest };
		int err;

		fill_dest(&dest, s, &service);
		err = ipvs_do(l->ipvs, &op);
		if (err == -ESRCH)
			worst = err;
		else if (err)
			failed(l, &op, err);
	}
	return worst;
}

/* Entries as we set them. */
static int snapshot_make(const struct lvs *l, struct ipvs_table *out)
{
	struct ipvs_service service;
	struct ipvs_dest dest;
	int err = 0;

	for (unsigned i = 0; i < l->count; i++) {
		const struct virtual *v = l->virtuals[i];
		struct services each = { .conf = v->conf };

		while (!err && next_service(&each, &service)) {
			/* The sorry server first: where it is a real server too, it counts while in use. */
			for (unsigned n = 0; !err && n < v->server_count; n++) {
				const struct server *s = &v->servers[(v->real_count + n) % v->server_count];

				fill_dest(&dest, s, &service);
				err = s->in_table ? ipvs_service_add(&service, &dest) : 0;
			}
			if (!err)
				err = ipvs_table_add(out, &service);
			if (err)
				free(service.dests);
		}
	}
	if (!err)
		err = ipvs_table_merge(out);
	if (err)
		ipvs_table_free(out);
	return err;
}

/* Deletions first: a sorry server may be one of the real servers too. Virtual servers of one group and protocol share what they put there:
 * the first weight stays, and the first one to remove it removes it. */
static void update(struct lvs *l, struct virtual *v)
{
	bool lost = false;

	if (!l->has_kernel || l->applying)
		return;
	for (unsigned pass = 0; pass < 2; pass++)
		for (struct server *s = v->servers; s < v->servers + v->server_count; s++) {
			bool was = s->in_table;
			int weight = s->table_weight;

			if (pass != belongs(s))
				continue;
			settle(s);
			if (pass == was && weight == s->table_weight)
				continue;
			if (!pass && is_sorry(s) && v->twin && belongs(v->twin))
				v->twin->in_table = false; /* in the next pass it takes over */
			else
				lost |= change(l, s, !pass ? IPVS_DELETE : was || v->twin ? IPVS_EDIT : IPVS_ADD) != 0;
		}
	/* Somebody emptied the table. */
	if (lost && !snapshot_make(l, &l->ours))
		begin(l);
}

/* Ends what is being applied: at once, where it is not done. */
static void finish(struct lvs *l)
{
	if (!l->applying)
		return;
	timer_stop(&l->timer);
	ipvs_apply(l->ipvs, &l->plan, -1U, failed, l);
	l->applying = false;
	ipvs_plan_free(&l->plan);
	ipvs_table_free(&l->kernel);
	ipvs_table_free(&l->wanted);
	ipvs_table_free(&l->ours);
	for (unsigned i = 0; i < l->count; i++)
		update(l, l->virtuals[i]);
}

static void apply(struct lvs *l)
{
	if (ipvs_apply(l->ipvs, &l->plan, SLICE, failed, l))
		finish(l);
	else
		timer_set(&l->timer, 0);
}

static int make_plan(struct lvs *l)
{
	int err;

	for (unsigned i = 0; i < l->count; i++)
		for (unsigned j = 0; j < l->virtuals[i]->server_count; j++)
			settle(&l->virtuals[i]->servers[j]);
	err = snapshot_make(l, &l->wanted);
	if (!err)
		err = ipvs_read(l->ipvs, &l->kernel, NULL, NULL);
	/* Changed while it was read: once more. */
	if (err == -EINTR)
		err = ipvs_read(l->ipvs, &l->kernel, NULL, NULL);
	if (!err)
		err = ipvs_diff(&l->wanted, l->known ? &l->ours : NULL, &l->kernel, &l->plan);
	return err;
}

/* The sync daemon */

static void sync_wanted(const struct lvs *l, struct ipvs_sync *s)
{
	const struct global_conf *g = &l->config->global;

	memset(s, 0, sizeof *s);
	text_format(s->interface, sizeof s->interface, "%s", g->lvs_sync.interface);
	if (g->lvs_sync.id >= 0)
		s->id = (uint32_t)g->lvs_sync.id;
	s->maxlen = g->lvs_sync.maxlen;
	s->port = g->lvs_sync.port;
	s->ttl = g->lvs_sync.ttl;
	s->group = g->lvs_sync.group;
	CONF_EACH(struct vrrp_conf, v, &l->config->instances)
		if (g->lvs_sync.id < 0 && g->lvs_sync.instance && !strcmp(v->name, g->lvs_sync.instance))
			s->id = v->vrid;
}

/* All that runs is stopped before anything is started: that is how keepalived changes roles. */
static void sync_run(struct lvs *l, unsigned roles)
{
	struct ipvs_sync s;
	int err;

	if (!l->has_kernel)
		return;
	memset(&s, 0, sizeof s);
	if (roles)
		sync_wanted(l, &s);
	if (roles == l->sync_roles && !memcmp(&s, &l->sync, sizeof s))
		return;
	for (unsigned role = 1; role <= ROLES; role++)
		if (l->sync_roles & role)
			ipvs_sync_stop(l->ipvs, role);
	l->sync = s;
	l->sync_roles = roles;
	for (unsigned role = 1; role <= ROLES; role++) {
		err = roles & role ? ipvs_sync_start(l->ipvs, role, &s) : 0;
		if (!err)
			continue;
		say_warn("IPVS: sync daemon on %s: %s", s.interface, text_error(err));
		l->sync_roles &= ~role;
	}
}

static unsigned sync_roles(const struct lvs *l)
{
	const struct global_conf *g = &l->config->global;

	if (!g->lvs_sync.interface || !(g->lvs_sync.instance ? l->hooks.vrrp : l->hooks.servers))
		return 0;
	return !g->lvs_sync.instance ? BOTH_ROLES : l->instance_master ? IPVS_SYNC_MASTER : IPVS_SYNC_BACKUP;
}

void lvs_router_event(struct lvs *l, const struct router_event *e)
{
	const char *name = l->config ? l->config->global.lvs_sync.instance : NULL;
	bool master = e->to == VRRP_MASTER;

	if (!e->instance || !name || strcmp(e->instance->name, name) || master == l->instance_master)
		return;
	l->instance_master = master;
	sync_run(l, sync_roles(l));
}

/* The kernel */

static void set_globals(struct lvs *l)
{
	const struct global_conf *g = &l->config->global;
	const struct ipvs_timeouts t = { g->lvs_timeout_tcp_s, g->lvs_timeout_tcpfin_s, g->lvs_timeout_udp_s };
	int err = 0;

	if (l->hooks.servers && (t.tcp_s || t.tcp_fin_s || t.udp_s)) {
		if (!l->timeouts.tcp_s)
			err = ipvs_get_timeouts(l->ipvs, &l->timeouts);
		if (!err)
			err = ipvs_set_timeouts(l->ipvs, &t);
	}
	if (err)
		say_warn("IPVS: timeouts: %s", text_error(err));
	sync_run(l, sync_roles(l));
}

static bool wants_kernel(const struct lvs *l)
{
	return l->count || l->known || l->sync_roles || sync_roles(l);
}

/* Said once, however often it is tried. */
static void missing(struct lvs *l, int err)
{
	l->has_kernel = false;
	if (!l->told_missing)
		say_warn("IPVS: %s: virtual servers wait%s, VRRP runs on", text_error(err), err == -ENOENT ? " for module ip_vs" : "");
	l->told_missing = true;
	timer_set(&l->timer, RETRY_US);
}

/* Makes the table what it should be; l->ours, where known, is what we set before. */
static void begin(struct lvs *l)
{
	int err;

	if (!wants_kernel(l)) {
		ipvs_table_free(&l->ours);
		return;
	}
	err = ipvs_connect(l->ipvs);
	if (!err && !l->known && l->hooks.servers && l->config->global.lvs_flush)
		err = ipvs_flush(l->ipvs);
	l->applying = true;
	if (!err)
		err = make_plan(l);
	if (err) {
		finish(l);
		missing(l, err);
		return;
	}
	if (l->told_missing)
		say("IPVS is there now");
	l->has_kernel = l->known = true;
	l->told_missing = false;
	apply(l);
	set_globals(l);
}

static void on_timer(struct timer *t)
{
	struct lvs *l = container_of(t, struct lvs, timer);

	if (l->applying) {
		apply(l);
	} else if (l->told_missing && access("/proc/net/ip_vs", F_OK)) {
		/* To ask the kernel would make it run modprobe again. */
		timer_set(t, RETRY_US);
	} else {
		if (l->modprobe.pid)
			child_remove(&l->modprobe);
		l->modprobe.pid = 0;
		begin(l);
	}
}

static void on_modprobe_end(struct child *c, int status)
{
	struct lvs *l = container_of(c, struct lvs, modprobe);

	(void)status;
	c->pid = 0;
	timer_set(&l->timer, 0);
}

struct modules {
	char path[64], *argv[MODULES_MAX + 3]; /* of modprobe */
	unsigned count;
	char names[MODULES_MAX][IPVS_NAME_MAX + 12];
};

static void note_module(struct modules *m, const char *kind, const char *name)
{
	char path[64];

	if (!name || m->count == MODULES_MAX)
		return;
	text_format(path, sizeof path, "/sys/module/ip_vs%s%s", kind, name);
	for (unsigned i = 0; i < m->count; i++)
		if (!strcmp(m->names[i], path + 12))
			return;
	if (!access(path, F_OK))
		return;
	m->argv[m->count + 2] = m->names[m->count];
	text_format(m->names[m->count++], sizeof m->names[0], "%s", path + 12);
}

/* The kernel would load schedulers as they are named, while we wait. */
static bool load_modules(struct lvs *l)
{
	struct modules m = { "/sbin/modprobe", { m.path, (char[]){ "-qa" } }, 0, { "" } };
	const struct conf_script modprobe = { m.path, m.argv, "root", NULL };
	char path[sizeof m.path];

	note_module(&m, "", "");
	for (unsigned i = 0; i < l->count; i++) {
		note_module(&m, "_", l->virtuals[i]->conf->scheduler);
		note_module(&m, "_pe_", l->virtuals[i]->conf->persistence_engine);
	}
	if (text_file("/proc/sys/kernel/modprobe", path, sizeof path) >= 0)
		strcpy(m.path, path);
	m.path[strcspn(m.path, "\n")] = '\0';
	/* Nothing there is how an administrator forbids modules. */
	if (!m.count || !m.path[0])
		return false;
	if (notify_spawn(&modprobe, NULL, &l->modprobe))
		return false;
	timer_set(&l->timer, LOAD_PATIENCE_US);
	return true;
}

/* What is told of changes */

static void tell_server(struct lvs *l, struct server *s, bool up)
{
	notify_queue_run(&s->is.queue, s->name, up ? s->conf->notify_up : s->conf->notify_down, NULL, ++s->is.changes);
	l->hooks.server(l->hooks.ctx, s->name, s->virtual->name, up);
}

static void mail(struct lvs *l, const struct virtual *v, const struct server *s, bool up, const char *text)
{
	char what[256];

	text_format(what, sizeof what, "%s%s%s%s - %s", s ? "Realserver " : "Virtualserver ", s ? s->name : "", s ? " of virtual server " : "", v->name,
		    up ? "UP" : "DOWN");
	l->hooks.alert(l->hooks.ctx, what, text);
}

static void tell_virtual(struct lvs *l, struct virtual *v, const char *text)
{
	const struct virtual_server_conf *c = v->conf;
	bool up = v->is.up;

	notify_queue_run(&v->is.queue, v->name, up ? c->quorum_up : c->quorum_down, NULL, ++v->is.changes);
	l->hooks.server(l->hooks.ctx, NULL, v->name, up);
	if (c->smtp_alert)
		mail(l, v, NULL, up, text);
}

/* Who is alive */

static unsigned live_weight(const struct virtual *v)
{
	unsigned sum = 0;

	for (const struct server *s = v->servers; s < v->servers + v->real_count; s++)
		if (s->is.up)
			sum = sum + (unsigned)s->is.weight > WEIGHT_MAX ? WEIGHT_MAX : sum + (unsigned)s->is.weight;
	return sum;
}

/* Rates the quorum and changes the table. start: nothing was known of it before, or the configuration is new. */
static void rate_quorum(struct lvs *l, struct virtual *v, bool start)
{
	const struct virtual_server_conf *c = v->conf;
	unsigned sum = live_weight(v);
	long threshold = (long)c->quorum + (v->is.up ? -(long)c->hysteresis : (long)c->hysteresis);
	bool sorry = v->server_count > v->real_count, gained = !v->is.up && (long)sum >= threshold;
	bool lost = v->is.up && (!sum || (long)sum < threshold);
	char text[160];

	if (!gained && !lost && !(start && !v->is.up && sorry && !v->is.sorry_in_use)) {
		update(l, v);
		return;
	}
	v->is.up = gained;
	text_format(text, sizeof text, "=> %s %u%c%u=%ld %s %u <=", gained ? "Gained quorum" : start ? "Starting with quorum down" : "Lost quorum",
		    c->quorum, gained ? '+' : '-', c->hysteresis, threshold, gained ? "<=" : ">", sum);
	/* Mail has it with its arrows. */
	say("%.*s for VS %s", (int)strlen(text) - 6, text + 3, v->name);
	if (sorry && v->is.sorry_in_use == gained) {
		const struct server *s = &v->servers[v->real_count];

		say("%s sorry server %s %s VS %s", (v->twin ? v->twin : s)->conf->inhibit ? gained ? "Disabling" : "Enabling" : gained ? "Removing" : "Adding", s->name,
		    gained ? "from" : "to", v->name);
		v->is.sorry_in_use = !gained;
	}
	update(l, v);
	tell_virtual(l, v, text);
}

/* What the checks say now. */
static bool checks_up(const struct server *s, int *weight)
{
	long long sum = s->conf->weight;
	bool up = true;

	for (unsigned i = 0; i < s->check_count; i++) {
		up = up && check_up(s->checks[i]);
		sum += check_weight(s->checks[i], s->conf->weight);
	}
	*weight = sum < 0 ? 0 : sum > WEIGHT_MAX ? WEIGHT_MAX : (int)sum;
	return up;
}

static void set_weight(struct server *s, int weight)
{
	if (weight == s->is.weight)
		return;
	say("Changing weight from %d to %d for %sactive service %s of VS %s", s->is.weight, weight, s->is.up ? "" : "in", s->name, s->virtual->name);
	s->is.weight = weight;
}

/* True when it went up or down. */
static bool rate(struct server *s)
{
	bool inhibit = s->conf->inhibit, up;
	int weight;

	up = checks_up(s, &weight);
	set_weight(s, weight);
	if (up == s->is.up)
		return false;
	say("%s service %s %s VS %s", inhibit ? up ? "Enabling" : "Disabling" : up ? "Adding" : "Removing", s->name,
	    inhibit ? "of" : up ? "to" : "from", s->virtual->name);
	s->is.up = up;
	s->is.since_us = loop_now();
	return true;
}

static void on_check(void *ctx, void *owner, struct check *check, bool turned)
{
	struct server *s = owner;
	struct virtual *v = s->virtual;
	struct lvs *l = ctx;
	bool up = check_up(check), changed;
	int weight = s->is.weight;
	struct check_view view;
	char text[80];

	changed = rate(s);
	/* The servers first, then those who want to know. */
	update(l, v);
	/* With alpha it was down before, and nobody has been told. */
	if (changed || (!turned && !up && weight == s->is.weight))
		tell_server(l, s, s->is.up);
	if (turned && s->conf->smtp_alert && (changed || !l->config->global.no_checker_emails)) {
		check_view(check, &view);
		text_format(text, sizeof text, "=> %s %s on service <=", view.kind, up ? "succeeded" : "failed");
		mail(l, v, s, up, text);
	}
	rate_quorum(l, v, false);
}

/* Virtual servers */

static void init_server(struct virtual *v, struct server *s, const struct real_server_conf *conf, struct check ***checks)
{
	s->conf = conf;
	s->virtual = v;
	s->is.weight = conf->weight;
	s->checks = *checks;
	s->check_count = conf->checks.count;
	*checks += s->check_count;
	server_name(s->name, sizeof s->name, &conf->addr, conf->port, v->conf->protocol);
}

static struct server *find_server(struct virtual *v, unsigned from, const struct server *like)
{
	for (unsigned i = 0; i < v->real_count; i++) {
		struct server *s = &v->servers[(from + i) % v->real_count];

		if (s->conf && !strcmp(s->name, like->name))
			return s;
	}
	return NULL;
}

static struct virtual *virtual_new(const struct virtual_server_conf *conf)
{
	unsigned servers = conf->real_servers.count + (conf->sorry != NULL), count = 0;
	struct check **checks;
	struct virtual *v;

	CONF_EACH(struct real_server_conf, rs, &conf->real_servers)
		count += rs->checks.count;
	v = calloc(1, sizeof *v + servers * sizeof v->servers[0] + count * sizeof *checks);
	if (!v)
		return NULL;
	v->conf = conf;
	checks = (void *)&v->servers[servers];
	CONF_EACH(struct real_server_conf, rs, &conf->real_servers)
		init_server(v, &v->servers[v->real_count++], rs, &checks);
	v->server_count = servers;
	if (conf->sorry) {
		init_server(v, &v->servers[v->real_count], conf->sorry, &checks);
		v->servers[v->real_count].check_count = 0;
		v->twin = find_server(v, 0, &v->servers[v->real_count]);
	}
	return v;
}

static void virtual_free(struct virtual *v)
{
	for (struct server *s = v->servers; s < v->servers + v->server_count; s++) {
		for (unsigned i = 0; i < s->check_count; i++)
			if (s->checks[i])
				check_stop(s->checks[i]);
		notify_queue_free(s->is.queue);
	}
	notify_queue_free(v->is.queue);
	free(v);
}

/* A check that asks what an old one did goes on with its verdict. */
static void start_check(struct lvs *l, struct server *s, unsigned i, const struct check_conf *conf, struct server *before)
{
	struct virtual *v = s->virtual;

	for (unsigned n = 0; before && !s->checks[i] && n < before->check_count; n++) {
		struct check **o = &before->checks[n];

		if (!*o || !check_adopt(*o, conf, s->name, v->name, s))
			continue;
		s->checks[i] = *o;
		*o = NULL;
	}
	if (!s->checks[i]) {
		s->checks[i] = check_start(l->checks, conf, s->name, v->name, s);
		if (!s->checks[i]) {
			s->check_count = i;
			say_warn(NO_MEMORY, s->name);
			return;
		}
	}
	check_suspend(s->checks[i], v->suspended);
}

static bool has_address(const struct lvs *l, const struct virtual_server_conf *c)
{
	struct services services = { .conf = c };
	struct ipvs_key key;

	while (next_key(&services, &key))
		if (l->hooks.has_addr(l->hooks.ctx, &key.addr))
			return true;
	return false;
}

/* old: what it was before a reload, or NULL. */
static void virtual_start(struct lvs *l, struct virtual *v, struct virtual *old)
{
	struct server *before = NULL;

	v->suspended = v->conf->ha_suspend && !has_address(l, v->conf);
	if (old) {
		v->is = old->is;
		v->is.sorry_in_use &= v->server_count > v->real_count;
		old->is.queue = NULL;
	}
	for (struct server *s = v->servers; s < v->servers + v->real_count; s++) {
		unsigned i = 0;
		int weight;

		/* Most often it is the one after the last one. */
		before = old ? find_server(old, before ? (unsigned)(before - old->servers) + 1 : 0, s) : NULL;
		CONF_EACH(struct check_conf, c, &s->conf->checks)
			if (i < s->check_count)
				start_check(l, s, i++, c, before);
		if (before) {
			s->is = before->is;
			before->is.queue = NULL;
			before->conf = NULL;
			if (rate(s))
				tell_server(l, s, s->is.up);
			continue;
		}
		s->is.since_us = loop_now();
		s->is.up = checks_up(s, &weight);
		s->is.weight = weight;
		if (s->is.up && l->config->global.rs_init_notifies)
			tell_server(l, s, true);
	}
}

/* At the end only omega lets others know. */
static void end_server(struct lvs *l, struct server *s, const char *text, bool quiet)
{
	const struct virtual *v = s->virtual;

	say("%.*s %sservice %s from VS %s", (int)strlen(text) - 6, text + 3, s->conf->inhibit && !s->is.up ? "(inhibited) " : "", s->name, v->name);
	if (!s->is.up || quiet)
		return;
	s->is.up = false;
	tell_server(l, s, false);
	if (s->conf->smtp_alert)
		mail(l, v, s, false, text);
}

/* What the new configuration did not take over. */
static void virtual_remove(struct lvs *l, struct virtual *old)
{
	bool gone = old->conf;

	if (gone)
		say("Removing Virtual Server %s", old->name);
	for (struct server *s = old->servers; s < old->servers + old->real_count; s++)
		if (s->conf)
			end_server(l, s, "=> Removing <=", false);
	if (gone && old->is.up) {
		old->is.up = false;
		tell_virtual(l, old, "=> Removing <=");
	}
	virtual_free(old);
}

static struct virtual *find_virtual(struct virtual **list, unsigned count, unsigned from, const struct virtual *like)
{
	for (unsigned i = 0; i < count; i++) {
		struct virtual *v = list[(from + i) % count];

		if (v->conf && v->conf->family == like->conf->family && !strcmp(v->name, like->name))
			return v;
	}
	return NULL;
}

/* Takes up a configuration: what runs already and stands in it runs on. */
static void configure(struct lvs *l, const struct config *config)
{
	unsigned old_count = l->count, next = 0;
	struct virtual **old = l->virtuals;

	l->config = config;
	if (!l->hooks.servers)
		return;
	checks_set_config(l->checks, config);
	l->count = 0;
	l->virtuals = calloc(config->virtual_servers.count + 1, sizeof *l->virtuals);
	CONF_EACH(struct virtual_server_conf, c, &config->virtual_servers) {
		struct virtual *v = l->virtuals && !c->broken ? virtual_new(c) : NULL, *before;
		unsigned same_group = 0;

		if (!v) {
			if (!c->broken)
				say_warn(NO_MEMORY, "a virtual_server");
			continue;
		}
		for (unsigned i = 0; c->group && i < l->count; i++)
			same_group += l->virtuals[i]->conf->group == c->group;
		virtual_name(v, same_group);
		l->virtuals[l->count++] = v;
		before = find_virtual(old, old_count, next++, v);
		virtual_start(l, v, before);
		if (before)
			before->conf = NULL;
	}
	for (unsigned i = 0; i < old_count; i++)
		virtual_remove(l, old[i]);
	free(old);
}

static void rate_all(struct lvs *l)
{
	for (unsigned i = 0; i < l->count; i++)
		rate_quorum(l, l->virtuals[i], true);
}

void lvs_addresses_changed(struct lvs *l)
{
	for (unsigned i = 0; i < l->count; i++) {
		struct virtual *v = l->virtuals[i];

		if (!v->conf->ha_suspend || has_address(l, v->conf) == !v->suspended)
			continue;
		v->suspended = !v->suspended;
		say("%s healthcheckers of VS %s", v->suspended ? "Suspending" : "Activating", v->name);
		for (struct server *s = v->servers; s < v->servers + v->real_count; s++)
			for (unsigned j = 0; j < s->check_count; j++)
				check_suspend(s->checks[j], v->suspended);
	}
}

/* Life */

struct lvs *lvs_new(const struct lvs_hooks *hooks)
{
	struct lvs *l = calloc(1, sizeof *l);
	struct check_hooks told = { on_check, l };

	if (!l)
		return NULL;
	l->hooks = *hooks;
	l->timer.cb = on_timer;
	l->modprobe.cb = on_modprobe_end;
	l->ipvs = ipvs_new();
	l->checks = checks_new(&told);
	if (l->ipvs && l->checks)
		return l;
	lvs_free(l);
	return NULL;
}

void lvs_free(struct lvs *l)
{
	if (!l)
		return;
	finish(l);
	timer_stop(&l->timer);
	if (l->modprobe.pid)
		child_remove(&l->modprobe);
	while (l->count)
		virtual_free(l->virtuals[--l->count]);
	free(l->virtuals);
	checks_free(l->checks);
	ipvs_free(l->ipvs);
	free(l);
}

int lvs_start(struct lvs *l, const struct config *config)
{
	configure(l, config);
	/* Before the table is made: it begins as it is to be. */
	rate_all(l);
	/* Of a crash there may be some left. */
	l->sync_roles = sync_roles(l) ? BOTH_ROLES : 0;
	if (wants_kernel(l) && !load_modules(l))
		begin(l);
	return 0;
}

void lvs_reload(struct lvs *l, const struct config *config)
{
	finish(l);
	if (l->known)
		snapshot_make(l, &l->ours);
	/* The plan comes with all changes; until then nothing is set. */
	l->applying = true;
	configure(l, config);
	rate_all(l);
	l->applying = false;
	if (!l->modprobe.pid && !load_modules(l))
		begin(l);
}

static void stop_virtual(struct lvs *l, struct virtual *v, enum lvs_flush flush)
{
	struct services services = { .conf = v->conf };
	struct ipvs_service service;
	struct ipvs_op op = { IPVS_DELETE, &service, NULL };
	int err;

	if (flush == LVS_FLUSH_NONE)
		for (struct server *s = v->servers; s < v->servers + v->real_count; s++)
			end_server(l, s, "=> Shutting down <=", !v->conf->omega);
	v->is.up = false;
	if (v->conf->omega)
		tell_virtual(l, v, "=> Shutting down <=");
	if (!l->has_kernel || !l->known || flush == LVS_FLUSH_FULL)
		return;
	while (next_service(&services, &service)) {
		err = ipvs_do(l->ipvs, &op);
		if (err)
			failed(l, &op, err);
	}
}

void lvs_stop(struct lvs *l)
{
	enum lvs_flush flush = l->config->global.lvs_flush_on_stop;

	finish(l);
	timer_stop(&l->timer);
	if (flush == LVS_FLUSH_FULL && l->has_kernel && l->count)
		ipvs_flush(l->ipvs);
	for (unsigned i = 0; i < l->count; i++)
		stop_virtual(l, l->virtuals[i], flush);
	sync_run(l, 0);
	if (l->timeouts.tcp_s)
		ipvs_set_timeouts(l->ipvs, &l->timeouts);
}

/* Views */

bool lvs_view(const struct lvs *l, unsigned i, struct lvs_view *out)
{
	const struct virtual *v;

	if (i >= l->count)
		return false;
	v = l->virtuals[i];
	*out = (struct lvs_view){ v->conf, v->name, v->is.up, v->suspended, v->is.sorry_in_use, live_weight(v), 0 };
	for (unsigned j = 0; j < v->real_count; j++)
		out->alive_count += v->servers[j].is.up;
	return true;
}

bool lvs_real_view(const struct lvs *l, unsigned i, unsigned j, struct lvs_real_view *out)
{
	const struct server *s;

	if (i >= l->count || j >= l->virtuals[i]->real_count)
		return false;
	s = &l->virtuals[i]->servers[j];
	*out = (struct lvs_real_view){ s->conf, s->name, s->is.up, s->in_table, s->table_weight, s->is.since_us, s->checks, s->check_count };
	return true;
}

bool lvs_has_kernel(const struct lvs *l)
{
	return l->has_kernel;
}

int lvs_stats(struct lvs *l, void (*each)(void *ctx, const struct ipvs_service *, const struct ipvs_dest *, const struct ipvs_stats *), void *ctx)
{
	struct ipvs_table table;
	int err = l->has_kernel ? ipvs_read(l->ipvs, &table, each, ctx) : -ENOENT;

	if (!err)
		ipvs_table_free(&table);
	return err;
}
