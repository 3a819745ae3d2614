#!/bin/sh
# SPDX-License-Identifier: MIT
# Without the system calls and netlink options that Linux 3.2 had not: election, takeover, scripts, reload, status, a crash.
# shellcheck disable=SC2016,SC2034
. "$(dirname "$0")/lib.sh"
command -v gcc > /dev/null || skip "no gcc"

gcc -Wall -o "$TMP/oldkernel" "$TOP/tests/net/oldkernel.c"
"$TMP/oldkernel" true || skip "no seccomp here"
# It is as old as it says: python asks for getrandom() and memfd_create().
expect '! "$TMP/oldkernel" python3 -c "import os; os.memfd_create(\"x\")" 2> /dev/null'
printf '#!/bin/sh\nexec %s %s "$@"\n' "$TMP/oldkernel" "$UKD" > "$TMP/ukd"
chmod 755 "$TMP" "$TMP/ukd"
# The words that it gets would be names of files to touch.
printf '#!/bin/sh\ntouch %s/told\n' "$TMP" > "$TMP/tell"
chmod 755 "$TMP/tell"
NEW=$UKD
UKD=$TMP/ukd

lan_new lan
for host in r1 r2; do
	ns_new $host
	lan_join lan $host eth0 192.0.2.${host#r}/24 2001:db8::${host#r}/64
done

conf() {
	echo "vrrp_script ok { script /bin/true
		interval 1
	}"
	vi VI_1 eth0 51 "$1" "$2" 'version 3' 'advert_int 0.2' 'track_script {' ok '}' "notify \"$TMP/tell\" root" \
		'virtual_routes {' '198.51.100.0/24 via 192.0.2.100' '}'
	vi VI_6 eth0 52 "$1" 2001:db8::9/64 'advert_int 0.2'
}

conf 100 192.0.2.9/24 > "$TMP/x"
ukd r1 "$(conf 100 192.0.2.9/24)"
wait_for 10 'has_addr r1 eth0 192.0.2.9 && has_addr r1 eth0 2001:db8::9'
wait_for 5 'ns_ip r1 route show | grep -q 198.51.100.0/24'
wait_for 5 '[ -e "$TMP/told" ]'
ukd r2 "$(conf 150 192.0.2.9/24)"
wait_for 10 'has_addr r2 eth0 192.0.2.9 && has_addr r2 eth0 2001:db8::9'
wait_for 10 '! has_addr r1 eth0 192.0.2.9 && ! has_addr r1 eth0 2001:db8::9'
expect 'ns r2 "$NEW" status -p "$TMP/r2.pid" | grep -q VI_6'
reconf r2 "$(conf 150 192.0.2.10/24)"
wait_for 10 'has_addr r2 eth0 192.0.2.10'
# It crashes and goes on, with the same number.
before=$(pid_of r2)
sig r2 SEGV
wait_for 10 'grep -q "SIGSEGV\|signal 11\|crash" "$TMP/r2.log"'
wait_for 10 'has_addr r2 eth0 192.0.2.10'
expect 'kill -0 $before'
lan_cut lan r2 eth0
wait_for 10 'has_addr r1 eth0 192.0.2.9'
stop r1
stop r2
expect '! grep -i "not implemented\|not available" "$TMP/r1.log" "$TMP/r2.log"'
