#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3 over IPv6, unicast.
. "$(dirname "$0")/interop.inc"
VIPS='2001:db8::9/64'
ADDR_r1=2001:db8::1/64
ADDR_r2=2001:db8::2/64
LINES_r1='	version 3
	advert_int 0.2
	unicast_src_ip 2001:db8::1
	unicast_peer {
		2001:db8::2
	}'
LINES_r2='	version 3
	advert_int 0.2
	unicast_src_ip 2001:db8::2
	unicast_peer {
		2001:db8::1
	}'
interop
