#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=90
# Tracked processes in a network namespace, where the kernel tells of none and
# keepalived sees none: quorums, delays, command lines, the cost of looking.
. "$(dirname "$0")/lib.sh"

name=tp$$
cp /bin/sleep "$TMP/$name"
cp /bin/sleep "$TMP/$name-with-a-long-name"
conf() {
	printf 'vrrp_track_process %s {\nprocess %s\n%s\n}\n' \
		one $name 'weight 1' \
		two $name 'weight 2
quorum 2
quorum_max 3' \
		must $name-with-a-long-name 'weight 0 reverse' \
		args "$TMP/$name 60 61" 'weight 10' \
		some "$TMP/$name 60" 'weight 20
param_match partial' \
		slow $name 'weight 40
terminate_delay 3'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
		'track_process {' one two must args some slow '}'
}

last_priority() {
	tcpdump -nr "$TMP/r1.pcap" 2>/dev/null |
		sed -n 's/.*, prio \([0-9]*\),.*/\1/p' | tail -n 1
}

priority() {
	wait_for 4 "[ \"\$(last_priority)\" = $1 ]"
}

run() {
	"$TMP/$name" "$@" &
	pids="$pids $!"
}

pids=
ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
capture r1 eth0 "$TMP/r1.pcap" vrrp
run 100
first=$!
ukd r1 "$(conf)"
priority 141
expect "! grep -q Quorum $TMP/r1.log"
run 60 61
second=$!
priority 173
expect "grep -q 'Quorum gained for tracked process two' $TMP/r1.log"
run 60 62
third=$!
priority 173
run 60
priority 171
expect "grep -q 'Quorum lost for tracked process two' $TMP/r1.log"
kill $second
priority 163
kill $!
kill $third
priority 141
kill $first
# The delay counts from when the last one is seen to be gone.
priority 140
never 1.5 '[ "$(last_priority)" != 140 ]'
priority 100
run 100
priority 141

"$TMP/$name-with-a-long-name" 100 &
pids="$pids $!"
priority 0
wait_for 2 '! has_addr r1 eth0 192.0.2.9'
kill $!
wait_for 4 'has_addr r1 eth0 192.0.2.9'

# With nothing to track it sleeps as before.
cpu() {
	awk '{ print $14 + $15 }' "/proc/$(pid_of r1)/stat"
}
wakes() {
	awk '/^voluntary/ { print $2 }' "/proc/$(pid_of r1)/status"
}
from=$(cpu)
sleep 5
echo "five looks at $(ls -d /proc/[0-9]* | wc -l) processes: $(($(cpu) - from)) hundredths of a second"
expect "[ $(($(cpu) - from)) -lt 25 ]"
reconf r1 "$(vi VI_1 eth0 51 100 192.0.2.9/24 'advert_int 10')"
wait_for 3 '[ "$(last_priority)" = 100 ]'
sleep 1
from=$(wakes)
sleep 5
expect "[ $(($(wakes) - from)) -le 8 ]"
# shellcheck disable=SC2086
kill $pids 2>/dev/null || true
