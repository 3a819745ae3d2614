#!/bin/sh
# SPDX-License-Identifier: MIT
# More events than the buffer holds, while the process stands still: all is read anew, and what was missed is told.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"

ns_new r1
for i in 0 1 2; do
	ns_ip r1 link add eth$i type veth peer name peer$i
	ns_ip r1 link set peer$i up
	ns_ip r1 link set eth$i up
done
ns_ip r1 addr add 192.0.2.1/24 dev eth0
ns_ip r1 addr add 192.0.2.2/24 dev eth1
watch r1 eth0 eth1 eth2 eth3
sees r1 eth0 ' UP .*192.0.2.1/24'

# 5,000 addresses that come and go somewhere else.
i=0
while [ $i -lt 5000 ]; do
	echo "addr add 10.$((i / 250)).$((i % 250)).1/24 dev peer2"
	i=$((i + 1))
done > "$TMP/storm"
sed 's/ add / del /' "$TMP/storm" > "$TMP/calm"

kill -STOP "$(watcher r1)"
# The first ones fit, and must not be taken for the present afterwards.
ns_ip r1 link set eth0 down
ns_ip r1 addr del 192.0.2.2/24 dev eth1
ns_ip r1 -batch "$TMP/storm"
# These are lost.
ns_ip r1 link set eth0 up
ns_ip r1 addr add 192.0.2.2/24 dev eth1
ns_ip r1 addr add 198.51.100.3/24 dev eth0
ns_ip r1 addr del 192.0.2.1/24 dev eth0
ns_ip r1 link del eth2
ns_ip r1 link add eth3 index 90 type veth peer name peer3
ns_ip r1 addr add 192.0.2.4/24 dev eth3
kill -CONT "$(watcher r1)"
wait_for 5 'grep -q ^REDUMPED "$TMP/r1.watch"'
sees r1 eth0 ' UP .*198.51.100.3/24'
expect '! last r1 eth0 | grep -q 192.0.2.1/'
expect 'last r1 eth1 | grep -q " UP .*192.0.2.2/24"'
expect 'last r1 eth2 | grep -q "index=0 DOWN"'
expect 'last r1 eth3 | grep -q "index=90 DOWN.*192.0.2.4/24"'

# And it follows again, without reading everything at each event.
ns_ip r1 addr add 192.0.2.5/24 dev eth1
sees r1 eth1 '192.0.2.5/24'
expect '[ "$(grep -c ^REDUMPED "$TMP/r1.watch")" = 1 ]'

# A storm that goes on while it reads: it keeps up or reads anew, and ends with what is.
ns_ip r1 link add eth2 type veth peer name peer2
for turn in 1 2 3; do
	ns_ip r1 -batch "$TMP/storm"
	kill -STOP "$(watcher r1)"
	ns_ip r1 -batch "$TMP/calm"
	kill -CONT "$(watcher r1)"
	ns_ip r1 addr add 192.0.2.10$turn/24 dev eth2
done
sees r1 eth2 '192.0.2.101/24.*192.0.2.102/24.*192.0.2.103/24'
expect 'kill -0 "$(watcher r1)"'
stop r1
expect '! grep -q "ERROR\|runtime error" "$TMP/r1.log"'
