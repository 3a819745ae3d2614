#!/bin/sh
# SPDX-License-Identifier: MIT
# Routes, rules and static addresses: the kernel shows the same under keepalived and here; what vanishes is put back; nothing is left at the end.
. "$(dirname "$0")/lib.sh"

ROUTES='10.1.0.0/16 via 198.51.100.2 dev eth1
src 198.51.100.77 to 10.2.0.0/16 via 198.51.100.2 dev eth1
10.3.0.0/16 dev eth1 no_track
blackhole 10.4.0.0/16
unreachable 10.4.1.0/24
prohibit 10.4.2.0/24
throw 10.4.3.0/24 table 77
10.5.0.0/16 gw 192.0.2.3 or 192.0.2.4
10.6.0.0/16 nexthop via 192.0.2.3 weight 3 nexthop via 198.51.100.4 dev eth1 onlink weight 256 nexthop dev eth1
10.7.0.0/16 via 192.0.2.3 metric 5 mtu lock 1400 rtt 300 table 77
10.7.1.0/24 via 192.0.2.3 dev eth0 priority 6 mtu 1300 advmss 1200 window 20000 hoplimit 9 initcwnd 7 initrwnd 8 rto_min 250 rttvar 220 ssthresh lock 99 cwnd lock 20 reordering 4 quickack 1 features ecn congctl reno fastopen_no_cookie 1
10.8.0.0/16 via 192.0.2.3 no_track protocol static
2001:db8:8::/48 via 2001:db8::2
2001:db8:9::/48 via 2001:db8::2 dev eth0 metric 77 pref high expires 500
2001:db8:a::/48 nexthop via 2001:db8::2 dev eth0 weight 2 nexthop via 2001:db8:1::2 dev eth1 weight 3
2001:db8:b::/48 from 2001:db8:c::/48 via fe80::5 dev eth1
blackhole 2001:db8:d::/48
default6 via 2001:db8::3 dev eth0 metric 900
default via 192.0.2.200
default via 192.0.2.201 dev eth0 metric 3 table 300
local 10.11.0.0/16 dev lo scope host
broadcast 10.11.0.255 dev eth1 scope link table 255
multicast 232.1.0.0/16 dev eth1
10.12.0.0/16 dev eth1 scope link
10.13.0.0/16 via 203.0.113.7 dev eth1 onlink tos 16
10.14.0.0/16 via 192.0.2.3 realms 5/6 append
10.14.0.0/16 via 192.0.2.4 realms 7 append
10.15.0.0/16 via 192.0.2.3 add
10.15.0.0/16 via 192.0.2.4 add
10.16.0.0/16 via 192.0.2.3 prepend
10.16.0.0/16 via 192.0.2.4 prepend
10.17.0.0/16 via 192.0.2.3
10.17.0.0/16 via 192.0.2.3
10.18.0.0/16 via 192.0.2.3 ttl-propagate disabled
10.19.0.0/16 via 192.0.2.3 table uk_named'
RULES='from 10.1.0.0/16 to 10.2.0.0/16 table 77 iif eth1 preference 800
fwmark 12/15 lookup 77 preference 801
from 10.1.0.0/16 prohibit preference 802
from 10.1.0.0/16 goto 900 preference 803 no_track
from 10.1.0.0/16 unreachable preference 804
not from 10.1.0.0/16 oif eth0 table 1000 preference 805 suppress_prefixlength 8
to 10.5.0.0/16 tos 16 table main preference 806 suppress_ifgroup 3
fwmark 0x10 uidrange 10-20 ipproto 6 sport 10-20 dport 80-80 table 6 preference 807
from 2001:db8:8::/48 table 9 preference 808
tunnel-id 77 table 10 preference 810
from 10.1.0.0/16 blackhole preference 811
from 10.1.0.0/16 table uk_named realms 3/4 preference 812
from 10.2.0.0/16 l3mdev preference 813
from 10.2.0.0/16 nop preference 900
from 10.7.0.0/16 table default'

block() {
	printf '%s {\n%s\n}\n' "$1" "$2"
}

# conf ROUTES RULES [LINE...]
conf() {
	block 'track_group TG' 'group { VI_1 }'
	block static_ipaddress '203.0.113.1/24 dev eth1
203.0.113.9/32 dev eth0 no_track
2001:db8:5::1/64 dev eth1
2001:db8:6::1 dev eth1'
	block static_routes '10.90.0.0/16 via 198.51.100.9 dev eth1'
	block static_rules 'from 10.90.0.0/16 table 100 preference 950'
	conf_routes=$(block virtual_routes "$1")
	conf_rules=$(block virtual_rules "$2")
	shift 2
	vi VI_1 eth0 51 100 '192.0.2.9/24
198.51.100.77/24 dev eth1' 'version 3' 'advert_int 0.2' \
		'virtual_ipaddress_excluded { 2001:db8::9/64 -nodad
2001:db8::a dev eth1 }' "$conf_routes" "$conf_rules" "$@"
}

state() {
	ns_ip "$1" addr show | grep -E 'inet6? [^f]'
	ns_ip "$1" -d route show table all
	ns_ip "$1" -6 -d route show table all
	ns_ip "$1" -d rule
	ns_ip "$1" -6 -d rule
}

# Link-local addresses and their order are each host's own.
shown() {
	state "$1" | grep -Ev 'fe80:[^/]* dev eth.* table local' |
		sed 's/expires [0-9]*sec/expires/'
}

has_route() {
	ns_ip u route show "$@" | grep -q .
}

has_rule() {
	ns_ip u rule | grep -q "^$1:"
}

entered() {
	[ "$(grep -c "Entering $1 STATE" "$TMP/u.log")" = "$2" ]
}

# Both find the names of tables in a directory of the test's own.
mkdir -p "$TMP/iproute2/rt_tables.d"
printf '# one\n254\tmain\n123\tuk_named\n' > "$TMP/iproute2/rt_tables"
printf '#\n\n1 uk\n 0x11170\tuk_more # two\n' > "$TMP/iproute2/rt_tables.d/x.conf"
printf '70001 uk_more\n' > "$TMP/iproute2/rt_tables.d/x.conf.old"
etc=/etc/iproute2
[ -d $etc ] || etc=/usr/share/iproute2
cat > "$TMP/with_tables" <<END
#!/bin/sh
mount --bind "$TMP/iproute2" $etc && exec "\$@"
END
chmod +x "$TMP/with_tables"
launch() {
	launch_ns=$1
	printf '%s\n' "$2" > "$TMP/$1.conf"
	shift 2
	TMPDIR=$TMP ip netns exec "$PREFIX$launch_ns" "$TMP/with_tables" "$@" \
		>> "$TMP/$launch_ns.log" 2>&1 &
	echo $! > "$TMP/$launch_ns.started"
}

for r in k u; do
	lan_new lan$r
	ns_new $r
	lan_join lan$r $r eth0 192.0.2.1/24 2001:db8::1/64
	lan_join lan$r $r eth1 198.51.100.1/24 2001:db8:1::1/64
	shown $r > "$TMP/$r.before"
done
kad k "$(conf "$ROUTES" "$RULES")"
ukd u "$(conf "$ROUTES" "$RULES")"
for r in k u; do
	wait_for 8 "ns_ip $r rule | grep -q ^16384:"
	hold 1 false || shown $r > "$TMP/$r.master"
done
diff "$TMP/k.master" "$TMP/u.master" || fail "keepalived does otherwise"
expect "[ $(grep -c keepalived "$TMP/u.master") -gt 45 ]"
stop k
expect 'shown k | diff "$TMP/k.before" -'

# Removed by others: put back, without leaving MASTER, but what is not tracked.
ns_ip u route del 10.1.0.0/16
ns_ip u route del 10.3.0.0/16
ns_ip u route del 10.6.0.0/16
ns_ip u -6 route del 2001:db8:a::/48 via 2001:db8::2 dev eth0
ns_ip u -6 route del blackhole 2001:db8:d::/48
ns_ip u route del 10.90.0.0/16
ns_ip u rule del pref 800
ns_ip u rule del pref 803
ns_ip u rule del pref 950
wait_for 2 'has_rule 950 && has_rule 800 && has_route 10.1.0.0/16'
ns_ip u addr del 203.0.113.1/24 dev eth1
ns_ip u addr del 203.0.113.9/32 dev eth0
wait_for 2 'has_addr u eth1 203.0.113.1/24'
ns_ip u route add 10.3.0.0/16 dev eth1 proto keepalived scope global
ns_ip u addr add 203.0.113.9/32 dev eth0
ns_ip u rule add from 10.1.0.0/16 goto 900 pref 803
wait_for 2 'shown u | sort > "$TMP/now"; sort "$TMP/u.master" | diff - "$TMP/now"'
ns_ip u rule del pref 803
ns_ip u route del 10.3.0.0/16
never 0.3 'has_route 10.3.0.0/16 || has_rule 803'
expect 'entered MASTER 1'

# The kernel drops routes with an interface, and those of IPv4 without a word. One that is tracked is a fault.
ns_ip u link set eth1 down
wait_for 2 'entered FAULT 1'
expect '! has_route 10.12.0.0/16 && ! has_rule 802'
ns_ip u link set eth1 up
ns_ip u addr add 2001:db8:1::1/64 dev eth1
wait_for 3 'entered MASTER 2 && has_route 10.1.0.0/16 && has_route 10.90.0.0/16'

# The route of an interface that comes later, as does a gateway's network. The kernel makes less of such an MTU, and must know the route again.
few='10.30.0.0/16 dev late0 no_track
10.31.0.0/16 via 192.0.2.77 no_track
10.32.0.0/16 via 192.0.2.78
10.33.0.0/16 via 100.64.0.9 metric 4
10.34.0.0/16 via 192.0.2.79
10.36.0.0/16 via 192.0.2.79 table uk_more
10.37.0.0/16 via 192.0.2.79 table uk_mor
10.38.0.0/16 via 192.0.2.79 mtu 70000'
reconf u "$(conf "$few" 'from 10.1.0.0/16 prohibit preference 802
from 10.1.0.0/16 blackhole preference 820')"
wait_for 2 'has_rule 820'
expect 'has_route 10.36.0.0/16 table 70000'
expect 'grep -q "table uk_mor is not in" "$TMP/u.log"'
expect 'has_route 10.31.0.0/16 && has_rule 802 && ! has_rule 804'
expect '! has_route 10.1.0.0/16 && ! has_route 10.30.0.0/16'
expect 'grep -q "route 10.33.0.0/16 can.t be added: Network" "$TMP/u.log"'
ns_ip u link add late0 type veth peer name late1
ns_ip u link set late1 up
ns_ip u link set late0 up
ns_ip u addr add 100.64.0.1/24 dev late0
wait_for 2 'has_route 10.30.0.0/16 && has_route 10.33.0.0/16'

# A reload touches only what is another now.
ip netns exec "${PREFIX}u" ip monitor route rule > "$TMP/events" &
monitor=$!
hold 0.3 false || true
reconf u "$(conf "$(printf %s "$few" | sed 's/metric 4/metric 5/; /10.34/d')
10.35.0.0/16 via 192.0.2.79" 'from 10.1.0.0/16 blackhole preference 820
from 10.1.0.0/16 prohibit preference 801')"
wait_for 2 'has_rule 801 && ! has_rule 802'
wait_for 2 'grep -q 801: "$TMP/events"'
kill $monitor
expect 'has_route 10.33.0.0/16 metric 5 && ! has_route 10.33.0.0/16 metric 4'
expect '! grep -E "10.3[012]|10.90|820:|950:" "$TMP/events"'
expect 'grep -q "Deleted 10.34" "$TMP/events" && grep -q ^10.35 "$TMP/events"'
expect 'entered MASTER 2'

# A routing daemon's many routes do not wake it.
switches() {
	sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$(pid_of u)/status"
}
awk 'BEGIN { for (i = 0; i < 8000; i++)
	printf "route add 172.%d.%d.%d via 192.0.2.3 proto bird\n",
		16 + i / 65536, i / 256 % 256, i % 256 }' > "$TMP/batch"
woken=$(switches)
now
began=$NOW
ns_ip u -batch "$TMP/batch"
ns_ip u route flush proto bird
now
woken=$(($(switches) - woken))
expect "[ $woken -lt $(((NOW - began) / 5 + 20)) ]"

# A crash leaves all behind; the next run removes what it does not hold, and takes over what is static.
crash u
expect 'has_route 10.32.0.0/16 && has_rule 820 && has_rule 950'
ns_ip u route add 10.32.0.0/16 via 192.0.2.78 metric 9 proto static
lan_cut lanu u eth0
ukd u "$(conf "$few" 'from 10.1.0.0/16 blackhole preference 820')"
wait_for 2 'grep -q "removed rule 820, left by" "$TMP/u.log"'
wait_for 2 '! has_rule 820 && ! has_route 10.32.0.0/16 proto keepalived'
expect 'has_route 10.32.0.0/16 proto static && has_route 10.90.0.0/16'
expect 'has_addr u eth1 203.0.113.1 && has_rule 950'
stop u
# Of these the second run knew nothing, or they were ours.
ns_ip u route del 10.32.0.0/16
ns_ip u route del 10.35.0.0/16 metric 0 proto keepalived
ns_ip u route del 10.33.0.0/16 metric 5
ns_ip u rule del pref 801
ns_ip u addr del 203.0.113.9/32 dev eth0
ns_ip u link del late0
lan_mend lanu u eth0
wait_for 2 'shown u | sort > "$TMP/now"; sort "$TMP/u.before" | diff - "$TMP/now"'
