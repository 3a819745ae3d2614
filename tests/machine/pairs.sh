#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=240
# Every kind of instance at once, on two routers: one has them all, dies, the other has them all; it comes back and is told to stop. Then
# the same with keepalived in one of the places, where this machine has it.
# shellcheck disable=SC2016
. "$(dirname "$0")/../net/lib.sh"

lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24 2001:db8::$n/64
done
(umask 077; echo hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f > "$TMP/key")

# peers ADDRESS-PREFIX: unicast between the two
peers() {
	printf 'unicast_src_ip %s%s\n\tunicast_peer {\n\t\t%s%s\n\t}\n' "$1" "$me" "$1" $((3 - me))
}

# auth TYPE
auth() {
	printf 'authentication {\n\t\tauth_type %s\n\t\tauth_pass k3y\n\t}\n' "$1"
}

# conf N PRIORITY [hmac]; the addresses end with the VRID
conf() {
	me=$1
	prio=$2
	vi V2 eth0 51 "$prio" 192.0.2.51/24 "$(auth PASS)" 'virtual_routes {' '198.51.100.0/24 via 192.0.2.100 metric 7' '}' \
		'virtual_rules {' 'from 203.0.113.0/24 table 77 preference 800' '}'
	vi AH eth0 52 "$prio" 192.0.2.52 "$(auth AH)"
	vi AHU eth0 53 "$prio" 192.0.2.53 "$(auth AH)" "$(peers 192.0.2.)"
	vi V3 eth0 54 "$prio" 192.0.2.54 'version 3' 'advert_int 0.5'
	vi V3U eth0 55 "$prio" 192.0.2.55 'version 3' 'advert_int 0.5' "$(peers 192.0.2.)"
	vi V6 eth0 56 "$prio" fe80::56/64 'version 3' 'advert_int 0.5' 'virtual_routes {' '2001:db8:8::/48 via fe80::100 dev eth0' '}'
	vi V6U eth0 57 "$prio" 2001:db8::57/64 'version 3' 'advert_int 0.5' "$(peers 2001:db8::)"
	vi MAC eth0 58 "$prio" 192.0.2.58/24 'version 3' 'advert_int 0.5' use_vmac no_accept
	vi MAC6 eth0 59 "$prio" fe80::59/64 'version 3' 'advert_int 0.5' use_vmac
	[ -n "${3:-}" ] || return 0
	hmac="auth_hmac {
		key 1 file:$TMP/key
		active_key 1
	}"
	vi H2 eth0 61 "$prio" 192.0.2.61 "$hmac"
	vi H3 eth0 62 "$prio" 192.0.2.62 'version 3' 'advert_int 0.5' "$hmac"
	vi H6 eth0 63 "$prio" fe80::63/64 'version 3' 'advert_int 0.5' "$hmac"
}

HMAC='192.0.2.61 192.0.2.62 fe80::63'
eth0='192.0.2.51 192.0.2.52 192.0.2.53 192.0.2.54 192.0.2.55 fe80::56 2001:db8::57'

# lacks HOST: what it has not, in words
lacks() {
	ns_ip "$1" -o addr show > "$TMP/addr"
	for a in $eth0; do grep -q "eth0 .* $a/" "$TMP/addr" || echo "$a"; done
	grep -q 'vrrp.58 .* 192.0.2.58/' "$TMP/addr" || echo 192.0.2.58
	grep -q 'vrrp\(6\)*.59 .* fe80::59/' "$TMP/addr" || echo fe80::59
	ns_ip "$1" route show | grep -q '^198.51.100.0/24 via 192.0.2.100 dev eth0 .*metric 7' || echo route
	ns_ip "$1" -6 route show | grep -q '^2001:db8:8::/48 via fe80::100 dev eth0' || echo route6
	ns_ip "$1" rule show | grep -q '^800:.*203.0.113.0/24' || echo rule
}
has_all() {
	[ -z "$(lacks "$1")" ]
}
has_none() {
	[ "$(lacks "$1" | wc -l)" = "$(($(echo "$eth0" | wc -w) + 5))" ]
}

# What a crash leaves, and what keepalived would take for its own.
clean() {
	for net in 192.0.2.48/28 fe80::40/122 2001:db8::40/122; do
		ns_ip "$1" addr flush dev eth0 to "$net"
	done
}

# story BETTER OTHER [hmac]: the functions that start them
story() {
	echo "# $1 on r1, $2 on r2"
	rm -f "$TMP"/r?.log
	$2 r2 "$(conf 2 100 "${3:-}")"
	wait_for 20 'has_all r2'
	$1 r1 "$(conf 1 150 "${3:-}")"
	wait_for 20 'has_all r1 && has_none r2'
	never 1.5 '! has_all r1'
	# With AH an advert may be a replay, where both sent one at the same time. keepalived's timer of its own is no advert.
	expect '! grep -i "refused:\|checksum\|mismatch\|invalid" "$TMP/r1.log" "$TMP/r2.log" | grep -v "(AHU*) .*replayed\|timer_fd"'
	crash r1
	wait_for 20 'has_all r2'
	clean r1
	if [ "$1" = ukd ]; then
		$1 r1 "$(conf 1 150 "${3:-}")"
		wait_for 20 'has_all r1 && has_none r2'
		stop r1
		wait_for 3 'has_all r2'
		expect 'has_none r1'
		# A virtual MAC that does not accept is found, and does not answer.
		[ "$2" = kad ] || ! command -v nft > /dev/null ||
			expect 'ns r2 nft list ruleset | grep -q "192.0.2.58\|vrrp.58"'
	fi
	stop r2
	expect '[ "$1" = kad ] || has_none r2'
	clean r1
}

plain=$eth0
eth0="$plain $HMAC"
story ukd ukd hmac
eth0=$plain
if command -v keepalived > /dev/null; then
	story ukd kad
fi
