# SPDX-License-Identifier: MIT
# Stands in for OpenWrt's: "compile" builds in $(BUILD_DIR), "install" fills $(ROOT), "info" tells the fields.
PKG_BUILD_DIR = $(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
MAKE_FLAGS = CC="$(TARGET_CC)" CROSS=""

define Build/Prepare/Default
	tar -C $(BUILD_DIR) -xf $(DL_DIR)/$(PKG_SOURCE)
endef

define BuildPackage
$(eval $(Package/$(1)))
compile:
	$(call Build/Prepare)
	$(call Build/Configure)
	$(MAKE) -C $(PKG_BUILD_DIR) $(MAKE_FLAGS) CFLAGS="$(TARGET_CFLAGS)"
install:
	$(call Package/$(1)/install,$(ROOT))
info: ; @echo "$(1) $(PKG_VERSION)-$(PKG_RELEASE) $(PKG_LICENSE) provides $(PROVIDES)"
conffiles: ; @echo $(strip $(Package/$(1)/conffiles))
endef
