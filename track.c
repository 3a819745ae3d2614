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

/* Of a script: track_state.running. */
enum phase { IDLE, RUNNING, TERMINATED, KILLED };

struct object {
	struct object *next;
	const struct vrrp_script_conf *conf; /* of its kind: they begin alike */
	uint8_t kind;          /* enum track_kind */
	struct track_state state;
	struct timer delay;    /* scripts: armed while it runs; processes: before a change counts */
	/* The rest is for scripts. */
	struct timer next_run; /* armed: the script is in use */
	uint64_t interval_us;
	/* keepalived's measure: 0 to rise + fall - 1, up from rise on. A change of state leaves it at the far end. */
	unsigned result;
	int exit_status;       /* the last one, which is logged when it changes */
	struct child child;
	struct log_limit skips;
};

#define KINDS (TRACK_FILE + 1)
_Static_assert(offsetof(struct vrrp_script_conf, name) == offsetof(struct track_process_conf, name) &&
	       offsetof(struct vrrp_script_conf, name) == offsetof(struct track_file_conf, name), "they begin alike");

static struct {
	void (*changed)(void);
	struct object *all, **places; /* by index */
	unsigned count;
	unsigned starts; /* of scripts, by a new configuration */
} self;

/* NULL: memory did not suffice for it. */
static struct object *place(unsigned index)
{
	return index < self.count ? self.places[index] : NULL;
}

static void set_up(struct object *o, bool up)
{
	struct track_state *s = &o->state;

	if (!s->known || s->up != up)
		s->since_us = loop_now();
	s->known = true;
	s->neutral = false;
	s->up = up;
}

static void announce(struct object *o, bool up)
{
	set_up(o, up);
	self.changed();
}

static void make_neutral(struct object *o)
{
	o->state = (struct track_state){ .neutral = true, .up = true, .since_us = loop_now() };
}

/* Scripts */

static void count_success(struct object *o)
{
	const struct vrrp_script_conf *c = o->conf;

	if (o->result + 1 < c->rise) {
		o->result++;
		return;
	}
	if (o->result < c->rise) {
		log_info("VRRP_Script(%s) succeeded", c->name);
		announce(o, true);
	}
	o->result = c->rise + c->fall - 1;
}

/* wait_status: -1 when its time is over. */
static void count_failure(struct object *o, int wait_status)
{
	const struct vrrp_script_conf *c = o->conf;
	bool exited = WIFEXITED(wait_status);

	o->state.last_status = exited ? WEXITSTATUS(wait_status) : -1;
	if (o->result > c->rise) {
		o->result--;
		return;
	}
	if (o->result == c->rise || !o->state.known) {
		if (wait_status < 0)
			log_info("VRRP_Script(%s) timed_out", c->name);
		else
			log_info("VRRP_Script(%s) failed (%s %d)", c->name, exited ? "exited with status" : "due to signal",
				 exited ? WEXITSTATUS(wait_status) : WTERMSIG(wait_status));
		announce(o, false);
	}
	o->result = 0;
}

static void on_end(struct child *child, int wait_status)
{
	struct object *o = container_of(child, struct object, child);
	enum phase was = o->state.running;

	o->state.running = IDLE;
	timer_stop(&o->delay);
	if (was != RUNNING) {
		/* It timed out and was counted then. What it left behind goes with it. */
		notify_kill(child->pid, SIGKILL);
		return;
	}
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) != o->exit_status) {
		o->exit_status = WEXITSTATUS(wait_status);
		log_info("Script `%s` now returning %d", o->conf->name, o->exit_status);
	}
	if (wait_status) {
		count_failure(o, wait_status);
	} else {
		o->state.last_status = 0;
		count_success(o);
	}
}

static void on_deadline(struct timer *timer)
{
	struct object *o = container_of(timer, struct object, delay);
	bool first = o->state.running == RUNNING;

	if (o->state.running == KILLED)
		log_info("Child (PID %d) failed to terminate after kill", (int)o->child.pid);
	timer_set(timer, o->state.running == KILLED ? KILL_AGAIN_US : KILL_DELAY_US);
	notify_kill(o->child.pid, first ? SIGTERM : SIGKILL);
	o->state.running = first ? TERMINATED : KILLED;
	/* Known now, whatever the script makes of the signal and however long it takes. */
	if (first)
		count_failure(o, -1);
}

static void run(struct object *o)
{
	if (!notify_spawn(&o->conf->script, NULL, &o->child)) {
		o->state.running = RUNNING;
		timer_set(&o->delay, o->conf->timeout_us ? o->conf->timeout_us : o->interval_us);
	} else if (!o->state.known) {
		/* Not the fault of what it looks at. notify_spawn() has told why. */
		count_success(o);
	}
}

static void on_next(struct timer *timer)
{
	struct object *o = container_of(timer, struct object, next_run);
	uint64_t due_us = timer->due_us, now_us = loop_now(), interval_us = o->interval_us;
	unsigned held;

	due_us += ((now_us - due_us) / interval_us + 1) * interval_us;
	timer_set_at(timer, due_us);
	if (o->state.running == IDLE) {
		run(o);
		return;
	}
	if (log_allow(&o->skips, now_us, &held))
		log_info("Track script %s is %s, expect idle - skipping run", o->conf->name,
			 o->state.running == RUNNING ? "already running" : "being timed out");
	/* A process that even SIGKILL does not end would hide the failures that follow. */
	if (o->state.running == KILLED)
		count_failure(o, -1);
}

static void stop(struct object *o)
{
	timer_stop(&o->next_run);
	timer_stop(&o->delay);
	if (o->state.running != IDLE) {
		/* Nobody will be there to see whether it heeds SIGTERM. */
		child_remove(&o->child);
		notify_kill(o->child.pid, SIGKILL);
	}
	o->state.running = IDLE;
}

static bool same_command(const struct conf_script *a, const struct conf_script *b)
{
	return text_same(a->text, b->text) && text_same(a->user, b->user) && text_same(a->group, b->group);
}

/* As keepalived has it: to the next change as much is missing as before, but for all or nothing. */
static unsigned convert(unsigned result, const struct vrrp_script_conf *from, const struct vrrp_script_conf *to)
{
	unsigned best = to->rise + to->fall - 1, moved = result + to->rise - from->rise;

	if (!result || (int)moved < 0)
		return 0;
	return result == from->rise + from->fall - 1 || moved > best ? best : moved;
}

static void set_script(struct object *o, const struct config *conf, const struct vrrp_script_conf *c, bool reload)
{
	bool runnable = c->tracked && notify_check_script(conf, &c->script, NULL);
	uint64_t interval_us = c->interval_us < INTERVAL_MIN_US ? INTERVAL_MIN_US : c->interval_us;
	/* All at once would be a burst every interval. */
	uint64_t spread_us = interval_us / conf->scripts.count;
	const struct vrrp_script_conf *old = o->conf;

	if (!old) {
		o->state.neutral = o->state.up = reload;
		if (c->init_fail && !reload)
			set_up(o, false);
	}
	if (!runnable || (old && !same_command(&old->script, &c->script)))
		stop(o);
	if (!runnable)
		make_neutral(o);
	if (c->tracked && !runnable)
		log_warn("Disabling track script %s", c->name);
	if (!o->state.known)
		o->result = c->rise - 1;
	else if (old)
		o->result = convert(o->result, old, c);
	if (runnable && (!o->next_run.armed || o->interval_us != interval_us))
		timer_set(&o->next_run, self.starts * (spread_us < SPREAD_US ? spread_us : SPREAD_US));
	self.starts += runnable && !old;
	o->interval_us = interval_us;
}

/* Processes */

static const struct track_process_conf *process_of(const struct object *o)
{
	return (const struct track_process_conf *)(const void *)o->conf;
}

static bool in_quorum(const struct object *o)
{
	unsigned count = (unsigned)o->state.value;

	return count >= process_of(o)->quorum && count <= process_of(o)->quorum_max;
}

static void settle(struct timer *delay)
{
	struct object *o = container_of(delay, struct object, delay);
	bool up = in_quorum(o);

	timer_stop(delay);
	if (up == o->state.up)
		return;
	log_info("Quorum %s for tracked process %s", up ? "gained" : "lost", o->conf->name);
	announce(o, up);
}

static void on_process(unsigned index, enum proc_cause cause)
{
	struct object *o = place(index);
	uint64_t delay_us = 0;

	if (!o)
		return;
	o->state.value = (int)track_proc_count(index);
	if (cause == PROC_FORK)
		delay_us = process_of(o)->fork_delay_us;
	else if (cause == PROC_EXIT)
		delay_us = process_of(o)->terminate_delay_us;
	if (!delay_us || in_quorum(o) == o->state.up)
		settle(&o->delay);
	else if (!o->delay.armed)
		timer_set(&o->delay, delay_us);
}

/* Takes what was counted, without delay and without a word: nobody knows yet what was before, or the whole configuration is new. */
static void first_count(struct object *o)
{
	timer_stop(&o->delay);
	if (!o->conf->tracked) {
		make_neutral(o);
		return;
	}
	o->state.value = (int)track_proc_count(o->conf->index);
	set_up(o, in_quorum(o));
}

/* Files */

static void take_value(struct object *o)
{
	int value = track_file_value(o->conf->index);

	if (value > VALUE_MAX)
		value = VALUE_MAX;
	else if (value < -VALUE_MAX)
		value = -VALUE_MAX;
	o->state.value = value;
	set_up(o, !value);
}

static void on_file(unsigned index)
{
	struct object *o = place(index);
	int old;

	if (!o)
		return;
	old = o->state.value;
	take_value(o);
	if (o->state.value != old)
		self.changed();
}

/* Configuration */

/* The object of this name, which is no longer among the old ones, or a new one. */
static struct object *take_object(struct object **old, enum track_kind kind, const char *name)
{
	struct object *o;

	while (*old && ((*old)->kind != kind || strcmp((*old)->conf->name, name)))
		old = &(*old)->next;
	o = *old;
	if (o) {
		*old = o->next;
	} else {
		o = calloc(1, sizeof(*o));
		if (!o)
			return NULL;
		o->kind = (uint8_t)kind;
		o->next_run.cb = on_next;
		o->delay.cb = kind == TRACK_SCRIPT ? on_deadline : settle;
		o->child.cb = on_end;
	}
	o->next = self.all;
	return self.all = o;
}

static void free_objects(struct object *o)
{
	struct object *next;

	for (; o; o = next) {
		next = o->next;
		stop(o);
		free(o);
	}
}

int track_set_config(const struct config *conf, bool reload)
{
	struct object *old = self.all, *o;
	unsigned kind;
	int err;

	free(self.places);
	self.places = calloc(conf->scripts.count + conf->processes.count + conf->files.count + 1, sizeof(o));
	err = self.places ? 0 : -ENOMEM;
	self.all = NULL;
	self.count = self.starts = 0;
	for (kind = 0; kind < KINDS; kind++)
		/* Of scripts this is so, and what the others begin with. */
		CONF_EACH(struct vrrp_script_conf, c, &conf->scripts + kind) {
			o = err ? NULL : take_object(&old, kind, c->name);
			if (!o) {
				err = -ENOMEM;
				break;
			}
			self.places[self.count++] = o;
			if (kind == TRACK_SCRIPT)
				set_script(o, conf, c, reload);
			o->conf = c;
		}
	free_objects(old);
	track_proc_set(&conf->processes, on_process);
	for (o = self.all; o; o = o->next)
		if (o->kind == TRACK_PROCESS)
			first_count(o);
		else if (o->kind == TRACK_FILE)
			take_value(o);
	return err;
}

const struct track_state *track_get(unsigned index)
{
	/* What memory did not suffice for. */
	static const struct track_state none = { .neutral = true, .up = true };

	return place(index) ? &place(index)->state : &none;
}

void track_open(void (*changed)(void))
{
	self.changed = changed;
	track_file_listen(TRACK_FILE_VRRP, on_file);
}

void track_close(void)
{
	free_objects(self.all);
	free(self.places);
	track_proc_close();
	track_file_listen(TRACK_FILE_VRRP, NULL);
	self.all = NULL;
	self.places = NULL;
	self.count = 0;
}
