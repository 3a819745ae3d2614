#!/bin/sh
# SPDX-License-Identifier: MIT
# Only what differs is touched: other tools' entries stay, ours go when they are
# not wanted any more, in the order that ipvs.h promises.
. "$(dirname "$0")/lib.sh"

# expect_ops: what apply printed
expect_ops() {
	diff -u - "$TMP/ops" || fail "other operations"
}

ns_new a
ns a ipvsadm -R <<- END
	-A -t 192.0.2.9:25 -s rr
	-a -t 192.0.2.9:25 -r 198.51.100.9:25 -m -w 1
	-A -t 192.0.2.1:80 -s lc
	-a -t 192.0.2.1:80 -r 198.51.100.7:80 -m -w 7
	-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 9
END
cat > "$TMP/one" <<- END
	-A -t 192.0.2.1:80 -s wrr
	-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 1
	-A -u 192.0.2.1:53 -s rr
	-a -u 192.0.2.1:53 -r 198.51.100.1:53 -m -w 1
END
tool a apply "$TMP/one" > "$TMP/ops"
expect_ops <<- END
	~-t 192.0.2.1:80
	~-t 192.0.2.1:80 > 198.51.100.1:80
	+-t 192.0.2.1:80 > 198.51.100.2:80
	+-u 192.0.2.1:53
	+-u 192.0.2.1:53 > 198.51.100.1:53
END
expect_table a <<- END
	-A -t 192.0.2.9:25 -s rr
	-a -t 192.0.2.9:25 -r 198.51.100.9:25 -m -w 1
	-A -t 192.0.2.1:80 -s wrr
	-a -t 192.0.2.1:80 -r 198.51.100.7:80 -m -w 7
	-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 1
	-A -u 192.0.2.1:53 -s rr
	-a -u 192.0.2.1:53 -r 198.51.100.1:53 -m -w 1
END

cat > "$TMP/two" <<- END
	-A -t 192.0.2.1:80 -s wrr -p 50
	-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 3
	-a -t 192.0.2.1:80 -r 198.51.100.3:80 -m -w 1
	-A -t 192.0.2.1:443 -s sh
END
tool a apply "$TMP/two" "$TMP/one" > "$TMP/ops"
expect_ops <<- END
	--u 192.0.2.1:53
	~-t 192.0.2.1:80
	~-t 192.0.2.1:80 > 198.51.100.2:80
	+-t 192.0.2.1:80 > 198.51.100.3:80
	--t 192.0.2.1:80 > 198.51.100.1:80
	+-t 192.0.2.1:443
END
expect_table a <<- END
	-A -t 192.0.2.9:25 -s rr
	-a -t 192.0.2.9:25 -r 198.51.100.9:25 -m -w 1
	-A -t 192.0.2.1:80 -s wrr -p 50
	-a -t 192.0.2.1:80 -r 198.51.100.7:80 -m -w 7
	-a -t 192.0.2.1:80 -r 198.51.100.2:80 -m -w 3
	-a -t 192.0.2.1:80 -r 198.51.100.3:80 -m -w 1
	-A -t 192.0.2.1:443 -s sh
END

# After a crash nobody knows what was ours: the services that are wanted were.
tool a apply "$TMP/two" '?' > "$TMP/ops"
expect_ops <<- END
	--t 192.0.2.1:80 > 198.51.100.7:80
END

# The end: ours go, theirs stay.
: > "$TMP/none"
tool a apply "$TMP/none" "$TMP/two" > "$TMP/ops"
expect_table a <<- END
	-A -t 192.0.2.9:25 -s rr
	-a -t 192.0.2.9:25 -r 198.51.100.9:25 -m -w 1
END
tool a flush
expect_table a < /dev/null

# A scheduler that does not exist: one complaint, and the next service is set.
cat > "$TMP/bad" <<- END
	-A -t 192.0.2.1:80 -s nonesuch
	-a -t 192.0.2.1:80 -r 198.51.100.1:80 -m -w 1
	-A -t 192.0.2.1:81 -s rr
	-a -t 192.0.2.1:81 -r 198.51.100.1:80 -m -w 1
END
if tool a apply "$TMP/bad" > "$TMP/ops"; then
	fail "an unknown scheduler"
fi
[ "$(grep ^failed "$TMP/ops")" = \
	"failed: No such file or directory: +-t 192.0.2.1:80" ] ||
	fail "$(cat "$TMP/ops")"
expect_table a <<- END
	-A -t 192.0.2.1:81 -s rr
	-a -t 192.0.2.1:81 -r 198.51.100.1:80 -m -w 1
END
