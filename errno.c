/* SPDX-License-Identifier: MIT */
/* The last error of a system call. libc.c's, but compiled so that it needs no call: link-time optimization would mistake what is there. */
#include <errno.h>

int *___errno_location(void);

int *__errno_location(void)
{
	static int number;

	return &number;
}

/* By this name musl's system call leaves it. */
int *___errno_location(void)
{
	return __errno_location();
}
