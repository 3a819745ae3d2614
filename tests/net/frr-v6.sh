#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3, IPv6 beside FRR, both with virtual MACs.
. "$(dirname "$0")/frr.inc"
frr_story 6 3 200
