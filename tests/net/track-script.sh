#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Check scripts beside Debian's keepalived: the same priority on the wire and
# the same notify scripts at each step. r1 is ours, r2 keepalived's.
. "$(dirname "$0")/lib.sh"

# Each script ends as its file says: a status, or "hang", or "deaf".
cat > "$TMP/check" << 'EOF'
#!/bin/sh
read -r status < "$1"
[ "$status" = hang ] && exec sleep 100
[ "$status" = deaf ] && trap '' TERM && while :; do sleep 0.2; done
exit "$status"
EOF
cat > "$TMP/notify" << 'EOF'
#!/bin/sh
log=$1
shift
echo "$@" >> "$log"
EOF
chmod +x "$TMP/check" "$TMP/notify"

script() {
	printf 'vrrp_script %s {\nscript "%s/check %s/%s"\ninterval 1\n' \
		"$1" "$TMP" "$TMP" "$1"
	shift
	printf '%s\n' "$@" '}'
}

conf() {
	script plus 'weight 10' 'rise 2' 'fall 2'
	script minus 'weight -20'
	script back 'weight 5 reverse'
	script must 'fall 1'
	script slow 'weight 7' 'timeout 1' 'interval 2'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
		'track_script {' plus minus back must slow '}' \
		"notify \"$TMP/notify $TMP/$1.notify\""
}

set_to() {
	echo "$2" > "$TMP/$1.new"
	mv "$TMP/$1.new" "$TMP/$1"
}

last_priority() {
	tcpdump -nr "$TMP/$1.pcap" 2>/dev/null |
		sed -n 's/.*, prio \([0-9]*\),.*/\1/p' | tail -n 1
}

# both SECONDS PRIORITY
both() {
	wait_for "$1" "[ \"\$(last_priority r1)\" = $2 ]"
	wait_for "$1" "[ \"\$(last_priority r2)\" = $2 ]"
}

for s in plus minus back must slow; do set_to $s 0; done
for r in 1 2; do
	ns_new r$r
	lan_new lan$r
	lan_join lan$r r$r eth0 192.0.2.1/24
	capture r$r eth0 "$TMP/r$r.pcap" vrrp
done
ukd r1 "$(conf r1)"
kad r2 "$(conf r2)"

both 10 112
set_to plus 1
both 5 102
set_to plus 0
both 5 112
set_to minus 1
both 5 92
set_to back 1
both 5 97
set_to minus 0
both 5 117
set_to back 0
both 5 112

# A time-out is a failure, for one that ignores SIGTERM too.
set_to slow hang
both 5 105
set_to slow 0
both 8 112
set_to slow deaf
both 8 105
set_to slow 0
both 8 112

# Without a weight it decides whether the router serves at all.
set_to must 3
both 5 0
for r in r1 r2; do
	wait_for 2 "grep -q 'VI_1) Entering FAULT STATE' $TMP/$r.log"
	wait_for 2 "! has_addr $r eth0 192.0.2.9"
	expect "grep -q 'Script .must. now returning 3' $TMP/$r.log"
	expect "grep -q 'VRRP_Script(must) failed (exited with status 3)' $TMP/$r.log"
	expect "grep -q 'VRRP_Script(slow) timed_out' $TMP/$r.log"
done
set_to must 0
both 5 112
wait_for 2 'has_addr r1 eth0 192.0.2.9'
wait_for 2 'has_addr r2 eth0 192.0.2.9'
stop r1
stop r2

# The states before the first results differ by design.
for r in r1 r2; do
	sed -n '/MASTER/,$p' "$TMP/$r.notify" > "$TMP/$r.notified"
done
expect "diff $TMP/r1.notified $TMP/r2.notified"
expect "[ \$(wc -l < $TMP/r1.notified) -ge 4 ]"
# Nothing of ours is left: neither what hung nor what was deaf.
capture_end "$TMP/r1.pcap"
wait_for 2 '[ -z "$(ip netns pids ${PREFIX}r1)" ]'
