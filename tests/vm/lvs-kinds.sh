#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# Kinds of virtual servers, reloads, other tools' entries, the end: the table is
# as under keepalived.
. "$(dirname "$0")/lvs.inc"

NAT='protocol TCP
	lvs_sched rr
	lvs_method NAT'
f=$(files a b)
scenario 'firewall mark, direct routing, persistence' "$f
$(vs 'fwmark 7' 'lvs_sched sh' sh-port 'lvs_method DR' 'persistence_timeout 60' 'persistence_granularity 255.255.255.0' \
	"$(rs 198.51.100.1 0 a)" "$(rs 198.51.100.2 0 b)")"
SERVICES='-f 7 -s sh -p 60 -M 255.255.255.0 -b sh-port'
HOW=-g
shows : 1:0 2:0
shows 'file a 1' 2:0
HOW=-m
over

f=$(files a b)
scenario 'IPv6, and a mark of its family' "$f
$(vs '2001:db8::9 80' "$NAT" 'persistence_timeout 60' 'sorry_server 2001:db8:1::9 80' "$(rs 2001:db8:1::1 80 a)" "$(rs 2001:db8:1::2 8080 b)")
$(vs 'fwmark 9' 'ip_family inet6' 'lvs_sched wlc' 'lvs_method DR' "$(rs 2001:db8:1::1 0 a)")"
step : <<- END
	-A -f 9 -6 -s wlc
	-A -t [2001:db8::9]:80 -s rr -p 60
	-a -f 9 -6 -r [2001:db8:1::1]:0 -g -w 1
	-a -t [2001:db8::9]:80 -r [2001:db8:1::1]:80 -m -w 1
	-a -t [2001:db8::9]:80 -r [2001:db8:1::2]:8080 -m -w 1
END
step 'file a 1; file b 1' <<- END
	-A -f 9 -6 -s wlc
	-A -t [2001:db8::9]:80 -s rr -p 60
	-a -t [2001:db8::9]:80 -r [2001:db8:1::9]:80 -m -w 1
END
over

f=$(files a b)
scenario 'schedulers, methods, thresholds, one-packet' "$f
$(vs '192.0.2.9 53' 'protocol UDP' 'lvs_sched mh' mh-port mh-fallback ops 'lvs_method TUN' "$(rs 198.51.100.1 53 a 'uthreshold 100' 'lthreshold 50')")
$(vs '192.0.2.9 36412' 'protocol SCTP' 'lvs_sched lc' 'lvs_method NAT' "$(rs 198.51.100.1 36412 a)")
$(vs '192.0.2.9 80' 'protocol TCP' 'lvs_sched ovf' 'lvs_method DR' "$(rs 198.51.100.1 80 b)" "$(rs 198.51.100.2 80 b 'lvs_method TUN type gue port 6080')")
$(vs '192.0.2.9 0' 'protocol TCP' 'lvs_sched lblcr' 'lvs_method DR' 'persistence_timeout 300' "$(rs 198.51.100.1 0 b)")"
step : <<- END
	-A --sctp-service 192.0.2.9:36412 -s lc
	-A -t 192.0.2.9:0 -s lblcr -p 300
	-A -t 192.0.2.9:80 -s ovf
	-A -u 192.0.2.9:53 -s mh -o -b mh-fallback,mh-port
	-a --sctp-service 192.0.2.9:36412 -r 198.51.100.1:36412 -m -w 1
	-a -t 192.0.2.9:0 -r 198.51.100.1:0 -g -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -g -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
	-a -u 192.0.2.9:53 -r 198.51.100.1:53 -i -w 1 --tun-type ipip
END
[ "$(thresholds k)" = "$(thresholds u)" ] || fail "$(thresholds u)"
over

f=$(files a b)
one() {
	echo "$f"
	vs '192.0.2.9 80' "protocol TCP" "lvs_sched $1" 'lvs_method NAT' "$(rs 198.51.100.1 80 a "weight $2")" "$(rs 198.51.100.2 80 b)"
}
scenario 'reload: weights, scheduler; a server that is down stays down' "$(one rr 1)"
SERVICES='-t 192.0.2.9:80 -s rr'
shows 'file b 1' 1
# What is not ours stays, through reloads and the end.
for r in k u; do
	ns $r ipvsadm -A -t 192.0.2.8:25 -s lc
	ns $r ipvsadm -a -t 192.0.2.8:25 -r 198.51.100.7:25 -m -w 7
done
step 'reload "$(one rr 4)"' <<- END
	-A -t 192.0.2.8:25 -s lc
	-A -t 192.0.2.9:80 -s rr
	-a -t 192.0.2.8:25 -r 198.51.100.7:25 -m -w 7
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 4
END
step 'reload "$(one wlc 4)"' <<- END
	-A -t 192.0.2.8:25 -s lc
	-A -t 192.0.2.9:80 -s wlc
	-a -t 192.0.2.8:25 -r 198.51.100.7:25 -m -w 7
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 4
END
step 'reload "$(one wlc 4)
$(vs "192.0.2.10 80" "$NAT" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b)")"' <<- END
	-A -t 192.0.2.10:80 -s rr
	-A -t 192.0.2.8:25 -s lc
	-A -t 192.0.2.9:80 -s wlc
	-a -t 192.0.2.10:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.8:25 -r 198.51.100.7:25 -m -w 7
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 4
END
step 'reload "$f
$(vs "192.0.2.10 80" "$NAT" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.3 80 b)")"; file b 0' <<- END
	-A -t 192.0.2.10:80 -s rr
	-A -t 192.0.2.8:25 -s lc
	-a -t 192.0.2.10:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.10:80 -r 198.51.100.3:80 -m -w 1
	-a -t 192.0.2.8:25 -r 198.51.100.7:25 -m -w 7
END
stop k
SERVICES='-t 192.0.2.8:25 -s lc'
shows 'stop u' '7:25*7'
for r in k u; do
	ns $r ipvsadm -C
done
