/* SPDX-License-Identifier: MIT */
/*
 * What the configuration names and the machine lacks: interfaces, script files, users. Warnings, since all of it may come later; and keys,
 * which are errors. Also what this version does not do. Returns how many errors there are.
 */
#ifndef ENVCHECK_H
#define ENVCHECK_H

struct config;

unsigned env_check(const struct config *, void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text), void *ctx);

#endif
