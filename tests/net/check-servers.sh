#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Every checker against the real thing: nginx, exim, dnsmasq, the kernel, scripts and files.
. "$(dirname "$0")/mail.inc"
. "$(dirname "$0")/lib.checker.sh"
for program in nginx dnsmasq; do
	command -v $program > /dev/null || [ -x /usr/sbin/$program ] || skip "no $program here"
done

lan_new lan
ns_new r1
ns_new s1
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan s1 eth0 192.0.2.11/24 192.0.2.12/24 192.0.2.13/24 192.0.2.14/24 2001:db8::11/64

mkdir "$TMP/www" "$TMP/www/site"
echo "a page" > "$TMP/www/index.html"
seq 1 5000 > "$TMP/www/site/long.html"
chmod -R a+rX "$TMP"
cat > "$TMP/nginx.conf" <<END
daemon off; pid $TMP/nginx.pid; error_log $TMP/nginx.err; worker_processes 1;
events { worker_connections 256; }
http {
	access_log $TMP/nginx.access;
	server { listen 80 default_server; listen [::]:80; root $TMP/www; location /gone { return 503; } }
	server { listen 80; listen [::]:80; server_name site.test; root $TMP/www/site;
		gzip off; location / { ssi on; ssi_types *; } }
}
END
web() {
	ns s1 nginx -c "$TMP/nginx.conf" > /dev/null 2>> "$TMP/nginx.log" &
	wait_for 10 "ns s1 ss -ltn | grep -q ':80 '"
}
web_stop() {
	kill "$(cat "$TMP/nginx.pid")"
	wait_for 10 "! ns s1 ss -ltn | grep -q ':80 '"
}
name_server() {
	ns s1 dnsmasq -k -C /dev/null -R -h -u root --local-service -x "$TMP/dnsmasq.pid" -A /here.test/192.0.2.99 \
		-S /./ --mx-host=here.test,mail.here.test --txt-record=here.test,yes 2>> "$TMP/dnsmasq.log" &
	wait_for 10 "ns s1 ss -lun | grep -q ':53 '"
}
web
name_server
mail_server s1

# genhash, for what a server sends with and without a length.
md5_page=$(md5sum < "$TMP/www/index.html" | cut -c 1-32)
md5_long=$(md5sum < "$TMP/www/site/long.html" | cut -c 1-32)
cat > "$TMP/script" <<END
#!/bin/sh
exit \$(cat $TMP/status)
END
chmod 755 "$TMP/script"
echo 0 > "$TMP/status"
echo 0 > "$TMP/number"

ip="connect_ip 192.0.2.11"
reals="$(real 192.0.2.21 80 'TCP_CHECK {' "$ip" '}')
$(real 192.0.2.22 80 'HTTP_GET {' "$ip" 'url {' 'path /' "digest $md5_page" '}' 'url {' 'path /gone' 'status_code 500-502 503' '}' 'fast_recovery' '}')
$(real 192.0.2.23 80 'HTTP_GET {' "$ip" 'http_protocol 1.0C' 'url {' 'path /long.html' 'virtualhost site.test' "digest $md5_long" '}' '}')
$(real 192.0.2.24 25 'SMTP_CHECK {' "$ip" '}')
$(real 192.0.2.25 53 'DNS_CHECK {' "$ip" 'name here.test' 'type A' 'retry 1' 'delay_before_retry 1' '}')
$(real 192.0.2.26 53 'UDP_CHECK {' "$ip" 'payload 12340100000100000000000004686572650474657374000001 0001' 'require_reply 1234 8xxx' '}')
$(real 192.0.2.27 80 'PING_CHECK {' 'connect_ip 192.0.2.12' '}')
$(real 192.0.2.28 80 'MISC_CHECK {' "misc_path $TMP/script" 'misc_dynamic' '}')
$(real 192.0.2.29 80 'FILE_CHECK {' 'track_file f' 'weight 2' '}')
$(real 192.0.2.30 80 'PING_CHECK {' 'connect_ip 2001:db8::11' '}')
$(real 192.0.2.31 80 'HTTP_GET {' 'connect_ip 2001:db8::11' 'http_protocol 1.1' 'url {' 'path /long.html' 'virtualhost site.test' '}' '}')
$(real 192.0.2.32 7777 'UDP_CHECK {' "$ip" '}')
$(real 192.0.2.33 80 'FILE_CHECK {' 'track_file f' 'weight 0' '}')
$(real 192.0.2.34 80 'TCP_CHECK {' "$ip" 'bindto 192.0.2.1' 'bind_port 4444' 'bind_if eth0' 'fwmark 5' '}')"
globals="track_file f {
file $TMP/number
weight 1
}"
checker r1 "$reals" "$globals"
for i in 21 22 23 24 25 26 27 28 30 31 34; do
	wait_for 15 "verdict r1 192.0.2.$i up"
done
# Nobody is there: the kernel says so by ICMP.
wait_for 10 "verdict r1 192.0.2.32 down"
expect 'logged r1 "UDP_CHECK on service \[192.0.2.32\]:tcp:7777 failed. \(failed to read socket: Connection refused\)"'
expect '[ "$(told r1 "TCP connection to \[192.0.2.34\]:tcp:80 success.")" = 1 ]'

echo 12 > "$TMP/status"
wait_for 5 "grep -F '[192.0.2.28]' $TMP/r1.out | tail -n 1 | grep -q ' up 10 '"
echo 1 > "$TMP/status"
wait_for 5 "verdict r1 192.0.2.28 down"
expect 'logged r1 "Misc check for \[\[192.0.2.28\]:tcp:80 VS VS\] by \[$TMP/script\] failed after 1 retries \(exited with status 1\)"'
echo 21 > "$TMP/number"
wait_for 5 "grep -F '[192.0.2.29]' $TMP/r1.out | tail -n 1 | grep -q ' up 43 '"
wait_for 5 "verdict r1 192.0.2.33 down"
echo -2000000000 > "$TMP/number"
wait_for 5 "verdict r1 192.0.2.29 down"
echo 0 > "$TMP/number"
wait_for 5 "verdict r1 192.0.2.29 up"
wait_for 5 "verdict r1 192.0.2.33 up"

# A reload with the same questions asks none of them anew.
before=$(wc -l < "$TMP/r1.out")
rechecker r1 "$reals" "$globals" "# again"
never 2 "[ \$(wc -l < $TMP/r1.out) -ne $before ]"

# All go, and come back.
web_stop
kill "$(cat "$TMP/dnsmasq.pid")" "$(cat "$TMP/mail/exim.pid")"
ns_ip s1 addr del 192.0.2.12/24 dev eth0
ns_ip s1 addr del 2001:db8::11/64 dev eth0
for i in 21 22 23 24 25 26 27 30 31; do
	wait_for 20 "verdict r1 192.0.2.$i down"
done
expect 'logged r1 "HTTP_CHECK on service \[192.0.2.22\]:tcp:80 failed after 1 retries"'
expect 'logged r1 "SMTP_CHECK on service \[192.0.2.24\]:tcp:25 failed after 1 retries"'
expect 'logged r1 "ICMP CHECK on service \[192.0.2.27\]:tcp:80 failed after 1 retries"'
ns_ip s1 addr add 192.0.2.12/24 dev eth0
ns_ip s1 addr add 2001:db8::11/64 dev eth0
web
name_server
mail_server s1
for i in 21 22 23 24 25 26 27 30 31; do
	wait_for 20 "verdict r1 192.0.2.$i up"
done
expect 'logged r1 "HTTP status code success to \[192.0.2.22\]:tcp:80 url\(/gone\)"'
# What the servers say of us.
expect 'grep -q "GET / HTTP/1.0. 200 .*KeepAliveClient" "$TMP/nginx.access"'
expect 'grep -q "GET /long.html HTTP/1.1. 200" "$TMP/nginx.access"'
expect '! grep -q "499" "$TMP/nginx.access"'
expect '! [ -s "$TMP/nginx.err" ]'
checker_end r1
