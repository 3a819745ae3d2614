# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# After lib.sh: the modules below the router, run by hand (probe.c).
#	probe r1 ARGS...		in a namespace; the exit status is its own
#	watch r1 IF...			prints to $TMP/r1.watch; last r1 IF: its last line on one
#	watcher r1			its process id
command -v gcc > /dev/null || skip "no gcc"
# One test at a time builds; leaks at exit are the program's, not the modules'.
export ASAN_OPTIONS=detect_leaks=0
PROBE=${PROBE:-$TOP/build/asan/tests/net/probe}
mkdir -p "$TOP/build"
(cd "$TOP" && flock build/probe.lock make -s -f tests/tests.mk T=tests/net/probe \
	> "$TMP/build.out" 2>&1) || { cat "$TMP/build.out"; fail "probe does not build"; }

probe() {
	probe_ns=$1
	shift
	ns "$probe_ns" "$PROBE" "$@"
}

watch() {
	watch_ns=$1
	shift
	# Not by ns: of a function in the background $! is the shell.
	ip netns exec "$PREFIX$watch_ns" "$PROBE" watch "$@" \
		> "$TMP/$watch_ns.watch" 2> "$TMP/$watch_ns.log" &
	echo $! > "$TMP/$watch_ns.started"
	for watch_if in "$@"; do
		wait_for 5 "grep -q '^$watch_if ' '$TMP/$watch_ns.watch'"
	done
}

watcher() {
	cat "$TMP/$1.started"
}

last() {
	grep "^$2 " "$TMP/$1.watch" | tail -n 1
}

# sees NS IF PATTERN: its last line on the interface matches
sees() {
	wait_for 5 "last $1 $2 | grep -qE '$3'"
}
