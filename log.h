/* SPDX-License-Identifier: MIT */
/*
 * Log: levels, identifiers, the rate limit, and where lines go: stderr, /dev/log, a file.
 * Owns its descriptors. Never blocks and never fails its caller; errno is the same after every line.
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <syslog.h>

/* Added to a priority: the part of keepalived whose identifier the line carries in syslog (people filter by them). */
enum log_source {
	LOG_FROM_VRRP = 0,     /* Keepalived_vrrp */
	LOG_FROM_CHECK = 0x10, /* Keepalived_healthcheckers */
	LOG_FROM_MAIN = 0x20,  /* Keepalived */
};

struct log_settings {
	bool to_stderr;      /* -l: standard error in place of syslog */
	bool no_syslog;      /* -G */
	const char *file;    /* -g: also into this file, or NULL */
	int facility;        /* LOG_DAEMON, or LOG_LOCAL0.. by -S */
	int level;           /* most detailed priority shown: LOG_INFO, LOG_DEBUG with -D -d */
	const char *suffix;  /* added to identifiers, _NAME (instance, net_namespace); lives on; or NULL */
};

void log_init(const struct log_settings *);
void log_set_level(int level);
int log_level(void);
/* Opens the log file anew, after rotation, and reads the time zone again. */
void log_reopen(void);
/* Before exec and at the end. */
void log_close(void);

/* priority_source: LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO or LOG_DEBUG, plus an enum log_source. */
void log_write(int priority_source, const char *format, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...) log_write(LOG_ERR, __VA_ARGS__)
#define log_warn(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)

/* A repeating message: `burst` lines, then one per interval that tells how many were held back. Zeroed at start. */
struct log_limit {
	uint32_t start; /* of the window, in 1024 us */
	uint32_t lines; /* since then, those beyond the burst were held back */
};
/* True when a line may be written now; *held is then the number of lines held back before it. */
bool log_allow(struct log_limit *, uint64_t now_us, unsigned *held);

#endif
