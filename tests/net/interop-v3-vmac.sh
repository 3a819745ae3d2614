#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3 with virtual MACs: the router that sends has it, and who asks for the address gets it.
. "$(dirname "$0")/interop.inc"
VIPS='192.0.2.9/24 192.0.2.10/24'
HOLDER=vrrp.51
LINES_r1='	version 3
	advert_int 0.1
	use_vmac'
LINES_r2=$LINES_r1
interop
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp && eth.src != 00:00:5e:00:01:33" 2>/dev/null | wc -l)" = 0 ]'
