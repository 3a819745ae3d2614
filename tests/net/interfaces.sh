#!/bin/sh
# SPDX-License-Identifier: MIT
# Interfaces that are absent, go, come back with another index, are renamed, lose carrier or address, change their MAC: FAULT and
# back by itself; the virtual address comes back when someone else removes it.
. "$(dirname "$0")/lib.sh"

vip=192.0.2.99
state() {
	grep -q "(VI_1) Entering $1 STATE" "$TMP/r1.log"
}
# what COMMAND...: does it, and waits for the two transitions that must follow
away_and_back() {
	: > "$TMP/r1.log"
	"$@"
	wait_for 3 'state FAULT && ! has_addr r1 eth0 $vip'
	back
	wait_for 3 'state MASTER && has_addr r1 eth0 $vip/24'
}
joined() {
	lan_join lan r1 eth0 192.0.2.1/24
}

for h in r1 c; do ns_new $h; done
lan_new lan
lan_join lan c eth0 192.0.2.50/24
ukd r1 "$(vi VI_1 eth0 51 150 $vip/24 'version 3' 'advert_int 0.1')"
# Absent at start.
wait_for 3 'state FAULT && grep -q "interface eth0 is not there" "$TMP/r1.log"'
joined
wait_for 3 'state MASTER && has_addr r1 eth0 $vip/24'
expect 'ns c ping -c1 -W2 $vip > /dev/null'

back() { ns_ip r1 link set eth0 up; }
away_and_back ns_ip r1 link set eth0 down
back() { lan_mend lan r1 eth0; }
away_and_back lan_cut lan r1 eth0
back() { ns_ip r1 link set eth0 name nine; ns_ip r1 link set nine name eth0; ns_ip r1 link set eth0 up; }
away_and_back ns_ip r1 link set eth0 down

# Renamed away, and deleted: another index when it returns.
back() { ns_ip r1 link set eth9 down; ns_ip r1 link set eth9 name eth0; ns_ip r1 link set eth0 up; }
renamed() { ns_ip r1 link set eth0 down; ns_ip r1 link set eth0 name eth9; ns_ip r1 link set eth9 up; }
: > "$TMP/r1.log"
renamed
wait_for 3 'state FAULT && ! has_addr r1 eth9 $vip'
back
wait_for 3 'state MASTER && has_addr r1 eth0 $vip/24'
index=$(ns r1 cat /sys/class/net/eth0/ifindex)
ns_ip r1 link add spare type veth peer name spare2
back() { joined; }
away_and_back ns_ip r1 link del eth0
expect '[ "$(ns r1 cat /sys/class/net/eth0/ifindex)" != "$index" ]'
expect 'ns c ping -c1 -W2 $vip > /dev/null'
capture c eth0 "$TMP/lan.pcap" vrrp
wait_for 3 '[ "$(adverts "$TMP/lan.pcap" | wc -l)" -gt 3 ]'
capture_end "$TMP/lan.pcap"

# Its own address gone: nothing to send from.
back() { ns_ip r1 addr add 192.0.2.1/24 dev eth0; }
away_and_back ns_ip r1 addr flush dev eth0
# The virtual address gone: put back, announced.
capture c eth0 "$TMP/arp.pcap" arp
: > "$TMP/r1.log"
ns_ip r1 addr del $vip/24 dev eth0
wait_for 2 'has_addr r1 eth0 $vip/24'
wait_for 2 'tcpdump -nr "$TMP/arp.pcap" 2>/dev/null | grep -q "who-has $vip .*tell $vip"'
capture_end "$TMP/arp.pcap"
expect '! state FAULT && ! state BACKUP'
# Another MAC: announced from it.
capture c eth0 "$TMP/mac.pcap" arp
ns_ip r1 link set eth0 address 02:00:00:00:00:77
wait_for 2 'tcpdump -enr "$TMP/mac.pcap" 2>/dev/null | grep -q "^[^>]*02:00:00:00:00:77 > .*who-has $vip"'
capture_end "$TMP/mac.pcap"
expect 'kill -0 $(pid_of r1)'
stop r1
expect '! has_addr r1 eth0 $vip'
