# SPDX-License-Identifier: MIT
# Stands in for OpenWrt's, as far as openwrt/Makefile goes.
INCLUDE_DIR := $(TOPDIR)/include
DL_DIR := $(DEPS)/src
INSTALL_DIR = install -d -m755
INSTALL_BIN = install -m755
INSTALL_DATA = install -m644
INSTALL_CONF = install -m600
CP = cp -fpR
LN = ln -sf
SHELL = /bin/sh
