/* SPDX-License-Identifier: MIT */
#include "netlink.h"

#include "addr.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the kernel fills at most into one datagram of a dump. */
#define RECEIVE_MAX 32768
#define EVENT_RCVBUF (1 << 20)
#define EVENTS_PER_READ 64
#define ANSWER_MS 1000
#define NESTS_MAX 8

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

/* Where requests go and answers come from. */
static struct nl {
	int protocol, fd;
	bool open;
	uint32_t port; /* our address, which answers carry */
} sockets[NL_SOCKETS] = { [NL_ROUTE] = { .protocol = NETLINK_ROUTE }, [NL_GENERIC] = { .protocol = NETLINK_GENERIC }, [NL_NETFILTER] = { .protocol = NETLINK_NETFILTER } };
static uint32_t last_seq;

/* What came last, aligned so that its messages are. A page that nothing reaches costs nothing. */
static struct {
	_Alignas(8) uint8_t bytes[RECEIVE_MAX];
	size_t len;
} d;

/* The request, or a batch of them. */
static struct {
	unsigned len;
	unsigned start; /* of the last one */
	int err;
	bool batch;
	unsigned depth;
	uint16_t nests[NESTS_MAX]; /* where those begin that have no end yet */
	_Alignas(4) uint8_t buf[NL_BUF];
} m;

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

/* Room is padded with zeros. */
static void append(const void *head, unsigned head_len, const void *data, size_t len)
{
	size_t whole = head_len + ALIGN4(len);
	uint8_t *at = m.buf + m.len;

	if (len > sizeof(m.buf) || whole > sizeof(m.buf) - m.len)
		m.err = -EMSGSIZE;
	if (m.err)
		return;
	m.len += (unsigned)whole;
	memset(at + whole - 4, 0, 4);
	memcpy(at, head, head_len);
	if (len)
		memcpy(at + head_len, data, len);
}

void nl_nest_end(void)
{
	unsigned start = m.nests[--m.depth];
	uint16_t len = (uint16_t)(m.len - start);

	if (!m.err)
		memcpy(m.buf + start, &len, sizeof(len));
}

static void end_message(void)
{
	uint32_t len;

	while (m.depth)
		nl_nest_end();
	len = m.len - m.start;
	if (!m.err)
		memcpy(m.buf + m.start, &len, sizeof(len));
}

void nl_begin(unsigned type, unsigned flags, const void *payload, unsigned len)
{
	struct nlmsghdr h = { .nlmsg_type = (uint16_t)type, .nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) };

	if (m.batch)
		end_message();
	else
		m.len = m.depth = m.err = 0;
	m.start = m.len;
	append(&h, sizeof(h), payload, len);
}

struct nl_cursor nl_built(size_t header_len)
{
	end_message();
	return nl_attrs((const struct nlmsghdr *)(const void *)(m.buf + m.start), header_len);
}

void nl_put(unsigned attr, const void *data, size_t len)
{
	struct nlattr a = { .nla_type = (uint16_t)attr, .nla_len = (uint16_t)(sizeof(a) + len) };

	append(&a, sizeof(a), data, len);
}

void nl_put_u8(unsigned attr, uint8_t value)
{
	nl_put(attr, &value, sizeof(value));
}

void nl_put_u16(unsigned attr, uint16_t value)
{
	nl_put(attr, &value, sizeof(value));
}

void nl_put_u32(unsigned attr, uint32_t value)
{
	nl_put(attr, &value, sizeof(value));
}

void nl_put_text(unsigned attr, const char *text)
{
	nl_put(attr, text, strlen(text) + 1);
}

void nl_nest_of(unsigned attr, const void *data, size_t len)
{
	m.nests[m.depth++] = (uint16_t)m.len;
	nl_put(attr, data, len);
}

void nl_nest(unsigned attr)
{
	nl_nest_of(attr | NLA_F_NESTED, NULL, 0);
}

void nl_put_fields(const struct nl_field *f, size_t count, const void *from)
{
	static const uint8_t zeros[NL_SIZE];
	const struct nl_field *end = f + count;
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
			len = addr_len(at);
			at = ((const struct addr *)at)->bytes;
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
			nl_put(f->attr, at, len);
	}
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

static uint16_t nl_u16(const struct nl_attr *a)
{
	uint16_t value = 0;

	if (a->len >= sizeof(value))
		memcpy(&value, a->data, sizeof(value));
	return value;
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
			text_format((char *)at, len, "%.*s", (int)a->len, (const char *)a->data);
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
static int receive(int fd)
{
	struct sockaddr_nl from;
	socklen_t len;
	ssize_t n;

	do {
		memset(&from, 0, sizeof(from));
		len = sizeof(from);
		/* The whole length, of what does not fit too. */
		n = recvfrom(fd, d.bytes, sizeof(d.bytes), MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)(void *)&from, &len);
		if (n < 0)
			return -errno;
		/* Other processes may write to our port: only the kernel's is 0. */
	} while (len != sizeof(from) || from.nl_pid);
	d.len = (size_t)n;
	return d.len > sizeof(d.bytes) ? -ENOBUFS : 0;
}

/* A late answer is no harm: its number is not the next request's. */
static int wait_answer(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n = poll(&p, 1, ANSWER_MS);

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

static int exchange(struct answer *a)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int err = 0, fd = a->nl->fd;

	if (sendto(fd, m.buf, m.len, 0, (const struct sockaddr *)(const void *)&kernel, sizeof(kernel)) < 0)
		return -errno;
	while (!err && !a->done) {
		err = receive(fd);
		if (!err)
			nl_walk(d.bytes, d.len, take_answer, a);
		else if (err == -EAGAIN)
			err = wait_answer(fd);
	}
	if (err)
		return err;
	return a->result ? a->result : a->interrupted ? -EINTR : 0;
}

/* Numbers the messages; the one that is to be acknowledged begins there. */
static void stamp(const struct answer *a, unsigned acknowledged)
{
	struct nlmsghdr h;

	for (unsigned at = 0; at < m.len; at += h.nlmsg_len) {
		memcpy(&h, m.buf + at, sizeof(h));
		h.nlmsg_seq = a->seq;
		h.nlmsg_pid = a->nl->port;
		if (at == acknowledged && (h.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
			h.nlmsg_flags |= NLM_F_ACK;
		memcpy(m.buf + at, &h, sizeof(h));
	}
}

static void batch_mark(unsigned type)
{
	struct nfgenmsg g = { .res_id = htons(NFNL_SUBSYS_NFTABLES) };

	nl_begin(type, 0, &g, sizeof(g));
}

void nl_batch_begin(void)
{
	if (m.batch)
		return;
	m.batch = true;
	m.len = m.start = m.depth = m.err = 0;
	batch_mark(NFNL_MSG_BATCH_BEGIN);
}

unsigned nl_batch_len(void)
{
	return m.batch ? m.len : 0;
}

static int open_bound(int protocol, uint32_t groups, uint32_t *port)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int on = 1, err, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
	socklen_t len = sizeof(own);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)(const void *)&own, sizeof(own)) < 0 || getsockname(fd, (struct sockaddr *)(void *)&own, &len) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	*port = own.nl_pid;
	/* Best effort: without it dumps are merely longer. */
	if (protocol == NETLINK_ROUTE)
		setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	return fd;
}

int nl_open(enum nl_socket which)
{
	struct nl *nl = &sockets[which];

	if (nl->open)
		return 0;
	nl->fd = open_bound(nl->protocol, 0, &nl->port);
	nl->open = nl->fd >= 0;
	return nl->open ? 0 : nl->fd;
}

void nl_close(enum nl_socket which)
{
	if (sockets[which].open)
		close(sockets[which].fd);
	sockets[which].open = false;
}

int nl_dump(enum nl_socket which, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx)
{
	struct nl *nl = &sockets[which];
	struct answer a = { .nl = nl, .cb = cb, .ctx = ctx };
	unsigned acknowledged = m.start;
	int err;

	/* One number for all, and an acknowledgement of the last but the end: the first error is the answer, or else that. */
	if (m.batch)
		batch_mark(NFNL_MSG_BATCH_END);
	end_message();
	m.batch = false;
	if (m.err)
		return m.err;
	err = nl_open(which);
	if (err)
		return err;
	a.seq = ++last_seq;
	stamp(&a, acknowledged);
	return exchange(&a);
}

int nl_talk(enum nl_socket which)
{
	return nl_dump(which, NULL, NULL);
}

static void take_family(const struct nlmsghdr *h, void *ctx)
{
	static const struct nl_field field = { CTRL_ATTR_FAMILY_ID, sizeof(uint16_t), 0 };

	nl_take_fields(nl_attrs(h, sizeof(struct genlmsghdr)), &field, 1, ctx);
}

int nl_genl_family(const char *name)
{
	struct genlmsghdr g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };
	uint16_t id = 0;
	int err;

	nl_begin(GENL_ID_CTRL, 0, &g, sizeof(g));
	nl_put_text(CTRL_ATTR_FAMILY_NAME, name);
	err = nl_dump(NL_GENERIC, take_family, &id);
	return err ? err : id ? id : -ENOENT;
}

int nl_events_open(uint32_t groups)
{
	int size = EVENT_RCVBUF, fd;
	uint32_t port;

	fd = open_bound(NETLINK_ROUTE, groups, &port);
	if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	return fd;
}

int nl_events_read(int fd, void (*cb)(const struct nlmsghdr *, void *ctx), void *ctx)
{
	int err = 0;

	for (unsigned i = 0; i < EVENTS_PER_READ && !err; i++) {
		err = receive(fd);
		if (!err)
			nl_walk(d.bytes, d.len, cb, ctx);
	}
	return err;
}
