/* SPDX-License-Identifier: MIT */
/*
 * HTTP_GET and SSL_GET: a request on a connection of its own, and what comes of it.
 */
#include "check_kind.h"

#include "http.h"
#include "text.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define REQUEST_MAX 2048
/* Of a body whose digest nobody asks for, this much shows that the server serves. */
#define ENOUGH 65536
#define DIGEST_MAX (16 * 1024 * 1024)

struct web {
	struct http http;
	uint64_t header_us; /* when the header was complete */
};

static size_t build_request(const struct check *k, char buf[REQUEST_MAX])
{
	static const char versions[][24] = { [HTTP_1_0] = "0\r\n", [HTTP_1_0C] = "0\r\nConnection: close\r\n", [HTTP_1_1] = "1\r\nConnection: close\r\n" };
	const struct check_conf *c = k->conf;
	const struct url_conf *url = check_url(k);
	const char *host = url->virtualhost ? url->virtualhost : c->u.http.virtualhost;
	char literal[ADDR_TEXT_MAX], endpoint[ADDR_TEXT_MAX + 8];

	if (!host) {
		text_format(endpoint, sizeof(endpoint), c->connect_ip.family == AF_INET6 ? "[%s]:%u" : "%s:%u", addr_text(&c->connect_ip, literal),
			    c->connect_port);
		host = endpoint;
	}
	return text_format(buf, REQUEST_MAX, "GET %s HTTP/1.%sUser-Agent: KeepAliveClient\r\nHost: %s\r\n\r\n", url->path, versions[c->u.http.version], host);
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
		log_write(LOG_INFO | LOG_FROM_CHECK, "http_check for RS %s VS %s url %s: the body ended before its time", k->real, k->virtual, check_url(k)->path);
	k->short_body = http_is_short(h);
}

/* No more will come, or is wanted. */
static void finish(struct check *k)
{
	const struct url_conf *url = check_url(k);
	struct web *w = k->state;
	int status = w->http.status;
	uint8_t digest[16];

	if (!http_has_header(&w->http)) {
		check_end(k, false, w->http.state == HTTP_BAD ? "Read, no HTTP answer" : "Read, no data received", 0);
	} else if (!has_status(url, (unsigned)status)) {
		check_end(k, false, "HTTP status code error", status);
	} else {
		http_digest(&w->http, digest);
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
	uint64_t spent = loop_now(check_loop(k)) - w->header_us;

	if (!has_status(url, w->http.status))
		return true;
	if (url->has_digest)
		return w->http.got > DIGEST_MAX || (spent > set->delay_loop_us && spent > set->connect_timeout_us);
	return w->http.got > ENOUGH || spent > set->connect_timeout_us;
}

void web_begin(struct check *k)
{
	char request[REQUEST_MAX];
	size_t len = build_request(k, request);
	struct web *w;

	if (len >= sizeof(request)) {
		check_end(k, false, "path too long", 0);
		return;
	}
	w = check_alloc(k, sizeof(*w));
	if (!w)
		return;
	http_init(&w->http, check_url(k)->has_digest);
	check_send(k, request, len);
}

/* One piece a turn of the loop, so that a fast and endless body is no burden for others. */
void web_ready(struct check *k)
{
	struct web *w = k->state;
	uint8_t buf[4096];
	ssize_t n = recv(k->u.io.fd, buf, sizeof(buf), 0);
	bool more;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		check_end(k, false, "Read error", -errno);
		return;
	}
	check_extend(k);
	more = n && http_feed(&w->http, buf, (size_t)n);
	if (!w->header_us && http_has_header(&w->http))
		w->header_us = loop_now(check_loop(k));
	if (!n)
		tell_if_short(k, &w->http);
	if (!more || (w->header_us && has_enough(k)))
		finish(k);
}
