/* SPDX-License-Identifier: MIT */
/*
 * A running virtual router and its group, as router.c and its parts (advert.c: what is sent and heard, faults.c: what keeps it from running,
 * group.c: groups, channel.c: sockets, vaddr.c: addresses, announce.c: GARP) see them. Nobody else includes this: the rest of the program knows router.h.
 */
#ifndef INSTANCE_H
#define INSTANCE_H

#include "announce.h"
#include "auth.h"
#include "channel.h"
#include "config.h"
#include "filter.h"
#include "iface.h"
#include "linkdelay.h"
#include "log.h"
#include "loop.h"
#include "route.h"
#include "router.h"
#include "vaddr.h"
#include "vmac.h"
#include "vrrp.h"

/* Why an instance is in FAULT; all bits are computed anew from what is, never counted up and down. */
enum fault {
	FAULT_NO_INTERFACE = 1 << 0,
	FAULT_INTERFACE_DOWN = 1 << 1,
	FAULT_NO_ADDRESS = 1 << 2,
	FAULT_NO_SOURCE = 1 << 3, /* track_src_ip: the configured source is not on any interface */
	FAULT_NO_PEER = 1 << 4,
	FAULT_SOCKET = 1 << 5,
	FAULT_TRACKED = 1 << 6, /* and the next ones, in the order of the lists: interfaces, scripts, processes, files */
	FAULT_FILE = FAULT_TRACKED << TRACK_FILES,
	FAULT_WAITING = 1 << 10, /* a tracked object has no result yet */
	FAULT_GROUP = 1 << 11, /* another member of the group has one of the above */
};

/* What an instance is to do at a time; when: instance_plan(). */
enum chore {
	CHORE_SECOND_BURST, CHORE_LOWER_BURST, CHORE_REFRESH, CHORE_EXTRA,
	CHORE_TAKE_BACK, /* mastership was given up on request, until then */
	CHORES
};

/* What few instances have: lines and acts that would repeat, and packets that were refused. */
enum spaced { SPACED_REPLY, SPACED_LOWER, SPACED_RESTORE, SPACED };
/* Added to a level of the log, of three bits. */
enum limit {
	LIMIT_REFUSAL = 1 << 3, LIMIT_LOWER = 2 << 3, LIMIT_LIST = 3 << 3, LIMIT_SEND = 4 << 3, LIMIT_RESTORE = 5 << 3, LIMIT_NEWS = 6 << 3,
};
#define LIMITS 6
struct troubles {
	struct log_limit limits[LIMITS];
	uint64_t last_us[SPACED];
	uint64_t refused[VRRP_REFUSALS];
};

/* The scripts of an instance or a group. */
struct told {
	struct notify_queue *queue; /* once one ran */
	unsigned transition;        /* counts changes: the key of the queue */
};

/* Small and often used fields come first: a short way off the pointer makes for short code. There may be hundreds, so none has room for a text. */
struct instance {
	struct instance *next;
	struct router *router;
	const struct vrrp_conf *conf;
	struct group *group;       /* or NULL */
	uint16_t own_faults, faults;
	uint16_t ip_id;
	bool send_failing;
	bool keep;                 /* reload: stands in the new configuration too */
	struct iface *base;        /* as configured; NULL only for unicast without an interface */
	struct iface *iface;       /* where its addresses are: base, or a macvlan on it */
	struct iface *wire;        /* where adverts come and go: one of the two */
	struct vmac *vmac;         /* that macvlan, or NULL */
	struct auth *auth;         /* or NULL */
	struct vaddrs vaddrs;
	struct vrrp machine;       /* its conf is the one above */
	struct channel_member link;
	struct routes routes;
	struct announcement announcement;
	struct timer timer;        /* the machine's deadline */
	uint64_t chores_us[CHORES]; /* when they are due, 0: not */
	unsigned addr_count;       /* of conf's addresses, those that are advertised */
	int fault_error;           /* FAULT_SOCKET: -errno */
	const char *fault_name;    /* what another fault is about: an interface, a script */
	char *why;                 /* of the last change of state */
	unsigned seen_index, seen_mtu; /* of the interface, when it was last adapted to */
	int weights;               /* sum of the trackers' shares */
	uint64_t since_us, last_advert_us;
	struct router_counters counters;
	struct troubles *troubles; /* or NULL */
	struct told told;
};

struct group {
	struct group *next;
	struct router *router;
	const struct group_conf *conf;
	const struct instance *faulty; /* the last member with faults of its own, where there are fault_count of them */
	unsigned fault_count;
	enum vrrp_state state;
	bool keep;
	struct told told;
};

struct router {
	int arp; /* arp_announce()'s socket */
	const struct config *config;
	void (*event)(const struct router_event *);
	struct instance *instances;
	struct group *groups;
	struct channel *channels;
	struct vmacs vmacs;
	struct filter filter;
	struct announcer announcer;
	struct route_kernel kernel;
	struct linkdelays linkdelays;
	struct instance statics;   /* holds static addresses, routes and rules as others do virtual ones, without a machine; in no list */
	struct vrrp_whole statics_conf;
	struct out *explain;       /* the weights of trackers are told here, or NULL */
	struct timer settle;       /* due when something outside changed and all must be looked at */
	struct timer retry;        /* something is to be tried again later */
	struct timer chores;       /* the first one of any instance is due */
	bool stopping, reloading;
	uint64_t delay_until_us; /* vrrp_startup_delay */
};

/* router.c, for its parts. An event for the machine, and the actions that follow. */
void instance_step(struct instance *, enum vrrp_event, const struct vrrp_advert *, const char *why);
/* At once for a delay of 0. */
void instance_plan(struct instance *, enum chore, uint64_t delay_us);
/* Looks at everything again, before long. */
void router_look_again(struct router *, uint64_t delay_us);
/* Runs the scripts of who it is about, each in its turn, and tells the outside. */
void router_tell(struct router *, struct told *, const struct router_event *);
/* Makes them; NULL: out of memory. */
struct troubles *instance_troubles(struct instance *);
/* A line that begins with the instance's name, when it may be written now. how: a level, and maybe an enum limit. */
void instance_log(struct instance *, unsigned how, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
