/* SPDX-License-Identifier: MIT */
/*
 * The language of keepalived.conf below its keywords: comments, quotes, escapes, continuation, braces, include, @id conditions,
 * $definitions, ~SEQ and ~LST. Text in, statements of words, and braces, out. Knows no keyword but include's kin, include_check and
 * random_seed, which it keeps for itself. Reads files, nothing else; bounded in depth, size, expansion and time.
 */
#ifndef LEXER_H
#define LEXER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct lexer;

#define LEX_WORDS_MAX 512

struct lexer_options {
	const char *id; /* -i, for @id lines and ${_INSTANCE}; NULL: none is true but @^ ones */
	/* Told of trouble in the text; severity 'e' or 'w'. The format is for text_vformat(). */
	void (*message)(char severity, const char *file, unsigned line, const char *format, va_list *) __attribute__((format(printf, 4, 0)));
	/* Gives zeroed memory, which must stay as long as the lexer is used, or does not return. */
	void *(*alloc)(size_t);
	/* Keeps the name of a file, which statements and messages have, for as long as the caller likes. */
	const char *(*keep)(const char *name);
};

enum lex_kind {
	LEX_STATEMENT, /* words of one line; none of a brace that opens where none is expected */
	LEX_CLOSE,     /* a closing brace, wherever it stands */
	LEX_END,
};

/*
 * Valid until the next call, but file, which is as keep() gave it. Words are split as keepalived does for most keywords:
 * by blanks and "...", whose quotes are removed; single quotes and backslashes are characters like others (auth_pass 'x' has
 * three). A word may be empty (""). They stand one behind the other, each with its NUL.
 */
struct lex_statement {
	enum lex_kind kind;
	int argc;
	char **argv; /* NULL-terminated */
	bool opens;  /* a block follows: '{' on this line or the next */
	const char *file;
	unsigned line;
};

/* NULL when the first file can't be read (errno; EFBIG over 16 MB); what an include can't read is told by message(). */
struct lexer *lexer_open(const char *path, const struct lexer_options *);
/* From memory, for tests and fuzzing; includes are relative to the current directory. */
struct lexer *lexer_open_text(const char *text, size_t len, const char *name, const struct lexer_options *);
void lexer_next(struct lexer *, struct lex_statement *out);
/*
 * Splits the latest statement again, by the rules for keywords that take a script: "..." and '...' join words as in a shell.
 * Backslash escapes are kept for lexer_split_command().
 */
void lexer_requote(struct lexer *, struct lex_statement *);

/*
 * Splits a script string (argv[1] after lexer_requote()) into argv as keepalived does: blanks separate, quotes and escapes keep
 * them. argv, of argv_max entries, ends with NULL and points into buf, which must hold strlen(text) + 1.
 * Returns argc, or -EINVAL (a quote or an escape without its end), -E2BIG.
 */
int lexer_split_command(const char *text, char *buf, char **argv, int argv_max);

#endif
