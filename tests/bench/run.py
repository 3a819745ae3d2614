#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures ukeepalived beside Debian's keepalived and a bare ppoll loop, in the
same run: tests/bench/run.py [ROW ...]. From /proc and captured packets, never
from logs. A row that misses its "must" makes the run fail. Times and rounds are
small for a machine that others use; BENCH_ROUNDS=10 takes longer and varies
less. BENCH_BIN names another binary to measure."""
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
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


def silence(contenders, interval, cycles):
    """A master of ours falls silent and comes back: by how many ms does the
    router take over later than asked? All at the same time, each on a wire of
    its own, so that what disturbs one disturbs all."""
    down = 3 * interval + (256 - 128) / 256 * interval
    late = {c.name: [] for c in contenders}
    with contextlib.ExitStack() as stack:
        posts = []
        for contender in contenders:
            lab = stack.enter_context(Lab())
            contender.start(lab, instances(1, interval, "BACKUP"), (
                "backup", "%d" % (down * 1e6), "%d" % (interval * 1e6)))
            posts.append((contender.name, lab, lab.packet_socket(lab.peer)))
        time.sleep(1)
        captures = [(name, stack.enter_context(lab.capture(lab.router)))
                    for name, lab, _ in posts]
        for _ in range(cycles):
            random.shuffle(posts)
            # Twice: what the first one ends, shall be over at the second one.
            for _, lab, sock in posts * 2:
                sock.send(advert_frame(sock, lab.PEER, 1, 200,
                                       int(interval * 100)))
                # Apart, so that they do not compete for the processors.
                time.sleep(0.02)
            time.sleep(down + random.uniform(0.02, 0.05))
        packets_of = {name: captured() for name, captured in captures}
    for name, packets in packets_of.items():
        for last, first in zip(packets, packets[1:]):
            if last[1] == Lab.PEER and first[1] == Lab.ROUTER:
                late[name].append((first[0] - last[0] - down) * 1000)
        if len(late[name]) < cycles * 0.9:
            sys.exit("%s took over %d times, not %d"
                     % (name, len(late[name]), cycles))
    return late


def takeover(contenders):
    rows = []
    for interval, cycles in (0.1, 30), (1, 6):
        late = silence(contenders, interval, cycles * ROUNDS)
        for word, pick, must in (
                ("median", statistics.median, lambda us, other, bare: us < 1),
                ("worst", max, lambda us, other, bare:
                 us <= other or us <= bare + 1)):
            row = Row("takeover beyond timers of %g s, %s" % (interval, word),
                      "ms", must)
            row.values = {name: pick(some) for name, some in late.items()}
            rows.append(row)
    return rows


def gaps(packets):
    """Times between the adverts of the same instance, while it is master."""
    last = {}
    for when, _, vrid, priority in packets:
        if priority == 0:
            break
        if vrid in last:
            yield when - last[vrid]
        last[vrid] = when


def schedule(contenders):
    """255 instances every 50 ms: gaps between an instance's adverts."""
    on_time = Row("adverts within 10 % of 50 ms, 255 instances", "%",
                  lambda us, other, bare: us > 99)
    all_sent = Row("adverts sent of those due", "%")
    good, total, due = ({c.name: 0 for c in contenders} for _ in range(3))
    for _ in range(ROUNDS):
        for contender in contenders:
            with Lab() as lab:
                contender.start(lab, instances(255, 0.05),
                                ("master", "255", "50000"))
                time.sleep(8)   # past the second burst of gratuitous ARP
                with lab.capture(lab.peer) as captured:
                    time.sleep(4)
                    packets = captured()
            some = list(gaps(packets))
            good[contender.name] += sum(0.045 <= gap <= 0.055 for gap in some)
            total[contender.name] += len(some)
            due[contender.name] += 255 * 20 * (packets[-1][0] - packets[0][0])
    for c in contenders:
        on_time.values[c.name] = 100 * good[c.name] / total[c.name]
        all_sent.values[c.name] = 100 * total[c.name] / due[c.name]
    return on_time, all_sent


def cpu(contenders):
    """Nobody captures here: the counter of the interface counts."""
    row = Row("CPU per advert, 255 instances every 50 ms", "us",
              lambda us, other, bare: us < 0.6 * other)
    spent = {c.name: [0, 0] for c in contenders}
    for _ in range(ROUNDS):
        for contender in contenders:
            with Lab() as lab:
                child = contender.start(lab, instances(255, 0.05),
                                        ("master", "255", "50000"))
                time.sleep(8)
                used, sent = cpu_ns(child.pid), lab.sent()
                time.sleep(3)
                spent[contender.name][0] += cpu_ns(child.pid) - used
                spent[contender.name][1] += lab.sent() - sent
    for name, (used, sent) in spent.items():
        row.values[name] = used / 1000 / sent
    return (row,)


def memory(contenders):
    rows = []
    for count, limits in (1, (700, None)), (255, (None, 1024)):
        for kind, limit in zip(("resident", "private"), limits):
            rows.append(Row("%s memory, %d instance%s" % (
                kind, count, "s" if count > 1 else ""), "kB",
                limit and (lambda us, other, bare, limit=limit: us < limit), "%d"))
        for contender in contenders:
            with Lab() as lab:
                child = contender.start(lab, instances(count, 1),
                                        ("master", str(count), "1000000"))
                time.sleep(6)
                for row, value in zip(rows[-2:], memory_kb(child.pid)):
                    row.values[contender.name] = value
    return rows


def start(contenders):
    """An owner sends its first advert as soon as it is ready."""
    row = Row("start to first advert, median", "ms")
    took = {c.name: [] for c in contenders}
    for _ in range(ROUNDS * 3):
        for contender in contenders:
            with Lab() as lab, lab.capture(lab.router) as captured:
                begin = time.time()
                contender.start(lab, instances(1, 1, priority=255),
                                ("master", "1", "1000000"))
                time.sleep(1)
                packets = captured()
            # A capture that ends early on a busy machine loses a sample.
            if packets:
                took[contender.name].append((packets[0][0] - begin) * 1000)
    for name, values in took.items():
        if len(values) < ROUNDS * 2:
            sys.exit("%s sent adverts in %d starts only" % (name, len(values)))
        row.values[name] = statistics.median(values)
    return (row,)


def ten_thousand():
    for v in range(100):
        yield """virtual_server 10.1.0.%d 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
""" % v
        for r in range(100):
            yield """    real_server 10.2.%d.%d 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 3
        }
    }
""" % (v, r)
        yield "}\n"


def reading(contenders):
    row = Row("-t on 10,000 real servers, median", "ms",
              lambda us, other, bare: us < other)
    took = {c.name: [] for c in contenders if not isinstance(c, Bare)}
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(ten_thousand())
        file.flush()
        for _ in range(ROUNDS * 3):
            for contender in contenders[:len(took)]:
                begin = time.monotonic()
                status = subprocess.call(
                    [contender.binary, "-t", "-f", file.name],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
                took[contender.name].append((time.monotonic() - begin) * 1000)
                if status:
                    sys.exit("%s -t ended with %d" % (contender.name, status))
    row.values = {name: statistics.median(some) for name, some in took.items()}
    return (row,)


CHECKS = {
    "TCP_CHECK": "TCP_CHECK {\nconnect_timeout 3\n}",
    "HTTP_GET": "HTTP_GET {\nconnect_timeout 3\nurl {\npath /\n"
                "status_code 200\n}\n}",
}
PAGES = """daemon off;
master_process off;
error_log /dev/null;
pid %s;
events { worker_connections 4096; }
http {
    access_log off;
    server { listen 80 backlog=4096; return 200 page; }
}
"""


def checked(check):
    """1,000 real servers, each asked every second."""
    for v in range(10):
        yield """virtual_server 10.8.0.%d 80 {
lvs_sched rr
lvs_method NAT
protocol TCP
delay_loop 1
""" % v
        for r in range(100):
            yield "real_server 10.9.%d.%d 80 {\n%s\n}\n" % (
                v, r + 1, CHECKS[check])
        yield "}\n"


def serve(lab):
    """All of 10.9.0.0/16 is the peer, and a web server."""
    lab.start(["ip", "route", "add", "local", "10.9.0.0/16", "dev", "lo"],
              lab.peer, "ip").wait()
    lab.start(["ip", "route", "add", "10.9.0.0/16", "via", lab.PEER],
              lab.router, "ip").wait()
    with open(lab.path("nginx.conf"), "w") as file:
        file.write(PAGES % lab.path("nginx.pid"))
    lab.start(["nginx", "-c", lab.path("nginx.conf")], lab.peer, "nginx")


def checks(contenders):
    """On this kernel: where it has no IPVS, keepalived ends at start."""
    if not os.path.exists("/proc/net/ip_vs"):
        contenders = [c for c in contenders if c.name != "keepalived"]
    rows = []
    for check in CHECKS:
        title = "1,000 %ss a second" % check
        cost = Row("CPU per check, " + title, "us")
        load = Row("CPU, " + title, "%")
        good = Row("adverts within 10 % of 50 ms meanwhile", "%")
        rows += cost, load, good
        for contender in contenders:
            with Lab() as lab:
                serve(lab)
                child = contender.start(
                    lab, instances(1, 0.05) + "".join(checked(check)),
                    ("master", "1", "50000"))
                time.sleep(6)
                with lab.capture(lab.peer) as captured:
                    used, opened = cpu_ns(child.pid), lab.opened()
                    begin = time.monotonic()
                    time.sleep(4 * ROUNDS)
                    took = time.monotonic() - begin
                    used = cpu_ns(child.pid) - used
                    opened = lab.opened() - opened
                    packets = captured()
            some = list(gaps(packets))
            good.values[contender.name] = 100 * sum(
                0.045 <= gap <= 0.055 for gap in some) / len(some)
            if isinstance(contender, Bare):
                continue
            if opened / took < 900:
                sys.exit("%s made %d checks in %g s"
                         % (contender.name, opened, took))
            cost.values[contender.name] = used / 1000 / opened
            load.values[contender.name] = used / 1e7 / took
    return rows


def balancing(contenders):
    """In the virtual machine, whose kernel has IPVS: emulated, so that ratios
    count."""
    script = TOP + "/tests/bench/lvs.sh"
    wanted = ("checks TCP_CHECK 200 10", "checks HTTP_GET 200 10",
              "death %d" % (ROUNDS * 3), "many 10000")
    text = subprocess.run(
        [TOP + "/tests/vm/run.sh", "-c",
         " && ".join("sh %s %s" % (script, words) for words in wanted)],
        env=dict(os.environ, UKD=contenders[0].binary), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE).stdout
    rows, some = {}, {}
    for line in text.splitlines():
        name, value, unit, title = (line.split(" ", 3) + [""] * 3)[:4]
        if name in (c.name for c in contenders):
            rows.setdefault(title, Row(title, unit, form="%.1f"
                                       if unit == "%" else "%.0f"))
            some.setdefault((title, name), []).append(float(value))
    if len(rows) < 9:
        sys.exit("balancing: the virtual machine said\n" + text)
    for (title, name), values in some.items():
        rows[title].values[name] = statistics.median(values)
    return rows.values()


ROWS = {"takeover": takeover, "schedule": schedule, "cpu": cpu,
        "memory": memory, "start": start, "reading": reading,
        "checks": checks, "balancing": balancing}


def show(row, names):
    """The row's line; false when it misses what it must reach."""
    us, other, bare = (row.values.get(name) for name in names)
    good = row.must is None or row.must(us, other, bare)
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
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
        for row in ROWS[name](contenders):
            missed += not show(row, [c.name for c in contenders])
    sys.exit(1 if missed else 0)


main()
