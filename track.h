/* SPDX-License-Identifier: MIT */
/*
 * Tracked objects: vrrp_script, vrrp_track_process, vrrp_track_file. Runs and watches them and knows their last result;
 * what a result does to an instance is router.c's business. Processes are counted by track_proc.c, files read by track_file.c.
 */
#ifndef TRACK_H
#define TRACK_H

#include "config.h"

#include <stdbool.h>


enum track_kind { TRACK_SCRIPT, TRACK_PROCESS, TRACK_FILE };

struct track_state {
	bool known;    /* false: no result yet (an instance waits in FAULT for it, unless neutral) */
	bool neutral;  /* has no effect on anybody, whatever the weight: a script new by a reload and without result, or never to be run (missing, unsafe).
	                * Never together with known. */
	bool up;       /* files: the value is 0; true while neutral */
	uint8_t running; /* scripts: not 0 right now */
	int value;     /* files: the number read, -254..254 (times the weight is the priority's share). processes: how many run */
	int last_status; /* scripts: exit status, or -1 for a timeout or a signal */
	uint64_t since_us; /* when up changed last, or became known */
};

/* changed() is called from the loop whenever known, neutral, up or a file's value changed; never from within the calls below. */
void track_open(void (*changed)(void));
void track_close(void); /* what runs is killed */
/*
 * At start and reload, after notify_set_config() and track_file_set(): objects of the same name keep their state; new scripts after a reload start neutral until their first
 * result. Processes and files are looked at once, so that their state is known when this returns. A script or process that nobody tracks is not run, nor
 * watched. The old configuration must still be there. 0, or -ENOMEM: then some objects are neutral.
 */
int track_set_config(const struct config *, bool reload);
/* Of what has this index in the configuration; valid until the next track_set_config(). */
const struct track_state *track_get(unsigned index);

#endif
