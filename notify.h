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

struct child;
struct notify_queue; /* one owner's scripts: an instance or a group */

/* At start, and for a new configuration, which must live until the next one. */
void notify_set_config(const struct config *);

/* Looks at a script as it will be run. Calls tell for each thing a person should mend (missing file, unknown user, unsafe path); tell may be NULL.
 * Returns false when it will not be run. */
bool notify_check_script(const struct config *, const struct conf_script *, void (*tell)(const char *text));

/* Makes who would run a script with this user and group (NULL: the configuration's default) the owner of a file. False when that fails. */
bool notify_give(int fd, const char *user, const char *group);

/* Starts a program; stdin, stdout and stderr are /dev/null. Its own process group. last: a word behind those of argv, or NULL.
 * 0 or -errno: all that notify_check_script() looks at is looked at again, and the reason logged. The child, whose cb is set by the caller, is
 * watched from then on; NULL: nobody cares.
 * A program that can't be executed after all ends with 0, as under keepalived: broken tools must not move the address. */
int notify_spawn(const struct conf_script *, const char *last, struct child *);
/* To the program and what it started. 0 or -errno. */
int notify_kill(pid_t pid, int signo);

/*
 * A queue keeps order: a script waits for the one before it, at most 5 s, and is dropped when a newer one with a newer key supersedes it while it
 * waits. The running one is never killed. Scripts are copied: the configuration may go while they wait.
 * Makes the queue when it is NULL, and does nothing when the script is. name: whose it is. extra: words behind those of argv, NULL at their end,
 * or NULL. group_key: scripts queued by one transition share it;
 * a newer (larger) key drops waiting ones with an older key.
 */
void notify_queue_run(struct notify_queue **, const char *name, const struct conf_script *, const char *const *extra, unsigned group_key);
void notify_queue_free(struct notify_queue *); /* what waits is started at once; what runs, runs on; NULL: nothing */
/* True while anything is running or waiting. */
bool notify_queue_busy(const struct notify_queue *);
/* True while in any queue one waits or is waited for. */
bool notify_pending(void);

#endif
