/* SPDX-License-Identifier: MIT */
/*
 * The table of keywords in README.md, from the tables of keywords.c.
 */
#include "list.h"
#include "../../conf_table.h"
#include "../../text.h"

#include <string.h>

#define SEEN_MAX 64
struct listing {
	struct out *out;
	struct {
		const uint8_t *keys;
		const char *name;
	} seen[SEEN_MAX]; /* tables that several blocks share are shown once */
	unsigned seen_count;
};

/* The block that showed this table, or NULL the first time. */
static const char *shown_in(struct listing *l, const struct block *b, const char *name)
{
	for (unsigned i = 0; i < l->seen_count; i++)
		if (l->seen[i].keys == conf_keys(b))
			return l->seen[i].name;
	if (l->seen_count < SEEN_MAX) {
		l->seen[l->seen_count].keys = conf_keys(b);
		l->seen[l->seen_count++].name = name;
	}
	return NULL;
}

static void list_block(struct listing *l, const struct block *b, const char *path);

static void list_keyword(struct listing *l, const struct block *b, const struct keyword *k, const char *path)
{
	const struct block *inner = k->type == T_BLOCK ? conf_block(k) : NULL;
	const char *shown = inner && *conf_keys(inner) != T_END ? shown_in(l, inner, k->name) : NULL, *name = k->name;
	char text[120];

	out_print(l->out, "| %s | `%-s` | supported | ", path, name);
	if (shown)
		out_print(l->out, "block, as `%-s` |\n", shown);
	else
		out_put(l->out, inner ? "block |\n" : "|\n");
	while ((name = conf_next_name(name)))
		out_print(l->out, "| %s | `%-s` | supported | same as `%-s` |\n", path, name, k->name);
	if (!inner || *conf_keys(inner) == T_END || shown)
		return;
	text_format(text, sizeof(text), "%s%s%-s", b == conf_root() ? "" : path, b == conf_root() ? "" : "/", k->name);
	list_block(l, inner, text);
}

/* Of a table that several blocks share. */
static const char *title_of(const struct block *b)
{
	const uint8_t *p = conf_keys(b);
	struct keyword first;

	if (!conf_next(&p, &first) || first.type == T_TABLE)
		return "every checker";
	if (text_is(first.name, "delay_loop"))
		return "virtual_server, real_server, every checker";
	return text_is(first.name, "connect_ip") ? "every checker but MISC_CHECK and FILE_CHECK" : "vrrp_instance and vrrp_sync_group";
}

static void list_block(struct listing *l, const struct block *b, const char *path)
{
	struct keyword k;
	const char *name;

	for (const uint8_t *p = conf_keys(b); conf_next(&p, &k);) {
		if (k.type == T_TABLE) {
			if (!shown_in(l, conf_block(&k), title_of(conf_block(&k))))
				list_block(l, conf_block(&k), title_of(conf_block(&k)));
		} else if (k.type >= T_IGNORED) {
			name = k.name;
			do
				out_print(l->out, "| %s | `%-s` | %s | %-s |\n", path, name, k.type == T_IGNORED ? "ignored" : "refused", conf_arg_text(&k));
			while ((name = conf_next_name(name)));
		} else if (!text_is(k.name, "")) {
			list_keyword(l, b, &k, path);
		}
	}
}

void list_keywords(struct out *out)
{
	struct listing l = { .out = out };

	out_put(out, "| Block | Keyword | Verdict | Remark |\n|---|---|---|---|\n");
	list_block(&l, conf_root(), "(top level)");
}
