#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# The unit tests of this machine, which run.sh has built: packets, checksums, netlink, IPVS and HMAC by the same vectors everywhere, in
# the byte order and with the alignment that the machine has.
set -u
cd "$(dirname "$0")/../.." || exit 1
LOG=$(mktemp)
failed=0 passed=0
trap 'rm -f "$LOG"' EXIT
for test in "$TOOLS"/tests/unit/test_*; do
	case $test in
	*.*) continue ;;
	# BusyBox: no program under another name, complaints about a passwd.
	*/test_track_proc | */test_notify) [ ! -L /bin/sleep ] || continue ;;
	esac
	# Again, since one measures the CPU time that it needs, on a busy machine.
	for turn in 1 2; do
		echo "# $test, $turn"
		CMOCKA_MESSAGE_OUTPUT=TAP "$test" > "$LOG" 2>&1 && [ -s "$LOG" ] || continue
		passed=$((passed + 1))
		continue 2
	done
	echo "--- $test"
	grep -v '^ok' "$LOG" | tail -n 20
	failed=1
done
echo "$passed passed"
[ $failed = 0 ] && [ $passed -gt 20 ]
