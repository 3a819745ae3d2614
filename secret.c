/* SPDX-License-Identifier: MIT */
#include "secret.h"
#include "config.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SECRET_MIN 32
/* More routers than this are hardly ever heard at once in one virtual router. */
#define MULTICAST_MARKS 8
/* "hex:", two digits a byte, and the end of the line */
#define FILE_MAX (4 + 2 * AUTH_SECRET_MAX + 2)

/* A line's text, as one would write it in the configuration. */
static int parse(char *text, size_t len, uint8_t *out)
{
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	text[len] = '\0';
	if (strcspn(text, "\n") != len)
		return -EINVAL; /* more lines than one, or bytes that are no text */
	if (strncmp(text, "hex:", 4) == 0)
		len = text_hex(text + 4, out, AUTH_SECRET_MAX);
	else if (len <= AUTH_SECRET_MAX)
		memcpy(out, text, len);
	return len < SECRET_MIN || len > AUTH_SECRET_MAX ? -EINVAL : (int)len;
}

static int read_file(const char *path, uint8_t *out, bool *open_to_all)
{
	char text[FILE_MAX + 2];
	ssize_t got = text_file(path, text, sizeof(text));
	struct stat st;
	int result = got < 0 ? (int)got : got > FILE_MAX ? -EINVAL : parse(text, (size_t)got, out);

	*open_to_all = !stat(path, &st) && st.st_mode & 077;
	explicit_bzero(text, sizeof(text));
	return result;
}

int secret_read(const struct hmac_key_conf *conf, uint8_t out[AUTH_SECRET_MAX], bool *open_to_all)
{
	*open_to_all = false;
	if (conf->file)
		return read_file(conf->file, out, open_to_all);
	memcpy(out, conf->key, sizeof(conf->key));
	return conf->len;
}

static void add_key(struct auth *a, uint8_t id, enum hash_name hash, const uint8_t *secret, int len)
{
	struct auth_key *key = &a->keys[a->key_count++];

	key->id = id;
	auth_key_set(key, hash, secret, (size_t)len);
}

/* Whether the key to sign with is among them. */
static bool read_keys(const struct hmac_conf *conf, struct auth *a)
{
	uint8_t secret[AUTH_SECRET_MAX];
	bool open_to_all, found = false;
	int len;

	CONF_EACH(struct hmac_key_conf, key, &conf->keys) {
		len = secret_read(key, secret, &open_to_all);
		if (len <= 0)
			continue;
		add_key(a, key->id, HASH_SHA256, secret, len);
		found |= key->id == conf->active_key;
	}
	explicit_bzero(secret, sizeof(secret));
	a->active_key = conf->active_key;
	a->enforce = conf->mode == HMAC_ENFORCE;
	a->silent = conf->mode == HMAC_RECEIVE_ONLY;
	a->window_s = conf->monotonic ? 0 : conf->time_window_s;
	return found;
}

/* Marks and keys follow in the same piece of memory. */
static struct auth *make(const struct vrrp_conf *conf)
{
	unsigned marks = 0, keys = 1;
	struct auth *a;

	if (conf->hmac) {
		marks = conf->peers.count > MULTICAST_MARKS ? conf->peers.count : MULTICAST_MARKS;
		keys = conf->hmac->keys.count;
	}
	a = calloc(1, sizeof(*a) + marks * sizeof(*a->marks) + keys * sizeof(*a->keys));
	if (!a)
		return NULL;
	a->mark_count = marks;
	a->marks = (struct auth_mark *)(a + 1);
	a->keys = (struct auth_key *)(a->marks + marks);
	return a;
}

int secret_load(const struct vrrp_conf *conf, struct auth **at)
{
	struct auth *old = *at, *a = NULL;
	unsigned kept;

	if (conf->hmac || conf->auth_type == VRRP_AUTH_AH) {
		a = make(conf);
		if (!a)
			return -ENOMEM;
		if (!conf->hmac) {
			add_key(a, 0, HASH_MD5, conf->auth_data, VRRP_AUTH_LEN);
		} else if (!read_keys(conf->hmac, a)) {
			secret_free(a);
			return -ENOKEY;
		}
		if (old && !old->mark_count == !a->mark_count) {
			kept = old->mark_count < a->mark_count ? old->mark_count : a->mark_count;
			memcpy(a->marks, old->marks, kept * sizeof(*a->marks));
			a->sequence = old->sequence;
		}
	}
	secret_free(old);
	*at = a;
	return 0;
}

bool secret_there(const struct vrrp_conf *conf)
{
	struct auth *trial = NULL;
	bool there = secret_load(conf, &trial) != -ENOKEY;

	secret_free(trial);
	return there;
}

void secret_free(struct auth *a)
{
	if (a)
		explicit_bzero(a->keys, a->key_count * sizeof(*a->keys));
	free(a);
}
