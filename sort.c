/* SPDX-License-Identifier: MIT */
#include "sort.h"

static void swap(char *a, char *b, size_t size)
{
	char c;

	for (; size; size--) {
		c = *a;
		*a++ = *b;
		*b++ = c;
	}
}

void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	size_t end = count * size, start = count / 2 * size, at, child;
	char *p = items;

	/* In bytes. First the heap is made, from its lower half up; then its largest goes behind its end, again and again. */
	while (end > size) {
		if (start) {
			start -= size;
		} else {
			end -= size;
			swap(p, p + end, size);
		}
		for (at = start; (child = 2 * at + size) < end; at = child) {
			if (child + size < end && compare(p + child, p + child + size) < 0)
				child += size;
			if (compare(p + at, p + child) >= 0)
				break;
			swap(p + at, p + child, size);
		}
	}
}
