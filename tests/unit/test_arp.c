/* links: arp.c addr.c */
/* SPDX-License-Identifier: MIT */
#include "arp.h"
#include "iface.h"

#include <errno.h>
#include <net/if_arp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct iface ethernet(void)
{
	struct iface i = {
		.name = "eth0", .index = 3, .flags = IFF_UP | IFF_RUNNING, .hw_type = ARPHRD_ETHER, .hw_len = 6,
		.hw_addr = { 0x02, 0x11, 0x22, 0x33, 0x44, 0x55 },
		.hw_broadcast = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};

	return i;
}

static struct iface infiniband(void)
{
	struct iface i = {
		.name = "ib0", .index = 4, .flags = IFF_UP | IFF_RUNNING, .hw_type = ARPHRD_INFINIBAND, .hw_len = 20,
		.hw_addr = { 0x80, 0, 0x02, 0x08, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0xf4, 0x52, 0x14, 3, 0, 0x7b, 0xcb, 0xa1 },
		.hw_broadcast = { 0, 0xff, 0xff, 0xff, 0xff, 0x12, 0x40, 0x1b, 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff },
	};

	return i;
}

static struct addr v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return (struct addr){ .family = AF_INET, .bytes = { a, b, c, d } };
}

static struct addr fe80_9(void)
{
	return (struct addr){ .family = AF_INET6, .bytes = { 0xfe, 0x80, [15] = 9 } };
}

/* The frame that the kernel makes of it; its own header is the link's. */
static size_t build(const struct iface *iface, const struct addr *addr, bool router, uint8_t *frame)
{
	bool ethernet = iface->hw_type == ARPHRD_ETHER;
	size_t head = ethernet ? 14 : 24, len;
	uint8_t dest[ARP_HW_MAX], *at = frame + iface->hw_len;

	len = arp_build(iface, addr, router, dest, frame + head);
	if (!len)
		return 0;
	memcpy(frame, dest, iface->hw_len);
	if (ethernet) {
		memcpy(at, iface->hw_addr, iface->hw_len);
		at += iface->hw_len;
	}
	memcpy(at, addr->family == AF_INET ? "\x08\x06\0" : "\x86\xdd\0", ethernet ? 2 : 4);
	return head + len;
}
#define FRAME_MAX (24 + ARP_PACKET_MAX)

/* Captured from keepalived 2.2.7 on the same interface and addresses. */
static void frames_are_keepaliveds(void **state)
{
	static const uint8_t garp[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x08, 0x06, 0x00, 0x01,
		0x08, 0x00, 0x06, 0x04, 0x00, 0x01, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x0a, 0x09, 0x09, 0x64,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0a, 0x09, 0x09, 0x64,
	};
	static const uint8_t na[] = {
		0x33, 0x33, 0x00, 0x00, 0x00, 0x01, 0x02, 0x11, 0x22, 0x33, 0x44, 0x55, 0x86, 0xdd, 0x60, 0x00,
		0x00, 0x00, 0x00, 0x20, 0x3a, 0xff, 0xfe, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0xff, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x88, 0x00, 0xf0, 0xf2, 0x20, 0x00, 0x00, 0x00, 0xfe, 0x80,
		0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x09, 0x02, 0x01,
		0x02, 0x11, 0x22, 0x33, 0x44, 0x55,
	};
	struct iface eth = ethernet();
	struct addr a = v4(10, 9, 9, 100), b = fe80_9();
	uint8_t frame[FRAME_MAX];

	(void)state;
	memset(frame, 0xee, sizeof(frame));
	assert_int_equal(build(&eth, &a, false, frame), sizeof(garp));
	assert_memory_equal(frame, garp, sizeof(garp));
	memset(frame, 0xee, sizeof(frame));
	assert_int_equal(build(&eth, &b, false, frame), sizeof(na));
	assert_memory_equal(frame, na, sizeof(na));
}

/* RFC 1071: over all of it, checksum included, the sum is 0xffff. */
static unsigned sum(const uint8_t *ip, size_t message)
{
	uint32_t total = (uint32_t)message + 58;

	for (size_t i = 8; i < 40 + message; i += 2)
		total += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (total >> 16)
		total = (total & 0xffff) + (total >> 16);
	return total;
}

static void router_flag_and_checksum(void **state)
{
	struct iface eth = ethernet();
	struct addr a = fe80_9();
	uint8_t frame[FRAME_MAX];

	(void)state;
	for (unsigned i = 0; i < 512; i++) {
		bool router = i & 1;

		/* Sums that carry once and twice are among these. */
		for (unsigned k = 8; k < 16; k++)
			a.bytes[k] = i & 2 ? 0xff : (uint8_t)(i * 37 * k);
		eth.hw_addr[5] = (uint8_t)i;
		assert_int_equal(build(&eth, &a, router, frame), 86);
		assert_int_equal(frame[14 + 40 + 4], router ? 0xa0 : 0x20);
		assert_int_equal(sum(frame + 14, 32), 0xffff);
		assert_memory_equal(frame + 14 + 8, a.bytes, 16);
		assert_memory_equal(frame + 14 + 48, a.bytes, 16);
		assert_memory_equal(frame + 80, eth.hw_addr, 6);
	}
}

static void infiniband_frames(void **state)
{
	/* RFC 4391 section 4 for ff02::1, scope and partition from the broadcast group. */
	static const uint8_t group[] = { 0, 0xff, 0xff, 0xff, 0xff, 0x12, 0x60, 0x1b, 0x80, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
	struct iface ib = infiniband();
	struct addr a = v4(192, 0, 2, 1), b = fe80_9();
	uint8_t f[FRAME_MAX];

	(void)state;
	assert_int_equal(build(&ib, &a, false, f), 24 + 8 + 2 * 24);
	assert_memory_equal(f, ib.hw_broadcast, 20);
	assert_memory_equal(f + 20, "\x08\x06\0\0\0\x20\x08\0\x14\x04\0\1", 12);
	assert_memory_equal(f + 32, ib.hw_addr, 20);
	assert_memory_equal(f + 52, a.bytes, 4);
	assert_memory_equal(f + 76, a.bytes, 4);
	/* The option is filled up to a multiple of 8. */
	assert_int_equal(build(&ib, &b, true, f), 24 + 40 + 24 + 24);
	assert_memory_equal(f, group, 20);
	assert_memory_equal(f + 20, "\x86\xdd\0\0\x60", 5);
	assert_memory_equal(f + 88, "\2\3", 2);
	assert_memory_equal(f + 90, ib.hw_addr, 20);
	assert_memory_equal(f + 110, "\0\0", 2);
	assert_int_equal(sum(f + 24, 48), 0xffff);
}

/* No byte beyond what is said. */
static void within_the_room(void **state)
{
	struct iface both[] = { ethernet(), infiniband() };
	struct addr a = v4(1, 2, 3, 4), b = fe80_9();

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		uint8_t *dest = malloc(ARP_HW_MAX), *packet = malloc(ARP_PACKET_MAX);

		assert_int_equal(arp_build(&both[i], &a, false, dest, packet), i ? 56 : 28);
		assert_int_equal(arp_build(&both[i], &b, true, dest, packet), i ? 88 : 72);
		free(dest);
		free(packet);
	}
}

static void nobody_to_tell(void **state)
{
	struct iface eth = ethernet(), lo = ethernet(), noarp = ethernet(), tun = ethernet(), odd = ethernet(), gone = ethernet();
	struct addr a = v4(1, 2, 3, 4), b = fe80_9(), none = { 0 };
	int fd = -1;
	uint8_t f[FRAME_MAX];

	(void)state;
	lo.flags |= IFF_LOOPBACK;
	noarp.flags |= IFF_NOARP;
	tun.hw_type = ARPHRD_NONE;
	odd.hw_len = 8;
	gone.index = 0;
	assert_int_equal(build(&lo, &a, false, f), 0);
	assert_int_equal(build(&noarp, &a, false, f), 0);
	assert_int_equal(build(&tun, &a, false, f), 0);
	assert_int_equal(build(&odd, &a, false, f), 0);
	assert_int_equal(build(&lo, &b, false, f), 0);
	assert_int_equal(build(&noarp, &b, false, f), 0);
	assert_int_equal(build(&eth, &none, false, f), 0);
	assert_int_equal(arp_announce(&fd, &lo, &a, false), 0);
	assert_int_equal(arp_announce(&fd, &gone, &a, false), -ENODEV);
	assert_int_equal(fd, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_are_keepaliveds),
		cmocka_unit_test(router_flag_and_checksum),
		cmocka_unit_test(infiniband_frames),
		cmocka_unit_test(within_the_room),
		cmocka_unit_test(nobody_to_tell),
	};

	return cmocka_run_group_tests_name("arp", tests, NULL, NULL);
}
