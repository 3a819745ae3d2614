/* SPDX-License-Identifier: MIT */
#include "lex_memory.h"

#include <stdlib.h>
#include <string.h>

struct piece {
	struct piece *next;
	_Alignas(16) char bytes[];
};
static struct piece *pieces;

void *lex_alloc(size_t size)
{
	struct piece *p = calloc(1, sizeof(*p) + size);

	if (!p)
		abort();
	p->next = pieces;
	pieces = p;
	return p->bytes;
}

const char *lex_keep(const char *name)
{
	return strcpy(lex_alloc(strlen(name) + 1), name);
}

void lex_free(void)
{
	struct piece *p;

	while ((p = pieces)) {
		pieces = p->next;
		free(p);
	}
}
