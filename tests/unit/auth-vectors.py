#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Prints tests/unit/auth_vectors.h: signed advertisements, computed from the
specifications with Python's hmac. tests/conf/vectors.sh keeps the two equal."""
import hashlib
import hmac
import ipaddress
import struct

KEY = bytes(range(32))
SEQUENCE = 0x6800000080000000


def raw(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total ^ 0xffff


def message(version, vrid, priority, addrs, auth=0):
    head = struct.pack("!BBBB", version << 4 | 1, vrid, priority, len(addrs))
    head += struct.pack("!BB", auth, 1) if version == 2 else b"\0\x64"
    tail = b"".join(map(raw, addrs)) + (bytes(8) if version == 2 else b"")
    return head + b"\0\0" + tail


def with_checksum(data, pseudo=b""):
    return data[:6] + struct.pack("!H", checksum(pseudo + data)) + data[8:]


def signed(version, vrid, source, dest, addrs, key_id, key, sequence):
    """auth_hmac: the bytes behind the IP header."""
    data = message(version, vrid, 200, addrs)
    family = ipaddress.ip_address(source).version
    trailer = struct.pack("!BBHQ", 1, key_id, 0, sequence)
    about = struct.pack("!BBBB", family, version, vrid, 0)
    about += raw(source).ljust(16, b"\0")
    digest = hmac.new(key, about + data + trailer + bytes(16), hashlib.sha256)
    trailer += digest.digest()[:16]
    if family == 6:
        pseudo = raw(source) + raw(dest)
        pseudo += struct.pack("!IHBB", len(data + trailer), 0, 0, 112)
        return data[:6] + struct.pack("!H", checksum(
            pseudo + data + trailer)) + data[8:] + trailer
    pseudo = raw(source) + raw(dest) + struct.pack("!BBH", 0, 112, len(data))
    return with_checksum(data, pseudo if version == 3 else b"") + trailer


def ah(source, dest, ttl, ip_id, password, sequence):
    """auth_type AH: the packet with its IP header, its checksum 0."""
    data = with_checksum(message(2, 51, 200, ["192.0.2.9"], 2))
    header = struct.pack("!BBHHHBBH", 0x45, 0xc0, 44 + len(data), ip_id, 0,
                         ttl, 51, 0) + raw(source) + raw(dest)
    multicast = ipaddress.ip_address(dest).is_multicast
    covered = header[:1] + b"\0" + header[2:8]
    covered += header[8:9] if multicast else b"\0"
    covered += header[9:]
    front = struct.pack("!BBH", 112, 4, 0) + raw(source)
    front += struct.pack("!I", sequence)
    digest = hmac.new(password.ljust(8, b"\0"),
                      covered + front + bytes(12) + data, hashlib.md5)
    return header + front + digest.digest()[:12] + data


def table(name, row, rows):
    print("\nstatic const struct %s %s[] = {" % (row, name))
    for fields in rows:
        data = fields[-1].hex()
        data = "\n\t  ".join('"%s"' % data[i:i + 100]
                             for i in range(0, len(data), 100))
        print("\t{ %s,\n\t  %s }," % (", ".join(map(str, fields[:-1])), data))
    print("};")


def text(words):
    return '"%s"' % words


four = ("198.51.100.10", "198.51.100.20", ["192.0.2.100"])
six = ("fe80::10", "fe80::20", ["fe80::100", "2001:db8::1"])
group4, group6 = "224.0.0.18", "ff02::12"
hmac_rows = []
for version in 2, 3:
    for source, dest, addrs in (four, six, (four[0], group4, four[2]),
                                (six[0], group6, six[2])):
        for key_id, key, sequence in (
                (1, KEY, SEQUENCE), (255, b"k" * 64, 0xffffffffffffffff),
                (7, bytes(range(200, 247)), 0x0123456789abcdef)):
            hmac_rows.append((version, text(source), text(dest), key_id,
                              text(key.hex()), "0x%xU" % (sequence >> 32),
                              "0x%xU" % (sequence & 0xffffffff), signed(
                                  version, 51, source, dest, addrs, key_id,
                                  key, sequence)))
ah_rows = [(text(password), "%dU" % sequence, ttl, ip_id, ah(
    "192.0.2.1", dest, ttl, ip_id, password.encode(), sequence))
    for dest, ttl in ((group4, 255), ("192.0.2.2", 255), ("192.0.2.2", 64))
    for password, sequence, ip_id in (("k3y", 1, 1),
                                      ("longerth", 0xfffffffe, 0xffff))]

print("/* SPDX-License-Identifier: MIT */")
print("/* Made by auth-vectors.py. */")
table("hmac_vectors", "hmac_vector", hmac_rows)
table("ah_vectors", "ah_vector", ah_rows)
