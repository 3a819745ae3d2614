/* SPDX-License-Identifier: MIT */
/*
 * The life cycle (start, reload, stop) and the wiring of everything else.
 */
#include "config.h"
#include "envcheck.h"
#include "fifo.h"
#include "genhash.h"
#include "iface.h"
#include "log.h"
#include "loop.h"
#include "lvs.h"
#include "notify.h"
#include "options.h"
#include "process.h"
#include "router.h"
#include "smtp.h"
#include "status.h"
#include "text.h"
#include "track.h"
#include "track_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CONF_FILE "/etc/keepalived/keepalived.conf"
#define CONF_FILE_LOCAL "/usr/local/etc/keepalived/keepalived.conf"
/* What mail under way and readers of the last lines are given at the end. */
#define LAST_PATIENCE_US US_PER_S

#define tell(...) log_write(LOG_INFO | LOG_FROM_MAIN, __VA_ARGS__)
#define tell_error(...) log_write(LOG_ERR | LOG_FROM_MAIN, __VA_ARGS__)

/* There is one. */
static struct {
	const char *conf_file;
	struct print_from now;    /* what runs: no router with -C, no virtual servers with -P and where there is nothing for them to do */
	struct child script;      /* startup_script or shutdown_script, pid 0: none runs */
	bool addresses;           /* are told, for ha_suspend */
	bool looping;             /* there is a loop */
	bool begun;               /* the startup script has had its turn */
	bool running;             /* started and not stopping */
	bool stopping, reload_wanted;
	bool ending;              /* it was so when the script began */
	unsigned missing;         /* errors of env_check() */
	unsigned dump_mode;       /* of the files that signals ask for */
	struct options options;
	char name[128];           /* of namespace and instance, for the log */
	char pid_path[300];
} app;

static const char *find_conf_file(const struct options *o)
{
	if (o->conf_file)
		return o->conf_file;
	return access(CONF_FILE, F_OK) && !access(CONF_FILE_LOCAL, F_OK) ? CONF_FILE_LOCAL : CONF_FILE;
}

/* Configuration */

/* ctx: where messages go besides the log, or with -t in its place; or NULL. */
static void on_message(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	struct out *to = ctx;
	const char *word = severity == 'e' ? "error" : "warning";

	if (!file)
		file = app.conf_file;
	if (to)
		out_print(to, "%s:%u: %s: %s\n", file, line, word, text);
	if (!app.options.test)
		log_write((severity == 'e' ? LOG_ERR : LOG_WARNING) | LOG_FROM_MAIN, "%s:%u: %s: %s", file, line, word, text);
}

static struct config *load(struct out *to)
{
	struct conf_options how = { .id = app.options.config_id, .message = on_message, .ctx = to };
	struct config *c = conf_load(app.conf_file, &how);

	if (c && app.options.net_namespace)
		c->global.net_namespace = app.options.net_namespace;
	return c;
}

/* -t */
static int test_config(void)
{
	const char *file = app.options.test, *ns;
	struct config *c;
	struct fd_out messages, dump;
	struct out *to = &messages.out;
	int fd = *file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : STDERR_FILENO, err, result;

	if (fd < 0) {
		out_error("%s: %m\n", file);
		return 1;
	}
	out_open(&messages, fd);
	c = load(to);
	if (!c) {
		on_message(to, 'e', NULL, 0, text_error(errno));
		out_end(&messages);
		return 1;
	}
	ns = c->global.net_namespace;
	err = ns ? process_enter_netns(ns) : 0;
	if (err)
		out_print(to, "%s:0: warning: net_namespace %s: %*m\n", app.conf_file, ns, err);
	result = env_check(c, on_message, to) + c->errors > 0;
	if (out_end(&messages))
		result = 1;
	out_open(&dump, STDOUT_FILENO);
	if (app.options.dump)
		conf_dump(c, &dump.out, *app.options.dump);
	if (out_end(&dump))
		result = 1;
	conf_free(c);
	return result;
}

/* Whole lines of what is there, or all of it where no line ends. */
static void log_lines(struct out *to)
{
	char *line = to->buf, *end;

	while ((end = memchr(line, '\n', to->len))) {
		tell("%.*s", (int)(end - line), line);
		to->len -= (size_t)(end + 1 - line);
		line = end + 1;
	}
	if (line == to->buf) {
		tell("%.*s", (int)to->len, line);
		to->len = 0;
	}
	memmove(to->buf, line, to->len);
}

/* -d */
static void dump_to_log(const struct config *c)
{
	char bytes[1024];
	struct out to = { .buf = bytes, .size = sizeof(bytes), .drain = log_lines };

	conf_dump(c, &to, false);
	out_flush(&to);
}

static void set_umask(void)
{
	int mask = app.options.umask;

	if (mask < 0 && app.now.config)
		mask = app.now.config->global.umask;
	umask(mask < 0 ? 022 : (mode_t)mask);
	/* Passwords are among what is dumped. */
	app.dump_mode = mask < 0 ? 0600 : 0666;
}

static void start_log(void)
{
	const struct options *o = &app.options;
	struct log_settings s = {
		.to_stderr = o->console && o->foreground,
		.file = o->log_file,
		.facility = o->facility,
		.level = o->detail ? LOG_DEBUG : LOG_INFO,
		.suffix = app.name,
	};

	s.no_syslog = o->no_syslog || s.to_stderr;
	log_init(&s);
}

/* What is told of the others */

static void on_router_event(const struct router_event *event)
{
	fifo_router_event(event);
	smtp_router_event(event);
	if (app.now.lvs)
		lvs_router_event(event);
}

static void on_addresses(void *ctx, struct iface *iface, unsigned change)
{
	(void)ctx, (void)iface;
	if (change & (IFACE_ADDRS | IFACE_OWN_ADDRS | IFACE_REDUMPED))
		lvs_addresses_changed();
}

static bool has_addr(const struct addr *addr)
{
	if (!app.addresses)
		app.addresses = !iface_open(on_addresses, NULL);
	return app.addresses && iface_has_addr(addr);
}

static void on_track_change(void)
{
	if (app.now.router)
		router_track_changed(app.now.router);
}

/* Everything else goes on meanwhile. */
static void wait_while(bool (*busy)(void), uint64_t at_most_us)
{
	uint64_t until_us = loop_refresh_now() + at_most_us;

	while (busy() && loop_now() < until_us)
		loop_turn(until_us - loop_now());
}

static void script_ended(struct child *c, int status)
{
	(void)status;
	c->pid = 0;
}

/* A request to stop ends the wait for startup_script. */
static bool script_runs(void)
{
	return app.script.pid && app.stopping == app.ending;
}

static void run_script(const struct conf_script *script, uint64_t timeout_us)
{
	app.script.cb = script_ended;
	if (!script || notify_spawn(script, NULL, &app.script))
		return;
	app.ending = app.stopping;
	wait_while(script_runs, timeout_us);
	if (!app.script.pid)
		return;
	tell_error("%s: still running, ended", script->text);
	child_remove(&app.script);
	notify_kill(app.script.pid, SIGTERM);
}

/* Reload */

static const char *refusal(const struct config *fresh)
{
	const struct global_conf *old = &app.now.config->global, *new = &fresh->global;

	if (conf_has_new_errors(app.now.config, fresh))
		return "new errors";
	if (!text_same(old->net_namespace, new->net_namespace))
		return "another net_namespace takes a restart";
	if (!text_same(old->instance_name, new->instance_name))
		return "another instance name takes a restart";
	return NULL;
}

/* fifo_write_vrrp_states_on_reload: a new reader, or a script begun anew, learns how things stand. Members of a group agree. */
static void repeat_states(void)
{
	struct router_view v;
	unsigned i;

	for (i = 0; router_view(app.now.router, i, &v); i++) {
		struct router_event event = { .instance = v.conf, .from = v.machine->state, .to = v.machine->state };

		event.what = (uint8_t)event.to;
		if (event.to == VRRP_INIT)
			continue;
		event.priority = v.machine->effective_priority;
		fifo_router_event(&event);
		if (!v.conf->group || v.conf->group->instances[0] != v.conf)
			continue;
		event.instance = NULL;
		event.group = v.conf->group;
		fifo_router_event(&event);
	}
}

/* What became known before it was there to be told. */
static void tell_states(void)
{
	struct router_view v;

	for (unsigned i = 0; app.now.router && router_view(app.now.router, i, &v); i++)
		lvs_router_event(&(struct router_event){ .instance = v.conf, .to = v.machine->state });
}

/* Its sockets may belong into another network namespace than ours. */
static int open_lvs(void)
{
	const struct lvs_hooks hooks = { fifo_server_event, smtp_alert, has_addr, !app.options.vrrp_only, !app.options.check_only };
	const char *name = app.now.config->global.net_namespace_ipvs;
	int own = name ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1, err = name ? process_enter_netns(name) : 0, result;

	if (err)
		tell_error("net_namespace_ipvs %s: %*m", name, err);
	result = lvs_open(&hooks);
	if (name && setns(own, CLONE_NEWNET))
		tell_error("network namespace: %m");
	close(own);
	return result;
}

static void run_lvs(void)
{
	const struct config *c = app.now.config;
	bool wanted = (c->virtual_servers.first && !app.options.vrrp_only) || c->global.lvs_sync.interface;
	int err;

	if (!HAVE_LVS || !(wanted || app.now.lvs))
		return;
	if (app.now.lvs) {
		lvs_reload(c);
	} else {
		err = open_lvs();
		if (err) {
			lvs_close();
			tell_error("virtual servers: %*m", err);
			return;
		}
		app.now.lvs = true;
		lvs_start(c);
	}
	tell_states();
}

static void apply(struct config *fresh)
{
	struct config *old = app.now.config;
	int err;

	app.now.config = fresh;
	set_umask();
	process_tune(&old->global, &fresh->global);
	notify_set_config(fresh);
	fifo_set_config(&fresh->global);
	smtp_set_config(fresh);
	err = track_file_set(&fresh->files, true);
	if (app.now.router) {
		err |= track_set_config(fresh, true);
		router_reload(app.now.router, fresh);
		if (fresh->global.fifo_write_vrrp_states_on_reload)
			repeat_states();
	}
	run_lvs();
	if (err)
		tell_error("tracked objects: %*m", err);
	conf_free(old);
}

static int reload(struct out *answer)
{
	struct config *fresh;
	unsigned missing = 0;
	const char *why;
	char text[512];

	text_format(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)loop_refresh_now());
	process_tell_supervisor(text);
	log_reopen();
	tell("Reloading ...");
	fresh = load(answer);
	why = fresh ? refusal(fresh) : text_error(errno);
	if (!why && (missing = env_check(fresh, on_message, answer)) > app.missing)
		why = "new errors";
	if (why) {
		text_format(text, sizeof(text), "%s: reload refused (%s): the running configuration stays", app.conf_file, why);
		tell_error("%s", text);
		if (answer)
			out_print(answer, "%s\n", text);
		conf_free(fresh);
	} else {
		app.missing = missing;
		apply(fresh);
		tell("Reload complete");
	}
	process_tell_supervisor("READY=1");
	return why ? -EINVAL : 0;
}

/* The name of namespace and instance, where wanted, comes before the extension. */
static void write_dump(enum print_kind kind)
{
	static const char files[][17] = { "keepalived.data", "keepalived.json", "keepalived.stats" };
	const struct global_conf *g = &app.now.config->global;
	const char *path = g->dump_files[kind - PRINT_DATA], *dot;
	bool named = g->data_use_instance;
	char text[256];

	if (!path)
		path = files[kind - PRINT_DATA];
	dot = strrchr(path, '.');
	if (!dot || strchr(dot, '/'))
		dot = path + strlen(path);
	text_format(text, sizeof(text), "%s%.*s%s%s", *path == '/' ? "" : "/tmp/", (int)(dot - path), path, named ? app.name : NULL, dot);
	status_write(kind == PRINT_JSON && g->json_version == 2 ? PRINT_WHOLE_JSON : kind, text, app.dump_mode);
}

static void on_signal(int signo)
{
	if (signo == SIGTERM || signo == SIGINT) {
		app.stopping = true;
		loop_stop(0);
	} else if (!app.running) {
		app.reload_wanted |= signo == SIGHUP;
	} else if (signo == SIGHUP) {
		reload(NULL);
	} else if (signo != SIGNAL_STATS_CLEAR) {
		write_dump(signo == SIGUSR1 ? PRINT_DATA : signo == SIGUSR2 ? PRINT_STATS : PRINT_JSON);
	} else if (app.now.router) {
		router_clear_counters(app.now.router);
	}
}

/* Start */

__attribute__((format(printf, 1, 2))) static int fail(const char *format, ...)
{
	char reason[256];
	va_list args;

	va_start(args, format);
	text_vformat(reason, sizeof(reason), format, &args);
	va_end(args);
	tell_error("%s", reason);
	process_fail(reason);
	if (app.options.foreground && !app.options.console)
		out_error("ukeepalived: %s\n", reason);
	return 1;
}

static void greet(char **argv, int crash_signal)
{
	char bytes[512] = "";
	struct out line = { .buf = bytes, .size = sizeof(bytes) - 1 };
	struct utsname u;

	tell("Starting Keepalived (ukeepalived v" UKEEPALIVED_VERSION ")");
	if (crash_signal)
		tell_error("started again after an end by signal %d", crash_signal);
	if (!uname(&u))
		tell("Running on %s %s %s", u.sysname, u.release, u.machine);
	for (; *argv; argv++)
		out_print(&line, " '%s'", *argv);
	tell("Command line:%s", bytes);
}

static int prepare_loop(void)
{
	static const uint8_t signals[] = {
		SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGNAL_STATS_CLEAR, SIGNAL_JSON, SIGNAL_JSON + 1 /* as musl's kill has it */
	};

	if (loop_open())
		return fail("signals: %m");
	app.looping = true;
	for (unsigned i = 0; i < sizeof(signals); i++)
		if (loop_on_signal(signals[i], on_signal))
			return fail("signals: %m");
	if (app.options.core_dump)
		process_allow_core();
	if (!app.options.no_respawn)
		process_guard(!app.options.foreground);
	return 0;
}

/* What the rest is to run in: namespace, names, limits. */
static int enter(void)
{
	const struct global_conf *g = &app.now.config->global;
	const char *ns = g->net_namespace, *instance = g->instance_name;
	int err;

	text_format(app.name, sizeof(app.name), "%s%s%s%s", ns ? "_" : NULL, ns, instance ? "_" : NULL, instance);
	if (*app.name)
		start_log();
	err = ns ? process_enter_netns(ns) : 0;
	if (err)
		return fail("network namespace %s: %*m", ns, err);
	if (app.options.pid_file)
		text_format(app.pid_path, sizeof(app.pid_path), "%s", app.options.pid_file);
	else
		process_pid_path(app.pid_path, sizeof(app.pid_path), ns, instance, g->use_pid_dir);
	err = process_pid_holder(app.pid_path);
	if (err)
		return fail("daemon is already running (%s, pid %d)", app.pid_path, err);
	process_tune(NULL, g);
	return 0;
}

static int start_parts(void)
{
	int err;

	notify_set_config(app.now.config);
	app.begun = true;
	run_script(app.now.config->global.startup_script, app.now.config->global.startup_timeout_us);
	smtp_open();
	track_open(on_track_change);
	fifo_set_config(&app.now.config->global);
	smtp_set_config(app.now.config);
	err = track_file_set(&app.now.config->files, false);
	if (!app.options.check_only)
		err |= track_set_config(app.now.config, false);
	if (err)
		return fail("tracked objects: %*m", err);
	loop_refresh_now();
	if (!app.options.check_only) {
		app.now.router = router_new(on_router_event);
		if (!app.now.router)
			return fail("router: %m");
		err = router_start(app.now.router, app.now.config);
		if (err)
			return fail("router: %*m", err);
	}
	run_lvs();
	return 0;
}

static void start_status(void)
{
	int err = status_open(&app.now, reload, app.pid_path);

	if (err)
		log_write(LOG_WARNING | LOG_FROM_MAIN, "no control socket beside %s: %*m", app.pid_path, err);
}

static int start(void)
{
	int err;

	if (prepare_loop())
		return 1;
	app.now.config = load(NULL);
	if (!app.now.config)
		return fail("%s: %m", app.conf_file);
	tell("Configuration file %s", app.conf_file);
	set_umask();
	if (enter())
		return 1;
	app.missing = env_check(app.now.config, on_message, NULL);
	if (app.options.dump)
		dump_to_log(app.now.config);
	if (start_parts())
		return 1;
	err = process_pid_write(app.pid_path);
	if (err == -EBUSY)
		return fail("daemon is already running (%s)", app.pid_path);
	if (err)
		log_write(LOG_WARNING | LOG_FROM_MAIN, "no pid file: %s: %*m", app.pid_path, err);
	start_status();
	process_ready();
	process_tell_supervisor("READY=1");
	tell("Startup complete");
	app.running = true;
	return 0;
}

/* The end */

static bool last_words(void)
{
	return smtp_busy() || fifo_busy();
}

static void end(void)
{
	struct router *router = app.now.router;

	app.running = false;
	process_unguard();
	process_tell_supervisor("STOPPING=1");
	tell("Stopping");
	status_close();
	app.now.router = NULL;
	if (router && !app.options.keep_vrrp)
		router_stop(router);
	if (app.now.lvs && !app.options.keep_ipvs)
		lvs_stop();
	wait_while(notify_pending, app.begun ? app.now.config->global.child_wait_s * US_PER_S : 0);
	if (router)
		router_free(router);
	iface_close();
	if (app.now.lvs)
		lvs_close();
	track_close();
	track_file_close();
	fifo_stop();
	if (app.begun)
		run_script(app.now.config->global.shutdown_script, app.now.config->global.shutdown_timeout_us);
	wait_while(last_words, LAST_PATIENCE_US);
	smtp_close();
	fifo_close();
	conf_free(app.now.config);
}

/* A daemon leaves its directory to be unmounted, unless the command line speaks of it. */
static bool paths_are_relative(void)
{
	const struct options *o = &app.options;

	return *app.conf_file != '/' || (o->pid_file && *o->pid_file != '/') || (o->log_file && *o->log_file != '/');
}

int main(int argc, char **argv)
{
	int result = HAVE_LVS ? genhash(argv) : -1, crash_signal;

	if (result >= 0)
		return result;
	if (argc > 1 && status_is_command(argv[1]))
		return status_ask(argv + 1);
	crash_signal = process_init(argv);
	result = options_parse(argc, argv, &app.options);
	if (result != OPTIONS_RUN)
		return result;
	app.conf_file = find_conf_file(&app.options);
	set_umask();
	if (app.options.test)
		return test_config();
	if (!app.options.foreground && process_daemonise(paths_are_relative()))
		return fail("no daemon: %m");
	start_log();
	greet(argv, crash_signal);
	result = start();
	if (!result) {
		if (app.reload_wanted)
			reload(NULL);
		if (!app.stopping)
			result = loop_run();
	}
	if (app.looping)
		end();
	process_end();
	loop_close();
	tell("Stopped Keepalived (ukeepalived v" UKEEPALIVED_VERSION ")");
	return result;
}
