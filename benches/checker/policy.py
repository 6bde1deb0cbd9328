"""Policy documents (S2, S6, S11 to S23, S40 to S42): from JSON to statements. What S2 calls an error raises `Wrong`."""

import re
from collections import namedtuple

from strict import Number, Wrong, is_text, parse
from values import lower

Policy = namedtuple("Policy", "statements")
# `principal` and `resource`: (negated, entries) or None; `action`: (negated, texts).
Statement = namedtuple("Statement", "allows principal action resource conditions")
# `form`: "any", "short", or six parts, each a tuple of pieces.
Resource = namedtuple("Resource", "text form")
Condition = namedtuple("Condition", "quantifier comparison negated if_exists key values variables")

# Pieces of a template: a character is itself; wildcards; variables are (key, default or None).
ONE, MANY = ("?",), ("*",)

# What Unicode calls white space.
_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"


def is_variable(piece):
    return len(piece) == 2


def template(text, wildcards, variables):
    """Cuts a text into pieces. A `${` that never closes, or that holds no key, is text."""
    if not (wildcards and ("*" in text or "?" in text)) and not (variables and "${" in text):
        return list(text)
    out, at = [], 0
    while at < len(text):
        if variables and text.startswith("${", at):
            found = _variable(text, at + 2)
            if found:
                out.append(found[0])
                at = found[1]
                continue
        c = text[at]
        out.append(MANY if wildcards and c == "*" else ONE if wildcards and c == "?" else c)
        at += 1
    return out


def _variable(text, at):
    """What stands between `${` and `}`, and where the text goes on. A default may hold a brace inside its quotes."""
    close = text.find("}", at)
    if close < 0:
        return None
    comma = text.find(",", at, close)
    if comma < 0:
        name = text[at:close].strip(_SPACE)
        if not name:
            return None
        return (name if name in ("*", "?", "$") else (lower(name), None)), close + 1
    key = text[at:comma].strip(_SPACE)
    at = _past_space(text, comma + 1)
    if text[at:at + 1] != "'" or not key:
        return None
    end = text.find("'", at + 1)
    if end < 0:
        return None
    behind = _past_space(text, end + 1)
    if text[behind:behind + 1] != "}":
        return None
    return (lower(key), text[at + 1:end]), behind + 1


def _past_space(text, at):
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def cut(pieces):
    """Pieces cut at their first five colons."""
    parts = [[]]
    for piece in pieces:
        if piece == ":" and len(parts) < 6:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def read(text, policy_type):
    """Reads a document, an object or a string that holds one."""
    value = parse(text)
    if is_text(value):
        value = parse(value)
    if reserved(value):
        raise Wrong("a letter that stands for unknown values")
    _known(value, ("Version", "Id", "Statement"), "a policy")
    if value.get("Version", "2008-10-17") not in ("2012-10-17", "2008-10-17") or isinstance(value.get("Version"), Number):
        raise Wrong("an unknown `Version`")
    if "Id" in value and not is_text(value["Id"]):
        raise Wrong("`Id` must be a string")
    if "Statement" not in value:
        raise Wrong("a policy needs `Statement`")
    statements = value["Statement"]
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        raise Wrong("`Statement` must be an object or a list of some")
    variables = value.get("Version") == "2012-10-17"
    return Policy([_statement(s, variables, policy_type) for s in statements])


def reserved(value):
    """Whether some text in a value holds a letter that patterns keep for the values of variables."""
    if isinstance(value, dict):
        return any(reserved(name) or reserved(own) for name, own in value.items())
    if isinstance(value, list):
        return any(map(reserved, value))
    return isinstance(value, str) and any("\U0010f000" <= c <= "\U0010fffe" for c in value)


def _known(value, names, what):
    if not isinstance(value, dict):
        raise Wrong(f"{what} must be an object")
    for name in value:
        if name not in names:
            raise Wrong(f"{what} has an unknown element `{name}`")


def _statement(value, variables, policy_type):
    _known(value, ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
                   "Condition"), "a statement")
    for name in ("Principal", "Action", "Resource"):
        if name in value and "Not" + name in value:
            raise Wrong(f"`{name}` stands together with `Not{name}`")
    if "Sid" in value and not is_text(value["Sid"]):
        raise Wrong("`Sid` must be a string")
    if not is_text(value.get("Effect")) or value["Effect"] not in ("Allow", "Deny"):
        raise Wrong("`Effect` must be `Allow` or `Deny`")
    principal = _either(value, "Principal", _principals)
    action = _either(value, "Action", _texts)
    resource = _either(value, "Resource", lambda v: [_resource(text, variables) for text in _texts(v)])
    if action is None:
        raise Wrong("a statement needs `Action` or `NotAction`")
    if principal and policy_type in ("IDENTITY_POLICY", "SERVICE_CONTROL_POLICY"):
        raise Wrong("such a policy has no `Principal`")
    if principal and principal[0] and policy_type == "RESOURCE_CONTROL_POLICY":
        raise Wrong("a resource control policy has no `NotPrincipal`")
    if resource and policy_type.endswith("_CONTROL_POLICY") and any(r.form == "short" for r in resource[1]):
        raise Wrong("a control policy has a resource that is no full ARN")
    return Statement(value["Effect"] == "Allow", principal, action, resource,
                     _conditions(value["Condition"], variables) if "Condition" in value else [])


def _either(value, name, make):
    """An element or its twin: (negated, what `make` makes of it), or None."""
    for negated, own in ((False, name), (True, "Not" + name)):
        if own in value:
            return negated, make(value[own])
    return None


def _texts(value):
    out = [value] if not isinstance(value, list) else value
    if not out or not all(is_text(text) and text for text in out):
        raise Wrong("a string or a list of strings must stand there, none of them empty")
    return out


# ---- principals: ("everyone",), ("account", partition, number), ("user", partition, account, path, name), ("role", …),
# ("session", partition, account, role, name), ("federated-user", partition, account, name), ("service", text),
# ("federated", text), ("canonical", text), ("nobody",), ("undefined", text) ----

UNKNOWN = "${keyaki:unknown "
_UNIQUE = re.compile(r"(ABIA|ACCA|AGPA|AIDA|AIPA|ANPA|ANVA|APKA|AROA|ASCA)[A-Z0-9]+")
_OAI = re.compile(r"arn:[a-z0-9-]+:iam::cloudfront:user/CloudFront Origin Access Identity [A-Za-z0-9]+")
_ARN = re.compile(r"arn:([a-z0-9-]+):(iam|sts)::([0-9]{12}):(.*)", re.DOTALL)
_NAME = r"[A-Za-z0-9+=,.@_-]+"
_IAM = re.compile(rf"(user|role)(/(?:[!-~]*/)?)({_NAME})")
_SESSION = re.compile(rf"assumed-role/({_NAME})/({_NAME})")
_FEDERATED = re.compile(rf"federated-user/({_NAME})")


def _principals(value):
    if value == "*" and is_text(value):
        return [("everyone",)]
    _known(value, ("AWS", "Service", "Federated", "CanonicalUser"), "a principal")
    if not value:
        raise Wrong("a principal names nobody")
    out = []
    for kind, texts in value.items():
        if texts == []:
            out.append(("nobody",))
        for text in texts if isinstance(texts, list) else [texts]:
            if not is_text(text):
                raise Wrong("a principal must be a string")
            out.append(_entry(kind, text))
    return out


def _entry(kind, text):
    wild = "*" in text or "?" in text
    if kind == "AWS":
        return _aws(text, wild) or ("undefined", f"AWS:{text}")
    if not text or wild:
        return ("undefined", f"{kind}:{text}")
    return ({"Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}[kind], text)


def is_fixed(who):
    """Whether an entry names somebody fixed: of an identity provider not anybody, and of an ARN that is not wholly known somebody (S45)."""
    if who[0] == "undefined":
        text = who[1].removeprefix("AWS:")
        return text != who[1] and UNKNOWN in text and text.removeprefix(UNKNOWN).startswith("arn:")
    return who[0] not in ("everyone", "nobody") and (who[0] != "federated" or who[1].startswith("arn:"))


def _aws(text, wild):
    if text == "*":
        return ("everyone",)
    if re.fullmatch("[0-9]{12}", text):
        return ("account", None, text)
    if _UNIQUE.fullmatch(text) or text.startswith("arn:") and wild:
        return ("nobody",)
    if _OAI.fullmatch(text):
        return ("service", text)
    arn = _ARN.fullmatch(text)
    if not arn:
        return None
    partition, service, account, last = arn.groups()
    if service == "iam":
        if last == "root":
            return ("account", partition, account)
        found = _IAM.fullmatch(last)
        return found and (found[1], partition, account, found[2], found[3])
    found = _SESSION.fullmatch(last)
    if found:
        return ("session", partition, account, found[1], found[2])
    found = _FEDERATED.fullmatch(last)
    return found and ("federated-user", partition, account, found[1])


# ---- resources (S18) ----

def _resource(text, variables):
    if text == "*":
        return Resource(text, "any")
    parts = cut(template(text, True, variables))
    if len(parts) == 6:
        if ONE in parts[2] or MANY in parts[2]:
            raise Wrong("a wildcard stands in the service part of a resource")
    elif parts[-1][-1:] != [MANY] or any(is_variable(piece) for part in parts for piece in part):
        return Resource(text, "short")
    else:
        parts += [[MANY]] * (6 - len(parts))
    return Resource(text, parts)


# ---- conditions ----

_OPERATORS = {}
for _name, _comparison, _twin in (
        ("StringEquals", "text", "StringNotEquals"),
        ("StringEqualsIgnoreCase", "folded", "StringNotEqualsIgnoreCase"),
        ("StringLike", "like", "StringNotLike"),
        ("NumericEquals", "number =", "NumericNotEquals"), ("NumericLessThan", "number <", None),
        ("NumericLessThanEquals", "number <=", None), ("NumericGreaterThan", "number >", None),
        ("NumericGreaterThanEquals", "number >=", None),
        ("DateEquals", "date =", "DateNotEquals"), ("DateLessThan", "date <", None),
        ("DateLessThanEquals", "date <=", None), ("DateGreaterThan", "date >", None),
        ("DateGreaterThanEquals", "date >=", None),
        ("Bool", "bool", None), ("BinaryEquals", "bytes", None), ("IpAddress", "address", "NotIpAddress"),
        ("ArnLike", "arn", "ArnNotLike"), ("ArnEquals", "arn", "ArnNotEquals"), ("Null", "null", None)):
    _OPERATORS[lower(_name)] = (_comparison, False)
    if _twin:
        _OPERATORS[lower(_twin)] = (_comparison, True)


def _conditions(value, variables):
    if not isinstance(value, dict):
        raise Wrong("`Condition` must be an object")
    out = []
    for name, keys in value.items():
        base, quantifier, if_exists = lower(name), "", False
        for prefix in ("forallvalues:", "foranyvalue:"):
            if base.startswith(prefix):
                base, quantifier = base[len(prefix):], prefix[:-1]
                break
        if base.endswith("ifexists"):
            base, if_exists = base[:-len("ifexists")], True
        if base not in _OPERATORS:
            raise Wrong(f"unknown condition operator `{name}`")
        comparison, negated = _OPERATORS[base]
        if comparison == "null" and (quantifier or if_exists):
            raise Wrong("`Null` takes no set operator and no `IfExists`")
        if not isinstance(keys, dict):
            raise Wrong(f"`{name}` must be an object")
        for key, values in keys.items():
            texts = [_value(v) for v in (values if isinstance(values, list) else [values])]
            out.append(Condition(quantifier, comparison, negated, if_exists, lower(key), texts, variables))
    return out


def _value(value):
    """A string, or the text that a number or a boolean stands for (S21)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise Wrong("a condition value must be a string")
    return str(value)
