#!/bin/sh
# SPDX-License-Identifier: MIT
# Who becomes master, and when: equal priorities, owners, nopreempt, preempt_delay, vrrp_startup_delay.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/lib.advert.sh"
# Silence of the master is 0.3 s and a skew; the better the priority, the less.
vip=192.0.2.99
conf() {
	prio=$1
	shift
	vi VI_1 eth0 51 "$prio" $vip/24 'version 3' 'advert_int 0.1' "$@"
}
holds() { has_addr "$1" eth0 $vip; }
said() { grep -q "$2" "$TMP/$1.log"; }
# other HOST PRIORITY SECONDS: a router that is not there is master for so long
other() {
	advert "$1" eth0 src=192.0.2.2 version=3 int=10 prio="$2" addrs=$vip rate=10 count=$(($3 * 10)) > /dev/null &
}
for lan in tie own nop pre del low; do lan_new lan$lan; done
for h in tie1:9 tie2:130 own1:9 own2:130; do
	name=${h%:*}
	ns_new "$name"
	lan_join "lan${name%?}" "$name" eth0 "192.0.2.${h#*:}/24"
done
for name in nop pre del low; do
	ns_new $name
	lan_join lan$name $name eth0 192.0.2.1/24
	ns_new p$name
	lan_join lan$name p$name eth0 192.0.2.2/24
done

for name in pnop ppre plow; do other $name 50 15; done
now
start=$NOW
ukd del "global_defs {
	vrrp_startup_delay 3
}
$(conf 254)"
ukd low "global_defs {
	vrrp_startup_delay 3
}
$(conf 254)"
ukd nop "$(conf 200 nopreempt)"
ukd pre "$(conf 200 'preempt_delay 2')"
lan_mute lantie tie2 eth0
lan_mute lanown own2 eth0
for h in tie1 tie2; do ukd $h "$(conf 100)"; done
for h in own1 own2; do ukd $h "$(conf 255)"; done
for h in tie1 tie2 own1 own2; do wait_for 3 "holds $h"; done
expect 'said own1 "Entering MASTER STATE (address owner)" && ! said own1 BACKUP'

# The cables are plugged in: of equal ones the higher address stays, compared as a number without sign.
lan_mend lantie tie2 eth0
lan_mend lanown own2 eth0
wait_for 3 '! holds tie1'
wait_for 3 '! holds own1'
expect 'said tie1 "Entering BACKUP STATE (advert from 192.0.2.130 with priority 100, ours 100)"'
expect 'said own1 "CONFIGURATION ERROR: two address owners, .*: 192.0.2.130 has priority 255, ours is 254"'
expect 'holds tie2 && holds own2'

# Nobody preempts before its time; the delayed ones do 3.3 s after the start.
wait_for 8 'holds pre'
expect 'said pre "start preempt delay: 192.0.2.2 has priority 50, ours is 200 (waiting 2000 ms)"'
now
expect '[ $((NOW - start)) -ge 220 ]'
wait_for 8 'holds del && holds low'
now
expect '[ $((NOW - start)) -ge 330 ]'
expect 'said del "Delaying startup for 3000 ms"'
expect '! holds nop'
expect 'holds tie2 && holds own2 && ! holds tie1 && ! holds own1'

# The one that waits takes over when the master stops, in the skew; with a higher address the lower owner too.
ip netns pids "${PREFIX}pnop" | xargs kill
wait_for 2 '[ -z "$(ip netns pids "${PREFIX}pnop")" ]'
advert pnop eth0 src=192.0.2.2 version=3 int=10 prio=0 addrs=$vip > /dev/null
wait_for 2 'holds nop'
expect 'said nop "received priority 0 advert, it is stopping: 192.0.2.2 has"'
stop own2
wait_for 3 'holds own1'
ukd own2 "$(conf 100)"
never 1 'holds own2'
# What was wrong is mended: a reload makes it an owner again.
reconf own1 "$(conf 255)"
wait_for 2 'said own1 "Changing effective priority from 254 to 255"'
expect 'holds own1'
