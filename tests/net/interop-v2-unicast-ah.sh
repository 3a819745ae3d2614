#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 with the AH header over unicast, beside Debian's keepalived, both ways.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9/24
auth='	authentication {
		auth_type AH
		auth_pass longerthan8
	}'
LINES_r1="$auth
	unicast_src_ip 192.0.2.1
	unicast_peer {
		192.0.2.2
	}"
LINES_r2="$auth
	unicast_src_ip 192.0.2.2
	unicast_peer {
		192.0.2.1
	}"
interop
