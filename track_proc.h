/* SPDX-License-Identifier: MIT */
/*
 * How many processes there are of a kind (vrrp_track_process): by the kernel's process events, or where it sends none (network and process
 * namespaces other than the first, no CONFIG_PROC_EVENTS) by looking through /proc every second, a few at a time.
 */
#ifndef TRACK_PROC_H
#define TRACK_PROC_H

#include "config.h"

struct track_proc;

/* What changed the number; keepalived's delays differ by it. Of /proc: more are PROC_FORK, fewer PROC_EXIT. */
enum proc_cause { PROC_FORK, PROC_EXEC, PROC_EXIT };

/* changed() is called from the loop, never from within track_proc_set(). */
struct track_proc *track_proc_new(void (*changed)(void *ctx, unsigned index, enum proc_cause), void *ctx);
void track_proc_free(struct track_proc *);
/* The kinds to count from now on, by index; NULL where there is none to count. The array is copied. Counts them.
 * 0, or -ENOMEM: then none is counted. The kinds before are no longer needed. */
int track_proc_set(struct track_proc *, const struct track_process_conf *const *confs, unsigned count);
unsigned track_proc_count(const struct track_proc *, unsigned index);

#endif
