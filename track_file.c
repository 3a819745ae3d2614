/* SPDX-License-Identifier: MIT */
#include "track_file.h"

#include "log.h"
#include "loop.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define POLL_US US_PER_S
#define WATCHED (IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

struct value {
	const struct track_file_conf *conf;
	int value;
	int watch;      /* of its directory, or -1: polled */
	bool was_empty; /* at the last poll */
	bool was_invalid;
};

struct track_file {
	void (*changed)(void *ctx, unsigned index);
	void *ctx;
	struct value *values;
	unsigned count;
	struct io inotify; /* fd -1: none */
	struct timer poll;
};

/* A number from INT_MIN to INT_MAX in C's notation, after blanks; anything may follow. No number is 0. */
static int parse_value(const char *text, int *out)
{
	long long value;

	value = text_number(text, NULL, 0);
	if (value < INT_MIN || value > INT_MAX)
		return -ERANGE;
	*out = (int)value;
	return 0;
}

/* Updates the value; true when it changed. */
static bool read_value(struct value *v, bool polled)
{
	char text[128];
	int old = v->value, value = 0;
	ssize_t got = text_file(v->conf->path, text, sizeof(text));
	bool empty;

	/* Between its opening and the first write a file is empty; inotify waits for the end, polling for a second look. */
	empty = got == 0 && polled && !v->was_empty;
	v->was_empty = got == 0;
	if (empty)
		return false;
	if (!parse_value(text, &value)) {
		v->value = value;
		v->was_invalid = false;
	} else if (!v->was_invalid) {
		v->was_invalid = true;
		log_info("Invalid number read from %s - ignoring", v->conf->path);
	}
	return v->value != old;
}

static void watch(struct track_file *t, struct value *v)
{
	const char *path = v->conf->path, *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;
	size_t len;

	v->watch = -1;
	/* What a link points to may lie in another directory. */
	if (t->inotify.fd < 0 || (!lstat(path, &st) && S_ISLNK(st.st_mode)))
		return;
	len = text_format(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
	if (len < sizeof(dir))
		v->watch = inotify_add_watch(t->inotify.fd, dir, WATCHED);
}

static void poll_later(struct track_file *t)
{
	unsigned i;

	for (i = 0; i < t->count; i++)
		if (t->values[i].watch < 0 && !t->poll.armed)
			timer_set(&t->poll, POLL_US);
}

static void on_poll(struct timer *timer)
{
	struct track_file *t = container_of(timer, struct track_file, poll);
	unsigned i;

	for (i = 0; i < t->count; i++) {
		if (t->values[i].watch >= 0)
			continue;
		watch(t, &t->values[i]);
		if (read_value(&t->values[i], true))
			t->changed(t->ctx, t->values[i].conf->index);
	}
	poll_later(t);
}

static const char *file_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void on_event(struct track_file *t, const struct inotify_event *e, const char *name)
{
	struct value *v;
	unsigned i;

	/* A renamed directory would go on being watched under its new name. */
	if (e->mask & IN_MOVE_SELF)
		inotify_rm_watch(t->inotify.fd, e->wd);
	for (i = 0; i < t->count; i++) {
		v = &t->values[i];
		if (v->watch != e->wd && !(e->mask & IN_Q_OVERFLOW))
			continue;
		if (e->mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT))
			v->watch = -1;
		else if (!(e->mask & IN_Q_OVERFLOW) && strcmp(name, file_part(v->conf->path)))
			continue;
		else if (e->mask & (IN_CREATE | IN_MOVED_TO))
			watch(t, v); /* a link may have come in its place */
		if (read_value(v, false))
			t->changed(t->ctx, t->values[i].conf->index);
	}
}

static void on_inotify(struct io *io, short revents)
{
	struct track_file *t = container_of(io, struct track_file, inotify);
	char buf[sizeof(struct inotify_event) + NAME_MAX + 1];
	struct inotify_event e;
	ssize_t got = read(io->fd, buf, sizeof(buf)), at;

	(void)revents;
	for (at = 0; at + (ssize_t)sizeof(e) <= got; at += (ssize_t)(sizeof(e) + e.len)) {
		memcpy(&e, buf + at, sizeof(e));
		/* The kernel pads names with NUL. */
		on_event(t, &e, e.len ? buf + at + sizeof(e) : "");
	}
	poll_later(t);
}

static void init_file(const struct track_file_conf *c, bool reload)
{
	char value[16];
	int fd;

	if (!c->init_create && !c->init_overwrite)
		return;
	fd = open(c->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | (c->init_overwrite && !reload ? 0 : O_EXCL), 0644);
	if (fd < 0 && errno == EEXIST)
		return;
	/* What can't be cut short is a device or the like, which is not written to. */
	if (fd < 0 || ftruncate(fd, 0) || write(fd, value, text_format(value, sizeof(value), "%d\n", c->init_value)) < 0)
		log_warn("track file %s not initialised: %s: %m", c->name, c->path);
	if (fd >= 0)
		close(fd);
}

static void open_inotify(struct track_file *t)
{
	io_close(&t->inotify);
	t->inotify.fd = t->count ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	t->inotify.events = POLLIN;
	t->inotify.cb = on_inotify;
	if (t->inotify.fd >= 0 && io_add(&t->inotify))
		io_close(&t->inotify);
}

static int old_value(const struct track_file *t, const char *name)
{
	unsigned i;

	for (i = 0; i < t->count; i++)
		if (!strcmp(t->values[i].conf->name, name))
			return t->values[i].value;
	return 0;
}

int track_file_set(struct track_file *t, const struct conf_list *files, bool reload)
{
	struct value *values = calloc(files->count + 1, sizeof(*values));
	unsigned i = 0;

	CONF_EACH(struct track_file_conf, c, files) {
		if (!values)
			break;
		values[i].conf = c;
		values[i++].value = old_value(t, c->name);
	}
	free(t->values);
	t->values = values;
	t->count = i;
	timer_stop(&t->poll);
	open_inotify(t);
	for (i = 0; i < t->count; i++) {
		init_file(values[i].conf, reload);
		watch(t, &values[i]);
		read_value(&values[i], false);
	}
	poll_later(t);
	return values ? 0 : -ENOMEM;
}

int track_file_value(const struct track_file *t, unsigned index)
{
	for (unsigned i = 0; i < t->count; i++)
		if (t->values[i].conf->index == index)
			return t->values[i].value;
	return 0;
}

struct track_file *track_file_new(void (*changed)(void *ctx, unsigned index), void *ctx)
{
	struct track_file *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->changed = changed;
	t->ctx = ctx;
	t->inotify.fd = -1;
	t->poll.cb = on_poll;
	return t;
}

void track_file_free(struct track_file *t)
{
	if (!t)
		return;
	timer_stop(&t->poll);
	io_close(&t->inotify);
	free(t->values);
	free(t);
}
