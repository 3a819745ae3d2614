#!/bin/sh
# SPDX-License-Identifier: MIT
# The control socket: who is master and why, by name, as JSON, as an exit status; resign, peer, log, reload; for root alone; a socket left by
# a crash, a taken one.
. "$(dirname "$0")/lib.sh"

lan_new lan
for r in r1 r2; do
	ns_new $r
	lan_join lan $r eth0 192.0.2.${r#r}/24
done
echo 0 > "$TMP/file"
conf() {
	echo "vrrp_track_file ff {
		file $TMP/file
	}"
	vi LAN eth0 51 "$1" 192.0.2.9/24 'version 3' 'advert_int 0.1' "track_file {
		ff weight -3
	}" "unicast_src_ip 192.0.2.$2" "unicast_peer {
		192.0.2.$3
	}"
}
ask() {
	word=$1
	shift
	status=0
	"$UKD" "$word" -p "$TMP/r1.pid" "$@" > "$TMP/answer" 2>&1 || status=$?
}

ask status
expect '[ $status = 3 ]'
ukd r1 "$(conf 150 1 2)"
wait_for 5 'has_addr r1 eth0 192.0.2.9'
ask status
expect '[ $status = 0 ]'
expect 'grep -qx "LAN: MASTER for .* (.*)" "$TMP/answer"'
expect 'grep -q "eth0, VRID 51, priority 150$" "$TMP/answer"'
expect 'grep -q "master 192.0.2.1" "$TMP/answer"'
expect 'grep -q " holds 192.0.2.9/24" "$TMP/answer"'
expect 'grep -q "advert_sent [1-9]" "$TMP/answer"'
expect '! grep -q " 0[,$]" "$TMP/answer"'
expect '! grep -q "$(printf "\033")" "$TMP/answer"'
expect '[ "$(stat -c %a "$TMP/r1.sock")" = 600 ]'

# What lowers the priority, and by how much.
echo 7 > "$TMP/file"
wait_for 3 'ask status; grep -q "priority 129 of 150: ff -21" "$TMP/answer"'

# By name; a name that is none; nonsense.
ask status LAN
expect '[ $status = 0 ] && ! grep -q "^ff" "$TMP/answer"'
ask status ff
expect '[ $status = 0 ] && [ "$(sed "s/for.*,/for,/" "$TMP/answer")" = "ff: down for, value 7" ]'
for args in 'status NONE' 'status -x' 'resign LAN' 'resign LAN x' 'resign NONE 5' 'log loud' 'peer LAN 192.0.2.7 192.0.2.8'; do
	# shellcheck disable=SC2086
	ask $args
	expect '[ $status = 4 ] && [ -s "$TMP/answer" ]'
done

# JSON
ask status -j
expect '[ $status = 0 ]'
python3 - "$TMP/answer" << 'EOF2' || fail "JSON"
import json, sys, time
d = json.load(open(sys.argv[1]))
vi = d["vrrp"][0]
assert vi["data"]["iname"] == "LAN" and vi["data"]["state"] == 2, vi
assert vi["data"]["master"] == "192.0.2.1", vi
assert abs(vi["data"]["last_transition"] - time.time()) < 60, vi
assert d["track"][0] == {"name": "ff", "kind": "file", "state": "down", "value": 7, "since": d["track"][0]["since"]}, d
EOF2

echo 0 > "$TMP/file"
wait_for 3 'ask status; grep -q "priority 150$" "$TMP/answer"'

# The second router, and mastership given up to it.
ukd r2 "$(conf 120 2 1)"
wait_for 5 'grep -q "Entering BACKUP" "$TMP/r2.log"'
ask resign LAN 2
expect '[ $status = 0 ]'
wait_for 1 'has_addr r2 eth0 192.0.2.9'
wait_for 1 'ask status; grep -q "master 192.0.2.2, priority 120, last advert received 0.. s ago" "$TMP/answer"'
expect '[ $status = 1 ]'
expect 'grep -q "BACKUP for .* (resigned on request)" "$TMP/answer"'
expect 'grep -q "priority 1 of 150: resigned" "$TMP/answer"'
expect 'grep -q "does not hold 192.0.2.9/24" "$TMP/answer"'
never 1 'has_addr r1 eth0 192.0.2.9'
wait_for 5 'has_addr r1 eth0 192.0.2.9'

# The peer moves. Its old address is heard no more.
ns_ip r2 addr add 192.0.2.22/24 dev eth0
reconf r2 "$(conf 120 22 1)"
ask peer LAN 192.0.2.2 192.0.2.22
expect '[ $status = 0 ]'
wait_for 3 '! has_addr r2 eth0 192.0.2.9'
ask resign LAN 1
wait_for 2 'ask status; grep -q "master 192.0.2.22" "$TMP/answer"'
wait_for 5 'has_addr r1 eth0 192.0.2.9'
stop r2

# A reload that is refused is told to the one who asked.
conf 150 1 2 | sed 's/advert_int/advert_imt/' > "$TMP/r1.conf"
ask reload
expect '[ $status = 4 ]'
expect 'grep -q "r1.conf:13: error: unknown keyword .advert_imt., did you mean .advert_int." "$TMP/answer"'
expect 'grep -q "reload refused" "$TMP/answer"'
conf 150 1 2 > "$TMP/r1.conf"
ask reload
expect '[ $status = 0 ] && [ ! -s "$TMP/answer" ]'

# The level of the log.
ask log error
sig r1 HUP
sleep 0.3
expect '[ $(grep -c "Reload complete" "$TMP/r1.log") = 1 ]'
ask log info
ask reload
expect '[ $(grep -c "Reload complete" "$TMP/r1.log") = 2 ]'

# FAULT in words and as a status.
lan_cut lan r1 eth0
wait_for 3 'ask status; [ $status = 2 ]'
expect 'grep -q "LAN: FAULT for .* (interface eth0 is down)" "$TMP/answer"'

# Live, as long as it is looked at.
"$UKD" status -w -p "$TMP/r1.pid" > "$TMP/live" & live=$!
wait_for 5 '[ $(grep -c "LAN: FAULT" "$TMP/live") -ge 3 ]'
kill $live

# Virtual servers, here without IPVS, which is not the matter.
conf 150 1 2 > "$TMP/r1.conf"
cat >> "$TMP/r1.conf" << EOF2
virtual_server 192.0.2.1 80 {
	delay_loop 1
	protocol TCP
	lvs_method NAT
	quorum 2
	real_server 192.0.2.1 79 {
		FILE_CHECK {
			track_file ff
			weight 0
		}
	}
	real_server 192.0.2.1 78 {
		weight 2
	}
}
EOF2
ask reload
expect '[ $status = 0 ]'
wait_for 5 'ask status; grep -q "79: up for .*; check FILE_CHECK, " "$TMP/answer"'
expect 'grep -q "^.192.0.2.1.:tcp:80: up, servers 2, alive 2, weight 3, quorum 2$" "$TMP/answer"'
echo 1 > "$TMP/file"
wait_for 5 'ask status "[192.0.2.1]:tcp:80"; grep -q "79: down for" "$TMP/answer"'
expect '[ $status = 0 ] && grep -q "^.192.0.2.1.:tcp:80: up, servers 2, alive 1, weight 2, quorum 2$" "$TMP/answer"'
echo 0 > "$TMP/file"

# Root alone.
chmod 755 "$TMP"
cat > "$TMP/stranger.py" << 'EOF2'
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
if sys.argv[2] == "mode":
    os.setuid(65534)
    try:
        s.connect(sys.argv[1])
    except PermissionError:
        sys.exit(0)
    sys.exit("a stranger connected")
os.chmod(sys.argv[1], 0o666)
os.setuid(65534)
s.connect(sys.argv[1])
try:
    s.send(b"status\0")
    sys.exit(s.recv(10) and "a stranger was answered")
except (BrokenPipeError, ConnectionResetError):
    pass
EOF2
python3 "$TMP/stranger.py" "$TMP/r1.sock" mode || fail "mode"
python3 "$TMP/stranger.py" "$TMP/r1.sock" peer || fail "peer"

# What a crash left is replaced; a file that is no socket stays, and is no reason to end.
crash r1
expect '[ -S "$TMP/r1.sock" ]'
ask status
expect '[ $status = 3 ]'
lan_mend lan r1 eth0
ukd r1 "$(conf 150 1 2)"
wait_for 5 'ask status; [ $status = 0 ]'
stop r1
expect '[ ! -e "$TMP/r1.sock" ]'
echo mine > "$TMP/r1.sock"
ukd r1 "$(conf 150 1 2)"
wait_for 5 'has_addr r1 eth0 192.0.2.9'
expect 'grep -q "no control socket beside .*r1.pid" "$TMP/r1.log"'
expect '[ "$(cat "$TMP/r1.sock")" = mine ]'
