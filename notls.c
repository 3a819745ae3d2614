/* SPDX-License-Identifier: MIT */
/* In place of tls.c and x509.c, with TLS=no: no connection comes about. */
#include "tls.h"
#include "x509.h"

#include <errno.h>

bool tls_available(void)
{
	return false;
}

struct tls *tls_new(int fd, const char *name, const struct trust *trust, time_t now)
{
	(void)fd, (void)name, (void)trust, (void)now;
	errno = ENOSYS;
	return NULL;
}

void tls_free(struct tls *t)
{
	(void)t;
}

ptrdiff_t tls_read(struct tls *t, void *buf, size_t size)
{
	(void)t, (void)buf, (void)size;
	return -ENOSYS;
}

ptrdiff_t tls_write(struct tls *t, const void *bytes, size_t len)
{
	(void)t, (void)bytes, (void)len;
	return -ENOSYS;
}

int tls_flush(struct tls *t)
{
	(void)t;
	return -ENOSYS;
}

void tls_close(struct tls *t)
{
	(void)t;
}

short tls_wants(const struct tls *t)
{
	(void)t;
	return 0;
}

bool tls_said_end(const struct tls *t)
{
	(void)t;
	return false;
}

const char *tls_error(const struct tls *t)
{
	(void)t;
	return NULL;
}

struct trust *trust_load(const char *path)
{
	(void)path;
	errno = ENOSYS;
	return NULL;
}

void trust_free(struct trust *t)
{
	(void)t;
}
