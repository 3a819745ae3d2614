include $(sort $(wildcard $(BR2_EXTERNAL_UKEEPALIVED_PATH)/package/*/*.mk))
