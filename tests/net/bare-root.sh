#!/bin/sh
# SPDX-License-Identifier: MIT
# A root file system with the binary and its file alone, read-only, without /proc, /run, /tmp, /dev, users or names of routing tables: it is
# master all the same, with routes and rules, and tells what it lacks.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"

lan_new lan
for host in r1 r2; do
	ns_new $host
	lan_join lan $host eth0 192.0.2.${host#r}/24
done
mkdir -p "$TMP/root/etc/keepalived"
cp "$UKD" "$TMP/root/ukeepalived"
vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' 'virtual_routes {' \
	'198.51.100.0/24 via 192.0.2.100 table 100' '198.51.101.0/24 via 192.0.2.100 table main' '}' \
	'virtual_rules {' 'from 192.0.2.9 lookup 100' 'from 192.0.2.9 lookup default priority 900' '}' \
	'notify /nowhere' > "$TMP/root/etc/keepalived/keepalived.conf"

# start [OPTION...]: with no more of a file system than that
start() {
	launch r1 '' unshare -m sh -c 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec chroot "$0" "$@"' \
		"$TMP/root" /ukeepalived "$@"
}

start -n -l -D
wait_for 10 'has_addr r1 eth0 192.0.2.9'
wait_for 5 'ns_ip r1 route show table 100 | grep -q 198.51.100.0/24'
wait_for 5 'ns_ip r1 route show | grep -q 198.51.101.0/24'
wait_for 5 'ns_ip r1 rule show | grep -q "from 192.0.2.9 lookup 100"'
expect 'ns_ip r1 rule show | grep -q "900:.*from 192.0.2.9 lookup default"'
expect 'grep -q "no pid file" "$TMP/r1.log"'
# Files that signals ask for have no place; it goes on.
for signal in USR1 USR2 36 HUP; do
	sig r1 $signal
done
wait_for 5 'grep -qi "read-only\|no such file" "$TMP/r1.log"'
never 1 '! has_addr r1 eth0 192.0.2.9'
stop r1
expect '! has_addr r1 eth0 192.0.2.9'
expect '! ns_ip r1 rule show | grep -q 192.0.2.9'

# With /dev/null it goes into the background, its log nowhere.
mkdir "$TMP/root/dev"
mknod "$TMP/root/dev/null" c 1 3
start
wait_for 10 'has_addr r1 eth0 192.0.2.9'
# shellcheck disable=SC2046
kill -TERM $(ip netns pids "${PREFIX}r1")
wait_for 10 '! has_addr r1 eth0 192.0.2.9'

# The other one, with /proc mounted and a /run that is full
mkdir "$TMP/root/proc" "$TMP/root/run"
launch r1 '' unshare -m sh -c 'mount -t proc proc "$0/proc" && mount -t tmpfs -o size=4k tmpfs "$0/run" && cat /dev/zero > "$0/run/x" 2> /dev/null
	exec chroot "$0" /ukeepalived -n -l -D' "$TMP/root"
wait_for 10 'has_addr r1 eth0 192.0.2.9'
stop r1
