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
