/* SPDX-License-Identifier: MIT */
/*
 * The curves P-256, P-384 and P-521 (FIPS 186-4). Takes the same time whatever the numbers. Changes the modulus of number.h.
 */
#ifndef CURVE_H
#define CURVE_H

#include <stdbool.h>
#include <stdint.h>

#define CURVE_FIRST 23 /* as TLS numbers them */
#define CURVES 3
#define CURVE_MAX 66 /* bytes of a number */
#define CURVE_WORDS 17
#define CURVE_POINT(len) (1 + 2 * (len))

struct curve {
	uint8_t len;                  /* of numbers */
	uint8_t zeros_at, zeros;      /* The modulus is of bytes 0xff but for these */
	uint8_t other_at, other;      /* and for this one. */
	const uint8_t *order;         /* big-endian; then the generator, both its coordinates */
};
/* NULL for a number that is none. */
const struct curve *curve_of(unsigned number);
/* The generator becomes the point. */
void curve_begin(const struct curve *, uint8_t *point);
/*
 * The point becomes itself times the scalar, both as long as the curve's are, and where by_g is not NULL the generator times by_g is added.
 * False for what is no point of the curve. The point at infinity comes out as zeros.
 */
bool curve_multiply(const struct curve *, uint8_t *point, const uint8_t *scalar, const uint8_t *by_g);

#endif
