#!/bin/sh
# SPDX-License-Identifier: MIT
# Syslog: keepalived's identifiers, the facility, a socket that comes late or anew, one that nobody reads.
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' > "$TMP/r1.conf"

cat > "$TMP/syslog.py" <<'EOF'
import os, re, signal, socket, subprocess, sys, time
child = None

def listen():
    if os.path.exists("/dev/log"):
        os.unlink("/dev/log")
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.bind("/dev/log")
    return s

def expect(s, pri, pattern):
    while True:
        line = s.recv(4096).decode()
        m = re.fullmatch(r"<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (\w+)\[(\d+)\]: (.*)", line)
        if not m:
            sys.exit("no syslog line: %r" % line)
        if int(m[3]) != child.pid:
            sys.exit("not its pid: %r" % line)
        if re.search(pattern, m[2] + ": " + m[4]):
            if int(m[1]) != pri:
                sys.exit("priority %s instead of %d: %r" % (m[1], pri, line))
            return

def start(*more):
    global child
    child = subprocess.Popen(sys.argv[1:] + list(more))

INFO, LOCAL3, DAEMON = 6, 19 << 3, 3 << 3
s = listen()
start("-S", "3")
expect(s, LOCAL3 | INFO, "^Keepalived: Starting")
expect(s, LOCAL3 | INFO, r"^Keepalived_vrrp: \(VI_1\) Entering BACKUP STATE")
expect(s, LOCAL3 | INFO, r"^Keepalived_vrrp: \(VI_1\) Entering MASTER STATE")
# The daemon is restarted.
s.close()
s = listen()
child.send_signal(signal.SIGHUP)
expect(s, LOCAL3 | INFO, "Reloading")
child.terminate()
expect(s, LOCAL3 | INFO, "Stopped")
child.wait(5)

# It comes late, and is slow.
s.close()
os.unlink("/dev/log")
start()
time.sleep(0.3)
s = listen()
child.send_signal(signal.SIGHUP)
expect(s, DAEMON | INFO, "Reload complete")
for i in range(300):
    child.send_signal(signal.SIGHUP)
    time.sleep(0.002)
begin = time.monotonic()
child.terminate()
if child.wait(5) or time.monotonic() - begin > 1:
    sys.exit("held up by a full socket")
EOF
ip netns exec "${PREFIX}r1" unshare -m sh -eu -c '
	mount -t tmpfs tmpfs /dev
	mknod -m 666 /dev/null c 1 3
	mknod -m 666 /dev/urandom c 1 9
	exec python3 "$@"' - "$TMP/syslog.py" "$UKD" -n -f "$TMP/r1.conf" -p "$TMP/r1.pid" || fail "syslog"

# The names of namespace and instance are part of the identifier, and of the pid file below /run.
cat > "$TMP/names.sh" <<EOF
set -eu
mount -t tmpfs tmpfs /run
mkdir /run/netns
ip netns add inner
trap 'ip netns delete inner' EXIT
run() {
	"$UKD" -n -G -D -f "$TMP/r2.conf" "\$@" & pid=\$!
	i=0
	until [ -e "\$want" ] || [ \$i -ge 100 ]; do sleep 0.02; i=\$((i + 1)); done
	find /run -name '*.pid' > "$TMP/found"
	[ "\$(cat "$TMP/found")" = "\$want" ] || { cat "$TMP/found"; kill \$pid; exit 1; }
	[ "\$(cat "\$want")" = \$pid ]
	case \$want in
	*/inner/*) netns=\$(ip netns exec inner readlink /proc/self/ns/net) ;;
	*) netns=\$(readlink /proc/self/ns/net) ;;
	esac
	[ "\$(readlink /proc/\$pid/ns/net)" = "\$netns" ]
	kill \$pid
	wait \$pid
}
echo > "$TMP/r2.conf"
want=/run/keepalived.pid; run
want=/run/keepalived/inner/keepalived.pid; run -s inner
echo use_pid_dir > "$TMP/r2.conf"
want=/run/keepalived/keepalived.pid; run
echo instance foo > "$TMP/r2.conf"
want=/run/keepalived/keepalived_foo.pid; run
echo net_namespace inner >> "$TMP/r2.conf"
want=/run/keepalived/inner/keepalived_foo.pid; run
EOF
ip netns exec "${PREFIX}r1" unshare -m sh "$TMP/names.sh" || fail "names"
