"""Policy documents as plain values, shared by the oracle and the judge.

Reads a document (an object or a string of JSON) into statements, without giving it a meaning, and
holds the facts about condition keys that both sides need. What a statement matches is written
twice, on purpose: as formulas in `oracle.py`, as plain tests in `judge.py`.
"""

import json
import re
from dataclasses import dataclass, field


class DocumentError(Exception):
    """A document that has no meaning (rule S2)."""


class Number(str):
    """A JSON number, kept as its text (rule S21)."""


class Object(dict):
    """A JSON object that remembers whether a member came twice."""

    twice = None


def _object(pairs):
    value = Object(pairs)
    seen = set()
    for name, _ in pairs:
        if name in seen:
            value.twice = name
        seen.add(name)
    return value


def parse_json(text):
    """Parses JSON, with numbers as text and repeated members noted."""
    return json.loads(
        text, object_pairs_hook=_object, parse_int=Number, parse_float=Number, parse_constant=_constant
    )


def _constant(name):
    raise ValueError(f"`{name}` is not JSON")


@dataclass
class Condition:
    """One operator applied to one key."""

    family: str  # string, like, nocase, arn, number, date, bool, binary, ip, null
    test: str  # eq, lt, le, gt, ge
    negated: bool
    if_exists: bool
    quantifier: str  # "", "all", "any"
    key: str  # lower case
    values: list

    def identity(self):
        """Equal for conditions that mean the same."""
        return (self.family, self.test, self.negated, self.if_exists, self.quantifier, self.key, tuple(self.values))


@dataclass
class Statement:
    """One statement; a list that was left out is None."""

    index: int
    allow: bool
    principal: list = None  # pairs (type, value); [("*", "*")] for everyone
    not_principal: bool = False
    actions: list = field(default_factory=list)
    not_action: bool = False
    resources: list = None
    not_resource: bool = False
    conditions: list = field(default_factory=list)


@dataclass
class Document:
    """A policy: its statements, and whether it has policy variables."""

    variables: bool
    statements: list
    policy_type: str


IDENTITY_TYPES = ("IDENTITY_POLICY", "SERVICE_CONTROL_POLICY")
POLICY_TYPES = IDENTITY_TYPES + ("RESOURCE_POLICY", "RESOURCE_CONTROL_POLICY")

_COMPARISONS = {
    "equals": ("eq", False),
    "notequals": ("eq", True),
    "lessthan": ("lt", False),
    "lessthanequals": ("le", False),
    "greaterthan": ("gt", False),
    "greaterthanequals": ("ge", False),
}
OPERATORS = {
    "stringequals": ("string", "eq", False),
    "stringnotequals": ("string", "eq", True),
    "stringequalsignorecase": ("nocase", "eq", False),
    "stringnotequalsignorecase": ("nocase", "eq", True),
    "stringlike": ("like", "eq", False),
    "stringnotlike": ("like", "eq", True),
    "bool": ("bool", "eq", False),
    "binaryequals": ("binary", "eq", False),
    "ipaddress": ("ip", "eq", False),
    "notipaddress": ("ip", "eq", True),
    "arnequals": ("arn", "eq", False),
    "arnlike": ("arn", "eq", False),
    "arnnotequals": ("arn", "eq", True),
    "arnnotlike": ("arn", "eq", True),
    "null": ("null", "eq", False),
    **{"numeric" + name: ("number",) + test for name, test in _COMPARISONS.items()},
    **{"date" + name: ("date",) + test for name, test in _COMPARISONS.items()},
}


def _members(value, allowed, where):
    if not isinstance(value, Object):
        raise DocumentError(f"{where} is not an object")
    if value.twice is not None:
        raise DocumentError(f"`{value.twice}` comes twice in {where}")
    for name in value:
        if allowed is not None and name not in allowed:
            raise DocumentError(f"unknown element `{name}` in {where}")


def _strings(value, where):
    values = value if isinstance(value, list) else [value]
    for item in values:
        if not isinstance(item, str) or isinstance(item, Number):
            raise DocumentError(f"{where} holds something that is no string")
    return list(values)


def _scalars(value, where):
    result = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, bool):
            result.append("true" if item else "false")
        elif isinstance(item, str):
            result.append(str(item))
        else:
            raise DocumentError(f"{where} holds something that is no text, number or boolean")
    return result


def read(value, policy_type):
    """Reads a document, or raises DocumentError."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError as error:
            raise DocumentError(f"no JSON: {error}") from error
    _members(value, ("Version", "Id", "Statement"), "the document")
    version = value.get("Version", "2008-10-17")
    if version not in ("2008-10-17", "2012-10-17") or isinstance(version, Number):
        raise DocumentError(f"unknown version `{version}`")
    if "Id" in value:
        _strings(value["Id"], "/Id")
        if isinstance(value["Id"], list):
            raise DocumentError("/Id is a list")
    if "Statement" not in value:
        raise DocumentError("no Statement")
    statements = value["Statement"]
    statements = statements if isinstance(statements, list) else [statements]
    read_all = [_statement(item, index, policy_type) for index, item in enumerate(statements)]
    return Document(version == "2012-10-17", read_all, policy_type)


_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)


def _statement(value, index, policy_type):
    where = f"/Statement/{index}"
    _members(value, _ELEMENTS, where)
    for name in ("Principal", "Action", "Resource"):
        if name in value and "Not" + name in value:
            raise DocumentError(f"{where} has `{name}` and `Not{name}`")
    if "Sid" in value and (not isinstance(value["Sid"], str) or isinstance(value["Sid"], Number)):
        raise DocumentError(f"{where}/Sid is no string")
    effect = value.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise DocumentError(f"{where} has no Effect `Allow` or `Deny`")
    statement = Statement(index, effect == "Allow")
    if "Action" not in value and "NotAction" not in value:
        raise DocumentError(f"{where} has no Action")
    statement.not_action = "NotAction" in value
    statement.actions = _strings(value.get("Action", value.get("NotAction")), where + "/Action")
    statement.not_resource = "NotResource" in value
    if "Resource" in value or "NotResource" in value:
        statement.resources = _strings(value.get("Resource", value.get("NotResource")), where + "/Resource")
    statement.not_principal = "NotPrincipal" in value
    if "Principal" in value or "NotPrincipal" in value:
        if policy_type in IDENTITY_TYPES:
            raise DocumentError(f"{where} has a Principal, which this type of policy must not have")
        statement.principal = _principals(value.get("Principal", value.get("NotPrincipal")), where)
    if policy_type in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
        for pattern in statement.resources or []:
            if is_short(pattern, version_has_variables=True):
                raise DocumentError(f"{where} has the short resource `{pattern}`")
    statement.conditions = _conditions(value.get("Condition"), where) if "Condition" in value else []
    return statement


def _principals(value, where):
    if value == "*":
        return [("*", "*")]
    _members(value, ("AWS", "Service", "Federated", "CanonicalUser"), where + "/Principal")
    return [(kind, item) for kind, items in value.items() for item in _strings(items, where + "/Principal")]


def _conditions(value, where):
    _members(value, None, where + "/Condition")
    result = []
    for name, block in value.items():
        quantifier, base, if_exists = "", name.lower(), False
        for prefix, sign in (("forallvalues:", "all"), ("foranyvalue:", "any")):
            if base.startswith(prefix):
                quantifier, base = sign, base[len(prefix) :]
        if base.endswith("ifexists"):
            if_exists, base = True, base[: -len("ifexists")]
        if base not in OPERATORS:
            raise DocumentError(f"unknown condition operator `{name}` in {where}")
        family, test, negated = OPERATORS[base]
        if family == "null" and (if_exists or quantifier):
            raise DocumentError(f"`{name}` in {where}: Null takes no suffix and no set operator")
        _members(block, None, f"{where}/Condition/{name}")
        for key, values in block.items():
            texts = _scalars(values, f"{where}/Condition/{name}/{key}")
            result.append(Condition(family, test, negated, if_exists, quantifier, fold(key), texts))
    return result


def fold(text):
    """Lower case for ASCII letters alone."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


# Patterns as tokens: ("lit", text), ("star",), ("any",), ("var", key, default or None), ("bad",).


def tokens(text, wildcards, variables):
    """Cuts a pattern into tokens; neighbouring literals are joined."""
    result = []

    def literal(part):
        if result and result[-1][0] == "lit":
            result[-1] = ("lit", result[-1][1] + part)
        else:
            result.append(("lit", part))

    at = 0
    while at < len(text):
        end = text.find("}", at) if variables and text.startswith("${", at) else -1
        if end >= 0:
            inside = text[at + 2 : end]
            if inside in ("*", "?", "$"):
                literal(inside)
            else:
                result.append(_variable(inside))
            at = end + 1
            continue
        char = text[at]
        if wildcards and char == "*":
            result.append(("star",))
        elif wildcards and char == "?":
            result.append(("any",))
        else:
            literal(char)
        at += 1
    return result


def _variable(inside):
    found = re.fullmatch(r"\s*([^\s,'${}][^,'${}]*?)\s*(?:,\s*'([^']*)'\s*)?", inside)
    return ("var", fold(found[1]), found[2]) if found else ("bad",)


def split_arn(parts):
    """Cuts tokens at the first five colons outside variables; fewer lists mean a short ARN."""
    result = [[]]
    for token in parts:
        if token[0] != "lit":
            result[-1].append(token)
            continue
        rest = token[1]
        while len(result) < 6 and ":" in rest:
            head, rest = rest.split(":", 1)
            if head:
                result[-1].append(("lit", head))
            result.append([])
        if rest:
            result[-1].append(("lit", rest))
    return result


def has_variable(parts):
    """Whether tokens hold a variable."""
    return any(token[0] in ("var", "bad") for token in parts)


def is_short(pattern, version_has_variables):
    """Whether a resource pattern has fewer than six parts and no final `*` to complete it."""
    cut = split_arn(tokens(pattern, True, version_has_variables))
    return len(cut) < 6 and not (cut[-1] and cut[-1][-1] == ("star",))


# Facts about condition keys.

ACCOUNT_KEYS = {
    "aws:principalaccount",
    "aws:sourceaccount",
    "aws:resourceaccount",
    "aws:vpceaccount",
    "kms:calleraccount",
    "s3:resourceaccount",
}
MANY_VALUED = {
    "aws:tagkeys",
    "aws:calledvia",
    "aws:principalorgpaths",
    "aws:resourceorgpaths",
    "aws:sourceorgpaths",
    "aws:vpceorgpaths",
    "aws:principalservicenameslist",
    "dynamodb:attributes",
    "dynamodb:leadingkeys",
    "kms:encryptioncontextkeys",
    "kms:grantoperations",
    "kms:resourcealiases",
    "s3:requestobjecttagkeys",
    "sts:transitivetagkeys",
    "saml:edupersonaffiliation",
    "saml:edupersonassurance",
    "saml:edupersonentitlement",
    "saml:edupersonnickname",
    "saml:edupersonorgunitdn",
    "saml:edupersonscopedaffiliation",
    "saml:edupersontargetedid",
    "saml:eduorghomepageuri",
    "saml:eduorgidentityauthnpolicyuri",
    "saml:eduorglegalname",
    "saml:eduorgsuperioruri",
    "saml:eduorgwhitepagesuri",
    "saml:cn",
    "saml:mail",
}
TRUSTED_KEYS = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:sourceip",
    "aws:userid",
    "kms:calleraccount",
    "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "lambda:eventsourcetoken",
}


class KeyFacts:
    """How many values a key has: by the fixed list, the service reference, or the question."""

    def __init__(self, services=None):
        self.many, self.single = set(MANY_VALUED), set()
        entries = []
        if services:
            with open(services, encoding="utf-8") as file:
                known = json.load(file)
            entries = [key for service in known["Services"] for key in service.get("ConditionKeys", [])]
        for key in entries:
            name = fold(key["Name"]).split("${")[0]
            listed = any(kind.startswith("ArrayOf") for kind in key["Types"])
            if listed and not name.startswith("aws:"):
                self.many.add(name)
            elif not listed and name not in self.many:
                self.single.add(name)

    def arity(self, key, with_set_operator):
        """`single`, `many` or `either` (an OIDC audience)."""
        names = (key, key.split("/", 1)[0] + "/") if "/" in key else (key,)
        if key.startswith("route53:changeresourcerecordsets") or key.endswith(":amr"):
            return "many"
        if any(name in self.many for name in names):
            return "many"
        if key.endswith(":aud") and not key.startswith("saml:"):
            return "either"
        if key.startswith("aws:") or any(name in self.single for name in names):
            return "single"
        return "many" if key in with_set_operator else "single"


def trusted_key(key, resource_type):
    """Whether a key can make access non-public (rule Q4)."""
    if key == "s3:dataaccesspointarn" and resource_type == "AWS::S3::AccessPoint":
        return False
    provider = (key.endswith(":aud") or key.endswith(":app_id")) and not key.startswith("saml:")
    return key in TRUSTED_KEYS or provider


def resource_form(resource_type):
    """A resource pattern for the ARNs of a resource type."""
    return _FORMS.get(resource_type, "*")


_FORMS = {
    "AWS::S3::Bucket": "arn:*:s3:::*",
    "AWS::S3::AccessPoint": "arn:*:s3:*:*:accesspoint/*",
    "AWS::KMS::Key": "arn:*:kms:*:*:key/*",
    "AWS::Lambda::Function": "arn:*:lambda:*:*:function:*",
    "AWS::SQS::Queue": "arn:*:sqs:*:*:*",
    "AWS::SNS::Topic": "arn:*:sns:*:*:*",
    "AWS::SecretsManager::Secret": "arn:*:secretsmanager:*:*:secret:*",
    "AWS::EFS::FileSystem": "arn:*:elasticfilesystem:*:*:file-system/*",
    "AWS::OpenSearchService::Domain": "arn:*:es:*:*:domain/*",
    "AWS::ApiGateway::RestApi": "arn:*:execute-api:*:*:*",
    "AWS::Backup::BackupVault": "arn:*:backup:*:*:backup-vault:*",
    "AWS::S3Express::DirectoryBucket": "arn:*:s3express:*:*:bucket/*",
}
