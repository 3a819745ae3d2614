/* links: number.c bearssl */
/* SPDX-License-Identifier: MIT */
/* Beside BearSSL's numbers: random ones, and those next to 0 and to the modulus. */
#include "number.h"

#include <inner.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define BYTES_MAX 80
#define WORDS (2 + (8 * BYTES_MAX + 30) / 31)

static uint32_t theirs_m[WORDS];
static size_t len;

static void make_random(uint8_t *bytes, size_t n)
{
	while (n--)
		*bytes++ = (uint8_t)(random() % 7 ? random() : random() % 2 * 255);
}

struct pair {
	uint32_t ours[NUMBER_WORDS], theirs[WORDS];
};

/* Below the modulus, and often just below it. */
static void make_number(struct pair *x)
{
	uint8_t bytes[BYTES_MAX];
	uint32_t less[WORDS] = { 0 };

	do {
		make_random(bytes, len);
		if (random() % 8 == 0) {
			memset(bytes, 0, len);
			bytes[len - 1] = (uint8_t)(random() % 3);
		}
	} while (!br_i31_decode_mod(x->theirs, bytes, len, theirs_m));
	if (random() % 4 == 0) {
		memcpy(x->theirs, theirs_m, sizeof(x->theirs));
		less[0] = theirs_m[0];
		less[1] = 1 + (uint32_t)random() % 3;
		br_i31_sub(x->theirs, less, 1);
		br_i31_encode(bytes, len, x->theirs);
	}
	assert_true(number_decode(x->ours, bytes, (unsigned)len));
}

static void same(const struct pair *x)
{
	uint8_t ours[BYTES_MAX], theirs[BYTES_MAX];

	number_encode(ours, (unsigned)len, x->ours);
	br_i31_encode(theirs, len, x->theirs);
	assert_memory_equal(ours, theirs, len);
}

/* The result where it was asked for, or in place of a factor. */
static void compare(number_op *op, const struct pair *x, const struct pair *y, const uint32_t *theirs)
{
	struct pair z, as_x = *x, as_y = *y;

	memcpy(z.theirs, theirs, sizeof(z.theirs));
	op(z.ours, x->ours, y->ours);
	same(&z);
	op(as_x.ours, as_x.ours, y->ours);
	memcpy(z.ours, as_x.ours, sizeof(z.ours));
	same(&z);
	op(as_y.ours, x->ours, as_y.ours);
	memcpy(z.ours, as_y.ours, sizeof(z.ours));
	same(&z);
}

static void compare_ops(void)
{
	uint32_t r[WORDS], monty[WORDS];
	struct pair x, y;

	make_number(&x);
	make_number(&y);
	same(&x);
	memcpy(r, x.theirs, sizeof(r));
	br_i31_sub(r, theirs_m, br_i31_add(r, y.theirs, 1) | (br_i31_sub(r, theirs_m, 0) ^ 1));
	compare(number_add, &x, &y, r);
	memcpy(r, x.theirs, sizeof(r));
	br_i31_add(r, theirs_m, br_i31_sub(r, y.theirs, 1));
	compare(number_sub, &x, &y, r);
	memcpy(monty, x.theirs, sizeof(monty));
	br_i31_to_monty(monty, theirs_m);
	br_i31_montymul(r, monty, y.theirs, theirs_m, br_i31_ninv31(theirs_m[1]));
	/* Their R is another one. */
	number_to_monty(x.ours);
	compare(number_mul, &x, &y, r);
}

static void compare_power(void)
{
	uint32_t t1[WORDS], t2[WORDS], m0i = br_i31_ninv31(theirs_m[1]);
	uint8_t exponent[9];
	size_t n = (size_t)random() % (sizeof(exponent) + 1);
	struct pair base, x;

	make_random(exponent, n);
	make_number(&base);
	make_number(&x);
	br_i31_modpow(base.theirs, exponent, n, theirs_m, m0i, t1, t2);
	br_i31_to_monty(base.theirs, theirs_m);
	br_i31_montymul(t1, x.theirs, base.theirs, theirs_m, m0i);
	memcpy(x.theirs, t1, sizeof(t1));
	number_power(x.ours, base.ours, exponent, (unsigned)n);
	same(&x);
}

/* Values around the modulus, up to its whole words' length, and longer ones. */
static void compare_decoded(const uint8_t *m)
{
	size_t zeros = (4 - len % 4) % 4;
	uint8_t bytes[BYTES_MAX + 8] = { 0 };
	long turn = random() % 4;
	struct pair x;

	memcpy(bytes + zeros, m, len);
	if (turn == 0)
		make_random(bytes + zeros, len);
	else if (turn < 3)
		bytes[zeros + len - 1] = (uint8_t)(bytes[zeros + len - 1] + (turn == 1 ? 1 : -1));
	if (br_i31_decode_mod(x.theirs, bytes, zeros + len, theirs_m)) {
		assert_true(number_decode(x.ours, bytes, (unsigned)(zeros + len)));
	} else {
		assert_false(number_decode(x.ours, bytes, (unsigned)(zeros + len)));
		br_i31_decode(x.theirs, bytes, zeros + len);
		if ((x.theirs[0] + 31) / 32 > (theirs_m[0] + 31) / 32)
			return;
		x.theirs[0] = theirs_m[0];
		br_i31_sub(x.theirs, theirs_m, 1);
		if (br_i31_sub(x.theirs, theirs_m, 0) == 0)
			return;
	}
	same(&x);
	memset(bytes, 0, sizeof(bytes));
	assert_false(number_decode(x.ours, bytes, (unsigned)(zeros + len + 1)));
}

static void test_numbers(void **state)
{
	uint8_t bytes[BYTES_MAX];
	unsigned round;

	(void)state;
	srandom(1);
	for (round = 0; round < 4000; round++) {
		len = 5 + (size_t)random() % (BYTES_MAX - 5);
		make_random(bytes, len);
		if (!bytes[0])
			bytes[0] = 1;
		if (round % 5 == 0)
			memset(bytes, 0xff, len);
		bytes[len - 1] |= 1;
		memset(theirs_m, 0, sizeof(theirs_m));
		br_i31_decode(theirs_m, bytes, len);
		number_modulus(bytes, (unsigned)len);
		compare_ops();
		compare_decoded(bytes);
		compare_power();
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
