/* links: addr.c */
/* SPDX-License-Identifier: MIT */
#include "netlink.c"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct nlmsghdr *header(void)
{
	return (const struct nlmsghdr *)(const void *)m.buf;
}

static void builder_lays_out(void **state)
{
	static const uint8_t want[] = {
		5, 0, 1, 0, 'x', 0, 0, 0, /* u8, padded */
		6, 0, 2, 0, 0x34, 0x12, 0, 0,
		8, 0, 3, 0, 0x78, 0x56, 0x34, 0x12,
		16, 0, 4, 0x80, 7, 0, 5, 0, 'a', 'b', 0, 0, 4, 0, 6, 0, /* a nest of a text and an empty one */
	};
	uint8_t h[5] = { 9, 9, 9, 9, 9 };

	(void)state;
	nl_begin(77, NLM_F_CREATE, h, sizeof(h));
	assert_int_equal(m.len, 16 + 8);
	nl_put_u8(1, 'x');
	nl_put_u16(2, 0x1234);
	nl_put_u32(3, 0x12345678);
	nl_nest(4);
	nl_put_text(5, "ab");
	nl_put(6, NULL, 0);
	nl_nest_end();
	assert_int_equal(m.err, 0);
	assert_int_equal(header()->nlmsg_type, 77);
	assert_int_equal(header()->nlmsg_flags, NLM_F_CREATE | NLM_F_REQUEST);
	assert_memory_equal(m.buf + 16, "\t\t\t\t\t\0\0\0", 8);
	assert_int_equal(m.len, 24 + sizeof(want));
	if (*(const uint8_t *)&(const uint16_t){ 1 })
		assert_memory_equal(m.buf + 24, want, sizeof(want));
}

static void builder_error_sticks(void **state)
{
	static const uint8_t big[NL_BUF];

	(void)state;
	/* Exactly full is all right. */
	nl_begin(1, 0, NULL, 0);
	nl_put(1, big, NL_BUF - 16 - 4);
	assert_int_equal(m.err, 0);
	assert_int_equal(m.len, NL_BUF);
	nl_nest(2);
	assert_int_equal(m.err, -EMSGSIZE);
	nl_nest_end();
	nl_put_u8(3, 0);
	assert_int_equal(m.len, NL_BUF);
	for (size_t len = NL_BUF - 16 - 3; len < NL_BUF; len++) {
		nl_begin(1, 0, NULL, 0);
		nl_put(1, big, len);
		assert_int_equal(m.err, -EMSGSIZE);
		nl_put_u8(1, 1); /* would fit */
		assert_int_equal(m.len, 16);
		assert_int_equal(nl_talk(NL_ROUTE), -EMSGSIZE);
	}
	nl_begin(1, 0, big, NL_BUF - 15);
	assert_int_equal(nl_talk(NL_ROUTE), -EMSGSIZE);
	nl_begin(1, 0, NULL, 0);
	nl_put(1, big, SIZE_MAX - 1);
	assert_int_equal(m.err, -EMSGSIZE);
}

static void make_sample(void)
{
	uint32_t fixed[3] = { 1, 2, 3 };

	nl_begin(RTM_NEWADDR, 0, fixed, sizeof(fixed));
	nl_put_u32(1, 0xdeadbeef);
	nl_put_text(2, "name");
	nl_nest(3);
	nl_put_u16(4, 7);
	nl_put_u8(5, 8);
	nl_nest_end();
	end_message();
}

/* Attributes that are whole, in messages whose length field says `len`. */
static unsigned count_attrs(struct nl_cursor c, size_t len)
{
	const uint8_t *end = c.end;
	struct nl_attr a;
	unsigned n = 0;

	while (nl_next(&c, &a)) {
		assert_true(a.data + a.len <= end);
		assert_true(c.at <= end);
		n++;
		if (a.type == 3)
			n += 100 * count_attrs(nl_nested(&a), len);
	}
	assert_false(nl_next(&c, &a));
	return n;
}

/* In memory of just that size, so that the sanitizer sees one byte read too far. */
static void cursor_at_every_length(void **state)
{

	(void)state;
	make_sample();
	for (size_t len = NLMSG_HDRLEN; len <= m.len; len++) {
		uint8_t *copy = malloc(len);
		uint32_t said = (uint32_t)len, fixed[3];
		const struct nlmsghdr *h = (const struct nlmsghdr *)(void *)copy;
		unsigned want = len < 36 ? 0 : len < 45 ? 1 : len < 68 ? 2 : 203;

		memcpy(copy, m.buf, len);
		memcpy(copy, &said, sizeof(said));
		assert_int_equal(count_attrs(nl_attrs(h, 12), len), want);
		assert_int_equal(nl_payload(h, fixed, sizeof(fixed)), len >= 28);
		if (len >= 28)
			assert_int_equal(fixed[2], 3);
		free(copy);
	}
}

static void attribute_lengths_that_lie(void **state)
{

	(void)state;
	/* Whatever an attribute says of its length, reading stays inside and ends. */
	for (unsigned at = 28; at < 68; at += 4) {
		for (unsigned lie = 0; lie < 70000; lie += lie < 100 ? 1 : 977) {
			uint16_t value = (uint16_t)lie;

			make_sample();
			memcpy(m.buf + at, &value, sizeof(value));
			count_attrs(nl_attrs(header(), 12), m.len);
		}
	}
	count_attrs(nl_attrs(header(), 5000), m.len);
}

static void values_of_short_attributes(void **state)
{
	static const uint8_t bytes[] = { 'a', 'b', 'c', 'd', 'e' };
	struct nl_attr a = { .data = bytes };
	char text[4];

	(void)state;
	for (a.len = 0; a.len < 5; a.len++) {
		assert_int_equal(nl_u32(&a) != 0, a.len >= 4);
		assert_int_equal(nl_u16(&a) != 0, a.len >= 2);
	}
	for (a.len = 0; a.len <= 5; a.len++) {
		memset(text, 'x', sizeof(text));
		take_field(&a, NL_TEXT | sizeof(text), (uint8_t *)text);
		assert_int_equal(strlen(text), a.len < 3 ? a.len : 3);
	}
	a.len = sizeof(bytes);
	text[0] = 'x';
	take_field(&a, NL_TEXT, (uint8_t *)text);
	assert_int_equal(text[0], 'x');
}

/* Every kind there and back, and lengths that do not fit. */
static void fields_both_ways(void **state)
{
	struct sample {
		uint8_t small, from_16, from_32;
		bool has;
		uint16_t port;
		uint32_t number, none;
		char name[16];
		struct addr v4, v6, unset;
		uint8_t counted[1 + NL_COUNTED_MAX];
		const char *text;
		struct nl_cursor inside;
	} in = { 1, 2, 3, false, 8080, 77, 0, "sixteen letters", { AF_INET, { 192, 0, 2, 1 } }, { AF_INET6, { 0xfe, 0x80 } }, { 0 }, { 0 }, "text", { NULL, NULL } },
	  out;
#define FIELD(attr, kind, member) { attr, kind, offsetof(struct sample, member) }
	static const struct nl_field fields[] = {
		FIELD(1, 1, small), FIELD(2, NL_16_8, from_16), FIELD(3, NL_32_8, from_32), FIELD(4, NL_PORT, port), FIELD(5, 4, number),
		FIELD(6, NL_OPTIONAL | 4, none), FIELD(7, NL_TEXT | 16, name), FIELD(8, NL_ADDR, v4), FIELD(9, NL_ADDR, v6),
		FIELD(10, NL_ADDR, unset), FIELD(0, NL_IF, has), FIELD(11, 4, number),
	};
	static const struct nl_field text[] = { FIELD(1, NL_STRING, text), FIELD(2, NL_TEXT | 8, name) };
	static const struct nl_field read[] = { FIELD(1, NL_COUNTED, counted), FIELD(2, NL_NEST, inside), FIELD(3, NL_TEXT | 16, name), FIELD(4, NL_ADDR, v4), FIELD(5, 4, number) };
#undef FIELD
	static const uint8_t zeros12[12];
	uint8_t bytes[40] = { 0 };
	size_t len;

	(void)state;
	nl_begin(RTM_NEWADDR, 0, zeros12, sizeof(zeros12));
	nl_put_fields(NL_FIELDS(fields), &in);
	/* The port is in network order, and what is unset or unwanted is left out. */
	assert_int_equal(m.len, 28 + 8 * 5 + 20 + 8 + 20);
	assert_int_equal(m.buf[28 + 28], 8080 >> 8);
	end_message();
	memset(&out, 0, sizeof(out));
	nl_take_fields(nl_attrs(header(), 12), NL_FIELDS(fields), &out);
	in.text = NULL;
	assert_memory_equal(&out, &in, sizeof(in));
	in.text = "text";
	nl_begin(RTM_NEWADDR, 0, zeros12, sizeof(zeros12));
	nl_put_fields(NL_FIELDS(text), &in);
	assert_memory_equal(m.buf + 28 + 4, "text", 5);
	for (len = 0; len <= sizeof(bytes); len++) {
		nl_begin(RTM_NEWADDR, 0, zeros12, sizeof(zeros12));
		for (uint16_t attr = 1; attr <= 5; attr++)
			nl_put(attr, bytes, len);
		end_message();
		memset(&out, 0xff, sizeof(out));
		nl_take_fields(nl_attrs(header(), 12), NL_FIELDS(read), &out);
		assert_int_equal(out.counted[0], len <= NL_COUNTED_MAX ? len : 0xff);
		assert_int_equal(out.inside.end - out.inside.at, len);
		assert_int_equal(out.name[0], 0);
		assert_int_equal(out.v4.family, len == 4 ? AF_INET : len == 16 ? AF_INET6 : 0xff);
		assert_int_equal(out.number, len < 4 ? UINT32_MAX : 0);
	}
}

static void count_message(const struct nlmsghdr *h, void *ctx)
{
	unsigned *n = ctx;

	*n += h->nlmsg_type == RTM_NEWADDR ? 1 : 1000;
}

static void walk_at_every_length(void **state)
{
	uint8_t two[256];

	(void)state;
	make_sample();
	memcpy(two, m.buf, m.len);
	memcpy(two + m.len, m.buf, m.len);
	for (size_t len = 0; len <= 2 * m.len; len++) {
		uint8_t *copy = malloc(len + !len);
		unsigned n = 0;

		memcpy(copy, two, len);
		nl_walk(copy, len, count_message, &n);
		assert_int_equal(n, len / m.len);
		free(copy);
	}
	/* A message shorter than its header ends the datagram instead of looping for ever. */
	for (uint32_t said = 0; said < NLMSG_HDRLEN; said++) {
		unsigned n = 0;

		memcpy(two, &said, sizeof(said));
		nl_walk(two, 2 * m.len, count_message, &n);
		assert_int_equal(n, 0);
	}
}

/* One answer message to request 5 of port 9. */
static void answer(struct answer *a, uint16_t type, uint32_t seq, uint32_t port, uint16_t flags, const void *data, size_t len)
{
	struct nlmsghdr h;

	nl_begin(type, 0, data, len);
	memcpy(&h, m.buf, sizeof(h));
	h.nlmsg_seq = seq;
	h.nlmsg_pid = port;
	h.nlmsg_flags = flags;
	h.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + len);
	memcpy(m.buf, &h, sizeof(h));
	take_answer(header(), a);
}

static void answers_of_others_are_ignored(void **state)
{
	struct nl nl = { .port = 9 };
	unsigned n = 0;
	struct answer a = { .nl = &nl, .seq = 5, .cb = count_message, .ctx = &n };
	int32_t error = -EPERM, none = 0;

	(void)state;
	answer(&a, NLMSG_ERROR, 4, 9, 0, &error, sizeof(error)); /* a late one */
	answer(&a, NLMSG_ERROR, 5, 8, 0, &error, sizeof(error));
	answer(&a, RTM_NEWADDR, 0, 0, 0, &error, sizeof(error)); /* an event */
	assert_false(a.done);
	assert_int_equal(n, 0);
	answer(&a, RTM_NEWADDR, 5, 9, NLM_F_MULTI, &error, sizeof(error));
	answer(&a, NLMSG_NOOP, 5, 9, 0, NULL, 0);
	assert_int_equal(n, 1);
	answer(&a, NLMSG_ERROR, 5, 9, 0, &none, sizeof(none));
	assert_true(a.done);
	assert_int_equal(a.result, 0);
	answer(&a, NLMSG_ERROR, 5, 9, 0, &error, sizeof(error));
	assert_int_equal(a.result, 0);
}

static void ends_of_a_dump(void **state)
{
	static const struct {
		uint16_t type, flags;
		int32_t code;
		size_t len;
		int result;
		bool interrupted;
	} rows[] = {
		{ NLMSG_ERROR, 0, -EPERM, 4, -EPERM, false },
		{ NLMSG_ERROR, 0, 0, 4, 0, false },
		{ NLMSG_ERROR, 0, 0, 3, -EBADMSG, false },
		{ NLMSG_ERROR, 0, 0, 0, -EBADMSG, false },
		{ NLMSG_DONE, NLM_F_MULTI, 0, 4, 0, false },
		{ NLMSG_DONE, NLM_F_MULTI, -ENOMEM, 4, -ENOMEM, false },
		{ NLMSG_DONE, NLM_F_MULTI, 0, 0, 0, false },
		{ NLMSG_DONE, NLM_F_MULTI | NLM_F_DUMP_INTR, 0, 4, 0, true },
		{ NLMSG_DONE, NLM_F_MULTI, 12, 4, 0, false },
	};
	struct nl nl = { .port = 9 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer a = { .nl = &nl, .seq = 5 };

		answer(&a, rows[i].type, 5, 9, rows[i].flags, &rows[i].code, rows[i].len);
		assert_true(a.done);
		assert_int_equal(a.result, rows[i].result);
		assert_int_equal(a.interrupted, rows[i].interrupted);
	}
}

static void see_link(const struct nlmsghdr *h, void *ctx)
{
	struct ifinfomsg msg;
	bool *seen = ctx;

	if (h->nlmsg_type == RTM_NEWLINK && nl_payload(h, &msg, sizeof(msg)) && msg.ifi_index == 1)
		*seen = true;
}

static void asks_the_kernel(void **state)
{
	struct ifinfomsg msg = { .ifi_family = AF_UNSPEC };
	bool seen = false;

	(void)state;
	nl_begin(RTM_GETLINK, NLM_F_DUMP, &msg, sizeof(msg));
	assert_int_equal(nl_dump(NL_ROUTE, see_link, &seen), 0);
	assert_true(seen);
	seen = false;
	msg.ifi_index = 1;
	nl_begin(RTM_GETLINK, 0, &msg, sizeof(msg));
	assert_int_equal(nl_dump(NL_ROUTE, see_link, &seen), 0);
	assert_true(seen);
	msg.ifi_index = 0x7fffff00;
	nl_begin(RTM_GETLINK, 0, &msg, sizeof(msg));
	assert_int_equal(nl_talk(NL_ROUTE), -ENODEV);
	/* Its errors are of one request only. */
	msg.ifi_index = 1;
	nl_begin(RTM_GETLINK, 0, &msg, sizeof(msg));
	assert_int_equal(nl_talk(NL_ROUTE), 0);
	nl_close(NL_ROUTE);
	nl_close(NL_ROUTE);
}

static void families_by_name(void **state)
{
	int err = nl_open(NL_GENERIC);

	(void)state;
	if (err) {
		/* qemu has route netlink alone, and says so thus. */
		assert_int_equal(err, -EPROTONOSUPPORT);
		assert_int_equal(nl_genl_family("nlctrl"), -EPROTONOSUPPORT);
		return;
	}
	assert_int_equal(nl_genl_family("nlctrl"), GENL_ID_CTRL);
	assert_int_equal(nl_genl_family("no such"), -ENOENT);
	nl_close(NL_GENERIC);
}

static void nothing_answers(void **state)
{
	(void)state;
	assert_int_equal(nl_open(NL_ROUTE), 0);
	assert_int_equal(receive(sockets[NL_ROUTE].fd), -EAGAIN);
	assert_int_equal(wait_answer(sockets[NL_ROUTE].fd), -ETIMEDOUT);
	nl_close(NL_ROUTE);
}

static void events_come_bounded(void **state)
{
	const uint32_t groups = NL_GROUP(RTNLGRP_LINK) | NL_GROUP(RTNLGRP_IPV6_RULE);
	struct sockaddr_nl own;
	socklen_t len = sizeof(own);
	unsigned n = 0;
	int fd;

	(void)state;
	fd = nl_events_open(groups);
	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)(void *)&own, &len), 0);
	assert_int_equal(own.nl_groups, groups);
	/* Other processes may change links meanwhile; whatever comes, reading ends. */
	for (int i = 0; i < 1000 && nl_events_read(fd, count_message, &n) != -EAGAIN; i++)
		;
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(builder_lays_out),
		cmocka_unit_test(builder_error_sticks),
		cmocka_unit_test(cursor_at_every_length),
		cmocka_unit_test(attribute_lengths_that_lie),
		cmocka_unit_test(values_of_short_attributes),
		cmocka_unit_test(fields_both_ways),
		cmocka_unit_test(walk_at_every_length),
		cmocka_unit_test(answers_of_others_are_ignored),
		cmocka_unit_test(ends_of_a_dump),
		cmocka_unit_test(asks_the_kernel),
		cmocka_unit_test(families_by_name),
		cmocka_unit_test(nothing_answers),
		cmocka_unit_test(events_come_bounded),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
