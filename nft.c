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
#include <stdlib.h>
#include <string.h>

/* The kernel's number, newer than the headers of many toolchains. */
#define TABLE_F_OWNER 2
/* What they take of a batch at most, with its end. */
#define ELEMENT_ROOM 256
#define TABLE_ROOM 5000
#define HOST_ORDER __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 0 : 1, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 1 : 0

struct nft {
	struct nl *nl;
	struct nft_settings settings;
	char table[64];
	bool made[2];  /* the table is there, or will be by the batch: IPv4, IPv6 */
	bool unowned;  /* the kernel has no owners */
	int err;
	struct nlbatch batch;
};

/* How nft(8) shows the keys of sets: IPv4, IPv6 address, interface name, an address and a name. */
#define TYPE_IFNAME 41
static const char *const set_names[NFT_SETS] = { "vips", "vips_link_local", "vmacs", "vmac_link_local" };

/* For nft(8) alone, which would show names backwards: key byte order (0), four bytes, the host's (1). */
static const struct {
	uint8_t type, len;
	uint16_t value[2];
} string_order = { 0, 4, { HOST_ORDER } };

static uint32_t type_of(uint8_t family, unsigned set)
{
	uint32_t addr = family == NFPROTO_IPV4 ? 7 : 8;

	return set == NFT_VIPS ? addr : set == NFT_VMACS ? TYPE_IFNAME : addr << 6 | TYPE_IFNAME;
}

static uint32_t key_len(uint8_t family, unsigned set)
{
	return (set == NFT_VMACS ? 0 : family == NFPROTO_IPV4 ? 4 : 16) + (set == NFT_VIPS ? 0 : IFNAMSIZ);
}

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

static void begin(const struct nft *t, struct nlmsg *m, unsigned type, uint16_t flags, uint8_t family)
{
	struct nfgenmsg g = { .nfgen_family = family };

	nl_begin(m, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, &g, sizeof(g));
	/* The name of the table is attribute 1 of all there are. */
	nl_put_text(m, 1, t->table);
}

static void put32(struct nlmsg *m, uint16_t attr, uint32_t value)
{
	nl_put_u32(m, attr, htonl(value));
}

static void expression(struct nlmsg *m, const struct rule_step *s)
{
	size_t element = nl_nest(m, NFTA_LIST_ELEM), data, inner, verdict;

	nl_put_text(m, NFTA_EXPR_NAME, step_names[s->step - META]);
	data = nl_nest(m, NFTA_EXPR_DATA);
	for (uint16_t i = 0; i < 4; i++)
		if (s->numbers[i] != NONE)
			put32(m, (uint16_t)(i + 1), s->numbers[i]);
	if (s->step == LOOKUP)
		nl_put_text(m, NFTA_LOOKUP_SET, set_names[s->more]);
	if (s->step == COMPARE) {
		inner = nl_nest(m, NFTA_CMP_DATA);
		nl_put_u8(m, NFTA_DATA_VALUE, s->more);
		nl_nest_end(m, inner);
	}
	if (s->step == VERDICT) {
		inner = nl_nest(m, NFTA_IMMEDIATE_DATA);
		verdict = nl_nest(m, NFTA_DATA_VERDICT);
		put32(m, NFTA_VERDICT_CODE, s->more);
		nl_nest_end(m, verdict);
		nl_nest_end(m, inner);
	}
	nl_nest_end(m, data);
	nl_nest_end(m, element);
}

static void put_rules(struct nft *t, uint8_t family, const struct rule_step *s)
{
	struct nlmsg m;
	size_t list = 0;

	for (; s->step != END; s++) {
		if (s->step <= OUT) {
			begin(t, &m, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, family);
			nl_put_text(&m, NFTA_RULE_CHAIN, s->step == IN ? "in" : "out");
			list = nl_nest(&m, NFTA_RULE_EXPRESSIONS);
			continue;
		}
		if (s->step == VERDICT && t->settings.counters)
			expression(&m, &counter);
		expression(&m, s);
		if (s->step != VERDICT)
			continue;
		nl_nest_end(&m, list);
		nl_batch_add(&t->batch, &m);
	}
}

static void put_chain(struct nft *t, uint8_t family, const char *name, uint32_t hook)
{
	struct nlmsg m;
	size_t nest;

	begin(t, &m, NFT_MSG_NEWCHAIN, NLM_F_CREATE, family);
	nl_put_text(&m, NFTA_CHAIN_NAME, name);
	nest = nl_nest(&m, NFTA_CHAIN_HOOK);
	put32(&m, NFTA_HOOK_HOOKNUM, hook);
	put32(&m, NFTA_HOOK_PRIORITY, (uint32_t)t->settings.priority);
	nl_nest_end(&m, nest);
	nl_put_text(&m, NFTA_CHAIN_TYPE, "filter");
	nl_batch_add(&t->batch, &m);
}

static void put_set(struct nft *t, uint8_t family, unsigned set)
{
	struct nlmsg m;

	begin(t, &m, NFT_MSG_NEWSET, NLM_F_CREATE, family);
	nl_put_text(&m, NFTA_SET_NAME, set_names[set]);
	put32(&m, NFTA_SET_KEY_TYPE, type_of(family, set));
	put32(&m, NFTA_SET_KEY_LEN, key_len(family, set));
	put32(&m, NFTA_SET_ID, set + 1);
	if (set == NFT_VMACS)
		nl_put(&m, NFTA_SET_USERDATA, &string_order, sizeof(string_order));
	nl_batch_add(&t->batch, &m);
}

/* Made before it is deleted: so there is one to delete, whatever was there. */
static void delete_table(struct nft *t, uint8_t family)
{
	struct nlmsg m;

	begin(t, &m, NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
	nl_batch_add(&t->batch, &m);
	begin(t, &m, NFT_MSG_DELTABLE, 0, family);
	nl_batch_add(&t->batch, &m);
}

static void put_table(struct nft *t, uint8_t family)
{
	struct nlmsg m;

	delete_table(t, family);
	begin(t, &m, NFT_MSG_NEWTABLE, NLM_F_CREATE, family);
	if (!t->unowned)
		put32(&m, NFTA_TABLE_FLAGS, TABLE_F_OWNER);
	nl_batch_add(&t->batch, &m);
	put_chain(t, family, "in", NF_INET_LOCAL_IN);
	put_chain(t, family, "out", NF_INET_LOCAL_OUT);
	for (unsigned set = 0; set < NFT_SETS; set++)
		if (family == NFPROTO_IPV6 || set == NFT_VIPS || set == NFT_VMACS)
			put_set(t, family, set);
	put_rules(t, family, family == NFPROTO_IPV6 ? rules6 : rules4);
}

/* --- the whole --- */

static const uint8_t families[2] = { NFPROTO_IPV4, NFPROTO_IPV6 };

static void flush(struct nft *t)
{
	int err = 0;

	if (t->batch.len > NLMSG_HDRLEN + sizeof(struct nfgenmsg))
		err = nl_batch_talk(t->nl, &t->batch);
	nl_batch_begin(&t->batch, NFNL_SUBSYS_NFTABLES);
	if (!t->err)
		t->err = err;
}

struct nft *nft_open(void)
{
	struct nft *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->nl = nl_open(NETLINK_NETFILTER);
	if (!t->nl) {
		free(t);
		return NULL;
	}
	nl_batch_begin(&t->batch, NFNL_SUBSYS_NFTABLES);
	return t;
}

static void delete_tables(struct nft *t)
{
	for (unsigned i = 0; i < 2; i++)
		if (t->made[i])
			delete_table(t, families[i]);
	memset(t->made, 0, sizeof(t->made));
}

void nft_close(struct nft *t)
{
	if (!t)
		return;
	delete_tables(t);
	flush(t);
	nl_close(t->nl);
	free(t);
}

void nft_rebuild(struct nft *t, const struct nft_settings *settings)
{
	nl_batch_begin(&t->batch, NFNL_SUBSYS_NFTABLES);
	delete_tables(t);
	t->settings = *settings;
	text_format(t->table, sizeof(t->table), "%s", settings->table);
}

void nft_element(struct nft *t, uint8_t family, enum nft_set set, const struct addr *addr, const char *name, bool present)
{
	uint8_t key[16 + IFNAMSIZ] = { 0 }, proto = families[family == AF_INET6];
	bool *made = &t->made[family == AF_INET6];
	size_t at = 0, list, element, nest;
	struct nlmsg m;

	if (t->batch.len > NLBATCH_BUF - (*made ? ELEMENT_ROOM : TABLE_ROOM))
		flush(t);
	if (!*made)
		put_table(t, proto);
	*made = true;
	if (addr) {
		at = addr_len(addr);
		memcpy(key, addr->bytes, at);
	}
	if (name)
		memcpy(key + at, name, strnlen(name, IFNAMSIZ - 1));
	begin(t, &m, present ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM, present ? NLM_F_CREATE : 0, proto);
	nl_put_text(&m, NFTA_SET_ELEM_LIST_SET, set_names[set]);
	list = nl_nest(&m, NFTA_SET_ELEM_LIST_ELEMENTS);
	element = nl_nest(&m, NFTA_LIST_ELEM);
	nest = nl_nest(&m, NFTA_SET_ELEM_KEY);
	nl_put(&m, NFTA_DATA_VALUE, key, key_len(proto, set));
	nl_nest_end(&m, nest);
	nl_nest_end(&m, element);
	nl_nest_end(&m, list);
	nl_batch_add(&t->batch, &m);
}

int nft_commit(struct nft *t)
{
	int err;

	flush(t);
	err = t->err;
	t->err = 0;
	if ((err != -EINVAL && err != -EOPNOTSUPP) || t->unowned)
		return err;
	t->unowned = true;
	return -EAGAIN;
}
