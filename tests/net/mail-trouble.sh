#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=150
# A mail server that is known by name and refuses, is slow, hangs, vanishes or is not there yet; name servers that say nothing or no:
# adverts stay on schedule, and mail arrives once there is a way.
. "$(dirname "$0")/mail.inc"

command -v dnsmasq > /dev/null || skip "no dnsmasq here"

conf() {
	cat <<-END
	global_defs {
		router_id r1
		notification_email {
			nobody@example.com
			"Night Shift <night@example.com>"
			later@example.com
		}
		notification_email_from "r1, the first <r1@example.com>"
		smtp_server ${1:-mail} ${2:-25}
		smtp_connect_timeout 2
	}
	$(vi VI_1 eth0 51 200 192.0.2.9/24 'version 3' 'advert_int 0.1')
	$(vi VI_2 eth1 52 200 198.51.100.9/24 'version 3' 'advert_int 0.2' 'smtp_alert')
	END
}

# The name servers that r1 asks, in its own view of /etc.
servers() {
	{
		echo "search example.net test"
		echo "options timeout:1 attempts:1"
		printf 'nameserver %s\n' "$@"
	} > "$TMP/resolv.conf"
}

ours() {
	# shellcheck disable=SC2016
	launch r1 "$(conf)" sh -c 'mount --bind "$0" /etc/resolv.conf && exec "$@"' "$TMP/resolv.conf" \
		"$UKD" -n -l -D -f "$TMP/r1.conf" -p "$TMP/r1.pid"
	wait_for 5 'has_addr r1 eth0 192.0.2.9'
}

# A change that is mailed, and leaves the way to the server alone.
event() {
	lan_cut lan1 r1 eth1
	wait_for 3 'tail -n 30 "$TMP/r1.log" | grep -q "(VI_2) Entering FAULT"'
}
event_over() {
	lan_mend lan1 r1 eth1
	wait_for 3 'has_addr r1 eth1 198.51.100.9'
}
fault='VI_2 - Entering FAULT'

# What was accepted up to now is not taken for what comes.
no_mail() {
	mail_filed
	rm -f "$TMP/mail/mbox"
}

dns() {
	ns dns dnsmasq -k --log-queries --log-facility=- --no-resolv --no-hosts --local=/test/ --local=/example.net/ --user=root --pid-file="$TMP/dns.pid" --bind-interfaces --listen-address=192.0.2.53 \
		--port=53 "$@" > "$TMP/dns.log" 2>&1 &
	wait_for 3 'ns dns ss -lun | grep -q ":53 "'
}

dns_end() {
	kill "$(cat "$TMP/dns.pid")"
	wait_for 3 '! ns dns ss -lun | grep -q ":53 "'
}

# What may stand in place of a mail server, one kind a port.
bad_servers() {
	cat > "$TMP/bad.py" <<-'END'
	import socket, threading, time
	def refuse(c):
	    c.sendall(b"554 no mail here\r\n")
	def slow(c):
	    for b in b"220-slowly, slowly, slowly\r\n" * 100:
	        c.sendall(bytes([b]))
	        time.sleep(0.05)
	def flood(c):
	    while True:
	        c.sendall(b"220-" + b"x" * 100000 + b"\r\n")
	def mute(c):
	    time.sleep(60)
	def close(c):
	    c.sendall(b"220 hello\r\n")
	    c.recv(10)
	def serve(port, what):
	    s = socket.create_server(("", port))
	    while True:
	        c, _ = s.accept()
	        def run(c=c):
	            try:
	                what(c)
	            except OSError:
	                pass
	            c.close()
	        threading.Thread(target=run, daemon=True).start()
	for i, what in enumerate((refuse, slow, flood, mute, close)):
	    threading.Thread(target=serve, args=(9001 + i, what)).start()
	END
	ns m python3 "$TMP/bad.py" &
	wait_for 5 'ns m ss -ltn | grep -q ":9005 "'
}

for l in lan0 lan1; do lan_new $l; done
for host in r1 m dns; do ns_new $host; done
lan_join lan0 r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan1 r1 eth1 198.51.100.1/24
lan_join lan0 m eth0 192.0.2.25/24 2001:db8::25/64
lan_join lan0 dns eth0 192.0.2.53/24 192.0.2.54/24
mail_server m
bad_servers
[ -e /etc/resolv.conf ] || skip "no /etc/resolv.conf to put another one over"
capture lan0 r1-eth0 "$TMP/lan.pcap" vrrp and src 192.0.2.1

# --- names. Nobody has the first address, nobody listens at the second, the third is dnsmasq; IPv6 only, by a search domain.
dns --host-record=mail.test,2001:db8::25
servers 192.0.2.250 192.0.2.54 192.0.2.53
ours
wait_for 20 'has_mail "VI_2 - Entering MASTER"'
# The two bad recipients cost the good one nothing.
expect 'mail_list | grep -q "^\"r1, the first\" <r1@example.com>|night@example.com|\[r1\] VRRP Instance VI_2 - Entering MASTER state|"'
expect '! mail_list | cut -d"|" -f5- | grep .'
expect 'grep -q "SMTP server mail refuses a recipient: 550" "$TMP/r1.log"'
# More addresses than a datagram holds: some of them will do, or TCP, as the server has it.
dns_end
i=100
while [ $i -lt 150 ]; do
	ns_ip m addr add 192.0.2.$i/24 dev eth0
	echo "192.0.2.$i mail.test"
	i=$((i + 1))
done > "$TMP/many"
dns --addn-hosts="$TMP/many"
no_mail
event
wait_for 20 "has_mail '$fault'"
event_over
expect '! grep -q resolving "$TMP/r1.log"'
# No name server at all, for a while.
dns_end
no_mail
event
wait_for 20 'grep -q "SMTP server mail: resolving: " "$TMP/r1.log"'
dns --host-record=mail.test,192.0.2.25
wait_for 30 "has_mail '$fault'"
event_over

# --- bad servers, one after the other, then the good one.
for port in 9001 9002 9003 9004 9005; do
	reconf r1 "$(conf mail $port)"
	sleep 0.3
	: > "$TMP/r1.log"
	event
	wait_for 15 'grep -q "SMTP server mail: .*tried again" "$TMP/r1.log"'
	event_over
done
no_mail
reconf r1 "$(conf mail 25)"
# What waited for the bad ones goes to the good one, all of it.
wait_for 15 "has_mail '$fault'"
sent=0
while [ "$sent" != "$(grep -c successfully "$TMP/r1.log")" ]; do
	sent=$(grep -c successfully "$TMP/r1.log")
	sleep 2
done

# --- the way to the server is gone, and comes back.
no_mail
lan_mute lan0 m eth0
: > "$TMP/r1.log"
event
wait_for 20 'grep -q "SMTP server mail: connecting: " "$TMP/r1.log"'
lan_mend lan0 m eth0
wait_for 20 "has_mail '$fault'"
expect '[ "$(mails "$fault")" = 1 ]'
event_over

capture_end "$TMP/lan.pcap"
expect '[ "$(grep -c . "$TMP/r1.log")" -lt 100 ]'
adverts "$TMP/lan.pcap" | awk '$3 == 51 || $4 == 51' > "$TMP/times"
expect '[ "$(wc -l < "$TMP/times")" -gt 200 ]'
# A wait for any of them would be of a second or more.
gap=$(awk 'NR > 1 && $1 - last > most { most = $1 - last } { last = $1 } END { print most }' "$TMP/times")
echo "longest gap between adverts of 100 ms: $gap s"
expect 'awk "BEGIN { exit !($gap > 0.09 && $gap < 0.9) }"'
expect 'kill -0 "$(pid_of r1)"'
stop r1
