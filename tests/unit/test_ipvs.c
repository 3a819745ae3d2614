/* links: ipvs.c netlink.c addr.c */
/* SPDX-License-Identifier: MIT */
#include "ipvs.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * The kernel, played by the functions below in place of the C library's: it keeps what it is sent, byte by byte, and answers requests
 * with the codes that a test queued (0 when it queued none). Numbers in the host's order are written H16, H32, H64 in what is expected.
 */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define H16(x) ((x) >> 8) & 255, (x) & 255
#define H32(x) ((uint32_t)(x) >> 24) & 255, ((x) >> 16) & 255, ((x) >> 8) & 255, (x) & 255
#define H64(x) H32((uint64_t)(x) >> 32), H32((x) & 0xffffffff)
#else
#define H16(x) (x) & 255, ((x) >> 8) & 255
#define H32(x) (x) & 255, ((x) >> 8) & 255, ((x) >> 16) & 255, ((uint32_t)(x) >> 24) & 255
#define H64(x) H32((x) & 0xffffffff), H32((uint64_t)(x) >> 32)
#endif
#define NEST 0x8000
#define FAMILY 27
#define PORT_ID 77
#define NL_FD 1001
#define RAW_FD 1002
#define OPTION(n) (1152 + (n))
#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ }), sizeof((const uint8_t[]){ __VA_ARGS__ })

static struct {
	bool no_netlink, no_raw, no_family, no_sockopt;
	/* What was sent. */
	struct {
		uint8_t data[512];
		size_t len;
		int option; /* of setsockopt; 0: netlink */
	} sent[64];
	unsigned sent_count;
	int results[64];
	unsigned result_count, result_next;
	/* Datagrams to be received. */
	uint8_t queue[16][8192];
	size_t queue_len[16];
	unsigned queued, taken;
	/* Answers of getsockopt, in turn. */
	uint8_t get[6][1024];
	size_t get_len[6];
	uint8_t asked[6][1024]; /* what the buffer held on the way in */
	int get_option[6], get_error[6];
	unsigned gets, got;
	unsigned closes;
	/* Dump answers: the n-th dump gets dump[n], without its DONE. */
	uint8_t dump[4][4096];
	size_t dump_len[4];
	unsigned dumps;
} k;

static int next_result(void)
{
	return k.result_next < k.result_count ? k.results[k.result_next++] : 0;
}

static void queue_message(uint16_t type, uint32_t seq, const void *data, size_t len)
{
	struct nlmsghdr h = { (uint32_t)(sizeof h + len), type, 0, seq, PORT_ID };
	uint8_t *out = k.queue[k.queued % 16];

	assert_true(k.queued - k.taken < 16);
	memcpy(out, &h, sizeof h);
	memcpy(out + sizeof h, data, len);
	k.queue_len[k.queued++ % 16] = sizeof h + len;
}

/* Gives messages the number of the request that they answer. */
static void queue_dump(uint32_t seq)
{
	uint8_t *out = k.queue[k.queued % 16];
	size_t at = 0, len = k.dump_len[k.dumps];

	memcpy(out, k.dump[k.dumps], len);
	while (at + sizeof(struct nlmsghdr) <= len) {
		struct nlmsghdr h;

		memcpy(&h, out + at, sizeof h);
		h.nlmsg_seq = seq;
		h.nlmsg_pid = PORT_ID;
		memcpy(out + at, &h, sizeof h);
		if (h.nlmsg_len < sizeof h)
			break;
		at += (h.nlmsg_len + 3u) & ~3u;
	}
	k.queue_len[k.queued++ % 16] = len;
	k.dumps++;
}

int socket(int domain, int type, int protocol)
{
	(void)type;
	(void)protocol;
	if (domain == AF_NETLINK && k.no_netlink) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	if (domain != AF_NETLINK && k.no_raw) {
		errno = EMFILE;
		return -1;
	}
	return domain == AF_NETLINK ? NL_FD : RAW_FD;
}

int bind(int fd, const struct sockaddr *a, socklen_t len)
{
	(void)a;
	(void)len;
	return fd == NL_FD ? 0 : -1;
}

int getsockname(int fd, struct sockaddr *restrict a, socklen_t *restrict len)
{
	struct sockaddr_nl own = { .nl_family = AF_NETLINK, .nl_pid = PORT_ID };

	(void)fd;
	memcpy(a, &own, sizeof own);
	*len = sizeof own;
	return 0;
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *a, socklen_t a_len)
{
	const uint8_t family_reply[] = { 1, 2, 0, 0, H16(6), H16(1), H16(FAMILY), 0, 0, H16(9), H16(2), 'I', 'P', 'V', 'S', 0, 0, 0, 0 };
	struct nlmsghdr h;
	int32_t code = 0;

	(void)flags;
	(void)a;
	(void)a_len;
	assert_int_equal(fd, NL_FD);
	assert_true(len >= sizeof h && len <= sizeof k.sent[0].data && k.sent_count < 64);
	memcpy(&h, data, sizeof h);
	assert_int_equal(h.nlmsg_len, len);
	assert_int_equal(h.nlmsg_pid, PORT_ID);
	if (h.nlmsg_type == 16) {
		if (k.no_family)
			code = -ENOENT;
		else
			queue_message(16, h.nlmsg_seq, family_reply, sizeof family_reply);
		queue_message(NLMSG_ERROR, h.nlmsg_seq, &code, sizeof code);
		return (ssize_t)len;
	}
	memcpy(k.sent[k.sent_count].data, data, len);
	k.sent[k.sent_count++].len = len;
	code = next_result();
	if ((h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP || (!code && k.dumps < 4 && k.dump_len[k.dumps]))
		queue_dump(h.nlmsg_seq);
	queue_message((h.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP ? NLMSG_DONE : NLMSG_ERROR, h.nlmsg_seq, &code, sizeof code);
	return (ssize_t)len;
}

ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags, struct sockaddr *restrict from_addr, socklen_t *restrict from_len)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	size_t len;

	(void)flags;
	assert_int_equal(fd, NL_FD);
	if (k.taken == k.queued) {
		errno = EAGAIN;
		return -1;
	}
	len = k.queue_len[k.taken % 16];
	assert_true(size >= len && *from_len >= sizeof from);
	memcpy(from_addr, &from, sizeof from);
	*from_len = sizeof from;
	memcpy(to, k.queue[k.taken++ % 16], len);
	return (ssize_t)len;
}

int poll(struct pollfd *p, nfds_t count, int ms)
{
	(void)p;
	(void)count;
	(void)ms;
	fail_msg("an answer was waited for that does not come");
	return 0;
}

int setsockopt(int fd, int level, int option, const void *data, socklen_t len)
{
	int code;

	if (fd != RAW_FD)
		return 0;
	assert_int_equal(level, IPPROTO_IP);
	assert_true(k.sent_count < 64 && len <= sizeof k.sent[0].data);
	if (len)
		memcpy(k.sent[k.sent_count].data, data, len);
	k.sent[k.sent_count].len = len;
	k.sent[k.sent_count++].option = option;
	code = next_result();
	errno = -code;
	return code ? -1 : 0;
}

int getsockopt(int fd, int level, int option, void *restrict data, socklen_t *restrict len)
{
	assert_int_equal(fd, RAW_FD);
	assert_int_equal(level, IPPROTO_IP);
	if (k.no_sockopt) {
		errno = ENOPROTOOPT;
		return -1;
	}
	if (k.got == k.gets)
		return 0;
	assert_int_equal(option, k.get_option[k.got]);
	/* The kernel refuses any other size. */
	assert_int_equal(*len, k.get_len[k.got]);
	memcpy(k.asked[k.got], data, *len);
	errno = k.get_error[k.got];
	if (!errno)
		memcpy(data, k.get[k.got], *len);
	return k.get_error[k.got++] ? -1 : 0;
}

int close(int fd)
{
	k.closes += fd == NL_FD || fd == RAW_FD;
	return 0;
}

static void prepare_get(int option, const uint8_t *data, size_t len)
{
	assert_true(len <= sizeof k.get[0]);
	memcpy(k.get[k.gets], data, len);
	k.get_option[k.gets] = OPTION(option);
	k.get_len[k.gets++] = len;
}

static int setup(void **state)
{
	(void)state;
	memset(&k, 0, sizeof k);
	return ipvs_open() || ipvs_connect();
}

static int setup_sockopt(void **state)
{
	if (setup(state))
		return -1;
	ipvs_use_sockopt();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ipvs_close();
	return 0;
}

static void expect_sent(unsigned i, int option, const uint8_t *want, size_t len)
{
	assert_true(i < k.sent_count);
	assert_int_equal(k.sent[i].option, option);
	if (k.sent[i].len != len || memcmp(k.sent[i].data, want, len)) {
		for (size_t b = 0; b < len || b < k.sent[i].len; b++)
			if (b >= len || b >= k.sent[i].len || want[b] != k.sent[i].data[b])
				printf("# byte %zu: sent %02x, wanted %02x\n", b, b < k.sent[i].len ? k.sent[i].data[b] : 0,
				       b < len ? want[b] : 0);
		fail_msg("message %u: %zu bytes, wanted %zu", i, k.sent[i].len, len);
	}
}

/* The netlink header is checked apart, so that what follows reads alike. */
static void expect_request(unsigned i, uint16_t flags, const uint8_t *want, size_t len)
{
	struct nlmsghdr h;

	assert_true(i < k.sent_count);
	memcpy(&h, k.sent[i].data, sizeof h);
	assert_int_equal(h.nlmsg_type, FAMILY);
	assert_int_equal(h.nlmsg_flags, NLM_F_REQUEST | flags);
	k.sent[i].len -= sizeof h;
	memmove(k.sent[i].data, k.sent[i].data + sizeof h, k.sent[i].len);
	expect_sent(i, 0, want, len);
}

static struct addr addr(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

static struct ipvs_service service(const char *address, uint16_t port)
{
	struct ipvs_service s;

	memset(&s, 0, sizeof s);
	s.key.addr = addr(address);
	s.key.port = port;
	s.key.protocol = IPPROTO_TCP;
	strcpy(s.scheduler, "wrr");
	s.mask = UINT32_MAX;
	return s;
}

static struct ipvs_dest dest(const char *address, uint16_t port, int weight)
{
	struct ipvs_dest d;

	memset(&d, 0, sizeof d);
	d.key.addr = addr(address);
	d.key.port = port;
	d.weight = weight;
	return d;
}

static int perform(enum ipvs_action action, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	return ipvs_do(&(struct ipvs_op){ action, s, d });
}

#define ZERO12 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
/* 192.0.2.9, TCP port 80, by netlink. */
#define KEY4 H16(6), H16(1), H16(2), 0, 0, H16(6), H16(2), H16(6), 0, 0, H16(20), H16(3), 192, 0, 2, 9, ZERO12, H16(6), H16(4), 0, 80, 0, 0
#define KEY4_LEN 44
#define DB8(last) 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last

static void test_service(void **state)
{
	struct ipvs_service s = service("192.0.2.9", 80);

	(void)state;
	s.flags = IPVS_PERSISTENT | IPVS_SCHED2;
	s.timeout_s = 300;
	memcpy(&s.mask, "\xff\xff\xff\0", 4);
	assert_int_equal(perform(IPVS_ADD, &s, NULL), 0);
	expect_request(0, NLM_F_ACK, BYTES(1, 1, 0, 0, H16(4 + KEY4_LEN + 8 + 12 + 8 + 8), H16(NEST | 1), KEY4,
		H16(8), H16(6), 'w', 'r', 'r', 0, H16(8), H16(8), H32(300), H16(8), H16(9), 255, 255, 255, 0,
		H16(12), H16(7), H32(0x11), H32(0xffffffff)));
	assert_int_equal(perform(IPVS_EDIT, &s, NULL), 0);
	assert_int_equal(k.sent[1].data[16], 2);
	assert_int_equal(k.sent[1].len, 16 + 4 + 4 + KEY4_LEN + 8 + 12 + 8 + 8);
	assert_int_equal(perform(IPVS_DELETE, &s, NULL), 0);
	expect_request(2, NLM_F_ACK, BYTES(3, 1, 0, 0, H16(4 + KEY4_LEN), H16(NEST | 1), KEY4));
}

static void test_service_ipv6_engine(void **state)
{
	struct ipvs_service s = service("2001:db8::1", 0x1234);

	(void)state;
	s.key.protocol = IPPROTO_UDP;
	strcpy(s.scheduler, "sh");
	strcpy(s.pe, "sip");
	s.mask = 64;
	assert_int_equal(perform(IPVS_ADD, &s, NULL), 0);
	expect_request(0, NLM_F_ACK, BYTES(1, 1, 0, 0, H16(4 + KEY4_LEN + 8 + 8 + 12 + 8 + 8), H16(NEST | 1),
		H16(6), H16(1), H16(AF_INET6), 0, 0, H16(6), H16(2), H16(17), 0, 0, H16(20), H16(3), DB8(1), H16(6), H16(4), 0x12, 0x34, 0, 0,
		H16(7), H16(6), 's', 'h', 0, 0, H16(8), H16(11), 's', 'i', 'p', 0, H16(8), H16(8), H32(0), H16(8), H16(9), H32(64),
		H16(12), H16(7), H32(0), H32(0xffffffff)));
}

static void test_service_mark(void **state)
{
	struct ipvs_service s;

	(void)state;
	memset(&s, 0, sizeof s);
	s.key.fwmark = 0x01020304;
	s.key.addr.family = AF_INET6;
	assert_int_equal(perform(IPVS_DELETE, &s, NULL), 0);
	expect_request(0, NLM_F_ACK, BYTES(3, 1, 0, 0, H16(20), H16(NEST | 1), H16(8), H16(5), H32(0x01020304),
		H16(6), H16(1), H16(AF_INET6), 0, 0));
}

static void test_dest(void **state)
{
	struct ipvs_service s = service("192.0.2.9", 80);
	struct ipvs_dest d = dest("198.51.100.7", 8080, 3);

	(void)state;
	d.upper = 70000;
	d.lower = 2;
	d.forward = IPVS_ROUTE;
	/* Without a tunnel its attributes are not sent. */
	d.tun_port = 99;
	assert_int_equal(perform(IPVS_ADD, &s, &d), 0);
	expect_request(0, NLM_F_ACK, BYTES(5, 1, 0, 0, H16(4 + KEY4_LEN), H16(NEST | 1), KEY4, H16(4 + 8 + 20 + 8 + 32), H16(NEST | 2),
		H16(6), H16(11), H16(2), 0, 0, H16(20), H16(1), 198, 51, 100, 7, ZERO12, H16(6), H16(2), 0x1f, 0x90, 0, 0,
		H16(8), H16(3), H32(3), H16(8), H16(4), H32(3), H16(8), H16(5), H32(70000), H16(8), H16(6), H32(2)));
	assert_int_equal(perform(IPVS_EDIT, &s, &d), 0);
	assert_int_equal(k.sent[1].data[16], 6);
	assert_int_equal(perform(IPVS_DELETE, &s, &d), 0);
	expect_request(2, NLM_F_ACK, BYTES(7, 1, 0, 0, H16(4 + KEY4_LEN), H16(NEST | 1), KEY4, H16(4 + 8 + 20 + 8), H16(NEST | 2),
		H16(6), H16(11), H16(2), 0, 0, H16(20), H16(1), 198, 51, 100, 7, ZERO12, H16(6), H16(2), 0x1f, 0x90, 0, 0));
}

static void test_dest_tunnel(void **state)
{
	struct ipvs_service s = service("192.0.2.9", 80);
	struct ipvs_dest d = dest("2001:db8::7", 80, 0);

	(void)state;
	d.forward = IPVS_TUNNEL;
	d.tun_type = 1;
	d.tun_port = 6080;
	d.tun_flags = 2;
	assert_int_equal(perform(IPVS_EDIT, &s, &d), 0);
	expect_request(0, NLM_F_ACK, BYTES(6, 1, 0, 0, H16(4 + KEY4_LEN), H16(NEST | 1), KEY4, H16(4 + 8 + 20 + 8 + 32 + 24), H16(NEST | 2),
		H16(6), H16(11), H16(AF_INET6), 0, 0, H16(20), H16(1), DB8(7), H16(6), H16(2), 0, 80, 0, 0,
		H16(8), H16(3), H32(2), H16(8), H16(4), H32(0), H16(8), H16(5), H32(0), H16(8), H16(6), H32(0),
		H16(5), H16(13), 1, 0, 0, 0, H16(6), H16(14), 0x17, 0xc0, 0, 0, H16(6), H16(15), H16(2), 0, 0));
}

static void results(unsigned count, const int *codes)
{
	memcpy(k.results, codes, count * sizeof *codes);
	k.result_count = count;
	k.result_next = 0;
	k.sent_count = 0;
}

/* Commands in the order in which they were sent. */
static void expect_commands(const char *want)
{
	char got[64] = "";

	for (unsigned i = 0; i < k.sent_count; i++)
		snprintf(got + strlen(got), sizeof got - strlen(got), "%s%d", i ? " " : "", k.sent[i].data[16]);
	assert_string_equal(got, want);
}

static void test_results(void **state)
{
	static const struct {
		enum ipvs_action action;
		bool dest;
		int codes[2], want;
		const char *commands;
	} rows[] = {
		{ IPVS_ADD, false, { -EEXIST, 0 }, 0, "1" },
		{ IPVS_ADD, true, { -EEXIST, 0 }, 0, "5" },
		{ IPVS_ADD, false, { -ENOENT, 0 }, -ENOENT, "1" },
		{ IPVS_ADD, true, { -ESRCH, 0 }, -ESRCH, "5" },
		{ IPVS_ADD, false, { -EINVAL, 0 }, -EINVAL, "1" },
		{ IPVS_EDIT, false, { -ESRCH, 0 }, 0, "2 1" },
		{ IPVS_EDIT, true, { -ENOENT, 0 }, 0, "6 5" },
		{ IPVS_EDIT, false, { -ENOENT, 0 }, -ENOENT, "2" },
		{ IPVS_EDIT, true, { -ESRCH, 0 }, -ESRCH, "6" },
		{ IPVS_EDIT, true, { -ENOENT, -EPERM }, -EPERM, "6 5" },
		{ IPVS_DELETE, false, { -ESRCH, 0 }, 0, "3" },
		{ IPVS_DELETE, true, { -ESRCH, 0 }, 0, "7" },
		{ IPVS_DELETE, true, { -ENOENT, 0 }, 0, "7" },
		{ IPVS_DELETE, true, { -EPERM, 0 }, -EPERM, "7" },
	};
	struct ipvs_service s = service("192.0.2.9", 80);
	struct ipvs_dest d = dest("198.51.100.7", 80, 1);

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		results(2, rows[i].codes);
		assert_int_equal(perform(rows[i].action, &s, rows[i].dest ? &d : NULL), rows[i].want);
		expect_commands(rows[i].commands);
	}
}

static void test_connect(void **state)
{
	(void)state;
	/* Neither netlink family nor socket options. */
	k.no_family = k.no_sockopt = true;
	assert_int_equal(ipvs_connect(), -ENOENT);
	k.no_sockopt = false;
	assert_int_equal(ipvs_connect(), 0);
	assert_int_equal(ipvs_flush(), 0);
	assert_int_equal(k.sent[0].option, OPTION(5));
	k.no_family = false;
	assert_int_equal(ipvs_connect(), 0);
	assert_int_equal(ipvs_flush(), 0);
	expect_request(1, NLM_F_ACK, BYTES(17, 1, 0, 0));
	/* A test's wish outlives the next question. */
	ipvs_use_sockopt();
	assert_int_equal(ipvs_connect(), 0);
	assert_int_equal(ipvs_flush(), 0);
	assert_int_equal(k.sent[2].option, OPTION(5));
}

static void test_not_allowed(void **state)
{
	(void)state;
	k.no_family = true;
	prepare_get(1, BYTES(H32(0), H32(0), H32(0)));
	k.get_error[0] = EPERM;
	assert_int_equal(ipvs_connect(), -EPERM);
}

static void test_sockets(void **state)
{
	(void)state;
	/* Both kinds of sockets are opened anew. */
	ipvs_close();
	assert_int_equal(k.closes, 2);
	k.no_raw = true;
	assert_int_equal(ipvs_open(), 0);
	ipvs_close();
	assert_int_equal(k.closes, 3);
	k.no_netlink = true;
	assert_int_equal(ipvs_open(), -EPROTONOSUPPORT);
	ipvs_close();
	ipvs_close();
	assert_int_equal(k.closes, 3);
	k.no_raw = k.no_netlink = false;
	assert_int_equal(ipvs_open(), 0);
	ipvs_close();
	assert_int_equal(k.closes, 5);
}

static void test_no_generic_netlink(void **state)
{
	(void)state;
	ipvs_close();
	k.no_netlink = true;
	assert_int_equal(ipvs_open(), 0);
	assert_int_equal(ipvs_connect(), 0);
	assert_int_equal(ipvs_flush(), 0);
	assert_int_equal(k.sent[0].option, OPTION(5));
}

static void test_timeouts(void **state)
{
	const struct ipvs_timeouts want = { 900, 120, 300 };
	struct ipvs_timeouts t;
	const uint8_t reply[] = { H32(44), H16(FAMILY), H16(0), H32(0), H32(0), 12, 1, 0, 0, H16(8), H16(4), H32(1), H16(8), H16(5), H32(2),
		H16(8), H16(6), H32(3) };

	(void)state;
	assert_int_equal(ipvs_set_timeouts(&want), 0);
	expect_request(0, NLM_F_ACK, BYTES(12, 1, 0, 0, H16(8), H16(4), H32(900), H16(8), H16(5), H32(120), H16(8), H16(6), H32(300)));
	memcpy(k.dump[0], reply, k.dump_len[0] = sizeof reply);
	assert_int_equal(ipvs_get_timeouts(&t), 0);
	expect_request(1, NLM_F_ACK, BYTES(13, 1, 0, 0));
	assert_int_equal(t.tcp_s, 1);
	assert_int_equal(t.tcp_fin_s, 2);
	assert_int_equal(t.udp_s, 3);
}

static void test_sync(void **state)
{
	struct ipvs_sync s = { .interface = "eth0", .id = 51 };

	(void)state;
	assert_int_equal(ipvs_sync_start(IPVS_SYNC_MASTER, &s), 0);
	expect_request(0, NLM_F_ACK, BYTES(9, 1, 0, 0, H16(4 + 8 + 12 + 8), H16(NEST | 3), H16(8), H16(1), H32(1),
		H16(9), H16(2), 'e', 't', 'h', '0', 0, 0, 0, 0, H16(8), H16(3), H32(51)));
	s.maxlen = 1472;
	s.port = 8849;
	s.ttl = 3;
	s.group = addr("224.0.0.82");
	assert_int_equal(ipvs_sync_start(IPVS_SYNC_BACKUP, &s), 0);
	expect_request(1, NLM_F_ACK, BYTES(9, 1, 0, 0, H16(4 + 8 + 12 + 8 + 8 + 8 + 8 + 8), H16(NEST | 3), H16(8), H16(1), H32(2),
		H16(9), H16(2), 'e', 't', 'h', '0', 0, 0, 0, 0, H16(8), H16(3), H32(51), H16(6), H16(4), H16(1472), 0, 0,
		H16(6), H16(7), H16(8849), 0, 0, H16(5), H16(8), 3, 0, 0, 0, H16(8), H16(5), 224, 0, 0, 82));
	s.group = addr("ff02::1");
	assert_int_equal(ipvs_sync_start(IPVS_SYNC_BACKUP, &s), 0);
	assert_int_equal(k.sent[2].len, k.sent[1].len + 16 + 12);
	assert_int_equal(ipvs_sync_stop(IPVS_SYNC_MASTER), 0);
	expect_request(3, NLM_F_ACK, BYTES(10, 1, 0, 0, H16(4 + 8), H16(NEST | 3), H16(8), H16(1), H32(1)));
}

static void test_sync_results(void **state)
{
	static const struct {
		bool start;
		int codes[3], want;
		const char *commands;
	} rows[] = {
		{ true, { -EEXIST, 0, 0 }, 0, "9 10 9" },
		{ true, { -EEXIST, -ESRCH, 0 }, 0, "9 10 9" },
		{ true, { -EEXIST, 0, -ENODEV }, -ENODEV, "9 10 9" },
		{ true, { -EEXIST, -EPERM, 0 }, -EPERM, "9 10" },
		{ true, { -ENODEV, 0, 0 }, -ENODEV, "9" },
		{ false, { -ESRCH, 0, 0 }, 0, "10" },
		{ false, { -EPERM, 0, 0 }, -EPERM, "10" },
	};
	const struct ipvs_sync s = { .interface = "eth0", .id = 51 };

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		results(3, rows[i].codes);
		assert_int_equal(rows[i].start ? ipvs_sync_start(IPVS_SYNC_MASTER, &s) : ipvs_sync_stop(IPVS_SYNC_MASTER),
				 rows[i].want);
		expect_commands(rows[i].commands);
	}
}

#define GENL(command, len) H32(20 + (len)), H16(FAMILY), H16(2), H32(0), H32(0), command, 1, 0, 0
#define STATS32_LEN (4 + 3 * 8 + 2 * 12 + 5 * 8)
#define STATS32(type) H16(STATS32_LEN), H16(type), H16(8), H16(1), H32(11), H16(8), H16(2), H32(12), H16(8), H16(3), H32(13), \
	H16(12), H16(4), H64(14), H16(12), H16(5), H64(15), H16(8), H16(6), H32(16), H16(8), H16(7), H32(17), H16(8), H16(8), H32(18), \
	H16(8), H16(9), H32(19), H16(8), H16(10), H32(20)
/* A pad attribute, as 64-bit kernels put it, then two of the ten. */
#define STATS64_LEN (4 + 4 + 12 + 12)
#define STATS64(type) H16(STATS64_LEN), H16(type), H16(4), H16(11), H16(12), H16(1), H64(0x100000001), H16(12), H16(10), H64(0x200000002)

static const uint8_t two_services[] = {
	GENL(1, 4 + KEY4_LEN + 8 + 12 + 8 + 8 + STATS32_LEN + STATS64_LEN),
	H16(4 + KEY4_LEN + 8 + 12 + 8 + 8 + STATS32_LEN + STATS64_LEN), H16(1), KEY4, H16(8), H16(6), 'm', 'h', 0, 0,
	H16(12), H16(7), H32(0x0b), H32(0xffffffff), H16(8), H16(8), H32(50), H16(8), H16(9), 255, 255, 0, 0, STATS32(10), STATS64(12),
	GENL(1, 4 + 8 + 8 + 8 + 8 + 12 + 8 + 8),
	H16(4 + 8 + 8 + 8 + 8 + 12 + 8 + 8), H16(1), H16(6), H16(1), H16(AF_INET6), 0, 0, H16(8), H16(5), H32(7),
	H16(8), H16(6), 'w', 'l', 'c', 0, H16(8), H16(11), 's', 'i', 'p', 0, H16(12), H16(7), H32(2), H32(0xffffffff),
	H16(8), H16(8), H32(0), H16(8), H16(9), H32(128),
};
static const uint8_t two_dests[] = {
	GENL(5, 4 + 20 + 8 + 8 * 7 + 8 + STATS32_LEN),
	H16(4 + 20 + 8 + 8 * 7 + 8 + STATS32_LEN), H16(2), H16(20), H16(1), 198, 51, 100, 7, ZERO12, H16(6), H16(2), 0x1f, 0x90, 0, 0,
	H16(8), H16(3), H32(3), H16(8), H16(4), H32(-1), H16(8), H16(5), H32(6), H16(8), H16(6), H32(5), H16(8), H16(7), H32(31),
	H16(8), H16(8), H32(32), H16(8), H16(9), H32(33), H16(6), H16(11), H16(2), 0, 0, STATS32(10),
	/* An old kernel's: no family. */
	GENL(5, 4 + 20 + 8 + 8 + 8 + 8 + 8 + 8),
	H16(4 + 20 + 8 + 8 + 8 + 8 + 8 + 8), H16(2), H16(20), H16(1), 198, 51, 100, 8, ZERO12, H16(6), H16(2), 0, 80, 0, 0,
	H16(8), H16(3), H32(2), H16(8), H16(4), H32(1), H16(5), H16(13), 1, 0, 0, 0, H16(6), H16(14), 0x17, 0xc0, 0, 0,
	H16(6), H16(15), H16(1), 0, 0,
};

static void prepare_dump(unsigned i, const uint8_t *data, size_t len)
{
	memcpy(k.dump[i], data, len);
	k.dump_len[i] = len;
}

static unsigned stats_calls;
static struct ipvs_stats stats_seen[8];

static void keep_stats(const struct ipvs_service *s, const struct ipvs_dest *d, const struct ipvs_stats *stats)
{
	assert_non_null(s);
	assert_true(!d || d->key.addr.family);
	assert_true(stats_calls < 8);
	stats_seen[stats_calls++] = *stats;
}

static void test_read(void **state)
{
	struct ipvs_table t;
	const struct ipvs_service *s;
	const struct ipvs_dest *d;

	(void)state;
	prepare_dump(0, two_services, sizeof two_services);
	prepare_dump(1, two_dests, sizeof two_dests);
	stats_calls = 0;
	assert_int_equal(ipvs_read(&t, keep_stats), 0);
	expect_request(0, NLM_F_DUMP, BYTES(4, 1, 0, 0));
	expect_request(1, NLM_F_DUMP, BYTES(8, 1, 0, 0, H16(4 + KEY4_LEN), H16(NEST | 1), KEY4));
	expect_request(2, NLM_F_DUMP, BYTES(8, 1, 0, 0, H16(4 + 8 + 8), H16(NEST | 1), H16(8), H16(5), H32(7),
		H16(6), H16(1), H16(AF_INET6), 0, 0));

	assert_int_equal(t.count, 2);
	s = &t.services[0];
	assert_int_equal(s->key.fwmark, 0);
	assert_int_equal(s->key.port, 80);
	assert_int_equal(s->key.protocol, IPPROTO_TCP);
	assert_true(addr_equal(&s->key.addr, &(struct addr){ AF_INET, { 192, 0, 2, 9 } }));
	assert_string_equal(s->scheduler, "mh");
	assert_string_equal(s->pe, "");
	assert_int_equal(s->flags, 0x0b);
	assert_int_equal(s->timeout_s, 50);
	assert_memory_equal(&s->mask, "\xff\xff\0\0", 4);
	assert_int_equal(s->dest_count, 2);
	d = &s->dests[0];
	assert_int_equal(d->key.addr.bytes[3], 7);
	assert_int_equal(d->key.port, 8080);
	assert_int_equal(d->weight, -1);
	assert_int_equal(d->upper, 6);
	assert_int_equal(d->lower, 5);
	assert_int_equal(d->forward, IPVS_ROUTE);
	d = &s->dests[1];
	assert_int_equal(d->key.addr.family, AF_INET);
	assert_int_equal(d->forward, IPVS_TUNNEL);
	assert_int_equal(d->tun_type, 1);
	assert_int_equal(d->tun_port, 6080);
	assert_int_equal(d->tun_flags, 1);
	s = &t.services[1];
	assert_int_equal(s->key.fwmark, 7);
	assert_int_equal(s->key.addr.family, AF_INET6);
	assert_string_equal(s->pe, "sip");
	assert_int_equal(s->mask, 128);
	assert_int_equal(s->dest_count, 0);

	/* The services first; 64 bits override 32 where there are any. */
	assert_int_equal(stats_calls, 4);
	assert_int_equal(stats_seen[0].count[IPVS_CONNECTIONS], 0x100000001);
	assert_int_equal(stats_seen[0].count[IPVS_IN_PACKETS], 12);
	assert_int_equal(stats_seen[0].count[IPVS_OUT_BYTE_RATE], 0x200000002);
	assert_int_equal(stats_seen[1].count[IPVS_CONNECTIONS], 0);
	assert_int_equal(stats_seen[2].count[IPVS_CONNECTIONS], 11);
	assert_int_equal(stats_seen[2].count[IPVS_OUT_BYTES], 15);
	assert_int_equal(stats_seen[2].active, 31);
	assert_int_equal(stats_seen[2].inactive, 32);
	assert_int_equal(stats_seen[2].persistent, 33);
	ipvs_table_free(&t);
	assert_int_equal(t.count, 0);
}

static void test_read_error(void **state)
{
	struct ipvs_table t;

	(void)state;
	prepare_dump(0, two_services, sizeof two_services);
	results(2, (const int[]){ 0, -EPERM });
	assert_int_equal(ipvs_read(&t, NULL), -EPERM);
	assert_int_equal(t.count, 0);
	assert_null(t.services);
}

/* Whatever an answer holds, and wherever it ends, reading it ends too, within its bounds. */
static void test_read_garbage(void **state)
{
	uint8_t changed[sizeof two_dests];
	struct ipvs_table t;

	(void)state;
	for (size_t i = 0; i < 3 * sizeof two_dests; i++) {
		size_t at = i / 3;

		memcpy(changed, two_dests, sizeof changed);
		changed[at] = i % 3 == 0 ? 0 : i % 3 == 1 ? 255 : changed[at] ^ 4;
		memset(&k, 0, sizeof k);
		prepare_dump(0, two_services, sizeof two_services);
		prepare_dump(1, changed, i % 3 ? sizeof changed : at);
		ipvs_read(&t, NULL);
		ipvs_table_free(&t);
	}
}

#define SO_KEY H16(6), 0, 0, 192, 0, 2, 9, 0, 80, 0, 0, H32(0)

static void test_sockopt(void **state)
{
	struct ipvs_service s = service("192.0.2.9", 80);
	struct ipvs_dest d = dest("198.51.100.7", 8080, 3);

	(void)state;
	s.flags = 1;
	s.timeout_s = 300;
	memcpy(&s.mask, "\xff\xff\xff\0", 4);
	d.forward = IPVS_TUNNEL;
	d.upper = 6;
	d.lower = 5;
#define SO_SERVICE SO_KEY, 'w', 'r', 'r', 0, ZERO12, H32(1), H32(300), 255, 255, 255, 0
#define SO_FOUND SO_KEY, ZERO12, ZERO12, H32(0)
#define SO_DEST 198, 51, 100, 7, 0x1f, 0x90, 0, 0, H32(2), H32(3), H32(6), H32(5)
	assert_int_equal(perform(IPVS_ADD, &s, NULL), 0);
	expect_sent(0, OPTION(2), BYTES(SO_SERVICE));
	assert_int_equal(perform(IPVS_EDIT, &s, NULL), 0);
	expect_sent(1, OPTION(3), BYTES(SO_SERVICE));
	assert_int_equal(perform(IPVS_DELETE, &s, NULL), 0);
	expect_sent(2, OPTION(4), BYTES(SO_FOUND));
	assert_int_equal(perform(IPVS_ADD, &s, &d), 0);
	expect_sent(3, OPTION(7), BYTES(SO_FOUND, SO_DEST));
	assert_int_equal(perform(IPVS_EDIT, &s, &d), 0);
	expect_sent(4, OPTION(9), BYTES(SO_FOUND, SO_DEST));
	assert_int_equal(perform(IPVS_DELETE, &s, &d), 0);
	expect_sent(5, OPTION(8), BYTES(SO_FOUND, 198, 51, 100, 7, 0x1f, 0x90, 0, 0, H32(0), H32(0), H32(0), H32(0)));
	memset(&s, 0, sizeof s);
	s.key.fwmark = 9;
	s.key.addr.family = AF_INET;
	assert_int_equal(perform(IPVS_DELETE, &s, NULL), 0);
	expect_sent(6, OPTION(4), BYTES(H16(6), 0, 0, H32(0), H32(0), H32(9), ZERO12, ZERO12, 0, 0, 0, 0));
	results(2, (const int[]){ -ESRCH, 0 });
	assert_int_equal(perform(IPVS_EDIT, &s, NULL), 0);
	assert_int_equal(k.sent[1].option, OPTION(2));
}

static void test_sockopt_others(void **state)
{
	const struct ipvs_timeouts t = { 900, 120, 300 };
	struct ipvs_sync sync = { .interface = "eth0", .id = 51 };

	(void)state;
	assert_int_equal(ipvs_flush(), 0);
	expect_sent(0, OPTION(5), (const uint8_t *)"", 0);
	assert_int_equal(ipvs_set_timeouts(&t), 0);
	expect_sent(1, OPTION(10), BYTES(H32(900), H32(120), H32(300)));
	assert_int_equal(ipvs_sync_start(IPVS_SYNC_BACKUP, &sync), 0);
	expect_sent(2, OPTION(11), BYTES(H32(2), 'e', 't', 'h', '0', ZERO12, H32(51)));
	assert_int_equal(ipvs_sync_stop(IPVS_SYNC_BACKUP), 0);
	expect_sent(3, OPTION(12), BYTES(H32(2), 0, 0, 0, 0, ZERO12, H32(0)));
	for (unsigned i = 0; i < 4; i++) {
		sync.ttl = i == 0;
		sync.port = i == 1;
		sync.maxlen = i == 2;
		sync.group.family = i == 3 ? AF_INET : AF_UNSPEC;
		assert_int_equal(ipvs_sync_start(IPVS_SYNC_BACKUP, &sync), -EOPNOTSUPP);
	}
	assert_int_equal(k.sent_count, 4);
}

/* What socket options can't say is refused, not mangled. */
static void test_sockopt_refused(void **state)
{
	struct ipvs_service s = service("192.0.2.9", 80), six = service("2001:db8::1", 80);
	struct ipvs_dest d = dest("198.51.100.7", 80, 1), d6 = dest("2001:db8::7", 80, 1);

	(void)state;
	assert_int_equal(perform(IPVS_ADD, &six, NULL), -EAFNOSUPPORT);
	assert_int_equal(perform(IPVS_ADD, &s, &d6), -EAFNOSUPPORT);
	d.forward = IPVS_TUNNEL;
	d.tun_type = 1;
	assert_int_equal(perform(IPVS_ADD, &s, &d), -EOPNOTSUPP);
	strcpy(s.pe, "sip");
	assert_int_equal(perform(IPVS_ADD, &s, NULL), -EOPNOTSUPP);
	assert_int_equal(k.sent_count, 0);
}

/* All machines that tests run on align 64 bits to 8 bytes. */
#define SO_STATS H32(11), H32(12), H32(13), H32(0), H64(14), H64(15), H32(16), H32(17), H32(18), H32(19), H32(20), H32(0)
#define ZERO56 ZERO12, ZERO12, ZERO12, ZERO12, 0, 0, 0, 0, 0, 0, 0, 0
static void test_sockopt_read(void **state)
{
	struct ipvs_table t;

	(void)state;
	/* Three services, the last one IPv6, of which nothing is told. */
	prepare_get(1, BYTES(H32(0x10201), H32(4096), H32(3)));
	prepare_get(2, BYTES(H32(3), H32(0),
		SO_KEY, 'w', 'r', 'r', 0, ZERO12, H32(3), H32(300), 255, 255, 255, 0, H32(1), SO_STATS,
		H16(6), 0, 0, H32(0), 0, 0, 0, 0, H32(7), 'r', 'r', 0, 0, ZERO12, H32(2), H32(0), 255, 255, 255, 255, H32(0), ZERO56,
		ZERO56, ZERO12, ZERO12, ZERO12, ZERO12));
	prepare_get(3, BYTES(SO_KEY, 'w', 'r', 'r', 0, ZERO12, H32(3), H32(300), 255, 255, 255, 0, H32(1), SO_STATS));
	prepare_get(4, BYTES(H16(6), 0, 0, 192, 0, 2, 9, 0, 80, 0, 0, H32(0), H32(1), H32(0),
		198, 51, 100, 7, 0x1f, 0x90, 0, 0, H32(0x183), H32(3), H32(6), H32(5), H32(31), H32(32), H32(33), H32(0), SO_STATS));
	prepare_get(3, BYTES(H16(6), 0, 0, H32(0), 0, 0, 0, 0, H32(7), 'r', 'r', 0, 0, ZERO12, H32(2), H32(0), 255, 255, 255, 255, H32(0), ZERO56));
	prepare_get(4, BYTES(H16(6), 0, 0, H32(0), 0, 0, 0, 0, H32(7), H32(0), H32(0)));
	stats_calls = 0;
	assert_int_equal(ipvs_read(&t, keep_stats), 0);
	assert_int_equal(k.got, 6);
	assert_memory_equal(k.asked[1], ((const uint8_t[]){ H32(3) }), 4);
	for (unsigned i = 2; i < 6; i += 2) {
		assert_memory_equal(k.asked[i], k.get[i], 16);
		assert_memory_equal(k.asked[i + 1], k.get[i + 1], 20);
	}
	assert_int_equal(t.services[0].flags, 3);
	assert_memory_equal(&t.services[0].mask, "\xff\xff\xff\0", 4);
	assert_int_equal(t.services[0].dests[0].upper, 6);
	assert_true(addr_equal(&t.services[0].key.addr, &(struct addr){ AF_INET, { 192, 0, 2, 9 } }));
	assert_true(addr_equal(&t.services[0].dests[0].key.addr, &(struct addr){ AF_INET, { 198, 51, 100, 7 } }));
	assert_int_equal(t.count, 2);
	assert_int_equal(t.services[0].key.port, 80);
	assert_int_equal(t.services[0].key.protocol, IPPROTO_TCP);
	assert_string_equal(t.services[0].scheduler, "wrr");
	assert_int_equal(t.services[0].timeout_s, 300);
	assert_int_equal(t.services[0].dest_count, 1);
	assert_int_equal(t.services[0].dests[0].key.port, 8080);
	assert_int_equal(t.services[0].dests[0].forward, IPVS_ROUTE);
	assert_int_equal(t.services[0].dests[0].weight, 3);
	assert_int_equal(t.services[0].dests[0].lower, 5);
	assert_int_equal(t.services[1].key.fwmark, 7);
	assert_int_equal(t.services[1].key.protocol, 0);
	assert_int_equal(t.services[1].key.addr.family, AF_INET);
	assert_int_equal(stats_calls, 3);
	assert_int_equal(stats_seen[0].count[IPVS_IN_BYTES], 14);
	assert_int_equal(stats_seen[0].count[IPVS_OUT_BYTE_RATE], 20);
	assert_int_equal(stats_seen[2].count[IPVS_OUT_BYTES], 15);
	assert_int_equal(stats_seen[2].persistent, 33);
	ipvs_table_free(&t);
}

/* A service that goes between two questions is no error; others are. */
static void test_sockopt_read_error(void **state)
{
	static const int errors[] = { ESRCH, EPERM };
	struct ipvs_table t;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		k.gets = k.got = 0;
		memset(k.get_error, 0, sizeof k.get_error);
		prepare_get(1, BYTES(H32(0x10201), H32(4096), H32(1)));
		prepare_get(2, BYTES(H32(1), H32(0), SO_KEY, 'w', 'r', 'r', 0, ZERO12, H32(3), H32(300), 255, 255, 255, 0, H32(0), ZERO56));
		prepare_get(3, BYTES(SO_KEY, 'w', 'r', 'r', 0, ZERO12, H32(3), H32(300), 255, 255, 255, 0, H32(0), ZERO56));
		prepare_get(4, BYTES(H16(6), 0, 0, 192, 0, 2, 9, 0, 80, 0, 0, H32(0), H32(0), H32(0)));
		k.get_error[2 + i / 2] = errors[i % 2];
		assert_int_equal(ipvs_read(&t, NULL), i % 2 ? -EPERM : 0);
		assert_int_equal(t.count, i % 2 ? 0 : 1);
		ipvs_table_free(&t);
	}
	k.gets = k.got = 0;
	prepare_get(1, BYTES(H32(0), H32(0), H32(0)));
	k.get_error[0] = ENOPROTOOPT;
	assert_int_equal(ipvs_read(&t, NULL), -ENOPROTOOPT);
}

/*
 * Tables as text: services separated by ';', each "PORT[SCHEDULER]" with its destinations behind it, "PORT*WEIGHT": small numbers in
 * place of addresses. Plans as text: "+80" "~80" "-80" for services, "+80>1" for destinations.
 */
static void parse_table(const char *text, struct ipvs_table *t)
{
	memset(t, 0, sizeof *t);
	t->services = calloc(16, sizeof *t->services);
	assert_non_null(t->services);
	while (*text) {
		struct ipvs_service *s = &t->services[t->count++];
		char *end;

		*s = service("192.0.2.9", (uint16_t)strtol(text, &end, 10));
		if (*end == 'r')
			strcpy(s->scheduler, "rr"), end++;
		s->dests = calloc(16, sizeof *s->dests);
		assert_non_null(s->dests);
		for (text = end; *text == ' ' && text[1]; text = end) {
			long port = strtol(text, &end, 10), weight = 1;

			if (*end == '*')
				weight = strtol(end + 1, &end, 10);
			s->dests[s->dest_count++] = dest("198.51.100.1", (uint16_t)port, (int)weight);
		}
		if (*text == ';')
			text++;
	}
}

static void plan_text(const struct ipvs_plan *p, char *out, size_t size)
{
	*out = '\0';
	for (unsigned i = 0; i < p->count; i++) {
		const struct ipvs_op *op = &p->ops[i];
		size_t len = strlen(out);

		len += (size_t)snprintf(out + len, size - len, "%s%c%u", i ? " " : "", "+~-"[op->action], op->service->key.port);
		if (op->dest)
			snprintf(out + len, size - len, ">%u", op->dest->key.port);
	}
}

static void test_diff(void **state)
{
	static const struct {
		const char *wanted, *ours, *kernel, *plan;
	} rows[] = {
		{ "", "", "", "" },
		/* Start: services in turn, each before its destinations, which keep their order. */
		{ "80 3 1 2;443", "", "", "+80 +80>3 +80>1 +80>2 +443" },
		{ "80 1", "", "80 1", "" },
		{ "80 1", "", "80r 1", "~80" },
		{ "80 1*5 2", "", "80 2 1", "~80>1" },
		/* Somebody else's service, and destination. */
		{ "80 1", "", "25 1;80 1 7", "" },
		{ "", "80 1", "25 1;80 1", "-80" },
		{ "80 1", "80 1 2", "80 1 2 7", "-80>2" },
		/* After a crash destinations are ours, services not. */
		{ "80 1", NULL, "25 1;80 1 7", "-80>7" },
		/* Reload: gone services first, new destinations before gone ones, so that a service is never without. */
		{ "80 2;81 1", "80 1;82 1", "80 1;82 1", "-82 +80>2 -80>1 +81 +81>1" },
		{ "80 1 2*0", "80 1 2", "80 1 2", "~80>2" },
		/* Another tool took away what is ours: put back, or not deleted twice. */
		{ "80 1 2", "80 1 2", "80 2", "+80>1" },
		{ "80 1", "80 1", "", "+80 +80>1" },
		{ "", "80 1", "", "" },
		{ "80", "80 1", "80", "" },
		/* The order of ours is the order of deletion. */
		{ "", "82;80;81", "80;81;82", "-82 -80 -81" },
		{ "80", "80 3 1 2", "80 1 2 3", "-80>3 -80>1 -80>2" },
		/* Repeated keys count once, the first one. */
		{ "80 1*2 1*3;80r 5", "", "", "+80 +80>1" },
		{ "80 1*2 1*3", "", "80 1*2", "" },
	};
	char text[256];

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct ipvs_table wanted, ours, kernel;
		struct ipvs_plan p;

		parse_table(rows[i].wanted, &wanted);
		parse_table(rows[i].ours ? rows[i].ours : "", &ours);
		parse_table(rows[i].kernel, &kernel);
		assert_int_equal(ipvs_diff(&wanted, rows[i].ours ? &ours : NULL, &kernel, &p), 0);
		plan_text(&p, text, sizeof text);
		if (strcmp(text, rows[i].plan))
			fail_msg("row %u: %s, wanted %s", i, text, rows[i].plan);
		ipvs_plan_free(&p);
		ipvs_table_free(&wanted);
		ipvs_table_free(&ours);
		ipvs_table_free(&kernel);
	}
}

/* Each setting alone makes a difference; what the kernel adds of its own does not. */
static void test_diff_settings(void **state)
{
	struct ipvs_service base = service("192.0.2.9", 80);
	struct ipvs_dest d = dest("198.51.100.7", 80, 1);

	(void)state;
	base.dests = &d;
	base.dest_count = 1;
	for (unsigned i = 0; i < 17; i++) {
		/* Settings of tunnels count in tunnels. */
		const bool tunnel = i >= 9 && i <= 11;
		struct ipvs_service s = base;
		struct ipvs_dest changed;
		struct ipvs_table wanted = { &s, 1 }, kernel = { &base, 1 };
		struct ipvs_plan p;
		const char *want = i < 5 ? "~80" : i < 12 ? "~80>80" : "";
		char text[64];

		d.forward = tunnel ? IPVS_TUNNEL : IPVS_NAT;
		changed = d;
		s.dests = &changed;
		switch (i) {
		case 0: strcpy(s.scheduler, "wrrx"); break;
		case 1: strcpy(s.pe, "sip"); break;
		case 2: s.flags = IPVS_ONE_PACKET; break;
		case 3: s.timeout_s = 1; break;
		case 4: s.mask = 64; break;
		case 5: changed.weight = 0; break;
		case 6: changed.upper = 1; break;
		case 7: changed.lower = 1; break;
		case 8: changed.forward = IPVS_TUNNEL; break;
		case 9: changed.tun_type = 2; break;
		case 10: changed.tun_port = 2; break;
		case 11: changed.tun_flags = 2; break;
		case 12: s.flags = IPVS_HASHED; break;
		case 13: changed.tun_type = 1; break;
		case 14: changed.tun_port = 1; break;
		case 15: changed.tun_flags = 1; break;
		}
		assert_int_equal(ipvs_diff(&wanted, &kernel, &kernel, &p), 0);
		plan_text(&p, text, sizeof text);
		if (strcmp(text, want))
			fail_msg("setting %u: %s, wanted %s", i, text, want);
		ipvs_plan_free(&p);
	}
}

/* Keys that differ in one part are different entries. */
static void test_diff_keys(void **state)
{
	struct ipvs_service list[6];
	struct ipvs_table wanted = { list, 6 }, none = { NULL, 0 };
	struct ipvs_plan p;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		list[i] = service("192.0.2.9", 80);
	list[1].key.port = 81;
	list[2].key.protocol = IPPROTO_UDP;
	list[3].key.addr = addr("192.0.2.8");
	list[4].key = (struct ipvs_key){ .fwmark = 1, .addr.family = AF_INET };
	list[5].key = (struct ipvs_key){ .fwmark = 1, .addr.family = AF_INET6 };
	assert_int_equal(ipvs_diff(&wanted, &none, &none, &p), 0);
	assert_int_equal(p.count, 6);
	ipvs_plan_free(&p);
	assert_int_equal(ipvs_diff(&wanted, &wanted, &wanted, &p), 0);
	assert_int_equal(p.count, 0);
	ipvs_plan_free(&p);
}

static unsigned random_below(unsigned *seed, unsigned limit)
{
	*seed = *seed * 1103515245 + 12345;
	return (*seed >> 16) % limit;
}

#define MODEL 12
/* By port: the weight + 1 of a destination, 0 where there is none. */
struct model {
	unsigned services[MODEL], dests[MODEL][MODEL];
};

static void random_model(struct model *m, unsigned *seed)
{
	memset(m, 0, sizeof *m);
	for (unsigned i = 0; i < MODEL; i++) {
		m->services[i] = random_below(seed, 3);
		for (unsigned j = 0; m->services[i] && j < MODEL; j++)
			m->dests[i][j] = random_below(seed, 4);
	}
}

static void table_of(const struct model *m, struct ipvs_table *t, unsigned *seed)
{
	unsigned first = random_below(seed, MODEL);

	memset(t, 0, sizeof *t);
	t->services = calloc(MODEL, sizeof *t->services);
	assert_non_null(t->services);
	for (unsigned i = 0; i < MODEL; i++) {
		unsigned port = (first + i) % MODEL;
		struct ipvs_service *s = &t->services[t->count];

		if (!m->services[port])
			continue;
		t->count++;
		*s = service("192.0.2.9", (uint16_t)port);
		if (m->services[port] == 2)
			strcpy(s->scheduler, "rr");
		s->dests = calloc(MODEL, sizeof *s->dests);
		assert_non_null(s->dests);
		for (unsigned j = 0; j < MODEL; j++)
			if (m->dests[port][j])
				s->dests[s->dest_count++] = dest("198.51.100.1", (uint16_t)j, (int)m->dests[port][j] - 1);
	}
}

/* Carries out a plan on the model of a kernel, strictly: what is added is not there, and so on. */
static void carry_out(const struct ipvs_plan *p, struct model *m)
{
	for (unsigned i = 0; i < p->count; i++) {
		const struct ipvs_op *op = &p->ops[i];
		unsigned port = op->service->key.port;
		unsigned *at = op->dest ? &m->dests[port][op->dest->key.port] : &m->services[port];
		unsigned value = op->dest ? (unsigned)op->dest->weight + 1 : strcmp(op->service->scheduler, "rr") ? 1 : 2;

		assert_true(!op->dest || m->services[port]);
		assert_true((op->action == IPVS_ADD) == !*at);
		assert_true(op->action != IPVS_EDIT || *at != value);
		*at = op->action == IPVS_DELETE ? 0 : value;
		if (op->action == IPVS_DELETE && !op->dest)
			memset(m->dests[port], 0, sizeof m->dests[port]);
	}
}

static unsigned expected(unsigned wanted, unsigned ours, unsigned kernel)
{
	return wanted ? wanted : ours ? 0 : kernel;
}

static void test_diff_random(void **state)
{
	unsigned seed = 1;

	(void)state;
	for (unsigned round = 0; round < 300; round++) {
		struct model wanted, ours, kernel, after;
		struct ipvs_table w, o, n;
		struct ipvs_plan p;

		random_model(&wanted, &seed);
		random_model(&ours, &seed);
		random_model(&kernel, &seed);
		table_of(&wanted, &w, &seed);
		table_of(&ours, &o, &seed);
		table_of(&kernel, &n, &seed);
		assert_int_equal(ipvs_diff(&w, &o, &n, &p), 0);
		after = kernel;
		carry_out(&p, &after);
		for (unsigned i = 0; i < MODEL; i++) {
			assert_int_equal(after.services[i], expected(wanted.services[i], ours.services[i], kernel.services[i]));
			for (unsigned j = 0; j < MODEL; j++)
				assert_int_equal(after.dests[i][j], !after.services[i] ? 0 :
						 expected(wanted.dests[i][j], ours.dests[i][j], kernel.dests[i][j]));
		}
		ipvs_plan_free(&p);
		ipvs_table_free(&w);
		ipvs_table_free(&o);
		ipvs_table_free(&n);
	}
}

/* Processor time of a comparison of tables with so many destinations, half of which change. */
static clock_t time_diff(unsigned count)
{
	struct ipvs_service a = service("192.0.2.9", 80), b = a;
	struct ipvs_table wanted = { &a, 1 }, kernel = { &b, 1 };
	struct ipvs_plan p;
	clock_t best = -1;

	a.dests = calloc(count, sizeof *a.dests);
	b.dests = calloc(count, sizeof *b.dests);
	assert_true(a.dests && b.dests);
	a.dest_count = b.dest_count = count;
	for (unsigned i = 0; i < count; i++) {
		a.dests[i] = dest("10.0.0.0", 80, 1);
		a.dests[i].key.addr.bytes[1] = (uint8_t)(i >> 8);
		a.dests[i].key.addr.bytes[2] = (uint8_t)i;
		b.dests[count - 1 - i] = a.dests[i];
		b.dests[count - 1 - i].key.addr.bytes[3] = i % 2;
	}
	for (unsigned i = 0; i < 3; i++) {
		clock_t start = clock();

		assert_int_equal(ipvs_diff(&wanted, &kernel, &kernel, &p), 0);
		start = clock() - start;
		if (best < 0 || start < best)
			best = start;
		assert_int_equal(p.count, count);
		ipvs_plan_free(&p);
	}
	free(a.dests);
	free(b.dests);
	return best;
}

static void test_diff_time(void **state)
{
	clock_t small = time_diff(2500), large = time_diff(40000);

	(void)state;
	printf("# 2500: %ld us, 40000: %ld us\n", (long)(small * 1000000 / CLOCKS_PER_SEC), (long)(large * 1000000 / CLOCKS_PER_SEC));
	/* 16 times as many: n log n takes 22 times as long, a square 256 times. */
	assert_true(large < 100 * (small + 1));
}

static char failures[256];

static void note_failure(const struct ipvs_op *op, int err)
{
	sprintf(failures + strlen(failures), "%u>%u:%d ", op->service->key.port, op->dest ? op->dest->key.port : 0, err);
}

static void test_merge(void **state)
{
	static const uint16_t ports[] = { 80, 81, 80, 82, 80 }; /* each with two servers of its own */
	static const unsigned counts[] = { 6, 2, 2, 2, 2 };
	struct ipvs_table t = { NULL, 0 };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct ipvs_service s = service("192.0.2.9", ports[i]);

		for (uint16_t n = 0; n < 2; n++) {
			struct ipvs_dest d = dest("198.51.100.1", (uint16_t)(10 * i + n), (int)i);

			assert_int_equal(ipvs_service_add(&s, &d), 0);
		}
		assert_int_equal(ipvs_table_add(&t, &s), 0);
	}
	assert_int_equal(ipvs_table_merge(&t), 0);
	assert_int_equal(t.count, 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(t.services[i].dest_count, counts[i]);
		assert_int_equal(t.services[i].dests[1].key.port, 10 * i + 1);
	}
	assert_int_equal(t.services[0].dests[3].key.port, 21);
	assert_int_equal(t.services[0].dests[5].weight, 4);
	ipvs_table_free(&t);
	assert_int_equal(ipvs_table_merge(&t), 0);
}

static void test_apply(void **state)
{
	struct ipvs_table wanted, none = { NULL, 0 };
	struct ipvs_plan p;
	char want[64];

	(void)state;
	parse_table("80 1 2;81 3;82 4", &wanted);
	assert_int_equal(ipvs_diff(&wanted, &none, &none, &p), 0);
	assert_int_equal(p.count, 7);
	/* The first service is refused: its destinations are not even tried. */
	failures[0] = '\0';
	results(5, (const int[]){ -ENOENT, 0, -EINVAL, 0, 0 });
	assert_false(ipvs_apply(&p, 0, note_failure));
	assert_int_equal(k.sent_count, 0);
	assert_false(ipvs_apply(&p, 4, note_failure));
	assert_int_equal(k.sent_count, 2);
	assert_true(ipvs_apply(&p, 100, note_failure));
	expect_commands("1 1 5 1 5");
	snprintf(want, sizeof want, "80>0:%d 81>3:%d ", -ENOENT, -EINVAL);
	assert_string_equal(failures, want);
	assert_true(ipvs_apply(&p, 100, note_failure));
	assert_int_equal(k.sent_count, 5);
	ipvs_plan_free(&p);
	assert_true(ipvs_apply(&p, 100, note_failure));
	ipvs_table_free(&wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_service, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service_ipv6_engine, setup, teardown),
		cmocka_unit_test_setup_teardown(test_service_mark, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dest, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dest_tunnel, setup, teardown),
		cmocka_unit_test_setup_teardown(test_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_connect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_allowed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sockets, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_generic_netlink, setup, teardown),
		cmocka_unit_test_setup_teardown(test_timeouts, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sync_results, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_error, setup, teardown),
		cmocka_unit_test_setup_teardown(test_read_garbage, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sockopt, setup_sockopt, teardown),
		cmocka_unit_test_setup_teardown(test_sockopt_others, setup_sockopt, teardown),
		cmocka_unit_test_setup_teardown(test_sockopt_refused, setup_sockopt, teardown),
		cmocka_unit_test_setup_teardown(test_sockopt_read, setup_sockopt, teardown),
		cmocka_unit_test_setup_teardown(test_sockopt_read_error, setup_sockopt, teardown),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_diff_settings),
		cmocka_unit_test(test_diff_keys),
		cmocka_unit_test(test_diff_random),
		cmocka_unit_test(test_diff_time),
		cmocka_unit_test(test_merge),
		cmocka_unit_test_setup_teardown(test_apply, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
