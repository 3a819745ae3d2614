/* links: log.c addr.c date.c */
/* SPDX-License-Identifier: MIT */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define INTERVAL_US (60 * 1000000ULL)

static char path[] = "/tmp/test_log.XXXXXX";
static char text[8192];

static int setup(void **state)
{
	(void)state;
	strcpy(path + strlen(path) - 6, "XXXXXX");
	return close(mkstemp(path));
}

static int teardown(void **state)
{
	(void)state;
	log_close();
	return unlink(path);
}

static void start(int level)
{
	struct log_settings s = { .no_syslog = true, .file = path, .level = level };

	log_init(&s);
}

static const char *logged(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	assert_true(n >= 0);
	text[n] = '\0';
	return text;
}

static void a_line_has_date_and_text(void **state)
{
	const char *line;
	unsigned hour, minute, second, year;
	char day[8], month[8];
	int mday;

	(void)state;
	start(LOG_INFO);
	log_info("(%s) Entering MASTER STATE", "VI_1");
	line = logged();
	assert_int_equal(sscanf(line, "%3s %3s %d %u:%u:%u %u:", day, month, &mday, &hour, &minute, &second, &year), 7);
	assert_string_equal(line + 24, ": (VI_1) Entering MASTER STATE\n");
	assert_true(year >= 2020);
}

static void lines_are_in_local_time(void **state)
{
	unsigned hour, minute;
	time_t now;

	(void)state;
	setenv("TZ", "AAA-5:30", 1);
	start(LOG_INFO);
	do {
		log_reopen();
		assert_int_equal(truncate(path, 0), 0);
		now = time(NULL);
		log_info("now");
	} while (now != time(NULL));
	assert_int_equal(sscanf(logged() + 11, "%u:%u:", &hour, &minute), 2);
	assert_int_equal(hour * 60 + minute, (now / 60 + 330) % 1440);
	unsetenv("TZ");
}

static void the_level_is_a_limit(void **state)
{
	(void)state;
	start(LOG_INFO);
	log_debug("detail");
	assert_string_equal(logged(), "");
	log_set_level(LOG_DEBUG);
	assert_int_equal(log_level(), LOG_DEBUG);
	log_debug("detail");
	assert_string_equal(logged() + 24, ": detail\n");
	log_set_level(LOG_ERR);
	log_warn("not this");
	log_write(LOG_ERR + LOG_FROM_CHECK, "but this");
	assert_non_null(strstr(logged(), "but this"));
	assert_null(strstr(logged(), "not this"));
}

static void errno_is_kept_and_printed(void **state)
{
	(void)state;
	start(LOG_INFO);
	errno = ENODEV;
	log_error("socket: %m");
	assert_int_equal(errno, ENODEV);
	assert_non_null(strstr(logged(), "No such device"));
}

static void nobody_forges_lines(void **state)
{
	(void)state;
	start(LOG_INFO);
	log_info("a\nb\r\x1b[2J%s", "\x7f\x01 \xc3\xa4");
	assert_string_equal(logged() + 24, ": a b  [2J   \xc3\xa4\n");
}

static void long_lines_are_cut(void **state)
{
	char big[5000];

	(void)state;
	start(LOG_INFO);
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_info("%s", big);
	log_info("next");
	assert_in_range(strcspn(logged(), "\n"), 900, 1200);
	assert_string_equal(strchr(logged(), '\n') + 1 + 24, ": next\n");
}

static void reopen_follows_rotation(void **state)
{
	char old[sizeof(path) + 4];

	(void)state;
	start(LOG_INFO);
	snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	log_info("to the old");
	log_reopen();
	log_info("to the new");
	assert_string_equal(logged() + 24, ": to the new\n");
	assert_int_equal(unlink(old), 0);
}

static void standard_error_never_blocks(void **state)
{
	struct log_settings s = { .no_syslog = true, .to_stderr = true, .level = LOG_INFO };
	int fds[2], kept = dup(STDERR_FILENO), i;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(dup2(fds[1], STDERR_FILENO), STDERR_FILENO);
	log_init(&s);
	alarm(10); /* ends the test when a write waits */
	for (i = 0; i < 2000; i++)
		log_info("a line that nobody reads, again and again and again");
	alarm(0);
	dup2(kept, STDERR_FILENO);
	assert_true(read(fds[0], text, 100) == 100);
	close(fds[0]);
	close(fds[1]);
	close(kept);
}

static void floods_are_counted(void **state)
{
	struct log_limit l = { 0 };
	uint64_t now = 5;
	unsigned held, i;

	(void)state;
	for (i = 0; i < 5; i++)
		assert_true(log_allow(&l, now++, &held) && held == 0);
	for (i = 0; i < 1000; i++)
		assert_false(log_allow(&l, now++, &held));
	/* The flood goes on: one line per interval. */
	now += INTERVAL_US;
	assert_true(log_allow(&l, now, &held));
	assert_int_equal(held, 1000);
	assert_false(log_allow(&l, now + 1, &held));
	now += INTERVAL_US;
	assert_true(log_allow(&l, now, &held));
	assert_int_equal(held, 1);
	/* Silence gives the burst back. */
	now += 2 * INTERVAL_US;
	for (i = 0; i < 5; i++)
		assert_true(log_allow(&l, now++, &held) && held == 0);
	assert_false(log_allow(&l, now++, &held));
}

static void rare_lines_all_pass(void **state)
{
	struct log_limit l = { 0 };
	uint64_t now = 0;
	unsigned held, i;

	(void)state;
	for (i = 0; i < 100; i++) {
		assert_true(log_allow(&l, now, &held));
		assert_int_equal(held, 0);
		now += INTERVAL_US / 4;
	}
}

#define WITH_FILE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(a_line_has_date_and_text), WITH_FILE(lines_are_in_local_time), WITH_FILE(the_level_is_a_limit), WITH_FILE(errno_is_kept_and_printed),
		WITH_FILE(nobody_forges_lines), WITH_FILE(long_lines_are_cut), WITH_FILE(reopen_follows_rotation),
		WITH_FILE(standard_error_never_blocks), cmocka_unit_test(floods_are_counted), cmocka_unit_test(rare_lines_all_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
