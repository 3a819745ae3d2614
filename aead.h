/* SPDX-License-Identifier: MIT */
/*
 * AES-GCM (NIST SP 800-38D) and ChaCha20-Poly1305 (RFC 8439). Small rather than fast: BearSSL's have 2.5 KB more. All but AES, which has a
 * table, take the same time whatever the key.
 */
#ifndef AEAD_H
#define AEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AEAD_NONCE 12
#define AEAD_TAG 16

struct aead {
	bool chacha;
	uint8_t rounds;
	uint8_t key[32]; /* of ChaCha20, or GHASH's */
	uint8_t keys[16 * 15];
};

struct aead_text {
	const uint8_t *nonce, *about; /* about: what the tag covers besides */
	size_t about_len;
	uint8_t *data;
	size_t len;
};

/* len: 16 or 32; of ChaCha20 32. */
void aead_set(struct aead *, bool chacha, const uint8_t *key, size_t len);
/* Changes the data in place. tag: the one that goes, or should have come, with them. */
void aead_run(const struct aead *, const struct aead_text *, bool encrypt, uint8_t tag[AEAD_TAG]);

#endif
