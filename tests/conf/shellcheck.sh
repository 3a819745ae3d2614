#!/bin/sh
# SPDX-License-Identifier: MIT
# shellcheck has nothing to say about the scripts that are installed, nor about their tests; and BusyBox's shell parses them.
cd "$(dirname "$0")/../.." || exit 1
command -v shellcheck busybox > /dev/null || {
	echo "skip: no shellcheck or busybox"
	exit 77
}
scripts=$(grep -lrE '^#!/bin/sh|^# shellcheck shell=' openwrt init buildroot doc tests/openwrt tests/init 2> /dev/null)
[ "$(echo "$scripts" | wc -l)" -ge 15 ] || {
	echo "where are the scripts?"
	exit 1
}
status=0
for script in $scripts; do
	busybox ash -n "$script" || status=1
done
# shellcheck disable=SC2086
shellcheck -x -P SCRIPTDIR $scripts || status=1
exit $status
