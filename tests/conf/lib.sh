# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Tests of the configuration begin with
#	. "$(dirname "$0")/lib.sh"
# and have $CONFTOOL, built with sanitizers, and a folder $TMP then.
set -eu
export LC_ALL=C

TOP=$(cd "$(dirname "$0")/../.." && pwd)
CONFTOOL=$TOP/build/asan/tests/conf/conftool
export ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99

command -v gcc > /dev/null || {
	echo "skip: no gcc"
	exit 77
}
mkdir -p "$TOP/build"
flock "$TOP/build/lock" make -s -C "$TOP" -f tests/tests.mk T=tests/conf/conftool
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
