#!/bin/sh
# SPDX-License-Identifier: MIT
# vrrp_strict and no_accept: a virtual address answers nobody but its owner, is found all the same, and packets through the router pass; both
# daemons alike. The tables of the filter are ours alone, and go with us.
. "$(dirname "$0")/lib.sh"

command -v nft > /dev/null || skip "no nft here"

# globals LINE...
globals() {
	printf 'global_defs {\n'
	printf '\t%s\n' 'vrrp_version 3' 'vrrp_garp_master_delay 0' "$@"
	printf '}\n'
}

# vis LINE...: of both instances; an IPv6 one has link-local addresses too
vis() {
	vi VI_1 eth0 51 "$PRIORITY" 192.0.2.9/24 'advert_int 0.2' "$@"
	vi VI_6 eth0 52 "$PRIORITY" fe80::9/64 'virtual_ipaddress {' '	2001:db8::9/64' '}' 'advert_int 0.2' "$@"
}

answers() {
	ns client ping -c1 -W0.4 "$1"
}

# What a host on the wire sees of the router, in words.
seen() {
	ns_ip client neigh flush all
	for addr in 192.0.2.9 2001:db8::9 fe80::9%eth0 192.0.2.1 2001:db8::1; do
		if answers "$addr" > /dev/null; then echo "$addr answers"; else echo "$addr is silent"; fi
	done
	ns_ip client neigh show dev eth0 | grep -q '^2001:db8::9 .*lladdr' && echo 'found: 2001:db8::9'
	ns_ip client neigh show dev eth0 | grep -q '^192.0.2.9 .*lladdr' && echo 'found: 192.0.2.9'
	answers 198.51.100.2 > /dev/null && echo 'goes through'
}

masters() {
	has_addr r1 eth0 192.0.2.9 && has_addr r1 eth0 2001:db8::9 && has_addr r1 eth0 fe80::9
}

# case NAME DAEMON CONFIGURATION
try() {
	$2 r1 "$3"
	wait_for 8 masters
	seen > "$TMP/$1.$2"
	ns r1 nft list ruleset > "$TMP/ruleset"
	stop r1
	expect '[ -z "$(ns r1 nft list ruleset)" ]'
	rm -f "$TMP"/r1*pid*
}

try_both() {
	try "$1" ukd "$2"
	[ -z "${KAD:-}" ] || try "$1" kad "$2"
	[ -z "${KAD:-}" ] || expect "diff '$TMP/$1.kad' '$TMP/$1.ukd' >&2"
}

silent() {
	expect "[ \$(grep -c 'silent' '$TMP/$1.ukd') = $2 ]"
	expect "[ \$(grep -c 'found\|through\|[12]\.1 answers\|8::1 answers' '$TMP/$1.ukd') = 5 ]"
}

command -v keepalived > /dev/null && KAD=yes
lan_new lan
for ns in r1 client far; do ns_new $ns; done
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan client eth0 192.0.2.100/24 2001:db8::100/64
ns_ip r1 link add eth1 type veth peer name eth0 netns "${PREFIX}far"
ns_ip r1 addr add 198.51.100.1/24 dev eth1
ns_ip r1 link set eth1 up
ns_ip far addr add 198.51.100.2/24 dev eth0
ns_ip far link set eth0 up
ns_ip far route add default via 198.51.100.1
ns_ip client route add default via 192.0.2.9
ns r1 sysctl -qw net.ipv4.ip_forward=1

PRIORITY=100
try_both strict "$(globals vrrp_strict; vis)"
silent strict 3
try_both accepting "$(globals; vis)"
silent accepting 0
PRIORITY=255
try_both owner "$(globals vrrp_strict; vis | sed s/BACKUP/MASTER/)"
silent owner 0
PRIORITY=100

# By instance, in a table of another name, counted.
try named ukd "$(globals 'nftables mine' 'nftables_priority -5' nftables_counters; vis no_accept)"
silent named 3
expect 'grep -q "table ip mine" "$TMP/ruleset" && grep -q "table ip6 mine" "$TMP/ruleset"'
expect 'grep -q "hook input priority.* - 5" "$TMP/ruleset" && grep -q "counter packets [1-9].* drop" "$TMP/ruleset"'

# A bare vrrp_iptables: no rules, as people wrote it for, and a word about it.
try bare ukd "$(globals vrrp_strict vrrp_iptables; vis)"
silent bare 0
expect '[ ! -s "$TMP/ruleset" ]'
expect '[ "$(grep -c "vrrp_iptables: no rules" "$TMP/r1.log")" = 1 ]'

# Nobody flushes it; a reload changes it; a crash takes it along, and what is not ours stays.
ns r1 nft add table ip other
ukd r1 "$(globals vrrp_strict; vis)"
wait_for 8 masters
ns r1 nft flush ruleset
expect 'ns r1 nft list table ip keepalived | grep -q 192.0.2.9'
ns r1 nft add table ip other
reconf r1 "$(globals vrrp_strict 'nftables mine'; vis | sed s/192.0.2.9/192.0.2.10/)"
wait_for 3 'has_addr r1 eth0 192.0.2.10 && ns r1 nft list table ip mine | grep -q 192.0.2.10'
expect '! answers 192.0.2.10 && ! ns r1 nft list table ip keepalived'
reconf r1 "$(globals; vis)"
wait_for 3 'has_addr r1 eth0 192.0.2.9 && answers 192.0.2.9'
expect '[ "$(ns r1 nft list tables)" = "table ip other" ]'
reconf r1 "$(globals vrrp_strict; vis)"
wait_for 3 '! answers 192.0.2.9'
crash r1
wait_for 2 '[ "$(ns r1 nft list tables)" = "table ip other" ]'
