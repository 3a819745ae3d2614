#!/bin/sh
# SPDX-License-Identifier: MIT
# With LVS=no a file with virtual servers loads: each such block is skipped as a
# whole, with one warning, and the rest of the file is what it is without them.
. "$(dirname "$0")/lib.sh"
flock "$TOP/build/lock" make -s -C "$TOP" -f tests/tests.mk LVS=no T=tests/conf/conftool
FULL=$CONFTOOL
CONFTOOL=$TOP/build/asan-vrrp/tests/conf/conftool

cat > "$TMP/both.conf" << 'END'
global_defs {
	lvs_sync_daemon eth0 V
	router_id R
}
virtual_server_group G {
	192.0.2.1-5 80
}
virtual_server group G {
	protocol TCP
	real_server 10.0.0.1 80 {
		HTTP_GET {
			url {
				path /
			}
		}
	}
}
vrrp_instance V {
	interface eth0
	virtual_router_id 1
	virtual_ipaddress {
		192.0.2.1/24
	}
}
SSL {
	ca /etc/ca.pem
}
virtual_server 192.0.2.1 80
{
	no_such_word
}
END
sed '/^virtual_server/,/^}/d; /^SSL/,/^}/d; /lvs_sync/d' "$TMP/both.conf" > "$TMP/vrrp.conf"
"$CONFTOOL" -d "$TMP/both.conf" > "$TMP/got" 2> "$TMP/told"
"$FULL" -d "$TMP/vrrp.conf" > "$TMP/all"
"$CONFTOOL" -d "$TMP/vrrp.conf" > "$TMP/want"
diff "$TMP/want" "$TMP/got"
diff "$TMP/all" "$TMP/got"
cat > "$TMP/want" << END
$TMP/both.conf:2: warning: lvs_sync_daemon: ignored: built without virtual servers
$TMP/both.conf:5: warning: virtual_server_group: ignored: built without virtual servers
$TMP/both.conf:8: warning: virtual_server: ignored: built without virtual servers
$TMP/both.conf:25: warning: SSL: ignored: built without virtual servers
$TMP/both.conf:28: warning: virtual_server: ignored: built without virtual servers
END
diff "$TMP/want" "$TMP/told"
