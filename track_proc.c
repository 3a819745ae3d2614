/* SPDX-License-Identifier: MIT */
#include "track_proc.h"

#include "log.h"
#include "loop.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define POLL_US US_PER_S
#define PROBE_US US_PER_S
#define SETTLE_US (US_PER_S / 2)
#define RECEIVE_BUFFER (512 * 1024) /* some 600 events; memory is taken only while they wait */
#define SCAN_STEP 32    /* processes looked at before others have their turn */
#define EVENTS_STEP 64
#define COMM_MAX 15     /* what the kernel keeps of a name */
#define CMDLINE_MAX 4096

/* The kernel's messages, and our request, which has an operation in place of the event. In them the event is not aligned; here it is. */
struct message {
	uint32_t room;
	struct nlmsghdr nl;
	struct cn_msg cn;
	struct proc_event e;
};
#define START offsetof(struct message, nl)
#define EVENT_AT (offsetof(struct message, e) - START)
#define DATA_AT (EVENT_AT + offsetof(struct proc_event, event_data))

_Static_assert(EVENT_AT == 36, "connector ABI");
_Static_assert(offsetof(struct proc_event, event_data) == 16, "process event ABI");

enum source { SOURCE_PROBED, SOURCE_EVENTS, SOURCE_POLL };

/* A process that is of a kind. */
struct member {
	pid_t pid;
	unsigned index;
};
struct members {
	struct member *list;
	unsigned count;
};

static struct {
	void (*changed)(unsigned index, enum proc_cause);
	const struct conf_list *kinds; /* track_process_conf */
	struct members now, scanned;
	enum source source;
	struct io events;
	struct timer timer; /* cb NULL: nothing was set yet */
	uint32_t cookie;   /* of our request, which the kernel returns */
	DIR *dir;          /* a scan in progress */
} self;

static int add_member(struct members *m, pid_t pid, unsigned index)
{
	struct member *list;

	/* Full: it grows to twice the size. */
	if (!(m->count & (m->count - 1))) {
		list = realloc(m->list, (m->count ? m->count * 2 : 1) * sizeof(*list));
		if (!list)
			return -ENOMEM;
		m->list = list;
	}
	m->list[m->count++] = (struct member){ pid, index };
	return 0;
}

static unsigned find_member(const struct members *m, pid_t pid, unsigned index)
{
	unsigned i;

	for (i = 0; i < m->count; i++)
		if (m->list[i].pid == pid && m->list[i].index == index)
			break;
	return i;
}

static unsigned count_members(const struct members *m, unsigned index)
{
	unsigned i, count = 0;

	for (i = 0; i < m->count; i++)
		count += m->list[i].index == index;
	return count;
}

static void enter(pid_t pid, unsigned index, enum proc_cause cause)
{
	if (find_member(&self.now, pid, index) < self.now.count || add_member(&self.now, pid, index))
		return;
	self.changed(index, cause);
}

static void leave(unsigned at, enum proc_cause cause)
{
	unsigned index = self.now.list[at].index;

	self.now.list[at] = self.now.list[--self.now.count];
	self.changed(index, cause);
}

/* Of /proc/PID. Terminated; the length, or -errno. */
static int read_proc(pid_t pid, const char *name, char *buf, size_t size)
{
	char path[40];

	text_format(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return (int)text_file(path, buf, size);
}

/* The state follows the name, which is in parentheses and may hold some itself. */
static bool is_zombie(pid_t pid)
{
	const char *end;
	char stat[64];

	if (read_proc(pid, "stat", stat, sizeof(stat)) < 0)
		return true;
	end = strrchr(stat, ')');
	return end && end[1] == ' ' && end[2] == 'Z';
}

static bool by_command_line(const struct track_process_conf *c)
{
	return c->full_command || c->param_match != PARAM_NONE;
}

/* args: the words after the first, each ended by NUL. */
static bool args_match(const struct track_process_conf *c, const char *args, size_t len)
{
	size_t want = c->params ? c->params_len : 0;

	/* Our words may or may not end with NUL; compared is without it. */
	if (want && !c->params[want - 1])
		want--;
	if (!want)
		return c->param_match != PARAM_EXACT || !len;
	if (len <= want || memcmp(args, c->params, want))
		return false;
	if (c->param_match == PARAM_INITIAL)
		return true;
	return !args[want] && (c->param_match == PARAM_PARTIAL || len == want + 1);
}

/* What is known of a process; comm and cmdline are read when first asked for. */
struct subject {
	pid_t pid;
	char comm[COMM_MAX + 2];
	bool has_comm, has_cmdline;
	int cmdline_len;
	char cmdline[CMDLINE_MAX];
};

static bool is_kind(struct subject *s, const struct track_process_conf *c)
{
	size_t name;

	if (!by_command_line(c)) {
		if (!s->has_comm && read_proc(s->pid, "comm", s->comm, sizeof(s->comm)) < 0)
			*s->comm = '\0';
		s->has_comm = true;
		s->comm[strcspn(s->comm, "\n")] = '\0';
		return !strncmp(s->comm, c->process, COMM_MAX) && !is_zombie(s->pid);
	}
	if (!s->has_cmdline)
		s->cmdline_len = read_proc(s->pid, "cmdline", s->cmdline, sizeof(s->cmdline));
	s->has_cmdline = true;
	if (s->cmdline_len <= 0 || strcmp(s->cmdline, c->process))
		return false;
	name = strlen(c->process) + 1;
	if (name > (size_t)s->cmdline_len)
		name = (size_t)s->cmdline_len;
	return c->param_match == PARAM_NONE || args_match(c, s->cmdline + name, (size_t)s->cmdline_len - name);
}

/* The whole of /proc */

/* What was found takes the place of what was known. */
static void end_scan(bool tell)
{
	struct members old = self.now;
	unsigned before, after;

	closedir(self.dir);
	self.dir = NULL;
	self.now = self.scanned;
	self.scanned = old;
	if (tell)
		CONF_EACH(struct track_process_conf, c, self.kinds) {
			before = count_members(&old, c->index);
			after = count_members(&self.now, c->index);
			if (after != before)
				self.changed(c->index, after > before ? PROC_FORK : PROC_EXIT);
		}
}

/* Goes on, or begins; false before the end. */
static bool scan(unsigned steps, bool tell)
{
	struct subject s;
	struct dirent *e;

	if (!self.dir) {
		self.scanned.count = 0;
		self.dir = opendir("/proc");
	}
	while (self.dir && steps--) {
		e = readdir(self.dir);
		if (!e) {
			end_scan(tell);
			break;
		}
		if (*e->d_name < '1' || *e->d_name > '9')
			continue;
		s.pid = (pid_t)text_number(e->d_name, NULL, 10);
		s.has_comm = s.has_cmdline = false;
		CONF_EACH(struct track_process_conf, c, self.kinds)
			if (c->tracked && is_kind(&s, c))
				add_member(&self.scanned, s.pid, c->index);
	}
	return !self.dir;
}

/* Events */

static void poll_from_now_on(void)
{
	io_close(&self.events);
	self.source = SOURCE_POLL;
	timer_set(&self.timer, POLL_US);
	log_debug("No process events here: /proc is read every second");
}

static void on_fork(pid_t parent, pid_t child)
{
	unsigned i, count = self.now.count;

	for (i = 0; i < count; i++)
		if (self.now.list[i].pid == parent)
			enter(child, self.now.list[i].index, PROC_FORK);
}

static void on_exit_of(pid_t pid)
{
	unsigned i = 0;

	while (i < self.now.count)
		if (self.now.list[i].pid == pid)
			leave(i, PROC_EXIT);
		else
			i++;
}

/* Another program, or another name (comm) of the same one. */
static void on_change(pid_t pid, const char *comm)
{
	struct subject s = { .pid = pid };
	unsigned at;
	bool is;

	if (comm)
		memcpy(s.comm, comm, sizeof(s.comm) - 1);
	else if (read_proc(pid, "comm", s.comm, sizeof(s.comm)) < 0)
		return; /* gone: its end is told apart */
	s.has_comm = true;
	CONF_EACH(struct track_process_conf, c, self.kinds) {
		if (!c->tracked || (comm && by_command_line(c)))
			continue;
		is = is_kind(&s, c);
		at = find_member(&self.now, pid, c->index);
		if (is)
			enter(pid, c->index, PROC_EXEC);
		else if (at < self.now.count)
			leave(at, PROC_EXEC);
	}
}

/* Whatever the kernel sends shows that it does. */
static void events_work(void)
{
	if (self.source != SOURCE_PROBED)
		return;
	self.source = SOURCE_EVENTS;
	timer_stop(&self.timer);
}

static void on_answer(const struct proc_event *e)
{
	if (!e->event_data.ack.err)
		events_work();
	else if (self.source == SOURCE_PROBED)
		poll_from_now_on();
}

static void on_message(const struct message *m)
{
	/* Of all these the process's is where a fork has its parent's. */
	pid_t pid = m->e.event_data.exec.process_tgid;

	if (m->cn.id.idx != CN_IDX_PROC || m->cn.id.val != CN_VAL_PROC)
		return;
	switch (m->e.what) {
	case PROC_EVENT_NONE:
		if (m->cn.ack == self.cookie + 1)
			on_answer(&m->e);
		return;
	case PROC_EVENT_FORK:
		on_fork(pid, m->e.event_data.fork.child_tgid);
		break;
	case PROC_EVENT_EXEC:
		on_change(pid, NULL);
		break;
	case PROC_EVENT_COMM:
		on_change(pid, m->e.event_data.comm.comm);
		break;
	case PROC_EVENT_EXIT:
		on_exit_of(pid);
		break;
	default:
		break;
	}
	events_work();
}

static void on_events(struct io *io, short revents)
{
	struct sockaddr_nl from;
	socklen_t from_len;
	struct message m;
	ssize_t got;
	int i;

	(void)io, (void)revents;
	for (i = 0; i < EVENTS_STEP && self.events.fd >= 0; i++) {
		from_len = sizeof(from);
		m = (struct message){ 0 };
		got = recvfrom(self.events.fd, (char *)&m + START, sizeof(m) - START, 0, (struct sockaddr *)(void *)&from, &from_len);
		if (got >= (ssize_t)DATA_AT + 4 && from_len == sizeof(from) && !from.nl_pid)
			on_message(&m);
		/* Some were lost: count anew, though not each time in a storm. */
		if (got < 0 && errno == ENOBUFS) {
			events_work();
			if (!self.timer.armed)
				timer_set(&self.timer, SETTLE_US);
		}
		if (got < 0)
			return;
	}
}

#define NET(x) (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? (x) : __builtin_bswap32(x))
#define LOAD(at) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at)

/* Wakes us for processes, not their threads, and not for what does not matter. Fields are in the host's order, the filter's loads in the network's. */
static void set_filter(int fd)
{
	static struct sock_filter code[] = {
		LOAD(EVENT_AT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NET(PROC_EVENT_NONE), 12, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NET(PROC_EVENT_FORK), 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NET(PROC_EVENT_EXEC), 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NET(PROC_EVENT_COMM), 5, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NET(PROC_EVENT_EXIT), 4, 9),
		/* fork: child_pid, child_tgid */
		LOAD(DATA_AT + 8),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		LOAD(DATA_AT + 12),
		BPF_STMT(BPF_JMP | BPF_JA, 3),
		/* the others: process_pid, process_tgid */
		LOAD(DATA_AT),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		LOAD(DATA_AT + 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(*code), code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

static int ask_for_events(void)
{
	/* Answers go to all who listen. */
	uint32_t cookie = self.cookie = ((uint32_t)getpid() << 8) + (uint8_t)(self.cookie + 1);
	const struct message m = {
		.nl = { .nlmsg_len = EVENT_AT + sizeof(m.e.what), .nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .ack = cookie, .len = sizeof(m.e.what) },
		.e.what = (uint32_t)PROC_CN_MCAST_LISTEN,
	};

	return send(self.events.fd, (const char *)&m + START, m.nl.nlmsg_len, 0) < 0 ? -errno : 0;
}

static int open_events(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int err, size = RECEIVE_BUFFER;

	self.events.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (self.events.fd < 0)
		return -errno;
	setsockopt(self.events.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	set_filter(self.events.fd);
	if (bind(self.events.fd, (struct sockaddr *)(void *)&sa, sizeof(sa)))
		return -errno;
	self.events.events = POLLIN;
	self.events.cb = on_events;
	err = ask_for_events();
	return err ? err : io_add(&self.events);
}

static void on_timer(struct timer *timer)
{
	if (self.source == SOURCE_PROBED) /* silence */
		poll_from_now_on();
	else if (self.source == SOURCE_EVENTS)
		scan(UINT_MAX, true);
	else
		timer_set(timer, scan(SCAN_STEP, true) ? POLL_US : 0);
}

static void stop(void)
{
	io_close(&self.events);
	timer_stop(&self.timer);
	if (self.dir)
		closedir(self.dir);
	self.dir = NULL;
}

void track_proc_set(const struct conf_list *kinds, void (*changed)(unsigned index, enum proc_cause))
{
	bool any = false;

	if (self.timer.cb)
		stop();
	self.events.fd = -1;
	self.timer.cb = on_timer;
	self.now.count = 0;
	self.kinds = kinds;
	self.changed = changed;
	CONF_EACH(struct track_process_conf, c, kinds)
		any |= c->tracked;
	if (!any)
		return;
	/* Listening before looking: nothing is missed in between. */
	self.source = SOURCE_PROBED;
	timer_set(&self.timer, PROBE_US);
	if (open_events())
		poll_from_now_on();
	scan(UINT_MAX, false);
}

unsigned track_proc_count(unsigned index)
{
	return count_members(&self.now, index);
}

void track_proc_close(void)
{
	if (self.timer.cb)
		stop();
	free(self.now.list);
	free(self.scanned.list);
	self.now = self.scanned = (struct members){ 0 };
}
