#!/bin/sh
# SPDX-License-Identifier: MIT
# Reloads that change what an instance is: another VRID or interface, its name, unicast for multicast, version, password, interval;
# addresses that move from one instance to another; instances that come into groups and leave them.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

fast='version 3
	advert_int 0.1'
for n in 1 2; do
	ns_new r$n
	lan_new lan$n
done
for n in 1 2; do
	lan_join lan1 r$n eth0 192.0.2.$n/24
	lan_join lan2 r$n eth1 198.51.100.$n/24
done
capture r2 eth0 "$TMP/lan.pcap" vrrp
# reload CONFIGURATION: returns when it is done
reload() {
	: > "$TMP/r1.log"
	reconf r1 "$1"
	wait_for 3 'grep -q "Reload complete" "$TMP/r1.log"'
}
said() { grep -q "$1" "$TMP/r1.log"; }
holds() { has_addr r1 eth0 192.0.2.99/24; }
# sent FILTER: by r1, the last of all
sent() {
	tshark -nr "$TMP/lan.pcap" -Y "vrrp && ip.src == 192.0.2.1 && ($1)" 2>/dev/null | grep -q .
}
a() { vi "${NAME-VI_1}" "${IFACE-eth0}" "${VRID-51}" 150 192.0.2.99/24 "$@"; }

ukd r1 "$(a "$fast")"
wait_for 3 holds
VRID=52 reload "$(VRID=52 a "$fast")"
expect 'said "(VI_1) sent 0 priority, removed by reload"'
wait_for 2 'said "Entering MASTER" && holds'
wait_for 2 'sent "vrrp.virt_rtr_id == 52 && vrrp.prio == 150"'
reload "$(IFACE=eth1 a "$fast")"
expect '! holds'
wait_for 2 'has_addr r1 eth1 192.0.2.99/24'
reload "$(a "$fast")"
wait_for 2 'said "Entering MASTER" && holds'
expect '! has_addr r1 eth1 192.0.2.99'

# What is not another virtual router goes on as master.
ns_ip r1 monitor address > "$TMP/monitor" &
monitor=$!
sleep 0.2
reload "$(NAME=NEW a "$fast")"
reload "$(a "$fast" 'unicast_peer {' 192.0.2.2 '}')"
wait_for 2 'sent "ip.dst == 192.0.2.2"'
reload "$(a)"
wait_for 3 'sent "vrrp.version == 2"'
reload "$(a 'authentication {' 'auth_type PASS' 'auth_pass secret' '}')"
wait_for 3 'sent "vrrp.auth_type == 1"'
reload "$(a 'version 3' 'advert_int 7')"
wait_for 3 'sent "vrrp.short_adver_int == 700"'
# A shorter interval does not wait for the end of the longer one.
before=$(adverts "$TMP/lan.pcap" | wc -l)
reload "$(a "$fast")"
wait_for 2 '[ "$(adverts "$TMP/lan.pcap" | wc -l)" -gt $((before + 3)) ]'

# Addresses move between two masters, and stay all the while.
b() { vi VI_2 eth1 61 150 "$@"; }
reload "$(a "$fast")
$(b '198.51.100.99/24' "$fast")"
wait_for 3 'has_addr r1 eth1 198.51.100.99/24'
reload "$(vi VI_1 eth0 51 150 192.0.2.98/24 "$fast")
$(b '198.51.100.99/24
192.0.2.99/24 dev eth0' "$fast")"
expect 'holds && has_addr r1 eth0 192.0.2.98/24'
reload "$(a "$fast")
$(b '198.51.100.99/24' "$fast")"
never 0.3 '! holds'
reload "$(vi VI_1 eth0 51 150 '192.0.2.99/24
198.51.100.99/24 dev eth1' "$fast")"
never 0.3 '! holds || ! has_addr r1 eth1 198.51.100.99/24'
expect '! said "removed by someone else"'
kill $monitor
expect '! grep -q "^Deleted.*192.0.2.99\|^Deleted.*198.51.100.99" "$TMP/monitor"'

# Another label or prefix; the first of a network goes, the others of it stay.
reload "$(vi VI_1 eth0 51 150 '192.0.2.99/24 label eth0:9
10.7.0.1/24
10.7.0.2/24
10.7.0.3/24' "$fast")"
expect 'ns_ip r1 -o addr show dev eth0 | grep -q "192.0.2.99/24 .* eth0:9"'
reload "$(vi VI_1 eth0 51 150 '192.0.2.99/32
10.7.0.2/24
10.7.0.3/24' "$fast")"
expect 'has_addr r1 eth0 192.0.2.99/32 && ! has_addr r1 eth0 192.0.2.99/24'
expect '! has_addr r1 eth0 10.7.0.1 && has_addr r1 eth0 10.7.0.2/24 && has_addr r1 eth0 10.7.0.3/24'
never 0.3 'said "someone else"'

# Static addresses come and go with the file, too.
static() {
	printf 'static_ipaddress {\n\t%s/24 dev eth1\n}\n' "$1"
}
reload "$(static 203.0.113.1)
$(a "$fast")"
expect 'has_addr r1 eth1 203.0.113.1/24'
reload "$(static 203.0.113.2)
$(a "$fast")"
expect 'has_addr r1 eth1 203.0.113.2/24 && ! has_addr r1 eth1 203.0.113.1'
reload "$(a "$fast")"
expect '! has_addr r1 eth1 203.0.113.2'

# A group that a master and a new instance form is master as soon as that one would be; the master goes on.
group='vrrp_sync_group G {
	group {
		VI_1
		VI_2
	}
}'
both="$(a "$fast")
$(b 198.51.100.97/24 "$fast")"
reload "$(a "$fast")"
expect 'holds'
reload "$group
$both"
wait_for 2 'said "VRRP_Group(G) Syncing instances to MASTER state"'
expect '! said "(VI_1)"'
# Alone again, VI_2 loses; in a group with it VI_1 has to give up, and comes back with it.
reload "$both"
advert r2 eth1 src=198.51.100.2 vrid=61 prio=200 version=3 int=10 rate=20 count=100 addrs=198.51.100.97 > /dev/null &
wait_for 2 'said "(VI_2) Entering BACKUP"'
never 0.3 '! holds'
reload "$group
$both"
wait_for 2 'said "(VI_1) Entering BACKUP STATE (sync group G follows VI_2)" && ! holds'
wait_for 9 'said "VRRP_Group(G) Syncing instances to MASTER state" && holds && has_addr r1 eth1 198.51.100.97'
reload '# nothing is left'
expect '! holds && ! has_addr r1 eth1 198.51.100.97'
expect 'kill -0 $(pid_of r1)'
