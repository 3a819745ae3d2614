#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=180
# auth_hmac in v2 and v3, IPv4 and IPv6, multicast and unicast: two routers agree, one takes over and hands back; keys change and the
# modes are gone through, up and down, without a lost advert. Another program finds every trailer right.
. "$(dirname "$0")/lib.sh"
FRAMES="$(dirname "$0")/lib.frames.py"

lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24 2001:db8::$n/64
done
(umask 077; printf 'hex:%s\n' 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f > "$TMP/key1")
(umask 077; printf 'a raw key of letters, no hex: 40 of them.' > "$TMP/key2")
one="key 1 file:$TMP/key1"
two="key 2 file:$TMP/key2"

# conf N PRIORITY [LINE OF auth_hmac...]
conf() {
	me=$1
	peer=$((3 - me))
	prio=$2
	shift 2
	# shellcheck disable=SC2046
	[ $# -eq 0 ] || set -- 'auth_hmac {' "$@" '}'
	vi V2 eth0 51 "$prio" 192.0.2.51 "$@"
	vi V3 eth0 52 "$prio" 192.0.2.52 'version 3' 'advert_int 0.5' "$@"
	vi V6 eth0 53 "$prio" fe80::53/64 'version 3' 'advert_int 0.5' "$@"
	vi U4 eth0 54 "$prio" 192.0.2.54 'version 3' 'advert_int 0.5' "unicast_src_ip 192.0.2.$me" "unicast_peer {
		192.0.2.$peer
	}" "$@"
	vi U6 eth0 55 "$prio" 2001:db8::55/64 'version 3' 'advert_int 0.5' "unicast_src_ip 2001:db8::$me" "unicast_peer {
		2001:db8::$peer
	}" "$@"
}
vips='192.0.2.51 192.0.2.52 fe80::53 192.0.2.54 2001:db8::55'
has_all() {
	for a in $vips; do has_addr "$1" eth0 "$a" || return 1; done
}
has_none() {
	for a in $vips; do ! has_addr "$1" eth0 "$a" || return 1; done
}

capture r2 eth0 "$TMP/lan.pcap" 'ip proto 112 or ip6 proto 112'
ukd r1 "$(conf 1 150 "$one" 'active_key 1')"
wait_for 6 'has_all r1'
ukd r2 "$(conf 2 100 "$one" 'active_key 1')"
never 4 '! has_none r2'
crash r1
wait_for 6 'has_all r2'
ukd r1 "$(conf 1 150 "$one" 'active_key 1')"
wait_for 6 'has_all r1 && has_none r2'
capture_end "$TMP/lan.pcap"
expect 'python3 "$FRAMES" check "$TMP/lan.pcap" "$TMP/key1"'
# IPv4: the checksum is the message's; IPv6: the trailer's too. tshark knows no trailer, and checks version 2 and IPv6 without being told.
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "ipv6 && vrrp.checksum.status == 0" 2>/dev/null | wc -l)" = 0 ]'

# Each step on both routers, one after the other; all adverts go on being heard.
: > "$TMP/r1.log"
: > "$TMP/r2.log"
steps=0
step() {
	steps=$((steps + 1))
	for n in 1 2; do
		reconf r$n "$(conf $n $((200 - 50 * n)) "$@")"
		wait_for 5 "[ \$(grep -c 'Reload complete' $TMP/r$n.log) = $steps ]"
		never 0.6 'grep -q "refused\|Entering" "$TMP"/r?.log'
	done
}
step "$one" "$two" 'active_key 1'
step "$one" "$two" 'active_key 2'
step "$two" 'active_key 2'
step "$two" 'active_key 2' 'mode permissive'
step "$two" 'active_key 2' 'mode receive-only'
step
step "$two" 'active_key 2' 'mode receive-only'
step "$two" 'active_key 2' 'mode permissive' 'anti_replay monotonic'
step "$two" 'active_key 2'
expect 'has_all r1 && has_none r2'
expect 'grep -q "does not sign: accepted" "$TMP/r2.log"'

# A key that can't be read: told by -t, refused at a reload.
expect '! grep -q "others may read" "$TMP/r1.log"'
reconf r1 "$(conf 1 150 "key 3 file:$TMP/none" "$two" 'active_key 3')"
wait_for 3 'grep -q "reload refused (new errors)" "$TMP/r1.log"'
expect 'grep -q "r1.conf:[0-9]*: error: key 3: $TMP/none: No such file or directory, the instance does not run" "$TMP/r1.log"'
expect '! "$UKD" -t -f "$TMP/r1.conf" > /dev/null 2>&1'
chmod 644 "$TMP/key2"
reconf r1 "$(conf 1 150 "$two" 'active_key 2')"
wait_for 3 'grep -q "warning: key 2: others may read $TMP/key2: chmod 600 it" "$TMP/r1.log"'
never 1 'grep -q "refused:\|Entering" "$TMP"/r?.log'
