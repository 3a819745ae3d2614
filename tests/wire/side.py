# SPDX-License-Identifier: MIT
"""A daemon in a namespace of its own, what leaves its interfaces, and what ip shows there."""
import contextlib
import ctypes
import os
import re
import signal
import socket
import subprocess
import time

LIBC = ctypes.CDLL(None, use_errno=True)
BURST = 1.0     # the second burst comes 5 s after the first by default
# Its scripts may kill, write and talk to services only there.
SANDBOX = ("mount -t tmpfs none /run && mount -o remount,ro,bind / && { \"$@\" & child=$!; trap 'kill $child' TERM; wait $child; code=$?;"
           " [ $code -lt 128 ] || wait $child; exit $code; }")


class Skip(Exception):
    pass


def run(*words, check=True):
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    if check and done.returncode:
        raise Skip("%s: %s" % (" ".join(words), done.stderr.strip()))
    return done.stdout


class Side:
    """One daemon's namespace."""

    def __init__(self, file, name, switch, command, folder):
        self.file, self.name, self.switch, self.command = file, name, switch, command
        self.log, self.frames, self.child = os.path.join(folder, name + ".log"), [], None

    def make(self, letter):
        run("ip", "netns", "add", self.name)
        run("ip", "netns", "exec", self.name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.all.accept_dad=0",
            "net.ipv6.conf.default.accept_ra=0", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
            "net.ipv6.conf.default.router_solicitations=0")
        lines = ["link set lo up"]
        for n, interface in enumerate(self.file.interfaces):
            run("ip", "link", "add", "%s%d" % (letter, n), "netns", self.switch, "type", "veth", "peer", "name", interface, "netns", self.name)
            run("ip", "-n", self.switch, "link", "set", "%s%d" % (letter, n), "up")
            lines.append("link set %s address 02:00:00:00:aa:%02x up" % (interface, n + 1))
            lines += ["addr add %s dev %s" % (a, interface) for a in self.file.addresses(interface, n)]
        for i in self.file.instances:
            for peer in i.peers:
                lines.append("neigh replace %s dev %s lladdr 02:00:00:00:bb:01 nud permanent" % (peer.ip, i.interface))
                if not peer.ip.is_link_local:
                    lines.append("route replace %s dev %s" % (peer, i.interface))
        subprocess.run(["ip", "-n", self.name, "-force", "-batch", "-"], input="\n".join(lines), text=True, capture_output=True)
        self.socket = self.open_socket()

    def open_socket(self):
        with open("/proc/thread-self/ns/net") as home, open("/run/netns/" + self.name) as there:
            LIBC.setns(there.fileno(), 0)
            try:
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            finally:
                LIBC.setns(home.fileno(), 0)
        sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)     # SO_RCVBUFFORCE
        sock.setblocking(False)
        return sock

    def settle(self):
        """The kernel tells of a new carrier up to a second late."""
        for _ in range(60):
            links = run("ip", "-n", self.name, "-br", "link").splitlines()
            local = run("ip", "-n", self.name, "-6", "-o", "addr").count(" fe80:")
            if local >= len(links) - 1 and all(l.split()[1] == "UP" for l in links if not l.startswith("lo ")):
                break
            time.sleep(0.05)

    def start(self):
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(["ip", "netns", "exec", self.name, "unshare", "-m", "-p", "-f", "--mount-proc", "--kill-child", "sh", "-c", SANDBOX,
                                           "sh"] + self.command + ["-f", self.file.path], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/")

    def read(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                frame, where = self.socket.recvfrom(65536)
                if where[2] == socket.PACKET_OUTGOING:
                    self.frames.append((time.monotonic(), where[0], frame))

    def adverts(self):
        """Different adverts by (interface, VRID, destination), in their order; also when each first came."""
        found, first = {}, {}
        for when, interface, frame in self.frames:
            if frame[12:14] == b"\x08\x00" and frame[23] == 112:
                start = 14 + (frame[14] & 15) * 4
                key, shown = (interface, frame[start + 1], frame[30:34].hex()), frame[:18] + b"\0\0" + frame[20:24] + b"\0\0" + frame[26:]
            elif frame[12:14] == b"\x86\xdd" and frame[20] == 112:
                key, shown = (interface, frame[55], frame[38:54].hex()), frame
            else:
                continue
            first.setdefault(key, when)
            if shown.hex() not in found.setdefault(key, []):
                found[key].append(shown.hex())
        return found, first

    def announced(self):
        """How often each gratuitous ARP or NA left in the first burst, counted from its first one."""
        count, first = {}, {}
        for when, interface, frame in self.frames:
            arp = frame[12:14] == b"\x08\x06" and frame[28:32] == frame[38:42]
            advertisement = frame[12:14] == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136 and frame[38:40] == b"\xff\x02"
            if arp or advertisement:
                key = (interface, frame.hex())
                if when < first.setdefault(key, when) + BURST:
                    count[key] = count.get(key, 0) + 1
        return count

    def ip(self, *words):
        text = run("ip", "-n", self.name, *words, check=False)
        text = re.sub(r"@\S+|expires \S+|(valid|preferred)_lft [1-9]\S*|cache|\bpref medium\b", "", text)
        return sorted(" ".join(line.split()) for line in text.replace("\\", " ").splitlines())

    def state(self):
        return {"addresses": self.ip("-o", "addr"), "routes": self.ip("-4", "route", "show", "table", "all") + self.ip("-6", "route", "show", "table", "all"),
                "rules": self.ip("-4", "rule") + self.ip("-6", "rule")}

    def remove(self):
        if self.child:
            self.child.kill()       # takes PID 1 of its namespace along
            self.child.wait()
        for pid in run("ip", "netns", "pids", self.name, check=False).split():
            with contextlib.suppress(OSError):
                os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "delete", self.name, check=False)
