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
	echo "${name_folder##*/}/${name_file%.sh}"
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
	cp "$(command -v busybox)" "$WORK/init.d/bin/busybox"
	ln -s busybox "$WORK/init.d/bin/sh"
	for module in $FIRST_MODULES; do
		find "$MODULES" -name "$module.ko" -exec cp {} "$WORK/init.d" \;
	done
	cat > "$WORK/init.d/init" <<- END
		#!/bin/sh
		PATH=/bin; export PATH
		insmod() { busybox insmod /\$1.ko; }
		for m in $FIRST_MODULES; do insmod \$m; done
		busybox mount -t 9p host /low -o \
			trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro
		busybox mount -t tmpfs none /top
		busybox mkdir /top/upper /top/work
		busybox mount -t overlay none /new -o \
			lowerdir=/low,upperdir=/top/upper,workdir=/top/work
		exec busybox switch_root /new /bin/sh "$HERE/guest" "$WORK/jobs"
	END
	chmod +x "$WORK/init.d/init"
	(cd "$WORK/init.d" && find . | busybox cpio -o -H newc 2>/dev/null) \
		> "$WORK/initramfs"
}

# For guest, which sees the files of this machine, but not the environment.
make_jobs() {
	{
		echo "export UKD='${UKD:-$TOP/ukeepalived}' CI='${CI:-}' LONG='${LONG:-}'"
		echo "MODULES='$MODULES'"
		echo "VM_JOBS=${VM_JOBS:-2}"
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
			"${limit:-${TEST_TIME:-120}}" >> "$WORK/jobs.$kind"
	done
}

# The first serial line is the console, the second one carries results.
boot() {
	timeout -k 5 "${VM_TIME:-1800}" qemu-system-x86_64 -accel tcg,thread=multi \
		-smp 2 -m "${VM_MEM:-1024}" -nodefaults -no-user-config -no-reboot \
		-display none -serial "file:$BUILD/test-logs/vm-console.log" -serial stdio \
		-kernel "$KERNEL/vmlinux" -initrd "$WORK/initramfs" \
		-append 'console=ttyS0 quiet panic=-1 nokaslr mitigations=off' \
		-fsdev local,id=root,path=/,security_model=none,readonly=on,multidevs=remap \
		-device virtio-9p-pci,fsdev=root,mount_tag=host \
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
for tool in qemu-system-x86_64 busybox; do
	command -v "$tool" > /dev/null || skip_all "no $tool"
done
KERNEL=$("$HERE/kernel") || skip_all "no kernel"
MODULES=$(echo "$KERNEL"/lib/modules/*)
for source in "$HERE"/*.c; do
	source=${source#"$TOP/"}
	make -s -C "$TOP" -f tests/tests.mk "T=${source%.c}" > "$WORK/build" 2>&1 ||
		cat "$WORK/build" >&2
done
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
