# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# The last event of each instance and group, kept by /etc/hotplug.d/keepalived/01-ubus.

status_of() {
	local dir name event status
	json_add_array "$2"
	for dir in /var/run/keepalived/*_"$1"; do
		[ -f "$dir/STATUS" ] || continue
		name=${dir##*/}
		read -r status < "$dir/STATUS"
		read -r event < "$dir/TIME"
		json_add_object
		json_add_string name "${name%_*}"
		json_add_int event "$event"
		json_add_string status "$status"
		json_close_object
	done
	json_close_array
}

status() {
	json_init
	status_of INSTANCE instance
	status_of GROUP group
	json_dump
}
