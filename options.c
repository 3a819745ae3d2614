/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "text.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#define LOG_FILE_DEFAULT "/tmp/keepalived.log"

/* The help is the table as well: of each option it has the letter, the name, and whether there is an argument. What the help need not tell stands in its
 * last line, which has no end. Of those without effect: there is one process, one pid file, no SNMP, no BFD; addresses are always removed on a signal. */
static const char usage_packed[] =
	"Usage: ukeepalived [OPTION...]\n"
	"  -f, --use-file=FILE       configuration (/etc/keepalived/keepalived.conf)\n"
	"  -t, --config-test[=FILE]  check it: messages to stderr or FILE, status 0 or 1\n"
	"  -d, --dump-conf           log it as understood; -t prints it; -dd: secrets too\n"
	"  -i, --config-id=ID        lines that begin with @ID count (the host's name)\n"
	"  -n, --dont-fork           stay in the foreground\n"
	"  -l, --log-console         with -n: log to stderr instead of syslog\n"
	"  -D, --log-detail          log more\n"
	"  -S, --log-facility=NAME   0-7, local0-local7, user, daemon\n"
	"  -g, --log-file[=FILE]     log to FILE too (" LOG_FILE_DEFAULT ")\n"
	"  -G, --no-syslog           nothing to syslog\n"
	"  -p, --pid=FILE            pid file (/run/keepalived.pid)\n"
	"  -P, --vrrp                VRRP only; -C, --check: health checks only\n"
	"  -V, --dont-release-vrrp   leave the addresses when ending\n"
	"  -I, --dont-release-ipvs   leave the IPVS table when ending\n"
	"  -R, --dont-respawn        do not start again after a crash\n"
	"  -m, --core-dump           leave a core file after a crash\n"
	"  -s, --namespace=NAME      run in this network namespace\n"
	"  -u, --umask=MASK          for files that are written (022)\n"
	"      --signum=NAME         number of STOP RELOAD DATA STATS STATS_CLEAR JSON\n"
	"  -v, --version             -h, --help\n"
	"To the daemon that runs, with [-p FILE]: status [-j] [-w] [NAME]; reload;\n"
	"  resign NAME SECONDS; peer NAME OLD NEW; log LEVEL\n"
	"Without effect: -a -A -b -B -c -e -r -x -X, debug, perf and their like.\n"
	"-M, --core-dump-pattern[= --all -r, --vrrp_pid= -c, --checkers_pid= -b, --bfd_pid= -B, --no_bfd -X, --release-vips"
	" -a, --address-monitoring -e, --all-config -x, --snmp -A, --snmp-agent-socket= --flush-log-file -L, --mem-check-log"
	" --no-mem-check --perf[= --debug[=";

/* In the order of struct options; what comes after has no effect. */
#define KEPT (offsetof(struct options, facility) / sizeof(const char *))
_Static_assert(KEPT == 24, "24 options that are kept");

struct option {
	const char *name; /* len bytes of it */
	size_t len;
	char letter;      /* 0: none */
	bool takes, needs; /* an argument */
	unsigned index;
};

int options_signum(const char *name)
{
	static const uint8_t numbers[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGNAL_STATS_CLEAR, SIGNAL_JSON };
	int i = text_index("STOP RELOAD DATA STATS STATS_CLEAR JSON", name);

	return i < 0 ? i : numbers[i];
}

static enum options_result print(const char *text)
{
	struct fd_out to;

	out_open(&to, STDOUT_FILENO);
	out_put(&to.out, text);
	if (!out_end(&to))
		return OPTIONS_DONE;
	out_error("Can't write to standard output\n");
	return OPTIONS_BAD;
}

static bool set_facility(struct options *o)
{
	const char *name = o->log_facility, *digit = strncmp(name, "local", 5) ? name : name + 5;

	if (*digit >= '0' && *digit <= '7' && !digit[1])
		o->facility = LOG_LOCAL0 + ((*digit - '0') << 3);
	else if (!strcmp(name, "user"))
		o->facility = LOG_USER;
	else
		return !strcmp(name, "daemon");
	return true;
}

static bool set_umask(struct options *o)
{
	char *end;
	long long mask = text_number(o->mask, &end, 0);

	o->umask = (int)mask;
	return !*end && (unsigned long long)mask <= 0777;
}

static enum options_result wrong(const char *what, const char *argument)
{
	out_error("%s '%s'\n", what, argument);
	return OPTIONS_BAD;
}

/* The next option in a text, or NULL; returns where its name ends. */
static const char *next_option(const char *text, struct option *opt)
{
	const char *name = text;

	while (name[0] != '-' || name[1] != '-')
		if (!*name++)
			return NULL;
	opt->letter = name[-2] == ',' ? name[-3] : '\0';
	opt->name = name += 2;
	opt->len = strcspn(name, "[=:,; \n");
	name += opt->len;
	opt->needs = *name == '=';
	opt->takes = opt->needs || *name == '[';
	return name;
}

/* By its letter where there is no name; else by the name, or by the beginning of one only. */
static bool find(const struct option_words *w, char letter, const char *name, struct option *found)
{
	size_t len = name ? strcspn(name, "=") : 0;
	struct option opt = { .index = 0 };
	const char *at = w->table;
	unsigned matches = 0;

	for (; (at = next_option(at, &opt)); opt.index++) {
		if (name ? opt.len < len || strncmp(opt.name, name, len) : opt.letter != letter)
			continue;
		*found = opt;
		matches++;
		if (opt.len == len)
			return true;
	}
	return matches == 1;
}

/* What follows from all of them. */
static enum options_result finish(struct options *o, char *table)
{
	char number[12];

	if (o->all)
		o->vrrp_only = o->check_only = NULL;
	if (o->core_pattern)
		o->core_dump = o->core_pattern;
	if (o->log_file && !*o->log_file)
		o->log_file = LOG_FILE_DEFAULT;
	if (o->log_facility && !set_facility(o))
		return wrong("Invalid log facility", o->log_facility);
	if (o->mask && !set_umask(o))
		return wrong("Invalid umask", o->mask);
	if (o->version)
		return print("ukeepalived v" UKEEPALIVED_VERSION ", for configurations of Keepalived v2.4.3\n");
	if (o->help) {
		strrchr(table, '\n')[1] = '\0';
		return print(table);
	}
	if (!o->signum)
		return OPTIONS_RUN;
	text_format(number, sizeof(number), "%d\n", options_signum(o->signum));
	return *number == '-' ? wrong("Unknown sigfunc", o->signum) : print(number);
}

/* The option at *word, by its letter or its name. Of a word with more letters *word is then the next one, otherwise the end. */
static bool take(struct option_words *w, const char **word, bool is_long)
{
	const char *at = *word, *argument = at + (is_long ? strcspn(at, "=") : 1);
	bool attached = *argument;
	struct option opt;

	if (!find(w, *at, is_long ? at : NULL, &opt) || (is_long && attached && !opt.takes)) {
		out_error(is_long ? "Unknown option --%s\n" : "Unknown option -%.1s\n", at);
		return false;
	}
	*word = is_long || opt.takes ? "" : argument;
	argument += is_long && attached;
	if (opt.needs && !attached && *w->next)
		argument = *w->next++;
	/* An empty one is a missing one, as in keepalived. */
	if (opt.needs && !*argument) {
		out_error("Missing parameter for option %s%.*s\n", is_long ? "--" : "-", is_long ? (int)opt.len : 1, is_long ? opt.name : at);
		return false;
	}
	if (opt.index < w->count)
		w->kept[opt.index] = opt.takes ? argument : w->kept[opt.index] ? "again" : "";
	return true;
}

bool options_read(struct option_words *w)
{
	const char *word;
	bool is_long;

	for (; (word = *w->next) && *word == '-' && word[1]; ) {
		w->next++;
		is_long = word[1] == '-';
		word += 1 + is_long;
		while (*word)
			if (!take(w, &word, is_long))
				return false;
	}
	return true;
}

enum options_result options_parse(int argc, char **argv, struct options *out)
{
	struct option_words w = { .next = argv + (argc > 0), .kept = (const char **)(void *)out, .count = KEPT };
	const char *word;

	text_format(w.table, sizeof(w.table), "%-s", usage_packed);
	out->facility = LOG_DAEMON;
	out->umask = -1;
	while (options_read(&w)) {
		word = *w.next++;
		if (!word)
			return finish(out, w.table);
		/* More likely a mistyped command than a wish for a daemon. */
		if (w.next == argv + 2 && *word != '-') {
			out_error("Unknown command %s\n", word);
			break;
		}
		out_error("Unexpected argument(s): %s\n", word);
	}
	return OPTIONS_BAD;
}
