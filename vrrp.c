/* SPDX-License-Identifier: MIT */
#include "vrrp.h"
#include "bytes.h"
#include "config.h"
#include "text.h"

#include <errno.h>
#include <string.h>

#define HEADER_LEN 8
#define TYPE_ADVERTISEMENT 1
#define US_PER_CENTISECOND 10000U
#define US_PER_SECOND 1000000U
#define V3_INTERVAL_MAX 0xfff

const char *vrrp_refusal_text(enum vrrp_refusal why)
{
	/* In the order of enum vrrp_refusal. */
	static const char texts_packed[] =
		"accepted\0"
		"broken IP header\0"
		"TTL out of range\0"
		"wrong length\0"
		"wrong VRRP version\0"
		"not an advertisement\0"
		"wrong checksum\0"
		"unknown VRID\0"
		"our own packet\0"
		"advertisement interval mismatch\0"
		"authentication type mismatch\0"
		"authentication failed\0"
		"sender is not a configured peer\0"
		"no addresses\0"
		"authentication header is wrong\0"
		"replayed\0"
		"not signed\0"
		"trailer is wrong\0"
		"signed at another time\0"
		"signed with an unknown key\0"
		"unknown";
	return text_nth(texts_packed, why < VRRP_REFUSALS ? why : VRRP_REFUSALS);
}

const char *vrrp_state_text(unsigned state)
{
	return text_nth("INIT\0BACKUP\0MASTER\0FAULT\0STOP\0DELETED\0MASTER_RX_LOWER_PRI\0MASTER_PRIORITY\0BACKUP_PRIORITY", state);
}

static const uint8_t *vip_bytes(const struct conf_node *vip)
{
	return ((const struct vip_conf *)(const void *)vip)->addr.bytes;
}

static uint16_t checksum(const uint8_t *message, size_t len, enum vrrp_checksum form, const struct addr *source, const struct addr *dest)
{
	uint32_t pseudo = 0;

	if (form != VRRP_SUM_PLAIN)
		for (unsigned i = 0; i < 4; i += 2)
			pseudo += get16(source->bytes + i) + get16(dest->bytes + i);
	if (form != VRRP_SUM_PLAIN)
		pseudo += VRRP_PROTOCOL + (uint32_t)len;
	return addr_checksum(pseudo, message, len);
}

unsigned vrrp_build(const struct vrrp_conf *conf, unsigned priority, unsigned addr_count, uint8_t *buf, size_t size)
{
	unsigned each = conf->family == AF_INET6 ? 16 : 4;
	unsigned len = HEADER_LEN + addr_count * each + (conf->version == 2 ? VRRP_AUTH_LEN : 0);
	const struct conf_node *vip = conf->vips.first;
	uint8_t *p = buf + HEADER_LEN;

	if (addr_count > VRRP_ADDRS_MAX || len > size)
		return 0;
	memset(buf, 0, len);
	buf[0] = (uint8_t)(conf->version << 4 | TYPE_ADVERTISEMENT);
	buf[1] = conf->vrid;
	buf[2] = (uint8_t)priority;
	buf[3] = (uint8_t)addr_count;
	put16(buf + 4, conf->version == 2 ? (unsigned)conf->auth_type << 8 | conf->advert_us / US_PER_SECOND :
	                                      conf->advert_us / US_PER_CENTISECOND & V3_INTERVAL_MAX);
	for (; addr_count; addr_count--, p += each, vip = vip->next)
		memcpy(p, vip_bytes(vip), each);
	if (conf->version == 2 && conf->auth_type == VRRP_AUTH_PASS)
		memcpy(p, conf->auth_data, VRRP_AUTH_LEN);
	return len;
}

enum vrrp_checksum vrrp_checksum_form(const struct vrrp_conf *conf)
{
	if (conf->version == 2)
		return VRRP_SUM_PLAIN;
	if (conf->family == AF_INET6)
		return VRRP_SUM_PSEUDO;
	return conf->checksum_without_pseudo ? VRRP_SUM_PLAIN : conf->old_unicast_checksum ? VRRP_SUM_OLD_UNICAST : VRRP_SUM_PSEUDO;
}

void vrrp_seal(enum vrrp_checksum form, uint8_t *message, size_t len, const struct addr *source, const struct addr *dest)
{
	put16(message + 6, 0);
	put16(message + 6, checksum(message, len, form, source, dest));
}

int vrrp_peek_vrid(const uint8_t *data, size_t len)
{
	return len >= 2 ? data[1] : -1;
}

static enum vrrp_refusal check_sum(const struct vrrp_packet *packet, const struct addr *group, struct vrrp_advert *out)
{
	bool v2 = out->version == 2;
	enum vrrp_checksum last = v2 ? VRRP_SUM_PLAIN : VRRP_SUM_OLD_UNICAST;

	for (out->checksum = v2 ? VRRP_SUM_PLAIN : VRRP_SUM_PSEUDO; out->checksum <= last; out->checksum++)
		/* IPv6: the kernel has checked it, by IPV6_CHECKSUM. */
		if (out->family == AF_INET6 || !checksum(packet->data, out->message_len, out->checksum, &packet->source,
		                                         out->checksum == VRRP_SUM_OLD_UNICAST ? group : &packet->dest))
			return VRRP_OK;
	return VRRP_BAD_CHECKSUM;
}

enum vrrp_refusal vrrp_parse(const struct vrrp_packet *packet, const struct addr *group, struct vrrp_advert *out)
{
	const uint8_t *d = packet->data;
	unsigned addrs_len;

	memset(out, 0, sizeof(*out));
	out->source = packet->source;
	out->family = packet->source.family;
	out->ttl = packet->ttl;
	if (packet->len < HEADER_LEN)
		return VRRP_BAD_LENGTH;
	out->version = d[0] >> 4;
	out->vrid = d[1];
	out->priority = d[2];
	out->addr_count = d[3];
	if (out->version != 2 && out->version != 3)
		return VRRP_BAD_VERSION;
	if ((d[0] & 0xf) != TYPE_ADVERTISEMENT)
		return VRRP_BAD_TYPE;
	addrs_len = out->addr_count * (out->family == AF_INET6 ? 16U : 4U);
	out->message_len = HEADER_LEN + addrs_len + (out->version == 2 ? VRRP_AUTH_LEN : 0);
	if (packet->len < out->message_len)
		return VRRP_BAD_LENGTH;
	out->addrs = d + HEADER_LEN;
	out->trailer_len = (unsigned)packet->len - out->message_len;
	if (out->trailer_len)
		out->trailer = d + out->message_len;
	if (out->version == 2) {
		out->auth_type = d[4];
		out->interval_us = d[5] * US_PER_SECOND;
		out->auth_data = out->addrs + addrs_len;
	} else {
		out->interval_us = (get16(d + 4) & V3_INTERVAL_MAX) * US_PER_CENTISECOND;
	}
	return check_sum(packet, group, out);
}

static bool other(struct vrrp_advert *a, uint32_t theirs, uint32_t ours)
{
	a->theirs = (int)theirs;
	a->ours = (int)ours;
	return theirs != ours;
}

enum vrrp_refusal vrrp_check_advert(const struct vrrp_conf *conf, const struct peer_conf *peer, struct vrrp_advert *a)
{
	int min_ttl = peer ? peer->min_ttl : conf->unicast ? 0 : 255, max_ttl = peer ? peer->max_ttl : 255;
	int ttl_limit = a->ttl < min_ttl ? min_ttl : a->ttl > max_ttl ? max_ttl : a->ttl;

	if (other(a, a->version, conf->version))
		return VRRP_BAD_VERSION;
	if (a->ttl >= 0 && other(a, (uint32_t)a->ttl, (uint32_t)ttl_limit))
		return VRRP_BAD_TTL;
	/* RFC 3768 section 7.1: the intervals must be the same. In v3 one of 0 would end the master down timer at once. */
	if (a->version == 3)
		return a->interval_us || !other(a, 0, conf->advert_us / 1000) ? VRRP_OK : VRRP_BAD_INTERVAL;
	if (other(a, a->auth_type, conf->auth_type))
		return VRRP_BAD_AUTH_TYPE;
	if (conf->auth_type == VRRP_AUTH_PASS && memcmp(a->auth_data, conf->auth_data, VRRP_AUTH_LEN))
		return VRRP_BAD_AUTH_DATA;
	return other(a, a->interval_us / 1000, conf->advert_us / 1000) ? VRRP_BAD_INTERVAL : VRRP_OK;
}

const struct addr *vrrp_missing_addr(const struct vrrp_advert *advert, const struct conf_node *vips, unsigned count)
{
	unsigned each = advert->family == AF_INET6 ? 16 : 4, i, k;

	for (i = 0; i < count; i++, vips = vips->next) {
		/* The same order is the rule: look at the same place first. */
		if (i < advert->addr_count && !memcmp(advert->addrs + i * each, vip_bytes(vips), each))
			continue;
		for (k = 0; k < advert->addr_count; k++)
			if (!memcmp(advert->addrs + k * each, vip_bytes(vips), each))
				break;
		if (k == advert->addr_count)
			return &((const struct vip_conf *)(const void *)vips)->addr;
	}
	return NULL;
}

void vrrp_init(struct vrrp *v, const struct vrrp_conf *conf)
{
	memset(v, 0, sizeof(*v));
	v->conf = conf;
	v->state = VRRP_INIT;
	v->effective_priority = conf->priority;
	v->master_interval_us = conf->advert_us;
	v->deadline_us = VRRP_NEVER;
}

uint8_t vrrp_effective_priority(uint8_t base, int weights)
{
	int sum = base + weights;

	if (base == VRRP_PRIORITY_OWNER)
		return base;
	return (uint8_t)(sum < 1 ? 1 : sum >= VRRP_PRIORITY_OWNER ? VRRP_PRIORITY_OWNER - 1 : sum);
}

static uint64_t skew_us(const struct vrrp *v, uint8_t priority)
{
	uint64_t unit_us = v->conf->version == 3 ? v->master_interval_us : US_PER_SECOND;

	return (256U - priority) * unit_us / 256;
}

uint64_t vrrp_skew_us(const struct vrrp *v)
{
	return skew_us(v, v->effective_priority);
}

/* How long one of that priority waits. In v2 the intervals are the same everywhere, and ours may have been changed by a reload. */
static uint64_t down_interval_us(const struct vrrp *v, uint8_t priority)
{
	uint64_t interval_us = v->conf->version == 3 ? v->master_interval_us : v->conf->advert_us;

	return v->conf->down_timer_adverts * interval_us + skew_us(v, priority);
}

/* vrrp_startup_delay: until its end the timer does not run (measured on keepalived 2.2.7: both times add up). */
static void arm_down_timer(struct vrrp *v, uint64_t interval_us, uint64_t now_us)
{
	v->down_us = interval_us;
	v->deadline_us = (now_us < v->delay_until_us ? v->delay_until_us : now_us) + interval_us;
}

static void forget_master(struct vrrp *v)
{
	v->preempt_until_us = 0;
	v->master_interval_us = v->conf->advert_us;
}

static unsigned enter_backup(struct vrrp *v, uint64_t now_us)
{
	unsigned actions = VRRP_ACT_NOTIFY;

	if (v->state == VRRP_MASTER)
		actions |= VRRP_ACT_LEAVE_MASTER;
	v->state = VRRP_BACKUP;
	v->wants_master = false;
	v->preempt_until_us = 0;
	arm_down_timer(v, down_interval_us(v, v->effective_priority), now_us);
	return actions;
}

static unsigned enter_master(struct vrrp *v, uint64_t now_us)
{
	v->state = VRRP_MASTER;
	v->wants_master = true;
	v->preempt_until_us = 0;
	v->master_interval_us = v->conf->advert_us;
	v->master_priority = v->effective_priority;
	v->master_addr = v->own_addr;
	v->deadline_us = now_us + v->conf->advert_us;
	return VRRP_ACT_SEND | VRRP_ACT_ENTER_MASTER | VRRP_ACT_NOTIFY;
}

/* From INIT and FAULT. */
static unsigned on_start(struct vrrp *v, uint64_t now_us)
{
	bool owner = v->effective_priority == VRRP_PRIORITY_OWNER;

	if (v->state != VRRP_INIT && v->state != VRRP_FAULT)
		return 0;
	v->wants_master = owner || (v->conf->start_master && v->state == VRRP_INIT);
	v->state = VRRP_BACKUP;
	forget_master(v);
	/* An owner is master at once, by the same way as everyone: its timer has run out already. `state MASTER` below 255 waits as long as
	 * everyone (measured on keepalived 2.2.7; its manual says the same). */
	arm_down_timer(v, owner ? 0 : down_interval_us(v, v->effective_priority), now_us);
	return owner ? 0 : VRRP_ACT_NOTIFY;
}

static unsigned on_timer(struct vrrp *v, uint64_t now_us)
{
	if (now_us < v->deadline_us)
		return 0;
	if (v->state == VRRP_MASTER) {
		/* Since our last advertisement others may have become master (timer_expired_backup). */
		if (v->conf->timer_expired_backup && v->effective_priority != VRRP_PRIORITY_OWNER &&
		    now_us - v->deadline_us + v->conf->advert_us >= down_interval_us(v, v->conf->timer_expired_backup))
			return enter_backup(v, now_us);
		v->deadline_us += v->conf->advert_us;
		/* After a standstill of more than an interval, no burst to catch up: start a new schedule. */
		if (v->deadline_us <= now_us)
			v->deadline_us = now_us + v->conf->advert_us;
		return VRRP_ACT_SEND;
	}
	if (v->state != VRRP_BACKUP)
		return 0;
	v->wants_master = true;
	if (v->in_group) {
		arm_down_timer(v, down_interval_us(v, v->effective_priority), now_us);
		return VRRP_ACT_WANT_MASTER;
	}
	return enter_master(v, now_us);
}

static unsigned learn_master(struct vrrp *v, const struct vrrp_advert *advert)
{
	unsigned actions = 0;

	if (v->conf->version == 3 && v->master_interval_us != advert->interval_us) {
		v->master_interval_us = advert->interval_us;
		actions = VRRP_ACT_INTERVAL;
	}
	v->master_addr = advert->source;
	v->master_priority = advert->priority;
	return actions;
}

/* preempt_delay counts from the first lower-priority advertisement heard; one that is not lower calls it off. */
static unsigned watch_preempt_delay(struct vrrp *v, uint8_t priority, uint64_t now_us)
{
	if (priority >= v->effective_priority) {
		if (!v->preempt_until_us)
			return 0;
		v->preempt_until_us = 0;
		return VRRP_ACT_PREEMPT_STOP;
	}
	if (v->preempt_until_us)
		return 0;
	v->preempt_until_us = now_us + v->conf->preempt_delay_us;
	return VRRP_ACT_PREEMPT_WAIT;
}

static unsigned backup_hears(struct vrrp *v, const struct vrrp_advert *advert, uint64_t now_us)
{
	bool waiting = v->conf->preempt_delay_us && (!v->preempt_until_us || v->preempt_until_us > now_us);
	unsigned actions;

	if (advert->priority == VRRP_PRIORITY_STOP) {
		arm_down_timer(v, vrrp_skew_us(v), now_us);
		return VRRP_ACT_STOP_SEEN;
	}
	if (!v->conf->nopreempt && advert->priority < v->effective_priority && !waiting) {
		v->master_addr = advert->source;
		return VRRP_ACT_LOWER_IGNORED;
	}
	actions = learn_master(v, advert) | (v->in_group ? VRRP_ACT_HELD_BACK : 0U);
	v->wants_master = false;
	if (v->conf->preempt_delay_us)
		actions |= watch_preempt_delay(v, advert->priority, now_us);
	arm_down_timer(v, down_interval_us(v, v->effective_priority), now_us);
	return actions;
}

static unsigned master_hears_lower(const struct vrrp *v)
{
	return v->conf->lower_prio_no_advert ? VRRP_ACT_LOWER_SEEN : VRRP_ACT_LOWER_SEEN | VRRP_ACT_SEND;
}

static unsigned master_hears(struct vrrp *v, const struct vrrp_advert *advert, uint64_t now_us)
{
	int order = (int)advert->priority - v->effective_priority;
	unsigned actions = 0;

	if (advert->priority == VRRP_PRIORITY_STOP) {
		v->deadline_us = now_us + v->conf->advert_us;
		return VRRP_ACT_SEND | VRRP_ACT_STOP_SEEN;
	}
	if (!order) {
		order = addr_compare(&advert->source, &v->own_addr);
		if (!order)
			return VRRP_ACT_OWN_ADDRESS;
		if (v->effective_priority == VRRP_PRIORITY_OWNER)
			actions |= VRRP_ACT_TWO_OWNERS;
	}
	if (order < 0)
		return actions | master_hears_lower(v);
	if (v->conf->higher_prio_send_advert)
		actions |= VRRP_ACT_SEND;
	if (v->effective_priority == VRRP_PRIORITY_OWNER) {
		v->owner_demoted = true;
		v->effective_priority = VRRP_PRIORITY_OWNER - 1;
	}
	actions |= learn_master(v, advert);
	return actions | enter_backup(v, now_us);
}

static unsigned on_advert(struct vrrp *v, const struct vrrp_advert *advert, uint64_t now_us)
{
	if (!advert)
		return 0;
	if (v->conf->owner_ignore_adverts && v->effective_priority == VRRP_PRIORITY_OWNER)
		return 0;
	if (v->state == VRRP_BACKUP)
		return backup_hears(v, advert, now_us);
	if (v->state == VRRP_MASTER)
		return master_hears(v, advert, now_us);
	return 0;
}

/* As keepalived: a running down timer is moved by what the skew changed. */
static void on_priority(struct vrrp *v, uint64_t now_us)
{
	uint64_t before_us = v->down_us;

	if (v->state != VRRP_BACKUP)
		return;
	v->down_us = down_interval_us(v, v->effective_priority);
	v->deadline_us = v->deadline_us + v->down_us > before_us ? v->deadline_us + v->down_us - before_us : 0;
	if (v->deadline_us < now_us)
		v->deadline_us = now_us;
}

/* Out of the election: FAULT or INIT. Others are told by priority 0 when we were master. */
static unsigned leave(struct vrrp *v, enum vrrp_state to)
{
	unsigned actions = VRRP_ACT_NOTIFY;

	if (v->state == to)
		return 0;
	if (v->state == VRRP_MASTER)
		actions |= VRRP_ACT_SEND_STOP | VRRP_ACT_LEAVE_MASTER;
	v->state = to;
	v->deadline_us = VRRP_NEVER;
	v->wants_master = false;
	forget_master(v);
	return actions;
}

bool vrrp_wants_to_lead(const struct vrrp *v)
{
	return v->wants_master && (v->state == VRRP_BACKUP || v->state == VRRP_MASTER);
}

unsigned vrrp_step(struct vrrp *v, enum vrrp_event event, const struct vrrp_advert *advert, uint64_t now_us)
{
	switch (event) {
	case VRRP_EV_START:
	case VRRP_EV_RECOVER:
		return on_start(v, now_us);
	case VRRP_EV_TIMER:
		return on_timer(v, now_us);
	case VRRP_EV_ADVERT:
		return on_advert(v, advert, now_us);
	case VRRP_EV_FAULT:
		return leave(v, VRRP_FAULT);
	case VRRP_EV_PRIORITY:
		on_priority(v, now_us);
		return 0;
	case VRRP_EV_BECOME_MASTER:
		return v->state == VRRP_BACKUP ? enter_master(v, now_us) : 0;
	case VRRP_EV_BECOME_BACKUP:
		return v->state == VRRP_MASTER ? enter_backup(v, now_us) : 0;
	case VRRP_EV_RESIGN:
		return v->state == VRRP_MASTER ? enter_backup(v, now_us) | VRRP_ACT_SEND_STOP : 0;
	case VRRP_EV_STOP:
		return leave(v, VRRP_INIT);
	}
	return 0;
}
