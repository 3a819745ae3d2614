/* SPDX-License-Identifier: MIT */
/* In place of lvs.c, ipvs.c, genhash.c and the checkers, with LVS=no: there are no virtual servers. */
#include "lvs.h"

void lvs_close(void)
{
}

void lvs_stop(void)
{
}

void lvs_router_event(const struct router_event *event)
{
	(void)event;
}

void lvs_addresses_changed(void)
{
}
