/* SPDX-License-Identifier: MIT */
/*
 * Configurations out of strings, for the tests of the loader.
 */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "config.h"

/* Loads the text as a file of its own; the test fails when that gives nothing. */
struct config *conf_of(const char *text);
/* The same from a format. */
struct config *conf_ofs(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* What the last load told: a line each, as "e7: text" or "w7: text". */
const char *conf_said(void);
/* Fails unless the texts, each with what it tells, come out so. */
struct said {
	const char *text, *said;
};
void conf_tell_all(const struct said *, unsigned count);
#define TELLS(rows) conf_tell_all(rows, sizeof(rows) / sizeof((rows)[0]))
/* A test of nothing else, of rows that end with one of NULL. */
void conf_test_rows(void **state);
#define TEST_TELLS(rows) { #rows, conf_test_rows, NULL, NULL, (void *)(uintptr_t)(rows) }
/* The dump, in a buffer that the next call takes. */
const char *conf_shown(const struct config *, bool show_secrets);
/* The n-th item of a list, from 0 on. */
const void *conf_item(const struct conf_list *, unsigned n);
const struct vrrp_conf *conf_instance(const struct config *, unsigned n);

/* An instance of six lines and what is added to it. */
#define VIP "virtual_ipaddress {\n192.0.2.1/24\n}\n"
#define V_OPEN "vrrp_instance V {\ninterface eth0\nvirtual_router_id 1\n" VIP
#define V(more) V_OPEN more "\n}\n"
/* One without address. */
#define I(name, interface, vrid, more) "vrrp_instance " name " {\ninterface " interface "\nvirtual_router_id " vrid "\n" more "\n}\n"
#define A1(address) "virtual_ipaddress {\n" address "\n}\n"

#endif
