#!/bin/sh
# SPDX-License-Identifier: MIT
# run: long timeout=600
# The package's Makefile builds the daemon with a shared libc and static; what it installs is whole.
# shellcheck disable=SC2016,SC2034
. "$(dirname "$0")/lib.sh"
command -v musl-gcc > /dev/null || skip "no musl-gcc"
DEPS=${DEPS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ukeepalived}
export DEPS

# build WORD... : the daemon's size
build() {
	package compile TARGET_CC="musl-gcc -idirafter /usr/include -idirafter /usr/include/$(gcc -print-multiarch)" \
		TARGET_CFLAGS=-Os "$@" > "$TMP/make.log" 2>&1 || fail "$(tail -n 5 "$TMP/make.log")"
	binary=$TMP/build/$(ls "$TMP/build")/build/openwrt/ukeepalived
	wc -c < "$binary"
}

expect '[ "$(package info)" = "ukeepalived $("$UKD" -v | sed -n "s/^ukeepalived v\([^,]*\),.*/\1/p")-1 MIT provides keepalived" ]'
shared=$(build CONFIG_UKEEPALIVED_TLS=y)
readelf -l "$TMP"/build/*/build/openwrt/ukeepalived > "$TMP/shared"
expect 'grep -q "INTERP" "$TMP/shared"'
static=$(build CONFIG_UKEEPALIVED_TLS=y CONFIG_UKEEPALIVED_STATIC=y)
readelf -l "$TMP"/build/*/build/openwrt/ukeepalived > "$TMP/static"
expect '! grep -q "INTERP" "$TMP/static"'
echo "$shared bytes with a shared libc, $static static"
# Neither brings what only the other needs: without its own parts of libc the one has tables for the linker.
expect "[ $shared -lt $((static + 16384)) ] && [ $static -lt $((shared + 16384)) ]"

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
