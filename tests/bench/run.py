#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures ukeepalived beside Debian's keepalived and a bare ppoll loop, in the
same run: tests/bench/run.py [ROW ...]. From /proc and captured packets, never
from logs. A row that misses its "must" makes the run fail. Times and rounds are
small for a machine that others use; BENCH_ROUNDS=10 takes longer and varies
less. BENCH_BIN names another binary to measure."""
import os
import random
import statistics
import subprocess
import sys
import time

from lab import Lab, advert_frame, cpu_ns, memory_kb

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BARE = TOP + "/build/bench/bare"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))


class Contender:
    def __init__(self, name, binary):
        self.name, self.binary = name, binary

    def start(self, lab, conf, _):
        for name in ("pid", "vrrp.pid", "check.pid"):
            if os.path.exists(lab.path(name)):
                os.unlink(lab.path(name))
        with open(lab.path("conf"), "w") as file:
            file.write(conf)
        return lab.start(
            [self.binary, "-n", "-l", "-f", lab.path("conf"), "-p",
             lab.path("pid"), "-r", lab.path("vrrp.pid"), "-c",
             lab.path("check.pid")], lab.router, self.name)


class Bare(Contender):
    def start(self, lab, _, bare):
        return lab.start([BARE, bare[0], "eth0", lab.ROUTER, *bare[1:]],
                         lab.router, self.name)


def instances(count, interval, state="MASTER", priority=128):
    text = ""
    for vrid in range(1, count + 1):
        text += """vrrp_instance VI_%d {
    state %s
    interface eth0
    virtual_router_id %d
    priority %d
    version 3
    advert_int %g
    virtual_ipaddress {
        10.0.0.%d/32
    }
}
""" % (vrid, state, vrid, priority, interval, vrid)
    return text


class Row:
    """values[contender's name] = number; the smaller the better, if not told"""

    def __init__(self, title, unit, must=None, form="%.2f"):
        self.title, self.unit, self.must, self.form = title, unit, must, form
        self.values = {}


def takeover(lab, contenders):
    """A master of ours falls silent and comes back; how late is the router?"""
    interval, down = 0.1, 3 * 0.1 + (256 - 128) / 256 * 0.1
    late = {c.name: [] for c in contenders}
    sock = lab.packet_socket(lab.peer)
    frame = advert_frame(sock, lab.PEER, 1, 200, 10)
    for _ in range(ROUNDS):
        for contender in contenders:
            child = contender.start(
                lab, instances(1, interval, "BACKUP"),
                ("backup", "%d" % (down * 1e6), "%d" % (interval * 1e6)))
            time.sleep(1)
            with lab.capture(lab.router) as packets:
                for _ in range(20):
                    for _ in range(3):
                        sock.send(frame)
                        time.sleep(interval)
                    time.sleep(down - interval + random.uniform(0.04, 0.07))
            lab.stop(child)
            for last, first in zip(packets, packets[1:]):
                if last[1] == lab.PEER and first[1] == lab.ROUTER:
                    late[contender.name].append(
                        (first[0] - last[0] - down) * 1000)
    sock.close()
    typical = Row("takeover beyond the timers, median", "ms",
                  lambda us, other: us < 1)
    worst = Row("takeover beyond the timers, worst", "ms",
                lambda us, other: us <= other)
    for name, values in late.items():
        if len(values) < ROUNDS * 10:
            sys.exit("%s took over %d times only" % (name, len(values)))
        typical.values[name] = statistics.median(values)
        worst.values[name] = max(values)
    return typical, worst


def schedule(lab, contenders):
    """255 instances every 50 ms: gaps between an instance's adverts."""
    on_time = Row("adverts within 10 % of 50 ms, 255 instances", "%",
                  lambda us, other: us > 99)
    all_sent = Row("adverts sent of those due", "%")
    for contender in contenders:
        child = contender.start(lab, instances(255, 0.05),
                                ("master", "255", "50000"))
        time.sleep(8)   # past the second burst of gratuitous ARP
        with lab.capture(lab.peer) as packets:
            time.sleep(3 * ROUNDS)
        lab.stop(child)
        last, good, gaps, span = {}, 0, 0, packets[-1][0] - packets[0][0]
        for when, _, vrid, priority in packets:
            if priority == 0:
                break
            if vrid in last:
                gaps += 1
                good += 0.045 <= when - last[vrid] <= 0.055
            last[vrid] = when
        on_time.values[contender.name] = 100 * good / gaps
        all_sent.values[contender.name] = 100 * len(packets) / (255 * 20 * span)
    return on_time, all_sent


def cpu(lab, contenders):
    """Nobody captures here: the counter of the interface counts."""
    row = Row("CPU per advert, 255 instances every 50 ms", "us",
              lambda us, other: us < 0.6 * other)
    spent = {c.name: [0, 0] for c in contenders}
    for _ in range(ROUNDS):
        for contender in contenders:
            child = contender.start(lab, instances(255, 0.05),
                                    ("master", "255", "50000"))
            time.sleep(8)
            used, sent = cpu_ns(child.pid), lab.sent()
            time.sleep(3)
            spent[contender.name][0] += cpu_ns(child.pid) - used
            spent[contender.name][1] += lab.sent() - sent
            lab.stop(child)
    for name, (used, sent) in spent.items():
        row.values[name] = used / 1000 / sent
    return (row,)


def memory(lab, contenders):
    rows = []
    for count, limits in (1, (700, None)), (255, (None, 1024)):
        for kind, limit in zip(("resident", "private"), limits):
            rows.append(Row("%s memory, %d instance%s" % (
                kind, count, "s" if count > 1 else ""), "kB",
                limit and (lambda us, other, limit=limit: us < limit), "%d"))
        for contender in contenders:
            child = contender.start(lab, instances(count, 1),
                                    ("master", str(count), "1000000"))
            time.sleep(6)
            for row, value in zip(rows[-2:], memory_kb(child.pid)):
                row.values[contender.name] = value
            lab.stop(child)
    return rows


def start(lab, contenders):
    """An owner sends its first advert as soon as it is ready."""
    row = Row("start to first advert, median", "ms")
    took = {c.name: [] for c in contenders}
    for _ in range(ROUNDS * 3):
        for contender in contenders:
            with lab.capture(lab.router) as packets:
                begin = time.time()
                child = contender.start(lab, instances(1, 1, priority=255),
                                        ("master", "1", "1000000"))
                time.sleep(1)
            lab.stop(child)
            if not packets:
                sys.exit("%s sent nothing" % contender.name)
            took[contender.name].append((packets[0][0] - begin) * 1000)
    for name, values in took.items():
        row.values[name] = statistics.median(values)
    return (row,)


def reading(lab, contenders):
    """-t on 10,000 real servers"""
    row = Row("-t on 10,000 real servers, median", "ms",
              lambda us, other: us < other)
    text = ""
    for v in range(100):
        text += "virtual_server 10.1.0.%d 80 {\n" % v
        text += "    lvs_sched rr\n    lvs_method NAT\n    protocol TCP\n"
        for r in range(100):
            text += "    real_server 10.2.%d.%d 80 {\n        weight 1\n" % (v, r)
            text += "        TCP_CHECK {\n            connect_timeout 3\n"
            text += "        }\n    }\n"
        text += "}\n"
    with open(lab.path("conf"), "w") as file:
        file.write(text)
    took = {c.name: [] for c in contenders if not isinstance(c, Bare)}
    for _ in range(ROUNDS * 3):
        for contender in contenders:
            if contender.name not in took:
                continue
            begin = time.monotonic()
            status = subprocess.call(
                [contender.binary, "-t", "-f", lab.path("conf")],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL)
            took[contender.name].append((time.monotonic() - begin) * 1000)
            if status:
                sys.exit("%s -t ended with %d" % (contender.name, status))
    for name, values in took.items():
        row.values[name] = statistics.median(values)
    return (row,)


ROWS = {"takeover": takeover, "schedule": schedule, "cpu": cpu,
        "memory": memory, "start": start, "reading": reading}


def show(row, names):
    """The row's line; false when it misses what it must reach."""
    us, other = row.values[names[0]], row.values[names[1]]
    good = row.must is None or row.must(us, other)
    cells = [row.form % row.values[n] if n in row.values else "-"
             for n in names]
    print("%-46s %s %7s  %-4s %s" % (
        row.title, " ".join("%11s" % cell for cell in cells),
        "%.2f" % (us / other) if other else "-", row.unit,
        "" if row.must is None else "ok" if good else "MISSED"), flush=True)
    return good


def main():
    names = sys.argv[1:] or list(ROWS)
    for name in names:
        if name not in ROWS:
            sys.exit(__doc__ + "\nRows: " + " ".join(ROWS))
    if os.geteuid() != 0:
        sys.exit("needs root")
    os.makedirs(os.path.dirname(BARE), exist_ok=True)
    subprocess.run(["gcc", "-O2", "-D_GNU_SOURCE", "-Wall", "-o", BARE,
                    TOP + "/tests/bench/bare.c"], check=True)
    binary = os.environ.get("BENCH_BIN", TOP + "/ukeepalived")
    contenders = [Contender("ukeepalived", binary),
                  Contender("keepalived", "keepalived"),
                  Bare("bare loop", BARE)]
    print("%-46s %s %7s" % ("", " ".join("%11s" % c.name for c in contenders),
                            "ratio"))
    missed = 0
    for name in names:
        with Lab() as lab:
            for row in ROWS[name](lab, contenders):
                missed += not show(row, [c.name for c in contenders])
    sys.exit(1 if missed else 0)


main()
