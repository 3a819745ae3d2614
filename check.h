/* SPDX-License-Identifier: MIT */
/*
 * Health checkers: one `struct check` for each check_conf, run in the loop without ever blocking. Owns the sockets, timers and buffers of
 * the checks under way and logs their changes. Knows nothing of IPVS, quorums or virtual servers: lvs.c owns the checks and is told of
 * each change.
 */
#ifndef CHECK_H
#define CHECK_H

#include "config.h"

#include <stdbool.h>

struct check;

/* A server and its checks. Names as logged: "[192.0.2.1]:tcp:80". */
struct check_owner {
	const char *real, *virtual;
	struct check *checks; /* the first one, as check_view() goes on */
};

/*
 * changed: the first verdict, another one (turned), or another weight. Called from the loop, never from a function below. There are checks
 * once in a process.
 */
void checks_open(void (*changed)(struct check_owner *, struct check *, bool turned));
/* After the last of them was stopped. */
void checks_close(void);
/* At start and after a reload, before check_start(): what checks ask of the configuration as a whole. */
void checks_set_config(const struct config *);

/*
 * One more check for the owner, who outlives it, as does the configuration. Reload: the first one among `before` that check_same() finds goes on
 * with its verdict, timers and retries. A new one begins down with alpha, else up; its first try comes after a random share of the
 * warm-up time. False without memory.
 */
bool check_start(struct check_owner *, const struct check_conf *, struct check **before);
/* True when two configurations ask the same question of the same server, so that the verdict on one holds for the other. */
bool check_same(const struct check_conf *, const struct check_conf *);
/* Of these lists all: */
void checks_stop(struct check **);
/* ha_suspend: no tries while suspended; the verdict stays. */
void checks_suspend(struct check *, bool suspended);
/* True when all of them are up; weight: the server's, which is `own` in the configuration, with what they add. */
bool checks_up(const struct check *, int own, int *weight);

bool check_up(const struct check *);
/* What MISC_CHECK with misc_dynamic and FILE_CHECK add to the real server's weight, which is `own` in the configuration; 0 for others. */
int check_weight(const struct check *, int own);

/* For status; valid until the next turn of the loop. */
struct check_view {
	const char *kind;   /* "TCP_CHECK" */
	const char *result; /* of the last try, for people: "connected", "status 503"; "" before it */
	uint64_t last_us;   /* when the last try ended; 0: none yet */
	unsigned failures;
};
/* Returns the next one of its owner's, or NULL. */
const struct check *check_view(const struct check *, struct check_view *);

#endif
