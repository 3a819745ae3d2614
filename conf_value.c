/* SPDX-License-Identifier: MIT */
/*
 * A keyword's value by its type: read, judged by its range, stored; and what is told of one that is wrong.
 */
#include "conf_table.h"
#include "lexer.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

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

bool conf_bad(const struct keyword *k, int i)
{
	char want[300];
	struct out o = { .buf = want, .size = sizeof(want) - 1 };

	put_expected(&o, k);
	end_text(&o);
	return conf_not(i, want);
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
static void bad_number(const char *word, const char *range, long long used)
{
	if (range)
		conf_error("'%.64s' is out of range %s, %lld is used", word, range, used);
	else
		conf_error("'%.64s' has something after the number, %lld is used", word, used);
}

bool conf_number(int i, unsigned base, enum conf_range range, uint32_t *out)
{
	const struct keyword number = { .type = T_U32, .range = (uint8_t)range };
	const struct conf_limits *limits = conf_limits(range);
	const char *word = conf_word(i), *end;
	long long value;

	if (!word)
		return false;
	if (!parse_number(skip_blanks(word), base, &value, &end) || value < limits->min || value > (long long)limits->max)
		return conf_bad(&number, i);
	if (*skip_blanks(end))
		bad_number(word, NULL, value);
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
		bad_number(word, NULL, value);
	}
	if (value < limits->min || value > (long long)limits->max) {
		put_range(&o, k, "-");
		end_text(&o);
		if (!(k->flags & (K_CLAMP | K_RESET)))
			return conf_error("'%.64s' is out of range %s, ignored", word, range);
		value = k->flags & K_RESET ? preset : value < limits->min ? limits->min : (long long)limits->max;
		bad_number(word, range, value);
	}
done:
	store(k, at, value);
	return true;
}

static bool set_seconds(const struct keyword *k, char *at, const char *word)
{
	const struct conf_limits *limits = conf_limits(k->range);
	const char *end;
	uint64_t us;

	if (!conf_seconds(word, &us, &end) || us < (uint64_t)limits->min * 1000 || us > (uint64_t)limits->max * 1000)
		return false;
	if (*end)
		conf_error("'%.64s' has something after the seconds", word);
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

static bool set_name(const struct keyword *k, char *at, const char *word)
{
	int number = conf_number_of(k->range, word);
	uint32_t value = (uint32_t)number;

	if (number < 0 && (k->range >= NAMES_ONLY || !isdigit((unsigned char)*word) || !conf_number(1, 0, R_0_255, &value)))
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
	*text = conf_text(word);
	return true;
}

/* Words split once, here; the text as written stays for dumps. */
static bool set_words(struct loader *ld, struct conf_script *s, const char *text)
{
	int max = (int)strlen(text) / 2 + 2;
	char **words = conf_scratch(NULL, (size_t)max * sizeof(*words)), **argv;
	struct command_conf *command;
	int n = lexer_split_command(text, conf_alloc(strlen(text) + 1), words, max);

	if (n <= 0)
		return conf_not(1, "a command: a path and words, quotes in pairs");
	argv = conf_alloc(((size_t)n + 1) * sizeof(*argv));
	memcpy(argv, words, (size_t)n * sizeof(*argv));
	s->text = conf_text(text);
	s->argv = argv;
	command = conf_alloc(sizeof(*command));
	command->script = s;
	conf_append(&ld->config->commands, command);
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
	return ld->argc > 1 ? set_words(ld, s, ld->argv[1]) : conf_word(1) != NULL;
}

static bool set_script(struct loader *ld, const struct conf_script **at)
{
	struct conf_script *s = conf_alloc(sizeof(*s));

	if (!set_command(ld, s))
		return false;
	ld->used = ld->argc < 4 ? ld->argc : 4;
	if (*at)
		return conf_error("already given, this one is ignored");
	s->user = ld->argc > 2 ? conf_text(ld->argv[2]) : NULL;
	s->group = ld->argc > 3 ? conf_text(ld->argv[3]) : NULL;
	*at = s;
	return true;
}

bool conf_addr(const char *word, struct addr *out)
{
	uint8_t prefix;
	bool has;

	if (addr_parse(word, out) == 0)
		return true;
	if (addr_parse_prefix(word, out, &prefix, &has))
		return false;
	conf_warn("the prefix of '%.64s' is ignored", word);
	return true;
}

static bool set_addr(const struct keyword *k, char *at, const char *word, void *object)
{
	struct addr addr;

	if (!conf_addr(word, &addr))
		return false;
	if (k->flags & K_UNICAST)
		((struct instance_load *)object)->unicast_word = true;
	if (k->flags & K_FAMILY && !conf_same_family(object, addr.family, word))
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
		conf_bad(k, 1);
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
		return set_seconds(k, at, word);
	case T_TEXT:
	case T_OPTTEXT:
	case T_IFACE:
		return set_text(ld, k, at, word);
	case T_ADDR:
		return set_addr(k, at, word, object);
	case T_PREFIX:
		return set_prefix(k, at, word);
	case T_NAME:
		return set_name(k, at, word);
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
static char *make_place(const struct keyword *k, void *object)
{
	const struct block *b = k->type == T_OPTIONS ? conf_block(k) : NULL;

	if (!b || !b->size) {
		conf_error("what it belongs to must stand above");
		return NULL;
	}
	return *(void **)(void *)((char *)object + k->off) = conf_alloc(b->size);
}

bool conf_apply(struct loader *ld, const struct keyword *k, void *object)
{
	char *at = conf_place(k, object);
	unsigned errors = ld->config->errors;
	bool good = k->type <= T_IGNORED;

	ld->used = 1;
	if (!at)
		at = make_place(k, object);
	if (!at)
		return false;
	if (apply_plain(k, at))
		return true;
	if (k->type == T_CUSTOM)
		return conf_set_custom(ld, k, object);
	ld->used = ld->argc;
	if (k->type >= T_IGNORED) {
		(k->type > T_IGNORED ? conf_error : conf_warn)(good ? "ignored: %-s" : "not supported: %-s", conf_arg_text(k));
		return good;
	}
	if (ld->used > 2)
		ld->used = 2;
	good = apply_value(ld, k, at, object);
	if (!good && ld->config->errors == errors)
		conf_bad(k, 1);
	return good;
}
