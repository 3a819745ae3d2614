/* SPDX-License-Identifier: MIT */
/*
 * The event loop: descriptors, timers, children and signals over ppoll. One of it in a process, one thread; callbacks never block.
 * The structs below are embedded in their owners, who find themselves again by container_of; the loop owns no memory of theirs.
 * Any callback may add, change or remove any io, timer or child, its own included.
 */
#ifndef LOOP_H
#define LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr) - offsetof(type, member)))
#define US_PER_S 1000000ULL

struct io {
	int fd;
	short events; /* POLLIN, POLLOUT; 0: paused, errors are not reported either */
	void (*cb)(struct io *, short revents);
	/* The loop's own. */
	unsigned slot;
	struct io *next;
};

struct timer {
	uint64_t due_us; /* CLOCK_MONOTONIC */
	void (*cb)(struct timer *);
	/* The loop's own. */
	bool armed;
	uint32_t order;
	struct timer *child, *next, *prev;
};

struct child {
	pid_t pid;
	void (*cb)(struct child *, int wait_status);
	struct child *next;
};

/* There is one loop. 0 or -errno. */
int loop_open(void);
void loop_close(void);
/* Time of this turn, read once after ppoll returns. CLOCK_MONOTONIC in us. */
uint64_t loop_now(void);
/* Reads the clock anew, for an action that must be timed exactly. */
uint64_t loop_refresh_now(void);
/* Until loop_stop(). Returns the value given to it. */
int loop_run(void);
/* One turn: waits at most max_wait_us (UINT64_MAX: until something happens). For tests and for short waits at the end; a callback may call it. */
void loop_turn(uint64_t max_wait_us);
void loop_stop(int result);

/* io->fd, events and cb are set by the caller; events may be changed at any time. 0 or -ENOMEM. */
int io_add(struct io *);
/* Idempotent; does not close the descriptor. */
void io_remove(struct io *);
/* Does, and leaves -1 in its place. */
void io_close(struct io *);

/* Re-arms. timer_set() is relative to loop_now(), timer_set_at() absolute: for schedules without drift. Cannot fail. */
void timer_set(struct timer *, uint64_t delay_us);
void timer_set_at(struct timer *, uint64_t due_us);
void timer_stop(struct timer *);

/* child->pid and cb are set by the caller after fork. */
void child_add(struct child *);
/* Forgets it: reaped silently when it ends. */
void child_remove(struct child *);

/* cb is called by the loop as for a descriptor; the last one, for all signals. 0 or -errno. */
int loop_on_signal(int signo, void (*cb)(int signo));
/* Ignores every signal but TERM, INT and those that a crash raises. Before loop_on_signal(). */
void loop_ignore_signals(void);
/* In a forked child: default handlers and an empty signal mask, as an exec'd script expects. */
void loop_child_signals(void);

#endif
