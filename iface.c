/* SPDX-License-Identifier: MIT */
#include "iface.h"
#include "config.h"
#include "log.h"
#include "loop.h"
#include "netlink.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's numbers, newer than the headers of many toolchains. */
#define ATTR_IFA_PROTO 11
#define ATTR_IFLA_EXT_MASK 29
#define EXT_MASK_SKIP_STATS (1 << 3)
#define ATTR_IFLA_LINK_NETNSID 37
#define ATTR_IFLA_VRF_TABLE 1

#define SYNC_READS 16
/* More than a full buffer holds; the kernel adds none until it was emptied. */
#define DRAIN_READS 1024
#define DUMP_TRIES 8
#define RETRY_US US_PER_S
#define STACK_MAX 8
#define LISTENERS 2
#define BIG_ENDIAN_16(n) (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? (n) : (n) << 8)
#define SYSCTL_PATH_MAX 128

/* There is one mirror in a process. */
static struct {
	struct io io;
	struct timer tell;
	struct iface *first;
	struct listener {
		void (*changed)(void *ctx, struct iface *, unsigned change);
		void *ctx;
	} listeners[LISTENERS];
	bool open, lost; /* the latter: events. Read on to the end, then dump */
	struct iface wanted; /* none: holds addresses that somebody asks for wherever they may be */
	bool kernel_has_proto;
	unsigned news;   /* of no interface: to be told */
} t;

/* An address message, parsed. */
struct addr_message {
	struct iface_addr addr;
	unsigned index;
};

static void note(struct iface *iface, unsigned change)
{
	iface->pending |= change;
	if (!(change & IFACE_STATE) || !iface->index)
		return;
	for (struct iface *i = t.first; i; i = i->next)
		if (i->base_index == iface->index)
			i->pending |= IFACE_STATE;
}

/* Addresses. */

static void free_addrs(struct iface_addr **list)
{
	while (*list) {
		struct iface_addr *a = *list;

		*list = a->next;
		free(a);
	}
}

/* Compared as bytes: no padding. */
#define UP_TO(type, member) (offsetof(struct type, member) + sizeof(((struct type *)0)->member))
_Static_assert(UP_TO(iface_addr, proto) - offsetof(struct iface_addr, flags) == sizeof(uint32_t) + 2 * sizeof(struct addr) + 3, "addresses");
_Static_assert(UP_TO(iface, hw_type) - offsetof(struct iface, index) == 4 * sizeof(uint32_t) + sizeof(uint16_t), "links");

/* What makes two addresses of an interface different ones for the kernel. */
static bool same_addr(const struct iface_addr *a, const struct iface_addr *b)
{
	return !memcmp(&a->addr, &b->addr, UP_TO(iface_addr, prefix) - offsetof(struct iface_addr, addr));
}

static bool equal_addr(const struct iface_addr *a, const struct iface_addr *b)
{
	return !memcmp(&a->flags, &b->flags, UP_TO(iface_addr, proto) - offsetof(struct iface_addr, flags));
}

static struct iface_addr **find_same(struct iface_addr **list, const struct iface_addr *addr)
{
	while (*list && !same_addr(*list, addr))
		list = &(*list)->next;
	return list;
}

/* In its place, or where a dump has come to: it names each once, and ten thousand are not to be compared with each other. */
static void put_addr(struct iface *iface, const struct iface_addr *addr, unsigned change)
{
	struct iface_addr **at = find_same(iface->reading ? iface->tail : &iface->addrs, addr), *a = *at, *next;

	if (!a || !equal_addr(a, addr))
		note(iface, change);
	if (a)
		*at = a->next;
	else
		a = malloc(sizeof(*a));
	if (!a) {
		t.lost = true;
		return;
	}
	if (iface->reading) {
		at = iface->tail;
		iface->tail = &a->next;
	}
	next = *at;
	*at = a;
	*a = *addr;
	a->next = next;
}

static void drop_addr(struct iface *iface, const struct iface_addr *addr, unsigned change)
{
	struct iface_addr **at = find_same(&iface->addrs, addr), *gone = *at;

	if (!gone)
		return;
	*at = gone->next;
	free(gone);
	note(iface, change);
}

static bool parse_addr(const struct nlmsghdr *h, struct addr_message *out)
{
#define FIELD(attr, kind, member) { attr, kind, offsetof(struct addr_message, member) }
	static const struct nl_field fields[] = {
		FIELD(IFA_LOCAL, NL_ADDR, addr.addr), FIELD(IFA_ADDRESS, NL_ADDR, addr.peer),
		FIELD(IFA_FLAGS, 4, addr.flags), FIELD(ATTR_IFA_PROTO, 1, addr.proto),
	};
#undef FIELD
	struct iface_addr *a = &out->addr;
	struct ifaddrmsg msg;

	if (!nl_payload(h, &msg, sizeof(msg)))
		return false;
	memset(out, 0, sizeof(*out));
	out->index = msg.ifa_index;
	a->prefix = msg.ifa_prefixlen;
	a->scope = msg.ifa_scope;
	a->flags = msg.ifa_flags;
	nl_take_fields(nl_attrs(h, sizeof(msg)), NL_FIELDS(fields), out);
	/* IPv6 without a peer has one of them alone. */
	if (!addr_is_set(&a->addr))
		a->addr = a->peer;
	if (addr_equal(&a->addr, &a->peer))
		memset(&a->peer, 0, sizeof(a->peer));
	return addr_is_set(&a->addr) && a->addr.family == msg.ifa_family && a->prefix <= 8 * addr_len(&a->addr);
}

static void take_addr(const struct nlmsghdr *h)
{
	const struct iface_addr *former;
	struct addr_message m;
	struct iface *i;

	if (!parse_addr(h, &m))
		return;
	t.kernel_has_proto |= m.addr.proto != 0;
	i = iface_by_index(m.index);
	if (!i || (!i->kept && !iface_find_addr(&t.wanted, &m.addr.addr, -1)))
		return;
	/* An old kernel has no place for the mark: it is our memory alone. */
	if (!t.kernel_has_proto) {
		former = *find_same(i->reading ? i->tail : &i->addrs, &m.addr);
		m.addr.proto = former ? former->proto : 0;
	}
	if (h->nlmsg_type == RTM_DELADDR)
		drop_addr(i, &m.addr, IFACE_ADDRS);
	else
		put_addr(i, &m.addr, IFACE_ADDRS);
}

/* Links. */

/* A link message, parsed. */
struct link_message {
	struct nl_cursor info, data;
	uint8_t elsewhere[1 + NL_COUNTED_MAX]; /* the number of another namespace, behind its length */
	struct iface link;
};
_Static_assert(offsetof(struct link_message, link.stale) < 256, "offsets in a byte");
_Static_assert(offsetof(struct iface, hw_addr) == offsetof(struct iface, hw_len) + 1 &&
	       offsetof(struct iface, hw_broadcast) == offsetof(struct iface, hw_broadcast_len) + 1, "NL_COUNTED");

/* False for what is none of a link itself: a bridge's messages of its ports say "deleted" when a port leaves. Addresses are left out. */
static bool parse_link(const struct nlmsghdr *h, struct iface *out)
{
#define FIELD(attr, kind, member) { attr, kind, offsetof(struct link_message, member) }
	static const struct nl_field fields[] = {
		FIELD(IFLA_IFNAME, NL_TEXT | sizeof(out->name), link.name), FIELD(IFLA_IFALIAS, NL_TEXT | sizeof(out->alias), link.alias),
		FIELD(IFLA_ADDRESS, NL_COUNTED, link.hw_len), FIELD(IFLA_BROADCAST, NL_COUNTED, link.hw_broadcast_len),
		FIELD(IFLA_MTU, 4, link.mtu), FIELD(IFLA_LINK, 4, link.base_index), FIELD(IFLA_MASTER, 4, link.master_index),
		FIELD(IFLA_GROUP, 4, link.group), FIELD(IFLA_LINKINFO, NL_NEST, info), FIELD(ATTR_IFLA_LINK_NETNSID, NL_COUNTED, elsewhere),
	};
	static const struct nl_field info_fields[] = {
		FIELD(IFLA_INFO_KIND, NL_TEXT | sizeof(out->kind), link.kind), FIELD(IFLA_INFO_DATA, NL_NEST, data),
	};
	static const struct nl_field vrf_fields[] = { FIELD(ATTR_IFLA_VRF_TABLE, 4, link.vrf_table) };
#undef FIELD
	struct link_message m = { .info = { NULL, NULL } };
	struct ifinfomsg msg;

	if (!nl_payload(h, &msg, sizeof(msg)) || msg.ifi_family != AF_UNSPEC || msg.ifi_index <= 0)
		return false;
	m.link.index = (unsigned)msg.ifi_index;
	m.link.flags = msg.ifi_flags;
	m.link.hw_type = msg.ifi_type;
	nl_take_fields(nl_attrs(h, sizeof(msg)), NL_FIELDS(fields), &m);
	nl_take_fields(m.info, NL_FIELDS(info_fields), &m);
	if (!strcmp(m.link.kind, "vrf"))
		nl_take_fields(m.data, NL_FIELDS(vrf_fields), &m);
	/* For a veth it is the other end, not what it stands on. */
	if (m.elsewhere[0] || text_index("vlan macvlan macvtap ipvlan ipvtap", m.link.kind) < 0)
		m.link.base_index = 0;
	*out = m.link;
	return true;
}

static void forget(struct iface *iface)
{
	note(iface, IFACE_STATE | (iface->addrs ? IFACE_ADDRS : 0));
	free_addrs(&iface->addrs);
	iface->index = iface->flags = iface->base_index = iface->master_index = 0;
	iface->stale = false;
}

/* By name, or a forgotten one's place, or a new one; NULL when out of memory. */
static struct iface *place_for(const char *name)
{
	struct iface *iface = iface_find(name), *next = NULL, **at;

	if (iface)
		return iface;
	iface = iface_find("");
	if (iface) {
		next = iface->next;
	} else {
		iface = malloc(sizeof(*iface));
		if (!iface)
			return NULL;
		for (at = &t.first; *at; at = &(*at)->next)
			;
		*at = iface;
	}
	memset(iface, 0, sizeof(*iface));
	iface->next = next;
	text_format(iface->name, sizeof(iface->name), "%s", name);
	return iface;
}

static unsigned differences(const struct iface *a, const struct iface *b)
{
	unsigned change = 0;

	if (memcmp(&a->index, &b->index, UP_TO(iface, hw_type) - offsetof(struct iface, index)) || (a->flags ^ b->flags) & (IFF_UP | IFF_RUNNING | IFF_NOARP))
		change |= IFACE_STATE;
	if (memcmp(&a->hw_len, &b->hw_len, 1 + sizeof(a->hw_addr)))
		change |= IFACE_HW_ADDR;
	if (a->mtu != b->mtu)
		change |= IFACE_MTU;
	return change;
}

static void take_link(const struct iface *fresh)
{
	struct iface *iface = iface_by_index(fresh->index);
	unsigned change;

	/* Renamed: under its old name it is gone. */
	if (iface && strcmp(iface->name, fresh->name))
		forget(iface);
	iface = place_for(fresh->name);
	if (!iface) {
		t.lost = true;
		return;
	}
	if (iface->index && iface->index != fresh->index)
		forget(iface);
	if (!iface->index)
		iface->stale = iface->kept || t.wanted.addrs;
	iface->seen = true;
	change = differences(iface, fresh);
	memcpy(&iface->index, &fresh->index, offsetof(struct iface, stale) - offsetof(struct iface, index));
	if (change)
		note(iface, change);
}

static void take_message(const struct nlmsghdr *h, void *ctx)
{
	struct iface fresh, *iface;

	(void)ctx;
	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
		if (parse_link(h, &fresh) && fresh.name[0])
			take_link(&fresh);
		break;
	case RTM_DELLINK:
		iface = parse_link(h, &fresh) ? iface_by_index(fresh.index) : NULL;
		if (iface)
			forget(iface);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		take_addr(h);
		break;
	case RTM_DELROUTE:
	case RTM_DELRULE:
		t.news |= IFACE_ROUTES;
		break;
	}
}

/* Dumps. */

static int dump_links(void)
{
	struct ifinfomsg msg = { .ifi_family = AF_UNSPEC };
	int err;

	for (struct iface *i = t.first; i; i = i->next)
		i->seen = false;
	nl_begin(RTM_GETLINK, NLM_F_DUMP, &msg, sizeof(msg));
	nl_put_u32(ATTR_IFLA_EXT_MASK, EXT_MASK_SKIP_STATS);
	err = nl_dump(NL_ROUTE, take_message, NULL);
	for (struct iface *i = t.first; i && !err; i = i->next)
		if (i->index && !i->seen)
			forget(i);
	return err;
}

/* The addresses of all stale interfaces: one alone is asked for by index, which spares the kernel the others'. */
static int dump_addrs(void)
{
	struct ifaddrmsg msg = { .ifa_family = AF_UNSPEC };
	unsigned stale = 0;
	int err;

	for (struct iface *i = t.first; i; i = i->next) {
		i->reading = i->stale;
		i->tail = &i->addrs;
		if (i->stale)
			msg.ifa_index = stale++ ? 0 : i->index;
	}
	if (!stale)
		return 0;
	nl_begin(RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	err = nl_dump(NL_ROUTE, take_message, NULL);
	/* It went meanwhile; the event that says so is on its way. */
	if (err == -ENODEV)
		err = 0;
	for (struct iface *i = t.first; i; i = i->next) {
		if (i->reading && !err) {
			/* Those behind were not named any more. */
			if (*i->tail)
				note(i, IFACE_ADDRS);
			free_addrs(i->tail);
			i->stale = false;
		}
		i->reading = false;
	}
	return err;
}

static int retry(int (*dump)(void))
{
	int err = -EINTR;

	for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++)
		err = dump();
	return err;
}

/* Reads anew what is known to be out of date. What can't be read now is tried again later. */
static void settle(void)
{
	bool lost = t.lost;
	int err = 0;

	if (lost) {
		t.lost = false;
		for (struct iface *i = t.first; i; i = i->next)
			i->stale = i->index && (i->kept || t.wanted.addrs);
		err = retry(dump_links);
	}
	if (!err)
		err = retry(dump_addrs);
	if (err) {
		t.lost |= lost;
		log_debug("interfaces can't be read: %*m", err);
	} else if (lost) {
		t.news |= IFACE_REDUMPED;
	}
	if (err || t.lost)
		timer_set(&t.tell, RETRY_US);
}

/* Events. */

static void take_event(const struct nlmsghdr *h, void *ctx)
{
	if (!t.lost)
		take_message(h, ctx);
}

static void read_events(unsigned reads)
{
	int err;

	do {
		err = nl_events_read(t.io.fd, take_event, NULL);
		if (err == -ENOBUFS && !t.lost) {
			t.lost = true;
			reads = DRAIN_READS;
		}
	} while ((!err || err == -ENOBUFS) && --reads);
	settle();
}

static void tell_one(struct iface *iface, unsigned *pending)
{
	unsigned change = *pending;

	*pending = 0;
	for (unsigned i = 0; change && i < LISTENERS && t.listeners[i].changed; i++)
		t.listeners[i].changed(t.listeners[i].ctx, iface, change);
}

static void tell(void)
{
	for (struct iface *i = t.first; i; i = i->next) {
		bool told = i->pending;

		tell_one(i, &i->pending);
		if (told && !i->kept && !i->index && !i->pending)
			i->name[0] = '\0';
	}
	tell_one(NULL, &t.news);
}

static void readable(struct io *io, short revents)
{
	(void)io;
	(void)revents;
	read_events(1);
	tell();
}

static void told_late(struct timer *timer)
{
	(void)timer;
	settle();
	tell();
}

void iface_sync(void)
{
	unsigned news;

	read_events(SYNC_READS);
	news = t.news;
	for (struct iface *i = t.first; i; i = i->next)
		news |= i->pending;
	if (news)
		timer_set(&t.tell, 0);
}

/* What a routing daemon does to a million routes of its own costs us nothing: only removed ones with our mark get through. */
static void filter(int fd)
{
	/* Reads numbers in network order, which these are not. */
	static struct sock_filter code[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, offsetof(struct nlmsghdr, nlmsg_type) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 3, 0, BIG_ENDIAN_16(RTM_NEWROUTE) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 3, BIG_ENDIAN_16(RTM_DELROUTE) },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, IFACE_PROTO_OURS },
		{ BPF_RET | BPF_K, 0, 0, 0 },
		{ BPF_RET | BPF_K, 0, 0, UINT32_MAX },
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void iface_follow(int group)
{
	setsockopt(t.io.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

static int start(void)
{
	enum { GROUPS = NL_GROUP(RTNLGRP_LINK) | NL_GROUP(RTNLGRP_IPV4_IFADDR) | NL_GROUP(RTNLGRP_IPV6_IFADDR) };
	int err;

	t.open = true;
	t.tell.cb = told_late;
	/* Events first, so that no change falls between them and the dump. */
	t.io = (struct io){ .fd = nl_events_open(GROUPS), .events = POLLIN, .cb = readable };
	err = t.io.fd;
	if (err >= 0) {
		filter(t.io.fd);
		err = io_add(&t.io);
	}
	if (!err)
		err = retry(dump_links);
	for (struct iface *i = t.first; i; i = i->next)
		i->pending = 0;
	return err;
}

int iface_open(void (*changed)(void *ctx, struct iface *, unsigned change), void *ctx)
{
	int err = t.open ? 0 : start();
	unsigned i = 0;

	if (err) {
		iface_close();
		return err;
	}
	while (t.listeners[i].changed)
		i++;
	t.listeners[i] = (struct listener){ changed, ctx };
	return 0;
}

void iface_close(void)
{
	if (!t.open)
		return;
	io_close(&t.io);
	timer_stop(&t.tell);
	nl_close(NL_ROUTE);
	free_addrs(&t.wanted.addrs);
	while (t.first) {
		struct iface *i = t.first;

		t.first = i->next;
		free_addrs(&i->addrs);
		free(i);
	}
	memset(&t, 0, sizeof(t));
}

/* Questions. */

struct iface *iface_get(const char *name)
{
	struct iface *iface = place_for(name);

	if (iface && !iface->kept) {
		iface->kept = true;
		iface->stale = iface->index;
		settle();
	}
	return iface;
}

struct iface *iface_find(const char *name)
{
	struct iface *i;

	for (i = t.first; i; i = i->next)
		if (!strcmp(i->name, name))
			break;
	return i;
}

struct iface *iface_first(void)
{
	return t.first;
}

struct iface *iface_by_index(unsigned index)
{
	struct iface *i;

	for (i = index ? t.first : NULL; i; i = i->next)
		if (i->index == index)
			break;
	return i;
}

bool iface_is_up(const struct iface *iface)
{
	const unsigned up = IFF_UP | IFF_RUNNING;

	/* Bounded, since a message may claim a circle. */
	for (int depth = 0; iface && depth < STACK_MAX; depth++) {
		if (!iface->index || (iface->flags & up) != up)
			return false;
		iface = iface_by_index(iface->base_index);
	}
	return true;
}

bool iface_has_addr(const struct addr *addr)
{
	const struct iface_addr wanted = { .addr = *addr };

	if (!iface_find_addr(&t.wanted, addr, -1)) {
		put_addr(&t.wanted, &wanted, 0);
		for (struct iface *i = t.first; i; i = i->next)
			i->stale |= !i->kept && i->index;
		settle();
	}
	for (const struct iface *i = t.first; i; i = i->next)
		if (iface_find_addr(i, addr, -1))
			return true;
	return false;
}

const struct iface_addr *iface_find_addr(const struct iface *iface, const struct addr *addr, int prefix)
{
	const struct iface_addr *a;

	for (a = iface->addrs; a; a = a->next)
		if (addr_equal(&a->addr, addr) && (prefix < 0 || a->prefix == prefix))
			break;
	return a;
}

/* Requests. */

static void put(unsigned attr, const struct addr *a)
{
	if (addr_is_set(a))
		nl_put(attr, a->bytes, addr_len(a));
}

int iface_request(void)
{
	int err = nl_talk(NL_ROUTE);

	iface_sync();
	return err;
}

static uint32_t flags_of(const struct vip_conf *vip)
{
	/* Duplicate detection would take a second, and the former master may still answer it. */
	return vip->flags | (vip->addr.family == AF_INET6 && !vip->dad ? IFA_F_NODAD : 0);
}

static void put_broadcast(const struct vip_conf *vip)
{
	uint32_t word, host = htonl(vip->prefix < 32 ? UINT32_MAX >> vip->prefix : 0);

	/* A network of one or two hosts has none. */
	if (vip->addr.family == AF_INET && (vip->broadcast_none || (vip->broadcast_auto && vip->prefix <= 30))) {
		memcpy(&word, vip->addr.bytes, sizeof(word));
		nl_put_u32(IFA_BROADCAST, vip->broadcast_none ? word & ~host : word | host);
	} else {
		put(IFA_BROADCAST, &vip->broadcast);
	}
}

static int request(unsigned type, const struct iface *iface, const struct vip_conf *vip)
{
	struct ifa_cacheinfo life = { .ifa_prefered = vip->preferred_lft_s, .ifa_valid = UINT32_MAX };
	uint32_t flags = flags_of(vip);
	struct ifaddrmsg msg = {
		.ifa_family = vip->addr.family,
		.ifa_prefixlen = vip->prefix,
		.ifa_flags = (uint8_t)flags,
		.ifa_scope = vip->scope,
		.ifa_index = iface->index,
	};

	nl_begin(type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, &msg, sizeof(msg));
	put(IFA_LOCAL, &vip->addr);
	put(IFA_ADDRESS, addr_is_set(&vip->peer) ? &vip->peer : &vip->addr);
	if (type == RTM_NEWADDR) {
		put_broadcast(vip);
		if (vip->label)
			nl_put_text(IFA_LABEL, vip->label);
		if (flags > UINT8_MAX)
			nl_put_u32(IFA_FLAGS, flags);
		if (vip->has_preferred_lft || vip->prefix == 128)
			nl_put(IFA_CACHEINFO, &life, sizeof(life));
		nl_put_u8(ATTR_IFA_PROTO, IFACE_PROTO_OURS);
	}
	return nl_talk(NL_ROUTE);
}

_Static_assert(UP_TO(vip_conf, scope) - offsetof(struct vip_conf, addr) == UP_TO(iface_addr, scope) - offsetof(struct iface_addr, addr) &&
	       offsetof(struct vip_conf, peer) - offsetof(struct vip_conf, addr) == sizeof(struct addr), "they go together");

static struct iface_addr mirrored(const struct vip_conf *vip)
{
	struct iface_addr a = { .flags = flags_of(vip) | IFA_F_PERMANENT, .proto = IFACE_PROTO_OURS };

	memcpy(&a.addr, &vip->addr, UP_TO(iface_addr, scope) - offsetof(struct iface_addr, addr));
	if (addr_equal(&a.peer, &a.addr))
		memset(&a.peer, 0, sizeof(a.peer));
	return a;
}

int iface_addr_add(struct iface *iface, const struct vip_conf *vip)
{
	struct iface_addr a = mirrored(vip);
	int err = request(RTM_NEWADDR, iface, vip);

	if (err == -EEXIST) {
		iface_sync();
		return !iface->kept || *find_same(&iface->addrs, &a) ? 0 : err;
	}
	/* The event comes later, and an older one may be under way: nobody shall find the address missing meanwhile. */
	if (!err && iface->kept)
		put_addr(iface, &a, IFACE_OWN_ADDRS);
	return err;
}

int iface_addr_delete(struct iface *iface, const struct vip_conf *vip)
{
	struct iface_addr a = mirrored(vip);
	int err = request(RTM_DELADDR, iface, vip);

	if (err == -EADDRNOTAVAIL || err == -ENODEV)
		err = 0;
	if (!err)
		drop_addr(iface, &a, IFACE_OWN_ADDRS);
	return err;
}

/* Settings. The path holds the name as it is, so that dots in it are no harm. */
int iface_sysctl(int family, const char *name, const char *key, int value, int *old)
{
	char text[16], path[SYSCTL_PATH_MAX];
	ssize_t n;
	int fd, now;

	if ((name && (strchr(name, '/') || !strcmp(name, ".."))) || strchr(key, '/'))
		return -EINVAL;
	if (text_format(path, sizeof(path), "/proc/sys/net/ipv%c/%s%s/%s", family == AF_INET6 ? '6' : '4', name ? "conf/" : ".", name ? name : "", key) >= SYSCTL_PATH_MAX)
		return -ENAMETOOLONG;
	n = text_file(path, text, sizeof(text));
	if (n <= 0)
		return n ? (int)n : -EIO;
	now = (int)text_number(text, NULL, 10);
	if (old)
		*old = now;
	/* In a container it may be right already and not ours to write. */
	if (now == value || value == IFACE_SYSCTL_READ)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, text_format(text, sizeof(text), "%d\n", value));
	now = n < 0 ? -errno : 0;
	close(fd);
	return now;
}
