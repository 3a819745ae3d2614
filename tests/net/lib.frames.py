#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""frames.py send IF PCAP WORD...: sends frames of a capture again, changed.
frames.py check PCAP KEYFILE: 0 when every advert in it is signed as it should.

source=ADDR vrid=N choose among the frames; the last one is sent, or with
"all" all of them. cut=N leaves N bytes off the end; flip=N changes the byte N
behind the IP header, from the end when negative; ago=N makes its trailer N
seconds older; hops=N sets the TTL or hop limit.
"""
import hashlib
import hmac
import ipaddress
import socket
import struct
import sys


def frames(name):
    with open(name, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while at + 16 <= len(data):
        length = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + length]
        at += 16 + length


class Packet:
    def __init__(self, frame):
        self.ether, self.ip = frame[:14], frame[14:]
        self.v6 = self.ip[0] >> 4 == 6
        if self.v6:
            end = 40 + struct.unpack("!H", self.ip[4:6])[0]
            self.head, self.proto = 40, self.ip[6]
            source = self.ip[8:24]
        else:
            end = struct.unpack("!H", self.ip[2:4])[0]
            self.head, self.proto = 4 * (self.ip[0] & 15), self.ip[9]
            source = self.ip[12:16]
        self.source = str(ipaddress.ip_address(source))
        self.data = bytearray(self.ip[self.head:end])
        self.ip = bytearray(self.ip[:self.head])
        self.vrid = self.data[25 if self.proto == 51 else 1]

    def frame(self):
        if self.v6:
            self.ip[4:6] = struct.pack("!H", len(self.data))
            self.data[6:8] = bytes(2)
            self.data[6:8] = struct.pack("!H", checksum(
                bytes(self.ip[8:40]) +
                struct.pack("!IHBB", len(self.data), 0, 0, 112) +
                bytes(self.data)))
        else:
            self.ip[2:4] = struct.pack("!H", self.head + len(self.data))
            self.ip[10:12] = bytes(2)
            self.ip[10:12] = struct.pack("!H", checksum(bytes(self.ip)))
        return self.ether + self.ip + self.data


def checksum(data):
    data += bytes(len(data) & 1)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def chosen(packet, words):
    return all(str(getattr(packet, key)) == words[key]
               for key in ("source", "vrid") if key in words)


def change(packet, words):
    data = packet.data
    if "ago" in words:
        then = struct.unpack("!I", data[-24:-20])[0] - int(words["ago"])
        data[-24:-20] = struct.pack("!I", then)
    if "flip" in words:
        data[int(words["flip"])] ^= 0x55
    if "hops" in words:
        packet.ip[7 if packet.v6 else 8] = int(words["hops"])
    if "cut" in words:
        del data[-int(words["cut"]):]


def send(interface, name, words):
    words = dict((word + "=").split("=")[:2] for word in words)
    packets = [p for p in map(Packet, frames(name)) if chosen(p, words)]
    if "all" not in words:
        packets = packets[-1:]
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    for packet in packets:
        change(packet, words)
        out.send(packet.frame())
    print(len(packets))
    return not packets


def check(name, key_file):
    """Whole trailers, each with a higher number than the one before."""
    with open(key_file) as file:
        key = bytes.fromhex(file.read().strip()[4:])
    count, last = 0, {}
    for packet in map(Packet, frames(name)):
        data = bytes(packet.data)
        version, addrs = data[0] >> 4, data[3]
        length = 8 + addrs * (16 if packet.v6 else 4)
        length += 8 if version == 2 else 0
        trailer = data[length:]
        source = ipaddress.ip_address(packet.source).packed.ljust(16, b"\0")
        about = bytes([6 if packet.v6 else 4, version, packet.vrid, 0])
        signed = data[:6] + bytes(2) + data[8:length] + trailer[:12]
        digest = hmac.new(key, about + source + signed + bytes(16),
                          hashlib.sha256).digest()[:16]
        number = int.from_bytes(trailer[4:12], "big")
        who = packet.source, packet.vrid
        if len(trailer) != 28 or trailer[12:] != digest:
            sys.exit("frame %d of %s is not signed well" % (count, who))
        if number <= last.get(who, 0):
            sys.exit("frame %d of %s has an old number" % (count, who))
        last[who] = number
        count += 1
    return count < 10


if sys.argv[1] == "send":
    sys.exit(send(sys.argv[2], sys.argv[3], sys.argv[4:]))
sys.exit(check(sys.argv[2], sys.argv[3]))
