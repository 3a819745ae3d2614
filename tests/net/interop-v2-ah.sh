#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 with the AH header over multicast, beside Debian's keepalived, both ways.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9/24
LINES_r1='	authentication {
		auth_type AH
		auth_pass k3y
	}'
LINES_r2=$LINES_r1
interop
