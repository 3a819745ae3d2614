/* SPDX-License-Identifier: MIT */
#include "log.h"
#include "date.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 1024
#define STAMP_MAX 40
#define QUARTER_S 900
#define LIMIT_BURST 5
#define LIMIT_INTERVAL (60 * 1000000U >> 10)

/* There is one log. */
static struct {
	bool to_stderr, no_syslog;
	uint8_t level;
	int syslog_fd, file_fd;
} out = { .to_stderr = true, .no_syslog = true, .level = LOG_INFO, .syslog_fd = -1, .file_fd = -1 };
/* As much of it as is zero at first. */
static struct {
	const char *file;
	const char *suffix;
	int facility;
	int zone;
	uint64_t quarter; /* of an hour, in which zone holds */
} more;

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void open_file(void)
{
	close_fd(&out.file_fd);
	if (more.file)
		out.file_fd = open(more.file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0644);
}

void log_init(const struct log_settings *s)
{
	log_close();
	out.to_stderr = s->to_stderr;
	out.no_syslog = s->no_syslog;
	more.facility = s->facility;
	out.level = (uint8_t)s->level;
	more.file = s->file;
	more.suffix = s->suffix;
	open_file();
}

void log_set_level(int level)
{
	out.level = (uint8_t)level;
}

int log_level(void)
{
	return out.level;
}

void log_reopen(void)
{
	open_file();
	more.quarter = 0;
}

void log_close(void)
{
	close_fd(&out.syslog_fd);
	close_fd(&out.file_fd);
}

/* The daemon may start after us or anew: its socket is looked up for each line. When it is busy the line is lost: waiting would cost adverts. */
static void send_syslog(const char *line, size_t len)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };

	if (out.syslog_fd < 0)
		out.syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	sendto(out.syslog_fd, line, len, MSG_NOSIGNAL, (struct sockaddr *)(void *)&to, sizeof(to));
}

/* For standard error, which may be a full pipe or a stopped terminal; O_NONBLOCK would change it for everybody who shares it. */
static void write_ready(int fd, const char *line, size_t len)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	if (poll(&p, 1, 0) == 1 && write(fd, line, len) < 0)
		return; /* there is nobody left to tell */
}

/* "Sun Nov 22 15:00:00 2026: " in local time; its length. */
static size_t put_stamp(char *stamp)
{
	time_t now = time(NULL);
	struct date d;

	/* Zones change their clocks at such times only. */
	if (more.quarter != (uint64_t)now / QUARTER_S) {
		more.quarter = (uint64_t)now / QUARTER_S;
		more.zone = date_zone(now);
	}
	d = date_of(now + more.zone);
	return text_format(stamp, STAMP_MAX, "%.3s %.3s %2u %02u:%02u:%02u %u: ", &DATE_WEEKDAYS[d.weekday * 3], &DATE_MONTHS[d.month * 3], d.day,
			   d.hour, d.minute, d.second, d.year);
}

static void syslog_line(int priority, int source, const char *text, const char *stamp)
{
	static const char names_packed[] = "_vrrp\0" "_healthcheckers\0" "\0";
	char line[LINE_MAX_BYTES + 160];
	size_t len;

	/* Detail was asked for by -D, and is to be seen: syslog daemons drop DEBUG. */
	if (priority == LOG_DEBUG)
		priority = LOG_INFO;
	len = text_format(line, sizeof(line), "<%d>%.15s Keepalived%-s%s[%d]: %s", more.facility | priority, stamp + 4,
		       text_nth(names_packed, (unsigned)source >> 4 & 3), more.suffix, (int)getpid(), text);
	send_syslog(line, len < sizeof(line) ? len : sizeof(line) - 1);
}

static void plain_line(const char *line, size_t len)
{
	if (out.to_stderr)
		write_ready(STDERR_FILENO, line, len);
	if (out.file_fd >= 0 && write(out.file_fd, line, len) < 0)
		close_fd(&out.file_fd); /* log_reopen() tries again */
}

void log_write(int priority_source, const char *format, ...)
{
	int err = errno, priority = LOG_PRI(priority_source);
	char line[STAMP_MAX + LINE_MAX_BYTES], *text, *p;
	va_list args;

	if (priority > out.level)
		return;
	p = text = line + put_stamp(line);
	va_start(args, format);
	errno = err; /* for %m */
	text_vformat(text, LINE_MAX_BYTES, format, &args);
	va_end(args);
	/* Texts quote files and packets: no forged lines, no escape sequences. */
	for (; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';
	if (!out.no_syslog)
		syslog_line(priority, priority_source & ~LOG_PRIMASK, text, line);
	*p++ = '\n';
	plain_line(line, (size_t)(p - line));
	errno = err;
}

bool log_allow(struct log_limit *l, uint64_t now_us, unsigned *held)
{
	uint32_t now = (uint32_t)(now_us >> 10), age = now - l->start;

	*held = 0;
	if (l->lines && age < LIMIT_INTERVAL)
		return ++l->lines <= LIMIT_BURST;
	if (l->lines > LIMIT_BURST)
		*held = l->lines - LIMIT_BURST;
	/* The burst is earned again by silence. */
	l->lines = l->lines >= LIMIT_BURST && age < 2 * LIMIT_INTERVAL ? LIMIT_BURST : 1;
	l->start = now;
	return true;
}
