#!/bin/sh
# SPDX-License-Identifier: MIT
# Notify scripts of instances and groups: the same calls, arguments and order as under Debian's keepalived through start, fault of one
# member, recovery, yielding, and stop.
. "$(dirname "$0")/lib.sh"

cat > "$TMP/say" <<'END'
#!/bin/sh
f=$1
shift
echo "$*" >> "$f"
END
chmod 755 "$TMP" "$TMP/say"

# notifies FILE WORD: the notify lines of an instance or group
notifies() {
	for s in master backup fault stop; do
		printf '\tnotify_%s "%s/say %s %s %s"\n' $s "$TMP" "$1" "$2" $s
	done
	printf '\tnotify "%s/say %s %s any"\n' "$TMP" "$1" "$2"
}

conf() {
	f=$TMP/$1.said
	: > "$f"
	chmod 666 "$f"
	cat <<-END
	global_defs {
		script_user root
	}
	vrrp_sync_group G1 {
		group {
			VI_1
			VI_2
		}
	$(notifies "$f" G1)
	}
	$(vi VI_1 eth0 51 150 192.0.2.99/24 'version 3' 'advert_int 0.2' "$(notifies "$f" VI_1)")
	$(vi VI_2 eth1 52 150 198.51.100.99/24 'version 3' 'advert_int 0.2' "$(notifies "$f" VI_2)")
	END
}
holds() {
	has_addr "$1" eth0 192.0.2.99 && has_addr "$1" eth1 198.51.100.99
}
holds_none() {
	! has_addr "$1" eth0 192.0.2.99 && ! has_addr "$1" eth1 198.51.100.99
}

# story HOST DAEMON: alone on its two LANs, then a better router comes
story() {
	ns_new "$1"
	lan_join lan0 "$1" eth0 192.0.2.1/24
	lan_join lan1 "$1" eth1 198.51.100.1/24
	$2 "$1" "$(conf "$1")"
	wait_for 4 "holds $1"
	sleep 0.4
	lan_cut lan1 "$1" eth1
	wait_for 2 "holds_none $1"
	sleep 0.4
	lan_mend lan1 "$1" eth1
	wait_for 4 "holds $1"
	sleep 0.4
	ukd better "$(vi VI_1 eth0 51 200 192.0.2.99/24 'version 3' 'advert_int 0.2')"
	wait_for 4 "holds_none $1"
	sleep 0.4
	stop better
	wait_for 4 "holds $1"
	sleep 0.4
	stop "$1"
	expect "holds_none $1"
	sleep 0.4
	ns_ip "$1" link del eth0
	ns_ip "$1" link del eth1
}

for l in lan0 lan1; do lan_new $l; done
ns_new better
lan_join lan0 better eth0 192.0.2.2/24
story theirs kad
story ours ukd
# keepalived starts the script of a state and `notify` at once, so that their order is chance; each kind comes in order.
for list in "VI_1 any" "VI_2 any" "G1 any" "VI_1 [bfms]" "VI_2 [bfms]" "G1 [bfms]"; do
	for who in ours theirs; do
		grep "^$list" "$TMP/$who.said" > "$TMP/$who.list" || true
	done
	diff -u "$TMP/theirs.list" "$TMP/ours.list" || fail "$list: told something else than by keepalived"
done
expect '[ "$(grep -c "^VI_1" "$TMP/ours.said")" -ge 12 ]'
