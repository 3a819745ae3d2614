/* SPDX-License-Identifier: MIT */
/*
 * Life of the process: the way into the background, the pid file, readiness, crashes, scheduling, the network namespace.
 * State is static here, since signal handlers have no argument: there is one process.
 *
 * Processes of a daemon: the worker does everything, and the pid file names it, so that every signal sent to the pid in the file (HUP, STOP,
 * SEGV) arrives where it is meant to, and systemd (Type=forking) sees its own child. Beside it waits the watcher, a child that was
 * forked while the program was still small. When the worker ends without process_unguard(), the kernel tells the watcher, which executes the
 * command line anew and so becomes the next worker; when the watcher ends, the worker forks another. In the foreground (-n) there is no watcher.
 * A worker that crashes by a signal it can catch executes its command line itself and keeps its pid.
 */
#ifndef PROCESS_H
#define PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct global_conf;

#define PROCESS_RESPAWNS_MAX 5
#define PROCESS_RESPAWN_WINDOW_S 60
#define PROCESS_READERS 3

/* First of all in main(): signal mask and dispositions. The signal that ended the predecessor when this is a respawn, otherwise 0. */
int process_init(char **argv);

/* Goes into the background; returns there. The foreground process waits for process_ready() and ends with 0, or for process_fail() and ends
 * with 1. Closes inherited descriptors: before anything is opened. stay: keep the working directory, for relative paths. 0 or -errno. */
int process_daemonise(bool stay);
/* Without it nothing is survived. With watcher, forks that: to be called soon after the start, while there is little memory to share. */
void process_guard(bool watcher);
/* -m: a crash leaves a core file, whether it is survived or not. */
void process_allow_core(void);
/* Everything is there: the foreground ends with 0; from now on crashes are survived. */
void process_ready(void);
/* The start failed; the reason is for people. */
void process_fail(const char *reason);
/* A script that runs as long as we do, in a process group of its own (pid 0: none any more): after a crash it is ended before another is
 * started. */
void process_note_reader(unsigned slot, pid_t pid);
/* The end has begun: no respawn from here on. */
void process_unguard(void);
/* Removes the pid file. */
void process_end(void);

/* Writes the path of the pid file as keepalived has it by default, and makes the directories below /run. */
void process_pid_path(char *buf, size_t size, const char *net_namespace, const char *instance, bool use_pid_dir);
/* Pid of a running process that holds the file's lock (-1: out of sight), or 0; a file left behind is removed. */
int process_pid_holder(const char *path);
/* Writes and locks. path must live on. 0, -EBUSY or -errno. */
int process_pid_write(const char *path);

/* systemd's protocol: one datagram, "READY=1" and kin. Does nothing without $NOTIFY_SOCKET. */
void process_tell_supervisor(const char *text);
/* As ip netns knows it; empty: the one of the first process. 0 or -errno. */
int process_enter_netns(const char *name);
/* Realtime priority, nice, memory lock; each failure is logged. Scripts do not inherit them. old: what was in force, NULL at start. */
void process_tune(const struct global_conf *old, const struct global_conf *);

#endif
