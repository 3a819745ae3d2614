#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# The keepalived.conf of each UCI file in uci/, and what the log says, are those beside it; ukeepalived and keepalived accept it.
# After a change that is meant: generate.sh --write
. "$(dirname "$0")/lib.sh"

UCI=$TOP/tests/openwrt/uci
ns_new r1
for i in 0 1 2; do
	ns_ip r1 link add "eth$i" type veth peer name "peer$i"
	ns_ip r1 link set "eth$i" up
	ns_ip r1 link set "peer$i" up
done
ns_ip r1 addr add 192.0.2.1/24 dev eth0
root_new
cat > "$ROOT/tmp/generate" <<'END'
. /lib/functions.sh
. /lib/functions/keepalived/config.sh
cp "/tmp/uci/$1.uci" /etc/config/keepalived
: > /tmp/log
config_load keepalived
ka_generate > "/tmp/uci/$1.out"
mv /tmp/log "/tmp/uci/$1.log"
END
mkdir "$ROOT/tmp/uci"
cp "$UCI"/*.uci "$ROOT/tmp/uci"
for file in "$UCI"/*.uci; do
	router r1 ash /tmp/generate "$(basename "$file" .uci)"
done
bad=0
count=0
for out in "$ROOT"/tmp/uci/*.out; do
	name=$(basename "$out" .out)
	count=$((count + 1))
	if [ "${1:-}" = --write ]; then
		cp "$out" "$UCI/$name.conf"
		rm -f "$UCI/$name.log"
		[ ! -s "${out%.out}.log" ] || cp "${out%.out}.log" "$UCI"
	fi
	log=$UCI/$name.log
	[ -e "$log" ] || log=/dev/null
	if ! diff "$UCI/$name.conf" "$out" || ! diff "$log" "${out%.out}.log"; then
		echo "$name: not as it should be"
		bad=$((bad + 1))
	fi
	for program in "$UKD" keepalived; do
		status=0
		ns r1 "$program" -t -f "$out" > "$TMP/messages" 2>&1 || status=$?
		# There is no BFD here: that is told, and is why it does not end with 0.
		case $name.$program in
		bfd."$UKD") [ "$status" = 1 ] && grep -q BFD "$TMP/messages" && status=0 ;;
		esac
		[ "$status" = 0 ] || {
			echo "$name: $program -t ends with $status"
			cat "$TMP/messages"
			bad=$((bad + 1))
		}
	done
done
echo "$count files, $bad wrong"
[ "$bad" = 0 ] && [ $count -ge 13 ]
