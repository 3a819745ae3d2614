#!/bin/sh
# SPDX-License-Identifier: MIT
# Virtual MACs with unicast adverts, and in a sync group over two interfaces: adverts by the base, addresses on macvlans, all of them move together.
. "$(dirname "$0")/lib.sh"

# conf PRIORITY OWN OTHER
conf() {
	printf 'vrrp_sync_group G {\n\tgroup {\n\t\tVI_1\n\t\tVI_2\n\t}\n}\n'
	vi VI_1 eth0 51 "$1" 192.0.2.9/24 'version 3' 'advert_int 0.2' use_vmac "unicast_src_ip 192.0.2.$2" 'unicast_peer {' "192.0.2.$3" '}'
	vi VI_2 eth1 51 "$1" 198.51.100.9/24 'version 3' 'advert_int 0.2' use_vmac
}

holds() {
	has_addr "$1" vrrp.51 192.0.2.9 && has_addr "$1" vrrp1.51 198.51.100.9
}

lan_new lan
lan_new lan2
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
	lan_join lan2 r$n eth1 198.51.100.$n/24
done
ns_new client
lan_join lan client eth0 192.0.2.100/24
capture lan r2-eth0 "$TMP/lan.pcap" 'ip proto 112'
ukd r1 "$(conf 150 1 2)"
ukd r2 "$(conf 100 2 1)"
wait_for 5 'holds r1'
expect 'ns client ping -c1 -W2 192.0.2.9'
lan_cut lan2 r1 eth1
wait_for 5 'holds r2 && ! has_addr r1 vrrp.51 192.0.2.9'
expect 'ns client ping -c1 -W2 192.0.2.9'
# The host noticed nothing.
expect 'ns_ip client neigh show 192.0.2.9 | grep -q 00:00:5e:00:01:33'
lan_mend lan2 r1 eth1
wait_for 5 'holds r1 && ! has_addr r2 vrrp.51 192.0.2.9'
stop r1
wait_for 3 'holds r2'
stop r2
capture_end "$TMP/lan.pcap"
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "eth.src == 00:00:5e:00:01:33 || ip.dst == 224.0.0.18" 2>/dev/null | wc -l)" = 0 ]'
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp && ip.src == 192.0.2.1" 2>/dev/null | wc -l)" -ge 2 ]'
