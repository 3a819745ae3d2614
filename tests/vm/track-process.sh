#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=180
# Tracked processes where the kernel tells of them, beside Debian's keepalived:
# the same priority on the wire at each step. Interface t-ours is our daemon's,
# t-theirs keepalived's.
. "$(dirname "$0")/lib.sh"

name=tp$$
cp /bin/sleep "$TMP/$name"
cp /bin/sh "$TMP/${name}sh"
conf() {
	printf 'vrrp_track_process %s {\nprocess %s\n%s\n}\n' \
		one $name 'weight 1' \
		two $name 'weight 2
quorum 2
quorum_max 3' \
		args "$TMP/$name 60 61" 'weight 4' \
		some "$TMP/$name 60" 'weight 8
param_match partial' \
		slow $name 'weight 16
terminate_delay 5
fork_delay 5' \
		shell ${name}sh 'weight -32' \
		none $name 'weight 64
quorum_max 0'
	vi VI_1 "t-$1" 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
		'track_process {' one two args some slow shell none '}'
}

last_priority() {
	tcpdump -nr "$TMP/$1.pcap" 2>/dev/null |
		sed -n 's/.*, prio \([0-9]*\),.*/\1/p' | tail -n 1
}

priority() {
	for r in ours theirs; do
		wait_for 12 "[ \"\$(last_priority $r)\" = $1 ]"
	done
}

run() {
	"$TMP/$name" "$@" &
	pids="$pids $!"
}

pids=
ns_new wire
for r in ours theirs; do
	ip link add "t-$r" type veth peer name "w-$r" netns "${PREFIX}wire"
	ns_ip wire link set "w-$r" up
	ip link set "t-$r" up
	ip addr add 192.0.2.1/24 dev "t-$r"
	conf "$r" > "$TMP/$r.conf"
	tcpdump -Z root -U --immediate-mode -n -i "t-$r" -w "$TMP/$r.pcap" vrrp 2> "$TMP/$r.err" &
	pids="$pids $!"
	wait_for 5 "grep -q 'listening on' $TMP/$r.err"
done
run 1000
"$UKD" -n -l -D -f "$TMP/ours.conf" -p "$TMP/ours.pid" >> "$TMP/ours.log" 2>&1 &
pids="$pids $!"
keepalived -n -l -D -f "$TMP/theirs.conf" -p "$TMP/theirs.pid" -r "$TMP/v.pid" -c "$TMP/c.pid" >> "$TMP/theirs.log" 2>&1 &
pids="$pids $!"
trap 'status=$?; set +e; kill $pids 2>/dev/null; (exit $status); finish' EXIT

# one 1, slow 16, shell -32: not running
priority 85
run 60 61
args=$!
priority 99
run 60 62
priority 99
run 60
priority 97
kill $args
priority 95
kill $!
"$TMP/${name}sh" -c "sleep 2; exec $TMP/$name 70" &
pids="$pids $!"
priority 127
priority 95
# The last ones: what wants none gains at once, what is patient loses later.
pkill -x "$name"
priority 148
priority 132
run 1000
priority 85
kill $!
priority 148
run 1000
priority 85

kill $(cat "$TMP/ours.pid" "$TMP/theirs.pid")
wait_for 5 '! [ -e "$TMP/theirs.pid" ]'
for r in ours theirs; do
	# One event may change several; their order does not matter.
	sed -n 's/.*\(Quorum .*\)/\1/p' "$TMP/$r.log" | sort > "$TMP/$r.quorums"
done
expect "! grep -q 'No process events' $TMP/ours.log"
expect "[ -s $TMP/ours.quorums ]"
expect "diff $TMP/theirs.quorums $TMP/ours.quorums"
