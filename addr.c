/* SPDX-License-Identifier: MIT */
#include "addr.h"
#include "bytes.h"
#include "text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

size_t addr_len(const struct addr *a)
{
	return a->family == AF_INET ? 4 : a->family == AF_INET6 ? 16 : 0;
}

bool addr_is_set(const struct addr *a)
{
	return a->family != AF_UNSPEC;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a));
}

int addr_is_multicast(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] >> 4 == 0xe;
	return a->family == AF_INET6 && a->bytes[0] == 0xff;
}

int addr_is_link_local(const struct addr *a)
{
	if (a->family == AF_INET)
		return a->bytes[0] == 169 && a->bytes[1] == 254;
	return a->family == AF_INET6 && a->bytes[0] == 0xfe && a->bytes[1] >> 6 == 2;
}

uint16_t addr_checksum(uint32_t start, const uint8_t *data, size_t len)
{
	for (; len > 1; len -= 2, data += 2)
		start += get16(data);
	if (len)
		start += (uint32_t)data[0] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return (uint16_t)~start;
}

struct addr addr_from_bytes(int family, const void *bytes)
{
	struct addr a = { .family = (uint8_t)family };

	memcpy(a.bytes, bytes, addr_len(&a));
	return a;
}

/* What follows four numbers with dots between them, NULL where it is something else. */
static const char *parse_v4(const char *s, uint8_t *out)
{
	for (unsigned i = 0;; s++) {
		const char *first = s;
		unsigned n = 0;

		while (n < 256 && text_digit(*s) < 10)
			n = n * 10 + text_digit(*s++);
		if (n > 255 || s == first || (*first == '0' && s != first + 1))
			return NULL;
		out[i++] = (uint8_t)n;
		if (i == 4)
			return s;
		if (*s != '.')
			return NULL;
	}
}

static const char *parse_v6(const char *s, uint8_t *out)
{
	uint8_t *at = out, *gap = NULL, *end = out + 16;

	if (*s == ':' && *++s != ':')
		return NULL;
	for (;; s++) {
		const char *group;
		unsigned n = 0;

		if (*s == ':' && !gap) {
			gap = at;
			if (text_digit(*++s) > 15)
				break;
		}
		for (group = s; s < group + 4 && text_digit(*s) < 16; s++)
			n = n << 4 | text_digit(*s);
		if (s == group || at == end)
			return NULL;
		if (*s == '.' && at <= end - 4) {
			s = parse_v4(group, at);
			at += 4;
			break;
		}
		put16(at, n);
		at += 2;
		if (*s != ':')
			break;
	}
	/* The gap is of one group at least. */
	if (gap ? at > end - 2 : at < end)
		return NULL;
	if (gap) {
		memmove(end - (at - gap), gap, (size_t)(at - gap));
		memset(gap, 0, (size_t)(end - at));
	}
	return s;
}

int addr_parse_prefix(const char *text, struct addr *out, uint8_t *prefix)
{
	struct addr a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	const char *end = (a.family == AF_INET6 ? parse_v6 : parse_v4)(text, a.bytes);
	unsigned max = (unsigned)addr_len(&a) * 8, bits = max;

	if (end && *end == '/' && prefix) {
		text = ++end;
		for (bits = 0; bits <= max && text_digit(*end) < 10; end++)
			bits = bits * 10 + text_digit(*end);
	}
	if (!end || *end || end == text || bits > max)
		return -EINVAL;
	*out = a;
	if (prefix)
		*prefix = (uint8_t)bits;
	return 0;
}

int addr_parse(const char *text, struct addr *out)
{
	return addr_parse_prefix(text, out, NULL);
}

/* RFC 5952: the longest run of two zeros or more, the first of equals, becomes "::". */
static void text_of_v6(const uint8_t *bytes, char *buf)
{
	unsigned i, run = 0, longest = 1, start = 8;

	for (i = 0; i < 8; i++) {
		run = bytes[2 * i] || bytes[2 * i + 1] ? 0 : run + 1;
		if (run > longest) {
			longest = run;
			start = i + 1 - run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == start) {
			i += longest;
			*buf++ = ':';
		}
		if (i)
			*buf++ = ':';
		if (i < 8)
			buf += text_format(buf, sizeof("ffff"), "%x", get16(bytes + 2 * i));
	}
	*buf = '\0';
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

#define FIELD(type, field) offsetof(struct type, field)
_Static_assert(FIELD(sockaddr_in, sin_port) == FIELD(sockaddr_in6, sin6_port), "a port has one place");

socklen_t addr_to_sockaddr(const struct addr *a, uint16_t port, unsigned scope_id, struct sockaddr_storage *out)
{
	bool v6 = a->family == AF_INET6;
	char *to = (char *)out;

	memset(out, 0, sizeof(*out));
	if (!addr_is_set(a))
		return 0;
	out->ss_family = a->family;
	port = htons(port);
	memcpy(to + FIELD(sockaddr_in, sin_port), &port, sizeof(port));
	memcpy(to + (v6 ? FIELD(sockaddr_in6, sin6_addr) : FIELD(sockaddr_in, sin_addr)), a->bytes, addr_len(a));
	if (v6)
		memcpy(to + FIELD(sockaddr_in6, sin6_scope_id), &scope_id, sizeof(scope_id));
	return v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

int addr_dial(const void *to, socklen_t len, int type)
{
	const struct sockaddr *sa = to;
	int fd = socket(sa->sa_family, type | SOCK_CLOEXEC, 0), err;

	if (fd >= 0 && connect(fd, sa, len) && errno != EINPROGRESS) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int addr_connect(const struct addr *a, uint16_t port, unsigned scope_id, int type)
{
	struct sockaddr_storage to;
	socklen_t len = addr_to_sockaddr(a, port, scope_id, &to);

	return addr_dial(&to, len, type | SOCK_NONBLOCK);
}
