/* SPDX-License-Identifier: MIT */
/*
 * Runs VRRP instances and sync groups: sockets, timers, the actions of the state machine, faults, trackers, reload.
 * Owns the running instances. Interfaces come from iface.c, scripts go to notify.c, announcements to arp.c.
 */
#ifndef ROUTER_H
#define ROUTER_H

#include "config.h"
#include "iface.h"
#include "track.h"
#include "vrrp.h"

#include <stdbool.h>

struct out;
struct router;
struct vaddr;

/* Told of every change of state or priority, for FIFOs, mail, IPVS and status. name: of the instance or group. */
struct router_event {
	const struct vrrp_conf *instance; /* or NULL */
	const struct group_conf *group;   /* or NULL */
	enum vrrp_state from, to;
	uint8_t what;       /* the state, or an enum vrrp_news; without notify_deleted the latter is told as VRRP_FAULT */
	uint8_t priority;
	bool deleted;       /* gone by a reload */
	const char *why;    /* one line for people */
};

struct router *router_new(void (*event)(const struct router_event *));
void router_free(struct router *);
/* Removes leftovers of a crash, opens sockets, starts the instances of the configuration. 0 or -errno. */
int router_start(struct router *, const struct config *);
/* Applies the difference; the old configuration may be freed afterwards. */
void router_reload(struct router *, const struct config *);
/* Priority 0, addresses removed, stop scripts started. */
void router_stop(struct router *);
/* A tracked object changed. */
void router_track_changed(struct router *);

/* A view of one instance, for status, dumps and tests; valid until the next turn of the loop. */
struct router_counters {
	uint64_t adverts_received, adverts_sent, became_master, released_master;
	uint64_t priority_zero_received, priority_zero_sent;
	uint64_t addr_list_mismatch, send_errors;
	uint64_t unknown_auth_type; /* of those refused for their type */
};
#define ROUTER_FAULT_TEXT 80
struct router_view {
	const struct vrrp_conf *conf;
	const struct vrrp *machine;
	struct router_counters counters;
	uint64_t refused[VRRP_REFUSALS];
	char fault_text[ROUTER_FAULT_TEXT]; /* "" when there is none */
	const char *why;        /* of the last change of state, for people */
	uint64_t since_us;      /* of this state */
	uint64_t last_advert_us;
	bool holds_addresses;
	const struct vaddr *vaddrs; /* virtual addresses as in conf, then the excluded ones */
	unsigned vaddr_count;
	bool resigned;
};
/* i counts from 0; false past the last. */
bool router_view(const struct router *, unsigned i, struct router_view *out);
/* What trackers add to its priority: " NAME -20" for each. */
void router_explain(struct router *, unsigned i, struct out *);
/* The group that has this configuration, or VRRP_INIT. */
enum vrrp_state router_group_state(struct router *, const struct group_conf *);
/* An instance, or the members of a group, give up mastership: priority 0, then the lowest for so long. 0, or -ENOENT. */
int router_resign(struct router *, const char *name, uint64_t for_us);
void router_clear_counters(struct router *);

#endif
