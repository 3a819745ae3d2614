/etc/keepalived/
