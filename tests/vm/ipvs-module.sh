#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# A kernel without ip_vs: modprobe is started once, nobody waits for it, and all
# works as soon as the module is there.
. "$(dirname "$0")/lib.sh"

MODPROBE=$(cat /proc/sys/kernel/modprobe)
unload() {
	for module in $(sed -n 's/^\(ip_vs_[a-z_]*\) .*/\1/p' /proc/modules); do
		rmmod "$module"
	done
	[ ! -e /proc/net/ip_vs ] || rmmod ip_vs
	[ ! -e /proc/net/ip_vs ] || fail "ip_vs stays: $(grep ip_vs /proc/modules)"
	: > "$TMP/calls"
}
# As on kernels whose ip_vs has no alias for its netlink family: what the kernel
# itself asks for is not found. Slow, to see who waits.
cat > "$TMP/modprobe" <<- END
	#!/bin/sh
	echo "\$*" >> "$TMP/calls"
	case "\$*" in
	*ip_vs*) sleep 4; exec "$MODPROBE" "\$@" ;;
	esac
	exit 1
END
chmod +x "$TMP/modprobe"
ns_new a
restore() {
	restore_status=$?
	echo "$MODPROBE" > /proc/sys/kernel/modprobe
	(exit $restore_status)
	finish
}
trap restore EXIT

unload
echo "$TMP/modprobe" > /proc/sys/kernel/modprobe
now
start=$NOW
if tool a dump > "$TMP/out"; then
	fail "without the module"
fi
now
[ $((NOW - start)) -lt 350 ] || fail "modprobe was waited for"
expect 'grep -qx "failed: connect: No such file or directory" "$TMP/out"'
wait_for 30 'grep -q "^ip_vs .* Live" /proc/modules'
expect '[ "$(grep -c "^-qa ip_vs$" "$TMP/calls")" = 1 ]'

# One process that tries on, as a timer of the daemon would.
unload
printf '%s\n' '-A -t 192.0.2.1:80 -s rr' > "$TMP/want"
tool a -w 300 apply "$TMP/want" > "$TMP/out" || fail "$(cat "$TMP/out")"
expect '[ "$(grep -c "^-qa ip_vs$" "$TMP/calls")" = 1 ]'
expect_table a < "$TMP/want"
ns a ipvsadm -C

# An administrator who forbids modules writes nothing there.
unload
echo > /proc/sys/kernel/modprobe
if tool a -w 5 dump > "$TMP/out"; then
	fail "without the module"
fi
expect '[ ! -s "$TMP/calls" ]'

# A kernel that loads it for the netlink family needs no help.
echo "$MODPROBE" > /proc/sys/kernel/modprobe
tool a dump || fail "not loaded by the kernel"
