/* SPDX-License-Identifier: MIT */
/*
 * A TLS 1.2 client over a non-blocking socket that the caller owns and watches. Knows no loop, no clock but the one it is given, no
 * configuration and no log.
 */
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

struct tls;
struct trust; /* x509.h */

/* False when built without (TLS=no): tls_new() and trust_load() fail with ENOSYS then. */
bool tls_available(void);

/*
 * name: for SNI and, with trust, the certificate's; NULL: neither. An address is not sent, but looked for in the certificate. trust: must
 * outlive this; NULL: any certificate will do, and is not even looked at. now: the wall clock, for certificates. NULL with errno.
 */
struct tls *tls_new(int fd, const char *name, const struct trust *, time_t now);
/* Does not close the socket. */
void tls_free(struct tls *);
/*
 * As read() and write(): bytes, 0 at the end (a server may leave out close_notify), -EAGAIN where the socket must first be ready for what
 * tls_wants() says, -EPROTO where tls_error() tells what is wrong, or -errno of the socket. The handshake goes on within both, a message a
 * call.
 */
ptrdiff_t tls_read(struct tls *, void *, size_t);
ptrdiff_t tls_write(struct tls *, const void *, size_t);
/* Sends what tls_write() took, and with it the handshake: 0, or as above. */
int tls_flush(struct tls *);
/* Whether the end came with close_notify. */
bool tls_said_end(const struct tls *);
/* Tells the server, as far as the socket takes it at once, that nothing more comes. */
void tls_close(struct tls *);
/* POLLIN or POLLOUT. */
short tls_wants(const struct tls *);
/* For people, static: "the server speaks TLS 1.3 only, we 1.2", "certificate expired". NULL where it is the socket's. */
const char *tls_error(const struct tls *);

#endif
