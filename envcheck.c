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

/* One check at a time. */
static struct {
	const struct config *config;
	void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text);
	void *ctx;
	const struct conf_node *node; /* what is being looked at */
	unsigned errors;
	bool iptables_told;
} c;

static void __attribute__((format(printf, 2, 3))) say(char severity, const char *format, ...)
{
	char text[812]; /* the reason why a script can't run */
	va_list args;

	va_start(args, format);
	text_vformat(text, sizeof(text), format, &args);
	va_end(args);
	c.message(c.ctx, severity, c.node->file, c.node->line, text);
	c.errors += severity == 'e';
}

static void tell(const char *text)
{
	say('w', "%s", text);
}

static void check_interface(const struct conf_node *node, const char *name)
{
	c.node = node;
	if (name && !if_nametoindex(name))
		say('w', "interface %s does not exist", name);
}

static void check_keys(const struct hmac_conf *hmac)
{
	uint8_t secret[AUTH_SECRET_MAX];
	bool open;
	int len;

	CONF_EACH(struct hmac_key_conf, key, &hmac->keys) {
		c.node = &key->node;
		len = secret_read(key, secret, &open);
		if (open)
			say('w', "key %u: others may read %s: chmod 600 it", key->id, key->file);
		if (len < 0)
			say('e', "key %u: %s: %s%s", key->id, key->file,
			    len == -EINVAL ? "not hex: and 64 to 128 digits, nor 32 to 64 characters" : text_error(len),
			    key->id == hmac->active_key ? ", the instance does not run" : ", it is not used");
	}
	explicit_bzero(secret, sizeof(secret));
}

static void check_instance(const struct vrrp_conf *v)
{
	CONF_EACH(struct track_conf, t, &v->common->tracks[TRACK_INTERFACES])
		check_interface(&t->node, t->name);
	check_interface(&v->node, v->interface);
	if (c.config->global.bare_iptables && ((!v->accept && v->priority != VRRP_PRIORITY_OWNER) || v->use_vmac) && !c.iptables_told) {
		say('w', "vrrp_iptables: no rules are added: %s", v->use_vmac ? "virtual MACs send IGMP and MLD" :
		    "virtual addresses answer in spite of no_accept and strict mode");
		c.iptables_told = true;
	}
	if (v->hmac)
		check_keys(v->hmac);
}

/* What the file asks for and this version does not do. */
static void check_virtual_server(const struct virtual_server_conf *vs)
{
	CONF_EACH(struct real_server_conf, real, &vs->real_servers)
		CONF_EACH(struct check_conf, check, &real->checks)
			if (check->kind == CHECK_SSL) {
				c.node = &check->node;
				say('e', "SSL_GET: built without TLS, the check fails");
			}
}

unsigned env_check(const struct config *config, void (*message)(void *ctx, char severity, const char *file, unsigned line, const char *text), void *ctx)
{
	c.config = config;
	c.message = message;
	c.ctx = ctx;
	c.errors = 0;
	c.iptables_told = false;
	CONF_EACH(struct command_conf, command, &config->commands) {
		c.node = &command->node;
		notify_check_script(config, command->script, tell);
	}
	CONF_EACH(struct vrrp_conf, v, &config->instances)
		check_instance(v);
	if (HAVE_LVS && !tls_available())
		CONF_EACH(struct virtual_server_conf, vs, &config->virtual_servers)
			check_virtual_server(vs);
	return c.errors;
}
