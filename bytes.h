/* SPDX-License-Identifier: MIT */
/* Whole numbers as protocols and files write them, the most significant byte first, at any address. */
#ifndef BYTES_H
#define BYTES_H

#include <stdint.h>

static inline unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static inline void put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
}

/* Of up to 8 bytes. */
static inline uint64_t get_be(const uint8_t *p, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | *p++;
	return value;
}

static inline void put_be(uint8_t *p, uint64_t value, unsigned bytes)
{
	for (; bytes--; value >>= 8)
		p[bytes] = (uint8_t)value;
}

#endif
