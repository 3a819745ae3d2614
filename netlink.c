/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include "addr.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel fills at most into one datagram of a dump. A stack page that no answer reaches costs nothing. */
#define RECEIVE_MAX 32768
#define EVENT_RCVBUF (1 << 20)
#define EVENTS_PER_READ 64
#define ANSWER_MS 1000

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

struct nl {
	int fd;
	uint32_t port; /* our address, which answers carry */
	uint32_t seq;
};

/* A datagram, aligned so that its messages are. */
struct datagram {
	_Alignas(8) uint8_t bytes[RECEIVE_MAX];
	size_t len;
};

/* Where the answer to one request goes. */
struct answer {
	const struct nl *nl;
	uint32_t seq;
	bool done;
	bool interrupted;
	int result;
	void (*cb)(const struct nlmsghdr *, void *ctx);
	void *ctx;
};

void nl_begin(struct nlmsg *m, uint16_t type, uint16_t flags, const void *payload, size_t len)
{
	struct nlmsghdr h = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) };

	m->err = 0;
	m->len = NLMSG_HDRLEN;
	memset(m->buf, 0, sizeof(m->buf));
	memcpy(m->buf, &h, sizeof(h));
	if (len > sizeof(m->buf) - NLMSG_HDRLEN) {
		m->err = -EMSGSIZE;
		return;
	}
	if (len)
		memcpy(m->buf + m->len, payload, len);
	m->len += ALIGN4(len);
}

void nl_put(struct nlmsg *m, uint16_t attr, const void *data, size_t len)
{
	struct nlattr a = { .nla_type = attr };

	if (m->err)
		return;
	if (len > NLMSG_BUF || ALIGN4(len) + sizeof(a) > sizeof(m->buf) - m->len) {
		m->err = -EMSGSIZE;
		return;
	}
	a.nla_len = (uint16_t)(sizeof(a) + len);
	memcpy(m->buf + m->len, &a, sizeof(a));
	if (len)
		memcpy(m->buf + m->len + sizeof(a), data, len);
	m->len += sizeof(a) + ALIGN4(len);
}

void nl_put_u8(struct nlmsg *m, uint16_t attr, uint8_t value)
{
	nl_put(m, attr, &value, sizeof(value));
}

void nl_put_u16(struct nlmsg *m, uint16_t attr, uint16_t value)
{
	nl_put(m, attr, &value, sizeof(value));
}

void nl_put_u32(struct nlmsg *m, uint16_t attr, uint32_t value)
{
	nl_put(m, attr, &value, sizeof(value));
}

void nl_put_text(struct nlmsg *m, uint16_t attr, const char *text)
{
	nl_put(m, attr, text, strlen(text) + 1);
}

void nl_put_fields(struct nlmsg *m, const struct nl_field *f, size_t count, const void *from)
{
	static const uint8_t zeros[NL_SIZE];
	const struct nl_field *end = f + count;
	struct addr addr;
	uint32_t wide;
	uint16_t half;

	for (; f < end; f++) {
		const void *at = (const uint8_t *)from + f->at;
		size_t len = f->kind & NL_SIZE;

		switch (f->kind) {
		case NL_IF:
			f += !*(const bool *)at;
			continue;
		case NL_ADDR:
			memcpy(&addr, at, sizeof(addr));
			at = addr.bytes;
			len = addr_len(&addr);
			break;
		case NL_16_8:
			half = *(const uint8_t *)at;
			at = &half;
			len = sizeof(half);
			break;
		case NL_32_8:
			wide = *(const uint8_t *)at;
			at = &wide;
			len = sizeof(wide);
			break;
		case NL_PORT:
			memcpy(&half, at, sizeof(half));
			half = htons(half);
			at = &half;
			len = sizeof(half);
			break;
		case NL_STRING:
			memcpy(&at, at, sizeof(at));
			len = at ? strlen(at) + 1 : 0;
			break;
		default:
			if (f->kind & NL_OPTIONAL && !memcmp(at, zeros, len))
				len = 0;
			else if (f->kind & NL_TEXT)
				len = strlen(at) + 1;
		}
		if (len)
			nl_put(m, f->attr, at, len);
	}
}

size_t nl_nest(struct nlmsg *m, uint16_t attr)
{
	size_t start = m->len;

	nl_put(m, attr | NLA_F_NESTED, NULL, 0);
	return start;
}

void nl_nest_end(struct nlmsg *m, size_t start)
{
	uint16_t len;

	if (m->err)
		return;
	len = (uint16_t)(m->len - start);
	memcpy(m->buf + start, &len, sizeof(len));
}

bool nl_payload(const struct nlmsghdr *h, void *out, size_t len)
{
	if (h->nlmsg_len < NLMSG_HDRLEN + len)
		return false;
	memcpy(out, (const uint8_t *)h + NLMSG_HDRLEN, len);
	return true;
}

struct nl_cursor nl_attrs(const struct nlmsghdr *h, size_t header_len)
{
	const uint8_t *start = (const uint8_t *)h;
	size_t skip = NLMSG_HDRLEN + ALIGN4(header_len);

	if (skip > h->nlmsg_len)
		skip = h->nlmsg_len;
	return (struct nl_cursor){ start + skip, start + h->nlmsg_len };
}

struct nl_cursor nl_nested(const struct nl_attr *a)
{
	return (struct nl_cursor){ a->data, a->data + a->len };
}

bool nl_next(struct nl_cursor *c, struct nl_attr *out)
{
	size_t left = (size_t)(c->end - c->at), step;
	struct nlattr a;

	if (left < sizeof(a))
		return false;
	memcpy(&a, c->at, sizeof(a));
	if (a.nla_len < sizeof(a) || a.nla_len > left) {
		c->at = c->end;
		return false;
	}
	out->type = a.nla_type & NLA_TYPE_MASK;
	out->len = a.nla_len - sizeof(a);
	out->data = c->at + sizeof(a);
	step = ALIGN4(a.nla_len);
	c->at += step < left ? step : left;
	return true;
}

static void take_field(const struct nl_attr *a, unsigned kind, uint8_t *at)
{
	struct nl_cursor nested = nl_nested(a);
	size_t len = kind & NL_SIZE;
	const void *from = a->data;
	uint16_t port;

	switch (kind) {
	case NL_16_8:
		*at = (uint8_t)nl_u16(a);
		return;
	case NL_32_8:
		*at = (uint8_t)nl_u32(a);
		return;
	case NL_PORT:
		port = ntohs(nl_u16(a));
		from = &port;
		len = sizeof(port);
		break;
	case NL_NEST:
		from = &nested;
		len = sizeof(nested);
		break;
	case NL_ADDR:
	case NL_COUNTED:
		len = a->len;
		if (len > NL_COUNTED_MAX || (kind == NL_ADDR && len != 4 && len != 16))
			return;
		*at++ = (uint8_t)(kind == NL_COUNTED ? len : len == 4 ? AF_INET : AF_INET6);
		break;
	default:
		if (kind & NL_TEXT) {
			nl_text(a, (char *)at, len);
			return;
		}
		if (a->len < len)
			return;
	}
	memcpy(at, from, len);
}

_Static_assert(offsetof(struct addr, bytes) == 1, "one after the family");

void nl_take_fields(struct nl_cursor c, const struct nl_field *fields, size_t count, void *to)
{
	const struct nl_field *f;
	struct nl_attr a;

	while (nl_next(&c, &a))
		for (f = fields; f < fields + count; f++)
			if (f->attr == a.type)
				take_field(&a, f->kind, (uint8_t *)to + f->at);
}

uint32_t nl_u32(const struct nl_attr *a)
{
	uint32_t value = 0;

	if (a->len >= sizeof(value))
		memcpy(&value, a->data, sizeof(value));
	return value;
}

uint16_t nl_u16(const struct nl_attr *a)
{
	uint16_t value = 0;

	if (a->len >= sizeof(value))
		memcpy(&value, a->data, sizeof(value));
	return value;
}

uint8_t nl_u8(const struct nl_attr *a)
{
	return a->len ? a->data[0] : 0;
}

void nl_text(const struct nl_attr *a, char *out, size_t size)
{
	size_t len = strnlen((const char *)a->data, a->len);

	if (!size)
		return;
	if (len > size - 1)
		len = size - 1;
	memcpy(out, a->data, len);
	out[len] = '\0';
}

void nl_walk(const uint8_t *aligned, size_t len, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx)
{
	size_t at = 0;

	/* Every message starts at a multiple of 4, so reading its header in place is sound. */
	while (len - at >= NLMSG_HDRLEN) {
		const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)(aligned + at);
		size_t step = ALIGN4((size_t)h->nlmsg_len);

		if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > len - at)
			return;
		cb(h, ctx);
		if (step >= len - at)
			return;
		at += step;
	}
}

/* One datagram of the kernel's. 0, -EAGAIN, -ENOBUFS (also for one that did not fit), or another -errno. */
static int receive(const struct nl *nl, struct datagram *d)
{
	struct sockaddr_nl from;
	struct iovec iov = { d->bytes, sizeof(d->bytes) };
	struct msghdr msg;
	ssize_t n;

	do {
		memset(&from, 0, sizeof(from));
		memset(&msg, 0, sizeof(msg));
		msg.msg_name = &from;
		msg.msg_namelen = sizeof(from);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		n = recvmsg(nl->fd, &msg, MSG_DONTWAIT);
		/* Other processes may write to our port: only the kernel's is 0. */
	} while ((n < 0 && errno == EINTR) || (n >= 0 && (msg.msg_namelen != sizeof(from) || from.nl_pid)));
	if (n < 0)
		return -errno;
	d->len = (size_t)n;
	return msg.msg_flags & MSG_TRUNC ? -ENOBUFS : 0;
}

/* A late answer is no harm: its number is not the next request's. */
static int wait_answer(const struct nl *nl)
{
	struct pollfd p = { .fd = nl->fd, .events = POLLIN };
	int n;

	do
		n = poll(&p, 1, ANSWER_MS);
	while (n < 0 && errno == EINTR);
	return n > 0 ? 0 : n < 0 ? -errno : -ETIMEDOUT;
}

static void take_answer(const struct nlmsghdr *h, void *ctx)
{
	struct answer *a = ctx;
	int32_t code = 0;

	if (a->done || h->nlmsg_seq != a->seq || h->nlmsg_pid != a->nl->port)
		return;
	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		a->interrupted = true;
	if (h->nlmsg_type == NLMSG_ERROR || h->nlmsg_type == NLMSG_DONE) {
		a->done = true;
		/* A DONE without a code is an old kernel's; an error without one is broken. */
		if (!nl_payload(h, &code, sizeof(code)) && h->nlmsg_type == NLMSG_ERROR)
			code = -EBADMSG;
		a->result = code < 0 ? code : 0;
	} else if (h->nlmsg_type >= NLMSG_MIN_TYPE && a->cb) {
		a->cb(h, a->ctx);
	}
}

static int send_bytes(const struct nl *nl, const uint8_t *bytes, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do
		n = sendto(nl->fd, bytes, len, 0, (const struct sockaddr *)(const void *)&kernel, sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* What waits for an answer is a whole number of messages; the number is theirs. */
static int exchange(struct nl *nl, const uint8_t *bytes, size_t len, struct answer *a)
{
	struct datagram d;
	int err = send_bytes(nl, bytes, len);

	while (!err && !a->done) {
		err = receive(nl, &d);
		if (!err)
			nl_walk(d.bytes, d.len, take_answer, a);
		else if (err == -EAGAIN)
			err = wait_answer(nl);
	}
	if (err)
		return err;
	return a->result ? a->result : a->interrupted ? -EINTR : 0;
}

/* Numbers the message at `at`, which is `len` long. */
static void stamp(const struct nl *nl, uint8_t *at, size_t len, uint16_t flags)
{
	struct nlmsghdr h;

	memcpy(&h, at, sizeof(h));
	h.nlmsg_len = (uint32_t)len;
	h.nlmsg_seq = nl->seq;
	h.nlmsg_pid = nl->port;
	if ((h.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		h.nlmsg_flags |= flags;
	memcpy(at, &h, sizeof(h));
}

int nl_dump(struct nl *nl, struct nlmsg *m, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx)
{
	struct answer a = { .nl = nl, .cb = cb, .ctx = ctx };

	if (m->err)
		return m->err;
	a.seq = ++nl->seq;
	stamp(nl, m->buf, m->len, NLM_F_ACK);
	return exchange(nl, m->buf, m->len, &a);
}

static void batch_mark(struct nlbatch *b, uint16_t type, uint16_t subsystem)
{
	struct nfgenmsg g = { .res_id = htons(subsystem) };
	struct nlmsg m;

	nl_begin(&m, type, 0, &g, sizeof(g));
	nl_batch_add(b, &m);
}

void nl_batch_begin(struct nlbatch *b, uint16_t subsystem)
{
	b->len = 0;
	b->err = 0;
	batch_mark(b, NFNL_MSG_BATCH_BEGIN, subsystem);
}

void nl_batch_add(struct nlbatch *b, const struct nlmsg *m)
{
	uint32_t len = (uint32_t)m->len;

	if (!b->err && m->err)
		b->err = m->err;
	/* Room for the end remains. */
	if (!b->err && m->len > sizeof(b->buf) - b->len)
		b->err = -EMSGSIZE;
	if (b->err)
		return;
	memcpy(b->buf + b->len, m->buf, m->len);
	memcpy(b->buf + b->len, &len, sizeof(len));
	b->len += m->len;
}

int nl_batch_talk(struct nl *nl, struct nlbatch *b)
{
	struct answer a = { .nl = nl };
	size_t at, last = 0, end = b->len;
	uint32_t len;

	batch_mark(b, NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES);
	if (b->err)
		return b->err;
	a.seq = ++nl->seq;
	/* One number for all, and an acknowledgement of the last but the end: the first error is the answer, or else that. */
	for (at = 0; at < b->len; last = at < end ? at : last, at += len) {
		memcpy(&len, b->buf + at, sizeof(len));
		stamp(nl, b->buf + at, len, 0);
	}
	memcpy(&len, b->buf + last, sizeof(len));
	stamp(nl, b->buf + last, len, NLM_F_ACK);
	return exchange(nl, b->buf, b->len, &a);
}

int nl_talk(struct nl *nl, struct nlmsg *m)
{
	return nl_dump(nl, m, NULL, NULL);
}

static void take_family(const struct nlmsghdr *h, void *ctx)
{
	struct nl_cursor c = nl_attrs(h, sizeof(struct genlmsghdr));
	struct nl_attr a;
	int *id = ctx;

	while (nl_next(&c, &a))
		if (a.type == CTRL_ATTR_FAMILY_ID && a.len >= 2)
			*id = nl_u16(&a);
}

int nl_genl_family(struct nl *nl, const char *name)
{
	struct genlmsghdr g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	struct nlmsg m;
	int err, id = -ENOENT;

	nl_begin(&m, GENL_ID_CTRL, 0, &g, sizeof(g));
	nl_put_text(&m, CTRL_ATTR_FAMILY_NAME, name);
	err = nl_dump(nl, &m, take_family, &id);
	return err ? err : id;
}

static struct nl *open_bound(int protocol, uint32_t groups)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	socklen_t len = sizeof(own);
	struct nl *nl = calloc(1, sizeof(*nl));
	int on = 1, err;

	if (!nl)
		return NULL;
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	if (nl->fd < 0 || bind(nl->fd, (const struct sockaddr *)(const void *)&own, sizeof(own)) < 0 ||
	    getsockname(nl->fd, (struct sockaddr *)(void *)&own, &len) < 0) {
		err = errno;
		nl_close(nl);
		errno = err;
		return NULL;
	}
	nl->port = own.nl_pid;
	/* Best effort: without it dumps are merely longer. */
	if (protocol == NETLINK_ROUTE)
		setsockopt(nl->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return nl;
}

struct nl *nl_open(int protocol)
{
	return open_bound(protocol, 0);
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	if (nl->fd >= 0)
		close(nl->fd);
	free(nl);
}

struct nl *nl_events_open(uint32_t groups, int *fd)
{
	struct nl *nl = open_bound(NETLINK_ROUTE, groups);
	int size = EVENT_RCVBUF;

	if (!nl)
		return NULL;
	*fd = nl->fd;
	if (setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(nl->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return nl;
}

int nl_events_read(struct nl *nl, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx)
{
	struct datagram d;
	int err = 0;

	for (unsigned i = 0; i < EVENTS_PER_READ && !err; i++) {
		err = receive(nl, &d);
		if (!err)
			nl_walk(d.bytes, d.len, cb, ctx);
	}
	return err;
}
