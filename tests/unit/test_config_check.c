/* links: config.c conf_value.c keywords.c conf_set.c conf_block.c conf_lvs.c dns.c conf_check.c conf_check_lvs.c dump.c emit.c lexer.c lex_define.c lex_include.c addr.c tests/unit/conf_text.c */
/* SPDX-License-Identifier: MIT */
/* Defaults and checks of instances, groups and what is tracked. */
#include "tests/unit/conf_text.h"
#include "vrrp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#define S 1000000u
#define INSTANCE "vrrp_instance V: "
#define SCRIPT(weight) "vrrp_script s {\nscript /a\nweight " weight "\n}\n"

/* The instance that the text adds to the six lines; it must say this. */
static const struct vrrp_conf *one(struct config **c, const char *more, const char *said)
{
	*c = conf_ofs(V("%s"), more);
	assert_string_equal(conf_said(), said);
	return conf_instance(*c, 0);
}

static void defaults_of_an_instance(void **state)
{
	struct config *c;
	const struct vrrp_conf *v = one(&c, "", "");

	(void)state;
	assert_int_equal(v->version, 2);
	assert_int_equal(v->priority, 100);
	assert_int_equal(v->advert_us, S);
	assert_int_equal(v->family, AF_INET);
	assert_int_equal(v->down_timer_adverts, 3);
	assert_int_equal(v->common->garp.master_repeat, 5);
	assert_int_equal(v->common->garp.refresh_repeat, 1);
	assert_int_equal(v->common->garp.master_delay_us, 5 * S);
	assert_int_equal(v->common->garp.lower_delay_us, 5 * S);
	assert_int_equal(v->common->garp.lower_repeat, 5);
	assert_int_equal(v->common->garp.refresh_us, 0);
	assert_int_equal(v->mcast_group.bytes[3], 18);
	assert_int_equal(v->check_unicast_src, CONF_NO);
	assert_true(v->accept);
	assert_false(v->start_master || v->nopreempt || v->strict || v->unicast || v->broken || v->skip_check_adv_addr || v->group);
	assert_false(v->common->notify.smtp_alert || v->common->notify.priority_changes);
	conf_free(c);
}

static void an_instance_takes_what_global_defs_says(void **state)
{
	struct config *c = conf_of("global_defs {\nvrrp_garp_master_delay 2\nvrrp_garp_master_repeat 7\nvrrp_garp_master_refresh 60\n"
		"vrrp_garp_master_refresh_repeat 4\nvrrp_garp_lower_prio_delay 9\nvrrp_garp_lower_prio_repeat 3\nvrrp_version 3\nsmtp_alert\n"
		"vrrp_skip_check_adv_addr\nvrrp_lower_prio_no_advert\nvrrp_higher_prio_send_advert\nvrrp_owner_ignore_adverts\n"
		"vrrp_check_unicast_src\nvrrp_down_timer_adverts 5\nvrrp_mcast_group4 224.0.0.99\nvrrp_notify_priority_changes on\n}\n"
		V("") I("W", "eth1", "2", A1("192.0.2.2") "version 2\nsmtp_alert off\nskip_check_adv_addr off\ngarp_master_delay 0\nmcast_dst_ip 224.0.0.7"));
	const struct vrrp_conf *v = conf_instance(c, 0), *w = conf_instance(c, 1);

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(v->common->garp.master_delay_us == 2 * S && v->common->garp.master_repeat == 7 && v->common->garp.refresh_us == 60 * S && v->common->garp.refresh_repeat == 4
		&& v->common->garp.lower_delay_us == 9 * S && v->common->garp.lower_repeat == 3);
	assert_true(v->version == 3 && v->down_timer_adverts == 5 && v->mcast_group.bytes[3] == 99);
	assert_true(v->common->notify.smtp_alert && v->common->notify.priority_changes && v->skip_check_adv_addr && v->lower_prio_no_advert && v->higher_prio_send_advert
		&& !v->owner_ignore_adverts && v->check_unicast_src == CONF_YES);
	assert_true(w->version == 2 && w->common->garp.master_delay_us == 0 && w->common->garp.master_repeat == 7 && w->mcast_group.bytes[3] == 7);
	assert_false(w->common->notify.smtp_alert || w->skip_check_adv_addr);
	conf_free(c);
}

static void state_and_priority(void **state)
{
	static const struct {
		const char *more;
		uint8_t priority;
		bool master, nopreempt;
		const char *said;
	} rows[] = {
		{ "state MASTER", 255, true, false, "" },
		{ "state MASTER\npriority 150", 150, true, false, "" },
		{ "state BACKUP", 100, false, false, "" },
		{ "priority 255", 255, true, false, "" },
		{ "state BACKUP\npriority 255", 255, false, false, "" },
		{ "nopreempt", 100, false, true, "" },
		{ "state MASTER\npriority 150\nnopreempt", 150, true, false,
		  "w1: " INSTANCE "nopreempt does not go with state MASTER, ignored; write state BACKUP\n" },
		{ "state MASTER\nnopreempt", 255, true, false, "w1: " INSTANCE "nopreempt does not go with priority 255, ignored\n" },
		{ "state BACKUP\nnopreempt\npriority 255", 255, false, false, "w1: " INSTANCE "nopreempt does not go with priority 255, ignored\n" },
		{ "strict_mode\nstate MASTER\npriority 150", 150, false, false,
		  "w1: " INSTANCE "strict mode wants state MASTER with priority 255 and only there, state BACKUP is used\n" },
		{ "strict_mode\nstate BACKUP\npriority 255", 255, true, false,
		  "w1: " INSTANCE "strict mode wants state MASTER with priority 255 and only there, state MASTER is used\n" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c;
		const struct vrrp_conf *v = one(&c, rows[i].more, rows[i].said);

		assert_int_equal(v->priority, rows[i].priority);
		assert_int_equal(v->start_master, rows[i].master);
		assert_int_equal(v->nopreempt, rows[i].nopreempt);
		conf_free(c);
	}
}

static void advert_intervals(void **state)
{
	static const struct {
		const char *more;
		uint32_t us;
		const char *said;
	} rows[] = {
		{ "advert_int 255", 255 * S, "" },
		{ "advert_int 1.4", S, "w1: " INSTANCE "VRRP version 2 has an advert_int of 1 to 255 whole seconds, 1.00 s is used\n" },
		{ "advert_int 1.5", 2 * S, "w1: " INSTANCE "VRRP version 2 has an advert_int of 1 to 255 whole seconds, 2.00 s is used\n" },
		{ "advert_int 0.01", S, "w1: " INSTANCE "VRRP version 2 has an advert_int of 1 to 255 whole seconds, 1.00 s is used\n" },
		{ "version 3\nadvert_int 0.01", 10000, "" },
		{ "advert_int 0.25\nversion 3", 250000, "" },
		{ "version 3\nadvert_int 40.95", 40950000, "" },
		{ "version 3\nadvert_int 0.014", 10000, "w1: " INSTANCE "VRRP version 3 has an advert_int of 1 to 4095 hundredths of a second, 0.01 s is used\n" },
		{ "version 3\nadvert_int 41", 40950000, "w1: " INSTANCE "VRRP version 3 has an advert_int of 1 to 4095 hundredths of a second, 40.95 s is used\n" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c;

		assert_int_equal(one(&c, rows[i].more, rows[i].said)->advert_us, rows[i].us);
		conf_free(c);
	}
}

static const struct said delays_before_preemption[] = {
	{ V("preempt_delay 5"), "" },
	{ V("preempt_delay 5\nnopreempt"), "w1: " INSTANCE "preempt_delay does not go with nopreempt, ignored\n" },
	{ V("preempt_delay 5\nstate MASTER"), "w1: " INSTANCE "preempt_delay does not go with state MASTER, ignored\n" },
	{ V("preempt_delay 5\nstrict_mode"), "w1: " INSTANCE "preempt_delay does not go with strict mode, ignored\n" },
	{ V("timer_expired_backup"), "w1: " INSTANCE "timer_expired_backup needs nopreempt, ignored\n" },
	{ V("timer_expired_backup\nnopreempt"), "" },
	{ V("down_timer_adverts 5\nstrict_mode"), "w1: " INSTANCE "down_timer_adverts does not go with strict mode, 3 is used\n" },
	{ NULL, NULL }
};

static void what_can_not_run(void **state)
{
	static const struct said rows[] = {
		{ "vrrp_instance V {\ninterface eth0\n" VIP "}\n", "e1: " INSTANCE "virtual_router_id is missing, it does not run\n" },
		{ "vrrp_instance V {\nvirtual_router_id 1\n" VIP "}\n", "e1: " INSTANCE "interface is missing, it does not run\n" },
		{ "vrrp_instance V {\nvirtual_router_id 1\nunicast_peer {\n192.0.2.2\n}\nvirtual_ipaddress {\n192.0.2.1 dev eth0\n}\n}\n",
		  "e1: " INSTANCE "without an interface it needs unicast_src_ip, it does not run\n" },
		{ "vrrp_instance V {\nvirtual_router_id 1\nunicast_src_ip fe80::1\nunicast_peer {\nfe80::2\n}\nvirtual_ipaddress {\nfe80::9 dev eth0\n}\n}\n",
		  "e1: " INSTANCE "without an interface unicast_src_ip must not be link-local, it does not run\n" },
		{ V("strict_mode\nunicast_peer {\n192.0.2.2\n}"), "e1: " INSTANCE "strict mode has no unicast, it does not run\n" },
		{ V("use_ipvlan"), "e1: " INSTANCE "use_ipvlan needs an address for IPv4, it does not run\n" },
		{ I("V", "eth0", "1", "version 3"), "e1: " INSTANCE "VRRP version 3 and strict mode need a virtual_ipaddress, it does not run\n" },
		{ V("auth_hmac {\nkey 1 file:/x\nactive_key 2\n}"), "e1: " INSTANCE "auth_hmac: active_key 2 is not one of its keys, it does not run\n" },
	};

	(void)state;
	TELLS(rows);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c = conf_of(rows[i].text);

		assert_true(conf_instance(c, 0)->broken);
		/* Nothing of it is in effect. */
		assert_null(strstr(conf_shown(c, true), "vrrp_instance"));
		conf_free(c);
	}
}

static const struct said without_addresses[] = {
	{ I("V", "eth0", "1", ""), "w1: " INSTANCE "there is no virtual_ipaddress\n" },
	{ I("V", "eth0", "1", "no_virtual_ipaddress"), "" },
	{ I("V", "eth0", "1", "version 3\nno_virtual_ipaddress"), "" },
	{ I("V", "eth0", "1", "strict_mode\nno_virtual_ipaddress"),
	  "w1: " INSTANCE "strict mode wants a virtual address, no_virtual_ipaddress is ignored\n"
	  "e1: " INSTANCE "VRRP version 3 and strict mode need a virtual_ipaddress, it does not run\n" },
	{ NULL, NULL }
};

static void numbers_used_twice(void **state)
{
	static const struct said rows[] = {
		{ V("") I("W", "eth0", "1", A1("192.0.2.2")),
		  "e9: vrrp_instance W: virtual_router_id 1 is used by vrrp_instance V on the same interface (F:1), it does not run\n" },
		{ V("") I("W", "eth1", "1", A1("192.0.2.2")), "" },
		{ V("") I("W", "eth0", "1", A1("fe80::1")), "" },
		{ V("") I("W", "eth0", "1", A1("192.0.2.2") "mcast_dst_ip 224.0.0.99"), "" },
	};
	struct config *c = conf_of(V("") I("W", "eth0", "1", A1("192.0.2.2")));

	(void)state;
	assert_false(conf_instance(c, 0)->broken);
	assert_true(conf_instance(c, 1)->broken);
	conf_free(c);
	TELLS(rows);
}

#define PEER(source, peer) "unicast_src_ip " source "\nunicast_peer {\n" peer "\n}"

static const struct said unicast_and_numbers[] = {
	{ V(PEER("192.0.2.50", "192.0.2.51")) I("W", "eth0", "1", A1("192.0.2.2")),
	  "w12: vrrp_instance W: it uses multicast, but vrrp_instance V (F:1) with the same virtual_router_id and interface unicast\n" },
	{ V(PEER("192.0.2.50", "192.0.2.51")) I("W", "eth0", "1", A1("192.0.2.2") PEER("192.0.2.50", "192.0.2.52\n192.0.2.51")),
	  "e12: vrrp_instance W: virtual_router_id 1 is used by vrrp_instance V on the same interface (F:1), it does not run\n" },
	{ V(PEER("192.0.2.50", "192.0.2.51")) I("W", "eth0", "1", A1("192.0.2.2") PEER("192.0.2.49", "192.0.2.51")), "" },
	{ V(PEER("192.0.2.50", "192.0.2.51")) I("W", "eth0", "1", A1("192.0.2.2") PEER("192.0.2.50", "192.0.2.52")), "" },
	/* The third with the second. */
	{ V(PEER("192.0.2.50", "192.0.2.51")) I("W", "eth0", "1", A1("192.0.2.2") PEER("192.0.2.50", "192.0.2.52"))
	  I("X", "eth0", "1", A1("192.0.2.3") PEER("192.0.2.50", "192.0.2.52")),
	  "e23: vrrp_instance X: virtual_router_id 1 is used by vrrp_instance W on the same interface (F:12), it does not run\n" },
	{ NULL, NULL }
};

static void unicast(void **state)
{
	static const struct said rows[] = {
		{ V("unicast_peer {\n}"), "w1: " INSTANCE "there is no unicast_peer: it multicasts\n" },
		{ V("unicast_src_ip 192.0.2.50"), "w1: " INSTANCE "there is no unicast_peer: it multicasts\n" },
		{ V("unicast_peer {\n}\nunicast_fault_no_peer"), "w1: " INSTANCE "unicast_peer is empty: it stays in FAULT, as unicast_fault_no_peer says\n" },
		{ V("unicast_ttl 3"), "w1: " INSTANCE "unicast_ttl needs a unicast_peer, ignored\n" },
		{ V("unicast_peer {\n192.0.2.2\n}\nmcast_dst_ip 224.0.0.3"),
		  "e1: " INSTANCE "mcast_dst_ip must be a multicast address, link-local with IPv6, and goes without unicast; ignored\n" },
		{ V("mcast_dst_ip 192.0.2.4"), "e1: " INSTANCE "mcast_dst_ip must be a multicast address, link-local with IPv6, and goes without unicast; ignored\n" },
		{ V("vrf red"), "w1: " INSTANCE "vrf goes with unicast and without interface, ignored\n" },
	};
	struct config *c;
	const struct vrrp_conf *v = one(&c, "unicast_peer {\n192.0.2.2\n192.0.2.3 min_ttl 5 max_ttl 9\n}\ncheck_unicast_src", "");
	const struct peer_conf *p = conf_item(&v->peers, 1);

	(void)state;
	assert_true(v->unicast && v->unicast_ttl == 255 && v->check_unicast_src == CONF_YES && !addr_is_set(&v->mcast_group));
	assert_true(p->min_ttl == 5 && p->max_ttl == 9);
	p = conf_item(&v->peers, 0);
	assert_true(p->min_ttl == 0 && p->max_ttl == 255);
	conf_free(c);
	v = one(&c, "unicast_fault_no_peer", "w1: " INSTANCE "unicast_peer is empty: it stays in FAULT, as unicast_fault_no_peer says\n");
	assert_true(v->unicast && !v->peers.count);
	conf_free(c);
	TELLS(rows);
}

static const struct said addresses[] = {
	{ V("") I("W", "eth0", "2", A1("192.0.2.1/24")), "w13: vrrp_instance W: address 192.0.2.1 is one of vrrp_instance V too (F:1)\n" },
	{ V("") I("W", "eth1", "2", A1("192.0.2.1/24")), "" },
	{ V("") I("W", "eth1", "2", A1("192.0.2.1/24 dev eth0")), "w13: vrrp_instance W: address 192.0.2.1 is one of vrrp_instance V too (F:1)\n" },
	{ I("V", "eth0", "1", A1("192.0.2.1\n192.0.2.1\n2001:db8::1") "virtual_ipaddress_excluded {\n2001:db8::1\n192.0.2.1\n}"),
	  "e6: 192.0.2.1: it stands twice in vrrp_instance V (line 5), ignored\ne7: 2001:db8::1: '2001:db8::1' is ignored: vrrp_instance V is IPv4\n"
	  "e11: 192.0.2.1: it stands twice in vrrp_instance V (line 5), ignored\n" },
	{ I("V", "eth0", "1", A1("2001:db8::1")), "w1: " INSTANCE "the first IPv6 virtual address must be link-local\n" },
	{ I("V", "eth0", "1", "strict_mode\n" A1("2001:db8::1")), "w1: " INSTANCE "the first IPv6 virtual address must be link-local\n" },
	{ I("V", "eth0", "1", A1("fe80::1\n2001:db8::1")), "" },
	{ I("V", "eth0", "1", A1("fe80::1 label x scope host\n192.0.2.1 brd +")),
	  "w5: fe80::1: IPv6 addresses have no label and their own scope, ignored\nw6: 192.0.2.1: there is no broadcast address with prefix 32, brd is ignored\n"
	  "e6: 192.0.2.1: '192.0.2.1' is ignored: vrrp_instance V is IPv6\n" },
	{ NULL, NULL }
};

static void what_does_not_fit_is_excluded(void **state)
{
	char text[8192] = I("X", "eth1", "9", A1("198.51.100.1")) "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\nvirtual_ipaddress_excluded {\n10.1.0.1\n}\n"
		"virtual_ipaddress {\n";
	struct config *c;
	const struct vip_conf *vip;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		sprintf(text + strlen(text), "10.0.%u.%u\n", i >> 8, i & 255);
	c = conf_ofs("%s}\n}\n", text);
	assert_string_equal(conf_said(), "w9: " INSTANCE "300 addresses do not fit: those after the 255th are excluded ones\n");
	assert_int_equal(conf_instance(c, 1)->vips.count, 255);
	assert_int_equal(conf_instance(c, 1)->common->evips.count, 46);
	vip = conf_item(&conf_instance(c, 1)->vips, 254);
	assert_true(vip->addr.bytes[3] == 254 && !vip->node.next);
	vip = conf_item(&conf_instance(c, 1)->common->evips, 1);
	assert_true(vip->addr.bytes[2] == 0 && vip->addr.bytes[3] == 255);
	vip = conf_item(&conf_instance(c, 1)->common->evips, 45);
	assert_true(vip->addr.bytes[2] == 1 && vip->addr.bytes[3] == 43 && !vip->node.next);
	conf_free(c);
}

static void versions(void **state)
{
	static const struct said rows[] = {
		{ V("version 3\nversion 2"), "e8: version: 2 is ignored: another one was set before\n" },
		{ I("V", "eth0", "1", A1("fe80::1") "version 2"), "e7: version: 2 is ignored: IPv6 takes 3\n" },
		{ V("version 4"), "e7: version: '4' is not a number from 2 to 3\n" },
		{ V("native_ipv6"), "e7: native_ipv6: 'native_ipv6' is ignored: vrrp_instance V is IPv4\n" },
	};
	struct config *c = conf_of(I("V", "eth0", "1", A1("fe80::1")));

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_int_equal(conf_instance(c, 0)->version, 3);
	assert_int_equal(conf_instance(c, 0)->mcast_group.bytes[15], 0x12);
	conf_free(c);
	TELLS(rows);
}

static void authentication(void **state)
{
	static const struct said rows[] = {
		{ V("authentication {\nauth_type PASS\nauth_pass 123456789\n}"), "w9: auth_pass: only its first 8 characters of 9 count\n" },
		{ V("authentication {\nauth_type PASS\n}"), "e1: " INSTANCE "authentication has no auth_pass, it is dropped\n" },
		{ V("authentication {\nauth_type PASS\nauth_pass a\n}\nversion 3"), "w1: " INSTANCE "VRRP version 3 has no authentication, it is dropped\n" },
		{ V("authentication {\nauth_type PASS\nauth_pass a\n}\nstrict_mode"), "w1: " INSTANCE "strict mode has no authentication, it is dropped\n" },
		{ V("authentication {\nauth_type MD5\nauth_pass a\n}"), "e8: auth_type: 'MD5' is not one of PASS AH\n" },
		{ V("authentication {\nauth_type AH\nauth_pass a\n}\nstate MASTER\npriority 9"),
		  "w1: " INSTANCE "AH must hear the others' sequence first, state BACKUP is used\n" },
	};
	struct config *c;
	const struct vrrp_conf *v = one(&c, "authentication {\nauth_type PASS\nauth_pass abc\n}", "");

	(void)state;
	assert_int_equal(v->auth_type, VRRP_AUTH_PASS);
	assert_memory_equal(v->auth_data, "abc\0\0\0\0", 8);
	conf_free(c);
	v = one(&c, "authentication {\nauth_type PASS\nauth_pass abc\n}\nversion 3", "w1: " INSTANCE "VRRP version 3 has no authentication, it is dropped\n");
	assert_int_equal(v->auth_type, VRRP_AUTH_NONE);
	conf_free(c);
	v = one(&c, "authentication {\nauth_type PASS\nauth_pass 123456789\n}", "w9: auth_pass: only its first 8 characters of 9 count\n");
	assert_memory_equal(v->auth_data, "12345678", sizeof(v->auth_data));
	conf_free(c);
	TELLS(rows);
}

static void keyed_authentication(void **state)
{
	static const struct said rows[] = {
		{ V("auth_hmac {\nkey 1 short\nkey 2 file:/x\nactive_key 2\n}"),
		  "e8: key: the value of 1 is none of hex: and 64 to 128 digits, file: and a path, 32 to 64 characters\n" },
		{ V("auth_hmac {\nkey 1 hex:0g11\nkey 2 file:/x\nactive_key 2\n}"),
		  "e8: key: the value of 1 is none of hex: and 64 to 128 digits, file: and a path, 32 to 64 characters\n" },
		{ V("auth_hmac {\nkey 1 file:/x\nkey 1 file:/y\nactive_key 1\n}\nauthentication {\nauth_type PASS\nauth_pass a\n}"),
		  "e9: key: 1 was given before, this one is ignored\ne1: " INSTANCE "authentication does not go with auth_hmac, it is dropped\n" },
		{ V("auth_hmac {\nkey 256 file:/x\nkey 2 file:/x\nactive_key 2\ntime_window 301\n}"),
		  "e8: key: '256' is not a number from 1 to 255\ne11: time_window: '301' is not a number from 1 to 300\n" },
		/* What follows may be the rest of a secret that lacks its quotes. */
		{ V("auth_hmac {\nkey 2 thirty-two-characters-of-a-secret and more\nactive_key 2\n}"),
		  "w8: key: '...' after the value is ignored\n" },
		{ V("authentication {\nauth_type PASS\nauth_pass my secret\n}"), "w9: auth_pass: '...' after the value is ignored\n" },
		{ V("strict_mode\nauth_hmac {\nkey 2 file:/x\nactive_key 2\nmode permissive\n}"),
		  "e1: " INSTANCE "auth_hmac: strict mode requires mode enforce, which is used\n" },
	};
	static const struct {
		const char *interval;
		unsigned window;
	} windows[] = { { "1", 5 }, { "3", 9 }, { "200", 300 } };
	struct config *c;
	const struct vrrp_conf *v = one(&c, "auth_hmac {\nkey 7 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\nkey 8 file:/k\n"
		"key 9 0123456789abcdefghijklmnopqrstuvwxyz\nactive_key 8\nanti_replay monotonic\nmode receive-only\ntime_window 17\n}", "");
	const struct hmac_key_conf *key;

	(void)state;
	assert_true(v->hmac->active_key == 8 && v->hmac->monotonic && v->hmac->mode == HMAC_RECEIVE_ONLY && v->hmac->time_window_s == 17);
	key = conf_item(&v->hmac->keys, 0);
	assert_true(key->id == 7 && key->len == 32 && key->key[31] == 0x1f && !key->file);
	key = conf_item(&v->hmac->keys, 1);
	assert_true(key->id == 8 && key->len == 0);
	assert_string_equal(key->file, "/k");
	key = conf_item(&v->hmac->keys, 2);
	assert_true(key->len == 36);
	assert_memory_equal(key->key, "0123456789", 10);
	conf_free(c);
	for (unsigned i = 0; i < 3; i++) {
		c = conf_ofs(V("advert_int %s\nauth_hmac {\nkey 1 file:/k\nactive_key 1\n}"), windows[i].interval);
		assert_int_equal(conf_instance(c, 0)->hmac->time_window_s, windows[i].window);
		assert_int_equal(conf_instance(c, 0)->hmac->mode, HMAC_ENFORCE);
		conf_free(c);
	}
	TELLS(rows);
}

#define GROUP(name, members) "vrrp_sync_group " name " {\ngroup {\n" members "\n}\n}\n"
#define AB I("A", "eth0", "1", A1("192.0.2.1")) I("B", "eth0", "2", A1("192.0.2.2"))

static void groups(void **state)
{
	static const struct said rows[] = {
		{ AB GROUP("G", "A\nB"), "" },
		{ GROUP("G", "A\nB") AB, "" },
		{ GROUP("G", "A\nB\nX") AB, "e5: vrrp_sync_group G: there is no vrrp_instance 'X' that runs\n" },
		{ GROUP("G", "A") AB, "w1: vrrp_sync_group G: it has only one member\n" },
		{ GROUP("G", "X") AB, "e3: vrrp_sync_group G: there is no vrrp_instance 'X' that runs\ne1: vrrp_sync_group G: no member runs, it is left out\n" },
		{ "vrrp_sync_group G {\n}\n" AB, "e1: vrrp_sync_group G: it has no group and is left out\n" },
		{ GROUP("G", "A\nB") GROUP("H", "B") AB,
		  "e9: vrrp_sync_group H: B is in vrrp_sync_group G already (F:1)\ne7: vrrp_sync_group H: no member runs, it is left out\n" },
		{ GROUP("G", "A\nB") GROUP("G", "A") AB, "e7: vrrp_sync_group: 'G' is already defined (F:1), this one is skipped\n" },
	};
	struct config *c = conf_of(GROUP("G", "B\nA") AB I("C", "eth0", "3", A1("192.0.2.3")));
	const struct group_conf *g = conf_item(&c->groups, 0);

	(void)state;
	assert_int_equal(g->instance_count, 2);
	assert_ptr_equal(g->instances[0], conf_instance(c, 1));
	assert_ptr_equal(g->instances[1], conf_instance(c, 0));
	assert_ptr_equal(conf_instance(c, 0)->group, g);
	assert_null(conf_instance(c, 2)->group);
	conf_free(c);
	/* The broken one is nobody's member. */
	c = conf_of(GROUP("G", "A\nB\nC") AB I("C", "eth0", "1", A1("192.0.2.3")));
	g = conf_item(&c->groups, 0);
	assert_int_equal(g->instance_count, 2);
	assert_int_equal(g->members.count, 2);
	conf_free(c);
	TELLS(rows);
}

static void tracking(void **state)
{
	static const struct said rows[] = {
		{ V("track_script {\nnone\n}\ntrack_file {\nnone\n}\ntrack_process {\nnone\n}"),
		  "e8: none: no such script stands above, ignored\ne11: none: no such file stands above, ignored\n"
		  "e14: none: no such process stands above, ignored\n" },
		{ "vrrp_script s {\n}\nvrrp_track_process p {\n}\ntrack_file f {\n}\n",
		  "e1: vrrp_script s: it has no script and is left out\ne3: vrrp_track_process p: it has no process and is left out\n"
		  "e5: track_file f: it has no file and is left out\n" },
		{ SCRIPT("5"), "w1: vrrp_script s: nothing tracks it\n" },
		{ SCRIPT("-100") V("priority 90\ntrack_script {\ns\n}"), "w5: " INSTANCE "its weights can take priority 90 below 1: it is held at 1\n" },
		{ SCRIPT("100") V("priority 200\ntrack_script {\ns\n}"), "w5: " INSTANCE "its weights can take priority 200 above 254: it is held at 254\n" },
		{ SCRIPT("100") V("priority 255\ntrack_script {\ns\n}"),
		  "e13: " INSTANCE "s with weight 100 is not tracked: priority 255 never changes\nw1: vrrp_script s: nothing tracks it\n" },
		{ SCRIPT("0") V("priority 255\ntrack_script {\ns\n}"), "" },
		{ SCRIPT("5") "vrrp_sync_group G {\ngroup {\nX\n}\ntrack_script {\ns\n}\n}\n",
		  "e7: vrrp_sync_group G: there is no vrrp_instance 'X' that runs\ne5: vrrp_sync_group G: no member runs, it is left out\n"
		  "w1: vrrp_script s: nothing tracks it\n" },
		{ V("track_interface {\neth1 weight 300\neth2 wieght 3\neth3\neth3\n}"),
		  "e8: weight: '300' is not a number from -253 to 253, 253 is used\n"
		  "e9: eth2: 'wieght' is not an option of track_interface; it and what follows is ignored\ne11: eth3: it stands twice, ignored\n"
		  "w1: " INSTANCE "its weights can take priority 100 above 254: it is held at 254\n" },
		{ SCRIPT("5") GROUP("G", "A\nB") I("A", "eth0", "1", A1("192.0.2.1") "track_script {\ns\n}") I("B", "eth0", "2", A1("192.0.2.2")),
		  "e18: vrrp_instance A: s with weight 5 is not tracked: members of a sync group share one priority (sync_group_tracking_weight allows it)\n"
		  "w1: vrrp_script s: nothing tracks it\n" },
		{ SCRIPT("5") "vrrp_sync_group G {\nsync_group_tracking_weight\ngroup {\nA\nB\n}\n}\n"
		  I("A", "eth0", "1", A1("192.0.2.1") "track_script {\ns\n}") I("B", "eth0", "2", A1("192.0.2.2")), "" },
	};
	struct config *c = conf_of(SCRIPT("-10") "vrrp_track_process p {\nprocess dnsmasq\nweight 7 reverse\n}\ntrack_file f {\nfile /f\nweight 3\n}\n"
		V("priority 120\ntrack_script {\ns\n}\ntrack_process {\np weight 8\n}\ntrack_file {\nf\n}\ntrack_interface {\neth1 weight -5 reverse\neth2\n}"));
	const struct vrrp_conf *v = conf_instance(c, 0);
	const struct track_conf *t;

	(void)state;
	assert_string_equal(conf_said(), "");
	t = conf_item(&v->common->tracks[TRACK_SCRIPTS], 0);
	assert_true(!t->has_weight && !t->reverse); /* the script's */
	t = conf_item(&v->common->tracks[TRACK_PROCESSES], 0);
	assert_true(t->weight == 8 && t->reverse);
	t = conf_item(&v->common->tracks[TRACK_FILES], 0);
	assert_false(t->has_weight);
	t = conf_item(&v->common->tracks[TRACK_INTERFACES], 0);
	assert_true(t->weight == -5 && t->reverse);
	t = conf_item(&v->common->tracks[TRACK_INTERFACES], 1);
	assert_true(t->weight == 0 && !t->reverse);
	conf_free(c);
	TELLS(rows);
}

static void tracked_things(void **state)
{
	struct config *c = conf_of("vrrp_script s {\nscript \"/bin/x y\"\ninterval 0.5\nrise 3\n}\nvrrp_script t {\nscript /y\ntimeout 7\ninit_fail\nuser a b\n}\n"
		"vrrp_track_process p {\nprocess openvpn --x \"a b\"\nparam_match partial\nquorum 2\nquorum_max 3\ndelay 1.5\n}\n"
		"track_file f {\nfile /f\ninit_file 5 overwrite\n}\n" V("track_script {\ns\nt\n}"));
	const struct vrrp_script_conf *s = conf_item(&c->scripts, 0), *t = conf_item(&c->scripts, 1);
	const struct track_process_conf *p = conf_item(&c->processes, 0);
	const struct track_file_conf *f = conf_item(&c->files, 0);

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(s->interval_us == S / 2 && s->rise == 3 && s->fall == 1 && s->index == 0 && !s->init_fail);
	assert_string_equal(s->script.argv[1], "y");
	assert_true(t->interval_us == S && t->timeout_us == 7 * S && t->init_fail && t->index == 1);
	assert_string_equal(t->script.user, "a");
	assert_string_equal(t->script.group, "b");
	assert_true(p->params_len == 8 && memcmp(p->params, "--x\0a b", 8) == 0);
	assert_true(p->quorum == 2 && p->quorum_max == 3 && p->fork_delay_us == 1500000 && p->terminate_delay_us == 1500000);
	assert_true(f->init_create && f->init_value == 5 && f->init_overwrite && f->weight == 1);
	conf_free(c);
}

static void macvlans(void **state)
{
	static const struct said rows[] = {
		{ V("use_vmac x") I("W", "eth0", "2", A1("192.0.2.2") "use_vmac x"),
		  "e9: vrrp_instance W: x is the macvlan of vrrp_instance V (line 1), another name is taken\n" },
		{ V("vmac_xmit_base"), "w1: " INSTANCE "vmac_xmit_base goes with use_vmac and without strict mode, ignored\n" },
		{ V("use_vmac\nunicast_peer {\n192.0.2.2\n}"), "w1: " INSTANCE "unicast with use_vmac needs vmac_xmit_base, which is set\n" },
		{ V("use_vmac\npromote_secondaries"), "w1: " INSTANCE "promote_secondaries is set for a macvlan anyway\n" },
		{ V("use_vmac 01:02:03:04:05:06"), "e7: use_vmac: '01:02:03:04:05:06' is not a MAC address of its own, as in 02:00:5e:00:01:33\n" },
		{ V("use_vmac abcdefghijklmnopq"), "e7: use_vmac: 'abcdefghijklmnopq' is not an interface's name\n" },
	};
	struct config *c;
	const struct vrrp_conf *v = one(&c, "use_vmac vr1 02:00:5e:00:01", "");

	(void)state;
	assert_true(v->use_vmac && v->vmac_has_mac && v->vmac_mac[5] == 1 && v->vmac_mac[0] == 2);
	assert_string_equal(v->vmac_name, "vr1");
	conf_free(c);
	v = one(&c, "use_ipvlan ipv 192.0.2.7/25 vepa", "");
	assert_true(v->use_ipvlan && v->ipvlan_prefix == 25 && v->common->ipvlan_addr.bytes[3] == 7 && v->source.bytes[3] == 7 && v->ipvlan_mode == CONF_IPVLAN_VEPA);
	conf_free(c);
	TELLS(rows);
}

static const struct said global_things[] = {
	{ "interface_up_down_delays {\neth0 5\n}\n" V(""),
	  "w2: interface_up_down_delays eth0: delays must be below 2 advert_int of vrrp_instance V (line 4), those that are not become 0\n" },
	{ "global_defs {\nnotify_fifo /a\nvrrp_notify_fifo /a\nlvs_notify_fifo /a\n}\n",
	  "e1: global_defs: vrrp_notify_fifo is the same file as notify_fifo, ignored\n"
	  "e1: global_defs: lvs_notify_fifo is the same file as notify_fifo, ignored\n" },
	{ "static_ipaddress {\n192.0.2.1 dev eth0 track_group X\n}\n", "e2: track_group X: there is none with members\n" },
	{ "track_group T {\ngroup {\nV\nX\n}\n}\n" V(""), "e4: track_group T: there is no vrrp_instance 'X' that runs\n" },
	{ "global_defs {\nvrrp_mcast_group4 192.0.2.3\nvrrp_mcast_group6 ff05::12\n}\n",
	  "e1: global_defs: vrrp_mcast_group4 is not an IPv4 multicast address, 224.0.0.18 is used\n"
	  "w1: global_defs: vrrp_mcast_group6 is not link-local, as in ff02::12\n" },
	{ "global_defs {\nlvs_sync_daemon eth0 X\n}\n", "e1: lvs_sync_daemon: there is no vrrp_instance 'X' that runs\n" },
	{ V("lvs_sync_daemon_interface eth1"), "w7: lvs_sync_daemon_interface: out of use: write lvs_sync_daemon eth1 inst V in global_defs\n" },
	{ NULL, NULL }
};

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_of_an_instance),
		cmocka_unit_test(an_instance_takes_what_global_defs_says),
		cmocka_unit_test(state_and_priority),
		cmocka_unit_test(advert_intervals),
		TEST_TELLS(delays_before_preemption),
		cmocka_unit_test(what_can_not_run),
		TEST_TELLS(without_addresses),
		cmocka_unit_test(numbers_used_twice),
		TEST_TELLS(unicast_and_numbers),
		cmocka_unit_test(unicast),
		TEST_TELLS(addresses),
		cmocka_unit_test(what_does_not_fit_is_excluded),
		cmocka_unit_test(versions),
		cmocka_unit_test(authentication),
		cmocka_unit_test(keyed_authentication),
		cmocka_unit_test(groups),
		cmocka_unit_test(tracking),
		cmocka_unit_test(tracked_things),
		cmocka_unit_test(macvlans),
		TEST_TELLS(global_things),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
