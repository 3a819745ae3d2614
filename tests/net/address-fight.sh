#!/bin/sh
# SPDX-License-Identifier: MIT
# Another program removes the virtual address whenever it appears: it is put back ten times a second at most, with few lines in the log
# and no time of the processor lost; in the end it stays. An address that the kernel does not take is told once.
. "$(dirname "$0")/lib.sh"

lan_new lan
ns_new r1
lan_join lan r1 eth0 192.0.2.1/24
conf() {
	vi VI_1 eth0 51 150 "$1" 'version 3' 'advert_int 0.1'
}
ukd r1 "$(conf 192.0.2.99/24)"
wait_for 3 'has_addr r1 eth0 192.0.2.99'
ip netns exec "${PREFIX}r1" /usr/bin/python3 - > "$TMP/fought" <<'END' &
import subprocess, time
end = "timeout 3 ip monitor address"
monitor = subprocess.Popen(end.split(), stdout=subprocess.PIPE, text=True)
remove = "ip addr del 192.0.2.99/24 dev eth0".split()
time.sleep(0.4)
subprocess.call(remove)
count = 0
for line in monitor.stdout:
    if "192.0.2.99" in line and not line.startswith("Deleted"):
        count += 1
        subprocess.call(remove, stderr=subprocess.DEVNULL)
print(count)
END
fighter=$!
read -r _ _ _ _ _ _ _ _ _ _ _ _ _ before_user before_sys _ < "/proc/$(pid_of r1)/stat"
wait $fighter
read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user sys _ < "/proc/$(pid_of r1)/stat"
echo "put back $(cat "$TMP/fought") times, $((user + sys - before_user - before_sys)) ticks"
expect '[ "$(cat "$TMP/fought")" -ge 3 ] && [ "$(cat "$TMP/fought")" -le 35 ]'
expect '[ $((user + sys - before_user - before_sys)) -lt 30 ]'
expect '[ "$(grep -c "removed by someone else, put back" "$TMP/r1.log")" -le 6 ]'
wait_for 2 'has_addr r1 eth0 192.0.2.99'
never 0.5 '! has_addr r1 eth0 192.0.2.99'

# Two scopes in one network: the kernel refuses the second. The other address is served, the complaint comes once.
reconf r1 "$(conf '192.0.2.99/24
192.0.2.98/24 scope link')"
wait_for 2 'grep -q "192.0.2.98 can.t be added to eth0: Invalid argument" "$TMP/r1.log"'
for i in 1 2 3 4 5; do
	ns_ip r1 addr add 203.0.113.$i/24 dev eth0
	sleep 0.2
done
expect '[ "$(grep -c "can.t be added" "$TMP/r1.log")" = 1 ]'
expect 'has_addr r1 eth0 192.0.2.99'
