#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Two routers mail their takeover and return to a real server, over IPv4 and IPv6: well formed, and with the subjects and first lines of
# Debian's keepalived.
. "$(dirname "$0")/mail.inc"

# conf HOST PRIORITY SERVER
conf() {
	cat <<-END
	global_defs {
		router_id $1
		notification_email {
			admin@example.com
			Night.Shift@example.com
		}
		notification_email_from $1@example.com
		smtp_server $3
		smtp_helo_name $1.example.com
		smtp_connect_timeout 5
		smtp_alert
	}
	vrrp_sync_group G1 {
		group {
			VI_1
			VI_2
		}
	}
	$(vi VI_1 eth0 51 "$2" 192.0.2.9/24 'version 3' 'advert_int 0.2')
	$(vi VI_2 eth0 52 "$2" 192.0.2.10/24 'version 3' 'advert_int 0.2')
	END
}

# told HOST STATE: the three mails on it have come
told() {
	has_mail "\[$1\] VRRP Group G1 - Entering $2 state" && has_mail "\[$1\] VRRP Instance VI_1 - Entering $2 state" &&
		has_mail "\[$1\] VRRP Instance VI_2 - Entering $2 state"
}

holds() {
	has_addr "$1" eth0 192.0.2.9 && has_addr "$1" eth0 192.0.2.10
}

# story DAEMON
story() {
	rm -f "$TMP/mail/mbox"
	$1 r1 "$(conf r1 200 192.0.2.25)"
	wait_for 15 'holds r1'
	$1 r2 "$(conf r2 100 2001:db8::25)"
	wait_for 15 'told r1 BACKUP && told r1 MASTER && told r2 BACKUP'
	stop r1
	wait_for 15 'told r2 MASTER'
	mail_filed
	mv "$TMP/mail/mbox" "$TMP/mail/before"
	$1 r1 "$(conf r1 200 192.0.2.25)"
	wait_for 15 'told r1 BACKUP && told r1 MASTER && told r2 BACKUP'
	mail_filed
	cat "$TMP/mail/mbox" >> "$TMP/mail/before"
	mv "$TMP/mail/before" "$TMP/mail/mbox"
	stop r2
	stop r1
	mail_filed
	mail_list > "$TMP/$1.mails"
}

lan_new lan
for host in r1 r2 m; do ns_new $host; done
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan r2 eth0 192.0.2.2/24 2001:db8::2/64
lan_join lan m eth0 192.0.2.25/24 2001:db8::25/64
mail_server m

story ukd
# No more fields than these: no defects.
expect '! cut -d"|" -f5- "$TMP/ukd.mails" | grep .'
expect '! grep -v "^r[12]@example.com|\(admin@example.com, Night.Shift@example.com\|Night.Shift@example.com, admin@example.com\)|" "$TMP/ukd.mails"'
expect 'grep -q "now owning VRRP VIPs <=$" "$TMP/ukd.mails"'
# Also the end is told, which keepalived does not wait for.
expect '[ "$(grep -c "\[r1\] VRRP Instance VI_1 - Stopping|=> VRRP Instance stopping <=$" "$TMP/ukd.mails")" = 2 ]'
expect 'grep -q "State: MASTER, was BACKUP$" "$TMP/mail/mbox"'
expect 'grep -q "^Reason: ." "$TMP/mail/mbox"'

if command -v keepalived > /dev/null; then
	story kad
	for who in ukd kad; do
		grep -v Stopping "$TMP/$who.mails" | cut -d'|' -f1,3,4 | sort | uniq -c > "$TMP/$who.cmp"
	done
	diff -u "$TMP/kad.cmp" "$TMP/ukd.cmp" || fail "other mails than keepalived's"
fi
