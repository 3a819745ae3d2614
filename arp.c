/* SPDX-License-Identifier: MIT */
#include "arp.h"
#include "iface.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ETHER_LEN 6
#define INFINIBAND_LEN 20
#define TYPE_ARP 0x0806
#define TYPE_IPV6 0x86dd
#define NEXT_HEADER_ICMPV6 58
#define IPV6_HEADER 40
#define NA_FIXED 24 /* up to and with the target */
#define NA_TYPE 136
#define NA_ROUTER 0x80
#define NA_OVERRIDE 0x20
#define OPTION_TARGET_LINK_LAYER 2

struct arp {
	int fd;
};

/* Frames. Each part returns where the next begins; the caller has checked the room for all. */

static uint8_t *put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

static uint8_t *put16(uint8_t *p, unsigned value)
{
	*p++ = (uint8_t)(value >> 8);
	*p++ = (uint8_t)value;
	return p;
}

static size_t link_header_len(const struct iface *iface)
{
	return iface->hw_type == ARPHRD_INFINIBAND ? INFINIBAND_LEN + 4 : 2 * ETHER_LEN + 2;
}

/* IPoIB has no sender in it, and two bytes more after the type (RFC 4391 section 6; the kernel takes the receiver before it). */
static uint8_t *put_link_header(uint8_t *p, const struct iface *iface, const uint8_t *dest, unsigned type)
{
	p = put(p, dest, iface->hw_len);
	if (iface->hw_type == ARPHRD_INFINIBAND)
		return put16(put16(p, type), 0);
	return put16(put(p, iface->hw_addr, iface->hw_len), type);
}

/* Whether neighbours are found by broadcast and multicast there. */
static bool has_neighbours(const struct iface *iface)
{
	if (iface->flags & (IFF_NOARP | IFF_LOOPBACK))
		return false;
	return (iface->hw_type == ARPHRD_ETHER && iface->hw_len == ETHER_LEN) ||
	       (iface->hw_type == ARPHRD_INFINIBAND && iface->hw_len == INFINIBAND_LEN);
}

size_t arp_build(const struct iface *iface, const struct addr *addr, uint8_t *frame, size_t size)
{
	uint8_t everyone[INFINIBAND_LEN], *p = frame;
	size_t hw = iface->hw_len;

	if (addr->family != AF_INET || !has_neighbours(iface) || size < link_header_len(iface) + 16 + 2 * hw)
		return 0;
	memset(everyone, 0xff, sizeof(everyone));
	p = put_link_header(p, iface, iface->hw_type == ARPHRD_ETHER ? everyone : iface->hw_broadcast, TYPE_ARP);
	p = put16(p, iface->hw_type);
	p = put16(p, 0x0800);
	*p++ = (uint8_t)hw;
	*p++ = 4;
	p = put16(p, ARPOP_REQUEST);
	p = put(p, iface->hw_addr, hw);
	p = put(p, addr->bytes, 4);
	/* RFC 5227 would have zeros here; keepalived sends ones, and that is what switches have seen for twenty years. */
	p = put(p, everyone, hw);
	p = put(p, addr->bytes, 4);
	return (size_t)(p - frame);
}

static const uint8_t all_nodes[16] = { 0xff, 0x02, [15] = 1 };

/* Where the link sends ff02::1: RFC 2464 section 7, RFC 4391 section 4. */
static void all_nodes_link(const struct iface *iface, uint8_t out[INFINIBAND_LEN])
{
	static const uint8_t infiniband[] = { 0x00, 0xff, 0xff, 0xff, 0xff, 0x10, 0x60, 0x1b };

	memset(out, 0, INFINIBAND_LEN);
	if (iface->hw_type == ARPHRD_ETHER) {
		out[0] = out[1] = 0x33;
		memcpy(out + 2, all_nodes + 12, 4);
		return;
	}
	memcpy(out, infiniband, sizeof(infiniband));
	/* Scope and partition are those of the broadcast group. */
	out[5] |= iface->hw_broadcast[5] & 15;
	memcpy(out + 8, iface->hw_broadcast + 8, 2);
	memcpy(out + 10, all_nodes + 6, 10);
}

/* Over the pseudo header (RFC 8200 section 8.1): the two addresses lie before the message, length and protocol are added. */
static unsigned checksum(const uint8_t *addresses, size_t message_len)
{
	uint32_t sum = (uint32_t)message_len + NEXT_HEADER_ICMPV6;

	for (size_t i = 0; i < 32 + message_len; i += 2)
		sum += (uint32_t)addresses[i] << 8 | addresses[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum += sum >> 16;
	return ~sum & 0xffff;
}

size_t arp_build_na(const struct iface *iface, const struct addr *addr, bool router, uint8_t *frame, size_t size)
{
	size_t option = (2U + iface->hw_len + 7) / 8, message = NA_FIXED + 8 * option, len;
	uint8_t dest[INFINIBAND_LEN], *ip, *icmp, *p;

	len = link_header_len(iface) + IPV6_HEADER + message;
	if (addr->family != AF_INET6 || !has_neighbours(iface) || size < len)
		return 0;
	memset(frame, 0, len);
	all_nodes_link(iface, dest);
	ip = put_link_header(frame, iface, dest, TYPE_IPV6);
	ip[0] = 0x60;
	put16(ip + 4, (unsigned)message);
	ip[6] = NEXT_HEADER_ICMPV6;
	ip[7] = 255;
	icmp = put(put(ip + 8, addr->bytes, 16), all_nodes, 16);
	icmp[0] = NA_TYPE;
	icmp[4] = NA_OVERRIDE | (router ? NA_ROUTER : 0);
	p = put(icmp + 8, addr->bytes, 16);
	*p++ = OPTION_TARGET_LINK_LAYER;
	*p++ = (uint8_t)option;
	put(p, iface->hw_addr, iface->hw_len);
	put16(icmp + 2, checksum(ip + 8, message));
	return len;
}

struct arp *arp_new(void)
{
	struct arp *arp = calloc(1, sizeof(*arp));

	if (arp)
		arp->fd = -1;
	return arp;
}

void arp_free(struct arp *arp)
{
	if (!arp)
		return;
	if (arp->fd >= 0)
		close(arp->fd);
	free(arp);
}

int arp_announce(struct arp *arp, const struct iface *iface, const struct addr *addr, bool router)
{
	bool v6 = addr->family == AF_INET6;
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(v6 ? TYPE_IPV6 : TYPE_ARP),
		.sll_ifindex = (int)iface->index,
	};
	uint8_t frame[ARP_FRAME_MAX];
	size_t len;

	if (!iface->index)
		return -ENODEV;
	len = v6 ? arp_build_na(iface, addr, router, frame, sizeof(frame)) : arp_build(iface, addr, frame, sizeof(frame));
	if (!len)
		return 0;
	/* Protocol 0: nothing is received on it. */
	if (arp->fd < 0)
		arp->fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (arp->fd < 0)
		return -errno;
	if (sendto(arp->fd, frame, len, 0, (const struct sockaddr *)(const void *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}
