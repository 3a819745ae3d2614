/* links: linkdelay.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
#include "linkdelay.h"

#include "tests/unit/fake_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define S US_PER_S

static struct interface_delay_conf eth0 = { .interface = "eth0", .down_us = 2 * S, .up_us = 5 * S };
static struct interface_delay_conf eth1 = { .interface = "eth1", .down_us = 0, .up_us = 1 * S };
static struct iface link0 = { .name = "eth0", .index = 2 }, link1 = { .name = "eth1", .index = 3 }, other = { .name = "eth2", .index = 4 };
static struct conf_list list;
static struct linkdelays delays = { .conf = &list };

static int begin(void **state)
{
	(void)state;
	eth0.node.next = &eth1.node;
	eth1.node.next = NULL;
	list.first = &eth0.node;
	link0.index = 2;
	return loop_open();
}

static int end(void **state)
{
	(void)state;
	linkdelay_free(&delays);
	loop_close();
	return 0;
}

/* What the link does at this time, and what it is taken for then. */
struct moment {
	unsigned at_ms;
	struct iface *link;
	bool up, taken;
	unsigned wait_ms; /* after which it is to be asked again, 0: not */
};

static void run(const struct moment *m, unsigned count)
{
	unsigned now_ms = 0;

	for (; count; count--, m++) {
		uint64_t wait_us = 0;

		fake_advance((m->at_ms - now_ms) * 1000ULL);
		now_ms = m->at_ms;
		if (linkdelay_up(&delays, m->link, m->up, &wait_us) != m->taken || wait_us != m->wait_ms * 1000ULL)
			fail_msg("%s at %u ms: %s is not taken for %d, or asked for after %u ms", m->link->name, m->at_ms, m->up ? "up" : "down", m->taken,
			         (unsigned)(wait_us / 1000));
	}
}
#define RUN(...) run((const struct moment[]){ __VA_ARGS__ }, sizeof((const struct moment[]){ __VA_ARGS__ }) / sizeof(struct moment))

static void test_states(void **state)
{
	(void)state;
	RUN({ 0, &link0, true, true, 0 }, { 0, &link1, false, false, 0 }, { 0, &other, true, true, 0 },
	    /* A flap is not seen. */
	    { 1000, &link0, false, true, 2000 }, { 2000, &link0, true, true, 0 }, { 4000, &link0, false, true, 2000 },
	    /* The time counts from the change, not from the last look. */
	    { 5900, &link0, false, true, 100 }, { 6000, &link0, false, false, 0 },
	    { 7000, &link0, true, false, 5000 }, { 11900, &link0, true, false, 100 }, { 12000, &link0, true, true, 0 },
	    { 12000, &link1, true, false, 1000 }, { 13000, &link1, true, true, 0 }, { 13000, &link1, false, false, 0 },
	    { 13000, &other, false, false, 0 });
}

static void test_gone(void **state)
{
	(void)state;
	RUN({ 0, &link0, true, true, 0 }, { 100, &link0, false, true, 2000 });
	link0.index = 0;
	RUN({ 0, &link0, false, false, 0 });
	link0.index = 9;
	RUN({ 0, &link0, true, false, 5000 }, { 4900, &link0, true, false, 100 }, { 5000, &link0, true, true, 0 });
}

static void test_reload(void **state)
{
	static struct interface_delay_conf fresh = { .interface = "eth0", .down_us = 9 * S, .up_us = 9 * S };

	(void)state;
	RUN({ 0, &link0, true, true, 0 }, { 100, &link0, false, true, 2000 });
	list.first = &fresh.node;
	/* What runs already ends when it would have. */
	RUN({ 0, &link0, false, true, 2000 }, { 2000, &link0, false, false, 0 }, { 2000, &link1, true, true, 0 });
	list.first = NULL;
	RUN({ 0, &link0, true, true, 0 }, { 0, &link0, false, false, 0 }, { 0, &link0, true, true, 0 });
	/* What it is at its first look is believed. */
	list.first = &fresh.node;
	RUN({ 0, &link0, true, true, 0 }, { 0, &link0, false, true, 9000 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_states, begin, end),
		cmocka_unit_test_setup_teardown(test_gone, begin, end),
		cmocka_unit_test_setup_teardown(test_reload, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
