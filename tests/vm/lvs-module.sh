#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# A kernel without ip_vs: one warning, VRRP runs, and the table is set when the
# module comes. Schedulers are loaded by us, before the kernel has to.
. "$(dirname "$0")/lib.sh"

MODPROBE=$(cat /proc/sys/kernel/modprobe)
for module in $(sed -n 's/^\(ip_vs_[a-z_]*\) .*/\1/p' /proc/modules); do
	rmmod "$module"
done
[ ! -e /proc/net/ip_vs ] || rmmod ip_vs
restore() {
	restore_status=$?
	echo "$MODPROBE" > /proc/sys/kernel/modprobe
	modprobe -a ip_vs ip_vs_lblc ip_vs_lblcr
	(exit $restore_status)
	finish
}
trap restore EXIT
cat > "$TMP/modprobe" <<- END
	#!/bin/sh
	case "\$*" in
	-qa*) echo "\$*" >> "$TMP/calls" ;;
	esac
	case "\$*" in
	*ip_vs* | *IPVS*)
		[ ! -e "$TMP/slow" ] || sleep 6
		[ -e "$TMP/allowed" ] || exit 1
		;;
	esac
	exec "$MODPROBE" "\$@"
END
chmod +x "$TMP/modprobe"
echo "$TMP/modprobe" > /proc/sys/kernel/modprobe
: > "$TMP/calls"

conf="$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2')
virtual_server 192.0.2.9 80 {
	lvs_sched sed
	lvs_method NAT
	protocol TCP
	real_server 198.51.100.1 80 {
		weight 3
	}
}"
want='-A -t 192.0.2.9:80 -s sed
-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 3'
lan_new lan
ns_new a
lan_join lan a eth0 192.0.2.1/24
ukd a "$conf"
wait_for 10 'has_addr a eth0 192.0.2.9'
wait_for 10 'grep -q "virtual servers wait for module ip_vs" "$TMP/a.log"'
expect 'grep -qx -- "-qa ip_vs ip_vs_sed" "$TMP/calls"'
# No call of modprobe with each try.
calls=$(wc -l < "$TMP/calls")
never 12 '[ "$(wc -l < "$TMP/calls")" != $calls ]'
expect '[ "$(grep -c "wait for module" "$TMP/a.log")" = 1 ]'
"$MODPROBE" ip_vs
"$MODPROBE" ip_vs_sed
wait_for 20 '[ "$(table a)" = "$want" ]'
expect 'grep -q "IPVS is there now" "$TMP/a.log"'
stop a
expect '[ -z "$(table a)" ]'

# A module that can be loaded is, and its scheduler with it.
rmmod ip_vs_sed
: > "$TMP/allowed"
: > "$TMP/calls"
ukd a "$conf"
wait_for 10 '[ "$(table a)" = "$want" ]'
expect '[ "$(cat "$TMP/calls")" = "-qa ip_vs_sed" ]'
stop a

# Nobody waits for it: the router is master long before there is a table.
rmmod ip_vs_sed
: > "$TMP/slow"
: > "$TMP/calls"
now
start=$NOW
ukd a "$conf"
wait_for 10 'has_addr a eth0 192.0.2.9'
now
[ $((NOW - start)) -lt 500 ] || fail "modprobe was waited for"
wait_for 30 '[ "$(table a)" = "$want" ]'
stop a

# An administrator who forbids modules writes nothing there.
rmmod ip_vs_sed
: > "$TMP/calls"
echo > /proc/sys/kernel/modprobe
ukd a "$conf"
wait_for 10 'has_addr a eth0 192.0.2.9'
wait_for 10 'grep -q "with scheduler sed" "$TMP/a.log"'
expect '[ ! -s "$TMP/calls" ]'
