/* SPDX-License-Identifier: MIT */
#include "resolve.h"
#include "bytes.h"
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
#define RECORD_LEN 10 /* type, class, TTL, length: what follows a record's name */
#define FLAG_TRUNCATED 0x0200
#define RCODE_NO_NAME 3
#define UDP_MAX 1500
/* An adversary who guesses at our port shall not keep us busy: so many wrong datagrams, and the server is passed over. */
#define STRAYS_MAX 64

enum { TIMEOUT_S, ATTEMPTS, NDOTS };

static void try_next_server(struct resolve *);

void resolve_cancel(struct resolve *r)
{
	if (!r->running)
		return;
	io_close(&r->io);
	timer_stop(&r->timer);
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
	io_close(&r->io);
	r->result = result;
	r->timer.cb = report;
	timer_set(&r->timer, 0);
}

/* The query for "NAME" or "NAME.SUFFIX". -EINVAL when a label or the whole is too long or empty. */
static int set_query(struct resolve *r, const char *suffix)
{
	char name[2 * RESOLVE_NAME_MAX];

	text_format(name, sizeof(name), *suffix ? "%s.%s" : "%s", r->name, suffix);
	r->query_len = (uint16_t)dns_query(r->query, name, TYPE_A);
	r->tries = 0;
	/* The root has no address. */
	return r->query_len > DNS_HEADER + 5 ? 0 : -EINVAL;
}

/* Of the family whose turn it is. */
static int send_query(struct resolve *r)
{
	if (getrandom(r->query, 2, GRND_NONBLOCK) < 0)
		put16(r->query, (unsigned)(loop_now() ^ (loop_now() >> 16)));
	put16(r->query + r->query_len - 4, r->ipv6 ? TYPE_AAAA : TYPE_A);
	timer_set(&r->timer, r->numbers[TIMEOUT_S] * US_PER_S);
	return send(r->io.fd, r->query, r->query_len, MSG_NOSIGNAL) < 0 ? -EIO : 0;
}

/* The record whose name begins here, behind that name; NULL when it is not whole. A pointer ends a name: what it points at is of no interest
 * here, so that loops can't arise. */
static const uint8_t *find_record(const uint8_t *p, const uint8_t *end)
{
	while (p < end && *p && *p <= DNS_LABEL_MAX)
		p += 1 + *p;
	if (end - p < 2 || (*p && *p < 0xc0))
		return NULL;
	p += *p ? 2 : 1;
	return end - p >= RECORD_LEN && (size_t)(end - p) >= RECORD_LEN + get16(p + 8) ? p : NULL;
}

/* Addresses that can't be anybody's to connect to. */
static bool is_nobody(const struct addr *a)
{
	const struct addr any = { .family = a->family };

	return addr_equal(a, &any) || addr_is_multicast(a);
}

static void add_addr(struct resolve *r, const struct addr *a)
{
	if (!is_nobody(a) && r->count < RESOLVE_ADDRS_MAX)
		r->addrs[r->count++] = *a;
}

/*
 * The records of an answer to our question, which stands before p. False: it ends before what it promises, which truncation alone excuses;
 * or it is truncated and has no address.
 */
static bool read_records(struct resolve *r, const uint8_t *msg, const uint8_t *p, const uint8_t *end)
{
	unsigned records = get16(msg + 6), before = r->count, len;
	bool any = false;
	struct addr a;

	while (records-- && (p = find_record(p, end))) {
		len = get16(p + 8);
		if (!memcmp(p, r->query + r->query_len - 4, 4) && len == (r->ipv6 ? 16 : 4)) {
			a = addr_from_bytes(r->ipv6 ? AF_INET6 : AF_INET, p + RECORD_LEN);
			add_addr(r, &a);
			any = true;
		}
		p += RECORD_LEN + len;
	}
	if (msg[2] & FLAG_TRUNCATED >> 8 ? any : p != NULL)
		return true;
	r->count = before;
	return false;
}

static void next_form(struct resolve *r)
{
	const char *suffix;

	while ((suffix = strsep(&r->suffixes, " ")))
		if (!set_query(r, suffix)) {
			try_next_server(r);
			return;
		}
	finish(r, -ENOENT);
}

/* Takes a message in. False when it is no answer to what we asked. */
static bool take_answer(struct resolve *r, const uint8_t *msg, size_t len)
{
	int code = dns_rcode(r->query, r->query_len, msg, len);

	/* Only what repeats our question is believed. */
	if (code < 0 || !msg[5])
		return false;
	if ((code && code != RCODE_NO_NAME) || !read_records(r, msg, msg + r->query_len, msg + len))
		r->failed = true;
	return true;
}

/* After an answer. */
static void proceed(struct resolve *r)
{
	if (!r->ipv6) {
		r->ipv6 = true;
		if (!send_query(r))
			return;
		r->failed = true;
	}
	if (r->failed || r->count)
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
	if (n >= 0 && take_answer(r, msg, (size_t)n))
		proceed(r);
	/* ECONNREFUSED and kin: nobody serves there. */
	else if (n < 0 || ++r->strays > STRAYS_MAX)
		try_next_server(r);
}

/* To the server whose turn it is. */
static int open_socket(struct resolve *r)
{
	const struct resolve_server *server = &r->servers[r->tries++ % r->server_count];

	r->io = (struct io){ .fd = addr_connect(&server->addr, DNS_PORT, server->scope_id, SOCK_DGRAM), .events = POLLIN, .cb = on_socket };
	return r->io.fd < 0 ? -errno : io_add(&r->io);
}

static void on_timeout(struct timer *t)
{
	try_next_server(container_of(t, struct resolve, timer));
}

/* Unless there is an address already: one of the two questions may be one that the server never answers. */
static void try_next_server(struct resolve *r)
{
	r->timer.cb = on_timeout;
	while (!r->count && r->tries < r->server_count * r->numbers[ATTEMPTS]) {
		io_close(&r->io);
		r->strays = 0;
		r->ipv6 = r->failed = false;
		if (!open_socket(r) && !send_query(r))
			return;
	}
	finish(r, r->count ? 0 : -ETIMEDOUT);
}

/* Calls take() for each line, its comment removed. */
static void read_file(struct resolve *r, const char *path, void (*take)(struct resolve *, char *line))
{
	char *text = text_load(path), *at = text, *line;

	while ((line = strsep(&at, "\n"))) {
		line[strcspn(line, "#")] = '\0';
		take(r, line);
	}
	free(text);
}

/* The next one, or NULL. */
static char *next_word(char **line)
{
	char *word;

	do
		word = strsep(line, " \t\r");
	while (word && !*word);
	return word;
}

/* IPv4 first: where IPv6 is half set up, its timeout would come before every mail. */
static void take_host(struct resolve *r, char *line)
{
	char *word = next_word(&line);
	struct addr a;

	if (!word || addr_parse(word, &a) || (a.family == AF_INET6) != r->ipv6)
		return;
	while ((word = next_word(&line)))
		if (!strcasecmp(word, r->name)) {
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

static void take_option(struct resolve *r, char *word)
{
	static const uint8_t most[] = { [TIMEOUT_S] = 30, [ATTEMPTS] = 5, [NDOTS] = 15 };
	int i = text_index("timeout attempts ndots", strsep(&word, ":"));
	long long value;

	if (i < 0 || !word)
		return;
	value = text_number(word, NULL, 10);
	r->numbers[i] = value < 0 || value > most[i] ? most[i] : (uint8_t)value;
}

static void take_resolv(struct resolve *r, char *line)
{
	char *word = next_word(&line);
	int what = word ? text_index("nameserver options search domain", word) : -1;
	size_t len = 0;

	if (what == 0)
		take_server(r, next_word(&line));
	/* Of several lines the last one counts. */
	if (what >= 2)
		r->search[0] = '\0';
	while (what > 0 && (word = next_word(&line)))
		if (what == 1)
			take_option(r, word);
		else if (len + strlen(word) + 2 <= sizeof(r->search))
			len += text_format(r->search + len, sizeof(r->search) - len, "%s ", word);
}

static void start_dns(struct resolve *r)
{
	unsigned dots = 0;
	const char *p;

	r->numbers[ATTEMPTS] = 2;
	r->numbers[TIMEOUT_S] = 5;
	r->numbers[NDOTS] = 1;
	r->search[0] = '\0';
	read_file(r, RESOLV_CONF, take_resolv);
	r->numbers[ATTEMPTS] += !r->numbers[ATTEMPTS];
	r->numbers[TIMEOUT_S] += !r->numbers[TIMEOUT_S];
	if (!r->server_count)
		take_server(r, (char[]){ "127.0.0.1" });
	for (p = r->name; *p; p++)
		dots += *p == '.';
	/* A final dot makes a name complete; so do as many dots as ndots says. The name as it is comes after all domains. */
	if (p[-1] == '.' || dots >= r->numbers[NDOTS])
		r->search[0] = '\0';
	r->suffixes = r->search;
	next_form(r);
}

int resolve_start(struct resolve *r, const char *name)
{
	char local[] = "127.0.0.1 localhost";

	resolve_cancel(r);
	if (strlen(name) >= sizeof(r->name))
		return -EINVAL;
	strcpy(r->name, name);
	r->io.fd = -1;
	r->server_count = 0;
	r->count = !addr_parse(name, &r->addrs[0]);
	r->ipv6 = false;
	if (!r->count) {
		if (set_query(r, ""))
			return -EINVAL;
		read_file(r, HOSTS_FILE, take_host);
		r->ipv6 = true;
		read_file(r, HOSTS_FILE, take_host);
		r->ipv6 = false;
	}
	if (!r->count)
		take_host(r, local);
	r->running = true;
	if (r->count)
		finish(r, 0);
	else
		start_dns(r);
	return 0;
}
