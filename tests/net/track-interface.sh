#!/bin/sh
# SPDX-License-Identifier: MIT
# Tracked interfaces with and without weight, reverse, dont_track_primary, in sync groups: through all that happens the same
# routers are masters with the same priorities on the wire as under Debian's keepalived.
. "$(dirname "$0")/lib.sh"

one() {
	name=$1
	vrid=$2
	prio=$3
	shift 3
	vi "$name" eth0 "$vrid" "$prio" "192.0.2.1$vrid/24" 'version 3' 'advert_int 0.1' "$@"
}
conf="$(one A 1 100 'track_interface {' 'd1 weight 20' 'd2 weight -30' '}')
$(one B 2 100 'track_interface {' 'd1 weight 20 reverse' 'd2 weight -30 reverse' '}')
$(one C 3 100 'track_interface {' d1 'd2 weight 10' '}')
$(one D 4 100 'track_interface {' 'd1 weight 0 reverse' '}')
$(one E 5 100 'track_interface {' 'd1 weight 200' 'd2 weight -200' '}')
$(one F 6 255 'track_interface {' 'd1 weight 20' '}')
$(one G 7 100 dont_track_primary 'track_interface {' 'eth0 weight 20' 'd1 weight 5' d3 '}')
vrrp_sync_group S {
	group {
		I
		J
	}
	sync_group_tracking_weight
	track_interface {
		d1 weight 7
	}
}
$(one I 8 100 'track_interface {' 'd2 weight 10' '}')
$(one J 9 100)"

for h in u k; do
	lan_new lan$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24
	ns_new peer$h
	lan_join lan$h peer$h eth0 192.0.2.2/24
	for i in 1 2 3; do
		ns_ip $h link add d$i type veth peer name e$i
		ns_ip $h link set d$i up
		ns_ip $h link set e$i up
	done
done
ukd u "$conf"
kad k "$conf"

# heard HOST: vrid:priority of all that advertise now
heard() (
	capture "peer$1" eth0 "$TMP/$1.pcap" vrrp
	sleep 0.5
	capture_end "$TMP/$1.pcap"
	tshark -nr "$TMP/$1.pcap" -Y 'vrrp.prio > 0' -T fields -e vrrp.virt_rtr_id -e vrrp.prio 2>/dev/null |
		tr '\t' : | sort -u | tr '\n' ' '
)
both() {
	for h in k u; do
		wait_for 6 "[ \"\$(heard $h)\" = '$1 ' ]"
	done
}
all() {
	for h in u k; do ns_ip $h link set "$1" "$2"; done
}
usual='1:120 2:80 3:110 5:254 6:255 7:105 8:117 9:107'
both "$usual"
all d1 down
both '1:100 2:100 4:100 5:100 6:255 7:100 8:110 9:100'
all d2 down
both '1:70 2:130 4:100 5:1 6:255 7:100 8:100 9:100'
all d1 up
both '1:90 2:110 3:100 5:100 6:255 7:105 8:107 9:107'
all d2 up
all d3 down
both '1:120 2:80 3:110 5:254 6:255 8:117 9:107'
all d3 up
all eth0 down
# Its own interface is down and does not count: master, though nobody hears it.
wait_for 2 'has_addr u eth0 192.0.2.17 && ! has_addr u eth0 192.0.2.11'
all eth0 up
both "$usual"
expect '! grep -q "(G) Entering FAULT STATE (interface eth0" "$TMP/u.log"'
expect 'grep -q "(A) Entering FAULT STATE (interface eth0 is down)" "$TMP/u.log"'
expect 'grep -q "(G) Entering FAULT STATE (tracked interface d3 is down)" "$TMP/u.log"'
