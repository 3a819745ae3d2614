/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the kernel gives a process by default; our children shall not inherit ours. */
#define DEFAULT_SLACK_NS 50000UL
/* How long a turn sleeps when ppoll itself fails (out of memory), so that it does not spin. */
#define RETRY_US 10000
/* The kernel lets a time-out of poll come late by a thousandth of it, which is 4 ms where a master is waited for. Longer waits than this
 * end before their time by more than that, and the rest is waited for apart. */
#define COARSE_NS 2000000U
#define EARLY 512
#define NS_PER_S 1000000000U

struct loop {
	uint64_t now_us;
	/* Parallel arrays; a removed entry is NULL (descriptor -1) until the end of the turn, so that indices stay while callbacks run. */
	struct io **ios;
	struct pollfd *fds;
	size_t count, size;
	bool holes;
	/* Pairing heap below heap.child, and the timers of this turn as a list below due.child: both hang on a sentinel, so that
	 * one unlink() serves for all of them. */
	struct timer heap, due;
	uint32_t order;
	struct child *children;
	void (*on_signal)(void *ctx, int signo);
	void *ctx;
	sigset_t wait_mask;
	bool stopping;
	int result;
};

/* Handlers have no argument to reach a loop by. */
static volatile sig_atomic_t signal_seen[_NSIG];
static volatile sig_atomic_t any_signal_seen;

static void on_signal(int signo)
{
	signal_seen[signo] = 1;
	any_signal_seen = 1;
}

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

uint64_t loop_now(const struct loop *l)
{
	return l->now_us;
}

uint64_t loop_refresh_now(struct loop *l)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	/* Of 32 bits: a turn makes no long division. */
	l->now_us = (uint64_t)ts.tv_sec * US_PER_S + (uint32_t)ts.tv_nsec / 1000;
	return l->now_us;
}

/* Timers: a pairing heap, because it needs no memory but the timers' own. Recursion would be as deep as a hostile order of
 * insertions makes it, so merging is iterative. */

/* Of those due at one time the one set first: virtual routers become masters in the order of the file. */
static bool before(const struct timer *a, const struct timer *b)
{
	return a->due_us != b->due_us ? a->due_us < b->due_us : (int32_t)(a->order - b->order) < 0;
}

static struct timer *meld(struct timer *a, struct timer *b)
{
	struct timer *swap;

	if (before(b, a)) {
		swap = a;
		a = b;
		b = swap;
	}
	b->prev = a;
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	a->child = b;
	a->next = NULL;
	return a;
}

/* Pairs up siblings from left to right, then merges the pairs from right to left: this order gives the amortised bound. */
static struct timer *merge_siblings(struct timer *first)
{
	struct timer *stack = NULL, *root = NULL, *a, *b;

	while (first) {
		a = first;
		b = a->next;
		first = b ? b->next : NULL;
		if (b)
			a = meld(a, b);
		a->next = stack;
		stack = a;
	}
	while (stack) {
		a = stack;
		stack = a->next;
		root = root ? meld(a, root) : a;
	}
	return root;
}

static void heap_put(struct loop *l, struct timer *tree)
{
	if (l->heap.child)
		tree = meld(l->heap.child, tree);
	tree->next = NULL;
	tree->prev = &l->heap;
	l->heap.child = tree;
}

static void unlink_timer(struct timer *t)
{
	if (t->prev->child == t)
		t->prev->child = t->next;
	else
		t->prev->next = t->next;
	if (t->next)
		t->next->prev = t->prev;
	t->next = t->prev = NULL;
}

static void heap_take(struct loop *l, struct timer *t)
{
	struct timer *below = merge_siblings(t->child);

	unlink_timer(t);
	t->child = NULL;
	if (below)
		heap_put(l, below);
}

void timer_stop(struct loop *l, struct timer *t)
{
	if (!t->armed)
		return;
	t->armed = false;
	heap_take(l, t);
}

void timer_set_at(struct loop *l, struct timer *t, uint64_t due_us)
{
	timer_stop(l, t);
	t->due_us = due_us;
	t->order = l->order++;
	t->child = NULL;
	t->armed = true;
	heap_put(l, t);
}

void timer_set(struct loop *l, struct timer *t, uint64_t delay_us)
{
	timer_set_at(l, t, delay_us > UINT64_MAX - l->now_us ? UINT64_MAX : l->now_us + delay_us);
}

/* All that are due leave the heap first: one that its callback sets to "now" again runs in the next turn, after the descriptors. */
static void run_timers(struct loop *l)
{
	struct timer *last = NULL, *t;

	/* A callback that runs a turn of its own carries on with the list it came from. */
	while (!l->due.child || last) {
		t = l->heap.child;
		if (!t || t->due_us > l->now_us)
			break;
		heap_take(l, t);
		t->prev = last ? last : &l->due;
		*(last ? &last->next : &l->due.child) = t;
		last = t;
	}
	while ((t = l->due.child)) {
		timer_stop(l, t);
		t->cb(t);
	}
}

static bool io_known(const struct loop *l, const struct io *io)
{
	return io->index < l->count && l->ios[io->index] == io;
}

void io_set_events(struct loop *l, struct io *io, short events)
{
	io->events = events;
	if (!io_known(l, io))
		return;
	l->fds[io->index].events = events;
	/* With no events wanted poll would still report errors, for ever. */
	l->fds[io->index].fd = events ? io->fd : -1;
}

static int grow(struct loop *l)
{
	size_t size = l->size ? l->size * 2 : 16;
	struct pollfd *fds = realloc(l->fds, size * sizeof(*fds));
	struct io **ios;

	if (!fds)
		return -ENOMEM;
	l->fds = fds;
	ios = realloc(l->ios, size * sizeof(*ios));
	if (!ios)
		return -ENOMEM;
	l->ios = ios;
	l->size = size;
	return 0;
}

int io_add(struct loop *l, struct io *io)
{
	if (!io_known(l, io)) {
		if (l->count == l->size && grow(l))
			return -ENOMEM;
		io->index = l->count++;
		l->ios[io->index] = io;
		l->fds[io->index] = (struct pollfd){ 0 };
	}
	io_set_events(l, io, io->events);
	return 0;
}

void io_remove(struct loop *l, struct io *io)
{
	if (!io_known(l, io))
		return;
	l->ios[io->index] = NULL;
	l->fds[io->index].fd = -1;
	l->holes = true;
}

void io_close(struct loop *l, struct io *io)
{
	if (io->fd < 0)
		return;
	io_remove(l, io);
	close(io->fd);
	io->fd = -1;
}

static void sweep(struct loop *l)
{
	size_t from, to = 0;

	if (!l->holes)
		return;
	for (from = 0; from < l->count; from++) {
		if (!l->ios[from])
			continue;
		l->ios[to] = l->ios[from];
		l->fds[to] = l->fds[from];
		l->ios[to]->index = to;
		to++;
	}
	l->count = to;
	l->holes = false;
}

static void run_ios(struct loop *l)
{
	const short errors = POLLERR | POLLHUP | POLLNVAL;
	size_t i, polled = l->count; /* what callbacks add has not been asked for yet */
	struct io *io;
	short got;

	for (i = 0; i < polled && i < l->count; i++) {
		io = l->ios[i];
		if (!io || l->fds[i].fd < 0)
			continue;
		/* An earlier callback may have lost interest. */
		got = l->fds[i].revents & (io->events | errors);
		if (!got)
			continue;
		/* Closed by its owner, who forgot us: it would wake every turn. */
		if (got & POLLNVAL)
			io_remove(l, io);
		io->cb(io, got);
	}
}

void child_add(struct loop *l, struct child *c)
{
	c->next = l->children;
	l->children = c;
}

void child_remove(struct loop *l, struct child *c)
{
	struct child **at = &l->children;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
}

static void reap(struct loop *l)
{
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (c = l->children; c && c->pid != pid; c = c->next)
			;
		if (!c)
			continue;
		child_remove(l, c);
		c->cb(c, status);
	}
}

static void run_signals(struct loop *l)
{
	int signo;

	if (!any_signal_seen)
		return;
	any_signal_seen = 0;
	for (signo = 1; signo < _NSIG; signo++) {
		if (!signal_seen[signo])
			continue;
		signal_seen[signo] = 0;
		if (signo == SIGCHLD)
			reap(l);
		else
			l->on_signal(l->ctx, signo);
	}
}

int loop_on_signal(struct loop *l, int signo, void (*cb)(void *ctx, int signo), void *ctx)
{
	struct sigaction sa = { .sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP };
	sigset_t block;

	if (signo <= 0 || signo >= _NSIG)
		return -EINVAL;
	sigemptyset(&block);
	if (sigaddset(&block, signo) || sigprocmask(SIG_BLOCK, &block, NULL) || sigaction(signo, &sa, NULL))
		return -errno;
	sigdelset(&l->wait_mask, signo);
	l->on_signal = cb;
	l->ctx = ctx;
	return 0;
}

/* Raw, since libc keeps some real-time signals to itself, which people count from another libc's SIGRTMIN. */
static void set_disposition(int signo, void (*handler)(int))
{
	unsigned long act[8] = { 0 }; /* the kernel's struct: handler, flags, restorer, mask */
#ifdef __mips__
	act[1] = (unsigned long)handler; /* flags come first */
#else
	act[0] = (unsigned long)handler;
#endif
	syscall(SYS_rt_sigaction, signo, act, NULL, _NSIG / 8);
}

void loop_ignore_signals(void)
{
	/* A stop that comes before anybody handles it shall not be lost. */
	static const char by_default[] = { SIGTERM, SIGINT, SIGCHLD, SIGCONT, SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV };
	int signo;

	for (signo = 1; signo < _NSIG; signo++)
		if (!memchr(by_default, signo, sizeof(by_default)))
			set_disposition(signo, SIG_IGN);
}

void loop_child_signals(void)
{
	sigset_t none;
	int signo;

	sigemptyset(&none);
	for (signo = 1; signo < _NSIG; signo++)
		set_disposition(signo, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_TIMERSLACK, DEFAULT_SLACK_NS, 0, 0, 0);
}

/* Until then by clock_ns(), UINT64_MAX: without end. As ppoll(). */
static int wait_until(const struct loop *l, uint64_t until_ns)
{
	uint64_t now_ns, left, early;
	struct timespec ts;
	int ready;

	do {
		now_ns = clock_ns();
		left = until_ns > now_ns ? until_ns - now_ns : 0;
		early = left > COARSE_NS ? left / EARLY : 0;
		left -= early;
		ts.tv_sec = (time_t)(left / NS_PER_S);
		/* The rest fits 32 bits, whose arithmetic is small everywhere. */
		ts.tv_nsec = (long)((uint32_t)left - (uint32_t)ts.tv_sec * NS_PER_S);
		ready = ppoll(l->fds, l->count, until_ns == UINT64_MAX ? NULL : &ts, &l->wait_mask);
	} while (!ready && early);
	return ready;
}

void loop_turn(struct loop *l, uint64_t max_wait_us)
{
	struct timespec pause = { 0 };
	/* In ns, since CLOCK_MONOTONIC in whole us would end some waits a us early and spin. */
	uint64_t until_ns = max_wait_us >> 50 ? UINT64_MAX : clock_ns() + max_wait_us * 1000;
	int ready;

	sweep(l);
	if (l->heap.child && l->heap.child->due_us < UINT64_MAX / 1000 && l->heap.child->due_us * 1000 < until_ns)
		until_ns = l->heap.child->due_us * 1000;
	ready = wait_until(l, until_ns);
	if (ready < 0 && errno != EINTR)
		pause.tv_nsec = RETRY_US * 1000L;
	/* With a descriptor ready ppoll leaves signals blocked: a flood of packets would keep TERM waiting. */
	if (ready > 0 || pause.tv_nsec)
		ppoll(NULL, 0, &pause, &l->wait_mask);
	loop_refresh_now(l);
	run_signals(l);
	if (ready > 0)
		run_ios(l);
	/* After the descriptors: when we were held up, what peers said meanwhile comes before the conclusion that they are silent. */
	run_timers(l);
}

int loop_run(struct loop *l)
{
	l->stopping = false;
	while (!l->stopping)
		loop_turn(l, UINT64_MAX);
	return l->result;
}

void loop_stop(struct loop *l, int result)
{
	l->stopping = true;
	l->result = result;
}

struct loop *loop_new(void)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	sigprocmask(SIG_SETMASK, NULL, &l->wait_mask);
	if (loop_on_signal(l, SIGCHLD, NULL, NULL)) {
		free(l);
		return NULL;
	}
	/* Children of the program that executed us may have ended before. */
	signal_seen[SIGCHLD] = any_signal_seen = 1;
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	loop_refresh_now(l);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	free(l->ios);
	free(l->fds);
	free(l);
}
