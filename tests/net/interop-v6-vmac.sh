#!/bin/sh
# SPDX-License-Identifier: MIT
# IPv6 with virtual MACs; adverts come from the base's link-local address.
. "$(dirname "$0")/interop.inc"
VIPS='fe80::51/64 2001:db8::9/64'
HOLDER=vrrp.51
LINES_r1='	version 3
	advert_int 0.1
	use_vmac'
LINES_r2=$LINES_r1
ADDR_r1=2001:db8::1/64
ADDR_r2=2001:db8::2/64
interop
expect '[ "$(tshark -nr "$TMP/lan.pcap" -Y "vrrp && eth.src != 00:00:5e:00:02:33" 2>/dev/null | wc -l)" = 0 ]'
