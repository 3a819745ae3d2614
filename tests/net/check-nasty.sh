#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Servers that are silent, endless, slow, cut off or something else altogether (lib.nasty.py); ways that lead nowhere.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.checker.sh"
command -v python3 > /dev/null || skip "no python3"

lan_new lan
ns_new r1
ns_new s1
lan_join lan r1 eth0 192.0.2.1/24
lan_join lan s1 eth0 192.0.2.11/24
mkfifo "$TMP/go"
ip netns exec "${PREFIX}s1" python3 "$TOP/tests/net/lib.nasty.py" 192.0.2.11 < "$TMP/go" 2> "$TMP/nasty.log" &
exec 9> "$TMP/go"
wait_for 10 "ns s1 ss -ltn | grep -q :8014"

# web N PORT [LINE...]
web() {
	web_n=$1
	web_port=$2
	shift 2
	real "192.0.2.$web_n" 80 'HTTP_GET {' 'connect_ip 192.0.2.11' "connect_port $web_port" 'retry 0' 'url {' 'path /' "$@" '}' '}'
}
digest='digest 9e107d9d372bb6826bd81d3542a419d6'
reals="$(web 100 8000)
$(web 101 8001)
$(web 102 8002)
$(web 103 8003)
$(web 104 8004)
$(web 105 8005)
$(web 106 8006)
$(web 126 8006 "$digest")
$(web 107 8007)
$(web 108 8008)
$(web 128 8008 "$digest")
$(web 109 8009 'digest 900150983cd24fb0d6963f7d28e17f72')
$(web 110 8010 'status_code 200')
$(web 111 8011)
$(web 112 8012)
$(real 192.0.2.113 25 'SMTP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8013' '}')
$(real 192.0.2.114 25 'SMTP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8014' 'retry 0' '}')
$(real 192.0.2.115 25 'SMTP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'retry 0' '}')
$(real 192.0.2.116 25 'SMTP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8001' 'retry 0' '}')
$(real 192.0.2.117 25 'SMTP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8011' 'retry 0' '}')
$(real 192.0.2.118 80 'TCP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' '}')
$(real 192.0.2.119 80 'TCP_CHECK {' 'connect_ip 198.51.100.1' '}')
$(real 192.0.2.120 80 'TCP_CHECK {' 'connect_ip 203.0.113.1' '}')
$(real 192.0.2.121 80 'TCP_CHECK {' 'connect_ip 192.0.2.77' '}')
$(real 192.0.2.122 53 'DNS_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'retry 0' '}')
$(real 192.0.2.123 53 'DNS_CHECK {' 'connect_ip 203.0.113.1' 'retry 0' '}')
$(real 192.0.2.124 80 'TCP_CHECK {' 'connect_ip 192.0.2.11' 'connect_port 8000' 'bindto 192.0.2.99' '}')"
ns_ip r1 route add unreachable 203.0.113.0/24
checker r1 "$reals"

# is N up|down RESULT
is() {
	wait_for 20 "grep -F '[192.0.2.$1]:' $TMP/r1.out | head -n 1 | grep -qE '^[^ ]* [^ ]* $2 [0-9]* $3'"
}
is 100 down 'Read timeout'
is 101 down 'Read'
is 102 down 'Read error: Connection reset'
is 103 down 'Read error: Connection reset'
is 104 up 'HTTP status code 200'
is 105 down 'Read, no HTTP answer'
is 106 up 'HTTP status code 200'
is 107 down 'Read timeout'
is 108 up 'HTTP status code 200'
is 109 up 'HTTP status code 200'
is 110 up 'HTTP status code 200'
is 111 down 'Read, no HTTP answer'
is 112 down 'Read, no data received'
is 113 up 'HELO response 250'
is 114 down 'Read timeout'
is 115 down 'Read timeout'
is 116 down 'Read failure'
is 117 down 'Bad greeting banner'
is 118 up connected
is 119 down 'Connection failed: Network'
is 120 down 'Connection failed: Host is unreachable'
is 121 down '(Timeout connecting|Connection failed: Host is unreachable)'
is 122 down '.*Connection refused'
is 123 down '.*Host is unreachable'
is 126 down 'MD5 digest error'
is 128 down 'MD5 digest error'

# Told once, however often it is tried; what we can't ask is no failure of the server's.
sleep 2.2
for i in 100 103 105 119 120; do
	expect "[ \"\$(told r1 'on service .192.0.2.$i..*failed')\" = 1 ]"
done
expect '[ "$(told r1 "the body ended before its time")" = 1 ]'
expect '[ "$(told r1 "192.0.2.124.*can.t be tried: .*[Aa]ddress.*Rescheduling")" = 1 ]'
expect "! grep -F '[192.0.2.124]' $TMP/r1.out"
ns_ip r1 addr add 192.0.2.99/24 dev eth0
is 124 up connected
checker_end r1
