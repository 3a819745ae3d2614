/* SPDX-License-Identifier: MIT */
/*
 * A TLS 1.2 client (BearSSL) over a non-blocking socket that the caller owns and watches. Knows no loop, no clock but the one it is
 * given, no configuration and no log.
 */
#ifndef TLS_H
#define TLS_H

#include <stddef.h>
#include <stdint.h>

struct tls;
struct tls_trust; /* certificates of a CA file */

/* Certificates in PEM. NULL with errno, EINVAL where there is none. */
struct tls_trust *tls_trust_load(const char *path);
void tls_trust_free(struct tls_trust *);

/* name: for SNI and, with trust, the certificate's; NULL: neither. trust NULL: any certificate will do. NULL with errno. */
struct tls *tls_new(int fd, const char *name, const struct tls_trust *trust);
/* Does not close the socket. */
void tls_free(struct tls *);
/*
 * As read() and write(): bytes, 0 at the end, -EAGAIN where the socket must first be ready for what tls_wants() says, -EPROTO where
 * tls_error() tells what is wrong, or -errno of the socket. The handshake goes on within both.
 */
ptrdiff_t tls_read(struct tls *, void *, size_t);
ptrdiff_t tls_write(struct tls *, const void *, size_t);
/* Sends what tls_write() took, and with it the handshake: 0, or as above. */
int tls_flush(struct tls *);
/* POLLIN, POLLOUT or both. */
short tls_wants(const struct tls *);
/* For people: "the server speaks TLS 1.3 only, we 1.2", "certificate expired". */
const char *tls_error(const struct tls *);

#endif
