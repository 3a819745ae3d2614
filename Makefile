# SPDX-License-Identifier: MIT
# "make help" lists the targets. CC, CFLAGS, LDFLAGS, PREFIX, DESTDIR and DEPS
# are the caller's, on the command line or in config.mak.
-include config.mak
MAKEFLAGS += --no-print-directory

# Parts of libc, smaller than musl's. Empty for libc's own, as with a shared libc.
# musl's system calls stay where ours were never tried.
HEAP ?= heap.c $(and $(findstring musl,$(CC)),$(filter x86_64-% aarch64-% arm% \
	mips-% mipsel-%,$(filter-out %x32,$(MACHINE))),libc.c syscalls.c)
SRCS = main.c $(HEAP) options.c process.c envcheck.c loop.c log.c text.c date.c
SRCS += sort.c addr.c dns.c
SRCS += lexer.c lex_define.c lex_include.c keywords.c config.c conf_value.c conf_set.c conf_block.c conf_check.c
SRCS += dump.c emit.c
SRCS += vmac.c filter.c nft.c
SRCS += vrrp.c router.c advert.c faults.c group.c channel.c vaddr.c announce.c packet.c arp.c netlink.c iface.c route.c
SRCS += auth.c secret.c hash.c
SRCS += linkdelay.c notify.c track.c track_proc.c track_file.c smtp.c resolve.c fifo.c
# LVS=no leaves out virtual servers, as configure --disable-lvs of keepalived's.
ifeq ($(LVS),no)
SRCS += nolvs.c
else
SRCS += conf_lvs.c conf_check_lvs.c
SRCS += check.c check_http.c check_net.c http.c
SRCS += lvs.c ipvs.c
SRCS += genhash.c
endif

DEPS ?= $(or $(XDG_CACHE_HOME),$(or $(HOME),/tmp)/.cache)/ukeepalived
export DEPS
# TLS=no leaves it out, and SSL_GET is refused.
ifneq ($(filter no,$(TLS) $(LVS)),)
SRCS += notls.c
else
SRCS += tls.c x509.c aead.c curve.c number.c
endif

SRCS += print.c status.c

PREFIX ?= /usr/local
CFLAGS ?= $(SMALL) -g

# CROSS=mips-linux-gnu- takes a musl made by deps.sh; a toolchain that has musl
# itself (CROSS=mipsel-openwrt-linux-musl-, or any CC) is used as it is.
# TARGET names the folder below build/, and may be set to keep a variant apart.
size_LIST = mips-linux-gnu- aarch64-linux-gnu-
cross_LIST = $(size_LIST) mipsel-linux-gnu- arm-linux-gnueabihf- \
	arm-linux-gnueabi-
TARGET ?= $(or $(CROSS:%-=%),host)
KIND = $(if $(filter no,$(LVS)),-vrrp)
OUT ?= build/$(TARGET)$(KIND)
BIN = $(if $(TARGET:host=)$(KIND),$(OUT)/)ukeepalived
STRIP = $$($(CC) -print-prog-name=strip)
NEED = apt-get install musl-tools linux-libc-dev (Debian), or make CC=...
ifeq ($(origin CC),default)
ifeq ($(CROSS),)
CC = musl-gcc
KERNEL = /usr/include /usr/include/$(shell gcc -print-multiarch 2>/dev/null)
else ifneq ($(findstring musl,$(CROSS)),)
CC = $(CROSS)gcc
else
CC := $(shell ./deps.sh path $(TARGET))/bin/musl-gcc
KERNEL = $(or $(wildcard /usr/$(TARGET)/include/linux/..),\
	/usr/include /usr/include/$(TARGET))
MUSL = ./deps.sh musl $(TARGET)
endif
endif
# Of a compiler that deps.sh has yet to make, what CROSS says.
MACHINE := $(or $(shell $(CC) -dumpmachine 2>/dev/null),$(CROSS))

WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wcast-qual -Wformat=2 -Wvla -Wundef
# musl's headers before the kernel's, and the kernel's before glibc's.
OWN_CFLAGS = -std=c11 -D_GNU_SOURCE $(WARN) -fno-pie \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables \
	-fno-unwind-tables -fno-stack-protector -fomit-frame-pointer \
	$(KERNEL:%=-idirafter %)
OWN_CFLAGS += $(if $(filter no,$(LVS)),-DHAVE_LVS=0)
# As it stands: no call of memset() made of memset(), none that LTO leaves out.
LIBC_CFLAGS = -ffreestanding -fno-lto -fno-tree-loop-distribute-patterns \
	-fno-stack-protector -U_FORTIFY_SOURCE
$(OUT)/libc.o: MORE_CFLAGS = $(LIBC_CFLAGS)
$(OUT)/syscalls.o: MORE_CFLAGS = -U_FORTIFY_SOURCE
# Each of these was found to cost more than it saves where size is all. Optimized
# as one it gets 2 to 5 KB smaller.
SMALL = -Os -flto=auto -flto-partition=none -fno-expensive-optimizations \
	-fno-guess-branch-probability -fno-shrink-wrap -fno-tree-loop-im \
	-fno-tree-tail-merge
ifneq ($(filter mips%,$(TARGET)),)
SMALL += -fno-inline-functions-called-once -frename-registers -fno-ssa-phiopt
else
SMALL += -fno-caller-saves -fno-move-loop-invariants -fno-tree-dominator-opts
endif
# There is no floating point: nothing of it is kept for variadic functions, and
# nothing on the stack needs 16 bytes. GCC before 12 has no -Oz.
ifneq ($(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)),)
SMALL := $(if $(shell $(CC) -Oz -E -xc /dev/null 2>/dev/null),$(SMALL:-Os=-Oz),$(SMALL)) \
	-mno-sse -mskip-rax-setup -mpreferred-stack-boundary=3 -malign-data=abi \
	-fno-jump-tables -fno-optimize-sibling-calls
endif
# Addresses in one instruction, since all of it lies within 1 MB. What stands
# twice is kept once, more of it where instructions keep the source's order.
ifeq ($(TARGET),aarch64-linux-gnu)
OWN_CFLAGS += -mcmodel=tiny -mgeneral-regs-only
SMALL += -fno-schedule-insns2
FOLD = $(OUT)/fold/as
FOLD_ENV = AS=$$($(CC) -print-prog-name=as) FOLD=$(OUT)/fold
endif
# The short instructions of these processors save a quarter.
ifneq ($(filter mips-linux-gnu mipsel-linux-gnu,$(TARGET)),)
OWN_CFLAGS += -mips16 -mplt -mno-shared -fno-pic
else ifeq ($(TARGET),arm-linux-gnueabi)
OWN_CFLAGS += -mthumb
endif
STATIC = -static
# Against padding: pages of 64 KB, the linker's habit on ARM and MIPS, a page for
# the few bytes that relocations make read-only, data at the start of a page.
PAGES = -z,max-page-size=4096,-z,common-page-size=64,-z,norelro
# Without what constructors, destructors and shared objects need.
START = $(if $(filter libc.c,$(HEAP)),-nostartfiles -l:crt1.o)
OWN_LDFLAGS = $(STATIC) $(START) -no-pie -Wl,--gc-sections,--build-id=none \
	-Wl,-z,noseparate-code,$(PAGES)
COMPILE = $(CC) $(OWN_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(MORE_CFLAGS)
LINK = $(FOLD_ENV) $(CC) $(FOLD:%as=-B%) $(filter -f% -m%,$(OWN_CFLAGS)) \
	$(OWN_LDFLAGS) $(CFLAGS) $(LDFLAGS)

# V=1 shows whole commands, -s nothing.
SAY = $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),,@echo "  $@";)

OBJS = $(SRCS:%.c=$(OUT)/%.o)

all: $(BIN)

$(BIN): $(OUT)/ukeepalived.debug
	$(SAY)$(STRIP) -R .comment -o $@ $<

$(OUT)/ukeepalived.debug: $(OBJS) Makefile $(FOLD) $(FOLD:%=fold.awk)
	$(SAY)$(LINK) -o $@ $(OBJS)

$(FOLD): fold.sh
	@mkdir -p $(@D)
	@ln -sf $(abspath $<) $@

# The compiler sees messages packed, as words.awk does it.
$(OUT)/%.o: %.c words.h words.awk $(OUT)/flags
	@mkdir -p $(@D)
	$(SAY)$(COMPILE) -MMD -MP -MT $@ -MF $(@:.o=.d) -E -o $(@:.o=.i) $< && \
		LC_ALL=C awk -f words.awk words.h $(@:.o=.i) > $(@:.o=.packed.i) && \
		$(COMPILE) -c -o $@ $(@:.o=.packed.i)

# Holds the compiler and its flags, and changes only when they do.
$(OUT)/flags: FORCE
	@mkdir -p $(OUT)
	@$(MUSL)
	@command -v $(firstword $(CC)) >/dev/null || \
		{ echo "no $(firstword $(CC)): $(NEED)" >&2; exit 1; }
	@echo '$(COMPILE) $(LIBC_CFLAGS) $(LINK) $(OBJS)' | cmp -s - $@ || \
		echo '$(COMPILE) $(LIBC_CFLAGS) $(LINK) $(OBJS)' > $@

-include $(OBJS:.o=.d)

deps:
	@tests/setup.sh build demo check long
	@./deps.sh bearssl
	@for t in $(cross_LIST); do ./deps.sh musl $${t%-} || exit 1; done

demo:
	@tests/setup.sh build demo
	@$(MAKE) all
	@tests/demo.sh

# T=net/failover runs one test or group, NO_SKIP=1 fails on a skipped one.
check check-long: LONG = $(filter check-long,$@)
check check-long:
	@tests/setup.sh build demo check $(LONG:check-%=%)
	@$(MAKE) all
	@LONG=$(LONG) tests/run $(T)

bench:
	@tests/setup.sh build demo check
	@$(MAKE) all
	@tests/bench/run.py $(ROWS)

fuzz:
	@tests/setup.sh build check
	@FUZZ_TIME=$(or $(FUZZ_TIME),60) tests/run fuzz

# The two differ in the machines that they build for.
size cross:
	@for t in "" $($@_LIST); do \
		$(MAKE) CROSS=$$t all && $(MAKE) CROSS=$$t LVS=no all || exit 1; done
	@tests/size.sh $(patsubst %-,build/%-vrrp/ukeepalived,host- $($@_LIST)) \
		ukeepalived $(patsubst %-,build/%/ukeepalived,$($@_LIST))

PUT = install -D -m
INTO = $(DESTDIR)$(PREFIX)
# INIT="sysv rsyslog" puts start files where these look for them.
INIT ?=
put_systemd = 644 ukeepalived.service lib/systemd/system/ukeepalived.service
put_sysv = 755 ukeepalived.init etc/init.d/ukeepalived $(put_default)
put_busybox = 755 ukeepalived.init etc/init.d/S80ukeepalived $(put_default)
put_default = 644 ukeepalived.default etc/default/ukeepalived
put_rsyslog = 644 rsyslog.conf etc/rsyslog.d/ukeepalived.conf \
	644 logrotate etc/logrotate.d/ukeepalived
install: $(BIN)
	$(PUT) 755 $(BIN) $(INTO)/sbin/ukeepalived
	ln -sf ukeepalived $(INTO)/sbin/keepalived
	@mkdir -p $(INTO)/bin
	ln -sf ../sbin/ukeepalived $(INTO)/bin/genhash
	@set -e; for f in $(wildcard doc/*.[158]); do \
		$(PUT) 644 $$f $(INTO)/share/man/man$${f##*.}/$${f##*/}; done
	@set -e; put() { $(PUT) $$1 init/$$2 $$3; \
		sed -i 's|@SBIN@|$(PREFIX)/sbin|' $$3; }; \
	for f in $(wildcard init/*); do \
		put 644 $${f##*/} $(INTO)/share/ukeepalived/$$f; done; \
	set -- $(foreach i,$(INIT),$(put_$i)); \
	while [ $$# -gt 0 ]; do put $$1 $$2 $(DESTDIR)/$$3; shift 3; done

VERSION = $(shell sed -n 's/.*_VERSION "\(.*\)"/\1/p' options.h)
dist:
	git archive --prefix=ukeepalived-$(VERSION)/ \
		-o ukeepalived-$(VERSION).tar.gz HEAD

clean:
	rm -rf build ukeepalived

help:
	@sed -n 's/^#: //p' Makefile

#: make             ukeepalived, static, for this machine
#: make CROSS=P     the same with P-gcc, as in CROSS=mips-linux-gnu-
#: make install     into DESTDIR and PREFIX, also under the name keepalived;
#:                  INIT=systemd, sysv or busybox, and rsyslog: start files
#: make demo        two routers, a client, a crash (root)
#: make check       all tests but the long ones (root); T=net/NAME for one
#: make check-long  all tests
#: make bench       measured beside keepalived (root)
#: make size        sizes on three machines; make cross: on six
#: make fuzz        each fuzzer for FUZZ_TIME seconds (60)
#: make dist        an archive of the last commit, for OpenWrt and Buildroot
#: make deps        fetches what the other targets would fetch
#: make clean       removes build/ and the binary

FORCE:
.PHONY: FORCE all deps demo check check-long bench fuzz size cross install \
	dist clean help
