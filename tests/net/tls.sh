#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=180
# Our TLS client (tlsget.c) with nginx and OpenSSL: ciphers, curves, keys,
# certificates and what is wrong with them, TLS 1.3 alone, answers cut and slow.
. "$(dirname "$0")/lib.sh"

PROXY=$TOP/tests/net/lib.tls.py
# With sanitizers, and for a machine of the other byte order.
MIPS="qemu-mips-static $TOP/build/test-mips-linux-gnu/tests/net/tlsget"
GET=$TOP/build/asan/tests/net/tlsget
for cross in "" mips-linux-gnu-; do
	(cd "$TOP" && flock build/tlsget.lock make -s -f tests/tests.mk CROSS=$cross \
		T=tests/net/tlsget > "$TMP/build.out" 2>&1) ||
		{ cat "$TMP/build.out"; fail "tlsget does not build"; }
done
ns_new r1
PORT=10000

# get ARGS: with the next port's server. What it printed is in out, err.
get() {
	rc=0
	# shellcheck disable=SC2086
	ns r1 $GET "$PORT" "$@" > "$TMP/out" 2> "$TMP/err" || rc=$?
}
refused() {
	[ $rc -eq 1 ] && [ "$(cat "$TMP/err")" = "$1" ] ||
		fail "status $rc, '$(cat "$TMP/err")' in place of '$1'"
}
got() {
	[ $rc -eq 0 ] || fail "$1: $(cat "$TMP/err")"
	grep -aq "$1" "$TMP/out" || { cat "$TMP/out"; fail "no $1 in the answer"; }
}

# Listens on the next port; all servers go with the namespace.
start() {
	ns r1 "$@" > "$TMP/server.out" 2>&1 &
	wait_for 20 "ns r1 ss -Hltn 'sport = :$PORT' | grep -q ."
}
next() {
	PORT=$((PORT + 1))
}
server() {
	key=$1
	shift
	next
	start openssl s_server -accept "127.0.0.1:$PORT" -www -cert "$TMP/$key.crt" \
		-key "$TMP/$key.key" "$@"
}

# certificate NAME ARGS: self-signed unless there is -CA
certificate() {
	key=$1
	shift
	openssl req -x509 -nodes -keyout "$TMP/$key.key" -out "$TMP/$key.crt" \
		-subj "/CN=$key" "$@" 2> "$TMP/openssl.out" ||
		{ cat "$TMP/openssl.out"; fail "no certificate"; }
}
EC="-newkey ec -pkeyopt ec_paramgen_curve"
# shellcheck disable=SC2086
{
	certificate rsa -newkey rsa:2048 -addext subjectAltName=DNS:a.example
	certificate p256 $EC:P-256 -addext subjectAltName=DNS:a.example,IP:192.0.2.1
	certificate p384 $EC:P-384 -sha384 -addext subjectAltName=DNS:*.example
	certificate p521 $EC:P-521 -sha512 -addext subjectAltName=DNS:a.example
	certificate ed25519 -newkey ed25519
	certificate pss -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048
	certificate other $EC:P-256
}

# Every cipher, each with a key for it, checked and not.
for name in AES128-GCM-SHA256 AES256-GCM-SHA384 CHACHA20-POLY1305; do
	for key in rsa p256; do
		kind=$([ $key = rsa ] && echo RSA || echo ECDSA)
		server $key -tls1_2 -cipher "ECDHE-$kind-$name"
		get a.example "$TMP/$key.crt"
		got "ECDHE-$kind-$name"
		get
		got "ECDHE-$kind-$name"
		native=$GET GET=$MIPS
		get a.example "$TMP/$key.crt"
		got "ECDHE-$kind-$name"
		GET=$native
	done
done
for curve in P-256 P-384 P-521; do
	server rsa -curves $curve
	get a.example "$TMP/rsa.crt"
	got "Shared .*ups: .*$(echo $curve | sed 's/P-256/secp256r1/;s/P-384/secp384r1/;s/P-521/secp521r1/')"
done
for key in p384 p521; do
	server $key
	get a.example "$TMP/$key.crt"
	got "HTTP/1.0 200"
done
# Keys that we can't check serve where nobody asks.
for key in ed25519 pss; do
	server $key
	get a.example
	got "HTTP/1.0 200"
	get a.example "$TMP/other.crt"
	refused "the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate"
done
# Asked for a certificate, we have none.
server rsa -verify 1
get a.example "$TMP/rsa.crt"
got "HTTP/1.0 200"
server rsa -Verify 1
get
refused "the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate"

# Certificates
server p256
get 192.0.2.1 "$TMP/p256.crt"
got "HTTP/1.0 200"
get b.example "$TMP/p256.crt"
refused "certificate for another name"
get 192.0.2.2 "$TMP/p256.crt"
refused "certificate for another name"
get a.example "$TMP/other.crt"
refused "certificate not signed by a trusted authority"
get a.example "$TMP/p256.crt" 2000000000
refused "certificate expired"
get a.example "$TMP/p256.crt" 100
refused "the clock is not set: no telling whether the certificate is valid"
get a.example "$TMP/none.crt"
refused "$TMP/none.crt: No such file or directory"
get other - 2000000000
got "HTTP/1.0 200"

# Other protocols
server rsa -tls1_3
get
refused "the server speaks TLS 1.3 only, we 1.2"
server rsa -tls1_1 -cipher ALL:@SECLEVEL=0
get
refused "the server speaks TLS 1.3 only, has no cipher of ours or asks for a certificate"
next
start "$PROXY" $PORT 0 say 'SSH-2.0-OpenSSH_9.2\r\n'
get
refused "the server does not speak TLS"
next
start "$PROXY" $PORT 0 say ''
get
refused "the server ended the connection within the handshake"
next
start "$PROXY" $PORT 0 flood
get
refused "malformed answer"

# nginx, a page of many records, names by SNI.
head -c 300000 /dev/urandom > "$TMP/index.html"
next
cat > "$TMP/nginx.conf" <<-END
	daemon off;
	pid $TMP/nginx.pid;
	error_log $TMP/nginx.log;
	events { }
	http {
		access_log off;
		server {
			listen 127.0.0.1:$PORT ssl default_server;
			server_name b.example;
			ssl_certificate $TMP/other.crt;
			ssl_certificate_key $TMP/other.key;
			root $TMP;
		}
		server {
			listen 127.0.0.1:$PORT ssl;
			server_name a.example;
			ssl_certificate $TMP/rsa.crt;
			ssl_certificate_key $TMP/rsa.key;
			root $TMP;
		}
	}
END
chmod 755 "$TMP"
start nginx -c "$TMP/nginx.conf"
NGINX=$PORT
get a.example "$TMP/rsa.crt"
got "HTTP/1.1 200"
tail -c 300000 "$TMP/out" | cmp - "$TMP/index.html" || fail "another page"
get b.example "$TMP/rsa.crt"
refused "certificate for another name"
sed -i 's/root .*/return 200 "all of it";/' "$TMP/nginx.conf"
old=$(pgrep -P "$(cat "$TMP/nginx.pid")")
kill -HUP "$(cat "$TMP/nginx.pid")"
# The worker of before still takes connections for a moment.
wait_for 20 "! kill -0 $old 2> /dev/null"
wait_for 20 'get a.example; grep -q "all of it" "$TMP/out"'

# Byte by byte, and ended after each 61 bytes.
next
start "$PROXY" $PORT $NGINX slow
get a.example "$TMP/rsa.crt"
got "all of it"
for how in cut rst; do
	next
	start "$PROXY" $PORT $NGINX $how 61
	for i in $(seq 30); do
		get a.example "$TMP/rsa.crt"
		if grep -q "all of it" "$TMP/out"; then
			break
		elif grep -q "^the server ended the connection within" "$TMP/err"; then
			continue
		elif [ $how = rst ]; then
			refused "Connection reset by peer"
		else
			[ $rc -eq 0 ] || fail "cut $i: $(cat "$TMP/err")"
		fi
	done
	[ "$i" -gt 15 ] || fail "whole after $i times 61 bytes"
	expect 'grep -q "all of it" "$TMP/out"'
done
