/* SPDX-License-Identifier: MIT */
/* links: */
/* Our parts of libc under other names, beside the ones that they stand in for. On other machines that is musl. */
#if defined __arm__ || defined __mips__
#include "kernel_stat.h"
#endif
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
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

#include <cmocka.h>

/* As a kernel that lacks this one, or these. */
static long lacking[8];

int *our_errno_location(void);
long our_syscall(long number, long a, long b, long c, long d, long e, long f);

static long ask(long number, ...)
{
	long a[6], result = -1;
	va_list args;
	unsigned i;

	va_start(args, number);
	for (i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	for (i = 0; i < 8 && (!lacking[i] || lacking[i] != number); i++)
		;
	if (i == 8)
		result = our_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	else
		errno = ENOSYS;
	*our_errno_location() = errno;
	return result;
}

#define __errno_location(...) our_errno_location(__VA_ARGS__)
#define ___errno_location(...) our_hidden_errno_location(__VA_ARGS__)
#define __libc_start_main(...) our_start(__VA_ARGS__)
#define __set_thread_area(...) our_set_thread_area(__VA_ARGS__)
#define getauxval(...) our_getauxval(__VA_ARGS__)
#define memcpy(...) our_memcpy(__VA_ARGS__)
#define memmove(...) our_memmove(__VA_ARGS__)
#define memset(...) our_memset(__VA_ARGS__)
#define memcmp(...) our_memcmp(__VA_ARGS__)
#define memchr(...) our_memchr(__VA_ARGS__)
#define strlen(...) our_strlen(__VA_ARGS__)
#define strnlen(...) our_strnlen(__VA_ARGS__)
#define strchrnul(...) our_strchrnul(__VA_ARGS__)
#define strchr(...) our_strchr(__VA_ARGS__)
#define strrchr(...) our_strrchr(__VA_ARGS__)
#define strncmp(...) our_strncmp(__VA_ARGS__)
#define strcmp(...) our_strcmp(__VA_ARGS__)
#define strncasecmp(...) our_strncasecmp(__VA_ARGS__)
#define strcasecmp(...) our_strcasecmp(__VA_ARGS__)
#define strcspn(...) our_strcspn(__VA_ARGS__)
#define strspn(...) our_strspn(__VA_ARGS__)
#define stpcpy(...) our_stpcpy(__VA_ARGS__)
#define strcpy(...) our_strcpy(__VA_ARGS__)
#define strncpy(...) our_strncpy(__VA_ARGS__)
#define strtok_r(...) our_strtok_r(__VA_ARGS__)
#define getenv(...) our_getenv(__VA_ARGS__)
#define __udivmoddi4(...) our_udivmoddi4(__VA_ARGS__)
#define __udivdi3(...) our_udivdi3(__VA_ARGS__)
#define __aeabi_uidivmod(...) our_uidivmod(__VA_ARGS__)
#define __aeabi_uidiv(...) our_uidiv(__VA_ARGS__)
#define __aeabi_idivmod(...) our_idivmod(__VA_ARGS__)
#define __aeabi_idiv(...) our_idiv(__VA_ARGS__)
#define getpid(...) our_getpid(__VA_ARGS__)
#define getppid(...) our_getppid(__VA_ARGS__)
#define geteuid(...) our_geteuid(__VA_ARGS__)
#define getegid(...) our_getegid(__VA_ARGS__)
#define setgid(...) our_setgid(__VA_ARGS__)
#define setgroups(...) our_setgroups(__VA_ARGS__)
#define setuid(...) our_setuid(__VA_ARGS__)
#define setsid(...) our_setsid(__VA_ARGS__)
#define munlockall(...) our_munlockall(__VA_ARGS__)
#define close(...) our_close(__VA_ARGS__)
#define chdir(...) our_chdir(__VA_ARGS__)
#define inotify_init1(...) our_inotify_init1(__VA_ARGS__)
#define mlockall(...) our_mlockall(__VA_ARGS__)
#define umask(...) our_umask(__VA_ARGS__)
#define uname(...) our_uname(__VA_ARGS__)
#define fchmod(...) our_fchmod(__VA_ARGS__)
#define ftruncate(...) our_ftruncate(__VA_ARGS__)
#define inotify_rm_watch(...) our_inotify_rm_watch(__VA_ARGS__)
#define kill(...) our_kill(__VA_ARGS__)
#define listen(...) our_listen(__VA_ARGS__)
#define munmap(...) our_munmap(__VA_ARGS__)
#define pipe2(...) our_pipe2(__VA_ARGS__)
#define setns(...) our_setns(__VA_ARGS__)
#define setpgid(...) our_setpgid(__VA_ARGS__)
#define sigaltstack(...) our_sigaltstack(__VA_ARGS__)
#define bind(...) our_bind(__VA_ARGS__)
#define connect(...) our_connect(__VA_ARGS__)
#define execve(...) our_execve(__VA_ARGS__)
#define fchown(...) our_fchown(__VA_ARGS__)
#define getrandom(...) our_getrandom(__VA_ARGS__)
#define getsockname(...) our_getsockname(__VA_ARGS__)
#define inotify_add_watch(...) our_inotify_add_watch(__VA_ARGS__)
#define read(...) our_read(__VA_ARGS__)
#define recvmsg(...) our_recvmsg(__VA_ARGS__)
#define sendmsg(...) our_sendmsg(__VA_ARGS__)
#define setpriority(...) our_setpriority(__VA_ARGS__)
#define socket(...) our_socket(__VA_ARGS__)
#define write(...) our_write(__VA_ARGS__)
#define access(...) our_access(__VA_ARGS__)
#define mkdir(...) our_mkdir(__VA_ARGS__)
#define unlink(...) our_unlink(__VA_ARGS__)
#define mkfifo(...) our_mkfifo(__VA_ARGS__)
#define rename(...) our_rename(__VA_ARGS__)
#define open(...) our_open(__VA_ARGS__)
#define readlink(...) our_readlink(__VA_ARGS__)
#define getcwd(...) our_getcwd(__VA_ARGS__)
#define isatty(...) our_isatty(__VA_ARGS__)
#define dup2(...) our_dup2(__VA_ARGS__)
#define mmap(...) our_mmap(__VA_ARGS__)
#define prlimit(...) our_prlimit(__VA_ARGS__)
#define accept4(...) our_accept4(__VA_ARGS__)
#define setsockopt(...) our_setsockopt(__VA_ARGS__)
#define getsockopt(...) our_getsockopt(__VA_ARGS__)
#define if_nametoindex(...) our_if_nametoindex(__VA_ARGS__)
#define sendto(...) our_sendto(__VA_ARGS__)
#define send(...) our_send(__VA_ARGS__)
#define recvfrom(...) our_recvfrom(__VA_ARGS__)
#define recv(...) our_recv(__VA_ARGS__)
#define lstat(...) our_lstat(__VA_ARGS__)
#define fstat(...) our_fstat(__VA_ARGS__)
#define opendir(...) our_opendir(__VA_ARGS__)
#define readdir(...) our_readdir(__VA_ARGS__)
#define closedir(...) our_closedir(__VA_ARGS__)
#define _exit(...) our__exit(__VA_ARGS__)
#define exit(...) our_exit(__VA_ARGS__)
#define _Fork(...) our_Fork(__VA_ARGS__)
#define execv(...) our_execv(__VA_ARGS__)
#define waitpid(...) our_waitpid(__VA_ARGS__)
#define raise(...) our_raise(__VA_ARGS__)
#define abort(...) our_abort(__VA_ARGS__)
#define sigemptyset(...) our_sigemptyset(__VA_ARGS__)
#define sigaddset(...) our_sigaddset(__VA_ARGS__)
#define sigdelset(...) our_sigdelset(__VA_ARGS__)
#define sigprocmask(...) our_sigprocmask(__VA_ARGS__)
#define sigaction(...) our_sigaction(__VA_ARGS__)
#define signal(...) our_signal(__VA_ARGS__)
#define sigwaitinfo(...) our_sigwaitinfo(__VA_ARGS__)
#define clock_gettime(...) our_clock_gettime(__VA_ARGS__)
#define ppoll(...) our_ppoll(__VA_ARGS__)
#define poll(...) our_poll(__VA_ARGS__)
#define time(...) our_time(__VA_ARGS__)
#define alarm(...) our_alarm(__VA_ARGS__)

/* As musl's, which ours take. */
#ifdef __GLIBC__
#define __syscall_cp(...) our_syscall_cp(__VA_ARGS__)
#define __syscall_ret(...) our_syscall_ret(__VA_ARGS__)
#ifdef __x86_64__
__asm__(".text\n.globl __restore_rt\n.hidden __restore_rt\n__restore_rt:\n\tmov $15, %eax\n\tsyscall\n");
#endif
#endif

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-prototypes"
#define syscall(...) our_syscall(__VA_ARGS__)
#define fcntl(...) our_fcntl(__VA_ARGS__)
#define ioctl(...) our_ioctl(__VA_ARGS__)
#define prctl(...) our_prctl(__VA_ARGS__)
#include "libc.c"
#undef syscall
#undef fcntl
#undef ioctl
#undef prctl
#define syscall(...) ask(__VA_ARGS__)
/* As others see them; volatile, or the compiler would see more. */
static int (*volatile seen_fcntl)(int, int, ...) = (int (*)(int, int, ...))our_fcntl;
static int (*volatile seen_ioctl)(int, int, ...) = (int (*)(int, int, ...))our_ioctl;
#define fcntl(...) seen_fcntl(__VA_ARGS__)
#define ioctl(...) seen_ioctl(__VA_ARGS__)
#include "syscalls.c"
#pragma GCC diagnostic pop
#undef __errno_location
#undef ___errno_location

#ifdef __GLIBC__
long our_syscall_cp(long number, long a, long b, long c, long d, long e, long f)
{
	return (syscall)(number, a, b, c, d, e, f);
}

long our_syscall_ret(unsigned long result)
{
	return (long)result;
}
#endif

static void *thread_area;

int our_set_thread_area(void *area);
int our_set_thread_area(void *area)
{
	thread_area = area;
	return 0;
}

/* As the kernel lays it: arguments, environment, pairs. */
static char *laid[] = { "a", "b", NULL, "X=1", "Y=2", NULL, (char *)25, (char *)250, (char *)6, (char *)60, NULL, NULL };

static int started(int argc, char **argv, char **env)
{
	bool right = argc == 2 && argv == laid && env == laid + 3 && environ == env && !strcmp(getenv("Y"), "2") && getauxval(6) == 60 &&
		getauxval(25) == 250 && !getauxval(7);

#ifdef __x86_64__
	right = right && thread_area && !((long *)thread_area)[5];
#endif
	return right ? 7 : 8;
}

static void start(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		__libc_start_main(started, 2, laid);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static uint32_t seed = 1;

static uint32_t some(uint32_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/* Short, of few letters, so that they often meet. */
static void word(char *out, unsigned most)
{
	unsigned len = some(most), i;

	for (i = 0; i < len; i++)
		out[i] = "abAB,\xe4"[some(6)];
	out[len] = '\0';
}

static void strings(void **state)
{
	char a[12], b[12], set[4], x[32], y[32], *p, *q;
	unsigned i, n;
	int c;

	(void)state;
	for (i = 0; i < 20000; i++) {
		word(a, sizeof(a));
		word(b, sizeof(b));
		word(set, sizeof(set));
		n = some(sizeof(a));
		c = "abAB,\xe4z"[some(8)];
		assert_int_equal(strlen(a), (strlen)(a));
		assert_int_equal(strnlen(a, n), (strnlen)(a, n));
		assert_ptr_equal(strchr(a, c), (strchr)(a, c));
		assert_ptr_equal(strchrnul(a, c), (strchrnul)(a, c));
		assert_ptr_equal(strrchr(a, c), (strrchr)(a, c));
		assert_ptr_equal(memchr(a, c, n), (memchr)(a, c, n));
		assert_int_equal(sign(strcmp(a, b)), sign((strcmp)(a, b)));
		assert_int_equal(sign(strncmp(a, b, n)), sign((strncmp)(a, b, n)));
		assert_int_equal(sign(strcasecmp(a, b)), sign((strcasecmp)(a, b)));
		assert_int_equal(sign(strncasecmp(a, b, n)), sign((strncasecmp)(a, b, n)));
		assert_int_equal(sign(memcmp(a, b, 3)), sign((memcmp)(a, b, 3)));
		assert_int_equal(strcspn(a, set), (strcspn)(a, set));
		assert_int_equal(strspn(a, set), (strspn)(a, set));
		(memset)(x, 'x', sizeof(x));
		(memset)(y, 'x', sizeof(y));
		assert_int_equal(stpcpy(x, a) - x, (stpcpy)(y, a) - y);
		assert_ptr_equal(strcpy(x + 12, b), x + 12);
		(strcpy)(y + 12, b);
		strncpy(x + 20, a, n);
		(strncpy)(y + 20, a, n);
		memmove(x + some(4), x + (n & 3), 8);
		(memcpy)(y, x, 12);
		assert_memory_equal(x, y, sizeof(x));
		assert_ptr_equal(memset(x, 7, n), x);
		assert_memory_equal(x + n, y + n, sizeof(x) - n);
		assert_true(!n || (x[0] == 7 && x[n - 1] == 7));
		(strcpy)(x, a);
		(strcpy)(y, a);
		for (p = strtok_r(x, ",b", &q), n = 0; p; p = strtok_r(NULL, ",b", &q))
			a[n++] = (char)(p - x);
		for (p = (strtok_r)(y, ",b", &q), n = 0; p; p = (strtok_r)(NULL, ",b", &q))
			assert_int_equal(a[n++], p - y);
	}
	assert_null(getenv("HOM"));
	assert_ptr_equal(getenv("PATH"), (getenv)("PATH"));
}

static void moves(void **state)
{
	char at[32], want[32], from[32];
	unsigned i, to, back, len;

	(void)state;
	for (i = 0; i < 2000; i++) {
		for (len = 0; len < sizeof(from); len++)
			from[len] = (char)some(256);
		(memcpy)(at, from, sizeof(at));
		(memcpy)(want, from, sizeof(at));
		to = some(20);
		back = some(20);
		len = some(13);
		assert_ptr_equal(memmove(at + to, at + back, len), at + to);
		(memcpy)(want + to, from + back, len);
		assert_memory_equal(at, want, sizeof(at));
		assert_ptr_equal(memcpy(at, want + to, len), at);
		assert_memory_equal(at, want + to, len);
	}
}

static void divisions(void **state)
{
	union division u;
	uint64_t n, d, rest;
	uint32_t n32, d32;
	unsigned i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		n = ((uint64_t)some(1 << 24) << 40 | (uint64_t)some(1 << 24) << 20 | some(1 << 20)) >> some(60);
		d = (((uint64_t)some(1 << 24) << 40 | (uint64_t)some(1 << 24) << 20 | some(1 << 20)) >> some(60)) + 1;
		if (!i)
			n = d = UINT64_MAX;
		n32 = (uint32_t)n;
		d32 = (uint32_t)d | 1;
		assert_true(our_udivdi3(n, d) == n / d);
		assert_true(our_udivmoddi4(n, d, &rest) == n / d && rest == n % d);
		assert_int_equal(our_uidiv(n32, d32), n32 / d32);
		u.both = our_uidivmod(n32, d32);
		assert_true(u.part[0] == n32 / d32 && u.part[1] == n32 % d32);
		assert_int_equal(our_idiv((int32_t)n32, (int32_t)d32), (int32_t)n32 / (int32_t)d32);
		u.both = our_idivmod((int32_t)n32, (int32_t)d32);
		assert_int_equal((int32_t)u.part[1], (int32_t)n32 % (int32_t)d32);
	}
}

static void same_stat(const struct stat *a, const struct stat *b)
{
	assert_true(a->st_dev == b->st_dev && a->st_rdev == b->st_rdev);
	assert_true(a->st_ino == b->st_ino && a->st_size == b->st_size);
	assert_int_equal(a->st_mode, b->st_mode);
	assert_int_equal(a->st_nlink, b->st_nlink);
	assert_int_equal(a->st_uid, b->st_uid);
	assert_int_equal(a->st_gid, b->st_gid);
}

static int real_stat(const char *path, struct stat *st)
{
	return fstatat(AT_FDCWD, path, st, 0);
}

static void files(void **state)
{
	char dir[] = "/tmp/libc-XXXXXX", old[512], buf[512];
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	struct stat a, b;
	mode_t mask;
	int fd, other;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_ptr_equal(getcwd(old, sizeof(old)), old);
	assert_string_equal(old, (getcwd)(buf, sizeof(buf)));
	assert_null(getcwd(buf, 1));
	assert_int_equal(errno, ERANGE);
	assert_int_equal(chdir(dir), 0);
	mask = umask(022);
	assert_int_equal(umask(mask), 022);

	assert_true(open("x", O_RDWR) < 0 && errno == ENOENT);
	assert_int_equal(access("x", F_OK), -1);
	fd = open("x", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	assert_true(fd > 2);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fd, "12345", 5), 5);
	assert_int_equal(fchmod(fd, 0604), 0);
	assert_int_equal(fchown(fd, geteuid(), getegid()), 0);
	assert_int_equal(fcntl(fd, F_SETLK, &lock), 0);
	assert_int_equal(access("x", F_OK), 0);
	assert_int_equal(rename("x", "y"), 0);
	assert_int_equal(symlink("y", "l"), 0);
	assert_int_equal(readlink("l", buf, sizeof(buf)), 1);
	assert_int_equal(stat("l", &a), 0);
	assert_int_equal(real_stat("l", &b), 0);
	assert_int_equal(a.st_mode, S_IFREG | 0604);
	assert_int_equal(a.st_size, 5);
	same_stat(&a, &b);
	assert_int_equal(fstat(fd, &b), 0);
	same_stat(&a, &b);
	assert_int_equal(lstat("l", &a), 0);
	assert_int_equal((lstat)("l", &b), 0);
	assert_true(S_ISLNK(a.st_mode));
	same_stat(&a, &b);
	assert_int_equal(stat("/dev/null", &a), 0);
	assert_int_equal(real_stat("/dev/null", &b), 0);
	same_stat(&a, &b);
	assert_true(stat("none", &a) == -1 && errno == ENOENT);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0);
	other = fcntl(fd, F_DUPFD_CLOEXEC, 77);
	assert_int_equal(other, 77);
	assert_int_equal(dup2(77, 77), 77);
	assert_int_equal(dup2(fd, 78), 78);
	assert_int_equal(close(78) + close(77) + close(fd), 0);
	assert_true(close(fd) == -1 && errno == EBADF);

	assert_int_equal(mkdir("d", 0700), 0);
	assert_int_equal(mkfifo("d/f", 0600), 0);
	assert_int_equal(lstat("d/f", &a), 0);
	assert_int_equal(a.st_mode, S_IFIFO | 0600);
	assert_true(isatty(open("d/f", O_RDWR)) == 0);
	assert_int_equal(unlink("d/f") + rmdir("d") + unlink("l") + unlink("y"), 0);
	assert_int_equal(chdir(old), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* More names than one read brings. */
static void directories(void **state)
{
	char dir[] = "/tmp/libc-XXXXXX", path[64];
	unsigned i, entries = 0;
	unsigned char seen[200] = { 0 };
	struct dirent *e;
	DIR *d;

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (i = 0; i < sizeof(seen); i++) {
		(snprintf)(path, sizeof(path), "%s/with-a-name-that-is-long-%u", dir, i);
		close(open(path, O_WRONLY | O_CREAT, 0600));
	}
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		entries++;
		if (e->d_name[0] != '.')
			seen[atoi(strrchr(e->d_name, '-') + 1)]++;
	}
	assert_int_equal(entries, sizeof(seen) + 2);
	assert_int_equal(closedir(d), 0);
	for (i = 0; i < sizeof(seen); i++) {
		assert_int_equal(seen[i], 1);
		(snprintf)(path, sizeof(path), "%s/with-a-name-that-is-long-%u", dir, i);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
	assert_null(opendir(dir));
	assert_int_equal(errno, ENOENT);
}

static void sockets(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } }, from;
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_INET, SOCK_STREAM, 0), one = 1, got = 0, fd;
	char buf[16] = "";
	struct iovec io = { buf, sizeof(buf) };
	struct msghdr msg = { .msg_iov = &io, .msg_iovlen = 1 };
	socklen_t len = sizeof(at), option = sizeof(got);

	(void)state;
	assert_true(server >= 0 && client >= 0);
	assert_int_equal(setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)), 0);
	assert_int_equal(getsockopt(server, SOL_SOCKET, SO_REUSEADDR, &got, &option), 0);
	assert_true(got);
	assert_int_equal(bind(server, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(server, 1), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&at, &len), 0);
	assert_int_not_equal(at.sin_port, 0);
	assert_int_equal(connect(client, (struct sockaddr *)&at, len), 0);
	fd = accept4(server, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
	assert_true(fd >= 0 && from.sin_addr.s_addr == at.sin_addr.s_addr);
	assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	assert_int_equal(send(client, "hello", 5, 0), 5);
	assert_int_equal(poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, 5000), 1);
	assert_int_equal(recv(fd, buf, sizeof(buf), 0), 5);
	assert_string_equal(buf, "hello");
	assert_true(recv(fd, buf, sizeof(buf), 0) == -1 && errno == EAGAIN);
	close(fd);
	assert_int_equal(read(client, buf, 1), 0);
	close(client);
	close(server);

	server = socket(AF_INET, SOCK_DGRAM, 0);
	client = socket(AF_INET, SOCK_DGRAM, 0);
	at.sin_port = 0;
	assert_int_equal(bind(server, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(sendto(client, "once", 4, 0, (struct sockaddr *)&at, len), 4);
	assert_int_equal(recvfrom(server, buf, sizeof(buf), 0, (struct sockaddr *)&from, &len), 4);
	msg.msg_name = &at;
	msg.msg_namelen = sizeof(at);
	memcpy(buf, "0123456789abcdef", 16);
	assert_int_equal(sendmsg(client, &msg, 0), 16);
	memset(buf, 0, sizeof(buf));
	msg.msg_name = &at;
	assert_int_equal(recvmsg(server, &msg, 0), 16);
	assert_memory_equal(buf, "0123456789abcdef", 16);
	assert_int_equal(at.sin_port, from.sin_port);
	close(client);
	close(server);

	assert_int_equal(if_nametoindex("lo"), (if_nametoindex)("lo"));
	assert_int_not_equal(if_nametoindex("lo"), 0);
	assert_true(if_nametoindex("none0") == 0 && errno == ENODEV);
}

static volatile sig_atomic_t handled;

static void handler(int signo)
{
	handled = signo;
}

static void signals(void **state)
{
	struct sigaction sa = { .sa_handler = handler };
	sigset_t set, old;
	siginfo_t info;
	int signo;

	(void)state;
	memset(&set, 0xff, sizeof(set));
	sigemptyset(&set);
	for (signo = 1; signo < _NSIG - 1; signo += 3) {
		if (signo >= 32 && signo <= 34)
			continue;
		sigaddset(&set, signo);
		assert_true(sigismember(&set, signo) == 1 && sigismember(&set, signo + 1) != 1);
		sigdelset(&set, signo);
		assert_false(sigismember(&set, signo));
	}
	sigemptyset(&sa.sa_mask);
	assert_int_equal(sigaction(SIGUSR1, &sa, NULL), 0);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(handled, SIGUSR1);
	assert_ptr_not_equal(signal(SIGUSR2, handler), SIG_ERR);
	sigaddset(&set, SIGUSR2);
	assert_int_equal(sigprocmask(SIG_BLOCK, &set, &old), 0);
	kill(getpid(), SIGUSR2);
	assert_int_equal(handled, SIGUSR1);
	assert_int_equal(ppoll(NULL, 0, NULL, &old), -1);
	assert_int_equal(errno, EINTR);
	assert_int_equal(handled, SIGUSR2);
	kill(getpid(), SIGUSR2);
	assert_int_equal(sigwaitinfo(&set, &info), SIGUSR2);
	assert_int_equal(info.si_pid, getpid());
	assert_int_equal(sigprocmask(SIG_SETMASK, &old, NULL), 0);
	signal(SIGALRM, handler);
	alarm(1);
	assert_int_equal(ppoll(NULL, 0, NULL, NULL), -1);
	assert_int_equal(handled, SIGALRM);
	assert_true(signal(SIGKILL, handler) == SIG_ERR && errno == EINVAL);
}

static int ended(pid_t pid)
{
	int status = -1;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void processes(void **state)
{
	char *const words[] = { (char[]){ "sh" }, (char[]){ "-c" }, (char[]){ "exit 5" }, NULL };
	gid_t groups[4] = { 70003, 70004 };
	struct rlimit limit = { 0 };
	pid_t pid = _Fork();
	int fds[2];

	(void)state;
	if (!pid)
		exit(getppid() == getpid() ? 4 : 3);
	assert_int_equal(WEXITSTATUS(ended(pid)), 3);
	pid = _Fork();
	if (!pid) {
		prlimit(0, RLIMIT_CORE, &limit, NULL);
		signal(SIGABRT, SIG_DFL);
		abort();
	}
	assert_int_equal(WTERMSIG(ended(pid)), SIGABRT);
	/* Of more than 16 bits. */
	pid = _Fork();
	if (!pid)
		exit(setgroups(2, groups) || setgid(70001) || setuid(70002) || getegid() != 70001 || geteuid() != 70002 ||
		     getgroups(2, groups + 2) != 2 || groups[2] != groups[0] || groups[3] != groups[1]);
	assert_int_equal(WEXITSTATUS(ended(pid)), geteuid() != 0);
	assert_int_equal(pipe2(fds, O_CLOEXEC | O_NONBLOCK), 0);
	pid = _Fork();
	if (!pid) {
		execv("/bin/sh", words);
		_exit(1);
	}
	assert_int_equal(WEXITSTATUS(ended(pid)), 5);
	assert_int_equal(poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, 0), 0);
	close(fds[1]);
	assert_int_equal(poll(&(struct pollfd){ .fd = fds[0], .events = POLLIN }, 1, -1), 1);
	close(fds[0]);
	assert_int_equal(prlimit(0, RLIMIT_NOFILE, NULL, &limit), 0);
	assert_true(limit.rlim_cur > 2);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

static void check_times(void)
{
	const struct timespec wait = { .tv_nsec = 30000000 };
	struct timespec before, after;

	assert_int_equal((clock_gettime)(CLOCK_REALTIME, &before), 0);
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &after), 0);
	assert_in_range(after.tv_sec - before.tv_sec, 0, 5);
	assert_in_range(time(NULL) - after.tv_sec, 0, 5);
	assert_true(clock_gettime((clockid_t)99, &after) == -1 && errno == EINVAL);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &before), 0);
	assert_int_equal(ppoll(NULL, 0, &wait, NULL), 0);
	assert_int_equal(wait.tv_nsec, 30000000);
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &after), 0);
	assert_true((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >= 29);
}

static void times(void **state)
{
	(void)state;
	check_times();
}

#ifdef SYS_clock_gettime64
static void times_of_old_kernels(void **state)
{
	static const long later[] = { SYS_clock_gettime64, SYS_ppoll_time64, SYS_rt_sigtimedwait_time64 };

	(memcpy)(lacking, later, sizeof(later));
	check_times();
	signals(state);
	(memset)(lacking, 0, sizeof(lacking));
}

static void times_of_kernels_without_old_calls(void **state)
{
	static const long earlier[] = { SYS_clock_gettime32, SYS_ppoll, SYS_rt_sigtimedwait };

	(memcpy)(lacking, earlier, sizeof(earlier));
	check_times();
	signals(state);
	(memset)(lacking, 0, sizeof(lacking));
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start),
		cmocka_unit_test(strings),
		cmocka_unit_test(moves),
		cmocka_unit_test(divisions),
		cmocka_unit_test(files),
		cmocka_unit_test(directories),
		cmocka_unit_test(sockets),
		cmocka_unit_test(signals),
		cmocka_unit_test(processes),
		cmocka_unit_test(times),
#ifdef SYS_clock_gettime64
		cmocka_unit_test(times_of_old_kernels),
		cmocka_unit_test(times_of_kernels_without_old_calls),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
