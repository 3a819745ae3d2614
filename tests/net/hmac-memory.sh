#!/bin/sh
# SPDX-License-Identifier: MIT
# No key is left in memory: not that of a file once it is read, not one of the configuration once a reload took it away; nor in what a crash or
# a dump tells.
. "$(dirname "$0")/lib.sh"
command -v python3 > /dev/null || skip "no python3"

# The key as text, as bytes, or between the two pads of HMAC.
cat > "$TMP/scan.py" <<'EOP'
import sys

pid, key = sys.argv[1], bytes.fromhex(sys.argv[2])
needles = [key, key.hex().encode(), key.hex().upper().encode()[:40],
           bytes(b ^ 0x36 for b in key), bytes(b ^ 0x5c for b in key)]
needles += [b"".join(n[i:i + 4][::-1] for i in range(0, len(n), 4))
            for n in needles[3:]]
found = []
with open("/proc/%s/maps" % pid) as maps, \
        open("/proc/%s/mem" % pid, "rb", 0) as mem:
    for line in maps:
        span, access = line.split()[:2]
        if "r" not in access or "[v" in line:
            continue
        start, end = (int(x, 16) for x in span.split("-"))
        mem.seek(start)
        data = mem.read(end - start)
        found += ["%x: %d" % (start + data.find(n), i)
                  for i, n in enumerate(needles) if n[:16] in data]
print(*found)
EOP
scan() {
	FOUND=$(python3 "$TMP/scan.py" "$(pid_of r1)" "$1")
	echo "$1: ${FOUND:-nothing}" >&2
}
file=00102030405060708090a0b0c0d0e0f0123456789abcdef0123456789abcdef1
inline=8f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1ff
umask 077
echo "hex:$file" > "$TMP/key"
ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
conf() {
	vi VI_1 eth0 51 100 192.0.2.9 'auth_hmac {' "$@" '}'
}
ukd r1 "$(conf "key 1 file:$TMP/key" "key 2 hex:$inline" 'active_key 2')"
wait_for 6 'has_addr r1 eth0 192.0.2.9'
scan $file
expect '[ -z "$FOUND" ]'
scan $inline
expect '[ -n "$FOUND" ]' # the configuration has it: the scan works
reconf r1 "$(conf "key 1 file:$TMP/key" 'active_key 1')"
wait_for 3 'grep -q "Reload complete" "$TMP/r1.log"'
sleep 1.2
scan $inline
expect '[ -z "$FOUND" ]'
scan $file
expect '[ -z "$FOUND" ]'
expect '! grep -qi "$inline\|$file" "$TMP/r1.log"'
