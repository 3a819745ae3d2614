/* SPDX-License-Identifier: MIT */
/*
 * The protocol, pure: advertisement codec and state machine of one virtual router (RFC 3768, RFC 5798, RFC 9568 and keepalived's
 * FAULT state). Time comes in as an argument, actions go out as bits. No descriptor, no clock, no allocation, no log in here.
 */
#ifndef VRRP_H
#define VRRP_H

#include "addr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conf_node;
struct peer_conf;
struct vrrp_conf;

#define VRRP_PRIORITY_STOP 0
#define VRRP_PRIORITY_DEFAULT 100
#define VRRP_PRIORITY_OWNER 255
#define VRRP_PROTOCOL 112
#define VRRP_ADDRS_MAX 255
#define VRRP_AUTH_LEN 8
/* Message without IP header: 8 + 255 addresses of 16 bytes + v2 authentication. */
#define VRRP_MESSAGE_MAX (8 + VRRP_ADDRS_MAX * 16 + VRRP_AUTH_LEN)
#define VRRP_NEVER UINT64_MAX

/* keepalived's numbers: they stand in its JSON. */
enum vrrp_state { VRRP_INIT, VRRP_BACKUP, VRRP_MASTER, VRRP_FAULT };
/* What else scripts, FIFOs and mail are told of. */
enum vrrp_news { VRRP_STOP = VRRP_FAULT + 1, VRRP_DELETED, VRRP_LOWER_SEEN, VRRP_MASTER_PRIORITY, VRRP_BACKUP_PRIORITY };
enum vrrp_auth { VRRP_AUTH_NONE, VRRP_AUTH_PASS, VRRP_AUTH_AH };

enum vrrp_event {
	VRRP_EV_START,     /* from INIT, when nothing is at fault, as RECOVER; else VRRP_EV_FAULT from INIT */
	VRRP_EV_TIMER,     /* deadline_us or preempt_us has come */
	VRRP_EV_ADVERT,    /* a checked advertisement of another router */
	VRRP_EV_FAULT,     /* the first reason for FAULT appeared */
	VRRP_EV_RECOVER,   /* the last reason for FAULT is gone */
	VRRP_EV_PRIORITY,  /* effective_priority, or the parameters, were changed by the caller */
	VRRP_EV_BECOME_MASTER, /* forced by the sync group */
	VRRP_EV_BECOME_BACKUP, /* forced by the sync group */
	VRRP_EV_RESIGN,    /* mastership given up on request: others are told by priority 0 */
	VRRP_EV_STOP,      /* the instance ends */
};

/* Actions, to be carried out in the order of their bits. */
enum vrrp_action {
	VRRP_ACT_SEND_STOP = 1 << 0,     /* advertisement with priority 0 */
	VRRP_ACT_LEAVE_MASTER = 1 << 1,  /* remove rules, routes, addresses, firewall */
	VRRP_ACT_SEND = 1 << 2,          /* advertisement with the effective priority */
	VRRP_ACT_ENTER_MASTER = 1 << 3,  /* add firewall, addresses, routes, rules; GARP burst; plan the second burst */
	VRRP_ACT_LOWER_SEEN = 1 << 4,    /* master heard a lower priority: burst, notify_master_rx_lower_pri, log */
	VRRP_ACT_NOTIFY = 1 << 5,        /* state changed: log, notify scripts, mail, FIFOs, group */
	VRRP_ACT_OWN_ADDRESS = 1 << 6,   /* an advertisement of equal priority from our own address */
	VRRP_ACT_WANT_MASTER = 1 << 7,   /* the group decides: it is to send BECOME_MASTER to all, or nothing */
	VRRP_ACT_HELD_BACK = 1 << 8,     /* in a group: a better master was heard, members that lead have to give up */
	/* What people are told of, from here on. */
	VRRP_ACT_NEWS = 1 << 9,
	VRRP_ACT_TWO_OWNERS = 1 << 9,    /* configuration error: another router has priority 255 too */
	VRRP_ACT_INTERVAL = 1 << 10,     /* v3: master_interval_us was learnt anew */
	VRRP_ACT_PREEMPT_WAIT = 1 << 11, /* preempt_delay began */
	VRRP_ACT_PREEMPT_STOP = 1 << 12, /* preempt_delay was called off */
	VRRP_ACT_LOWER_IGNORED = 1 << 13,/* backup discards a lower-priority advertisement: it will preempt */
	VRRP_ACT_STOP_SEEN = 1 << 14,    /* an advertisement with priority 0 came */
};

struct vrrp {
	enum vrrp_state state;
	uint8_t effective_priority;  /* trackers included, 1-254, or 255 */
	bool owner_demoted;          /* lost to another owner */
	bool in_group;               /* master only through WANT_MASTER and BECOME_MASTER */
	bool wants_master;           /* in a group: would be master by itself */
	struct addr own_addr;        /* source of our advertisements; the tie breaker */
	struct addr master_addr;
	uint8_t master_priority;
	uint32_t master_interval_us; /* what the master announces (v3), else our own */
	const struct vrrp_conf *conf; /* a reload may put another in its place */
	uint64_t deadline_us;        /* absolute; the next VRRP_EV_TIMER, or VRRP_NEVER */
	uint64_t preempt_until_us;   /* 0: no preempt_delay is running */
	uint64_t delay_until_us;     /* vrrp_startup_delay: the down timer starts then; 0 for none */
	uint64_t down_us;            /* the master down interval in force */
};

/* How a v3 checksum over IPv4 may be computed. v2 and IPv6 have one form only. */
enum vrrp_checksum {
	VRRP_SUM_PSEUDO,      /* with the pseudo header, as RFC 5798 and keepalived */
	VRRP_SUM_PLAIN,       /* the message alone (v3_checksum_as_v2; RFC 9568) */
	VRRP_SUM_OLD_UNICAST, /* the pseudo header names the multicast group in unicast too: keepalived before 1.3.7 */
};

/* A received advertisement after vrrp_parse(). */
struct vrrp_advert {
	uint8_t version, vrid, priority, auth_type, addr_count;
	uint8_t family;
	int ttl;                  /* as the packet's */
	uint32_t interval_us;
	struct addr source;
	const uint8_t *addrs;     /* addr_count addresses within the buffer that was parsed */
	const uint8_t *auth_data; /* VRRP_AUTH_LEN bytes, or NULL (v3) */
	const uint8_t *trailer;   /* what follows the message (auth_hmac), or NULL */
	unsigned message_len, trailer_len;
	enum vrrp_checksum checksum; /* the form that fitted */
	int theirs, ours;         /* what vrrp_check_advert() compared last: of a refusal for it, two numbers to be told */
};

/* Why a packet is refused; vrrp_refusal_text() names them in logs and counters, packed as text.h says. */
enum vrrp_refusal {
	VRRP_OK,
	VRRP_BAD_IP_HEADER, VRRP_BAD_TTL, VRRP_BAD_LENGTH, VRRP_BAD_VERSION, VRRP_BAD_TYPE, VRRP_BAD_CHECKSUM,
	VRRP_UNKNOWN_VRID, VRRP_OWN_PACKET, VRRP_BAD_INTERVAL, VRRP_BAD_AUTH_TYPE, VRRP_BAD_AUTH_DATA, VRRP_BAD_SOURCE,
	VRRP_NO_ADDRS,
	VRRP_BAD_AH, VRRP_REPLAYED, VRRP_NOT_SIGNED, VRRP_BAD_TRAILER, VRRP_STALE, VRRP_UNKNOWN_KEY,
	VRRP_REFUSALS /* how many */
};
const char *vrrp_refusal_text(enum vrrp_refusal);
/* Of an enum vrrp_state or vrrp_news. */
const char *vrrp_state_text(unsigned);

/* Writes the VRRP message with its first addr_count addresses, checksum 0. Returns its length, or 0 when it does not fit. */
unsigned vrrp_build(const struct vrrp_conf *, unsigned priority, unsigned addr_count, uint8_t *buf, size_t size);
/* The one that an instance sends, and awaits. */
enum vrrp_checksum vrrp_checksum_form(const struct vrrp_conf *);
/* Writes the checksum of what vrrp_build() made. source, dest: for the v3 pseudo header (RFC 5798 section 5.2.8). IPv6: for the kernel to do. */
void vrrp_seal(enum vrrp_checksum, uint8_t *message, size_t len, const struct addr *source, const struct addr *dest);

/* What surrounds a received message: from the IP header, or for IPv6 from control messages. */
struct vrrp_packet {
	const uint8_t *data; /* the VRRP message and what follows it */
	size_t len;
	int ttl;                      /* or hop limit; -1: not known */
	struct addr source, dest;     /* dest is of IPv4 */
};
/* Length, version, type, checksum: the checks that need no instance. group: for VRRP_SUM_OLD_UNICAST. out points into the packet. */
enum vrrp_refusal vrrp_parse(const struct vrrp_packet *, const struct addr *group, struct vrrp_advert *out);
/* VRID of a message that may be too short or too broken to parse, or -1. */
int vrrp_peek_vrid(const uint8_t *data, size_t len);

/* What an instance asks of the advertisements of its peers. peer: in unicast the sender, or NULL. AH is checked apart, on the packet. */
enum vrrp_refusal vrrp_check_advert(const struct vrrp_conf *, const struct peer_conf *peer, struct vrrp_advert *);
/* The first of these (vip_conf) that is not advertised, whatever the order; NULL when none is missing. */
const struct addr *vrrp_missing_addr(const struct vrrp_advert *, const struct conf_node *vips, unsigned count);

void vrrp_init(struct vrrp *, const struct vrrp_conf *);
/* Priority 1-254 by clamping, 255 for an owner, from the base and the sum of the trackers' weights. */
uint8_t vrrp_effective_priority(uint8_t base, int weights);
/* Skew time in us (RFC 3768 section 6.1: in s/256; RFC 9568: in units of the master's interval/256). */
uint64_t vrrp_skew_us(const struct vrrp *);
/* A sync group becomes master when this holds for every member (keepalived prefers backup to thrashing). */
bool vrrp_wants_to_lead(const struct vrrp *);
/* The state machine. Returns enum vrrp_action bits and sets state, deadline_us and the rest. advert is for VRRP_EV_ADVERT. */
unsigned vrrp_step(struct vrrp *, enum vrrp_event, const struct vrrp_advert *, uint64_t now_us);

#endif
