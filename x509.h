/* SPDX-License-Identifier: MIT */
/*
 * Certificates: whom we trust, whether a server's chain leads there, and signatures by the keys in them. RSA with PKCS #1 and ECDSA, both
 * with SHA-256, 384 or 512. Pure but for the file that trust_load() reads.
 */
#ifndef X509_H
#define X509_H

#include "hash.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* What is left to read. Of what is not there no bytes are taken: nothing is left then, and p is NULL from there on. */
struct bytes {
	const uint8_t *p, *end;
};
struct bytes bytes_take(struct bytes *, unsigned len);
/* Of n bytes, the most significant one first. */
unsigned bytes_number(struct bytes *, unsigned n);
/* A vector behind its length of n bytes. */
struct bytes bytes_vector(struct bytes *, unsigned n);

/* Marks a text that is packed, as text.h says. */
static inline const char *reason(const char *text)
{
	return text;
}

struct trust; /* the certificates of a CA file */

/* Those in PEM of a kind that we know. NULL with errno, EINVAL where there is none. */
struct trust *trust_load(const char *path);
void trust_free(struct trust *);

enum { X509_RSA = 1, X509_ECDSA = 3 }; /* as TLS numbers them */

struct x509_key {
	uint8_t type;  /* X509_RSA or X509_ECDSA */
	uint8_t curve; /* of TLS */
	uint16_t len;  /* RSA: the modulus; ECDSA: the point */
	uint16_t exponent_len;
	uint8_t bytes[512 + 8]; /* the exponent lies behind the modulus */
};

/* Whether sig is of what, which is in two pieces. */
bool x509_signed(const struct x509_key *, unsigned type, unsigned hash, const struct bytes what[2], struct bytes sig);

/*
 * chain: as in a Certificate message, each with its length in three bytes before it, the server's own first. name: of the server, or NULL;
 * an address is compared with those in the certificate. NULL when all is well, with the server's key; else what is wrong, packed as text.h says.
 */
const char *x509_verify(const struct trust *, struct bytes chain, const char *name, time_t now, struct x509_key *);

#endif
