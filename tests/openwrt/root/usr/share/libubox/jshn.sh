# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# Stands in for OpenWrt's: writes JSON as it comes, members of the outermost object first.

json_item() {
	JSON="$JSON$JSON_COMMA${1:+\"$1\": }$2"
	JSON_COMMA=', '
}

json_open() {
	json_item "$1" "$2"
	JSON_COMMA=
	JSON_ENDS="$3$JSON_ENDS"
}

json_end() {
	JSON="$JSON${JSON_ENDS%"${JSON_ENDS#?}"}"
	JSON_ENDS=${JSON_ENDS#?}
	JSON_COMMA=', '
}

json_init() {
	JSON='' JSON_COMMA='' JSON_ENDS=''
}

json_add_object() {
	json_open "$1" '{' '}'
}

json_close_object() {
	json_end
}

json_add_array() {
	json_open "$1" '[' ']'
}

json_close_array() {
	json_end
}

json_add_string() {
	json_item "$1" "\"$2\""
}

json_add_int() {
	json_item "$1" "$2"
}

json_dump() {
	echo "{ $JSON }"
}
