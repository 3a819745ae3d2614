#!/bin/sh
# SPDX-License-Identifier: MIT
# Two routers share an address, the one that has it dies, a client watches.
# DEMO_BIN=keepalived shows the same with Debian's keepalived.
. "$(dirname "$0")/net/lib.sh"

vip=192.0.2.254
bin=${DEMO_BIN:-$UKD}
conf() {
	vi GATEWAY eth0 51 "$1" $vip/24 "version 3" "advert_int 0.1"
}
start() {
	if [ "${bin##*/}" = keepalived ]; then
		kad "$1" "$2"
	else
		UKD=$bin ukd "$1" "$2"
	fi
}

for host in r1 r2 client; do ns_new $host; done
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan r2 eth0 192.0.2.2/24
lan_join lan client eth0 192.0.2.100/24

cat <<END
Three network namespaces on one switch: router r1, router r2, and a client that
uses $vip as its gateway. Both routers run ${bin##*/}.

The configuration of r1; that of r2 differs in the priority, 100:

$(conf 200 | sed 's/^/    /')

END
start r1 "$(conf 200)"
start r2 "$(conf 100)"
wait_for 10 'has_addr r1 eth0 $vip'

# "Dies" is a power failure: the process is killed with -9 and the machine, which
# would go on answering for its addresses, is gone from the switch.
mkfifo "$TMP/order"
ns client "$TOP/tests/demo-client.py" eth0 $vip 100 < "$TMP/order" &
client=$!
exec 4> "$TMP/order"
sleep 1.5
lan_mute lan r1 eth0
crash r1
echo dead >&4
wait $client
expect 'has_addr r2 eth0 $vip'
