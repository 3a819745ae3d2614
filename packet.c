/* SPDX-License-Identifier: MIT */
#include "packet.h"
#include "bytes.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <unistd.h>

/* CS6, network control, as keepalived marks them. */
#define TRAFFIC_CLASS 0xc0
/* Arrived between socket() and the filter: a queue's worth at most. */
#define DRAIN_MAX 4096

/* Newer than the headers of many toolchains. */
#define OPT_IPV6_MULTICAST_ALL 29

void packet_vrids_add(struct packet_vrids *v, uint8_t vrid)
{
	v->words[vrid / 32] |= 0x80000000U >> vrid % 32;
}

/* The filter: classic BPF. Its size is the same for one VRID and for 255, their set being words of the program. */

static const struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);

/* Where packet_filter() puts in what differs. */
enum { FIRST_BYTE, FIRST_MASK, FIRST_IS, HEADER_LEN = 4, IS_VRRP = 6, VRID = 8 };

unsigned packet_filter(const struct packet_where *where, const struct packet_vrids *vrids, struct sock_filter *program)
{
	static const struct sock_filter head[] = {
		/* A raw IPv6 socket that is not bound gets the multicast that others joined, whatever IPV6_MULTICAST_ALL says; one for unicast leaves
		 * it out here, by the first byte of the destination. No byte is 256. */
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 16),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 256, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		/* A raw IPv4 socket sees the IP header, and options may lengthen it: X is its length. IPv6 begins after it. */
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
		/* All of IPsec comes where AH is: only what it carries for VRRP. */
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, VRRP_PROTOCOL, 1, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_IND, 1),
		BPF_STMT(BPF_ST, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 31),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_MEM, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 5),
	}, word[] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 4),
		BPF_STMT(BPF_LD | BPF_IMM, 0),
		BPF_STMT(BPF_ALU | BPF_LSH | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x80000000),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_filter *at = program + sizeof(head) / sizeof(*head);

	memcpy(program, head, sizeof(head));
	if (!addr_is_set(&where->group))
		program[FIRST_IS].k = where->family == AF_INET ? 0xe0 : 0xff;
	if (where->family == AF_INET6) {
		/* The IPv6 header lies before what the socket sees. */
		program[FIRST_BYTE].k = (uint32_t)SKF_NET_OFF + 24;
		program[FIRST_MASK].k = 0xff;
		program[HEADER_LEN].code = BPF_LDX | BPF_IMM;
	}
	if (where->protocol == PACKET_PROTOCOL_AH) {
		program[IS_VRRP].jf = 0;
		program[VRID].k += PACKET_AH;
	}
	for (unsigned i = 0; i < 8; i++, at += 5) {
		memcpy(at, word, sizeof(word));
		at[0].k = i;
		at[1].k = vrids->words[i];
	}
	*at++ = nothing;
	return (unsigned)(at - program);
}

static int set(int fd, int level, int option, const void *value, size_t len)
{
	return setsockopt(fd, level, option, value, (socklen_t)len) < 0 ? -errno : 0;
}

static int attach(int fd, const struct sock_filter *program, unsigned len)
{
	struct sock_fprog prog = { .len = (unsigned short)len };

	/* It serves reading the program too and has no const. */
	memcpy(&prog.filter, &program, sizeof(program));
	return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

int packet_set_vrids(int fd, const struct packet_where *where, const struct packet_vrids *vrids)
{
	struct sock_filter program[PACKET_FILTER_MAX];

	return attach(fd, program, packet_filter(where, vrids, program));
}

/* Sockets. */

/* Packets from before the filter was set. */
static void drain(int fd)
{
	uint8_t byte;

	for (int i = 0; i < DRAIN_MAX && recv(fd, &byte, sizeof(byte), MSG_DONTWAIT) >= 0; i++)
		;
}

#define REQUEST4 offsetof(struct ip_mreqn, imr_ifindex)
#define REQUEST6 offsetof(struct ipv6_mreq, ipv6mr_interface)
_Static_assert(!offsetof(struct ip_mreqn, imr_multiaddr) && !offsetof(struct ipv6_mreq, ipv6mr_multiaddr), "the group comes first");

static int join_on(int fd, const struct packet_where *where, unsigned index)
{
	uint8_t request[sizeof(struct ipv6_mreq)] = { 0 };
	bool v4 = where->family == AF_INET;

	memcpy(request, where->group.bytes, addr_len(&where->group));
	memcpy(request + (v4 ? REQUEST4 : REQUEST6), &index, sizeof(index));
	return v4 ? set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, request, sizeof(struct ip_mreqn)) :
	            set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request, sizeof(request));
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

/* Before any group is joined: else those that others joined come in here too. Whatever but the first ones may be missing (in an emulator, an old
 * kernel), the raw socket and its device do the work. */
static int set_options(int fd, const struct packet_where *where)
{
	static const struct {
		uint8_t level, option, value;
	} options[] = {
		{ IPPROTO_IP, IP_HDRINCL, 1 },
		/* The kernel writes it and refuses what it does not fit: at offset 6 of the message (RFC 9568 section 5.2.8). */
		{ IPPROTO_IPV6, IPV6_CHECKSUM, 6 },
		{ IPPROTO_IP, IP_MULTICAST_ALL, 0 },
		{ IPPROTO_IP, IP_MULTICAST_LOOP, 0 },
		/* The header has its own; this one chooses the queue. */
		{ IPPROTO_IP, IP_TOS, TRAFFIC_CLASS },
		{ IPPROTO_IPV6, OPT_IPV6_MULTICAST_ALL, 0 },
		{ IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0 },
		{ IPPROTO_IPV6, IPV6_TCLASS, TRAFFIC_CLASS },
		{ IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1 },
	};

	for (unsigned i = 0; i < sizeof(options) / sizeof(*options); i++) {
		int level = options[i].level, value = options[i].value, err;

		if ((level == IPPROTO_IP) != (where->family == AF_INET))
			continue;
		err = set(fd, level, options[i].option, &value, sizeof(value));
		if (err && i < 2)
			return err;
		if (err)
			log_debug("socket option %d of level %d: %*m", options[i].option, level, err);
	}
	return 0;
}

int packet_open(const struct packet_where *where)
{
	int fd = socket(where->family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, where->protocol), err;

	if (fd < 0)
		return -errno;
	err = attach(fd, &nothing, 1);
	drain(fd);
	if (!err && where->name)
		err = set(fd, SOL_SOCKET, SO_BINDTODEVICE, where->name, strlen(where->name) + 1);
	if (!err)
		err = set_options(fd, where);
	if (where->rcvbuf)
		set(fd, SOL_SOCKET, SO_RCVBUF, &where->rcvbuf, sizeof(where->rcvbuf));
	if (!err && addr_is_set(&where->group))
		err = join(fd, where);
	if (!err)
		return fd;
	close(fd);
	return err;
}

/* Sending. */

void packet_ip_header(const struct packet_out *out)
{
	uint8_t *h = out->data;

	memset(h, 0, PACKET_IP_HEADER);
	h[0] = 0x45;
	h[1] = TRAFFIC_CLASS;
	put16(h + 2, out->len);
	put16(h + 4, out->ip_id);
	h[8] = out->ttl;
	h[9] = out->protocol;
	memcpy(h + 12, out->source->bytes, 4);
	memcpy(h + 16, out->dest->bytes, 4);
}

/* Source and hop limit of one packet: a socket serves many. */
struct control6 {
	struct cmsghdr info_is;
	struct in6_pktinfo info; /* the interface is the socket's, or the destination's scope */
	_Alignas(size_t) struct cmsghdr hops_is;
	int hops;
};
_Static_assert(offsetof(struct control6, info) == CMSG_LEN(0) && offsetof(struct control6, hops_is) == CMSG_SPACE(sizeof(struct in6_pktinfo)), "as CMSG_NXTHDR() finds them");

int packet_send(int fd, const struct packet_out *out)
{
	struct control6 control = {
		.info_is = { .cmsg_len = CMSG_LEN(sizeof(control.info)), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO },
		.hops_is = { .cmsg_len = CMSG_LEN(sizeof(control.hops)), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_HOPLIMIT },
		.hops = out->ttl,
	};
	struct iovec iov = { out->data, out->len };
	struct sockaddr_storage to;
	struct msghdr msg = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };

	msg.msg_namelen = addr_to_sockaddr(out->dest, 0, out->index, &to);
	if (out->dest->family == AF_INET6) {
		memcpy(&control.info.ipi6_addr, out->source->bytes, sizeof(control.info.ipi6_addr));
		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
	}
	return sendmsg(fd, &msg, MSG_DONTWAIT | (addr_is_multicast(out->dest) ? MSG_DONTROUTE : 0)) < 0 ? -errno : 0;
}

/* Receiving. */

void packet_parse_ip(const uint8_t *b, size_t len, struct packet_in *out)
{
	unsigned header, total, ah;

	memset(out, 0, sizeof(*out));
	out->message.ttl = -1;
	out->refusal = VRRP_BAD_IP_HEADER;
	if (len < PACKET_IP_HEADER || b[0] >> 4 != 4)
		return;
	header = 4U * (b[0] & 15);
	total = get16(b + 2);
	if (header < PACKET_IP_HEADER || total < header)
		return;
	out->message.source = addr_from_bytes(AF_INET, b + 12);
	out->message.dest = addr_from_bytes(AF_INET, b + 16);
	out->message.ttl = b[8];
	out->refusal = VRRP_BAD_LENGTH;
	ah = b[9] == PACKET_PROTOCOL_AH ? PACKET_AH : 0;
	if (total > len || total < header + ah)
		return;
	out->ip = b;
	out->ip_len = header;
	out->ah_len = ah;
	out->message.data = b + header + ah;
	out->message.len = total - header - ah;
	out->refusal = VRRP_OK;
}

bool packet_receive(int fd, uint8_t bytes[PACKET_MAX], struct packet_in *in)
{
	union {
		uint8_t room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr head;
	} control;
	struct iovec iov = { bytes, PACKET_MAX };
	struct sockaddr_in6 from = { 0 };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control,
	                      .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (n < 0)
		return false;
	if (from.sin6_family == AF_INET) {
		packet_parse_ip(bytes, (size_t)n, in);
	} else {
		*in = (struct packet_in){ .message = { .ttl = -1, .data = bytes, .len = (size_t)n } };
		in->message.source = addr_from_bytes(AF_INET6, &from.sin6_addr);
		if (msg.msg_controllen >= CMSG_LEN(sizeof(int)) && control.head.cmsg_type == IPV6_HOPLIMIT)
			memcpy(&in->message.ttl, CMSG_DATA(&control.head), sizeof(int));
		/* qemu hands it out in the host's byte order. */
		if (in->message.ttl < 0 || in->message.ttl > 255)
			in->message.ttl = -1;
	}
	if (msg.msg_flags & MSG_TRUNC)
		in->refusal = VRRP_BAD_LENGTH;
	return true;
}
