#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 over multicast, beside Debian's keepalived, both ways.
. "$(dirname "$0")/interop.inc"
VIPS=192.0.2.9/24
LINES_r1='	advert_int 1'
LINES_r2=$LINES_r1
interop
