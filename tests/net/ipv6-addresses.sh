#!/bin/sh
# SPDX-License-Identifier: MIT
# IPv6 beside Debian's keepalived, each on its own LAN with the same MAC: the same addresses with the same flags, the same adverts and
# neighbour advertisements, byte for byte; the router flag only where the interface forwards. Both families with one VRID, fe80::1 on two
# interfaces, excluded addresses of the other family. And announcements no closer than their intervals.
. "$(dirname "$0")/lib.sh"

# On both interfaces; the second forwards nothing.
conf="vrrp_instance V6 {
	state BACKUP
	interface eth0
	virtual_router_id 51
	priority 254
	native_ipv6
	advert_int 0.4
	garp_master_delay 1
	garp_master_repeat 2
	virtual_ipaddress {
		fe80::1/64
		2001:db8:1::1/64
		2001:db8:1::2/128
		2001:db8:1::3
		2001:db8:1::4/64 preferred_lft 0
		2001:db8:1::5/64 preferred_lft forever
		2001:db8:1::6/128 preferred_lft forever
		2001:db8:1::7/64 preferred_lft 77
		2001:db8:1::8/64 home
		2001:db8:1::9/64 mngtmpaddr
		2001:db8:1::a/64 noprefixroute
		2001:db8:1::b/64 -nodad
		2001:db8:1::c/64 dev eth1
		2001:db8:1::d/64 home mngtmpaddr noprefixroute -nodad
		192.0.2.77/24
	}
	virtual_ipaddress_excluded {
		192.0.2.9/24
		192.0.2.10
		2001:db8:1::20/64
	}
}
$(vi V4 eth0 51 254 '192.0.2.1/24
2001:db8:1::88/64' 'version 3' 'advert_int 0.4' 'garp_master_delay 1' 'virtual_ipaddress_excluded {' 2001:db8:1::30/64 '}')
$(vi OTHER eth1 51 254 fe80::1/64 'advert_int 0.4' 'garp_master_delay 1')"
for h in u k p; do
	ns_new $h
	for n in 0 1; do
		lan_new lan$h$n
		lan_join lan$h$n $h eth$n
		ns_ip $h link set eth$n down
		ns_ip $h link set eth$n address 02:00:00:00:00:0$n addrgenmode eui64
		ns_ip $h link set eth$n up
		ns_ip $h addr add 192.0.2.1${n}0/24 dev eth$n
		capture $h eth$n "$TMP/$h$n.pcap" 'arp or ip proto 112 or ip6'
	done
	ns $h sysctl -qw net.ipv6.conf.eth0.forwarding=1 net.ipv6.conf.eth1.forwarding=0
done
held() {
	ns_ip "$1" addr show | sed -n '/inet/{s/^ *//;p}; s/\(preferred_lft \).*sec/\1some/p; /preferred_lft 0/p'
	ns_ip "$1" -6 route show table all
}
held u > "$TMP/u.before"
ukd u "$conf"
kad k "$conf"
ukd p "global_defs {
	vrrp_garp_interval 0.03
	vrrp_gna_interval 0.1
}
$conf"
for h in u k p; do wait_for 8 "has_addr $h eth0 2001:db8:1::1 && has_addr $h eth0 192.0.2.1 && has_addr $h eth1 fe80::1"; done
sleep 2.5
for h in u k; do held $h > "$TMP/$h.held"; done
expect 'diff "$TMP/u.held" "$TMP/k.held"'
expect '[ "$(grep -c inet6 "$TMP/u.held")" -gt 18 ]'
expect 'grep -q "u.conf:.*warning: .*192.0.2.77/24" "$TMP/u.log" || grep -q "u.conf:.*192.0.2.77" "$TMP/u.log"'
for h in u k p; do stop $h; done
held u > "$TMP/u.after"
expect 'diff "$TMP/u.before" "$TMP/u.after"'
sleep 0.3
for h in u k p; do capture_end "$TMP/${h}0.pcap"; capture_end "$TMP/${h}1.pcap"; done

# wire FILE: each kind of packet that one of them sends, with how often it announces
wire() {
	tshark -nr "$1" -Y 'icmpv6.type == 136 || vrrp || arp' -T fields -e eth.src -e eth.dst -e ipv6.src -e ipv6.dst -e ipv6.hlim \
		-e ipv6.tclass -e ip.src -e ip.dst -e ip.ttl -e ip.dsfield -e icmpv6.nd.na.flag.r -e icmpv6.nd.na.flag.s -e icmpv6.nd.na.flag.o \
		-e icmpv6.nd.na.target_address -e icmpv6.opt.linkaddr -e icmpv6.checksum.status -e arp.src.proto_ipv4 -e arp.dst.proto_ipv4 \
		-e vrrp.prio -e vrrp.virt_rtr_id -e vrrp.adver_int -e vrrp.ipv6_addr -e vrrp.ip_addr -e vrrp.checksum.status 2>/dev/null |
		sort | uniq -c | sed 's/^ *[0-9]* \(.*33:33:00:00:00:12\|.*01:00:5e\)/some \1/'
}
for n in 0 1; do
	for h in u k; do wire "$TMP/$h$n.pcap" > "$TMP/$h$n.wire"; done
	expect 'diff "$TMP/u$n.wire" "$TMP/k$n.wire"'
done
na() {
	tshark -nr "$1" -Y 'icmpv6.type == 136' -T fields -e icmpv6.nd.na.flag.r 2>/dev/null | sort -u
}
case $(na "$TMP/u0.pcap")$(na "$TMP/u1.pcap") in
10 | TrueFalse) ;;
*) fail "router flags: $(na "$TMP/u0.pcap") $(na "$TMP/u1.pcap")" ;;
esac

# spaced FILTER SECONDS FILE: how many, and whether none came sooner after the one before
spaced() {
	tshark -nr "$3" -Y "$1" -T fields -e frame.time_epoch 2>/dev/null |
		awk -v "least=$2" 'NR > 1 && $1 - last < least - 0.005 { bad++ } { last = $1 } END { exit bad || NR < 3 }'
}
expect 'spaced "icmpv6.type == 136" 0.1 "$TMP/p0.pcap"'
expect 'spaced "arp.isgratuitous || arp.src.proto_ipv4 == arp.dst.proto_ipv4" 0.03 "$TMP/p0.pcap"'
