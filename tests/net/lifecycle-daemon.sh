#!/bin/sh
# SPDX-License-Identifier: MIT
# Into the background and out again: the foreground ends when everything is ready, with the reason when it can't be; the pid file.
# shellcheck disable=SC2034,SC2046,SC2120
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
PID=$TMP/r1.pid
LOG=$TMP/r1.log

daemon() {
	ns r1 "$UKD" -f "$TMP/r1.conf" -p "$PID" -G -D -g"$LOG" "$@"
}

alive() {
	case $(sed 's/.*) //' "/proc/$1/stat" 2> /dev/null) in
	'' | Z*) return 1 ;;
	esac
}

# refused COMMAND...: it ends with 1, and its words are in $TMP/words
refused() {
	status=0
	"$@" > "$TMP/words" 2>&1 || status=$?
	[ $status -eq 1 ] || fail "$*: status $status instead of 1"
}

config() {
	printf 'global_defs {\n\t%s\n}\n' "$1"
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1'
}

# Ready means: the startup script has ended and the sockets are there; the pid file tells of it.
cat > "$TMP/slow" <<EOF
#!/bin/sh
sleep 0.5
[ -e "$PID" ] && echo early > "$TMP/slow.saw" || echo absent > "$TMP/slow.saw"
EOF
chmod 755 "$TMP" "$TMP/slow"
config "startup_script $TMP/slow root" > "$TMP/r1.conf"
echo 1 > "$PID" # left behind; and somebody has that number
daemon
expect '[ "$(cat "$TMP/slow.saw")" = absent ]'
worker=$(cat "$PID")
expect 'alive "$worker"'
expect 'ns r1 cat /proc/net/raw | grep -q "^ *[0-9]*: .*:0070 "'
expect '[ "$(readlink /proc/"$worker"/fd/0 /proc/"$worker"/fd/1 /proc/"$worker"/fd/2 | sort -u)" = /dev/null ]'
expect '[ "$(readlink /proc/"$worker"/cwd)" = / ]'
wait_for 3 'has_addr r1 eth0 192.0.2.9'

# Locked, not merely present.
refused daemon
expect 'grep -q "already running.*$worker" "$TMP/words"'
expect 'alive "$worker" && [ "$(cat "$PID")" = "$worker" ]'
has_addr r1 eth0 192.0.2.9 || fail "the second start took the address"

# It holds nothing that it inherited, and leaves nothing behind.
expect '[ -z "$(ls -l "/proc/$worker/fd" | grep "$TMP" | grep -v -e r1.pid -e r1.log)" ]'
kill "$worker"
wait_for 2 '! alive "$worker"'
expect '[ ! -e "$PID" ]'
expect '! has_addr r1 eth0 192.0.2.9'
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'

# No place for a pid file is no reason.
PID=$TMP/none/x.pid
config '' > "$TMP/r1.conf"
daemon
expect 'grep -q "pid file.*No such file" "$LOG"'
wait_for 3 'has_addr r1 eth0 192.0.2.9'
kill $(ip netns pids "${PREFIX}r1") 2> /dev/null || true # one may take the other along
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'

# A device, a directory, a link in its place are left alone.
ln -s "$TMP/elsewhere" "$TMP/link"
for PID in /dev/null "$TMP" "$TMP/link"; do
	daemon
	kill $(ip netns pids "${PREFIX}r1") 2> /dev/null || true # one may take the other along
	wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'
	expect '[ -e "$PID" ] || [ -L "$PID" ]'
done
expect '[ ! -e "$TMP/elsewhere" ] && [ -c /dev/null ]'

# What can't start says so where it was started.
PID=$TMP/r1.pid
rm "$TMP/r1.conf"
refused daemon
expect 'grep -q "r1.conf: No such file" "$TMP/words"'
expect '[ ! -e "$PID" ]'
refused daemon -n
expect 'grep -q "r1.conf: No such file" "$TMP/words"'
config '' > "$TMP/r1.conf"
refused daemon -s "no-such-$$"
expect 'grep -q "no-such-$$: No such file" "$TMP/words"'
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}r1")" ]'

# Relative paths are meant from where it was started, also at a reload.
cd "$TMP" || exit
ns r1 "$UKD" -f r1.conf -p r1.pid -G -gr1.log
expect 'alive "$(cat r1.pid)"'
kill -HUP "$(cat r1.pid)"
wait_for 2 'tail -n 4 r1.log | grep -q "Reload complete"'
kill "$(cat r1.pid)"
wait_for 2 '[ ! -e r1.pid ]'
