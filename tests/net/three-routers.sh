#!/bin/sh
# SPDX-License-Identifier: MIT
# Three routers: the better backup takes over and the other stays quiet; a fourth with the master's priority and a higher
# address changes nothing.
. "$(dirname "$0")/lib.sh"

conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'version 3' 'advert_int 0.2'
}

lan_new lan
for n in 1 2 3 4; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
ukd r1 "$(conf 150)"
ukd r2 "$(conf 100)"
ukd r3 "$(conf 20)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'
capture r4 eth0 "$TMP/lan.pcap" vrrp
crash r1
# What a dead router leaves would answer: take its machine off the wire, as a power cut does.
lan_cut lan r1 eth0
wait_for 3 'has_addr r2 eth0 192.0.2.99'
never 1.5 'has_addr r3 eth0 192.0.2.99'
ukd r4 "$(conf 100)"
never 2 'has_addr r4 eth0 192.0.2.99'
expect 'has_addr r2 eth0 192.0.2.99'
capture_end "$TMP/lan.pcap"
expect '[ "$(adverts "$TMP/lan.pcap" | cut -f2,5 | sort | uniq | grep -vc 192.0.2.1)" = 1 ]'
