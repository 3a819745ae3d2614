/* links: auth.c vrrp.c packet.c addr.c hash.c tests/unit/no_log.c */
/* SPDX-License-Identifier: MIT */
/* Signed messages of anyone: the first byte chooses the family, the window and whether the signature is made right. None that was changed after
 * it was signed is accepted, and nothing is accepted twice. */
#include "auth.h"
#include "packet.h"

#include <stdlib.h>
#include <string.h>

static void trailer(struct auth *a, const struct vrrp_packet *packet, uint8_t how)
{
	uint8_t *data = NULL;
	struct vrrp_advert advert;
	struct vrrp_packet part = *packet;

	if (vrrp_parse(packet, &packet->dest, &advert) != VRRP_OK)
		return;
	a->now = auth_clock(1000, 0);
	if (how & 4 && advert.trailer_len == AUTH_TRAILER) {
		part.len = advert.message_len;
		auth_sign(a, &part);
		data = malloc(packet->len);
		if (!data)
			return;
		memcpy(data, packet->data, packet->len);
		memcpy(data + part.len, a->trailer, AUTH_TRAILER);
		part = *packet;
		part.data = data;
		if (vrrp_parse(&part, &part.dest, &advert) != VRRP_OK || auth_verify(a, &advert, data) != VRRP_OK ||
		    auth_verify(a, &advert, data) != VRRP_REPLAYED)
			abort();
		data[how % 6] ^= 1;
		a->mark_count = 2;
		a->marks[0].source.family = a->marks[1].source.family = AF_UNSPEC;
		if (auth_verify(a, &advert, data) == VRRP_OK)
			abort();
	} else if (auth_verify(a, &advert, packet->data) == VRRP_OK && advert.trailer) {
		abort(); /* the key is nobody's */
	}
	free(data);
}

static void header(struct auth *a, const struct packet_in *in, uint8_t how)
{
	const uint8_t *data = in->ip + in->ip_len;
	size_t len = in->message.len + in->ah_len;
	uint8_t *copy;

	if (auth_ah_verify(a, in->ip, in->ip_len, data, len) == VRRP_OK)
		abort();
	if (!(how & 4) || len < AUTH_AH)
		return;
	copy = malloc(len);
	if (!copy)
		return;
	memcpy(copy, data, len);
	auth_ah_next(a);
	auth_ah_sign(a, in->ip, copy, len);
	a->sequence--;
	if (in->ip_len == 20 && auth_ah_verify(a, in->ip, in->ip_len, copy, len) != VRRP_OK)
		abort();
	copy[len - 1] ^= 1;
	a->sequence = 0;
	if (auth_ah_verify(a, in->ip, in->ip_len, copy, len) == VRRP_OK)
		abort();
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t secret[AUTH_SECRET_MAX] = "not in the corpus";
	struct auth_mark marks[2] = { 0 };
	struct auth_key key = { 0 };
	struct auth a = { .active_key = 1, .key_count = 1, .keys = &key, .mark_count = 2, .marks = marks, .enforce = true };
	struct vrrp_packet packet = { .ttl = 255 };
	struct packet_in in;
	uint8_t *copy;

	if (!size)
		return 0;
	/* At its own end, so that a read beyond it is seen. */
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	packet.data = copy + 1;
	packet.len = size - 1;
	packet.source = addr_from_bytes(data[0] & 1 ? AF_INET6 : AF_INET, (const uint8_t[16]){ 192, 0, 2, 2 });
	a.window_s = data[0] & 2 ? 5 : 0;
	key.id = 1;
	auth_key_set(&key, HASH_SHA256, secret, sizeof(secret));
	trailer(&a, &packet, data[0]);
	packet_parse_ip(copy + 1, size - 1, &in);
	auth_key_set(&key, HASH_MD5, secret, VRRP_AUTH_LEN);
	a.sequence = a.mark_count = 0;
	if (in.refusal == VRRP_OK)
		header(&a, &in, data[0]);
	free(copy);
	return 0;
}
