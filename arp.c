/* SPDX-License-Identifier: MIT */
#include "arp.h"
#include "bytes.h"
#include "iface.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/socket.h>

#define ETHER_LEN 6
#define TYPE_ARP 0x0806
#define TYPE_IPV6 0x86dd
#define NEXT_HEADER_ICMPV6 58
#define IPV6_HEADER 40
#define NA_FIXED 24 /* up to and with the target */
#define NA_TYPE 136
#define NA_ROUTER 0x80
#define NA_OVERRIDE 0x20
#define OPTION_TARGET_LINK_LAYER 2

static uint8_t *put(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

static size_t build_request(const struct iface *iface, const struct addr *addr, uint8_t *out)
{
	size_t hw = iface->hw_len;
	uint8_t *p = out + 8;

	put16(out, iface->hw_type);
	put16(out + 2, 0x0800);
	out[4] = (uint8_t)hw;
	out[5] = 4;
	put16(out + 6, ARPOP_REQUEST);
	p = put(put(p, iface->hw_addr, hw), addr->bytes, 4);
	/* RFC 5227 would have zeros here; keepalived sends ones, and that is what switches have seen for twenty years. */
	memset(p, 0xff, hw);
	put(p + hw, addr->bytes, 4);
	return 16 + 2 * hw;
}

static size_t build_na(const struct iface *iface, const struct addr *addr, bool router, uint8_t *ip)
{
	unsigned option = (2U + iface->hw_len + 7) / 8, message = NA_FIXED + 8 * option;
	uint8_t *icmp = ip + IPV6_HEADER;

	memset(ip, 0, ARP_PACKET_MAX);
	ip[0] = 0x60;
	ip[5] = (uint8_t)message;
	ip[6] = NEXT_HEADER_ICMPV6;
	ip[7] = 255;
	memcpy(ip + 8, addr->bytes, 16);
	/* To all nodes, ff02::1. */
	ip[24] = 0xff;
	ip[25] = 2;
	ip[39] = 1;
	icmp[0] = NA_TYPE;
	icmp[4] = NA_OVERRIDE | (router ? NA_ROUTER : 0);
	memcpy(icmp + 8, addr->bytes, 16);
	icmp[NA_FIXED] = OPTION_TARGET_LINK_LAYER;
	icmp[NA_FIXED + 1] = (uint8_t)option;
	memcpy(icmp + NA_FIXED + 2, iface->hw_addr, iface->hw_len);
	/* Over the pseudo header (RFC 8200 section 8.1): the two addresses lie before the message, length and protocol are added. */
	put16(icmp + 2, addr_checksum(message + NEXT_HEADER_ICMPV6, ip + 8, 32 + message));
	return IPV6_HEADER + message;
}

size_t arp_build(const struct iface *iface, const struct addr *addr, bool router, uint8_t dest[ARP_HW_MAX], uint8_t out[ARP_PACKET_MAX])
{
	bool ethernet = iface->hw_type == ARPHRD_ETHER;

	/* Whether neighbours are found by broadcast and multicast there. */
	if (iface->flags & (IFF_NOARP | IFF_LOOPBACK) || (!ethernet && iface->hw_type != ARPHRD_INFINIBAND) ||
	    iface->hw_len != (ethernet ? ETHER_LEN : ARP_HW_MAX))
		return 0;
	memcpy(dest, iface->hw_broadcast, iface->hw_len);
	if (addr->family == AF_INET)
		return build_request(iface, addr, out);
	if (addr->family != AF_INET6)
		return 0;
	/* Where the link sends ff02::1: RFC 2464 section 7, RFC 4391 section 4; there scope and partition are those of the broadcast group. */
	if (ethernet) {
		memcpy(dest, "\x33\x33\0\0\0\1", ETHER_LEN);
	} else {
		dest[6] = 0x60;
		memset(dest + 10, 0, 10);
		dest[19] = 1;
	}
	return build_na(iface, addr, router, out);
}

int arp_announce(int *fd, const struct iface *iface, const struct addr *addr, bool router)
{
	union {
		struct sockaddr_ll ll;
		uint8_t bytes[offsetof(struct sockaddr_ll, sll_addr) + ARP_HW_MAX];
	} to = { .ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(addr->family == AF_INET6 ? TYPE_IPV6 : TYPE_ARP),
		.sll_ifindex = (int)iface->index,
		.sll_halen = iface->hw_len,
	} };
	uint8_t packet[ARP_PACKET_MAX];
	size_t len;

	if (!iface->index)
		return -ENODEV;
	len = arp_build(iface, addr, router, to.bytes + offsetof(struct sockaddr_ll, sll_addr), packet);
	if (!len)
		return 0;
	/* The kernel puts the header of the link before it. Protocol 0: nothing is received on it. */
	if (*fd < 0)
		*fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (*fd < 0 || sendto(*fd, packet, len, 0, (const struct sockaddr *)(const void *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}
