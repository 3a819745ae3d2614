#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh GROUP...: installs the Debian packages of these groups that are
# missing (build, demo, check, long). No daemon starts, nor is one enabled that
# comes this way. On another system it names the commands that are missing.
set -eu

# group, package, a command of it (- when it has none)
list() {
	cat <<-END
	build make make
	build gcc gcc
	build binutils strip
	build libc6-dev -
	build linux-libc-dev -
	build musl-tools musl-gcc
	demo iproute2 ip
	demo procps sysctl
	demo python3 python3
	check busybox-static busybox
	check clang clang
	check cpio cpio
	check curl curl
	check dnsmasq-base dnsmasq
	check exim4-daemon-light exim4
	check file file
	check frr vtysh
	check gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc
	check gcc-arm-linux-gnueabihf arm-linux-gnueabihf-gcc
	check gcc-mips-linux-gnu mips-linux-gnu-gcc
	check ipset ipset
	check iptables iptables
	check iputils-arping arping
	check iputils-ping ping
	check ipvsadm ipvsadm
	check keepalived keepalived
	check libclang-rt-dev -
	check libcmocka-dev -
	check linux-libc-dev-arm64-cross -
	check linux-libc-dev-armhf-cross -
	check linux-libc-dev-mips-cross -
	check logrotate logrotate
	check mandoc mandoc
	check nftables nft
	check nginx-light nginx
	check openssl openssl
	check psmisc pstree
	check python3-scapy -
	check qemu-system-x86 qemu-system-x86_64
	check qemu-user-static qemu-mips-static
	check rsyslog rsyslogd
	check shellcheck shellcheck
	check systemd systemd-analyze
	check tcpdump tcpdump
	check tshark tshark
	check xz-utils xz
	long bc bc
	long bison bison
	long bzip2 bzip2
	long flex flex
	long gcc-arm-linux-gnueabi arm-linux-gnueabi-gcc
	long gcc-mipsel-linux-gnu mipsel-linux-gnu-gcc
	long linux-libc-dev-armel-cross -
	long linux-libc-dev-mipsel-cross -
	long qemu-system-arm qemu-system-arm
	long qemu-system-mips qemu-system-mipsel
	END
}
DAEMONS="exim4 frr ipvsadm keepalived nginx rsyslog"
POLICY=/usr/sbin/policy-rc.d

wanted() {
	for group in "$@"; do
		list | grep "^$group " || { echo "no group $group" >&2; exit 2; }
	done
}

installed() {
	dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
		sed -n 's/^installed //p'
}

missing_packages() {
	have=$(installed)
	wanted "$@" | while read -r _ package _; do
		echo "$have" | grep -qx "$package" || echo "$package"
	done
}

missing_commands() {
	wanted "$@" | while read -r _ package tool; do
		[ "$tool" = - ] || command -v "$tool" > /dev/null ||
			echo "	$tool (Debian: $package)"
	done
}

restore_policy() {
	rm -f "$POLICY"
	[ ! -e "$POLICY.ukeepalived" ] || mv "$POLICY.ukeepalived" "$POLICY"
}

# The machine's own policy is put aside and comes back however this ends; what a
# killed run left is taken for that run's, not for the machine's.
forbid_daemons() {
	grep -qs "setup.sh of ukeepalived" "$POLICY" && restore_policy
	[ ! -e "$POLICY" ] || mv "$POLICY" "$POLICY.ukeepalived"
	trap restore_policy EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\n# setup.sh of ukeepalived, for a moment\nexit 101\n' \
		> "$POLICY" && chmod 755 "$POLICY"
}

get() {
	DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 \
		-o Acquire::Retries=2 "$@" < /dev/null
}

# Nothing may go for it (another mail server would), but that busybox-static
# stands in for busybox, and does all that busybox does.
add() {
	others=$(printf '%s\n' "$@" | grep -vx busybox-static)
	# shellcheck disable=SC2086
	[ -z "$others" ] || get install --no-install-recommends --no-remove $others ||
		return
	[ "$others" = "$(printf '%s\n' "$@")" ] ||
		get install --no-install-recommends busybox-static
}

install_packages() {
	forbid_daemons || return
	# A machine without lists, or with old ones, learns of new files first.
	add "$@" || { get update && add "$@"; } || return
	for daemon in $DAEMONS; do
		case " $* " in
		*" $daemon "* | *" $daemon-light "* | *" $daemon-daemon-light "*)
			! command -v systemctl > /dev/null ||
				systemctl -q disable "$daemon" 2> /dev/null || true
			;;
		esac
	done
}

if ! command -v apt-get > /dev/null; then
	lack=$(missing_commands "$@")
	[ -z "$lack" ] && exit 0
	printf 'Please install, with the headers that belong to them:\n%s\n' "$lack"
	exit 1
fi

lack=$(missing_packages "$@")
[ -z "$lack" ] && exit 0
# shellcheck disable=SC2086
set -- $lack
if [ "$(id -u)" -ne 0 ]; then
	echo "missing packages; as root: apt-get install $*"
	exit 1
fi
# One at a time; the file itself is the lock.
exec 9< "$0"
flock 9
echo "installing $*"
log=$(mktemp)
if ! install_packages "$@" 9<&- > "$log" 2>&1; then
	tail -n 30 "$log"
	rm -f "$log"
	echo "cannot install $*"
	exit 1
fi
rm -f "$log"
