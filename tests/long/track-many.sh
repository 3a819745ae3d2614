#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone long timeout=180
# A hundred scripts every second, for a minute.
TRACK_MANY_S=60 exec "$(dirname "$0")/../net/track-many.sh"
