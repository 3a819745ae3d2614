/* SPDX-License-Identifier: MIT */
/*
 * Parts of libc for the static binary, in place of musl's, which are made for programs with threads, for every kernel since 2.6, and
 * for speed: with libc.c 17 to 26 KB there, a third of that here. What stands here does what this program asks for, for one thread, on
 * Linux 3.2 and later; musl has the rest, the first instructions and the system call's among it. Static linking takes the first definition
 * it meets, so that musl's own callers come here too.
 * Not for a shared libc (HEAP= leaves this out), nor for processors that nobody tried.
 */
#if defined __arm__ || defined __mips__
#include "kernel_stat.h"
#endif
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/auxv.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The start: nothing is prepared for threads, thread-local variables, constructors or a vDSO. */
int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv);
#ifdef __x86_64__
/* musl's. Made with a stack protector its functions read there, in the sixth word. */
__attribute__((visibility("hidden"))) int __set_thread_area(void *);
#endif

static const unsigned long *auxiliary; /* the kernel's pairs of a kind and a value */

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv)
{
	char **e = argv + argc + 1;
#ifdef __x86_64__
	static long thread[8];

	__set_thread_area(thread);
#endif
	environ = e;
	while (*e++)
		;
	auxiliary = (const unsigned long *)(void *)e;
	exit(main(argc, argv, environ));
}

unsigned long getauxval(unsigned long kind)
{
	const unsigned long *a;

	for (a = auxiliary; *a; a += 2)
		if (*a == kind)
			return a[1];
	return 0;
}

char *getenv(const char *name)
{
	size_t len = strlen(name);
	char **e;

	for (e = environ; e && *e; e++)
		if (!strncmp(*e, name, len) && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

int *___errno_location(void);

int *__errno_location(void)
{
	static int number;

	return &number;
}

/* By this name musl's functions find it. */
int *___errno_location(void)
{
	return __errno_location();
}

/* An argument that a call does not have. The kernel won't look at it: whatever is there will do. */
static long none(void)
{
	long any;

	__asm__("" : "=r"(any));
	return any;
}

/* The number last: it leaves the arguments where they are. No result needs more than an int, the kernel moves no more bytes at once. */
static __attribute__((noinline)) int call(long a, long b, long c, long number)
{
	return (int)syscall(number, a, b, c);
}

static __attribute__((noinline)) int call5(long a, long b, long c, long d, long e, long number)
{
	return (int)syscall(number, a, b, c, d, e);
}

#define CALL0(result, name, number) result name(void) { return (result)call(none(), none(), none(), number); }
#define CALL1(result, name, number, A) result name(A a) { return (result)call((long)a, none(), none(), number); }
#define CALL2(result, name, number, A, B) result name(A a, B b) { return (result)call((long)a, (long)b, none(), number); }
#define CALL3(result, name, number, A, B, C) result name(A a, B b, C c) { return (result)call((long)a, (long)b, (long)c, number); }

#ifdef SYS_geteuid32
#define OF_32_BITS(name) SYS_##name##32
#else
#define OF_32_BITS(name) SYS_##name
#endif

CALL0(pid_t, getpid, SYS_getpid)
CALL0(pid_t, getppid, SYS_getppid)
CALL0(uid_t, geteuid, OF_32_BITS(geteuid))
CALL0(gid_t, getegid, OF_32_BITS(getegid))
CALL0(pid_t, setsid, SYS_setsid)
CALL0(int, munlockall, SYS_munlockall)
CALL1(int, close, SYS_close, int)
CALL1(int, chdir, SYS_chdir, const char *)
CALL1(int, inotify_init1, SYS_inotify_init1, int)
CALL1(int, mlockall, SYS_mlockall, int)
CALL1(int, setgid, OF_32_BITS(setgid), gid_t)
CALL1(int, setuid, OF_32_BITS(setuid), uid_t)
CALL1(mode_t, umask, SYS_umask, mode_t)
CALL1(int, uname, SYS_uname, struct utsname *)
CALL2(int, fchmod, SYS_fchmod, int, mode_t)
CALL2(int, ftruncate, SYS_ftruncate, int, off_t)
CALL2(int, inotify_rm_watch, SYS_inotify_rm_watch, int, int)
CALL2(int, kill, SYS_kill, pid_t, int)
CALL2(int, listen, SYS_listen, int, int)
CALL2(int, munmap, SYS_munmap, void *, size_t)
CALL2(int, setgroups, OF_32_BITS(setgroups), size_t, const gid_t *)
CALL2(int, setns, SYS_setns, int, int)
CALL2(int, setpgid, SYS_setpgid, pid_t, pid_t)
CALL2(int, sigaltstack, SYS_sigaltstack, const stack_t *, stack_t *)
CALL3(int, bind, SYS_bind, int, const struct sockaddr *, socklen_t)
CALL3(int, connect, SYS_connect, int, const struct sockaddr *, socklen_t)
CALL3(int, execve, SYS_execve, const char *, char *const *, char *const *)
CALL3(int, fchown, OF_32_BITS(fchown), int, uid_t, gid_t)
CALL3(ssize_t, getrandom, SYS_getrandom, void *, size_t, unsigned)
CALL3(int, getsockname, SYS_getsockname, int, struct sockaddr *, socklen_t *)
CALL3(int, inotify_add_watch, SYS_inotify_add_watch, int, const char *, uint32_t)
CALL3(ssize_t, read, SYS_read, int, void *, size_t)
CALL3(ssize_t, recvmsg, SYS_recvmsg, int, struct msghdr *, int)
CALL3(ssize_t, sendmsg, SYS_sendmsg, int, const struct msghdr *, int)
CALL3(int, setpriority, SYS_setpriority, int, id_t, int)
CALL3(int, socket, SYS_socket, int, int, int)
CALL3(ssize_t, write, SYS_write, int, const void *, size_t)

int pipe2(int fds[2], int flags)
{
	return call((long)fds, flags, 0, SYS_pipe2);
}

int access(const char *path, int how)
{
	return call(AT_FDCWD, (long)path, how, SYS_faccessat);
}

int mkdir(const char *path, mode_t mode)
{
	return call(AT_FDCWD, (long)path, mode, SYS_mkdirat);
}

int unlink(const char *path)
{
	return call(AT_FDCWD, (long)path, 0, SYS_unlinkat);
}

int mkfifo(const char *path, mode_t mode)
{
	return call5(AT_FDCWD, (long)path, mode | S_IFIFO, 0, 0, SYS_mknodat);
}

int rename(const char *from, const char *to)
{
	return call5(AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0, SYS_renameat);
}

ssize_t readlink(const char *restrict path, char *restrict buf, size_t size)
{
	return call5(AT_FDCWD, (long)path, (long)buf, (long)size, 0, SYS_readlinkat);
}

char *getcwd(char *buf, size_t size)
{
	return call((long)buf, (long)size, 0, SYS_getcwd) > 0 && *buf == '/' ? buf : NULL;
}

int open(const char *path, int flags, ...)
{
	va_list more;
	mode_t mode;

	va_start(more, flags);
	mode = va_arg(more, mode_t);
	va_end(more);
	return call5(AT_FDCWD, (long)path, flags | O_LARGEFILE, mode, 0, SYS_openat);
}

int isatty(int fd)
{
	struct winsize size;

	return !ioctl(fd, TIOCGWINSZ, &size);
}

int dup2(int from, int to)
{
	return from == to ? to : call(from, to, 0, SYS_dup3);
}

#ifdef SYS_mmap2
#define MMAP SYS_mmap2
#else
#define MMAP SYS_mmap
#endif

/* From the start of a file, or of none. */
void *mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	(void)offset;
	return (void *)syscall(MMAP, at, size, prot, flags, fd, 0L);
}

int prlimit(pid_t pid, int what, const struct rlimit *to, struct rlimit *old)
{
	return call5(pid, what, (long)to, (long)old, 0, SYS_prlimit64);
}

int accept4(int fd, struct sockaddr *restrict from, socklen_t *restrict len, int flags)
{
	return call5(fd, (long)from, (long)len, flags, 0, SYS_accept4);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	return call5(fd, level, name, (long)value, (long)len, SYS_setsockopt);
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	return call5(fd, level, name, (long)value, (long)len, SYS_getsockopt);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to, socklen_t to_len)
{
	return syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
	return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t recvfrom(int fd, void *restrict buf, size_t size, int flags, struct sockaddr *restrict from, socklen_t *restrict len)
{
	return syscall(SYS_recvfrom, fd, buf, size, flags, from, len);
}

ssize_t recv(int fd, void *buf, size_t size, int flags)
{
	return recvfrom(fd, buf, size, flags, NULL, NULL);
}

unsigned if_nametoindex(const char *name)
{
	struct ifreq request;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return 0;
	strncpy(request.ifr_name, name, sizeof(request.ifr_name));
	err = ioctl(fd, SIOCGIFINDEX, &request);
	close(fd);
	return err ? 0 : (unsigned)request.ifr_ifindex;
}

/* Files: what the kernel tells, but for times where these have changed their width. */
#if defined __arm__ || defined __mips__
static int get_stat(long at, struct stat *out, long number)
{
	struct kernel_stat k;
	int result = call(at, (long)&k, 0, number);

	if (!result)
		*out = (struct stat){
			.st_dev = k.st_dev, .st_ino = k.st_ino, .st_mode = k.st_mode, .st_nlink = k.st_nlink, .st_uid = k.st_uid,
			.st_gid = k.st_gid, .st_rdev = k.st_rdev, .st_size = k.st_size,
		};
	return result;
}

int stat(const char *restrict path, struct stat *restrict out)
{
	return get_stat((long)path, out, SYS_stat64);
}

int lstat(const char *restrict path, struct stat *restrict out)
{
	return get_stat((long)path, out, SYS_lstat64);
}

int fstat(int fd, struct stat *out)
{
	return get_stat(fd, out, SYS_fstat64);
}
#else
CALL2(int, fstat, SYS_fstat, int, struct stat *)

int stat(const char *restrict path, struct stat *restrict out)
{
	return call5(AT_FDCWD, (long)path, (long)out, 0, 0, SYS_newfstatat);
}

int lstat(const char *restrict path, struct stat *restrict out)
{
	return call5(AT_FDCWD, (long)path, (long)out, AT_SYMLINK_NOFOLLOW, 0, SYS_newfstatat);
}
#endif

struct __dirstream {
	int fd;
	int at, end;
	_Alignas(struct dirent) char buf[2048];
};

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : malloc(sizeof(*d));

	if (d)
		*d = (DIR){ .fd = fd };
	else if (fd >= 0)
		close(fd);
	return d;
}

struct dirent *readdir(DIR *d)
{
	struct dirent *e;

	if (d->at >= d->end) {
		d->at = 0;
		d->end = call(d->fd, (long)d->buf, sizeof(d->buf), SYS_getdents64);
		if (d->end <= 0)
			return NULL;
	}
	e = (struct dirent *)(void *)(d->buf + d->at);
	d->at += e->d_reclen;
	return e;
}

int closedir(DIR *d)
{
	close(d->fd);
	free(d);
	return 0;
}

/* Processes. */
void _exit(int status)
{
	for (;;)
		call(status, 0, 0, SYS_exit_group);
}

/* Nobody uses atexit(). */
void exit(int status)
{
	_exit(status);
}

/* Locks, and what belongs to threads, is as it was: there is one. */
pid_t _Fork(void)
{
	return call5(SIGCHLD, 0, 0, 0, 0, SYS_clone);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

pid_t waitpid(pid_t pid, int *status, int flags)
{
	return call5(pid, (long)status, flags, 0, 0, SYS_wait4);
}

/* Called by libgcc's division too, of which link-time optimization does not know. */
__attribute__((used)) int raise(int signo)
{
	return kill(getpid(), signo);
}

void abort(void)
{
	raise(SIGABRT);
	_exit(127);
}

/* Signals. The kernel's sets have the first bits of libc's. */
#define SET_SIZE (_NSIG / 8)

static unsigned long *word_of(const sigset_t *set, int signo)
{
	return (unsigned long *)(uintptr_t)set + (unsigned)(signo - 1) / (8 * sizeof(long));
}

static unsigned long bit_of(int signo)
{
	return 1UL << (unsigned)(signo - 1) % (8 * sizeof(long));
}

int sigemptyset(sigset_t *set)
{
	memset(set, 0, sizeof(*set));
	return 0;
}

int sigaddset(sigset_t *set, int signo)
{
	*word_of(set, signo) |= bit_of(signo);
	return 0;
}

int sigdelset(sigset_t *set, int signo)
{
	*word_of(set, signo) &= ~bit_of(signo);
	return 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
	return call5(how, (long)set, (long)old, SET_SIZE, 0, SYS_rt_sigprocmask);
}

#ifdef __x86_64__
#define SA_RESTORER_X86 0x04000000
/* musl's: the way back from a handler, which this kernel alone does not bring itself. */
__attribute__((visibility("hidden"))) void __restore_rt(void);
#endif

/* Without the old one, which nobody asks for. */
int sigaction(int signo, const struct sigaction *restrict sa, struct sigaction *restrict old)
{
	struct {
#ifdef __mips__
		unsigned flags;
		void (*handler)(int);
#else
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
#endif
		unsigned char mask[SET_SIZE];
	} act = { .handler = sa->sa_handler, .flags = (unsigned)sa->sa_flags };

	(void)old;
#ifdef __x86_64__
	act.flags |= SA_RESTORER_X86;
	act.restorer = __restore_rt;
#endif
	memcpy(act.mask, &sa->sa_mask, sizeof(act.mask));
	return call5(signo, (long)&act, 0, SET_SIZE, 0, SYS_rt_sigaction);
}

void (*signal(int signo, void (*handler)(int)))(int)
{
	struct sigaction sa = { .sa_handler = handler, .sa_flags = SA_RESTART };

	return sigaction(signo, &sa, NULL) ? SIG_ERR : SIG_DFL;
}

/* Times. On 32 bits kernels before 5.1 have the calls with times of 32 bits, others those of 64, most have both. What is told of a
 * socket's times (SO_RCVTIMEO, SO_TIMESTAMP) is not translated. */
#ifdef SYS_clock_gettime64
static bool is_old(int result)
{
	return result < 0 && errno == ENOSYS;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
	long old[2];
	int result = call(clock, (long)out, 0, SYS_clock_gettime64);

	if (!is_old(result))
		return result;
	result = call(clock, (long)old, 0, SYS_clock_gettime32);
	/* Unsigned they last until 2106. */
	*out = (struct timespec){ .tv_sec = (unsigned long)old[0], .tv_nsec = old[1] };
	return result;
}

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait, const sigset_t *mask)
{
	struct timespec left;
	long old[2];
	int result;

	/* The kernel writes there. */
	if (wait)
		left = *wait;
	result = call5((long)fds, (long)count, wait ? (long)&left : 0, (long)mask, SET_SIZE, SYS_ppoll_time64);
	if (!is_old(result))
		return result;
	if (wait) {
		old[0] = wait->tv_sec > INT32_MAX ? INT32_MAX : (long)wait->tv_sec;
		old[1] = wait->tv_nsec;
	}
	return call5((long)fds, (long)count, wait ? (long)old : 0, (long)mask, SET_SIZE, SYS_ppoll);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	int result = call5((long)set, (long)info, 0, SET_SIZE, 0, SYS_rt_sigtimedwait_time64);

	return is_old(result) ? call5((long)set, (long)info, 0, SET_SIZE, 0, SYS_rt_sigtimedwait) : result;
}
#else
CALL2(int, clock_gettime, SYS_clock_gettime, clockid_t, struct timespec *)

int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *wait, const sigset_t *mask)
{
	struct timespec left;

	/* The kernel writes there. */
	if (wait)
		left = *wait;
	return call5((long)fds, (long)count, wait ? (long)&left : 0, (long)mask, SET_SIZE, SYS_ppoll);
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info)
{
	return call5((long)set, (long)info, 0, SET_SIZE, 0, SYS_rt_sigtimedwait);
}
#endif

int poll(struct pollfd *fds, nfds_t count, int wait_ms)
{
	struct timespec wait = { .tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000 };

	return ppoll(fds, count, wait_ms < 0 ? NULL : &wait, NULL);
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

unsigned alarm(unsigned s)
{
	long to[4] = { 0, 0, (long)s, 0 };

	call(ITIMER_REAL, (long)to, 0, SYS_setitimer);
	return 0;
}
