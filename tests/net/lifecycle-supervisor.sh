#!/bin/sh
# SPDX-License-Identifier: MIT
# What systemd is told: READY, RELOADING with a time, READY, STOPPING; by path and by abstract name. And 1,000 reloads leave nothing behind.
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
{
	printf 'vrrp_script ok {\n\tscript /bin/true\n\tinterval 1\n}\n'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' 'track_script {' ok '}' 'unicast_peer {' 192.0.2.2 '}'
	vi VI_2 eth0 52 100 192.0.2.10/24 'notify /bin/true'
} > "$TMP/r1.conf"

cat > "$TMP/supervisor.py" <<'EOF'
import os, signal, socket, subprocess, sys, time
name, reloads, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\0" + name[1:] if name[0] == "@" else name)
s.settimeout(5)
child = subprocess.Popen(command, env=dict(os.environ, NOTIFY_SOCKET=name))

def hear():
    return s.recv(4096).decode()

def expect(what):
    got = hear()
    if got != what:
        sys.exit("%r instead of %r" % (got, what))

def reload():
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    child.send_signal(signal.SIGHUP)
    state, stamp = hear().split("\n")
    if state != "RELOADING=1" or not stamp.startswith("MONOTONIC_USEC="):
        sys.exit("%r, %r" % (state, stamp))
    age = int(stamp[15:]) / 1e6 - before
    if not -0.001 < age < 5:
        sys.exit("stamp is %f s away" % age)
    expect("READY=1")

def size():
    with open("/proc/%d/status" % child.pid) as f:
        rss = [int(line.split()[1]) for line in f if line.startswith("VmRSS")][0]
    return rss, len(os.listdir("/proc/%d/fd" % child.pid))

expect("READY=1")
for i in range(reloads // 10):
    reload()
rss, fds = size()
for i in range(reloads):
    reload()
rss_after, fds_after = size()
print("%d reloads: %d kB, %d descriptors, then %d kB, %d" % (reloads, rss, fds, rss_after, fds_after))
# A script that is being started has a few descriptors for a moment.
if rss_after > rss + 64 or fds_after > fds + 4:
    sys.exit("it grows")
child.send_signal(signal.SIGTERM)
expect("STOPPING=1")
if child.wait(5):
    sys.exit("status %d" % child.returncode)
EOF

supervise() {
	TMPDIR=$TMP ip netns exec "${PREFIX}r1" python3 "$TMP/supervisor.py" "$1" "$2" "$UKD" -n -G -f "$TMP/r1.conf" -p "$TMP/r1.pid" ||
		fail "as $1"
}

supervise "$TMP/socket" 1000
supervise "@ukeepalived-test-$$" 1

# A supervisor that is not there, or a name that is none, is no reason.
for name in "$TMP/nobody" @ '' relative "$(printf '/%0200d' 0)"; do
	NOTIFY_SOCKET=$name ns r1 "$UKD" -f "$TMP/r1.conf" -p "$TMP/r1.pid" -G
	kill "$(cat "$TMP/r1.pid")"
	wait_for 2 '[ ! -e "$TMP/r1.pid" ]'
done
