/* SPDX-License-Identifier: MIT */
/*
 * The command line: keepalived's options, long and short, bundled and abbreviated as getopt_long() takes them.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/* What keepalived, linked with glibc, calls SIGRTMIN + 2: musl's SIGRTMIN is one higher. */
#define SIGNAL_JSON 36
#define SIGNAL_STATS_CLEAR (_NSIG - 2)

#define UKEEPALIVED_VERSION "0.1.0"

/* Texts point into argv. */
struct options {
	const char *conf_file; /* NULL: where keepalived looks */
	const char *config_id, *pid_file, *log_file, *net_namespace;
	bool test;             /* -t; into test_file where not NULL */
	const char *test_file;
	bool foreground, console, detail, no_syslog;
	bool dump, dump_secrets;
	bool vrrp, check;      /* what to run; both by default */
	bool keep_vrrp, keep_ipvs;
	bool no_respawn, core_dump;
	int facility;          /* LOG_DAEMON and kin */
	int umask;             /* -1: not given */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE, /* -h, -v, --signum: printed, the end */
	OPTIONS_BAD,  /* said on standard error */
};
enum options_result options_parse(int argc, char **argv, struct options *out);

/* Signal of a --signum name (STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON) in keepalived's numbers, or -1. */
int options_signum(const char *name);

#endif
