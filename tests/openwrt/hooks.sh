#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# Events reach /etc/keepalived.user and the status files, ubus answers as LuCI expects, alt_config_file keeps all of that.
# shellcheck disable=SC2016
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
root_new
# shellcheck disable=SC2028
echo 'echo "$ACTION $TYPE $NAME" >> /tmp/events' > "$ROOT/etc/keepalived.user"
: > "$ROOT/tmp/events"

init() {
	router r1 /bin/sh /etc/rc.common /etc/init.d/keepalived "$1"
}

ubus() {
	router r1 /usr/libexec/rpcd/keepalived "$@"
}

event() {
	wait_for 5 "grep -qx '$1' '$ROOT/tmp/events'"
}

status_of() {
	cat "$ROOT/tmp/run/keepalived/$1/STATUS"
}

uci <<END
config globals 'globals'
	option enabled '1'
config ipaddress
	option name 'gw'
	option address '192.0.2.254'
	option device 'eth0'
config vrrp_instance
	option name 'my lan'
	option interface 'eth0'
	option virtual_router_id '5'
	option version '3'
	option advert_int '0.1'
	list virtual_ipaddress 'gw'
config vrrp_instance
	option name 'second'
	option interface 'eth0'
	option virtual_router_id '6'
	option version '3'
	option advert_int '0.1'
	list virtual_ipaddress 'gw2'
config ipaddress
	option name 'gw2'
	option address '192.0.2.250'
config vrrp_sync_group
	option name 'both'
	list group 'second'
END
mkdir -p "$ROOT/tmp/run/keepalived/gone_INSTANCE"
expect '[ "$(ubus call dump)" = "{ }" ]'
init start
for name in my_lan second; do
	event "NOTIFY_MASTER INSTANCE $name"
done
event 'startup  '
event 'NOTIFY_MASTER GROUP both'
event 'NOTIFY GROUP both'
# Of one event the user's script is told before the status is kept.
wait_for 5 '[ "$(status_of my_lan_INSTANCE)$(status_of both_GROUP)" = NOTIFY_MASTERNOTIFY_MASTER ]'
wait_for 5 '[ "$(status_of second_INSTANCE)" = NOTIFY_MASTER ]'
expect '[ ! -e "$ROOT/tmp/run/keepalived/gone_INSTANCE" ]'
time=$(cat "$ROOT/tmp/run/keepalived/my_lan_INSTANCE/TIME")
expect "[ $time -gt $(($(date +%s) - 60)) ]"

ubus list | python3 -m json.tool > /dev/null
expect '[ "$(ubus list | python3 -c "import json, sys; print(*sorted(json.load(sys.stdin)))")" = "dump status" ]'
ubus call status > "$TMP/status"
python3 - "$TMP/status" "$time" << 'END'
import json, sys
with open(sys.argv[1]) as f:
    status = json.load(f)
assert sorted(status) == ["group", "instance"], status
lan, = [i for i in status["instance"] if i["name"] == "my_lan"]
assert lan == {"name": "my_lan", "event": int(sys.argv[2]), "status": "NOTIFY_MASTER"}, lan
assert [g["name"] for g in status["group"]] == ["both"], status
END
# The fields that LuCI's pages read
ubus call dump > "$TMP/dump"
python3 - "$TMP/dump" << 'END'
import json, sys
with open(sys.argv[1]) as f:
    instances = json.load(f)["status"]
assert sorted(i["data"]["iname"] for i in instances) == ["my lan", "second"], instances
for i in instances:
    data, stats = i["data"], i["stats"]
    assert data["ifp_ifname"] == "eth0" and data["state"] == 2 and data["last_transition"] > 1e9, data
    assert stats["advert_sent"] > 0 and stats["advert_rcvd"] == 0, stats
    assert stats["become_master"] == 1 and stats["release_master"] == 0, stats
END
expect 'ubus call nonsense | grep -q "invalid call"'
expect 'ubus call rm | grep -q "invalid call"'
init stop
event 'NOTIFY_STOP INSTANCE second'
event 'shutdown  '

# Another file, with one that it includes: all that it has not itself is added.
: > "$ROOT/tmp/events"
mkdir -p "$ROOT/etc/keepalived/parts"
{
	vi ALT eth0 7 100 192.0.2.253/24 'version 3' 'advert_int 0.1'
	echo 'include parts/*.conf'
} > "$ROOT/etc/keepalived/keepalived.conf"
{
	vi PART eth0 8 100 192.0.2.252/24 'version 3' 'advert_int 0.1'
	printf 'vrrp_sync_group GROUP {\n\tgroup {\n\t\tPART\n\t}\n}\n'
} > "$ROOT/etc/keepalived/parts/1.conf"
printf "config globals 'globals'\n\toption enabled '1'\n\toption alt_config_file '/etc/keepalived/keepalived.conf'\n" | uci
init start
event 'NOTIFY_MASTER INSTANCE ALT'
event 'NOTIFY_MASTER INSTANCE PART'
event 'NOTIFY_MASTER GROUP GROUP'
event 'startup  '
expect 'has_addr r1 eth0 192.0.2.252'
expect 'grep -qx "json add_string device eth0" "$ROOT/tmp/procd.log"'
wait_for 5 '[ "$(status_of ALT_INSTANCE)$(status_of PART_INSTANCE)" = NOTIFY_MASTERNOTIFY_MASTER ]'

# Its own startup script stays its own, and a reload takes the change.
sed -i 's/192.0.2.252/192.0.2.251/' "$ROOT/etc/keepalived/parts/1.conf"
cat >> "$ROOT/etc/keepalived/keepalived.conf" <<'END'
global_defs {
	script_user root
	startup_script /bin/true
	notify_fifo /tmp/own
}
END
init reload
wait_for 5 'has_addr r1 eth0 192.0.2.251'
expect '! grep -q startup_script "$ROOT/tmp/keepalived.conf"'
expect 'grep -q "	vrrp_notify_fifo /var/run" "$ROOT/tmp/keepalived.conf"'
: > "$ROOT/tmp/events"
lan_cut lan r1 eth0
event 'NOTIFY_FAULT INSTANCE PART'
init stop
event 'NOTIFY_STOP INSTANCE ALT'
event 'shutdown  '
