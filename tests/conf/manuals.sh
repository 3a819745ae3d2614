#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual pages are sound, know every keyword and every option and none that is not there; --help fits a screen.
. "$(dirname "$0")/lib.sh"
command -v mandoc > /dev/null || {
	echo "skip: no mandoc"
	exit 77
}
UKD=${UKD:-$TOP/ukeepalived}
result=0

wrong() {
	echo "$*"
	result=1
}

for page in "$TOP"/doc/*.[158]; do
	# Whether other pages are installed here does not matter.
	if mandoc -Tlint "$page" 2> /dev/null | grep -v "referenced manual not found"; then
		wrong "mandoc does not like $page"
	fi
done

"$CONFTOOL" --keywords | awk -F' *\\| *' '$4 ~ /^(supported|ignored|refused)$/ { gsub("`", "", $3); print $3 }' | sort -u > "$TMP/known"
[ "$(wc -l < "$TMP/known")" -gt 400 ] || wrong "where are the keywords?"
# The first word of an item; of a list, each word between commas.
sed -n 's/^\.It Ic //p' "$TOP/doc/ukeepalived.conf.5" | sed 's/\\&//g' |
	awk '/ , / { for (i = 1; i <= NF; i += 2) print $i; next } { print $1 }' | sort -u > "$TMP/told"
comm -23 "$TMP/known" "$TMP/told" > "$TMP/missing"
[ ! -s "$TMP/missing" ] || wrong "ukeepalived.conf.5 lacks $(tr '\n' ' ' < "$TMP/missing")"
comm -13 "$TMP/known" "$TMP/told" | grep -vx 'include' > "$TMP/surplus" || true
[ ! -s "$TMP/surplus" ] || wrong "ukeepalived.conf.5 has $(tr '\n' ' ' < "$TMP/surplus")"

# Both names of each option
"$UKD" --help > "$TMP/help"
[ "$(wc -l < "$TMP/help")" -le 24 ] || wrong "--help is longer than a screen"
! grep -n '.\{81\}' "$TMP/help" || wrong "--help is wider than a screen"
sed -n 's/^\.It Fl //p' "$TOP/doc/ukeepalived.8" | sed 's/\\//g; s/ Ns.*//' > "$TMP/options"
grep -o -- '-[A-Za-z], --[a-z-]*\|^ *--[a-z]*' "$TMP/help" | sed 's/^ *-//' > "$TMP/expected"
[ "$(wc -l < "$TMP/expected")" -gt 20 ] || wrong "where are the options?"
while read -r letter name; do
	# "f, --use-file" of the help is "f , -use-file" in the page
	want="${letter%,}${name:+ , ${name#-}}"
	grep -qxF -- "$want" "$TMP/options" || wrong "ukeepalived.8 lacks option $want"
done < "$TMP/expected"

# The options of genhash, likewise
"$UKD" genhash --help 2> "$TMP/help" || true
! grep -n '.\{81\}' "$TMP/help" || wrong "genhash's --help is wider than a screen"
grep -o -- '-[A-Za-z], --[a-z-]*' "$TMP/help" > "$TMP/expected"
[ "$(wc -l < "$TMP/expected")" -ge 11 ] || wrong "where are the options of genhash?"
while read -r letter name; do
	letter=${letter%,}
	grep -q "^\.It Fl ${letter#-} , .-${name#--}\b" "$TOP/doc/genhash.1" || wrong "genhash.1 lacks $name"
done < "$TMP/expected"

# The commands, as the program has them
for command in status reload resign peer log; do
	"$UKD" "$command" -p "$TMP/nobody.pid" a b c > "$TMP/said" 2>&1 || true
	! grep -q "Unknown command" "$TMP/said" || wrong "there is no command $command"
done
sed -n 's/.* commands\[\] = "\(.*\)";/\1/p' "$TOP/status.c" | tr ' ' '\n' > "$TMP/commands"
[ "$(wc -l < "$TMP/commands")" -ge 5 ] || wrong "where are the commands?"
while read -r command; do
	grep -q "^\.It Ic $command\b" "$TOP/doc/ukeepalived.8" || wrong "ukeepalived.8 lacks command $command"
done < "$TMP/commands"
exit $result
