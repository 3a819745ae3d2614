/* SPDX-License-Identifier: MIT */
#include "track.h"

#include "log.h"
#include "loop.h"
#include "notify.h"
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

struct script {
	struct track *track;
	const struct vrrp_script_conf *conf;
	struct track_state state;
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
	struct track *track;
	const struct track_process_conf *conf;
	struct track_state state;
	struct timer delay;
};

struct file {
	const struct track_file_conf *conf;
	struct track_state state;
};

struct track {
	struct loop *loop;
	struct notify *notify;
	void (*changed)(void *ctx, enum track_kind, unsigned index);
	void *ctx;
	struct track_proc *proc;
	struct track_file *file;
	struct script **scripts;
	struct process **processes;
	struct file *files;
	unsigned script_count, process_count, file_count;
};

static void set_up(struct track *t, struct track_state *s, bool up)
{
	if (!s->known || s->up != up)
		s->since_us = loop_now(t->loop);
	s->known = true;
	s->neutral = false;
	s->up = up;
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

static void announce(struct script *s, bool up)
{
	set_up(s->track, &s->state, up);
	s->track->changed(s->track->ctx, TRACK_SCRIPT, s->conf->index);
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
		announce(s, true);
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
	if (s->result == rise || !s->state.known) {
		if (code)
			log_info("VRRP_Script(%s) %s (%s %d)", s->conf->name, reason, code, number);
		else
			log_info("VRRP_Script(%s) %s", s->conf->name, reason);
		announce(s, false);
	}
	s->result = 0;
}

static void on_end(struct child *child, int wait_status)
{
	struct script *s = container_of(child, struct script, child);
	enum phase was = s->phase;
	int status;

	s->phase = IDLE;
	s->state.running = false;
	timer_stop(s->track->loop, &s->deadline);
	if (was != RUNNING) {
		/* It timed out and was counted then. What it left behind goes with it. */
		notify_kill(child->pid, SIGKILL);
		return;
	}
	if (!WIFEXITED(wait_status)) {
		s->state.last_status = -1;
		count_failure(s, "failed", "due to signal", WTERMSIG(wait_status));
		return;
	}
	status = WEXITSTATUS(wait_status);
	if (status != s->exit_status)
		log_info("Script `%s` now returning %d", s->conf->name, status);
	s->state.last_status = s->exit_status = status;
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
	timer_set(s->track->loop, timer, s->phase == KILLED ? KILL_AGAIN_US : KILL_DELAY_US);
	notify_kill(s->child.pid, first ? SIGTERM : SIGKILL);
	s->phase = first ? TERMINATED : KILLED;
	if (!first)
		return;
	/* Known now, whatever the script makes of the signal and however long it takes. */
	s->state.last_status = -1;
	count_failure(s, "timed_out", NULL, 0);
}

static void run(struct script *s)
{
	struct track *t = s->track;
	pid_t pid = notify_spawn(t->notify, &s->conf->script, NULL);

	if (pid < 0) {
		/* Not the fault of what it looks at. notify_spawn() has told why. */
		if (!s->state.known)
			count_success(s);
		return;
	}
	s->phase = RUNNING;
	s->state.running = true;
	s->child.pid = pid;
	child_add(t->loop, &s->child);
	timer_set(t->loop, &s->deadline, s->conf->timeout_us ? s->conf->timeout_us : interval_of(s->conf));
}

static void on_next(struct timer *timer)
{
	struct script *s = container_of(timer, struct script, next);
	uint64_t due_us = timer->due_us, now_us = loop_now(s->track->loop), interval_us = interval_of(s->conf);
	unsigned held;

	due_us += ((now_us - due_us) / interval_us + 1) * interval_us;
	timer_set_at(s->track->loop, timer, due_us);
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
	struct loop *l = s->track->loop;

	timer_stop(l, &s->next);
	timer_stop(l, &s->deadline);
	if (s->phase != IDLE) {
		/* Nobody will be there to see whether it heeds SIGTERM. */
		child_remove(l, &s->child);
		notify_kill(s->child.pid, SIGKILL);
	}
	s->phase = IDLE;
	s->state.running = false;
}

static void free_script(struct script *s)
{
	stop_script(s);
	free(s);
}

static bool same_command(const struct conf_script *a, const struct conf_script *b)
{
	const char *const x[] = { a->text, a->user, a->group }, *const y[] = { b->text, b->user, b->group };
	unsigned i;

	for (i = 0; i < 3; i++)
		if (!x[i] != !y[i] || (x[i] && strcmp(x[i], y[i])))
			return false;
	return true;
}

/* As many failures or successes are missing for a change of state as before, at most. */
static void convert_result(struct script *s, const struct vrrp_script_conf *from, const struct vrrp_script_conf *to)
{
	unsigned failures = best_result(from) - s->result, best = best_result(to), rise = rise_of(to);

	if (!s->state.known)
		s->result = rise - 1;
	else if (s->state.up)
		s->result = failures > best - rise ? rise : best - failures;
	else if (s->result >= rise)
		s->result = rise - 1;
}

static struct script *script_new(struct track *t, const struct vrrp_script_conf *c, bool reload)
{
	struct script *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->track = t;
	s->conf = c;
	s->next.cb = on_next;
	s->deadline.cb = on_deadline;
	s->child.cb = on_end;
	s->result = rise_of(c) - 1;
	s->state.neutral = s->state.up = reload;
	if (c->init_fail && !reload) {
		s->result = 0;
		set_up(t, &s->state, false);
	}
	return s;
}

/* Starts, keeps or changes the schedule after a change of configuration. delay_us: of a first start. */
static void schedule(struct script *s, const struct vrrp_script_conf *old, bool runnable, uint64_t delay_us)
{
	struct loop *l = s->track->loop;
	uint64_t due_us;

	if (!runnable) {
		stop_script(s);
		s->state = (struct track_state){ .neutral = true, .up = true, .since_us = loop_now(l) };
		s->result = rise_of(s->conf) - 1;
		return;
	}
	if (old && !same_command(&old->script, &s->conf->script))
		stop_script(s);
	if (!s->next.armed) {
		timer_set(l, &s->next, delay_us);
	} else if (interval_of(old) != interval_of(s->conf)) {
		due_us = s->next.due_us - interval_of(old) + interval_of(s->conf);
		timer_set_at(l, &s->next, due_us > loop_now(l) ? due_us : loop_now(l));
	}
}

/* Processes */

static bool in_quorum(const struct process *p)
{
	unsigned count = (unsigned)p->state.value;

	return count >= p->conf->quorum && count <= p->conf->quorum_max;
}

static void settle(struct process *p)
{
	bool up = in_quorum(p);

	timer_stop(p->track->loop, &p->delay);
	if (up == p->state.up)
		return;
	log_info("Quorum %s for tracked process %s", up ? "gained" : "lost", p->conf->name);
	set_up(p->track, &p->state, up);
	p->track->changed(p->track->ctx, TRACK_PROCESS, p->conf->index);
}

static void on_delay(struct timer *timer)
{
	settle(container_of(timer, struct process, delay));
}

static void on_process(void *ctx, unsigned index, enum proc_cause cause)
{
	struct track *t = ctx;
	struct process *p = t->processes[index];
	uint64_t delay_us = 0;

	p->state.value = (int)track_proc_count(t->proc, index);
	if (cause == PROC_FORK)
		delay_us = p->conf->fork_delay_us;
	else if (cause == PROC_EXIT)
		delay_us = p->conf->terminate_delay_us;
	if (!delay_us || in_quorum(p) == p->state.up)
		settle(p);
	else if (!p->delay.armed)
		timer_set(t->loop, &p->delay, delay_us);
}

static struct process *process_new(struct track *t)
{
	struct process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->track = t;
	p->delay.cb = on_delay;
	return p;
}

static void free_process(struct process *p)
{
	timer_stop(p->track->loop, &p->delay);
	free(p);
}

/* Files */

static void take_value(struct track *t, struct track_state *s, unsigned index)
{
	int value = track_file_value(t->file, index);

	if (value > VALUE_MAX)
		value = VALUE_MAX;
	else if (value < -VALUE_MAX)
		value = -VALUE_MAX;
	s->value = value;
	set_up(t, s, !value);
}

static void on_file(void *ctx, unsigned index)
{
	struct track *t = ctx;
	struct track_state *s = &t->files[index].state;
	int old = s->value;

	take_value(t, s, index);
	if (s->value != old)
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

static bool script_used(const struct config *conf, const char *name)
{
	CONF_EACH(struct vrrp_conf, v, &conf->instances)
		if (in_list(&v->track_scripts, name))
			return true;
	CONF_EACH(struct group_conf, g, &conf->groups)
		if (in_list(&g->track_scripts, name))
			return true;
	return false;
}

static bool process_used(const struct config *conf, const char *name)
{
	CONF_EACH(struct vrrp_conf, v, &conf->instances)
		if (in_list(&v->track_processes, name))
			return true;
	CONF_EACH(struct group_conf, g, &conf->groups)
		if (in_list(&g->track_processes, name))
			return true;
	return false;
}

/* Takes the object of this name out of the old ones. */
static struct script *take_script(struct track *t, const char *name)
{
	struct script *s;
	unsigned i;

	for (i = 0; i < t->script_count; i++) {
		s = t->scripts[i];
		if (s && !strcmp(s->conf->name, name)) {
			t->scripts[i] = NULL;
			return s;
		}
	}
	return NULL;
}

static void free_scripts(struct track *t)
{
	unsigned i;

	for (i = 0; i < t->script_count; i++)
		if (t->scripts[i])
			free_script(t->scripts[i]);
	free(t->scripts);
	t->scripts = NULL;
	t->script_count = 0;
}

static int set_scripts(struct track *t, const struct config *conf, bool reload)
{
	struct script **scripts = calloc(conf->scripts.count + 1, sizeof(*scripts)), *s;
	const struct vrrp_script_conf *old;
	unsigned i = 0, starts = 0;
	uint64_t spread_us;
	bool used, runnable;
	int err = 0;

	CONF_EACH(struct vrrp_script_conf, c, &conf->scripts) {
		s = scripts ? take_script(t, c->name) : NULL;
		old = s ? s->conf : NULL;
		if (scripts && !s)
			s = script_new(t, c, reload);
		if (!s) {
			err = -ENOMEM;
			i++;
			continue;
		}
		if (old)
			convert_result(s, old, c);
		s->conf = c;
		used = script_used(conf, c->name);
		runnable = used && notify_check_script(conf, &c->script, NULL, NULL);
		if (used && !runnable)
			log_warn("Disabling track script %s", c->name);
		/* All at once would be a burst every interval. */
		spread_us = interval_of(c) / conf->scripts.count;
		schedule(s, old, runnable, starts * (spread_us < SPREAD_US ? spread_us : SPREAD_US));
		starts += runnable && !old;
		scripts[i++] = s;
	}
	free_scripts(t);
	t->scripts = scripts;
	t->script_count = scripts ? i : 0;
	return err;
}

static struct process *take_process(struct track *t, const char *name)
{
	struct process *p;
	unsigned i;

	for (i = 0; i < t->process_count; i++) {
		p = t->processes[i];
		if (p && !strcmp(p->conf->name, name)) {
			t->processes[i] = NULL;
			return p;
		}
	}
	return NULL;
}

static void free_processes(struct track *t)
{
	unsigned i;

	for (i = 0; i < t->process_count; i++)
		if (t->processes[i])
			free_process(t->processes[i]);
	free(t->processes);
	t->processes = NULL;
	t->process_count = 0;
}

/* Takes what was counted, without delay and without a word: nobody knows yet what was before, or the whole configuration is new. */
static void first_count(struct process *p, bool counted)
{
	timer_stop(p->track->loop, &p->delay);
	if (!counted) {
		p->state = (struct track_state){ .neutral = true, .up = true };
		return;
	}
	p->state.value = (int)track_proc_count(p->track->proc, p->conf->index);
	set_up(p->track, &p->state, in_quorum(p));
}

static int set_processes(struct track *t, const struct config *conf)
{
	unsigned count = conf->processes.count, i = 0;
	struct process **processes = calloc(count + 1, sizeof(*processes));
	const struct track_process_conf **used = calloc(count + 1, sizeof(*used));
	int err = processes && used ? 0 : -ENOMEM;

	CONF_EACH(struct track_process_conf, c, &conf->processes) {
		if (err)
			break;
		processes[i] = take_process(t, c->name);
		if (!processes[i])
			processes[i] = process_new(t);
		if (!processes[i])
			err = -ENOMEM;
		else
			processes[i]->conf = c;
		if (processes[i] && process_used(conf, c->name))
			used[i] = c;
		i++;
	}
	free_processes(t);
	t->processes = processes;
	t->process_count = processes ? i : 0;
	if (track_proc_set(t->proc, used, err ? 0 : count))
		err = -ENOMEM;
	for (i = 0; i < t->process_count; i++)
		if (processes[i])
			first_count(processes[i], !err && used[i]);
	free(used);
	return err;
}

static int set_files(struct track *t, const struct config *conf, bool reload)
{
	struct file *files = calloc(conf->files.count + 1, sizeof(*files)), *f = files;
	int err = files ? track_file_set(t->file, &conf->files, reload) : -ENOMEM;
	unsigned i;

	CONF_EACH(struct track_file_conf, c, &conf->files) {
		if (err)
			break;
		for (i = 0; i < t->file_count; i++)
			if (!strcmp(t->files[i].conf->name, c->name))
				f->state = t->files[i].state;
		f->conf = c;
		take_value(t, &f->state, (unsigned)(f - files));
		f++;
	}
	free(t->files);
	t->files = files;
	t->file_count = (unsigned)(f - files);
	return err;
}

int track_set_config(struct track *t, const struct config *conf, bool reload)
{
	int scripts = set_scripts(t, conf, reload), processes = set_processes(t, conf), files = set_files(t, conf, reload);

	return scripts ? scripts : processes ? processes : files;
}

const struct track_state *track_get(const struct track *t, enum track_kind kind, unsigned index)
{
	/* What memory did not suffice for. */
	static const struct track_state none = { .neutral = true, .up = true };

	switch (kind) {
	case TRACK_SCRIPT:
		return index < t->script_count && t->scripts[index] ? &t->scripts[index]->state : &none;
	case TRACK_PROCESS:
		return index < t->process_count && t->processes[index] ? &t->processes[index]->state : &none;
	case TRACK_FILE:
		return index < t->file_count ? &t->files[index].state : &none;
	}
	return &none;
}

struct track *track_new(struct loop *loop, struct notify *notify, void (*changed)(void *ctx, enum track_kind, unsigned index), void *ctx)
{
	struct track *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->loop = loop;
	t->notify = notify;
	t->changed = changed;
	t->ctx = ctx;
	t->proc = track_proc_new(loop, on_process, t);
	t->file = track_file_new(loop, on_file, t);
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
	free_scripts(t);
	free_processes(t);
	free(t->files);
	track_proc_free(t->proc);
	track_file_free(t->file);
	free(t);
}
