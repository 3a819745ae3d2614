#!/bin/sh
# SPDX-License-Identifier: MIT
# VRRPv2 beside FRR, both with virtual MACs.
. "$(dirname "$0")/frr.inc"
frr_story 4 2 1000
