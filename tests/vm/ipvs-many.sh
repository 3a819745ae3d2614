#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone
# 10,000 destinations, and 1,000 services: set once, then nothing to do.
. "$(dirname "$0")/lib.sh"

ns_new a
awk 'BEGIN {
	print "-A -t 192.0.2.1:80 -s rr"
	for (i = 0; i < 10000; i++)
		printf "-a -t 192.0.2.1:80 -r 10.0.%d.%d:80 -m -w 1\n",
			i / 250, i % 250 + 1
}' > "$TMP/many"
awk 'BEGIN {
	for (i = 0; i < 1000; i++) {
		service = sprintf("-t 192.0.%d.%d:80", i / 250, i % 250 + 1)
		print "-A " service " -s rr"
		print "-a " service " -r 10.0.0.1:80 -m -w 1"
	}
}' > "$TMP/wide"
for run in 'wide -o' wide 'many -o' many; do
	file=${run% *}
	o=${run#"$file"}
	ns a ipvsadm -C
	tool a $o time "$TMP/$file" > "$TMP/out" || fail "$(cat "$TMP/out")"
	echo "$run: $(cat "$TMP/out")"
	# A line for each operation would stand before the times.
	expect '[ "$(wc -l < "$TMP/out")" = 1 ]'
	tool a $o dump | sort > "$TMP/got"
	sort "$TMP/$file" | cmp - "$TMP/got" || fail "other entries"
done
# Half of them change.
sed 's/\([02468]:80 -m -w\) 1/\1 2/' "$TMP/many" > "$TMP/half"
tool a apply "$TMP/half" "$TMP/many" > "$TMP/ops"
[ "$(grep -c '^~' "$TMP/ops")" = 5000 ] || fail "$(wc -l < "$TMP/ops") operations"
tool a dump | sort > "$TMP/got"
sort "$TMP/half" | cmp - "$TMP/got" || fail "other entries"
