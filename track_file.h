/* SPDX-License-Identifier: MIT */
/*
 * Numbers that others write into files (vrrp_track_file): by inotify on the directory, so that files which are replaced or come later are seen;
 * once a second where that can't be, as for a directory that does not exist yet.
 */
#ifndef TRACK_FILE_H
#define TRACK_FILE_H

#include "config.h"

#include <stdbool.h>

enum track_file_listener { TRACK_FILE_VRRP, TRACK_FILE_CHECK, TRACK_FILE_LISTENERS };
/* changed() is called from the loop, never from within track_file_set(). */
void track_file_listen(enum track_file_listener, void (*changed)(unsigned index));
void track_file_close(void);
/* At start, and for a new configuration before those who listen have it: a list of track_file_conf. Writes what init_file asks for (after a reload: only
 * where there is no file), then reads all. 0, or -ENOMEM: then none is watched. The list before is no longer needed. */
int track_file_set(const struct conf_list *, bool reload);
/* 0 when there is no file or no number in it. */
int track_file_value(unsigned index);

#endif
