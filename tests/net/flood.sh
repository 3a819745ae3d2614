#!/bin/sh
# SPDX-License-Identifier: MIT
# 50,000 broken packets a second for our VRID: the master's adverts keep their schedule, the backup hears them and stays, the log
# stays short.
. "$(dirname "$0")/lib.sh"

${CC:-gcc} -O2 -o "$TMP/flood" "$(dirname "$0")/flood.c"
lan_new lan
for n in 1 2 3; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'version 3' 'advert_int 0.2'
}
ukd r1 "$(conf 150)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'
ukd r2 "$(conf 100)"
capture r2 eth0 "$TMP/lan.pcap" 'ip proto 112 and src 192.0.2.1'
sent=$(ns r3 "$TMP/flood" eth0 192.0.2.3 51 50000 4)
capture_end "$TMP/lan.pcap"
expect '[ "$sent" -gt 40000 ]' # what a slow machine manages is a flood too
expect '! has_addr r2 eth0 192.0.2.99'
expect '! grep -q "Entering MASTER" "$TMP/r2.log"'
# 4 s of 0.2 s: 19 or more adverts, and none missing in a row.
expect 'adverts "$TMP/lan.pcap" | awk "{ if (last && \$1 - last > 0.39) gap++; last = \$1; n++ } END { exit !(n >= 18 && !gap) }"'
expect '[ "$(wc -l < "$TMP/r2.log")" -lt 40 ]'
expect 'grep -q "refused:" "$TMP/r2.log"'
