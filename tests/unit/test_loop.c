/* links: loop.c */
/* SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define MANY 20000

/* What callbacks saw, in order. */
static unsigned calls;
static uint64_t last_due;
static uint32_t last_order;
static bool in_order;

static int setup(void **state)
{
	(void)state;
	if (loop_open())
		return -1;
	calls = 0;
	last_due = 0;
	in_order = true;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

static void count_timer(struct timer *t)
{
	calls++;
	/* Those set first come first; the order never wraps here. */
	if (t->due_us < last_due || (t->due_us == last_due && t->order < last_order))
		in_order = false;
	last_due = t->due_us;
	last_order = t->order;
	assert_false(t->armed);
}

/* A small generator of its own: the same on every machine. */
static unsigned next_random(unsigned *seed)
{
	*seed = *seed * 1103515245 + 12345;
	return *seed >> 8;
}

static void timers_run_in_order(void **state)
{
	struct timer *t = calloc(MANY, sizeof(*t));
	unsigned i, seed = 1, armed = 0, at;

	(void)state;
	assert_non_null(t);
	for (i = 0; i < MANY; i++) {
		t[i].cb = count_timer;
		timer_set_at(&t[i], next_random(&seed) % 5000);
	}
	/* Stops, stops of stopped ones, and new times, all over the heap. */
	for (i = 0; i < 3 * MANY; i++) {
		at = next_random(&seed) % MANY;
		if (next_random(&seed) % 2)
			timer_stop(&t[at]);
		else
			timer_set_at(&t[at], next_random(&seed) % 5000);
	}
	for (i = 0; i < MANY; i++)
		armed += t[i].armed;
	assert_in_range(armed, 1, MANY - 1);
	loop_turn(0);
	assert_int_equal(calls, armed);
	assert_true(in_order);
	free(t);
}

static void sorted_insertion_is_no_deep_recursion(void **state)
{
	const unsigned count = 300000;
	struct timer *t = calloc(count, sizeof(*t));
	unsigned i;

	(void)state;
	assert_non_null(t);
	for (i = 0; i < count; i++) {
		t[i].cb = count_timer;
		timer_set_at(&t[i], i < count / 2 ? i : 2 * count - i);
	}
	/* The root of the first half goes, with all below it. */
	timer_stop(&t[0]);
	loop_turn(0);
	assert_int_equal(calls, count - 1);
	assert_true(in_order);
	free(t);
}

struct pair {
	struct timer t;
	struct timer *victim;
};

static void stop_victim(struct timer *t)
{
	struct pair *p = container_of(t, struct pair, t);

	calls++;
	timer_stop(p->victim);
}

static void a_due_timer_can_be_stopped_by_an_earlier_one(void **state)
{
	struct timer b = { .cb = count_timer }, c = { .cb = count_timer };
	struct pair a = { .t.cb = stop_victim, .victim = &b };

	(void)state;
	timer_set_at(&a.t, 1);
	timer_set_at(&b, 2);
	timer_set_at(&c, 3);
	loop_turn(0);
	assert_int_equal(calls, 2);
	assert_int_equal(last_due, 3);
	assert_false(b.armed);
}

static void set_again_at_once(struct timer *t)
{
	calls++;
	timer_set(t, 0);
}

static void a_timer_set_to_now_waits_for_the_next_turn(void **state)
{
	struct timer t = { .cb = set_again_at_once };

	(void)state;
	timer_set(&t, 0);
	loop_turn(0);
	assert_int_equal(calls, 1);
	loop_turn(UINT64_MAX);
	assert_int_equal(calls, 2);
	timer_stop(&t);
	loop_turn(0);
	assert_int_equal(calls, 2);
}

static void never_means_never(void **state)
{
	struct timer t = { .cb = count_timer };

	(void)state;
	timer_set(&t, UINT64_MAX - 5);
	loop_turn(1000);
	timer_set_at(&t, UINT64_MAX);
	loop_turn(1000);
	assert_int_equal(calls, 0);
}

static uint64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * US_PER_S + (uint64_t)ts.tv_nsec / 1000;
}

static void a_wait_is_one_turn_and_not_short(void **state)
{
	struct timer t = { .cb = count_timer };
	uint64_t due;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		due = loop_refresh_now() + 700;
		timer_set_at(&t, due);
		loop_turn(UINT64_MAX);
		assert_int_equal(calls, i + 1);
		assert_true(loop_now() >= due);
		assert_true(clock_us() - due < 2 * US_PER_S);
	}
}

static void run_nested_turn(struct timer *t)
{
	(void)t;
	calls++;
	loop_turn(0);
}

static void a_callback_may_run_a_turn(void **state)
{
	struct timer a = { .cb = run_nested_turn }, b = { .cb = count_timer }, c = { .cb = count_timer };

	(void)state;
	timer_set_at(&a, 1);
	timer_set_at(&b, 2);
	timer_set_at(&c, 3);
	loop_turn(0);
	assert_int_equal(calls, 3);
}

static void end_loop(struct timer *t)
{
	(void)t;
	loop_stop(7);
}

static void run_returns_what_stop_said(void **state)
{
	struct timer t = { .cb = end_loop };

	(void)state;
	timer_set(&t, 1000);
	assert_int_equal(loop_run(), 7);
}

struct end {
	struct io io;
	int other; /* the writing side */
	struct io *remove, *add;
	unsigned calls;
	short seen;
};

static void end_cb(struct io *io, short revents)
{
	struct end *e = container_of(io, struct end, io);

	e->calls++;
	e->seen = revents;
	if (e->remove)
		io_remove(e->remove);
	if (e->add)
		assert_int_equal(io_add(e->add), 0);
}

static void open_end(struct end *e, bool readable)
{
	int fds[2];

	memset(e, 0, sizeof(*e));
	assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
	e->io = (struct io){ .fd = fds[0], .events = POLLIN, .cb = end_cb };
	e->other = fds[1];
	if (readable)
		assert_int_equal(write(e->other, "x", 1), 1);
}

static void close_end(struct end *e)
{
	io_remove(&e->io);
	close(e->io.fd);
	close(e->other);
}

static void descriptors_are_told(void **state)
{
	struct end e[40];
	unsigned i;

	(void)state;
	for (i = 0; i < 40; i++) {
		open_end(&e[i], i % 2);
		assert_int_equal(io_add(&e[i].io), 0);
		assert_int_equal(io_add(&e[i].io), 0); /* again: the same */
	}
	loop_turn(UINT64_MAX);
	for (i = 0; i < 40; i++)
		assert_int_equal(e[i].calls, i % 2);
	e[1].io.events = 0;
	loop_turn(0);
	assert_int_equal(e[1].calls, 1);
	assert_int_equal(e[3].calls, 2);
	e[1].io.events = POLLIN;
	loop_turn(0);
	assert_int_equal(e[1].calls, 2);
	assert_int_equal(e[1].seen, POLLIN);
	for (i = 0; i < 40; i++)
		close_end(&e[i]);
}

static void a_callback_may_remove_and_add_any(void **state)
{
	struct end a, b, c, late;

	(void)state;
	open_end(&a, true);
	open_end(&b, true);
	open_end(&c, true);
	open_end(&late, true);
	a.remove = &b.io;
	a.add = &late.io;
	c.remove = &c.io;
	io_add(&a.io);
	io_add(&b.io);
	io_add(&c.io);
	loop_turn(0);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(late.calls, 0);
	io_remove(&b.io); /* idempotent */
	loop_turn(0);
	assert_int_equal(a.calls, 2);
	assert_int_equal(b.calls, 0);
	assert_int_equal(c.calls, 1);
	assert_int_equal(late.calls, 1);
	close_end(&a);
	close_end(&b);
	close_end(&c);
	close_end(&late);
}

#define CROWD 8
struct crowd {
	struct end first, others[CROWD], late;
};

static void thin_out(struct io *io, short revents)
{
	struct crowd *c = container_of(io, struct crowd, first.io);
	int i;

	(void)revents;
	for (i = 0; i + 1 < CROWD; i++)
		io_remove(&c->others[i].io);
	io_add(&c->late.io);
}

static void the_last_of_many_keeps_its_place(void **state)
{
	struct crowd c;
	int i;

	(void)state;
	open_end(&c.first, true);
	open_end(&c.late, true);
	c.first.io.cb = thin_out;
	io_add(&c.first.io);
	for (i = 0; i < CROWD; i++) {
		open_end(&c.others[i], true);
		io_add(&c.others[i].io);
	}
	loop_turn(0);
	assert_int_equal(c.others[0].calls, 0);
	assert_int_equal(c.others[CROWD - 1].calls, 1);
	assert_int_equal(c.others[CROWD - 1].seen, POLLIN);
	for (i = 0; i < CROWD; i++)
		close_end(&c.others[i]);
	close_end(&c.first);
	close_end(&c.late);
}

static void a_forgotten_descriptor_does_not_spin(void **state)
{
	struct end e;

	(void)state;
	open_end(&e, false);
	io_add(&e.io);
	close(e.io.fd);
	close(e.other);
	loop_turn(0);
	assert_int_equal(e.calls, 1);
	assert_int_equal(e.seen, POLLNVAL);
	loop_turn(0);
	assert_int_equal(e.calls, 1);
}

struct kid {
	struct child c;
	unsigned calls;
	int status;
	struct kid *forget;
};

static void kid_cb(struct child *c, int status)
{
	struct kid *k = container_of(c, struct kid, c);

	k->calls++;
	k->status = status;
	if (k->forget)
		child_remove(&k->forget->c);
}

static void start_kid(struct kid *k, int result)
{
	memset(k, 0, sizeof(*k));
	k->c.cb = kid_cb;
	k->c.pid = fork();
	assert_int_not_equal(k->c.pid, -1);
	if (k->c.pid == 0)
		_exit(result);
	child_add(&k->c);
}

static bool alive(pid_t pid)
{
	return kill(pid, 0) == 0;
}

static void children_are_reaped(void **state)
{
	struct kid a, b, gone;
	uint64_t until = clock_us() + 5 * US_PER_S;

	(void)state;
	start_kid(&a, 3);
	start_kid(&b, 0);
	start_kid(&gone, 1);
	child_remove(&gone.c);
	while ((!a.calls || !b.calls || alive(gone.c.pid)) && clock_us() < until)
		loop_turn(100000);
	assert_int_equal(a.calls, 1);
	assert_int_equal(WEXITSTATUS(a.status), 3);
	assert_int_equal(b.calls, 1);
	assert_int_equal(b.status, 0);
	assert_int_equal(gone.calls, 0);
	assert_false(alive(gone.c.pid));
}

static void children_are_reaped_where_they_were_ignored(void **state)
{
	struct kid k;

	(void)state;
	loop_close();
	signal(SIGCHLD, SIG_IGN);
	assert_int_equal(loop_open(), 0);
	start_kid(&k, 3);
	loop_turn(5 * US_PER_S);
	assert_int_equal(k.calls, 1);
	assert_int_equal(k.status, 3 << 8);
}

static void one_child_may_forget_another(void **state)
{
	struct kid a, b;
	siginfo_t info;

	(void)state;
	start_kid(&a, 0);
	start_kid(&b, 0);
	a.forget = &b;
	b.forget = &a;
	/* Both have ended, so that one turn reaps both. */
	waitid(P_PID, (id_t)a.c.pid, &info, WEXITED | WNOWAIT);
	waitid(P_PID, (id_t)b.c.pid, &info, WEXITED | WNOWAIT);
	loop_turn(0);
	assert_int_equal(a.calls + b.calls, 1);
	assert_false(alive(a.c.pid) || alive(b.c.pid));
}

static int seen;

static void signal_cb(int signo)
{
	seen = signo;
}

static void signals_wait_for_the_loop(void **state)
{
	(void)state;
	seen = 0;
	assert_int_equal(loop_on_signal(SIGUSR1, signal_cb), 0);
	raise(SIGUSR1);
	assert_int_equal(seen, 0);
	loop_turn(UINT64_MAX);
	assert_int_equal(seen, SIGUSR1);
	assert_int_equal(loop_on_signal(0, signal_cb), -EINVAL);
	assert_int_equal(loop_on_signal(4096, signal_cb), -EINVAL);
	assert_int_equal(loop_on_signal(SIGKILL, signal_cb), -EINVAL);
}

static void signals_arrive_in_a_flood(void **state)
{
	struct end e;
	int i;

	(void)state;
	seen = 0;
	open_end(&e, true);
	io_add(&e.io);
	assert_int_equal(loop_on_signal(SIGUSR2, signal_cb), 0);
	raise(SIGUSR2);
	for (i = 0; i < 3; i++)
		loop_turn(UINT64_MAX);
	assert_int_equal(e.calls, 3);
	assert_int_equal(seen, SIGUSR2);
	close_end(&e);
}

/* Runs in a child; its exit status is the signal that went wrong. */
static int survive_signals(void)
{
	int i;

	loop_ignore_signals();
	for (i = 1; i < 65; i++) {
		if (i == SIGKILL || i == SIGSTOP || i == SIGCHLD || i == SIGCONT || i == SIGTERM || i == SIGINT)
			continue;
		if (i == SIGILL || i == SIGABRT || i == SIGBUS || i == SIGFPE || i == SIGSEGV)
			continue;
		/* qemu-user has no room for the last ones, which a kernel has. */
		if (kill(getpid(), i) && errno != EINVAL)
			return i;
	}
	return 0;
}

static int restore_signals(void)
{
	struct sigaction sa;
	sigset_t mask;
	int i, slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);

	loop_on_signal(SIGHUP, signal_cb);
	loop_ignore_signals();
	loop_child_signals();
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (i = 1; i < 65; i++) {
		if (sigaction(i, NULL, &sa) == 0 && sa.sa_handler != SIG_DFL)
			return i;
		if (sigismember(&mask, i) == 1)
			return i;
	}
	return slack == 1 && prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000 ? 0 : 100;
}

static int in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		_exit(body());
	waitpid(pid, &status, 0);
	return status;
}

static void other_signals_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(in_child(survive_signals), 0);
}

static void scripts_get_default_signals(void **state)
{
	(void)state;
	assert_int_equal(in_child(restore_signals), 0);
}

#define WITH_LOOP(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOOP(timers_run_in_order),
		WITH_LOOP(sorted_insertion_is_no_deep_recursion),
		WITH_LOOP(a_due_timer_can_be_stopped_by_an_earlier_one),
		WITH_LOOP(a_timer_set_to_now_waits_for_the_next_turn),
		WITH_LOOP(never_means_never),
		WITH_LOOP(a_wait_is_one_turn_and_not_short),
		WITH_LOOP(a_callback_may_run_a_turn),
		WITH_LOOP(run_returns_what_stop_said),
		WITH_LOOP(descriptors_are_told),
		WITH_LOOP(a_callback_may_remove_and_add_any),
		WITH_LOOP(the_last_of_many_keeps_its_place),
		WITH_LOOP(a_forgotten_descriptor_does_not_spin),
		WITH_LOOP(children_are_reaped),
		WITH_LOOP(children_are_reaped_where_they_were_ignored),
		WITH_LOOP(one_child_may_forget_another),
		WITH_LOOP(signals_wait_for_the_loop),
		WITH_LOOP(signals_arrive_in_a_flood),
		WITH_LOOP(other_signals_are_ignored),
		WITH_LOOP(scripts_get_default_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
