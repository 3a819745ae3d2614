################################################################################
#
# ukeepalived
#
################################################################################

UKEEPALIVED_VERSION = 0.1.0
UKEEPALIVED_LICENSE = MIT
UKEEPALIVED_LICENSE_FILES = LICENSE NOTICE

# Below its own tree that is the source; elsewhere an archive of it in dl/.
ifneq ($(wildcard $(BR2_EXTERNAL_UKEEPALIVED_PATH)/../router.c),)
UKEEPALIVED_SITE = $(BR2_EXTERNAL_UKEEPALIVED_PATH)/..
UKEEPALIVED_SITE_METHOD = local
else
UKEEPALIVED_SOURCE = ukeepalived-$(UKEEPALIVED_VERSION).tar.gz
endif

UKEEPALIVED_MAKE_OPTS = TARGET=buildroot CC="$(TARGET_CC)" \
	TLS=$(if $(BR2_PACKAGE_UKEEPALIVED_TLS),yes,no)

ifneq ($(BR2_STATIC_LIBS),y)
UKEEPALIVED_MAKE_OPTS += STATIC= HEAP=
endif

define UKEEPALIVED_BUILD_CMDS
	$(TARGET_MAKE_ENV) CFLAGS="$(TARGET_CFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)" \
		$(MAKE) -C $(@D) $(UKEEPALIVED_MAKE_OPTS)
endef

define UKEEPALIVED_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/buildroot/ukeepalived $(TARGET_DIR)/usr/sbin/ukeepalived
	ln -sf ukeepalived $(TARGET_DIR)/usr/sbin/keepalived
	mkdir -p $(TARGET_DIR)/usr/bin
	ln -sf ../sbin/ukeepalived $(TARGET_DIR)/usr/bin/genhash
endef

# S80: when the network is there, and stopped before it goes.
define UKEEPALIVED_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/init/ukeepalived.init \
		$(TARGET_DIR)/etc/init.d/S80ukeepalived
endef

define UKEEPALIVED_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/init/ukeepalived.service \
		$(TARGET_DIR)/usr/lib/systemd/system/ukeepalived.service
	$(SED) 's|@SBIN@|/usr/sbin|' $(TARGET_DIR)/usr/lib/systemd/system/ukeepalived.service
endef

$(eval $(generic-package))
