/* links: addr.c dns.c */
/* SPDX-License-Identifier: MIT */
/* What mail servers, name servers, UDP services and pinged hosts say, cut and twisted in every way. Sockets are stand-ins. */
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

static uint8_t incoming[4096], *outgoing;
static size_t incoming_len, outgoing_len;
static int incoming_errno;

static ssize_t fake_recv(int fd, void *buf, size_t size, int flags);

#define recv fake_recv
#include "check_net.c"
#undef recv

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct check_conf conf;
static struct check k;
static int ended; /* -1: not yet, else the verdict */
static const char *end_what;
static int end_detail;
static union {
	struct smtp_talk talk;
	struct dns_query query;
} state;

/* A datagram is cut to what fits; of a stream one piece comes. */
static ssize_t fake_recv(int fd, void *buf, size_t size, int flags)
{
	size_t n = incoming_len < size ? incoming_len : size;

	(void)fd;
	errno = incoming_errno;
	if (incoming_errno)
		return -1;
	memcpy(buf, incoming, n);
	return (ssize_t)(flags & MSG_TRUNC ? incoming_len : n);
}

void check_end(struct check *check, bool ok, const char *what, int detail)
{
	(void)check;
	assert_int_equal(ended, -1);
	ended = ok;
	end_what = what;
	end_detail = detail;
}

void *check_alloc(struct check *check, size_t size)
{
	assert_in_range(size, 1, sizeof(state));
	memset(&state, 0, sizeof(state));
	check->state = &state;
	return &state;
}

bool check_send(struct check *check, const void *data, size_t len)
{
	(void)check;
	free(outgoing);
	outgoing = malloc(len + 1);
	memcpy(outgoing, data, len);
	outgoing[len] = '\0';
	outgoing_len = len;
	return true;
}

void check_extend(struct check *check)
{
	(void)check;
}

uint32_t check_random(void)
{
	return 0x12345678;
}

static int setup(void **unused)
{
	(void)unused;
	memset(&conf, 0, sizeof(conf));
	memset(&k, 0, sizeof(k));
	k.conf = &conf;
	ended = -1;
	incoming_errno = 0;
	free(outgoing);
	outgoing = NULL;
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	free(outgoing);
	outgoing = NULL;
	return 0;
}

static void receives(void (*ready)(struct check *), const void *data, size_t len)
{
	memcpy(incoming, data, len);
	incoming_len = len;
	ready(&k);
}

/* SMTP */

struct dialogue {
	const char *replies[3]; /* NULL: the connection ends */
	bool ok;
	const char *what;
	int detail;
};

/* cut: each reply comes in pieces of so many bytes; 0: at once */
static void talk(const struct dialogue *d, size_t cut)
{
	static const char *const said[] = { NULL, "HELO smtpchecker.keepalived.org\r\n", "QUIT\r\n" };
	size_t at, len, n;
	unsigned i;

	setup(NULL);
	smtp_begin(&k);
	for (i = 0; i < 3 && ended < 0; i++) {
		if (said[i])
			assert_string_equal((char *)outgoing, said[i]);
		if (!d->replies[i]) {
			receives(smtp_ready, "", 0);
			break;
		}
		len = strlen(d->replies[i]);
		for (at = 0; at < len && ended < 0; at += n) {
			n = cut && len - at > cut ? cut : len - at;
			receives(smtp_ready, d->replies[i] + at, n);
		}
	}
	assert_int_equal(ended, d->ok);
	assert_true(text_is(end_what, d->what));
	assert_int_equal(end_detail, d->detail);
}

static void test_smtp(void **unused)
{
	static const struct dialogue all[] = {
		{ { "220 mail.test ESMTP\r\n", "250 hello\r\n", "221 bye\r\n" }, true, "HELO response 250", 0 },
		{ { "220-one\r\n220-two\r\n220 three\n", "250-a\r\n250 b\r\n", NULL }, true, "Read failure", 0 },
		{ { "220\r\n", "250\n", "500 what\r\n" }, true, "HELO response 250", 0 },
		{ { "554 go away\r\n" }, false, "Bad greeting banner", 554 },
		{ { "220 a\r\n", "550 no\r\n" }, false, "Bad HELO response", 550 },
		{ { "220 a\r\n", NULL }, false, "Read failure", 0 },
		{ { NULL }, false, "Read failure", 0 },
		{ { "SSH-2.0-OpenSSH_9.2\r\n" }, false, "Bad greeting banner", 0 },
		{ { "\r\n" }, false, "Bad greeting banner", 0 },
		{ { "2200 a\r\n" }, false, "Bad greeting banner", 0 },
		{ { "22\n" }, false, "Bad greeting banner", 0 },
	};
	size_t cut;
	unsigned i;

	(void)unused;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (cut = 0; cut < 30; cut++)
			talk(&all[i], cut);
}

static void test_smtp_trouble(void **unused)
{
	char name[400], want[300];

	(void)unused;
	smtp_begin(&k);
	incoming_errno = EAGAIN;
	smtp_ready(&k);
	assert_int_equal(ended, -1);
	incoming_errno = ECONNRESET;
	smtp_ready(&k);
	assert_int_equal(ended, false);
	assert_int_equal(end_detail, -ECONNRESET);
	/* A line without end is no reply. */
	setup(NULL);
	smtp_begin(&k);
	memset(name, '2', sizeof(name));
	receives(smtp_ready, name, sizeof(name));
	receives(smtp_ready, name, sizeof(name));
	assert_int_equal(ended, -1);
	/* A name that is too long is cut, the line still ends. */
	setup(NULL);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	conf.u.smtp.helo = name;
	smtp_begin(&k);
	receives(smtp_ready, "220 a\r\n", 7);
	snprintf(want, sizeof(want), "HELO %.255s\r\n", name);
	assert_string_equal((char *)outgoing, want);
}

/* DNS */

static const uint8_t question[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04here\x04test\x00\x00\x01\x00\x01";
#define QUESTION_LEN (sizeof(question) - 1)

static void ask(const char *name, uint8_t type)
{
	setup(NULL);
	conf.kind = CHECK_DNS;
	conf.u.dns.name = name;
	conf.u.dns.type = type;
	dns_begin(&k);
}

static void test_dns_question(void **unused)
{
	char label[70];

	(void)unused;
	ask("here.test", 1);
	assert_int_equal(outgoing_len, QUESTION_LEN);
	assert_memory_equal(outgoing + 2, question + 2, QUESTION_LEN - 2);
	ask("here.test.", 1);
	assert_int_equal(outgoing_len, QUESTION_LEN);
	ask(".", 6);
	assert_int_equal(outgoing_len, 17);
	assert_memory_equal(outgoing + 12, "\0\0\6\0\1", 5);
	memset(label, 'a', 63);
	label[63] = '\0';
	ask(label, 1);
	assert_int_equal(ended, -1);
	assert_int_equal(outgoing_len, 12 + 1 + 63 + 5);
}

static size_t answer(uint8_t *msg, uint8_t rcode)
{
	memcpy(msg, outgoing, QUESTION_LEN);
	msg[2] = 0x81;
	msg[3] = 0x80 | rcode;
	memcpy(msg + QUESTION_LEN, "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\1\2\3\4", 16);
	return QUESTION_LEN + 16;
}

static void test_dns_answer(void **unused)
{
	uint8_t msg[100];
	size_t len, cut;
	unsigned rcode, bit;

	(void)unused;
	for (rcode = 0; rcode < 16; rcode++) {
		ask("here.test", 1);
		len = answer(msg, (uint8_t)rcode);
		receives(datagram_ready, msg, len);
		assert_int_equal(ended, !rcode);
		assert_int_equal(end_detail, rcode);
	}
	/* The header and our question must be there; what follows is the asker's business. */
	for (cut = 0; cut <= len; cut++) {
		ask("here.test", 1);
		answer(msg, 0);
		receives(datagram_ready, msg, cut);
		assert_int_equal(ended, cut < QUESTION_LEN ? -1 : true);
	}
	/* Any bit of what makes it ours, but for the case of letters, recursion, truncation and counts. */
	for (bit = 0; bit < QUESTION_LEN * 8; bit++) {
		bool letter = bit / 8 > 12 && bit / 8 < 22 && bit / 8 != 17 && bit % 8 == 5, count = bit / 8 >= 6 && bit / 8 < 12;

		ask("here.test", 1);
		answer(msg, 0);
		msg[bit / 8] ^= (uint8_t)(1 << bit % 8);
		receives(datagram_ready, msg, len);
		if (bit / 8 == 3 && bit % 8 < 4)
			assert_int_equal(ended, false);
		else if (letter || count || (bit / 8 == 2 && bit % 8 < 3) || bit / 8 == 3 || bit == 5 * 8)
			assert_int_equal(ended, true);
		else
			assert_int_equal(ended, -1);
	}
	/* A datagram larger than our buffer. */
	ask("here.test", 1);
	memset(incoming, 0, sizeof(incoming));
	answer(incoming, 0);
	incoming_len = sizeof(incoming);
	datagram_ready(&k);
	assert_int_equal(ended, true);
	ask("here.test", 1);
	incoming_errno = ECONNREFUSED;
	datagram_ready(&k);
	assert_int_equal(ended, false);
	assert_int_equal(end_detail, -ECONNREFUSED);
}

/* UDP */

static void for_udp(void)
{
	setup(NULL);
	conf.kind = CHECK_UDP;
}

static void test_udp(void **unused)
{
	static const uint8_t reply[] = { 0x12, 0x30, 0x56 }, mask[] = { 0xff, 0xf0, 0xff };
	static const struct {
		const char *msg;
		size_t len;
		bool ok;
	} rows[] = {
		{ "\x12\x34\x56", 3, true }, { "\x12\x3f\x56", 3, true }, { "\x12\x44\x56", 3, false }, { "\x12\x34\x57", 3, false },
		{ "\x12\x34\x56\x78", 4, true }, { "\x12\x34\x56\x78\x9a", 5, false }, { "\x12\x34", 2, true }, { "\x12", 1, false }, { "", 0, false },
	};
	unsigned i;

	(void)unused;
	udp_begin(&k);
	assert_int_equal(outgoing_len, 32);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		for_udp();
		conf.u.udp.require_reply = true;
		conf.u.udp.reply = reply;
		conf.u.udp.reply_mask = mask;
		conf.u.udp.reply_len = 3;
		conf.u.udp.min_reply = 2;
		conf.u.udp.max_reply = 4;
		conf.u.udp.payload = reply;
		conf.u.udp.payload_len = 2;
		udp_begin(&k);
		assert_int_equal(outgoing_len, 2);
		receives(datagram_ready, rows[i].msg, rows[i].len);
		assert_int_equal(ended, rows[i].ok);
	}
	/* Whatever comes is good where nothing is asked for. */
	for_udp();
	receives(datagram_ready, "", 0);
	assert_int_equal(ended, true);
	/* Larger than our buffer. */
	for_udp();
	conf.u.udp.require_reply = true;
	conf.u.udp.max_reply = 65535;
	incoming_len = sizeof(incoming);
	datagram_ready(&k);
	assert_int_equal(ended, true);
	for_udp();
	incoming_errno = EHOSTUNREACH;
	datagram_ready(&k);
	assert_int_equal(ended, false);
}

/* ICMP */

static void ping(int family, bool raw)
{
	setup(NULL);
	conf.kind = CHECK_PING;
	conf.connect_ip.family = (uint8_t)family;
	k.raw = raw;
	ping_begin(&k);
}

static uint16_t sum(const uint8_t *p, size_t len)
{
	uint32_t s = 0;

	for (size_t i = 0; i < len; i += 2)
		s += (uint32_t)p[i] << 8 | p[i + 1];
	while (s >> 16)
		s = (s >> 16) + (s & 0xffff);
	return (uint16_t)s;
}

static void test_ping(void **unused)
{
	uint8_t msg[200];
	unsigned v6, raw;
	size_t skip, len, cut;

	(void)unused;
	for (v6 = 0; v6 < 2; v6++)
		for (raw = 0; raw < 2; raw++) {
			skip = raw && !v6 ? 24 : 0; /* an IP header with an option */
			ping(v6 ? AF_INET6 : AF_INET, raw);
			len = skip + outgoing_len;
			assert_int_equal(sum(outgoing, outgoing_len), 0xffff);
			assert_int_equal(outgoing[0], v6 ? 128 : 8);
			memset(msg, 0, sizeof(msg));
			msg[0] = 0x46;
			memcpy(msg + skip, outgoing, outgoing_len);
			/* Our own request, as on the loopback interface. */
			receives(datagram_ready, msg, len);
			assert_int_equal(ended, -1);
			msg[skip] = v6 ? 129 : 0;
			for (cut = 0; cut < skip + 8; cut++)
				receives(datagram_ready, msg, cut);
			assert_int_equal(ended, -1);
			/* Somebody else's: the kernel changes the identifier of ping sockets, so that it says nothing there. */
			msg[skip + 7] ^= 1;
			receives(datagram_ready, msg, len);
			assert_int_equal(ended, -1);
			msg[skip + 7] ^= 1;
			msg[skip + 4] ^= 1;
			receives(datagram_ready, msg, len);
			assert_int_equal(ended, raw ? -1 : true);
			msg[skip + 4] ^= 1;
			if (raw)
				receives(datagram_ready, msg, len);
			assert_int_equal(ended, true);
		}
	ping(AF_INET, false);
	incoming_errno = EHOSTUNREACH;
	datagram_ready(&k);
	assert_int_equal(ended, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_smtp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_smtp_trouble, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_question, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dns_answer, setup, teardown),
		cmocka_unit_test_setup_teardown(test_udp, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ping, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
