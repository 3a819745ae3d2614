/* SPDX-License-Identifier: MIT */
/*
 * Memory, text, division and what has any number of arguments, for the static binary: small, not fast. syscalls.c is the rest of our libc.
 * Apart from it, since link-time optimization must not see what the compiler calls of itself, and its callers another prototype than these.
 */
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>

void *memcpy(void *restrict to, const void *restrict from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	while (len--)
		*t++ = *f++;
	return to;
}

void *memmove(void *to, const void *from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if ((uintptr_t)t <= (uintptr_t)f)
		return memcpy(to, from, len); /* ours goes from left to right */
	while (len--)
		t[len] = f[len];
	return to;
}

void *memset(void *to, int byte, size_t len)
{
	unsigned char *t = to;

	while (len--)
		*t++ = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;

	for (; len; len--, x++, y++)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *at, int byte, size_t len)
{
	const unsigned char *p = at;

	for (; len; len--, p++)
		if (*p == (unsigned char)byte)
			return (void *)(uintptr_t)p;
	return NULL;
}

size_t strlen(const char *text)
{
	const char *end = text;

	while (*end)
		end++;
	return (size_t)(end - text);
}

size_t strnlen(const char *text, size_t most)
{
	size_t len = 0;

	while (len < most && text[len])
		len++;
	return len;
}

char *strchrnul(const char *text, int c)
{
	while (*text && *text != (char)c)
		text++;
	return (char *)(uintptr_t)text;
}

char *strchr(const char *text, int c)
{
	char *at = strchrnul(text, c);

	return *at == (char)c ? at : NULL;
}

char *strrchr(const char *text, int c)
{
	const char *found = NULL;

	do
		if (*text == (char)c)
			found = text;
	while (*text++);
	return (char *)(uintptr_t)found;
}

int strncmp(const char *a, const char *b, size_t most)
{
	for (; most; most--, a++, b++)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : (unsigned char)c;
}

int strncasecmp(const char *a, const char *b, size_t most)
{
	int differ = 0;

	for (; most && !differ; most--, b++) {
		differ = lower(*a) - lower(*b);
		if (!*a++)
			break;
	}
	return differ;
}

int strcasecmp(const char *a, const char *b)
{
	return strncasecmp(a, b, SIZE_MAX);
}

size_t strcspn(const char *text, const char *set)
{
	const char *end = text;

	while (!strchr(set, *end))
		end++;
	return (size_t)(end - text);
}

size_t strspn(const char *text, const char *set)
{
	const char *end = text;

	while (*end && strchr(set, *end))
		end++;
	return (size_t)(end - text);
}

char *stpcpy(char *restrict to, const char *restrict from)
{
	while ((*to = *from)) {
		to++;
		from++;
	}
	return to;
}

char *strcpy(char *restrict to, const char *restrict from)
{
	stpcpy(to, from);
	return to;
}

char *strncpy(char *restrict to, const char *restrict from, size_t size)
{
	size_t len = strnlen(from, size);

	memset(to + len, 0, size - len);
	memcpy(to, from, len);
	return to;
}

char *strtok_r(char *restrict text, const char *restrict blanks, char **restrict rest)
{
	char *end;

	if (!text)
		text = *rest;
	text += strspn(text, blanks);
	end = text + strcspn(text, blanks);
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return *text ? text : NULL;
}

/* Division, which libgcc rolls out for speed: as many steps as the result has bits. Machines that have instructions for it leave these out. */

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);
uint64_t __udivdi3(uint64_t n, uint64_t d);

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest)
{
	uint64_t result = 0, bit = 1;

	for (; d < n && !(d >> 63); d <<= 1)
		bit <<= 1;
	for (; bit; bit >>= 1, d >>= 1) {
		if (n >= d) {
			n -= d;
			result |= bit;
		}
	}
	if (rest)
		*rest = n;
	return result;
}

uint64_t __udivdi3(uint64_t n, uint64_t d)
{
	return __udivmoddi4(n, d, NULL);
}

/* Of ARM: the result in the first register, the rest in the second, as a struct would not be. */
union division {
	uint32_t part[2];
	uint64_t both;
};

uint64_t __aeabi_uidivmod(uint32_t n, uint32_t d);
uint32_t __aeabi_uidiv(uint32_t n, uint32_t d);
uint64_t __aeabi_idivmod(int32_t n, int32_t d);
int32_t __aeabi_idiv(int32_t n, int32_t d);

uint64_t __aeabi_uidivmod(uint32_t n, uint32_t d)
{
	uint32_t result = 0, bit = 1;

	for (; d < n && !(d >> 31); d <<= 1)
		bit <<= 1;
	for (; bit; bit >>= 1, d >>= 1) {
		if (n >= d) {
			n -= d;
			result |= bit;
		}
	}
	return (union division){ { result, n } }.both;
}

uint32_t __aeabi_uidiv(uint32_t n, uint32_t d)
{
	return (union division){ .both = __aeabi_uidivmod(n, d) }.part[0];
}

uint64_t __aeabi_idivmod(int32_t n, int32_t d)
{
	union division u = { .both = __aeabi_uidivmod(n < 0 ? -(uint32_t)n : (uint32_t)n, d < 0 ? -(uint32_t)d : (uint32_t)d) };

	if ((n ^ d) < 0)
		u.part[0] = -u.part[0];
	if (n < 0)
		u.part[1] = -u.part[1];
	return u.both;
}

int32_t __aeabi_idiv(int32_t n, int32_t d)
{
	return (int32_t)(union division){ .both = __aeabi_idivmod(n, d) }.part[0];
}

/* musl's, which is for system calls that a thread may be cancelled in. */
__attribute__((visibility("hidden"))) long __syscall_cp(long number, long a, long b, long c, long d, long e, long f);
__attribute__((visibility("hidden"))) long __syscall_ret(unsigned long result);

/* For their callers these have as many arguments as one likes, which are where those of a function without a list are. */
long syscall(long number, long a, long b, long c, long d, long e, long f);
int fcntl(int fd, int what, long with);
int ioctl(int fd, int what, long with);
int prctl(int what, long with);

long syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return __syscall_ret((unsigned long)__syscall_cp(number, a, b, c, d, e, f));
}

#ifdef SYS_fcntl64
#define FCNTL SYS_fcntl64
#else
#define FCNTL SYS_fcntl
#endif

int fcntl(int fd, int what, long with)
{
	return (int)syscall(FCNTL, fd, what, with, 0, 0, 0);
}

int ioctl(int fd, int what, long with)
{
	return (int)syscall(SYS_ioctl, fd, what, with, 0, 0, 0);
}

/* No more is used. */
int prctl(int what, long with)
{
	return (int)syscall(SYS_prctl, what, with, 0, 0, 0, 0);
}
