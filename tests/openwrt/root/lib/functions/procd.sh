# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# Stands in for OpenWrt's: each call is a line in /tmp/procd.log, and the one instance really runs, with its standard error in /tmp/stderr.log.

procd_log() {
	echo "$*" >> /tmp/procd.log
}

procd_pid() {
	local pid
	pid=$(cat /tmp/procd.pid 2> /dev/null) && kill -0 "$pid" 2> /dev/null && echo "$pid"
}

for call in open_service open_instance close_instance open_data close_data add_reload_trigger set_config_changed; do
	eval "procd_$call() { procd_log $call \"\$@\"; }"
done

procd_set_param() {
	procd_log set_param "$@"
	if [ "$1" = command ]; then
		shift
		procd_command=$*
	fi
}

procd_close_service() {
	procd_log close_service "$@"
	if [ -z "$procd_command" ]; then
		procd_end
	elif ! procd_pid > /dev/null; then
		# shellcheck disable=SC2086
		setsid $procd_command < /dev/null > /dev/null 2>> /tmp/stderr.log &
		echo $! > /tmp/procd.pid
	fi
}

procd_running() {
	procd_log running "$@"
	procd_pid > /dev/null
}

procd_send_signal() {
	procd_log send_signal "$@"
	kill "-$3" "$(procd_pid)"
}

procd_kill() {
	procd_log kill "$@"
	procd_end
}

procd_end() {
	local pid
	pid=$(procd_pid) || return 0
	kill "$pid"
	while kill -0 "$pid" 2> /dev/null; do
		usleep 20000
	done
	rm -f /tmp/procd.pid
}

for call in add_array close_array add_object close_object add_string; do
	eval "json_$call() { procd_log json $call \"\$@\"; }"
done
