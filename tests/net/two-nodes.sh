#!/bin/sh
# SPDX-License-Identifier: MIT
# Two equal routers and a client, at keepalived's default interval: one holder; its cable pulled, the other has the address and the
# client is served; plugged in again, still one holder. The same when the wire is cut between the two alone: two holders, then one.
. "$(dirname "$0")/lib.sh"

vip=198.51.100.6
conf() {
	printf 'vrrp_instance gate {\n\tstate %s\n\tinterface eth0\n\tvirtual_router_id 77\n\tpriority 120\n' "$1"
	printf '\tvirtual_ipaddress {\n\t\t%s/24\n\t}\n}\n' $vip
}
holders() {
	n=0
	for r in r1 r2; do ! has_addr $r eth0 $vip/24 || n=$((n + 1)); done
	[ $n = "$1" ]
}
served() {
	ns client ping -c 1 -W 1 $vip > /dev/null
}
lan_new lan
for h in r1:16 r2:61 client:200; do
	ns_new "${h%:*}"
	lan_join lan "${h%:*}" eth0 "198.51.100.${h#*:}/24"
done
ukd r1 "$(conf MASTER)"
ukd r2 "$(conf BACKUP)"
wait_for 6 'holders 1'
never 1.5 '! holders 1'
expect served
other=r2
has_addr r1 eth0 $vip || other=r1
holder=r$((3 - ${other#r}))
lan_cut lan $holder eth0
wait_for 6 "has_addr $other eth0 $vip"
expect '! has_addr $holder eth0 $vip'
wait_for 2 served
lan_mend lan $holder eth0
never 4.5 '! holders 1'
expect served

lan_mute lan r1 eth0
wait_for 6 'holders 2'
lan_mend lan r1 eth0
wait_for 3 'holders 1'
# Of equals the higher address.
expect 'has_addr r2 eth0 $vip'
wait_for 2 served
never 1.5 '! holders 1'
