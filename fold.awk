# SPDX-License-Identifier: MIT
# Folds equal instructions in an assembler source for aarch64, where each
# instruction is of one size: awk -f fold.awk FILE.s. Kept once is, if it pays,
#	tail	what ends a function, up to its return or its jump to another
#		one; other places jump to it
#	call	what ends with a call; other places call it, and it jumps
#		where they called
#	plain	what neither calls nor jumps; other places call it
# A sequence has no label within. Only where a function has saved x30 is one
# called, nothing in it may use x30 or move sp, and loops call nothing new.
# Debug information stays with the places that were left.

BEGIN {
	TAILS = 1000000
}

# Between what stands on both sides of it there is no sequence.
function border() {
	token[++items] = 0
}

function add(i, what) {
	if (!(what in number)) {
		number[what] = ++numbers
		name[numbers] = what
		if (what ~ /^blr? /)
			call[numbers] = 1
		else if (what == "ret" || what ~ /^b /)
			jump[numbers] = 1
		else if (what ~ /[xw]30|^(add|sub|mov) sp,|\[sp, -?[0-9]+\]!|\[sp\],/)
			frame[numbers] = 1
	}
	token[++items] = number[what]
	at[items] = i
	saved[items] = state == "saved"
}

# What has been read since then becomes no call.
function stays(since) {
	for (; since <= items; since++)
		saved[since] = 0
}

# This function is not like others.
function odd() {
	stays(first)
	state = "odd"
}

# x30 is saved before anything branches, or nowhere. From where it is read back
# to the end of that way out nothing branches or calls.
function instruction(i, what) {
	if (what ~ /^(b|b[.a-z]+|br|cbn?z|tbn?z) / && what !~ /^(b [a-zA-Z_]|blr? )/) {
		border()
		if (state == "out")
			odd()
		else if (state == "top")
			state = "leaf"
		# A loop keeps its speed.
		sub(/.*[ ,]/, "", what)
		if (what in label)
			stays(label[what])
		return
	}
	if (what ~ /[xw]30/) {
		if (what ~ /^st[rp] .*\[sp/ && state == "top")
			state = "save"
		else if (what ~ /^ld[rp] .*\[sp/ && state == "saved")
			state = "out"
		else
			odd()
	} else if (what ~ /^blr? / && state == "out")
		odd()
	add(i, what)
	if (state == "save")
		state = "saved"
	if (jump[token[items]]) {
		border()
		if (state == "out")
			state = "saved"
		else if (state == "top")
			state = "leaf"
	}
}

{
	line[NR] = $0
}

/^\t\.type\t.*%function/ {
	border()
	inside = 1
	first = items + 1
	state = "top"
	next
}

/^\t\.size\t/ {
	border()
	inside = 0
}

# Labels of debug information are nobody's aim.
!inside || /^\t\./ || /^\.L(VL|BB|BE|BI|FB|FE|M)[0-9]+:/ {
	next
}

/^[a-zA-Z_]/ {
	border()
	next
}

/^\t[a-z]/ {
	what = substr($0, 2)
	sub(/\t/, " ", what)
	instruction(NR, what)
	next
}

# A label, or what somebody wrote in assembler.
{
	border()
	label[substr($0, 1, length($0) - 1)] = items
	if (/^\.L/ && state == "top")
		state = "leaf"
	else if (!/^\.L/ || state == "out")
		odd()
}

# Numbers each sequence that stands more than once: its length is size[c], its
# places are places[c]. One of n is known by its first n - 1 and its last.
function sequences(    n, j, k, c, alive, left) {
	for (j = 1; j <= items; j++)
		if (class[j] = token[j])
			live[++alive] = j
	classes = numbers
	for (n = 2; alive; n++) {
		split("", known)
		split("", count)
		for (k = 1; k <= alive; k++) {
			j = live[k]
			c = token[j + n - 1] ? class[j] "," token[j + n - 1] : ""
			if (c && !(c in known))
				known[c] = ++classes
			class[j] = known[c]
			count[class[j]]++
		}
		left = 0
		for (k = 1; k <= alive; k++) {
			j = live[k]
			c = class[j]
			if (c && count[c] > 1) {
				live[++left] = j
				places[c] = places[c] " " j
				size[c] = n
			}
		}
		alive = left
	}
}

function kind(c,    j, last) {
	j = places[c] + 0
	last = token[j + size[c] - 1]
	if (jump[last])
		return "tail"
	if (frame[last])
		return ""
	for (; size[c] > 1 && j < places[c] + size[c] - 1; j++)
		if (call[token[j]] || frame[token[j]])
			return ""
	return call[last] ? "call" : "plain"
}

# found[1] to found[many] are the places of c that are left and do not overlap;
# host is one that other tails already keep. What folding them saves.
function gain(c,    n, i, j, k, all, end) {
	n = size[c]
	many = host = end = 0
	all = split(places[c], place, " ")
	for (i = 1; i <= all; i++) {
		j = place[i] + 0
		if (j < end || kinds[c] != "tail" && !saved[j])
			continue
		for (k = j; k < j + n && used[k] == used[j]; k++)
			continue
		if (k < j + n || used[j] == "gone")
			continue
		if (used[j] == "") {
			found[++many] = j
			end = j + n
		} else if (kinds[c] == "tail")
			host = j
	}
	if (kinds[c] == "tail")
		return (n - 1) * (many - !host)
	return (n - 1) * many - n - (kinds[c] == "plain")
}

function mark(j, n, as) {
	for (; n > 0; n--)
		used[j++] = as
}

function fold(c,    n, i, k, to) {
	n = size[c]
	to = ".Lfold" c
	if (kinds[c] == "tail") {
		if (!host) {
			host = found[many--]
			mark(host, n, "kept")
		}
		line[at[host]] = to ":\n" line[at[host]]
	} else {
		print to ":"
		for (k = found[1]; k < found[1] + n - 1; k++)
			print "\t" name[token[k]]
		k = name[token[k]]
		print "\t" (kinds[c] == "plain" ? k "\n\tret" : "b" substr(k, 3))
	}
	for (i = 1; i <= many; i++) {
		mark(found[i], n, "gone")
		for (k = found[i]; k < found[i] + n; k++)
			line[at[k]] = ""
		line[at[found[i] + n - 1]] = "\t" (kinds[c] == "tail" ? "b " : "bl ") to
	}
}

# The longest tails first: shorter ones then end in those that were kept. Of
# the others what saves most; what others have spoilt waits for its new turn.
END {
	border()
	sequences()
	for (c = numbers + 1; c <= classes; c++) {
		if (!(c in places))
			continue
		kinds[c] = kind(c)
		g = kinds[c] == "tail" ? size[c] + TAILS : kinds[c] ? gain(c) : 0
		turn[g] = turn[g] " " c
		if (g > first)
			first = g
	}
	print "\t.section\t.text.fold,\"ax\",@progbits\n\t.align\t2"
	for (t = first; t > 0; t--) {
		many_c = split(turn[t], waiting, " ")
		for (i = 1; i <= many_c; i++) {
			c = waiting[i]
			g = gain(c)
			if (g > 0 && (g == t || t > TAILS))
				fold(c)
			else if (g > 0)
				turn[g] = turn[g] " " c
		}
	}
	for (i = 1; i <= NR; i++)
		print line[i]
}
