/* SPDX-License-Identifier: MIT */
/*
 * malloc and its kin for the static binary, in place of libc's: 0.6 KB of code where musl's costs 10, a twentieth of
 * what we may be. Made for what this program does: few allocations, nearly all at start and reload, one thread, no
 * size from the wire. Freed pieces serve the next request of about their size; large ones go back to the kernel, for what is
 * read at start and not needed any more is as much as all that stays.
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
#define CLASSES 512U         /* of usable bytes: 8, 24, 40 ... 8184 */
#define BLOCK 65536U

/* Before each piece. It ends where the alignment asks it to, so it begins 8 bytes short of that. */
struct piece {
	uint32_t size; /* usable bytes */
	uint32_t mark; /* while in use: mark_of() */
};
struct free_piece {
	struct free_piece *next;
};

static struct free_piece *free_of[CLASSES];
static unsigned char *block;
static size_t block_left;

/* What whoever overruns the piece before can't know. */
static uint32_t mark_of(const struct piece *p)
{
	uint32_t secret;

	memcpy(&secret, (const void *)getauxval(AT_RANDOM), sizeof(secret));
	return secret ^ (uint32_t)(uintptr_t)p;
}

static struct piece *in_use(void *at)
{
	struct piece *p = (struct piece *)at - 1;

	if (p->mark != mark_of(p))
		abort();
	return p;
}

static size_t class_of(size_t size)
{
	return size / ALIGNMENT + (size % ALIGNMENT > ALIGNMENT - sizeof(struct piece));
}

static void put_free(struct piece *p)
{
	struct free_piece *f = (struct free_piece *)(void *)(p + 1);

	f->next = free_of[class_of(p->size)];
	free_of[class_of(p->size)] = f;
}

/* All of it but what the alignment takes. */
static struct piece *map(size_t size)
{
	unsigned char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct piece *p;

	if (at == MAP_FAILED) {
		errno = ENOMEM;
		return NULL;
	}
	p = (struct piece *)(void *)(at + ALIGNMENT) - 1;
	p->size = (uint32_t)(size - ALIGNMENT);
	return p;
}

static struct piece *large(size_t size)
{
	if (size > INT32_MAX - BLOCK) {
		errno = ENOMEM;
		return NULL;
	}
	return map((size + ALIGNMENT + 4095) & ~(size_t)4095);
}

/* A new piece from the block at hand. */
static struct piece *carve(size_t class)
{
	size_t need = (class + 1) * ALIGNMENT;
	struct piece *p;

	if (need > block_left) {
		if (block_left) {
			p = (struct piece *)(void *)block;
			p->size = (uint32_t)(block_left - sizeof(*p));
			put_free(p);
		}
		p = map(BLOCK);
		block_left = 0;
		if (!p)
			return NULL;
		block = (unsigned char *)p;
		block_left = BLOCK - ALIGNMENT;
	}
	p = (struct piece *)(void *)block;
	block += need;
	block_left -= need;
	p->size = (uint32_t)(need - sizeof(*p));
	return p;
}

static struct piece *small(size_t class)
{
	struct free_piece *f;

	for (size_t i = class; i < CLASSES && i <= class + class / 8; i++) {
		f = free_of[i];
		if (!f)
			continue;
		free_of[i] = f->next;
		return (struct piece *)(void *)f - 1;
	}
	return carve(class);
}

/* Not malloc() itself: the compiler would make a call of calloc() out of that and a memset(). */
static void *take(size_t size)
{
	struct piece *p = class_of(size) < CLASSES ? small(class_of(size)) : large(size);

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
	struct piece *p;

	if (!at)
		return;
	p = in_use(at);
	p->mark = 0;
	if (class_of(p->size) >= CLASSES) {
		munmap((unsigned char *)at - ALIGNMENT, p->size + (size_t)ALIGNMENT);
		return;
	}
	/* No key stays behind, and calloc() finds nothing to clear. */
	memset(at, 0, p->size);
	put_free(p);
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
