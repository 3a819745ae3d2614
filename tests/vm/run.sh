#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs tests on a kernel that has everything: IPVS, dummy, VLAN, VRF, ipvlan,
# bonding, netem, SCTP. Debian's kernel boots under qemu, without KVM, in 3 s;
# its root is this machine's, seen read-only through 9p below a layer in memory,
# so whatever is installed here is there, and nothing done there is seen here.
#
#	tests/vm/run.sh [TEST...]	prints "ok NAME", "ok NAME # SKIP WHY" or
#					"not ok NAME" for each, as they end
#	tests/vm/run.sh -c COMMAND	runs it there, from this folder
#
# VM_MACHINE=armv7, aarch64, mipsel or mips takes a machine of that kind, as the script
# "machine" makes it: its disk is Debian's of that kind (on big-endian MIPS just
# busybox and iproute2), this folder is where it is here, and the daemon is the
# one for it. A test's name is machine/armv7/many there.
#
# TEST is a script's path; all of tests/vm where none is given. Tests have the
# conventions of tests/net, a line "run: alone timeout=90" included. Logs are
# build/test-logs/NAME.log and vm-console.log. VM_TIME (1800) and TEST_TIME (120)
# are limits in seconds, VM_JOBS (2) tests run at a time, VM_MEM (1024) in MB.
# Ends with 0 when no test failed.
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
TOP=$(cd "$HERE/../.." && pwd)
BUILD=$TOP/build
FIRST_MODULES="netfs fscache 9pnet virtio_ring virtio virtio_pci_modern_dev \
virtio_pci_legacy_dev virtio_pci 9pnet_virtio 9p overlay"

# name_of PATH: vm/ipvs-nat for .../tests/vm/ipvs-nat.sh
name_of() {
	name_path=$(realpath "$1")
	name_folder=${name_path%/*}
	name_file=${name_path##*/}
	name_folder=${name_folder##*/}
	[ -z "${VM_MACHINE:-}" ] || name_folder=machine/$VM_MACHINE
	echo "$name_folder/${name_file%.sh}"
}

finish() {
	[ ! -s "$WORK/pid" ] || kill "$(cat "$WORK/pid")" 2>/dev/null
	rm -rf "$WORK"
}

skip_all() {
	for test in $TESTS; do
		echo "ok $(name_of "$test") # SKIP $1"
	done
	[ -z "$COMMAND" ] || echo "tests/vm: $1" >&2
	exit 77
}

# What finds the root and hands over to guest, packed for the kernel.
make_initramfs() {
	mkdir -p "$WORK/init.d/bin" "$WORK/init.d/low" "$WORK/init.d/top" \
		"$WORK/init.d/new" "$WORK/init.d/proc"
	cp "${BUSYBOX:-$(command -v busybox)}" "$WORK/init.d/bin/busybox"
	ln -s busybox "$WORK/init.d/bin/sh"
	for module in $FIRST_MODULES; do
		[ ! -d "$MODULES" ] || find "$MODULES" -name "$module.ko" -exec cp {} "$WORK/init.d" \;
	done
	cat > "$WORK/init.d/init" <<- END
		#!/bin/sh
		PATH=/bin; export PATH
		insmod() { busybox insmod /\$1.ko; }
		for m in $FIRST_MODULES; do
			[ ! -e /\$m.ko ] || insmod \$m
		done
		busybox mount $P9,ro host /low
		$JOIN
		exec busybox switch_root /new /bin/sh "$HERE/guest" "$WORK/jobs"
	END
	chmod +x "$WORK/init.d/init"
	(cd "$WORK/init.d" && find . | busybox cpio -o -H newc 2>/dev/null) \
		> "$WORK/initramfs"
}

build() {
	flock "$BUILD/lock" make -s -C "$TOP" "$@" > "$WORK/build" 2>&1 ||
		cat "$WORK/build" >&2
}

# machine NAME: what qemu makes it of, and what is for it in build/. This one has
# no name, and the root of the one where it runs.
machine() {
	JOBS=2
	SLOW=${1:+4}
	SLOW=${SLOW:-1}
	TTY=ttyS0
	SECOND=ttyS1
	SERIAL="-serial stdio"
	ROOT=/
	case $1 in
	'') CROSS='' QEMU=qemu-system-x86_64 BOARD="-smp 2 -nodefaults" ;;
	armv7 | aarch64)
		case $1 in
		armv7) CROSS=arm-linux-gnueabihf- QEMU=qemu-system-arm BOARD="-M virt,highmem=off -cpu cortex-a15" ;;
		*) CROSS=aarch64-linux-gnu- QEMU=qemu-system-aarch64 BOARD="-M virt -cpu cortex-a53" ;;
		esac
		BOARD="$BOARD -smp 2 -nodefaults"
		TTY=ttyAMA0
		SECOND=ttyS0
		SERIAL="-chardev stdio,id=out -device pci-serial,chardev=out"
		;;
	mipsel) CROSS=mipsel-linux-gnu- QEMU=qemu-system-mipsel ;;
	mips) CROSS=mips-linux-gnu- QEMU=qemu-system-mips ;;
	*) skip_all "no machine $1" ;;
	esac
	case $1 in
	mips*) JOBS=1 BOARD="-M malta -cpu 24Kf -nic none" ;;
	esac
	UKD=${UKD:-$TOP/${CROSS:+build/${CROSS%-}/}ukeepalived}
	TOOLS=$TOP/build/${CROSS:+test-}${CROSS%-}
	[ -n "$CROSS" ] || TOOLS=$TOP/build/asan
	CONSOLE=vm-${1:+$1-}console.log
	P9='-t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose'
	JOIN="busybox mount -t tmpfs none /top
		busybox mkdir /top/upper /top/work
		busybox mount -t overlay none /new -o \
			lowerdir=/low,upperdir=/top/upper,workdir=/top/work"
	# No overlay where the numbers of errors are others than here: qemu passes on
	# those of this machine.
	[ -z "$CROSS" ] || JOIN="busybox mount -t tmpfs none /new
		cd /low
		for f in *; do
			[ -L \$f ] || busybox mkdir /new/\$f
			[ ! -L \$f ] || busybox cp -a \$f /new/
		done
		busybox cp -a etc var /new/
		busybox mount -o bind usr /new/usr
		busybox mkdir -p '/new$TOP'
		busybox mount $P9,ro tree '/new$TOP'"
}

# For guest, which sees the files of this machine, but not the environment.
make_jobs() {
	{
		echo "export SLOW=$SLOW UKD='$UKD' TOOLS='$TOOLS' SECOND='$SECOND' CI='${CI:-}' LONG='${LONG:-}'"
		[ -n "$CROSS" ] || echo "MODULES='$MODULES'"
		echo "VM_JOBS=${VM_JOBS:-$JOBS}"
	} > "$WORK/jobs"
	: > "$WORK/jobs.tests"
	: > "$WORK/jobs.alone"
	printf '%s\n' "$COMMAND" > "$WORK/jobs.command"
	for test in $TESTS; do
		asks=$(sed -n '1,15s/.*\brun: //p' "$test")
		case " $asks " in
		*' alone '*) kind=alone ;;
		*) kind=tests ;;
		esac
		limit=$(echo "$asks" | sed -n 's/.*timeout=\([0-9]*\).*/\1/p')
		echo "$(name_of "$test") $(realpath "$test")" \
			$((${limit:-${TEST_TIME:-120}} * SLOW)) >> "$WORK/jobs.$kind"
	done
}

# The first serial line is the console, the second one carries results.
boot() {
	# shellcheck disable=SC2086
	timeout -k 5 "${VM_TIME:-1800}" "$QEMU" -accel tcg,thread=multi \
		$BOARD -m "${VM_MEM:-1024}" -no-user-config -no-reboot \
		-display none -serial "file:$BUILD/test-logs/$CONSOLE" $SERIAL \
		-kernel "$KERNEL/vmlinux" -initrd "$WORK/initramfs" \
		-append "console=$TTY quiet panic=-1 nokaslr mitigations=off no_file_caps" \
		-fsdev "local,id=root,path=$ROOT,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=root,mount_tag=host \
		-fsdev "local,id=tree,path=$TOP,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=tree,mount_tag=tree \
		-fsdev "local,id=out,path=$BUILD,security_model=none" \
		-device virtio-9p-pci,fsdev=out,mount_tag=out \
		-pidfile "$WORK/pid" < /dev/null
}

# Passes results on, and adds a failure for every test that has none: the
# machine died, or its time was over.
report() {
	cat "$WORK/jobs.tests" "$WORK/jobs.alone" - | awk '
		/^ok |^not ok / {
			print
			fflush()
			delete missing[$1 == "ok" ? $2 : $3]
			if ($1 == "not")
				bad = 1
			next
		}
		NF == 3 { missing[$1] = 1 }
		END {
			for (name in missing) {
				print "not ok " name " # the virtual machine ended early"
				bad = 1
			}
			exit bad
		}'
}

COMMAND=
if [ "${1:-}" = -c ]; then
	COMMAND=$2
	shift 2
	set --
	TESTS=
elif [ $# -gt 0 ]; then
	TESTS=$*
else
	TESTS=$(find "$HERE" -name '*.sh' ! -name run.sh ! -name lib.sh | sort)
fi
mkdir -p "$BUILD/test-logs"
WORK=$(mktemp -d "$BUILD/vm.XXXXXX")
trap finish EXIT
trap 'exit 1' HUP INT TERM
machine "${VM_MACHINE:-}"
for tool in "$QEMU" busybox ${CROSS:+"${CROSS}gcc"}; do
	command -v "$tool" > /dev/null || skip_all "no $tool"
done
if [ -n "$CROSS" ]; then
	KERNEL=$("$HERE/machine" "$VM_MACHINE") || skip_all "no machine"
	ROOT=$KERNEL/root
	BUSYBOX=$ROOT/usr/bin/busybox
	build "CROSS=$CROSS" all
else
	KERNEL=$("$HERE/kernel") || skip_all "no kernel"
fi
MODULES=$(echo "$KERNEL${CROSS:+/root/usr}"/lib/modules/*)
SOURCES="$HERE/*.c"
case $CROSS:$TESTS in
?*:*machine/unit*) SOURCES="$SOURCES $TOP/tests/unit/test_*.c" ;;
esac
# shellcheck disable=SC2086
build -j2 -f tests/tests.mk "CROSS=$CROSS" \
	"T=$(printf '%s\n' $SOURCES | sed "s|^$TOP/||; s/\.c$//" | tr '\n' ' ')"
make_initramfs
make_jobs
# In the background, since a shell that waits in the foreground heeds no signal.
if [ -n "$COMMAND" ]; then
	boot &
	wait $!
	exit "$(cat "$WORK/status" 2>/dev/null || echo 1)"
fi
boot | report &
wait $!
