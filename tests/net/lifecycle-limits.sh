#!/bin/sh
# SPDX-License-Identifier: MIT
# Realtime priority, nice, locked memory, umask: for the daemon, not for its scripts.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
cat > "$TMP/script" <<EOF
#!/bin/sh
cat /proc/\$\$/stat > "$TMP/script.new"
grep -E 'VmLck|SigIgn|SigBlk' /proc/self/status > "$TMP/script.status"
cat /proc/\$\$/timerslack_ns > "$TMP/script.slack"
mv "$TMP/script.new" "$TMP/script.stat"
EOF
chmod 755 "$TMP" "$TMP/script"

# fields of a stat file after the name, so that field 19 is $17
field() {
	sed 's/.*) //' "$1" | cut -d ' ' -f "$2"
}

# script_ran: as any program is started
script_ran() {
	wait_for 3 '[ -e "$TMP/script.stat" ]'
	expect '[ $(field "$TMP/script.stat" 17) = 0 ]' # nice
	expect '[ $(field "$TMP/script.stat" 39) = 0 ]' # policy: other
	expect '[ $(cat "$TMP/script.slack") = 50000 ]'
	expect 'grep -q "SigBlk:.0*$" "$TMP/script.status"'
	# dash itself ignores nothing.
	expect 'grep -q "SigIgn:.0*$" "$TMP/script.status"'
	expect 'grep -q "VmLck:.*[[:space:]]0 kB" "$TMP/script.status"'
	rm "$TMP/script.stat"
}

config() {
	printf 'global_defs {\n'
	printf '\t%s\n' "$@"
	printf '}\n'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' "notify_master $TMP/script root"
}

ukd r1 "$(config 'vrrp_rt_priority 20' vrrp_no_swap)"
stat=/proc/$(pid_of r1)/stat
script_ran
expect '[ $(field "$stat" 38) = 20 ] && [ $(($(field "$stat" 39) & 7)) = 2 ]' # SCHED_RR
expect '! grep -q "VmLck:.*[[:space:]]0 kB" "/proc/$(pid_of r1)/status"'
reconf r1 "$(config 'vrrp_rt_priority 20' vrrp_no_swap; vi VI_2 eth0 52 100 192.0.2.10/24)"
wait_for 2 'grep -q "Reload complete" "$TMP/r1.log"'
reconf r1 "$(config '')"
wait_for 2 '[ $(($(field "$stat" 39) & 7)) = 0 ] && [ $(field "$stat" 38) = 0 ]'
expect 'grep -q "VmLck:.*[[:space:]]0 kB" "/proc/$(pid_of r1)/status"'
stop r1

ukd r1 "$(config 'vrrp_priority -7')"
stat=/proc/$(pid_of r1)/stat
script_ran
expect '[ $(field "$stat" 17) = -7 ]'
expect '[ "$(cat "/proc/$(pid_of r1)/timerslack_ns")" = 1 ]'
expect 'grep -q "^Umask:.0022" "/proc/$(pid_of r1)/status"'
stop r1

ukd r1 "$(config 'umask 0027')"
wait_for 3 'grep -q "^Umask:.0027" "/proc/$(pid_of r1)/status"'
stop r1
ukd r1 "$(config 'umask 0027')" -u 077
wait_for 3 'grep -q "^Umask:.0077" "/proc/$(pid_of r1)/status"'
never 0.3 'grep -q "^Umask:.0027" "/proc/$(pid_of r1)/status"'
stop r1

# -m: a core file, and it runs on.
core=$(cat /proc/sys/kernel/core_pattern)
case $core in
core*) ;;
*) exit 0 ;; # where cores go is not ours to change
esac
cd "$TMP" || exit
ukd r1 "$(config)" -m
script_ran
sig r1 SEGV
wait_for 3 'ls core* && [ $(grep -c "Startup complete" "$TMP/r1.log") = 6 ]'
