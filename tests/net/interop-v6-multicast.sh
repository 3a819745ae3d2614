#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3 over IPv6, multicast.
. "$(dirname "$0")/interop.inc"
VIPS='fe80::9/64 2001:db8::9/64'
LINES_r1='	version 3
	advert_int 0.2'
LINES_r2=$LINES_r1
interop
