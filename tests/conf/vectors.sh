#!/bin/sh
# SPDX-License-Identifier: MIT
# The vectors of the unit tests are what the program beside them computes.
cd "$(dirname "$0")/../unit" || exit 1
command -v python3 > /dev/null || exit 77
python3 ./auth-vectors.py | diff - auth_vectors.h
