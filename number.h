/* SPDX-License-Identifier: MIT */
/*
 * Arithmetic modulo an odd number, for signatures, curves and Poly1305. There is one modulus at a time: whoever computes sets it first.
 * Numbers are words of 32 bits, the least significant one first, as many as the modulus has. Takes the same time whatever the numbers, but
 * for the exponent of number_power() and the answer of number_decode(), which are public wherever that matters.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_WORDS 128

/* len: of big-endian bytes here and below, at most 4 * NUMBER_WORDS. */
void number_modulus(const uint8_t *bytes, unsigned len);
/* False where it does not fit or is not below the modulus, which was subtracted once then. */
bool number_decode(uint32_t *x, const uint8_t *bytes, unsigned len);
void number_encode(uint8_t *bytes, unsigned len, const uint32_t *x);

/* In all of them d may be a or b. */
typedef void number_op(uint32_t *d, const uint32_t *a, const uint32_t *b);
number_op number_add, number_sub;
/* Montgomery's product: a * b / R, where R is 2 to the power of 32 * words. */
number_op number_mul;
/* Times R. */
void number_to_monty(uint32_t *x);
/* x *= base to the power of e. The base is lost. */
void number_power(uint32_t *x, uint32_t *base, const uint8_t *e, unsigned len);

#endif
