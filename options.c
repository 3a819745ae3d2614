/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "text.h"

#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

/* What keepalived, linked with glibc, calls SIGRTMIN + 2: musl's SIGRTMIN is one higher. */
#define SIGNAL_JSON 36
#define LOG_FILE_DEFAULT "/tmp/keepalived.log"

enum argument { ARG_NONE, ARG_NEEDED, ARG_OPTIONAL };

struct option {
	const char *name;
	char letter; /* 0: none */
	uint8_t argument; /* enum argument */
	uint16_t off;
	/* NULL: accepted without effect. Returns NULL, or what is wrong with the argument. */
	const char *(*set)(struct options *, const struct option *, const char *argument);
};

static const char *set_flag(struct options *o, const struct option *opt, const char *argument)
{
	(void)argument;
	*(bool *)(void *)((char *)o + opt->off) = true;
	return NULL;
}

/* Twice: passwords and keys too. */
static const char *set_dump(struct options *o, const struct option *opt, const char *argument)
{
	(void)opt;
	(void)argument;
	o->dump_secrets = o->dump;
	o->dump = true;
	return NULL;
}

static const char *set_text(struct options *o, const struct option *opt, const char *argument)
{
	*(const char **)(void *)((char *)o + opt->off) = argument;
	return NULL;
}

static const char *set_log_file(struct options *o, const struct option *opt, const char *argument)
{
	return set_text(o, opt, argument ? argument : LOG_FILE_DEFAULT);
}

static const char *set_test(struct options *o, const struct option *opt, const char *argument)
{
	o->test = true;
	return set_text(o, opt, argument);
}

static const char *set_vrrp_only(struct options *o, const struct option *opt, const char *argument)
{
	(void)opt;
	(void)argument;
	o->check = false;
	return NULL;
}

static const char *set_check_only(struct options *o, const struct option *opt, const char *argument)
{
	(void)opt;
	(void)argument;
	o->vrrp = false;
	return NULL;
}

static const char *set_all(struct options *o, const struct option *opt, const char *argument)
{
	(void)opt;
	(void)argument;
	o->vrrp = o->check = true;
	return NULL;
}

static const char *set_facility(struct options *o, const struct option *opt, const char *argument)
{
	const char *digit = strncmp(argument, "local", 5) ? argument : argument + 5;

	(void)opt;
	if (*digit >= '0' && *digit <= '7' && !digit[1])
		o->facility = LOG_LOCAL0 + ((*digit - '0') << 3);
	else if (!strcmp(argument, "user"))
		o->facility = LOG_USER;
	else if (!strcmp(argument, "daemon"))
		o->facility = LOG_DAEMON;
	else
		return "Invalid log facility";
	return NULL;
}

static const char *set_umask(struct options *o, const struct option *opt, const char *argument)
{
	char *end;
	long long mask = text_number(argument, &end, 0);

	(void)opt;
	if (*argument < '0' || *argument > '9' || *end || mask > 0777)
		return "Invalid umask";
	o->umask = (int)mask;
	return NULL;
}

static const char *print(const char *text)
{
	struct fd_out to;

	out_open(&to, STDOUT_FILENO);
	out_print(&to.out, "%-s", text);
	return out_end(&to) ? "Can't write to standard output" : NULL;
}

static const char *print_signum(struct options *o, const struct option *opt, const char *argument)
{
	int signo = options_signum(argument);
	char text[16];

	(void)o;
	(void)opt;
	if (signo < 0)
		return "Unknown sigfunc";
	text_format(text, sizeof(text), "%d\n", signo);
	return print(text);
}

static const char *print_version(struct options *o, const struct option *opt, const char *argument)
{
	(void)o;
	(void)opt;
	(void)argument;
	return print("ukeepalived v" UKEEPALIVED_VERSION ", for configurations of Keepalived v2.4.3\n");
}

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
	"Without effect: -a -A -b -B -c -e -M -r -x -X --debug --perf and their like.\n";

static const char *print_help(struct options *o, const struct option *opt, const char *argument)
{
	(void)o;
	(void)opt;
	(void)argument;
	return print(usage_packed);
}

#define OFF(member) offsetof(struct options, member)

static const struct option table[] = {
	{ "use-file", 'f', ARG_NEEDED, OFF(conf_file), set_text },
	{ "config-test", 't', ARG_OPTIONAL, OFF(test_file), set_test },
	{ "config-id", 'i', ARG_NEEDED, OFF(config_id), set_text },
	{ "dont-fork", 'n', ARG_NONE, OFF(foreground), set_flag },
	{ "dump-conf", 'd', ARG_NONE, 0, set_dump },
	{ "log-console", 'l', ARG_NONE, OFF(console), set_flag },
	{ "log-detail", 'D', ARG_NONE, OFF(detail), set_flag },
	{ "log-facility", 'S', ARG_NEEDED, 0, set_facility },
	{ "log-file", 'g', ARG_OPTIONAL, OFF(log_file), set_log_file },
	{ "no-syslog", 'G', ARG_NONE, OFF(no_syslog), set_flag },
	{ "pid", 'p', ARG_NEEDED, OFF(pid_file), set_text },
	{ "vrrp", 'P', ARG_NONE, 0, set_vrrp_only },
	{ "check", 'C', ARG_NONE, 0, set_check_only },
	{ "all", 0, ARG_NONE, 0, set_all },
	{ "dont-release-vrrp", 'V', ARG_NONE, OFF(keep_vrrp), set_flag },
	{ "dont-release-ipvs", 'I', ARG_NONE, OFF(keep_ipvs), set_flag },
	{ "dont-respawn", 'R', ARG_NONE, OFF(no_respawn), set_flag },
	{ "namespace", 's', ARG_NEEDED, OFF(net_namespace), set_text },
	{ "umask", 'u', ARG_NEEDED, 0, set_umask },
	{ "core-dump", 'm', ARG_NONE, OFF(core_dump), set_flag },
	{ "core-dump-pattern", 'M', ARG_OPTIONAL, OFF(core_dump), set_flag },
	{ "signum", 0, ARG_NEEDED, 0, print_signum },
	{ "version", 'v', ARG_NONE, 0, print_version },
	{ "help", 'h', ARG_NONE, 0, print_help },
	/* There is one process, one pid file, no SNMP, no BFD. Addresses are always removed on a signal. */
	{ "vrrp_pid", 'r', ARG_NEEDED, 0, NULL },
	{ "checkers_pid", 'c', ARG_NEEDED, 0, NULL },
	{ "bfd_pid", 'b', ARG_NEEDED, 0, NULL },
	{ "no_bfd", 'B', ARG_NONE, 0, NULL },
	{ "release-vips", 'X', ARG_NONE, 0, NULL },
	{ "address-monitoring", 'a', ARG_NONE, 0, NULL },
	{ "all-config", 'e', ARG_NONE, 0, NULL },
	{ "snmp", 'x', ARG_NONE, 0, NULL },
	{ "snmp-agent-socket", 'A', ARG_NEEDED, 0, NULL },
	{ "flush-log-file", 0, ARG_NONE, 0, NULL },
	{ "mem-check-log", 'L', ARG_NONE, 0, NULL },
	{ "no-mem-check", 0, ARG_NONE, 0, NULL },
	{ "perf", 0, ARG_OPTIONAL, 0, NULL },
	{ "debug", 0, ARG_OPTIONAL, 0, NULL },
};
#define TABLE_LEN (sizeof(table) / sizeof(table[0]))

int options_signum(const char *name)
{
	static const struct {
		const char *name;
		int signo;
	} names[] = {
		{ "STOP", SIGTERM }, { "RELOAD", SIGHUP }, { "DATA", SIGUSR1 }, { "STATS", SIGUSR2 },
		{ "STATS_CLEAR", _NSIG - 2 }, { "JSON", SIGNAL_JSON },
	};
	unsigned i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i].name))
			return names[i].signo;
	return -1;
}

static const struct option *find_short(char letter)
{
	unsigned i;

	for (i = 0; i < TABLE_LEN; i++)
		if (letter && table[i].letter == letter)
			return &table[i];
	return NULL;
}

/* The exact name, or the only one that begins so. */
static const struct option *find_long(const char *name, size_t len)
{
	const struct option *found = NULL;
	unsigned i, matches = 0;

	for (i = 0; i < TABLE_LEN; i++) {
		if (strncmp(table[i].name, name, len))
			continue;
		if (!table[i].name[len])
			return &table[i];
		found = &table[i];
		matches++;
	}
	return matches == 1 ? found : NULL;
}

struct parse {
	struct options *out;
	char **next; /* the word after this one */
};

static enum options_result apply(struct parse *p, const struct option *opt, const char *argument)
{
	const char *wrong = opt->set ? opt->set(p->out, opt, argument) : NULL;

	if (wrong) {
		out_error(argument ? "%s '%s'\n" : "%s\n", wrong, argument);
		return OPTIONS_BAD;
	}
	if (opt->set == print_signum || opt->set == print_version || opt->set == print_help)
		return OPTIONS_DONE;
	return OPTIONS_RUN;
}

/* attached: what follows the option in its own word, or NULL. An empty argument is a missing one, as in keepalived. */
static enum options_result take(struct parse *p, const struct option *opt, const char *attached, bool is_long)
{
	const char *argument = attached;

	if (opt->argument == ARG_NEEDED) {
		if (!attached && *p->next)
			argument = *p->next++;
		if (!argument || !*argument) {
			if (is_long)
				out_error("Missing parameter for option --%s\n", opt->name);
			else
				out_error("Missing parameter for option -%c\n", opt->letter);
			return OPTIONS_BAD;
		}
	}
	return apply(p, opt, argument && *argument ? argument : NULL);
}

static enum options_result parse_long(struct parse *p, const char *word)
{
	size_t len = strcspn(word, "=");
	const struct option *opt = find_long(word, len);

	if (!opt || (word[len] && opt->argument == ARG_NONE)) {
		out_error("Unknown option --%s\n", word);
		return OPTIONS_BAD;
	}
	return take(p, opt, word[len] ? word + len + 1 : NULL, true);
}

static enum options_result parse_short(struct parse *p, const char *word)
{
	enum options_result result = OPTIONS_RUN;
	const struct option *opt;

	for (; *word && result == OPTIONS_RUN; word++) {
		opt = find_short(*word);
		if (!opt) {
			out_error("Unknown option -%c\n", *word);
			return OPTIONS_BAD;
		}
		if (opt->argument != ARG_NONE)
			return take(p, opt, word[1] ? word + 1 : NULL, false);
		result = take(p, opt, NULL, false);
	}
	return result;
}

enum options_result options_parse(int argc, char **argv, struct options *out)
{
	struct parse p = { .out = out, .next = argv + (argc > 0) };
	enum options_result result = OPTIONS_RUN;
	const char *word;

	*out = (struct options){ .vrrp = true, .check = true, .facility = LOG_DAEMON, .umask = -1 };
	while (result == OPTIONS_RUN && (word = *p.next)) {
		p.next++;
		if (word[0] == '-' && word[1] == '-' && word[2])
			result = parse_long(&p, word + 2);
		else if (word[0] == '-' && word[1] && word[1] != '-')
			result = parse_short(&p, word + 1);
		else if (p.next == argv + 2 && word[0] != '-') {
			/* More likely a mistyped command than a wish for a daemon. */
			out_error("Unknown command %s\n", word);
			result = OPTIONS_BAD;
		} else if (strcmp(word, "--")) {
			out_error("Unexpected argument(s): %s\n", word);
		}
	}
	return result;
}
