#!/usr/bin/env python3
"""Holds both checkers against each other: compare.py KEYAKI < answers.jsonl

Reads batch answers, has this checker and `keyaki verify` check every certificate in them, and says how many each accepts and
how long it took. Exit 1 if one of the two rejects a certificate.
"""

import json
import subprocess
import sys
import time
from collections import Counter

from attack import plain
from check import certificates, judge
from strict import parse


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
    count = Counter()
    for (identity, _), (accepted, line), other in zip(found, ours, theirs):
        count[accepted, other] += 1
        if not accepted or not other:
            who = {(True, False): "accepted here alone", (False, True): "accepted there alone"}
            print(f"{identity}: {who.get((accepted, other), 'accepted by neither')}: {line[:160]}")
    print(f"{len(found)} certificates: {count[True, True]} accepted by both, {count[True, False]} here alone, "
          f"{count[False, True]} there alone, {count[False, False]} by neither; "
          f"{middle - start:.1f} s there, {end - middle:.1f} s here")
    return 0 if count[True, True] == len(found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
