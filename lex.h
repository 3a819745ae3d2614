/* SPDX-License-Identifier: MIT */
/*
 * What lexer.c, lex_define.c and lex_include.c share: where lines come from, and what is made of them. Nobody else includes it.
 */
#ifndef LEX_H
#define LEX_H

#include "lexer.h"

#include <stdint.h>
#include <sys/types.h>

enum {
	LEX_TEXT_MAX = 64 << 10, /* bytes of a line, continued and expanded */
	LEX_NEST_MAX = 32,       /* files within files, definitions within definitions */
	LEX_DEFS = 64,           /* chains of definitions */
};

/* What include and include_check take for an error. */
enum { LEX_READABLE = 1, LEX_MATCH = 2, LEX_WILDCARD = 4, LEX_BRACE = 8, LEX_ALL_CHECKS = 15 };

/* Text that grows, with a NUL behind it. */
struct buf {
	struct lexer *lx;
	char *p;
	unsigned len, cap, max;
	bool over; /* something did not fit and was left out */
};

struct definition {
	struct definition *next;
	char *value;  /* its lines are separated by NUL: one may hold newlines, within quotes */
	unsigned len;
	bool several; /* lines */
	bool busy;    /* being replaced just now */
	bool bad;     /* unknown, or refers to itself: told once, left as it is */
	unsigned line;
	const char *file;
	char name[];
};

/* Where lines come from: a stack, since files include files and definitions hold lines with sequences in them. */
enum frame_kind { FRAME_FILE, FRAME_LINES, FRAME_PATHS };
struct frame {
	struct frame *up;
	char *text; /* of a file; lines, each with its NUL; pointers to the names of files */
	unsigned len, pos;
	unsigned line;
	uint8_t kind;
	uint8_t type, check; /* of names: what is an error; what the rest of the including file has */
	const char *name;    /* of the file, or where the include stands */
	unsigned dir_len;    /* the name's part up to the last slash */
	struct definition *def; /* whose lines these are */
	dev_t dev;
	ino_t ino;
};

/* What is used most comes first: it makes for short instructions. */
struct lexer {
	char *at, *seg, *seg_end; /* in line or text: what is still to be split, and the latest statement */
	struct frame *top;
	const char *file;
	unsigned line_no, quote_line, other_line;
	const char *other_file; /* lex_elsewhere() */
	bool expanded;
	bool residue;      /* at stands behind a brace of this line */
	bool quote;        /* within "..." */
	bool cont;         /* a backslash ended the line */
	bool comment_cont; /* ... or the comment that was cut off; that continues definitions only */
	bool blank;
	bool eat_brace;    /* of a statement already told to open a block */
	bool quoted;       /* while expanding: within "..." */
	uint8_t stop;      /* ... and: at what ends it */
	bool worn;         /* too much was made by definitions and sequences */
	uint8_t check;     /* include_check */
	unsigned frames, def_count, input, work;
	uint32_t seed;
	struct buf line;   /* as read */
	struct buf text;   /* with definitions replaced */
	struct buf words;
	struct buf value;  /* of a definition, behind its name */
	const struct lexer_options *options;
	struct definition *defs[LEX_DEFS];
	char *argv[LEX_WORDS_MAX + 1];
};

/* lexer.c */
void lex_tell(struct lexer *, char severity, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Where the next message belongs, when not to the line at hand. */
void lex_elsewhere(struct lexer *, const char *file, unsigned line);
/* Memory is given back when all is read, and never short: who gives it does not return then. */
void *lex_new(struct lexer *, unsigned);
char *lex_copy(struct lexer *, const char *, unsigned len);
bool lex_reserve(struct buf *, unsigned more);
void lex_add(struct buf *, const char *, unsigned len);
void lex_puts(struct buf *, const char *);
void lex_reset(struct buf *);
/* Blanks at the end. */
void lex_trim(struct buf *);
/* Tells of a line that is too long, and empties it. */
void lex_check_length(struct lexer *, struct buf *, const char *what);
/* As isalnum() and its kin. */
int lex_is_name(char);
int lex_is_blank(char);
char *lex_skip_blanks(const char *);
/* Counts what definitions, sequences and the like make, so that a few lines cannot make gigabytes. */
bool lex_charge(struct lexer *, unsigned bytes);
struct frame *lex_push(struct lexer *, enum frame_kind);
/* The rest of a line, to be read after what is pushed next. */
void lex_push_rest(struct lexer *, const char *text);
const struct frame *lex_file(const struct lexer *);
/* What a condition, definition or sequence behind a brace extends to: the brace that closes the block around it. */
char *lex_rest_end(const struct lexer *);
/* Adds a line, and those that a quoted text goes on in, to lx->line; sets cont. False at the end of the file. */
bool lex_add_line(struct lexer *, struct frame *);

/* lex_define.c */
/* $NAME=value at lx->at. False when it is no definition; keep: false for one that its condition excludes. */
bool lex_define(struct lexer *, bool keep);
/* Replaces the definitions in the rest of the line. */
void lex_expand_line(struct lexer *);
bool lex_is_sequence(const char *);
/* ~SEQ(...) or ~LST(...) at lx->at: the rest of the line is to be read repeatedly. */
void lex_sequence(struct lexer *);

/* lex_include.c */
/* include and its kin at lx->at, with a name behind; false where it is something else. */
bool lex_include(struct lexer *);
/* Goes on to the next file of an include. */
void lex_open_next(struct lexer *, struct frame *);
/* Pushes a file. 0 or -errno. */
int lex_read_file(struct lexer *, const char *path, int flags);
/* The same with its text given; NULL when files nest too deep. */
struct frame *lex_push_text(struct lexer *, const char *path, char *text, unsigned len);

#endif
