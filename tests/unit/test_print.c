/* links: addr.c vrrp.c emit.c */
/* SPDX-License-Identifier: MIT */
/* The forms of status against exact texts. What is looked at, and the calendar, are stand-ins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

static int fake_clock(clockid_t clock, struct timespec *out)
{
	(void)clock;
	*out = (struct timespec){ .tv_sec = 2000000000, .tv_nsec = 500000000 };
	return 0;
}
#define clock_gettime fake_clock
#include "print.c"
#undef clock_gettime

#include <errno.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW_US (1000000 * US_PER_S)
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static struct vrrp_conf confs[3];
static struct vrrp_common commons[3];
static struct vrrp machines[3];
static struct router_view views[3];
static struct vip_conf vips[2];
static struct vaddr vaddrs[2];
static struct config config;
static struct group_conf group;
static const struct vrrp_conf *members[2];
static struct vrrp_script_conf script;
static struct track_process_conf process;
static struct track_state states[3];
static unsigned view_count, virtual_count;
static bool has_kernel;
static char text[65536];
static struct print print;
static struct print_from from;

uint64_t loop_now(void)
{
	return NOW_US;
}

bool router_view(const struct router *r, unsigned i, struct router_view *out)
{
	(void)r;
	if (i < view_count)
		*out = views[i];
	return i < view_count;
}

void router_explain(struct router *r, unsigned i, struct out *out)
{
	(void)r;
	out_print(out, " chk%u -20", i);
}

enum vrrp_state router_group_state(struct router *r, const struct group_conf *g)
{
	(void)r;
	(void)g;
	return VRRP_MASTER;
}

const struct track_state *track_get(unsigned index)
{
	return &states[index];
}

void conf_dump_line(bool rule, const void *item)
{
	(void)item;
	emit("a \"line\" of virtual_%s", rule ? "rules" : "routes");
}

bool lvs_view(unsigned i, struct lvs_view *out)
{
	*out = (struct lvs_view){ .servers = 2, .quorum = 2, .name = i ? "FWM 5" : "[192.0.2.9]:tcp:80", .quorum_met = !i, .sorry_in_use = i, .weight = 3,
		.alive = 1 };
	return i < virtual_count;
}

bool lvs_real_view(const struct lvs_view *v, unsigned j, struct lvs_real_view *out)
{
	static const char some;

	*out = (struct lvs_real_view){ .name = j ? "[192.0.2.3]:tcp:80" : "[192.0.2.2]:tcp:80", .alive = !j, .in_table = !j, .weight = 3,
		.since_us = NOW_US - 90 * US_PER_S, .checks = j ? (const void *)&some : NULL };
	return v->name[0] == '[' && j < 2;
}

const struct check *check_view(const struct check *c, struct check_view *out)
{
	static bool second;

	*out = (struct check_view){ .kind = second ? "HTTP_GET" : "TCP_CHECK", .result = second ? "" : "refused", .failures = 2,
		.last_us = second ? 0 : NOW_US - 1500000 };
	second = !second;
	return second ? c : NULL;
}

bool lvs_has_kernel(void)
{
	return has_kernel;
}

int lvs_stats(ipvs_stats_fn *each)
{
	struct ipvs_service service = { .key = { .fwmark = 5 } };
	struct ipvs_dest dest = { .key = { .port = 80 } };
	struct ipvs_stats stats = { .count = { [IPVS_CONNECTIONS] = 7, [IPVS_OUT_BYTE_RATE] = 5000000000 }, .active = 2 };

	addr_parse("2001:db8::2", &dest.key.addr);
	each(&service, NULL, &stats);
	each(&service, &dest, &stats);
	return 0;
}

static void add_instance(unsigned i, const char *name, enum vrrp_state state)
{
	commons[i] = (struct vrrp_common){ 0 };
	confs[i] = (struct vrrp_conf){ .common = &commons[i], .name = name, .interface = "eth0", .vrid = (uint8_t)(51 + i), .version = 3, .priority = 100, .advert_us = 500000 };
	machines[i] = (struct vrrp){ .state = state, .effective_priority = 100, .master_interval_us = 500000 };
	addr_parse("192.0.2.1", &machines[i].own_addr);
	views[i] = (struct router_view){ .conf = &confs[i], .machine = &machines[i], .counters.adverts_sent = 5, .why = "init",
		.since_us = NOW_US - 2500000 };
	if (view_count <= i)
		view_count = i + 1;
}

static int set_up(void **state)
{
	(void)state;
	view_count = virtual_count = 0;
	has_kernel = true;
	memset(&config, 0, sizeof(config));
	memset(&states, 0, sizeof(states));
	print = (struct print){ 0 };
	from = (struct print_from){ .config = &config, .router = (struct router *)1 };
	add_instance(0, "VI_1", VRRP_MASTER);
	return 0;
}

/* All pieces; how many there were. */
static unsigned show(void)
{
	struct out out = { .buf = text, .size = sizeof(text) - 1 };
	unsigned pieces = 0;

	print.section = print.item = print.sub = 0;
	print.comma = print.found = false;
	print.worst = PRINT_MASTER;
	while (print_next(&print, &from, &out))
		pieces++;
	assert_true(out.len < out.size);
	text[out.len] = '\0';
	assert_false(print_next(&print, &from, &out));
	return pieces;
}

static void hold_addresses(void)
{
	addr_parse("192.0.2.9", &vips[0].addr);
	vips[0].prefix = 24;
	addr_parse("2001:db8::9", &vips[1].addr);
	vips[1].prefix = 128;
	vips[1].dev = "eth1";
	vips[1].label = "x";
	vips[0].node.next = &vips[1].node;
	confs[0].vips = (struct conf_list){ &vips[0].node, &vips[1].node, 2 };
	vaddrs[0] = (struct vaddr){ .conf = &vips[0] };
	vaddrs[1] = (struct vaddr){ .conf = &vips[1], .error = -EPERM };
	views[0].vaddrs = vaddrs;
	views[0].vaddr_count = 2;
	views[0].holds_addresses = true;
}

static void a_page(void **state)
{
	(void)state;
	hold_addresses();
	add_instance(1, "VI_2", VRRP_BACKUP);
	add_instance(2, "VI_3", VRRP_FAULT);
	machines[1].effective_priority = 80;
	machines[1].master_priority = 90;
	addr_parse("192.0.2.2", &machines[1].master_addr);
	views[1].last_advert_us = NOW_US - 90061 * US_PER_S;
	views[2].since_us = NOW_US - 3600 * US_PER_S;
	strcpy(views[2].fault_text, "eth0 is down");
	confs[2].interface = NULL;
	views[2].refused[VRRP_BAD_AUTH_DATA] = 3;
	views[2].refused[VRRP_BAD_TTL] = 1;
	show();
	assert_string_equal(text,
		"VI_1: MASTER for 2.5 s (init)\n    eth0, VRID 51, priority 100\n    master 192.0.2.1\n"
		"    holds 192.0.2.9/24 2001:db8::9/128 (Operation not permitted)\n    advert_sent 5\n"
		"VI_2: BACKUP for 2.5 s (init)\n    eth0, VRID 52, priority 80 of 100: chk1 -20\n"
		"    master 192.0.2.2, priority 90, last advert received 1 d 1:01:01 ago\n    does not hold\n    advert_sent 5\n"
		"VI_3: FAULT for 1:00:00 (eth0 is down)\n    any interface, VRID 53, priority 100\n    master none\n    does not hold\n"
		"    advert_sent 5, TTL out of range 1, authentication failed 3\n");
	assert_int_equal(print.worst, PRINT_FAULT);
}

static void in_colour(void **state)
{
	(void)state;
	print.colour = true;
	show();
	assert_memory_equal(text, "VI_1: \033[1;32mMASTER\033[0m for", 27);
}

static void resigned_just_now(void **state)
{
	(void)state;
	machines[0].state = VRRP_BACKUP;
	machines[0].effective_priority = 1;
	machines[0].master_addr = machines[0].own_addr;
	views[0].resigned = true;
	show();
	assert_non_null(strstr(text, ", priority 1 of 100: resigned\n    master none, priority 0\n"));
	assert_int_equal(print.worst, PRINT_BACKUP);
}

static void one_by_name(void **state)
{
	static const struct {
		const char *name, *starts;
		bool found;
	} rows[] = { { "VI_2", "VI_2: BACKUP", true }, { "chk", "chk: up for 0.5 s, kind script, last_status 0\n", true }, { "VI_9", "", false },
		{ "G", "VI_2: BACKUP", true } };

	(void)state;
	add_instance(1, "VI_2", VRRP_BACKUP);
	script = (struct vrrp_script_conf){ .name = "chk" };
	config.scripts = (struct conf_list){ &script.node, &script.node, 1 };
	states[TRACK_SCRIPT] = (struct track_state){ .known = true, .up = true, .since_us = NOW_US - 500000 };
	members[0] = &confs[1];
	group = (struct group_conf){ .name = "G", .instances = members, .instance_count = 1 };
	config.groups = (struct conf_list){ &group.node, &group.node, 1 };
	confs[1].group = &group;
	for (unsigned i = 0; i < COUNT(rows); i++) {
		print.name = rows[i].name;
		show();
		assert_memory_equal(text, rows[i].starts, strlen(rows[i].starts));
		assert_int_equal(print.found, rows[i].found);
		assert_null(strstr(text, "VI_1"));
	}
	assert_non_null(strstr(text, "\nG: MASTER, kind group\n"));
}

static void tracked_ones(void **state)
{
	(void)state;
	script = (struct vrrp_script_conf){ .name = "chk" };
	process = (struct track_process_conf){ .name = "pp", .index = TRACK_PROCESS };
	config.scripts = (struct conf_list){ &script.node, &script.node, 1 };
	config.processes = (struct conf_list){ &process.node, &process.node, 1 };
	states[TRACK_PROCESS] = (struct track_state){ .known = true, .value = 3, .since_us = NOW_US };
	view_count = 0;
	show();
	assert_string_equal(text, "chk: no result yet, kind script, last_status 0\npp: down for 0.0 s, kind process, value 3\n");
}

static void statistics(void **state)
{
	(void)state;
	views[0].refused[VRRP_BAD_AUTH_DATA] = 1;
	views[0].refused[VRRP_REPLAYED] = 2;
	views[0].refused[VRRP_BAD_LENGTH] = 5000000000;
	print.kind = PRINT_STATS;
	show();
	assert_string_equal(text,
		"VRRP Instance: VI_1\n  Advertisements:\n    Received: 0\n    Sent: 5\n  Became master: 0\n  Released master: 0\n"
		"  Packet Errors:\n    Length: 5000000000\n    TTL: 0\n    Invalid Type: 0\n    Advertisement Interval: 0\n    Address List: 0\n"
		"  Authentication Errors:\n    Invalid Type: 0\n    Type Mismatch: 0\n    Failure: 3\n"
		"  Priority Zero:\n    Received: 0\n    Sent: 0\n");
}

static void json_of_all(void **state)
{
	static struct conf_node route;
	static char *words[] = { (char *)(uintptr_t)"/bin/x", (char *)(uintptr_t)"a \"b\"\\\n", NULL };
	static struct conf_script command = { .argv = words };

	(void)state;
	hold_addresses();
	confs[0].name = "a\"b\\c\x01";
	commons[0].routes = (struct conf_list){ &route, &route, 1 };
	commons[0].notify.scripts[NOTIFY_ANY] = &command;
	confs[0].auth_type = VRRP_AUTH_PASS;
	memcpy(confs[0].auth_data, "12345678", 8);
	print.kind = PRINT_JSON;
	show();
	assert_memory_equal(text, "[{\"data\":{\"iname\":\"a\\\"b\\\\c\\u0001\",\"vmac_ifname\":\"\",\"version\":3,", 63);
	assert_non_null(strstr(text, ",\"vips\":[\"192.0.2.9/24 dev eth0 scope global set\",\"2001:db8::9 dev eth1 scope global label x set\"],"));
	assert_non_null(strstr(text, ",\"vroutes\":[\"a \\\"line\\\" of virtual_routes\"],"));
	assert_non_null(strstr(text, ",\"script\":\"'/bin/x' 'a \\\"b\\\"\\\\\\u000a'\","));
	assert_non_null(strstr(text, ",\"adver_int\":0.5,"));
	assert_non_null(strstr(text, ",\"vipset\":true,\"last_transition\":1999999998,\"auth_data\":\"12345678\",\"reason\":\"init\",\"master\":\"192.0.2.1\"},"));
	assert_null(strstr(text, "script_master"));
	assert_non_null(strstr(text, ",\"pri_zero_sent\":0,\"send_err\":0}}]\n"));
}

static void json_of_nothing(void **state)
{
	(void)state;
	view_count = 0;
	print.kind = PRINT_JSON;
	show();
	assert_string_equal(text, "[]\n");
	print.kind = PRINT_WHOLE_JSON;
	show();
	assert_string_equal(text, "{\"vrrp\":[],\"groups\":[],\"track\":[],\"lvs\":[],\"ipvs\":[]}\n");
	from.router = NULL;
	print.kind = PRINT_DATA;
	show();
	assert_string_equal(text, "");
}

static void virtual_servers(void **state)
{
	(void)state;
	view_count = 0;
	virtual_count = 2;
	from.lvs = true;
	assert_int_equal(show(), 5);
	assert_string_equal(text,
		"[192.0.2.9]:tcp:80: up, servers 2, alive 1, weight 3, quorum 2\n"
		"    [192.0.2.2]:tcp:80: up for 0:01:30, weight 3\n"
		"    [192.0.2.3]:tcp:80: down for 0:01:30; check TCP_CHECK, result refused, tried 1.5 s ago, failures 2; check HTTP_GET, failures 2\n"
		"FWM 5: down, servers 2, alive 1, weight 3, quorum 2, sorry_server 1\n"
		"FWM 5: active 2, connections 7, connections/s 0, bytes_in 0, bytes_in/s 0, bytes_out 0, bytes_out/s 5000000000\n"
		"FWM 5 -> [2001:db8::2]:80: active 2, connections 7, connections/s 0, bytes_in 0, bytes_in/s 0, bytes_out 0, bytes_out/s 5000000000\n");
	assert_int_equal(print.worst, PRINT_FAULT);
	print.kind = PRINT_WHOLE_JSON;
	show();
	assert_non_null(strstr(text, "\"lvs\":[{\"name\":\"[192.0.2.9]:tcp:80\",\"state\":\"up\",\"servers\":2,\"alive\":1,\"weight\":3,\"quorum\":2,"
	                             "\"real_servers\":[{\"name\":\"[192.0.2.2]:tcp:80\",\"state\":\"up\",\"since\":1999999910.5,\"weight\":3,\"checks\":[]},{"));
	assert_non_null(strstr(text, "\"checks\":[{\"check\":\"TCP_CHECK\",\"result\":\"refused\",\"tried\":1999999999,\"failures\":2},{\"check\":\"HTTP_GET\",\"failures\":2}]"));
	assert_non_null(strstr(text, "}]},{\"name\":\"FWM 5\",\"state\":\"down\","));
	assert_non_null(strstr(text, "\"sorry_server\":1,\"real_servers\":[]}],\"ipvs\":[{\"name\":\"FWM 5\",\"active\":2,\"connections\":7,"));
	assert_non_null(strstr(text, "{\"name\":\"FWM 5 -> [2001:db8::2]:80\",\"active\":2,"));
}

static void a_kernel_without_ipvs(void **state)
{
	(void)state;
	view_count = 0;
	has_kernel = false;
	from.lvs = true;
	show();
	assert_string_equal(text, "");
	assert_int_equal(print.worst, PRINT_MASTER);
	config.virtual_servers.count = 1;
	show();
	assert_string_equal(text, "the kernel has no IPVS: virtual servers wait for it\n");
	assert_int_equal(print.worst, PRINT_FAULT);
	print.kind = PRINT_WHOLE_JSON;
	show();
	assert_non_null(strstr(text, "\"ipvs\":[]}\n"));
}

static void a_piece_is_an_instance(void **state)
{
	(void)state;
	add_instance(1, "VI_2", VRRP_MASTER);
	add_instance(2, "VI_3", VRRP_MASTER);
	assert_int_equal(show(), 3);
	print.kind = PRINT_STATS;
	assert_int_equal(show(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page, set_up), cmocka_unit_test_setup(in_colour, set_up), cmocka_unit_test_setup(resigned_just_now, set_up),
		cmocka_unit_test_setup(one_by_name, set_up), cmocka_unit_test_setup(tracked_ones, set_up), cmocka_unit_test_setup(statistics, set_up),
		cmocka_unit_test_setup(json_of_all, set_up), cmocka_unit_test_setup(json_of_nothing, set_up),
		cmocka_unit_test_setup(virtual_servers, set_up), cmocka_unit_test_setup(a_kernel_without_ipvs, set_up),
		cmocka_unit_test_setup(a_piece_is_an_instance, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
