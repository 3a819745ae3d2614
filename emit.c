/* SPDX-License-Identifier: MIT */
#include "emit.h"

#include "text.h"

static struct {
	struct out *out;
	const struct emit_head *head; /* what is not shown yet, the innermost first */
	unsigned depth;
	bool in_line; /* options of one line, not lines of a block */
} e;

void emit_to(struct out *out)
{
	e.out = out;
}

void emit_show(void)
{
	const struct emit_head *h = e.head;

	if (!h)
		return;
	e.head = h->outer;
	emit_show();
	if (!h->in_line)
		emit_indent();
	else if (!text_is(h->name, ""))
		emit(" ");
	emit("%-s", h->name);
	if (h->block)
		emit_open();
}

void emit(const char *format, ...)
{
	va_list args;

	emit_show();
	va_start(args, format);
	out_vprint(e.out, format, &args);
	va_end(args);
}

void emit_text(const char *text)
{
	emit("%s", text);
}

void emit_seconds(uint64_t us)
{
	emit_show();
	out_seconds(e.out, us);
}

void emit_quote(void)
{
	emit("\"");
	e.out->quoted = true;
}

void emit_unquote(void)
{
	e.out->quoted = false;
	emit("\"");
}

void emit_indent(void)
{
	for (unsigned i = 0; i < e.depth; i++)
		emit("\t");
}

void emit_open(void)
{
	emit(" {\n");
	e.depth++;
}

void emit_close(void)
{
	e.depth--;
	emit_indent();
	emit("}\n");
}

bool emit_in_line(bool in_line)
{
	bool was = e.in_line;

	e.in_line = in_line;
	return was;
}

void emit_begin(struct emit_head *h, const char *name, bool block)
{
	h->name = name;
	h->outer = e.head;
	h->in_line = e.in_line;
	h->block = block;
	e.head = h;
}

void emit_end(const struct emit_head *h)
{
	if (e.head == h)
		e.head = h->outer;
	else if (h->block)
		emit_close();
	else if (!h->in_line)
		emit("\n");
}
