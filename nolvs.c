/* SPDX-License-Identifier: MIT */
/* In place of lvs.c, ipvs.c, genhash.c and the checkers, with LVS=no: there are no virtual servers. */
#include "lvs.h"

void lvs_free(struct lvs *l)
{
	(void)l;
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
