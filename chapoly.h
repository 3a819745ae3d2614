/* SPDX-License-Identifier: MIT */
/*
 * ChaCha20 and Poly1305 (RFC 8439), small and in constant time. BearSSL's are faster and have 1.3 KB more.
 */
#ifndef CHAPOLY_H
#define CHAPOLY_H

#include <stddef.h>
#include <stdint.h>

/* Exclusive or of the data with the stream from this block on. */
void chacha20(const uint8_t key[32], const uint8_t nonce[12], uint32_t block, uint8_t *data, size_t len);
/* Of the data and what goes with them, as TLS asks for it. key: the stream's first 32 bytes, which no other record has. */
void poly1305(const uint8_t key[32], const uint8_t aad[13], const uint8_t *data, size_t len, uint8_t tag[16]);

#endif
