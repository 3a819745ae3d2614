#!/bin/sh
# SPDX-License-Identifier: MIT
# roundtrip.sh [FOLDER...]: the dump of each file there loads without an error,
# means the same, and tells no secret unless asked. Ours are free of errors.
. "$(dirname "$0")/lib.sh"

bad=0
count=0

wrong() {
	echo "$file: $*"
	bad=$((bad + 1))
}

# dump FILE NAME ARGUMENTS...: $TMP/NAME, messages in $TMP/NAME.err
dump() {
	from=$1
	to=$TMP/$2
	shift 2
	"$CONFTOOL" -d "$@" "$from" > "$to" 2> "$to.err"
}

check() {
	status=0
	dump "$file" first -s -i office || status=$?
	if [ "$status" -gt 1 ] || [ "$status" -gt "$errors_allowed" ]; then
		wrong "status $status: $(grep -m 1 error "$TMP/first.err")"
	elif ! dump "$TMP/first" second -s; then
		wrong "the dump does not load: $(grep -m 1 error "$TMP/second.err")"
	elif ! cmp -s "$TMP/first" "$TMP/second"; then
		wrong "the dump means something else"
		diff "$TMP/first" "$TMP/second" | head -n 5
	elif ! dump "$file" masked -i office && [ "$errors_allowed" = 0 ]; then
		wrong "the dump without secrets fails"
	elif ! dump "$TMP/masked" third; then
		wrong "the dump without secrets does not load: $(grep -m 1 error "$TMP/third.err")"
	elif ! cmp -s "$TMP/masked" "$TMP/third"; then
		wrong "the dump without secrets means something else"
	fi
	if grep -E '^	*(auth_pass|password|key [0-9]+) ' "$TMP/masked" | grep -Ev ' ("?\*+"?|"?file:.*)$'; then
		wrong "the line above tells a secret"
	fi
	# Nothing but secrets differs.
	if diff "$TMP/first" "$TMP/masked" | grep '^>' | grep -Ev '^> 	*(auth_pass|password|key [0-9]+) '; then
		wrong "the line above is not shown as it is"
	fi
}

errors_allowed=1
least=1
if [ $# = 0 ]; then
	errors_allowed=0
	least=15
	set -- "$TOP/tests/conf/examples"
fi
find "$@" -type f > "$TMP/files"
while read -r file; do
	count=$((count + 1))
	check
done < "$TMP/files"
echo "$count files, $bad of them wrong"
[ "$bad" = 0 ] && [ "$count" -ge $least ]
