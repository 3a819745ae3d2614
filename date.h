/* SPDX-License-Identifier: MIT */
/*
 * Calendar and local time: what libc needs 6 KB for. Reads the zone's file when asked and keeps nothing.
 */
#ifndef DATE_H
#define DATE_H

#include <time.h>

/* Three letters each. */
#define DATE_MONTHS "JanFebMarAprMayJunJulAugSepOctNovDec"
#define DATE_WEEKDAYS "SunMonTueWedThuFriSat"

struct date {
	unsigned year, month, day; /* month from 0, day from 1 */
	unsigned weekday;          /* from 0, Sunday */
	unsigned hour, minute, second;
};
/* In UTC; of a time before 1970, that of 1970. */
struct date date_of(time_t);

/* Seconds that local time is ahead of UTC at this moment. The zone is TZ, in POSIX's form ("CET-1CEST,M3.5.0,M10.5.0/3") or the name of a file;
 * else /etc/localtime; else the text in /etc/TZ (uClibc, OpenWrt); else UTC. */
int date_zone(time_t now);

#endif
