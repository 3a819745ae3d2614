#!/bin/sh
# SPDX-License-Identifier: MIT
# Which adverts a master yields to, and what is said of those that it refuses: TTL, version, checksum, authentication, interval, peers,
# addresses. And that both forms of the v3 checksum are understood, and sent.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

for h in r1 r2; do ns_new $h; done
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan r2 eth0 192.0.2.2/24
three="version 3
	advert_int 0.3"
peers="unicast_src_ip 192.0.2.1
	unicast_peer {
		192.0.2.2 min_ttl 250 max_ttl 254
		192.0.2.3
	}"
capture r2 eth0 "$TMP/lan.pcap" vrrp
# Owners, so that all are masters at once; and yield only to a higher address.
ukd r1 "$(vi V2 eth0 51 255 192.0.2.51)
$(vi V3 eth0 52 255 192.0.2.52 "$three")
$(vi PASS eth0 53 255 192.0.2.53 'authentication {' 'auth_type PASS' 'auth_pass secret77x' '}')
$(vi UNI eth0 54 255 192.0.2.54 "$three" "$peers" check_unicast_src)
$(vi ANY eth0 55 255 192.0.2.55 "$three" 'unicast_peer {' 192.0.2.3 '}')
$(vi EMPTY eth0 56 255 192.0.2.56 "$three" 'unicast_peer {' '}')
$(vi NONE eth0 57 255 192.0.2.57 "$three" unicast_fault_no_peer 'unicast_peer {' '}')
$(vi PLAIN eth0 58 255 192.0.2.58 "$three" v3_checksum_as_v2)
$(vi TTL eth0 59 255 192.0.2.59 "$three" 'unicast_ttl 64' "$peers")
$(vi OLD eth0 60 255 192.0.2.60 "$three" old_unicast_checksum "$peers")"

said() {
	grep -q "($1) $2" "$TMP/r1.log"
}
for v in V2 V3 PASS UNI ANY EMPTY PLAIN TTL OLD; do wait_for 3 "said $v 'Entering MASTER'"; done
expect 'said NONE "Entering FAULT STATE (no unicast_peer)"'
expect 'grep -q "r1.conf:[0-9]*: warning: .*EMPTY.*unicast_peer.*multicast" "$TMP/r1.log"'

# refused NAME WORDS PATTERN; accepted NAME WORDS [PATTERN]
yields() {
	said "$1" 'Entering BACKUP STATE (advert from 192.0.2.2 with priority 255'
}
refused() {
	eval "advert r2 eth0 src=192.0.2.2 prio=255 $2 > /dev/null"
	wait_for 2 "said $1 '.*$3'"
	expect "! yields $1"
}
accepted() {
	eval "advert r2 eth0 src=192.0.2.2 prio=255 $2 > /dev/null"
	wait_for 2 "yields $1"
	[ $# -lt 3 ] || wait_for 1 "said $1 '.*$3'"
}
two='vrid=51 addrs=192.0.2.51'
refused V2 "$two ttl=254" 'refused: TTL out of range (254, not 255)'
refused V2 "$two version=3" 'refused: wrong VRRP version (3, not 2)'
refused V2 "$two sum=bad" 'refused: wrong checksum'
refused V2 "$two auth=1 pass=x" 'refused: authentication type mismatch (1, not 0): set the same auth_type'
refused V2 "$two int=3" 'refused: advertisement interval mismatch (3000, not 1000) ms: set the same advert_int'
accepted V2 'vrid=51 addrs=192.0.2.50,192.0.2.99' 'advertises other addresses (2, ours 1, not 192.0.2.51): accepted'
three='vrid=52 version=3 int=30 addrs=192.0.2.52'
refused V3 "$three sum=bad" 'refused: wrong checksum'
refused V3 "$three int=0" 'refused: advertisement interval mismatch'
refused V3 "$two vrid=52" 'refused: wrong VRRP version (2, not 3)'
accepted V3 "$three sum=plain" 'without the pseudo header (v3_checksum_as_v2): accepted; .* set the same here'
accepted PLAIN "$three vrid=58 addrs=192.0.2.58" 'with the pseudo header (neither v3_checksum_as_v2'
pass='vrid=53 addrs=192.0.2.53'
refused PASS "$pass" 'refused: authentication type mismatch (0, not 1)'
refused PASS "$pass auth=1 pass=secret7x" 'refused: authentication failed: set the same auth_pass'
accepted PASS "$pass auth=1 pass=secret77"
uni='vrid=54 version=3 int=30 dst=192.0.2.1 addrs=192.0.2.54'
refused UNI "$uni ttl=249" 'refused: TTL out of range (249, not 250)'
refused UNI "$uni ttl=255" 'refused: TTL out of range (255, not 254)'
refused UNI "$uni src=192.0.2.9" 'from 192.0.2.9 refused: sender is not a configured peer: .*unicast_peer'
accepted UNI "$uni ttl=252 sum=group" 'the multicast group in its pseudo header (old_unicast_checksum)'
advert r2 eth0 src=192.0.2.9 prio=255 vrid=55 version=3 int=30 dst=192.0.2.1 ttl=3 addrs=192.0.2.55 > /dev/null
wait_for 2 'said ANY "Entering BACKUP STATE (advert from 192.0.2.9"'
accepted EMPTY "$three vrid=56 addrs=192.0.2.56"
# Multicast for a unicast instance, and the other way: not for them.
advert r2 eth0 src=192.0.2.2 prio=255 vrid=59 version=3 int=30 addrs=192.0.2.59 > /dev/null
never 0.5 'said TTL "Entering BACKUP"'
capture_end "$TMP/lan.pcap"

# Others' virtual routers are told when asked for, each once.
unknown() {
	for vrid in 99 99 98; do advert r2 eth0 src=192.0.2.2 prio=50 vrid=$vrid addrs=192.0.2.99 > /dev/null; done
}
unknown
reconf r1 "global_defs {
	log_unknown_vrids
}
$(vi V2 eth0 51 255 192.0.2.51)"
wait_for 3 '! has_addr r1 eth0 192.0.2.57'
expect '! grep "not configured here" "$TMP/r1.log"'
unknown
wait_for 2 'grep -q "eth0: virtual router 98 of 192.0.2.2 is not configured here" "$TMP/r1.log"'
expect '[ "$(grep -c "not configured here" "$TMP/r1.log")" = 2 ]'

# on the wire
sent() {
	tshark -nr "$TMP/lan.pcap" -Y "ip.src == 192.0.2.1 && $1" 2>/dev/null | grep -q .
}
expect 'sent "vrrp.virt_rtr_id == 59 && ip.dst == 192.0.2.2 && ip.ttl == 64"'
expect '! sent "vrrp.virt_rtr_id == 59 && ip.ttl != 64"'
expect 'sent "vrrp.virt_rtr_id == 54 && ip.ttl == 255"'
expect 'sent "vrrp.virt_rtr_id == 56 && ip.dst == 224.0.0.18 && ip.ttl == 255"'
expect '! sent "vrrp.virt_rtr_id == 57"'
# tshark knows the form with the pseudo header alone.
expect '! sent "vrrp.checksum.status == bad && vrrp.virt_rtr_id < 58"'
expect 'sent "vrrp.checksum.status == bad && vrrp.virt_rtr_id == 58"'
expect 'sent "vrrp.checksum.status == bad && vrrp.virt_rtr_id == 60"'
