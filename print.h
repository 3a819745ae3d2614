/* SPDX-License-Identifier: MIT */
/*
 * What runs, as text: the page of `status`, keepalived's JSON, data and statistics. All come from the same tables, a piece at a time (an
 * instance, a script), so that nobody has to hold a whole answer. Reads views only; keeps nothing but where it stands.
 */
#ifndef PRINT_H
#define PRINT_H

#include <stdbool.h>

struct config;
struct out;
struct router;

/* Where it all is. */
struct print_from {
	struct config *config;
	struct router *router; /* NULL: no VRRP */
	bool lvs;              /* virtual servers */
};

enum print_kind {
	PRINT_PAGE,
	PRINT_WHOLE_JSON, /* all in an object, as keepalived with json_version 2 */
	PRINT_DATA,
	PRINT_JSON, PRINT_STATS, /* instances alone */
};
enum print_health { PRINT_MASTER, PRINT_BACKUP, PRINT_FAULT };

struct print {
	enum print_kind kind;
	const char *name; /* only what is called so, or NULL */
	bool colour;
	/* Where it stands, zeroed before the first piece. */
	unsigned section, item, sub; /* sub: real servers */
	bool comma, found;
	enum print_health worst; /* of what was printed */
};
/* Prints the next piece; false when there is none. */
bool print_next(struct print *, const struct print_from *, struct out *);

#endif
