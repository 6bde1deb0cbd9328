#!/usr/bin/env python3
"""Checks certificates and replays witnesses: `check.py [FILE…]`, or standard input. See README.md beside this file."""

import sys

from proof import check
from strict import Wrong, parse

ACCEPTED, REJECTED, UNREADABLE = range(3)

# What tells an answer of a batch, which may be without evidence, from a certificate.
ANSWER = {"certificate", "verdict", "relation", "decision", "error"}
CERTIFICATE = {"format", "claim", "proofs"}


def certificates(text):
    """The certificates of a file: one JSON value, or one on each line; of a batch answer its member `certificate`."""
    try:
        yield from _of(parse(text))
        return
    except Wrong as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) < 2:
            raise error
    for line in lines:
        yield from _of(parse(line))


def _of(value):
    if isinstance(value, list):
        for item in value:
            yield from _of(item)
    elif isinstance(value, dict) and not ANSWER.isdisjoint(value) and CERTIFICATE.isdisjoint(value):
        found = value.get("certificate", [])
        yield from found if isinstance(found, list) else [found]
    else:
        yield value


def judge(value):
    """(accepted, the line about a piece of evidence)."""
    try:
        return True, f"accepted {check(value)}"
    except Wrong as error:
        return False, f"rejected {error}"


def main(files):
    sys.setrecursionlimit(20_000)
    count, status = {True: 0, False: 0}, ACCEPTED
    for name in files or ["-"]:
        try:
            if name == "-":
                text = sys.stdin.buffer.read().decode()
            else:
                with open(name, encoding="utf-8", newline="") as file:
                    text = file.read()
            for value in certificates(text):
                accepted, line = judge(value)
                count[accepted] += 1
                print(line)
        except (OSError, UnicodeDecodeError, Wrong) as error:
            print(f"unreadable {name}: {error}")
            status = UNREADABLE
    print(f"{count[True]} accepted, {count[False]} rejected")
    return status or (REJECTED if count[False] else ACCEPTED)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
