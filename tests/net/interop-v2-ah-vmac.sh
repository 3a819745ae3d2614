#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 with the AH header from virtual MACs, beside Debian's keepalived, both ways.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9/24
HOLDER=vrrp.51
LINES_r1='	authentication {
		auth_type AH
		auth_pass k3y
	}
	use_vmac'
LINES_r2=$LINES_r1
interop
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp && eth.src != 00:00:5e:00:01:33" 2>/dev/null | wc -l)" = 0 ]'
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp && !ah" 2>/dev/null | wc -l)" = 0 ]'
