/* links: tests/unit/fake_loop.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Tries, retries, verdicts and their times, of each kind of checker. Sockets, scripts and files are stand-ins; time stands still until it is moved. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static int socket_errno, bind_errno, connect_errno, so_error;
static unsigned sockets, connects, open_sockets;

static int fake_socket(int family, int type, int protocol)
{
	(void)family, (void)type, (void)protocol;
	sockets++;
	errno = socket_errno;
	if (socket_errno)
		return -1;
	open_sockets++;
	return 1000;
}

static int fake_bind(int fd, const struct sockaddr *a, socklen_t len)
{
	(void)fd, (void)a, (void)len;
	errno = bind_errno;
	return bind_errno ? -1 : 0;
}

static int fake_connect(int fd, const struct sockaddr *a, socklen_t len)
{
	(void)fd, (void)a, (void)len;
	connects++;
	errno = connect_errno;
	return connect_errno ? -1 : 0;
}

static int fake_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd, (void)level, (void)name;
	memcpy(value, &so_error, *len);
	return 0;
}

static int fake_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	(void)fd, (void)level, (void)name, (void)value, (void)len;
	return 0;
}

static ssize_t fake_send(int fd, const void *data, size_t len, int flags)
{
	(void)fd, (void)data, (void)flags;
	return (ssize_t)len;
}

static int fake_close(int fd)
{
	(void)fd;
	open_sockets--;
	return 0;
}

#define socket fake_socket
#define bind fake_bind
#define connect fake_connect
#define getsockopt fake_getsockopt
#define setsockopt fake_setsockopt
#define send fake_send
#define close fake_close
#include "check.c"
#undef socket
#undef bind
#undef connect
#undef getsockopt
#undef setsockopt
#undef send
#undef close

#include "fake_loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define S US_PER_S

static struct check_owner owner = { "RS", "VS", NULL };
static struct config config;
static struct check_conf conf;
static struct url_conf urls[3];
static char argv0[] = "/script";
static char *script_argv[] = { argv0, NULL };
static const struct conf_script script = { .text = argv0, .argv = script_argv };
static struct track_file_conf file = { .index = 0, .name = "f" };
static int file_value;
static void (*file_changed)(unsigned index);
static char logged[262144];
static unsigned changes, turns;
static struct check *to_stop; /* by the next change */
static pid_t next_pid;
static int killed[8];
static unsigned kills;

void log_write(int priority_source, const char *format, ...)
{
	size_t len = strlen(logged);
	va_list ap;

	assert_int_equal(priority_source & 0xf0, LOG_FROM_CHECK);
	va_start(ap, format);
	/* Formats are packed. */
	text_vformat(logged + len, sizeof(logged) - len - 1, format, &ap);
	va_end(ap);
	strcat(logged, "\n");
}

bool log_allow(struct log_limit *l, uint64_t now_us, unsigned *held)
{
	(void)now_us;
	*held = 0;
	return l->lines++ < 5;
}

int notify_spawn(const struct conf_script *s, const char *last, struct child *child)
{
	assert_ptr_equal(s->argv, script.argv);
	assert_null(last);
	if (next_pid < 0)
		return next_pid;
	child->pid = ++next_pid;
	child_add(child);
	return 0;
}

int notify_kill(pid_t pid, int signo)
{
	(void)pid;
	killed[kills++] = signo;
	return 0;
}

void track_file_listen(enum track_file_listener who, void (*changed)(unsigned index))
{
	assert_int_equal(who, TRACK_FILE_CHECK);
	file_changed = changed;
}

int track_file_value(unsigned index)
{
	(void)index;
	return file_value;
}

struct trust *trust_load(const char *path)
{
	(void)path;
	errno = ENOENT;
	return NULL;
}

void trust_free(struct trust *t)
{
	assert_null(t);
}

/* The kinds that talk: begun, they wait for the test to end the try. */
#define TALK(name) \
	void name##_begin(struct check *k) \
	{ \
		check_alloc(k, 8); \
	}
#define HEAR(name) \
	void name##_ready(struct check *k) \
	{ \
		(void)k; \
	}
TALK(web)
TALK(smtp)
TALK(dns)
TALK(udp)
TALK(ping)
HEAR(web)
HEAR(smtp)
HEAR(datagram)

void web_end(struct check *k)
{
	assert_non_null(k->state);
}

int ping_socket(struct check *k)
{
	(void)k;
	return fake_socket(0, 0, 0);
}

static void on_change(struct check_owner *o, struct check *k, bool turned)
{
	turns += turned;
	assert_ptr_equal(o, &owner);
	changes++;
	if (to_stop)
		check_stop(k);
}

static int setup(void **unused)
{
	(void)unused;
	if (loop_open())
		return -1;
	checks_open(on_change);
	checks_set_config(&config);
	memset(&conf, 0, sizeof(conf));
	conf.set = (struct check_settings){ .delay_loop_us = 10 * S, .delay_before_retry_us = 2 * S, .connect_timeout_us = 5 * S, .retry = 2 };
	addr_parse("192.0.2.1", &conf.connect_ip);
	conf.connect_port = 80;
	socket_errno = bind_errno = so_error = 0;
	connect_errno = EINPROGRESS;
	sockets = connects = changes = turns = kills = 0;
	next_pid = 100;
	file_value = 0;
	to_stop = NULL;
	*logged = '\0';
	return 0;
}

static int teardown(void **unused)
{
	(void)unused;
	checks_close();
	assert_int_equal(fake_timers(), 0);
	assert_int_equal(fake_children(), 0);
	assert_int_equal(open_sockets, 0);
	loop_close();
	return 0;
}

static struct check *start(enum check_kind kind)
{
	struct check *none = NULL;

	conf.kind = kind;
	owner.checks = NULL;
	assert_true(check_start(&owner, &conf, &none));
	return owner.checks;
}

/* The same check goes on. */
static void reload(struct check *k)
{
	struct check *before = k;

	k->next = owner.checks = NULL;
	assert_true(check_start(&owner, &conf, &before));
	assert_null(before);
	assert_ptr_equal(owner.checks, k);
}

/* One try, as of now: what comes of connect(), then, for kinds that talk, of the talk. */
static void attempt(struct check *k, bool ok)
{
	assert_int_equal(k->phase, conf.kind == CHECK_MISC ? CHECK_SCRIPT : !types[conf.kind] ? CHECK_CONNECTING : CHECK_TALKING);
	if (conf.kind == CHECK_MISC) {
		assert_true(fake_exit(k->u.child.pid, ok ? 0 : 1 << 8));
		return;
	}
	fake_advance(1000);
	so_error = ok ? 0 : ECONNREFUSED;
	if (k->phase == CHECK_CONNECTING)
		k->u.io.cb(&k->u.io, ok ? POLLOUT : POLLOUT | POLLERR | POLLHUP);
	if (k->phase == CHECK_TALKING)
		check_end(k, ok, "talk", 0);
}

/* Exactly so long until the next try. */
static void next(struct check *k, uint64_t us)
{
	assert_int_equal(k->phase, CHECK_IDLE);
	if (us)
		fake_advance(us - 1);
	assert_int_equal(k->phase, CHECK_IDLE);
	fake_advance(us ? 1 : 0);
	assert_int_not_equal(k->phase, CHECK_IDLE);
}

static bool has_logged(const char *text)
{
	bool found = strstr(logged, text);

	if (!found)
		print_error("%s", logged);
	*logged = '\0';
	return found;
}

static void test_tcp(void **unused)
{
	struct check *k = start(CHECK_TCP);
	struct check_view v;

	(void)unused;
	assert_true(has_logged("Activating healthchecker for service RS for VS VS\n"));
	assert_true(check_up(k) && !k->tried);
	next(k, 0);
	attempt(k, true);
	assert_true(check_up(k) && k->tried);
	assert_true(changes == 1 && turns == 0);
	assert_true(has_logged("TCP connection to RS success.\n"));
	next(k, 10 * S);
	attempt(k, true);
	assert_int_equal(changes, 1);
	next(k, 10 * S);
	attempt(k, false);
	next(k, 2 * S);
	attempt(k, false);
	assert_true(check_up(k));
	assert_string_equal(logged, "");
	next(k, 2 * S);
	attempt(k, false);
	assert_false(check_up(k));
	assert_true(changes == 2 && turns == 1);
	assert_true(has_logged("TCP_CHECK on service RS failed after 2 retries. (Connection failed: Connection refused)\n"));
	check_view(k, &v);
	assert_string_equal(v.kind, "TCP_CHECK");
	assert_string_equal(v.result, "Connection failed: Connection refused");
	assert_int_equal(v.failures, 3);
	assert_int_equal(v.last_us, loop_now());
	/* It counts in rounds, even when down. */
	next(k, 10 * S);
	attempt(k, false);
	next(k, 2 * S);
	attempt(k, false);
	next(k, 2 * S);
	attempt(k, false);
	next(k, 10 * S);
	assert_int_equal(changes, 2);
	assert_string_equal(logged, "");
	attempt(k, true);
	assert_true(check_up(k));
	assert_true(changes == 3 && turns == 2);
	next(k, 10 * S);
	/* Silence */
	fake_advance(5 * S - 1);
	assert_int_equal(k->phase, CHECK_CONNECTING);
	fake_advance(1);
	assert_int_equal(k->phase, CHECK_IDLE);
	next(k, 2 * S);
	check_stop(k);
}

/* Before there was any success the first failure decides; SMTP_CHECK takes its time. */
static void test_first(void **unused)
{
	static const enum check_kind all[] = { CHECK_TCP, CHECK_HTTP, CHECK_SSL, CHECK_DNS, CHECK_UDP, CHECK_PING, CHECK_MISC, CHECK_SMTP };
	struct check *k;
	unsigned i, alpha, tries;

	(void)unused;
	urls[0] = (struct url_conf){ .path = "/" };
	for (i = 0; i < sizeof(all) / sizeof(*all); i++)
		for (alpha = 0; alpha < 2; alpha++) {
			conf.set.alpha = (int8_t)alpha;
			conf.u.http.urls = (struct conf_list){ &urls[0].node, &urls[0].node, 1 };
			if (all[i] == CHECK_MISC) {
				conf.u.misc.script = script;
				conf.u.misc.timeout_us = 5 * S;
			}
			changes = 0;
			fake_advance(1); /* another turn */
			k = start(all[i]);
			assert_int_equal(check_up(k), !alpha);
			for (tries = all[i] == CHECK_SMTP ? 3 : 1; tries; tries--) {
				assert_int_equal(changes, 0);
				next(k, tries < 3 && all[i] == CHECK_SMTP ? 2 * S : 0);
				attempt(k, false);
			}
			assert_false(check_up(k) || !k->tried);
			assert_int_equal(changes, 1);
			assert_true(has_logged(all[i] == CHECK_MISC ? "failed (exited with status 1).\n" : " on service RS failed. ("));
			check_stop(k);
			memset(&conf.u, 0, sizeof(conf.u));
		}
}

/* Those that are not retried while down, from success to failure and back. */
static void test_plain(void **unused)
{
	static const enum check_kind all[] = { CHECK_DNS, CHECK_UDP, CHECK_PING, CHECK_MISC };
	struct check *k;
	unsigned i;

	(void)unused;
	for (i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i] == CHECK_MISC) {
			conf.u.misc.script = script;
			conf.u.misc.timeout_us = 5 * S;
		}
		changes = 0;
		k = start(all[i]);
		next(k, 0);
		attempt(k, true);
		assert_int_equal(changes, 1);
		next(k, 10 * S);
		attempt(k, false);
		next(k, 2 * S);
		attempt(k, true);
		next(k, 10 * S);
		attempt(k, false);
		next(k, 2 * S);
		attempt(k, false);
		next(k, 2 * S);
		assert_true(check_up(k));
		attempt(k, false);
		assert_false(check_up(k));
		assert_int_equal(changes, 2);
		assert_true(has_logged("failed after 2 retries"));
		next(k, 10 * S);
		attempt(k, false);
		next(k, 10 * S);
		attempt(k, true);
		assert_true(check_up(k));
		assert_int_equal(changes, 3);
		check_stop(k);
		memset(&conf.u, 0, sizeof(conf.u));
	}
}

static void get(struct check *k, unsigned url, bool ok)
{
	assert_int_equal(k->url, url);
	assert_ptr_equal(check_url(k), &urls[url]);
	attempt(k, ok);
}

static struct check *start_web(bool fast)
{
	static const char *const paths[] = { "/a", "/b", "/c" };
	unsigned i;

	for (i = 0; i < 3; i++) {
		urls[i] = (struct url_conf){ .path = paths[i], .has_digest = i == 2 };
		urls[i].node.next = i < 2 ? &urls[i + 1].node : NULL;
	}
	conf.u.http.urls = (struct conf_list){ &urls[0].node, &urls[2].node, 3 };
	conf.u.http.fast_recovery = fast;
	return start(CHECK_HTTP);
}

/* A url each delay_loop; the one that failed comes first, and then all of them. */
static void test_urls(void **unused)
{
	struct check *k = start_web(false);

	(void)unused;
	next(k, 0);
	get(k, 0, true);
	assert_int_equal(changes, 0);
	next(k, 10 * S);
	get(k, 1, true);
	next(k, 10 * S);
	get(k, 2, true);
	assert_int_equal(changes, 1);
	assert_true(has_logged("Remote Web server RS succeed on service.\n"));
	next(k, 10 * S);
	get(k, 0, true);
	next(k, 10 * S);
	get(k, 1, false);
	next(k, 2 * S);
	get(k, 1, false);
	next(k, 2 * S);
	get(k, 1, false);
	assert_false(check_up(k));
	assert_true(has_logged("HTTP_CHECK on service RS failed after 2 retries. ("));
	next(k, 10 * S);
	get(k, 1, false);
	next(k, 10 * S);
	get(k, 1, true);
	assert_true(has_logged("HTTP status code success to RS url(/b)\n"));
	next(k, 10 * S);
	get(k, 0, true);
	next(k, 10 * S);
	get(k, 1, true);
	next(k, 10 * S);
	get(k, 2, false);
	/* On the way back a failure only delays. */
	next(k, 2 * S);
	assert_int_equal(changes, 2);
	get(k, 2, true);
	assert_true(check_up(k));
	assert_int_equal(changes, 3);
	assert_true(has_logged("MD5 digest success to RS url(/c)\nRemote Web server RS succeed on service.\n"));
	check_stop(k);
}

static void test_fast_recovery(void **unused)
{
	struct check *k = start_web(true);
	unsigned i;

	(void)unused;
	conf.set.retry = 0;
	for (i = 0; i < 3; i++) {
		next(k, 0);
		get(k, i, true);
	}
	assert_int_equal(changes, 1);
	next(k, 10 * S);
	get(k, 0, false);
	assert_int_equal(changes, 2);
	next(k, 10 * S);
	get(k, 0, true);
	for (i = 0; i < 3; i++) {
		next(k, 0);
		get(k, i, true);
	}
	assert_int_equal(changes, 3);
	next(k, 10 * S);
	check_stop(k);
}

/* Whatever is wrong with us is no fault of the server's. */
static void test_own_trouble(void **unused)
{
	static const int ours[] = { EMFILE, ENFILE, ENOBUFS, EADDRNOTAVAIL, EINVAL, EACCES };
	static const int theirs[] = { ENETUNREACH, EHOSTUNREACH, ECONNREFUSED, ENETDOWN, ETIMEDOUT, EHOSTDOWN, ECONNRESET };
	struct check *k = start(CHECK_TCP);
	unsigned i;

	(void)unused;
	next(k, 0);
	attempt(k, true);
	*logged = '\0';
	for (i = 0; i < sizeof(ours) / sizeof(*ours); i++) {
		fake_advance(8 * S);
		connects = 0;
		*(i < 3 ? &socket_errno : i < 4 ? &bind_errno : &connect_errno) = ours[i];
		conf.bind_port = i == 3 ? 99 : 0;
		fake_advance(2 * S);
		assert_int_equal(k->phase, CHECK_IDLE);
		fake_advance(2 * S);
		fake_advance(2 * S);
		assert_true(has_logged("TCP_CHECK on service RS can't be tried: "));
		socket_errno = bind_errno = 0;
		connect_errno = EINPROGRESS;
		fake_advance(2 * S);
		checks.troubles.lines = 0;
		attempt(k, true);
		assert_int_equal(k->failures, 0);
	}
	for (i = 0; i < sizeof(theirs) / sizeof(*theirs); i++) {
		connect_errno = theirs[i];
		fake_advance(10 * S);
		assert_int_equal(k->failures, i + 1);
		assert_int_equal(k->phase, CHECK_IDLE);
		connect_errno = EINPROGRESS;
		next(k, 2 * S);
		attempt(k, true);
	}
	assert_int_equal(changes, 1);
	assert_string_equal(logged, "");
	check_stop(k);
}

static void test_log_all(void **unused)
{
	struct check *k;

	(void)unused;
	conf.log_all_failures = true;
	k = start(CHECK_TCP);
	next(k, 0);
	attempt(k, true);
	next(k, 10 * S);
	*logged = '\0';
	attempt(k, false);
	assert_true(has_logged("TCP connection to RS failed. (Connection failed: Connection refused)\n"));
	next(k, 2 * S);
	check_stop(k);
}

static void exits(struct check *k, int status)
{
	assert_true(fake_exit(k->u.child.pid, status));
}

static void test_misc(void **unused)
{
	struct check *k;

	(void)unused;
	conf.set.retry = 0;
	conf.u.misc.script = script;
	conf.u.misc.timeout_us = 4 * S;
	conf.u.misc.dynamic = true;
	k = start(CHECK_MISC);
	next(k, 0);
	fake_advance(3 * S);
	exits(k, 0);
	assert_true(has_logged("Misc check for [RS VS VS] by [/script] succeeded.\n"));
	assert_int_equal(check_weight(k, 5), 0);
	/* From start to start. */
	next(k, 7 * S);
	exits(k, 12 << 8);
	assert_int_equal(changes, 2);
	assert_int_equal(check_weight(k, 5), 5);
	next(k, 10 * S);
	exits(k, 12 << 8);
	assert_int_equal(changes, 2);
	next(k, 10 * S);
	exits(k, 2 << 8);
	assert_int_equal(check_weight(k, 5), -5);
	next(k, 10 * S);
	exits(k, 255 << 8);
	assert_int_equal(check_weight(k, 5), 248);
	next(k, 10 * S);
	exits(k, 0);
	assert_int_equal(check_weight(k, 5), 0);
	assert_int_equal(changes, 5);
	next(k, 10 * S);
	exits(k, 1 << 8);
	assert_false(check_up(k));
	assert_true(has_logged("failed (exited with status 1).\n"));
	next(k, 10 * S);
	exits(k, 0);
	next(k, 10 * S);
	exits(k, SIGSEGV);
	assert_true(has_logged("failed (due to signal 11).\n"));
	next(k, 10 * S);
	exits(k, 0);
	/* Asked to end after its time, killed two seconds later, with what it started. */
	next(k, 10 * S);
	fake_advance(4 * S);
	assert_int_equal(kills, 1);
	assert_int_equal(killed[0], SIGTERM);
	fake_advance(2 * S);
	assert_int_equal(killed[1], SIGKILL);
	exits(k, SIGKILL);
	assert_int_equal(killed[2], SIGKILL);
	assert_true(has_logged("failed (timed out).\n"));
	/* No script: no verdict. */
	next_pid = -EAGAIN;
	fake_advance(4 * S);
	assert_true(has_logged("can't be tried"));
	next_pid = 100;
	next(k, 2 * S);
	check_stop(k);
	assert_int_equal(killed[3], SIGTERM);
}

static void test_file(void **unused)
{
	struct check *k, *other;

	(void)unused;
	conf.u.file.name = "f";
	conf.u.file.file = &file;
	conf.u.file.weight = 3;
	file_value = 2;
	k = start(CHECK_FILE);
	other = start(CHECK_FILE);
	check_stop(other);
	assert_true(check_up(k) && k->tried);
	assert_int_equal(check_weight(k, 1), 6);
	file_value = -4;
	file_changed(0);
	fake_advance(0);
	assert_int_equal(changes, 1);
	assert_int_equal(check_weight(k, 1), -12);
	file_value = INT_MIN;
	file_changed(1);
	fake_advance(0);
	assert_true(check_up(k));
	file_changed(0);
	fake_advance(0);
	assert_false(check_up(k));
	assert_true(has_logged("(RS): tracked file f now FAULT state\n"));
	assert_int_equal(check_weight(k, 1), 0);
	file_value = INT_MAX;
	file_changed(0);
	fake_advance(0);
	assert_true(check_up(k));
	assert_int_equal(check_weight(k, 1), INT_MAX);
	conf.u.file.weight = 0;
	reload(k);
	fake_advance(0);
	assert_false(check_up(k));
	conf.u.file.reverse = true;
	reload(k);
	fake_advance(0);
	assert_true(check_up(k));
	file_value = 0;
	file_changed(0);
	check_stop(k);
}

static void test_suspend(void **unused)
{
	struct check *k = start(CHECK_TCP);

	(void)unused;
	next(k, 0);
	check_suspend(k, true);
	assert_int_equal(open_sockets, 0);
	fake_advance(100 * S);
	assert_int_equal(connects, 1);
	check_suspend(k, true);
	check_suspend(k, false);
	fake_advance(10 * S);
	assert_int_equal(connects, 2);
	check_stop(k);
}

/* Of 1000 that are due at once, 16 a turn, in an order that leaves nobody out. */
static void test_budget(void **unused)
{
	static struct check *many[1000];
	unsigned i, turns, before;

	(void)unused;
	for (i = 0; i < 1000; i++)
		many[i] = start(CHECK_TCP);
	for (turns = 0; turns < 200 && connects < 1000; turns++) {
		before = connects;
		fake_advance(0);
		assert_in_range(connects - before, 0, WORK_MAX);
		fake_jump(1000);
	}
	assert_int_equal(connects, 1000);
	assert_in_range(turns, 1000 / WORK_MAX, 2 * 1000 / WORK_MAX);
	/* All are connected at once: poll tells again of those that have to wait. */
	for (turns = 0; turns < 200 && open_sockets; turns++) {
		before = open_sockets;
		for (i = 0; i < 1000; i++)
			if (many[i]->phase == CHECK_CONNECTING)
				many[i]->u.io.cb(&many[i]->u.io, POLLOUT);
		assert_in_range(before - open_sockets, 1, WORK_MAX);
		fake_jump(10);
	}
	assert_int_equal(changes, 1000);
	for (i = 0; i < 1000; i++)
		check_stop(many[i]);
}

static void test_warmup(void **unused)
{
	struct check *k;
	unsigned i, halves[2] = { 0, 0 };

	(void)unused;
	conf.set.warmup_us = 8 * S;
	for (i = 0; i < 200; i++) {
		k = start(CHECK_TCP);
		assert_true(k->timer.due_us <= loop_now() + 8 * S);
		halves[k->timer.due_us < loop_now() + 4 * S]++;
		check_stop(k);
	}
	assert_true(halves[0] > 50 && halves[1] > 50);
}

static void test_stop_when_told(void **unused)
{
	struct check *k = start(CHECK_TCP);

	(void)unused;
	next(k, 0);
	to_stop = k;
	so_error = ECONNREFUSED;
	k->u.io.cb(&k->u.io, POLLERR);
	assert_int_equal(changes, 1);
}

static void test_same(void **unused)
{
	static const struct status_range ok = { 200, 299 }, gone = { 410, 410 };
	struct check_conf a = { .kind = CHECK_HTTP, .connect_port = 80 }, b;
	struct url_conf u = { .path = "/", .status = &ok, .status_count = 1 }, v = u, second = u;

	(void)unused;
	a.u.http.urls = (struct conf_list){ &u.node, &u.node, 1 };
	b = a;
	b.u.http.urls = (struct conf_list){ &v.node, &v.node, 1 };
	b.set.retry = 9;
	assert_true(check_same(&a, &b));
	v.status = &gone;
	assert_false(check_same(&a, &b));
	v = u;
	v.virtualhost = "x";
	assert_false(check_same(&a, &b));
	v = u;
	v.digest[15] = 1;
	assert_false(check_same(&a, &b));
	v = u;
	v.node.next = &second.node;
	assert_false(check_same(&a, &b));
	assert_false(check_same(&b, &a));
	v.node.next = NULL;
	b.bind_port = 1;
	assert_false(check_same(&a, &b));
	b.bind_port = 0;
	b.bind_if = "eth0";
	assert_false(check_same(&a, &b));
	b.bind_if = NULL;
	b.kind = CHECK_SSL;
	assert_false(check_same(&a, &b));
	a = (struct check_conf){ .kind = CHECK_DNS };
	a.u.dns.name = ".";
	b = a;
	assert_true(check_same(&a, &b));
	b.u.dns.type = 1;
	assert_false(check_same(&a, &b));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_tcp), T(test_first), T(test_plain), T(test_urls), T(test_fast_recovery), T(test_own_trouble), T(test_log_all),
		T(test_misc), T(test_file), T(test_suspend), T(test_budget), T(test_warmup), T(test_stop_when_told), T(test_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
