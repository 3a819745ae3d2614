/* SPDX-License-Identifier: MIT */
#include "envcheck.h"

#include "config.h"
#include "lvs.h"
#include "notify.h"
#include "secret.h"
#include "text.h"
#include "tls.h"
#include "vrrp.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <string.h>

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
	text_format(text, sizeof(text), "interface %s does not exist", name);
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

static void __attribute__((format(printf, 4, 5))) say(const struct check *c, char severity, const struct conf_node *node, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof(text), format, args);
	va_end(args);
	c->message(c->ctx, severity, node->file, node->line, text);
}

static unsigned check_tls(const struct check *c, const struct virtual_server_conf *vs)
{
	unsigned errors = 0;

	CONF_EACH(struct real_server_conf, real, &vs->real_servers)
		CONF_EACH(struct check_conf, check, &real->checks)
			if (check->kind == CHECK_SSL && !tls_available()) {
				say(c, 'e', &check->node, "SSL_GET: built without TLS, the check fails");
				errors++;
			}
	return errors;
}

static unsigned check_keys(const struct check *c, const struct vrrp_conf *v)
{
	uint8_t secret[AUTH_SECRET_MAX];
	unsigned errors = 0;
	bool open;
	int len;

	if (!v->hmac)
		return 0;
	CONF_EACH(struct hmac_key_conf, key, &v->hmac->keys) {
		len = secret_read(key, secret, &open);
		if (open)
			say(c, 'w', &key->node, "key %u: others may read %s: chmod 600 it", key->id, key->file);
		if (len >= 0)
			continue;
		errors++;
		say(c, 'e', &key->node, "key %u: %s: %s%s", key->id, key->file,
		    len == -EINVAL ? "not hex: and 64 to 128 digits, nor 32 to 64 characters" : text_error(len),
		    key->id == v->hmac->active_key ? ", the instance does not run" : ", it is not used");
	}
	explicit_bzero(secret, sizeof(secret));
	return errors;
}

/* What the file asks for and this version does not do. */
static unsigned check_absent(const struct check *c, const struct config *config)
{
	unsigned errors = 0;
	bool told = false;

	CONF_EACH(struct vrrp_conf, v, &config->instances) {
		if (config->global.bare_iptables && ((!v->accept && v->priority != VRRP_PRIORITY_OWNER) || v->use_vmac) && !told) {
			say(c, 'w', &v->node, "vrrp_iptables: no rules are added: %s", v->use_vmac ? "virtual MACs send IGMP and MLD" :
			    "virtual addresses answer in spite of no_accept and strict mode");
			told = true;
		}
		errors += check_keys(c, v);
	}
	if (HAVE_LVS)
		CONF_EACH(struct virtual_server_conf, vs, &config->virtual_servers)
			errors += check_tls(c, vs);
	return errors;
}

static void check_virtual_server(struct check *c, const struct virtual_server_conf *vs)
{
	check_script(c, &vs->node, vs->quorum_up);
	check_script(c, &vs->node, vs->quorum_down);
	CONF_EACH(struct real_server_conf, rs, &vs->real_servers) {
		check_script(c, &rs->node, rs->notify_up);
		check_script(c, &rs->node, rs->notify_down);
		CONF_EACH(struct check_conf, k, &rs->checks)
			if (k->kind == CHECK_MISC)
				check_script(c, &k->node, k->u.misc.script);
	}
}

unsigned env_check(const struct config *config, void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text), void *ctx)
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
		CONF_EACH(struct track_conf, t, &vrrp->tracks[TRACK_INTERFACES])
			check_interface(&c, &t->node, t->name);
		check_notify(&c, &vrrp->node, &vrrp->notify);
	}
	CONF_EACH(struct group_conf, group, &config->groups)
		check_notify(&c, &group->node, &group->notify);
	if (HAVE_LVS)
		CONF_EACH(struct virtual_server_conf, vs, &config->virtual_servers)
			check_virtual_server(&c, vs);
	return check_absent(&c, config);
}
