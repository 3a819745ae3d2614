#!/bin/sh
# SPDX-License-Identifier: MIT
# Mastership given up: by a whole group through any of its names, taken back before its time, by an address owner, through a reload, and where
# there is nobody else.
. "$(dirname "$0")/lib.sh"

lan_new lan
for r in r1 r2; do
	ns_new $r
	lan_join lan $r eth0 192.0.2.${r#r}/24
done
conf() {
	printf 'vrrp_sync_group G {\n\tgroup {\n\t\tA\n\t\tB\n\t}\n}\n'
	vi A eth0 1 "$1" 192.0.2.11/24 'version 3' 'advert_int 0.1'
	vi B eth0 2 "$1" 192.0.2.12/24 'version 3' 'advert_int 0.1'
	vi C eth0 3 "$2" 192.0.2.13/24 'version 3' 'advert_int 0.1'
}
ask() {
	"$UKD" "$@" -p "$TMP/r1.pid"
}
# On which of the two routers are A, B and C
on() {
	for address in 11 12 13; do
		r=${1%"${1#??}"}
		set -- "${1#???}"
		has_addr "$r" eth0 192.0.2.$address || return 1
		[ "$r" = r1 ] && other=r2 || other=r1
		! has_addr $other eth0 192.0.2.$address || return 1
	done
}

ukd r1 "$(conf 150 255)"
wait_for 5 'on "r1 r1 r1"'
ukd r2 "$(conf 120 110)"
wait_for 5 '[ $(grep -c "Entering BACKUP" "$TMP/r2.log") = 3 ]'

for name in A G B; do
	ask resign $name 60
	wait_for 3 'on "r2 r2 r1"'
	expect 'ask status $name | grep -q "priority 1 of 150: resigned"'
	never 0.6 '! on "r2 r2 r1"'
	ask resign $name 0
	wait_for 5 'on "r1 r1 r1"'
done

# The owner of an address.
ask resign C 60
wait_for 3 'on "r1 r1 r2"'
never 0.6 '! on "r1 r1 r2"'
# A reload does not bring it back.
reconf r1 "$(conf 140 255)"
wait_for 3 'grep -q "Reload complete" "$TMP/r1.log"'
never 0.6 '! on "r1 r1 r2"'
ask resign C 0
wait_for 5 'on "r1 r1 r1"'

# Better the one that is to rest than none.
ask resign G 60
wait_for 3 'on "r2 r2 r1"'
crash r2
wait_for 3 'has_addr r1 eth0 192.0.2.11 && has_addr r1 eth0 192.0.2.12'
