/* SPDX-License-Identifier: MIT */
/*
 * Runs programs for others: notify scripts in order per owner, check scripts with a timeout, start and stop scripts.
 * Owns the children. Never waits for one. Also the script security check and user lookup (/etc/passwd read here, no libc resolver).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "config.h"

#include <stdbool.h>
#include <sys/types.h>

struct loop;
struct notify;
struct notify_queue; /* one owner's scripts: an instance or a group */

struct notify *notify_new(struct loop *, const struct config *);
void notify_set_config(struct notify *, const struct config *);
void notify_free(struct notify *);

/* Looks at a script as it will be run. Calls tell for each thing a person should mend (missing file, unknown user, unsafe path).
 * Returns false when it must not be run (script security). */
bool notify_check_script(const struct config *, const struct conf_script *, void (*tell)(void *ctx, const char *text), void *ctx);

/* Starts a program; stdin, stdout and stderr are /dev/null unless out_fd >= 0. Its own process group. extra: words appended to argv, NULL-terminated, may be NULL.
 * The pid, or -errno. The caller watches it with child_add(). */
pid_t notify_spawn(struct notify *, const struct conf_script *, const char *const *extra);

/* A queue keeps order: a script waits for the one before it, at most 5 s, and is dropped when a newer one with the same key supersedes it while it waits.
 * The running one is never killed. */
struct notify_queue *notify_queue_new(struct notify *, const char *name);
void notify_queue_free(struct notify_queue *); /* what waits is started at once; what runs, runs on */
/* group_key: scripts queued by one transition share it; a newer key drops waiting ones with an older key. */
int notify_queue_run(struct notify_queue *, const struct conf_script *, const char *const *extra, unsigned group_key);
/* True while anything is running or waiting. */
bool notify_queue_busy(const struct notify_queue *);

#endif
