/* SPDX-License-Identifier: MIT */
#include "smtp.h"

#include "date.h"
#include "log.h"
#include "loop.h"
#include "resolve.h"
#include "router.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
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

enum step { STEP_IDLE, STEP_WAIT, STEP_RESOLVE, STEP_CONNECT, STEP_GREETING, STEP_HELO, STEP_FROM, STEP_TO, STEP_DATA, STEP_TEXT, STEP_QUIT };

/* Beside the states; what is remembered of an instance, so that no mail repeats the one before. */

struct mail {
	struct mail *next;
	uint64_t queued_us;
	unsigned number;
	uint8_t tries;
	char subject[]; /* and behind its end the text */
};

struct smtp {
	const struct config *config;
	struct mail *first; /* under way unless the step is idle */
	const struct conf_name *recipient;
	struct io io;
	struct out out;
	size_t out_at;
	enum step step;
	unsigned count, number, dropped;
	unsigned next_addr;
	uint8_t reply_len;
	bool accepted, deferred; /* some recipient was; some other may be later */
	struct timer timer;
	uint8_t *mailed; /* by instance, then by group; mailed_count of them */
	unsigned mailed_count;
	uint64_t id; /* makes Message-IDs ours, without a clock */
	char reply[REPLY_MAX];
	char host[sizeof(((struct utsname *)0)->nodename)];
	char from[SENDER_MAX];
	struct resolve resolve;
	char bytes[OUT_MAX]; /* of out */
};

static void connect_next(struct smtp *, int err);

bool smtp_busy(const struct smtp *s)
{
	return s->first != NULL;
}

static void drop(struct smtp *s, struct mail **at)
{
	struct mail *m = *at;

	*at = m->next;
	s->count--;
	free(m);
}

static void disconnect(struct smtp *s)
{
	resolve_cancel(&s->resolve);
	timer_stop(&s->timer);
	io_close(&s->io);
	s->step = STEP_IDLE;
}

/* Ends the connection; what still waits gets another, after the pause. */
static void again(struct smtp *s, uint64_t pause_us)
{
	disconnect(s);
	if (s->dropped)
		log_warn("SMTP: %u alerts were dropped, the queue was full", s->dropped);
	s->dropped = 0;
	if (!s->first)
		return;
	s->step = STEP_WAIT;
	timer_set(&s->timer, pause_us);
}

/* A trouble of the server's or the way to it: all that waits has had a try. */
static void fail(struct smtp *s, const char *why)
{
	struct mail **at = &s->first;
	unsigned lost = 0, pause_s = 0;

	/* All is delivered, and the good-bye went wrong. */
	if (!s->first) {
		again(s, 0);
		return;
	}
	while (*at)
		if (++(*at)->tries < TRIES_MAX) {
			at = &(*at)->next;
		} else {
			drop(s, at);
			lost++;
		}
	if (s->first)
		pause_s = pauses_s[s->first->tries - 1];
	log_warn("SMTP server %s: %s; %u alerts given up, %u to be tried again in %u s", s->config->global.smtp_server, why, lost, s->count, pause_s);
	again(s, pause_s * US_PER_S);
}

static void fail_errno(struct smtp *s, const char *what, int err)
{
	char why[96];

	text_format(why, sizeof(why), "%s: %s", what, text_error(err));
	fail(s, why);
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
static void put_subject(struct out *o, const char *text)
{
	const char *p;
	bool ascii = true;
	size_t word = 0;

	for (p = text; *p; p++)
		ascii = ascii && !(*p & 0x80);
	for (p = text; *p; p++) {
		if (!ascii && (!word || (o->len - word > 48 && (*p & 0xc0) != 0x80))) {
			out_print(o, "%s=?utf-8?Q?", word ? "?=\r\n " : "");
			word = o->len;
		}
		if (ascii || is_alnum(*p))
			out_char(o, without_control(*p));
		else
			out_print(o, "=%02X", (unsigned char)*p);
	}
	out_put(o, ascii ? "\r\n" : "?=\r\n");
}

static void put_text(struct out *o, const char *p)
{
	bool line_start = true;

	for (; *p; p++) {
		if (line_start && *p == '.')
			out_char(o, '.');
		line_start = *p == '\n';
		if (line_start)
			out_char(o, '\r');
		out_char(o, line_start ? '\n' : without_control(*p));
	}
	out_put(o, line_start ? ".\r\n" : "\r\n.\r\n");
}

/* Where the bare address of "Name <address>" begins, len bytes; NULL when it can't stand in a command. */
static const char *bare_address(const char *text, int *len)
{
	const char *open = strrchr(text, '<');
	size_t i, n = strlen(text);

	if (open && text[n - 1] == '>') {
		text = open + 1;
		n = strlen(text) - 1;
	}
	if (!n || n > ADDRESS_MAX)
		return NULL;
	for (i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '<' || text[i] == '>')
			return NULL;
	*len = (int)n;
	return text;
}

/* "Name <address>" for a header, the name in quotes where it needs them (RFC 5322 section 3.2.3). False when it is no address. */
static bool put_address(struct out *o, const char *before, const char *text)
{
	int len;
	const char *bare = bare_address(text, &len), *quote;
	size_t i, n;

	if (!bare)
		return false;
	n = bare > text ? (size_t)(bare - text) - 1 : 0;
	while (n && text[n - 1] == ' ')
		n--;
	if (n > ADDRESS_NAME_MAX)
		n = ADDRESS_NAME_MAX;
	quote = strcspn(text, "()<>[]:;@\\,.\"") < n ? "\"" : "";
	out_print(o, "%s%s", before, quote);
	for (i = 0; i < n; i++)
		if (text[i] != '"' && text[i] != '\\')
			out_char(o, printable(text[i]));
	out_print(o, bare > text ? "%s%s<%.*s>" : "%s%s%.*s", quote, n ? " " : "", len, bare);
	return true;
}

/* To names as many as fit in half the buffer. The others get the mail all the same, as if by Bcc. */
static void put_recipients(struct smtp *s)
{
	const char *between = "To: ";

	CONF_EACH(struct conf_name, to, &s->config->global.mail_to) {
		if (s->out.len > sizeof(s->bytes) / 2 - ADDRESS_MAX - ADDRESS_NAME_MAX)
			break;
		if (put_address(&s->out, between, to->name))
			between = ",\r\n ";
	}
}

/* In universal time, which every reader's program turns into its own. */
static void put_date(struct smtp *s, const struct mail *m)
{
	/* When it happened, by what the clock says now: it may have been set in between. */
	time_t t = time(NULL) - (time_t)((loop_now() - m->queued_us) / US_PER_S);
	struct date d = date_of(t);

	if (t < CLOCK_SET_S)
		return;
	out_print(&s->out, "Date: %.3s, %02u %.3s %u %02u:%02u:%02u +0000\r\n", &DATE_WEEKDAYS[d.weekday * 3], d.day,
		  &DATE_MONTHS[d.month * 3], d.year, d.hour, d.minute, d.second);
}

/* Most servers take 8-bit text without being asked for 8BITMIME (RFC 6152); names beyond ASCII are rare enough to rely on it. */
static void put_mail(struct smtp *s)
{
	const struct mail *m = s->first;

	put_date(s, m);
	put_address(&s->out, "From: ", s->from);
	out_put(&s->out, "\r\nSubject: ");
	put_subject(&s->out, m->subject);
	out_put(&s->out, "X-Mailer: Keepalived\r\n");
	put_recipients(s);
	out_print(&s->out, "\r\nMessage-ID: <%016llx.%u@%s>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
		  "Content-Transfer-Encoding: 8bit\r\n\r\n", (unsigned long long)s->id, m->number, s->host);
	put_text(&s->out, m->subject + strlen(m->subject) + 1);
}

static void flush(struct smtp *s)
{
	ssize_t n = send(s->io.fd, s->bytes + s->out_at, s->out.len - s->out_at, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail_errno(s, "sending", errno);
		return;
	}
	if (n > 0)
		s->out_at += (size_t)n;
	s->io.events = s->out_at < s->out.len ? POLLIN | POLLOUT : POLLIN;
}

/* Each step has the whole timeout, so that a server which sends a byte now and then can't hold us. */
static void begin(struct smtp *s, enum step step)
{
	s->step = step;
	s->reply_len = 0;
	s->out.len = s->out_at = 0;
	timer_set(&s->timer, s->config->global.smtp_timeout_us);
}

/* The argument: at most len bytes of it. */
static void command(struct smtp *s, enum step step, const char *verb, const char *argument, int len)
{
	begin(s, step);
	out_print(&s->out, step == STEP_FROM || step == STEP_TO ? "%s:<%.*s>\r\n" : "%s%.*s\r\n", verb, len, argument);
	for (char *p = s->bytes; p < s->bytes + s->out.len - 2; p++)
		*p = printable(*p);
	flush(s);
}

static void give_up(struct smtp *s, const char *why)
{
	log_warn("SMTP server %s refuses an alert: %s", s->config->global.smtp_server, why);
	drop(s, &s->first);
	again(s, 0);
}

/* RCPT TO for the recipient whose turn it is, or DATA after the last one. */
static void next_recipient(struct smtp *s, const char *why)
{
	const struct conf_name *to;
	const char *bare;
	int len;

	while ((to = s->recipient)) {
		s->recipient = (const struct conf_name *)(const void *)to->node.next;
		bare = bare_address(to->name, &len);
		if (bare) {
			command(s, STEP_TO, "RCPT TO", bare, len);
			return;
		}
		log_warn("%s:%u: not a mail address", to->node.file, to->node.line);
	}
	if (s->accepted)
		command(s, STEP_DATA, "DATA", "", 0);
	else if (s->deferred)
		fail(s, why);
	else
		give_up(s, why);
}

static void next_mail(struct smtp *s)
{
	const char *bare;
	int len;

	if (!s->first) {
		command(s, STEP_QUIT, "QUIT", "", 0);
		return;
	}
	s->recipient = (const struct conf_name *)(const void *)s->config->global.mail_to.first;
	s->accepted = s->deferred = false;
	bare = bare_address(s->from, &len);
	if (bare)
		command(s, STEP_FROM, "MAIL FROM", bare, len);
	else
		give_up(s, "notification_email_from is no address");
}

static void recipient_reply(struct smtp *s, unsigned class)
{
	if (class == 2)
		s->accepted = true;
	else
		log_warn("SMTP server %s refuses a recipient: %s", s->config->global.smtp_server, s->reply);
	s->deferred = s->deferred || (class != 2 && class != 5);
	next_recipient(s, s->reply);
}

/* The last line of a reply is in s->reply. */
static void on_reply(struct smtp *s)
{
	unsigned class = (unsigned)s->reply[0] - '0';
	bool expected = class == (s->step == STEP_DATA ? 3 : 2);
	const char *helo = s->config->global.smtp_helo;

	if (s->step == STEP_QUIT) {
		again(s, 0);
	} else if (s->step == STEP_TO) {
		recipient_reply(s, class);
	} else if (!expected) {
		/* A refused greeting or HELO is about us, not about a mail. */
		if (class == 5 && s->step > STEP_HELO)
			give_up(s, s->reply);
		else
			fail(s, s->reply);
	} else if (s->step == STEP_GREETING) {
		command(s, STEP_HELO, "HELO ", helo ? helo : s->host, HELO_MAX);
	} else if (s->step == STEP_HELO) {
		next_mail(s);
	} else if (s->step == STEP_FROM) {
		next_recipient(s, "no recipient");
	} else if (s->step == STEP_DATA) {
		begin(s, STEP_TEXT);
		put_mail(s);
		flush(s);
	} else {
		log_debug("SMTP alert successfully sent.");
		drop(s, &s->first);
		next_mail(s);
	}
}

/* One byte of a reply. True when it was the end of the last line, and all that may follow is to be ignored: we never pipeline. */
static bool take_reply(struct smtp *s, char c)
{
	if (c != '\n') {
		if (s->reply_len < sizeof(s->reply) - 1 && c != '\r')
			s->reply[s->reply_len++] = printable(c);
		return false;
	}
	s->reply[s->reply_len] = '\0';
	s->reply_len = 0;
	return strnlen(s->reply, 4) < 4 || s->reply[3] != '-';
}

static void receive(struct smtp *s)
{
	char buf[512];
	ssize_t n = recv(s->io.fd, buf, sizeof(buf), 0), i;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 && s->step == STEP_QUIT)
		again(s, 0);
	else if (n < 0)
		fail_errno(s, "receiving", errno);
	else if (n == 0)
		fail(s, "connection closed");
	for (i = 0; i < n; i++)
		if (take_reply(s, buf[i])) {
			on_reply(s);
			return;
		}
}

static void on_socket(struct io *io, short revents)
{
	struct smtp *s = container_of(io, struct smtp, io);
	int err = 0;
	socklen_t len = sizeof(err);

	if (s->step == STEP_CONNECT) {
		getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &err, &len);
		if (err) {
			connect_next(s, err);
			return;
		}
		begin(s, STEP_GREETING);
		io->events = POLLIN;
	} else if (revents & ~POLLOUT) {
		receive(s);
	} else {
		flush(s);
	}
}

/* The next address of the server; err is what was wrong with the one before. */
static void connect_next(struct smtp *s, int err)
{
	while (s->next_addr < s->resolve.count) {
		disconnect(s);
		s->io.fd = addr_connect(&s->resolve.addrs[s->next_addr++], s->config->global.smtp_port, 0, SOCK_STREAM);
		s->io.events = POLLOUT;
		if (s->io.fd >= 0 && !io_add(&s->io)) {
			begin(s, STEP_CONNECT);
			return;
		}
		err = errno;
	}
	fail_errno(s, "connecting", err);
}

static void on_resolved(struct resolve *r, int error)
{
	struct smtp *s = container_of(r, struct smtp, resolve);

	if (error) {
		fail_errno(s, "resolving", -error);
		return;
	}
	s->next_addr = 0;
	connect_next(s, 0);
}

static void start(struct smtp *s)
{
	int err = resolve_start(&s->resolve, s->config->global.smtp_server);

	s->step = STEP_RESOLVE;
	if (err)
		fail_errno(s, "resolving", -err);
}

static void on_timer(struct timer *t)
{
	struct smtp *s = container_of(t, struct smtp, timer);

	if (s->step == STEP_WAIT) {
		start(s);
	} else if (s->step == STEP_CONNECT) {
		connect_next(s, ETIMEDOUT);
	} else if (s->step == STEP_QUIT) {
		again(s, 0);
	} else {
		fail(s, "no answer in time");
	}
}

struct smtp *smtp_new(void)
{
	struct smtp *s = calloc(1, sizeof(*s));
	struct utsname u;
	const char *p;

	if (!s)
		return NULL;
	s->io = (struct io){ .fd = -1, .cb = on_socket };
	s->out = (struct out){ .buf = s->bytes, .size = sizeof(s->bytes) };
	s->timer.cb = on_timer;
	s->resolve.done = on_resolved;
	if (getrandom(&s->id, sizeof(s->id), GRND_NONBLOCK) < 0)
		s->id = loop_now() << 20 ^ (uint64_t)time(NULL);
	if (!uname(&u))
		strcpy(s->host, u.nodename);
	for (p = s->host; *p == '.' || *p == '-' || is_alnum(*p); p++)
		;
	if (p == s->host || *p)
		strcpy(s->host, "localhost");
	return s;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	disconnect(s);
	while (s->first)
		drop(s, &s->first);
	free(s->mailed);
	free(s);
}

static bool enabled(const struct smtp *s)
{
	return s->config && s->config->global.smtp_server && s->config->global.mail_to.first;
}

void smtp_set_config(struct smtp *s, const struct config *config)
{
	const char *from = config->global.mail_from;

	disconnect(s);
	s->config = config;
	text_format(s->from, sizeof(s->from), from ? "%s" : "root@%s", from ? from : s->host);
	free(s->mailed);
	/* Without it a mail may repeat the one before; nothing else is lost. A reload forgets: the names may have moved. */
	s->mailed_count = config->instances.count + config->groups.count;
	s->mailed = calloc(s->mailed_count, 1);
	if (!s->mailed)
		s->mailed_count = 0;
	while (s->first && !enabled(s))
		drop(s, &s->first);
	again(s, 0);
}

static const char *router_name(const struct smtp *s)
{
	return s->config->global.router_id ? s->config->global.router_id : s->host;
}

void smtp_alert(struct smtp *s, const char *what, const char *text)
{
	char subject[SUBJECT_MAX];
	size_t subject_len, text_len = strnlen(text, TEXT_MAX);
	struct mail *m, **at = &s->first;

	if (!enabled(s))
		return;
	text_format(subject, sizeof(subject), "[%s] %s", router_name(s), what);
	subject_len = strlen(subject) + 1;
	/* Memory outside of a reload, but mails are rare and their number is bounded. */
	m = calloc(1, sizeof(*m) + subject_len + text_len + 1);
	if (!m || s->count == SMTP_QUEUE_MAX)
		s->dropped++;
	if (!m)
		return;
	/* The first one may be under way. */
	if (s->count == SMTP_QUEUE_MAX)
		drop(s, &s->first->next);
	m->queued_us = loop_now();
	m->number = s->number++;
	memcpy(m->subject, subject, subject_len);
	memcpy(m->subject + subject_len, text, text_len);
	while (*at)
		at = &(*at)->next;
	*at = m;
	s->count++;
	if (s->step == STEP_IDLE)
		again(s, 0);
}

void smtp_router_event(struct smtp *s, const struct router_event *e)
{
	static const char states[][9] = { "INIT", "BACKUP", "MASTER", "FAULT", "Stopping", "Deleted" };
	const struct notify_conf *notify = e->group ? &e->group->notify : &e->instance->common->notify;
	const char *kind = e->group ? "Group" : "Instance", *name = e->group ? e->group->name : e->instance->name;
	unsigned index = e->group ? s->config->instances.count + e->group->index : e->instance->index;
	uint8_t mailed = e->what;
	struct out text = { .buf = (char[TEXT_MAX]){ 0 }, .size = TEXT_MAX - 1 };
	char what[SUBJECT_MAX], subject[32];

	if (!notify->smtp_alert || mailed > VRRP_DELETED || !enabled(s))
		return;
	if (mailed == VRRP_INIT || (mailed == VRRP_FAULT && !s->config->global.email_faults))
		return;
	/* Of an instance that is gone the index is another's. */
	if (index < s->mailed_count && !e->deleted) {
		if (s->mailed[index] == mailed)
			return;
		s->mailed[index] = mailed;
	}
	/* keepalived's words, for people who filter by them. */
	text_format(subject, sizeof(subject), mailed > VRRP_FAULT ? "%s" : "Entering %s state", states[mailed]);
	text_format(what, sizeof(what), "VRRP %s %s - %s", kind, name, subject);
	out_put(&text, "=> ");
	if (mailed == VRRP_DELETED)
		out_print(&text, "VRRP Deleted at reload");
	else if (mailed == VRRP_STOP)
		out_print(&text, "%s stopping", e->group ? "All VRRP group instances are now" : "VRRP Instance");
	else if (e->group)
		out_print(&text, "All VRRP group instances are now in %s state", states[mailed]);
	else
		out_print(&text, "VRRP Instance is %s owning VRRP VIPs", mailed == VRRP_MASTER ? "now" : "no longer");
	out_print(&text, " <=\n\nRouter: %s\n%s: %s\nState: %s, was %s\n", router_name(s),
		  kind, name, mailed == e->to ? states[mailed] : subject, states[e->from]);
	if (e->instance)
		out_print(&text, "Priority: %u\n", e->priority);
	if (e->why)
		out_print(&text, "Reason: %s\n", e->why);
	smtp_alert(s, what, text.buf);
}
