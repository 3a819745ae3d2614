#!/bin/sh
# SPDX-License-Identifier: MIT
# The init script: what procd is told at start, reload, "enabled" on and off, stop; and that the daemon does it.
# shellcheck disable=SC2034,SC2016
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan r1 eth1 198.51.100.1/24
root_new

# config ENABLED ADDRESS [LINE...]
config() {
	printf "config globals 'globals'\n\toption enabled '%s'\n" "$1"
	printf "config ipaddress\n\toption name 'gw'\n\toption address '%s'\n\toption device 'eth0'\n" "$2"
	printf "config vrrp_instance\n\toption name 'LAN'\n\toption interface 'eth0'\n\toption virtual_router_id '5'\n"
	printf "\toption version '3'\n\toption advert_int '0.1'\n\tlist virtual_ipaddress 'gw'\n"
	shift 2
	[ $# -eq 0 ] || printf '%s\n' "$@"
}

init() {
	: > "$ROOT/tmp/procd.log"
	router r1 /bin/sh /etc/rc.common /etc/init.d/keepalived "$1"
}

# told EXPECTED: procd's calls, without those that read
told() {
	grep -v '^running' "$ROOT/tmp/procd.log" > "$TMP/told" || true
	echo "$1" | sed '/^$/d' | diff - "$TMP/told" || fail "procd was told otherwise"
}

rule() {
	echo "json add_object 
json add_string type rule
json add_string name keepalived-$1-112
json add_string src *
json add_string device $1
json add_string proto 112
json add_string target ACCEPT
json close_object"
}

instance="open_service keepalived /etc/init.d/keepalived
open_instance
set_param command /usr/sbin/keepalived -n -f /tmp/keepalived.conf
set_param respawn 3600 1 0
set_param reload_signal HUP
set_param term_timeout 15
set_param stderr 1
open_data
json add_array firewall"
end="json close_array
close_data
close_instance
add_reload_trigger keepalived
close_service set"

pid() {
	cat "$ROOT/tmp/procd.pid"
}

# What is shipped is disabled, and says so without an instance.
init start
told "open_service keepalived /etc/init.d/keepalived
add_reload_trigger keepalived
close_service set"
init reload
told "$(printf 'set_config_changed firewall\nkill keepalived')"
expect '[ ! -e "$ROOT/tmp/keepalived.conf" ]'

config 1 192.0.2.254/24 | uci
init start
told "$instance
$(rule eth0)
$end
set_config_changed firewall"
expect '[ "$(stat -c %a "$ROOT/tmp/keepalived.conf")" = 600 ]'
wait_for 5 'has_addr r1 eth0 192.0.2.254/24'
expect 'ns_ip r1 addr show dev eth0 | grep -q "eth0:vip"'
running=$(pid)

# The same process goes on with another address; the firewall has heard all.
config 1 192.0.2.253/24 | uci
init reload
told "$instance
$(rule eth0)
$end
send_signal keepalived * HUP"
wait_for 5 'has_addr r1 eth0 192.0.2.253/24'
wait_for 5 '! has_addr r1 eth0 192.0.2.254'

# A second interface.
more="config vrrp_instance
	option name 'WAN'
	option interface 'eth1'
	option virtual_router_id '6'
	list virtual_ipaddress 'wan'
config ipaddress
	option name 'wan'
	option address '198.51.100.254'"
config 1 192.0.2.253/24 "$more" | uci
init reload
told "$instance
$(rule eth0)
$(rule eth1)
$end
set_config_changed firewall
send_signal keepalived * HUP"

# What is wrong is told, and nothing changes.
cp "$ROOT/tmp/keepalived.conf" "$TMP/before"
: > "$ROOT/tmp/log"
config 1 192.0.2.252/24 "	option priority 'high'" | uci
if init reload; then
	fail "a reload with an error succeeds"
fi
told ''
expect 'cmp -s "$TMP/before" "$ROOT/tmp/keepalived.conf"'
expect 'grep -q "^/tmp/keepalived.conf:[0-9]*: error: " "$ROOT/tmp/log"'
expect 'grep -q "not taken over" "$ROOT/tmp/log"'
never 0.5 'has_addr r1 eth0 192.0.2.252'
expect '[ -z "$(ls "$ROOT"/tmp/keepalived.conf.* 2> /dev/null)" ]'

# Switched off and on by a reload alone.
config 0 192.0.2.253/24 | uci
init reload
told "$(printf 'set_config_changed firewall\nkill keepalived')"
expect '! has_addr r1 eth0 192.0.2.253'
config 1 192.0.2.251/24 | uci
init reload
told "$instance
$(rule eth0)
$end
set_config_changed firewall"
wait_for 5 'has_addr r1 eth0 192.0.2.251/24'
expect '[ "$(pid)" != "$running" ]'

# At start an error is no reason to stay away, nor is it one for later reloads.
init stop
told "$(printf 'set_config_changed firewall\nkill keepalived')"
expect '! has_addr r1 eth0 192.0.2.251'
config 1 192.0.2.250/24 "	option priority 'high'" | uci
init start
wait_for 5 'has_addr r1 eth0 192.0.2.250/24'
config 1 192.0.2.249/24 "	option priority 'high'" | uci
init reload
wait_for 5 'has_addr r1 eth0 192.0.2.249/24'

# A left-over link, as the former package made it, is replaced, not followed.
init stop
echo precious > "$ROOT/tmp/precious"
ln -sf precious "$ROOT/tmp/keepalived.conf"
config 1 192.0.2.254/24 | uci
init start
expect '[ "$(cat "$ROOT/tmp/precious")" = precious ]'
wait_for 5 'has_addr r1 eth0 192.0.2.254/24'
init stop
expect '! has_addr r1 eth0 192.0.2.254'
