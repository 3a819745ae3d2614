/* SPDX-License-Identifier: MIT */
#include "genhash.h"

#include "addr.h"
#include "http.h"
#include "text.h"
#include "tls.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_S "5"

/* The letter and the name of each option; those up to URL need an argument. */
enum { SERVER, PORT, HOST, MARK, PROTOCOL, TIMEOUT, URL, TLS, SNI, VERBOSE, HELP, OPTIONS };
static const char names[] = "sserver\0" "pport\0" "Vuse-virtualhost\0" "mfwmark\0" "Pprotocol\0" "ttimeout\0" "uurl\0"
	"Suse-ssl\0" "Iuse-sni\0" "vverbose\0" "hhelp";

struct fetch {
	const char *given[OPTIONS]; /* NULL: not given */
	int fd;
	unsigned timeout_s; /* of each step */
	struct tls *tls; /* NULL: without */
};

/* skip: 0 for a letter, 1 for the name, which may be shortened. */
static int find_option(const char *name, size_t len, bool skip)
{
	const char *known = names;

	for (int i = 0; i < OPTIONS; i++, known += strlen(known) + 1)
		if (len && !strncmp(known + skip, name, len))
			return i;
	return -1;
}

static bool parse(struct fetch *f, char **next)
{
	const char *word;

	while ((word = *next++)) {
		bool is_long = word[0] == '-' && word[1] == '-', more;

		if (*word != '-')
			return false;
		word += 1 + is_long;
		do {
			size_t len = is_long ? strcspn(word, "=") : *word != '\0';
			int option = find_option(word, len, is_long);

			if (option < 0)
				return false;
			word += len + (word[len] == '=');
			more = option > URL;
			f->given[option] = more || *word ? word : *next;
			if (!more && !*word && *next)
				next++;
		} while (more && !is_long && *word);
	}
	return true;
}

/* -1: not a number. */
static long number(const char *text)
{
	char *end;
	long long n = text_number(text, &end, 0);

	return *text >= '0' && *text <= '9' && !*end && n <= INT32_MAX ? (long)n : -1;
}

static void on_alarm(int signo)
{
	(void)signo;
	out_error("genhash: timed out\n");
	_exit(1);
}

static int open_connection(struct fetch *f, const struct addr *addr, uint16_t port, uint32_t mark)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(addr, port, 0, &to);

	signal(SIGALRM, on_alarm);
	alarm(f->timeout_s);
	f->fd = socket(to.ss_family, SOCK_STREAM, 0);
	if (f->fd < 0 || (mark && setsockopt(f->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark))) || connect(f->fd, (struct sockaddr *)&to, len))
		return -errno;
	return 0;
}

/* What went, or came, as much as one call does. */
static ptrdiff_t transfer(struct fetch *f, void *buf, size_t len, bool out)
{
	ptrdiff_t n;

	alarm(f->timeout_s);
	if (!f->tls) {
		n = out ? write(f->fd, buf, len) : read(f->fd, buf, len);
		return n < 0 ? -errno : n;
	}
	do
		n = out ? tls_write(f->tls, buf, len) : tls_read(f->tls, buf, len);
	while (n == -EAGAIN);
	return n;
}

static int converse(struct fetch *f, char *request, size_t len)
{
	uint8_t buf[4096];
	struct http http;
	struct fd_out to;
	ptrdiff_t n;
	unsigned i;

	for (; len; len -= (size_t)n, request += n)
		if ((n = transfer(f, request, len, true)) <= 0)
			return (int)n;
	http_init(&http, true);
	out_open(&to, STDOUT_FILENO);
	do {
		n = transfer(f, buf, sizeof(buf), false);
		if (f->given[VERBOSE] && n > 0)
			out_print(&to.out, "%.*s", (int)n, (char *)buf);
	} while (n > 0 && http_feed(&http, buf, (size_t)n));
	if (n >= 0 && !http_has_header(&http))
		n = -EBADMSG;
	http_digest(&http, buf);
	for (i = 0; i < 16 && n >= 0; i++)
		out_print(&to.out, i < 15 ? "%02x" : "%02x\n", buf[i]);
	i = (unsigned)-out_end(&to);
	return n < 0 ? (int)n : -(int)i;
}

static int fetch(struct fetch *f, const struct http_question *q, uint32_t mark)
{
	char request[HTTP_REQUEST_MAX];
	size_t len = http_request(request, q);
	int err;

	if (len >= sizeof(request))
		return -ENAMETOOLONG;
	err = open_connection(f, q->addr, q->port, mark);
	if (err)
		return err;
	if (f->given[TLS]) {
		f->tls = tls_new(f->fd, f->given[SNI] ? q->host : NULL, NULL, 0);
		if (!f->tls)
			return -errno;
	}
	return converse(f, request, len);
}

static int usage(void)
{
	out_error("Usage: genhash [-S [-I]] -s ADDRESS -p PORT -u URL [-V HOST] [-P 1.0|1.0c|1.1] [-m FWMARK] [-t SECONDS] [-v]\n");
	return 1;
}

static int run(char **args)
{
	struct fetch f = { .fd = -1, .given = { [PROTOCOL] = "1.0", [TIMEOUT] = TIMEOUT_S, [MARK] = "0" } };
	static const char versions[][5] = { "1.0", "1.0c", "1.1" };
	struct http_question q;
	long port, mark, timeout;
	struct addr addr;
	int err;

	if (!parse(&f, args) || f.given[HELP])
		return usage();
	for (err = SERVER; err <= URL; err++)
		if (!f.given[err] && err != HOST)
			return usage();
	port = number(f.given[PORT]);
	mark = number(f.given[MARK]);
	timeout = number(f.given[TIMEOUT]);
	for (q.version = 0; q.version < 3 && strcmp(versions[q.version], f.given[PROTOCOL]) != 0; q.version++)
		;
	if (addr_parse(f.given[SERVER], &addr) || q.version == 3 || port < 1 || port > 65535 || mark < 0 || timeout < 1)
		return usage();
	f.timeout_s = (unsigned)timeout;
	q.path = f.given[URL];
	q.host = f.given[HOST];
	q.addr = &addr;
	q.port = (uint16_t)port;
	err = fetch(&f, &q, (uint32_t)mark);
	if (err)
		out_error("genhash: %-s\n", err == -EBADMSG ? "no HTTP answer" : f.tls && tls_error(f.tls) ? tls_error(f.tls) : text_error(err));
	return err < 0;
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
