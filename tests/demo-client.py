#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""demo-client.py INTERFACE ADDRESS PRIORITY: pings ADDRESS every 2 ms and listens
for adverts; a line on stdin says that the master has died. Prints what the
client saw, and what the timers of the router with PRIORITY asked for."""
import os
import select
import socket
import struct
import sys
import time

PERIOD = 0.002
PATIENCE = 10
SO_TIMESTAMPNS = 35


def paint(code, text):
    return "\033[%sm%s\033[0m" % (code, text) if sys.stdout.isatty() else text


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def echo(number):
    head = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xffff, number)
    return head[:2] + struct.pack("!H", checksum(head)) + head[4:]


class Client:
    def __init__(self, interface, address):
        self.address = address
        self.ping = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                  socket.IPPROTO_ICMP)
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM,
                                  socket.htons(0x0800))
        self.wire.bind((interface, 0x0800))
        for sock in self.ping, self.wire:
            sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.adverts = []       # (time, router, priority, interval)
        self.replies = []       # time
        self.lost = 0
        self.start = time.time()

    @staticmethod
    def receive(sock):
        """A packet and the time at which the kernel had it."""
        data, ancillary, _, _ = sock.recvmsg(2048, 256)
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                sec, nsec = struct.unpack("@ll", value[:16])
                return data, sec + nsec / 1e9
        return data, time.time()

    def heard(self):
        data, when = self.receive(self.wire)
        if len(data) < 28 or data[9] != 112:
            return
        vrrp = data[(data[0] & 15) * 4:]
        self.adverts.append((when, socket.inet_ntoa(data[12:16]), vrrp[2],
                             (struct.unpack("!H", vrrp[4:6])[0] & 0xfff) / 100))

    def answered(self):
        data, when = self.receive(self.ping)
        icmp = data[(data[0] & 15) * 4:]
        if (socket.inet_ntoa(data[12:16]) == self.address and icmp[0] == 0
                and icmp[4:6] == struct.pack("!H", os.getpid() & 0xffff)):
            self.replies.append(when)

    def turn(self, until, files):
        """Takes packets until then; true when the script has spoken."""
        while True:
            wait = until - time.time()
            ready = select.select(files, [], [], max(0, wait))[0]
            if self.wire in ready:
                self.heard()
            if self.ping in ready:
                self.answered()
            if sys.stdin in ready:
                sys.stdin.readline()
                return True
            if wait <= 0:
                return False

    def run(self):
        """Until a second after the service is back."""
        number, died = 0, None
        files = [self.ping, self.wire, sys.stdin]
        due = time.time()
        while not died or time.time() < died + PATIENCE:
            number += 1
            due += PERIOD
            try:
                self.ping.sendto(echo(number & 0xffff), (self.address, 0))
            except OSError:     # no neighbour
                pass
            if self.turn(due, files):
                died = time.time()
                files.remove(sys.stdin)
            back = [t for t in self.replies if died and t > died]
            if back and time.time() > back[0] + 1:
                break
        return died


def main():
    client = Client(*sys.argv[1:3])
    died = client.run()
    adverts, replies = client.adverts, client.replies
    old = [a for a in adverts if a[0] < died]
    new = [a for a in adverts if a[0] > died and a[1] != old[-1][1]]
    before = [t for t in replies if t < died]
    after = [t for t in replies if t > died]
    if not (old and new and before and after):
        sys.exit("the client was not served again within %d s" % PATIENCE)

    def line(when, text):
        print("%9.3f s  %s" % (when - client.start, text))

    line(old[0][0], "%s is the master, with priority %d" % old[0][1:3])
    line(old[-1][0], "its last advert; it sends one every %g ms"
         % (old[-1][3] * 1000))
    line(before[-1], "the client's last answer from %s" % client.address)
    line(died, paint("31", "%s is dead" % old[-1][1]))
    line(new[0][0], "%s is the master: its first advert" % new[0][1])
    line(after[0], paint("32", "the client is served again"))
    interval, priority = old[-1][3], int(sys.argv[3])
    asked = 3 * interval + (256 - priority) / 256 * interval
    took, served = new[0][0] - old[-1][0], after[0] - old[-1][0]
    print("""
The protocol asks the other router to wait for three adverts and a skew:
%8.1f ms from the last advert, 3 x %g + (256 - %d)/256 x %g
%8.1f ms from the last advert until it was the master, %.1f ms later than asked
%8.1f ms from the last advert until the client had an answer again
%8.1f ms without an answer for the client, in all"""
          % (asked * 1000, interval * 1000, priority, interval * 1000,
             took * 1000, (took - asked) * 1000, served * 1000,
             (after[0] - before[-1]) * 1000))


main()
