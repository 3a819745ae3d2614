#!/bin/sh
# SPDX-License-Identifier: MIT
# The status of virtual servers: what is alive and why not, weights as in the kernel, its counters.
. "$(dirname "$0")/lib.sh"

for host in client director s1; do
	ns_new $host
done
lan_new front
lan_new back
lan_join front client eth0 192.0.2.100/24
lan_join front director eth0 192.0.2.1/24
lan_join back director eth1 198.51.100.1/24
lan_join back s1 eth0 198.51.100.11/24
ns director sysctl -qw net.ipv4.ip_forward=1
ns_ip s1 route add default via 198.51.100.1
echo "this is s1" > "$TMP/s1"
ns s1 busybox nc -ll -p 80 -e cat "$TMP/s1" &
real() {
	printf 'real_server 198.51.100.%s 80 {\nweight 3\nTCP_CHECK {\nconnect_timeout 1\n}\n}\n' "$1"
}
ukd director "virtual_server 192.0.2.1 80 {
	delay_loop 1
	protocol TCP
	lvs_sched rr
	lvs_method NAT
	alpha
	$(real 11)
	$(real 12)
}"
ask() {
	status=0
	"$UKD" status -p "$TMP/director.pid" "$@" > "$TMP/answer" 2>&1 || status=$?
}
wait_for 20 'ask; grep -q "198.51.100.11.:tcp:80: up" "$TMP/answer"'
wait_for 20 'ask; grep -q "198.51.100.12.:tcp:80: down .*tried" "$TMP/answer"'
expect '[ $status = 0 ]'
expect 'grep -q "^.192.0.2.1.:tcp:80: up, servers 2, alive 1, weight 3, quorum 1$" "$TMP/answer"'
expect 'grep -q "^    .198.51.100.11.:tcp:80: up for .*, weight 3; check TCP_CHECK, result connected, tried .* ago, failures .*$" "$TMP/answer"'
expect 'grep -q "^    .198.51.100.12.:tcp:80: down for [^,]*; check TCP_CHECK, result .* ago, failures [1-9].*$" "$TMP/answer"'
for i in 1 2; do
	expect '[ "$(ns client busybox timeout 5 busybox nc 192.0.2.1 80 < /dev/null)" = "this is s1" ]'
done
# The kernel sums up every two seconds.
wait_for 10 'ask; grep -q "^.192.0.2.1.:80: active .*, connections 2, .*bytes_in [1-9]" "$TMP/answer"'
expect 'grep -q "^.192.0.2.1.:80 -> .198.51.100.11.:80: active .*, connections 2, " "$TMP/answer"'
ask -j
python3 - "$TMP/answer" << 'EOF2' || fail "JSON"
import json, sys
d = json.load(open(sys.argv[1]))
v = d["lvs"][0]
assert v["name"] == "[192.0.2.1]:tcp:80" and v["state"] == "up" and v["alive"] == 1, v
assert [(r["state"], r.get("weight")) for r in v["real_servers"]] == [("up", 3), ("down", None)], v
assert d["ipvs"][1]["name"] == "[192.0.2.1]:80 -> [198.51.100.11]:80" and d["ipvs"][1]["connections"] == 2, d["ipvs"]
EOF2
ask '[192.0.2.1]:tcp:80'
expect '[ $status = 0 ] && [ $(grep -c . "$TMP/answer") = 3 ]'

# None is left.
kill "$(ip netns pids "${PREFIX}s1" | head -n 1)"
wait_for 20 'ask; [ $status = 2 ]'
expect 'grep -q "^.192.0.2.1.:tcp:80: down, servers 2, alive 0, weight 0, quorum 1$" "$TMP/answer"'
