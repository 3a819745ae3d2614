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
	const struct conf_node *node; /* what is being looked at */
	unsigned errors;
	bool iptables_told;
};

static void tell(void *ctx, const char *text)
{
	const struct check *c = ctx;

	c->message(c->ctx, 'w', c->node->file, c->node->line, text);
}

static void __attribute__((format(printf, 4, 5))) say(struct check *c, char severity, const struct conf_node *node, const char *format, ...)
{
	char text[200];
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof(text), format, args);
	va_end(args);
	c->message(c->ctx, severity, node->file, node->line, text);
	c->errors += severity == 'e';
}

static void check_interface(struct check *c, const struct conf_node *node, const char *name)
{
	if (name && !if_nametoindex(name))
		say(c, 'w', node, "interface %s does not exist", name);
}

static void check_keys(struct check *c, const struct hmac_conf *hmac)
{
	uint8_t secret[AUTH_SECRET_MAX];
	bool open;
	int len;

	CONF_EACH(struct hmac_key_conf, key, &hmac->keys) {
		len = secret_read(key, secret, &open);
		if (open)
			say(c, 'w', &key->node, "key %u: others may read %s: chmod 600 it", key->id, key->file);
		if (len < 0)
			say(c, 'e', &key->node, "key %u: %s: %s%s", key->id, key->file,
			    len == -EINVAL ? "not hex: and 64 to 128 digits, nor 32 to 64 characters" : text_error(len),
			    key->id == hmac->active_key ? ", the instance does not run" : ", it is not used");
	}
	explicit_bzero(secret, sizeof(secret));
}

static void check_instance(struct check *c, const struct vrrp_conf *v)
{
	check_interface(c, &v->node, v->interface);
	CONF_EACH(struct track_conf, t, &v->common->tracks[TRACK_INTERFACES])
		check_interface(c, &t->node, t->name);
	if (c->config->global.bare_iptables && ((!v->accept && v->priority != VRRP_PRIORITY_OWNER) || v->use_vmac) && !c->iptables_told) {
		say(c, 'w', &v->node, "vrrp_iptables: no rules are added: %s", v->use_vmac ? "virtual MACs send IGMP and MLD" :
		    "virtual addresses answer in spite of no_accept and strict mode");
		c->iptables_told = true;
	}
	if (v->hmac)
		check_keys(c, v->hmac);
}

/* What the file asks for and this version does not do. */
static void check_virtual_server(struct check *c, const struct virtual_server_conf *vs)
{
	CONF_EACH(struct real_server_conf, real, &vs->real_servers)
		CONF_EACH(struct check_conf, check, &real->checks)
			if (check->kind == CHECK_SSL)
				say(c, 'e', &check->node, "SSL_GET: built without TLS, the check fails");
}

unsigned env_check(const struct config *config, void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text), void *ctx)
{
	struct check c = { .config = config, .message = message, .ctx = ctx };

	CONF_EACH(struct command_conf, command, &config->commands) {
		c.node = &command->node;
		notify_check_script(config, command->script, tell, &c);
	}
	CONF_EACH(struct vrrp_conf, v, &config->instances)
		check_instance(&c, v);
	if (HAVE_LVS && !tls_available())
		CONF_EACH(struct virtual_server_conf, vs, &config->virtual_servers)
			check_virtual_server(&c, vs);
	return c.errors;
}
