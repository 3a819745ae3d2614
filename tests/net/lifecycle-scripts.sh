#!/bin/sh
# SPDX-License-Identifier: MIT
# startup_script before everything, shutdown_script after everything, both up to their timeout; TERM does not wait for the former.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24

# Each script writes its name, whether the address and a VRRP socket were there.
cat > "$TMP/script" <<EOF
#!/bin/sh
addr=no socket=no
[ -z "\$(ip -o addr show dev eth0 to 192.0.2.9)" ] || addr=yes
! grep -q "^ *[0-9]*: .*:0070 " /proc/net/raw || socket=yes
[ -z "\$2" ] || trap '' TERM
echo "\$1 address \$addr socket \$socket" >> "$TMP/order"
[ -z "\$2" ] || sleep "\$2"
EOF
chmod 755 "$TMP" "$TMP/script"
: > "$TMP/order"
chmod 666 "$TMP/order"

# timed COMMAND...: hundredths of a second in $took
timed() {
	now
	begin=$NOW
	"$@"
	now
	took=$((NOW - begin))
}

config() {
	printf 'global_defs {\n\tscript_user root\n'
	printf '\t%s\n' "$@"
	printf '}\n'
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' "notify_stop \"$TMP/script stop\""
}

ukd r1 "$(config "startup_script \"$TMP/script startup\"" "shutdown_script \"$TMP/script shutdown\"")"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
stop r1
expect '[ "$(cat "$TMP/order")" = "startup address no socket no
stop address no socket yes
shutdown address no socket no" ]'

# A stop script has its time; child_wait_time ends it.
: > "$TMP/order"
ukd r1 "$(config | sed 's/script stop/script stop 0.7/')"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
timed stop r1
expect 'grep -q "^stop" "$TMP/order"'
expect '[ $took -ge 65 ] && [ $took -le 200 ]'
ukd r1 "child_wait_time 1
$(config | sed 's/script stop/script stop 20/')"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
timed stop r1
expect '[ $took -ge 95 ] && [ $took -le 250 ]'

# Scripts that hang, even against TERM.
: > "$TMP/order"
ukd r1 "$(config "startup_script \"$TMP/script startup 30\"" 'startup_script_timeout 1' \
	"shutdown_script \"$TMP/script shutdown 30\"" 'shutdown_script_timeout 1')"
timed wait_for 4 'has_addr r1 eth0 192.0.2.9'
expect '[ $took -ge 100 ]'
now
begin=$NOW
sig r1 TERM
wait_for 1 '! has_addr r1 eth0 192.0.2.9'
wait "$(pid_of r1)"
now
expect '[ $((NOW - begin)) -ge 95 ] && [ $((NOW - begin)) -le 250 ]'
expect 'grep -q "startup 30.*still running" "$TMP/r1.log" && grep -q "shutdown 30.*still running" "$TMP/r1.log"'

# TERM while the startup script runs.
: > "$TMP/order"
ukd r1 "$(config "startup_script \"$TMP/script startup 30\"" 'startup_script_timeout 20')"
wait_for 2 'grep -q startup "$TMP/order"'
timed stop r1
expect '[ $took -le 150 ]'
expect '! has_addr r1 eth0 192.0.2.9'

# PATH has a default.
printf '#!/bin/sh\nexec env -u PATH "%s" "$@"\n' "$UKD" > "$TMP/no-path"
printf '#!/bin/sh\ntr "\\0" "\\n" < /proc/$$/environ > "%s"\n' "$TMP/environment" > "$TMP/look"
chmod 755 "$TMP/no-path" "$TMP/look"
UKD=$TMP/no-path
ukd r1 "$(config "startup_script $TMP/look")"
wait_for 3 'has_addr r1 eth0 192.0.2.9'
stop r1
expect 'grep -qx PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$TMP/environment"'
expect '! grep UKEEPALIVED "$TMP/environment"'
