#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=120
# Readers of notify FIFOs that are absent, slow, or die: adverts stay on schedule, and who reads again learns the latest state. Scripts
# that read: started, ended and begun anew, never two at once.
. "$(dirname "$0")/lib.sh"

chmod 755 "$TMP"
cat > "$TMP/reader" <<END
#!/bin/sh
trap 'echo "end \$\$" >> $TMP/said; exit 0' TERM
echo "start \$\$ \$(id -un) \$*" >> $TMP/said
while read -r line; do
	echo "\$line" >> $TMP/said
	case \$line in *CRASH*) exit 7 ;; esac
done < "\$3"
echo "eof \$\$" >> $TMP/said
END
chmod 755 "$TMP/reader"
: > "$TMP/said"
chmod 666 "$TMP/said"

readers() {
	pgrep -f "^/bin/sh $TMP/reader" || true
}
one_reader() {
	[ "$(readers | wc -l)" = 1 ]
}
said() {
	grep -q "$1" "$TMP/said"
}

# Sixty quiet instances that write a line each whenever the number changes, and one that advertises.
crowd() {
	i=0
	while [ $i -lt 60 ]; do
		vi "CROWD_$i" eth0 $((i + 100)) 100 "192.0.2.$((i + 100))/24" 'advert_int 40' 'version 3' \
			'track_file { number weight 1 }'
		i=$((i + 1))
	done
}

conf() {
	cat <<-END
	global_defs {
		script_user nobody
		notify_fifo $TMP/all
		vrrp_notify_fifo $TMP/vrrp root
		vrrp_notify_priority_changes true
		$1
	}
	track_file number {
		file $TMP/number
		init_file 0
	}
	$(vi VI_1 eth0 51 150 192.0.2.9/24 'version 3' 'advert_int 0.1')
	${2:-}
	END
}

ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24

# --- nobody reads, then one who stands still
ukd r1 "$(conf "" "$(crowd)")"
wait_for 5 'has_addr r1 eth0 192.0.2.9'
expect '[ "$(stat -c "%U %a" "$TMP/all")" = "nobody 600" ]'
expect '[ "$(stat -c "%U %a" "$TMP/vrrp")" = "root 600" ]'
cat "$TMP/vrrp" > "$TMP/slow.lines" &
slow=$!
wait_for 2 "grep -q VI_1 $TMP/slow.lines"
kill -STOP $slow
capture lan r1-eth0 "$TMP/lan.pcap" vrrp and src 192.0.2.1
n=1
while [ $n -le 70 ]; do
	echo $n > "$TMP/number"
	wait_for 3 "tail -n 3 $TMP/r1.log | grep -q 'to $((n + 100))\$'"
	n=$((n + 1))
done
# On a quick machine that was over before there were adverts to compare.
sleep 1
capture_end "$TMP/lan.pcap"
expect 'grep -q "vrrp notify fifo $TMP/vrrp: nobody reads, the oldest lines are dropped" "$TMP/r1.log"'
expect '[ "$(grep -c "nobody reads" "$TMP/r1.log")" = 2 ]'
kill -CONT $slow
wait_for 3 'grep -q "vrrp notify fifo $TMP/vrrp: [0-9]* lines were dropped" "$TMP/r1.log"'
wait_for 3 'grep -q "CROWD_59\" BACKUP_PRIORITY 170" "$TMP/slow.lines"'
expect '[ "$(grep -c "_PRIORITY 170\$" "$TMP/slow.lines")" = 60 ]'
expect '! grep -vE "^INSTANCE \"[A-Z]*_[0-9]*\" [A-Z_]* [0-9]*\$" "$TMP/slow.lines"'
# One that dies in the middle, and another one later.
kill -9 $slow
wait $slow 2>/dev/null || true
echo 3 > "$TMP/number"
wait_for 3 'tail -n 3 "$TMP/r1.log" | grep -q "to 103\$"'
timeout 1 cat "$TMP/vrrp" > "$TMP/late.lines" || true
expect '[ "$(grep -c "_PRIORITY 103\$" "$TMP/late.lines")" = 60 ]'
# On schedule all the while: 100 ms apart, whatever the machine adds.
gap=$(tshark -nr "$TMP/lan.pcap" -Y 'vrrp.virt_rtr_id == 51' -T fields -e frame.time_delta_displayed 2>/dev/null | sort -n | tail -n 1)
expect 'awk "BEGIN { exit !($gap > 0.09 && $gap < 0.9) }"'
stop r1
expect '[ ! -e "$TMP/all" ] && [ ! -e "$TMP/vrrp" ]'

# --- scripts
script="notify_fifo_script \"$TMP/reader one 'two words'\""
ukd r1 "$(conf "$script")"
wait_for 5 'said MASTER'
expect "said \"^start [0-9]* nobody one two words $TMP/all\$\""
expect one_reader
first=$(readers)
reconf r1 "$(conf "$script
		fifo_write_vrrp_states_on_reload")"
wait_for 3 'said "end $first"'
wait_for 3 "[ \"\$(grep -c 'MASTER 150' $TMP/said)\" = 2 ]"
expect one_reader
# It crashes: told once, the daemon and the others go on, and a reload brings it back.
second=$(readers)
kill -9 "$second"
wait_for 3 'grep -q "notify fifo script terminated by signal 9" "$TMP/r1.log"'
never 1 one_reader
sig r1 HUP
wait_for 3 one_reader
# The daemon is killed: its script goes with it, so that the next one's is alone.
crash r1
wait_for 3 '! one_reader'
expect '[ -p "$TMP/all" ]'
: > "$TMP/said"
ukd r1 "$(conf "$script")"
wait_for 5 'said MASTER'
expect one_reader
# A crash that it survives: the script of before is ended.
third=$(readers)
sig r1 SEGV
wait_for 8 "said '^e[no][df] $third\$' && one_reader && [ \"\$(readers)\" != $third ]"
wait_for 5 "[ \"\$(grep -c 'MASTER 150' $TMP/said)\" = 2 ]"
stop r1
expect 'said "INSTANCE \"VI_1\" STOP 150"'
wait_for 2 'said "eof\|end"'
wait_for 2 '[ -z "$(readers)" ]'
