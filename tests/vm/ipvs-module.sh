#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# A kernel without ip_vs says so, and all works as soon as the module is there.
. "$(dirname "$0")/lib.sh"

MODPROBE=$(cat /proc/sys/kernel/modprobe)
unload() {
	for module in $(sed -n 's/^\(ip_vs_[a-z_]*\) .*/\1/p' /proc/modules); do
		rmmod "$module"
	done
	[ ! -e /proc/net/ip_vs ] || rmmod ip_vs
	[ ! -e /proc/net/ip_vs ] || fail "ip_vs stays: $(grep ip_vs /proc/modules)"
}
ns_new a
restore() {
	restore_status=$?
	echo "$MODPROBE" > /proc/sys/kernel/modprobe
	(exit $restore_status)
	finish
}
trap restore EXIT

unload
echo > /proc/sys/kernel/modprobe
if tool a dump > "$TMP/out"; then
	fail "without the module"
fi
expect 'grep -qx "failed: connect: No such file or directory" "$TMP/out"'

# One process that tries on, as a timer of the daemon does.
printf '%s\n' '-A -t 192.0.2.1:80 -s rr' > "$TMP/want"
tool a -w 300 apply "$TMP/want" > "$TMP/out" &
tries=$!
sleep 1
echo "$MODPROBE" > /proc/sys/kernel/modprobe
modprobe ip_vs
wait $tries || fail "$(cat "$TMP/out")"
expect_table a < "$TMP/want"
ns a ipvsadm -C
unload

# A kernel that loads it for the netlink family needs no help.
tool a dump || fail "not loaded by the kernel"
