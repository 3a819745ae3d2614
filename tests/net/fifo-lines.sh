#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# The lines of the notify FIFOs through start, priorities, fault of a group, recovery, a lower-priority master, reload and stop: for each
# instance and group the same as Debian's keepalived writes.
. "$(dirname "$0")/lib.sh"

conf() {
	cat <<-END
	global_defs {
		script_user root
		notify_fifo $TMP/$1.all
		vrrp_notify_fifo $TMP/$1.vrrp
		vrrp_notify_priority_changes true
	}
	track_file number {
		file $TMP/$1.number
		init_file 0
	}
	vrrp_sync_group G1 {
		group {
			VI_1
			VI_2
		}
	}
	$(vi VI_1 eth0 51 150 192.0.2.101/24 'version 3' 'advert_int 1')
	$(vi VI_2 eth1 52 150 198.51.100.102/24 'version 3' 'advert_int 0.2')
	$(vi VI_3 eth1 53 100 198.51.100.103/24 'version 3' 'advert_int 0.2' 'track_file { number weight 1 }')
	END
}

# What keepalived does on a reload to instances that stay differs between its versions: only those that go are compared.
gone() {
	conf "$1" | sed '/vrrp_instance VI_3/,$d'
	vi VI_4 eth1 54 100 198.51.100.104/24 'version 3' 'advert_int 0.2'
}

holds() {
	has_addr "$1" eth0 192.0.2.101 && has_addr "$1" eth1 198.51.100.102
}

# A reader of keepalived's meets a new FIFO after each reload.
follow() {
	while [ ! -e "$TMP/$1.done" ]; do
		[ ! -p "$TMP/$1.$2" ] || cat "$TMP/$1.$2" >> "$TMP/$1.$2.lines"
		sleep 0.05
	done
}

# story HOST DAEMON RIVAL
story() {
	ns_new "$1"
	lan_join lan0 "$1" eth0 192.0.2.1/24
	lan_join lan1 "$1" eth1 198.51.100.1/24
	mkfifo "$TMP/$1.all"
	$2 "$1" "$(conf "$1")"
	follow "$1" all &
	followers=$!
	follow "$1" vrrp &
	followers="$followers $!"
	wait_for 6 "holds $1 && has_addr $1 eth1 198.51.100.103"
	echo 5 > "$TMP/$1.number"
	wait_for 3 "grep -q 'VI_3.*_PRIORITY 105' $TMP/$1.all.lines"
	echo 3 > "$TMP/$1.number"
	wait_for 3 "grep -q 'VI_3.*_PRIORITY 103' $TMP/$1.all.lines"
	lan_cut lan1 "$1" eth1
	wait_for 3 "grep -q 'GROUP.*FAULT' $TMP/$1.all.lines"
	lan_mend lan1 "$1" eth1
	wait_for 8 "holds $1 && has_addr $1 eth1 198.51.100.103"

	# A rival that did not hear us and sends before it does.
	lan_mute lan0 "$1" eth0
	ukd "$3" "$(vi VI_1 eth0 51 50 192.0.2.101/24 'version 3' 'advert_int 0.1')"
	wait_for 5 "has_addr $3 eth0 192.0.2.101"
	lan_mend lan0 "$1" eth0
	wait_for 5 "grep -q MASTER_RX_LOWER_PRI $TMP/$1.all.lines"
	stop "$3"

	reconf "$1" "$(gone "$1")"
	wait_for 5 "has_addr $1 eth1 198.51.100.104"
	stop "$1"
	sleep 0.3
	touch "$TMP/$1.done"
	# The one that was there before still has its reader waiting.
	: <> "$TMP/$1.all"
	# shellcheck disable=SC2086
	wait $followers
	ns_ip "$1" link del eth0
	ns_ip "$1" link del eth1
}

# How many adverts of the rival come through is chance.
lines_of() {
	grep "\"$2\"" "$TMP/$1" | uniq
}

for lan in lan0 lan1; do lan_new $lan; done
for r in ka uk; do
	ns_new "rival-$r"
	lan_join lan0 "rival-$r" eth0 192.0.2.9/24
done
story ka kad rival-ka
story uk ukd rival-uk

for fifo in all vrrp; do
	for name in G1 VI_1 VI_2 VI_3; do
		lines_of ka.$fifo.lines $name > "$TMP/ka.cmp"
		lines_of uk.$fifo.lines $name > "$TMP/uk.cmp"
		diff -u "$TMP/ka.cmp" "$TMP/uk.cmp" || fail "$fifo, $name"
	done
done
expect 'cmp "$TMP/uk.all.lines" "$TMP/uk.vrrp.lines"'
expect 'grep -qx "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 150" "$TMP/uk.all.lines"'
expect '[ -p "$TMP/uk.all" ]'
expect '[ ! -e "$TMP/uk.vrrp" ]'
