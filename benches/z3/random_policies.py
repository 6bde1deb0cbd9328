"""Random small policies over a few keys, dense enough that their statements meet."""

ATOMS = {
    "aws:PrincipalArn": [
        ("ArnLike", "arn:aws:iam::*:role/*"),
        ("StringLike", "arn:aws:iam::111122223333:*"),
        ("ArnNotLike", "arn:aws:iam::*:user/a/*"),
        ("StringNotEquals", "arn:aws:iam::111122223333:root"),
        ("StringLike", "*a"),
    ],
    "aws:PrincipalAccount": [("StringEquals", "111122223333"), ("StringNotLike", "1*"), ("StringEqualsIfExists", "444455556666")],
    "aws:PrincipalType": [("StringEquals", ["User", "Account"]), ("StringNotEquals", "AssumedRole")],
    "aws:username": [("StringEquals", "ab"), ("StringNotLike", "a*"), ("Null", "true"), ("StringEquals", "${aws:PrincipalTag/t}")],
    "aws:userid": [("StringLike", "*:s1"), ("StringNotLike", "111122223333*"), ("Null", "true")],
    "aws:PrincipalTag/t": [("StringEquals", "ab"), ("Null", "false"), ("StringNotEquals", "${aws:username}"), ("StringLike", "*b")],
    "aws:TagKeys": [
        ("ForAllValues:StringLike", ["a*", "b"]),
        ("ForAnyValue:StringNotEquals", "b"),
        ("ForAnyValue:StringEqualsIfExists", "ab"),
        ("StringNotEquals", "b"),
        ("Null", "false"),
        ("ForAllValues:StringNotEquals", "${aws:PrincipalTag/t}"),
    ],
    "aws:SourceVpc": [
        ("StringEqualsIgnoreCase", "A"),
        ("StringLike", ["?", ""]),
        ("StringNotEqualsIfExists", "ab"),
        ("ForAllValues:StringEquals", "a"),
        ("Null", "true"),
        ("ForAnyValue:StringNotLike", "a*"),
    ],
    "aws:SourceIp": [("IpAddress", "10.0.0.0/8"), ("NotIpAddress", ["10.0.0.0/9", "::/0"]), ("StringLike", "10.*"), ("NotIpAddressIfExists", "0.0.0.0/0")],
    "s3:max-keys": [("NumericLessThan", "2"), ("NumericNotEquals", ["1", "2.5"]), ("NumericGreaterThanEqualsIfExists", "2.5")],
    "aws:SecureTransport": [("Bool", "true"), ("StringNotEquals", "true"), ("BoolIfExists", "FALSE")],
    "aws:PrincipalOrgID": [("StringEquals", "o-a"), ("StringNotEquals", "o-a"), ("StringEqualsIfExists", "o-b")],
    "aws:PrincipalOrgPaths": [("ForAnyValue:StringLike", "o-a/*"), ("ForAllValues:StringEquals", "o-b/r/"), ("Null", "true")],
    "aws:CurrentTime": [("DateLessThan", "2024-01-01"), ("DateGreaterThanEqualsIfExists", "2024-01-01T00:00:00Z"), ("Null", "true")],
    "aws:SourceArn": [
        ("ArnLike", "arn:aws:s3:::*"),
        ("StringNotLike", "arn:*:b"),
        ("ArnNotEquals", "arn:aws:s3:::b"),
        ("ArnLike", "arn:aws:*:*:${aws:PrincipalAccount}:*"),
        ("StringEqualsIfExists", "arn:aws:s3:::b"),
    ],
    "aws:SourceAccount": [("StringEquals", "${aws:PrincipalAccount}"), ("StringLike", "1111*"), ("Null", "true"), ("StringNotLike", "*3")],
    "aws:ResourceAccount": [("StringEquals", "${aws:PrincipalAccount}"), ("StringNotEquals", "111122223333"), ("Null", "true")],
}
RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:s3:::${aws:username}", "arn:aws:sqs:*:111122223333:*", "arn:aws:s3:::b/?b", "arn:aws:s3:::${aws:PrincipalTag/t, 'a'}"]
PRINCIPALS = [
    "*",
    {"AWS": "111122223333"},
    {"AWS": ["arn:aws:iam::111122223333:role/x/R", "arn:aws:iam::444455556666:user/a/ab"]},
    {"AWS": "arn:aws:sts::111122223333:assumed-role/R/s1"},
    {"Service": "ec2.amazonaws.com"},
    {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/ab"]},
    {"CanonicalUser": "a" * 64},
]


ZONES = [
    {},
    {"accounts": ["111122223333"]},
    {"organization": "o-a"},
    {"accounts": ["444455556666"], "organization": "o-a", "canonicalUsers": ["a" * 64]},
]
ACCESS = [
    [{"actions": ["s3:GetObject", "s3:PutX"]}],
    [{"resources": ["arn:aws:s3:::b/ab", "arn:aws:s3:::ab*"]}],
    [{"actions": ["s3:*"], "resources": ["arn:aws:s3:::a"]}, {"actions": ["sqs:*"], "resources": ["arn:aws:sqs:*:111122223333:q"]}],
]


def random_question(choice, identity):
    """New access between two random documents; half the time the old one holds the new one's statements."""
    resource_policy = choice.random() < 0.5
    new, old = ([random_statement(choice, resource_policy) for _ in range(choice.randint(1, 3))] for _ in "ab")
    return {
        "id": identity,
        "question": "no-new-access",
        "policyType": "RESOURCE_POLICY" if resource_policy else "IDENTITY_POLICY",
        "newPolicyDocument": {"Version": "2012-10-17", "Statement": new},
        "existingPolicyDocument": {"Version": "2012-10-17", "Statement": new + old if choice.random() < 0.5 else old},
    }


def random_other_question(choice, identity):
    """One of the questions about a single document, or a comparison of documents full of globs."""
    kind = choice.choice(("satisfiable", "not-granted", "no-public-access", "no-external-access", "globs", "globs"))
    if kind == "globs":
        new, old = ([glob_statement(choice) for _ in range(count)] for count in (choice.randint(1, 2), choice.randint(1, 4)))
        documents = {name: {"Version": "2012-10-17", "Statement": part} for name, part in (("newPolicyDocument", new), ("existingPolicyDocument", old))}
        return {"id": identity, "question": "no-new-access", "policyType": "IDENTITY_POLICY", **documents}
    statements = [random_statement(choice, True) for _ in range(choice.randint(1, 4))]
    line = {"id": identity, "question": kind, "policyDocument": {"Version": "2012-10-17", "Statement": statements}}
    if kind in ("satisfiable", "not-granted"):
        line["policyType"] = "RESOURCE_POLICY"
    else:
        line["resourceType"] = choice.choice(("AWS::S3::Bucket", "AWS::SQS::Queue"))
    if kind == "not-granted":
        line["access"] = choice.choice(ACCESS)
    if kind == "no-external-access":
        line["zoneOfTrust"] = choice.choice(ZONES)
    return line


def random_glob(choice):
    """A short pattern over two letters, a colon and a slash."""
    return "".join(choice.choice("aabb**??:/A") for _ in range(choice.randint(1, 6)))


def glob_statement(choice):
    """A statement whose conditions are random globs on two keys, its resource a random pattern."""
    block = {}
    for key in choice.sample(("aws:UserAgent", "aws:username", "aws:PrincipalArn", "aws:SourceArn", "aws:TagKeys"), choice.randint(1, 2)):
        patterns = [random_glob(choice) for _ in range(choice.randint(1, 3))]
        operator = choice.choice(("StringLike", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringLikeIfExists"))
        if key == "aws:PrincipalArn":
            operator = choice.choice(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike"))
            patterns = ["arn:aws:iam::*:" + choice.choice(("role/", "user/", "*", "r*")) + pattern for pattern in patterns]
        if key == "aws:SourceArn":
            operator = choice.choice(("ArnLike", "ArnNotLike", "StringLike", "StringNotLike"))
            patterns = [choice.choice(("arn:aws:*:*:*:", "arn:*:s3:::", "*:*:*:*:*:")) + pattern for pattern in patterns]
        if key == "aws:TagKeys":
            operator = choice.choice(("ForAllValues:", "ForAnyValue:")) + choice.choice(("StringLike", "StringNotLike"))
        block.setdefault(operator, {})[key] = patterns
    resource = choice.choice(("*", "arn:aws:s3:::" + random_glob(choice), "arn:aws:s3:*:*:" + random_glob(choice)))
    return {"Effect": choice.choice(("Allow", "Allow", "Allow", "Deny")), "Action": "s3:GetObject", "Resource": resource, "Condition": block}


def random_statement(choice, resource_policy):
    """A statement of a few of the atoms above."""
    result = {"Effect": choice.choice(("Allow", "Allow", "Deny"))}
    if resource_policy:
        result[choice.choice(("Principal", "Principal", "NotPrincipal"))] = choice.choice(PRINCIPALS)
    result[choice.choice(("Action", "Action", "NotAction"))] = choice.choice(("s3:Get*", "*", ["s3:PutX"]))
    result[choice.choice(("Resource", "Resource", "NotResource"))] = choice.sample(RESOURCES, choice.randint(1, 2))
    block = {}
    for key in choice.sample(sorted(ATOMS), choice.randint(0, 2)):
        for operator, value in choice.sample(ATOMS[key], choice.randint(1, 2)):
            block.setdefault(operator, {})[key] = value
    if block:
        result["Condition"] = block
    return result
