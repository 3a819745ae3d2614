#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# aarch64's binary does what it would do had nothing in it been folded: judged instruction by instruction, and by what it makes of
# configurations. What may not be folded stays.
. "$(dirname "$0")/../net/lib.sh"

command -v aarch64-linux-gnu-gcc qemu-aarch64-static > /dev/null || skip "no cross compiler, or no qemu"
flock "$TOP/build/lock" make -s -C "$TOP" CROSS=aarch64-linux-gnu- all
out=$TOP/build/aarch64-linux-gnu
expect 'python3 "$TOP/tests/arch/lib.unfold.py" "$out/fold/whole.s" "$out/fold/folded.s" >&2'

for conf in "$TOP"/tests/conf/examples/*.conf; do
	"$TOP/ukeepalived" -t -d -f "$conf" > "$TMP/here" 2>&1 || true
	qemu-aarch64-static "$out/ukeepalived" -t -d -f "$conf" > "$TMP/there" 2>&1 || true
	expect '[ -s "$TMP/here" ] && cmp "$TMP/here" "$TMP/there"'
done

# function NAME: from its instructions, one a line
function() {
	printf '\t.type\t%s, %%function\n%s:\n' "$1" "$1"
	sed 's/^[a-z]/\t&/'
	printf '\t.size\t%s, .-%s\n' "$1" "$1"
}
fold() {
	LC_ALL=C awk -f "$TOP/fold.awk" "$TMP/in.s" > "$TMP/out.s"
	grep -c fold "$TMP/out.s"
}
work='mov	x0, x19
add	x0, x0, 8
bl	there
str	x0, [x19, 16]
add	x1, x1, 24
ldr	x2, [x1]'
frame='stp	x19, x30, [sp, -16]!'
end='ldp	x19, x30, [sp], 16
ret'

# In functions alike, once; the folded file and its place in the section are named, too.
for f in a b c; do printf '%s\n' "$frame" "$work" "cbz x0, .L$f" "$work" ".L$f:" "mov w0, $f" "$end" | function $f; done > "$TMP/in.s"
expect '[ "$(fold)" -gt 6 ]'
expect '[ "$(grep -c "bl	there" "$TMP/out.s")" = 0 ] && [ "$(grep -c "b there" "$TMP/out.s")" = 1 ]'
expect 'python3 "$TOP/tests/arch/lib.unfold.py" "$TMP/in.s" "$TMP/out.s" > /dev/null'
# Not where x30 is not saved, or only after a branch, or read back; not what moves sp; not in a loop.
none() {
	for f in a b c d e f; do printf '%s\n' "$@" "mov w0, $f" ret | sed "s/@/$f/" | function $f; done > "$TMP/in.s"
	[ "$(fold)" = 1 ] || fail "folded: $*"
}
none "$work"
none 'cbz	x0, .L1' "$frame" "$work"
none "$frame" 'ldp	x19, x30, [sp], 16' "$work"
none "$frame" 'sub	sp, sp, 16' 'sub	sp, sp, 32'
none "$frame" 'mov	x30, x0' "$work"
none "$frame" '.L@:' "$work" 'cbz	x0, .L@'
