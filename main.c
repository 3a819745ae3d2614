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

struct app {
	const char *conf_file;
	struct config *config;
	struct router *router;    /* NULL with -C */
	bool lvs;                 /* not with -P, nor where there is nothing for it to do */
	bool addresses;           /* are told, for ha_suspend */
	uint64_t until_us;        /* how long wait_more() waits */
	bool looping;             /* there is a loop */
	bool begun;               /* the startup script has had its turn */
	bool running;             /* started and not stopping */
	bool stopping, reload_wanted;
	unsigned missing;         /* errors of env_check() */
	unsigned dump_mode;       /* of the files that signals ask for */
	struct options options;
	struct print_from from;
	char name[128];           /* of namespace and instance, for the log */
	char pid_path[300];
};
/* There is one. */
static struct app app;

static const char *find_conf_file(const struct options *o)
{
	if (o->conf_file)
		return o->conf_file;
	return access(CONF_FILE, F_OK) && !access(CONF_FILE_LOCAL, F_OK) ? CONF_FILE_LOCAL : CONF_FILE;
}

/* Configuration */

/* Where messages on the configuration go. */
struct teller {
	const struct app *app;
	struct out *out; /* besides the log, or with -t in its place; or NULL */
};

static void on_message(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	const struct teller *to = ctx;
	const char *word = severity == 'e' ? "error" : "warning";

	if (!file)
		file = to->app->conf_file;
	if (to->out)
		out_print(to->out, "%s:%u: %s: %s\n", file, line, word, text);
	if (!to->app->options.test)
		log_write((severity == 'e' ? LOG_ERR : LOG_WARNING) | LOG_FROM_MAIN, "%s:%u: %s: %s", file, line, word, text);
}

static struct config *load(const struct teller *to)
{
	struct conf_options how = { .id = to->app->options.config_id, .message = on_message, .ctx = (void *)(uintptr_t)to };

	return conf_load(to->app->conf_file, &how);
}

static const char *net_namespace(const struct app *a, const struct config *c)
{
	return a->options.net_namespace ? a->options.net_namespace : c->global.net_namespace;
}

/* -t */
static int test_config(struct app *a)
{
	const char *file = a->options.test_file, *ns;
	struct fd_out messages, dump;
	struct teller to = { a, &messages.out };
	int fd = file ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666) : STDERR_FILENO, err, result;

	if (fd < 0) {
		out_error("%s: %m\n", file);
		return 1;
	}
	out_open(&messages, fd);
	a->config = load(&to);
	if (!a->config) {
		on_message(&to, 'e', NULL, 0, text_error(errno));
		out_end(&messages);
		return 1;
	}
	ns = net_namespace(a, a->config);
	err = ns ? process_enter_netns(ns) : 0;
	if (err)
		out_print(to.out, "%s:0: warning: net_namespace %s: %s\n", a->conf_file, ns, text_error(err));
	result = env_check(a->config, on_message, &to) + a->config->errors > 0;
	if (out_end(&messages))
		result = 1;
	out_open(&dump, STDOUT_FILENO);
	if (a->options.dump)
		conf_dump(a->config, &dump.out, a->options.dump_secrets);
	if (out_end(&dump))
		result = 1;
	conf_free(a->config);
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

static void set_umask(struct app *a)
{
	int mask = a->options.umask;

	if (mask < 0 && a->config)
		mask = a->config->global.umask;
	umask(mask < 0 ? 022 : (mode_t)mask);
	/* Passwords are among what is dumped. */
	a->dump_mode = mask < 0 ? 0600 : 0666;
}

static void start_log(const struct app *a)
{
	const struct options *o = &a->options;
	struct log_settings s = {
		.to_stderr = o->console && o->foreground,
		.file = o->log_file,
		.facility = o->facility,
		.level = o->detail ? LOG_DEBUG : LOG_INFO,
		.suffix = *a->name ? a->name : NULL,
	};

	s.no_syslog = o->no_syslog || s.to_stderr;
	log_init(&s);
}

/* What is told of the others */

static void on_router_event(void *ctx, const struct router_event *event)
{
	struct app *a = ctx;

	fifo_router_event(event);
	smtp_router_event(event);
	if (a->lvs)
		lvs_router_event(event);
}

static void on_server(void *ctx, const char *real, const char *virtual, bool up)
{
	(void)ctx;
	fifo_server_event(real, virtual, up);
}

static void on_alert(void *ctx, const char *what, const char *text)
{
	(void)ctx;
	smtp_alert(what, text);
}

static void on_addresses(void *ctx, struct iface *iface, unsigned change)
{
	(void)ctx, (void)iface;
	if (change & (IFACE_ADDRS | IFACE_OWN_ADDRS | IFACE_REDUMPED))
		lvs_addresses_changed();
}

static bool has_addr(void *ctx, const struct addr *addr)
{
	struct app *a = ctx;

	if (!a->addresses)
		a->addresses = !iface_open(on_addresses, a);
	return a->addresses && iface_has_addr(addr);
}

static void on_track_change(void)
{
	if (app.router)
		router_track_changed(app.router);
}

static void wait_at_most(struct app *a, uint64_t us)
{
	a->until_us = loop_refresh_now() + us;
}

/* A turn of everything else; false when the time is over. */
static bool wait_more(struct app *a)
{
	if (loop_now() >= a->until_us)
		return false;
	loop_turn(a->until_us - loop_now());
	return true;
}

struct script_run {
	struct child child;
	bool done;
};

static void script_ended(struct child *c, int status)
{
	struct script_run *run = container_of(c, struct script_run, child);

	(void)status;
	run->done = true;
}

/* startup_script and shutdown_script: everything else goes on meanwhile. A request to stop ends the wait for the former. */
static void run_script(struct app *a, const struct conf_script *script, uint64_t timeout_us)
{
	struct script_run run = { .child.cb = script_ended };
	bool was_stopping = a->stopping;

	if (!script)
		return;
	if (notify_spawn(script, NULL, &run.child))
		return;
	wait_at_most(a, timeout_us);
	while (!run.done && a->stopping == was_stopping && wait_more(a))
		;
	if (run.done)
		return;
	tell_error("%s: still running, ended", script->text);
	child_remove(&run.child);
	notify_kill(run.child.pid, SIGTERM);
}

/* Reload */

static const char *refusal(const struct app *a, const struct config *fresh)
{
	const struct global_conf *old = &a->config->global, *new = &fresh->global;

	if (conf_has_new_errors(a->config, fresh))
		return "new errors";
	if (!text_same(net_namespace(a, a->config), net_namespace(a, fresh)))
		return "another net_namespace takes a restart";
	if (!text_same(old->instance_name, new->instance_name))
		return "another instance name takes a restart";
	return NULL;
}

/* fifo_write_vrrp_states_on_reload: a new reader, or a script begun anew, learns how things stand. Members of a group agree. */
static void repeat_states(const struct app *a)
{
	struct router_view v;
	unsigned i;

	for (i = 0; router_view(a->router, i, &v); i++) {
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
static void tell_states(const struct app *a)
{
	struct router_view v;

	for (unsigned i = 0; a->router && router_view(a->router, i, &v); i++)
		lvs_router_event(&(struct router_event){ .instance = v.conf, .to = v.machine->state });
}

/* Its sockets may belong into another network namespace than ours. */
static int open_lvs(struct app *a)
{
	const struct lvs_hooks hooks = { on_server, on_alert, has_addr, a, a->options.check, a->options.vrrp };
	const char *name = a->config->global.net_namespace_ipvs;
	int own = name ? open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) : -1, err = name ? process_enter_netns(name) : 0, result;

	if (err)
		tell_error("net_namespace_ipvs %s: %s", name, text_error(err));
	result = lvs_open(&hooks);
	if (name && setns(own, CLONE_NEWNET))
		tell_error("network namespace: %m");
	close(own);
	return result;
}

static void run_lvs(struct app *a)
{
	const struct config *c = a->config;
	int err;

	if (!HAVE_LVS || (!a->lvs && !(a->options.check && c->virtual_servers.first) && !c->global.lvs_sync.interface))
		return;
	if (a->lvs) {
		lvs_reload(c);
	} else {
		err = open_lvs(a);
		if (err) {
			lvs_close();
			tell_error("virtual servers: %s", text_error(err));
			return;
		}
		a->lvs = true;
		lvs_start(c);
	}
	a->from.lvs = a->lvs;
	tell_states(a);
}

static void apply(struct app *a, struct config *fresh)
{
	struct config *old = a->config;
	int err = 0;

	a->config = a->from.config = fresh;
	set_umask(a);
	process_tune(&old->global, &fresh->global);
	notify_set_config(fresh);
	fifo_set_config(&fresh->global);
	smtp_set_config(fresh);
	if (a->router) {
		err = track_set_config(fresh, true);
		router_reload(a->router, fresh);
		if (fresh->global.fifo_write_vrrp_states_on_reload)
			repeat_states(a);
	}
	run_lvs(a);
	if (err)
		tell_error("tracked objects: %s", text_error(err));
	conf_free(old);
}

static int reload(struct app *a, struct out *answer)
{
	struct teller to = { a, answer };
	struct config *fresh;
	unsigned missing = 0;
	const char *why;
	char text[64];

	text_format(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)loop_refresh_now());
	process_tell_supervisor(text);
	log_reopen();
	tell("Reloading ...");
	fresh = load(&to);
	why = fresh ? refusal(a, fresh) : text_error(errno);
	if (!why && (missing = env_check(fresh, on_message, &to)) > a->missing)
		why = "new errors";
	if (why) {
		tell_error("%s: reload refused (%s): the running configuration stays", a->conf_file, why);
		if (answer)
			out_print(answer, "%s: reload refused (%s): the running configuration stays\n", a->conf_file, why);
		conf_free(fresh);
	} else {
		a->missing = missing;
		apply(a, fresh);
		tell("Reload complete");
	}
	process_tell_supervisor("READY=1");
	return why ? -EINVAL : 0;
}

static int on_reload_command(void *ctx, struct out *answer)
{
	return reload(ctx, answer);
}

/* The name of namespace and instance, where wanted, comes before the extension. */
static void write_dump(struct app *a, enum print_kind kind)
{
	static const char files[][17] = { "keepalived.data", "keepalived.json", "keepalived.stats" };
	const struct global_conf *g = &a->config->global;
	const char *path = kind == PRINT_JSON ? g->json_file : kind == PRINT_DATA ? g->state_file : g->stats_file, *dot;
	bool named = g->data_use_instance && *a->name;
	char text[256];

	if (!path)
		path = files[kind - PRINT_DATA];
	dot = strrchr(path, '.');
	if (!dot || strchr(dot, '/'))
		dot = path + strlen(path);
	text_format(text, sizeof(text), "%s%.*s%s%s%s", *path == '/' ? "" : "/tmp/", (int)(dot - path), path, named ? "_" : "", named ? a->name : "", dot);
	status_write(kind == PRINT_JSON && g->json_version == 2 ? PRINT_WHOLE_JSON : kind, text, a->dump_mode);
}

static void on_signal(void *ctx, int signo)
{
	struct app *a = ctx;

	if (signo == SIGTERM || signo == SIGINT) {
		a->stopping = true;
		loop_stop(0);
	} else if (!a->running) {
		a->reload_wanted |= signo == SIGHUP;
	} else if (signo == SIGHUP) {
		reload(a, NULL);
	} else if (signo != SIGNAL_STATS_CLEAR) {
		write_dump(a, signo == SIGUSR1 ? PRINT_DATA : signo == SIGUSR2 ? PRINT_STATS : PRINT_JSON);
	} else if (a->router) {
		router_clear_counters(a->router);
	}
}

/* Start */

__attribute__((format(printf, 2, 3))) static int fail(const struct app *a, const char *format, ...)
{
	char reason[256];
	va_list args;

	va_start(args, format);
	text_vformat(reason, sizeof(reason), format, args);
	va_end(args);
	tell_error("%s", reason);
	process_fail(reason);
	if (a->options.foreground && !a->options.console)
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

static int prepare_loop(struct app *a)
{
	static const uint8_t signals[] = {
		SIGHUP, SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGNAL_STATS_CLEAR, SIGNAL_JSON, SIGNAL_JSON + 1 /* as musl's kill has it */
	};

	if (loop_open())
		return fail(a, "signals: %m");
	a->looping = true;
	for (unsigned i = 0; i < sizeof(signals); i++)
		if (loop_on_signal(signals[i], on_signal, a))
			return fail(a, "signals: %m");
	if (a->options.core_dump)
		process_allow_core();
	if (!a->options.no_respawn)
		process_guard(!a->options.foreground);
	return 0;
}

/* What the rest is to run in: namespace, names, limits. */
static int enter(struct app *a)
{
	const struct global_conf *g = &a->config->global;
	const char *ns = net_namespace(a, a->config), *instance = g->instance_name;
	int err;

	text_format(a->name, sizeof(a->name), "%s%s%s", ns ? ns : "", ns && instance ? "_" : "", instance ? instance : "");
	if (*a->name)
		start_log(a);
	err = ns ? process_enter_netns(ns) : 0;
	if (err)
		return fail(a, "network namespace %s: %s", ns, text_error(err));
	if (a->options.pid_file)
		text_format(a->pid_path, sizeof(a->pid_path), "%s", a->options.pid_file);
	else
		process_pid_path(a->pid_path, sizeof(a->pid_path), ns, instance, g->use_pid_dir);
	err = process_pid_holder(a->pid_path);
	if (err)
		return fail(a, "daemon is already running (%s, pid %d)", a->pid_path, err);
	process_tune(NULL, g);
	return 0;
}

static int start_parts(struct app *a)
{
	struct router_hooks hooks = { on_router_event, a };
	int err;

	notify_set_config(a->config);
	a->begun = true;
	run_script(a, a->config->global.startup_script, a->config->global.startup_timeout_us);
	smtp_open();
	if (track_open(on_track_change))
		return fail(a, "%m");
	fifo_set_config(&a->config->global);
	smtp_set_config(a->config);
	err = a->options.vrrp ? track_set_config(a->config, false) : 0;
	if (err)
		return fail(a, "tracked objects: %s", text_error(err));
	loop_refresh_now();
	if (a->options.vrrp) {
		a->router = router_new(&hooks);
		if (!a->router)
			return fail(a, "router: %m");
		err = router_start(a->router, a->config);
		if (err)
			return fail(a, "router: %s", text_error(err));
	}
	run_lvs(a);
	return 0;
}

static void start_status(struct app *a)
{
	int err;

	a->from = (struct print_from){ .config = a->config, .router = a->router,
		.lvs = a->lvs };
	err = status_open(&a->from, on_reload_command, a, a->pid_path);
	if (err)
		log_write(LOG_WARNING | LOG_FROM_MAIN, "no control socket beside %s: %s", a->pid_path, text_error(err));
}

static int start(struct app *a)
{
	struct teller to = { a, NULL };
	int err;

	if (prepare_loop(a))
		return 1;
	a->config = load(&to);
	if (!a->config)
		return fail(a, "%s: %m", a->conf_file);
	tell("Configuration file %s", a->conf_file);
	set_umask(a);
	if (enter(a))
		return 1;
	a->missing = env_check(a->config, on_message, &to);
	if (a->options.dump)
		dump_to_log(a->config);
	if (start_parts(a))
		return 1;
	err = process_pid_write(a->pid_path);
	if (err == -EBUSY)
		return fail(a, "daemon is already running (%s)", a->pid_path);
	if (err)
		log_write(LOG_WARNING | LOG_FROM_MAIN, "no pid file: %s: %s", a->pid_path, text_error(err));
	start_status(a);
	process_ready();
	process_tell_supervisor("READY=1");
	tell("Startup complete");
	a->running = true;
	return 0;
}

/* The end */

static void end_router(struct app *a)
{
	struct router *router = a->router;

	a->router = NULL;
	if (!a->options.keep_vrrp)
		router_stop(router);
	wait_at_most(a, a->config->global.child_wait_s * US_PER_S);
	while (notify_pending() && wait_more(a))
		;
	router_free(router);
}

static void end_lvs(struct app *a)
{
	iface_close();
	if (!a->options.keep_ipvs)
		lvs_stop();
	wait_at_most(a, a->config->global.child_wait_s * US_PER_S);
	while (notify_pending() && wait_more(a))
		;
	lvs_close();
}

static void end(struct app *a)
{
	a->running = false;
	process_unguard();
	process_tell_supervisor("STOPPING=1");
	tell("Stopping");
	status_close();
	if (a->router)
		end_router(a);
	if (a->lvs)
		end_lvs(a);
	track_close();
	fifo_stop();
	if (a->begun)
		run_script(a, a->config->global.shutdown_script, a->config->global.shutdown_timeout_us);
	wait_at_most(a, LAST_PATIENCE_US);
	while ((smtp_busy() || fifo_busy()) && wait_more(a))
		;
	smtp_close();
	fifo_close();
	conf_free(a->config);
}

/* A daemon leaves its directory to be unmounted, unless the command line speaks of it. */
static bool paths_are_relative(const struct app *a)
{
	const struct options *o = &a->options;

	return *a->conf_file != '/' || (o->pid_file && *o->pid_file != '/') || (o->log_file && *o->log_file != '/');
}

int main(int argc, char **argv)
{
	int result = HAVE_LVS ? genhash(argv) : -1, crash_signal;

	if (result >= 0)
		return result;
	if (argc > 1 && status_is_command(argv[1]))
		return status_ask(argv + 1);
	crash_signal = process_init(argv);
	switch (options_parse(argc, argv, &app.options)) {
	case OPTIONS_DONE:
		return 0;
	case OPTIONS_BAD:
		return 1;
	case OPTIONS_RUN:
		break;
	}
	app.conf_file = find_conf_file(&app.options);
	set_umask(&app);
	if (app.options.test)
		return test_config(&app);
	if (!app.options.foreground && process_daemonise(paths_are_relative(&app)))
		return fail(&app, "no daemon: %m");
	start_log(&app);
	greet(argv, crash_signal);
	result = start(&app);
	if (!result) {
		if (app.reload_wanted)
			reload(&app, NULL);
		if (!app.stopping)
			result = loop_run();
	}
	if (app.looping)
		end(&app);
	process_end();
	loop_close();
	tell("Stopped Keepalived (ukeepalived v" UKEEPALIVED_VERSION ")");
	return result;
}
