# SPDX-License-Identifier: MIT
"""lib.storm.py SEED COUNT DIRECTORY: configurations 0.conf and on that no sane person writes, for tests/net/reload-storm.sh."""
import random
import sys

rnd = random.Random(int(sys.argv[1]))
LINES = ["nopreempt", "track_src_ip", "dont_track_primary", "promote_secondaries", "state MASTER", "garp_master_delay 0",
         "garp_master_refresh 1", "lower_prio_no_advert", "higher_prio_send_advert", "skip_check_adv_addr", "accept",
         'notify "/bin/true x"']


def maybe(chance, text):
    return [text] if rnd.random() < chance else []


def block(name, lines):
    return "%s {\n%s\n}" % (name, "\n".join(lines))


def address(index):
    where = rnd.choice(["", " dev eth0", " dev eth1 no_track", " dev nosuch no_track", " label eth%d:x" % index])
    return "10.%d.%d.%d/%d%s" % (rnd.randint(0, 1), rnd.randint(0, 1), rnd.randint(1, 6), rnd.choice([24, 24, 32]), where)


def instance(name, index, vrid):
    version = rnd.choice([2, 3])
    lines = ["interface eth%d" % index, "virtual_router_id %d" % vrid, "version %d" % version,
             "priority %d" % rnd.choice([1, 50, 100, 150, 200, 254, 255]),
             "advert_int %s" % (1 if version == 2 else rnd.choice(["0.01", "0.05", "0.1", "0.5", "1"]))]
    lines += [line for line in LINES if rnd.random() < .12]
    if rnd.random() < .3:
        peers = rnd.choice([["2"], [], ["2", "3"]])
        lines.append(block("unicast_peer", ["192.0.%d.%s" % (index, peer) for peer in peers]))
        lines += maybe(.5, "unicast_src_ip 192.0.%d.%d" % (index, rnd.choice([1, 5])))
    if version == 2 and rnd.random() < .3:
        lines.append(block("authentication", ["auth_type PASS", "auth_pass x%d" % rnd.randint(0, 1)]))
    lines += maybe(.4, block("track_interface", [rnd.choice(["eth1 weight -20", "eth1", "nosuch weight 5"])]))
    lines += maybe(.3, block("track_script", [rnd.choice(["good", "bad weight 10", "bad"])]))
    addresses = [address(index) for _ in range(rnd.randint(1, 4))]
    lines.append(block("virtual_ipaddress", {text.split("/")[0]: text for text in addresses}.values()))
    lines += maybe(.2, block("virtual_ipaddress_excluded", ["10.2.0.%d/24" % rnd.randint(1, 5)]))
    return block("vrrp_instance " + name, lines)


def configuration():
    names = rnd.sample("ABCDEFGH", rnd.randint(0, 6))
    places = rnd.sample([(index, vrid) for index in (0, 1) for vrid in range(1, 9)], len(names))
    out = [block("global_defs", ["script_user root", "vrrp_garp_interval " + rnd.choice(["0", "0.01", "0.1"])]),
           block("vrrp_script good", ['script "/bin/true"', "interval 1"]), block("vrrp_script bad", ['script "/bin/false"', "interval 1"])]
    out += [instance(name, *place) for name, place in zip(names, places)]
    rnd.shuffle(names)
    group = 0
    while len(names) >= 2 and rnd.random() < .6:
        count, group = rnd.randint(1, len(names)), group + 1
        out.append(block("vrrp_sync_group G%d" % (rnd.randint(1, 3) * 10 + group), [block("group", names[:count])]))
        names = names[count:]
    out += maybe(.3, block("static_ipaddress", ["10.3.0.%d/24 dev eth1" % rnd.randint(1, 4)]))
    return "\n".join(out)


for number in range(int(sys.argv[2])):
    with open("%s/%d.conf" % (sys.argv[3], number), "w") as file:
        file.write(configuration() + "\n")
