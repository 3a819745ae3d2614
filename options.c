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

/* The help is the table as well: of each option it has the letter, the name, and whether there is an argument. */
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
	"Without effect: -a -A -b -B -c -e -r -x -X, debug, perf and their like.\n";

/* What the help need not tell. Of those without effect: there is one process, one pid file, no SNMP, no BFD; addresses are always removed on a
 * signal. */
static const char others_packed[] =
	"-M, --core-dump-pattern[= --all -r, --vrrp_pid= -c, --checkers_pid= -b, --bfd_pid= -B, --no_bfd -X, --release-vips"
	" -a, --address-monitoring -e, --all-config -x, --snmp -A, --snmp-agent-socket= --flush-log-file -L, --mem-check-log"
	" --no-mem-check --perf[= --debug[=";

/* FLAG sets a bool, CLEAR one that is set by default. */
enum kind { NO_EFFECT, FLAG, CLEAR, TEXT, TEST, DUMP, ALL, LOG_FILE, FACILITY, UMASK, SIGNUM, VERSION, HELP };

#define OFF(member) offsetof(struct options, member)

/* In the order of the two above; what comes after has no effect. */
static const struct {
	uint8_t kind, off;
} actions[] = {
	{ TEXT, OFF(conf_file) }, { TEST, OFF(test_file) }, { DUMP, 0 }, { TEXT, OFF(config_id) }, { FLAG, OFF(foreground) },
	{ FLAG, OFF(console) }, { FLAG, OFF(detail) }, { FACILITY, 0 }, { LOG_FILE, OFF(log_file) }, { FLAG, OFF(no_syslog) },
	{ TEXT, OFF(pid_file) }, { CLEAR, OFF(check) }, { CLEAR, OFF(vrrp) }, { FLAG, OFF(keep_vrrp) }, { FLAG, OFF(keep_ipvs) },
	{ FLAG, OFF(no_respawn) }, { FLAG, OFF(core_dump) }, { TEXT, OFF(net_namespace) }, { UMASK, 0 }, { SIGNUM, 0 },
	{ VERSION, 0 }, { HELP, 0 }, { FLAG, OFF(core_dump) }, { ALL, 0 },
};

struct option {
	const char *name; /* len bytes of it */
	size_t len;
	char letter;      /* 0: none */
	bool takes, needs; /* an argument */
	unsigned index;
};

struct parse {
	struct options *out;
	char **next; /* the word after this one */
	size_t usage_len;
	char table[2400]; /* both texts */
};

int options_signum(const char *name)
{
	static const uint8_t numbers[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGNAL_STATS_CLEAR, SIGNAL_JSON };
	int i = text_index("STOP RELOAD DATA STATS STATS_CLEAR JSON", name);

	return i < 0 ? i : numbers[i];
}

/* NULL, or what is wrong. */
static const char *print(const char *text)
{
	struct fd_out to;

	out_open(&to, STDOUT_FILENO);
	out_put(&to.out, text);
	return out_end(&to) ? "Can't write to standard output" : NULL;
}

static const char *set_facility(struct options *o, const char *argument)
{
	const char *digit = strncmp(argument, "local", 5) ? argument : argument + 5;

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

static const char *set_umask(struct options *o, const char *argument)
{
	char *end;
	long long mask = text_number(argument, &end, 0);

	o->umask = (int)mask;
	return *argument < '0' || *argument > '9' || *end || mask > 0777 ? "Invalid umask" : NULL;
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
static bool find(const struct parse *p, char letter, const char *name, struct option *found)
{
	size_t len = name ? strcspn(name, "=") : 0;
	struct option opt = { .index = 0 };
	const char *at = p->table;
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

static enum options_result apply(struct parse *p, unsigned index, const char *argument)
{
	enum kind kind = index < sizeof(actions) / sizeof(actions[0]) ? actions[index].kind : NO_EFFECT;
	struct options *o = p->out;
	void *member = kind ? (char *)o + actions[index].off : NULL;
	const char *wrong = NULL;

	switch (kind) {
	case NO_EFFECT:
		break;
	case FLAG:
	case CLEAR:
		*(bool *)member = kind == FLAG;
		break;
	case TEXT:
	case TEST:
	case LOG_FILE:
		o->test |= kind == TEST;
		*(const char **)member = kind == LOG_FILE && !argument ? LOG_FILE_DEFAULT : argument;
		break;
	case DUMP: /* twice: passwords and keys too */
		o->dump_secrets = o->dump;
		o->dump = true;
		break;
	case ALL:
		o->vrrp = o->check = true;
		break;
	case FACILITY:
		wrong = set_facility(o, argument);
		break;
	case UMASK:
		wrong = set_umask(o, argument);
		break;
	case SIGNUM:
		text_format(p->table, sizeof(p->table), "%d\n", options_signum(argument));
		wrong = *p->table == '-' ? "Unknown sigfunc" : print(p->table);
		break;
	case VERSION:
		wrong = print("ukeepalived v" UKEEPALIVED_VERSION ", for configurations of Keepalived v2.4.3\n");
		break;
	case HELP:
		p->table[p->usage_len] = '\0';
		wrong = print(p->table);
	}
	if (wrong) {
		out_error(argument ? "%s '%s'\n" : "%s\n", wrong, argument);
		return OPTIONS_BAD;
	}
	return kind >= SIGNUM ? OPTIONS_DONE : OPTIONS_RUN;
}

/* The option at *word, by its letter or its name. Of a word with more letters *word is then the next one, otherwise the end. */
static enum options_result take(struct parse *p, const char **word, bool is_long)
{
	const char *at = *word, *argument = at + (is_long ? strcspn(at, "=") : 1);
	bool attached = *argument;
	struct option opt;

	if (!find(p, *at, is_long ? at : NULL, &opt) || (is_long && attached && !opt.takes)) {
		out_error(is_long ? "Unknown option --%s\n" : "Unknown option -%.1s\n", at);
		return OPTIONS_BAD;
	}
	*word = is_long || opt.takes ? "" : argument;
	if (!opt.takes)
		return apply(p, opt.index, NULL);
	argument += is_long && attached;
	if (opt.needs && !attached && *p->next)
		argument = *p->next++;
	/* An empty one is a missing one, as in keepalived. */
	if (opt.needs && !*argument) {
		out_error("Missing parameter for option %s%.*s\n", is_long ? "--" : "-", is_long ? (int)opt.len : 1, is_long ? opt.name : at);
		return OPTIONS_BAD;
	}
	return apply(p, opt.index, *argument ? argument : NULL);
}

enum options_result options_parse(int argc, char **argv, struct options *out)
{
	struct parse p = { .out = out, .next = argv + (argc > 0) };
	enum options_result result = OPTIONS_RUN;
	const char *word;
	bool is_long;

	p.usage_len = text_format(p.table, sizeof(p.table), "%-s", usage_packed);
	text_format(p.table + p.usage_len, sizeof(p.table) - p.usage_len, "%-s", others_packed);
	*out = (struct options){ .vrrp = true, .check = true, .facility = LOG_DAEMON, .umask = -1 };
	while (result == OPTIONS_RUN && (word = *p.next)) {
		p.next++;
		if (*word == '-' && word[1] && strcmp(word, "--")) {
			is_long = word[1] == '-';
			word += 1 + is_long;
			do
				result = take(&p, &word, is_long);
			while (result == OPTIONS_RUN && *word);
		} else if (p.next == argv + 2 && *word != '-') {
			/* More likely a mistyped command than a wish for a daemon. */
			out_error("Unknown command %s\n", word);
			result = OPTIONS_BAD;
		} else if (strcmp(word, "--")) {
			out_error("Unexpected argument(s): %s\n", word);
		}
	}
	return result;
}
