#!/bin/sh
# SPDX-License-Identifier: MIT
# Signals: TERM and INT stop with status 0, the numbers of --signum mean what they say, and all others are ignored.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
conf=$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1')

ukd r1 "$conf"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
pid=$(pid_of r1)
n=1
while [ $n -le 64 ]; do
	case $n in
	1 | 2 | 15) ;; # reload and stop
	9 | 19) ;; # nobody can
	4 | 6 | 7 | 8 | 11) ;; # crashes
	*) kill -$n "$pid" || fail "signal $n ended it" ;;
	esac
	n=$((n + 1))
done
sig r1 HUP
wait_for 2 'grep -q "Reload complete" "$TMP/r1.log"'
expect 'has_addr r1 eth0 192.0.2.9'
expect '[ $(grep -c "Startup complete" "$TMP/r1.log") = 1 ]'

for signo in TERM INT; do
	[ $signo = TERM ] || ukd r1 "$conf"
	wait_for 3 'has_addr r1 eth0 192.0.2.9'
	now
	begin=$NOW
	sig r1 $signo
	status=0
	wait "$(pid_of r1)" || status=$?
	now
	expect '[ $status = 0 ]'
	expect '[ $((NOW - begin)) -lt 100 ]'
	expect '! has_addr r1 eth0 192.0.2.9'
done
