/* links: notify.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Real processes, run by root in a mount namespace with accounts of our own; time is played. */
#include "notify.h"

#include "log.h"
#include "text.h"
#include "tests/unit/fake_loop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define S US_PER_S
#define ALICE 1234
#define CREW 777

static const char passwd[] =
	"broken\n"
	"::0:0::/:\n"
	"root:x:0:0:root:/root:/bin/sh\n"
	"halfway:x:12\n"
	"alice:x:1234:2345:Alice,,,:/home/alice:/bin/sh\n"
	"negative:x:-1:5::/:\n"
	"huge:x:4294967295:5::/:\n"
	"4321:x:99:98::/:\n"
	"last:x:55:56::/:/bin/sh";
static const char group[] =
	"root:x:0:\n"
	"crew:x:777:bob,alice\n"
	"other:x:778:bob,alicex,xalice\n"
	"more:x:779:alice\n"
	"own:x:2345:alice\n";

static char dir[] = "/tmp/test_notify.XXXXXX";
static char out[64];
static struct config config;
static char logged[4096], told[1024];

void log_write(int priority_source, const char *format, ...)
{
	size_t len = strlen(logged);
	va_list args;

	(void)priority_source;
	va_start(args, format);
	text_vformat(logged + len, sizeof(logged) - len, format, &args);
	va_end(args);
}

bool log_allow(struct log_limit *l, uint64_t now_us, unsigned *held)
{
	(void)l;
	(void)now_us;
	*held = 0;
	return true;
}

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void put_over(const char *path, const char *name, const char *text)
{
	char mine[80];

	snprintf(mine, sizeof(mine), "%s/%s", dir, name);
	put(mine, text, 0644);
	assert_int_equal(mount(mine, path, NULL, MS_BIND, NULL), 0);
}

static int group_setup(void **state)
{
	(void)state;
	if (geteuid() || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || !mkdtemp(dir))
		return -1;
	chmod(dir, 0755);
	snprintf(out, sizeof(out), "%s/out", dir);
	put_over("/etc/passwd", "passwd", passwd);
	put_over("/etc/group", "group", group);
	/* Orphans come to us, so that their end can be seen (qemu-user does not know this). */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	return 0;
}

static int group_teardown(void **state)
{
	char command[100];

	(void)state;
	umount("/etc/passwd");
	umount("/etc/group");
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static int setup(void **state)
{
	(void)state;
	memset(&config, 0, sizeof(config));
	*logged = *told = '\0';
	unlink(out);
	if (chdir(dir))
		return -1;
	setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
	if (loop_open())
		return -1;
	notify_set_config(&config);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_false(notify_pending());
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_children(), 0);
	loop_close();
	return 0;
}

static struct conf_script words(char *const *argv)
{
	return (struct conf_script){ .text = argv[0], .argv = argv };
}

/* A line for the shell, with what it prints going to the file. */
static struct conf_script shell(const char *line)
{
	static char command[8][512], *argv[8][4];
	static char sh[] = "/bin/sh", dash_c[] = "-c";
	static unsigned turn;
	unsigned i = turn++ % 8;

	snprintf(command[i], sizeof(command[i]), "{ %s\n} >> %s 2>&1", line, out);
	argv[i][0] = sh;
	argv[i][1] = dash_c;
	argv[i][2] = command[i];
	return (struct conf_script){ .text = line, .argv = argv[i] };
}

/* What was written to the file. */
static const char *output(void)
{
	static char text[4096];
	int fd = open(out, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[got > 0 ? got : 0] = '\0';
	return text;
}

static int run(const struct conf_script *s, const char *last)
{
	struct child child = { 0 };
	int status;

	assert_int_equal(notify_spawn(s, last, &child), 0);
	child_remove(&child);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	return status;
}

static const char *run_line(const char *line)
{
	struct conf_script s = shell(line);

	unlink(out);
	run(&s, NULL);
	return output();
}

static void test_status(void **state)
{
	struct conf_script s = shell("exit 3");

	(void)state;
	assert_int_equal(run(&s, NULL), 3 << 8);
	s = shell("kill -9 $$");
	assert_int_equal(run(&s, NULL), SIGKILL);
}

static void test_arguments(void **state)
{
	static char sh[] = "/bin/sh", dash_c[] = "-c", name[] = "name", first[] = "a  b'c", line[120];
	char *argv[] = { sh, dash_c, line, name, first, NULL };
	const char *const extra[] = { "INSTANCE", "VI 1", "MASTER", "100", NULL };
	struct conf_script s = words(argv);
	struct notify_queue *owner = NULL;

	(void)state;
	snprintf(line, sizeof(line), "printf '[%%s]' \"$@\" > %s", out);
	assert_int_equal(run(&s, "last one"), 0);
	assert_string_equal(output(), "[a  b'c][last one]");
	notify_queue_run(&owner, "VI_1", &s, extra, 1);
	while (notify_queue_busy(owner))
		assert_true(fake_reap(5000));
	notify_queue_free(owner);
	assert_string_equal(output(), "[a  b'c][INSTANCE][VI 1][MASTER][100]");
}

static void test_environment(void **state)
{
	(void)state;
	setenv("PATH", "/odd:/bin:/usr/bin", 1);
	setenv("NOTIFY_TEST", "there", 1);
	assert_string_equal(run_line("echo $PATH $NOTIFY_TEST"), "/odd:/bin:/usr/bin there\n");
}

static void test_descriptors(void **state)
{
	static char sh[] = "/bin/sh", dash_c[] = "-c", line[200];
	char *argv[] = { sh, dash_c, line, NULL };
	struct conf_script s = words(argv);
	int fd;

	(void)state;
	fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 40);
	snprintf(line, sizeof(line), "all=$(for f in 0 1 2 %d; do readlink /proc/$$/fd/$f; done); echo \"$all\" > %s", fd, out);
	run(&s, NULL);
	close(fd);
	assert_string_equal(output(), "/dev/null\n/dev/null\n/dev/null\n");
}

static void test_group_of_processes(void **state)
{
	struct conf_script s = shell("sleep 60 & sleep 60");
	struct child child = { 0 };
	unsigned ended = 0;
	pid_t pid;

	(void)state;
	assert_int_equal(notify_spawn(&s, NULL, &child), 0);
	child_remove(&child);
	pid = child.pid;
	assert_true(pid > 0);
	assert_int_equal(getpgid(pid), pid);
	assert_true(getpgid(0) != pid);
	assert_int_equal(notify_kill(pid, SIGKILL), 0);
	while (fake_reap(100))
		ended++;
	assert_true(ended);
	assert_int_equal(notify_kill(pid, SIGKILL), -ESRCH);
}

static void test_dies_with_us(void **state)
{
	struct conf_script s = shell("exec sleep 60");
	pid_t pid, script;
	int pipes[2], status = SIGTERM, i;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		struct child child = { 0 };

		if (notify_spawn(&s, NULL, &child))
			_exit(1);
		script = child.pid;
		/* It must have come as far as asking for the signal. */
		usleep(300000);
		_exit(write(pipes[1], &script, sizeof(script)) != sizeof(script));
	}
	assert_int_equal(read(pipes[0], &script, sizeof(script)), sizeof(script));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	status = SIGTERM;
	for (i = 0; i < 500 && waitpid(script, &status, WNOHANG) != script && !kill(script, 0); i++)
		usleep(10000);
	assert_true(i < 500);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	close(pipes[0]);
	close(pipes[1]);
}

static void test_without_interpreter_line(void **state)
{
	char *argv[] = { (char[]){ "./plain" }, (char[]){ "one two" }, NULL };
	struct conf_script s = words(argv);
	char text[200];

	(void)state;
	snprintf(text, sizeof(text), "echo \"$#:$1:$2\" > %s\nexit 4\n", out);
	put("plain", text, 0755);
	assert_int_equal(run(&s, "three"), 4 << 8);
	assert_string_equal(output(), "2:one two:three\n");
}

static void test_redirection(void **state)
{
	char *argv[] = { (char[]){ "</etc/passwd" }, NULL };
	struct conf_script s = words(argv);

	(void)state;
	config.global.script_security = true;
	config.global.script_user = "root";
	assert_true(notify_check_script(&config, &s, NULL));
	assert_int_equal(run(&s, NULL), 0);
	argv[0] = (char[]){ "</nonexistent/file" };
	assert_true(WEXITSTATUS(run(&s, NULL)) > 0);
}

/* keepalived's way: what can't be executed is no failure of what it looks at. */
static void test_unusable_interpreter(void **state)
{
	char *argv[] = { (char[]){ "./odd" }, NULL };
	struct conf_script s = words(argv);

	(void)state;
	put("odd", "#!/nonexistent/interpreter\n", 0755);
	assert_int_equal(run(&s, NULL), 0);
}

static void tell(const char *text)
{
	assert_string_equal(told, "");
	snprintf(told, sizeof(told), "%s", text);
}

static bool check(const struct conf_script *s)
{
	*told = '\0';
	return notify_check_script(&config, s, tell);
}

static void test_path_search(void **state)
{
	char *argv[] = { (char[]){ "tool" }, NULL };
	struct conf_script s = words(argv);

	(void)state;
	mkdir("one", 0755);
	mkdir("two", 0755);
	mkdir("one/tool", 0755);
	setenv("PATH", "/nonexistent:one::two", 1);
	assert_false(check(&s));
	assert_string_equal(told, "script 'tool' not run: tool is not in PATH");
	assert_int_equal(notify_spawn(&s, NULL, NULL), -EACCES);
	assert_string_equal(logged, "script 'tool' not run: tool is not in PATH");
	put("two/tool", "#!/bin/sh\nexit 2\n", 0644);
	assert_false(check(&s));
	chmod("two/tool", 0755);
	assert_true(check(&s));
	assert_string_equal(told, "");
	assert_int_equal(run(&s, NULL), 2 << 8);
	put("tool", "#!/bin/sh\nexit 1\n", 0755);
	assert_int_equal(run(&s, NULL), 1 << 8);
	unlink("tool");
	argv[0] = (char[]){ "" };
	assert_false(check(&s));
	argv[0] = NULL;
	assert_false(check(&s));
}

static void test_users(void **state)
{
	static const struct {
		const char *user, *group, *id, *problem;
	} rows[] = {
		{ NULL, NULL, "0 0 0\n", NULL },
		{ "root", NULL, "0 0 0\n", NULL },
		{ "alice", NULL, "1234 2345 2345\n", NULL },
		{ "alice", "crew", "1234 777 777\n", NULL },
		{ "alice", "5000", "1234 5000 5000\n", NULL },
		{ "1234", NULL, "1234 2345 2345\n", NULL },
		{ "77777", NULL, "77777 77777 77777\n", NULL },
		{ "4321", NULL, "99 98 98\n", NULL },
		{ "last", NULL, "55 56 56\n", NULL },
		{ "nobodyhere", NULL, NULL, "there is no user nobodyhere" },
		{ "alice", "nocrew", NULL, "there is no group nocrew" },
		{ "halfway", NULL, NULL, "there is no user halfway" },
		{ "negative", NULL, NULL, "there is no user negative" },
		{ "huge", NULL, NULL, "there is no user huge" },
		{ "", NULL, NULL, "there is no user " },
		{ "-1", NULL, NULL, "there is no user -1" },
		{ "4294967295", NULL, NULL, "there is no user 4294967295" },
	};
	struct conf_script s;
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put(out, "", 0666);
		s = shell("echo $(id -u) $(id -g) $(id -G)");
		s.user = rows[i].user;
		s.group = rows[i].group;
		if (rows[i].problem) {
			assert_false(check(&s));
			assert_non_null(strstr(told, rows[i].problem));
			assert_int_equal(notify_spawn(&s, NULL, NULL), -EACCES);
			continue;
		}
		assert_true(check(&s));
		assert_string_equal(told, "");
		run(&s, NULL);
		assert_string_equal(output(), rows[i].id);
	}
}

static void test_default_users(void **state)
{
	struct conf_script s = shell("id -u; id -g");

	(void)state;
	config.global.script_user = "alice";
	config.global.script_group = "crew";
	put(out, "", 0666);
	run(&s, NULL);
	assert_string_equal(output(), "1234\n777\n");
	/* A user of its own does not get the other one's group. */
	s.user = "last";
	put(out, "", 0666);
	run(&s, NULL);
	assert_string_equal(output(), "55\n56\n");
	config.global.script_user = config.global.script_group = s.user = NULL;
	config.global.script_security = true;
	assert_false(check(&s));
	assert_non_null(strstr(told, "no user keepalived_script"));
	umount("/etc/passwd");
	put_over("/etc/passwd", "passwd2", "keepalived_script:x:66:67::/:/bin/false\n");
	put(out, "", 0666);
	assert_true(check(&s));
	run(&s, NULL);
	assert_string_equal(output(), "66\n67\n");
	umount("/etc/passwd");
	put_over("/etc/passwd", "passwd", passwd);
}

static void test_supplementary_groups(void **state)
{
	struct conf_script s = shell("id -G");

	(void)state;
	s.user = "alice";
	config.global.set_supplementary_groups = true;
	put(out, "", 0666);
	run(&s, NULL);
	assert_string_equal(output(), "2345 777 779\n");
}

/* A script in directories of its own, with everything safe. */
static void make_tree(void)
{
	assert_int_equal(system("rm -rf tree && mkdir -p tree/sub/deep tree/link && ln -s ../sub tree/link/to && ln -s deep/x tree/sub/x"), 0);
	put("tree/sub/deep/x", "#!/bin/sh\nexit 7\n", 0755);
}

static void test_security(void **state)
{
	/* What is done to the tree, the script's path, and the reason; NULL: it runs. @ stands for our directory. */
	static const struct {
		const char *change, *path, *reason;
	} rows[] = {
		{ "true", "@/tree/sub/deep/x", NULL },
		{ "true", "tree/sub/deep/x", NULL },
		{ "true", "@/tree//link/./to/../sub/deep//x", NULL },
		{ "true", "@/tree/link/to/x", NULL },
		{ "ln -s $PWD/x ../../link/abs", "@/tree/link/abs", NULL },
		{ "ln -s $PWD ../../link/abs; chmod 777 .", "@/tree/link/abs/x", "@/tree/sub/deep is writable by others (mode 0777, group 0)" },
		{ "chmod 757 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is writable by others (mode 0757, group 0)" },
		{ "chmod 777 x", "@/tree/link/to/x", "@/tree/link/to/deep/x is writable by others (mode 0777, group 0)" },
		{ "chgrp 777 x; chmod 775 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is writable by others (mode 0775, group 777)" },
		{ "chgrp 999 x; chmod 775 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is writable by others (mode 0775, group 999)" },
		{ "chmod 775 x", "@/tree/sub/deep/x", NULL },
		{ "chown 1234 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x belongs to user 1234" },
		{ "chmod 777 .", "@/tree/sub/deep/x", "@/tree/sub/deep is writable by others (mode 0777, group 0)" },
		{ "chmod 1777 .", "@/tree/sub/deep/x", NULL },
		{ "chmod 1777 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is writable by others (mode 1777, group 0)" },
		{ "chown 1234 ../..", "@/tree/sub/deep/x", "@/tree belongs to user 1234" },
		{ "chown 1234 ../..", "tree/sub/deep/x", "@/tree belongs to user 1234" },
		{ "chmod 777 ../../link", "@/tree/link/to/x", "@/tree/link is writable by others (mode 0777, group 0)" },
		{ "chmod 777 ../../link", "@/tree/sub/x", NULL },
		{ "chmod 777 ..", "@/tree/link/to/x", "@/tree/link/../sub is writable by others (mode 0777, group 0)" },
		{ "chown -h 1234 ../../link/to", "@/tree/link/to/x", "@/tree/link/to belongs to user 1234" },
		{ "chown -h 1234 ../x", "@/tree/link/to/x", "@/tree/link/to/x belongs to user 1234" },
		{ "chmod 777 ../../link", "@/tree/link/../sub/deep/x", "@/tree/link is writable by others (mode 0777, group 0)" },
		{ "chmod 644 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is not executable by user 0 (mode 0644)" },
		{ "rm x", "@/tree/sub/deep/x", "@/tree/sub/deep/x: No such file or directory" },
		{ "rm x", "@/tree/link/to/x", "@/tree/link/to/deep/x: No such file or directory" },
		{ "rm x; mkdir x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is not a file" },
		{ "rm x; ln -s x x", "@/tree/sub/deep/x", "@/tree/sub/deep/x leads too far" },
		{ "true", "@/tree/sub/deep/x/y", "@/tree/sub/deep/x/y: Not a directory" },
		{ "true", "@/tree/sub/deep/x/", "@/tree/sub/deep/x/: Not a directory" },
		{ "rm x; mkfifo x; chmod 755 x", "@/tree/sub/deep/x", "@/tree/sub/deep/x is not a file" },
	};
	char command[300], path[200], reason[200], *argv[] = { path, NULL };
	struct conf_script s = words(argv);
	unsigned i;

	(void)state;
	config.global.script_user = "root";
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		make_tree();
		snprintf(command, sizeof(command), "cd tree/sub/deep && { %s; }", rows[i].change);
		assert_int_equal(system(command), 0);
		snprintf(path, sizeof(path), "%s%s", *rows[i].path == '@' ? dir : "", rows[i].path + (*rows[i].path == '@'));
		config.global.script_security = true;
		if (!rows[i].reason) {
			if (!check(&s) || *told)
				fail_msg("%s, %s: %s", rows[i].change, path, told);
			assert_int_equal(run(&s, NULL), 7 << 8);
			continue;
		}
		snprintf(reason, sizeof(reason), "%s%s", *rows[i].reason == '@' ? dir : "", rows[i].reason + (*rows[i].reason == '@'));
		if (check(&s) || !strstr(told, reason))
			fail_msg("%s, %s: '%s' in place of '%s'", rows[i].change, path, told, reason);
		assert_true(notify_spawn(&s, NULL, NULL) < 0);
		assert_string_equal(logged, told);
		*logged = '\0';
		/* Without the option unsafe ones run, but not in silence. */
		config.global.script_security = false;
		if (strstr(reason, "writable") || strstr(reason, "belongs")) {
			assert_true(check(&s));
			assert_non_null(strstr(told, reason));
			assert_int_equal(run(&s, NULL), 7 << 8);
		} else {
			assert_false(check(&s));
		}
	}
	assert_int_equal(system("rm -rf tree"), 0);
}

static void test_security_of_others(void **state)
{
	char *argv[] = { (char[]){ "tree/sub/deep/x" }, NULL };
	struct conf_script s = words(argv);

	(void)state;
	config.global.script_security = true;
	s.user = "alice";
	make_tree();
	chmod("tree/sub/deep/x", 0777);
	chmod("tree/sub", 0777);
	/* Nothing to gain: it runs without root's rights. */
	assert_true(check(&s));
	assert_string_equal(told, "");
	s.group = "root";
	assert_false(check(&s));
	s.group = NULL;
	chmod("tree/sub/deep/x", 04777);
	assert_false(check(&s));
	chmod("tree/sub", 0700);
	chmod("tree/sub/deep/x", 0755);
	assert_false(check(&s));
	assert_non_null(strstr(told, "tree/sub may not be entered by user 1234"));
	chmod("tree/sub", 0755);
	chmod("tree/sub/deep/x", 0754);
	assert_false(check(&s));
	assert_non_null(strstr(told, "tree/sub/deep/x is not executable by user 1234 (mode 0754)"));
	assert_int_equal(chown("tree/sub/deep/x", 0, 2345), 0);
	assert_true(check(&s));
	assert_int_equal(chown("tree/sub/deep/x", ALICE, 0), 0);
	assert_true(check(&s));
	chmod("tree/sub/deep/x", 0655);
	assert_false(check(&s));
	assert_int_equal(system("rm -rf tree"), 0);
}

static void test_long_path(void **state)
{
	static char path[5000];
	char *argv[] = { path, NULL };
	struct conf_script s = words(argv);

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	s.text = "long";
	assert_false(check(&s));
	memset(path, 'x', sizeof(path) - 1);
	assert_false(check(&s));
	path[4090] = '\0';
	path[0] = '.';
	path[1] = '/';
	assert_false(check(&s));
}

/* Queues */

static struct notify_queue *queue;

static void kill_children(void)
{
	FILE *f = fopen("/proc/thread-self/children", "r");
	int pid;

	assert_non_null(f);
	while (fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(f);
}

static void put_in(const char *line, unsigned key)
{
	struct conf_script s = shell(line);

	notify_queue_run(&queue, "VI_1", &s, NULL, key);
}

/* Until nothing runs or waits. */
static void drain(void)
{
	while (notify_queue_busy(queue))
		assert_true(fake_reap(5000));
}

static void test_queue_keeps_order(void **state)
{
	(void)state;
	queue = NULL;
	put_in("sleep 0.2; echo 1", 1);
	put_in("sleep 0.1; echo 2", 1);
	put_in("echo 3", 1);
	assert_true(notify_queue_busy(queue));
	assert_int_equal(fake_children(), 1);
	drain();
	assert_string_equal(output(), "1\n2\n3\n");
	notify_queue_free(queue);
}

static void test_queue_loses_patience(void **state)
{
	(void)state;
	queue = NULL;
	put_in("exec sleep 60", 1);
	put_in("exec sleep 60", 1);
	put_in("echo 3", 1);
	fake_advance(5 * S - 1);
	assert_int_equal(fake_children(), 1);
	fake_advance(1);
	assert_int_equal(fake_children(), 2);
	assert_string_equal(logged, "(VI_1) script 'exec sleep 60' still runs, the next one no longer waits for it");
	/* The first is not killed, and the third waits for the second only. */
	fake_advance(5 * S - 1);
	assert_int_equal(fake_children(), 2);
	fake_advance(1);
	assert_int_equal(fake_children(), 3);
	assert_int_equal(fake_reap(5000), 1);
	assert_string_equal(output(), "3\n");
	assert_true(notify_queue_busy(queue));
	notify_queue_free(queue);
	assert_int_equal(fake_children(), 0);
	kill_children();
	while (fake_reap(500))
		;
}

/* A new transition makes what still waits of an older one pointless. */
static void test_queue_drops_outdated(void **state)
{
	(void)state;
	queue = NULL;
	put_in("sleep 0.2; echo 1", UINT32_MAX - 1);
	put_in("echo 2", UINT32_MAX - 1);
	put_in("echo 3", UINT32_MAX);
	put_in("echo 4", UINT32_MAX);
	put_in("echo 5", 0);
	put_in("echo 6", 0);
	drain();
	assert_string_equal(output(), "1\n5\n6\n");
	assert_string_equal(logged, "(VI_1) script 'echo 2' dropped before it could start"
				    "(VI_1) script 'echo 3' dropped before it could start"
				    "(VI_1) script 'echo 4' dropped before it could start");
	notify_queue_free(queue);
}

static void test_queue_passes_over_refused(void **state)
{
	char *argv[] = { (char[]){ "/nonexistent" }, NULL };
	struct conf_script s = words(argv);

	(void)state;
	queue = NULL;
	put_in("sleep 0.1; echo 1", 1);
	notify_queue_run(&queue, "VI_1", &s, NULL, 1);
	put_in("echo 2", 1);
	drain();
	assert_string_equal(output(), "1\n2\n");
	assert_string_equal(logged, "script '/nonexistent' not run: /nonexistent: No such file or directory");
	notify_queue_run(&queue, "VI_1", &s, NULL, 2);
	assert_false(notify_queue_busy(queue));
	notify_queue_free(queue);
}

/* The configuration may be gone when the script's turn comes. */
static void test_queue_copies(void **state)
{
	char text[] = "text", sh[] = "/bin/sh", dash_c[] = "-c", line[120], user[] = "alice", crew[] = "crew", word[] = "word";
	char *argv[] = { sh, dash_c, line, NULL };
	const char *extra[] = { word, word, NULL };
	struct conf_script s = { text, argv, user, crew };

	(void)state;
	queue = NULL;
	put(out, "", 0666);
	put_in("sleep 0.1", 1);
	snprintf(line, sizeof(line), "echo $0 $1 $(id -u) $(id -g) >> %s", out);
	notify_queue_run(&queue, "VI_1", &s, extra, 1);
	memset(text, 'x', sizeof(text));
	memset(sh, 'x', sizeof(sh));
	memset(line, 'x', sizeof(line));
	memset(user, 'x', sizeof(user));
	memset(crew, 'x', sizeof(crew));
	memset(word, 'x', sizeof(word));
	argv[0] = NULL;
	extra[0] = NULL;
	drain();
	assert_string_equal(output(), "word word 1234 777\n");
	notify_queue_free(queue);
}

/* Each ends when the next one has, which it can't when one runs at a time. */
static void test_queue_freed_starts_what_waits(void **state)
{
	char first[120], second[120];
	unsigned ended = 0;

	(void)state;
	queue = NULL;
	snprintf(first, sizeof(first), "until grep -q 2 %s || [ $((n += 1)) -gt 300 ]; do sleep 0.01; done; echo 1", out);
	snprintf(second, sizeof(second), "until grep -q 3 %s || [ $((n += 1)) -gt 300 ]; do sleep 0.01; done; echo 2", out);
	put_in(first, 1);
	put_in(second, 1);
	put_in("echo 3", 1);
	notify_queue_free(queue);
	assert_int_equal(fake_children(), 0);
	while (ended < 3)
		ended += fake_reap(5000);
	assert_string_equal(output(), "3\n2\n1\n");
}

static void test_queue_is_bounded(void **state)
{
	unsigned i;

	(void)state;
	queue = NULL;
	put_in("exec sleep 60", 1);
	for (i = 0; i < 100; i++)
		put_in("exec sleep 60", 1);
	assert_non_null(strstr(logged, "dropped before it could start"));
	/* Every 5 s one more, but not for ever. */
	for (i = 0; i < 200; i++) {
		fake_advance(5 * S);
		put_in("exec sleep 60", 1);
	}
	assert_int_equal(fake_children(), 64);
	while (notify_queue_busy(queue)) {
		kill_children();
		assert_true(fake_reap(5000));
	}
	notify_queue_free(queue);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_status),
		TEST(test_arguments),
		TEST(test_environment),
		TEST(test_descriptors),
		TEST(test_group_of_processes),
		TEST(test_dies_with_us),
		TEST(test_without_interpreter_line),
		TEST(test_redirection),
		TEST(test_unusable_interpreter),
		TEST(test_path_search),
		TEST(test_users),
		TEST(test_default_users),
		TEST(test_supplementary_groups),
		TEST(test_security),
		TEST(test_security_of_others),
		TEST(test_long_path),
		TEST(test_queue_keeps_order),
		TEST(test_queue_loses_patience),
		TEST(test_queue_drops_outdated),
		TEST(test_queue_passes_over_refused),
		TEST(test_queue_copies),
		TEST(test_queue_freed_starts_what_waits),
		TEST(test_queue_is_bounded),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
