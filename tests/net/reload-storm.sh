#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=90
# Reloads as fast as they can be written, each with another configuration, while interfaces and addresses go and come and other
# routers speak: the daemon lives on, and in the end does what the last file says, with nothing left of all the others. STORM_SEED and
# STORM_TIME (seconds) choose another storm.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

mkdir "$TMP/storm"
python3 "${0%/*}/lib.storm.py" "${STORM_SEED:-1}" 200 "$TMP/storm"
for h in r1 r2; do ns_new $h; done
for i in 0 1; do
	lan_new lan$i
	for n in 1 2; do lan_join lan$i r$n eth$i 192.0.$i.$n/24; done
done
addresses() {
	ns_ip r1 -4 -o addr show | grep ' 10\.' || true
}
# mischief NUMBER: one of thirteen
mischief() {
	case $(($1 % 13)) in
	1) ns_ip r1 link set eth1 down ;;
	2) ns_ip r1 link set eth1 up ;;
	3) lan_cut lan0 r1 eth0 ;;
	4 | 5) lan_mend lan0 r1 eth0 ;;
	6) ns_ip r1 addr del 192.0.1.1/24 dev eth1 ;;
	7) ns_ip r1 addr add 192.0.1.1/24 dev eth1 ;;
	8)
		ns_ip r1 link del eth1
		lan_join lan1 r1 eth1 192.0.1.1/24
		;;
	9) ns_ip r1 addr flush dev eth0 to 10.0.0.0/8 ;;
	*)
		i=$(($1 % 2))
		advert r2 eth$i src=192.0.$i.2 prio=$(($1 * 7 % 256)) vrid=$(($1 % 8 + 1)) version=$((i + 2)) int=$((i * 9 + 1)) \
			count=20 rate=400 addrs=10.0.0.1 > /dev/null &
		;;
	esac
}

ukd r1 "$(cat "$TMP/storm/0.conf")"
wait_for 3 'grep -q "Startup complete" "$TMP/r1.log"'
now
end=$((NOW + ${STORM_TIME:-10} * 100))
reloads=0
while [ "$NOW" -lt $end ]; do
	reloads=$((reloads + 1))
	reconf r1 "$(cat "$TMP/storm/$((reloads % 200)).conf")"
	mischief $reloads 2> /dev/null || true
	sleep 0.0$((reloads % 9))
	now
done
lan_mend lan0 r1 eth0
ns_ip r1 link set eth0 up
ns_ip r1 addr replace 192.0.0.1/24 dev eth0
reconf r1 "$(vi LAST eth0 77 150 10.9.9.9/24 'version 3' 'advert_int 0.1')"
wait_for 5 'has_addr r1 eth0 10.9.9.9'
expect '[ "$(addresses | wc -l)" = 1 ]'
stop r1
expect '[ -z "$(addresses)" ]'
taken=$(grep -c 'Reload complete' "$TMP/r1.log")
echo "$taken of $reloads reloads taken"
expect '[ "$taken" -gt 10 ]'
expect '! grep -q "started again\|ERROR: \|runtime error" "$TMP/r1.log"'
