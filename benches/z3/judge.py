"""One request against one document: a plain judge, written apart from the oracle's formulas.

Answers are True, False, or None where an undefined atom (rule S2) decides. It replays every witness
of `oracle.py`; a request outside the universe of `semantics` part 2 is reported as a sentence.
"""

import re

import values
from document import (
    ACCOUNT_KEYS,
    IDENTITY_TYPES,
    fold,
    read,
    resource_form,
    split_arn,
    tokens,
    trusted_key,
    Object,
)


def all_of(answers):
    """Conjunction over True, False, None."""
    answers = list(answers)
    return False if False in answers else None if None in answers else True


def any_of(answers):
    """Disjunction over True, False, None."""
    answers = list(answers)
    return True if True in answers else None if None in answers else False


def negation(answer):
    """Complement over True, False, None."""
    return None if answer is None else not answer


class Caller:
    """The principal of a request, taken apart."""

    def __init__(self, request, parent):
        self.text, context = request["principal"], request["context"]
        self.parent, self.type = parent, request.get("principalType", "AWS")
        self.kind, self.account, self.name = None, None, None
        if self.type != "AWS":
            self.kind = {
                "Service": "service",
                "Federated": "federated",
                "CanonicalUser": "canonical",
                "Anonymous": "anonymous",
            }[self.type]
            return
        _, self.partition, _, _, self.account, rest = self.text.split(":", 5)
        self.arn = self.text
        head = rest.split("/")[0]
        if rest == "root":
            self.kind = "root"
        elif head == "user":
            self.kind, self.name = "user", rest.split("/")[-1]
        elif head == "federated-user":
            self.kind, self.name = "federated-user", rest.split("/")[-1]
        elif head == "assumed-role":
            _, self.name, self.session = rest.split("/")
            self.kind = "role"
            self.arn = context.get("aws:principalarn", f"arn:{self.partition}:iam::{self.account}:role/{self.name}")

    def is_named(self, how, value):
        """S11 to S15."""
        if value == "*" and how in ("*", "AWS"):
            return True
        wild = "*" in value or "?" in value
        if how in ("Service", "Federated") and wild:
            return None
        if how != "AWS":
            return self.type == how and self.text == value
        if value.startswith("arn:aws:iam::cloudfront:user/"):
            return self.kind == "service" and self.text == value
        if re.fullmatch("[0-9]{12}", value):
            return self.account == value
        if re.fullmatch("A(IDA|ROA)[A-Z0-9]+", value):
            return False
        parts = value.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            return None
        if wild:
            return False
        _, partition, service, region, account, rest = parts
        if region or not partition or service not in ("iam", "sts"):
            return None
        words = rest.split("/")
        known = rest == "root" or words[0] in ("user", "role", "assumed-role", "federated-user") and len(words) > 1
        if not known or not words[-1]:
            return None
        if not re.fullmatch("[0-9]{12}", account):
            return False
        if service == "iam" and rest == "root":
            return self.account == account
        if service == "iam" and words[0] == "user":
            return value in (self.text, self.parent) and self.account == account
        if service == "iam" and words[0] == "role":
            return self.kind == "role" and self.arn == value
        if service == "sts" and words[0] == "assumed-role" and len(words) == 3:
            return self.kind == "role" and self.text == value
        if service == "sts" and words[0] == "federated-user" and len(words) == 2:
            return self.text == value
        return None

    def escapes(self, entries):
        """Whether a Deny with NotPrincipal spares this caller (S16)."""
        if self.account is None:
            return any_of(self.is_named(how, value) for how, value in entries)

        def listed(test):
            found = []
            for how, value in entries:
                answer = self.is_named(how, value)
                if answer is None or value == "*":
                    found.append(answer)
                elif how == "AWS":
                    found.append(answer and test(value))
            return any_of(found)

        def account(value):
            return ":" not in value or value.endswith(":root")

        chain = [account]
        if self.kind == "user":
            chain.append(lambda value: value == self.text)
        if self.kind == "role":
            chain += [lambda value: value == self.arn, lambda value: value == self.text]
        if self.kind == "federated-user":
            chain += [lambda value: ":user/" in value, lambda value: value == self.text]
        return all_of(listed(test) for test in chain)


def regex_of(parts, get, inside_part=False):
    """A Python expression for tokens, variables filled in; None without meaning, False without value."""
    pattern = ""
    for token in parts:
        if token[0] == "bad":
            return None
        if token[0] == "lit":
            pattern += re.escape(token[1])
        elif token[0] == "var":
            value = get(token[1])
            value = token[2] if value is None else value
            if value is None:
                return False
            pattern += re.escape(value)
        else:
            one = "[^:]" if inside_part else "."
            pattern += one if token[0] == "any" else one + "*"
    return pattern


def match_tokens(parts, get, value, inside_part=False, ignore_case=False):
    """A whole text against tokens."""
    pattern = regex_of(parts, get, inside_part)
    if pattern is None or pattern is False:
        return pattern
    if ignore_case:
        pattern, value = _fold_regex(parts, get), fold(value)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


def _fold_regex(parts, get):
    filled = ""
    for token in parts:
        if token[0] == "lit":
            filled += token[1]
        else:
            value = get(token[1])
            filled += token[2] if value is None else value
    return re.escape(fold(filled))


def match_arn(cut, get, value):
    """Part by part; a value with fewer than six parts matches nothing."""
    held = value.split(":", 5)
    if len(held) < 6:
        return False
    return all_of(match_tokens(part, get, text, index < 5) for index, (part, text) in enumerate(zip(cut, held)))


class Request:
    """A request with its keys in lower case and the arity of each."""

    def __init__(self, request, parent, arity):
        self.action, self.resource = request["action"], request["resource"]
        self.context = {fold(name): value for name, value in request["context"].items()}
        self.context = {name: value for name, value in self.context.items() if value != []}
        self.caller = Caller(request, parent)
        self.arity = arity

    def single(self, name):
        """The value of a single-valued key, for variables."""
        value = self.context.get(name)
        return value if isinstance(value, str) else None


def applies(document, statement, request):
    """Whether a statement applies (S1)."""
    parts = []
    if document.policy_type not in IDENTITY_TYPES:
        entries = statement.principal
        if entries is None:
            parts.append(None)
        elif not statement.not_principal:
            parts.append(any_of(request.caller.is_named(*entry) for entry in entries))
        elif statement.allow:
            parts.append(negation(any_of(request.caller.is_named(*entry) for entry in entries)))
        else:
            parts.append(negation(request.caller.escapes(entries)))
    action = any(match_tokens(tokens(fold(p), True, False), None, request.action) for p in statement.actions)
    parts.append(action != statement.not_action)
    if statement.resources is not None:
        resource = any_of(match_resource(document, pattern, request) for pattern in statement.resources)
        parts.append(negation(resource) if statement.not_resource else resource)
    elif document.policy_type in IDENTITY_TYPES:
        parts.append(None)
    parts += [holds(document, condition, request) for condition in statement.conditions]
    return all_of(parts)


def match_resource(document, pattern, request):
    """S18."""
    if pattern == "*":
        return True
    cut = split_arn(tokens(pattern, True, document.variables))
    if len(cut) < 6:
        if not pattern.endswith("*"):
            return None
        cut = cut + [[("star",)]] * (6 - len(cut))
    return match_arn(cut, request.single, request.resource)


def holds(document, condition, request):
    """One operator on one key (S21 to S30)."""
    value = request.context.get(condition.key)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    counted = [item for item in listed if item != ""]
    if condition.family == "null":
        answers = []
        for text in condition.values:
            word = fold(text)
            answers.append((not counted) == (word == "true") if word in ("true", "false") else None)
        return any_of(answers)

    def one(item):
        answer = any_of(compare(document, condition, pattern, item, request) for pattern in condition.values)
        return negation(answer) if condition.negated else answer

    if condition.quantifier:
        if condition.if_exists and not counted:
            return True
        return (all_of if condition.quantifier == "all" else any_of)(one(item) for item in counted)
    if value is None:
        return condition.negated or condition.if_exists
    return False if isinstance(value, list) else one(value)


def compare(document, condition, pattern, item, request):
    """One value of the policy against one value of the request (S31 to S39)."""
    family = condition.family
    if family in ("string", "nocase", "like", "arn"):
        parts = tokens(pattern, family in ("like", "arn"), document.variables)
        if family != "arn":
            return match_tokens(parts, request.single, item, ignore_case=family == "nocase")
        cut = split_arn(parts)
        return match_arn(cut, request.single, item) if len(cut) == 6 else None
    if family == "bool":
        return fold(pattern) == item if fold(pattern) in ("true", "false") else None
    convert = {
        "binary": values.canonical_base64,
        "ip": values.network,
        "number": values.decimal,
        "date": values.instant,
    }[family]
    wanted, got = convert(pattern), convert(item)
    if wanted is None:
        return None
    if got is None:
        return False
    if family == "ip":
        return got.version == wanted.version and got.subnet_of(wanted)
    tests = {
        "eq": got == wanted,
        "lt": family != "binary" and got < wanted,
        "le": family != "binary" and got <= wanted,
        "gt": family != "binary" and got > wanted,
        "ge": family != "binary" and got >= wanted,
    }
    return tests[condition.test]


def allowed(document, request):
    """Whether one document allows a request (S1)."""
    answers = {True: [], False: []}
    for statement in document.statements:
        answers[statement.allow].append(applies(document, statement, request))
    return all_of([any_of(answers[True]), negation(any_of(answers[False]))])


def trusted(document, request, resource_type):
    """Whether a trusted key has a fixed value that the policy names (Q4)."""
    answers = []
    for statement in document.statements:
        for how, value in statement.principal or []:
            wild = "*" in value or "?" in value
            if not wild and (how in ("AWS", "Service", "CanonicalUser") or how == "Federated" and value.startswith("arn:")):
                answers.append(request.caller.is_named(how, value) is True)
        for condition in statement.conditions:
            if condition.family == "null" or not trusted_key(condition.key, resource_type):
                continue
            value = request.context.get(condition.key, [])
            for item in value if isinstance(value, list) else [value]:
                for pattern in condition.values:
                    if values.is_fixed(condition.family, pattern, document.variables):
                        answers.append(compare(document, condition, pattern, item, request))
    return any_of(answers)


def outside(zone, request):
    """Whether the caller is outside the zone of trust (Q3)."""
    caller = request.caller
    if caller.kind == "service":
        return False
    if caller.kind == "anonymous":
        return True
    if caller.kind == "federated":
        return caller.text not in (zone.get("federated") or [])
    if caller.kind == "canonical":
        return caller.text not in (zone.get("canonicalUsers") or [])
    if caller.account in (zone.get("accounts") or []):
        return False
    return not zone.get("organization") or request.context.get("aws:principalorgid") != zone["organization"]


def violates(line, documents, facts, request, parent=None):
    """Whether a witness shows what a question asks for; a sentence if it is no request at all."""
    problem = malformed(request)
    if problem:
        return problem
    request = Request(request, parent, facts)
    question = line["question"]
    if question == "no-new-access":
        return all_of([allowed(documents["new"], request), negation(allowed(documents["existing"], request))])
    document = documents["policy"]
    answers = [allowed(document, request)]
    plain = read(Object(Version="2008-10-17", Statement=[]), "RESOURCE_POLICY")
    if question == "not-granted":
        entries = []
        for entry in line["access"]:
            actions, resources = entry.get("actions"), entry.get("resources")
            parts = []
            if actions is not None:
                parts.append(any(match_tokens(tokens(fold(p), True, False), None, request.action) for p in actions))
            if resources is not None:
                parts.append(any_of(match_resource(plain, pattern, request) for pattern in resources))
            entries.append(all_of(parts))
        answers.append(any_of(entries))
    if question == "no-external-access":
        answers.append(outside(line.get("zoneOfTrust") or {}, request))
    if question == "no-public-access":
        kind = line.get("resourceType")
        answers += [match_resource(plain, resource_form(kind), request), negation(trusted(document, request, kind))]
    return all_of(answers)


_FIXED = {
    "root": {"aws:principaltype": "Account", "aws:principalisawsservice": "false", "aws:username": None},
    "user": {"aws:principaltype": "User", "aws:principalisawsservice": "false"},
    "role": {"aws:principaltype": "AssumedRole", "aws:principalisawsservice": "false", "aws:username": None},
    "federated-user": {"aws:principaltype": "FederatedUser", "aws:principalisawsservice": "false", "aws:username": None},
    "service": {"aws:principalarn": None, "aws:principalisawsservice": "true", "aws:principalorgid": None},
    "anonymous": {
        "aws:principalarn": None,
        "aws:principalaccount": "anonymous",
        "aws:principaltype": "Anonymous",
        "aws:userid": "anonymous",
        "aws:principalisawsservice": None,
        "aws:principalorgid": None,
    },
    "federated": {"aws:principalarn": None, "aws:principalisawsservice": None, "aws:principalorgid": None},
    "canonical": {"aws:principalisawsservice": "false"},
}


def malformed(request):
    """Why a request is outside the universe, or None."""
    if not re.fullmatch(r"[a-z0-9-]+:[a-z0-9_-]+", request["action"]):
        return f"`{request['action']}` is no action"
    parts = request["resource"].split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not (parts[1] and parts[2] and parts[5]):
        return f"`{request['resource']}` is no resource"
    caller, context = Caller(request, None), request["context"]
    if caller.kind is None:
        return f"`{caller.text}` is no principal"
    fixed = dict(_FIXED[caller.kind])
    if caller.account is not None:
        if not re.fullmatch("[0-9]{12}", caller.account):
            return f"`{caller.account}` is no account"
        fixed["aws:principalarn"], fixed["aws:principalaccount"] = caller.arn, caller.account
        fixed["kms:calleraccount"] = caller.account
        if caller.kind == "user":
            fixed["aws:username"] = caller.name
        if caller.kind == "root":
            fixed["aws:userid"] = caller.account
        if caller.kind == "federated-user":
            fixed["aws:userid"] = f"{caller.account}:{caller.name}"
    if caller.kind == "role":
        _, _, _, _, account, rest = caller.arn.split(":", 5)
        if account != caller.account or rest.split("/")[-1] != caller.name or not rest.startswith("role/"):
            return "`aws:PrincipalArn` is not the caller's role"
        if "aws:userid" in context and not context["aws:userid"].endswith(":" + caller.session):
            return "`aws:userid` does not end in the session name"
    for name, value in context.items():
        if name in fixed and value != fixed[name]:
            return f"`{name}` contradicts the caller"
        known = fixed.get("aws:principalaccount") == "anonymous" and name == "aws:principalaccount"
        if name in ACCOUNT_KEYS and not known and not re.fullmatch("[0-9]{12}", value):
            return f"`{name}` is no account"
    known = re.fullmatch("[0-9]{12}", parts[4])
    if known and context.get("aws:resourceaccount", parts[4]) != parts[4]:
        return "`aws:ResourceAccount` contradicts the resource"
    for path in context.get("aws:principalorgpaths", []):
        if caller.account is not None and not path.startswith(context.get("aws:principalorgid", "") + "/"):
            return "`aws:PrincipalOrgPaths` contradicts `aws:PrincipalOrgID`"
    if caller.kind == "service" and caller.text not in context.get("aws:principalservicenameslist", [caller.text]):
        return "`aws:PrincipalServiceNamesList` lacks the service"
    return None
