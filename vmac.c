/* SPDX-License-Identifier: MIT */
#include "vmac.h"
#include "instance.h"
#include "netlink.h"
#include "route.h"
#include "text.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's numbers, newer than the headers of many toolchains. */
#define ATTR_IPVLAN_MODE 1
#define ATTR_IPVLAN_FLAGS 2
#define ADDR_GEN_MODE_NONE 1

#define ALIAS "ukeepalived "
#define ALIAS_MAX 256 /* IFALIASZ */

/* The base must answer neither for addresses on the macvlan nor by the macvlan for its own, nor ask with a virtual address as the source: who is
 * asked learns from it. */
static const struct {
	char key[15];
	uint8_t value;
} base_settings[VMAC_BASE_KEYS] = { { "arp_ignore", 1 }, { "arp_filter", 1 }, { "arp_announce", 2 } };

/* Interfaces whose rp_filter took the value of conf/all, as in the alias: what each had, a digit, and its name, a blank. */
#define RAISED_MAX 8192
static char raised[RAISED_MAX];

/* --- names --- */

static const char *kind_of(const struct vmac *v)
{
	return v->ipvlan ? "ipvlan" : "macvlan";
}

/* Whether a link is what it should be. */
static bool matches(const struct vmac *v, const struct iface *link)
{
	return link->index && link->base_index == v->base->index && !strcmp(link->kind, kind_of(v)) &&
	       (v->ipvlan || !memcmp(link->hw_addr, v->mac, sizeof(v->mac)));
}

static bool is_taken(const struct router *router, const struct vmac *v, const char *name)
{
	const struct iface *there = iface_find(name);

	/* One that goes by this reload leaves its name to the instance that had it. */
	for (const struct vmac *other = router->vmacs.first; other; other = other->next)
		if (!strcmp(other->link->name, name))
			return other->claimed || strcmp(other->conf->name, v->conf->name);
	return there && there->index && !matches(v, there);
}

/* keepalived's: vrrp.51; where that is taken vrrp6.51 for IPv6, then vrrp1.51 and so on. */
static void choose_name(const struct router *router, const struct vmac *v, bool main, char name[IFNAMSIZ])
{
	const struct global_conf *g = &router->config->global;
	const char *prefix = main || !g->vmac_addr_name_prefix ? g->vmac_name_prefix : g->vmac_addr_name_prefix;
	char number[4] = "";

	for (unsigned try = 1; try < 256; try++) {
		text_format(name, IFNAMSIZ, "%s%s.%u", prefix ? prefix : "vrrp", number, v->conf->vrid);
		if (!is_taken(router, v, name))
			break;
		text_format(number, sizeof(number), "%u", v->mac[4] != 2 ? try : try == 1 ? 6 : try - 1);
	}
}

static void mac_of(const struct vrrp_conf *conf, bool main, int family, uint8_t mac[6])
{
	const uint8_t standard[6] = { 0x00, 0x00, 0x5e, 0x00, family == AF_INET6 ? 2 : 1, conf->vrid };

	memcpy(mac, main && conf->vmac_has_mac ? conf->vmac_mac : standard, 6);
}

static struct vmac *find(const struct router *router, const struct vmac *like, const char *name)
{
	struct vmac *v;

	for (v = router->vmacs.first; v; v = v->next)
		if (v->base == like->base && v->ipvlan == like->ipvlan && !memcmp(v->mac, like->mac, sizeof(v->mac)) &&
		    (!name || !strcmp(v->link->name, name)))
			break;
	return v;
}

struct vmac *vmac_claim(struct instance *inst, struct iface *base, int family)
{
	const struct vrrp_conf *conf = inst->conf;
	struct router *router = inst->router;
	bool main = base == inst->base && family == conf->family;
	struct vmac like = { .conf = conf, .base = base, .ipvlan = main && conf->use_ipvlan }, *v;
	char name[IFNAMSIZ];

	mac_of(conf, main, family, like.mac);
	v = find(router, &like, main ? conf->vmac_name : NULL);
	if (!v) {
		if (main && conf->vmac_name)
			text_format(name, sizeof(name), "%s", conf->vmac_name);
		else
			choose_name(router, &like, main, name);
		v = malloc(sizeof(*v));
		like.link = iface_get(name);
		if (!v || !like.link) {
			free(v);
			return NULL;
		}
		like.next = router->vmacs.first;
		*v = like;
		router->vmacs.first = v;
	}
	if (!v->claimed)
		v->wants4 = v->wants6 = false;
	v->claimed = true;
	v->conf = conf;
	v->wants4 |= family == AF_INET;
	v->wants6 |= family == AF_INET6;
	v->link_index = 0;
	if (main && !conf->use_vmac_addr)
		CONF_EACH(struct vip_conf, vip, &conf->common->evips)
			*(vip->addr.family == AF_INET ? &v->wants4 : &v->wants6) = true;
	return v;
}

int vmac_is(const struct router *router, const struct iface *iface)
{
	const struct vmac *v = router->vmacs.first;

	while (v && v->link != iface)
		v = v->next;
	return v != NULL;
}

/* --- settings --- */

static void set(int family, const struct iface *iface, const char *key, int value)
{
	int err = iface_sysctl(family, iface->name, key, value, NULL);

	/* Without IPv6 in the kernel there is nothing to set. */
	if (err && err != -ENOENT)
		log_warn("%s of %s can't be set to %d: %*m", key, iface->name, value, err);
}

/* Of a link. Else one that is for IPv6 would answer ARP for the IPv4 addresses of all others; no IPv6 address of its own making (RFC 9568 section 7.4),
 * and no routes. */
enum { IF_V4 = 1, IF_MACVLAN = 2 };
static const struct {
	const char *key;
	uint8_t family, value, only;
} link_settings[] = {
	{ "arp_ignore", AF_INET, 1, 0 },
	{ "accept_local", AF_INET, 1, IF_V4 },
	{ "rp_filter", AF_INET, 0, IF_V4 },
	{ "promote_secondaries", AF_INET, 1, IF_V4 },
	{ "addr_gen_mode", AF_INET6, ADDR_GEN_MODE_NONE, IF_MACVLAN },
	{ "accept_ra", AF_INET6, 0, 0 },
};

/* The kernel takes the higher of conf/all and the interface's own, and drops what comes in by a macvlan without an address unless both are 0:
 * the others take over what conf/all was. */
static void clear_rp_filter(struct vmacs *all)
{
	int now, was;
	struct out out = { .buf = raised, .size = sizeof(raised) - 1, .len = strlen(raised) };
	struct dirent *e;
	DIR *dir;

	if (iface_sysctl(AF_INET, "all", "rp_filter", 0, &now) || !now)
		return;
	all->rp_filter = now;
	dir = opendir("/proc/sys/net/ipv4/conf");
	while (dir && (e = readdir(dir))) {
		if (e->d_name[0] == '.' || !strcmp(e->d_name, "all") || iface_sysctl(AF_INET, e->d_name, "rp_filter", IFACE_SYSCTL_READ, &was) || was >= now)
			continue;
		iface_sysctl(AF_INET, e->d_name, "rp_filter", now, NULL);
		out_print(&out, "%d%s ", was, e->d_name);
	}
	if (dir)
		closedir(dir);
}

static void restore_raised(struct vmacs *all)
{
	char *at = raised, *name;
	size_t len = strlen(raised);

	while (*at) {
		int was = *at++ - '0';

		name = strsep(&at, " ");
		/* One for which there was no room. */
		if (!at)
			break;
		iface_sysctl(AF_INET, name, "rp_filter", was, NULL);
	}
	/* All of it: the next ones are put in front of zeros. */
	memset(raised, 0, len);
	if (all->rp_filter)
		iface_sysctl(AF_INET, "all", "rp_filter", all->rp_filter, NULL);
	all->rp_filter = 0;
}

/* What the settings were before us, and conf/all/rp_filter: by the alias of a link that a former run left. NULL, or what follows in it. */
static char *parse_alias(const char *alias, int values[VMAC_BASE_KEYS + 1])
{
	char *end = NULL;

	if (strncmp(alias, ALIAS, strlen(ALIAS)))
		return NULL;
	alias += strlen(ALIAS);
	for (int i = 0; i <= VMAC_BASE_KEYS; i++, alias = end)
		values[i] = (int)text_number(alias, &end, 10);
	return end;
}

/* The same of rp_filter, for which the mirror has no room: conf/all's, and that of other interfaces. */
static void recall_raised(struct vmacs *all, const char *link, int rp_filter)
{
	char path[48], text[ALIAS_MAX], *at = NULL;
	int values[VMAC_BASE_KEYS + 1];

	if (!rp_filter)
		return;
	all->rp_filter = rp_filter;
	text_format(path, sizeof(path), "/sys/class/net/%s/ifalias", link);
	if (!raised[0] && text_file(path, text, sizeof(text)) > 0)
		at = parse_alias(text, values);
	if (at && *at == ' ') {
		/* A last one may be cut off. */
		strrchr(at, ' ')[1] = '\0';
		text_format(raised, sizeof(raised), "%s", at + 1);
	}
}

static const struct vmac *other_on(const struct router *router, const struct vmac *v)
{
	const struct vmac *o = router->vmacs.first;

	while (o && (o == v || !o->saved || o->base != v->base || o->base_index != v->base->index))
		o = o->next;
	return o;
}

static void save_base(struct router *router, struct vmac *v)
{
	const struct vmac *other = other_on(router, v);
	int values[VMAC_BASE_KEYS + 1] = { 0 };

	if (v->saved && v->base_index == v->base->index)
		return;
	if (other)
		memcpy(values, other->base_was, sizeof(other->base_was));
	else if (!parse_alias(v->link->alias, values))
		for (int i = 0; i < VMAC_BASE_KEYS; i++)
			iface_sysctl(AF_INET, v->base->name, base_settings[i].key, IFACE_SYSCTL_READ, &values[i]);
	memcpy(v->base_was, values, sizeof(v->base_was));
	recall_raised(&router->vmacs, v->link->name, values[VMAC_BASE_KEYS]);
	v->saved = true;
	v->base_index = v->base->index;
}

/* To the values, or to those that a macvlan needs. */
static void set_base(const struct iface *base, const int *values)
{
	for (int i = 0; i < VMAC_BASE_KEYS; i++)
		set(AF_INET, base, base_settings[i].key, values ? values[i] : base_settings[i].value);
}

static void set_all(struct router *router, struct vmac *v)
{
	unsigned is = (v->wants4 ? IF_V4 : 0) | (v->ipvlan ? 0 : IF_MACVLAN);

	if (is == (IF_V4 | IF_MACVLAN)) {
		save_base(router, v);
		set_base(v->base, NULL);
		clear_rp_filter(&router->vmacs);
	}
	for (size_t i = 0; i < sizeof(link_settings) / sizeof(*link_settings); i++)
		if (!(link_settings[i].only & ~is))
			set(link_settings[i].family, v->link, link_settings[i].key, link_settings[i].value);
	set(AF_INET6, v->link, "disable_ipv6", !v->wants6);
}

/* --- links --- */

static void begin(unsigned type, unsigned flags, unsigned index, unsigned up)
{
	struct ifinfomsg msg = { .ifi_index = (int)index, .ifi_flags = up, .ifi_change = up };

	nl_begin(type, flags, &msg, sizeof(msg));
}

static int delete_link(unsigned index)
{
	begin(RTM_DELLINK, 0, index, 0);
	return iface_request();
}

static int create(const struct vmac *v)
{
	begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
	nl_put_text(IFLA_IFNAME, v->link->name);
	nl_put_u32(IFLA_LINK, v->base->index);
	if (!v->ipvlan)
		nl_put(IFLA_ADDRESS, v->mac, sizeof(v->mac));
	nl_nest(IFLA_LINKINFO);
	nl_put_text(IFLA_INFO_KIND, kind_of(v));
	nl_nest(IFLA_INFO_DATA);
	if (v->ipvlan) {
		nl_put_u16(ATTR_IPVLAN_MODE, 0); /* L2 */
		if (v->conf->ipvlan_mode)
			nl_put_u16(ATTR_IPVLAN_FLAGS, v->conf->ipvlan_mode); /* private 1, vepa 2 */
	} else {
		/* Only so do frames of another router with the same MAC come in. */
		nl_put_u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
	}
	return iface_request();
}

static uint32_t group_of(const struct vmac *v)
{
	const char *group = v->conf->common->vmac_group;

	if (!group)
		return v->base->group;
	return *group >= '0' && *group <= '9' ? (uint32_t)text_number(group, NULL, 0) : route_number("group", group);
}

/* Which the link is to be in with its base; 0: none. */
static unsigned vrf_of(const struct vmac *v)
{
	const struct iface *master = iface_by_index(v->base->master_index);

	return master && !strcmp(master->kind, "vrf") ? master->index : 0;
}

/* Up, with what the next run is to know. */
static int set_link(struct router *router, const struct vmac *v)
{
	char alias[ALIAS_MAX] = "";
	struct out out = { .buf = alias, .size = sizeof(alias) - 1 };
	out_print(&out, ALIAS "%d %d %d %d%s%s", v->base_was[0], v->base_was[1], v->base_was[2], router->vmacs.rp_filter, raised[0] ? " " : "", raised);
	begin(RTM_NEWLINK, 0, v->link->index, IFF_UP);
	nl_put_text(IFLA_IFALIAS, alias);
	nl_put_u32(IFLA_GROUP, group_of(v));
	if (v->vrf_index != v->link->master_index)
		nl_put_u32(IFLA_MASTER, v->vrf_index);
	return iface_request();
}

/* netlink_notify_msg: some who listen miss that the base is promiscuous now; any change is told with that flag. */
static void stir_base(const struct vmac *v)
{
	begin(RTM_NEWLINK, 0, v->base->index, 0);
	nl_put_u32(IFLA_GROUP, v->base->group);
	iface_request();
}

static int make(struct router *router, struct vmac *v)
{
	int err;

	if (v->link->index && !matches(v, v->link)) {
		if (strcmp(v->link->kind, kind_of(v)))
			return -EEXIST;
		delete_link(v->link->index);
	}
	if (!v->link->index) {
		err = create(v);
		if (err)
			return err;
		log_info("(%s) Success creating %s interface %s", v->conf->name, v->ipvlan ? "IPVLAN" : "VMAC", v->link->name);
	}
	if (v->link->index == v->link_index && vrf_of(v) == v->vrf_index)
		return 0;
	v->vrf_index = vrf_of(v);
	set_all(router, v);
	err = set_link(router, v);
	if (err)
		return err;
	if (v->conf->vmac_notify)
		stir_base(v);
	v->link_index = v->link->index;
	return 0;
}

/* --- addresses of their own --- */

static struct addr made_of_mac(const struct iface *base)
{
	const uint8_t *mac = base->hw_addr;
	const uint8_t bytes[16] = { 0xfe, 0x80, 0, 0, 0, 0, 0, 0, mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	return addr_from_bytes(AF_INET6, bytes);
}

/* The one that adverts come from: configured, the base's as long as it is there, the base's first, one that it might have. An ipvlan has its own. */
static void choose_link_local(struct router *router, struct vmac *v)
{
	const struct iface *from = v->ipvlan ? v->link : v->base;
	struct addr made = made_of_mac(v->base);
	const struct addr *best = v->ipvlan ? NULL : &made;
	bool found = false;

	for (const struct iface_addr *a = from->addrs; a; a = a->next) {
		if (!addr_is_link_local(&a->addr) || vaddr_is_virtual(router, from, &a->addr))
			continue;
		if (!found || addr_equal(&a->addr, &v->link_local))
			best = &a->addr;
		found = true;
	}
	if (addr_is_link_local(&v->conf->source))
		best = &v->conf->source;
	if (!best || addr_equal(best, &v->link_local))
		return;
	v->link_local = *best;
	router->filter.stale = true;
}

/* Of the base's there is one on the link; another that was is gone there. */
static void drop_others(struct router *router, struct vmac *v, struct vip_conf *req)
{
	for (const struct iface_addr *a = v->link->addrs; a; a = a->next) {
		if (!addr_is_link_local(&a->addr) || addr_equal(&a->addr, &v->link_local) || vaddr_is_virtual(router, v->link, &a->addr))
			continue;
		req->addr = a->addr;
		iface_addr_delete(v->link, req);
		return;
	}
}

/* The address that is to be on the link in any state: an ipvlan's own, or the base's link-local one. */
static void put_addr(struct router *router, struct vmac *v)
{
	struct vip_conf req = { .prefix = 64, .scope = RT_SCOPE_LINK, .has_preferred_lft = true };

	if (v->ipvlan) {
		req = (struct vip_conf){ .dad = true };
		req.prefix = v->conf->ipvlan_prefix;
	} else if (v->wants6) {
		drop_others(router, v, &req);
	} else {
		return;
	}
	req.addr = v->ipvlan ? v->conf->common->ipvlan_addr : v->link_local;
	if (addr_is_set(&req.addr) && !iface_find_addr(v->link, &req.addr, req.prefix))
		v->error = iface_addr_add(v->link, &req);
}

/* --- all of them --- */

static void look(struct router *router, struct vmac *v)
{
	int before = v->error;

	if (!v->base->index) {
		v->link_index = 0;
		return;
	}
	v->error = make(router, v);
	if (!v->error)
		put_addr(router, v);
	if (v->error && v->error != before)
		log_error("(%s) Unable to create VMAC interface %s on %s: %*m", v->conf->name, v->link->name, v->base->name, v->error);
}

void vmac_look(struct router *router)
{
	struct vmac *v;

	/* The filter comes before the links: it is to see what they tell when they come up. */
	for (v = router->vmacs.first; v; v = v->next)
		if (v->wants6 && v->base->index)
			choose_link_local(router, v);
	filter_look(router);
	for (v = router->vmacs.first; v; v = v->next)
		look(router, v);
}

void vmac_unclaim(struct router *router)
{
	for (struct vmac *v = router->vmacs.first; v; v = v->next)
		v->claimed = false;
}

void vmac_sweep(struct router *router)
{
	bool any4 = false;

	for (struct vmac **at = &router->vmacs.first; *at;) {
		struct vmac *v = *at;

		if (v->claimed) {
			any4 |= v->wants4;
			at = &v->next;
			continue;
		}
		if (matches(v, v->link) && !delete_link(v->link->index))
			log_info("(%s) Success removing VMAC interface %s", v->conf->name, v->link->name);
		if (v->saved && v->base->index == v->base_index && v->base_index && !other_on(router, v))
			set_base(v->base, v->base_was);
		*at = v->next;
		free(v);
	}
	if (!any4)
		restore_raised(&router->vmacs);
}

void vmac_remove_leftovers(struct router *router)
{
	int values[VMAC_BASE_KEYS + 1];

	for (struct iface *i = iface_first(); i; i = i->next) {
		const struct iface *base = iface_by_index(i->base_index);

		if (!i->index || !parse_alias(i->alias, values) || vmac_is(router, i))
			continue;
		log_info("removing %s, left by an earlier run", i->name);
		recall_raised(&router->vmacs, i->name, values[VMAC_BASE_KEYS]);
		delete_link(i->index);
		if (base)
			set_base(base, values);
		restore_raised(&router->vmacs);
	}
}

void vmac_free(struct router *router)
{
	while (router->vmacs.first) {
		struct vmac *v = router->vmacs.first;

		router->vmacs.first = v->next;
		free(v);
	}
}
