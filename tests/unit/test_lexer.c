/* links: lexer.c lex_define.c lex_include.c tests/unit/lex_memory.c */
/* SPDX-License-Identifier: MIT */
/* run: timeout=180 */
#include "lexer.h"
#include "tests/unit/lex_memory.h"
#include "text.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * What the lexer makes of a text, one line each: "2:word|word {", "3:}", and messages, in their order, as "e4:text".
 * Characters below a blank show as <09>.
 */
static char got[1 << 18];
static size_t got_len;
static const char *main_name; /* files of another name show before the line */
static char mode;             /* 0; q: requoted; c: requoted, the second word split as a command */

static void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	got_len += (size_t)vsnprintf(got + got_len, sizeof(got) - got_len, format, args);
	va_end(args);
	assert_true(got_len < sizeof(got));
}

static void put_word(const char *word)
{
	for (; *word; word++)
		put((unsigned char)*word < ' ' ? "<%02x>" : "%c", (unsigned char)*word);
}

static void put_place(const char *file, unsigned line)
{
	if (strcmp(file, main_name))
		put("%s:", strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
	put("%u:", line);
}

__attribute__((format(printf, 4, 0))) static void message(char severity, const char *file, unsigned line, const char *format, va_list *args)
{
	char text[1024];

	assert_true(text_vformat(text, sizeof(text), format, args) < sizeof(text));
	/* There may be as many as lines that a sequence makes: who is told keeps count. */
	if (got_len > sizeof(got) / 2)
		return;
	put("%c", severity);
	put_place(file, line);
	put("%s\n", text);
}

static void put_words(char **argv, int argc)
{
	int i;

	assert_null(argv[argc]);
	for (i = 0; i < argc; i++) {
		put(i ? "|" : "");
		put_word(argv[i]);
	}
}

static void put_command(const char *text)
{
	char *buf = malloc(strlen(text) + 1), *argv[16];
	int argc = lexer_split_command(text, buf, argv, 16);

	put(" =");
	if (argc < 0)
		put("%s", argc == -EINVAL ? "EINVAL" : "E2BIG");
	else
		put_words(argv, argc);
	free(buf);
}

static void put_statements(struct lexer *lx)
{
	struct lex_statement s;

	for (lexer_next(lx, &s); s.kind != LEX_END; lexer_next(lx, &s)) {
		if (s.kind == LEX_STATEMENT && mode)
			lexer_requote(lx, &s);
		put_place(s.file, s.line);
		if (s.kind == LEX_CLOSE) {
			assert_int_equal(s.argc, 0);
			assert_false(s.opens);
			put("}");
		} else {
			assert_true(s.argc > 0 || s.opens);
			put_words(s.argv, s.argc);
			put(s.opens ? " {" : "");
		}
		if (mode == 'c' && s.argc > 1)
			put_command(s.argv[1]);
		put("\n");
	}
	lexer_next(lx, &s);
	assert_int_equal(s.kind, LEX_END);
}

static void lex(const char *text, size_t len, const char *id)
{
	struct lexer_options options = { .id = id, .message = message, .alloc = lex_alloc, .keep = lex_keep };
	char *copied = malloc(len + 1);
	struct lexer *lx;

	/* One that ends where the text does, so that sanitizers see a read behind it. */
	copied = realloc(copied, len ? len : 1);
	memcpy(copied, text, len);
	got_len = 0;
	got[0] = 0;
	main_name = "main";
	lx = lexer_open_text(copied, len, "main", &options);
	free(copied);
	assert_non_null(lx);
	put_statements(lx);
	lex_free();
}

struct row {
	const char *text, *want;
};

static void check_id(const struct row *row, size_t count, const char *id)
{
	for (; count--; row++) {
		lex(row->text, strlen(row->text), id);
		if (strcmp(got, row->want))
			print_error("of:\n%s\n", row->text);
		assert_string_equal(got, row->want);
	}
}

#define CHECK(rows) check_id(rows, sizeof(rows) / sizeof(*(rows)), "own")

static void words(void **state)
{
	static const struct row rows[] = {
		{ "", "" },
		{ "\n\n  \t\n", "" },
		{ "a", "1:a\n" },
		{ "a b\nc", "1:a|b\n2:c\n" },
		{ "\ta\t b \v\f c  \n", "1:a|b|c\n" },
		{ "a\r\nb c\r\n\r\nd\r", "1:a\n2:b|c\n4:d\n" },
		{ "\xef\xbb\xbf" "a b\n", "1:a|b\n" },
		{ "a \xc3\xa9\xff\x80", "1:a|\xc3\xa9\xff\x80\n" },
		{ "priority 100 //x\n", "1:priority|100|//x\n" },
	};

	(void)state;
	CHECK(rows);
}

static void comments(void **state)
{
	static const struct row rows[] = {
		{ "! a\n# b\n  #c\n", "" },
		{ "a # b\nc!d\ne#\n", "1:a\n2:c\n3:e\n" },
		{ "a \"b # c\" d # e \"\n", "1:a|b # c|d\n" },
		{ "a \"b ! c\"!d\n", "1:a|b ! c\n" },
		{ "# it's {\na }\n", "2:a\n2:}\n" },
		{ "a b\\#c \\! d\n", "1:a|b#c|!|d\n" },
		{ "a \"b\\#c\"\n", "1:a|b\\#c\n" },
		{ "a { # { x\nb } # }\n", "1:a {\n2:b\n2:}\n" },
		{ "a 'b # c' d\n", "1:a|'b|#|c'|d\n" },
		{ "a it's b # c's d\n", "1:a|it's|b\n" },
		{ "a 'tis # it's\n", "1:a|'tis\n" },
	};

	(void)state;
	CHECK(rows);
}

static void quotes(void **state)
{
	static const struct row rows[] = {
		{ "a \"b c\" d", "1:a|b c|d\n" },
		{ "a \"\" b \"", "e1:quote opened here is not closed\n1:a||b|\n" },
		{ "\"a b\" c", "1:a b|c\n" },
		{ "router_id\"x\"", "1:router_id|x\n" },
		{ "a abcd\" efg h \"mnop", "1:a|abcd| efg h |mnop\n" },
		{ "a \"b\"\"c\"", "1:a|b|c\n" },
		{ "a \"b{c}d\" {", "1:a|b{c}d {\n" },
		{ "a 'b c'", "1:a|'b|c'\n" },
		{ "auth_pass 'x'", "1:auth_pass|'x'\n" },
		{ "a \"b\\\"c\" d", "1:a|b\"c|d\n" },
		{ "a \"b\\tc\\\\\" d", "1:a|b\\tc\\\\|d\n" },
		{ "a b\\\"c d\\\"e", "1:a|b\"c|d\"e\n" },
		{ "a 'awk {x}' b", "1:a|'awk|{x}'|b\n" },
		{ "a \"b'c\" d", "1:a|b'c|d\n" },
	};

	(void)state;
	CHECK(rows);
}

static void quotes_over_lines(void **state)
{
	static const struct row rows[] = {
		{ "a \"b\nc\" d\ne", "1:a|b<0a>c|d\n3:e\n" },
		{ "a \"b \n\n  c\"\ne", "1:a|b <0a><0a>  c\n4:e\n" },
		{ "a \"b\\\nc\"\ne", "1:a|bc\n3:e\n" },
		{ "a \"b # c\r\nd\"", "1:a|b # c<0a>d\n" },
		{ "a \"b\nc\n\nd\\\ne \\\" f\ng\"", "1:a|b<0a>c<0a><0a>de \" f<0a>g\n" },
		/* A forgotten quote spoils its own line only. */
		{ "a \"b c\nd \"e\" f\n", "e1:quote opened here is not closed\n1:a|b c\n2:d|e|f\n" },
		{ "x {\na \"b\n}\ny \"z\n", "1:x {\ne2:quote opened here is not closed\n2:a|b\n3:}\n"
		  "e4:quote opened here is not closed\n4:y|z\n" },
		{ "a \"b {\nc\n}\nd\"\n", "e1:quote opened here is not closed\n1:a|b {\n2:c\n3:}\n"
		  "e4:quote opened here is not closed\n4:d|\n" },
		{ "a \"b\nc {\nd }\ne\"\n", "e1:quote opened here is not closed\n1:a|b\n2:c {\n3:d\n3:}\n"
		  "e4:quote opened here is not closed\n4:e|\n" },
		{ "a \"b # {\nc\n", "e1:quote opened here is not closed\n1:a|b # {\n2:c\n" },
		{ "a\nb \"\n", "1:a\ne2:quote opened here is not closed\n2:b|\n" },
	};

	(void)state;
	CHECK(rows);
}

static void continuation(void **state)
{
	static const struct row rows[] = {
		{ "a \\\nb\nc", "1:a|b\n3:c\n" },
		{ "a\\\nb\\\r\n\tc\nd", "1:a|b|c\n4:d\n" },
		{ "a \\\n\nb", "1:a\n3:b\n" },
		{ "a \\ \t\nb", "1:a|b\n" },
		{ "a \\ # c\nb", "1:a|b\n" },
		{ "a # c \\\nb", "1:a\n2:b\n" },
		{ "# c \\\nb", "2:b\n" },
		{ "a \\", "1:a\n" },
		{ "a b\\\\\nc", "1:a|b\\\\\n2:c\n" },
		{ "a { \\\nb \\\n}\nc", "1:a {\n1:b\n1:}\n4:c\n" },
	};

	(void)state;
	CHECK(rows);
}

static void braces(void **state)
{
	static const struct row rows[] = {
		{ "a {\nb\n}\nc", "1:a {\n2:b\n3:}\n4:c\n" },
		{ "a{\nb}c", "1:a {\n2:b\n2:}\n2:c\n" },
		{ "a b { c d } e\n", "1:a|b {\n1:c|d\n1:}\n1:e\n" },
		{ "a{b{c}}", "1:a {\n1:b {\n1:c\n1:}\n1:}\n" },
		{ "a{}{x}b", "1:a {\n1:}\n1: {\n1:x\n1:}\n1:b\n" },
		{ "a\n{\nb\n}", "1:a {\n3:b\n4:}\n" },
		{ "a\n\n! c\n \t# d\n {b\n}", "1:a {\n5:b\n6:}\n" },
		{ "a b\n{ c }\nd", "1:a|b {\n2:c\n2:}\n3:d\n" },
		{ "a {\n} else junk\nb", "1:a {\n2:}\n2:else|junk\n3:b\n" },
		{ "}\na", "1:}\n2:a\n" },
		{ "a { b {\nc", "1:a {\n1:b {\n2:c\n" },
		{ "{\na {\n}\n}\nb", "1: {\n2:a {\n3:}\n4:}\n5:b\n" },
		{ "a {\n{\nb", "1:a {\n2: {\n3:b\n" },
		{ "a\n\"{\"", "1:a\n2:{\n" },
		{ "a ${X Y} b", "1:a|${X|Y}|b\n" },
	};

	(void)state;
	CHECK(rows);
}

static void conditions(void **state)
{
	static const struct row rows[] = {
		{ "@own a\n@other b\n@^own c\n@^other d\n", "1:a\n4:d\n" },
		{ "@own\ta\n  @own   b c\n", "1:a\n2:b|c\n" },
		{ "@ own a\n@^ own b\n@own\n@^other\n@\n@^", "2:own|b\n" },
		{ "@ow a\n@ownx b\n@Own c\n", "" },
		{ "@own @^other a\n@own @other b\n", "1:a\n" },
		{ "@other a {\nb\n@other }\n@own c {\nd\n@own }\n", "2:b\n4:c {\n5:d\n6:}\n" },
		{ "x { @own a\n@other b\n}", "1:x {\n1:a\n3:}\n" },
		{ "x { @other a } b\n", "1:x {\n1:}\n1:b\n" },
		{ "x { @other a { b } } c\n", "1:x {\n1:}\n1:c\n" },
		{ "@own $A=1\n@other $A=2\na ${A}", "3:a|1\n" },
		{ "@other $A= \\\n b \\\n c\n$A= \\\nd\n$A", "6:d\n" },
		{ "@other a \\\nb\nc", "3:c\n" },
		{ "@other a \\\nb\\\n", "" },
		{ "$IF=@other\n$IF a\n$IF2=@own\n$IF2 b\n", "4:b\n" },
	};
	static const struct row without[] = {
		{ "@own a\n@^own b\n@^other c\n", "2:b\n3:c\n" },
	};

	(void)state;
	CHECK(rows);
	check_id(without, 1, NULL);
}

static void definitions(void **state)
{
	static const struct row rows[] = {
		{ "$A=x\na $A b\na ${A}b\na $A\n", "2:a|x|b\n3:a|xb\n4:a|x\n" },
		{ "$A=x\n$A y\n${A}y", "2:x|y\n3:xy\n" },
		{ "$A=x y # c\nb $A z", "2:b|x|y|z\n" },
		{ "$A=\nb ${A}c $A d", "2:b|c|d\n" },
		{ "$A=x\na $A,$A)$A", "2:a|x,x)x\n" },
		{ "$A=x\na $A.y \"$A\" z$A", "w2:$A is left as it is: write ${A} where neither blank nor end of line follows\n"
		  "w2:$A is left as it is: write ${A} where neither blank nor end of line follows\n2:a|$A.y|$A|zx\n" },
		{ "$A=x\na \"b ${A} c\" '${A}'\n", "2:a|b x c|'x'\n" },
		{ "$A=\"x y\"\na ${A} b", "2:a|x y|b\n" },
		{ "$A_1b=x\n$_c=y\n$1=z\na ${A_1b}${_c}", "3:$1=z\n4:a|xy\n" },
		{ "$A =x\nb", "w1:unknown definition $A is left as it is\n1:$A|=x\n2:b\n" },
		/* Replaced when used, not when defined. */
		{ "$B=10.${S}\n$S=0\n${B}.1\n$S=1\n${B}.1", "3:10.0.1\n5:10.1.1\n" },
		{ "$N=1\n$A_1=x\na ${A_${N}}", "3:a|x\n" },
		{ "$N=1\n$A_1=x\n$P=A_\na ${${P}${N}}", "4:a|x\n" },
		{ "a { $X=1 }\nb ${X}", "1:a {\n1:}\n2:b|1\n" },
		{ "$X={ 1 }\na ${X} b", "2:a {\n2:1\n2:}\n2:b\n" },
		{ "$K=a b\n$K {\n}", "2:a|b {\n3:}\n" },
		{ "$X=x\na \\$X \\${X}y", "2:a|\\x|\\xy\n" },
		{ "a $ $$ $1 ${ ${} ${1} $", "1:a|$|$$|$1|$ {\n1:${}|${1}|$\n" },
		/* What is replaced may begin a comment, as a switch for lines; what stands in the line may not. */
		{ "$A=#x\nb ${A}y\n$C=\\#x\nb ${C}y\n$C z\nb \"${C}y\" c\\#", "2:b|y\n4:b\n6:b|#xy|c#\n" },
		{ "$A=a # x\n$B=\\!\nb ${A} c ${B} {\n d ${A}\\#e", "3:b|a|c\n4:d|a#e\n" },
	};
	static const struct row unknown[] = {
		{ "a $U ${U} b\na ${U}.1", "w1:unknown definition $U is left as it is\n1:a|$U|${U}|b\n2:a|${U}.1\n" },
		{ "a \"$U ${V}\" $W; $(x) $1", "1:a|$U ${V}|$W;|$(x)|$1\n" },
		{ "a ${U}\n$U=x\na ${U}", "w1:unknown definition $U is left as it is\n1:a|${U}\n3:a|x\n" },
		{ "$A=${A}x\n\nb ${A} ${A}", "e1:definition $A refers to itself\n3:b|${A}x|${A}\n" },
		{ "$A=$B\n$B=$A\nc $A", "e1:definition $A refers to itself\n3:c|$A\n" },
		{ "$A= \\\nb \\\n$A\n\n$A\nc", "5:b\ne1:definition $A refers to itself\n5:$A\n6:c\n" },
	};

	(void)state;
	CHECK(rows);
	CHECK(unknown);
}

static void definitions_of_lines(void **state)
{
	static const struct row rows[] = {
		{ "$A= \\\n b {\\\n c ${N} \\\n }\n$N=1\n$A\n$N=2\n${A}\nd", "6:b {\n6:c|1\n6:}\n8:b {\n8:c|2\n8:}\n9:d\n" },
		{ "$A=b \\\nc\nx $A\ny", "3:x|b\n3:c\n4:y\n" },
		{ "$A=b\\\nc\\\n\n$A\nd", "4:b\n4:c\n5:d\n" },
		{ "$A=b \\\n# x\n  # y \\\nc # z \\\nd\ne\n$A", "6:e\n7:b\n7:c\n7:d\n" },
		{ "$A= \\\nb { \\\n\nc \\\n}\n$A\nd", "6:b {\n6:c\n6:}\n7:d\n" },
		{ "$A= \\\n\nb\nc $A d", "3:b\n4:c|d\n" },
		{ "$A=b \\", "" },
		{ "$R=r${N} \\\nend\n$V= \\\n v { \\\n$N=1 \\\n$R \\\n$N=2 \\\n$R \\\n}\n$V",
		  "10:v {\n10:r1\n10:end\n10:r2\n10:end\n10:}\n" },
		{ "$A= \\\n@own b \\\n@other c \\\nd\n$A", "5:b\n5:d\n" },
		{ "$A= \\\n$N=4 \\\nb ${N}\n$A", "4:b|4\n" },
		{ "$A=b \\\nc\n$A d\nx$A e\n${A}y", "w3:$A is left as it is: a definition of several lines must end the line\n3:$A|d\n"
		  "w4:$A is left as it is: a definition of several lines must end the line\n4:x$A|e\n"
		  "w5:$A is left as it is: a definition of several lines must end the line\n5:${A}y\n" },
		{ "$A=b \\\nc\n$B=$A\n$B\nd", "4:b\n4:c\n5:d\n" },
		{ "$A=\"b\nc\" \\\nd\nx $A", "4:x|b<0a>c\n4:d\n" },
		{ "$A=b \\\nc\n$A\n{\nd }", "3:b\n3:c {\n5:d\n5:}\n" },
	};

	(void)state;
	CHECK(rows);
}

static void builtins(void **state)
{
	static const struct row rows[] = {
		{ "a ${_INSTANCE}x $_INSTANCE\n", "1:a|ownx|own\n" },
		{ "a \"${_HASH}b${_BANG}\" c # d", "1:a|#b!|c\n" },
		{ "$T=${_HASH}\na ${_HASH}b\n$T a b {\n${_BANG}c\n\"\\\"$T #\" ${T} d", "2:a\n5:\"# #\n" },
		{ "a ${_RANDOM 7 7} ${_RANDOM 9 9}", "1:a|7|9\n" },
		{ "a ${_ENV LEXER_TEST}b \"${_ENV  LEXER_TEST }\"", "1:a|x|yb|x y\n" },
		{ "a ${_ENV LEXER_NONE}b", "w1:environment variable LEXER_NONE is not set, nothing stands in its place\n1:a|b\n" },
		{ "$_HASH=x\na ${_HASH}", "2:a|x\n" },
		{ "a ${_OTHER}", "w1:unknown definition $_OTHER is left as it is\n1:a|${_OTHER}\n" },
		{ "a ${_HASH", "1:a|$ {\n1:_HASH\n" },
	};
	char first[256], cwd[4096];
	const char *number;
	int i;

	(void)state;
	setenv("LEXER_TEST", "x y", 1);
	CHECK(rows);
	lex("${_RANDOM} ${_RANDOM 5} ${_RANDOM 1 3}", 38, NULL);
	number = strchr(got, ':') + 1;
	assert_in_range(strtoul(number, NULL, 10), 0, 32767);
	number = strchr(number, '|') + 1;
	assert_in_range(strtoul(number, NULL, 10), 5, 32767);
	number = strchr(number, '|') + 1;
	assert_in_range(strtoul(number, NULL, 10), 1, 3);
	for (i = 0; i < 2; i++) {
		const char text[] = "random_seed 5\n${_RANDOM} ${_RANDOM} ${_RANDOM}";

		lex(text, sizeof(text) - 1, NULL);
		if (!i)
			strcpy(first, got);
	}
	assert_string_equal(first, got);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	lex("${_PWD}", 7, NULL);
	assert_string_equal(got + 2, strcat(cwd, "\n"));
}

static void sequences(void **state)
{
	static const struct row rows[] = {
		{ "~SEQ(N, 0, 3) a${N}\nb", "1:a0\n1:a1\n1:a2\n1:a3\n2:b\n" },
		{ "~SEQ(N,2) $N", "1:1\n1:2\n" },
		{ "~SEQ(N,-2) ${N}", "1:-1\n1:-2\n" },
		{ "~SEQ(N,0) ${N}", "1:1\n1:0\n" },
		{ "~SEQ(N,3,1) ${N}", "1:3\n1:2\n1:1\n" },
		{ "~SEQ(N,10,-4,1) ${N}", "1:10\n1:6\n1:2\n" },
		{ "~SEQ(N,1,5,7) ${N}", "1:1\n1:6\n" },
		{ "~SEQ ( N , 0x10 , 010 , 0x20 ) ${N}", "1:16\n1:24\n1:32\n" },
		{ "~SEQx(N,0x90,0x10,0xb0) a:${N}", "1:a:90\n1:a:a0\n1:a:b0\n" },
		{ "~SEQ(N,9223372036854775806,1,9223372036854775807) ${N}",
		  sizeof(long) == 8 ? "1:9223372036854775806\n1:9223372036854775807\n" :
		  "e1:this is not as ~SEQ(NAME, START, STEP, END) TEXT, with a step that leads from start to end\n" },
		{ "~SEQ(A,1,2) ~SEQ(B,3,4) ${A}.${B}", "1:1.3\n1:1.4\n1:2.3\n1:2.4\n" },
		{ "$L=3\n~SEQ(N,2,$L) a${N}", "2:a2\n2:a3\n" },
		{ "$S=~SEQ(N,1,2)\n$S a${N}", "2:a1\n2:a2\n" },
		{ "$V=a${I}.${N}\n$S=~SEQ(N,1,2) $V\n~SEQ(I,1,2) $S", "3:a1.1\n3:a1.2\n3:a2.1\n3:a2.2\n" },
		{ "$V= \\\nv${N} { \\\nx \\\n}\n~SEQ(N,1,2) $V\ny", "5:v1 {\n5:x\n5:}\n5:v2 {\n5:x\n5:}\n6:y\n" },
		{ "a { ~SEQ(N,1,2) b${N} }\nc", "1:a {\n1:b1\n1:b2\n1:}\n2:c\n" },
		{ "~SEQ(N,1,2) a${N} { b }\nc", "1:a1 {\n1:b\n1:}\n1:a2 {\n1:b\n1:}\n2:c\n" },
		{ "@other ~SEQ(N,1,2) a\n@own ~SEQ(N,1,2) b\n", "2:b\n2:b\n" },
		{ "~SEQ(N,1,2)\na", "2:a\n" },
		{ "$B=b\na ~SEQ(N,1,2) ${B}", "2:a|~SEQ(N,1,2)|b\n" },
	};
	static const struct row lists[] = {
		{ "~LST(N, a, b,c) x${N}\ny", "1:xa\n1:xb\n1:xc\n2:y\n" },
		{ "~LST({A, B}, {10,1},{20,4}, {5}) ${A}.${B}", "1:10.1\n1:20.4\n1:5.\n" },
		{ "~LST({A},{1},2) ${A}", "1:1\n1:2\n" },
		{ "~LST(A, 1, 2) ~LST(B, 5,6) ${A}.${B}", "1:1.5\n1:1.6\n1:2.5\n1:2.6\n" },
		{ "~LST({A,B},{10,1},{20,4}) ~SEQ(C,1,2) ${C}.${A}.${B}", "1:1.10.1\n1:2.10.1\n1:1.20.4\n1:2.20.4\n" },
		{ "$X=1,2\n~LST(A,${X}) a${A}", "2:a1\n2:a2\n" },
		{ "~LST(A,,b) <${A}>", "1:<>\n1:<b>\n" },
	};
	static const char *const wrong[] = {
		"~SEQ", "~SEQ a", "~SEQ()", "~SEQ(", "~SEQ(N)", "~SEQ(N,)", "~SEQ(N,a)", "~SEQ(N,1,2,3,4)", "~SEQ(N,1,0,3)", "~SEQ(N,1,-1,3)",
		"~SEQ(N,3,1,1)", "~SEQx(N,-3,1)", "~SEQ(,1)", "~SEQ(N M,1)", "~SEQ(N,1 2)", "~SEQ(N,99999999999999999999)", "~LST", "~LST()",
		"~LST(N)", "~LST(N,)b", "~LST(N a)", "~LST(N,{a,b})", "~LST({N,a)", "~LST({N,M}, {a b})", "~LST(N,a b)",
	};
	char text[128];
	unsigned i;

	(void)state;
	CHECK(rows);
	CHECK(lists);
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		snprintf(text, sizeof(text), "a\n%s x${N}\nb", wrong[i]);
		lex(text, strlen(text), NULL);
		if (!strcmp(wrong[i], "~LST(N,)b")) {
			assert_string_equal(got, "1:a\n2:b|x\n3:b\n");
			continue;
		}
		if (strncmp(got, "1:a\ne2:this is not as ~", 23) || strcmp(got + strlen(got) - 4, "3:b\n"))
			fail_msg("%s gives %s", wrong[i], got);
	}
}

static void requoted(void **state)
{
	static const struct row kept[] = {
		{ "n abcd\" efg h jkl \"mnop", "1:n|abcd efg h jkl mnop\n" },
		{ "n abcd \"efg h jkl\" mnop", "1:n|abcd|efg h jkl|mnop\n" },
		{ "n 'a b'c\"d e\"'f' g {\n}", "1:n|a bcd ef|g {\n2:}\n" },
		{ "n \"a 'b \\\"c' \" u g", "1:n|a 'b \\\"c' |u|g\n" },
		{ "n a\\ b '' \"\"", "1:n|a\\ b||\n" },
		{ "n 'a # {b}' # c", "1:n|a # {b}\n" },
		{ "n 'a b", "e1:quote opened here is not closed, or nothing follows a backslash\n1:n|'a|b\n" },
	};
	static const struct row replaced[] = {
		{ "r \"\\a\\b\\E\\f\\n\\r\\t\\v\"", " =r|<07><08><1b><0c><0a><0d><09><0b>" },
		{ "r \\101\\1012\\60 \\18", " =r|AA20|<01>8" },
		{ "r \\x41\\x4a1\\xg \\x7", " =r|AJ1xg|<07>" },
		{ "r \\cA\\cz \\q\\\\\\\"\\'\\ z", " =r|<01><1a>|q\\\"' z" },
		{ "r '^a\\\\d+\\$'", " =r|^a\\d+$" },
	};
	static const struct row commands[] = {
		/* The man page's own example. */
		{ "$SG=SG1\n$INST=low\n$USER=user\nn \"/e.sh ' spaces\\\\x20f\\x69le ' '\\\"s p a c e \\\"' ${SG}.$INST master\" $USER group",
		  "4:n|/e.sh ' spaces\\\\x20f\\x69le ' '\\\"s p a c e \\\"' SG1.low master|user|group "
		  "=/e.sh| spaces\\x20file |\"s p a c e \"|SG1.low|master\n" },
		{ "n \"/a b  'c d' \\\"e f\\\" g\\ h ''\"", "1:n|/a b  'c d' \\\"e f\\\" g\\ h '' =/a|b|c d|\"e|f\"|g h|\n" },
		{ "n /a u", "1:n|/a|u =/a\n" },
		{ "n \"/a 'b\"", "1:n|/a 'b =EINVAL\n" },
		{ "n \"\"", "1:n| =\n" },
		{ "n \" 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\"", "1:n| 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 "
		  "=1|2|3|4|5|6|7|8|9|10|11|12|13|14|15\n" },
		{ "n \"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\"", "1:n|1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 =E2BIG\n" },
	};

	(void)state;
	mode = 'q'; /* back to 0 by reset_mode() */
	CHECK(kept);
	for (unsigned i = 0; i < sizeof(replaced) / sizeof(*replaced); i++) {
		got_len = 0;
		put_command(replaced[i].text);
		assert_string_equal(got, replaced[i].want);
	}
	mode = 'c';
	CHECK(commands);
	got_len = 0;
	put_command("a\\");
	put_command("'a\\");
	put_command("\"a' b\" 'c\" d'");
	assert_string_equal(got, " =EINVAL =EINVAL =a' b|c\" d");
}

static int reset_mode(void **state)
{
	(void)state;
	mode = 0;
	return 0;
}

static char folder[64];

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void make_folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int setup_folder(void **state)
{
	(void)state;
	strcpy(folder, "/tmp/test_lexer.XXXXXX");
	return !mkdtemp(folder);
}

static int remove_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

/* Of the file main in the folder, whose own name is left out of what is got. */
static void lex_file(const char *text, const char *want)
{
	struct lexer_options options = { .message = message, .alloc = lex_alloc, .keep = lex_keep };
	char path[256], *at;
	struct lexer *lx;
	size_t len = strlen(folder);

	write_file("main", text);
	snprintf(path, sizeof(path), "%s/main", folder);
	main_name = path;
	got_len = 0;
	got[0] = 0;
	lx = lexer_open(path, &options);
	assert_non_null(lx);
	put_statements(lx);
	lex_free();
	while ((at = strstr(got, folder)))
		memmove(at, at + len, strlen(at + len) + 1);
	if (want && strcmp(got, want))
		print_error("of:\n%s\n", text);
	if (want)
		assert_string_equal(got, want);
}

static void includes(void **state)
{
	(void)state;
	write_file("a.conf", "a ${_PWD}\nb {");
	write_file("b.conf", "c\n}");
	write_file(".hidden.conf", "hidden\n");
	write_file("x y.conf", "xy\n");
	make_folder("sub");
	write_file("sub/in.conf", "$F=sub\nin ${_PWD}\ninclude more/*\ninclude ../b.conf\n");
	make_folder("sub/more");
	write_file("sub/more/2", "two\n");
	write_file("sub/more/1", "one");
	write_file("sub/more/10", "ten\n");

	lex_file("x\ninclude a.conf\ninclude b.conf\ny\n", "1:x\na.conf:1:a|\na.conf:2:b {\nb.conf:1:c\nb.conf:2:}\n4:y\n");
	lex_file("x {\n  include \"a.conf\" # c\n  include 'b.conf'\n}", "1:x {\na.conf:1:a|\na.conf:2:b {\nb.conf:1:c\nb.conf:2:}\n4:}\n");
	lex_file("include [ab].conf\n", "a.conf:1:a|\na.conf:2:b {\nb.conf:1:c\nb.conf:2:}\n");
	lex_file("include {a,b}.conf\nx\n", "a.conf:1:a|\na.conf:2:b {\nb.conf:1:c\nb.conf:2:}\n2:x\n");
	lex_file("x { include x y.conf }\ny", "1:x {\nx y.conf:1:xy\n1:}\n2:y\n");
	lex_file("x { include \"x y.conf\" } y", "1:x {\nx y.conf:1:xy\n1:}\n1:y\n");
	lex_file("include x\\ y.conf", "x y.conf:1:xy\n");
	lex_file("include sub/in.conf\n${F}.\n", "in.conf:2:in|/sub\n1:1:one\n10:1:ten\n2:1:two\nb.conf:1:c\n"
		 "b.conf:2:}\n2:sub.\n");
	lex_file("include */more/{1,2}\n", "1:1:one\n2:1:two\n");
	lex_file("include {sub,no}/more/?\n", "1:1:one\n2:1:two\n");
	lex_file("include \"sub/more/[!1]\"\ninclude sub/more/[0-1]*\n", "2:1:two\n1:1:one\n10:1:ten\n");
	lex_file("$N=1\n@x include sub/more/2\n@^x include sub/more/${N}\n", "1:1:one\n");
	lex_file("~LST(N,1,2) include sub/more/$N\nx", "1:1:one\n2:1:two\n2:x\n");
	lex_file("$I= \\\ninclude sub/more/1 \\\nx\n$I\n", "1:1:one\n4:x\n");
	lex_file("x\ninclude sub/more/1\n{\n}\n", "1:x\n1:1:one {\n4:}\n");
	lex_file("include\nincluded x\ninclude_x\ninclude{\n}", "1:include\n2:included|x\n3:include_x\n4:include {\n5:}\n");
}

static void include_faults(void **state)
{
	char many[8192] = "", *end = many;
	int i;

	(void)state;
	write_file("script", "x\n");
	write_file("empty", "");
	lex_file("include no.conf\ninclude no*\ninclude {n,o}\nx", "w1:include no.conf finds no file\n"
		 "w2:include no* finds no file\nw3:include {n,o} finds no file\n4:x\n");
	lex_file("includer no.conf\nincludem no.conf\nincludew no.conf\nincludeb no.conf\nincludea no.conf\n",
		 "w1:include no.conf finds no file\ne2:include no.conf finds no file\ne3:include no.conf finds no file\n"
		 "w4:include no.conf finds no file\ne5:include no.conf finds no file\n");
	lex_file("includem no*\nincludew no*\nincludea no*\n",
		 "w1:include no* finds no file\ne2:include no* finds no file\ne3:include no* finds no file\n");
	lex_file("include {script,no}\nincludem {script,no}\nincludeb {script,no}\nincludeb {n,o}\n",
		 "script:1:x\nscript:1:x\ne3:include {script,no} finds no file for some of the names in braces\nscript:1:x\n"
		 "e4:include {n,o} finds no file\n");
	make_folder("folder");
	lex_file("include folder\nincluder folder\n", "w1:/folder is left out: only regular files that are not executable are included\n"
		 "e2:/folder is left out: only regular files that are not executable are included\n");
	chmod(strcat(strcpy(many, folder), "/script"), 0755);
	lex_file("include script\nx", "w1:/script is left out: only regular files that are not executable are included\n2:x\n");
	chmod(many, 0644);
	lex_file("include_check\ninclude no*\ninclude_check -wildcard_match\ninclude no*\ninclude no\ninclude_check -match\ninclude no\n"
		 "include_check +match\ninclude no\ninclude_check readable\ninclude no\ninclude folder\n",
		 "e2:include no* finds no file\nw4:include no* finds no file\ne5:include no finds no file\nw7:include no finds no file\n"
		 "e9:include no finds no file\nw11:include no finds no file\n"
		 "e12:/folder is left out: only regular files that are not executable are included\n");
	lex_file("x {\ninclude_check\n}\ny {\nrandom_seed 1", "1:x {\n3:}\n4:y {\n");
	lex_file("include_check x {\n}\ninclude_check x y\n", "1:include_check|x {\n2:}\n"
		 "e3:include_check knows no x: it is one of readable, match, wildcard_match, brace_match\n"
		 "e3:include_check knows no y: it is one of readable, match, wildcard_match, brace_match\n");
	write_file("checks", "include_check\ninclude no\n");
	lex_file("include checks\ninclude no\n", "echecks:2:include no finds no file\nw2:include no finds no file\n");
	lex_file("x\ninclude main\ny", "1:x\ne2:/main is left out: it includes itself\n3:y\n");
	write_file("loop", "l\ninclude ma*\n");
	lex_file("include loop\n", "loop:1:l\neloop:2:/main is left out: it includes itself\n");
	for (i = 0; i < 40; i++) {
		char name[16], text[64];

		snprintf(name, sizeof(name), "deep%d", i);
		snprintf(text, sizeof(text), "d%d\ninclude deep%d\n", i, i + 1);
		write_file(name, text);
	}
	for (i = 0; i < 31; i++)
		end += sprintf(end, "deep%d:1:d%d\n", i, i);
	sprintf(end, "edeep30:2:/deep31 is left out: includes nest deeper than 32\n");
	lex_file("include deep0\n", many);
	/* As many files in all as one likes. */
	for (end = many, i = 0; i < 100; i++)
		end += sprintf(end, "include script\n");
	write_file("list", many);
	for (end = many, i = 0; i < 100; i++)
		end += sprintf(end, "script:1:x\n");
	lex_file("include list\n", many);
	/* But not without end: each opens a file. */
	lex_file("~SEQ(N,1,1000000) include empty\nx\n", "e1:definitions and sequences make more than 32 MB of text: "
		 "from here on they are left as they are\n2:x\n");
	lex_file("~SEQ(N,1,1000000) include none*\nx\n", NULL);
	assert_string_equal(got + strlen(got) - 4, "2:x\n");
#define BRACES "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}"
	lex_file("include " BRACES, "e1:include " BRACES " finds too many files, only some of them are read\n");
	lex_file("include {{{{{{{{{{{{{{{{{{{{{{}}}}}}}}}}}}}}}}}}}}}}\nx", "e1:include {{{{{{{{{{{{{{{{{{{{{{}}}}}}}}}}}}}}}}}}}}}} "
		 "finds too many files, only some of them are read\n2:x\n");
	lex_file("include [\ninclude [a\ninclude {a\ninclude a]\nx", "w1:include [ finds no file\nw2:include [a finds no file\n"
		 "w3:include {a finds no file\nw4:include a] finds no file\n5:x\n");
}

static void opening(void **state)
{
	struct lexer_options options = { .message = message, .alloc = lex_alloc, .keep = lex_keep };
	char path[256];
	FILE *f;

	(void)state;
	got_len = 0;
	got[0] = 0;
	snprintf(path, sizeof(path), "%s/none", folder);
	assert_null(lexer_open(path, &options));
	assert_int_equal(errno, ENOENT);
	assert_null(lexer_open(folder, &options));
	assert_int_equal(errno, EISDIR);
	/* 64 MB of nothing, and one byte too many. */
	snprintf(path, sizeof(path), "%s/big", folder);
	write_file("big", "");
	assert_int_equal(truncate(path, 64 << 20), 0);
	assert_null(lexer_open(path, &options));
	assert_int_equal(errno, EFBIG);
	assert_int_equal(truncate(path, (16 << 20) + 1), 0);
	assert_null(lexer_open(path, &options));
	assert_int_equal(errno, EFBIG);
	lex_free();
	assert_string_equal(got, "");
	lex_file("a\ninclude big\nb", "1:a\ne2:/big is left out: the configuration is larger than 16 MB\n3:b\n");
	f = fopen(path, "w");
	assert_non_null(f);
	for (unsigned i = 0; i < (5 << 20); i++)
		fputs("#\n", f);
	fclose(f);
	lex_file("include big\na\ninclude big\nb\n", "2:a\ne3:/big is left out: the configuration is larger than 16 MB\n4:b\n");
}

static void nul_bytes(void **state)
{
	static const char text[] = "a b\0c\n\0\0\n d\ne\0";

	(void)state;
	lex(text, sizeof(text), NULL);
	assert_string_equal(got, "e1:NUL bytes in this line are left out\n1:a|bc\ne2:NUL bytes in this line are left out\n3:d\n"
			    "e4:NUL bytes in this line are left out\n4:e\n");
}

static char *repeat(const char *head, const char *part, unsigned count, const char *tail)
{
	size_t len = strlen(part);
	char *text = malloc(strlen(head) + count * len + strlen(tail) + 1), *p;

	assert_non_null(text);
	p = stpcpy(text, head);
	while (count--)
		p = stpcpy(p, part);
	strcpy(p, tail);
	return text;
}

static void lex_repeated(const char *head, const char *part, unsigned count, const char *tail, const char *want)
{
	char *text = repeat(head, part, count, tail);

	lex(text, strlen(text), NULL);
	free(text);
	if (want && strcmp(got, want))
		print_error("%.30s %.30s %.30s\n", head, part, tail);
	if (want)
		assert_string_equal(got, want);
}

static void limits(void **state)
{
	static const char too_long[] = "e1:this line is longer than 65536 bytes and is left out\n2:b\n";
	char *p;
	unsigned i;

	(void)state;
	lex_repeated("", " a", 512, "\nb", NULL);
	assert_null(strchr(got, 'e'));
	lex_repeated("", " a", 513, " {\nb\n}", NULL);
	assert_memory_equal(got, "e1:more than 512 words: the rest of the line is left out\n1:a|a", 62);
	assert_non_null(strstr(got, "|a|a {\n2:b\n3:}\n"));
	lex_repeated("", "a", 65000, "\nb", NULL);
	assert_string_equal(got + 65002, "\n2:b\n");
	lex_repeated("", "a", 65536, "\nb", too_long);
	lex_repeated("a \\\n", "aaaaaaaa\\\n", 10000, "a\nb", "e1:this line is longer than 65536 bytes and is left out\n10003:b\n");
	lex_repeated("\"", "aaaaaaaaa\n", 10000, "\"\nb", "e1:this line is longer than 65536 bytes and is left out\n10002:b\n");
	lex_repeated("$A=", "a", 5000, "\n${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}${A}\nb",
		     "e2:this line is longer than 65536 bytes when definitions are replaced and is left out\n3:b\n");
	lex_repeated("", "a {\n", 1000, "b\n}}}\nc", NULL);
	assert_non_null(strstr(got, "999:a {\n1000:a {\n1001:b\n1002:}\n1002:}\n1002:}\n1003:c\n"));
	/* Definitions that hold definitions, 33 levels of them. */
	p = malloc(4096);
	for (i = 0, *p = 0; i < 33; i++)
		sprintf(p + strlen(p), "$A%u=${A%u}\n", i, i + 1);
	strcat(p, "$A33=x\n${A0}\n${A2}\n");
	lex(p, strlen(p), NULL);
	free(p);
	assert_string_equal(got, "e35:$A32 is left as it is: definitions nest deeper than 32\n35:${A32}\n36:x\n");
	/* Doubled 40 times: to nothing, and to much. */
	for (i = 0; i < 2; i++) {
		unsigned n;

		p = malloc(4096);
		sprintf(p, i ? "$A0=xx\n" : "$A0=\n");
		for (n = 1; n < 30; n++)
			sprintf(p + strlen(p), "$A%u=${A%u}${A%u}\n", n, n - 1, n - 1);
		strcat(p, "${A29}\nb\n");
		lex(p, strlen(p), NULL);
		free(p);
		assert_non_null(strstr(got, i ? "e31:this line is longer" : "e31:definitions and sequences make more than 32 MB"));
		assert_string_equal(got + got_len - 5, "32:b\n");
	}
	lex_repeated("", "", 0, "~SEQ(N,1,1000000000) ~SEQ(M,1,1000000000)\na", "e1:definitions and sequences make more than 32 MB of text: "
		     "from here on they are left as they are\n2:a\n");
	lex_repeated("", "~SEQ(N,1,2) ", 100, "a", NULL);
	assert_non_null(strstr(got, "e1:files, definitions and sequences nest too deep here\n"));
	p = malloc(1 << 20);
	for (i = 0, got_len = 0; i < 10001; i++)
		got_len += (size_t)sprintf(p + got_len, "$D%u=x\n", i);
	strcpy(p + got_len, "${D0} ${D9999}\n");
	lex(p, strlen(p), NULL);
	free(p);
	assert_string_equal(got, "e10001:$D10000 is left out: there are too many definitions\n10002:x|x\n");
	lex_repeated("a ", "", 0, "", "1:a\n");
}

static int64_t used_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * INT64_C(1000000) + now.tv_nsec / 1000;
}

__attribute__((format(printf, 4, 0))) static void no_message(char severity, const char *file, unsigned line, const char *format, va_list *args)
{
	(void)severity;
	(void)file;
	(void)line;
	(void)format;
	(void)args;
}

/* The time for n and 8 n of something, as a ratio: near 8, not 64. */
static void check_linear(const char *head, const char *part, const char *tail)
{
	int64_t small = INT64_MAX / 32, large = INT64_MAX, start;
	unsigned i, count = (unsigned)(100000 / strlen(part));
	struct lexer_options none = { .message = no_message, .alloc = lex_alloc, .keep = lex_keep };

	for (i = 0; i < 6; i++) {
		char *text = repeat(head, part, i % 2 ? count * 8 : count, tail);
		int64_t *best = i % 2 ? &large : &small;
		struct lexer *lx = lexer_open_text(text, strlen(text), "x", &none);
		struct lex_statement s;

		free(text);
		assert_non_null(lx);
		start = used_us();
		do
			lexer_next(lx, &s);
		while (s.kind != LEX_END);
		start = used_us() - start;
		/* An emulator's clock of CPU time may run backwards. */
		if (start > 0 && start < *best)
			*best = start;
		lex_free();
	}
	if (large > small * 24 + 10000)
		fail_msg("%.20s: %d us, 8 times as much text: %d us", part, (int)small, (int)large);
}

static void linear_time(void **state)
{
	(void)state;
	check_linear("", "real_server 10.0.0.1 80 {\nweight 1\n}\n", "");
	check_linear("a\n", "# b\n", "");
	check_linear("", "a\n# b\n", "{");
	check_linear("", "\"a\n", "");
	check_linear("\"", "a\n", "\"");
	check_linear("\"", "a\n", "");
	check_linear("a ", " 'b", "\n");
	check_linear("", "{ { { { '$a ${ } } } }\n", "\n");
	check_linear("$A=x\n", "$A ${A} ${B} ${ $B. ${${A}} ${_BANG} ${${${${${\n", "");
	check_linear("", "$A= \\\n a { \\\n b \\\n}\n$A\n", "");
	check_linear("$A= \\\n", "a\\\n", "b\n$A\n$A\n");
	check_linear("", "~SEQ(N,1,3) a${N}\n", "");
	check_linear("", "@a b { \\\n", "");
	check_linear("", "a b \\\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(comments),
		cmocka_unit_test(quotes),
		cmocka_unit_test(quotes_over_lines),
		cmocka_unit_test(continuation),
		cmocka_unit_test(braces),
		cmocka_unit_test(conditions),
		cmocka_unit_test(definitions),
		cmocka_unit_test(definitions_of_lines),
		cmocka_unit_test(builtins),
		cmocka_unit_test(sequences),
		cmocka_unit_test_teardown(requoted, reset_mode),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(limits),
		cmocka_unit_test(linear_time),
		cmocka_unit_test_setup_teardown(includes, setup_folder, remove_folder),
		cmocka_unit_test_setup_teardown(include_faults, setup_folder, remove_folder),
		cmocka_unit_test_setup_teardown(opening, setup_folder, remove_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
