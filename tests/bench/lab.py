# SPDX-License-Identifier: MIT
"""A router and its peer in namespaces, what they send, and what they cost."""
import contextlib
import ctypes
import itertools
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
NUMBER = itertools.count()


def sh(*words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


def enter(namespace):
    with open("/run/netns/" + namespace) as file:
        if LIBC.setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")


def tree(pid):
    """The process and all below it."""
    pids = [pid]
    with contextlib.suppress(OSError):
        with open("/proc/%d/task/%d/children" % (pid, pid)) as file:
            for child in file.read().split():
                pids += tree(int(child))
    return pids


def cpu_ns(pid):
    """Time on a processor so far, children included while they live."""
    total = 0
    for one in tree(pid):
        with open("/proc/%d/schedstat" % one) as file:
            total += int(file.read().split()[0])
    return total


def memory_kb(pid):
    """(resident, private)"""
    resident = private = 0
    for one in tree(pid):
        with open("/proc/%d/smaps_rollup" % one) as file:
            for line in file:
                if line.startswith("Rss:"):
                    resident += int(line.split()[1])
                elif line.startswith("Private_"):
                    private += int(line.split()[1])
    return resident, private


class Lab:
    """Namespaces router and peer, joined by a veth pair, both ends eth0."""

    ROUTER, PEER = "192.0.2.1", "192.0.2.2"

    def __init__(self):
        self.dir = None
        self.router, self.peer = ("ukb%d-%d-%s" % (os.getpid(), next(NUMBER), n)
                                  for n in ("router", "peer"))
        self.running = []

    def __enter__(self):
        self.dir = tempfile.mkdtemp(prefix="ukeepalived-bench.")
        for name, address in (self.router, self.ROUTER), (self.peer, self.PEER):
            sh("ip", "netns", "add", name)
            sh("ip", "netns", "exec", name, "sysctl", "-qw",
               "net.ipv6.conf.default.disable_ipv6=1",
               "net.ipv4.conf.all.rp_filter=0",
               "net.ipv4.conf.default.rp_filter=0")
        sh("ip", "link", "add", "eth0", "netns", self.router, "type", "veth",
           "peer", "name", "eth0", "netns", self.peer)
        for name, address in (self.router, self.ROUTER), (self.peer, self.PEER):
            for link in "lo", "eth0":
                sh("ip", "-n", name, "link", "set", link, "up")
            sh("ip", "-n", name, "addr", "add", address + "/24", "dev", "eth0")
        return self

    def __exit__(self, *_):
        for child in list(self.running):
            self.stop(child, signal.SIGKILL)
        for name in self.router, self.peer:
            pids = subprocess.run(["ip", "netns", "pids", name],
                                  capture_output=True, text=True).stdout
            for pid in pids.split():
                with contextlib.suppress(OSError):
                    os.kill(int(pid), signal.SIGKILL)
            subprocess.call(["ip", "netns", "delete", name])
        shutil.rmtree(self.dir)

    def path(self, name):
        return os.path.join(self.dir, name)

    def start(self, command, namespace, errors):
        """A child of ours in a namespace, with no program in between."""
        with open(self.path(errors), "ab") as log:
            child = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                     stdout=log, stderr=log,
                                     preexec_fn=lambda: enter(namespace))
        self.running.append(child)
        return child

    def stop(self, child, number=signal.SIGTERM):
        pids = tree(child.pid)
        with contextlib.suppress(OSError):
            os.kill(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
        for pid in pids:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        child.wait()
        self.running.remove(child)

    @contextlib.contextmanager
    def capture(self, namespace):
        """Adverts with the kernel's nanoseconds: a function that ends the
        capture and returns them."""
        file = self.path("pcap")
        child = self.start(["tcpdump", "-Z", "root", "-n", "-i", "eth0", "-B",
                            "16384", "-U", "--time-stamp-precision=nano", "-w",
                            file, "ip proto 112"], namespace, "tcpdump")
        while not os.path.exists(file) or os.path.getsize(file) < 24:
            if child.poll() is not None:
                raise OSError("tcpdump does not run")
            time.sleep(0.01)

        def end():
            time.sleep(1.1)     # what the kernel's ring still holds
            self.stop(child)
            return adverts(file)
        yield end

    def sent(self):
        """Packets that the router has sent."""
        text = subprocess.run(
            ["ip", "netns", "exec", self.router, "cat",
             "/sys/class/net/eth0/statistics/tx_packets"],
            check=True, capture_output=True, text=True).stdout
        return int(text)

    def opened(self):
        """TCP connections that the router has begun."""
        text = subprocess.run(
            ["ip", "netns", "exec", self.router, "cat", "/proc/net/snmp"],
            check=True, capture_output=True, text=True).stdout
        names, values = (line.split() for line in text.splitlines()
                         if line.startswith("Tcp:"))
        return int(values[names.index("ActiveOpens")])

    def packet_socket(self, namespace):
        """A packet socket there, though we are here."""
        with open("/proc/self/ns/net") as home:
            enter(namespace)
            try:
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                sock.bind(("eth0", 0x0800))
            finally:
                LIBC.setns(home.fileno(), CLONE_NEWNET)
        return sock


def adverts(file):
    """(time in s, sender, VRID, priority) of each advert in a capture."""
    with open(file, "rb") as pcap:
        data = pcap.read()
    if data[:4] != b"\x4d\x3c\xb2\xa1":
        raise ValueError("no capture with nanoseconds")
    at, found = 24, []
    while at + 16 <= len(data):
        sec, nsec, length, _ = struct.unpack_from("=IIII", data, at)
        ip = data[at + 30:at + 16 + length]
        at += 16 + length
        vrrp = ip[(ip[0] & 15) * 4:]
        found.append((sec + nsec / 1e9, socket.inet_ntoa(ip[12:16]), vrrp[1],
                      vrrp[2]))
    return found


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total >> 16) + (total & 0xffff)
    return ~total & 0xffff


def advert_frame(sock, sender, vrid, priority, centiseconds):
    """An Ethernet frame with a VRRP version 3 advert for 10.0.0.VRID."""
    group = socket.inet_aton("224.0.0.18")
    source = socket.inet_aton(sender)
    body = struct.pack("!BBBBH", 0x31, vrid, priority, 1, centiseconds)
    address = bytes((10, 0, 0, vrid))
    pseudo = source + group + struct.pack("!HH", 112, 12)
    body += struct.pack("!H", checksum(pseudo + body + address)) + address
    head = struct.pack("!BBHHHBB", 0x45, 0xc0, 32, 0, 0, 255, 112)
    head += struct.pack("!H", checksum(head + source + group)) + source + group
    mac = sock.getsockname()[4]
    return bytes.fromhex("01005e000012") + mac + b"\x08\x00" + head + body
