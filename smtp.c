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
#define ADDRESS_NAME_MAX 64
#define REPLY_MAX 128   /* of a reply line, what the log shows; the rest is skipped */
#define OUT_MAX 4096    /* the largest mail: a subject encoded to three times its length, a text of dots, and some recipients */
/* Tries of one mail. The pauses outlast a switch port that learns (30 s) and what follows a takeover. */
#define TRIES_MAX 4
/* A clock behind this (2024) was never set: better no Date than a wrong one. */
#define CLOCK_SET_S 1704067200

static const uint8_t pauses_s[TRIES_MAX - 1] = { 5, 15, 40 };

enum step { STEP_IDLE, STEP_WAIT, STEP_RESOLVE, STEP_CONNECT, STEP_GREETING, STEP_HELO, STEP_FROM, STEP_TO, STEP_DATA, STEP_TEXT, STEP_QUIT };

/* Beside the states; what is remembered of an instance, so that no mail repeats the one before. */
enum { MAILED_STOP = VRRP_FAULT + 1, MAILED_DELETED };

struct mail {
	struct mail *next;
	uint64_t queued_us;
	unsigned number;
	uint8_t tries;
	char *text;
	char subject[];
};

struct smtp {
	struct loop *loop;
	const struct config *config;
	uint8_t *mailed; /* by instance, then by group; mailed_count of them */
	unsigned mailed_count;
	struct mail *first, *last; /* the first one is under way unless the step is idle */
	unsigned count, number, dropped;
	enum step step;
	struct resolve resolve;
	unsigned next_addr;
	struct io io;
	struct timer timer;
	const struct conf_name *recipient;
	bool accepted, deferred; /* some recipient was; some other may be later */
	uint64_t id; /* makes Message-IDs ours, without a clock */
	char host[sizeof(((struct utsname *)0)->nodename)];
	char reply[REPLY_MAX];
	size_t reply_len;
	size_t out_len, out_at;
	char out[OUT_MAX];
};

static void connect_next(struct smtp *);

bool smtp_busy(const struct smtp *s)
{
	return s->first != NULL;
}

static void pop(struct smtp *s)
{
	struct mail *m = s->first;

	s->first = m->next;
	if (!s->first)
		s->last = NULL;
	s->count--;
	free(m);
}

static void pop_all(struct smtp *s)
{
	while (s->first)
		pop(s);
}

/* The first one may be under way. */
static void drop_oldest(struct smtp *s)
{
	struct mail *m = s->first->next;

	s->first->next = m->next;
	s->count--;
	free(m);
}

static void disconnect(struct smtp *s)
{
	resolve_cancel(&s->resolve);
	timer_stop(s->loop, &s->timer);
	if (s->io.fd >= 0) {
		io_remove(s->loop, &s->io);
		close(s->io.fd);
	}
	s->io.fd = -1;
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
	timer_set(s->loop, &s->timer, pause_us);
}

/* A trouble of the server's or the way to it: all that waits has had a try. */
static void fail(struct smtp *s, const char *why)
{
	struct mail **at = &s->first, *m;
	unsigned lost = 0, pause_s = 0;

	/* All is delivered, and the good-bye went wrong. */
	if (!s->first) {
		again(s, 0);
		return;
	}
	s->last = NULL;
	while ((m = *at)) {
		if (++m->tries < TRIES_MAX) {
			s->last = m;
			at = &m->next;
			continue;
		}
		*at = m->next;
		free(m);
		s->count--;
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

static void put(struct smtp *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct smtp *s, const char *format, ...)
{
	size_t room = sizeof(s->out) - s->out_len;
	va_list ap;
	size_t n;

	va_start(ap, format);
	n = text_vformat(s->out + s->out_len, room, format, ap);
	va_end(ap);
	/* Too long: cut. The sizes above leave room for all but the surplus recipients, whom put_recipients() leaves out itself. */
	s->out_len += n < room ? n : room - 1;
}

static void put_char(struct smtp *s, char c)
{
	if (s->out_len < sizeof(s->out))
		s->out[s->out_len++] = c;
}

/* For headers but the subject, and for reply lines in the log: neither line ends nor bytes that need an encoding. */
static char printable(char c)
{
	return c >= ' ' && c <= '~' ? c : '?';
}

/* The subject, its bytes beyond ASCII as RFC 2047 section 4.2 has it; words are folded between characters. */
static void put_subject(struct smtp *s, const char *text)
{
	const unsigned char *p;
	bool ascii = true;
	size_t word = 0;

	for (p = (const unsigned char *)text; *p; p++)
		ascii = ascii && *p < 0x80;
	for (p = (const unsigned char *)text; *p; p++) {
		if (ascii) {
			put_char(s, *p < ' ' || *p == 0x7f ? ' ' : (char)*p);
			continue;
		}
		if (!word || (s->out_len - word > 48 && (*p & 0xc0) != 0x80)) {
			put(s, "%s=?utf-8?Q?", word ? "?=\r\n " : "");
			word = s->out_len;
		}
		if ((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z'))
			put_char(s, (char)*p);
		else
			put(s, "=%02X", *p);
	}
	put(s, ascii ? "\r\n" : "?=\r\n");
}

static void put_text(struct smtp *s, const char *p)
{
	bool line_start = true;

	for (; *p; p++) {
		if (line_start && *p == '.')
			put_char(s, '.');
		line_start = *p == '\n';
		if (line_start)
			put(s, "\r\n");
		else
			put_char(s, (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p);
	}
	put(s, line_start ? ".\r\n" : "\r\n.\r\n");
}

/* The bare address of "Name <address>". False when it can't stand in a command. */
static bool bare_address(const char *text, char *buf)
{
	const char *open = strrchr(text, '<');
	size_t i, n = strlen(text);

	if (open && text[n - 1] == '>') {
		text = open + 1;
		n = strlen(text) - 1;
	}
	if (n > ADDRESS_MAX)
		return false;
	for (i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~' || text[i] == '<' || text[i] == '>')
			return false;
	memcpy(buf, text, n);
	buf[n] = '\0';
	return n > 0;
}

/* "Name <address>" for a header, the name in quotes where it needs them (RFC 5322 section 3.2.3). */
static void put_address(struct smtp *s, const char *text, const char *bare)
{
	const char *open = strrchr(text, '<');
	char name[ADDRESS_NAME_MAX];
	size_t i, n = open ? (size_t)(open - text) : 0;
	bool quote;

	while (n && text[n - 1] == ' ')
		n--;
	if (n >= sizeof(name))
		n = sizeof(name) - 1;
	memcpy(name, text, n);
	name[n] = '\0';
	quote = name[strcspn(name, "()<>[]:;@\\,.\"")] != '\0';
	if (quote)
		put_char(s, '"');
	for (i = 0; i < n; i++)
		if (name[i] != '"' && name[i] != '\\')
			put_char(s, printable(name[i]));
	put(s, open ? "%s%s<%s>" : "%s%s%s", quote ? "\"" : "", n ? " " : "", bare);
}

/* To names as many as fit in half the buffer. The others get the mail all the same, as if by Bcc. */
static void put_recipients(struct smtp *s)
{
	char bare[ADDRESS_MAX + 1];
	const char *between = "To: ";

	CONF_EACH(struct conf_name, to, &s->config->global.mail_to) {
		if (*between == ',' && s->out_len > sizeof(s->out) / 2 - ADDRESS_MAX - ADDRESS_NAME_MAX)
			break;
		if (!bare_address(to->name, bare))
			continue;
		put(s, "%s", between);
		put_address(s, to->name, bare);
		between = ",\r\n ";
	}
	put(s, "\r\n");
}

/* In universal time, which every reader's program turns into its own. */
static void put_date(struct smtp *s, const struct mail *m)
{
	/* When it happened, by what the clock says now: it may have been set in between. */
	time_t t = time(NULL) - (time_t)((loop_now(s->loop) - m->queued_us) / US_PER_S);
	struct date d = date_of(t);

	if (t < CLOCK_SET_S)
		return;
	put(s, "Date: %.3s, %02u %.3s %u %02u:%02u:%02u +0000\r\n", &DATE_WEEKDAYS[d.weekday * 3], d.day, &DATE_MONTHS[d.month * 3], d.year,
	    d.hour, d.minute, d.second);
}

static const char *sender(struct smtp *s, char *buf, size_t size)
{
	if (s->config->global.mail_from)
		return s->config->global.mail_from;
	text_format(buf, size, "root@%s", s->host);
	return buf;
}

/* Most servers take 8-bit text without being asked for 8BITMIME (RFC 6152); names beyond ASCII are rare enough to rely on it. */
static void put_mail(struct smtp *s)
{
	const struct mail *m = s->first;
	char buf[ADDRESS_MAX + 1], bare[ADDRESS_MAX + 1];
	const char *from = sender(s, buf, sizeof(buf));

	put_date(s, m);
	put(s, "From: ");
	/* It was looked at when the mail began. */
	if (bare_address(from, bare))
		put_address(s, from, bare);
	put(s, "\r\nSubject: ");
	put_subject(s, m->subject);
	put(s, "X-Mailer: Keepalived\r\n");
	put_recipients(s);
	put(s, "Message-ID: <%016llx.%u@%s>\r\n", (unsigned long long)s->id, m->number, s->host);
	put(s, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
	put_text(s, m->text);
}

static void flush(struct smtp *s)
{
	ssize_t n = send(s->io.fd, s->out + s->out_at, s->out_len - s->out_at, MSG_NOSIGNAL);

	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		fail_errno(s, "sending", errno);
		return;
	}
	if (n > 0)
		s->out_at += (size_t)n;
	io_set_events(s->loop, &s->io, s->out_at < s->out_len ? POLLIN | POLLOUT : POLLIN);
}

/* Each step has the whole timeout, so that a server which sends a byte now and then can't hold us. */
static void begin(struct smtp *s, enum step step)
{
	s->step = step;
	s->reply_len = 0;
	s->out_len = s->out_at = 0;
	timer_set(s->loop, &s->timer, s->config->global.smtp_timeout_us);
}

static void command(struct smtp *s, enum step step, const char *verb, const char *argument)
{
	begin(s, step);
	put(s, "%s", verb);
	while (*argument)
		put_char(s, printable(*argument++));
	put(s, step == STEP_FROM || step == STEP_TO ? ">\r\n" : "\r\n");
	flush(s);
}

static void give_up(struct smtp *s, const char *why)
{
	log_warn("SMTP server %s refuses an alert: %s", s->config->global.smtp_server, why);
	pop(s);
	again(s, 0);
}

/* RCPT TO for the recipient whose turn it is, or DATA after the last one. */
static void next_recipient(struct smtp *s, const char *why)
{
	char buf[ADDRESS_MAX + 1];
	const struct conf_name *to;

	while ((to = s->recipient)) {
		s->recipient = (const struct conf_name *)(const void *)to->node.next;
		if (bare_address(to->name, buf)) {
			command(s, STEP_TO, "RCPT TO:<", buf);
			return;
		}
		log_warn("%s:%u: not a mail address", to->node.file, to->node.line);
	}
	if (s->accepted)
		command(s, STEP_DATA, "DATA", "");
	else if (s->deferred)
		fail(s, why);
	else
		give_up(s, why);
}

static void next_mail(struct smtp *s)
{
	char from[ADDRESS_MAX + 1], buf[ADDRESS_MAX + 1];

	if (!s->first) {
		command(s, STEP_QUIT, "QUIT", "");
		return;
	}
	s->recipient = (const struct conf_name *)(const void *)s->config->global.mail_to.first;
	s->accepted = s->deferred = false;
	if (bare_address(sender(s, from, sizeof(from)), buf))
		command(s, STEP_FROM, "MAIL FROM:<", buf);
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

static void sent(struct smtp *s)
{
	log_debug("SMTP alert successfully sent.");
	pop(s);
	next_mail(s);
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
		command(s, STEP_HELO, "HELO ", helo ? helo : s->host);
	} else if (s->step == STEP_HELO) {
		next_mail(s);
	} else if (s->step == STEP_FROM) {
		next_recipient(s, "no recipient");
	} else if (s->step == STEP_DATA) {
		begin(s, STEP_TEXT);
		put_mail(s);
		flush(s);
	} else {
		sent(s);
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
			errno = err;
			connect_next(s);
			return;
		}
		begin(s, STEP_GREETING);
		io_set_events(s->loop, io, POLLIN);
	} else if (revents & ~POLLOUT) {
		receive(s);
	} else {
		flush(s);
	}
}

static int try_connect(struct smtp *s, const struct addr *a)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(a, s->config->global.smtp_port, 0, &ss);

	s->io.fd = socket(ss.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->io.fd < 0)
		return -1;
	s->io.events = POLLOUT;
	if (connect(s->io.fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS)
		return -1;
	return io_add(s->loop, &s->io);
}

/* The next address of the server; when there is none left, errno tells what was wrong with the last one. */
static void connect_next(struct smtp *s)
{
	int err = errno;

	while (s->next_addr < s->resolve.count) {
		disconnect(s);
		if (!try_connect(s, &s->resolve.addrs[s->next_addr++])) {
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
	connect_next(s);
}

static void start(struct smtp *s)
{
	int err = resolve_start(s->loop, &s->resolve, s->config->global.smtp_server);

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
		errno = ETIMEDOUT;
		connect_next(s);
	} else if (s->step == STEP_QUIT) {
		again(s, 0);
	} else {
		fail(s, "no answer in time");
	}
}

struct smtp *smtp_new(struct loop *loop)
{
	struct smtp *s = calloc(1, sizeof(*s));
	struct utsname u;
	size_t i;

	if (!s)
		return NULL;
	s->loop = loop;
	s->io = (struct io){ .fd = -1, .cb = on_socket };
	s->timer.cb = on_timer;
	s->resolve.done = on_resolved;
	if (getrandom(&s->id, sizeof(s->id), GRND_NONBLOCK) < 0)
		s->id = loop_now(loop) << 20 ^ (uint64_t)time(NULL);
	if (!uname(&u))
		strcpy(s->host, u.nodename);
	for (i = 0; s->host[i] == '.' || s->host[i] == '-' || (s->host[i] >= '0' && s->host[i] <= '9') ||
	     ((s->host[i] | 0x20) >= 'a' && (s->host[i] | 0x20) <= 'z'); i++)
		;
	if (!i || s->host[i])
		strcpy(s->host, "localhost");
	return s;
}

void smtp_free(struct smtp *s)
{
	if (!s)
		return;
	disconnect(s);
	pop_all(s);
	free(s->mailed);
	free(s);
}

static bool enabled(const struct smtp *s)
{
	return s->config && s->config->global.smtp_server && s->config->global.mail_to.first;
}

void smtp_set_config(struct smtp *s, const struct config *config)
{
	disconnect(s);
	s->config = config;
	free(s->mailed);
	/* Without it a mail may repeat the one before; nothing else is lost. A reload forgets: the names may have moved. */
	s->mailed_count = config->instances.count + config->groups.count;
	s->mailed = calloc(s->mailed_count, 1);
	if (!s->mailed)
		s->mailed_count = 0;
	if (!enabled(s))
		pop_all(s);
	again(s, 0);
}

void smtp_alert(struct smtp *s, const char *what, const char *text)
{
	char subject[SUBJECT_MAX];
	const char *router_id;
	size_t subject_len, text_len = strnlen(text, TEXT_MAX);
	struct mail *m;

	if (!enabled(s))
		return;
	router_id = s->config->global.router_id;
	text_format(subject, sizeof(subject), "[%s] %s", router_id ? router_id : s->host, what);
	subject_len = strlen(subject) + 1;
	/* Memory outside of a reload, but mails are rare and their number is bounded. */
	m = malloc(sizeof(*m) + subject_len + text_len + 1);
	if (!m || s->count == SMTP_QUEUE_MAX)
		s->dropped++;
	if (!m)
		return;
	if (s->count == SMTP_QUEUE_MAX)
		drop_oldest(s);
	*m = (struct mail){ .queued_us = loop_now(s->loop), .number = s->number++, .text = m->subject + subject_len };
	memcpy(m->subject, subject, subject_len);
	memcpy(m->text, text, text_len);
	m->text[text_len] = '\0';
	*(s->last ? &s->last->next : &s->first) = m;
	s->last = m;
	s->count++;
	if (s->step == STEP_IDLE)
		again(s, 0);
}

static uint8_t mailed_of(const struct router_event *e)
{
	if (e->deleted)
		return e->instance && e->instance->notify.deleted_state ? MAILED_DELETED : VRRP_FAULT;
	return e->stopping ? MAILED_STOP : (uint8_t)e->to;
}

void smtp_router_event(struct smtp *s, const struct router_event *e)
{
	static const char states[][9] = { "INIT", "BACKUP", "MASTER", "FAULT", "Stopping", "Deleted" };
	const struct notify_conf *notify = e->group ? &e->group->notify : &e->instance->notify;
	const char *kind = e->group ? "Group" : "Instance", *name = e->group ? e->group->name : e->instance->name;
	unsigned index = e->group ? s->config->instances.count + e->group->index : e->instance->index;
	uint8_t mailed = mailed_of(e);
	struct out text = { .buf = (char[TEXT_MAX]){ 0 }, .size = TEXT_MAX - 1 };
	char what[SUBJECT_MAX], subject[32];

	if (!notify->smtp_alert || e->priority_only || e->lower_seen || !enabled(s))
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
	if (mailed == MAILED_DELETED)
		out_print(&text, "VRRP Deleted at reload");
	else if (mailed == MAILED_STOP)
		out_print(&text, "%s stopping", e->group ? "All VRRP group instances are now" : "VRRP Instance");
	else if (e->group)
		out_print(&text, "All VRRP group instances are now in %s state", states[mailed]);
	else
		out_print(&text, "VRRP Instance is %s owning VRRP VIPs", mailed == VRRP_MASTER ? "now" : "no longer");
	out_print(&text, " <=\n\nRouter: %s\n%s: %s\nState: %s, was %s\n", s->config->global.router_id ? s->config->global.router_id : s->host,
		  kind, name, mailed == e->to ? states[mailed] : subject, states[e->from]);
	if (e->instance)
		out_print(&text, "Priority: %u\n", e->priority);
	if (e->why)
		out_print(&text, "Reason: %s\n", e->why);
	smtp_alert(s, what, text.buf);
}
