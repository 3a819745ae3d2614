#!/bin/sh
# SPDX-License-Identifier: MIT
# The first process of the virtual machine that run.sh starts.
#	guest.sh JOBS		sets the machine up, runs what JOBS says, ends it
#	guest.sh one NAME PATH	one test
# $OUT/NAME.log has what a test prints; the second serial line its verdict.

one() {
	log=/out/$(echo "$1" | sed 's,/,-,g').log
	from=$(cut -d ' ' -f 1 /proc/uptime)
	timeout -k 10 "$TEST_TIME" "$2" > "$log" 2>&1 < /dev/null
	status=$?
	took=$(awk -v from="$from" '{ printf "%.1f s", $1 - from }' /proc/uptime)
	case $status in
	0) verdict="ok $1 # $took" ;;
	77) verdict="ok $1 # SKIP $(tail -n 1 "$log")" ;;
	124 | 137) verdict="not ok $1 # over $TEST_TIME s" ;;
	*) verdict="not ok $1 # $took, status $status" ;;
	esac
	echo "$verdict" > /dev/ttyS1
}

if [ "$1" = one ]; then
	one "$2" "$3"
	exit
fi

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
export PATH HOME
mount -t devtmpfs none /dev
mkdir -p /dev/pts /dev/shm /out
mount -t devpts none /dev/pts
mount -t tmpfs none /dev/shm
mount -t proc none /proc
mount -t sysfs none /sys
mount -t tmpfs none /run
mount -t 9p out /out -o trans=virtio,version=9p2000.L,msize=512000
. "$1"
export TEST_TIME
exec > /dev/console 2>&1
busybox stty -F /dev/ttyS1 raw -echo
# The kernel looks for modules by itself. kmod wants tables of its own kind.
mkdir -p /usr/lib/modules
ln -sfn "$MODULES" "/usr/lib/modules/$(uname -r)"
[ -e /lib/modules ] || ln -s /usr/lib/modules /lib/modules
ln -sf "$(command -v busybox)" /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
ln -sf "$(command -v busybox)" /usr/sbin/modprobe
ip link set lo up
hostname vm

if [ -s "$1.tests" ]; then
	busybox xargs -n 2 -P "$VM_JOBS" "$0" one < "$1.tests"
else
	cd "${0%/*}" || exit
	sh "$1.command" > /dev/ttyS1 2>&1 < /dev/null
	echo $? > "/out/$(basename "${1%/*}")/status"
fi
sync
busybox poweroff -f
