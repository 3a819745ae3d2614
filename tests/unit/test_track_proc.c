/* links: track_proc.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Real processes, each test once with the kernel's events where it has them, and once in a network namespace, where it has none. */
#include "track_proc.h"

#include "log.h"
#include "text.h"
#include "tests/unit/fake_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define S US_PER_S
#define PATIENCE_S 20

static char dir[] = "/tmp/test_track_proc.XXXXXX";
static char name[16], path[64];
static struct track_process_conf conf[3];
static struct conf_list list;
static unsigned changes;
static enum proc_cause last_cause;
static pid_t children[100];
static unsigned child_count;
static bool in_namespace, said_polling;

void log_write(int priority_source, const char *format, ...)
{
	char text[512];
	va_list args;

	(void)priority_source;
	va_start(args, format);
	text_vformat(text, sizeof(text), format, &args); /* formats are packed */
	va_end(args);
	said_polling |= strstr(text, "/proc is read") != NULL;
}

static void changed(unsigned index, enum proc_cause cause)
{
	assert_true(index < 3);
	changes++;
	last_cause = cause;
}

/* Whether this kernel sends us events, found out in another way than the module's. */
static bool kernel_sends_events(void)
{
	struct {
		struct nlmsghdr nl;
		char rest[sizeof(struct cn_msg) + sizeof(enum proc_cn_mcast_op)];
	} request = { .nl = { .nlmsg_len = sizeof(request), .nlmsg_type = NLMSG_DONE } };
	struct cn_msg cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .len = sizeof(enum proc_cn_mcast_op) };
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_CONNECTOR), got = 0;
	enum proc_cn_mcast_op op = PROC_CN_MCAST_LISTEN;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	pid_t pid;

	memcpy(request.rest, &cn, sizeof(cn));
	memcpy(request.rest + sizeof(cn), &op, sizeof(op));
	if (fd >= 0 && !bind(fd, (struct sockaddr *)(void *)&sa, sizeof(sa)) && send(fd, &request, sizeof(request), 0) > 0) {
		pid = fork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
		got = poll(&p, 1, 1000);
	}
	close(fd);
	return got > 0;
}

static int group_setup(void **state)
{
	char command[300];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(name, sizeof(name), "tp%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(command, sizeof(command), "cp /bin/sleep %s && cp /bin/sleep %s-long-name-of-many && cp /bin/sh %ssh", path, path, path);
	return system(command);
}

static int group_teardown(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int namespace_setup(void **state)
{
	in_namespace = true;
	return geteuid() || unshare(CLONE_NEWNET) ? -1 : group_setup(state);
}

static int setup(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 3; i++) {
		conf[i] = (struct track_process_conf){ .name = "t", .process = name, .index = i };
		conf[i].node.next = i < 2 ? &conf[i + 1].node : NULL;
	}
	list = (struct conf_list){ &conf[0].node, &conf[2].node, 3 };
	conf[0].tracked = 1;
	changes = child_count = 0;
	said_polling = false;
	return loop_open();
}

static void end_child(unsigned i)
{
	if (children[i] > 0) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	children[i] = 0;
}

static int teardown(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < child_count; i++)
		end_child(i);
	track_proc_close();
	assert_int_equal(fake_timers(), 0);
	loop_close();
	return 0;
}

/* Runs our copy of sleep under this path and returns when it is that program. */
static unsigned start(const char *program, const char *const *args)
{
	int pipes[2];
	pid_t pid;
	char byte;

	assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(program, (char *const *)(uintptr_t)args);
		_exit(127);
	}
	close(pipes[1]);
	assert_int_equal(read(pipes[0], &byte, 1), 0);
	close(pipes[0]);
	children[child_count] = pid;
	return child_count++;
}

static unsigned start_sleep(void)
{
	const char *const args[] = { path, "60", NULL };

	return start(path, args);
}

/* Waits until the count is this, with what the kernel tells and with time that passes. */
static void wait_for(unsigned index, unsigned count)
{
	time_t end = time(NULL) + PATIENCE_S;

	while (track_proc_count(index) != count && time(NULL) < end) {
		fake_poll(10);
		fake_advance(S / 10);
	}
	assert_int_equal(track_proc_count(index), count);
}

/* What has been told so far; others' processes may make it endless. */
static void settle(void)
{
	int i;

	for (i = 0; i < 20 && fake_poll(10); i++)
		;
}

static void stays(unsigned index, unsigned count)
{
	int i;

	for (i = 0; i < 5; i++) {
		settle();
		fake_advance(S);
		assert_int_equal(track_proc_count(index), count);
	}
}

static void count_now(void)
{
	track_proc_set(&list, changed);
}

static void test_source(void **state)
{
	bool events;

	(void)state;
	events = kernel_sends_events();
	assert_false(events && in_namespace);
	count_now();
	settle();
	fake_advance(10 * S);
	assert_true(said_polling == !events);
	start_sleep();
	if (events) {
		/* No time passes, no timer runs. */
		assert_int_equal(fake_timers(), 0);
		while (!track_proc_count(0))
			assert_true(fake_poll(PATIENCE_S * 1000));
		assert_int_equal(last_cause, PROC_EXEC);
	} else {
		stays(0, 1);
		assert_int_equal(last_cause, PROC_FORK);
	}
}

static void test_counts_what_runs_already(void **state)
{
	(void)state;
	start_sleep();
	start_sleep();
	count_now();
	assert_int_equal(track_proc_count(0), 2);
	assert_int_equal(track_proc_count(1), 0);
	assert_int_equal(track_proc_count(7), 0);
	assert_int_equal(changes, 0);
}

static void test_start_and_end(void **state)
{
	unsigned a, b;

	(void)state;
	count_now();
	a = start_sleep();
	wait_for(0, 1);
	b = start_sleep();
	wait_for(0, 2);
	assert_int_equal(changes, 2);
	end_child(a);
	wait_for(0, 1);
	assert_int_equal(last_cause, PROC_EXIT);
	end_child(b);
	wait_for(0, 0);
	assert_int_equal(changes, 4);
	stays(0, 0);
}

static void test_zombie_does_not_run(void **state)
{
	unsigned a;

	(void)state;
	a = start_sleep();
	count_now();
	kill(children[a], SIGKILL);
	wait_for(0, 0);
	count_now();
	assert_int_equal(track_proc_count(0), 0);
}

static void test_many(void **state)
{
	unsigned i;

	(void)state;
	count_now();
	for (i = 0; i < 70; i++)
		start_sleep();
	wait_for(0, 70);
	for (i = 0; i < 70; i += 2)
		end_child(i);
	wait_for(0, 35);
}

static void test_other_program_in_same_process(void **state)
{
	char shell[80], line[200];
	const char *const args[] = { shell, "-c", line, NULL };

	(void)state;
	snprintf(shell, sizeof(shell), "%ssh", path);
	snprintf(line, sizeof(line), "read x < /dev/null; sleep 0.2; exec %s 60", path);
	count_now();
	start(shell, args);
	assert_int_equal(track_proc_count(0), 0);
	wait_for(0, 1);
	end_child(0);
	wait_for(0, 0);
}

static void test_name_changes(void **state)
{
	pid_t pid;

	(void)state;
	count_now();
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, name);
		usleep(300000);
		prctl(PR_SET_NAME, "other");
		for (;;)
			pause();
	}
	children[child_count++] = pid;
	wait_for(0, 1);
	wait_for(0, 0);
	stays(0, 0);
}

/* A process that forks counts twice; a child that becomes something else does not. */
static void test_children(void **state)
{
	char shell[80], shell_name[20], line[200];
	const char *const args[] = { shell, "-c", line, NULL };
	unsigned long_s = 1000000 + (unsigned)getpid(); /* by which these are known from others' */

	(void)state;
	snprintf(shell, sizeof(shell), "%ssh", path);
	snprintf(shell_name, sizeof(shell_name), "%ssh", name);
	snprintf(line, sizeof(line), "(sleep %u; :) & sleep %u; :", long_s, long_s);
	conf[0].process = shell_name;
	count_now();
	start(shell, args);
	/* What a shell starts has its name for a moment. */
	snprintf(line, sizeof(line), "n=0; while [ $(pgrep -f '^sleep %u$' | wc -l) != 2 ]; do [ $((n += 1)) -lt %u ] || exit 1; sleep 1; done", long_s, PATIENCE_S);
	assert_int_equal(system(line), 0);
	wait_for(0, 2);
	stays(0, 2);
	kill(children[0], SIGKILL);
	wait_for(0, 1);
	snprintf(line, sizeof(line), "pkill -9 -x %s; pkill -9 -f '^sleep %u$'", shell_name, long_s);
	assert_int_equal(system(line), 0);
	wait_for(0, 0);
}

/* Another run of the same program in one process, as daemons do to upgrade themselves, is one process. */
static void test_same_program_again(void **state)
{
	char shell[80], shell_name[20], line[300], fifo[80];
	const char *const args[] = { shell, "-c", line, NULL };

	(void)state;
	snprintf(shell, sizeof(shell), "%ssh", path);
	snprintf(shell_name, sizeof(shell_name), "%ssh", name);
	snprintf(line, sizeof(line), "sleep 0.2; exec %s -c 'exec %s -c \"read x < %s/fifo\"'", shell, shell, dir);
	conf[0].process = shell_name;
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	count_now();
	start(shell, args);
	wait_for(0, 1);
	usleep(400000);
	settle();
	stays(0, 1);
	end_child(0);
	wait_for(0, 0);
}

static void test_name_is_whole(void **state)
{
	char less[17], more[17];

	(void)state;
	snprintf(less, sizeof(less), "%.*s", (int)strlen(name) - 1, name);
	snprintf(more, sizeof(more), "%s0", name);
	conf[1].process = less;
	conf[2].process = more;
	conf[1].tracked = 1;
	conf[2].tracked = 1;
	start_sleep();
	count_now();
	assert_int_equal(track_proc_count(0), 1);
	assert_int_equal(track_proc_count(1), 0);
	assert_int_equal(track_proc_count(2), 0);
}

/* The kernel keeps 15 characters of a name. */
static void test_long_name(void **state)
{
	char program[100];
	const char *const args[] = { program, "60", NULL };

	(void)state;
	snprintf(program, sizeof(program), "%s-long-name-of-many", path);
	conf[0].process = strrchr(program, '/') + 1;
	assert_true(strlen(conf[0].process) > 15);
	start(program, args);
	count_now();
	assert_int_equal(track_proc_count(0), 1);
	end_child(0);
	wait_for(0, 0);
	start(program, args);
	wait_for(0, 1);
}

static void test_command_line(void **state)
{
	static const struct {
		const char *params;
		unsigned len;
		int match;
		bool full, yes;
	} rows[] = {
		{ NULL, 0, PARAM_NONE, true, true },
		{ NULL, 0, PARAM_EXACT, true, false },
		{ NULL, 0, PARAM_PARTIAL, true, true },
		{ NULL, 0, PARAM_INITIAL, true, true },
		{ "60\0001.5", 6, PARAM_EXACT, false, true },
		{ "60\0001.5", 7, PARAM_EXACT, false, true },
		{ "60\0001.", 5, PARAM_EXACT, false, false },
		{ "60\0001.5\0002", 8, PARAM_EXACT, false, false },
		{ "60", 2, PARAM_EXACT, false, false },
		{ "60", 2, PARAM_PARTIAL, false, true },
		{ "60", 3, PARAM_PARTIAL, false, true },
		{ "6", 1, PARAM_PARTIAL, false, false },
		{ "60\0001", 4, PARAM_PARTIAL, false, false },
		{ "60\0001", 4, PARAM_INITIAL, false, true },
		{ "60\0001", 5, PARAM_INITIAL, false, true },
		{ "6", 1, PARAM_INITIAL, false, true },
		{ "60\0002", 4, PARAM_INITIAL, false, false },
		{ "60\0001.5\0002", 8, PARAM_PARTIAL, false, false },
		{ "60\0001.5\0002", 8, PARAM_INITIAL, false, false },
	};
	const char *const args[] = { path, "60", "1.5", NULL };
	unsigned i;

	(void)state;
	start(path, args);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		conf[0].process = path;
		conf[0].params = rows[i].params;
		conf[0].params_len = rows[i].len;
		conf[0].param_match = rows[i].match;
		conf[0].full_command = rows[i].full;
		count_now();
		if (track_proc_count(0) != rows[i].yes)
			fail_msg("row %u", i);
	}
	/* By its name alone it is not found so. */
	conf[0].process = name;
	conf[0].params = NULL;
	conf[0].param_match = PARAM_NONE;
	conf[0].full_command = true;
	count_now();
	assert_int_equal(track_proc_count(0), 0);
}

static void test_command_line_later(void **state)
{
	const char *const args[] = { path, "60", NULL }, *const others[] = { path, "61", NULL };

	(void)state;
	conf[0].process = path;
	conf[0].params = "60";
	conf[0].params_len = 2;
	conf[0].param_match = PARAM_EXACT;
	conf[1].tracked = 1;
	count_now();
	start(path, others);
	wait_for(1, 1);
	stays(0, 0);
	start(path, args);
	wait_for(0, 1);
	wait_for(1, 2);
	end_child(1);
	wait_for(0, 0);
	wait_for(1, 1);
}

static void test_nothing_to_count(void **state)
{
	static const struct conf_list none;

	(void)state;
	start_sleep();
	count_now();
	conf[0].tracked = 0;
	count_now();
	assert_int_equal(track_proc_count(0), 0);
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_poll(0), 0);
	track_proc_set(&none, changed);
	assert_int_equal(track_proc_count(0), 0);
}

/* More events than the socket holds: it counts anew. */
static void storm(void)
{
	unsigned i;
	pid_t pid;

	start_sleep();
	for (i = 0; i < (in_namespace ? 10 : 2000); i++) {
		pid = vfork();
		if (!pid)
			_exit(0);
		waitpid(pid, NULL, 0);
	}
	end_child(0);
	start_sleep();
	start_sleep();
	wait_for(0, 2);
	stays(0, 2);
}

static void test_lost_events(void **state)
{
	(void)state;
	count_now();
	settle();
	storm();
}

/* Before the kernel's answer is read. */
static void test_lost_events_at_first(void **state)
{
	(void)state;
	count_now();
	storm();
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_source),
		TEST(test_counts_what_runs_already),
		TEST(test_start_and_end),
		TEST(test_zombie_does_not_run),
		TEST(test_many),
		TEST(test_other_program_in_same_process),
		TEST(test_name_changes),
		TEST(test_children),
		TEST(test_same_program_again),
		TEST(test_name_is_whole),
		TEST(test_long_name),
		TEST(test_command_line),
		TEST(test_command_line_later),
		TEST(test_nothing_to_count),
		TEST(test_lost_events),
		TEST(test_lost_events_at_first),
	};
	int failed = cmocka_run_group_tests_name("first namespace", tests, group_setup, group_teardown);

	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	return failed + cmocka_run_group_tests_name("other namespace", tests, namespace_setup, group_teardown);
}
