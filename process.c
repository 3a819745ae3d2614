/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "addr.h"
#include "config.h"
#include "log.h"
#include "loop.h"
#include "notify.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MARKER "UKEEPALIVED_RESPAWN"
#define FDS_MAX 65536
#define CRASH_STACK 16384
#define RTTIME_EXTRA_US 2000000

/* To the watcher: from the worker, that it is ready; from the kernel, in the worker's name as well, that the worker is gone. */
#define WATCH_SIGNAL SIGUSR1
#define GONE_SIGNAL SIGUSR2

static const int crash_signals[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
#define CRASH_SIGNALS (sizeof(crash_signals) / sizeof(crash_signals[0]))

/* What the next image of the program is told through its environment. The pid tells whether it is meant: scripts inherit environments. */
struct marker {
	uint32_t pid, signo;
	uint32_t readers[PROCESS_READERS];
	uint32_t times_s[PROCESS_RESPAWNS_MAX]; /* of the latest respawns, the oldest first; 0: none */
};

static struct {
	struct marker marker;
	char marker_text[sizeof(MARKER) + 2 * sizeof(struct marker) + 1];
	char **argv;
	char **marker_at; /* its place at the end of the environment, or NULL */
	bool core_dump, respawned, guarded, ready;
	struct child watcher; /* pid 0: none */
	int report_fd, notify_fd, pid_fd;
	const char *pid_path;
} self = { .report_fd = -1, .notify_fd = -1, .pid_fd = -1 };

static uint32_t now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint32_t)ts.tv_sec + 1; /* 0 means none */
}

/* Respawning: from here on to crash_handler() only what a signal handler may call. */

static void put_marker(uint32_t signo)
{
	char *at = self.marker_text + sizeof(MARKER);
	uint8_t bytes[sizeof(self.marker)];
	unsigned i;

	self.marker.pid = (uint32_t)getpid();
	self.marker.signo = signo;
	memcpy(bytes, &self.marker, sizeof(bytes));
	for (i = 0; i < 2 * sizeof(bytes); i++)
		at[i] = "0123456789abcdef"[bytes[i / 2] >> (i & 1 ? 0 : 4) & 15];
}

static bool respawn_allowed(void)
{
	uint32_t *times = self.marker.times_s, now = now_s();

	if (times[0] && now - times[0] < PROCESS_RESPAWN_WINDOW_S)
		return false;
	memmove(times, times + 1, (PROCESS_RESPAWNS_MAX - 1) * sizeof(*times));
	times[PROCESS_RESPAWNS_MAX - 1] = now;
	return true;
}

static void respawn(uint32_t signo)
{
	put_marker(signo);
	if (self.marker_at)
		*self.marker_at = self.marker_text;
	/* Survives the file. */
	execve("/proc/self/exe", self.argv, environ);
}

static void crash_handler(int signo)
{
	int err = errno;

	/* A copy of us leaves the core file. */
	if (self.core_dump && _Fork() == 0) {
		signal(signo, SIG_DFL);
		raise(signo);
		return;
	}
	/* Here or there, but not twice. The next image forks its own. */
	if (self.watcher.pid > 0)
		kill(self.watcher.pid, SIGKILL);
	if (respawn_allowed())
		respawn((uint32_t)signo);
	signal(signo, SIG_DFL);
	raise(signo); /* blocked until we return */
	errno = err;
}

static void on_crashes(void (*handler)(int))
{
	static char stack[CRASH_STACK] __attribute__((aligned(16)));
	stack_t alternative = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_ONSTACK };
	unsigned i;

	sigaltstack(&alternative, NULL);
	for (i = 0; i < CRASH_SIGNALS; i++)
		sigaction(crash_signals[i], &sa, NULL);
}

static bool get_marker(const char *text)
{
	uint8_t bytes[sizeof(self.marker)];

	if (!text || text_hex(text, bytes, sizeof(bytes)) != sizeof(bytes))
		return false;
	memcpy(&self.marker, bytes, sizeof(bytes));
	return self.marker.pid == (uint32_t)getpid();
}

/* What we and scripts find programs by has a default, as keepalived's has. The next image has the marker as well, which is cut out for this one
 * and returned. */
static const char *prepare_environment(char **argv)
{
	static char default_path[] = "PATH=" DEFAULT_PATH;
	const char *text = NULL;
	size_t count = 0;
	char **list, **at;

	self.argv = argv;
	memcpy(self.marker_text, MARKER "=", sizeof(MARKER));
	while (environ[count])
		count++;
	list = calloc(count + 3, sizeof(*list));
	if (!list)
		return NULL;
	self.marker_at = list;
	for (at = environ; *at; at++)
		if (strncmp(*at, MARKER "=", sizeof(MARKER)))
			*self.marker_at++ = *at;
		else
			text = *at + sizeof(MARKER);
	if (!getenv("PATH"))
		*self.marker_at++ = default_path;
	environ = list;
	return text;
}

/* Before a network namespace is entered: abstract names belong to one. */
static void connect_supervisor(void)
{
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = name ? strlen(name) : 0;

	if (len < 2 || len >= sizeof(to.sun_path) || (*name != '/' && *name != '@'))
		return;
	memcpy(to.sun_path, name, len);
	if (*name == '@')
		to.sun_path[0] = '\0';
	self.notify_fd = addr_dial(&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len), SOCK_DGRAM | SOCK_NONBLOCK);
}

void process_tell_supervisor(const char *text)
{
	if (self.notify_fd >= 0 && send(self.notify_fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		log_warn("NOTIFY_SOCKET: %m");
}

void process_note_reader(unsigned slot, pid_t pid)
{
	self.marker.readers[slot] = (uint32_t)pid;
}

int process_init(char **argv)
{
	const char *name;
	sigset_t none;
	unsigned i;

	/* A crash leaves its own signal and those of the loop blocked. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	loop_ignore_signals();
	self.respawned = get_marker(prepare_environment(argv));
	connect_supervisor();
	if (!self.respawned) {
		memset(&self.marker, 0, sizeof(self.marker));
		return 0;
	}
	/* Children of this process still, that read what another is started for now. */
	for (i = 0; i < PROCESS_READERS; i++)
		if (self.marker.readers[i])
			kill(-(pid_t)self.marker.readers[i], SIGTERM);
	memset(self.marker.readers, 0, sizeof(self.marker.readers));
	setsid(); /* for a watcher that becomes the worker */
	/* The name that people look for in process lists is that of the link by now. */
	name = strrchr(*argv, '/');
	prctl(PR_SET_NAME, name ? name + 1 : *argv, 0, 0, 0);
	return (int)self.marker.signo;
}

/* The foreground process: has its answer from the pipe, or none when the worker died. */
static _Noreturn void await_start(int fd, pid_t worker)
{
	char reason[256];
	ssize_t len;
	int status = 0;

	do
		len = read(fd, reason, sizeof(reason));
	while (len < 0 && errno == EINTR);
	if (len > 0 && !reason[0])
		_exit(0);
	if (len > 0)
		out_error("ukeepalived: %.*s\n", (int)len, reason);
	else if (waitpid(worker, &status, 0) == worker)
		out_error("ukeepalived: ended while starting, %s %d\n", WIFSIGNALED(status) ? "signal" : "status",
			  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	_exit(1);
}

static void close_all_but(int kept)
{
	struct rlimit limit;
	int fd, max = FDS_MAX;

	if (!prlimit(0, RLIMIT_NOFILE, NULL, &limit) && limit.rlim_cur < FDS_MAX)
		max = (int)limit.rlim_cur;
	for (fd = STDERR_FILENO + 1; fd < max; fd++)
		if (fd != kept)
			close(fd);
}

int process_daemonise(bool stay)
{
	int fds[2], null;
	pid_t pid;

	if (self.respawned)
		return 0;
	/* Somebody may wait for the end of a pipe that we inherited. */
	close_all_but(self.notify_fd);
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = _Fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		close(fds[1]);
		await_start(fds[0], pid);
	}
	close(fds[0]);
	self.report_fd = fds[1];
	setsid();
	if (!stay && chdir("/"))
		return -errno;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
	if (null > STDERR_FILENO)
		close(null);
	return 0;
}

static _Noreturn void watch(pid_t worker, bool ready, const sigset_t *set)
{
	siginfo_t info;
	int signo;

	/* A TERM to all of the name, or from systemd to all of the service, is meant; the rest is ignored where it is not blocked. */
	on_crashes(SIG_DFL);
	sigprocmask(SIG_SETMASK, set, NULL);
	memset(self.marker.readers, 0, sizeof(self.marker.readers)); /* their parent's end is theirs */
	log_close();
	close_all_but(-1);
	prctl(PR_SET_PDEATHSIG, (unsigned long)GONE_SIGNAL, 0, 0, 0);
	if (getppid() != worker)
		kill(getpid(), GONE_SIGNAL);
	/* Of two that wait the lower one comes first: it may have been ready just before its end. */
	do {
		signo = sigwaitinfo(set, &info);
		if (signo == WATCH_SIGNAL && info.si_pid == worker)
			ready = true;
	} while (signo != GONE_SIGNAL || getppid() == worker);
	/* A start that fails is told to the one who started it. */
	if (!ready)
		_exit(1);
	if (respawn_allowed())
		respawn(SIGKILL);
	log_reopen();
	log_write(LOG_ERR | LOG_FROM_MAIN, "died more than %d times within %d s, not started again",
		  PROCESS_RESPAWNS_MAX, PROCESS_RESPAWN_WINDOW_S);
	_exit(1);
}

static void start_watcher(void);

static void watcher_died(struct child *c, int status)
{
	(void)status;
	c->pid = 0;
	start_watcher();
}

static void start_watcher(void)
{
	pid_t worker = getpid(), pid;
	sigset_t set, old;

	/* Blocked, so that none is lost until the watcher waits for it. */
	sigemptyset(&set);
	sigaddset(&set, WATCH_SIGNAL);
	sigaddset(&set, GONE_SIGNAL);
	sigprocmask(SIG_BLOCK, &set, &old);
	pid = _Fork();
	if (pid == 0)
		watch(worker, self.ready, &set);
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (pid < 0) {
		log_warn("no watcher for crashes: fork: %m");
		return;
	}
	self.watcher = (struct child){ .pid = pid, .cb = watcher_died };
	child_add(&self.watcher);
}

void process_allow_core(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	self.core_dump = true;
	if (prlimit(0, RLIMIT_CORE, &unlimited, NULL))
		log_warn("core dump: %m");
}

void process_guard(bool watcher)
{
	self.guarded = true;
	/* A successor has nobody to report to, and tries on. */
	self.ready = self.respawned;
	if (self.ready)
		on_crashes(crash_handler);
	if (watcher)
		start_watcher();
}

/* To the process that started us: nothing but a NUL when all is well. */
static void report(const char *text, size_t len)
{
	if (self.report_fd < 0)
		return;
	if (write(self.report_fd, text, len) < 0)
		log_warn("the process that started us is gone");
	close(self.report_fd);
	self.report_fd = -1;
}

void process_ready(void)
{
	if (!self.ready && self.guarded) {
		self.ready = true;
		on_crashes(crash_handler);
		if (self.watcher.pid > 0)
			kill(self.watcher.pid, WATCH_SIGNAL);
	}
	report("", 1);
}

void process_fail(const char *reason)
{
	report(reason, strlen(reason));
}

void process_unguard(void)
{
	on_crashes(SIG_DFL);
	if (self.watcher.pid > 0) {
		child_remove(&self.watcher);
		kill(self.watcher.pid, SIGKILL);
		waitpid(self.watcher.pid, NULL, 0);
		self.watcher.pid = 0;
	}
}

void process_end(void)
{
	if (self.pid_fd >= 0) {
		unlink(self.pid_path);
		close(self.pid_fd);
		self.pid_fd = -1;
	}
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0755) && errno != EEXIST)
		log_warn("%s: %m", path);
}

static const char *run_dir(void)
{
	return access("/run", F_OK) ? "/var/run" : "/run";
}

void process_pid_path(char *buf, size_t size, const char *net_namespace, const char *instance, bool use_pid_dir)
{
	const char *dir = use_pid_dir || net_namespace || instance ? "/keepalived" : "";
	char *slash = buf + 1;

	text_format(buf, size, "%s%s%s%s/keepalived%s%s.pid", run_dir(), dir, net_namespace ? "/" : NULL, net_namespace,
		    instance ? "_" : NULL, instance);
	while ((slash = strchr(slash, '/'))) {
		*slash = '\0';
		make_directory(buf);
		*slash++ = '/';
	}
}

/* Its descriptor once the lock is looked at or taken; -EAGAIN when another has it. */
static int open_pid_file(const char *path, int flags, int command, struct flock *lock)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0644), err;
	struct stat st;

	*lock = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fd < 0)
		return -errno;
	errno = EINVAL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && !fcntl(fd, command, lock))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int process_pid_holder(const char *path)
{
	struct flock lock;
	int fd = open_pid_file(path, 0, F_GETLK, &lock), holder = 0;

	if (fd < 0)
		return 0;
	if (lock.l_type != F_UNLCK)
		holder = lock.l_pid > 0 ? lock.l_pid : -1;
	/* So that its presence tells readiness. After a crash it is our own, and nearly right. */
	else if (!self.respawned)
		unlink(path);
	close(fd);
	return holder;
}

int process_pid_write(const char *path)
{
	struct flock lock;
	char text[16];
	size_t len = text_format(text, sizeof(text), "%d\n", (int)getpid());
	int fd = open_pid_file(path, O_CREAT, F_SETLK, &lock), err;

	if (fd < 0)
		return fd == -EAGAIN ? -EBUSY : fd;
	if (ftruncate(fd, 0) || pwrite(fd, text, len, 0) != (ssize_t)len) {
		err = -errno;
		close(fd);
		return err;
	}
	self.pid_fd = fd; /* open as long as the lock is to hold */
	self.pid_path = path;
	return 0;
}

int process_enter_netns(const char *name)
{
	char path[300];
	int fd, err = 0;

	if (strchr(name, '/') || strlen(name) > 255)
		return -EINVAL;
	text_format(path, sizeof(path), *name ? "/var/run/netns/%s" : "/proc/1/ns/net", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (setns(fd, CLONE_NEWNET))
		err = -errno;
	close(fd);
	return err;
}

static void set_scheduling(const struct global_conf *g)
{
	struct sched_param param = { .sched_priority = g->realtime_priority };
	int policy = g->realtime_priority > 0 ? SCHED_RR : SCHED_OTHER;
	/* keepalived means 10 ms without sleep, which a reload may take: only a loop without end shall be ended by the kernel. */
	rlim_t us = (rlim_t)g->realtime_limit_us + RTTIME_EXTRA_US;
	struct rlimit limit = { us, us };

	if (setpriority(PRIO_PROCESS, 0, g->nice))
		log_warn("vrrp_priority %d: %m", g->nice);
	/* musl's function of this name does nothing. Reset on fork: neither scripts nor the watcher shall have it. */
	if (syscall(SYS_sched_setscheduler, 0, policy | SCHED_RESET_ON_FORK, &param))
		log_warn("vrrp_rt_priority %d: %m", g->realtime_priority);
	if (g->realtime_priority && prlimit(0, RLIMIT_RTTIME, &limit, NULL))
		log_warn("vrrp_rlimit_rttime: %m");
}

void process_tune(const struct global_conf *old, const struct global_conf *g)
{
	static struct global_conf none; /* not const: costs no byte of the file */

	if (!old)
		old = &none;
	if (old->nice != g->nice || old->realtime_priority != g->realtime_priority)
		set_scheduling(g);
	if (old->no_swap && !g->no_swap)
		munlockall();
	if (g->no_swap && !old->no_swap && mlockall(MCL_CURRENT | MCL_FUTURE))
		log_warn("vrrp_no_swap: %m");
}
