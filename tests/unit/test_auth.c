/* links: auth.c hash.c vrrp.c addr.c */
/* SPDX-License-Identifier: MIT */
/* The trailer and the AH header: vectors of another program, and everything that may be wrong with them. */
#include "auth.h"
#include "vips.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define BYTES_MAX 256

struct hmac_vector {
	unsigned version;
	const char *source, *dest;
	uint8_t key_id;
	const char *key;
	uint32_t seconds, rest; /* the sequence */
	const char *bytes;
};
struct ah_vector {
	const char *password;
	uint32_t sequence;
	uint8_t ttl;
	uint16_t ip_id;
	const char *bytes;
};
#include "auth_vectors.h"

static struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

/* A receiver or a sender. */
struct side {
	struct auth auth;
	struct auth_key keys[4];
	struct auth_mark marks[3];
};

static struct auth *side(struct side *s, unsigned window_s)
{
	memset(s, 0, sizeof(*s));
	s->auth.enforce = true;
	s->auth.window_s = window_s;
	s->auth.keys = s->keys;
	s->auth.marks = s->marks;
	s->auth.mark_count = COUNT(s->marks);
	return &s->auth;
}

static void add_key(struct auth *a, uint8_t id, const char *hex)
{
	uint8_t secret[AUTH_SECRET_MAX];
	size_t len = text_hex(hex, secret, sizeof(secret));

	assert_in_range(len, 32, sizeof(secret));
	a->keys[a->key_count].id = id;
	auth_key_set(&a->keys[a->key_count++], HASH_SHA256, secret, len);
	a->active_key = id;
}

static uint64_t sequence_of(const struct hmac_vector *v)
{
	return (uint64_t)v->seconds << 32 | v->rest;
}

static enum vrrp_refusal hear(struct auth *a, const struct addr *source, const struct addr *dest, const uint8_t *bytes, size_t len)
{
	struct vrrp_packet packet = { .data = bytes, .len = len, .source = *source, .dest = *dest, .ttl = 255 };
	struct vrrp_advert advert;
	enum vrrp_refusal why = vrrp_parse(&packet, dest, &advert);

	return why == VRRP_OK ? auth_verify(a, &advert, bytes) : why;
}

static enum vrrp_refusal hear_vector(struct auth *a, const struct hmac_vector *v)
{
	struct addr source = ip(v->source), dest = ip(v->dest);
	uint8_t bytes[BYTES_MAX];

	return hear(a, &source, &dest, bytes, text_hex(v->bytes, bytes, sizeof(bytes)));
}

/* What is sent, byte for byte, but for the checksum that the kernel writes. */
static void signs(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
		const struct hmac_vector *v = &hmac_vectors[i];
		struct addr four = ip("192.0.2.100"), six[2] = { ip("fe80::100"), ip("2001:db8::1") };
		struct vrrp_conf m = { .version = (uint8_t)v->version, .vrid = 51, .advert_us = 1000000, .vips = vips_list(&four, 1) };
		struct addr source = ip(v->source), dest = ip(v->dest);
		uint8_t want[BYTES_MAX], got[BYTES_MAX];
		struct side s;
		struct auth *a = side(&s, 0);
		struct vrrp_packet packet = { .data = got, .source = source };
		size_t len = text_hex(v->bytes, want, sizeof(want));

		m.family = source.family;
		if (m.family == AF_INET6)
			m.vips = vips_list(six, 2);
		add_key(a, v->key_id, v->key);
		a->sequence = a->now = sequence_of(v) - 1;
		packet.len = vrrp_build(&m, 200, m.vips.count, got, sizeof(got));
		if (m.family == AF_INET)
			vrrp_seal(vrrp_checksum_form(&m), got, packet.len, &source, &dest);
		auth_sign(a, &packet);
		memcpy(got + packet.len, a->trailer, AUTH_TRAILER);
		if (m.family == AF_INET6)
			memcpy(got + 6, want + 6, 2);
		assert_int_equal(packet.len + AUTH_TRAILER, len);
		assert_memory_equal(got, want, len);
		assert_true(a->sequence == sequence_of(v));
	}
}

/* draft-cassen-vrrp-auth-hmac, appendix: the IPv4 message has the checksum of RFC 9568. */
static void vectors_of_the_draft(void **state)
{
	static const char key[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
	static const struct hmac_vector rows[] = {
		{ 3, "198.51.100.10", "192.0.2.10", 1, key, 0, 0,
		  "3133c80100644402c00002640101000068000000800000001b84bc4e8e43892dc6d98448f8ee2265" },
		{ 3, "fe80::10", "fe80::20", 1, key, 0, 0,
		  "3133c8010064a2e9fe800000000000000000000000000100010100006800000080000000c8c56146ebfd66ee10ec4d8186461b78" },
	};
	struct side s;
	struct auth *a;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		a = side(&s, 5);
		add_key(a, 1, key);
		a->now = auth_clock(0x68000000, 900000000);
		assert_int_equal(hear_vector(a, &rows[i]), VRRP_OK);
		assert_int_equal(hear_vector(a, &rows[i]), VRRP_REPLAYED);
	}
}

static void verifies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
		struct side s;
		struct auth *a = side(&s, 0);

		add_key(a, hmac_vectors[i].key_id, hmac_vectors[i].key);
		assert_int_equal(hear_vector(a, &hmac_vectors[i]), VRRP_OK);
		assert_int_equal(hear_vector(a, &hmac_vectors[i]), VRRP_REPLAYED);
	}
}

/* Every length but the right one, at the end of what may be read. */
static void cut_and_longer(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
		const struct hmac_vector *v = &hmac_vectors[i];
		struct addr source = ip(v->source), dest = ip(v->dest);
		uint8_t bytes[BYTES_MAX] = { 0 };
		size_t len = text_hex(v->bytes, bytes, sizeof(bytes)), message = len - AUTH_TRAILER;
		struct side s;
		struct auth *a = side(&s, 0);

		add_key(a, v->key_id, v->key);
		for (size_t cut = 0; cut < len + 30; cut++) {
			uint8_t *copy = test_malloc(cut + !cut);

			memcpy(copy, bytes, cut);
			assert_int_equal(hear(a, &source, &dest, copy, cut), cut == message ? VRRP_NOT_SIGNED : cut == len ? VRRP_OK : VRRP_BAD_LENGTH);
			test_free(copy);
		}
		a->enforce = false;
		assert_int_equal(hear(a, &source, &dest, bytes, message), VRRP_OK);
		assert_int_equal(hear(a, &source, &dest, bytes, message + 1), VRRP_BAD_LENGTH);
	}
}

/* Each bit counts, but for those of the checksum. Nothing forged leaves a mark: what is genuine is accepted afterwards. */
static void forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(hmac_vectors); i++) {
		const struct hmac_vector *v = &hmac_vectors[i];
		struct addr source = ip(v->source), dest = ip(v->dest);
		uint8_t bytes[BYTES_MAX];
		size_t len = text_hex(v->bytes, bytes, sizeof(bytes));
		struct vrrp_packet packet = { .data = bytes, .len = len, .source = source, .dest = dest };
		const uint8_t *trailer = bytes + len - AUTH_TRAILER;
		struct vrrp_advert advert;
		struct side s;
		struct auth *a = side(&s, 0);

		add_key(a, v->key_id, v->key);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			const uint8_t *at = bytes + bit / 8;
			enum vrrp_refusal want = VRRP_BAD_AUTH_DATA;

			if (at == trailer || at == trailer + 2 || at == trailer + 3)
				want = VRRP_BAD_TRAILER;
			else if (at == trailer + 1)
				want = VRRP_UNKNOWN_KEY;
			/* Past the checks that come before, as a forger would. */
			assert_int_equal(vrrp_parse(&packet, &dest, &advert), VRRP_OK);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(at == bytes + 6 || at == bytes + 7 ? VRRP_BAD_AUTH_DATA : auth_verify(a, &advert, bytes), want);
			bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		for (size_t byte = 0; byte < addr_len(&source); byte++) {
			advert.source.bytes[byte] ^= 1;
			assert_int_equal(auth_verify(a, &advert, bytes), VRRP_BAD_AUTH_DATA);
			advert.source.bytes[byte] ^= 1;
		}
		assert_false(addr_is_set(&s.marks[0].source));
		bytes[6] ^= 0xff;
		assert_int_equal(auth_verify(a, &advert, bytes), VRRP_OK);
	}
}

/* A message of VRID 51, v3, signed by a sender with its own sequence. */
static enum vrrp_refusal exchange(struct auth *to, struct auth *from, const char *source_text)
{
	struct addr source = ip(source_text), group = ip("224.0.0.18"), vip = ip("192.0.2.9");
	struct vrrp_conf m = { .version = 3, .vrid = 51, .family = AF_INET, .advert_us = 1000000, .vips = vips_list(&vip, 1) };
	uint8_t bytes[BYTES_MAX];
	struct vrrp_packet packet = { .data = bytes, .source = source };

	packet.len = vrrp_build(&m, 1, 1, bytes, sizeof(bytes));
	vrrp_seal(vrrp_checksum_form(&m), bytes, packet.len, &source, &group);
	auth_sign(from, &packet);
	memcpy(bytes + packet.len, from->trailer, AUTH_TRAILER);
	return hear(to, &source, &group, bytes, packet.len + AUTH_TRAILER);
}

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static void window(void **state)
{
	static const struct { int ahead; enum vrrp_refusal want; } rows[] = {
		{ 0, VRRP_OK }, { 5, VRRP_OK }, { 6, VRRP_STALE }, { -5, VRRP_OK }, { -6, VRRP_STALE }, { 100000, VRRP_STALE }, { -100000, VRRP_STALE },
		{ INT32_MAX, VRRP_STALE }, { INT32_MIN, VRRP_STALE },
	};
	static const uint32_t nows[] = { 1800000000, 3, UINT32_MAX - 2, 0x80000000, 0x7fffffff };
	struct side s, r;
	struct auth *from, *to;

	(void)state;
	for (size_t k = 0; k < COUNT(nows); k++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			from = side(&s, 5);
			to = side(&r, 5);
			add_key(from, 1, KEY_A);
			add_key(to, 1, KEY_A);
			to->now = auth_clock(nows[k], 999999999);
			from->now = auth_clock(nows[k] + (uint32_t)rows[i].ahead, 0);
			assert_int_equal(exchange(to, from, "192.0.2.1"), rows[i].want);
			to->window_s = 0;
			assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
		}
	}
}

static void clock_of_sequences(void **state)
{
	static const uint32_t parts[] = { 0, 1, 15258, 15259, 15260, 499999999, 500000000, 999984741, 999984742, 999999999, 123456789 };

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++)
		assert_true(auth_clock(0x89abcdef, parts[i]) == (0x89abcdefULL << 32 | (uint64_t)parts[i] * 65536 / 1000000000 << 16));
}

/* What is sent always grows, whatever the clock does, but for one that was far ahead. */
static void sequence_grows(void **state)
{
	static const struct { uint32_t now_s; uint64_t want; } rows[] = {
		{ 1000, 1000ULL << 32 }, { 1000, 1000ULL << 32 | 1 }, { 999, 1000ULL << 32 | 2 }, { 1001, 1001ULL << 32 }, { 996, 1001ULL << 32 | 1 },
	};
	struct side s;
	struct auth *a;

	(void)state;
	for (unsigned window_s = 0; window_s <= 5; window_s += 5) {
		a = side(&s, window_s);
		add_key(a, 1, KEY_A);
		for (size_t i = 0; i < COUNT(rows); i++) {
			uint8_t bytes[8] = { 0x31, 51 };
			struct vrrp_packet packet = { .data = bytes, .len = sizeof(bytes) };

			a->now = auth_clock(rows[i].now_s, 0);
			auth_sign(a, &packet);
			assert_true(a->sequence == rows[i].want);
			if (i + 1 < COUNT(rows))
				continue;
			a->now = auth_clock(995, 0);
			auth_sign(a, &packet);
			assert_true(a->sequence == (window_s ? 995ULL << 32 : 1001ULL << 32 | 2));
		}
	}
	/* A full counter goes on in the time. */
	a = side(&s, 0);
	a->sequence = a->now = 5ULL << 32 | 0xffff;
	auth_sign(a, &(struct vrrp_packet){ .data = (const uint8_t[8]){ 0 }, .len = 8 });
	assert_true(a->sequence == (5ULL << 32 | 0x10000));
	/* Beyond the middle of the numbers the first is the clock's too. */
	a = side(&s, 0);
	a->now = auth_clock(0xf0000000, 0);
	auth_sign(a, &(struct vrrp_packet){ .data = (const uint8_t[8]){ 0 }, .len = 8 });
	assert_true(a->sequence == 0xf0000000ULL << 32);
}

static void replayed(void **state)
{
	struct side s, r;
	struct auth *from = side(&s, 0), *to = side(&r, 0);

	(void)state;
	add_key(from, 1, KEY_A);
	add_key(to, 1, KEY_A);
	from->now = auth_clock(1000, 0);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->sequence -= 2;
	from->now = 0;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED); /* older */
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED); /* the same */
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	/* Another sender has a mark of its own. */
	from->sequence = 4;
	assert_int_equal(exchange(to, from, "192.0.2.2"), VRRP_OK);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED);
	assert_int_equal(exchange(to, from, "192.0.2.3"), VRRP_OK);
	/* Three are known; a fourth takes the place of the one that was silent longest. */
	from->sequence = 1000ULL << 32 | 9;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->sequence = 2;
	assert_int_equal(exchange(to, from, "192.0.2.4"), VRRP_OK);
	assert_int_equal(exchange(to, from, "192.0.2.3"), VRRP_REPLAYED);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED);
	assert_int_equal(exchange(to, from, "192.0.2.2"), VRRP_OK);
	/* Across the end of the numbers, either way. */
	from->sequence = UINT64_MAX - 1;
	to = side(&r, 0);
	add_key(to, 1, KEY_A);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->sequence = 4;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->sequence = UINT64_MAX - 1;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED);
}

/* A sender whose clock was ahead, and is right again, is heard when its old mark is out of the window. */
static void mended_clock(void **state)
{
	struct side s, r;
	struct auth *from = side(&s, 5), *to = side(&r, 5);

	(void)state;
	add_key(from, 1, KEY_A);
	add_key(to, 1, KEY_A);
	to->now = auth_clock(1000, 0);
	from->now = auth_clock(1005, 0);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->sequence = 0;
	from->now = to->now;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED);
	to->now = auth_clock(1011, 0); /* our own clock leaps */
	from->sequence = 0;
	from->now = auth_clock(1006, 1);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	/* The mark is the far future's, by a clock of ours that was: not for ever. */
	r.marks[0].sequence = 5000ULL << 32;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	assert_true(r.marks[0].sequence >> 32 == 1006);
	/* Without a window it is. */
	to->window_s = 0;
	r.marks[0].sequence = 5000ULL << 32;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_REPLAYED);
}

static void rotation(void **state)
{
	struct side s, r;
	struct auth *from = side(&s, 0), *to = side(&r, 0);

	(void)state;
	add_key(from, 1, KEY_A);
	add_key(to, 1, KEY_A);
	from->now = auth_clock(1000, 0);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	add_key(from, 2, KEY_B);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_UNKNOWN_KEY);
	from->active_key = 1;
	add_key(to, 2, KEY_B);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	from->active_key = 2;
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_OK);
	/* Another key of the same number. */
	from->key_count = 0;
	add_key(from, 2, KEY_A);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_BAD_AUTH_DATA);
	/* None to sign with: nobody takes what is sent. */
	from->active_key = 9;
	add_key(to, 9, KEY_B);
	assert_int_equal(exchange(to, from, "192.0.2.1"), VRRP_BAD_AUTH_DATA);
}

static void skew(void **state)
{
	static const int rows[] = { 0, 3, -3, 200, -200 };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct auth a = { .now = auth_clock(UINT32_MAX - 1, 5) };
		uint8_t trailer[AUTH_TRAILER] = { 0 };
		struct vrrp_advert advert = { .trailer = trailer, .trailer_len = sizeof(trailer) };
		uint32_t then = UINT32_MAX - 1 + (uint32_t)rows[i];

		for (unsigned k = 0; k < 4; k++)
			trailer[4 + k] = (uint8_t)(then >> (24 - 8 * k));
		assert_int_equal(auth_skew(&a, &advert), rows[i]);
	}
}

/* --- AH --- */

static struct auth *ah_side(struct side *s, const char *password)
{
	uint8_t secret[VRRP_AUTH_LEN] = { 0 };
	struct auth *a = side(s, 0);

	a->mark_count = 0;
	memcpy(secret, password, strlen(password));
	auth_key_set(&a->keys[a->key_count++], HASH_MD5, secret, VRRP_AUTH_LEN);
	return a;
}

#define IP_LEN 20

static void ah_vectors_both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ah_vectors); i++) {
		const struct ah_vector *v = &ah_vectors[i];
		uint8_t want[BYTES_MAX], got[BYTES_MAX] = { 0 };
		size_t len = text_hex(v->bytes, want, sizeof(want));
		struct side s, r;
		struct auth *from = ah_side(&s, v->password), *to = ah_side(&r, v->password);

		from->sequence = v->sequence - 1;
		auth_ah_next(from);
		memcpy(got, want, IP_LEN);
		memset(got + IP_LEN, 0xaa, AUTH_AH);
		memcpy(got + IP_LEN + AUTH_AH, want + IP_LEN + AUTH_AH, len - IP_LEN - AUTH_AH);
		assert_true(got[4] << 8 == (v->ip_id & 0xff00) && got[8] == v->ttl);
		auth_ah_sign(from, got, got + IP_LEN, len - IP_LEN);
		assert_memory_equal(got, want, len);
		assert_true(auth_ah_is(want + IP_LEN, len - IP_LEN));
		assert_int_equal(auth_ah_verify(to, want, IP_LEN, want + IP_LEN, len - IP_LEN), VRRP_OK);
		assert_int_equal(to->sequence, v->sequence);
		assert_int_equal(auth_ah_verify(to, want, IP_LEN, want + IP_LEN, len - IP_LEN), VRRP_REPLAYED);
	}
}

/* Lengths and bits. What may change on the way counts for nothing: TOS, fragments, checksum, and the TTL in unicast. */
static void ah_forged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ah_vectors); i++) {
		const struct ah_vector *v = &ah_vectors[i];
		uint8_t bytes[BYTES_MAX], *data = bytes + IP_LEN;
		size_t len = text_hex(v->bytes, bytes, sizeof(bytes)) - IP_LEN;
		bool multicast = bytes[16] == 224;
		struct side s;
		struct auth *a = ah_side(&s, v->password);

		for (size_t cut = 0; cut < len; cut++) {
			uint8_t *copy = test_malloc(cut + !cut);

			memcpy(copy, data, cut);
			assert_int_equal(auth_ah_verify(a, bytes, IP_LEN, copy, cut), cut < AUTH_AH ? VRRP_BAD_AH : VRRP_BAD_AUTH_DATA);
			test_free(copy);
		}
		for (size_t bit = 0; bit < 8 * (IP_LEN + len); bit++) {
			size_t at = bit / 8;
			bool mutable = at == 1 || at == 6 || at == 7 || at == 10 || at == 11 || (at == 8 && !multicast);
			bool head = at == IP_LEN || at == IP_LEN + 1;

			bytes[at] ^= (uint8_t)(1 << bit % 8);
			if (mutable)
				a->sequence = v->sequence;
			assert_int_equal(auth_ah_verify(a, bytes, IP_LEN, data, len),
			                 mutable ? VRRP_REPLAYED : head ? VRRP_BAD_AH : VRRP_BAD_AUTH_DATA);
			a->sequence = 0;
			bytes[at] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(auth_ah_verify(a, bytes, 61, data, len), VRRP_BAD_AH);
		assert_int_equal(a->sequence, 0);
		assert_int_equal(auth_ah_verify(a, bytes, IP_LEN, data, len), VRRP_OK);
	}
}

/* One count for what is sent and what is heard. */
static void ah_sequence(void **state)
{
	uint8_t bytes[BYTES_MAX];
	size_t len = text_hex(ah_vectors[0].bytes, bytes, sizeof(bytes)) - IP_LEN;
	struct side s, r;
	struct auth *from = ah_side(&s, "k3y"), *to = ah_side(&r, "k3y");

	(void)state;
	auth_ah_next(to);
	auth_ah_next(to);
	for (unsigned i = 1; i < 5; i++) {
		auth_ah_next(from);
		auth_ah_sign(from, bytes, bytes + IP_LEN, len);
		assert_int_equal(auth_ah_verify(to, bytes, IP_LEN, bytes + IP_LEN, len), i > 2 ? VRRP_OK : VRRP_REPLAYED);
	}
	auth_ah_next(to);
	assert_int_equal(to->sequence, 5);
	/* An address that is not the sender's: its own password proves nothing of it. */
	bytes[IP_LEN + 4] ^= 1;
	assert_int_equal(auth_ah_verify(to, bytes, IP_LEN, bytes + IP_LEN, len), VRRP_BAD_AUTH_DATA);
	from->sequence = UINT32_MAX;
	auth_ah_next(from);
	assert_true(from->sequence == UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs), cmocka_unit_test(vectors_of_the_draft), cmocka_unit_test(verifies), cmocka_unit_test(cut_and_longer),
		cmocka_unit_test(forged), cmocka_unit_test(window), cmocka_unit_test(clock_of_sequences), cmocka_unit_test(sequence_grows),
		cmocka_unit_test(replayed), cmocka_unit_test(mended_clock), cmocka_unit_test(rotation), cmocka_unit_test(skew),
		cmocka_unit_test(ah_vectors_both_ways), cmocka_unit_test(ah_forged), cmocka_unit_test(ah_sequence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
