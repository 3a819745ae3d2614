/* SPDX-License-Identifier: MIT */
#include "text.h"

#include "addr.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOAD_MAX (1 << 20)
#define DIGITS_MAX 40 /* of a number, with zeros before it and its sign; 64 bits need 22 in octal */

/* One conversion. precision < 0: none. */
struct spec {
	bool left, zero;
	int width, precision;
	unsigned longs;
};

/* What JSON has no other way to say within a text. */
static void put_escaped(struct out *o, unsigned char c)
{
	o->quoted = false;
	out_print(o, c < ' ' ? "\\u%04x" : "\\%c", c);
	o->quoted = true;
}

void out_char(struct out *o, char c)
{
	if (o->quoted && (c == '"' || c == '\\' || (unsigned char)c < ' ')) {
		put_escaped(o, (unsigned char)c);
		return;
	}
	if (o->len == o->size && o->drain)
		o->drain(o);
	if (o->len < o->size)
		o->buf[o->len] = c;
	o->len++;
}

void out_put(struct out *o, const char *text)
{
	while (*text)
		out_char(o, *text++);
}

static void put_field(struct out *o, const struct spec *s, const char *text, int len)
{
	int blanks = s->width - len;

	for (; blanks > 0 && !s->left; blanks--)
		out_char(o, ' ');
	while (len-- > 0)
		out_char(o, *text++);
	while (blanks-- > 0)
		out_char(o, ' ');
}

static uint64_t value(va_list *v, unsigned longs, bool is_signed)
{
	long l;
	int n;

	if (longs > 1)
		return (uint64_t)va_arg(*v, long long);
	if (longs) {
		l = va_arg(*v, long);
		return is_signed ? (uint64_t)l : (unsigned long)l;
	}
	n = va_arg(*v, int);
	return is_signed ? (uint64_t)n : (unsigned)n;
}

static const void *pointer(va_list *v)
{
	return va_arg(*v, const void *);
}

static void put_number(struct out *o, struct spec *s, va_list *v, char conversion)
{
	char digits[DIGITS_MAX], *end = digits + sizeof(digits), *at = end;
	unsigned base = conversion == 'o' ? 8 : (conversion | 32) == 'x' ? 16 : 10;
	uint64_t n = value(v, s->longs, conversion == 'd'), rest;
	bool negative = conversion == 'd' && (int64_t)n < 0;
	int least = s->precision;

	if (conversion == 'c') {
		*digits = (char)n;
		put_field(o, s, digits, 1);
		return;
	}
	if (negative)
		n = -n;
	if (least < 0)
		least = s->zero && !s->left ? s->width - negative : 0;
	if (!least && s->precision)
		least = 1; /* 0 is a digit */
	if (least >= DIGITS_MAX)
		least = DIGITS_MAX - 1;
	/* The rest in 32 bits: machines that divide 64 bits by a function need a second one for it. */
	for (; n || end - at < least; n = rest) {
		rest = n / base;
		*--at = (char)("0123456789ABCDEF"[(unsigned)n - (unsigned)rest * base] | (conversion & 32)); /* capitals for X */
	}
	if (negative)
		*--at = '-';
	put_field(o, s, at, (int)(end - at));
}

/* The word that a byte of a packed text stands for; within it the same. */
static const char *word_of(char byte)
{
	static const char words[] =
#define WORD(word) word "\0"
#include "words.h"
		;
	static uint16_t at[128]; /* where each begins, once the first was wanted */

	if (!at[1])
		for (unsigned i = 1; i < 128 && at[i - 1] < sizeof(words) - 1; i++)
			at[i] = (uint16_t)(at[i - 1] + strlen(words + at[i - 1]) + 1);
	return words + at[byte & 127];
}

/* A newline may stand in a packed text, other characters below a blank end it. */
static bool in_word(char c)
{
	return (unsigned char)c >= ' ' || c == '\n';
}

static void put_packed(struct out *o, const char *text)
{
	for (; in_word(*text); text++)
		if (*text & 128)
			put_packed(o, word_of(*text));
		else
			out_char(o, *text);
}

/* What follows a packed text in a word, NULL when it does not begin with it. */
static const char *behind(const char *packed, const char *word)
{
	for (; word && in_word(*packed); packed++)
		if (*packed & 128)
			word = behind(word_of(*packed), word);
		else
			word = *packed == *word ? word + 1 : NULL;
	return word;
}

int text_is(const char *packed, const char *word)
{
	word = behind(packed, word);
	return word && !*word;
}

const char *text_nth(const char *list, unsigned n)
{
	while (n--)
		list += strlen(list) + 1;
	return list;
}

static void put_text(struct out *o, struct spec *s, const char *text)
{
	if (!text)
		text = "";
	put_field(o, s, text, (int)strnlen(text, s->precision < 0 ? INT32_MAX : (size_t)s->precision));
}

/* Those that sockets, files and processes come to, in the words of musl. Its own table is twice as long. */
#define ERRORS(X) \
	X(EPERM, "Operation not permitted") X(ENOENT, "No such file or directory") X(ESRCH, "No such process") \
	X(EINTR, "Interrupted system call") X(EIO, "I/O error") X(ENXIO, "No such device or address") X(E2BIG, "Argument list too long") \
	X(ENOEXEC, "Exec format error") X(EBADF, "Bad file descriptor") X(ECHILD, "No child process") \
	X(EAGAIN, "Resource temporarily unavailable") X(ENOMEM, "Out of memory") X(EACCES, "Permission denied") X(EFAULT, "Bad address") \
	X(EBUSY, "Resource busy") X(EEXIST, "File exists") X(EXDEV, "Cross-device link") X(ENODEV, "No such device") \
	X(ENOTDIR, "Not a directory") X(EISDIR, "Is a directory") X(EINVAL, "Invalid argument") \
	X(ENFILE, "Too many open files in system") X(EMFILE, "No file descriptors available") X(ENOTTY, "Not a tty") \
	X(ETXTBSY, "Text file busy") X(EFBIG, "File too large") X(ENOSPC, "No space left on device") X(ESPIPE, "Invalid seek") \
	X(EROFS, "Read-only file system") X(EMLINK, "Too many links") X(EPIPE, "Broken pipe") X(ERANGE, "Result not representable") \
	X(ENAMETOOLONG, "Filename too long") X(ENOSYS, "Function not implemented") X(ELOOP, "Symbolic link loop") \
	X(EPROTO, "Protocol error") X(EBADMSG, "Bad message") X(EOVERFLOW, "Value too large for data type") \
	X(EMSGSIZE, "Message too large") X(ENOPROTOOPT, "Protocol not available") X(EPROTONOSUPPORT, "Protocol not supported") \
	X(ESOCKTNOSUPPORT, "Socket type not supported") X(EOPNOTSUPP, "Not supported") \
	X(EAFNOSUPPORT, "Address family not supported by protocol") X(EADDRINUSE, "Address in use") \
	X(EADDRNOTAVAIL, "Address not available") X(ENETDOWN, "Network is down") X(ENETUNREACH, "Network unreachable") \
	X(ECONNABORTED, "Connection aborted") X(ECONNRESET, "Connection reset by peer") X(ENOBUFS, "No buffer space available") \
	X(ENOTCONN, "Socket not connected") X(ETIMEDOUT, "Operation timed out") X(ECONNREFUSED, "Connection refused") \
	X(EHOSTDOWN, "Host is down") X(EHOSTUNREACH, "Host is unreachable") X(EINPROGRESS, "Operation in progress")
#define NUMBER(number, text) number,
#define TEXT(number, text) text "\0"

const char *text_error(int err)
{
	static const uint8_t numbers[] = { ERRORS(NUMBER) };
	static const char texts_packed[] = ERRORS(TEXT);
	static char buf[48];
	const char *text = texts_packed;
	unsigned i;

	if (err < 0)
		err = -err;
	for (i = 0; i < sizeof(numbers) && numbers[i] != err; i++)
		text += strlen(text) + 1;
	if (*text)
		text_format(buf, sizeof(buf), "%-s", text);
	else
		text_format(buf, sizeof(buf), "error %d", err);
	return buf;
}

static int read_number(const char **f, va_list *v)
{
	int n = 0;

	if (**f == '*') {
		++*f;
		return (int)value(v, 0, true);
	}
	for (; **f >= '0' && **f <= '9'; ++*f)
		n = n * 10 + (**f - '0');
	return n;
}

/* What stands between the % and the conversion. */
static struct spec read_spec(const char **f, va_list *v)
{
	struct spec s = { .precision = -1 };

	for (; **f == '-' || **f == '0'; ++*f)
		if (**f == '-')
			s.left = true;
		else
			s.zero = true;
	s.width = read_number(f, v);
	if (s.width < 0) {
		s.left = true;
		s.width = -s.width;
	}
	if (**f == '.') {
		++*f;
		s.precision = read_number(f, v);
	}
	for (;; ++*f)
		if (**f == 'l')
			s.longs++;
		else if (**f == 'z')
			s.longs = sizeof(size_t) == sizeof(long);
		else
			return s;
}

static void put_conversion(struct out *o, const char **f, va_list *v)
{
	struct spec s = read_spec(f, v);
	char c = **f, address[ADDR_TEXT_MAX];
	const struct addr *a;
	const char *text;

	if (c == 'm') {
		out_put(o, text_error(s.width ? s.width : errno));
	} else if (c == 'p') {
		a = pointer(v);
		if (a)
			out_put(o, addr_text(a, address));
	} else if (c == 's') {
		text = pointer(v);
		if (s.left && !s.width && s.precision < 0)
			put_packed(o, text);
		else
			put_text(o, &s, text);
	} else if (c == '%') {
		out_char(o, c);
	} else {
		put_number(o, &s, v, c);
	}
}

void out_vprint(struct out *o, const char *format, va_list *values)
{
	for (; *format; format++)
		if (*format & 128) {
			put_packed(o, word_of(*format));
		} else if (*format != '%') {
			out_char(o, *format);
		} else {
			format++;
			put_conversion(o, &format, values);
		}
}

void out_print(struct out *o, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	out_vprint(o, format, &args);
	va_end(args);
}

void out_seconds(struct out *o, uint64_t us)
{
	uint64_t seconds = us / 1000000;
	unsigned rest = (uint32_t)us - (uint32_t)seconds * 1000000; /* without a second division of 64 bits, 1 KB on MIPS */
	int places = 6;

	out_print(o, "%llu", (unsigned long long)seconds);
	if (!rest)
		return;
	for (; rest % 10 == 0; places--)
		rest /= 10;
	out_print(o, ".%0*u", places, rest);
}

void out_flush(struct out *o)
{
	if (o->len && o->drain)
		o->drain(o);
}

size_t text_vformat(char *buf, size_t size, const char *format, va_list *args)
{
	struct out o = { .buf = buf, .size = size ? size - 1 : 0 };

	out_vprint(&o, format, args);
	if (size)
		buf[o.len < o.size ? o.len : o.size] = '\0';
	return o.len;
}

size_t text_format(char *buf, size_t size, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = text_vformat(buf, size, format, &args);
	va_end(args);
	return len;
}

unsigned text_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 32;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : UINT_MAX;
}

long long text_number(const char *text, char **end, unsigned base)
{
	const char *p = text, *last = text;
	uint64_t n = 0, max;
	unsigned digit;
	bool negative;

	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	negative = *p == '-';
	p += negative || *p == '+';
	if (base % 16 == 0 && *p == '0' && (p[1] | 32) == 'x' && text_digit(p[2]) < 16) {
		p += 2;
		base = 16;
	}
	if (!base)
		base = *p == '0' ? 8 : 10;
	max = (uint64_t)LLONG_MAX + negative;
	for (; (digit = text_digit(*p)) < base; last = ++p) {
		if (n > (max - digit) / base) {
			n = max;
			errno = ERANGE;
		} else {
			n = n * base + digit;
		}
	}
	if (end)
		*end = (char *)(uintptr_t)last;
	return (long long)(negative ? -n : n);
}

size_t text_hex(const char *text, uint8_t *out, size_t room)
{
	size_t n = 0;
	unsigned high, low;

	for (; *text; n++) {
		high = text_digit(*text++);
		low = text_digit(*text++);
		if ((high | low) > 15)
			return 0;
		if (n == room)
			return room + 1;
		out[n] = (uint8_t)(high << 4 | low);
	}
	return n;
}

int text_same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

int text_index(const char *list, const char *word)
{
	const char *p;

	for (int i = 0; *list; i++) {
		for (p = word; *p && *p == *list && *p != ' '; p++)
			list++;
		if (!*p && (!*list || *list == ' '))
			return i;
		while (*list && *list++ != ' ')
			;
	}
	return -1;
}

static void write_all(struct out *o)
{
	struct fd_out *to = (struct fd_out *)(void *)o;
	const char *at = to->bytes;
	ssize_t n;

	while (o->len && !to->err) {
		n = write(to->fd, at, o->len);
		if (n >= 0) {
			at += n;
			o->len -= (size_t)n;
		} else if (errno != EINTR) {
			to->err = -errno;
		}
	}
	o->len = 0;
}

void out_open(struct fd_out *to, int fd)
{
	to->out = (struct out){ .buf = to->bytes, .size = sizeof(to->bytes), .drain = write_all };
	to->fd = fd;
	to->err = 0;
}

int out_end(struct fd_out *to)
{
	out_flush(&to->out);
	return to->err;
}

void out_error(const char *format, ...)
{
	struct fd_out to;
	va_list args;

	out_open(&to, STDERR_FILENO);
	va_start(args, format);
	out_vprint(&to.out, format, &args);
	va_end(args);
	out_end(&to);
}

ssize_t text_file(const char *path, void *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, size - 1);

	if (got < 0)
		got = -errno;
	if (fd >= 0)
		close(fd);
	((char *)buf)[got > 0 ? got : 0] = '\0';
	return got;
}

char *text_load(const char *path)
{
	char *text = malloc(LOAD_MAX + 1);

	if (text && text_file(path, text, LOAD_MAX + 1) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}
