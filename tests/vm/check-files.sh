#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=360
# keepalived 2.2.7 leaves reverse out of account at its start where the weight is 0, so that is not asked here.
# FILE_CHECK and dynamic MISC_CHECK: what files and scripts say becomes the same weights, or the same faults, as under keepalived.
. "$(dirname "$0")/lib.sh"

for r in k u; do
	ns_new $r
	ns_ip $r link add eth0 type dummy
	ns_ip $r link set eth0 up
done
echo 5 > "$TMP/value"
echo 0 > "$TMP/status"
printf '#!/bin/sh\nread -r s < %s\nexit $s\n' "$TMP/status" > "$TMP/script"
chmod 755 "$TMP" "$TMP/script"
# server N LINE...: weight 10
server() {
	printf 'real_server 198.51.100.%s 80 {\nweight 10\n' "$1"
	shift
	printf '%s\n' "$@"
	echo '}'
}
conf="global_defs {
script_user root
}
track_file f {
file $TMP/value
weight 1
}
virtual_server 192.0.2.9 80 {
delay_loop 1
warmup 0
lvs_sched wrr
lvs_method NAT
protocol TCP
$(server 1 'FILE_CHECK {' 'track_file f' '}')
$(server 2 'FILE_CHECK {' 'track_file f' 'weight 3 reverse' '}')
$(server 3 'FILE_CHECK {' 'track_file f' 'weight 3' '}' inhibit_on_failure)
$(server 4 'FILE_CHECK {' 'track_file f' 'weight 0' '}')
$(server 6 'MISC_CHECK {' "misc_path $TMP/script" 'misc_timeout 20' 'delay_loop 3' misc_dynamic '}')
$(server 7 'MISC_CHECK {' "misc_path $TMP/script" 'misc_timeout 20' 'delay_loop 3' '}')
$(server 8 'MISC_CHECK {' "misc_path $TMP/script" 'misc_timeout 20' 'delay_loop 3' misc_dynamic '}' 'FILE_CHECK {' 'track_file f' 'weight 2' '}')
}"
kad k "$conf" -C
ukd u "$conf" -C
# IPVS and keepalived take any weight; ours end at 65535.
servers() {
	table "$1" | awk '$1 == "-a" { if ($NF > 65535) $NF = 65535; print }'
}
# Scripts take their time here: both are asked until they agree, and stay so.
agree() {
	hold 25 'servers k > "$TMP/k"; servers u > "$TMP/u"; [ -s "$TMP/k" ] && cmp -s "$TMP/k" "$TMP/u"' || true
	sleep 3
	servers k > "$TMP/k"
	servers u > "$TMP/u"
	echo "# value $(cat "$TMP/value"), status $(cat "$TMP/status")"
	cat "$TMP/u"
	diff -u "$TMP/k" "$TMP/u" || fail "not the table of keepalived"
}
sleep 3
agree
for value in -2 -10 x 1000 -715827882 -715827883 0; do
	echo $value > "$TMP/value"
	sleep 1
	agree
done
for status in 12 2 255 1 0; do
	echo $status > "$TMP/status"
	sleep 6
	agree
done
