"""Tests the oracle against its judge on random small policies.

Each round asks the oracle for new access between two random documents, and lets the judge try every
request of a small universe on them. A request that the judge admits where the oracle says `holds`
is a wrong answer, and is printed. (The other way round, every witness is replayed already.)

    python fuzz_oracle.py [ROUNDS] [SEED]
"""

import json
import random
import sys

import judge
from document import KeyFacts, parse_json
from oracle import Scope, answer
from random_policies import random_question

ACCOUNTS = ("111122223333", "444455556666")

def callers():
    """Callers with what follows from them."""
    for account, org in zip(ACCOUNTS, (None, "o-a")):
        base = {"aws:principalaccount": account, "aws:principalisawsservice": "false"}
        if org:
            base |= {"aws:principalorgid": org, "aws:principalorgpaths": [org + "/r/"]}
        arn = f"arn:aws:iam::{account}:"
        yield {"principal": arn + "root", "context": {**base, "aws:principalarn": arn + "root", "aws:principaltype": "Account", "aws:userid": account}}, None
        for rest in ("user/ab", "user/a/ab", "user/b"):
            name = rest.split("/")[-1]
            yield {"principal": arn + rest, "context": {**base, "aws:principalarn": arn + rest, "aws:principaltype": "User", "aws:username": name}}, None
        for rest, session in (("role/x/R", "s1"), ("role/R", "s2")):
            yield {
                "principal": f"arn:aws:sts::{account}:assumed-role/R/{session}",
                "context": {**base, "aws:principalarn": arn + rest, "aws:principaltype": "AssumedRole", "aws:userid": "AROA:" + session},
            }, None
        fed = f"arn:aws:sts::{account}:federated-user/ab"
        context = {**base, "aws:principalarn": fed, "aws:principaltype": "FederatedUser", "aws:userid": account + ":ab"}
        yield {"principal": fed, "context": context}, arn + "user/ab"
        yield {"principal": fed, "context": context}, None


def others():
    """Callers without an account."""
    yield {"principal": "anonymous", "principalType": "Anonymous", "context": {"aws:principalaccount": "anonymous", "aws:principaltype": "Anonymous", "aws:userid": "anonymous"}}, None
    for name in ("ec2.amazonaws.com", "s3.amazonaws.com"):
        yield {"principal": name, "principalType": "Service", "context": {"aws:principalisawsservice": "true"}}, None
    yield {"principal": "a" * 64, "principalType": "CanonicalUser", "context": {"aws:principalisawsservice": "false"}}, None


FREE = {
    "aws:principaltag/t": ["ab", "b"],
    "aws:tagkeys": [["ab"], ["b"], ["ab", "b"], ["c", ""], [""]],
    "aws:sourcevpc": ["a", "A", "ab", ""],
    "aws:sourceip": ["10.1.1.1", "10.200.1.1", "9.1.1.1", "::1"],
    "s3:max-keys": ["1", "2.5", "3"],
    "aws:securetransport": ["true", "false"],
    "aws:currenttime": ["2023-01-01T00:00:00Z", "2024-01-01T00:00:00Z"],
    "aws:sourcearn": ["arn:aws:s3:::b", "arn:aws:s3:::c:b", "arn:aws:sqs:r:111122223333:b", "x"],
    "aws:sourceaccount": ["111122223333", "111100000000"],
}
PLACES = ["arn:aws:s3:::b/ab", "arn:aws:s3:::ab", "arn:aws:sqs:r:111122223333:q", "arn:aws:s3:::a"]


def requests(keys, choice, count):
    """Requests of the small universe, about the keys at hand."""
    everyone = list(callers()) + list(others())
    for _ in range(count):
        caller, parent = choice.choice(everyone)
        context = dict(caller["context"])
        kind = caller.get("principalType", "AWS")
        for key, options in FREE.items():
            tag = key.startswith("aws:principaltag") and (kind != "AWS" and kind != "CanonicalUser" or caller["principal"].endswith("root"))
            if key in keys and not tag and choice.random() < 0.7:
                context[key] = choice.choice(options)
        place = choice.choice(PLACES)
        if "111122223333" in place:
            context["aws:resourceaccount"] = "111122223333"
        elif choice.random() < 0.5:
            context["aws:resourceaccount"] = choice.choice(ACCOUNTS)
        yield {**caller, "action": choice.choice(("s3:getx", "s3:putx", "sqs:a")), "resource": place, "context": context}, parent


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    choice = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    facts, wrong, counts = KeyFacts(), 0, {}
    for number in range(rounds):
        line = random_question(choice, number)
        line = parse_json(json.dumps(line))
        result = answer(line, facts, 5)
        counts[result.get("verdict", "error")] = counts.get(result.get("verdict", "error"), 0) + 1
        if "error" in result:
            print(json.dumps({"answer": result, "line": line}))
            wrong += 1
        if result.get("verdict") != "holds":
            continue
        scope = Scope(line, facts)
        for request, parent in requests(scope.read_as, choice, 3000):
            if line["policyType"] == "IDENTITY_POLICY" and (request.get("principalType", "AWS") != "AWS" or request["principal"].endswith(":root")):
                continue
            if judge.violates(line, scope.documents, facts, request, parent) is True:
                print(json.dumps({"request": request, "parent": parent, "line": line}))
                wrong += 1
                break
    print(counts, f"{wrong} wrong", file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
