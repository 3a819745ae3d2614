/* links: addr.c dns.c */
/* SPDX-License-Identifier: MIT */
/*
 * What name servers, mail servers, UDP services and pinged hosts say. The first byte chooses the checker; then each datagram, or piece of a stream,
 * has its length in front.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const uint8_t *input;
static size_t input_len;

/* A copy of its own length is not what recv() gives, but the rest of the buffer is what the last one left: cleared here. */
static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = input_len < size ? input_len : size;

	(void)fd;
	memset(buf, 0, size);
	memcpy(buf, input, n);
	return (ssize_t)(flags & MSG_TRUNC ? input_len : n);
}

#define recv fake_recv
#include "check_net.c"
#undef recv

static bool over, verdict;
static size_t sent;
static union {
	struct smtp_talk talk;
	struct dns_query query;
} state;

void check_end(struct check *k, bool ok, const char *what, int detail)
{
	(void)k, (void)detail;
	if (over || !what)
		abort();
	over = true;
	verdict = ok;
}

void *check_alloc(struct check *k, size_t size)
{
	memset(&state, 0, sizeof(state));
	k->state = &state;
	return size <= sizeof(state) ? &state : NULL;
}

bool check_send(struct check *k, const void *data, size_t len)
{
	(void)k, (void)data;
	sent = len;
	return true;
}

void check_extend(struct check *k)
{
	(void)k;
}

uint32_t check_random(void)
{
	return 0x31313131;
}

static void feed(struct check *k, void (*begin)(struct check *), void (*ready)(struct check *), const uint8_t *data, size_t size)
{
	size_t len;

	begin(k);
	while (size && !over) {
		len = *data < size - 1 ? *data : size - 1;
		input = data + 1;
		input_len = len;
		ready(k);
		data += 1 + len;
		size -= 1 + len;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t reply[] = { '1', '2', 0 }, mask[] = { 0xff, 0xf0, 0xff };
	struct check_conf conf = { .connect_ip.family = AF_INET };
	struct check k = { .conf = &conf };
	uint8_t query[DNS_QUERY_MAX];
	char name[256];
	size_t n;

	if (size < 2)
		return 0;
	over = false;
	switch (*data % 6) {
	case 0:
		conf.kind = CHECK_DNS;
		conf.u.dns.name = "a.test";
		feed(&k, dns_begin, datagram_ready, data + 1, size - 1);
		break;
	case 1:
		feed(&k, smtp_begin, smtp_ready, data + 1, size - 1);
		break;
	case 2:
		conf.kind = CHECK_UDP;
		conf.u.udp.require_reply = true;
		conf.u.udp.reply = reply;
		conf.u.udp.reply_mask = mask;
		conf.u.udp.reply_len = 3;
		conf.u.udp.max_reply = 100;
		feed(&k, udp_begin, datagram_ready, data + 1, size - 1);
		break;
	case 3:
		conf.kind = CHECK_PING;
		k.raw = true;
		feed(&k, ping_begin, datagram_ready, data + 1, size - 1);
		break;
	case 4:
		conf.kind = CHECK_PING;
		conf.connect_ip.family = AF_INET6;
		feed(&k, ping_begin, datagram_ready, data + 1, size - 1);
		break;
	default:
		/* Names to ask for, of which the configuration keeps those that make a query. */
		n = size - 1 < sizeof(name) - 1 ? size - 1 : sizeof(name) - 1;
		memcpy(name, data + 1, n);
		name[n] = '\0';
		conf.u.dns.name = name;
		n = dns_query(query, name, 1);
		if (!n)
			break;
		dns_begin(&k);
		if (over || sent != n || n < DNS_HEADER + 5 || n > DNS_QUERY_MAX)
			abort();
	}
	return 0;
}
