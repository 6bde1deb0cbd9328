#!/usr/bin/env python3
"""Holds both checkers against each other on witnesses: witnesses.py KEYAKI QUESTIONS ANSWERS

Makes a witness of each failing answer, with its own request and with that of another answer of the kind, and has both checkers replay
it. Exit 1 if one is accepted here and rejected there, or an answer's own request is not accepted by both. What the formulas here
leave open (`undefined`, a typed test of the caller) is rejected here alone; that is counted.
"""

import hashlib
import json
import subprocess
import sys

from check import judge
from strict import parse

ASKED = {"no-new-access": "no-new-access", "satisfiable": "unsatisfiable", "not-granted": "not-granted",
         "no-external-access": "no-external-access", "no-public-access": "no-public-access"}


def claim(question):
    """The claim that a question asks about."""
    names = {"new": "newPolicyDocument", "existing": "existingPolicyDocument"} if "newPolicyDocument" in question else {
        "policy": "policyDocument"}
    documents = []
    for name, member in names.items():
        text = question[member] if isinstance(question[member], str) else json.dumps(question[member], ensure_ascii=False)
        digest = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        documents.append({"name": name, "digest": digest, "text": text})
    asked = ASKED[question["question"]]
    outside = asked in ("no-external-access", "no-public-access")
    out = {"question": asked, "policyType": "RESOURCE_POLICY" if outside else question["policyType"], "documents": documents}
    if asked == "not-granted":
        out["access"] = question["access"]
    if asked == "no-external-access":
        out["zoneOfTrust"] = question["zoneOfTrust"]
    if asked == "no-public-access":
        out["resourceType"] = question["resourceType"]
    return out


def main(keyaki, questions, answers):
    sys.setrecursionlimit(20_000)
    with open(questions, encoding="utf-8") as asked, open(answers, encoding="utf-8") as given:
        pairs = [(json.loads(question), json.loads(answer)) for question, answer in zip(asked, given)]
    pairs = [(question, answer) for question, answer in pairs if "witness" in answer and question.get("question") in ASKED]
    made = []
    for at, (question, answer) in enumerate(pairs):
        if "zoneOfTrust" in ASKED[question["question"]] and "zoneOfTrust" not in question:
            continue
        for own, request in ((True, answer["witness"]), (False, pairs[(at + 7) % len(pairs)][1]["witness"])):
            made.append((own, answer["id"], {"format": "keyaki-witness/1", "claim": claim(question), "request": request}))
    lines = "".join(json.dumps(evidence) + "\n" for _, _, evidence in made)
    told = subprocess.run([keyaki, "verify", "-"], input=lines, text=True, capture_output=True, check=False).stdout
    theirs = [line.startswith("accepted:") for line in told.split("\n")
              if line.startswith(("accepted:", "rejected:", "unreadable:"))]
    if len(theirs) != len(made):
        sys.exit(f"{len(made)} witnesses and {len(theirs)} judgements")
    count, wrong = {}, 0
    for (own, identity, evidence), there in zip(made, theirs):
        here, line = judge(parse(json.dumps(evidence)))
        key = ("own" if own else "another's", here, there)
        count[key] = count.get(key, 0) + 1
        if here and not there or own and not (here and there):
            wrong += here and not there or own and not there
            print(f"{identity}: {'accepted' if here else 'rejected'} here, {'accepted' if there else 'rejected'} there: {line[:200]}")
    for (whose, here, there), number in sorted(count.items()):
        print(f"{number} with {whose} request: {'accepted' if here else 'rejected'} here, {'accepted' if there else 'rejected'} there")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
