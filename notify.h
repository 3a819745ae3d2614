/* SPDX-License-Identifier: MIT */
/*
 * Runs programs for others: notify scripts in order per owner, check scripts, start and stop scripts. Never waits for one.
 * Also the script security check and user lookup (/etc/passwd read here, no libc resolver).
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "config.h"

#include <stdbool.h>
#include <sys/types.h>

/* Where programs are looked for when the environment does not say. */
#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct notify;
struct notify_queue; /* one owner's scripts: an instance or a group */

/* The config must live until the next notify_set_config(). */
struct notify *notify_new(const struct config *);
void notify_set_config(struct notify *, const struct config *);
void notify_free(struct notify *); /* after its queues */

/* Looks at a script as it will be run. Calls tell for each thing a person should mend (missing file, unknown user, unsafe path); tell may be NULL.
 * Returns false when it will not be run. */
bool notify_check_script(const struct config *, const struct conf_script *, void (*tell)(void *ctx, const char *text), void *ctx);

/* Who would run a script with this user and group (NULL: the configuration's default). False when there is nobody of that name. */
bool notify_identity(const struct config *, const char *user, const char *group, uid_t *uid, gid_t *gid);

/* Starts a program; stdin, stdout and stderr are /dev/null. Its own process group. extra: words appended to argv, NULL-terminated, may be NULL.
 * The pid, or -errno: all that notify_check_script() looks at is looked at again, and the reason logged. The caller watches it with child_add().
 * A program that can't be executed after all ends with 0, as under keepalived: broken tools must not move the address. */
pid_t notify_spawn(struct notify *, const struct conf_script *, const char *const *extra);
/* To the program and what it started. 0 or -errno. */
int notify_kill(pid_t pid, int signo);

/* A queue keeps order: a script waits for the one before it, at most 5 s, and is dropped when a newer one with a newer key supersedes it while it waits.
 * The running one is never killed. Scripts are copied: the configuration may go while they wait. */
struct notify_queue *notify_queue_new(struct notify *, const char *name);
void notify_queue_free(struct notify_queue *); /* what waits is started at once; what runs, runs on */
/* group_key: scripts queued by one transition share it; a newer (larger) key drops waiting ones with an older key. 0 or -ENOMEM. */
int notify_queue_run(struct notify_queue *, const struct conf_script *, const char *const *extra, unsigned group_key);
/* True while anything is running or waiting. */
bool notify_queue_busy(const struct notify_queue *);
/* The same but for scripts that nobody waits for any more. */
bool notify_queue_pending(const struct notify_queue *);

#endif
