/* SPDX-License-Identifier: MIT */
#include "date.h"
#include "bytes.h"
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

/* Days from 1970 to the first of a month, which counts from 1; the 13th is January of the next year. Years begin in March here. */
static int days_to(int year, int month)
{
	if (month < 3) {
		month += 12;
		year--;
	}
	return 365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 - 719468;
}

struct date date_of(time_t time)
{
	uint64_t total = time > 0 ? (uint64_t)time : 0;
	uint32_t day = (uint32_t)(total / DAY), second = (uint32_t)total - day * DAY;
	int days = (int)day, year = 1970 + days / 366, month = 1;

	while (days_to(year, 13) <= days)
		year++;
	while (days_to(year, month + 1) <= days)
		month++;
	return (struct date) {
		.year = (unsigned)year, .month = (unsigned)month - 1, .day = (unsigned)(days - days_to(year, month)) + 1, .weekday = (day + 4) % 7,
		.hour = second / 3600, .minute = second / 60 % 60, .second = second % 60,
	};
}

/* TZ as POSIX writes it */

static bool skip(const char **s, char c)
{
	if (**s != c)
		return false;
	++*s;
	return true;
}

static int number(const char **s)
{
	int n = 0;

	for (; **s >= '0' && **s <= '9' && n < 100; ++*s)
		n = n * 10 + (**s - '0');
	return n;
}

/* [+-]HH[:MM[:SS]] */
static int seconds(const char **s)
{
	int sign = skip(s, '-') ? -1 : 1, unit = 3600, total = 0;

	skip(s, '+');
	do {
		total += unit * number(s);
		unit /= 60;
	} while (unit && skip(s, ':'));
	return sign * total;
}

/* Letters, or anything between < and >. False where there is no name. */
static bool skip_name(const char **s)
{
	const char *from = *s, *end = *from == '<' ? strchr(from, '>') : NULL;

	if (end)
		*s = end + 1;
	while ((**s | 32) >= 'a' && (**s | 32) <= 'z' && !end)
		++*s;
	return *s != from;
}

/* Behind ",": Mm.w.d, Jn or n, and /TIME. The time since 1970, in the time that ends there. */
static time_t rule(const char **s, int year)
{
	int day, month, week;
	bool no_leap;

	skip(s, ',');
	if (skip(s, 'M')) {
		month = number(s);
		skip(s, '.');
		week = number(s);
		skip(s, '.');
		day = days_to(year, month);
		day += (number(s) + 7 - (day + 4) % 7) % 7 + (week - 1) * 7;
		/* The fifth is the last. */
		if (day >= days_to(year, month + 1))
			day -= 7;
	} else {
		no_leap = skip(s, 'J');
		day = number(s) - no_leap;
		day += no_leap && day > 58 ? days_to(year, 3) - 59 : days_to(year, 1);
	}
	return (time_t)day * DAY + (skip(s, '/') ? seconds(s) : 2 * 3600);
}

/* False when it is no such text. */
static bool posix_zone(const char *s, time_t now, int *ahead)
{
	int standard, summer, year;
	time_t start, end;

	if (!skip_name(&s) || !memchr("+-0123456789", *s, 12))
		return false;
	*ahead = standard = -seconds(&s);
	if (!skip_name(&s))
		return true;
	summer = *s && *s != ',' ? -seconds(&s) : standard + 3600;
	if (*s != ',')
		s = ",M3.2.0,M11.1.0";
	year = (int)date_of(now + standard).year;
	start = rule(&s, year) - standard;
	end = rule(&s, year) - summer;
	if (start < end ? now >= start && now < end : now >= start || now < end)
		*ahead = summer;
	return true;
}

/* Files of tzfile(5), RFC 8536 */

static int64_t big_endian(const uint8_t *p, unsigned bytes)
{
	int64_t n = (int64_t)get_be(p, bytes);

	return bytes == 4 ? (int32_t)n : n;
}

/* The counts in a header, in its order: they stand behind each other in the file as well, but for the first two. */
enum { IS_UT, IS_STANDARD, LEAPS, TIMES, TYPES, CHARS, COUNTS };

/* How long what a header counts is, with times of this width; -1: it is none, or there is less. */
static int read_header(const uint8_t *p, int len, int width, int counts[COUNTS])
{
	static const uint8_t sizes[COUNTS] = { 1, 1, 4, 1, 6, 1 };
	int body = 0, i;

	if (len < HEADER || memcmp(p, "TZif", 4))
		return -1;
	for (i = 0; i < COUNTS; i++) {
		counts[i] = (int)big_endian(p + 20 + 4 * i, 4);
		if (counts[i] < 0 || counts[i] > FILE_MAX)
			return -1;
		body += counts[i] * (sizes[i] + (i == LEAPS || i == TIMES ? width : 0));
	}
	return body > len - HEADER ? -1 : body;
}

static int file_zone(const uint8_t *p, int len, time_t now)
{
	int counts[COUNTS], ahead, i, type, width = 4, body = read_header(p, len, width, counts);

	/* Of the two tables the second has times of 64 bits. */
	if (body >= 0 && p[4] && HEADER + body < len) {
		p += HEADER + body;
		len -= HEADER + body;
		width = 8;
		body = read_header(p, len, width, counts);
	}
	if (body < 0 || !counts[TYPES])
		return 0;
	p += HEADER;
	for (i = 0; i < counts[TIMES] && big_endian(p + i * width, width) <= now; i++)
		;
	/* After the last change the text behind the tables holds; the caller has ended it with NUL. */
	if (i == counts[TIMES] && width == 8 && HEADER + body < len && posix_zone((const char *)p + body + 1, now, &ahead))
		return ahead;
	p += counts[TIMES] * width;
	type = i ? p[i - 1] : 0;
	return type < counts[TYPES] ? (int)big_endian(p + counts[TIMES] + 6 * type, 4) : 0;
}

int date_zone(time_t now)
{
	const char *tz = getenv("TZ");
	uint8_t data[FILE_MAX];
	char path[300];
	int len, ahead;

	if (!tz) {
		len = (int)text_file(LOCALTIME_FILE, data, sizeof(data));
		if (len > 0)
			return file_zone(data, len, now);
		text_file(TZ_FILE, data, sizeof(data));
		tz = (const char *)data;
	}
	if (*tz == ':')
		tz++;
	else if (posix_zone(tz, now, &ahead))
		return ahead;
	text_format(path, sizeof(path), *tz == '/' || *tz == '.' ? "%s" : ZONES_DIR "%s", tz);
	return file_zone(data, (int)text_file(path, data, sizeof(data)), now);
}
