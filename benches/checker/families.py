#!/usr/bin/env python3
"""Certificates of hard questions, in both checkers: families | families.py KEYAKI [--table]

Reads questions (lines for `keyaki batch`), has KEYAKI answer them with certificates, and each certificate checked by `keyaki verify` and by
the checker beside this file. Whatever is not accepted is named. With `--table` it says what each took, in milliseconds of CPU: deciding
(from the program's own clock), checking there (its start included), checking here. Exit 1 if something is not accepted.
"""

import json
import resource
import subprocess
import sys
import time

from attack import plain
from check import certificates, judge
from strict import parse

# Certificates that take this checker longer than a minute on a busy machine; the other one checks them.
LONG = {"F16/12/all-combinations", "F26/200/listed-in-accounts", "F30/200/gaps-and-points", "F30/200/all-but-points-in-gaps",
        "F34/1000/narrower", "F34/1000/each-denied", "F35/200/but-each-role", "F35/200/but-the-roles-of-none-else"}


def there(keyaki, text):
    """Whether `keyaki verify` accepts a certificate, and in how many milliseconds of CPU."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = subprocess.run([keyaki, "verify", "-"], input=text, text=True, capture_output=True, check=False).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return told.startswith("accepted:"), 1000 * spent


def main(keyaki, table):
    sys.setrecursionlimit(20_000)
    questions = [json.dumps({**json.loads(line), "certificate": True}) for line in sys.stdin if line.strip()]
    answers = subprocess.run([keyaki, "batch", "--timing", "--threads", "1"], input="\n".join(questions), text=True,
                             capture_output=True, check=False).stdout.splitlines()
    if len(answers) != len(questions):
        sys.exit(f"{len(questions)} questions and {len(answers)} answers")
    count = lost = left = 0
    for line in answers:
        answer = json.loads(line)
        name = answer["id"].rpartition("/")[0]
        for certificate in certificates(line):
            if plain(certificate).get("format") != "keyaki-certificate/1":
                continue
            text = json.dumps(plain(certificate))
            count += 1
            accepted, their = there(keyaki, text)
            start, ours, own = time.process_time(), None, True
            if name in LONG:
                left += 1
            else:
                own, line_ = judge(parse(text))
                ours = 1000 * (time.process_time() - start)
            if not accepted or not own:
                lost += 1
                print(f"{name}: not accepted {'' if accepted else 'there '}{'' if own else 'here: ' + line_[:160]}")
            if table:
                print(f"| {name} | {answer['micros'] / 1000:.1f} | {their:.0f} | {'' if ours is None else f'{ours:.0f}'} |")
    print(f"{count} certificates of {len(questions)} questions, {count - lost} accepted by both checkers ({left} of them looked at there alone)")
    return 1 if lost or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--table" in sys.argv[2:]))
