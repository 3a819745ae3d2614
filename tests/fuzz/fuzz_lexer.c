/* links: lexer.c lex_define.c lex_include.c tests/unit/lex_memory.c */
/* SPDX-License-Identifier: MIT */
/* Any bytes as a configuration. Includes are read from an empty folder, so that findings repeat. */
#include "lexer.h"
#include "tests/unit/lex_memory.h"
#include "text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATEMENTS_MAX 20000

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

__attribute__((format(printf, 4, 0))) static void message(char severity, const char *file, unsigned line, const char *format, va_list *args)
{
	char text[320];

	if ((severity != 'e' && severity != 'w') || !*file || !line || !text_vformat(text, sizeof(text), format, args))
		abort();
}

/* Reads every byte that is handed out. */
static void use(const struct lex_statement *s)
{
	size_t total = 0;
	char buf[4096], *argv[32];
	int i, n;

	if (s->argc < 0 || s->argc > LEX_WORDS_MAX || s->argv[s->argc])
		abort();
	for (i = 0; i < s->argc; i++) {
		total += strlen(s->argv[i]);
		if (strlen(s->argv[i]) >= sizeof(buf))
			continue;
		n = lexer_split_command(s->argv[i], buf, argv, 32);
		if (n >= 32 || (n >= 0 && argv[n]))
			abort();
		while (n > 0)
			total += strlen(argv[--n]);
	}
	if (total == SIZE_MAX)
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char folder[] = "/tmp/fuzz_lexer.XXXXXX";

	(void)argc;
	(void)argv;
	/* Gone, but still the current directory: nothing can be found in it. */
	return !mkdtemp(folder) || rmdir(folder);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lexer_options options = { .id = "own", .message = message, .alloc = lex_alloc, .keep = lex_keep };
	struct lex_statement s = { 0 };
	long count;
	struct lexer *lx;
	char *text;

	/*
	 * Absolute paths would be found, and devices among them. Numbers of more than two digits make sequences as long as is
	 * allowed, seconds each.
	 */
	text = malloc(size ? size : 1);
	if (!text)
		return 0;
	for (size_t i = 0, digits = 0; i < size; i++) {
		digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
		text[i] = data[i] == '/' ? '|' : digits > 2 ? ' ' : (char)data[i];
	}
	lx = lexer_open_text(text, size, "data", &options);
	free(text);
	if (!lx)
		abort();
	for (count = 0; count < STATEMENTS_MAX && s.kind != LEX_END; count++) {
		lexer_next(lx, &s);
		use(&s);
		if (s.kind == LEX_CLOSE && (s.argc || s.opens))
			abort();
		if (s.kind != LEX_STATEMENT)
			continue;
		if ((!s.argc && !s.opens) || !s.line)
			abort();
		lexer_requote(lx, &s);
		use(&s);
	}
	lex_free();
	return 0;
}
