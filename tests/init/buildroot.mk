# SPDX-License-Identifier: MIT
# Stands in for Buildroot, as far as ours goes: builds in $(WORK), installs into $(TARGET_DIR).
TARGET_CC = musl-gcc
TARGET_CFLAGS = -Os
INSTALL = install
SED = sed -i

define generic-package
all: $(WORK)/ukeepalived/.stamp
$(WORK)/ukeepalived/.stamp:
	rm -rf $$(@D)
	mkdir -p $$(@D)
	cp -R $$(TREE)/*.* $$(TREE)/Makefile $$(TREE)/init $$(TREE)/LICENSE $$(TREE)/NOTICE $$(@D)
	$$(UKEEPALIVED_BUILD_CMDS)
	$$(UKEEPALIVED_INSTALL_TARGET_CMDS)
	$$(UKEEPALIVED_INSTALL_INIT_SYSV)
	$$(UKEEPALIVED_INSTALL_INIT_SYSTEMD)
endef
include $(BR2_EXTERNAL_UKEEPALIVED_PATH)/external.mk
