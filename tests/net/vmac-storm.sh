#!/bin/sh
# SPDX-License-Identifier: MIT
# Reloads that change everything about virtual MACs and the filter, while the base goes down and others remove links: it lives, and nothing is left.
. "$(dirname "$0")/lib.sh"

STEPS=16

state() {
	ns r1 ip -o addr
	ns r1 ip -o link
	ns r1 nft list ruleset
	ns r1 sh -c 'cd /proc/sys/net/ipv4/conf; grep . */arp_* */rp_filter'
}

# conf SEED
conf() {
	python3 - "$1" <<- END
		import random, sys
		random.seed(int(sys.argv[1]))
		some = lambda share, words: [w for w in words if random.random() < share]
		macs = ["use_vmac", "use_vmac n%d", "use_vmac 02:00:00:00:01", "use_vmac m%d 02:00:00:00:0%d:01"]
		print("global_defs {", *some(.25, ["vrrp_strict", "nftables t%d" % random.randint(0, 2), "nftables_counters",
		    "vmac_addr_prefix q", "vrrp_iptables", "disable_local_igmp"]), "}", sep="\n")
		for n in some(.75, range(3)):
		    lines = ["interface eth0", "priority 100", "version 3", "advert_int 0.1", "virtual_router_id %d" % (51 + n % 2)]
		    if random.random() < .7:
		        mac = random.choice(macs)
		        lines.append(mac % ((n,) * mac.count("%d")))
		    lines += some(.3, ["no_accept", "vmac_xmit_base", "use_vmac_addr", "garp_extra_if all 1", "dont_track_primary"])
		    addrs = ["fe80::9/64", "2001:db8::9/64"] if n == 2 else ["192.0.2.%d/24" % random.randint(9, 12)]
		    addrs += some(.4, ["198.51.100.9/24 dev eth1", "198.51.100.10/24 dev eth1 use_vmac"]) if n == 0 else []
		    print("vrrp_instance VI_%d {" % n, *lines, "virtual_ipaddress {", *addrs, "}", "}", sep="\n")
	END
}

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan r1 eth1 198.51.100.1/24
# Else a cable that is pulled takes the addresses along for good.
ns r1 sysctl -qw net.ipv6.conf.eth0.keep_addr_on_down=1 net.ipv4.conf.all.rp_filter=2
wait_for 5 '! ns_ip r1 addr | grep -q tentative'
state > "$TMP/before"
ukd r1 "$(conf 1)"
step=2
while [ $step -le $STEPS ]; do
	reconf r1 "$(conf $step)"
	case $((step % 5)) in
	1) sleep 1 ;;
	2) ns_ip r1 link del vrrp.51 2> /dev/null || : ;;
	3)
		sleep 0.4
		ns_ip r1 link set eth0 down
		ns_ip r1 link set eth0 up
		;;
	*) sleep 0.3 ;;
	esac
	expect 'kill -0 "$(pid_of r1)"'
	step=$((step + 1))
done
wait_for 5 '[ "$(grep -c "Reload complete" "$TMP/r1.log")" -gt 5 ]'
sleep 0.5
stop r1
expect '! grep -q "ERROR\|runtime error\|started again" "$TMP/r1.log"'
wait_for 3 'state | diff "$TMP/before" - > "$TMP/diff.log"'
