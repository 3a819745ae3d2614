#!/bin/sh
# SPDX-License-Identifier: MIT
# Virtual MACs on a VLAN, a bridge and in a VRF, beside keepalived, and ipvlans, of which Debian's makes none; nothing is left of them.
# run: timeout=180
. "$(dirname "$0")/lib.sh"

KINDS='vlan bridge vrf'

conf() {
	[ "$1" = k ] || vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.3' 'use_ipvlan ipv 192.0.2.51/24 private'
	vi VI_2 eth1.7 52 100 198.51.100.9/24 'version 3' 'advert_int 0.3' 'use_vmac vlan'
	vi VI_3 br0 53 100 203.0.113.9/24 'version 3' 'advert_int 0.3' 'use_vmac bridge'
	vi VI_4 eth3 54 100 10.4.0.9/24 'version 3' 'advert_int 0.3' 'use_vmac vrf'
	[ "$1" = k ] || vi VI_5 eth4 55 100 fe80::9/64 'version 3' 'advert_int 0.3' 'use_ipvlan ipv6l'
}

masters() {
	has_addr "$1" vlan 198.51.100.9 && has_addr "$1" bridge 203.0.113.9 &&
		has_addr "$1" vrf 10.4.0.9
}

# What is the same on both: kinds, modes, bases, addresses but those made of MACs.
shown() {
	for i in $KINDS; do
		ns_ip "$1" -d link show $i | grep -o "^[0-9]*: [^:]*\|master [a-z0-9]*\|macvlan mode [a-z]*" | sed 's/^[0-9]*: //'
		ns_ip "$1" addr show dev $i | grep -o 'inet6\? [^ ]*.*' | grep -v 'fe80::.*ff:fe' || :
		ns_ip "$1" addr show dev $i | grep -c 'fe80::.*ff:fe' || :
	done
}

client() {
	lan_join "lan$1" "c$1" "$2" "$3"
}

for r in k u; do
	lan_new lan$r
	ns_new $r
	ns_new c$r
	lan_join lan$r $r eth0 192.0.2.1/24
	lan_join lan$r $r eth1
	ns_ip $r link add link eth1 name eth1.7 type vlan id 7
	ns_ip $r addr add 198.51.100.1/24 dev eth1.7
	ns_ip $r link set eth1.7 up
	ns_ip $r link add br0 type bridge
	lan_join lan$r $r eth2
	ns_ip $r link set eth2 master br0
	ns_ip $r addr add 203.0.113.1/24 dev br0
	ns_ip $r link set br0 up
	lan_join lan$r $r eth3
	ns_ip $r link add vrf1 type vrf table 100
	ns_ip $r link set vrf1 up
	ns_ip $r link set eth3 master vrf1
	ns_ip $r addr add 10.4.0.1/24 dev eth3
	lan_join lan$r $r eth4
	client $r eth0 192.0.2.100/24
	client $r eth2 203.0.113.100/24
	client $r eth3 10.4.0.100/24
done
for r in k u; do
	ns_ip $r -o link | sed 's/ .*state/ state/' > "$TMP/$r.before"
done
capture lanu u-eth3 "$TMP/vrf.pcap" ip proto 112
kad k "$(conf k)"
ukd u "$(conf u)"
for r in k u; do
	wait_for 30 "masters $r"
done
wait_for 20 'has_addr u ipv6l fe80::9 && has_addr u ipv 192.0.2.9 && has_addr u ipv 192.0.2.51'
expect 'ns_ip u -d link show ipv | grep -q "ipvlan *mode l2 private"'
expect '! grep -q "be sent" "$TMP/u.log"'
shown k > "$TMP/k.shown"
expect 'shown u | diff "$TMP/k.shown" -'
for vip in 192.0.2.9 203.0.113.9; do
	expect "ns cu ping -c1 -W2 $vip"
done
expect '[ "$(tshark -nr "$TMP/vrf.pcap" -Y "vrrp && eth.src == 00:00:5e:00:01:36 && ip.src == 10.4.0.1" 2>/dev/null | wc -l)" -gt 1 ]'
# Hears another in the VRF too: the better one wins.
lan_join lanu k eth9 10.4.0.2/24
stop k
kad k "$(vi VI_4 eth9 54 200 10.4.0.9/24 'version 3' 'advert_int 0.3' use_vmac)"
wait_for 20 'has_addr k vrrp.54 10.4.0.9 && ! has_addr u vrf 10.4.0.9'
stop k
wait_for 20 'masters u'
stop u
expect 'ns_ip u -o link | sed "s/ .*state/ state/" | diff "$TMP/u.before" -'
