#!/bin/sh
# SPDX-License-Identifier: MIT
# Without nf_tables in the kernel: one line says what is not enforced, and all else goes on.
# run: alone timeout=90
. "$(dirname "$0")/lib.sh"

restore() {
	echo "$modprobe" > /proc/sys/kernel/modprobe
	finish
}
modprobe=$(cat /proc/sys/kernel/modprobe)
trap restore EXIT
echo /bin/false > /proc/sys/kernel/modprobe
for turn in 1 2 3 4; do
	for module in $(lsmod | grep -o '^nf[t_][^ ]*'); do
		rmmod "$module" 2> /dev/null || :
	done
done
! lsmod | grep -q '^nf_tables' || skip "nf_tables stays in the kernel"

lan_new lan
for ns in r1 client; do ns_new $ns; done
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan client eth0 192.0.2.100/24
conf() {
	printf 'global_defs {\n\tvrrp_strict\n\tvrrp_version 3\n}\n'
	vi VI_1 eth0 51 100 192.0.2.9/24 'advert_int 0.2'
	vi VI_2 eth0 52 100 192.0.2.8/24 'advert_int 0.2' use_vmac
}
ukd r1 "$(conf)"
wait_for 20 'has_addr r1 eth0 192.0.2.9 && has_addr r1 vrrp.52 192.0.2.8'
expect 'ns client ping -c1 -W5 192.0.2.9 && ns client ping -c1 -W5 192.0.2.8'
reconf r1 "$(conf)"
wait_for 10 'grep -q "Reload complete" "$TMP/r1.log"'
expect '[ "$(grep -c "no packet filter" "$TMP/r1.log")" = 1 ]'
stop r1
