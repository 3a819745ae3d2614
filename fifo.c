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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024 /* below PIPE_BUF, so that a line is written whole or not at all */
#define BACKLOG_MAX 16384   /* a line of each of 255 instances and then some, when the pipe's own 64 KB are full */
#define PATIENCE_US (5 * US_PER_S)

/* Which outlets there are. */
enum { FOR_ALL, FOR_VRRP, FOR_LVS, OUTLETS };

static struct outlet {
	const struct fifo_conf *conf; /* NULL: not in use */
	const char *kind;             /* for log lines */
	bool made;                    /* by us, so removed by us */
	bool restart;                 /* the script, when the one that runs has ended */
	struct io io;
	struct child script;          /* pid 0: none runs */
	struct timer patience;
	unsigned lost;
	unsigned backlog_len;
	char *backlog;                /* whole lines; memory only while there are some */
} outs[OUTLETS];

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

/* Of the oldest line. */
static unsigned first_length(const struct outlet *o)
{
	return (unsigned)((char *)memchr(o->backlog, '\n', o->backlog_len) + 1 - o->backlog);
}

static void drop_first(struct outlet *o)
{
	unsigned len = first_length(o);

	o->backlog_len -= len;
	memmove(o->backlog, o->backlog + len, o->backlog_len);
}

/* The oldest go first: what a reader needs is how things stand now. */
static void keep(struct outlet *o, const char *line, unsigned len)
{
	if (!o->backlog)
		o->backlog = malloc(BACKLOG_MAX);
	if (!o->backlog) {
		o->lost++;
		return;
	}
	while (o->backlog_len + len > BACKLOG_MAX) {
		if (!o->lost++)
			log_warn("%snotify fifo %s: nobody reads, the oldest lines are dropped", o->kind, o->conf->path);
		drop_first(o);
	}
	memcpy(o->backlog + o->backlog_len, line, len);
	o->backlog_len += len;
	o->io.events = POLLOUT;
}

static void on_room(struct io *io, short revents)
{
	struct outlet *o = container_of(io, struct outlet, io);

	(void)revents;
	while (o->backlog_len && write(io->fd, o->backlog, first_length(o)) >= 0)
		drop_first(o);
	if (!o->backlog_len)
		forget_backlog(o);
}

/* To the outlet for all as well. The line is cut short where it is too long. */
static void put_line(char *line, unsigned outlet)
{
	unsigned len = (unsigned)strlen(line);

	line[len - 1] = '\n';
	for (struct outlet *o = outs; o < outs + OUTLETS; o++) {
		if (!o->conf || (o != outs && o != outs + outlet))
			continue;
		/* We read, too, so that there is no EPIPE. */
		if (o->backlog || write(o->io.fd, line, len) < 0)
			keep(o, line, len);
	}
}

void fifo_router_event(const struct router_event *e)
{
	char line[LINE_MAX_BYTES];

	text_format(line, sizeof(line), "%s \"%s\" %s %u\n", e->instance ? "INSTANCE" : "GROUP", e->instance ? e->instance->name : e->group->name,
		    vrrp_state_text(e->what), e->instance ? e->priority : 0);
	put_line(line, FOR_VRRP);
}

void fifo_server_event(const char *real, const char *virtual, bool up)
{
	char line[LINE_MAX_BYTES];

	text_format(line, sizeof(line), real ? "RS %s %s %s\n" : "VS %s%s %s\n", real, virtual, up ? "UP" : "DOWN");
	put_line(line, FOR_LVS);
}

/* Scripts */

static void start_script(struct outlet *o)
{
	o->restart = false;
	if (o->conf->script && !notify_spawn(o->conf->script, o->conf->path, &o->script))
		process_note_reader((unsigned)(o - outs), o->script.pid);
}

static void on_script_end(struct child *c, int wait_status)
{
	struct outlet *o = container_of(c, struct outlet, script);
	bool exited = WIFEXITED(wait_status);

	c->pid = 0;
	process_note_reader((unsigned)(o - outs), 0);
	timer_stop(&o->patience);
	if (!o->conf)
		return;
	if (o->restart)
		start_script(o);
	else
		log_info("%snotify fifo script terminated%s %d", o->kind, exited ? ", exit status" : " by signal",
			 exited ? WEXITSTATUS(wait_status) : WTERMSIG(wait_status));
}

static void on_patience_lost(struct timer *t)
{
	struct outlet *o = container_of(t, struct outlet, patience);

	if (o->script.pid)
		notify_kill(o->script.pid, SIGKILL);
}

/* Pipes */

static void close_out(struct outlet *o)
{
	if (!o->conf)
		return;
	/* Removed first: a reader that opens it again at its end must not find it. */
	if (o->made)
		unlink(o->conf->path);
	forget_backlog(o);
	io_close(&o->io);
	o->made = false;
	o->conf = NULL;
}

/* Also when it is open, since somebody may have removed it, and a reader would wait at another one of this name. */
static int open_pipe(struct outlet *o, int mask)
{
	const char *path = o->conf->path;
	bool fresh = !mkfifo(path, 0600);
	struct stat st;
	int fd;

	if (!fresh && errno != EEXIST)
		return -errno;
	o->made |= fresh;
	/* For reading, too: so it can be opened without a reader, and outlives each. */
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	io_close(&o->io);
	o->io.fd = fd;
	if (fstat(fd, &st))
		return -errno;
	/* Writing to a file could fill a disk, to a device it could block. */
	if (!S_ISFIFO(st.st_mode))
		return -ENOTSUP;
	/* As keepalived's comes out: its own umask, unless the configuration has one, leaves nothing to others. */
	if (o->made && fchmod(fd, mask < 0 ? 0600 : 0644 & ~(mode_t)mask))
		return -errno;
	/* As keepalived has it: the owner is who would run a script. */
	if (o->made && !notify_give(fd, o->conf->user, o->conf->group))
		log_warn("%snotify fifo %s: its owner can't be set", o->kind, path);
	return io_add(&o->io);
}

static void change(struct outlet *o, int mask)
{
	int err = o->conf ? open_pipe(o, mask) : 0;

	if (err) {
		log_warn("%snotify fifo %s not opened: %*m", o->kind, o->conf->path, err);
		close_out(o);
	}
	if (o->script.pid) {
		o->restart = true;
		notify_kill(o->script.pid, SIGTERM);
		timer_set(&o->patience, PATIENCE_US);
	} else if (o->conf) {
		start_script(o);
	}
}

void fifo_set_config(const struct global_conf *g)
{
	static const char kinds[][6] = { "", "vrrp ", "lvs " };
	const struct fifo_conf *confs[] = { &g->notify_fifo, &g->vrrp_notify_fifo, &g->lvs_notify_fifo };
	struct outlet *o;
	unsigned i;

	/* All that goes, goes first: a path may have moved from one to another. */
	for (i = 0, o = outs; i < OUTLETS; i++, o++) {
		if (!o->kind) {
			o->kind = kinds[i];
			o->io = (struct io){ .fd = -1, .cb = on_room };
			o->script.cb = on_script_end;
			o->patience.cb = on_patience_lost;
		}
		if (o->conf && !text_same(o->conf->path, confs[i]->path))
			close_out(o);
		o->conf = confs[i]->path ? confs[i] : NULL;
	}
	for (o = outs; o < outs + OUTLETS; o++)
		change(o, g->umask);
}

void fifo_stop(void)
{
	for (struct outlet *o = outs; o < outs + OUTLETS; o++)
		close_out(o);
}

bool fifo_busy(void)
{
	return outs[FOR_ALL].script.pid || outs[FOR_VRRP].script.pid || outs[FOR_LVS].script.pid;
}

void fifo_close(void)
{
	fifo_stop();
	for (struct outlet *o = outs; o < outs + OUTLETS; o++) {
		if (o->script.pid) {
			notify_kill(o->script.pid, SIGTERM);
			child_remove(&o->script);
		}
		o->script.pid = 0;
		timer_stop(&o->patience);
	}
}
