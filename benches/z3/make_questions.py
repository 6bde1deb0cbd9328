"""Makes question files from the corpora, and mutants of real documents.

    python make_questions.py CORPORA OUTPUT [--mutants N] [--random N] [--seed S] [--chunk LINES]

Writes `questions-NAME-NN.jsonl` into OUTPUT: every document is asked for satisfiability, every pair
for new access both ways, every resource and trust document for public and external access. With
`--mutants` it also writes N pairs of a real document and a small edit of it, with `--random` N pairs
of random small policies.
"""

import argparse
import copy
import itertools
import json
import pathlib
import random

from random_policies import random_other_question, random_question

POLICY_TYPES = {
    "scp": "SERVICE_CONTROL_POLICY",
    "rcp": "RESOURCE_CONTROL_POLICY",
    "identity": "IDENTITY_POLICY",
    "managed": "IDENTITY_POLICY",
    "resource": "RESOURCE_POLICY",
    "trust": "RESOURCE_POLICY",
    "vpc-endpoint": "RESOURCE_POLICY",
}
RESOURCE_TYPES = {
    "s3-bucket": "AWS::S3::Bucket",
    "s3-access-point": "AWS::S3::AccessPoint",
    "kms-key": "AWS::KMS::Key",
    "iam-role-trust": "AWS::IAM::AssumeRolePolicyDocument",
    "lambda-function": "AWS::Lambda::Function",
    "sqs-queue": "AWS::SQS::Queue",
    "sns-topic": "AWS::SNS::Topic",
    "secretsmanager-secret": "AWS::SecretsManager::Secret",
    "efs": "AWS::EFS::FileSystem",
    "es-domain": "AWS::OpenSearchService::Domain",
    "apigateway": "AWS::ApiGateway::RestApi",
    "backup-vault": "AWS::Backup::BackupVault",
    "s3express-bucket": "AWS::S3Express::DirectoryBucket",
}
ZONE = {"accounts": ["111122223333"], "organization": "o-exampleorgid"}


def records(path):
    """The records of a file of JSON Lines."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def wild(corpora):
    """Every wild document: id, family, kind, document."""
    for path in sorted((corpora / "wild").glob("*.jsonl")):
        if path.stem in ("pairs", "malformed"):
            continue
        for record in records(path):
            yield record["id"], record["family"], record["kind"], record["document"]


def satisfiable(corpora):
    """One question a document."""
    for identity, family, _, document in wild(corpora):
        yield ask(f"{family}/{identity}", "satisfiable", policyType=POLICY_TYPES[family], policyDocument=document)
    for record in records(corpora / "managed" / "newest.jsonl"):
        name = f"managed/{record['name']}"
        yield ask(name, "satisfiable", policyType="IDENTITY_POLICY", policyDocument=record["document"])


def new_access(corpora, folder):
    """Every pair, both ways."""
    for index, record in enumerate(records(corpora / folder / "pairs.jsonl")):
        kind = POLICY_TYPES[record.get("family", "managed")]
        for way, first, second in (("forth", "old", "new"), ("back", "new", "old")):
            yield ask(
                f"{folder}-pairs/{index}/{way}",
                "no-new-access",
                policyType=kind,
                existingPolicyDocument=record[first],
                newPolicyDocument=record[second],
            )


def reachable(corpora):
    """Public and external access of every resource and trust policy whose kind has a resource type."""
    for identity, family, kind, document in wild(corpora):
        if family in ("resource", "trust") and kind in RESOURCE_TYPES:
            members = {"resourceType": RESOURCE_TYPES[kind], "policyDocument": document}
            yield ask(f"public/{identity}", "no-public-access", **members)
            yield ask(f"external/{identity}", "no-external-access", **members, zoneOfTrust=ZONE)


def ask(identity, question, **members):
    """One batch line."""
    return {"id": identity, "question": question, **members}


# Mutants.


def mutants(corpora, count, seed):
    """Pairs of a real document and a small edit of it."""
    choice = random.Random(seed)
    documents = [item for item in wild(corpora) if small(item[3])]
    made = 0
    while made < count:
        identity, family, _, document = choice.choice(documents)
        edited = copy.deepcopy(document)
        edit = choice.choice(EDITS)
        if not edit(edited, choice) or edited == document:
            continue
        first, second = (document, edited) if choice.random() < 0.5 else (edited, document)
        yield ask(
            f"mutant/{seed}/{made}/{edit.__name__}/{identity}",
            "compare",
            policyType=POLICY_TYPES[family],
            existingPolicyDocument=first,
            newPolicyDocument=second,
        )
        made += 1


def small(document):
    """Whether a document is small enough for a solver."""
    return isinstance(document.get("Statement"), (list, dict)) and len(json.dumps(document)) < 6000


def statements(document):
    """The statements as a list inside the document."""
    if isinstance(document["Statement"], dict):
        document["Statement"] = [document["Statement"]]
    return document["Statement"]


def a_statement(document, choice, wanted=lambda statement: True):
    """Any statement of a wanted shape, or None."""
    found = [s for s in statements(document) if wanted(s)]
    return choice.choice(found) if found else None


def a_condition(document, choice):
    """A block of conditions and one of its operators, or None."""
    statement = a_statement(document, choice, lambda s: s.get("Condition"))
    if statement is None:
        return None
    return statement, choice.choice(list(statement["Condition"]))


def drop_statement(document, choice):
    """Leaves one statement out."""
    found = statements(document)
    if len(found) < 2:
        return False
    del found[choice.randrange(len(found))]
    return True


def drop_condition(document, choice):
    """Leaves one operator out."""
    found = a_condition(document, choice)
    if found is None:
        return False
    del found[0]["Condition"][found[1]]
    if not found[0]["Condition"]:
        del found[0]["Condition"]
    return True


def rename(found, name):
    """Gives an operator another name, unless that one is there already."""
    conditions = found[0]["Condition"]
    if name in conditions:
        return False
    found[0]["Condition"] = {name if old == found[1] else old: block for old, block in conditions.items()}
    return True


def negate_operator(document, choice):
    """`StringEquals` becomes `StringNotEquals`, and so on."""
    found = a_condition(document, choice)
    if found is None:
        return False
    name = found[1]
    for plain, negated in (("StringEquals", "StringNotEquals"), ("StringLike", "StringNotLike"), ("ArnLike", "ArnNotLike"),
                           ("ArnEquals", "ArnNotEquals"), ("NotIpAddress", "IpAddress"), ("IpAddress", "NotIpAddress")):
        for one, two in ((negated, plain), (plain, negated)):
            if one in name:
                return rename(found, name.replace(one, two))
    if name == "Bool":
        block = found[0]["Condition"]["Bool"]
        for key, value in block.items():
            block[key] = "false" if str(value).lower() == "true" else "true"
        return True
    return False


def add_if_exists(document, choice):
    """Adds or takes away `IfExists`."""
    found = a_condition(document, choice)
    if found is None or found[1].lower() == "null":
        return False
    name = found[1]
    return rename(found, name[: -len("IfExists")] if name.endswith("IfExists") else name + "IfExists")


def add_set_operator(document, choice):
    """Adds, takes away or changes a set operator."""
    found = a_condition(document, choice)
    if found is None or found[1].lower() == "null":
        return False
    base = found[1].split(":")[-1]
    return rename(found, choice.choice([base, "ForAllValues:" + base, "ForAnyValue:" + base]))


def change_value(document, choice):
    """Adds, drops or widens a value of a condition."""
    found = a_condition(document, choice)
    if found is None:
        return False
    block = found[0]["Condition"][found[1]]
    if not block:
        return False
    key = choice.choice(list(block))
    values = block[key] if isinstance(block[key], list) else [block[key]]
    if not values or not all(isinstance(value, str) for value in values):
        return False
    at = choice.randrange(len(values))
    action = choice.choice(("drop", "star", "add", "tail"))
    if action == "drop":
        values = values[:at] + values[at + 1 :]
    elif action == "add":
        values = values + [values[at] + "x"]
    else:
        values = values[:at] + [values[at] + "*" if action == "star" else values[at][:-1]] + values[at + 1 :]
    block[key] = values
    return bool(values)


def swap_effect(document, choice):
    """Allow becomes Deny, Deny becomes Allow."""
    statement = a_statement(document, choice)
    if statement is None or "Effect" not in statement:
        return False
    statement["Effect"] = "Deny" if statement["Effect"] == "Allow" else "Allow"
    return True


def change_pattern(document, choice, names):
    """Widens or narrows one string of an element."""
    statement = a_statement(document, choice, lambda s: any(name in s for name in names))
    if statement is None:
        return False
    name = choice.choice([n for n in names if n in statement])
    values = statement[name] if isinstance(statement[name], list) else [statement[name]]
    if not values or not all(isinstance(value, str) for value in values):
        return False
    at = choice.randrange(len(values))
    text = values[at]
    spot = choice.randrange(len(text) + 1)
    stars = [index for index, char in enumerate(text) if char == "*"]
    options = [text[:spot] + choice.choice("*?") + text[spot:], text + "*"]
    if stars:
        star = choice.choice(stars)
        options += [text[:star] + "?" + text[star + 1 :], text[:star] + "a*" + text[star + 1 :], text[:star] + "?*" + text[star + 1 :]]
    statement[name] = values[:at] + [choice.choice(options)] + values[at + 1 :]
    return True


def change_wildcard(document, choice):
    """Another wildcard in a resource."""
    return change_pattern(document, choice, ("Resource", "NotResource"))


def widen_action(document, choice):
    """Another wildcard in an action."""
    return change_pattern(document, choice, ("Action", "NotAction"))


def negate_element(document, choice):
    """Action becomes NotAction, Resource NotResource, Principal NotPrincipal, and back."""
    statement = a_statement(document, choice)
    if statement is None:
        return False
    names = [name for name in ("Action", "Resource", "Principal") if name in statement or "Not" + name in statement]
    if not names:
        return False
    name = choice.choice(names)
    old, new = (name, "Not" + name) if name in statement else ("Not" + name, name)
    statement[new] = statement.pop(old)
    return True


def add_variable(document, choice):
    """A policy variable in a resource."""
    statement = a_statement(document, choice, lambda s: "Resource" in s)
    if statement is None or document.get("Version") != "2012-10-17":
        return False
    values = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    places = [i for i, value in enumerate(values) if isinstance(value, str) and value.count(":") >= 5]
    if not places:
        return False
    at = choice.choice(places)
    variable = choice.choice(("${aws:username}", "${aws:PrincipalTag/team}", "${aws:PrincipalAccount}", "${aws:SourceVpc, 'none'}"))
    head = values[at].split(":", 5)
    place = choice.randrange(len(head[5]) + 1)
    head[5] = head[5].replace("*", variable, 1) if "*" in head[5] and choice.random() < 0.7 else head[5][:place] + variable + head[5][place:]
    if values[at].count("${"):
        return False
    statement["Resource"] = values[:at] + [":".join(head)] + values[at + 1 :]
    return True


def add_condition(document, choice):
    """A condition that was not there."""
    statement = a_statement(document, choice)
    if statement is None:
        return False
    operator, key, value = choice.choice(
        [
            ("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*Admin*"),
            ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::*:role/ops/*"),
            ("StringEquals", "aws:PrincipalOrgID", "o-exampleorgid"),
            ("StringNotEqualsIfExists", "aws:SourceVpc", ["vpc-1", "vpc-2"]),
            ("Bool", "aws:SecureTransport", "false"),
            ("NotIpAddress", "aws:SourceIp", ["10.0.0.0/8", "203.0.113.0/24"]),
            ("ForAllValues:StringLike", "aws:TagKeys", ["team", "cost-*"]),
            ("ForAnyValue:StringNotEquals", "aws:CalledVia", "athena.amazonaws.com"),
            ("DateLessThan", "aws:CurrentTime", "2030-01-01T00:00:00Z"),
            ("NumericLessThanEquals", "aws:MultiFactorAuthAge", "3600"),
            ("Null", "aws:SourceArn", "true"),
            ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ]
    )
    block = statement.setdefault("Condition", {})
    if operator in block:
        return False
    block[operator] = {key: value}
    return True


EDITS = [
    drop_statement,
    drop_condition,
    negate_operator,
    add_if_exists,
    add_set_operator,
    change_value,
    swap_effect,
    change_wildcard,
    widen_action,
    negate_element,
    add_variable,
    add_condition,
]


def write(folder, name, lines, chunk):
    """Chunks of a stream of questions."""
    for number in itertools.count():
        part = list(itertools.islice(lines, chunk))
        if not part:
            return
        path = folder / f"questions-{name}-{number:02}.jsonl"
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in part), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpora", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--mutants", type=int, default=0)
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--only", action="store_true", help="mutants and random pairs alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chunk", type=int, default=500)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    corpora = options.corpora
    if not options.only:
        write(options.output, "satisfiable", satisfiable(corpora), options.chunk)
        write(options.output, "wild-pairs", new_access(corpora, "wild"), options.chunk)
        write(options.output, "managed-pairs", new_access(corpora, "managed"), options.chunk)
        write(options.output, "reachable", reachable(corpora), options.chunk)
    if options.mutants:
        write(options.output, f"mutants-{options.seed}", mutants(corpora, options.mutants, options.seed), options.chunk)
    if options.random:
        choice = random.Random(options.seed)
        lines = (random_question(choice, f"random/{options.seed}/{number}") for number in range(options.random))
        write(options.output, f"random-{options.seed}", lines, options.chunk)
        lines = (random_other_question(choice, f"other/{options.seed}/{number}") for number in range(options.random))
        write(options.output, f"other-{options.seed}", lines, options.chunk)


if __name__ == "__main__":
    main()
