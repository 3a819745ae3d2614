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
