#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=60
# A reload never drops a master for trackers that it adds, keeps what is known
# of the others, and forgets those that are gone.
. "$(dirname "$0")/lib.sh"

cat > "$TMP/check" << 'EOF'
#!/bin/sh
echo $$ >> "$1.runs"
read -r status delay < "$1"
sleep "${delay:-0}"
exit "$status"
EOF
chmod +x "$TMP/check"
script() {
	printf 'vrrp_script %s {\nscript "%s/check %s/%s"\ninterval 1\n%s\n}\n' \
		"$1" "$TMP" "$TMP" "$1" "$2"
}
conf() {
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' "$@"
}
last_priority() {
	tcpdump -nr "$TMP/r1.pcap" 2>/dev/null |
		sed -n 's/.*, prio \([0-9]*\),.*/\1/p' | tail -n 1
}
priority() {
	wait_for "$1" "[ \"\$(last_priority)\" = $2 ]"
}
runs() {
	wc -l < "$TMP/$1.runs"
}

ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
capture r1 eth0 "$TMP/r1.pcap" vrrp
echo 0 > "$TMP/old"
ukd r1 "$(script old 'weight 10
rise 2
fall 3')
$(conf 'track_script {' old '}')"
priority 5 110

# What is new has no say before its first result, whatever its weight.
for s in must more less; do echo 1 2 > "$TMP/$s"; done
echo 0 2 > "$TMP/must"
reconf r1 "$(script old 'weight 10
rise 2
fall 3')
$(script must 'weight 0
timeout 5')
$(script more 'weight 20
timeout 5')
$(script less 'weight -30
timeout 5')
$(conf 'track_script {' old must more less '}')"
never 1.5 '[ "$(last_priority)" != 110 ]'
expect "[ \$(runs must) = 1 ]"
priority 3 80
expect "[ \$(grep -c 'Entering MASTER' $TMP/r1.log) = 1 ]"
expect "! grep -q 'FAULT STATE' $TMP/r1.log"

# Two failures of three are known after the reload, and the schedule is kept.
echo 1 > "$TMP/old"
from=$(runs old)
wait_for 3 "[ \$(runs old) -eq $((from + 2)) ]"
reconf r1 "$(script old 'weight 10
rise 2
fall 3')
$(script must 'weight 0
timeout 5')
$(conf 'track_script {' old must '}')"
priority 2 100
expect "[ \$(runs old) -eq $((from + 3)) ]"
from=$(runs less)
never 1.5 "[ \$(runs less) -ne $from ]"

# One that can't be run: told, and without effect.
reconf r1 "$(script old 'weight 10')
vrrp_script nowhere {
	script $TMP/nowhere
	interval 1
}
$(conf 'track_script {' old nowhere '}')"
wait_for 2 "grep -q 'Disabling track script nowhere' $TMP/r1.log"
expect "grep -q \"nowhere' not run: $TMP/nowhere: No such file\" $TMP/r1.log"
never 1 '[ "$(last_priority)" != 100 ]'

# A file, a process, a script that is down: known at once, and at once for all.
echo -20 > "$TMP/value"
reconf r1 "$(script old 'weight 10')
vrrp_track_file value {
	file $TMP/value
	weight 1
}
vrrp_track_process none {
	process no-such-process
	weight -7
}
$(conf 'track_script {' old '}' 'track_file {' value '}' 'track_process {' none '}')"
priority 2 73
never 0.5 '[ "$(last_priority)" != 73 ]'
tcpdump -nr "$TMP/r1.pcap" 2>/dev/null | sed -n 's/.*, prio \([0-9]*\),.*/\1/p' |
	uniq | tr '\n' ' ' > "$TMP/seen"
echo "priorities: $(cat "$TMP/seen")"
expect "grep -q ' 100 73 $' $TMP/seen"
expect "[ \$(grep -c 'Entering MASTER' $TMP/r1.log) = 1 ]"
