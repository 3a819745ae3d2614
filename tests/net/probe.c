/* links: iface.c netlink.c addr.c loop.c log.c date.c arp.c packet.c */
/* SPDX-License-Identifier: MIT */
/*
 * The modules below the router by hand, for tests/net/iface-*.sh and packet-*.sh (see lib.probe.sh):
 *	probe watch IF|@ADDR...			a line at start and at each change; @: is it on any interface
 *	probe add|del IF ADDR/LEN [peer A] [brd +|A] [label L] [scope N] [flags N] [lft N]
 *	probe sysctl 4|6 IF KEY VALUE		prints the former value
 *	probe announce IF ADDR [router]		ARP or neighbour advertisement
 *	probe send IF PROTO SOURCE DEST TTL HEX
 *	probe receive IF PROTO 4|6 GROUP|- VRID...	a line a packet
 */
#include "arp.h"
#include "config.h"
#include "iface.h"
#include "log.h"
#include "loop.h"
#include "packet.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char **watched; /* the words of watch */

static void show(const struct iface *iface)
{
	char text[ADDR_TEXT_MAX];

	printf("%s index=%u %s mtu=%u mac=", iface->name, iface->index, iface_is_up(iface) ? "UP" : "DOWN", iface->mtu);
	for (unsigned i = 0; i < iface->hw_len; i++)
		printf("%02x", iface->hw_addr[i]);
	for (const struct iface_addr *a = iface->addrs; a; a = a->next) {
		printf(" %s/%u", addr_text(&a->addr, text), a->prefix);
		if (addr_is_set(&a->peer))
			printf("-%s", addr_text(&a->peer, text));
		printf(":%u", a->proto);
	}
	puts("");
	fflush(stdout);
}

static void show_words(void)
{
	for (char **w = watched; *w; w++) {
		struct addr a;

		if (w[0][0] == '@' && !addr_parse(*w + 1, &a))
			printf("%s %s\n", *w, iface_has_addr(&a) ? "there" : "nowhere");
	}
	fflush(stdout);
}

static void changed(void *ctx, struct iface *iface, unsigned change)
{
	(void)ctx;
	if (change & IFACE_REDUMPED) {
		puts("REDUMPED");
		fflush(stdout);
	} else {
		show(iface);
	}
	show_words();
}

static int watch(char **names)
{
	watched = names;
	for (; *names; names++)
		if (names[0][0] != '@')
			show(iface_get(*names));
	show_words();
	return loop_run();
}

static struct addr addr_arg(const char *text)
{
	struct addr a;

	if (addr_parse(text, &a))
		fprintf(stderr, "address %s?\n", text), exit(2);
	return a;
}

static int result(int err)
{
	if (err)
		printf("error: %s\n", strerror(-err));
	return err != 0;
}

static int change_addr(struct iface *iface, bool add, char **words)
{
	struct vip_conf req = { .dad = true };

	if (addr_parse_prefix(*words++, &req.addr, &req.prefix))
		return 2;
	for (; words[0] && words[1]; words += 2) {
		if (!strcmp(words[0], "peer"))
			req.peer = addr_arg(words[1]);
		else if (!strcmp(words[0], "brd") && !strcmp(words[1], "+"))
			req.broadcast_auto = true;
		else if (!strcmp(words[0], "brd"))
			req.broadcast = addr_arg(words[1]);
		else if (!strcmp(words[0], "label"))
			req.label = words[1];
		else if (!strcmp(words[0], "scope"))
			req.scope = (uint8_t)atoi(words[1]);
		else if (!strcmp(words[0], "flags"))
			req.flags = (uint32_t)strtoul(words[1], NULL, 0);
		else if (!strcmp(words[0], "lft"))
			req.has_preferred_lft = true, req.preferred_lft_s = (uint32_t)atoi(words[1]);
	}
	if (result(add ? iface_addr_add(iface, &req) : iface_addr_delete(iface, &req)))
		return 1;
	/* At once, before any event was read. */
	show(iface);
	return 0;
}

static void wait_writable(int fd)
{
	poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 1000);
}

static int send_one(const struct iface *iface, char **words)
{
	struct packet_where where = { .protocol = (uint8_t)atoi(words[0]), .name = iface->name, .index = iface->index };
	struct addr source = addr_arg(words[1]), dest = addr_arg(words[2]);
	uint8_t data[1024];
	struct packet_out out = { .protocol = where.protocol, .ip_id = 1, .index = iface->index, .data = data, .source = &source, .dest = &dest };
	int fd;

	if (dest.family == AF_INET)
		out.len = PACKET_IP_HEADER;
	out.ttl = (uint8_t)atoi(words[3]);
	for (const char *hex = words[4]; hex[0] && hex[1] && out.len < sizeof(data); hex += 2)
		data[out.len++] = (uint8_t)strtoul((char[]){ hex[0], hex[1], '\0' }, NULL, 16);
	if (dest.family == AF_INET)
		packet_ip_header(&out);
	where.family = dest.family;
	if (addr_is_multicast(&dest))
		where.group = dest;
	fd = packet_open(&where);
	if (fd < 0)
		return result(fd);
	wait_writable(fd);
	return result(packet_send(fd, &out));
}

static void print_packet(const struct packet_in *in)
{
	char source[ADDR_TEXT_MAX], dest[ADDR_TEXT_MAX];
	const struct vrrp_packet *m = &in->message;

	printf("packet refusal=%d %s > %s ttl=%d ", in->refusal, addr_text(&m->source, source), addr_text(&m->dest, dest), m->ttl);
	for (size_t i = 0; i < m->len + in->ah_len; i++)
		printf("%02x", m->data[i - in->ah_len]);
	puts("");
	fflush(stdout);
}

static int receive(const struct iface *iface, char **words)
{
	struct packet_where where = {
		.protocol = (uint8_t)atoi(words[0]), .family = words[1][0] == '6' ? AF_INET6 : AF_INET, .name = iface->name, .index = iface->index,
	};
	struct packet_vrids vrids = { { 0 } };
	uint8_t bytes[PACKET_MAX];
	struct packet_in in;
	int fd, err;

	if (strcmp(words[2], "-"))
		where.group = addr_arg(words[2]);
	for (words += 3; *words; words++)
		packet_vrids_add(&vrids, (uint8_t)atoi(*words));
	fd = packet_open(&where);
	err = fd < 0 ? fd : packet_set_vrids(fd, &where, &vrids);
	if (err)
		return result(err);
	puts("listening");
	fflush(stdout);
	for (;;) {
		poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
		while (packet_receive(fd, bytes, &in))
			print_packet(&in);
	}
}

static int run(char **argv)
{
	const char *verb = argv[1];
	struct iface *iface;
	struct addr addr;
	int old, fd = -1;

	if (!strcmp(verb, "watch"))
		return watch(argv + 2);
	if (!strcmp(verb, "sysctl")) {
		if (result(iface_sysctl(argv[2][0] == '6' ? AF_INET6 : AF_INET, argv[3], argv[4], atoi(argv[5]), &old)))
			return 1;
		printf("%d\n", old);
		return 0;
	}
	iface = iface_get(argv[2]);
	if (!strcmp(verb, "add") || !strcmp(verb, "del"))
		return change_addr(iface, verb[0] == 'a', argv + 3);
	if (!strcmp(verb, "send"))
		return send_one(iface, argv + 3);
	if (!strcmp(verb, "receive"))
		return receive(iface, argv + 3);
	if (strcmp(verb, "announce"))
		return 2;
	addr = addr_arg(argv[3]);
	return result(arp_announce(&fd, iface, &addr, argv[4] != NULL));
}

int main(int argc, char **argv)
{
	struct log_settings settings = { .to_stderr = true, .level = LOG_DEBUG };
	if (argc < 3 || loop_open())
		return 2;
	log_init(&settings);
	if (iface_open(changed, NULL)) {
		perror("interfaces");
		return 1;
	}
	return run(argv);
}
