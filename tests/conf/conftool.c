/* links: lexer.c lex_define.c lex_include.c config.c conf_value.c keywords.c conf_set.c conf_block.c conf_lvs.c dns.c conf_check.c conf_check_lvs.c dump.c emit.c addr.c tests/conf/list.c */
/* SPDX-License-Identifier: MIT */
/*
 * conftool [-i ID] [-d] [-s] FILE: loads FILE, tells its messages on standard error; -d dumps it, -s with secrets.
 * conftool --keywords: the table of keywords in README.md. Ends with 1 when there was an error, 2 when the file can't be read.
 */
#include "../../config.h"
#include "../../text.h"
#include "list.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void tell(void *ctx, char severity, const char *file, unsigned line, const char *text)
{
	(void)ctx;
	out_error("%s:%u: %s: %s\n", file ? file : "-", line, severity == 'e' ? "error" : "warning", text);
}

int main(int argc, char **argv)
{
	struct conf_options options = { .message = tell };
	bool dump = false, secrets = false;
	struct config *c;
	struct fd_out out;
	int opt, result;

	out_open(&out, STDOUT_FILENO);
	if (argc == 2 && strcmp(argv[1], "--keywords") == 0) {
		list_keywords(&out.out);
		return out_end(&out) ? 1 : 0;
	}
	while ((opt = getopt(argc, argv, "i:ds")) != -1) {
		if (opt == 'i')
			options.id = optarg;
		else if (opt == 'd')
			dump = true;
		else if (opt == 's')
			secrets = true;
		else
			return 2;
	}
	if (optind != argc - 1) {
		out_error("usage: conftool [-i ID] [-d] [-s] FILE | --keywords\n");
		return 2;
	}
	c = conf_load(argv[optind], &options);
	if (!c) {
		out_error("%s: %s\n", argv[optind], strerror(errno));
		return 2;
	}
	result = c->errors > 0;
	if (dump)
		conf_dump(c, &out.out, secrets);
	if (out_end(&out))
		result = 2;
	conf_free(c);
	return result;
}
