/* SPDX-License-Identifier: MIT */
/* flood IF SOURCE VRID PER_SECOND SECONDS: broken VRRP packets of every kind onto a test's own LAN. Prints how many it sent. */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 50

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

int main(int argc, char **argv)
{
	/* version and type, VRID, priority, count, then rubbish: each kind fails another check */
	static const uint8_t kinds[][4] = { { 0x21, 0, 254, 1 }, { 0x31, 0, 254, 1 }, { 0x22, 0, 254, 1 }, { 0x41, 0, 254, 1 },
	                                    { 0x21, 0, 254, 255 }, { 0x31, 0, 0, 0 }, { 0x21, 0, 0, 1 } };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0xe0000012) };
	uint64_t start, sent = 0, due;
	double rate, seconds;
	struct ip_mreqn mreq;
	int fd, ttl = 255;

	if (argc != 6)
		return 2;
	memset(&mreq, 0, sizeof(mreq));
	mreq.imr_ifindex = (int)if_nametoindex(argv[1]);
	inet_pton(AF_INET, argv[2], &mreq.imr_address);
	rate = atof(argv[4]);
	seconds = atof(argv[5]);
	fd = socket(AF_INET, SOCK_RAW, 112);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof(ttl))) {
		perror("flood");
		return 1;
	}
	for (start = now_us();; ) {
		uint64_t spent = now_us() - start;

		if (spent > (uint64_t)(seconds * 1e6))
			break;
		due = (uint64_t)((double)spent * rate / 1e6);
		if (due < sent + BATCH) {
			nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
			continue;
		}
		for (int i = 0; i < BATCH; i++, sent++) {
			uint8_t packet[20] = { 0 };

			memcpy(packet, kinds[sent % 7], 4);
			packet[1] = (uint8_t)atoi(argv[3]);
			packet[5] = 1;
			sendto(fd, packet, sent % 13 ? sizeof(packet) : 1 + sent % 19, 0, (struct sockaddr *)&to, sizeof(to));
		}
	}
	printf("%llu\n", (unsigned long long)sent);
	return 0;
}
