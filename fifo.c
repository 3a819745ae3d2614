/* SPDX-License-Identifier: MIT */
#include "fifo.h"

#include "log.h"
#include "loop.h"
#include "notify.h"
#include "process.h"
#include "router.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024 /* below PIPE_BUF, so that a line is written whole or not at all */
#define BACKLOG_MAX 16384   /* a line of each of 255 instances and then some, when the pipe's own 64 KB are full */
#define PATIENCE_US (5 * US_PER_S)

enum { FOR_VRRP = 1, FOR_LVS = 2 };

struct outlet {
	struct fifo *fifo;
	const struct fifo_conf *conf; /* NULL: not in use */
	const char *kind;             /* for log lines */
	unsigned lines_for;
	bool made;                    /* by us, so removed by us */
	bool restart;                 /* the script, when the one that runs has ended */
	struct io io;
	struct child script;          /* pid 0: none runs */
	struct timer patience;
	unsigned lost;
	size_t backlog_len;
	char *backlog;                /* whole lines; memory only while there are some */
};

struct fifo {
	const struct config *config;
	struct outlet outs[3];
};

static const char kinds[][6] = { "", "vrrp ", "lvs " };

/* Lines */

static void forget_backlog(struct outlet *o)
{
	free(o->backlog);
	o->backlog = NULL;
	o->backlog_len = 0;
	if (o->lost)
		log_warn("%snotify fifo %s: %u lines were dropped", o->kind, o->conf->path, o->lost);
	o->lost = 0;
	o->io.events = 0;
}

/* The oldest go first: what a reader needs is how things stand now. */
static void keep(struct outlet *o, const char *line, size_t len)
{
	size_t first;

	if (!o->backlog)
		o->backlog = malloc(BACKLOG_MAX);
	if (!o->backlog) {
		o->lost++;
		return;
	}
	while (o->backlog_len + len > BACKLOG_MAX) {
		if (!o->lost++)
			log_warn("%snotify fifo %s: nobody reads, the oldest lines are dropped", o->kind, o->conf->path);
		first = (size_t)((char *)memchr(o->backlog, '\n', o->backlog_len) + 1 - o->backlog);
		o->backlog_len -= first;
		memmove(o->backlog, o->backlog + first, o->backlog_len);
	}
	memcpy(o->backlog + o->backlog_len, line, len);
	o->backlog_len += len;
	o->io.events = POLLOUT;
}

static void on_room(struct io *io, short revents)
{
	struct outlet *o = container_of(io, struct outlet, io);
	size_t done = 0, len;

	(void)revents;
	while (done < o->backlog_len) {
		len = (size_t)((char *)memchr(o->backlog + done, '\n', o->backlog_len - done) + 1 - (o->backlog + done));
		if (write(io->fd, o->backlog + done, len) < 0)
			break;
		done += len;
	}
	o->backlog_len -= done;
	memmove(o->backlog, o->backlog + done, o->backlog_len);
	if (!o->backlog_len)
		forget_backlog(o);
}

static void write_line(struct fifo *f, unsigned lines_for, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void write_line(struct fifo *f, unsigned lines_for, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	struct outlet *o;
	va_list ap;
	size_t len;

	va_start(ap, format);
	text_vformat(line, sizeof(line), format, ap);
	va_end(ap);
	len = strlen(line);
	line[len - 1] = '\n';
	for (o = f->outs; o < f->outs + 3; o++) {
		if (o->io.fd < 0 || !(o->lines_for & lines_for))
			continue;
		/* We read, too, so that there is no EPIPE. */
		if (o->backlog || write(o->io.fd, line, len) < 0)
			keep(o, line, len);
	}
}

void fifo_router_event(struct fifo *f, const struct router_event *e)
{
	if (e->instance)
		write_line(f, FOR_VRRP, "INSTANCE \"%s\" %s %u\n", e->instance->name, vrrp_state_text(e->what), e->priority);
	else
		write_line(f, FOR_VRRP, "GROUP \"%s\" %s 0\n", e->group->name, vrrp_state_text(e->what));
}

void fifo_server_event(struct fifo *f, const char *real, const char *virtual, bool up)
{
	write_line(f, FOR_LVS, "%s%s%s%s %s\n", real ? "RS " : "VS ", real ? real : "", real ? " " : "", virtual, up ? "UP" : "DOWN");
}

/* Scripts */

static void on_script_end(struct child *c, int wait_status);

static void start_script(struct outlet *o)
{
	const char *const path[] = { o->conf->path, NULL };

	o->restart = false;
	if (!o->conf->script)
		return;
	o->script.cb = on_script_end;
	if (!notify_spawn(o->conf->script, path, &o->script))
		process_note_reader((unsigned)(o - o->fifo->outs), o->script.pid);
}

static void on_script_end(struct child *c, int wait_status)
{
	struct outlet *o = container_of(c, struct outlet, script);

	c->pid = 0;
	process_note_reader((unsigned)(o - o->fifo->outs), 0);
	timer_stop(&o->patience);
	if (o->restart && o->conf)
		start_script(o);
	else if (o->conf && WIFEXITED(wait_status))
		log_info("%snotify fifo script terminated, exit status %d", o->kind, WEXITSTATUS(wait_status));
	else if (o->conf)
		log_info("%snotify fifo script terminated by signal %d", o->kind, WTERMSIG(wait_status));
}

static void on_patience_lost(struct timer *t)
{
	struct outlet *o = container_of(t, struct outlet, patience);

	if (o->script.pid)
		notify_kill(o->script.pid, SIGKILL);
}

static void end_script(struct outlet *o)
{
	if (!o->script.pid)
		return;
	notify_kill(o->script.pid, SIGTERM);
	timer_set(&o->patience, PATIENCE_US);
}

/* Pipes */

static void close_out(struct outlet *o)
{
	if (!o->conf)
		return;
	/* Removed first: a reader that opens it again at its end must not find it. */
	if (o->made)
		unlink(o->conf->path);
	if (o->io.fd >= 0)
		forget_backlog(o);
	io_close(&o->io);
	o->made = false;
	o->conf = NULL;
}

/* As keepalived has it: the owner is who would run a script. */
static bool set_owner(const struct outlet *o)
{
	return notify_give(o->io.fd, o->conf->user, o->conf->group);
}

static int open_pipe(struct outlet *o)
{
	const char *path = o->conf->path;
	int mask = o->fifo->config->global.umask;
	struct stat st;

	o->made = !mkfifo(path, 0600);
	if (!o->made && errno != EEXIST)
		return -errno;
	/* For reading, too: so it can be opened without a reader, and outlives each. */
	o->io.fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (o->io.fd < 0 || fstat(o->io.fd, &st))
		return -errno;
	/* Writing to a file could fill a disk, to a device it could block. */
	if (!S_ISFIFO(st.st_mode))
		return -ENOTSUP;
	/* As keepalived's comes out: its own umask, unless the configuration has one, leaves nothing to others. */
	if (o->made && fchmod(o->io.fd, mask < 0 ? 0600 : 0644 & ~(mode_t)mask))
		return -errno;
	return io_add(&o->io);
}

static void open_out(struct outlet *o)
{
	int err = open_pipe(o);

	if (!err)
		return;
	log_warn("%snotify fifo %s not opened: %s", o->kind, o->conf->path, text_error(err));
	close_out(o);
}

/* Somebody may have removed it, and a reader would wait at another one of this name. */
static bool still_there(const struct outlet *o)
{
	struct stat mine, there;

	return !fstat(o->io.fd, &mine) && !lstat(o->conf->path, &there) && mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
}

static bool stays(const struct outlet *o, const struct fifo_conf *conf)
{
	return o->io.fd >= 0 && conf && !strcmp(o->conf->path, conf->path) && still_there(o);
}

static void change(struct outlet *o, const struct fifo_conf *conf)
{
	o->conf = conf;
	if (conf && o->io.fd < 0)
		open_out(o);
	if (o->made && !set_owner(o))
		log_warn("%snotify fifo %s: its owner can't be set", o->kind, conf->path);
	if (o->script.pid) {
		o->restart = true;
		end_script(o);
	} else if (o->conf) {
		start_script(o);
	}
}

/* Where one before it has the same path, that one gets the lines of both. */
static bool is_shared(struct fifo *f, const struct fifo_conf *const *confs, unsigned i)
{
	unsigned before;

	for (before = 0; before < i; before++) {
		if (!confs[before] || strcmp(confs[before]->path, confs[i]->path))
			continue;
		log_warn("%snotify fifo %s is also the %snotify fifo: one is used for both", f->outs[i].kind, confs[i]->path, f->outs[before].kind);
		f->outs[before].lines_for |= f->outs[i].lines_for;
		return true;
	}
	return false;
}

void fifo_set_config(struct fifo *f, const struct config *config)
{
	const struct global_conf *g = &config->global;
	const struct fifo_conf *confs[] = { &g->notify_fifo, &g->vrrp_notify_fifo, &g->lvs_notify_fifo };
	static const uint8_t lines_for[] = { FOR_VRRP | FOR_LVS, FOR_VRRP, FOR_LVS };
	unsigned i;

	f->config = config;
	/* All that goes, goes first: a path may have moved from one to another. */
	for (i = 0; i < 3; i++) {
		f->outs[i].lines_for = lines_for[i];
		if (!confs[i]->path || is_shared(f, confs, i))
			confs[i] = NULL;
		if (!stays(&f->outs[i], confs[i]))
			close_out(&f->outs[i]);
	}
	for (i = 0; i < 3; i++)
		change(&f->outs[i], confs[i]);
}

struct fifo *fifo_new(void)
{
	struct fifo *f = calloc(1, sizeof(*f));
	unsigned i;

	if (!f)
		return NULL;
	for (i = 0; i < 3; i++) {
		f->outs[i].fifo = f;
		f->outs[i].kind = kinds[i];
		f->outs[i].io = (struct io){ .fd = -1, .cb = on_room };
		f->outs[i].patience.cb = on_patience_lost;
	}
	return f;
}

void fifo_stop(struct fifo *f)
{
	unsigned i;

	for (i = 0; i < 3; i++)
		close_out(&f->outs[i]);
}

bool fifo_busy(const struct fifo *f)
{
	return f && (f->outs[0].script.pid || f->outs[1].script.pid || f->outs[2].script.pid);
}

void fifo_free(struct fifo *f)
{
	struct outlet *o;

	if (!f)
		return;
	fifo_stop(f);
	for (o = f->outs; o < f->outs + 3; o++) {
		if (o->script.pid) {
			notify_kill(o->script.pid, SIGTERM);
			child_remove(&o->script);
		}
		timer_stop(&o->patience);
	}
	free(f);
}
