#!/bin/sh
# SPDX-License-Identifier: MIT
# What is wrong with a signed advert is refused, and told by its name: replayed, forged, old, cut, unsigned, by an unknown key. In
# multicast of both families and unicast; the backup goes on hearing its master.
. "$(dirname "$0")/lib.sh"
FRAMES="$TOP/tests/net/lib.frames.py"

lan_new lan
for n in 1 2 3; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
# conf N PRIORITY KEY
conf() {
	for vrid in 51 52 53; do
		set -- "$1" "$2" "$3" "$vrid" 'version 3' 'advert_int 0.3'
		case $vrid in
		52) set -- "$@" 'native_ipv6' ;;
		53) set -- "$@" "unicast_src_ip 192.0.2.$1" "unicast_peer {" "192.0.2.$((3 - $1))" '}' ;;
		esac
		me=$1 prio=$2 key=$3
		shift 4
		vip=192.0.2.$vrid
		[ "$vrid" != 52 ] || vip=fe80::52/64
		vi "V$vrid" eth0 "$vrid" "$prio" "$vip" "$@" 'auth_hmac {' "key 1 \"$key\"" 'active_key 1' 'time_window 60' '}'
		set -- "$me" "$prio" "$key"
	done
}
key='thirty-two characters, no less: 1'
capture r2 eth0 "$TMP/lan.pcap" 'ip proto 112 or ip6 proto 112'
ukd r1 "$(conf 1 150 "$key")"
wait_for 3 'has_addr r1 eth0 192.0.2.51 && has_addr r1 eth0 fe80::52 && has_addr r1 eth0 192.0.2.53'
ukd r2 "$(conf 2 100 "$key")"
wait_for 3 '[ "$(grep -c "Entering BACKUP" "$TMP/r2.log")" = 3 ]'
sleep 1
kill -STOP "$(cat "$TMP/lan.pcap.pid")" # what is heard so far
cp "$TMP/lan.pcap" "$TMP/heard.pcap"
kill -CONT "$(cat "$TMP/lan.pcap.pid")"

# bad VRID WORDS WHY: five for each, as many as are told at once
bad() {
	expect "[ \"\$(ns r3 python3 '$FRAMES' send eth0 '$TMP/heard.pcap' vrid=$1 $2)\" = 1 ]"
	wait_for 2 "grep -q \"(V$1) advertisement from .* refused: $3\" '$TMP/r2.log'"
}
for vrid in 51 52 53; do
	bad $vrid '' 'replayed$'
	# The priority: with IPv6 it has a checksum that is right.
	[ $vrid = 52 ] || bad $vrid flip=-1 'authentication failed: set the same auth_pass or key'
	[ $vrid != 52 ] || bad $vrid flip=2 'authentication failed: set the same auth_pass or key'
	[ $vrid = 52 ] || bad $vrid ago=100 'signed at another time (-1[0-9]*, not [0-9]*) s ahead: set the clocks'
	[ $vrid != 52 ] || bad $vrid ago=-100 'signed at another time'
	[ $vrid = 53 ] || bad $vrid cut=28 'not signed'
	[ $vrid != 53 ] || bad $vrid cut=1 'wrong length'
	[ $vrid != 51 ] || bad $vrid flip=-27 'signed with an unknown key (84, not 1)'
	[ $vrid = 51 ] || bad $vrid flip=-28 'trailer is wrong'
done
expect '! grep -q "Entering MASTER" "$TMP/r2.log"'
# Each has its counter.
"$UKD" status -p "$TMP/r2.pid" > "$TMP/status" || true # it is a backup
counted() {
	expect "grep -A 4 '^V$1:' '$TMP/status' | grep -q 'advert_rcvd [0-9]*, $2$'"
}
counted 51 'authentication failed 1, replayed 1, not signed 1, signed at another time 1, signed with an unknown key 1'
counted 52 'authentication failed 1, replayed 1, not signed 1, trailer is wrong 1, signed at another time 1'
counted 53 'wrong length 1, authentication failed 1, replayed 1, trailer is wrong 1, signed at another time 1'

# Another key on the other router: each is alone, as with another password, and yields as soon as they agree.
reconf r2 "$(conf 2 100 "another $key")"
wait_for 5 'has_addr r2 eth0 192.0.2.51 && has_addr r2 eth0 fe80::52 && has_addr r2 eth0 192.0.2.53'
expect 'has_addr r1 eth0 192.0.2.51'
reconf r2 "$(conf 2 100 "$key")"
wait_for 5 '! has_addr r2 eth0 192.0.2.51 && ! has_addr r2 eth0 fe80::52 && ! has_addr r2 eth0 192.0.2.53'
# No key is told anywhere.
expect '! grep -q "characters, no less" "$TMP"/r?.log'
