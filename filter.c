/* SPDX-License-Identifier: MIT */
#include "filter.h"
#include "instance.h"
#include "nft.h"

#include <errno.h>
#include <string.h>

static bool refuses(const struct vrrp_conf *conf)
{
	return !conf->accept && conf->priority != VRRP_PRIORITY_OWNER;
}

static bool is_needed(const struct router *router)
{
	bool needed = false;

	for (const struct instance *inst = router->instances; inst; inst = inst->next)
		needed |= refuses(inst->conf);
	for (const struct vmac *v = router->vmacs.first; v; v = v->next)
		needed |= !v->ipvlan;
	return needed && !router->config->global.bare_iptables;
}

static void put_addrs(const struct instance *inst, bool present)
{
	for (unsigned i = 0; i < inst->vaddrs.count; i++) {
		const struct vaddr *v = &inst->vaddrs.list[i];
		const struct addr *addr = &v->conf->addr;

		if (addr_is_link_local(addr) && addr->family == AF_INET6)
			nft_element(AF_INET6, NFT_VIPS_LINK_LOCAL, addr, v->iface->name, present);
		else
			nft_element(addr->family, NFT_VIPS, addr, NULL, present);
	}
}

static bool is_on(const struct instance *inst, const struct vmac *v)
{
	for (unsigned i = 0; i < inst->vaddrs.count; i++)
		if (inst->vaddrs.list[i].iface == v->link)
			return true;
	return false;
}

/* A master's macvlan may tell switches of the groups by which its IPv6 addresses are found; nobody else has that MAC then. */
static void put_reports(const struct vmac *v, bool barred)
{
	if (v->wants6)
		nft_element(AF_INET6, NFT_VMACS, NULL, v->link->name, barred);
}

static void put_vmac(const struct router *router, const struct vmac *v)
{
	bool led = false;

	for (const struct instance *inst = router->instances; inst; inst = inst->next)
		led |= inst->vaddrs.held && is_on(inst, v);
	if (!led)
		put_reports(v, true);
	if (v->wants4)
		nft_element(AF_INET, NFT_VMACS, NULL, v->link->name, true);
	if (v->wants6 && addr_is_set(&v->link_local))
		nft_element(AF_INET6, NFT_VMAC_LINK_LOCAL, &v->link_local, v->link->name, true);
}

static int build(struct router *router)
{
	const struct global_conf *g = &router->config->global;
	struct nft_settings settings = { g->nft_table ? g->nft_table : "keepalived", g->nft_priority, g->nft_counters };
	int err = nft_open(), tries = 2;

	if (err)
		return err;
	router->filter.on = true;
	do {
		nft_rebuild(&settings);
		for (const struct vmac *v = router->vmacs.first; v; v = v->next)
			if (!v->ipvlan)
				put_vmac(router, v);
		for (const struct instance *inst = router->instances; inst; inst = inst->next)
			if (refuses(inst->conf) && inst->vaddrs.held)
				put_addrs(inst, true);
		err = nft_commit();
	} while (err == -EAGAIN && --tries);
	return err;
}

/* disable_local_igmp: the kernel's own way to report no groups of 224.0.0.0/24, for all interfaces. */
static void set_quiet(struct filter *f, bool quiet)
{
	int err;

	if (f->quiet == quiet)
		return;
	f->quiet = quiet;
	err = iface_sysctl(AF_INET, NULL, "igmp_link_local_mcast_reports", quiet ? 0 : f->igmp_was, quiet ? &f->igmp_was : NULL);
	if (err && quiet)
		log_warn("disable_local_igmp: %*m", err);
}

void filter_look(struct router *router)
{
	struct filter *f = &router->filter;
	bool needed;
	int err;

	if (!f->stale)
		return;
	f->stale = false;
	needed = is_needed(router);
	err = needed ? build(router) : 0;
	if (err && !f->broken)
		log_warn("no packet filter (nf_tables: %*m): virtual addresses accept what strict mode or no_accept would drop, and virtual MACs send IGMP and MLD",
		         err);
	f->broken = err;
	if (err || !needed)
		filter_stop(router);
	set_quiet(f, router->config->global.disable_local_igmp);
}

void filter_hold(struct instance *inst, bool held)
{
	struct filter *f = &inst->router->filter;

	if (!f->on)
		return;
	for (const struct vmac *v = inst->router->vmacs.first; v; v = v->next)
		if (!v->ipvlan && is_on(inst, v))
			put_reports(v, !held);
	if (refuses(inst->conf))
		put_addrs(inst, held);
	/* Somebody took it away. */
	if (nft_commit()) {
		f->stale = true;
		filter_look(inst->router);
	}
}

void filter_stop(struct router *router)
{
	set_quiet(&router->filter, false);
	nft_close();
	router->filter.on = false;
}
