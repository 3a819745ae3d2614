#!/bin/sh
# SPDX-License-Identifier: MIT
# Floods of adverts that are in order, of lower priority and of priority 0: they are answered, but no more than a hundred times a
# second, the schedule is kept, announcements, scripts and lines in the log stay few. A backup under a flood of lower ones preempts.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

cat > "$TMP/ran" <<END
#!/bin/sh
echo >> "$TMP/ran.count"
END
chmod 755 "$TMP" "$TMP/ran"
: > "$TMP/ran.count"
chmod 666 "$TMP/ran.count"
lan_new lan
for n in 1 2 3; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
conf="global_defs {
	script_user root
}
$(vi VI_1 eth0 51 150 192.0.2.99/24 'version 3' 'advert_int 0.2' 'garp_master_delay 0' 'garp_lower_prio_delay 0' \
	"notify_master_rx_lower_pri $TMP/ran")"
holds() { has_addr r1 eth0 192.0.2.99; }
# flood SECONDS PRIORITY: 20,000 a second
flood() {
	advert r3 eth0 src=192.0.2.3 version=3 int=20 prio="$2" addrs=192.0.2.99 count=$(($1 * 20000)) rate=20000
}
# heard PRIORITY: lines and packets while it lasts
heard() {
	capture r2 eth0 "$TMP/$1.pcap" 'src 192.0.2.1 and proto 112' or arp
	lines=$(wc -l < "$TMP/r1.log")
	flood 2 "$1" > "$TMP/sent"
	sleep 0.3
	capture_end "$TMP/$1.pcap"
	expect '[ "$(cat "$TMP/sent")" = 40000 ] && holds'
	lines=$(($(wc -l < "$TMP/r1.log") - lines))
	adverts=$(adverts "$TMP/$1.pcap" | wc -l)
	garps=$(tcpdump -nr "$TMP/$1.pcap" arp 2>/dev/null | grep -c 'who-has 192.0.2.99 ') || true
	echo "priority $1: $lines lines, $adverts adverts, $garps announcements"
	expect '[ $lines -lt 10 ] && [ $adverts -gt 20 ] && [ $adverts -lt 600 ]'
	# None is late by an interval.
	expect 'adverts "$TMP/$1.pcap" | awk "last && \$1 - last > 0.39 { late = 1 } { last = \$1 } END { exit late }"'
}

# Backup at first: the flood does not keep it from its right.
flood 3 50 > /dev/null &
flooder=$!
ukd r1 "$conf"
wait_for 2.5 holds
wait $flooder
: > "$TMP/ran.count"
heard 50
expect '[ $garps -gt 5 ] && [ $garps -lt 400 ]'
ran=$(wc -l < "$TMP/ran.count")
echo "script: $ran times"
expect '[ $ran -gt 0 ] && [ $ran -lt 60 ]'
heard 0
expect '[ $garps = 0 ]'
