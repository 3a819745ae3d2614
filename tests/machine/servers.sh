#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=240
# Virtual servers by address and IPv6: connections go to the servers that answer; one dies, is taken out, comes back; the kernel's own table and
# the status agree; a stop leaves nothing.
# shellcheck disable=SC2016,SC2034
. "$(dirname "$0")/../net/lib.sh"

for host in client director s1 s2; do
	ns_new $host
done
lan_new front
lan_new back
lan_join front client eth0 192.0.2.100/24
lan_join front director eth0 192.0.2.1/24 2001:db8::1/64
lan_join back director eth1 198.51.100.1/24 2001:db8:1::1/64
lan_join back s1 eth0 198.51.100.11/24 2001:db8:1::11/64
lan_join back s2 eth0 198.51.100.12/24 2001:db8:1::12/64
ns director sysctl -qw net.ipv4.ip_forward=1
ns director cat /proc/net/ip_vs > /dev/null 2>&1 || skip "no IPVS here"

serve() {
	ns "$1" busybox nc -ll -p 80 -e echo "this is $1" &
}
for host in s1 s2; do
	ns_ip $host route add default via 198.51.100.1
	serve $host
done

servers() {
	for n in 11 12; do
		printf 'real_server %s%s 80 {\nweight %s\nTCP_CHECK {\nconnect_timeout 2\n}\n}\n' "$1" $n $n
	done
}
ukd director "virtual_server_group both {
	192.0.2.1 80
	fwmark 7
}
virtual_server group both {
	delay_loop 1
	protocol TCP
	lvs_sched rr
	lvs_method NAT
	alpha
	$(servers 198.51.100.)
}
virtual_server 2001:db8::1 80 {
	delay_loop 1
	protocol TCP
	lvs_sched wlc
	persistence_timeout 60
	lvs_method NAT
	alpha
	$(servers 2001:db8:1::)
}"

# The kernel's table in one line: hexadecimal, as it shows addresses and ports.
table() {
	ns director cat /proc/net/ip_vs | tail -n +4 | tr -s ' \n' ' '
}
S1='-> C633640B:0050 Masq 11 [0-9]* [0-9]* '
S2='-> C633640C:0050 Masq 12 [0-9]* [0-9]* '
six() {
	echo "TCP \\[2001:0db8:0000:0000:0000:0000:0000:0001\\]:0050 wlc persistent [0-9]* [08]* $1"
}
V1='-> \[2001:0db8:0001:0000:0000:0000:0000:0011\]:0050 Masq 11 [0-9]* [0-9]* '
V2='-> \[2001:0db8:0001:0000:0000:0000:0000:0012\]:0050 Masq 12 [0-9]* [0-9]* '
# has FOUR SIX: servers of the group's services and of the one by IPv6, in any order
has() {
	for want in "TCP C0000201:0050 rr \($1\)" "FWM 00000007 rr \($1\)" "$(six "\\($2\\)")"; do
		table | grep -q "$want\(\$\|TCP\|FWM\)" || return 1
	done
}
wait_for 15 'has "$S1$S2\|$S2$S1" "$V1$V2\|$V2$V1"'

greet() {
	ns client busybox timeout 20 busybox nc 192.0.2.1 80 < /dev/null
}
wait_for 10 '[ "$(greet)" = "this is s1" ]'
wait_for 5 '[ "$(greet)" = "this is s2" ]'
"$UKD" status -p "$TMP/director.pid" > "$TMP/status" || true
expect '[ "$(grep -c "^    .*tcp:80: up for .* TCP_CHECK, result connected" "$TMP/status")" = 4 ]'

for pid in $(ip netns pids "${PREFIX}s2"); do
	kill "$pid" || :
done
wait_for 15 'has "$S1" "$V1"'
expect '[ "$(greet)" = "this is s1" ] && [ "$(greet)" = "this is s1" ]'
"$UKD" status -p "$TMP/director.pid" > "$TMP/status" || true
expect '[ "$(grep -c "^    .*12.:tcp:80: down for .*Connection refused" "$TMP/status")" = 2 ]'
serve s2
wait_for 15 'has "$S1$S2\|$S2$S1" "$V1$V2\|$V2$V1"'

# A reload: another scheduler and weight, one service fewer; what is the same is not touched.
reconf director "virtual_server 192.0.2.1 80 {
	delay_loop 1
	protocol TCP
	lvs_sched wrr
	lvs_method NAT
	real_server 198.51.100.11 80 {
		weight 3
		TCP_CHECK {
			connect_timeout 2
		}
	}
}"
wait_for 15 'table | grep -q "^TCP C0000201:0050 wrr -> C633640B:0050 Masq 3 [0-9]* [0-9]* $"'
stop director
expect '[ -z "$(table)" ]'
