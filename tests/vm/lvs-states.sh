#!/bin/sh
# SPDX-License-Identifier: MIT
# run: timeout=420
# What is in the table while servers fail and return: as under keepalived.
. "$(dirname "$0")/lvs.inc"

TCP='protocol TCP
	lvs_sched wrr
	lvs_method NAT'
f=$(files a b c)

scenario 'failures and returns' "$f
$(vs '192.0.2.9 80' "$TCP" "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 8080 b 'weight 3')")"
shows : 1 '2:8080*3'
shows 'file a 1' '2:8080*3'
shows 'file b 1'
shows 'file a 0' 1
shows 'file b 0' 1 '2:8080*3'
over

scenario 'sorry server' "$f
$(vs '192.0.2.9 80' "$TCP" 'sorry_server 198.51.100.9 80' "$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b)")"
shows 'file a 1' 2
shows 'file b 1' 9
shows 'file a 0' 1
shows 'file b 0' 1 2
over

scenario 'quorum and hysteresis' "$f
$(vs '192.0.2.9 80' "$TCP" 'quorum 4' 'hysteresis 1' 'sorry_server 198.51.100.9 80' 'alpha' \
	"$(rs 198.51.100.1 80 a 'weight 2')" "$(rs 198.51.100.2 80 b 'weight 1')" "$(rs 198.51.100.3 80 c 'weight 2')")"
shows : '1*2' 2 '3*2'
# 3 of 5 is enough to stay, 4 are not enough to come back.
shows 'file a 1' 2 '3*2'
shows 'file b 1' 9
shows 'file a 0' 9
shows 'file b 0' '1*2' 2 '3*2'
over

scenario 'inhibit_on_failure' "$f
$(vs '192.0.2.9 80' "$TCP" inhibit_on_failure "$(rs 198.51.100.1 80 a 'weight 5')" "$(rs 198.51.100.2 80 b)")"
shows : '1*5' 2
shows 'file a 1' '1*0' 2
shows 'file a 0' '1*5' 2
over

scenario 'sorry_server_inhibit, and real servers that are inhibited' "$f
$(vs '192.0.2.9 80' "$TCP" 'sorry_server 198.51.100.9 80' sorry_server_inhibit \
	"$(rs 198.51.100.1 80 a inhibit_on_failure)" "$(rs 198.51.100.2 80 b)")"
shows : 1 2 '9*0'
shows 'file a 1; file b 1' '1*0' 9
shows 'file b 0' '1*0' 2 '9*0'
shows 'file a 0' 1 2 '9*0'
over

scenario 'a sorry server that is a real server too' "$f
$(vs '192.0.2.9 80' "$TCP" 'sorry_server 198.51.100.2 80' \
	"$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b 'weight 3')")"
shows : 1 '2*3'
shows 'file b 1' 1
shows 'file a 1' 2
shows 'file b 0' '2*3'
shows 'file b 1' 2
shows 'file a 0' 1
over

f=$(files a b c)
scenario 'the same, inhibited' "$f
$(vs '192.0.2.9 80' "$TCP" inhibit_on_failure 'sorry_server 198.51.100.2 80' sorry_server_inhibit \
	"$(rs 198.51.100.1 80 a)" "$(rs 198.51.100.2 80 b 'weight 3')")"
shows : 1 '2*3'
shows 'file b 1' 1 '2*0'
shows 'file a 1' '1*0' 2
shows 'file b 0' '1*0' '2*3'
shows 'file b 1' '1*0' 2
shows 'file a 0' 1 '2*0'
shows 'file b 0' 1 '2*3'
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
shows : 9
shows 'file e 0' 2
shows 'file d 0' 1 2
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
shows : '1*4'
shows 'file d 9' '1*7'
shows 'file d 2' '1*0'
shows 'file d 255' '1*253'
shows 'file d 1'
shows 'file d 0' '1*4'
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
shows : '1*10'
shows 'file a 20' '1*50'
shows 'file b -7' '1*43'
shows 'file a -10' '1*0'
shows 'file a 0; file b 0' '1*10'
over

# Without a multiplier of its own a check has that of the file.
file a 0
scenario 'weights of track_file, reversed and beyond the limits' "track_file a {
	file $TMP/file.a
	weight 3 reverse
}
$(vs '192.0.2.9 80' "$TCP" 'quorum 4' 'sorry_server 198.51.100.9 80' \
	"real_server 198.51.100.1 80 {
		weight 10
		FILE_CHECK {
			track_file a
		}
	}" "real_server 198.51.100.2 80 {
		weight 1
		FILE_CHECK {
			track_file a
			weight 1
		}
	}")"
shows : '1*10' 2
shows 'file a 2' '1*4' '2*3'
shows 'file a -9' '1*37' '2*0'
shows 'file a 100000' '1*0' '2*100001'
shows 'file a 2147483647' '2*2147483647'
shows 'file a -2147483648' '1*2147483647'
shows 'file a 1' '1*7' '2*2'
over
