#!/bin/sh
# SPDX-License-Identifier: MIT
# The mirror follows an interface through all that can happen to one.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.probe.sh"

ns_new r1
watch r1 eth0 eth1 eth0.5
sees r1 eth0 'index=0 DOWN'

# Absent at start, made, addressed, brought up.
ns_ip r1 link add eth0 index 50 address 02:00:00:00:00:01 type veth peer name peer0
sees r1 eth0 'index=50 DOWN .* mac=020000000001'
ns_ip r1 addr add 192.0.2.1/24 dev eth0
sees r1 eth0 'index=50 DOWN .* 192.0.2.1/24:0'
ns_ip r1 link set eth0 up
never 0.3 "last r1 eth0 | grep -q ' UP '"
ns_ip r1 link set peer0 up
sees r1 eth0 'index=50 UP '

# The cable, the hardware address, the MTU, addresses.
ns_ip r1 link set peer0 down
sees r1 eth0 'index=50 DOWN .* 192.0.2.1/24'
ns_ip r1 link set peer0 up
sees r1 eth0 'index=50 UP '
ns_ip r1 link set eth0 address 02:00:00:00:00:02
sees r1 eth0 ' mac=020000000002 '
ns_ip r1 link set eth0 mtu 1400
sees r1 eth0 ' mtu=1400 '
ns_ip r1 addr add 192.0.2.2/24 dev eth0
ns_ip r1 addr add 192.0.2.3 peer 198.51.100.3/32 dev eth0
ns_ip r1 addr add 2001:db8::1/64 dev eth0
sees r1 eth0 ' 192.0.2.2/24:0 192.0.2.3/32-198.51.100.3:0.* 2001:db8::1/64:0'
ns_ip r1 addr del 2001:db8::1/64 dev eth0
wait_for 5 '! last r1 eth0 | grep -q 2001:db8::1/'
# Without promote_secondaries the secondary goes with its primary.
ns r1 sysctl -qw net.ipv4.conf.eth0.promote_secondaries=0
ns_ip r1 addr del 192.0.2.1/24 dev eth0
wait_for 5 '! last r1 eth0 | grep -q 192.0.2.2'
expect 'last r1 eth0 | grep -q 192.0.2.3/32'

# A bridge's port: joining and leaving it is none of the link's affairs.
ns_ip r1 link add br0 type bridge
ns_ip r1 link set eth0 master br0
ns_ip r1 link set eth0 nomaster
ns_ip r1 addr add 192.0.2.4/24 dev eth0
sees r1 eth0 'index=50 UP .* 192.0.2.4/24'
expect '! grep -q "^eth0 index=0 .*mac=02" "$TMP/r1.watch"'

# Something stands on it, with a dot in the name.
ns_ip r1 link add link eth0 name eth0.5 type macvlan mode private
ns_ip r1 link set eth0.5 up
sees r1 eth0.5 ' UP '
ns_ip r1 link set peer0 down
sees r1 eth0.5 ' DOWN '
ns_ip r1 link set peer0 up
sees r1 eth0.5 ' UP '

# Renamed, with its addresses; the old name is absent, and may be another's.
ns_ip r1 link set eth0 down
ns_ip r1 link set eth0 name eth1
ns_ip r1 link set eth1 up
sees r1 eth0 'index=0 DOWN'
sees r1 eth1 'index=50 UP .* 192.0.2.4/24'
ns_ip r1 link add eth0 index 60 type veth peer name peer1
sees r1 eth0 'index=60 DOWN'
expect '! last r1 eth0 | grep -q 192.0.2.'

# Deleted, with what stands on it, and made again with another index.
ns_ip r1 link del eth1
sees r1 eth1 'index=0 DOWN'
sees r1 eth0.5 'index=0 DOWN'
expect '! last r1 eth1 | grep -q 192.0.2.'
ns_ip r1 link add eth1 index 70 type veth peer name peer2
ns_ip r1 addr add 192.0.2.9/24 dev eth1
ns_ip r1 link set peer2 up
ns_ip r1 link set eth1 up
sees r1 eth1 'index=70 UP .* 192.0.2.9/24'

# Moved away, and one with addresses and another index comes in.
ns_new r2
ns_ip r1 link set eth1 netns "${PREFIX}r2"
sees r1 eth1 'index=0 DOWN'
ns_ip r2 link set eth1 netns "${PREFIX}r1"
sees r1 eth1 'index=[1-9]'

expect 'kill -0 "$(watcher r1)"'
stop r1

# An address wherever it may be, also where no interface was asked for by name; its neighbours are not kept.
ns_ip r1 addr add 203.0.113.8/24 dev lo
watch r1 eth7 @203.0.113.9 @203.0.113.8 @2001:db8:9::9
expect 'last r1 @203.0.113.8 | grep -q there'
expect 'last r1 @203.0.113.9 | grep -q nowhere'
ns_ip r1 addr add 203.0.113.9/32 dev lo
sees r1 @203.0.113.9 there
expect 'last r1 lo | grep -q "203.0.113.8/24:0 203.0.113.9/32:0$"'
ns_ip r1 addr del 203.0.113.9/32 dev lo
sees r1 @203.0.113.9 nowhere
ns_ip r1 link add eth8 type veth peer name peer8
ns_ip r1 addr add 203.0.113.9/32 dev eth8
sees r1 @203.0.113.9 there
ns_ip r1 link del eth8
sees r1 @203.0.113.9 nowhere
ns_ip r1 addr add 2001:db8:9::9/128 dev lo
sees r1 @2001:db8:9::9 there
stop r1
expect '! grep -q "ERROR" "$TMP/r1.log"'
