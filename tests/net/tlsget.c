/* links: tls.c x509.c addr.c date.c hash.c aead.c curve.c number.c */
/* SPDX-License-Identifier: MIT */
/*
 * tlsget PORT [NAME|- [CAFILE|- [TIME]]]: GET / from 127.0.0.1 by tls.h, to standard output. Exit status 1 with the reason on standard error.
 */
#include "text.h"
#include "tls.h"
#include "x509.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int wait_for(const struct tls *t, int fd)
{
	struct pollfd p = { .fd = fd, .events = tls_wants(t) };

	return poll(&p, 1, 20000) == 1 ? 0 : -ETIMEDOUT;
}

static int send_all(struct tls *t, int fd, const char *text, size_t len)
{
	ptrdiff_t n = 0;
	int err = -EAGAIN;

	while (len && (n > 0 || n == -EAGAIN || !n)) {
		n = tls_write(t, text, len);
		if (n == -EAGAIN && wait_for(t, fd))
			return -ETIMEDOUT;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	if (len)
		return (int)n;
	while ((err = tls_flush(t)) == -EAGAIN)
		if (wait_for(t, fd))
			return -ETIMEDOUT;
	return err;
}

static int get_all(struct tls *t, int fd)
{
	char buf[3000];
	ptrdiff_t n;

	while ((n = tls_read(t, buf, sizeof(buf))) > 0 || n == -EAGAIN) {
		if (n == -EAGAIN && wait_for(t, fd))
			return -ETIMEDOUT;
		if (n > 0 && write(STDOUT_FILENO, buf, (size_t)n) != n)
			return -EIO;
	}
	tls_close(t);
	return (int)n;
}

int main(int argc, char **argv)
{
	static const char request[] = "GET / HTTP/1.0\r\nHost: test\r\n\r\n";
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const char *name = argc > 2 && strcmp(argv[2], "-") ? argv[2] : NULL, *ca = argc > 3 && strcmp(argv[3], "-") ? argv[3] : NULL;
	struct trust *trust = ca ? trust_load(ca) : NULL;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), err;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	struct tls *t;

	if (ca && !trust) {
		out_error("%s: %s\n", ca, strerror(errno));
		return 1;
	}
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS)
		return 1;
	poll(&p, 1, 5000);
	t = tls_new(fd, name, trust, argc > 4 ? atol(argv[4]) : time(NULL));
	if (!t)
		return 1;
	err = send_all(t, fd, request, sizeof(request) - 1);
	if (!err)
		err = get_all(t, fd);
	if (err)
		out_error("%-s\n", tls_error(t) ? tls_error(t) : strerror(-err));
	tls_free(t);
	trust_free(trust);
	return err < 0;
}
