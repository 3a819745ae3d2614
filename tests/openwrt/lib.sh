# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC1091,SC2016
# A folder laid out as OpenWrt's root, $ROOT, with the package in it as its
# Makefile installs it, BusyBox, and small stand-ins for what it calls.
#	root_new; uci < FILE
#	router r1 COMMAND...	chroot there, in the namespace of r1
. "$(dirname "$0")/../net/lib.sh"

SDK=$TOP/tests/openwrt/sdk
ROOT=$TMP/root

command -v busybox > /dev/null || skip "no busybox"
[ -x "$UKD" ] || fail "no $UKD: run make"

package() {
	make -s -C "$TOP/openwrt" TOPDIR="$SDK" BUILD_DIR="$TMP/build" "$@"
}

root_new() {
	made="$TMP/build/$(package info | sed 's/^\([^ ]*\) \([^ ]*\)-.*/\1-\2/')/build/openwrt"
	mkdir -p "$made" "$ROOT/bin" "$ROOT/tmp" "$ROOT/proc" "$ROOT/dev"
	cp "$UKD" "$made/ukeepalived"
	package install ROOT="$ROOT"
	cp -R "$TOP/tests/openwrt/root/." "$ROOT"
	cp "$(command -v busybox)" "$ROOT/bin/busybox"
	for applet in $("$ROOT/bin/busybox" --list-full); do
		[ -e "$ROOT/$applet" ] || {
			mkdir -p "$ROOT/$(dirname "$applet")"
			ln -s /bin/busybox "$ROOT/$applet"
		}
	done
	ln -s tmp "$ROOT/var"
	mkdir -p "$ROOT/tmp/run" "$ROOT/etc/config"
	ln -s tmp/run "$ROOT/run"
	echo root:x:0:0:root:/root:/bin/ash > "$ROOT/etc/passwd"
	echo root:x:0: > "$ROOT/etc/group"
	mknod "$ROOT/dev/null" c 1 3
	# One mount namespace for all: the path of an executable means nothing in another. It ends with the network namespace.
	# shellcheck disable=SC2016
	ip netns exec "$PREFIX${NAMESPACES##* }" unshare -m sh -c 'mount -t proc proc "$0/proc" && exec sleep 3600' "$ROOT" &
	mounts=$!
	wait_for 5 'nsenter -t $mounts -m test -e "$ROOT/proc/self"'
}

uci() {
	cat > "$ROOT/etc/config/keepalived"
}

router() {
	router_ns=$1
	shift
	nsenter -t "$mounts" -m --net="/run/netns/$PREFIX$router_ns" chroot "$ROOT" "$@"
}
