#!/bin/sh
# SPDX-License-Identifier: MIT
# garp_extra_if: one announcement in a second for each macvlan that sends no adverts, with `all` for each interface; a reload ends it.
. "$(dirname "$0")/lib.sh"

conf() {
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.3' use_vmac vmac_xmit_base 'garp_master_delay 0' "$@" \
		'virtual_ipaddress {' '	192.0.2.10/24' '}' \
		'virtual_ipaddress_excluded {' '	198.51.100.9/24 dev eth1 use_vmac' '	203.0.113.9/24 dev eth2' '	203.0.113.10/24 dev eth2' '}'
}

announced() {
	tshark -nr "$TMP/lan.pcap" -Y "arp.isgratuitous && arp.src.proto_ipv4 == $1" 2> /dev/null | wc -l
}

# seen SECONDS: what is announced meanwhile
seen() {
	capture lan br0 "$TMP/lan.pcap" arp
	sleep "$1"
	capture_end "$TMP/lan.pcap"
}

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan r1 eth1 198.51.100.1/24
lan_join lan r1 eth2 203.0.113.1/24
ukd r1 "$(conf 'garp_extra_if 1')"
wait_for 5 'has_addr r1 vrrp1.51 198.51.100.9'
sleep 0.5
seen 3
for addr in 192.0.2.9 198.51.100.9; do
	expect "[ \$(announced $addr) -ge 2 ] && [ \$(announced $addr) -le 4 ]"
done
expect '[ "$(announced 192.0.2.10)" = 0 ] && [ "$(announced 203.0.113.9)" = 0 ]'
reconf r1 "$(conf 'garp_extra_if all 1')"
sleep 0.5
seen 3
expect '[ "$(announced 203.0.113.9)" -ge 2 ] && [ "$(announced 203.0.113.10)" = 0 ]'
reconf r1 "$(conf)"
wait_for 3 '[ "$(grep -c "Reload complete" "$TMP/r1.log")" = 2 ]'
sleep 0.5
seen 2
expect '[ "$(announced 192.0.2.9)" = 0 ]'
