#!/bin/sh
# SPDX-License-Identifier: MIT
# An evening of operation beside keepalived: install, start, look, break the link, look, mend it, reload a file with a typo, see the line, mend it,
# resign, stop; each answer is looked at.
. "$(dirname "$0")/lib.sh"
command -v start-stop-daemon > /dev/null || skip "no start-stop-daemon"

root=$TMP/root
make -s -C "$TOP" install DESTDIR="$root" PREFIX=/usr INIT=sysv > "$TMP/install.log" 2>&1 || fail "install: $(cat "$TMP/install.log")"
expect '[ -x "$root/usr/sbin/ukeepalived" ] && [ -x "$root/etc/init.d/ukeepalived" ]'

lan_new lan
for r in r1 r2; do
	ns_new $r
	lan_join lan $r eth0 192.0.2.${r#r}/24
done
conf() {
	vi LAN eth0 51 "$1" 192.0.2.9/24 'version 3' 'advert_int 0.2'
}
conf 150 > "$TMP/r1.conf"
# The machine of the evening sees its own /etc/default.
cat > "$TMP/default" << EOF2
DAEMON=$root/usr/sbin/ukeepalived
CONFIG=$TMP/r1.conf
PIDFILE=$TMP/r1.pid
DAEMON_ARGS="-D -G --log-file=$TMP/r1.log"
EOF2
ip netns exec "${PREFIX}r1" unshare -m sh -c 'mount -t tmpfs tmpfs /etc/default && cp "$1" /etc/default/ukeepalived && echo > "$2" && exec sleep 1000' - \
	"$TMP/default" "$TMP/ready" & machine=$!
wait_for 5 '[ -e "$TMP/ready" ]'
init() {
	init_status=0
	nsenter -t $machine -m -n "$root/etc/init.d/ukeepalived" "$1" > "$TMP/said" 2>&1 || init_status=$?
}
ask() {
	status=0
	"$root/usr/sbin/ukeepalived" "$@" -p "$TMP/r1.pid" > "$TMP/said" 2>&1 || status=$?
}

# Nothing runs yet.
init status
expect '[ $init_status = 3 ] && grep -q "not running" "$TMP/said"'
ask status
expect '[ $status = 3 ]'

init start
expect '[ $init_status = 0 ] && grep -q "started" "$TMP/said"'
kad r2 "$(conf 120)"
wait_for 5 'ask status; [ $status = 0 ]'
expect 'grep -q "^LAN: MASTER for " "$TMP/said" && grep -q "holds 192.0.2.9/24" "$TMP/said"'
init status
expect '[ $init_status = 0 ] && grep -q "running, pid $(cat "$TMP/r1.pid")" "$TMP/said"'

# A cable is pulled out.
wait_for 5 'grep -q "Entering BACKUP STATE" "$TMP/r2.log"'
lan_cut lan r1 eth0
wait_for 5 'ask status; [ $status = 2 ]'
expect 'grep -q "^LAN: FAULT for .* (interface eth0 is down)" "$TMP/said"'
wait_for 5 'has_addr r2 eth0 192.0.2.9'
lan_mend lan r1 eth0
wait_for 5 'ask status; [ $status = 0 ]'
wait_for 5 '! has_addr r2 eth0 192.0.2.9'

# A typo: the line is named, by the init script and by the daemon, and everything stays.
conf 140 | sed 's/priority/prioriti/' > "$TMP/r1.conf"
init reload
expect '[ $init_status != 0 ] && grep -q "r1.conf:5: error: unknown keyword .prioriti., did you mean .priority." "$TMP/said"'
ask reload
expect '[ $status = 4 ] && grep -q "r1.conf:5: error: unknown keyword .prioriti., did you mean .priority." "$TMP/said"'
expect 'grep -q "reload refused" "$TMP/said"'
ask status LAN
expect '[ $status = 0 ] && grep -q "priority 150$" "$TMP/said"'

# The file is mended.
conf 140 > "$TMP/r1.conf"
ask reload
expect '[ $status = 0 ] && [ ! -s "$TMP/said" ]'
ask status LAN
expect '[ $status = 0 ] && grep -q "priority 140$" "$TMP/said"'

# The log file is rotated.
mv "$TMP/r1.log" "$TMP/old.log"
init reload
expect '[ $init_status = 0 ]'
wait_for 3 'grep -q "Reload complete" "$TMP/r1.log"'

# The router is to be worked on.
ask resign LAN 3
expect '[ $status = 0 ]'
wait_for 2 'has_addr r2 eth0 192.0.2.9'
wait_for 2 'ask status; grep -q "master 192.0.2.2, priority 120" "$TMP/said"'
expect '[ $status = 1 ] && grep -q "LAN: BACKUP for .* (resigned on request)" "$TMP/said"'
wait_for 10 'ask status; [ $status = 0 ]'

# Home.
init stop
expect '[ $init_status = 0 ]'
wait_for 2 'has_addr r2 eth0 192.0.2.9'
expect '! has_addr r1 eth0 192.0.2.9'
ask status
expect '[ $status = 3 ] && [ ! -e "$TMP/r1.sock" ] && [ ! -e "$TMP/r1.pid" ]'
expect 'grep -q "LAN) sent 0 priority, stopping" "$TMP/r1.log"'
for words in 'Entering FAULT STATE (interface eth0 is down)' 'Entering BACKUP STATE' 'reload refused'; do
	grep -qF "$words" "$TMP/old.log" || fail "log: no '$words'"
done
