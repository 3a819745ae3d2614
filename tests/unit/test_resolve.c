/* links: loop.c addr.c dns.c */
/* SPDX-License-Identifier: MIT */
/* The resolver against name servers of this test's own, on 127.0.0.1 to 127.0.0.3, in the same loop. */
#include <stdint.h>

static char resolv_conf[] = "/tmp/test_resolv.XXXXXX";
static char hosts_file[] = "/tmp/test_hosts.XXXXXX";
static uint16_t dns_port;
#define RESOLV_CONF resolv_conf
#define HOSTS_FILE hosts_file
#define DNS_PORT dns_port
#include "resolve.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>

#include <cmocka.h>

#define CLASS_IN 1
#define FLAG_RESPONSE 0x8000
#define FLAG_RECURSE 0x0100

#define SERVERS 2
#define ALL 99 /* of a record: the query's own type */

enum way { PLAIN, SILENT, WRONG_ID, WRONG_NAME, NO_RESPONSE, TRUNCATED, CUT_OFF, STRAYS, UPPER };

/* What server `server` (0: each) says of a name. */
struct record {
	int server;
	const char *name;
	int type;
	enum way udp;
	int rcode;
	const char *text; /* addresses, and names for CNAME, in order */
};

struct server {
	struct io udp;
	unsigned udp_queries;
};

static struct server servers[SERVERS];
static const struct record *zone;
static struct resolve r;
static int result;
static unsigned calls;

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static size_t put_records(uint8_t *out, size_t at, const char *text, unsigned *count)
{
	char copy[4096], *rest, *word;
	struct addr a;
	size_t n;

	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		bool is_addr = !addr_parse(word, &a);

		out[at++] = 0xc0; /* the name, by a pointer to the question */
		out[at++] = DNS_HEADER;
		put16(out + at, is_addr ? a.family == AF_INET ? TYPE_A : TYPE_AAAA : 5);
		put16(out + at + 2, CLASS_IN);
		memset(out + at + 4, 0, 4);
		n = is_addr ? addr_len(&a) : strlen(word) + 3;
		put16(out + at + 8, (unsigned)n);
		at += RECORD_LEN;
		if (is_addr) {
			memcpy(out + at, a.bytes, n);
		} else {
			out[at] = (uint8_t)strlen(word);
			memcpy(out + at + 1, word, strlen(word));
			memcpy(out + at + n - 2, "\300\014", 2);
		}
		at += n;
		(*count)++;
	}
	return at;
}

static const struct record *find(int server, const uint8_t *query, size_t len, size_t *name_len)
{
	char name[300] = "";
	size_t at = DNS_HEADER, n = 0;
	const struct record *found;

	while (at < len && query[at]) {
		assert_true(at + query[at] < len);
		memcpy(name + n, query + at + 1, query[at]);
		n += query[at] + 1U;
		name[n - 1] = '.';
		at += query[at] + 1U;
	}
	assert_true(n > 0 && at + 5 == len);
	name[n - 1] = '\0';
	*name_len = at + 1 - DNS_HEADER;
	for (found = zone; found->name; found++)
		if ((!found->server || found->server == server) && !strcmp(found->name, name) &&
		    (found->type == ALL || found->type == get16(query + at + 1)))
			return found;
	return NULL;
}

/* Builds an answer in out (4096 bytes); 0: none. */
static size_t answer(const struct record *rec, enum way way, const uint8_t *query, size_t name_len, uint8_t *out)
{
	size_t at = DNS_HEADER + name_len + 4;
	unsigned count = 0, flags = FLAG_RESPONSE | FLAG_RECURSE | 0x80;

	if (way == SILENT)
		return 0;
	memcpy(out, query, at);
	if (way == WRONG_ID)
		out[0] ^= 0xff;
	if (way == WRONG_NAME)
		out[DNS_HEADER + 1] ^= 1;
	if (way == UPPER)
		out[DNS_HEADER + 1] &= 0xdf;
	if (way == NO_RESPONSE)
		flags &= ~(unsigned)FLAG_RESPONSE;
	if (way == TRUNCATED || way == CUT_OFF)
		flags |= FLAG_TRUNCATED;
	put16(out + 2, flags | (rec ? (unsigned)rec->rcode : RCODE_NO_NAME));
	if (rec && rec->text)
		at = put_records(out, at, rec->text, &count);
	if (way == CUT_OFF)
		at -= 3;
	put16(out + 6, count);
	return at;
}

static void on_udp(struct io *io, short revents)
{
	struct server *s = container_of(io, struct server, udp);
	struct sockaddr_storage from;
	socklen_t from_len = sizeof(from);
	uint8_t query[512], out[4096];
	ssize_t len = recvfrom(io->fd, query, sizeof(query), 0, (struct sockaddr *)&from, &from_len);
	const struct record *rec;
	size_t name_len, n;
	unsigned i;

	(void)revents;
	assert_true(len > 0);
	s->udp_queries++;
	rec = find((int)(s - servers) + 1, query, (size_t)len, &name_len);
	n = answer(rec, rec ? rec->udp : PLAIN, query, name_len, out);
	for (i = 0; rec && rec->udp == STRAYS && i < 2 * STRAYS_MAX; i++)
		sendto(io->fd, "nonsense", i % 9, 0, (struct sockaddr *)&from, from_len);
	if (n && !(rec && rec->udp == STRAYS))
		assert_int_equal(sendto(io->fd, out, n, 0, (struct sockaddr *)&from, from_len), n);
}

static int bind_to(unsigned host)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = htons(dns_port), .sin_addr.s_addr = htonl(0x7f000000 + host) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin))) {
		close(fd);
		return -1;
	}
	getsockname(fd, (struct sockaddr *)&sin, &len);
	dns_port = ntohs(sin.sin_port);
	return fd;
}

static void close_servers(void)
{
	unsigned i;

	for (i = 0; i < SERVERS; i++)
		if (servers[i].udp.fd >= 0)
			close(servers[i].udp.fd);
}

/* The first server's UDP port is the kernel's choice; the others need the same number, which may be taken. */
static bool bind_servers(void)
{
	bool all = true;
	unsigned i;

	dns_port = 0;
	for (i = 0; i < SERVERS; i++) {
		servers[i].udp_queries = 0;
		servers[i].udp = (struct io){ .fd = bind_to(i + 1), .events = POLLIN, .cb = on_udp };
		all = all && servers[i].udp.fd >= 0;
	}
	if (!all)
		close_servers();
	return all;
}

static void open_servers(void)
{
	unsigned i, tries = 20;

	while (!bind_servers())
		assert_int_not_equal(--tries, 0);
	for (i = 0; i < SERVERS; i++)
		assert_int_equal(io_add(&servers[i].udp), 0);
}

static int setup(void **state)
{
	(void)state;
	strcpy(strrchr(resolv_conf, '.'), ".XXXXXX");
	strcpy(strrchr(hosts_file, '.'), ".XXXXXX");
	close(mkstemp(resolv_conf));
	close(mkstemp(hosts_file));
	put_file(resolv_conf, "nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions timeout:1 attempts:1\n");
	assert_int_equal(loop_open(), 0);
	open_servers();
	calls = 0;
	memset(&r, 0, sizeof(r));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	resolve_cancel(&r);
	close_servers();
	loop_close();
	unlink(resolv_conf);
	unlink(hosts_file);
	return 0;
}

static void done(struct resolve *which, int error)
{
	assert_ptr_equal(which, &r);
	result = error;
	calls++;
}

/* The addresses as text in one line, or the error. */
static const char *lookup(const char *name)
{
	static char text[RESOLVE_ADDRS_MAX * ADDR_TEXT_MAX + 1];
	char one[ADDR_TEXT_MAX];
	unsigned before = calls, i;
	uint64_t end = loop_refresh_now() + 10 * US_PER_S;

	r.done = done;
	if (resolve_start(&r, name))
		return "invalid";
	assert_int_equal(calls, before);
	while (calls == before && loop_now() < end)
		loop_turn(US_PER_S);
	assert_int_equal(calls, before + 1);
	assert_true(r.io.fd < 0);
	if (result)
		return strerror(-result);
	text[0] = '\0';
	for (i = 0; i < r.count; i++)
		sprintf(text + strlen(text), "%s%s", i ? " " : "", addr_text(&r.addrs[i], one));
	return text;
}

static const char *const no_name = "No such file or directory", *const no_answer = "Operation timed out";

static void expect_lookup(const char *name, const char *expected)
{
	const char *got = lookup(name);

	/* glibc and musl word errors differently. */
	if (expected == no_name)
		expected = strerror(ENOENT);
	if (expected == no_answer)
		expected = strerror(ETIMEDOUT);
	assert_string_equal(got, expected);
}

static unsigned queries(void)
{
	return servers[0].udp_queries + servers[1].udp_queries;
}

static void literals(void **state)
{
	(void)state;
	expect_lookup("192.0.2.1", "192.0.2.1");
	expect_lookup("2001:db8::1", "2001:db8::1");
	assert_int_equal(queries(), 0);
}

/* What stands in front of a line moves it through the reader's room. */
static void long_hosts(void **state)
{
	static char text[3000];
	unsigned before;

	(void)state;
	for (before = 0; before < 1500; before += 37) {
		memset(text, 'x', before);
		strcpy(text + before, before & 1 ? "\n192.0.2.1 mail\n" : " # y\n192.0.2.1 mail");
		put_file(hosts_file, text);
		expect_lookup("mail", "192.0.2.1");
	}
	memset(text, '\n', sizeof(text) - 1);
	strcpy(text + sizeof(text) - 17, "192.0.2.2\tmail");
	put_file(hosts_file, text);
	expect_lookup("mail", "192.0.2.2");
	put_file(hosts_file, "");
}

static void hosts(void **state)
{
	static const struct record nothing[] = { { 0 } };

	(void)state;
	zone = nothing;
	put_file(hosts_file, "# mail 192.0.2.99\n2001:db8::1 mail\n192.0.2.1\tmail.example.org  Mail # mail2\n\n"
			     "nonsense mail\n192.0.2.2 mailhost\n192.0.2.3 mail mail\n");
	expect_lookup("mail", "192.0.2.1 192.0.2.3 2001:db8::1");
	expect_lookup("MAIL.example.org", "192.0.2.1");
	expect_lookup("localhost", "127.0.0.1");
	assert_int_equal(queries(), 0);
	expect_lookup("mail2", no_name);
	put_file(hosts_file, "::1 localhost\n");
	expect_lookup("localhost", "::1");
	unlink(hosts_file);
	expect_lookup("localhost", "127.0.0.1");
	put_file(hosts_file, "");
}

static void both_families(void **state)
{
	static const struct record records[] = {
		{ .name = "both.test", .type = TYPE_A, .text = "192.0.2.1 192.0.2.2" },
		{ .name = "both.test", .type = TYPE_AAAA, .text = "2001:db8::1" },
		{ .name = "four.test", .type = TYPE_A, .text = "192.0.2.4" },
		{ .name = "six.test", .type = TYPE_AAAA, .text = "2001:db8::6" },
		{ .name = "four.test", .type = TYPE_AAAA },
		{ .name = "six.test", .type = TYPE_A },
		{ .name = "alias.test", .type = TYPE_A, .text = "real other 192.0.2.5" },
		{ .name = "upper.test", .type = TYPE_A, .text = "192.0.2.6", .udp = UPPER },
		{ 0 },
	};

	(void)state;
	zone = records;
	expect_lookup("both.test", "192.0.2.1 192.0.2.2 2001:db8::1");
	assert_int_equal(queries(), 2);
	expect_lookup("four.test", "192.0.2.4");
	expect_lookup("six.test", "2001:db8::6");
	expect_lookup("alias.test", "192.0.2.5");
	expect_lookup("upper.test", "192.0.2.6");
	expect_lookup("nobody.test", no_name);
	assert_int_equal(servers[1].udp_queries, 0);
}

static void unusable_addresses(void **state)
{
	static const struct record records[] = {
		{ .name = "odd.test", .type = TYPE_A, .text = "0.0.0.0 224.0.0.1 192.0.2.1 2001:db8::9" },
		{ .name = "odd.test", .type = TYPE_AAAA, .text = ":: ff02::1 192.0.2.9" },
		{ .name = "many.test", .type = TYPE_A, .text = "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 "
							       "192.0.2.8 192.0.2.9 192.0.2.10" },
		{ .name = "many.test", .type = TYPE_AAAA, .text = "2001:db8::1 2001:db8::2" },
		{ 0 },
	};

	(void)state;
	zone = records;
	expect_lookup("odd.test", "192.0.2.1");
	assert_non_null(strstr(lookup("many.test"), "192.0.2.7"));
	assert_int_equal(r.count, RESOLVE_ADDRS_MAX);
}

static void search_domains(void **state)
{
	static const struct record records[] = {
		{ .name = "mail.two.test", .type = TYPE_A, .text = "192.0.2.2" },
		{ .name = "mail", .type = TYPE_A, .text = "192.0.2.3" },
		{ .name = "bare", .type = TYPE_A, .text = "192.0.2.4" },
		{ .name = "a.b", .type = TYPE_A, .text = "192.0.2.5" },
		{ .name = "a.b.two.test", .type = TYPE_A, .text = "192.0.2.6" },
		{ 0 },
	};

	(void)state;
	zone = records;
	put_file(resolv_conf, "search unused.test\nnameserver 127.0.0.1\nsearch one.test two.test .\n");
	expect_lookup("mail", "192.0.2.2");
	assert_int_equal(queries(), 4);
	expect_lookup("mail.", "192.0.2.3");
	expect_lookup("bare", "192.0.2.4");
	expect_lookup("a.b", "192.0.2.5");
	expect_lookup("absent", no_name);
	put_file(resolv_conf, "nameserver 127.0.0.1\ndomain two.test\noptions ndots:2\n");
	expect_lookup("a.b", "192.0.2.6");
	put_file(resolv_conf, "nameserver 127.0.0.1\ndomain two.test\noptions ndots:0\n");
	expect_lookup("mail", "192.0.2.3");
}

static void several_servers(void **state)
{
	static const struct record records[] = {
		{ .server = 1, .name = "fail.test", .type = ALL, .rcode = 2 },
		{ .server = 1, .name = "refused.test", .type = ALL, .rcode = 5 },
		{ .server = 2, .name = "fail.test", .type = TYPE_A, .text = "192.0.2.1" },
		{ .server = 2, .name = "refused.test", .type = TYPE_A, .text = "192.0.2.2" },
		{ .server = 1, .name = "half.test", .type = TYPE_AAAA, .rcode = 2 },
		{ .server = 1, .name = "half.test", .type = TYPE_A, .text = "192.0.2.3" },
		{ .name = "broken.test", .type = ALL, .rcode = 2 },
		{ 0 },
	};

	(void)state;
	zone = records;
	expect_lookup("fail.test", "192.0.2.1");
	expect_lookup("refused.test", "192.0.2.2");
	expect_lookup("half.test", "192.0.2.3");
	expect_lookup("broken.test", no_answer);
	/* Nobody is at 127.0.0.3, and a fourth server is one too many. */
	put_file(resolv_conf, "nameserver 127.0.0.3\nnameserver nonsense\nnameserver\nnameserver 127.0.0.2\n");
	expect_lookup("fail.test", "192.0.2.1");
	put_file(resolv_conf, "nameserver 127.0.0.3\nnameserver 127.0.0.3\nnameserver 127.0.0.3\nnameserver 127.0.0.2\n");
	expect_lookup("fail.test", no_answer);
	/* Without a file: ourselves. */
	unlink(resolv_conf);
	expect_lookup("half.test", "192.0.2.3");
	put_file(resolv_conf, "");
}

static uint64_t time_of(const char *name, const char *expected)
{
	uint64_t start = loop_refresh_now();

	expect_lookup(name, expected);
	return loop_refresh_now() - start;
}

static void silence(void **state)
{
	static const struct record records[] = {
		{ .server = 1, .name = "slow.test", .type = ALL, .udp = SILENT },
		{ .server = 2, .name = "slow.test", .type = TYPE_A, .text = "192.0.2.1" },
		{ .server = 1, .name = "half.test", .type = TYPE_A, .text = "192.0.2.2" },
		{ .server = 1, .name = "half.test", .type = TYPE_AAAA, .udp = SILENT },
		{ .name = "never.test", .type = ALL, .udp = SILENT },
		{ 0 },
	};
	uint64_t took;

	(void)state;
	zone = records;
	took = time_of("slow.test", "192.0.2.1");
	assert_in_range(took, US_PER_S, 4 * US_PER_S);
	took = time_of("half.test", "192.0.2.2");
	assert_in_range(took, US_PER_S, 4 * US_PER_S);
	assert_int_equal(servers[1].udp_queries, 2);
	took = time_of("never.test", no_answer);
	assert_in_range(took, 2 * US_PER_S, 5 * US_PER_S);
}

static void hostile_answers(void **state)
{
	static const struct record records[] = {
		{ .server = 1, .name = "id.test", .type = ALL, .text = "192.0.2.66", .udp = WRONG_ID },
		{ .server = 2, .name = "id.test", .type = TYPE_A, .text = "192.0.2.1" },
		{ .server = 1, .name = "name.test", .type = ALL, .text = "192.0.2.66", .udp = WRONG_NAME },
		{ .server = 2, .name = "name.test", .type = TYPE_A, .text = "192.0.2.2" },
		{ .server = 1, .name = "query.test", .type = ALL, .text = "192.0.2.66", .udp = NO_RESPONSE },
		{ .server = 2, .name = "query.test", .type = TYPE_A, .text = "192.0.2.3" },
		{ .server = 1, .name = "strays.test", .type = ALL, .udp = STRAYS },
		{ .server = 2, .name = "strays.test", .type = TYPE_A, .text = "192.0.2.4" },
		{ 0 },
	};

	(void)state;
	zone = records;
	expect_lookup("id.test", "192.0.2.1");
	expect_lookup("name.test", "192.0.2.2");
	expect_lookup("query.test", "192.0.2.3");
	/* Given up well before its time is over. */
	put_file(resolv_conf, "nameserver 127.0.0.1\nnameserver 127.0.0.2\noptions timeout:9 attempts:1\n");
	assert_true(time_of("strays.test", "192.0.2.4") < 4 * US_PER_S);
}

/* What there is of them is used; where there is nothing, another server may have more. */
static void truncated_answers(void **state)
{
	static const struct record records[] = {
		{ .name = "part.test", .type = TYPE_A, .text = "192.0.2.1 192.0.2.2", .udp = CUT_OFF },
		{ .name = "none.test", .type = ALL, .udp = TRUNCATED },
		{ .server = 1, .name = "empty.test", .type = ALL, .udp = TRUNCATED, .text = "alias" },
		{ .server = 2, .name = "empty.test", .type = TYPE_A, .text = "192.0.2.3" },
		{ .server = 1, .name = "half.test", .type = TYPE_A, .udp = TRUNCATED },
		{ .server = 1, .name = "half.test", .type = TYPE_AAAA, .text = "2001:db8::4", .udp = TRUNCATED },
		{ 0 },
	};

	(void)state;
	zone = records;
	expect_lookup("part.test", "192.0.2.1");
	expect_lookup("half.test", "2001:db8::4");
	assert_int_equal(servers[1].udp_queries, 0);
	expect_lookup("none.test", no_answer);
	expect_lookup("empty.test", "192.0.2.3");
}

static void names(void **state)
{
	static const struct record nothing[] = { { 0 } };
	char name[400];
	unsigned i;

	(void)state;
	zone = nothing;
	assert_string_equal(lookup(""), "invalid");
	assert_string_equal(lookup("."), "invalid");
	assert_string_equal(lookup("a..b"), "invalid");
	assert_string_equal(lookup(".a"), "invalid");
	memset(name, 'a', sizeof(name));
	strcpy(name + 64, ".test");
	assert_string_equal(lookup(name), "invalid");
	expect_lookup(name + 1, no_name);
	for (i = 0; i < 399; i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	expect_lookup(name, no_name);
	name[253] = '.';
	name[255] = '\0';
	assert_string_equal(lookup(name), "invalid");
	name[255] = '.';
	name[399] = '\0';
	assert_string_equal(lookup(name), "invalid");
	/* Room for the name but not for its domains. */
	put_file(resolv_conf, "nameserver 127.0.0.1\nsearch example.org\noptions ndots:15\n");
	memset(name, 'a', 250);
	for (i = 63; i < 250; i += 64)
		name[i] = '.';
	name[250] = '\0';
	expect_lookup(name, no_name);
}

static void again_from_done(struct resolve *which, int error)
{
	done(which, error);
	if (calls == 1)
		assert_int_equal(resolve_start(which, "second.test"), 0);
}

static void cancelled_and_restarted(void **state)
{
	static const struct record records[] = {
		{ .name = "first.test", .type = TYPE_A, .text = "192.0.2.1" },
		{ .name = "second.test", .type = TYPE_A, .text = "192.0.2.2" },
		{ 0 },
	};
	unsigned i;

	(void)state;
	zone = records;
	resolve_cancel(&r);
	r.done = again_from_done;
	assert_int_equal(resolve_start(&r, "first.test"), 0);
	for (i = 0; i < 20 && calls < 2; i++)
		loop_turn(US_PER_S);
	assert_int_equal(calls, 2);
	assert_int_equal(result, 0);
	assert_int_equal(r.addrs[0].bytes[3], 2);
	assert_int_equal(resolve_start(&r, "first.test"), 0);
	resolve_cancel(&r);
	resolve_cancel(&r);
	assert_int_equal(resolve_start(&r, "192.0.2.9"), 0);
	resolve_cancel(&r);
	for (i = 0; i < 5; i++)
		loop_turn(10000);
	assert_int_equal(calls, 2);
}

/* A whole good answer to the question of r, as it would arrive. */
static size_t good_answer(uint8_t *msg, const char *text)
{
	uint8_t query[DNS_QUERY_MAX];
	const struct record rec = { .text = text };
	int ends[2];

	strcpy(r.name, "good.test");
	assert_int_equal(set_query(&r, ""), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	r.io.fd = ends[0];
	assert_int_equal(send_query(&r), 0);
	assert_int_equal(recv(ends[1], query, sizeof(query), 0), r.query_len);
	close(ends[0]);
	close(ends[1]);
	return answer(&rec, PLAIN, query, r.query_len - DNS_HEADER - 4U, msg);
}

static bool feed(const uint8_t *msg, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1); /* so that a read beyond it is caught */
	bool taken;

	assert_non_null(exact);
	memcpy(exact, msg, len);
	r.count = 0;
	r.failed = false;
	taken = take_answer(&r, exact, len);
	free(exact);
	return taken;
}

static void every_length_and_byte(void **state)
{
	uint8_t msg[4096];
	size_t len = good_answer(msg, "alias 192.0.2.1 192.0.2.2"), i;
	int bit;

	(void)state;
	assert_true(feed(msg, len));
	assert_false(r.failed);
	assert_int_equal(r.count, 2);
	for (i = 0; i < len; i++) {
		assert_true(!feed(msg, i) || r.failed);
		assert_int_equal(r.count, 0);
	}
	/* Truncated says it: then the whole records count. */
	msg[2] |= FLAG_TRUNCATED >> 8;
	assert_true(feed(msg, len - 1));
	assert_int_equal(r.count, 1);
	msg[2] &= (uint8_t)~(FLAG_TRUNCATED >> 8);
	for (i = 0; i < len; i++)
		for (bit = 0; bit < 8; bit++) {
			msg[i] ^= (uint8_t)(1 << bit);
			feed(msg, len);
			assert_in_range(r.count, 0, 2);
			msg[i] ^= (uint8_t)(1 << bit);
		}
	/* A name that is a pointer to itself, and one that never ends. */
	msg[r.query_len + 1] = (uint8_t)(r.query_len);
	assert_true(feed(msg, len));
	memset(msg + r.query_len, 63, len - r.query_len);
	assert_true(feed(msg, len));
	assert_true(r.failed);
	/* The same answer to the other question is one too many. */
	len = good_answer(msg, "192.0.2.1");
	assert_true(feed(msg, len));
	r.ipv6 = true;
	send_query(&r);
	memcpy(msg, r.query, 2);
	assert_false(take_answer(&r, msg, len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(literals, setup, teardown),
		cmocka_unit_test_setup_teardown(hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(long_hosts, setup, teardown),
		cmocka_unit_test_setup_teardown(both_families, setup, teardown),
		cmocka_unit_test_setup_teardown(unusable_addresses, setup, teardown),
		cmocka_unit_test_setup_teardown(search_domains, setup, teardown),
		cmocka_unit_test_setup_teardown(several_servers, setup, teardown),
		cmocka_unit_test_setup_teardown(silence, setup, teardown),
		cmocka_unit_test_setup_teardown(hostile_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(truncated_answers, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
		cmocka_unit_test_setup_teardown(cancelled_and_restarted, setup, teardown),
		cmocka_unit_test_setup_teardown(every_length_and_byte, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
