/* SPDX-License-Identifier: MIT */
/*
 * The command genhash: asks a web server for a page and prints the digest of it that a checker's `digest` is compared with.
 */
#ifndef GENHASH_H
#define GENHASH_H

/* Called genhash, or with the first word genhash or --genhash: the exit status. Otherwise -1, and nothing was done. */
int genhash(char **argv);

#endif
