/* SPDX-License-Identifier: MIT */
/*
 * Between check.c, which opens connections, waits, retries and judges, and the kinds of checkers that talk over them. Nobody else includes it but genhash.c.
 */
#ifndef CHECK_KIND_H
#define CHECK_KIND_H

#include "check.h"
#include "log.h"
#include "loop.h"

#include <stddef.h>

enum check_phase { CHECK_IDLE, CHECK_CONNECTING, CHECK_TALKING, CHECK_SCRIPT, CHECK_SCRIPT_END };

struct check {
	struct check *next;      /* of the same server */
	const struct check_conf *conf;
	struct check_owner *owner;
	struct timer timer;      /* the next try, or the end of our patience with this one */
	union {
		struct io io;        /* fd -1: none */
		struct child child;  /* MISC_CHECK */
		struct check *next_file; /* FILE_CHECK */
	} u;
	void *state;             /* of the kind, while it talks */
	uint64_t last_us, begun_us;
	const char *what;        /* result of the last try, static, or NULL */
	int detail;              /* with it: a number, -errno, or 0 */
	unsigned failures;
	uint32_t retried;
	uint32_t nonce;          /* PING_CHECK: of the last echo request */
	int weight, told_weight; /* MISC_CHECK: exit status 2 to 255 that sets it; 0: none yet */
	uint16_t url;            /* HTTP: index of the one whose turn it is */
	uint8_t phase;           /* enum check_phase */
	bool up, tried, suspended;
	bool failed_url;         /* HTTP: what made it fail comes first */
	bool stuck;              /* the last try could not be made, and that was logged */
	bool short_body;         /* HTTP: that was logged */
	bool raw;                /* PING_CHECK: the socket is */
};

/* The end of a try; what: static. The check may be gone after it. */
void check_end(struct check *, bool ok, const char *what, int detail);
/* Patience starts anew. */
void check_extend(struct check *);
void check_wait(struct check *, short events);
/* Zeroed, freed at the end of the try; NULL: the try has ended. */
void *check_alloc(struct check *, size_t);
/* What can't be sent at once ends the try. True when it went out. */
bool check_send(struct check *, const void *, size_t);
uint32_t check_random(void);
/* The certificates of ssl_ca, NULL where there is none. 0, or -errno of that file. */
struct trust;
int check_trust(struct trust **);
/* HTTP: the one whose turn it is. */
const struct url_conf *check_url(const struct check *);

/* begin: there is a connection, or a socket that knows its peer. ready: it can be read; or written, where check_wait() asked for that. */
void web_begin(struct check *);
void web_ready(struct check *);
/* k->state is about to go. */
void web_end(struct check *);
/* genhash: all that comes, and the digest at the end. */
void web_watch(void (*)(const uint8_t *, size_t, bool digest));
void smtp_begin(struct check *);
void smtp_ready(struct check *);
void dns_begin(struct check *);
void udp_begin(struct check *);
void ping_begin(struct check *);
void datagram_ready(struct check *);
/* In place of socket(): -errno. */
int ping_socket(struct check *);

#endif
