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
enum { GET_INFO = 1, GET_SERVICES, GET_SERVICE, GET_DESTS, GET_TIMEOUT = 6 };

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
_Static_assert(offsetof(struct ipvs_service, dest_count) - offsetof(struct ipvs_service, dests) == offsetof(struct ipvs_table, count) &&
	       offsetof(struct ipvs_plan, count) == offsetof(struct ipvs_table, count), "lists are alike");
_Static_assert(offsetof(struct ipvs_service, key) == 0 && offsetof(struct ipvs_dest, key) == 0, "found by their keys");
_Static_assert((int)SVC_STATS == (int)DEST_STATS, "one kind");

/* There is one of it in a process. */
static struct {
	int fd;
	int family;    /* of netlink; <= 0: by socket options */
	bool sockopt_only;
} ipvs;

static int so_get(int option, void *data, size_t size)
{
	socklen_t len = (socklen_t)size;

	return getsockopt(ipvs.fd, IPPROTO_IP, SO_BASE + option, data, &len) < 0 ? -errno : 0;
}

int ipvs_open(void)
{
	/* Now, since this may be another network namespace than later on. */
	int err = nl_open(NL_GENERIC);

	ipvs.sockopt_only = false;
	ipvs.fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	return ipvs.fd >= 0 ? 0 : err;
}

void ipvs_close(void)
{
	nl_close(NL_GENERIC);
	if (ipvs.fd >= 0)
		close(ipvs.fd);
	ipvs.fd = -1;
}

int ipvs_connect(void)
{
	struct so_info info;
	int err;

	ipvs.family = ipvs.sockopt_only ? 0 : nl_genl_family("IPVS");
	if (ipvs.family > 0)
		return 0;
	err = so_get(GET_INFO, &info, sizeof info);
	return !err || err == -EPERM ? err : -ENOENT;
}

void ipvs_use_sockopt(void)
{
	ipvs.sockopt_only = true;
	ipvs.family = 0;
}

/* command: with NLM_F_DUMP where many answers come. */
static void begin(unsigned command)
{
	struct genlmsghdr g = { .cmd = (uint8_t)command, .version = 1 };

	nl_begin((unsigned)ipvs.family, command & NLM_F_DUMP, &g, sizeof g);
}

/* A request as a socket option takes it. */
struct so_request {
	union {
		struct so_change change;
		struct so_service_entry entry;
		struct so_sync sync;
		struct ipvs_timeouts timeouts;
		struct so_info info;
	};
	struct nl_cursor service, dest, sync_part, refused;
	uint16_t family, dest_family;
};
#define Q(attr, kind, member) { attr, kind, offsetof(struct so_request, member) }
/* First what stands in a struct ipvs_timeouts. */
enum { SO_TIMEOUTS = 3 };
static const struct nl_field so_parts[] = {
	Q(ATTR_TIMEOUT_TCP, 4, timeouts.tcp_s), Q(ATTR_TIMEOUT_TCP_FIN, 4, timeouts.tcp_fin_s), Q(ATTR_TIMEOUT_UDP, 4, timeouts.udp_s),
	Q(ATTR_SERVICE, NL_NEST, service), Q(ATTR_DEST, NL_NEST, dest), Q(ATTR_DAEMON, NL_NEST, sync_part),
};
/* Each: what the kernel tells, then what there is no room for. */
enum { SO_SERVICE_TOLD = 8, SO_DEST_TOLD = 9 };
static const struct nl_field so_service_fields[] = {
	Q(SVC_PROTOCOL, 2, entry.service.protocol), Q(SVC_PORT, 2, entry.service.port_be), Q(SVC_FWMARK, 4, entry.service.fwmark),
	Q(SVC_SCHED, NL_TEXT | 16, entry.service.scheduler), Q(SVC_FLAGS, 4, entry.service.flags), Q(SVC_TIMEOUT, 4, entry.service.timeout_s),
	Q(SVC_MASK, 4, entry.service.mask), Q(SVC_ADDR, 4, entry.service.addr_be),
	Q(SVC_AF, 2, family), Q(SVC_PE, NL_NEST, refused),
};
#define R(attr, member) { attr, 4, offsetof(struct so_dest_entry, member) }
static const struct nl_field so_dest_fields[] = {
	{ DEST_PORT, 2, offsetof(struct so_dest_entry, dest.port_be) }, R(DEST_FORWARD, dest.forward), R(DEST_WEIGHT, dest.weight),
	R(DEST_UPPER, dest.upper), R(DEST_LOWER, dest.lower), R(DEST_ACTIVE, active), R(DEST_INACTIVE, inactive), R(DEST_PERSISTENT, persistent),
	R(DEST_ADDR, dest.addr_be),
#define FROM_DEST(member) (offsetof(struct so_request, member) - offsetof(struct so_change, dest))
	{ DEST_AF, 2, FROM_DEST(dest_family) }, { DEST_TUN_TYPE, NL_NEST, FROM_DEST(refused) },
};
static const struct nl_field so_stats_fields[] = {
#define T(counter, kind, member) { 1 + IPVS_##counter, kind, offsetof(struct so_stats, member) }
	T(CONNECTIONS, 4, counts[0]), T(IN_PACKETS, 4, counts[1]), T(OUT_PACKETS, 4, counts[2]), T(IN_BYTES, 8, in_bytes), T(OUT_BYTES, 8, out_bytes),
	T(CONNECTION_RATE, 4, rates[0]), T(IN_PACKET_RATE, 4, rates[1]), T(OUT_PACKET_RATE, 4, rates[2]), T(IN_BYTE_RATE, 4, rates[3]),
	T(OUT_BYTE_RATE, 4, rates[4]),
};
static const struct nl_field so_sync_fields[] = {
	Q(SYNC_STATE, 4, sync.state), Q(SYNC_IFACE, NL_TEXT | 16, sync.interface), Q(SYNC_ID, 4, sync.id), Q(SYNC_MAXLEN, NL_NEST, refused),
	Q(SYNC_GROUP, NL_NEST, refused), Q(SYNC_GROUP6, NL_NEST, refused), Q(SYNC_PORT, NL_NEST, refused), Q(SYNC_TTL, NL_NEST, refused),
};
_Static_assert(sizeof(struct so_request) < 256 && offsetof(struct so_request, timeouts) == 0, "offsets in a byte, alike");

/* By command: the option, and as many bytes as the kernel insists on. */
static const struct {
	uint8_t option, len;
} so_options[] = {
	[CMD_NEW_SERVICE] = { SET_ADD, sizeof(struct so_service) }, { SET_EDIT, sizeof(struct so_service) }, { SET_DELETE, sizeof(struct so_service) },
	[CMD_NEW_DEST] = { SET_ADD_DEST, sizeof(struct so_change) }, { SET_EDIT_DEST, sizeof(struct so_change) },
	{ SET_DELETE_DEST, sizeof(struct so_change) }, [CMD_NEW_DAEMON] = { SET_START_SYNC, sizeof(struct so_sync) },
	{ SET_STOP_SYNC, sizeof(struct so_sync) }, [CMD_SET_CONFIG] = { SET_TIMEOUT, sizeof(struct ipvs_timeouts) }, [CMD_FLUSH] = { SET_FLUSH, 0 },
};

static int so_fill(struct so_request *q)
{
	memset(q, 0, sizeof *q);
	q->family = q->dest_family = AF_INET;
	nl_take_fields(nl_built(sizeof(struct genlmsghdr)), NL_FIELDS(so_parts), q);
	/* The kernel wants a protocol with firewall marks too, and TCP is what netlink makes of them. */
	if (q->service.at)
		q->change.service.protocol = IPPROTO_TCP;
	nl_take_fields(q->service, NL_FIELDS(so_service_fields), q);
	nl_take_fields(q->dest, NL_FIELDS(so_dest_fields), &q->change.dest);
	nl_take_fields(q->sync_part, NL_FIELDS(so_sync_fields), q);
	if (q->family != AF_INET || q->dest_family != AF_INET)
		return -EAFNOSUPPORT;
	return q->refused.at ? -EOPNOTSUPP : 0;
}

/* Carries out what is no question. */
static int talk(void)
{
	unsigned command = *nl_built(0).at;
	struct so_request q;
	int err;

	if (ipvs.family > 0)
		return nl_talk(NL_GENERIC);
	err = so_fill(&q);
	if (!err && setsockopt(ipvs.fd, IPPROTO_IP, SO_BASE + so_options[command].option, &q, so_options[command].len))
		err = -errno;
	return err;
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
/* First what finds it, one way or the other, then what else is told, then what is only read: addresses of socket options are of 4 bytes. */
enum { SERVICE_MARK = 2, SERVICE_KEY = 5, SERVICE_TOLD = 4 };
static const struct nl_field service_fields[] = {
	S(FWMARK, 4, key.fwmark), S(AF, NL_16_8, key.addr.family), S(PROTOCOL, NL_16_8, key.protocol), S(ADDR, 16, key.addr.bytes),
	S(PORT, NL_PORT, key.port), S(SCHED, NL_TEXT | IPVS_NAME_MAX, scheduler), S(PE, NL_TEXT | NL_OPTIONAL | IPVS_NAME_MAX, pe),
	S(TIMEOUT, 4, timeout_s), S(MASK, 4, mask), S(FLAGS, 4, flags), E(SVC_STATS, NL_NEST, counts[0]), E(SVC_STATS64, NL_NEST, counts[1]),
	S(ADDR, 4, key.addr.bytes),
};
/* First what finds it, then what else is told, then what is only read. */
enum { DEST_KEY = 3, DEST_WHOLE = DEST_KEY + 4, DEST_TUNNEL = DEST_WHOLE + 3 };
static const struct nl_field dest_fields[] = {
	D(AF, NL_16_8, key.addr.family), D(ADDR, 16, key.addr.bytes), D(PORT, NL_PORT, key.port),
	D(FORWARD, NL_32_8, forward), D(WEIGHT, 4, weight), D(UPPER, 4, upper), D(LOWER, 4, lower),
	D(TUN_TYPE, 1, tun_type), D(TUN_PORT, NL_PORT, tun_port), D(TUN_FLAGS, NL_16_8, tun_flags),
	E(DEST_STATS, NL_NEST, counts[0]), E(DEST_STATS64, NL_NEST, counts[1]), E(DEST_ACTIVE, 4, stats.active),
	E(DEST_INACTIVE, 4, stats.inactive), E(DEST_PERSISTENT, 4, stats.persistent), D(ADDR, 4, key.addr.bytes),
};
_Static_assert(sizeof(struct entry) < 256, "offsets in a byte");

static void put_service(const struct ipvs_service *s, bool whole)
{
	const uint32_t flags[2] = { s->flags, UINT32_MAX }; /* and which of them are meant */
	bool marked = s->key.fwmark;

	nl_nest(ATTR_SERVICE);
	nl_put_fields(service_fields + !marked, marked ? SERVICE_MARK : SERVICE_KEY - 1, s);
	if (whole) {
		nl_put_fields(service_fields + SERVICE_KEY, SERVICE_TOLD, s);
		nl_put(SVC_FLAGS, flags, sizeof flags);
	}
	nl_nest_end();
}

static void put_dest(const struct ipvs_dest *d, bool whole)
{
	size_t count = DEST_KEY;

	nl_nest(ATTR_DEST);
	if (whole)
		count = d->forward == IPVS_TUNNEL && d->tun_type ? DEST_TUNNEL : DEST_WHOLE;
	nl_put_fields(dest_fields, count, d);
	nl_nest_end();
}

static int request(enum ipvs_action action, const struct ipvs_op *op)
{
	const struct ipvs_dest *d = op->dest;

	/* New, set and delete are neighbours, as our actions are. */
	begin((d ? CMD_NEW_DEST : CMD_NEW_SERVICE) + action);
	put_service(op->service, !d && action != IPVS_DELETE);
	if (d)
		put_dest(d, action != IPVS_DELETE);
	return talk();
}

int ipvs_do(const struct ipvs_op *op)
{
	int err = request(op->action, op);

	switch (op->action) {
	case IPVS_ADD:
		return err == -EEXIST ? 0 : err;
	case IPVS_EDIT:
		return err == (op->dest ? -ENOENT : -ESRCH) ? request(IPVS_ADD, op) : err;
	case IPVS_DELETE:
		break;
	}
	return err == -ENOENT || err == -ESRCH ? 0 : err;
}

bool ipvs_apply(struct ipvs_plan *p, unsigned max, void (*failed)(const struct ipvs_op *, int err))
{
	for (; max && p->next < p->count; max--) {
		const struct ipvs_op *op = &p->ops[p->next++];
		int err;

		if (op->dest && op->service == p->refused)
			continue;
		err = ipvs_do(op);
		if (err && !op->dest && op->action == IPVS_ADD)
			p->refused = op->service;
		if (err)
			failed(op, err);
	}
	return p->next == p->count;
}

void ipvs_plan_free(struct ipvs_plan *p)
{
	free(p->ops);
	memset(p, 0, sizeof *p);
}

/* A list, and pointers to its keys in order, NULL at their end. */
struct index {
	const void *list;
	unsigned count;
	const struct ipvs_key **keys;
};

/* Equal keys in the order of their list, so that the first one is found. */
static int compare_keys(const void *a, const void *b)
{
	const struct ipvs_key *x = *(const struct ipvs_key *const *)a, *y = *(const struct ipvs_key *const *)b;
	int order = memcmp(x, y, sizeof *x);

	return order ? order : x < y ? -1 : x > y;
}

/* size: of the elements, which begin with their key. */
static bool index_make(struct index *x, size_t size)
{
	x->keys = calloc(x->count + 1, sizeof *x->keys);
	if (!x->keys)
		return false;
	for (unsigned i = 0; i < x->count; i++)
		x->keys[i] = (const void *)((const char *)x->list + i * size);
	sort(x->keys, x->count, sizeof *x->keys, compare_keys);
	return true;
}

/* The first one in its list, or NULL. */
static const void *index_find(const struct index *x, const struct ipvs_key *key)
{
	const struct ipvs_key **at = x->keys;

	for (unsigned left = x->count, half; left; left = half) {
		half = left / 2;
		if (memcmp(at[half], key, sizeof *key) < 0) {
			at += half + 1;
			half = left - half - 1;
		}
	}
	return *at && !memcmp(*at, key, sizeof *key) ? *at : NULL;
}

/* At its end; what a list is begins with a pointer and a count. */
static int add(void *list, const void *item, size_t size)
{
	struct {
		char *items;
		unsigned count;
	} l;

	memcpy(&l, list, sizeof l);
	/* Room in steps of powers of two. */
	if (!(l.count & (l.count - 1)))
		l.items = realloc(l.items, (l.count ? 2 * (size_t)l.count : 1) * size);
	if (!l.items)
		return -ENOMEM;
	memcpy(l.items + l.count++ * size, item, size);
	memcpy(list, &l, sizeof l);
	return 0;
}

int ipvs_table_add(struct ipvs_table *t, const struct ipvs_service *s)
{
	return add(t, s, sizeof *s);
}

int ipvs_service_add(struct ipvs_service *s, const struct ipvs_dest *d)
{
	return add(&s->dests, d, sizeof *d);
}

static bool service_differs(const struct ipvs_service *a, const struct ipvs_service *b)
{
	return memcmp(a->scheduler, b->scheduler, offsetof(struct ipvs_service, flags) - offsetof(struct ipvs_service, scheduler)) ||
		(a->flags ^ b->flags) & ~(uint32_t)IPVS_HASHED;
}

static bool dest_differs(const struct ipvs_dest *a, const struct ipvs_dest *b)
{
	size_t end = a->forward == IPVS_TUNNEL ? offsetof(struct ipvs_dest, tun_flags) + 1 : offsetof(struct ipvs_dest, tun_type);

	return memcmp(&a->weight, &b->weight, end - offsetof(struct ipvs_dest, weight));
}

/* Services, or the destinations of one of them: these lists are compared. */
enum { WANTED, OURS, KERNEL, LISTS };
struct diff {
	struct ipvs_plan *plan;
	const struct ipvs_service *of; /* NULL: services */
	bool ours_known;
	struct index in[LISTS];
};

static int diff(struct diff *);

static int diff_dests(const struct diff *x, const struct ipvs_service *s, const struct ipvs_service *there)
{
	const struct ipvs_service *ours = x->ours_known ? index_find(&x->in[OURS], &s->key) : there;
	struct diff d = { x->plan, s, true, { { s->dests, s->dest_count, NULL } } };

	if (ours)
		d.in[OURS] = (struct index){ ours->dests, ours->dest_count, NULL };
	if (there)
		d.in[KERNEL] = (struct index){ there->dests, there->dest_count, NULL };
	return diff(&d);
}

/* One element of the wanted, or of ours, which may be gone. */
static int diff_one(const struct diff *x, const void *e, bool gone)
{
	const void *wanted = index_find(&x->in[WANTED], e), *there = index_find(&x->in[KERNEL], e);
	struct ipvs_op op = { gone ? IPVS_DELETE : there ? IPVS_EDIT : IPVS_ADD, x->of ? x->of : e, x->of ? e : NULL };
	int err = 0;

	if (gone ? wanted || !there : wanted != e)
		return 0;
	if (gone || !there || (x->of ? dest_differs(e, there) : service_differs(e, there)))
		err = add(x->plan, &op, sizeof op);
	return err || gone || x->of ? err : diff_dests(x, e, there);
}

/* What is gone: services first, destinations last. */
static int diff(struct diff *x)
{
	size_t size = x->of ? sizeof(struct ipvs_dest) : sizeof(struct ipvs_service);
	int err = 0;

	for (unsigned i = 0; i < LISTS; i++)
		if (!index_make(&x->in[i], size))
			err = -ENOMEM;
	for (unsigned pass = 0; pass < 2; pass++) {
		bool gone = pass == (x->of != NULL);
		const struct index *in = &x->in[gone ? OURS : WANTED];

		for (unsigned i = 0; !err && i < in->count; i++)
			err = diff_one(x, (const char *)in->list + i * size, gone);
	}
	for (unsigned i = 0; i < LISTS; i++)
		free(x->in[i].keys);
	return err;
}

int ipvs_diff(const struct ipvs_table *wanted, const struct ipvs_table *ours, const struct ipvs_table *kernel, struct ipvs_plan *out)
{
	struct diff d = { out, NULL, ours != NULL, { [WANTED] = { wanted->services, wanted->count, NULL },
			  [KERNEL] = { kernel->services, kernel->count, NULL } } };
	int err;

	memset(out, 0, sizeof *out);
	if (ours)
		d.in[OURS] = (struct index){ ours->services, ours->count, NULL };
	err = diff(&d);
	if (err)
		ipvs_plan_free(out);
	return err;
}

/* A table being read. */
struct reader {
	struct ipvs_table *table;
	struct ipvs_service *service; /* whose destinations come, or NULL: services come */
	ipvs_stats_fn *stats;
	int err;
};

int ipvs_table_merge(struct ipvs_table *t)
{
	struct ipvs_service *first = NULL;
	struct index x = { t->services, t->count, NULL };
	int err = 0;

	if (!index_make(&x, sizeof *t->services))
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
		r->stats(s ? s : &e->service, s ? &e->dest : NULL, &e->stats);
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
	/* Kernels before 3.18 have one family in a service, and socket options one only. */
	e.service.key.addr.family = r->service ? r->service->key.addr.family : AF_INET;
	if (r->service) {
		nl_take_fields(c, NL_FIELDS(dest_fields), &e);
	} else {
		nl_take_fields(c, NL_FIELDS(service_fields), &e);
		if (e.service.key.fwmark)
			e.service.key.protocol = 0;
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

/* Lists of services and of destinations: how many there are, then all of them. */
static const struct so_list {
	uint8_t first, first_len, count_at, option, key_len, head, step, stats, field_count;
	const struct nl_field *fields;
} so_lists[] = {
	{ GET_INFO, sizeof(struct so_info), offsetof(struct so_info, service_count), GET_SERVICES, 0, sizeof(struct so_services),
	  sizeof(struct so_service_entry), offsetof(struct so_service_entry, stats), SO_SERVICE_TOLD,
	  so_service_fields },
	{ GET_SERVICE, sizeof(struct so_service_entry), offsetof(struct so_service_entry, dest_count), GET_DESTS, offsetof(struct so_dests, count),
	  sizeof(struct so_dests), sizeof(struct so_dest_entry), offsetof(struct so_dest_entry, stats), SO_DEST_TOLD, so_dest_fields },
};

/* Makes of it what netlink would have told. */
static void so_take(const struct so_list *l, const uint8_t *entry, struct reader *r)
{
	nl_begin(0, 0, NULL, 0);
	nl_put_fields(l->fields, l->field_count, entry);
	nl_nest(SVC_STATS);
	nl_put_fields(NL_FIELDS(so_stats_fields), entry + l->stats);
	take(nl_built(0), r);
}

static int so_read(struct reader *r)
{
	const struct so_list *l = &so_lists[r->service != NULL];
	struct so_request q;
	uint32_t count;
	size_t at, size;
	uint8_t *list;
	int err = so_fill(&q);

	if (!err)
		err = so_get(l->first, &q, l->first_len);
	if (err)
		return err;
	memcpy(&count, (const uint8_t *)&q + l->count_at, sizeof count);
	size = l->head + count * (size_t)l->step;
	list = calloc(1, size);
	if (!list)
		return -ENOMEM;
	memcpy(list, &q, l->key_len);
	memcpy(list + l->key_len, &count, sizeof count);
	err = so_get(l->option, list, size);
	/* The kernel counts IPv6 services too, but does not tell them: no protocol, or no address. */
	for (at = l->head; !err && !r->err && at < size; at += l->step)
		if (memcmp(list + at, "\0\0\0", 4))
			so_take(l, list + at, r);
	free(list);
	return err;
}

static int list(struct reader *r)
{
	begin((r->service ? CMD_GET_DEST : CMD_GET_SERVICE) | NLM_F_DUMP);
	if (r->service)
		put_service(r->service, false);
	return ipvs.family > 0 ? nl_dump(NL_GENERIC, take_entry, r) : so_read(r);
}

int ipvs_read(struct ipvs_table *out, ipvs_stats_fn *stats)
{
	struct reader r = { .table = out, .stats = stats };
	int err;

	memset(out, 0, sizeof *out);
	err = list(&r);
	for (unsigned i = 0; !err && !r.err && i < out->count; i++) {
		r.service = &out->services[i];
		err = list(&r);
		/* Somebody deleted it meanwhile. */
		if (err == -ESRCH)
			err = 0;
	}
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

int ipvs_flush(void)
{
	begin(CMD_FLUSH);
	return talk();
}

static void take_timeouts(const struct nlmsghdr *h, void *ctx)
{
	nl_take_fields(nl_attrs(h, sizeof(struct genlmsghdr)), so_parts, SO_TIMEOUTS, ctx);
}

int ipvs_get_timeouts(struct ipvs_timeouts *out)
{
	memset(out, 0, sizeof *out);
	if (ipvs.family <= 0)
		return so_get(GET_TIMEOUT, out, sizeof *out);
	begin(CMD_GET_CONFIG);
	return nl_dump(NL_GENERIC, take_timeouts, out);
}

int ipvs_set_timeouts(const struct ipvs_timeouts *t)
{
	begin(CMD_SET_CONFIG);
	nl_put_fields(so_parts, SO_TIMEOUTS, t);
	return talk();
}

#define Y(attr, kind, member) { SYNC_##attr, kind, offsetof(struct ipvs_sync, member) }
static const struct nl_field sync_fields[] = {
	Y(IFACE, NL_TEXT | IF_NAMESIZE, interface), Y(ID, 4, id), Y(MAXLEN, NL_OPTIONAL | 2, maxlen), Y(PORT, NL_OPTIONAL | 2, port),
	Y(TTL, NL_OPTIONAL | 1, ttl),
};

/* s is NULL to stop one. */
static int sync_request(enum ipvs_sync_role role, const struct ipvs_sync *s)
{
	begin(s ? CMD_NEW_DAEMON : CMD_DEL_DAEMON);
	nl_nest(ATTR_DAEMON);
	nl_put_u32(SYNC_STATE, role);
	if (s) {
		nl_put_fields(NL_FIELDS(sync_fields), s);
		if (addr_is_set(&s->group))
			nl_put(s->group.family == AF_INET ? SYNC_GROUP : SYNC_GROUP6, s->group.bytes, addr_len(&s->group));
	}
	return talk();
}

int ipvs_sync_start(enum ipvs_sync_role role, const struct ipvs_sync *s)
{
	int err = sync_request(role, s);

	if (err != -EEXIST)
		return err;
	err = sync_request(role, NULL);
	return err && err != -ESRCH ? err : sync_request(role, s);
}

int ipvs_sync_stop(enum ipvs_sync_role role)
{
	int err = sync_request(role, NULL);

	return err == -ESRCH ? 0 : err;
}
