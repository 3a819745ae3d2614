/* SPDX-License-Identifier: MIT */
#include "channel.h"
#include "advert.h"
#include "instance.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A turn of the loop reads no more than this from one socket, so that a flood can't hold up the timers. */
#define PACKETS_PER_TURN 64

static void wanted(const struct instance *inst, struct packet_where *where)
{
	const struct vrrp_conf *conf = inst->conf;

	memset(where, 0, sizeof(*where));
	where->family = conf->family;
	where->protocol = conf->auth_type == VRRP_AUTH_AH ? PACKET_PROTOCOL_AH : VRRP_PROTOCOL;
	if (inst->wire) {
		where->name = inst->wire->name;
		where->index = inst->wire->index;
		if (inst->vmac && inst->wire != inst->base)
			where->base_index = inst->base->index;
	}
	if (!conf->unicast)
		where->group = conf->mcast_group;
	where->rcvbuf = conf->common->rx_buf_size;
}

static bool same_where(const struct packet_where *a, const struct packet_where *b)
{
	return a->family == b->family && a->protocol == b->protocol && a->index == b->index &&
	       a->base_index == b->base_index && addr_equal(&a->group, &b->group);
}

static void update_filter(struct channel *ch)
{
	struct packet_vrids vrids = { { 0 } };

	for (struct instance *m = ch->members; m; m = m->link.next)
		packet_vrids_add(&vrids, m->conf->vrid);
	packet_set_vrids(ch->rx.fd, &ch->where, &vrids);
}

static void deliver(void *ctx, const struct packet_in *packet)
{
	advert_receive(ctx, packet);
}

static void readable(struct io *io, short revents)
{
	struct channel *ch = container_of(io, struct channel, rx);

	(void)revents;
	packet_receive(io->fd, PACKETS_PER_TURN, deliver, ch);
}

static void channel_close(struct channel *ch)
{
	struct channel **at;

	for (at = &ch->router->channels; *at; at = &(*at)->next) {
		if (*at == ch) {
			*at = ch->next;
			break;
		}
	}
	io_close(&ch->rx);
	if (ch->tx >= 0)
		close(ch->tx);
	free(ch);
}

static int channel_open(struct router *router, const struct packet_where *where, uint8_t vrid, struct channel **out)
{
	struct packet_vrids vrids = { { 0 } };
	struct channel *ch = calloc(1, sizeof(*ch));
	int err;

	if (!ch)
		return -ENOMEM;
	ch->router = router;
	ch->where = *where;
	if (where->name) {
		text_format(ch->name, sizeof(ch->name), "%s", where->name);
		ch->where.name = ch->name;
	}
	packet_vrids_add(&vrids, vrid);
	ch->tx = -1;
	ch->rx.fd = err = packet_open_receive(&ch->where, &vrids);
	if (err >= 0)
		ch->tx = err = packet_open_send(&ch->where);
	ch->rx.events = POLLIN;
	ch->rx.cb = readable;
	if (err >= 0)
		err = io_add(&ch->rx);
	ch->next = router->channels;
	router->channels = ch;
	if (err < 0) {
		channel_close(ch);
		return err;
	}
	*out = ch;
	return 0;
}

int channel_join(struct instance *inst)
{
	struct packet_where where;
	struct channel *ch;
	int err;

	if (inst->link.channel)
		return 0;
	wanted(inst, &where);
	for (ch = inst->router->channels; ch; ch = ch->next)
		if (same_where(&ch->where, &where))
			break;
	if (!ch) {
		err = channel_open(inst->router, &where, inst->conf->vrid, &ch);
		if (err)
			return err;
	}
	inst->link.channel = ch;
	inst->link.next = ch->members;
	ch->members = inst;
	update_filter(ch);
	return 0;
}

void channel_leave(struct instance *inst)
{
	struct channel *ch = inst->link.channel;
	struct instance **at;

	if (!ch)
		return;
	for (at = &ch->members; *at; at = &(*at)->link.next) {
		if (*at == inst) {
			*at = inst->link.next;
			break;
		}
	}
	inst->link.channel = NULL;
	inst->link.next = NULL;
	if (ch->members)
		update_filter(ch);
	else
		channel_close(ch);
}

bool channel_fits(const struct instance *inst)
{
	struct packet_where where;

	if (!inst->link.channel)
		return false;
	wanted(inst, &where);
	return same_where(&inst->link.channel->where, &where);
}
