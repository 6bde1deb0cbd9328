"""Questions whose answers lean on what one part of a request says of another.

`told` asks, of each sort of principal under each sort of condition, for a policy variable with a value that the caller cannot have, or can;
`undefined` compares conditions on one key with a value that has no meaning; `mixed` draws policies from keys, operators and
variables of all sorts. Each is a batch line.
"""

import copy
import itertools
import json

USER, ANOTHER = "arn:aws:iam::444455556666:user/a/ab", "arn:aws:iam::444455556666:user/cd"
ROLE = "arn:aws:iam::111122223333:role/x/R"
PRINCIPALS = {
    "user": {"AWS": USER},
    "users": {"AWS": [USER, ANOTHER]},
    "mixed": {"AWS": [ROLE, USER]},
    "account": {"AWS": "444455556666"},
    "role": {"AWS": ROLE},
    "session": {"AWS": "arn:aws:sts::111122223333:assumed-role/R/s1"},
    "federated": {"AWS": "arn:aws:sts::111122223333:federated-user/bob"},
    "root": {"AWS": "arn:aws:iam::444455556666:root"},
    "all": "*",
}
CONDITIONS = {
    "none": {},
    "arn-like": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/*"}},
    "arn-equals": {"ArnEquals": {"aws:PrincipalArn": ROLE}},
    "arn-of-users": {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ab"}},
    "arn": {"StringEquals": {"aws:PrincipalArn": USER}},
    "arn-text": {"StringLike": {"aws:PrincipalArn": "arn:aws:iam::4444*:user/*/ab"}},
    "name": {"StringEquals": {"aws:username": "ab"}},
    "session": {"StringLike": {"aws:userid": "*:s1"}},
    "id": {"StringEquals": {"aws:userid": "AROAEXAMPLE:s1"}},
    "account": {"StringEquals": {"aws:PrincipalAccount": "444455556666"}},
}
VALUES = {
    "aws:username": ["a", "ab", "cd", "*b"],
    "aws:PrincipalAccount": ["111122223333", "444455556666", "4*", "999999999999"],
    "aws:userid": ["x:s1", "AROAEXAMPLE:s1", "*:s2", "111122223333:bob", "444455556666"],
    "aws:PrincipalArn": [ROLE, USER, "arn:aws:iam::4*"],
    "aws:PrincipalType": ["User", "AssumedRole"],
}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(principal, resource, condition):
    out = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": resource}
    return {**out, "Condition": condition} if condition else out


def told():
    for (who, principal), (when, condition), key in itertools.product(PRINCIPALS.items(), CONDITIONS.items(), VALUES):
        for value in VALUES[key]:
            name = f"told/{who}/{when}/{key}/{value}"
            for number, text in enumerate(("arn:aws:s3:::{}", "arn:aws:s3:::x/{}/y")):
                policy = document(allow(principal, text.format("${%s}" % key), condition))
                access = [{"actions": ["s3:GetObject"], "resources": [text.format(value)]}]
                yield {"id": f"{name}/{number}", "question": "not-granted", "policyType": "RESOURCE_POLICY", "policyDocument": policy,
                       "access": access}
            both = copy.deepcopy(condition)
            both.setdefault("StringEqualsIgnoreCase", {})["s3:prefix"] = "${%s}" % key
            both.setdefault("StringLike", {})["s3:prefix"] = value
            yield {"id": f"{name}/key", "question": "satisfiable", "policyType": "RESOURCE_POLICY",
                   "policyDocument": document(allow(principal, "*", both))}


ARN_OPERATORS = ["ArnLike", "ArnEquals", "ArnNotLike", "ArnEqualsIfExists", "ArnNotEqualsIfExists", "ForAnyValue:ArnLike",
                 "ForAllValues:ArnLike", "ForAnyValue:ArnNotLike"]
NUMBER_OPERATORS = ["NumericEquals", "NumericNotEquals", "NumericEqualsIfExists", "NumericLessThan", "ForAnyValue:NumericEquals",
                    "NumericGreaterThanEquals"]
NO_MEANING = [
    ("aws:PrincipalArn", "arn:aws:iam::*", ARN_OPERATORS),
    ("aws:PrincipalArn", ["arn:aws:iam::*", USER], ARN_OPERATORS),
    ("aws:SourceArn", "arn:aws", ARN_OPERATORS),
    ("aws:TagKeys", "arn:x", ARN_OPERATORS),
    ("s3:max-keys", "abc", NUMBER_OPERATORS),
    ("aws:userid", "1x", NUMBER_OPERATORS),
    ("aws:CurrentTime", "xyz", ["DateEquals", "DateNotEquals", "DateLessThan", "DateLessThanIfExists", "DateGreaterThanEquals"]),
    ("aws:SourceIp", "foo", ["IpAddress", "NotIpAddress", "IpAddressIfExists"]),
    ("aws:SecureTransport", "maybe", ["Bool", "BoolIfExists"]),
    ("aws:SecureTransport", ["maybe", "true"], ["Bool", "BoolIfExists"]),
]


def undefined():
    for key, value, operators in NO_MEANING:
        for new, old in itertools.product(operators, operators):
            for principal in ("*", {"AWS": USER}):
                documents = [document(allow(principal, "*", {operator: {key: value}})) for operator in (new, old)]
                yield {"id": f"undefined/{key}/{json.dumps(value)}/{new}/{old}", "question": "no-new-access", "policyType": "RESOURCE_POLICY",
                       "newPolicyDocument": documents[0], "existingPolicyDocument": documents[1]}


KEYS = {
    "aws:PrincipalTag/x": ["a", "ab", "b*", "*"],
    "aws:SourceAccount": ["111122223333", "1111*", "444455556666"],
    "s3:prefix": ["a", "a/*", "*b"],
    "aws:SourceArn": ["arn:aws:s3:::a", "arn:aws:sns:us-east-1:111122223333:*", "arn:aws:*:*:111122223333:*"],
    "aws:PrincipalArn": [ROLE, "arn:aws:iam::111122223333:role/*", USER, "arn:aws:iam::*:user/*", "arn:aws:iam::111122223333:root"],
    "aws:username": ["a", "ab", "*b"],
    "aws:userid": ["AROA1:s1", "*:s1", "AIDA*", "111122223333:bob"],
    "aws:PrincipalAccount": ["111122223333", "4444*"],
    "aws:PrincipalType": ["User", "AssumedRole", "Account"],
    "aws:PrincipalOrgID": ["o-a", "o-b"],
    "aws:PrincipalServiceName": ["sns.amazonaws.com", "*.amazonaws.com"],
    "aws:TagKeys": ["a", "b", "a*"],
    "aws:RequestTag/a": ["x", "y"],
}
VARIABLES = ["aws:PrincipalTag/x", "aws:SourceAccount", "s3:prefix", "aws:PrincipalArn", "aws:username", "aws:userid",
             "aws:PrincipalAccount", "aws:PrincipalType", "aws:PrincipalOrgID", "aws:SourceArn"]
TEXT_OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringEqualsIfExists",
                  "StringLikeIfExists", "StringNotEqualsIfExists", "ForAnyValue:StringEquals", "ForAllValues:StringLike",
                  "ForAnyValue:StringLike", "ForAllValues:StringEquals", "ForAllValues:StringNotLike"]
OTHERS = [
    (["IpAddress", "NotIpAddress", "IpAddressIfExists"], "aws:SourceIp", ["10.0.0.0/8", "10.1.0.0/16"]),
    (["DateGreaterThan", "DateLessThanEquals", "DateNotEquals"], "aws:CurrentTime", ["2024-01-01T00:00:00Z"]),
    (["Bool", "BoolIfExists"], "aws:SecureTransport", ["true", "false"]),
    (["Bool", "BoolIfExists"], "aws:PrincipalIsAWSService", ["true", "false"]),
    (["NumericLessThan", "NumericEquals", "NumericGreaterThanEquals"], "s3:max-keys", ["5", "7"]),
    (["Null"], "aws:PrincipalTag/x", ["true", "false"]),
]
MORE_PRINCIPALS = [*PRINCIPALS.values(), {"Service": "sns.amazonaws.com"}, {"CanonicalUser": "a" * 64}, {"AWS": "111122223333"},
                   {"Federated": "cognito-identity.amazonaws.com"}]


class Mixed:
    """Draws policies; `choice` is a random.Random."""

    def __init__(self, choice):
        self.one, self.chance = choice.choice, choice.random

    def variable(self):
        key = self.one(VARIABLES)
        return "${%s, '%s'}" % (key, self.one(["a", "ab", "111122223333"])) if self.chance() < 0.2 else "${%s}" % key

    def value(self, key):
        text = self.one(KEYS[key])
        if self.chance() > 0.25:
            return text
        return self.variable() if text.startswith("arn") else self.one([self.variable(), text[:2] + self.variable(), self.variable() + text])

    def condition(self):
        if self.chance() < 0.3:
            operators, key, values = self.one(OTHERS)
            return self.one(operators), key, [self.one(values)]
        key = self.one(list(KEYS))
        operators = ARN_OPERATORS[:4] if key.endswith("Arn") and self.chance() < 0.6 else TEXT_OPERATORS
        return self.one(operators), key, [self.value(key) for _ in range(self.one([1, 1, 2]))]

    def resource(self):
        return self.one(["*", "arn:aws:s3:::b/*", f"arn:aws:s3:::b/{self.variable()}", f"arn:aws:s3:::{self.variable()}/x",
                         "arn:aws:s3:::b/a", "arn:aws:sqs:*:111122223333:q", f"arn:aws:sqs:*:{self.variable()}:q", "arn:aws:s3:::b/a*"])

    def statement(self, effect, of_identity):
        out = {"Effect": effect, "Action": self.one(["s3:*", "s3:Get*", "*", "sqs:*", "s3:GetObject"])}
        if not of_identity:
            out["Principal"] = self.one(MORE_PRINCIPALS)
        if self.chance() < 0.15:
            out["NotResource"] = self.resource()
        else:
            out["Resource"] = [self.resource() for _ in range(self.one([1, 1, 2]))]
        for _ in range(self.one([0, 1, 1, 2, 3])):
            operator, key, values = self.condition()
            out.setdefault("Condition", {}).setdefault(operator, {})[key] = values
        return out

    def policy(self, of_identity):
        more = [self.statement(self.one(["Allow", "Deny", "Deny"]), of_identity) for _ in range(self.one([0, 1, 2]))]
        return document(self.statement("Allow", of_identity), *more)

    def changed(self, policy):
        out = copy.deepcopy(policy)
        own = self.one(out["Statement"])
        if self.chance() < 0.5:
            operator, key, values = self.condition()
            own.setdefault("Condition", {}).setdefault(operator, {})[key] = values
        elif "Condition" in own:
            own["Condition"].pop(self.one(list(own["Condition"])))
            if not own["Condition"]:
                del own["Condition"]
        elif "Resource" in own:
            own["Resource"] = [self.resource()]
        return out

    def question(self, name):
        of_identity = self.chance() < 0.25
        kind = {"id": name, "policyType": "IDENTITY_POLICY" if of_identity else "RESOURCE_POLICY"}
        policy = self.policy(of_identity)
        if self.chance() < 0.4:
            return {**kind, "question": "satisfiable", "policyDocument": policy}
        if self.chance() < 0.2:
            access = [{"actions": [self.one(["s3:GetObject", "s3:*", "sqs:*"])], "resources": [self.one(["arn:aws:s3:::b/a", "arn:aws:s3:::b/*"])]}]
            return {**kind, "question": "not-granted", "policyDocument": policy, "access": access}
        pair = [policy, self.changed(policy)]
        if self.chance() < 0.5:
            pair.reverse()
        return {**kind, "question": "no-new-access", "newPolicyDocument": pair[0], "existingPolicyDocument": pair[1]}


def lines(choice, count):
    """Every third of the first two sorts, and so many of the third."""
    yield from [*told(), *undefined()][::3]
    mixed = Mixed(choice)
    yield from (mixed.question(f"mixed/{number}") for number in range(count))
