/* SPDX-License-Identifier: MIT */
#include "conf_table.h"
#include "lexer.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* A file of rubbish gives a page of messages, not a flash full. */
#define MESSAGES_MAX 250
#define MESSAGE_TEXT 400

/* Chunks grow, so that a router's file costs a few KB and 10,000 servers few calls. */
#define CHUNK_FIRST 2048
#define CHUNK_LAST 65536

struct arena {
	struct arena *next;
	size_t used, size;
	_Alignas(8) uint8_t bytes[];
};

/* One file is read at a time: what all who read it share need not be handed around. */
static struct loader loader;

static void *allocate(struct arena **arena, size_t size)
{
	struct arena *c = *arena;
	size_t want = (size + 7) & ~(size_t)7, chunk = c ? c->size * 2 : CHUNK_FIRST;
	void *at;

	if (!c || c->size - c->used < want) {
		if (chunk > CHUNK_LAST)
			chunk = CHUNK_LAST;
		if (chunk < want)
			chunk = want;
		c = calloc(1, sizeof(*c) + chunk);
		if (!c)
			longjmp(loader.failed, 1);
		c->size = chunk;
		c->next = *arena;
		*arena = c;
	}
	at = c->bytes + c->used;
	c->used += want;
	return at;
}

static void free_arena(struct arena *c)
{
	struct arena *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
}

void *conf_alloc(size_t size)
{
	return allocate(&loader.kept, size);
}

void *conf_scratch(size_t size)
{
	return allocate(&loader.scratch, size);
}

const char *conf_text(const char *text)
{
	size_t len = strlen(text) + 1;

	return memcpy(conf_alloc(len), text, len);
}

void conf_link(struct conf_list *list, struct conf_node *node)
{
	node->next = NULL;
	if (list->last)
		list->last->next = node;
	else
		list->first = node;
	list->last = node;
	list->count++;
}

void conf_here(struct conf_node *node)
{
	node->file = loader.st.file;
	node->line = loader.st.line;
}

void conf_append(struct conf_list *list, void *item)
{
	conf_here(item);
	conf_link(list, item);
}

/* Messages */

__attribute__((format(printf, 2, 0))) static void tell(char severity, const char *format, va_list *args)
{
	struct loader *ld = &loader;
	char text[MESSAGE_TEXT];
	size_t n = 0;

	if (severity == 'e')
		ld->config->errors++;
	else
		ld->config->warnings++;
	if (++ld->told > MESSAGES_MAX)
		return;
	if (ld->st.argc)
		n = text_format(text, sizeof(text), "%.40s: ", ld->st.argv[0]);
	else if (ld->what)
		n = text_format(text, sizeof(text), ld->name ? "%-s %.64s: " : "%-s: ", ld->what, ld->name);
	text_vformat(text + n, sizeof(text) - n, format, args);
	if (ld->told == MESSAGES_MAX)
		text_format(text, sizeof(text), "more messages than a person reads: the rest is not shown");
	/* A file's words must not move the cursor of whoever reads the log. */
	for (char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	if (severity == 'e')
		conf_add_name(&ld->config->messages, text);
	if (ld->options->message)
		ld->options->message(ld->options->ctx, severity, ld->st.file, ld->st.line, text);
}

bool conf_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell('e', format, &args);
	va_end(args);
	return false;
}

bool conf_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell('w', format, &args);
	va_end(args);
	return false;
}

bool conf_not(int i, const char *want)
{
	struct loader *ld = &loader;

	if (i >= ld->st.argc)
		return conf_error("%-s is expected after it", want);
	return conf_error("'%.64s' is not %-s", ld->st.argv[i], want);
}

const char *conf_word(int i)
{
	struct loader *ld = &loader;

	if (i >= ld->st.argc) {
		conf_not(i, "a value");
		return NULL;
	}
	if (ld->used <= i)
		ld->used = i + 1;
	return ld->st.argv[i];
}

void conf_at(const struct conf_node *node, const char *what, const char *name)
{
	struct loader *ld = &loader;

	ld->st.argc = 0;
	ld->st.file = node->file;
	ld->st.line = node->line;
	ld->what = what;
	ld->name = name;
}

__attribute__((format(printf, 4, 0))) static void from_lexer(char severity, const char *file, unsigned line, const char *format, va_list *args)
{
	struct loader *ld = &loader;
	struct lex_statement st = ld->st;

	ld->st = (struct lex_statement){ .file = file, .line = line };
	tell(severity, format, args);
	ld->st = st;
}

/* Names known so far */

struct dict_entry {
	struct dict_entry *next;
	void *value;
	uint32_t len;
	char kind;
	char key[];
};

void *conf_dict(char kind, const void *key, size_t len, void *value)
{
	const uint8_t *p = key;
	uint32_t hash = 2166136261u ^ (uint8_t)kind;
	struct dict_entry **head, *e;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 16777619u;
	head = &loader.dict[(hash ^ hash >> 15) % CONF_DICT];
	for (e = *head; e; e = e->next)
		if (e->kind == kind && e->len == len && memcmp(e->key, key, len) == 0)
			return e->value;
	if (value) {
		e = conf_scratch(sizeof(*e) + len);
		e->len = (uint32_t)len;
		e->kind = kind;
		e->value = value;
		memcpy(e->key, key, len);
		e->next = *head;
		*head = e;
	}
	return value;
}

void *conf_by_name(char kind, const char *name)
{
	return conf_dict(kind, name, strlen(name), NULL);
}

/* Keywords */

static bool find_key(const struct block *b, const char *word, struct keyword *k)
{
	const char *name;
	unsigned off;

	for (const uint8_t *p = conf_keys(b); *word && conf_next(&p, k);) {
		if (k->type == T_TABLE) {
			off = k->off;
			if (conf_find(conf_block(k), word, k)) {
				k->off += off;
				return true;
			}
			continue;
		}
		name = k->name;
		do
			if (text_is(name, word))
				return true;
		while ((name = conf_next_name(name)));
	}
	return false;
}

/* Large files say the same few words in the same few blocks. */
bool conf_find(const struct block *b, const char *word, struct keyword *k)
{
	static struct known {
		const struct block *block;
		struct keyword key;
	} all[64];
	unsigned hash = (unsigned)(uintptr_t)b;
	struct known *known;

	for (const char *p = word; *p; p++)
		hash = hash * 33 + (unsigned char)*p;
	known = &all[hash % 64];
	if (known->block == b && text_is(known->key.name, word)) {
		*k = known->key;
		return true;
	}
	if (!find_key(b, word, k))
		return false;
	*known = (struct known){ b, *k };
	return true;
}

/* The next key without a name, for a word that is none. */
static bool next_value(const uint8_t **at, struct keyword *k)
{
	while (conf_next(at, k))
		if (text_is(k->name, ""))
			return true;
	return false;
}

int conf_options_line(struct loader *ld, const struct block *b, void *object, int first)
{
	int argc = ld->st.argc, i = first;
	char **argv = ld->st.argv;
	const uint8_t *values = conf_keys(b);
	struct keyword k;

	while (i < argc) {
		void *at = object;

		if (!conf_find(b, argv[i], &k)) {
			if (!next_value(&values, &k))
				break;
			i--;
		} else if (k.type == T_BLOCK) { /* words of a thing of its own, as after nexthop */
			at = conf_alloc(conf_block(&k)->size);
			conf_append((struct conf_list *)(void *)((char *)object + k.off), at);
			i = conf_options_line(ld, conf_block(&k), at, i + 1);
			continue;
		}
		ld->st.argv = argv + i;
		ld->st.argc = argc - i;
		conf_apply(ld, &k, at);
		i += ld->used;
		ld->st.argv = argv;
		ld->st.argc = argc;
	}
	return i;
}

static int folded(char c)
{
	return c == '-' ? '_' : tolower((unsigned char)c);
}

/* Insertions, deletions, changes and swaps of neighbours between two words; `limit` where they are as many or more. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
	for (; *a && folded(*a) == folded(*b); a++)
		b++;
	if (!*a && !*b)
		return 0;
	if (limit < 2)
		return limit;
	limit--;
	if (*a)
		limit = distance(a + 1, b, limit);
	if (*b)
		limit = distance(a, b + 1, limit);
	if (*a && *b) {
		limit = distance(a + 1, b + 1, limit);
		if (a[0] == b[1] && a[1] == b[0])
			limit = distance(a + 2, b + 2, limit);
	}
	return limit + 1;
}

struct nearest {
	const char *word; /* what was written */
	const char *name;
	const char *block; /* that it belongs to, NULL: here */
	unsigned distance;
};

/* In a block, and, with deep, in all blocks below. */
static void find_nearest(const struct block *b, const char *of, bool deep, struct nearest *best)
{
	unsigned d;
	struct keyword k;
	const char *name;
	char plain[48];

	for (const uint8_t *p = conf_keys(b); conf_next(&p, &k);) {
		if (k.type == T_TABLE) {
			find_nearest(conf_block(&k), of, deep, best);
			continue;
		}
		if (deep && k.type == T_BLOCK && conf_block(&k)->kind < B_LINES)
			find_nearest(conf_block(&k), k.name, true, best);
		name = k.name;
		do {
			text_format(plain, sizeof(plain), "%-s", name);
			d = distance(best->word, plain, best->distance);
			if (d < best->distance) {
				best->distance = d;
				best->name = name;
				best->block = of;
			}
		} while ((name = conf_next_name(name)));
	}
}

static void unknown_keyword(struct loader *ld, const struct frame *f)
{
	const char *word = ld->st.argv[0], *here = f->key.name;
	size_t len = strlen(word);
	struct nearest best = { .word = word, .distance = len < 2 ? 1 : len < 4 ? 2 : len < 8 ? 3 : 4 };

	if (ld->told >= MESSAGES_MAX) {
		ld->config->errors++;
		return;
	}
	find_nearest(f->block, NULL, false, &best);
	if (best.name && best.distance)
		best.distance = 1; /* elsewhere it is to be the word itself */
	find_nearest(conf_root(), ld->stack[0].key.name, true, &best);
	ld->st.argc = 0;
	if (strncmp(word, "\xc2\xa0", 2) == 0)
		conf_error("a no-break space (U+00A0) stands where only blanks and tabs separate words");
	else if (!best.name)
		conf_error("unknown keyword '%.64s' in %-s", word, here);
	else if (best.block && text_is(best.name, word))
		conf_error("keyword '%s' belongs in %-s, not in %-s", word, best.block, here);
	else if (!best.block)
		conf_error("unknown keyword '%.64s', did you mean '%-s'?", word, best.name);
	else
		conf_error("unknown keyword '%.64s', did you mean '%-s' (in %-s)?", word, best.name, best.block);
}

/* Blocks */

static struct frame *top(struct loader *ld)
{
	return &ld->stack[ld->depth];
}

static void close_block(struct loader *ld)
{
	const struct frame *f = &ld->stack[ld->depth--];

	if (!f->block)
		return;
	/* Messages about a whole block name its first line. */
	conf_at(&f->node, f->key.name, f->block->name_off ? *(const char *const *)(void *)((char *)f->object + f->block->name_off) : NULL);
	conf_close(f, top(ld)->object);
	ld->what = NULL;
}

/* What a keyword opens; no block: what is skipped. */
static struct frame *push(struct loader *ld, const struct block *b)
{
	struct frame *f = &ld->stack[++ld->depth];

	conf_here(&f->node);
	f->block = b;
	f->open = ld->st.opens;
	f->lines = f->braces = 0;
	return f;
}

static void skip(struct loader *ld)
{
	if (ld->st.opens)
		push(ld, NULL);
}

/* Not to become part of its caller, which would run out of registers. */
static __attribute__((noinline)) void open_block(struct loader *ld, const struct keyword *k, void *parent)
{
	struct frame *f;
	void *object;

	ld->used = 1;
	object = conf_open(ld, k, parent);
	if (!object) {
		skip(ld);
		return;
	}
	if (ld->used < ld->st.argc)
		conf_warn("'%.64s' before the block is ignored", ld->st.argv[ld->used]);
	if (!ld->st.opens)
		conf_error("'{' is expected after it");
	f = push(ld, conf_block(k));
	f->key = *k;
	f->object = object;
}

static void one_keyword(struct loader *ld, const struct keyword *k, void *object)
{
	if (k->type == T_BLOCK) {
		open_block(ld, k, object);
		return;
	}
	conf_apply(ld, k, object);
	if (ld->st.opens && k->type < T_IGNORED)
		conf_error("no block belongs here");
	else if (ld->used < ld->st.argc)
		/* A secret that lacks its quotes is one all the same. */
		conf_warn("'%.64s' after the value is ignored", k->flags & K_SECRET ? "..." : ld->st.argv[ld->used]);
	skip(ld);
}

/* A top-level block within another one: a brace was forgotten. Closing what is open saves both. */
static bool forgotten_brace(struct loader *ld, struct keyword *k)
{
	const struct frame *f = top(ld);
	struct lex_statement st = ld->st;

	if (!ld->depth || !ld->st.opens || !conf_find(conf_root(), ld->st.argv[0], k) || k->type != T_BLOCK)
		return false;
	conf_error("within %-s, which begins in line %u: is a '}' missing before it?", f->key.name, f->node.line);
	while (ld->depth)
		close_block(ld);
	ld->st = st;
	return true;
}

static void one_statement(struct loader *ld)
{
	struct frame *f = top(ld);
	struct keyword k;

	if (!f->block) {
		f->braces += ld->st.opens;
		return;
	}
	if (ld->st.argc == 0) {
		conf_error("'{' without a keyword is left out, and the '}' that belongs to it");
		f->braces++;
		return;
	}
	if ((f->block->kind < B_LINES && conf_find(f->block, ld->st.argv[0], &k)) || forgotten_brace(ld, &k)) {
		one_keyword(ld, &k, top(ld)->object);
		return;
	}
	if (f->block->kind >= B_LINES) {
		f->lines++;
		conf_line(ld, f, f[-1].object);
		if (ld->st.opens)
			conf_error("no block belongs here");
	} else {
		unknown_keyword(ld, f);
	}
	skip(ld);
}

static void one_close(struct loader *ld)
{
	struct frame *f = top(ld);

	if (f->braces)
		f->braces--;
	else if (ld->depth)
		close_block(ld);
	else
		conf_error("'}' without a block to close is left out");
}

static __attribute__((noinline)) void read_all(struct loader *ld)
{
	while (lexer_next(ld->lexer, &ld->st), ld->st.kind != LEX_END)
		if (ld->st.kind == LEX_CLOSE)
			one_close(ld);
		else
			one_statement(ld);
	for (; ld->depth; close_block(ld)) {
		conf_at(&top(ld)->node, NULL, NULL);
		if (top(ld)->open)
			conf_error("the block opened here is not closed");
	}
}

/* No part of what calls setjmp(), which keeps nothing in registers. */
static __attribute__((noinline)) void load(struct loader *ld, const char *path)
{
	struct lexer_options lex = { .id = ld->options->id, .message = from_lexer, .alloc = conf_scratch, .keep = conf_text };

	ld->config = conf_alloc(sizeof(*ld->config));
	ld->dict = conf_scratch(CONF_DICT * sizeof(*ld->dict));
	conf_defaults(ld->config);
	ld->lexer = lexer_open(path, &lex);
	if (!ld->lexer)
		longjmp(ld->failed, 1);
	ld->stack[0].block = conf_root();
	ld->stack[0].key.name = "the file itself";
	ld->stack[0].object = ld->config;
	read_all(ld);
	conf_check(ld);
	ld->config->arena = ld->kept;
}

struct config *conf_load(const char *path, const struct conf_options *options)
{
	int error;

	memset(&loader, 0, sizeof(loader));
	loader.options = options;
	if (setjmp(loader.failed)) {
		free_arena(loader.kept);
		loader.config = NULL;
	} else {
		load(&loader, path);
	}
	error = errno;
	free_arena(loader.scratch);
	errno = error;
	return loader.config;
}

void conf_free(struct config *config)
{
	if (config)
		free_arena(config->arena);
}

bool conf_has_new_errors(const struct config *running, const struct config *fresh)
{
	CONF_EACH(struct conf_name, m, &fresh->messages) {
		bool known = false;

		CONF_EACH(struct conf_name, old, &running->messages)
			known = known || strcmp(old->name, m->name) == 0;
		if (!known)
			return true;
	}
	return false;
}
