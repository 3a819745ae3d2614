#!/bin/sh
# SPDX-License-Identifier: MIT
# size.sh FILE...: prints each binary's size and ends with 1 when one is not
# static, has LIMIT bytes or more, or holds a part of libc that the program has a
# smaller one for (text.h, date.h, sort.h, heap.c, libc.c, syscalls.c; _Fork(),
# prlimit()).
set -u
LIMIT=${LIMIT:-200000}
COSTLY="vfprintf|vfscanf|__qsort_r|__intscan|__floatscan|__secs_to_tm|__synccall|\
inet_ntop|strstr|strerror|__libc_malloc_impl|getaddrinfo|regcomp|glob|fopen|setenv|fork|__vdsosym|__lock|\
__(div|mod|umod)di3"
bad=0

for f in "$@"; do
	size=$(stat -c %s "$f") || exit 1
	machine=$(LC_ALL=C readelf -h "$f" | sed -n 's/^ *Machine: *//p')
	class=$(LC_ALL=C readelf -h "$f" | sed -n 's/.*complement, //p')
	verdict=
	[ "$size" -lt "$LIMIT" ] || verdict=" $((size - LIMIT + 1)) TOO MANY"
	if LC_ALL=C readelf -lW "$f" | grep -Eq '^ +(INTERP|DYNAMIC) '; then
		verdict="$verdict NOT STATIC"
	fi
	debug=$f.debug
	[ -e "$debug" ] || debug=build/host/${f##*/}.debug
	costly=$(LC_ALL=C readelf -sW "$debug" |
		awk -v is="^($COSTLY)\$" '$8 ~ is { print $8 }' | sort -u | tr '\n' ' ')
	verdict="$verdict${costly:+ COSTLY: $costly}"
	[ -z "$verdict" ] || bad=1
	printf '%8d  %-44s %s, %s%s\n' "$size" "$f" "$machine" "$class" "$verdict"
done
exit $bad
