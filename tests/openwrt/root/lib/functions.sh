# SPDX-License-Identifier: MIT
# shellcheck shell=dash
# Stands in for OpenWrt's: the functions of a UCI file that scripts use. A file is a sequence of words in quotes or not.

config_load() {
	CONFIG_SECTIONS='' CONFIG_COUNT=0
	[ -e "/etc/config/$1" ] || return
	eval "$(awk '
		# One line of UCI, words in single quotes for the shell
		function words(line,	out, c, quote, word, have) {
			while (line != "") {
				c = substr(line, 1, 1)
				line = substr(line, 2)
				if (quote != "" && c == quote)
					quote = ""
				else if (quote == "" && (c == "\"" || c == "\047")) {
					quote = c
					have = 1
				} else if (c == "\\" && quote != "\047") {
					word = word substr(line, 1, 1)
					line = substr(line, 2)
				} else if (quote == "" && c ~ /[ \t]/) {
					if (have || word != "")
						out = out shell(word)
					word = have = ""
				} else if (quote == "" && c == "#")
					break
				else
					word = word c
			}
			if (have || word != "")
				out = out shell(word)
			return out
		}
		function shell(word) {
			gsub(/\047/, "\047\\\047\047", word)
			return " \047" word "\047"
		}
		{ line = words($0); if (line != "") print "uci_" substr(line, 2) }
	' "/etc/config/$1" | sed "s/^uci_'\([a-z]*\)'/uci_\1/")"
}

uci_package() {
	:
}

uci_config() {
	CONFIG_COUNT=$((CONFIG_COUNT + 1))
	CONFIG_SECTION=${2:-cfg$CONFIG_COUNT}
	CONFIG_SECTIONS="$CONFIG_SECTIONS $CONFIG_SECTION"
	config_set "$CONFIG_SECTION" TYPE "$1"
}

uci_option() {
	config_set "$CONFIG_SECTION" "$1" "$2"
}

uci_list() {
	local length all
	config_get length "$CONFIG_SECTION" "$1_LENGTH" 0
	config_get all "$CONFIG_SECTION" "$1"
	length=$((length + 1))
	config_set "$CONFIG_SECTION" "$1_LENGTH" "$length"
	config_set "$CONFIG_SECTION" "$1_ITEM$length" "$2"
	config_set "$CONFIG_SECTION" "$1" "${all:+$all }$2"
}

config_set() {
	eval "CONFIG_$1_$2=\$3"
}

config_get() {
	case $2$3 in
	*[!A-Za-z0-9_]*) ;;
	*) eval "$1=\${CONFIG_$2_$3:-\$4}" ;;
	esac
}

config_get_bool() {
	local flag
	config_get flag "$2" "$3" "$4"
	case $flag in
	1 | on | true | yes | enabled) flag=1 ;;
	0 | off | false | no | disabled) flag=0 ;;
	*) flag=$4 ;;
	esac
	eval "$1=\$flag"
}

config_foreach() {
	local callback=$1 wanted=$2 section type
	shift 2
	for section in $CONFIG_SECTIONS; do
		config_get type "$section" TYPE
		[ "$type" != "$wanted" ] || "$callback" "$section" "$@"
	done
}

# logger -t TAG -p PRIORITY [TEXT]: where a test can read it
logger() {
	if [ $# -le 4 ]; then
		cat
	else
		shift 4
		echo "$*"
	fi >> /tmp/log
}
