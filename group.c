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
	router_tell(g->members[0]->router, &g->told, &event);
}

static enum vrrp_state group_state(const struct group *g)
{
	unsigned i, masters = 0;

	for (i = 0; i < g->count; i++) {
		if (g->members[i]->machine.state == VRRP_FAULT)
			return VRRP_FAULT;
		masters += g->members[i]->machine.state == VRRP_MASTER;
	}
	return masters == g->count ? VRRP_MASTER : VRRP_BACKUP;
}

void group_update(struct group *g, const char *why)
{
	enum vrrp_state now = group_state(g);

	if (now == g->state)
		return;
	log_info("VRRP_Group(%s) Syncing instances to %s state (%s)", g->conf->name, vrrp_state_text(now), why);
	tell_group(g, now, now, why);
}

static bool group_may_lead(const struct group *g)
{
	unsigned i;

	for (i = 0; i < g->count; i++)
		if (!vrrp_wants_to_lead(&g->members[i]->machine))
			return false;
	return g->count > 0;
}

/* Moves the others where one member went. A member's step calls this again; by then the states are equal and it ends. */
void group_follows(struct group *g, const struct instance *leader, unsigned actions)
{
	char why[80];
	unsigned i;

	if (!(actions & (VRRP_ACT_WANT_MASTER | VRRP_ACT_LEAVE_MASTER | VRRP_ACT_NOTIFY | VRRP_ACT_HELD_BACK)))
		return;
	text_format(why, sizeof(why), "sync group %s follows %s", g->conf->name, leader->conf->name);
	/* Masters beside one that is none are what a reload leaves when it makes or widens a group. */
	if (actions & VRRP_ACT_HELD_BACK)
		for (i = 0; i < g->count; i++)
			instance_step(g->members[i], VRRP_EV_RESIGN, NULL, why);
	if (actions & VRRP_ACT_WANT_MASTER && group_may_lead(g))
		for (i = 0; i < g->count; i++)
			instance_step(g->members[i], VRRP_EV_BECOME_MASTER, NULL, why);
	if (actions & VRRP_ACT_LEAVE_MASTER && leader->machine.state == VRRP_BACKUP)
		for (i = 0; i < g->count; i++)
			instance_step(g->members[i], VRRP_EV_BECOME_BACKUP, NULL, why);
	if (actions & VRRP_ACT_NOTIFY)
		group_update(g, why);
}

void groups_stop(struct router *router)
{
	for (struct group *g = router->groups; g; g = g->next)
		tell_group(g, VRRP_STOP, VRRP_INIT, "stopping");
}

/* --- building --- */

static void group_free(struct group *g)
{
	notify_queue_free(g->told.queue);
	free(g->members);
	free(g);
}

static int group_configure(struct router *router, struct group *g, const struct group_conf *conf)
{
	unsigned i;

	g->conf = conf;
	g->keep = true;
	free(g->members);
	g->count = 0;
	g->members = calloc(conf->instance_count + 1U, sizeof(*g->members));
	if (!g->members)
		return -ENOMEM;
	for (i = 0; i < conf->instance_count; i++) {
		struct instance *inst = instance_named(router, conf->instances[i]->name);

		if (!inst || inst->group)
			continue;
		inst->group = g;
		g->members[g->count++] = inst;
	}
	return 0;
}

struct group *group_named(const struct router *router, const char *name)
{
	struct group *g = router->groups;

	while (g && strcmp(g->conf->name, name))
		g = g->next;
	return g;
}

static struct group *group_new(struct router *router, const struct group_conf *conf)
{
	struct group *g = calloc(1, sizeof(*g)), **tail = &router->groups;

	if (!g)
		return NULL;
	g->conf = conf;
	g->state = VRRP_INIT;
	while (*tail)
		tail = &(*tail)->next;
	*tail = g;
	return g;
}

static void drop_groups(struct router *router)
{
	for (struct group **at = &router->groups; *at;) {
		struct group *g = *at;

		if (g->keep && g->count) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		group_free(g);
	}
}

int groups_build(struct router *router)
{
	int err = 0;

	for (struct group *g = router->groups; g; g = g->next)
		g->keep = false;
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->group = NULL;
	CONF_EACH(struct group_conf, conf, &router->config->groups) {
		struct group *g = group_named(router, conf->name);

		if (!g)
			g = group_new(router, conf);
		if (!g || group_configure(router, g, conf))
			err = -ENOMEM;
	}
	drop_groups(router);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->machine.in_group = inst->group != NULL;
	return err;
}

void groups_free(struct router *router)
{
	while (router->groups) {
		struct group *g = router->groups;

		router->groups = g->next;
		group_free(g);
	}
}
