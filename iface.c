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
#define SYSCTL_PATH_MAX 128

struct entry {
	struct iface pub;
	bool kept;        /* asked for by name: never forgotten, and its addresses are mirrored */
	bool stale;       /* its addresses are to be read */
	bool reading;     /* they are being read; aside holds the former ones */
	bool seen;        /* in the dump that runs */
	unsigned pending; /* enum iface_change, to be told */
	struct iface_addr *aside, **tail;
};

struct iface_table {
	struct io io;
	struct timer tell;
	struct iface *first;
	struct wanted *wanted;
	void (*changed)(void *ctx, struct iface *, unsigned change);
	void *ctx;
	bool lost;     /* events: read on to the end, then dump */
	unsigned news; /* of no interface: to be told */
	bool kernel_has_proto;
};

/* An address that somebody asks for wherever it may be. */
struct wanted {
	struct wanted *next;
	struct addr addr;
};

/* An address message, parsed. */
struct addr_message {
	struct iface_addr addr;
	unsigned index;
};

static struct entry *entry_of(struct iface *iface)
{
	return container_of(iface, struct entry, pub);
}

static void note(struct iface_table *t, struct iface *iface, unsigned change)
{
	entry_of(iface)->pending |= change;
	if (!(change & IFACE_STATE) || !iface->index)
		return;
	for (struct iface *i = t->first; i; i = i->next)
		if (i->base_index == iface->index)
			entry_of(i)->pending |= IFACE_STATE;
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

/* What makes two addresses of an interface different ones for the kernel. */
static bool same_addr(const struct iface_addr *a, const struct iface_addr *b)
{
	return a->prefix == b->prefix && addr_equal(&a->addr, &b->addr) && addr_equal(&a->peer, &b->peer);
}

static bool equal_addr(const struct iface_addr *a, const struct iface_addr *b)
{
	return same_addr(a, b) && a->scope == b->scope && a->flags == b->flags && a->proto == b->proto;
}

static struct iface_addr **find_same(struct iface_addr **list, const struct iface_addr *addr)
{
	while (*list && !same_addr(*list, addr))
		list = &(*list)->next;
	return list;
}

/* True when the list is another afterwards. */
static bool put_addr(struct iface_table *t, struct iface_addr **list, const struct iface_addr *addr)
{
	struct iface_addr **at = find_same(list, addr), *next = NULL;

	if (*at) {
		if (equal_addr(*at, addr))
			return false;
		next = (*at)->next;
	} else {
		*at = malloc(sizeof(**at));
		if (!*at) {
			t->lost = true;
			return false;
		}
	}
	**at = *addr;
	(*at)->next = next;
	return true;
}

static bool drop_addr(struct iface_addr **list, const struct iface_addr *addr)
{
	struct iface_addr **at = find_same(list, addr), *gone = *at;

	if (!gone)
		return false;
	*at = gone->next;
	free(gone);
	return true;
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

static bool is_wanted(const struct iface_table *t, const struct addr *addr)
{
	const struct wanted *w = t->wanted;

	while (w && !addr_equal(&w->addr, addr))
		w = w->next;
	return w;
}

/* Whether anything of its addresses is to be mirrored. */
static bool has_mirror(const struct iface_table *t, const struct entry *e)
{
	return e->pub.index && (e->kept || t->wanted);
}

static void take_addr(struct iface_table *t, const struct nlmsghdr *h)
{
	struct addr_message m;
	struct iface *iface;
	struct entry *e;
	const struct iface_addr *former;
	bool differs;

	if (!parse_addr(h, &m))
		return;
	t->kernel_has_proto |= m.addr.proto != 0;
	iface = iface_by_index(t, m.index);
	e = iface ? entry_of(iface) : NULL;
	if (!e || (!e->kept && !is_wanted(t, &m.addr.addr)))
		return;
	/* An old kernel has no place for the mark: it is our memory alone. */
	if (!t->kernel_has_proto) {
		former = *find_same(e->reading ? &e->aside : &iface->addrs, &m.addr);
		m.addr.proto = former ? former->proto : 0;
	}
	if (e->reading) {
		/* A dump names each once: ten thousand are not to be compared with each other. */
		put_addr(t, e->tail, &m.addr);
		e->tail = *e->tail ? &(*e->tail)->next : e->tail;
		return;
	}
	differs = h->nlmsg_type == RTM_DELADDR ? drop_addr(&iface->addrs, &m.addr) : put_addr(t, &iface->addrs, &m.addr);
	if (differs)
		note(t, iface, IFACE_ADDRS);
}

/* Links. */

static bool has_base(const char *kind)
{
	static const char *const kinds[] = { "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kind, kinds[i]))
			return true;
	return false;
}

/* A link message, parsed. */
struct link_message {
	struct iface link;
	uint8_t elsewhere[1 + NL_COUNTED_MAX]; /* the number of another namespace, behind its length */
	struct nl_cursor info, data;
};
_Static_assert(sizeof(struct link_message) < 256, "offsets in a byte");
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
	if (m.elsewhere[0] || !has_base(m.link.kind))
		m.link.base_index = 0;
	*out = m.link;
	return true;
}

static void forget(struct iface_table *t, struct iface *iface)
{
	note(t, iface, IFACE_STATE | (iface->addrs ? IFACE_ADDRS : 0));
	free_addrs(&iface->addrs);
	iface->index = iface->flags = iface->base_index = iface->master_index = 0;
	entry_of(iface)->stale = false;
}

/* By name, or a forgotten one's place, or a new one; NULL when out of memory. */
static struct iface *place_for(struct iface_table *t, const char *name)
{
	struct iface **at, *iface = iface_find(t, name);
	struct iface *next;
	struct entry *e;

	if (iface)
		return iface;
	for (at = &t->first; *at; at = &(*at)->next)
		if (!(*at)->name[0])
			break;
	if (!*at) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return NULL;
		*at = &e->pub;
	}
	iface = *at;
	next = iface->next;
	memset(iface, 0, sizeof(*iface));
	iface->next = next;
	text_format(iface->name, sizeof(iface->name), "%s", name);
	return iface;
}

static unsigned differences(const struct iface *a, const struct iface *b)
{
	unsigned change = 0;

	if (a->index != b->index || (a->flags ^ b->flags) & (IFF_UP | IFF_RUNNING | IFF_NOARP) || a->base_index != b->base_index ||
	    a->master_index != b->master_index || a->hw_type != b->hw_type || a->vrf_table != b->vrf_table)
		change |= IFACE_STATE;
	if (a->hw_len != b->hw_len || memcmp(a->hw_addr, b->hw_addr, sizeof(a->hw_addr)))
		change |= IFACE_HW_ADDR;
	if (a->mtu != b->mtu)
		change |= IFACE_MTU;
	return change;
}

static void take_link(struct iface_table *t, struct iface *fresh)
{
	struct iface *iface = iface_by_index(t, fresh->index);
	bool appeared;
	unsigned change;

	/* Renamed: under its old name it is gone. */
	if (iface && strcmp(iface->name, fresh->name))
		forget(t, iface);
	iface = place_for(t, fresh->name);
	if (!iface) {
		t->lost = true;
		return;
	}
	if (iface->index && iface->index != fresh->index)
		forget(t, iface);
	appeared = !iface->index;
	entry_of(iface)->seen = true;
	change = differences(iface, fresh);
	fresh->next = iface->next;
	fresh->addrs = iface->addrs;
	*iface = *fresh;
	if (appeared)
		entry_of(iface)->stale = has_mirror(t, entry_of(iface));
	if (change)
		note(t, iface, change);
}

static void take_message(const struct nlmsghdr *h, void *ctx)
{
	struct iface_table *t = ctx;
	struct iface fresh, *iface;

	switch (h->nlmsg_type) {
	case RTM_NEWLINK:
		if (parse_link(h, &fresh) && fresh.name[0])
			take_link(t, &fresh);
		break;
	case RTM_DELLINK:
		iface = parse_link(h, &fresh) ? iface_by_index(t, fresh.index) : NULL;
		if (iface)
			forget(t, iface);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		take_addr(t, h);
		break;
	case RTM_DELROUTE:
	case RTM_DELRULE:
		t->news |= IFACE_ROUTES;
		break;
	}
}

/* Dumps. */

static int dump_links(struct iface_table *t)
{
	struct ifinfomsg msg = { .ifi_family = AF_UNSPEC };
	int err;

	for (struct iface *i = t->first; i; i = i->next)
		entry_of(i)->seen = false;
	nl_begin(RTM_GETLINK, NLM_F_DUMP, &msg, sizeof(msg));
	nl_put_u32(ATTR_IFLA_EXT_MASK, EXT_MASK_SKIP_STATS);
	err = nl_dump(NL_ROUTE, take_message, t);
	if (err)
		return err;
	for (struct iface *i = t->first; i; i = i->next)
		if (i->index && !entry_of(i)->seen)
			forget(t, i);
	return 0;
}

static void finish_reading(struct iface_table *t, struct iface *iface, bool ok)
{
	struct entry *e = entry_of(iface);
	const struct iface_addr *a, *b;
	struct iface_addr *bad = iface->addrs;

	if (ok) {
		for (a = iface->addrs, b = e->aside; a && b && equal_addr(a, b); a = a->next, b = b->next)
			;
		if (a || b)
			note(t, iface, IFACE_ADDRS);
		bad = e->aside;
		e->stale = false;
	} else {
		iface->addrs = e->aside;
	}
	free_addrs(&bad);
	e->aside = NULL;
	e->reading = false;
}

/* The addresses of all stale interfaces: one alone is asked for by index, which spares the kernel the others'. */
static int dump_addrs(struct iface_table *t)
{
	struct ifaddrmsg msg = { .ifa_family = AF_UNSPEC };
	unsigned stale = 0;
	int err;

	for (struct iface *i = t->first; i; i = i->next) {
		struct entry *e = entry_of(i);

		if (!e->stale)
			continue;
		msg.ifa_index = stale++ ? 0 : i->index;
		e->reading = true;
		e->aside = i->addrs;
		i->addrs = NULL;
		e->tail = &i->addrs;
	}
	if (!stale)
		return 0;
	nl_begin(RTM_GETADDR, NLM_F_DUMP, &msg, sizeof(msg));
	err = nl_dump(NL_ROUTE, take_message, t);
	/* It went meanwhile; the event that says so is on its way. */
	if (err == -ENODEV)
		err = 0;
	for (struct iface *i = t->first; i; i = i->next)
		if (entry_of(i)->reading)
			finish_reading(t, i, !err);
	return err;
}

static int retry(struct iface_table *t, int (*dump)(struct iface_table *))
{
	int err = -EINTR;

	for (int i = 0; i < DUMP_TRIES && err == -EINTR; i++)
		err = dump(t);
	return err;
}

/* Reads anew what is known to be out of date. What can't be read now is tried again later. */
static int settle(struct iface_table *t)
{
	bool all = t->lost;
	int err = 0;

	if (all) {
		t->lost = false;
		for (struct iface *i = t->first; i; i = i->next)
			entry_of(i)->stale = has_mirror(t, entry_of(i));
		err = retry(t, dump_links);
	}
	if (!err)
		err = retry(t, dump_addrs);
	if (err)
		t->lost |= all;
	else if (all)
		t->news |= IFACE_REDUMPED;
	if (err)
		log_debug("interfaces can't be read: %s", text_error(err));
	if (err || t->lost)
		timer_set(&t->tell, RETRY_US);
	return err;
}

/* Events. */

static void take_event(const struct nlmsghdr *h, void *ctx)
{
	struct iface_table *t = ctx;

	if (!t->lost)
		take_message(h, t);
}

static void read_events(struct iface_table *t, unsigned reads)
{
	int err;

	do {
		err = nl_events_read(t->io.fd, take_event, t);
		if (err == -ENOBUFS && !t->lost) {
			t->lost = true;
			reads = DRAIN_READS;
		}
	} while ((!err || err == -ENOBUFS) && --reads);
	settle(t);
}

static void tell(struct iface_table *t)
{
	unsigned news;

	for (struct iface *i = t->first; i; i = i->next) {
		struct entry *e = entry_of(i);
		unsigned change = e->pending;

		if (!change)
			continue;
		e->pending = 0;
		t->changed(t->ctx, i, change);
		if (!e->kept && !i->index && !e->pending)
			i->name[0] = '\0';
	}
	news = t->news;
	t->news = 0;
	if (news)
		t->changed(t->ctx, NULL, news);
}

static void readable(struct io *io, short revents)
{
	struct iface_table *t = container_of(io, struct iface_table, io);

	(void)revents;
	read_events(t, 1);
	tell(t);
}

static void told_late(struct timer *timer)
{
	struct iface_table *t = container_of(timer, struct iface_table, tell);

	settle(t);
	tell(t);
}

void iface_sync(struct iface_table *t)
{
	read_events(t, SYNC_READS);
	if (t->news)
		timer_set(&t->tell, 0);
	for (struct iface *i = t->first; i; i = i->next)
		if (entry_of(i)->pending)
			timer_set(&t->tell, 0);
}

/* What a routing daemon does to a million routes of its own costs us nothing: only removed ones with our mark get through. */
static void filter(int fd)
{
	/* Reads numbers in network order, which these are not. */
	struct sock_filter code[] = {
		{ BPF_LD | BPF_H | BPF_ABS, 0, 0, offsetof(struct nlmsghdr, nlmsg_type) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 3, 0, htons(RTM_NEWROUTE) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 0, 3, htons(RTM_DELROUTE) },
		{ BPF_LD | BPF_B | BPF_ABS, 0, 0, NLMSG_HDRLEN + offsetof(struct rtmsg, rtm_protocol) },
		{ BPF_JMP | BPF_JEQ | BPF_K, 1, 0, IFACE_PROTO_OURS },
		{ BPF_RET | BPF_K, 0, 0, 0 },
		{ BPF_RET | BPF_K, 0, 0, UINT32_MAX },
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
}

void iface_follow(struct iface_table *t, int group)
{
	setsockopt(t->io.fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group));
}

struct iface_table *iface_table_new(void (*changed)(void *ctx, struct iface *, unsigned change), void *ctx)
{
	enum { GROUPS = NL_GROUP(RTNLGRP_LINK) | NL_GROUP(RTNLGRP_IPV4_IFADDR) | NL_GROUP(RTNLGRP_IPV6_IFADDR) };
	struct iface_table *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return NULL;
	t->changed = changed;
	t->ctx = ctx;
	t->tell.cb = told_late;
	t->io.events = POLLIN;
	t->io.cb = readable;
	/* Events first, so that no change falls between them and the dump. */
	t->io.fd = nl_events_open(GROUPS);
	filter(t->io.fd);
	err = t->io.fd < 0 ? t->io.fd : io_add(&t->io);
	if (!err)
		err = retry(t, dump_links);
	if (err) {
		iface_table_free(t);
		errno = -err;
		return NULL;
	}
	for (struct iface *i = t->first; i; i = i->next)
		entry_of(i)->pending = 0;
	return t;
}

void iface_table_free(struct iface_table *t)
{
	if (!t)
		return;
	io_close(&t->io);
	timer_stop(&t->tell);
	while (t->first) {
		struct iface *i = t->first;

		t->first = i->next;
		free_addrs(&i->addrs);
		free(entry_of(i));
	}
	while (t->wanted) {
		struct wanted *w = t->wanted;

		t->wanted = w->next;
		free(w);
	}
	free(t);
}

/* Questions. */

struct iface *iface_get(struct iface_table *t, const char *name)
{
	struct iface *iface = place_for(t, name);
	struct entry *e;

	if (!iface)
		return NULL;
	e = entry_of(iface);
	if (!e->kept) {
		e->kept = true;
		e->stale = iface->index;
		settle(t);
	}
	return iface;
}

struct iface *iface_find(struct iface_table *t, const char *name)
{
	struct iface *i;

	for (i = t->first; i; i = i->next)
		if (!strcmp(i->name, name))
			break;
	return i;
}

struct iface *iface_first(struct iface_table *t)
{
	return t->first;
}

struct iface *iface_by_index(struct iface_table *t, unsigned index)
{
	struct iface *i;

	for (i = index ? t->first : NULL; i; i = i->next)
		if (i->index == index)
			break;
	return i;
}

bool iface_is_up(const struct iface_table *t, const struct iface *iface)
{
	const unsigned up = IFF_UP | IFF_RUNNING;

	/* Bounded, since a message may claim a circle. */
	for (int depth = 0; iface && depth < STACK_MAX; depth++) {
		unsigned base = iface->base_index;

		if (!iface->index || (iface->flags & up) != up)
			return false;
		for (iface = base ? t->first : NULL; iface; iface = iface->next)
			if (iface->index == base)
				break;
	}
	return true;
}

static void want(struct iface_table *t, const struct addr *addr)
{
	struct wanted *w = malloc(sizeof(*w));

	if (!w)
		return;
	w->addr = *addr;
	w->next = t->wanted;
	t->wanted = w;
	for (struct iface *i = t->first; i; i = i->next)
		entry_of(i)->stale |= !entry_of(i)->kept && i->index;
	settle(t);
}

bool iface_table_has_addr(struct iface_table *t, const struct addr *addr)
{
	if (!is_wanted(t, addr))
		want(t, addr);
	for (const struct iface *i = t->first; i; i = i->next)
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

static void put(uint16_t attr, const struct addr *a)
{
	if (addr_is_set(a))
		nl_put(attr, a->bytes, addr_len(a));
}

int iface_request(struct iface_table *t)
{
	int err = nl_talk(NL_ROUTE);

	iface_sync(t);
	return err;
}

static uint32_t flags_of(const struct vip_conf *vip)
{
	/* Duplicate detection would take a second, and the former master may still answer it. */
	return vip->flags | (vip->addr.family == AF_INET6 && !vip->dad ? IFA_F_NODAD : 0);
}

/* What deleting needs too. */
static void begin_request(uint16_t type, uint16_t flags, const struct iface *iface, const struct vip_conf *vip)
{
	struct ifaddrmsg msg = {
		.ifa_family = vip->addr.family,
		.ifa_prefixlen = vip->prefix,
		.ifa_flags = (uint8_t)flags_of(vip),
		.ifa_scope = vip->scope,
		.ifa_index = iface->index,
	};

	nl_begin(type, flags, &msg, sizeof(msg));
	put(IFA_LOCAL, &vip->addr);
	put(IFA_ADDRESS, addr_is_set(&vip->peer) ? &vip->peer : &vip->addr);
}

static struct addr broadcast_of(const struct vip_conf *vip)
{
	struct addr a = vip->broadcast;

	/* A network of one or two hosts has none. */
	if (vip->addr.family != AF_INET || !(vip->broadcast_none || (vip->broadcast_auto && vip->prefix <= 30)))
		return a;
	a = vip->addr;
	for (unsigned bit = vip->prefix; bit < 32; bit++) {
		a.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
		if (vip->broadcast_none)
			a.bytes[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
	}
	return a;
}

static int request_add(const struct iface *iface, const struct vip_conf *vip, uint8_t proto)
{
	struct ifa_cacheinfo life = { .ifa_prefered = vip->preferred_lft_s, .ifa_valid = UINT32_MAX };
	struct addr broadcast = broadcast_of(vip);

	begin_request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, iface, vip);
	put(IFA_BROADCAST, &broadcast);
	if (vip->label && vip->addr.family == AF_INET)
		nl_put_text(IFA_LABEL, vip->label);
	if (flags_of(vip) > UINT8_MAX)
		nl_put_u32(IFA_FLAGS, flags_of(vip));
	if (vip->has_preferred_lft || vip->prefix == 128)
		nl_put(IFA_CACHEINFO, &life, sizeof(life));
	if (proto)
		nl_put_u8(ATTR_IFA_PROTO, proto);
	return nl_talk(NL_ROUTE);
}

static struct iface_addr mirrored(const struct vip_conf *vip)
{
	struct iface_addr a = {
		.addr = vip->addr,
		.prefix = vip->prefix,
		.scope = vip->scope,
		.flags = flags_of(vip) | IFA_F_PERMANENT,
		.proto = IFACE_PROTO_OURS,
	};

	if (addr_is_set(&vip->peer) && !addr_equal(&vip->peer, &vip->addr))
		a.peer = vip->peer;
	return a;
}

int iface_addr_add(struct iface_table *t, const struct iface *iface, const struct vip_conf *vip)
{
	struct iface_addr a = mirrored(vip);
	struct iface *own = iface_by_index(t, iface->index);
	int err;

	if (!own)
		return -ENODEV;
	err = request_add(iface, vip, IFACE_PROTO_OURS);
	/* Kernels ignore attributes they do not know; one that does not must not cost the address. */
	if (err == -EINVAL)
		err = request_add(iface, vip, 0);
	if (err == -EEXIST) {
		iface_sync(t);
		return !entry_of(own)->kept || *find_same(&own->addrs, &a) ? 0 : err;
	}
	/* The event comes later, and an older one may be under way: nobody shall find the address missing meanwhile. */
	if (!err && entry_of(own)->kept)
		put_addr(t, &own->addrs, &a);
	return err;
}

int iface_addr_delete(struct iface_table *t, const struct iface *iface, const struct vip_conf *vip)
{
	struct iface_addr a = mirrored(vip);
	struct iface *own = iface_by_index(t, iface->index);
	int err;

	if (!own)
		return 0;
	begin_request(RTM_DELADDR, 0, iface, vip);
	err = nl_talk(NL_ROUTE);
	if (err == -EADDRNOTAVAIL || err == -ENODEV)
		err = 0;
	if (!err)
		drop_addr(&own->addrs, &a);
	return err;
}

/* Settings. The path holds the name as it is, so that dots in it are no harm. */

/* 0, or -errno. */
static int sysctl_read(int family, const char *name, const char *key, int *value, char path[SYSCTL_PATH_MAX])
{
	char text[16];
	ssize_t n;

	if ((name && (strchr(name, '/') || !strcmp(name, ".."))) || strchr(key, '/'))
		return -EINVAL;
	if (text_format(path, SYSCTL_PATH_MAX, "/proc/sys/net/ipv%c/%s%s/%s", family == AF_INET6 ? '6' : '4', name ? "conf/" : ".", name ? name : "", key) >= SYSCTL_PATH_MAX)
		return -ENAMETOOLONG;
	n = text_file(path, text, sizeof(text));
	if (n <= 0)
		return n ? (int)n : -EIO;
	*value = (int)text_number(text, NULL, 10);
	return 0;
}

int iface_sysctl_read(int family, const char *name, const char *key, int *value)
{
	char path[SYSCTL_PATH_MAX];

	return sysctl_read(family, name, key, value, path);
}

int iface_sysctl(int family, const char *name, const char *key, int value, int *old)
{
	char text[16], path[SYSCTL_PATH_MAX];
	int fd, now, err = sysctl_read(family, name, key, &now, path);
	ssize_t n;

	if (err)
		return err;
	if (old)
		*old = now;
	/* In a container it may be right already and not ours to write. */
	if (now == value)
		return 0;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, text, text_format(text, sizeof(text), "%d\n", value));
	err = n < 0 ? -errno : 0;
	close(fd);
	return err;
}
