#!/bin/sh
# SPDX-License-Identifier: MIT
# Virtual addresses in all their forms stand in the kernel as Debian's keepalived puts them there, in its order, and go without a
# trace; the peer's advert lists the same. More than an advert can name, and promote_secondaries.
. "$(dirname "$0")/lib.sh"

conf=$(vi VI_1 eth0 51 254 '192.0.2.9
		192.0.2.10/24
		192.0.2.11/24 dev eth0 label eth0:1
		192.0.2.12/24 brd 192.0.2.127
		192.0.2.13/24 brd +
		192.0.2.14/24 brd -
		192.0.2.19 peer 192.0.2.200
		10.1.0.1/8 broadcast 10.255.255.255
		10.15.0.1/24 scope link
		10.16.0.1/24 scope host
		10.17.0.1/24 scope site
		10.18.0.1/24 scope 77
		10.5.0.1/24 noprefixroute
		198.51.100.9/24 dev eth1
		198.51.100.10/24 dev eth1 label eth1:foo scope global' 'virtual_ipaddress_excluded {' 192.0.2.30/24 2001:db8::9/64 2001:db8::a \
	'2001:db8::b/64 preferred_lft forever' '2001:db8::c/64 -nodad' '192.0.2.31/24 dev eth1 label eth1:x' '}')
# held HOST: what ip shows, without what the test gave the host
held() {
	ns_ip "$1" addr show | sed -n '/inet/{s/^ *//;p}; /preferred_lft 0/p' |
		grep -v ' host lo\|fe80:\|192.0.2.1/24\|198.51.100.1/24\|2001:db8::1/64\|::1/128'
}
named() {
	tshark -nr "$TMP/$1.pcap" -Y 'vrrp && ip.src == 192.0.2.1' -c 1 -T fields -e vrrp.ip_addr 2>/dev/null | head -n 1
}

for h in u k; do
	lan_new lan$h
	lan_new other$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24 2001:db8::1/64
	lan_join other$h $h eth1 198.51.100.1/24
	capture $h eth0 "$TMP/$h.pcap" vrrp
done
ukd u "$conf"
kad k "$conf"
for h in u k; do wait_for 6 "has_addr $h eth1 192.0.2.31"; done
# keepalived's events come after.
wait_for 3 '[ "$(held u)" = "$(held k)" ]'
expect '[ "$(held u | grep -c inet)" = 21 ]'
for h in u k; do capture_end "$TMP/$h.pcap"; done
expect '[ -n "$(named u)" ] && [ "$(named u)" = "$(named k)" ]'
stop k
stop u
expect '[ -z "$(held u)" ]'

# 300 addresses: 255 are told, all are held, and all go within a second of the farewell.
many() {
	i=0
	while [ $i -lt 300 ]; do
		echo "10.9.$((i / 250)).$((i % 250 + 1))/24"
		i=$((i + 1))
	done
}
held10() {
	ns_ip u -o -4 addr show dev eth0 | grep -c ' 10\.9\.'
}
ns_ip u link set eth0 mtu 1500
capture u eth0 "$TMP/many.pcap" vrrp
ukd u "$(vi VI_1 eth0 51 254 "$(many)" 'version 3' 'advert_int 0.2')"
wait_for 5 '[ "$(held10)" = 300 ]'
wait_for 3 '[ "$(tshark -nr "$TMP/many.pcap" -T fields -e vrrp.addr_count 2>/dev/null | tail -n 1)" = 255 ]'
expect 'grep -q "300 addresses do not fit: those after the 255th" "$TMP/u.log"'
sig u TERM
wait_for 1 '[ "$(held10)" = 0 ]'
wait "$(pid_of u)"
wait_for 2 'tshark -nr "$TMP/many.pcap" -Y "vrrp.prio == 0" 2>/dev/null | grep -q .'
capture_end "$TMP/many.pcap"

# An interface with a small MTU: as many as fit, and the adverts do get through. Removing the first of a network keeps the rest.
ns_ip u link set eth0 mtu 600
capture u eth0 "$TMP/small.pcap" vrrp
ukd u "$(vi VI_1 eth0 51 254 "$(many)" 'version 3' 'advert_int 0.2' promote_secondaries)"
wait_for 5 '[ "$(held10)" = 300 ]'
wait_for 3 'tshark -nr "$TMP/small.pcap" -Y "vrrp.addr_count > 100 && vrrp.addr_count < 145" 2>/dev/null | grep -q .'
ns_ip u link set eth0 mtu 1500
wait_for 3 'tshark -nr "$TMP/small.pcap" -Y "vrrp.addr_count == 255" 2>/dev/null | grep -q .'
capture_end "$TMP/small.pcap"
expect '[ "$(ns u sysctl -n net.ipv4.conf.eth0.promote_secondaries)" = 1 ]'
reconf u "$(vi VI_1 eth0 51 254 "$(many | sed 1,40d)" 'version 3' 'advert_int 0.2' promote_secondaries)"
wait_for 3 '! has_addr u eth0 10.9.0.40'
expect '[ "$(held10)" = 260 ]'
expect '! grep -q "removed by someone else" "$TMP/u.log"'
