# SPDX-License-Identifier: MIT
"""Servers whose behaviour follows from how often each client asked: lib.times.py ADDRESS PLAN FILE

PLAN: a word a port, PORT:KIND:OKS:FAILURES, well OKS times, then badly FAILURES times, then well for ever. Of kind tcp, web (a url a line, its own
count), smtp, dns, udp, ping (PORT 0). Each question goes to FILE: time, client, port, what of it, answered well or not.
"""
import collections
import os
import select
import socket
import struct
import sys
import time

ADDRESS = sys.argv[1]
log = open(sys.argv[3], "w", 1)
asked = collections.Counter()
ports, fds = {}, {}


class Port:
    def __init__(self, text):
        port, self.kind, oks, failures = text.split(":")
        self.port, self.oks, self.failures = int(port), int(oks), int(failures)


def answer(p, client, what=""):
    key = client, p.port, what
    asked[key] += 1
    ok = asked[key] <= p.oks or asked[key] > p.oks + p.failures
    log.write("%.3f %s %d%s %s\n" % (time.monotonic(), client, p.port, what, "ok" if ok else "bad"))
    return ok


def listener(p):
    kind = socket.SOCK_DGRAM if p.kind in ("dns", "udp") else socket.SOCK_STREAM
    if p.kind == "ping":
        return socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((ADDRESS, p.port))
    if kind == socket.SOCK_STREAM:
        s.listen(50)
    return s


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def on_ping(p, s):
    data, (client, _) = s.recvfrom(1500)
    data = data[(data[0] & 15) * 4:]
    if data[0] != 8 or not answer(p, client):
        return
    data = b"\0\0\0\0" + data[4:]
    data += b"\0" * (len(data) % 2)
    s.sendto(data[:2] + struct.pack("!H", checksum(data)) + data[4:], (client, 0))


def on_datagram(p, s):
    data, client = s.recvfrom(1500)
    if p.kind == "dns":
        s.sendto(data[:2] + (b"\x81\x80" if answer(p, client[0]) else b"\x81\x82") + data[4:], client)
    elif answer(p, client[0]):
        s.sendto(b"reply", client)


class Talk:
    """A connection: web or smtp."""

    def __init__(self, p, s):
        self.p, self.s, self.ok, self.got = p, s, True, b""
        self.client = s.getpeername()[0]
        if p.kind == "smtp":
            self.ok = answer(p, self.client)
            s.send(b"220 hello\r\n" if self.ok else b"554 no\r\n")

    def read(self):
        try:
            got = self.s.recv(4096)
        except OSError:
            return False
        self.got += got
        if not got:
            return False
        if self.p.kind == "smtp":
            self.s.send(b"250 fine\r\n" if got.startswith(b"HELO") else b"221 bye\r\n")
        elif b"\r\n\r\n" in self.got:
            ok = answer(self.p, self.client, self.got.split()[1].decode())
            self.s.send(b"HTTP/1.0 %s\r\n\r\nbody" % (b"200 OK" if ok else b"500 No"))
            return False
        return True


# Of TCP_CHECK the SYNs are seen, so that the port can be closed in time for the next one: nobody listens there while it is to fail.
def on_syn(sniffer):
    frame = sniffer.recv(200)
    at = 14
    if frame[12:14] != b"\x08\x00" or frame[at + 9] != 6:
        return
    client, ip = socket.inet_ntoa(frame[at + 12:at + 16]), (frame[at] & 15) * 4
    port, flags = struct.unpack("!H", frame[at + ip + 2:at + ip + 4])[0], frame[at + ip + 13]
    p = ports.get(port)
    if not p or p.kind != "tcp" or flags & 0x12 != 2:
        return
    answer(p, client)
    count = asked[client, port, ""]
    wanted = count < p.oks or count >= p.oks + p.failures
    there = [s for s, q in fds.items() if q is p]
    if wanted and not there:
        fds[listener(p)] = p
    elif not wanted and there:
        # The handshake of this one has to be over.
        time.sleep(0.1)
        del fds[there[0]]
        there[0].close()


def main():
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    for text in sys.argv[2].split():
        p = Port(text)
        ports[p.port] = p
        if p.kind != "tcp" or p.oks:
            fds[listener(p)] = p
    open(sys.argv[3] + ".ready", "w").close()
    talks = {}
    while True:
        for s in select.select([sniffer] + list(fds) + list(talks), [], [])[0]:
            if s is sniffer:
                on_syn(s)
            elif s in talks:
                if not talks[s].read():
                    del talks[s]
                    s.close()
            elif s not in fds:
                pass
            elif fds[s].kind == "ping":
                on_ping(fds[s], s)
            elif fds[s].kind in ("dns", "udp"):
                on_datagram(fds[s], s)
            else:
                p, c = fds[s], s.accept()[0]
                if p.kind == "tcp":
                    c.close()
                else:
                    talks[c] = Talk(p, c)


main()
