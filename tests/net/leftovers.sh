#!/bin/sh
# SPDX-License-Identifier: MIT
# kill -9 leaves the address behind. A restart, at once or when another router holds it, removes it before the election: one holder.
. "$(dirname "$0")/lib.sh"

conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'version 3' 'advert_int 0.2'
}

holders() {
	n=0
	for r in r1 r2; do ! has_addr $r eth0 192.0.2.99 || n=$((n + 1)); done
	echo $n
}

lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
ukd r1 "$(conf 150)"
ukd r2 "$(conf 100)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'

crash r1
expect 'has_addr r1 eth0 192.0.2.99'
wait_for 3 'has_addr r2 eth0 192.0.2.99'
ukd r1 "$(conf 50)"
wait_for 2 '! has_addr r1 eth0 192.0.2.99'
expect 'grep -q "removing 192.0.2.99 from eth0" "$TMP/r1.log"'
never 1 '[ "$(holders)" != 1 ]'
expect 'has_addr r1 eth0 192.0.2.1'

# At once: nobody else had time to take over.
crash r2
: > "$TMP/r2.log"
ukd r2 "$(conf 100)"
wait_for 3 'grep -q "Entering MASTER" "$TMP/r2.log" && has_addr r2 eth0 192.0.2.99'
never 1 '[ "$(holders)" != 1 ]'

# An address that the administrator gave the interface is not a leftover: the sole one of an owner stays.
ns_new r3
lan_join lan r3 eth0 192.0.2.77/24
ukd r3 "$(vi VI_3 eth0 53 255 192.0.2.77/24)"
wait_for 3 'grep -q "(VI_3) Entering MASTER STATE" "$TMP/r3.log"'
expect 'has_addr r3 eth0 192.0.2.77'
stop r3
expect 'has_addr r3 eth0 192.0.2.77'

# IPv6, link-local and whole addresses alike, also those of a keepalived that crashed.
six() {
	vi VI_6 eth0 54 "$1" 'fe80::99/64
2001:db8:9::99/64
2001:db8:9::98/128' 'version 3' 'advert_int 0.2'
}
all6() {
	for a in fe80::99 2001:db8:9::99 2001:db8:9::98; do has_addr "$1" eth0 $a || return 1; done
}
none6() {
	for a in fe80::99 2001:db8:9::99 2001:db8:9::98; do ! has_addr "$1" eth0 $a || return 1; done
}
stop r2
stop r1
ukd r2 "$(six 200)"
wait_for 3 'all6 r2'
for daemon in ukd kad; do
	$daemon r1 "$(six 250)"
	wait_for 6 'all6 r1'
	crash r1
	wait_for 3 'all6 r2 && all6 r1'
	ukd r1 "$(six 100)"
	wait_for 2 'none6 r1'
	stop r1
done
