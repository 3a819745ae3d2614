/* links: x509.c addr.c date.c hash.c aead.c curve.c number.c */
/* SPDX-License-Identifier: MIT */
/*
 * What a TLS server sends. Our random numbers are fixed, so that a recorded session (the seeds) is understood to its end. The first byte: how
 * many bytes come at a time.
 */
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

static const uint8_t *input;
static size_t input_len, piece;

static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = input_len < size ? input_len : size;

	(void)fd, (void)flags;
	if (n > piece)
		n = piece;
	memcpy(buf, input, n);
	input += n;
	input_len -= n;
	return (ssize_t)n;
}

static ssize_t fake_send(int fd, const void *buf, size_t len, int flags)
{
	(void)fd, (void)buf, (void)flags;
	return (ssize_t)(len < piece ? len : piece);
}

static ssize_t fake_random(void *buf, size_t len, unsigned flags)
{
	(void)flags;
	memset(buf, 7, len);
	return (ssize_t)len;
}

#define recv fake_recv
#define send fake_send
#define getrandom fake_random
#include "tls.c"
#undef recv
#undef send

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[1000];
	struct tls *t;
	ptrdiff_t n = 0;

	if (!size)
		return 0;
	piece = data[0] + 1u;
	input = data + 1;
	input_len = size - 1;
	t = tls_new(3, "a.example", NULL, 0);
	if (!t)
		return 0;
	do {
		if (t->step == OPEN && !t->write.seq)
			n = tls_write(t, "GET", 3);
		else
			n = tls_read(t, buf, sizeof(buf));
	} while (n > 0 || n == -EAGAIN);
	if (n == -EPROTO && !tls_error(t))
		__builtin_trap();
	tls_close(t);
	tls_free(t);
	return 0;
}
