/* links: track_file.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Real files and inotify; time is played. */
#include "track_file.h"

#include "log.h"
#include "tests/unit/fake_loop.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define S US_PER_S

static char dir[] = "/tmp/test_track_file.XXXXXX";
static struct conf_list list;
static struct track_file_conf conf[3];
static char paths[3][80];
static unsigned changes, last_index, warnings;

void log_write(int priority_source, const char *format, ...)
{
	(void)priority_source;
	(void)format;
	warnings++;
}

static void changed(unsigned index)
{
	changes++;
	last_index = index;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void add(const char *name)
{
	struct track_file_conf *c = &conf[list.count];

	snprintf(paths[list.count], sizeof(paths[0]), "%s/%s", dir, name);
	*c = (struct track_file_conf){ .name = name, .path = paths[list.count], .index = list.count };
	if (list.last)
		list.last->next = &c->node;
	else
		list.first = &c->node;
	list.last = &c->node;
	list.count++;
}

static int setup(void **state)
{
	char command[100];

	(void)state;
	strcpy(dir + strlen(dir) - 6, "XXXXXX");
	if (!mkdtemp(dir) || chdir(dir))
		return -1;
	snprintf(command, sizeof(command), "mkdir %s/sub", dir);
	memset(&list, 0, sizeof(list));
	changes = warnings = 0;
	if (loop_open())
		return -1;
	track_file_listen(TRACK_FILE_VRRP, changed);
	return system(command);
}

static int teardown(void **state)
{
	char command[100];

	(void)state;
	track_file_close();
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_poll(0), 0);
	loop_close();
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void watch(void)
{
	assert_int_equal(track_file_set(&list, false), 0);
}

/* All that inotify has to say. */
static void settle(void)
{
	while (fake_poll(0))
		;
}

static void is(unsigned index, int value)
{
	settle();
	assert_int_equal(track_file_value(index), value);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int value;
	} rows[] = {
		{ "5\n", 5 }, { "-7", -7 }, { "  +12 apples\n", 12 }, { "0x10\n", 16 }, { "010", 8 }, { "", 0 }, { "none", 0 },
		{ "\n\n3", 3 }, { "-", 0 }, { "2147483647", INT_MAX }, { "-2147483648", INT_MIN }, { "254.9", 254 },
		/* Out of range: what was before. */
		{ "2147483648", 254 }, { "-2147483649", 254 }, { "99999999999999999999999999", 254 }, { "1", 1 },
	};
	unsigned i;

	(void)state;
	add("f");
	watch();
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		put("f", rows[i].text);
		settle();
		if (track_file_value(0) != rows[i].value)
			fail_msg("'%s' is %d", rows[i].text, track_file_value(0));
	}
	assert_int_equal(warnings, 1);
	assert_int_equal(track_file_value(1), 0);
}

static void test_longest_text(void **state)
{
	char text[300];

	(void)state;
	add("f");
	memset(text, ' ', sizeof(text));
	strcpy(text + 120, "42");
	put("f", text);
	watch();
	is(0, 42);
}

static void test_changes_are_told(void **state)
{
	(void)state;
	add("a");
	add("b");
	put("a", "1");
	watch();
	is(0, 1);
	is(1, 0);
	assert_int_equal(changes, 0);
	put("b", "2");
	is(1, 2);
	assert_int_equal(changes, 1);
	assert_int_equal(last_index, 1);
	put("b", "2");
	put("c", "3");
	settle();
	assert_int_equal(changes, 1);
	unlink("a");
	is(0, 0);
	assert_int_equal(changes, 2);
	assert_int_equal(last_index, 0);
	/* No wake-up without work. */
	assert_int_equal(fake_timers(), 0);
}

/* A half written file says nothing. */
static void test_written_when_closed(void **state)
{
	int fd;

	(void)state;
	add("f");
	put("f", "10");
	watch();
	fd = open("f", O_WRONLY | O_TRUNC);
	is(0, 10);
	assert_int_equal(write(fd, "20", 2), 2);
	is(0, 10);
	close(fd);
	is(0, 20);
	assert_int_equal(changes, 1);
}

static void test_replaced_file(void **state)
{
	(void)state;
	add("f");
	put("f", "1");
	watch();
	put("new", "2");
	assert_int_equal(rename("new", "f"), 0);
	is(0, 2);
	assert_int_equal(rename("f", "old"), 0);
	is(0, 0);
	assert_int_equal(link("old", "f"), 0);
	is(0, 2);
}

static void test_directory_comes_later(void **state)
{
	(void)state;
	add("late/f");
	watch();
	fake_advance(3 * S);
	assert_int_equal(changes, 0);
	mkdir("late", 0755);
	put("late/f", "4");
	fake_advance(S);
	is(0, 4);
	assert_int_equal(changes, 1);
	assert_int_equal(fake_timers(), 0);
	put("late/f", "5");
	is(0, 5);
}

static void test_directory_replaced(void **state)
{
	(void)state;
	add("sub/f");
	put("sub/f", "4");
	watch();
	unlink("sub/f");
	rmdir("sub");
	is(0, 0);
	mkdir("sub", 0755);
	put("sub/f", "5");
	fake_advance(S);
	is(0, 5);
	assert_int_equal(rename("sub", "away"), 0);
	is(0, 0);
	put("away/f", "6");
	is(0, 0);
	assert_int_equal(rename("away", "sub"), 0);
	fake_advance(S);
	is(0, 6);
	put("sub/f", "7");
	is(0, 7);
	assert_int_equal(fake_timers(), 0);
}

/* The value may change where we don't look. */
static void test_symbolic_link(void **state)
{
	(void)state;
	add("f");
	put("sub/target", "1");
	assert_int_equal(symlink("sub/target", "f"), 0);
	watch();
	is(0, 1);
	put("sub/target", "2");
	fake_advance(S);
	is(0, 2);
	unlink("f");
	put("f", "3");
	fake_advance(S);
	is(0, 3);
	assert_int_equal(fake_timers(), 0);
	unlink("f");
	assert_int_equal(symlink("sub/target", "f"), 0);
	is(0, 2);
	put("sub/target", "4");
	fake_advance(S);
	is(0, 4);
}

/* A poll may come between the opening and the writing. */
static void test_polled_file_being_written(void **state)
{
	(void)state;
	add("f");
	put("sub/target", "1");
	assert_int_equal(symlink("sub/target", "f"), 0);
	watch();
	put("sub/target", "");
	fake_advance(S);
	is(0, 1);
	put("sub/target", "1");
	fake_advance(S);
	put("sub/target", "");
	fake_advance(S);
	assert_int_equal(changes, 0);
	fake_advance(S);
	is(0, 0);
}

static void test_without_inotify(void **state)
{
	struct rlimit old, none;

	(void)state;
	add("f");
	put("f", "1");
	getrlimit(RLIMIT_NOFILE, &old);
	none = old;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	watch();
	setrlimit(RLIMIT_NOFILE, &old);
	fake_advance(S);
	is(0, 1);
	put("f", "2");
	is(0, 1);
	fake_advance(S);
	is(0, 2);
	unlink("f");
	fake_advance(S);
	is(0, 0);
}

static void test_name_without_directory(void **state)
{
	(void)state;
	add("f");
	conf[0].path = "f";
	watch();
	put("f", "3");
	is(0, 3);
	assert_int_equal(fake_timers(), 0);
}

static bool contains(const char *path, const char *text)
{
	char buf[64];
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	close(fd);
	buf[got > 0 ? got : 0] = '\0';
	return got >= 0 && !strcmp(buf, text);
}

static void test_init_file(void **state)
{
	(void)state;
	add("new");
	add("old");
	add("over");
	conf[0].init_create = conf[1].init_create = true;
	conf[2].init_create = conf[2].init_overwrite = true;
	conf[0].init_value = -5;
	conf[1].init_value = 6;
	conf[2].init_value = 7;
	put("old", "100");
	put("over", "100\nand more\n");
	watch();
	is(0, -5);
	is(1, 100);
	is(2, 7);
	assert_true(contains("new", "-5\n"));
	assert_true(contains("old", "100"));
	assert_true(contains("over", "7\n"));
	assert_int_equal(changes, 0);
	/* A reload touches nothing that is there. */
	put("over", "8");
	unlink("new");
	assert_int_equal(track_file_set(&list, true), 0);
	is(0, -5);
	is(2, 8);
	assert_int_equal(warnings, 0);
}

static void test_init_file_only_in_files(void **state)
{
	struct stat st;

	(void)state;
	add("fifo");
	add("link");
	add("nowhere/f");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	put("precious", "secret");
	assert_int_equal(symlink("precious", "link"), 0);
	conf[0].init_overwrite = conf[1].init_overwrite = conf[2].init_overwrite = true;
	watch();
	assert_int_equal(warnings, 3);
	assert_true(contains("precious", "secret"));
	assert_int_equal(stat("fifo", &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
}

static void test_reload(void **state)
{
	struct conf_list other = { 0 };
	struct track_file_conf fresh;

	(void)state;
	add("a");
	add("b");
	put("a", "1");
	put("b", "2");
	watch();
	/* Unreadable at that moment: what was known remains. */
	put("b", "99999999999999999999");
	fresh = conf[1];
	fresh.index = 0;
	fresh.node.next = NULL;
	other.first = other.last = &fresh.node;
	other.count = 1;
	assert_int_equal(track_file_set(&other, true), 0);
	is(0, 2);
	put("a", "5");
	settle();
	assert_int_equal(changes, 0);
	put("b", "6");
	is(0, 6);
	other = (struct conf_list){ 0 };
	assert_int_equal(track_file_set(&other, true), 0);
	assert_int_equal(track_file_value(0), 0);
	assert_int_equal(fake_poll(0), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_numbers),
		TEST(test_longest_text),
		TEST(test_changes_are_told),
		TEST(test_written_when_closed),
		TEST(test_replaced_file),
		TEST(test_directory_comes_later),
		TEST(test_directory_replaced),
		TEST(test_symbolic_link),
		TEST(test_polled_file_being_written),
		TEST(test_without_inotify),
		TEST(test_name_without_directory),
		TEST(test_init_file),
		TEST(test_init_file_only_in_files),
		TEST(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
