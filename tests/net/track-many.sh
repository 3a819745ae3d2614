#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=150
# A hundred scripts every second, and some that hang, ignore SIGTERM or leave
# children behind: no run is missed, no zombie stays, adverts are on schedule.
. "$(dirname "$0")/../net/lib.sh"
for_s=${TRACK_MANY_S:-10}

cat > "$TMP/tick" << 'EOF'
#!/bin/sh
read -r up _ < /proc/uptime
echo "$up" >> "$0s/$1"
EOF
cat > "$TMP/hang" << 'EOF'
#!/bin/sh
sleep 1000
EOF
cat > "$TMP/deaf" << 'EOF'
#!/bin/sh
trap '' TERM HUP INT
while :; do sleep 0.1; done
EOF
cat > "$TMP/forks" << 'EOF'
#!/bin/sh
for i in 1 2 3; do sleep 0.5 & done
EOF
mkdir "$TMP/ticks"
chmod +x "$TMP/tick" "$TMP/hang" "$TMP/deaf" "$TMP/forks"

conf() {
	for n in $(seq 1 100); do
		printf 'vrrp_script s%s {\nscript "%s/tick %s"\ninterval 1\n}\n' "$n" "$TMP" "$n"
	done
	for n in hang deaf forks; do
		printf 'vrrp_script %s {\nscript %s/%s\ninterval 1\nweight -1\n}\n' "$n" "$TMP" "$n"
	done
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
		"track_script { $(printf '%s\n' '' hang deaf forks; seq -f 's%.0f' 1 100) }"
}

children() {
	cat "/proc/$(pid_of r1)/task/$(pid_of r1)/children"
}

zombies() {
	for pid in $(children); do
		case $(cat "/proc/$pid/stat" 2>/dev/null) in
		*') Z '*) echo "$pid" ;;
		esac
	done
}

ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
ukd r1 "$(conf)"
wait_for 10 'has_addr r1 eth0 192.0.2.9'
capture r1 eth0 "$TMP/r1.pcap" vrrp
from=$(cut -d' ' -f1 /proc/uptime)
i=0
while [ $i -lt "$for_s" ]; do
	zombies | sort > "$TMP/before"
	sleep 0.5
	zombies | sort > "$TMP/after"
	expect '[ -z "$(comm -12 "$TMP/before" "$TMP/after")" ]'
	sleep 0.5
	i=$((i + 1))
done
to=$(cut -d' ' -f1 /proc/uptime)
capture_end "$TMP/r1.pcap"
expect "[ \$(children | wc -w) -lt 60 ]"
stop r1
wait_for 3 '[ -z "$(ip netns pids ${PREFIX}r1)" ]'

# Every script in every second: as many runs as seconds, one more or less.
for n in $(seq 1 100); do
	awk -v n="$n" -v from="$from" -v to="$to" '
		$1 > from && $1 <= to {
			runs++
			if (last && $1 - last > gap) gap = $1 - last
			last = $1
		}
		END { print n, runs, gap, (runs >= to - from - 1 && runs <= to - from + 1 && gap < 1.9) ? "ok" : "bad" }
	' "$TMP/ticks/$n"
done > "$TMP/runs"
awk '{ runs += $2; if ($3 > gap) gap = $3 } END { print runs, "runs; longest time between two of one script:", gap, "s" }' "$TMP/runs"
expect '! grep bad "$TMP/runs"'
expect "! grep -q 'script s[0-9]* is' $TMP/r1.log"
expect "grep -q 'VRRP_Script(hang) timed_out' $TMP/r1.log"
expect "grep -q 'VRRP_Script(deaf) timed_out' $TMP/r1.log"

adverts "$TMP/r1.pcap" | awk '
	NR == 1 { first = $1 }
	NR > 1 && $1 - last > gap { gap = $1 - last }
	{ last = $1 }
	END {
		want = (last - first) / 0.1
		printf "%d adverts in %.2f s, longest gap %.4f s\n", NR, last - first, gap
		exit !(NR - 1 > want - 0.5 && NR - 1 < want + 0.5 && gap < 0.3)
	}' || fail "adverts are not on schedule"
