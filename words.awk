# SPDX-License-Identifier: MIT
# Packs the messages of a preprocessed source: awk -f words.awk words.h FILE.i
# The n-th word of words.h becomes the byte 127 + n in the format of a call
# below, which text.c turns into the word again. What stands in a conversion
# or an escape, and arguments, stay as they are; so does any other string but
# those of keywords.def and of arrays whose names end in _packed.
# With LC_ALL=C.

function swap(s, from, to,    i, out) {
	while (i = index(s, from)) {
		out = out substr(s, 1, i - 1) to
		s = substr(s, i + length(from))
	}
	return out s
}

# Longer words hold shorter ones, which stand above them.
function pack(s, count,    i) {
	for (i = 1; i <= count; i++)
		if (index(s, packed[i]))
			s = swap(s, packed[i], byte[i])
	return s
}

function octal(s,    i) {
	for (i = 1; i <= words; i++)
		if (index(s, byte[i]))
			s = swap(s, byte[i], sprintf("\\%03o", 127 + i))
	return s
}

function format(s,    out) {
	while (match(s, /%[-0-9.*hlz]*[a-zA-Z%]|\\./)) {
		out = out pack(substr(s, 1, RSTART - 1), words) substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
	}
	return octal(out pack(s, words))
}

BEGIN {
	# Up to the format, or the first of two behind a question mark.
	ARG = "([^\"'();,]|'[a-z]'|\\([^\"'()]*\\))*"
	NAME = "(check_end|conf_at|conf_error|conf_not|conf_warn|emit|instance_log|lex_tell|log_write|out_error|out_print|reason|refuse|say|tell|text_format)"
	CALL = "(^|[^a-z_])((emit|out_error|conf_error|conf_warn\\)?|conf_without|bad_rule|reason)\\(|(conf_at|conf_not|log_write|out_print|refuse|say)\\(" ARG ",|" \
		"(check_end|instance_log|lex_tell|refuse|tell|text_format)\\(" ARG "," ARG ",)" ARG "\""
}

FNR == NR {
	if (sub(/^WORD\("/, "") && sub(/"\).*/, "")) {
		words++
		packed[words] = pack($0, words - 1)
		byte[words] = sprintf("%c", 127 + words)
	}
	next
}

# The table itself.
/^"[^"\\]*" "\\0"/ {
	printf "\"%s\" \"\\0\"\n", octal(packed[++table])
	next
}

# Tables stand one behind the other: x86-64 would begin each of 16 bytes at a
# multiple of 16.
match($0, /static const (struct [a-z0-9_]+|char|unsigned|u?int[0-9]+_t) [a-z0-9_]+\[/) {
	type = substr($0, RSTART + 13, RLENGTH - 13)
	sub(/ [a-z0-9_]+\[$/, "", type)
	sub(/static const /, "&_Alignas(" type ") ")
}

/^#/ {
	if (/^# [0-9]+ "/)
		all = /"keywords\.def"/
	print
	next
}

/_packed\[\] =/ {
	array = 1
}

all || array {
	if (array && /;[ \t]*$/)
		array = 0
	rest = $0
	while (match(rest, /"([^"\\]|\\.)*"/)) {
		text = substr(rest, RSTART + 1, RLENGTH - 2)
		printf "%s\"", substr(rest, 1, RSTART - 1)
		rest = substr(rest, RSTART + RLENGTH)
		printf "%s\"", format(text)
	}
	print rest
	next
}

# A call may go on in the next line: the preprocessor breaks lines at macros of the system's headers.
{
	rest = begun $0
	skip = length(begun)
	begun = ""
	while (match(rest, CALL)) {
		printf "%s", substr(rest, 1 + skip, RSTART + RLENGTH - 1 - skip)
		rest = substr(rest, RSTART + RLENGTH)
		skip = 0
		do {
			match(rest, /^([^"\\]|\\.)*/)
			text = substr(rest, 1, RLENGTH)
			rest = substr(rest, RLENGTH + 1)
			more = match(rest, /^"[ \t]*(:[^"',;()]*)?"/) ? RLENGTH : 0
			printf "%s%s", format(text), substr(rest, 1, more)
			rest = substr(rest, more + 1)
		} while (more)
	}
	print substr(rest, 1 + skip)
	if (match(rest, "(^|[^a-z_])" NAME "\\([^\";]*$"))
		begun = substr(rest, RSTART) " "
}
