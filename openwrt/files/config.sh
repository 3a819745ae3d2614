# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# /etc/config/keepalived -> keepalived.conf. For a shell that has /lib/functions.sh and has called "config_load keepalived":
#	ka_generate > FILE	all sections
#	ka_alternative		the path in globals.alt_config_file, when that file is there
#	ka_name NAME		sets $N, NAME without what a command line or a path cannot hold
# Sections refer to each other by their option "name". What is left out is named in the log.

KA_INDENT=
KA_USER=

ka_warn() {
	logger -t keepalived -p daemon.warn "/etc/config/keepalived: $*"
}

# Text

ka_line() {
	printf '%s%s\n' "$KA_INDENT" "$*"
}

ka_open() {
	ka_line "$* {"
	KA_INDENT="$KA_INDENT	"
}

ka_close() {
	KA_INDENT=${KA_INDENT#?}
	ka_line '}'
}

# ka_word VALUE: sets $W to it, quoted unless it is plain. No value may begin a line of its own.
ka_word() {
	local rest head
	W=${1%%"
"*}
	case $W in
	*[!A-Za-z0-9_.:/@%+,=*-]* | '') ;;
	*) return ;;
	esac
	rest=$W W=
	while :; do
		head=${rest%%[\"\\]*}
		W=$W$head
		[ "$head" != "$rest" ] || break
		rest=${rest#"$head"}
		W="$W\\${rest%"${rest#?}"}"
		rest=${rest#?}
	done
	W="\"$W\""
}

ka_name() {
	local rest=$1 head
	N=
	while :; do
		head=${rest%%[\"\'\\\`\$\{\}\;/\#![:space:]]*}
		N=$N$head
		[ "$head" != "$rest" ] || break
		N=${N}_
		rest=${rest#"$head"?}
	done
}

# Options

# ka_options SECTION OPTION...: each that is set, as the keyword of that name
ka_options() {
	local section=$1 option value
	shift
	for option; do
		config_get value "$section" "$option"
		[ -n "$value" ] || continue
		ka_word "$value"
		ka_line "$option $W"
	done
}

# A flag is there or not: '0' is not. What is no boolean at all counts as there.
ka_flags() {
	local section=$1 option value
	shift
	for option; do
		config_get value "$section" "$option"
		case $value in
		'' | 0 | no | off | false | disabled) ;;
		*) ka_line "$option" ;;
		esac
	done
}

# ka_either SECTION KEYWORD OPTION...: the first one that is set
ka_either() {
	local section=$1 keyword=$2 option value
	shift 2
	for option; do
		config_get value "$section" "$option"
		[ -n "$value" ] || continue
		ka_word "$value"
		ka_line "$keyword $W"
		return
	done
}

# ka_match SECTION NAME FUNCTION ARGUMENT...
ka_match() {
	local name
	config_get name "$1" name
	[ "$name" = "$2" ] || return 0
	found=1
	"$3" "$@"
}

# ka_find TYPE NAME FUNCTION: calls it with each section of that type and name; 1 when there is none
ka_find() {
	local found=
	config_foreach ka_match "$1" "$2" "$3"
	[ -n "$found" ]
}

# ka_block SECTION OPTION FUNCTION: a block with a line for each word of the list, or nothing when there is none
ka_block() {
	local section=$1 option=$2 item list lines=
	config_get list "$1" "$2"
	[ -n "$list" ] || return 0
	KA_INDENT="$KA_INDENT	"
	set -f
	lines=$(for item in $list; do "$3" "$item" "$section"; done)
	set +f
	KA_INDENT=${KA_INDENT#?}
	if [ -z "$lines" ]; then
		ka_warn "$option of $section is empty: $list"
		return
	fi
	ka_open "$option"
	printf '%s\n' "$lines"
	ka_close
}

ka_missing() {
	ka_warn "no section $1 has the name '$2'"
}

# ka_hotplug KEYWORD WORD...: the words are the environment of the scripts in /etc/hotplug.d/keepalived
ka_hotplug() {
	local keyword=$1
	shift
	ka_line "$keyword \"/bin/busybox env -i $* /sbin/hotplug-call keepalived\"$KA_USER"
}

# ka_notify TYPE NAME ACTION...: of notify_master the action is NOTIFY_MASTER
ka_notify() {
	local type=$1 action keyword
	ka_name "$2"
	shift 2
	for action; do
		case $action in
		MASTER) keyword=notify_master ;;
		BACKUP) keyword=notify_backup ;;
		FAULT) keyword=notify_fault ;;
		STOP) keyword=notify_stop ;;
		UP) keyword=notify_up ;;
		DOWN) keyword=notify_down ;;
		*) keyword=notify ;;
		esac
		ka_hotplug "$keyword" "ACTION=NOTIFY${action:+_$action}" "TYPE=$type" "NAME=$N"
	done
}

# Lines of blocks: what ka_block is given the names of

ka_address_line() {
	local address device scope suffix label=
	config_get address "$1" address
	config_get device "$1" device
	config_get scope "$1" scope
	config_get suffix "$1" label_suffix vip
	[ -n "$address" ] || return 0
	[ -n "$device" ] || {
		ka_line "$address"
		return
	}
	label="$device:$suffix"
	# IPv6 has no labels; the kernel's have 15 characters.
	case $address in
	*:*) label= ;;
	esac
	[ ${#label} -le 15 ] || label=
	ka_line "$address dev $device${label:+ label $label}${scope:+ scope $scope}"
}

ka_address() {
	ka_find ipaddress "$1" ka_address_line || ka_missing ipaddress "$1"
}

ka_route_line() {
	local address src gateway device table scope blackhole track=''
	config_get address "$1" address
	config_get src "$1" src_addr
	config_get gateway "$1" gateway
	config_get device "$1" device
	config_get table "$1" table
	config_get scope "$1" scope
	config_get_bool blackhole "$1" blackhole 0
	[ -n "$address" ] || return 0
	if [ "$blackhole" = 1 ]; then
		ka_line "blackhole $address${table:+ table $table} no_track"
	elif [ -n "$src$gateway$device" ]; then
		[ -n "$device" ] || track=' no_track'
		ka_line "${src:+src $src }$address${gateway:+ via $gateway}${device:+ dev $device}${scope:+ scope $scope}${table:+ table $table}$track"
	fi
}

ka_route() {
	ka_find route "$1" ka_route_line || ka_missing route "$1"
}

# ka_weighted SECTION WORD: direction counts only beside a weight
ka_weighted() {
	local weight direction
	config_get weight "$1" weight
	config_get direction "$1" direction
	case $direction in
	reverse | noreverse) ;;
	*) direction= ;;
	esac
	ka_word "$2"
	ka_line "$W${weight:+ weight $weight${direction:+ $direction}}"
}

ka_value_line() {
	local value
	config_get value "$1" value
	[ -z "$value" ] || ka_weighted "$1" "$value"
}

ka_name_line() {
	ka_weighted "$1" "$2"
}

# A track_script section of that name (up to 24.10, and LuCI's form), else a vrrp_script.
ka_track_script() {
	ka_find track_script "$1" ka_value_line || ka_find vrrp_script "$1" ka_name_line || ka_missing vrrp_script "$1"
}

ka_track_interface() {
	ka_find track_interface "$1" ka_value_line || ka_missing track_interface "$1"
}

ka_track_bfd() {
	ka_find bfd_instance "$1" ka_name_line || ka_missing bfd_instance "$1"
}

ka_peer_line() {
	local address min max
	config_get address "$1" address
	config_get min "$1" min_ttl
	config_get max "$1" max_ttl
	[ -z "$address" ] || ka_line "$address${min:+ min_ttl $min}${max:+ max_ttl $max}"
}

# An address may stand for itself.
ka_peer() {
	ka_find peer "$1" ka_peer_line && return
	case $1 in
	*[!0-9a-fA-F:.]*) ka_missing peer "$1" ;;
	*.*.*.* | *:*:*) ka_line "$1" ;;
	*) ka_missing peer "$1" ;;
	esac
}

# ka_member NAME: a member of a group that is an instance
ka_member() {
	ka_find vrrp_instance "$1" : || {
		ka_missing vrrp_instance "$1"
		return
	}
	ka_word "$1"
	ka_line "$W"
}

ka_mail() {
	ka_word "$1"
	ka_line "$W"
}

# Sections

ka_globals() {
	local server
	ka_block "$1" notification_email ka_mail
	ka_options "$1" notification_email_from
	# An address, and perhaps a port.
	config_get server "$1" smtp_server
	[ -z "$server" ] || ka_line "smtp_server $server"
	ka_options "$1" smtp_connect_timeout router_id vrrp_mcast_group4 vrrp_mcast_group6 vrrp_startup_delay
}

# ka_hook startup|shutdown
ka_hook() {
	ka_hotplug "$1_script" "ACTION=$1"
	ka_line "$1_script_timeout 10"
}

ka_static_address() {
	local list item
	config_get list "$1" address
	for item in $list; do
		ka_address "$item"
	done
}

ka_static_route() {
	local list item
	config_get list "$1" route
	for item in $list; do
		ka_route "$item"
	done
}

ka_delay() {
	local device down up
	config_get device "$1" device
	config_get down "$1" down_delay
	config_get up "$1" up_delay
	[ -z "$device" ] || [ -z "$down" ] || ka_line "$device $down${up:+ $up}"
}

# ka_root BLOCK TYPE FUNCTION: a block of the lines of all sections of a type
ka_root() {
	local lines
	KA_INDENT="	"
	lines=$(config_foreach "$3" "$2")
	KA_INDENT=
	[ -n "$lines" ] || return 0
	ka_open "$1"
	printf '%s\n' "$lines"
	ka_close
}

ka_script() {
	local name
	config_get name "$1" name
	[ -n "$name" ] || return 0
	ka_word "$name"
	ka_open "vrrp_script $W"
	ka_options "$1" script interval weight
	ka_either "$1" fall fall fail
	ka_options "$1" rise timeout
	ka_close
}

ka_bfd() {
	local name
	config_get name "$1" name
	[ -n "$name" ] || return 0
	ka_word "$name"
	ka_open "bfd_instance $W"
	ka_options "$1" neighbor_ip source_ip min_rx min_tx idle_tx hoplimit max_hops
	ka_close
}

ka_group() {
	local name members
	config_get name "$1" name
	[ -n "$name" ] || return 0
	KA_INDENT="	"
	members=$(ka_block "$1" group ka_member)
	KA_INDENT=
	[ -n "$members" ] || return 0
	ka_word "$name"
	ka_open "vrrp_sync_group $W"
	printf '%s\n' "$members"
	ka_flags "$1" smtp_alert
	# Its present name
	ka_flags "$1" global_tracking | sed 's/global_tracking/sync_group_tracking_weight/'
	ka_block "$1" track_script ka_track_script
	ka_notify GROUP "$name" BACKUP MASTER FAULT ''
	ka_close
}

# A name and a MAC may follow; that of the interface was written where a flag was meant.
ka_vmac() {
	local vmac interface
	config_get vmac "$1" use_vmac
	config_get interface "$1" interface
	case $vmac in
	'' | 0 | no | off | false | disabled) ;;
	1 | yes | on | true | enabled | "$interface") ka_line use_vmac ;;
	*) ka_line "use_vmac $vmac" ;;
	esac
}

ka_instance() {
	local name type pass
	config_get name "$1" name
	[ -n "$name" ] || return 0
	ka_word "$name"
	ka_open "vrrp_instance $W"
	config_get type "$1" auth_type
	config_get pass "$1" auth_pass
	if [ -n "$type" ] && [ -n "$pass" ]; then
		ka_open authentication
		ka_options "$1" auth_type auth_pass
		ka_close
	fi
	ka_options "$1" state interface mcast_src_ip unicast_src_ip virtual_router_id version priority advert_int \
		preempt_delay debug lvs_sync_daemon_interface garp_master_delay garp_master_refresh garp_master_repeat \
		garp_master_refresh_repeat
	ka_vmac "$1"
	ka_flags "$1" vmac_xmit_base native_ipv6 accept dont_track_primary smtp_alert nopreempt no_accept
	ka_notify INSTANCE "$name" BACKUP MASTER FAULT STOP
	ka_block "$1" virtual_ipaddress ka_address
	ka_block "$1" virtual_ipaddress_excluded ka_address
	ka_block "$1" virtual_routes ka_route
	ka_block "$1" track_script ka_track_script
	ka_block "$1" track_interface ka_track_interface
	ka_block "$1" track_bfd ka_track_bfd
	ka_block "$1" unicast_peer ka_peer
	ka_close
}

ka_url_block() {
	local path
	config_get path "$1" path
	[ -n "$path" ] || return 0
	ka_open url
	ka_options "$1" path digest status_code
	ka_close
}

ka_check() {
	local check list item
	config_get check "$1" check
	case $check in
	'') return ;;
	TCP_CHECK | PING_CHECK | MISC_CHECK | HTTP_GET | SSL_GET) ;;
	*)
		ka_warn "no check is called '$check'"
		return
		;;
	esac
	ka_open "$check"
	case $check in
	MISC_CHECK) ka_options "$1" misc_path ;;
	PING_CHECK) ka_options "$1" connect_timeout ;;
	*) ka_options "$1" connect_timeout connect_port ;;
	esac
	case $check in
	*_GET) config_get list "$1" url ;;
	esac
	# The former is keepalived's older word, the latter LuCI's.
	ka_either "$1" retry nb_get_retry retry
	ka_options "$1" delay_before_retry
	for item in $list; do
		ka_find url "$item" ka_url_block || ka_missing url "$item"
	done
	ka_close
}

ka_real_block() {
	local enabled ip port weight name=$2
	config_get_bool enabled "$1" enabled 1
	config_get ip "$1" ipaddr
	config_get port "$1" port
	config_get weight "$1" weight
	[ "$enabled" = 1 ] || return 0
	if [ -z "$ip" ] || [ -z "$port" ] || [ -z "$weight" ]; then
		ka_warn "real_server '$name' needs ipaddr, port and weight"
		return
	fi
	ka_open "real_server $ip $port"
	ka_line "weight $weight"
	ka_check "$1"
	ka_notify REAL_SERVER "$name" UP DOWN
	ka_close
}

ka_virtual() {
	local enabled ip port mark ip2 port2 fall list item
	config_get_bool enabled "$1" enabled 1
	config_get ip "$1" ipaddr
	config_get port "$1" port
	config_get mark "$1" fwmark
	[ "$enabled" = 1 ] || return 0
	if [ -n "$mark" ]; then
		# LuCI takes it in hexadecimal, with or without 0x.
		case $mark in
		0[xX]*) mark=$((mark)) ;;
		*[a-fA-F]*) mark=$((0x$mark)) ;;
		esac
		ka_open "virtual_server fwmark $mark"
	elif [ -n "$ip" ] && [ -n "$port" ]; then
		ka_open "virtual_server $ip $port"
	else
		return 0
	fi
	ka_options "$1" delay_loop
	ka_options "$1" lb_kind persistence_timeout persistence_granularity virtualhost
	[ -n "$mark" ] || ka_options "$1" protocol
	config_get item "$1" lb_algo rr
	ka_line "lb_algo $item"
	# Failures until it counts as down: one more than the retries.
	config_get fall "$1" fall
	case $fall in
	'' | 0 | *[!0-9]*) ;;
	*) ka_line "retry $((fall - 1))" ;;
	esac
	config_get ip2 "$1" sorry_server_ip
	config_get port2 "$1" sorry_server_port
	[ -z "$ip2" ] || [ -z "$port2" ] || ka_line "sorry_server $ip2 $port2"
	config_get list "$1" real_server
	for item in $list; do
		ka_find real_server "$item" ka_real_block || ka_missing real_server "$item"
	done
	ka_close
}

ka_generate() {
	local polling
	echo "! Made from /etc/config/keepalived by /etc/init.d/keepalived: changes here are lost"
	config_get_bool polling globals linkbeat_use_polling 0
	[ "$polling" = 0 ] || ka_line linkbeat_use_polling
	ka_open global_defs
	ka_line script_user root
	ka_line enable_script_security
	config_foreach ka_globals globals
	# Its name before 2020.
	config_foreach ka_globals global_defs
	ka_hook startup
	ka_hook shutdown
	ka_close
	ka_root static_ipaddress static_ipaddress ka_static_address
	ka_root static_routes static_routes ka_static_route
	ka_root interface_up_down_delays interface_up_down_delays ka_delay
	config_foreach ka_script vrrp_script
	config_foreach ka_bfd bfd_instance
	config_foreach ka_group vrrp_sync_group
	config_foreach ka_instance vrrp_instance
	config_foreach ka_virtual virtual_server
}

# Another file

ka_alternative() {
	local file
	config_get file globals alt_config_file
	[ -n "$file" ] && [ -f "$file" ] && echo "$file"
}

# ka_wrap FILE DUMP: includes FILE and adds the hooks that it has not, DUMP being what keepalived understands of it. There is no way to add
# a notify script to each instance of a file that is included: a FIFO tells of all.
ka_wrap() {
	local fifo KA_USER=' root'
	echo "! Made by /etc/init.d/keepalived: changes here are lost"
	echo "include $1"
	ka_open global_defs
	grep -q '^	startup_script ' "$2" || ka_hook startup
	grep -q '^	shutdown_script ' "$2" || ka_hook shutdown
	for fifo in notify_fifo vrrp_notify_fifo ''; do
		grep -q "^	$fifo " "$2" || break
	done
	if [ -n "$fifo" ]; then
		ka_line "$fifo /var/run/keepalived.hotplug"
		ka_line "${fifo}_script /usr/libexec/keepalived/fifo root"
	else
		ka_warn "$1 has FIFOs of its own: no hotplug events"
	fi
	ka_close
}
