# SPDX-License-Identifier: MIT
"""Configurations beside Debian's keepalived: wire.py [-v] [FOLDER|FILE ...]

Each file with a vrrp_instance runs as it is in two namespaces, ours (UKD) and
keepalived's, whose interfaces, the ones that it names, have equal addresses and
MACs and lead nowhere. Compared: every VRRP advert byte for byte (but for the IP
id), gratuitous ARPs and neighbour advertisements with the length of the first
burst, and what ip shows of addresses, routes and rules once both are master.

Scripts run, if they exist: in a PID namespace, with a root that is read-only and
an empty /run. A line a file, then a summary; 1 when a file differs.
"""
import contextlib
import difflib
import ipaddress
import itertools
import multiprocessing.pool
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from side import BURST, Side, Skip, run

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
UKD = os.path.abspath(os.environ.get("UKD") or TOP + "/ukeepalived")
NUMBER = itertools.count()
STOPPED = threading.Event()
LIMIT = 12
# What one side cannot do, or what a namespace does not have.
UNABLE = (("use_vmac", r"^\s+use_vmac\b"), ("use_ipvlan", r"^\s+use_ipvlan\b"), ("AH", r"auth_type AH"), ("HMAC", r"auth_hmac|auth_type HMAC"),
          ("net_namespace", r"^net_namespace"), ("IPVS", r"lvs_sync_daemon "))


class Differs(Exception):
    pass


def is_address(word):
    with contextlib.suppress(ValueError):
        return ipaddress.ip_interface(word)
    return None


class Instance:
    def __init__(self, name, lines):
        text = "\n".join(lines)

        def word(pattern, default=""):
            found = re.search(r"^\t" + pattern, text, re.M)
            return found.group(1) if found else default
        self.name, self.interface = name, word(r"interface (\S+)")
        self.vrid = int(word(r"virtual_router_id (\d+)", "0"))
        self.version, self.v6 = int(word(r"version (\d)", "2")), bool(word(r"(native_ipv6)"))
        self.interval = float(word(r"advert_int (\S+)", "1"))
        self.source = is_address(word(r"(?:unicast|mcast)_src_ip (\S+)", "-"))
        found = re.search(r"unicast_peer \{(.*?)\n\t\}", text, re.S)
        self.peers = [p for p in (is_address(l.split()[0]) for l in found.group(1).strip().splitlines() if l.split()) if p] if found else []
        found = re.search(r"virtual_ipaddress \{(.*?)\n\t\}", text, re.S)
        self.vips = [l.split() for l in found.group(1).strip().splitlines()] if found else []


class File:
    """What the file asks for, read off what our own -t -d prints."""

    def __init__(self, path):
        self.path = path
        done = subprocess.run([UKD, "-t", "-d", "-f", path], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=20, cwd="/")
        self.text, self.errors = done.stdout, re.findall(r":(\d+: error: .*)", done.stderr)
        parts = re.findall(r'^vrrp_instance ("[^"]*"|\S+) \{\n(.*?)^\}', self.text, re.M | re.S)
        self.instances = [Instance(name, body.splitlines()) for name, body in parts]
        # keepalived 2.2.7 then sends 2 or 3 of 5: its queue holds an address once
        self.garp_interval = re.search(r"(garp|gna)_interval \S*[1-9]", self.text) is not None
        names = [i.interface for i in self.instances] + re.findall(r"\b(?:dev|iif|oif|default_interface|lvs_sync_daemon_interface) (\S+)", self.text)
        for block in re.findall(r"track_interface \{(.*?)\}", self.text, re.S):
            names += [line.split()[0] for line in block.strip().splitlines()]
        self.interfaces = [n for n in dict.fromkeys(names) if n and n != "lo"]

    def check(self):
        if not self.instances:
            with open(self.path, errors="replace") as text:
                if re.search(r"^\s*vrrp_instance\s", text.read(), re.M):
                    if self.errors:
                        raise Skip("no instance is sound, " + self.errors[0])
                    raise Differs("ours finds no vrrp_instance")
            raise Skip("no vrrp_instance")
        for reason, pattern in UNABLE:
            if re.search(pattern, self.text, re.M):
                raise Skip(reason)
        if not any(self.patience(i) <= LIMIT for i in self.instances):
            raise Skip("advert_int too long to wait")
        for name in self.interfaces:
            if len(name) > 15 or not re.fullmatch(r"[\w.@:+-]+", name):
                raise Skip("interface %r cannot be made" % name)

    @staticmethod
    def patience(i):
        return 4 * i.interval + 2.2

    def wait_s(self):
        return min(LIMIT, max(self.patience(i) for i in self.instances))

    def addresses(self, interface, index):
        """The host's own addresses there: a source that is asked for, else a free one of the first virtual address' network."""
        taken = {is_address(w.split("/")[0]).ip for w in re.findall(r"[\w:.]+(?:/\d+)?", self.text) if is_address(w.split("/")[0])}
        own, vips = {}, []
        for i in (i for i in self.instances if i.interface == interface):
            networks = [is_address(v[0]) for v in i.vips]
            vips += networks
            if i.source and not (i.v6 and i.source.ip.is_link_local):
                length = next((n.network.prefixlen for n in networks if n and i.source.ip in n.network), 64 if i.v6 else 24)
                own.setdefault(i.source.version, []).append("%s/%d" % (i.source.ip, length))
        for vip in vips:
            if not vip or vip.version in own or (vip.version == 6 and vip.ip.is_link_local):
                continue
            length = vip.network.prefixlen if 8 <= vip.network.prefixlen <= 29 else 24
            network = ipaddress.ip_network("%s/%d" % (vip.ip, 64 if vip.version == 6 else length), strict=False)
            last = int(network.broadcast_address)
            free = next((a for a in map(type(vip.ip), range(last - 1, last - 200, -1)) if a in network and a not in taken), None)
            if free:
                own[vip.version] = ["%s/%d" % (free, network.prefixlen)]
        own.setdefault(4, ["10.%d.0.251/24" % (200 + index % 50)])
        return list(dict.fromkeys(own[4] + own.get(6, [])))


def watch(file, sides):
    """Until both send what they should, and a burst later; or as long as is reasonable."""
    expected = {(i.interface, i.vrid) for i in file.instances}
    end, done = time.monotonic() + file.wait_s(), None
    while time.monotonic() < (done or end) and not STOPPED.wait(0.1):
        for side in sides:
            side.read()
        if all(side.child.poll() is not None for side in sides):
            break
        if not done and all({key[:2] for key in s.adverts()[0]} >= expected for s in sides):
            done = time.monotonic() + BURST + 0.2 + min(1.0, max(i.interval for i in file.instances) * 1.2)


def describe(kind, ours, theirs):
    lines = difflib.unified_diff([str(x) for x in theirs], [str(x) for x in ours], "keepalived " + kind, "ours " + kind, n=0, lineterm="")
    return [line for line in lines if not line.startswith("@@")]


def compare(ours, theirs):
    """(what differs, the details)"""
    what, details = [], []
    pairs = [("adverts", *([(key, frame) for key, frames in sorted(s.adverts()[0].items()) for frame in frames] for s in (ours, theirs)))]
    pairs.append(("announcements", *(sorted(s.announced() if ours.file.garp_interval else s.announced().items()) for s in (ours, theirs))))
    states = ours.state(), theirs.state()
    pairs += [(kind, states[0][kind], states[1][kind]) for kind in states[0]]
    for kind, a, b in pairs:
        if a != b:
            what.append(kind)
            details += describe(kind, a, b)
    return what, details


def examine(path, folder):
    """(verdict, reason, details)"""
    file = File(path)
    file.check()
    prefix = "uk%d-w%d" % (os.getpid(), next(NUMBER))
    switch = prefix + "s"
    ours = Side(file, prefix + "u", switch, [UKD, "-n", "-l", "-D", "-P", "-p", "/run/u.pid"], folder)
    theirs = Side(file, prefix + "k", switch, ["keepalived", "-n", "-l", "-D", "-P", "-p", "/run/k.pid", "-r", "/run/kv.pid"], folder)
    try:
        run("ip", "netns", "add", switch)
        run("ip", "netns", "exec", switch, "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1", "net.ipv6.conf.all.disable_ipv6=1")
        for letter, side in ("u", ours), ("k", theirs):
            side.make(letter)
        for side in ours, theirs:
            side.settle()
        for side in ours, theirs:
            side.start()
        watch(file, (ours, theirs))
        what, details = compare(ours, theirs)
        logs = [open(s.log, errors="replace").read() for s in (ours, theirs)]
        if theirs.child.poll() is not None:
            lines = [l.split(": ", 1)[-1] for l in logs[1].splitlines() if not re.search("Stopped|Stopping|exit|CPU usage|Starting", l)]
            raise Skip("keepalived ends with %d: %s" % (theirs.child.poll(), lines[-1] if lines else ""))
        if ours.child.poll() is not None:
            what.append("ours ends with %d" % ours.child.poll())
        masters = {key[:2] for key in ours.adverts()[0]}
        details += ["log of %s: %s" % (n, l) for n, log in zip(("ours", "keepalived"), logs) for l in log.splitlines()]
        if what and re.search("exited due to|respawn", logs[1]):
            return "skipped", "keepalived crashes on it", details
        if what:
            return "differs", ", ".join(what), details
        if not masters:
            return "skipped", "neither becomes master in %.1f s" % file.wait_s(), details
        return "same", "%d of %d instances master" % (len(masters), len(file.instances)), details
    finally:
        for side in ours, theirs:
            side.remove()
        run("ip", "netns", "delete", switch, check=False)


def job(path, folder):
    if STOPPED.is_set():
        return path, "skipped", "interrupted", []
    try:
        return (path,) + examine(path, folder)
    except Skip as reason:
        return path, "skipped", str(reason), []
    except Differs as reason:
        return path, "differs", str(reason), []
    except subprocess.TimeoutExpired:
        return path, "differs", "-t does not end", []


def files(arguments):
    for name in arguments or [TOP + "/tests/conf/examples"]:
        if os.path.isdir(name):
            yield from sorted(os.path.abspath(e.path) for e in os.scandir(name) if e.is_file())
        else:
            yield os.path.abspath(name)


def main():
    verbose, arguments = "-v" in sys.argv[1:], [a for a in sys.argv[1:] if a != "-v"]
    if os.geteuid() or not shutil.which("keepalived") or not shutil.which("unshare"):
        print("skip: needs root, keepalived and unshare")
        return 77
    for number in signal.SIGTERM, signal.SIGHUP, signal.SIGINT:
        signal.signal(number, lambda *_: STOPPED.set())
    total = {"same": 0, "differs": 0, "skipped": 0}
    with tempfile.TemporaryDirectory(prefix="ukeepalived-wire.") as folder, multiprocessing.pool.ThreadPool(2) as pool:
        for path, verdict, reason, details in pool.imap(lambda path: job(path, folder), list(files(arguments))):
            total[verdict] += 1
            print("%s: %s%s" % (os.path.relpath(path), verdict, " " + reason if reason else ""), flush=True)
            if verdict == "differs" or verbose:
                print("\n".join("\t" + line for line in details if verbose or not line.startswith("log of")), flush=True)
    print("%(same)d same, %(differs)d differ, %(skipped)d skipped" % total)
    return 1 if total["differs"] or STOPPED.is_set() else 0


if __name__ == "__main__":
    sys.exit(main())
