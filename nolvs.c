/* SPDX-License-Identifier: MIT */
/* In place of lvs.c, ipvs.c, genhash.c and the checkers, with LVS=no: there are no virtual servers. */
#include "check.h"
#include "genhash.h"
#include "lvs.h"

#include <errno.h>
#include <string.h>

bool lvs_available(void)
{
	return false;
}

struct lvs *lvs_new(struct loop *loop, struct notify *notify, const struct lvs_hooks *hooks)
{
	(void)loop, (void)notify, (void)hooks;
	errno = ENOSYS;
	return NULL;
}

void lvs_free(struct lvs *l)
{
	(void)l;
}

int lvs_start(struct lvs *l, const struct config *config)
{
	(void)l, (void)config;
	return -ENOSYS;
}

void lvs_reload(struct lvs *l, const struct config *config)
{
	(void)l, (void)config;
}

void lvs_stop(struct lvs *l)
{
	(void)l;
}

void lvs_router_event(struct lvs *l, const struct router_event *event)
{
	(void)l, (void)event;
}

void lvs_addresses_changed(struct lvs *l)
{
	(void)l;
}

bool lvs_scripts_pending(const struct lvs *l)
{
	(void)l;
	return false;
}

bool lvs_view(const struct lvs *l, unsigned i, struct lvs_view *out)
{
	(void)l, (void)i, (void)out;
	return false;
}

bool lvs_real_view(const struct lvs *l, unsigned i, unsigned j, struct lvs_real_view *out)
{
	(void)l, (void)i, (void)j, (void)out;
	return false;
}

bool lvs_has_kernel(const struct lvs *l)
{
	(void)l;
	return false;
}

int lvs_stats(struct lvs *l, void (*each)(void *ctx, const struct ipvs_service *, const struct ipvs_dest *, const struct ipvs_stats *), void *ctx)
{
	(void)l, (void)each, (void)ctx;
	return -ENOSYS;
}

void check_view(const struct check *c, struct check_view *out)
{
	(void)c;
	memset(out, 0, sizeof(*out));
}

int genhash(char **argv)
{
	(void)argv;
	return -1;
}
