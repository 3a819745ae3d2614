/* SPDX-License-Identifier: MIT */
/*
 * A loop whose time stands still until the test moves it. Timers fire in order, children end and descriptors are looked at when the test says so.
 */
#ifndef FAKE_LOOP_H
#define FAKE_LOOP_H

#include "loop.h"

/* Moves time on, stopping at each timer that becomes due on the way. */
void fake_advance(uint64_t us);
/* Moves time on without any timer, as on a machine that was too busy. */
void fake_jump(uint64_t us);
/* Tells the child's owner that it ended; false when nobody watches that pid. */
bool fake_exit(pid_t pid, int wait_status);
/* Waits up to ms for real children to end and tells their owners, one after the other; how many ended, watched or not. */
unsigned fake_reap(int ms);
/* Waits up to ms for descriptors and calls back for those that are ready; how many were. */
unsigned fake_poll(int ms);
/* What is registered. */
unsigned fake_timers(void);
unsigned fake_children(void);

#endif
