#!/bin/sh
# SPDX-License-Identifier: MIT
# run: long timeout=600
# The package's Makefile builds the daemon with a shared libc and static; what it installs is whole.
# shellcheck disable=SC2016,SC2034
. "$(dirname "$0")/lib.sh"
command -v musl-gcc > /dev/null || skip "no musl-gcc"

# build WORD... : the daemon's size
build() {
	package compile TARGET_CC="musl-gcc -idirafter /usr/include -idirafter /usr/include/$(gcc -print-multiarch)" \
		TARGET_CFLAGS=-Os "$@" > "$TMP/make.log" 2>&1 || fail "$(tail -n 5 "$TMP/make.log")"
	wc -c < "$binary"
}

# Code and data, without what is there for the linker.
contents() {
	size -A "$binary" | awk '/^\.(text|rodata|data) / { sum += $2 } END { print sum }'
}

binary=$TMP/build/$(package info | sed 's/^\([^ ]*\) \([^ ]*\)-.*/\1-\2/')/build/openwrt/ukeepalived

expect '[ "$(package info)" = "ukeepalived $("$UKD" -v | sed -n "s/^ukeepalived v\([^,]*\),.*/\1/p")-1 MIT provides keepalived" ]'
shared=$(build CONFIG_UKEEPALIVED_TLS=y)
shared_contents=$(contents)
readelf -lW --dyn-syms "$binary" > "$TMP/shared"
expect 'grep -q "INTERP" "$TMP/shared"'
# Neither its own malloc() nor its own system calls.
expect 'grep -qw "UND malloc" "$TMP/shared" && grep -qw "UND recv" "$TMP/shared"'
static=$(build CONFIG_UKEEPALIVED_TLS=y CONFIG_UKEEPALIVED_STATIC=y)
static_contents=$(contents)
readelf -lW "$binary" > "$TMP/static"
expect '! grep -q "INTERP" "$TMP/static"'
echo "$shared bytes with a shared libc, $static static"
# The one has no part of libc; its tables for the linker take more than those parts, as Config.in says.
expect "[ $shared_contents -lt $static_contents ]"
expect "[ $static -lt $shared ]"

ns_new r1
root_new
for file in $(package conffiles); do
	expect '[ -s "$ROOT$file" ]'
done
expect '[ -x "$ROOT/usr/sbin/keepalived" ] && [ ! -h "$ROOT/usr/sbin/keepalived" ]'
expect '[ -x "$ROOT/usr/sbin/ukeepalived" ]'
expect '[ -x "$ROOT/usr/libexec/rpcd/keepalived" ] && [ -x "$ROOT/etc/init.d/keepalived" ]'
# For those who knew it by its former name
for line in "config global_defs" "config 'globals'" "config globals 'globals'"; do
	printf '\n%s\n\toption router_id x\nconfig global_other\n' "$line" > "$ROOT/etc/config/keepalived"
	chroot "$ROOT" /bin/ash /etc/uci-defaults/keepalived
	expect '[ "$(grep -cx "config globals .globals." "$ROOT/etc/config/keepalived")" = 1 ]'
	expect 'grep -qx "config global_other" "$ROOT/etc/config/keepalived"'
done
