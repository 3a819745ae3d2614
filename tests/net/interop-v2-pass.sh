#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 with a password that keepalived cuts to 8 characters.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9
LINES_r1='	authentication {
		auth_type PASS
		auth_pass secret123
	}'
LINES_r2=$LINES_r1
interop
