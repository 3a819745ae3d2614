# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# After lib.sh: checkers without IPVS and VRRP (checker.c).
#	real ADDRESS PORT "CHECKER {" LINE... [-- CHECKER...]	a real_server; write "}" at the ends of blocks yourself
#	checker r1 "REAL SERVERS" [LINE...]	starts it; lines are global ones
#	rechecker r1 "REAL SERVERS" [LINE...]	reloads
#	verdict r1 SERVER up|down	the last one told
#	logged r1 PATTERN		a line of the log has it; told r1 PATTERN: how many
# Files: $TMP/r1.conf, r1.log (log), r1.out (changes)
command -v gcc > /dev/null || skip "no gcc"
CHECKER=$TOP/build/asan/tests/net/checker
mkdir -p "$TOP/build"
(cd "$TOP" && flock build/lock make -s -f tests/tests.mk T=tests/net/checker \
	> "$TMP/build.out" 2>&1) || { cat "$TMP/build.out"; fail "checker does not build"; }

real() {
	printf 'real_server %s %s {\n' "$1" "$2"
	shift 2
	printf '\t%s\n' "$@"
	echo '}'
}

checker_conf() {
	checker_ns=$1
	checker_reals=$2
	shift 2
	{
		[ $# -eq 0 ] || printf '%s\n' "$@"
		printf 'virtual_server 192.0.2.250 80 {\n\tlvs_sched rr\n\tlvs_method NAT\n\tprotocol TCP\n'
		printf '\tdelay_loop 1\n\twarmup 0\n\tconnect_timeout 2\n\tretry 1\n\tdelay_before_retry 1\n%s\n}\n' "$checker_reals"
	} > "$TMP/$checker_ns.conf"
}

checker() {
	checker_conf "$@"
	ip netns exec "$PREFIX$1" "$CHECKER" "$TMP/$1.conf" >> "$TMP/$1.out" 2>> "$TMP/$1.log" &
	echo $! > "$TMP/$1.started"
}

rechecker() {
	checker_conf "$@"
	sig "$1" HUP
}

verdict() {
	grep -F "[$2]:" "$TMP/$1.out" | tail -n 1 | grep -q "^[^ ]* [^ ]* $3 "
}

told() {
	grep -cE -e "$2" "$TMP/$1.log"
}

logged() {
	grep -qE -e "$2" "$TMP/$1.log"
}

# Ends well: no sanitizer had anything to say.
checker_end() {
	sig "$1" TERM
	wait "$(pid_of "$1")" || fail "the checker ended with $?"
}
