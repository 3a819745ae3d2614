/* links: fifo.c loop.c vrrp.c addr.c */
/* SPDX-License-Identifier: MIT */
/* FIFOs in a directory of the test's own; log and script runner are stand-ins that keep what they were told. */
#include "fifo.h"

#include "log.h"
#include "text.h"
#include "loop.h"
#include "notify.h"
#include "process.h"
#include "router.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[] = "/tmp/test_fifo.XXXXXX";
static char paths[3][64], other[64];
static struct config conf, kept[2]; /* what the next apply() takes; the former one lives on */
static unsigned current;
static char logged[16384];
static char spawned[1024];
static unsigned spawns;
static bool deaf;        /* scripts ignore TERM */
static bool short_lived; /* scripts end at once, with 3 */
static bool nobody;      /* there is no such user */
static uid_t owner;
static pid_t last_pid;

void log_write(int priority_source, const char *format, ...)
{
	size_t len = strlen(logged);
	va_list ap;

	(void)priority_source;
	va_start(ap, format);
	text_vformat(logged + len, sizeof(logged) - len - 1, format, &ap);
	va_end(ap);
	strcat(logged, "\n");
}

static pid_t spawn(void)
{
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		loop_child_signals();
		if (short_lived)
			_exit(3);
		if (deaf)
			signal(SIGTERM, SIG_IGN);
		for (;;)
			pause();
	}
	setpgid(pid, pid);
	return pid;
}

int notify_spawn(const struct conf_script *s, const char *last, struct child *child)
{
	snprintf(spawned, sizeof(spawned), "%s %s", s->text, last);
	spawns++;
	last_pid = spawn();
	/* What it does first must have been done before it gets a signal. */
	usleep(50000);
	child->pid = last_pid;
	child_add(child);
	return 0;
}

void process_note_reader(unsigned slot, pid_t pid)
{
	assert_in_range(slot, 0, PROCESS_READERS - 1);
	(void)pid;
}

int notify_kill(pid_t pid, int signo)
{
	return kill(-pid, signo) ? -errno : 0;
}

bool notify_give(int fd, const char *user, const char *group)
{
	assert_true(!group || user);
	return !nobody && !fchown(fd, user ? owner : getuid(), getgid());
}

static int setup(void **state)
{
	unsigned i;

	(void)state;
	strcpy(strrchr(dir, '.'), ".XXXXXX");
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < 3; i++)
		snprintf(paths[i], sizeof(paths[i]), "%s/fifo%u", dir, i);
	snprintf(other, sizeof(other), "%s/other", dir);
	assert_int_equal(loop_open(), 0);
	conf = (struct config){ .global.umask = -1 };
	logged[0] = spawned[0] = '\0';
	spawns = 0;
	deaf = short_lived = nobody = false;
	last_pid = 0;
	return 0;
}

static int teardown(void **state)
{
	unsigned i;

	(void)state;
	fifo_close();
	loop_close();
	for (i = 0; i < 3; i++)
		unlink(paths[i]);
	unlink(other);
	return rmdir(dir);
}

static void apply(void)
{
	current = !current;
	kept[current] = conf;
	fifo_set_config(&kept[current].global);
}

static void all_three(void)
{
	conf.global.notify_fifo.path = paths[0];
	conf.global.vrrp_notify_fifo.path = paths[1];
	conf.global.lvs_notify_fifo.path = paths[2];
	apply();
}

static int reader(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/* All that is there, or "EOF". */
static const char *have(int fd)
{
	static char buf[131072];
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, buf + len, sizeof(buf) - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	return n == 0 && !len ? "EOF" : buf;
}

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode;
}

static struct vrrp_common common, common_deleted = { .notify.deleted_state = true };
static const struct vrrp_conf vi = { .name = "VI_1", .common = &common }, vi_deleted = { .name = "VI_2", .common = &common_deleted };
static const struct group_conf group = { .name = "G 1" };

static void every_line(void **state)
{
	static const struct router_event events[] = {
		{ .instance = &vi, .from = VRRP_INIT, .to = VRRP_BACKUP, .what = VRRP_BACKUP, .priority = 100 },
		{ .instance = &vi, .from = VRRP_BACKUP, .to = VRRP_MASTER, .what = VRRP_MASTER, .priority = 255 },
		{ .group = &group, .to = VRRP_MASTER, .what = VRRP_MASTER, .priority = 100 },
		{ .instance = &vi, .from = VRRP_MASTER, .to = VRRP_MASTER, .priority = 107, .what = VRRP_MASTER_PRIORITY },
		{ .instance = &vi, .from = VRRP_BACKUP, .to = VRRP_BACKUP, .priority = 1, .what = VRRP_BACKUP_PRIORITY },
		{ .instance = &vi, .from = VRRP_FAULT, .to = VRRP_FAULT, .priority = 2, .what = VRRP_BACKUP_PRIORITY },
		{ .instance = &vi, .from = VRRP_MASTER, .to = VRRP_MASTER, .priority = 200, .what = VRRP_LOWER_SEEN },
		{ .instance = &vi, .from = VRRP_MASTER, .to = VRRP_FAULT, .what = VRRP_FAULT, .priority = 100 },
		{ .group = &group, .to = VRRP_FAULT, .what = VRRP_FAULT },
		{ .instance = &vi, .from = VRRP_FAULT, .to = VRRP_INIT, .priority = 100, .what = VRRP_STOP },
		{ .group = &group, .to = VRRP_INIT, .what = VRRP_STOP },
		{ .instance = &vi, .from = VRRP_BACKUP, .to = VRRP_INIT, .priority = 100, .deleted = true, .what = VRRP_FAULT },
		{ .instance = &vi_deleted, .from = VRRP_BACKUP, .to = VRRP_INIT, .priority = 90, .deleted = true, .what = VRRP_DELETED },
	};
	static const char vrrp_lines[] = "INSTANCE \"VI_1\" BACKUP 100\nINSTANCE \"VI_1\" MASTER 255\nGROUP \"G 1\" MASTER 0\n"
					 "INSTANCE \"VI_1\" MASTER_PRIORITY 107\nINSTANCE \"VI_1\" BACKUP_PRIORITY 1\n"
					 "INSTANCE \"VI_1\" BACKUP_PRIORITY 2\nINSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 200\n"
					 "INSTANCE \"VI_1\" FAULT 100\nGROUP \"G 1\" FAULT 0\nINSTANCE \"VI_1\" STOP 100\n"
					 "GROUP \"G 1\" STOP 0\nINSTANCE \"VI_1\" FAULT 100\nINSTANCE \"VI_2\" DELETED 90\n";
	static const char lvs_lines[] = "RS [192.0.2.1]:tcp:80 [192.0.2.9]:tcp:80 DOWN\nVS [192.0.2.9]:tcp:80 DOWN\nVS [FWM 5] UP\n";
	char both[sizeof(vrrp_lines) + sizeof(lvs_lines)];
	int fds[3];
	size_t i;

	(void)state;
	all_three();
	for (i = 0; i < 3; i++)
		fds[i] = reader(paths[i]);
	for (i = 0; i < sizeof(events) / sizeof(*events); i++)
		fifo_router_event(&events[i]);
	fifo_server_event("[192.0.2.1]:tcp:80", "[192.0.2.9]:tcp:80", false);
	fifo_server_event(NULL, "[192.0.2.9]:tcp:80", false);
	fifo_server_event(NULL, "[FWM 5]", true);
	snprintf(both, sizeof(both), "%s%s", vrrp_lines, lvs_lines);
	assert_string_equal(have(fds[0]), both);
	assert_string_equal(have(fds[1]), vrrp_lines);
	assert_string_equal(have(fds[2]), lvs_lines);
	for (i = 0; i < 3; i++)
		close(fds[i]);
	assert_string_equal(logged, "");
}

static void long_names(void **state)
{
	char name[5000];
	struct vrrp_conf long_vi = { .name = name, .common = &common };
	struct router_event event = { .instance = &long_vi, .to = VRRP_MASTER, .what = VRRP_MASTER };
	const char *got;
	int fd;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	all_three();
	fd = reader(paths[0]);
	fifo_router_event(&event);
	got = have(fd);
	assert_true(strlen(got) > 1000 && strlen(got) < 1024);
	assert_ptr_equal(strchr(got, '\n'), got + strlen(got) - 1);
	close(fd);
}

static void made_and_removed(void **state)
{
	struct stat st;

	(void)state;
	owner = getuid() ? getuid() : 12345;
	assert_int_equal(mkfifo(paths[1], 0640), 0);
	chmod(paths[1], 0640);
	conf.global.notify_fifo.user = "somebody";
	conf.global.vrrp_notify_fifo.user = "somebody";
	umask(0777);
	all_three();
	umask(022);
	assert_int_equal(mode_of(paths[0]), S_IFIFO | 0600);
	assert_int_equal(mode_of(paths[1]), S_IFIFO | 0640);
	stat(paths[0], &st);
	assert_int_equal(st.st_uid, owner);
	stat(paths[1], &st);
	assert_int_equal(st.st_uid, getuid());
	stat(paths[2], &st);
	assert_int_equal(st.st_uid, getuid());
	assert_string_equal(logged, "");
	fifo_stop();
	assert_false(exists(paths[0]));
	assert_true(exists(paths[1]));
	assert_false(exists(paths[2]));
	fifo_stop();
	fifo_server_event(NULL, "[192.0.2.9]:tcp:80", true);
	/* umask in the configuration */
	conf.global.umask = 022;
	all_three();
	assert_int_equal(mode_of(paths[0]), S_IFIFO | 0644);
	nobody = true;
	fifo_stop();
	all_three();
	assert_true(exists(paths[0]));
	assert_non_null(strstr(logged, "its owner can't be set"));
}

static void lines_in(const char *text, unsigned first, unsigned count)
{
	char expected[64];
	unsigned i;

	for (i = 0; i < count; i++) {
		snprintf(expected, sizeof(expected), "INSTANCE \"%06u\" MASTER 0\n", first + i);
		if (strncmp(text, expected, strlen(expected)))
			fail_msg("line %u is not %.40s", i, text);
		text += strlen(expected);
	}
	assert_string_equal(text, "");
}

static void write_numbered(unsigned from, unsigned to)
{
	char name[16];
	struct vrrp_conf numbered = { .name = name, .common = &common };
	struct router_event event = { .instance = &numbered, .to = VRRP_MASTER, .what = VRRP_MASTER };

	for (; from < to; from++) {
		snprintf(name, sizeof(name), "%06u", from);
		fifo_router_event(&event);
	}
}

#define LINE_LEN 27
#define PIPE_LINES 2000u /* fewer than a pipe holds */

static unsigned count_lines(const char *text)
{
	unsigned n = 0;

	for (; (text = strchr(text, '\n')); text++)
		n++;
	return n;
}

static void late_reader(void **state)
{
	int fd;

	(void)state;
	all_three();
	write_numbered(0, PIPE_LINES);
	fd = reader(paths[1]);
	lines_in(have(fd), 0, PIPE_LINES);
	close(fd);
	assert_string_equal(logged, "");
}

/* The pipe fills, the backlog fills: nothing blocks, and what is lost lies between the two. */
static void absent_reader(void **state)
{
	static char first[131072];
	const unsigned written = 10000;
	unsigned in_pipe, in_backlog, dropped = 0;
	const char *told;
	int fd;

	(void)state;
	all_three();
	alarm(20);
	write_numbered(0, written);
	loop_turn(0);
	fd = reader(paths[1]);
	strcpy(first, have(fd));
	in_pipe = count_lines(first);
	lines_in(first, 0, in_pipe);
	assert_in_range(in_pipe, PIPE_LINES, 65536 / LINE_LEN);
	loop_turn(US_PER_S);
	strcpy(first, have(fd));
	in_backlog = count_lines(first);
	lines_in(first, written - in_backlog, in_backlog);
	assert_in_range(in_backlog, 500, 16384 / LINE_LEN);
	told = strstr(logged, "vrrp notify fifo");
	assert_non_null(told);
	assert_non_null(strstr(told, "the oldest lines are dropped"));
	assert_null(strstr(strchr(told, '\n') + 1, "vrrp notify fifo /tmp/test_fifo: nobody"));
	told = strstr(strchr(told, '\n'), "vrrp notify fifo");
	assert_non_null(told);
	told = strstr(told, ": ");
	assert_int_equal(sscanf(told, ": %u lines were dropped", &dropped), 1);
	assert_int_equal(dropped, written - in_pipe - in_backlog);
	/* All is well again. */
	write_numbered(0, 3);
	lines_in(have(fd), 0, 3);
	alarm(0);
	close(fd);
}

static void slow_reader(void **state)
{
	static char all[262144];
	char buf[5000];
	size_t len = 0;
	ssize_t n;
	int fd, i;

	(void)state;
	all_three();
	fd = reader(paths[1]);
	write_numbered(0, 2900);
	for (i = 0; i < 1000; i++) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0)
			break;
		memcpy(all + len, buf, (size_t)n);
		len += (size_t)n;
		/* There is room in the pipe now, but others were first. */
		if (i == 0)
			write_numbered(2900, 3000);
		loop_turn(1000);
	}
	all[len] = '\0';
	lines_in(all, 0, 3000);
	assert_null(strstr(logged, "vrrp notify fifo"));
	close(fd);
}

/* Without lines in hand poll must not wake: a reader that comes and goes costs nothing. */
static void quiet_when_idle(void **state)
{
	uint64_t start;
	int fd;

	(void)state;
	all_three();
	fd = reader(paths[0]);
	write_numbered(0, 1);
	close(fd);
	start = loop_refresh_now();
	loop_turn(100000);
	assert_true(loop_refresh_now() - start >= 100000);
}

static void not_a_fifo(void **state)
{
	char link[64];
	int fd;

	(void)state;
	snprintf(link, sizeof(link), "%s/link", dir);
	close(open(paths[0], O_CREAT | O_WRONLY, 0600));
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(symlink(other, link), 0);
	conf.global.notify_fifo.path = paths[0];
	conf.global.vrrp_notify_fifo.path = link;
	conf.global.lvs_notify_fifo.path = "/nowhere/fifo";
	apply();
	assert_non_null(strstr(logged, "notify fifo /tmp/"));
	assert_non_null(strstr(logged, "vrrp notify fifo /tmp/"));
	assert_non_null(strstr(logged, "lvs notify fifo /nowhere/fifo"));
	write_numbered(0, 3);
	fd = open(paths[0], O_RDONLY);
	assert_string_equal(have(fd), "EOF");
	close(fd);
	fifo_stop();
	assert_true(S_ISREG(mode_of(paths[0])));
	assert_true(S_ISLNK(mode_of(link)));
	unlink(link);
}

static void shared_path(void **state)
{
	int fd;

	(void)state;
	conf.global.vrrp_notify_fifo.path = paths[1];
	conf.global.lvs_notify_fifo.path = paths[1];
	apply();
	assert_string_equal(logged, "");
	fd = reader(paths[1]);
	write_numbered(7, 8);
	fifo_server_event(NULL, "V", true);
	assert_string_equal(have(fd), "INSTANCE \"000007\" MASTER 0\nVS V UP\n");
	close(fd);
}

static void reload(void **state)
{
	int fds[3];
	unsigned i;

	(void)state;
	all_three();
	for (i = 0; i < 3; i++)
		fds[i] = reader(paths[i]);
	write_numbered(0, 1);
	/* The first stays, the second is taken away by somebody, the third leaves the configuration. */
	unlink(paths[1]);
	conf.global.lvs_notify_fifo.path = NULL;
	apply();
	write_numbered(1, 2);
	lines_in(have(fds[0]), 0, 2);
	lines_in(have(fds[1]), 0, 1);
	assert_string_equal(have(fds[1]), "EOF");
	assert_string_equal(have(fds[2]), "EOF");
	assert_false(exists(paths[2]));
	close(fds[1]);
	fds[1] = reader(paths[1]);
	lines_in(have(fds[1]), 1, 1);
	conf.global.notify_fifo.path = other;
	apply();
	assert_string_equal(have(fds[0]), "EOF");
	assert_false(exists(paths[0]));
	assert_true(exists(other));
	for (i = 0; i < 3; i++)
		close(fds[i]);
	assert_string_equal(logged, "");
}

static void run_for(uint64_t us)
{
	uint64_t end = loop_refresh_now() + us;

	while (loop_now() < end)
		loop_turn(end - loop_now());
}

static void script_ends(void **state)
{
	struct conf_script script = { .text = "/bin/reader -x" };

	(void)state;
	short_lived = true;
	conf.global.vrrp_notify_fifo.script = &script;
	all_three();
	assert_int_equal(spawns, 1);
	assert_non_null(strstr(spawned, "/bin/reader -x /tmp/test_fifo."));
	assert_non_null(strstr(spawned, "/fifo1"));
	run_for(200000);
	assert_string_equal(logged, "vrrp notify fifo script terminated, exit status 3\n");
	assert_false(fifo_busy());
	assert_int_equal(spawns, 1);
	/* A reload brings it back. */
	short_lived = false;
	apply();
	assert_int_equal(spawns, 2);
}

static void script_at_reload(void **state)
{
	struct conf_script script = { .text = "reader" }, changed = { .text = "successor" };
	pid_t before;
	int fd;

	(void)state;
	conf.global.notify_fifo.script = &script;
	all_three();
	before = last_pid;
	write_numbered(0, 1);
	conf.global.notify_fifo.script = &changed;
	apply();
	/* Not two at once. */
	assert_int_equal(spawns, 1);
	run_for(200000);
	assert_int_equal(spawns, 2);
	assert_int_equal(kill(before, 0), -1);
	assert_non_null(strstr(spawned, "successor"));
	fd = reader(paths[0]);
	lines_in(have(fd), 0, 1);
	close(fd);
	/* Gone from the configuration: ended, nothing in its place. */
	conf.global.notify_fifo.script = NULL;
	apply();
	run_for(200000);
	assert_int_equal(spawns, 2);
	assert_int_equal(kill(last_pid, 0), -1);
	assert_string_equal(logged, "");
}

static void deaf_script(void **state)
{
	struct conf_script script = { .text = "reader" };
	pid_t before;

	(void)state;
	deaf = true;
	conf.global.notify_fifo.script = &script;
	all_three();
	before = last_pid;
	deaf = false;
	apply();
	run_for(4500000);
	assert_int_equal(spawns, 1);
	assert_int_equal(kill(before, 0), 0);
	run_for(1000000);
	assert_int_equal(spawns, 2);
	assert_int_equal(kill(before, 0), -1);
}

static void script_at_the_end(void **state)
{
	struct conf_script script = { .text = "reader" };
	int i;

	(void)state;
	conf.global.notify_fifo.script = &script;
	all_three();
	fifo_stop();
	run_for(100000);
	/* It is left to read the rest. */
	assert_true(fifo_busy());
	assert_int_equal(kill(last_pid, 0), 0);
	fifo_close();
	for (i = 0; i < 50 && !kill(last_pid, 0); i++)
		run_for(20000);
	assert_int_equal(kill(last_pid, 0), -1);
	assert_string_equal(logged, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_line, setup, teardown),
		cmocka_unit_test_setup_teardown(long_names, setup, teardown),
		cmocka_unit_test_setup_teardown(made_and_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(late_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(absent_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(slow_reader, setup, teardown),
		cmocka_unit_test_setup_teardown(quiet_when_idle, setup, teardown),
		cmocka_unit_test_setup_teardown(not_a_fifo, setup, teardown),
		cmocka_unit_test_setup_teardown(shared_path, setup, teardown),
		cmocka_unit_test_setup_teardown(reload, setup, teardown),
		cmocka_unit_test_setup_teardown(script_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(script_at_reload, setup, teardown),
		cmocka_unit_test_setup_teardown(deaf_script, setup, teardown),
		cmocka_unit_test_setup_teardown(script_at_the_end, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
