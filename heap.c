/* SPDX-License-Identifier: MIT */
/*
 * malloc and its kin for the static binary, in place of libc's: 0.6 KB of code where musl's costs 10, a twentieth of
 * what we may be. Made for what this program does: few allocations, nearly all at start and reload, one thread, no
 * size from the wire. Freed pieces serve the next request of their size; large ones go back to the kernel.
 * As with musl's, a piece that was overrun, or is freed twice, ends the program.
 * libc's own callers (opendir, getcwd) come here too: static linking takes the first definition it meets.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#define ALIGNMENT 16U
#define CLASSES 24U          /* 16, 24, 32, 48, 64, 96 ... 49152 */
#define BLOCK 65536U

/* Before each piece; as long as the alignment, so that what follows is aligned. */
struct piece {
	union {
		struct {
			size_t size;    /* usable bytes */
			uintptr_t mark; /* while in use: mark_of() */
		};
		_Alignas(ALIGNMENT) unsigned char pad[ALIGNMENT];
	};
};
struct free_piece {
	struct free_piece *next;
};

static struct free_piece *free_of[CLASSES];
static unsigned char *block;
static size_t block_left;

/* What whoever overruns the piece before can't know. */
static uintptr_t mark_of(const struct piece *p)
{
	uintptr_t secret;

	memcpy(&secret, (const void *)getauxval(AT_RANDOM), sizeof(secret));
	return secret ^ (uintptr_t)p;
}

static struct piece *in_use(void *at)
{
	struct piece *p = (struct piece *)at - 1;

	if (p->mark != mark_of(p))
		abort();
	return p;
}

static size_t class_size(unsigned class)
{
	size_t whole = (size_t)ALIGNMENT << class / 2;

	return class & 1 ? whole + whole / 2 : whole;
}

static unsigned class_of(size_t size)
{
	unsigned class = 0;

	while (class_size(class) < size)
		class++;
	return class;
}

static struct piece *map(size_t size)
{
	struct piece *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	return p;
}

static struct piece *large(size_t size)
{
	struct piece *p;

	if (size > PTRDIFF_MAX - BLOCK) {
		errno = ENOMEM;
		return NULL;
	}
	size = (size + sizeof(*p) + 4095) & ~(size_t)4095;
	p = map(size);
	if (!p)
		return NULL;
	p->size = size - sizeof(*p);
	return p;
}

/* A new piece from the block at hand; what is left of the one before is lost. */
static struct piece *carve(size_t size)
{
	size_t need = sizeof(struct piece) + ((size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1));
	struct piece *p;

	if (need > block_left) {
		p = map(BLOCK);
		if (!p)
			return NULL;
		block = (unsigned char *)p;
		block_left = BLOCK;
	}
	p = (struct piece *)(void *)block;
	block += need;
	block_left -= need;
	p->size = size;
	return p;
}

/* Not malloc() itself: the compiler would make a call of calloc() out of that and a memset(). */
static void *take(size_t size)
{
	struct piece *p;
	unsigned class;

	if (size > class_size(CLASSES - 1)) {
		p = large(size);
	} else {
		class = class_of(size);
		if (free_of[class]) {
			p = (struct piece *)(void *)free_of[class] - 1;
			free_of[class] = free_of[class]->next;
		} else {
			p = carve(class_size(class));
		}
	}
	if (!p)
		return NULL;
	p->mark = mark_of(p);
	return p + 1;
}

void *malloc(size_t size)
{
	return take(size);
}

void free(void *at)
{
	struct free_piece *f = at;
	struct piece *p;
	unsigned class;

	if (!at)
		return;
	p = in_use(at);
	p->mark = 0;
	if (p->size > class_size(CLASSES - 1)) {
		munmap(p, p->size + sizeof(*p));
		return;
	}
	/* No key stays behind, and calloc() finds nothing to clear. */
	memset(at, 0, p->size);
	class = class_of(p->size);
	f->next = free_of[class];
	free_of[class] = f;
}

void *calloc(size_t count, size_t each)
{
	struct free_piece *f;

	if (each && count > PTRDIFF_MAX / each) {
		errno = ENOMEM;
		return NULL;
	}
	f = take(count * each);
	if (f)
		f->next = NULL;
	return f;
}

void *realloc(void *at, size_t size)
{
	size_t have = at ? in_use(at)->size : 0;
	void *fresh;

	if (at && size <= have)
		return at;
	fresh = take(size);
	if (fresh && at) {
		memcpy(fresh, at, have);
		free(at);
	}
	return fresh;
}
