#!/bin/sh
# SPDX-License-Identifier: MIT
# Where adverts come from: unicast_src_ip that appears, goes and comes back; mcast_src_ip, which need not be there unless track_src_ip
# says so; the interface's address when that changes.
. "$(dirname "$0")/lib.sh"

fast='version 3
	advert_int 0.1'
peer='unicast_peer {
		192.0.2.2
	}'
for h in uni mct mc auto; do
	lan_new lan$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24
	ns_new p$h
	lan_join lan$h p$h eth0 192.0.2.2/24
	capture p$h eth0 "$TMP/$h.pcap" vrrp
done
ukd uni "$(vi VI_1 eth0 51 200 192.0.2.99/24 "$fast" 'unicast_src_ip 192.0.2.5' "$peer")"
ukd mct "$(vi VI_1 eth0 51 200 192.0.2.99/24 "$fast" 'mcast_src_ip 192.0.2.5' track_src_ip)"
ukd mc "$(vi VI_1 eth0 51 200 192.0.2.99/24 "$fast" 'mcast_src_ip 192.0.2.5')"
ukd auto "$(vi VI_1 eth0 51 200 192.0.2.99/24 "$fast" "$peer")"

holds() { has_addr "$1" eth0 192.0.2.99; }
fault() { grep -q "Entering FAULT STATE ($2)" "$TMP/$1.log"; }
# heard HOST SOURCE DESTINATION
heard() {
	tshark -nr "$TMP/$1.pcap" -Y "vrrp && ip.src == $2 && ip.dst == $3" 2>/dev/null | grep -q .
}
wait_for 3 'holds mc && holds auto'
for h in uni mct; do
	wait_for 1 "fault $h 'source address 192.0.2.5 is on no interface'"
	expect '! holds $h && [ -z "$(tshark -nr "$TMP/$h.pcap" 2>/dev/null)" ]'
done
for h in uni mct; do
	: > "$TMP/$h.log"
	ns_ip $h addr add 192.0.2.5/24 dev eth0
	wait_for 3 "holds $h"
	ns_ip $h addr del 192.0.2.5/24 dev eth0
	wait_for 2 "fault $h 'source address 192.0.2.5 is on no interface' && ! holds $h"
	# Wherever it may be.
	ns_ip $h addr add 192.0.2.5/32 dev lo
	wait_for 3 "holds $h"
done
wait_for 2 'heard uni 192.0.2.5 192.0.2.2'
wait_for 2 'heard mct 192.0.2.5 224.0.0.18'
wait_for 2 'heard mc 192.0.2.5 224.0.0.18'
expect '! heard mc 192.0.2.1 224.0.0.18'
wait_for 2 'heard auto 192.0.2.1 192.0.2.2'

# The interface's own address: another one takes its place at once, none is a fault.
ns_ip auto addr add 192.0.2.7/24 dev eth0
ns auto sysctl -qw net.ipv4.conf.eth0.promote_secondaries=1
ns_ip auto addr del 192.0.2.1/24 dev eth0
wait_for 2 'heard auto 192.0.2.7 192.0.2.2'
expect '! fault auto ".*"'
ns_ip auto addr del 192.0.2.7/24 dev eth0
wait_for 2 'fault auto "no address on eth0 to send from" && ! holds auto'
ns_ip auto addr add 192.0.2.8/24 dev eth0
wait_for 2 'holds auto && heard auto 192.0.2.8 192.0.2.2'
