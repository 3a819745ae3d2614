#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Descriptors used up, a server that flaps, many that return at once, retries and their times, suspension, a script that outstays.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.checker.sh"
command -v python3 > /dev/null || skip "no python3"

ns_new r1
ns_ip r1 addr add 192.0.2.11/32 dev lo
# web PORT: listens when $TMP/open exists, else refuses; says 200 when $TMP/talk exists, else nothing
ns r1 python3 - "$TMP" <<'END' 2> "$TMP/server.log" &
import os, select, socket, sys, time
there = lambda name: os.path.exists(sys.argv[1] + "/" + name)
listener, kept = None, {}
log = open(sys.argv[1] + "/tries", "w", 1)
while True:
    if there("open") != (listener is not None):
        if listener:
            listener.close()
            listener = None
        else:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("192.0.2.11", 8000))
            listener.listen(1000)
    fds = list(kept) + ([listener] if listener else [])
    for s in select.select(fds, [], [], 0.05)[0]:
        if s is listener:
            c = s.accept()[0]
            kept[c] = False
            log.write("%.3f\n" % time.monotonic())
        elif not s.recv(1000):
            del kept[s]
            s.close()
        else:
            kept[s] = True
    for c in [c for c in kept if kept[c] and there("talk")]:
        try:
            c.send(b"HTTP/1.0 200 OK\r\n\r\n")
        except OSError:
            pass
        c.close()
        del kept[c]
END
web() {
	real "$1" 80 'HTTP_GET {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'retry 0' 'url {' 'path /' '}' '}'
}

# 60 servers that are silent, 40 descriptors, and no more to be had.
touch "$TMP/open"
reals=
for i in $(seq 60); do
	reals="$reals
$(web "198.51.100.$i")"
done
wait_for 10 'ns r1 ss -ltn | grep -q :8000'
checker_conf r1 "$reals"
prlimit --nofile=40:40 ip netns exec "${PREFIX}r1" "$CHECKER" "$TMP/r1.conf" >> "$TMP/r1.out" 2>> "$TMP/r1.log" &
echo $! > "$TMP/r1.started"
wait_for 10 'logged r1 "HTTP_GET on service .* can.t be tried: .*(Too many open files|No file descriptors)"'
wait_for 10 'grep -q "down.*Read timeout" "$TMP/r1.out"'
expect '[ "$(told r1 "can.t be tried")" -le 5 ]'
touch "$TMP/talk"
# Thundering or not: all come back, and those never asked were never down.
wait_for 20 '[ "$(grep -c " up " "$TMP/r1.out")" -ge 60 ]'
expect '[ "$(grep -c " down " "$TMP/r1.out")" -lt 60 ]'
checker_end r1
rm "$TMP/r1.out" "$TMP/r1.log"

# A server that flaps: a line a change.
reals="$(real 198.51.100.1 80 'TCP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'retry 0' '}')"
checker r1 "$reals"
for i in 1 2 3; do
	wait_for 5 'verdict r1 198.51.100.1 up'
	rm "$TMP/open"
	wait_for 5 'verdict r1 198.51.100.1 down'
	touch "$TMP/open"
done
wait_for 5 'verdict r1 198.51.100.1 up'
expect '[ "$(told r1 "TCP_CHECK on service .198.51.100.1.:tcp:80 failed. ")" = 3 ]'
expect '[ "$(told r1 "TCP connection to .198.51.100.1.:tcp:80 success.")" = 4 ]'

# Suspended, nobody is asked; awake, they are.
sig r1 USR1
sleep 0.3
tries=$(wc -l < "$TMP/tries")
never 2 "[ \$(wc -l < $TMP/tries) -ne $tries ]"
expect 'logged r1 "Suspending healthchecker for service .198.51.100.1.:tcp:80 for VS VS"'
sig r1 USR2
wait_for 3 "[ \$(wc -l < $TMP/tries) -gt $tries ]"

# Two retries, one second apart, each told where that is asked for.
reals="$(real 198.51.100.2 80 'TCP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'retry 2' 'delay_before_retry 1' 'log_all_failures' '}')
$(real 198.51.100.3 80 'TCP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'alpha' 'delay_loop 3' '}')"
rechecker r1 "$reals"
# The first one asks what was asked before, and so it is up already.
wait_for 5 'verdict r1 198.51.100.3 up'
never 1 'grep -q "198.51.100.2" "$TMP/r1.out"'
rm "$TMP/open"
now
before=$NOW
wait_for 8 'verdict r1 198.51.100.2 down'
now
expect "[ $((NOW - before)) -ge 190 ]"
expect '[ "$(told r1 "TCP connection to .198.51.100.2.:tcp:80 failed. \(Connection failed: Connection refused\)")" = 2 ]'
expect 'logged r1 "TCP_CHECK on service .198.51.100.2.:tcp:80 failed after 2 retries."'

# A script that does not end when told so, and its child.
printf '#!/bin/sh\ntrap "" TERM\nsleep 1000 &\necho $! > %s\nwhile :; do sleep 0.1; done\n' "$TMP/child" > "$TMP/script"
chmod -R a+rwx "$TMP"
rechecker r1 "$(real 198.51.100.4 80 'MISC_CHECK {' "misc_path $TMP/script" 'misc_timeout 1' 'user root' 'delay_loop 30' '}')"
wait_for 10 'verdict r1 198.51.100.4 down'
expect 'logged r1 "Misc check for ..198.51.100.4.:tcp:80 VS VS. by .*failed .timed out"'
wait_for 5 '! kill -0 $(cat "$TMP/child")'
checker_end r1
