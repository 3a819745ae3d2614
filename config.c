/* SPDX-License-Identifier: MIT */
#include "conf_table.h"
#include "lexer.h"
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
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

static void *allocate(struct loader *ld, struct arena **arena, size_t size)
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
			longjmp(ld->no_memory, 1);
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

void *conf_alloc(struct loader *ld, size_t size)
{
	return allocate(ld, &ld->kept, size);
}

void *conf_scratch(void *ld, size_t size)
{
	return allocate(ld, &((struct loader *)ld)->scratch, size);
}

const char *conf_text(struct loader *ld, const char *text)
{
	size_t len = strlen(text) + 1;

	return memcpy(conf_alloc(ld, len), text, len);
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

void conf_append(struct loader *ld, struct conf_list *list, void *item)
{
	struct conf_node *node = item;

	node->file = ld->file;
	node->line = ld->line;
	conf_link(list, node);
}

/* Messages */

static void keep_error(struct loader *ld, const char *text)
{
	struct conf_message *m = conf_alloc(ld, sizeof(*m));

	m->severity = 'e';
	m->text = conf_text(ld, text);
	conf_append(ld, &ld->config->messages, m);
}

__attribute__((format(printf, 3, 0))) static void tell(struct loader *ld, char severity, const char *format, va_list args)
{
	char text[MESSAGE_TEXT];
	size_t n = 0;

	if (severity == 'e')
		ld->config->errors++;
	else
		ld->config->warnings++;
	if (++ld->told > MESSAGES_MAX)
		return;
	if (ld->argc)
		n = text_format(text, sizeof(text), "%.40s: ", ld->argv[0]);
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
		keep_error(ld, text);
	if (ld->options->message)
		ld->options->message(ld->options->ctx, severity, ld->file, ld->line, text);
}

bool conf_error(struct loader *ld, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(ld, 'e', format, args);
	va_end(args);
	return false;
}

bool conf_warn(struct loader *ld, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(ld, 'w', format, args);
	va_end(args);
	return false;
}

void conf_at(struct loader *ld, const struct conf_node *node, const char *what, const char *name)
{
	ld->argc = 0;
	ld->file = node->file;
	ld->line = node->line;
	ld->what = what;
	ld->name = name;
}

static void from_lexer(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	struct loader *ld = ctx;

	ld->argc = 0;
	ld->what = NULL;
	ld->file = file;
	ld->line = line;
	(severity == 'e' ? conf_error : conf_warn)(ld, "%s", text);
}

/* Names known so far */

struct dict_entry {
	struct dict_entry *next;
	void *value;
	uint32_t hash;
	uint32_t len;
	char kind;
	char key[];
};

void *conf_dict(struct loader *ld, char kind, const void *key, size_t len, void *value)
{
	const uint8_t *p = key;
	uint32_t hash = 2166136261u ^ (uint8_t)kind;
	struct dict_entry **head, *e;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 16777619u;
	head = &ld->dict[(hash ^ hash >> 15) % CONF_DICT];
	for (e = *head; e; e = e->next)
		if (e->hash == hash && e->kind == kind && e->len == len && memcmp(e->key, key, len) == 0)
			return e->value;
	if (value) {
		e = conf_scratch(ld, sizeof(*e) + len);
		e->hash = hash;
		e->len = (uint32_t)len;
		e->kind = kind;
		e->value = value;
		memcpy(e->key, key, len);
		e->next = *head;
		*head = e;
	}
	return value;
}

void *conf_by_name(struct loader *ld, char kind, const char *name)
{
	return conf_dict(ld, kind, name, strlen(name), NULL);
}

/* Values */

static void put_seconds(struct out *o, uint32_t ms)
{
	out_print(o, ms % 1000 ? "%u.%03u" : "%u", (unsigned)(ms / 1000), (unsigned)(ms % 1000));
}

static void put_range(struct out *o, const struct keyword *k, const char *between)
{
	const struct conf_limits *range = conf_limits(k->range);

	if (k->type == T_SECS || k->type == T_SECS32) {
		put_seconds(o, (uint32_t)range->min);
		out_put(o, between);
		put_seconds(o, range->max);
		out_put(o, " seconds");
	} else {
		out_print(o, "%d%s%u%s", (int)range->min, between, (unsigned)range->max, k->type == T_WHOLE ? " seconds" : "");
	}
}


static bool put_keys(struct out *o, const struct block *b)
{
	struct keyword k;

	for (const uint8_t *p = conf_keys(b); conf_next(&p, &k);)
		if (!text_is(k.name, ""))
			out_print(o, o->len ? " %-s" : "one of %-s", k.name);
	return o->len;
}

static void put_expected(struct out *o, const struct keyword *k)
{
	const char *name;

	switch (k->type) {
	case T_ENUM:
		out_print(o, "one of %s", conf_arg_text(k));
		break;
	case T_NAME:
		for (name = conf_names(k->range) + 1; *name; name += strlen(name) + 2)
			out_print(o, o->len ? " %s" : "one of %s", name);
		break;
	case T_BOOL:
		out_print(o, "on, off, true, false, yes or no");
		break;
	case T_ADDR:
		out_print(o, "an IPv4 or IPv6 address");
		break;
	case T_PREFIX:
		out_print(o, "a network as in 10.0.0.0/8, or default");
		break;
	case T_IFACE:
		out_print(o, "a name of at most 15 characters");
		break;
	case T_SPAN:
		out_print(o, "a number, or two as in 10-20, from ");
		put_range(o, k, " to ");
		break;
	default:
		if (k->type >= T_U8 && k->type <= T_SECS32) {
			if (k->type <= T_WEIGHT)
				out_print(o, "a number from ");
			put_range(o, k, " to ");
		} else if (k->type != T_OPTIONS || !put_keys(o, conf_block(k))) {
			out_print(o, "a value");
		}
	}
}

/* Ends what a sink of so many bytes has gathered. */
static void end_text(struct out *o)
{
	o->buf[o->len < o->size ? o->len : o->size] = '\0';
}

bool conf_not(struct loader *ld, int i, const char *want)
{
	if (i >= ld->argc)
		return conf_error(ld, "%-s is expected after it", want);
	return conf_error(ld, "'%.64s' is not %-s", ld->argv[i], want);
}

bool conf_bad(struct loader *ld, const struct keyword *k, int i)
{
	char want[300];
	struct out o = { .buf = want, .size = sizeof(want) - 1 };

	put_expected(&o, k);
	end_text(&o);
	return conf_not(ld, i, want);
}

const char *conf_word(struct loader *ld, int i)
{
	if (i >= ld->argc) {
		conf_not(ld, i, "a value");
		return NULL;
	}
	if (ld->used <= i)
		ld->used = i + 1;
	return ld->argv[i];
}

/* Saturates. */
static bool parse_number(const char *text, unsigned base, long long *out, const char **end)
{
	char *stop;

	*out = text_number(text, &stop, base);
	*end = stop;
	return stop != text && (unsigned char)*text > ' ';
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* Says that something is wrong with a number, and which one counts instead. */
static void bad_number(struct loader *ld, const char *word, const char *range, long long used)
{
	if (range)
		conf_error(ld, "'%.64s' is out of range %s, %lld is used", word, range, used);
	else
		conf_error(ld, "'%.64s' has something after the number, %lld is used", word, used);
}

bool conf_number(struct loader *ld, int i, unsigned base, enum conf_range range, uint32_t *out)
{
	const struct keyword number = { .type = T_U32, .range = (uint8_t)range };
	const struct conf_limits *limits = conf_limits(range);
	const char *word = conf_word(ld, i), *end;
	long long value;

	if (!word)
		return false;
	if (!parse_number(skip_blanks(word), base, &value, &end) || value < limits->min || value > (long long)limits->max)
		return conf_bad(ld, &number, i);
	if (*skip_blanks(end))
		bad_number(ld, word, NULL, value);
	*out = (uint32_t)value;
	return true;
}

bool conf_seconds(const char *text, uint64_t *us, const char **end)
{
	const char *p = skip_blanks(text);
	bool digits = isdigit((unsigned char)*p);
	long long whole = 0;
	uint32_t rest = 0, unit = 1000000;

	if (digits)
		parse_number(p, 10, &whole, &p);
	if (whole > 2ll * UINT32_MAX)
		whole = 2ll * UINT32_MAX; /* more than any range allows */
	if (*p == '.')
		for (p++; isdigit((unsigned char)*p); p++) {
			digits = true;
			if (unit == 1 && *p >= '5')
				rest++;
			unit /= 10;
			rest += unit * (uint32_t)(*p - '0');
		}
	*us = (uint64_t)whole * 1000000 + rest;
	*end = skip_blanks(p);
	return digits;
}

static void store(const struct keyword *k, char *at, long long value)
{
	switch (k->type) {
	case T_U8:
	case T_NAME:
		*(uint8_t *)at = (uint8_t)value;
		break;
	case T_U16:
		*(uint16_t *)(void *)at = (uint16_t)value;
		break;
	case T_WHOLE:
	case T_SECS:
		*(uint64_t *)(void *)at = (uint64_t)value * (k->type == T_WHOLE ? 1000000 : 1);
		break;
	default:
		*(uint32_t *)(void *)at = (uint32_t)value;
	}
	if (k->arg && !(k->flags & (K_OPT | K_RESET)))
		at[k->arg] = 1;
}

/* word: the value, "" where there is none. A setter that returns false without an error has met what conf_bad() then tells. */
static bool set_number(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	const struct conf_limits *limits = conf_limits(k->range);
	uint32_t preset = conf_limits(k->flags & (K_OPT | K_RESET) ? (unsigned)k->arg : 0)->max;
	long long value = preset;
	const char *end;
	char range[48];
	struct out o = { .buf = range, .size = sizeof(range) - 1 };

	if (ld->argc < 2 && k->flags & K_OPT)
		goto done;
	if (!parse_number(skip_blanks(word), k->flags & K_BASE ? 0 : 10, &value, &end)) {
		if (k->flags & K_RESET)
			store(k, at, preset);
		return false;
	}
	if (*skip_blanks(end)) {
		if (k->flags & K_RESET)
			value = preset;
		bad_number(ld, word, NULL, value);
	}
	if (value < limits->min || value > (long long)limits->max) {
		put_range(&o, k, "-");
		end_text(&o);
		if (!(k->flags & (K_CLAMP | K_RESET)))
			return conf_error(ld, "'%.64s' is out of range %s, ignored", word, range);
		value = k->flags & K_RESET ? preset : value < limits->min ? limits->min : (long long)limits->max;
		bad_number(ld, word, range, value);
	}
done:
	store(k, at, value);
	return true;
}

static bool set_seconds(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	const struct conf_limits *limits = conf_limits(k->range);
	const char *end;
	uint64_t us;

	if (!conf_seconds(word, &us, &end) || us < (uint64_t)limits->min * 1000 || us > (uint64_t)limits->max * 1000)
		return false;
	if (*end)
		conf_error(ld, "'%.64s' has something after the seconds", word);
	store(k, at, (long long)us);
	return true;
}

/* The place of a word in a list; the one that stands for no word, where there is one. */
static bool set_word(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	int i = k->flags & K_OPT || k->type == T_BOOL ? 0 : -1;

	if (ld->argc > 1)
		i = text_index(k->type == T_BOOL ? "on off true false yes no" : conf_arg_text(k), word);
	*at = (char)(i < 0 ? *at : k->type == T_BOOL ? ~i & 1 : k->range + i);
	return i >= 0;
}

static bool set_name(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	int number = conf_number_of(k->range, word);
	uint32_t value = (uint32_t)number;

	if (number < 0 && (k->range >= NAMES_ONLY || !isdigit((unsigned char)*word) || !conf_number(ld, 1, 0, R_0_255, &value)))
		return false;
	store(k, at, value);
	return true;
}

static bool set_prefix(const struct keyword *k, char *at, const char *word)
{
	struct addr *addr = (struct addr *)(void *)at;
	bool has;

	if (text_index("default any all", word) < 0)
		return addr_parse_prefix(word, addr, (uint8_t *)at + k->arg, &has) == 0;
	*addr = (struct addr) { 0 };
	return true;
}

static bool set_span(const struct keyword *k, char *at, const char *word)
{
	const struct conf_limits *limits = conf_limits(k->range);
	long long first, last;
	const char *end;

	if (!parse_number(word, 10, &first, &end))
		return false;
	last = first;
	if (*end == '-' && !parse_number(end + 1, 10, &last, &end))
		return false;
	if (*end || first < limits->min || last > (long long)limits->max || first > last)
		return false;
	if (limits->max <= UINT16_MAX) {
		((uint16_t *)(void *)at)[0] = (uint16_t)first;
		((uint16_t *)(void *)at)[1] = (uint16_t)last;
	} else {
		((uint32_t *)(void *)at)[0] = (uint32_t)first;
		((uint32_t *)(void *)at)[1] = (uint32_t)last;
	}
	at[k->arg] = 1;
	return true;
}

static bool set_weight(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	struct keyword number = { .name = k->name, .type = T_INT, .range = k->range, .flags = K_CLAMP };
	char *reverse = at + k->arg;
	int i;

	if (!set_number(ld, &number, at, word))
		return false;
	if (k->flags & K_HAS)
		reverse[-1] = 1;
	i = ld->argc > 2 ? text_index("noreverse reverse", ld->argv[2]) : -1;
	if (i >= 0) {
		*reverse = (char)i;
		ld->used = 3;
	}
	return true;
}

static bool set_text(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	const char **text = (const char **)(void *)at;

	if (k->type == T_OPTTEXT && ld->argc < 2) {
		*text = conf_arg_text(k);
		return true;
	}
	if (!*word || (k->type == T_IFACE && strlen(word) > 15))
		return false;
	*text = conf_text(ld, word);
	return true;
}

/* Words split once, here; the text as written stays for dumps. */
bool conf_command(struct loader *ld, struct conf_script *s, const char *text)
{
	int max = (int)strlen(text) / 2 + 2;
	char **words = conf_scratch(ld, (size_t)max * sizeof(*words)), **argv;
	struct command_conf *command;
	int n = lexer_split_command(text, conf_alloc(ld, strlen(text) + 1), words, max);

	if (n <= 0)
		return conf_not(ld, 1, "a command: a path and words, quotes in pairs");
	argv = conf_alloc(ld, ((size_t)n + 1) * sizeof(*argv));
	memcpy(argv, words, (size_t)n * sizeof(*argv));
	s->text = conf_text(ld, text);
	s->argv = argv;
	command = conf_alloc(ld, sizeof(*command));
	command->script = s;
	conf_append(ld, &ld->config->commands, command);
	return true;
}

static void requote(struct loader *ld)
{
	if (!ld->st)
		return;
	lexer_requote(ld->lexer, ld->st);
	ld->argc = ld->st->argc;
	ld->argv = ld->st->argv;
}

static bool set_command(struct loader *ld, struct conf_script *s)
{
	requote(ld);
	return ld->argc > 1 ? conf_command(ld, s, ld->argv[1]) : conf_word(ld, 1) != NULL;
}

static bool set_script(struct loader *ld, const struct conf_script **at)
{
	struct conf_script *s = conf_alloc(ld, sizeof(*s));

	if (!set_command(ld, s))
		return false;
	ld->used = ld->argc < 4 ? ld->argc : 4;
	if (*at)
		return conf_error(ld, "already given, this one is ignored");
	s->user = ld->argc > 2 ? conf_text(ld, ld->argv[2]) : NULL;
	s->group = ld->argc > 3 ? conf_text(ld, ld->argv[3]) : NULL;
	*at = s;
	return true;
}

bool conf_addr(struct loader *ld, const char *word, struct addr *out)
{
	uint8_t prefix;
	bool has;

	if (addr_parse(word, out) == 0)
		return true;
	if (addr_parse_prefix(word, out, &prefix, &has))
		return false;
	conf_warn(ld, "the prefix of '%.64s' is ignored", word);
	return true;
}

static bool set_addr(struct loader *ld, const struct keyword *k, char *at, const char *word, void *object)
{
	struct addr addr;

	if (!conf_addr(ld, word, &addr))
		return false;
	if (k->flags & K_UNICAST)
		((struct instance_load *)object)->unicast_word = true;
	if (k->flags & K_FAMILY && !conf_same_family(ld, object, addr.family, word))
		return false;
	*(struct addr *)(void *)at = addr;
	return true;
}

/* Consumes as many words as there are options. */
static bool set_options(struct loader *ld, const struct keyword *k, char *at)
{
	int argc = ld->argc, used;
	char was = *at;

	/* What stands within a line takes no more words than it must. */
	if (k->range && !(k->flags & K_PTR) && ld->argc > k->range + 1)
		ld->argc = k->range + 1;
	if (k->flags & K_HAS)
		*at = 1;
	used = conf_options_line(ld, conf_block(k), at, 1);
	if (used == 1 && (ld->argc > 1 || !(k->flags & K_HAS))) {
		*at = was;
		conf_bad(ld, k, 1);
		used = ld->argc > 1 ? 2 : 1;
	}
	ld->used = used;
	ld->argc = argc;
	return true;
}

/* What the keyword alone says. */
static bool apply_plain(const struct keyword *k, char *at)
{
	if (k->type > T_BIT)
		return false;
	if (k->type == T_BIT)
		*(uint32_t *)(void *)at |= 1u << k->range;
	else
		*(uint8_t *)at = k->type == T_SET ? k->range : k->type == T_FLAG;
	return true;
}

static bool apply_value(struct loader *ld, const struct keyword *k, char *at, void *object)
{
	const char *word = ld->argc > 1 ? ld->argv[1] : "";

	switch (k->type) {
	case T_BOOL:
	case T_ENUM:
		return set_word(ld, k, at, word);
	case T_SECS:
	case T_SECS32:
		return set_seconds(ld, k, at, word);
	case T_TEXT:
	case T_OPTTEXT:
	case T_IFACE:
		return set_text(ld, k, at, word);
	case T_ADDR:
		return set_addr(ld, k, at, word, object);
	case T_PREFIX:
		return set_prefix(k, at, word);
	case T_NAME:
		return set_name(ld, k, at, word);
	case T_SPAN:
		return set_span(k, at, word);
	case T_WEIGHT:
		return set_weight(ld, k, at, word);
	case T_SCRIPT:
		return set_script(ld, (const struct conf_script **)(void *)at);
	case T_COMMAND:
		return set_command(ld, (struct conf_script *)(void *)at);
	case T_OPTIONS:
		return set_options(ld, k, at);
	default:
		return set_number(ld, k, at, word);
	}
}

char *conf_place(const struct keyword *k, const void *object)
{
	union {
		const char *given;
		char *place;
	} at = { (const char *)object + k->off };

	if (!(k->flags & K_PTR))
		return at.place;
	at.place = *(char **)(void *)at.place;
	return at.place ? at.place + k->range : NULL;
}

/* What is behind a pointer stands in a line of its own, or comes into being with the words that name it. */
static char *make_place(struct loader *ld, const struct keyword *k, void *object)
{
	const struct block *b = k->type == T_OPTIONS ? conf_block(k) : NULL;

	if (!b || !b->size) {
		conf_error(ld, "what it belongs to must stand above");
		return NULL;
	}
	return *(void **)(void *)((char *)object + k->off) = conf_alloc(ld, b->size);
}

bool conf_apply(struct loader *ld, const struct keyword *k, void *object)
{
	char *at = conf_place(k, object);
	unsigned errors = ld->config->errors;
	bool good = k->type <= T_IGNORED;

	ld->used = 1;
	if (!at)
		at = make_place(ld, k, object);
	if (!at)
		return false;
	if (apply_plain(k, at))
		return true;
	if (k->type == T_CUSTOM)
		return conf_set_custom(ld, k, object);
	ld->used = ld->argc;
	if (k->type >= T_IGNORED) {
		(k->type > T_IGNORED ? conf_error : conf_warn)(ld, good ? "ignored: %-s" : "not supported: %-s", conf_arg_text(k));
		return good;
	}
	if (ld->used > 2)
		ld->used = 2;
	good = apply_value(ld, k, at, object);
	if (!good && ld->config->errors == errors)
		conf_bad(ld, k, 1);
	return good;
}

/* Keywords */

bool conf_find(const struct block *b, const char *word, struct keyword *k, void **object)
{
	void *outer = *object;
	const char *name;

	for (const uint8_t *p = conf_keys(b); *word && conf_next(&p, k);) {
		if (k->type == T_TABLE) {
			*object = (char *)outer + k->off;
			if (conf_find(conf_block(k), word, k, object))
				return true;
			*object = outer;
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
	int argc = ld->argc, i = first;
	char **argv = ld->argv;
	const uint8_t *values = conf_keys(b);
	struct keyword k;

	while (i < argc) {
		void *at = object;

		if (!conf_find(b, argv[i], &k, &at)) {
			if (!next_value(&values, &k))
				break;
			i--;
		} else if (k.type == T_BLOCK) { /* words of a thing of its own, as after nexthop */
			at = conf_alloc(ld, conf_block(&k)->size);
			conf_append(ld, (struct conf_list *)(void *)((char *)object + k.off), at);
			i = conf_options_line(ld, conf_block(&k), at, i + 1);
			continue;
		}
		ld->argv = argv + i;
		ld->argc = argc - i;
		conf_apply(ld, &k, at);
		i += ld->used;
		ld->argv = argv;
		ld->argc = argc;
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
	const char *block; /* that it belongs to */
	unsigned distance;
};

/* In one block, or, with deep, in it and all blocks below. */
static void find_nearest(const struct block *b, const char *of, bool deep, struct nearest *best)
{
	struct keyword k;
	const char *name;
	char plain[48];
	unsigned d;

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
	const char *word = ld->argv[0], *here = f->key.name;
	size_t len = strlen(word);
	int argc = ld->argc;
	struct nearest near = { .word = word, .distance = len < 2 ? 1 : len < 4 ? 2 : len < 8 ? 3 : 4 }, all = near;

	if (ld->told >= MESSAGES_MAX) {
		ld->config->errors++;
		return;
	}
	find_nearest(f->block, here, false, &near);
	find_nearest(conf_root(), ld->stack[0].key.name, true, &all);
	ld->argc = 0;
	ld->what = NULL;
	if (strncmp(word, "\xc2\xa0", 2) == 0)
		conf_error(ld, "a no-break space (U+00A0) stands where only blanks and tabs separate words");
	else if (all.name && text_is(all.name, word))
		conf_error(ld, "keyword '%s' belongs in %-s, not in %-s", word, all.block, here);
	else if (near.name)
		conf_error(ld, "unknown keyword '%.64s', did you mean '%-s'?", word, near.name);
	else if (all.name)
		conf_error(ld, "unknown keyword '%.64s', did you mean '%-s' (in %-s)?", word, all.name, all.block);
	else
		conf_error(ld, "unknown keyword '%.64s' in %-s", word, here);
	ld->argc = argc;
}

/* Blocks */

static struct frame *top(struct loader *ld)
{
	return &ld->stack[ld->depth];
}

static void close_block(struct loader *ld)
{
	const char *file = ld->file;
	unsigned line = ld->line;
	struct frame *f = top(ld);
	char **argv = ld->argv;
	int argc = ld->argc;

	ld->depth--;
	/* Messages about a whole block name its first line. */
	ld->file = f->file;
	ld->line = f->line;
	ld->argc = 0;
	ld->what = f->key.name;
	ld->name = f->block->name_off ? *(const char *const *)(void *)((char *)f->object + f->block->name_off) : NULL;
	conf_close(ld, f, top(ld)->object);
	ld->file = file;
	ld->line = line;
	ld->argv = argv;
	ld->argc = argc;
}

static void open_block(struct loader *ld, const struct keyword *k, void *parent)
{
	bool deep = ld->depth + 1 == CONF_DEPTH;
	void *object;

	ld->used = 1;
	if (deep)
		conf_error(ld, "blocks too deep");
	object = deep ? NULL : conf_open(ld, k, parent);
	if (!object) {
		ld->skip = ld->opens;
		return;
	}
	if (ld->used < ld->argc)
		conf_warn(ld, "'%.64s' before the block is ignored", ld->argv[ld->used]);
	if (!ld->opens)
		conf_error(ld, "'{' is expected after it");
	ld->stack[++ld->depth] = (struct frame) { .block = conf_block(k), .key = *k, .object = object, .file = ld->file, .line = ld->line };
}

static void one_keyword(struct loader *ld, const struct keyword *k, void *object)
{
	if (k->type == T_BLOCK) {
		open_block(ld, k, object);
		return;
	}
	conf_apply(ld, k, object);
	if (ld->opens && k->type < T_IGNORED)
		conf_error(ld, "no block belongs here");
	else if (ld->used < ld->argc)
		/* A secret that lacks its quotes is one all the same. */
		conf_warn(ld, "'%.64s' after the value is ignored", k->flags & K_SECRET ? "..." : ld->argv[ld->used]);
	if (ld->opens)
		ld->skip = 1;
}

/* A top-level block within another one: a brace was forgotten. Closing what is open saves both. */
static void forgotten_brace(struct loader *ld)
{
	const struct frame *f = top(ld);
	struct keyword k;
	void *object = ld->config;

	if (!ld->depth || !ld->opens || !conf_find(conf_root(), ld->argv[0], &k, &object) || k.type != T_BLOCK)
		return;
	if (f->block->kind < B_LINES && conf_find(f->block, ld->argv[0], &k, &object))
		return;
	conf_error(ld, "within %-s, which begins in line %u: is a '}' missing before it?", f->key.name, f->line);
	while (ld->depth)
		close_block(ld);
}

static void one_statement(struct loader *ld)
{
	struct frame *f;
	struct keyword k;
	void *object;

	if (ld->skip) {
		ld->skip += ld->opens;
		return;
	}
	if (ld->argc == 0) {
		ld->what = NULL;
		if (ld->opens)
			conf_error(ld, "'{' without a keyword");
		ld->skip = ld->opens;
		return;
	}
	forgotten_brace(ld);
	f = top(ld);
	if (f->block->kind >= B_LINES) {
		f->lines++;
		conf_line(ld, f, ld->stack[ld->depth - 1].object);
		if (ld->opens) {
			conf_error(ld, "no block belongs here");
			ld->skip = 1;
		}
		return;
	}
	object = f->object;
	if (conf_find(f->block, ld->argv[0], &k, &object)) {
		one_keyword(ld, &k, object);
		return;
	}
	unknown_keyword(ld, f);
	ld->skip = ld->opens;
}

/* The lexer's braces balance, but for blocks that lack theirs and those that forgotten_brace() closed. */
static void read_all(struct loader *ld)
{
	struct lex_statement st;

	for (;;) {
		lexer_next(ld->lexer, &st);
		ld->file = st.file;
		ld->line = st.line;
		if (st.kind == LEX_END)
			break;
		if (st.kind == LEX_CLOSE) {
			if (ld->skip)
				ld->skip--;
			else if (ld->depth)
				close_block(ld);
			continue;
		}
		ld->st = &st;
		ld->argc = st.argc;
		ld->argv = st.argv;
		ld->opens = st.opens;
		one_statement(ld);
		ld->st = NULL;
	}
	while (ld->depth)
		close_block(ld);
}

static const char *keep(void *ld, const char *name)
{
	return conf_text(ld, name);
}

static bool run(struct loader *ld, const char *path)
{
	struct lexer_options lex = { .id = ld->options->id, .message = from_lexer, .alloc = conf_scratch, .keep = keep, .ctx = ld };

	if (setjmp(ld->no_memory)) {
		errno = ENOMEM;
		return false;
	}
	ld->config = conf_alloc(ld, sizeof(*ld->config));
	conf_defaults(ld->config);
	ld->lexer = lexer_open(path, &lex);
	if (!ld->lexer)
		return false;
	ld->stack[0] = (struct frame) { .block = conf_root(), .key.name = "the file itself", .object = ld->config };
	read_all(ld);
	ld->argc = 0;
	conf_check(ld);
	ld->config->arena = ld->kept;
	return true;
}

struct config *conf_load(const char *path, const struct conf_options *options)
{
	struct loader *ld = calloc(1, sizeof(*ld));
	struct config *config = NULL;
	int error;

	if (!ld)
		return NULL;
	ld->options = options;
	if (run(ld, path))
		config = ld->config;
	error = errno;
	if (!config)
		free_arena(ld->kept);
	free_arena(ld->scratch);
	free(ld);
	errno = error;
	return config;
}

void conf_free(struct config *config)
{
	if (config)
		free_arena(config->arena);
}

bool conf_has_new_errors(const struct config *running, const struct config *fresh)
{
	CONF_EACH(struct conf_message, m, &fresh->messages) {
		bool known = false;

		CONF_EACH(struct conf_message, old, &running->messages)
			known = known || strcmp(old->text, m->text) == 0;
		if (!known)
			return true;
	}
	return false;
}
