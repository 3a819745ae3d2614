#!/bin/sh
# SPDX-License-Identifier: MIT
# A crash is survived, at most five times a minute, with the address on one side only. A daemon survives kill -9 as well.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' > "$TMP/conf"

alive() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2> /dev/null) in
	'' | Z*) return 1 ;;
	esac
}

starts() {
	grep -c "Startup complete" "$TMP/r1.log"
}

# master COUNT: the COUNTth start is done and has the address
master() {
	wait_for 8 "[ \$(starts) = $1 ] && has_addr r1 eth0 192.0.2.9"
}

# The same process executes its command line again.
ukd r1 "$(cat "$TMP/conf")"
master 1
pid=$(pid_of r1)
name=$(cat "/proc/$pid/comm")
n=1
for signo in SEGV BUS ILL FPE ABRT; do
	sig r1 $signo
	n=$((n + 1))
	master $n
done
expect '[ "$(cat "$TMP/r1.pid")" = "$pid" ] && [ "$(cat "/proc/$pid/comm")" = "$name" ]'
expect '[ $(grep -c "removing 192.0.2.9 from eth0" "$TMP/r1.log") = 5 ]'
sig r1 SEGV
status=0
wait "$pid" || status=$?
expect '[ $status = 139 ]'
expect '[ "$(starts)" = 6 ]'

# -R: not at all.
rm "$TMP/r1.log"
ukd r1 "$(cat "$TMP/conf")" --dont-respawn
master 1
sig r1 SEGV
wait "$(pid_of r1)" || true
expect '[ "$(starts)" = 1 ]'

daemon() {
	rm -f "$TMP/r1.log"
	ns r1 "$UKD" -f "$TMP/r1.conf" -p "$TMP/r1.pid" -G -g"$TMP/r1.log" "$@"
	pid=$(cat "$TMP/r1.pid")
}

# Scripts end, zombies are taken away.
two_processes() {
	wait_for 2 '[ $(ip netns pids "${PREFIX}r1" | wc -l) = 2 ] && [ $(wc -w < "/proc/$pid/task/$pid/children") = 1 ]'
}

# successor: another process in the pid file, which is the only worker
successor() {
	wait_for 8 "[ \$(starts) = $1 ] && [ \"\$(cat '$TMP/r1.pid')\" != $pid ]"
	expect '! alive $pid'
	pid=$(cat "$TMP/r1.pid")
	expect 'alive $pid'
	master "$1"
	two_processes
}

# Nothing of ours in the environment of scripts, or a script that starts another daemon would not get one.
printf '#!/bin/sh\nenv > "%s/env.new"; mv "%s/env.new" "%s/env"\n' "$TMP" "$TMP" "$TMP" > "$TMP/script"
chmod 755 "$TMP" "$TMP/script"
vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' "notify_master $TMP/script root" > "$TMP/r1.conf"

daemon
master 1
kill -9 "$pid"
successor 2
kill -9 "$pid"
successor 3
wait_for 2 '[ -e "$TMP/env" ]'
expect '! grep -q -i ukeepalived_ "$TMP/env"'

# The one that waits is replaced when it is what dies.
watcher=$(cat "/proc/$pid/task/$pid/children")
kill -9 "$watcher"
wait_for 2 '[ "$(cat "/proc/$pid/task/$pid/children")" != "$watcher" ]'
two_processes
kill -9 "$pid"
successor 4

# A crash that the worker can catch does not change the pid, and counts.
kill -SEGV "$pid"
master 5
expect '[ "$(cat "$TMP/r1.pid")" = "$pid" ]'
two_processes
kill -9 "$pid"
successor 6
kill -9 "$pid"
wait_for 2 'grep -q "not started again" "$TMP/r1.log"'
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'
expect '[ "$(starts)" = 6 ]'

# TERM and a failing start end both; so does kill -9 with -R.
daemon
master 1
kill "$pid"
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'
expect '! has_addr r1 eth0 192.0.2.9'
daemon -R
master 1
kill -9 "$pid"
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'

# Who started one that dies while it starts is told, and nobody follows it.
sleeper() {
	for p in $(ip netns pids "${PREFIX}r1"); do
		[ "$(cat "/proc/$p/comm")" != sleep ] || echo "$p"
	done
}
printf 'global_defs {\n\tscript_user root\n\tstartup_script "/bin/sleep 9"\n}\n' > "$TMP/r1.conf"
rm -f "$TMP/r1.log" "$TMP/r1.pid"
ns r1 "$UKD" -f "$TMP/r1.conf" -p "$TMP/r1.pid" -G -g"$TMP/r1.log" 2> "$TMP/told" &
starter=$!
wait_for 4 '[ -n "$(sleeper)" ]'
kill -9 "$(awk '/^PPid/ { print $2 }' "/proc/$(sleeper)/status")"
status=0
wait "$starter" || status=$?
expect '[ $status = 1 ] && grep -q "ended while starting, signal 9" "$TMP/told"'
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'
