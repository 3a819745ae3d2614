#!/bin/sh
# SPDX-License-Identifier: MIT
# Addresses as asked for, and only those; what is there twice or not at all is no error.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"

ns_new r1
ns_ip r1 link add eth0 type veth peer name peer0
ns_ip r1 link set eth0 up
ns_ip r1 link set peer0 up
ns_ip r1 addr add 192.0.2.1/24 dev eth0

# one ADDRESS PATTERN: what the kernel says of an address
one() {
	ns_ip r1 -d -o addr show dev eth0 | grep -F " $1" | grep -qE "$2"
}

add() {
	probe r1 add eth0 "$@" > "$TMP/out" || { cat "$TMP/out"; fail "add $*"; }
	added=${1%/*}/
	expect 'grep -qF " $added" "$TMP/out"'
}

add 192.0.2.10/24
expect 'one 192.0.2.10/24 "10/24 scope global secondary( proto [^ ]*)? eth0"'
add 192.0.2.11/24 brd + label eth0:vip
expect 'one 192.0.2.11/24 "brd 192.0.2.255 scope global.* eth0:vip"'
add 192.0.2.12/32 brd 192.0.2.77 scope 253
expect 'one 192.0.2.12/32 "brd 192.0.2.77 scope link"'
add 192.0.2.13/32 peer 198.51.100.9
expect 'one 192.0.2.13 "192.0.2.13 peer 198.51.100.9/32"'
add 192.0.2.14/32 brd +
expect '! one 192.0.2.14/32 brd'
add 192.0.2.15/24 flags 0x200
expect 'one 192.0.2.15/24 noprefixroute'
add 2001:db8::10/64 flags 2
expect 'one 2001:db8::10/64 "scope global nodad"'
add 2001:db8::11/128 flags 2 lft 0
expect 'one 2001:db8::11/128 "nodad deprecated|deprecated nodad"'
add fe80::1/64 flags 2
expect 'one fe80::1/64 "scope link nodad"'
add 2001:db8::12/128 flags 2 peer 2001:db8::13
expect 'one 2001:db8::12 "peer 2001:db8::13/128"'

# Our mark, where the kernel keeps one (5.18).
if uname -r | grep -qE '^(5\.(1[89]|[2-9][0-9])|[6-9]\.|[1-9][0-9]+\.)'; then
	watch r1 eth0
	expect 'last r1 eth0 | grep -q "192.0.2.10/24:18 .*2001:db8::10/64:18"'
	expect 'last r1 eth0 | grep -q "192.0.2.1/24:0 "'
	stop r1
fi

# Again is no error and changes nothing; another's stays another's.
ns_ip r1 -o addr show dev eth0 > "$TMP/before"
add 192.0.2.10/24
add 192.0.2.1/24
add 2001:db8::10/64
ns_ip r1 -o addr show dev eth0 > "$TMP/after"
expect 'cmp "$TMP/before" "$TMP/after"'
expect 'probe r1 add eth0 2001:db8::10/80 | grep -q "error: File exists"'

# Deleted by address, prefix and peer; others of the same network stay.
probe r1 del eth0 192.0.2.10/25 > /dev/null
expect 'one 192.0.2.10/24 ""'
probe r1 del eth0 192.0.2.13/32 peer 198.51.100.8 > /dev/null
expect 'one 192.0.2.13 ""'
probe r1 del eth0 192.0.2.99/24 > /dev/null
probe r1 del eth0 2001:db8::99/64 > /dev/null
ns_ip r1 -o addr show dev eth0 > "$TMP/after"
expect 'cmp "$TMP/before" "$TMP/after"'
for a in 192.0.2.10/24 192.0.2.11/24 192.0.2.12/32 192.0.2.14/32 192.0.2.15/24 2001:db8::10/64 2001:db8::11/128 fe80::1/64; do
	probe r1 del eth0 $a > "$TMP/out"
	expect '! grep -qF " $a" "$TMP/out"'
	expect '! one $a ""'
done
probe r1 del eth0 192.0.2.13/32 peer 198.51.100.9 > /dev/null
probe r1 del eth0 2001:db8::12/128 peer 2001:db8::13 > /dev/null
expect 'one 192.0.2.1/24 ""'
expect '[ "$(ns_ip r1 -o -4 addr show dev eth0 | wc -l)" = 1 ]'

# The primary goes: with promote_secondaries the others of its network stay.
expect '[ "$(probe r1 sysctl 4 eth0 promote_secondaries 0)" = "$(ns r1 cat /proc/sys/net/ipv4/conf/default/promote_secondaries)" ]'
expect '[ "$(probe r1 sysctl 4 eth0 promote_secondaries 1)" = 0 ]'
add 192.0.2.20/24
add 192.0.2.21/24
ns_ip r1 addr del 192.0.2.1/24 dev eth0
expect 'one 192.0.2.20/24 ""'
expect 'one 192.0.2.21/24 secondary'

# Names with dots; an interface that is not there.
ns_ip r1 link add link eth0 name eth0.100 type macvlan
expect '[ "$(probe r1 sysctl 4 eth0.100 arp_ignore 1)" = 0 ]'
expect '[ "$(ns r1 cat /proc/sys/net/ipv4/conf/eth0.100/arp_ignore)" = 1 ]'
expect 'probe r1 sysctl 6 nope accept_ra 1 | grep -q "error: No such file"'
expect 'probe r1 add nope 192.0.2.3/24 | grep -q "error: No such device"'
expect 'probe r1 del nope 192.0.2.3/24'
