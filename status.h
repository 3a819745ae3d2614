/* SPDX-License-Identifier: MIT */
/*
 * The control socket, a unix socket beside the pid file for root alone, and its client; and the files that signals ask for. Answers are
 * made a piece at a time as the reader takes them: it may be slow, or stop, or be one of thousands, and costs the daemon neither time nor memory.
 */
#ifndef STATUS_H
#define STATUS_H

#include "print.h"

/* Ends of the client. */
enum { STATUS_MASTER, STATUS_BACKUP, STATUS_FAULT, STATUS_NOT_RUNNING, STATUS_NO, STATUS_DONE = STATUS_MASTER };

/*
 * Opens the socket that belongs to a pid file. 0, -EBUSY when somebody answers there, or -errno; files are written all the same.
 * from lives on; what it says may change between turns of the loop. reload: the answer is for people; 0, or -errno when it was refused.
 */
int status_open(const struct print_from *from, int (*reload)(struct out *answer), const char *pid_path);
/* Closes and removes it, if there is one. */
void status_close(void);
/* Writes a file, completely or not at all; what goes wrong is logged. */
void status_write(enum print_kind, const char *path, unsigned mode);

/* True for the first words of a command line that is one to the running daemon. */
bool status_is_command(const char *word);
/* Carries it out; argv begins with that word. The exit status. */
int status_ask(char **argv);

#endif
