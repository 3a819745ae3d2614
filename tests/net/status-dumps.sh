#!/bin/sh
# SPDX-License-Identifier: MIT
# What signals write, beside keepalived's for the same configuration: JSON key by key, statistics line by line, the lines of the data file that
# programs look for; and that files are complete, new, private and follow no link.
. "$(dirname "$0")/lib.sh"
command -v keepalived > /dev/null || skip "no keepalived here"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24 2001:db8::1/64
lan_join lan r1 eth1 198.51.100.1/24
conf="global_defs {
	script_user root
	enable_script_security
	dynamic_interfaces
}
vrrp_script chk {
	script \"/bin/true x\"
	interval 1
	weight 3
}
vrrp_sync_group G {
	group {
		VI_2
	}
}
$(vi VI_1 eth0 51 100 '192.0.2.9/24
	192.0.2.10/24 dev eth1 label eth1:x' 'advert_int 1' 'authentication {
		auth_type PASS
		auth_pass secret
	}' 'virtual_ipaddress_excluded {
		2001:db8::9/64
	}' 'virtual_routes {
		10.0.0.0/8 via 192.0.2.2 dev eth0
	}' 'virtual_rules {
		from 10.0.0.0/8 table 100 preference 5
	}' 'track_interface {
		eth1
	}' 'track_script {
		chk
	}' 'notify_master "/bin/true master"' 'notify_backup "/bin/true b"' 'notify_fault "/bin/true f"' 'notify_stop "/bin/true s"' \
	'notify "/bin/true any"' 'notify_master_rx_lower_pri "/bin/true l"' smtp_alert nopreempt)
$(vi VI_2 eth1 52 120 198.51.100.9/24 'version 3' 'advert_int 0.5' 'garp_master_delay 2' 'garp_master_refresh 60')
$(vi VI_6 eth0 53 255 'fe80::9/64
	2001:db8::10/64' 'preempt_delay 5' 'garp_lower_prio_delay 3' lower_prio_no_advert)
$(vi VI_F eth9 54 100 192.0.2.77 'unicast_src_ip 192.0.2.1' 'unicast_peer {
		192.0.2.2
	}')"
printf '%s\n' "$conf" > "$TMP/k.conf"

# Each in a /tmp of its own. The signal numbers are the ones that --signum tells.
cat > "$TMP/run.sh" << 'EOF2'
out=$1
shift
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
cp "$out/../k.conf" /mnt
# The daemon may lie below what is hidden now.
cp "$(command -v "$1")" /mnt/daemon
mount -t tmpfs tmpfs /tmp
echo mine > /tmp/elsewhere
ln -s /tmp/elsewhere /tmp/keepalived.json
/mnt/daemon -P -n -l -f /mnt/k.conf > /mnt/log 2>&1 & pid=$!
sleep 5.2
for name in DATA STATS JSON; do
	kill -"$(/mnt/daemon --signum=$name)" $pid
	i=0
	file=$(echo $name | tr A-Z a-z)
	until { [ -s /tmp/keepalived.$file ] && [ ! -L /tmp/keepalived.$file ]; } || [ $i -ge 50 ]; do
		sleep 0.02
		i=$((i + 1))
	done
	sleep 0.1
done
kill -"$(/mnt/daemon --signum=STATS_CLEAR)" $pid
stat -c '%a %n' /tmp/keepalived.* > /mnt/modes
cat /tmp/elsewhere > /mnt/elsewhere
ls -A /tmp > /mnt/left
for file in data stats json; do
	cp /tmp/keepalived.$file /mnt/
done
sleep 0.1
kill -"$(/mnt/daemon --signum=STATS)" $pid
sleep 0.3
cp /tmp/keepalived.stats /mnt/cleared
kill $pid
wait $pid
umount /tmp
rm /mnt/daemon
cp /mnt/* "$out"
EOF2
for who in ours theirs; do
	mkdir "$TMP/$who"
	[ $who = ours ] && bin=$UKD || bin=keepalived
	ns r1 unshare -m sh "$TMP/run.sh" "$TMP/$who" "$bin" || fail "$who: $(cat "$TMP/$who/log")"
done
expect '[ "$(cat "$TMP/ours/elsewhere")" = mine ]'
expect '! grep -v "^600 " "$TMP/ours/modes"'
expect '[ "$(grep -c . "$TMP/ours/modes")" = 3 ]'
expect '[ "$(sort "$TMP/ours/left" | tr "\n" " ")" = "elsewhere keepalived.data keepalived.json keepalived.stats " ]'
expect 'grep -q "    Sent: [1-9]" "$TMP/ours/keepalived.stats"'
expect '[ "$(grep -c "    Sent: [0-2]$" "$TMP/ours/cleared")" = 8 ]'
expect '! grep -q "Became master: [1-9]" "$TMP/ours/cleared"'

cat > "$TMP/compare.py" << 'EOF2'
import json, re, sys
ours, theirs = sys.argv[1:]
wrong = []

def kind(v):
    return "number" if isinstance(v, (int, float)) and not isinstance(v, bool) else type(v).__name__

a, b = json.load(open(ours + "/keepalived.json")), json.load(open(theirs + "/keepalived.json"))
assert isinstance(a, list) and len(a) == len(b) == 4
# What differs by time, by the way a path or a route is written, or that we have no such state.
FREE = {"last_transition", "advert_sent", "master_priority", "vroutes", "vrules", "track_script"}
for x, y in zip(a, b):
    assert list(x) == list(y) == ["data", "stats"], (list(x), list(y))
    name = y["data"]["iname"]
    for part in y:
        for key, value in y[part].items():
            mine = x[part].get(key)
            if key not in x[part]:
                wrong.append("%s: no %s" % (name, key))
            elif kind(mine) != kind(value) or (isinstance(value, list) and len(mine) != len(value)):
                wrong.append("%s: %s is %r, theirs %r" % (name, key, mine, value))
            elif key in FREE:
                continue
            elif key in ("vips", "evips"):
                value = [re.sub(" preferred_lft forever", "", v) for v in value]
                if mine != value:
                    wrong.append("%s: %s is %r, theirs %r" % (name, key, mine, value))
            elif key.startswith("script"):
                if mine != value.replace("/usr/bin/", "/bin/"):
                    wrong.append("%s: %s is %r, theirs %r" % (name, key, mine, value))
            elif mine != value:
                wrong.append("%s: %s is %r, theirs %r" % (name, key, mine, value))

# The statistics but for what was sent.
def stats(path):
    return [re.sub(r"(Sent: )\d+", r"\1n", line) for line in open(path + "/keepalived.stats")]
if stats(ours) != stats(theirs):
    wrong.append("stats: %r, theirs %r" % (stats(ours), stats(theirs)))

# The lines of the data file that exporters read, by instance.
KEYS = ["State", "Wantstate", "Interface", "Using src_ip", "Virtual Router ID", "Priority", "Effective priority", "Advert interval",
        "Gratuitous ARP delay", "VRRP Version", "Status"]
def data(path):
    found, name = {}, None
    for line in open(path + "/keepalived.data"):
        m = re.match(r" VRRP (Instance|Script) = (.*)", line)
        n = re.match(r"   ([^=]*) = ([^(]*)", line)
        v = re.match(r"   (Virtual IP.*)| {5}(\S+ .*)", line)
        if m:
            name = m[2]
            found[name] = {"addresses": []}
        elif line.startswith("---") or line.startswith(" VRRP Sync"):
            name = None
        elif name and n and n[1] in KEYS:
            found[name][n[1]] = n[2].strip()
        elif name and v and "Virtual IP" in (v[1] or ""):
            found[name]["addresses"].append(v[1].rstrip())
        elif name and v and v[2] and "scope" in v[2]:
            found[name]["addresses"].append(v[2].replace(" preferred_lft forever", "").rstrip())
    return found
a, b = data(ours), data(theirs)
assert len(b) == 5, b
for name in b:
    if name not in a:
        wrong.append("data: no " + name)
    for key, value in b[name].items():
        if name in a and a[name].get(key) != value and not (name == "VI_6" and key == "Using src_ip"):
            wrong.append("data: %s: %s is %r, theirs %r" % (name, key, a[name].get(key), value))
text = open(ours + "/keepalived.data").read(), open(theirs + "/keepalived.data").read()
for pattern in (r"   Last transition = \d+\.\d+", r" VRRP Sync Group = G, MASTER\n", r"------< VRRP Topology >------\n", r"     VI_2\n"):
    assert all(re.search(pattern, t) for t in text), pattern
sys.exit("\n".join(wrong) or 0)
EOF2
python3 "$TMP/compare.py" "$TMP/ours" "$TMP/theirs" || fail "differs from keepalived"

# Names and places by the configuration; JSON of the second version; a directory that is not there.
mkdir "$TMP/d"
cat > "$TMP/k.conf" << EOF2
global_defs {
	data_use_instance
	state_file_location $TMP/d/x.data
	stats_file_location $TMP/d/y
	json_file_location $TMP/no/z.json
	json_version 2
	umask 027
}
instance foo
$(vi VI_1 eth0 51 255 192.0.2.9/24)
EOF2
ukd r1 "$(cat "$TMP/k.conf")"
wait_for 5 'grep -q "Startup complete" "$TMP/r1.log"'
sig r1 USR1
wait_for 3 '[ "$(stat -c %a "$TMP/d/x_foo.data")" = 640 ]'
sig r1 USR2
wait_for 3 '[ -s "$TMP/d/y_foo" ]'
kill -37 "$(pid_of r1)"
wait_for 3 'grep -q "$TMP/no/z_foo.json: No such file" "$TMP/r1.log"'
mkdir "$TMP/no"
kill -36 "$(pid_of r1)"
wait_for 3 'grep -q "\"vrrp\":\[{\"data\"" "$TMP/no/z_foo.json"'
expect 'python3 -m json.tool "$TMP/no/z_foo.json" > /dev/null'
