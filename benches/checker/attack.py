#!/usr/bin/env python3
"""Corrupts certificates and holds both checkers against what the program says of the corrupted claims.

    attack.py KEYAKI COUNT SEED < answers.jsonl

Each corrupted certificate must be rejected, or its claim must still hold. Prints a line for each that is accepted though its
claim does not hold, for each on which the checkers disagree, and the counts. Exit 1 if something was accepted wrongly.
"""

import copy
import hashlib
import json
import random
import subprocess
import sys
from collections import Counter

from check import certificates, judge
from keys import KINDS
from strict import Number, parse

KINDS_OF_TYPE = {"Allow": "Deny", "Deny": "Allow"}


def digest(document):
    document["digest"] = "sha256:" + hashlib.sha256(document["text"].encode()).hexdigest()


def statements(policy):
    found = policy["Statement"]
    return found if isinstance(found, list) else [found]


def rewrite(certificate, rng, change):
    """Changes one document and its digest with it."""
    document = rng.choice(certificate["claim"]["documents"])
    policy = json.loads(document["text"])
    if change(policy) is False:
        return False
    document["text"] = json.dumps(policy)
    digest(document)


def lemma_lists(certificate):
    for proof in certificate["proofs"]:
        yield proof["lemmas"]
        for statement in proof["statements"]:
            for choice in statement.get("pinned", []):
                yield choice["lemmas"]


def case_lists(certificate):
    for proof in certificate["proofs"]:
        for statement in proof["statements"]:
            for holder in [statement, *statement.get("pinned", [])]:
                if holder.get("cases"):
                    yield holder["cases"]


def some(rng, found):
    found = [item for item in found if item]
    return rng.choice(found) if found else None


def drop_lemma(c, rng):
    found = some(rng, lemma_lists(c))
    if found is None:
        return False
    found.pop(rng.randrange(len(found)))


def drop_literal(c, rng):
    lemma = some(rng, [lemma for found in lemma_lists(c) for lemma in found])
    if lemma is None:
        return False
    lemma.pop(rng.randrange(len(lemma)))


def flip_sign(c, rng):
    lemma = some(rng, [lemma for found in lemma_lists(c) for lemma in found])
    if lemma is None:
        return False
    at = rng.randrange(len(lemma))
    lemma[at] = ("-" if lemma[at][0] == "+" else "+") + lemma[at][1:]


def rename(c, rng):
    names = sorted({text[1:] for found in lemma_lists(c) for lemma in found for text in lemma})
    lemma = some(rng, [lemma for found in lemma_lists(c) for lemma in found])
    if lemma is None or len(names) < 2:
        return False
    at = rng.randrange(len(lemma))
    lemma[at] = lemma[at][0] + rng.choice([name for name in names if name != lemma[at][1:]])


def other_index(c, rng):
    statement = some(rng, [s for proof in c["proofs"] for s in proof["statements"]])
    if statement is None:
        return False
    if statement.get("lemmas") and rng.random() < 0.6:
        statement["lemmas"][rng.randrange(len(statement["lemmas"]))] = rng.randrange(4)
    else:
        statement["statement"] = rng.randrange(4)


def drop_used(c, rng):
    statement = some(rng, [s for proof in c["proofs"] for s in proof["statements"] if s.get("lemmas")])
    if statement is None:
        return False
    statement["lemmas"].pop(rng.randrange(len(statement["lemmas"])))


def drop_kind(c, rng):
    proof = some(rng, [proof for proof in c["proofs"] if proof["kinds"]])
    if proof is None:
        return False
    proof["kinds"].pop(rng.randrange(len(proof["kinds"])))


def move_kind(c, rng):
    one, other = rng.choice(c["proofs"]), rng.choice(c["proofs"])
    if one is other or not one["kinds"]:
        return False
    other["kinds"].append(one["kinds"].pop(rng.randrange(len(one["kinds"]))))


def drop_case(c, rng):
    cases = some(rng, case_lists(c))
    if cases is None:
        return False
    cases.pop(rng.randrange(len(cases)))


def deepen_case(c, rng):
    cases = some(rng, case_lists(c))
    if cases is None:
        return False
    case = rng.choice(cases)
    case[0] = max(1, int(case[0]) + rng.choice([-1, 1]))


def change_pins(c, rng):
    choice = some(rng, [p for proof in c["proofs"] for s in proof["statements"] for p in s.get("pinned", [])])
    if choice is None or not choice["pins"]:
        return False
    key = rng.choice(sorted(choice["pins"]))
    choice["pins"][key] = rng.choice([None, "x", "", "*"])


def exchange_documents(c, rng):
    documents = c["claim"]["documents"]
    if len(documents) < 2:
        return False
    for member in ("text", "digest"):
        documents[0][member], documents[1][member] = documents[1][member], documents[0][member]


def drop_statement(c, rng):
    def change(policy):
        found = statements(policy)
        if len(found) < 2:
            return False
        found.pop(rng.randrange(len(found)))
    return rewrite(c, rng, change)


def turn_effect(c, rng):
    def change(policy):
        statement = rng.choice(statements(policy))
        statement["Effect"] = KINDS_OF_TYPE[statement["Effect"]]
    return rewrite(c, rng, change)


def widen(c, rng):
    def change(policy):
        statement = rng.choice(statements(policy))
        name = rng.choice([n for n in ("Action", "NotAction", "Resource", "NotResource") if n in statement])
        found = statement[name]
        if not isinstance(found, list):
            statement[name] = rng.choice(["*", found + "*", found[:-1] + "?" if len(found) > 9 else "*"])
        elif rng.random() < 0.5 and len(found) > 1:
            found.pop(rng.randrange(len(found)))
        else:
            at = rng.randrange(len(found))
            found[at] = rng.choice([found[at] + "*", found[at][:-2] + "*" if len(found[at]) > 12 else found[at] + "?"])
    return rewrite(c, rng, change)


def loosen_condition(c, rng):
    def change(policy):
        statement = some(rng, [s for s in statements(policy) if s.get("Condition")])
        if statement is None:
            return False
        operator = rng.choice(list(statement["Condition"]))
        block = statement["Condition"][operator]
        what = rng.randrange(4)
        if what == 0 or not block:
            del statement["Condition"][operator]
        elif what == 1:
            del block[rng.choice(list(block))]
        elif what == 2:
            new = operator + "IfExists" if not operator.lower().endswith("ifexists") else operator[:-8]
            statement["Condition"][new] = statement["Condition"].pop(operator)
        else:
            key = rng.choice(list(block))
            values = block[key] if isinstance(block[key], list) else [block[key]]
            block[key] = values[1:] if len(values) > 1 else [*values, "zz*"]
    return rewrite(c, rng, change)


def other_principal(c, rng):
    def change(policy):
        statement = some(rng, [s for s in statements(policy) if "Principal" in s])
        if statement is None:
            return False
        statement["Principal"] = rng.choice(["*", {"AWS": "999999999999"}, {"Service": "ec2.amazonaws.com"}])
    return rewrite(c, rng, change)


def other_question(c, rng):
    claim = c["claim"]
    if claim["question"] == "no-public-access":
        claim["resourceType"] = rng.choice(["AWS::SQS::Queue", "AWS::S3::AccessPoint", "AWS::IAM::AssumeRolePolicyDocument"])
    elif claim["question"] == "not-granted":
        entry = rng.choice(claim["access"])
        if not entry:
            return False
        del entry[rng.choice(sorted(entry))]
    elif claim["question"] == "no-external-access":
        claim["zoneOfTrust"] = {}
    else:
        return False


def other_type(c, rng):
    # The other questions are about resource policies alone, so that nobody else could be asked.
    if c["claim"]["question"] not in ("unsatisfiable", "no-new-access", "not-granted"):
        return False
    c["claim"]["policyType"] = rng.choice(["IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY",
                                           "RESOURCE_CONTROL_POLICY"])


def double_member(c, rng):
    c["proofs"].append({"kinds": [rng.choice(KINDS)], "lemmas": [], "statements": []})


ATTACKS = [drop_lemma, drop_literal, flip_sign, rename, other_index, drop_used, drop_kind, move_kind, drop_case,
           deepen_case, change_pins, exchange_documents, drop_statement, turn_effect, widen, loosen_condition,
           other_principal, other_question, other_type, double_member]


def question(claim):
    """The line for `keyaki batch` that asks whether a claim holds, and the verdict that says so."""
    out = {name: claim[name] for name in ("question", "policyType", "access", "resourceType", "zoneOfTrust")
           if name in claim}
    documents = {document["name"]: document["text"] for document in claim["documents"]}
    for name, text in documents.items():
        member = {"policy": "policyDocument", "new": "newPolicyDocument", "existing": "existingPolicyDocument"}[name]
        out[member] = json.loads(text)
    wanted = "holds"
    if out["question"] == "unsatisfiable":
        out["question"], wanted = "satisfiable", "fails"
    if out["question"] in ("no-external-access", "no-public-access"):
        out.pop("policyType")
        out.setdefault("resourceType", "AWS::S3::Bucket")
    return out, wanted


def plain(value):
    """The value with numbers in the place of their texts."""
    if isinstance(value, Number):
        return int(value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return value


def main(keyaki, count, seed):
    rng = random.Random(seed)
    good = [plain(certificate) for certificate in certificates(sys.stdin.read())]
    made, tally = [], Counter()
    while len(made) < count:
        certificate, attack = copy.deepcopy(rng.choice(good)), rng.choice(ATTACKS)
        before = json.dumps(certificate)
        if attack(certificate, rng) is not False and json.dumps(certificate) != before:
            made.append((attack.__name__, certificate))
    ours = [judge(parse(json.dumps(certificate))) for _, certificate in made]
    lines = "".join(json.dumps(certificate) + "\n" for _, certificate in made)
    theirs = subprocess.run([keyaki, "verify", "-"], input=lines, text=True, capture_output=True, check=False).stdout
    theirs = theirs.split("\n")
    theirs = [line.partition(":")[0] + theirs[at + 1][:200] for at, line in enumerate(theirs)
              if line.startswith(("accepted:", "rejected:", "unreadable:"))]
    asked = subprocess.run([keyaki, "batch"], text=True, capture_output=True, check=False, input="".join(
        json.dumps(question(certificate["claim"])[0]) + "\n" for _, certificate in made)).stdout
    answers = [json.loads(line) for line in asked.split("\n") if line]
    if not len(made) == len(answers) == len(theirs):
        sys.exit(f"{len(made)} certificates, {len(answers)} answers, {len(theirs)} judgements")
    wrong = 0
    for (attack, certificate), (accepted, line), other, answer in zip(made, ours, theirs, answers):
        holds = answer.get("verdict") == question(certificate["claim"])[1]
        tally[accepted, holds] += 1
        tally[attack] += 1
        if (accepted or other.startswith("accepted")) and not holds:
            wrong += 1
            print(f"WRONG {attack}: {line} / {other} though {answer}\n  {json.dumps(certificate)}")
        if accepted != other.startswith("accepted"):
            tally["disagree"] += 1
            print(f"DISAGREE {attack}: {line} / {other} / {answer.get('verdict')}\n  {json.dumps(certificate)}")
    print(f"{len(made)} corrupted: {tally[False, False]} rejected and false, {tally[False, True]} rejected though the claim "
          f"holds, {tally[True, True]} still valid, {wrong} wrongly accepted, {tally['disagree']} judged otherwise by the "
          f"other checker")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.setrecursionlimit(20_000)
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
