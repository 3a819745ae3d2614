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

static struct {
	void (*changed[TRACK_FILE_LISTENERS])(unsigned index);
	struct value *values;
	unsigned count;
	struct io inotify; /* fd -1: none */
	struct timer poll; /* cb NULL: nothing was set yet */
} self;

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

static void tell(const struct value *v)
{
	for (unsigned i = 0; i < TRACK_FILE_LISTENERS; i++)
		if (self.changed[i])
			self.changed[i](v->conf->index);
}

static const char *file_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void watch(struct value *v)
{
	const char *path = v->conf->path, *file = file_part(path);
	char dir[PATH_MAX];
	struct stat st;
	size_t len;

	v->watch = -1;
	/* What a link points to may lie in another directory. */
	if (self.inotify.fd < 0 || (!lstat(path, &st) && S_ISLNK(st.st_mode)))
		return;
	len = text_format(dir, sizeof(dir), "%.*s%s", (int)(file - path), path, file == path ? "." : NULL);
	if (len < sizeof(dir))
		v->watch = inotify_add_watch(self.inotify.fd, dir, WATCHED);
}

static void poll_later(void)
{
	unsigned i;

	for (i = 0; i < self.count; i++)
		if (self.values[i].watch < 0 && !self.poll.armed)
			timer_set(&self.poll, POLL_US);
}

static void on_poll(struct timer *timer)
{
	unsigned i;

	(void)timer;
	for (i = 0; i < self.count; i++) {
		if (self.values[i].watch >= 0)
			continue;
		watch(&self.values[i]);
		if (read_value(&self.values[i], true))
			tell(&self.values[i]);
	}
	poll_later();
}

static void on_event(const struct inotify_event *e, const char *name)
{
	struct value *v;
	unsigned i;

	/* A renamed directory would go on being watched under its new name. */
	if (e->mask & IN_MOVE_SELF)
		inotify_rm_watch(self.inotify.fd, e->wd);
	for (i = 0; i < self.count; i++) {
		v = &self.values[i];
		if (v->watch != e->wd && !(e->mask & IN_Q_OVERFLOW))
			continue;
		if (e->mask & (IN_IGNORED | IN_MOVE_SELF | IN_DELETE_SELF | IN_UNMOUNT))
			v->watch = -1;
		else if (!(e->mask & IN_Q_OVERFLOW) && strcmp(name, file_part(v->conf->path)))
			continue;
		else if (e->mask & (IN_CREATE | IN_MOVED_TO))
			watch(v); /* a link may have come in its place */
		if (read_value(v, false))
			tell(&self.values[i]);
	}
}

static void on_inotify(struct io *io, short revents)
{
	char buf[sizeof(struct inotify_event) + NAME_MAX + 1];
	struct inotify_event e;
	ssize_t got = read(io->fd, buf, sizeof(buf)), at;

	(void)revents;
	for (at = 0; at + (ssize_t)sizeof(e) <= got; at += (ssize_t)(sizeof(e) + e.len)) {
		memcpy(&e, buf + at, sizeof(e));
		/* The kernel pads names with NUL. */
		on_event(&e, e.len ? buf + at + sizeof(e) : "");
	}
	poll_later();
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

static void open_inotify(void)
{
	io_close(&self.inotify);
	self.inotify.fd = self.count ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
	self.inotify.events = POLLIN;
	self.inotify.cb = on_inotify;
	if (self.inotify.fd >= 0 && io_add(&self.inotify))
		io_close(&self.inotify);
}

static int old_value(const char *name)
{
	unsigned i;

	for (i = 0; i < self.count; i++)
		if (!strcmp(self.values[i].conf->name, name))
			return self.values[i].value;
	return 0;
}

int track_file_set(const struct conf_list *files, bool reload)
{
	struct value *values = calloc(files->count + 1, sizeof(*values));
	unsigned i = 0;

	CONF_EACH(struct track_file_conf, c, files) {
		if (!values)
			break;
		values[i].conf = c;
		values[i++].value = old_value(c->name);
	}
	free(self.values);
	self.values = values;
	self.count = i;
	if (!self.poll.cb)
		self.inotify.fd = -1;
	self.poll.cb = on_poll;
	timer_stop(&self.poll);
	open_inotify();
	for (i = 0; i < self.count; i++) {
		init_file(values[i].conf, reload);
		watch(&values[i]);
		read_value(&values[i], false);
	}
	poll_later();
	return values ? 0 : -ENOMEM;
}

int track_file_value(unsigned index)
{
	for (unsigned i = 0; i < self.count; i++)
		if (self.values[i].conf->index == index)
			return self.values[i].value;
	return 0;
}

void track_file_listen(enum track_file_listener who, void (*changed)(unsigned index))
{
	self.changed[who] = changed;
}

void track_file_close(void)
{
	if (!self.poll.cb)
		return;
	timer_stop(&self.poll);
	io_close(&self.inotify);
	free(self.values);
	self.values = NULL;
	self.count = 0;
}
