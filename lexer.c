/* SPDX-License-Identifier: MIT */
#include "lexer.h"
#include "sort.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	INPUT_MAX = 16 << 20,  /* bytes of all files together */
	TEXT_MAX = 64 << 10,   /* bytes of a line, continued and expanded */
	WORK_MAX = 128 << 20,  /* bytes that definitions and sequences may make of them */
	DEFS_MAX = 10000,
	NEST_MAX = 32,         /* files within files, definitions within definitions */
	FRAMES_MAX = 80,
	BLOCKS_MAX = 64,
	TOLD_MAX = 1000,       /* messages; a broken file can make millions */
	GLOB_SEEN_MAX = 65536, /* directory entries looked at for one include */
	GLOB_PATHS_MAX = 4096,
};

/* What include and include_check take for an error. */
enum { READABLE = 1, MATCH = 2, WILDCARD = 4, BRACE = 8, ALL_CHECKS = 15 };

struct buf {
	struct lexer *lx;
	char *p;
	size_t len, cap, max;
	bool over; /* something did not fit and was left out */
};

struct definition {
	char *value;  /* its lines are separated by NUL: one may hold newlines, within quotes */
	size_t len;
	bool several; /* lines */
	bool busy;    /* being replaced just now */
	bool bad;     /* unknown, or refers to itself: told once, left as it is */
	const char *file;
	unsigned line;
	char name[];
};

enum frame_kind { FRAME_FILE, FRAME_LINES, FRAME_SEQ, FRAME_LST, FRAME_PATHS };

/* What ends the replacing of definitions in a line: a sequence, which stays as it is, and a comment, which does not. */
enum { STOP_KEEP = 1, STOP_CUT };

/* Where lines come from: a stack, since files include files and definitions hold lines with sequences in them. */
struct frame {
	struct frame *up;
	enum frame_kind kind;
	char *text; /* a file; lines; values of a list: sets of strings */
	size_t len, pos;
	const char *name; /* of the file, or where the include stands */
	unsigned line;
	const char *dir;
	dev_t dev;
	ino_t ino;
	struct definition *def; /* whose lines these are */
	char *vars, *body;      /* of a sequence or list; vars: names, each with its NUL */
	unsigned var_count;
	long next, last, step;
	bool hex, done;
	char **paths; /* len of them */
	unsigned type, check;
};

struct block {
	const char *file;
	unsigned line;
	bool nameless; /* its braces are left out */
};

/* What is used most comes first: it makes for short instructions. */
struct lexer {
	char *at, *seg, *seg_end; /* in line or text: what is still to be split, and the latest statement */
	struct frame *top;
	const char *file;
	unsigned line_no, quote_line;
	bool expanded;
	bool residue;      /* at stands behind a brace of this line */
	bool quote;        /* within "..." */
	bool cont;         /* a backslash ended the line */
	bool comment_cont; /* ... or the comment that was cut off; that continues definitions only */
	bool blank;
	bool eat_brace;    /* of a statement already told to open a block */
	bool quoted;       /* while expanding: within "..." */
	unsigned char stop; /* ... and: at STOP_KEEP or STOP_CUT */
	bool worn;         /* WORK_MAX is reached */
	struct buf line;   /* as read */
	struct buf text;   /* with definitions replaced */
	struct definition **defs; /* sorted by name */
	size_t def_count;
	unsigned depth, excess;
	unsigned frames, files, told;
	unsigned check;    /* include_check */
	uint32_t seed;
	size_t input, work;
	struct buf words;
	struct lexer_options options;
	struct block blocks[BLOCKS_MAX];
	char *argv[LEX_WORDS_MAX + 1];
};

static void tell_at(struct lexer *lx, char severity, const char *file, unsigned line, const char *text)
{
	if (!lx->options.message || lx->told > TOLD_MAX)
		return;
	if (lx->told++ == TOLD_MAX)
		text = "further messages on the text are left out";
	lx->options.message(lx->options.ctx, severity, file, line, text);
}

static __attribute__((format(printf, 3, 4))) void tell(struct lexer *lx, char severity, const char *format, ...)
{
	char text[320];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof(text), format, args);
	va_end(args);
	tell_at(lx, severity, lx->file, lx->line_no, text);
}

/* Sets of characters. The last three are where a search stops, NUL always: in a line, within "..." and in a statement. */
enum { BLANK = 1, DIGIT = 2, LETTER = 4, IN_LINE = 8, IN_QUOTES = 16, IN_STATEMENT = 32 };

static const unsigned char sets['}' + 1] = {
	[0] = IN_LINE | IN_QUOTES | IN_STATEMENT,
	[' '] = BLANK,
	['\t' ... '\r'] = BLANK,
	['0' ... '9'] = DIGIT,
	['A' ... 'Z'] = LETTER,
	['a' ... 'z'] = LETTER,
	['_'] = LETTER,
	['#'] = IN_LINE,
	['!'] = IN_LINE,
	['\''] = IN_LINE | IN_STATEMENT,
	['"'] = IN_LINE | IN_QUOTES | IN_STATEMENT,
	['\\'] = IN_LINE | IN_QUOTES | IN_STATEMENT,
	['$'] = IN_STATEMENT,
	['{'] = IN_STATEMENT,
	['}'] = IN_STATEMENT,
};

static bool is(char c, unsigned char set)
{
	return (unsigned char)c < sizeof(sets) && sets[(unsigned char)c] & set;
}

static bool is_blank(char c)
{
	return is(c, BLANK);
}

static bool is_name(char c)
{
	return is(c, DIGIT | LETTER);
}

static char *find(char *p, unsigned char set)
{
	while (!is(*p, set))
		p++;
	return p;
}

static char *skip_blanks(char *p)
{
	while (is_blank(*p))
		p++;
	return p;
}

/* Memory is given back when all is read, and never short: who gives it does not return then. */
static void *allocate(struct lexer *lx, size_t size)
{
	return lx->options.alloc(lx->options.ctx, size);
}

static bool buf_reserve(struct buf *b, size_t more)
{
	size_t need = b->len + more + 1, cap = b->cap ? b->cap : 256;
	char *p;

	if (need <= b->cap)
		return true;
	while (cap < need)
		cap *= 2;
	if (need > b->max) {
		b->over = true;
		return false;
	}
	p = allocate(b->lx, cap);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
	return true;
}

/* Keeps a NUL behind the text. */
static void buf_add(struct buf *b, const char *p, size_t len)
{
	if (!buf_reserve(b, len))
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = 0;
}

static void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static void buf_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	buf_add(b, "", 0);
}

static char *copy(struct lexer *lx, const char *p, size_t len)
{
	return memcpy(allocate(lx, len + 1), p, len);
}

static struct frame *push_frame(struct lexer *lx, enum frame_kind kind)
{
	struct frame *f;

	if (lx->frames >= FRAMES_MAX) {
		tell(lx, 'e', "files, definitions and sequences nest too deep here");
		return NULL;
	}
	f = allocate(lx, sizeof(*f));
	f->kind = kind;
	f->name = lx->file;
	f->line = lx->line_no;
	f->up = lx->top;
	lx->top = f;
	lx->frames++;
	return f;
}

static void pop_frame(struct lexer *lx)
{
	struct frame *f = lx->top;

	lx->top = f->up;
	lx->frames--;
	if (f->kind == FRAME_FILE) {
		lx->files--;
		if (lx->top)
			lx->check = lx->top->check;
	}
	if (f->def)
		f->def->busy = false;
}

static const struct frame *file_frame(const struct lexer *lx)
{
	const struct frame *f = lx->top;

	while (f && f->kind != FRAME_FILE)
		f = f->up;
	return f;
}

/* Counts what definitions, sequences and the like make, so that a few lines cannot make gigabytes. */
static bool charge(struct lexer *lx, size_t bytes)
{
	if (lx->worn)
		return false;
	lx->work += bytes + 32;
	lx->worn = lx->work > WORK_MAX;
	if (lx->worn)
		tell(lx, 'e', "definitions and sequences make more than %d MB of text: from here on they are left as they are",
		     WORK_MAX >> 20);
	return !lx->worn;
}

/* The rest of a line, to be read after what is pushed next. */
static void push_rest(struct lexer *lx, const char *text)
{
	size_t len = strlen(text);
	struct frame *f = len && charge(lx, len) ? push_frame(lx, FRAME_LINES) : NULL;

	if (f) {
		f->len = len + 1;
		f->text = copy(lx, text, len);
	}
}

/* Past the closing quote; the end of the text when there is none. p: at the opening one. */
static char *quoted_end(char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/*
 * A single quote shields comment signs and braces when it encloses a whole word, as 'awk {print}': in keepalived it never does, but
 * an apostrophe must not. Looks at the next quote only: linear on any text.
 */
static char *single_end(const char *start, char *p)
{
	char *q = p + 1;

	if (p > start && !is_blank(p[-1]) && p[-1] != '{' && p[-1] != '}')
		return p + 1;
	for (; *q && *q != '\''; q++)
		if (*q == '\\' && q[1])
			q++;
	if (!*q || (q[1] && !is_blank(q[1]) && !strchr("{}#!", q[1])))
		return p + 1;
	return q + 1;
}

/* Past what begins with one of "'\$ : a quoted text, an escaped character, a reference left as it is. */
static char *skip_special(const char *start, char *p)
{
	char *q = p + 2;

	switch (*p) {
	case '"':
		return quoted_end(p);
	case '\'':
		return single_end(start, p);
	case '\\':
		return p[1] ? p + 2 : p + 1;
	}
	if (p[1] != '{')
		return p + 1;
	while (is_name(*q) || *q == ' ')
		q++;
	return *q == '}' ? q + 1 : p + 1;
}

/* The next brace outside quotes, or the end. */
static char *segment_end(const char *start, char *p)
{
	for (;;) {
		p = find(p, IN_STATEMENT);
		if (!*p || *p == '{' || *p == '}')
			return p;
		p = skip_special(start, p);
	}
}

/* What a condition, definition or sequence behind a brace extends to: the brace that closes the block around it. */
static char *rest_end(const struct lexer *lx)
{
	char *p = lx->at;
	unsigned depth = 0;

	if (!lx->residue)
		return p + strlen(p);
	for (;; p++) {
		p = segment_end(lx->at, p);
		if (!*p || (*p == '}' && !depth))
			return p;
		depth += *p == '{' ? 1u : -1u;
	}
}

/* One line as it stands; NULL at the end. Only bytes already read are changed: the rest may be looked at ahead. */
static char *physical_line(struct lexer *lx, struct frame *f, size_t *len)
{
	char *p = f->text + f->pos, *nl, *d;
	size_t n = f->len - f->pos, i;

	if (!n)
		return NULL;
	nl = memchr(p, '\n', n);
	if (nl)
		n = (size_t)(nl - p);
	f->pos += n + (nl ? 1 : 0);
	f->line++;
	if (memchr(p, 0, n)) {
		tell_at(lx, 'e', f->name, f->line, "NUL bytes in this line are left out");
		for (i = 0, d = p; i < n; i++)
			if (p[i])
				*d++ = p[i];
		n = (size_t)(d - p);
	}
	while (n && p[n - 1] == '\r')
		n--;
	p[n] = 0;
	*len = n;
	return p;
}

/* Adds a line without its comment and the backslashes before # and !. */
static void add_cleaned(struct lexer *lx, const struct frame *f, char *p, size_t len)
{
	char *end = p + len, *q;
	const char *start = p;

	lx->comment_cont = false;
	while (p < end) {
		q = find(p, lx->quote ? IN_QUOTES : IN_LINE);
		buf_add(&lx->line, p, (size_t)(q - p));
		p = q;
		switch (*p) {
		case 0:
			return;
		case '#':
		case '!':
			lx->comment_cont = end[-1] == '\\';
			return;
		case '"':
			lx->quote = !lx->quote;
			lx->quote_line = f->line;
			q = p + 1;
			break;
		case '\\':
			if (!lx->quote && (p[1] == '#' || p[1] == '!'))
				p++;
			q = p + (p[1] && *p == '\\' ? 2 : 1);
			break;
		default:
			q = single_end(start, p);
		}
		buf_add(&lx->line, p, (size_t)(q - p));
		p = q;
	}
}

/*
 * Whether the quote still open is meant to go on in the next lines. keepalived knows no such strings, so what looks like a
 * forgotten quote must not swallow the rest of the file: the next line with quotes must have an odd number of them, and no
 * block may begin or end before. Returns where that line ends, or 0.
 */
static size_t closes_later(const struct frame *f)
{
	const char *p = f->text + f->pos, *end = f->text + f->len;
	unsigned quotes = 0;
	char first = 0, last = 0;

	for (; p < end; p++) {
		if (*p == '\n') {
			if (quotes || first == '}' || last == '{')
				break;
			first = last = 0;
		} else if (*p == '\\') {
			p++;
		} else if (*p == '"') {
			quotes++;
		} else if (!is_blank(*p)) {
			last = *p;
			first = first ? first : *p;
		}
	}
	return quotes % 2 ? (size_t)(p - f->text) : 0;
}

static void trim(struct buf *b)
{
	while (b->len && is_blank(b->p[b->len - 1]))
		b->len--;
	b->p[b->len] = 0;
}

static bool drop_backslash(struct buf *b)
{
	size_t n = 0;

	while (n < b->len && b->p[b->len - 1 - n] == '\\')
		n++;
	if (n % 2)
		b->p[--b->len] = 0;
	return n % 2;
}

static void close_quote(struct lexer *lx)
{
	struct buf *b = &lx->line;
	bool opens;

	tell_at(lx, 'e', lx->file, lx->quote_line, "quote opened here is not closed");
	lx->quote = false;
	lx->cont = drop_backslash(b);
	trim(b);
	opens = b->len && b->p[b->len - 1] == '{';
	if (opens) {
		b->len--;
		trim(b);
	}
	buf_puts(b, opens ? "\" {" : "\"");
}

/* Adds a line, and those that a quoted text goes on in, to lx->line; sets cont. False at the end of the file. */
static bool add_line(struct lexer *lx, struct frame *f)
{
	size_t len, closed = 0;
	char *p = physical_line(lx, f, &len);

	if (!p)
		return false;
	lx->cont = false;
	lx->blank = !len;
	for (;;) {
		add_cleaned(lx, f, p, len);
		if (!lx->quote)
			break;
		if (f->pos >= closed)
			closed = closes_later(f);
		if (!closed) {
			close_quote(lx);
			return true;
		}
		if (!drop_backslash(&lx->line))
			buf_puts(&lx->line, "\n");
		p = physical_line(lx, f, &len);
	}
	trim(&lx->line);
	lx->cont = drop_backslash(&lx->line);
	trim(&lx->line);
	return true;
}

static void check_length(struct lexer *lx, struct buf *b, const char *what)
{
	if (!b->over)
		return;
	tell(lx, 'e', "this line is longer than %d bytes%s and is left out", TEXT_MAX, what);
	buf_reset(b);
}

static bool read_line(struct lexer *lx, struct frame *f)
{
	buf_reset(&lx->line);
	if (f->pos >= f->len)
		return false;
	lx->file = f->name;
	lx->line_no = f->line + 1;
	return add_line(lx, f);
}

static void join_lines(struct lexer *lx)
{
	size_t at = (size_t)(lx->at - lx->line.p);

	while (lx->cont) {
		lx->cont = false;
		buf_puts(&lx->line, " ");
		if (!add_line(lx, lx->top))
			break;
	}
	check_length(lx, &lx->line, "");
	lx->at = lx->line.p + (at < lx->line.len ? at : lx->line.len);
}

/* Where name stands among the sorted ones, or would. */
static size_t find_index(const struct lexer *lx, const char *name)
{
	size_t low = 0, high = lx->def_count, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (strcmp(lx->defs[mid]->name, name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* NULL when there is none. add: then makes one, and NULL means that there are too many. */
static struct definition *find_definition(struct lexer *lx, const char *name, bool add)
{
	size_t i = find_index(lx, name);
	struct definition *d = i < lx->def_count ? lx->defs[i] : NULL, **defs;

	if (d && !strcmp(d->name, name))
		return d;
	if (!add || lx->def_count == DEFS_MAX)
		return NULL;
	/* Full when their number is a power of two. */
	if (!(lx->def_count & (lx->def_count - 1))) {
		defs = allocate(lx, (lx->def_count * 2 + 1) * sizeof(*defs));
		if (lx->defs)
			memcpy(defs, lx->defs, lx->def_count * sizeof(*defs));
		lx->defs = defs;
	}
	d = allocate(lx, sizeof(*d) + strlen(name) + 1);
	strcpy(d->name, name);
	defs = lx->defs + i;
	memmove(defs + 1, defs, (lx->def_count++ - i) * sizeof(*defs));
	return *defs = d;
}

static void set_definition(struct lexer *lx, const char *name, const char *value, size_t len)
{
	struct definition *d = find_definition(lx, name, true);

	if (!d) {
		tell(lx, 'e', "$%.64s is left out: there are too many definitions", name);
		return;
	}
	/* Frames still read the lines of one that has several. */
	if (!d->value || d->several || len > d->len)
		d->value = allocate(lx, len + 1);
	memcpy(d->value, value, len);
	d->value[len] = 0;
	d->len = len;
	d->several = memchr(value, 0, len);
	d->busy = d->bad = false;
	d->file = lx->file;
	d->line = lx->line_no;
}

/* Past the '=' of $NAME=, or NULL. */
static char *definition_value(char *p)
{
	char *name = ++p;

	while (is_name(*p))
		p++;
	return *p == '=' && p > name && !is(*name, DIGIT) ? p + 1 : NULL;
}

static void add_braces(const char *p, int *depth)
{
	for (; *p; p++)
		*depth += (*p == '{') - (*p == '}');
}

/*
 * The further lines of a definition, each behind a NUL. An empty line ends it, though the line before it had a backslash: files
 * rely on that. But man pages show empty lines within a block of one, so an open brace carries on.
 */
static void add_lines(struct lexer *lx, struct frame *f, struct buf *value)
{
	int depth = 0;
	bool more = true;
	char *p;

	add_braces(value->p, &depth);
	while (more) {
		buf_reset(&lx->line);
		if (!add_line(lx, f) || (lx->blank && depth <= 0))
			break;
		check_length(lx, &lx->line, "");
		p = skip_blanks(lx->line.p);
		more = !*p || lx->cont || lx->comment_cont;
		if (!*p)
			continue;
		add_braces(p, &depth);
		if (value->len)
			buf_add(value, "", 1);
		buf_puts(value, p);
	}
	lx->cont = false;
	lx->at = lx->line.p + lx->line.len;
}

/* $NAME=value at lx->at. False when it is no definition; keep: false for one that its condition excludes. */
static bool define(struct lexer *lx, bool keep)
{
	char *name = lx->at, *p = *name == '$' ? definition_value(name) : NULL, *end;
	struct buf value = { .lx = lx, .max = INPUT_MAX };

	if (!p)
		return false;
	name = copy(lx, name + 1, (size_t)(p - name) - 2);
	end = rest_end(lx);
	lx->at = end;
	p = skip_blanks(p);
	buf_add(&value, p, p < end ? (size_t)(end - p) : 0);
	trim(&value);
	if (lx->cont)
		add_lines(lx, lx->top, &value);
	if (keep)
		set_definition(lx, name, value.p, value.len);
	return true;
}

/* @id or @^id at lx->at: goes past it, or past what it excludes. */
static void condition(struct lexer *lx)
{
	char *p = lx->at + 1, *id;
	const char *own = lx->options.id;
	bool negated = *p == '^', matches;
	size_t len;

	if (negated)
		p++;
	for (id = p; *p && !is_blank(*p); p++)
		;
	len = (size_t)(p - id);
	matches = own && strlen(own) == len && !memcmp(own, id, len);
	lx->at = skip_blanks(p);
	if (*p && matches != negated)
		return;
	if (define(lx, false))
		return;
	if (lx->cont)
		join_lines(lx);
	lx->at = rest_end(lx);
}

static void expand(struct lexer *lx, const char *p, const char *end, unsigned depth, bool last);

static void expand_definition(struct lexer *lx, struct definition *d, unsigned depth, bool last)
{
	struct frame *f;
	size_t first = strlen(d->value), done = 0;

	if (d->several) {
		f = push_frame(lx, FRAME_LINES);
		if (!f)
			return;
		/* Alone in its line, its first one may be a condition or definition, too. */
		if (lx->text.len)
			done = first + 1;
		else
			first = 0;
		f->text = d->value + done;
		f->len = d->len + 1 - done;
		f->def = d;
	}
	d->busy = true;
	expand(lx, d->value, d->value + first, depth + 1, last);
	if (!d->several)
		d->busy = false;
}

static unsigned long random_number(struct lexer *lx, const char *args)
{
	char *end;
	unsigned long min = (unsigned long)text_number(args, &end, 10), max = (unsigned long)text_number(end, NULL, 10);

	if (!*skip_blanks(end))
		max = 32767;
	lx->seed ^= lx->seed << 13;
	lx->seed ^= lx->seed >> 17;
	lx->seed ^= lx->seed << 5;
	return max > min ? min + (lx->seed >> 1) % (max - min + 1) : min;
}

static void add_directory(struct lexer *lx)
{
	const struct frame *f = file_frame(lx);
	char cwd[PATH_MAX];

	if (!f)
		return;
	if (f->dir[0] != '/' && getcwd(cwd, sizeof(cwd))) {
		buf_puts(&lx->text, cwd);
		if (!strcmp(f->dir, "."))
			return;
		buf_puts(&lx->text, "/");
	}
	buf_puts(&lx->text, f->dir);
}

/* True when name is one of ours; mark: where its replacement goes. args: what stands behind the name in ${NAME args}. */
static bool expand_builtin(struct lexer *lx, size_t mark, const char *name, const char *args, unsigned depth)
{
	int i = text_index("_PWD _INSTANCE _RANDOM _ENV _HASH _BANG", name);
	char number[24];
	const char *value;

	if (i < 0)
		return false;
	lx->text.len = mark;
	switch (i) {
	case 0:
		add_directory(lx);
		return true;
	case 1:
		value = lx->options.id;
		break;
	case 2:
		text_format(number, sizeof(number), "%lu", random_number(lx, args));
		value = number;
		break;
	case 3:
		value = getenv(args);
		if (!value)
			tell(lx, 'w', "environment variable %.64s is not set, nothing stands in its place", args);
		break;
	default:
		value = i == 4 ? "#" : "!";
	}
	if (value)
		expand(lx, value, value + strlen(value), depth + 1, false);
	return true;
}

/* Told once for each name, and not within quotes: scripts have variables of their own. */
static void tell_unknown(struct lexer *lx, const char *name)
{
	struct definition *d = lx->quoted ? NULL : find_definition(lx, name, true);

	if (!d)
		return;
	d->bad = true;
	tell(lx, 'w', "unknown definition $%s is left as it is", name);
}

/*
 * The latest reference stands as written behind mark in lx->text. bare: $NAME followed by what may not follow it; last: nothing
 * follows in the line.
 */
static void replace(struct lexer *lx, size_t mark, bool bare, unsigned depth, bool last)
{
	char name[128], args[128], *p = lx->text.p + mark + 1, *end = lx->text.p + lx->text.len;
	size_t n = 0, args_len;
	struct definition *d;

	if (*p == '{') {
		p++;
		end--;
	}
	while (n < sizeof(name) - 1 && p < end && is_name(*p))
		name[n++] = *p++;
	name[n] = 0;
	p = skip_blanks(p);
	while (end > p && is_blank(end[-1]))
		end--;
	args_len = end > p ? (size_t)(end - p) : 0;
	if (!n || is(*name, DIGIT) || args_len >= sizeof(args))
		return;
	memcpy(args, p, args_len);
	args[args_len] = 0;
	d = find_definition(lx, name, false);
	if (d && (d->bad || *args))
		return;
	if (!d && bare)
		return;
	if (!d) {
		if (!expand_builtin(lx, mark, name, args, depth) && !*args)
			tell_unknown(lx, name);
		return;
	}
	if (bare) {
		tell(lx, 'w', "$%s is left as it is: write ${%s} where neither blank nor end of line follows", name, name);
	} else if (d->several && !last) {
		tell(lx, 'w', "$%s is left as it is: a definition of several lines must end the line", name);
	} else if (d->busy) {
		text_format(args, sizeof(args), "definition $%.64s refers to itself", name);
		tell_at(lx, 'e', d->file, d->line, args);
		d->bad = true;
	} else if (depth >= NEST_MAX) {
		tell(lx, 'e', "$%s is left as it is: definitions nest deeper than %d", name, NEST_MAX);
	} else if (charge(lx, d->len)) {
		lx->text.len = mark;
		expand_definition(lx, d, depth, last);
	}
}

/*
 * Adds the $NAME or ${NAME} at p, replaced or as it is, to lx->text; returns what stands behind. Names may hold references, as
 * ${VIP_${N}}; nothing is looked at twice, so that a wild text costs no more than a good one.
 */
static const char *reference(struct lexer *lx, const char *p, const char *end, unsigned depth, bool last)
{
	struct buf *out = &lx->text;
	size_t mark = out->len;
	bool brace = p + 1 < end && p[1] == '{', bare = false;
	const char *from = p;

	for (p += brace ? 2 : 1;;) {
		while (p < end && (is_name(*p) || (brace && is_blank(*p))))
			p++;
		buf_add(out, from, (size_t)(p - from));
		if (!brace || p >= end || *p != '$' || depth >= NEST_MAX)
			break;
		p = from = reference(lx, p, end, depth + 1, false);
		if (lx->stop)
			return p;
	}
	if (brace) {
		if (p >= end || *p != '}')
			return p;
		buf_add(out, p++, 1);
	} else {
		bare = p < end && !is_blank(*p) && *p != ',' && *p != ')';
	}
	if (!out->over)
		replace(lx, mark, bare, depth, last && p >= end);
	return p;
}

static bool is_sequence(const char *p)
{
	return *p == '~' && (!strncmp(p + 1, "SEQ", 3) || !strncmp(p + 1, "LST", 3));
}

/* A sequence where a statement may begin. */
static bool begins_sequence(const char *start, const char *p)
{
	if (!is_sequence(p))
		return false;
	while (p > start && is_blank(p[-1]))
		p--;
	return p == start || p[-1] == '{' || p[-1] == '}';
}

/*
 * Adds the text with its references replaced to lx->text. last: it ends the line. What a sequence repeats stays as it is: its
 * references are replaced once its variable is set. A # that a definition brings in begins a comment: files switch lines off so.
 */
static void expand(struct lexer *lx, const char *p, const char *end, unsigned depth, bool last)
{
	const char *start = p, *from;

	while (p < end && !lx->text.over && !lx->stop) {
		for (from = p; p < end && *p != '$'; p++) {
			if (*p == '\\' && p + 1 < end && (p[1] == '"' || p[1] == '\\'))
				p++;
			else if (*p == '"')
				lx->quoted = !lx->quoted;
			else if (lx->quoted)
				continue;
			else if (begins_sequence(start, p))
				lx->stop = STOP_KEEP;
			else if (depth && (*p == '#' || *p == '!'))
				lx->stop = STOP_CUT;
			if (lx->stop)
				break;
		}
		buf_add(&lx->text, from, (size_t)(p - from));
		if (p < end && !lx->stop)
			p = reference(lx, p, end, depth, last);
	}
	buf_add(&lx->text, p, lx->stop == STOP_KEEP ? (size_t)(end - p) : 0);
}

static void expand_line(struct lexer *lx)
{
	lx->expanded = true;
	if (!strchr(lx->at, '$'))
		return;
	buf_reset(&lx->text);
	lx->quoted = false;
	lx->stop = 0;
	expand(lx, lx->at, lx->at + strlen(lx->at), 0, true);
	check_length(lx, &lx->text, " when definitions are replaced");
	lx->at = lx->text.p;
}

static bool parse_sequence(struct lexer *lx, struct frame *f, char *p)
{
	char *end;
	long long v[3];
	unsigned n = 0;

	end = p = skip_blanks(p);
	while (is_name(*end))
		end++;
	f->vars = copy(lx, p, (size_t)(end - p));
	f->var_count = 1;
	if (end == p)
		return false;
	p = skip_blanks(end);
	do {
		if (n == 3 || *p != ',')
			return false;
		errno = 0;
		v[n] = text_number(p + 1, &end, 0);
		if (errno || end == p + 1 || v[n] != (long)v[n])
			return false;
		n++;
		p = skip_blanks(end);
	} while (*p);
	f->next = (long)(n > 1 ? v[0] : v[0] < 0 ? -1 : 1);
	f->last = (long)v[n - 1];
	/* A lone end of 0 counts 1, 0. */
	f->step = n > 2 ? (long)v[1] : f->next <= f->last ? 1 : -1;
	return f->step && (f->step > 0 ? f->next <= f->last : f->next >= f->last) && !(f->hex && (f->next < 0 || f->last < 0));
}

/* One word or {word, word}, each added with its NUL. Returns how many, 0: wrong. */
static unsigned parse_set(char **text, struct buf *out)
{
	char *p = skip_blanks(*text), *from;
	bool brace = *p == '{';
	unsigned n = 0;

	do {
		if (brace)
			p++;
		from = p = skip_blanks(p);
		while (*p && !is_blank(*p) && *p != ',' && *p != '}')
			p++;
		buf_add(out, from, (size_t)(p - from));
		buf_add(out, "", 1);
		n++;
		p = skip_blanks(p);
	} while (brace && *p == ',');
	if (brace && *p++ != '}')
		return 0;
	*text = skip_blanks(p);
	return out->over ? 0 : n;
}

static bool parse_list(struct lexer *lx, struct frame *f, char *p)
{
	struct buf vars = { .lx = lx, .max = TEXT_MAX }, values = { .lx = lx, .max = 4 * TEXT_MAX };
	bool good;
	unsigned n;

	f->var_count = parse_set(&p, &vars);
	good = f->var_count && *p == ',';
	while (good && *p) {
		n = *p++ == ',' ? parse_set(&p, &values) : 0;
		good = n && n <= f->var_count;
		for (; good && n < f->var_count; n++)
			buf_add(&values, "", 1);
		good = good && !values.over;
	}
	f->vars = vars.p;
	f->text = values.p;
	f->len = values.len;
	return good;
}

/* ~SEQ(...) or ~LST(...) at lx->at: the rest of the line is to be read repeatedly. */
static void sequence(struct lexer *lx)
{
	bool list = lx->at[1] == 'L', hex = !list && lx->at[4] == 'x', good = false;
	char *p = skip_blanks(lx->at + 4 + hex), *close = *p == '(' ? strchr(p, ')') : NULL, *end, *args = NULL;
	struct frame *f = NULL;

	if (close) {
		lx->at = skip_blanks(close + 1);
		args = copy(lx, p + 1, (size_t)(close - p - 1));
	}
	end = rest_end(lx);
	push_rest(lx, end);
	if (args) {
		f = push_frame(lx, list ? FRAME_LST : FRAME_SEQ);
		good = !f;
	}
	if (f) {
		f->hex = hex;
		f->body = copy(lx, lx->at, (size_t)(end - lx->at));
		/* Nothing in lx->text is needed any more. */
		buf_reset(&lx->text);
		lx->quoted = false;
		lx->stop = 0;
		expand(lx, args, args + strlen(args), 1, false);
		good = !lx->text.over && (list ? parse_list : parse_sequence)(lx, f, lx->text.p);
		if (!good)
			pop_frame(lx);
	}
	if (!good)
		tell(lx, 'e', list ? "this is not as ~LST(NAME, VALUE, VALUE...) TEXT or ~LST({NAME, NAME}, {VALUE, VALUE}...) TEXT" :
				     "this is not as ~SEQ(NAME, START, STEP, END) TEXT, with a step that leads from start to end");
	lx->at = lx->line.p + lx->line.len;
}

static void start_line(struct lexer *lx, const char *text)
{
	const struct frame *f = file_frame(lx);

	if (f) {
		lx->file = f->name;
		lx->line_no = f->line;
	}
	buf_reset(&lx->line);
	buf_puts(&lx->line, text);
	lx->cont = false;
}

static bool next_of_sequence(struct lexer *lx, struct frame *f)
{
	char number[24];
	unsigned long left, step;

	if (f->done || !charge(lx, strlen(f->body)))
		return false;
	text_format(number, sizeof(number), f->hex ? "%lx" : "%ld", f->next);
	set_definition(lx, f->vars, number, strlen(number));
	left = f->step > 0 ? (unsigned long)f->last - (unsigned long)f->next : (unsigned long)f->next - (unsigned long)f->last;
	step = f->step > 0 ? (unsigned long)f->step : 0ul - (unsigned long)f->step;
	f->done = left < step;
	if (!f->done)
		f->next += f->step;
	start_line(lx, f->body);
	return true;
}

static bool next_of_list(struct lexer *lx, struct frame *f)
{
	const char *name = f->vars, *value;
	unsigned i;

	if (f->pos >= f->len || !charge(lx, strlen(f->body)))
		return false;
	for (i = 0; i < f->var_count; i++, name += strlen(name) + 1) {
		value = f->text + f->pos;
		f->pos += strlen(value) + 1;
		set_definition(lx, name, value, strlen(value));
	}
	start_line(lx, f->body);
	return true;
}

struct glob {
	struct lexer *lx;
	char path[PATH_MAX];
	char **paths;
	size_t count;
	unsigned seen, level, patterns;
	bool wild;    /* some pattern had a wildcard */
	bool missing; /* some pattern had no match */
	bool over;
};

/* One character against [set]; *p: behind the '['. False also where no ']' follows. */
static bool in_set(const char **p, char c)
{
	const char *s = *p;
	bool negated = *s == '!' || *s == '^', found = false;
	unsigned char low, high, u = (unsigned char)c;

	if (negated)
		s++;
	do {
		if (!*s)
			return false;
		low = high = (unsigned char)*s++;
		if (*s == '-' && s[1] && s[1] != ']') {
			high = (unsigned char)s[1];
			s += 2;
		}
		found |= low <= u && u <= high;
	} while (*s != ']');
	*p = s + 1;
	return found != negated;
}

static bool matches(const char *p, const char *s)
{
	const char *star = NULL, *mark = s, *next;
	bool one;

	for (;;) {
		if (*p == '*') {
			star = ++p;
			mark = s;
			continue;
		}
		if (!*s)
			return !*p;
		next = p + 1;
		if (*p == '[')
			one = in_set(&next, *s);
		else if (*p == '\\' && p[1])
			one = *next++ == *s;
		else
			one = *p && (*p == '?' || *p == *s);
		if (one) {
			p = next;
			s++;
		} else if (star) {
			p = star;
			s = ++mark;
		} else {
			return false;
		}
	}
}

static void glob_found(struct glob *g)
{
	char **paths;

	g->over |= g->count == GLOB_PATHS_MAX;
	if (g->over)
		return;
	if (!(g->count & (g->count - 1))) {
		paths = allocate(g->lx, (g->count * 2 + 1) * sizeof(*paths));
		if (g->count)
			memcpy(paths, g->paths, g->count * sizeof(*paths));
		g->paths = paths;
	}
	g->paths[g->count++] = copy(g->lx, g->path, strlen(g->path));
}

static void glob_walk(struct glob *g, size_t len, const char *pattern);

/* g->path, of len bytes, is a folder to search for the pattern's first part. */
static void glob_folder(struct glob *g, size_t len, const char *part, const char *rest)
{
	DIR *dir = NULL;
	const struct dirent *entry;
	size_t n;

	if (++g->level <= 8)
		dir = opendir(len ? g->path : ".");
	while (dir && (entry = readdir(dir))) {
		n = strlen(entry->d_name);
		if (++g->seen > GLOB_SEEN_MAX)
			g->over = true;
		if (g->over)
			break;
		if ((entry->d_name[0] == '.' && *part != '.') || !matches(part, entry->d_name) || len + n + 2 > sizeof(g->path))
			continue;
		memcpy(g->path + len, entry->d_name, n + 1);
		if (*rest)
			glob_walk(g, len + n, rest);
		else
			glob_found(g);
	}
	if (dir)
		closedir(dir);
	g->level--;
}

static void glob_walk(struct glob *g, size_t len, const char *pattern)
{
	char part[NAME_MAX + 1];
	struct stat st;
	size_t n;

	while (*pattern) {
		if (len + NAME_MAX + 2 > sizeof(g->path))
			return;
		if (*pattern == '/') {
			g->path[len++] = *pattern++;
			g->path[len] = 0;
			continue;
		}
		n = strcspn(pattern, "/");
		if (n > NAME_MAX)
			return;
		memcpy(part, pattern, n);
		part[n] = 0;
		pattern += n;
		if (part[strcspn(part, "*?[")]) {
			g->wild = true;
			glob_folder(g, len, part, pattern);
			return;
		}
		for (n = 0; part[n]; n++) {
			if (part[n] == '\\' && part[n + 1])
				n++;
			g->path[len++] = part[n];
		}
		g->path[len] = 0;
	}
	if (!stat(g->path, &st))
		glob_found(g);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *brace_end(const char *p)
{
	unsigned level = 0;

	for (; *p; p++) {
		level += *p == '{';
		if (*p == '}' && !--level)
			return p;
	}
	return NULL;
}

static void glob_pattern(struct glob *g, const char *dir, const char *pattern)
{
	size_t before = g->count, len = *pattern == '/' || !strcmp(dir, ".") ? 0 : strlen(dir);

	if (len + 2 > sizeof(g->path))
		return;
	memcpy(g->path, dir, len);
	if (len && dir[len - 1] != '/')
		g->path[len++] = '/';
	g->path[len] = 0;
	glob_walk(g, len, pattern);
	if (g->count > before)
		sort(g->paths + before, g->count - before, sizeof(*g->paths), compare_paths);
	else
		g->missing = true;
}

/* {a,b}: the pattern once for each of them, as csh does. Each call takes one pair of braces away. */
static void glob_braces(struct glob *g, const char *dir, const char *pattern, unsigned depth)
{
	size_t head = strcspn(pattern, "{");
	const char *p = pattern + head, *end = *p ? brace_end(p) : NULL, *from;
	unsigned level = 0;
	char *one;

	g->over |= ++g->patterns > 1000 || depth > 16;
	if (g->over)
		return;
	if (!end) {
		glob_pattern(g, dir, pattern);
		return;
	}
	one = copy(g->lx, pattern, strlen(pattern));
	for (from = ++p; p <= end; p++) {
		if (p == end || (*p == ',' && !level)) {
			memcpy(one + head, from, (size_t)(p - from));
			strcpy(one + head + (p - from), end + 1);
			glob_braces(g, dir, one, depth + 1);
			from = p + 1;
		}
		level += *p == '{';
		level -= *p == '}';
	}
}

static int read_file(struct lexer *lx, int fd, struct frame *f)
{
	size_t cap = 4096;
	struct stat st;
	ssize_t n = 1;
	char *p;

	if (fstat(fd, &st))
		return -errno;
	if (S_ISREG(st.st_mode))
		cap = st.st_size > INPUT_MAX ? 1 : (size_t)st.st_size + 2; /* one for the read that finds the end, one for a NUL */
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	while (n > 0) {
		if (lx->input > INPUT_MAX || cap < 2)
			return -EFBIG;
		if (!f->text || f->len + 2 > cap) {
			cap *= f->text ? 2 : 1;
			p = allocate(lx, cap);
			if (f->text)
				memcpy(p, f->text, f->len);
			f->text = p;
		}
		n = read(fd, f->text + f->len, cap - 1 - f->len);
		if (n < 0)
			return -errno;
		f->len += (size_t)n;
		lx->input += (size_t)n;
	}
	return 0;
}

static void skip_bom(struct frame *f)
{
	if (f->len >= 3 && !memcmp(f->text, "\357\273\277", 3))
		f->pos = 3;
}

static int push_file(struct lexer *lx, int fd, const char *path)
{
	struct frame *f = push_frame(lx, FRAME_FILE);
	const char *slash = strrchr(path, '/');
	int error = 0;

	if (!f)
		return -ENOMEM;
	lx->files++;
	f->check = lx->check;
	f->line = 0;
	f->name = lx->options.keep(lx->options.ctx, path);
	f->dir = slash ? copy(lx, path, slash > path ? (size_t)(slash - path) : 1) : ".";
	if (fd >= 0)
		error = read_file(lx, fd, f);
	if (error)
		pop_frame(lx);
	else
		skip_bom(f);
	return error;
}

static bool included_already(const struct lexer *lx, const struct stat *st)
{
	const struct frame *f;

	for (f = lx->top; f; f = f->up)
		if (f->kind == FRAME_FILE && f->dev == st->st_dev && f->ino == st->st_ino && f->text)
			return true;
	return false;
}

/* The next file that an include names. Special files are not opened at all: to open one may do things. */
static void open_next(struct lexer *lx, struct frame *list)
{
	const char *path = list->paths[list->pos++];
	char severity = list->type & READABLE ? 'e' : 'w';
	struct stat st;
	int fd, error = 0;

	lx->file = list->name;
	lx->line_no = list->line;
	if (stat(path, &st)) {
		error = -errno;
	} else if (!S_ISREG(st.st_mode) || st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) {
		tell(lx, severity, "%.200s is left out: only regular files that are not executable are included", path);
	} else if (included_already(lx, &st)) {
		tell(lx, 'e', "%.200s is left out: it includes itself", path);
	} else if (lx->files >= NEST_MAX) {
		tell(lx, 'e', "%.200s is left out: includes nest deeper than %d", path, NEST_MAX);
	} else if (charge(lx, 4096)) {
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		error = fd < 0 ? -errno : push_file(lx, fd, path);
		if (fd >= 0)
			close(fd);
	}
	if (error == -EFBIG)
		tell(lx, 'e', "%.200s is left out: the configuration is larger than %d MB", path, INPUT_MAX >> 20);
	else if (error)
		tell(lx, severity, "can't read %.200s: %s", path, text_error(error));
}

static void include_files(struct lexer *lx, const char *pattern, unsigned type)
{
	const struct frame *file = file_frame(lx);
	struct glob *g;
	struct frame *f;
	unsigned fault;

	type |= lx->check;
	if (!file || lx->worn)
		return;
	g = allocate(lx, sizeof(*g));
	g->lx = lx;
	glob_braces(g, file->dir, pattern, 0);
	charge(lx, g->seen * 64);
	fault = g->wild ? WILDCARD : strchr(pattern, '{') ? BRACE : MATCH;
	if (g->over)
		tell(lx, 'e', "include %.200s finds too many files, only some of them are read", pattern);
	else if (!g->count)
		tell(lx, type & fault ? 'e' : 'w', "include %.200s finds no file", pattern);
	else if (g->missing && type & BRACE)
		tell(lx, 'e', "include %.200s finds no file for some of the names in braces", pattern);
	f = push_frame(lx, FRAME_PATHS);
	if (f) {
		f->paths = g->paths;
		f->len = g->count;
		f->type = type;
		f->check = lx->check;
	}
}

/* include and its kin at lx->at, with a name behind. */
static bool include(struct lexer *lx)
{
	static const char letters[] = "rmwba";
	static const unsigned char types[] = { READABLE, READABLE | MATCH, READABLE | MATCH | WILDCARD, READABLE | BRACE, ALL_CHECKS };
	char *p = lx->at + 7, *name, *end, quote;
	const char *letter;
	unsigned type = 0;

	if (strncmp(lx->at, "include", 7))
		return false;
	letter = *p ? strchr(letters, *p) : NULL;
	if (letter) {
		type = types[letter - letters];
		p++;
	}
	name = skip_blanks(p);
	if (name == p || !*name)
		return false;
	quote = *name == '"' || *name == '\'' ? *name++ : 0;
	end = quote ? strchr(name, quote) : NULL;
	p = end ? end + 1 : name + strlen(name);
	if (!end) {
		/* A name may hold blanks and braces; those behind a blank close blocks. */
		for (end = p; end > name + 1 && (is_blank(end[-1]) || (end[-1] == '}' && is_blank(end[-2]))); end--)
			if (end[-1] == '}')
				p = end - 1;
	}
	push_rest(lx, skip_blanks(p));
	name = copy(lx, name, (size_t)(end - name));
	lx->at = p + strlen(p);
	include_files(lx, name, type);
	return true;
}

/* Reads a line into lx->line from where the topmost frame has it. False at the end of all. */
static bool fetch_line(struct lexer *lx)
{
	struct frame *f;
	const char *text;

	while ((f = lx->top)) {
		switch (f->kind) {
		case FRAME_FILE:
			if (read_line(lx, f))
				return true;
			break;
		case FRAME_LINES:
			if (f->pos >= f->len)
				break;
			text = f->text + f->pos;
			f->pos += strlen(text) + 1;
			start_line(lx, text);
			return true;
		case FRAME_SEQ:
			if (next_of_sequence(lx, f))
				return true;
			break;
		case FRAME_LST:
			if (next_of_list(lx, f))
				return true;
			break;
		case FRAME_PATHS:
			if (f->pos >= f->len)
				break;
			open_next(lx, f);
			continue;
		}
		pop_frame(lx);
	}
	return false;
}

/* Goes on to what a statement or brace begins at, doing all that is neither. */
static bool next_segment(struct lexer *lx)
{
	for (;;) {
		lx->at = skip_blanks(lx->at);
		if (!*lx->at) {
			if (!fetch_line(lx))
				return false;
			check_length(lx, &lx->line, "");
			lx->at = lx->line.p;
			lx->expanded = lx->residue = false;
		} else if (*lx->at == '@') {
			condition(lx);
		} else if (*lx->at == '$' && define(lx, true)) {
			continue;
		} else if (lx->cont) {
			join_lines(lx);
		} else if (is_sequence(lx->at)) {
			sequence(lx);
		} else if (!lx->expanded) {
			expand_line(lx);
		} else if (!include(lx)) {
			return true;
		}
	}
}

/* Whether '{' is what comes next, in a line to come: looked for in the text as it stands, so that nothing is done too early. */
static bool brace_follows(const struct lexer *lx)
{
	const struct frame *f;
	const char *p, *end;

	for (f = lx->top; f; f = f->up) {
		if (f->kind == FRAME_SEQ ? !f->done : f->kind != FRAME_FILE && f->kind != FRAME_LINES && f->pos < f->len)
			return false;
		if (!f->text || f->kind == FRAME_LST)
			continue;
		p = f->text + f->pos;
		for (end = f->text + f->len; p < end && (is_blank(*p) || !*p || *p == '#' || *p == '!'); p++) {
			if (*p != '#' && *p != '!')
				continue;
			p = memchr(p, '\n', (size_t)(end - p));
			if (!p)
				break;
		}
		if (p && p < end)
			return *p == '{';
	}
	return false;
}

static bool push_block(struct lexer *lx, bool nameless)
{
	struct block *b = &lx->blocks[lx->depth];

	if (lx->depth == BLOCKS_MAX) {
		if (!lx->excess++)
			tell(lx, 'e', "blocks nest deeper than %d, the braces of this one are left out", BLOCKS_MAX);
		return false;
	}
	b->file = lx->file;
	b->line = lx->line_no;
	b->nameless = nameless;
	lx->depth++;
	return true;
}

/* True when there is a close to hand out. */
static bool pop_block(struct lexer *lx)
{
	if (lx->excess) {
		lx->excess--;
		return false;
	}
	if (!lx->depth) {
		tell(lx, 'e', "'}' without a block to close is left out");
		return false;
	}
	return !lx->blocks[--lx->depth].nameless;
}

/* The character that an escape stands for; *p: at its backslash, then behind it all. Some character follows the backslash. */
static char unescape(const char **p)
{
	static const char letters[] = "abEfnrtv", codes[] = "\a\b\33\f\n\r\t\v";
	const char *s = *p + 1, *letter = strchr(letters, *s);
	unsigned c = (unsigned char)*s++, n;

	if (letter) {
		c = (unsigned char)codes[letter - letters];
	} else if (c == 'c' && *s) {
		c = *s++ & 0x1f;
	} else if (c >= '0' && c <= '7') {
		for (c -= '0', n = 1; n < 3 && *s >= '0' && *s <= '7'; n++)
			c = c * 8 + (unsigned)(*s++ - '0');
	} else if (c == 'x' && text_digit(*s) < 16) {
		for (c = 0, n = 0; n < 2 && text_digit(*s) < 16; n++)
			c = c * 16 + text_digit(*s++);
	}
	*p = s;
	return (char)c;
}

enum split_mode {
	PLAIN, /* of lex_statement: "..." is a word, nothing is escaped but a quote */
	KEEP,  /* of lexer_requote() */
	REPLACE,
};

/* w: room for strlen(p) + 1 bytes. What fits stays good after -E2BIG. */
static int split(const char *p, char *w, char **argv, int max, enum split_mode mode)
{
	int n = 0;
	char quote;

	for (;; *w++ = 0) {
		while (is_blank(*p))
			p++;
		argv[n] = NULL;
		if (!*p)
			return n;
		if (n >= max - 1)
			return -E2BIG;
		argv[n++] = w;
		quote = mode == PLAIN && *p == '"' ? *p++ : 0;
		while (*p && (quote || !is_blank(*p))) {
			if (*p == '\\' && (mode != PLAIN || (p[1] && (quote || p[1] == '"')))) {
				if (!p[1])
					return -EINVAL;
				if (mode == KEEP || (mode == PLAIN && p[1] != '"'))
					*w++ = '\\';
				*w++ = mode == REPLACE ? unescape(&p) : p[1];
				p += mode == REPLACE ? 0 : 2;
			} else if (quote ? *p == quote : *p == '"' || (mode != PLAIN && *p == '\'')) {
				if (mode == PLAIN) {
					p += quote != 0;
					quote = 0;
					break;
				}
				quote = quote ? 0 : *p;
				p++;
			} else {
				*w++ = *p++;
			}
		}
		if (quote && mode != PLAIN)
			return -EINVAL;
	}
}

int lexer_split_command(const char *text, char *buf, char **argv, int argv_max)
{
	return split(text, buf, argv, argv_max, REPLACE);
}

static int split_statement(struct lexer *lx, enum split_mode mode)
{
	char kept = *lx->seg_end;
	int n;

	lx->words.len = 0;
	if (!buf_reserve(&lx->words, (size_t)(lx->seg_end - lx->seg)))
		return 0;
	*lx->seg_end = 0;
	n = split(lx->seg, lx->words.p, lx->argv, LEX_WORDS_MAX + 1, mode);
	*lx->seg_end = kept;
	return n;
}

static int split_plain(struct lexer *lx)
{
	int n = split_statement(lx, PLAIN);

	if (n < 0) {
		tell(lx, 'e', "more than %d words: the rest of the line is left out", LEX_WORDS_MAX);
		n = LEX_WORDS_MAX;
	}
	return n;
}

void lexer_requote(struct lexer *lx, struct lex_statement *s, bool escapes)
{
	int n = lx->seg ? split_statement(lx, escapes ? REPLACE : KEEP) : -E2BIG;

	if (n == -EINVAL)
		tell_at(lx, 'e', s->file, s->line, "quote opened here is not closed, or nothing follows a backslash");
	if (lx->seg)
		s->argc = n >= 0 ? n : split_plain(lx);
}

/* Statements about the language itself. */
static bool take_own(struct lexer *lx, char **argv, int argc)
{
	unsigned bit;
	const char *word;
	int i;

	if (argc == 2 && !strcmp(argv[0], "random_seed")) {
		lx->seed = (uint32_t)text_number(argv[1], NULL, 0);
		lx->seed += !lx->seed;
		return true;
	}
	if (strcmp(argv[0], "include_check"))
		return false;
	if (argc == 1)
		lx->check = ALL_CHECKS;
	for (; --argc; ) {
		word = *++argv;
		/* In the order of the bits. */
		i = text_index("readable match wildcard_match brace_match read", word + (*word == '+' || *word == '-'));
		bit = i == 4 ? READABLE : 1u << (i & 7);
		if (i < 0)
			tell(lx, 'e', "include_check knows no %.32s: it is one of readable, match, wildcard_match, brace_match", word);
		else if (*word == '-')
			lx->check &= ~bit;
		else
			lx->check = (*word == '+' ? lx->check : READABLE) | bit;
	}
	return true;
}

/* The statement at lx->at; false for one that has been dealt with. */
static bool take_statement(struct lexer *lx, struct lex_statement *s)
{
	bool brace;

	lx->seg = lx->at;
	lx->seg_end = segment_end(lx->at, lx->at);
	lx->at = lx->seg_end;
	brace = *lx->at == '{';
	s->argc = split_plain(lx);
	if (brace) {
		lx->at++;
		lx->residue = true;
	}
	if (!s->argc || (!brace && take_own(lx, lx->argv, s->argc))) {
		s->argc = 0;
		lx->argv[0] = NULL;
		return false;
	}
	lx->eat_brace = !*lx->at && !brace && brace_follows(lx);
	s->opens = (brace || lx->eat_brace) && push_block(lx, false);
	return true;
}

/* Blocks still open at the end are closed, innermost first. */
static enum lex_kind finish(struct lexer *lx)
{
	const struct block *b;

	while (lx->depth) {
		b = &lx->blocks[--lx->depth];
		tell_at(lx, 'e', b->file, b->line, "the block opened here is not closed");
		if (!b->nameless)
			return LEX_CLOSE;
	}
	return LEX_END;
}

void lexer_next(struct lexer *lx, struct lex_statement *s)
{
	bool eat;

	memset(s, 0, sizeof(*s));
	lx->argv[0] = NULL;
	lx->seg = NULL;
	s->argv = lx->argv;
	for (;;) {
		if (!next_segment(lx)) {
			s->kind = finish(lx);
			break;
		}
		s->file = lx->file;
		s->line = lx->line_no;
		eat = lx->eat_brace;
		lx->eat_brace = false;
		if (*lx->at != '{' && *lx->at != '}') {
			if (take_statement(lx, s))
				return;
			continue;
		}
		lx->residue = true;
		if (*lx->at++ == '{') {
			if (eat)
				continue;
			tell(lx, 'e', "'{' without a keyword is left out, and the '}' that belongs to it");
			push_block(lx, true);
		} else if (pop_block(lx)) {
			s->kind = LEX_CLOSE;
			return;
		}
	}
	s->file = lx->file;
	s->line = lx->line_no;
}

static struct lexer *new_lexer(const char *name, int fd, const struct lexer_options *options)
{
	static char nothing[1];
	struct lexer *lx = options->alloc(options->ctx, sizeof(*lx));
	struct timespec now = { 0 };
	int error;

	clock_gettime(CLOCK_MONOTONIC, &now);
	lx->seed = (uint32_t)now.tv_nsec ^ (uint32_t)getpid() << 16;
	lx->seed += !lx->seed;
	lx->options = *options;
	lx->line.max = lx->text.max = TEXT_MAX;
	lx->words.max = TEXT_MAX + 1;
	lx->line.lx = lx->text.lx = lx->words.lx = lx;
	lx->at = nothing;
	error = push_file(lx, fd, name);
	errno = -error;
	if (error)
		return NULL;
	lx->file = lx->top->name;
	return lx;
}

struct lexer *lexer_open(const char *path, const struct lexer_options *options)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), error;
	struct lexer *lx;

	if (fd < 0)
		return NULL;
	lx = new_lexer(path, fd, options);
	error = errno;
	close(fd);
	errno = error;
	return lx;
}

struct lexer *lexer_open_text(const char *text, size_t len, const char *name, const struct lexer_options *options)
{
	struct lexer *lx = new_lexer(name, -1, options);

	lx->input = len;
	lx->top->text = copy(lx, text, len);
	lx->top->len = len;
	skip_bom(lx->top);
	return lx;
}
