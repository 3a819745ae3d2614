/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
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
#define COARSE_US 2000
#define EARLY 512
/* Longer ones are several: of 32 bits, whose arithmetic is small everywhere. */
#define LONG_US 4000000000U

/* There is one in a process, as there is one set of signals. */
static struct {
	uint64_t now_us;
	struct io *ios, *next_io; /* the latter: whose turn it is, of those that are called */
	struct pollfd *fds;       /* made anew from the list for each wait, in its order */
	unsigned count, size;     /* the latter of fds: never less, since those whose turn is to come have their places in it */
	struct timer heap;        /* pairing heap below heap.child: a sentinel, so that one unlink() serves for all timers */
	uint32_t order;
	struct child *children;
	void (*on_signal)(int signo);
	struct io signals;
	sigset_t handled;
	bool stopping;
	int result;
} l;

uint64_t loop_now(void)
{
	return l.now_us;
}

uint64_t loop_refresh_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	/* Of 32 bits: a turn makes no long division. */
	l.now_us = (uint64_t)ts.tv_sec * US_PER_S + (uint32_t)ts.tv_nsec / 1000;
	return l.now_us;
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

static void heap_put(struct timer *tree)
{
	if (l.heap.child)
		tree = meld(l.heap.child, tree);
	tree->next = NULL;
	tree->prev = &l.heap;
	l.heap.child = tree;
}

static void unlink_timer(struct timer *t)
{
	if (t->prev->child == t)
		t->prev->child = t->next;
	else
		t->prev->next = t->next;
	if (t->next)
		t->next->prev = t->prev;
}

void timer_stop(struct timer *t)
{
	struct timer *below;

	if (!t->armed)
		return;
	t->armed = false;
	unlink_timer(t);
	below = merge_siblings(t->child);
	if (below)
		heap_put(below);
}

void timer_set_at(struct timer *t, uint64_t due_us)
{
	timer_stop(t);
	t->due_us = due_us;
	t->order = l.order++;
	t->child = NULL;
	t->armed = true;
	heap_put(t);
}

void timer_set(struct timer *t, uint64_t delay_us)
{
	timer_set_at(t, delay_us > UINT64_MAX - l.now_us ? UINT64_MAX : l.now_us + delay_us);
}

/* One that is set to "now" meanwhile runs in the next turn, after the descriptors. */
static void run_timers(void)
{
	uint32_t end = l.order;
	struct timer *t;

	while ((t = l.heap.child) && t->due_us <= l.now_us && (int32_t)(t->order - end) < 0) {
		timer_stop(t);
		t->cb(t);
	}
}

/* What points to it, or would. */
static struct io **place_of(const struct io *io)
{
	struct io **at = &l.ios;

	while (*at && *at != io)
		at = &(*at)->next;
	return at;
}

int io_add(struct io *io)
{
	struct io **at = place_of(io);
	struct pollfd *fds;

	if (*at)
		return 0;
	if (l.count == l.size) {
		fds = realloc(l.fds, (l.size + 1) * sizeof(*fds));
		if (!fds)
			return -ENOMEM;
		l.fds = fds;
		l.size++;
	}
	l.count++;
	io->slot = UINT_MAX;
	io->next = NULL;
	*at = io;
	return 0;
}

void io_remove(struct io *io)
{
	struct io **at = place_of(io);

	if (!*at)
		return;
	*at = io->next;
	l.count--;
	if (l.next_io == io)
		l.next_io = io->next;
}

void io_close(struct io *io)
{
	if (io->fd < 0)
		return;
	io_remove(io);
	close(io->fd);
	io->fd = -1;
}

static void ask_for_ios(void)
{
	unsigned n = 0;

	/* With no events wanted poll would still report errors, for ever. */
	for (struct io *io = l.ios; io; io = io->next) {
		io->slot = n;
		l.fds[n++] = (struct pollfd){ .fd = io->events ? io->fd : -1, .events = io->events };
	}
}

static void run_ios(void)
{
	const short errors = POLLERR | POLLHUP | POLLNVAL;
	struct io *io;
	short got;

	for (io = l.ios; io; io = l.next_io) {
		l.next_io = io->next;
		/* What a callback added has not been asked for yet; an earlier one may have lost interest. */
		if (io->slot == UINT_MAX || !io->events)
			continue;
		got = l.fds[io->slot].revents & (io->events | errors);
		if (!got)
			continue;
		/* Closed by its owner, who forgot us: it would wake every turn. */
		if (got & POLLNVAL)
			io_remove(io);
		io->cb(io, got);
	}
}

void child_add(struct child *c)
{
	c->next = l.children;
	l.children = c;
}

void child_remove(struct child *c)
{
	struct child **at = &l.children;

	while (*at && *at != c)
		at = &(*at)->next;
	if (*at)
		*at = c->next;
}

static void reap(void)
{
	struct child *c;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (c = l.children; c && c->pid != pid; c = c->next)
			;
		if (!c)
			continue;
		child_remove(c);
		c->cb(c, status);
	}
}

static void read_signals(struct io *io, short revents)
{
	struct signalfd_siginfo info;

	(void)revents;
	while (read(io->fd, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGCHLD)
			reap();
		else
			l.on_signal((int)info.ssi_signo);
}

int loop_on_signal(int signo, void (*cb)(int signo))
{
	/* The kernel takes SIGKILL for one that never comes. */
	if (signo <= 0 || signo >= _NSIG || signo == SIGKILL)
		return -EINVAL;
	sigaddset(&l.handled, signo);
	sigprocmask(SIG_BLOCK, &l.handled, NULL);
	l.signals.fd = (int)syscall(SYS_signalfd4, l.signals.fd, &l.handled, _NSIG / 8, SFD_CLOEXEC | SFD_NONBLOCK);
	l.on_signal = cb;
	return l.signals.fd < 0 ? -errno : 0;
}

/* SIG_DFL or SIG_IGN. Raw, since libc keeps some real-time signals to itself, which people count from another libc's SIGRTMIN. */
static void set_disposition(int signo, void (*handler)(int))
{
	/* The kernel's struct: handler and flags, on MIPS flags and handler, restorer, mask. As a flag SIG_IGN is SA_NOCLDSTOP: no harm. */
	unsigned long act[8] = { (unsigned long)handler, (unsigned long)handler };

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

/* UINT64_MAX: without end. As poll(). */
static int wait_until(uint64_t until_us)
{
	struct timespec ts;
	int ready;

	do {
		/* The time of now is rounded down: no wait ends before its end. */
		uint64_t left_us = until_us > l.now_us ? until_us - l.now_us : 0;
		uint32_t us = left_us > LONG_US ? LONG_US : (uint32_t)left_us, s;

		if (us > COARSE_US)
			us -= us / EARLY;
		s = us / (uint32_t)US_PER_S;
		ts.tv_sec = (time_t)s;
		ts.tv_nsec = (long)(us - s * (uint32_t)US_PER_S) * 1000;
		ready = ppoll(l.fds, l.count, until_us == UINT64_MAX ? NULL : &ts, NULL);
		loop_refresh_now();
	} while (!ready && l.now_us < until_us);
	return ready;
}

void loop_turn(uint64_t max_wait_us)
{
	const struct timespec pause = { .tv_nsec = RETRY_US * 1000L };
	uint64_t until_us = loop_refresh_now() + max_wait_us;
	int ready;

	if (until_us < max_wait_us)
		until_us = UINT64_MAX;
	if (l.heap.child && l.heap.child->due_us < until_us)
		until_us = l.heap.child->due_us;
	ask_for_ios();
	ready = wait_until(until_us);
	if (ready < 0)
		ppoll(NULL, 0, &pause, NULL);
	if (ready > 0)
		run_ios();
	/* After the descriptors: when we were held up, what peers said meanwhile comes before the conclusion that they are silent. */
	run_timers();
}

int loop_run(void)
{
	l.stopping = false;
	while (!l.stopping)
		loop_turn(UINT64_MAX);
	return l.result;
}

void loop_stop(int result)
{
	l.stopping = true;
	l.result = result;
}

int loop_open(void)
{
	int err;

	memset(&l, 0, sizeof(l));
	l.signals = (struct io){ .fd = -1, .events = POLLIN, .cb = read_signals };
	/* Where who started us had it ignored, the kernel would tell of no child's end. */
	set_disposition(SIGCHLD, SIG_DFL);
	err = loop_on_signal(SIGCHLD, NULL);
	if (!err)
		err = io_add(&l.signals);
	/* Children of the program that executed us may have ended before. */
	reap();
	prctl(PR_SET_TIMERSLACK, 1UL, 0, 0, 0);
	loop_refresh_now();
	return err;
}

void loop_close(void)
{
	io_close(&l.signals);
	free(l.fds);
}
