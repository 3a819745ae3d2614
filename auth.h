/* SPDX-License-Identifier: MIT */
/*
 * Authentication of advertisements, pure: the trailer of auth_hmac (HMAC-SHA256, draft-cassen-vrrp-auth-hmac) and keepalived's AH header
 * (RFC 2402, HMAC-MD5-96, over IPv4). Given bytes, keys and the time, a verdict; no descriptor, no clock, no allocation.
 */
#ifndef AUTH_H
#define AUTH_H

#include "addr.h"
#include "hash.h"
#include "vrrp.h"

#define AUTH_TRAILER 28
#define AUTH_AH 24
#define AUTH_SECRET_MAX 64

/* A key, as the states of the hash after its two pads: HMAC has two blocks less to compute, and there is no secret to show by mistake. */
struct auth_key {
	uint8_t id;
	uint8_t inner[32], outer[32];
};
/* HASH_SHA256, for AH HASH_MD5. secret: at most AUTH_SECRET_MAX bytes, of AH VRRP_AUTH_LEN. */
void auth_key_set(struct auth_key *, enum hash_name, const uint8_t *secret, size_t len);

/* The highest sequence that a sender was believed; source is unset in free places, which come last. */
struct auth_mark {
	struct addr source;
	uint64_t sequence;
};

struct auth {
	uint64_t sequence;      /* the last one sent; AH: sent or heard, as keepalived counts */
	uint64_t now;           /* auth_clock(), set by the caller before it signs or verifies */
	bool enforce;           /* what is not signed is refused */
	bool silent;            /* nothing is signed */
	uint8_t active_key;
	uint8_t trailer[AUTH_TRAILER]; /* of the advertisement that is being sent */
	unsigned window_s;      /* anti_replay time; 0: monotonic */
	unsigned key_count, mark_count; /* AH: no marks */
	struct auth_key *keys;  /* AH: one */
	struct auth_mark *marks; /* the most recent first; as many as there are peers, in multicast a few */
};

/* UTC as the upper 48 bits of a sequence number. */
uint64_t auth_clock(uint32_t seconds, uint32_t nanoseconds);
/* Makes the trailer of a message: data, len and source count, not its checksum. It is the same for all who get it. */
void auth_sign(struct auth *, const struct vrrp_packet *);
/* message: what advert was parsed from. Only a message that is accepted leaves a mark. */
enum vrrp_refusal auth_verify(struct auth *, const struct vrrp_advert *advert, const uint8_t *message);
/* By how many seconds the sender's clock is ahead of ours; the advertisement has a whole trailer. */
int auth_skew(const struct auth *, const struct vrrp_advert *);

/* Counts; before each advertisement, not before each copy of it. */
void auth_ah_next(struct auth *);
/* Fills the first AUTH_AH of len bytes at data, which the message follows. ip: the header as sent, of 20 bytes. */
void auth_ah_sign(const struct auth *, const uint8_t *ip, uint8_t *data, size_t len);
/* Whether data begins with an AH header before VRRP. */
bool auth_ah_is(const uint8_t *data, size_t len);
/* ip: ip_len bytes with options, at most 60. */
enum vrrp_refusal auth_ah_verify(struct auth *, const uint8_t *ip, size_t ip_len, const uint8_t *data, size_t len);

#endif
