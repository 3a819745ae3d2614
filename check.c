/* SPDX-License-Identifier: MIT */
#include "check_kind.h"

#include "notify.h"
#include "text.h"
#include "track_file.h"
#include "x509.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of one turn of the loop: then adverts and all else have theirs. What is beyond waits for the next one. */
#define WORK_MAX 16
#define WORK_SCRIPT 8
#define WORK_TLS 16
#define OVERLOAD_US 1000
#define KILL_AFTER_US (2 * US_PER_S)
#define RESULT_MAX 96
/* A connection with TLS has a buffer of a record's size. */
#define TLS_MAX 64

/* There is one of it in a process. */
static struct {
	void (*changed)(struct check_owner *, struct check *, bool turned);
	struct check *file_checks;
	struct trust *trust;
	int trust_err;
	unsigned tls_open;
	struct log_limit troubles;
	uint64_t turn_us;
	unsigned work;           /* done in that turn */
	uint32_t random;
	char result[RESULT_MAX]; /* for check_view() */
} checks;

/* Of each kind, in their order: its name in the configuration, then what the log says of failure and of success. */
static const char names[] =
	"TCP_CHECK\0" "TCP_CHECK\0" "TCP connection to\0"
	"HTTP_GET\0" "HTTP_CHECK\0" "Remote Web server\0"
	"SSL_GET\0" "HTTP_CHECK\0" "Remote Web server\0"
	"SMTP_CHECK\0" "SMTP_CHECK\0" "Remote SMTP server\0"
	"DNS_CHECK\0" "DNS_CHECK\0" "DNS_CHECK on service\0"
	"MISC_CHECK\0" "\0" "\0"
	"UDP_CHECK\0" "UDP_CHECK\0" "UDP connection to\0"
	"PING_CHECK\0" "ICMP CHECK\0" "ICMP connection to\0"
	"FILE_CHECK";
enum name { NAME, BLAME, PRAISE, NAMES };

static const struct kind {
	void (*begin)(struct check *);
	void (*ready)(struct check *);
} kinds[] = {
	[CHECK_HTTP] = { web_begin, web_ready }, [CHECK_SSL] = { web_begin, web_ready }, [CHECK_SMTP] = { smtp_begin, smtp_ready },
	[CHECK_DNS] = { dns_begin, datagram_ready }, [CHECK_UDP] = { udp_begin, datagram_ready }, [CHECK_PING] = { ping_begin, datagram_ready },
};
/* Of the socket, where that is not SOCK_STREAM. */
static const uint8_t types[CHECK_FILE + 1] = { [CHECK_DNS] = SOCK_DGRAM, [CHECK_UDP] = SOCK_DGRAM, [CHECK_PING] = SOCK_RAW };

static const struct kind *kind_of(const struct check *k)
{
	return &kinds[k->conf->kind];
}

static const char *name_of(const struct check *k, enum name which)
{
	return text_nth(names, k->conf->kind * (unsigned)NAMES + which);
}

static bool is_web(const struct check *k)
{
	return k->conf->kind == CHECK_HTTP || k->conf->kind == CHECK_SSL;
}

/* Marsaglia's xorshift: for spreading in time and for numbers that a connected socket protects. */
uint32_t check_random(void)
{
	uint32_t x = checks.random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return checks.random = x;
}

int check_trust(struct trust **trust)
{
	*trust = checks.trust;
	return checks.trust_err;
}

static bool over_budget(unsigned cost)
{
	uint64_t now = loop_now();

	if (checks.turn_us != now) {
		checks.turn_us = now;
		checks.work = 0;
	}
	checks.work += cost;
	return checks.work > WORK_MAX;
}

static void later(struct check *k, uint64_t delay_us)
{
	timer_set(&k->timer, delay_us);
}

static void later_random(struct check *k, uint64_t most_us)
{
	later(k, (most_us >> 16) * (check_random() >> 16));
}

void check_extend(struct check *k)
{
	later(k, k->conf->set.connect_timeout_us);
}

void check_wait(struct check *k, short events)
{
	k->u.io.events = events;
}

/* Gives up what is under way. */
static void close_try(struct check *k)
{
	if (k->phase == CHECK_CONNECTING || k->phase == CHECK_TALKING) {
		if (k->state && is_web(k))
			web_end(k);
		free(k->state);
		k->state = NULL;
		checks.tls_open -= k->conf->kind == CHECK_SSL;
		io_remove(&k->u.io);
		close(k->u.io.fd);
	} else if (k->phase != CHECK_IDLE) {
		child_remove(&k->u.child);
	}
	k->phase = CHECK_IDLE;
}

static const char *result_text(const struct check *k, char buf[RESULT_MAX])
{
	const char *what = k->what ? k->what : "";

	if (k->detail < 0)
		text_format(buf, RESULT_MAX, "%-s: %*m", what, k->detail);
	else
		text_format(buf, RESULT_MAX, k->detail ? "%-s %d" : "%-s", what, k->detail);
	return buf;
}

#define SAY(...) log_write(LOG_INFO | LOG_FROM_CHECK, __VA_ARGS__)

/* final: the verdict, else a failure that has further tries. after: " after N retries" or "". */
static void log_result(const struct check *k, bool ok, bool final, const char *after)
{
	const char *blame, *praise;
	char result[RESULT_MAX];

	result_text(k, result);
	if (k->conf->kind == CHECK_MISC) {
		SAY(ok ? "Misc check for [%s VS %s] by [%s] succeeded." : "Misc check for [%s VS %s] by [%s] failed%s (%s).", k->owner->real, k->owner->virtual,
		    k->conf->u.misc.script.argv[0], after, result);
		return;
	}
	blame = name_of(k, BLAME);
	praise = name_of(k, PRAISE);
	if (ok)
		SAY("%s %s %s.", praise, k->owner->real, *praise == 'R' ? "succeed on service" : "success");
	else if (final)
		SAY("%s on service %s failed%s. (%s)", blame, k->owner->real, after, result);
	else
		SAY("%s %s failed. (%s)", praise, k->owner->real, result);
}

const struct url_conf *check_url(const struct check *k)
{
	const struct conf_node *url = k->conf->u.http.urls.first;
	unsigned i;

	for (i = 0; i < k->url; i++)
		url = url->next;
	return (const struct url_conf *)(const void *)url;
}

/* One url was fetched as it should be. True when that was the last one of a round without failure. */
static bool next_url(struct check *k)
{
	const struct url_conf *url = check_url(k);
	bool last = !url->node.next, whole;

	if (!k->up)
		SAY("%s success to %s url(%s)", url->has_digest ? "MD5 digest" : "HTTP status code", k->owner->real, url->path);
	whole = last && !k->failed_url;
	/* After the one that had failed, all are asked again. */
	k->url = last || k->failed_url ? 0 : k->url + 1;
	k->failed_url = false;
	return whole;
}

/* The time until the next try; sets *final where there are no more retries. */
static uint64_t after_failure(struct check *k, bool *final)
{
	const struct check_settings *set = &k->conf->set;
	enum check_kind kind = k->conf->kind;
	bool first = !k->tried;
	/* A server that is down is not retried but for these two, who count in rounds. */
	bool counts = k->up || first || kind == CHECK_TCP || kind == CHECK_SMTP;

	/* At start there is nothing to lose by a quick verdict. SMTP_CHECK has always been more patient. */
	if (counts && k->retried < set->retry && (!first || kind == CHECK_SMTP)) {
		k->retried++;
		return set->delay_before_retry_us;
	}
	k->retried = 0;
	*final = k->up || first;
	if (!is_web(k))
		return set->delay_loop_us;
	k->failed_url |= *final;
	return k->failed_url && set->delay_loop_us > set->delay_before_retry_us ? set->delay_loop_us : set->delay_before_retry_us;
}

static uint64_t after_success(struct check *k, bool *final)
{
	bool whole = !is_web(k) || next_url(k);

	k->retried = 0;
	*final = whole && (!k->up || !k->tried);
	if (is_web(k) && k->conf->u.http.fast_recovery && !*final && (!k->tried || !k->up) && !k->failed_url)
		return 0;
	return k->conf->set.delay_loop_us;
}

void check_end(struct check *k, bool ok, const char *what, int detail)
{
	bool final = false, tell = k->weight != k->told_weight, turned;
	uint64_t now = loop_now(), delay;
	char after[32] = "";

	close_try(k);
	k->failures += !ok;
	k->what = what;
	k->detail = detail;
	k->last_us = now;
	if (k->tried && k->conf->set.retry)
		text_format(after, sizeof(after), " after %u retries", k->conf->set.retry);
	delay = ok ? after_success(k, &final) : after_failure(k, &final);
	if (final || (!ok && k->up && k->conf->log_all_failures))
		log_result(k, ok, final, after);
	turned = final && k->up != ok;
	k->up ^= turned;
	k->tried |= final;
	/* Scripts are due by when they began, not by how long they took. */
	if (k->conf->kind == CHECK_MISC)
		delay = delay > now - k->begun_us ? delay - (now - k->begun_us) : 0;
	later(k, delay);
	k->told_weight = k->weight;
	if (final || tell)
		checks.changed(k->owner, k, turned);
}

/* A try that could not be made says nothing about the server: its verdict stays. */
static void postpone(struct check *k, int err)
{
	uint64_t delay = k->conf->set.delay_before_retry_us;
	unsigned held;

	if (!k->stuck && log_allow(&checks.troubles, loop_now(), &held))
		log_write(LOG_WARNING | LOG_FROM_CHECK, "%s on service %s can't be tried: %*m. Rescheduling.", name_of(k, NAME), k->owner->real, err);
	k->stuck = true;
	later(k, delay > US_PER_S ? delay : US_PER_S);
}

void *check_alloc(struct check *k, size_t size)
{
	k->state = calloc(1, size);
	if (!k->state) {
		close_try(k);
		postpone(k, ENOMEM);
	}
	return k->state;
}

/* Whether a failed connect() tells something about the server or the way to it; else it is about us. */
static bool is_about_server(int err)
{
	static const uint8_t those[] = { ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, EHOSTDOWN, ENETDOWN, ECONNRESET, ECONNABORTED, ETIMEDOUT };

	return memchr(those, err, sizeof(those));
}

bool check_send(struct check *k, const void *data, size_t len)
{
	ssize_t n = send(k->u.io.fd, data, len, MSG_NOSIGNAL);

	/* Less than all can't be: the buffer was empty. */
	if (n == (ssize_t)len)
		return true;
	check_end(k, false, "Cannot send", n < 0 ? -errno : -EMSGSIZE);
	return false;
}

static void connected(struct check *k)
{
	const struct kind *kind = kind_of(k);

	k->phase = CHECK_TALKING;
	if (kind->begin) {
		check_extend(k);
		check_wait(k, POLLIN);
		kind->begin(k);
	} else {
		check_end(k, true, "connected", 0);
	}
}

static void on_socket(struct io *io, short revents)
{
	struct check *k = container_of(io, struct check, u.io);
	socklen_t len = sizeof(int);
	int err = 0;

	/* Poll will tell again. */
	if (over_budget(k->phase == CHECK_TALKING && k->conf->kind == CHECK_SSL ? WORK_TLS : 1))
		return;
	if (k->phase == CHECK_TALKING) {
		kind_of(k)->ready(k);
		return;
	}
	if (revents & (POLLERR | POLLHUP))
		getsockopt(io->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err)
		check_end(k, false, "Connection failed", -err);
	else
		connected(k);
}

/* Not 0 with errno. */
static int prepare(const struct check_conf *c, int fd)
{
	static const struct linger reset = { .l_onoff = 1 };
	static const int on = 1;
	bool v6 = c->connect_ip.family == AF_INET6;
	struct addr from = c->bindto;
	struct sockaddr_storage ss;
	int bad = 0;

	if (c->fwmark)
		bad |= setsockopt(fd, SOL_SOCKET, SO_MARK, &c->fwmark, sizeof(c->fwmark));
	/* It is the scope of link-local addresses, too. */
	if (c->bind_if)
		bad |= setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, c->bind_if, (socklen_t)strlen(c->bind_if) + 1);
	/* So that all that ICMP says of a datagram's fate becomes an error. */
	if (types[c->kind])
		setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(on));
	/* A port of ours must be free again at the next try, not a minute later. */
	if (c->bind_port)
		bad |= setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) | setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (bad || (!from.family && !c->bind_port))
		return bad;
	from.family = c->connect_ip.family;
	return bind(fd, (struct sockaddr *)&ss, addr_to_sockaddr(&from, c->bind_port, 0, &ss));
}

static void open_connection(struct check *k)
{
	const struct check_conf *c = k->conf;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&c->connect_ip, c->connect_port, 0, &ss);
	int type = types[c->kind], err, fd;

	fd = type == SOCK_RAW ? ping_socket(k) : socket(ss.ss_family, (type ? type : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	k->u.io = (struct io){ .fd = fd, .events = POLLOUT, .cb = on_socket };
	if (fd < 0 || prepare(c, fd) || (connect(fd, (struct sockaddr *)&ss, len) && errno != EINPROGRESS) || io_add(&k->u.io)) {
		err = errno;
		if (fd >= 0)
			close(fd);
		if (is_about_server(err))
			check_end(k, false, "Connection failed", -err);
		else
			postpone(k, err);
		return;
	}
	k->stuck = false;
	k->phase = CHECK_CONNECTING;
	checks.tls_open += c->kind == CHECK_SSL;
	check_extend(k);
	if (type)
		connected(k);
}

/* MISC_CHECK */

static void on_script_end(struct child *child, int status)
{
	struct check *k = container_of(child, struct check, u.child);
	bool dynamic = k->conf->u.misc.dynamic;
	int code = WEXITSTATUS(status);

	if (WIFEXITED(status)) {
		/* 0: what the configuration says. */
		if (dynamic && code != 1)
			k->weight = code;
		check_end(k, !code || (dynamic && code >= 2), code ? "exited with status" : "exited well", code);
	} else if (k->phase == CHECK_SCRIPT) {
		check_end(k, false, "due to signal", WTERMSIG(status));
	} else {
		/* What it started goes with it. */
		notify_kill(child->pid, SIGKILL);
		check_end(k, false, "timed out", 0);
	}
}

static void run_script(struct check *k)
{
	int err;

	k->u.child.cb = on_script_end;
	err = notify_spawn(&k->conf->u.misc.script, NULL, &k->u.child);
	if (err) {
		postpone(k, err);
		return;
	}
	k->stuck = false;
	k->phase = CHECK_SCRIPT;
	later(k, k->conf->u.misc.timeout_us);
}

static void end_script(struct check *k)
{
	notify_kill(k->u.child.pid, k->phase == CHECK_SCRIPT ? SIGTERM : SIGKILL);
	k->phase = CHECK_SCRIPT_END;
	later(k, KILL_AFTER_US);
}

/* FILE_CHECK */

/* Takes over what the file says; true when that changes the verdict or the weight. */
static bool read_file(struct check *k)
{
	const struct check_conf *c = k->conf;
	int value = track_file_value(c->u.file.file->index);
	int64_t weight = (int64_t)value * c->u.file.weight * (c->u.file.reverse ? -1 : 1);
	bool up = c->u.file.weight ? weight > INT_MIN : !value != c->u.file.reverse;
	int old = k->weight;

	if (!c->u.file.weight || !up)
		weight = 0;
	k->weight = weight > INT_MAX ? INT_MAX : (int)weight;
	k->what = "value";
	k->detail = value;
	k->last_us = loop_now();
	k->failures += !up;
	if (up == k->up)
		return k->weight != old;
	k->up = up;
	return true;
}

static void reread_file(struct check *k)
{
	bool was_up = k->up;

	if (!read_file(k))
		return;
	if (k->up != was_up)
		SAY("(%s): tracked file %s %s FAULT state", k->owner->real, k->conf->u.file.name, k->up ? "leaving" : "now");
	checks.changed(k->owner, k, k->up != was_up);
}

static void on_file(unsigned index)
{
	struct check *k;

	/* By way of the timer, since a check may be stopped meanwhile. */
	for (k = checks.file_checks; k; k = k->u.next_file)
		if (k->conf->u.file.file->index == index)
			later(k, 0);
}

static void file_start(struct check *k)
{
	k->u.next_file = checks.file_checks;
	checks.file_checks = k;
	k->up = k->tried = true;
	read_file(k);
}

static void file_stop(const struct check *k)
{
	struct check **at = &checks.file_checks;

	while (*at != k)
		at = &(*at)->u.next_file;
	*at = k->u.next_file;
}

/* All of them */

static void on_timer(struct timer *t)
{
	struct check *k = container_of(t, struct check, timer);
	bool script = k->conf->kind == CHECK_MISC;

	if (k->conf->kind == CHECK_FILE) {
		reread_file(k);
	} else if (k->phase == CHECK_CONNECTING) {
		check_end(k, false, "Timeout connecting", 0);
	} else if (k->phase == CHECK_TALKING) {
		check_end(k, k->conf->kind == CHECK_UDP && !k->conf->u.udp.require_reply, "Read timeout", 0);
	} else if (k->phase != CHECK_IDLE) {
		end_script(k);
	} else if (over_budget(script ? WORK_SCRIPT : 1) || (k->conf->kind == CHECK_SSL && checks.tls_open >= TLS_MAX)) {
		later(k, (1 + (uint64_t)(checks.work / WORK_MAX)) * OVERLOAD_US);
	} else {
		k->begun_us = loop_now();
		(script ? run_script : open_connection)(k);
	}
}

static void abandon(struct check *k)
{
	if (k->phase >= CHECK_SCRIPT)
		notify_kill(k->u.child.pid, SIGTERM);
	close_try(k);
	timer_stop(&k->timer);
}

static void check_stop(struct check *k)
{
	if (k->conf->kind == CHECK_FILE)
		file_stop(k);
	abandon(k);
	free(k);
}

void checks_stop(struct check **list)
{
	struct check *k;

	while ((k = *list)) {
		*list = k->next;
		check_stop(k);
	}
}

static void check_suspend(struct check *k, bool suspended)
{
	if (k->suspended == suspended || k->conf->kind == CHECK_FILE)
		return;
	k->suspended = suspended;
	SAY("%s healthchecker for service %s for VS %s", suspended ? "Suspending" : "Activating", k->owner->real, k->owner->virtual);
	if (suspended)
		abandon(k);
	else
		later_random(k, k->conf->set.delay_loop_us);
}

void checks_suspend(struct check *list, bool suspended)
{
	for (; list; list = list->next)
		check_suspend(list, suspended);
}

/* What a verdict depends on: so many bytes, or a text (0) that a pointer is to; for checkers of these kinds. */
struct part {
	uint16_t kinds;
	uint8_t at, len;
};
#define EVERY 0xffff
#define WEB (1 << CHECK_HTTP | 1 << CHECK_SSL)
#define PART(kinds, member) { kinds, offsetof(struct check_conf, member), 0 }
#define SPAN_OF(kinds, type, first, last) \
	{ kinds, offsetof(struct type, first), offsetof(struct type, last) + sizeof(((struct type *)0)->last) - offsetof(struct type, first) }
#define SPAN(kinds, first, last) SPAN_OF(kinds, check_conf, first, last)
static const struct part check_parts[] = {
	SPAN(EVERY, kind, fwmark), PART(EVERY, bind_if), PART(WEB, u.http.virtualhost), PART(WEB, u.http.sni_name),
	SPAN(WEB, u.http.version, u.http.tls_compliant), PART(1 << CHECK_DNS, u.dns.name), SPAN(1 << CHECK_DNS, u.dns.type, u.dns.type),
	SPAN(1 << CHECK_MISC, u.misc.dynamic, u.misc.dynamic), SPAN(1 << CHECK_UDP, u.udp.payload_len, u.udp.require_reply),
	PART(1 << CHECK_SMTP, u.smtp.helo), PART(1 << CHECK_FILE, u.file.name),
};
static const struct part url_parts[] = {
	{ EVERY, offsetof(struct url_conf, path), 0 }, { EVERY, offsetof(struct url_conf, virtualhost), 0 },
	SPAN_OF(EVERY, url_conf, has_digest, status_count),
};
static const struct part script_parts[] = {
	{ EVERY, offsetof(struct conf_script, text), 0 }, { EVERY, offsetof(struct conf_script, user), 0 },
	{ EVERY, offsetof(struct conf_script, group), 0 },
};
#define PARTS(table) (table), (table) + sizeof(table) / sizeof((table)[0])
_Static_assert(sizeof(struct check_conf) < 256, "offsets in a byte");

static bool same_parts(const void *a, const void *b, enum check_kind kind, const struct part *p, const struct part *end)
{
	const char *s, *t;

	for (; p < end; p++) {
		const char *x = (const char *)a + p->at, *y = (const char *)b + p->at;

		memcpy(&s, x, sizeof(s));
		memcpy(&t, y, sizeof(t));
		if (p->kinds >> kind & 1 && (p->len ? memcmp(x, y, p->len) != 0 : !text_same(s, t)))
			return false;
	}
	return true;
}

static bool same_bytes(const void *a, const void *b, size_t len)
{
	return a == b || (a && b && !memcmp(a, b, len));
}

static bool same_urls(const struct conf_node *u, const struct conf_node *v)
{
	for (; u && v; u = u->next, v = v->next) {
		const struct url_conf *a = (const void *)u, *b = (const void *)v;

		if (!same_parts(a, b, 0, PARTS(url_parts)) || memcmp(a->status, b->status, a->status_count * sizeof(*a->status)))
			return false;
	}
	return u == v;
}

bool check_same(const struct check_conf *a, const struct check_conf *b)
{
	if (!same_parts(a, b, a->kind, PARTS(check_parts)))
		return false;
	switch (a->kind) {
	case CHECK_HTTP:
	case CHECK_SSL:
		return same_urls(a->u.http.urls.first, b->u.http.urls.first);
	case CHECK_MISC:
		return same_parts(&a->u.misc.script, &b->u.misc.script, 0, PARTS(script_parts));
	case CHECK_UDP:
		return same_bytes(a->u.udp.payload, b->u.udp.payload, a->u.udp.payload_len) &&
			same_bytes(a->u.udp.reply, b->u.udp.reply, a->u.udp.reply_len) &&
			same_bytes(a->u.udp.reply_mask, b->u.udp.reply_mask, a->u.udp.reply_len);
	default:
		return true;
	}
}

/* The verdict holds for the new configuration, too. */
static void check_adopt(struct check *k, const struct check_conf *conf)
{
	k->conf = conf;
	/* Certificates were read anew. */
	if (conf->kind == CHECK_SSL && k->phase != CHECK_IDLE)
		close_try(k);
	else if (conf->kind != CHECK_FILE)
		return;
	later(k, 0);
}

bool check_start(struct check_owner *owner, const struct check_conf *conf, struct check **before)
{
	struct check *k, **end = &owner->checks;

	while ((k = *before) && !check_same(k->conf, conf))
		before = &k->next;
	if (k) {
		*before = k->next;
	} else {
		k = calloc(1, sizeof(*k));
		if (!k)
			return false;
	}
	while (*end)
		end = &(*end)->next;
	*end = k;
	k->next = NULL;
	k->owner = owner;
	if (k->conf) {
		check_adopt(k, conf);
		return true;
	}
	k->conf = conf;
	k->timer.cb = on_timer;
	k->up = !conf->set.alpha;
	SAY("Activating healthchecker for service %s for VS %s", owner->real, owner->virtual);
	if (conf->kind == CHECK_FILE)
		file_start(k);
	else
		later_random(k, conf->set.warmup_us);
	return true;
}

bool check_up(const struct check *k)
{
	return k->up;
}

int check_weight(const struct check *k, int own)
{
	/* 2 to 255 ask for 0 to 253. */
	return k->conf->kind == CHECK_MISC && k->weight ? k->weight - 2 - own : k->weight;
}

bool checks_up(const struct check *k, int own, int *weight)
{
	long long sum = own;
	bool up = true;

	for (; k; k = k->next) {
		up = up && k->up;
		sum += check_weight(k, own);
	}
	*weight = sum < 0 ? 0 : sum > INT_MAX ? INT_MAX : (int)sum;
	return up;
}

const struct check *check_view(const struct check *k, struct check_view *v)
{
	v->kind = name_of(k, NAME);
	v->result = result_text(k, checks.result);
	v->last_us = k->last_us;
	v->failures = k->failures;
	return k->next;
}

void checks_open(void (*changed)(struct check_owner *, struct check *, bool turned))
{
	memset(&checks, 0, sizeof(checks));
	checks.changed = changed;
	track_file_listen(TRACK_FILE_CHECK, on_file);
	if (getrandom(&checks.random, sizeof(checks.random), GRND_NONBLOCK) < 0 || !checks.random)
		checks.random = (uint32_t)loop_now() | 1;
}

void checks_close(void)
{
	trust_free(checks.trust);
	track_file_listen(TRACK_FILE_CHECK, NULL);
}

/* A descriptor for each check, should all servers be silent at once. */
static void allow_descriptors(unsigned count)
{
	struct rlimit limit;

	if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) || limit.rlim_cur >= count)
		return;
	limit.rlim_cur = limit.rlim_max < count ? limit.rlim_max : count;
	prlimit(0, RLIMIT_NOFILE, &limit, NULL);
}

static void load_trust(const char *path)
{
	trust_free(checks.trust);
	checks.trust = path ? trust_load(path) : NULL;
	checks.trust_err = path && !checks.trust ? -errno : 0;
	if (checks.trust_err)
		log_write(LOG_WARNING | LOG_FROM_CHECK, "SSL ca %s: %*m. SSL_GET fails", path, checks.trust_err);
}

void checks_set_config(const struct config *config)
{
	unsigned sockets = 512;
	bool tls = false;

	CONF_EACH(struct virtual_server_conf, vs, &config->virtual_servers)
		CONF_EACH(struct real_server_conf, rs, &vs->real_servers) {
			sockets += rs->checks.count;
			CONF_EACH(struct check_conf, c, &rs->checks)
				tls |= c->kind == CHECK_SSL;
		}
	allow_descriptors(sockets);
	load_trust(tls ? config->global.ssl_ca : NULL);
}
