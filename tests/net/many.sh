#!/bin/sh
# SPDX-License-Identifier: MIT
# 255 instances on one interface: all become masters, all advertise, the better router takes all and gives all back, and on TERM all
# say farewell and leave nothing within a second.
. "$(dirname "$0")/lib.sh"

conf() {
	i=1
	while [ $i -le 255 ]; do
		printf 'vrrp_instance VI_%d {\n interface eth0\n virtual_router_id %d\n priority %d\n version 3\n advert_int 0.5\n' $i $i "$1"
		printf ' virtual_ipaddress {\n  10.1.0.%d/16\n }\n}\n' $i
		i=$((i + 1))
	done
}
count() {
	ns_ip "$1" -o -4 addr show dev eth0 | grep -c ' 10\.1\.0\.' || true
}
lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 10.0.0.$n/16
done
ukd r1 "$(conf 100)"
wait_for 6 '[ "$(count r1)" = 255 ]'
ukd r2 "$(conf 200)"
wait_for 6 '[ "$(count r2)" = 255 ] && [ "$(count r1)" = 0 ]'
capture r1 eth0 "$TMP/lan.pcap" 'src 10.0.0.2 and proto 112'
never 2 '[ "$(count r2)" != 255 ] || [ "$(count r1)" != 0 ]'
sig r2 TERM
wait_for 1 '[ "$(count r2)" = 0 ]'
wait "$(pid_of r2)"
# In the skew of half a second's interval, and what a busy machine takes for 255 addresses.
wait_for 3 '[ "$(count r1)" = 255 ]'
capture_end "$TMP/lan.pcap"
# vrids FILTER
vrids() {
	tshark -nr "$TMP/lan.pcap" -Y "$1" -T fields -e vrrp.virt_rtr_id 2>/dev/null | sort -un | wc -l
}
expect '[ "$(vrids "vrrp.prio == 200")" = 255 ] && [ "$(vrids "vrrp.prio == 0")" = 255 ]'
# Four adverts of each in two seconds; one may be late.
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp.prio == 200" 2>/dev/null | wc -l)" -ge $((3 * 255)) ]'
expect '! grep -q "No buffer space\|Too many open files" "$TMP"/r?.log'
stop r1
expect '[ "$(count r1)" = 0 ]'
