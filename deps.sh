#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes what a build needs from Debian's source packages, below $DEPS:
#	deps.sh bearssl		BearSSL's source, in bearssl-0.6, to compare with
#	deps.sh musl TRIPLET	musl for TRIPLET, such as mips-linux-gnu
#	deps.sh cmocka TRIPLET	cmocka on that musl, for the unit tests
#	deps.sh path TRIPLET	the folder where both go
#	deps.sh fetch		the sources alone
# A source is looked for in $DEPS/src, asked of apt, then of its home page; its
# hash decides. Nothing is done twice.
set -eu

SUITE=bookworm
DEPS=${DEPS:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/ukeepalived}

die() {
	echo "deps.sh: $*" >&2
	exit 1
}

matches() {
	echo "$2  $1" | sha256sum -c --status 2>/dev/null
}

apt() {
	apt-get -qq -o Dir::Etc::SourceList="$DEPS/apt/list" \
		-o Dir::Etc::SourceParts=- -o Dir::State::Lists="$DEPS/apt/lists" \
		-o Dir::Cache="$DEPS/apt/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}

# A list and a state of its own: the machine's lists need no deb-src line, and
# the caller need not be root. The mirror is the one that the machine uses.
apt_source() {
	command -v apt-get >/dev/null || return 1
	mirror=$(apt-get indextargets 'Created-By: Packages' 'Component: main' \
		--format "\$(REPO_URI)" 2>/dev/null | grep 'debian/*$' | head -n 1)
	mkdir -p "$DEPS/apt/lists/partial" "$DEPS/apt/cache/archives/partial"
	echo "deb-src ${mirror:-http://deb.debian.org/debian/} $SUITE main" \
		> "$DEPS/apt/list"
	apt update && (cd "$DEPS/src" && apt --download-only source "$1")
}

# fetch PACKAGE FILE SHA256 URL [OTHER WAY]
fetch() {
	file=$DEPS/src/$2
	mkdir -p "$DEPS/src"
	matches "$file" "$3" && return
	rm -f "$file"
	apt_source "$1" >&2 || true
	matches "$file" "$3" && return
	curl -fsSLo "$file" "$4" || wget -qO "$file" "$4" || true
	matches "$file" "$3" && return
	rm -f "$file"
	die "no source of $1: put $2 into $DEPS/src ($4, sha256 $3)${5:-}"
}

fetch_musl() {
	fetch musl musl_1.2.3.orig.tar.gz \
		7d5b0b6062521e4627e099e4c9dc8248d32a30285e959b7eecaa780cf8cfd4a4 \
		https://musl.libc.org/releases/musl-1.2.3.tar.gz
}

fetch_cmocka() {
	fetch cmocka cmocka_1.1.5.orig.tar.xz \
		f0ccd8242d55e2fd74b16ba518359151f6f8383ff8aef4976e48393f77bba8b6 \
		https://cmocka.org/files/1.1/cmocka-1.1.5.tar.xz
}

fetch_bearssl() {
	fetch bearssl bearssl_0.6+dfsg.1.orig.tar.xz \
		102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004 \
		https://deb.debian.org/debian/pool/main/b/bearssl/bearssl_0.6+dfsg.1.orig.tar.xz \
		", or set BEARSSL to its tree"
}

# unpack FILE: into an empty work folder, which becomes the current one
unpack() {
	rm -rf "$work"
	mkdir -p "$work"
	tar -xf "$file" -C "$work" --strip-components=1
	cd "$work"
}

# Compiled by tests/tests.mk.
source_bearssl() {
	[ -e "$DEPS/bearssl-0.6" ] && return
	fetch_bearssl
	command -v xz >/dev/null || die "no xz: apt-get install xz-utils (Debian)"
	work=$DEPS/work-bearssl
	(unpack)
	mv "$work" "$DEPS/bearssl-0.6"
}

build_musl() {
	fetch_musl
	unpack
	rm -rf "$prefix"
	# The daemon is linked at a fixed address: smaller without PIC.
	flags="-Os -fno-pie"
	case $triplet in
	mips*) flags="$flags -fno-pic -mplt -mno-shared -minterlink-mips16" ;;
	esac
	./configure CC="$triplet-gcc" CFLAGS="$flags" --target="$triplet" \
		--prefix="$prefix" --syslibdir="$prefix/lib" --disable-shared \
		--enable-wrapper=gcc
	# Only what has no assembly inside can be in the short instructions.
	case $triplet in
	mips*)
		for part in string/% stdlib/% stdio/v%printf internal/intscan \
			network/inet_%; do
			echo "obj/src/$part.o: CFLAGS_ALL += -mips16"
		done >> config.mak
		;;
	esac
	make -j2 AR="$triplet-ar" RANLIB="$triplet-ranlib" install
}

build_cmocka() {
	fetch_cmocka
	unpack
	# It would define uintptr_t for itself, and wrongly on 64 bits with musl.
	sed -i '1i #include <stdint.h>\n#define _UINTPTR_T' include/cmocka.h
	"$prefix/bin/musl-gcc" -Os -fno-pie -Iinclude -D_GNU_SOURCE -w \
		-DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_STRUCT_TIMESPEC \
		-DHAVE_CLOCK_GETTIME -DHAVE_CLOCK_REALTIME \
		-DHAVE_STRSIGNAL -DHAVE_SIGNAL_H -DHAVE_TIME_H -DHAVE_UNISTD_H \
		-c src/cmocka.c
	"$triplet-ar" rcs "$prefix/lib/libcmocka.a" cmocka.o
	cp include/cmocka.h include/cmocka_pbc.h "$prefix/include/"
}

# build NAME: unless it is there
build() {
	[ -e "$prefix/.$1" ] && return
	command -v "$triplet-gcc" >/dev/null ||
		die "no $triplet-gcc: apt-get install gcc-$triplet (Debian)"
	echo "building $1 for $triplet in $DEPS"
	work=$DEPS/work-$triplet
	log=$DEPS/$1-$triplet.log
	# In the background, since -e has no effect on the left of ||.
	"build_$1" > "$log" 2>&1 9>&- &
	wait $! || die "$(tail -n 20 "$log" | cut -c 1-200)
no $1 for $triplet, see $log"
	rm -rf "$work"
	touch "$prefix/.$1"
}

triplet=${2:-}
# Another recipe goes to another folder: trees of several ages share $DEPS.
recipe=$(sed -n '/^[a-z]*_\(musl\|cmocka\)()/,/^}/p' "$0" | cksum)
prefix=$DEPS/$triplet-${recipe%% *}
if [ "${1:-}" = path ]; then
	echo "$prefix"
	exit
fi
mkdir -p "$DEPS"
exec 9> "$DEPS/lock"
flock 9
case ${1:-}:$triplet in
fetch:)
	fetch_musl
	fetch_cmocka
	fetch_bearssl
	;;
bearssl:) source_bearssl ;;
musl:?*) build musl ;;
cmocka:?*)
	build musl
	build cmocka
	;;
*) die "usage: deps.sh musl|cmocka|path TRIPLET, bearssl, or fetch" ;;
esac
