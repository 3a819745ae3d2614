/* links: loop.c addr.c emit.c */
/* SPDX-License-Identifier: MIT */
/* The control socket within one loop: long answers to slow readers, too many of them, files. What is printed, and the log, are stand-ins. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "status.c"

#include <cmocka.h>

static struct print_from from;
static struct config config;
static char folder[64], pid_path[100], sock_path[100];
static unsigned pieces, piece_len, reloads, warnings;
static char resigned[32];

void log_write(int priority, const char *format, ...)
{
	(void)format;
	warnings += (priority & 7) <= LOG_WARNING;
}

void log_set_level(int level)
{
	reloads = (unsigned)level + 100;
}

void process_pid_path(char *buf, size_t size, const char *ns, const char *instance, bool dir)
{
	(void)ns;
	(void)instance;
	(void)dir;
	text_format(buf, size, "%s", pid_path);
}

int router_resign(struct router *r, const char *name, uint64_t for_us)
{
	(void)r;
	text_format(resigned, sizeof(resigned), "%s %u", name, (unsigned)(for_us / US_PER_S));
	return strcmp(name, "LAN") ? -ENOENT : 0;
}

/* Piece n is of the letter that n stands for. */
bool print_next(struct print *p, const struct print_from *f, struct out *out)
{
	(void)f;
	p->found = true;
	p->worst = PRINT_BACKUP;
	if (p->item >= pieces)
		return false;
	out_print(out, "%0*u", (int)piece_len, p->item++);
	return true;
}

static int on_reload(struct out *answer)
{
	if (reloads++)
		out_put(answer, "line 3: error\n");
	return reloads > 1 ? -EINVAL : 0;
}

static int set_up(void **state)
{
	(void)state;
	text_format(folder, sizeof(folder), "/tmp/ukeepalived-status.%d", (int)getpid());
	text_format(pid_path, sizeof(pid_path), "%s/x.pid", folder);
	text_format(sock_path, sizeof(sock_path), "%s/x.sock", folder);
	mkdir(folder, 0700);
	if (loop_open())
		return -1;
	from = (struct print_from){ .config = &config, .router = (struct router *)1 };
	pieces = 3;
	piece_len = 100;
	reloads = warnings = 0;
	return status_open(&from, on_reload, pid_path);
}

static int tear_down(void **state)
{
	(void)state;
	status_close();
	loop_close();
	assert_int_equal(access(sock_path, F_OK), -1);
	return rmdir(folder);
}

static int ask(const char *words, size_t len)
{
	struct sockaddr_un at;
	int fd;

	assert_int_equal(socket_path(pid_path, &at), 0);
	fd = addr_dial(&at, sizeof(at), SOCK_STREAM);
	assert_true(fd >= 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	if (len)
		assert_int_equal(write(fd, words, len), len);
	return fd;
}
#define ASK(words) ask(words, sizeof(words))

static void turns(unsigned count)
{
	while (count--)
		loop_turn(0);
}

/* What came until the other side closed. A piece at a time, and slowly. */
static size_t answer_of(int fd, char *buf, size_t size, size_t step)
{
	size_t len = 0;

	for (unsigned i = 0; i < 1000000; i++) {
		ssize_t n = read(fd, buf + len, size - len < step ? size - len : step);

		if (!n)
			break;
		if (n > 0)
			len += (size_t)n;
		else
			turns(1);
	}
	close(fd);
	return len;
}

static void commands_and_their_ends(void **state)
{
	static const struct {
		const char words[40];
		int result;
		const char *answer;
	} rows[] = {
		{ "reload\0", STATUS_DONE, "" }, { "reload\0", STATUS_NO, "line 3: error\n" },
		{ "resign\0LAN\09\0", STATUS_DONE, "" }, { "resign\0WAN\09\0", STATUS_NO, "no instance or group 'WAN'\n" },
		{ "resign\0LAN\0-1\0", STATUS_NO, "'-1' is not within 0-86400 seconds\n" },
		{ "resign\0LAN\0", STATUS_NO, "usage: resign NAME SECONDS\n" }, { "status\0-y\0", STATUS_NO, "usage: status [-jw] [NAME]\n" },
		{ "log\0noise\0", STATUS_NO, "levels: error warning notice info debug\n" }, { "log\0debug\0", STATUS_DONE, "" },
		{ "peer\0LAN\0x\0y\0", STATUS_NO, "x and y are not two addresses of one family\n" },
		{ "peer\0LAN\0""192.0.2.1\0""192.0.2.2\0", STATUS_NO, "no instance 'LAN' with a peer 192.0.2.1\n" },
		{ "nonsense\0", STATUS_NO, "" }, { "\0", STATUS_NO, "" },
	};
	char got[200];

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t words = 0, len;

		while (rows[i].words[words])
			words += strlen(rows[i].words + words) + 1;
		len = answer_of(ask(rows[i].words, words ? words : 1), got, sizeof(got), 200);
		assert_int_equal(len, strlen(rows[i].answer) + 2);
		assert_string_equal(got, rows[i].answer);
		assert_int_equal(got[len - 1], rows[i].result);
	}
	assert_string_equal(resigned, "WAN 9");
	assert_int_equal(reloads, 100 + LOG_DEBUG);
}

static void a_peer_moves(void **state)
{
	static struct peer_conf peer;
	static struct vrrp_conf vrrp = { .name = "LAN", .peers = { &peer.node, &peer.node, 1 } };
	struct addr want;
	char got[10];

	(void)state;
	config.instances.first = &vrrp.node;
	addr_parse("192.0.2.1", &peer.addr);
	addr_parse("192.0.2.2", &want);
	assert_int_equal(answer_of(ASK("peer\0LAN\0""192.0.2.1\0""192.0.2.2"), got, sizeof(got), 10), 2);
	assert_int_equal(got[1], STATUS_DONE);
	assert_true(addr_equal(&peer.addr, &want));
	config.instances.first = NULL;
}

/* Longer than a socket holds, to one who reads a little at a time. */
static void a_long_answer(void **state)
{
	size_t want = 400 * 5000 + 2, len;
	char *got = malloc(want + 10);

	(void)state;
	pieces = 400;
	piece_len = 5000;
	len = answer_of(ASK("status"), got, want + 10, 700);
	assert_int_equal(len, want);
	for (unsigned i = 0; i < pieces; i++) {
		char number[8];

		text_format(number, sizeof(number), "%05u", i);
		assert_memory_equal(got + i * 5000 + 4995, number, 5);
	}
	assert_int_equal(got[want - 1], STATUS_BACKUP);
	free(got);
}

static void a_piece_beyond_all_measure(void **state)
{
	char got[100];

	(void)state;
	pieces = 1;
	piece_len = PIECE_MAX + 1;
	assert_int_equal(answer_of(ASK("status"), got, sizeof(got), 100), 0);
}

/* Those who do not read give way to those who do; the oldest first. */
static void a_crowd_that_does_not_read(void **state)
{
	int deaf[30];
	char *got = malloc(4000000);

	(void)state;
	pieces = 800;
	piece_len = 4000;
	for (unsigned i = 0; i < 30; i++) {
		deaf[i] = i % 3 ? ASK("status") : ask("", 0);
		turns(100);
	}
	assert_int_equal(answer_of(ASK("status"), got, 4000000, 100000), 800 * 4000 + 2);
	for (unsigned i = 0; i < 22; i++)
		assert_true(answer_of(deaf[i], got, 4000000, 100000) < 800 * 4000);
	for (unsigned i = 22; i < 30; i++)
		close(deaf[i]);
	turns(100);
	for (unsigned i = 0; i < READERS; i++)
		assert_false(s.readers[i].busy);
	free(got);
}

static void files(void **state)
{
	char path[100], link[100], got[400];
	struct stat st;
	int fd;

	(void)state;
	text_format(path, sizeof(path), "%s/out", folder);
	text_format(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink("/dev/full", link), 0);
	status_write(PRINT_STATS, path, 0600);
	status_write(PRINT_STATS, link, 0600);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, got, sizeof(got)), 300);
	close(fd);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600 && st.st_size == 300);
	assert_int_equal(warnings, 0);
	unlink(path);
	unlink(link);
	/* One that can't be, one that is interrupted. */
	status_write(PRINT_STATS, "/proc/nowhere", 0600);
	assert_int_equal(warnings, 1);
	pieces = 100;
	status_write(PRINT_STATS, path, 0600);
	status_write(PRINT_STATS, path, 0600); /* while it is being written */
	assert_false(s.readers[1].busy);
	turns(1);
	assert_int_equal(access(path, F_OK), -1);
	drop(&s.readers[0]);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(warnings, 2);
	status_write(PRINT_STATS, path, 0600);
	turns(80);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 10000);
	unlink(path);
}

static void a_taken_socket(void **state)
{
	(void)state;
	assert_int_equal(status_open(&from, on_reload, pid_path), -EBUSY);
	assert_int_equal(access(sock_path, F_OK), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(commands_and_their_ends), TEST(a_peer_moves), TEST(a_long_answer), TEST(a_piece_beyond_all_measure),
		TEST(a_crowd_that_does_not_read), TEST(files), TEST(a_taken_socket),
	};

	signal(SIGPIPE, SIG_IGN); /* as the daemon */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
