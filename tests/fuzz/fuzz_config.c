/* links: lexer.c lex_define.c lex_include.c config.c conf_value.c keywords.c conf_set.c conf_block.c conf_lvs.c dns.c conf_check.c conf_check_lvs.c dump.c emit.c addr.c */
/* SPDX-License-Identifier: MIT */
/* Any bytes as a file, loaded and dumped; the dump must load without an error and give the same dump. */
#include "config.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DUMP_MAX (8 << 20)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/dev/shm/fuzz_config.XXXXXX", path[64];
static bool show_messages;

static void message(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	(void)ctx;
	if ((severity != 'e' && severity != 'w') || !file || !*text)
		abort();
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			abort();
	if (show_messages)
		fprintf(stderr, "%s:%u: %c: %s\n", file, line, severity, text);
}

static void write_file(const void *data, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size || close(fd))
		abort();
}

static struct config *load(void)
{
	struct conf_options options = { .id = "own", .message = message };
	struct config *c = conf_load(path, &options);

	if (!c)
		abort();
	return c;
}

/* How long the dump is; what fits is in text. */
static size_t dump(const struct config *c, char *text, bool show_secrets)
{
	struct out out = { .buf = text, .size = DUMP_MAX };

	conf_dump(c, &out, show_secrets);
	return out.len;
}

static void remove_folder(void)
{
	unlink(path);
	rmdir(folder);
}

/* A folder of its own: what is included by name is the file itself at most. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	if (!mkdtemp(folder))
		return 1;
	snprintf(path, sizeof(path), "%s/data", folder);
	return atexit(remove_folder);
}

static void again(const char *first, size_t len)
{
	static char second[DUMP_MAX];
	struct config *c;

	write_file(first, len);
	c = load();
	if (c->errors || dump(c, second, true) != len || memcmp(first, second, len) != 0) {
		show_messages = true;
		conf_free(load());
		fprintf(stderr, "--- first\n%.*s--- second\n%.*s", (int)len, first, (int)dump(c, second, true), second);
		abort();
	}
	conf_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[DUMP_MAX];
	struct config *c;
	char *text = malloc(size + 1);
	size_t len;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	/* Nothing but prefixes has a slash: no file can be included. Short sequences: they are fuzz_lexer's. */
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '/' && (text[i + 1] < '0' || text[i + 1] > '9'))
			text[i] = '|';
		if (text[i] == 'Q' && i > 1 && memcmp(text + i - 2, "SEQ", 3) == 0)
			text[i] = 'q';
	}
	write_file(text, size);
	free(text);
	c = load();
	dump(c, first, false);
	len = dump(c, first, true);
	conf_free(c);
	if (len <= DUMP_MAX)
		again(first, len);
	return 0;
}
