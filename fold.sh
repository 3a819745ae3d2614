#!/bin/sh
# SPDX-License-Identifier: MIT
# The assembler AS, whose source is folded before, see fold.awk; both forms of the last are kept in the folder FOLD. GCC takes for its
# assembler what is named "as" in a folder that -B gives.
set -e
for source; do :; done
LC_ALL=C awk -f fold.awk "$source" > "$source.folded"
cp "$source" "$FOLD/whole.s"
cp "$source.folded" "$FOLD/folded.s"
mv "$source.folded" "$source"
exec "$AS" "$@"
