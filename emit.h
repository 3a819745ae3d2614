/* SPDX-License-Identifier: MIT */
/*
 * One text at a time, written in pieces: where it goes, how deep within blocks it is, and keywords that are shown
 * only once a value of theirs is. Formats as in text.h, packed likewise.
 */
#ifndef EMIT_H
#define EMIT_H

#include <stdbool.h>
#include <stdint.h>

struct out;

/* A keyword that is to be shown once one of its values is, behind those around it. */
struct emit_head {
	const char *name; /* packed */
	const struct emit_head *outer;
	bool in_line, block;
};

/* From now on; what began before has ended. Whoever emits says where, each time that somebody else may have done so in between. */
void emit_to(struct out *);
/* What is to be shown by now. */
void emit_show(void);
/* That, and then this. */
void emit(const char *format, ...) __attribute__((format(printf, 1, 2)));
void emit_text(const char *);
/* Seconds, with as many decimals as there are. */
void emit_seconds(uint64_t us);
/* "text", as JSON has it, up to emit_unquote(). */
void emit_quote(void);
void emit_unquote(void);
/* What may be emitted between these two belongs to the keyword. */
void emit_begin(struct emit_head *, const char *name, bool block);
void emit_end(const struct emit_head *);
/* Whether keywords stand within a line: returns what was so before. */
bool emit_in_line(bool);
void emit_indent(void);
/* A block, and its end. */
void emit_open(void);
void emit_close(void);

#endif
