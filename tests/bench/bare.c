/* SPDX-License-Identifier: MIT */
/*
 * The least that a VRRP router can do: a raw socket, a timer and ppoll().
 *	bare backup INTERFACE ADDRESS DOWN_US INTERVAL_US
 *	bare master INTERFACE ADDRESS COUNT INTERVAL_US
 * What it costs and how late it is, nobody can undercut on this machine.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define VRRP 112

struct bare {
	int fd, alarm; /* a timerfd: ppoll's own time-out may come 0.1 % late */
	struct in_addr from;
	struct sockaddr_in to;
	long interval_us;
};

static int64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static int open_socket(struct bare *b, const char *ifname)
{
	struct ip_mreqn group = { .imr_ifindex = (int)if_nametoindex(ifname) };
	int ttl = 255, off = 0;

	b->to.sin_family = AF_INET;
	inet_pton(AF_INET, "224.0.0.18", &b->to.sin_addr);
	group.imr_multiaddr = b->to.sin_addr;
	group.imr_address = b->from;
	b->fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, VRRP);
	if (b->fd < 0 || group.imr_ifindex == 0)
		return -1;
	if (setsockopt(b->fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)) ||
	    setsockopt(b->fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl)) ||
	    setsockopt(b->fd, IPPROTO_IP, IP_MULTICAST_LOOP, &off, sizeof(off)))
		return -1;
	return setsockopt(b->fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group));
}

static uint32_t add_words(uint32_t sum, const uint8_t *p, size_t len)
{
	for (; len >= 2; p += 2, len -= 2)
		sum += (uint32_t)p[0] << 8 | p[1];
	return sum;
}

static void send_advert(const struct bare *b, int vrid)
{
	uint8_t p[12] = { 0x31, (uint8_t)vrid, 128, 1 };
	long cs = b->interval_us / 10000;
	uint32_t sum;

	p[4] = (uint8_t)(cs >> 8);
	p[5] = (uint8_t)cs;
	memcpy(p + 8, (uint8_t[]){ 10, 0, 0, (uint8_t)vrid }, 4);
	sum = add_words(VRRP + sizeof(p), (const uint8_t *)&b->from, 4);
	sum = add_words(sum, (const uint8_t *)&b->to.sin_addr, 4);
	sum = add_words(sum, p, sizeof(p));
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	p[6] = (uint8_t)(sum >> 8);
	p[7] = (uint8_t)sum;
	sendto(b->fd, p, sizeof(p), 0, (const struct sockaddr *)&b->to, sizeof(b->to));
}

static void set_alarm(const struct bare *b, int64_t due_us)
{
	struct itimerspec when = { .it_value = { .tv_sec = due_us / 1000000,
						 .tv_nsec = due_us % 1000000 * 1000 } };

	timerfd_settime(b->alarm, TFD_TIMER_ABSTIME, &when, NULL);
}

/* 1 when there is a packet, 0 when the alarm has gone off */
static int wait_for(const struct bare *b)
{
	struct pollfd fds[] = { { .fd = b->fd, .events = POLLIN },
				{ .fd = b->alarm, .events = POLLIN } };

	ppoll(fds, 2, NULL, NULL);
	return fds[0].revents != 0;
}

static void backup(const struct bare *b, long down_us)
{
	int64_t due = now_us() + down_us;
	uint8_t packet[256];

	for (;;) {
		set_alarm(b, due);
		if (!wait_for(b)) {
			send_advert(b, 1);
			due += b->interval_us;
		} else if (recv(b->fd, packet, sizeof(packet), 0) > 0) {
			due = now_us() + down_us;
		}
	}
}

/* All at once, as instances are that started together. */
static void master(const struct bare *b, int count)
{
	struct pollfd fd = { .fd = b->alarm, .events = POLLIN };
	int64_t due = now_us();

	for (;; due += b->interval_us) {
		set_alarm(b, due);
		ppoll(&fd, 1, NULL, NULL);
		for (int vrid = 1; vrid <= count; vrid++)
			send_advert(b, vrid);
	}
}

int main(int argc, char **argv)
{
	struct bare b = { .fd = -1 };

	if (argc != 6 || inet_pton(AF_INET, argv[3], &b.from) != 1) {
		fprintf(stderr, "usage: bare backup|master IF ADDRESS N INTERVAL_US\n");
		return 2;
	}
	b.interval_us = atol(argv[5]);
	b.alarm = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (b.alarm < 0 || open_socket(&b, argv[2])) {
		perror("bare");
		return 1;
	}
	if (strcmp(argv[1], "backup") == 0)
		backup(&b, atol(argv[4]));
	else
		master(&b, atoi(argv[4]));
	return 0;
}
