/* SPDX-License-Identifier: MIT */
/*
 * MD5 (RFC 1321), SHA-256, SHA-384 and SHA-512 (FIPS 180-4), and what HMAC (RFC 2104) needs of them. In rolled up loops and one frame:
 * BearSSL's, made for speed, have 7 KB more on MIPS.
 */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_MAX 64 /* bytes of a digest */

struct hash_kind;
struct hash {
	const struct hash_kind *kind;
	uint64_t count;     /* bytes so far */
	uint32_t state[16]; /* of MD5 and SHA-256 the first 8 */
	uint32_t block[32];
};

/* As TLS numbers them, but MD5. */
enum hash_name { HASH_SHA256 = 4, HASH_SHA384, HASH_SHA512, HASH_MD5 };
#define HASH_LEN(name) (16u * ((name) - 2)) /* bytes of a digest of SHA-2 */

void hash_begin(struct hash *, enum hash_name);
void hash_add(struct hash *, const void *, size_t);
/* Returns the length of the digest. More may be added after it. */
size_t hash_end(const struct hash *, uint8_t *digest);
/* Begins with a block of the key, each byte exclusive or pad, as HMAC does twice. */
void hash_begin_padded(struct hash *, enum hash_name, const uint8_t *key, size_t len, uint8_t pad);

#endif
