/* SPDX-License-Identifier: MIT */
/*
 * What the AEAD ciphers of TLS 1.2 are made of: AES in counter mode and GHASH (NIST SP 800-38D), ChaCha20 and Poly1305 (RFC 8439). Small
 * rather than fast: BearSSL's have 3 KB more. All but AES, which has a table, take the same time whatever the key.
 */
#ifndef CIPHERS_H
#define CIPHERS_H

#include <stddef.h>
#include <stdint.h>

#define AES_ROUNDS_MAX 14

struct aes {
	uint8_t rounds;
	uint8_t keys[16 * (AES_ROUNDS_MAX + 1)];
};

/* len: 16 or 32. */
void aes_init(struct aes *, const uint8_t *key, size_t len);
/* These two: exclusive or of the data with the stream from this block on. */
void aes_stream(const struct aes *, const uint8_t nonce[12], uint32_t block, uint8_t *data, size_t len);
void chacha20(const uint8_t key[32], const uint8_t nonce[12], uint32_t block, uint8_t *data, size_t len);
/* Goes on with y. Zeros fill up the last block. */
void ghash(uint8_t y[16], const uint8_t key[16], const uint8_t *data, size_t len);
/* Of the data and what goes with them, as TLS asks for it. key: the stream's first 32 bytes, which no other record has. */
void poly1305(const uint8_t key[32], const uint8_t aad[13], const uint8_t *data, size_t len, uint8_t tag[16]);

#endif
