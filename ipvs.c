/* SPDX-License-Identifier: MIT */
#include "ipvs.h"

#include "netlink.h"
#include "sort.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The kernel's ABI (its uapi linux/ip_vs.h, which not every toolchain has). */
enum { CMD_NEW_SERVICE = 1, CMD_GET_SERVICE = 4, CMD_NEW_DEST, CMD_GET_DEST = 8, CMD_NEW_DAEMON, CMD_DEL_DAEMON,
       CMD_SET_CONFIG = 12, CMD_GET_CONFIG, CMD_FLUSH = 17 };
enum { ATTR_SERVICE = 1, ATTR_DEST, ATTR_DAEMON, ATTR_TIMEOUT_TCP, ATTR_TIMEOUT_TCP_FIN, ATTR_TIMEOUT_UDP };
enum { SVC_AF = 1, SVC_PROTOCOL, SVC_ADDR, SVC_PORT, SVC_FWMARK, SVC_SCHED, SVC_FLAGS, SVC_TIMEOUT, SVC_MASK, SVC_STATS, SVC_PE,
       SVC_STATS64 };
enum { DEST_ADDR = 1, DEST_PORT, DEST_FORWARD, DEST_WEIGHT, DEST_UPPER, DEST_LOWER, DEST_ACTIVE, DEST_INACTIVE, DEST_PERSISTENT,
       DEST_STATS, DEST_AF, DEST_STATS64, DEST_TUN_TYPE, DEST_TUN_PORT, DEST_TUN_FLAGS };
enum { SYNC_STATE = 1, SYNC_IFACE, SYNC_ID, SYNC_MAXLEN, SYNC_GROUP, SYNC_GROUP6, SYNC_PORT, SYNC_TTL };
#define FORWARD_MASK 7

/* Socket options: numbers from 1152 on, structures with the padding of the machine's ABI, as the kernel's have. */
#define SO_BASE 1152
enum { SET_ADD = 2, SET_EDIT, SET_DELETE, SET_FLUSH, SET_ADD_DEST = 7, SET_DELETE_DEST, SET_EDIT_DEST, SET_TIMEOUT, SET_START_SYNC,
       SET_STOP_SYNC };
enum { GET_INFO = 1, GET_SERVICES, GET_DESTS = 4, GET_TIMEOUT = 6 };

struct so_service {
	uint16_t protocol;
	uint32_t addr_be;
	uint16_t port_be;
	uint32_t fwmark;
	char scheduler[16];
	uint32_t flags, timeout_s, mask;
};
struct so_dest {
	uint32_t addr_be;
	uint16_t port_be;
	uint32_t forward;
	int32_t weight;
	uint32_t upper, lower;
};
struct so_change {
	struct so_service service;
	struct so_dest dest;
};
struct so_stats {
	uint32_t counts[3]; /* connections, packets in and out */
	uint64_t in_bytes, out_bytes;
	uint32_t rates[5];
};
struct so_service_entry {
	struct so_service service;
	uint32_t dest_count;
	struct so_stats stats;
};
struct so_services {
	uint32_t count;
	struct so_service_entry entries[];
};
struct so_dest_entry {
	struct so_dest dest;
	uint32_t active, inactive, persistent;
	struct so_stats stats;
};
struct so_dests {
	uint16_t protocol;
	uint32_t addr_be;
	uint16_t port_be;
	uint32_t fwmark, count;
	struct so_dest_entry entries[];
};
struct so_sync {
	int32_t state;
	char interface[16];
	int32_t id;
};
struct so_info {
	uint32_t version, size, service_count;
};

/* i386 aligns 64-bit numbers to 4 bytes, all others to 8. */
#define SO_PAD (_Alignof(struct so_stats) == 8 ? 4 : 0)
_Static_assert(sizeof(struct so_service) == 44, "ip_vs_service_user");
_Static_assert(sizeof(struct so_dest) == 24, "ip_vs_dest_user");
_Static_assert(sizeof(struct so_change) == 68, "ip_vs_svcdest_user");
_Static_assert(sizeof(struct so_stats) == 48 + 2 * SO_PAD, "ip_vs_stats_user");
_Static_assert(sizeof(struct so_service_entry) == 96 + 2 * SO_PAD, "ip_vs_service_entry");
_Static_assert(sizeof(struct so_dest_entry) == 84 + 3 * SO_PAD, "ip_vs_dest_entry");
_Static_assert(sizeof(struct so_services) == 4 + SO_PAD, "ip_vs_get_services");
_Static_assert(sizeof(struct so_dests) == 20 + SO_PAD, "ip_vs_get_dests");
_Static_assert(offsetof(struct so_dests, count) == offsetof(struct so_service, scheduler), "both begin with a service's key");
_Static_assert(sizeof(struct so_sync) == 24, "ip_vs_daemon_user");
_Static_assert(sizeof(struct so_info) == 12, "ip_vs_getinfo");
_Static_assert(sizeof(struct ipvs_timeouts) == 12, "ip_vs_timeout_user");
_Static_assert(sizeof(struct ipvs_key) == 24, "no padding: compared as bytes");
_Static_assert(offsetof(struct ipvs_service, key) == 0 && offsetof(struct ipvs_dest, key) == 0, "found by their keys");

struct ipvs {
	struct nl *nl; /* NULL: a kernel without generic netlink */
	int fd;
	int family;    /* of netlink; <= 0: by socket options */
	bool sockopt_only;
};

typedef void stats_fn(void *ctx, const struct ipvs_service *, const struct ipvs_dest *, const struct ipvs_stats *);

static int so_set(const struct ipvs *v, int option, const void *data, size_t len)
{
	return setsockopt(v->fd, IPPROTO_IP, SO_BASE + option, data, (socklen_t)len) < 0 ? -errno : 0;
}

static int so_get(const struct ipvs *v, int option, void *data, size_t size)
{
	socklen_t len = (socklen_t)size;

	return getsockopt(v->fd, IPPROTO_IP, SO_BASE + option, data, &len) < 0 ? -errno : 0;
}

struct ipvs *ipvs_new(void)
{
	struct ipvs *v = calloc(1, sizeof *v);
	int err;

	if (!v)
		return NULL;
	v->nl = nl_open(NETLINK_GENERIC);
	v->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (v->nl || v->fd >= 0)
		return v;
	err = errno;
	free(v);
	errno = err;
	return NULL;
}

void ipvs_free(struct ipvs *v)
{
	if (!v)
		return;
	nl_close(v->nl);
	if (v->fd >= 0)
		close(v->fd);
	free(v);
}

int ipvs_connect(struct ipvs *v)
{
	struct so_info info;
	int err;

	v->family = v->nl && !v->sockopt_only ? nl_genl_family(v->nl, "IPVS") : -ENOENT;
	if (v->family > 0)
		return 0;
	err = so_get(v, GET_INFO, &info, sizeof info);
	return !err || err == -EPERM ? err : -ENOENT;
}

void ipvs_use_sockopt(struct ipvs *v)
{
	v->sockopt_only = true;
	v->family = 0;
}

static void begin(const struct ipvs *v, struct nlmsg *m, int command, uint16_t flags)
{
	struct genlmsghdr g = { .cmd = (uint8_t)command, .version = 1 };

	nl_begin(m, (uint16_t)v->family, flags, &g, sizeof g);
}

/* A service or a destination being read. */
struct entry {
	union {
		struct ipvs_service service;
		struct ipvs_dest dest;
	};
	struct ipvs_stats stats;
	struct nl_cursor counts[2]; /* 32 bits wide; 64 in newer kernels, which then counts */
};
#define S(attr, kind, member) { SVC_##attr, kind, offsetof(struct entry, service.member) }
#define D(attr, kind, member) { DEST_##attr, kind, offsetof(struct entry, dest.member) }
#define E(attr, kind, member) { attr, kind, offsetof(struct entry, member) }
static const struct nl_field service_fields[] = {
	S(AF, NL_16_8, key.addr.family), S(PROTOCOL, NL_16_8, key.protocol), S(ADDR, 16, key.addr.bytes), S(PORT, NL_PORT, key.port),
	S(FWMARK, 4, key.fwmark), S(SCHED, NL_TEXT | IPVS_NAME_MAX, scheduler), S(PE, NL_TEXT | IPVS_NAME_MAX, pe), S(FLAGS, 4, flags),
	S(TIMEOUT, 4, timeout_s), S(MASK, 4, mask), E(SVC_STATS, NL_NEST, counts[0]), E(SVC_STATS64, NL_NEST, counts[1]),
};
/* First what finds it, then what else is told, then what is only read. */
enum { DEST_KEY = 3, DEST_WHOLE = DEST_KEY + 4, DEST_TUNNEL = DEST_WHOLE + 3 };
static const struct nl_field dest_fields[] = {
	D(AF, NL_16_8, key.addr.family), D(ADDR, 16, key.addr.bytes), D(PORT, NL_PORT, key.port),
	D(FORWARD, NL_32_8, forward), D(WEIGHT, 4, weight), D(UPPER, 4, upper), D(LOWER, 4, lower),
	D(TUN_TYPE, 1, tun_type), D(TUN_PORT, NL_PORT, tun_port), D(TUN_FLAGS, NL_16_8, tun_flags),
	E(DEST_STATS, NL_NEST, counts[0]), E(DEST_STATS64, NL_NEST, counts[1]), E(DEST_ACTIVE, 4, stats.active),
	E(DEST_INACTIVE, 4, stats.inactive), E(DEST_PERSISTENT, 4, stats.persistent),
};
_Static_assert(sizeof(struct entry) < 256, "offsets in a byte");

static void put_service(struct nlmsg *m, const struct ipvs_service *s, bool whole)
{
	const uint32_t flags[2] = { s->flags, UINT32_MAX }; /* and which of them are meant */
	size_t nest = nl_nest(m, ATTR_SERVICE);

	nl_put_u16(m, SVC_AF, s->key.addr.family);
	if (s->key.fwmark) {
		nl_put_u32(m, SVC_FWMARK, s->key.fwmark);
	} else {
		nl_put_u16(m, SVC_PROTOCOL, s->key.protocol);
		nl_put(m, SVC_ADDR, s->key.addr.bytes, sizeof s->key.addr.bytes);
		nl_put_u16(m, SVC_PORT, htons(s->key.port));
	}
	if (whole) {
		nl_put_text(m, SVC_SCHED, s->scheduler);
		if (s->pe[0])
			nl_put_text(m, SVC_PE, s->pe);
		nl_put(m, SVC_FLAGS, flags, sizeof flags);
		nl_put_u32(m, SVC_TIMEOUT, s->timeout_s);
		nl_put_u32(m, SVC_MASK, s->mask);
	}
	nl_nest_end(m, nest);
}

static void put_dest(struct nlmsg *m, const struct ipvs_dest *d, bool whole)
{
	size_t nest = nl_nest(m, ATTR_DEST), count = DEST_KEY;

	if (whole)
		count = d->forward == IPVS_TUNNEL ? DEST_TUNNEL : DEST_WHOLE;
	nl_put_fields(m, dest_fields, count, d);
	nl_nest_end(m, nest);
}

static uint32_t ipv4_be(const struct addr *a)
{
	uint32_t be;

	memcpy(&be, a->bytes, sizeof be);
	return be;
}

/* The kernel wants a protocol with firewall marks too, and TCP is what netlink makes of them. */
static void so_fill_service(struct so_service *out, const struct ipvs_service *s)
{
	out->protocol = s->key.fwmark ? IPPROTO_TCP : s->key.protocol;
	out->addr_be = ipv4_be(&s->key.addr);
	out->port_be = htons(s->key.port);
	out->fwmark = s->key.fwmark;
	memcpy(out->scheduler, s->scheduler, sizeof out->scheduler);
	out->flags = s->flags;
	out->timeout_s = s->timeout_s;
	out->mask = s->mask;
}

static int so_do(const struct ipvs *v, enum ipvs_action action, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	static const uint8_t option[2][3] = {
		{ SET_ADD, SET_EDIT, SET_DELETE },
		{ SET_ADD_DEST, SET_EDIT_DEST, SET_DELETE_DEST },
	};
	struct so_change c;

	if (s->key.addr.family != AF_INET || (d && d->key.addr.family != AF_INET))
		return -EAFNOSUPPORT;
	if (s->pe[0] || (d && d->forward == IPVS_TUNNEL && d->tun_type))
		return -EOPNOTSUPP;
	memset(&c, 0, sizeof c);
	so_fill_service(&c.service, s);
	if (d) {
		c.dest.addr_be = ipv4_be(&d->key.addr);
		c.dest.port_be = htons(d->key.port);
		c.dest.forward = d->forward;
		c.dest.weight = d->weight;
		c.dest.upper = d->upper;
		c.dest.lower = d->lower;
	}
	return so_set(v, option[d != NULL][action], &c, d ? sizeof c : sizeof c.service);
}

static int request(struct ipvs *v, enum ipvs_action action, const struct ipvs_op *op)
{
	const struct ipvs_dest *d = op->dest;
	struct nlmsg m;

	if (v->family <= 0)
		return so_do(v, action, op->service, d);
	/* New, set and delete are neighbours, as our actions are. */
	begin(v, &m, (d ? CMD_NEW_DEST : CMD_NEW_SERVICE) + (int)action, 0);
	put_service(&m, op->service, !d && action != IPVS_DELETE);
	if (d)
		put_dest(&m, d, action != IPVS_DELETE);
	return nl_talk(v->nl, &m);
}

int ipvs_do(struct ipvs *v, const struct ipvs_op *op)
{
	int err = request(v, op->action, op);

	switch (op->action) {
	case IPVS_ADD:
		return err == -EEXIST ? 0 : err;
	case IPVS_EDIT:
		return err == (op->dest ? -ENOENT : -ESRCH) ? request(v, IPVS_ADD, op) : err;
	case IPVS_DELETE:
		break;
	}
	return err == -ENOENT || err == -ESRCH ? 0 : err;
}

bool ipvs_apply(struct ipvs *v, struct ipvs_plan *p, unsigned max, void (*failed)(void *ctx, const struct ipvs_op *, int err), void *ctx)
{
	for (; max && p->next < p->count; max--) {
		const struct ipvs_op *op = &p->ops[p->next++];
		int err;

		if (op->dest && op->service == p->refused)
			continue;
		err = ipvs_do(v, op);
		if (err && !op->dest && op->action == IPVS_ADD)
			p->refused = op->service;
		if (err && failed)
			failed(ctx, op, err);
	}
	return p->next == p->count;
}

void ipvs_plan_free(struct ipvs_plan *p)
{
	free(p->ops);
	memset(p, 0, sizeof *p);
}

/* Pointers to the keys of a list, in order. */
struct index {
	const struct ipvs_key **keys;
	unsigned count;
};

/* Equal keys in the order of their list, so that the first one is found. */
static int compare_keys(const void *a, const void *b)
{
	const struct ipvs_key *x = *(const struct ipvs_key *const *)a, *y = *(const struct ipvs_key *const *)b;
	int order = memcmp(x, y, sizeof *x);

	return order ? order : x < y ? -1 : x > y;
}

static bool index_make(struct index *x, const void *list, unsigned count, size_t size)
{
	x->count = count;
	x->keys = malloc((count + 1) * sizeof *x->keys);
	if (!x->keys)
		return false;
	for (unsigned i = 0; i < count; i++)
		x->keys[i] = (const struct ipvs_key *)(const void *)((const char *)list + i * size);
	sort(x->keys, count, sizeof *x->keys, compare_keys);
	return true;
}

/* The first one in its list, or NULL. */
static const void *index_find(const struct index *x, const struct ipvs_key *key)
{
	unsigned low = 0, high = x->count;

	while (low < high) {
		unsigned middle = low + (high - low) / 2;

		if (memcmp(x->keys[middle], key, sizeof *key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->count && !memcmp(x->keys[low], key, sizeof *key) ? x->keys[low] : NULL;
}

static void plan(struct ipvs_plan *p, enum ipvs_action action, const struct ipvs_service *s, const struct ipvs_dest *d)
{
	p->ops[p->count++] = (struct ipvs_op){ action, s, d };
}

static bool service_differs(const struct ipvs_service *a, const struct ipvs_service *b)
{
	return strcmp(a->scheduler, b->scheduler) || strcmp(a->pe, b->pe) || (a->flags ^ b->flags) & ~(uint32_t)IPVS_HASHED ||
		a->timeout_s != b->timeout_s || a->mask != b->mask;
}

static bool dest_differs(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	if (a->weight != b->weight || a->upper != b->upper || a->lower != b->lower || a->forward != b->forward)
		return true;
	return a->forward == IPVS_TUNNEL && (a->tun_type != b->tun_type || a->tun_port != b->tun_port || a->tun_flags != b->tun_flags);
}

/* ours and kernel may be NULL: the service is new to us, or to the kernel. */
static int diff_dests(struct ipvs_plan *p, const struct ipvs_service *wanted, const struct ipvs_service *ours, const struct ipvs_service *kernel)
{
	struct index in_wanted, in_kernel = { NULL, 0 };
	int err = -ENOMEM;

	if (!index_make(&in_wanted, wanted->dests, wanted->dest_count, sizeof *wanted->dests))
		return err;
	if (kernel && !index_make(&in_kernel, kernel->dests, kernel->dest_count, sizeof *kernel->dests))
		goto out;
	for (unsigned i = 0; i < wanted->dest_count; i++) {
		const struct ipvs_dest *d = &wanted->dests[i], *there = index_find(&in_kernel, &d->key);

		if (index_find(&in_wanted, &d->key) != d)
			continue;
		if (!there)
			plan(p, IPVS_ADD, wanted, d);
		else if (dest_differs(d, there))
			plan(p, IPVS_EDIT, wanted, d);
	}
	for (unsigned i = 0; ours && i < ours->dest_count; i++) {
		const struct ipvs_dest *d = &ours->dests[i];

		if (index_find(&in_kernel, &d->key) && !index_find(&in_wanted, &d->key))
			plan(p, IPVS_DELETE, wanted, d);
	}
	err = 0;
out:
	free(in_kernel.keys);
	free(in_wanted.keys);
	return err;
}

static int diff_services(struct ipvs_plan *p, const struct ipvs_table *wanted, const struct ipvs_table *ours, const struct index *in)
{
	const struct index *in_wanted = &in[0], *in_ours = &in[1], *in_kernel = &in[2];
	int err = 0;

	for (unsigned i = 0; ours && i < ours->count; i++) {
		const struct ipvs_service *s = &ours->services[i];

		if (index_find(in_kernel, &s->key) && !index_find(in_wanted, &s->key))
			plan(p, IPVS_DELETE, s, NULL);
	}
	for (unsigned i = 0; !err && i < wanted->count; i++) {
		const struct ipvs_service *s = &wanted->services[i], *there = index_find(in_kernel, &s->key);

		if (index_find(in_wanted, &s->key) != s)
			continue;
		if (!there)
			plan(p, IPVS_ADD, s, NULL);
		else if (service_differs(s, there))
			plan(p, IPVS_EDIT, s, NULL);
		err = diff_dests(p, s, ours ? index_find(in_ours, &s->key) : there, there);
	}
	return err;
}

/* Entries of a table: what a plan can have at most of it. */
static size_t entries(const struct ipvs_table *t)
{
	size_t n = t->count;

	for (unsigned i = 0; i < t->count; i++)
		n += t->services[i].dest_count;
	return n;
}

int ipvs_diff(const struct ipvs_table *wanted, const struct ipvs_table *ours, const struct ipvs_table *kernel, struct ipvs_plan *out)
{
	const struct ipvs_table none = { NULL, 0 };
	const struct ipvs_table *tables[3] = { wanted, ours ? ours : &none, kernel };
	struct index in[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	int err = 0;

	memset(out, 0, sizeof *out);
	/* Untouched memory costs nothing: most plans are short. */
	out->ops = malloc((entries(wanted) + entries(ours ? ours : kernel) + 1) * sizeof *out->ops);
	if (!out->ops)
		err = -ENOMEM;
	for (unsigned i = 0; !err && i < 3; i++)
		if (!index_make(&in[i], tables[i]->services, tables[i]->count, sizeof *tables[i]->services))
			err = -ENOMEM;
	if (!err)
		err = diff_services(out, wanted, ours, in);
	for (unsigned i = 0; i < 3; i++)
		free(in[i].keys);
	if (err)
		ipvs_plan_free(out);
	return err;
}

/* A table being read. */
struct reader {
	struct ipvs_table *table;
	struct ipvs_service *service; /* whose destinations come, or NULL: services come */
	stats_fn *stats;
	void *ctx;
	int err;
};

/* Room for one more element, in steps of powers of two. */
static void *grow(void *list, unsigned count, size_t size)
{
	if (count & (count - 1))
		return list;
	return realloc(list, (count ? 2 * (size_t)count : 1) * size);
}

int ipvs_table_add(struct ipvs_table *t, const struct ipvs_service *s)
{
	struct ipvs_service *list = grow(t->services, t->count, sizeof *s);

	if (!list)
		return -ENOMEM;
	t->services = list;
	list[t->count++] = *s;
	return 0;
}

int ipvs_service_add(struct ipvs_service *s, const struct ipvs_dest *d)
{
	struct ipvs_dest *list = grow(s->dests, s->dest_count, sizeof *d);

	if (!list)
		return -ENOMEM;
	s->dests = list;
	list[s->dest_count++] = *d;
	return 0;
}

int ipvs_table_merge(struct ipvs_table *t)
{
	struct ipvs_service *first = NULL;
	struct index x;
	int err = 0;

	if (!index_make(&x, t->services, t->count, sizeof *t->services))
		return -ENOMEM;
	for (unsigned i = 0; i < t->count; i++) {
		struct ipvs_service *s = &t->services[(const struct ipvs_service *)(const void *)x.keys[i] - t->services];

		if (!first || memcmp(&s->key, &first->key, sizeof s->key))
			first = s;
		for (unsigned n = 0; s != first && !err && n < s->dest_count; n++)
			err = ipvs_service_add(first, &s->dests[n]);
	}
	free(x.keys);
	return err;
}

static void add_entry(struct reader *r, struct entry *e)
{
	struct ipvs_service *s = r->service;

	if (s)
		e->dest.forward &= FORWARD_MASK;
	r->err = s ? ipvs_service_add(s, &e->dest) : ipvs_table_add(r->table, &e->service);
	if (!r->err && r->stats)
		r->stats(r->ctx, s ? s : &e->service, s ? &e->dest : NULL, &e->stats);
}

static void take_stats(struct nl_cursor c, struct ipvs_stats *out)
{
	struct nl_attr a;

	while (nl_next(&c, &a)) {
		uint64_t wide;

		if (a.type < 1 || a.type > IPVS_COUNTERS)
			continue;
		if (a.len == sizeof wide)
			memcpy(&wide, a.data, sizeof wide);
		else
			wide = nl_u32(&a);
		out->count[a.type - 1] = wide;
	}
}

static void take(struct nl_cursor c, struct reader *r)
{
	struct entry e;

	memset(&e, 0, sizeof e);
	/* Kernels before 3.18 have one family in a service. */
	if (r->service) {
		e.dest.key.addr.family = r->service->key.addr.family;
		nl_take_fields(c, NL_FIELDS(dest_fields), &e);
	} else {
		nl_take_fields(c, NL_FIELDS(service_fields), &e);
	}
	take_stats(e.counts[0], &e.stats);
	take_stats(e.counts[1], &e.stats);
	add_entry(r, &e);
}

static void take_entry(const struct nlmsghdr *h, void *ctx)
{
	struct nl_cursor c = nl_attrs(h, sizeof(struct genlmsghdr));
	struct reader *r = ctx;
	struct nl_attr a;

	while (!r->err && nl_next(&c, &a)) {
		if (a.type == (r->service ? ATTR_DEST : ATTR_SERVICE))
			take(nl_nested(&a), r);
	}
}

static int nl_read(struct ipvs *v, struct reader *r)
{
	struct nlmsg m;
	int err;

	begin(v, &m, CMD_GET_SERVICE, NLM_F_DUMP);
	err = nl_dump(v->nl, &m, take_entry, r);
	for (unsigned i = 0; !err && !r->err && i < r->table->count; i++) {
		r->service = &r->table->services[i];
		begin(v, &m, CMD_GET_DEST, NLM_F_DUMP);
		put_service(&m, r->service, false);
		err = nl_dump(v->nl, &m, take_entry, r);
	}
	return err;
}

static void so_take_stats(const struct so_stats *in, struct ipvs_stats *out)
{
	memset(out, 0, sizeof *out);
	for (unsigned i = 0; i < 3; i++)
		out->count[i] = in->counts[i];
	out->count[IPVS_IN_BYTES] = in->in_bytes;
	out->count[IPVS_OUT_BYTES] = in->out_bytes;
	for (unsigned i = 0; i < 5; i++)
		out->count[IPVS_CONNECTION_RATE + i] = in->rates[i];
}

static void so_take_service(const struct so_service_entry *in, struct reader *r)
{
	struct entry e;

	/* The kernel counts IPv6 services too, but does not tell them. */
	if (!in->service.protocol)
		return;
	memset(&e, 0, sizeof e);
	e.service.key.addr = addr_from_bytes(AF_INET, &in->service.addr_be);
	e.service.key.port = ntohs(in->service.port_be);
	e.service.key.fwmark = in->service.fwmark;
	e.service.key.protocol = in->service.fwmark ? 0 : (uint8_t)in->service.protocol;
	memcpy(e.service.scheduler, in->service.scheduler, sizeof e.service.scheduler - 1);
	e.service.flags = in->service.flags;
	e.service.timeout_s = in->service.timeout_s;
	e.service.mask = in->service.mask;
	so_take_stats(&in->stats, &e.stats);
	add_entry(r, &e);
}

static void so_take_dest(const struct so_dest_entry *in, struct reader *r)
{
	struct entry e;

	if (!in->dest.addr_be)
		return;
	memset(&e, 0, sizeof e);
	e.dest.key.addr = addr_from_bytes(AF_INET, &in->dest.addr_be);
	e.dest.key.port = ntohs(in->dest.port_be);
	e.dest.forward = (uint8_t)in->dest.forward;
	e.dest.weight = in->dest.weight;
	e.dest.upper = in->dest.upper;
	e.dest.lower = in->dest.lower;
	so_take_stats(&in->stats, &e.stats);
	e.stats.active = in->active;
	e.stats.inactive = in->inactive;
	e.stats.persistent = in->persistent;
	add_entry(r, &e);
}

static int so_read_dests(struct ipvs *v, struct reader *r, uint32_t count)
{
	size_t size = sizeof(struct so_dests) + count * sizeof(struct so_dest_entry);
	struct so_dests *list = calloc(1, size);
	struct so_service s;
	int err;

	if (!list)
		return -ENOMEM;
	so_fill_service(&s, r->service);
	memcpy(list, &s, offsetof(struct so_service, scheduler));
	list->count = count;
	err = so_get(v, GET_DESTS, list, size);
	for (uint32_t i = 0; !err && !r->err && i < count; i++)
		so_take_dest(&list->entries[i], r);
	free(list);
	/* Somebody deleted the service meanwhile. */
	return err == -ESRCH ? 0 : err;
}

static int so_read(struct ipvs *v, struct reader *r)
{
	struct so_services *list;
	struct so_info info;
	size_t size;
	int err = so_get(v, GET_INFO, &info, sizeof info);

	if (err)
		return err;
	size = sizeof *list + info.service_count * sizeof list->entries[0];
	list = calloc(1, size);
	if (!list)
		return -ENOMEM;
	list->count = info.service_count;
	err = so_get(v, GET_SERVICES, list, size);
	for (uint32_t i = 0; !err && !r->err && i < info.service_count; i++)
		so_take_service(&list->entries[i], r);
	/* They stand in the same order, those that were left out at the end. */
	for (unsigned i = 0; !err && !r->err && i < r->table->count; i++) {
		r->service = &r->table->services[i];
		err = so_read_dests(v, r, list->entries[i].dest_count);
	}
	free(list);
	return err;
}

int ipvs_read(struct ipvs *v, struct ipvs_table *out, stats_fn *stats, void *ctx)
{
	struct reader r = { .table = out, .stats = stats, .ctx = ctx };
	int err;

	memset(out, 0, sizeof *out);
	err = v->family > 0 ? nl_read(v, &r) : so_read(v, &r);
	if (!err)
		err = r.err;
	if (err)
		ipvs_table_free(out);
	return err;
}

void ipvs_table_free(struct ipvs_table *t)
{
	for (unsigned i = 0; i < t->count; i++)
		free(t->services[i].dests);
	free(t->services);
	memset(t, 0, sizeof *t);
}

int ipvs_flush(struct ipvs *v)
{
	struct nlmsg m;

	if (v->family <= 0)
		return so_set(v, SET_FLUSH, NULL, 0);
	begin(v, &m, CMD_FLUSH, 0);
	return nl_talk(v->nl, &m);
}

static const struct nl_field timeout_fields[] = {
	{ ATTR_TIMEOUT_TCP, 4, offsetof(struct ipvs_timeouts, tcp_s) }, { ATTR_TIMEOUT_TCP_FIN, 4, offsetof(struct ipvs_timeouts, tcp_fin_s) },
	{ ATTR_TIMEOUT_UDP, 4, offsetof(struct ipvs_timeouts, udp_s) },
};

static void take_timeouts(const struct nlmsghdr *h, void *ctx)
{
	nl_take_fields(nl_attrs(h, sizeof(struct genlmsghdr)), NL_FIELDS(timeout_fields), ctx);
}

int ipvs_get_timeouts(struct ipvs *v, struct ipvs_timeouts *out)
{
	struct nlmsg m;

	memset(out, 0, sizeof *out);
	if (v->family <= 0)
		return so_get(v, GET_TIMEOUT, out, sizeof *out);
	begin(v, &m, CMD_GET_CONFIG, 0);
	return nl_dump(v->nl, &m, take_timeouts, out);
}

int ipvs_set_timeouts(struct ipvs *v, const struct ipvs_timeouts *t)
{
	struct nlmsg m;

	if (v->family <= 0)
		return so_set(v, SET_TIMEOUT, t, sizeof *t);
	begin(v, &m, CMD_SET_CONFIG, 0);
	nl_put_fields(&m, NL_FIELDS(timeout_fields), t);
	return nl_talk(v->nl, &m);
}

static void put_sync(struct nlmsg *m, const struct ipvs_sync *s)
{
	nl_put_text(m, SYNC_IFACE, s->interface);
	nl_put_u32(m, SYNC_ID, s->id);
	if (s->maxlen)
		nl_put_u16(m, SYNC_MAXLEN, s->maxlen);
	if (addr_is_set(&s->group))
		nl_put(m, s->group.family == AF_INET ? SYNC_GROUP : SYNC_GROUP6, s->group.bytes, addr_len(&s->group));
	if (s->port)
		nl_put_u16(m, SYNC_PORT, s->port);
	if (s->ttl)
		nl_put_u8(m, SYNC_TTL, s->ttl);
}

/* s is NULL to stop one. */
static int sync_request(struct ipvs *v, enum ipvs_sync_role role, const struct ipvs_sync *s)
{
	struct so_sync so = { .state = (int32_t)role };
	struct nlmsg m;
	size_t nest;

	if (v->family > 0) {
		begin(v, &m, s ? CMD_NEW_DAEMON : CMD_DEL_DAEMON, 0);
		nest = nl_nest(&m, ATTR_DAEMON);
		nl_put_u32(&m, SYNC_STATE, role);
		if (s)
			put_sync(&m, s);
		nl_nest_end(&m, nest);
		return nl_talk(v->nl, &m);
	}
	if (!s)
		return so_set(v, SET_STOP_SYNC, &so, sizeof so);
	if (s->maxlen || s->port || s->ttl || addr_is_set(&s->group))
		return -EOPNOTSUPP;
	memcpy(so.interface, s->interface, sizeof so.interface);
	so.id = (int32_t)s->id;
	return so_set(v, SET_START_SYNC, &so, sizeof so);
}

int ipvs_sync_start(struct ipvs *v, enum ipvs_sync_role role, const struct ipvs_sync *s)
{
	int err = sync_request(v, role, s);

	if (err != -EEXIST)
		return err;
	err = sync_request(v, role, NULL);
	return err && err != -ESRCH ? err : sync_request(v, role, s);
}

int ipvs_sync_stop(struct ipvs *v, enum ipvs_sync_role role)
{
	int err = sync_request(v, role, NULL);

	return err == -ESRCH ? 0 : err;
}
