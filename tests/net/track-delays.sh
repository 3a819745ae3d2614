#!/bin/sh
# SPDX-License-Identifier: MIT
# interface_up_down_delays of a router's own interface and of a tracked one: states and priorities as under Debian's keepalived.
. "$(dirname "$0")/lib.sh"

conf="interface_up_down_delays {
	eth0 1 1
	d1 1 1
}
$(vi A eth0 1 100 192.0.2.11/24 'version 3')
$(vi B eth0 2 100 192.0.2.12/24 'version 3' 'track_interface {' 'd1 weight 20' '}')"
for h in u k; do
	lan_new lan$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24
	ns_ip $h link add d1 type veth peer name e1
	ns_ip $h link set d1 up
	ns_ip $h link set e1 up
done
ukd u "$conf"
kad k "$conf"
all() {
	for h in u k; do ns_ip $h link set "$1" "$2"; done
}
lines() { # HOST PATTERN: how many
	grep -c "$2" "$TMP/$1.log" || :
}
both() { # SECONDS PATTERN COUNT
	for h in k u; do
		wait_for "$1" "[ \$(lines $h '$2') -eq $3 ]"
	done
}
both 6 '(A) Entering MASTER STATE' 1
both 6 '(B) Entering MASTER STATE' 1
# Shorter than the delays: nobody sees it.
all eth0 down
all d1 down
sleep 0.4
all eth0 up
all d1 up
sleep 2.5
both 1 'Entering FAULT STATE' 0
both 1 'from 120 to 100' 0
# Longer: each in its time.
all d1 down
both 5 'from 120 to 100' 1
all d1 up
sleep 0.4
for h in u k; do expect "[ \$(lines $h 'from 100 to 120') -eq $(lines $h 'from 120 to 100') ]"; done
all eth0 down
both 6 '(A) Entering FAULT STATE' 1
all eth0 up
both 8 '(A) Entering MASTER STATE' 2
