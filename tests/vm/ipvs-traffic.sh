#!/bin/sh
# SPDX-License-Identifier: MIT
# A connection through a NAT director: counted as ipvsadm counts it, and not
# broken by changes that do not concern it.
. "$(dirname "$0")/lib.sh"

for host in client director s1 s2; do
	ns_new $host
done
lan_new front
lan_new back
lan_join front client eth0 192.0.2.100/24
lan_join front director eth0 192.0.2.1/24
lan_join back director eth1 198.51.100.1/24
lan_join back s1 eth0 198.51.100.11/24
lan_join back s2 eth0 198.51.100.12/24
ns director sysctl -qw net.ipv4.ip_forward=1
for host in s1 s2; do
	ns_ip $host route add default via 198.51.100.1
	echo "this is $host" > "$TMP/$host"
	# Says who it is, then says back what it is told.
	ns $host busybox nc -ll -p 80 -e cat "$TMP/$host" - &
done
cat > "$TMP/want" <<- END
	-A -t 192.0.2.1:80 -s rr
	-a -t 192.0.2.1:80 -r 198.51.100.11:80 -m -w 1
	-a -t 192.0.2.1:80 -r 198.51.100.12:80 -m -w 1
END
tool director apply "$TMP/want" > /dev/null

greet() {
	ns client busybox timeout 5 busybox nc 192.0.2.1 80 < /dev/null
}
wait_for 10 '[ "$(greet)" = "this is s1" ]'
expect '[ "$(greet)" = "this is s2" ]'
expect '[ "$(greet)" = "this is s1" ]'

# A long connection, to s2, whose weight becomes 0 and whose neighbour goes.
mkfifo "$TMP/words"
ns client busybox nc 192.0.2.1 80 < "$TMP/words" > "$TMP/heard" &
exec 8> "$TMP/words"
echo one >&8
wait_for 5 'grep -qx one "$TMP/heard"'
expect '[ "$(head -n 1 "$TMP/heard")" = "this is s2" ]'
cat > "$TMP/then" <<- END
	-A -t 192.0.2.1:80 -s wlc
	-a -t 192.0.2.1:80 -r 198.51.100.12:80 -m -w 0
END
tool director apply "$TMP/then" "$TMP/want" > "$TMP/ops"
expect_table director < "$TMP/then"
echo two >&8
wait_for 5 'grep -qx two "$TMP/heard"'
tool director stats > "$TMP/stats"
expect 'grep -q "^198.51.100.12:80 .* 1 [0-9]* 0$" "$TMP/stats"'
# Its return does not disturb it either.
tool director apply "$TMP/want" "$TMP/then" > "$TMP/ops"
echo three >&8
wait_for 5 'grep -qx three "$TMP/heard"'
exec 8>&-

# The counters, by both ways, once all is still.
theirs() {
	ns director ipvsadm -Ln --stats --exact |
		awk '/192.0.2.1|198.51.100/ { print $2, $3, $4, $5, $6, $7 }' |
		sed 's/^192/-t 192/' | sort
}
ours() {
	tool director "$@" stats |
		sed 's/^\(\(-t \)*[^ ]* [^ ]* [^ ]* [^ ]* [^ ]* [^ ]*\) .*/\1/' | sort
}
wait_for 10 '[ "$(theirs)" = "$(ours)" ]'
wait_for 10 '[ "$(theirs)" = "$(ours -o)" ]'
expect 'ours | grep -q "^-t 192.0.2.1:80 [1-9]"'
