/* SPDX-License-Identifier: MIT */
/*
 * SMTP_CHECK, DNS_CHECK, UDP_CHECK, PING_CHECK.
 */
#include "check_kind.h"

#include "bytes.h"
#include "dns.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define HELO_DEFAULT "smtpchecker.keepalived.org"
#define HELO_MAX 300
#define REPLY_MAX 2048
#define PING_HEADER 8
/* linux/icmp.h and linux/icmpv6.h, which do not go with every libc's headers. */
#define RAW_ICMP_FILTER 1 /* in both families */
#define ECHO_REPLY 0
#define ECHO_REQUEST 8
#define ECHO6_REQUEST 128
#define ECHO6_REPLY 129

static const char filler[32] = "keepalived check - keepalived ch";

/* SMTP_CHECK */

enum smtp_step { SMTP_BANNER, SMTP_HELO, SMTP_QUIT };

/* The replies of the dialogue. Of each line the code and what follows it is of interest. */
struct smtp_talk {
	uint8_t step; /* enum smtp_step */
	uint8_t len;
	char code[5]; /* with a NUL */
};

/* One byte. The code when it ends a reply, 0 before that, 1 for what is no reply. */
static int smtp_take(struct smtp_talk *t, char c)
{
	char *end;
	int code;

	if (c != '\n') {
		if (t->len < sizeof(t->code) - 1)
			t->code[t->len++] = c;
		return 0;
	}
	t->code[t->len] = '\0';
	t->len = 0;
	code = (int)text_number(t->code, &end, 10);
	if (text_digit(*t->code) > 9 || end != t->code + 3)
		return 1;
	return *end == '-' ? 0 : !*end || *end == ' ' || *end == '\r' ? code : 1;
}

static void smtp_reply(struct check *k, int code)
{
	const struct check_conf *c = k->conf;
	struct smtp_talk *t = k->state;
	int shown = code > 1 ? code : 0;
	char line[HELO_MAX];

	if (t->step == SMTP_BANNER && code != 220) {
		check_end(k, false, "Bad greeting banner", shown);
	} else if (t->step == SMTP_HELO && code != 250) {
		check_end(k, false, "Bad HELO response", shown);
	} else if (t->step == SMTP_QUIT) {
		check_end(k, true, "HELO response 250", 0);
	} else {
		text_format(line, sizeof(line), t->step == SMTP_BANNER ? "HELO %.255s\r\n" : "QUIT\r\n", c->u.smtp.helo ? c->u.smtp.helo : HELO_DEFAULT);
		t->step++;
		check_extend(k);
		check_send(k, line, strlen(line));
	}
}

void smtp_begin(struct check *k)
{
	check_alloc(k, sizeof(struct smtp_talk));
}

void smtp_ready(struct check *k)
{
	struct smtp_talk *t = k->state;
	char buf[512];
	ssize_t n = recv(k->u.io.fd, buf, sizeof(buf), 0), i;
	int code;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		check_end(k, t->step == SMTP_QUIT, "Read failure", n < 0 ? -errno : 0);
	for (i = 0; i < n; i++) {
		code = smtp_take(t, buf[i]);
		if (code) {
			/* What follows is not ours to expect: we do not pipeline. */
			smtp_reply(k, code);
			return;
		}
	}
}

/* DNS_CHECK */

struct dns_query {
	uint16_t len;
	uint8_t bytes[DNS_QUERY_MAX];
};

void dns_begin(struct check *k)
{
	struct dns_query *q = check_alloc(k, sizeof(*q));
	uint32_t number;

	if (!q)
		return;
	q->len = (uint16_t)dns_query(q->bytes, k->conf->u.dns.name, k->conf->u.dns.type);
	number = check_random();
	memcpy(q->bytes, &number, 2);
	check_send(k, q->bytes, q->len);
}

static void dns_reply(struct check *k, const uint8_t *msg, size_t len)
{
	const struct dns_query *q = k->state;
	int rcode = dns_rcode(q->bytes, q->len, msg, len);

	if (rcode == 0)
		check_end(k, true, "answered", 0);
	else if (rcode > 0)
		check_end(k, false, "rcode", rcode);
}

/* UDP_CHECK */

/* What differs from the expected reply; NULL: nothing. msg may be cut. */
static const char *udp_wrong(const struct check_conf *c, const uint8_t *msg, size_t len)
{
	size_t i;

	if (!c->u.udp.require_reply)
		return NULL;
	if (len < c->u.udp.min_reply || len > c->u.udp.max_reply)
		return "reply of length";
	for (i = 0; i < len && i < c->u.udp.reply_len && i < REPLY_MAX; i++)
		if ((msg[i] ^ c->u.udp.reply[i]) & c->u.udp.reply_mask[i])
			return "reply data mismatch at byte";
	return NULL;
}

void udp_begin(struct check *k)
{
	const struct check_conf *c = k->conf;

	if (c->u.udp.payload)
		check_send(k, c->u.udp.payload, c->u.udp.payload_len);
	else
		check_send(k, filler, sizeof(filler));
}

static void udp_reply(struct check *k, const uint8_t *msg, size_t len)
{
	const char *wrong = udp_wrong(k->conf, msg, len);

	check_end(k, !wrong, wrong ? wrong : "replied", 0);
}

/* PING_CHECK */

/* The kernel's own ping sockets see nothing but the replies to themselves. Where they are not allowed (net.ipv4.ping_group_range), raw ones do. */
int ping_socket(struct check *k)
{
	bool v6 = k->conf->connect_ip.family == AF_INET6;
	int protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, family = k->conf->connect_ip.family;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	unsigned reply = v6 ? ECHO6_REPLY : ECHO_REPLY;
	uint32_t blocked[8];

	k->raw = fd < 0 && errno != EMFILE && errno != ENFILE;
	if (!k->raw)
		return fd;
	fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
	memset(blocked, 0xff, sizeof(blocked));
	blocked[reply >> 5] &= ~(1u << (reply & 31));
	/* Without it there are more packets to look at, that is all. Of IPv4's the first word is taken. */
	if (fd >= 0)
		setsockopt(fd, v6 ? IPPROTO_ICMPV6 : SOL_RAW, RAW_ICMP_FILTER, blocked, sizeof(blocked));
	return fd;
}

void ping_begin(struct check *k)
{
	bool v6 = k->conf->connect_ip.family == AF_INET6;
	uint8_t msg[PING_HEADER + sizeof(filler)] = { v6 ? ECHO6_REQUEST : ECHO_REQUEST };

	k->nonce = check_random();
	memcpy(msg + 4, &k->nonce, 4);
	memcpy(msg + PING_HEADER, filler, sizeof(filler));
	/* That of IPv6 is the kernel's work, and so is that of ping sockets. */
	put16(msg + 2, addr_checksum(0, msg, sizeof(msg)));
	check_send(k, msg, sizeof(msg));
}

/* Ping sockets have identifiers of their own, but the sequence number is ours. */
static bool is_ping_reply(const struct check *k, const uint8_t *msg, size_t len)
{
	bool v6 = k->conf->connect_ip.family == AF_INET6;
	size_t skip = k->raw && !v6 && len ? (msg[0] & 15u) * 4 : 0;
	const uint8_t *nonce = (const uint8_t *)&k->nonce;

	return len >= skip + PING_HEADER && msg[skip] == (v6 ? ECHO6_REPLY : ECHO_REPLY) && !memcmp(msg + skip + 6, nonce + 2, 2) &&
		(!k->raw || !memcmp(msg + skip + 4, nonce, 2));
}

/* DNS_CHECK, UDP_CHECK, PING_CHECK */

void datagram_ready(struct check *k)
{
	uint8_t msg[REPLY_MAX];
	ssize_t n = recv(k->u.io.fd, msg, sizeof(msg), MSG_TRUNC);
	size_t len = (size_t)n < sizeof(msg) ? (size_t)n : sizeof(msg);

	if (n < 0 && errno != EAGAIN && errno != EINTR)
		check_end(k, false, "failed to read socket", -errno);
	if (n < 0)
		return;
	if (k->conf->kind == CHECK_UDP)
		udp_reply(k, msg, (size_t)n);
	else if (k->conf->kind == CHECK_DNS)
		dns_reply(k, msg, len);
	else if (is_ping_reply(k, msg, len))
		check_end(k, true, "echo reply", 0);
}
