/* SPDX-License-Identifier: MIT */
#include "status.h"

#include "config.h"
#include "emit.h"
#include "log.h"
#include "loop.h"
#include "process.h"
#include "router.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h> /* rename() */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define READERS 8
#define REQUEST_MAX 512
#define WORDS_MAX 8
#define PIECE_MIN 4096
#define AT_ONCE 32
#define PIECE_MAX 1048576
#define PATIENCE_US (5 * US_PER_S)
#define ANSWER_MS 10000
#define RESIGN_MAX_S 86400
#define PATH_MAX_BYTES 300

/* Somebody who asked, or a file that is being written: also just slow, or not even that. */
struct reader {
	struct io io;
	struct timer patience; /* its end; set anew with each step forward */
	struct print print;
	struct out out;
	size_t sent;
	bool busy;             /* the place is taken */
	bool asked;            /* the question was read */
	bool ended;            /* no more pieces */
	bool complete;         /* nothing more to write */
	int result;            /* of the client's process */
	char text[REQUEST_MAX]; /* the request, or the path of the file; last */
};

static struct {
	const struct print_from *from;
	int (*reload)(struct out *answer);
	struct io io; /* cb NULL: no socket */
	struct timer retry;
	struct sockaddr_un at;
	char temporary[PATH_MAX_BYTES];
	struct reader readers[READERS];
} s;

static bool is_file(const struct reader *r)
{
	return *r->text == '/';
}

/* Where a file is written before it is complete; until the next call. */
static const char *temporary(const struct reader *r)
{
	text_format(s.temporary, sizeof(s.temporary), "%s.%d", r->text, (int)getpid());
	return s.temporary;
}

/* Takes back what is not complete. */
static void drop(struct reader *r)
{
	if (!r->busy)
		return;
	r->busy = false;
	if (is_file(r) && (!r->complete || rename(temporary(r), r->text))) {
		log_warn("%s: %m", r->text);
		unlink(temporary(r));
	}
	timer_stop(&r->patience);
	io_close(&r->io);
	free(r->out.buf);
}

static void on_patience_end(struct timer *timer)
{
	struct reader *r = container_of(timer, struct reader, patience);

	errno = ETIMEDOUT;
	drop(r);
}

static void grow(struct out *o)
{
	size_t size = o->size ? 2 * o->size : PIECE_MIN;
	char *buf = size > PIECE_MAX ? NULL : realloc(o->buf, size);

	if (!buf)
		return;
	o->buf = buf;
	o->size = size;
}

/* Commands: false where they are refused, and then the answer says why. */

static bool resign(char **argv)
{
	char *end;
	long long seconds = text_number(argv[2], &end, 10);

	if (*end || seconds < 0 || seconds > RESIGN_MAX_S)
		emit("'%s' is not within 0-%d seconds\n", argv[2], RESIGN_MAX_S);
	else if (!s.from->router || router_resign(s.from->router, argv[1], (uint64_t)seconds * US_PER_S))
		emit("no instance or group '%s'\n", argv[1]);
	else {
		log_info("(%s) resigned for %d s on request", argv[1], (int)seconds);
		return true;
	}
	return false;
}

/* It holds until a reload that names another. */
static bool change_peer(char **argv)
{
	struct addr old, new;

	if (addr_parse(argv[2], &old) || addr_parse(argv[3], &new) || old.family != new.family || addr_is_multicast(&new)) {
		emit("%s and %s are not two addresses of one family\n", argv[2], argv[3]);
		return false;
	}
	for (struct conf_node *v = s.from->config->instances.first; v; v = v->next) {
		struct vrrp_conf *conf = (struct vrrp_conf *)(void *)v;

		for (struct conf_node *n = conf->peers.first; n && !strcmp(conf->name, argv[1]); n = n->next) {
			struct peer_conf *peer = (struct peer_conf *)(void *)n;

			if (!addr_equal(&peer->addr, &old))
				continue;
			peer->addr = new;
			log_info("(%s) unicast peer %s is %s now, on request", conf->name, argv[2], argv[3]);
			return true;
		}
	}
	emit("no instance '%s' with a peer %s\n", argv[1], argv[2]);
	return false;
}

static bool set_log_level(char **argv)
{
	static const char names[] = "error warning notice info debug";
	int level = text_index(names, argv[1]);

	if (level < 0)
		emit("levels: %s\n", names);
	else
		log_set_level(LOG_ERR + level);
	return level >= 0;
}

enum command { STATUS, RELOAD, RESIGN, PEER, LOG };
static const char commands[] = "status reload resign peer log";
static const uint8_t words_of[] = { 0, 1, 3, 4, 2 }; /* 0: any number */
static const char usage_packed[] = " [-jw] [NAME]\0" "\0" " NAME SECONDS\0" " NAME OLD NEW\0" " LEVEL";

bool status_is_command(const char *word)
{
	return text_index(commands, word) >= 0;
}

/* False when it is not understood. */
static bool read_wishes(struct print *p, char **words)
{
	for (; *words; words++) {
		if (**words != '-') {
			p->name = *words;
			continue;
		}
		if ((*words)[strspn(*words, "-jwc")])
			return false;
		if (strchr(*words, 'j'))
			p->kind = PRINT_WHOLE_JSON;
		p->colour |= strchr(*words, 'c') != NULL;
	}
	return true;
}

static bool run(struct reader *r, enum command command, char **words)
{
	switch (command) {
	case RESIGN:
		return resign(words);
	case PEER:
		return change_peer(words);
	case LOG:
		return set_log_level(words);
	default:
		return !s.reload(&r->out);
	}
}

/* Words of the request, each with its NUL. */
static void carry_out(struct reader *r, size_t len)
{
	char *words[WORDS_MAX + 1] = { NULL };
	int count = 0, command;

	for (char *at = r->text; at < r->text + len && count < WORDS_MAX; at += strlen(at) + 1)
		words[count++] = at;
	command = text_index(commands, r->text);
	if (command == STATUS && read_wishes(&r->print, words + 1))
		return;
	r->ended = true;
	r->result = STATUS_NO;
	emit_to(&r->out);
	if (command < 0)
		return;
	if (words_of[command] != count)
		emit("usage: %s%-s\n", words[0], text_nth(usage_packed, (unsigned)command));
	else if (run(r, (enum command)command, words))
		r->result = STATUS_DONE;
}

/* Answers */

/* The next piece, after the last one the client's status. False at the end. */
static bool refill(struct reader *r)
{
	const struct print *p = &r->print;

	r->sent = r->out.len = 0;
	if (!r->ended && print_next(&r->print, s.from, &r->out))
		return true;
	if (r->complete)
		return false;
	r->complete = true;
	if (is_file(r))
		return false;
	if (!r->ended)
		r->result = p->name && !p->found ? STATUS_NO : (int)p->worst;
	if (!r->ended && r->result == STATUS_NO)
		out_print(&r->out, "no '%s'\n", p->name);
	r->ended = true;
	out_print(&r->out, "%c%c", 0, r->result);
	return true;
}

static void answer(struct reader *r)
{
	ssize_t n = 0;

	if (r->sent == r->out.len && !refill(r)) {
		drop(r);
		return;
	}
	/* Too long, or out of memory: better nothing than a part. */
	if (r->out.len > r->out.size)
		errno = ENOMEM;
	else
		n = write(r->io.fd, r->out.buf + r->sent, r->out.len - r->sent);
	if (n > 0) {
		r->sent += (size_t)n;
		timer_set(&r->patience, PATIENCE_US);
	} else if (!n || errno != EAGAIN) {
		r->complete = false;
		drop(r);
	}
}

static void on_reader(struct io *io, short revents)
{
	struct reader *r = container_of(io, struct reader, io);
	ssize_t len;

	(void)revents;
	if (r->asked) {
		answer(r);
		return;
	}
	len = recv(io->fd, r->text, sizeof(r->text) - 1, 0);
	if (len < 0 && errno == EAGAIN)
		return;
	if (len <= 0 || is_file(r)) {
		*r->text = '\0';
		drop(r);
		return;
	}
	r->text[len] = '\0';
	r->asked = true;
	carry_out(r, (size_t)len);
	io->events = POLLOUT;
}

/* A free place, or that of the one who has kept us waiting for longest. Files are not given up for questions. */
static struct reader *place(void)
{
	struct reader *found = NULL, *r;

	for (r = s.readers; r < s.readers + READERS; r++) {
		if (!r->busy)
			return r;
		if (!is_file(r) && (!found || r->patience.due_us < found->patience.due_us))
			found = r;
	}
	if (found)
		drop(found);
	return found;
}

static void begin(struct reader *r, int fd, short events)
{
	memset(r, 0, offsetof(struct reader, text));
	r->io.fd = fd;
	r->io.events = events;
	r->io.cb = on_reader;
	r->patience.cb = on_patience_end;
	r->out.drain = grow;
	r->busy = true;
	timer_set(&r->patience, PATIENCE_US);
	if (io_add(&r->io))
		drop(r);
}

static void on_retry(struct timer *timer)
{
	(void)timer;
	s.io.events = POLLIN;
}

static void on_client(struct io *io, short revents)
{
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(who);
	int fd = accept4(io->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct reader *r;

	(void)revents;
	if (fd < 0) {
		/* Out of descriptors: it would be told again at once. */
		io->events = 0;
		timer_set(&s.retry, US_PER_S);
		return;
	}
	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len);
	r = who.uid == 0 || who.uid == geteuid() ? place() : NULL;
	if (!r) {
		close(fd);
		return;
	}
	*r->text = '\0';
	begin(r, fd, POLLIN);
}

void status_write(enum print_kind kind, const char *path, unsigned mode)
{
	struct reader *r;
	int fd;

	/* One that is being written is as good. */
	for (r = s.readers; r < s.readers + READERS; r++)
		if (r->busy && !strcmp(r->text, path))
			return;
	r = place();
	if (!r)
		return;
	text_format(r->text, sizeof(r->text), "%s", path);
	unlink(temporary(r));
	fd = open(s.temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0) {
		log_warn("%s: %m", path);
		return;
	}
	begin(r, fd, POLLOUT);
	r->asked = true;
	r->print.kind = kind;
	/* Whoever sends the signal looks soon. */
	for (int i = 0; i < AT_ONCE && r->busy; i++)
		answer(r);
}

/* The socket */

static int socket_path(const char *pid_path, struct sockaddr_un *out)
{
	size_t len = strlen(pid_path);

	if (len > 4 && !strcmp(pid_path + len - 4, ".pid"))
		len -= 4;
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	return text_format(out->sun_path, sizeof(out->sun_path), "%.*s.sock", (int)len, pid_path) < sizeof(out->sun_path) ? 0 : -ENAMETOOLONG;
}

static int listen_at(const char *pid_path)
{
	int err = socket_path(pid_path, &s.at), fd = err ? err : addr_dial(&s.at, sizeof(s.at), SOCK_STREAM);
	mode_t mask;

	if (err)
		return err;
	if (fd >= 0) {
		close(fd);
		return -EBUSY;
	}
	/* What a crash left: connect() refuses. A file that is no socket stays. */
	if (errno == ECONNREFUSED) {
		struct stat st;

		if (!lstat(s.at.sun_path, &st) && S_ISSOCK(st.st_mode))
			unlink(s.at.sun_path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	mask = umask(0177);
	err = bind(fd, (const struct sockaddr *)(const void *)&s.at, sizeof(s.at)) || listen(fd, 64) ? -errno : 0;
	umask(mask);
	s.io.fd = fd;
	s.io.events = POLLIN;
	s.io.cb = on_client;
	if (!err)
		err = io_add(&s.io);
	if (err) {
		io_close(&s.io);
		s.io.cb = NULL;
	}
	return err;
}

int status_open(const struct print_from *from, int (*reload)(struct out *answer), const char *pid_path)
{
	s.from = from;
	s.reload = reload;
	s.retry.cb = on_retry;
	return listen_at(pid_path);
}

void status_close(void)
{
	for (unsigned i = 0; i < READERS; i++)
		drop(&s.readers[i]);
	timer_stop(&s.retry);
	if (!s.io.cb)
		return;
	io_close(&s.io);
	s.io.cb = NULL;
	unlink(s.at.sun_path);
}

/* The client */

/* As recv(), for ANSWER_MS at most: kernels of 32 bits have a time-out of the socket's in one of two widths. */
static ssize_t hear(int fd, char *buf, size_t size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int ready = poll(&p, 1, ANSWER_MS);

	if (ready > 0)
		return recv(fd, buf, size, 0);
	if (!ready)
		errno = ETIMEDOUT;
	return -1;
}

/* One question and its answer. Its result, or -errno. */
static int converse(const struct sockaddr_un *at, const char *request, size_t len)
{
	int fd = addr_dial(at, sizeof(*at), SOCK_STREAM), result = -EPIPE;
	char piece[1024], *end;
	ssize_t n = fd < 0 ? -1 : send(fd, request, len, MSG_NOSIGNAL);

	while (n > 0 && (n = hear(fd, piece, sizeof(piece))) > 0) {
		end = memchr(piece, '\0', (size_t)n);
		if (write(STDOUT_FILENO, piece, end ? (size_t)(end - piece) : (size_t)n) < 0)
			break;
		/* The status may come in a piece of its own. */
		if (end && (end + 1 < piece + n || hear(fd, end + 1, 1) == 1)) {
			result = end[1];
			break;
		}
	}
	if (n < 0)
		result = -errno;
	close(fd);
	return result;
}

int status_ask(char **argv)
{
	char path[PATH_MAX_BYTES], request[REQUEST_MAX];
	struct out out = { .buf = request, .size = sizeof(request) };
	bool page = text_index(commands, *argv) == STATUS, terminal = page && isatty(STDOUT_FILENO), live = false;
	const char *pid_path = path;
	struct sockaddr_un at;
	int result = -ENAMETOOLONG;

	process_pid_path(path, sizeof(path), NULL, NULL, false);
	emit_to(&out);
	for (; *argv; argv++)
		if (!strcmp(*argv, "-p") && argv[1]) {
			pid_path = *++argv;
		} else {
			live |= page && **argv == '-' && strchr(*argv, 'w');
			emit("%s%c", *argv, 0);
		}
	if (terminal)
		emit("-c%c", 0);
	if (!socket_path(pid_path, &at) && out.len <= out.size)
		do {
			if (live && terminal && write(STDOUT_FILENO, "\033[H\033[J", 6) < 0)
				break;
			result = converse(&at, request, out.len);
			if (live)
				poll(NULL, 0, 1000);
		} while (live && (unsigned)result < STATUS_NOT_RUNNING);
	if (result >= 0)
		return result;
	out_error("ukeepalived: %s: %*m\n", at.sun_path, result);
	return STATUS_NOT_RUNNING;
}
