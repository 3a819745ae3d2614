#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# A router without a battery starts in 1970 and learns the time later: nothing waits for it, adverts go on, and what is told of the past is right as
# soon as the clock is.
. "$(dirname "$0")/lib.sh"

real=$(date +%s)
now
started=$NOW
right() {
	now
	date -s "@$((real + (NOW - started) / 100))" > /dev/null
}
# Times before the uptime are refused.
past() {
	date -s @1000 > /dev/null
}
trap 'ended=$?; right; set +e; (exit $ended); finish' EXIT
past

lan_new lan
for r in r1 r2; do
	ns_new $r
	lan_join lan $r eth0 192.0.2.${r#r}/24
done
conf() {
	vi LAN eth0 51 "$1" 192.0.2.9/24 'version 3' 'advert_int 1'
}
ukd r1 "$(conf 150)"
wait_for 10 'has_addr r1 eth0 192.0.2.9'
ukd r2 "$(conf 120)"
wait_for 10 'grep -q "Entering BACKUP" "$TMP/r2.log"'
expect 'grep -q "^... Jan  1 00:1.:.. 1970: (LAN) Entering MASTER STATE" "$TMP/r1.log"'
"$UKD" status -j -p "$TMP/r1.pid" > "$TMP/json"
transition() {
	sed 's/.*"last_transition":\([0-9]*\).*/\1/' "$TMP/json"
}
expect '[ "$(transition)" -ge 1000 ] && [ "$(transition)" -lt 1100 ]'

# The time is learnt; nobody moves.
capture r2 eth0 "$TMP/vrrp.pcap" 'ip proto 112'
now
begin=$NOW
sleep 1
right
sleep 2
now
capture_end "$TMP/vrrp.pcap"
expect '[ "$(grep -c "Entering" "$TMP/r2.log")" = 1 ]'
expect '[ "$(adverts "$TMP/vrrp.pcap" | cut -f 2 | sort -u)" = 192.0.2.1 ]'
count=$(adverts "$TMP/vrrp.pcap" | grep -c .)
expect '[ $((count * 100)) -gt $(((NOW - begin) / 2)) ] && [ $((count * 100)) -lt $((NOW - begin + 200)) ]'
"$UKD" status -j -p "$TMP/r1.pid" > "$TMP/json"
expect '[ $(($(date +%s) - $(transition))) -lt 60 ]'

# Back to 1970 while a takeover is due: it comes.
past
crash r1
wait_for 10 'has_addr r2 eth0 192.0.2.9'
sig r2 HUP
wait_for 3 'grep -q "1970: Reload complete" "$TMP/r2.log"'
