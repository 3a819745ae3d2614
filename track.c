/* SPDX-License-Identifier: MIT */
#include "track.h"

#include "log.h"
#include "loop.h"
#include "notify.h"
#include "text.h"
#include "track_file.h"
#include "track_proc.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SPREAD_US 10000          /* between the first starts of two scripts */
#define INTERVAL_MIN_US 10000
#define KILL_DELAY_US (2 * US_PER_S)
#define KILL_AGAIN_US (10 * US_PER_S)
#define VALUE_MAX 254

enum phase { IDLE, RUNNING, TERMINATED, KILLED };

/* What the three kinds have in common, and all that a file has. */
struct object {
	struct track *track;
	const char *name;
	struct object *next;   /* all there are */
	uint8_t kind;          /* enum track_kind */
	unsigned index;
	struct track_state state;
};

struct script {
	struct object o;       /* first */
	const struct vrrp_script_conf *conf;
	enum phase phase;
	/* keepalived's measure: 0 to rise + fall - 1, up from rise on. A change of state leaves it at the far end. */
	unsigned result;
	int exit_status;       /* the last one, which is logged when it changes */
	struct timer next;     /* armed: the script is in use */
	struct timer deadline; /* armed while it runs */
	struct child child;
	struct log_limit skips;
};

struct process {
	struct object o;       /* first */
	const struct track_process_conf *conf; /* NULL: not tracked by anybody */
	struct timer delay;
};

#define KINDS (TRACK_FILE + 1)
_Static_assert(offsetof(struct vrrp_script_conf, name) == offsetof(struct track_process_conf, name) &&
	       offsetof(struct vrrp_script_conf, name) == offsetof(struct track_file_conf, name), "they begin alike");

struct track {
	void (*changed)(void *ctx, enum track_kind, unsigned index);
	void *ctx;
	struct track_proc *proc;
	struct track_file *file;
	struct object *all;
	struct object **objects[KINDS]; /* by index, in one array; NULL: memory did not suffice */
	unsigned counts[KINDS];
	unsigned starts; /* of scripts, by a new configuration */
};

static void set_up(struct object *o, bool up)
{
	struct track_state *s = &o->state;

	if (!s->known || s->up != up)
		s->since_us = loop_now();
	s->known = true;
	s->neutral = false;
	s->up = up;
}

static void announce(struct object *o, enum track_kind kind, bool up)
{
	set_up(o, up);
	o->track->changed(o->track->ctx, kind, o->index);
}

static void make_neutral(struct object *o)
{
	o->state = (struct track_state){ .neutral = true, .up = true };
}

/* Scripts */

static uint64_t interval_of(const struct vrrp_script_conf *c)
{
	return c->interval_us < INTERVAL_MIN_US ? INTERVAL_MIN_US : c->interval_us;
}

static unsigned rise_of(const struct vrrp_script_conf *c)
{
	return c->rise ? c->rise : 1;
}

static unsigned best_result(const struct vrrp_script_conf *c)
{
	return rise_of(c) + (c->fall ? c->fall : 1) - 1;
}

static void count_success(struct script *s)
{
	unsigned rise = rise_of(s->conf);

	if (s->result + 1 < rise) {
		s->result++;
		return;
	}
	if (s->result < rise) {
		log_info("VRRP_Script(%s) succeeded", s->conf->name);
		announce(&s->o, TRACK_SCRIPT, true);
	}
	s->result = best_result(s->conf);
}

/* reason: "failed", "timed_out"; code: what is told with it, or NULL. */
static void count_failure(struct script *s, const char *reason, const char *code, int number)
{
	unsigned rise = rise_of(s->conf);

	if (s->result > rise) {
		s->result--;
		return;
	}
	if (s->result == rise || !s->o.state.known) {
		if (code)
			log_info("VRRP_Script(%s) %s (%s %d)", s->conf->name, reason, code, number);
		else
			log_info("VRRP_Script(%s) %s", s->conf->name, reason);
		announce(&s->o, TRACK_SCRIPT, false);
	}
	s->result = 0;
}

static void on_end(struct child *child, int wait_status)
{
	struct script *s = container_of(child, struct script, child);
	enum phase was = s->phase;
	int status;

	s->phase = IDLE;
	s->o.state.running = false;
	timer_stop(&s->deadline);
	if (was != RUNNING) {
		/* It timed out and was counted then. What it left behind goes with it. */
		notify_kill(child->pid, SIGKILL);
		return;
	}
	if (!WIFEXITED(wait_status)) {
		s->o.state.last_status = -1;
		count_failure(s, "failed", "due to signal", WTERMSIG(wait_status));
		return;
	}
	status = WEXITSTATUS(wait_status);
	if (status != s->exit_status)
		log_info("Script `%s` now returning %d", s->conf->name, status);
	s->o.state.last_status = s->exit_status = status;
	if (status)
		count_failure(s, "failed", "exited with status", status);
	else
		count_success(s);
}

static void on_deadline(struct timer *timer)
{
	struct script *s = container_of(timer, struct script, deadline);
	bool first = s->phase == RUNNING;

	if (s->phase == KILLED)
		log_info("Child (PID %d) failed to terminate after kill", (int)s->child.pid);
	timer_set(timer, s->phase == KILLED ? KILL_AGAIN_US : KILL_DELAY_US);
	notify_kill(s->child.pid, first ? SIGTERM : SIGKILL);
	s->phase = first ? TERMINATED : KILLED;
	if (!first)
		return;
	/* Known now, whatever the script makes of the signal and however long it takes. */
	s->o.state.last_status = -1;
	count_failure(s, "timed_out", NULL, 0);
}

static void run(struct script *s)
{
	if (notify_spawn(&s->conf->script, NULL, &s->child)) {
		/* Not the fault of what it looks at. notify_spawn() has told why. */
		if (!s->o.state.known)
			count_success(s);
		return;
	}
	s->phase = RUNNING;
	s->o.state.running = true;
	timer_set(&s->deadline, s->conf->timeout_us ? s->conf->timeout_us : interval_of(s->conf));
}

static void on_next(struct timer *timer)
{
	struct script *s = container_of(timer, struct script, next);
	uint64_t due_us = timer->due_us, now_us = loop_now(), interval_us = interval_of(s->conf);
	unsigned held;

	due_us += ((now_us - due_us) / interval_us + 1) * interval_us;
	timer_set_at(timer, due_us);
	if (s->phase == IDLE) {
		run(s);
		return;
	}
	if (log_allow(&s->skips, now_us, &held))
		log_info("Track script %s is %s, expect idle - skipping run", s->conf->name,
			 s->phase == RUNNING ? "already running" : "being timed out");
	/* A process that even SIGKILL does not end would hide the failures that follow. */
	if (s->phase == KILLED)
		count_failure(s, "timed_out", NULL, 0);
}

static void stop_script(struct script *s)
{
	timer_stop(&s->next);
	timer_stop(&s->deadline);
	if (s->phase != IDLE) {
		/* Nobody will be there to see whether it heeds SIGTERM. */
		child_remove(&s->child);
		notify_kill(s->child.pid, SIGKILL);
	}
	s->phase = IDLE;
	s->o.state.running = false;
}

static bool same_command(const struct conf_script *a, const struct conf_script *b)
{
	return text_same(a->text, b->text) && text_same(a->user, b->user) && text_same(a->group, b->group);
}

/* As many failures or successes are missing for a change of state as before, at most. */
static void convert_result(struct script *s, const struct vrrp_script_conf *from, const struct vrrp_script_conf *to)
{
	unsigned failures = best_result(from) - s->result, best = best_result(to), rise = rise_of(to);

	if (!s->o.state.known)
		s->result = rise - 1;
	else if (s->o.state.up)
		s->result = failures > best - rise ? rise : best - failures;
	else if (s->result >= rise)
		s->result = rise - 1;
}

static void init_script(struct script *s, const struct vrrp_script_conf *c, bool reload)
{
	s->next.cb = on_next;
	s->deadline.cb = on_deadline;
	s->child.cb = on_end;
	s->result = rise_of(c) - 1;
	s->o.state.neutral = s->o.state.up = reload;
	if (c->init_fail && !reload) {
		s->result = 0;
		set_up(&s->o, false);
	}
}

/* Starts, keeps or changes the schedule after a change of configuration. delay_us: of a first start. */
static void schedule(struct script *s, const struct vrrp_script_conf *old, bool runnable, uint64_t delay_us)
{
	uint64_t due_us;

	if (!runnable) {
		stop_script(s);
		make_neutral(&s->o);
		s->o.state.since_us = loop_now();
		s->result = rise_of(s->conf) - 1;
		return;
	}
	if (old && !same_command(&old->script, &s->conf->script))
		stop_script(s);
	if (!s->next.armed) {
		timer_set(&s->next, delay_us);
	} else if (interval_of(old) != interval_of(s->conf)) {
		due_us = s->next.due_us - interval_of(old) + interval_of(s->conf);
		timer_set_at(&s->next, due_us > loop_now() ? due_us : loop_now());
	}
}

/* Processes */

static bool in_quorum(const struct process *p)
{
	unsigned count = (unsigned)p->o.state.value;

	return count >= p->conf->quorum && count <= p->conf->quorum_max;
}

static void settle(struct process *p)
{
	bool up = in_quorum(p);

	timer_stop(&p->delay);
	if (up == p->o.state.up)
		return;
	log_info("Quorum %s for tracked process %s", up ? "gained" : "lost", p->conf->name);
	announce(&p->o, TRACK_PROCESS, up);
}

static void on_delay(struct timer *timer)
{
	settle(container_of(timer, struct process, delay));
}

static void on_process(void *ctx, unsigned index, enum proc_cause cause)
{
	struct track *t = ctx;
	struct process *p = (struct process *)(void *)t->objects[TRACK_PROCESS][index];
	uint64_t delay_us = 0;

	p->o.state.value = (int)track_proc_count(t->proc, index);
	if (cause == PROC_FORK)
		delay_us = p->conf->fork_delay_us;
	else if (cause == PROC_EXIT)
		delay_us = p->conf->terminate_delay_us;
	if (!delay_us || in_quorum(p) == p->o.state.up)
		settle(p);
	else if (!p->delay.armed)
		timer_set(&p->delay, delay_us);
}

/* Takes what was counted, without delay and without a word: nobody knows yet what was before, or the whole configuration is new. */
static void first_count(struct process *p)
{
	timer_stop(&p->delay);
	if (!p->conf) {
		make_neutral(&p->o);
		return;
	}
	p->o.state.value = (int)track_proc_count(p->o.track->proc, p->o.index);
	set_up(&p->o, in_quorum(p));
}

/* Files */

static void take_value(struct object *o)
{
	int value = track_file_value(o->track->file, o->index);

	if (value > VALUE_MAX)
		value = VALUE_MAX;
	else if (value < -VALUE_MAX)
		value = -VALUE_MAX;
	o->state.value = value;
	set_up(o, !value);
}

static void on_file(void *ctx, unsigned index)
{
	struct track *t = ctx;
	struct object *o = t->objects[TRACK_FILE][index];
	int old = o->state.value;

	take_value(o);
	if (o->state.value != old)
		t->changed(t->ctx, TRACK_FILE, index);
}

/* Configuration */

static bool in_list(const struct conf_list *list, const char *name)
{
	CONF_EACH(struct track_conf, c, list)
		if (!strcmp(c->name, name))
			return true;
	return false;
}

static bool is_used(const struct config *conf, enum track_kind kind, const char *name)
{
	CONF_EACH(struct vrrp_conf, v, &conf->instances)
		if (in_list(&v->common->tracks[TRACK_SCRIPTS + kind], name))
			return true;
	CONF_EACH(struct group_conf, g, &conf->groups)
		if (in_list(&g->tracks[TRACK_SCRIPTS + kind], name))
			return true;
	return false;
}

static void set_script(struct script *s, const struct config *conf, const struct vrrp_script_conf *c)
{
	bool used = is_used(conf, TRACK_SCRIPT, c->name), runnable = used && notify_check_script(conf, &c->script, NULL, NULL);
	const struct vrrp_script_conf *old = s->conf;
	/* All at once would be a burst every interval. */
	uint64_t spread_us = interval_of(c) / conf->scripts.count;

	if (old)
		convert_result(s, old, c);
	s->conf = c;
	if (used && !runnable)
		log_warn("Disabling track script %s", c->name);
	schedule(s, old, runnable, s->o.track->starts * (spread_us < SPREAD_US ? spread_us : SPREAD_US));
	s->o.track->starts += runnable && !old;
}

static void free_objects(struct object *o)
{
	struct object *next;

	for (; o; o = next) {
		next = o->next;
		if (o->kind == TRACK_SCRIPT)
			stop_script((struct script *)(void *)o);
		else if (o->kind == TRACK_PROCESS)
			timer_stop(&((struct process *)(void *)o)->delay);
		free(o);
	}
}

/* The object of this name, which is no longer among the old ones, or a new one. */
static struct object *take_object(struct track *t, struct object **old, enum track_kind kind, const struct vrrp_script_conf *c, bool reload)
{
	static const uint16_t sizes[KINDS] = { sizeof(struct script), sizeof(struct process), sizeof(struct object) };
	struct object *o;

	while (*old && ((*old)->kind != kind || strcmp((*old)->name, c->name)))
		old = &(*old)->next;
	o = *old;
	if (o) {
		*old = o->next;
	} else {
		o = calloc(1, sizes[kind]);
		if (!o)
			return NULL;
		o->track = t;
		o->kind = kind;
		if (kind == TRACK_SCRIPT)
			init_script((struct script *)(void *)o, c, reload);
		else if (kind == TRACK_PROCESS)
			((struct process *)(void *)o)->delay.cb = on_delay;
	}
	o->next = t->all;
	t->all = o;
	return o;
}

/* Those of the new configuration in place of the old ones. */
static int set_objects(struct track *t, const struct config *conf, bool reload)
{
	struct object *old = t->all, *o, **at = calloc(conf->scripts.count + conf->processes.count + conf->files.count + 1, sizeof(*at));
	int err = at ? 0 : -ENOMEM;
	unsigned kind;

	free(t->objects[0]);
	t->all = NULL;
	for (kind = 0; kind < KINDS; kind++) {
		t->objects[kind] = at;
		t->counts[kind] = 0;
		/* Of scripts this is so, and what the others begin with. */
		CONF_EACH(struct vrrp_script_conf, c, &conf->scripts + kind) {
			if (!at)
				break;
			*at++ = o = take_object(t, &old, kind, c, reload);
			if (!o) {
				err = -ENOMEM;
				t->counts[kind]++;
				continue;
			}
			o->name = c->name;
			o->index = t->counts[kind]++;
			if (kind == TRACK_SCRIPT)
				set_script((struct script *)(void *)o, conf, c);
			else if (kind == TRACK_PROCESS)
				((struct process *)(void *)o)->conf = is_used(conf, kind, c->name) ? (const void *)c : NULL;
		}
	}
	free_objects(old);
	return err;
}

static int count_processes(struct track *t)
{
	unsigned count = t->counts[TRACK_PROCESS], i;
	const struct track_process_conf **used = calloc(count + 1, sizeof(*used));
	struct process **p = (struct process **)(void *)t->objects[TRACK_PROCESS];
	int err = used ? 0 : -ENOMEM;

	for (i = 0; used && i < count; i++)
		used[i] = p[i] ? p[i]->conf : NULL;
	if (track_proc_set(t->proc, used, used ? count : 0))
		err = -ENOMEM;
	for (i = 0; i < count; i++)
		if (p[i]) {
			if (err)
				p[i]->conf = NULL;
			first_count(p[i]);
		}
	free(used);
	return err;
}

int track_set_config(struct track *t, const struct config *conf, bool reload)
{
	int err, uncounted, unwatched;
	unsigned i;

	t->starts = 0;
	err = set_objects(t, conf, reload);
	uncounted = count_processes(t);
	unwatched = track_file_set(t->file, &conf->files, reload);
	for (i = 0; i < t->counts[TRACK_FILE]; i++) {
		struct object *o = t->objects[TRACK_FILE][i];

		if (o && unwatched)
			make_neutral(o);
		else if (o)
			take_value(o);
	}
	return err | uncounted | unwatched; /* all of them -ENOMEM, or 0 */
}

const struct track_state *track_get(const struct track *t, enum track_kind kind, unsigned index)
{
	/* What memory did not suffice for. */
	static const struct track_state none = { .neutral = true, .up = true };

	return index < t->counts[kind] && t->objects[kind][index] ? &t->objects[kind][index]->state : &none;
}

struct track *track_new(void (*changed)(void *ctx, enum track_kind, unsigned index), void *ctx)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->changed = changed;
	t->ctx = ctx;
	t->proc = track_proc_new(on_process, t);
	t->file = track_file_new(on_file, t);
	if (!t->proc || !t->file) {
		track_free(t);
		return NULL;
	}
	return t;
}

void track_free(struct track *t)
{
	if (!t)
		return;
	free_objects(t->all);
	free(t->objects[0]);
	track_proc_free(t->proc);
	track_file_free(t->file);
	free(t);
}
