/* SPDX-License-Identifier: MIT */
#include "envcheck.h"

#include "config.h"
#include "notify.h"

#include <net/if.h>
#include <stdio.h>

struct check {
	const struct config *config;
	void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text);
	void *ctx;
	const struct conf_node *node; /* what is being looked at, or NULL */
};

static void tell(void *ctx, const char *text)
{
	const struct check *c = ctx;

	c->message(c->ctx, 'w', c->node ? c->node->file : NULL, c->node ? c->node->line : 0, text);
}

static void check_interface(struct check *c, const struct conf_node *node, const char *name)
{
	char text[80];

	if (!name || if_nametoindex(name))
		return;
	c->node = node;
	snprintf(text, sizeof(text), "interface %s does not exist", name);
	tell(c, text);
}

static void check_script(struct check *c, const struct conf_node *node, const struct conf_script *script)
{
	c->node = node;
	if (script)
		notify_check_script(c->config, script, tell, c);
}

static void check_notify(struct check *c, const struct conf_node *node, const struct notify_conf *n)
{
	check_script(c, node, n->master);
	check_script(c, node, n->backup);
	check_script(c, node, n->fault);
	check_script(c, node, n->stop);
	check_script(c, node, n->deleted);
	check_script(c, node, n->any);
	check_script(c, node, n->master_rx_lower_pri);
}

void env_check(const struct config *config, void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text), void *ctx)
{
	struct check c = { .config = config, .message = message, .ctx = ctx };
	const struct global_conf *g = &config->global;

	check_script(&c, NULL, g->startup_script);
	check_script(&c, NULL, g->shutdown_script);
	check_script(&c, NULL, g->notify_fifo.script);
	check_script(&c, NULL, g->vrrp_notify_fifo.script);
	check_script(&c, NULL, g->lvs_notify_fifo.script);
	CONF_EACH(struct vrrp_script_conf, s, &config->scripts)
		check_script(&c, &s->node, &s->script);
	CONF_EACH(struct vrrp_conf, vrrp, &config->instances) {
		check_interface(&c, &vrrp->node, vrrp->interface);
		CONF_EACH(struct track_conf, t, &vrrp->track_interfaces)
			check_interface(&c, &t->node, t->name);
		check_notify(&c, &vrrp->node, &vrrp->notify);
	}
	CONF_EACH(struct group_conf, group, &config->groups)
		check_notify(&c, &group->node, &group->notify);
}
