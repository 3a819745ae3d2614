/* links: netlink.c addr.c tests/unit/fake_loop.c tests/unit/no_log.c */
/* SPDX-License-Identifier: MIT */
/* The mirror fed with messages as the kernel sends them; dumps and sockets are tests/net/iface-*.sh's. */
#include "iface.c"

#include <net/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* What was told, as text: "eth0:1 eth1:3 ". */
static char told[256];

static void changed(void *ctx, struct iface *iface, unsigned change)
{
	size_t at = strlen(told);

	(void)ctx;
	snprintf(told + at, sizeof(told) - at, "%s:%x ", iface ? iface->name : "*", change);
}

static const char *tell_all(void)
{
	told[0] = '\0';
	tell();
	return told;
}

static int set_up(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.open = true;
	t.io.fd = -1;
	t.listeners[0].changed = changed;
	place_for("eth0")->kept = true;
	place_for("eth1")->kept = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	iface_close();
	return 0;
}

/* The message being built, or so much of it. */
static void deliver_some(size_t missing)
{
	static _Alignas(4) uint8_t copy[NL_BUF];
	struct nl_cursor c = nl_built(0);
	size_t len = 16 + (size_t)(c.end - c.at) - missing;
	uint32_t said = (uint32_t)len;

	assert_true(len > 16);
	memcpy(copy, c.at - 16, len);
	memcpy(copy, &said, sizeof(said));
	nl_walk(copy, len, take_message, NULL);
}

static void deliver(void)
{
	deliver_some(0);
}

static void begin_link(uint16_t type, uint8_t family, int index, unsigned flags, const char *name)
{
	struct ifinfomsg msg = { .ifi_family = family, .ifi_type = ARPHRD_ETHER, .ifi_index = index, .ifi_flags = flags };

	nl_begin(type, 0, &msg, sizeof(msg));
	if (name)
		nl_put_text(IFLA_IFNAME, name);
}

#define UP (IFF_UP | IFF_RUNNING)

static void link_is(int index, unsigned flags, const char *name)
{
	begin_link(RTM_NEWLINK, AF_UNSPEC, index, flags, name);
	deliver();
	for (struct iface *i = t.first; i; i = i->next)
		i->stale = false; /* as after the dump that follows */
}

static void link_gone(int index)
{
	begin_link(RTM_DELLINK, AF_UNSPEC, index, 0, NULL);
	deliver();
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(text, &a), 0);
	return a;
}

/* proto < 0: a kernel that has none. */
static void addr_is(uint16_t type, int index, const char *text, uint8_t flags, int proto)
{
	struct addr a = addr_of(text);
	struct ifaddrmsg msg = {
		.ifa_family = a.family, .ifa_prefixlen = a.family == AF_INET ? 24 : 64, .ifa_flags = flags, .ifa_index = (unsigned)index,
	};
	nl_begin(type, 0, &msg, sizeof(msg));
	nl_put(IFA_ADDRESS, a.bytes, addr_len(&a));
	if (a.family == AF_INET)
		nl_put(IFA_LOCAL, a.bytes, addr_len(&a));
	if (proto >= 0)
		nl_put_u8(ATTR_IFA_PROTO, (uint8_t)proto);
	deliver();
}

static void comes_and_goes(void **state)
{
	struct iface *eth0 = iface_find("eth0");

	assert_false(iface_is_up(eth0));
	link_is(5, 0, "eth0");
	assert_string_equal(tell_all(), "eth0:1 ");
	assert_int_equal(eth0->index, 5);
	link_is(5, IFF_UP, "eth0");
	assert_string_equal(tell_all(), "eth0:1 ");
	assert_false(iface_is_up(eth0));
	link_is(5, UP, "eth0");
	assert_true(iface_is_up(eth0));
	/* Flags that are nobody's business. */
	tell_all();
	link_is(5, UP | IFF_PROMISC | IFF_ALLMULTI | 0x10000, "eth0");
	assert_string_equal(tell_all(), "");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0, 0);
	link_gone(5);
	assert_string_equal(tell_all(), "eth0:3 ");
	assert_int_equal(eth0->index, 0);
	assert_null(eth0->addrs);
	assert_ptr_equal(iface_find("eth0"), eth0);
	assert_null(iface_by_index(5));
	assert_null(iface_by_index(0));
	link_gone(5);
	link_gone(77);
	assert_string_equal(tell_all(), "");
	link_is(9, UP, "eth0");
	assert_int_equal(eth0->index, 9);
}

static void another_index_without_a_word(void **state)
{
	struct iface *eth0 = iface_find("eth0");

	link_is(5, UP, "eth0");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0, 0);
	tell_all();
	link_is(6, UP, "eth0");
	assert_string_equal(tell_all(), "eth0:3 ");
	assert_int_equal(eth0->index, 6);
	assert_null(eth0->addrs);
}

static void renamed(void **state)
{
	struct iface *eth0 = iface_find("eth0"), *eth1 = iface_find("eth1");

	link_is(5, UP, "eth0");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0, 0);
	tell_all();
	link_is(5, UP, "eth1");
	assert_string_equal(tell_all(), "eth0:3 eth1:1 ");
	assert_int_equal(eth0->index, 0);
	assert_int_equal(eth1->index, 5);
	/* Two change names, over a third one. */
	link_is(6, UP, "eth0");
	link_is(5, UP, "tmp");
	link_is(6, UP, "eth1");
	link_is(5, UP, "eth0");
	assert_int_equal(eth0->index, 5);
	assert_int_equal(eth1->index, 6);
	assert_int_equal(iface_find("tmp")->index, 0);
}

static void a_bridge_speaks_of_its_ports(void **state)
{
	link_is(5, UP, "eth0");
	tell_all();
	begin_link(RTM_NEWLINK, AF_BRIDGE, 5, 0, "eth0");
	deliver();
	begin_link(RTM_DELLINK, AF_BRIDGE, 5, 0, "eth0");
	deliver();
	assert_string_equal(tell_all(), "");
	assert_true(iface_is_up(iface_find("eth0")));
}

static void names_that_come_and_go_cost_nothing(void **state)
{
	unsigned entries = 0;
	char name[16];

	for (int i = 10; i < 1000; i++) {
		snprintf(name, sizeof(name), "ppp%d", i);
		link_is(i, UP, name);
		addr_is(RTM_NEWADDR, i, "192.0.2.1", 0, 0);
		assert_null(iface_find(name)->addrs);
		link_gone(i);
		tell_all();
	}
	for (const struct iface *i = t.first; i; i = i->next)
		entries++;
	assert_int_equal(entries, 3);
}

static void stands_on_another(void **state)
{
	struct iface *eth1 = iface_find("eth1");

	link_is(5, UP, "eth0");
	begin_link(RTM_NEWLINK, AF_UNSPEC, 6, UP, "eth1");
	nl_put_u32(IFLA_LINK, 5);
	nl_nest(IFLA_LINKINFO);
	nl_put_text(IFLA_INFO_KIND, "macvlan");
	nl_nest_end();
	deliver();
	assert_int_equal(eth1->base_index, 5);
	assert_string_equal(eth1->kind, "macvlan");
	assert_true(iface_is_up(eth1));
	tell_all();
	link_is(5, IFF_UP, "eth0");
	assert_false(iface_is_up(eth1));
	assert_string_equal(tell_all(), "eth0:1 eth1:1 ");
	/* A veth's other end is no base, nor is what lies in another namespace. */
	begin_link(RTM_NEWLINK, AF_UNSPEC, 6, UP, "eth1");
	nl_put_u32(IFLA_LINK, 5);
	nl_nest(IFLA_LINKINFO);
	nl_put_text(IFLA_INFO_KIND, "veth");
	nl_nest_end();
	deliver();
	assert_true(iface_is_up(eth1));
	begin_link(RTM_NEWLINK, AF_UNSPEC, 6, UP, "eth1");
	nl_put_u32(IFLA_LINK, 5);
	nl_put_u32(ATTR_IFLA_LINK_NETNSID, 0);
	nl_nest(IFLA_LINKINFO);
	nl_put_text(IFLA_INFO_KIND, "macvlan");
	nl_nest_end();
	deliver();
	assert_true(iface_is_up(eth1));
}

static void a_circle_ends(void **state)
{
	struct iface *eth0 = iface_find("eth0"), *eth1 = iface_find("eth1");

	link_is(5, UP, "eth0");
	link_is(6, UP, "eth1");
	eth0->base_index = 6;
	eth1->base_index = 5;
	assert_true(iface_is_up(eth0));
}

static void other_attributes(void **state)
{
	const struct iface *eth0 = iface_find("eth0");
	static const uint8_t mac[6] = { 2, 1 }, other[6] = { 2, 2 }, everyone[6] = { 255, 255, 255, 255, 255, 255 }, huge[33];

	link_is(5, UP, "eth0");
	tell_all();
	begin_link(RTM_NEWLINK, AF_UNSPEC, 5, UP, "eth0");
	nl_put(IFLA_ADDRESS, mac, 6);
	nl_put(IFLA_BROADCAST, everyone, 6);
	nl_put_u32(IFLA_MTU, 1500);
	nl_put_u32(IFLA_MASTER, 8);
	nl_nest(IFLA_LINKINFO);
	nl_nest(IFLA_INFO_DATA);
	nl_put_u32(ATTR_IFLA_VRF_TABLE, 100);
	nl_nest_end();
	nl_put_text(IFLA_INFO_KIND, "vrf"); /* after its data: the order is nobody's promise */
	nl_nest_end();
	deliver();
	assert_string_equal(tell_all(), "eth0:d ");
	assert_int_equal(eth0->hw_len, 6);
	assert_memory_equal(eth0->hw_addr, mac, 6);
	assert_memory_equal(eth0->hw_broadcast, everyone, 6);
	assert_int_equal(eth0->mtu, 1500);
	assert_int_equal(eth0->master_index, 8);
	assert_int_equal(eth0->vrf_table, 100);
	begin_link(RTM_NEWLINK, AF_UNSPEC, 5, UP, "eth0");
	nl_put(IFLA_ADDRESS, other, 6);
	nl_put_u32(IFLA_MTU, 1500);
	deliver();
	assert_string_equal(tell_all(), "eth0:5 "); /* no vrf any more */
	begin_link(RTM_NEWLINK, AF_UNSPEC, 5, UP, "eth0");
	nl_put(IFLA_ADDRESS, huge, sizeof(huge));
	deliver();
	assert_int_equal(eth0->hw_len, 0);
}

static void addresses(void **state)
{
	const struct iface *eth0 = iface_find("eth0");
	struct addr one = addr_of("192.0.2.1"), six = addr_of("fe80::1");

	addr_is(RTM_NEWADDR, 5, "192.0.2.9", 0, 0); /* nobody's */
	link_is(5, UP, "eth0");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0x80, 0);
	addr_is(RTM_NEWADDR, 5, "fe80::1", 0x80, 3);
	assert_string_equal(tell_all(), "eth0:3 ");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0x80, 0);
	assert_string_equal(tell_all(), "");
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0x81, 0);
	assert_string_equal(tell_all(), "eth0:2 ");
	assert_non_null(iface_find_addr(eth0, &one, 24));
	assert_non_null(iface_find_addr(eth0, &one, -1));
	assert_null(iface_find_addr(eth0, &one, 32));
	assert_int_equal(iface_find_addr(eth0, &six, 64)->proto, 3);
	addr_is(RTM_DELADDR, 5, "192.0.2.2", 0, 0);
	assert_string_equal(tell_all(), "");
	/* Removed and added again before anyone looked: told once, and there. */
	addr_is(RTM_DELADDR, 5, "192.0.2.1", 0, 0);
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0x80, 0);
	assert_string_equal(tell_all(), "eth0:2 ");
	assert_non_null(iface_find_addr(eth0, &one, 24));
	addr_is(RTM_DELADDR, 5, "192.0.2.1", 0, 0);
	assert_null(iface_find_addr(eth0, &one, -1));
}

static void address_messages_that_are_wrong(void **state)
{
	static const uint8_t bytes[16] = { 192, 0, 2, 1 };
	struct ifaddrmsg msg = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 5 };
	link_is(5, UP, "eth0");
	tell_all();
	for (size_t len = 0; len <= 16; len++) {
		if (len == 4)
			continue;
		nl_begin(RTM_NEWADDR, 0, &msg, sizeof(msg));
		nl_put(IFA_LOCAL, bytes, len);
		deliver();
	}
	nl_begin(RTM_NEWADDR, 0, &msg, sizeof(msg)); /* no address */
	deliver();
	msg.ifa_prefixlen = 33;
	nl_begin(RTM_NEWADDR, 0, &msg, sizeof(msg));
	nl_put(IFA_LOCAL, bytes, 4);
	deliver();
	msg.ifa_family = AF_BRIDGE;
	nl_begin(RTM_NEWADDR, 0, &msg, sizeof(msg));
	nl_put(IFA_LOCAL, bytes, 4);
	deliver();
	nl_begin(RTM_NEWADDR, 0, &msg, sizeof(msg));
	deliver_some(1);
	assert_string_equal(tell_all(), "");
	assert_null(iface_find("eth0")->addrs);
}

static void remembers_its_own_on_old_kernels(void **state)
{
	struct iface *eth0 = iface_find("eth0");
	struct vip_conf req = { .addr = addr_of("192.0.2.50"), .prefix = 24 };
	struct iface_addr own = mirrored(&req);

	link_is(5, UP, "eth0");
	put_addr(eth0, &own, IFACE_OWN_ADDRS);
	addr_is(RTM_NEWADDR, 5, "192.0.2.50", 0x80, -1);
	addr_is(RTM_NEWADDR, 5, "192.0.2.1", 0x80, -1);
	assert_int_equal(iface_find_addr(eth0, &req.addr, 24)->proto, IFACE_PROTO_OURS);
	/* Taken away and given by another: not ours. */
	addr_is(RTM_DELADDR, 5, "192.0.2.50", 0x80, -1);
	addr_is(RTM_NEWADDR, 5, "192.0.2.50", 0x80, -1);
	assert_int_equal(iface_find_addr(eth0, &req.addr, 24)->proto, 0);
}

/* As it is put into a message. */
static struct addr broadcast_of(const struct vip_conf *req)
{
	struct nl_attr a;
	struct nl_cursor c;

	nl_begin(RTM_NEWADDR, 0, NULL, 0);
	put_broadcast(req);
	c = nl_built(0);
	if (!nl_next(&c, &a))
		return (struct addr){ 0 };
	assert_int_equal(a.type, IFA_BROADCAST);
	assert_int_equal(a.len, 4);
	return addr_from_bytes(AF_INET, a.data);
}

static void broadcasts(void **state)
{
	static const struct {
		uint8_t prefix;
		const char *want;
	} rows[] = {
		{ 0, "255.255.255.255" }, { 1, "255.255.255.255" }, { 8, "192.255.255.255" }, { 13, "192.7.255.255" },
		{ 24, "192.0.2.255" },    { 29, "192.0.2.15" },     { 30, "192.0.2.11" },     { 31, "none" }, { 32, "none" },
	};
	struct vip_conf req = { .addr = addr_of("192.0.2.9"), .broadcast_auto = true };
	char text[ADDR_TEXT_MAX];
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		req.prefix = rows[i].prefix;
		a = broadcast_of(&req);
		assert_string_equal(addr_text(&a, text), rows[i].want);
	}
	req.broadcast_auto = false;
	a = broadcast_of(&req);
	assert_false(addr_is_set(&a));
	req.broadcast = addr_of("192.0.2.77");
	a = broadcast_of(&req);
	assert_string_equal(addr_text(&a, text), "192.0.2.77");
}

static void settings_of_odd_names(void **state)
{
	int value;

	(void)state;
	assert_int_equal(iface_sysctl(AF_INET, "a/b", "forwarding", IFACE_SYSCTL_READ, &value), -EINVAL);
	assert_int_equal(iface_sysctl(AF_INET, "..", "forwarding", IFACE_SYSCTL_READ, &value), -EINVAL);
	assert_int_equal(iface_sysctl(AF_INET, "lo", "../lo/forwarding", IFACE_SYSCTL_READ, &value), -EINVAL);
	assert_int_equal(iface_sysctl(AF_INET, "no.such0", "forwarding", IFACE_SYSCTL_READ, &value), -ENOENT);
	assert_int_equal(iface_sysctl(AF_INET6, "no.such0", "forwarding", 1, NULL), -ENOENT);
	assert_int_equal(iface_sysctl(AF_INET, "lo", "promote_secondaries", IFACE_SYSCTL_READ, &value), 0);
	assert_in_range(value, 0, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(comes_and_goes),
		TEST(another_index_without_a_word),
		TEST(renamed),
		TEST(a_bridge_speaks_of_its_ports),
		TEST(names_that_come_and_go_cost_nothing),
		TEST(stands_on_another),
		TEST(a_circle_ends),
		TEST(other_attributes),
		TEST(addresses),
		TEST(address_messages_that_are_wrong),
		TEST(remembers_its_own_on_old_kernels),
		TEST(broadcasts),
		TEST(settings_of_odd_names),
	};

	return cmocka_run_group_tests_name("iface", tests, NULL, NULL);
}
