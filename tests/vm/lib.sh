# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# What tests in the virtual machine have beyond tests/net/lib.sh:
#	tool r1 ARGS		ipvstool in a host
#	table r1		its IPVS table, sorted; thresholds r1
#	expect_table r1 <<- END	its table is this, in any order
. "$(dirname "$0")/../net/lib.sh"

IPVSTOOL=$TOOLS/tests/vm/ipvstool
grep -qs '^vm$' /proc/sys/kernel/hostname ||
	skip "runs in the virtual machine: tests/vm/run.sh $0"

tool() {
	tool_ns=$1
	shift
	ns "$tool_ns" "$IPVSTOOL" "$@"
}

table() {
	ns "$1" ipvsadm -Sn | sort
}

thresholds() {
	ns "$1" ipvsadm -Ln --thresholds | sort
}

expect_table() {
	sort > "$TMP/table.want"
	table "$1" > "$TMP/table.got"
	diff -u "$TMP/table.want" "$TMP/table.got" || fail "not the table of $1"
}
