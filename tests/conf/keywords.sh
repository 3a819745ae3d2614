#!/bin/sh
# SPDX-License-Identifier: MIT
# The table of keywords in README.md is that of the program, the examples use
# every supported keyword, and their dumps show them.
# After a change of the tables: keywords.sh --write
. "$(dirname "$0")/lib.sh"

"$CONFTOOL" --keywords > "$TMP/table"
awk -v table="$TMP/table" '
	/<!-- keywords end -->/ { skip = 0 }
	!skip
	/<!-- keywords begin -->/ {
		skip = 1
		print ""
		while ((getline line < table) > 0)
			print line
		print ""
	}' "$TOP/README.md" > "$TMP/readme"
if [ "${1:-}" = --write ]; then
	cat "$TMP/readme" > "$TOP/README.md"
fi
result=0
if ! grep -q '<!-- keywords begin -->' "$TOP/README.md"; then
	echo "README.md has no section of keywords"
	result=1
elif ! diff "$TOP/README.md" "$TMP/readme" > "$TMP/difference"; then
	echo "README.md differs from the tables of keywords (tests/conf/keywords.sh --write):"
	head -n 20 "$TMP/difference"
	result=1
fi

# Words of the examples, comments left out; a block stands once for all those
# that share its table.
sed 's/[#!].*//' "$TOP"/tests/conf/examples/*.conf | tr -s ' \t{}' '\n' | sort -u > "$TMP/used"
awk -F' *\\| *' '$4 == "supported" { gsub("`", "", $3); print $3 }' "$TMP/table" | sort -u > "$TMP/known"
[ "$(wc -l < "$TMP/known")" -gt 300 ] || result=1
if comm -23 "$TMP/known" "$TMP/used" | grep .; then
	echo "no example for the keywords above"
	result=1
fi

# Without those that mean another one, or what is so anyway.
for example in "$TOP"/tests/conf/examples/*.conf; do
	"$CONFTOOL" -d -s "$example" 2> "$TMP/messages"
done | tr -s ' \t{}' '\n' | sort -u > "$TMP/shown"
awk -F' *\\| *' '$4 == "supported" && $5 !~ /^same as/ { gsub("`", "", $3); print $3 }' "$TMP/table" | sort -u |
	grep -vxE 'delay|global_tracking|include_check|random_seed|lvs_sync_daemon_inte?r?face|nb_get_retry|or|preempt|prepend|vrrp_min_garp' > "$TMP/known"
if comm -23 "$TMP/known" "$TMP/shown" | grep .; then
	echo "the dumps of the examples lack the keywords above"
	result=1
fi
exit $result
