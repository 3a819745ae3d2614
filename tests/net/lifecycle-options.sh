#!/bin/sh
# SPDX-License-Identifier: MIT
# The command line: what keepalived takes is taken, -t and its exit status, messages as FILE:LINE, -l as keepalived prints it.
# shellcheck disable=SC2034
. "$(dirname "$0")/lib.sh"

ns_new r1
lan_new lan
lan_join lan r1 eth0 192.0.2.1/24
vi VI_1 eth0 51 100 192.0.2.9/24 > "$TMP/good.conf"
{
	cat "$TMP/good.conf"
	echo 'vrrp_instance VI_2 {'
	echo '	no_such_keyword'
	echo '}'
} > "$TMP/bad.conf"

# run STATUS ARGUMENTS...: standard output in $TMP/out, standard error in $TMP/err
run() {
	want=$1
	shift
	status=0
	ns r1 "$UKD" "$@" > "$TMP/out" 2> "$TMP/err" || status=$?
	[ $status -eq "$want" ] || fail "$*: status $status instead of $want: $(cat "$TMP/err")"
}

run 0 -t -f "$TMP/good.conf"
expect '[ ! -s "$TMP/err" ] && [ ! -s "$TMP/out" ]'
run 1 -t -f "$TMP/bad.conf"
line=$(grep -n no_such "$TMP/bad.conf" | cut -d: -f1)
expect 'grep -q "^$TMP/bad.conf:$line: error: .*no_such_keyword" "$TMP/err"'
run 1 -t -f "$TMP/none.conf"
expect 'grep -q "none.conf.*No such file" "$TMP/err"'
run 1 --config-test="$TMP/words" --use-file "$TMP/bad.conf"
expect '[ ! -s "$TMP/err" ] && grep -q no_such_keyword "$TMP/words"'

# What the machine lacks may come: warnings.
{
	vi VI_1 eth7 51 100 192.0.2.9/24 'notify_master /no/such/script'
	printf 'vrrp_script check {\n\tscript /no/such/check\n}\n'
} > "$TMP/lacks.conf"
run 0 -t -f "$TMP/lacks.conf"
expect 'grep -q "^$TMP/lacks.conf:1: warning: .*eth7" "$TMP/err"'
expect 'grep -q "^$TMP/lacks.conf:[0-9]*: warning: .*/no/such/script" "$TMP/err"'
expect 'grep -q "^$TMP/lacks.conf:[0-9]*: warning: .*/no/such/check" "$TMP/err"'
expect '! grep -q error: "$TMP/err"'

# -d prints what -t reads to the same.
run 0 -t -d -f "$TMP/good.conf"
cp "$TMP/out" "$TMP/again.conf"
run 0 -t -d -f "$TMP/again.conf"
expect 'cmp "$TMP/out" "$TMP/again.conf" && grep -q VI_1 "$TMP/again.conf"'

run 0 -t -f "$TMP/good.conf" -nlDdRVIPaBexXmG -g -S 3 -p a -r b -c c -b d -i id -u 022 -A x -M
run 0 -t -f "$TMP/good.conf" --dont-fork --log-console --log-detail --dump-conf --dont-respawn --dont-release-vrrp \
	--dont-release-ipvs --vrrp --address-monitoring --no_bfd --all-config --snmp --release-vips --core-dump --no-syslog --log-file \
	--log-facility=local7 --pid=a --vrrp_pid=b --checkers_pid=c --bfd_pid=d --config-id=id --umask=022 --snmp-agent-socket=x \
	--core-dump-pattern=y --all --check --flush-log-file --debug --perf
run 0 --signum=JSON
expect '[ "$(cat "$TMP/out")" = 36 ]'
run 0 -v
run 0 --help
expect '[ $(wc -l < "$TMP/out") -le 24 ]'
run 1 --no-such-option
run 1 -T
expect 'grep -q "^Usage: genhash" "$TMP/err"'
run 1 -t -f

# keepalived's line, and its words.
ukd r1 "$(cat "$TMP/good.conf")"
wait_for 2 'grep -q "Startup complete" "$TMP/r1.log"'
expect 'grep -Eq "^(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]{8} 20[0-9]{2}: Starting Keepalived" "$TMP/r1.log"'
expect 'grep -q "(VI_1) Entering BACKUP STATE" "$TMP/r1.log"'
stop r1
expect 'tail -n 1 "$TMP/r1.log" | grep -q ": Stopped"'

# -d logs the configuration and runs on, without secrets.
rm "$TMP/r1.log"
ukd r1 "$(vi VI_1 eth0 51 100 192.0.2.9/24 'authentication {' 'auth_type PASS' 'auth_pass s3cr3t' '}')" -d
wait_for 2 'grep -q "Startup complete" "$TMP/r1.log"'
expect 'grep -q "vrrp_instance VI_1" "$TMP/r1.log" && ! grep -q s3cr3t "$TMP/r1.log"'
stop r1
