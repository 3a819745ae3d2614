/* SPDX-License-Identifier: MIT */
#include "advert.h"
#include "instance.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ETHERNET_HEADER 14
#define ADVICE_MAX 64

/* In unicast it matters for the old form of the checksum alone. */
static const struct addr *group_address(const struct instance *inst)
{
	return inst->conf->unicast ? &inst->router->config->global.mcast_group4 : &inst->conf->mcast_group;
}

static enum vrrp_checksum checksum_form(const struct vrrp_conf *conf)
{
	return conf->checksum_without_pseudo ? VRRP_SUM_PLAIN : conf->old_unicast_checksum ? VRRP_SUM_OLD_UNICAST : VRRP_SUM_PSEUDO;
}

static bool uses_ah(const struct instance *inst)
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
		instance_log(inst, LIMIT_NONE, LOG_WARNING, "%u of %u addresses fit an advertisement, the others are held but not advertised",
		             inst->addr_count, conf->vips.count);
}

/* Once for all copies of an advertisement. */
static void prepare_auth(struct instance *inst, const struct vrrp_message *m)
{
	uint8_t buf[VRRP_MESSAGE_MAX];
	struct vrrp_packet packet = { .data = buf, .source = m->source };

	if (uses_ah(inst)) {
		auth_ah_next(inst->auth);
		inst->ip_id += !inst->ip_id; /* the kernel would put another for 0 */
	} else if (signs(inst)) {
		packet.len = vrrp_build(m, buf, sizeof(buf));
		read_clock(inst->auth);
		auth_sign(inst->auth, &packet);
	}
}

/* buf: the message, behind room for AH. */
static void add_auth(const struct instance *inst, struct packet_out *out, uint8_t *buf)
{
	uint8_t header[PACKET_IP_HEADER];

	out->data = buf;
	if (uses_ah(inst)) {
		out->len += AUTH_AH;
		out->protocol = PACKET_PROTOCOL_AH;
		packet_ip_header(out, header);
		auth_ah_sign(inst->auth, header, buf, out->len);
	} else if (signs(inst)) {
		memcpy(buf + out->len, inst->auth->trailer, AUTH_TRAILER);
		out->len += AUTH_TRAILER;
	}
}

/* False when it failed. */
static bool send_to(struct instance *inst, struct vrrp_message *m, const struct addr *dest, uint8_t ttl)
{
	uint8_t buf[AUTH_AH + VRRP_MESSAGE_MAX + AUTH_TRAILER], *message = uses_ah(inst) ? buf + AUTH_AH : buf;
	struct packet_out out = { .source = m->source, .dest = *dest, .protocol = VRRP_PROTOCOL, .ttl = ttl, .ip_id = inst->ip_id };
	char text[ADDR_TEXT_MAX];
	int err;

	m->dest = *dest;
	out.len = vrrp_build(m, message, VRRP_MESSAGE_MAX);
	add_auth(inst, &out, buf);
	if (inst->wire && (addr_is_multicast(dest) || addr_is_link_local(dest)))
		out.index = inst->wire->index;
	err = packet_send(inst->link.channel->tx, &out);
	/* That an interface that is down sends no farewell is no news. */
	if (!err || (!m->priority && inst->faults & (FAULT_NO_INTERFACE | FAULT_INTERFACE_DOWN)))
		return !err;
	inst->counters.send_errors++;
	inst->send_failing = true;
	instance_log(inst, LIMIT_SEND, LOG_WARNING, "advertisement can't be sent to %s: %s%s", addr_text(dest, text), text_error(err),
	             err == -EPERM ? "; a firewall drops protocol 112 on the way out" : "");
	return false;
}

void advert_send(struct instance *inst, uint8_t priority)
{
	const struct vrrp_conf *conf = inst->conf;
	struct vrrp_message m = {
		.version = conf->version, .vrid = conf->vrid, .priority = priority, .family = conf->family,
		.advert_us = conf->advert_us, .auth = conf->auth_type, .source = inst->machine.own_addr, .mcast_group = *group_address(inst),
		.vips = conf->vips.first, .addr_count = inst->addr_count, .checksum = checksum_form(conf),
	};
	bool sent = true;

	if (!inst->link.channel)
		return;
	memcpy(m.auth_data, conf->auth_data, sizeof(m.auth_data));
	inst->ip_id++;
	prepare_auth(inst, &m);
	if (!conf->unicast)
		sent = send_to(inst, &m, &conf->mcast_group, 255);
	else
		CONF_EACH(struct peer_conf, peer, &conf->peers)
			sent &= send_to(inst, &m, &peer->addr, (uint8_t)conf->unicast_ttl);
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

static struct instance *member_for(const struct channel *ch, const struct packet_in *packet, int vrid)
{
	struct instance *first = NULL;

	for (struct instance *m = ch->members; m; m = m->link.next) {
		if (m->conf->vrid != vrid)
			continue;
		if (!m->conf->unicast)
			return m;
		CONF_EACH(struct peer_conf, peer, &m->conf->peers)
			if (addr_equal(&peer->addr, &packet->source))
				return m;
		if (!first)
			first = m;
	}
	return first;
}

/* What to do about a refusal, where that can be told. */
static void advise(const struct instance *inst, char buf[ADVICE_MAX], const struct vrrp_expect *e, const struct vrrp_advert *a, enum vrrp_refusal why)
{
	buf[0] = '\0';
	if (why == VRRP_BAD_TTL)
		text_format(buf, ADVICE_MAX, " (%d, not within %d-%d)", e->ttl, e->min_ttl, e->max_ttl);
	else if (why == VRRP_BAD_VERSION)
		text_format(buf, ADVICE_MAX, " (%u, ours is %u): set vrrp_version", a->version, e->version);
	else if (why == VRRP_BAD_INTERVAL)
		text_format(buf, ADVICE_MAX, " (%u ms, ours %u): set the same advert_int", a->interval_us / 1000, e->advert_us / 1000);
	else if (why == VRRP_BAD_AUTH_TYPE)
		text_format(buf, ADVICE_MAX, " (%u, ours is %u): set the same auth_type", a->auth_type, e->auth);
	else if (why == VRRP_BAD_AUTH_DATA)
		text_format(buf, ADVICE_MAX, ": set the same %s", a->trailer ? "key" : "auth_pass");
	else if (why == VRRP_UNKNOWN_KEY)
		text_format(buf, ADVICE_MAX, " (%u)", a->trailer[1]);
	else if (why == VRRP_STALE)
		text_format(buf, ADVICE_MAX, " (%d s ahead of ours): set the clocks", auth_skew(inst->auth, a));
	else if (why == VRRP_BAD_SOURCE)
		text_format(buf, ADVICE_MAX, ": if it is one, add it to unicast_peer");
	else if (why == VRRP_OWN_PACKET)
		text_format(buf, ADVICE_MAX, ": a loop in the network, or another has our address");
}

static void refuse(struct instance *inst, enum vrrp_refusal why, const struct vrrp_expect *expect, const struct packet_in *packet,
                   const struct vrrp_advert *advert)
{
	char text[ADDR_TEXT_MAX], advice[ADVICE_MAX];
	struct troubles *t = instance_troubles(inst);

	if (t)
		t->refused[why]++;
	inst->counters.unknown_auth_type += why == VRRP_BAD_AUTH_TYPE && advert->auth_type > VRRP_AUTH_AH;
	advise(inst, advice, expect, advert, why);
	instance_log(inst, LIMIT_REFUSAL, LOG_WARNING, "advertisement from %s refused: %-s%s", addr_text(&packet->source, text),
	             vrrp_refusal_text(why), advice);
}

static enum vrrp_refusal check_source(const struct instance *inst, const struct packet_in *packet, struct vrrp_expect *expect)
{
	const struct vrrp_conf *conf = inst->conf;

	if (addr_equal(&packet->source, &inst->machine.own_addr))
		return VRRP_OWN_PACKET;
	expect->min_ttl = conf->unicast ? 0 : 255;
	expect->max_ttl = 255;
	if (!conf->unicast)
		return VRRP_OK;
	CONF_EACH(struct peer_conf, peer, &conf->peers) {
		if (!addr_equal(&peer->addr, &packet->source))
			continue;
		expect->min_ttl = peer->min_ttl;
		expect->max_ttl = peer->max_ttl;
		return VRRP_OK;
	}
	return conf->check_unicast_src == CONF_YES || conf->hmac ? VRRP_BAD_SOURCE : VRRP_OK;
}

static enum vrrp_refusal authenticate(struct instance *inst, const struct packet_in *in, const struct vrrp_advert *advert)
{
	if (!inst->conf->hmac && advert->trailer)
		return VRRP_BAD_LENGTH;
	if (!inst->auth)
		return inst->conf->hmac ? VRRP_BAD_AUTH_DATA : VRRP_OK;
	if (uses_ah(inst))
		return auth_ah_verify(inst->auth, in->ip, in->ip_len, in->data, in->len);
	read_clock(inst->auth);
	return auth_verify(inst->auth, advert, in->data);
}

static enum vrrp_refusal examine(struct instance *inst, const struct packet_in *in, struct vrrp_expect *expect, struct vrrp_advert *advert)
{
	const struct vrrp_conf *conf = inst->conf;
	struct vrrp_packet packet = { .data = in->data, .len = in->len, .source = in->source, .dest = in->dest,
	                              .mcast_group = *group_address(inst), .ttl = in->ttl };
	enum vrrp_refusal why;

	expect->version = conf->version;
	expect->auth = conf->auth_type;
	expect->advert_us = conf->advert_us;
	expect->ttl = in->ttl;
	memcpy(expect->auth_data, conf->auth_data, sizeof(expect->auth_data));
	why = check_source(inst, in, expect);
	if (why == VRRP_OK && uses_ah(inst)) {
		why = auth_ah_is(in->data, in->len) ? VRRP_OK : VRRP_BAD_AH;
		packet.data += AUTH_AH;
		packet.len -= AUTH_AH;
	}
	if (why == VRRP_OK)
		why = vrrp_parse(&packet, advert);
	if (why == VRRP_OK)
		why = vrrp_check_advert(expect, advert);
	return why == VRRP_OK ? authenticate(inst, in, advert) : why;
}

static void note_form(struct instance *inst, const struct vrrp_advert *advert)
{
	static const char forms_packed[] = "with the pseudo header (neither v3_checksum_as_v2 nor old_unicast_checksum)\0"
		"without the pseudo header (v3_checksum_as_v2)\0" "with the multicast group in its pseudo header (old_unicast_checksum)";
	const struct vrrp_conf *conf = inst->conf;
	const struct addr *missing;
	char text[ADDR_TEXT_MAX], lacks[ADDR_TEXT_MAX];

	if (advert->version == 3 && advert->family == AF_INET && advert->checksum != checksum_form(conf))
		instance_log(inst, LIMIT_LIST, LOG_WARNING, "%s computes the checksum %-s: accepted; for it to understand us set the same here",
		             addr_text(&advert->source, text), text_nth(forms_packed, advert->checksum));
	if (conf->skip_check_adv_addr && addr_equal(&advert->source, &inst->machine.master_addr))
		return;
	missing = vrrp_missing_addr(advert, conf->vips.first, inst->addr_count);
	if (!missing && advert->addr_count == inst->addr_count)
		return;
	inst->counters.addr_list_mismatch++;
	instance_log(inst, LIMIT_LIST, LOG_WARNING, "%s advertises other addresses (%u, ours %u%s%s): accepted, but make virtual_ipaddress alike",
	             addr_text(&advert->source, text), advert->addr_count, inst->addr_count, missing ? ", not " : "", missing ? addr_text(missing, lacks) : "");
}

/* What is accepted, but would not be in mode enforce, or soon. */
static void note_signature(struct instance *inst, const struct vrrp_advert *advert)
{
	const struct auth *a = inst->auth;
	char text[ADDR_TEXT_MAX];
	unsigned ahead;

	if (!a || uses_ah(inst))
		return;
	if (!advert->trailer) {
		instance_log(inst, LIMIT_LIST, LOG_WARNING, "%s does not sign: accepted", addr_text(&advert->source, text));
		return;
	}
	ahead = (unsigned)abs(auth_skew(a, advert));
	if (a->window_s && 2 * ahead > a->window_s)
		instance_log(inst, LIMIT_LIST, LOG_WARNING, "the clock of %s differs by %u s, time_window is %u", addr_text(&advert->source, text), ahead,
		             a->window_s);
}

void advert_receive(struct channel *ch, const struct packet_in *packet)
{
	size_t before = ch->where.protocol == PACKET_PROTOCOL_AH ? AUTH_AH : 0;
	struct instance *inst = member_for(ch, packet, packet->len > before ? vrrp_peek_vrid(packet->data + before, packet->len - before) : -1);
	struct vrrp_expect expect = { 0 };
	struct vrrp_advert advert = { 0 };
	enum vrrp_refusal refusal = packet->refusal;

	if (!inst)
		return; /* the filter lets only our VRIDs through; this one has just gone */
	if (refusal == VRRP_OK)
		refusal = examine(inst, packet, &expect, &advert);
	if (refusal != VRRP_OK) {
		refuse(inst, refusal, &expect, packet, &advert);
		return;
	}
	inst->counters.adverts_received++;
	if (!advert.priority)
		inst->counters.priority_zero_received++;
	inst->last_advert_us = loop_now();
	note_form(inst, &advert);
	note_signature(inst, &advert);
	instance_step(inst, VRRP_EV_ADVERT, &advert, "");
}
