/* SPDX-License-Identifier: MIT */
/* links: */
/* Our own malloc under other names, so that the sanitizers keep theirs. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define malloc heap_malloc
#define calloc heap_calloc
#define realloc heap_realloc
#define free heap_free
void *heap_malloc(size_t);
void *heap_calloc(size_t, size_t);
void *heap_realloc(void *, size_t);
void heap_free(void *);
#include "heap.c"
#undef malloc
#undef calloc
#undef realloc
#undef free

#include <cmocka.h>

/* Pieces of every size, in every order: aligned, as large as asked, never shared, their bytes kept. */
static void pieces(void **state)
{
	enum { PIECES = 500 };
	static struct {
		unsigned char *at;
		size_t size;
		unsigned char mark;
	} have[PIECES];
	uint32_t seed = 7;
	unsigned i, k;

	(void)state;
	for (i = 0; i < 200000; i++) {
		seed = seed * 1664525 + 1013904223;
		k = (seed >> 8) % PIECES;
		for (size_t j = 0; j < have[k].size; j += have[k].size / 7 + 1)
			assert_int_equal(have[k].at[j], have[k].mark);
		if (have[k].size && seed >> 30) {
			heap_free(have[k].at);
			have[k].at = NULL;
			have[k].size = 0;
			continue;
		}
		size_t size = 1 + (seed >> 12) % (i % 100 ? 2000 : 200000), kept = size < have[k].size ? size : have[k].size;
		unsigned char *fresh = heap_realloc(have[k].at, size);

		assert_non_null(fresh);
		assert_int_equal((uintptr_t)fresh % 16, 0);
		if (kept)
			assert_int_equal(fresh[kept - 1], have[k].mark);
		have[k].at = fresh;
		have[k].size = size;
		have[k].mark = (unsigned char)seed;
		memset(fresh, have[k].mark, size);
	}
	for (k = 0; k < PIECES; k++)
		heap_free(have[k].at);
}

static void zeroed(void **state)
{
	unsigned i;

	(void)state;
	for (i = 1; i < 3000; i += 37) {
		unsigned char *dirty = heap_malloc(i), *clean;
		size_t j;

		memset(dirty, 0xff, i);
		heap_free(dirty);
		clean = heap_calloc(1, i);
		assert_ptr_equal(clean, dirty); /* the piece is used again */
		for (j = 0; j < i; j++)
			assert_int_equal(clean[j], 0);
		heap_free(clean);
	}
}

static void too_much(void **state)
{
	(void)state;
	assert_null(heap_malloc(SIZE_MAX));
	assert_null(heap_malloc(PTRDIFF_MAX));
	assert_null(heap_calloc(SIZE_MAX / 2, 4));
	heap_free(NULL);
	void *none = heap_malloc(0);
	assert_non_null(none);
	heap_free(none);
}

/* In a child; the end that it comes to. */
static int ending(void (*harm)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		harm();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void free_twice(void)
{
	void *volatile at = heap_malloc(100);

	heap_free(at);
	heap_free(at);
}

/* As the piece in front would, with each byte. */
static void overrun(void)
{
	char *volatile at = heap_malloc(64);

	memset(at - 16, 'A', 16);
	heap_free(at);
}

static void use_it_all(void)
{
	char *volatile at = heap_malloc(64);

	memset(at, 'A', 64);
	heap_free(at);
}

static void realloc_freed(void)
{
	void *volatile at = heap_malloc(100);

	heap_free(at);
	heap_free(heap_realloc(at, 200));
}

static void misuse_ends(void **state)
{
	(void)state;
	assert_int_equal(ending(free_twice), SIGABRT);
	assert_int_equal(ending(overrun), SIGABRT);
	assert_int_equal(ending(realloc_freed), SIGABRT);
	assert_int_equal(ending(use_it_all), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(pieces), cmocka_unit_test(zeroed), cmocka_unit_test(too_much), cmocka_unit_test(misuse_ends) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
