/* SPDX-License-Identifier: MIT */
/*
 * Formatted text without stdio: into memory, a descriptor, or whatever takes it.
 * libc's printf brings 12 KB for floating point, wide characters and FILE. These functions have names of their own and do not stand in for
 * libc's: with a shared libc, other libraries go on with the one that they know. tests/size.sh fails when libc's is linked all the same.
 * Formats, and texts for %-s without a width, may be packed: words.awk says how, and which are.
 * Arguments go on by pointer: where a va_list is a struct, each call would copy it.
 * Conversions: d u x X o c s m %, NULL for %s and %p is an empty text, flags - and 0, width and precision (also *), sizes l ll z. %*m is of the error, or
 * -errno, that is given, %m of errno; %p is a struct addr, as text.
 */
#ifndef TEXT_H
#define TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As snprintf(): always ends with NUL unless size is 0, returns the length of the whole text. */
size_t text_format(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t text_vformat(char *buf, size_t size, const char *format, va_list *) __attribute__((format(printf, 3, 0)));

/* As strtoll(), in base 0, 8, 10 or 16. */
long long text_number(const char *text, char **end, unsigned base);

/* A digit's value up to 15, UINT_MAX when it is none. */
unsigned text_digit(char);
/* Pairs of digits up to the end of the text: how many bytes, more than room when they do not fit, 0 when it is something else. */
size_t text_hex(const char *text, uint8_t *out, size_t room);
/* Whether a packed text is this word. */
int text_is(const char *packed, const char *word);
/* Either may be NULL. */
int text_same(const char *, const char *);
/* The place of a word in a list with blanks between them, -1: it is none. */
int text_index(const char *list, const char *word);

/* One of several texts, each ended by NUL, counted from 0. */
const char *text_nth(const char *list, unsigned n);
/* What errno, or -errno, stands for; until the next call. */
const char *text_error(int err);

/* The beginning of a file, terminated. Its length, or -errno. */
ssize_t text_file(const char *path, void *buf, size_t size);
/* At most its first MB, terminated and to be freed; NULL: can't be read. */
char *text_load(const char *path);

/* A sink: what is printed gathers in buf. */
struct out {
	char *buf;
	size_t size, len;
	/* Called when buf is full, and by out_flush(): takes what is there, leaves len smaller. NULL: what does not fit is lost but counted. */
	void (*drain)(struct out *);
	bool quoted; /* within a text of JSON: what must be is escaped */
};
void out_print(struct out *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void out_vprint(struct out *, const char *format, va_list *) __attribute__((format(printf, 2, 0)));
void out_char(struct out *, char);
void out_put(struct out *, const char *text);
/* Seconds with as many decimals as there are. */
void out_seconds(struct out *, uint64_t us);
void out_flush(struct out *);

struct fd_out {
	struct out out; /* first */
	int fd;
	int err;        /* -errno of the first write that failed; nothing is written after it */
	char bytes[512];
};
void out_open(struct fd_out *, int fd);
/* Writes the rest. 0 or -errno of any write; the descriptor stays open. */
int out_end(struct fd_out *);

/* A message on standard error, of at most one write while it fits a struct fd_out. */
void out_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
