/* SPDX-License-Identifier: MIT */
/*
 * $definitions, what replaces them in a line, and the sequences that are made of them.
 */
#include "lex.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DEFS_MAX = 10000,
	LINES_MAX = 64 << 20, /* lex_charge() ends a sequence before */
};

/* What ends the replacing of definitions in a line: a sequence, which stays as it is, and a comment, which does not. */
enum { STOP_KEEP = 1, STOP_CUT };

static char *skip_name(char *p)
{
	while (lex_is_name(*p))
		p++;
	return p;
}

/* NULL when there is none. add: then makes one, and NULL means that there are too many. */
static struct definition *find(struct lexer *lx, const char *name, bool add)
{
	struct definition **chain, *d;
	unsigned hash = 0;

	for (const char *p = name; *p; p++)
		hash = hash * 31 + (unsigned char)*p;
	chain = &lx->defs[hash % LEX_DEFS];
	for (d = *chain; d; d = d->next)
		if (!strcmp(d->name, name))
			return d;
	if (!add || lx->def_count == DEFS_MAX)
		return NULL;
	lx->def_count++;
	d = lex_new(lx, sizeof(*d) + strlen(name) + 1);
	strcpy(d->name, name);
	d->next = *chain;
	return *chain = d;
}

/* lx->value holds a name, with its NUL, and the value of so many bytes. */
static void set_definition(struct lexer *lx, unsigned len)
{
	const struct buf *b = &lx->value;
	const char *name = b->p, *value = b->p + b->len - len;
	struct definition *d = find(lx, name, true);

	if (!d) {
		lex_tell(lx, 'e', "$%.64s is left out: there are too many definitions", name);
		return;
	}
	/* Frames still read the lines of one that has several. */
	if (!d->value || d->several || len > d->len)
		d->value = lex_new(lx, len + 1);
	memcpy(d->value, value, len + 1);
	d->len = len;
	d->several = memchr(d->value, 0, d->len);
	d->busy = d->bad = false;
	d->file = lx->file;
	d->line = lx->line_no;
}

/* Past the '=' of $NAME=, or NULL. */
static char *definition_value(char *p)
{
	char *end = *p == '$' ? skip_name(p + 1) : p;

	return *end == '=' && end > p + 1 && !isdigit((unsigned char)p[1]) ? end + 1 : NULL;
}

static int open_braces(const char *p)
{
	int depth = 0;

	for (; *p; p++)
		if (*p == '{')
			depth++;
		else if (*p == '}')
			depth--;
	return depth;
}

/*
 * The further lines of a definition, each behind a NUL. An empty line ends it, though the line before it had a backslash: files
 * rely on that. But man pages show empty lines within a block of one, so an open brace carries on.
 */
static void add_lines(struct lexer *lx, unsigned name_len)
{
	struct buf *value = &lx->value;
	int depth = open_braces(value->p + name_len);
	bool more = true;
	char *p;

	while (more) {
		lex_reset(&lx->line);
		if (!lex_add_line(lx, lx->top) || (lx->blank && depth <= 0))
			break;
		lex_check_length(lx, &lx->line, "");
		p = lex_skip_blanks(lx->line.p);
		more = !*p || lx->cont || lx->comment_cont;
		if (!*p)
			continue;
		depth += open_braces(p);
		lex_add(value, "", value->len > name_len);
		lex_puts(value, p);
	}
	lx->cont = false;
	lx->at = lx->line.p + lx->line.len;
}

bool lex_define(struct lexer *lx, bool keep)
{
	char *name = lx->at, *p = definition_value(name), *end;
	struct buf *value = &lx->value;
	unsigned name_len;

	if (!p)
		return false;
	lex_reset(value);
	lex_add(value, name + 1, (unsigned)(p - name) - 2);
	lex_add(value, "", 1);
	name_len = value->len;
	end = lex_rest_end(lx);
	lx->at = end;
	p = lex_skip_blanks(p);
	lex_add(value, p, p < end ? (unsigned)(end - p) : 0);
	lex_trim(value);
	if (lx->cont)
		add_lines(lx, name_len);
	if (keep)
		set_definition(lx, value->len - name_len);
	return true;
}

static void expand(struct lexer *lx, const char *p, unsigned depth, bool last);

static void expand_definition(struct lexer *lx, struct definition *d, unsigned depth, bool last)
{
	struct frame *f;
	unsigned rest = 0;

	if (d->several) {
		f = lex_push(lx, FRAME_LINES);
		if (!f)
			return;
		/* Alone in its line, its first one may be a condition or definition, too. */
		if (lx->text.len)
			rest = (unsigned)strlen(d->value) + 1;
		f->text = d->value + rest;
		f->len = d->len + 1 - rest;
		f->def = d;
	}
	d->busy = true;
	if (!d->several || rest)
		expand(lx, d->value, depth + 1, last);
	if (!d->several)
		d->busy = false;
}

static unsigned random_number(struct lexer *lx, const char *args)
{
	char *end;
	unsigned min = text_number(args, &end, 10) & INT32_MAX, max = text_number(end, NULL, 10) & INT32_MAX;

	if (!*lex_skip_blanks(end))
		max = 32767;
	lx->seed ^= lx->seed << 13;
	lx->seed ^= lx->seed >> 17;
	lx->seed ^= lx->seed << 5;
	return max > min ? min + (lx->seed >> 1) % (max - min + 1) : min;
}

static void add_directory(struct lexer *lx)
{
	const struct frame *f = lex_file(lx);
	unsigned len = f->dir_len;
	char cwd[PATH_MAX];

	if (f->name[0] != '/' && getcwd(cwd, sizeof(cwd))) {
		lex_puts(&lx->text, cwd);
		lex_add(&lx->text, "/", len > 0);
	}
	lex_add(&lx->text, f->name, len - (len > 1));
}

/* True when name is one of ours; mark: where its replacement goes. args: what stands behind the name in ${NAME args}. */
static bool expand_builtin(struct lexer *lx, unsigned mark, const char *name, const char *args, unsigned depth)
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
		value = lx->options->id;
		break;
	case 2:
		text_format(number, sizeof(number), "%u", random_number(lx, args));
		value = number;
		break;
	case 3:
		value = getenv(args);
		if (!value)
			lex_tell(lx, 'w', "environment variable %.64s is not set, nothing stands in its place", args);
		break;
	default:
		value = i == 4 ? "#" : "!";
	}
	if (value)
		expand(lx, value, depth + 1, false);
	return true;
}

/* Told once for each name, and not within quotes: scripts have variables of their own. */
static void tell_unknown(struct lexer *lx, const char *name)
{
	struct definition *d = lx->quoted ? NULL : find(lx, name, true);

	if (!d)
		return;
	d->bad = true;
	lex_tell(lx, 'w', "unknown definition $%.64s is left as it is", name);
}

/* True when the definition, which last says to end the line, may be replaced; else it is told why not. */
static bool replaceable(struct lexer *lx, struct definition *d, bool bare, unsigned depth, bool last)
{
	if (bare) {
		lex_tell(lx, 'w', "$%.64s is left as it is: write ${%.64s} where neither blank nor end of line follows", d->name, d->name);
	} else if (d->several && !last) {
		lex_tell(lx, 'w', "$%.64s is left as it is: a definition of several lines must end the line", d->name);
	} else if (d->busy) {
		lex_elsewhere(lx, d->file, d->line);
		lex_tell(lx, 'e', "definition $%.64s refers to itself", d->name);
		d->bad = true;
	} else if (depth >= LEX_NEST_MAX) {
		lex_tell(lx, 'e', "$%.64s is left as it is: definitions nest deeper than %d", d->name, LEX_NEST_MAX);
	} else {
		return lex_charge(lx, d->len);
	}
	return false;
}

/*
 * The latest reference stands as written behind mark in lx->text. bare: $NAME followed by what may not follow it; last: nothing
 * follows in the line.
 */
static void replace(struct lexer *lx, unsigned mark, bool bare, unsigned depth, bool last)
{
	char *name = lx->text.p + mark + 1, *end = lx->text.p + lx->text.len, *name_end, *args, after, behind;
	struct definition *d;

	if (*name == '{') {
		name++;
		end--;
	}
	name_end = skip_name(name);
	args = lex_skip_blanks(name_end);
	while (end > args && lex_is_blank(end[-1]))
		end--;
	if (name == name_end || isdigit((unsigned char)*name))
		return;
	after = *name_end;
	behind = *end;
	*name_end = *end = 0;
	d = find(lx, name, false);
	if (d && !d->bad && args == end && replaceable(lx, d, bare, depth, last)) {
		lx->text.len = mark;
		expand_definition(lx, d, depth, last);
		return;
	}
	if (!d && !bare) {
		if (expand_builtin(lx, mark, name, args, depth))
			return;
		if (args == end)
			tell_unknown(lx, name);
	}
	*end = behind;
	*name_end = after;
}

/*
 * Adds the $NAME or ${NAME} at p, replaced or as it is, to lx->text; returns what stands behind. Names may hold references, as
 * ${VIP_${N}}; nothing is looked at twice, so that a wild text costs no more than a good one.
 */
static const char *reference(struct lexer *lx, const char *p, unsigned depth, bool last)
{
	struct buf *out = &lx->text;
	unsigned mark = out->len;
	bool brace = p[1] == '{', bare = false;
	const char *from = p;

	for (p += brace ? 2 : 1;;) {
		while (lex_is_name(*p) || (brace && lex_is_blank(*p)))
			p++;
		lex_add(out, from, (unsigned)(p - from));
		if (!brace || *p != '$' || depth >= LEX_NEST_MAX)
			break;
		p = from = reference(lx, p, depth + 1, false);
		if (lx->stop)
			return p;
	}
	if (brace) {
		if (*p != '}')
			return p;
		lex_add(out, p++, 1);
	} else {
		bare = *p && !lex_is_blank(*p) && *p != ',' && *p != ')';
	}
	if (!out->over)
		replace(lx, mark, bare, depth, last && !*p);
	return p;
}

bool lex_is_sequence(const char *p)
{
	return *p == '~' && (!strncmp(p + 1, "SEQ", 3) || !strncmp(p + 1, "LST", 3));
}

/* A sequence where a statement may begin. */
static bool begins_sequence(const char *start, const char *p)
{
	if (!lex_is_sequence(p))
		return false;
	while (p > start && lex_is_blank(p[-1]))
		p--;
	return p == start || p[-1] == '{' || p[-1] == '}';
}

/*
 * Adds the text with its references replaced to lx->text. last: it ends the line. What a sequence repeats stays as it is: its
 * references are replaced once its variable is set. A # that a definition brings in begins a comment: files switch lines off so.
 */
static void expand(struct lexer *lx, const char *p, unsigned depth, bool last)
{
	const char *start = p, *from = p;

	for (; *p && !lx->text.over; p++) {
		if (*p == '\\' && (p[1] == '"' || p[1] == '\\'))
			p++;
		else if (*p == '"')
			lx->quoted = !lx->quoted;
		else if (*p == '$') {
			lex_add(&lx->text, from, (unsigned)(p - from));
			from = reference(lx, p, depth, last);
			if (lx->stop) {
				lex_puts(&lx->text, lx->stop == STOP_KEEP ? from : "");
				return;
			}
			p = from - 1;
		} else if (lx->quoted)
			continue;
		else if (begins_sequence(start, p))
			lx->stop = STOP_KEEP;
		else if (depth && (*p == '#' || *p == '!'))
			lx->stop = STOP_CUT;
		if (lx->stop)
			break;
	}
	if (lx->stop != STOP_CUT)
		p += strlen(p);
	lex_add(&lx->text, from, (unsigned)(p - from));
}

static void expand_text(struct lexer *lx, const char *p, unsigned depth)
{
	lex_reset(&lx->text);
	lx->quoted = false;
	lx->stop = 0;
	expand(lx, p, depth, !depth);
}

void lex_expand_line(struct lexer *lx)
{
	lx->expanded = true;
	if (!strchr(lx->at, '$'))
		return;
	expand_text(lx, lx->at, 0);
	lex_check_length(lx, &lx->text, " when definitions are replaced");
	lx->at = lx->text.p;
}

/* A line that defines a variable; false when that is no name. */
static bool add_variable(struct buf *lines, const char *name, const char *value)
{
	unsigned at = lines->len;

	lex_puts(lines, "$");
	lex_puts(lines, name);
	lex_puts(lines, "=");
	lex_add(lines, value, (unsigned)strlen(value) + 1);
	lex_charge(lines->lx, lines->len - at);
	return lines->over || definition_value(lines->p + at);
}

/* ... and the text for it. False when this is too much. */
static bool add_body(struct buf *lines, const char *body)
{
	unsigned len = (unsigned)strlen(body) + 1;

	lex_add(lines, body, len);
	if (lex_charge(lines->lx, len))
		return true;
	lines->len = 0;
	return false;
}

static bool make_sequence(struct buf *lines, char *p, const char *body, bool hex)
{
	char number[24], *name = lex_skip_blanks(p), *end = name + strcspn(name, " \t,");
	unsigned n = 0;
	long v[3], first, step, last;
	long long value;

	p = lex_skip_blanks(end);
	do {
		if (n == 3 || *p != ',')
			return false;
		*end = 0;
		errno = 0;
		value = text_number(++p, &end, 0);
		last = v[n++] = (long)value;
		if (errno || end == p || last != value)
			return false;
		p = lex_skip_blanks(end);
	} while (*p);
	first = n > 1 ? v[0] : last < 0 ? -1 : 1;
	/* A lone end of 0 counts 1, 0. */
	step = n > 2 ? v[1] : first <= last ? 1 : -1;
	if (!step || (hex && (first | last) < 0))
		return false;
	do {
		if (step > 0 ? first > last : first < last)
			return lines->len;
		text_format(number, sizeof(number), hex ? "%lx" : "%ld", first);
		if (!add_variable(lines, name, number))
			return false;
	} while (add_body(lines, body) && !__builtin_add_overflow(first, step, &first));
	return true;
}

/* One word or {word, word}, each added with its NUL. Returns how many, 0: wrong. */
static unsigned parse_set(char **text, struct buf *out)
{
	char *p = lex_skip_blanks(*text), *from;
	bool brace = *p == '{';
	unsigned n = 0;

	lex_reset(out);
	do {
		from = p = lex_skip_blanks(p + brace);
		while (*p && !lex_is_blank(*p) && *p != ',' && *p != '}')
			p++;
		lex_add(out, from, (unsigned)(p - from));
		lex_add(out, "", 1);
		n++;
		p = lex_skip_blanks(p);
	} while (brace && *p == ',');
	if (brace && *p++ != '}')
		return 0;
	*text = lex_skip_blanks(p);
	return out->over ? 0 : n;
}

static bool make_list(struct buf *lines, char *p, const char *body)
{
	/* Neither is in use. */
	struct buf *names = &lines->lx->words, *values = &lines->lx->value;
	unsigned count = parse_set(&p, names), n, i;
	const char *name, *value;

	if (!count || *p != ',')
		return false;
	while (*p) {
		n = *p++ == ',' ? parse_set(&p, values) : 0;
		if (!n || n > count)
			return false;
		name = names->p;
		value = values->p;
		for (i = 0; i < count; i++) {
			if (!add_variable(lines, name, i < n ? value : ""))
				return false;
			name += strlen(name) + 1;
			value += i < n ? strlen(value) + 1 : 0;
		}
		if (!add_body(lines, body))
			break;
	}
	return true;
}

void lex_sequence(struct lexer *lx)
{
	bool list = lx->at[1] == 'L', hex = !list && lx->at[4] == 'x', good = false;
	char *p = lex_skip_blanks(lx->at + 4 + hex), *close = *p == '(' ? strchr(p, ')') : NULL, *end, *body;
	struct buf lines = { .lx = lx, .max = LINES_MAX };
	struct frame *f;

	lx->at = close ? lex_skip_blanks(close + 1) : p;
	end = lex_rest_end(lx);
	lex_push_rest(lx, end);
	if (close) {
		body = lex_copy(lx, lx->at, (unsigned)(end - lx->at));
		expand_text(lx, lex_copy(lx, p + 1, (unsigned)(close - p) - 1), 1);
		good = !lx->text.over && (list ? make_list(&lines, lx->text.p, body) : make_sequence(&lines, lx->text.p, body, hex));
	}
	if (!good && list)
		lex_tell(lx, 'e', "this is not as ~LST(NAME, VALUE, VALUE...) TEXT or ~LST({NAME, NAME}, {VALUE, VALUE}...) TEXT");
	else if (!good)
		lex_tell(lx, 'e', "this is not as ~SEQ(NAME, START, STEP, END) TEXT, with a step that leads from start to end");
	f = good && lines.len ? lex_push(lx, FRAME_LINES) : NULL;
	if (f) {
		f->text = lines.p;
		f->len = lines.len;
	}
	lx->at = lx->line.p + lx->line.len;
}
