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
/* Longer names of groups are cut. */
#define NAME_MAX_BYTES 128
#define LOAD_PATIENCE_US (5 * US_PER_S)
#define RETRY_US (10 * US_PER_S)
#define ROLES 2 /* of the sync daemon: bits, too */
#define BOTH_ROLES (IPVS_SYNC_MASTER | IPVS_SYNC_BACKUP)

#define NO_MEMORY "no memory for %s"
#define say(...) log_write(LOG_INFO | LOG_FROM_CHECK, __VA_ARGS__)
#define say_warn(...) log_write(LOG_WARNING | LOG_FROM_CHECK, __VA_ARGS__)

/* What a virtual server and a real one have in common, and keep at a reload. First in both, so that lists of either are searched alike. */
struct unit {
	void *next;
	const char *name;
	struct notify_queue *queue;
	uint64_t since_us;
	unsigned changes;
	int weight;   /* of a server, with what checks add */
	uint8_t kind; /* tells apart what has one name: families of virtual servers, 1 for a sorry server */
	bool up;      /* alive; of a virtual server: its quorum is met */
};

struct server {
	struct unit is;
	bool in_table; /* as we set it, not as it should be */
	int table_weight;
	const struct real_server_conf *conf; /* NULL: it is new */
	struct virtual *virtual;
	struct check_owner owner;
};

struct virtual {
	struct unit is;
	bool suspended, sorry_in_use;
	const struct virtual_server_conf *conf;
	void *servers;         /* struct server */
	struct server *sorry;  /* the last one of them, or NULL */
	struct server *twin;   /* the real server that is the sorry server too, or NULL */
};

/* There is one of it in a process. */
static struct {
	const struct config *config;
	void *virtuals;             /* struct virtual */
	struct timer timer;
	struct child modprobe;      /* pid 0: none runs */
	bool has_kernel, known;     /* known: what is in the table is ours */
	bool told_missing, applying, instance_master;
	struct lvs_hooks hooks;
	struct ipvs_table wanted, ours, kernel;
	struct ipvs_plan plan;
	struct ipvs_timeouts timeouts; /* as they were before, where ours are set */
	struct ipvs_sync sync;
	unsigned sync_roles;        /* what runs */
	struct log_limit failures;
} lvs;

#define EACH_VIRTUAL(v) for (struct virtual *v = lvs.virtuals; v; v = v->is.next)
/* But for the sorry server, then with it. */
#define EACH_REAL(s, v) for (struct server *s = (v)->servers; s != (v)->sorry; s = s->is.next)
#define EACH_SERVER(s, v) for (struct server *s = (v)->servers; s; s = s->is.next)

static void begin(void);

/* Names */

static void server_name(char *buf, size_t size, const struct addr *a, unsigned port, unsigned protocol)
{
	const char *word = protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : protocol ? "sctp" : "none";

	text_format(buf, size, "[%p]:%s:%u", a, word, port);
}

static void virtual_name(char *buf, size_t size, const struct virtual_server_conf *c)
{
	unsigned same_group = 0;

	if (c->group) {
		EACH_VIRTUAL(v)
			same_group += v->conf->group == c->group;
		text_format(buf, size, "[%s]:%u", c->group_name, same_group);
	} else if (c->fwmark) {
		text_format(buf, size, "FWM %u", c->fwmark);
	} else {
		server_name(buf, size, &c->addr, c->port, c->protocol);
	}
}

/* Services of a virtual server */

struct services {
	const struct virtual_server_conf *conf;
	const struct vs_entry_conf *entry;
	struct vs_entry_conf own; /* without a group */
	struct addr addr;         /* the next one of a range, or unset */
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
	const struct vs_entry_conf *e = s->entry;

	memset(key, 0, sizeof *key);
	if (!e) {
		s->own.first = s->own.last = c->addr;
		s->own.port = c->port;
		s->own.fwmark = c->fwmark;
		e = c->group ? (const void *)c->group->entries.first : &s->own;
	} else if (!addr_is_set(&s->addr)) {
		e = (const void *)e->node.next;
	}
	if (!e)
		return false;
	if (e != s->entry)
		s->addr = e->first;
	s->entry = e;
	key->addr = s->addr;
	if (e->fwmark) {
		key->fwmark = e->fwmark;
		key->addr.family = e->family ? e->family : c->family ? c->family : AF_INET;
		return true;
	}
	key->protocol = c->protocol;
	key->port = e->port;
	if (addr_equal(&s->addr, &e->last))
		s->addr.family = AF_UNSPEC;
	else
		increment(&s->addr);
	return true;
}

static bool next_service(struct services *each, struct ipvs_service *s)
{
	const struct virtual_server_conf *c = each->conf;

	memset(s, 0, sizeof *s);
	if (!next_key(each, &s->key))
		return false;
	text_format(s->scheduler, sizeof s->scheduler, "%s", c->scheduler);
	text_format(s->pe, sizeof s->pe, "%s", c->persistence_engine);
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
	return s == s->virtual->sorry;
}

static bool serves(const struct server *s)
{
	return is_sorry(s) ? s->virtual->sorry_in_use : s->is.up && !s->virtual->sorry_in_use;
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

static void failed(const struct ipvs_op *op, int err)
{
	static const char verbs[][7] = { "add", "edit", "delete" };
	const struct ipvs_key *k = &op->service->key;
	char service[NAME_MAX_BYTES], dest[NAME_MAX_BYTES] = "";
	unsigned held;

	if (!log_allow(&lvs.failures, loop_now(), &held))
		return;
	if (k->fwmark)
		text_format(service, sizeof service, "FWM %u", k->fwmark);
	else
		server_name(service, sizeof service, &k->addr, k->port, k->protocol);
	if (op->dest)
		server_name(dest, sizeof dest, &op->dest->key.addr, op->dest->key.port, k->protocol);
	else if (err == -ENOENT)
		text_format(dest, sizeof dest, "with scheduler %s", op->service->scheduler);
	say_warn("IPVS: can't %s VS %s %s: %*m", verbs[op->action], service, dest, err);
}

/* Puts a server's present state into every service. */
static int change(const struct server *s, enum ipvs_action action)
{
	struct services services = { .conf = s->virtual->conf };
	struct ipvs_service service;
	struct ipvs_dest dest;
	int worst = 0;

	while (next_service(&services, &service)) {
		struct ipvs_op op = { action, &service, &dest };
		int err;

		fill_dest(&dest, s, &service);
		err = ipvs_do(&op);
		if (err == -ESRCH)
			worst = err;
		else if (err)
			failed(&op, err);
	}
	return worst;
}

static int add_dest(struct ipvs_service *of, const struct server *s)
{
	struct ipvs_dest dest;

	fill_dest(&dest, s, of);
	return s->in_table ? ipvs_service_add(of, &dest) : 0;
}

/* Entries as we set them. */
static int snapshot_make(struct ipvs_table *out)
{
	struct ipvs_service service;
	int err = 0;

	EACH_VIRTUAL(v) {
		struct services each = { .conf = v->conf };

		while (!err && next_service(&each, &service)) {
			/* The sorry server first: where it is a real server too, it counts while in use. */
			if (v->sorry)
				err = add_dest(&service, v->sorry);
			EACH_REAL(s, v)
				if (!err)
					err = add_dest(&service, s);
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
static void update(struct virtual *v)
{
	bool lost = false;

	if (!lvs.has_kernel || lvs.applying)
		return;
	for (unsigned pass = 0; pass < 2; pass++)
		EACH_SERVER(s, v) {
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
				lost |= change(s, !pass ? IPVS_DELETE : was || v->twin ? IPVS_EDIT : IPVS_ADD) != 0;
		}
	/* Somebody emptied the table. */
	if (lost && !snapshot_make(&lvs.ours))
		begin();
}

/* Ends what is being applied: at once, where it is not done. */
static void finish(void)
{
	if (!lvs.applying)
		return;
	timer_stop(&lvs.timer);
	ipvs_apply(&lvs.plan, -1U, failed);
	lvs.applying = false;
	ipvs_plan_free(&lvs.plan);
	ipvs_table_free(&lvs.kernel);
	ipvs_table_free(&lvs.wanted);
	ipvs_table_free(&lvs.ours);
	EACH_VIRTUAL(v)
		update(v);
}

static void apply(void)
{
	if (ipvs_apply(&lvs.plan, SLICE, failed))
		finish();
	else
		timer_set(&lvs.timer, 0);
}

static int make_plan(void)
{
	int err;

	EACH_VIRTUAL(v)
		EACH_SERVER(s, v)
			settle(s);
	err = snapshot_make(&lvs.wanted);
	if (!err)
		err = ipvs_read(&lvs.kernel, NULL);
	/* Changed while it was read: once more. */
	if (err == -EINTR)
		err = ipvs_read(&lvs.kernel, NULL);
	if (!err)
		err = ipvs_diff(&lvs.wanted, lvs.known ? &lvs.ours : NULL, &lvs.kernel, &lvs.plan);
	return err;
}

/* The sync daemon */

static void sync_wanted(struct ipvs_sync *s)
{
	const struct global_conf *g = &lvs.config->global;

	memset(s, 0, sizeof *s);
	text_format(s->interface, sizeof s->interface, "%s", g->lvs_sync.interface);
	if (g->lvs_sync.id >= 0)
		s->id = (uint32_t)g->lvs_sync.id;
	s->maxlen = g->lvs_sync.maxlen;
	s->port = g->lvs_sync.port;
	s->ttl = g->lvs_sync.ttl;
	s->group = g->lvs_sync.group;
	CONF_EACH(struct vrrp_conf, v, &lvs.config->instances)
		if (g->lvs_sync.id < 0 && g->lvs_sync.instance && !strcmp(v->name, g->lvs_sync.instance))
			s->id = v->vrid;
}

/* All that runs is stopped before anything is started: that is how keepalived changes roles. */
static void sync_run(unsigned roles)
{
	struct ipvs_sync s;
	int err;

	if (!lvs.has_kernel)
		return;
	memset(&s, 0, sizeof s);
	if (roles)
		sync_wanted(&s);
	if (roles == lvs.sync_roles && !memcmp(&s, &lvs.sync, sizeof s))
		return;
	for (unsigned role = 1; role <= ROLES; role++)
		if (lvs.sync_roles & role)
			ipvs_sync_stop(role);
	lvs.sync = s;
	lvs.sync_roles = roles;
	for (unsigned role = 1; role <= ROLES; role++) {
		err = roles & role ? ipvs_sync_start(role, &s) : 0;
		if (!err)
			continue;
		say_warn("IPVS: sync daemon on %s: %*m", s.interface, err);
		lvs.sync_roles &= ~role;
	}
}

static unsigned sync_roles(void)
{
	const struct global_conf *g = &lvs.config->global;

	if (!g->lvs_sync.interface || !(g->lvs_sync.instance ? lvs.hooks.vrrp : lvs.hooks.servers))
		return 0;
	return !g->lvs_sync.instance ? BOTH_ROLES : lvs.instance_master ? IPVS_SYNC_MASTER : IPVS_SYNC_BACKUP;
}

void lvs_router_event(const struct router_event *e)
{
	const char *name = lvs.config ? lvs.config->global.lvs_sync.instance : NULL;
	bool master = e->to == VRRP_MASTER;

	if (!e->instance || !name || strcmp(e->instance->name, name) || master == lvs.instance_master)
		return;
	lvs.instance_master = master;
	sync_run(sync_roles());
}

/* The kernel */

static void set_globals(void)
{
	const struct global_conf *g = &lvs.config->global;
	const struct ipvs_timeouts t = { g->lvs_timeout_tcp_s, g->lvs_timeout_tcpfin_s, g->lvs_timeout_udp_s };
	int err = 0;

	if (lvs.hooks.servers && (t.tcp_s || t.tcp_fin_s || t.udp_s)) {
		if (!lvs.timeouts.tcp_s)
			err = ipvs_get_timeouts(&lvs.timeouts);
		if (!err)
			err = ipvs_set_timeouts(&t);
	}
	if (err)
		say_warn("IPVS: timeouts: %*m", err);
	sync_run(sync_roles());
}

static bool wants_kernel(void)
{
	return lvs.virtuals || lvs.known || lvs.sync_roles || sync_roles();
}

/* Said once, however often it is tried. */
static void missing(int err)
{
	lvs.has_kernel = false;
	if (!lvs.told_missing)
		say_warn("IPVS: %*m: virtual servers wait%s, VRRP runs on", err, err == -ENOENT ? " for module ip_vs" : "");
	lvs.told_missing = true;
	timer_set(&lvs.timer, RETRY_US);
}

/* Makes the table what it should be; lvs.ours, where known, is what we set before. */
static void begin(void)
{
	int err;

	if (!wants_kernel()) {
		ipvs_table_free(&lvs.ours);
		return;
	}
	err = ipvs_connect();
	if (!err && !lvs.known && lvs.hooks.servers && lvs.config->global.lvs_flush)
		err = ipvs_flush();
	lvs.applying = true;
	if (!err)
		err = make_plan();
	if (err) {
		finish();
		missing(err);
		return;
	}
	if (lvs.told_missing)
		say("IPVS is there now");
	lvs.has_kernel = lvs.known = true;
	lvs.told_missing = false;
	apply();
	set_globals();
}

static void on_timer(struct timer *t)
{
	if (lvs.applying) {
		apply();
	} else if (lvs.told_missing && access("/proc/net/ip_vs", F_OK)) {
		/* To ask the kernel would make it run modprobe again. */
		timer_set(t, RETRY_US);
	} else {
		child_remove(&lvs.modprobe);
		lvs.modprobe.pid = 0;
		begin();
	}
}

static void on_modprobe_end(struct child *c, int status)
{
	(void)status;
	c->pid = 0;
	timer_set(&lvs.timer, 0);
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
static bool load_modules(void)
{
	struct modules m = { .argv = { m.path, (char[]){ "-qa" } } };
	const struct conf_script modprobe = { m.path, m.argv, "root", NULL };

	note_module(&m, "", "");
	EACH_VIRTUAL(v) {
		note_module(&m, "_", v->conf->scheduler);
		note_module(&m, "_pe_", v->conf->persistence_engine);
	}
	if (text_file("/proc/sys/kernel/modprobe", m.path, sizeof m.path) < 0)
		strcpy(m.path, "/sbin/modprobe");
	m.path[strcspn(m.path, "\n")] = '\0';
	/* Nothing there is how an administrator forbids modules. */
	if (!m.count || !m.path[0] || notify_spawn(&modprobe, NULL, &lvs.modprobe))
		return false;
	timer_set(&lvs.timer, LOAD_PATIENCE_US);
	return true;
}

/* What is told of changes */

/* s NULL: of the quorum. */
static void mail(const struct virtual *v, const struct server *s, bool up, const char *text)
{
	char what[256], body[160];

	text_format(body, sizeof body, "=> %s <=", text);
	text_format(what, sizeof what, "%s%s%s%s - %s", s ? "Realserver " : "Virtualserver ", s ? s->is.name : "", s ? " of virtual server " : "",
		    v->is.name, up ? "UP" : "DOWN");
	lvs.hooks.alert(what, body);
}

/* u: the virtual server, or one of its real ones. */
static void tell(const struct virtual *v, struct unit *u, const struct conf_script *script)
{
	notify_queue_run(&u->queue, u->name, script, NULL, ++u->changes);
	lvs.hooks.server(u == &v->is ? NULL : u->name, v->is.name, u->up);
}

static void tell_server(struct server *s)
{
	tell(s->virtual, &s->is, s->is.up ? s->conf->notify_up : s->conf->notify_down);
}

static void tell_virtual(struct virtual *v, const char *text)
{
	const struct virtual_server_conf *c = v->conf;

	tell(v, &v->is, v->is.up ? c->quorum_up : c->quorum_down);
	if (c->smtp_alert)
		mail(v, NULL, v->is.up, text);
}

/* Who is alive */

static unsigned live_weight(const struct virtual *v)
{
	unsigned sum = 0;

	EACH_REAL(s, v)
		if (s->is.up)
			sum = sum + (unsigned)s->is.weight > WEIGHT_MAX ? WEIGHT_MAX : sum + (unsigned)s->is.weight;
	return sum;
}

/* Into the table or out of it; with inhibit its weight alone. place: what is said of where. */
static void say_moved(const struct server *s, bool inhibit, bool in, const char *kind, const char *place)
{
	say("%s %s %s %s VS %s", inhibit ? in ? "Enabling" : "Disabling" : in ? "Adding" : "Removing", kind, s->is.name,
	    place ? place : in ? "to" : "from", s->virtual->is.name);
}

/* Rates the quorum and changes the table. start: nothing was known of it before, or the configuration is new. */
static void rate_quorum(struct virtual *v, bool start)
{
	const struct virtual_server_conf *c = v->conf;
	unsigned sum = live_weight(v);
	long threshold = (long)c->quorum + (v->is.up ? -(long)c->hysteresis : (long)c->hysteresis);
	bool gained = !v->is.up && (long)sum >= threshold;
	bool lost = v->is.up && (!sum || (long)sum < threshold);
	char text[160];

	if (!gained && !lost && !(start && !v->is.up && v->sorry && !v->sorry_in_use)) {
		update(v);
		return;
	}
	v->is.up = gained;
	text_format(text, sizeof text, "%s %u%c%u=%ld %s %u", gained ? "Gained quorum" : start ? "Starting with quorum down" : "Lost quorum",
		    c->quorum, gained ? '+' : '-', c->hysteresis, threshold, gained ? "<=" : ">", sum);
	say("%s for VS %s", text, v->is.name);
	if (v->sorry && v->sorry_in_use == gained) {
		say_moved(v->sorry, (v->twin ? v->twin : v->sorry)->conf->inhibit, !gained, "sorry server", NULL);
		v->sorry_in_use = !gained;
	}
	update(v);
	tell_virtual(v, text);
}

static void set_weight(struct server *s, int weight)
{
	if (weight == s->is.weight)
		return;
	say("Changing weight from %d to %d for %sactive service %s of VS %s", s->is.weight, weight, s->is.up ? "" : "in", s->is.name,
	    s->virtual->is.name);
	s->is.weight = weight;
}

/* True when it went up or down. */
static bool rate(struct server *s)
{
	bool inhibit = s->conf->inhibit, up;
	int weight;

	up = checks_up(s->owner.checks, s->conf->weight, &weight);
	set_weight(s, weight);
	if (up == s->is.up)
		return false;
	say_moved(s, inhibit, up, "service", inhibit ? "of" : NULL);
	s->is.up = up;
	s->is.since_us = loop_now();
	return true;
}

static void on_check(struct check_owner *owner, struct check *check, bool turned)
{
	struct server *s = container_of(owner, struct server, owner);
	struct virtual *v = s->virtual;
	bool up = check_up(check), changed;
	int weight = s->is.weight;
	struct check_view view;
	char text[80];

	changed = rate(s);
	/* The servers first, then those who want to know. */
	update(v);
	/* With alpha it was down before, and nobody has been told. */
	if (changed || (!turned && !up && weight == s->is.weight))
		tell_server(s);
	if (turned && s->conf->smtp_alert && (changed || !lvs.config->global.no_checker_emails)) {
		check_view(check, &view);
		text_format(text, sizeof text, "%s %s on service", view.kind, up ? "succeeded" : "failed");
		mail(v, s, up, text);
	}
	rate_quorum(v, false);
}

/* Virtual servers */

/* Where the one of this name hangs, or the end of the list. */
static void **find(void **at, const char *name, uint8_t kind)
{
	struct unit *u;

	while ((u = *at) && (u->kind != kind || strcmp(u->name, name)))
		at = &u->next;
	return at;
}

/* Puts at the end of a list what was in the one before, or is new; NULL without memory. size: of the whole struct. */
static void *take(void ***end, void **before, size_t size, uint8_t kind, const char *name)
{
	void **at = find(before, name, kind);
	struct unit *u = *at;

	if (u) {
		*at = u->next;
		u->next = NULL;
	} else {
		u = calloc(1, size + strlen(name) + 1);
		if (!u) {
			say_warn(NO_MEMORY, name);
			return NULL;
		}
		u->name = strcpy((char *)u + size, name);
		u->kind = kind;
	}
	**end = u;
	*end = &u->next;
	return u;
}

static void unit_free(struct unit *u)
{
	notify_queue_free(u->queue);
	free(u);
}

/* At the end only omega lets others know. */
static void end_server(struct server *s, const char *text, bool quiet)
{
	const struct virtual *v = s->virtual;

	say("%s %sservice %s from VS %s", text, s->conf->inhibit && !s->is.up ? "(inhibited) " : "", s->is.name,
	    v->is.name);
	if (!s->is.up || quiet)
		return;
	s->is.up = false;
	tell_server(s);
	if (s->conf->smtp_alert)
		mail(v, s, false, text);
}

/* What is not there any more. text NULL: nobody is told. */
static void servers_free(struct server *s, const char *text)
{
	struct server *next;

	for (; s; s = next) {
		next = s->is.next;
		if (text && !s->is.kind)
			end_server(s, text, false);
		checks_stop(&s->owner.checks);
		unit_free(&s->is);
	}
}

static void virtual_free(struct virtual *v)
{
	servers_free(v->servers, NULL);
	unit_free(&v->is);
}

static bool has_address(const struct virtual_server_conf *c)
{
	struct services services = { .conf = c };
	struct ipvs_key key;

	while (next_key(&services, &key))
		if (lvs.hooks.has_addr(&key.addr))
			return true;
	return false;
}

/* What it was before goes on. sorry: it has no checks, and nobody is told. */
static struct server *server_start(struct virtual *v, const struct real_server_conf *conf, void ***end, void **before, bool sorry)
{
	char name[NAME_MAX_BYTES];
	struct check *checks;
	struct server *s;
	bool fresh;

	server_name(name, sizeof name, &conf->addr, conf->port, v->conf->protocol);
	s = take(end, before, sizeof *s, sorry, name);
	if (!s)
		return NULL;
	fresh = !s->conf;
	checks = s->owner.checks;
	s->conf = conf;
	s->virtual = v;
	s->owner = (struct check_owner){ s->is.name, v->is.name, NULL };
	CONF_EACH(struct check_conf, c, &conf->checks)
		if (!check_start(&s->owner, c, &checks))
			say_warn(NO_MEMORY, name);
	checks_stop(&checks);
	checks_suspend(s->owner.checks, v->suspended);
	if (!fresh) {
		if (rate(s))
			tell_server(s);
		return s;
	}
	s->is.since_us = loop_now();
	s->is.up = checks_up(s->owner.checks, conf->weight, &s->is.weight);
	if (s->is.up && !sorry && lvs.config->global.rs_init_notifies)
		tell_server(s);
	return s;
}

static void virtual_start(struct virtual *v, const struct virtual_server_conf *c)
{
	void *before = v->servers, **end = &v->servers;

	v->conf = c;
	v->suspended = c->ha_suspend && !has_address(c);
	v->servers = NULL;
	v->sorry = v->twin = NULL;
	CONF_EACH(struct real_server_conf, rs, &c->real_servers)
		server_start(v, rs, &end, &before, false);
	if (addr_is_set(&c->sorry.addr))
		v->sorry = server_start(v, &c->sorry, &end, &before, true);
	if (v->sorry)
		v->twin = *find(&v->servers, v->sorry->is.name, false);
	v->sorry_in_use &= v->sorry != NULL;
	servers_free(before, "Removing");
}

/* Takes up a configuration: what runs already and stands in it runs on. */
static void configure(const struct config *config)
{
	void *before = lvs.virtuals, **end = &lvs.virtuals;
	char name[NAME_MAX_BYTES];
	struct virtual *v;

	lvs.config = config;
	if (!lvs.hooks.servers)
		return;
	checks_set_config(config);
	lvs.virtuals = NULL;
	CONF_EACH(struct virtual_server_conf, c, &config->virtual_servers) {
		if (c->broken)
			continue;
		virtual_name(name, sizeof name, c);
		v = take(&end, &before, sizeof *v, c->family, name);
		if (v)
			virtual_start(v, c);
	}
	while ((v = before)) {
		before = v->is.next;
		say("Removing Virtual Server %s", v->is.name);
		servers_free(v->servers, "Removing");
		v->servers = NULL;
		if (v->is.up) {
			v->is.up = false;
			tell_virtual(v, "Removing");
		}
		virtual_free(v);
	}
}

static void rate_all(void)
{
	EACH_VIRTUAL(v)
		rate_quorum(v, true);
}

void lvs_addresses_changed(void)
{
	EACH_VIRTUAL(v) {
		if (!v->conf->ha_suspend || has_address(v->conf) == !v->suspended)
			continue;
		v->suspended = !v->suspended;
		say("%s healthcheckers of VS %s", v->suspended ? "Suspending" : "Activating", v->is.name);
		EACH_REAL(s, v)
			checks_suspend(s->owner.checks, v->suspended);
	}
}

/* Life */

int lvs_open(const struct lvs_hooks *hooks)
{
	memset(&lvs, 0, sizeof lvs);
	lvs.hooks = *hooks;
	lvs.timer.cb = on_timer;
	lvs.modprobe.cb = on_modprobe_end;
	checks_open(on_check);
	return ipvs_open();
}

/* Nothing is under way any more. */
static void settle_down(void)
{
	finish();
	timer_stop(&lvs.timer);
	child_remove(&lvs.modprobe);
}

void lvs_close(void)
{
	struct virtual *v;

	settle_down();
	while ((v = lvs.virtuals)) {
		lvs.virtuals = v->is.next;
		virtual_free(v);
	}
	checks_close();
	ipvs_close();
}

void lvs_start(const struct config *config)
{
	configure(config);
	/* Before the table is made: it begins as it is to be. */
	rate_all();
	/* Of a crash there may be some left. */
	lvs.sync_roles = sync_roles() ? BOTH_ROLES : 0;
	if (wants_kernel() && !load_modules())
		begin();
}

void lvs_reload(const struct config *config)
{
	finish();
	if (lvs.known)
		snapshot_make(&lvs.ours);
	/* The plan comes with all changes; until then nothing is set. */
	lvs.applying = true;
	configure(config);
	rate_all();
	lvs.applying = false;
	if (!lvs.modprobe.pid && !load_modules())
		begin();
}

static void stop_virtual(struct virtual *v, enum lvs_flush flush)
{
	struct services services = { .conf = v->conf };
	struct ipvs_service service;
	struct ipvs_op op = { IPVS_DELETE, &service, NULL };
	int err;

	if (flush == LVS_FLUSH_NONE)
		EACH_REAL(s, v)
			end_server(s, "Shutting down", !v->conf->omega);
	/* The loop turns on until scripts have ended: no verdict may put back what is taken out now. */
	EACH_SERVER(s, v)
		checks_stop(&s->owner.checks);
	v->is.up = false;
	if (v->conf->omega)
		tell_virtual(v, "Shutting down");
	if (!lvs.has_kernel || !lvs.known || flush == LVS_FLUSH_FULL)
		return;
	while (next_service(&services, &service)) {
		err = ipvs_do(&op);
		if (err)
			failed(&op, err);
	}
}

void lvs_stop(void)
{
	enum lvs_flush flush = lvs.config->global.lvs_flush_on_stop;

	settle_down();
	if (flush == LVS_FLUSH_FULL && lvs.has_kernel && lvs.virtuals)
		ipvs_flush();
	EACH_VIRTUAL(v)
		stop_virtual(v, flush);
	sync_run(0);
	if (lvs.timeouts.tcp_s)
		ipvs_set_timeouts(&lvs.timeouts);
}

/* Views */

bool lvs_view(unsigned i, struct lvs_view *out)
{
	struct virtual *v = lvs.virtuals;

	while (v && i--)
		v = v->is.next;
	if (!v)
		return false;
	*out = (struct lvs_view){ v->is.name, 0, 0, live_weight(v), v->conf->quorum, v->is.up, v->suspended, v->sorry_in_use, v };
	EACH_REAL(s, v) {
		out->servers++;
		out->alive += s->is.up;
	}
	return true;
}

bool lvs_real_view(const struct lvs_view *view, unsigned j, struct lvs_real_view *out)
{
	const struct virtual *v = view->virtual;
	const struct server *s = v->servers;

	while (s != v->sorry && j--)
		s = s->is.next;
	if (s == v->sorry)
		return false;
	*out = (struct lvs_real_view){ s->is.name, s->is.up, s->in_table, s->table_weight, s->is.since_us, s->owner.checks };
	return true;
}

bool lvs_has_kernel(void)
{
	return lvs.has_kernel;
}

int lvs_stats(ipvs_stats_fn *each)
{
	struct ipvs_table table;
	int err = lvs.has_kernel ? ipvs_read(&table, each) : -ENOENT;

	if (!err)
		ipvs_table_free(&table);
	return err;
}
