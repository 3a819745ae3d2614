#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=300
# The binaries for three machines are static and below the limit.
cd "$(dirname "$0")/../.." || exit 1
command -v mips-linux-gnu-gcc aarch64-linux-gnu-gcc > /dev/null || {
	echo "skip: no cross compiler"
	exit 77
}
exec flock build/lock make -s size
