/* SPDX-License-Identifier: MIT */
#include "genhash.h"

#include "check_kind.h"
#include "options.h"
#include "text.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define TIMEOUT_S "5"

/* In the order of the help, which is the table as well. */
enum { SERVER, PORT, URL, MARK, PROTOCOL, TIMEOUT, HOST, TLS, SNI, VERBOSE, HELP, OPTIONS };
static const char usage_packed[] =
	"Usage: genhash -s ADDRESS -p PORT -u URL [OPTION...]\n"
	"  -s, --server=ADDRESS  -p, --port=PORT  -u, --url=URL  -m, --fwmark=MARK\n"
	"  -P, --protocol=1.0|1.0c|1.1  -t, --timeout=SECONDS  -V, --use-virtualhost=HOST\n"
	"  -S, --use-ssl  -I, --use-sni  -v, --verbose  -h, --help\n";

/* What was asked for, NULL where it was not. */
static const char *given[OPTIONS];
/* The page as it comes. */
static struct fd_out to;
static bool whole;

/* -1: not a number. */
static long number(const char *text)
{
	char *end;
	long long n = text_number(text, &end, 0);

	return *text >= '0' && *text <= '9' && !*end && n <= INT32_MAX ? (long)n : -1;
}

static void on_page(const uint8_t *bytes, size_t len, bool digest)
{
	if (!digest && given[VERBOSE])
		out_print(&to.out, "%.*s", (int)len, (const char *)bytes);
	for (; digest && len; len--)
		out_print(&to.out, len > 1 ? "%02x" : "%02x\n", *bytes++);
	whole |= digest;
}

static void on_change(struct check_owner *owner, struct check *check, bool turned)
{
	(void)owner, (void)check, (void)turned;
}

/* The one try of a checker that takes any page. */
static int fetch(const struct check_conf *conf)
{
	struct check_owner server = { given[SERVER], "genhash", NULL };
	struct check *none = NULL;
	struct check_view v;

	log_set_level(LOG_WARNING);
	out_open(&to, STDOUT_FILENO);
	web_watch(on_page);
	checks_open(on_change);
	if (loop_open() || !check_start(&server, conf, &none)) {
		out_error("genhash: %m\n");
		return 1;
	}
	while (!server.checks->tried && !server.checks->stuck)
		loop_turn(UINT64_MAX);
	check_view(server.checks, &v);
	if (!whole)
		out_error("genhash: %s\n", v.result);
	return out_end(&to) || !whole;
}

static int usage(void)
{
	out_error("%-s", usage_packed);
	return 1;
}

static int run(char **args)
{
	const struct status_range any = { 0, UINT16_MAX };
	struct url_conf url = { .has_digest = true, .status_count = 1, .status = &any };
	struct option_words w = { .next = args, .kept = given, .count = OPTIONS };
	struct check_conf c = { .set = { .delay_loop_us = UINT64_MAX, .alpha = CONF_YES } };
	long port, mark, timeout;
	int version;

	given[PROTOCOL] = "1.0";
	given[TIMEOUT] = TIMEOUT_S;
	given[MARK] = "0";
	text_format(w.table, sizeof(w.table), "%-s", usage_packed);
	if (!options_read(&w) || *w.next || given[HELP] || !given[SERVER] || !given[PORT] || !given[URL])
		return usage();
	port = number(given[PORT]);
	mark = number(given[MARK]);
	timeout = number(given[TIMEOUT]);
	version = text_index("1.0 1.0c 1.1", given[PROTOCOL]);
	if (addr_parse(given[SERVER], &c.connect_ip) || version < 0 || port < 1 || port > 65535 || mark < 0 || timeout < 1)
		return usage();
	url.path = given[URL];
	c.kind = given[TLS] ? CHECK_SSL : CHECK_HTTP;
	c.connect_port = (uint16_t)port;
	c.fwmark = (uint32_t)mark;
	c.set.connect_timeout_us = (uint64_t)timeout * US_PER_S;
	c.u.http.urls.first = &url.node;
	c.u.http.virtualhost = given[HOST];
	c.u.http.version = (uint8_t)version;
	c.u.http.enable_sni = given[SNI];
	return fetch(&c);
}

int genhash(char **argv)
{
	const char *name = *argv ? strrchr(*argv, '/') : NULL;

	if (!*argv)
		return -1;
	if (!strcmp(name ? name + 1 : *argv, "genhash"))
		return run(argv + 1);
	if (argv[1] && (!strcmp(argv[1], "genhash") || !strcmp(argv[1], "--genhash") || !strcmp(argv[1], "-T")))
		return run(argv + 2);
	return -1;
}
