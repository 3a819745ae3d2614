#!/bin/sh
# SPDX-License-Identifier: MIT
# Routes and rules of a VRF, which may come late, beside keepalived.
. "$(dirname "$0")/lib.sh"

conf() {
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2' \
		'virtual_routes {
10.1.0.0/16 via 198.51.100.2 dev eth1 vrf vrf1
10.2.0.0/16 via 198.51.100.3 dev eth1 vrf vrf1 metric 7
2001:db8:8::/48 via 2001:db8:1::2 dev eth1 vrf vrf1
10.3.0.0/16 via 192.0.2.3
}' 'virtual_rules {
from 10.1.0.0/16 l3mdev preference 800
}'
}

shown() {
	ns_ip "$1" route show table "$2"
	ns_ip "$1" -6 route show table "$2" | grep -v fe80
	ns_ip "$1" rule
}

vrf() {
	ns_ip "$1" link add vrf1 type vrf table "$2"
	ns_ip "$1" link set vrf1 up
	ns_ip "$1" link set eth1 master vrf1
}

for r in k u; do
	lan_new lan$r
	ns_new $r
	lan_join lan$r $r eth0 192.0.2.1/24 2001:db8::1/64
	lan_join lan$r $r eth1 198.51.100.1/24
	[ $r = u ] || vrf $r 5000
	ns_ip $r addr add 2001:db8:1::1/64 dev eth1
done
kad k "$(conf)"
ukd u "$(conf)"
for r in k u; do
	wait_for 20 "ns_ip $r rule | grep -q ^800:"
done
expect 'ns_ip u route | grep -q "^10.3"'
expect '! ns_ip u route show table all | grep "^10.[12].*proto keep"'
vrf u 5000
ns_ip u addr add 2001:db8:1::1/64 dev eth1 || true
wait_for 20 'ns_ip u route show table 5000 | grep -q ^10.2'
wait_for 20 'ns_ip u -6 route show table 5000 | grep -q ^2001:db8:8'
shown k 5000 > "$TMP/k.shown"
expect 'shown u 5000 | diff "$TMP/k.shown" -'
expect "[ $(grep -c 'proto keepalived' "$TMP/k.shown") = 4 ]"

# Another table, as when the VRF was made again.
ns_ip u link del vrf1
vrf u 5001
ns_ip u addr add 2001:db8:1::1/64 dev eth1 || true
wait_for 20 'ns_ip u route show table 5001 | grep -q ^10.1'
stop u
stop k
expect '! ns_ip u route show table 5001 | grep "proto keepalived"'
