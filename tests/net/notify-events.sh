#!/bin/sh
# SPDX-License-Identifier: MIT
# notify_deleted in its three forms when a reload removes a master, a backup and one in FAULT, and notify_master_rx_lower_pri: the same
# calls as under Debian's keepalived.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"

cat > "$TMP/say" <<'END'
#!/bin/sh
f=$1
shift
echo "$*" >> "$f"
END
chmod 755 "$TMP" "$TMP/say"

# one HOST NAME VRID IF PRIORITY WAY
one() {
	say="$TMP/say $TMP/$1.said $2"
	case $6 in
	none) deleted= ;;
	word) deleted=notify_deleted ;;
	script) deleted="notify_deleted \"$say deleted\"" ;;
	esac
	vi "$2" "$4" "$3" "$5" "192.0.2.1$3/24" 'version 3' 'advert_int 0.2' "notify \"$say any\"" "notify_fault \"$say fault\"" \
		"notify_stop \"$say stop\"" "notify_master_rx_lower_pri \"$say lower\"" "$deleted"
}
conf() {
	printf 'global_defs {\n\tscript_user root\n}\n'
	one "$1" KEPT 9 eth0 150 none
	[ "$2" != all ] || for n in 1 2 3; do
		way=$(echo none word script | cut -d ' ' -f $n)
		one "$1" "M$n" $n eth0 150 "$way"
		one "$1" "B$n" "$((n + 3))" eth0 50 "$way"
		one "$1" "F$n" "$((n + 10))" eth1 150 "$way"
	done
}
said() {
	sort "$TMP/$1.said"
}

for h in u k; do
	lan_new lan$h
	ns_new $h
	lan_join lan$h $h eth0 192.0.2.1/24
	lan_join lan$h $h eth1 198.51.100.1/24
	lan_cut lan$h $h eth1
	ns_new p$h
	lan_join lan$h p$h eth0 192.0.2.2/24
	: > "$TMP/$h.said"
	chmod 666 "$TMP/$h.said"
	for n in 4 5 6; do
		advert p$h eth0 src=192.0.2.2 version=3 int=20 prio=100 vrid=$n addrs=192.0.2.1$n rate=10 count=200 > /dev/null &
	done
done
ukd u "$(conf u all)"
kad k "$(conf k all)"
for h in u k; do
	wait_for 5 "grep -q 'KEPT any INSTANCE KEPT MASTER 150' '$TMP/$h.said'"
	for n in 1 2 3; do wait_for 3 "has_addr $h eth0 192.0.2.1$n"; done
done
for h in u k; do
	advert p$h eth0 src=192.0.2.2 version=3 int=20 prio=7 vrid=9 addrs=192.0.2.19 > /dev/null
	wait_for 3 "grep -q 'KEPT lower' '$TMP/$h.said'"
	: > "$TMP/$h.said"
	reconf $h "$(conf $h some)"
	wait_for 3 "! has_addr $h eth0 192.0.2.11 && ! has_addr $h eth0 192.0.2.13"
done

wait_for 3 '[ "$(wc -l < "$TMP/u.said")" = "$(wc -l < "$TMP/k.said")" ]'
sleep 0.5
said u > "$TMP/u.sorted"
said k > "$TMP/k.sorted"
diff "$TMP/k.sorted" "$TMP/u.sorted" || fail 'other calls than keepalived'
cat "$TMP/u.sorted"
