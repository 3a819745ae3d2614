/* SPDX-License-Identifier: MIT */
/*
 * Every keyword of keepalived.conf(5), one table a block. The order within a table is the order of conf_dump(), and what later blocks
 * refer to by name comes first.
 */
#include "conf_table.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <strings.h>

static const struct {
	int32_t min;
	uint32_t max;
} ranges[] = {
	[R_ALL] = { 0, UINT32_MAX }, [R_1_ALL] = { 1, UINT32_MAX }, [R_INT] = { INT32_MIN, INT32_MAX }, [R_0_1] = { 0, 1 }, [R_0_4] = { 0, 4 },
	[R_1_2] = { 1, 2 }, [R_2_3] = { 2, 3 }, [R_0_255] = { 0, 255 }, [R_1_255] = { 1, 255 }, [R_1_256] = { 1, 256 }, [R_1_100] = { 1, 100 }, [R_1_1000] = { 1, 1000 },
	[R_PORT] = { 1, 65535 }, [R_0_65535] = { 0, 65535 }, [R_0_INT] = { 0, INT32_MAX }, [R_1_INT] = { 1, INT32_MAX }, [R_WEIGHT] = { -253, 253 }, [R_WEIGHT_254] = { -254, 254 }, [R_NICE] = { -20, 19 }, [R_REALTIME] = { 1, 99 },
	[R_WINDOW] = { 1, 300 }, [R_SMTP_TIMEOUT] = { 1, 4294 }, [R_MONTH] = { 0, 31 * 86400 }, [R_1_MONTH] = { 1, 31 * 86400 }, [R_MAXLEN] = { 1, 65507 }, [R_DAY] = { 0, 86400 }, [R_1_DAY] = { 1, 86400 },
	[R_1_254] = { 1, 254 }, [R_STATUS] = { 100, 599 },
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
	TX_WHY_RELOAD_TIME_FILE, TX_WHY_RELOAD_REPEAT, TX_WHY_RELOAD_FILE, TX_WHY_IPROUTE_USR_DIR, TX_WHY_IPROUTE_ETC_DIR, TX_WHY_BFD_CHECK, TX_WORDS_TUNNEL, TX_WORDS_STATE, TX_WORDS_PARAM, TX_WORDS_TTL_PROPAGATE, TX_WORDS_AUTH_TYPE,
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
	[TX_WORDS_TUNNEL] = "ipip\0gue\0gre\0",
	[TX_WORDS_STATE] = "BACKUP\0MASTER\0",
	[TX_WORDS_PARAM] = "exact\0initial\0partial\0",
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
	BL_PEERS, BL_TRACK_INTERFACES, BL_TRACK_SCRIPTS, BL_TRACK_PROCESSES, BL_TRACK_FILES, BL_DELAYS, BL_LINKBEATS,
	BL_BROADCAST, BL_VIA, BL_HOP, BL_CONGCTL, BL_FEATURES, BL_USER, BL_FIFO, BL_SMTP_SERVER, BL_DYNAMIC, BL_FLUSH, BL_RX_POLICY,
	BL_GLOBAL_EXTRA, BL_EXTRA, BL_CHECKSUM, BL_VMAC, BL_IPVLAN, BL_INIT, BL_FORWARD, BL_TIMEOUTS, BL_LVS_SYNC, BL_SERVICE, BL_SERVER, BL_NEXTHOP,
	BL_GLOBAL_DEFS,
	BL_NOTIFY_TABLE, BL_SYNC_GROUP, BL_AUTHENTICATION, BL_AUTH_HMAC, BL_INSTANCE, BL_VRRP_SCRIPT, BL_TRACK_PROCESS, BL_TRACK_FILE,
	BL_TRACK_GROUP, BL_GARP_GROUP, BL_SETTINGS, BL_CONNECTION, BL_ANY_CHECK, BL_TCP_CHECK, BL_PING_CHECK, BL_URL, BL_HTTP_GET,
	BL_SSL_GET, BL_SMTP_HOST, BL_SMTP_CHECK, BL_DNS_CHECK, BL_MISC_CHECK, BL_UDP_CHECK, BL_FILE_CHECK, BL_REAL_SERVER,
	BL_VIRTUAL_SERVER, BL_VS_GROUP, BL_SSL, BL_ROOT,
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define KEYS(a) .keys = (a), .count = COUNT(a)
#define OFF(type, field) offsetof(struct type, field)

/* Of several names for one thing, each ended by NUL, the first is printed. */
#define MORE(word) (__builtin_strlen(word) + 1 < sizeof(word) ? K_NAMES : 0)

#define FLAG(word, type, field) { word, 0, OFF(type, field), T_FLAG, 0, 0 }
#define CLEAR(word, type, field) { word, 0, OFF(type, field), T_CLEAR, 0, 0 }
#define BOOL(word, type, field, flags) { word, 0, OFF(type, field), T_BOOL, 0, (flags) | MORE(word) }
#define TEXT(word, type, field) { word, 0, OFF(type, field), T_TEXT, 0, MORE(word) }
#define IFACE(word, type, field) { word, 0, OFF(type, field), T_IFACE, 0, MORE(word) }
#define NUMBER(word, kind, type, field, range, flags) { word, 0, OFF(type, field), kind, range, (flags) | MORE(word) }
/* Words in one line, for the object at field; VALUE: the word itself, without a name before it. */
#define OPTIONS(word, block, type, field, flags) { word, block, OFF(type, field), T_OPTIONS, 0, (flags) | MORE(word) }
#define VALUE(kind, off, range, flags) { "", 0, off, kind, range, flags }
/* From the field that OPTIONS names to another one of the same struct. */
#define REL(type, base, field) (OFF(type, field) - OFF(type, base))
/* In the struct that a pointer leads to. */
#define BEHIND(word, block, type, pointer, kind, inner) { word, block, OFF(type, pointer), kind, inner, K_PTR }
#define SCRIPT(word, type, field) { word, 0, OFF(type, field), T_SCRIPT, 0, 0 }
#define CUSTOM(word, number, type, field, flags) { word, number, OFF(type, field), T_CUSTOM, 0, (flags) | MORE(word) }
#define ENUM(word, words, type, field, first, flags) { word, words, OFF(type, field), T_ENUM, first, flags }
#define NAME(word, names, has, type, field, flags) { word, has, OFF(type, field), T_NAME, names, (flags) | MORE(word) }
#define SET(word, value, type, field) { word, 0, OFF(type, field), T_SET, value, 0 }
#define BIT(word, bit, type, field) { word, 0, OFF(type, field), T_BIT, bit, MORE(word) }
#define ADDR(word, type, field) { word, 0, OFF(type, field), T_ADDR, 0, 0 }
#define PREFIX(word, type, field) { word, OFF(type, field##_prefix), OFF(type, field), T_PREFIX, 0, 0 }
/* A number whose presence is kept in a bool. */
#define HAS(word, kind, has, type, field, range, flags) { word, OFF(type, has), OFF(type, field), kind, range, (flags) | MORE(word) }
#define WEIGHT(type, field, reverse, range, flags) { "weight", OFF(type, reverse), OFF(type, field), T_WEIGHT, range, flags }
#define BLOCK(word, block, type, field) { word, block, OFF(type, field), T_BLOCK, 0, MORE(word) }
#define TABLE(title, block, off) { title, block, off, T_TABLE, 0, 0 }
/* Several words, each ended by NUL. */
#define IGNORED(words, why) { words, why, 0, T_IGNORED, 0, 0 }
#define REFUSED(words, instead) { words, instead, 0, T_REFUSED, 0, 0 }
#define LINES(kind_, type) { NULL, sizeof(struct type), 0, kind_, 0 }
#define ITEMS(keys, kind_, type) { KEYS(keys), .size = sizeof(struct type), .kind = kind_ }


static const struct keyword broadcast_keys[] = {
	{ "+", 0, REL(vip_conf, broadcast, broadcast_auto), T_FLAG, 0, 0 },
	{ "-", 0, REL(vip_conf, broadcast, broadcast_none), T_FLAG, 0, 0 },
	VALUE(T_ADDR, 0, 0, 0),
};

static const struct keyword vip_keys[] = {
	IFACE("dev", vip_conf, dev),
	FLAG("use_vmac", vip_conf, use_vmac),
	NAME("scope", NAMES_SCOPE, 0, vip_conf, scope, 0),
	{ "brd\0broadcast\0", BL_BROADCAST, OFF(vip_conf, broadcast), T_OPTIONS, 1, K_NAMES },
	IFACE("label", vip_conf, label),
	/* Its prefix is that of the pair. */
	{ "peer", OFF(vip_conf, prefix), OFF(vip_conf, peer), T_PREFIX, 0, 0 },
	BIT("home", 4, vip_conf, flags),
	BIT("mngtmpaddr", 8, vip_conf, flags),
	BIT("noprefixroute", 9, vip_conf, flags),
	BIT("autojoin", 10, vip_conf, flags),
	FLAG("-nodad", vip_conf, dad),
	FLAG("no_track", vip_conf, no_track),
	CUSTOM("preferred_lft", C_PREFERRED, vip_conf, preferred_lft_s, 0),
	TEXT("track_group", vip_conf, track_group),
};

static const struct keyword via_keys[] = {
	{ "inet", 0, OFF(route_conf, family), T_SET, AF_INET, K_ALIAS },
	{ "inet6", 0, OFF(route_conf, family), T_SET, AF_INET6, K_ALIAS },
	VALUE(T_ADDR, OFF(route_conf, via), 0, 0),
};
static const struct keyword congctl_keys[] = {
	BIT("lock", RTAX_CC_ALGO, route_conf, metrics_locked),
	VALUE(T_TEXT, OFF(route_conf, congctl), 0, 0),
};
static const struct keyword feature_keys[] = {
	BIT("ecn", 0, route_conf, metrics[RTAX_FEATURES]),
};

static const struct keyword hop_keys[] = {
	{ "inet", 0, OFF(nexthop_conf, family), T_SET, AF_INET, K_ALIAS },
	{ "inet6", 0, OFF(nexthop_conf, family), T_SET, AF_INET6, K_ALIAS },
	VALUE(T_ADDR, OFF(nexthop_conf, via), 0, 0),
};
static const struct keyword nexthop_keys[] = {
	OPTIONS("via", BL_HOP, nexthop_conf, node, 0),
	IFACE("dev", nexthop_conf, dev),
	NUMBER("weight", T_U16, nexthop_conf, weight, R_1_256, K_CLAMP),
	FLAG("onlink", nexthop_conf, onlink),
	CUSTOM("realms", C_REALMS, nexthop_conf, realms, 0),
};

#define METRIC(word, number) { word, C_METRIC, OFF(route_conf, metrics), T_CUSTOM, number, 0 }
static const struct keyword route_keys[] = {
	SET("inet", AF_INET, route_conf, family),
	SET("inet6", AF_INET6, route_conf, family),
	ADDR("src", route_conf, src),
	PREFIX("from", route_conf, from),
	OPTIONS("via\0gw\0", BL_VIA, route_conf, node, 0),
	CUSTOM("or", C_OR, route_conf, via, K_ALIAS),
	IFACE("dev\0oif\0", route_conf, dev),
	FLAG("onlink", route_conf, onlink),
	CUSTOM("table", C_TABLE, route_conf, table, 0),
	IFACE("vrf", route_conf, vrf),
	NAME("scope", NAMES_SCOPE, 0, route_conf, scope, 0),
	NUMBER("tos\0dsfield\0", T_U8, route_conf, tos, R_0_255, K_BASE),
	NAME("protocol", NAMES_ROUTE_PROTOCOL, 0, route_conf, protocol, K_ALWAYS),
	HAS("metric\0priority\0preference\0", T_U32, has_metric, route_conf, metric, R_ALL, 0),
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
	OPTIONS("features", BL_FEATURES, route_conf, node, 0),
	OPTIONS("congctl", BL_CONGCTL, route_conf, node, 0),
	SET("prepend", ROUTE_PREPEND, route_conf, order),
	SET("add", ROUTE_ADD, route_conf, order),
	SET("append", ROUTE_APPEND, route_conf, order),
	FLAG("no_track", route_conf, no_track),
	TEXT("track_group", route_conf, track_group),
	REFUSED("encap\0", TX_WHY_ENCAP),
	BLOCK("nexthop", BL_NEXTHOP, route_conf, nexthops),
};

static const struct keyword rule_keys[] = {
	{ "inet", 0, OFF(rule_conf, family), T_SET, AF_INET, K_ALIAS },
	{ "inet6", 0, OFF(rule_conf, family), T_SET, AF_INET6, K_ALIAS },
	FLAG("not", rule_conf, invert),
	PREFIX("from", rule_conf, from),
	PREFIX("to", rule_conf, to),
	NUMBER("preference\0priority\0order\0", T_U32, rule_conf, preference, R_ALL, K_BASE | K_ALWAYS),
	NUMBER("tos\0dsfield\0", T_U8, rule_conf, tos, R_0_255, K_BASE),
	CUSTOM("fwmark", C_FWMARK, rule_conf, fwmark, 0),
	IFACE("iif\0dev\0", rule_conf, iif),
	IFACE("oif", rule_conf, oif),
	NUMBER("tunnel-id", T_U32, rule_conf, tunnel_id, R_ALL, K_BASE),
	HAS("uidrange", T_SPAN32, has_uid_range, rule_conf, uid_first, R_ALL, 0),
	NAME("ipproto\0ip_proto\0", NAMES_IP_PROTO, OFF(rule_conf, has_ip_proto), rule_conf, ip_proto, 0),
	HAS("sport", T_SPAN16, has_sport, rule_conf, sport_first, R_PORT, 0),
	HAS("dport", T_SPAN16, has_dport, rule_conf, dport_first, R_PORT, 0),
	NAME("protocol", NAMES_ROUTE_PROTOCOL, OFF(rule_conf, has_protocol), rule_conf, protocol, 0),
	CUSTOM("table\0lookup\0", C_TABLE, rule_conf, table, 0),
	FLAG("l3mdev", rule_conf, l3mdev),
	NUMBER("goto", T_U32, rule_conf, goto_target, R_ALL, 0),
	SET("nop", 3, rule_conf, action),
	SET("blackhole", 6, rule_conf, action),
	SET("unreachable", 7, rule_conf, action),
	SET("prohibit", 8, rule_conf, action),
	CUSTOM("realms", C_REALMS, rule_conf, realms, 0),
	NUMBER("suppress_prefixlength\0sup_pl\0", T_INT, rule_conf, suppress_prefixlen, R_0_INT, K_ALWAYS),
	HAS("suppress_ifgroup\0sup_group\0", T_U32, has_suppress_group, rule_conf, suppress_group, R_0_INT, 0),
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


static const struct keyword delay_keys[] = {
	VALUE(T_SECS, OFF(interface_delay_conf, down_us), R_SECS_255, K_ALWAYS),
	VALUE(T_SECS, OFF(interface_delay_conf, up_us), R_SECS_255, K_ALWAYS),
};
static const struct keyword linkbeat_keys[] = {
	SET("MII", LINKBEAT_MII, linkbeat_conf, method),
	SET("ETHTOOL", LINKBEAT_ETHTOOL, linkbeat_conf, method),
	SET("IOCTL", LINKBEAT_IOCTL, linkbeat_conf, method),
};

/* Options of keywords */
static const struct keyword user_keys[] = {
	VALUE(T_TEXT, 0, 0, 0),
	VALUE(T_TEXT, sizeof(char *), 0, 0),
};
static const struct keyword fifo_keys[] = {
	VALUE(T_TEXT, OFF(fifo_conf, path), 0, 0),
	VALUE(T_TEXT, OFF(fifo_conf, user), 0, 0),
	VALUE(T_TEXT, OFF(fifo_conf, group), 0, 0),
};
static const struct keyword smtp_server_keys[] = {
	VALUE(T_TEXT, 0, 0, 0),
	VALUE(T_U16, REL(global_conf, smtp_server, smtp_port), R_PORT, 0),
};
static const struct keyword dynamic_keys[] = {
	{ "allow_if_changes", 0, REL(global_conf, dynamic_interfaces, allow_if_changes), T_FLAG, 0, 0 },
};
static const struct keyword flush_keys[] = {
	{ "VS", 0, 0, T_SET, LVS_FLUSH_VS, 0 },
};
static const struct keyword policy_keys[] = {
	{ "MTU", 0, 0, T_SET, RX_BUFS_MTU, 0 },
	{ "ADVERT", 0, 0, T_SET, RX_BUFS_ADVERT, 0 },
	VALUE(T_U32, REL(global_conf, rx_bufs_policy, rx_buf_size), R_0_INT, 0),
};
static const struct keyword global_extra_keys[] = {
	{ "all", 0, 0, T_FLAG, 0, 0 },
	VALUE(T_WHOLE, REL(global_conf, garp_extra_all, garp_extra_interval_us), R_1_DAY, 0),
};
static const struct keyword extra_keys[] = {
	{ "all", 0, 0, T_FLAG, 0, 0 },
	VALUE(T_WHOLE, REL(vrrp_conf, garp_extra_all, garp_extra_interval_us), R_DAY, K_ALWAYS),
};
static const struct keyword checksum_keys[] = {
	{ "never", 0, 0, T_CLEAR, 0, K_ALIAS },
};
static const struct keyword vmac_keys[] = {
	{ "name", 0, REL(vrrp_conf, use_vmac, vmac_name), T_IFACE, 0, 0 },
	{ "netlink_notify_msg", 0, REL(vrrp_conf, use_vmac, vmac_notify), T_FLAG, 0, 0 },
	{ "group", 0, REL(vrrp_conf, use_vmac, vmac_group), T_TEXT, 0, 0 },
	{ "", C_VMAC_WORD, 0, T_CUSTOM, 0, 0 },
	{ "", C_VMAC_WORD, 0, T_CUSTOM, 0, K_ALIAS },
};
static const struct keyword ipvlan_keys[] = {
	{ "name", 0, REL(vrrp_conf, use_ipvlan, vmac_name), T_IFACE, 0, 0 },
	{ "bridge", 0, REL(vrrp_conf, use_ipvlan, ipvlan_mode), T_SET, CONF_IPVLAN_BRIDGE, 0 },
	{ "private", 0, REL(vrrp_conf, use_ipvlan, ipvlan_mode), T_SET, CONF_IPVLAN_PRIVATE, 0 },
	{ "vepa", 0, REL(vrrp_conf, use_ipvlan, ipvlan_mode), T_SET, CONF_IPVLAN_VEPA, 0 },
	{ "group", 0, REL(vrrp_conf, use_ipvlan, vmac_group), T_TEXT, 0, 0 },
	{ "", C_VMAC_WORD, 0, T_CUSTOM, 1, 0 },
	{ "", C_VMAC_WORD, 0, T_CUSTOM, 1, K_ALIAS },
};
static const struct keyword init_keys[] = {
	VALUE(T_INT, REL(track_file_conf, init_create, init_value), R_INT, K_ALWAYS),
	{ "overwrite", 0, REL(track_file_conf, init_create, init_overwrite), T_FLAG, 0, 0 },
};
static const struct keyword forward_keys[] = {
	{ "NAT", 0, OFF(lvs_forward, method), T_SET, 0, K_ALWAYS },
	{ "TUN", 0, OFF(lvs_forward, method), T_SET, 2, 0 },
	{ "DR", 0, OFF(lvs_forward, method), T_SET, 3, 0 },
	ENUM("type", TX_WORDS_TUNNEL, lvs_forward, tun_type, 0, 0),
	NUMBER("port", T_U16, lvs_forward, tun_port, R_PORT, 0),
	SET("nocsum", 0, lvs_forward, tun_flags),
	SET("csum", 1, lvs_forward, tun_flags),
	SET("remcsum", 2, lvs_forward, tun_flags),
};
static const struct keyword server_keys[] = {
	VALUE(T_ADDR, OFF(real_server_conf, addr), 0, 0),
	VALUE(T_U16, OFF(real_server_conf, port), R_0_65535, 0),
};
static const struct keyword service_keys[] = {
	NUMBER("fwmark", T_U32, virtual_server_conf, fwmark, R_1_ALL, K_BASE),
	TEXT("group", virtual_server_conf, group_name),
	VALUE(T_ADDR, OFF(virtual_server_conf, addr), 0, 0),
	VALUE(T_U16, OFF(virtual_server_conf, port), R_0_65535, 0),
};
static const struct keyword timeout_keys[] = {
	NUMBER("tcp", T_U32, global_conf, lvs_timeout_tcp_s, R_MONTH, 0),
	NUMBER("tcpfin", T_U32, global_conf, lvs_timeout_tcpfin_s, R_MONTH, 0),
	NUMBER("udp", T_U32, global_conf, lvs_timeout_udp_s, R_MONTH, 0),
};

static const struct keyword sync_keys[] = {
	VALUE(T_IFACE, OFF(global_conf, lvs_sync.interface), 0, 0),
	TEXT("inst", global_conf, lvs_sync.instance),
	/* before there were options */
	VALUE(T_TEXT, OFF(global_conf, lvs_sync.instance), 0, K_ALIAS),
	VALUE(T_INT, OFF(global_conf, lvs_sync.id), R_0_255, K_ALIAS),
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
	OPTIONS("smtp_server", BL_SMTP_SERVER, global_conf, smtp_server, 0),
	TEXT("smtp_helo_name", global_conf, smtp_helo),
	NUMBER("smtp_connect_timeout", T_WHOLE, global_conf, smtp_timeout_us, R_SMTP_TIMEOUT, K_CLAMP),
	BOOL("smtp_alert", global_conf, smtp_alert, 0),
	BOOL("smtp_alert_vrrp", global_conf, smtp_alert_vrrp, K_ALWAYS),
	BOOL("smtp_alert_checker", global_conf, smtp_alert_checker, K_ALWAYS),
	CLEAR("no_email_faults", global_conf, email_faults),
	BOOL("no_checker_emails", global_conf, no_checker_emails, 0),
	OPTIONS("script_user", BL_USER, global_conf, script_user, 0),
	FLAG("enable_script_security", global_conf, script_security),
	BOOL("use_symlink_paths", global_conf, use_symlink_paths, 0),
	FLAG("set_supplementary_groups", global_conf, set_supplementary_groups),
	SCRIPT("startup_script", global_conf, startup_script),
	NUMBER("startup_script_timeout", T_WHOLE, global_conf, startup_timeout_us, R_1_1000, 0),
	SCRIPT("shutdown_script", global_conf, shutdown_script),
	NUMBER("shutdown_script_timeout", T_WHOLE, global_conf, shutdown_timeout_us, R_1_1000, 0),
	OPTIONS("notify_fifo", BL_FIFO, global_conf, notify_fifo, 0),
	SCRIPT("notify_fifo_script", global_conf, notify_fifo.script),
	OPTIONS("vrrp_notify_fifo", BL_FIFO, global_conf, vrrp_notify_fifo, 0),
	SCRIPT("vrrp_notify_fifo_script", global_conf, vrrp_notify_fifo.script),
	OPTIONS("lvs_notify_fifo", BL_FIFO, global_conf, lvs_notify_fifo, 0),
	SCRIPT("lvs_notify_fifo_script", global_conf, lvs_notify_fifo.script),
	FLAG("fifo_write_vrrp_states_on_reload", global_conf, fifo_write_vrrp_states_on_reload),
	BOOL("vrrp_notify_priority_changes", global_conf, notify_priority_changes, 0),
	OPTIONS("dynamic_interfaces", BL_DYNAMIC, global_conf, dynamic_interfaces, K_HAS),
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
	OPTIONS("vrrp_garp_extra_if\0vrrp_vmac_garp_intvl\0", BL_GLOBAL_EXTRA, global_conf, garp_extra_all, 0),
	TEXT("vmac_prefix", global_conf, vmac_name_prefix),
	TEXT("vmac_addr_prefix", global_conf, vmac_addr_name_prefix),
	FLAG("log_unknown_vrids", global_conf, log_unknown_vrids),
	FLAG("disable_local_igmp", global_conf, disable_local_igmp),
	CUSTOM("vrrp_iptables", C_IPTABLES, global_conf, bare_iptables, 0),
	{ "nftables", TX_DEFAULT_NFTABLES, OFF(global_conf, nft_table), T_OPTTEXT, 0, 0 },
	NUMBER("nftables_priority", T_INT, global_conf, nft_priority, R_INT, K_ALWAYS),
	FLAG("nftables_counters", global_conf, nft_counters),
	OPTIONS("vrrp_rx_bufs_policy", BL_RX_POLICY, global_conf, rx_bufs_policy, 0),
	NUMBER("vrrp_rx_bufs_multiplier", T_U32, global_conf, rx_bufs_multiplier, R_1_ALL, 0),
	NUMBER("vrrp_priority", T_INT, global_conf, nice, R_NICE, 0),
	NUMBER("vrrp_rt_priority", T_INT, global_conf, realtime_priority, R_REALTIME, K_CLAMP),
	NUMBER("vrrp_rlimit_rttime\0vrrp_rlimit_rtime\0", T_U32, global_conf, realtime_limit_us, R_1_ALL, 0),
	FLAG("vrrp_no_swap", global_conf, no_swap),
	CUSTOM("umask", C_UMASK, global_conf, umask, 0),
	TEXT("state_file_location\0state_dump_file\0", global_conf, state_file),
	TEXT("stats_file_location\0stats_dump_file\0", global_conf, stats_file),
	TEXT("json_file_location\0json_dump_file\0", global_conf, json_file),
	NUMBER("json_version", T_U8, global_conf, json_version, R_1_2, 0),
	BOOL("data_use_instance", global_conf, data_use_instance, 0),
	BOOL("checker_log_all_failures", global_conf, checker_log_all_failures, 0),
	BOOL("rs_init_notifies", global_conf, rs_init_notifies, 0),
	FLAG("lvs_flush", global_conf, lvs_flush),
	OPTIONS("lvs_flush_on_stop\0lvs_flush_onstop\0", BL_FLUSH, global_conf, lvs_flush_on_stop, K_HAS),
	OPTIONS("lvs_timeouts", BL_TIMEOUTS, global_conf, router_id, 0),
	OPTIONS("lvs_sync_daemon", BL_LVS_SYNC, global_conf, router_id, 0),
	REFUSED("reload_time_file\0", TX_WHY_RELOAD_TIME_FILE),
	IGNORED("reload_repeat\0", TX_WHY_RELOAD_REPEAT),
	REFUSED("reload_file\0", TX_WHY_RELOAD_FILE),
	IGNORED("reload_check_config\0", TX_RELOAD_CHECKED),
	CUSTOM("include_check", C_LEXERS, global_conf, router_id, K_ALIAS),
	CUSTOM("random_seed", C_LEXERS, global_conf, router_id, K_ALIAS),
	IGNORED("config_save_dir\0tmp_config_directory\0", TX_NEVER_COPIED),
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
	ENUM("state", TX_WORDS_STATE, vrrp_conf, start_master, 0, K_ALWAYS),
	IFACE("interface", vrrp_conf, interface),
	IFACE("vrf", vrrp_conf, vrf),
	NUMBER("virtual_router_id", T_U8, vrrp_conf, vrid, R_1_255, 0),
	CUSTOM("native_ipv6", C_NATIVE_IPV6, vrrp_conf, family, 0),
	CUSTOM("version", C_VERSION, vrrp_conf, version, 0),
	{ "priority", 100, OFF(vrrp_conf, priority), T_U8, R_1_255, K_RESET },
	NUMBER("advert_int", T_SECS32, vrrp_conf, advert_us, R_ADVERT, 0),
	NUMBER("down_timer_adverts", T_U32, vrrp_conf, down_timer_adverts, R_1_100, 0),
	FLAG("nopreempt", vrrp_conf, nopreempt),
	{ "preempt", 0, OFF(vrrp_conf, nopreempt), T_CLEAR, 0, K_ALIAS },
	NUMBER("preempt_delay", T_SECS, vrrp_conf, preempt_delay_us, R_PREEMPT, 0),
	{ "timer_expired_backup\0thread_timer_expired\0", 254, OFF(vrrp_conf, timer_expired_backup), T_U8, R_1_254, K_OPT | K_NAMES },
	{ "mcast_src_ip", 0, OFF(vrrp_conf, source), T_ADDR, 0, K_FAMILY },
	{ "unicast_src_ip", 0, OFF(vrrp_conf, source), T_ADDR, 0, K_FAMILY | K_UNICAST },
	FLAG("track_src_ip", vrrp_conf, track_source),
	{ "mcast_dst_ip", 0, OFF(vrrp_conf, mcast_group), T_ADDR, 0, K_FAMILY },
	BLOCK("unicast_peer", BL_PEERS, vrrp_conf, peers),
	FLAG("unicast_fault_no_peer", vrrp_conf, unicast_fault_no_peer),
	NUMBER("unicast_ttl", T_INT, vrrp_conf, unicast_ttl, R_0_255, K_ALWAYS),
	FLAG("check_unicast_src", vrrp_conf, check_unicast_src),
	OPTIONS("old_unicast_checksum", BL_CHECKSUM, vrrp_conf, old_unicast_checksum, K_HAS),
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
	OPTIONS("garp_extra_if\0vmac_garp_intvl\0", BL_EXTRA, vrrp_conf, garp_extra_all, 0),
	BLOCK("authentication", BL_AUTHENTICATION, vrrp_conf, node),
	BLOCK("auth_hmac", BL_AUTH_HMAC, vrrp_conf, hmac),
	BLOCK("virtual_ipaddress", BL_VIPS, vrrp_conf, vips),
	BLOCK("virtual_ipaddress_excluded", BL_EVIPS, vrrp_conf, evips),
	FLAG("no_virtual_ipaddress", vrrp_conf, no_virtual_ipaddress),
	BLOCK("virtual_routes", BL_ROUTES, vrrp_conf, routes),
	BLOCK("virtual_rules", BL_RULES, vrrp_conf, rules),
	FLAG("promote_secondaries", vrrp_conf, promote_secondaries),
	OPTIONS("use_vmac", BL_VMAC, vrrp_conf, use_vmac, K_HAS),
	FLAG("use_vmac_addr", vrrp_conf, use_vmac_addr),
	FLAG("vmac_xmit_base", vrrp_conf, vmac_xmit_base),
	OPTIONS("use_ipvlan", BL_IPVLAN, vrrp_conf, use_ipvlan, K_HAS),
	FLAG("dont_track_primary", vrrp_conf, dont_track_primary),
	FLAG("linkbeat_use_polling", vrrp_conf, linkbeat_use_polling),
	TRACKS(vrrp_conf),
	SCRIPT("notify_master_rx_lower_pri", vrrp_conf, notify.master_rx_lower_pri),
	TABLE("vrrp_instance and vrrp_sync_group", BL_NOTIFY_TABLE, OFF(vrrp_conf, notify)),
	NUMBER("kernel_rx_buf_size", T_U32, vrrp_conf, rx_buf_size, R_ALL, 0),
	NUMBER("debug", T_U32, vrrp_conf, debug, R_0_4, 0),
	CUSTOM("lvs_sync_daemon_interface\0lvs_sync_daemon_inteface\0", C_INSTANCE_SYNC, vrrp_conf, name, K_ALIAS),
};

/* Tracked things */
static const struct keyword script_keys[] = {
	{ "script", 0, OFF(vrrp_script_conf, script), T_COMMAND, 0, 0 },
	NUMBER("interval", T_SECS, vrrp_script_conf, interval_us, R_SECS, 0),
	NUMBER("timeout", T_SECS, vrrp_script_conf, timeout_us, R_SECS, 0),
	WEIGHT(vrrp_script_conf, weight, reverse, R_WEIGHT, 0),
	NUMBER("rise", T_U32, vrrp_script_conf, rise, R_1_INT, K_CLAMP),
	NUMBER("fall", T_U32, vrrp_script_conf, fall, R_1_INT, K_CLAMP),
	OPTIONS("user", BL_USER, vrrp_script_conf, script.user, 0),
	FLAG("init_fail", vrrp_script_conf, init_fail),
};

static const struct keyword process_keys[] = {
	CUSTOM("process", C_PROCESS, track_process_conf, process, 0),
	ENUM("param_match", TX_WORDS_PARAM, track_process_conf, param_match, PARAM_EXACT, K_OPT),
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
	OPTIONS("init_file", BL_INIT, track_file_conf, init_create, K_HAS),
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
	BOOL("alpha", check_conf, set.alpha, K_ALWAYS),
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
	BEHIND("misc_path", 0, check_conf, u.misc.script, T_COMMAND, 0),
	BEHIND("user", BL_USER, check_conf, u.misc.script, T_OPTIONS, OFF(conf_script, user)),
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
	OPTIONS("lvs_method\0lb_kind\0", BL_FORWARD, real_server_conf, forward, K_HAS),
	NUMBER("uthreshold", T_U32, real_server_conf, uthreshold, R_ALL, 0),
	NUMBER("lthreshold", T_U32, real_server_conf, lthreshold, R_ALL, 0),
	BOOL("inhibit_on_failure", real_server_conf, inhibit, K_ALWAYS),
	BOOL("smtp_alert", real_server_conf, smtp_alert, K_ALWAYS),
	SCRIPT("notify_up", real_server_conf, notify_up),
	SCRIPT("notify_down", real_server_conf, notify_down),
	TEXT("virtualhost", real_server_conf, virtualhost),
	TABLE("virtual_server, real_server, every checker", BL_SETTINGS, OFF(real_server_conf, set)),
	BOOL("alpha", real_server_conf, set.alpha, K_ALWAYS),
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
	TEXT("lvs_sched\0lb_algo\0", virtual_server_conf, scheduler),
	OPTIONS("lvs_method\0lb_kind\0", BL_FORWARD, virtual_server_conf, forward, K_HAS),
	BIT("ops", 2, virtual_server_conf, flags),
	BIT("flag-1\0sh-fallback\0mh-fallback\0", 3, virtual_server_conf, flags),
	BIT("flag-2\0sh-port\0mh-port\0", 4, virtual_server_conf, flags),
	BIT("flag-3", 5, virtual_server_conf, flags),
	{ "persistence_timeout", 360, OFF(virtual_server_conf, persistence_s), T_U32, R_1_MONTH, K_OPT },
	CUSTOM("persistence_granularity", C_GRANULARITY, virtual_server_conf, persistence_mask, 0),
	TEXT("persistence_engine", virtual_server_conf, persistence_engine),
	FLAG("ha_suspend", virtual_server_conf, ha_suspend),
	FLAG("alpha", virtual_server_conf, set.alpha),
	FLAG("omega", virtual_server_conf, omega),
	BOOL("inhibit_on_failure", virtual_server_conf, inhibit, 0),
	NUMBER("weight", T_INT, virtual_server_conf, weight, R_PORT, 0),
	NUMBER("quorum", T_U32, virtual_server_conf, quorum, R_1_ALL, K_CLAMP),
	NUMBER("hysteresis", T_U32, virtual_server_conf, hysteresis, R_ALL, 0),
	SCRIPT("quorum_up", virtual_server_conf, quorum_up),
	SCRIPT("quorum_down", virtual_server_conf, quorum_down),
	BOOL("smtp_alert", virtual_server_conf, smtp_alert, K_ALWAYS),
	TEXT("virtualhost", virtual_server_conf, virtualhost),
	TABLE("virtual_server, real_server, every checker", BL_SETTINGS, OFF(virtual_server_conf, set)),
	BEHIND("sorry_server", BL_SERVER, virtual_server_conf, sorry, T_OPTIONS, 0),
	BEHIND("sorry_server_inhibit", 0, virtual_server_conf, sorry, T_FLAG, OFF(real_server_conf, inhibit)),
	{ "sorry_server_lvs_method", BL_FORWARD, OFF(virtual_server_conf, sorry), T_OPTIONS, OFF(real_server_conf, forward), K_PTR | K_HAS },
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
	BLOCK("track_file\0vrrp_track_file\0", BL_TRACK_FILE, config, files),
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
	[BL_VIPS] = ITEMS(vip_keys, L_VIPS, vip_conf),
	[BL_EVIPS] = ITEMS(vip_keys, L_EVIPS, vip_conf),
	[BL_STATIC_ADDRESSES] = ITEMS(vip_keys, L_STATIC_ADDRS, vip_conf),
	[BL_ROUTES] = ITEMS(route_keys, L_ROUTES, route_conf),
	[BL_STATIC_ROUTES] = ITEMS(route_keys, L_STATIC_ROUTES, route_conf),
	[BL_RULES] = ITEMS(rule_keys, L_RULES, rule_conf),
	[BL_STATIC_RULES] = ITEMS(rule_keys, L_STATIC_RULES, rule_conf),
	[BL_PEERS] = ITEMS(peer_keys, L_PEERS, peer_conf),
	[BL_TRACK_INTERFACES] = ITEMS(track_keys, L_TRACK_INTERFACES, track_conf),
	[BL_TRACK_SCRIPTS] = ITEMS(track_keys, L_TRACK_SCRIPTS, track_conf),
	[BL_TRACK_PROCESSES] = ITEMS(track_keys, L_TRACK_PROCESSES, track_conf),
	[BL_TRACK_FILES] = ITEMS(track_keys, L_TRACK_FILES, track_conf),
	[BL_DELAYS] = ITEMS(delay_keys, L_DELAYS, interface_delay_conf),
	[BL_LINKBEATS] = ITEMS(linkbeat_keys, L_LINKBEAT, linkbeat_conf),
	[BL_BROADCAST] = { KEYS(broadcast_keys) },
	[BL_VIA] = { KEYS(via_keys) },
	[BL_HOP] = { KEYS(hop_keys) },
	[BL_CONGCTL] = { KEYS(congctl_keys) },
	[BL_FEATURES] = { KEYS(feature_keys) },
	[BL_USER] = { KEYS(user_keys) },
	[BL_FIFO] = { KEYS(fifo_keys) },
	[BL_SMTP_SERVER] = { KEYS(smtp_server_keys) },
	[BL_DYNAMIC] = { KEYS(dynamic_keys) },
	[BL_FLUSH] = { KEYS(flush_keys) },
	[BL_RX_POLICY] = { KEYS(policy_keys) },
	[BL_GLOBAL_EXTRA] = { KEYS(global_extra_keys) },
	[BL_EXTRA] = { KEYS(extra_keys) },
	[BL_CHECKSUM] = { KEYS(checksum_keys) },
	[BL_VMAC] = { KEYS(vmac_keys) },
	[BL_IPVLAN] = { KEYS(ipvlan_keys) },
	[BL_INIT] = { KEYS(init_keys) },
	[BL_FORWARD] = { KEYS(forward_keys) },
	[BL_TIMEOUTS] = { KEYS(timeout_keys) },
	[BL_LVS_SYNC] = { KEYS(sync_keys) },
	[BL_SERVICE] = { KEYS(service_keys) },
	[BL_SERVER] = { KEYS(server_keys), .size = sizeof(struct real_server_conf) },
	[BL_NEXTHOP] = { KEYS(nexthop_keys), .size = sizeof(struct nexthop_conf) },
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

const struct block *conf_head(enum block_kind kind)
{
	return &blocks[kind == B_REAL_SERVER ? BL_SERVER : BL_SERVICE];
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

const char *conf_names(enum conf_names which)
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
	for (const char *p = conf_names(which); p[1]; p += strlen(p + 1) + 2)
		if ((uint8_t)p[0] == number)
			return p + 1;
	return NULL;
}

int conf_number_of(enum conf_names which, const char *name)
{
	for (const char *p = conf_names(which); p[1]; p += strlen(p + 1) + 2)
		if (strcasecmp(p + 1, name) == 0)
			return (uint8_t)p[0];
	return -1;
}
