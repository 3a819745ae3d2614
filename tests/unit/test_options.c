/* links: options.c */
/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

static struct options o;
static char copy[256];
static char printed[4096];

/* Splits at blanks; standard output and error go to printed[]. */
static enum options_result parse(const char *line)
{
	char *argv[32] = { "ukeepalived" }, *word, *rest;
	int argc = 1, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), fds[2];
	enum options_result result;
	ssize_t n;

	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	fflush(stdout);
	dup2(fds[1], STDOUT_FILENO);
	dup2(fds[1], STDERR_FILENO);
	o = (struct options){ 0 };
	result = options_parse(argc, argv, &o);
	fflush(stdout);
	n = read(fds[0], printed, sizeof(printed) - 1);
	printed[n > 0 ? n : 0] = '\0';
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	close(fds[0]);
	close(fds[1]);
	return result;
}

static void nothing_means_both_parts(void **state)
{
	(void)state;
	assert_int_equal(parse(""), OPTIONS_RUN);
	assert_true(!o.check_only && !o.vrrp_only);
	assert_false(o.test || o.foreground || o.console || o.detail || o.dump || o.no_syslog);
	assert_false(o.keep_vrrp || o.keep_ipvs || o.no_respawn || o.core_dump);
	assert_null(o.conf_file);
	assert_null(o.pid_file);
	assert_null(o.log_file);
	assert_int_equal(o.facility, LOG_DAEMON);
	assert_int_equal(o.umask, -1);
}

static void short_ones(void **state)
{
	(void)state;
	assert_int_equal(parse("-nlDd -S 3 -f a.conf -pb.pid -i id -VIRm -s ns -u 077"), OPTIONS_RUN);
	assert_true(o.foreground && o.console && o.detail && o.dump);
	assert_string_equal(o.dump, "");
	assert_true(o.keep_vrrp && o.keep_ipvs && o.no_respawn && o.core_dump);
	assert_int_equal(o.facility, LOG_LOCAL3);
	assert_string_equal(o.conf_file, "a.conf");
	assert_string_equal(o.pid_file, "b.pid");
	assert_string_equal(o.config_id, "id");
	assert_string_equal(o.net_namespace, "ns");
	assert_int_equal(o.umask, 077);
	assert_int_equal(parse("-D -dd -S 0"), OPTIONS_RUN);
	assert_true(o.dump && *o.dump);
	assert_int_equal(o.facility, LOG_LOCAL0);
	assert_int_equal(parse("-P"), OPTIONS_RUN);
	assert_true(!o.check_only && o.vrrp_only);
	assert_int_equal(parse("-C"), OPTIONS_RUN);
	assert_true(!!o.check_only && !o.vrrp_only);
	assert_int_equal(parse("-nfx"), OPTIONS_RUN);
	assert_string_equal(o.conf_file, "x");
}

static void long_ones(void **state)
{
	(void)state;
	assert_int_equal(parse("--dont-fork --use-file=a --pid b --log-facility local7 --log-detail --dump-conf"), OPTIONS_RUN);
	assert_true(o.foreground && o.detail && o.dump);
	assert_string_equal(o.conf_file, "a");
	assert_string_equal(o.pid_file, "b");
	assert_int_equal(o.facility, LOG_LOCAL7);
	assert_int_equal(parse("--dont-f --use a"), OPTIONS_RUN);
	assert_true(o.foreground);
	assert_string_equal(o.conf_file, "a");
	assert_int_equal(parse("--log-facility=user"), OPTIONS_RUN);
	assert_int_equal(o.facility, LOG_USER);
	assert_int_equal(parse("--check"), OPTIONS_RUN);
	assert_true(!!o.check_only && !o.vrrp_only);
}

static void optional_arguments_are_attached(void **state)
{
	(void)state;
	assert_int_equal(parse("-t"), OPTIONS_RUN);
	assert_true(o.test && !*o.test);
	assert_int_equal(parse("-tx -g"), OPTIONS_RUN);
	assert_string_equal(o.test, "x");
	assert_string_equal(o.log_file, "/tmp/keepalived.log");
	assert_int_equal(parse("--config-test=y --log-file=z"), OPTIONS_RUN);
	assert_string_equal(o.test, "y");
	assert_string_equal(o.log_file, "z");
	assert_int_equal(parse("--config-test= -n"), OPTIONS_RUN);
	assert_true(o.test && !*o.test && o.foreground);
}

static void keepalived_s_others_are_accepted(void **state)
{
	(void)state;
	assert_int_equal(parse("-r a -c b -b c -a -B -e -x -A d -X -M -Mcore --release-vips --no_bfd --vrrp_pid=a "
			       "--checkers_pid b --bfd_pid c --address-monitoring --all-config --snmp"), OPTIONS_RUN);
	assert_int_equal(parse("--snmp-agent-socket=x --flush-log-file --no-mem-check --perf --perf=all --debug=DvE "
			       "--core-dump-pattern=x --all --vrrp --"), OPTIONS_RUN);
	assert_true(!o.check_only && !o.vrrp_only && o.core_dump);
	assert_string_equal(printed, "");
}

static void wrong_ones_are_told(void **state)
{
	static const struct {
		const char *line, *text;
	} rows[] = {
		{ "-Z", "Unknown option -Z\n" }, { "-nZ", "Unknown option -Z\n" }, { "--foo", "Unknown option --foo\n" },
		{ "--dont", "Unknown option --dont\n" }, { "--dont-fork=1", "Unknown option --dont-fork=1\n" },
		{ "-p", "Missing parameter for option -p\n" }, { "--pid=", "Missing parameter for option --pid\n" },
		{ "--use-file", "Missing parameter for option --use-file\n" }, { "-nf", "Missing parameter for option -f\n" },
		{ "-S 8", "Invalid log facility '8'\n" }, { "-S 10", "Invalid log facility '10'\n" },
		{ "-S mail", "Invalid log facility 'mail'\n" }, { "-S local", "Invalid log facility 'local'\n" },
		{ "-u 8888", "Invalid umask '8888'\n" }, { "-u -1", "Invalid umask '-1'\n" },
		{ "--signum=FOO", "Unknown sigfunc 'FOO'\n" }, { "stauts -n", "Unknown command stauts\n" },
	};
	unsigned i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i].line), OPTIONS_BAD);
		assert_string_equal(printed, rows[i].text);
	}
	/* keepalived starts with a stray word, and so do init scripts that have one. */
	assert_int_equal(parse("-n stray"), OPTIONS_RUN);
	assert_string_equal(printed, "Unexpected argument(s): stray\n");
}

static void the_help_fits_a_screen(void **state)
{
	const char *line = printed, *end;
	int lines = 0;

	(void)state;
	assert_int_equal(parse("--help"), OPTIONS_DONE);
	for (; (end = strchr(line, '\n')); line = end + 1) {
		assert_true(end - line <= 80);
		lines++;
	}
	assert_in_range(lines, 15, 24);
	assert_int_equal(parse("-v"), OPTIONS_DONE);
	assert_non_null(strstr(printed, "keepalived v"));
}

static void signal_numbers(void **state)
{
	(void)state;
	assert_int_equal(parse("--signum=JSON"), OPTIONS_DONE);
	assert_string_equal(printed, "36\n");
	assert_int_equal(options_signum("STOP"), SIGTERM);
	assert_int_equal(options_signum("RELOAD"), SIGHUP);
	assert_int_equal(options_signum("DATA"), SIGUSR1);
	assert_int_equal(options_signum("STATS"), SIGUSR2);
	assert_int_equal(options_signum("STATS_CLEAR"), SIGRTMAX - 1);
	assert_int_equal(options_signum("json"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_means_both_parts), cmocka_unit_test(short_ones), cmocka_unit_test(long_ones),
		cmocka_unit_test(optional_arguments_are_attached), cmocka_unit_test(keepalived_s_others_are_accepted),
		cmocka_unit_test(wrong_ones_are_told), cmocka_unit_test(the_help_fits_a_screen), cmocka_unit_test(signal_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
