#!/bin/sh
# SPDX-License-Identifier: MIT
# A router with virtual MACs leaves its machine as it was: links, addresses, routes and settings, after a stop, a crash and a reload.
. "$(dirname "$0")/lib.sh"

# An interface with a dot in its name, as VLANs have.
BASE=eth0.5

state() {
	ns r1 ip -o addr
	ns r1 ip -o link
	ns r1 ip route show table all
	ns r1 ip -6 route show table all
	ns r1 nft list ruleset
	ns r1 sh -c 'cd /proc/sys/net; for f in ipv?/conf/*/*; do
		case $f in */stable_secret | */mc_forwarding) ;; *) echo "$f $(cat $f)" ;; esac; done'
}

setting() {
	expect "[ \"\$(ns r1 cat /proc/sys/net/$1)\" = $2 ]"
}

link_of() {
	ns_ip r1 -o link show "$1" | tr '\\' ' '
}

# same_as_before WHAT [PATTERN]: but for lines with PATTERN
same_as_before() {
	state > "$TMP/after"
	grep -v "${2:-^$}" "$TMP/before" > "$TMP/wanted"
	grep -v "${2:-^$}" "$TMP/after" | diff "$TMP/wanted" - > "$TMP/diff.log" || fail "something is left or lost: $1"
}

vis() {
	vi VI_1 $BASE 51 100 192.0.2.9/24 'advert_int 0.2' 'version 3' "use_vmac $1"
	vi VI_6 $BASE 51 100 2001:db8::9/64 'virtual_ipaddress {' '	fe80::9/64' '}' 'advert_int 0.2' use_vmac
	vi VI_2 $BASE 52 100 192.0.2.8/24 'advert_int 0.2' 'version 3' "use_vmac ${MAC:-02:00:5e:10:20}" vmac_xmit_base use_vmac_addr \
		'virtual_ipaddress_excluded {' '	198.51.100.9/24 dev eth1' '}'
}

masters() {
	has_addr r1 "${1:-vrrp.51}" 192.0.2.9 && has_addr r1 vrrp6.51 2001:db8::9 && has_addr r1 vrrp6.51 fe80::9 &&
		has_addr r1 vrrp.52 192.0.2.8 && has_addr r1 vrrp1.52 198.51.100.9
}

lan_new lan
ns_new r1
ns_new client
lan_join lan r1 $BASE 192.0.2.1/24 2001:db8::1/64
lan_join lan r1 eth1 198.51.100.1/24
lan_join lan client eth0 192.0.2.100/24
ns r1 sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth1.arp_filter=1
ns_ip r1 link set $BASE group 7
wait_for 5 '! ns_ip r1 addr | grep -q tentative'
state > "$TMP/before"

capture lan r1-$BASE "$TMP/lan.pcap" 'ip proto 112 or ip6 proto 112 or arp'
ukd r1 "$(vis '')"
wait_for 5 masters
expect 'link_of vrrp.51 | grep -q "00:00:5e:00:01:33.*"'
expect 'link_of vrrp6.51 | grep -q 00:00:5e:00:02:33'
expect 'link_of vrrp.52 | grep -q 02:00:5e:10:20:34'
expect 'link_of vrrp1.52 | grep -q "@eth1: .*00:00:5e:00:01:34"'
expect 'ns_ip r1 link show group 7 | grep -q vrrp.51'
expect 'ns_ip r1 -d link show vrrp.51 | grep -q "macvlan mode private"'
expect '[ "$(ns_ip r1 -6 addr show dev vrrp6.51 | grep -c fe80::)" = 2 ]'
expect '! ns_ip r1 -6 addr show dev vrrp.51 | grep -q inet6'
for pair in all/rp_filter:0 $BASE/rp_filter:1 $BASE/arp_ignore:1 $BASE/arp_filter:1 $BASE/arp_announce:2 vrrp.51/arp_ignore:1 vrrp.51/accept_local:1 \
	vrrp.51/rp_filter:0 vrrp.51/promote_secondaries:1 eth1/arp_ignore:1; do
	setting "ipv4/conf/${pair%:*}" "${pair#*:}"
done
ns_ip client neigh flush all
# Nobody else answers for it, and it for nothing else.
expect 'ns client ping -c1 -W2 192.0.2.9 && ns client ping -c1 -W2 192.0.2.8 && ns client ping -c1 -W2 192.0.2.1'
expect 'ns_ip client neigh show 192.0.2.9 | grep -q 00:00:5e:00:01:33'
expect 'ns_ip client neigh show 192.0.2.8 | grep -q 02:00:5e:10:20:34'
expect '! ns_ip client neigh show 192.0.2.1 | grep -q "00:5e"'
sleep 0.5
capture_end "$TMP/lan.pcap"
wire() {
	tshark -nr "$TMP/lan.pcap" -Y "$1" -T fields -e eth.src -e ip.src 2>/dev/null | sort | uniq -c
}
own=$(ns r1 cat /sys/class/net/$BASE/address)
expect '[ "$(wire "vrrp && ip && vrrp.virt_rtr_id == 51" | awk "{print \$2, \$3}")" = "00:00:5e:00:01:33 192.0.2.1" ]'
expect '[ "$(wire "vrrp && ipv6 && vrrp.virt_rtr_id == 51" | awk "{print \$2}")" = 00:00:5e:00:02:33 ]'
expect '[ "$(wire "vrrp.virt_rtr_id == 52" | awk "{print \$2}")" = "$own" ]'
expect '[ "$(wire "arp.isgratuitous && arp.src.proto_ipv4 == 192.0.2.9" | awk "{print \$2}")" = 00:00:5e:00:01:33 ]'
expect '[ "$(wire "arp.opcode == 2 && arp.src.proto_ipv4 == 192.0.2.9" | awk "{print \$1}")" = 1 ]'
stop r1
same_as_before stop

# A crash: the links are there, and the next run takes them over; it knows what the settings were.
ukd r1 "$(vis '')"
wait_for 5 masters
index=$(link_of vrrp.51 | cut -d: -f1)
crash r1
ukd r1 "$(vis '')"
wait_for 5 'grep -q "removing 192.0.2.9 from vrrp.51" "$TMP/r1.log"'
wait_for 5 masters
expect '[ "$(link_of vrrp.51 | cut -d: -f1)" = "$index" ]'
# Another name: the MAC moves.
reconf r1 "$(vis roaming)"
wait_for 5 'masters roaming'
expect '! ns_ip r1 link show vrrp.51'
# Another MAC: the name stays.
MAC=02:00:5e:10:21
reconf r1 "$(vis roaming)"
wait_for 5 'link_of vrrp.52 | grep -q 02:00:5e:10:21:34 && masters roaming'
expect '! ns_ip r1 link show vrrp2.52'
MAC=
# Without: the addresses are the interface's.
reconf r1 "$(vi VI_1 $BASE 51 100 192.0.2.9/24 'advert_int 0.2' 'version 3')"
wait_for 5 'has_addr r1 $BASE 192.0.2.9'
wait_for 5 '[ "$(ns_ip r1 -o link show type macvlan | wc -l)" = 0 ]'
setting ipv4/conf/$BASE/arp_ignore 0
reconf r1 "$(vis '')"
wait_for 5 masters
crash r1
# A configuration that has them no more.
ukd r1 "$(vi VI_1 eth1 51 100 198.51.100.8/24)"
wait_for 5 'grep -q Entering.BACKUP "$TMP/r1.log" && ! ns_ip r1 link show vrrp.51'
stop r1
same_as_before 'crash and stop'

# The base goes and comes again, loses its cable, and somebody removes the macvlan.
ukd r1 "$(vis '')"
wait_for 5 masters
lan_cut lan r1 $BASE
wait_for 3 '! has_addr r1 vrrp.51 192.0.2.9'
lan_mend lan r1 $BASE
wait_for 5 masters
ns_ip r1 link set vrrp.51 down
wait_for 3 'grep -q "FAULT STATE (interface vrrp.51 is down)" "$TMP/r1.log"'
ns_ip r1 link set vrrp.51 up
wait_for 5 masters
ns_ip r1 link del vrrp.51
wait_for 5 masters
setting ipv4/conf/vrrp.51/arp_ignore 1
ns_ip r1 link del $BASE
wait_for 3 '! ns_ip r1 link show vrrp.51'
lan_join lan r1 $BASE 192.0.2.1/24 2001:db8::1/64
ns_ip r1 link set $BASE group 7
wait_for 8 masters
setting ipv4/conf/$BASE/arp_ignore 1
expect 'ns client ping -c1 -W2 192.0.2.9'
stop r1
expect '[ "$(ns_ip r1 -o link show type macvlan | wc -l)" = 0 ]'
setting ipv4/conf/$BASE/arp_ignore 0
setting ipv4/conf/all/rp_filter 1
