/* SPDX-License-Identifier: MIT */
/*
 * notify_fifo, vrrp_notify_fifo and lvs_notify_fifo: lines for other programs, and the scripts that read them. Owns the pipes and those
 * scripts. A reader that is slow, absent or dead costs lines, the oldest ones first, and never holds us.
 */
#ifndef FIFO_H
#define FIFO_H

#include "config.h"

struct router_event;

/*
 * At start and after a reload, after notify_set_config() and before the former configuration is freed. Makes and opens what is new, removes
 * what is gone, lets readers of the rest read on. Scripts are started; those that run are ended first (TERM, after 5 s KILL), and lines
 * wait for their successors.
 */
void fifo_set_config(const struct global_conf *);

/* INSTANCE "VI_1" MASTER 100, GROUP "G1" BACKUP 0, and kin. fifo_write_vrrp_states_on_reload: with from and to the present state. */
void fifo_router_event(const struct router_event *);
/* "VS [192.0.2.9]:tcp:80 UP", or with a real server "RS [192.0.2.1]:tcp:80 [192.0.2.9]:tcp:80 DOWN". real may be NULL. */
void fifo_server_event(const char *real, const char *virtual, bool up);

/* After the last lines: readers see the end of the file, what we made is removed. Scripts have until fifo_close() to finish. Idempotent. */
void fifo_stop(void);
/* True while a script runs: after fifo_stop() one may give it a second. */
bool fifo_busy(void);
/* Ends scripts that still run by TERM, without waiting. */
void fifo_close(void);

#endif
