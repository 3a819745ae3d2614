#!/bin/sh
# SPDX-License-Identifier: MIT
# In the virtual machine, for run.py: a host for each program and one that is all
# of its real servers. Prints "PROGRAM VALUE UNIT TITLE" lines.
#	lvs.sh checks KIND COUNT SECONDS	CPU and memory under checks
#	lvs.sh death COUNT			from a server's end to its removal
#	lvs.sh many COUNT			the table of so many, set and reloaded
. "$(dirname "$0")/../vm/lib.sh"

servers() {
	ns_new s
	lan_new lan
	lan_join lan s eth0
	for n in $(seq "$1"); do
		echo "addr add 10.9.$((n / 250)).$((n % 250 + 1))/16 dev eth0"
	done > "$TMP/addresses"
	ns_ip s -batch "$TMP/addresses"
	lan_join lan u eth0 10.9.200.1/16
	lan_join lan k eth0 10.9.200.2/16
	# One process for all: the processor is to be left to those who ask.
	cat > "$TMP/nginx.conf" <<- END
		daemon off;
		master_process off;
		pid $TMP/nginx.pid;
		error_log /dev/null;
		events { worker_connections 2048; }
		http {
			access_log off;
			server { listen 80 backlog=2048; return 200 page; }
		}
	END
}

listen() {
	ip netns exec "${PREFIX}s" nginx -c "$TMP/nginx.conf" 2> /dev/null &
	echo $! > "$TMP/listener"
	wait_for 20 'ns u busybox nc 10.9.0.2 80 < /dev/null'
}

# conf COUNT CHECK [WEIGHT]: virtual servers of 100 each
conf() {
	awk -v count="$1" -v check="$2" -v weight="${3:-1}" 'BEGIN {
		for (n = 1; n <= count; n++) {
			if (n % 100 == 1)
				printf "virtual_server 10.8.0.%d 80 {\nprotocol TCP\nlvs_sched rr\nlvs_method NAT\n", n / 100 + 1
			printf "real_server 10.9.%d.%d 80 {\nweight %d\n%s\n}\n", n / 250, n % 250 + 1, weight, check
			if (n % 100 == 0 || n == count)
				print "}"
		}
	}'
}

run() {
	case $1 in
	u) ukd u "$2" -C ;;
	k) kad k "$2" -C ;;
	esac
}

name() {
	case $1 in
	u) echo ukeepalived ;;
	k) echo keepalived ;;
	esac
}

pids() {
	set -- "$(pid_of "$1")"
	echo "$1 $(cat "/proc/$1/task/$1/children")"
}

# Hundredths of a second of all its processes.
cpu() {
	for cpu_pid in $(pids "$1"); do
		cut -d ' ' -f 14,15 "/proc/$cpu_pid/stat"
	done | awk '{ user += $1; all += $1 + $2 } END { print user, all }'
}

memory() {
	for memory_pid in $(pids "$1"); do
		cat "/proc/$memory_pid/smaps_rollup"
	done | awk '/^Rss/ { rss += $2 } END { print rss }'
}

count() {
	ns "$1" ipvsadm -Ln | grep -c -- '-> [0-9]'
}

checks() {
	case $1 in
	TCP_CHECK) check='delay_loop 2
TCP_CHECK {
connect_timeout 3
}' ;;
	HTTP_GET) check='delay_loop 2
HTTP_GET {
connect_timeout 3
url {
path /
status_code 200
}
}' ;;
	esac
	servers "$2"
	listen
	for r in u k; do
		run $r "$(conf "$2" "$check")"
		wait_for 60 '[ "$(count $r)" = '"$2"' ]'
		# Every server has had its first check.
		sleep 4
		before=$(cpu $r)
		sleep "$3"
		after=$(cpu $r)
		echo "$before $after" | awk -v n="$(name $r)" -v s="$3" -v t="$2 $1" '{
			printf "%s %g %% user CPU, %s every 2 s\n", n, ($3 - $1) / s, t
			printf "%s %g %% all CPU, %s every 2 s\n", n, ($4 - $2) / s, t
		}'
		echo "$(name $r) $(memory $r) kB resident memory, $2 $1"
		stop $r
	done
}

death() {
	servers 1
	check='delay_loop 1
retry 0
TCP_CHECK {
connect_timeout 1
}'
	for r in u k; do
		listen
		run $r "$(conf 1 "$check")"
		wait_for 20 '[ "$(count $r)" = 1 ]'
		sleep 3
		for try in $(seq "$1"); do
			sleep "0.$((try % 10))3"
			kill "$(cat "$TMP/listener")"
			now
			start=$NOW
			wait "$(cat "$TMP/listener")" || true
			wait_for 20 '[ "$(count $r)" = 0 ]'
			now
			echo "$(name $r) $(((NOW - start) * 10)) ms death to removal, TCP_CHECK each second"
			listen
			wait_for 20 '[ "$(count $r)" = 1 ]'
		done
		stop $r
		kill "$(cat "$TMP/listener")"
		wait "$(cat "$TMP/listener")" || true
	done
}

many() {
	for r in u k; do
		ns_ip $r link add d0 type dummy
		conf "$1" '' > "$TMP/one"
		conf "$1" '' 2 > "$TMP/two"
		now
		start=$NOW
		run $r "$(cat "$TMP/one")"
		wait_for 300 '[ "$(count $r)" = '"$1"' ]'
		now
		echo "$(name $r) $(((NOW - start) * 10)) ms $1 real servers: start to whole table"
		echo "$(name $r) $(memory $r) kB $1 real servers: resident memory"
		now
		start=$NOW
		reconf $r "$(cat "$TMP/two")"
		wait_for 300 '[ "$(ns $r ipvsadm -Sn | grep -c -- "-w 2")" = '"$1"' ]'
		now
		echo "$(name $r) $(((NOW - start) * 10)) ms $1 real servers: reload, new weights"
		stop $r
	done
}

ns_new u
ns_new k
"$@"
