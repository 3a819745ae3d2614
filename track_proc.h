/* SPDX-License-Identifier: MIT */
/*
 * How many processes there are of a kind (vrrp_track_process): by the kernel's process events, or where it sends none (network and process
 * namespaces other than the first, no CONFIG_PROC_EVENTS) by looking through /proc every second, a few at a time.
 */
#ifndef TRACK_PROC_H
#define TRACK_PROC_H

#include "config.h"


/* What changed the number; keepalived's delays differ by it. Of /proc: more are PROC_FORK, fewer PROC_EXIT. */
enum proc_cause { PROC_FORK, PROC_EXEC, PROC_EXIT };

/* The kinds to count from now on, a list of track_process_conf that stays until the next one; those that nobody tracks are not counted.
 * changed() is called from the loop, never from within. Counts them. */
void track_proc_set(const struct conf_list *, void (*changed)(unsigned index, enum proc_cause));
void track_proc_close(void);
unsigned track_proc_count(unsigned index);

#endif
