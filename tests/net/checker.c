/* links: hash.c aead.c curve.c number.c tls.c x509.c check.c check_http.c check_net.c dns.c http.c track_file.c notify.c loop.c log.c date.c addr.c lexer.c lex_define.c lex_include.c keywords.c config.c conf_value.c conf_set.c conf_block.c conf_lvs.c conf_check.c conf_check_lvs.c */
/* SPDX-License-Identifier: MIT */
/*
 * The checkers of a configuration without IPVS and VRRP: checker FILE. Log on standard error; on standard output a line at each change,
 *	SERVER KIND up|down WEIGHT RESULT
 * HUP reloads: checks that ask the same go on. USR1 suspends all checks, USR2 wakes them.
 */
#include "check.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "track_file.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECKS_MAX 20000

static struct config *conf;
static const char *path;
static struct one {
	struct check_owner owner; /* first */
	const struct check_conf *conf;
	char *name;
	int weight;
} ones[CHECKS_MAX], old[CHECKS_MAX + 1];
static unsigned count;

static void changed(struct check_owner *owner, struct check *k, bool turned)
{
	const struct one *o = (const void *)owner;
	struct check_view v;

	(void)turned;
	check_view(k, &v);
	printf("%s %s %s %d %s\n", o->name, v.kind, check_up(k) ? "up" : "down", o->weight + check_weight(k, o->weight), v.result);
	fflush(stdout);
}

static void message(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s:%u: %c: %s\n", file, line, severity, text);
}

static char *name_of(const struct addr *a, unsigned port)
{
	char text[ADDR_TEXT_MAX], buf[80];

	snprintf(buf, sizeof(buf), "[%s]:tcp:%u", addr_text(a, text), port);
	return strdup(buf);
}

static void add(const struct check_conf *c, const struct real_server_conf *rs, unsigned old_count)
{
	struct one *o = &ones[count];
	unsigned i;

	if (count++ == CHECKS_MAX)
		abort();
	*o = (struct one){ .conf = c, .name = name_of(&rs->addr, rs->port), .weight = rs->weight };
	o->owner = (struct check_owner){ o->name, "VS", NULL };
	for (i = 0; i < old_count; i++)
		if (old[i].owner.checks && check_same(old[i].conf, c))
			break;
	if (!check_start(&o->owner, c, &old[i < old_count ? i : CHECKS_MAX].owner.checks))
		abort();
}

static void load(void)
{
	const struct conf_options options = { .message = message };
	struct config *fresh = conf_load(path, &options);
	unsigned old_count = count, i;

	if (!fresh)
		exit(1);
	memcpy(old, ones, sizeof(ones));
	count = 0;
	notify_set_config(fresh);
	if (!conf)
		checks_open(changed);
	if (track_file_set(&fresh->files, conf))
		exit(1);
	checks_set_config(fresh);
	CONF_EACH(struct virtual_server_conf, vs, &fresh->virtual_servers)
		CONF_EACH(struct real_server_conf, rs, &vs->real_servers)
			CONF_EACH(struct check_conf, c, &rs->checks)
				add(c, rs, old_count);
	for (i = 0; i < old_count; i++) {
		checks_stop(&old[i].owner.checks);
		free(old[i].name);
	}
	conf_free(conf);
	conf = fresh;
}

static void on_signal(int signo)
{
	unsigned i;

	if (signo == SIGHUP)
		load();
	else if (signo == SIGTERM)
		loop_stop(0);
	else
		for (i = 0; i < count; i++)
			checks_suspend(ones[i].owner.checks, signo == SIGUSR1);
}

int main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGTERM, SIGUSR1, SIGUSR2 };
	unsigned i;

	if (argc != 2)
		return 2;
	log_init(&(struct log_settings){ .to_stderr = true, .level = LOG_INFO });
	path = argv[1];
	if (loop_open())
		return 1;
	for (i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		loop_on_signal(signals[i], on_signal);
	load();
	loop_run();
	for (i = 0; i < count; i++) {
		checks_stop(&ones[i].owner.checks);
		free(ones[i].name);
	}
	checks_close();
	track_file_close();
	conf_free(conf);
	loop_close();
	return 0;
}
