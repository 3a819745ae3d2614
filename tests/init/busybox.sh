#!/bin/sh
# SPDX-License-Identifier: MIT
# "make install INIT=busybox" into a root of BusyBox alone; its init script starts, reloads, tells and stops a real daemon there.
# shellcheck disable=SC2016
. "$(dirname "$0")/../openwrt/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
root_new
rm "$ROOT/usr/sbin/keepalived" "$ROOT/usr/sbin/ukeepalived"
make -s -C "$TOP" install DESTDIR="$ROOT" PREFIX=/usr INIT=busybox > /dev/null

# init COMMAND STATUS [WORDS]: ends with STATUS and says WORDS
init() {
	init_status=0
	router r1 /bin/ash /etc/init.d/S80ukeepalived "$1" > "$TMP/said" 2>&1 || init_status=$?
	[ "$init_status" = "$2" ] || {
		cat "$TMP/said"
		fail "$1 ends with $init_status, not $2"
	}
	[ $# -lt 3 ] || expect "grep -q '$3' '$TMP/said'"
}

mkdir -p "$ROOT/etc/keepalived"
conf=$ROOT/etc/keepalived/keepalived.conf
init status 3 'not running'
init start 6 'no /etc/keepalived/keepalived.conf'
vi VI_1 eth0 5 100 192.0.2.254/24 'version 3' 'advert_int 0.1' > "$conf"
init start 0 'started'
wait_for 5 'has_addr r1 eth0 192.0.2.254'
init status 0 "running, pid $(cat "$ROOT/run/keepalived.pid")"
init start 0 'is running'
vi VI_1 eth0 5 100 192.0.2.253/24 'version 3' 'advert_int 0.1' > "$conf"
init reload 0 'reloaded'
wait_for 5 'has_addr r1 eth0 192.0.2.253'
vi VI_1 eth0 5 100 192.0.2.252/24 'version 3' 'advert_int x' > "$conf"
init reload 1 'keepalived.conf:.*advert_int'
never 0.3 'has_addr r1 eth0 192.0.2.252'
vi VI_1 eth0 5 100 192.0.2.251/24 'version 3' 'advert_int 0.1' > "$conf"
before=$(cat "$ROOT/run/keepalived.pid")
init restart 0 'started'
expect "[ $before != \$(cat '$ROOT/run/keepalived.pid') ]"
wait_for 5 'has_addr r1 eth0 192.0.2.251'
init stop 0 'stopped'
expect '! has_addr r1 eth0 192.0.2.251'
expect '[ ! -e "$ROOT/run/keepalived.pid" ]'
init stop 0 'not running'
init reload 7
init try-restart 0
init nonsense 2 usage

# What a power failure leaves: the number of another process now.
echo 1 > "$ROOT/run/keepalived.pid"
init status 1 'dead'
# /etc/default is gone by.
echo 'PIDFILE=/run/other.pid DAEMON_ARGS="-D -G"' > "$ROOT/etc/default/ukeepalived"
init start 0 started
wait_for 5 'has_addr r1 eth0 192.0.2.251'
expect 'tr "\0" " " < "/proc/$(cat "$ROOT/run/other.pid")/cmdline" | grep -q -- "-D -G"'
init stop 0 stopped
