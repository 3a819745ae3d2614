#!/bin/sh
# SPDX-License-Identifier: MIT
# 50,000 forged adverts a second, of priority 255, this moment and a key that is known: each costs its HMAC. The master's adverts keep their
# schedule, the backup hears them and stays, the log stays short.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

lan_new lan
for n in 1 2 3; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
key='auth_hmac {
		key 1 hex:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
		active_key 1
	}'
conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'version 3' 'advert_int 0.2' "$key"
	vi UNICAST eth0 52 "$1" 192.0.2.98/24 'version 3' 'advert_int 0.2' 'unicast_peer {' "192.0.2.$2" '}' "$key"
}
ukd r1 "$(conf 150 2)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'
ukd r2 "$(conf 100 1)"
wait_for 3 'grep -q "Entering BACKUP" "$TMP/r2.log"'
capture r2 eth0 "$TMP/lan.pcap" 'ip proto 112 and src 192.0.2.1'
start=$(date +%s%N)
sent=$(advert r3 eth0 src=192.0.2.3 version=3 int=20 prio=255 addrs=192.0.2.99 key=1 count=200000 rate=50000)
took=$((($(date +%s%N) - start) / 1000000))
capture_end "$TMP/lan.pcap"
echo "$sent packets in $took ms; CPU of the master $(awk '{ print $14 + $15 }' "/proc/$(pid_of r1)/stat") ticks"
expect '[ "$sent" = 200000 ]'
for n in 1 2; do
	expect 'grep -q "(VI_1) advertisement from 192.0.2.3 refused: authentication failed" "$TMP/r$n.log"'
	expect '[ "$(wc -l < "$TMP/r$n.log")" -lt 20 ]'
done
expect '! grep -q "Entering MASTER" "$TMP/r2.log" && ! has_addr r2 eth0 192.0.2.99'
expect '[ "$(grep -c "VI_1) Entering" "$TMP/r1.log")" = 2 ]'
# Who is no peer costs no HMAC, whatever check_unicast_src says.
advert r3 eth0 src=192.0.2.3 dst=192.0.2.2 vrid=52 version=3 int=20 prio=255 addrs=192.0.2.98 key=1 > /dev/null
wait_for 2 'grep -q "(UNICAST) advertisement from 192.0.2.3 refused: sender is not a configured peer" "$TMP/r2.log"'
expect 'adverts "$TMP/lan.pcap" | awk -v "took=$took" "\$3 == 51 { if (last && \$1 - last > 0.39) gap++; last = \$1; n++ } END { exit !(n >= took / 200 - 3 && !gap) }"'
