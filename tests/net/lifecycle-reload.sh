#!/bin/sh
# SPDX-License-Identifier: MIT
# Which reloads are refused, and that what runs then runs on: new errors with their lines, an unreadable file, what takes a restart.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
LOG=$TMP/r1.log

config() {
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' "$@"
}

# reload WORDS: waits for the log line that this one ends with
reload() {
	before=$(grep -c "$1" "$LOG") || true
	sig r1 HUP
	wait_for 2 '[ $(grep -c "$1" "$LOG") -gt '"$before ]"
}

# An error that was there at the start is told again and does no harm.
ukd r1 "$(config old_error)"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
expect '[ $(grep -c "r1.conf:[0-9]*: error: .*old_error" "$LOG") = 1 ]'
{
	config old_error
	vi VI_2 eth0 52 100 192.0.2.10/24 'version 3' 'advert_int 0.1'
} > "$TMP/r1.conf"
reload 'Reload complete'
expect '[ $(grep -c "r1.conf:[0-9]*: error: .*old_error" "$LOG") = 2 ]'
wait_for 3 'has_addr r1 eth0 192.0.2.10'

config old_error new_error > "$TMP/r1.conf"
reload 'reload refused'
line=$(grep -n new_error "$TMP/r1.conf" | cut -d: -f1)
expect 'grep -q "r1.conf:$line: error: .*new_error" "$LOG"'
expect '! grep -q "removed by reload" "$LOG"'

mv "$TMP/r1.conf" "$TMP/away"
reload 'reload refused.*No such file'
for word in 'instance other' 'net_namespace other'; do
	{
		echo "$word"
		config
	} > "$TMP/r1.conf"
	reload 'reload refused.*restart'
done
never 0.5 '! has_addr r1 eth0 192.0.2.9 || ! has_addr r1 eth0 192.0.2.10'

# Mended.
config > "$TMP/r1.conf"
reload 'Reload complete'
wait_for 1 '! has_addr r1 eth0 192.0.2.10'
expect 'has_addr r1 eth0 192.0.2.9'
expect '[ $(grep -c "Entering MASTER" "$LOG") = 2 ]'
