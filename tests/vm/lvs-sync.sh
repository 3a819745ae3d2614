#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# The sync daemon, and the timeouts that a configuration sets: as keepalived has
# them, in whichever of its processes.
. "$(dirname "$0")/lvs.inc"

NAT='protocol TCP
	lvs_sched rr
	lvs_method NAT'

daemons() {
	ns "$1" ipvsadm -l --daemon | sed 's/ *$//' | sort
}
# same_daemons WANTED...: in both hosts
same_daemons() {
	[ $# -eq 0 ] || printf '%s\n' "$@" > "$TMP/daemons"
	[ $# -gt 0 ] || : > "$TMP/daemons"
	for r in k u; do
		hold 20 "daemons $r | cmp -s '$TMP/daemons' -" && continue
		fail "$r, $SCENARIO: $(daemons $r)"
	done
}
# Each has a rival on its wire, which has a better priority while it is there.
for r in k u; do
	lan_new lan$r
	ns_new rival$r
	lan_join lan$r $r eth1 192.0.3.1/24
	lan_join lan$r rival$r eth1 192.0.3.2/24
done
vi='version 3
	advert_int 0.3'
rival() {
	for r in k u; do
		ukd rival$r "$(vi VI_1 eth1 51 200 192.0.3.9/24 "$vi")"
	done
}
synced() {
	echo "global_defs {
	lvs_timeouts tcp 901
	lvs_sync_daemon eth1 VI_1 id 77 maxlen 1200 port 8850 ttl 9 group 224.0.0.99
}"
	vi VI_1 eth1 51 100 192.0.3.9/24 "$vi"
	vs '192.0.2.9 80' "$NAT" "$(rs 198.51.100.1 80 a)"
}
f=$(files a)
set -- 'mcast=eth1, syncid=77, maxlen=1200, group=224.0.0.99, port=8850, ttl=9'
SCENARIO='sync daemon'
echo "# $SCENARIO"
rival
kad k "$f
$(synced)"
ukd u "$f
$(synced)"
same_daemons "backup sync daemon ($1)"
for r in k u; do
	stop rival$r
done
same_daemons "master sync daemon ($1)"
rival
same_daemons "backup sync daemon ($1)"
over
# none_left: no daemon, and the timeouts of before
none_left() {
	for r in k u; do
		[ -z "$(daemons $r)" ] || fail "$r, $SCENARIO, left: $(daemons $r)"
		ns $r ipvsadm -l --timeout | grep -q ': 900 120 300' || fail "$r, $SCENARIO, left: $(ns $r ipvsadm -l --timeout)"
	done
}
none_left

# VRRP alone has no servers, but the daemon that follows it; the rest alone has
# one that follows nobody.
for r in k u; do
	stop rival$r
done
alone() {
	SCENARIO="sync daemon with $1"
	echo "# $SCENARIO"
	kad k "$f
$(synced | sed "$2")" "$1"
	ukd u "$f
$(synced | sed "$2")" "$1"
}
alone -P ''
same_daemons "master sync daemon ($1)"
step : < /dev/null
over
none_left
SERVICES='-t 192.0.2.9:80 -s rr'
alone -C ''
shows : 1
same_daemons
over
none_left
alone -C 's/VI_1 id/id/'
same_daemons "backup sync daemon ($1)" "master sync daemon ($1)"
shows : 1
over
none_left
