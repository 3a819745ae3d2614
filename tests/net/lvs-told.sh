#!/bin/sh
# SPDX-License-Identifier: MIT
# What is told of real and virtual servers: FIFO, scripts, log; whether the
# kernel has IPVS or not, and VRRP runs beside it.
. "$(dirname "$0")/lib.sh"

echo 0 > "$TMP/one"
echo 0 > "$TMP/two"
cat > "$TMP/script" <<- END
	#!/bin/sh
	echo "\$*" >> "$TMP/told"
END
chmod +x "$TMP/script"
real() {
	echo "real_server 198.51.100.$1 80 {
	weight $1
	notify_up \"$TMP/script up $1\"
	notify_down \"$TMP/script down $1\"
	FILE_CHECK {
		track_file $2
		weight 0
	}
}"
}
conf="global_defs {
	script_user root
	lvs_notify_fifo $TMP/fifo
}
track_file one {
	file $TMP/one
}
track_file two {
	file $TMP/two
}
$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2')
virtual_server 192.0.2.9 80 {
	protocol TCP
	lvs_sched rr
	lvs_method NAT
	quorum_up \"$TMP/script met\"
	quorum_down \"$TMP/script lost\"
	sorry_server 198.51.100.9 80
	$(real 1 one)
	$(real 2 two)
}"
lan_new lan
ns_new a
lan_join lan a eth0 192.0.2.1/24
mkfifo "$TMP/fifo"
cat "$TMP/fifo" > "$TMP/lines" &
: > "$TMP/told"
ukd a "$conf"
V='\[192.0.2.9\]:tcp:80'
wait_for 10 'grep -qx "VS $V UP" "$TMP/lines"'
wait_for 10 'grep -qx met "$TMP/told"'
wait_for 10 'has_addr a eth0 192.0.2.9'

echo 1 > "$TMP/two"
wait_for 10 'grep -qx "RS \[198.51.100.2\]:tcp:80 $V DOWN" "$TMP/lines"'
wait_for 10 'grep -qx "down 2" "$TMP/told"'
expect '! grep -q lost "$TMP/told"'
echo 1 > "$TMP/one"
wait_for 10 'grep -qx "VS $V DOWN" "$TMP/lines"'
wait_for 10 'grep -qx lost "$TMP/told"'
expect 'grep -q "Removing service \[198.51.100.1\]:tcp:80 from VS $V" "$TMP/a.log"'
expect 'grep -q "Lost quorum 1-0=1 > 0 for VS $V" "$TMP/a.log"'
expect 'grep -q "Adding sorry server \[198.51.100.9\]:tcp:80 to VS $V" "$TMP/a.log"'

# A reload tells nothing anew, and what is down stays down.
lines=$(wc -l < "$TMP/lines")
reconf a "$conf"
wait_for 10 'grep -q "Reload complete" "$TMP/a.log"'
echo 0 > "$TMP/two"
wait_for 10 'grep -qx "RS \[198.51.100.2\]:tcp:80 $V UP" "$TMP/lines"'
wait_for 10 '[ "$(wc -l < "$TMP/lines")" = $((lines + 2)) ]'
wait_for 10 'grep -qx "up 2" "$TMP/told"'
expect 'grep -q "Gained quorum 1+0=1 <= 2 for VS $V" "$TMP/a.log"'
expect '[ "$(grep -c "wait for module" "$TMP/a.log")" -le 1 ]'
stop a
expect 'grep -q "Shutting down service \[198.51.100.2\]:tcp:80 from VS $V" "$TMP/a.log"'
