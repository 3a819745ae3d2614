/* SPDX-License-Identifier: MIT */
#include "fake_loop.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define IOS_MAX 1024
#define START_US (1000 * US_PER_S)

static struct {
	uint64_t now_us;
	struct timer *timers;
	struct child *children;
	struct io *ios[IOS_MAX];
} l;

int loop_open(void)
{
	memset(&l, 0, sizeof(l));
	l.now_us = START_US;
	return 0;
}

void loop_close(void)
{
}

uint64_t loop_now(void)
{
	return l.now_us;
}

uint64_t loop_refresh_now(void)
{
	return l.now_us;
}

void timer_stop(struct timer *t)
{
	struct timer **at = &l.timers;

	t->armed = false;
	while (*at && *at != t)
		at = &(*at)->next;
	if (*at)
		*at = t->next;
}

/* After those that are due at the same time. */
void timer_set_at(struct timer *t, uint64_t due_us)
{
	struct timer **at = &l.timers;

	timer_stop(t);
	t->armed = true;
	t->due_us = due_us;
	while (*at && (*at)->due_us <= due_us)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

void timer_set(struct timer *t, uint64_t delay_us)
{
	timer_set_at(t, l.now_us + delay_us);
}

void fake_advance(uint64_t us)
{
	uint64_t end_us = l.now_us + us;
	struct timer *t;

	while ((t = l.timers) && t->due_us <= end_us) {
		if (t->due_us > l.now_us)
			l.now_us = t->due_us;
		timer_stop(t);
		t->cb(t);
	}
	l.now_us = end_us;
}

void fake_jump(uint64_t us)
{
	l.now_us += us;
}

unsigned fake_timers(void)
{
	const struct timer *t;
	unsigned n = 0;

	for (t = l.timers; t; t = t->next)
		n++;
	return n;
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

unsigned fake_children(void)
{
	const struct child *c;
	unsigned n = 0;

	for (c = l.children; c; c = c->next)
		n++;
	return n;
}

bool fake_exit(pid_t pid, int wait_status)
{
	struct child *c = l.children;

	while (c && c->pid != pid)
		c = c->next;
	if (!c)
		return false;
	child_remove(c);
	c->cb(c, wait_status);
	return true;
}

static void sleep_ms(void)
{
	struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
}

unsigned fake_reap(int ms)
{
	unsigned ended = 0;
	int status;
	pid_t pid;

	do {
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
			fake_exit(pid, status);
			ended++;
		}
		if (ended || pid < 0)
			break;
		sleep_ms();
	} while (ms-- > 0);
	return ended;
}

int io_add(struct io *io)
{
	unsigned i;

	for (i = 0; i < IOS_MAX; i++)
		if (!l.ios[i] || l.ios[i] == io) {
			l.ios[i] = io;
			return 0;
		}
	return -1;
}

void io_remove(struct io *io)
{
	unsigned i;

	for (i = 0; i < IOS_MAX; i++)
		if (l.ios[i] == io)
			l.ios[i] = NULL;
}

void io_close(struct io *io)
{
	if (io->fd < 0)
		return;
	io_remove(io);
	close(io->fd);
	io->fd = -1;
}

unsigned fake_poll(int ms)
{
	struct pollfd fds[IOS_MAX];
	unsigned i, ready = 0;

	for (i = 0; i < IOS_MAX; i++)
		fds[i] = (struct pollfd){ .fd = l.ios[i] ? l.ios[i]->fd : -1, .events = l.ios[i] ? l.ios[i]->events : 0 };
	if (poll(fds, IOS_MAX, ms) <= 0)
		return 0;
	for (i = 0; i < IOS_MAX; i++)
		if (fds[i].revents && l.ios[i]) {
			ready++;
			l.ios[i]->cb(l.ios[i], fds[i].revents);
		}
	return ready;
}

int loop_run(void)
{
	return 0;
}

void loop_turn(uint64_t max_wait_us)
{
	fake_poll((int)(max_wait_us / 1000));
}

void loop_stop(int result)
{
	(void)result;
}

int loop_on_signal(int signo, void (*cb)(int signo))
{
	(void)signo;
	(void)cb;
	return 0;
}

void loop_ignore_signals(void)
{
}

void loop_child_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
