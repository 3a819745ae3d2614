/* SPDX-License-Identifier: MIT */
#include "lex.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

enum {
	WORK_MAX = 32 << 20, /* bytes that definitions and sequences may make of a text */
	VALUE_MAX = 16 << 20,
	FRAMES_MAX = 80,
};

void lex_tell(struct lexer *lx, char severity, const char *format, ...)
{
	const char *file = lx->other_file ? lx->other_file : lx->file;
	unsigned line = lx->other_file ? lx->other_line : lx->line_no;
	va_list args;

	lx->other_file = NULL;
	va_start(args, format);
	lx->options->message(severity, file, line, format, &args);
	va_end(args);
}

void lex_elsewhere(struct lexer *lx, const char *file, unsigned line)
{
	lx->other_file = file;
	lx->other_line = line;
}

int lex_is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

int lex_is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *lex_skip_blanks(const char *p)
{
	while (lex_is_blank(*p))
		p++;
	return (char *)(uintptr_t)p;
}

void *lex_new(struct lexer *lx, unsigned size)
{
	return lx->options->alloc(size);
}

char *lex_copy(struct lexer *lx, const char *p, unsigned len)
{
	return memcpy(lex_new(lx, len + 1), p, len);
}

bool lex_reserve(struct buf *b, unsigned more)
{
	unsigned need = b->len + more + 1, cap = b->cap ? b->cap : 256;
	char *p;

	if (need <= b->cap)
		return true;
	if (need > b->max) {
		b->over = true;
		return false;
	}
	while (cap < need)
		cap *= 2;
	p = lex_new(b->lx, cap);
	if (b->len)
		memcpy(p, b->p, b->len);
	b->p = p;
	b->cap = cap;
	return true;
}

void lex_add(struct buf *b, const char *p, unsigned len)
{
	if (!lex_reserve(b, len))
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = 0;
}

void lex_puts(struct buf *b, const char *s)
{
	lex_add(b, s, (unsigned)strlen(s));
}

void lex_reset(struct buf *b)
{
	b->len = 0;
	b->over = false;
	lex_add(b, "", 0);
}

void lex_trim(struct buf *b)
{
	while (b->len && lex_is_blank(b->p[b->len - 1]))
		b->len--;
	b->p[b->len] = 0;
}

void lex_check_length(struct lexer *lx, struct buf *b, const char *what)
{
	if (!b->over)
		return;
	lex_tell(lx, 'e', "this line is longer than %d bytes%s and is left out", LEX_TEXT_MAX, what);
	lex_reset(b);
}

struct frame *lex_push(struct lexer *lx, enum frame_kind kind)
{
	struct frame *f;

	if (lx->frames >= FRAMES_MAX) {
		lex_tell(lx, 'e', "files, definitions and sequences nest too deep here");
		return NULL;
	}
	f = lex_new(lx, sizeof(*f));
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
	const struct frame *f = lx->top;

	lx->top = f->up;
	lx->frames--;
	if (f->kind == FRAME_PATHS)
		lx->check = f->check;
	if (f->def)
		f->def->busy = false;
}

const struct frame *lex_file(const struct lexer *lx)
{
	const struct frame *f = lx->top;

	while (f->kind != FRAME_FILE)
		f = f->up;
	return f;
}

bool lex_charge(struct lexer *lx, unsigned bytes)
{
	if (lx->worn)
		return false;
	lx->work += bytes + 32;
	lx->worn = lx->work > WORK_MAX;
	if (lx->worn)
		lex_tell(lx, 'e', "definitions and sequences make more than %d MB of text: from here on they are left as they are",
			 WORK_MAX >> 20);
	return !lx->worn;
}

void lex_push_rest(struct lexer *lx, const char *text)
{
	unsigned len = (unsigned)strlen(text);
	struct frame *f = len && lex_charge(lx, len) ? lex_push(lx, FRAME_LINES) : NULL;

	if (f) {
		f->len = len + 1;
		f->text = lex_copy(lx, text, len);
	}
}

/* The quote that closes the one at p, or the end. */
static char *quote_end(char *p)
{
	char quote = *p;

	while (*++p && *p != quote)
		if (*p == '\\' && p[1])
			p++;
	return p;
}

/*
 * A single quote shields comment signs and braces when it encloses a whole word, as 'awk {print}': in keepalived it never does, but
 * an apostrophe must not. Looks at the next quote only: linear on any text. Returns the last of what it shields, p for nothing.
 */
static char *single_end(const char *start, char *p)
{
	static const char around[] = " \t\n\v\f\r{}" "#!"; /* before it but the last two, behind it also the end */
	char *q = quote_end(p);

	return (p == start || memchr(around, p[-1], 8)) && *q && memchr(around, q[1], sizeof(around)) ? q : p;
}

/* The next brace outside quotes, or the end. A reference left as it is has braces of its own. */
static char *segment_end(const char *start, char *p)
{
	char *q;

	for (;; p++)
		switch (*p) {
		case '"':
			p = quote_end(p);
			if (*p)
				break;
			return p;
		case '\'':
			p = single_end(start, p);
			break;
		case '\\':
			p += p[1] != 0;
			break;
		case '$':
			q = p + 1;
			if (*q == '{')
				for (q++; lex_is_name(*q) || *q == ' '; q++)
					;
			if (*q == '}' && q > p + 1)
				p = q;
			break;
		case '\0':
		case '{':
		case '}':
			return p;
		}
}

char *lex_rest_end(const struct lexer *lx)
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
static char *physical_line(struct frame *f, char **end)
{
	char *p = f->text + f->pos, *nl;
	unsigned n = f->len - f->pos;

	if (!n)
		return NULL;
	nl = memchr(p, '\n', n);
	if (!nl)
		nl = p + n;
	f->pos = (unsigned)(nl - f->text) + (nl < p + n);
	f->line++;
	while (nl > p && nl[-1] == '\r')
		nl--;
	*nl = 0;
	*end = nl;
	return p;
}

/* Adds a line without its comment and the backslashes before # and !. */
static void add_cleaned(struct lexer *lx, const struct frame *f, char *p, char *end)
{
	char *start = p, *to = p;
	const char *shield = NULL; /* up to here within '...' */
	bool nul = false;

	lx->comment_cont = false;
	while (p < end) {
		if (!*p) {
			nul = true;
			p++;
			continue;
		}
		if (shield && p <= shield) {
			;
		} else if (!lx->quote && (*p == '#' || *p == '!')) {
			lx->comment_cont = end[-1] == '\\';
			break;
		} else if (*p == '"') {
			lx->quote = !lx->quote;
			lx->quote_line = f->line;
		} else if (*p == '\'' && !lx->quote) {
			shield = single_end(start, p);
		} else if (*p == '\\' && p[1]) {
			if (lx->quote || (p[1] != '#' && p[1] != '!'))
				*to++ = *p;
			p++;
		}
		*to++ = *p++;
	}
	if (nul) {
		lex_elsewhere(lx, f->name, f->line);
		lex_tell(lx, 'e', "NUL bytes in this line are left out");
	}
	lex_add(&lx->line, start, (unsigned)(to - start));
}

/*
 * Whether the quote still open is meant to go on in the next lines. keepalived knows no such strings, so what looks like a
 * forgotten quote must not swallow the rest of the file: the next line with quotes must have an odd number of them, and no
 * block may begin or end before. Returns where that line ends, or 0.
 */
static unsigned closes_later(const struct frame *f)
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
		} else if (!lex_is_blank(*p)) {
			last = *p;
			first = first ? first : *p;
		}
	}
	return quotes % 2 ? (unsigned)(p - f->text) : 0;
}

static bool drop_backslash(struct buf *b)
{
	unsigned n = 0;

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

	lex_elsewhere(lx, lx->file, lx->quote_line);
	lex_tell(lx, 'e', "quote opened here is not closed");
	lx->quote = false;
	lx->cont = drop_backslash(b);
	lex_trim(b);
	opens = b->len && b->p[b->len - 1] == '{';
	if (opens) {
		b->len--;
		lex_trim(b);
	}
	lex_puts(b, opens ? "\" {" : "\"");
}

bool lex_add_line(struct lexer *lx, struct frame *f)
{
	unsigned closed = 0;
	char *end, *p = physical_line(f, &end);

	if (!p)
		return false;
	lx->cont = false;
	lx->blank = p == end;
	for (;;) {
		add_cleaned(lx, f, p, end);
		if (!lx->quote)
			break;
		if (f->pos >= closed)
			closed = closes_later(f);
		if (!closed) {
			close_quote(lx);
			return true;
		}
		if (!drop_backslash(&lx->line))
			lex_puts(&lx->line, "\n");
		p = physical_line(f, &end);
	}
	lex_trim(&lx->line);
	lx->cont = drop_backslash(&lx->line) || (lx->line.over && end > p && end[-1] == '\\');
	lex_trim(&lx->line);
	return true;
}

static void join_lines(struct lexer *lx)
{
	unsigned at = (unsigned)(lx->at - lx->line.p);

	while (lx->cont) {
		lx->cont = false;
		lex_puts(&lx->line, " ");
		if (!lex_add_line(lx, lx->top))
			break;
	}
	lex_check_length(lx, &lx->line, "");
	lx->at = lx->line.p + (at < lx->line.len ? at : lx->line.len);
}

/* @id or @^id at lx->at: goes past it, or past what it excludes. */
static void condition(struct lexer *lx)
{
	char *p = lx->at + 1, *id, after;
	bool negated = *p == '^', matches;

	p += negated;
	for (id = p; *p && !lex_is_blank(*p); p++)
		;
	after = *p;
	*p = 0;
	matches = text_same(lx->options->id, id);
	*p = after;
	lx->at = lex_skip_blanks(p);
	if (after && matches != negated)
		return;
	if (lex_define(lx, false))
		return;
	if (lx->cont)
		join_lines(lx);
	lx->at = lex_rest_end(lx);
}

/* Reads a line into lx->line from where the topmost frame has it. False at the end of all. */
static bool fetch_line(struct lexer *lx)
{
	struct frame *f;
	const char *text;

	while ((f = lx->top)) {
		if (f->pos >= f->len) {
			pop_frame(lx);
			continue;
		}
		lx->file = f->name;
		lx->line_no = f->line + (f->kind == FRAME_FILE);
		lex_reset(&lx->line);
		if (f->kind == FRAME_FILE)
			return lex_add_line(lx, f);
		if (f->kind == FRAME_LINES) {
			text = f->text + f->pos;
			lex_puts(&lx->line, text);
			f->pos += (unsigned)strlen(text) + 1;
			lx->cont = false;
			return true;
		}
		lex_open_next(lx, f);
	}
	return false;
}

/* Goes on to what a statement or brace begins at, doing all that is neither. */
static bool next_segment(struct lexer *lx)
{
	for (;;) {
		lx->at = lex_skip_blanks(lx->at);
		if (!*lx->at) {
			if (!fetch_line(lx))
				return false;
			lex_check_length(lx, &lx->line, "");
			lx->at = lx->line.p;
			lx->expanded = lx->residue = false;
		} else if (*lx->at == '@') {
			condition(lx);
		} else if (*lx->at == '$' && lex_define(lx, true)) {
			continue;
		} else if (lx->cont) {
			join_lines(lx);
		} else if (lex_is_sequence(lx->at)) {
			lex_sequence(lx);
		} else if (!lx->expanded) {
			lex_expand_line(lx);
		} else if (!lex_include(lx)) {
			return true;
		}
	}
}

/* Whether '{' is what comes next, in a line to come: looked for in the text as it stands, so that nothing is done too early. */
static bool brace_follows(const struct lexer *lx)
{
	const struct frame *f;
	const char *p, *end;
	bool comment;

	for (f = lx->top; f; f = f->up) {
		if (f->kind == FRAME_PATHS && f->pos < f->len)
			return false;
		comment = false;
		for (p = f->text + f->pos, end = f->text + f->len; p < end; p++) {
			if (*p == '#' || *p == '!')
				comment = true;
			else if (*p == '\n')
				comment = false;
			else if (!comment && *p && !lex_is_blank(*p))
				return *p == '{';
		}
	}
	return false;
}

/* The character that an escape stands for; *p: behind its backslash, then behind it all. Some character follows the backslash. */
static char unescape(const char **p)
{
	static const char letters[] = "abEfnrtv", codes[] = "\a\b\33\f\n\r\t\v";
	const char *s = *p, *letter = strchr(letters, *s), *at = s;
	unsigned c = (unsigned char)*s++, base = 8, left = 3, n = 0;

	if (c == 'x') {
		base = 16;
		left = 2;
		at = s;
	}
	if (letter) {
		c = (unsigned char)codes[letter - letters];
	} else if (c == 'c' && *s) {
		c = *s++ & 0x1f;
	} else {
		for (; left && text_digit(*at) < base; left--) {
			c = n = n * base + text_digit(*at++);
			s = at;
		}
	}
	*p = s;
	return (char)c;
}

enum split_mode {
	PLAIN, /* of lex_statement: "..." is a word, nothing is escaped but a quote */
	KEEP,  /* of lexer_requote() */
	REPLACE, /* of lexer_split_command() */
};

/* w: room for strlen(p) + 1 bytes. What fits stays good after -E2BIG. */
static int split(const char *p, char *w, char **argv, int max, enum split_mode mode)
{
	int n = 0;
	char quote, c;

	for (;; *w++ = 0) {
		p = lex_skip_blanks(p);
		argv[n] = NULL;
		if (!*p)
			return n;
		if (n >= max - 1)
			return -E2BIG;
		argv[n++] = w;
		quote = mode == PLAIN && *p == '"' ? *p++ : 0;
		while ((c = *p) && (quote || !lex_is_blank(c))) {
			p++;
			if (c == '\\' && (mode != PLAIN || *p == '"' || (quote && *p))) {
				if (!*p)
					return -EINVAL;
				if (mode == KEEP || (mode == PLAIN && *p != '"'))
					*w++ = c;
				c = mode == REPLACE ? unescape(&p) : *p++;
			} else if (quote ? c == quote : c == '"' || (mode != PLAIN && c == '\'')) {
				if (mode == PLAIN) {
					p -= !quote;
					quote = 0;
					break;
				}
				quote ^= c;
				continue;
			}
			*w++ = c;
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
	if (!lex_reserve(&lx->words, (unsigned)(lx->seg_end - lx->seg)))
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
		lex_tell(lx, 'e', "more than %d words: the rest of the line is left out", LEX_WORDS_MAX);
		n = LEX_WORDS_MAX;
	}
	return n;
}

void lexer_requote(struct lexer *lx, struct lex_statement *s)
{
	int n = lx->seg ? split_statement(lx, KEEP) : -E2BIG;

	if (n == -EINVAL)
		lex_tell(lx, 'e', "quote opened here is not closed, or nothing follows a backslash");
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
		lx->check = LEX_ALL_CHECKS;
	for (; --argc; ) {
		word = *++argv;
		/* In the order of the bits. */
		i = text_index("readable match wildcard_match brace_match read", word + (*word == '+' || *word == '-'));
		bit = i == 4 ? LEX_READABLE : 1u << (i & 7);
		if (i < 0)
			lex_tell(lx, 'e', "include_check knows no %.32s: it is one of readable, match, wildcard_match, brace_match", word);
		else if (*word == '-')
			lx->check &= ~bit;
		else
			lx->check = (*word == '+' ? lx->check : LEX_READABLE) | bit;
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
	if (!s->argc || (!brace && take_own(lx, lx->argv, s->argc)))
		return false;
	if (!*lx->at && !brace)
		brace = lx->eat_brace = brace_follows(lx);
	s->opens = brace;
	return true;
}

/* False when there is nothing to hand out yet. */
static bool take_segment(struct lexer *lx, struct lex_statement *s)
{
	bool eat = lx->eat_brace;
	char c;

	memset(s, 0, sizeof(*s));
	lx->argv[0] = NULL;
	lx->seg = NULL;
	if (!next_segment(lx)) {
		s->kind = LEX_END;
		return true;
	}
	lx->eat_brace = false;
	c = *lx->at;
	if (c != '{' && c != '}')
		return take_statement(lx, s);
	lx->at++;
	lx->residue = true;
	s->opens = c == '{';
	s->kind = s->opens ? LEX_STATEMENT : LEX_CLOSE;
	return !s->opens || !eat;
}

void lexer_next(struct lexer *lx, struct lex_statement *s)
{
	while (!take_segment(lx, s))
		;
	s->argv = lx->argv;
	s->file = lx->file;
	s->line = lx->line_no;
}

static struct lexer *new_lexer(const struct lexer_options *options)
{
	static char nothing[1];
	struct lexer *lx = options->alloc(sizeof(*lx));

	/* What the kernel has chosen for this process. */
	memcpy(&lx->seed, (const void *)getauxval(AT_RANDOM), sizeof(lx->seed));
	lx->seed |= 1;
	lx->options = options;
	lx->line.max = lx->text.max = lx->words.max = LEX_TEXT_MAX;
	lx->value.max = VALUE_MAX;
	lx->line.lx = lx->text.lx = lx->words.lx = lx->value.lx = lx;
	lx->at = nothing;
	return lx;
}

struct lexer *lexer_open(const char *path, const struct lexer_options *options)
{
	struct lexer *lx = new_lexer(options);
	int error = lex_read_file(lx, path, 0);

	errno = -error;
	if (error)
		return NULL;
	lx->file = lx->top->name;
	return lx;
}

struct lexer *lexer_open_text(const char *text, size_t len, const char *name, const struct lexer_options *options)
{
	struct lexer *lx = new_lexer(options);

	lx->input = (unsigned)len;
	lx->file = lex_push_text(lx, name, lex_copy(lx, text, lx->input), lx->input)->name;
	return lx;
}
