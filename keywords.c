/* SPDX-License-Identifier: MIT */
/*
 * Every keyword of keepalived.conf(5): keywords.def packed into bytes, and what its words mean.
 */
#include "conf_table.h"
#include "text.h"

#include <linux/rtnetlink.h>
#include <string.h>
#include <strings.h>

static const struct conf_limits ranges[] = {
	[R_ALL] = { 0, UINT32_MAX }, [R_1_ALL] = { 1, UINT32_MAX }, [R_INT] = { INT32_MIN, INT32_MAX }, [R_0_1] = { 0, 1 }, [R_0_4] = { 0, 4 },
	[R_1_2] = { 1, 2 }, [R_2_3] = { 2, 3 }, [R_0_255] = { 0, 255 }, [R_1_255] = { 1, 255 }, [R_1_256] = { 1, 256 }, [R_1_100] = { 1, 100 }, [R_1_1000] = { 1, 1000 },
	[R_PORT] = { 1, 65535 }, [R_0_65535] = { 0, 65535 }, [R_0_INT] = { 0, INT32_MAX }, [R_1_INT] = { 1, INT32_MAX }, [R_WEIGHT] = { -253, 253 }, [R_WEIGHT_254] = { -254, 254 }, [R_NICE] = { -20, 19 }, [R_REALTIME] = { 1, 99 },
	[R_WINDOW] = { 1, 300 }, [R_SMTP_TIMEOUT] = { 1, 4294 }, [R_MONTH] = { 0, 31 * 86400 }, [R_1_MONTH] = { 1, 31 * 86400 }, [R_0_360] = { 0, 360 }, [R_MAXLEN] = { 1, 65507 }, [R_DAY] = { 0, 86400 }, [R_1_DAY] = { 1, 86400 },
	[R_1_254] = { 1, 254 }, [R_STATUS] = { 100, 599 }, [R_UMASK] = { 0, 0777 }, [R_PREFIX] = { 1, 128 },
	/* milliseconds */
	[R_ADVERT] = { 10, 255000 }, [R_PREEMPT] = { 0, 1000000 }, [R_SECS] = { 0, 4294000000 }, [R_SECS_1] = { 1, 4294000000 },
	[R_HOUR] = { 0, 3600000 }, [R_SECS_255] = { 0, 255000 },
};

const struct conf_limits *conf_limits(unsigned range)
{
	return &ranges[range];
}

/* Why a keyword is ignored or refused, each ended by NUL; words.awk packs them. */
enum why {
	TX_NO_SNMP, TX_NO_DBUS, TX_ONE_PROCESS, TX_ONE_NAME, TX_NO_AUTO, TX_NO_OVERRUN, TX_NO_IPVS_NFT,
	TX_NO_AFFINITY, TX_NO_BFD, TX_NO_REGEX, TX_NO_IPSETS, TX_RELOAD_CHECKED, TX_OLD_NOTHING, TX_NEVER_COPIED,
	TX_RETRY_INSTEAD, TX_NO_CLIENT_CERT, TX_WHY_ENCAP, TX_WHY_RELOAD_TIME_FILE, TX_WHY_RELOAD_REPEAT, TX_WHY_RELOAD_FILE,
	TX_WHY_IPROUTE_USR_DIR, TX_WHY_IPROUTE_ETC_DIR, TX_NO_LVS, TX_WHY_BFD_CHECK, TX_ALWAYS_DYNAMIC,
};
static const char why_packed[] =
	"there is no SNMP agent here; ask with 'ukeepalived status'\0"
	"there is no D-Bus here; ask with 'ukeepalived status'\0"
	"there is one process, which the vrrp_ keywords are for\0"
	"there is one process, and it keeps its name\0"
	"priority is not raised while running; vrrp_rt_priority sets one\0"
	"lost netlink events are made good by reading everything anew\0"
	"each address of a group is a virtual service of its own\0"
	"one thread: the kernel places it, or taskset does\0"
	"BFD is not built in; use a vrrp_script, or track_interface\0"
	"compare a digest, or write a MISC_CHECK with grep\0"
	"addresses stand in an nftables set\0"
	"every reload is checked first\0"
	"it has no effect since keepalived 1.2\0"
	"the configuration is read once and not copied\0"
	"only HTTP_GET and SSL_GET know it; write 'retry'\0"
	"SSL_GET shows no certificate of its own\0"
	"add the tunnelled route in notify_master\0"
	"send SIGHUP at that time, from cron\0"
	"there is no reload_time_file\0"
	"replace the file by rename(2) and send SIGHUP\0"
	"/usr/share/iproute2 is looked in\0"
	"/etc/iproute2 is looked in\0"
	"built without virtual servers\0"
	"BFD is not built in; use PING_CHECK or TCP_CHECK\0"
	"the file's weight counts without it\0";

/* Lists of words with blanks between them, and texts that stand for none. */
enum text {
	TX_WORDS_TUNNEL, TX_WORDS_STATE, TX_WORDS_PARAM, TX_WORDS_TTL_PROPAGATE, TX_WORDS_AUTH_TYPE,
	TX_WORDS_ANTI_REPLAY, TX_WORDS_MODE, TX_WORDS_HTTP_PROTOCOL, TX_DEFAULT_NFTABLES,
	TX_DEFAULT_NET_NAMESPACE_IPVS,
};
static const char texts[] =
	"ipip gue gre\0"
	"BACKUP MASTER\0"
	"exact initial partial\0"
	"disabled enabled\0"
	"PASS AH\0"
	"time monotonic\0"
	"enforce permissive receive-only\0"
	"1.0 1.0C 1.1\0"
	"keepalived\0"
	"\0";

enum {
	BL_NAMES, BL_GROUP_NAMES, BL_VIPS, BL_EVIPS, BL_STATIC_ADDRESSES, BL_ROUTES, BL_STATIC_ROUTES, BL_RULES, BL_STATIC_RULES,
	BL_PEERS, BL_TRACK_INTERFACES, BL_TRACK_SCRIPTS, BL_TRACK_PROCESSES, BL_TRACK_FILES, BL_DELAYS, BL_LINKBEATS,
	BL_BROADCAST, BL_VIA, BL_HOP, BL_CONGCTL, BL_FEATURES, BL_USER, BL_FIFO, BL_SMTP_SERVER, BL_DYNAMIC, BL_RX_POLICY,
	BL_GLOBAL_EXTRA, BL_EXTRA, BL_CHECKSUM, BL_VMAC, BL_IPVLAN, BL_INIT, BL_NEXTHOP, BL_GLOBAL_DEFS,
	BL_NOTIFY_TABLE, BL_SYNC_GROUP, BL_AUTHENTICATION, BL_AUTH_HMAC, BL_INSTANCE, BL_VRRP_SCRIPT, BL_TRACK_PROCESS, BL_TRACK_FILE,
	BL_TRACK_GROUP, BL_GARP_GROUP, BL_ROOT,
	/* those of virtual servers */
	BL_FLUSH, BL_TIMEOUTS, BL_LVS_SYNC, BL_FORWARD, BL_SERVICE, BL_SERVER, BL_SETTINGS, BL_CONNECTION, BL_ANY_CHECK, BL_TCP_CHECK, BL_PING_CHECK, BL_URL, BL_HTTP_GET,
	BL_SSL_GET, BL_SMTP_HOST, BL_SMTP_CHECK, BL_DNS_CHECK, BL_MISC_CHECK, BL_UDP_CHECK, BL_FILE_CHECK, BL_REAL_SERVER,
	BL_VIRTUAL_SERVER, BL_VS_GROUP, BL_SSL,
};

#define OFF(type, field) offsetof(struct type, field)
/* From the field that OPTIONS names to another one of the same struct. */
#define REL(type, base, field) (OFF(type, field) - OFF(type, base))
/* The same in a byte. */
#define NEAR(to, from) (uint8_t)((to) - (from) + 0 * sizeof(char[(to) + 128 - (from) < 256 ? 1 : -1]))

/*
 * An entry is its type, in two bytes its offset, the larger flags and which of the bytes range and arg follow, those bytes, its
 * names; where there are other flags, they stand behind a T_MORE before it. Of several names, with NUL between them, the first is
 * printed; the type of the next entry, or T_END, ends them. The file is read twice: as a struct's members, and as what they hold.
 */
enum { HAS_RANGE = 1 << 14, HAS_ARG = 1 << 15 };
#define WORD(bits) (bits) & 255, (bits) >> 8
#define ENTRY(word, type, off, flags) BYTES(word, type, WORD((off) | (flags)))
#define ENTRY_R(word, type, off, flags, range) BYTES(word, type, WORD((off) | (flags) | HAS_RANGE), range)
#define ENTRY_A(word, type, off, flags, arg) BYTES(word, type, WORD((off) | (flags) | HAS_ARG), arg)
#define ENTRY_F(word, type, off, flags, more) BYTES(word, T_MORE, more, type, WORD((off) | (flags)))
#define ENTRY_RA(word, type, off, flags, range, arg) BYTES(word, type, WORD((off) | (flags) | HAS_RANGE | HAS_ARG), range, arg)
#define ENTRY_RF(word, type, off, flags, range, more) BYTES(word, T_MORE, more, type, WORD((off) | (flags) | HAS_RANGE), range)
#define ENTRY_AF(word, type, off, flags, arg, more) BYTES(word, T_MORE, more, type, WORD((off) | (flags) | HAS_ARG), arg)
#define ENTRY_RAF(word, type, off, flags, range, arg, more) \
	BYTES(word, T_MORE, more, type, WORD((off) | (flags) | HAS_RANGE | HAS_ARG), range, arg)

#define FLAG(word, type, field) ENTRY(word, T_FLAG, OFF(type, field), 0)
#define CLEAR(word, type, field) ENTRY(word, T_SET, OFF(type, field), K_ALWAYS)
#define BOOL(word, type, field, flags) ENTRY(word, T_BOOL, OFF(type, field), flags)
#define TEXT(word, type, field) ENTRY(word, T_TEXT, OFF(type, field), 0)
#define IFACE(word, type, field) ENTRY(word, T_IFACE, OFF(type, field), 0)
#define SCRIPT(word, type, field) ENTRY(word, T_SCRIPT, OFF(type, field), 0)
#define ADDR(word, type, field) ENTRY(word, T_ADDR, OFF(type, field), 0)
#define PREFIX(word, type, field) ENTRY_A(word, T_PREFIX, OFF(type, field), 0, NEAR(OFF(type, field##_prefix), OFF(type, field)))
/* ANY has no range, BASED may be 0x..., HAS keeps in a bool whether it is there. */
#define NUMBER(word, kind, type, field, range, flags) ENTRY_R(word, kind, OFF(type, field), flags, range)
#define ANY(word, kind, type, field, flags) ENTRY(word, kind, OFF(type, field), flags)
#define BASED(word, kind, type, field, range, flags) ENTRY_RF(word, kind, OFF(type, field), flags, range, K_BASE)
#define HAS(word, kind, has, type, field, range, flags) \
	ENTRY_RA(word, kind, OFF(type, field), flags, range, NEAR(OFF(type, has), OFF(type, field)))
#define WEIGHT(type, field, reverse, range, flags) \
	ENTRY_RA("weight", T_WEIGHT, OFF(type, field), flags, range, NEAR(OFF(type, reverse), OFF(type, field)))
#define SET(word, value, type, field) ENTRY_R(word, T_SET, OFF(type, field), 0, value)
#define BIT(word, bit, type, field) ENTRY_R(word, T_BIT, OFF(type, field), 0, bit)
#define ENUM(word, words, type, field, flags) ENTRY_A(word, T_ENUM, OFF(type, field), flags, words)
#define NAME(word, names, type, field, flags) ENTRY_R(word, T_NAME, OFF(type, field), flags, names)
#define NAME_HAS(word, names, has, type, field) ENTRY_RA(word, T_NAME, OFF(type, field), 0, names, NEAR(OFF(type, has), OFF(type, field)))
#define CUSTOM(word, number, type, field, flags) ENTRY_A(word, T_CUSTOM, OFF(type, field), flags, number)
#define SECRET(word, number, type, field) ENTRY_AF(word, T_CUSTOM, OFF(type, field), 0, number, K_SECRET)
#define METRIC(word, number) ENTRY_RA(word, T_CUSTOM, OFF(route_conf, metrics), 0, number, C_METRIC)
/* Words in one line, for the object at field; VALUE and RANGED: the word itself, without a name before it. */
#define OPTIONS(word, block, type, field, flags) ENTRY_A(word, T_OPTIONS, OFF(type, field), flags, block)
#define VALUE(type, off, flags) ENTRY("", type, off, flags)
#define RANGED(type, off, range, flags) ENTRY_R("", type, off, flags, range)
#define BLOCK(word, block, type, field) ENTRY_A(word, T_BLOCK, OFF(type, field), 0, block)
/* Its first line has words of a block of their own. */
#define HEADED(word, block, head, type, field) ENTRY_RA(word, T_BLOCK, OFF(type, field), 0, head, block)
#define TABLE(block, off) ENTRY_A("", T_TABLE, off, 0, block)
/* The text takes the place of an offset. */
#define IGNORED(words, why) ENTRY(words, T_IGNORED, why, 0)
#define REFUSED(words, instead) ENTRY(words, T_REFUSED, instead, 0)
#define CHECKERS(word, block) BLOCK(word, block, real_server_conf, checks)
#define CHECKER TABLE(BL_ANY_CHECK, 0)
#define CONNECTS TABLE(BL_CONNECTION, 0)
#define TRACKS(type, tracks) \
	BLOCK("track_interface", BL_TRACK_INTERFACES, type, tracks[TRACK_INTERFACES]) \
	BLOCK("track_script", BL_TRACK_SCRIPTS, type, tracks[TRACK_SCRIPTS]) \
	BLOCK("track_process", BL_TRACK_PROCESSES, type, tracks[TRACK_PROCESSES]) \
	BLOCK("track_file", BL_TRACK_FILES, type, tracks[TRACK_FILES]) \
	REFUSED("track_bfd", TX_NO_BFD)

/* Newer compilers wonder where the NUL is. */
#ifdef __has_attribute
#if __has_attribute(nonstring)
#define NO_NUL __attribute__((nonstring))
#endif
#endif
#ifndef NO_NUL
#define NO_NUL
#endif
#define PASTE2(a, b) a##b
#define PASTE(a, b) PASTE2(a, b)
#define KEYS(name) struct {
#define BYTES(word, ...) struct { uint8_t bytes[sizeof((uint8_t[]){ __VA_ARGS__ })]; char names[sizeof(word) - 1] NO_NUL; } PASTE(entry, __COUNTER__);
#define END(name) uint8_t end; } name;
struct tables {
#include "keywords.def"
	uint8_t none;
};
#undef KEYS
#undef BYTES
#undef END
#define KEYS(name) .name = {
#define BYTES(word, ...) { { __VA_ARGS__ }, word },
#define END(name) .end = T_END },
static const struct tables tables = {
#include "keywords.def"
	.none = T_END,
};
_Static_assert(sizeof(struct config) < K_ALWAYS, "offsets and flags share two bytes");
_Static_assert((int)T_END < ' ', "a type ends names");

bool conf_next(const uint8_t **at, struct keyword *k)
{
	const uint8_t *p = *at;
	unsigned bits;

	if (*p == T_END)
		return false;
	k->flags = 0;
	if (*p == T_MORE) {
		k->flags = p[1];
		p += 2;
	}
	k->type = *p;
	bits = p[1] | (unsigned)p[2] << 8;
	k->off = bits & (K_ALWAYS - 1);
	k->flags |= bits & (K_ALWAYS | K_ALIAS | K_HAS);
	p += 3;
	k->range = bits & HAS_RANGE ? *p++ : 0;
	k->arg = (int8_t)(bits & HAS_ARG ? *p++ : 0);
	k->name = (const char *)p;
	while (*p >= ' ' || !*p)
		p++;
	*at = p;
	return true;
}

const char *conf_next_name(const char *name)
{
	while ((unsigned char)*name >= ' ')
		name++;
	return *name ? NULL : name + 1;
}

const uint8_t *conf_keys(const struct block *b)
{
	return (const uint8_t *)&tables + b->keys;
}

#define KEYS_OF(name) .keys = OFF(tables, name)
#define LINES(kind_, type) { KEYS_OF(none), .size = sizeof(struct type), .kind = kind_ }
#define ITEMS(keys, kind_, type) { KEYS_OF(keys), .size = sizeof(struct type), .kind = kind_ }
#define CHECK_BLOCK(keys, number) { KEYS_OF(keys), .size = sizeof(struct check_conf), .kind = B_CHECK + (number) }

static const struct block blocks[] = {
	[BL_NAMES] = LINES(L_NAMES, conf_name),
	[BL_GROUP_NAMES] = LINES(L_GROUP_NAMES, conf_name),
	[BL_VIPS] = ITEMS(vip, L_VIPS, vip_conf),
	[BL_EVIPS] = ITEMS(vip, L_EVIPS, vip_conf),
	[BL_STATIC_ADDRESSES] = ITEMS(vip, L_STATIC_ADDRS, vip_conf),
	[BL_ROUTES] = ITEMS(route, L_ROUTES, route_conf),
	[BL_STATIC_ROUTES] = ITEMS(route, L_STATIC_ROUTES, route_conf),
	[BL_RULES] = ITEMS(rule, L_RULES, rule_conf),
	[BL_STATIC_RULES] = ITEMS(rule, L_STATIC_RULES, rule_conf),
	[BL_PEERS] = ITEMS(peer, L_PEERS, peer_conf),
	[BL_TRACK_INTERFACES] = ITEMS(track, L_TRACK_INTERFACES, track_conf),
	[BL_TRACK_SCRIPTS] = ITEMS(track, L_TRACK_SCRIPTS, track_conf),
	[BL_TRACK_PROCESSES] = ITEMS(track, L_TRACK_PROCESSES, track_conf),
	[BL_TRACK_FILES] = ITEMS(track, L_TRACK_FILES, track_conf),
	[BL_DELAYS] = ITEMS(delay, L_DELAYS, interface_delay_conf),
	[BL_LINKBEATS] = ITEMS(linkbeat, L_LINKBEAT, linkbeat_conf),
	[BL_BROADCAST] = { KEYS_OF(broadcast) },
	[BL_VIA] = { KEYS_OF(via) },
	[BL_HOP] = { KEYS_OF(hop) },
	[BL_CONGCTL] = { KEYS_OF(congctl) },
	[BL_FEATURES] = { KEYS_OF(feature) },
	[BL_USER] = { KEYS_OF(user) },
	[BL_FIFO] = { KEYS_OF(fifo) },
	[BL_SMTP_SERVER] = { KEYS_OF(smtp_server) },
	[BL_DYNAMIC] = { KEYS_OF(dynamic) },
	[BL_RX_POLICY] = { KEYS_OF(policy) },
	[BL_GLOBAL_EXTRA] = { KEYS_OF(global_extra) },
	[BL_EXTRA] = { KEYS_OF(extra) },
	[BL_CHECKSUM] = { KEYS_OF(checksum) },
	[BL_VMAC] = { KEYS_OF(vmac) },
	[BL_IPVLAN] = { KEYS_OF(ipvlan) },
	[BL_INIT] = { KEYS_OF(init) },
	[BL_NEXTHOP] = { KEYS_OF(nexthop), .size = sizeof(struct nexthop_conf) },
	[BL_GLOBAL_DEFS] = { KEYS_OF(global), .kind = B_GLOBAL },
	[BL_NOTIFY_TABLE] = { KEYS_OF(notify) },
	[BL_SYNC_GROUP] = { KEYS_OF(group), .size = sizeof(struct group_conf), .kind = B_GROUP, .name_off = OFF(group_conf, name) },
	[BL_AUTHENTICATION] = { KEYS_OF(auth), .kind = B_PLAIN },
	[BL_AUTH_HMAC] = { KEYS_OF(hmac), .size = sizeof(struct hmac_conf), .kind = B_HMAC },
	[BL_INSTANCE] = { KEYS_OF(instance), .size = sizeof(struct instance_load), .kind = B_INSTANCE, .name_off = OFF(vrrp_conf, name) },
	[BL_VRRP_SCRIPT] = { KEYS_OF(script), .size = sizeof(struct vrrp_script_conf), .kind = B_SCRIPT, .name_off = OFF(vrrp_script_conf, name) },
	[BL_TRACK_PROCESS] = { KEYS_OF(process), .size = sizeof(struct track_process_conf), .kind = B_PROCESS, .name_off = OFF(track_process_conf, name) },
	[BL_TRACK_FILE] = { KEYS_OF(file), .size = sizeof(struct track_file_conf), .kind = B_FILE, .name_off = OFF(track_file_conf, name) },
	[BL_TRACK_GROUP] = { KEYS_OF(track_group), .size = sizeof(struct track_group_conf), .kind = B_TRACK_GROUP, .name_off = OFF(track_group_conf, name) },
	[BL_GARP_GROUP] = { KEYS_OF(garp), .size = sizeof(struct garp_group_conf), .kind = B_GARP_GROUP },
	[BL_ROOT] = { KEYS_OF(root), .kind = B_PLAIN },
#if HAVE_LVS
	[BL_FLUSH] = { KEYS_OF(flush) },
	[BL_TIMEOUTS] = { KEYS_OF(timeout) },
	[BL_LVS_SYNC] = { KEYS_OF(sync) },
	[BL_FORWARD] = { KEYS_OF(forward) },
	[BL_SERVICE] = { KEYS_OF(service) },
	[BL_SERVER] = { KEYS_OF(server) },
	[BL_SETTINGS] = { KEYS_OF(settings) },
	[BL_CONNECTION] = { KEYS_OF(connection) },
	[BL_ANY_CHECK] = { KEYS_OF(any_check) },
	[BL_TCP_CHECK] = CHECK_BLOCK(plain_check, CHECK_TCP),
	[BL_PING_CHECK] = CHECK_BLOCK(plain_check, CHECK_PING),
	[BL_URL] = { KEYS_OF(url), .size = sizeof(struct url_conf), .kind = B_URL },
	[BL_HTTP_GET] = CHECK_BLOCK(http, CHECK_HTTP),
	[BL_SSL_GET] = CHECK_BLOCK(http, CHECK_SSL),
	[BL_SMTP_HOST] = { KEYS_OF(connection), .size = sizeof(struct check_conf), .kind = B_SMTP_HOST },
	[BL_SMTP_CHECK] = CHECK_BLOCK(smtp, CHECK_SMTP),
	[BL_DNS_CHECK] = CHECK_BLOCK(dns, CHECK_DNS),
	[BL_MISC_CHECK] = CHECK_BLOCK(misc, CHECK_MISC),
	[BL_UDP_CHECK] = CHECK_BLOCK(udp, CHECK_UDP),
	[BL_FILE_CHECK] = CHECK_BLOCK(file_check, CHECK_FILE),
	[BL_REAL_SERVER] = { KEYS_OF(real), .size = sizeof(struct real_server_conf), .kind = B_REAL_SERVER },
	[BL_VIRTUAL_SERVER] = { KEYS_OF(virtual), .size = sizeof(struct virtual_server_conf), .kind = B_VIRTUAL_SERVER },
	[BL_VS_GROUP] = { KEYS_OF(none), .size = sizeof(struct vs_entry_conf), .kind = L_VS_ENTRIES, .name_off = OFF(vs_group_conf, name) },
	[BL_SSL] = { KEYS_OF(ssl), .kind = B_PLAIN },
#endif
};

const struct block *conf_block(const struct keyword *k)
{
	return &blocks[k->arg];
}

const char *conf_arg_text(const struct keyword *k)
{
	return k->type < T_IGNORED ? text_nth(texts, (unsigned)k->arg) : text_nth(why_packed, k->off);
}

const struct block *conf_head(const struct keyword *k)
{
	return k->range ? &blocks[k->range] : NULL;
}

const struct block *conf_lines(enum block_kind kind)
{
	const struct block *b = blocks;

	while (b->kind != kind)
		b++;
	return b;
}

const struct block *conf_root(void)
{
	return &blocks[BL_ROOT];
}

/* Lists in the order of enum conf_names. Each number is a byte before its name; an empty name ends a list. */

static const char names[] =
	/* scope */
	"\000global\0" "\310site\0" "\375link\0" "\376host\0" "\377nowhere\0\0\0"
	/* type */
	"\001unicast\0" "\002local\0" "\003broadcast\0" "\003brd\0" "\004anycast\0" "\005multicast\0" "\006blackhole\0"
	"\007unreachable\0" "\010prohibit\0" "\011throw\0\0\0"
	/* protocol */
	"\000none\0" "\001redirect\0" "\002kernel\0" "\003boot\0" "\004static\0" "\010gated\0" "\011ra\0" "\012mrt\0" "\013zebra\0"
	"\014bird\0" "\015dnrouted\0" "\016xorp\0" "\017ntk\0" "\020dhcp\0" "\022keepalived\0" "\052babel\0" "\272bgp\0" "\273isis\0"
	"\274ospf\0" "\275rip\0" "\300eigrp\0\0\0"
	/* table */
	"\375default\0" "\376main\0" "\377local\0\0\0"
	/* dns */
	"\001A\0" "\002NS\0" "\005CNAME\0" "\006SOA\0" "\017MX\0" "\020TXT\0" "\034AAAA\0" "\056RRSIG\0" "\060DNSKEY\0\0\0"
	/* ip_protocol */
	"\001icmp\0" "\002igmp\0" "\006tcp\0" "\021udp\0" "\057gre\0" "\062esp\0" "\063ah\0" "\072ipv6-icmp\0" "\131ospf\0" "\160vrrp\0"
	"\204sctp\0\0\0"
	/* family */
	"\002inet\0" "\012inet6\0\0\0"
	/* pref */
	"\003low\0" "\000medium\0" "\001high\0\0\0"
	/* lvs_protocol */
	"\006TCP\0" "\021UDP\0" "\204SCTP\0\0\0";

const char *conf_names(enum conf_names which)
{
	const char *p = names;

	for (; which; p += 2, which--)
		while (p[1])
			p += strlen(p + 1) + 2;
	return p;
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
