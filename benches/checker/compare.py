#!/usr/bin/env python3
"""Holds both checkers against each other: compare.py KEYAKI < answers.jsonl

Reads batch answers, has this checker and `keyaki verify` check every certificate in them, and says how many each accepts and
how long it took. Exit 1 if one of the two rejects a certificate that is not named below.
"""

import json
import subprocess
import sys
import time
from collections import Counter

from attack import plain
from check import certificates, judge
from strict import parse


# Answers that are true, with proofs that rest on more than FORMAT.md, part 6, allows, by reason.
UNPROVED = {
    "ranges of numbers and dates are not held against patterns": {
        "number-0-4-inside", "number-4-5-both", "date-0-4-both", "date-0-4-inside", "date-1-4-both", "date-1-4-inside",
        "date-2-4-inside", "date-3-4-both", "date-4-5-both", "date-4-5-inside", "F15/60/one-scalar-is-one/holds",
        "F19/12/months-in-texts/holds", "F19/12/texts-in-months/holds", "F19/12/span-in-texts/holds",
        "F20/12/decade-in-its-length/holds", "F20/12/span-by-its-first-digit/holds"},
    "addresses are not held against patterns beyond the bytes that a block fixes": {
        "F27/16/texts-in-blocks/holds", "F27/16/a-digit-and-a-dot/holds"},
    "a letter among the first five parts of an ARN has no known values": {"variable-colon-part"},
    "what a tied test says of a key is not told of the variable that the key is elsewhere": {
        "variable-cycle-equal", "random/910", "F6/3/all-equal-and-turned/holds"},
    "members say nothing of a variable that each of them is": {"set-variable-present"},
}


def main(keyaki):
    sys.setrecursionlimit(20_000)
    found = [(json.loads(line).get("id"), certificate)
             for line in sys.stdin if line.strip() for certificate in certificates(line)]
    lines = "".join(json.dumps(plain(certificate)) + "\n" for _, certificate in found)
    start = time.monotonic()
    told = subprocess.run([keyaki, "verify", "-"], input=lines, text=True, capture_output=True, check=False).stdout
    middle = time.monotonic()
    theirs = [line.startswith("accepted:") for line in told.split("\n")
              if line.startswith(("accepted:", "rejected:", "unreadable:"))]
    ours = [judge(parse(json.dumps(plain(certificate)))) for _, certificate in found]
    end = time.monotonic()
    if not len(found) == len(theirs):
        sys.exit(f"{len(found)} certificates and {len(theirs)} judgements")
    count, expected = Counter(), set().union(*UNPROVED.values())
    unexpected = 0
    for (identity, _), (accepted, line), other in zip(found, ours, theirs):
        count[accepted, other] += 1
        if not accepted or not other:
            unexpected += accepted != other or identity not in expected
            who = {(True, False): "accepted here alone", (False, True): "accepted there alone"}
            print(f"{identity}: {who.get((accepted, other), 'accepted by neither')}: {line[:160]}")
    print(f"{len(found)} certificates: {count[True, True]} accepted by both, {count[True, False]} here alone, "
          f"{count[False, True]} there alone, {count[False, False]} by neither; "
          f"{middle - start:.1f} s there, {end - middle:.1f} s here")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
