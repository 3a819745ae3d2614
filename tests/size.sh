#!/bin/sh
# SPDX-License-Identifier: MIT
# size.sh FILE...: prints each binary's size and ends with 1 when one is not
# static or has LIMIT bytes or more.
set -u
LIMIT=${LIMIT:-200000}
bad=0

for f in "$@"; do
	size=$(stat -c %s "$f") || exit 1
	machine=$(LC_ALL=C readelf -h "$f" | sed -n 's/^ *Machine: *//p')
	class=$(LC_ALL=C readelf -h "$f" | sed -n 's/.*complement, //p')
	verdict=
	[ "$size" -lt "$LIMIT" ] || verdict=" TOO LARGE (limit $LIMIT)"
	if LC_ALL=C readelf -lW "$f" | grep -Eq '^ +(INTERP|DYNAMIC) '; then
		verdict="$verdict NOT STATIC"
	fi
	[ -z "$verdict" ] || bad=1
	printf '%8d  %-44s %s, %s%s\n' "$size" "$f" "$machine" "$class" "$verdict"
done
exit $bad
