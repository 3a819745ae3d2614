/* SPDX-License-Identifier: MIT */
/*
 * advert IF [WORD=VALUE...]: valid or nearly valid adverts of a router that is not there, onto a test's own LAN (lib.advert.sh).
 * Words: src dst vrid prio version int (v2: s, v3: cs) ttl auth pass addrs=A,B sum=good|plain|group|bad count rate, key=ID: an auth_hmac
 * trailer of that key and of this moment, forged. Prints how many it sent.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct job {
	struct in_addr src, dst;
	unsigned vrid, prio, version, interval, ttl, auth, key;
	char pass[8];
	const char *sum;
	double count, rate;
	uint8_t packet[20 + 8 + 255 * 4 + 8 + 28], *end;
};

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint32_t add(uint32_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	return sum;
}

static void checksum(struct job *j)
{
	uint8_t *vrrp = j->packet + 20;
	size_t len = (size_t)(j->end - vrrp);
	struct in_addr group = { htonl(0xe0000012) };
	uint32_t sum = add(0, vrrp, len);

	if (j->version == 3 && strcmp(j->sum, "plain")) {
		sum = add(add(sum, &j->src, 4), strcmp(j->sum, "group") ? &j->dst : &group, 4);
		sum += 112 + (uint32_t)len;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	sum = ~sum ^ !strcmp(j->sum, "bad");
	vrrp[6] = (uint8_t)(sum >> 8);
	vrrp[7] = (uint8_t)sum;
}

static void build(struct job *j, char *addrs)
{
	uint8_t *ip = j->packet, *vrrp = ip + 20, *at = vrrp + 8;

	ip[0] = 0x45;
	ip[1] = 0xc0;
	ip[8] = (uint8_t)j->ttl;
	ip[9] = 112;
	memcpy(ip + 12, &j->src, 4);
	memcpy(ip + 16, &j->dst, 4);
	vrrp[0] = (uint8_t)(j->version << 4 | 1);
	vrrp[1] = (uint8_t)j->vrid;
	vrrp[2] = (uint8_t)j->prio;
	vrrp[4] = (uint8_t)(j->version == 2 ? j->auth : j->interval >> 8);
	vrrp[5] = (uint8_t)j->interval;
	for (char *a = strtok(addrs, ","); a && vrrp[3] < 255; a = strtok(NULL, ","), at += 4, vrrp[3]++)
		inet_pton(AF_INET, a, at);
	if (j->version == 2) {
		memcpy(at, j->pass, 8);
		at += 8;
	}
	j->end = at;
	checksum(j);
	if (!j->key)
		return;
	at[0] = 1;
	at[1] = (uint8_t)j->key;
	j->end += 28;
}

static void forge(const struct job *j, double count)
{
	uint32_t number[6] = { htonl((uint32_t)time(NULL)), (uint32_t)count };

	for (int i = 2; i < 6; i++)
		number[i] = (number[1] + (uint32_t)i) * 2654435761U;
	memcpy(j->end - 24, number, sizeof(number));
}

static int flood(struct job *j, const char *iface)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr = j->dst };
	struct ip_mreqn mreq = { .imr_ifindex = (int)if_nametoindex(iface) };
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	uint64_t start = now_us();
	double sent = 0;

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &mreq, sizeof(mreq)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, iface, (socklen_t)strlen(iface) + 1)) {
		perror("advert");
		return 1;
	}
	while (sent < j->count) {
		double due = 1 + (double)(now_us() - start) * j->rate / 1e6;

		for (; sent < due && sent < j->count; sent++) {
			if (j->key)
				forge(j, sent);
			if (sendto(fd, j->packet, (size_t)(j->end - j->packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
				perror("advert");
				return 1;
			}
		}
		if (sent < j->count)
			nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
	}
	printf("%.0f\n", sent);
	return 0;
}

int main(int argc, char **argv)
{
	struct job j = { .vrid = 51, .prio = 100, .version = 2, .interval = 1, .ttl = 255, .sum = "good", .count = 1, .rate = 1,
	                 .dst.s_addr = htonl(0xe0000012) };
	static char none[1];
	char *addrs = none;

	if (argc < 3)
		return 2;
	for (int i = 2; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		const char *word = argv[i];

		if (!value)
			return 2;
		*value++ = '\0';
		if (!strcmp(word, "src"))
			inet_pton(AF_INET, value, &j.src);
		else if (!strcmp(word, "dst"))
			inet_pton(AF_INET, value, &j.dst);
		else if (!strcmp(word, "vrid"))
			j.vrid = (unsigned)atoi(value);
		else if (!strcmp(word, "prio"))
			j.prio = (unsigned)atoi(value);
		else if (!strcmp(word, "version"))
			j.version = (unsigned)atoi(value);
		else if (!strcmp(word, "int"))
			j.interval = (unsigned)atoi(value);
		else if (!strcmp(word, "ttl"))
			j.ttl = (unsigned)atoi(value);
		else if (!strcmp(word, "auth"))
			j.auth = (unsigned)atoi(value);
		else if (!strcmp(word, "key"))
			j.key = (unsigned)atoi(value);
		else if (!strcmp(word, "pass"))
			memcpy(j.pass, value, strnlen(value, 8));
		else if (!strcmp(word, "addrs"))
			addrs = value;
		else if (!strcmp(word, "sum"))
			j.sum = value;
		else if (!strcmp(word, "count"))
			j.count = atof(value);
		else if (!strcmp(word, "rate"))
			j.rate = atof(value);
		else
			return 2;
	}
	build(&j, addrs);
	return flood(&j, argv[1]);
}
