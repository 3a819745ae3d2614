/* links: config.c conf_value.c keywords.c conf_set.c conf_block.c conf_lvs.c dns.c conf_check.c conf_check_lvs.c dump.c emit.c lexer.c lex_define.c lex_include.c addr.c tests/unit/conf_text.c tests/conf/list.c */
/* SPDX-License-Identifier: MIT */
/* The loader: words, values, blocks, what it says of what is wrong. One thing in eight files, hence so many objects. */
#include "tests/unit/conf_text.h"
#include "tests/conf/list.h"
#include "text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define S 1000000u

static void nothing_is_the_defaults(void **state)
{
	struct config *c = conf_of("");

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_int_equal(c->instances.count, 0);
	assert_string_equal(c->global.default_interface, "eth0");
	assert_int_equal(c->global.version, 2);
	assert_int_equal(c->global.garp.master_delay_us, 5 * S);
	assert_int_equal(c->global.garp.master_repeat, 5);
	assert_int_equal(c->global.garp.lower_delay_us, 5 * S);
	assert_int_equal(c->global.garp.lower_repeat, 5);
	assert_int_equal(c->global.smtp_timeout_us, 30 * S);
	assert_int_equal(c->global.umask, -1);
	assert_int_equal(c->global.lvs_sync.id, -1);
	assert_true(c->global.email_faults);
	assert_false(c->global.smtp_alert || c->global.smtp_alert_vrrp || c->global.smtp_alert_checker);
	assert_int_equal(c->global.down_timer_adverts, 3);
	conf_free(c);
	conf_free(NULL);
}

static void a_missing_file_is_no_configuration(void **state)
{
	struct conf_options options = { 0 };

	(void)state;
	assert_null(conf_load("/nonexistent/x", &options));
	assert_int_equal(errno, ENOENT);
}

static const struct said unknown_words[] = {
	{ "vrrp_script s {\nscript /a\nweigth 5\n}\n" V("track_script {\ns\n}"), "e3: unknown keyword 'weigth', did you mean 'weight'?\n" },
	{ V("prioritty 100"), "e7: unknown keyword 'prioritty', did you mean 'priority'?\n" },
	{ V("Priority 100"), "e7: unknown keyword 'Priority', did you mean 'priority'?\n" },
	{ V("virtual-ipaddress_exclude 1"), "e7: unknown keyword 'virtual-ipaddress_exclude', did you mean 'virtual_ipaddress_excluded'?\n" },
	{ V("prioirty 100"), "e7: unknown keyword 'prioirty', did you mean 'priority'?\n" },
	/* Of another block. */
	{ V("dealy_loop 3"), "e7: unknown keyword 'dealy_loop', did you mean 'delay_loop' (in virtual_server)?\n" },
	{ V("delay_loop 3"), "e7: keyword 'delay_loop' belongs in virtual_server, not in vrrp_instance\n" },
	{ "priority 3\n", "e1: keyword 'priority' belongs in vrrp_instance, not in the file itself\n" },
	{ V("vrrp_strict"), "e7: keyword 'vrrp_strict' belongs in global_defs, not in vrrp_instance\n" },
	/* Like nothing. */
	{ V("frobnicate 3"), "e7: unknown keyword 'frobnicate' in vrrp_instance\n" },
	{ V("q"), "e7: unknown keyword 'q' in vrrp_instance\n" },
	{ "Hello, world!\n", "e1: unknown keyword 'Hello,' in the file itself\n" },
	{ V("\xc2\xa0priority 3"), "e7: a no-break space (U+00A0) stands where only blanks and tabs separate words\n" },
	{ "a\x1b[2Jz\n", "e1: unknown keyword 'a?[2Jz' in the file itself\n" },
	/* One message for a block of any depth. */
	{ "vrrp_instanze X {\na\nb {\nc { d }\n}\n}\n" V(""), "e1: unknown keyword 'vrrp_instanze', did you mean 'vrrp_instance'?\n" },
	{ V("frobnicate { a { b { c { d } } } }\nprioritty 3"),
	  "e7: unknown keyword 'frobnicate' in vrrp_instance\ne8: unknown keyword 'prioritty', did you mean 'priority'?\n" },
	{ NULL, NULL }
};

static const struct said verdicts[] = {
	{ "global_defs {\nenable_dbus\n}\n", "w2: enable_dbus: ignored: there is no D-Bus here; ask with 'ukeepalived status'\n" },
	{ "global_defs {\nenable_snmp_vrrp\nprocess_names\nlvs_id x\n}\n",
	  "w2: enable_snmp_vrrp: ignored: there is no SNMP agent here; ask with 'ukeepalived status'\n"
	  "w3: process_names: ignored: there is one process, and it keeps its name\n"
	  "w4: lvs_id: ignored: it has no effect since keepalived 1.2\n" },
	{ V("track_bfd {\nx\n}"), "e7: track_bfd: not supported: BFD is not built in; use a vrrp_script, or track_interface\n" },
	{ "bfd_instance b {\nneighbour_ip 192.0.2.1\nmin_tx 3\n}\n" V(""),
	  "e1: bfd_instance: not supported: BFD is not built in; use a vrrp_script, or track_interface\n" },
	{ "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\nnat_mask 255.255.255.0\nreal_server 192.0.2.2 80 {\n"
	  "HTTP_GET {\nurl {\npath /\nregex \"a b\"\nregex_options multiline\n}\n}\n}\n}\n",
	  "w5: nat_mask: ignored: it has no effect since keepalived 1.2\n"
	  "e10: regex: not supported: compare a digest, or write a MISC_CHECK with grep\n"
	  "w11: regex_options: ignored: compare a digest, or write a MISC_CHECK with grep\n" },
	{ NULL, NULL }
};

static const struct said numbers[] = {
	{ V("priority 300"), "e7: priority: '300' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority 0"), "e7: priority: '0' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority -1"), "e7: priority: '-1' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority 99999999999999999999"), "e7: priority: '99999999999999999999' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority"), "e7: priority: a number from 1 to 255 is expected after it\n" },
	{ V("priority abc"), "e7: priority: 'abc' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority -"), "e7: priority: '-' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority +5"), "" },
	{ V("priority 10x"), "e7: priority: '10x' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority 0x10"), "e7: priority: '0x10' is not a number from 1 to 255, 100 is used\n" },
	{ V("priority 150 //x"), "w7: priority: '//x' after the value is ignored\n" },
	{ V("priority 150 # x"), "" },
	{ V("garp_master_repeat 0"), "e7: garp_master_repeat: '0' is not a number from 1 to 4294967295, 1 is used\n" },
	{ V("garp_master_delay 1.5"), "e7: garp_master_delay: '1.5' is not 0 to 4294967295 seconds, 1 is used\n" },
	{ V("garp_master_delay -3"), "e7: garp_master_delay: '-3' is not 0 to 4294967295 seconds\n" },
	{ "global_defs {\nsmtp_connect_timeout 0\nvrrp_version 4\nvrrp_priority 40\n}\n",
	  "e2: smtp_connect_timeout: '0' is not 1 to 4294 seconds, 1 is used\n"
	  "e3: vrrp_version: '4' is not a number from 2 to 3\ne4: vrrp_priority: '40' is not a number from -20 to 19\n" },
	{ V("advert_int 0"), "e7: advert_int: '0' is not 0.01 to 255 seconds\n" },
	{ V("advert_int 255.001"), "e7: advert_int: '255.001' is not 0.01 to 255 seconds\n" },
	{ V("advert_int x"), "e7: advert_int: 'x' is not 0.01 to 255 seconds\n" },
	{ V("advert_int ."), "e7: advert_int: '.' is not 0.01 to 255 seconds\n" },
	{ V("advert_int 1x"), "e7: advert_int: '1x' is not 0.01 to 255 seconds, 1 is used\n" },
	{ V("preempt_delay 1000.5"), "e7: preempt_delay: '1000.5' is not 0 to 1000 seconds\n" },
	{ NULL, NULL }
};

static void seconds_are_microseconds(void **state)
{
	static const struct {
		const char *text;
		uint64_t us;
	} rows[] = {
		{ "0", 0 }, { "7", 7 * S }, { "0.25", 250000 }, { ".5", 500000 }, { "1.", S }, { "1.000001", 1000001 }, { "0.0000019", 2 },
		{ "999.999999", 999999999 }, { "007.50", 7500000 }, { "1000", 1000 * (uint64_t)S },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c = conf_ofs(V_OPEN "preempt_delay %s\n}\n", rows[i].text);

		assert_string_equal(conf_said(), "");
		assert_int_equal(conf_instance(c, 0)->preempt_delay_us, rows[i].us);
		conf_free(c);
	}
}

static void words_of_truth(void **state)
{
	static const char *const yes[] = { "", "on", "true", "yes" }, *const no[] = { "off", "false", "no" };

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct config *c = conf_ofs(V_OPEN "skip_check_adv_addr %s\n}\n", yes[i]);

		assert_string_equal(conf_said(), "");
		assert_true(conf_instance(c, 0)->skip_check_adv_addr);
		conf_free(c);
	}
	for (unsigned i = 0; i < 3; i++) {
		struct config *c = conf_ofs("global_defs {\nvrrp_skip_check_adv_addr\n}\n" V_OPEN "skip_check_adv_addr %s\n}\n", no[i]);

		assert_string_equal(conf_said(), "");
		assert_false(conf_instance(c, 0)->skip_check_adv_addr);
		conf_free(c);
	}
	conf_free(conf_of(V("strict_mode maybe")));
	assert_string_equal(conf_said(), "e7: strict_mode: 'maybe' is not on, off, true, false, yes or no\n");
}

static const struct said words_and_addresses[] = {
	{ V("state MASTR"), "e7: state: 'MASTR' is not one of BACKUP MASTER\n" },
	{ V("state"), "e7: state: one of BACKUP MASTER is expected after it\n" },
	{ V("nopreempt yes"), "w7: nopreempt: 'yes' after the value is ignored\n" },
	{ V("dont_track_primary\ninterface abcdefghijklmnop"), "e8: interface: 'abcdefghijklmnop' is not a name of at most 15 characters\n" },
	{ V("mcast_src_ip 192.0.2"), "e7: mcast_src_ip: '192.0.2' is not an IPv4 or IPv6 address\n" },
	{ V("mcast_src_ip 192.0.2.9/24"), "w7: mcast_src_ip: the prefix of '192.0.2.9/24' is ignored\n" },
	{ V("mcast_src_ip 2001:db8::1"), "e7: mcast_src_ip: '2001:db8::1' is ignored: vrrp_instance V is IPv4\n" },
	{ V("unicast_peer {\n192.0.2.77\n2001:db8::1\n}"), "e9: 2001:db8::1: '2001:db8::1' is ignored: vrrp_instance V is IPv4\n" },
	{ V("virtual_ipaddress_excluded {\n192.0.2.300\n192.0.2.9/33\n192.0.2.8 dev\n192.0.2.7 foo 3\n}"),
	  "e8: 192.0.2.300: '192.0.2.300' is not an address as in 192.0.2.1/24; the line is ignored\n"
	  "e9: 192.0.2.9/33: the prefix is not a number from 0 to 32, 32 is used\n"
	  "e10: dev: a name of at most 15 characters is expected after it\n"
	  "e11: 192.0.2.7: 'foo' is not an option of virtual_ipaddress_excluded; it and what follows is ignored\n" },
	{ V("notify_master"), "e7: notify_master: a value is expected after it\n" },
	{ V("notify_master \"/a 'b\""), "e7: notify_master: '/a 'b' is not a command: a path and words, quotes in pairs\n" },
	{ V("notify_master /a b c d"), "w7: notify_master: 'd' after the value is ignored\n" },
	{ V("notify_master /a\nnotify_master /b"), "e8: notify_master: already given, this one is ignored\n" },
	{ "global_defs {\nsmtp_server\numask 999\numask IRWXQ\nnotify_fifo\n}\n",
	  "e2: smtp_server: a value is expected after it\ne3: umask: '999' is not a number from 0 to 511\n"
	  "e4: umask: 'IRWXQ' is not a number as in 027 or bits as in IRWXG|IWOTH\ne5: notify_fifo: a value is expected after it\n" },
	{ NULL, NULL }
};

static const struct said blocks[] = {
	{ V_OPEN "priority 50\n", "e1: the block opened here is not closed\n" },
	{ V("}"), "e8: '}' without a block to close is left out\n" },
	{ V("{\n}"), "e7: '{' without a keyword is left out, and the '}' that belongs to it\n" },
	{ "vrrp_instance V {\nvirtual_router_id 1\ninterface eth0\nvirtual_ipaddress {\n192.0.2.1\n}\n" I("W", "eth0", "2", A1("192.0.2.2")),
	  "e7: vrrp_instance: within vrrp_instance, which begins in line 1: is a '}' missing before it?\n" },
	{ V_OPEN "virtual_ipaddress_excluded {\n192.0.2.9\n",
	  "e7: the block opened here is not closed\ne1: the block opened here is not closed\n" },
	{ V("") "x {\ny {\nz\n", "e9: unknown keyword 'x' in the file itself\ne9: the block opened here is not closed\n" },
	{ V("x {\n{\ny { }\n}\n}\n}\n}"),
	  "e7: unknown keyword 'x' in vrrp_instance\ne13: '}' without a block to close is left out\ne14: '}' without a block to close is left out\n" },
	{ V("virtual_ipaddress_excluded {\n{\n192.0.2.9\n}\n{ 192.0.2.8 }\n192.0.2.300\n}\npriority x"),
	  "e8: '{' without a keyword is left out, and the '}' that belongs to it\n"
	  "e11: '{' without a keyword is left out, and the '}' that belongs to it\n"
	  "e12: 192.0.2.300: '192.0.2.300' is not an address as in 192.0.2.1/24; the line is ignored\n"
	  "e14: priority: 'x' is not a number from 1 to 255, 100 is used\n" },
	{ "{ {\n" V("") "}\n", "e1: '{' without a keyword is left out, and the '}' that belongs to it\n"
	  "e1: '{' without a keyword is left out, and the '}' that belongs to it\n" },
	{ V("priority {\n5\n}\n"), "e7: priority: a number from 1 to 255 is expected after it\ne7: priority: no block belongs here\n" },
	{ "global_defs\nrouter_id x\n", "e1: global_defs: '{' is expected after it\n" },
	{ "global_defs\nrouter_id x\n}\n" V(""), "e1: global_defs: '{' is expected after it\n" },
	{ "vrrp_instance {\n}\n", "e1: vrrp_instance: a value is expected after it\n" },
	{ "global_defs x {\n}\n", "w1: global_defs: 'x' before the block is ignored\n" },
	{ V("") V(""), "e9: vrrp_instance: 'V' is already defined (F:1), this one is skipped\n" },
	{ "vrrp_script s {\nscript /a\n}\nvrrp_script s {\nscript /b\n}\n" V("track_script {\ns\n}"),
	  "w4: vrrp_script: 's' is already defined (F:1), this one is skipped\n" },
	{ V("virtual_ipaddress_excluded {\n192.0.2.7 {\nx\n}\n}"), "e8: 192.0.2.7: no block belongs here\n" },
	{ V("virtual_ipaddress_excluded {\n}"), "w7: virtual_ipaddress_excluded: it is empty\n" },
	{ NULL, NULL }
};

static void a_missing_brace_loses_nothing(void **state)
{
	struct config *c = conf_of("vrrp_instance V {\nvirtual_router_id 1\ninterface eth0\npriority 70\nvirtual_ipaddress {\n192.0.2.1\n"
		I("W", "eth0", "2", A1("192.0.2.2") "priority 80"));

	(void)state;
	assert_int_equal(c->instances.count, 2);
	assert_int_equal(conf_instance(c, 0)->priority, 70);
	assert_int_equal(conf_instance(c, 0)->vips.count, 1);
	assert_int_equal(conf_instance(c, 1)->priority, 80);
	assert_int_equal(conf_instance(c, 1)->vips.count, 1);
	assert_false(conf_instance(c, 0)->broken || conf_instance(c, 1)->broken);
	conf_free(c);
	c = conf_of(V_OPEN "priority 50\n");
	assert_int_equal(conf_instance(c, 0)->priority, 50);
	conf_free(c);
}

static void scripts_are_split_as_commands(void **state)
{
	struct config *c = conf_of(V("notify_master \"/bin/x -c 'a b'  \\\"c\" root wheel\nnotify /bin/y one two"));
	const struct conf_script *s = conf_instance(c, 0)->common->notify.scripts[NOTIFY_MASTER];

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_string_equal(s->argv[0], "/bin/x");
	assert_string_equal(s->argv[1], "-c");
	assert_string_equal(s->argv[2], "a b");
	assert_string_equal(s->argv[3], "\"c");
	assert_null(s->argv[4]);
	assert_string_equal(s->user, "root");
	assert_string_equal(s->group, "wheel");
	s = conf_instance(c, 0)->common->notify.scripts[NOTIFY_ANY];
	assert_null(s->argv[1]);
	assert_string_equal(s->user, "one");
	conf_free(c);
}

static void addresses_and_their_options(void **state)
{
	struct config *c = conf_of(V("virtual_ipaddress_excluded {\n192.0.2.2/25 dev eth1 brd + scope link label eth1:1\n"
		"192.0.2.3 peer 192.0.2.4/30\n2001:db8::1/64 preferred_lft 0 home -nodad\n192.0.2.5 brd 192.0.2.255 no_track use_vmac\n}"));
	const struct vip_conf *vip = conf_item(&conf_instance(c, 0)->common->evips, 0);

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_int_equal(vip->prefix, 25);
	assert_string_equal(vip->dev, "eth1");
	assert_string_equal(vip->label, "eth1:1");
	assert_int_equal(vip->scope, 253);
	assert_true(vip->broadcast_auto);
	assert_int_equal(vip->node.line, 8);
	vip = conf_item(&conf_instance(c, 0)->common->evips, 1);
	assert_int_equal(vip->prefix, 30);
	assert_int_equal(vip->peer.bytes[3], 4);
	assert_null(vip->dev);
	vip = conf_item(&conf_instance(c, 0)->common->evips, 2);
	assert_int_equal(vip->addr.family, AF_INET6);
	assert_true(vip->has_preferred_lft && vip->preferred_lft_s == 0 && vip->dad);
	assert_int_equal(vip->flags, 0x10);
	vip = conf_item(&conf_instance(c, 0)->common->evips, 3);
	assert_int_equal(vip->prefix, 32);
	assert_int_equal(vip->broadcast.bytes[3], 255);
	assert_true(vip->no_track && vip->use_vmac);
	conf_free(c);
}

static void routes(void **state)
{
	struct config *c = conf_of(V("virtual_routes {\n"
		"src 192.0.2.1 to 10.0.0.0/8 via 192.0.2.254 dev eth1 metric 0 mtu lock 1400 rtt 1s table 100\n"
		"default via 192.0.2.253 or 192.0.2.252\nblackhole 10.1.0.0/16\n"
		"10.2.0.0/16 nexthop via 192.0.2.3 weight 5 onlink nexthop via inet 192.0.2.4 dev eth2\n2001:db8::/32 via fe80::1 dev eth0 table vpn\n}"));
	const struct route_conf *r = conf_item(&conf_instance(c, 0)->common->routes, 0);
	const struct nexthop_conf *hop;

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_int_equal(r->dst.bytes[0], 10);
	assert_int_equal(r->dst_prefix, 8);
	assert_int_equal(r->src.bytes[3], 1);
	assert_int_equal(r->via.bytes[3], 254);
	assert_string_equal(r->dev, "eth1");
	assert_true(r->has_metric && r->metric == 0);
	assert_int_equal(r->metrics[2], 1400);
	assert_int_equal(r->metrics[4], 8000);
	assert_int_equal(r->metrics_set, 1 << 2 | 1 << 4);
	assert_int_equal(r->metrics_locked, 1 << 2);
	assert_int_equal(r->table, 100);
	assert_int_equal(r->protocol, 18);
	r = conf_item(&conf_instance(c, 0)->common->routes, 1);
	assert_int_equal(r->table, 254);
	assert_int_equal(r->nexthops.count, 2);
	assert_false(addr_is_set(&r->via));
	r = conf_item(&conf_instance(c, 0)->common->routes, 2);
	assert_int_equal(r->type, 6);
	r = conf_item(&conf_instance(c, 0)->common->routes, 3);
	hop = conf_item(&r->nexthops, 0);
	assert_true(hop->weight == 5 && hop->onlink && !hop->dev);
	hop = conf_item(&r->nexthops, 1);
	assert_true(hop->weight == 1 && !hop->onlink);
	assert_string_equal(hop->dev, "eth2");
	r = conf_item(&conf_instance(c, 0)->common->routes, 4);
	assert_int_equal(r->family, AF_INET6);
	assert_string_equal(r->table_name, "vpn");
	conf_free(c);
}

static void rules(void **state)
{
	struct config *c = conf_of(V("virtual_rules {\nfrom 192.0.2.0/24 fwmark 7/0xff iif eth0 table 100 preference 100\n"
		"not to 10.0.0.0/8 goto 300 priority 200\ninet6 from all prohibit order 0x10 no_track\n"
		"uidrange 1000-2000 sport 80 dport 1-9 lookup main suppress_prefixlength 0 preference 5\n}"));
	const struct rule_conf *r = conf_item(&conf_instance(c, 0)->common->rules, 0);

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(r->has_fwmark && r->fwmark == 7 && r->has_fwmask && r->fwmask == 255);
	assert_true(r->table == 100 && r->preference == 100 && r->action == 1 && r->from_prefix == 24);
	r = conf_item(&conf_instance(c, 0)->common->rules, 1);
	assert_true(r->invert && r->goto_target == 300 && r->action == 2 && r->to_prefix == 8);
	r = conf_item(&conf_instance(c, 0)->common->rules, 2);
	assert_true(r->family == AF_INET6 && r->action == 8 && r->preference == 16 && r->no_track && !addr_is_set(&r->from));
	r = conf_item(&conf_instance(c, 0)->common->rules, 3);
	assert_true(r->has_uid_range && r->uid_first == 1000 && r->uid_last == 2000 && r->has_sport && r->sport_first == 80 && r->sport_last == 80
		&& r->has_dport && r->dport_first == 1 && r->dport_last == 9 && r->table == 254 && r->suppress_prefixlen == 0);
	conf_free(c);
}

static const struct said bad_routes_and_rules[] = {
	{ V("virtual_routes {\nvia 192.0.2.3\n10.0.0.0/8 proto static\n10.0.0.0/8 via fe80::1\n10.0.0.0/8 encap ip\n}"),
	  "e8: via: the route has no destination, as 10.0.0.0/8 or default, and is ignored\n"
	  "e9: 10.0.0.0/8: 'proto' is not known here; the line is ignored\ne10: 10.0.0.0/8: IPv4 and IPv6 in one line; it is ignored\n"
	  "e11: encap: not supported: add the tunnelled route in notify_master\n" },
	{ V("virtual_routes {\n10.0.0.0/8 dev eth0 protocol static\n10.0.0.0/8 dev eth0 track_group x\n}"),
	  "w8: 10.0.0.0/8: protocol becomes keepalived, by which the route is tracked (no_track keeps it)\n"
	  "e9: 10.0.0.0/8: track_group needs a static route with dev, ignored\n" },
	{ V("virtual_rules {\nfrom 10.0.0.0/8\nfrom 10.0.0.0/8 table 5\nfrom 10.0.0.0/8 goto 5 preference 9\nfrom 10.0.0.0/8 prohibit realms 3 preference 4\n}"),
	  "e8: from: it takes one of table, l3mdev, goto, nop, blackhole, unreachable, prohibit; the rule is ignored\n"
	  "w9: from: the rule has no preference, 16384 is used\n"
	  "e10: from: goto needs a preference below it; the rule is ignored\n"
	  "e11: from: realms and suppress go with a table; the rule is ignored\n" },
	{ NULL, NULL }
};

static void secrets_are_not_shown(void **state)
{
	struct config *c = conf_of(V("authentication {\nauth_type PASS\nauth_pass 2-Bored?\n}")
		I("H", "eth1", "2", A1("192.0.2.2") "auth_hmac {\nkey 1 hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n"
		"key 2 0123456789abcdefghijklmnopqrstuvwxyz\nactive_key 1\n}"));
	const char *text;

	(void)state;
	assert_string_equal(conf_said(), "");
	text = conf_shown(c, true);
	assert_non_null(strstr(text, "auth_pass 2-Bored?"));
	assert_non_null(strstr(text, "key 1 hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"));
	text = conf_shown(c, false);
	assert_null(strstr(text, "Bored"));
	assert_null(strstr(text, "0011"));
	assert_null(strstr(text, "3031")); /* "01" in hex */
	assert_non_null(strstr(text, "auth_pass ********"));
	conf_free(c);
	c = conf_of(text);
	assert_string_equal(conf_said(), "");
	conf_free(c);
}

static void names_are_quoted_in_the_dump(void **state)
{
	struct config *c = conf_of("vrrp_instance \"a b\" {\ninterface eth0\nvirtual_router_id 1\n" VIP "notify \"/x 'y z' #\"\n}\n"), *again;
	char *first = strdup(conf_shown(c, true));

	(void)state;
	assert_string_equal(conf_said(), "");
	again = conf_of(first);
	assert_string_equal(conf_said(), "");
	assert_string_equal(conf_instance(again, 0)->name, "a b");
	assert_string_equal(conf_instance(again, 0)->common->notify.scripts[NOTIFY_ANY]->argv[2], "#");
	assert_string_equal(conf_shown(again, true), first);
	free(first);
	conf_free(c);
	conf_free(again);
}

static void a_reload_tells_new_errors_from_old(void **state)
{
	struct config *running = conf_of(V("prioritty 3")), *same = conf_of("\n\n" V("prioritty 3")), *good = conf_of(V("")),
		*worse = conf_of(V("prioritty 3\nprioritty 4\nweigth 3")), *warned = conf_of(V("nopreempt yes"));

	(void)state;
	assert_false(conf_has_new_errors(running, same));
	assert_false(conf_has_new_errors(running, good));
	assert_true(conf_has_new_errors(running, worse));
	assert_true(conf_has_new_errors(good, running));
	assert_false(conf_has_new_errors(good, warned));
	conf_free(running);
	conf_free(same);
	conf_free(good);
	conf_free(worse);
	conf_free(warned);
}

static void rubbish_ends_in_one_last_message(void **state)
{
	static const char *const words[] = { "x y\n", "}\n" }; /* the second is the lexer's */
	static char text[1 << 16];
	struct config *c;
	unsigned lines;

	(void)state;
	for (unsigned kind = 0; kind < 2; kind++) {
		lines = 0;
		text[0] = '\0';
		for (unsigned i = 0; i < 3000; i++)
			strcat(text, words[kind]);
		c = conf_of(text);
		for (const char *p = conf_said(); *p; p++)
			lines += *p == '\n';
		assert_int_equal(lines, 250);
		assert_int_equal(c->errors, 3000);
		assert_non_null(strstr(conf_said(), "e250: more messages than a person reads: the rest is not shown\n"));
		conf_free(c);
	}
}

static void deep_blocks_are_skipped(void **state)
{
	static char text[8192] = V_OPEN;
	struct config *c;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		strcat(text, "virtual_server_group\n{\n");
	c = conf_of(text);
	assert_true(c->errors > 0);
	assert_int_equal(c->instances.count, 1);
	conf_free(c);
}

/* Of the arena and nothing else: what malloc() gave. */
static size_t memory_of(const char *text)
{
	struct config *c = conf_of(text);
	size_t sum = 0;
	/* struct arena of config.c: a list of chunks with their sizes, the latest first. */
	struct chunk {
		struct chunk *next;
		size_t used, size;
	};

	assert_string_equal(conf_said(), "");
	for (const struct chunk *chunk = (const struct chunk *)(const void *)c->arena; chunk; chunk = chunk->next)
		sum += chunk->size;
	conf_free(c);
	return sum;
}

static void instances_are_small(void **state)
{
	static char text[1 << 16];

	(void)state;
	for (unsigned i = 1; i < 256; i++)
		sprintf(text + strlen(text), "vrrp_instance VI_%u {\ninterface eth0\nvirtual_router_id %u\npriority 150\nvirtual_ipaddress {\n10.0.%u.1/24\n}\n}\n",
			i, i, i);
	assert_true(memory_of(text) < 200000);
	assert_true(memory_of(V("")) < 3000);
}

static void many_servers_are_quick(void **state)
{
	static char text[1 << 20];
	char *at = text;
	struct timespec start, end;
	struct config *c;
	long long took_us[2];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		at = text;
		for (unsigned i = 0; i < (round ? 80 : 20); i++) {
			at += sprintf(at, "virtual_server 10.0.%u.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n", i);
			for (unsigned j = 0; j < 100; j++)
				at += sprintf(at, "real_server 10.1.%u.%u 80 {\nTCP_CHECK {\n}\n}\n", i, j + 1);
			at += sprintf(at, "}\n");
		}
		assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start), 0);
		c = conf_of(text);
		assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end), 0);
		took_us[round] = (end.tv_sec - start.tv_sec) * 1000000LL + (end.tv_nsec - start.tv_nsec) / 1000;
		assert_string_equal(conf_said(), "");
		conf_free(c);
	}
	/* Four times as many servers: 16 times as long were each looked up among all. */
	assert_true(took_us[1] < took_us[0] * 9 + 50000);
}

static void keywords_are_listed(void **state)
{
	static char text[65536];
	struct out out = { .buf = text, .size = sizeof(text) - 1 };

	(void)state;
	list_keywords(&out);
	text[out.len] = '\0';
	assert_non_null(strstr(text, "| vrrp_instance | `virtual_router_id` | supported | |\n"));
	assert_non_null(strstr(text, "| global_defs | `enable_dbus` | ignored | there is no D-Bus here; "));
	assert_non_null(strstr(text, "| (top level) | `bfd_instance` | refused | BFD is not built in; "));
	assert_non_null(strstr(text, "| virtual_server | `lb_algo` | supported | same as `lvs_sched` |\n"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_the_defaults),
		cmocka_unit_test(a_missing_file_is_no_configuration),
		TEST_TELLS(unknown_words),
		TEST_TELLS(verdicts),
		TEST_TELLS(numbers),
		cmocka_unit_test(seconds_are_microseconds),
		cmocka_unit_test(words_of_truth),
		TEST_TELLS(words_and_addresses),
		TEST_TELLS(blocks),
		cmocka_unit_test(a_missing_brace_loses_nothing),
		cmocka_unit_test(scripts_are_split_as_commands),
		cmocka_unit_test(addresses_and_their_options),
		cmocka_unit_test(routes),
		cmocka_unit_test(rules),
		TEST_TELLS(bad_routes_and_rules),
		cmocka_unit_test(secrets_are_not_shown),
		cmocka_unit_test(names_are_quoted_in_the_dump),
		cmocka_unit_test(a_reload_tells_new_errors_from_old),
		cmocka_unit_test(rubbish_ends_in_one_last_message),
		cmocka_unit_test(deep_blocks_are_skipped),
		cmocka_unit_test(instances_are_small),
		cmocka_unit_test(many_servers_are_quick),
		cmocka_unit_test(keywords_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
