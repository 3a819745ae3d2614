/* SPDX-License-Identifier: MIT */
#include "packet.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* CS6, network control, as keepalived marks them. */
#define TRAFFIC_CLASS 0xc0
#define AH_LEN 24
/* The longest message, an AH header, IP options, and room for a trailer. */
#define RECEIVE_MAX (60 + AH_LEN + VRRP_MESSAGE_MAX + 512)
/* Arrived between socket() and the filter: a queue's worth at most. */
#define DRAIN_MAX 4096

/* Newer than the headers of many toolchains. */
#define OPT_IPV6_MULTICAST_ALL 29

void packet_vrids_add(struct packet_vrids *v, uint8_t vrid)
{
	v->bits[vrid / 8] |= (uint8_t)(1 << vrid % 8);
}

/* The filter: classic BPF. Its size is the same for one VRID and for 255, their set being words of the program. */

static void op(struct sock_filter **at, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
	*(*at)++ = (struct sock_filter){ .code = code, .jt = jt, .jf = jf, .k = k };
}

static uint32_t word_of(const struct packet_vrids *v, unsigned i)
{
	const uint8_t *b = v->bits + 4 * i;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* A raw IPv6 socket that is not bound gets the multicast that others joined, whatever IPV6_MULTICAST_ALL says; a socket for unicast leaves it out here. */
static void leave_multicast_out(struct sock_filter **at, const struct packet_where *where)
{
	bool v4 = where->family == AF_INET;

	if (addr_is_set(&where->group))
		return;
	/* The first byte of the destination: the IPv6 header lies before what such a socket sees. */
	op(at, BPF_LD | BPF_B | BPF_ABS, 0, 0, v4 ? 16 : (uint32_t)SKF_NET_OFF + 24);
	op(at, BPF_ALU | BPF_AND | BPF_K, 0, 0, v4 ? 0xf0 : 0xff);
	op(at, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, v4 ? 0xe0 : 0xff);
	op(at, BPF_RET | BPF_K, 0, 0, 0);
}

unsigned packet_filter(const struct packet_where *where, const struct packet_vrids *vrids, struct sock_filter *program)
{
	struct sock_filter *at = program;
	uint32_t vrid_at = 1;

	leave_multicast_out(&at, where);
	if (where->family == AF_INET) {
		/* A raw IPv4 socket sees the IP header, and options may lengthen it: X is its length. IPv6 begins after it. */
		op(&at, BPF_LDX | BPF_B | BPF_MSH, 0, 0, 0);
		if (where->protocol == PACKET_PROTOCOL_AH) {
			/* All of IPsec comes this way: only what AH carries for VRRP. */
			op(&at, BPF_LD | BPF_B | BPF_IND, 0, 0, 0);
			op(&at, BPF_JMP | BPF_JEQ | BPF_K, 1, 0, VRRP_PROTOCOL);
			op(&at, BPF_RET | BPF_K, 0, 0, 0);
			vrid_at += AH_LEN;
		}
		op(&at, BPF_LD | BPF_B | BPF_IND, 0, 0, vrid_at);
	} else {
		op(&at, BPF_LD | BPF_B | BPF_ABS, 0, 0, vrid_at);
	}
	op(&at, BPF_ST, 0, 0, 0);
	op(&at, BPF_ALU | BPF_AND | BPF_K, 0, 0, 31);
	op(&at, BPF_MISC | BPF_TAX, 0, 0, 0);
	op(&at, BPF_LD | BPF_MEM, 0, 0, 0);
	op(&at, BPF_ALU | BPF_RSH | BPF_K, 0, 0, 5);
	for (unsigned i = 0; i < 7; i++) {
		op(&at, BPF_JMP | BPF_JEQ | BPF_K, 0, 2, i);
		op(&at, BPF_LD | BPF_IMM, 0, 0, word_of(vrids, i));
		op(&at, BPF_JMP | BPF_JA, 0, 0, 3 * (6 - i) + 1);
	}
	op(&at, BPF_LD | BPF_IMM, 0, 0, word_of(vrids, 7));
	op(&at, BPF_ALU | BPF_RSH | BPF_X, 0, 0, 0);
	op(&at, BPF_JMP | BPF_JSET | BPF_K, 0, 1, 1);
	op(&at, BPF_RET | BPF_K, 0, 0, UINT32_MAX);
	op(&at, BPF_RET | BPF_K, 0, 0, 0);
	return (unsigned)(at - program);
}

static int attach(int fd, struct sock_filter *program, unsigned len)
{
	struct sock_fprog prog = { .len = (unsigned short)len, .filter = program };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ? -errno : 0;
}

int packet_set_vrids(int fd, const struct packet_where *where, const struct packet_vrids *vrids)
{
	struct sock_filter program[PACKET_FILTER_MAX];

	return attach(fd, program, packet_filter(where, vrids, program));
}

/* Sockets. */

/* Whatever else may be missing (in an emulator, an old kernel), the raw socket and its device do the work. */
static void wish(int fd, int level, int option, const void *value, socklen_t len)
{
	if (setsockopt(fd, level, option, value, len) < 0)
		log_debug("socket option %d of level %d: %m", option, level);
}

static void wish_int(int fd, int level, int option, int value)
{
	wish(fd, level, option, &value, sizeof(value));
}

static int bind_device(int fd, const struct packet_where *where)
{
	if (!where->name)
		return 0;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, where->name, (socklen_t)strlen(where->name) + 1) < 0)
		return -errno;
	return 0;
}

/* The kernel writes it and refuses what it does not fit: at offset 6 of the message (RFC 9568 section 5.2.8). */
static int checksum6(int fd, const struct packet_where *where)
{
	int offset = 6;

	if (where->family != AF_INET6)
		return 0;
	return setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &offset, sizeof(offset)) < 0 ? -errno : 0;
}

/* Packets from before the filter and the device were set. */
static void drain(int fd)
{
	uint8_t byte;

	for (int i = 0; i < DRAIN_MAX && recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0; i++)
		;
}

static int join_on(int fd, const struct packet_where *where, unsigned index)
{
	struct ip_mreqn four = { .imr_ifindex = (int)index };
	struct ipv6_mreq six = { .ipv6mr_interface = index };
	int err;

	if (where->family == AF_INET) {
		memcpy(&four.imr_multiaddr, where->group.bytes, sizeof(four.imr_multiaddr));
		err = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof(four));
	} else {
		memcpy(&six.ipv6mr_multiaddr, where->group.bytes, sizeof(six.ipv6mr_multiaddr));
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &six, sizeof(six));
	}
	return err < 0 ? -errno : 0;
}

static int join(int fd, const struct packet_where *where)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(&where->group, 0, where->index, &to);

	/* Bound to the group, unicast stays out. */
	if (bind(fd, (const struct sockaddr *)(const void *)&to, len) < 0)
		log_debug("binding to a multicast group: %m");
	/* What comes in there stays out of a socket that is bound to a device. */
	if (where->base_index)
		join_on(fd, where, where->base_index);
	return join_on(fd, where, where->index);
}

static int open_raw(const struct packet_where *where)
{
	int fd = socket(where->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, where->protocol);

	return fd < 0 ? -errno : fd;
}

int packet_open_receive(const struct packet_where *where, const struct packet_vrids *vrids)
{
	int fd = open_raw(where), err;

	if (fd < 0)
		return fd;
	err = packet_set_vrids(fd, where, vrids);
	if (!err)
		err = bind_device(fd, where);
	if (!err)
		err = checksum6(fd, where);
	if (err)
		goto out;
	/* Before any group is joined: else those that others joined come in here too. */
	if (where->family == AF_INET) {
		wish_int(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
		if (!where->name)
			wish_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	} else {
		wish_int(fd, IPPROTO_IPV6, OPT_IPV6_MULTICAST_ALL, 0);
		wish_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		wish_int(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
	}
	if (where->rcvbuf)
		wish_int(fd, SOL_SOCKET, SO_RCVBUF, (int)where->rcvbuf);
	drain(fd);
	if (addr_is_set(&where->group))
		err = join(fd, where);
out:
	if (!err)
		return fd;
	close(fd);
	return err;
}

int packet_open_send(const struct packet_where *where)
{
	struct sock_filter nothing = { .code = BPF_RET | BPF_K };
	struct ip_mreqn four = { .imr_ifindex = (int)where->index };
	int fd = open_raw(where), err, on = 1;

	if (fd < 0)
		return fd;
	/* A raw socket receives whether it wants to or not. */
	err = attach(fd, &nothing, 1);
	drain(fd);
	if (!err)
		err = bind_device(fd, where);
	if (!err)
		err = checksum6(fd, where);
	if (!err && where->family == AF_INET && setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)) < 0)
		err = -errno;
	if (err) {
		close(fd);
		return err;
	}
	if (where->family == AF_INET) {
		wish(fd, IPPROTO_IP, IP_MULTICAST_IF, &four, sizeof(four));
		wish_int(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
		/* The header has its own; this one chooses the queue. */
		wish_int(fd, IPPROTO_IP, IP_TOS, TRAFFIC_CLASS);
	} else {
		wish_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, (int)where->index);
		wish_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
		wish_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
		wish_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 255);
		wish_int(fd, IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS);
	}
	return fd;
}

/* Sending. */

static void put16(uint8_t *to, size_t value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

void packet_ip_header(const struct packet_out *out, uint8_t h[PACKET_IP_HEADER])
{
	memset(h, 0, PACKET_IP_HEADER);
	h[0] = 0x45;
	h[1] = TRAFFIC_CLASS;
	put16(h + 2, PACKET_IP_HEADER + out->len);
	put16(h + 4, out->ip_id);
	h[8] = out->ttl;
	h[9] = out->protocol;
	memcpy(h + 12, out->source.bytes, 4);
	memcpy(h + 16, out->dest.bytes, 4);
}

/* Room for what goes with an IPv6 packet, either way; for IPv4 less comes. */
union control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(int))];
};

static void put_control(struct cmsghdr *c, int type, const void *data, size_t len)
{
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(c), data, len);
}

/* Source and hop limit of one packet: a socket serves many. */
static void control6(const struct packet_out *out, struct msghdr *msg, union control *control)
{
	struct in6_pktinfo info = { 0 }; /* the interface is the socket's, or the destination's scope */
	int hops = out->ttl;

	memset(control, 0, sizeof(*control));
	memcpy(&info.ipi6_addr, out->source.bytes, sizeof(info.ipi6_addr));
	msg->msg_control = control->bytes;
	put_control(&control->align, IPV6_PKTINFO, &info, sizeof(info));
	msg->msg_controllen = CMSG_SPACE(sizeof(info));
	if (hops == 255)
		return;
	put_control((struct cmsghdr *)(void *)(control->bytes + msg->msg_controllen), IPV6_HOPLIMIT, &hops, sizeof(hops));
	msg->msg_controllen += CMSG_SPACE(sizeof(hops));
}

int packet_send(int fd, const struct packet_out *out)
{
	uint8_t header[PACKET_IP_HEADER], *data;
	bool multicast = addr_is_multicast(&out->dest);
	struct sockaddr_storage to;
	struct msghdr msg = { 0 };
	union control control;
	struct iovec iov[2];
	ssize_t n;

	/* iovec serves reading too and has no const. */
	memcpy(&data, &out->data, sizeof(data));
	iov[0] = (struct iovec){ header, sizeof(header) };
	iov[1] = (struct iovec){ data, out->len };
	msg.msg_name = &to;
	msg.msg_namelen = addr_to_sockaddr(&out->dest, 0, multicast || addr_is_link_local(&out->dest) ? out->index : 0, &to);
	if (out->dest.family == AF_INET) {
		packet_ip_header(out, header);
		msg.msg_iov = iov;
		msg.msg_iovlen = 2;
	} else {
		control6(out, &msg, &control);
		msg.msg_iov = iov + 1;
		msg.msg_iovlen = 1;
	}
	do
		n = sendmsg(fd, &msg, MSG_DONTWAIT | (multicast ? MSG_DONTROUTE : 0));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* Receiving. */

void packet_parse_ip(const uint8_t *b, size_t len, struct packet_in *out)
{
	size_t header, total;

	memset(out, 0, sizeof(*out));
	out->ttl = -1;
	out->refusal = VRRP_BAD_IP_HEADER;
	if (len < PACKET_IP_HEADER || b[0] >> 4 != 4)
		return;
	header = 4U * (b[0] & 15);
	total = (size_t)b[2] << 8 | b[3];
	if (header < PACKET_IP_HEADER || total < header)
		return;
	out->source = addr_from_bytes(AF_INET, b + 12);
	out->dest = addr_from_bytes(AF_INET, b + 16);
	out->ttl = b[8];
	if (total > len) {
		out->refusal = VRRP_BAD_LENGTH;
		return;
	}
	out->ip = b;
	out->ip_len = header;
	out->data = b + header;
	out->len = total - header;
	out->refusal = VRRP_OK;
}

static void parse_control(struct msghdr *msg, struct packet_in *out)
{
	struct in6_pktinfo six;
	struct in_pktinfo four;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(six))) {
			memcpy(&six, CMSG_DATA(c), sizeof(six));
			out->dest = addr_from_bytes(AF_INET6, &six.ipi6_addr);
			out->index = six.ipi6_ifindex;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_HOPLIMIT && c->cmsg_len >= CMSG_LEN(sizeof(out->ttl))) {
			memcpy(&out->ttl, CMSG_DATA(c), sizeof(out->ttl));
			/* qemu hands it out in the host's byte order. */
			if (out->ttl < 0 || out->ttl > 255)
				out->ttl = -1;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO && c->cmsg_len >= CMSG_LEN(sizeof(four))) {
			memcpy(&four, CMSG_DATA(c), sizeof(four));
			out->index = (unsigned)four.ipi_ifindex;
		}
	}
}

static ssize_t receive(int fd, struct msghdr *msg)
{
	ssize_t n;

	do
		n = recvmsg(fd, msg, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n;
}

int packet_receive(int fd, unsigned max, void (*cb)(void *ctx, const struct packet_in *), void *ctx)
{
	uint8_t bytes[RECEIVE_MAX];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct sockaddr_storage from;
	union control control;
	struct packet_in in;
	unsigned count;

	for (count = 0; count < max; count++) {
		struct msghdr msg = { 0 };
		ssize_t n;

		from.ss_family = AF_UNSPEC;
		msg.msg_name = &from;
		msg.msg_namelen = sizeof(from);
		msg.msg_iov = &iov;
		msg.msg_iovlen = 1;
		msg.msg_control = control.bytes;
		msg.msg_controllen = sizeof(control);
		n = receive(fd, &msg);
		if (n < 0)
			return errno == EAGAIN ? (int)count : -errno;
		if (from.ss_family == AF_INET) {
			packet_parse_ip(bytes, (size_t)n, &in);
		} else {
			in = (struct packet_in){ .refusal = VRRP_OK, .ttl = -1, .data = bytes, .len = (size_t)n };
			addr_from_sockaddr(&from, msg.msg_namelen, &in.source);
		}
		parse_control(&msg, &in);
		if (msg.msg_flags & MSG_TRUNC)
			in.refusal = VRRP_BAD_LENGTH;
		cb(ctx, &in);
	}
	return (int)count;
}
