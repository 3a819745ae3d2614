/* SPDX-License-Identifier: MIT */
#include "track_proc.h"

#include "log.h"
#include "loop.h"
#include "text.h"

#include <arpa/inet.h>
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

enum source { SOURCE_NONE, SOURCE_PROBED, SOURCE_EVENTS, SOURCE_POLL };

/* A process that is of a kind. */
struct member {
	pid_t pid;
	unsigned index;
};
struct members {
	struct member *list;
	unsigned count, size;
};

struct track_proc {
	void (*changed)(void *ctx, unsigned index, enum proc_cause);
	void *ctx;
	const struct track_process_conf **confs;
	unsigned *counts;
	unsigned count;
	struct members now, scanned;
	enum source source;
	struct io events;
	uint32_t cookie;   /* of our request, which the kernel returns */
	DIR *dir;          /* a scan in progress */
	struct timer timer;
};

static int add_member(struct members *m, pid_t pid, unsigned index)
{
	unsigned size = m->size ? m->size * 2 : 16;
	struct member *list;

	if (m->count == m->size) {
		list = realloc(m->list, size * sizeof(*list));
		if (!list)
			return -ENOMEM;
		m->list = list;
		m->size = size;
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

static void enter(struct track_proc *t, pid_t pid, unsigned index, enum proc_cause cause)
{
	if (find_member(&t->now, pid, index) < t->now.count || add_member(&t->now, pid, index))
		return;
	t->counts[index]++;
	t->changed(t->ctx, index, cause);
}

static void leave(struct track_proc *t, unsigned at, enum proc_cause cause)
{
	unsigned index = t->now.list[at].index;

	t->now.list[at] = t->now.list[--t->now.count];
	t->counts[index]--;
	t->changed(t->ctx, index, cause);
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

/* Puts processes into t->scanned; true at the end of /proc. */
static bool scan(struct track_proc *t, unsigned steps)
{
	struct subject s;
	struct dirent *e;
	unsigned i;

	while (steps-- && (e = readdir(t->dir))) {
		if (*e->d_name < '1' || *e->d_name > '9')
			continue;
		s.pid = (pid_t)text_number(e->d_name, NULL, 10);
		s.has_comm = s.has_cmdline = false;
		for (i = 0; i < t->count; i++)
			if (t->confs[i] && is_kind(&s, t->confs[i]))
				add_member(&t->scanned, s.pid, i);
	}
	if (steps != UINT_MAX)
		closedir(t->dir);
	return steps != UINT_MAX;
}

static bool begin_scan(struct track_proc *t)
{
	t->scanned.count = 0;
	t->dir = opendir("/proc");
	return t->dir;
}

/* Takes what was found in place of what was known. */
static void end_scan(struct track_proc *t, bool tell)
{
	struct members old = t->now;
	unsigned i, before;

	t->dir = NULL;
	t->now = t->scanned;
	t->scanned = old;
	for (i = 0; i < t->count; i++) {
		before = t->counts[i];
		t->counts[i] = 0;
		for (unsigned m = 0; m < t->now.count; m++)
			t->counts[i] += t->now.list[m].index == i;
		if (tell && t->counts[i] != before)
			t->changed(t->ctx, i, t->counts[i] > before ? PROC_FORK : PROC_EXIT);
	}
}

static void scan_at_once(struct track_proc *t, bool tell)
{
	if (!begin_scan(t))
		return;
	scan(t, UINT_MAX);
	end_scan(t, tell);
}

/* Events */

static void poll_from_now_on(struct track_proc *t)
{
	io_close(&t->events);
	t->source = SOURCE_POLL;
	timer_set(&t->timer, POLL_US);
	log_debug("No process events here: /proc is read every second");
}

static void on_fork(struct track_proc *t, pid_t parent, pid_t child)
{
	unsigned i, count = t->now.count;

	for (i = 0; i < count; i++)
		if (t->now.list[i].pid == parent)
			enter(t, child, t->now.list[i].index, PROC_FORK);
}

static void on_exit_of(struct track_proc *t, pid_t pid)
{
	unsigned i = 0;

	while (i < t->now.count)
		if (t->now.list[i].pid == pid)
			leave(t, i, PROC_EXIT);
		else
			i++;
}

/* Another program, or another name (comm) of the same one. */
static void on_change(struct track_proc *t, pid_t pid, const char *comm)
{
	struct subject s = { .pid = pid };
	unsigned i, at;
	bool is;

	if (comm)
		memcpy(s.comm, comm, sizeof(s.comm) - 1);
	else if (read_proc(pid, "comm", s.comm, sizeof(s.comm)) < 0)
		return; /* gone: its end is told apart */
	s.has_comm = true;
	for (i = 0; i < t->count; i++) {
		if (!t->confs[i] || (comm && by_command_line(t->confs[i])))
			continue;
		is = is_kind(&s, t->confs[i]);
		at = find_member(&t->now, pid, i);
		if (is)
			enter(t, pid, i, PROC_EXEC);
		else if (at < t->now.count)
			leave(t, at, PROC_EXEC);
	}
}

/* Whatever the kernel sends shows that it does. */
static void events_work(struct track_proc *t)
{
	if (t->source != SOURCE_PROBED)
		return;
	t->source = SOURCE_EVENTS;
	timer_stop(&t->timer);
}

static void on_answer(struct track_proc *t, const struct proc_event *e)
{
	if (!e->event_data.ack.err)
		events_work(t);
	else if (t->source == SOURCE_PROBED)
		poll_from_now_on(t);
}

static void on_message(struct track_proc *t, const struct message *m)
{
	/* Of all these the process's is where a fork has its parent's. */
	pid_t pid = m->e.event_data.exec.process_tgid;

	if (m->cn.id.idx != CN_IDX_PROC || m->cn.id.val != CN_VAL_PROC)
		return;
	switch (m->e.what) {
	case PROC_EVENT_NONE:
		if (m->cn.ack == t->cookie + 1)
			on_answer(t, &m->e);
		return;
	case PROC_EVENT_FORK:
		on_fork(t, pid, m->e.event_data.fork.child_tgid);
		break;
	case PROC_EVENT_EXEC:
		on_change(t, pid, NULL);
		break;
	case PROC_EVENT_COMM:
		on_change(t, pid, m->e.event_data.comm.comm);
		break;
	case PROC_EVENT_EXIT:
		on_exit_of(t, pid);
		break;
	default:
		break;
	}
	events_work(t);
}

static void on_events(struct io *io, short revents)
{
	struct track_proc *t = container_of(io, struct track_proc, events);
	struct sockaddr_nl from;
	socklen_t from_len;
	struct message m;
	ssize_t got;
	int i;

	(void)revents;
	for (i = 0; i < EVENTS_STEP && t->events.fd >= 0; i++) {
		from_len = sizeof(from);
		m = (struct message){ 0 };
		got = recvfrom(t->events.fd, (char *)&m + START, sizeof(m) - START, 0, (struct sockaddr *)(void *)&from, &from_len);
		if (got >= (ssize_t)DATA_AT + 4 && from_len == sizeof(from) && !from.nl_pid)
			on_message(t, &m);
		/* Some were lost: count anew, though not each time in a storm. */
		if (got < 0 && errno == ENOBUFS) {
			events_work(t);
			if (!t->timer.armed)
				timer_set(&t->timer, SETTLE_US);
		}
		if (got < 0)
			return;
	}
}

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define NET(x) (x)
#else
#define NET(x) __builtin_bswap32(x)
#endif
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

static int ask_for_events(struct track_proc *t)
{
	/* Answers go to all who listen. */
	uint32_t cookie = t->cookie = ((uint32_t)getpid() << 8) + (uint8_t)(t->cookie + 1);
	const struct message m = {
		.nl = { .nlmsg_len = EVENT_AT + sizeof(m.e.what), .nlmsg_type = NLMSG_DONE },
		.cn = { .id = { CN_IDX_PROC, CN_VAL_PROC }, .ack = cookie, .len = sizeof(m.e.what) },
		.e.what = (uint32_t)PROC_CN_MCAST_LISTEN,
	};

	return send(t->events.fd, (const char *)&m + START, m.nl.nlmsg_len, 0) < 0 ? -errno : 0;
}

static int open_events(struct track_proc *t)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC };
	int err, size = RECEIVE_BUFFER;

	t->events.fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (t->events.fd < 0)
		return -errno;
	setsockopt(t->events.fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	set_filter(t->events.fd);
	if (bind(t->events.fd, (struct sockaddr *)(void *)&sa, sizeof(sa)))
		return -errno;
	t->events.events = POLLIN;
	t->events.cb = on_events;
	err = ask_for_events(t);
	return err ? err : io_add(&t->events);
}

static void on_timer(struct timer *timer)
{
	struct track_proc *t = container_of(timer, struct track_proc, timer);

	switch (t->source) {
	case SOURCE_PROBED: /* silence */
		poll_from_now_on(t);
		break;
	case SOURCE_EVENTS:
		scan_at_once(t, true);
		break;
	case SOURCE_POLL:
		if (!t->dir && !begin_scan(t)) {
			timer_set(timer, POLL_US);
		} else if (!scan(t, SCAN_STEP)) {
			timer_set(timer, 0);
		} else {
			timer_set(timer, POLL_US);
			end_scan(t, true);
		}
		break;
	default:
		break;
	}
}

static void stop(struct track_proc *t)
{
	io_close(&t->events);
	timer_stop(&t->timer);
	if (t->dir)
		closedir(t->dir);
	t->dir = NULL;
	t->source = SOURCE_NONE;
}

int track_proc_set(struct track_proc *t, const struct track_process_conf *const *confs, unsigned count)
{
	const struct track_process_conf **copy = calloc(count + 1, sizeof(*copy));
	unsigned *counts = calloc(count + 1, sizeof(*counts)), i;
	bool any = false;

	stop(t);
	free(t->confs);
	free(t->counts);
	t->confs = copy;
	t->counts = counts;
	t->count = copy && counts ? count : 0;
	for (i = 0; i < t->count; i++) {
		copy[i] = confs[i];
		any |= confs[i] != NULL;
	}
	if (!any)
		return copy && counts ? 0 : -ENOMEM;
	/* Listening before looking: nothing is missed in between. */
	t->source = SOURCE_PROBED;
	timer_set(&t->timer, PROBE_US);
	if (open_events(t))
		poll_from_now_on(t);
	scan_at_once(t, false);
	return 0;
}

unsigned track_proc_count(const struct track_proc *t, unsigned index)
{
	return index < t->count ? t->counts[index] : 0;
}

struct track_proc *track_proc_new(void (*changed)(void *ctx, unsigned index, enum proc_cause), void *ctx)
{
	struct track_proc *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->changed = changed;
	t->ctx = ctx;
	t->events.fd = -1;
	t->timer.cb = on_timer;
	return t;
}

void track_proc_free(struct track_proc *t)
{
	if (!t)
		return;
	stop(t);
	free(t->confs);
	free(t->counts);
	free(t->now.list);
	free(t->scanned.list);
	free(t);
}
