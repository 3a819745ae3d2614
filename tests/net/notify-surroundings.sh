#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=90
# What a notify script finds around it: the same as under Debian's keepalived.
# Then what keepalived does not promise: order, users, refusals.
. "$(dirname "$0")/lib.sh"
chmod 755 "$TMP"

cat > "$TMP/dump" << 'EOF'
#!/bin/bash
log=$1
shift
mapfile -t status < /proc/$$/status
for line in "${status[@]}"; do
	case $line in
	SigIgn* | SigBlk* | Groups* | NSpgid* | Uid* | Gid*) found="$found ${line//[[:space:]]/}" ;;
	esac
done
found=${found/NSpgid:$$/own-group}
# Signal 32 is glibc's own: keepalived's scripts get it ignored where its parent had it so.
found=${found/SigIgn:000000008/SigIgn:000000000}
for fd in 0 1 2; do found="$found $(readlink /proc/$$/fd/$fd)"; done
words=$(printf '<%s>' "$@")
echo "$words $# $PWD $found nice=$(nice) core=$(ulimit -c) $(env | grep -v '^_=' | sort | tr '\n' ' ')" >> "$log"
EOF
chmod +x "$TMP/dump"

conf() {
	for state in master backup; do
		printf '%s\n' "notify_$state \"$TMP/dump $TMP/$1.$state $state 'two  words' ''\""
	done > "$TMP/lines"
	vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.2' "$(cat "$TMP/lines")" \
		"notify \"$TMP/dump $TMP/$1.any\""
}

for r in r1 r2; do
	ns_new $r
	lan_new lan-$r
	lan_join lan-$r $r eth0 192.0.2.1/24
done
export STRANGE='two  words'
ukd r1 "$(conf r1)"
kad r2 "$(conf r2)"
for r in r1 r2; do
	wait_for 5 "grep -q '<INSTANCE><VI_1><MASTER><100>' $TMP/$r.any"
	wait_for 5 "grep -q two $TMP/$r.master"
done
stop r1
stop r2
for kind in master backup any; do
	expect "[ -s $TMP/r1.$kind ]"
	# keepalived starts several at once.
	sort "$TMP/r1.$kind" > "$TMP/ours"
	sort "$TMP/r2.$kind" > "$TMP/theirs"
	expect "diff $TMP/theirs $TMP/ours"
done

# One after the other, even where the first ones are slow; one that never ends
# holds up the next for 5 s and is left alone.
cat > "$TMP/slow" << 'EOF'
#!/bin/sh
echo "$1 begins" >> "$0.log"
sleep "$2"
echo "$1 ends" >> "$0.log"
EOF
chmod +x "$TMP/slow"
ukd r1 "$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
	"notify_backup \"$TMP/slow backup 1\"" \
	"notify_master \"$TMP/slow master 100\"" \
	"notify_stop \"$TMP/slow stop 0\"" \
	"notify_fault \"$TMP/slow fault 0\"")"
wait_for 3 "grep -q 'master begins' $TMP/slow.log"
expect "[ \"\$(tr '\n' , < $TMP/slow.log)\" = 'backup begins,backup ends,master begins,' ]"
lan_cut lan-r1 r1 eth0
never 3 "grep -q 'fault begins' $TMP/slow.log"
wait_for 3 "grep -q 'fault ends' $TMP/slow.log"
expect "pgrep -f '$TMP/slow master' > /dev/null"
expect "! grep -q 'master ends' $TMP/slow.log"
stop r1
wait_for 2 "! pgrep -f '$TMP/slow master'"

# Refused, with the reason: at the start, and when its turn comes.
mkdir "$TMP/open"
cp "$TMP/dump" "$TMP/open/dump"
chmod 777 "$TMP/open"
lan_mend lan-r1 r1 eth0
ns_ip lan-r1 link set r1-eth0 up
: > "$TMP/secure.log"
chmod 666 "$TMP/secure.log"
ukd r1 "global_defs {
	enable_script_security
	script_user root
}
$(vi VI_1 eth0 51 100 192.0.2.9/24 'version 3' 'advert_int 0.1' \
	"notify_backup \"$TMP/open/dump $TMP/secure.log backup\"" \
	"notify_master \"$TMP/dump $TMP/secure.log master\" nobody nogroup" \
	"notify_fault $TMP/nowhere" \
	"notify_stop /bin/true nosuchuser")"
wait_for 5 "grep -q '<master>' $TMP/secure.log"
expect "! grep -q '<backup>' $TMP/secure.log"
expect "grep -q 'Uid:65534655346553465534 Gid:65534655346553465534 Groups:65534' $TMP/secure.log"
for reason in "open/dump.*not run: $TMP/open is writable by others (mode 0777, group 0)" \
	"nowhere' not run: $TMP/nowhere: No such file" \
	"not run: there is no user nosuchuser"; do
	expect "grep -q \"$reason\" $TMP/r1.log"
done
stop r1
