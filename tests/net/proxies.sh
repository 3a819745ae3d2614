#!/bin/sh
# SPDX-License-Identifier: MIT
# Two proxies, each the owner of one of two addresses and the other's substitute; both watch a second network and their own service. One
# that loses either network or its service gives both addresses to the other, and has its own back when that is mended. By multicast
# and, beside it, by unicast.
. "$(dirname "$0")/lib.sh"

cat > "$TMP/check" <<'END'
#!/bin/sh
[ "$2" = alive ] && [ -e "$1" ]
END
chmod 755 "$TMP" "$TMP/check"

# inst NAME VRID PRIORITY LAST HOST
inst() {
	unicast=
	[ "${5%?}" = m ] || unicast="unicast_src_ip 203.0.113.${5#u}
	unicast_peer {
		203.0.113.$((3 - ${5#u}))
	}"
	vi "$1" front "$2" "$3" "203.0.113.$4/24 dev front label front:$2" 'version 3' 'advert_int 0.3' "$unicast" \
		'track_interface {' back '}' 'track_script {' service '}'
}
# conf HOST: m1, m2, u1, u2
conf() {
	mine=$((3 - ${1#?}))
	cat <<-END
	global_defs {
		script_user root
	}
	vrrp_script service {
		script "$TMP/check $TMP/$1.service alive"
		interval 1
	}
	$(inst one 11 "$([ $mine = 2 ] && echo 255 || echo 100)" 101 "$1")
	$(inst two 12 "$([ $mine = 1 ] && echo 255 || echo 100)" 102 "$1")
	END
}
has() { has_addr "$1" front 203.0.113.10"$2"/24; }
home() { has "$1"1 1 && has "$1"2 2 && ! has "$1"1 2 && ! has "$1"2 1; }
all() { has "$1" 1 && has "$1" 2 && ! has "$2" 1 && ! has "$2" 2; }
served() {
	for last in 1 2; do ns "$1"client ping -c 1 -W 1 203.0.113.10$last > /dev/null || return 1; done
}
for way in m u; do
	lan_new ${way}front
	lan_new ${way}back
	ns_new ${way}client
	lan_join ${way}front ${way}client eth0 203.0.113.50/24
	for n in 1 2; do
		ns_new $way$n
		lan_join ${way}front $way$n front 203.0.113.$n/24
		lan_join ${way}back $way$n back 10.20.30.$n/24
		: > "$TMP/$way$n.service"
		ukd $way$n "$(conf $way$n)"
	done
done
for way in m u; do wait_for 6 "home $way"; done
expect 'ns_ip m1 -o addr show dev front | grep -q "203.0.113.101/24 .* front:11"'
expect 'served m && served u'

lose() {
	case $2 in
	service) rm "$TMP/$1.service" ;;
	*) lan_cut "${1%?}$2" "$1" "$2" ;;
	esac
}
mend() {
	case $2 in
	service) : > "$TMP/$1.service" ;;
	*) lan_mend "${1%?}$2" "$1" "$2" ;;
	esac
}
for what in 'front 1' 'back 2' 'service 1' 'front 2' 'back 1' 'service 2'; do
	n=${what#* }
	what=${what% *}
	for way in m u; do lose $way$n "$what"; done
	for way in m u; do
		wait_for 5 "all $way$((3 - n)) $way$n"
		wait_for 2 "served $way"
	done
	for way in m u; do mend $way$n "$what"; done
	for way in m u; do
		wait_for 5 "home $way"
		wait_for 2 "served $way"
	done
done
for h in m1 m2 u1 u2; do
	expect 'grep -q "Entering FAULT STATE (script service fails)" "$TMP/$h.log"'
	expect 'grep -q "Entering FAULT STATE (tracked interface back is down)" "$TMP/$h.log"'
	expect 'grep -q "Entering FAULT STATE (interface front is down)" "$TMP/$h.log"'
done
