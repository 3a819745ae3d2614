/* links: i31.c bearssl */
/* SPDX-License-Identifier: MIT */
/* Ours beside BearSSL's of the same names, which are compiled in here under others: random numbers, and those next to 0 and the modulus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#define br_i31_montymul their_montymul
#define br_i31_to_monty their_to_monty
#define br_i31_from_monty their_from_monty
#define br_i31_bit_length their_bit_length
#define br_i31_decode_mod their_decode_mod
#define br_i31_encode their_encode
#define br_i31_modpow their_modpow
#include <int/i31_bitlen.c>
#include <int/i31_decmod.c>
#include <int/i31_encode.c>
#include <int/i31_fmont.c>
#include <int/i31_modpow.c>
#include <int/i31_montmul.c>
#include <int/i31_muladd.c>
#include <int/i31_tmont.c>
#include <int/i32_div32.c>
#undef br_i31_montymul
#undef br_i31_to_monty
#undef br_i31_from_monty
#undef br_i31_bit_length
#undef br_i31_decode_mod
#undef br_i31_encode
#undef br_i31_modpow

#include <cmocka.h>

void br_i31_montymul(uint32_t *d, const uint32_t *x, const uint32_t *y, const uint32_t *m, uint32_t m0i);
void br_i31_to_monty(uint32_t *x, const uint32_t *m);
void br_i31_from_monty(uint32_t *x, const uint32_t *m, uint32_t m0i);
uint32_t br_i31_bit_length(uint32_t *x, size_t len);
uint32_t br_i31_decode_mod(uint32_t *x, const void *src, size_t len, const uint32_t *m);
void br_i31_encode(void *dst, size_t len, const uint32_t *x);
void br_i31_modpow(uint32_t *x, const unsigned char *e, size_t elen, const uint32_t *m, uint32_t m0i, uint32_t *t1, uint32_t *t2);

#define BYTES_MAX 80
#define WORDS (2 + (8 * BYTES_MAX + 30) / 31)

static void make_random(uint8_t *bytes, size_t len)
{
	while (len--)
		*bytes++ = (uint8_t)(random() % 7 ? random() : random() % 2 * 255);
}

/* Below m, and often just below it. */
static void make_number(uint32_t *x, const uint32_t *m)
{
	uint8_t bytes[BYTES_MAX];
	size_t len = (m[0] - (m[0] >> 5) + 7) / 8;
	uint32_t one[WORDS] = { 0 };

	if (random() % 4 == 0) {
		memcpy(x, m, WORDS * sizeof(*x));
		one[0] = m[0];
		one[1] = 1 + (uint32_t)random() % 3;
		br_i31_sub(x, one, 1);
		return;
	}
	do
		make_random(bytes, len);
	while (!their_decode_mod(x, bytes, len, m));
	if (random() % 8 == 0) {
		br_i31_zero(x, m[0]);
		x[1] = (uint32_t)random() % 3;
	}
}

static void same(const uint32_t *a, const uint32_t *b)
{
	assert_memory_equal(a, b, ((b[0] + 63) >> 5) * sizeof(*a));
}

static void compare(const uint32_t *m)
{
	uint32_t x[WORDS] = { 0 }, y[WORDS] = { 0 }, ours[WORDS], theirs[WORDS], m0i = br_i31_ninv31(m[1]);

	make_number(x, m);
	make_number(y, m);
	br_i31_montymul(ours, x, y, m, m0i);
	their_montymul(theirs, x, y, m, m0i);
	same(ours, theirs);
	memcpy(ours, x, sizeof(x));
	memcpy(theirs, x, sizeof(x));
	br_i31_to_monty(ours, m);
	their_to_monty(theirs, m);
	same(ours, theirs);
	br_i31_from_monty(ours, m, m0i);
	same(ours, x);
	memcpy(theirs, y, sizeof(y));
	br_i31_from_monty(y, m, m0i);
	their_from_monty(theirs, m, m0i);
	same(y, theirs);
	assert_int_equal(br_i31_bit_length(x + 1, (x[0] + 31) >> 5), their_bit_length(x + 1, (x[0] + 31) >> 5));
}

static void compare_power(const uint32_t *m)
{
	uint32_t ours[WORDS] = { 0 }, theirs[WORDS], t1[WORDS], t2[WORDS], m0i = br_i31_ninv31(m[1]);
	uint8_t exponent[9], a[BYTES_MAX + 20], b[BYTES_MAX + 20];
	size_t len = (size_t)random() % (sizeof(exponent) + 1);

	make_random(exponent, len);
	make_number(ours, m);
	memcpy(theirs, ours, sizeof(ours));
	br_i31_modpow(ours, exponent, len, m, m0i, t1, t2);
	their_modpow(theirs, exponent, len, m, m0i, t1, t2);
	same(ours, theirs);
	/* Into too little, enough, and more than enough. */
	len = (size_t)random() % sizeof(a);
	memset(a, 0xee, sizeof(a));
	memset(b, 0xee, sizeof(b));
	br_i31_encode(a, len, ours);
	their_encode(b, len, theirs);
	assert_memory_equal(a, b, sizeof(a));
}

/* Values of any length around the modulus, with zeros before them. */
static void compare_decoded(const uint32_t *m)
{
	size_t len = (m[0] - (m[0] >> 5) + 7) / 8, zeros = (size_t)random() % 9, n;
	uint32_t ours[WORDS + 1], theirs[WORDS], fits;
	uint8_t bytes[BYTES_MAX + 16] = { 0 };
	long turn = random() % 4;

	their_encode(bytes + zeros, len, m);
	n = zeros + len;
	if (turn == 0)
		make_random(bytes + zeros, len);
	else if (turn < 3)
		bytes[n - 1] = (uint8_t)(bytes[n - 1] + (turn == 1 ? 1 : -1));
	if (random() % 8 == 0)
		n -= (size_t)random() % len;
	if (random() % 16 == 0)
		bytes[(size_t)random() % (zeros + 1)] |= 1;
	fits = their_decode_mod(theirs, bytes, n, m);
	assert_int_equal(br_i31_decode_mod(ours, bytes, n, m), fits);
	same(ours, theirs);
}

static void test_numbers(void **state)
{
	uint8_t bytes[BYTES_MAX];
	unsigned round;

	(void)state;
	srandom(1);
	for (round = 0; round < 4000; round++) {
		uint32_t m[WORDS] = { 0 };
		size_t len = 5 + (size_t)random() % (BYTES_MAX - 5);

		make_random(bytes, len);
		bytes[0] = (uint8_t)(1u << random() % 8 | (bytes[0] & 1));
		if (round % 5 == 0)
			memset(bytes, 0xff, len);
		bytes[len - 1] |= 1;
		br_i31_decode(m, bytes, len);
		compare(m);
		compare_decoded(m);
		compare_power(m);
	}
}

static void test_bit_length(void **state)
{
	uint32_t x[3] = { 0 };

	(void)state;
	assert_int_equal(br_i31_bit_length(x, 0), 0);
	assert_int_equal(br_i31_bit_length(x, 3), 0);
	x[0] = 1;
	assert_int_equal(br_i31_bit_length(x, 3), 1);
	x[1] = 0x40000000;
	assert_int_equal(br_i31_bit_length(x, 3), 32 + 31);
	x[2] = 5;
	assert_int_equal(br_i31_bit_length(x, 3), 64 + 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bit_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
