/* links: netlink.c addr.c tests/unit/no_log.c */
/* SPDX-License-Identifier: MIT */
#include "vmac.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define H16(x) ((x) >> 8) & 255, (x) & 255
#define H32(x) 0, 0, ((x) >> 8) & 255, (x) & 255
#else
#define H16(x) (x) & 255, ((x) >> 8) & 255
#define H32(x) (x) & 255, ((x) >> 8) & 255, 0, 0
#endif
#define NEST 0x8000

/* The kernel and the mirror of it: links that requests make and delete, and settings by name. */
static struct {
	struct iface links[12];
	unsigned count, next_index;
	struct setting {
		char name[16], key[24];
		int family, value;
	} settings[160];
	unsigned setting_count;
	struct sent {
		uint8_t buf[512];
		size_t len;
	} sent[40];
	unsigned sent_count;
	unsigned adds, deletes;
} k;

static struct setting *setting(int family, const char *name, const char *key)
{
	struct setting *s;

	for (s = k.settings; s < k.settings + k.setting_count; s++)
		if (s->family == family && !strcmp(s->name, name) && !strcmp(s->key, key))
			return s;
	assert_true(k.setting_count < 160);
	k.setting_count++;
	s->family = family;
	snprintf(s->name, sizeof s->name, "%s", name);
	snprintf(s->key, sizeof s->key, "%s", key);
	return s;
}

static int value(const char *name, const char *key)
{
	return setting(AF_INET, name, key)->value;
}

int iface_sysctl(int family, const char *name, const char *key, int v, int *old)
{
	struct setting *s = setting(family, name, key);

	if (old)
		*old = s->value;
	if (v == IFACE_SYSCTL_READ)
		return 0;
	/* The real files of this machine are not to be seen. */
	if (!strcmp(key, "rp_filter") && !strcmp(name, "all") && old)
		return -ENOENT;
	s->value = v;
	return 0;
}

struct iface *iface_find(const char *name)
{
	for (unsigned i = 0; i < k.count; i++)
		if (!strcmp(k.links[i].name, name))
			return &k.links[i];
	return NULL;
}

struct iface *iface_get(const char *name)
{
	struct iface *i = iface_find(name);

	if (i)
		return i;
	assert_true(k.count < 12);
	i = &k.links[k.count];
	if (k.count)
		k.links[k.count - 1].next = i;
	k.count++;
	snprintf(i->name, sizeof i->name, "%s", name);
	return i;
}

struct iface *iface_by_index(unsigned index)
{
	for (unsigned i = 0; index && i < k.count; i++)
		if (k.links[i].index == index)
			return &k.links[i];
	return NULL;
}

struct iface *iface_first(void)
{
	return k.links;
}

static void carry_out(const struct sent *m)
{
	static const struct nl_field fields[] = {
		{ IFLA_IFNAME, NL_TEXT | sizeof(k.links->name), offsetof(struct iface, name) },
		{ IFLA_IFALIAS, NL_TEXT | sizeof(k.links->alias), offsetof(struct iface, alias) },
		{ IFLA_LINK, 4, offsetof(struct iface, base_index) }, { IFLA_ADDRESS, NL_COUNTED, offsetof(struct iface, hw_len) },
	};
	struct nlmsghdr h;
	struct ifinfomsg msg;
	struct iface fresh = { 0 }, *i;

	memcpy(&h, m->buf, sizeof h);
	memcpy(&msg, m->buf + 16, sizeof msg);
	nl_take_fields((struct nl_cursor){ m->buf + 32, m->buf + m->len }, NL_FIELDS(fields), &fresh);
	if (h.nlmsg_type == RTM_DELLINK) {
		iface_by_index((unsigned)msg.ifi_index)->index = 0;
	} else if (!msg.ifi_index) {
		i = iface_get(fresh.name);
		i->index = ++k.next_index;
		i->base_index = fresh.base_index;
		i->alias[0] = '\0';
		memcpy(i->hw_addr, fresh.hw_addr, sizeof i->hw_addr);
		snprintf(i->kind, sizeof i->kind, "%s", memmem(m->buf, m->len, "ipvlan", 6) ? "ipvlan" : "macvlan");
	} else {
		i = iface_by_index((unsigned)msg.ifi_index);
		if (fresh.alias[0])
			memcpy(i->alias, fresh.alias, sizeof i->alias);
	}
}

int iface_request(void)
{
	struct nl_cursor c = nl_built(0);
	struct sent *m = &k.sent[k.sent_count++];

	assert_true(k.sent_count < 40 && c.end - c.at < 480);
	m->len = 16 + (size_t)(c.end - c.at);
	memcpy(m->buf, c.at - 16, m->len);
	carry_out(m);
	return 0;
}

const struct iface_addr *iface_find_addr(const struct iface *i, const struct addr *addr, int prefix)
{
	(void)i;
	(void)addr;
	(void)prefix;
	return NULL;
}

int iface_addr_add(struct iface *i, const struct vip_conf *req)
{
	(void)i;
	(void)req;
	k.adds++;
	return 0;
}

int iface_addr_delete(struct iface *i, const struct vip_conf *req)
{
	(void)i;
	(void)req;
	k.deletes++;
	return 0;
}

int vaddr_is_virtual(const struct router *r, const struct iface *i, const struct addr *a)
{
	(void)r;
	(void)i;
	(void)a;
	return false;
}

uint32_t route_number(const char *file, const char *name)
{
	assert_string_equal(file, "group");
	return !strcmp(name, "inside") ? 9 : 0;
}

void filter_look(struct router *r)
{
	r->filter.stale = false;
}

static struct config config;
static struct router router;
static struct vrrp_conf conf;
static struct vrrp_common common;
static struct instance inst;

static int setup(void **state)
{
	(void)state;
	memset(&k, 0, sizeof k);
	memset(&config, 0, sizeof config);
	memset(&router, 0, sizeof router);
	memset(&conf, 0, sizeof conf);
	memset(&common, 0, sizeof common);
	memset(&inst, 0, sizeof inst);
	router.config = &config;
	conf.common = &common;
	conf.name = "VI_1";
	conf.vrid = 51;
	conf.family = AF_INET;
	conf.use_vmac = true;
	inst.router = &router;
	inst.conf = &conf;
	k.next_index = 100;
	inst.base = iface_get("eth0");
	inst.base->index = 2;
	inst.base->group = 7;
	memcpy(inst.base->hw_addr, (const uint8_t[]){ 2, 1, 2, 3, 4, 5 }, 6);
	return 0;
}

static void link_is_made_as_keepalived_does(void **state)
{
	static const uint8_t creation_bytes[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		H16(12), H16(3), 'v', 'r', 'r', 'p', '.', '5', '1', 0,
		H16(8), H16(5), H32(2),
		H16(10), H16(1), 0, 0, 0x5e, 0, 1, 51, 0, 0,
		H16(28), H16(18 | NEST), H16(12), H16(1), 'm', 'a', 'c', 'v', 'l', 'a', 'n', 0, H16(12), H16(2 | NEST), H16(8), H16(1), H32(1),
	}, up_bytes[] = {
		0, 0, 0, 0, H32(101), H32(1), H32(1),
		H16(24), H16(20), 'u', 'k', 'e', 'e', 'p', 'a', 'l', 'i', 'v', 'e', 'd', ' ', '4', ' ', '0', ' ', '0', ' ', '0', 0,
		H16(8), H16(27), H32(7),
	};
	struct nlmsghdr h;

	(void)state;
	setting(AF_INET, "eth0", "arp_ignore")->value = 4;
	inst.vmac = vmac_claim(&inst, inst.base, AF_INET);
	vmac_look(&router);
	assert_int_equal(k.sent_count, 2);
	memcpy(&h, k.sent[0].buf, sizeof h);
	assert_int_equal(h.nlmsg_type, RTM_NEWLINK);
	assert_int_equal(h.nlmsg_flags, NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL);
	assert_int_equal(k.sent[0].len, 16 + sizeof creation_bytes);
	assert_memory_equal(k.sent[0].buf + 16, creation_bytes, sizeof creation_bytes);
	memcpy(&h, k.sent[1].buf, sizeof h);
	assert_int_equal(h.nlmsg_flags, NLM_F_REQUEST);
	assert_int_equal(k.sent[1].len, 16 + sizeof up_bytes);
	assert_memory_equal(k.sent[1].buf + 16, up_bytes, sizeof up_bytes);
	assert_int_equal(value("vrrp.51", "arp_ignore"), 1);
	assert_int_equal(value("vrrp.51", "accept_local"), 1);
	assert_int_equal(value("eth0", "arp_ignore"), 1);
	assert_int_equal(value("eth0", "arp_announce"), 2);
	assert_int_equal(setting(AF_INET6, "vrrp.51", "disable_ipv6")->value, 1);
	/* Nothing to do, nothing done. */
	vmac_look(&router);
	assert_int_equal(k.sent_count, 2);
	vmac_free(&router);
}

static void settings_of_the_base_outlive_the_last(void **state)
{
	struct vrrp_conf second = conf;
	struct instance other = inst;
	struct vmac *a, *b;

	(void)state;
	setting(AF_INET, "eth0", "arp_filter")->value = 7;
	second.vrid = 52;
	other.conf = &second;
	a = vmac_claim(&inst, inst.base, AF_INET);
	b = vmac_claim(&other, inst.base, AF_INET);
	assert_ptr_equal(vmac_claim(&inst, inst.base, AF_INET), a);
	vmac_look(&router);
	assert_int_equal(b->base_was[1], 7);
	a->claimed = false;
	vmac_sweep(&router);
	assert_int_equal(value("eth0", "arp_filter"), 1);
	/* Removed by somebody: made again, and what was before is not forgotten. */
	b->link->index = 0;
	vmac_look(&router);
	assert_string_equal(b->link->alias, "ukeepalived 0 7 0 0");
	vmac_unclaim(&router);
	vmac_sweep(&router);
	assert_int_equal(value("eth0", "arp_filter"), 7);
	assert_null(router.vmacs.first);
}

static void base_comes_back_as_another(void **state)
{
	struct vmac *v = vmac_claim(&inst, inst.base, AF_INET);

	(void)state;
	vmac_look(&router);
	v->link->index = inst.base->index = 0;
	vmac_look(&router);
	assert_int_equal(k.sent_count, 2);
	inst.base->index = 9;
	setting(AF_INET, "eth0", "arp_ignore")->value = 2;
	setting(AF_INET, "eth0", "arp_announce")->value = 0;
	vmac_look(&router);
	assert_int_equal(k.sent_count, 4);
	assert_int_equal(v->link->base_index, 9);
	assert_string_equal(v->link->alias, "ukeepalived 2 1 0 0");
	vmac_unclaim(&router);
	vmac_sweep(&router);
	assert_int_equal(value("eth0", "arp_ignore"), 2);
}

static void names(void **state)
{
	struct iface *other;
	struct vmac *v;

	(void)state;
	other = iface_get("vrrp.51");
	other->index = 50;
	v = vmac_claim(&inst, inst.base, AF_INET);
	assert_string_equal(v->link->name, "vrrp1.51");
	v = vmac_claim(&inst, inst.base, AF_INET6);
	assert_string_equal(v->link->name, "vrrp6.51");
	assert_memory_equal(v->mac, ((const uint8_t[]){ 0, 0, 0x5e, 0, 2, 51 }), 6);
	other = iface_get("eth1");
	other->index = 3;
	config.global.vmac_addr_name_prefix = "addr";
	v = vmac_claim(&inst, other, AF_INET);
	assert_string_equal(v->link->name, "addr.51");
	conf.vmac_name = "given";
	conf.vmac_has_mac = true;
	memcpy(conf.vmac_mac, (const uint8_t[]){ 2, 0, 0, 0, 0, 9 }, 6);
	v = vmac_claim(&inst, inst.base, AF_INET);
	assert_string_equal(v->link->name, "given");
	assert_int_equal(v->mac[5], 9);
	vmac_free(&router);
}

static void what_a_crash_left(void **state)
{
	struct vmac *v;
	struct iface *mine = iface_get("vrrp.51"), *gone = iface_get("vrrp.52"), *foreign = iface_get("vrrp.53");

	(void)state;
	*mine = (struct iface){ .next = gone, .name = "vrrp.51", .index = 51, .base_index = 2, .kind = "macvlan", .alias = "ukeepalived 3 0 1 2",
	                        .hw_addr = { 0, 0, 0x5e, 0, 1, 51 } };
	*gone = *mine;
	gone->next = foreign;
	gone->index = 52;
	snprintf(gone->name, sizeof gone->name, "vrrp.52");
	*foreign = *gone;
	foreign->next = NULL;
	foreign->index = 53;
	foreign->alias[0] = '\0';
	snprintf(foreign->name, sizeof foreign->name, "vrrp.53");
	v = vmac_claim(&inst, inst.base, AF_INET);
	vmac_remove_leftovers(&router);
	assert_int_equal(gone->index, 0);
	assert_int_equal(foreign->index, 53);
	assert_int_equal(value("all", "rp_filter"), 2);
	vmac_look(&router);
	/* Taken over as it is, with its memory. */
	assert_int_equal(mine->index, 51);
	assert_int_equal(v->base_was[0], 3);
	assert_int_equal(value("eth0", "arp_ignore"), 1);
	assert_string_equal(mine->alias, "ukeepalived 3 0 1 2");
	vmac_unclaim(&router);
	vmac_sweep(&router);
	assert_int_equal(mine->index, 0);
	assert_int_equal(value("eth0", "arp_ignore"), 3);
	assert_int_equal(value("eth0", "arp_announce"), 1);
	assert_int_equal(value("all", "rp_filter"), 2);
}

static void others_get_their_filter_back(void **state)
{
	(void)state;
	setting(AF_INET, "br-lan.1", "rp_filter")->value = setting(AF_INET, "wan", "rp_filter")->value = setting(AF_INET, "w", "rp_filter")->value = 2;
	/* The last one is cut off. */
	snprintf(raised, sizeof raised, "0br-lan.1 1wan 0w");
	restore_raised(&router.vmacs);
	assert_int_equal(value("br-lan.1", "rp_filter"), 0);
	assert_int_equal(value("wan", "rp_filter"), 1);
	assert_int_equal(value("w", "rp_filter"), 2);
	/* Nothing is left behind what comes next. */
	for (unsigned i = 0; i < sizeof raised; i++)
		assert_int_equal(raised[i], 0);
}

static void another_thing_by_that_name(void **state)
{
	struct iface *there = iface_get("given");
	struct vmac *v;

	(void)state;
	conf.vmac_name = "given";
	there->index = 40;
	snprintf(there->kind, sizeof there->kind, "bridge");
	v = vmac_claim(&inst, inst.base, AF_INET);
	vmac_look(&router);
	assert_int_equal(k.sent_count, 0);
	assert_int_equal(v->error, -EEXIST);
	vmac_unclaim(&router);
	vmac_sweep(&router);
	assert_int_equal(there->index, 40);
	/* A macvlan of another MAC is an old one of ours. */
	snprintf(there->kind, sizeof there->kind, "macvlan");
	vmac_claim(&inst, inst.base, AF_INET);
	vmac_look(&router);
	assert_int_equal(there->index, 101);
	vmac_free(&router);
}

static void link_local_of_the_base(void **state)
{
	struct iface_addr second = { .addr = { AF_INET6, { 0xfe, 0x80, [15] = 2 } }, .prefix = 64 };
	struct iface_addr first = { .next = &second, .addr = { AF_INET6, { 0xfe, 0x80, [15] = 1 } }, .prefix = 64 };
	struct vmac *v;

	(void)state;
	conf.family = AF_INET6;
	v = vmac_claim(&inst, inst.base, AF_INET6);
	vmac_look(&router);
	/* Made of the base's MAC where it has none. */
	assert_memory_equal(v->link_local.bytes, ((const uint8_t[]){ 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0xff, 0xfe, 3, 4, 5 }), 16);
	assert_int_equal(k.adds, 1);
	inst.base->addrs = &second;
	vmac_look(&router);
	assert_int_equal(v->link_local.bytes[15], 2);
	/* It stays as long as it is there. */
	inst.base->addrs = &first;
	vmac_look(&router);
	assert_int_equal(v->link_local.bytes[15], 2);
	first.next = NULL;
	vmac_look(&router);
	assert_int_equal(v->link_local.bytes[15], 1);
	assert_int_equal(setting(AF_INET6, "vrrp.51", "addr_gen_mode")->value, 1);
	vmac_free(&router);
}

static void group_and_notice(void **state)
{
	static const uint8_t notice[] = { 0, 0, 0, 0, H32(2), H32(0), H32(0), H16(8), H16(27), H32(7) };
	struct vmac *v;

	(void)state;
	conf.vmac_notify = true;
	common.vmac_group = "inside";
	v = vmac_claim(&inst, inst.base, AF_INET);
	vmac_look(&router);
	assert_int_equal(k.sent_count, 3);
	assert_memory_equal(k.sent[1].buf + k.sent[1].len - 8, ((const uint8_t[]){ H16(8), H16(27), H32(9) }), 8);
	assert_int_equal(k.sent[2].len, 16 + sizeof notice);
	assert_memory_equal(k.sent[2].buf + 16, notice, sizeof notice);
	common.vmac_group = "0x10";
	assert_int_equal(group_of(v), 16);
	vmac_free(&router);
}

static void follows_into_a_vrf(void **state)
{
	struct iface *vrf = iface_get("vrf1");
	struct vmac *v = vmac_claim(&inst, inst.base, AF_INET);

	(void)state;
	vrf->index = 60;
	snprintf(vrf->kind, sizeof vrf->kind, "vrf");
	vmac_look(&router);
	inst.base->master_index = 60;
	vmac_look(&router);
	assert_int_equal(k.sent_count, 3);
	assert_memory_equal(k.sent[2].buf + k.sent[2].len - 8, ((const uint8_t[]){ H16(8), H16(10), H32(60) }), 8);
	v->link->master_index = 60;
	vmac_look(&router);
	/* A bridge is not followed. */
	snprintf(vrf->kind, sizeof vrf->kind, "bridge");
	v->link->master_index = 0;
	v->vrf_index = 0;
	vmac_look(&router);
	assert_int_equal(k.sent_count, 3);
	vmac_free(&router);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(link_is_made_as_keepalived_does, setup),
		cmocka_unit_test_setup(settings_of_the_base_outlive_the_last, setup),
		cmocka_unit_test_setup(base_comes_back_as_another, setup),
		cmocka_unit_test_setup(names, setup),
		cmocka_unit_test_setup(what_a_crash_left, setup),
		cmocka_unit_test_setup(others_get_their_filter_back, setup),
		cmocka_unit_test_setup(another_thing_by_that_name, setup),
		cmocka_unit_test_setup(link_local_of_the_base, setup),
		cmocka_unit_test_setup(group_and_notice, setup),
		cmocka_unit_test_setup(follows_into_a_vrf, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
