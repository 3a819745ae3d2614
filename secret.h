/* SPDX-License-Identifier: MIT */
/*
 * The keys of an instance, from its configuration and from files. Owns what it makes; nothing of a key stays in memory behind it.
 */
#ifndef SECRET_H
#define SECRET_H

#include "auth.h"

struct hmac_key_conf;
struct vrrp_conf;

/* Up to AUTH_SECRET_MAX bytes: how many, or -errno, -EINVAL for a file that holds no key. Others than its owner may read it: *open. */
int secret_read(const struct hmac_key_conf *, uint8_t out[AUTH_SECRET_MAX], bool *open);
/* Whether there is the key that an instance signs with, or none is asked for. */
bool secret_there(const struct vrrp_conf *);
/* Makes *a (NULL where nothing is authenticated) anew; what was sent and heard so far is remembered. 0, -ENOMEM, or -ENOKEY without the key to
 * sign with; then *a is as it was. */
int secret_load(const struct vrrp_conf *, struct auth **a);
void secret_free(struct auth *);

#endif
