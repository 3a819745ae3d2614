#!/bin/sh
# SPDX-License-Identifier: MIT
# ha_suspend: servers are checked while the virtual address is here, and only
# then; their states stay meanwhile.
. "$(dirname "$0")/lib.sh"

ns_new a
ns_ip a link add eth0 type veth peer name other
ns_ip a link set eth0 up
ns_ip a addr add 192.0.2.1/24 dev eth0
cat > "$TMP/script" <<- END
	#!/bin/sh
	echo >> "$TMP/calls"
	exit 1
END
chmod +x "$TMP/script"
: > "$TMP/calls"
ukd a "global_defs {
	script_user root
}
virtual_server 192.0.2.9 80 {
	protocol TCP
	lvs_sched rr
	lvs_method NAT
	ha_suspend
	delay_loop 1
	real_server 198.51.100.1 80 {
		MISC_CHECK {
			misc_path $TMP/script
			delay_loop 0.2
			warmup 0
		}
	}
}"
wait_for 10 'grep -q "Startup complete" "$TMP/a.log"'
never 1.5 '[ -s "$TMP/calls" ]'
ns_ip a addr add 192.0.2.9/32 dev eth0
wait_for 10 'grep -q "Removing service" "$TMP/a.log"'
ns_ip a addr del 192.0.2.9/32 dev eth0
wait_for 10 'grep -q "Suspending healthcheckers of VS" "$TMP/a.log"'
sleep 0.3
calls=$(wc -l < "$TMP/calls")
never 1.5 '[ "$(wc -l < "$TMP/calls")" != $calls ]'
ns_ip a addr add 192.0.2.9/32 dev eth0
wait_for 10 '[ "$(wc -l < "$TMP/calls")" != $calls ]'
stop a
