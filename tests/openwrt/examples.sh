#!/bin/sh
# SPDX-License-Identifier: MIT
# The hotplug examples: lines and DHCP go with the master, one change at a time, and events that overtake each other end in the latest state.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"

command -v musl-gcc > /dev/null || skip "no musl-gcc"
ns_new r1
root_new
musl-gcc -static -o "$ROOT/usr/bin/flock" "$TOP/tests/openwrt/flock.c"
cp "$TOP"/openwrt/examples/* "$ROOT/etc/hotplug.d/keepalived/"
mkdir -p "$ROOT/tmp/lock"
printf "config globals 'globals'\nconfig vrrp_instance\n\toption name 'LAN'\nconfig vrrp_instance\n\toption name 'OTHER'\n" | uci
# Each takes its time, and tells when it begins and ends.
for tool in sbin/ifup sbin/ifdown etc/init.d/dnsmasq usr/sbin/conntrackd; do
	rm -f "$ROOT/$tool"
	printf '#!/bin/sh\necho "%s $* {" >> /tmp/calls\nusleep 50000\necho "}" >> /tmp/calls\n' "${tool##*/}" > "$ROOT/$tool"
	chmod 755 "$ROOT/$tool"
done
# Those of BusyBox by these names would be taken first.
sed -i '1a ifup() { /sbin/ifup "$@"; }\nifdown() { /sbin/ifdown "$@"; }' "$ROOT/etc/hotplug.d/keepalived/50-master-only"

event() {
	router r1 /bin/busybox env -i "ACTION=NOTIFY_$1" "TYPE=${3:-INSTANCE}" "NAME=${2:-LAN}" /sbin/hotplug-call keepalived
}

# calls LINE...: of master-only, and of conntrackd after it
calls() {
	grep -v '^}' "$ROOT/tmp/calls" > "$TMP/calls" || true
	printf '%s {\n' "$@" | diff - "$TMP/calls" || fail "other calls"
	: > "$ROOT/tmp/calls"
}

: > "$ROOT/tmp/calls"
event BACKUP
calls 'dnsmasq stop lan_dhcp' 'ifdown wan' 'ifdown wan6' 'conntrackd -t' 'conntrackd -n'
event MASTER
calls 'ifup wan' 'ifup wan6' 'dnsmasq start lan_dhcp' 'conntrackd -c' 'conntrackd -f' 'conntrackd -R' 'conntrackd -B'
event FAULT
calls 'dnsmasq stop lan_dhcp' 'ifdown wan' 'ifdown wan6' 'conntrackd -t'
event STOP
calls 'conntrackd -t'
event MASTER OTHER
event MASTER LAN GROUP
expect '[ ! -s "$ROOT/tmp/calls" ]'

# Ten changes at once
rm "$ROOT/etc/hotplug.d/keepalived/60-conntrackd"
i=0
jobs=
while [ $i -lt 5 ]; do
	event MASTER &
	jobs="$jobs $!"
	event BACKUP &
	jobs="$jobs $!"
	i=$((i + 1))
done
# shellcheck disable=SC2086
wait $jobs
# No call begins before the former one has ended.
expect '! tr -d "\n" < "$ROOT/tmp/calls" | sed "s/{}//g" | grep -q "[{}]"'
last=$(cat "$ROOT/tmp/run/keepalived/LAN_INSTANCE/STATUS")
tail -n 2 "$ROOT/tmp/calls" | head -n 1 > "$TMP/last"
case $last in
NOTIFY_MASTER) expect 'grep -q "dnsmasq start" "$TMP/last"' ;;
*) expect 'grep -q "ifdown wan6" "$TMP/last"' ;;
esac
