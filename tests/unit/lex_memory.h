/* SPDX-License-Identifier: MIT */
/*
 * Memory for a lexer, each piece by itself, so that sanitizers see a byte too many. lex_free() gives all of it back.
 */
#ifndef LEX_MEMORY_H
#define LEX_MEMORY_H

#include <stddef.h>

void *lex_alloc(size_t size);
const char *lex_keep(const char *name);
void lex_free(void);

#endif
