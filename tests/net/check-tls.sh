#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# SSL_GET against nginx: RSA and ECDSA, names, verification, servers that do not go on.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.checker.sh"
for program in nginx openssl python3; do
	command -v $program > /dev/null || [ -x /usr/sbin/$program ] || skip "no $program here"
done

ns_new r1
ns_ip r1 addr add 192.0.2.1/32 dev lo
cd "$TMP"
chmod 755 .
ca() {
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 2 -subj "/CN=$1" 2> /dev/null
}
# cert NAME KEY-TYPE...
cert() {
	cert_name=$1
	shift
	openssl req -new -newkey "$@" -nodes -keyout "$cert_name.key" -out "$cert_name.csr" -subj "/CN=$cert_name" 2> /dev/null
	printf 'subjectAltName=DNS:%s\n' "$cert_name" > "$cert_name.ext"
	openssl x509 -req -in "$cert_name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -extfile "$cert_name.ext" -out "$cert_name.pem" 2> /dev/null
}
ca ca
ca other
cert rsa.test rsa:2048
cert ec.test ec -pkeyopt ec_paramgen_curve:prime256v1
mkdir www
seq 1 60000 > www/long.html
echo short > www/index.html
md5_long=$(md5sum < www/long.html | cut -c 1-32)
server() {
	echo "server { listen $1 ssl; server_name $2; ssl_certificate $TMP/$2.pem; ssl_certificate_key $TMP/$2.key; ssl_protocols $3; root $TMP/www; }"
}
cat > nginx.conf <<END
daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err; worker_processes 1;
events { worker_connections 256; }
http {
	access_log $TMP/nginx.access;
	$(server 443 rsa.test "TLSv1.2 TLSv1.3")
	$(server 443 ec.test "TLSv1.2 TLSv1.3")
	$(server 444 ec.test TLSv1.2)
	$(server 445 rsa.test TLSv1.3)
}
END
ns r1 nginx -c "$TMP/nginx.conf" > /dev/null 2>> nginx.log &
# One that accepts and says nothing, one that ends each connection, one that leaves without close_notify.
ns r1 python3 - <<'END' &
import socket, ssl, struct, threading
def serve(port, reset):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("192.0.2.1", port))
    s.listen(50)
    kept = []
    while True:
        c = s.accept()[0]
        if reset:
            c.recv(5)
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            c.close()
        else:
            kept.append(c)
def rude():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("rsa.test.pem", "rsa.test.key")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    s = socket.create_server(("192.0.2.1", 448))
    while True:
        try:
            c = context.wrap_socket(s.accept()[0], server_side=True)
            c.recv(1000)
            c.send(b"HTTP/1.0 200 OK\r\n\r\nbody")
            socket.socket(fileno=c.detach()).close()
        except OSError:
            pass
threading.Thread(target=serve, args=(446, False)).start()
threading.Thread(target=rude).start()
serve(447, True)
END
wait_for 10 "ns r1 ss -ltn | grep -q ':445 '"
wait_for 10 "ns r1 ss -ltn | grep -q ':447 '"
wait_for 10 "ns r1 ss -ltn | grep -q ':448 '"

# get N PORT LINE...
get() {
	get_n=$1
	get_port=$2
	shift 2
	real "192.0.2.$get_n" 80 'SSL_GET {' 'connect_ip 192.0.2.1' "connect_port $get_port" 'delay_before_retry 1' "$@" '}'
}
reals="$(get 21 443 'url {' 'path /' '}')
$(get 22 443 'enable_sni' 'virtualhost ec.test' 'url {' 'path /long.html' "digest $md5_long" '}')
$(get 23 444 'url {' 'path /long.html' '}')
$(get 24 445 'url {' 'path /' '}')
$(get 25 446 'url {' 'path /' '}')
$(get 26 447 'url {' 'path /' '}')
$(get 27 443 'http_protocol 1.1' 'url {' 'path /none' 'status_code 404' '}')
$(get 28 443 'tls_compliant' 'url {' 'path /long.html' '}')
$(get 29 448 'url {' 'path /' 'tls_compliant' '}')
$(get 30 448 'url {' 'path /' '}')"
checker r1 "$reals"
for i in 21 22 23 27 28 30; do
	wait_for 15 "verdict r1 192.0.2.$i up"
done
for i in 24 25 26 29; do
	wait_for 15 "verdict r1 192.0.2.$i down"
done
expect 'logged r1 "HTTP_CHECK on service \[192.0.2.24\].*TLS 1.3"'
expect 'logged r1 "HTTP_CHECK on service \[192.0.2.29\].*no close_notify"'
expect 'logged r1 "HTTP_CHECK on service \[192.0.2.25\].*Read timeout"'
expect 'logged r1 "HTTP_CHECK on service \[192.0.2.26\].*(Connection reset|failed)"'

# Verified: by name, and not by a stranger.
ssl() {
	printf 'SSL {\nca %s\n}\n' "$1"
}
rechecker r1 "$(get 31 443 'sni_name rsa.test' 'url {' 'path /' '}')
$(get 32 443 'virtualhost ec.test' 'url {' 'path /' '}')
$(get 33 443 'sni_name wrong.test' 'url {' 'path /' '}')" "$(ssl "$TMP/ca.pem")"
wait_for 10 "verdict r1 192.0.2.31 up"
wait_for 10 "verdict r1 192.0.2.32 up"
wait_for 10 "verdict r1 192.0.2.33 down"
rechecker r1 "$(get 31 443 'sni_name rsa.test' 'url {' 'path /' '}')" "$(ssl "$TMP/other.pem")"
wait_for 10 "verdict r1 192.0.2.31 down"
rechecker r1 "$(get 31 443 'sni_name rsa.test' 'url {' 'path /' '}')" "$(ssl "$TMP/ca.pem")"
wait_for 10 "verdict r1 192.0.2.31 up"
rechecker r1 "$(get 31 443 'sni_name rsa.test' 'url {' 'path /' '}')" "$(ssl "$TMP/none.pem")"
wait_for 10 "verdict r1 192.0.2.31 down"
expect 'logged r1 "SSL ca .*none.pem: No such file"'
checker_end r1
