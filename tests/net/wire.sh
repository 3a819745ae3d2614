#!/bin/sh
# SPDX-License-Identifier: MIT
# The common kinds of configuration beside Debian's keepalived: the same adverts, announcements, addresses, routes and rules.
set -u
cd "$(dirname "$0")/../.." || exit 1
out=$(python3 tests/wire/wire.py tests/conf/wire)
status=$?
echo "$out"
[ $status -eq 0 ] || exit $status
case $out in
*' 0 differ, 0 skipped') ;;
*) echo "FAILED: each file must be compared"; exit 1 ;;
esac
