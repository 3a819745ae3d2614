/* SPDX-License-Identifier: MIT */
/*
 * Runs virtual servers: what is alive, quorums, sorry servers, weights; keeps the kernel's table (ipvs.c) as they ask, and tells of
 * changes. Owns the running virtual servers and their checks (check.c). Knows no wire and no VRRP but router events.
 */
#ifndef LVS_H
#define LVS_H

#include "config.h"
#include "ipvs.h"

#include <stdbool.h>

struct check;
struct router_event;

struct lvs_hooks {
	/* A real server (real NULL: the quorum of a virtual server) went up or down. Names as in "[192.0.2.1]:tcp:80". */
	void (*server)(const char *real, const char *virtual, bool up);
	/* Mail that smtp_alert asks for: subject and text. */
	void (*alert)(const char *what, const char *text);
	/* Whether some address is on this machine, for ha_suspend. */
	bool (*has_addr)(const struct addr *);
	/* What runs: without servers (-P) the sync daemon that follows an instance, without VRRP (-C) all but that. */
	bool servers, vrrp;
};

/* Once in a process. 0 or -errno, and then lvs_close() as well. */
int lvs_open(const struct lvs_hooks *);
void lvs_close(void);
/* Sets the table as far as the kernel has IPVS, tries again later where it has not, starts the checks. */
void lvs_start(const struct config *);
/* Applies the difference: what did not change is not touched. The old configuration may be freed afterwards. */
void lvs_reload(const struct config *);
/* Checks end, our entries are removed in keepalived's order. */
void lvs_stop(void);
/* For the sync daemon. */
void lvs_router_event(const struct router_event *);
/* For ha_suspend: has_addr() may say something else now. */
void lvs_addresses_changed(void);

/* For status and dumps. i and j count from 0; false past the last. */
struct lvs_view {
	const char *name;    /* "[192.0.2.9]:tcp:80", "FWM 5" */
	unsigned servers, alive, weight, quorum; /* how many there are, are alive, weigh together, should weigh */
	bool quorum_met, suspended, sorry_in_use;
	const struct virtual *virtual;
};
bool lvs_view(unsigned i, struct lvs_view *);
struct lvs_real_view {
	const char *name;
	bool alive, in_table;
	int weight;          /* as it stands in the kernel */
	uint64_t since_us;
	const struct check *checks; /* the first, or NULL */
};
bool lvs_real_view(const struct lvs_view *, unsigned j, struct lvs_real_view *);
/* False where the kernel has no IPVS. */
bool lvs_has_kernel(void);
/* The kernel's counters, asked now. 0 or -errno. */
int lvs_stats(ipvs_stats_fn *each);

#endif
