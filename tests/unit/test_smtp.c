/* links: loop.c addr.c date.c emit.c */
/* SPDX-License-Identifier: MIT */
/* The mail client against a server of this test's own, in the same loop. The clock of the calendar, send(), log and resolver are stand-ins. */
#include <stdint.h>
#include <sys/socket.h>
#include <time.h>

static time_t calendar;
static size_t send_most; /* of one call; 0: no limit */

static time_t fake_time(time_t *t)
{
	(void)t;
	return calendar;
}

static ssize_t fake_send(int fd, const void *data, size_t len, int flags)
{
	return send(fd, data, send_most && len > send_most ? send_most : len, flags);
}

#define time fake_time
#define send fake_send
#include "smtp.c"
#undef time
#undef send

#include <arpa/inet.h>
#include <setjmp.h>

#include <cmocka.h>

#define TIMEOUT_US 300000

static struct config conf, kept[2];
static unsigned current;
static char logged[65536];
static const char *resolve_to; /* addresses, or NULL: no such name */
static char resolved[64];      /* the name that was asked for */

/* The server: what came, and what it answers. */
static struct io listener;
static struct connection {
	struct io io;
	struct timer timer; /* for answers byte by byte */
	char line[8192], out[8192];
	size_t len, out_len, out_at;
	bool data;
} peer;
static unsigned connections;
static char seen[262144];
static uint16_t port;
/* To a line, or to "." for a whole text, or to NULL for a new connection. NULL: close. "": say nothing. */
static const char *(*answer)(const char *line);
static bool byte_by_byte;

void log_write(int priority_source, const char *format, ...)
{
	size_t len = strlen(logged);
	va_list ap;

	(void)priority_source;
	va_start(ap, format);
	text_vformat(logged + len, sizeof(logged) - len - 1, format, &ap);
	va_end(ap);
	strcat(logged, "\n");
}

static void resolve_later(struct timer *t)
{
	struct resolve *r = container_of(t, struct resolve, timer);
	char copy[256], *rest, *word;

	r->count = 0;
	snprintf(copy, sizeof(copy), "%s", resolve_to ? resolve_to : "");
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		assert_int_equal(addr_parse(word, &r->addrs[r->count++]), 0);
	r->running = false;
	r->done(r, r->count ? 0 : -ENOENT);
}

int resolve_start(struct resolve *r, const char *name)
{
	snprintf(resolved, sizeof(resolved), "%s", name);
	if (!*name)
		return -EINVAL;
	r->running = true;
	r->timer.cb = resolve_later;
	timer_set(&r->timer, 0);
	return 0;
}

void resolve_cancel(struct resolve *r)
{
	if (r->running)
		timer_stop(&r->timer);
	r->running = false;
}

static void hang_up(void)
{
	if (peer.io.fd < 0)
		return;
	io_remove(&peer.io);
	timer_stop(&peer.timer);
	close(peer.io.fd);
	peer.io.fd = -1;
}

static void trickle(struct timer *t)
{
	if (peer.out_at < peer.out_len && send(peer.io.fd, peer.out + peer.out_at++, 1, MSG_NOSIGNAL) == 1)
		timer_set(t, 0);
}

static void say(const char *line)
{
	const char *text = answer(line);

	if (!text) {
		hang_up();
	} else if (byte_by_byte) {
		peer.out_len = (size_t)sprintf(peer.out, "%s", text);
		peer.out_at = 0;
		peer.timer.cb = trickle;
		timer_set(&peer.timer, 0);
	} else if (*text) {
		send(peer.io.fd, text, strlen(text), MSG_NOSIGNAL);
	}
}

static void take_line(char *line)
{
	const char *reply;

	strcat(seen, line);
	assert_true(strlen(line) >= 2 && !strcmp(line + strlen(line) - 2, "\r\n"));
	if (peer.data && strcmp(line, ".\r\n"))
		return;
	reply = answer(line);
	peer.data = !strcmp(line, "DATA\r\n") && reply && !strncmp(reply, "354", 3);
	say(line);
}

static void on_peer(struct io *io, short revents)
{
	char *end, rest[sizeof(peer.line)];
	ssize_t n = recv(io->fd, peer.line + peer.len, sizeof(peer.line) - 1 - peer.len, 0);

	(void)revents;
	if (n <= 0) {
		hang_up();
		return;
	}
	peer.len += (size_t)n;
	peer.line[peer.len] = '\0';
	while (io->fd >= 0 && (end = strchr(peer.line, '\n'))) {
		strcpy(rest, end + 1);
		end[1] = '\0';
		take_line(peer.line);
		strcpy(peer.line, rest);
		peer.len = strlen(rest);
	}
}

static void on_listener(struct io *io, short revents)
{
	(void)revents;
	hang_up();
	peer = (struct connection){ .io = { .fd = accept(io->fd, NULL, NULL), .events = POLLIN, .cb = on_peer } };
	assert_true(peer.io.fd >= 0);
	assert_int_equal(io_add(&peer.io), 0);
	connections++;
	say(NULL);
}

/* A server that likes everything. */
static const char *yes(const char *line)
{
	if (!line)
		return "220 mail.test ESMTP\r\n";
	return !strncmp(line, "DATA", 4) ? "354 go on\r\n" : !strncmp(line, "QUIT", 4) ? "221 bye\r\n" : "250 fine\r\n";
}

static void apply(void)
{
	current = !current;
	kept[current] = conf;
	smtp_set_config(&kept[current]);
}

static struct conf_name to[3] = {
	{ .node = { .file = "x.conf", .line = 7 }, .name = "a@example.com" },
	{ .node = { .file = "x.conf", .line = 8 }, .name = "Bob Builder <b@example.com>" },
	{ .node = { .file = "x.conf", .line = 9 }, .name = "c@example.com" },
};

static void recipients(unsigned count)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		to[i].node.next = i + 1 < count ? &to[i + 1].node : NULL;
	conf.global.mail_to = (struct conf_list){ &to[0].node, &to[count - 1].node, count };
}

static int setup(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(sin);

	(void)state;
	assert_int_equal(loop_open(), 0);
	listener = (struct io){ .fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN, .cb = on_listener };
	assert_int_equal(bind(listener.fd, (struct sockaddr *)&sin, sizeof(sin)), 0);
	assert_int_equal(listen(listener.fd, 5), 0);
	getsockname(listener.fd, (struct sockaddr *)&sin, &len);
	port = ntohs(sin.sin_port);
	assert_int_equal(io_add(&listener), 0);
	conf = (struct config){ .global = { .router_id = "R1", .smtp_server = "mail.test", .smtp_port = port, .smtp_timeout_us = TIMEOUT_US,
					    .mail_from = "router@example.com", .email_faults = true, .smtp_helo = "r1.example.com" } };
	recipients(1);
	peer.io.fd = -1;
	connections = 0;
	seen[0] = logged[0] = '\0';
	answer = yes;
	byte_by_byte = false;
	send_most = 0;
	resolve_to = "127.0.0.1";
	calendar = 1767225600; /* 2026-01-01 00:00:00, a Thursday */
	smtp_open();
	s.id = 0x1234;
	s.host = "r1";
	apply();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	smtp_close();
	hang_up();
	close(listener.fd);
	loop_close();
	return 0;
}

static void run_for(uint64_t us)
{
	uint64_t end = loop_refresh_now() + us;

	while (loop_now() < end)
		loop_turn(end - loop_now());
}

static void reach(enum step step)
{
	unsigned turns = 1000;

	while (s.step != step && turns--)
		loop_turn(1000);
	assert_int_equal(s.step, step);
}

/* Until it is idle or waits for the next try. */
static void settle(void)
{
	uint64_t end = loop_refresh_now() + 10 * US_PER_S;

	while (!(s.step == STEP_IDLE || (s.step == STEP_WAIT && s.timer.due_us > loop_now() + US_PER_S)))
		if (loop_now() >= end)
			fail_msg("stuck in step %d", s.step);
		else
			loop_turn(100000);
}

static unsigned pause_s(void)
{
	assert_int_equal(s.step, STEP_WAIT);
	return (unsigned)((s.timer.due_us - loop_now() + US_PER_S - 1) / US_PER_S);
}

static void end_pause(void)
{
	timer_set(&s.timer, 0);
	loop_turn(0);
	settle();
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

#define MIME "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"

static void one_mail(void **state)
{
	(void)state;
	recipients(2);
	apply();
	assert_false(smtp_busy());
	smtp_alert("VRRP Instance VI_1 - Entering MASTER state", "=> now <=\n\n.\n..dots\nend");
	assert_true(smtp_busy());
	settle();
	assert_false(smtp_busy());
	assert_string_equal(seen, "HELO r1.example.com\r\nMAIL FROM:<router@example.com>\r\nRCPT TO:<a@example.com>\r\n"
				  "RCPT TO:<b@example.com>\r\nDATA\r\n"
				  "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: router@example.com\r\n"
				  "Subject: [R1] VRRP Instance VI_1 - Entering MASTER state\r\nX-Mailer: Keepalived\r\n"
				  "To: a@example.com,\r\n Bob Builder <b@example.com>\r\nMessage-ID: <0000000000001234.0@r1>\r\n" MIME
				  "=> now <=\r\n\r\n..\r\n...dots\r\nend\r\n.\r\nQUIT\r\n");
	assert_string_equal(logged, "SMTP alert successfully sent.\n");
	assert_string_equal(resolved, "mail.test");
	run_for(2 * TIMEOUT_US);
	assert_int_equal(connections, 1);
}

static void defaults(void **state)
{
	(void)state;
	conf.global.router_id = conf.global.mail_from = conf.global.smtp_helo = NULL;
	apply();
	smtp_alert("x", "");
	settle();
	assert_ptr_equal(strstr(seen, "HELO r1\r\nMAIL FROM:<root@r1>\r\n"), seen);
	assert_non_null(strstr(seen, "\r\nFrom: root@r1\r\nSubject: [r1] x\r\n"));
	assert_non_null(strstr(seen, "8bit\r\n\r\n.\r\nQUIT"));
}

static void many_mails_one_connection(void **state)
{
	char what[16];
	unsigned i;

	(void)state;
	for (i = 0; i < 100; i++) {
		snprintf(what, sizeof(what), "mail %u.", i);
		smtp_alert(what, "text\n");
	}
	settle();
	assert_int_equal(connections, 1);
	assert_int_equal(count(seen, "\r\n.\r\n"), 100);
	assert_non_null(strstr(seen, "Subject: [R1] mail 99.\r\n"));
	assert_true(strstr(seen, "mail 8.") < strstr(seen, "mail 9."));
	assert_int_equal(count(seen, "@r1>"), 100);
	assert_non_null(strstr(seen, "<0000000000001234.99@r1>"));
}

static void small_pieces(void **state)
{
	(void)state;
	send_most = 7;
	byte_by_byte = true;
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(connections, 1);
	assert_non_null(strstr(seen, "\r\n\r\ntext\r\n.\r\nQUIT\r\n"));
}

/* Far longer than what is kept of a line; byte by byte that takes an emulated machine long. */
static const char *wordy(const char *line)
{
	static char text[3000];
	size_t len = byte_by_byte ? 300 : sizeof(text);

	if (!line)
		return "220-hello\r\n220-\r\n220\r\n";
	if (!strncmp(line, "DATA", 4))
		return "354-\n354 go on\n";
	memset(text, 'x', sizeof(text));
	strcpy(text + len - 10, "\r\n250 \r\n");
	return memcpy(text, "250-", 4);
}

static void odd_replies(void **state)
{
	(void)state;
	answer = wordy;
	smtp_alert("what", "text\n");
	settle();
	assert_string_equal(logged, "SMTP alert successfully sent.\n");
	byte_by_byte = true;
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(count(logged, "successfully"), 2);
}

/* Says `bad` at one step. */
static const char *bad_step, *bad;

static const char *moody(const char *line)
{
	if (line ? bad_step && !strncmp(line, bad_step, strlen(bad_step)) : !bad_step)
		return bad;
	return yes(line);
}

static const char *const steps[] = { NULL, "HELO", "MAIL", "RCPT", "DATA", "." };
#define STEPS (sizeof(steps) / sizeof(*steps))

/* Every step, every way of not being answered: the mail goes out on the next try, or is dropped where the server says never. */
static void refused_at(size_t i, const char *reply, bool final)
{
	answer = moody;
	bad_step = steps[i];
	bad = reply;
	logged[0] = seen[0] = '\0';
	connections = 0;
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(connections, 1);
	assert_non_null(strstr(logged, "SMTP server mail.test"));
	assert_int_equal(smtp_busy(), !final);
	answer = yes;
	if (final) {
		assert_non_null(strstr(logged, "refuses an alert"));
		return;
	}
	assert_int_equal(pause_s(), 5);
	end_pause();
	assert_false(smtp_busy());
	assert_int_equal(connections, 2);
	assert_int_equal(count(seen, "QUIT"), 1);
}

static void every_refusal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < STEPS; i++) {
		refused_at(i, NULL, false);
		refused_at(i, "", false);
		refused_at(i, "421 shutting down\r\n", false);
		refused_at(i, "451 later\r\n", false);
		refused_at(i, "nonsense\r\n", false);
		refused_at(i, "\r\n", false);
		refused_at(i, "550 never\r\n", i > 1);
	}
}

static void silence_is_bounded(void **state)
{
	uint64_t start = loop_refresh_now();

	(void)state;
	answer = moody;
	bad_step = "RCPT";
	bad = "";
	smtp_alert("what", "text\n");
	settle();
	assert_in_range(loop_refresh_now() - start, TIMEOUT_US, 10 * TIMEOUT_US);
	assert_non_null(strstr(logged, "no answer in time"));
}

/* Lines without end are no answer, however many. */
static const char *endless(const char *line)
{
	static char text[8000];
	size_t i;

	(void)line;
	for (i = 0; i + 5 < sizeof(text); i += 5)
		memcpy(text + i, "220-\n", 5);
	return text;
}

static void endless_reply(void **state)
{
	(void)state;
	answer = endless;
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(pause_s(), 5);
	assert_non_null(strstr(logged, "no answer in time"));
}

/* Replies ahead of the commands they are for. */
static const char *hasty(const char *line)
{
	if (!line)
		return "220 hello\r\n250 a\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n";
	return *line == '.' ? "550 never\r\n" : yes(line);
}

static void early_replies(void **state)
{
	(void)state;
	answer = hasty;
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(count(seen, "RCPT"), 1);
	assert_int_equal(count(seen, "\r\n.\r\n"), 1);
	assert_non_null(strstr(logged, "refuses an alert: 550 never"));
	assert_null(strstr(logged, "successfully"));
}

static const char *picky(const char *line)
{
	if (line && strstr(line, "<b@"))
		return "550 no such user\r\n";
	if (line && strstr(line, "<c@"))
		return "450 greylisted\r\n";
	return yes(line);
}

static void some_recipients(void **state)
{
	(void)state;
	recipients(3);
	apply();
	answer = picky;
	smtp_alert("what", "text\n");
	settle();
	assert_false(smtp_busy());
	assert_int_equal(count(seen, "RCPT TO"), 3);
	assert_int_equal(count(seen, "\r\n.\r\n"), 1);
	assert_int_equal(count(logged, "refuses a recipient"), 2);
	assert_non_null(strstr(logged, "successfully"));
	/* One who may be there later is worth another try. */
	to[0].name = "b@example.com";
	smtp_alert("what", "text\n");
	settle();
	assert_int_equal(pause_s(), 5);
	to[2].name = "b@example.org";
	end_pause();
	assert_false(smtp_busy());
	assert_non_null(strstr(logged, "refuses an alert: 550 no such user"));
	assert_int_equal(count(seen, "\r\n.\r\n"), 1);
	to[0].name = "a@example.com";
	to[2].name = "c@example.com";
}

static void odd_addresses(void **state)
{
	static const char *const bad_ones[] = { "", "<>", "a b@example.com", "a@example.com>", "x <a@b", "a\r\nDATA@example.com", "\303\274@example.com" };
	char huge[400];
	size_t i;

	(void)state;
	recipients(2);
	memset(huge, 'a', sizeof(huge) - 1);
	huge[sizeof(huge) - 1] = '\0';
	for (i = 0; i <= sizeof(bad_ones) / sizeof(*bad_ones); i++) {
		to[0].name = i < sizeof(bad_ones) / sizeof(*bad_ones) ? bad_ones[i] : huge;
		seen[0] = logged[0] = '\0';
		apply();
		smtp_alert("what", "text\n");
		settle();
		assert_int_equal(count(seen, "RCPT TO:"), 1);
		assert_non_null(strstr(seen, "RCPT TO:<b@example.com>\r\n"));
		assert_non_null(strstr(seen, "\r\nTo: Bob Builder <b@example.com>\r\nMessage-ID"));
		assert_int_equal(count(seen, "\nDATA\r\n"), 1);
		assert_non_null(strstr(logged, "x.conf:7: not a mail address"));
		assert_non_null(strstr(logged, "successfully"));
	}
	/* None that is usable */
	recipients(1);
	apply();
	smtp_alert("what", "text\n");
	settle();
	assert_false(smtp_busy());
	to[0].name = "a@example.com";
	conf.global.mail_from = "no <address";
	apply();
	seen[0] = '\0';
	smtp_alert("what", "text\n");
	settle();
	assert_null(strstr(seen, "MAIL"));
	assert_false(smtp_busy());
}

/* As a person writes them, and as they may stand in a header. */
static void display_names(void **state)
{
	static const char *const names[][2] = {
		{ "Bob B <b@example.com>", "Bob B <b@example.com>" },
		{ "\"Bob, B.\" <b@example.com>", "\"Bob, B.\" <b@example.com>" },
		{ "Bob, B. <b@example.com>", "\"Bob, B.\" <b@example.com>" },
		{ "x@y <b@example.com>", "\"x@y\" <b@example.com>" },
		{ "a\\ \" <b@example.com>", "\"a \" <b@example.com>" },
		{ "<b@example.com>", "<b@example.com>" },
		{ "B\303\266b <b@example.com>", "B??b <b@example.com>" },
	};
	char line[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		to[0].name = conf.global.mail_from = names[i][0];
		seen[0] = '\0';
		apply();
		smtp_alert("what", "text\n");
		settle();
		assert_non_null(strstr(seen, "MAIL FROM:<b@example.com>\r\nRCPT TO:<b@example.com>\r\n"));
		snprintf(line, sizeof(line), "\r\nTo: %s\r\n", names[i][1]);
		assert_non_null(strstr(seen, line));
		snprintf(line, sizeof(line), "\r\nFrom: %s\r\n", names[i][1]);
		assert_non_null(strstr(seen, line));
	}
	to[0].name = "a@example.com";
}

static void no_injection(void **state)
{
	(void)state;
	conf.global.router_id = "R\r\nBcc: x@example.com\r\n\r\nbody";
	conf.global.smtp_helo = "x\r\nMAIL FROM:<evil>";
	conf.global.mail_from = "a\r\nSubject: fake <router@example.com>";
	apply();
	smtp_alert("name\r\n.\r\nQUIT\r\n\x7f\t", "text\r\n.\r\nQUIT\r\nend");
	settle();
	assert_non_null(strstr(seen, "HELO x??MAIL FROM:<evil>\r\n"));
	assert_non_null(strstr(seen, "\r\nFrom: \"a??Subject: fake\" <router@example.com>\r\n"));
	assert_non_null(strstr(seen, "\r\nSubject: [R  Bcc: x@example.com    body] name  .  QUIT    \r\n"));
	assert_non_null(strstr(seen, "\r\n\r\ntext \r\n.. \r\nQUIT \r\nend\r\n.\r\nQUIT\r\n"));
	assert_int_equal(count(seen, "\r\nBcc"), 0);
	assert_int_equal(count(seen, "\r\n.\r\n"), 1);
}

static void beyond_ascii(void **state)
{
	char what[SUBJECT_MAX], *line, *end;
	size_t i;

	(void)state;
	conf.global.router_id = "K\303\274che";
	apply();
	smtp_alert("a_b=?", "gr\303\274n\n");
	settle();
	assert_non_null(strstr(seen, "\r\nSubject: =?utf-8?Q?=5BK=C3=BCche=5D=20a=5Fb=3D=3F?=\r\n"));
	assert_non_null(strstr(seen, "\r\n\r\ngr\303\274n\r\n"));
	/* Long: words of at most 75, lines of at most 78, no character torn. */
	for (i = 0; i + 4 < sizeof(what); i += 3)
		memcpy(what + i, "\346\227\245", 4);
	seen[0] = '\0';
	smtp_alert(what, "");
	settle();
	line = strstr(seen, "Subject: ");
	assert_non_null(line);
	for (i = 0; i == 0 || *line == ' '; i++, line = end + 2) {
		end = strstr(line, "\r\n");
		assert_non_null(end);
		assert_in_range(end - line, 10, i ? 76 : 84);
		assert_memory_equal(end - 2, "?=", 2);
		/* A new word begins with a first byte, =E6. */
		if (i)
			assert_memory_equal(line, " =?utf-8?Q?=E6", 14);
	}
	assert_true(i > 5);
}

static void the_clock(void **state)
{
	(void)state;
	/* It was set while the mail waited: the time of the event is told. */
	answer = moody;
	bad_step = NULL;
	bad = "";
	calendar = 0;
	smtp_alert("first", "");
	settle();
	calendar = 1772323199 + 1; /* 2026-03-01 00:00:00 */
	answer = yes;
	s.first->queued_us = loop_now() - US_PER_S;
	end_pause();
	assert_non_null(strstr(seen, "Date: Sat, 28 Feb 2026 23:59:59 +0000\r\n"));
	seen[0] = '\0';
	calendar = 1000;
	smtp_alert("second", "");
	settle();
	assert_null(strstr(seen, "Date:"));
	assert_non_null(strstr(seen, "DATA\r\nFrom: "));
}

static void tries_and_end(void **state)
{
	(void)state;
	resolve_to = "127.0.0.1";
	close(listener.fd);
	io_remove(&listener);
	listener.fd = -1;
	smtp_alert("what", "");
	settle();
	assert_non_null(strstr(logged, "connecting: "));
	assert_int_equal(pause_s(), 5);
	end_pause();
	assert_int_equal(pause_s(), 15);
	/* A later one has all its tries. */
	smtp_alert("later", "");
	end_pause();
	assert_int_equal(pause_s(), 40);
	assert_int_equal(s.count, 2);
	end_pause();
	assert_int_equal(s.count, 1);
	assert_int_equal(pause_s(), 15);
	end_pause();
	end_pause();
	assert_int_equal(s.count, 0);
	assert_false(smtp_busy());
	assert_int_equal(s.step, STEP_IDLE);
	assert_int_equal(count(logged, "SMTP server"), 6);
	assert_non_null(strstr(logged, "1 alerts given up, 1 to be tried again in 15 s"));
}

static void next_address(void **state)
{
	(void)state;
	/* Nobody listens at the first, which shows later; the next two fail at once. */
	resolve_to = "127.0.0.9 255.255.255.255 240.0.0.1 127.0.0.1";
	smtp_alert("what", "");
	settle();
	assert_int_equal(connections, 1);
	assert_non_null(strstr(seen, "QUIT"));
	resolve_to = NULL;
	smtp_alert("what", "");
	settle();
	assert_non_null(strstr(logged, "resolving: "));
	assert_int_equal(pause_s(), 5);
	conf.global.smtp_server = "";
	apply();
	settle();
	assert_int_equal(s.first->tries, 2);
}

static void full_queue(void **state)
{
	char what[16];
	unsigned i;

	(void)state;
	answer = moody;
	bad_step = "MAIL";
	bad = "";
	for (i = 0; i < 3; i++)
		loop_turn(0);
	for (i = 0; i < SMTP_QUEUE_MAX + 50; i++) {
		snprintf(what, sizeof(what), "n%u.", i);
		smtp_alert(what, "");
	}
	assert_int_equal(s.count, SMTP_QUEUE_MAX);
	settle();
	assert_int_equal(count(logged, "50 alerts were dropped"), 1);
	answer = yes;
	end_pause();
	assert_int_equal(count(seen, "\r\n.\r\n"), SMTP_QUEUE_MAX);
	assert_non_null(strstr(seen, " n0.\r\n"));
	assert_null(strstr(seen, " n1.\r\n"));
	assert_null(strstr(seen, " n50.\r\n"));
	assert_non_null(strstr(seen, " n51.\r\n"));
	assert_non_null(strstr(seen, " n305.\r\n"));
	assert_int_equal(count(logged, "dropped"), 1);
}

static void longest_mail(void **state)
{
	char what[1000], text[5000];
	static struct conf_name crowd[300];
	unsigned i;

	(void)state;
	memset(what, 0xbf, sizeof(what) - 1);
	memset(text, '\n', sizeof(text) - 1);
	what[sizeof(what) - 1] = text[sizeof(text) - 1] = '\0';
	for (i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = '.';
	for (i = 0; i < 300; i++)
		crowd[i] = (struct conf_name){ .node.next = i < 299 ? &crowd[i + 1].node : NULL, .name = "somebody.with.a.long.name@some.department.example.com" };
	conf.global.mail_to = (struct conf_list){ &crowd[0].node, &crowd[299].node, 300 };
	apply();
	smtp_alert(what, text);
	settle();
	assert_int_equal(count(seen, "RCPT TO:"), 300);
	assert_true(count(seen, ",\r\n somebody") > 5);
	assert_non_null(strstr(seen, "\r\n..\r\n.\r\nQUIT\r\n"));
	assert_true(s.out.len <= sizeof(s.bytes));
	recipients(1);
}

static void reload(void **state)
{
	(void)state;
	answer = moody;
	bad_step = "RCPT";
	bad = "";
	smtp_alert("what", "text\n");
	smtp_alert("more", "text\n");
	reach(STEP_TO);
	answer = yes;
	conf.global.smtp_server = "other.test";
	conf.global.mail_from = "other@example.com";
	apply();
	memset(&kept[!current], 0xa5, sizeof(kept[0]));
	settle();
	assert_int_equal(count(seen, "\r\n.\r\n"), 2);
	assert_int_equal(count(seen, "<other@example.com>"), 2);
	assert_string_equal(resolved, "other.test");
	/* Without a server, or recipients, there is no mail. */
	answer = moody;
	smtp_alert("what", "text\n");
	reach(STEP_TO);
	conf.global.smtp_server = NULL;
	apply();
	assert_false(smtp_busy());
	smtp_alert("what", "text\n");
	assert_false(smtp_busy());
	conf.global.smtp_server = "mail.test";
	conf.global.mail_to = (struct conf_list){ 0 };
	apply();
	smtp_alert("what", "text\n");
	assert_false(smtp_busy());
}

static struct vrrp_common silent, alerts = { .notify.smtp_alert = true }, alerts_deleted = { .notify = { .smtp_alert = true, .deleted_state = true } };
static const struct vrrp_conf vi = { .name = "VI_1", .index = 1, .common = &alerts };
static const struct vrrp_conf quiet = { .name = "VI_2", .index = 0, .common = &silent };
static const struct vrrp_conf deleted = { .name = "VI_3", .index = 77, .common = &alerts_deleted };
static const struct group_conf group = { .name = "G1", .index = 0, .notify.smtp_alert = true };

/* The subject and the text that an event leads to; "" for none. */
static const char *mail_of(struct router_event event)
{
	static char text[2000];

	text[0] = '\0';
	smtp_router_event(&event);
	if (s.first)
		snprintf(text, sizeof(text), "%s|%s", s.first->subject, s.first->subject + strlen(s.first->subject) + 1);
	while (s.first)
		drop(&s.first);
	return text;
}

static void router_events(void **state)
{
	(void)state;
	conf.instances.count = 2;
	conf.groups.count = 1;
	apply();
#define EVENT(...) mail_of((struct router_event){ __VA_ARGS__ })
	assert_string_equal(EVENT(.instance = &vi, .from = VRRP_INIT, .to = VRRP_BACKUP, .what = VRRP_BACKUP, .priority = 100),
			    "[R1] VRRP Instance VI_1 - Entering BACKUP state|=> VRRP Instance is no longer owning VRRP VIPs <=\n\n"
			    "Router: R1\nInstance: VI_1\nState: BACKUP, was INIT\nPriority: 100\n");
	assert_string_equal(EVENT(.instance = &vi, .from = VRRP_BACKUP, .to = VRRP_MASTER, .what = VRRP_MASTER, .priority = 150, .why = "no advert"),
			    "[R1] VRRP Instance VI_1 - Entering MASTER state|=> VRRP Instance is now owning VRRP VIPs <=\n\n"
			    "Router: R1\nInstance: VI_1\nState: MASTER, was BACKUP\nPriority: 150\nReason: no advert\n");
	assert_string_equal(EVENT(.instance = &vi, .from = VRRP_MASTER, .to = VRRP_FAULT, .what = VRRP_FAULT, .priority = 150, .why = "eth0 is down"),
			    "[R1] VRRP Instance VI_1 - Entering FAULT state|=> VRRP Instance is no longer owning VRRP VIPs <=\n\n"
			    "Router: R1\nInstance: VI_1\nState: FAULT, was MASTER\nPriority: 150\nReason: eth0 is down\n");
	assert_string_equal(EVENT(.group = &group, .from = VRRP_BACKUP, .to = VRRP_MASTER, .what = VRRP_MASTER, .priority = 9),
			    "[R1] VRRP Group G1 - Entering MASTER state|=> All VRRP group instances are now in MASTER state <=\n\n"
			    "Router: R1\nGroup: G1\nState: MASTER, was BACKUP\n");
	assert_non_null(strstr(EVENT(.group = &group, .to = VRRP_BACKUP, .what = VRRP_BACKUP), "|=> All VRRP group instances are now in BACKUP state <=\n"));
	assert_non_null(strstr(EVENT(.group = &group, .to = VRRP_FAULT, .what = VRRP_FAULT), "|=> All VRRP group instances are now in FAULT state <=\n"));
	assert_non_null(strstr(EVENT(.instance = &vi, .from = VRRP_MASTER, .to = VRRP_INIT, .what = VRRP_STOP),
			       "VI_1 - Stopping|=> VRRP Instance stopping <=\n"));
	assert_non_null(strstr(EVENT(.group = &group, .what = VRRP_STOP), "G1 - Stopping|=> All VRRP group instances are now stopping <=\n"));
	assert_non_null(strstr(EVENT(.instance = &deleted, .from = VRRP_MASTER, .deleted = true, .what = VRRP_DELETED), "VI_3 - Deleted|=> VRRP Deleted at reload <=\n"));
	assert_non_null(strstr(EVENT(.instance = &vi, .from = VRRP_MASTER, .deleted = true, .what = VRRP_FAULT), "VI_1 - Entering FAULT state|"));
	/* Not asked for, or no change of state. */
	assert_string_equal(EVENT(.instance = &quiet, .to = VRRP_MASTER, .what = VRRP_MASTER), "");
	assert_string_equal(EVENT(.instance = &vi, .to = VRRP_MASTER, .what = VRRP_MASTER_PRIORITY), "");
	assert_string_equal(EVENT(.instance = &vi, .to = VRRP_MASTER, .what = VRRP_LOWER_SEEN), "");
	assert_string_equal(EVENT(.instance = &vi, .to = VRRP_INIT, .what = VRRP_INIT), "");
}

static void repeated_states(void **state)
{
	(void)state;
	conf.instances.count = 2;
	conf.groups.count = 1;
	conf.global.email_faults = false;
	apply();
	assert_string_not_equal(EVENT(.instance = &vi, .to = VRRP_BACKUP, .what = VRRP_BACKUP), "");
	assert_string_equal(EVENT(.instance = &vi, .from = VRRP_BACKUP, .to = VRRP_FAULT, .what = VRRP_FAULT), "");
	/* The reader was never told that it had gone. */
	assert_string_equal(EVENT(.instance = &vi, .from = VRRP_FAULT, .to = VRRP_BACKUP, .what = VRRP_BACKUP), "");
	assert_string_not_equal(EVENT(.group = &group, .to = VRRP_BACKUP, .what = VRRP_BACKUP), "");
	assert_string_not_equal(EVENT(.instance = &vi, .from = VRRP_BACKUP, .to = VRRP_MASTER, .what = VRRP_MASTER), "");
	assert_string_equal(EVENT(.group = &group, .from = VRRP_BACKUP, .to = VRRP_FAULT, .what = VRRP_FAULT), "");
	assert_string_equal(EVENT(.group = &group, .from = VRRP_FAULT, .to = VRRP_BACKUP, .what = VRRP_BACKUP), "");
	assert_string_equal(EVENT(.instance = &vi, .deleted = true, .what = VRRP_FAULT), "");
	/* An index that the configuration does not have: from before a reload. */
	conf.instances.count = 0;
	conf.groups.count = 0;
	apply();
	assert_string_not_equal(EVENT(.instance = &vi, .to = VRRP_MASTER, .what = VRRP_MASTER), "");
}

static void freed_in_the_middle(void **state)
{
	(void)state;
	answer = moody;
	bad_step = "DATA";
	bad = "";
	smtp_alert("what", "text\n");
	smtp_alert("what", "text\n");
	reach(STEP_DATA);
	smtp_close();
	run_for(2 * TIMEOUT_US);
	smtp_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_mail, setup, teardown),
		cmocka_unit_test_setup_teardown(defaults, setup, teardown),
		cmocka_unit_test_setup_teardown(many_mails_one_connection, setup, teardown),
		cmocka_unit_test_setup_teardown(small_pieces, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(every_refusal, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(endless_reply, setup, teardown),
		cmocka_unit_test_setup_teardown(early_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(some_recipients, setup, teardown),
		cmocka_unit_test_setup_teardown(odd_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(display_names, setup, teardown),
		cmocka_unit_test_setup_teardown(no_injection, setup, teardown),
		cmocka_unit_test_setup_teardown(beyond_ascii, setup, teardown),
		cmocka_unit_test_setup_teardown(the_clock, setup, teardown),
		cmocka_unit_test_setup_teardown(tries_and_end, setup, teardown),
		cmocka_unit_test_setup_teardown(next_address, setup, teardown),
		cmocka_unit_test_setup_teardown(full_queue, setup, teardown),
		cmocka_unit_test_setup_teardown(longest_mail, setup, teardown),
		cmocka_unit_test_setup_teardown(reload, setup, teardown),
		cmocka_unit_test_setup_teardown(router_events, setup, teardown),
		cmocka_unit_test_setup_teardown(repeated_states, setup, teardown),
		cmocka_unit_test_setup_teardown(freed_in_the_middle, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
