/* SPDX-License-Identifier: MIT */
/*
 * A running virtual router and its group, as router.c and its parts (channel.c: sockets, vaddr.c: addresses, announce.c: GARP)
 * see them. Nobody else includes this: the rest of the program knows router.h.
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
	FAULT_TRACK_INTERFACE = 1 << 6,
	FAULT_WAITING = 1 << 7, /* a tracked object has no result yet */
	FAULT_SCRIPT = 1 << 8,
	FAULT_PROCESS = 1 << 9,
	FAULT_FILE = 1 << 10,
	FAULT_GROUP = 1 << 11, /* another member of the group has one of the above */
};

struct instance {
	struct instance *next;
	struct router *router;
	const struct vrrp_conf *conf;
	struct group *group;       /* or NULL */
	struct vrrp machine;
	struct timer timer;        /* the machine's deadline */
	struct iface *base;        /* as configured; NULL only for unicast without an interface */
	struct iface *iface;       /* where its addresses are: base, or a macvlan on it */
	struct iface *wire;        /* where adverts come and go: one of the two */
	struct vmac *vmac;         /* that macvlan, or NULL */
	struct channel_member link;
	struct auth *auth;         /* or NULL */
	struct vaddrs vaddrs;
	struct routes routes;
	struct announcement announcement;
	struct timer second_burst, lower_burst, refresh, extra;
	struct timer resigned;     /* armed: mastership is given up until then */
	struct addr *addrs;        /* what is advertised */
	unsigned addr_count;
	unsigned own_faults, faults;
	const char *fault_name;    /* what the fault is about: an interface, a script */
	char fault_text[80], source_text[ADDR_TEXT_MAX];
	char why[100];             /* of the last change of state */
	unsigned seen_index, seen_mtu; /* of the interface, when it was last adapted to */
	int weights;               /* sum of the trackers' shares */
	uint16_t ip_id;
	bool send_failing;
	bool keep;                 /* reload: stands in the new configuration too */
	uint64_t since_us, last_advert_us, last_reply_us, last_lower_us, last_restore_us;
	struct router_counters counters;
	struct log_limit refusal_log, lower_log, list_log, send_log, restore_log, news_log;
	struct notify_queue *queue;
	unsigned transition;       /* counts state changes: the key of the notify queue */
};

struct group {
	struct group *next;
	const struct group_conf *conf;
	struct instance **members;
	unsigned count;
	enum vrrp_state state;
	bool keep;
	struct notify_queue *queue;
	unsigned transition;
};

struct router {
	struct loop *loop;
	struct notify *notify;
	struct iface_table *ifaces;
	struct arp *arp;
	struct track *track;
	const struct config *config;
	struct router_hooks hooks;
	struct instance *instances;
	struct group *groups;
	struct channel *channels;
	struct vmacs vmacs;
	struct filter filter;
	struct announcer announcer;
	struct route_kernel kernel;
	struct linkdelay *linkdelays;
	struct instance statics;   /* holds static addresses, routes and rules as others do virtual ones, without a machine; in no list */
	struct vrrp_conf statics_conf;
	struct out *explain;       /* the weights of trackers are told here, or NULL */
	struct timer settle;       /* due when something outside changed and all must be looked at */
	struct timer retry;        /* something is to be tried again later */
	bool stopping, reloading;
	uint64_t delay_until_us; /* vrrp_startup_delay */
};

/* router.c, for channel.c: a packet of the wire for this member. */
struct packet_in;
void router_receive(struct router *, struct channel *, const struct packet_in *);

#endif
