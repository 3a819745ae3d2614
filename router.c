/* SPDX-License-Identifier: MIT */
#include "router.h"
#include "advert.h"
#include "faults.h"
#include "group.h"
#include "instance.h"
#include "notify.h"
#include "secret.h"
#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const uint32_t spacings_us[SPACED] = {
	/* A peer that answers every advertisement of ours must not make us answer its in turn without end. */
	[SPACED_REPLY] = 10000,
	/* Nor must a flood of lower priorities be answered by one of announcements and scripts. */
	[SPACED_LOWER] = 100000,
	/* Another program that removes our addresses as soon as they are there must not keep us busy. */
	[SPACED_RESTORE] = 100000,
};
#define LINE_MAX 400
#define WHY_MAX 100

struct troubles *instance_troubles(struct instance *inst)
{
	if (!inst->troubles)
		inst->troubles = calloc(1, sizeof(*inst->troubles));
	return inst->troubles;
}

void instance_log(struct instance *inst, unsigned how, const char *format, ...)
{
	char line[LINE_MAX];
	struct troubles *t;
	unsigned count = 0;
	va_list args;

	if (how >> 3) {
		t = instance_troubles(inst);
		if (!t || !log_allow(&t->limits[(how >> 3) - 1], loop_now(), &count))
			return;
	}
	va_start(args, format);
	text_vformat(line, sizeof(line), format, &args);
	va_end(args);
	log_write((int)(how & 7), count ? "(%s) %s (and %u more like it)" : "(%s) %s", inst->conf->name, line, count);
}

static bool too_soon(const struct instance *inst, enum spaced what)
{
	return inst->troubles && loop_now() - inst->troubles->last_us[what] < spacings_us[what];
}

static void space(struct instance *inst, enum spaced what)
{
	struct troubles *t = instance_troubles(inst);

	if (t)
		t->last_us[what] = loop_now();
}

/* --- scripts and the outside --- */

_Static_assert((int)NOTIFY_MASTER == VRRP_MASTER && (int)NOTIFY_FAULT == VRRP_FAULT && (int)NOTIFY_STOP == VRRP_STOP && (int)NOTIFY_LOWER == VRRP_LOWER_SEEN, "");

void router_tell(struct router *router, struct told *told, const struct router_event *event)
{
	const struct notify_conf *notify = event->group ? &event->group->notify : &event->instance->common->notify;
	const char *name = event->group ? event->group->name : event->instance->name;
	char priority[4];
	const char *const extra[] = { event->group ? "GROUP" : "INSTANCE", name, vrrp_state_text(event->what), priority, NULL };
	bool change = event->what <= VRRP_DELETED;

	text_format(priority, sizeof(priority), "%u", event->priority);
	told->transition += change;
	/* Without notify_deleted an end is told as FAULT, though not to notify_fault. */
	if (event->what <= VRRP_LOWER_SEEN && (event->what != VRRP_FAULT || !event->deleted) && (change || !notify_queue_busy(told->queue)))
		notify_queue_run(&told->queue, name, notify->scripts[event->what], NULL, told->transition);
	if (change)
		notify_queue_run(&told->queue, name, notify->scripts[NOTIFY_ANY], extra, told->transition);
	router->event(event);
}

static void tell(struct instance *inst, unsigned what, enum vrrp_state from, const char *why)
{
	struct router_event event = { .instance = inst->conf, .from = from, .to = inst->machine.state, .what = (uint8_t)what,
		                      .priority = inst->machine.effective_priority, .why = why };

	event.deleted = event.to == VRRP_INIT && what != VRRP_STOP;
	router_tell(inst->router, &inst->told, &event);
}

static void tell_state(struct instance *inst, enum vrrp_state from, const char *why)
{
	enum vrrp_state to = inst->machine.state;

	inst->since_us = loop_now();
	free(inst->why);
	inst->why = strdup(why);
	if (to == VRRP_INIT)
		return; /* the end has words of its own: tell_end() */
	instance_log(inst, LOG_INFO, "Entering %s STATE (%s)", vrrp_state_text(to), why);
	if (to == VRRP_FAULT && inst->faults == FAULT_WAITING)
		return; /* no fault yet, only no result: scripts are told when there is one */
	tell(inst, to, from, why);
}

/* --- actions --- */

static void arm_chores(struct router *router, uint64_t due_us)
{
	if (!router->chores.armed || due_us < router->chores.due_us)
		timer_set_at(&router->chores, due_us);
}

void instance_plan(struct instance *inst, enum chore chore, uint64_t delay_us)
{
	inst->chores_us[chore] = loop_now() + delay_us;
	arm_chores(inst->router, inst->chores_us[chore]);
}

/* When in the configuration, and how many announcements; TAKE_BACK has neither. */
static const struct {
	uint16_t delay_us, repeat;
} chores[] = {
	[CHORE_SECOND_BURST] = { offsetof(struct vrrp_common, garp.master_delay_us), offsetof(struct vrrp_common, garp.master_repeat) },
	[CHORE_LOWER_BURST] = { offsetof(struct vrrp_common, garp.lower_delay_us), offsetof(struct vrrp_common, garp.lower_repeat) },
	[CHORE_REFRESH] = { offsetof(struct vrrp_common, garp.refresh_us), offsetof(struct vrrp_common, garp.refresh_repeat) },
	[CHORE_EXTRA] = { offsetof(struct vrrp_common, garp.extra_us), 0 },
};

/* Not, where the configuration has no time for it. */
static void plan(struct instance *inst, enum chore chore)
{
	uint64_t delay_us = *(const uint64_t *)(const void *)((const char *)inst->conf->common + chores[chore].delay_us);

	inst->chores_us[chore] = 0;
	if (delay_us)
		instance_plan(inst, chore, delay_us);
}

static void apply_priority(struct instance *);

static void do_chore(struct instance *inst, enum chore chore)
{
	inst->chores_us[chore] = 0;
	if (chore == CHORE_TAKE_BACK)
		apply_priority(inst);
	else if (chore == CHORE_EXTRA)
		announce_extra(inst);
	else
		announce_burst(inst, *(const unsigned *)(const void *)((const char *)inst->conf->common + chores[chore].repeat));
	if (chore == CHORE_EXTRA || chore == CHORE_REFRESH)
		plan(inst, chore);
}

static void chores_due(struct timer *timer)
{
	struct router *router = container_of(timer, struct router, chores);
	uint64_t now_us = loop_now();

	for (struct instance *inst = router->instances; inst; inst = inst->next) {
		for (enum chore c = 0; c < CHORES; c++) {
			if (!inst->chores_us[c])
				continue;
			if (inst->chores_us[c] <= now_us)
				do_chore(inst, c);
			else
				arm_chores(router, inst->chores_us[c]);
		}
	}
}

static void stop_bursts(struct instance *inst)
{
	memset(inst->chores_us, 0, CHORE_TAKE_BACK * sizeof(inst->chores_us[0]));
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
	inst->counters.became_master++;
	filter_hold(inst, true);
	vaddr_add_all(inst);
	routes_add_all(inst);
	announce_burst(inst, inst->conf->common->garp.master_repeat);
	plan(inst, CHORE_SECOND_BURST);
	plan(inst, CHORE_REFRESH);
	plan(inst, CHORE_EXTRA);
}

static bool together(const struct instance *a, const struct instance *b)
{
	return a == b || (a->group && a->group == b->group);
}

static void burst_for_lower(struct instance *inst)
{
	announce_burst(inst, inst->conf->common->garp.lower_repeat);
	if (inst->conf->common->garp.lower_repeat)
		plan(inst, CHORE_LOWER_BURST);
}

static void tell_lower_seen(struct instance *inst, const struct vrrp_advert *advert)
{
	instance_log(inst, LIMIT_LOWER | LOG_INFO, "Received advert from %p with lower priority %u, ours %u%s", &advert->source,
	             advert->priority, inst->machine.effective_priority, inst->conf->lower_prio_no_advert ? "" : ", forcing new election");
	tell(inst, VRRP_LOWER_SEEN, VRRP_MASTER, "");
}

/* Another was master meanwhile: switches may have learnt it, for the addresses of the whole group. */
static void lower_seen(struct instance *inst, const struct vrrp_advert *advert)
{
	if (too_soon(inst, SPACED_LOWER))
		return;
	space(inst, SPACED_LOWER);
	for (struct instance *other = inst->router->instances; other; other = other->next)
		if (together(inst, other))
			burst_for_lower(other);
	tell_lower_seen(inst, advert);
}

static void tell_advert_news(struct instance *inst, unsigned actions, const struct vrrp_advert *advert)
{
	/* In the order of their bits, from VRRP_ACT_NEWS on. */
	static const char news_packed[] = "CONFIGURATION ERROR: two address owners, give one a lower priority\0" "advertisement interval updated\0"
		"start preempt delay\0" "stop preempt delay\0" "received lower priority advert - discarding\0" "received priority 0 advert, it is stopping";
	static const uint8_t how[] = { LIMIT_NEWS | LOG_ERR, LIMIT_NEWS | LOG_INFO, LIMIT_NEWS | LOG_INFO, LIMIT_NEWS | LOG_INFO,
	                               LIMIT_LOWER | LOG_DEBUG, LIMIT_NEWS | LOG_INFO };

	actions /= VRRP_ACT_NEWS;
	for (unsigned i = 0; actions >> i; i++) {
		bool waits = 1U << i == VRRP_ACT_PREEMPT_WAIT / VRRP_ACT_NEWS;

		if (actions >> i & 1 && log_level() >= (how[i] & 7))
			instance_log(inst, how[i], "%-s: %p has priority %u, ours is %u (%s %u ms)", text_nth(news_packed, i),
			             &advert->source, advert->priority, inst->machine.effective_priority, waits ? "waiting" : "interval",
			             waits ? (unsigned)(inst->conf->preempt_delay_us / 1000) : inst->machine.master_interval_us / 1000);
	}
}

static void reply(struct instance *inst, bool because_of_advert)
{
	if (because_of_advert) {
		if (too_soon(inst, SPACED_REPLY))
			return;
		space(inst, SPACED_REPLY);
	}
	advert_send(inst, inst->machine.effective_priority);
}

static void act(struct instance *inst, unsigned actions, enum vrrp_state from, const struct vrrp_advert *advert, const char *why)
{
	char told[80];

	if (actions & VRRP_ACT_SEND_STOP)
		advert_send(inst, VRRP_PRIORITY_STOP);
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
		text_format(told, sizeof(told), "advert from %p with priority %u, ours %u", &advert->source, advert->priority,
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
		timer_stop(&inst->timer);
	else
		timer_set_at(&inst->timer, inst->machine.deadline_us);
}

void instance_step(struct instance *inst, enum vrrp_event event, const struct vrrp_advert *advert, const char *why)
{
	enum vrrp_state from = inst->machine.state;
	unsigned actions = vrrp_step(&inst->machine, event, advert, loop_now());

	arm(inst);
	if (actions)
		act(inst, actions, from, advert, why);
}

static void deadline_due(struct timer *timer)
{
	struct instance *inst = container_of(timer, struct instance, timer);
	char why[WHY_MAX];
	const char *said = why;

	if (inst->machine.effective_priority == VRRP_PRIORITY_OWNER)
		said = "address owner";
	else if (!inst->last_advert_us)
		said = "no other router heard";
	else if (inst->machine.state == VRRP_BACKUP)
		text_format(why, sizeof(why), "nothing better than priority %u heard for %u ms, last from %p",
		            inst->machine.effective_priority, (unsigned)(inst->machine.down_us / 1000), &inst->machine.master_addr);
	else
		said = "our timer was late"; /* of a master nothing else is told */
	instance_step(inst, VRRP_EV_TIMER, NULL, said);
}

/* --- faults, priorities --- */

static void apply_priority(struct instance *inst)
{
	uint8_t base = inst->machine.owner_demoted ? VRRP_PRIORITY_OWNER - 1 : inst->conf->priority;
	uint8_t now = inst->chores_us[CHORE_TAKE_BACK] ? 1 : vrrp_effective_priority(base, inst->weights);
	enum vrrp_state state = inst->machine.state;

	if (now == inst->machine.effective_priority)
		return;
	instance_log(inst, LOG_INFO, "Changing effective priority from %u to %u", inst->machine.effective_priority, now);
	inst->machine.effective_priority = now;
	instance_step(inst, VRRP_EV_PRIORITY, NULL, "");
	if (inst->conf->common->notify.priority_changes)
		tell(inst, state == VRRP_MASTER ? VRRP_MASTER_PRIORITY : VRRP_BACKUP_PRIORITY, state, "");
}

static void apply_faults(struct instance *inst)
{
	unsigned before = inst->faults;
	char text[ROUTER_FAULT_TEXT];

	inst->faults = inst->own_faults;
	if (inst->group && inst->group->fault_count > !!inst->own_faults) {
		inst->faults |= FAULT_GROUP;
		if (!inst->own_faults)
			inst->fault_name = inst->group->faulty->conf->name;
	}
	if (inst->faults) {
		faults_text(inst, text);
		if (inst->machine.state == VRRP_FAULT && before == FAULT_WAITING && inst->faults != before)
			tell_state(inst, VRRP_INIT, text);
		instance_step(inst, VRRP_EV_FAULT, NULL, text);
	} else if (inst->machine.state == VRRP_FAULT || inst->machine.state == VRRP_INIT) {
		/* A master that lost us from its neighbour table would need time to ask for us before its adverts arrive. Not at
		 * the start, where keepalived is silent too. */
		if (inst->conf->unicast && inst->machine.state == VRRP_FAULT)
			announce_source(inst);
		instance_step(inst, VRRP_EV_RECOVER, NULL, before == FAULT_WAITING ? "first results are in" : before ? "fault is mended" : "init");
	}
}

void router_look_again(struct router *router, uint64_t delay_us)
{
	if (!router->retry.armed || loop_now() + delay_us < router->retry.due_us)
		timer_set(&router->retry, delay_us);
}

static void restore_addresses(struct instance *inst)
{
	unsigned taken;

	if (too_soon(inst, SPACED_RESTORE)) {
		router_look_again(inst->router, spacings_us[SPACED_RESTORE]);
		return;
	}
	if (!vaddr_restore(inst))
		return;
	space(inst, SPACED_RESTORE);
	announce_burst(inst, inst->conf->common->garp.master_repeat);
	taken = inst->vaddrs.taken;
	if (taken)
		instance_log(inst, LIMIT_RESTORE | LOG_WARNING, "%u address%s removed by someone else, put back", taken, taken == 1 ? " was" : "es were");
}

static void restore_routes(struct instance *inst)
{
	unsigned restored = routes_restore(inst);

	if (restored)
		instance_log(inst, LIMIT_RESTORE | LOG_WARNING, "%u route%s missing, put back", restored,
		             restored == 1 ? " or rule was" : "s or rules were");
}

static void each(struct router *router, void (*act_on)(struct instance *))
{
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		act_on(inst);
}

static void evaluate_all(struct router *router)
{
	bool stale = router->kernel.stale;

	vmac_look(router);
	/* Before the instances look around: an address of theirs may be among them. */
	restore_addresses(&router->statics);
	if (stale)
		restore_routes(&router->statics);
	router->kernel.stale = false;
	for (struct group *g = router->groups; g; g = g->next)
		g->fault_count = 0;
	each(router, faults_look);
	each(router, apply_priority);
	each(router, apply_faults);
	each(router, restore_addresses);
	if (stale)
		each(router, restore_routes);
}

static void settle_due(struct timer *timer)
{
	evaluate_all(container_of(timer, struct router, settle));
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
		timer_set(&router->settle, 0);
}

static void iface_changed(void *ctx, struct iface *iface, unsigned change)
{
	struct router *router = ctx;

	if (router->stopping)
		return;
	if (change & IFACE_ROUTES)
		routes_gone(router);
	if (!(change & ~(IFACE_ROUTES | IFACE_OWN_ADDRS)))
		return;
	router->kernel.stale |= change & (IFACE_STATE | IFACE_ADDRS | IFACE_REDUMPED);
	if (change & IFACE_HW_ADDR)
		for (struct instance *inst = router->instances; inst; inst = inst->next)
			if (inst->iface == iface && inst->machine.state == VRRP_MASTER)
				instance_plan(inst, CHORE_SECOND_BURST, 0);
	settle_soon(router);
}

void router_track_changed(struct router *router)
{
	settle_soon(router);
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

	router->delay_until_us = loop_now() + delay_us;
	if (delay_us)
		log_info("Delaying startup for %u ms", (unsigned)(delay_us / 1000));
}

/* Takes over a configuration, at start or by a reload. */
static int configure(struct instance *inst, const struct vrrp_conf *conf)
{
	int err;

	inst->conf = conf;
	inst->base = NULL;
	inst->vmac = NULL;
	if (conf->interface) {
		inst->base = iface_get(conf->interface);
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
	inst->machine.conf = conf;
	/* The other owner's configuration may be mended by now. */
	inst->machine.owner_demoted = false;
	err = secret_load(conf, &inst->auth);
	if (err && err != -ENOKEY) /* the file went this moment: the keys that it had will do */
		return err;
	faults_adapt(inst);
	err = vaddr_configure(inst);
	return err ? err : routes_configure(inst);
}

static void release(struct instance *inst)
{
	timer_stop(&inst->timer);
	channel_leave(inst);
	vaddr_free(inst);
	routes_free(inst);
	secret_free(inst->auth);
	notify_queue_free(inst->told.queue);
	free(inst->troubles);
	free(inst->why);
}

static void instance_free(struct instance *inst)
{
	release(inst);
	free(inst);
}

static struct instance *instance_new(struct router *router, const struct vrrp_conf *conf)
{
	struct instance *inst = calloc(1, sizeof(*inst)), **tail = &router->instances;

	if (!inst)
		return NULL;
	inst->router = router;
	inst->timer.cb = deadline_due;
	vrrp_init(&inst->machine, conf);
	inst->machine.delay_until_us = router->delay_until_us;
	inst->since_us = loop_now();
	inst->keep = true;
	if (configure(inst, conf)) {
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

		if (!inst->keep && have->vrid == conf->vrid && have->family == conf->family && !have->interface == !conf->interface &&
		    !strcmp(have->interface ? have->interface : have->name, conf->interface ? conf->interface : conf->name))
			return inst;
	}
	return NULL;
}

static struct instance *instance_named(const struct router *router, const char *name)
{
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		if (!strcmp(inst->conf->name, name))
			return inst;
	return NULL;
}

static bool runnable(const struct vrrp_conf *conf)
{
	/* Without its key an instance would be heard by nobody, and become a second master. */
	return !conf->broken && conf->vrid && secret_there(conf);
}

struct router *router_new(void (*event)(const struct router_event *))
{
	struct router *router = calloc(1, sizeof(*router));
	int err;

	if (!router)
		return NULL;
	router->statics.router = router;
	router->event = event;
	router->settle.cb = settle_due;
	router->retry.cb = retry_due;
	router->chores.cb = chores_due;
	router->announcer.timer.cb = announce_next;
	router->arp = -1;
	err = iface_open(iface_changed, router);
	if (err) {
		router_free(router);
		errno = -err;
		return NULL;
	}
	return router;
}

/* --- the end, and reload --- */

static void tell_end(struct instance *inst, enum vrrp_state from, bool deleted)
{
	const char *why = deleted ? "removed by reload" : "stopping";
	unsigned what = !deleted ? VRRP_STOP : inst->conf->common->notify.deleted_state ? VRRP_DELETED : VRRP_FAULT;

	instance_log(inst, LOG_INFO, "%s%s", from == VRRP_MASTER ? "sent 0 priority, " : "", why);
	/* As keepalived has it: FAULT is no news where it was that. */
	if (what != from)
		tell(inst, what, from, why);
}

static void end_instance(struct instance *inst, bool deleted)
{
	enum vrrp_state from = inst->machine.state;

	inst->group = NULL;
	instance_step(inst, VRRP_EV_STOP, NULL, "");
	tell_end(inst, from, deleted);
}

static void stop_timers(struct router *router)
{
	timer_stop(&router->kernel.later);
	timer_stop(&router->settle);
	timer_stop(&router->retry);
	timer_stop(&router->chores);
	timer_stop(&router->announcer.timer);
}

void router_stop(struct router *router)
{
	router->stopping = true;
	/* All adverts and addresses first, so that the others take over at once; scripts are only queued here. */
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		end_instance(inst, false);
	groups_stop(router);
	statics_remove(router);
	vmac_unclaim(router);
	vmac_sweep(router);
	stop_timers(router);
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
static int reconfigure(struct instance *inst, const struct vrrp_conf *conf)
{
	uint64_t refresh_us = inst->conf->common->garp.refresh_us, extra_us = inst->conf->common->garp.extra_us;
	int err;

	inst->keep = true;
	err = configure(inst, conf);
	if (inst->machine.state == VRRP_MASTER) {
		/* A shorter interval holds from now on, a longer one from the next advertisement. */
		uint64_t latest_us = loop_now() + conf->advert_us;

		inst->machine.master_interval_us = conf->advert_us;
		if (inst->machine.deadline_us > latest_us)
			inst->machine.deadline_us = latest_us;
		announce_burst(inst, inst->vaddrs.fresh ? conf->common->garp.master_repeat : 0);
		if (refresh_us != conf->common->garp.refresh_us)
			plan(inst, CHORE_REFRESH);
		if (extra_us != conf->common->garp.extra_us)
			plan(inst, CHORE_EXTRA);
		arm(inst);
	} else {
		instance_step(inst, VRRP_EV_PRIORITY, NULL, "");
	}
	return err;
}

/* All that the configuration asks for; what runs already goes on. 0 or -errno: it is not complete. */
static int build(struct router *router)
{
	int err;

	vmac_unclaim(router);
	for (struct instance *inst = router->instances; inst; inst = inst->next)
		inst->keep = false;
	router->linkdelays.conf = &router->config->interface_delays;
	err = statics_configure(router);
	CONF_EACH(struct vrrp_conf, conf, &router->config->instances) {
		struct instance *inst = runnable(conf) ? find_running(router, conf) : NULL;

		if (inst)
			err |= reconfigure(inst, conf);
	}
	drop_instances(router);
	CONF_EACH(struct vrrp_conf, conf, &router->config->instances)
		if (runnable(conf) && !instance_named(router, conf->name) && !instance_new(router, conf))
			err = -ENOMEM;
	return err | groups_build(router);
}

static void begin(struct router *router)
{
	router->filter.stale = true;
	router->kernel.stale = true;
	iface_sync();
	evaluate_all(router);
}

int router_start(struct router *router, const struct config *config)
{
	router->config = config;
	set_start_delay(router);
	if (build(router))
		return -ENOMEM;
	vmac_remove_leftovers(router);
	each(router, routes_remove_leftovers);
	each(router, vaddr_remove_leftovers);
	begin(router);
	return 0;
}

void router_reload(struct router *router, const struct config *config)
{
	router->config = config;
	router->reloading = true;
	if (build(router))
		log_error("out of memory: not all of the configuration runs");
	vaddr_remove_stale(&router->statics);
	each(router, vaddr_remove_stale);
	vmac_sweep(router);
	router->reloading = false;
	begin(router);
	for (struct group *g = router->groups; g; g = g->next)
		group_update(g, "reload");
}

void router_free(struct router *router)
{
	groups_drop(router);
	while (router->instances) {
		struct instance *inst = router->instances;

		router->instances = inst->next;
		instance_free(inst);
	}
	linkdelay_free(&router->linkdelays);
	/* They run still where the end leaves the addresses. */
	stop_timers(router);
	release(&router->statics);
	vmac_free(router);
	filter_stop(router);
	iface_close();
	if (router->arp >= 0)
		close(router->arp);
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
	out->counters = inst->counters;
	memset(out->refused, 0, sizeof(out->refused));
	if (inst->troubles)
		memcpy(out->refused, inst->troubles->refused, sizeof(out->refused));
	faults_text(inst, out->fault_text);
	out->why = inst->why ? inst->why : "";
	out->since_us = inst->since_us;
	out->last_advert_us = inst->last_advert_us;
	out->holds_addresses = inst->vaddrs.held;
	out->vaddrs = inst->vaddrs.list;
	out->vaddr_count = inst->vaddrs.count;
	out->resigned = inst->chores_us[CHORE_TAKE_BACK];
	return true;
}

void router_explain(struct router *router, unsigned i, struct out *to)
{
	const struct instance *inst = router->instances;

	while (i--)
		inst = inst->next;
	faults_explain(inst, to);
}

/* All of them have the lowest priority before the first one gives up: the others of a group follow at once. */
int router_resign(struct router *router, const char *name, uint64_t for_us)
{
	const struct instance *named = router->instances;
	struct instance *inst;

	while (named && strcmp(named->conf->name, name) && !(named->group && !strcmp(named->group->conf->name, name)))
		named = named->next;
	if (!named)
		return -ENOENT;
	for (inst = router->instances; inst; inst = inst->next) {
		if (!together(named, inst))
			continue;
		inst->chores_us[CHORE_TAKE_BACK] = 0;
		if (for_us)
			instance_plan(inst, CHORE_TAKE_BACK, for_us);
		apply_priority(inst);
	}
	for (inst = router->instances; inst && for_us; inst = inst->next)
		if (together(named, inst))
			instance_step(inst, VRRP_EV_RESIGN, NULL, "resigned on request");
	return 0;
}

void router_clear_counters(struct router *router)
{
	for (struct instance *inst = router->instances; inst; inst = inst->next) {
		memset(&inst->counters, 0, sizeof(inst->counters));
		if (inst->troubles)
			memset(inst->troubles->refused, 0, sizeof(inst->troubles->refused));
	}
}
