#!/bin/sh
# SPDX-License-Identifier: MIT
# run: long timeout=600
# Buildroot's package builds below its own tree and as a package of Buildroot's, shared and static, and installs all that it should.
cd "$(dirname "$0")/../.." || exit 1
command -v musl-gcc > /dev/null || {
	echo "skip: no musl-gcc"
	exit 77
}
set -eu
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
DEPS=${DEPS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ukeepalived}
export DEPS
tree=$PWD
multiarch=$(gcc -print-multiarch)

fail() {
	echo "FAILED: $*"
	exit 1
}

# build FOLDER VARIABLE...
build() {
	folder=$1
	shift
	make -s -f tests/init/buildroot.mk BR2_EXTERNAL_UKEEPALIVED_PATH="$folder" TREE="$tree" WORK="$TMP/out" \
		TARGET_DIR="$TMP/target" TARGET_CC="musl-gcc -idirafter /usr/include -idirafter /usr/include/$multiarch" \
		"$@" > "$TMP/log" 2>&1 || fail "$(tail -n 5 "$TMP/log")"
	readelf -l "$TMP/target/usr/sbin/ukeepalived" > "$TMP/elf"
}

build "$tree/buildroot" BR2_STATIC_LIBS=y BR2_PACKAGE_UKEEPALIVED_TLS=y
! grep -q INTERP "$TMP/elf" || fail "not static"
"$TMP/target/usr/sbin/keepalived" -v | grep -q "v$(sed -n 's/^UKEEPALIVED_VERSION = //p' buildroot/package/ukeepalived/ukeepalived.mk)," ||
	fail "another version"
busybox ash -n "$TMP/target/etc/init.d/S80ukeepalived"
grep -q "^ExecStart=/usr/sbin/ukeepalived " "$TMP/target/usr/lib/systemd/system/ukeepalived.service" || fail "the unit"

cp -R buildroot "$TMP/copy"
build "$TMP/copy" BR2_PACKAGE_UKEEPALIVED_TLS=y
grep -q INTERP "$TMP/elf" || fail "not with a shared libc"

# The hashes are those of what is there.
sed -n 's/^sha256  //p' buildroot/package/ukeepalived/ukeepalived.hash | while read -r sum file; do
	echo "$sum  $file" | sha256sum -c --quiet
done
