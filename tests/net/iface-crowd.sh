#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# What happens elsewhere costs nothing: routes do not wake us at all, addresses of other interfaces take no memory.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"

ROUTES=50000
ADDRESSES=10000

ns_new r1
for i in 0 1; do
	ns_ip r1 link add eth$i type veth peer name peer$i
	ns_ip r1 link set peer$i up
	ns_ip r1 link set eth$i up
done
ns_ip r1 addr add 192.0.2.1/24 dev eth0
watch r1 eth0
sees r1 eth0 ' UP .* fe80'

resident() {
	awk '/^VmRSS/ { print $2 }' "/proc/$(watcher r1)/status"
}

switches() {
	awk '/ctxt_switches/ { n += $2 } END { print n }' "/proc/$(watcher r1)/status"
}

seq $ROUTES | awk '{ printf "route add unreachable 11.%d.%d.%d/32 metric 9\n", $1 / 65536, $1 / 256 % 256, $1 % 256 }' > "$TMP/routes"
sleep 1
before=$(switches)
ns_ip r1 -batch "$TMP/routes"
expect '[ "$(ns_ip r1 route show type unreachable | wc -l)" = $ROUTES ]'
after=$(switches)
echo "$((after - before)) switches for $ROUTES routes"
expect '[ $((after - before)) -lt 10 ]'

seq $ADDRESSES | awk '{ printf "addr add 12.%d.%d.1/24 dev eth1\n", $1 / 256, $1 % 256 }' > "$TMP/addresses"
before=$(resident)
ns_ip r1 -batch "$TMP/addresses"
ns_ip r1 addr add 192.0.2.2/24 dev eth0
sees r1 eth0 '192.0.2.2/24'
after=$(resident)
echo "$((after - before)) kB for $ADDRESSES addresses"
expect '[ $((after - before)) -lt 200 ]'
stop r1

# With all that there: the time from start to the first line, and 10,000 on the interface itself.
now
start=$NOW
watch r1 eth0
now
echo "$((NOW - start)) hundredths to start"
expect '[ $((NOW - start)) -lt 100 ]'
stop r1
now
start=$NOW
watch r1 eth1
now
echo "$((NOW - start)) hundredths to start on the crowded one"
wait_for 3 'last r1 eth1 | grep -q "12.39.16.1/24"' # a long line comes in pieces
expect '[ $((NOW - start)) -lt 300 ]'
stop r1
