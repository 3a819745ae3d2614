/* SPDX-License-Identifier: MIT */
/*
 * The files that a configuration consists of: reading them, include and its wildcards.
 */
#include "lex.h"
#include "sort.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INPUT_MAX = 16 << 20, /* bytes of all files together */
	SEEN_MAX = 65536,     /* directory entries looked at for one include */
	PATHS_MAX = 4096,
	PATTERNS_MAX = 1000,  /* of one with braces */
	BRACES_MAX = 16,      /* one within another */
	LEVELS_MAX = 8,       /* wildcards in a path */
};

struct glob {
	struct lexer *lx;
	const struct frame *file; /* that includes */
	struct buf paths;         /* pointers */
	unsigned seen, level, patterns;
	bool wild;    /* some pattern had a wildcard */
	bool missing; /* some pattern had no match */
	bool over;
	char path[PATH_MAX];
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
			one = *p == '?' || *p == *s;
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

static void found(struct glob *g)
{
	const char *path;

	if (g->paths.len == PATHS_MAX * sizeof(path))
		g->over = true;
	if (g->over)
		return;
	path = lex_copy(g->lx, g->path, strlen(g->path));
	lex_add(&g->paths, (const char *)&path, sizeof(path));
}

static void walk(struct glob *g, unsigned len, char *pattern);

/* g->path, of len bytes, is a folder to search for the pattern's first part. */
static void search(struct glob *g, unsigned len, const char *part, char *rest)
{
	DIR *dir = NULL;
	char after = *rest;
	bool match;
	const struct dirent *entry;
	unsigned n;

	g->wild = true;
	g->path[len] = 0;
	if (++g->level <= LEVELS_MAX)
		dir = opendir(len ? g->path : ".");
	while (dir && !g->over && (entry = readdir(dir))) {
		n = strlen(entry->d_name);
		g->over = ++g->seen > SEEN_MAX;
		*rest = 0;
		match = matches(part, entry->d_name);
		*rest = after;
		if (!match || (entry->d_name[0] == '.' && *part != '.') || len + n + 2 > sizeof(g->path))
			continue;
		memcpy(g->path + len, entry->d_name, n + 1);
		if (*rest)
			walk(g, len + n, rest);
		else
			found(g);
	}
	if (dir)
		closedir(dir);
	g->level--;
}

/* What is found of a pattern behind the first len bytes of g->path. */
static void walk(struct glob *g, unsigned len, char *p)
{
	const char *part = p;
	unsigned start = len;
	bool wild = false;
	struct stat st;

	if (len + strlen(p) >= sizeof(g->path))
		return;
	for (; *p; p++) {
		if (*p == '/') {
			if (wild)
				break;
			part = p + 1;
			start = len + 1;
		}
		wild |= *p == '*' || *p == '?' || *p == '[';
		if (*p == '\\' && p[1] && p[1] != '/')
			p++;
		g->path[len++] = *p;
	}
	g->path[len] = 0;
	if (wild)
		search(g, start, part, p);
	else if (!stat(g->path, &st))
		found(g);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void one_pattern(struct glob *g, char *pattern)
{
	unsigned len = *pattern == '/' ? 0 : g->file->dir_len;
	unsigned before = g->paths.len;

	if (len < sizeof(g->path))
		walk(g, (unsigned)((char *)mempcpy(g->path, g->file->name, len) - g->path), pattern);
	if (g->paths.len > before)
		sort(g->paths.p + before, (g->paths.len - before) / sizeof(char *), sizeof(char *), compare_paths);
	else
		g->missing = true;
}

/* {a,b}: the pattern once for each of them, as csh does. Each call takes one pair of braces away. */
static void all_patterns(struct glob *g, char *pattern, unsigned depth)
{
	unsigned head = strcspn(pattern, "{");
	const char *from = pattern + head, *end = from, *p;
	unsigned level = 0;
	char *one;

	g->over |= ++g->patterns > PATTERNS_MAX || depth > BRACES_MAX;
	if (g->over)
		return;
	for (; *end; end++) {
		level += *end == '{';
		if (*end == '}' && !--level)
			break;
	}
	if (!*end) {
		one_pattern(g, pattern);
		return;
	}
	one = lex_copy(g->lx, pattern, strlen(pattern));
	for (p = ++from; p <= end; p++) {
		if (p == end || (*p == ',' && !level)) {
			strcpy(mempcpy(one + head, from, (unsigned)(p - from)), end + 1);
			all_patterns(g, one, depth + 1);
			from = p + 1;
		}
		level += *p == '{';
		level -= *p == '}';
	}
}

static void skip_bom(struct frame *f)
{
	if (f->len >= 3 && !memcmp(f->text, "\357\273\277", 3))
		f->pos = 3;
}

struct frame *lex_push_text(struct lexer *lx, const char *path, char *text, unsigned len)
{
	struct frame *f = lex_push(lx, FRAME_FILE);
	const char *slash;

	if (!f)
		return NULL;
	f->line = 0;
	f->text = text;
	f->len = len;
	f->name = lx->options->keep(path);
	slash = strrchr(f->name, '/');
	f->dir_len = slash ? (unsigned)(slash - f->name) + 1 : 0;
	skip_bom(f);
	return f;
}

static int read_all(struct buf *b, int fd)
{
	ssize_t n;

	do {
		if (!lex_reserve(b, 2048))
			return -EFBIG;
		n = read(fd, b->p + b->len, b->cap - 1 - b->len);
		if (n < 0)
			return -errno;
		b->len += (unsigned)n;
		b->lx->input += (unsigned)n;
		if (b->lx->input > INPUT_MAX)
			return -EFBIG;
	} while (n);
	return 0;
}

int lex_read_file(struct lexer *lx, const char *path, int flags)
{
	struct buf b = { .lx = lx, .max = 2 * INPUT_MAX };
	int fd = open(path, O_RDONLY | O_CLOEXEC | flags), error;
	struct frame *f;
	struct stat st;

	if (fd < 0)
		return -errno;
	error = fstat(fd, &st) ? -errno : read_all(&b, fd);
	close(fd);
	if (error)
		return error;
	f = lex_push_text(lx, path, b.p, b.len);
	if (!f)
		return -ENOMEM;
	f->dev = st.st_dev;
	f->ino = st.st_ino;
	return 0;
}

/* How many files are open; 0: this is one of them. */
static unsigned nesting(const struct frame *f, const struct stat *st)
{
	unsigned files = 0;

	for (; f; f = f->up) {
		if (f->kind != FRAME_FILE)
			continue;
		if (f->dev == st->st_dev && f->ino == st->st_ino)
			return 0;
		files++;
	}
	return files;
}

/* Special files are not opened at all: to open one may do things. */
void lex_open_next(struct lexer *lx, struct frame *list)
{
	static const char why_packed[] =
		"only regular files that are not executable are included\0"
		"it includes itself\0"
		"includes nest deeper than 32\0"
		"the configuration is larger than 16 MB\0";
	enum { SPECIAL, ITSELF, TOO_DEEP, TOO_LARGE, NONE } why = NONE;
	char severity = list->type & LEX_READABLE ? 'e' : 'w';
	const char *path;
	unsigned files;
	struct stat st;
	int error = 0;

	_Static_assert(LEX_NEST_MAX == 32 && INPUT_MAX >> 20 == 16, "as it is told");
	memcpy(&path, list->text + list->pos, sizeof(path));
	list->pos += sizeof(path);
	lx->check = list->check;
	if (stat(path, &st))
		error = -errno;
	else if (!S_ISREG(st.st_mode) || st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH))
		why = SPECIAL;
	else if (!(files = nesting(list, &st)))
		why = ITSELF;
	else if (files >= LEX_NEST_MAX)
		why = TOO_DEEP;
	else if (lex_charge(lx, 4096))
		error = lex_read_file(lx, path, O_NONBLOCK);
	if (error == -EFBIG)
		why = TOO_LARGE;
	if (why != NONE)
		lex_tell(lx, why == SPECIAL ? severity : 'e', "%.200s is left out: %-s", path, text_nth(why_packed, why));
	else if (error)
		lex_tell(lx, severity, "can't read %.200s: %*m", path, error);
}

static void include_files(struct lexer *lx, char *pattern, unsigned type)
{
	static const char what_packed[] =
		"too many files, only some of them are read\0"
		"no file\0"
		"no file for some of the names in braces\0";
	enum { SOME, NO_FILE, NOT_ALL, ALL } what;
	struct glob *g;
	unsigned fault;
	struct frame *f;

	type |= lx->check;
	if (lx->worn)
		return;
	g = lex_new(lx, sizeof(*g));
	g->lx = g->paths.lx = lx;
	g->paths.max = PATHS_MAX * 2 * sizeof(char *);
	g->file = lex_file(lx);
	all_patterns(g, pattern, 0);
	lex_charge(lx, g->seen * 64);
	fault = g->wild ? LEX_WILDCARD : strchr(pattern, '{') ? LEX_BRACE : LEX_MATCH;
	what = g->over ? SOME : !g->paths.len ? NO_FILE : g->missing && type & LEX_BRACE ? NOT_ALL : ALL;
	if (what != ALL)
		lex_tell(lx, what == NO_FILE && !(type & fault) ? 'w' : 'e', "include %.200s finds %-s", pattern, text_nth(what_packed, what));
	f = lex_push(lx, FRAME_PATHS);
	if (f) {
		f->text = g->paths.p;
		f->len = g->paths.len;
		f->type = (uint8_t)type;
		f->check = lx->check;
	}
}

bool lex_include(struct lexer *lx)
{
	static const char letters[] = "rmwba";
	static const uint8_t types[] = { LEX_READABLE, LEX_READABLE | LEX_MATCH, LEX_READABLE | LEX_MATCH | LEX_WILDCARD,
		LEX_READABLE | LEX_BRACE, LEX_ALL_CHECKS };
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
	name = lex_skip_blanks(p);
	if (name == p || !*name)
		return false;
	quote = *name == '"' || *name == '\'' ? *name++ : 0;
	end = quote ? strchr(name, quote) : NULL;
	p = end ? end + 1 : name + strlen(name);
	if (!end) {
		/* A name may hold blanks and braces; those behind a blank close blocks. */
		for (end = p; end > name + 1 && (lex_is_blank(end[-1]) || (end[-1] == '}' && lex_is_blank(end[-2]))); end--)
			if (end[-1] == '}')
				p = end - 1;
	}
	lex_push_rest(lx, lex_skip_blanks(p));
	name = lex_copy(lx, name, (unsigned)(end - name));
	lx->at = p + strlen(p);
	include_files(lx, name, type);
	return true;
}
