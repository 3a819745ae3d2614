#!/bin/sh
# SPDX-License-Identifier: MIT
# The pair for rsyslog and logrotate: accepted, and what the daemon says arrives in a file of its own, after a rotation too.
# shellcheck disable=SC2016
. "$(dirname "$0")/../net/lib.sh"
command -v rsyslogd logrotate > /dev/null || skip "no rsyslogd or logrotate"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
make -s -C "$TOP" install DESTDIR="$TMP/root" PREFIX=/usr INIT=rsyslog > /dev/null
mkdir "$TMP/log"
log=$TMP/log/keepalived.log
{
	echo 'module(load="imuxsock" SysSock.Use="off")'
	echo "input(type=\"imuxsock\" Socket=\"$TMP/socket\")"
	sed "s|/var/log/|$TMP/log/|" "$TMP/root/etc/rsyslog.d/ukeepalived.conf"
	echo "*.* $TMP/log/all"
} > "$TMP/rsyslog.conf"
expect 'rsyslogd -N1 -f "$TMP/rsyslog.conf" 2> "$TMP/rsyslog.err"'
ns r1 rsyslogd -n -f "$TMP/rsyslog.conf" -i "$TMP/rsyslogd.pid" &
wait_for 5 '[ -S "$TMP/socket" ]'

vi VI_1 eth0 5 100 192.0.2.254/24 'version 3' 'advert_int 0.1' > "$TMP/r1.conf"
# /dev/log is that socket, for the daemon alone.
launch r1 "$(cat "$TMP/r1.conf")" unshare -m sh -c 'mount -t tmpfs none /dev && ln -s "$0" /dev/log && mknod /dev/null c 1 3 && exec "$@"' \
	"$TMP/socket" "$UKD" -n -D -f "$TMP/r1.conf" -p "$TMP/r1.pid"
wait_for 5 'grep -q "Entering MASTER STATE" "$log"'
expect 'grep -q "Keepalived_vrrp\[" "$log"'
expect '! grep -q Keepalived "$TMP/log/all"'

sed "s|/var/log/|$TMP/log/|; s|/run/rsyslogd.pid|$TMP/rsyslogd.pid|; s|/usr/lib/rsyslog/rsyslog-rotate|false|" \
	"$TMP/root/etc/logrotate.d/ukeepalived" > "$TMP/logrotate.conf"
chmod 644 "$TMP/logrotate.conf"
chmod 755 "$TMP" "$TMP/log"
logrotate -f -s "$TMP/state" "$TMP/logrotate.conf" || fail "logrotate"
wait_for 5 '[ -s "$log.1" ] && [ -e "$log" ] || { logger -u "$TMP/socket" -t Keepalived_test x; false; }'
sig r1 HUP
wait_for 5 'grep -q "Keepalived.*[Rr]eload" "$log"'
stop r1
