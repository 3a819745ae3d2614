#!/bin/sh
# SPDX-License-Identifier: MIT
# Timeouts and the sync daemon, by netlink and by socket options.
. "$(dirname "$0")/lib.sh"

timeouts() {
	ns a ipvsadm -l --timeout
}

daemons() {
	ns a ipvsadm -l --daemon | sed 's/  *$//'
}

# expect_daemons: as ipvsadm lists them
expect_daemons() {
	daemons > "$TMP/daemons"
	diff -u - "$TMP/daemons" || fail "other sync daemons"
}

ns_new a
ns_ip a link add d0 type dummy
ns_ip a link add d1 type dummy
ns_ip a addr add 192.0.2.1/24 dev d0
ns_ip a addr add 192.0.3.1/24 dev d1
ns_ip a link set d0 up
ns_ip a link set d1 up

for o in '' -o; do
	tool a $o timeouts 901 121 301
	expect '[ "$(timeouts)" = "Timeout (tcp tcpfin udp): 901 121 301" ]'
	# 0 leaves it as it is.
	tool a $o timeouts 0 55 0
	expect '[ "$(timeouts)" = "Timeout (tcp tcpfin udp): 901 55 301" ]'
	expect '[ "$(tool a $o timeouts)" = "901 55 301" ]'

	tool a $o start master d0 51
	expect_daemons <<- END
		master sync daemon (mcast=d0, syncid=51, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
	END
	# Another number: replaced. Both roles at once.
	tool a $o start master d1 52
	tool a $o start backup d0 52
	expect_daemons <<- END
		master sync daemon (mcast=d1, syncid=52, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
		backup sync daemon (mcast=d0, syncid=52, maxlen=1472, group=224.0.0.81, port=8848, ttl=1)
	END
	tool a $o stop master
	tool a $o stop master
	tool a $o stop backup
	expect_daemons < /dev/null
	if tool a $o start master nosuch 1 > "$TMP/out"; then
		fail "a sync daemon on no interface"
	fi
	expect 'grep -qx "failed: start: No such device" "$TMP/out"'
done

tool a start backup d1 7 1200 8850 9 224.0.0.99
tool a start master d1 7 1201 8851 8 ff02::99
expect_daemons <<- END
	master sync daemon (mcast=d1, syncid=7, maxlen=1201, group=ff02::99, port=8851, ttl=8)
	backup sync daemon (mcast=d1, syncid=7, maxlen=1200, group=224.0.0.99, port=8850, ttl=9)
END
# A sync daemon keeps its namespace alive.
tool a stop backup
tool a stop master
