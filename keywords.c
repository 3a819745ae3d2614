/* SPDX-License-Identifier: MIT */
/*
 * Every keyword of keepalived.conf(5), one table a block. The order within a table is the order of conf_dump(), and what later blocks
 * refer to by name comes first.
 */
#include "conf_table.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <strings.h>

enum range {
	R_ALL, R_1_ALL, R_INT, R_0_1, R_0_4, R_1_2, R_2_3, R_0_255, R_1_255, R_1_256, R_1_100, R_1_1000, R_PORT, R_0_65535, R_0_INT, R_1_INT, R_WEIGHT, R_WEIGHT_254,
	R_NICE, R_REALTIME, R_ADVERT, R_PREEMPT, R_SECS, R_SECS_1, R_HOUR, R_SECS_255, R_WINDOW, R_SMTP_TIMEOUT, R_MONTH, R_MAXLEN,
};
static const struct {
	int32_t min;
	uint32_t max;
} ranges[] = {
	[R_ALL] = { 0, UINT32_MAX }, [R_1_ALL] = { 1, UINT32_MAX }, [R_INT] = { INT32_MIN, INT32_MAX }, [R_0_1] = { 0, 1 }, [R_0_4] = { 0, 4 },
	[R_1_2] = { 1, 2 }, [R_2_3] = { 2, 3 }, [R_0_255] = { 0, 255 }, [R_1_255] = { 1, 255 }, [R_1_256] = { 1, 256 }, [R_1_100] = { 1, 100 }, [R_1_1000] = { 1, 1000 },
	[R_PORT] = { 1, 65535 }, [R_0_65535] = { 0, 65535 }, [R_0_INT] = { 0, INT32_MAX }, [R_1_INT] = { 1, INT32_MAX }, [R_WEIGHT] = { -253, 253 }, [R_WEIGHT_254] = { -254, 254 }, [R_NICE] = { -20, 19 }, [R_REALTIME] = { 1, 99 },
	[R_WINDOW] = { 1, 300 }, [R_SMTP_TIMEOUT] = { 1, 4294 }, [R_MONTH] = { 0, 31 * 86400 }, [R_MAXLEN] = { 1, 65507 },
	/* milliseconds */
	[R_ADVERT] = { 10, 255000 }, [R_PREEMPT] = { 0, 1000000 }, [R_SECS] = { 0, 4294000000 }, [R_SECS_1] = { 1, 4294000000 },
	[R_HOUR] = { 0, 3600000 }, [R_SECS_255] = { 0, 255000 },
};

void conf_ranges(const struct keyword *k, uint32_t *max, int32_t *min)
{
	*max = ranges[k->range].max;
	*min = ranges[k->range].min;
}

enum text {
	TX_NO_SNMP, TX_NO_DBUS, TX_ONE_PROCESS, TX_ONE_NAME, TX_NO_AUTO, TX_NO_OVERRUN, TX_NO_IPVS_NFT, TX_NO_AFFINITY, TX_NO_BFD,
	TX_NO_REGEX, TX_NO_IPSETS, TX_RELOAD_CHECKED, TX_OLD_NOTHING, TX_NEVER_COPIED, TX_RETRY_INSTEAD, TX_WHY_ENCAP,
	TX_WHY_RELOAD_TIME_FILE, TX_WHY_RELOAD_REPEAT, TX_WHY_RELOAD_FILE, 	TX_WHY_IPROUTE_USR_DIR, TX_WHY_IPROUTE_ETC_DIR, TX_WHY_BFD_CHECK, TX_WORDS_TTL_PROPAGATE, TX_WORDS_AUTH_TYPE,
	TX_WORDS_ANTI_REPLAY, TX_WORDS_MODE, TX_WORDS_HTTP_PROTOCOL, TX_DEFAULT_NFTABLES, TX_DEFAULT_NET_NAMESPACE_IPVS,
};
static const char *const texts[] = {
	[TX_NO_SNMP] = "there is no SNMP agent here; ask with 'ukeepalived status'",
	[TX_NO_DBUS] = "there is no D-Bus here; ask with 'ukeepalived status'",
	[TX_ONE_PROCESS] = "there is one process, which the vrrp_ keywords are for",
	[TX_ONE_NAME] = "there is one process, and it keeps its name",
	[TX_NO_AUTO] = "priority is not raised while running; vrrp_rt_priority sets one",
	[TX_NO_OVERRUN] = "lost netlink events are made good by reading everything anew",
	[TX_NO_IPVS_NFT] = "each address of a group is a virtual service of its own",
	[TX_NO_AFFINITY] = "one thread: the kernel places it, or taskset does",
	[TX_NO_BFD] = "BFD is not built in; use a vrrp_script, or track_interface",
	[TX_NO_REGEX] = "compare a digest, or write a MISC_CHECK with grep",
	[TX_NO_IPSETS] = "addresses stand in an nftables set",
	[TX_RELOAD_CHECKED] = "every reload is checked first",
	[TX_OLD_NOTHING] = "it has no effect since keepalived 1.2",
	[TX_NEVER_COPIED] = "the configuration is read once and not copied",
	[TX_RETRY_INSTEAD] = "only HTTP_GET and SSL_GET know it; write 'retry'",
	[TX_WHY_ENCAP] = "add the tunnelled route in notify_master",
	[TX_WHY_RELOAD_TIME_FILE] = "send SIGHUP at that time, from cron",
	[TX_WHY_RELOAD_REPEAT] = "there is no reload_time_file",
	[TX_WHY_RELOAD_FILE] = "replace the file by rename(2) and send SIGHUP",
	[TX_WHY_IPROUTE_USR_DIR] = "/usr/share/iproute2 is looked in",
	[TX_WHY_IPROUTE_ETC_DIR] = "/etc/iproute2 is looked in",
	[TX_WHY_BFD_CHECK] = "BFD is not built in; use PING_CHECK or TCP_CHECK",
	[TX_WORDS_TTL_PROPAGATE] = "disabled\0enabled\0",
	[TX_WORDS_AUTH_TYPE] = "PASS\0AH\0",
	[TX_WORDS_ANTI_REPLAY] = "time\0monotonic\0",
	[TX_WORDS_MODE] = "enforce\0permissive\0receive-only\0",
	[TX_WORDS_HTTP_PROTOCOL] = "1.0\0" "1.0C\0" "1.1\0",
	[TX_DEFAULT_NFTABLES] = "keepalived",
	[TX_DEFAULT_NET_NAMESPACE_IPVS] = "",
};

enum {
	BL_NAMES, BL_GROUP_NAMES, BL_VIPS, BL_EVIPS, BL_STATIC_ADDRESSES, BL_ROUTES, BL_STATIC_ROUTES, BL_RULES, BL_STATIC_RULES,
	BL_PEERS, BL_TRACK_INTERFACES, BL_TRACK_SCRIPTS, BL_TRACK_PROCESSES, BL_TRACK_FILES, BL_DELAYS, BL_LINKBEATS, BL_VIP_LINE,
	BL_ROUTE_LINE, BL_NEXTHOP_LINE, BL_RULE_LINE, BL_TRACK_LINE, BL_PEER_LINE, BL_TIMEOUTS_LINE, BL_SYNC_LINE, BL_GLOBAL_DEFS,
	BL_NOTIFY_TABLE, BL_SYNC_GROUP, BL_AUTHENTICATION, BL_AUTH_HMAC, BL_INSTANCE, BL_VRRP_SCRIPT, BL_TRACK_PROCESS, BL_TRACK_FILE,
	BL_TRACK_GROUP, BL_GARP_GROUP, BL_SETTINGS, BL_CONNECTION, BL_ANY_CHECK, BL_TCP_CHECK, BL_PING_CHECK, BL_URL, BL_HTTP_GET,
	BL_SSL_GET, BL_SMTP_HOST, BL_SMTP_CHECK, BL_DNS_CHECK, BL_MISC_CHECK, BL_UDP_CHECK, BL_FILE_CHECK, BL_REAL_SERVER,
	BL_VIRTUAL_SERVER, BL_VS_GROUP, BL_SSL, BL_ROOT,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEYS(a) .keys = (a), .count = COUNT(a)
#define OFF(type, field) offsetof(struct type, field)

#define FLAG(word, type, field) { word, 0, OFF(type, field), T_FLAG, 0, 0 }
#define CLEAR(word, type, field) { word, 0, OFF(type, field), T_CLEAR, 0, 0 }
#define BOOL(word, type, field, flags) { word, 0, OFF(type, field), T_BOOL, 0, flags }
#define TEXT(word, type, field) { word, 0, OFF(type, field), T_TEXT, 0, 0 }
#define IFACE(word, type, field) { word, 0, OFF(type, field), T_IFACE, 0, 0 }
#define NUMBER(word, kind, type, field, range, flags) { word, 0, OFF(type, field), kind, range, flags }
#define SCRIPT(word, type, field) { word, 0, OFF(type, field), T_SCRIPT, 0, 0 }
#define CUSTOM(word, number, type, field, flags) { word, number, OFF(type, field), T_CUSTOM, 0, flags }
#define ENUM(word, words, type, field, first, flags) { word, words, OFF(type, field), T_ENUM, first, flags }
#define NAME(word, names, has, type, field, flags) { word, has, OFF(type, field), T_NAME, names, flags }
#define SET(word, value, type, field) { word, 0, OFF(type, field), T_SET, value, 0 }
#define BIT(word, bit, type, field) { word, 0, OFF(type, field), T_BIT, bit, 0 }
#define ADDR(word, type, field) { word, 0, OFF(type, field), T_ADDR, 0, 0 }
#define PREFIX(word, type, field) { word, OFF(type, field##_prefix), OFF(type, field), T_PREFIX, 0, 0 }
/* A number whose presence is kept in a bool. */
#define HAS(word, kind, has, type, field, range, flags) { word, OFF(type, has), OFF(type, field), kind, range, flags }
#define WEIGHT(type, field, reverse, range, flags) { "weight", OFF(type, reverse), OFF(type, field), T_WEIGHT, range, flags }
#define BLOCK(word, block, type, field) { word, block, OFF(type, field), T_BLOCK, 0, 0 }
#define TABLE(title, block, off) { title, block, off, T_TABLE, 0, 0 }
/* Several words, each ended by NUL. */
#define IGNORED(words, why) { words, why, 0, T_IGNORED, 0, 0 }
#define REFUSED(words, instead) { words, instead, 0, T_REFUSED, 0, 0 }
#define LINES(kind_, type) { NULL, sizeof(struct type), 0, kind_, 0 }


static const struct keyword vip_keys[] = {
	IFACE("dev", vip_conf, dev),
	FLAG("use_vmac", vip_conf, use_vmac),
	NAME("scope", NAMES_SCOPE, 0, vip_conf, scope, 0),
	CUSTOM("brd", C_BROADCAST, vip_conf, broadcast, 0),
	CUSTOM("broadcast", C_BROADCAST, vip_conf, broadcast, K_ALIAS),
	IFACE("label", vip_conf, label),
	ADDR("peer", vip_conf, peer),
	BIT("home", 4, vip_conf, flags),
	BIT("mngtmpaddr", 8, vip_conf, flags),
	BIT("noprefixroute", 9, vip_conf, flags),
	BIT("autojoin", 10, vip_conf, flags),
	FLAG("-nodad", vip_conf, dad),
	FLAG("no_track", vip_conf, no_track),
	CUSTOM("preferred_lft", C_PREFERRED, vip_conf, preferred_lft_s, 0),
	TEXT("track_group", vip_conf, track_group),
};

#define METRIC(word, number) { word, C_METRIC, OFF(route_conf, metrics), T_CUSTOM, number, 0 }
static const struct keyword route_keys[] = {
	SET("inet", AF_INET, route_conf, family),
	SET("inet6", AF_INET6, route_conf, family),
	ADDR("src", route_conf, src),
	PREFIX("from", route_conf, from),
	CUSTOM("via", C_VIA, route_conf, via, 0),
	CUSTOM("gw", C_VIA, route_conf, via, K_ALIAS),
	CUSTOM("or", C_OR, route_conf, via, K_ALIAS),
	IFACE("dev", route_conf, dev),
	{ "oif", 0, OFF(route_conf, dev), T_IFACE, 0, K_ALIAS },
	FLAG("onlink", route_conf, onlink),
	CUSTOM("table", C_TABLE, route_conf, table, 0),
	IFACE("vrf", route_conf, vrf),
	NAME("scope", NAMES_SCOPE, 0, route_conf, scope, 0),
	NUMBER("tos", T_U8, route_conf, tos, R_0_255, K_BASE),
	NUMBER("dsfield", T_U8, route_conf, tos, R_0_255, K_BASE | K_ALIAS),
	NAME("protocol", NAMES_ROUTE_PROTOCOL, 0, route_conf, protocol, K_ALWAYS),
	HAS("metric", T_U32, has_metric, route_conf, metric, R_ALL, 0),
	HAS("priority", T_U32, has_metric, route_conf, metric, R_ALL, K_ALIAS),
	HAS("preference", T_U32, has_metric, route_conf, metric, R_ALL, K_ALIAS),
	CUSTOM("realms", C_REALMS, route_conf, realms, 0),
	HAS("expires", T_U32, has_expires, route_conf, expires_s, R_ALL, 0),
	NAME("pref", NAMES_PREF, OFF(route_conf, has_pref), route_conf, pref, 0),
	ENUM("ttl-propagate", TX_WORDS_TTL_PROPAGATE, route_conf, ttl_propagate, 0, K_ALWAYS),
	METRIC("mtu", RTAX_MTU),
	METRIC("hoplimit", RTAX_HOPLIMIT),
	METRIC("advmss", RTAX_ADVMSS),
	METRIC("rtt", RTAX_RTT),
	METRIC("rttvar", RTAX_RTTVAR),
	METRIC("reordering", RTAX_REORDERING),
	METRIC("window", RTAX_WINDOW),
	METRIC("cwnd", RTAX_CWND),
	METRIC("ssthresh", RTAX_SSTHRESH),
	METRIC("rto_min", RTAX_RTO_MIN),
	METRIC("initcwnd", RTAX_INITCWND),
	METRIC("initrwnd", RTAX_INITRWND),
	METRIC("quickack", RTAX_QUICKACK),
	METRIC("fastopen_no_cookie", RTAX_FASTOPEN_NO_COOKIE),
	CUSTOM("features", C_FEATURES, route_conf, metrics, 0),
	CUSTOM("congctl", C_CONGCTL, route_conf, congctl, 0),
	SET("prepend", ROUTE_PREPEND, route_conf, order),
	SET("add", ROUTE_ADD, route_conf, order),
	SET("append", ROUTE_APPEND, route_conf, order),
	FLAG("no_track", route_conf, no_track),
	TEXT("track_group", route_conf, track_group),
	REFUSED("encap\0", TX_WHY_ENCAP),
};

static const struct keyword nexthop_keys[] = {
	CUSTOM("via", C_VIA, nexthop_conf, via, 0),
	IFACE("dev", nexthop_conf, dev),
	NUMBER("weight", T_U16, nexthop_conf, weight, R_1_256, K_CLAMP),
	FLAG("onlink", nexthop_conf, onlink),
	CUSTOM("realms", C_REALMS, nexthop_conf, realms, 0),
};

static const struct keyword rule_keys[] = {
	SET("inet", AF_INET, rule_conf, family),
	SET("inet6", AF_INET6, rule_conf, family),
	FLAG("not", rule_conf, invert),
	PREFIX("from", rule_conf, from),
	PREFIX("to", rule_conf, to),
	NUMBER("preference", T_U32, rule_conf, preference, R_ALL, K_BASE | K_ALWAYS),
	NUMBER("priority", T_U32, rule_conf, preference, R_ALL, K_BASE | K_ALIAS),
	NUMBER("order", T_U32, rule_conf, preference, R_ALL, K_BASE | K_ALIAS),
	NUMBER("tos", T_U8, rule_conf, tos, R_0_255, K_BASE),
	NUMBER("dsfield", T_U8, rule_conf, tos, R_0_255, K_BASE | K_ALIAS),
	CUSTOM("fwmark", C_FWMARK, rule_conf, fwmark, 0),
	IFACE("iif", rule_conf, iif),
	{ "dev", 0, OFF(rule_conf, iif), T_IFACE, 0, K_ALIAS },
	IFACE("oif", rule_conf, oif),
	CUSTOM("tunnel-id", C_TUNNEL_ID, rule_conf, tunnel_id, 0),
	HAS("uidrange", T_SPAN32, has_uid_range, rule_conf, uid_first, R_ALL, 0),
	NAME("ipproto", NAMES_IP_PROTO, OFF(rule_conf, has_ip_proto), rule_conf, ip_proto, 0),
	NAME("ip_proto", NAMES_IP_PROTO, OFF(rule_conf, has_ip_proto), rule_conf, ip_proto, K_ALIAS),
	HAS("sport", T_SPAN16, has_sport, rule_conf, sport_first, R_PORT, 0),
	HAS("dport", T_SPAN16, has_dport, rule_conf, dport_first, R_PORT, 0),
	NAME("protocol", NAMES_ROUTE_PROTOCOL, OFF(rule_conf, has_protocol), rule_conf, protocol, 0),
	CUSTOM("table", C_TABLE, rule_conf, table, 0),
	CUSTOM("lookup", C_TABLE, rule_conf, table, K_ALIAS),
	FLAG("l3mdev", rule_conf, l3mdev),
	NUMBER("goto", T_U32, rule_conf, goto_target, R_ALL, 0),
	SET("nop", 3, rule_conf, action),
	SET("blackhole", 6, rule_conf, action),
	SET("unreachable", 7, rule_conf, action),
	SET("prohibit", 8, rule_conf, action),
	CUSTOM("realms", C_REALMS, rule_conf, realms, 0),
	NUMBER("suppress_prefixlength", T_INT, rule_conf, suppress_prefixlen, R_0_INT, K_ALWAYS),
	NUMBER("sup_pl", T_INT, rule_conf, suppress_prefixlen, R_0_INT, K_ALIAS),
	HAS("suppress_ifgroup", T_U32, has_suppress_group, rule_conf, suppress_group, R_0_INT, 0),
	HAS("sup_group", T_U32, has_suppress_group, rule_conf, suppress_group, R_0_INT, K_ALIAS),
	FLAG("no_track", rule_conf, no_track),
	TEXT("track_group", rule_conf, track_group),
};

static const struct keyword track_keys[] = {
	WEIGHT(track_conf, weight, reverse, R_WEIGHT, K_HAS),
};

static const struct keyword peer_keys[] = {
	NUMBER("min_ttl", T_U8, peer_conf, min_ttl, R_0_255, 0),
	{ "max_ttl", 0, OFF(peer_conf, max_ttl), T_U8, R_0_255, K_ALWAYS },
};


static const struct keyword timeout_keys[] = {
	NUMBER("tcp", T_U32, global_conf, lvs_timeout_tcp_s, R_MONTH, 0),
	NUMBER("tcpfin", T_U32, global_conf, lvs_timeout_tcpfin_s, R_MONTH, 0),
	NUMBER("udp", T_U32, global_conf, lvs_timeout_udp_s, R_MONTH, 0),
};

static const struct keyword sync_keys[] = {
	TEXT("inst", global_conf, lvs_sync.instance),
	NUMBER("id", T_INT, global_conf, lvs_sync.id, R_0_255, K_ALWAYS),
	NUMBER("maxlen", T_U16, global_conf, lvs_sync.maxlen, R_MAXLEN, 0),
	NUMBER("port", T_U16, global_conf, lvs_sync.port, R_PORT, 0),
	NUMBER("ttl", T_U8, global_conf, lvs_sync.ttl, R_1_255, 0),
	ADDR("group", global_conf, lvs_sync.group),
};


/* global_defs */
static const struct keyword global_keys[] = {
	TEXT("router_id", global_conf, router_id),
	BLOCK("notification_email", BL_NAMES, global_conf, mail_to),
	TEXT("notification_email_from", global_conf, mail_from),
	CUSTOM("smtp_server", C_SMTP_SERVER, global_conf, smtp_server, 0),
	TEXT("smtp_helo_name", global_conf, smtp_helo),
	NUMBER("smtp_connect_timeout", T_WHOLE, global_conf, smtp_timeout_us, R_SMTP_TIMEOUT, K_CLAMP),
	BOOL("smtp_alert", global_conf, smtp_alert, 0),
	BOOL("smtp_alert_vrrp", global_conf, smtp_alert_vrrp, K_ALWAYS),
	BOOL("smtp_alert_checker", global_conf, smtp_alert_checker, K_ALWAYS),
	CLEAR("no_email_faults", global_conf, email_faults),
	BOOL("no_checker_emails", global_conf, no_checker_emails, 0),
	{ "script_user", 0, OFF(global_conf, script_user), T_USER, 0, 0 },
	FLAG("enable_script_security", global_conf, script_security),
	BOOL("use_symlink_paths", global_conf, use_symlink_paths, 0),
	FLAG("set_supplementary_groups", global_conf, set_supplementary_groups),
	SCRIPT("startup_script", global_conf, startup_script),
	NUMBER("startup_script_timeout", T_WHOLE, global_conf, startup_timeout_us, R_1_1000, 0),
	SCRIPT("shutdown_script", global_conf, shutdown_script),
	NUMBER("shutdown_script_timeout", T_WHOLE, global_conf, shutdown_timeout_us, R_1_1000, 0),
	CUSTOM("notify_fifo", C_FIFO, global_conf, notify_fifo, 0),
	SCRIPT("notify_fifo_script", global_conf, notify_fifo.script),
	CUSTOM("vrrp_notify_fifo", C_FIFO, global_conf, vrrp_notify_fifo, 0),
	SCRIPT("vrrp_notify_fifo_script", global_conf, vrrp_notify_fifo.script),
	CUSTOM("lvs_notify_fifo", C_FIFO, global_conf, lvs_notify_fifo, 0),
	SCRIPT("lvs_notify_fifo_script", global_conf, lvs_notify_fifo.script),
	FLAG("fifo_write_vrrp_states_on_reload", global_conf, fifo_write_vrrp_states_on_reload),
	BOOL("vrrp_notify_priority_changes", global_conf, notify_priority_changes, 0),
	CUSTOM("dynamic_interfaces", C_DYNAMIC_INTERFACES, global_conf, dynamic_interfaces, 0),
	IFACE("default_interface", global_conf, default_interface),
	NUMBER("vrrp_version", T_U8, global_conf, version, R_2_3, 0),
	ADDR("vrrp_mcast_group4", global_conf, mcast_group4),
	ADDR("vrrp_mcast_group6", global_conf, mcast_group6),
	BOOL("vrrp_strict", global_conf, strict, 0),
	BOOL("v3_checksum_as_v2", global_conf, checksum_without_pseudo, 0),
	BOOL("vrrp_check_unicast_src", global_conf, check_unicast_src, 0),
	BOOL("vrrp_skip_check_adv_addr", global_conf, skip_check_adv_addr, 0),
	BOOL("vrrp_lower_prio_no_advert", global_conf, lower_prio_no_advert, 0),
	BOOL("vrrp_higher_prio_send_advert", global_conf, higher_prio_send_advert, 0),
	BOOL("vrrp_owner_ignore_adverts", global_conf, owner_ignore_adverts, 0),
	NUMBER("vrrp_down_timer_adverts", T_U32, global_conf, down_timer_adverts, R_1_100, 0),
	NUMBER("vrrp_startup_delay", T_SECS, global_conf, startup_delay_us, R_SECS, 0),
	NUMBER("vrrp_delay_after_boot", T_SECS, global_conf, delay_after_boot_us, R_SECS, 0),
	NUMBER("vrrp_garp_master_delay", T_WHOLE, global_conf, garp.master_delay_us, R_ALL, K_ALWAYS),
	NUMBER("vrrp_garp_master_repeat", T_U32, global_conf, garp.master_repeat, R_1_ALL, K_CLAMP),
	NUMBER("vrrp_garp_master_refresh", T_WHOLE, global_conf, garp.refresh_us, R_ALL, 0),
	NUMBER("vrrp_garp_master_refresh_repeat", T_U32, global_conf, garp.refresh_repeat, R_1_ALL, K_CLAMP),
	NUMBER("vrrp_garp_lower_prio_delay", T_WHOLE, global_conf, garp.lower_delay_us, R_ALL, K_ALWAYS),
	NUMBER("vrrp_garp_lower_prio_repeat", T_U32, global_conf, garp.lower_repeat, R_ALL, K_ALWAYS),
	NUMBER("vrrp_garp_interval", T_SECS, global_conf, garp_interval_us, R_SECS, 0),
	NUMBER("vrrp_gna_interval", T_SECS, global_conf, gna_interval_us, R_SECS, 0),
	CUSTOM("vrrp_min_garp", C_MIN_GARP, global_conf, garp, K_ALIAS),
	CUSTOM("vrrp_garp_extra_if", C_GARP_EXTRA, global_conf, garp_extra_interval_us, 0),
	CUSTOM("vrrp_vmac_garp_intvl", C_GARP_EXTRA, global_conf, garp_extra_interval_us, K_ALIAS),
	TEXT("vmac_prefix", global_conf, vmac_name_prefix),
	TEXT("vmac_addr_prefix", global_conf, vmac_addr_name_prefix),
	FLAG("log_unknown_vrids", global_conf, log_unknown_vrids),
	FLAG("disable_local_igmp", global_conf, disable_local_igmp),
	CUSTOM("vrrp_iptables", C_IPTABLES, global_conf, bare_iptables, 0),
	{ "nftables", TX_DEFAULT_NFTABLES, OFF(global_conf, nft_table), T_OPTTEXT, 0, 0 },
	NUMBER("nftables_priority", T_INT, global_conf, nft_priority, R_INT, K_ALWAYS),
	FLAG("nftables_counters", global_conf, nft_counters),
	CUSTOM("vrrp_rx_bufs_policy", C_RX_POLICY, global_conf, rx_bufs_policy, 0),
	NUMBER("vrrp_rx_bufs_multiplier", T_U32, global_conf, rx_bufs_multiplier, R_1_ALL, 0),
	NUMBER("vrrp_priority", T_INT, global_conf, nice, R_NICE, 0),
	NUMBER("vrrp_rt_priority", T_INT, global_conf, realtime_priority, R_REALTIME, K_CLAMP),
	NUMBER("vrrp_rlimit_rttime", T_U32, global_conf, realtime_limit_us, R_1_ALL, 0),
	NUMBER("vrrp_rlimit_rtime", T_U32, global_conf, realtime_limit_us, R_1_ALL, K_ALIAS),
	FLAG("vrrp_no_swap", global_conf, no_swap),
	CUSTOM("umask", C_UMASK, global_conf, umask, 0),
	TEXT("state_file_location", global_conf, state_file),
	{ "state_dump_file", 0, OFF(global_conf, state_file), T_TEXT, 0, K_ALIAS },
	TEXT("stats_file_location", global_conf, stats_file),
	{ "stats_dump_file", 0, OFF(global_conf, stats_file), T_TEXT, 0, K_ALIAS },
	TEXT("json_file_location", global_conf, json_file),
	{ "json_dump_file", 0, OFF(global_conf, json_file), T_TEXT, 0, K_ALIAS },
	NUMBER("json_version", T_U8, global_conf, json_version, R_1_2, 0),
	BOOL("data_use_instance", global_conf, data_use_instance, 0),
	BOOL("checker_log_all_failures", global_conf, checker_log_all_failures, 0),
	BOOL("rs_init_notifies", global_conf, rs_init_notifies, 0),
	FLAG("lvs_flush", global_conf, lvs_flush),
	CUSTOM("lvs_flush_on_stop", C_LVS_FLUSH, global_conf, lvs_flush_on_stop, 0),
	CUSTOM("lvs_flush_onstop", C_LVS_FLUSH, global_conf, lvs_flush_on_stop, K_ALIAS),
	CUSTOM("lvs_timeouts", C_LVS_TIMEOUTS, global_conf, lvs_timeout_tcp_s, 0),
	CUSTOM("lvs_sync_daemon", C_LVS_SYNC, global_conf, lvs_sync, 0),
	REFUSED("reload_time_file\0", TX_WHY_RELOAD_TIME_FILE),
	IGNORED("reload_repeat\0", TX_WHY_RELOAD_REPEAT),
	REFUSED("reload_file\0", TX_WHY_RELOAD_FILE),
	IGNORED("reload_check_config\0", TX_RELOAD_CHECKED),
	CUSTOM("include_check", C_LEXERS, global_conf, router_id, K_ALIAS),
	IGNORED("config_save_dir\0tmp_config_directory\0", TX_NEVER_COPIED),
	CUSTOM("random_seed", C_LEXERS, global_conf, router_id, K_ALIAS),
	IGNORED("iproute_usr_dir\0", TX_WHY_IPROUTE_USR_DIR),
	IGNORED("iproute_etc_dir\0", TX_WHY_IPROUTE_ETC_DIR),
	IGNORED("vrrp_ipsets\0nftables_ifindex\0", TX_NO_IPSETS),
	IGNORED("nftables_ipvs\0nftables_ipvs_priority\0nftables_ipvs_start_fwmark\0", TX_NO_IPVS_NFT),
	IGNORED("process_names\0process_name\0vrrp_process_name\0checker_process_name\0lvs_process_name\0"
		"bfd_process_name\0", TX_ONE_NAME),
	IGNORED("max_auto_priority\0min_auto_priority_delay\0", TX_NO_AUTO),
	IGNORED("vrrp_cpu_affinity\0checker_cpu_affinity\0bfd_cpu_affinity\0", TX_NO_AFFINITY),
	IGNORED("checker_priority\0checker_no_swap\0checker_rt_priority\0checker_rlimit_rttime\0checker_rlimit_rtime\0"
		"bfd_priority\0bfd_no_swap\0bfd_rt_priority\0bfd_rlimit_rttime\0bfd_rlimit_rtime\0", TX_ONE_PROCESS),
	IGNORED("vrrp_netlink_cmd_rcv_bufs\0vrrp_netlink_cmd_rcv_bufs_force\0vrrp_netlink_monitor_rcv_bufs\0"
		"vrrp_netlink_monitor_rcv_bufs_force\0lvs_netlink_cmd_rcv_bufs\0lvs_netlink_cmd_rcv_bufs_force\0"
		"lvs_netlink_monitor_rcv_bufs\0lvs_netlink_monitor_rcv_bufs_force\0process_monitor_rcv_bufs\0"
		"process_monitor_rcv_bufs_force\0", TX_NO_OVERRUN),
	IGNORED("snmp_socket\0enable_traps\0enable_snmp_vrrp\0enable_snmp_keepalived\0enable_snmp_checker\0"
		"enable_snmp_rfc\0enable_snmp_rfcv2\0enable_snmp_rfcv3\0snmp_vs_stats_update_interval\0"
		"snmp_rs_stats_update_interval\0", TX_NO_SNMP),
	IGNORED("enable_dbus\0dbus_service_name\0dbus_no_interface_name\0", TX_NO_DBUS),
	IGNORED("lvs_id\0", TX_OLD_NOTHING),
};

/* What instances and groups tell */
static const struct keyword notify_keys[] = {
	SCRIPT("notify_master", notify_conf, master),
	SCRIPT("notify_backup", notify_conf, backup),
	SCRIPT("notify_fault", notify_conf, fault),
	SCRIPT("notify_stop", notify_conf, stop),
	CUSTOM("notify_deleted", C_NOTIFY_DELETED, notify_conf, deleted, 0),
	SCRIPT("notify", notify_conf, any),
	BOOL("notify_priority_changes", notify_conf, priority_changes, K_ALWAYS),
	BOOL("smtp_alert", notify_conf, smtp_alert, K_ALWAYS),
};

#define TRACKS(type) \
	BLOCK("track_interface", BL_TRACK_INTERFACES, type, track_interfaces), \
	BLOCK("track_script", BL_TRACK_SCRIPTS, type, track_scripts), \
	BLOCK("track_process", BL_TRACK_PROCESSES, type, track_processes), \
	BLOCK("track_file", BL_TRACK_FILES, type, track_files), \
	REFUSED("track_bfd\0", TX_NO_BFD)

/* vrrp_sync_group */
static const struct keyword group_keys[] = {
	BLOCK("group", BL_GROUP_NAMES, group_conf, members),
	TRACKS(group_conf),
	TABLE("vrrp_instance and vrrp_sync_group", BL_NOTIFY_TABLE, OFF(group_conf, notify)),
	FLAG("sync_group_tracking_weight", group_conf, tracking_weight),
	{ "global_tracking", 0, OFF(group_conf, global_tracking), T_FLAG, 0, K_ALIAS },
};

/* vrrp_instance */
static const struct keyword auth_keys[] = {
	ENUM("auth_type", TX_WORDS_AUTH_TYPE, vrrp_conf, auth_type, 1, 0),
	CUSTOM("auth_pass", C_AUTH_PASS, vrrp_conf, auth_data, K_SECRET),
};

static const struct keyword hmac_keys[] = {
	CUSTOM("key", C_HMAC_KEY, hmac_conf, keys, K_SECRET),
	NUMBER("active_key", T_U8, hmac_conf, active_key, R_1_255, 0),
	ENUM("anti_replay", TX_WORDS_ANTI_REPLAY, hmac_conf, monotonic, 0, K_ALWAYS),
	NUMBER("time_window", T_U32, hmac_conf, time_window_s, R_WINDOW, 0),
	ENUM("mode", TX_WORDS_MODE, hmac_conf, mode, 0, K_ALWAYS),
};

static const struct keyword instance_keys[] = {
	CUSTOM("state", C_STATE, vrrp_conf, start_master, 0),
	IFACE("interface", vrrp_conf, interface),
	IFACE("vrf", vrrp_conf, vrf),
	NUMBER("virtual_router_id", T_U8, vrrp_conf, vrid, R_1_255, 0),
	CUSTOM("native_ipv6", C_NATIVE_IPV6, vrrp_conf, family, 0),
	CUSTOM("version", C_VERSION, vrrp_conf, version, 0),
	CUSTOM("priority", C_PRIORITY, vrrp_conf, priority, 0),
	NUMBER("advert_int", T_SECS32, vrrp_conf, advert_us, R_ADVERT, 0),
	NUMBER("down_timer_adverts", T_U32, vrrp_conf, down_timer_adverts, R_1_100, 0),
	FLAG("nopreempt", vrrp_conf, nopreempt),
	{ "preempt", 0, OFF(vrrp_conf, nopreempt), T_CLEAR, 0, K_ALIAS },
	NUMBER("preempt_delay", T_SECS, vrrp_conf, preempt_delay_us, R_PREEMPT, 0),
	CUSTOM("timer_expired_backup", C_TIMER_EXPIRED, vrrp_conf, timer_expired_backup, 0),
	CUSTOM("thread_timer_expired", C_TIMER_EXPIRED, vrrp_conf, timer_expired_backup, K_ALIAS),
	CUSTOM("mcast_src_ip", C_MCAST_SRC, vrrp_conf, source, 0),
	CUSTOM("unicast_src_ip", C_UNICAST_SRC, vrrp_conf, source, 0),
	FLAG("track_src_ip", vrrp_conf, track_source),
	CUSTOM("mcast_dst_ip", C_MCAST_DST, vrrp_conf, mcast_group, 0),
	BLOCK("unicast_peer", BL_PEERS, vrrp_conf, peers),
	CUSTOM("unicast_fault_no_peer", C_UNICAST_FLAG, vrrp_conf, unicast_fault_no_peer, 0),
	NUMBER("unicast_ttl", T_INT, vrrp_conf, unicast_ttl, R_0_255, K_ALWAYS),
	CUSTOM("check_unicast_src", C_UNICAST_FLAG, vrrp_conf, check_unicast_src, 0),
	CUSTOM("old_unicast_checksum", C_OLD_CHECKSUM, vrrp_conf, old_unicast_checksum, 0),
	BOOL("v3_checksum_as_v2", vrrp_conf, checksum_without_pseudo, K_ALWAYS),
	BOOL("skip_check_adv_addr", vrrp_conf, skip_check_adv_addr, K_ALWAYS),
	BOOL("strict_mode", vrrp_conf, strict, K_ALWAYS),
	FLAG("accept", vrrp_conf, accept),
	CLEAR("no_accept", vrrp_conf, accept),
	BOOL("lower_prio_no_advert", vrrp_conf, lower_prio_no_advert, K_ALWAYS),
	BOOL("higher_prio_send_advert", vrrp_conf, higher_prio_send_advert, K_ALWAYS),
	BOOL("owner_ignore_adverts", vrrp_conf, owner_ignore_adverts, K_ALWAYS),
	NUMBER("garp_master_delay", T_WHOLE, vrrp_conf, garp.master_delay_us, R_ALL, K_ALWAYS),
	NUMBER("garp_master_repeat", T_U32, vrrp_conf, garp.master_repeat, R_1_ALL, K_CLAMP),
	NUMBER("garp_master_refresh", T_WHOLE, vrrp_conf, garp.refresh_us, R_ALL, K_ALWAYS),
	NUMBER("garp_master_refresh_repeat", T_U32, vrrp_conf, garp.refresh_repeat, R_1_ALL, K_CLAMP),
	NUMBER("garp_lower_prio_delay", T_WHOLE, vrrp_conf, garp.lower_delay_us, R_ALL, K_ALWAYS),
	NUMBER("garp_lower_prio_repeat", T_U32, vrrp_conf, garp.lower_repeat, R_ALL, K_ALWAYS),
	CUSTOM("garp_extra_if", C_GARP_EXTRA, vrrp_conf, garp_extra_interval_us, K_ALWAYS),
	CUSTOM("vmac_garp_intvl", C_GARP_EXTRA, vrrp_conf, garp_extra_interval_us, K_ALIAS),
	BLOCK("authentication", BL_AUTHENTICATION, vrrp_conf, node),
	BLOCK("auth_hmac", BL_AUTH_HMAC, vrrp_conf, hmac),
	BLOCK("virtual_ipaddress", BL_VIPS, vrrp_conf, vips),
	BLOCK("virtual_ipaddress_excluded", BL_EVIPS, vrrp_conf, evips),
	FLAG("no_virtual_ipaddress", vrrp_conf, no_virtual_ipaddress),
	BLOCK("virtual_routes", BL_ROUTES, vrrp_conf, routes),
	BLOCK("virtual_rules", BL_RULES, vrrp_conf, rules),
	FLAG("promote_secondaries", vrrp_conf, promote_secondaries),
	CUSTOM("use_vmac", C_VMAC, vrrp_conf, use_vmac, 0),
	FLAG("use_vmac_addr", vrrp_conf, use_vmac_addr),
	FLAG("vmac_xmit_base", vrrp_conf, vmac_xmit_base),
	CUSTOM("use_ipvlan", C_IPVLAN, vrrp_conf, use_ipvlan, 0),
	FLAG("dont_track_primary", vrrp_conf, dont_track_primary),
	FLAG("linkbeat_use_polling", vrrp_conf, linkbeat_use_polling),
	TRACKS(vrrp_conf),
	SCRIPT("notify_master_rx_lower_pri", vrrp_conf, notify.master_rx_lower_pri),
	TABLE("vrrp_instance and vrrp_sync_group", BL_NOTIFY_TABLE, OFF(vrrp_conf, notify)),
	NUMBER("kernel_rx_buf_size", T_U32, vrrp_conf, rx_buf_size, R_ALL, 0),
	NUMBER("debug", T_U32, vrrp_conf, debug, R_0_4, 0),
	CUSTOM("lvs_sync_daemon_interface", C_INSTANCE_SYNC, vrrp_conf, name, K_ALIAS),
	CUSTOM("lvs_sync_daemon_inteface", C_INSTANCE_SYNC, vrrp_conf, name, K_ALIAS),
};

/* Tracked things */
static const struct keyword script_keys[] = {
	CUSTOM("script", C_COMMAND, vrrp_script_conf, script, 0),
	NUMBER("interval", T_SECS, vrrp_script_conf, interval_us, R_SECS, 0),
	NUMBER("timeout", T_SECS, vrrp_script_conf, timeout_us, R_SECS, 0),
	WEIGHT(vrrp_script_conf, weight, reverse, R_WEIGHT, 0),
	NUMBER("rise", T_U32, vrrp_script_conf, rise, R_1_INT, K_CLAMP),
	NUMBER("fall", T_U32, vrrp_script_conf, fall, R_1_INT, K_CLAMP),
	{ "user", 0, OFF(vrrp_script_conf, script.user), T_USER, 0, 0 },
	FLAG("init_fail", vrrp_script_conf, init_fail),
};

static const struct keyword process_keys[] = {
	CUSTOM("process", C_PROCESS, track_process_conf, process, 0),
	CUSTOM("param_match", C_PARAM_MATCH, track_process_conf, param_match, 0),
	WEIGHT(track_process_conf, weight, reverse, R_WEIGHT_254, 0),
	NUMBER("quorum", T_U32, track_process_conf, quorum, R_PORT, K_ALWAYS),
	{ "quorum_max", 0, OFF(track_process_conf, quorum_max), T_U32, R_0_65535, K_ALWAYS },
	NUMBER("fork_delay", T_SECS, track_process_conf, fork_delay_us, R_HOUR, 0),
	NUMBER("terminate_delay", T_SECS, track_process_conf, terminate_delay_us, R_HOUR, 0),
	CUSTOM("delay", C_DELAY, track_process_conf, fork_delay_us, K_ALIAS),
	FLAG("full_command", track_process_conf, full_command),
};

static const struct keyword file_keys[] = {
	TEXT("file", track_file_conf, path),
	WEIGHT(track_file_conf, weight, reverse, R_INT, K_ALWAYS),
	CUSTOM("init_file", C_INIT_FILE, track_file_conf, init_create, 0),
};

static const struct keyword track_group_keys[] = {
	BLOCK("group", BL_GROUP_NAMES, track_group_conf, members),
};

static const struct keyword garp_keys[] = {
	NUMBER("garp_interval", T_SECS, garp_group_conf, garp_interval_us, R_SECS, 0),
	NUMBER("gna_interval", T_SECS, garp_group_conf, gna_interval_us, R_SECS, 0),
	CUSTOM("interface", C_GARP_INTERFACE, garp_group_conf, interfaces, K_ALIAS),
	BLOCK("interfaces", BL_NAMES, garp_group_conf, interfaces),
};


/* Checkers. What may stand at three levels: */
static const struct keyword settings_keys[] = {
	NUMBER("delay_loop", T_SECS, check_settings, delay_loop_us, R_SECS_1, 0),
	NUMBER("delay_before_retry", T_SECS, check_settings, delay_before_retry_us, R_SECS, K_ALWAYS),
	NUMBER("connect_timeout", T_SECS, check_settings, connect_timeout_us, R_SECS_1, 0),
	NUMBER("warmup", T_SECS, check_settings, warmup_us, R_SECS, K_ALWAYS),
	NUMBER("retry", T_U32, check_settings, retry, R_ALL, K_ALWAYS),
	BOOL("alpha", check_settings, alpha, K_ALWAYS),
};

static const struct keyword connection_keys[] = {
	ADDR("connect_ip", check_conf, connect_ip),
	NUMBER("connect_port", T_U16, check_conf, connect_port, R_PORT, 0),
	ADDR("bindto", check_conf, bindto),
	NUMBER("bind_port", T_U16, check_conf, bind_port, R_PORT, 0),
	IFACE("bind_if", check_conf, bind_if),
	NUMBER("fwmark", T_U32, check_conf, fwmark, R_ALL, K_BASE),
};
static const struct keyword any_check_keys[] = {
	TABLE("virtual_server, real_server, every checker", BL_SETTINGS, OFF(check_conf, set)),
	BOOL("log_all_failures", check_conf, log_all_failures, 0),
};
#define CHECKER TABLE("every checker", BL_ANY_CHECK, 0)
#define CONNECTS TABLE("every checker but MISC_CHECK and FILE_CHECK", BL_CONNECTION, 0)
#define CHECK_BLOCK(keys, number) { KEYS(keys), .size = sizeof(struct check_conf), .kind = B_CHECK + (number) }

static const struct keyword plain_check_keys[] = {
	CONNECTS,
	CHECKER,
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

static const struct keyword url_keys[] = {
	TEXT("path", url_conf, path),
	CUSTOM("digest", C_DIGEST, url_conf, digest, 0),
	CUSTOM("status_code", C_STATUS, url_conf, status, 0),
	TEXT("virtualhost", url_conf, virtualhost),
	BOOL("tls_compliant", url_conf, tls_compliant, 0),
	REFUSED("regex\0", TX_NO_REGEX),
	IGNORED("regex_no_match\0regex_options\0regex_min_offset\0regex_max_offset\0regex_stack\0", TX_NO_REGEX),
};

static const struct keyword http_keys[] = {
	CONNECTS,
	CHECKER,
	{ "nb_get_retry", 0, OFF(check_conf, set.retry), T_U32, R_ALL, K_ALIAS },
	TEXT("virtualhost", check_conf, u.http.virtualhost),
	ENUM("http_protocol", TX_WORDS_HTTP_PROTOCOL, check_conf, u.http.version, 0, K_ALWAYS),
	BOOL("enable_sni", check_conf, u.http.enable_sni, 0),
	TEXT("sni_name", check_conf, u.http.sni_name),
	BOOL("fast_recovery", check_conf, u.http.fast_recovery, 0),
	BOOL("tls_compliant", check_conf, u.http.tls_compliant, 0),
	BLOCK("url", BL_URL, check_conf, u.http.urls),
};

static const struct keyword smtp_keys[] = {
	CONNECTS,
	CHECKER,
	TEXT("helo_name", check_conf, u.smtp.helo),
	{ "host", BL_SMTP_HOST, 0, T_BLOCK, 0, K_ALIAS },
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

static const struct keyword dns_keys[] = {
	CONNECTS,
	CHECKER,
	NAME("type", NAMES_DNS, 0, check_conf, u.dns.type, K_ALWAYS),
	TEXT("name", check_conf, u.dns.name),
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

static const struct keyword misc_keys[] = {
	CHECKER,
	CUSTOM("misc_path", C_MISC_PATH, check_conf, u.misc.script, 0),
	CUSTOM("user", C_MISC_USER, check_conf, u.misc.script, 0),
	NUMBER("misc_timeout", T_WHOLE, check_conf, u.misc.timeout_us, R_SMTP_TIMEOUT, 0),
	FLAG("misc_dynamic", check_conf, u.misc.dynamic),
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

static const struct keyword udp_keys[] = {
	CONNECTS,
	CHECKER,
	CUSTOM("payload", C_PAYLOAD, check_conf, u.udp.payload, 0),
	CUSTOM("require_reply", C_REPLY, check_conf, u.udp.reply, 0),
	NUMBER("min_reply_length", T_U16, check_conf, u.udp.min_reply, R_0_65535, 0),
	{ "max_reply_length", 0, OFF(check_conf, u.udp.max_reply), T_U16, R_0_65535, K_ALWAYS },
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

static const struct keyword file_check_keys[] = {
	TEXT("track_file", check_conf, u.file.name),
	WEIGHT(check_conf, u.file.weight, u.file.reverse, R_INT, K_HAS),
	FLAG("dynamic", check_conf, u.file.dynamic),
};

/* real_server */
#define CHECKERS(word, block) { word, block, OFF(real_server_conf, checks), T_BLOCK, 0, 0 }
static const struct keyword real_keys[] = {
	NUMBER("weight", T_INT, real_server_conf, weight, R_0_65535, K_ALWAYS),
	CUSTOM("lvs_method", C_FORWARD, real_server_conf, forward, 0),
	{ "lb_kind", C_FORWARD, OFF(real_server_conf, forward), T_CUSTOM, 0, K_ALIAS },
	NUMBER("uthreshold", T_U32, real_server_conf, uthreshold, R_ALL, 0),
	NUMBER("lthreshold", T_U32, real_server_conf, lthreshold, R_ALL, 0),
	BOOL("inhibit_on_failure", real_server_conf, inhibit, K_ALWAYS),
	BOOL("smtp_alert", real_server_conf, smtp_alert, K_ALWAYS),
	SCRIPT("notify_up", real_server_conf, notify_up),
	SCRIPT("notify_down", real_server_conf, notify_down),
	TEXT("virtualhost", real_server_conf, virtualhost),
	TABLE("virtual_server, real_server, every checker", BL_SETTINGS, OFF(real_server_conf, set)),
	IGNORED("snmp_name\0", TX_NO_SNMP),
	CHECKERS("TCP_CHECK", BL_TCP_CHECK),
	CHECKERS("HTTP_GET", BL_HTTP_GET),
	CHECKERS("SSL_GET", BL_SSL_GET),
	CHECKERS("SMTP_CHECK", BL_SMTP_CHECK),
	CHECKERS("DNS_CHECK", BL_DNS_CHECK),
	CHECKERS("MISC_CHECK", BL_MISC_CHECK),
	CHECKERS("UDP_CHECK", BL_UDP_CHECK),
	CHECKERS("PING_CHECK", BL_PING_CHECK),
	CHECKERS("FILE_CHECK", BL_FILE_CHECK),
	REFUSED("BFD_CHECK\0", TX_WHY_BFD_CHECK),
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};

/* virtual_server */
static const struct keyword virtual_keys[] = {
	NAME("ip_family", NAMES_FAMILY, 0, virtual_server_conf, family, 0),
	NAME("protocol", NAMES_LVS_PROTOCOL, 0, virtual_server_conf, protocol, 0),
	CUSTOM("lvs_sched", C_SCHEDULER, virtual_server_conf, scheduler, 0),
	CUSTOM("lb_algo", C_SCHEDULER, virtual_server_conf, scheduler, K_ALIAS),
	CUSTOM("lvs_method", C_FORWARD, virtual_server_conf, forward, 0),
	CUSTOM("lb_kind", C_FORWARD, virtual_server_conf, forward, K_ALIAS),
	BIT("ops", 2, virtual_server_conf, flags),
	BIT("flag-1", 3, virtual_server_conf, flags),
	BIT("flag-2", 4, virtual_server_conf, flags),
	BIT("flag-3", 5, virtual_server_conf, flags),
	{ "sh-fallback", C_SCHED_FLAG, OFF(virtual_server_conf, flags), T_CUSTOM, 3, K_ALIAS },
	{ "sh-port", C_SCHED_FLAG, OFF(virtual_server_conf, flags), T_CUSTOM, 4, K_ALIAS },
	{ "mh-fallback", C_SCHED_FLAG, OFF(virtual_server_conf, flags), T_CUSTOM, 3, K_ALIAS },
	{ "mh-port", C_SCHED_FLAG, OFF(virtual_server_conf, flags), T_CUSTOM, 4, K_ALIAS },
	CUSTOM("persistence_timeout", C_PERSISTENCE, virtual_server_conf, persistence_s, 0),
	CUSTOM("persistence_granularity", C_GRANULARITY, virtual_server_conf, persistence_mask, 0),
	TEXT("persistence_engine", virtual_server_conf, persistence_engine),
	FLAG("ha_suspend", virtual_server_conf, ha_suspend),
	FLAG("omega", virtual_server_conf, omega),
	BOOL("inhibit_on_failure", virtual_server_conf, inhibit, 0),
	NUMBER("weight", T_INT, virtual_server_conf, weight, R_PORT, 0),
	NUMBER("quorum", T_U32, virtual_server_conf, quorum, R_1_ALL, K_CLAMP | K_ALWAYS),
	NUMBER("hysteresis", T_U32, virtual_server_conf, hysteresis, R_ALL, 0),
	SCRIPT("quorum_up", virtual_server_conf, quorum_up),
	SCRIPT("quorum_down", virtual_server_conf, quorum_down),
	BOOL("smtp_alert", virtual_server_conf, smtp_alert, K_ALWAYS),
	TEXT("virtualhost", virtual_server_conf, virtualhost),
	TABLE("virtual_server, real_server, every checker", BL_SETTINGS, OFF(virtual_server_conf, set)),
	CUSTOM("sorry_server", C_SORRY, virtual_server_conf, sorry, 0),
	CUSTOM("sorry_server_inhibit", C_SORRY_INHIBIT, virtual_server_conf, sorry, K_ALIAS),
	CUSTOM("sorry_server_lvs_method", C_SORRY_FORWARD, virtual_server_conf, sorry, K_ALIAS),
	BLOCK("real_server", BL_REAL_SERVER, virtual_server_conf, real_servers),
	IGNORED("snmp_name\0", TX_NO_SNMP),
	IGNORED("hashed\0nat_mask\0", TX_OLD_NOTHING),
	IGNORED("nb_get_retry\0", TX_RETRY_INSTEAD),
};


static const struct keyword ssl_keys[] = {
	{ "password", 0, OFF(global_conf, ssl.password), T_TEXT, 0, K_SECRET },
	TEXT("ca", global_conf, ssl.ca),
	TEXT("certificate", global_conf, ssl.certificate),
	TEXT("key", global_conf, ssl.key),
};

/* The file itself */
static const struct keyword root_keys[] = {
	TEXT("net_namespace", config, global.net_namespace),
	{ "net_namespace_ipvs", TX_DEFAULT_NET_NAMESPACE_IPVS, OFF(config, global.net_namespace_ipvs), T_OPTTEXT, 0, 0 },
	IGNORED("namespace_with_ipsets\0", TX_NO_IPSETS),
	TEXT("instance", config, global.instance_name),
	FLAG("use_pid_dir", config, global.use_pid_dir),
	NUMBER("child_wait_time", T_U32, config, global.child_wait_s, R_ALL, K_ALWAYS),
	FLAG("linkbeat_use_polling", config, global.linkbeat_use_polling),
	BLOCK("global_defs", BL_GLOBAL_DEFS, config, global),
	BLOCK("linkbeat_interfaces", BL_LINKBEATS, config, linkbeat),
	BLOCK("interface_up_down_delays", BL_DELAYS, config, interface_delays),
	BLOCK("garp_group", BL_GARP_GROUP, config, garp_groups),
	BLOCK("track_group", BL_TRACK_GROUP, config, track_groups),
	BLOCK("static_ipaddress", BL_STATIC_ADDRESSES, config, static_addresses),
	BLOCK("static_routes", BL_STATIC_ROUTES, config, static_routes),
	BLOCK("static_rules", BL_STATIC_RULES, config, static_rules),
	BLOCK("vrrp_script", BL_VRRP_SCRIPT, config, scripts),
	BLOCK("vrrp_track_process", BL_TRACK_PROCESS, config, processes),
	BLOCK("track_file", BL_TRACK_FILE, config, files),
	{ "vrrp_track_file", BL_TRACK_FILE, OFF(config, files), T_BLOCK, 0, K_ALIAS },
	REFUSED("bfd_instance\0", TX_NO_BFD),
	BLOCK("vrrp_instance", BL_INSTANCE, config, instances),
	BLOCK("vrrp_sync_group", BL_SYNC_GROUP, config, groups),
	BLOCK("SSL", BL_SSL, config, global),
	BLOCK("virtual_server_group", BL_VS_GROUP, config, vs_groups),
	BLOCK("virtual_server", BL_VIRTUAL_SERVER, config, virtual_servers),
};

static const struct block blocks[] = {
	[BL_NAMES] = LINES(L_NAMES, conf_name),
	[BL_GROUP_NAMES] = LINES(L_GROUP_NAMES, conf_name),
	[BL_VIPS] = LINES(L_VIPS, vip_conf),
	[BL_EVIPS] = LINES(L_EVIPS, vip_conf),
	[BL_STATIC_ADDRESSES] = LINES(L_STATIC_ADDRS, vip_conf),
	[BL_ROUTES] = LINES(L_ROUTES, route_conf),
	[BL_STATIC_ROUTES] = LINES(L_STATIC_ROUTES, route_conf),
	[BL_RULES] = LINES(L_RULES, rule_conf),
	[BL_STATIC_RULES] = LINES(L_STATIC_RULES, rule_conf),
	[BL_PEERS] = LINES(L_PEERS, peer_conf),
	[BL_TRACK_INTERFACES] = LINES(L_TRACK_INTERFACES, track_conf),
	[BL_TRACK_SCRIPTS] = LINES(L_TRACK_SCRIPTS, track_conf),
	[BL_TRACK_PROCESSES] = LINES(L_TRACK_PROCESSES, track_conf),
	[BL_TRACK_FILES] = LINES(L_TRACK_FILES, track_conf),
	[BL_DELAYS] = LINES(L_DELAYS, interface_delay_conf),
	[BL_LINKBEATS] = LINES(L_LINKBEAT, linkbeat_conf),
	[BL_VIP_LINE] = { KEYS(vip_keys) },
	[BL_ROUTE_LINE] = { KEYS(route_keys) },
	[BL_NEXTHOP_LINE] = { KEYS(nexthop_keys) },
	[BL_RULE_LINE] = { KEYS(rule_keys) },
	[BL_TRACK_LINE] = { KEYS(track_keys) },
	[BL_PEER_LINE] = { KEYS(peer_keys) },
	[BL_TIMEOUTS_LINE] = { KEYS(timeout_keys) },
	[BL_SYNC_LINE] = { KEYS(sync_keys) },
	[BL_GLOBAL_DEFS] = { KEYS(global_keys), .kind = B_PLAIN },
	[BL_NOTIFY_TABLE] = { KEYS(notify_keys) },
	[BL_SYNC_GROUP] = { KEYS(group_keys), .size = sizeof(struct group_conf), .kind = B_GROUP, .name_off = OFF(group_conf, name) },
	[BL_AUTHENTICATION] = { KEYS(auth_keys), .kind = B_PLAIN },
	[BL_AUTH_HMAC] = { KEYS(hmac_keys), .size = sizeof(struct hmac_conf), .kind = B_HMAC },
	[BL_INSTANCE] = { KEYS(instance_keys), .size = sizeof(struct instance_load), .kind = B_INSTANCE, .name_off = OFF(vrrp_conf, name) },
	[BL_VRRP_SCRIPT] = { KEYS(script_keys), .size = sizeof(struct vrrp_script_conf), .kind = B_SCRIPT, .name_off = OFF(vrrp_script_conf, name) },
	[BL_TRACK_PROCESS] = { KEYS(process_keys), .size = sizeof(struct track_process_conf), .kind = B_PROCESS, .name_off = OFF(track_process_conf, name) },
	[BL_TRACK_FILE] = { KEYS(file_keys), .size = sizeof(struct track_file_conf), .kind = B_FILE, .name_off = OFF(track_file_conf, name) },
	[BL_TRACK_GROUP] = { KEYS(track_group_keys), .size = sizeof(struct track_group_conf), .kind = B_TRACK_GROUP, .name_off = OFF(track_group_conf, name) },
	[BL_GARP_GROUP] = { KEYS(garp_keys), .size = sizeof(struct garp_group_conf), .kind = B_GARP_GROUP },
	[BL_SETTINGS] = { KEYS(settings_keys) },
	[BL_CONNECTION] = { KEYS(connection_keys) },
	[BL_ANY_CHECK] = { KEYS(any_check_keys) },
	[BL_TCP_CHECK] = CHECK_BLOCK(plain_check_keys, CHECK_TCP),
	[BL_PING_CHECK] = CHECK_BLOCK(plain_check_keys, CHECK_PING),
	[BL_URL] = { KEYS(url_keys), .size = sizeof(struct url_conf), .kind = B_URL },
	[BL_HTTP_GET] = CHECK_BLOCK(http_keys, CHECK_HTTP),
	[BL_SSL_GET] = CHECK_BLOCK(http_keys, CHECK_SSL),
	[BL_SMTP_HOST] = { KEYS(connection_keys), .size = sizeof(struct check_conf), .kind = B_SMTP_HOST },
	[BL_SMTP_CHECK] = CHECK_BLOCK(smtp_keys, CHECK_SMTP),
	[BL_DNS_CHECK] = CHECK_BLOCK(dns_keys, CHECK_DNS),
	[BL_MISC_CHECK] = CHECK_BLOCK(misc_keys, CHECK_MISC),
	[BL_UDP_CHECK] = CHECK_BLOCK(udp_keys, CHECK_UDP),
	[BL_FILE_CHECK] = CHECK_BLOCK(file_check_keys, CHECK_FILE),
	[BL_REAL_SERVER] = { KEYS(real_keys), .size = sizeof(struct real_server_conf), .kind = B_REAL_SERVER },
	[BL_VIRTUAL_SERVER] = { KEYS(virtual_keys), .size = sizeof(struct virtual_server_conf), .kind = B_VIRTUAL_SERVER },
	[BL_VS_GROUP] = { NULL, sizeof(struct vs_entry_conf), 0, L_VS_ENTRIES, OFF(vs_group_conf, name) },
	[BL_SSL] = { KEYS(ssl_keys), .kind = B_PLAIN },
	[BL_ROOT] = { KEYS(root_keys), .kind = B_PLAIN },
};

const struct block *conf_block(const struct keyword *k)
{
	return &blocks[k->arg];
}

const char *conf_arg_text(const struct keyword *k)
{
	return texts[k->arg];
}

const struct block *conf_line_keys(enum block_kind kind)
{
	switch (kind) {
	case L_VIPS:
	case L_EVIPS:
	case L_STATIC_ADDRS:
		return &blocks[BL_VIP_LINE];
	case L_ROUTES:
	case L_STATIC_ROUTES:
		return &blocks[BL_ROUTE_LINE];
	case L_RULES:
	case L_STATIC_RULES:
		return &blocks[BL_RULE_LINE];
	case L_PEERS:
		return &blocks[BL_PEER_LINE];
	case L_TRACK_INTERFACES:
	case L_TRACK_SCRIPTS:
	case L_TRACK_PROCESSES:
	case L_TRACK_FILES:
		return &blocks[BL_TRACK_LINE];
	case L_NEXTHOPS:
		return &blocks[BL_NEXTHOP_LINE];
	case L_LVS_TIMEOUTS:
		return &blocks[BL_TIMEOUTS_LINE];
	case L_LVS_SYNC:
		return &blocks[BL_SYNC_LINE];
	default:
		return NULL;
	}
}

const struct block *conf_root(void)
{
	return &blocks[BL_ROOT];
}

/* Numbers, each a byte before its name; an empty name ends a list. */

static const char scope_names[] =
	"\000global\0" "\310site\0" "\375link\0" "\376host\0" "\377nowhere\0\0";
static const char type_names[] =
	"\001unicast\0" "\002local\0" "\003broadcast\0" "\003brd\0" "\004anycast\0" "\005multicast\0" "\006blackhole\0"
	"\007unreachable\0" "\010prohibit\0" "\011throw\0\0";
static const char protocol_names[] =
	"\000none\0" "\001redirect\0" "\002kernel\0" "\003boot\0" "\004static\0" "\010gated\0" "\011ra\0" "\012mrt\0" "\013zebra\0"
	"\014bird\0" "\015dnrouted\0" "\016xorp\0" "\017ntk\0" "\020dhcp\0" "\022keepalived\0" "\052babel\0" "\272bgp\0" "\273isis\0"
	"\274ospf\0" "\275rip\0" "\300eigrp\0\0";
static const char table_names[] =
	"\375default\0" "\376main\0" "\377local\0\0";
static const char family_names[] =
	"\002inet\0" "\012inet6\0\0";
/* ICMPV6_ROUTER_PREF_* */
static const char pref_names[] =
	"\003low\0" "\000medium\0" "\001high\0\0";
static const char lvs_protocol_names[] =
	"\006TCP\0" "\021UDP\0" "\204SCTP\0\0";
static const char dns_names[] =
	"\001A\0" "\002NS\0" "\005CNAME\0" "\006SOA\0" "\017MX\0" "\020TXT\0" "\034AAAA\0" "\056RRSIG\0" "\060DNSKEY\0\0";
static const char ip_protocol_names[] =
	"\001icmp\0" "\002igmp\0" "\006tcp\0" "\021udp\0" "\057gre\0" "\062esp\0" "\063ah\0" "\072ipv6-icmp\0" "\131ospf\0" "\160vrrp\0"
	"\204sctp\0\0";

static const char *names_of(enum conf_names which)
{
	static const char *const lists[] = {
		[NAMES_SCOPE] = scope_names, [NAMES_ROUTE_TYPE] = type_names, [NAMES_ROUTE_PROTOCOL] = protocol_names,
		[NAMES_TABLE] = table_names, [NAMES_DNS] = dns_names, [NAMES_IP_PROTO] = ip_protocol_names, [NAMES_FAMILY] = family_names,
		[NAMES_PREF] = pref_names, [NAMES_LVS_PROTOCOL] = lvs_protocol_names,
	};

	return lists[which];
}

const char *conf_name_of(enum conf_names which, uint8_t number)
{
	for (const char *p = names_of(which); p[1]; p += strlen(p + 1) + 2)
		if ((uint8_t)p[0] == number)
			return p + 1;
	return NULL;
}

int conf_number_of(enum conf_names which, const char *name)
{
	for (const char *p = names_of(which); p[1]; p += strlen(p + 1) + 2)
		if (strcasecmp(p + 1, name) == 0)
			return (uint8_t)p[0];
	return -1;
}
