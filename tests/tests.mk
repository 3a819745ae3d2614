# SPDX-License-Identifier: MIT
# Builds unit tests and fuzzers; tests/run calls it from the top.
#	make -f tests/tests.mk T=tests/unit/test_x		host, sanitizers
#	make -f tests/tests.mk T=... CROSS=mips-linux-gnu-	for qemu
#	make -f tests/tests.mk T=tests/fuzz/fuzz_x TARGET=fuzz
#	make -f tests/tests.mk all		the daemon with sanitizers
# A test's first lines name the sources that it links: /* links: vrrp.c addr.c */
# and bearssl where ours is compared with it. text.c, with addr.c, and sort.c, which modules use in place of libc's, are always linked.
programs:

# The sanitizers have a malloc of their own.
HEAP =
TARGET = $(or $(CROSS:%-=%),asan)
SANITIZE = -Og -g -fno-omit-frame-pointer -fno-sanitize-recover=all
ifeq ($(TARGET),fuzz)
CC = clang
# Includes have been read when the second half of a source is compiled.
CPPFLAGS += -Qunused-arguments
CFLAGS = $(SANITIZE) -fsanitize=fuzzer-no-link,address,undefined
LIBS = -fsanitize=fuzzer
else ifeq ($(CROSS),)
CC = gcc
CFLAGS = $(SANITIZE) -fsanitize=address,undefined
LIBS = -lcmocka
else
LIBS = -lcmocka
OUT = build/test-$(TARGET)
endif

include Makefile
CPPFLAGS += -I.
ifeq ($(CROSS),)
STATIC =
KERNEL =
else
MUSL = ./deps.sh cmocka $(TARGET)
# A test may have more data than the daemon.
CPPFLAGS += $(if $(TARGET:aarch64%=),,-mcmodel=small)
endif

# BearSSL, a source tree: by default the one of deps.sh. src for what is inside. No words from odd addresses, which a sanitizer objects to.
BEARSSL ?= $(DEPS)/bearssl-0.6
BEAR_FLAGS = -DBR_LE_UNALIGNED=0 -isystem $(BEARSSL)/inc -isystem $(BEARSSL)/src
BEAR = codec/ccopy $(patsubst %,ec/%,ec_prime_i31 ec_secp256r1 ec_secp384r1 ec_secp521r1)
BEAR += int/i32_div32 $(patsubst %,int/i31_%,add bitlen decmod decode encode fmont iszero modpow montmul muladd ninv31 rshift sub tmont)
BEAR_OBJS = $(BEAR:%=$(OUT)/bearssl/%.o)
CPPFLAGS += $(BEAR_FLAGS)
$(OUT)/flags: | $(BEARSSL)
$(BEARSSL):
	@./deps.sh bearssl
$(BEAR_OBJS): $(OUT)/bearssl/%.o: $(OUT)/flags
	@mkdir -p $(@D)
	$(SAY)$(COMPILE) -w -c -o $@ $(BEARSSL)/src/$*.c

links = $(shell sed -n '1,10s,^/\* links: *\(.*\)\*/.*,\1,p' $(1).c)
define program
$(OUT)/$(1): $(patsubst %.c,$(OUT)/%.o,$(1).c $(sort text.c addr.c sort.c \
		$(filter %.c,$(call links,$(1))))) \
		$(if $(filter bearssl,$(call links,$(1))),$(BEAR_OBJS)) | $(FOLD)
	$$(SAY)$$(LINK) -o $$@ $$^ $$(LIBS)
endef
programs: $(T:%=$(OUT)/%)
$(foreach t,$(T),$(eval $(call program,$(t))))
-include $(wildcard $(OUT)/tests/*/*.d)
