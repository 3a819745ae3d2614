/* links: addr.c dns.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Answers of name servers, and the two files. The first byte chooses; the name asked for is "mail.test". */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NO_FD 1000 /* is closed as if it were one */

static const uint8_t *input;
static size_t input_len;

static char *fake_text_load(const char *path)
{
	char *text = malloc(input_len + 1);

	(void)path;
	if (!text)
		return NULL;
	if (input_len)
		memcpy(text, input, input_len);
	text[input_len] = '\0';
	return text;
}

static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = input_len < size ? input_len : size;

	(void)fd, (void)flags;
	for (size_t i = 0; i < n; i++)
		((uint8_t *)buf)[i] = input[i];
	input_len = 0;
	return (ssize_t)n;
}

static ssize_t fake_send(int fd, const void *buf, size_t len, int flags)
{
	(void)fd, (void)buf, (void)flags;
	return (ssize_t)len;
}

static ssize_t fake_getrandom(void *buf, size_t len, unsigned flags)
{
	(void)flags;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = 'i';
	return (ssize_t)len;
}

#define text_load fake_text_load
#define recv fake_recv
#define send fake_send
#define addr_connect fake_connect
#define getrandom fake_getrandom
#define RESOLV_CONF "resolv"
#define HOSTS_FILE "hosts"
#define DNS_PORT 53
#include <sys/random.h>
#include "resolve.c"

static unsigned done_calls;

int fake_connect(const struct addr *to, uint16_t port, unsigned scope_id, int type)
{
	(void)to, (void)port, (void)scope_id, (void)type;
	return NO_FD;
}

static void done(struct resolve *r, int error)
{
	done_calls++;
	if (r->count > RESOLVE_ADDRS_MAX || (error == 0) != (r->count > 0))
		abort();
}

/* What must hold after whatever came. */
static void check(const struct resolve *r)
{
	unsigned i;

	if (r->count > RESOLVE_ADDRS_MAX || r->server_count > RESOLVE_SERVERS_MAX)
		abort();
	if (r->query_len >= sizeof(r->query) || strlen(r->search) >= sizeof(r->search))
		abort();
	for (i = 0; i < r->count; i++)
		if (!addr_is_set(&r->addrs[i]) || (i && r->addrs[i - 1].family == AF_INET6 && r->addrs[i].family == AF_INET))
			abort();
	if (r->running && !r->timer.armed)
		abort(); /* it would hang */
}

static void feed_messages(struct resolve *r, const uint8_t *data, size_t size)
{
	size_t len;

	input_len = 0;
	if (resolve_start(r, "mail.test"))
		abort();
	/* Each datagram has its length in front; 0 is a timeout. */
	while (size && r->io.fd >= 0) {
		len = *data < size - 1 ? *data : size - 1;
		input = data + 1;
		input_len = len;
		if (!len)
			r->timer.cb(&r->timer);
		while (input_len && r->io.fd >= 0)
			on_socket(&r->io, POLLIN);
		check(r);
		data += 1 + len;
		size -= 1 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct resolve r;
	unsigned turns = 1000;

	if (!size)
		return 0;
	loop_open();
	memset(&r, 0, sizeof(r));
	r.done = done;
	done_calls = 0;
	if (*data & 1) {
		feed_messages(&r, data + 1, size - 1);
	} else {
		/* The same text as hosts and as resolv.conf. */
		input = data + 1;
		input_len = size - 1;
		if (resolve_start(&r, "mail"))
			abort();
	}
	check(&r);
	/* With silence from here on it comes to an end, and tells so once. */
	while (r.running && turns--)
		r.timer.cb(&r.timer);
	if (r.running || done_calls != 1 || r.io.fd >= 0)
		abort();
	return 0;
}
