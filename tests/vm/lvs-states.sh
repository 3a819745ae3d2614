#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=300
# What is in the table while servers fail and return: as under keepalived.
. "$(dirname "$0")/lvs.inc"

TCP='protocol TCP
	lvs_sched wrr
	lvs_method NAT'
f=$(files a b c)

scenario 'failures and returns' "$f
$(vs '192.0.2.9 80' "$TCP" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 8080 b 'weight 3')")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:8080 -m -w 3
END
step 'file a 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.2:8080 -m -w 3
END
step 'file b 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
END
step 'file a 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
END
step 'file b 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:8080 -m -w 3
END
over

scenario 'sorry server' "$f
$(vs '192.0.2.9 80' "$TCP" 'sorry_server 198.51.100.9 80' "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b)")"
step 'file a 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
step 'file b 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 1
END
step 'file a 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
END
step 'file b 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
over

scenario 'quorum and hysteresis' "$f
$(vs '192.0.2.9 80' "$TCP" 'quorum 4' 'hysteresis 1' 'sorry_server 198.51.100.9 80' 'alpha' \
	"$(rs 198.51.100.1 80 a 'weight 2')" "$(rs 198.51.100.2 80 b 'weight 1')" "$(rs 198.51.100.3 80 c 'weight 2')")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 2
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.3:80 -m -w 2
END
# 3 of 5 is enough to stay, 4 are not enough to come back.
step 'file a 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.3:80 -m -w 2
END
step 'file b 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 1
END
step 'file a 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 1
END
step 'file b 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 2
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.3:80 -m -w 2
END
over

scenario 'inhibit_on_failure' "$f
$(vs '192.0.2.9 80' "$TCP" inhibit_on_failure "$(rs 198.51.100.1 80 a 'weight 5')" "$(rs 198.51.100.2 80 b)")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 5
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
step 'file a 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 0
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
step 'file a 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 5
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
over

scenario 'sorry_server_inhibit, and real servers that are inhibited' "$f
$(vs '192.0.2.9 80' "$TCP" 'sorry_server 198.51.100.9 80' sorry_server_inhibit \
	"$(rs 198.51.100.1 80 a inhibit_on_failure)" "$(rs 198.51.100.2 80 b)")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 0
END
step 'file a 1; file b 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 0
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 1
END
step 'file b 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 0
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 0
END
step 'file a 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 0
END
over

script() {
	printf '#!/bin/sh\nread -r status < %s\nexit $status\n' "$TMP/file.$1" > "$TMP/script.$1"
	chmod +x "$TMP/script.$1"
	printf 'MISC_CHECK {\n\tmisc_path %s\n\tdelay_loop 1\n\tmisc_timeout 15\n\twarmup %s\n\t%s\n}\n' "$TMP/script.$1" "$2" "${3:-}"
}
file d 9
file e 9
scenario 'alpha, with omega at the end' "global_defs {
	script_user root
}
$(vs '192.0.2.9 80' "$TCP" alpha omega 'sorry_server 198.51.100.9 80' \
	"real_server 198.51.100.1 80 {
		$(script d 0)
	}" "real_server 198.51.100.2 80 {
		$(script e 0)
	}")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.9:80 -m -w 1
END
step 'file e 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
step 'file d 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 1
	-a -t 192.0.2.9:80 -r 198.51.100.2:80 -m -w 1
END
over

file d 0
scenario 'weights from a script' "global_defs {
	script_user root
}
$(vs '192.0.2.9 80' "$TCP" 'quorum 3' \
	"real_server 198.51.100.1 80 {
		weight 4
		$(script d 0 misc_dynamic)
	}")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 4
END
step 'file d 9' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 7
END
step 'file d 2' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 0
END
step 'file d 255' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 253
END
step 'file d 1' <<- END
	-A -t 192.0.2.9:80 -s wrr
END
step 'file d 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 4
END
over

weigh() {
	printf 'FILE_CHECK {\n\t\t\ttrack_file %s\n\t\t\tweight %s\n\t\t}' "$1" "$2"
}
f=$(files a b c)
scenario 'weights from files' "$f
$(vs '192.0.2.9 80' "$TCP" \
	"real_server 198.51.100.1 80 {
		weight 10
		$(weigh a 2)
		$(weigh b 1)
	}")"
step : <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 10
END
step 'file a 20' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 50
END
step 'file b -7' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 43
END
step 'file a -10' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 0
END
step 'file a 0; file b 0' <<- END
	-A -t 192.0.2.9:80 -s wrr
	-a -t 192.0.2.9:80 -r 198.51.100.1:80 -m -w 10
END
over
