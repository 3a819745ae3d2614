/* SPDX-License-Identifier: MIT */
#include "router.h"
#include "arp.h"
#include "instance.h"
#include "notify.h"
#include "secret.h"
#include "text.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SOCKET_RETRY_US US_PER_S
/* A peer that answers every advertisement of ours must not make us answer its in turn without end. */
#define REPLY_SPACING_US 10000U
/* Nor must a flood of lower priorities be answered by one of announcements and scripts. */
#define LOWER_SPACING_US 100000U
/* Another program that removes our addresses as soon as they are there must not keep us busy. */
#define RESTORE_SPACING_US 100000U
#define ETHERNET_HEADER 14
#define HELD_MAX 40
#define ADVICE_MAX 64

static void step(struct instance *, enum vrrp_event, const struct vrrp_advert *, const char *why);

/* Whether a repeating line may be written now; held gets what to add to it about those that were not. */
static bool may_log(struct instance *inst, struct log_limit *limit, char held[HELD_MAX])
{
	unsigned count;

	if (!log_allow(limit, loop_now(inst->router->loop), &count))
		return false;
	held[0] = '\0';
	if (count)
		text_format(held, HELD_MAX, " (and %u more like it)", count);
	return true;
}

/* --- sending --- */

static unsigned ip_header_len(const struct vrrp_conf *conf)
{
	return conf->family == AF_INET6 ? 40 : PACKET_IP_HEADER;
}

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

static void send_failed(struct instance *inst, const struct addr *dest, int err)
{
	char held[HELD_MAX], text[ADDR_TEXT_MAX];

	inst->counters.send_errors++;
	inst->send_failing = true;
	if (may_log(inst, &inst->send_log, held))
		log_warn("(%s) advertisement can't be sent to %s: %s%s%s", inst->conf->name, addr_text(dest, text), text_error(err),
		         err == -EPERM ? "; a firewall drops protocol 112 on the way out" : "", held);
}

/* False when it failed. */
static bool send_to(struct instance *inst, struct vrrp_message *m, const struct addr *dest, uint8_t ttl)
{
	uint8_t buf[AUTH_AH + VRRP_MESSAGE_MAX + AUTH_TRAILER], *message = uses_ah(inst) ? buf + AUTH_AH : buf;
	struct packet_out out = { .source = m->source, .dest = *dest, .protocol = VRRP_PROTOCOL, .ttl = ttl, .ip_id = inst->ip_id };
	int err;

	m->dest = *dest;
	out.len = vrrp_build(m, message, VRRP_MESSAGE_MAX);
	add_auth(inst, &out, buf);
	if (inst->wire && (addr_is_multicast(dest) || addr_is_link_local(dest)))
		out.index = inst->wire->index;
	err = packet_send(inst->link.channel->tx, &out);
	/* That an interface that is down sends no farewell is no news. */
	if (err && (m->priority || !(inst->faults & (FAULT_NO_INTERFACE | FAULT_INTERFACE_DOWN))))
		send_failed(inst, dest, err);
	return !err;
}

static void send_advert(struct instance *inst, uint8_t priority)
{
	const struct vrrp_conf *conf = inst->conf;
	struct vrrp_message m = {
		.version = conf->version, .vrid = conf->vrid, .priority = priority, .family = conf->family,
		.advert_us = conf->advert_us, .auth = conf->auth_type, .source = inst->machine.own_addr,
		.mcast_group = *group_address(inst), .addrs = inst->addrs, .addr_count = inst->addr_count, .checksum = checksum_form(conf),
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
		announce_burst(inst, conf->garp.master_repeat);
	}
}

/* --- scripts and the outside --- */

static void run_script(struct instance *inst, const struct conf_script *script, const char *const *extra)
{
	if (script)
		notify_queue_run(inst->queue, script, extra, inst->transition);
}

static void tell_instance(struct instance *inst, const struct conf_script *script, const char *word, struct router_event *event)
{
	char priority[4];
	const char *const extra[] = { "INSTANCE", inst->conf->name, word, priority, NULL };

	text_format(priority, sizeof(priority), "%u", inst->machine.effective_priority);
	inst->transition++;
	run_script(inst, script, NULL);
	run_script(inst, inst->conf->notify.any, extra);
	event->instance = inst->conf;
	event->priority = inst->machine.effective_priority;
	if (inst->router->hooks.event)
		inst->router->hooks.event(inst->router->hooks.ctx, event);
}

static const struct conf_script *state_script(const struct notify_conf *notify, enum vrrp_state state)
{
	return state == VRRP_MASTER ? notify->master : state == VRRP_BACKUP ? notify->backup : notify->fault;
}

static void tell_state(struct instance *inst, enum vrrp_state from, const char *why)
{
	enum vrrp_state to = inst->machine.state;
	struct router_event event = { .from = from, .to = to, .why = why };

	inst->since_us = loop_now(inst->router->loop);
	text_format(inst->why, sizeof(inst->why), "%s", why);
	if (to == VRRP_INIT)
		return; /* the end has words of its own: tell_end() */
	log_info("(%s) Entering %s STATE (%s)", inst->conf->name, vrrp_state_text(to), why);
	if (to == VRRP_FAULT && inst->faults == FAULT_WAITING)
		return; /* no fault yet, only no result: scripts are told when there is one */
	tell_instance(inst, state_script(&inst->conf->notify, to), vrrp_state_text(to), &event);
}

/* keepalived gives groups the priority 0. */
static void tell_group(struct group *g, const struct conf_script *script, const char *word, struct router_event *event)
{
	const char *const extra[] = { "GROUP", g->conf->name, word, "0", NULL };
	struct router *router = g->members[0]->router;

	g->transition++;
	if (script)
		notify_queue_run(g->queue, script, NULL, g->transition);
	if (g->conf->notify.any)
		notify_queue_run(g->queue, g->conf->notify.any, extra, g->transition);
	event->group = g->conf;
	if (router->hooks.event)
		router->hooks.event(router->hooks.ctx, event);
}

/* --- actions --- */

static void stop_bursts(struct instance *inst)
{
	struct loop *loop = inst->router->loop;

	timer_stop(loop, &inst->second_burst);
	timer_stop(loop, &inst->lower_burst);
	timer_stop(loop, &inst->refresh);
	timer_stop(loop, &inst->extra);
	announce_cancel(inst);
}

static void leave_master(struct instance *inst)
{
	stop_bursts(inst);
	routes_remove_all(inst);
	vaddr_remove_all(inst);
	filter_hold(inst, false);
	inst->counters.released_master++;
}

static void enter_master(struct instance *inst)
{
	const struct garp_conf *garp = &inst->conf->garp;
	struct loop *loop = inst->router->loop;

	inst->counters.became_master++;
	filter_hold(inst, true);
	vaddr_add_all(inst);
	routes_add_all(inst);
	announce_burst(inst, garp->master_repeat);
	if (garp->master_delay_us)
		timer_set(loop, &inst->second_burst, garp->master_delay_us);
	if (garp->refresh_us)
		timer_set(loop, &inst->refresh, garp->refresh_us);
	if (inst->conf->garp_extra_interval_us)
		timer_set(loop, &inst->extra, inst->conf->garp_extra_interval_us);
}

static void second_burst_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, second_burst);

	announce_burst(inst, inst->conf->garp.master_repeat);
}

static void lower_burst_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, lower_burst);

	announce_burst(inst, inst->conf->garp.lower_repeat);
}

static void refresh_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, refresh);

	announce_burst(inst, inst->conf->garp.refresh_repeat);
	if (inst->conf->garp.refresh_us)
		timer_set(inst->router->loop, timer, inst->conf->garp.refresh_us);
}

static void extra_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, extra);

	announce_extra(inst);
	if (inst->conf->garp_extra_interval_us)
		timer_set(inst->router->loop, timer, inst->conf->garp_extra_interval_us);
}

static void burst_for_lower(struct instance *inst)
{
	const struct garp_conf *garp = &inst->conf->garp;

	announce_burst(inst, garp->lower_repeat);
	if (garp->lower_repeat && garp->lower_delay_us)
		timer_set(inst->router->loop, &inst->lower_burst, garp->lower_delay_us);
}

static void tell_lower_seen(struct instance *inst, const struct vrrp_advert *advert)
{
	struct router_event event = { .instance = inst->conf, .from = VRRP_MASTER, .to = VRRP_MASTER, .lower_seen = true, .why = "" };
	char text[ADDR_TEXT_MAX];
	char held[HELD_MAX];

	if (may_log(inst, &inst->lower_log, held))
		log_info("(%s) Received advert from %s with lower priority %u, ours %u%s%s", inst->conf->name,
		         addr_text(&advert->source, text), advert->priority, inst->machine.effective_priority,
		         inst->conf->lower_prio_no_advert ? "" : ", forcing new election", held);
	event.priority = inst->machine.effective_priority;
	if (!notify_queue_busy(inst->queue))
		run_script(inst, inst->conf->notify.master_rx_lower_pri, NULL);
	if (inst->router->hooks.event)
		inst->router->hooks.event(inst->router->hooks.ctx, &event);
}

/* Another was master meanwhile: switches may have learnt it, for the addresses of the whole group. */
static void lower_seen(struct instance *inst, const struct vrrp_advert *advert)
{
	uint64_t now_us = loop_now(inst->router->loop);
	struct group *g = inst->group;

	if (now_us - inst->last_lower_us < LOWER_SPACING_US)
		return;
	inst->last_lower_us = now_us;
	if (!g)
		burst_for_lower(inst);
	for (unsigned i = 0; g && i < g->count; i++)
		burst_for_lower(g->members[i]);
	tell_lower_seen(inst, advert);
}

#define NEWS (VRRP_ACT_TWO_OWNERS | VRRP_ACT_INTERVAL | VRRP_ACT_PREEMPT_WAIT | VRRP_ACT_PREEMPT_STOP | VRRP_ACT_STOP_SEEN)

static void tell_advert_news(struct instance *inst, unsigned actions, const struct vrrp_advert *advert)
{
	unsigned ours = inst->machine.effective_priority;
	const char *name = inst->conf->name;
	char text[ADDR_TEXT_MAX];
	char held[HELD_MAX];

	if (!(actions & (NEWS | VRRP_ACT_LOWER_IGNORED)))
		return;
	addr_text(&advert->source, text);
	if (actions & VRRP_ACT_LOWER_IGNORED && log_level() >= LOG_DEBUG && may_log(inst, &inst->lower_log, held))
		log_debug("(%s) received lower priority (%u) advert from %s - discarding%s", name, advert->priority, text, held);
	if (!(actions & NEWS) || !may_log(inst, &inst->news_log, held))
		return;
	if (actions & VRRP_ACT_TWO_OWNERS)
		log_error("(%s) CONFIGURATION ERROR: %s and this router both have priority 255 (address owner): give one a lower priority%s%s",
		          name, text, inst->machine.owner_demoted ? "; its address is higher, 254 is used here" : "", held);
	if (actions & VRRP_ACT_INTERVAL)
		log_info("(%s) advertisement interval updated to %u milli-sec by %s%s", name, inst->machine.master_interval_us / 1000, text, held);
	if (actions & VRRP_ACT_PREEMPT_WAIT)
		log_info("(%s) start preempt delay (%u s): %s has priority %u, ours is %u%s", name,
		         (unsigned)(inst->conf->preempt_delay_us / US_PER_S), text, advert->priority, ours, held);
	if (actions & VRRP_ACT_PREEMPT_STOP)
		log_info("(%s) stop preempt delay: %s has priority %u, ours is %u%s", name, text, advert->priority, ours, held);
	if (actions & VRRP_ACT_STOP_SEEN)
		log_info("(%s) received priority 0 advert from %s: it is stopping%s", name, text, held);
}

static void reply(struct instance *inst, bool because_of_advert)
{
	uint64_t now_us = loop_now(inst->router->loop);

	if (because_of_advert) {
		if (now_us - inst->last_reply_us < REPLY_SPACING_US)
			return;
		inst->last_reply_us = now_us;
	}
	send_advert(inst, inst->machine.effective_priority);
}

static void group_follows(struct group *, const struct instance *leader, unsigned actions);

static void act(struct instance *inst, unsigned actions, enum vrrp_state from, const struct vrrp_advert *advert, const char *why)
{
	char text[ADDR_TEXT_MAX], told[80];

	if (actions & VRRP_ACT_SEND_STOP)
		send_advert(inst, VRRP_PRIORITY_STOP);
	if (actions & VRRP_ACT_SEND)
		reply(inst, advert != NULL);
	if (actions & VRRP_ACT_LEAVE_MASTER)
		leave_master(inst);
	if (actions & VRRP_ACT_ENTER_MASTER)
		enter_master(inst);
	if (actions & VRRP_ACT_LOWER_SEEN)
		lower_seen(inst, advert);
	if (advert)
		tell_advert_news(inst, actions, advert);
	if (advert && actions & VRRP_ACT_NOTIFY) {
		text_format(told, sizeof(told), "advert from %s with priority %u, ours %u", addr_text(&advert->source, text), advert->priority,
		            inst->machine.effective_priority);
		why = told;
	}
	if (actions & VRRP_ACT_NOTIFY)
		tell_state(inst, from, why);
	if (inst->group)
		group_follows(inst->group, inst, actions);
}

static void arm(struct instance *inst)
{
	if (inst->machine.deadline_us == VRRP_NEVER)
		timer_stop(inst->router->loop, &inst->timer);
	else
		timer_set_at(inst->router->loop, &inst->timer, inst->machine.deadline_us);
}

static void step(struct instance *inst, enum vrrp_event event, const struct vrrp_advert *advert, const char *why)
{
	enum vrrp_state from = inst->machine.state;
	unsigned actions = vrrp_step(&inst->machine, event, advert, loop_now(inst->router->loop));

	arm(inst);
	if (actions)
		act(inst, actions, from, advert, why);
}

/* --- groups --- */

static enum vrrp_state group_state(const struct group *g)
{
	unsigned i, masters = 0;

	for (i = 0; i < g->count; i++) {
		if (g->members[i]->machine.state == VRRP_FAULT)
			return VRRP_FAULT;
		masters += g->members[i]->machine.state == VRRP_MASTER;
	}
	return masters == g->count ? VRRP_MASTER : VRRP_BACKUP;
}

static void group_update(struct group *g, const char *why)
{
	enum vrrp_state now = group_state(g);
	struct router_event event = { .from = g->state, .to = now, .why = why };

	if (now == g->state)
		return;
	g->state = now;
	log_info("VRRP_Group(%s) Syncing instances to %s state (%s)", g->conf->name, vrrp_state_text(now), why);
	tell_group(g, state_script(&g->conf->notify, now), vrrp_state_text(now), &event);
}

static bool group_may_lead(const struct group *g)
{
	unsigned i;

	for (i = 0; i < g->count; i++)
		if (!vrrp_wants_to_lead(&g->members[i]->machine))
			return false;
	return g->count > 0;
}

/* Moves the others where one member went. A member's step calls this again; by then the states are equal and it ends. */
static void group_follows(struct group *g, const struct instance *leader, unsigned actions)
{
	char why[80];
	unsigned i;

	if (!(actions & (VRRP_ACT_WANT_MASTER | VRRP_ACT_LEAVE_MASTER | VRRP_ACT_NOTIFY | VRRP_ACT_HELD_BACK)))
		return;
	text_format(why, sizeof(why), "sync group %s follows %s", g->conf->name, leader->conf->name);
	/* Masters beside one that is none are what a reload leaves when it makes or widens a group. */
	if (actions & VRRP_ACT_HELD_BACK)
		for (i = 0; i < g->count; i++)
			step(g->members[i], VRRP_EV_RESIGN, NULL, why);
	if (actions & VRRP_ACT_WANT_MASTER && group_may_lead(g))
		for (i = 0; i < g->count; i++)
			step(g->members[i], VRRP_EV_BECOME_MASTER, NULL, why);
	if (actions & VRRP_ACT_LEAVE_MASTER && leader->machine.state == VRRP_BACKUP)
		for (i = 0; i < g->count; i++)
			step(g->members[i], VRRP_EV_BECOME_BACKUP, NULL, why);
	if (actions & VRRP_ACT_NOTIFY)
		group_update(g, why);
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
	char text[ADDR_TEXT_MAX], held[HELD_MAX], advice[ADVICE_MAX];

	inst->counters.refused[why]++;
	inst->counters.unknown_auth_type += why == VRRP_BAD_AUTH_TYPE && advert->auth_type > VRRP_AUTH_AH;
	if (!may_log(inst, &inst->refusal_log, held))
		return;
	advise(inst, advice, expect, advert, why);
	log_warn("(%s) advertisement from %s refused: %s%s%s", inst->conf->name, addr_text(&packet->source, text),
	         vrrp_refusal_text(why), advice, held);
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
	static const char *const forms[] = { "with the pseudo header (neither v3_checksum_as_v2 nor old_unicast_checksum)",
		"without the pseudo header (v3_checksum_as_v2)", "with the multicast group in its pseudo header (old_unicast_checksum)" };
	char text[ADDR_TEXT_MAX], lacks[ADDR_TEXT_MAX], held[HELD_MAX];
	const struct addr *missing;

	if (advert->version == 3 && advert->family == AF_INET && advert->checksum != checksum_form(inst->conf) &&
	    may_log(inst, &inst->list_log, held))
		log_warn("(%s) %s computes the checksum %s: accepted; for it to understand us set the same here%s", inst->conf->name,
		         addr_text(&advert->source, text), forms[advert->checksum], held);
	if (inst->conf->skip_check_adv_addr && addr_equal(&advert->source, &inst->machine.master_addr))
		return;
	missing = vrrp_missing_addr(advert, inst->addrs, inst->addr_count);
	if (!missing && advert->addr_count == inst->addr_count)
		return;
	inst->counters.addr_list_mismatch++;
	if (may_log(inst, &inst->list_log, held))
		log_warn("(%s) %s advertises other addresses (%u, ours %u%s%s): accepted, but make virtual_ipaddress alike%s", inst->conf->name,
		         addr_text(&advert->source, text), advert->addr_count, inst->addr_count, missing ? ", not " : "",
		         missing ? addr_text(missing, lacks) : "", held);
}

/* What is accepted, but would not be in mode enforce, or soon. */
static void note_signature(struct instance *inst, const struct vrrp_advert *advert)
{
	char text[ADDR_TEXT_MAX], held[HELD_MAX];
	const struct auth *a = inst->auth;
	unsigned ahead;

	if (!a || uses_ah(inst))
		return;
	if (!advert->trailer) {
		if (may_log(inst, &inst->list_log, held))
			log_warn("(%s) %s does not sign: accepted%s", inst->conf->name, addr_text(&advert->source, text), held);
		return;
	}
	ahead = (unsigned)abs(auth_skew(a, advert));
	if (a->window_s && 2 * ahead > a->window_s && may_log(inst, &inst->list_log, held))
		log_warn("(%s) the clock of %s differs by %u s, time_window is %u%s", inst->conf->name, addr_text(&advert->source, text), ahead,
		         a->window_s, held);
}

void router_receive(struct router *router, struct channel *ch, const struct packet_in *packet)
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
	inst->last_advert_us = loop_now(router->loop);
	note_form(inst, &advert);
	note_signature(inst, &advert);
	step(inst, VRRP_EV_ADVERT, &advert, "");
}

static void deadline_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, timer);
	char text[ADDR_TEXT_MAX], why[100];

	if (inst->machine.state == VRRP_BACKUP) {
		if (inst->machine.effective_priority == VRRP_PRIORITY_OWNER)
			text_format(why, sizeof(why), "address owner");
		else if (!inst->last_advert_us)
			text_format(why, sizeof(why), "no other router heard");
		else
			text_format(why, sizeof(why), "nothing better than priority %u heard for %u ms, last from %s",
			         inst->machine.effective_priority, (unsigned)(inst->machine.down_us / 1000),
			         addr_text(&inst->machine.master_addr, text));
	} else {
		why[0] = '\0';
	}
	step(inst, VRRP_EV_TIMER, NULL, why);
}

/* --- faults, priorities --- */

static bool iface_ok(const struct instance *inst, const struct iface *iface)
{
	return iface && linkdelay_up(inst->router->linkdelays, iface, iface_is_up(inst->router->ifaces, iface));
}

/* The lowest bit is the one that is told. */
static void add_fault(struct instance *inst, unsigned fault, const char *name)
{
	if (!(inst->own_faults & (2 * fault - 1)))
		inst->fault_name = name;
	inst->own_faults |= fault;
}

static void add_weight(struct instance *inst, const char *name, int share)
{
	inst->weights += share;
	if (inst->router->explain && share)
		out_print(inst->router->explain, share > 0 ? " %s +%d" : " %s %d", name, share);
}

/* Adds a tracker's share to the priority, or its fault; keepalived's table: a positive weight counts while up, a negative one while
 * down, `reverse` turns the sign; no weight means FAULT while down (reverse: while up). */
static void apply_tracker(struct instance *inst, const struct track_conf *t, int weight, bool reverse, bool up, unsigned fault)
{
	if (!weight) {
		if (up == reverse)
			add_fault(inst, fault, t->name);
		return;
	}
	if (up == (weight > 0))
		add_weight(inst, t->name, reverse ? -weight : weight);
}

static void apply_interfaces(struct instance *inst, const struct conf_list *list)
{
	CONF_EACH(struct track_conf, t, list) {
		struct iface *iface = iface_get(inst->router->ifaces, t->name);

		apply_tracker(inst, t, t->weight, t->reverse, iface_ok(inst, iface), FAULT_TRACK_INTERFACE);
	}
}

/* The tracked object a track_conf names. */
struct tracked {
	unsigned index;
	int weight;
	bool reverse, found;
};

static struct tracked find_tracked(const struct config *config, enum track_kind kind, const char *name)
{
	struct tracked r = { 0 };

	if (kind == TRACK_SCRIPT) {
		CONF_EACH(struct vrrp_script_conf, s, &config->scripts)
			if (!strcmp(s->name, name))
				return (struct tracked){ s->index, s->weight, s->reverse, true };
	} else if (kind == TRACK_PROCESS) {
		CONF_EACH(struct track_process_conf, p, &config->processes)
			if (!strcmp(p->name, name))
				return (struct tracked){ p->index, p->weight, p->reverse, true };
	} else {
		CONF_EACH(struct track_file_conf, f, &config->files)
			if (!strcmp(f->name, name))
				return (struct tracked){ f->index, f->weight, f->reverse, true };
	}
	return r;
}

static void apply_file(struct instance *inst, const struct track_conf *t, int weight, bool reverse, int value)
{
	long share = (long)value * (reverse ? -weight : weight);

	if (!weight) {
		if ((value != 0) != reverse)
			add_fault(inst, FAULT_FILE, t->name);
		return;
	}
	/* -254 says: this router is not to serve, whatever its priority (keepalived). */
	if (share <= -254 && inst->conf->priority != VRRP_PRIORITY_OWNER)
		add_fault(inst, FAULT_FILE, t->name);
	add_weight(inst, t->name, (int)(share < -254 ? -254 : share > 254 ? 254 : share));
}

static void apply_objects(struct instance *inst, const struct conf_list *list, enum track_kind kind, unsigned fault)
{
	CONF_EACH(struct track_conf, t, list) {
		struct tracked obj = find_tracked(inst->router->config, kind, t->name);
		const struct track_state *state = obj.found ? track_get(inst->router->track, kind, obj.index) : NULL;
		int weight = t->has_weight ? t->weight : obj.weight;
		bool reverse = t->has_weight ? t->reverse : obj.reverse;

		if (!state || state->neutral)
			continue;
		if (!state->known) {
			/* Only what can be a fault is waited for. */
			if (!weight)
				add_fault(inst, FAULT_WAITING, t->name);
		} else if (kind == TRACK_FILE) {
			apply_file(inst, t, weight, reverse, state->value);
		} else {
			apply_tracker(inst, t, weight, reverse, state->up, fault);
		}
	}
}

/* Which address our advertisements come from. A choice that is still good is kept: the tie breaker must not change by itself. */
static bool choose_source(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	const struct iface_addr *best = NULL;

	if (addr_is_set(&conf->source)) {
		inst->machine.own_addr = conf->source;
		return true;
	}
	if (!inst->base || !inst->base->index)
		return addr_is_set(&inst->machine.own_addr);
	if (conf->family == AF_INET6 && inst->wire != inst->base) {
		inst->machine.own_addr = inst->vmac->link_local;
		return addr_is_set(&inst->machine.own_addr);
	}
	for (const struct iface_addr *a = inst->base->addrs; a; a = a->next) {
		if (a->addr.family != conf->family || (conf->family == AF_INET6 && !addr_is_link_local(&a->addr)))
			continue;
		/* Nothing can be sent from it before duplicate detection ends: keepalived becomes a master that nobody hears. */
		if (a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
			continue;
		if (vaddr_is_virtual(inst->router, inst->base, &a->addr) && conf->priority != VRRP_PRIORITY_OWNER)
			continue;
		if (addr_equal(&a->addr, &inst->machine.own_addr))
			return true;
		if (!best)
			best = a;
	}
	if (best)
		inst->machine.own_addr = best->addr;
	return best != NULL;
}

static int list_addrs(struct instance *);

/* What depends on the interface that is there now; it may be another one than at start. */
static int adapt(struct instance *inst)
{
	inst->seen_index = inst->iface ? inst->iface->index : 0;
	inst->seen_mtu = inst->iface ? inst->iface->mtu : 0;
	if (inst->conf->promote_secondaries && inst->seen_index)
		iface_sysctl(AF_INET, inst->iface->name, "promote_secondaries", 1, NULL);
	return list_addrs(inst);
}

static bool lacks_source(const struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;

	/* In unicast, what others send to an address that is not here gets lost: two masters. */
	return (conf->track_source || conf->unicast) && addr_is_set(&conf->source) &&
	       !iface_table_has_addr(inst->router->ifaces, &conf->source);
}

static void look_at_interface(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	const char *name = inst->iface ? inst->iface->name : "any interface";

	if (inst->base && !inst->base->index)
		add_fault(inst, FAULT_NO_INTERFACE, inst->base->name);
	else if (inst->iface && !inst->iface->index)
		add_fault(inst, FAULT_NO_INTERFACE, name);
	else if (inst->base && !conf->dont_track_primary && !iface_ok(inst, inst->base))
		add_fault(inst, FAULT_INTERFACE_DOWN, inst->base->name);
	else if (inst->vmac && !conf->dont_track_primary && !(inst->iface->flags & IFF_UP))
		add_fault(inst, FAULT_INTERFACE_DOWN, name);
	if (inst->iface && inst->iface->index && (inst->iface->index != inst->seen_index || inst->iface->mtu != inst->seen_mtu))
		adapt(inst);
	if (!(inst->own_faults & FAULT_NO_INTERFACE) && !choose_source(inst))
		add_fault(inst, FAULT_NO_ADDRESS, name);
	if (lacks_source(inst))
		add_fault(inst, FAULT_NO_SOURCE, addr_text(&conf->source, inst->source_text));
	if (conf->unicast && !conf->peers.first)
		add_fault(inst, FAULT_NO_PEER, name);
}

static void look_again(struct router *router, uint64_t delay_us)
{
	if (!router->retry.armed)
		timer_set(router->loop, &router->retry, delay_us);
}

/* Opens what is to be open. An interface that was made again has another index: its sockets are dead, new ones are needed. */
static void look_at_sockets(struct instance *inst)
{
	char held[HELD_MAX];
	int err;

	if (inst->own_faults & FAULT_NO_INTERFACE) {
		channel_leave(inst);
		return;
	}
	if (!channel_fits(inst))
		channel_leave(inst);
	err = channel_join(inst);
	if (!err)
		return;
	if (!(inst->own_faults & FAULT_NO_SOURCE))
		text_format(inst->source_text, sizeof(inst->source_text), "%s", text_error(err));
	add_fault(inst, FAULT_SOCKET, inst->source_text);
	look_again(inst->router, SOCKET_RETRY_US);
	if (may_log(inst, &inst->send_log, held))
		log_error("(%s) VRRP socket on %s: %s; tried again every second%s", inst->conf->name, inst->wire ? inst->wire->name : "any interface",
		          text_error(err), held);
}

static void look_at_trackers(struct instance *inst)
{
	const struct vrrp_conf *conf = inst->conf;
	const struct group_conf *group = inst->group ? inst->group->conf : NULL;

	inst->weights = 0;
	apply_interfaces(inst, &conf->track_interfaces);
	apply_objects(inst, &conf->track_scripts, TRACK_SCRIPT, FAULT_SCRIPT);
	apply_objects(inst, &conf->track_processes, TRACK_PROCESS, FAULT_PROCESS);
	apply_objects(inst, &conf->track_files, TRACK_FILE, FAULT_FILE);
	if (!group)
		return;
	apply_interfaces(inst, &group->track_interfaces);
	apply_objects(inst, &group->track_scripts, TRACK_SCRIPT, FAULT_SCRIPT);
	apply_objects(inst, &group->track_processes, TRACK_PROCESS, FAULT_PROCESS);
	apply_objects(inst, &group->track_files, TRACK_FILE, FAULT_FILE);
}

static void look(struct instance *inst)
{
	const char *down = routes_down_interface(inst);

	inst->own_faults = 0;
	inst->fault_name = "";
	look_at_interface(inst);
	look_at_sockets(inst);
	if (down) {
		inst->own_faults |= FAULT_TRACK_INTERFACE;
		inst->fault_name = down;
	}
	look_at_trackers(inst);
}

static void describe_fault(struct instance *inst)
{
	static const char *const text[] = { "interface %s is not there", "interface %s is down", "no address on %s to send from",
		"source address %s is on no interface", "no unicast_peer", "socket: %s", "tracked interface %s is down",
		"waiting for the first result of %s", "script %s fails", "process %s is missing", "file %s",
		"%s of its sync group is at fault" };
	const char *format;
	unsigned i;

	inst->fault_text[0] = '\0';
	for (i = 0; i < sizeof(text) / sizeof(text[0]); i++)
		if (inst->faults & 1U << i)
			break;
	if (i == sizeof(text) / sizeof(text[0]))
		return;
	format = strchr(text[i], '%');
	if (!format)
		text_format(inst->fault_text, sizeof(inst->fault_text), "%s", text[i]);
	else
		text_format(inst->fault_text, sizeof(inst->fault_text), "%.*s%s%s", (int)(format - text[i]), text[i],
		            inst->fault_name, format + 2);
}

static void apply_priority(struct instance *inst)
{
	uint8_t base = inst->machine.owner_demoted ? VRRP_PRIORITY_OWNER - 1 : inst->conf->priority;
	uint8_t now = inst->resigned.armed ? 1 : vrrp_effective_priority(base, inst->weights);
	struct router_event event = { .from = inst->machine.state, .to = inst->machine.state, .priority_only = true, .why = "" };

	if (now == inst->machine.effective_priority)
		return;
	log_info("(%s) Changing effective priority from %u to %u", inst->conf->name, inst->machine.effective_priority, now);
	inst->machine.effective_priority = now;
	step(inst, VRRP_EV_PRIORITY, NULL, "");
	event.instance = inst->conf;
	event.priority = now;
	if (inst->conf->notify.priority_changes && inst->router->hooks.event)
		inst->router->hooks.event(inst->router->hooks.ctx, &event);
}

static void apply_faults(struct instance *inst)
{
	unsigned before = inst->faults;
	const char *culprit = "";
	unsigned i;

	inst->faults = inst->own_faults;
	if (inst->group)
		for (i = 0; i < inst->group->count; i++)
			if (inst->group->members[i] != inst && inst->group->members[i]->own_faults)
				inst->faults |= FAULT_GROUP, culprit = inst->group->members[i]->conf->name;
	if (inst->faults == FAULT_GROUP)
		inst->fault_name = culprit;
	if (inst->faults != before)
		describe_fault(inst);
	if (inst->faults) {
		if (inst->machine.state == VRRP_FAULT && before == FAULT_WAITING && inst->faults != before)
			tell_state(inst, VRRP_INIT, inst->fault_text);
		step(inst, VRRP_EV_FAULT, NULL, inst->fault_text);
	} else if (inst->machine.state == VRRP_FAULT || inst->machine.state == VRRP_INIT) {
		/* A master that lost us from its neighbour table would need time to ask for us before its adverts arrive. Not at
		 * the start, where keepalived is silent too. */
		if (inst->conf->unicast && inst->machine.state == VRRP_FAULT)
			announce_source(inst);
		step(inst, VRRP_EV_RECOVER, NULL, before == FAULT_WAITING ? "first results are in" : before ? "fault is mended" : "init");
	}
}

static void restore_addresses(struct instance *inst)
{
	uint64_t now_us = loop_now(inst->router->loop);
	char held[HELD_MAX];
	unsigned restored, taken;

	if (now_us - inst->last_restore_us < RESTORE_SPACING_US) {
		look_again(inst->router, RESTORE_SPACING_US);
		return;
	}
	restored = vaddr_restore(inst, &taken);
	if (!restored)
		return;
	inst->last_restore_us = now_us;
	announce_burst(inst, inst->conf->garp.master_repeat);
	if (taken && may_log(inst, &inst->restore_log, held))
		log_warn("(%s) %u address%s removed by someone else, put back%s", inst->conf->name, taken, taken == 1 ? " was" : "es were", held);
}

static void restore_routes(struct instance *inst)
{
	unsigned restored = routes_restore(inst);
	char held[HELD_MAX];

	if (restored && may_log(inst, &inst->restore_log, held))
		log_warn("(%s) %u route%s missing, put back%s", inst->conf->name, restored, restored == 1 ? " or rule was" : "s or rules were", held);
}

/* Before the instances look around: an address of theirs may be among them. */
static void restore_statics(struct router *router)
{
	unsigned taken, restored = vaddr_restore(&router->statics, &taken);

	if (restored)
		log_warn("%u static address%s missing, put back", restored, restored == 1 ? " was" : "es were");
	if (router->kernel.stale)
		restore_routes(&router->statics);
}

static void evaluate_all(struct router *router)
{
	bool stale = router->kernel.stale;

	vmac_look(router);
	restore_statics(router);
	router->kernel.stale = false;
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		look(inst);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		apply_priority(inst);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		apply_faults(inst);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		restore_addresses(inst);
	for (struct instance *inst = router->instances; stale && inst; inst = inst->next)
		restore_routes(inst);
}

static void settle_due(struct timer *timer)
{
	evaluate_all(container_of(timer, struct router, settle));
}

static void resigned_due(struct timer *timer)
{
	apply_priority(container_of(timer, struct instance, resigned));
}

static void retry_due(struct timer *timer)
{
	evaluate_all(container_of(timer, struct router, retry));
}

/* Only notes that something is to be looked at: this may be called in the middle of an action. */
static void settle_soon(void *ctx)
{
	struct router *router = ctx;

	if (!router->stopping && !router->settle.armed)
		timer_set(router->loop, &router->settle, 0);
}

static void iface_changed(void *ctx, struct iface *iface, unsigned change)
{
	struct router *router = ctx;

	if (router->stopping)
		return;
	router->kernel.stale |= change & (IFACE_STATE | IFACE_ADDRS | IFACE_REDUMPED);
	if (change & IFACE_HW_ADDR)
		for (struct instance *inst = router->instances; inst; inst = inst->next)
			if (inst->iface == iface && inst->machine.state == VRRP_MASTER)
				timer_set(router->loop, &inst->second_burst, 0);
	settle_soon(router);
}

void router_track_changed(struct router *router, enum track_kind kind, unsigned index)
{
	(void)kind;
	(void)index;
	settle_soon(router);
}

static int delays_configure(struct router *router)
{
	return linkdelay_configure(&router->linkdelays, router->loop, &router->config->interface_delays, settle_soon, router);
}

/* --- building --- */

static uint64_t boot_delay_us(const struct global_conf *global)
{
	struct timespec up;
	uint64_t up_us;

	if (!global->delay_after_boot_us || clock_gettime(CLOCK_BOOTTIME, &up))
		return 0;
	up_us = (uint64_t)up.tv_sec * US_PER_S + (uint64_t)up.tv_nsec / 1000;
	return up_us < global->delay_after_boot_us ? global->delay_after_boot_us - up_us : 0;
}

static void set_start_delay(struct router *router)
{
	const struct global_conf *global = &router->config->global;
	uint64_t boot_us = boot_delay_us(global), delay_us = boot_us > global->startup_delay_us ? boot_us : global->startup_delay_us;

	router->delay_until_us = loop_now(router->loop) + delay_us;
	if (delay_us)
		log_info("Delaying startup for %u ms", (unsigned)(delay_us / 1000));
}

static void params_of(const struct vrrp_conf *conf, struct vrrp_params *p)
{
	memset(p, 0, sizeof(*p));
	p->version = conf->version;
	p->vrid = conf->vrid;
	p->base_priority = conf->priority;
	p->down_timer_adverts = (uint8_t)conf->down_timer_adverts;
	p->advert_us = conf->advert_us;
	p->preempt_delay_us = conf->preempt_delay_us;
	p->start_master = conf->start_master;
	p->nopreempt = conf->nopreempt;
	p->lower_prio_no_advert = conf->lower_prio_no_advert;
	p->higher_prio_send_advert = conf->higher_prio_send_advert;
	p->owner_ignore_adverts = conf->owner_ignore_adverts;
	p->in_group = conf->group != NULL;
}

static size_t auth_len(const struct instance *inst)
{
	return signs(inst) ? AUTH_TRAILER : uses_ah(inst) ? AUTH_AH : 0;
}

/* The advertised addresses: as many as fit one packet (RFC 9568 section 5.2.5 and the MTU); the rest is held, not told. */
static int list_addrs(struct instance *inst)
{
	size_t each = inst->conf->family == AF_INET6 ? 16 : 4;
	size_t room = inst->iface && inst->iface->mtu ? inst->iface->mtu : 1500;
	size_t used = ip_header_len(inst->conf) + ETHERNET_HEADER + 8 + (inst->conf->version == 2 ? VRRP_AUTH_LEN : 0) + auth_len(inst);
	size_t fit = room > used ? (room - used) / each : 0;
	struct addr *list = calloc(inst->conf->vips.count + 1U, sizeof(*list));

	if (!list)
		return -ENOMEM;
	free(inst->addrs);
	inst->addrs = list;
	inst->addr_count = 0;
	if (fit > VRRP_ADDRS_MAX)
		fit = VRRP_ADDRS_MAX;
	CONF_EACH(struct vip_conf, vip, &inst->conf->vips)
		if (vip->addr.family == inst->conf->family && inst->addr_count < fit)
			list[inst->addr_count++] = vip->addr;
	if (inst->addr_count < inst->conf->vips.count)
		log_warn("(%s) %u of %u addresses fit an advertisement, the others are held but not advertised", inst->conf->name,
		         inst->addr_count, inst->conf->vips.count);
	return 0;
}

/* Takes over a configuration, at start or by a reload. */
static int configure(struct instance *inst, const struct vrrp_conf *conf)
{
	struct router *router = inst->router;
	int err;

	inst->conf = conf;
	inst->base = NULL;
	inst->vmac = NULL;
	if (conf->interface) {
		inst->base = iface_get(router->ifaces, conf->interface);
		if (!inst->base)
			return -ENOMEM;
	}
	inst->iface = inst->wire = inst->base;
	if (conf->use_vmac || conf->use_ipvlan) {
		inst->vmac = vmac_claim(inst, inst->base, conf->family);
		if (!inst->vmac)
			return -ENOMEM;
		inst->iface = inst->vmac->link;
		if (!conf->vmac_xmit_base)
			inst->wire = inst->iface;
	}
	params_of(conf, &inst->machine.p);
	/* The other owner's configuration may be mended by now. */
	inst->machine.owner_demoted = false;
	err = secret_load(conf, &inst->auth);
	if (!err || err == -ENOKEY) /* the file went this moment: the keys that it had will do */
		err = adapt(inst);
	if (!err)
		err = vaddr_configure(inst);
	return err ? err : routes_configure(inst);
}

static void instance_free(struct instance *inst)
{
	timer_stop(inst->router->loop, &inst->timer);
	timer_stop(inst->router->loop, &inst->resigned);
	stop_bursts(inst);
	channel_leave(inst);
	vaddr_free(inst);
	routes_free(inst);
	secret_free(inst->auth);
	if (inst->queue)
		notify_queue_free(inst->queue);
	free(inst->addrs);
	free(inst);
}

static struct instance *instance_new(struct router *router, const struct vrrp_conf *conf)
{
	struct instance *inst = calloc(1, sizeof(*inst)), **tail = &router->instances;
	struct vrrp_params params;

	if (!inst)
		return NULL;
	inst->router = router;
	inst->timer.cb = deadline_due;
	inst->second_burst.cb = second_burst_due;
	inst->lower_burst.cb = lower_burst_due;
	inst->refresh.cb = refresh_due;
	inst->extra.cb = extra_due;
	inst->resigned.cb = resigned_due;
	inst->queue = notify_queue_new(router->notify, conf->name);
	params_of(conf, &params);
	vrrp_init(&inst->machine, &params);
	inst->machine.delay_until_us = router->delay_until_us;
	inst->since_us = loop_now(router->loop);
	inst->keep = true;
	if (!inst->queue || configure(inst, conf)) {
		instance_free(inst);
		return NULL;
	}
	while (*tail)
		tail = &(*tail)->next;
	*tail = inst;
	return inst;
}

static struct instance *find_running(const struct router *router, const struct vrrp_conf *conf)
{
	for (struct instance *inst = router->instances; inst; inst = inst->next) {
		const struct vrrp_conf *have = inst->conf;
		bool same_iface = have->interface && conf->interface ? !strcmp(have->interface, conf->interface)
		                                                     : have->interface == conf->interface;

		if (!inst->keep && have->vrid == conf->vrid && have->family == conf->family && same_iface &&
		    (same_iface && have->interface ? true : !strcmp(have->name, conf->name)))
			return inst;
	}
	return NULL;
}

static struct instance *find_by_name(const struct router *router, const char *name)
{
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		if (!strcmp(inst->conf->name, name))
			return inst;
	return NULL;
}

static void group_free(struct group *g)
{
	if (g->queue)
		notify_queue_free(g->queue);
	free(g->members);
	free(g);
}

static int group_configure(struct router *router, struct group *g, const struct group_conf *conf)
{
	unsigned i;

	g->conf = conf;
	g->keep = true;
	free(g->members);
	g->count = 0;
	g->members = calloc(conf->instance_count + 1U, sizeof(*g->members));
	if (!g->members)
		return -ENOMEM;
	for (i = 0; i < conf->instance_count; i++) {
		struct instance *inst = find_by_name(router, conf->instances[i]->name);

		if (!inst || inst->group)
			continue;
		inst->group = g;
		g->members[g->count++] = inst;
	}
	return 0;
}

static struct group *group_new(struct router *router, const char *name)
{
	struct group *g = calloc(1, sizeof(*g)), **tail = &router->groups;

	if (!g)
		return NULL;
	g->state = VRRP_INIT;
	g->queue = notify_queue_new(router->notify, name);
	if (!g->queue) {
		group_free(g);
		return NULL;
	}
	while (*tail)
		tail = &(*tail)->next;
	*tail = g;
	return g;
}

static struct group *find_group(const struct router *router, const char *name)
{
	for (struct group *g = router->groups; g; g = g->next)
		if (!g->keep && !strcmp(g->conf->name, name))
			return g;
	return NULL;
}

static void drop_groups(struct router *router)
{
	for (struct group **at = &router->groups; *at;) {
		struct group *g = *at;

		if (g->keep && g->count) {
			at = &g->next;
			continue;
		}
		*at = g->next;
		group_free(g);
	}
}

static int build_groups(struct router *router)
{
	int err = 0;

	for (struct group *g = router->groups; g; g = g->next)
		g->keep = false;
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->group = NULL;
	CONF_EACH(struct group_conf, conf, &router->config->groups) {
		struct group *g = find_group(router, conf->name);

		if (!g)
			g = group_new(router, conf->name);
		if (!g || group_configure(router, g, conf))
			err = -ENOMEM;
	}
	drop_groups(router);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->machine.p.in_group = inst->group != NULL;
	return err;
}

static bool runnable(const struct vrrp_conf *conf)
{
	/* Without its key an instance would be heard by nobody, and become a second master. */
	return !conf->broken && conf->vrid && secret_there(conf);
}

struct router *router_new(struct loop *loop, struct notify *notify, const struct router_hooks *hooks)
{
	struct router *router = calloc(1, sizeof(*router));

	if (!router)
		return NULL;
	router->loop = loop;
	router->notify = notify;
	if (hooks)
		router->hooks = *hooks;
	router->settle.cb = settle_due;
	router->retry.cb = retry_due;
	announce_init(&router->announcer, router);
	router->arp = arp_new();
	router->ifaces = iface_table_new(loop, iface_changed, router);
	if (!router->arp || !router->ifaces) {
		router_free(router);
		return NULL;
	}
	return router;
}

int router_start(struct router *router, const struct config *config, struct track *track)
{
	int err;

	router->config = config;
	router->track = track;
	router->filter.stale = true;
	set_start_delay(router);
	if (statics_configure(router) || delays_configure(router))
		return -ENOMEM;
	CONF_EACH(struct vrrp_conf, conf, &config->instances)
		if (runnable(conf) && !instance_new(router, conf))
			return -ENOMEM;
	err = build_groups(router);
	if (err)
		return err;
	vmac_remove_leftovers(router);
	for (struct instance *inst = router->instances; inst; inst = inst->next) {
		routes_remove_leftovers(inst);
		vaddr_remove_leftovers(inst);
	}
	routes_watch(router);
	iface_sync(router->ifaces);
	evaluate_all(router);
	return 0;
}

/* --- the end, and reload --- */

static void tell_end(struct instance *inst, enum vrrp_state from, bool deleted)
{
	struct router_event event = { .from = from, .to = VRRP_INIT, .stopping = !deleted, .deleted = deleted, .why = deleted ? "removed by reload" : "stopping" };
	const struct notify_conf *notify = &inst->conf->notify;

	log_info("(%s) %s%s", inst->conf->name, from == VRRP_MASTER ? "sent 0 priority, " : "", event.why);
	if (!deleted)
		tell_instance(inst, notify->stop, "STOP", &event);
	else if (notify->deleted_state)
		tell_instance(inst, notify->deleted, "DELETED", &event);
	else if (from != VRRP_FAULT)
		/* As keepalived has it: told as FAULT, though not to notify_fault, and no news where it was that. */
		tell_instance(inst, NULL, "FAULT", &event);
}

static void end_instance(struct instance *inst, bool deleted)
{
	enum vrrp_state from = inst->machine.state;

	inst->group = NULL;
	step(inst, VRRP_EV_STOP, NULL, "");
	tell_end(inst, from, deleted);
}

void router_stop(struct router *router)
{
	router->stopping = true;
	/* All adverts and addresses first, so that the others take over at once; scripts are only queued here. */
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		end_instance(inst, false);
	for (struct group *g = router->groups; g; g = g->next) {
		struct router_event event = { .from = g->state, .to = VRRP_INIT, .stopping = true, .why = "stopping" };

		tell_group(g, g->conf->notify.stop, "STOP", &event);
	}
	statics_remove(router);
	routes_close(router);
	vmac_unclaim(router);
	vmac_sweep(router);
	timer_stop(router->loop, &router->settle);
	timer_stop(router->loop, &router->retry);
	announce_stop(&router->announcer);
}

bool router_scripts_pending(const struct router *router)
{
	bool pending = false;

	for (const struct instance *inst = router->instances; inst; inst = inst->next)
		pending |= inst->queue && notify_queue_pending(inst->queue);
	for (const struct group *g = router->groups; g; g = g->next)
		pending |= g->queue && notify_queue_pending(g->queue);
	return pending;
}

static void drop_instances(struct router *router)
{
	for (struct instance **at = &router->instances; *at;) {
		struct instance *inst = *at;

		if (inst->keep) {
			at = &inst->next;
			continue;
		}
		end_instance(inst, true);
		*at = inst->next;
		instance_free(inst);
	}
}

/* An unchanged instance goes on with its state, its timers and its addresses. */
static void reconfigure(struct instance *inst, const struct vrrp_conf *conf)
{
	struct loop *loop = inst->router->loop;
	uint64_t refresh_us = inst->conf->garp.refresh_us, extra_us = inst->conf->garp_extra_interval_us;

	inst->keep = true;
	if (configure(inst, conf))
		log_error("(%s) out of memory at reload", conf->name);
	if (inst->machine.state == VRRP_MASTER) {
		/* A shorter interval holds from now on, a longer one from the next advertisement. */
		uint64_t latest_us = loop_now(loop) + conf->advert_us;

		inst->machine.master_interval_us = conf->advert_us;
		if (inst->machine.deadline_us > latest_us)
			inst->machine.deadline_us = latest_us;
		announce_burst(inst, inst->vaddrs.fresh ? conf->garp.master_repeat : 0);
		if (refresh_us != conf->garp.refresh_us)
			timer_set(loop, &inst->refresh, conf->garp.refresh_us);
		if (extra_us != conf->garp_extra_interval_us)
			timer_set(loop, &inst->extra, conf->garp_extra_interval_us);
		arm(inst);
	} else {
		step(inst, VRRP_EV_PRIORITY, NULL, "");
	}
}

void router_reload(struct router *router, const struct config *config)
{
	struct group *g;

	router->config = config;
	router->reloading = true;
	vmac_unclaim(router);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->keep = false;
	for (g = router->groups; g; g = g->next)
		g->keep = false;
	if (statics_configure(router) | delays_configure(router))
		log_error("out of memory: static addresses, routes or delays are not complete");
	CONF_EACH(struct vrrp_conf, conf, &config->instances) {
		struct instance *inst = runnable(conf) ? find_running(router, conf) : NULL;

		if (inst)
			reconfigure(inst, conf);
	}
	drop_instances(router);
	CONF_EACH(struct vrrp_conf, conf, &config->instances)
		if (runnable(conf) && !find_by_name(router, conf->name) && !instance_new(router, conf))
			log_error("(%s) out of memory: not started", conf->name);
	if (build_groups(router))
		log_error("out of memory: sync groups are not complete");
	vaddr_remove_stale(&router->statics);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		vaddr_remove_stale(inst);
	vmac_sweep(router);
	router->filter.stale = true;
	router->reloading = false;
	routes_watch(router);
	router->kernel.stale = true;
	evaluate_all(router);
	for (g = router->groups; g; g = g->next)
		group_update(g, "reload");
}

void router_free(struct router *router)
{
	while (router->groups) {
		struct group *g = router->groups;

		router->groups = g->next;
		group_free(g);
	}
	while (router->instances) {
		struct instance *inst = router->instances;

		router->instances = inst->next;
		instance_free(inst);
	}
	linkdelay_free(&router->linkdelays);
	routes_close(router);
	routes_free(&router->statics);
	vaddr_free(&router->statics);
	vmac_free(router);
	filter_stop(router);
	if (router->ifaces)
		iface_table_free(router->ifaces);
	if (router->arp)
		arp_free(router->arp);
	free(router);
}

/* --- views --- */

bool router_view(const struct router *router, unsigned i, struct router_view *out)
{
	const struct instance *inst = router->instances;

	while (inst && i--)
		inst = inst->next;
	if (!inst)
		return false;
	out->conf = inst->conf;
	out->machine = &inst->machine;
	out->counters = &inst->counters;
	out->fault_text = inst->fault_text;
	out->why = inst->why;
	out->since_us = inst->since_us;
	out->last_advert_us = inst->last_advert_us;
	out->holds_addresses = inst->vaddrs.held;
	out->vaddrs = inst->vaddrs.list;
	out->vaddr_count = inst->vaddrs.count;
	out->resigned = inst->resigned.armed;
	return true;
}

void router_explain(struct router *router, unsigned i, struct out *to)
{
	struct instance *inst = router->instances;
	const char *fault_name;
	unsigned faults;
	int weights;

	while (i--)
		inst = inst->next;
	fault_name = inst->fault_name;
	faults = inst->own_faults;
	weights = inst->weights;
	router->explain = to;
	look_at_trackers(inst);
	router->explain = NULL;
	inst->fault_name = fault_name;
	inst->own_faults = faults;
	inst->weights = weights;
}

enum vrrp_state router_group_state(const struct router *router, const struct group_conf *conf)
{
	for (const struct group *g = router->groups; g; g = g->next)
		if (g->conf == conf)
			return g->state;
	return VRRP_INIT;
}

/* All of them have the lowest priority before the first one gives up: the others of a group follow at once. */
int router_resign(struct router *router, const char *name, uint64_t for_us)
{
	struct instance *named = find_by_name(router, name), *inst;
	struct group *g = named ? named->group : router->groups;

	while (!named && g && strcmp(g->conf->name, name))
		g = g->next;
	if (!named && !g)
		return -ENOENT;
	for (inst = router->instances; inst; inst = inst->next) {
		if (inst != named && (!g || inst->group != g))
			continue;
		timer_stop(router->loop, &inst->resigned);
		if (for_us)
			timer_set(router->loop, &inst->resigned, for_us);
		apply_priority(inst);
	}
	for (inst = router->instances; inst && for_us; inst = inst->next)
		if (inst == named || (g && inst->group == g))
			step(inst, VRRP_EV_RESIGN, NULL, "resigned on request");
	return 0;
}

void router_clear_counters(struct router *router)
{
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		memset(&inst->counters, 0, sizeof(inst->counters));
}
