#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=120
# 1,000 checks a second leave adverts on schedule: while all is well, while every server is silent, and while all come back at once. What the
# machine itself does to a schedule, another router without checks shows at the same time.
. "$(dirname "$0")/lib.sh"
for program in tshark nginx; do
	command -v $program > /dev/null || [ -x /usr/sbin/$program ] || skip "no $program here"
done

lan_new lan
ns_new r1
ns_new r2
ns_new s1
lan_join lan r1 eth0 192.0.2.1/16
lan_join lan r2 eth0 192.0.2.2/16
lan_join lan s1 eth0 192.0.2.11/16
ns_ip s1 route add local 10.9.0.0/16 dev lo
ns_ip r1 route add 10.9.0.0/16 via 192.0.2.11
ns s1 sysctl -qw net.core.somaxconn=4096
cat > "$TMP/nginx.conf" <<END
daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err; worker_processes 1;
events { worker_connections 4096; }
http { access_log off; server { listen 8080 backlog=4096; return 200 "hello"; } }
END
ns s1 nginx -c "$TMP/nginx.conf" > /dev/null 2>> "$TMP/nginx.log" &
wait_for 10 "ns s1 ss -ltn | grep -q ':8080 '"

servers() {
	echo 'virtual_server 192.0.2.250 80 {
delay_loop 1
connect_timeout 2
retry 0
lvs_sched rr
lvs_method NAT
protocol TCP'
	for i in 0 1 2 3; do
		for j in $(seq 250); do
			if [ $i -lt 2 ]; then
				check=TCP_CHECK
				url=
			else
				check=HTTP_GET
				url='url {
path /
}'
			fi
			printf 'real_server 10.9.%s.%s 8080 {\n%s {\n%s\n}\n}\n' $i "$j" $check "$url"
		done
	done
	echo '}'
}
capture lan br0 "$TMP/all.pcap" vrrp
ukd r2 "$(vi VI_1 eth0 52 200 192.0.2.8/24 'advert_int 0.05' 'version 3' | sed 's/BACKUP/MASTER/')"
ukd r1 "$(vi VI_1 eth0 51 200 192.0.2.9/24 'advert_int 0.05' 'version 3' | sed 's/BACKUP/MASTER/')
$(servers)"
up() {
	[ "$(grep -cE '(TCP connection to|Remote Web server) .* succe' "$TMP/r1.log")" -ge "$1" ]
}
wait_for 20 'up 1000'
mark() {
	date +%s.%N > "$TMP/mark.$1"
}
cpu() {
	awk '{ print $14 + $15 }' "/proc/$(pid_of r1)/stat"
}
mark good
before=$(cpu)
sleep 5
echo "CPU at 1000 checks a second: $(($(cpu) - before)) ticks in 5 s"
mark silent
# Packets of the servers' are lost.
ns s1 nft 'add table t; add chain t c { type filter hook input priority 0; }; add rule t c tcp dport 8080 drop'
wait_for 20 '[ "$(grep -c "on service .* failed" "$TMP/r1.log")" -ge 1000 ]'
mark back
ns s1 nft delete table t
wait_for 20 'up 2000'
mark end
stop r1
stop r2
capture_end "$TMP/all.pcap"
tshark -nr "$TMP/all.pcap" -Y 'vrrp.prio == 200' -T fields -e frame.time_epoch -e vrrp.virt_rtr_id 2> /dev/null > "$TMP/times"
python3 - "$TMP" <<'END'
import sys
at = lambda name: float(open(sys.argv[1] + "/mark." + name).read())
rows = [l.split() for l in open(sys.argv[1] + "/times")]
bad = 0
def schedule(vrid, a, b):
    t = [float(x) for x, v in rows if v == vrid and at(a) < float(x) < at(b)]
    gaps = [y - x for x, y in zip(t, t[1:])]
    return 100 * sum(abs(g - 0.05) < 0.005 for g in gaps) / len(gaps), 1000 * max(gaps)
for a, b in ("good", "silent"), ("silent", "back"), ("back", "end"):
    well, longest = schedule("51", a, b)
    other, other_longest = schedule("52", a, b)
    print("%-7s %4.1f s: %5.1f %% within 10 %%, longest gap %5.1f ms; without checks %5.1f %%, %5.1f ms" % (
        a, at(b) - at(a), well, longest, other, other_longest))
    # The machine may be busy with other things: what a missing bound costs is more than this, and tests/unit/test_check.c counts.
    bad += well < other - 30 or longest > 2 * other_longest + 150
sys.exit(bad > 0)
END
