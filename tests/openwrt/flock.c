/* SPDX-License-Identifier: MIT */
/* flock FD: BusyBox's, which Debian's lacks. */
#include <stdlib.h>
#include <sys/file.h>

int main(int argc, char **argv)
{
	return argc < 2 || flock(atoi(argv[1]), LOCK_EX) != 0;
}
