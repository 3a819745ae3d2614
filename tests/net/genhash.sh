#!/bin/sh
# SPDX-License-Identifier: MIT
# genhash, ours beside keepalived's: the same question, the same digest.
. "$(dirname "$0")/lib.sh"

command -v genhash > /dev/null || skip "no genhash"
ns_new r1
openssl req -x509 -nodes -newkey rsa:2048 -keyout "$TMP/key" -out "$TMP/crt" \
	-subj /CN=a.example 2> "$TMP/openssl.out" || fail "no certificate"
mkdir "$TMP/www"
echo small > "$TMP/www/index.html"
head -c 200000 /dev/urandom > "$TMP/www/large"
: > "$TMP/www/empty"
cat > "$TMP/nginx.conf" <<-END
	daemon off;
	pid $TMP/nginx.pid;
	error_log $TMP/nginx.log;
	events { }
	http {
		log_format all '\$scheme \$request \$http_host \$http_user_agent \$http_connection \$ssl_server_name';
		access_log $TMP/requests all;
		server {
			listen 80 default_server;
			listen [::]:80 default_server;
			listen 443 ssl default_server;
			ssl_certificate $TMP/crt;
			ssl_certificate_key $TMP/key;
			root $TMP/www;
		}
		server {
			listen 80;
			listen 443 ssl;
			server_name b.example;
			ssl_certificate $TMP/crt;
			ssl_certificate_key $TMP/key;
			return 200 "another host";
		}
	}
END
chmod 755 "$TMP" "$TMP/www"
ns r1 nginx -c "$TMP/nginx.conf" > "$TMP/nginx.out" 2>&1 &
# Chunks, the end of the connection, an answer that is none.
cat > "$TMP/odd.py" <<-'END'
	import socket
	listener = socket.create_server(("127.0.0.1", 8000))
	ANSWERS = {
	    "/chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	                b"5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\n\r\n",
	    "/open": b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
	    "/none": b"220 mail\r\n",
	}
	while True:
	    client, _ = listener.accept()
	    path = client.recv(4096).split()[1].decode()
	    for i in range(0, len(ANSWERS[path]), 7):
	        client.send(ANSWERS[path][i:i + 7])
	    client.close()
END
ns r1 python3 "$TMP/odd.py" > "$TMP/odd.out" 2>&1 &
wait_for 20 "ns r1 ss -Hltn 'sport = :443' | grep -q ."
wait_for 20 "ns r1 ss -Hltn 'sport = :8000' | grep -q ."

ours() {
	ns r1 "$UKD" genhash "$@"
}
theirs() {
	ns r1 genhash "$@" 2>&1
}
same() {
	theirs "$@" > "$TMP/theirs" || fail "keepalived's genhash $*"
	ours "$@" > "$TMP/ours" || fail "genhash $*"
	cmp "$TMP/theirs" "$TMP/ours" || fail "genhash $*: $(cat "$TMP/ours"), keepalived's $(cat "$TMP/theirs")"
}

HERE="-s 127.0.0.1"
# shellcheck disable=SC2086
{
	for url in / /large /empty /missing; do
		same $HERE -p 80 -u $url
		same $HERE -p 443 -S -u $url
	done
	same $HERE -p 80 -u / -V b.example
	same $HERE -p 443 -SI -u / -V b.example
	same $HERE -p 443 -S -u / -V b.example
	same $HERE -p 80 -u / -P 1.0c
	same $HERE -p 80 -u / -P 1.1
	same -s ::1 -p 80 -u /
	same $HERE -p 8000 -u /chunked
	same $HERE -p 8000 -u /open
	same --server 127.0.0.1 --port=80 --url / --use-virtualhost b.example \
		--protocol 1.1 --timeout 9 --fwmark 7
	same --use-ssl --use-sni -s127.0.0.1 -p443 -u/ --use-v b.example
}
# Each of them asked twice, and both in the same words.
[ "$(wc -l < "$TMP/requests")" -eq 32 ] || fail "$(wc -l < "$TMP/requests") requests"
expect "! awk 'NR % 2 { last = \$0 } NR % 2 == 0 && \$0 != last' '$TMP/requests' | grep ."

[ "$(md5sum < "$TMP/www/large" | cut -d " " -f 1)" = \
	"$(ours $HERE -p 80 -u /large)" ] || fail "not the digest of the page"
ours $HERE -p 80 -u / -v > "$TMP/out"
expect 'grep -q "^HTTP/1.1 200" "$TMP/out" && grep -qx small "$TMP/out"'
expect '[ "$(tail -n 1 "$TMP/out")" = "$(echo small | md5sum | cut -d " " -f 1)" ]'
ln -s "$UKD" "$TMP/genhash"
expect '[ "$(ns r1 "$TMP/genhash" $HERE -p 80 -u /empty)" = d41d8cd98f00b204e9800998ecf8427e ]'
expect '[ "$(ns r1 "$UKD" --genhash $HERE -p 80 -u /empty)" = d41d8cd98f00b204e9800998ecf8427e ]'

# Said on standard error, status 1 (keepalived's: 0), nothing on standard output.
bad() {
	want=$1
	shift
	! ours "$@" > "$TMP/out" 2> "$TMP/err" || fail "genhash $* ends with 0"
	grep -q "$want" "$TMP/err" && ! [ -s "$TMP/out" ] || fail "genhash $*: $(cat "$TMP/err" "$TMP/out")"
}
bad "Connection refused" $HERE -p 81 -u /
bad "does not speak TLS" $HERE -p 80 -S -u /
bad "no HTTP answer" $HERE -p 8000 -u /none
ns r1 sh -c 'nft add table inet t; nft add chain inet t c { type filter hook input priority 0\; }
	nft add rule inet t c tcp dport 82 drop'
bad "Timeout connecting" $HERE -p 82 -u / -t 1
bad "^Usage: genhash" $HERE -p 80
bad "^Usage: genhash" $HERE -p 80 -u / -P 1.2
bad "^Usage: genhash" $HERE -p 80 -u / -x
bad "^Usage: genhash" -s localhost -p 80 -u /
bad "^Usage: genhash" $HERE -p 0 -u /
bad "^Usage: genhash" $HERE -p 80 -u
