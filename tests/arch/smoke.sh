#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=900
# Binaries for other machines, under qemu-user: what they are, -v and -t; two of them elect a master, and one takes over; on big-endian
# MIPS with keepalived of this machine on the other side too, in both directions. smoke.sh [MACHINE...]; with LONG=1 all five.
# shellcheck disable=SC2016,SC2031
. "$(dirname "$0")/../net/lib.sh"

[ $# -gt 0 ] || set -- mips armv7
case ${LONG:-0} in
'' | 0) ;;
*) set -- mips armv7 mipsel armv5 aarch64 ;;
esac

# machine NAME: its tools, what file says, and with which qemu
machine() {
	case $1 in
	mips) triplet=mips-linux-gnu qemu=mips words='MSB.*MIPS' ;;
	mipsel) triplet=mipsel-linux-gnu qemu=mipsel words='LSB.*MIPS' ;;
	armv7) triplet=arm-linux-gnueabihf qemu=arm words='LSB.*ARM' ;;
	armv5) triplet=arm-linux-gnueabi qemu=arm words='LSB.*ARM' ;;
	aarch64) triplet=aarch64-linux-gnu qemu=aarch64 words='LSB.*aarch64' ;;
	*) fail "no machine $1" ;;
	esac
	command -v "$triplet-gcc" "qemu-$qemu-static" > /dev/null || skip "no $triplet-gcc or qemu-$qemu-static"
	flock "$TOP/build/lock" make -s -C "$TOP" CROSS="$triplet-" all
	binary=$TOP/build/$triplet/ukeepalived
	printf '#!/bin/sh\nexec qemu-%s-static %s "$@"\n' "$qemu" "$binary" > "$TMP/$1"
	chmod 755 "$TMP/$1"
	UKD=$TMP/$1
}

master() {
	wait_for 30 "has_addr $1 eth0 192.0.2.9"
	wait_for 10 "! has_addr $2 eth0 192.0.2.9"
}

# Emulation is slow: intervals of a second, when the machine is busy too.
# For a 64-bit guest qemu-user 7.2 forgets the interface of IP_ADD_MEMBERSHIP.
conf() {
	case $name in
	aarch64) set -- "$1" 'unicast_peer {' 192.0.2.1 192.0.2.2 '}' ;;
	*) set -- "$1" 'authentication {' 'auth_type PASS' 'auth_pass word' '}' ;;
	esac
	priority=$1
	shift
	vi VI_1 eth0 51 "$priority" 192.0.2.9/24 'advert_int 1' "$@"
}

# pair FIRST SECOND: the functions that start them
pair() {
	"$2" r2 "$(conf 100)"
	master r2 r1
	"$1" r1 "$(conf 150)"
	master r1 r2
	crash r1
	ns_ip r1 addr flush to 192.0.2.9
	master r2 r1
	"$1" r1 "$(conf 150)"
	master r1 r2
	stop r1
	master r2 r1
	stop r2
	expect '! has_addr r2 eth0 192.0.2.9'
}

lan_new lan
for host in r1 r2; do
	ns_new $host
	lan_join lan $host eth0 192.0.2.${host#r}/24
done
for name; do
	machine "$name"
	readelf -h -l "$binary" > "$TMP/elf"
	file -b "$binary" > "$TMP/file"
	expect "grep -q '$words' '$TMP/file'"
	expect '! grep -q INTERP "$TMP/elf"'
	echo "$name: $(wc -c < "$binary") bytes, $(cat "$TMP/file")"
	"$UKD" -v
	for conf in "$TOP"/tests/conf/examples/gateway.conf "$TOP"/tests/conf/examples/two-gateways.conf "$TOP"/tests/conf/examples/web-servers.conf; do
		"$TOP/ukeepalived" -t -d -f "$conf" > "$TMP/here" 2>&1 || true
		"$UKD" -t -d -f "$conf" > "$TMP/there" 2>&1 || true
		expect '[ -s "$TMP/here" ] && cmp "$TMP/here" "$TMP/there"'
	done
	: > "$TMP/r1.log"
	: > "$TMP/r2.log"
	pair ukd ukd
	if [ "$name" = mips ] && command -v keepalived > /dev/null; then
		pair ukd kad
		pair kad ukd
	fi
done
