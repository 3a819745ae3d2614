/* SPDX-License-Identifier: MIT */
#include "nft.h"
#include "netlink.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <string.h>

/* The kernel's number, newer than the headers of many toolchains. */
#define TABLE_F_OWNER 2
/* What they take of a batch at most, with its end. */
#define ELEMENT_ROOM 256
#define TABLE_ROOM 5000
#define HOST_ORDER __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 1, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 1 : 0
_Static_assert(NFPROTO_IPV4 == AF_INET && NFPROTO_IPV6 == AF_INET6, "families of both kinds");

/* There is one name for the tables. */
static struct {
	struct nft_settings settings;
	char table[64];
	bool made[2];  /* the table is there, or will be by the batch: IPv4, IPv6 */
	bool unowned;  /* the kernel has no owners */
	int err;
} t;

/* As nft(8) shows the keys of sets: IPv4, IPv6 address, interface name, an address and a name. */
enum { TYPE_IPV4 = 7, TYPE_IPV6 = 8, TYPE_IFNAME = 41, TYPE_IPV6_IFNAME = TYPE_IPV6 << 6 | TYPE_IFNAME };
static const char *const set_names[NFT_SETS] = { "vips", "vips_link_local", "vmacs", "vmac_link_local" };
static const struct {
	uint16_t type, len; /* 0: the family has no such set */
} keys[2][NFT_SETS] = {
	{ [NFT_VIPS] = { TYPE_IPV4, 4 }, [NFT_VMACS] = { TYPE_IFNAME, IFNAMSIZ } },
	{ { TYPE_IPV6, 16 }, { TYPE_IPV6_IFNAME, 16 + IFNAMSIZ }, { TYPE_IFNAME, IFNAMSIZ }, { TYPE_IPV6_IFNAME, 16 + IFNAMSIZ } },
};

/* For nft(8) alone, which would show names backwards: key byte order (0), four bytes, the host's (1). */
static const struct {
	uint8_t type, len;
	uint16_t value[2];
} string_order = { 0, 4, { HOST_ORDER } };

/* Rules, as expressions: attributes 1 to 4 of each (NONE: not there), and for those that need more what `more` is. */
enum step { END, IN, OUT /* a rule of this chain begins */, META, PAYLOAD, COMPARE, LOOKUP, VERDICT, COUNTER };
#define NONE 255
struct rule_step {
	uint8_t step, more, numbers[4];
};
static const char step_names[][10] = { "meta", "payload", "cmp", "lookup", "immediate", "counter" }; /* from META on */
static const struct rule_step counter = { COUNTER, 0, { NONE, NONE, NONE, NONE } };

#define R1 NFT_REG_1
#define RULE(chain) { chain, 0, { 0 } }
#define ADDR(offset, len) { PAYLOAD, 0, { R1, NFT_PAYLOAD_NETWORK_HEADER, offset, len } }
#define IS(how, value) { COMPARE, value, { R1, how, NONE, NONE } }
#define IN_SET(set) { LOOKUP, set, { NONE, R1, NONE, NONE } }
#define MAKE(verdict) { VERDICT, verdict, { NFT_REG_VERDICT, NONE, NONE, NONE } }
#define LOAD_META(key, reg) { META, 0, { reg, key, NONE, NONE } }
#define PROTO(number) LOAD_META(NFT_META_L4PROTO, R1), IS(NFT_CMP_EQ, number)
#define ICMP6(first, last) PROTO(58), { PAYLOAD, 0, { R1, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 1 } }, IS(NFT_CMP_GTE, first), IS(NFT_CMP_LTE, last)
/* Behind an address the name comes second. */
#define OUT_NAME(reg) LOAD_META(NFT_META_OIFNAME, reg)
#define IN_NAME(reg) LOAD_META(NFT_META_IIFNAME, reg)
#define R2 NFT_REG_2

static const struct rule_step rules4[] = {
	RULE(OUT), PROTO(2), OUT_NAME(R1), IN_SET(NFT_VMACS), MAKE(NF_DROP),
	RULE(OUT), ADDR(12, 4), IN_SET(NFT_VIPS), MAKE(NF_DROP),
	RULE(IN), ADDR(16, 4), IN_SET(NFT_VIPS), MAKE(NF_DROP),
	RULE(END),
};
static const struct rule_step rules6[] = {
	/* The base's link-local address is on the macvlan too; a backup that answered by it would draw the master's frames to itself. */
	RULE(OUT), ICMP6(136, 136), ADDR(8, 16), OUT_NAME(R2), IN_SET(NFT_VMAC_LINK_LOCAL), MAKE(NF_DROP),
	RULE(OUT), ICMP6(135, 136), MAKE(NF_ACCEPT),
	/* From old MLD reports to new ones, with what routers say and ask in between. */
	RULE(OUT), ICMP6(131, 143), OUT_NAME(R1), IN_SET(NFT_VMACS), MAKE(NF_DROP),
	RULE(OUT), ADDR(8, 16), IN_SET(NFT_VIPS), MAKE(NF_DROP),
	RULE(OUT), ADDR(8, 16), OUT_NAME(R2), IN_SET(NFT_VIPS_LINK_LOCAL), MAKE(NF_DROP),
	RULE(IN), ICMP6(135, 136), MAKE(NF_ACCEPT),
	RULE(IN), ADDR(24, 16), IN_SET(NFT_VIPS), MAKE(NF_DROP),
	RULE(IN), ADDR(24, 16), IN_NAME(R2), IN_SET(NFT_VIPS_LINK_LOCAL), MAKE(NF_DROP),
	RULE(END),
};

/* --- messages --- */

static void begin(unsigned type, unsigned flags, unsigned family)
{
	struct nfgenmsg g = { .nfgen_family = (uint8_t)family };

	nl_batch_begin();
	nl_begin(NFNL_SUBSYS_NFTABLES << 8 | type, flags, &g, sizeof(g));
	/* The name of the table is attribute 1 of all there are. */
	nl_put_text(1, t.table);
}

static void put32(unsigned attr, uint32_t value)
{
	nl_put_u32(attr, htonl(value));
}

static void expression(const struct rule_step *s)
{
	nl_nest(NFTA_LIST_ELEM);
	nl_put_text(NFTA_EXPR_NAME, step_names[s->step - META]);
	nl_nest(NFTA_EXPR_DATA);
	for (unsigned i = 0; i < 4; i++)
		if (s->numbers[i] != NONE)
			put32(i + 1, s->numbers[i]);
	if (s->step == LOOKUP)
		nl_put_text(NFTA_LOOKUP_SET, set_names[s->more]);
	if (s->step == COMPARE) {
		nl_nest(NFTA_CMP_DATA);
		nl_put_u8(NFTA_DATA_VALUE, s->more);
		nl_nest_end();
	}
	/* The last of a rule, with which all ends. */
	if (s->step == VERDICT) {
		nl_nest(NFTA_IMMEDIATE_DATA);
		nl_nest(NFTA_DATA_VERDICT);
		put32(NFTA_VERDICT_CODE, s->more);
	}
	nl_nest_end();
	nl_nest_end();
}

static void put_rules(unsigned family, const struct rule_step *s)
{
	for (; s->step != END; s++) {
		if (s->step <= OUT) {
			begin(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family);
			nl_put_text(NFTA_RULE_CHAIN, s->step == IN ? "in" : "out");
			nl_nest(NFTA_RULE_EXPRESSIONS);
			continue;
		}
		if (s->step == VERDICT && t.settings.counters)
			expression(&counter);
		expression(s);
	}
}

static void put_chain(unsigned family, const char *name, uint32_t hook)
{
	begin(NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
	nl_put_text(NFTA_CHAIN_NAME, name);
	nl_nest(NFTA_CHAIN_HOOK);
	put32(NFTA_HOOK_HOOKNUM, hook);
	put32(NFTA_HOOK_PRIORITY, (uint32_t)t.settings.priority);
	nl_nest_end();
	nl_put_text(NFTA_CHAIN_TYPE, "filter");
}

static void put_set(unsigned family, unsigned set)
{
	unsigned len = keys[family == AF_INET6][set].len;

	if (!len)
		return;
	begin(NFT_MSG_NEWSET, NLM_F_CREATE, family);
	nl_put_text(NFTA_SET_NAME, set_names[set]);
	put32(NFTA_SET_KEY_TYPE, keys[family == AF_INET6][set].type);
	put32(NFTA_SET_KEY_LEN, len);
	put32(NFTA_SET_ID, set + 1);
	if (set == NFT_VMACS)
		nl_put(NFTA_SET_USERDATA, &string_order, sizeof(string_order));
}

/* Made before it is deleted: so there is one to delete, whatever was there. */
static void delete_table(unsigned family)
{
	begin(NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
	begin(NFT_MSG_DELTABLE, 0, family);
	t.made[family == AF_INET6] = false;
}

static void put_table(unsigned family)
{
	delete_table(family);
	begin(NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
	if (!t.unowned)
		put32(NFTA_TABLE_FLAGS, TABLE_F_OWNER);
	put_chain(family, "in", NF_INET_LOCAL_IN);
	put_chain(family, "out", NF_INET_LOCAL_OUT);
	for (unsigned set = 0; set < NFT_SETS; set++)
		put_set(family, set);
	put_rules(family, family == AF_INET6 ? rules6 : rules4);
	t.made[family == AF_INET6] = true;
}

/* --- the whole --- */

static void flush(void)
{
	int err = nl_batch_len() ? nl_talk(NL_NETFILTER) : 0;

	if (!t.err)
		t.err = err;
}

int nft_open(void)
{
	return nl_open(NL_NETFILTER);
}

static void delete_tables(void)
{
	if (t.made[0])
		delete_table(AF_INET);
	if (t.made[1])
		delete_table(AF_INET6);
}

void nft_close(void)
{
	delete_tables();
	flush();
	nl_close(NL_NETFILTER);
	memset(&t, 0, sizeof(t));
}

void nft_rebuild(const struct nft_settings *settings)
{
	delete_tables();
	t.settings = *settings;
	text_format(t.table, sizeof(t.table), "%s", settings->table);
}

void nft_element(unsigned family, enum nft_set set, const struct addr *addr, const char *name, bool present)
{
	uint8_t key[16 + IFNAMSIZ] = { 0 };
	bool made = t.made[family == AF_INET6];
	unsigned at = 0;

	if (nl_batch_len() > NL_BUF - (made ? ELEMENT_ROOM : TABLE_ROOM))
		flush();
	if (!made)
		put_table(family);
	if (addr) {
		at = (unsigned)addr_len(addr);
		memcpy(key, addr->bytes, at);
	}
	if (name) {
		memcpy(key + at, name, strnlen(name, IFNAMSIZ - 1));
		at += IFNAMSIZ;
	}
	begin(present ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, present ? NLM_F_CREATE : 0, family);
	nl_put_text(NFTA_SET_ELEM_LIST_SET, set_names[set]);
	nl_nest(NFTA_SET_ELEM_LIST_ELEMENTS);
	nl_nest(NFTA_LIST_ELEM);
	nl_nest(NFTA_SET_ELEM_KEY);
	nl_put(NFTA_DATA_VALUE, key, at);
}

int nft_commit(void)
{
	int err;

	flush();
	err = t.err;
	t.err = 0;
	if ((err != -EINVAL && err != -EOPNOTSUPP) || t.unowned)
		return err;
	t.unowned = true;
	return -EAGAIN;
}
