#!/bin/sh
# SPDX-License-Identifier: MIT
# What comes out of a receiving socket: our VRIDs of that interface and group, past IP options and AH, and nothing else.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"
/usr/bin/python3 -c 'import scapy.all' 2>/dev/null || skip "no scapy"

ns_new r1
for i in 0 1; do
	ns_ip r1 link add eth$i address 02:00:00:00:00:0$i type veth peer name peer$i
	ns_ip r1 link set eth$i up
	ns_ip r1 link set peer$i up
	ns_ip r1 addr add 192.0.$((i + 2)).1/24 dev eth$i
done
wait_for 5 'has_addr r1 eth0 fe80::ff:fe00:0 && has_addr r1 eth1 fe80::ff:fe00:1'

# listen NAME IF PROTO FAMILY GROUP VRID...
listen() {
	listen_name=$1
	shift
	ip netns exec "${PREFIX}r1" "$PROBE" receive "$@" > "$TMP/$listen_name.out" 2> "$TMP/$listen_name.log" &
	echo $! > "$TMP/$listen_name.started"
	wait_for 5 "grep -q listening '$TMP/$listen_name.out'"
}
listen multicast eth0 112 4 224.0.0.18 7 200 255
listen unicast eth0 112 4 - 7 200 255
listen other eth1 112 4 224.0.0.18 7
listen ah eth0 51 4 224.0.0.18 7
listen six eth0 112 6 ff02::12 7 200
listen six_unicast eth0 112 6 - 7
# Another process's group: IP_MULTICAST_ALL would let it in everywhere.
listen foreign eth0 112 4 224.0.0.99 7

cat > "$TMP/send.py" <<'PY'
from scapy.all import *
import struct
def mac(dst):
    return ("01:00:5e:00:00:" + "%02x" % int(dst.split(".")[3]) if dst.startswith("224.") else
            "33:33:00:00:00:12" if dst.startswith("ff02") else "02:00:00:00:00:00")
def send4(peer, dst, payload, proto=112, options=[], **more):
    sendp(Ether(dst=mac(dst)) / IP(src="192.0.2.9", dst=dst, proto=proto, ttl=255, options=options, **more) / Raw(payload),
          iface=peer, verbose=False)
def send6(peer, dst, payload, good=True):
    packet = IPv6(src="fe80::7", dst=dst, nh=112, hlim=254) / Raw(payload)
    sum_ = in6_chksum(112, packet, payload[:6] + b"\0\0" + payload[8:]) if good else 0x1234
    payload = payload[:6] + struct.pack("!H", sum_) + payload[8:]
    sendp(Ether(dst=mac(dst)) / IPv6(src="fe80::7", dst=dst, nh=112, hlim=254) / Raw(payload), iface=peer, verbose=False)
def vrrp(vrid, mark):
    return bytes([0x21, vrid, 100, 0, 0, 1, 0, 0]) + mark
def ah(vrid, mark, next_=112):
    return bytes([next_, 4, 0, 0]) + b"\0" * 20 + vrrp(vrid, mark)

g = "224.0.0.18"
send4("peer0", g, vrrp(7, b"aa"))
send4("peer0", g, vrrp(8, b"no"))
send4("peer0", g, vrrp(6, b"no"))
send4("peer0", g, vrrp(0, b"no"))
send4("peer0", g, vrrp(199, b"no"))
send4("peer0", g, vrrp(255, b"ab"))
send4("peer0", g, vrrp(200, b"ac"), options=[IPOption_Router_Alert()])
send4("peer0", g, vrrp(7, b"ad"), options=[IPOption(b"\x01" * 40)])
send4("peer0", g, vrrp(8, b"no"), options=[IPOption(b"\x01\x07" * 20)])
send4("peer0", "192.0.2.1", vrrp(7, b"ba"))
send4("peer0", "192.0.2.1", vrrp(8, b"no"))
send4("peer0", "224.0.0.99", vrrp(7, b"fa"))
send4("peer1", g, vrrp(7, b"oa"))
send4("peer1", g, vrrp(200, b"no"))
send4("peer0", g, b"\x21")
send4("peer0", g, b"")
send4("peer0", g, ah(7, b"ca"), proto=51)
send4("peer0", g, ah(7, b"cb"), proto=51, options=[IPOption_Router_Alert()])
send4("peer0", g, ah(8, b"no"), proto=51)
send4("peer0", g, ah(7, b"no", next_=6), proto=51)
for fragment in IP(src="192.0.2.9", dst=g, proto=112, ttl=255, id=5) / Raw(vrrp(7, b"ae" + b"x" * 60)), :
    for part in fragment.fragment(fragsize=24):
        sendp(Ether(dst=mac(g)) / part, iface="peer0", verbose=False)
send6("peer0", "ff02::12", vrrp(7, b"da"))
send6("peer0", "ff02::12", vrrp(8, b"no"))
send6("peer0", "ff02::12", vrrp(200, b"db"))
send6("peer0", "ff02::12", vrrp(7, b"no"), good=False)
send6("peer0", "fe80::ff:fe00:0", vrrp(7, b"ea"))
send6("peer0", "fe80::ff:fe00:0", vrrp(8, b"no"))
# The last of each, to know that all were looked at.
for peer in "peer0", "peer1":
    send4(peer, g, vrrp(7, b"zz"))
send4("peer0", "192.0.2.1", vrrp(7, b"zz"))
send4("peer0", "224.0.0.99", vrrp(7, b"zz"))
send4("peer0", g, ah(7, b"zz"), proto=51)
send6("peer0", "ff02::12", vrrp(7, b"zz"))
send6("peer0", "fe80::ff:fe00:0", vrrp(7, b"zz"))
PY
ns r1 /usr/bin/python3 "$TMP/send.py"

# marks NAME: the two letters of each packet, in order
marks() {
	sed -n 's/^packet.* \([0-9a-f]*\)$/\1/p' "$TMP/$1.out" | while read -r hex; do
		hex=${hex#????????????????}
		[ "$1" != ah ] || hex=${hex#????????????????????????????????????????????????}
		# shellcheck disable=SC2059
		printf "\\$(printf %03o "0x$(echo "$hex" | cut -c1-2)")\\$(printf %03o "0x$(echo "$hex" | cut -c3-4)") "
	done
}
got() {
	wait_for 5 "marks $1 | grep -q 'zz '"
	[ "$(marks "$1")" = "$2" ] || fail "$1: got '$(marks "$1")', want '$2'"
}
got multicast 'aa ab ac ad ae zz '
got unicast 'ba zz '
got other 'oa zz '
got ah 'ca cb zz '
got six 'da db zz '
got six_unicast 'ea zz '
got foreign 'fa zz '

expect 'grep -q "refusal=0 192.0.2.9 > 224.0.0.18 ttl=255 " "$TMP/multicast.out"'
expect 'grep -q "refusal=0 fe80::7 > none ttl=254 " "$TMP/six.out"'
expect 'grep -q "refusal=0 fe80::7 > none ttl=254 " "$TMP/six_unicast.out"'
for name in multicast unicast other ah six six_unicast foreign; do
	expect "! grep -q 'refusal=[1-9]' '$TMP/$name.out'"
	stop $name
	expect "! grep -q 'ERROR\|runtime error' '$TMP/$name.log'"
done
