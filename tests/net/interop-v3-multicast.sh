#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3 every 0.1 s with two addresses.
. "$(dirname "$0")/interop.inc"
VIPS='192.0.2.9/24 192.0.2.10/24'
LINES_r1='	version 3
	advert_int 0.1'
LINES_r2=$LINES_r1
interop
