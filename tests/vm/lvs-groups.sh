#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# Groups, also of several virtual servers: the table is as under keepalived.
. "$(dirname "$0")/lvs.inc"

NAT='protocol TCP
	lvs_sched rr
	lvs_method NAT'
f=$(files a b)

scenario 'a group: addresses, a range, marks' "$f
virtual_server_group g {
	192.0.2.9 80
	192.0.2.16-18 81
	fwmark 7
}
$(vs 'group g' "$NAT" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b)")"
SERVICES='-f 7 -s rr
-t 192.0.2.16:81 -s rr
-t 192.0.2.17:81 -s rr
-t 192.0.2.18:81 -s rr
-t 192.0.2.9:80 -s rr'
shows : 1 2
shows 'file b 1' 1
group() {
	echo "$f
virtual_server_group g {
	$1
}
$(vs 'group g' "$NAT" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b)")"
}
# keepalived 2.2.7 leaves the services of a range that is gone, so it is not
# asked here.
SERVICES='-t 192.0.2.17:81 -s rr
-t 192.0.2.18:81 -s rr
-t 192.0.2.9:80 -s rr'
ONLY=u shows 'reload "$(group "192.0.2.9 80
	192.0.2.17-18 81")"; file b 0' 1 2
ns k ipvsadm -C
over

# The first one's scheduler and weight stay, whoever fails first takes a server away.
f=$(files a b c)
SERVICES='-f 7 -s wrr
-t 192.0.2.16:81 -s wrr
-t 192.0.2.17:81 -s wrr
-t 192.0.2.9:80 -s wrr'
scenario 'a group of two virtual servers of one protocol' "$f
virtual_server_group g {
	192.0.2.9 80
	192.0.2.16-17 81
	fwmark 7
}
$(vs 'group g' 'protocol TCP' 'lvs_sched wrr' 'lvs_method NAT' "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b 'weight 2')")
$(vs 'group g' 'protocol TCP' 'lvs_sched lc' 'lvs_method NAT' "$(rs 198.51.100.2 80 c 'weight 5')" "$(rs 198.51.100.3 80 c)")"
shows : 1 '2*2' 3
shows 'file b 1' 1 3
shows 'file c 1' 1
shows 'file b 0' 1 '2*2'
shows 'file c 0' 1 '2*2' 3
shows 'file a 1' '2*2' 3
shows 'file b 1' 3
shows 'file c 1'
shows 'file c 0' '2*5' 3
over

f=$(files a b)
scenario 'a group of two protocols and a mark' "$f
virtual_server_group g {
	192.0.2.9 80
	fwmark 7
}
$(vs 'group g' "$NAT" "$(rs 198.51.100.1 80 a)")
$(vs 'group g' 'protocol UDP' 'lvs_sched rr' 'lvs_method NAT' "$(rs 198.51.100.2 80 b)")"
two() {
	step "$1" <<- END
		-A -f 7 -s rr
		-A -t 192.0.2.9:80 -s rr
		-A -u 192.0.2.9:80 -s rr
		$2
	END
}
one='-a -f 7 -r 198.51.100.1:80 -m -w 1
-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1'
other='-a -f 7 -r 198.51.100.2:80 -m -w 1
-a -u 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1'
two : "$one
$other"
two 'file a 1' "$other"
two 'file a 0' "$one
$other"
two 'file b 1' "$one"
over

# Only NAT changes a port.
f=$(files a b)
scenario 'a group of several ports, direct routing' "$f
virtual_server_group g {
	192.0.2.9 80
	192.0.2.16-17 82
	fwmark 7
}
$(vs 'group g' 'protocol TCP' 'lvs_sched lc' 'lvs_method DR' "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.3 8080 b 'lvs_method NAT')")"
ports() {
	step "$1" <<- END
		-A -f 7 -s lc
		-A -t 192.0.2.16:82 -s lc
		-A -t 192.0.2.17:82 -s lc
		-A -t 192.0.2.9:80 -s lc
		-a -f 7 -r 198.51.100.1:0 -g -w 1
		-a -t 192.0.2.16:82 -r 198.51.100.1:82 -g -w 1
		-a -t 192.0.2.17:82 -r 198.51.100.1:82 -g -w 1
		-a -t 192.0.2.9:80 -r 198.51.100.1:80 -g -w 1
		$2
	END
}
nat='-a -f 7 -r 198.51.100.3:8080 -m -w 1
-a -t 192.0.2.16:82 -r 198.51.100.3:8080 -m -w 1
-a -t 192.0.2.17:82 -r 198.51.100.3:8080 -m -w 1
-a -t 192.0.2.9:80 -r 198.51.100.3:8080 -m -w 1'
ports : "$nat"
ports 'file b 1' ''
ports 'file b 0' "$nat"
over
