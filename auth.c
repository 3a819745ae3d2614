/* SPDX-License-Identifier: MIT */
#include "auth.h"
#include "bytes.h"

#include <string.h>

#define SCHEME_HMAC_SHA256 1
#define TRAILER_SIGNED 12 /* of its bytes; the HMAC follows */
#define HMAC_LEN (AUTH_TRAILER - TRAILER_SIGNED)
#define CHECKSUM_AT 6
#define AH_FIXED 12
#define AH_ICV (AUTH_AH - AH_FIXED)
#define AH_WORDS (AUTH_AH / 4 - 2) /* RFC 2402 section 2.2 */
#define IP_HEADER_MAX 60
#define BLOCK 64 /* of both hashes */
#define STATE 32 /* of both at most */

static const uint8_t zeros[HMAC_LEN];

/* --- HMAC (RFC 2104) from the states of a key --- */

static void pad_state(enum hash_name hash, const uint8_t *secret, size_t len, uint8_t pad, uint8_t *state)
{
	struct hash h;

	hash_begin_padded(&h, hash, secret, len, pad);
	memcpy(state, h.state, STATE);
	explicit_bzero(&h, sizeof(h));
}

/* The hash leaves the block that it worked on where the stack was. */
static void __attribute__((noinline)) wipe_stack(void)
{
	uint8_t below[1024];

	explicit_bzero(below, sizeof(below));
}

void auth_key_set(struct auth_key *key, enum hash_name hash, const uint8_t *secret, size_t len)
{
	pad_state(hash, secret, len, 0x36, key->inner);
	pad_state(hash, secret, len, 0x5c, key->outer);
	wipe_stack();
}

static void go_on(struct hash *h, const uint8_t *state)
{
	memcpy(h->state, state, STATE);
	h->count = BLOCK;
}

static void end(struct hash *h, const struct auth_key *key, uint8_t *digest)
{
	size_t len = hash_end(h, digest);

	go_on(h, key->outer);
	hash_add(h, digest, len);
	hash_end(h, digest);
}

/* In a time that tells nothing of where they differ. */
static bool same(const uint8_t *a, const uint8_t *b, size_t len)
{
	uint8_t differs = 0;

	while (len--)
		differs |= a[len] ^ b[len];
	return !differs;
}

/* --- auth_hmac --- */

uint64_t auth_clock(uint32_t seconds, uint32_t nanoseconds)
{
	/* nanoseconds * 65536 / 10^9 in 32 bits: 10^9 is 512 times this. */
	const uint32_t part = 1953125;
	uint32_t fraction = nanoseconds / part * 128 + nanoseconds % part * 128 / part;

	return (uint64_t)seconds << 32 | fraction << 16;
}

static int seconds_ahead(const struct auth *a, uint64_t sequence)
{
	return (int)((uint32_t)(sequence >> 32) - (uint32_t)(a->now >> 32));
}

static bool within_window(const struct auth *a, uint64_t sequence)
{
	return (unsigned)seconds_ahead(a, sequence) + a->window_s <= 2 * a->window_s;
}

/* RFC 1982: right across the end of the numbers too. */
static bool is_after(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0;
}

static const struct auth_key *find_key(const struct auth *a, uint8_t id)
{
	for (unsigned i = 0; i < a->key_count; i++)
		if (a->keys[i].id == id)
			return &a->keys[i];
	return NULL;
}

/* 32 bytes, of which the first HMAC_LEN are sent. */
static void digest_of(const struct auth_key *key, const struct vrrp_packet *packet, const uint8_t *trailer, uint8_t *digest)
{
	uint8_t about[20] = { packet->source.family == AF_INET6 ? 6 : 4, packet->data[0] >> 4, packet->data[1] };
	struct hash h;

	memcpy(about + 4, packet->source.bytes, sizeof(packet->source.bytes));
	hash_begin(&h, HASH_SHA256);
	go_on(&h, key->inner);
	hash_add(&h, about, sizeof(about));
	hash_add(&h, packet->data, CHECKSUM_AT);
	/* The checksum is another for each receiver, and in IPv6 the kernel's. */
	hash_add(&h, zeros, 2);
	hash_add(&h, packet->data + CHECKSUM_AT + 2, packet->len - CHECKSUM_AT - 2);
	hash_add(&h, trailer, TRAILER_SIGNED);
	hash_add(&h, zeros, HMAC_LEN);
	end(&h, key, digest);
}

/* The clock, or the next number while it stands still or was set back. */
static void next_sequence(struct auth *a)
{
	bool stranded = a->window_s && seconds_ahead(a, a->sequence) > (int)a->window_s;

	a->sequence = !a->sequence || stranded || is_after(a->now, a->sequence) ? a->now : a->sequence + 1;
}

void auth_sign(struct auth *a, const struct vrrp_packet *packet)
{
	const struct auth_key *key = find_key(a, a->active_key);
	uint8_t digest[32] = { 0 };

	next_sequence(a);
	put_be(a->trailer, SCHEME_HMAC_SHA256 << 24 | (uint32_t)a->active_key << 16, 4);
	put_be(a->trailer + 4, a->sequence, 8);
	if (key)
		digest_of(key, packet, a->trailer, digest);
	memcpy(a->trailer + TRAILER_SIGNED, digest, HMAC_LEN);
}

/* Leaves a mark, as the first, in place of the sender's former one or of the oldest. */
static enum vrrp_refusal mark(struct auth *a, const struct addr *source, uint64_t sequence)
{
	struct auth_mark *m = a->marks;
	unsigned i;

	for (i = 0; i + 1 < a->mark_count && addr_is_set(&m[i].source); i++)
		if (addr_equal(&m[i].source, source))
			break;
	/* One outside the window only stands in the way of a sender whose clock was mended: the window refuses what is older. */
	if (addr_equal(&m[i].source, source) && (!a->window_s || within_window(a, m[i].sequence)) && !is_after(sequence, m[i].sequence))
		return VRRP_REPLAYED;
	memmove(m + 1, m, i * sizeof(*m));
	m->source = *source;
	m->sequence = sequence;
	return VRRP_OK;
}

int auth_skew(const struct auth *a, const struct vrrp_advert *advert)
{
	return seconds_ahead(a, get_be(advert->trailer + 4, 8));
}

enum vrrp_refusal auth_verify(struct auth *a, const struct vrrp_advert *advert, const uint8_t *message)
{
	struct vrrp_packet signed_part = { .data = message, .len = advert->message_len, .source = advert->source };
	const uint8_t *trailer = advert->trailer;
	const struct auth_key *key;
	uint8_t digest[32];
	uint64_t sequence;

	if (!trailer)
		return a->enforce ? VRRP_NOT_SIGNED : VRRP_OK;
	if (advert->trailer_len != AUTH_TRAILER)
		return VRRP_BAD_LENGTH;
	if (trailer[0] != SCHEME_HMAC_SHA256 || trailer[2] || trailer[3])
		return VRRP_BAD_TRAILER;
	/* Before the HMAC: a flood of old packets costs nothing. */
	sequence = get_be(trailer + 4, 8);
	if (a->window_s && !within_window(a, sequence))
		return VRRP_STALE;
	key = find_key(a, trailer[1]);
	if (!key)
		return VRRP_UNKNOWN_KEY;
	digest_of(key, &signed_part, trailer, digest);
	if (!same(trailer + TRAILER_SIGNED, digest, HMAC_LEN))
		return VRRP_BAD_AUTH_DATA;
	return mark(a, &advert->source, sequence);
}

/* --- AH --- */

/* With all that changes on the way as 0, but for the TTL of multicast: so keepalived has it, against RFC 2402 section 3.3.3.1.1.1. Options count
 * as they came. */
static void icv_of(const struct auth_key *key, const uint8_t *ip, size_t ip_len, const uint8_t *data, size_t len, uint8_t *digest)
{
	struct hash h;
	uint8_t header[IP_HEADER_MAX];

	memcpy(header, ip, ip_len);
	header[1] = 0;
	put16(header + 6, 0);
	if (header[16] >> 4 != 0xe)
		header[8] = 0;
	put16(header + 10, 0);
	hash_begin(&h, HASH_MD5);
	go_on(&h, key->inner);
	hash_add(&h, header, ip_len);
	hash_add(&h, data, AH_FIXED);
	hash_add(&h, zeros, AH_ICV);
	hash_add(&h, data + AUTH_AH, len - AUTH_AH);
	end(&h, key, digest);
}

void auth_ah_next(struct auth *a)
{
	/* At the end, after 136 years, it is refused as replayed and another takes over. */
	if (a->sequence < UINT32_MAX)
		a->sequence++;
}

void auth_ah_sign(const struct auth *a, const uint8_t *ip, uint8_t *data, size_t len)
{
	uint8_t digest[16];

	put_be(data, (uint32_t)VRRP_PROTOCOL << 24 | AH_WORDS << 16, 4);
	memcpy(data + 4, ip + 12, 4);
	put_be(data + 8, a->sequence, 4);
	icv_of(a->keys, ip, 20, data, len, digest);
	memcpy(data + AH_FIXED, digest, AH_ICV);
}

bool auth_ah_is(const uint8_t *data, size_t len)
{
	return len >= AUTH_AH && data[0] == VRRP_PROTOCOL && data[1] == AH_WORDS;
}

enum vrrp_refusal auth_ah_verify(struct auth *a, const uint8_t *ip, size_t ip_len, const uint8_t *data, size_t len)
{
	uint8_t digest[16];
	uint64_t sequence;

	if (!auth_ah_is(data, len) || ip_len > IP_HEADER_MAX)
		return VRRP_BAD_AH;
	icv_of(a->keys, ip, ip_len, data, len, digest);
	if (!same(data + AH_FIXED, digest, AH_ICV))
		return VRRP_BAD_AUTH_DATA;
	if (!same(data + 4, ip + 12, 4))
		return VRRP_BAD_AH;
	/* One count for all: the next master goes on where the last one was. */
	sequence = get_be(data + 8, 4);
	if (sequence <= a->sequence)
		return VRRP_REPLAYED;
	a->sequence = sequence;
	return VRRP_OK;
}
