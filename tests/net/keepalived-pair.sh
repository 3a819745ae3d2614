#!/bin/sh
# SPDX-License-Identifier: MIT
# The helpers themselves, on two routers that run Debian's keepalived.
. "$(dirname "$0")/lib.sh"

vip=192.0.2.9
conf() {
	vi VI_1 eth0 51 "$1" $vip/24 "advert_int 0.2" "version 3"
}

for r in r1 r2; do ns_new $r; done
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan r2 eth0 192.0.2.2/24
expect 'has_addr r1 eth0 2001:db8::1'
expect 'has_addr r1 eth0 2001:db8:0::1/64'
expect '! has_addr r1 eth0 192.0.2.1/25'
expect '! has_addr r1 eth0 192.0.2.11'
expect 'ns r1 ping -c1 -W2 192.0.2.2 > /dev/null'

capture r2 eth0 "$TMP/lan.pcap" vrrp
kad r1 "$(conf 200)"
wait_for 5 'has_addr r1 eth0 $vip'
kad r2 "$(conf 100)"
never 1.5 'has_addr r2 eth0 $vip'
crash r1
wait_for 3 'has_addr r2 eth0 $vip/24'
capture_end "$TMP/lan.pcap"
expect '[ "$(adverts "$TMP/lan.pcap" | cut -f2,4,5 | uniq | tr "\t\n" " ;")" = \
	"192.0.2.1 51 200;192.0.2.2 51 100;" ]'

# A silent cut leaves the carrier, a pulled cable does not.
lan_mute lan r1 eth0
expect '! ns r2 ping -c1 -W1 192.0.2.1 > /dev/null'
expect '[ "$(ns r1 cat /sys/class/net/eth0/carrier)" = 1 ]'
lan_mend lan r1 eth0
wait_for 2 'ns r2 ping -c1 -W1 192.0.2.1'
lan_cut lan r1 eth0
expect '[ "$(ns r1 cat /sys/class/net/eth0/carrier)" = 0 ]'

reconf r2 "$(conf 100)
$(vi VI_2 eth0 52 100 192.0.2.10/24 'advert_int 0.2' 'version 3')"
wait_for 5 'has_addr r2 eth0 192.0.2.10'
stop r2
expect '! has_addr r2 eth0 $vip'
