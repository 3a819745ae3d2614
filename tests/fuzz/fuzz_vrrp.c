/* links: vrrp.c packet.c addr.c tests/unit/no_log.c */
/* SPDX-License-Identifier: MIT */
/* What comes from the wire: IP header, message, and what the machine makes of it. The first byte chooses family, version and priority;
 * a valid checksum is put in for half of the inputs, that they get past it. */
#include "packet.h"
#include "vrrp.h"
#include "config.h"

#include <stdlib.h>
#include <string.h>

static void repair(uint8_t *message, size_t len)
{
	uint32_t sum = 0;

	if (len < 8)
		return;
	message[6] = message[7] = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)message[i] << 8 | message[i + 1];
	if (len & 1)
		sum += (uint32_t)message[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	message[6] = (uint8_t)(~sum >> 8);
	message[7] = (uint8_t)~sum;
}

/* Every byte that the result speaks of must be there to be read. */
static unsigned touch(const struct vrrp_packet *packet, const struct vrrp_advert *a)
{
	size_t each = a->family == AF_INET6 ? 16 : 4;
	unsigned sum = 0;

	if (a->message_len + a->trailer_len != packet->len)
		abort();
	for (size_t i = 0; i < a->addr_count * each; i++)
		sum += a->addrs[i];
	for (size_t i = 0; a->auth_data && i < VRRP_AUTH_LEN; i++)
		sum += a->auth_data[i];
	for (size_t i = 0; i < a->trailer_len; i++)
		sum += a->trailer[i];
	return sum;
}

static void hear(const struct vrrp_advert *a, uint8_t how)
{
	struct vrrp_conf p = { .version = a->version, .priority = (uint8_t)(1 + how), .down_timer_adverts = 3, .advert_us = 10000 };
	bool master = how & 1;
	unsigned actions;
	struct vrrp v;

	if (!p.priority)
		p.priority = VRRP_PRIORITY_OWNER;
	vrrp_init(&v, &p);
	v.own_addr = addr_from_bytes(AF_INET, (const uint8_t[]){ 192, 0, 2, 1 });
	vrrp_step(&v, VRRP_EV_START, NULL, 0);
	if (master)
		vrrp_step(&v, VRRP_EV_BECOME_MASTER, NULL, 0);
	actions = vrrp_step(&v, VRRP_EV_ADVERT, a, 5000);
	/* A better one makes a backup, nothing makes a master, and there is always something to wait for. */
	if (v.state == VRRP_FAULT || v.state == VRRP_INIT || v.deadline_us == VRRP_NEVER || (!master && v.state == VRRP_MASTER) ||
	    (master && a->priority > v.effective_priority && v.state != VRRP_BACKUP) ||
	    (master && a->priority < v.effective_priority && v.state != VRRP_MASTER) || actions & VRRP_ACT_ENTER_MASTER)
		abort();
}

static void message(const struct vrrp_packet *packet, uint8_t how)
{
	const struct vip_conf second = { .addr = addr_from_bytes(AF_INET, (const uint8_t[]){ 192, 0, 2, 10 }) };
	const struct vip_conf first = { .node.next = (struct conf_node *)(uintptr_t)&second,
		                        .addr = addr_from_bytes(AF_INET, (const uint8_t[]){ 192, 0, 2, 9 }) };
	const struct vrrp_conf conf = { .version = how & 2 ? 3 : 2, .auth_type = how & 16 ? VRRP_AUTH_PASS : VRRP_AUTH_NONE, .auth_data = "secret",
		                        .advert_us = 1000000, .unicast = true };
	struct vrrp_advert a;

	vrrp_peek_vrid(packet->data, packet->len);
	if (vrrp_parse(packet, &packet->dest, &a) != VRRP_OK)
		return;
	if (touch(packet, &a) == UINT32_MAX) /* never; but it has to be computed */
		abort();
	vrrp_missing_addr(&a, &first.node, 2);
	if (vrrp_check_advert(&conf, NULL, &a) == VRRP_OK)
		hear(&a, how);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vrrp_packet packet = { .ttl = 255 };
	struct packet_in in;
	uint8_t *copy;

	if (!size)
		return 0;
	/* At its own end, so that a read beyond it is seen. */
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	packet_parse_ip(copy + 1, size - 1, &in);
	packet.data = copy + 1;
	packet.len = size - 1;
	packet.source = addr_from_bytes(data[0] & 4 ? AF_INET6 : AF_INET, (const uint8_t[16]){ 192, 0, 2, 2 });
	if (in.refusal == VRRP_OK)
		packet = in.message;
	if (data[0] & 8)
		repair(copy + (packet.data - copy), packet.len);
	message(&packet, data[0]);
	free(copy);
	return 0;
}
