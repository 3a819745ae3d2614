/* SPDX-License-Identifier: MIT */
#include "vaddr.h"
#include "instance.h"
#include "text.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const struct iface_addr *there(const struct vaddr *v)
{
	return iface_find_addr(v->iface, &v->conf->addr, v->conf->prefix);
}

static void cant(struct instance *inst, const struct vaddr *v, const char *what, int err)
{
	instance_log(inst, LOG_ERR, "address %p can't be %s %s: %*m", &v->conf->addr, what, v->iface->name, err);
}

static bool add_one(struct instance *inst, struct vaddr *v)
{
	int err;

	if (!v->iface->index || there(v))
		return false;
	err = iface_addr_add(v->iface, v->conf);
	v->added = !err;
	/* It is tried again at every event: once told is enough. */
	if (err && err != v->error)
		cant(inst, v, "added to", err);
	v->error = err;
	return !err;
}

static bool same_vaddr(const struct vaddr *a, const struct vaddr *b)
{
	return a->iface == b->iface && a->conf->prefix == b->conf->prefix && addr_equal(&a->conf->addr, &b->conf->addr);
}

/* A reload that moves an address from one master to another: it stays, and is the other's from now on. */
static bool hand_over(struct instance *inst, const struct vaddr *v)
{
	for (struct instance *other = inst->router->instances; other; other = other->next)
		for (unsigned i = 0; other != inst && other->vaddrs.held && i < other->vaddrs.count; i++)
			if (same_vaddr(&other->vaddrs.list[i], v))
				return other->vaddrs.list[i].added = true;
	return false;
}

static void remove_one(struct instance *inst, struct vaddr *v)
{
	int err;

	if (!v->added)
		return;
	v->added = false;
	if (!v->iface->index || (inst->router->reloading && hand_over(inst, v)))
		return;
	err = iface_addr_delete(v->iface, v->conf);
	if (err)
		cant(inst, v, "removed from", err);
}

static struct iface *iface_of(struct instance *inst, const struct vip_conf *conf)
{
	struct iface *dev = conf->dev ? iface_get(conf->dev) : inst->base;
	bool own = inst->vmac && dev == inst->base;
	struct vmac *vmac;

	if (!conf->dev && !dev)
		return iface_get(inst->router->config->global.default_interface);
	/* Static addresses have no virtual router, nor its MAC. */
	if (!dev || !inst->conf->vrid || !(conf->use_vmac || inst->conf->use_vmac_addr) || (own && conf->addr.family == inst->conf->family))
		return own ? inst->iface : dev;
	vmac = vmac_claim(inst, dev, conf->addr.family);
	return vmac ? vmac->link : NULL;
}

static bool fill(struct instance *inst, struct vaddrs *list, const struct conf_list *from)
{
	CONF_EACH(struct vip_conf, conf, from) {
		struct vaddr *v = &list->list[list->count];

		v->conf = conf;
		v->iface = iface_of(inst, conf);
		if (!v->iface)
			return false;
		list->count++;
	}
	return true;
}

static bool same_request(const struct vip_conf *a, const struct vip_conf *b)
{
	const size_t from = offsetof(struct vip_conf, addr);

	return text_same(a->label, b->label) && !memcmp((const char *)a + from, (const char *)b + from, sizeof(*a) - from);
}

/* What becomes of one that was there: kept, replaced, or to be removed when all instances are configured. */
static void succeed(struct instance *inst, struct vaddr *old, struct vaddrs *fresh)
{
	unsigned k;

	for (k = 0; k < fresh->count; k++)
		if (fresh->list[k].iface == old->iface && addr_equal(&fresh->list[k].conf->addr, &old->conf->addr))
			break;
	if (k == fresh->count)
		fresh->list[fresh->count + fresh->stale++] = *old;
	else if (same_request(fresh->list[k].conf, old->conf))
		fresh->list[k].added = old->added;
	else
		remove_one(inst, old);
}

int vaddr_configure(struct instance *inst)
{
	struct vaddrs old = inst->vaddrs, fresh = { .held = old.held };

	fresh.list = calloc(inst->conf->vips.count + inst->conf->common->evips.count + old.count, sizeof(*fresh.list));
	if (!fresh.list || !fill(inst, &fresh, &inst->conf->vips) || !fill(inst, &fresh, &inst->conf->common->evips)) {
		free(fresh.list);
		return -ENOMEM;
	}
	for (unsigned i = 0; i < old.count; i++)
		succeed(inst, &old.list[i], &fresh);
	free(old.list);
	inst->vaddrs = fresh;
	if (fresh.held)
		inst->vaddrs.fresh = vaddr_add_all(inst) > 0;
	return 0;
}

void vaddr_remove_stale(struct instance *inst)
{
	struct vaddrs *all = &inst->vaddrs;

	if (!all->stale)
		return;
	while (all->stale)
		remove_one(inst, &all->list[all->count + --all->stale]);
	iface_sync();
	/* The first of a network takes the others with it, where they are not promoted. */
	if (all->held)
		vaddr_add_all(inst);
}

void vaddr_free(struct instance *inst)
{
	free(inst->vaddrs.list);
	memset(&inst->vaddrs, 0, sizeof(inst->vaddrs));
}

/* In the list: all that are not there, but for those that may be missing. */
static unsigned add_missing(struct instance *inst, bool tracked)
{
	struct vaddrs *all = &inst->vaddrs;
	unsigned i, added = 0;

	all->taken = 0;
	for (i = 0; i < all->count; i++) {
		struct vaddr *v = &all->list[i];
		bool was_there = v->added;

		/* It went with its interface, which may come back. */
		if (!v->iface->index)
			v->added = false;
		else if (!(tracked && v->conf->no_track && was_there) && add_one(inst, v))
			added++, all->taken += was_there;
	}
	if (added)
		iface_sync();
	return added;
}

unsigned vaddr_add_all(struct instance *inst)
{
	inst->vaddrs.held = true;
	iface_sync();
	return add_missing(inst, false);
}

unsigned vaddr_restore(struct instance *inst)
{
	return inst->vaddrs.held ? add_missing(inst, true) : 0;
}

void vaddr_remove_all(struct instance *inst)
{
	unsigned i;

	inst->vaddrs.held = false;
	for (i = inst->vaddrs.count; i > 0; i--)
		remove_one(inst, &inst->vaddrs.list[i - 1]);
	iface_sync();
}

int vaddr_is_virtual(const struct router *router, const struct iface *iface, const struct addr *addr)
{
	unsigned i;

	for (const struct instance *inst = router->instances; inst; inst = inst->next)
		for (i = 0; i < inst->vaddrs.count; i++)
			if (inst->vaddrs.list[i].iface == iface && addr_equal(&inst->vaddrs.list[i].conf->addr, addr))
				return true;
	return false;
}

/* Whether the interface has an address of the family that is not virtual: then a virtual one on it is no configuration of its own. */
static bool has_own_address(const struct router *router, const struct iface *iface, int family)
{
	for (const struct iface_addr *a = iface->addrs; a; a = a->next)
		if (a->addr.family == family && !vaddr_is_virtual(router, iface, &a->addr))
			return true;
	return false;
}

static bool is_leftover(const struct instance *inst, const struct vaddr *v, const struct iface_addr *a)
{
	if (a->proto == IFACE_PROTO_OURS || vmac_is(inst->router, v->iface))
		return true;
	if (inst->conf->priority == VRRP_PRIORITY_OWNER)
		return false;
	/* keepalived before 2.2.8 and kernels before 5.18 leave no mark. */
	return !a->proto && has_own_address(inst->router, v->iface, v->conf->addr.family);
}

void vaddr_remove_leftovers(struct instance *inst)
{
	for (struct vaddr *v = inst->vaddrs.list; v < inst->vaddrs.list + inst->vaddrs.count; v++) {
		const struct iface_addr *a = there(v);

		if (!a || !is_leftover(inst, v, a))
			continue;
		instance_log(inst, LOG_INFO, "removing %p from %s, left by an earlier run", &v->conf->addr, v->iface->name);
		v->added = true;
		remove_one(inst, v);
	}
}
