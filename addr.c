/* SPDX-License-Identifier: MIT */
#include "addr.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

size_t addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

bool addr_is_set(const struct addr *a)
{
	return addr_len(a) > 0;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, addr_len(a));
}

bool addr_equal(const struct addr *a, const struct addr *b)
{
	return addr_compare(a, b) == 0;
}

bool addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] >> 4 == 0xe;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

bool addr_is_link_local(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && a->bytes[1] >> 6 == 2;
}

struct addr addr_from_bytes(int family, const void *bytes)
{
	struct addr a = { .family = (uint8_t)family };

	memcpy(a.bytes, bytes, addr_len(&a));
	return a;
}

int addr_parse(const char *text, struct addr *out)
{
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	uint8_t bytes[16];

	if (inet_pton(family, text, bytes) != 1)
		return -EINVAL;
	*out = addr_from_bytes(family, bytes);
	return 0;
}

static int parse_prefix(const char *text, unsigned max, uint8_t *out)
{
	unsigned value = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
		/* Stops growing here, so that no number of digits overflows. */
		if (value > max)
			return -ERANGE;
	}
	*out = (uint8_t)value;
	return 0;
}

int addr_parse_prefix(const char *text, struct addr *out, uint8_t *prefix, bool *has_prefix)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char host[ADDR_TEXT_MAX];
	struct addr a;
	uint8_t bits;
	int err;

	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = '\0';
	err = addr_parse(host, &a);
	if (err)
		return err;
	bits = (uint8_t)(addr_len(&a) * 8);
	if (slash) {
		err = parse_prefix(slash + 1, bits, &bits);
		if (err)
			return err;
	}
	*out = a;
	*prefix = bits;
	*has_prefix = slash;
	return 0;
}

/* RFC 5952: the longest run of two zeros or more, the first of equals, becomes "::". */
static void text_of_v6(const uint8_t *bytes, char *buf)
{
	unsigned i, run = 0, longest = 1, start = 8, group;
	size_t n = 0;

	for (i = 0; i < 8; i++) {
		run = bytes[2 * i] || bytes[2 * i + 1] ? 0 : run + 1;
		if (run > longest) {
			longest = run;
			start = i + 1 - run;
		}
	}
	for (i = 0; i < 8; i++) {
		group = (unsigned)bytes[2 * i] << 8 | bytes[2 * i + 1];
		if (i < start || i >= start + longest)
			n += text_format(buf + n, ADDR_TEXT_MAX - n, i && i != start + longest ? ":%x" : "%x", group);
		else if (i == start)
			n += text_format(buf + n, ADDR_TEXT_MAX - n, "::");
	}
}

const char *addr_text(const struct addr *a, char *buf)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	bool in_v6 = a->family == AF_INET6 && !memcmp(a->bytes, mapped, sizeof(mapped));
	const uint8_t *b = a->bytes + (in_v6 ? sizeof(mapped) : 0);

	if (in_v6 || a->family == AF_INET)
		text_format(buf, ADDR_TEXT_MAX, "%s%u.%u.%u.%u", in_v6 ? "::ffff:" : "", b[0], b[1], b[2], b[3]);
	else if (a->family == AF_INET6)
		text_of_v6(b, buf);
	else
		memcpy(buf, "none", sizeof("none"));
	return buf;
}

socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port, unsigned scope_id, struct sockaddr_storage *out)
{
	struct sockaddr_in in4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_scope_id = scope_id };

	memset(out, 0, sizeof(*out));
	if (a->family == AF_INET) {
		memcpy(&in4.sin_addr, a->bytes, 4);
		memcpy(out, &in4, sizeof(in4));
		return sizeof(in4);
	}
	if (a->family == AF_INET6) {
		memcpy(&in6.sin6_addr, a->bytes, 16);
		memcpy(out, &in6, sizeof(in6));
		return sizeof(in6);
	}
	return 0;
}

int addr_from_sockaddr(const struct sockaddr_storage *from, socklen_t len, struct addr *out, uint16_t *port)
{
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;

	if (len >= sizeof(in4) && from->ss_family == AF_INET) {
		memcpy(&in4, from, sizeof(in4));
		*out = addr_from_bytes(AF_INET, &in4.sin_addr);
		*port = ntohs(in4.sin_port);
		return 0;
	}
	if (len >= sizeof(in6) && from->ss_family == AF_INET6) {
		memcpy(&in6, from, sizeof(in6));
		*out = addr_from_bytes(AF_INET6, &in6.sin6_addr);
		*port = ntohs(in6.sin6_port);
		return 0;
	}
	return -EAFNOSUPPORT;
}
