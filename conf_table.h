/* SPDX-License-Identifier: MIT */
/*
 * What config.c, keywords.c, dump.c and the conf_*.c share: the shape of the keyword tables, and the loader that walks them.
 * Nobody else includes it.
 */
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "config.h"
#include "lexer.h"

#include <setjmp.h>
#include <stddef.h>

/* How a value is read into the byte offset `off` of the block's object, and printed from it. */
enum conf_type {
	T_FLAG = 1, /* bool: the keyword alone makes it true */
	T_SET,    /* uint8_t or bool: the keyword alone makes it `range` */
	T_BIT,    /* uint32_t: the keyword alone sets bit `range` */
	T_BOOL,   /* bool: on, off, true, false, yes, no, or nothing for on */
	/* Numbers. arg, where not 0, is the way from them to a bool that tells of them. */
	T_U8, T_U16, T_U32, T_INT,
	T_WEIGHT, /* int, and "reverse"; arg: the way to the bool reverse */
	T_WHOLE = 11, /* uint64_t us, whole seconds; 10 is a character of texts */
	T_SECS,   /* uint64_t us, decimal seconds */
	T_SECS32, /* the same in uint32_t */
	T_TEXT, T_IFACE,
	T_OPTTEXT, /* text that may be left out: then conf_arg_text() */
	T_ADDR,
	T_PREFIX, /* struct addr, and its prefix `arg` further on; all, any and default leave it unset */
	T_ENUM,   /* uint8_t: place in the list of words conf_arg_text(), counted from `range` */
	T_NAME,   /* uint8_t: a number, or a name of enum conf_names `range`; arg as with numbers */
	T_SPAN,   /* A-B, into two neighbours, of uint16_t where the range allows, else uint32_t; arg as with numbers */
	T_SCRIPT, /* pointer to a new struct conf_script: command, user, group; arg as with numbers */
	T_COMMAND, /* struct conf_script: the command alone */
	T_OPTIONS, /* words, by the keys of conf_block(), relative to the field; those without a name stand for themselves, in order;
	           * range, where not 0: how many words at most */
	T_CUSTOM, /* by conf_set_custom() and dump.c, enum conf_custom in arg */
	T_BLOCK,  /* arg: number of its struct block; range, where not 0: of the one of its first line's words */
	T_TABLE,  /* arg: conf_block(), whose keys belong here too, for the object at off */
	T_IGNORED, T_REFUSED, /* conf_arg_text(): why, or what to do instead */
	T_MORE,   /* in the tables: flags and the type proper follow */
	T_END,
};

enum {
	K_SECRET = 1,
	K_BASE = 2,     /* a number that may be 0x... */
	K_OPT = 4,      /* the value may be left out: a number is the largest of range `arg` then, T_ENUM the first word, T_SCRIPT none */
	K_NEED = 8,     /* a pointer or list without which the block is left out */
	K_RESET = 16,   /* a number that is none, or out of range, becomes the largest of range `arg` */
	K_FAMILY = 32,  /* T_ADDR of an instance, all of whose addresses are of one family; for multicast but with */
	K_UNICAST = 64, /* of an instance that is for unicast; T_ADDR says so */
	K_BOTH = 128,   /* T_SECS: for the next field too */
	/* These share two bytes of an entry with its offset. */
	K_ALWAYS = 1 << 11, /* printed even when it is 0 or unset: its default is another value */
	K_ALIAS = 1 << 12,  /* another way to say what other entries say: not printed */
	K_HAS = 1 << 13,    /* T_OPTIONS: the field itself is a bool, made true; T_WEIGHT: the bool has_weight stands before reverse */
	K_CLAMP = K_HAS,    /* numbers out of range: the nearest value in range is taken, else the line is ignored */
};

/* An entry of the tables, which conf_next() unpacks. Its name is packed, and ends with a character below a blank. */
struct keyword {
	const char *name;
	uint16_t off, flags;
	uint8_t type, range;
	int8_t arg;
};

struct block {
	uint16_t keys;    /* conf_keys() */
	uint16_t size;    /* what an opening brace, or each line of a list, allocates; 0: the object at off */
	uint8_t kind;     /* enum block_kind */
	uint8_t name_off; /* of its name's pointer, where the block has a name; 0: none */
};

struct conf_limits {
	int32_t min;
	uint32_t max;
};

/* Blocks of keywords first, then lists of lines from B_LINES on. */
enum block_kind {
	B_PLAIN, B_GLOBAL,
	B_INSTANCE, B_GROUP, B_SCRIPT, B_PROCESS, B_FILE, B_TRACK_GROUP, B_GARP_GROUP, B_HMAC,
	B_LVS,
	B_VIRTUAL_SERVER = B_LVS, B_REAL_SERVER, B_URL, B_SMTP_HOST,
	B_CHECK, /* and the kinds of enum check_kind after it */
	B_LINES = B_CHECK + CHECK_FILE + 1,
	L_VIPS = B_LINES, L_EVIPS, L_STATIC_ADDRS, L_ROUTES, L_STATIC_ROUTES, L_RULES, L_STATIC_RULES, L_PEERS,
	L_NAMES, L_GROUP_NAMES, L_TRACK_INTERFACES, L_TRACK_SCRIPTS, L_TRACK_PROCESSES, L_TRACK_FILES,
	L_VS_ENTRIES, L_DELAYS, L_LINKBEAT,
};

/* Ranges of values, in keywords.c. */
enum conf_range {
	R_ALL, R_1_ALL, R_INT, R_0_1, R_0_4, R_1_2, R_2_3, R_0_255, R_1_255, R_1_256, R_1_100, R_1_1000, R_PORT, R_0_65535, R_0_INT, R_1_INT, R_WEIGHT, R_WEIGHT_254,
	R_NICE, R_REALTIME, R_ADVERT, R_PREEMPT, R_SECS, R_SECS_1, R_HOUR, R_SECS_255, R_WINDOW, R_SMTP_TIMEOUT, R_MONTH, R_1_MONTH, R_MAXLEN, R_DAY, R_1_DAY, R_1_254, R_STATUS, R_0_360, R_UMASK, R_PREFIX,
};

enum conf_custom {
	C_LEXERS, C_MIN_GARP, C_IPTABLES, C_UMASK,
	C_NATIVE_IPV6, C_VERSION, C_VMAC_WORD, C_INSTANCE_SYNC, C_AUTH_PASS, C_HMAC_KEY,
	C_PROCESS, C_GARP_INTERFACE,
	/* words within a line */
	C_PREFERRED, C_OR, C_TABLE, C_METRIC, C_REALMS, C_FWMARK,
	C_LVS,
	C_GRANULARITY = C_LVS, C_STATUS, C_DIGEST, C_PAYLOAD, C_REPLY,
};

/* An instance while it is read: what later checks ask of its text. */
struct instance_load {
	struct vrrp_whole whole; /* first, so that offsets agree */
	bool unicast_word;     /* any unicast keyword */
};

#define CONF_DEPTH 12 /* of blocks: keywords.def has fewer within each other */
#define CONF_DICT 2048
struct frame {
	struct conf_node node; /* where it opens */
	const struct block *block; /* NULL: what stands in it is skipped */
	struct keyword key; /* that opened it */
	void *object;
	unsigned lines;  /* of a list */
	unsigned braces; /* open in it, without a block of their own */
	bool open;       /* by a brace: it may lack */
};

struct dict_entry;
/* What is used most comes first: it makes for short instructions. */
struct loader {
	/* The statement, or the place, that messages are about: they begin with argv[0], or, without words, with what and name. */
	struct lex_statement st;
	const char *what, *name;
	struct config *config;
	int used; /* words that the last setter took, the keyword included */
	int depth;
	struct arena *kept, *scratch; /* the configuration's; what is gone after the load */
	struct lexer *lexer;
	const struct conf_options *options;
	unsigned told;
	struct conf_node globals; /* where global_defs, or what stands for it, is written */
	uint32_t next_rule[2]; /* preference of the next rule without one: IPv4, IPv6 */
	struct frame stack[CONF_DEPTH]; /* the file itself, and the blocks open */
	struct dict_entry **dict; /* CONF_DICT chains */
	jmp_buf failed; /* out of memory, or nothing to read: errno */
};

/* As CONF_EACH(), of what may be changed; the type without its "struct". */
#define EACH(type, item, list) \
	for (struct type *item = (struct type *)(void *)(list)->first; item; item = (struct type *)(void *)item->node.next)

/* config.c */
/* These never return NULL: out of memory ends the load. */
void *conf_alloc(size_t); /* zeroed */
void *conf_scratch(size_t); /* likewise, until the load ends */
const char *conf_text(const char *);
/* Fills in where it was written; conf_append() also appends it to a list. */
void conf_here(struct conf_node *);
void conf_append(struct conf_list *, void *node);
void conf_link(struct conf_list *, struct conf_node *);
/* Both always return false. */
bool conf_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool conf_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* An error that argv[i], or nothing, is not what is expected; always returns false. */
bool conf_not(int i, const char *expected);
/* argv[i] or, with an error, NULL. */
const char *conf_word(int i);
/* Messages that follow are about this node; what: its keyword, name: its own name or NULL. */
void conf_at(const struct conf_node *, const char *what, const char *name);
/* Its offset is that in the block's object, also when it stands in a table of the block. */
bool conf_find(const struct block *, const char *word, struct keyword *);
/* Options in one line, from argv[first] on, one at least: each is a key of the block. Returns the first word that is none, or argc. */
int conf_options_line(struct loader *, const struct block *, void *object, int first);
/* The value known by this key, after storing the given one when there was none; value NULL: look only. */
void *conf_dict(char kind, const void *key, size_t len, void *value);
/* The node known by (kind, name), or NULL. */
void *conf_by_name(char kind, const char *name);

/* conf_value.c: values by their types. */
/* conf_not(), by the keyword. */
bool conf_bad(const struct keyword *, int i);
/* An address, whose prefix is ignored with a warning; false where it is none. */
bool conf_addr(const char *word, struct addr *);
/* argv[i] as a whole number within a range; base 0 understands 0x. Trailing rubbish is an error, but the number counts. */
bool conf_number(int i, unsigned base, enum conf_range, uint32_t *out);
/* Decimal seconds; false when there is no digit. */
bool conf_seconds(const char *text, long long *us, const char **end);
/* A or A/B, with this character between them: how many, 0 where a number is none or out of range. Any base but for A-B. */
int conf_pair(enum conf_range, const char *word, char between, uint32_t n[2]);
/* Reads argv[0] and its values into the object. Sets ld->used. */
bool conf_apply(struct loader *, const struct keyword *, void *object);

/* keywords.c: the tables. */
const struct block *conf_root(void);
/* That of a list of lines. */
const struct block *conf_lines(enum block_kind);
const struct block *conf_block(const struct keyword *);
/* The first entry of a block, for conf_next(), which unpacks one and goes on to the next; false behind the last. */
const uint8_t *conf_keys(const struct block *);
bool conf_next(const uint8_t **, struct keyword *);
/* The next of an entry's names, from the first one on; NULL: it has no more. */
const char *conf_next_name(const char *);
/* Words of a list have a blank between them. */
const char *conf_arg_text(const struct keyword *);
/* The words after virtual_server or real_server; NULL for blocks that have none there. */
const struct block *conf_head(const struct keyword *);
const struct conf_limits *conf_limits(unsigned range);

/* conf_set.c: what typed setters can't. */
bool conf_set_custom(struct loader *, const struct keyword *, void *object);
/* One byte of one or two digits; where a mask is kept, x is any digit. Returns how many characters it took, 0 for none. */
int conf_byte(const char *, uint8_t *byte, uint8_t *mask);
/* What an instance's first address or native_ipv6 said holds; else an error about word. */
bool conf_same_family(struct vrrp_conf *, uint8_t family, const char *word);

/* conf_block.c: blocks and lists. The object of a block that opens, or NULL: skip it. */
void *conf_open(struct loader *, const struct keyword *, void *parent);
void conf_close(const struct frame *, void *parent);
void conf_line(struct loader *, const struct frame *, void *parent);
void conf_add_name(struct conf_list *, const char *);
/* A bool that nobody has set yet: an inherited value replaces it in the checks. */
void conf_unset(bool *);
/* An error on the block that closes; always returns false. */
bool conf_without(const char *what);

/* conf_lvs.c: the same for virtual servers, called only where HAVE_LVS is. close: false where the block is left out. */
bool conf_set_lvs(struct loader *, const struct keyword *, void *object);
void *conf_open_lvs(struct loader *, const struct keyword *);
bool conf_close_lvs(const struct frame *, void *parent);
/* Makes checkers of a checker's hosts, appended to those of the real server. */
void conf_split_hosts(struct check_conf *, struct conf_list *checks);
void conf_line_lvs(struct loader *, struct vs_group_conf *);

/* conf_check.c */
/* Removes what keep() does not want from a list. */
void conf_filter(struct conf_list *, bool (*keep)(void *node, void *ctx), void *ctx);
/* Values of so many bytes, all bits of which are set where nobody said anything: those of a wider scope take their place. */
void conf_inherit_flag(bool *, const bool *);
void conf_inherit(void *to, const void *from, unsigned size, unsigned count);
void conf_defaults(struct config *);
void conf_init_instance(struct vrrp_conf *);
/* No part of its caller, which would run out of registers. */
void conf_check(struct loader *) __attribute__((noinline));
/* conf_check_lvs.c */
void conf_check_lvs(struct config *);

/* Names <-> numbers, for reading and printing. NULL or -1 where there is none. */
enum conf_names {
	NAMES_SCOPE, NAMES_ROUTE_TYPE, NAMES_ROUTE_PROTOCOL, NAMES_TABLE, NAMES_DNS, NAMES_IP_PROTO,
	NAMES_ONLY, /* from here on a number is none of them */
	NAMES_FAMILY = NAMES_ONLY, NAMES_PREF, NAMES_LVS_PROTOCOL,
};
/* Each name behind a byte, its number; the last one is empty. */
const char *conf_names(enum conf_names);
const char *conf_name_of(enum conf_names, uint8_t number);
int conf_number_of(enum conf_names, const char *name);

#endif
