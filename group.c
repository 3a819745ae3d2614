/* SPDX-License-Identifier: MIT */
#include "group.h"
#include "instance.h"
#include "notify.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* keepalived gives groups the priority 0. */
static void tell_group(struct group *g, unsigned what, enum vrrp_state to, const char *why)
{
	struct router_event event = { .group = g->conf, .from = g->state, .to = to, .what = (uint8_t)what, .why = why };

	g->state = to;
	router_tell(g->router, &g->told, &event);
}

void group_update(struct group *g, const char *why)
{
	enum vrrp_state now = VRRP_MASTER;

	for (const struct instance *m = g->router->instances; m; m = m->next) {
		if (m->group != g)
			continue;
		if (m->machine.state == VRRP_FAULT)
			now = VRRP_FAULT;
		else if (m->machine.state != VRRP_MASTER && now != VRRP_FAULT)
			now = VRRP_BACKUP;
	}
	if (now == g->state)
		return;
	log_info("VRRP_Group(%s) Syncing instances to %s state (%s)", g->conf->name, vrrp_state_text(now), why);
	tell_group(g, now, now, why);
}

static bool group_may_lead(const struct group *g)
{
	for (const struct instance *m = g->router->instances; m; m = m->next)
		if (m->group == g && !vrrp_wants_to_lead(&m->machine))
			return false;
	return true;
}

/* Moves the others where one member went. A member's step calls this again; by then the states are equal and it ends. */
void group_follows(struct group *g, const struct instance *leader, unsigned actions)
{
	enum vrrp_event event;
	char why[80];

	if (!(actions & (VRRP_ACT_WANT_MASTER | VRRP_ACT_LEAVE_MASTER | VRRP_ACT_NOTIFY | VRRP_ACT_HELD_BACK)))
		return;
	text_format(why, sizeof(why), "sync group %s follows %s", g->conf->name, leader->conf->name);
	/* Masters beside one that is none are what a reload leaves when it makes or widens a group. */
	event = actions & VRRP_ACT_HELD_BACK ? VRRP_EV_RESIGN : actions & VRRP_ACT_WANT_MASTER ? VRRP_EV_BECOME_MASTER : VRRP_EV_BECOME_BACKUP;
	if (event == VRRP_EV_BECOME_BACKUP ? actions & VRRP_ACT_LEAVE_MASTER && leader->machine.state == VRRP_BACKUP :
	                                     event == VRRP_EV_RESIGN || group_may_lead(g))
		for (struct instance *m = g->router->instances; m; m = m->next)
			if (m->group == g)
				instance_step(m, event, NULL, why);
	if (actions & VRRP_ACT_NOTIFY)
		group_update(g, why);
}

void groups_stop(struct router *router)
{
	for (struct group *g = router->groups; g; g = g->next)
		tell_group(g, VRRP_STOP, VRRP_INIT, "stopping");
}

/* --- building --- */

/* Where it stands in the list, or would. */
static struct group **place_of(struct router *router, const struct group_conf *conf)
{
	struct group **at = &router->groups;

	while (*at && strcmp((*at)->conf->name, conf->name))
		at = &(*at)->next;
	return at;
}

enum vrrp_state router_group_state(struct router *router, const struct group_conf *conf)
{
	const struct group *g = *place_of(router, conf);

	return g ? g->state : VRRP_INIT;
}

static struct group *group_for(struct router *router, const struct group_conf *conf)
{
	struct group **at = place_of(router, conf);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (*at) {
		(*at)->router = router;
		(*at)->conf = conf;
		(*at)->keep = true;
	}
	return *at;
}

void groups_drop(struct router *router)
{
	for (struct group **at = &router->groups; *at;) {
		struct group *g = *at;

		if (g->keep) {
			g->keep = false;
			at = &g->next;
			continue;
		}
		*at = g->next;
		notify_queue_free(g->told.queue);
		free(g);
	}
}

int groups_build(struct router *router)
{
	int err = 0;

	for (struct instance *inst = router->instances; inst; inst = inst->next) {
		const struct group_conf *conf = inst->conf->group;

		inst->group = conf ? group_for(router, conf) : NULL;
		inst->machine.in_group = inst->group;
		if (conf && !inst->group)
			err = -ENOMEM;
	}
	groups_drop(router);
	return err;
}
