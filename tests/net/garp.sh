#!/bin/sh
# SPDX-License-Identifier: MIT
# Gratuitous ARP: bursts on becoming master, after garp_master_delay, at refresh, for an advert of lower priority, as many and
# when Debian's keepalived sends them; with an interval, none sooner.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

conf="global_defs {
	vrrp_garp_interval 0
	vrrp_garp_master_refresh 5
	vrrp_garp_master_refresh_repeat 2
}
$(vi VI_1 eth0 51 254 '192.0.2.9/24
192.0.2.10/24' 'garp_master_delay 2' 'garp_master_repeat 3' 'garp_lower_prio_delay 1' 'garp_lower_prio_repeat 4')"
paced="global_defs {
	vrrp_garp_interval 0.1
	vrrp_garp_master_delay 3
	vrrp_garp_master_repeat 2
}
$(for n in 1 2; do vi VI_$n eth0 5$n 254 "198.51.100.$n/24
198.51.100.1$n/24"; done)"

for h in u k p; do
	lan_new lan$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24
	ns_new peer$h
	lan_join lan$h peer$h eth0 192.0.2.2/24
	capture peer$h eth0 "$TMP/$h.pcap" 'arp or vrrp'
done
ukd u "$conf"
kad k "$conf"
ukd p "$paced"
wait_for 6 'has_addr u eth0 192.0.2.10 && has_addr k eth0 192.0.2.10'
# In the gap between the second burst and the refresh.
sleep 2.6
for h in u k; do advert peer$h eth0 src=192.0.2.2 prio=7 addrs=192.0.2.9,192.0.2.10 > /dev/null & done
sleep 4
for h in u k p; do capture_end "$TMP/$h.pcap"; done

# announced HOST: time since the first advert, address, for each announcement, until 6.7 s
announced() {
	tshark -nr "$TMP/$1.pcap" -T fields -e frame.time_epoch -e vrrp.prio -e arp.src.proto_ipv4 \
		-Y '(vrrp && ip.src == 192.0.2.1) || arp.isgratuitous' 2>/dev/null |
		awk -F '\t' '!start && $2 > 200 { start = $1 } start && $3 && $1 - start < 6.7 { print $1 - start, $3 }'
}
# bursts HOST: how many announcements in each, to the half second in which it began
bursts() {
	announced "$1" | awk '
		NR > 1 && $1 - last > 0.25 { printf "%d@%.1f ", n, int(2 * begin + 0.6) / 2; n = 0 }
		{ if (!n) begin = $1; last = $1; n++ }
		END { printf "%d@%.1f\n", n, int(2 * begin + 0.6) / 2 }'
}
ours=$(bursts u)
theirs=$(bursts k)
echo "ours $ours, theirs $theirs"
# keepalived refreshes with the next advert.
for got in "$ours" "$theirs"; do
	expect 'echo "$got" | grep -q "^6@0.0 6@2.0 8@[23].[05] 8@[34].[05] 4@[56].[05]$"'
done
# Both addresses in turn, in the order of the configuration.
expect '[ "$(announced u | awk "{ print \$2 }" | sed 6q | tr "\n" " ")" = "192.0.2.9 192.0.2.10 192.0.2.9 192.0.2.10 192.0.2.9 192.0.2.10 " ]'

# Eight in all, 0.1 s or more apart; each of the four addresses once before any comes again; then the same 3 s later.
expect '[ "$(announced p | awk "\$1 < 2.5" | wc -l)" = 8 ]'
expect '[ "$(announced p | sed 4q | awk "{ print \$2 }" | sort -u | wc -l)" = 4 ]'
expect 'announced p | awk "NR > 1 && \$1 - last < 0.095 { soon++ } { last = \$1 } END { exit soon > 0 }"'
expect '[ "$(announced p | awk "\$1 > 2.9 && \$1 < 4.5" | wc -l)" -ge 8 ]'
expect '! grep -q "error:" "$TMP/u.log"'
