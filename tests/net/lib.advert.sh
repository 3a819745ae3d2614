# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Adverts by hand, for tests that want a peer to say something that no daemon says. After lib.sh:
#	advert NS IF WORD=VALUE...	(see advert.c); prints how many were sent
# PEER_WORDS, if set, go before the words of every call.
${CC:-gcc} -O2 -Wall -Wextra -Wno-unused-result -o "$TMP/advert" "$TOP/tests/net/advert.c" || fail "advert.c does not build"

advert() {
	advert_ns=$1
	advert_if=$2
	shift 2
	# shellcheck disable=SC2086
	ip netns exec "$PREFIX$advert_ns" "$TMP/advert" "$advert_if" ${PEER_WORDS-} "$@"
}
