#!/bin/sh
# SPDX-License-Identifier: MIT
# auth_type AH: what is replayed, forged or cut is refused, by us and by Debian's keepalived alike; with two passwords there are two masters.
. "$(dirname "$0")/lib.sh"
FRAMES="$TOP/tests/net/lib.frames.py"

lan_new lan
for n in 1 2 3 4; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'authentication {' 'auth_type AH' "auth_pass $2" '}'
}
capture r2 eth0 "$TMP/lan.pcap" 'ip proto 51'
ukd r1 "$(conf 150 secret)"
wait_for 6 'has_addr r1 eth0 192.0.2.99'
ukd r2 "$(conf 100 secret)"
kad r4 "$(conf 50 secret)"
wait_for 5 'grep -q "Entering BACKUP" "$TMP/r4.log"'
sleep 1.1
capture_end "$TMP/lan.pcap"

# bad WORDS OURS KEEPALIVED'S
bad() {
	expect "[ \"\$(ns r3 python3 '$FRAMES' send eth0 '$TMP/lan.pcap' $1)\" = 1 ]"
	wait_for 2 "grep -q '(VI_1) advertisement from 192.0.2.1 refused: $2' '$TMP/r2.log'"
	wait_for 2 "grep -q '$3' '$TMP/r4.log'"
}
bad '' 'replayed$' 'already processed'
bad flip=12 'authentication failed: set the same auth_pass' 'invalid IPSEC HMAC-MD5 value'
bad cut=1 'wrong length' 'packet too short, length 63'
bad flip=1 'authentication header is wrong' 'invalid IPSEC HMAC-MD5 value'
never 1.5 'grep -q "Entering MASTER" "$TMP/r2.log" "$TMP/r4.log"'
# The sequence is not moved by any of it: both go on hearing the master, and one takes over when it is gone.
stop r1
wait_for 3 'has_addr r2 eth0 192.0.2.99'
never 3 'has_addr r4 eth0 192.0.2.99'

reconf r2 "$(conf 100 other)"
wait_for 6 'has_addr r4 eth0 192.0.2.99 && has_addr r2 eth0 192.0.2.99'
expect 'grep -q "(VI_1) advertisement from 192.0.2.4 refused: authentication failed" "$TMP/r2.log"'
reconf r2 "$(conf 100 secret)"
wait_for 6 '! has_addr r4 eth0 192.0.2.99 && has_addr r2 eth0 192.0.2.99'
