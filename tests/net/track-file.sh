#!/bin/sh
# SPDX-License-Identifier: MIT
# Tracked files beside Debian's keepalived: the same priority on the wire
# after each change. r1 is ours, r2 keepalived's; each has files of its own.
. "$(dirname "$0")/lib.sh"

conf() {
	dir=$TMP/$1.d
	mkdir -p "$dir"
	printf 'track_file %s {\nfile %s\n%s\n}\n' \
		one "$dir/one" 'weight 1' \
		twice "$dir/twice" 'weight -2' \
		zero "$dir/zero" 'weight 0' \
		made "$dir/made" 'init_file 3'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
		'track_file {' one twice zero 'made weight 1 reverse' '}'
}

# both COMMAND: in each one's folder
both() {
	for r in r1 r2; do
		(cd "$TMP/$r.d" && eval "$1")
	done
}

last_priority() {
	tcpdump -nr "$TMP/$1.pcap" 2>/dev/null |
		sed -n 's/.*, prio \([0-9]*\),.*/\1/p' | tail -n 1
}

priority() {
	for r in r1 r2; do
		wait_for 3 "[ \"\$(last_priority $r)\" = $1 ]"
	done
}

for r in r1 r2; do
	ns_new $r
	lan_new lan-$r
	lan_join lan-$r $r eth0 192.0.2.1/24
	capture $r eth0 "$TMP/$r.pcap" vrrp
done
conf r1 > "$TMP/one.conf"
conf r2 > "$TMP/two.conf"
both 'echo 10 > one'
ukd r1 "$(cat "$TMP/one.conf")"
kad r2 "$(cat "$TMP/two.conf")"

wait_for 5 'has_addr r1 eth0 192.0.2.9'
wait_for 5 'has_addr r2 eth0 192.0.2.9'
priority 107
both 'echo -7 > one'
priority 90
both 'echo 0x10 > one'
priority 113
both 'echo "  5 words" > one'
priority 102
both 'echo 4 > new; mv new one'
priority 101
both 'echo 10 > twice'
priority 81
both 'echo 1000 > one'
priority 254
both 'rm one twice'
priority 97
both 'echo 99999999999 > one; echo 100 > twice'
priority 1
both 'echo 0 > twice'
priority 97
both 'echo -1 > made'
priority 101

# A value of -254, times the weight, or any number where the weight is 0: not to serve.
for change in 'echo -254 > one' 'echo 1 > zero' 'echo 127 > twice'; do
	both "$change"
	priority 0
	for r in r1 r2; do
		wait_for 2 "! has_addr $r eth0 192.0.2.9"
	done
	both 'rm -f one zero twice'
	priority 101
	for r in r1 r2; do
		wait_for 2 "has_addr $r eth0 192.0.2.9"
	done
done

# A folder that comes later: keepalived gives such a file up, we do not.
reconf r1 "$(sed "s,r1.d/one,r1.d/late/one," "$TMP/one.conf")"
sleep 0.5
priority 101
(cd "$TMP/r1.d" && mkdir late && echo 40 > late/one)
wait_for 3 '[ "$(last_priority r1)" = 141 ]'
(cd "$TMP/r1.d" && echo 41 > late/one)
wait_for 1 '[ "$(last_priority r1)" = 142 ]'
expect "[ \$(grep -c 'Entering MASTER' $TMP/r1.log) = 4 ]"
