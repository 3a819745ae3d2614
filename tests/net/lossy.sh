#!/bin/sh
# SPDX-License-Identifier: MIT
# A wire that loses packets. One in four lost, with ten adverts' patience: nobody takes over. All lost: two masters; with half of them
# lost soon one again, and when the wire is good again the better one, alone.
. "$(dirname "$0")/lib.sh"
command -v nft > /dev/null || skip "no nft"

conf() {
	vi VI_1 eth0 51 "$1" 192.0.2.99/24 'version 3' 'advert_int 0.1' 'down_timer_adverts 10'
}
lan_new lan
for n in 1 2; do
	ns_new r$n
	lan_join lan r$n eth0 192.0.2.$n/24
done
# lose HUNDREDTHS: of the adverts that come in, by either router
lose() {
	for r in r1 r2; do
		ns $r nft -f - <<-END || skip "no nftables here"
		add table ip loss
		flush table ip loss
		add chain ip loss in { type filter hook input priority 0; }
		$([ "$1" = 0 ] || echo "add rule ip loss in ip protocol 112 numgen random mod 100 <= $(($1 - 1)) drop")
		END
	done
}
both() { has_addr r1 eth0 192.0.2.99 && has_addr r2 eth0 192.0.2.99; }
first() { has_addr r1 eth0 192.0.2.99 && ! has_addr r2 eth0 192.0.2.99; }
lose 25
ukd r1 "$(conf 150)"
wait_for 4 'has_addr r1 eth0 192.0.2.99'
ukd r2 "$(conf 100)"
never 5 'has_addr r2 eth0 192.0.2.99'
lose 100
wait_for 4 both
lose 50
wait_for 2 first
lose 0
never 2 '! first'
expect '[ "$(grep -c "Entering MASTER" "$TMP/r2.log")" = 1 ]'
expect '[ "$(grep -c "Entering" "$TMP/r1.log")" = 2 ]'
