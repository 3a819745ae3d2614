/* SPDX-License-Identifier: MIT */
#include "advert.h"
#include "instance.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ETHERNET_HEADER 14

/* In unicast it matters for the old form of the checksum alone. */
static const struct addr *group_address(const struct instance *inst)
{
	return inst->conf->unicast ? &inst->router->config->global.mcast_group4 : &inst->conf->mcast_group;
}

static int uses_ah(const struct instance *inst)
{
	return inst->auth && !inst->auth->mark_count;
}

static bool signs(const struct instance *inst)
{
	return inst->auth && inst->auth->mark_count && !inst->auth->silent;
}

static void read_clock(struct auth *a)
{
	struct timespec utc;

	clock_gettime(CLOCK_REALTIME, &utc);
	a->now = auth_clock((uint32_t)utc.tv_sec, (uint32_t)utc.tv_nsec);
}

/* --- sending --- */

void advert_fit(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	bool v6 = conf->family == AF_INET6;
	int room = inst->seen_mtu ? (int)inst->seen_mtu : 1500;

	room -= (v6 ? 40 : PACKET_IP_HEADER) + ETHERNET_HEADER + 8;
	if (conf->version == 2)
		room -= VRRP_AUTH_LEN;
	if (signs(inst))
		room -= AUTH_TRAILER;
	if (uses_ah(inst))
		room -= AUTH_AH;
	room = room < 0 ? 0 : room / (v6 ? 16 : 4);
	inst->addr_count = conf->vips.count;
	if (inst->addr_count > VRRP_ADDRS_MAX)
		inst->addr_count = VRRP_ADDRS_MAX;
	if (inst->addr_count > (unsigned)room)
		inst->addr_count = (unsigned)room;
	if (inst->addr_count < conf->vips.count)
		instance_log(inst, LOG_WARNING, "%u of %u addresses fit an advertisement, the others are held but not advertised",
		             inst->addr_count, conf->vips.count);
}

/* out: all but dest and ttl; the message is what its last len bytes begin with. False when it failed. */
static bool send_to(struct instance *inst, struct packet_out *out, uint8_t *message, unsigned len)
{
	const struct vrrp_conf *conf = inst->conf;
	enum vrrp_checksum form = vrrp_checksum_form(conf);
	int err;

	if (conf->family == AF_INET) {
		vrrp_seal(form, message, len, out->source, form == VRRP_SUM_OLD_UNICAST ? group_address(inst) : out->dest);
		packet_ip_header(out);
		if (uses_ah(inst))
			auth_ah_sign(inst->auth, out->data, message - AUTH_AH, AUTH_AH + len);
	}
	err = packet_send(inst->link.channel->io.fd, out);
	/* That an interface that is down sends no farewell is no news. */
	if (!err || (!message[2] && inst->faults & (FAULT_NO_INTERFACE | FAULT_INTERFACE_DOWN)))
		return !err;
	inst->counters.send_errors++;
	inst->send_failing = true;
	instance_log(inst, LIMIT_SEND | LOG_WARNING, "advertisement can't be sent to %p: %*m%s", out->dest, err,
	             err == -EPERM ? "; a firewall drops protocol 112 on the way out" : "");
	return false;
}

/* Once for all copies of an advertisement. */
static void sign(struct instance *inst, struct packet_out *out, const uint8_t *message, unsigned len)
{
	struct vrrp_packet packet = { .data = message, .len = len, .source = *out->source };

	read_clock(inst->auth);
	auth_sign(inst->auth, &packet);
	memcpy(out->data + out->len, inst->auth->trailer, AUTH_TRAILER);
	out->len += AUTH_TRAILER;
}

void advert_send(struct instance *inst, uint8_t priority)
{
	const struct vrrp_conf *conf = inst->conf;
	uint8_t buf[PACKET_IP_HEADER + AUTH_AH + VRRP_MESSAGE_MAX + AUTH_TRAILER], *message = buf;
	struct packet_out out = { .source = &inst->machine.own_addr, .dest = &conf->mcast_group, .data = buf, .protocol = VRRP_PROTOCOL, .ttl = 255 };
	bool sent = true;
	unsigned len;

	if (!inst->link.channel)
		return;
	if (inst->wire)
		out.index = inst->wire->index;
	/* The kernel would put another for 0. */
	inst->ip_id += 1 + (inst->ip_id == UINT16_MAX);
	out.ip_id = inst->ip_id;
	if (conf->family == AF_INET)
		message += PACKET_IP_HEADER;
	if (uses_ah(inst)) {
		auth_ah_next(inst->auth);
		message += AUTH_AH;
		out.protocol = PACKET_PROTOCOL_AH;
	}
	len = vrrp_build(conf, priority, inst->addr_count, message, VRRP_MESSAGE_MAX);
	out.len = (unsigned)(message - buf) + len;
	if (signs(inst))
		sign(inst, &out, message, len);
	if (!conf->unicast)
		sent = send_to(inst, &out, message, len);
	else
		CONF_EACH(struct peer_conf, peer, &conf->peers) {
			out.dest = &peer->addr;
			out.ttl = (uint8_t)conf->unicast_ttl;
			sent &= send_to(inst, &out, message, len);
		}
	inst->counters.adverts_sent++;
	if (!priority)
		inst->counters.priority_zero_sent++;
	if (sent && inst->send_failing && inst->machine.state == VRRP_MASTER) {
		/* Others may have taken over meanwhile, and switches have learnt so. */
		inst->send_failing = false;
		announce_burst(inst, conf->common->garp.master_repeat);
	}
}

/* --- receiving --- */

struct heard {
	struct instance *inst;
	const struct packet_in *in;
	const struct peer_conf *peer; /* in unicast the sender, or NULL */
	struct vrrp_advert advert;
};

/* Whose it is: in multicast of the VRID, in unicast of the peer, or else the last of the VRID. */
static void find_member(const struct channel *ch, struct heard *h)
{
	const struct vrrp_packet *packet = &h->in->message;
	int vrid = vrrp_peek_vrid(packet->data, packet->len);

	for (struct instance *m = ch->members; m; m = m->link.next) {
		if (m->conf->vrid != vrid)
			continue;
		h->inst = m;
		if (!m->conf->unicast)
			return;
		CONF_EACH(struct peer_conf, peer, &m->conf->peers) {
			if (addr_equal(&peer->addr, &packet->source)) {
				h->peer = peer;
				return;
			}
		}
	}
}

static void refuse(const struct heard *h, enum vrrp_refusal why)
{
	/* What to do about it, in the order of enum vrrp_refusal. */
	static const char advice_packed[] = "\0" "\0" "\0" "\0" ": set vrrp_version\0" "\0" "\0" "\0" ": a loop in the network, or another has our address\0"
		" ms: set the same advert_int\0" ": set the same auth_type\0" ": set the same auth_pass or key\0" ": if it is one, add it to unicast_peer\0"
		"\0" "\0" "\0" "\0" "\0" " s ahead: set the clocks\0";
	const struct vrrp_advert *a = &h->advert;
	struct instance *inst = h->inst;
	struct troubles *t = instance_troubles(inst);
	int theirs = a->theirs, ours = a->ours;

	if (t)
		t->refused[why]++;
	inst->counters.unknown_auth_type += why == VRRP_BAD_AUTH_TYPE && a->auth_type > VRRP_AUTH_AH;
	if (why == VRRP_UNKNOWN_KEY)
		theirs = a->trailer[1], ours = inst->auth->active_key;
	if (why == VRRP_STALE)
		theirs = auth_skew(inst->auth, a), ours = (int)inst->auth->window_s;
	if (theirs != ours)
		instance_log(inst, LIMIT_REFUSAL | LOG_WARNING, "advertisement from %p refused: %-s (%d, not %d)%-s", &h->in->message.source,
		             vrrp_refusal_text(why), theirs, ours, text_nth(advice_packed, why));
	else
		instance_log(inst, LIMIT_REFUSAL | LOG_WARNING, "advertisement from %p refused: %-s%-s", &h->in->message.source,
		             vrrp_refusal_text(why), text_nth(advice_packed, why));
}

static enum vrrp_refusal authenticate(const struct heard *h)
{
	const struct packet_in *in = h->in;
	struct instance *inst = h->inst;

	if (!inst->conf->hmac && h->advert.trailer)
		return VRRP_BAD_LENGTH;
	if (!inst->auth)
		return inst->conf->hmac || in->ah_len ? VRRP_BAD_AUTH_DATA : VRRP_OK; /* without memory for the key */
	if (uses_ah(inst))
		return auth_ah_verify(inst->auth, in->ip, in->ip_len, in->message.data - in->ah_len, in->message.len + in->ah_len);
	read_clock(inst->auth);
	return auth_verify(inst->auth, &h->advert, in->message.data);
}

static enum vrrp_refusal examine(struct heard *h)
{
	const struct instance *inst = h->inst;
	const struct vrrp_conf *conf = inst->conf;
	const struct packet_in *in = h->in;
	enum vrrp_refusal why = in->refusal;

	if (why != VRRP_OK)
		return why;
	if (addr_equal(&in->message.source, &inst->machine.own_addr))
		return VRRP_OWN_PACKET;
	if (conf->unicast && !h->peer && (conf->check_unicast_src == CONF_YES || conf->hmac))
		return VRRP_BAD_SOURCE;
	if (uses_ah(inst) && !auth_ah_is(in->message.data - in->ah_len, in->message.len + in->ah_len))
		return VRRP_BAD_AH;
	why = vrrp_parse(&in->message, group_address(inst), &h->advert);
	if (why == VRRP_OK)
		why = vrrp_check_advert(conf, h->peer, &h->advert);
	return why == VRRP_OK ? authenticate(h) : why;
}

static void note_form(struct instance *inst, const struct vrrp_advert *advert)
{
	static const char forms_packed[] = "with the pseudo header (neither v3_checksum_as_v2 nor old_unicast_checksum)\0"
		"without the pseudo header (v3_checksum_as_v2)\0" "with the multicast group in its pseudo header (old_unicast_checksum)";
	const struct vrrp_conf *conf = inst->conf;
	const struct addr *missing;

	if (advert->checksum != vrrp_checksum_form(conf))
		instance_log(inst, LIMIT_LIST | LOG_WARNING, "%p computes the checksum %-s: accepted; for it to understand us set the same here",
		             &advert->source, text_nth(forms_packed, advert->checksum));
	if (conf->skip_check_adv_addr && addr_equal(&advert->source, &inst->machine.master_addr))
		return;
	missing = vrrp_missing_addr(advert, conf->vips.first, inst->addr_count);
	if (!missing && advert->addr_count == inst->addr_count)
		return;
	inst->counters.addr_list_mismatch++;
	instance_log(inst, LIMIT_LIST | LOG_WARNING, "%p advertises other addresses (%u, ours %u%s%p): accepted, but make virtual_ipaddress alike",
	             &advert->source, advert->addr_count, inst->addr_count, missing ? ", not " : "", missing);
}

/* What is accepted, but would not be in mode enforce, or soon. */
static void note_signature(struct instance *inst, const struct vrrp_advert *advert)
{
	const struct auth *a = inst->auth;
	unsigned ahead;

	if (!a || uses_ah(inst))
		return;
	if (!advert->trailer) {
		instance_log(inst, LIMIT_LIST | LOG_WARNING, "%p does not sign: accepted", &advert->source);
		return;
	}
	ahead = (unsigned)abs(auth_skew(a, advert));
	if (a->window_s && 2 * ahead > a->window_s)
		instance_log(inst, LIMIT_LIST | LOG_WARNING, "the clock of %p differs by %u s, time_window is %u", &advert->source, ahead,
		             a->window_s);
}

/* log_unknown_vrids: each of them once. */
static void tell_unknown(struct channel *ch, const struct packet_in *packet)
{
	int vrid = vrrp_peek_vrid(packet->message.data, packet->message.len);
	struct packet_vrids told = ch->unknown;

	if (vrid < 0)
		return;
	packet_vrids_add(&ch->unknown, (uint8_t)vrid);
	if (memcmp(&told, &ch->unknown, sizeof(told)))
		log_info("%s: virtual router %d of %p is not configured here, its advertisements are ignored",
		         ch->where.name ? ch->where.name : "unicast", vrid, &packet->message.source);
}

void advert_receive(struct channel *ch, const struct packet_in *packet)
{
	struct heard h = { .in = packet };
	struct instance *inst;
	enum vrrp_refusal why;

	find_member(ch, &h);
	inst = h.inst;
	if (!inst) {
		/* Else the filter lets only our VRIDs through, and this one has just gone. */
		if (ch->where.every_vrid)
			tell_unknown(ch, packet);
		return;
	}
	why = examine(&h);
	if (why != VRRP_OK) {
		refuse(&h, why);
		return;
	}
	inst->counters.adverts_received++;
	if (!h.advert.priority)
		inst->counters.priority_zero_received++;
	inst->last_advert_us = loop_now();
	note_form(inst, &h.advert);
	note_signature(inst, &h.advert);
	instance_step(inst, VRRP_EV_ADVERT, &h.advert, "");
}
