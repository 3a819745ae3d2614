/* links: config.c conf_value.c keywords.c conf_set.c conf_block.c conf_lvs.c dns.c conf_check.c conf_check_lvs.c dump.c emit.c lexer.c lex_define.c lex_include.c addr.c tests/unit/conf_text.c */
/* SPDX-License-Identifier: MIT */
/* Virtual servers, real servers, checkers: what is read, inherited, refused. */
#include "tests/unit/conf_text.h"

#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define S 1000000u
#define HEAD "virtual_server 192.0.2.1 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n"
#define RS(address, more) "real_server " address " {\n" more "}\n"
#define RS1 RS("10.0.0.1 80", "")
#define VS(more) HEAD more "\n" RS1 "}\n"
#define CHECK(more) HEAD "real_server 10.0.0.1 80 {\n" more "\n}\n}\n"
#define W "virtual_server 192.0.2.1: "

static const struct virtual_server_conf *server(const struct config *c, unsigned n)
{
	return conf_item(&c->virtual_servers, n);
}

static const struct real_server_conf *real(const struct config *c, unsigned n)
{
	return conf_item(&server(c, 0)->real_servers, n);
}

static const struct check_conf *check(const struct config *c, unsigned n)
{
	return conf_item(&real(c, 0)->checks, n);
}

static void defaults(void **state)
{
	struct config *c = conf_of("virtual_server 192.0.2.1 80 {\n" RS1 "}\n");
	const struct virtual_server_conf *vs = server(c, 0);

	(void)state;
	assert_string_equal(conf_said(), "w1: " W "it has no protocol, UDP is used\nw1: " W "it has no lvs_sched, wlc is used\n"
		"w1: " W "it has no lvs_method, NAT is used\n");
	assert_true(vs->protocol == IPPROTO_UDP && vs->family == AF_INET && vs->port == 80 && vs->quorum == 1 && !vs->hysteresis && !vs->broken);
	assert_true(vs->persistence_s == 0 && vs->persistence_mask == UINT32_MAX && !vs->alpha && !vs->omega && !vs->smtp_alert && !addr_is_set(&vs->sorry.addr));
	assert_string_equal(vs->scheduler, "wlc");
	assert_true(real(c, 0)->weight == 1 && real(c, 0)->port == 80 && real(c, 0)->forward.method == 0 && real(c, 0)->smtp_alert && !real(c, 0)->inhibit);
	conf_free(c);
}

static void defaults_of_checkers(void **state)
{
	static const struct {
		const char *text;
		enum check_kind kind;
		uint64_t retry_us;
		uint32_t retry;
	} rows[] = {
		{ "TCP_CHECK {\n}", CHECK_TCP, S, 1 },
		{ "PING_CHECK {\n}", CHECK_PING, S, 1 },
		{ "UDP_CHECK {\n}", CHECK_UDP, S, 1 },
		{ "SMTP_CHECK {\n}", CHECK_SMTP, S, 1 },
		{ "HTTP_GET {\nurl {\npath /\n}\n}", CHECK_HTTP, 3 * S, 1 },
		{ "SSL_GET {\nurl {\npath /\n}\n}", CHECK_SSL, 3 * S, 1 },
		{ "DNS_CHECK {\n}", CHECK_DNS, 60 * S, 3 },
		{ "MISC_CHECK {\nmisc_path /a\n}", CHECK_MISC, S, 0 },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct config *c = conf_ofs(HEAD "real_server 10.0.0.1 80 {\n%s\n}\n}\n", rows[i].text);
		const struct check_conf *k = check(c, 0);

		assert_string_equal(conf_said(), "");
		assert_int_equal(k->kind, rows[i].kind);
		assert_int_equal(k->set.delay_loop_us, 60 * S);
		assert_int_equal(k->set.connect_timeout_us, 5 * S);
		assert_int_equal(k->set.warmup_us, 60 * S);
		assert_int_equal(k->set.delay_before_retry_us, rows[i].retry_us);
		assert_int_equal(k->set.retry, rows[i].retry);
		assert_int_equal(k->set.alpha, CONF_NO);
		if (k->kind != CHECK_MISC)
			assert_true(addr_equal(&k->connect_ip, &real(c, 0)->addr) && k->connect_port == 80);
		else
			assert_int_equal(k->u.misc.timeout_us, 60 * S);
		conf_free(c);
	}
}

static void the_nearest_level_counts(void **state)
{
	struct config *c = conf_of(HEAD "delay_loop 10\nretry 7\nconnect_timeout 2\nalpha\nvirtualhost a.example\ninhibit_on_failure\nweight 5\n"
		"real_server 10.0.0.1 81 {\ndelay_loop 20\nwarmup 0\nweight 0\nlvs_method NAT\n"
		"TCP_CHECK {\ndelay_loop 30.5\nconnect_port 99\nalpha off\n}\nHTTP_GET {\nnb_get_retry 4\nurl {\npath /\n}\n}\n}\n"
		"real_server 10.0.0.2 80 {\nvirtualhost b.example\ninhibit_on_failure off\nHTTP_GET {\nurl {\npath /\nvirtualhost c.example\n}\n}\n}\n}\n");
	const struct check_conf *k = check(c, 0);

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(real(c, 0)->weight == 0 && real(c, 0)->port == 81 && real(c, 0)->inhibit);
	assert_true(k->set.delay_loop_us == 30500000 && k->set.retry == 7 && k->set.connect_timeout_us == 2 * S && k->set.warmup_us == 0
		&& k->set.alpha == CONF_NO && k->connect_port == 99);
	k = check(c, 1);
	assert_true(k->set.delay_loop_us == 20 * S && k->set.retry == 4 && k->set.alpha == CONF_YES && k->connect_port == 81);
	assert_string_equal(k->u.http.virtualhost, "a.example");
	assert_true(real(c, 1)->weight == 5 && !real(c, 1)->inhibit);
	k = conf_item(&real(c, 1)->checks, 0);
	assert_true(k->set.delay_loop_us == 10 * S);
	assert_string_equal(k->u.http.virtualhost, "b.example");
	assert_string_equal(((const struct url_conf *)conf_item(&k->u.http.urls, 0))->virtualhost, "c.example");
	conf_free(c);
}

static const struct said services[] = {
	{ VS("quorum 5\nhysteresis 9"), "w1: " W "quorum 5 is more than all weights, 1 is used\nw1: " W "hysteresis 9 is not below the quorum\n" },
	{ VS("ops"), "w1: " W "ops needs protocol UDP, ignored\n" },
	{ VS("protocol UDP\nops"), "" },
	{ VS("protocol ICMP"), "e5: protocol: 'ICMP' is not one of TCP UDP SCTP\n" },
	{ VS("protocol 6"), "e5: protocol: '6' is not one of TCP UDP SCTP\n" },
	{ VS("lvs_sched nonsense"), "e1: " W "lvs_sched 'nonsense' is not known, wlc is used\n" },
	{ VS("lvs_method FOO"), "e5: lvs_method: 'FOO' is not one of NAT TUN DR type port nocsum csum remcsum\n" },
	{ VS("lvs_method TUN type gue"),
	  "e1: " W "lvs_method: a port goes with gue and only with it, csum with gue and gre, remcsum with gue; ipip is used\n" },
	{ VS("lvs_method TUN type gue port 5555"), "" },
	{ VS("alpha yes"), "w5: alpha: 'yes' after the value is ignored\n" },
	{ HEAD "}\n", "e1: virtual_server 192.0.2.1: it has no real_server, it does not run\n" },
	{ "virtual_server {\n}\n", "e1: virtual_server: an address, or one and a port is expected after it\n" },
	{ "virtual_server 192.0.2.1 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" RS("10.0.0.1", "") "}\n",
	  "w1: " W "all ports need persistence_timeout, 360 s is used\n" },
	{ VS("") VS(""), "e9: " W "it stands twice (F:1), the second one does not run\n" },
	{ "virtual_server fwmark 3 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n" RS1 "}\n", "w1: virtual_server: protocol is ignored with a firewall mark\n" },
	{ "virtual_server group G {\n" RS1 "}\n", "e1: virtual_server G: there is no such virtual_server_group, it does not run\n" },
	{ VS("sorry_server 10.0.0.9 81\nsorry_server_lvs_method DR"), "w1: real_server 10.0.0.9: port 81 needs NAT, 80 is used\n" },
	{ VS("sorry_server_inhibit"), "e1: " W "sorry_server_inhibit and sorry_server_lvs_method need a sorry_server, ignored\n" },
	{ VS("sorry_server x 81"), "e5: sorry_server: 'x' is not an IPv4 or IPv6 address\n" },
	{ NULL, NULL }
};

static const struct said servers[] = {
	{ HEAD RS1 RS1 RS("2001:db8::1 80", "") "}\n",
	  "e7: real_server 10.0.0.1: it stands twice in its virtual_server (line 5), the second one is left out\n"
	  "e9: real_server 2001:db8::1: it is not of its virtual_server's address family, left out\n" },
	/* Tunnels lead to either family; what comes last counts. */
	{ HEAD RS("2001:db8::1 80", "lvs_method TUN\n") RS1 "}\n", "" },
	{ HEAD RS("2001:db8::1 80", "") RS1 "lvs_method TUN\n}\n", "" },
	{ "virtual_server fwmark 3 {\nlvs_sched rr\nlvs_method TUN\n" RS("10.0.0.1", "") RS("2001:db8::1", "") "lvs_method DR\n}\n",
	  "e6: real_server 2001:db8::1: it is not of its virtual_server's address family, left out\n" },
	{ HEAD RS1 RS("10.0.0.1 81", "") "}\n", "" },
	{ HEAD RS("10.0.0.1 81", "lvs_method DR\n") "}\n", "w5: real_server 10.0.0.1: port 81 needs NAT, 80 is used\n" },
	{ HEAD RS("10.0.0.1 80", "weight 70000\n") "}\n", "e6: weight: '70000' is not a number from 0 to 65535\n" },
	{ NULL, NULL }
};

static void groups(void **state)
{
	struct config *c = conf_of("virtual_server_group G {\n192.0.2.1-3 80\nfwmark 0x10 inet6\n2001:db8::1-4 80\n192.0.2.8/30 80\n}\n"
		"virtual_server group G {\nprotocol TCP\nlvs_sched rr\nlvs_method DR\nreal_server 10.0.0.1 {\n}\n}\n");
	const struct vs_group_conf *g = server(c, 0)->group;
	const struct vs_entry_conf *e = conf_item(&g->entries, 0);
	static const struct said rows[] = {
		{ "virtual_server_group G {\n192.0.2.9-2 80\nfoo\n192.0.2.1 80\n}\n" ,
		  "e2: 192.0.2.9-2: '192.0.2.9-2' is not an address, a range as in 192.0.2.1-10 or a network as in 192.0.2.8/29\n"
		  "e3: foo: 'foo' is not an address, a range as in 192.0.2.1-10 or a network as in 192.0.2.8/29\n" },
		{ "virtual_server_group G {\n192.0.2.1 80\n192.0.2.2 81\n}\nvirtual_server group G {\nprotocol TCP\nlvs_sched rr\nlvs_method DR\n" RS1 "}\n",
		  "w9: real_server 10.0.0.1: a port other than the group's needs NAT\n" },
		{ "virtual_server_group G {\n192.0.2.1 80\n192.0.2.2 80\n}\nvirtual_server group G {\nprotocol TCP\nlvs_sched rr\nlvs_method DR\n" RS1 "}\n", "" },
	};

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(e->first.bytes[3] == 1 && e->last.bytes[3] == 3 && e->port == 80 && !e->fwmark);
	e = conf_item(&g->entries, 1);
	assert_true(e->fwmark == 16 && e->family == AF_INET6 && !addr_is_set(&e->first));
	e = conf_item(&g->entries, 2);
	assert_true(e->first.bytes[15] == 1 && e->last.bytes[15] == 4);
	e = conf_item(&g->entries, 3);
	assert_true(e->first.bytes[3] == 8 && e->last.bytes[3] == 11);
	conf_free(c);
	TELLS(rows);
}

static void numbers_are_the_kernels(void **state)
{
	struct config *c = conf_of(HEAD "lvs_method TUN type gue port 5555 remcsum\nops\nprotocol UDP\nsh-port\nflag-1\npersistence_timeout\n"
		"persistence_granularity 255.255.255.0\nsorry_server 10.0.0.9 8080\nsorry_server_inhibit\nsorry_server_lvs_method NAT\n"
		RS("10.0.0.1 80", "") RS("10.0.0.2 80", "lvs_method DR\nuthreshold 9\nlthreshold 4\n") "}\n"
		"virtual_server 2001:db8::1 80 {\nprotocol TCP\nlvs_sched mh\nlvs_method DR\npersistence_granularity 64\n" RS("2001:db8::2 80", "") "}\n");
	const struct virtual_server_conf *vs = server(c, 0);
	static const uint8_t mask[4] = { 255, 255, 255, 0 };

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_int_equal(vs->flags, 0x4 | 0x8 | 0x10);
	assert_int_equal(vs->persistence_s, 360);
	assert_memory_equal(&vs->persistence_mask, mask, 4);
	assert_true(vs->sorry.port == 8080 && vs->sorry.inhibit && vs->sorry.forward.method == 0 && vs->sorry.weight == 1);
	assert_true(real(c, 0)->forward.method == 2 && real(c, 0)->forward.tun_type == 1 && real(c, 0)->forward.tun_port == 5555 && real(c, 0)->forward.tun_flags == 2);
	assert_true(real(c, 1)->forward.method == 3 && real(c, 1)->uthreshold == 9 && real(c, 1)->lthreshold == 4);
	assert_true(server(c, 1)->persistence_mask == 64 && server(c, 1)->persistence_s == 360 && server(c, 1)->family == AF_INET6);
	conf_free(c);
}

static void checkers_read(void **state)
{
	struct config *c = conf_of("track_file f {\nfile /f\nweight 3\n}\n" CHECK(
		"HTTP_GET {\nhttp_protocol 1.1\nfast_recovery\nurl {\npath \"/a?b\"\nstatus_code 200 301-302\ndigest 000102030405060708090a0b0c0d0e0f\n}\nurl {\npath /c\n}\n"
		"connect_ip 10.0.0.7\nbindto 10.0.0.8\nbind_port 9\nbind_if eth1\nfwmark 0x20\n}\n"
		"DNS_CHECK {\ntype AAAA\nname example.org\n}\n"
		"MISC_CHECK {\nmisc_path \"/bin/probe 'a b'\"\nmisc_timeout 4\nmisc_dynamic\nuser nobody\n}\n"
		"UDP_CHECK {\npayload 0x 1f 2 ab\nrequire_reply 01xx\nmin_reply_length 2\n}\n"
		"FILE_CHECK {\ntrack_file f\n}\nFILE_CHECK {\ntrack_file f\nweight -2 reverse\n}\n"
		"SMTP_CHECK {\nhelo_name me\nhost {\nconnect_port 25\n}\nhost {\nconnect_ip 10.0.0.9\n}\n}\n"));
	const struct check_conf *k = check(c, 0);
	const struct url_conf *u = conf_item(&k->u.http.urls, 0);

	(void)state;
	/* "0x" is no hexadecimal byte: that check has a payload of its own. */
	assert_string_equal(conf_said(), "e38: payload: '0x' is not hexadecimal digits\n");
	assert_true(k->u.http.version == HTTP_1_1 && k->u.http.fast_recovery && k->bind_port == 9 && k->fwmark == 32 && k->connect_ip.bytes[3] == 7
		&& k->bindto.bytes[3] == 8);
	assert_string_equal(k->bind_if, "eth1");
	assert_string_equal(u->path, "/a?b");
	assert_true(u->status_count == 2 && u->status[0].first == 200 && u->status[0].last == 200 && u->status[1].first == 301 && u->status[1].last == 302);
	assert_true(u->has_digest && u->digest[15] == 15);
	u = conf_item(&k->u.http.urls, 1);
	assert_true(u->status_count == 1 && u->status[0].first == 200 && u->status[0].last == 299 && !u->has_digest);
	k = check(c, 1);
	assert_int_equal(k->u.dns.type, 28);
	assert_string_equal(k->u.dns.name, "example.org");
	k = check(c, 2);
	assert_string_equal(k->u.misc.script.argv[1], "a b");
	assert_string_equal(k->u.misc.script.user, "nobody");
	assert_true(k->u.misc.timeout_us == 4 * S && k->u.misc.dynamic);
	k = check(c, 3);
	assert_true(k->u.udp.require_reply && k->u.udp.reply_len == 2 && k->u.udp.reply[0] == 1 && k->u.udp.reply_mask[0] == 0xff && k->u.udp.reply_mask[1] == 0
		&& k->u.udp.min_reply == 2 && k->u.udp.max_reply >= 2 && !k->u.udp.payload);
	k = check(c, 4);
	assert_true(k->u.file.weight == 3 && !k->u.file.reverse);
	assert_string_equal(k->u.file.file->path, "/f");
	k = check(c, 5);
	assert_true(k->u.file.weight == -2 && k->u.file.reverse);
	/* Each host is a check of its own. */
	k = check(c, 6);
	assert_true(k->kind == CHECK_SMTP && k->connect_port == 25);
	assert_string_equal(k->u.smtp.helo, "me");
	k = check(c, 7);
	assert_true(k->kind == CHECK_SMTP && k->connect_ip.bytes[3] == 9);
	assert_string_equal(k->u.smtp.helo, "me");
	assert_int_equal(real(c, 0)->checks.count, 8);
	conf_free(c);
}

static void any_reply_is_dumped(void **state)
{
	struct config *c = conf_of(CHECK("UDP_CHECK {\nrequire_reply\n}\n"));

	(void)state;
	assert_string_equal(conf_said(), "");
	assert_true(check(c, 0)->u.udp.require_reply && !check(c, 0)->u.udp.reply_len);
	assert_non_null(strstr(conf_shown(c, false), "\trequire_reply\n"));
	conf_free(c);
}

#define LABEL_63 "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabc"
#define LABEL LABEL_63 "d"

static const struct said checkers_refused[] = {
	{ CHECK("HTTP_GET {\n}"), "e6: HTTP_GET: it has no url and is left out\n" },
	{ CHECK("HTTP_GET {\nurl {\n}\n}"), "e7: url: it has no path and is left out\ne6: HTTP_GET: it has no url and is left out\n" },
	{ CHECK("HTTP_GET {\nurl {\npath /\nstatus_code 99\ndigest xx\n}\n}"),
	  "e9: status_code: '99' is not a number, or two as in 10-20, from 100 to 599\ne10: digest: 'xx' is not 32 hexadecimal digits, as genhash prints\n" },
	{ CHECK("MISC_CHECK {\n}"), "e6: MISC_CHECK: it has no misc_path and is left out\n" },
	{ CHECK("FILE_CHECK {\ntrack_file f\n}"), "e6: FILE_CHECK: it has no track_file that stands above and is left out\n" },
	{ CHECK("UDP_CHECK {\npayload zz\n}"), "e7: payload: 'zz' is not hexadecimal digits\n" },
	{ CHECK("DNS_CHECK {\ntype FOO\n}"), "e7: type: 'FOO' is not one of A NS CNAME SOA MX TXT AAAA RRSIG DNSKEY\n" },
	{ CHECK("DNS_CHECK {\nname a..b\n}"), "e6: DNS_CHECK: name 'a..b' has a part that is empty or too long, '.' is used\n" },
	{ CHECK("DNS_CHECK {\nname .a\n}"), "e6: DNS_CHECK: name '.a' has a part that is empty or too long, '.' is used\n" },
	{ CHECK("DNS_CHECK {\nname ..\n}"), "e6: DNS_CHECK: name '..' has a part that is empty or too long, '.' is used\n" },
	{ CHECK("DNS_CHECK {\nname a.\n}"), "" },
	{ CHECK("DNS_CHECK {\nname " LABEL "a\n}"), "e6: DNS_CHECK: name '" LABEL "' has a part that is empty or too long, '.' is used\n" },
	{ CHECK("DNS_CHECK {\nname " LABEL_63 "\n}"), "" },
	{ CHECK("TCP_CHECK {\nretry x\nnb_get_retry 3\nconnect_timeout 0\n}"),
	  "e7: retry: 'x' is not a number from 0 to 4294967295\nw8: nb_get_retry: ignored: only HTTP_GET and SSL_GET know it; write 'retry'\n"
	  "e9: connect_timeout: '0' is not 0.001 to 4294000 seconds\n" },
	{ CHECK("BFD_CHECK {\nname x\n}"), "e6: BFD_CHECK: not supported: BFD is not built in; use PING_CHECK or TCP_CHECK\n" },
	{ CHECK("TCP_CHEK {\n}"), "e6: unknown keyword 'TCP_CHEK', did you mean 'TCP_CHECK'?\n" },
	{ NULL, NULL }
};

static void the_dump_means_the_same(void **state)
{
	struct config *c = conf_of(HEAD "persistence_timeout 7\npersistence_granularity 255.255.0.0\nquorum 1\nsorry_server 10.0.0.9 81\n"
		"real_server 10.0.0.1 81 {\nweight 3\nMISC_CHECK {\nmisc_path \"/bin/x 'a b'\"\n}\n}\n}\n"), *again;
	static char first[1 << 14];

	(void)state;
	strcpy(first, conf_shown(c, true));
	conf_free(c);
	again = conf_of(first);
	assert_string_equal(conf_said(), "");
	assert_string_equal(conf_shown(again, true), first);
	assert_non_null(strstr(first, "\tpersistence_granularity 255.255.0.0\n"));
	assert_non_null(strstr(first, "misc_path \"/bin/x 'a b'\"\n"));
	conf_free(again);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(defaults_of_checkers),
		cmocka_unit_test(the_nearest_level_counts),
		TEST_TELLS(services),
		TEST_TELLS(servers),
		cmocka_unit_test(groups),
		cmocka_unit_test(numbers_are_the_kernels),
		cmocka_unit_test(checkers_read),
		cmocka_unit_test(any_reply_is_dumped),
		TEST_TELLS(checkers_refused),
		cmocka_unit_test(the_dump_means_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
