#!/bin/sh
# SPDX-License-Identifier: MIT
# disable_local_igmp: nobody reports 224.0.0.18, and the machine's setting comes back. Without it the base of a macvlan does, by its own MAC.
. "$(dirname "$0")/lib.sh"

SETTING=/proc/sys/net/ipv4/igmp_link_local_mcast_reports

reports() {
	tshark -nr "$TMP/lan.pcap" -Y "igmp.maddr == 224.0.0.18 $1" 2> /dev/null | wc -l
}

conf() {
	[ $# -eq 0 ] || printf 'global_defs {\n\t%s\n}\n' "$1"
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2' use_vmac
}

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
[ -e $SETTING ] || skip "a kernel before 4.3"
capture lan br0 "$TMP/lan.pcap" igmp
ukd r1 "$(conf disable_local_igmp)"
wait_for 5 'has_addr r1 vrrp.51 192.0.2.9'
expect '[ "$(ns r1 cat $SETTING)" = 0 ]'
sleep 1
stop r1
capture_end "$TMP/lan.pcap"
expect '[ "$(reports "")" = 0 ]'
expect '[ "$(ns r1 cat $SETTING)" = 1 ]'
capture lan br0 "$TMP/lan.pcap" igmp
ukd r1 "$(conf)"
wait_for 5 'has_addr r1 vrrp.51 192.0.2.9'
sleep 1.5
reconf r1 "$(conf disable_local_igmp)"
wait_for 3 '[ "$(ns r1 cat $SETTING)" = 0 ]'
reconf r1 "$(conf)"
wait_for 3 '[ "$(ns r1 cat $SETTING)" = 1 ]'
stop r1
capture_end "$TMP/lan.pcap"
expect '[ "$(reports "")" -gt 0 ]'
expect '[ "$(reports "&& eth.src == 00:00:5e:00:01:33")" = 0 ]'
