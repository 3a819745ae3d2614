#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""lib.unfold.py ORIGINAL.s FOLDED.s: whether each function does what it did before fold.awk. Every jump and call to what was folded is
followed, and gives the instructions and labels of the original, in their order; x30 is on the stack wherever such a call was put in."""

import re
import sys

DEBUG = re.compile(r"\.L(VL|BB|BE|BI|FB|FE|M)\d+:")
BRANCH = re.compile(r"(?:b|b\.?[a-z]{2}|cbn?z|tbn?z) (?:.*, ?)?(\.L\w+)$")


def read(path):
    """Its instructions and labels in order; where each function begins and ends; where each label is"""
    items, functions, labels, name = [], {}, {}, None
    with open(path) as source:
        for text in source:
            text = text.rstrip("\n")
            kind = re.match(r"\t\.type\t(\S+), %function", text)
            if kind:
                name, start = kind.group(1), len(items)
            elif name and text.startswith("\t.size\t"):
                functions[name] = (start, len(items))
                name = None
            elif re.match(r"[.\w$]+:$", text) and not DEBUG.match(text):
                labels[text[:-1]] = len(items)
                items.append(text)
            elif re.match(r"\t[a-z]", text):
                items.append(text[1:].replace("\t", " "))
    return items, functions, labels


def ends(item):
    return item == "ret" or re.match(r"b (?!\.L\d)|br ", item)


def folded(item):
    return re.match(r"(bl?) (\.Lfold\d+)$", item)


def unfold(items, labels, start, end):
    """What is between the two, with what it jumps to and calls; each with whether it came by a call"""
    out, calls = [], []
    for item in items[start:end]:
        if item.startswith(".Lfold"):
            continue
        match = folded(item)
        if not match:
            out.append(item)
            continue
        call = match.group(1) == "bl"
        if call:
            calls.append(len(out))
        at = labels[match.group(2)]
        while True:
            item = items[at]
            at += 1
            if item.startswith(".Lfold"):
                continue
            if item.endswith(":") or BRANCH.match(item) and not folded(item):
                raise ValueError("%s goes on to %s" % (match.group(2), item))
            if folded(item):
                if call and item.startswith("bl"):
                    raise ValueError("%s calls" % match.group(2))
                at = labels[folded(item).group(2)]
                continue
            if not ends(item):
                out.append(item)
                continue
            if not call:
                out.append(item)
            elif item != "ret":
                out.append("bl" + item[1:])
            break
    return out, calls


def check_link(items, calls):
    """x30 is saved on every way to each of the calls that were put in"""
    labels = {item[:-1]: i for i, item in enumerate(items) if item.endswith(":")}
    tables = [i for name, i in labels.items() if name.startswith(".L")]
    seen, todo = set(), [(0, False)]
    while todo:
        at, saved = todo.pop()
        while at < len(items) and (at, saved) not in seen:
            seen.add((at, saved))
            item = items[at]
            if at in calls and not saved:
                raise ValueError("a call before '%s', where x30 is not saved" % item)
            if re.search(r"\b[xw]30\b", item):
                saved = item.startswith("st")
            match = BRANCH.match(item)
            if match:
                todo.append((labels[match.group(1)], saved))
                if item.startswith("b "):
                    break
            elif item.startswith("br "):
                todo += [(i, saved) for i in tables]
            if ends(item):
                break
            at += 1


def main():
    old, old_functions, _ = read(sys.argv[1])
    new, new_functions, labels = read(sys.argv[2])
    assert old_functions.keys() == new_functions.keys()
    bad = total = 0
    for name, (start, end) in old_functions.items():
        try:
            out, calls = unfold(new, labels, *new_functions[name])
            if out != old[start:end]:
                at = next((i for i, (a, b) in enumerate(zip(out, old[start:end])) if a != b), min(len(out), end - start))
                raise ValueError("'%s' was '%s'" % (out[at:at + 3], old[start + at:start + at + 3]))
            check_link(out, set(calls))
            total += len(calls)
        except ValueError as error:
            print("%s: %s" % (name, error))
            bad += 1
    print("%d functions, %d instructions, now %d; %d calls put in" % (len(old_functions), len(old), len(new), total))
    sys.exit(bad > 0 or total == 0)


main()
