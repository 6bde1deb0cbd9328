#!/usr/bin/env python3
"""Prints batch lines that ask for certificates: questions.py CASES-FOLDER [--random N] [--corpora FOLDER [--every N]]

Every question of the cases, those of `shapes.py`, the small hard ones and N random ones of each sort of `benches/z3`, and, where the folder of
real policies is there, each of them for satisfiability and each pair for new access both ways.
"""

import argparse
import json
import pathlib
import random
import sys

BESIDE = pathlib.Path(__file__).resolve().parent.parent / "z3"
sys.path.append(str(BESIDE))

import shapes  # noqa: E402
from make_questions import new_access, reachable, records, satisfiable  # noqa: E402
from random_policies import random_other_question, random_question  # noqa: E402

# Its certificate leaves one walk over texts that is exponential by nature (ten digits, each at most once, in twelve places):
# both checkers give up.
TOO_LONG = {"account-eleven-digits"}


def lines(cases, count, corpora, every):
    for path in sorted(cases.glob("*.jsonl")):
        yield from (record["line"] for record in records(path) if record["line"].get("question") != "evaluate")
    yield from (line for line in records(BESIDE / "hard.jsonl") if line["id"] not in TOO_LONG)
    choice = random.Random(20261125)
    for number in range(count):
        yield random_question(choice, f"random/{number}")
        yield random_other_question(choice, f"other/{number}")
    yield from shapes.lines(choice, count)
    if corpora and corpora.is_dir():
        found = [*satisfiable(corpora), *new_access(corpora, "wild"), *new_access(corpora, "managed"), *reachable(corpora)]
        yield from found[::every]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", type=pathlib.Path)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--corpora", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=1, help="of the real ones, one in so many")
    options = parser.parse_args()
    for line in lines(options.cases, options.random, options.corpora, options.every):
        print(json.dumps({**line, "certificate": True}))


if __name__ == "__main__":
    main()
