#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=420
# Pages through a virtual address, with two directors and the configurations
# that introductions to load balancing show, while servers and directors die and
# return: NAT with a web and a mail service and a sorry server, then direct
# routing, with what the real servers need for it.
. "$(dirname "$0")/lib.sh"

command -v nginx > /dev/null || skip "no nginx here"

# A web server whose page says who it is.
serve() {
	{
		echo "daemon off; pid $TMP/$1.nginx; error_log /dev/null; events {}"
		echo 'http { access_log off;'
		for port in ${2:-80}; do
			echo "server { listen $port; return 200 '$1\n'; }"
		done
		echo '}'
	} > "$TMP/$1.web"
	ip netns exec "$PREFIX$1" nginx -c "$TMP/$1.web" 2> /dev/null &
	echo $! > "$TMP/$1.server"
}

die() {
	kill "$(cat "$TMP/$1.server")"
	wait "$(cat "$TMP/$1.server")" || true
}

page() {
	ns client busybox timeout 4 busybox wget -q -O - "http://$1/" 2> /dev/null
}

# served ADDRESS SERVER...: by one of these, five times in a row
served() {
	served_by=" $* "
	for try in 1 2 3 4 5; do
		served_now=$(page "$1") && [ "${served_by#* "$served_now" }" != \
			"$served_by" ] || return 1
	done
}

only_holder() {
	has_addr "$1" "$3" "$4" && ! has_addr "$2" "$3" "$4"
}

nat() {
	cat <<- 'END'
	global_defs {
	    notification_email {
	        root@example.org
	    }
	    notification_email_from director@example.org
	    smtp_server 127.0.0.1
	    smtp_connect_timeout 30
	    lvs_id LVS_EXAMPLE_01
	}
	virtual_server 192.168.6.240 80 {
	    delay_loop 30
	    lb_algo wrr
	    lb_kind NAT
	    persistence_timeout 50
	    protocol TCP
	    sorry_server 192.168.6.2 80
	    real_server 192.168.6.4 80 {
	        weight 2
	        TCP_CHECK {
	            connect_port 80
	            connect_timeout 3
	        }
	    }
	    real_server 192.168.6.5 80 {
	        weight 1
	        TCP_CHECK {
	            connect_port 80
	            connect_timeout 3
	        }
	    }
	}
	virtual_server 192.168.6.240 25 {
	    delay_loop 15
	    lb_algo wlc
	    lb_kind NAT
	    persistence_timeout 50
	    protocol TCP
	    sorry_server 192.168.6.2 25
	    real_server 192.168.6.6 25 {
	        weight 1
	        TCP_CHECK {
	            connect_port 25
	            connect_timeout 3
	        }
	    }
	    real_server 192.168.6.7 25 {
	        weight 2
	        TCP_CHECK {
	            connect_port 25
	            connect_timeout 3
	        }
	    }
	}
	vrrp_instance VI_1 {
	    state MASTER
	    interface eth0
	    lvs_sync_daemon_inteface eth0
	    virtual_router_id 51
	    priority 150
	    advert_int 1
	    smtp_alert
	    authentication {
	        auth_type PASS
	        auth_pass example
	    }
	    virtual_ipaddress {
	        192.168.6.240
	    }
	}
	END
}

dr() {
	cat <<- 'END'
	global_defs {
	    notification_email_from director@example.org
	    smtp_server 127.0.0.1
	    smtp_connect_timeout 30
	    router_id LVS_01
	    vrrp_skip_check_adv_addr
	    vrrp_strict
	    vrrp_garp_interval 0
	    vrrp_gna_interval 0
	    vrrp_iptables
	}

	vrrp_instance VI_1 {
	    state MASTER
	    interface ens33
	    virtual_router_id 51
	    priority 120
	    advert_int 1
	    authentication {
	        auth_type PASS
	        auth_pass 1111
	    }
	    virtual_ipaddress {
	        192.168.124.100
	    }
	}

	virtual_server 192.168.124.100 80 {
	    delay_loop 6
	    lb_algo rr
	    lb_kind DR
	    persistence_timeout 50
	    protocol TCP

	    real_server 192.168.124.40 80 {
	        weight 1
	        TCP_CHECK {
	            connect_port 80
	            connect_timeout 3
	            nb_get_retry 3
	            delay_before_retry 3
	        }
	    }

	    real_server 192.168.124.50 80 {
	        weight 1
	        TCP_CHECK {
	            connect_port 80
	            connect_timeout 3
	            nb_get_retry 3
	            delay_before_retry 3
	        }
	    }
	}
	END
}

# As written, checks are 6 to 30 s apart.
often() {
	sed 's/delay_loop .*/delay_loop 2/'
}

# Network address translation. The servers' way out is the virtual address.
vip=192.168.6.240
lan_new lan
lan_new out
ns_new gate
ns_new client
lan_join lan gate eth0 192.168.6.1/24
lan_join out gate eth1 203.0.113.1/24
lan_join out client eth0 203.0.113.2/24
ns_ip client route add default via 203.0.113.1
ns gate sysctl -qw net.ipv4.ip_forward=1
for d in d1 d2; do
	ns_new $d
	lan_join lan $d eth0 192.168.6.1${d#d}/24
	ns_ip $d route add default via 192.168.6.1
	ns $d sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.eth0.send_redirects=0
done
for s in 2 4 5 6 7; do
	ns_new s$s
	lan_join lan s$s eth0 192.168.6.$s/24
	ns_ip s$s route add default via $vip
done
serve s2 '80 25'
serve s4
serve s5
serve s6 25
serve s7 25
ukd d1 "$(nat)"
ukd d2 "$(nat | sed 's/priority 150/priority 100/')"
wait_for 20 'only_holder d1 d2 eth0 $vip'
wait_for 20 'served $vip s4 s5'
wait_for 20 'served $vip:25 s6 s7'
wait_for 20 'ns d1 ipvsadm -l --daemon | grep -q "master.*mcast=eth0, syncid=51"'
wait_for 20 'ns d2 ipvsadm -l --daemon | grep -q "backup.*mcast=eth0, syncid=51"'
echo "# NAT: servers die and return"
reconf d1 "$(nat | often)"
reconf d2 "$(nat | often | sed 's/priority 150/priority 100/')"
die s4
wait_for 30 'served $vip s5'
die s5
wait_for 30 'served $vip s2'
expect 'served $vip:25 s6 s7'
serve s4
wait_for 60 'served $vip s4'
echo "# NAT: a director dies and returns"
lan_cut lan d1 eth0
wait_for 30 'served $vip s4'
expect 'has_addr d2 eth0 $vip'
serve s5
lan_mend lan d1 eth0
wait_for 30 'only_holder d1 d2 eth0 $vip'
wait_for 30 'served $vip s4 s5'
die s4
wait_for 30 'served $vip s5'
crash d1
wait_for 30 'has_addr d2 eth0 $vip'
ukd d1 "$(nat | often)"
wait_for 30 'only_holder d1 d2 eth0 $vip'
wait_for 30 'served $vip s5'
stop d1
wait_for 30 'served $vip s5'
stop d2
for d in d1 d2; do
	expect '[ -z "$(table $d)" ]'
	expect '[ -z "$(ns $d ipvsadm -l --daemon)" ]'
done
kill $(cat "$TMP"/*.server) 2> /dev/null || true

# Direct routing: the servers have the virtual address, too, and keep quiet
# about it.
echo "# direct routing"
vip=192.168.124.100
lan_new drlan
ns_ip client addr flush dev eth0
lan_join drlan client eth1 192.168.124.200/24
for d in e1 e2; do
	ns_new $d
	lan_join drlan $d ens33 192.168.124.1${d#e}/24
done
for s in 40 50; do
	ns_new t$s
	ns t$s sysctl -qw net.ipv4.conf.all.arp_ignore=1 \
		net.ipv4.conf.all.arp_announce=2
	ns_ip t$s addr add $vip/32 dev lo
	lan_join drlan t$s eth0 192.168.124.$s/24
	serve t$s
done
ukd e1 "$(dr)"
ukd e2 "$(dr | sed 's/MASTER/BACKUP/; s/priority 120/priority 100/')"
wait_for 30 'only_holder e1 e2 ens33 $vip'
wait_for 30 'served $vip t40 t50'
reconf e1 "$(dr | often)"
reconf e2 "$(dr | often | sed 's/MASTER/BACKUP/; s/priority 120/priority 100/')"
die t40
wait_for 40 'served $vip t50'
lan_cut drlan e1 ens33
wait_for 30 'served $vip t50'
serve t40
die t50
wait_for 60 'served $vip t40'
lan_mend drlan e1 ens33
wait_for 30 'only_holder e1 e2 ens33 $vip'
wait_for 30 'served $vip t40'
stop e1
wait_for 30 'served $vip t40'
stop e2
expect '[ -z "$(table e1; table e2)" ]'
