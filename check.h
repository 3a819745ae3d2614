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
struct checks;

struct check_hooks {
	/* The first verdict, another one (turned), or another weight. Called from the loop, never from a function below. */
	void (*changed)(void *ctx, void *owner, struct check *, bool turned);
	void *ctx;
};

/* NULL with errno. */
struct checks *checks_new(const struct check_hooks *);
/* After all of its checks. */
void checks_free(struct checks *);
/* At start and after a reload, before check_start() and check_adopt(): what checks ask of the configuration as a whole. */
void checks_set_config(struct checks *, const struct config *);

/*
 * real and virtual: as logged, "[192.0.2.1]:tcp:80"; they and the configuration outlive the check, or check_adopt() gives new ones. Begins
 * down with alpha, else up; the first try comes after a random share of the warm-up time. NULL with errno.
 */
struct check *check_start(struct checks *, const struct check_conf *, const char *real, const char *virtual, void *owner);
/* Reload: the same check goes on with its verdict, timers and retries under new pointers. False where check_same() is. */
bool check_adopt(struct check *, const struct check_conf *, const char *real, const char *virtual, void *owner);
/* True when two configurations ask the same question of the same server, so that the verdict on one holds for the other. */
bool check_same(const struct check_conf *, const struct check_conf *);
void check_stop(struct check *);
/* ha_suspend: no tries while suspended; the verdict stays. */
void check_suspend(struct check *, bool suspended);

bool check_up(const struct check *);
/* What MISC_CHECK with misc_dynamic and FILE_CHECK add to the real server's weight, which is `own` in the configuration; 0 for others. */
int check_weight(const struct check *, int own);

/* For status; valid until the next turn of the loop. */
struct check_view {
	const struct check_conf *conf;
	const char *kind;   /* "TCP_CHECK" */
	const char *result; /* of the last try, for people: "connected", "status 503"; "" before it */
	uint64_t since_us;  /* of the verdict */
	uint64_t last_us;   /* when the last try ended; 0: none yet */
	unsigned tries, failures;
};
void check_view(const struct check *, struct check_view *);

#endif
