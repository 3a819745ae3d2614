/* SPDX-License-Identifier: MIT */
#include "smtp.h"

#include "date.h"
#include "emit.h"
#include "log.h"
#include "loop.h"
#include "resolve.h"
#include "router.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#define SUBJECT_MAX 256
#define TEXT_MAX 768
#define ADDRESS_MAX 254 /* RFC 5321 section 4.5.3.1.3, less the brackets */
#define ADDRESS_NAME_MAX 63
#define SENDER_MAX 384
#define HELO_MAX 255
#define REPLY_MAX 128   /* of a reply line, what the log shows; the rest is skipped */
#define OUT_MAX 4096    /* the largest mail: a subject encoded to three times its length, a text of dots, and some recipients */
/* Tries of one mail. The pauses outlast a switch port that learns (30 s) and what follows a takeover. */
#define TRIES_MAX 4
/* A clock behind this (2024) was never set: better no Date than a wrong one. */
#define CLOCK_SET_S 1704067200

static const uint8_t pauses_s[TRIES_MAX - 1] = { 5, 15, 40 };

/* From HELO on it is what was said last; verbs of command(). */
enum step { STEP_IDLE, STEP_WAIT, STEP_RESOLVE, STEP_CONNECT, STEP_GREETING, STEP_HELO, STEP_QUIT, STEP_FROM, STEP_TO, STEP_DATA, STEP_TEXT };

struct mail {
	struct mail *next;
	uint64_t queued_us;
	unsigned number;
	uint8_t tries;
	char subject[]; /* and behind its end the text */
};

/* One for all that mail. */
static struct smtp {
	const struct config *config;
	struct mail *first; /* under way unless the step is idle */
	const struct conf_name *recipient;
	struct io io;
	struct out out, draft;
	size_t out_at;
	enum step step;
	unsigned count, number, dropped;
	unsigned next_addr;
	unsigned reply_len;
	bool accepted, deferred; /* some recipient was; some other may be later */
	struct timer timer;
	uint8_t *mailed; /* by instance, then by group; mailed_count of them */
	unsigned mailed_count;
	uint64_t id; /* makes Message-IDs ours */
	const char *host;
	struct utsname name;
	char reply[REPLY_MAX];
	char from[SENDER_MAX];
	struct resolve resolve;
	char bytes[OUT_MAX]; /* of out */
	char draft_bytes[SUBJECT_MAX + TEXT_MAX + 1];
} s;

static void connect_next(int err);

bool smtp_busy(void)
{
	return s.first != NULL;
}

static void drop(struct mail **at)
{
	struct mail *m = *at;

	*at = m->next;
	s.count--;
	free(m);
}

static void disconnect(void)
{
	resolve_cancel(&s.resolve);
	timer_stop(&s.timer);
	io_close(&s.io);
	s.step = STEP_IDLE;
}

/* Ends the connection; what still waits gets another, after the pause. */
static void again(uint64_t pause_us)
{
	disconnect();
	if (s.dropped)
		log_warn("SMTP: %u alerts were dropped, the queue was full", s.dropped);
	s.dropped = 0;
	if (!s.first)
		return;
	s.step = STEP_WAIT;
	timer_set(&s.timer, pause_us);
}

/* A trouble of the server's or the way to it: all that waits has had a try. err: errno or -errno, or 0. */
static void fail(const char *why, int err)
{
	struct mail **at = &s.first;
	unsigned lost = 0, pause_s = 0;

	/* All was delivered, and the good-bye went wrong. */
	if (s.step == STEP_QUIT) {
		again(0);
		return;
	}
	while (*at)
		if (++(*at)->tries < TRIES_MAX) {
			at = &(*at)->next;
		} else {
			drop(at);
			lost++;
		}
	if (s.first)
		pause_s = pauses_s[s.first->tries - 1];
	log_warn("SMTP server %s: %s%s%s; %u alerts given up, %u to be tried again in %u s", s.config->global.smtp_server, why, err ? ": " : "",
		 err ? text_error(err) : "", lost, s.count, pause_s);
	again(pause_s * US_PER_S);
}

/* For headers but the subject, and for reply lines in the log: neither line ends nor bytes that need an encoding. */
static char printable(char c)
{
	return c >= ' ' && c <= '~' ? c : '?';
}

static char without_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f ? ' ' : c;
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* The subject, its bytes beyond ASCII as RFC 2047 section 4.2 has it; words are folded between characters. */
static void put_subject(const char *text)
{
	const char *p;
	bool ascii = true;
	size_t word = 0;

	for (p = text; *p; p++)
		ascii = ascii && !(*p & 0x80);
	for (p = text; *p; p++) {
		if (!ascii && (!word || (s.out.len - word > 48 && (*p & 0xc0) != 0x80))) {
			emit(word ? "?=\r\n =?utf-8?Q?" : "=?utf-8?Q?");
			word = s.out.len;
		}
		if (ascii || is_alnum(*p))
			out_char(&s.out, without_control(*p));
		else
			emit("=%02X", (unsigned char)*p);
	}
	emit(ascii ? "\r\n" : "?=\r\n");
}

static void put_text(const char *p)
{
	bool line_start = true;

	for (; *p; p++) {
		if (line_start && *p == '.')
			out_char(&s.out, '.');
		line_start = *p == '\n';
		if (line_start)
			out_char(&s.out, '\r');
		out_char(&s.out, line_start ? '\n' : without_control(*p));
	}
	emit(line_start ? ".\r\n" : "\r\n.\r\n");
}

static int bare_len(const char *bare)
{
	return (int)strcspn(bare, ">");
}

/* Where the bare address of "Name <address>" begins, bare_len() bytes; NULL when it can't stand in a command. */
static const char *bare_address(const char *text)
{
	const char *open = strrchr(text, '<'), *p;

	if (open && text[strlen(text) - 1] == '>')
		text = open + 1;
	else
		open = NULL;
	for (p = text; *p > ' ' && *p <= '~' && *p != '<' && *p != '>'; p++)
		;
	return p > text && p - text <= ADDRESS_MAX && !strcmp(p, open ? ">" : "") ? text : NULL;
}

/* "Name <address>" for a header, the name in quotes where it needs them (RFC 5322 section 3.2.3). False when it is no address. */
static bool put_address(const char *before, const char *text)
{
	const char *bare = bare_address(text), *quote;
	int i, n;

	if (!bare)
		return false;
	n = bare > text ? (int)(bare - text) - 1 : 0;
	while (n && text[n - 1] == ' ')
		n--;
	if (n > ADDRESS_NAME_MAX)
		n = ADDRESS_NAME_MAX;
	quote = (int)strcspn(text, "()<>[]:;@\\,.\"") < n ? "\"" : "";
	emit("%s%s", before, quote);
	for (i = 0; i < n; i++)
		if (text[i] != '"' && text[i] != '\\')
			out_char(&s.out, printable(text[i]));
	emit(bare > text ? "%s%s<%.*s>" : "%s%s%.*s", quote, n ? " " : "", bare_len(bare), bare);
	return true;
}

/* To names as many as fit in half the buffer. The others get the mail all the same, as if by Bcc. */
static void put_recipients(void)
{
	const char *between = "To: ";

	CONF_EACH(struct conf_name, to, &s.config->global.mail_to) {
		if (s.out.len > sizeof(s.bytes) / 2 - ADDRESS_MAX - ADDRESS_NAME_MAX)
			break;
		if (put_address(between, to->name))
			between = ",\r\n ";
	}
}

/* In universal time, which every reader's program turns into its own. */
static void put_date(void)
{
	/* When it happened, by what the clock says now: it may have been set in between. */
	time_t t = time(NULL) - (time_t)((loop_now() - s.first->queued_us) / US_PER_S);
	struct date d = date_of(t);

	if (t < CLOCK_SET_S)
		return;
	emit("Date: %.3s, %02u %.3s %u %02u:%02u:%02u +0000\r\n", &DATE_WEEKDAYS[d.weekday * 3], d.day,
		  &DATE_MONTHS[d.month * 3], d.year, d.hour, d.minute, d.second);
}

/* Most servers take 8-bit text without being asked for 8BITMIME (RFC 6152); names beyond ASCII are rare enough to rely on it. */
static void put_mail(void)
{
	const struct mail *m = s.first;

	put_date();
	put_address("From: ", s.from);
	emit("\r\nSubject: ");
	put_subject(m->subject);
	emit("X-Mailer: Keepalived\r\n");
	put_recipients();
	emit("\r\nMessage-ID: <%016llx.%u@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		  "Content-Transfer-Encoding: 8bit\r\n\r\n", (unsigned long long)s.id, m->number, s.host);
	put_text(text_nth(m->subject, 1));
}

static void flush(void)
{
	ssize_t n = send(s.io.fd, s.bytes + s.out_at, s.out.len - s.out_at, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN) {
		fail("sending", errno);
		return;
	}
	if (n > 0)
		s.out_at += (size_t)n;
	s.io.events = s.out_at < s.out.len ? POLLIN | POLLOUT : POLLIN;
}

/* Each step has the whole timeout, so that a server which sends a byte now and then can't hold us. */
static void begin(enum step step)
{
	s.step = step;
	s.reply_len = 0;
	s.out.len = s.out_at = 0;
	emit_to(&s.out);
	timer_set(&s.timer, s.config->global.smtp_timeout_us);
}

/* An address ends before its '>'. */
static void command(enum step step, const char *argument)
{
	static const char verbs_packed[] = "HELO \0" "QUIT\0" "MAIL FROM:<\0" "RCPT TO:<\0" "DATA";
	bool address = step == STEP_FROM || step == STEP_TO;

	begin(step);
	emit("%-s%.*s%s\r\n", text_nth(verbs_packed, step - STEP_HELO), address ? bare_len(argument) : HELO_MAX, argument, address ? ">" : "");
	for (char *p = s.bytes; p < s.bytes + s.out.len - 2; p++)
		*p = printable(*p);
	flush();
}

static void refused(const char *what, const char *why)
{
	log_warn("SMTP server %s refuses %s: %s", s.config->global.smtp_server, what, why);
}

static void give_up(const char *why)
{
	refused("an alert", why);
	drop(&s.first);
	again(0);
}

/* RCPT TO for the recipient whose turn it is, or DATA after the last one. */
static void next_recipient(const char *why)
{
	const struct conf_name *to;
	const char *bare;

	while ((to = s.recipient)) {
		s.recipient = (const struct conf_name *)(const void *)to->node.next;
		bare = bare_address(to->name);
		if (bare) {
			command(STEP_TO, bare);
			return;
		}
		log_warn("%s:%u: not a mail address", to->node.file, to->node.line);
	}
	if (s.accepted)
		command(STEP_DATA, "");
	else if (s.deferred)
		fail(why, 0);
	else
		give_up(why);
}

static void next_mail(void)
{
	const char *bare;

	if (!s.first) {
		command(STEP_QUIT, "");
		return;
	}
	s.recipient = (const struct conf_name *)(const void *)s.config->global.mail_to.first;
	s.accepted = s.deferred = false;
	bare = bare_address(s.from);
	if (bare)
		command(STEP_FROM, bare);
	else
		give_up("notification_email_from is no address");
}

static void recipient_reply(unsigned class)
{
	if (class == 2)
		s.accepted = true;
	else
		refused("a recipient", s.reply);
	if (class != 2 && class != 5)
		s.deferred = true;
	next_recipient(s.reply);
}

/* The last line of a reply is in s.reply. */
static void on_reply(void)
{
	unsigned class = (unsigned)s.reply[0] - '0';
	const char *helo = s.config->global.smtp_helo;

	if (s.step == STEP_TO) {
		recipient_reply(class);
	} else if (s.step == STEP_QUIT || class != (s.step == STEP_DATA ? 3 : 2)) {
		/* A refused greeting or HELO is about us, not about a mail. */
		if (class == 5 && s.step > STEP_QUIT)
			give_up(s.reply);
		else
			fail(s.reply, 0);
	} else if (s.step == STEP_GREETING) {
		command(STEP_HELO, helo ? helo : s.host);
	} else if (s.step == STEP_HELO) {
		next_mail();
	} else if (s.step == STEP_FROM) {
		next_recipient("no recipient");
	} else if (s.step == STEP_DATA) {
		begin(STEP_TEXT);
		put_mail();
		flush();
	} else {
		log_debug("SMTP alert successfully sent.");
		drop(&s.first);
		next_mail();
	}
}

/* One byte of a reply. True when it was the end of the last line, and all that may follow is to be ignored: we never pipeline. */
static bool take_reply(char c)
{
	if (c != '\n') {
		if (s.reply_len < sizeof(s.reply) - 1 && c != '\r')
			s.reply[s.reply_len++] = printable(c);
		return false;
	}
	s.reply[s.reply_len] = '\0';
	s.reply_len = 0;
	return strnlen(s.reply, 4) < 4 || s.reply[3] != '-';
}

static void receive(void)
{
	char buf[512];
	ssize_t n = recv(s.io.fd, buf, sizeof(buf), 0), i;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		fail("receiving", errno);
	else if (n == 0)
		fail("connection closed", 0);
	for (i = 0; i < n; i++)
		if (take_reply(buf[i])) {
			on_reply();
			return;
		}
}

static void on_socket(struct io *io, short revents)
{
	int err = 0;
	socklen_t len = sizeof(err);

	if (s.step == STEP_CONNECT) {
		getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			connect_next(err);
			return;
		}
		begin(STEP_GREETING);
		io->events = POLLIN;
	} else if (revents & ~POLLOUT) {
		receive();
	} else {
		flush();
	}
}

/* The next address of the server; err is what was wrong with the one before. */
static void connect_next(int err)
{
	while (s.next_addr < s.resolve.count) {
		disconnect();
		s.io.fd = addr_connect(&s.resolve.addrs[s.next_addr++], s.config->global.smtp_port, 0, SOCK_STREAM);
		s.io.events = POLLOUT;
		if (s.io.fd >= 0 && !io_add(&s.io)) {
			begin(STEP_CONNECT);
			return;
		}
		err = errno;
	}
	fail("connecting", err);
}

static void on_resolved(struct resolve *r, int error)
{
	(void)r;
	if (error) {
		fail("resolving", error);
		return;
	}
	s.next_addr = 0;
	connect_next(0);
}

static void start(void)
{
	int err = resolve_start(&s.resolve, s.config->global.smtp_server);

	s.step = STEP_RESOLVE;
	if (err)
		on_resolved(&s.resolve, err);
}

static void on_timer(struct timer *t)
{
	(void)t;
	if (s.step == STEP_WAIT)
		start();
	else if (s.step == STEP_CONNECT)
		connect_next(ETIMEDOUT);
	else
		fail("no answer in time", 0);
}

void smtp_open(void)
{
	const char *p = s.name.nodename;

	s.io.fd = -1;
	s.io.cb = on_socket;
	s.out.buf = s.bytes;
	s.out.size = sizeof(s.bytes);
	s.timer.cb = on_timer;
	s.resolve.done = on_resolved;
	s.id = loop_now() << 20 ^ (uint64_t)time(NULL);
	uname(&s.name);
	while (*p == '.' || *p == '-' || is_alnum(*p))
		p++;
	s.host = p == s.name.nodename || *p ? "localhost" : s.name.nodename;
}

void smtp_close(void)
{
	if (!s.config)
		return;
	disconnect();
	while (s.first)
		drop(&s.first);
	free(s.mailed);
	s.mailed = NULL;
	s.config = NULL;
}

static bool enabled(void)
{
	return s.config && s.config->global.smtp_server && s.config->global.mail_to.first;
}

void smtp_set_config(const struct config *config)
{
	const char *from = config->global.mail_from;

	s.config = config;
	text_format(s.from, sizeof(s.from), from ? "%s" : "root@%s", from ? from : s.host);
	free(s.mailed);
	/* Without it a mail may repeat the one before; nothing else is lost. A reload forgets: the names may have moved. */
	s.mailed_count = config->instances.count + config->groups.count;
	s.mailed = calloc(s.mailed_count, 1);
	if (!s.mailed)
		s.mailed_count = 0;
	while (s.first && !enabled())
		drop(&s.first);
	again(0);
}

static const char *router_name(void)
{
	return s.config->global.router_id ? s.config->global.router_id : s.host;
}

/* A mail is written in s.draft before it is queued: its subject, and behind the NUL its text. */
static void draft(void)
{
	s.draft.buf = s.draft_bytes;
	s.draft.size = SUBJECT_MAX - 1;
	s.draft.len = 0;
	emit_to(&s.draft);
	emit("[%s] ", router_name());
}

static void end_part(void)
{
	struct out *o = &s.draft;

	if (o->len > o->size)
		o->len = o->size;
	o->buf[o->len++] = '\0';
	o->size = o->len + TEXT_MAX;
}

static void queue(void)
{
	struct mail *m, **at = &s.first;

	end_part();
	/* Memory outside of a reload, but mails are rare and their number is bounded. */
	m = calloc(1, sizeof(*m) + s.draft.len);
	if (!m || s.count == SMTP_QUEUE_MAX)
		s.dropped++;
	if (!m)
		return;
	/* The first one may be under way. */
	if (s.count == SMTP_QUEUE_MAX)
		drop(&s.first->next);
	m->queued_us = loop_now();
	m->number = s.number++;
	memcpy(m->subject, s.draft_bytes, s.draft.len);
	while (*at)
		at = &(*at)->next;
	*at = m;
	s.count++;
	if (s.step == STEP_IDLE)
		again(0);
}

void smtp_alert(const char *what, const char *text)
{
	if (!enabled())
		return;
	draft();
	emit_text(what);
	end_part();
	emit_text(text);
	queue();
}

/* keepalived's words, for people who filter by them. */
static void put_event(const struct router_event *e)
{
	static const char states[][9] = { "INIT", "BACKUP", "MASTER", "FAULT", "Stopping", "Deleted" };
	const char *kind = e->group ? "Group" : "Instance", *name = e->group ? e->group->name : e->instance->name, *state = states[e->what];

	draft();
	emit("VRRP %s %s - ", kind, name);
	emit(e->what > VRRP_FAULT ? "%s" : "Entering %s state", state);
	end_part();
	if (e->what == VRRP_DELETED)
		emit("=> VRRP Deleted at reload");
	else
		emit(e->group ? "=> All VRRP group instances are now" : "=> VRRP Instance");
	if (e->what == VRRP_STOP)
		emit(" stopping");
	else if (e->group)
		emit(" in %s state", state);
	else if (e->what != VRRP_DELETED)
		emit(e->what == VRRP_MASTER ? " is now owning VRRP VIPs" : " is no longer owning VRRP VIPs");
	emit(" <=\n\nRouter: %s\n%s: %s\nState: %s, was %s\n", router_name(), kind, name, state, states[e->from]);
	if (e->instance)
		emit("Priority: %u\n", e->priority);
	if (e->why)
		emit("Reason: %s\n", e->why);
	queue();
}

void smtp_router_event(const struct router_event *e)
{
	const struct notify_conf *notify = e->group ? &e->group->notify : &e->instance->common->notify;
	unsigned index;
	uint8_t mailed = e->what;

	if (!notify->smtp_alert || mailed > VRRP_DELETED || !enabled())
		return;
	if (mailed == VRRP_INIT || (mailed == VRRP_FAULT && !s.config->global.email_faults))
		return;
	index = e->group ? s.config->instances.count + e->group->index : e->instance->index;
	/* Of an instance that is gone the index is another's. */
	if (index < s.mailed_count && !e->deleted) {
		if (s.mailed[index] == mailed)
			return;
		s.mailed[index] = mailed;
	}
	put_event(e);
}
