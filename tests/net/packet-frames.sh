#!/bin/sh
# SPDX-License-Identifier: MIT
# Frames byte for byte as keepalived sends them: gratuitous ARP, neighbour advertisements, the headers of adverts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"
command -v tshark > /dev/null || skip "no tshark"

ns_new r1
ns_ip r1 link add eth0 address 02:11:22:33:44:55 type veth peer name peer0
ns_ip r1 link set eth0 up
ns_ip r1 link set peer0 up
ns_ip r1 addr add 192.0.2.1/24 dev eth0
ns_ip r1 neigh add 192.0.2.7 lladdr 02:00:00:00:00:07 dev eth0
wait_for 5 'has_addr r1 eth0 fe80::11:22ff:fe33:4455'

# frames FILE FILTER: each once, in hex, with the addresses after it where the tool prints any left out
frames() {
	tshark -nr "$1" -Y "$2" -T json -x 2>/dev/null |
		sed -n '/"frame_raw"/{n;s/.*"\([0-9a-f]*\)".*/\1/p;}' | sort -u
}

capture r1 peer0 "$TMP/theirs" arp or icmp6 or proto 112 or ip6 proto 112
kad r1 "global_defs { vrrp_garp_master_delay 1 }
$(vi A eth0 7 150 192.0.2.100/24)
$(vi U eth0 9 150 192.0.2.101/24 'unicast_peer {' 192.0.2.7 '}' 'unicast_src_ip 192.0.2.1')
$(vi B eth0 8 150 'fe80::9/64
2001:db8::6/64' 'version 3')"
wait_for 10 "tshark -nr $TMP/theirs -Y 'vrrp && vrrp.virt_rtr_id == 9' 2>/dev/null | grep -q ."
wait_for 10 "tshark -nr $TMP/theirs -Y 'vrrp && ipv6' 2>/dev/null | grep -q ."
wait_for 10 "tshark -nr $TMP/theirs -Y 'icmpv6.type == 136 && ipv6.src == 2001:db8::6' 2>/dev/null | grep -q ."
capture_end "$TMP/theirs"

# payload FILTER: of the first advert
payload() {
	tshark -nr "$TMP/theirs" -Y "vrrp && vrrp.prio == 150 && $1" -T json -x 2>/dev/null |
		sed -n '/"vrrp_raw"/{n;s/.*"\([0-9a-f]*\)".*/\1/p;}' | head -n 1
}
multicast=$(payload 'vrrp.virt_rtr_id == 7')
unicast=$(payload 'vrrp.virt_rtr_id == 9')
six=$(payload 'vrrp.virt_rtr_id == 8')
expect '[ ${#multicast} -eq 40 ] && [ ${#unicast} -eq 40 ] && [ ${#six} -eq 80 ]'

capture r1 peer0 "$TMP/ours" arp or icmp6 or proto 112 or ip6 proto 112
probe r1 announce eth0 192.0.2.100
probe r1 announce eth0 192.0.2.101
probe r1 announce eth0 fe80::9
probe r1 announce eth0 2001:db8::6
probe r1 send eth0 112 192.0.2.1 224.0.0.18 255 "$multicast"
probe r1 send eth0 112 192.0.2.1 192.0.2.7 255 "$unicast"
# The kernel writes the checksum over what stands there.
zeroed=$(echo "$six" | sed 's/^\(.\{12\}\)..../\10000/')
probe r1 send eth0 112 fe80::11:22ff:fe33:4455 ff02::12 255 "$zeroed"
wait_for 5 "tshark -nr $TMP/ours -Y 'vrrp && ipv6' 2>/dev/null | grep -q ."
capture_end "$TMP/ours"
stop r1

same() {
	frames "$TMP/theirs" "$1" > "$TMP/theirs.hex"
	frames "$TMP/ours" "$1" > "$TMP/ours.hex"
	expect '[ -s "$TMP/theirs.hex" ]'
	diff "$TMP/theirs.hex" "$TMP/ours.hex" || fail "other frames of: $1"
}
same 'arp.isgratuitous'
expect '[ "$(wc -l < "$TMP/ours.hex")" = 2 ]'
same 'icmpv6.type == 136'
expect '[ "$(wc -l < "$TMP/ours.hex")" = 2 ]'
# keepalived counts the id up; ours is 1 here.
same 'vrrp.virt_rtr_id == 7 && vrrp.prio == 150 && ip.id == 1'
same 'vrrp.virt_rtr_id == 9 && vrrp.prio == 150 && ip.id == 1'
# The flow label is the kernel's choice for each socket.
frames "$TMP/theirs" 'vrrp.virt_rtr_id == 8 && vrrp.prio == 150' | sed 's/86dd6c0...../86dd6c0/' | sort -u > "$TMP/theirs.hex"
frames "$TMP/ours" 'vrrp.virt_rtr_id == 8' | sed 's/86dd6c0...../86dd6c0/' > "$TMP/ours.hex"
expect '[ -s "$TMP/ours.hex" ]'
diff "$TMP/theirs.hex" "$TMP/ours.hex" || fail 'other IPv6 adverts'

# A router says so; where nobody listens nothing is sent.
capture r1 peer0 "$TMP/router" icmp6
probe r1 announce eth0 fe80::9 router
wait_for 5 "tshark -nr $TMP/router -Y 'icmpv6.nd.na.flag.r == 1 && icmpv6.nd.na.flag.o == 1 && icmpv6.nd.na.flag.s == 0' 2>/dev/null | grep -q ."
capture_end "$TMP/router"
probe r1 announce lo 192.0.2.100
ns_ip r1 link set eth0 down
expect 'probe r1 announce eth0 192.0.2.100 | grep -q "error: Network is down"'
