/* SPDX-License-Identifier: MIT */
/*
 * Tracked objects: vrrp_script, vrrp_track_process, vrrp_track_file. Runs and watches them and knows their last result;
 * what a result does to an instance is router.c's business.
 */
#ifndef TRACK_H
#define TRACK_H

#include "config.h"

#include <stdbool.h>

struct loop;
struct notify;
struct track;

enum track_kind { TRACK_SCRIPT, TRACK_PROCESS, TRACK_FILE };

struct track_state {
	bool known;    /* false: no result yet (an instance waits in FAULT for it) */
	bool up;
	int value;     /* files: the number read, -254..254 (times the weight is the priority's share) */
	int last_status; /* scripts: exit status, or -1 for a timeout */
	uint64_t since_us;
};

/* changed() is called from the loop whenever a state changed. */
struct track *track_new(struct loop *, struct notify *, void (*changed)(void *ctx, enum track_kind, unsigned index), void *ctx);
void track_free(struct track *);
/* At start and reload: objects of the same name and meaning keep their state; new ones after a reload start neutral (up) until their first result. */
int track_set_config(struct track *, const struct config *, bool reload);
const struct track_state *track_get(const struct track *, enum track_kind, unsigned index);

#endif
