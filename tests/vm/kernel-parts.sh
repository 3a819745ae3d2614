#!/bin/sh
# SPDX-License-Identifier: MIT
# The virtual machine has what the other tests take for granted.
. "$(dirname "$0")/../net/lib.sh"

ns_new a
add() {
	ns_ip a link add "$@" || fail "no device: $*"
}
add dummy0 type dummy
add macvlan0 link dummy0 type macvlan mode private
add vlan0 link dummy0 type vlan id 7
add bond0 type bond mode active-backup
add vrf0 type vrf table 100
add br0 type bridge
add ipip0 type ipip local 192.0.2.1 remote 192.0.2.2
add gre0x type gre local 192.0.2.1 remote 192.0.2.2
add veth0 type veth peer name veth1
# A device carries either macvlans or ipvlans.
add dummy1 type dummy
add ipvlan0 link dummy1 type ipvlan mode l2
modprobe fou
ns_ip a fou add port 5555 gue || fail "no fou"
ns a tc qdisc add dev dummy0 root netem delay 10ms || fail "no netem"
ns a nft add table inet t || fail "no nftables"
ns a python3 -c 'import socket; socket.socket(socket.AF_INET,
	socket.SOCK_STREAM, socket.IPPROTO_SCTP)' || fail "no SCTP"

n=0
for scheduler in rr wrr lc wlc lblc lblcr sh dh mh fo ovf sed nq; do
	n=$((n + 1))
	ns a ipvsadm -A -t "192.0.2.9:$n" -s $scheduler || fail "no $scheduler"
done
ns a ipvsadm -A -u 192.0.2.9:99 -p 60 --pe sip || fail "no pe sip"
[ "$(ns a ipvsadm -Sn | wc -l)" = 14 ] || fail "$(ns a ipvsadm -Sn)"
