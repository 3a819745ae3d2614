/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include "text.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <unistd.h>

/* Tests put their own in place of these. */
#ifndef RESOLV_CONF
#define RESOLV_CONF "/etc/resolv.conf"
#define HOSTS_FILE "/etc/hosts"
#define DNS_PORT 53
#endif

#define TYPE_A 1
#define TYPE_AAAA 28
#define CLASS_IN 1
#define HEADER_LEN 12
#define RECORD_LEN 10 /* type, class, TTL, length: what follows a record's name */
#define FLAG_RESPONSE 0x8000
#define FLAG_OPCODE 0x7800
#define FLAG_TRUNCATED 0x0200
#define FLAG_RECURSE 0x0100
#define RCODE 0x000f
#define RCODE_NO_NAME 3
#define LABEL_MAX 63
#define WIRE_NAME_MAX 255
#define QUERY_MAX (HEADER_LEN + WIRE_NAME_MAX + 4)
#define UDP_MAX 1500
#define BOTH 3 /* bits of A and AAAA */
/* An adversary who guesses at our port shall not keep us busy: so many wrong datagrams, and the server is passed over. */
#define STRAYS_MAX 64

static const uint16_t types[2] = { TYPE_A, TYPE_AAAA };

static void try_next_server(struct resolve *);

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t *put16(uint8_t *p, unsigned value)
{
	p[0] = (uint8_t)(value >> 8);
	p[1] = (uint8_t)value;
	return p + 2;
}

static void close_socket(struct resolve *r)
{
	if (r->open) {
		io_remove(r->loop, &r->io);
		close(r->io.fd);
	}
	r->open = false;
}

void resolve_cancel(struct resolve *r)
{
	if (!r->running)
		return;
	close_socket(r);
	timer_stop(r->loop, &r->timer);
	r->running = false;
}

static void report(struct timer *t)
{
	struct resolve *r = container_of(t, struct resolve, timer);

	r->running = false;
	r->done(r, r->result);
}

/* By way of the timer, so that done() never runs within resolve_start(). */
static void finish(struct resolve *r, int result)
{
	close_socket(r);
	r->result = result;
	r->timer.cb = report;
	timer_set(r->loop, &r->timer, 0);
}

/* Adds "NAME" or "NAME.SUFFIX" in wire form. -EINVAL when a label or the whole is too long or empty. */
static int add_labels(struct resolve *r, const char *text)
{
	size_t n;

	while (*text) {
		n = strcspn(text, ".");
		if (!n || n > LABEL_MAX || r->question_len + 1 + n >= WIRE_NAME_MAX)
			return -EINVAL;
		r->question[r->question_len++] = (uint8_t)n;
		memcpy(r->question + r->question_len, text, n);
		r->question_len += n;
		text += n;
		text += *text == '.';
	}
	return r->question_len ? 0 : -EINVAL;
}

static int set_question(struct resolve *r, const char *suffix)
{
	int err;

	r->question_len = 0;
	err = add_labels(r, r->name);
	if (!err && *suffix)
		err = add_labels(r, suffix);
	if (err)
		return err;
	r->question[r->question_len++] = 0;
	r->tries = 0;
	r->got = 0;
	return 0;
}

/* bit: 0 for A, 1 for AAAA. */
static int send_query(struct resolve *r, unsigned bit)
{
	uint8_t query[QUERY_MAX], *p = query;

	if (getrandom(&r->ids[bit], sizeof(r->ids[bit]), GRND_NONBLOCK) < 0)
		r->ids[bit] = (uint16_t)(loop_now(r->loop) ^ (loop_now(r->loop) >> 16));
	p = put16(p, r->ids[bit]);
	p = put16(p, FLAG_RECURSE);
	p = put16(p, 1);
	memset(p, 0, 6);
	p += 6;
	memcpy(p, r->question, r->question_len);
	p = put16(p + r->question_len, types[bit]);
	p = put16(p, CLASS_IN);
	return send(r->io.fd, query, (size_t)(p - query), MSG_NOSIGNAL) < 0 ? -EIO : 0;
}

/* Past a name, or NULL. A pointer ends it: what it points at is of no interest here, so that loops can't arise. */
static const uint8_t *skip_name(const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		if (*p >= 0xc0)
			return end - p >= 2 ? p + 2 : NULL;
		if (*p > LABEL_MAX)
			return NULL;
		if (*p == 0)
			return p + 1;
		p += 1 + *p;
	}
	return NULL;
}

/* Addresses that can't be anybody's to connect to. */
static bool is_nobody(const struct addr *a)
{
	const struct addr any = { .family = a->family };

	return addr_equal(a, &any) || addr_is_multicast(a);
}

static void add_addr(struct resolve *r, const struct addr *a)
{
	unsigned at = r->count;

	if (is_nobody(a) || r->count == RESOLVE_ADDRS_MAX)
		return;
	/* IPv4 first: where IPv6 is half set up, its timeout would come before every mail. */
	while (at > 0 && a->family == AF_INET && r->addrs[at - 1].family == AF_INET6)
		at--;
	memmove(r->addrs + at + 1, r->addrs + at, (r->count - at) * sizeof(*r->addrs));
	r->addrs[at] = *a;
	r->count++;
}

/*
 * The records of an answer to our question, which stands before p. False: it ends before what it promises, which truncation alone excuses;
 * or it is truncated and has no address.
 */
static bool read_records(struct resolve *r, unsigned bit, const uint8_t *msg, const uint8_t *p, const uint8_t *end)
{
	int family = bit ? AF_INET6 : AF_INET;
	size_t len = bit ? 16 : 4;
	struct addr found[RESOLVE_ADDRS_MAX];
	unsigned records = get16(msg + 6), n = 0, i;
	bool whole = true, truncated = msg[2] & FLAG_TRUNCATED >> 8;

	while (records--) {
		p = skip_name(p, end);
		whole = p && end - p >= RECORD_LEN && end - p - RECORD_LEN >= get16(p + 8);
		if (!whole)
			break;
		if (get16(p) == types[bit] && get16(p + 2) == CLASS_IN && get16(p + 8) == len && n < RESOLVE_ADDRS_MAX)
			found[n++] = addr_from_bytes(family, p + RECORD_LEN);
		p += RECORD_LEN + get16(p + 8);
	}
	if (truncated ? !n : !whole)
		return false;
	for (i = 0; i < n; i++)
		add_addr(r, &found[i]);
	return true;
}

/* A label's length is never a letter. */
static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Which of our questions a message answers: 0 or 1, or -1. Names are compared without case: some servers fold it. */
static int match_question(const struct resolve *r, const uint8_t *msg, size_t len)
{
	const uint8_t *q = msg + HEADER_LEN;
	size_t i;
	int bit;

	if (len < HEADER_LEN + r->question_len + 4 || get16(msg + 4) != 1)
		return -1;
	if ((get16(msg + 2) & (FLAG_RESPONSE | FLAG_OPCODE)) != FLAG_RESPONSE)
		return -1;
	for (i = 0; i < r->question_len; i++)
		if (fold(q[i]) != fold(r->question[i]))
			return -1;
	for (bit = 0; bit < 2; bit++)
		if (get16(msg) == r->ids[bit] && get16(q + i) == types[bit] && get16(q + i + 2) == CLASS_IN &&
		    !((r->got | r->failed) & 1 << bit))
			return bit;
	return -1;
}

/* Takes a message in. False when it is no answer to what we asked. */
static bool take_answer(struct resolve *r, const uint8_t *msg, size_t len)
{
	int bit = match_question(r, msg, len);
	unsigned code;

	if (bit < 0)
		return false;
	code = get16(msg + 2) & RCODE;
	if ((!code || code == RCODE_NO_NAME) &&
	    read_records(r, (unsigned)bit, msg, msg + HEADER_LEN + r->question_len + 4, msg + len))
		r->got |= (uint8_t)(1 << bit);
	else
		r->failed |= (uint8_t)(1 << bit);
	return true;
}

static void next_form(struct resolve *r)
{
	char suffix[RESOLVE_NAME_MAX];
	size_t n;

	while (!r->last_form) {
		n = strcspn(r->search + r->next_search, " ");
		memcpy(suffix, r->search + r->next_search, n);
		suffix[n] = '\0';
		r->last_form = n == 0; /* the name as it is comes after all domains */
		r->next_search += n + (r->search[r->next_search + n] == ' ');
		if (!set_question(r, suffix)) {
			try_next_server(r);
			return;
		}
	}
	finish(r, -ENOENT);
}

/* After every change: whether enough is known. */
static void proceed(struct resolve *r)
{
	if ((r->got | r->failed) != BOTH)
		return;
	if (r->count)
		finish(r, 0);
	else if (r->failed)
		try_next_server(r);
	else
		next_form(r);
}

static void on_socket(struct io *io, short revents)
{
	struct resolve *r = container_of(io, struct resolve, io);
	uint8_t msg[UDP_MAX];
	ssize_t n = recv(io->fd, msg, sizeof(msg), 0);

	(void)revents;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* ECONNREFUSED and kin: nobody serves there. */
	if (n < 0 || (!take_answer(r, msg, (size_t)n) && ++r->strays > STRAYS_MAX))
		try_next_server(r);
	else
		proceed(r);
}

/* To the server whose turn it is. */
static int open_socket(struct resolve *r)
{
	const struct resolve_server *server = &r->servers[(r->tries - 1) % r->server_count];
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&server->addr, DNS_PORT, server->scope_id, &ss);
	int fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	r->io = (struct io){ .fd = fd, .events = POLLIN, .cb = on_socket };
	if (connect(fd, (struct sockaddr *)&ss, len) || io_add(r->loop, &r->io)) {
		close(fd);
		return -EIO;
	}
	r->open = true;
	timer_set(r->loop, &r->timer, r->timeout_s * US_PER_S);
	return 0;
}

static void on_timeout(struct timer *t)
{
	struct resolve *r = container_of(t, struct resolve, timer);

	/* One of the two questions may be one that the server never answers. */
	if (r->count)
		finish(r, 0);
	else
		try_next_server(r);
}

static void try_next_server(struct resolve *r)
{
	if (r->count) {
		finish(r, 0);
		return;
	}
	r->timer.cb = on_timeout;
	while (r->tries < r->server_count * r->attempts) {
		close_socket(r);
		r->tries++;
		r->strays = 0;
		r->got = r->failed = 0;
		if (!open_socket(r) && !send_query(r, 0) && !send_query(r, 1))
			return;
	}
	finish(r, -ETIMEDOUT);
}

/* Calls take() with the words of each line, its comment removed. */
static void read_file(struct resolve *r, const char *path, void (*take)(struct resolve *, char *word, char **rest))
{
	char *text = text_load(path), *at = text, *line, *rest, *word;

	while ((line = strsep(&at, "\n"))) {
		line[strcspn(line, "#")] = '\0';
		word = strtok_r(line, " \t\r", &rest);
		if (word)
			take(r, word, &rest);
	}
	free(text);
}

static char *next_word(char **rest)
{
	return strtok_r(NULL, " \t\r", rest);
}

static void take_host(struct resolve *r, char *word, char **rest)
{
	struct addr a;
	char *name;

	if (addr_parse(word, &a))
		return;
	while ((name = next_word(rest)))
		if (!strcasecmp(name, r->name)) {
			add_addr(r, &a);
			return;
		}
}

static void take_server(struct resolve *r, char *text)
{
	struct resolve_server *s = &r->servers[r->server_count];
	char *scope;

	if (!text || r->server_count == RESOLVE_SERVERS_MAX)
		return;
	scope = strchr(text, '%');
	if (scope)
		*scope++ = '\0';
	if (addr_parse(text, &s->addr))
		return;
	s->scope_id = scope ? if_nametoindex(scope) : 0;
	r->server_count++;
}

static void take_option(const char *word, const char *name, unsigned max, unsigned *out)
{
	size_t n = strlen(name);
	long long value;

	if (strncmp(word, name, n))
		return;
	value = text_number(word + n, NULL, 10);
	*out = value < 0 || value > max ? max : (unsigned)value;
}

static void take_resolv(struct resolve *r, char *word, char **rest)
{
	bool options = !strcmp(word, "options");
	size_t len = 0;

	if (!strcmp(word, "nameserver")) {
		take_server(r, next_word(rest));
	} else if (!strcmp(word, "search") || !strcmp(word, "domain")) {
		/* Of several lines the last one counts. */
		r->search[0] = '\0';
		while ((word = next_word(rest)) && len + strlen(word) + 2 <= sizeof(r->search))
			len += text_format(r->search + len, sizeof(r->search) - len, "%s%s", len ? " " : "", word);
	}
	while (options && (word = next_word(rest))) {
		take_option(word, "timeout:", 30, &r->timeout_s);
		take_option(word, "attempts:", 5, &r->attempts);
		take_option(word, "ndots:", 15, &r->ndots);
	}
}

static void start_dns(struct resolve *r)
{
	size_t len = strlen(r->name);
	unsigned dots = 0;
	const char *p;

	r->attempts = 2;
	r->timeout_s = 5;
	r->ndots = 1;
	r->search[0] = '\0';
	read_file(r, RESOLV_CONF, take_resolv);
	r->attempts += !r->attempts;
	r->timeout_s += !r->timeout_s;
	if (!r->server_count) {
		addr_parse("127.0.0.1", &r->servers[0].addr);
		r->servers[0].scope_id = 0;
		r->server_count = 1;
	}
	for (p = r->name; *p; p++)
		dots += *p == '.';
	/* A final dot makes a name complete; so do as many dots as ndots says. */
	if (r->name[len - 1] == '.' || dots >= r->ndots)
		r->search[0] = '\0';
	next_form(r);
}

int resolve_start(struct loop *loop, struct resolve *r, const char *name)
{
	struct addr literal;

	resolve_cancel(r);
	if (strlen(name) >= sizeof(r->name))
		return -EINVAL;
	strcpy(r->name, name);
	r->loop = loop;
	r->count = r->server_count = 0;
	r->next_search = 0;
	r->last_form = false;
	if (!addr_parse(name, &literal)) {
		r->addrs[r->count++] = literal;
	} else {
		if (set_question(r, ""))
			return -EINVAL;
		read_file(r, HOSTS_FILE, take_host);
		if (!r->count && !strcasecmp(name, "localhost")) {
			addr_parse("127.0.0.1", &literal);
			add_addr(r, &literal);
		}
	}
	r->running = true;
	if (r->count)
		finish(r, 0);
	else
		start_dns(r);
	return 0;
}
