#!/bin/sh
# SPDX-License-Identifier: MIT
# systemd has nothing against our unit; ours and that of Debian's keepalived start, reload and stop the daemon, with a stand-in for systemd.
# shellcheck disable=SC2016
. "$(dirname "$0")/../net/lib.sh"
command -v systemd-analyze > /dev/null || skip "no systemd-analyze"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
make -s -C "$TOP" install DESTDIR="$TMP/root" PREFIX=/usr INIT=systemd > /dev/null
unit=$TMP/root/lib/systemd/system/ukeepalived.service
mkdir -p "$TMP/root/bin" "$TMP/root/usr/lib/systemd/system"
cp /bin/kill "$TMP/root/bin"
systemd-analyze --root="$TMP/root" --man=no --recursive-errors=no verify ukeepalived.service > "$TMP/verify" 2>&1 || {
	cat "$TMP/verify"
	fail "systemd does not like the unit"
}
expect '! grep -q "ukeepalived.service" "$TMP/verify"'
systemd-analyze --root="$TMP/root" --offline=yes --no-pager security ukeepalived.service > "$TMP/security" 2>&1 || true
exposure=$(sed -n 's/.*Overall exposure level for.*: \([0-9]*\)\..*/\1/p' "$TMP/security")
expect "[ -n '$exposure' ] && [ ${exposure:-9} -le 6 ]"

vi VI_1 eth0 5 100 192.0.2.254/24 'version 3' 'advert_int 0.1' > "$TMP/r1.conf"
cat > "$TMP/systemd.py" << 'END'
import os, shlex, socket, subprocess, sys
unit, binary, arguments = sys.argv[1:]
keys = {}
for line in open(unit):
    key, equals, value = line.strip().partition("=")
    if equals:
        keys.setdefault(key, value)
assert keys["Type"] == "notify", keys
path = os.path.dirname(arguments.split()[1]) + "/socket"
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(10)
start = keys["ExecStart"].replace("$DAEMON_ARGS", arguments).split()
child = subprocess.Popen([binary] + start[1:], env={"NOTIFY_SOCKET": path})

def expect(word):
    got = s.recv(4096).decode()
    assert got.split("\n")[0] == word, (got, word)

expect("READY=1")
assert child.poll() is None
subprocess.check_call(keys["ExecReload"].replace("$MAINPID", str(child.pid)).split())
expect("RELOADING=1")
expect("READY=1")
child.terminate()
expect("STOPPING=1")
assert child.wait(10) == 0
os.unlink(path)
END
for file in "$unit" /lib/systemd/system/keepalived.service; do
	[ -e "$file" ] || continue
	ns r1 python3 "$TMP/systemd.py" "$file" "$UKD" "-f $TMP/r1.conf -p $TMP/r1.pid -G" || fail "$file"
done
