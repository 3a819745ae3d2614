#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3 over unicast.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9/24
LINES_r1='	version 3
	advert_int 0.2
	unicast_src_ip 192.0.2.1
	unicast_peer {
		192.0.2.2
	}'
LINES_r2='	version 3
	advert_int 0.2
	unicast_src_ip 192.0.2.2
	unicast_peer {
		192.0.2.1
	}'
interop
