/* SPDX-License-Identifier: MIT */
#include "date.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Tests put their own in place of these. */
#ifndef LOCALTIME_FILE
#define LOCALTIME_FILE "/etc/localtime"
#define TZ_FILE "/etc/TZ"
#define ZONES_DIR "/usr/share/zoneinfo/"
#endif

#define DAY 86400
#define HEADER 44
#define FILE_MAX 8192 /* more than twice the largest there is */

/* Days from 1970 to the first of January. */
static long days_before(long year)
{
	long past = year - 1;

	return 365 * (year - 1970) + (past / 4 - past / 100 + past / 400) - 477;
}

static bool is_leap(long year)
{
	return days_before(year + 1) - days_before(year) == 366;
}

/* Days of the year before this month, which counts from 1. */
static long days_to_month(long year, long month)
{
	return (367 * month - 362) / 12 - (month > 2 ? 2 - is_leap(year) : 0);
}

struct date date_of(time_t time)
{
	uint64_t total = time > 0 ? (uint64_t)time : 0;
	uint32_t days = (uint32_t)(total / DAY), second = (uint32_t)total - days * DAY;
	unsigned year = 1970 + days / 366, month = 1;
	struct date d = { .weekday = (days + 4) % 7 };

	while (days_before(year + 1L) <= (long)days)
		year++;
	days -= (uint32_t)days_before(year);
	while (month < 12 && days_to_month(year, month + 1) <= (long)days)
		month++;
	d.year = year;
	d.month = month - 1;
	d.day = days - (uint32_t)days_to_month(year, month) + 1;
	d.hour = second / 3600;
	d.minute = second / 60 % 60;
	d.second = second % 60;
	return d;
}

/* TZ as POSIX writes it */

static long number(const char **s)
{
	long n = 0;

	for (; **s >= '0' && **s <= '9' && n < 100; ++*s)
		n = n * 10 + (**s - '0');
	return n;
}

/* [+-]HH[:MM[:SS]] */
static long seconds(const char **s)
{
	long sign = **s == '-' ? -1 : 1, total, unit;

	if (**s == '-' || **s == '+')
		++*s;
	total = 3600 * number(s);
	for (unit = 60; **s == ':' && unit; unit /= 60) {
		++*s;
		total += unit * number(s);
	}
	return sign * total;
}

/* Letters, or anything between < and >. 0 where there is no name. */
static size_t name_len(const char *s)
{
	const char *end = *s == '<' ? strchr(s, '>') : NULL;
	size_t len = 0;

	if (end)
		return (size_t)(end + 1 - s);
	while ((s[len] | 32) >= 'a' && (s[len] | 32) <= 'z')
		len++;
	return len;
}

/* Behind ",": Mm.w.d, Jn or n, and /TIME. The second of the year, in the time that ends there. */
static long rule(const char **s, long year)
{
	long day, month, week, first, at = 2 * 3600;
	char kind;

	*s += **s == ',';
	kind = **s;
	*s += kind == 'M' || kind == 'J';
	day = number(s);
	if (kind == 'J' && (!is_leap(year) || day < 60)) {
		day--;
	} else if (kind == 'M') {
		month = day;
		*s += **s == '.';
		week = number(s);
		*s += **s == '.';
		first = days_to_month(year, month);
		day = first + (number(s) + 7 - (days_before(year) + first + 4) % 7) % 7 + (week - 1) * 7;
		/* The fifth is the last. */
		if (day >= (month < 12 ? days_to_month(year, month + 1) : 365 + is_leap(year)))
			day -= 7;
	}
	if (**s == '/') {
		++*s;
		at = seconds(s);
	}
	return day * DAY + at;
}

/* False when it is no such text. */
static bool posix_zone(const char *s, time_t now, long *ahead)
{
	size_t len = name_len(s);
	long standard, summer, year, second, start, end;

	s += len;
	if (!len || !*s || !strchr("+-0123456789", *s))
		return false;
	*ahead = standard = -seconds(&s);
	len = name_len(s);
	if (!len)
		return true;
	s += len;
	summer = *s && *s != ',' ? -seconds(&s) : standard + 3600;
	if (*s != ',')
		s = ",M3.2.0,M11.1.0";
	year = (long)date_of(now + standard).year;
	second = (long)(now - (time_t)days_before(year) * DAY);
	start = rule(&s, year) - standard;
	end = rule(&s, year) - summer;
	if (start < end ? second >= start && second < end : second >= start || second < end)
		*ahead = summer;
	return true;
}

/* Files of tzfile(5), RFC 8536 */

static int64_t big_endian(const uint8_t *p, unsigned bytes)
{
	int64_t n = (int8_t)*p;

	while (--bytes)
		n = (int64_t)((uint64_t)n << 8 | *++p);
	return n;
}

/* The counts in a header, in its order: they stand behind each other in the file as well, but for the first two. */
enum { IS_UT, IS_STANDARD, LEAPS, TIMES, TYPES, CHARS, COUNTS };

static bool read_counts(const uint8_t *p, size_t len, long counts[COUNTS])
{
	unsigned i;

	if (len < HEADER || memcmp(p, "TZif", 4))
		return false;
	for (i = 0; i < COUNTS; i++) {
		counts[i] = (long)big_endian(p + 20 + 4 * i, 4);
		if (counts[i] < 0 || counts[i] > FILE_MAX)
			return false;
	}
	return counts[TYPES] > 0;
}

/* Bytes behind the header, with times of this width. */
static size_t body_len(const long counts[COUNTS], unsigned width)
{
	return (size_t)(counts[TIMES] * (width + 1L) + counts[TYPES] * 6 + counts[CHARS] + counts[LEAPS] * (width + 4L) + counts[IS_STANDARD] +
			counts[IS_UT]);
}

static long file_zone(const uint8_t *p, size_t len, time_t now)
{
	long counts[COUNTS], ahead, i, type;
	unsigned width = 4;
	size_t body;

	if (!read_counts(p, len, counts))
		return 0;
	/* Of the two tables the second has times of 64 bits. */
	body = body_len(counts, width);
	if (p[4] && body < len - HEADER) {
		p += HEADER + body;
		len -= HEADER + body;
		width = 8;
		if (!read_counts(p, len, counts))
			return 0;
		body = body_len(counts, width);
	}
	p += HEADER;
	len -= HEADER;
	if (body > len)
		return 0;
	for (i = 0; i < counts[TIMES] && big_endian(p + i * width, width) <= now; i++)
		;
	/* After the last change the text behind the tables holds; the caller has ended it with NUL. */
	if (i == counts[TIMES] && width == 8 && body < len && posix_zone((const char *)p + body + 1, now, &ahead))
		return ahead;
	p += counts[TIMES] * width;
	type = i ? p[i - 1] : 0;
	return type < counts[TYPES] ? (long)big_endian(p + counts[TIMES] + 6 * type, 4) : 0;
}

long date_zone(time_t now)
{
	const char *tz = getenv("TZ");
	uint8_t data[FILE_MAX];
	char path[300];
	ssize_t len;
	long ahead = 0;

	if (!tz) {
		len = text_file(LOCALTIME_FILE, data, sizeof(data));
		if (len > 0)
			return file_zone(data, (size_t)len, now);
		tz = text_file(TZ_FILE, data, sizeof(data)) > 0 ? (const char *)data : "";
	}
	if (*tz != ':' && posix_zone(tz, now, &ahead))
		return ahead;
	tz += *tz == ':';
	if (*tz != '/' && *tz != '.' && strlen(tz) < sizeof(path) - sizeof(ZONES_DIR)) {
		strcpy(path, ZONES_DIR);
		strcat(path, tz);
		tz = path;
	}
	len = text_file(tz, data, sizeof(data));
	return file_zone(data, len > 0 ? (size_t)len : 0, now);
}
