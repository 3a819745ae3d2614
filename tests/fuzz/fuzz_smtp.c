/* links: addr.c date.c emit.c tests/unit/fake_loop.c */
/* SPDX-License-Identifier: MIT */
/* Replies of a mail server to two alerts, whose texts come from the same input. Pieces: a length, then so many bytes; 0 is a timeout. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define NO_FD 1000 /* is closed as if it were one */

static const uint8_t *input;
static size_t input_len;
static char wire[1 << 16]; /* of one connection */
static size_t wire_len;

static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = input_len < size ? input_len : size;

	(void)fd, (void)flags;
	if (n)
		memcpy(buf, input, n);
	input += n;
	input_len -= n;
	return (ssize_t)n;
}

static ssize_t fake_send(int fd, const void *buf, size_t len, int flags)
{
	(void)fd, (void)flags;
	if (wire_len + len < sizeof(wire))
		memcpy(wire + wire_len, buf, len);
	wire_len += len;
	return (ssize_t)len;
}

static int fake_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd, (void)level, (void)name;
	memset(value, 0, *len);
	return 0;
}

#define recv fake_recv
#define send fake_send
#define addr_connect fake_connect
#define getsockopt fake_getsockopt
#include "smtp.c"

int fake_connect(const struct addr *to, uint16_t port, unsigned scope_id, int type)
{
	(void)to, (void)port, (void)scope_id, (void)type;
	wire_len = 0;
	return NO_FD;
}

int resolve_start(struct resolve *r, const char *name)
{
	(void)name;
	r->running = true;
	return 0;
}

void resolve_cancel(struct resolve *r)
{
	r->running = false;
}

/* Formatted all the same, so that what it is given is read. */
void log_write(int priority_source, const char *format, ...)
{
	char line[1024];
	va_list ap;

	(void)priority_source;
	va_start(ap, format);
	vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (strpbrk(line, "\r\n"))
		abort();
}

/* No line on the wire is broken, and none but ours ends a text. */
static void check(void)
{
	const struct mail *m;
	unsigned count = 0;
	size_t i, len = wire_len < sizeof(wire) ? wire_len : 0;

	for (m = s.first; m; m = m->next)
		count++;
	if (count != s.count || s.out.len > sizeof(s.bytes) || s.reply_len >= sizeof(s.reply))
		abort();
	if (s.step != STEP_IDLE && !s.timer.armed && !s.resolve.running)
		abort(); /* it would hang */
	if (s.step == STEP_IDLE && s.first)
		abort();
	for (i = 0; i < len; i++)
		if ((wire[i] == '\n') != (i > 0 && wire[i - 1] == '\r') || (wire[i] == '\0'))
			abort();
}

static void advance(void)
{
	if (s.step == STEP_RESOLVE) {
		s.resolve.running = false;
		s.resolve.count = 2;
		s.resolve.addrs[0].family = s.resolve.addrs[1].family = AF_INET;
		s.resolve.done(&s.resolve, 0);
	} else if (s.step == STEP_CONNECT) {
		s.io.cb(&s.io, POLLOUT);
	} else if (s.step == STEP_WAIT) {
		s.timer.cb(&s.timer);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf_name second = { .name = "Second One <b@example.com>" }, first = { .node.next = &second.node, .name = "a@example.com" };
	struct config conf = { .global = { .smtp_server = "mail", .smtp_port = 25, .smtp_timeout_us = 1, .mail_to = { &first.node, &second.node, 2 } } };
	unsigned steps = 5000;
	char text[256];
	size_t len;

	loop_open();
	smtp_open();
	len = size < sizeof(text) - 1 ? size : sizeof(text) - 1;
	if (len)
		memcpy(text, data, len);
	text[len] = '\0';
	smtp_set_config(&conf);
	smtp_alert(text, text);
	smtp_alert("what", "text");
	while (s.step != STEP_IDLE && steps--) {
		check();
		if (s.step <= STEP_CONNECT) {
			advance();
			continue;
		}
		len = size ? *data : 0;
		len = len < size ? len : size ? size - 1 : 0;
		input = data + 1;
		input_len = len;
		if (!len)
			s.timer.cb(&s.timer);
		while (input_len && s.step > STEP_CONNECT)
			s.io.cb(&s.io, POLLIN);
		data += size ? 1 + len : 0;
		size -= size ? 1 + len : 0;
	}
	/* Whatever the server does, each mail has so many tries. */
	if (s.step != STEP_IDLE)
		abort();
	check();
	smtp_close();
	return 0;
}
