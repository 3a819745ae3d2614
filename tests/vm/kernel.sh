#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches Debian's kernel for tests/vm into $DEPS/kernel, once, and prints the
# name of that folder's subfolder: vmlinux and lib/modules/RELEASE are in it.
# The whole kernel (linux-image-amd64), since the one for clouds has no 9p.
set -eu

DEPS=${DEPS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ukeepalived}
KERNEL=$DEPS/kernel

die() {
	echo "kernel.sh: $*" >&2
	exit 1
}

# The compressed kernel within a bzImage: boot protocol, fields setup_sects,
# payload_offset and payload_length. qemu starts it without firmware, which
# saves the unpacking, 4 s when no KVM is there.
field() {
	od -An "-tu$2" "-j$3" "-N$2" "$1" | tr -d ' '
}

unpack_vmlinux() {
	start=$((($(field "$1" 1 497) + 1) * 512 + $(field "$1" 4 584)))
	length=$(($(field "$1" 4 588) - 4))
	tail -c +$((start + 1)) "$1" | head -c "$length" | xz -dc > "$2"
}

# Less than a tenth of the package: what has to do with networks.
unpack_package() {
	dpkg --fsys-tarfile "$1" | tar -x -C "$2" --wildcards \
		--exclude='*/drivers/net/*/*/*' --exclude='*/drivers/net/ethernet' \
		--exclude='*/drivers/net/wireless' './boot/vmlinuz-*' \
		'./lib/modules/*/modules.*' './lib/modules/*/kernel/net' \
		'./lib/modules/*/kernel/lib' './lib/modules/*/kernel/crypto' \
		'./lib/modules/*/kernel/drivers/net' \
		'./lib/modules/*/kernel/drivers/virtio' \
		'./lib/modules/*/kernel/fs/9p' './lib/modules/*/kernel/fs/netfs' \
		'./lib/modules/*/kernel/fs/fscache' \
		'./lib/modules/*/kernel/fs/overlayfs'
}

fetch() {
	package=$(apt-cache depends linux-image-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9].*-amd64\).*/\1/p' | head -n 1)
	[ -n "$package" ] || die "no linux-image-amd64: apt-get update (Debian)"
	release=${package#linux-image-}
	work=$KERNEL/work
	rm -rf "$work"
	mkdir -p "$work"
	(cd "$work" && apt-get -qq -o APT::Sandbox::User="$(id -un)" \
		download "$package") || die "can't download $package"
	unpack_package "$work/$package"_*.deb "$work"
	unpack_vmlinux "$work/boot/vmlinuz-$release" "$work/vmlinux"
	busybox depmod -b "$work" "$release"
	rm -rf "$work"/*.deb "$work/boot" "${KERNEL:?}/$release"
	mv "$work" "$KERNEL/$release"
	echo "$release" > "$KERNEL/release"
}

mkdir -p "$KERNEL"
exec 9> "$KERNEL/lock"
flock 9
[ -s "$KERNEL/release" ] || fetch >&2
echo "$KERNEL/$(cat "$KERNEL/release")"
