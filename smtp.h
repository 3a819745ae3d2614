/* SPDX-License-Identifier: MIT */
/*
 * Alert mail: a bounded queue and an SMTP client (RFC 5321, without extensions) in the event loop. Owns its socket and the mails.
 * One connection at a time delivers all that waits. A server that is slow, refuses or is absent costs timeouts, a few log
 * lines and in the end the mails, never more.
 */
#ifndef SMTP_H
#define SMTP_H

#include "config.h"

#include <stdbool.h>

struct router_event;

/* Mails that wait; beyond that the oldest are dropped. */
#define SMTP_QUEUE_MAX 256

/* There is one. */
void smtp_open(void);
/* Idempotent, and nothing where there is none. */
void smtp_close(void);
/* At start and after a reload, before the former configuration is freed. What waits goes to the new server. */
void smtp_set_config(const struct config *);

/* Mails a change of state, where smtp_alert of the instance or group asks for it. */
void smtp_router_event(const struct router_event *);
/*
 * For the checkers. Subject: "[router_id] what", as in "Realserver [192.0.2.1]:tcp:80 of virtual server [192.0.2.9]:tcp:80 - DOWN".
 * Lines of the text are separated by \n. Does nothing where no mail is configured.
 */
void smtp_alert(const char *what, const char *text);
/* True while mail waits or is under way: at the end one may give it a second. */
bool smtp_busy(void);

#endif
