#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Chooses the words of words.h anew: tests/words.py > words.h.new, after "make".

Takes the formats that words.awk packs out of build/host/*.i, and again and
again the text that shortens them most. Takes minutes; worth it when many
messages are new.
"""
import collections
import glob
import re
import subprocess

PLAIN = re.compile(r"%[-0-9.*hlz]*[a-zA-Z%]|\\.")


def formats():
    """Strings that differ between a source and its packed form."""
    literal = re.compile(r'"((?:[^"\\]|\\.)*)"')
    found = set()
    for name in glob.glob("build/host/*.packed.i"):
        if name.endswith("/text.packed.i"):
            continue
        with open(name.replace(".packed", ""), encoding="latin-1") as before, open(name, encoding="latin-1") as after:
            for old, new in zip(before, after):
                if old != new:
                    pairs = zip(literal.findall(old), literal.findall(new))
                    found.update(was for was, now in pairs if was != now)
    return found


def best(pieces):
    """The text that saves most, and how much; its own entry costs a byte more than it has."""
    counts = collections.Counter()
    for piece in pieces:
        for start in range(len(piece)):
            for end in range(start + 2, min(start + 30, len(piece)) + 1):
                counts[piece[start:end]] += 1
    gains = {}
    for text, count in counts.items():
        if count > 1 and count * (len(text) - 1) > 12:
            gains[text] = sum(piece.count(text) for piece in pieces) * (len(text) - 1) - len(text) - 1
    text = max(gains, key=lambda t: (gains[t], t)) if gains else ""
    return text, gains.get(text, 0)


def main():
    pieces = [piece for text in formats() for piece in PLAIN.split(text) if piece]
    words = []
    while len(words) < 128:
        text, gain = best(pieces)
        if gain < 4:
            break
        pieces = [piece.replace(text, chr(0x100 + len(words))) for piece in pieces]
        words.append("".join(words[ord(c) - 0x100] if c >= "\u0100" else c for c in text))
    with open("words.h", encoding="ascii") as old:
        print("".join(line for line in old if not line.startswith("WORD")), end="")
    for word in words:
        print(f'WORD("{word}")')


subprocess.run(["make", "-s"], check=True)
main()
