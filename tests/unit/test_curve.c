/* links: curve.c number.c bearssl */
/* SPDX-License-Identifier: MIT */
/* Beside BearSSL's curves, and what the formulas of others treat apart: infinity, a point added to itself, points that are none. */
#include "curve.h"

#include <bearssl_ec.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POINT_MAX CURVE_POINT(CURVE_MAX)
#define CURVE_LAST (CURVE_FIRST + CURVES - 1)

/* Below the order, not 0. */
static void make_scalar(const struct curve *c, uint8_t *out)
{
	unsigned i;

	for (i = 0; i < c->len; i++)
		out[i] = (uint8_t)(random() % 5 ? random() : random() % 2 * 255);
	out[0] &= c->len == CURVE_MAX ? 0 : 0x7f;
	out[c->len - 1] |= 1;
}

static void test_constants(void **state)
{
	unsigned number;

	(void)state;
	assert_null(curve_of(CURVE_FIRST - 1));
	assert_null(curve_of(CURVE_LAST + 1));
	assert_null(curve_of(0));
	for (number = CURVE_FIRST; number <= CURVE_LAST; number++) {
		const struct curve *c = curve_of(number);
		uint8_t point[POINT_MAX];
		size_t len;
		const uint8_t *order = br_ec_prime_i31.order((int)number, &len), *generator;

		assert_int_equal(c->len, len);
		assert_memory_equal(c->order, order, len);
		generator = br_ec_prime_i31.generator((int)number, &len);
		assert_int_equal(CURVE_POINT(c->len), len);
		curve_begin(c, point);
		assert_memory_equal(point, generator, len);
	}
}

static void test_random(void **state)
{
	unsigned round;

	(void)state;
	srandom(1);
	for (round = 0; round < 30; round++) {
		unsigned number = CURVE_FIRST + round % CURVES;
		const struct curve *c = curve_of(number);
		uint8_t a[CURVE_MAX], b[CURVE_MAX], ours[POINT_MAX], theirs[POINT_MAX];
		size_t len = c->len, point = CURVE_POINT(len);

		make_scalar(c, a);
		make_scalar(c, b);
		curve_begin(c, ours);
		assert_true(curve_multiply(c, ours, a, NULL));
		assert_int_equal(br_ec_prime_i31.mulgen(theirs, a, len, (int)number), point);
		assert_memory_equal(ours, theirs, point);
		assert_true(curve_multiply(c, ours, b, NULL));
		assert_true(br_ec_prime_i31.mul(theirs, point, b, len, (int)number));
		assert_memory_equal(ours, theirs, point);
		assert_true(curve_multiply(c, ours, a, b));
		assert_true(br_ec_prime_i31.muladd(theirs, NULL, point, a, len, b, len, (int)number));
		assert_memory_equal(ours, theirs, point);
	}
}

static void small(const struct curve *c, uint8_t *scalar, uint8_t value)
{
	memset(scalar, 0, c->len);
	scalar[c->len - 1] = value;
}

static void test_infinity(void **state)
{
	static const uint8_t zeros[2 * CURVE_MAX];
	unsigned number;

	(void)state;
	for (number = CURVE_FIRST; number <= CURVE_LAST; number++) {
		const struct curve *c = curve_of(number);
		uint8_t a[CURVE_MAX], point[POINT_MAX], want[POINT_MAX];
		unsigned len = c->len;

		/* 0 and as much as the order: infinity. */
		curve_begin(c, point);
		assert_true(curve_multiply(c, point, zeros, NULL));
		assert_memory_equal(point + 1, zeros, 2 * len);
		curve_begin(c, point);
		assert_true(curve_multiply(c, point, c->order, NULL));
		assert_memory_equal(point + 1, zeros, 2 * len);
		/* So are one and the opposite; it added to something changes nothing. */
		memcpy(a, c->order, len);
		a[len - 1]--;
		curve_begin(c, point);
		curve_begin(c, want);
		assert_true(curve_multiply(c, point, a, NULL));
		assert_memory_equal(point + 1, want + 1, len);
		assert_memory_not_equal(point + 1 + len, want + 1 + len, len);
		small(c, a, 1);
		assert_true(curve_multiply(c, point, a, a));
		assert_memory_equal(point + 1, zeros, 2 * len);
		curve_begin(c, point);
		assert_true(curve_multiply(c, point, a, zeros));
		assert_memory_equal(point, want, CURVE_POINT(len));
		assert_true(curve_multiply(c, point, zeros, a));
		assert_memory_equal(point, want, CURVE_POINT(len));
		/* Twice the same. */
		assert_true(curve_multiply(c, point, a, a));
		small(c, a, 2);
		assert_true(curve_multiply(c, want, a, NULL));
		assert_memory_equal(point, want, CURVE_POINT(len));
	}
}

static void refused(const struct curve *c, const uint8_t *bytes)
{
	uint8_t point[POINT_MAX], one[CURVE_MAX];

	memcpy(point, bytes, CURVE_POINT(c->len));
	small(c, one, 1);
	assert_false(curve_multiply(c, point, one, NULL));
	memcpy(point, bytes, CURVE_POINT(c->len));
	assert_false(curve_multiply(c, point, one, one));
}

static void test_no_point(void **state)
{
	unsigned number, i;

	(void)state;
	srandom(1);
	for (number = CURVE_FIRST; number <= CURVE_LAST; number++) {
		const struct curve *c = curve_of(number);
		uint8_t point[POINT_MAX];

		curve_begin(c, point);
		for (i = 0; i < 20; i++) {
			uint8_t *byte = point + random() % CURVE_POINT(c->len), bit = (uint8_t)(1 << random() % 8);

			*byte ^= bit;
			refused(c, point);
			*byte ^= bit;
		}
		/* Not all of the formats, no coordinate above the modulus, not 0, 0. */
		point[0] = 2;
		refused(c, point);
		point[0] = 0;
		refused(c, point);
		memset(point + 1, 0xff, c->len);
		point[0] = 4;
		refused(c, point);
		memset(point + 1, 0, 2u * c->len);
		refused(c, point);
	}
}

/* With x = 0 there is a point of P-256, which x = the modulus stands for as well: refused then. */
static void test_modulus(void **state)
{
	static const uint8_t zero[CURVE_POINT(32)] = {
		4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b, 0xb6,
		0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f, 0x93, 0xf4,
	};
	static const uint8_t modulus[] = {
		0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	};
	uint8_t point[CURVE_POINT(32)], one[32] = { [31] = 1 };
	const struct curve *c = curve_of(CURVE_FIRST);

	(void)state;
	memcpy(point, zero, sizeof(point));
	assert_true(curve_multiply(c, point, one, NULL));
	assert_memory_equal(point, zero, sizeof(point));
	memcpy(point + 1, modulus, sizeof(modulus));
	refused(c, point);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_infinity),
		cmocka_unit_test(test_no_point),
		cmocka_unit_test(test_modulus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
