#!/bin/sh
# SPDX-License-Identifier: MIT
# Every kind of entry, set by netlink and by socket options, is what ipvsadm
# makes of the same lines, and is read back as ipvsadm shows it.
. "$(dirname "$0")/lib.sh"

cat > "$TMP/ipv4" <<- END
	-A -t 192.0.2.1:80 -s wrr
	-A -u 192.0.2.1:53 -s sh -b sh-fallback,sh-port -o
	-A -t 192.0.2.1:81 -s mh -b mh-fallback,mh-port -p 60 -M 255.255.255.0
	-A -t 192.0.2.1:82 -s rr -b flag-1,flag-3
	-A -t 192.0.2.1:0 -s lblcr -p 300
	-A --sctp-service 192.0.2.1:83 -s wlc
	-A -f 7 -s nq
	-a -t 192.0.2.1:80 -r 198.51.100.1:8080 -m -w 5 -x 70000 -y 3
	-a -t 192.0.2.1:80 -r 198.51.100.2:80 -i -w 0
	-a -t 192.0.2.1:80 -r 198.51.100.3:80 -g -w 65535
	-a -u 192.0.2.1:53 -r 198.51.100.1:53 -m -w 1 -x 5
	-a -f 7 -r 198.51.100.1:0 -g -w 1
	-a --sctp-service 192.0.2.1:83 -r 198.51.100.1:83 -m -w 2
END
cat > "$TMP/others" <<- END
	-A -f 7 -6 -s rr -p 300 -M 64
	-A -t [2001:db8::1]:80 -s rr -p 60
	-A -u [2001:db8::1]:53 -s lc
	-A -u 192.0.2.1:5060 -s rr -p 60 --pe sip
	-A -t 192.0.2.2:80 -s wrr
	-a -f 7 -6 -r [2001:db8::2]:0 -g -w 1
	-a -t [2001:db8::1]:80 -r [2001:db8::2]:80 -m -w 1
	-a -t [2001:db8::1]:80 -r [2001:db8::3]:80 -i -w 1
	-a -t 192.0.2.2:80 -r 198.51.100.3:80 -i --tun-type gue --tun-port 6080 -w 1
	-a -t 192.0.2.2:80 -r 198.51.100.4:80 -i --tun-type gue --tun-port 6081 --tun-csum -w 1
	-a -t 192.0.2.2:80 -r 198.51.100.5:80 -i --tun-type gue --tun-port 6080 --tun-remcsum -w 1
	-a -t 192.0.2.2:80 -r 198.51.100.6:80 -i --tun-type gre -w 1
	-a -t 192.0.2.2:80 -r 198.51.100.7:80 -i --tun-type gre --tun-csum -w 1
	-a -t 192.0.2.2:80 -r [2001:db8::9]:80 -i -w 3
END
cat "$TMP/ipv4" "$TMP/others" > "$TMP/all"

# same FILE [-o]: two hosts, ipvsadm's table in one and ours in the other
same() {
	ns a ipvsadm -C
	ns b ipvsadm -C
	ns a ipvsadm -R < "$TMP/$1" || fail "ipvsadm refuses $1"
	tool b ${2:-} apply "$TMP/$1" > "$TMP/ops" || fail "$(cat "$TMP/ops")"
	[ "$(grep -c ^+ "$TMP/ops")" = "$(grep -c . "$TMP/$1")" ] ||
		fail "operations: $(cat "$TMP/ops")"
	table a | expect_table b
	[ "$(thresholds a)" = "$(thresholds b)" ] || fail "$(thresholds b)"
	tool b ${2:-} dump | expect_table a
	# What is right already is not touched.
	tool b ${2:-} apply "$TMP/$1" > "$TMP/ops"
	[ ! -s "$TMP/ops" ] || fail "again: $(cat "$TMP/ops")"
}

ns_new a
ns_new b
same all
same ipv4 -o

# An IPv6 service beside the others is not seen, and not in the way.
ns b ipvsadm -A -t '[2001:db8::1]:80' -s rr
tool b -o dump | expect_table a
# Socket options refuse what they can't say, and the rest is done.
ns b ipvsadm -C
if tool b -o apply "$TMP/all" > "$TMP/ops"; then
	fail "IPv6 by socket options"
fi
table a | grep -v -e '::' -e 192.0.2.2 > "$TMP/want"
grep -q '^failed: .*192.0.2.1:5060' "$TMP/ops" || fail "$(cat "$TMP/ops")"
table b | grep -v 192.0.2.2 | diff "$TMP/want" - || fail "the rest"
