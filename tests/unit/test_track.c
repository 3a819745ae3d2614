/* links: track.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Scripts, quorums and values; what runs, is counted and is read is played here. */
#include "track.h"

#include "log.h"
#include "text.h"
#include "notify.h"
#include "tests/unit/fake_loop.h"
#include "text.h"
#include "track_file.h"
#include "track_proc.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MANY 100
#define S US_PER_S
#define EXITED(status) ((status) << 8)

/* What the module did. */
static struct {
	char log[16384];
	pid_t last_pid;
	unsigned runs;
	uint64_t run_at[1024];
	const struct conf_script *ran[1024];
	int spawn_result; /* < 0: refused */
	bool unsafe;
	pid_t killed;
	int signo;
	unsigned kills;
	unsigned changes;
} seen;

/* What the other modules would find. */
static struct {
	unsigned count;
	void (*changed)(unsigned index, enum proc_cause);
	const struct track_process_conf *conf;
} processes;
static struct {
	int value;
	void (*changed)(unsigned index);
} files;

static struct config config;
static struct vrrp_script_conf script, many[MANY];
static char names[MANY][8];
static struct track_process_conf process;
static struct track_file_conf file;

void log_write(int priority_source, const char *format, ...)
{
	size_t len = strlen(seen.log);
	va_list args;

	if (LOG_PRI(priority_source) == LOG_DEBUG)
		return;
	va_start(args, format);
	text_vformat(seen.log + len, sizeof(seen.log) - len, format, &args);
	va_end(args);
	strncat(seen.log, "\n", sizeof(seen.log) - strlen(seen.log) - 1);
}

bool log_allow(struct log_limit *l, uint64_t now_us, unsigned *held)
{
	(void)now_us;
	*held = 0;
	return true;
}

int notify_spawn(const struct conf_script *s, const char *last, struct child *child)
{
	assert_null(last);
	if (seen.spawn_result < 0)
		return seen.spawn_result;
	assert_true(seen.runs < 1024);
	seen.run_at[seen.runs] = loop_now();
	seen.ran[seen.runs++] = s;
	child->pid = ++seen.last_pid;
	child_add(child);
	return 0;
}

int notify_kill(pid_t pid, int signo)
{
	seen.killed = pid;
	seen.signo = signo;
	seen.kills++;
	return 0;
}

bool notify_check_script(const struct config *c, const struct conf_script *s, void (*tell)(const char *text))
{
	(void)c;
	(void)s;
	(void)tell;
	return !seen.unsafe;
}

void track_proc_close(void)
{
}

void track_proc_set(const struct conf_list *kinds, void (*changed)(unsigned index, enum proc_cause))
{
	processes.changed = changed;
	processes.conf = (const void *)kinds->first;
}

unsigned track_proc_count(unsigned index)
{
	assert_int_equal(index, 0);
	return processes.count;
}

void track_file_listen(enum track_file_listener who, void (*told)(unsigned index))
{
	assert_int_equal(who, TRACK_FILE_VRRP);
	files.changed = told;
}

int track_file_value(unsigned index)
{
	(void)index;
	return files.value;
}

static void changed(void)
{
	seen.changes++;
}

static void append(struct conf_list *list, struct conf_node *node)
{
	node->next = NULL;
	if (list->last)
		list->last->next = node;
	else
		list->first = node;
	list->last = node;
	list->count++;
}

static char *const command[] = { (char *)(uintptr_t)"check", NULL };

static void default_config(void)
{
	memset(&config, 0, sizeof(config));
	script = (struct vrrp_script_conf){ .name = "chk", .script = { "check", command, NULL, NULL }, .tracked = 1, .interval_us = S, .rise = 1, .fall = 1 };
	process = (struct track_process_conf){ .name = "proc", .tracked = 1, .process = "p", .quorum = 1, .quorum_max = UINT_MAX };
	file = (struct track_file_conf){ .name = "file", .tracked = 1, .path = "/f" };
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	seen.last_pid = 100;
	processes.count = 0;
	files.value = 0;
	default_config();
	if (loop_open())
		return -1;
	track_open(changed);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	track_close();
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_children(), 0);
	loop_close();
	return 0;
}

static void with_script(void)
{
	append(&config.scripts, &script.node);
	assert_int_equal(track_set_config(&config, false), 0);
}

static const struct track_state *state_of_script(void)
{
	return track_get(0);
}

/* The next run comes and ends with this status. */
static void run_once(int wait_status)
{
	unsigned runs = seen.runs;

	fake_advance(runs ? S : 0);
	assert_int_equal(seen.runs, runs + 1);
	assert_true(fake_exit(seen.last_pid, wait_status));
}

/* One log line, whole. */
static bool logged(const char *line)
{
	size_t len = strlen(line);
	const char *at = seen.log;

	for (; (at = strstr(at, line)); at++)
		if ((at == seen.log || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static void test_script_first_result_decides(void **state)
{
	(void)state;
	script.rise = 3;
	script.fall = 3;
	with_script();
	assert_false(state_of_script()->known);
	assert_false(state_of_script()->neutral);
	run_once(EXITED(0));
	assert_true(state_of_script()->known);
	assert_true(state_of_script()->up);
	assert_int_equal(seen.changes, 1);
	assert_string_equal(seen.log, "VRRP_Script(chk) succeeded\n");
}

static void test_script_first_failure_decides(void **state)
{
	(void)state;
	script.rise = 3;
	script.fall = 3;
	with_script();
	run_once(EXITED(2));
	assert_true(state_of_script()->known);
	assert_false(state_of_script()->up);
	assert_int_equal(state_of_script()->last_status, 2);
	assert_string_equal(seen.log, "Script `chk` now returning 2\nVRRP_Script(chk) failed (exited with status 2)\n");
}

/* keepalived's measure: after a change, successes and failures in between start the count anew. */
static void test_script_rise_and_fall(void **state)
{
	static const struct {
		int status;
		bool up;
	} steps[] = {
		{ 0, true }, { 1, true }, { 1, true }, { 0, true }, { 1, true }, { 1, true }, { 1, false },
		{ 0, false }, { 1, false }, { 0, false }, { 0, true }, { 1, true }, { 1, true }, { 1, false },
	};
	unsigned i;

	(void)state;
	script.rise = 2;
	script.fall = 3;
	with_script();
	for (i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		run_once(EXITED(steps[i].status));
		if (state_of_script()->up != steps[i].up)
			fail_msg("step %u", i);
	}
	assert_int_equal(seen.changes, 4);
}

static void test_script_killed_by_signal(void **state)
{
	(void)state;
	with_script();
	run_once(SIGSEGV);
	assert_false(state_of_script()->up);
	assert_int_equal(state_of_script()->last_status, -1);
	assert_string_equal(seen.log, "VRRP_Script(chk) failed (due to signal 11)\n");
}

static void test_script_init_fail(void **state)
{
	(void)state;
	script.init_fail = true;
	script.rise = 2;
	with_script();
	assert_true(state_of_script()->known);
	assert_false(state_of_script()->up);
	run_once(EXITED(0));
	assert_false(state_of_script()->up);
	run_once(EXITED(0));
	assert_true(state_of_script()->up);
	assert_int_equal(seen.changes, 1);
}

static void test_script_schedule_has_no_drift(void **state)
{
	uint64_t start;
	unsigned i;

	(void)state;
	with_script();
	start = loop_now();
	for (i = 0; i < 100; i++) {
		fake_advance(i ? S - 7777 : 0);
		assert_int_equal(seen.runs, i + 1);
		assert_int_equal(seen.run_at[i], start + i * S);
		fake_advance(7777);
		assert_true(fake_exit(seen.last_pid, EXITED(0)));
	}
}

/* What was missed is not made up for. */
static void test_script_late(void **state)
{
	uint64_t start;

	(void)state;
	with_script();
	run_once(EXITED(0));
	start = seen.run_at[0];
	fake_jump(3 * S + S / 2);
	fake_advance(0);
	assert_int_equal(seen.runs, 2);
	fake_exit(seen.last_pid, EXITED(0));
	fake_advance(S / 2);
	assert_int_equal(seen.runs, 3);
	assert_int_equal(seen.run_at[2], start + 4 * S);
}

static void test_script_timeout(void **state)
{
	(void)state;
	script.timeout_us = S / 2;
	script.interval_us = 10 * S;
	with_script();
	fake_advance(0);
	fake_advance(S / 2 - 1);
	assert_int_equal(seen.kills, 0);
	fake_advance(1);
	assert_int_equal(seen.kills, 1);
	assert_int_equal(seen.signo, SIGTERM);
	assert_int_equal(seen.killed, seen.last_pid);
	/* Counted at once. */
	assert_true(state_of_script()->known);
	assert_false(state_of_script()->up);
	assert_int_equal(state_of_script()->last_status, -1);
	assert_string_equal(seen.log, "VRRP_Script(chk) timed_out\n");
	fake_advance(2 * S - 1);
	assert_int_equal(seen.kills, 1);
	fake_advance(1);
	assert_int_equal(seen.kills, 2);
	assert_int_equal(seen.signo, SIGKILL);
	/* The children that it left behind. */
	assert_true(fake_exit(seen.last_pid, SIGKILL));
	assert_int_equal(seen.kills, 3);
	assert_int_equal(seen.signo, SIGKILL);
	assert_int_equal(seen.changes, 1);
}

/* Even where it ends with 0 on SIGTERM: it has been counted. */
static void test_script_timeout_counts_once(void **state)
{
	(void)state;
	script.timeout_us = S / 2;
	script.interval_us = S;
	script.fall = 2;
	with_script();
	run_once(EXITED(0));
	fake_advance(S + S / 2);
	assert_true(fake_exit(seen.last_pid, EXITED(0)));
	assert_true(state_of_script()->up);
	fake_advance(S);
	assert_int_equal(seen.runs, 3);
	assert_false(state_of_script()->up);
	assert_true(fake_exit(seen.last_pid, EXITED(0)));
	assert_false(state_of_script()->up);
}

static void test_script_never_twice_at_once(void **state)
{
	(void)state;
	script.timeout_us = 10 * S;
	with_script();
	fake_advance(3 * S);
	assert_int_equal(seen.runs, 1);
	assert_true(logged("Track script chk is already running, expect idle - skipping run"));
	fake_advance(S / 2);
	fake_exit(seen.last_pid, EXITED(0));
	fake_advance(S / 2);
	assert_int_equal(seen.runs, 2);
	assert_int_equal(seen.run_at[1] - seen.run_at[0], 4 * S);
}

static void test_script_skipped_while_timed_out(void **state)
{
	(void)state;
	script.timeout_us = S / 2;
	with_script();
	fake_advance(S);
	assert_int_equal(seen.runs, 1);
	assert_true(logged("Track script chk is being timed out, expect idle - skipping run"));
}

/* What SIGKILL does not end fails again with every run that it prevents. */
static void test_script_unkillable(void **state)
{
	(void)state;
	script.timeout_us = S / 2;
	script.fall = 3;
	with_script();
	run_once(EXITED(0));
	fake_advance(S);
	assert_int_equal(seen.runs, 2);
	fake_advance(3 * S);
	assert_true(state_of_script()->up);
	fake_advance(S);
	assert_false(state_of_script()->up);
	fake_advance(S);
	assert_non_null(strstr(seen.log, "failed to terminate after kill"));
	assert_int_equal(seen.runs, 2);
}

static void test_script_that_cant_start_changes_nothing(void **state)
{
	(void)state;
	with_script();
	seen.spawn_result = -EAGAIN;
	fake_advance(0);
	assert_true(state_of_script()->known);
	assert_true(state_of_script()->up);
	seen.spawn_result = 0;
	fake_advance(S);
	fake_exit(seen.last_pid, EXITED(1));
	assert_false(state_of_script()->up);
	seen.spawn_result = -ENOENT;
	fake_advance(10 * S);
	assert_false(state_of_script()->up);
}

static void test_script_unsafe_has_no_effect(void **state)
{
	(void)state;
	seen.unsafe = true;
	with_script();
	fake_advance(10 * S);
	assert_int_equal(seen.runs, 0);
	assert_true(state_of_script()->neutral);
	assert_false(state_of_script()->known);
	assert_true(logged("Disabling track script chk"));
}

static void test_script_unused_is_not_run(void **state)
{
	(void)state;
	script.tracked = 0;
	with_script();
	fake_advance(10 * S);
	assert_int_equal(seen.runs, 0);
	script.tracked = 1;
	assert_int_equal(track_set_config(&config, true), 0);
	fake_advance(0);
	assert_int_equal(seen.runs, 1);
	fake_exit(seen.last_pid, EXITED(0));
	assert_true(state_of_script()->up);
}

static void with_many(uint64_t interval_us)
{
	unsigned i;

	for (i = 0; i < MANY; i++) {
		snprintf(names[i], sizeof(names[i]), "s%u", i);
		many[i] = script;
		many[i].name = names[i];
		many[i].index = i;
		many[i].interval_us = interval_us;
		append(&config.scripts, &many[i].node);
	}
	assert_int_equal(track_set_config(&config, false), 0);
}

static void test_scripts_are_spread(void **state)
{
	uint64_t start = loop_now();
	unsigned i, ms;

	(void)state;
	with_many(S);
	for (ms = 0; ms < 3000; ms++) {
		unsigned before = seen.runs;

		fake_advance(ms ? 1000 : 0);
		assert_true(seen.runs - before <= 1);
		if (seen.runs > before)
			fake_exit(seen.last_pid, EXITED(0));
	}
	assert_int_equal(seen.runs, 3 * MANY);
	for (i = 0; i < 3 * MANY; i++) {
		assert_ptr_equal(seen.ran[i], &many[i % MANY].script);
		assert_int_equal(seen.run_at[i] - start, i / MANY * S + i % MANY * (S / MANY));
	}
	assert_int_equal(fake_children(), 0);
}

static void test_scripts_spread_stays_short(void **state)
{
	(void)state;
	with_many(60 * S);
	fake_advance(MANY * 10000 - 10000);
	assert_int_equal(seen.runs, MANY);
}

/* A second, equal configuration. */
static void reload_with(struct vrrp_script_conf *fresh)
{
	static struct config other;

	other = config;
	other.scripts = (struct conf_list){ 0 };
	append(&other.scripts, &fresh->node);
	assert_int_equal(track_set_config(&other, true), 0);
}

static void test_reload_keeps_state_and_schedule(void **state)
{
	struct vrrp_script_conf fresh;
	uint64_t start;

	(void)state;
	script.fall = 2;
	with_script();
	run_once(EXITED(0));
	run_once(EXITED(1));
	start = seen.run_at[1];
	fake_advance(S / 3);
	fresh = script;
	reload_with(&fresh);
	memset(&script, 0xee, sizeof(script)); /* no longer needed */
	assert_true(state_of_script()->known);
	assert_true(state_of_script()->up);
	fake_advance(S);
	assert_int_equal(seen.runs, 3);
	assert_int_equal(seen.run_at[2], start + S);
	/* One failure was counted before. */
	fake_exit(seen.last_pid, EXITED(1));
	assert_false(state_of_script()->up);
}

static void test_reload_keeps_running_script(void **state)
{
	struct vrrp_script_conf fresh;

	(void)state;
	with_script();
	fake_advance(0);
	fresh = script;
	reload_with(&fresh);
	assert_int_equal(seen.kills, 0);
	assert_true(fake_exit(seen.last_pid, EXITED(0)));
	assert_true(state_of_script()->up);
}

static void test_reload_with_other_command(void **state)
{
	struct vrrp_script_conf fresh;

	(void)state;
	with_script();
	run_once(EXITED(1));
	fake_advance(S);
	assert_int_equal(seen.runs, 2);
	fresh = script;
	fresh.script.text = "other";
	reload_with(&fresh);
	/* The old one's result no longer counts. */
	assert_int_equal(seen.kills, 1);
	assert_int_equal(seen.signo, SIGKILL);
	assert_false(fake_exit(seen.last_pid, EXITED(0)));
	assert_false(state_of_script()->up);
	fake_advance(0);
	assert_int_equal(seen.runs, 3);
	assert_ptr_equal(seen.ran[2], &fresh.script);
	fake_exit(seen.last_pid, EXITED(0));
	assert_true(state_of_script()->up);
}

static void test_reload_with_other_interval(void **state)
{
	struct vrrp_script_conf fresh;

	(void)state;
	script.interval_us = 60 * S;
	with_script();
	run_once(EXITED(0));
	fresh = script;
	fresh.interval_us = 5 * S;
	fake_advance(2 * S);
	reload_with(&fresh);
	fake_advance(0);
	assert_int_equal(seen.runs, 2);
	fake_exit(seen.last_pid, EXITED(0));
	fake_advance(5 * S - 1);
	assert_int_equal(seen.runs, 2);
	fake_advance(1);
	assert_int_equal(seen.runs, 3);
}

static void test_reload_converts_counts(void **state)
{
	static const struct {
		unsigned rise, fall, successes, failures; /* before */
		unsigned new_rise, new_fall;
		unsigned more; /* results of the other kind until it changes */
	} rows[] = {
		{ 1, 5, 1, 2, 1, 5, 3 },
		{ 1, 5, 1, 4, 1, 2, 1 },
		{ 1, 5, 1, 4, 3, 2, 1 },
		{ 4, 5, 1, 2, 1, 9, 3 },
		{ 1, 2, 1, 0, 1, 4, 4 },
		{ 3, 1, 1, 0, 1, 1, 1 },
	};
	struct vrrp_script_conf fresh;
	unsigned i, n;
	void *none = NULL;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		script.rise = rows[i].rise;
		script.fall = rows[i].fall;
		with_script();
		for (n = 0; n < rows[i].successes; n++)
			run_once(EXITED(0));
		for (n = 0; n < rows[i].failures; n++)
			run_once(EXITED(1));
		fresh = script;
		fresh.rise = rows[i].new_rise;
		fresh.fall = rows[i].new_fall;
		reload_with(&fresh);
		for (n = 1; n <= rows[i].more; n++) {
			assert_true(state_of_script()->up);
			run_once(EXITED(1));
		}
		assert_false(state_of_script()->up);
		teardown(&none);
		setup(&none);
	}
}

static void test_reload_with_less_to_rise(void **state)
{
	struct vrrp_script_conf fresh;

	(void)state;
	script.rise = 5;
	with_script();
	run_once(EXITED(1));
	run_once(EXITED(0));
	run_once(EXITED(0));
	fresh = script;
	fresh.rise = 2;
	reload_with(&fresh);
	run_once(EXITED(0));
	assert_false(state_of_script()->up);
	run_once(EXITED(0));
	assert_true(state_of_script()->up);
}

/* A reload must not drop a master for a script that has not run yet. */
static void test_reload_new_script_is_neutral(void **state)
{
	(void)state;
	assert_int_equal(track_set_config(&config, false), 0);
	script.init_fail = true;
	append(&config.scripts, &script.node);
	assert_int_equal(track_set_config(&config, true), 0);
	assert_true(state_of_script()->neutral);
	assert_false(state_of_script()->known);
	assert_true(state_of_script()->up);
	run_once(EXITED(1));
	assert_false(state_of_script()->neutral);
	assert_true(state_of_script()->known);
	assert_false(state_of_script()->up);
	assert_int_equal(seen.changes, 1);
}

static void test_reload_removes_script(void **state)
{
	(void)state;
	with_script();
	fake_advance(0);
	config.scripts = (struct conf_list){ 0 };
	assert_int_equal(track_set_config(&config, true), 0);
	assert_int_equal(seen.kills, 1);
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_children(), 0);
	/* Whoever still asks gets an answer. */
	assert_true(track_get(0)->neutral);
}

static void test_two_scripts_of_one_name(void **state)
{
	struct vrrp_script_conf twin = script;

	(void)state;
	twin.index = 1;
	append(&config.scripts, &script.node);
	append(&config.scripts, &twin.node);
	assert_int_equal(track_set_config(&config, false), 0);
	assert_int_equal(track_set_config(&config, true), 0);
	fake_advance(S / 2);
	assert_int_equal(seen.runs, 2);
}

static void with_process(void)
{
	append(&config.processes, &process.node);
	assert_int_equal(track_set_config(&config, false), 0);
}

static const struct track_state *state_of_process(void)
{
	return track_get(0);
}

static void count_is(unsigned count, enum proc_cause cause)
{
	processes.count = count;
	processes.changed(0, cause);
}

static void test_process_quorum(void **state)
{
	(void)state;
	process.quorum = 2;
	process.quorum_max = 3;
	processes.count = 1;
	with_process();
	assert_true(state_of_process()->known);
	assert_false(state_of_process()->up);
	count_is(2, PROC_FORK);
	assert_true(state_of_process()->up);
	count_is(3, PROC_FORK);
	assert_true(state_of_process()->up);
	count_is(4, PROC_EXEC);
	assert_false(state_of_process()->up);
	count_is(3, PROC_EXIT);
	assert_true(state_of_process()->up);
	count_is(1, PROC_EXIT);
	assert_false(state_of_process()->up);
	assert_int_equal(state_of_process()->value, 1);
	assert_int_equal(seen.changes, 4);
	assert_true(logged("Quorum gained for tracked process proc"));
	assert_true(logged("Quorum lost for tracked process proc"));
}

static void test_process_none_allowed(void **state)
{
	(void)state;
	process.quorum = process.quorum_max = 0;
	with_process();
	assert_true(state_of_process()->up);
	count_is(1, PROC_EXEC);
	assert_false(state_of_process()->up);
}

static void test_process_delays(void **state)
{
	(void)state;
	process.fork_delay_us = 2 * S;
	process.terminate_delay_us = 3 * S;
	processes.count = 1;
	with_process();
	/* Gone and back: nothing happened. */
	count_is(0, PROC_EXIT);
	fake_advance(3 * S - 1);
	count_is(1, PROC_FORK);
	count_is(0, PROC_EXIT);
	fake_advance(3 * S - 1);
	count_is(1, PROC_EXEC);
	fake_advance(10 * S);
	assert_int_equal(seen.changes, 0);
	count_is(0, PROC_EXIT);
	fake_advance(3 * S - 1);
	assert_true(state_of_process()->up);
	fake_advance(1);
	assert_false(state_of_process()->up);
	count_is(1, PROC_FORK);
	fake_advance(S);
	count_is(2, PROC_FORK);
	fake_advance(S - 1);
	assert_false(state_of_process()->up);
	fake_advance(1);
	assert_true(state_of_process()->up);
	/* Another program is none of them. */
	count_is(0, PROC_EXEC);
	assert_false(state_of_process()->up);
}

static void test_process_unused_is_not_counted(void **state)
{
	(void)state;
	process.tracked = 0;
	with_process();
	assert_true(state_of_process()->neutral);
}

static void test_process_reload(void **state)
{
	struct track_process_conf fresh;
	struct config other;

	(void)state;
	process.terminate_delay_us = 5 * S;
	processes.count = 1;
	with_process();
	count_is(0, PROC_EXIT);
	fresh = process;
	other = config;
	other.processes = (struct conf_list){ 0 };
	append(&other.processes, &fresh.node);
	assert_int_equal(track_set_config(&other, true), 0);
	assert_ptr_equal(processes.conf, &fresh);
	assert_false(state_of_process()->up);
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(seen.changes, 0);
}

static void test_file_values(void **state)
{
	const struct track_state *s;

	(void)state;
	files.value = 10;
	append(&config.files, &file.node);
	assert_int_equal(track_set_config(&config, false), 0);
	s = track_get(0);
	assert_true(s->known);
	assert_false(s->up);
	assert_int_equal(s->value, 10);
	files.value = -1000;
	files.changed(0);
	assert_int_equal(s->value, -254);
	assert_int_equal(seen.changes, 1);
	/* The same within the limits. */
	files.value = INT_MIN;
	files.changed(0);
	assert_int_equal(seen.changes, 1);
	files.value = INT_MAX;
	files.changed(0);
	assert_int_equal(s->value, 254);
	files.value = 0;
	files.changed(0);
	assert_true(s->up);
	assert_int_equal(seen.changes, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_script_first_result_decides),
		TEST(test_script_first_failure_decides),
		TEST(test_script_rise_and_fall),
		TEST(test_script_killed_by_signal),
		TEST(test_script_init_fail),
		TEST(test_script_schedule_has_no_drift),
		TEST(test_script_late),
		TEST(test_script_timeout),
		TEST(test_script_timeout_counts_once),
		TEST(test_script_never_twice_at_once),
		TEST(test_script_skipped_while_timed_out),
		TEST(test_script_unkillable),
		TEST(test_script_that_cant_start_changes_nothing),
		TEST(test_script_unsafe_has_no_effect),
		TEST(test_script_unused_is_not_run),
		TEST(test_scripts_are_spread),
		TEST(test_scripts_spread_stays_short),
		TEST(test_reload_keeps_state_and_schedule),
		TEST(test_reload_keeps_running_script),
		TEST(test_reload_with_other_command),
		TEST(test_reload_with_other_interval),
		TEST(test_reload_converts_counts),
		TEST(test_reload_with_less_to_rise),
		TEST(test_reload_new_script_is_neutral),
		TEST(test_reload_removes_script),
		TEST(test_two_scripts_of_one_name),
		TEST(test_process_quorum),
		TEST(test_process_none_allowed),
		TEST(test_process_delays),
		TEST(test_process_unused_is_not_counted),
		TEST(test_process_reload),
		TEST(test_file_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
