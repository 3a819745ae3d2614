/* SPDX-License-Identifier: MIT */
#include "channel.h"
#include "advert.h"
#include "instance.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* A turn of the loop reads no more than this from one socket, so that a flood can't hold up the timers. */
#define PACKETS_PER_TURN 64

/* Zero between its fields too: it is compared as bytes. */
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
	where->every_vrid = inst->router->config->global.log_unknown_vrids;
	where->rcvbuf = conf->common->rx_buf_size;
}

static bool fits(const struct channel *ch, const struct packet_where *where)
{
	return !memcmp(&ch->where, where, offsetof(struct packet_where, rcvbuf));
}

static int update_filter(struct channel *ch)
{
	struct packet_vrids vrids;

	memset(&vrids, ch->where.every_vrid ? 255 : 0, sizeof(vrids));
	for (struct instance *m = ch->members; m; m = m->link.next)
		packet_vrids_add(&vrids, m->conf->vrid);
	return packet_set_vrids(ch->io.fd, &ch->where, &vrids);
}

static void readable(struct io *io, short revents)
{
	/* Not on the stack, where it would lie between everything else. */
	static uint8_t bytes[PACKET_MAX];
	struct packet_in packet;

	(void)revents;
	for (unsigned i = 0; i < PACKETS_PER_TURN && packet_receive(io->fd, bytes, &packet); i++)
		advert_receive(container_of(io, struct channel, io), &packet);
}

static int channel_open(struct router *router, const struct packet_where *where, struct channel **out)
{
	struct channel *ch = calloc(1, sizeof(*ch));
	int err;

	if (!ch)
		return -ENOMEM;
	ch->router = router;
	ch->where = *where;
	ch->io = (struct io){ .fd = packet_open(where), .events = POLLIN, .cb = readable };
	err = ch->io.fd < 0 ? ch->io.fd : io_add(&ch->io);
	if (err) {
		io_close(&ch->io);
		free(ch);
		return err;
	}
	ch->next = router->channels;
	router->channels = ch;
	*out = ch;
	return 0;
}

int channel_join(struct instance *inst)
{
	struct packet_where where;
	struct channel *ch = inst->link.channel;
	int err;

	wanted(inst, &where);
	if (ch && fits(ch, &where))
		return 0;
	channel_leave(inst);
	for (ch = inst->router->channels; ch && !fits(ch, &where);)
		ch = ch->next;
	err = ch ? 0 : channel_open(inst->router, &where, &ch);
	if (err)
		return err;
	inst->link.channel = ch;
	inst->link.next = ch->members;
	ch->members = inst;
	err = update_filter(ch);
	if (err)
		channel_leave(inst);
	return err;
}

void channel_leave(struct instance *inst)
{
	struct channel *ch = inst->link.channel, **other;
	struct instance **at;

	if (!ch)
		return;
	for (at = &ch->members; *at != inst;)
		at = &(*at)->link.next;
	*at = inst->link.next;
	inst->link.channel = NULL;
	if (ch->members) {
		update_filter(ch);
		return;
	}
	for (other = &ch->router->channels; *other != ch;)
		other = &(*other)->next;
	*other = ch->next;
	io_close(&ch->io);
	free(ch);
}
