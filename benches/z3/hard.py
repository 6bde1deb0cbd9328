"""Writes `hard.jsonl`: small tricky questions, some by hand, some by pairing atoms on one key.

    python hard.py > hard.jsonl
"""

import itertools
import json

LINES = []
V = "2012-10-17"
ACC, ACC2 = "111122223333", "444455556666"


def statement(effect="Allow", action="s3:GetObject", resource="*", principal=None, condition=None, **more):
    """One statement; elements given in `more` replace their positive twin."""
    result = {"Effect": effect}
    if principal is not None and "NotPrincipal" not in more:
        result["Principal"] = principal
    if "NotAction" not in more:
        result["Action"] = action
    if resource is not None and "NotResource" not in more:
        result["Resource"] = resource
    result.update(more)
    if condition is not None:
        result["Condition"] = condition
    return result


def policy(*statements, version=V):
    return {"Version": version, "Statement": list(statements)}


def emit(name, question, **members):
    LINES.append({"id": name, "question": question, **members})


def sat(name, *statements, kind="IDENTITY_POLICY", version=V):
    emit(name, "satisfiable", policyType=kind, policyDocument=policy(*statements, version=version))


def new(name, fresh, old, kind="IDENTITY_POLICY", version=V, question="no-new-access"):
    fresh = fresh if isinstance(fresh, list) else [fresh]
    old = old if isinstance(old, list) else [old]
    documents = {"newPolicyDocument": policy(*fresh, version=version), "existingPolicyDocument": policy(*old, version=version)}
    emit(name, question, policyType=kind, **documents)


def when(*conditions, **more):
    """An Allow under conditions given as (operator, key, value)."""
    return statement(condition=block(conditions), **more)


def deny(*conditions, **more):
    return statement("Deny", condition=block(conditions) if conditions else None, **more)


def block(conditions):
    result = {}
    for operator, key, value in conditions:
        result.setdefault(operator, {})[key] = value
    return result


R = "RESOURCE_POLICY"
ARN = "aws:PrincipalArn"


def pairs(title, key, atoms, kind="IDENTITY_POLICY", **more):
    """Each two atoms on one key: both at once, and one against the other."""
    for (i, first), (j, second) in itertools.combinations(enumerate(atoms), 2):
        one, two = (first[0], key, first[1]), (second[0], key, second[1])
        if first[0] != second[0]:
            sat(f"{title}-{i}-{j}-both", when(one, two, **more), kind=kind)
        new(f"{title}-{i}-{j}-inside", when(one, **more), when(two, **more), kind=kind, question="compare")


def operators():
    """Every operator, paired on one key with its neighbours."""
    pairs("string", "aws:SourceVpc", [
        ("StringEquals", "a"), ("StringNotEquals", "a"), ("StringEqualsIgnoreCase", "A"), ("StringLike", "?"),
        ("StringNotLike", "*b*"), ("StringNotEqualsIgnoreCase", ["a", "B"]),
    ])
    pairs("like", "aws:UserAgent", [
        ("StringLike", "*?"), ("StringLike", "?*"), ("StringLike", "?*?"), ("StringLike", "a*b*c"), ("StringNotLike", "a*"),
    ])
    pairs("arn", "aws:SourceArn", [
        ("ArnLike", "arn:aws:s3:::*"), ("StringLike", "arn:aws:s3:*"), ("ArnEquals", "arn:aws:*:*:*:b?"),
        ("ArnNotLike", "arn:*:s3:::b1"), ("StringEquals", "arn:aws:s3:::b1"), ("StringNotLike", "*:*:*:*:*:*"),
    ])
    pairs("number", "s3:max-keys", [
        ("NumericLessThan", "10"), ("NumericGreaterThanEquals", "9.5"), ("NumericEquals", ["10", "10.0"]),
        ("NumericNotEquals", "9.75"), ("StringLike", "9.*"), ("NumericLessThanEqualsIfExists", "-3"),
    ])
    pairs("date", "aws:TokenIssueTime", [
        ("DateLessThan", "2024-03-01"), ("DateGreaterThan", "2024-02-28T23:59:59Z"), ("DateEquals", "2024-02-29T12:00:00+02:00"),
        ("DateNotEquals", "2024-02-29T10:00:00Z"), ("StringLike", "2024-02-30*"), ("DateGreaterThanEqualsIfExists", "1709208000"),
    ])
    pairs("ip", "aws:SourceIp", [
        ("IpAddress", "10.0.0.0/8"), ("NotIpAddress", "10.0.0.0/9"), ("IpAddress", ["10.0.0.0/9", "10.128.0.0/9"]),
        ("IpAddress", "2001:db8::/32"), ("NotIpAddress", ["0.0.0.0/0"]), ("NotIpAddressIfExists", ["0.0.0.0/0", "::/0"]),
    ])
    pairs("bool", "aws:SecureTransport", [
        ("Bool", "true"), ("Bool", "FALSE"), ("StringEquals", "true"), ("StringNotEquals", "false"), ("Null", "true"),
        ("BoolIfExists", True),
    ])
    pairs("binary", "custom:blob", [("BinaryEquals", "QUI="), ("BinaryEquals", "QUJD"), ("StringLike", "QU*"), ("Null", "false")])
    pairs("many", "aws:TagKeys", [
        ("ForAllValues:StringEquals", ["a", "b"]), ("ForAnyValue:StringEquals", ["b", "c"]), ("ForAnyValue:StringNotEquals", "a"),
        ("ForAllValues:StringNotLike", "?"), ("Null", "true"), ("ForAnyValue:StringEqualsIfExists", "a"), ("StringNotEquals", "a"),
    ])
    pairs("single-set", "aws:SourceVpce", [
        ("ForAllValues:StringEquals", "v"), ("StringEquals", "v"), ("ForAnyValue:StringEquals", "v"), ("Null", "false"),
        ("StringEqualsIfExists", "v"), ("ForAllValues:StringNotEquals", "v"),
    ])


def text():
    """Globs against globs, and case."""
    key = "aws:UserAgent"
    for index, (left, right) in enumerate([
        ("?*", "*?"), ("*?*", "?*"), ("ab*b*b*b", "a*b*b*b"), ("*a??", "*a?*"), ("*a??*", "*"), ("a*a", "a*"),
        ("*a*b*", ["*a*", "*b*"]), ("*", ["", "?*"]), ("??*", ["?", "*a*"]), ("*ab*", ["*a*b*"]), ("*a*b*", ["*ab*"]),
        ("a?c", ["abc"]), ("*aa*", ["*a*a*"]), ("*a?a*", ["*a*a*", "*b*"]), ("a*", ["a", "a?*"]), ("\u00e9*", ["?*"]),
        ("*a" + "?" * 8, ["*a" + "?" * 8]), ("*a" + "?" * 6 + "*", ["*a" + "?" * 7 + "*", "*a" + "?" * 6]), ("\U0001f600", ["?"]),
    ]):
        new(f"glob-{index}", when(("StringLike", key, left)), when(("StringLike", key, right)))
    sat("star-literal", when(("StringEquals", key, "*"), ("StringNotLike", key, "?")))
    sat("star-literal-long", when(("StringEquals", key, "a*"), ("StringNotLike", key, "a?")))
    new("case-literals", when(("StringEqualsIgnoreCase", key, "aB")), when(("StringEquals", key, ["ab", "aB", "Ab", "AB"])))
    new("case-missing", when(("StringEqualsIgnoreCase", key, "aB")), when(("StringEquals", key, ["ab", "aB", "Ab"])))
    new("case-ascii-only", when(("StringEqualsIgnoreCase", key, "\u00c9")), when(("StringEquals", key, "\u00c9")))
    new("case-like", when(("StringEqualsIgnoreCase", key, "abc")), when(("StringLike", key, ["[aA]*", "a*", "A*"])))
    sat("empty-text", when(("StringEquals", key, "")))
    sat("empty-text-null", when(("StringEquals", key, ""), ("Null", key, "false")))
    sat("empty-list", when(("StringEquals", key, [])))
    sat("empty-list-negated", when(("StringNotEquals", key, [])))
    new("key-case", when(("StringEquals", "AWS:useragent", "x")), when(("StringEquals", "aws:UserAgent", "x")))
    new("tag-key-case", when(("StringEquals", "aws:RequestTag/Team", "x")), when(("StringEquals", "aws:requesttag/TEAM", "x")))
    new("action-case", statement(action="S3:GETobject"), statement(action="s3:getObject"))
    new("action-globs", statement(action="s3:*Object"), statement(action=["s3:Get*", "s3:Put*"]))
    new("action-question", statement(action="s3:Get?bject"), statement(action="s3:Get*ject"))
    new("not-action", statement(NotAction="s3:Get*"), [statement(action="*"), deny(action="s3:Get*")], question="compare")
    new("not-action-two", statement(NotAction=["s3:*", "sqs:*"]), [statement(NotAction="s3:*"), deny(action="sqs:*")], question="compare")
    sat("action-odd", statement(action="s3:Get Object"))
    sat("action-no-colon", statement(action="s3"))
    sat("action-colon-glob", statement(action="*:*:*"))
    new("action-star-colon", statement(action="*"), statement(action="*:*"), question="compare")
    digits = [f"*{d}*" for d in range(10)]
    sat("all-digits-denied", statement(principal="*"), deny(("StringLike", "aws:SourceAccount", digits), principal="*"), kind=R)
    sat("nine-digits-denied", when(("Null", "aws:SourceAccount", "false"), principal="*"),
        deny(("StringLike", "aws:SourceAccount", digits[:9]), principal="*"), kind=R)
    sat("all-digits-present", when(("Null", "aws:SourceAccount", "false"), principal="*"),
        deny(("StringLike", "aws:SourceAccount", digits), principal="*"), kind=R)
    sat("account-digits-principal", statement(), deny(("StringLike", "aws:PrincipalAccount", digits)))
    sat("account-distinct", when(("StringLike", "aws:PrincipalAccount", [f"*{d}*{d}*" for d in range(10)])))
    sat("account-eleven-digits", statement(), deny(("StringLike", "aws:PrincipalAccount", [f"*{d}*{d}*" for d in range(10)])))
    sat("account-thirteen", when(("StringLike", "aws:PrincipalAccount", "1111222233334*")))
    sat("account-letters", when(("StringLike", "aws:PrincipalAccount", "*a*")))


def resources():
    """Part-wise resources and NotResource."""
    for index, (left, right) in enumerate([
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b*"), ("arn:aws:s3:::b*", "arn:aws:s3:::b/*"), ("arn:*", "*"), ("*", "arn:*"),
        ("arn:aws:s3:::*:*", "arn:aws:s3:::*"), ("arn:aws:sqs:*:*:q", "arn:aws:sqs:us-east-1:1:q"), ("*:*", "*"), ("**", "*"),
        ("arn:aws:s3*", "arn:aws:s3:*:*:*"), ("arn:aws:s3*", "arn:aws:s3*:*:*:*:*"), ("arn:aws:s3:::*", ["arn:aws:s3:::?", "arn:aws:s3:::??*"]),
        ("arn:aws:sqs:*:*:*", ["arn:aws:sqs:?*:*:*", "arn:aws:sqs::*:*"]), ("arn:aws:ec2:*:*:instance/*:x", "arn:aws:ec2:*:*:instance/*"),
        ("a*:aws:s3:::x", "arn:aws:s3:::x"), ("arn:*:*:*:*:*", "*"), ("arn:aws:s3:::\u00e9", "arn:aws:s3:::?"),
    ]):
        new(f"resource-{index}", statement(resource=left), statement(resource=right), question="compare")
    new("not-resource", statement(NotResource="arn:aws:s3:::b"), [statement(), deny(resource="arn:aws:s3:::b")], question="compare")
    new("not-resource-list", statement(NotResource=["arn:aws:s3:::a*", "arn:aws:s3:::?b*"]), statement(NotResource="arn:aws:s3:::ab"), question="compare")
    sat("resource-impossible", statement(resource="arn:aws::::x"))
    sat("resource-empty-last", statement(resource="arn:aws:s3:::"))
    sat("resource-short", statement(resource="mybucket"), statement("Deny", "s3:Put*"))
    sat("resource-short-other", statement(resource=["mybucket", "arn:aws:s3:::b"]))
    sat("resource-short-denied", statement(resource="mybucket"), deny(resource="*"))
    new("resource-short-same", statement(resource="mybucket"), statement(resource="mybucket"))
    new("resource-short-deny", [statement(), deny(resource="mybucket")], statement(resource="arn:aws:s3:::*"))
    sat("resource-short-scp", statement(resource="mybucket"), kind="SERVICE_CONTROL_POLICY")
    sat("resource-left-out", statement(resource=None, principal="*"), kind=R)
    sat("resource-left-out-identity", statement(resource=None))
    sat("principal-left-out", statement(), kind=R)
    sat("principal-left-out-denied", statement(), deny(principal="*"), kind=R)
    emit("granted-any", "not-granted", policyType=R, policyDocument=policy(statement(principal="*", resource="arn:aws:s3:::b/*")), access=[{"actions": ["s3:GetObject"]}])
    emit("granted-none", "not-granted", policyType=R, policyDocument=policy(statement(principal="*", resource="arn:aws:s3:::b/*")), access=[{"actions": ["s3:PutObject"]}, {"resources": ["arn:aws:s3:::c*"]}])
    emit("granted-pair", "not-granted", policyType="IDENTITY_POLICY", policyDocument=policy(statement(action="s3:*", resource="arn:aws:s3:::b/*"), deny(action="s3:Put*")), access=[{"actions": ["s3:PutObject", "s3:PutAcl"], "resources": ["arn:aws:s3:::b/x"]}])
    emit("granted-glob", "not-granted", policyType="IDENTITY_POLICY", policyDocument=policy(statement(action="s3:*", resource="arn:aws:s3:::b/*"), deny(action="s3:Put?bject")), access=[{"actions": ["s3:Put*"], "resources": ["arn:aws:s3:::*/x"]}])
    emit("granted-variable", "not-granted", policyType="IDENTITY_POLICY", policyDocument=policy(statement(resource="arn:aws:s3:::b/${aws:username}/*")), access=[{"resources": ["arn:aws:s3:::b/c/d"]}])
    emit("granted-variable-slash", "not-granted", policyType="IDENTITY_POLICY", policyDocument=policy(statement(resource="arn:aws:s3:::b/${aws:username}")), access=[{"resources": ["arn:aws:s3:::b/c/d"]}])


def variables():
    """Policy variables."""
    home, docs = "arn:aws:s3:::home/${aws:username}/*", "arn:aws:s3:::home/"
    new("variable-inside-star", statement(resource=home), statement(resource=docs + "*"))
    new("variable-inside-two", statement(resource=home), statement(resource=docs + "?*/*"))
    new("variable-star-inside", statement(resource=docs + "*"), statement(resource=home))
    new("variable-same", statement(resource=home), statement(resource=home))
    new("variable-twice", statement(resource="arn:aws:s3:::${aws:username}/${aws:username}"), statement(resource="arn:aws:s3:::${aws:username}/*"))
    new("variable-two", statement(resource="arn:aws:s3:::${aws:PrincipalTag/a}/${aws:PrincipalTag/b}"), statement(resource="arn:aws:s3:::${aws:PrincipalTag/a}/*"))
    new("variable-two-swapped", statement(resource="arn:aws:s3:::${aws:PrincipalTag/a}${aws:PrincipalTag/b}"), statement(resource="arn:aws:s3:::${aws:PrincipalTag/b}${aws:PrincipalTag/a}"))
    new("variable-two-pinned", when(("StringEquals", "aws:PrincipalTag/a", "x"), ("StringEquals", "aws:PrincipalTag/b", "y"), resource="arn:aws:s3:::${aws:PrincipalTag/a}${aws:PrincipalTag/b}"), statement(resource="arn:aws:s3:::xy"), question="compare")
    new("variable-default", statement(resource="arn:aws:s3:::${aws:PrincipalTag/a, 'none'}/*"), [statement(resource="arn:aws:s3:::none/*"), when(("Null", "aws:PrincipalTag/a", "false"))])
    sat("variable-absent", when(("Null", "aws:username", "true"), resource=home))
    sat("variable-role", when(("StringEquals", "aws:PrincipalType", "AssumedRole"), resource=home))
    sat("variable-star-name", when(("StringEquals", "aws:PrincipalTag/a", "*"), resource="arn:aws:s3:::${aws:PrincipalTag/a}"), deny(resource="arn:aws:s3:::?"))
    new("variable-star-is-text", when(("StringEquals", "aws:PrincipalTag/a", "*"), resource="arn:aws:s3:::${aws:PrincipalTag/a}"), statement(resource="arn:aws:s3:::${*}"), question="compare")
    new("variable-old-version", statement(resource=home), statement(resource=docs + "$*"), version="2008-10-17")
    sat("variable-old-condition", when(("StringEquals", "aws:UserAgent", "${aws:username}"), ("StringLike", "aws:UserAgent", "$*")), version="2008-10-17")
    sat("variable-equals", when(("StringEquals", "aws:RequestTag/t", "${aws:PrincipalTag/t}"), ("StringEquals", "aws:RequestTag/t", "x"), ("StringNotEquals", "aws:PrincipalTag/t", "x")))
    sat("variable-not-equals", when(("StringNotEquals", "aws:RequestTag/t", "${aws:PrincipalTag/t}"), ("StringLike", "aws:RequestTag/t", "x"), ("StringLike", "aws:PrincipalTag/t", "x")))
    sat("variable-not-equals-absent", when(("StringNotEquals", "aws:RequestTag/t", "${aws:PrincipalTag/t}"), ("Null", "aws:PrincipalTag/t", "true"), ("Null", "aws:RequestTag/t", "false")))
    sat("variable-cycle", when(("StringLike", "aws:RequestTag/a", "${aws:RequestTag/b}?"), ("StringLike", "aws:RequestTag/b", "${aws:RequestTag/a}*")))
    sat("variable-cycle-equal", when(("StringLike", "aws:RequestTag/a", "${aws:RequestTag/b}*"), ("StringLike", "aws:RequestTag/b", "${aws:RequestTag/a}*"), ("StringEquals", "aws:RequestTag/a", "x"), ("StringNotEquals", "aws:RequestTag/b", "x")))
    sat("variable-overlap", when(("StringLike", "aws:RequestTag/a", ["a${aws:RequestTag/b}b"]), ("StringEquals", "aws:RequestTag/a", "aab")), deny(("StringEquals", "aws:RequestTag/b", "a")))
    sat("variable-around", when(("StringLike", "aws:RequestTag/a", "*${aws:RequestTag/b}*"), ("StringNotLike", "aws:RequestTag/a", "*x*"), ("StringLike", "aws:RequestTag/b", "?x*")))
    sat("variable-not-around", when(("StringNotLike", "aws:RequestTag/a", "*${aws:RequestTag/b}*"), ("StringEquals", "aws:RequestTag/b", "")))
    sat("set-variable-null", when(("ForAllValues:StringEquals", "aws:TagKeys", "${aws:PrincipalTag/k}"), ("Null", "aws:TagKeys", "false"), ("Null", "aws:PrincipalTag/k", "true")))
    sat("set-variable-present", when(("ForAllValues:StringEquals", "aws:TagKeys", "${aws:PrincipalTag/k}"), ("ForAnyValue:StringEquals", "aws:TagKeys", "a"), ("ForAnyValue:StringLike", "aws:TagKeys", "b")))
    sat("set-variable-none", when(("ForAllValues:StringEquals", "aws:TagKeys", "${aws:PrincipalTag/k}"), ("Null", "aws:PrincipalTag/k", "true")))
    sat("variable-many-valued", when(resource="arn:aws:s3:::${aws:TagKeys}"))
    sat("variable-many-default", when(resource="arn:aws:s3:::${aws:TagKeys, 'd'}"))
    sat("variable-colon-arn", when(("ArnLike", "aws:SourceArn", "arn:aws:s3:::${aws:PrincipalTag/t}"), ("StringEquals", "aws:PrincipalTag/t", "a:b")))
    sat("variable-colon-part", when(("ArnLike", "aws:SourceArn", "arn:aws:s3:${aws:PrincipalTag/t}:*:*"), ("StringEquals", "aws:PrincipalTag/t", "a:b")))
    sat("variable-account", when(("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"), ("StringEquals", "aws:PrincipalAccount", ACC), resource=f"arn:aws:sqs:*:{ACC2}:*"))
    sat("variable-account-same", when(("StringNotEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"), ("StringEquals", "aws:PrincipalAccount", ACC), resource=f"arn:aws:sqs:*:{ACC}:*"))
    sat("variable-account-free", when(("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"), resource="arn:aws:s3:::b"))
    sat("variable-bool", when(("Bool", "aws:SecureTransport", "${aws:PrincipalTag/b}")))
    sat("variable-bool-denied", when(("Bool", "aws:SecureTransport", "${aws:PrincipalTag/b}")), deny())
    sat("variable-number-text", when(("NumericLessThan", "aws:MultiFactorAuthAge", "${aws:PrincipalTag/b}")))
    sat("variable-org", when(("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}"), ("StringNotEquals", "aws:PrincipalOrgID", "o-a"), ("StringEquals", "aws:ResourceOrgID", "o-a")))
    new("variable-principal-arn", when(("StringEquals", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:user/${aws:username}")), when(("StringEquals", "aws:PrincipalType", "User")), question="compare")


def principals():
    """Principals, derived keys, and what follows from what."""
    root, user, role = f"arn:aws:iam::{ACC}:root", f"arn:aws:iam::{ACC}:user/a/Ann", f"arn:aws:iam::{ACC}:role/ops/Admin"
    session, fed = f"arn:aws:sts::{ACC}:assumed-role/Admin/alice", f"arn:aws:sts::{ACC}:federated-user/Bob"
    named = {"account": {"AWS": ACC}, "root": {"AWS": root}, "user": {"AWS": user}, "role": {"AWS": role}, "session": {"AWS": session},
             "federated-user": {"AWS": fed}, "service": {"Service": "ec2.amazonaws.com"}, "saml": {"Federated": f"arn:aws:iam::{ACC}:saml-provider/idp"},
             "everyone": "*", "everyone-aws": {"AWS": "*"}, "canonical": {"CanonicalUser": "a" * 64}, "deleted": {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}}
    for (one, left), (two, right) in itertools.combinations(named.items(), 2):
        if two in ("account", "root", "role", "session", "everyone", "everyone-aws") or one in ("account", "user"):
            new(f"principal-{one}-{two}", statement(principal=left), statement(principal=right), kind=R, question="compare")
    for name, value in named.items():
        if name not in ("everyone", "everyone-aws", "service", "saml", "canonical"):
            sat(f"not-principal-{name}", when(("StringEquals", "aws:PrincipalAccount", ACC), principal="*"), deny(NotPrincipal=value), kind=R)
    chain = {"AWS": [ACC, role, session]}
    sat("not-principal-chain", statement(principal={"AWS": session}), deny(NotPrincipal=chain), kind=R)
    sat("not-principal-chain-short", statement(principal={"AWS": session}), deny(NotPrincipal={"AWS": [role, session]}), kind=R)
    new("not-principal-allow", statement(NotPrincipal={"AWS": user}), [statement(principal="*"), deny(principal={"AWS": user})], kind=R, question="compare")
    new("not-principal-service", [statement(principal={"Service": "ec2.amazonaws.com"}), deny(NotPrincipal={"Service": "ec2.amazonaws.com"})], statement(principal={"Service": "ec2.amazonaws.com"}), kind=R, question="compare")
    for index, (glob, more) in enumerate([
        ("arn:aws:iam::*:role/*", []), ("arn:aws:iam::*:role/ops/*", []), ("arn:aws:iam::*:role/*/Admin", []), ("*:role/Admin", []), ("arn:aws:iam::*:root", []),
        ("arn:*:iam::*:*:*", []), ("arn:aws:iam::*:role/*:*", []), ("arn:aws:iam::*:role/a b", []), ("arn:aws:iam::*:role/", []), ("arn:aws-cn:iam::*:user/*", []),
        ("arn:aws:sts::*:assumed-role/*", []), ("arn:aws:sts::*:federated-user/*", []), ("arn:aws-x:iam::*:user/*", []),
    ]):
        sat(f"principal-arn-arnlike-{index}", when(("ArnLike", ARN, glob) if glob.startswith("arn") else ("StringLike", ARN, glob)))
        sat(f"principal-arn-like-{index}", when(("StringLike", ARN, glob), ("StringNotEquals", "aws:PrincipalType", "User")))
    new("principal-arn-path", when(("ArnLike", ARN, f"arn:aws:iam::{ACC}:role/*/Admin")), when(("ArnLike", ARN, f"arn:aws:iam::{ACC}:role/*Admin")), question="compare")
    new("principal-arn-two-readings", when(("StringLike", ARN, "arn:aws:iam::*:role/*")), when(("ArnLike", ARN, "arn:aws:iam::*:role/*")), question="compare")
    new("principal-arn-colon-path", when(("StringLike", ARN, "arn:aws:iam::*:role/Admin")), when(("ArnLike", ARN, "arn:aws:iam::*:role/Admin")), question="compare")
    new("principal-arn-equals-like", when(("ArnEquals", ARN, role)), when(("StringEquals", ARN, role)), question="compare")
    new("principal-arn-resource", statement(principal={"AWS": role}), when(("ArnEquals", ARN, role), principal="*"), kind=R, question="compare")
    new("principal-arn-canonical", when(("ArnEquals", ARN, role), principal="*"), when(("ArnEquals", ARN, role), principal={"AWS": ACC}), kind=R, question="compare")
    new("session-userid", statement(principal={"AWS": session}), when(("StringLike", "aws:userid", "*:alice"), principal="*"), kind=R, question="compare")
    sat("session-userid-other", when(("StringLike", "aws:userid", "*:bob"), principal={"AWS": session}), kind=R)
    sat("session-short", when(("StringLike", "aws:userid", "*:?"), ("StringEquals", "aws:PrincipalType", "AssumedRole")))
    sat("session-two", when(("StringLike", "aws:userid", "*:??"), ("StringEquals", "aws:PrincipalType", "AssumedRole")))
    sat("username-role", when(("Null", "aws:username", "false"), ("StringNotEquals", "aws:PrincipalType", "User")))
    sat("username-arn", when(("StringEquals", "aws:username", "Ann"), ("ArnNotLike", ARN, ["arn:*:iam::*:user/Ann", "arn:*:iam::*:user/*/Ann"])))
    sat("username-characters", when(("StringLike", "aws:username", "*/*")))
    sat("username-closed-alphabet", statement(), deny(("StringEquals", "aws:PrincipalType", ["AssumedRole", "FederatedUser"])),
        deny(("StringLike", "aws:username", [f"*{c}*" for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@"])))
    sat("username-alphabet-used-up", statement(), deny(("StringEquals", "aws:PrincipalType", ["AssumedRole", "FederatedUser"])),
        deny(("StringLike", "aws:username", [f"*{c}*" for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-"])))
    sat("account-contradiction", when(("StringEquals", "aws:PrincipalAccount", ACC), ("ArnLike", ARN, f"arn:aws:iam::{ACC2}:*")))
    sat("account-agrees", when(("StringEquals", "aws:PrincipalAccount", ACC), ("StringLike", ARN, f"*::{ACC}:user/*")))
    sat("type-unknown", when(("StringEquals", "aws:PrincipalType", "Group")))
    sat("type-unknown-resource", when(("StringEquals", "aws:PrincipalType", "Group"), principal="*"), kind=R)
    sat("service-name", when(("StringEquals", "aws:PrincipalServiceName", "ec2.amazonaws.com"), principal={"Service": "s3.amazonaws.com"}), kind=R)
    sat("service-names-list", when(("ForAllValues:StringEquals", "aws:PrincipalServiceNamesList", "a.amazonaws.com"), principal={"Service": "s3.amazonaws.com"}), kind=R)
    sat("service-names-any", when(("ForAnyValue:StringEquals", "aws:PrincipalServiceNamesList", "a.x"), principal={"Service": "s3.amazonaws.com"}), kind=R)
    sat("service-odd", statement(principal={"Service": "Odd Service"}), kind=R)
    new("service-is-service", statement(principal={"Service": "s3.amazonaws.com"}), when(("Bool", "aws:PrincipalIsAWSService", "true"), principal="*"), kind=R, question="compare")
    sat("not-service-anonymous", when(("Bool", "aws:PrincipalIsAWSService", "false"), principal={"AWS": "*"}), kind=R)
    new("service-flag-absent", when(("BoolIfExists", "aws:PrincipalIsAWSService", "false"), principal="*"), when(("Bool", "aws:PrincipalIsAWSService", "false"), principal="*"), kind=R, question="compare")
    sat("wildcard-service", statement(principal={"Service": "*"}), kind=R)
    sat("wildcard-federated-denied", statement(principal={"Federated": "*"}), deny(principal="*"), kind=R)
    sat("wildcard-user", statement(principal={"AWS": f"arn:aws:iam::{ACC}:user/*"}), kind=R)
    sat("anonymous-tag", when(("Null", "aws:PrincipalTag/a", "false"), ("Null", ARN, "true"), principal="*"), kind=R)
    sat("anonymous-account", when(("StringEquals", "aws:PrincipalAccount", "anonymous"), principal="*"), kind=R)
    sat("root-tag", when(("Null", "aws:PrincipalTag/a", "false"), ("StringEquals", "aws:PrincipalType", "Account"), principal={"AWS": ACC}), kind=R)
    sat("root-userid", when(("StringNotEquals", "aws:userid", ACC), ("ArnEquals", ARN, root), principal={"AWS": ACC}), kind=R)
    sat("federated-userid", when(("StringEquals", "aws:userid", f"{ACC}:Bob"), ("StringNotEquals", "aws:PrincipalType", "FederatedUser"), ("Null", "aws:username", "true"), principal={"AWS": ACC}), kind=R)
    new("federated-user-id", when(("StringEquals", "aws:PrincipalType", "FederatedUser"), ("StringEquals", "aws:userid", f"{ACC}:Bob")), when(("ArnLike", ARN, "arn:*:sts::*:federated-user/Bob")), question="compare")
    sat("org-paths", when(("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a/*"), ("StringEquals", "aws:PrincipalOrgID", "o-b")))
    new("org-paths-id", when(("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a/*")), when(("StringEquals", "aws:PrincipalOrgID", "o-a")), question="compare")
    sat("org-prefix", when(("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-ab/*"), ("StringEquals", "aws:PrincipalOrgID", "o-a")))
    sat("org-path-absent", when(("Null", "aws:PrincipalOrgPaths", "false"), ("Null", "aws:PrincipalOrgID", "true")))
    sat("org-same-account", when(("StringEquals", "aws:PrincipalOrgID", "o-a"), ("StringNotEquals", "aws:ResourceOrgID", "o-a"), ("StringEquals", "aws:PrincipalAccount", ACC), resource=f"arn:aws:sqs:*:{ACC}:q"))
    new("caller-account", when(("StringEquals", "kms:CallerAccount", ACC), principal="*", action="kms:*"), statement(principal={"AWS": ACC}, action="kms:*"), kind=R, question="compare")
    sat("partition-cn", statement(principal={"AWS": f"arn:aws-cn:iam::{ACC}:user/Ann"}), kind=R)
    new("partition-root", statement(principal={"AWS": f"arn:aws-cn:iam::{ACC}:root"}), statement(principal={"AWS": root}), kind=R, question="compare")
    sat("user-free-kind", when(("StringEquals", "aws:PrincipalType", "FederatedUser"), principal={"AWS": user}), kind=R)
    sat("principal-unknown", statement(principal={"AWS": "nobody"}), kind=R)
    sat("scp-root", when(("StringLike", ARN, "arn:aws:iam::*:root")), kind="SERVICE_CONTROL_POLICY")
    sat("identity-root", when(("StringLike", ARN, "arn:aws:iam::*:root")))


def undefined():
    """Undefined atoms that matter and that do not, and documents without meaning."""
    odd = [("NumericEquals", "s3:max-keys", "many"), ("DateLessThan", "aws:CurrentTime", "soon"), ("IpAddress", "aws:SourceIp", "1.2.3"),
           ("Bool", "aws:SecureTransport", "maybe"), ("BinaryEquals", "custom:blob", "%"), ("ArnLike", "aws:SourceArn", "*"), ("Null", "aws:username", "x")]
    for index, atom in enumerate(odd):
        sat(f"undefined-{index}-matters", when(atom))
        sat(f"undefined-{index}-denied", when(atom), deny())
        sat(f"undefined-{index}-beside", when(atom), statement())
        sat(f"undefined-{index}-deny", statement(), deny(atom))
    sat("undefined-absent", when(("ArnLike", "aws:SourceArn", "*"), ("Null", "aws:SourceArn", "true")))
    sat("undefined-negated-absent", when(("ArnNotLike", "aws:SourceArn", "*"), ("Null", "aws:SourceArn", "true")))
    sat("undefined-among-values", when(("NumericEquals", "s3:max-keys", ["many", "3"])))
    sat("undefined-both-ways", when(("ArnLike", "aws:SourceArn", "*")), when(("ArnNotLike", "aws:SourceArn", "*")))
    new("undefined-same", when(("ArnLike", "aws:SourceArn", "*")), when(("ArnLike", "aws:SourceArn", "*")))
    new("undefined-wider", when(("ArnLike", "aws:SourceArn", "*")), statement())
    sat("unknown-operator", when(("StringLikes", "aws:SourceArn", "*")))
    sat("null-if-exists", when(("NullIfExists", "aws:SourceArn", "true")))
    sat("set-null", when(("ForAllValues:Null", "aws:SourceArn", "true")))
    sat("operator-case", when(("stringEQUALS", "aws:SourceVpc", "a")))


def keys():
    """Many-valued keys, presence, types, and instants."""
    tags = "aws:TagKeys"
    sat("many-without-operator", when(("StringEquals", tags, "a")))
    sat("many-negated-present", when(("StringNotEquals", tags, "a"), ("Null", tags, "false")))
    sat("many-three", when(*[("ForAnyValue:StringEquals", tags, "a"), ("ForAnyValue:StringLike", tags, "b*"), ("ForAllValues:StringLike", tags, ["?", "b*"]), ("ForAnyValue:StringNotLike", tags, "?")]))
    sat("many-empty-text", when(("ForAllValues:StringEquals", tags, "a"), ("ForAnyValue:StringLike", tags, "")))
    sat("many-any-absent", when(("ForAnyValue:StringNotEquals", tags, "a"), ("Null", tags, "true")))
    sat("many-any-if-exists", when(("ForAnyValue:StringEqualsIfExists", tags, "a"), ("Null", tags, "true")))
    new("many-all-any", when(("ForAllValues:StringEquals", tags, ["a", "b"]), ("Null", tags, "false")), when(("ForAnyValue:StringEquals", tags, ["a", "b"])), question="compare")
    new("many-split", when(("ForAllValues:StringEquals", tags, ["a", "b"])), [when(("ForAllValues:StringEquals", tags, "a")), when(("ForAllValues:StringEquals", tags, "b"))], question="compare")
    new("many-any-split", when(("ForAnyValue:StringEquals", tags, ["a", "b"])), [when(("ForAnyValue:StringEquals", tags, "a")), when(("ForAnyValue:StringEquals", tags, "b"))], question="compare")
    new("many-own-key", when(("ForAnyValue:StringEquals", "custom:list", "a")), when(("StringEquals", "custom:list", "a")), question="compare")
    new("single-own-key", when(("StringEquals", "custom:one", "a")), when(("StringLike", "custom:one", "?")), question="compare")
    sat("audience-either", when(("StringEquals", "token.example.com:aud", "a"), principal={"Federated": f"arn:aws:iam::{ACC}:oidc-provider/token.example.com"}, action="sts:AssumeRoleWithWebIdentity"), kind=R)
    sat("audience-two", when(("ForAnyValue:StringEquals", "token.example.com:aud", "a"), ("ForAnyValue:StringLike", "token.example.com:aud", "b"), principal="*"), kind=R)
    sat("audience-mixed", when(("StringEquals", "token.example.com:aud", "a"), ("ForAnyValue:StringEquals", "token.example.com:aud", "b"), principal="*"), kind=R)
    sat("time-one-instant", when(("DateGreaterThan", "aws:CurrentTime", "2024-01-01T00:00:00Z"), ("NumericLessThan", "aws:EpochTime", "1704067200")))
    sat("time-one-instant-absent", when(("DateGreaterThan", "aws:CurrentTime", "2024-01-01T00:00:00Z"), ("NumericLessThanIfExists", "aws:EpochTime", "1704067200")))
    sat("time-dense", when(("DateGreaterThan", "aws:CurrentTime", "2024-01-01T00:00:00Z"), ("DateLessThan", "aws:CurrentTime", "2024-01-01T00:00:01Z")))
    new("time-zones", when(("DateLessThan", "aws:CurrentTime", "2024-01-01T02:00:00+02:00")), when(("DateLessThan", "aws:CurrentTime", "2024-01-01")), question="compare")
    new("number-forms", when(("NumericEquals", "s3:max-keys", "010")), when(("NumericEquals", "s3:max-keys", 10)), question="compare")
    sat("number-dense", when(("NumericGreaterThan", "s3:max-keys", "1"), ("NumericLessThan", "s3:max-keys", "1.01")))
    sat("number-text", when(("NumericEquals", "s3:max-keys", "1"), ("StringEquals", "s3:max-keys", "1.0")))
    new("ip-halves", when(("IpAddress", "aws:SourceIp", "10.1.2.3/8")), when(("IpAddress", "aws:SourceIp", ["10.0.0.0/9", "10.128.0.0/9"])), question="compare")
    new("ip-bare", when(("IpAddress", "aws:SourceIp", "::1")), when(("IpAddress", "aws:SourceIp", "0:0::1/128")), question="compare")
    sat("ip-text", when(("IpAddress", "aws:SourceIp", "10.0.0.0/8"), ("StringLike", "aws:SourceIp", "1?.*.*.2??")))
    sat("ip-text-impossible", when(("StringLike", "aws:SourceIp", "10.0.0.0*"), ("IpAddress", "aws:SourceIp", "11.0.0.0/8")))
    sat("ip-families", when(("NotIpAddress", "aws:SourceIp", "0.0.0.0/0"), ("Null", "aws:SourceIp", "false")))
    sat("ip-everything", when(("NotIpAddress", "aws:SourceIp", ["0.0.0.0/0", "::/0"]), ("Null", "aws:SourceIp", "false")))
    sat("bool-third", when(("StringNotEquals", "aws:SecureTransport", ["true", "false"]), ("Null", "aws:SecureTransport", "false"), ("BoolIfExists", "aws:SecureTransport", ["true", "false"])))
    new("if-exists-null", when(("StringEqualsIfExists", "aws:SourceVpc", "a")), [when(("StringEquals", "aws:SourceVpc", "a")), when(("Null", "aws:SourceVpc", "true"))], question="compare")
    new("negated-if-exists", when(("StringNotEqualsIfExists", "aws:SourceVpc", "a")), when(("StringNotEquals", "aws:SourceVpc", "a")), question="compare")
    new("deny-complement", [statement(), deny(("StringNotEquals", "aws:SourceVpc", "a"))], when(("StringEquals", "aws:SourceVpc", "a")), question="compare")
    new("null-values", when(("Null", "aws:SourceVpc", ["true", "false"])), statement(), question="compare")
    sat("arn-short-value", when(("StringEquals", "aws:SourceArn", "arn:aws:s3:b"), ("ArnNotLike", "aws:SourceArn", "arn:*:*:*:*:*")))
    sat("arn-part-colon", when(("ArnLike", "aws:SourceArn", "arn:*:b:*:*:x"), ("StringLike", "aws:SourceArn", "arn:a:b:x")))


def zones():
    """Public and external access."""
    def public(name, *statements, kind="AWS::S3::Bucket"):
        emit(f"public-{name}", "no-public-access", resourceType=kind, policyDocument=policy(*statements))

    def external(name, zone, *statements):
        emit(f"external-{name}", "no-external-access", resourceType="AWS::SQS::Queue", policyDocument=policy(*statements), zoneOfTrust=zone)

    cases = {
        "ip-8": ("IpAddress", "aws:SourceIp", "9.0.0.0/8"), "ip-7": ("IpAddress", "aws:SourceIp", "8.0.0.0/7"),
        "ip-both": ("IpAddress", "aws:SourceIp", ["9.0.0.0/8", "10.0.0.0/7"]), "ip6-32": ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
        "ip6-31": ("IpAddress", "aws:SourceIp", "2001:db8::/31"), "org": ("StringEquals", "aws:PrincipalOrgID", "o-a"), "org-like": ("StringLike", "aws:PrincipalOrgID", "o-*"),
        "arn-account": ("ArnLike", ARN, f"arn:aws:iam::{ACC}:user/*bc"), "arn-any": ("ArnLike", ARN, "arn:aws:iam::*:user/abc"),
        "source-arn": ("ArnEquals", "aws:SourceArn", "arn:aws:s3:::b"), "source-arn-star": ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        "not-vpc": ("StringNotEquals", "aws:SourceVpc", "vpc-1"), "vpc-if": ("StringEqualsIfExists", "aws:SourceVpc", "vpc-1"),
        "variable": ("StringEquals", "aws:SourceVpc", "${aws:PrincipalTag/v}"), "agent": ("StringEquals", "aws:UserAgent", "x"),
        "paths": ("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-a/r-b/"), "paths-all": ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-a/r-b/"),
        "userid": ("StringLike", "aws:userid", "AROAEXAMPLE:*"),
    }
    for name, condition in cases.items():
        public(name, when(condition, principal="*"))
    public("deny-complement", statement(principal="*"), deny(("StringNotEquals", "aws:SourceVpc", "vpc-1"), principal="*"))
    public("deny-not-principal", statement(principal="*"), deny(NotPrincipal={"AWS": [ACC]}))
    public("account", statement(principal={"AWS": ACC}))
    public("service", statement(principal={"Service": "s3.amazonaws.com"}))
    public("provider", statement(principal={"Federated": "graph.facebook.com"}), kind="AWS::IAM::AssumeRolePolicyDocument")
    public("provider-audience", when(("StringEquals", "graph.facebook.com:app_id", "1"), principal={"Federated": "graph.facebook.com"}), kind="AWS::IAM::AssumeRolePolicyDocument")
    public("wrong-type", statement(principal="*", resource="arn:aws:sqs:us-east-1:111122223333:q"))
    public("two-statements", when(("StringEquals", "aws:SourceVpc", "vpc-1"), principal="*"), when(("StringNotEquals", "aws:SourceVpc", "vpc-1"), ("StringEquals", "aws:PrincipalOrgID", "o-a"), principal="*"))
    zone = {"accounts": [ACC], "organization": "o-a"}
    external("account", zone, statement(principal={"AWS": ACC}))
    external("other", zone, statement(principal={"AWS": ACC2}))
    external("org", zone, when(("StringEquals", "aws:PrincipalOrgID", "o-a"), principal={"AWS": [ACC, ACC2]}))
    external("org-star", zone, when(("StringEquals", "aws:PrincipalOrgID", "o-a"), principal="*"))
    external("org-paths", zone, when(("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a/*"), principal={"AWS": ACC2}))
    external("org-not", zone, when(("StringNotEquals", "aws:PrincipalOrgID", "o-a"), principal={"AWS": ACC}))
    external("service", zone, statement(principal={"Service": "s3.amazonaws.com"}))
    external("service-wild", zone, statement(principal={"Service": "*"}))
    external("source-account", zone, when(("StringEquals", "aws:SourceAccount", ACC), principal="*"))
    external("provider", zone, statement(principal={"Federated": f"arn:aws:iam::{ACC}:saml-provider/x"}))
    external("provider-listed", {**zone, "federated": [f"arn:aws:iam::{ACC}:saml-provider/x"]}, statement(principal={"Federated": f"arn:aws:iam::{ACC}:saml-provider/x"}))
    external("canonical", {"canonicalUsers": ["a" * 64]}, statement(principal={"CanonicalUser": ["a" * 64]}))
    external("canonical-other", {"canonicalUsers": ["a" * 64]}, statement(principal={"CanonicalUser": ["b" * 64]}))
    external("oai", zone, statement(principal={"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}))
    external("deny-outside", zone, statement(principal={"AWS": "*"}), deny(("StringNotEquals", "aws:PrincipalAccount", ACC), principal="*"))
    external("empty-zone", {}, statement(principal={"AWS": ACC}))
    external("deleted", zone, statement(principal={"AWS": "AROAEXAMPLEEXAMPLE123"}))


def main():
    for part in (operators, text, resources, variables, principals, undefined, keys, zones):
        part()
    for line in LINES:
        print(json.dumps(line, ensure_ascii=False))


if __name__ == "__main__":
    main()
