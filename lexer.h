/* SPDX-License-Identifier: MIT */
/*
 * The language of keepalived.conf below its keywords: comments, quotes, escapes, continuation, braces, include, @id conditions,
 * $definitions, ~SEQ and ~LST. Text in, statements of words out. Knows no keyword but include's kin. Reads files, nothing else;
 * bounded in depth, size, expansion and time.
 */
#ifndef LEXER_H
#define LEXER_H

#include <stdbool.h>
#include <stddef.h>

struct lexer;

#define LEX_WORDS_MAX 512

struct lexer_options {
	const char *id; /* -i, for @id lines; NULL: none is true but @^ ones */
	/* Told of trouble in the text; severity 'e' or 'w'. */
	void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text);
	void *ctx;
};

enum lex_kind {
	LEX_STATEMENT, /* words of one line */
	LEX_CLOSE,     /* a closing brace */
	LEX_END,
};

/* Valid until the next call, but file, which lives as long as the lexer. Quotes are removed from words; a word may be empty ("") . */
struct lex_statement {
	enum lex_kind kind;
	int argc;
	char **argv; /* NULL-terminated */
	bool opens;  /* a block follows: '{' on this line or the next */
	const char *file;
	unsigned line;
};

/* NULL when the first file can't be read (errno); what an include can't read is told by message(). */
struct lexer *lexer_open(const char *path, const struct lexer_options *);
/* From memory, for tests and fuzzing; includes are relative to the current directory. */
struct lexer *lexer_open_text(const char *text, size_t len, const char *name, const struct lexer_options *);
void lexer_next(struct lexer *, struct lex_statement *out);
/* ${_INSTANCE} and its kin become known while a block is read: the keyword layer tells their values. value NULL: unset. */
void lexer_set_builtin(struct lexer *, const char *name, const char *value);
void lexer_close(struct lexer *);

/* Splits a script string into argv as keepalived does: blanks separate, single quotes and escapes keep them. argv is NULL-terminated and points into buf,
 * which must hold strlen(text) + 1. Returns argc, or -EINVAL (unbalanced quote), -E2BIG. */
int lexer_split_command(const char *text, char *buf, char **argv, int argv_max);

#endif
