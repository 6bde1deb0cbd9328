#!/usr/bin/env python3
"""Forges lemmas about variables and holds both checkers against the program: forge.py KEYAKI COUNT SEED

Each of COUNT policies has one Allow statement of random conditions, many with variables, for one kind of caller, and a certificate
that says that it allows nothing, with one lemma of nearly all that the conditions say. Where the program finds a request, neither
checker may accept. Prints each that one does, each lemma about which they disagree, and counts: of claims by the program's verdict
("holds": there is a request), of both by whether this checker, then the other, accepts. Exit 1 if something was accepted wrongly.
"""

import hashlib
import json
import random
import subprocess
import sys
from collections import Counter

from check import judge
from claim import Claim, Meaning
from strict import Wrong, parse

# Who calls: the kind, and the entry of the principal clause.
CALLERS = {
    "session": "arn:aws:sts::111122223333:assumed-role/r/s",
    "user": "arn:aws:iam::111122223333:user/p/ab",
    "federated-user": "arn:aws:sts::111122223333:federated-user/ab",
    "root": "111122223333",
}
KEYS = ["x:t", "x:s", "x:y", "x:b", "x:n", "aws:username", "aws:userid", "aws:principalarn", "aws:principaltag/t", "aws:resourceaccount"]
WORDS = ["a", "b", "ab", "ba", "abc", "true", "false", "5", "15", "111122223333", "111122223333:ab", "a:b", ""]


def value(rng, keys, like):
    parts = [rng.choice(WORDS)] if rng.random() < 0.4 else []
    if rng.random() < 0.6:
        parts.append("${%s%s}" % (rng.choice(keys), rng.choice(["", "", ", 'b'"])))
    if rng.random() < 0.3:
        parts.append(rng.choice(["a", "b", "5", "${%s}" % rng.choice(keys)]))
    if like and rng.random() < 0.4:
        parts.insert(rng.randrange(len(parts) + 1), rng.choice("*?"))
    return "".join(parts)


def condition(rng, keys):
    """(operator, key, values, the signs of its atoms)."""
    key, negated = rng.choice(keys), rng.random() < 0.3
    what = rng.random()
    if what < 0.1:
        return "Bool", rng.choice(["x:b", *keys]), [rng.choice(["true", "false"])], "+"
    if what < 0.2:
        return rng.choice(["NumericEquals", "NumericLessThan"]), rng.choice(["x:n", *keys]), [rng.choice(["5", "15"])], "+"
    if what < 0.3:
        return "Null", key, [rng.choice(["true", "false", "false"])], rng.choice("+-")
    if what < 0.4:
        form = f"arn:aws:s3:{value(rng, keys, True)}:{rng.choice(['', '111122223333', '*'])}:{value(rng, keys, True)}"
        return "ArnNotLike" if negated else "ArnLike", rng.choice(["x:t", "x:s"]), [form], "-" if negated else "+"
    like = rng.random() < 0.6
    name = "String" + ("Not" if negated else "") + ("Like" if like else "Equals")
    if rng.random() < 0.3:
        values = rng.sample(WORDS, rng.randrange(1, 4))
    else:
        values = [value(rng, keys, like) for _ in range(rng.choice([1, 1, 1, 2]))]
    return name, key, values, "-" if negated else "+"


def forged(rng):
    """A policy and a certificate that it allows nothing."""
    kind, who = rng.choice(list(CALLERS.items()))
    few, conditions, lemma = rng.sample(KEYS, 3), {}, []
    for name, key, values, sign in (condition(rng, few) for _ in range(rng.randrange(2, 5))):
        conditions.setdefault(name, {}).setdefault(key, (values, sign))
    at = 0
    for keys in conditions.values():
        for key, (values, sign) in keys.items():
            keys[key] = values
            for number in ["", "#1", "#2", "#3"]:
                if rng.random() < (0.9 if number in ("", "#1") else 0.4):
                    lemma.append((rng.choice("+-") if rng.random() < 0.1 else sign) + f"policy/0/Condition/{at}{number}")
            at += 1
    if rng.random() < 0.5:
        lemma.append("+policy/0/Principal")
    text = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": who}, "Action": "s3:GetObject",
        "Resource": rng.choice(["arn:aws:s3:::" + (value(rng, few, True) or "*"), "*"]), "Condition": conditions}]})
    return kind, text, lemma


def certificate(kind, text, lemma):
    proofs = [{"kinds": [kind], "lemmas": [lemma], "statements": [{"statement": 0, "lemmas": [0]}]}]
    document = {"name": "policy", "digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "text": text}
    return {"format": "keyaki-certificate/1", "proofs": proofs, "claim": {
        "question": "unsatisfiable", "policyType": "RESOURCE_POLICY", "documents": [document]}}


def lines_of(keyaki, command, values):
    text = "".join(json.dumps(v) + "\n" for v in values)
    return subprocess.run([keyaki, *command], input=text, text=True, capture_output=True, check=False).stdout.splitlines()


def theirs_of(keyaki, certificates):
    """What `keyaki verify` says: the first line of each judgement, and the line behind it."""
    lines = lines_of(keyaki, ["verify", "-"], certificates)
    at = [n for n, line in enumerate(lines) if line.startswith(("accepted:", "rejected:", "unreadable:"))]
    return [lines[n] + " " + lines[n + 1] for n in at]


def is_named(names, part):
    try:
        names.atom(part[1:])
    except Wrong:
        return False
    return True


def main(keyaki, count, seed):
    sys.setrecursionlimit(20_000)
    rng, made = random.Random(seed), []
    while len(made) < count:
        kind, text, lemma = forged(rng)
        meaning = Meaning(Claim(certificate(kind, text, [])["claim"]))
        meaning.kind = kind
        names = meaning.parts()[2]
        own = certificate(kind, text, [part for part in lemma if is_named(names, part)])
        made.append((own, judge(parse(json.dumps(own)))[1]))
    theirs = theirs_of(keyaki, [own for own, _ in made])
    questions = [{"id": 0, "question": "satisfiable", "policyType": "RESOURCE_POLICY",
                  "policyDocument": json.loads(own["claim"]["documents"][0]["text"])} for own, _ in made]
    answers = [json.loads(line).get("verdict") for line in lines_of(keyaki, ["batch"], questions)]
    if not len(theirs) == len(answers) == len(made):
        sys.exit(f"{len(made)} certificates, {len(theirs)} judgements and {len(answers)} answers")
    tally, wrong = Counter(), 0
    for (own, ours), other, answer in zip(made, theirs, answers):
        accepted = ours.startswith("accepted"), other.startswith("accepted:")
        stands = "no contradiction" not in ours, "no contradiction" not in other
        tally["claim", answer, *accepted] += 1
        tally["lemma", *stands] += 1
        false = answer == "holds" and any(accepted)
        wrong += false
        if false or stands[0] != stands[1]:
            print(f"{'WRONG' if false else 'differ'}: here {ours[:60]}, there {other[:60]}\n  {json.dumps(own)}")
    for what, number in sorted(tally.items(), key=str):
        print(number, *what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
