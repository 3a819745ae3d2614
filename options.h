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

struct options {
	/* The arguments, which point into argv, in the order of the help; "" for an option without one ("again" where it stands twice), NULL: not
	 * given. */
	const char *conf_file; /* NULL: where keepalived looks */
	const char *test;      /* into this file where there is one */
	const char *dump;      /* twice: passwords and keys too */
	const char *config_id, *foreground, *console, *detail, *log_facility;
	const char *log_file;  /* never empty */
	const char *no_syslog, *pid_file, *vrrp_only, *check_only, *keep_vrrp, *keep_ipvs, *no_respawn, *core_dump, *net_namespace;
	const char *mask, *signum, *version, *help, *core_pattern, *all;
	/* What follows from them. */
	int facility;          /* LOG_DAEMON and kin */
	int umask;             /* -1: not given */
};

enum options_result {
	OPTIONS_RUN = -1,
	OPTIONS_DONE, /* -h, -v, --signum: printed, the end */
	OPTIONS_BAD,  /* said on standard error */
};
/* out: zeroed. */
enum options_result options_parse(int argc, char **argv, struct options *out);

struct option_words {
	char **next;       /* those to be read */
	const char **kept; /* their arguments, as above, in the order of the table */
	unsigned count;    /* of kept; options beyond that have no effect */
	char table[2400];  /* a help that has of each option the letter, the name and whether there is an argument, as that in options.c */
};
/* Reads words up to one that is no option. False when something is wrong, which is said on standard error. */
bool options_read(struct option_words *);

/* Signal of a --signum name (STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON) in keepalived's numbers, or -1. */
int options_signum(const char *name);

#endif
