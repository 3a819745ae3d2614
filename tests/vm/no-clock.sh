#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=180
# A router without a battery begins in 1970, and its clock jumps when it has found the time: adverts keep their schedule, nothing changes
# its state, and the time of the last change is told in the clock's terms.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"
real=$(date +%s)
up() {
	cut -d . -f 1 /proc/uptime
}
began=$(up)
trap 'status=$?; date -s "@$((real + $(up) - began))" > /dev/null; (exit $status); finish' EXIT

lan_new lan
for host in r1 r2; do
	ns_new $host
	lan_join lan $host eth0 192.0.2.${host#r}/24
done
# The kernel allows no time before it was booted.
date -s "@$(($(up) + 60))" > /dev/null
capture r2 eth0 "$TMP/adverts" proto 112
ukd r1 "$(vi VI_1 eth0 51 150 192.0.2.9/24 'version 3' 'advert_int 0.2')"
ukd r2 "$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2')"
wait_for 10 'has_addr r1 eth0 192.0.2.9'
expect 'grep -q " 1970: .*Entering MASTER STATE" "$TMP/r1.log"'
changes=$(cat "$TMP/r1.log" "$TMP/r2.log" | grep -c 'Entering .* STATE')
sleep 2
# Forward by 56 years, and back by a day.
date -s "@$real" > /dev/null
sleep 2
date -s "@$((real - 86400))" > /dev/null
sleep 2
date -s "@$((real + $(up) - began))" > /dev/null
capture_end "$TMP/adverts"
expect '[ "$(cat "$TMP/r1.log" "$TMP/r2.log" | grep -c "Entering .* STATE")" = "$changes" ]'
expect '[ "$(date +%Y)" -ge 2020 ]'
sig r1 36
wait_for 5 '[ -s /tmp/keepalived.json ]'
expect 'python3 -c "import json; json.load(open(\"/tmp/keepalived.json\"))"'
# Six seconds of adverts, all of one sender once it was the master
count=$(adverts "$TMP/adverts" | awk '$2 == "192.0.2.1"' | wc -l)
echo "$count adverts"
expect '[ "$count" -ge 28 ]'
stop r1
stop r2
