/* SPDX-License-Identifier: MIT */
#include "tests/unit/conf_text.h"

#include "text.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char said[1 << 17];
static size_t said_len;
static char path[64];

static void message(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	assert_ptr_equal(ctx, said);
	assert_string_equal(file, path);
	said_len += (size_t)snprintf(said + said_len, sizeof(said) - said_len, "%c%u: %s\n", severity, line, text);
	assert_true(said_len < sizeof(said));
}

struct config *conf_of(const char *text)
{
	struct conf_options options = { .message = message, .ctx = said };
	struct config *c;
	int fd;

	snprintf(path, sizeof(path), "/tmp/test_config.%d.conf", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	said_len = 0;
	said[0] = '\0';
	c = conf_load(path, &options);
	unlink(path);
	assert_non_null(c);
	return c;
}

struct config *conf_ofs(const char *format, ...)
{
	static char text[1 << 20];
	va_list args;

	va_start(args, format);
	assert_true(vsnprintf(text, sizeof(text), format, args) < (int)sizeof(text));
	va_end(args);
	return conf_of(text);
}

/* The name of the file stands for itself in texts that name another place. */
const char *conf_said(void)
{
	for (char *at; (at = strstr(said, path));) {
		memmove(at + 1, at + strlen(path), strlen(at + strlen(path)) + 1);
		*at = 'F';
	}
	return said;
}

void conf_tell_all(const struct said *rows, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct config *c = conf_of(rows[i].text);

		if (strcmp(conf_said(), rows[i].said) != 0)
			fail_msg("row %u:\n%s\nsays\n%sand not\n%s", i, rows[i].text, said, rows[i].said);
		assert_int_equal(c->errors != 0, said[0] == 'e' || strstr(said, "\ne") != NULL);
		assert_int_equal(c->warnings != 0, said[0] == 'w' || strstr(said, "\nw") != NULL);
		conf_free(c);
	}
}

void conf_test_rows(void **state)
{
	const struct said *rows = *state;
	unsigned count = 0;

	while (rows[count].text)
		count++;
	conf_tell_all(rows, count);
}

const char *conf_shown(const struct config *c, bool show_secrets)
{
	static char buf[1 << 17];
	struct out out = { .buf = buf, .size = sizeof(buf) - 1 };

	conf_dump(c, &out, show_secrets);
	assert_true(out.len < out.size);
	buf[out.len] = '\0';
	return buf;
}

const void *conf_item(const struct conf_list *list, unsigned n)
{
	const struct conf_node *node = list->first;

	while (node && n--)
		node = node->next;
	assert_non_null(node);
	return node;
}

const struct vrrp_conf *conf_instance(const struct config *c, unsigned n)
{
	return conf_item(&c->instances, n);
}
