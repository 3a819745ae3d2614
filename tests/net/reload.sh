#!/bin/sh
# SPDX-License-Identifier: MIT
# A reload applies the difference: an unchanged master keeps its address and its schedule; what was added, removed or changed takes
# effect; a file with a new error is refused.
. "$(dirname "$0")/lib.sh"

one() {
	vi VI_1 eth0 51 "${1:-150}" "${2:-192.0.2.99/24}" 'version 3' 'advert_int 0.1'
}
two() {
	vi VI_2 eth0 52 150 192.0.2.98/24 'version 3' 'advert_int 0.1'
}

lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
ukd r1 "$(one)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'
capture r2 eth0 "$TMP/lan.pcap" vrrp
ns_ip r1 monitor address > "$TMP/monitor" &
monitor=$!

reconf r1 "$(one; two)"
wait_for 3 'has_addr r1 eth0 192.0.2.98'
for _ in 1 2 3 4 5 6 7 8 9 10; do
	sig r1 HUP
	sleep 0.07
done
reconf r1 "$(one)"
wait_for 2 '! has_addr r1 eth0 192.0.2.98'
expect 'has_addr r1 eth0 192.0.2.99'
expect 'grep -q "Deleted.*192.0.2.98" "$TMP/monitor"'
expect '! grep -q "Deleted.*192.0.2.99" "$TMP/monitor"'

# Addresses and priority of a running master.
reconf r1 "$(one 200 192.0.2.97/24)"
wait_for 2 'has_addr r1 eth0 192.0.2.97 && ! has_addr r1 eth0 192.0.2.99'
reconf r1 "$(one)"
wait_for 2 'has_addr r1 eth0 192.0.2.99 && ! has_addr r1 eth0 192.0.2.97'

# A new error: refused, its line told, what ran runs on.
reconf r1 "$(one; two | sed 's/virtual_router_id/virtual_ruoter_id/')"
wait_for 2 'grep -q "r1.conf:[0-9]*: error: .*virtual_ruoter_id.*virtual_router_id" "$TMP/r1.log"'
never 1 'has_addr r1 eth0 192.0.2.98'
expect 'has_addr r1 eth0 192.0.2.99'
kill $monitor
capture_end "$TMP/lan.pcap"

# No advert of VI_1 came late: the gaps stay near 0.1 s through all of it (a machine that is busy may hold one up a little).
expect 'adverts "$TMP/lan.pcap" | awk "\$3 == 51 || \$4 == 51 { if (last && \$1 - last > 0.19) late++; last = \$1; n++ } END { exit !(n > 15 && late < 2) }"'
