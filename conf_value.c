/* SPDX-License-Identifier: MIT */
/*
 * A keyword's value by its type: read, judged by its range, stored; and what is told of one that is wrong.
 */
#include "conf_table.h"
#include "lexer.h"
#include "text.h"

#include <ctype.h>
#include <string.h>

/* What values are, from T_BOOL on. */
static const char expected_packed[] =
	"on, off, true, false, yes or no\0" "\0\0\0\0\0\0\0\0\0\0"
	"a name of at most 15 characters\0" "\0"
	"an IPv4 or IPv6 address\0"
	"a network as in 10.0.0.0/8, or default\0"
	"one of\0" "one of\0"
	"a number, or two as in 10-20, from \0" "\0\0";
_Static_assert(T_IFACE - T_BOOL == 11 && T_OPTIONS - T_BOOL == 20, "as many");

static bool is_seconds(const struct keyword *k)
{
	return k->type == T_SECS || k->type == T_SECS32;
}

static void put_number(struct out *o, const struct keyword *k, long long n)
{
	if (is_seconds(k))
		out_seconds(o, (uint64_t)n);
	else
		out_print(o, "%lld", n);
}

static void put_expected(struct out *o, const struct keyword *k)
{
	const struct conf_limits *range = conf_limits(k->range);
	int unit = is_seconds(k) ? 1000 : 1;
	struct keyword key;

	out_print(o, "%-s", k->type >= T_U8 && k->type <= T_WEIGHT ? "a number from " : text_nth(expected_packed, k->type - T_BOOL));
	if (k->type == T_ENUM)
		out_print(o, " %s", conf_arg_text(k));
	if (k->type == T_NAME)
		for (const char *name = conf_names(k->range) + 1; *name; name += strlen(name) + 2)
			out_print(o, " %s", name);
	if (k->type == T_OPTIONS)
		for (const uint8_t *p = conf_keys(conf_block(k)); conf_next(&p, &key);)
			if (!text_is(key.name, ""))
				out_print(o, o->len ? " %-s" : "one of %-s", key.name);
	if ((k->type >= T_U8 && k->type <= T_SECS32) || k->type == T_SPAN) {
		put_number(o, k, (long long)range->min * unit);
		out_put(o, " to ");
		put_number(o, k, (long long)range->max * unit);
	}
	out_put(o, k->type >= T_WHOLE && k->type <= T_SECS32 ? " seconds" : o->len ? "" : "a value");
}

/* Until the next call. used: what counts instead, or NULL. */
static const char *expected(const struct keyword *k, const long long *used)
{
	static char text[300];
	struct out o = { .buf = text, .size = sizeof(text) - 1 };

	put_expected(&o, k);
	if (used) {
		out_put(&o, ", ");
		put_number(&o, k, *used);
		out_put(&o, " is used");
	}
	text[o.len < o.size ? o.len : o.size] = '\0';
	return text;
}

bool conf_bad(const struct keyword *k, int i)
{
	return conf_not(i, expected(k, NULL));
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* Saturates. */
static bool parse_number(const char *text, unsigned base, long long *out, const char **end)
{
	char *stop;

	*out = text_number(text, &stop, base);
	*end = skip_blanks(stop);
	return stop != text;
}

bool conf_seconds(const char *text, long long *us, const char **end)
{
	const char *p = skip_blanks(text);
	bool digits = false, point = false;
	uint32_t unit = 1000000;
	unsigned digit;

	*us = 0;
	for (;; p++) {
		digit = (unsigned char)*p - '0';
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (digit > 9)
			break;
		digits = true;
		if (point) {
			*us += unit == 1 && digit > 4;
			unit /= 10;
			*us += unit * digit;
		} else if (*us >> 56 == 0) { /* more than any range allows */
			*us = *us * 10 + digit * 1000000;
		}
	}
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

/*
 * word: the value, "" where there is none. Trailing rubbish is an error, but the number counts.
 * A setter that returns false without an error has met what conf_bad() then tells.
 */
static bool set_number(const struct keyword *k, char *at, const char *word)
{
	const struct conf_limits *limits = conf_limits(k->range);
	int unit = is_seconds(k) ? 1000 : 1;
	long long value, used, min = (long long)limits->min * unit, max = (long long)limits->max * unit;
	const char *end;
	bool digits = is_seconds(k) ? conf_seconds(word, &value, &end) : parse_number(word, k->flags & K_BASE ? 0 : 10, &value, &end), exact;

	used = value < min ? min : value > max ? max : value;
	exact = digits && used == value && !*end;
	if (!exact && k->flags & (*word ? K_RESET : K_OPT | K_RESET))
		used = conf_limits((unsigned)k->arg)->max;
	else if (!digits || (used != value && !(k->flags & K_CLAMP)))
		return false;
	if (!exact && *word)
		conf_error("'%.64s' is not %s", word, expected(k, &used));
	store(k, at, used);
	if (k->flags & K_BOTH)
		store(k, at + sizeof(uint64_t), used);
	return *word || k->flags & K_OPT;
}

bool conf_number(int i, unsigned base, enum conf_range range, uint32_t *out)
{
	const struct keyword number = { .type = T_U32, .range = (uint8_t)range, .flags = base ? 0 : K_BASE };
	const char *word = conf_word(i);

	return word && (set_number(&number, (char *)out, word) || conf_bad(&number, i));
}

int conf_pair(enum conf_range range, const char *word, char between, uint32_t n[2])
{
	const struct conf_limits *limits = conf_limits(range);
	long long value;
	int count = 0;

	while (parse_number(word, between == '-' ? 10 : 0, &value, &word) && value >= limits->min && value <= (long long)limits->max) {
		n[1] = (uint32_t)value;
		if (!count++)
			n[0] = n[1];
		if (!*word)
			return count;
		if (count > 1 || *word++ != between)
			break;
	}
	return 0;
}

/* The place of a word in a list; the one that stands for no word, where there is one. */
static bool set_word(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	int i = k->flags & K_OPT || k->type == T_BOOL ? 0 : -1;

	if (ld->st.argc > 1)
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

	if (text_index("default any all", word) < 0)
		return addr_parse_prefix(word, addr, (uint8_t *)at + k->arg) == 0;
	*addr = (struct addr) { 0 };
	return true;
}

static bool set_span(const struct keyword *k, char *at, const char *word)
{
	uint16_t *small = (uint16_t *)(void *)at;
	uint32_t n[2];

	if (!conf_pair(k->range, word, '-', n) || n[0] > n[1])
		return false;
	if (conf_limits(k->range)->max > UINT16_MAX) {
		memcpy(at, n, sizeof(n));
	} else {
		small[0] = (uint16_t)n[0];
		small[1] = (uint16_t)n[1];
	}
	at[k->arg] = 1;
	return true;
}

static bool set_weight(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	struct keyword number = { .name = k->name, .type = T_INT, .range = k->range, .flags = K_CLAMP };
	char *reverse = at + k->arg;
	int i;

	if (!set_number(&number, at, word))
		return false;
	if (k->flags & K_HAS)
		reverse[-1] = 1;
	i = ld->st.argc > 2 ? text_index("noreverse reverse", ld->st.argv[2]) : -1;
	if (i >= 0) {
		*reverse = (char)i;
		ld->used = 3;
	}
	return true;
}

static bool set_text(struct loader *ld, const struct keyword *k, char *at, const char *word)
{
	const char **text = (const char **)(void *)at;

	if (k->type == T_OPTTEXT && ld->st.argc < 2) {
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
	char **words = conf_scratch((size_t)max * sizeof(*words)), **argv;
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
	lexer_requote(ld->lexer, &ld->st);
}

static bool set_command(struct loader *ld, struct conf_script *s)
{
	requote(ld);
	return ld->st.argc > 1 ? set_words(ld, s, ld->st.argv[1]) : conf_word(1) != NULL;
}

static bool set_script(struct loader *ld, const struct keyword *k, char *place)
{
	const struct conf_script **at = (const struct conf_script **)(void *)place;
	struct conf_script *s = conf_alloc(sizeof(*s));

	if (k->arg)
		place[k->arg] = 1;
	if (k->flags & K_OPT && ld->st.argc < 2)
		return true;
	if (!set_command(ld, s))
		return false;
	ld->used = ld->st.argc < 4 ? ld->st.argc : 4;
	if (*at)
		return conf_error("already given, this one is ignored");
	s->user = ld->st.argc > 2 ? conf_text(ld->st.argv[2]) : NULL;
	s->group = ld->st.argc > 3 ? conf_text(ld->st.argv[3]) : NULL;
	*at = s;
	return true;
}

bool conf_addr(const char *word, struct addr *out)
{
	uint8_t prefix;

	if (addr_parse(word, out) == 0)
		return true;
	if (addr_parse_prefix(word, out, &prefix))
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
	int argc = ld->st.argc, used;
	char was = *at;

	/* What stands within a line takes no more words than it must. */
	if (k->range && ld->st.argc > k->range + 1)
		ld->st.argc = k->range + 1;
	if (k->flags & K_HAS)
		*at = 1;
	used = conf_options_line(ld, conf_block(k), at, 1);
	if (used == 1 && (ld->st.argc > 1 || !(k->flags & K_HAS))) {
		*at = was;
		conf_bad(k, 1);
		used = ld->st.argc > 1 ? 2 : 1;
	}
	ld->used = used;
	ld->st.argc = argc;
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
	const char *word = ld->st.argc > 1 ? ld->st.argv[1] : "";

	switch (k->type) {
	case T_BOOL:
	case T_ENUM:
		return set_word(ld, k, at, word);
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
		return set_script(ld, k, at);
	case T_COMMAND:
		return set_command(ld, (struct conf_script *)(void *)at);
	case T_OPTIONS:
		return set_options(ld, k, at);
	default:
		return set_number(k, at, word);
	}
}

bool conf_apply(struct loader *ld, const struct keyword *k, void *object)
{
	char *at = (char *)object + k->off;
	unsigned errors = ld->config->errors;
	bool good = k->type <= T_IGNORED;

	ld->used = 1;
	if (apply_plain(k, at))
		return true;
	if (k->type == T_CUSTOM)
		return conf_set_custom(ld, k, object);
	ld->used = ld->st.argc;
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
