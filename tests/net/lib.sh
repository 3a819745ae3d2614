# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Network namespaces for tests. A test starts with
#	. "$(dirname "$0")/lib.sh"
# and ends with 0 when it passed, 77 when skipped. Hosts and LANs go by short
# names; their namespaces carry the process id, so that runs do not meet.
# Everything is removed at exit: namespaces with all that runs in them, $TMP.
#
#	ns_new r1				a host
#	lan_new lan; lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
#	lan_cut lan r1 eth0; lan_mend ...	the cable: carrier lost, back
#	lan_mute lan r1 eth0; lan_mend ...	packets lost, carrier stays
#	ns r1 COMMAND...			run there; ns_ip r1 ARGS: ip -n
#	ukd r1 "$(vi VI_1 eth0 51 100 192.0.2.9/24)" [ARGS]	our daemon
#	kad r1 "CONFIGURATION" [ARGS]		Debian's keepalived
#	reconf r1 "CONFIGURATION"; stop r1; crash r1; sig r1 USR1
#	wait_for 5 'has_addr r1 eth0 192.0.2.9'	fails the test when in vain
#	never 2 'CONDITION'; expect 'CONDITION'	likewise
#	capture r1 eth0 FILE FILTER; capture_end FILE; adverts FILE
#	fail MESSAGE; skip REASON
#
# Files: $TMP/r1.conf, $TMP/r1.log, $TMP/r1.pid. UKD names the binary to test.
set -eu
export LC_ALL=C
umask 022

TOP=$(cd "$(dirname "$0")" && until [ -f deps.sh ]; do cd ..; done && pwd)
UKD=${UKD:-$TOP/ukeepalived}
PREFIX=uk$$-
NAMESPACES=
STATUS=

fail() {
	STATUS="FAILED: $*"
	exit 1
}

skip() {
	STATUS=77
	echo "skip: $*"
	exit 77
}

finish() {
	status=$?
	trap - EXIT
	trap '' HUP INT TERM
	set +e
	if [ $status -ne 0 ] && [ "$STATUS" != 77 ]; then
		for log in "$TMP"/*.log; do
			[ -s "$log" ] || continue
			echo "--- ${log##*/}"
			tail -n 20 "$log"
		done
		echo "${STATUS:-FAILED: a command ended with $status}"
	fi
	for name in $NAMESPACES; do
		ns_delete "$PREFIX$name"
	done
	rm -rf "$TMP"
	exit $status
}

# Whatever daemonised or changed its session is found by its namespace.
ns_delete() {
	for pid in $(ip netns pids "$1" 2>/dev/null); do
		kill -9 "$pid" 2>/dev/null
	done
	ip netns delete "$1" 2>/dev/null
}

# Left by a run that was killed with -9.
ns_sweep() {
	ip netns list | sed -n 's/^\(uk\([0-9]*\)-[^ ]*\).*/\2 \1/p' |
	while read -r pid name; do
		[ -d "/proc/$pid" ] || ns_delete "$name" || true
	done
}

# The uptime in hundredths of a second, without a fork.
now() {
	read -r NOW _ < /proc/uptime
	NOW=${NOW%.*}${NOW#*.}
}

# hold SECONDS CONDITION [TIMES]: 0 as soon as CONDITION holds
hold() {
	now
	hold_end=$((NOW + $(printf %.0f "${1}e2") * ${3:-1}))
	while :; do
		if eval "$2" > /dev/null 2>&1; then
			return 0
		fi
		now
		[ "$NOW" -lt $hold_end ] || return 1
		sleep 0.02
	done
}

# SLOW is how many times as long a machine may take for it.
wait_for() {
	hold "$1" "$2" "${SLOW:-1}" || fail "not within $1 s: $2"
}

never() {
	if hold "$1" "$2"; then
		fail "must not happen: $2"
	fi
}

expect() {
	eval "$1" || fail "does not hold: $1"
}

ns() {
	ns_name=$1
	shift
	ip netns exec "$PREFIX$ns_name" "$@"
}

ns_ip() {
	ns_name=$1
	shift
	ip -n "$PREFIX$ns_name" "$@"
}

# No duplicate address detection: an address is there at once. A test that is
# about it turns it on. rp_filter would be the machine's.
ns_new() {
	ip netns add "$PREFIX$1"
	NAMESPACES="$NAMESPACES $1"
	ns "$1" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
		net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \
		net.ipv4.conf.default.rp_filter=0 net.ipv4.conf.all.rp_filter=0
	ns_ip "$1" link set lo up
}

lan_new() {
	ns_new "$1"
	ns_ip "$1" link add br0 type bridge stp_state 0 forward_delay 0 \
		mcast_snooping 0
	ns_ip "$1" link set br0 up
}

# lan_join LAN NS IF [ADDRESS/LENGTH...]: the switch's port is called NS-IF
lan_join() {
	port=$2-$3
	ip link add "$port" netns "$PREFIX$1" type veth \
		peer name "$3" netns "$PREFIX$2"
	ns_ip "$1" link set "$port" master br0 up
	ns_ip "$2" link set "$3" up
	join_host=$2
	join_if=$3
	shift 3
	for addr in "$@"; do
		ns_ip "$join_host" addr add "$addr" dev "$join_if"
	done
}

lan_cut() {
	ns_ip "$1" link set "$2-$3" down
}

lan_mute() {
	ns_ip "$1" link set "$2-$3" nomaster
}

lan_mend() {
	ns_ip "$1" link set "$2-$3" master br0 up
}

# has_addr NS IF ADDRESS[/LENGTH]
has_addr() {
	case $3 in
	*/*) has_length="/${3#*/} " ;;
	*) has_length=inet ;;
	esac
	ns_ip "$1" -o addr show dev "$2" to "${3%/*}" 2>/dev/null |
		grep -q "$has_length"
}

# vi NAME IF VRID PRIORITY ADDRESS [LINE...]: a vrrp_instance, backup at first
vi() {
	printf 'vrrp_instance %s {\n\tstate BACKUP\n\tinterface %s\n' "$1" "$2"
	printf '\tvirtual_router_id %s\n\tpriority %s\n' "$3" "$4"
	printf '\tvirtual_ipaddress {\n\t\t%s\n\t}\n' "$5"
	shift 5
	[ $# -eq 0 ] || printf '\t%s\n' "$@"
	echo '}'
}

# launch NS CONFIGURATION COMMAND...
launch() {
	launch_ns=$1
	printf '%s\n' "$2" > "$TMP/$1.conf"
	shift 2
	TMPDIR=$TMP ip netns exec "$PREFIX$launch_ns" "$@" \
		>> "$TMP/$launch_ns.log" 2>&1 &
	echo $! > "$TMP/$launch_ns.started"
}

ukd() {
	[ -x "$UKD" ] || fail "no $UKD: run make"
	ukd_ns=$1
	ukd_conf=$2
	shift 2
	launch "$ukd_ns" "$ukd_conf" "$UKD" -n -l -D -f "$TMP/$ukd_ns.conf" \
		-p "$TMP/$ukd_ns.pid" "$@"
}

kad() {
	command -v keepalived > /dev/null || skip "no keepalived here"
	kad_ns=$1
	kad_conf=$2
	shift 2
	launch "$kad_ns" "$kad_conf" keepalived -n -l -D \
		--release-vips -f "$TMP/$kad_ns.conf" -p "$TMP/$kad_ns.pid" \
		-r "$TMP/$kad_ns.vrrp.pid" -c "$TMP/$kad_ns.check.pid" "$@"
}

# ip has become the daemon: not so through ns, which costs a shell.
pid_of() {
	cat "$TMP/$1.started"
}

sig() {
	kill "-$2" "$(pid_of "$1")"
}

reconf() {
	printf '%s\n' "$2" > "$TMP/$1.conf"
	sig "$1" HUP
}

stop() {
	sig "$1" TERM
	wait "$(pid_of "$1")" || true
}

# Stopped first: keepalived's children say good-bye when their parent dies, and
# it starts them again when they do.
crash() {
	crash_pid=$(pid_of "$1")
	kill -STOP "$crash_pid"
	# shellcheck disable=SC2046
	kill -9 $(cat "/proc/$crash_pid/task/$crash_pid/children") "$crash_pid"
	wait "$crash_pid" 2> /dev/null || true
}

# Nanosecond time stamps of the kernel; returns when packets are being taken.
# Slots as long as a packet may be by default: bursts would not fit the buffer.
capture() {
	capture_ns=$1
	capture_if=$2
	capture_file=$3
	shift 3
	ip netns exec "$PREFIX$capture_ns" tcpdump -Z root -U --immediate-mode -n -s 2048 -B 8192 \
		-i "$capture_if" --time-stamp-precision=nano -w "$capture_file" "$@" \
		2> "$capture_file.err" &
	echo $! > "$capture_file.pid"
	wait_for 5 "grep -q 'listening on' '$capture_file.err'"
}

capture_end() {
	kill "$(cat "$1.pid")"
	wait "$(cat "$1.pid")" || true
}

# time, sender, VRID, priority
adverts() {
	tshark -nr "$1" -Y vrrp -T fields -e frame.time_epoch -e ip.src \
		-e ipv6.src -e vrrp.virt_rtr_id -e vrrp.prio 2>/dev/null
}

[ "$(id -u)" -eq 0 ] || skip "needs root"
TMP=$(mktemp -d "${TMPDIR:-/tmp}/ukeepalived.XXXXXX")
trap finish EXIT
trap 'exit 1' HUP INT TERM
ns_sweep
