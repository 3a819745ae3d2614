/* links: nft.c netlink.c addr.c */
/* SPDX-License-Identifier: MIT */
#include "nft.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define H16(x) ((x) >> 8) & 255, (x) & 255
#define H32(x) 0, 0, 0, (x)
#else
#define H16(x) (x) & 255, ((x) >> 8) & 255
#define H32(x) (x), 0, 0, 0
#endif
#define N32(x) 0, 0, 0, (x)
#define NEST 0x8000
#define FD 1001
#define PORT_ID 77
#define NFT(type) (10 << 8 | (type))
#define BYTES(...) ((const uint8_t[]){ __VA_ARGS__ }), sizeof((const uint8_t[]){ __VA_ARGS__ })
#define TABLE H16(15), H16(1), 'k', 'e', 'e', 'p', 'a', 'l', 'i', 'v', 'e', 'd', 0, 0

/* The kernel: keeps every message of every batch, and answers a batch with the next code. */
static struct {
	struct message {
		uint16_t type, flags;
		size_t len;
		uint8_t body[1024]; /* after nlmsghdr */
		unsigned batch;
	} all[1500];
	unsigned count, batches, closes;
	int results[4];
	uint32_t seq;
	bool answered;
	int code;
} k;

int socket(int domain, int type, int protocol)
{
	(void)type;
	assert_int_equal(domain, AF_NETLINK);
	assert_int_equal(protocol, NETLINK_NETFILTER);
	return FD;
}

int bind(int fd, const struct sockaddr *a, socklen_t len)
{
	(void)fd;
	(void)a;
	(void)len;
	return 0;
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
	const uint8_t *at = data, *end = at + len;
	unsigned first = k.count, acks = 0;

	(void)flags;
	(void)a;
	(void)a_len;
	assert_int_equal(fd, FD);
	for (struct nlmsghdr h; at < end; at += h.nlmsg_len) {
		struct message *m = &k.all[k.count++];

		assert_true(k.count < 1500 && (size_t)(end - at) >= sizeof h);
		memcpy(&h, at, sizeof h);
		assert_true(h.nlmsg_len >= sizeof h && h.nlmsg_len <= (size_t)(end - at) && h.nlmsg_len % 4 == 0);
		assert_int_equal(h.nlmsg_pid, PORT_ID);
		/* One number for all of a batch, another than the last one's; one acknowledgement, of the last but the end. */
		if (k.count - 1 == first)
			assert_int_not_equal(h.nlmsg_seq, k.seq);
		else
			assert_int_equal(h.nlmsg_seq, k.seq);
		k.seq = h.nlmsg_seq;
		*m = (struct message){ .type = h.nlmsg_type, .flags = h.nlmsg_flags, .len = h.nlmsg_len - sizeof h, .batch = k.batches };
		memcpy(m->body, at + sizeof h, m->len);
		acks += (h.nlmsg_flags & NLM_F_ACK) != 0;
	}
	assert_true(k.count - first >= 3);
	assert_int_equal(k.all[first].type, 0x10);
	assert_memory_equal(k.all[first].body, ((const uint8_t[]){ 0, 0, 0, 10 }), 4);
	assert_int_equal(k.all[k.count - 1].type, 0x11);
	assert_int_equal(acks, 1);
	assert_true(k.all[k.count - 2].flags & NLM_F_ACK);
	k.code = k.batches < 4 ? k.results[k.batches] : 0;
	k.batches++;
	k.answered = false;
	return (ssize_t)len;
}

ssize_t recvfrom(int fd, void *restrict to, size_t size, int flags, struct sockaddr *restrict from_addr, socklen_t *restrict from_len)
{
	struct sockaddr_nl from = { .nl_family = AF_NETLINK };
	struct {
		struct nlmsghdr h;
		int32_t code;
	} answer = { { sizeof answer, NLMSG_ERROR, 0, k.seq, PORT_ID }, k.code };

	(void)flags;
	assert_int_equal(fd, FD);
	if (k.answered) {
		errno = EAGAIN;
		return -1;
	}
	k.answered = true;
	assert_true(size >= sizeof answer && *from_len >= sizeof from);
	memcpy(from_addr, &from, sizeof from);
	*from_len = sizeof from;
	memcpy(to, &answer, sizeof answer);
	return sizeof answer;
}

int close(int fd)
{
	assert_int_equal(fd, FD);
	k.closes++;
	return 0;
}

static const struct nft_settings plain = { "keepalived", -1, false };
static const struct addr v4 = { AF_INET, { 192, 0, 2, 9 } };
static const struct addr v6 = { AF_INET6, { 0xfe, 0x80, [15] = 9 } };

static void start(const struct nft_settings *settings)
{
	memset(&k, 0, sizeof k);
	assert_int_equal(nft_open(), 0);
	nft_rebuild(settings);
}

/* The n-th message of a type. */
static const struct message *sent(unsigned type, unsigned n)
{
	for (unsigned i = 0; i < k.count; i++)
		if (k.all[i].type == NFT(type) && !n--)
			return &k.all[i];
	fail_msg("no message %u of type %u", n, type);
	return NULL;
}

static unsigned count_of(unsigned type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < k.count; i++)
		n += k.all[i].type == NFT(type);
	return n;
}

static void is(const struct message *m, unsigned flags, const uint8_t *bytes, size_t len)
{
	assert_int_equal(m->flags & ~NLM_F_ACK, flags | NLM_F_REQUEST);
	assert_int_equal(m->len, len);
	assert_memory_equal(m->body, bytes, len);
}

static void table_is_made_in_one_go(void **state)
{
	(void)state;
	start(&plain);
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(k.batches, 0);
	assert_int_equal(nft_commit(), 0);
	assert_int_equal(k.batches, 1);
	/* Whatever was there goes; ours has an owner. */
	is(sent(NFT_MSG_NEWTABLE, 0), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE));
	is(sent(NFT_MSG_DELTABLE, 0), 0, BYTES(2, 0, 0, 0, TABLE));
	is(sent(NFT_MSG_NEWTABLE, 1), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(8), H16(2), N32(2)));
	is(sent(NFT_MSG_NEWCHAIN, 0), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(7), H16(3), 'i', 'n', 0, 0, H16(20), H16(4 | NEST),
	   H16(8), H16(1), N32(1), H16(8), H16(2), 255, 255, 255, 255, H16(11), H16(7), 'f', 'i', 'l', 't', 'e', 'r', 0, 0));
	is(sent(NFT_MSG_NEWSET, 0), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(9), H16(2), 'v', 'i', 'p', 's', 0, 0, 0, 0,
	   H16(8), H16(4), N32(7), H16(8), H16(5), N32(4), H16(8), H16(10), N32(1)));
	is(sent(NFT_MSG_NEWSET, 1), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(10), H16(2), 'v', 'm', 'a', 'c', 's', 0, 0, 0,
	   H16(8), H16(4), N32(41), H16(8), H16(5), N32(16), H16(8), H16(10), N32(3), H16(10), H16(13), 0, 4, H32(1), 0, 0));
	assert_int_equal(count_of(NFT_MSG_NEWSET), 2);
	assert_int_equal(count_of(NFT_MSG_NEWRULE), 3);
	/* ip daddr @vips drop */
	is(sent(NFT_MSG_NEWRULE, 2), NLM_F_CREATE | NLM_F_APPEND, BYTES(2, 0, 0, 0, TABLE, H16(7), H16(2), 'i', 'n', 0, 0,
	   H16(144), H16(4 | NEST),
	   H16(52), H16(1 | NEST), H16(12), H16(1), 'p', 'a', 'y', 'l', 'o', 'a', 'd', 0, H16(36), H16(2 | NEST),
	   H16(8), H16(1), N32(1), H16(8), H16(2), N32(1), H16(8), H16(3), N32(16), H16(8), H16(4), N32(4),
	   H16(40), H16(1 | NEST), H16(11), H16(1), 'l', 'o', 'o', 'k', 'u', 'p', 0, 0, H16(24), H16(2 | NEST),
	   H16(8), H16(2), N32(1), H16(9), H16(1), 'v', 'i', 'p', 's', 0, 0, 0, 0,
	   H16(48), H16(1 | NEST), H16(14), H16(1), 'i', 'm', 'm', 'e', 'd', 'i', 'a', 't', 'e', 0, 0, 0, H16(28), H16(2 | NEST),
	   H16(8), H16(1), N32(0), H16(16), H16(2 | NEST), H16(12), H16(2 | NEST), H16(8), H16(1), N32(0)));
	is(sent(NFT_MSG_NEWSETELEM, 0), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(9), H16(2), 'v', 'i', 'p', 's', 0, 0, 0, 0,
	   H16(20), H16(3 | NEST), H16(16), H16(1 | NEST), H16(12), H16(1 | NEST), H16(8), H16(1), 192, 0, 2, 9));
	nft_close();
	assert_int_equal(count_of(NFT_MSG_DELTABLE), 2);
	assert_int_equal(k.closes, 1);
}

static void address_and_name_make_one_key(void **state)
{
	(void)state;
	start(&plain);
	nft_element(AF_INET6, NFT_VIPS_LINK_LOCAL, &v6, "vrrp.51", true);
	nft_element(AF_INET6, NFT_VMACS, NULL, "sixteen-letters-", false);
	assert_int_equal(nft_commit(), 0);
	assert_int_equal(count_of(NFT_MSG_NEWSET), 4);
	assert_int_equal(count_of(NFT_MSG_NEWRULE), 8);
	is(sent(NFT_MSG_NEWSET, 1), NLM_F_CREATE, BYTES(10, 0, 0, 0, TABLE, H16(20), H16(2), 'v', 'i', 'p', 's', '_', 'l', 'i', 'n', 'k', '_',
	   'l', 'o', 'c', 'a', 'l', 0, H16(8), H16(4), 0, 0, 2, 0x29, H16(8), H16(5), N32(32), H16(8), H16(10), N32(2)));
	is(sent(NFT_MSG_NEWSETELEM, 0), NLM_F_CREATE, BYTES(10, 0, 0, 0, TABLE, H16(20), H16(2), 'v', 'i', 'p', 's', '_', 'l', 'i', 'n', 'k',
	   '_', 'l', 'o', 'c', 'a', 'l', 0, H16(48), H16(3 | NEST), H16(44), H16(1 | NEST), H16(40), H16(1 | NEST), H16(36), H16(1),
	   0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 'v', 'r', 'r', 'p', '.', '5', '1', 0, 0, 0, 0, 0, 0, 0, 0, 0));
	/* The last byte of a name stays 0. */
	is(sent(NFT_MSG_DELSETELEM, 0), 0, BYTES(10, 0, 0, 0, TABLE, H16(10), H16(2), 'v', 'm', 'a', 'c', 's', 0, 0, 0, H16(32), H16(3 | NEST),
	   H16(28), H16(1 | NEST), H16(24), H16(1 | NEST), H16(20), H16(1), 's', 'i', 'x', 't', 'e', 'e', 'n', '-', 'l', 'e', 't', 't', 'e', 'r', 's', 0));
	nft_close();
	assert_int_equal(sent(NFT_MSG_DELTABLE, 1)->body[0], 10);
}

static void counters_stand_before_verdicts(void **state)
{
	const struct nft_settings counted = { "keepalived", 0, true };
	static const char word[] = "counter", verdict[] = "immediate";
	const struct message *m;

	(void)state;
	start(&counted);
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(nft_commit(), 0);
	for (unsigned i = 0; i < 3; i++) {
		const uint8_t *counter, *end;

		m = sent(NFT_MSG_NEWRULE, i);
		counter = memmem(m->body, m->len, word, sizeof word);
		end = memmem(m->body, m->len, verdict, sizeof verdict);
		assert_true(counter && end && counter < end);
	}
	nft_close();
}

static void many_elements_take_several_batches(void **state)
{
	static uint8_t seen[1000];
	struct addr a = v4;

	(void)state;
	start(&plain);
	memset(seen, 0, sizeof seen);
	for (unsigned i = 0; i < 1000; i++) {
		a.bytes[2] = (uint8_t)(i >> 8);
		a.bytes[3] = (uint8_t)i;
		nft_element(AF_INET, NFT_VIPS, &a, NULL, true);
	}
	assert_int_equal(nft_commit(), 0);
	assert_true(k.batches > 5);
	for (unsigned i = 0; i < 1000; i++) {
		const struct message *m = sent(NFT_MSG_NEWSETELEM, i);

		seen[m->body[m->len - 2] << 8 | m->body[m->len - 1]]++;
	}
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(seen[i], 1);
	nft_close();
}

static void old_kernels_and_errors(void **state)
{
	(void)state;
	start(&plain);
	/* Tables without an owner on the second try; what is wrong then stays wrong. */
	k.results[0] = k.results[1] = -EOPNOTSUPP;
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(nft_commit(), -EAGAIN);
	nft_rebuild(&plain);
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(nft_commit(), -EOPNOTSUPP);
	is(sent(NFT_MSG_NEWTABLE, 1), NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(8), H16(2), N32(2)));
	is(&k.all[k.count - 2], NLM_F_CREATE, BYTES(2, 0, 0, 0, TABLE, H16(9), H16(2), 'v', 'i', 'p', 's', 0, 0, 0, 0,
	   H16(20), H16(3 | NEST), H16(16), H16(1 | NEST), H16(12), H16(1 | NEST), H16(8), H16(1), 192, 0, 2, 9));
	k.results[2] = -ENOENT;
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, false);
	assert_int_equal(nft_commit(), -ENOENT);
	/* Said once, then good again. */
	assert_int_equal(nft_commit(), 0);
	nft_rebuild(&plain);
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(nft_commit(), 0);
	for (unsigned i = 0; i < k.count; i++)
		if (k.all[i].type == NFT(NFT_MSG_NEWTABLE) && k.all[i].batch == 3)
			assert_int_equal(k.all[i].len, 20);
	nft_close();
}

static void rebuild_without_elements_leaves_none(void **state)
{
	(void)state;
	start(&plain);
	nft_element(AF_INET, NFT_VIPS, &v4, NULL, true);
	assert_int_equal(nft_commit(), 0);
	k.count = 0;
	nft_rebuild(&(const struct nft_settings){ "another", -1, false });
	assert_int_equal(nft_commit(), 0);
	is(sent(NFT_MSG_DELTABLE, 0), 0, BYTES(2, 0, 0, 0, TABLE));
	assert_int_equal(k.count, 4);
	nft_close();
	assert_int_equal(k.count, 4);
	nft_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_is_made_in_one_go),
		cmocka_unit_test(address_and_name_make_one_key),
		cmocka_unit_test(counters_stand_before_verdicts),
		cmocka_unit_test(many_elements_take_several_batches),
		cmocka_unit_test(old_kernels_and_errors),
		cmocka_unit_test(rebuild_without_elements_leaves_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
