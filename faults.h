/* SPDX-License-Identifier: MIT */
/*
 * What keeps an instance from running, and what moves its priority: interfaces, addresses, sockets, tracked objects. All is computed anew from what is,
 * never counted up and down. What follows from it is router.c's business.
 */
#ifndef FAULTS_H
#define FAULTS_H

#include "router.h"

struct instance;

/* What depends on the interface that is there now; it may be another one than at start. */
void faults_adapt(struct instance *);
/* Sets own_faults and weights. Adapts to the interface that is there, chooses the source address, opens and closes sockets. */
void faults_look(struct instance *);
/* The first of them in words, "" when there is none. */
void faults_text(const struct instance *, char text[ROUTER_FAULT_TEXT]);
/* The shares of the trackers, as in " eth1 -20". */
void faults_explain(const struct instance *, struct out *);

#endif
