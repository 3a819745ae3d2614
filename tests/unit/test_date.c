/* links: */
/* SPDX-License-Identifier: MIT */
/* The host's localtime_r() and gmtime_r() judge. */
#define LOCALTIME_FILE localtime_file
#define TZ_FILE tz_file
#define ZONES_DIR "/usr/share/zoneinfo/"
static char localtime_file[] = "/tmp/test_localtime.XXXXXX";
static char tz_file[] = "/tmp/test_tz.XXXXXX";
#include "date.c"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define YEAR 31556952LL
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void put_file(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	close(fd);
}

static void use_zone(const char *tz)
{
	if (tz)
		setenv("TZ", tz, 1);
	else
		unsetenv("TZ");
	tzset();
}

static void assert_date(time_t t, const struct tm *tm)
{
	struct date d = date_of(t);

	assert_int_equal(d.year, tm->tm_year + 1900);
	assert_int_equal(d.month, tm->tm_mon);
	assert_int_equal(d.day, tm->tm_mday);
	assert_int_equal(d.weekday, tm->tm_wday);
	assert_int_equal(d.hour, tm->tm_hour);
	assert_int_equal(d.minute, tm->tm_min);
	assert_int_equal(d.second, tm->tm_sec);
}

static void every_day_has_its_date(void **state)
{
	time_t t;
	struct tm tm;

	(void)state;
	for (t = 0; t < 240 * (int64_t)YEAR && t < (time_t)(((uint64_t)1 << (8 * sizeof(time_t) - 1)) - 1 - 2 * DAY); t += DAY - 1) {
		gmtime_r(&t, &tm);
		assert_date(t, &tm);
	}
	t = 0;
	gmtime_r(&t, &tm);
	assert_date(-1, &tm);
}

/* In steps that pass over each hour of the day, and around each change. */
static void assert_zone(const char *tz, time_t from, time_t to)
{
	struct tm tm, next;
	time_t t, low, high;
	long step = 61 * 3600 + 1801;

	use_zone(tz);
	for (t = from; t < to; t += step) {
		localtime_r(&t, &tm);
		if (date_zone(t) != tm.tm_gmtoff)
			fail_msg("%s at %lld: %d, not %ld", tz, (long long)t, date_zone(t), tm.tm_gmtoff);
		high = t + step;
		localtime_r(&high, &next);
		if (tm.tm_gmtoff == next.tm_gmtoff)
			continue;
		for (low = t; high - low > 1;) {
			time_t middle = low + (high - low) / 2;

			localtime_r(&middle, &next);
			if (next.tm_gmtoff == tm.tm_gmtoff)
				low = middle;
			else
				high = middle;
		}
		localtime_r(&high, &next);
		assert_int_equal(date_zone(low), tm.tm_gmtoff);
		assert_int_equal(date_zone(high), next.tm_gmtoff);
	}
}

static void texts_of_posix(void **state)
{
	static const char *const texts[] = {
		"CET-1CEST,M3.5.0,M10.5.0/3", "UTC0", "GMT0BST,M3.5.0/1,M10.5.0", "AEST-10AEDT,M10.1.0,M4.1.0/3", "NZST-12NZDT,M9.5.0,M4.1.0/3",
		"EST5EDT,M3.2.0,M11.1.0", "<+0545>-5:45", "<-03>3", "IST-1GMT0,M10.5.0,M3.5.0/1", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
		"EET-2EEST,M3.4.4/50,M10.4.4/50", "AAA3BBB,J60,J300/1:30:15", "AAA-5:45BBB-6:15,59/0,300/2", "PST8PDT7,M3.2.0/2:00,M11.1.0/2:00:00",
		"<A+1>+1:30:30",
	};
	unsigned i;

	(void)state;
	for (i = 0; i < COUNT(texts); i++)
		assert_zone(texts[i], 40 * YEAR, 100 * YEAR);
}

/* The rules of the United States, as glibc has it; musl takes those of the zone before. */
static void text_without_rules(void **state)
{
	time_t t;
	int32_t offset;

	(void)state;
	for (t = 40 * YEAR; t < 42 * YEAR; t += DAY) {
		use_zone("EST5EDT");
		offset = date_zone(t);
		use_zone("EST5EDT,M3.2.0,M11.1.0");
		assert_int_equal(offset, date_zone(t));
	}
}

static void names_of_files(void **state)
{
	static const char *const names[] = {
		"Europe/Berlin", ":Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca",
		"Europe/Dublin", "Asia/Gaza", "Asia/Tehran", "Pacific/Apia", "America/Nuuk", "Antarctica/Troll", "Etc/GMT+5", "UTC", "CET", "No/Such", "",
		"/usr/share/zoneinfo/Asia/Tokyo",
	};
	unsigned i;

	(void)state;
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK))
		skip();
	for (i = 0; i < COUNT(names); i++)
		assert_zone(names[i], YEAR, 66 * YEAR);
}

static void without_tz(void **state)
{
	static const char text[] = "CET-1CEST,M3.5.0,M10.5.0/3\n";
	const time_t july = 1783000000, january = 1768000000;
	uint8_t data[FILE_MAX];
	size_t len;

	(void)state;
	use_zone(NULL);
	unlink(localtime_file);
	unlink(tz_file);
	assert_int_equal(date_zone(july), 0);
	put_file(tz_file, text, sizeof(text) - 1);
	assert_int_equal(date_zone(july), 7200);
	assert_int_equal(date_zone(january), 3600);
	put_file(tz_file, "<+03>-3\n", 8);
	assert_int_equal(date_zone(july), 10800);
	put_file(tz_file, "EST5\n", 5);
	assert_int_equal(date_zone(july), -18000);
	put_file(tz_file, "", 0);
	assert_int_equal(date_zone(july), 0);
	len = text_file("/usr/share/zoneinfo/Asia/Tokyo", data, sizeof(data));
	if ((ssize_t)len <= 0)
		skip();
	put_file(localtime_file, data, len);
	put_file(tz_file, text, sizeof(text) - 1);
	assert_int_equal(date_zone(july), 9 * 3600);
	/* TZ goes before both. */
	use_zone("EST5");
	assert_int_equal(date_zone(july), -18000);
	use_zone("");
	assert_int_equal(date_zone(july), 0);
}

static void damaged_text(void **state)
{
	static const char *const texts[] = {
		"A", "A1B", "A1B,", "A1B,M", "A1B,M1", "A1B,M0.0.0,M99.9.9", "A1B,M9999999999.9999999.99999", "A1B,J0,J99999", "A1B,0,", "<", "<>", "<>5<",
		"A99999999", "A1:1:1:1", "A-", "A1B,/,/", "A1,M3.5.0,M10.5.0", ",,,", "A1B2C3", "\n", "A1\nB2",
	};
	unsigned i;
	int ahead;

	(void)state;
	for (i = 0; i < COUNT(texts); i++) {
		ahead = 0;
		posix_zone(texts[i], 1783000000, &ahead);
		assert_true(abs(ahead) < 40000000);
	}
}

/* Each file cut off everywhere, and each byte changed: anything may come out, but by reading no further than the file. */
static void damaged_files(void **state)
{
	static const char *const names[] = { "/usr/share/zoneinfo/Europe/Berlin", "/usr/share/zoneinfo/Asia/Tokyo" };
	uint8_t data[FILE_MAX], *copy;
	size_t len, cut;
	unsigned i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		len = text_file(names[i], data, sizeof(data));
		if ((ssize_t)len <= 0)
			skip();
		for (cut = 0; cut <= len; cut++) {
			/* As date_zone() has it: ended by NUL. */
			copy = malloc(cut + 1);
			assert_non_null(copy);
			memcpy(copy, data, cut);
			copy[cut] = '\0';
			file_zone(copy, cut, 1783000000);
			free(copy);
		}
		copy = malloc(len + 1);
		assert_non_null(copy);
		for (cut = 0; cut < len * 3; cut++) {
			memcpy(copy, data, len + 1);
			copy[cut / 3] = (uint8_t[]){ 0xff, 0x7f, (uint8_t)(copy[cut / 3] + 1) }[cut % 3];
			file_zone(copy, len, 1783000000);
		}
		free(copy);
	}
}

static int make_names(void **state)
{
	(void)state;
	return close(mkstemp(localtime_file)) | close(mkstemp(tz_file));
}

static int remove_files(void **state)
{
	(void)state;
	unlink(localtime_file);
	unlink(tz_file);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_has_its_date),
		cmocka_unit_test(texts_of_posix), cmocka_unit_test(text_without_rules),
		cmocka_unit_test(names_of_files),
		cmocka_unit_test(without_tz),
		cmocka_unit_test(damaged_text),
		cmocka_unit_test(damaged_files),
	};

	return cmocka_run_group_tests(tests, make_names, remove_files);
}
