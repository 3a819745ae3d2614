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

static void follow_text(const struct group *g, const struct instance *leader, char why[80])
{
	text_format(why, 80, "sync group %s follows %s", g->conf->name, leader->conf->name);
}

/* Those that are `from`. A member's step comes back to group_follows(); it ends when none is left. */
static void move(const struct group *g, const struct instance *leader, enum vrrp_state from, enum vrrp_event event)
{
	char why[80];

	for (struct instance *m = g->router->instances; m; m = m->next) {
		if (m->group != g || m->machine.state != from)
			continue;
		follow_text(g, leader, why);
		instance_step(m, event, NULL, why);
	}
}

void group_follows(struct group *g, const struct instance *leader, unsigned actions)
{
	char why[80];

	/* Every advertisement heard comes here. Masters beside one that is none are what a reload leaves when it makes or widens a group. */
	if (actions & VRRP_ACT_HELD_BACK)
		move(g, leader, VRRP_MASTER, VRRP_EV_RESIGN);
	if (actions & VRRP_ACT_WANT_MASTER && group_may_lead(g))
		move(g, leader, VRRP_BACKUP, VRRP_EV_BECOME_MASTER);
	if (actions & VRRP_ACT_LEAVE_MASTER && leader->machine.state == VRRP_BACKUP)
		move(g, leader, VRRP_MASTER, VRRP_EV_BECOME_BACKUP);
	if (actions & VRRP_ACT_NOTIFY) {
		follow_text(g, leader, why);
		group_update(g, why);
	}
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
