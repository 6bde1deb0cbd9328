"""Prints where two files of answers disagree, and a summary.

    python compare_answers.py oracle.jsonl engine.jsonl

A *conflict* is a decided answer against the opposite one; *softer* is decided against undecided.
Time-outs are counted, never compared. Exit status 1 if there is a conflict.
"""

import collections
import json
import sys


def load(path):
    """Answers by id."""
    with open(path, encoding="utf-8") as file:
        answers = (json.loads(line) for line in file if line.strip())
        return {json.dumps(answer["id"]): answer for answer in answers}


def verdict(answer):
    """One word for an answer."""
    if "error" in answer:
        return "error"
    return answer.get("relation") or answer.get("verdict") or answer.get("decision")


def kind(one, two):
    """How two verdicts stand to each other."""
    if one == two:
        return "same"
    if "timeout" in (one, two):
        return "timeout"
    if "error" in (one, two):
        return "error"
    return "softer" if "undecided" in (one, two) else "conflict"


def main():
    left, right = load(sys.argv[1]), load(sys.argv[2])
    counts = collections.Counter()
    for identity, answer in left.items():
        if identity not in right:
            counts["missing"] += 1
            continue
        one, two = verdict(answer), verdict(right[identity])
        relation = kind(one, two)
        counts[relation] += 1
        if relation not in ("same", "timeout"):
            print(f"{relation}\t{json.loads(identity)}\t{one}\t{two}")
    counts["extra"] = len(right.keys() - left.keys())
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())), file=sys.stderr)
    sys.exit(1 if counts["conflict"] else 0)


if __name__ == "__main__":
    main()
