/* SPDX-License-Identifier: MIT */
/*
 * HTTP_GET and SSL_GET: a request on a connection of its own, and what comes of it.
 */
#include "check_kind.h"

#include "http.h"
#include "text.h"
#include "tls.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Of a body whose digest nobody asks for, this much shows that the server serves. */
#define ENOUGH 65536
#define DIGEST_MAX (16 * 1024 * 1024)
/* Records of TLS in one turn of the loop. */
#define READS_MAX 4

struct web {
	struct http http;
	struct tls *tls;    /* NULL: HTTP_GET */
	uint16_t sent;      /* of the request */
	bool asked;         /* all of it is out */
	uint64_t header_us; /* when the header was complete */
};

static void (*watcher)(const uint8_t *, size_t, bool digest);

void web_watch(void (*f)(const uint8_t *, size_t, bool digest))
{
	watcher = f;
}

static const char *host_of(const struct check *k)
{
	const struct url_conf *url = check_url(k);

	return url->virtualhost ? url->virtualhost : k->conf->u.http.virtualhost;
}

static bool has_status(const struct url_conf *url, unsigned status)
{
	unsigned i;

	for (i = 0; i < url->status_count; i++)
		if (status >= url->status[i].first && status <= url->status[i].last)
			return true;
	return false;
}

/* keepalived takes such a body as it is, and says so. */
static void tell_if_short(struct check *k, const struct http *h)
{
	if (http_is_short(h) && !k->short_body)
		log_write(LOG_INFO | LOG_FROM_CHECK, "http_check for RS %s VS %s url %s: the body ended before its time", k->owner->real, k->owner->virtual, check_url(k)->path);
	k->short_body = http_is_short(h);
}

/* tls_compliant: whether the answer counts only with the good-bye that TLS asks for. */
static bool wants_good_bye(const struct check *k)
{
	return k->conf->kind == CHECK_SSL && (k->conf->u.http.tls_compliant || check_url(k)->tls_compliant);
}

/* No more will come, or is wanted. */
static void finish(struct check *k, bool at_end)
{
	const struct url_conf *url = check_url(k);
	struct web *w = k->state;
	int status = w->http.status;
	uint8_t digest[16];

	if (!http_has_header(&w->http)) {
		check_end(k, false, w->http.state == HTTP_BAD ? "Read, no HTTP answer" : "Read, no data received", 0);
	} else if (!has_status(url, (unsigned)status)) {
		check_end(k, false, "HTTP status code error", status);
	} else if (at_end && wants_good_bye(k) && !tls_said_end(w->tls)) {
		check_end(k, false, "Read error: no close_notify", 0);
	} else {
		http_digest(&w->http, digest);
		if (watcher)
			watcher(digest, sizeof(digest), true);
		if (url->has_digest && memcmp(digest, url->digest, sizeof(digest)))
			check_end(k, false, "MD5 digest error", 0);
		else
			check_end(k, true, "HTTP status code", status);
	}
}

/* Whether the answer is known already, or never will be. */
static bool has_enough(const struct check *k)
{
	const struct check_settings *set = &k->conf->set;
	const struct url_conf *url = check_url(k);
	const struct web *w = k->state;
	uint64_t spent = loop_now() - w->header_us;

	if (!has_status(url, w->http.status))
		return true;
	if (url->has_digest)
		return w->http.got > DIGEST_MAX || (spent > set->delay_loop_us && spent > set->connect_timeout_us);
	return w->http.got > ENOUGH || spent > set->connect_timeout_us;
}

/* Without a word more where nothing is to be verified. */
static bool begin_tls(struct check *k, struct web *w)
{
	const struct check_conf *c = k->conf;
	const char *host = host_of(k);
	struct trust *trust;
	int err = check_trust(&trust);

	if (err) {
		check_end(k, false, "CA file", err);
		return false;
	}
	if (c->u.http.sni_name)
		host = c->u.http.sni_name;
	else if (!c->u.http.enable_sni && !trust)
		host = NULL;
	w->tls = tls_new(k->u.io.fd, host, trust, time(NULL));
	if (w->tls)
		return true;
	check_end(k, false, "TLS", -errno);
	return false;
}

/* The connection failed, unless it only has to wait. */
static void stalled(struct check *k, ptrdiff_t err)
{
	const struct web *w = k->state;

	if (err == -EAGAIN || err == -EINTR) {
		check_wait(k, w->tls ? tls_wants(w->tls) : POLLIN);
	} else if (err == -EPROTO && w->tls && tls_error(w->tls)) {
		check_end(k, false, tls_error(w->tls), 0);
	} else {
		check_end(k, false, w->asked ? "Read error" : "Cannot send get request", (int)err);
	}
}

/* False when that can't be done now, or at all. */
static bool ask(struct check *k)
{
	struct web *w = k->state;
	const struct check_conf *c = k->conf;
	const struct http_question q = { check_url(k)->path, host_of(k), &c->connect_ip, c->connect_port, c->u.http.version };
	char request[HTTP_REQUEST_MAX];
	size_t len = http_request(request, &q);
	ptrdiff_t n = 0;

	while (len < sizeof(request) && w->sent < len && n >= 0) {
		n = w->tls ? tls_write(w->tls, request + w->sent, len - w->sent) : send(k->u.io.fd, request, len, MSG_NOSIGNAL);
		if (n > 0)
			w->sent = (uint16_t)(w->sent + n);
		else if (n < 0 && !w->tls)
			n = -errno;
	}
	if (len >= sizeof(request))
		n = -EMSGSIZE;
	if (n >= 0 && w->tls)
		n = tls_flush(w->tls);
	if (n < 0) {
		stalled(k, n);
		return false;
	}
	w->asked = true;
	check_wait(k, POLLIN);
	check_extend(k);
	return true;
}

/* True when the try goes on. */
static bool take(struct check *k, const uint8_t *bytes, size_t len)
{
	struct web *w = k->state;
	bool more;

	if (watcher)
		watcher(bytes, len, false);
	more = len && (http_feed(&w->http, bytes, len) || wants_good_bye(k));
	if (w->header_us)
		check_extend(k);
	else if (http_has_header(&w->http))
		w->header_us = loop_now();
	if (!len)
		tell_if_short(k, &w->http);
	if (more && (!w->header_us || !has_enough(k)))
		return true;
	finish(k, !len);
	return false;
}

/* Pieces only, so that a fast and endless body is no burden for others. Header and handshake share one time limit, however slow they drip. */
void web_ready(struct check *k)
{
	struct web *w = k->state;
	unsigned reads = w->tls ? READS_MAX : 1;
	uint8_t buf[4096];
	ptrdiff_t n;

	if (!w->asked && !ask(k))
		return;
	while (reads--) {
		n = w->tls ? tls_read(w->tls, buf, sizeof(buf)) : recv(k->u.io.fd, buf, sizeof(buf), 0);
		if (n < 0) {
			stalled(k, w->tls ? n : -errno);
			return;
		}
		if (!take(k, buf, (size_t)n))
			return;
	}
	/* What TLS holds back does not make the socket ready; that it can be written does. */
	if (w->tls)
		check_wait(k, POLLOUT);
}

void web_begin(struct check *k)
{
	struct web *w = check_alloc(k, sizeof(*w));

	if (!w)
		return;
	http_init(&w->http, check_url(k)->has_digest);
	if (k->conf->kind != CHECK_SSL || begin_tls(k, w))
		ask(k);
}

void web_end(struct check *k)
{
	const struct web *w = k->state;

	if (!w->tls)
		return;
	tls_close(w->tls);
	tls_free(w->tls);
}
