/* links: packet.c addr.c log.c date.c */
/* SPDX-License-Identifier: MIT */
#include "packet.h"

#include <linux/filter.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GROUP4 .group = { .family = AF_INET, .bytes = { 224, 0, 0, 18 } }
#define GROUP6 .group = { .family = AF_INET6, .bytes = { 0xff, 2, [15] = 0x12 } }
static const struct packet_where v4 = { .family = AF_INET, .protocol = VRRP_PROTOCOL, GROUP4 };
static const struct packet_where v6 = { .family = AF_INET6, .protocol = VRRP_PROTOCOL, GROUP6 };
static const struct packet_where ah = { .family = AF_INET, .protocol = PACKET_PROTOCOL_AH, GROUP4 };
static const struct packet_where unicast4 = { .family = AF_INET, .protocol = VRRP_PROTOCOL };
static const struct packet_where unicast6 = { .family = AF_INET6, .protocol = VRRP_PROTOCOL };
static const struct packet_where unicast_ah = { .family = AF_INET, .protocol = PACKET_PROTOCOL_AH };

/* The IPv6 header, which lies before what the socket sees. */
static uint8_t ipv6_header[40];

/* The classic BPF machine, as far as the program needs it; what it doesn't know fails the test. A read outside the packet drops it. */
static uint32_t run(const struct sock_filter *program, unsigned count, const uint8_t *packet, size_t len)
{
	uint32_t a = 0, x = 0, mem[16] = { 0 };

	for (unsigned pc = 0; pc < count; pc++) {
		const struct sock_filter *i = &program[pc];
		size_t at = i->k + (BPF_CLASS(i->code) == BPF_LD && BPF_MODE(i->code) == BPF_IND ? x : 0);

		switch (i->code) {
		case BPF_LDX | BPF_B | BPF_MSH:
			if (at >= len)
				return 0;
			x = 4 * (packet[at] & 15U);
			break;
		case BPF_LD | BPF_B | BPF_IND:
		case BPF_LD | BPF_B | BPF_ABS:
			if (i->k >= (uint32_t)SKF_NET_OFF) {
				assert_in_range(i->k - (uint32_t)SKF_NET_OFF, 0, 39);
				a = ipv6_header[i->k - (uint32_t)SKF_NET_OFF];
				break;
			}
			if (at >= len)
				return 0;
			a = packet[at];
			break;
		case BPF_LD | BPF_IMM:
			a = i->k;
			break;
		case BPF_LDX | BPF_IMM:
			x = i->k;
			break;
		case BPF_LD | BPF_MEM:
			assert_true(i->k < 16);
			a = mem[i->k];
			break;
		case BPF_ST:
			assert_true(i->k < 16);
			mem[i->k] = a;
			break;
		case BPF_MISC | BPF_TAX:
			x = a;
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= i->k;
			break;
		case BPF_ALU | BPF_RSH | BPF_K:
			a >>= i->k;
			break;
		case BPF_ALU | BPF_LSH | BPF_X:
			assert_true(x < 32);
			a <<= x;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case BPF_RET | BPF_K:
			return i->k;
		case BPF_RET | BPF_A:
			/* How much of the packet is kept. */
			assert_true(!a || a >= 65536);
			return a;
		default:
			fail_msg("instruction %#x", i->code);
		}
	}
	fail_msg("ran off the end");
	return 0;
}

/* A packet as its socket's filter sees it. Returns the length. */
static size_t make(const struct packet_where *where, unsigned ihl, uint8_t vrid, uint8_t *out)
{
	size_t at = 0;

	memset(out, 0xa5, 128);
	if (where->family == AF_INET) {
		out[0] = (uint8_t)(0x40 | ihl);
		out[16] = addr_is_set(&where->group) ? 224 : 192;
		at = 4 * ihl;
		if (where->protocol == PACKET_PROTOCOL_AH) {
			out[at] = VRRP_PROTOCOL;
			at += 24;
		}
	}
	ipv6_header[24] = addr_is_set(&where->group) ? 0xff : 0xfe;
	out[at] = 0x21;
	out[at + 1] = vrid;
	return at + 20;
}

static void each_vrid_alone(const struct packet_where *where)
{
	struct sock_filter program[PACKET_FILTER_MAX];
	uint8_t packet[128];

	for (unsigned in = 0; in < 256; in++) {
		struct packet_vrids vrids = { { 0 } };
		unsigned count;

		packet_vrids_add(&vrids, (uint8_t)in);
		count = packet_filter(where, &vrids, program);
		assert_in_range(count, 20, PACKET_FILTER_MAX);
		for (unsigned vrid = 0; vrid < 256; vrid++) {
			size_t len = make(where, 5, (uint8_t)vrid, packet);

			assert_int_equal(run(program, count, packet, len) != 0, vrid == in);
		}
	}
}

static void filter_lets_one_through(void **state)
{
	(void)state;
	each_vrid_alone(&v4);
	each_vrid_alone(&v6);
	each_vrid_alone(&ah);
	each_vrid_alone(&unicast4);
	each_vrid_alone(&unicast6);
	each_vrid_alone(&unicast_ah);
}

static void filter_sets_and_options(void **state)
{
	const struct packet_where *const all[] = { &v4, &v6, &ah, &unicast4, &unicast6, &unicast_ah };
	struct sock_filter program[PACKET_FILTER_MAX];
	uint8_t packet[128];

	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 200; round++) {
		const struct packet_where *where = all[round % 6];
		struct packet_vrids vrids = { { 0 } };
		bool in[256] = { false };
		unsigned count, ihl = 5 + round % 11;

		for (unsigned i = 0; i < round; i++) {
			uint8_t vrid = (uint8_t)random();

			in[vrid] = true;
			packet_vrids_add(&vrids, vrid);
		}
		count = packet_filter(where, &vrids, program);
		for (unsigned vrid = 0; vrid < 256; vrid++) {
			size_t len = make(where, ihl, (uint8_t)vrid, packet);

			assert_int_equal(run(program, count, packet, len) != 0, in[vrid]);
		}
	}
}

static void filter_drops_what_is_cut_or_foreign(void **state)
{
	struct packet_vrids all;
	struct sock_filter program[PACKET_FILTER_MAX];
	uint8_t packet[128];
	unsigned count;

	(void)state;
	memset(&all, 0xff, sizeof(all));
	count = packet_filter(&v4, &all, program);
	make(&v4, 7, 3, packet);
	for (size_t len = 0; len < 60; len++)
		assert_int_equal(run(program, count, packet, len) != 0, len >= 30);
	count = packet_filter(&v6, &all, program);
	for (size_t len = 0; len < 10; len++)
		assert_int_equal(run(program, count, packet, len) != 0, len >= 2);
	count = packet_filter(&ah, &all, program);
	make(&ah, 5, 3, packet);
	for (size_t len = 0; len < 60; len++)
		assert_int_equal(run(program, count, packet, len) != 0, len >= 46);
	packet[20] = 6; /* IPsec for TCP */
	assert_int_equal(run(program, count, packet, 60), 0);
}

static void filter_of_unicast_drops_multicast(void **state)
{
	struct packet_vrids all;
	struct sock_filter program[PACKET_FILTER_MAX];
	uint8_t packet[128];
	unsigned count;
	size_t len;

	(void)state;
	memset(&all, 0xff, sizeof(all));
	for (unsigned first = 0; first < 256; first++) {
		count = packet_filter(&unicast4, &all, program);
		len = make(&unicast4, 5, 7, packet);
		packet[16] = (uint8_t)first;
		assert_int_equal(run(program, count, packet, len) == 0, first >= 224 && first < 240);
		count = packet_filter(&unicast6, &all, program);
		len = make(&unicast6, 5, 7, packet);
		ipv6_header[24] = (uint8_t)first;
		assert_int_equal(run(program, count, packet, len) == 0, first == 255);
	}
}

static void header_is_keepaliveds(void **state)
{
	/* Captured from keepalived 2.2.7, its first advertisement; the checksum is the kernel's. */
	static const uint8_t want[] = {
		0x45, 0xc0, 0x00, 0x34, 0x00, 0x01, 0x00, 0x00, 0xff, 0x70, 0x00, 0x00, 0x0a, 0x09, 0x09, 0x01, 0xe0, 0x00, 0x00, 0x12,
	};
	const struct addr source = { .family = AF_INET, .bytes = { 10, 9, 9, 1 } }, dest = { .family = AF_INET, .bytes = { 224, 0, 0, 18 } };
	uint8_t h[PACKET_IP_HEADER];
	struct packet_out out = { .source = &source, .dest = &dest, .protocol = VRRP_PROTOCOL, .ttl = 255, .ip_id = 1, .data = h, .len = 52 };

	(void)state;
	memset(h, 0xee, sizeof(h));
	packet_ip_header(&out);
	assert_memory_equal(h, want, sizeof(want));
	out.ip_id = 0xfffe;
	out.len = 1020;
	packet_ip_header(&out);
	assert_memory_equal(h + 2, "\x03\xfc\xff\xfe", 4);
}

static const uint8_t sample[] = {
	0x46, 0xc0, 0, 32, 0, 1, 0, 0, 254, 112, 0, 0, 10, 9, 9, 1, 224, 0, 0, 18, 0x94, 4, 0, 0, /* router alert */
	0x31, 7, 100, 0, 0, 100, 0, 0, 'p', 'a', 'd', 'd', 'i', 'n', 'g',
};

static void parses_an_ip_packet(void **state)
{
	struct packet_in in;

	(void)state;
	packet_parse_ip(sample, sizeof(sample), &in);
	assert_int_equal(in.refusal, VRRP_OK);
	assert_int_equal(in.message.ttl, 254);
	assert_int_equal(in.ip_len, 24);
	assert_int_equal(in.message.len, 8); /* what the link padded is left out */
	assert_ptr_equal(in.message.data, sample + 24);
	assert_memory_equal(in.message.source.bytes, "\x0a\x09\x09\x01", 4);
	assert_memory_equal(in.message.dest.bytes, "\xe0\0\0\x12", 4);
	assert_int_equal(in.message.source.family, AF_INET);
}

static void parses_what_ah_carries(void **state)
{
	uint8_t bytes[24 + 24 + 8];
	struct packet_in in;

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	memcpy(bytes, sample, 24);
	bytes[9] = PACKET_PROTOCOL_AH;
	for (unsigned total = 24; total <= sizeof(bytes); total++) {
		bytes[3] = (uint8_t)total;
		packet_parse_ip(bytes, sizeof(bytes), &in);
		assert_int_equal(in.refusal, total < 48 ? VRRP_BAD_LENGTH : VRRP_OK);
		assert_int_equal(in.ah_len, total < 48 ? 0 : 24);
		assert_int_equal(in.message.len, total < 48 ? 0 : total - 48);
		assert_ptr_equal(in.message.data, total < 48 ? NULL : bytes + 48);
	}
}

static void refuses_bad_ip_packets(void **state)
{
	struct packet_in in;
	uint8_t bytes[sizeof(sample)];

	(void)state;
	for (size_t len = 0; len < 32; len++) {
		uint8_t *copy = malloc(len + !len);

		memcpy(copy, sample, len);
		packet_parse_ip(copy, len, &in);
		assert_int_equal(in.refusal, len < 20 ? VRRP_BAD_IP_HEADER : VRRP_BAD_LENGTH);
		assert_null(in.message.data);
		free(copy);
	}
	/* Every value of the two fields that reading depends on: what is accepted lies inside. */
	for (unsigned first = 0; first < 256; first++) {
		for (unsigned total = 0; total < 65536; total += total < 64 ? 1 : 4093) {
			memcpy(bytes, sample, sizeof(sample));
			bytes[0] = (uint8_t)first;
			bytes[2] = (uint8_t)(total >> 8);
			bytes[3] = (uint8_t)total;
			packet_parse_ip(bytes, sizeof(bytes), &in);
			if (first >> 4 != 4 || (first & 15) < 5 || total < 4 * (first & 15)) {
				assert_int_equal(in.refusal, VRRP_BAD_IP_HEADER);
			} else if (total > sizeof(bytes)) {
				assert_int_equal(in.refusal, VRRP_BAD_LENGTH);
			} else {
				assert_int_equal(in.refusal, VRRP_OK);
				assert_int_equal(in.ip_len + in.ah_len + in.message.len, total);
				assert_ptr_equal(in.message.data, bytes + in.ip_len + in.ah_len);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filter_lets_one_through),
		cmocka_unit_test(filter_sets_and_options),
		cmocka_unit_test(filter_drops_what_is_cut_or_foreign),
		cmocka_unit_test(filter_of_unicast_drops_multicast),
		cmocka_unit_test(header_is_keepaliveds),
		cmocka_unit_test(parses_an_ip_packet),
		cmocka_unit_test(parses_what_ah_carries),
		cmocka_unit_test(refuses_bad_ip_packets),
	};

	return cmocka_run_group_tests_name("packet", tests, NULL, NULL);
}
