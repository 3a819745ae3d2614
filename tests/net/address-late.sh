#!/bin/sh
# SPDX-License-Identifier: MIT
# A virtual address on a second interface that is not there at the start, goes and comes back: the instance waits for it, but for a
# no_track address, which comes when its interface does.
. "$(dirname "$0")/lib.sh"

lan_new lan
lan_new other
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
ukd r1 "$(vi WAITS eth0 51 150 '192.0.2.51/24
198.51.100.51/24 dev eth1' 'version 3' 'advert_int 0.1')
$(vi GOES_ON eth0 52 150 '192.0.2.52/24
198.51.100.52/24 dev eth1 no_track' 'version 3' 'advert_int 0.1')"
wait_for 3 'has_addr r1 eth0 192.0.2.52'
expect 'grep -q "(WAITS) Entering FAULT STATE (.*interface eth1 is" "$TMP/r1.log" && ! has_addr r1 eth0 192.0.2.51'
there() {
	has_addr r1 eth1 198.51.100.51/24 && has_addr r1 eth1 198.51.100.52/24 && has_addr r1 eth0 192.0.2.51/24
}
# Made again, it has another index.
for time in 1 2; do
	lan_join other r1 eth1 198.51.100.1/24
	wait_for 3 there
	ns_ip r1 link del eth1
	wait_for 2 '! has_addr r1 eth0 192.0.2.51'
	expect 'has_addr r1 eth0 192.0.2.52'
done
expect '! grep -q "someone else" "$TMP/r1.log"'
expect '[ "$(grep -c "(GOES_ON) Entering" "$TMP/r1.log")" = 2 ]'
