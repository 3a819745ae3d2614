/* SPDX-License-Identifier: MIT */
/* links: vrrp.c addr.c */
/* The protocol as tables: one row an event, with the state, the actions and the next deadline that the RFCs and keepalived ask for. */
#include "vrrp.h"
#include "vips.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000ULL
#define S 1000000ULL
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct addr ip(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

/* --- codec --- */

/* What is sent: an instance, and where it goes. */
struct message {
	struct vrrp_conf conf;
	struct addr source, dest, group;
	unsigned addr_count;
};

static struct message message(uint8_t version, const struct addr *addrs, unsigned count)
{
	return (struct message){
		.conf = { .version = version, .vrid = 51, .priority = 100, .family = AF_INET, .advert_us = S, .vips = vips_list(addrs, count) },
		.source = ip("192.0.2.1"), .dest = ip("224.0.0.18"), .group = ip("224.0.0.18"), .addr_count = count,
	};
}

static size_t build(const struct message *m, uint8_t *buf, size_t size)
{
	bool old = vrrp_checksum_form(&m->conf) == VRRP_SUM_OLD_UNICAST;
	size_t len = vrrp_build(&m->conf, m->conf.priority, m->addr_count, buf, size);

	if (len && m->conf.family == AF_INET)
		vrrp_seal(vrrp_checksum_form(&m->conf), buf, len, &m->source, old ? &m->group : &m->dest);
	return len;
}

static struct vrrp_packet packet_of(const struct message *m, const uint8_t *data, size_t len)
{
	struct vrrp_packet p = { .data = data, .len = len, .source = m->source, .dest = m->dest, .ttl = 255 };

	return p;
}

static enum vrrp_refusal parse(const struct vrrp_packet *p, struct vrrp_advert *a)
{
	const struct addr group = ip("224.0.0.18");

	return vrrp_parse(p, &group, a);
}

/* The bytes that keepalived 2.2.7 sends for: vrid 51, priority 100, advert_int 1, PASS 1111, 192.0.2.9, from 192.0.2.1. */
static void v2_bytes(void **state)
{
	const struct addr vip = ip("192.0.2.9");
	struct message m = message(2, &vip, 1);
	const uint8_t want[] = { 0x21, 51, 100, 1, 1, 1, 0x55, 0x5e, 192, 0, 2, 9, '1', '1', '1', '1', 0, 0, 0, 0 };
	uint8_t buf[VRRP_MESSAGE_MAX];

	(void)state;
	m.conf.auth_type = VRRP_AUTH_PASS;
	memcpy(m.conf.auth_data, "1111", 4);
	assert_int_equal(build(&m, buf, sizeof(buf)), sizeof(want));
	assert_memory_equal(buf, want, sizeof(want));
}

static void v3_bytes(void **state)
{
	const struct addr vip = ip("192.0.2.9");
	struct message m = message(3, &vip, 1);
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_packet p;
	struct vrrp_advert a;

	(void)state;
	m.conf.advert_us = 100 * MS;
	assert_int_equal(build(&m, buf, sizeof(buf)), 12);
	assert_int_equal(buf[0], 0x31);
	assert_int_equal(buf[4], 0);
	assert_int_equal(buf[5], 10);
	p = packet_of(&m, buf, 12);
	assert_int_equal(parse(&p, &a), VRRP_OK);
	assert_int_equal(a.checksum, VRRP_SUM_PSEUDO);
	assert_int_equal(a.interval_us, 100 * MS);
	/* The pseudo header counts: another source breaks it. */
	p.source = ip("192.0.2.77");
	assert_int_equal(parse(&p, &a), VRRP_BAD_CHECKSUM);
}

static void checksum_forms(void **state)
{
	static const enum vrrp_checksum forms[] = { VRRP_SUM_PSEUDO, VRRP_SUM_PLAIN, VRRP_SUM_OLD_UNICAST };
	const struct addr vip = ip("192.0.2.9");
	struct message m = message(3, &vip, 1);
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_advert a;
	size_t i;

	(void)state;
	m.dest = ip("192.0.2.2"); /* unicast, so that the forms differ */
	for (i = 0; i < COUNT(forms); i++) {
		struct vrrp_packet p;

		m.conf.checksum_without_pseudo = forms[i] == VRRP_SUM_PLAIN;
		m.conf.old_unicast_checksum = forms[i] == VRRP_SUM_OLD_UNICAST;
		assert_int_equal(vrrp_checksum_form(&m.conf), forms[i]);
		p = packet_of(&m, buf, build(&m, buf, sizeof(buf)));
		assert_int_equal(parse(&p, &a), VRRP_OK);
		assert_int_equal(a.checksum, forms[i]);
	}
}

static void round_trips(void **state)
{
	static struct addr vips[VRRP_ADDRS_MAX];
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_advert a;
	unsigned version, count, i;

	(void)state;
	for (i = 0; i < VRRP_ADDRS_MAX; i++)
		vips[i] = addr_from_bytes(AF_INET, (const uint8_t[]){ 10, 0, 1, (uint8_t)i });
	for (version = 2; version <= 3; version++) {
		for (count = 0; count <= VRRP_ADDRS_MAX; count += 17) {
			struct message m = message((uint8_t)version, vips, count);
			size_t len = build(&m, buf, sizeof(buf));
			struct vrrp_packet p = packet_of(&m, buf, len);

			assert_int_equal(len, 8 + 4 * count + (version == 2 ? 8 : 0));
			assert_int_equal(parse(&p, &a), VRRP_OK);
			assert_int_equal(a.vrid, 51);
			assert_int_equal(a.priority, 100);
			assert_int_equal(a.addr_count, count);
			assert_int_equal(a.interval_us, S);
			assert_null(vrrp_missing_addr(&a, vips_of(vips, count), count));
			assert_null(a.trailer);
		}
	}
}

static void no_room(void **state)
{
	const struct addr vip = ip("192.0.2.9");
	struct message m = message(2, &vip, 1);
	uint8_t buf[VRRP_MESSAGE_MAX];
	size_t size;

	(void)state;
	for (size = 0; size < 20; size++)
		assert_int_equal(build(&m, buf, size), 0);
	m.addr_count = 256;
	assert_int_equal(build(&m, buf, sizeof(buf)), 0);
}

/* Every truncated length is refused, and nothing beyond it is read: the copy ends where the packet does. */
static void truncated(void **state)
{
	const struct addr vips[] = { ip("192.0.2.9"), ip("192.0.2.10") };
	unsigned version;

	(void)state;
	for (version = 2; version <= 3; version++) {
		struct message m = message((uint8_t)version, vips, 2);
		uint8_t whole[VRRP_MESSAGE_MAX];
		size_t len = build(&m, whole, sizeof(whole)), cut;

		for (cut = 0; cut < len; cut++) {
			uint8_t *copy = test_malloc(cut ? cut : 1);
			struct vrrp_packet p = packet_of(&m, copy, cut);
			struct vrrp_advert a;

			memcpy(copy, whole, cut);
			assert_int_equal(parse(&p, &a), VRRP_BAD_LENGTH);
			test_free(copy);
		}
	}
}

/* Any byte changed is noticed by the checksum, or makes it another version, type or length. */
static void flipped(void **state)
{
	const struct addr vip = ip("192.0.2.9");
	unsigned version;
	size_t i;

	(void)state;
	for (version = 2; version <= 3; version++) {
		struct message m = message((uint8_t)version, &vip, 1);
		uint8_t buf[VRRP_MESSAGE_MAX];
		size_t len = build(&m, buf, sizeof(buf));
		struct vrrp_packet p = packet_of(&m, buf, len);
		struct vrrp_advert a;

		for (i = 0; i < len; i++) {
			buf[i] ^= 0x15;
			assert_int_not_equal(parse(&p, &a), VRRP_OK);
			buf[i] ^= 0x15;
		}
		assert_int_equal(parse(&p, &a), VRRP_OK);
	}
}

static void trailer(void **state)
{
	const struct addr vip = ip("192.0.2.9");
	struct message m = message(3, &vip, 1);
	uint8_t buf[VRRP_MESSAGE_MAX] = { 0 };
	size_t len = build(&m, buf, sizeof(buf));
	struct vrrp_packet p = packet_of(&m, buf, len + 28);
	struct vrrp_advert a;

	(void)state;
	memset(buf + len, 0xaa, 28);
	assert_int_equal(parse(&p, &a), VRRP_OK);
	assert_int_equal(a.trailer_len, 28);
	assert_ptr_equal(a.trailer, buf + len);
	assert_int_equal(a.message_len, len);
}

static void ipv6_message(void **state)
{
	const struct addr vips[] = { ip("fe80::9"), ip("2001:db8::9") };
	struct message m = message(3, vips, 2);
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_packet p;
	struct vrrp_advert a;

	(void)state;
	m.conf.family = AF_INET6;
	m.source = ip("fe80::1");
	m.dest = ip("ff02::12");
	assert_int_equal(build(&m, buf, sizeof(buf)), 40);
	assert_int_equal(buf[6] | buf[7], 0);
	p = packet_of(&m, buf, 40);
	assert_int_equal(parse(&p, &a), VRRP_OK);
	assert_null(vrrp_missing_addr(&a, vips_of(vips, 2), 2));
}

static void other_lists(void **state)
{
	const struct addr vips[] = { ip("192.0.2.9"), ip("192.0.2.10") }, turned[] = { ip("192.0.2.10"), ip("192.0.2.9") };
	const struct addr other[] = { ip("192.0.2.9"), ip("192.0.2.11") };
	struct message m = message(2, vips, 2);
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_packet p = packet_of(&m, buf, build(&m, buf, sizeof(buf)));
	struct vrrp_advert a;

	(void)state;
	assert_int_equal(parse(&p, &a), VRRP_OK);
	assert_null(vrrp_missing_addr(&a, vips_of(turned, 2), 2));
	assert_true(addr_equal(vrrp_missing_addr(&a, vips_of(other, 2), 2), &other[1]));
	assert_null(vrrp_missing_addr(&a, vips_of(vips, 1), 1));
	a.addr_count = 1;
	assert_true(addr_equal(vrrp_missing_addr(&a, vips_of(vips, 2), 2), &vips[1]));
	assert_true(addr_equal(vrrp_missing_addr(&a, vips_of(turned, 2), 2), &turned[0]));
	a.addr_count = 0;
	assert_true(addr_equal(vrrp_missing_addr(&a, vips_of(vips, 2), 2), &vips[0]));
}

static void what_is_expected(void **state)
{
	static const struct {
		uint8_t version, auth_type;
		const char *auth;
		uint64_t interval_us;
		int ttl;
		enum vrrp_refusal want;
	} rows[] = {
		{ 2, VRRP_AUTH_PASS, "secret\0\0", S, 255, VRRP_OK },
		{ 3, VRRP_AUTH_PASS, "secret\0\0", S, 255, VRRP_BAD_VERSION },
		{ 2, VRRP_AUTH_NONE, "\0\0\0\0\0\0\0\0", S, 255, VRRP_BAD_AUTH_TYPE },
		{ 2, VRRP_AUTH_AH, "secret\0\0", S, 255, VRRP_BAD_AUTH_TYPE },
		{ 2, VRRP_AUTH_PASS, "secreT\0\0", S, 255, VRRP_BAD_AUTH_DATA },
		{ 2, VRRP_AUTH_PASS, "secret\0x", S, 255, VRRP_BAD_AUTH_DATA },
		{ 2, VRRP_AUTH_PASS, "secret\0\0", 2 * S, 255, VRRP_BAD_INTERVAL },
		{ 2, VRRP_AUTH_PASS, "secret\0\0", S, 254, VRRP_BAD_TTL },
		{ 2, VRRP_AUTH_PASS, "secret\0\0", S, -1, VRRP_OK },
	};
	struct vrrp_conf conf = { .version = 2, .auth_type = VRRP_AUTH_PASS, .advert_us = S };
	const struct peer_conf peer = { .min_ttl = 250, .max_ttl = 253 };
	size_t i;

	(void)state;
	memcpy(conf.auth_data, "secret\0\0", 8);
	for (i = 0; i < COUNT(rows); i++) {
		struct vrrp_advert a = { .version = rows[i].version, .auth_type = rows[i].auth_type,
		                         .auth_data = (const uint8_t *)rows[i].auth, .interval_us = (uint32_t)rows[i].interval_us };

		a.ttl = rows[i].ttl;
		assert_int_equal(vrrp_check_advert(&conf, NULL, &a), rows[i].want);
		if (rows[i].want == VRRP_BAD_INTERVAL)
			assert_true(a.theirs == 2000 && a.ours == 1000);
		else
			assert_int_equal(a.theirs != a.ours, rows[i].want != VRRP_OK && rows[i].want != VRRP_BAD_AUTH_DATA);
	}
	conf.version = 3;
	struct vrrp_advert none = { .version = 3, .ttl = 255 };
	assert_int_equal(vrrp_check_advert(&conf, NULL, &none), VRRP_BAD_INTERVAL);
	/* In unicast the peer says which, and nobody where it is none. */
	conf.unicast = true;
	for (int ttl = -1; ttl < 256; ttl++) {
		struct vrrp_advert a = { .version = 3, .interval_us = S, .ttl = ttl };

		assert_int_equal(vrrp_check_advert(&conf, NULL, &a), VRRP_OK);
		assert_int_equal(vrrp_check_advert(&conf, &peer, &a), ttl < 0 || (ttl >= 250 && ttl <= 253) ? VRRP_OK : VRRP_BAD_TTL);
	}
}

/* --- the machine --- */

struct row {
	uint64_t dt_us;      /* since the row before */
	enum vrrp_event event;
	int priority;        /* of the advertisement; or the new effective priority */
	const char *from;    /* its sender */
	enum vrrp_state state;
	unsigned actions;
	uint64_t deadline_us; /* after this row's time; NEVER: none; KEEP: as before */
};
#define NEVER UINT64_MAX
#define KEEP (UINT64_MAX - 1)
#define NOTIFY VRRP_ACT_NOTIFY
#define TO_MASTER (VRRP_ACT_SEND | VRRP_ACT_ENTER_MASTER | VRRP_ACT_NOTIFY)
#define YIELD (VRRP_ACT_LEAVE_MASTER | VRRP_ACT_NOTIFY)
#define ANSWER (VRRP_ACT_SEND | VRRP_ACT_LOWER_SEEN)
#define ADVERT VRRP_EV_ADVERT
#define TIMER VRRP_EV_TIMER
#define START VRRP_EV_START
#define OTHER "192.0.2.2"
#define LOWER_ADDR "192.0.2.1"
#define HIGHER_ADDR "192.0.2.200"

static struct vrrp_conf params(uint8_t version, uint8_t priority, uint32_t advert_us)
{
	struct vrrp_conf p = { .version = version, .vrid = 51, .priority = priority, .down_timer_adverts = 3,
	                         .advert_us = advert_us };

	return p;
}

static void run(const char *name, const struct vrrp_conf *p, const struct row *rows, size_t count, uint32_t their_interval_us)
{
	uint64_t now_us = 1000 * S, before;
	struct vrrp v;
	size_t i;

	vrrp_init(&v, p);
	v.own_addr = ip("192.0.2.100");
	for (i = 0; i < count; i++) {
		const struct row *r = &rows[i];
		struct vrrp_advert a = { .version = p->version, .vrid = 51, .priority = (uint8_t)r->priority, .interval_us = their_interval_us };
		unsigned actions;

		if (r->from)
			a.source = ip(r->from);
		if (r->event == VRRP_EV_PRIORITY)
			v.effective_priority = (uint8_t)r->priority;
		now_us += r->dt_us;
		before = v.deadline_us;
		actions = vrrp_step(&v, r->event, &a, now_us);
		if (v.state != r->state || actions != r->actions ||
		    (r->deadline_us == NEVER ? v.deadline_us != VRRP_NEVER
		     : r->deadline_us == KEEP ? v.deadline_us != before : v.deadline_us != now_us + r->deadline_us))
			fail_msg("%s, row %zu: state %s, actions %#x, deadline in %lld us", name, i, vrrp_state_text(v.state), actions,
			         (long long)(v.deadline_us - now_us));
	}
}
#define RUN(p, rows, their) run(__func__, p, rows, COUNT(rows), their)

#define DOWN_100 (3 * S + 156 * S / 256) /* v2, priority 100 */

/* timer_expired_backup: whoever was late enough for another of priority 200 to be master gives up; an owner does not. */
static void late_timer(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const uint64_t down_200 = 3 * S + 56 * S / 256;
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ 20 * S, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ down_200 - 1, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S },
		{ down_200, TIMER, 0, 0, VRRP_BACKUP, YIELD, DOWN_100 },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
	};
	const struct row owner[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, 0, 0 },
		{ 0, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 20 * S, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S },
	};

	(void)state;
	p.timer_expired_backup = 200;
	RUN(&p, rows, S);
	p.priority = 255;
	RUN(&p, owner, S);
}

static void v2_life(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ S, ADVERT, 150, OTHER, VRRP_BACKUP, 0, DOWN_100 },       /* RFC 3768 6.4.2: reset */
		{ S, ADVERT, 100, OTHER, VRRP_BACKUP, 0, DOWN_100 },       /* equal: reset */
		{ S, ADVERT, 99, OTHER, VRRP_BACKUP, VRRP_ACT_LOWER_IGNORED, KEEP }, /* lower: discarded */
		{ DOWN_100 - S, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ S, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S },
		{ S - 1, TIMER, 0, 0, VRRP_MASTER, 0, KEEP },              /* woken early: nothing */
		{ 1, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S },
		{ 10, ADVERT, 99, OTHER, VRRP_MASTER, ANSWER, KEEP },
		{ 10, ADVERT, 0, OTHER, VRRP_MASTER, VRRP_ACT_SEND | VRRP_ACT_STOP_SEEN, S }, /* 6.4.3: send, reset */
		{ 10, ADVERT, 100, LOWER_ADDR, VRRP_MASTER, ANSWER, KEEP },
		{ 10, ADVERT, 100, HIGHER_ADDR, VRRP_BACKUP, YIELD, DOWN_100 },
		{ S, ADVERT, 0, OTHER, VRRP_BACKUP, VRRP_ACT_STOP_SEEN, 156 * S / 256 }, /* 6.4.2: skew */
		{ 156 * S / 256, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, ADVERT, 101, OTHER, VRRP_BACKUP, YIELD, DOWN_100 },
		{ 10, VRRP_EV_STOP, 0, 0, VRRP_INIT, NOTIFY, NEVER },
	};

	(void)state;
	RUN(&p, rows, S);
}

/* An advertisement every interval from the first on, however late each was sent: no drift; after a standstill a new schedule. */
static void schedule(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ S + 300, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S - 300 },
		{ S - 300 + 700, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S - 700 },
		{ 10 * S, TIMER, 0, 0, VRRP_MASTER, VRRP_ACT_SEND, S },
	};

	(void)state;
	RUN(&p, rows, S);
}

static void state_master_waits_too(void **state)
{
	struct vrrp_conf p = params(2, 150, S);
	const struct row v2[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, 3 * S + 106 * S / 256 },
		{ 3 * S + 106 * S / 256, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ S / 2, VRRP_EV_FAULT, 0, 0, VRRP_FAULT, VRRP_ACT_SEND_STOP | YIELD, NEVER },
		{ S, ADVERT, 100, OTHER, VRRP_FAULT, 0, NEVER },
		{ S, TIMER, 0, 0, VRRP_FAULT, 0, NEVER },
		{ S, VRRP_EV_FAULT, 0, 0, VRRP_FAULT, 0, NEVER },
		{ S, VRRP_EV_RECOVER, 0, 0, VRRP_BACKUP, NOTIFY, 3 * S + 106 * S / 256 }, /* the full timer after FAULT */
		{ 0, VRRP_EV_RECOVER, 0, 0, VRRP_BACKUP, 0, KEEP },
	};
	const struct row v3[] = { { 0, START, 0, 0, VRRP_BACKUP, NOTIFY, 300 * MS + 106 * 100 * MS / 256 } };

	(void)state;
	p.start_master = true;
	RUN(&p, v2, S);
	p.version = 3;
	p.advert_us = 100 * MS;
	RUN(&p, v3, 100 * MS);
}

static void owner(void **state)
{
	struct vrrp_conf p = params(2, 255, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, 0, 0 },
		{ 0, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, ADVERT, 254, OTHER, VRRP_MASTER, ANSWER, KEEP },
		{ 10, ADVERT, 255, LOWER_ADDR, VRRP_MASTER, ANSWER | VRRP_ACT_TWO_OWNERS, KEEP },
		{ 10, VRRP_EV_FAULT, 0, 0, VRRP_FAULT, VRRP_ACT_SEND_STOP | YIELD, NEVER },
		{ 10, VRRP_EV_RECOVER, 0, 0, VRRP_BACKUP, 0, 0 },
		{ 0, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		/* Of two owners the higher address stays; the other goes on as 254. */
		{ 10, ADVERT, 255, HIGHER_ADDR, VRRP_BACKUP, YIELD | VRRP_ACT_TWO_OWNERS, 3 * S + 2 * S / 256 },
	};
	const struct row deaf[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, 0, 0 },
		{ 0, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, ADVERT, 255, HIGHER_ADDR, VRRP_MASTER, 0, KEEP },
		{ 10, ADVERT, 0, HIGHER_ADDR, VRRP_MASTER, 0, KEEP },
	};

	(void)state;
	RUN(&p, rows, S);
	p.owner_ignore_adverts = true;
	RUN(&p, deaf, S);
}

static void own_address_heard(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, ADVERT, 100, "192.0.2.100", VRRP_MASTER, VRRP_ACT_OWN_ADDRESS, KEEP },
	};

	(void)state;
	RUN(&p, rows, S);
}

static void nopreempt(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ S, ADVERT, 1, OTHER, VRRP_BACKUP, 0, DOWN_100 },
		{ S, ADVERT, 0, OTHER, VRRP_BACKUP, VRRP_ACT_STOP_SEEN, 156 * S / 256 },
	};

	(void)state;
	p.nopreempt = true;
	RUN(&p, rows, S);
}

static void preempt_delay(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ S, ADVERT, 50, OTHER, VRRP_BACKUP, VRRP_ACT_PREEMPT_WAIT, DOWN_100 },
		{ S, ADVERT, 50, OTHER, VRRP_BACKUP, 0, DOWN_100 },
		{ S, ADVERT, 120, OTHER, VRRP_BACKUP, VRRP_ACT_PREEMPT_STOP, DOWN_100 },
		{ S, ADVERT, 50, OTHER, VRRP_BACKUP, VRRP_ACT_PREEMPT_WAIT, DOWN_100 },
		{ 5 * S - 1, ADVERT, 50, OTHER, VRRP_BACKUP, 0, DOWN_100 },
		{ 1, ADVERT, 50, OTHER, VRRP_BACKUP, VRRP_ACT_LOWER_IGNORED, KEEP },
		{ DOWN_100 - 1, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
	};

	(void)state;
	p.preempt_delay_us = 5 * S;
	RUN(&p, rows, S);
}

/* v3: the down timer and the skew follow the interval the master announces (RFC 9568 6.1), ours when there is none. */
static void v3_learns(void **state)
{
	const struct vrrp_conf p = params(3, 100, 100 * MS);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, 300 * MS + 156 * 100 * MS / 256 },
		{ 10, ADVERT, 200, OTHER, VRRP_BACKUP, VRRP_ACT_INTERVAL, 6 * S + 156 * 2 * S / 256 },
		{ 10, ADVERT, 200, OTHER, VRRP_BACKUP, 0, 6 * S + 156 * 2 * S / 256 },
		{ 10, ADVERT, 0, OTHER, VRRP_BACKUP, VRRP_ACT_STOP_SEEN, 156 * 2 * S / 256 },
		{ 156 * 2 * S / 256, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, 100 * MS },
		{ 10, ADVERT, 200, OTHER, VRRP_BACKUP, VRRP_ACT_INTERVAL | YIELD, 6 * S + 156 * 2 * S / 256 },
	};

	(void)state;
	RUN(&p, rows, 2 * S);
}

/* RFC 9568 6.4.2: without preemption a lower priority counts as any other, its interval too; an equal one always does. */
static void v3_nopreempt(void **state)
{
	struct vrrp_conf p = params(3, 100, 100 * MS);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, 300 * MS + 156 * 100 * MS / 256 },
		{ 10, ADVERT, 100, LOWER_ADDR, VRRP_BACKUP, VRRP_ACT_INTERVAL, 3 * S + 156 * S / 256 },
		{ 10, ADVERT, 1, OTHER, VRRP_BACKUP, 0, 3 * S + 156 * S / 256 },
		{ 10, VRRP_EV_PRIORITY, 200, 0, VRRP_BACKUP, 0, 3 * S + 56 * S / 256 - 10 },
		{ 10, VRRP_EV_FAULT, 0, 0, VRRP_FAULT, NOTIFY, NEVER },
		/* Who is master now is not known any more: our own interval. */
		{ 10, VRRP_EV_RECOVER, 0, 0, VRRP_BACKUP, NOTIFY, 300 * MS + 56 * 100 * MS / 256 },
	};

	(void)state;
	p.nopreempt = true;
	RUN(&p, rows, S);
}

/* RFC 3768 6.4.2 and 6.4.3: a master says farewell, a backup and one at fault do not. */
static void ends(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row master[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, VRRP_EV_STOP, 0, 0, VRRP_INIT, VRRP_ACT_SEND_STOP | YIELD, NEVER },
		{ 10, VRRP_EV_STOP, 0, 0, VRRP_INIT, 0, NEVER },
		{ 10, ADVERT, 1, OTHER, VRRP_INIT, 0, NEVER },
		{ 10, TIMER, 0, 0, VRRP_INIT, 0, NEVER },
	};
	const struct row fault[] = {
		{ 0, VRRP_EV_FAULT, 0, 0, VRRP_FAULT, NOTIFY, NEVER },
		{ 0, VRRP_EV_PRIORITY, 200, 0, VRRP_FAULT, 0, NEVER },
		{ 0, VRRP_EV_RESIGN, 0, 0, VRRP_FAULT, 0, NEVER },
		{ 0, VRRP_EV_BECOME_MASTER, 0, 0, VRRP_FAULT, 0, NEVER },
		{ 10, VRRP_EV_STOP, 0, 0, VRRP_INIT, NOTIFY, NEVER },
	};

	(void)state;
	RUN(&p, master, S);
	RUN(&p, fault, S);
}

/* Adverts of other routers change neither the schedule nor the state of a master that they do not beat, however many there are. */
static void flood_as_master(void **state)
{
	const struct vrrp_conf p = params(3, 100, 100 * MS);
	const struct vrrp_advert lower = { .version = 3, .priority = 99, .interval_us = 10 * MS, .source = ip(HIGHER_ADDR) };
	uint64_t now_us, sent = 0;
	struct vrrp v;

	(void)state;
	vrrp_init(&v, &p);
	vrrp_step(&v, START, NULL, 0);
	vrrp_step(&v, VRRP_EV_BECOME_MASTER, NULL, 0);
	for (now_us = 0; now_us < 10 * S; now_us += 100) {
		if (now_us == v.deadline_us)
			sent += vrrp_step(&v, TIMER, NULL, now_us) == VRRP_ACT_SEND;
		assert_int_equal(vrrp_step(&v, ADVERT, &lower, now_us), ANSWER);
		assert_int_equal(v.state, VRRP_MASTER);
	}
	assert_int_equal(sent, 99);
}

/* v3 at 0.01 s and v2 both have a skew that is not 0: the integer division comes last. */
static void skew(void **state)
{
	struct vrrp v;
	struct vrrp_conf p = params(3, 254, 10 * MS);

	(void)state;
	vrrp_init(&v, &p);
	assert_int_equal(vrrp_skew_us(&v), 2 * 10 * MS / 256);
	p = params(2, 254, S);
	vrrp_init(&v, &p);
	assert_int_equal(vrrp_skew_us(&v), 2 * S / 256);
	p = params(3, 1, 40950 * MS);
	vrrp_init(&v, &p);
	assert_int_equal(vrrp_skew_us(&v), 255 * (40950 * MS) / 256);
}

static void few_or_many_adverts(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = { { 0, START, 0, 0, VRRP_BACKUP, NOTIFY, 7 * S + 156 * S / 256 } };

	(void)state;
	p.down_timer_adverts = 7;
	RUN(&p, rows, S);
}

static void priority_changes(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ S, VRRP_EV_PRIORITY, 200, 0, VRRP_BACKUP, 0, DOWN_100 - S - 100 * S / 256 }, /* the skew shrank */
		{ 0, ADVERT, 150, OTHER, VRRP_BACKUP, VRRP_ACT_LOWER_IGNORED, KEEP },
		{ 0, VRRP_EV_PRIORITY, 100, 0, VRRP_BACKUP, 0, DOWN_100 - S },
		{ 0, VRRP_EV_PRIORITY, 120, 0, VRRP_BACKUP, 0, DOWN_100 - S - 20 * S / 256 },
		{ 3 * S, VRRP_EV_PRIORITY, 254, 0, VRRP_BACKUP, 0, 0 }, /* never in the past */
		{ 0, VRRP_EV_PRIORITY, 120, 0, VRRP_BACKUP, 0, 136 * S / 256 - 2 * S / 256 },
		{ 0, ADVERT, 150, OTHER, VRRP_BACKUP, 0, 3 * S + 136 * S / 256 },
	};

	(void)state;
	RUN(&p, rows, S);
}

static void answers_off(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, ADVERT, 99, OTHER, VRRP_MASTER, VRRP_ACT_LOWER_SEEN, KEEP },
		{ 10, ADVERT, 101, OTHER, VRRP_BACKUP, YIELD | VRRP_ACT_SEND, DOWN_100 },
	};

	(void)state;
	p.lower_prio_no_advert = true;
	p.higher_prio_send_advert = true;
	RUN(&p, rows, S);
}

static void startup_delay(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	const struct vrrp_advert other = { .version = 2, .priority = 150, .source = ip(OTHER) }, stop = { .version = 2, .source = ip(OTHER) };
	struct vrrp v;

	(void)state;
	vrrp_init(&v, &p);
	v.delay_until_us = 20 * S;
	assert_int_equal(vrrp_step(&v, START, NULL, 0), NOTIFY);
	assert_int_equal(v.deadline_us, 20 * S + DOWN_100);
	assert_int_equal(vrrp_step(&v, TIMER, NULL, 20 * S), 0);
	/* What is heard meanwhile changes nothing of it, but for a master that stops. */
	vrrp_step(&v, ADVERT, &other, 10 * S);
	assert_int_equal(v.deadline_us, 20 * S + DOWN_100);
	vrrp_step(&v, ADVERT, &stop, 11 * S);
	assert_int_equal(v.deadline_us, 20 * S + 156 * S / 256);
	assert_int_equal(vrrp_step(&v, TIMER, NULL, v.deadline_us), TO_MASTER);
	vrrp_step(&v, ADVERT, &other, 30 * S);
	assert_int_equal(v.deadline_us, 30 * S + DOWN_100);
	/* An owner waits for the delay alone. */
	p = params(2, 255, S);
	vrrp_init(&v, &p);
	v.delay_until_us = 20 * S;
	vrrp_step(&v, START, NULL, 0);
	assert_int_equal(v.deadline_us, 20 * S);
}

/* A reload changes the parameters of a backup: the running timer is moved, and what comes next goes by the new ones. */
static void other_interval(void **state)
{
	const struct vrrp_advert other = { .version = 2, .priority = 150, .interval_us = 3 * S, .source = ip(OTHER) };
	struct vrrp_conf p = params(2, 100, S);
	struct vrrp v;

	(void)state;
	vrrp_init(&v, &p);
	vrrp_step(&v, START, NULL, 0);
	p.advert_us = 3 * S;
	vrrp_step(&v, VRRP_EV_PRIORITY, NULL, S);
	assert_int_equal(v.deadline_us, 9 * S + 156 * S / 256);
	vrrp_step(&v, ADVERT, &other, 2 * S);
	assert_int_equal(v.deadline_us, 2 * S + 9 * S + 156 * S / 256);
	p.advert_us = S;
	vrrp_step(&v, VRRP_EV_PRIORITY, NULL, 10 * S);
	assert_int_equal(v.deadline_us, 10 * S); /* over already: now */
	/* From v3, where another master's interval was learnt, to v2 and back. */
	p = params(3, 100, 100 * MS);
	vrrp_init(&v, &p);
	vrrp_step(&v, START, NULL, 0);
	vrrp_step(&v, ADVERT, &(struct vrrp_advert){ .version = 3, .priority = 150, .interval_us = 2 * S, .source = ip(OTHER) }, 0);
	assert_int_equal(v.deadline_us, 6 * S + 156 * 2 * S / 256);
	p.version = 2;
	p.advert_us = S;
	vrrp_step(&v, VRRP_EV_PRIORITY, NULL, 0);
	assert_int_equal(v.deadline_us, DOWN_100);
}

static void in_a_group(void **state)
{
	struct vrrp_conf p = params(2, 100, S);
	struct vrrp a, b;

	(void)state;
	vrrp_init(&a, &p);
	vrrp_init(&b, &p);
	a.in_group = b.in_group = true;
	vrrp_step(&a, START, NULL, 0);
	vrrp_step(&b, START, NULL, 0);
	assert_int_equal(vrrp_step(&a, TIMER, NULL, DOWN_100), VRRP_ACT_WANT_MASTER);
	assert_int_equal(a.state, VRRP_BACKUP);
	assert_int_equal(a.deadline_us, 2 * DOWN_100);
	assert_true(vrrp_wants_to_lead(&a));
	assert_false(vrrp_wants_to_lead(&b));
	assert_int_equal(vrrp_step(&b, TIMER, NULL, DOWN_100), VRRP_ACT_WANT_MASTER);
	assert_true(vrrp_wants_to_lead(&b));
	assert_int_equal(vrrp_step(&a, VRRP_EV_BECOME_MASTER, NULL, DOWN_100), TO_MASTER);
	assert_int_equal(vrrp_step(&b, VRRP_EV_BECOME_MASTER, NULL, DOWN_100), TO_MASTER);
	assert_int_equal(vrrp_step(&b, VRRP_EV_BECOME_MASTER, NULL, DOWN_100), 0);
	assert_int_equal(vrrp_step(&b, VRRP_EV_FAULT, NULL, 9 * S), VRRP_ACT_SEND_STOP | YIELD);
	assert_false(vrrp_wants_to_lead(&b));
	assert_true(vrrp_wants_to_lead(&a));
	assert_int_equal(vrrp_step(&a, VRRP_EV_BECOME_BACKUP, NULL, 9 * S), YIELD);
	assert_int_equal(vrrp_step(&a, VRRP_EV_BECOME_BACKUP, NULL, 9 * S), 0);
	/* A better master heard takes the wish back. */
	vrrp_step(&a, TIMER, NULL, 20 * S);
	assert_true(a.wants_master);
	assert_int_equal(vrrp_step(&a, ADVERT, &(struct vrrp_advert){ .version = 2, .priority = 99, .source = ip(OTHER) }, 20 * S),
	                 VRRP_ACT_LOWER_IGNORED);
	assert_true(a.wants_master);
	assert_int_equal(vrrp_step(&a, ADVERT, &(struct vrrp_advert){ .version = 2, .priority = 200, .source = ip(OTHER) }, 20 * S),
	                 VRRP_ACT_HELD_BACK);
	assert_false(a.wants_master);
}

static void resigns(void **state)
{
	const struct vrrp_conf p = params(2, 100, S);
	const struct row rows[] = {
		{ 0, START, 0, 0, VRRP_BACKUP, NOTIFY, DOWN_100 },
		{ 0, VRRP_EV_RESIGN, 0, 0, VRRP_BACKUP, 0, KEEP },
		{ DOWN_100, TIMER, 0, 0, VRRP_MASTER, TO_MASTER, S },
		{ 10, VRRP_EV_RESIGN, 0, 0, VRRP_BACKUP, VRRP_ACT_SEND_STOP | YIELD, DOWN_100 },
	};

	(void)state;
	RUN(&p, rows, S);
}

static void weights(void **state)
{
	(void)state;
	assert_int_equal(vrrp_effective_priority(100, 0), 100);
	assert_int_equal(vrrp_effective_priority(100, -150), 1);
	assert_int_equal(vrrp_effective_priority(100, 250), 254);
	assert_int_equal(vrrp_effective_priority(254, 1), 254);
	assert_int_equal(vrrp_effective_priority(255, -100), 255);
	assert_int_equal(vrrp_effective_priority(1, -253), 1);
}

/* Whatever comes in whatever order: the state is one of four, a deadline exists exactly where one must, nothing is held twice. */
static void any_order(void **state)
{
	uint32_t seed = 12345;
	uint64_t now_us = 0;
	bool held = false;
	struct vrrp v;
	unsigned i;

	(void)state;
	const struct vrrp_conf p = params(3, 100, 100 * MS);
	vrrp_init(&v, &p);
	v.own_addr = ip("192.0.2.100");
	for (i = 0; i < 200000; i++) {
		struct vrrp_advert a = { .version = 3, .interval_us = 10000 };
		unsigned actions;

		seed = seed * 1664525 + 1013904223;
		a.priority = (uint8_t)(seed >> 8);
		a.source = ip(seed >> 20 & 1 ? OTHER : HIGHER_ADDR);
		a.interval_us += (seed >> 12 & 0xff) * 10000;
		now_us += seed >> 16 & 0x3ffff;
		actions = vrrp_step(&v, (enum vrrp_event)(seed >> 24) % (VRRP_EV_STOP + 1), &a, now_us);
		assert_false(actions & VRRP_ACT_ENTER_MASTER && held && !(actions & VRRP_ACT_LEAVE_MASTER));
		assert_false(actions & VRRP_ACT_LEAVE_MASTER && !held);
		if (actions & VRRP_ACT_LEAVE_MASTER)
			held = false;
		if (actions & VRRP_ACT_ENTER_MASTER)
			held = true;
		assert_int_equal(held, v.state == VRRP_MASTER);
		assert_int_equal(v.deadline_us == VRRP_NEVER, v.state == VRRP_FAULT || v.state == VRRP_INIT);
		if (actions & VRRP_ACT_SEND)
			assert_true(v.state == VRRP_MASTER);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v2_bytes), cmocka_unit_test(v3_bytes), cmocka_unit_test(checksum_forms),
		cmocka_unit_test(round_trips), cmocka_unit_test(no_room), cmocka_unit_test(truncated),
		cmocka_unit_test(flipped), cmocka_unit_test(trailer), cmocka_unit_test(ipv6_message),
		cmocka_unit_test(other_lists), cmocka_unit_test(what_is_expected),
		cmocka_unit_test(v2_life), cmocka_unit_test(late_timer), cmocka_unit_test(schedule), cmocka_unit_test(state_master_waits_too),
		cmocka_unit_test(owner), cmocka_unit_test(own_address_heard), cmocka_unit_test(nopreempt),
		cmocka_unit_test(preempt_delay), cmocka_unit_test(v3_learns), cmocka_unit_test(v3_nopreempt), cmocka_unit_test(ends),
		cmocka_unit_test(flood_as_master), cmocka_unit_test(skew),
		cmocka_unit_test(few_or_many_adverts), cmocka_unit_test(priority_changes), cmocka_unit_test(answers_off),
		cmocka_unit_test(startup_delay), cmocka_unit_test(other_interval), cmocka_unit_test(in_a_group), cmocka_unit_test(resigns),
		cmocka_unit_test(weights), cmocka_unit_test(any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
