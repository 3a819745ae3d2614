#!/bin/sh
# SPDX-License-Identifier: MIT
# Which link-local address IPv6 adverts come from: the one that keepalived takes too, for as long as it is there, and none that is still
# being tested for duplicates. To vrrp_mcast_group6, with hop limit 255, and no other is believed.
. "$(dirname "$0")/lib.sh"
FRAMES="$TOP/tests/net/lib.frames.py"

conf="global_defs {
	vrrp_mcast_group6 ff02::1234
}
$(vi V6 eth0 51 200 'fe80::1/64
2001:db8::1/64' 'advert_int 0.2')
$(vi FIRST eth0 52 200 '2001:db8::2/64
fe80::2/64' 'advert_int 0.2')"
for h in u k; do
	lan_new lan$h
	for host in $h peer$h; do
		ns_new $host
		lan_join lan$h $host eth0
	done
	for a in fe80::5 fe80::3 fe80::9 2001:db8::77; do ns_ip $h addr add $a/64 dev eth0; done
	capture peer$h eth0 "$TMP/$h.pcap" 'ip6 proto 112'
done
ukd u "$conf"
kad k "$conf"
for h in u k; do wait_for 8 "has_addr $h eth0 2001:db8::1 && has_addr $h eth0 2001:db8::2"; done
expect 'grep -q "warning: .*FIRST: the first IPv6 virtual address must be link-local" "$TMP/u.log"'
sources() {
	tshark -nr "$1" -Y "vrrp && ipv6.dst == ff02::1234 && ipv6.hlim == 255 && vrrp.checksum.status == 1" -T fields -e ipv6.src 2>/dev/null |
		uniq | tr '\n' ' '
}
sleep 1
# Another one comes; then the one in use goes.
for h in u k; do ns_ip $h addr add fe80::4/64 dev eth0; done
sleep 0.5
expect '[ "$(sources "$TMP/u.pcap")" = "fe80::9 " ] && [ "$(sources "$TMP/k.pcap")" = "fe80::9 " ]'
expect '[ "$(tshark -nr "$TMP/u.pcap" -Y "vrrp && !(ipv6.dst == ff02::1234)" 2>/dev/null | wc -l)" = 0 ]'
ns_ip u addr del fe80::9/64 dev eth0
sleep 0.5
expect '[ "$(sources "$TMP/u.pcap" | wc -w)" = 2 ]'
# The one that was due at that moment may be lost.
expect '! grep -q FAULT "$TMP/u.log" && [ "$(grep -c "be sent" "$TMP/u.log")" -le 2 ]'
# A router that is farther away than it may be.
cp "$TMP/k.pcap" "$TMP/heard.pcap"
expect '[ "$(ns peeru python3 "$FRAMES" send eth0 "$TMP/heard.pcap" vrid=51 hops=254)" = 1 ]'
wait_for 2 'grep -q "(V6) advertisement from fe80::9 refused: TTL out of range (254, not 255)" "$TMP/u.log"'

# A link that has just come: while duplicates are looked for nothing can be sent, and a master would be mute.
lan_new land
ns_new d
lan_join land d eth0
ns d sysctl -qw net.ipv6.conf.all.accept_dad=1 net.ipv6.conf.eth0.accept_dad=1 net.ipv6.conf.eth0.dad_transmits=2
ns_ip d link set eth0 down
ns_ip d link set eth0 up
ukd d "$(vi V6 eth0 51 200 fe80::1/64 'advert_int 0.2')"
wait_for 3 'grep -q "(V6) Entering FAULT STATE (no address on eth0 to send from)" "$TMP/d.log"'
wait_for 6 'has_addr d eth0 fe80::1'
expect '! grep -q "be sent" "$TMP/d.log"'
