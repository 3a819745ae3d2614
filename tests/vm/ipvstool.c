/* links: ipvs.c netlink.c addr.c */
/* SPDX-License-Identifier: MIT */
/*
 * ipvs.c from the command line, for the tests in the virtual machine: ipvstool [-o] [-w N] COMMAND...
 *	apply WANTED [OURS]	files of lines as ipvsadm -S prints and -R reads them; without OURS nothing is ours, "?": not known.
 *				Prints the operations and those that failed
 *	dump			the table as ipvs.c reads it, in the form of ipvsadm -Sn, unsorted
 *	stats			counters: service or destination, then ten numbers and three
 *	time WANTED		how long it takes to set it, and to find nothing to do; prints what is found all the same
 *	flush | timeouts [TCP FIN UDP] | start master|backup IF ID [MAXLEN PORT TTL GROUP] | stop master|backup
 * -o: by socket options; -w: tries to connect so many times, 100 ms apart. Ends with 1 when something failed.
 */
#include "ipvs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const flag_names[][3] = { { "flag-1", "sh-fallback", "mh-fallback" }, { "flag-2", "sh-port", "mh-port" }, { "flag-3", "flag-3", "flag-3" } };
static const char *const tunnels[] = { "ipip", "gue", "gre" };
static const char *const checksums[] = { "--tun-nocsum", "--tun-csum", "--tun-remcsum" };

static void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(2);
}

/* ADDRESS:PORT or [ADDRESS]:PORT */
static void parse_endpoint(const char *text, struct ipvs_key *key)
{
	char copy[64];
	char *colon;

	snprintf(copy, sizeof copy, "%s", text + (*text == '['));
	colon = strrchr(copy, ':');
	if (!colon)
		die("no port: %s", text);
	*colon = '\0';
	if (*text == '[')
		colon[-1] = '\0';
	key->port = (uint16_t)atoi(colon + 1);
	if (addr_parse(copy, &key->addr))
		die("no address: %s", text);
}

static uint32_t parse_flags(char *list)
{
	uint32_t flags = 0;

	for (char *name = strtok(list, ","); name; name = strtok(NULL, ","))
		for (unsigned i = 0; i < 3; i++)
			for (unsigned j = 0; j < 3; j++)
				if (!strcmp(name, flag_names[i][j]))
					flags |= (uint32_t)IPVS_SCHED1 << i;
	return flags;
}

static void parse_service_word(struct ipvs_service *s, const char *word, char *value)
{
	if (!strcmp(word, "-t") || !strcmp(word, "-u") || !strcmp(word, "--sctp-service")) {
		s->key.protocol = word[1] == 't' ? IPPROTO_TCP : word[1] == 'u' ? IPPROTO_UDP : IPPROTO_SCTP;
		parse_endpoint(value, &s->key);
	} else if (!strcmp(word, "-f")) {
		s->key.fwmark = (uint32_t)atoi(value);
		s->key.addr.family = AF_INET;
	} else if (!strcmp(word, "-s")) {
		snprintf(s->scheduler, sizeof s->scheduler, "%s", value);
	} else if (!strcmp(word, "-p")) {
		s->flags |= IPVS_PERSISTENT;
		s->timeout_s = (uint32_t)atoi(value);
	} else if (!strcmp(word, "--pe")) {
		snprintf(s->pe, sizeof s->pe, "%s", value);
	} else if (!strcmp(word, "-M")) {
		struct addr a;

		s->mask = (uint32_t)atoi(value);
		if (strchr(value, '.') && !addr_parse(value, &a))
			memcpy(&s->mask, a.bytes, 4);
	} else {
		die("unknown: %s", word);
	}
}

static bool parse_dest_word(struct ipvs_dest *d, const char *word, const char *value)
{
	if (!strcmp(word, "-r"))
		parse_endpoint(value, &d->key);
	else if (!strcmp(word, "-w"))
		d->weight = atoi(value);
	else if (!strcmp(word, "-x"))
		d->upper = (uint32_t)atoi(value);
	else if (!strcmp(word, "-y"))
		d->lower = (uint32_t)atoi(value);
	else if (!strcmp(word, "--tun-port"))
		d->tun_port = (uint16_t)atoi(value);
	else if (!strcmp(word, "--tun-type"))
		for (uint8_t i = 0; i < 3; i++)
			d->tun_type = strcmp(value, tunnels[i]) ? d->tun_type : i;
	else
		return false;
	return true;
}

/* True when the word has no value. */
static bool parse_bare_word(struct ipvs_service *s, struct ipvs_dest *d, const char *word)
{
	static const char *const forwards[] = { "-m", "", "-i", "-g" };

	for (uint8_t i = 0; i < 4; i++)
		if (!strcmp(word, forwards[i]))
			return d->forward = i, true;
	for (uint8_t i = 0; i < 3; i++)
		if (!strcmp(word, checksums[i]))
			return d->tun_flags = i, true;
	if (!strcmp(word, "-6"))
		return s->key.addr.family = AF_INET6, true;
	if (!strcmp(word, "-o"))
		return s->flags |= IPVS_ONE_PACKET, true;
	return false;
}

static void *one_more(void *list, unsigned count, size_t size)
{
	if (!(count & (count - 1)))
		list = realloc(list, (count ? 2 * (size_t)count : 1) * size);
	if (!list)
		die("no memory");
	return list;
}

static void add_line(struct ipvs_table *t, char *line)
{
	struct ipvs_service s;
	struct ipvs_dest d;
	bool is_dest = false;

	memset(&s, 0, sizeof s);
	memset(&d, 0, sizeof d);
	d.weight = 1;
	for (char *word, *rest = line; (word = strtok_r(rest, " \n", &rest));) {
		if (!strcmp(word, "-A") || !strcmp(word, "-a") || parse_bare_word(&s, &d, word)) {
			is_dest |= !strcmp(word, "-a");
		} else {
			char *value = strtok_r(rest, " \n", &rest);

			if (!value)
				die("no value: %s", word);
			if (!strcmp(word, "-b"))
				s.flags |= parse_flags(value);
			else if (!parse_dest_word(&d, word, value))
				parse_service_word(&s, word, value);
		}
	}
	if (!s.mask)
		s.mask = s.key.addr.family == AF_INET6 ? 128 : UINT32_MAX;
	if (!is_dest) {
		t->services = one_more(t->services, t->count, sizeof s);
		t->services[t->count++] = s;
	} else {
		for (unsigned i = 0; i < t->count; i++) {
			struct ipvs_service *owner = &t->services[i];

			if (memcmp(&owner->key, &s.key, sizeof s.key))
				continue;
			owner->dests = one_more(owner->dests, owner->dest_count, sizeof d);
			owner->dests[owner->dest_count++] = d;
		}
	}
}

static void load(const char *path, struct ipvs_table *t)
{
	FILE *in = fopen(path, "r");
	char line[512];

	memset(t, 0, sizeof *t);
	if (!in)
		die("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, in))
		if (*line == '-')
			add_line(t, line);
	fclose(in);
}

static void print_endpoint(const struct ipvs_key *key)
{
	char text[ADDR_TEXT_MAX];

	printf(key->addr.family == AF_INET6 ? "[%s]:%u" : "%s:%u", addr_text(&key->addr, text), key->port);
}

static void print_which(const struct ipvs_service *s)
{
	if (s->key.fwmark) {
		printf("-f %u%s", s->key.fwmark, s->key.addr.family == AF_INET6 ? " -6" : "");
	} else {
		printf("%s ", s->key.protocol == IPPROTO_TCP ? "-t" : s->key.protocol == IPPROTO_UDP ? "-u" : "--sctp-service");
		print_endpoint(&s->key);
	}
}

static void print_service(const struct ipvs_service *s)
{
	const unsigned kind = !strcmp(s->scheduler, "sh") ? 1 : !strcmp(s->scheduler, "mh") ? 2 : 0;
	const char *separator = " -b ";
	char text[ADDR_TEXT_MAX];

	printf("-A ");
	print_which(s);
	printf(" -s %s", s->scheduler);
	if (s->flags & IPVS_PERSISTENT) {
		struct addr mask = addr_from_bytes(AF_INET, &s->mask);

		printf(" -p %u", s->timeout_s);
		if (s->key.addr.family == AF_INET6 && s->mask != 128)
			printf(" -M %u", s->mask);
		if (s->key.addr.family == AF_INET && s->mask != UINT32_MAX)
			printf(" -M %s", addr_text(&mask, text));
	}
	if (s->pe[0])
		printf(" --pe %s", s->pe);
	if (s->flags & IPVS_ONE_PACKET)
		printf(" -o");
	for (unsigned i = 0; i < 3; i++)
		if (s->flags & (uint32_t)IPVS_SCHED1 << i) {
			printf("%s%s", separator, flag_names[i][kind]);
			separator = ",";
		}
	putchar('\n');
}

static void print_dest(const struct ipvs_service *s, const struct ipvs_dest *d)
{
	printf("-a ");
	print_which(s);
	printf(" -r ");
	print_endpoint(&d->key);
	printf(" -%c -w %d", "m?ig"[d->forward & 3], d->weight);
	if (d->forward == IPVS_TUNNEL) {
		printf(" --tun-type %s", tunnels[d->tun_type % 3]);
		if (d->tun_type == 1)
			printf(" --tun-port %u", d->tun_port);
		if (d->tun_type)
			printf(" %s", checksums[d->tun_flags % 3]);
	}
	putchar('\n');
}

static void print_stats(const struct ipvs_service *s, const struct ipvs_dest *d, const struct ipvs_stats *stats)
{
	if (d)
		print_endpoint(&d->key);
	else
		print_which(s);
	for (unsigned i = 0; i < IPVS_COUNTERS; i++)
		printf(" %llu", (unsigned long long)stats->count[i]);
	printf(" %u %u %u\n", stats->active, stats->inactive, stats->persistent);
}

static void print_op(const struct ipvs_op *op)
{
	printf("%c", "+~-"[op->action]);
	print_which(op->service);
	if (op->dest) {
		printf(" > ");
		print_endpoint(&op->dest->key);
	}
	putchar('\n');
}

static bool refused;

static void print_failure(const struct ipvs_op *op, int err)
{
	refused = true;
	printf("failed: %s: ", strerror(-err));
	print_op(op);
}

static int check(const char *what, int err)
{
	if (err)
		printf("failed: %s: %s\n", what, strerror(-err));
	return err != 0;
}

static int change(const struct ipvs_table *wanted, const struct ipvs_table *ours, bool quiet)
{
	struct ipvs_table kernel;
	struct ipvs_plan plan;

	refused = false;
	if (check("read", ipvs_read(&kernel, NULL)) || check("diff", ipvs_diff(wanted, ours, &kernel, &plan)))
		return 1;
	for (unsigned i = 0; i < plan.count && !quiet; i++)
		print_op(&plan.ops[i]);
	while (!ipvs_apply(&plan, 3, print_failure))
		;
	ipvs_plan_free(&plan);
	ipvs_table_free(&kernel);
	return refused;
}

static int apply(const char *wanted_path, const char *ours_path)
{
	struct ipvs_table wanted, ours = { NULL, 0 };
	bool known = !ours_path || strcmp(ours_path, "?");
	int bad;

	load(wanted_path, &wanted);
	if (ours_path && known)
		load(ours_path, &ours);
	bad = change(&wanted, known ? &ours : NULL, false);
	ipvs_table_free(&wanted);
	ipvs_table_free(&ours);
	return bad;
}

static long milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

static int measure(const char *path)
{
	struct ipvs_table wanted;
	long start, set, again;
	int bad;

	load(path, &wanted);
	start = milliseconds();
	bad = change(&wanted, &wanted, true);
	set = milliseconds();
	bad |= change(&wanted, &wanted, false);
	again = milliseconds();
	printf("set %ld ms, again %ld ms\n", set - start, again - set);
	ipvs_table_free(&wanted);
	return bad;
}

static int dump(bool stats)
{
	struct ipvs_table t;

	if (check("read", ipvs_read(&t, stats ? print_stats : NULL)))
		return 1;
	for (unsigned i = 0; !stats && i < t.count; i++) {
		print_service(&t.services[i]);
		for (unsigned j = 0; j < t.services[i].dest_count; j++)
			print_dest(&t.services[i], &t.services[i].dests[j]);
	}
	ipvs_table_free(&t);
	return 0;
}

static int timeouts(int argc, char **argv)
{
	struct ipvs_timeouts t;

	if (argc == 3) {
		t = (struct ipvs_timeouts){ (uint32_t)atoi(argv[0]), (uint32_t)atoi(argv[1]), (uint32_t)atoi(argv[2]) };
		return check("timeouts", ipvs_set_timeouts(&t));
	}
	if (check("timeouts", ipvs_get_timeouts(&t)))
		return 1;
	printf("%u %u %u\n", t.tcp_s, t.tcp_fin_s, t.udp_s);
	return 0;
}

static int sync_daemon(int argc, char **argv)
{
	struct ipvs_sync s;
	enum ipvs_sync_role role;

	if (argc < 2)
		die("which role?");
	role = strcmp(argv[1], "master") ? IPVS_SYNC_BACKUP : IPVS_SYNC_MASTER;
	if (!strcmp(argv[0], "stop"))
		return check("stop", ipvs_sync_stop(role));
	if (argc < 4)
		die("which interface and number?");
	memset(&s, 0, sizeof s);
	snprintf(s.interface, sizeof s.interface, "%s", argv[2]);
	s.id = (uint32_t)atoi(argv[3]);
	if (argc == 8) {
		s.maxlen = (uint16_t)atoi(argv[4]);
		s.port = (uint16_t)atoi(argv[5]);
		s.ttl = (uint8_t)atoi(argv[6]);
		if (addr_parse(argv[7], &s.group))
			die("no address: %s", argv[7]);
	}
	return check("start", ipvs_sync_start(role, &s));
}

static int run(int argc, char **argv)
{
	const char *command = argc > 0 ? argv[0] : "";

	if (!strcmp(command, "apply") && argc > 1)
		return apply(argv[1], argc > 2 ? argv[2] : NULL);
	if (!strcmp(command, "time") && argc > 1)
		return measure(argv[1]);
	if (!strcmp(command, "dump") || !strcmp(command, "stats"))
		return dump(*command == 's');
	if (!strcmp(command, "flush"))
		return check("flush", ipvs_flush());
	if (!strcmp(command, "timeouts"))
		return timeouts(argc - 1, argv + 1);
	if (!strcmp(command, "start") || !strcmp(command, "stop"))
		return sync_daemon(argc, argv);
	die("unknown: %s", command);
	return 2;
}

int main(int argc, char **argv)
{
	int tries = 1, c, err = ipvs_open(), status;

	if (err)
		die("ipvs_open: %s", strerror(-err));
	while ((c = getopt(argc, argv, "+ow:")) > 0) {
		if (c == 'o')
			ipvs_use_sockopt();
		else if (c == 'w')
			tries = atoi(optarg);
		else
			return 2;
	}
	while ((err = ipvs_connect()) && --tries)
		usleep(100000);
	status = check("connect", err) || run(argc - optind, argv + optind);
	ipvs_close();
	return status;
}
