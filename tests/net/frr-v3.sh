#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv3, IPv4 beside FRR, both with virtual MACs.
. "$(dirname "$0")/frr.inc"
frr_story 4 3 200
