#!/bin/sh
# SPDX-License-Identifier: MIT
# run: alone timeout=240
# Checkers beside keepalived's: the same questions in the same rhythm, from good to bad and back, and with a bad start.
# Each has servers of its own, which go by how often they were asked (lib.times.py).
. "$(dirname "$0")/lib.sh"

lan_new lan
for r in k u; do
	ns_new $r
	ns_new s$r
done
lan_join lan k eth0 198.51.100.101/24
lan_join lan u eth0 198.51.100.102/24
lan_join lan sk eth0 198.51.100.1/24
lan_join lan su eth0 198.51.100.2/24
# 3 good ones, 5 bad ones; 4 bad ones at first
plan='100:tcp:3:5 200:tcp:0:4 101:web:3:4 201:web:0:3 102:smtp:3:5 202:smtp:0:5 103:dns:3:5 203:dns:0:4 104:udp:3:5 204:udp:0:4 0:ping:3:5'
for r in k u; do
	address=198.51.100.1
	[ $r = k ] || address=198.51.100.2
	ns s$r sysctl -qw net.ipv4.icmp_echo_ignore_all=1
	ip netns exec "${PREFIX}s$r" python3 "$TOP/tests/vm/lib.times.py" $address "$plan" "$TMP/times.$r" 2> "$TMP/s$r.log" &
	# Nothing but what the shell has itself: a fork takes long here.
	echo 0 > "$TMP/count.$r"
	cat > "$TMP/script.$r" <<- END
		#!/bin/sh
		read -r n < $TMP/count.$r
		echo \$((n + 1)) > $TMP/count.$r
		read -r up rest < /proc/uptime
		if [ \$n -ge 3 ] && [ \$n -lt 8 ]; then
			echo "\$up $r misc bad" >> $TMP/misc.$r
			exit 1
		fi
		echo "\$up $r misc ok" >> $TMP/misc.$r
	END
	chmod 755 "$TMP/script.$r"
done
chmod 755 "$TMP"
wait_for 20 '[ -e "$TMP/times.k.ready" ] && [ -e "$TMP/times.u.ready" ]'

# conf ADDRESS-OF-SERVER HOST
conf() {
	echo 'global_defs {
	script_user root
}
virtual_server 192.0.2.9 80 {
	delay_loop 3
	warmup 0
	retry 2
	delay_before_retry 1
	connect_timeout 1
	lvs_sched rr
	lvs_method NAT
	protocol TCP'
	for n in 1 2; do
		for kind in 00:TCP_CHECK 01:HTTP_GET 02:SMTP_CHECK 03:DNS_CHECK 04:UDP_CHECK 05:PING_CHECK 06:MISC_CHECK; do
			port=$n${kind%:*}
			more=
			case $port in
			205 | 206) continue ;;
			10[35] | 203) more= ;;
			101) more='
			url {
				path /a
			}
			url {
				path /b
			}' ;;
			201) more='
			url {
				path /c
			}' ;;
			?04) more=require_reply ;;
			106) more="
			misc_path $TMP/script.$2
			misc_timeout 20" ;;
			esac
			printf '\treal_server %s %s {\n\t\t%s {\n\t\t\t%s\n\t\t}\n\t}\n' "$1" $port "${kind#*:}" "$more"
		done
	done
	echo '}'
}
kad k "$(conf 198.51.100.1 k)" -C
ukd u "$(conf 198.51.100.2 u)" -C
# Until the slowest, which asks two urls in turn, is up again.
wait_for 100 'grep -q "Remote Web server .*:101 succeed.*" "$TMP/u.log" && [ "$(grep -c "101/b ok" "$TMP/times.u")" -ge 5 ]'
wait_for 30 '[ "$(grep -c "101/b ok" "$TMP/times.k")" -ge 5 ]'
sleep 4
stop k
stop u
cat "$TMP/misc.k" >> "$TMP/times.k"
cat "$TMP/misc.u" >> "$TMP/times.u"

# The gaps before each question, and how it was answered.
gaps() {
	awk '{
		key = $3
		sub(/\/.*/, "", key)
		if (key in last)
			text[key] = text[key] sprintf(" %.1f", $1 - last[key])
		text[key] = text[key] " " $3 ":" $4
		last[key] = $1
	}
	END { for (key in text) print key text[key] }' "$TMP/times.$1" | sort
}
gaps k > "$TMP/gaps.k"
gaps u > "$TMP/gaps.u"
python3 - "$TMP/gaps.k" "$TMP/gaps.u" << 'END'
import sys
theirs, ours = ({l.split()[0]: l.split()[1:] for l in open(f)} for f in sys.argv[1:])
bad = 0
for key in sorted(set(theirs) | set(ours)):
    a, b = theirs.get(key, []), ours.get(key, [])
    same = len(a) > 10 and len(b) > 10
    for x, y in zip(a, b):
        if ":" in x or ":" in y:
            same = same and x == y
        else:
            same = same and abs(float(x) - float(y)) < (2 if key == "misc" else 0.8)
    print("%s %s\n\tkeepalived %s\n\tours       %s" % ("same" if same else "DIFFERENT", key, " ".join(a), " ".join(b)))
    bad += not same
sys.exit(bad > 0)
END

# What the log says of changes, names of hosts aside. At its start keepalived speaks of retries of a url that it did not make.
changes() {
	grep -oE '(TCP connection to|TCP_CHECK on service|Remote (Web|SMTP) server|HTTP_CHECK on service|UDP connection to|UDP_CHECK on service|ICMP connection to|ICMP CHECK on service) .*' \
		"$TMP/$1.log" | sed 's/198.51.100.[12]/S/g; s/ of .*VS.* failed/ failed/; s/ of \[192.*:80 failed/ failed/; s/\. (.*)$/./; s/:201 failed after 2 retries/:201 failed/' | sort | uniq -c
}
changes k > "$TMP/changes.k"
changes u > "$TMP/changes.u"
diff -u "$TMP/changes.k" "$TMP/changes.u"
