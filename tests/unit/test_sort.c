/* links: */
/* SPDX-License-Identifier: MIT */
#include "sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS 70

struct item {
	signed char key; /* plain char is unsigned on ARM */
	signed char rest[4]; /* no power of two */
};

static unsigned compared;

static int compare(const void *a, const void *b)
{
	compared++;
	return *(const signed char *)a - *(const signed char *)b;
}

static int compare_numbers(const void *a, const void *b)
{
	uint64_t left, right;

	memcpy(&left, a, sizeof(left));
	memcpy(&right, b, sizeof(right));
	return left < right ? -1 : left > right;
}

/* Each item keeps its rest, none is lost, the keys ascend. */
static void check(size_t count, unsigned kinds)
{
	struct item *items = malloc(count * sizeof(*items) + 1);
	unsigned seen[ITEMS] = { 0 };
	size_t i;

	assert_non_null(items);
	for (i = 0; i < count; i++) {
		items[i].key = (signed char)((unsigned)rand() % kinds - kinds / 2);
		memset(items[i].rest, items[i].key, sizeof(items[i].rest));
		items[i].rest[2] = (signed char)i;
	}
	sort(items, count, sizeof(*items), compare);
	for (i = 0; i < count; i++) {
		assert_true(!i || items[i - 1].key <= items[i].key);
		assert_true(items[i].rest[0] == items[i].key && items[i].rest[3] == items[i].key);
		assert_int_equal(seen[(unsigned char)items[i].rest[2]]++, 0);
	}
	free(items);
}

static void all_lengths(void **state)
{
	size_t count;

	(void)state;
	for (count = 0; count < ITEMS; count++) {
		check(count, 1);
		check(count, 3);
		check(count, 100);
	}
}

static void as_the_host(void **state)
{
	uint64_t ours[1000], theirs[1000];
	unsigned round, i;

	(void)state;
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 1000; i++)
			ours[i] = theirs[i] = (uint64_t)rand() << (rand() % 33);
		sort(ours, 1000, sizeof(*ours), compare_numbers);
		qsort(theirs, 1000, sizeof(*theirs), compare_numbers);
		assert_memory_equal(ours, theirs, sizeof(ours));
	}
}

/* What is sorted already, or backwards, or all the same. */
static void never_slow(void **state)
{
	static char items[4096];
	unsigned way, i;

	(void)state;
	for (way = 0; way < 3; way++) {
		for (i = 0; i < sizeof(items); i++)
			items[i] = (char)(way == 0 ? i / 32 : way == 1 ? 127 - i / 32 : 5);
		compared = 0;
		sort(items, sizeof(items), 1, compare);
		assert_in_range(compared, sizeof(items), 2 * 12 * sizeof(items));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_lengths),
		cmocka_unit_test(as_the_host),
		cmocka_unit_test(never_slow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
