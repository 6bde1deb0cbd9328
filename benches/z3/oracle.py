"""A second opinion from Z3 on batch questions.

Reads JSON Lines on stdin (the batch form of `keyaki batch`) and writes one answer a line. Every
kind of principal is one solver query over Z3's strings and regular expressions; nothing here is
shared with the engine, so a wrong answer of either side shows as a disagreement. Each witness is
replayed by `judge.py` before it is reported.

    python oracle.py [--timeout SECONDS] [--services services.json] < questions.jsonl
"""

import argparse
import functools
import itertools
import json
import multiprocessing
import re
import sys
import time

import z3

import judge
import values
from document import (
    ACCOUNT_KEYS,
    IDENTITY_TYPES,
    POLICY_TYPES,
    DocumentError,
    KeyFacts,
    Object,
    fold,
    has_variable,
    parse_json,
    read,
    resource_form,
    split_arn,
    tokens,
    trusted_key,
)


class Unsupported(Exception):
    """A combination that this encoding does not express."""


# Regular expressions.

STRING = z3.StringSort()
RE = z3.ReSort(STRING)
TRUE, FALSE = z3.BoolVal(True), z3.BoolVal(False)


def text(value):
    """A string constant; the backslash is escaped because Z3 reads escapes in it."""
    plain = "".join(c if " " <= c <= "~" and c != "\\" else "\\u{%x}" % ord(c) for c in value)
    return z3.StringVal(plain)


def lit(value):
    return z3.Re(text(value))


def cat(*parts):
    parts = [part for part in parts if part is not None]
    return parts[0] if len(parts) == 1 else z3.Concat(*parts) if parts else lit("")


def alt(options):
    options = list(options)
    return z3.Empty(RE) if not options else options[0] if len(options) == 1 else z3.Union(*options)


def meet(*parts):
    return z3.Intersect(*parts)


def chars(*ranges):
    return alt(z3.Range(text(pair[0]), text(pair[-1])) for pair in ranges)


def times(regex, count):
    return z3.Loop(regex, count, count)


TOP = z3.Full(RE)
ONE = z3.AllChar(RE)
NOT_COLON = chars("\0\x39", "\x3b\U0002ffff")
NOT_SLASH = chars("\0\x2e", "\x30\U0002ffff")
ANY_PART = z3.Star(NOT_COLON)
DIGIT, NONZERO = chars("09"), chars("19")
ACCOUNT = times(DIGIT, 12)
SIX_PARTS = cat(*[cat(ANY_PART, lit(":"))] * 5, TOP)


def no_case(value):
    """A text without regard to ASCII case."""
    pieces = []
    for char in value:
        both = {char, char.swapcase()} if char.isascii() and char.isalpha() else {char}
        pieces.append(alt(lit(c) for c in sorted(both)))
    return cat(*pieces)


def glob(parts, inside_part=False):
    """The expression of tokens without variables."""
    pieces = []
    for token in parts:
        if token[0] == "lit":
            pieces.append(lit(token[1]))
        elif token[0] == "star":
            pieces.append(ANY_PART if inside_part else TOP)
        else:
            pieces.append(NOT_COLON if inside_part else ONE)
    return cat(*pieces)


def arn_glob(cut):
    """The expression of six token lists, part by part."""
    pieces = []
    for index, part in enumerate(cut):
        pieces += [glob(part, index < 5), lit(":")]
    return cat(*pieces[:-1])


def glob_union(patterns):
    """A union of globs, with common beginnings shared."""
    plain = [tokens(pattern, True, False) for pattern in patterns]
    symbols = []
    for parts in plain:
        row = []
        for token in parts:
            row += list(token[1]) if token[0] == "lit" else [token]
        symbols.append(tuple(row))
    return _trie(sorted(set(symbols), key=str), 0)


def _trie(rows, depth):
    ends = [row for row in rows if len(row) == depth]
    options = [lit("")] if ends else []
    groups = itertools.groupby([row for row in rows if len(row) > depth], key=lambda row: row[depth])
    for symbol, group in groups:
        group = list(group)
        run = [symbol]
        while all(len(row) > depth + len(run) for row in group) and len({row[depth + len(run)] for row in group}) == 1:
            run.append(group[0][depth + len(run)])
        head = [("lit", item) if isinstance(item, str) else item for item in run]
        joined = []
        for token in head:
            if joined and token[0] == "lit" and joined[-1][0] == "lit":
                joined[-1] = ("lit", joined[-1][1] + token[1])
            else:
                joined.append(token)
        if all(len(row) == depth + len(run) for row in group):
            options.append(glob(joined))
        else:
            options.append(cat(glob(joined), _trie(group, depth + len(run))))
    return alt(options)


# Booleans that fold constants, so that most statements vanish before the solver sees them.


def both(*items):
    items = [item for item in _flat(items) if not z3.is_true(item)]
    if any(z3.is_false(item) for item in items):
        return FALSE
    return TRUE if not items else items[0] if len(items) == 1 else z3.And(*items)


def either(*items):
    items = [item for item in _flat(items) if not z3.is_false(item)]
    if any(z3.is_true(item) for item in items):
        return TRUE
    return FALSE if not items else items[0] if len(items) == 1 else z3.Or(*items)


def no(item):
    return FALSE if z3.is_true(item) else TRUE if z3.is_false(item) else z3.Not(item)


def _flat(items):
    for item in items:
        if isinstance(item, (list, tuple)):
            yield from _flat(item)
        elif hasattr(item, "__next__"):
            yield from _flat(list(item))
        else:
            yield item


# Values: one thing that holds a text, a number, an instant or an address.


class Text:
    """A text that is a variable or a term; membership is asked of the term itself."""

    def __init__(self, term):
        self._term = term

    def member(self, regex):
        return z3.InRe(self._term, regex)

    def equals(self, value):
        return self._term == text(value)

    def term(self):
        return self._term

    def arn(self, cut):
        """Whether an ARN pattern without variables matches, part by part."""
        return self.member(arn_glob(cut))


class Parts(Text):
    """An ARN held as six terms, for questions with variables: no equation of concatenations arises."""

    def __init__(self, parts):
        self.parts = parts
        whole = [parts[0]]
        for part in parts[1:]:
            whole += [text(":"), part]
        super().__init__(z3.Concat(*whole))

    def equals(self, value):
        cut = value.split(":", 5)
        return both(term_is(term, part) for term, part in zip(self.parts, cut)) if len(cut) == 6 else FALSE

    def arn(self, cut):
        return both(term_in(term, part, index < 5) for index, (term, part) in enumerate(zip(self.parts, cut)))


def term_is(term, value):
    """A term against a text; constants are compared here."""
    if z3.is_string_value(term):
        return TRUE if plain(term) == value else FALSE
    return term == text(value)


def term_in(term, part, inside_part):
    """A term against the tokens of one part."""
    if part == [("star",)]:
        return TRUE
    if all(token[0] == "lit" for token in part):
        return term_is(term, "".join(token[1] for token in part))
    return z3.simplify(z3.InRe(term, glob(part, inside_part)))


class Piece(Text):
    """A part of another text that is cut out in one way only: membership moves to the whole.

    What stands `before` and `after` is said loosely: the whole has its own form already, so it is
    enough that the piece, of letters `inside`, cannot reach over its borders.
    """

    def __init__(self, whole, before, inside, after, universe):
        self.whole, self.before, self.inside, self.after, self.universe = whole, before, inside, after, universe

    def member(self, regex):
        return z3.InRe(self.whole, cat(self.before, meet(regex, self.inside), self.after))

    def equals(self, value):
        if not z3.is_true(z3.simplify(z3.InRe(text(value), self.universe))):
            return FALSE
        return z3.InRe(self.whole, cat(self.before, lit(value), self.after))

    def term(self):
        raise Unsupported("a part of the principal as a term")


class Real:
    """A number or an instant in seconds."""

    def __init__(self, term):
        self.value = term


class Address:
    """An address of either family."""

    def __init__(self, six, v4, v6):
        self.six, self.v4, self.v6 = six, v4, v6


class Key:
    """A condition key of one request: members that may be there, and whether it counts as many."""

    def __init__(self, members, many):
        self.members, self.many = members, many
        self.present = either(there for there, _ in members)


# One kind of principal.

KINDS = ("user", "role", "root", "federated-user", "service", "anonymous", "federated", "canonical")
NAME_CHAR = chars("az", "AZ", "09", "++", "==", ",,", "..", "@@", "__", "--")
PUBLIC_PROVIDERS = ("accounts.google.com", "graph.facebook.com", "www.amazon.com", "cognito-identity.amazonaws.com")
PATH = cat(lit("/"), z3.Star(cat(z3.Plus(chars("!.", "0~")), lit("/"))))


class World:
    """The requests of one kind of principal, as variables with side conditions."""

    def __init__(self, kind, scope):
        self.kind, self.scope = kind, scope
        self.side, self.keys, self.undefined = [], {}, {}
        self.names = itertools.count()
        self.partial = False
        self.action = z3.String("action")
        word = chars("az", "09", "--")
        self.side.append(z3.InRe(self.action, cat(z3.Plus(word), lit(":"), z3.Plus(chars("az", "09", "--", "__")))))
        extra = [lit(c) for c in sorted(scope.characters)]
        char = alt([chars(" ~")] + extra)
        part = alt([chars(" 9", ";~")] + extra)
        forms = [z3.Plus(part), z3.Plus(part), z3.Star(part), z3.Star(part), z3.Plus(char)]
        if scope.resource_in_parts:
            parts = [z3.String(f"resource{index}") for index in range(1, 6)]
            self.side += [z3.InRe(term, form) for term, form in zip(parts, forms)]
            self.resource = Parts([text("arn")] + parts)
        else:
            self.resource = Text(z3.String("resource"))
            whole = [lit("arn")]
            for form in forms:
                whole += [lit(":"), form]
            self.side.append(self.resource.member(cat(*whole)))
        self._principal()

    def fresh(self, sort="s", hint="v"):
        name = f"{hint}!{next(self.names)}"
        return z3.String(name) if sort == "s" else z3.Bool(name) if sort == "b" else z3.Real(name)

    # Principals and what follows from them.

    def _principal(self):
        kind, scope = self.kind, self.scope
        self.arn = z3.String("principal")
        partition = alt(lit(p) for p in sorted(scope.partitions))
        name = alt([z3.Plus(NAME_CHAR)] + [lit(n) for n in sorted(scope.odd_names)])
        iam = cat(lit("arn:"), partition, lit(":iam::"))
        forms = {
            "root": (None, None),
            "user": ("user", PATH),
            "role": ("role", PATH),
            "federated-user": ("federated-user", lit("/")),
        }
        if kind in forms:
            middle, path = forms[kind]
            service = "sts" if kind == "federated-user" else "iam"
            if scope.principal_in_parts:
                self._principal_in_parts(service, middle, partition, path, name)
            else:
                before = cat(lit("arn:"), partition, lit(f":{service}::"))
                after = lit(":root") if kind == "root" else cat(lit(f":{middle}"), path, name)
                self.side.append(z3.InRe(self.arn, cat(before, ACCOUNT, after)))
                tail = cat(lit(":"), TOP)
                self.account = Piece(self.arn, cat(lit("arn:"), ANY_PART, lit(f":{service}::")), ANY_PART, tail, ACCOUNT)
                self.partition_text = Piece(self.arn, lit("arn:"), ANY_PART, tail, partition)
                if kind != "root":
                    self.name = Piece(self.arn, cat(TOP, lit("/")), z3.Star(NOT_SLASH), None, name)
                self.caller = Text(self.arn)
        else:
            self.caller = Text(self.arn)
        if kind == "role":
            self.userid = z3.String("userid")
            session = alt([cat(NAME_CHAR, z3.Plus(NAME_CHAR))] + [lit(n) for n in sorted(scope.odd_sessions)])
            self.side.append(z3.InRe(self.userid, cat(TOP, lit(":"), session)))
            self.session = Piece(self.userid, cat(TOP, lit(":")), ANY_PART, None, session)
        if kind == "federated-user":
            # The parent user is one of those that the documents name, or somebody else.
            self.parents = {user: z3.Bool("parent!" + user) for user in sorted(scope.users)}
            pairs = itertools.combinations(self.parents.values(), 2)
            self.side += [z3.Not(z3.And(one, other)) for one, other in pairs]
        if kind == "service":
            word = z3.Plus(chars("az", "09", "--"))
            tail = cat(lit(".amazonaws.com"), z3.Option(lit(".cn")))
            form = cat(word, z3.Star(cat(lit("."), word)), tail)
            self.side.append(z3.InRe(self.arn, alt([form] + [lit(s) for s in sorted(scope.services)])))
        if kind == "federated":
            provider = cat(alt([lit(":saml-provider/"), lit(":oidc-provider/")]), z3.Plus(chars("!~")))
            named = [lit(p) for p in sorted(scope.providers | set(PUBLIC_PROVIDERS))]
            self.side.append(z3.InRe(self.arn, alt([cat(iam, ACCOUNT, provider)] + named)))
        if kind == "canonical":
            self.side.append(z3.InRe(self.arn, times(chars("09", "af", "AF"), 64)))
        if kind == "anonymous":
            self.side.append(self.arn == text("anonymous"))

    def _principal_in_parts(self, service, middle, partition, path, name):
        """The coordinates of the principal as variables of their own."""
        names = ("p_partition", "p_account", "p_path", "p_name")
        parts = dict(zip(("partition", "account", "path", "name"), map(z3.String, names)))
        self.side += [z3.InRe(parts["partition"], partition), z3.InRe(parts["account"], ACCOUNT)]
        rest = text("root")
        if middle is not None:
            self.side += [z3.InRe(parts["path"], path), z3.InRe(parts["name"], name)]
            rest = z3.Concat(text(middle), parts["path"], parts["name"])
        self.account, self.partition_text = Text(parts["account"]), Text(parts["partition"])
        self.name = Text(parts["name"])
        self.caller = Parts([text("arn"), parts["partition"], text(service), text(""), parts["account"], rest])
        self.arn = self.caller.term()

    # Keys.

    def key(self, name):
        if name not in self.keys:
            self.keys[name] = self._make_key(name)
        return self.keys[name]

    def _make_key(self, name):
        derived = self._derived(name)
        if derived is not None:
            return derived
        arity = self.scope.arity(name)
        if arity == "single":
            return Key([(self.fresh("b", name), self.free(name))], FALSE)
        count = self.scope.members(name)
        members = [(self.fresh("b", name), self.free(name)) for _ in range(count)]
        if arity == "many":
            return Key(members, TRUE)
        many = self.fresh("b", name)
        self.side += [z3.Implies(there, many) for there, _ in members[1:]]
        return Key(members, many)

    def free(self, name):
        """A free value of the key's type."""
        reads = self.scope.reads(name)
        typed = reads - {"text"}
        if len(typed) > 1 or (typed and name in ACCOUNT_KEYS):
            raise Unsupported(f"`{name}` is read as {' and '.join(sorted(typed | reads))}")
        if not typed:
            term = self.fresh("s", name)
            if name in ACCOUNT_KEYS:
                self.side.append(z3.InRe(term, ACCOUNT))
            return Text(term)
        form = typed.pop()
        if form == "bool":
            term = self.fresh("s", name)
            self.side.append(either(term == text("true"), term == text("false")))
            return Text(term)
        if form == "binary":
            term = self.fresh("s", name)
            self.side.append(z3.InRe(term, BASE64))
            return Text(term)
        if "text" in reads:
            term = self.fresh("s", name)
            if form == "ip":
                self.partial = True
            self.side.append(z3.InRe(term, {"number": NUMBER_TEXT, "date": DATE_TEXT, "ip": IPV4_TEXT}[form]))
            return Text(term)
        if form == "ip":
            base = f"{name}!{next(self.names)}"
            return Address(z3.Bool(base + "six"), z3.BitVec(base + "v4", 32), z3.BitVec(base + "v6", 128))
        if name in ("aws:currenttime", "aws:epochtime"):
            instant = z3.Real("now")
        else:
            instant = self.fresh("r", name)
        if form == "date" or name == "aws:epochtime":
            self.side += [instant >= values.FIRST_INSTANT, instant < values.LAST_INSTANT]
        return Real(instant)

    def _fixed(self, value):
        """A present value, as text or as the type that the question reads."""
        return Key([(TRUE, value)], FALSE)

    def _absent(self):
        return Key([], FALSE)

    def _derived(self, name):
        kind = self.kind
        account_kinds = ("root", "user", "role", "federated-user")
        if name in _DERIVED and self.scope.reads(name) - {"text"} and name != "aws:principalisawsservice":
            raise Unsupported(f"`{name}` read as a type of its own")
        if name == "aws:principalarn":
            if kind in account_kinds:
                return self._fixed(self.caller)
            return None if kind == "canonical" else self._absent()
        if name in ("aws:principalaccount", "kms:calleraccount"):
            if kind in account_kinds:
                return self._fixed(self.account)
            if kind == "anonymous":
                return self._fixed(Text(text("anonymous"))) if name == "aws:principalaccount" else self._absent()
            if name == "kms:calleraccount" and kind in ("service", "federated"):
                return self._absent()
            return None
        if name in ("aws:principalorgid", "aws:principalorgpaths"):
            if kind in account_kinds:
                return self._organization(name, "principal")
            return None if kind == "canonical" else self._absent()
        if name == "aws:principaltype":
            names = {"root": "Account", "user": "User", "role": "AssumedRole", "federated-user": "FederatedUser"}
            names["anonymous"] = "Anonymous"
            return self._fixed(Text(text(names[kind]))) if kind in names else None
        if name == "aws:username":
            if kind == "user":
                return self._fixed(self.name)
            return None if kind == "canonical" else self._absent()
        if name == "aws:userid":
            if kind == "root":
                return self._fixed(self.account)
            if kind == "role":
                return self._fixed(Text(self.userid))
            if kind == "federated-user":
                return self._fixed(Text(z3.Concat(self.account.term(), text(":"), self.name.term())))
            return self._fixed(Text(text("anonymous"))) if kind == "anonymous" else None
        if name == "aws:principalisawsservice":
            if kind in ("anonymous", "federated"):
                return self._absent()
            return self._fixed(Text(text("true" if kind == "service" else "false")))
        if name == "aws:principalservicename":
            return self._fixed(self.caller) if kind == "service" else self._absent()
        if name == "aws:principalservicenameslist":
            if kind != "service":
                return self._absent()
            others = [(self.fresh("b", name), Text(self.fresh("s", name))) for _ in range(self.scope.members(name))]
            return Key([(TRUE, Text(self.arn))] + others, TRUE)
        if name.startswith("aws:principaltag/"):
            return None if kind in ("user", "role", "federated-user", "canonical") else self._absent()
        if name == "aws:resourceaccount":
            there, term = self.fresh("b", name), self.fresh("s", name)
            self.side.append(z3.InRe(term, ACCOUNT))
            known = self._resource_account_known()
            self.side.append(z3.Implies(known, both(there, self.resource.parts[4] == term)))
            return Key([(there, Text(term))], FALSE)
        if name in ("aws:resourceorgid", "aws:resourceorgpaths"):
            return self._organization(name, "resource")
        return None

    def _resource_account_known(self):
        return z3.InRe(self.resource.parts[4], ACCOUNT)

    def _organization(self, name, side):
        """Organization id and paths of an account; made together, since one follows from the other."""
        for suffix in ("orgid", "orgpaths"):
            if self.scope.reads(f"aws:{side}{suffix}") - {"text"}:
                raise Unsupported(f"`aws:{side}{suffix}` read as a type of its own")
        there, org = z3.Bool(f"{side}_org_there"), z3.String(f"{side}_org")
        own = cat(z3.Plus(NOT_SLASH))
        known = self._resource_account_known() if side == "resource" else TRUE
        self.keys[f"aws:{side}orgid"] = Key([(there, Text(org))], FALSE)
        if known is TRUE:
            self.side.append(z3.InRe(org, own))
        else:
            self.side.append(z3.Implies(both(known, there), z3.InRe(org, own)))
        paths_name = f"aws:{side}orgpaths"
        if name == paths_name or self.scope.uses(paths_name):
            members = []
            for _ in range(self.scope.members(paths_name)):
                inside, path = self.fresh("b", paths_name), self.fresh("s", paths_name)
                begins = z3.PrefixOf(z3.Concat(org, text("/")), path)
                if known is TRUE:
                    path = z3.Concat(org, text("/"), path)
                else:
                    self.side.append(z3.Implies(both(inside, known), begins))
                members.append((inside, Text(path)))
            key = Key(members, TRUE)
            self.side.append(z3.Implies(known, key.present == there))
            self.keys[paths_name] = key
        if side == "resource" and self.kind in ("root", "user", "role", "federated-user"):
            if self.scope.uses("aws:principalorgid") or self.scope.uses("aws:principalorgpaths") or self.scope.zone:
                other = self.key("aws:principalorgid").members[0]
                same = both(known, self.account.term() == self.resource.parts[4])
                self.side.append(z3.Implies(same, both(there == other[0], z3.Implies(there, org == other[1].term()))))
        return self.keys[name]

    def cut(self, term, applies):
        """Six parts of a text, as variables that hold whenever `applies` does."""
        parts = [self.fresh("s", "part") for _ in range(6)]
        whole = [parts[0]]
        for part in parts[1:]:
            whole += [text(":"), part]
        conditions = [z3.InRe(part, ANY_PART) for part in parts[:5]] + [term == z3.Concat(*whole)]
        self.side.append(z3.Implies(applies, z3.And(*conditions)))
        return parts

    def unknown(self, *identity):
        """A free Boolean for an undefined atom; the same atom gives the same one."""
        if identity not in self.undefined:
            self.undefined[identity] = z3.Bool("undefined!" + str(len(self.undefined)))
        return self.undefined[identity]

    # Patterns with variables.

    def variable(self, token):
        """What a variable stands for: a condition, and a term."""
        _, name, default = token
        key = self.key(name)
        if not key.members:
            return (TRUE, text(default)) if default is not None else (FALSE, text(""))
        there, value = key.members[0]
        there = both(there, no(key.many))
        if z3.is_false(there):
            return (TRUE, text(default)) if default is not None else (FALSE, text(""))
        if not isinstance(value, Text):
            raise Unsupported(f"the text of `{name}`")
        if default is None:
            return there, value.term()
        return TRUE, z3.If(there, value.term(), text(default))

    def matches(self, term, parts, identity):
        """Whether a text matches tokens that hold variables; a formula that may be negated."""
        if any(token[0] == "bad" for token in parts):
            return self.unknown(*identity)
        defined, segments = [], [[]]
        for token in parts:
            if token[0] == "star":
                segments.append([])
            elif token[0] == "any":
                segments[-1].append(None)
            elif token[0] == "lit":
                segments[-1].append(text(token[1]))
            else:
                there, value = self.variable(token)
                defined.append(there)
                segments[-1].append(value)
        if any(z3.is_false(item) for item in defined):
            return FALSE
        return both(defined, _segments(term, segments))

    # Statements.

    def allowed(self, document):
        return either(self.allow_cases(document))

    def allow_cases(self, document):
        """What each Allow statement lets in: the cases of a question, asked one by one."""
        deny = no(either(self.applies(document, s) for s in document.statements if not s.allow))
        cases = [both(self.applies(document, s), deny) for s in document.statements if s.allow]
        return [case for case in cases if not z3.is_false(case)]

    def applies(self, document, statement):
        parts = [self.principal_matches(document, statement)]
        if z3.is_false(parts[0]):
            return FALSE
        action = z3.InRe(self.action, glob_union([fold(a) for a in statement.actions]))
        if any(set(a) == {"*"} for a in statement.actions):
            action = TRUE
        if not statement.actions:
            action = FALSE
        parts.append(no(action) if statement.not_action else action)
        if statement.resources is None:
            if document.policy_type in IDENTITY_TYPES:
                parts.append(self.unknown("resource", "none"))
        else:
            resource = either(self.resource_matches(document, pattern) for pattern in statement.resources)
            parts.append(no(resource) if statement.not_resource else resource)
        if any(z3.is_false(part) for part in parts):
            return FALSE
        return both(parts, [self.condition(document, c) for c in statement.conditions])

    def resource_matches(self, document, pattern):
        if pattern == "*":
            return TRUE
        parts = tokens(pattern, True, document.variables)
        cut = split_arn(parts)
        if len(cut) < 6:
            if not (cut[-1] and cut[-1][-1] == ("star",)):
                return self.unknown("resource", pattern)
            cut += [[("star",)]] * (6 - len(cut))
        if not has_variable(parts):
            return self.resource.arn(cut)
        return self.parts_match(self.resource.parts, cut, ("resource", pattern))

    def parts_match(self, terms, cut, identity):
        result = []
        for index, (term, part) in enumerate(zip(terms, cut)):
            if has_variable(part):
                result.append(self.matches(term, part, identity))
            else:
                result.append(term_in(term, part, index < 5))
        return both(result)

    def principal_matches(self, document, statement):
        if document.policy_type in IDENTITY_TYPES:
            return TRUE
        if statement.principal is None:
            return self.unknown("principal", "none")
        named = [self.names_caller(kind, value) for kind, value in statement.principal]
        if not statement.not_principal:
            return either(named)
        if statement.allow or self.kind not in ("root", "user", "role", "federated-user"):
            return no(either(named))
        return no(self.chain_listed(statement.principal))

    def names_caller(self, how, value):
        """Whether one entry of a Principal element names the caller (S11 to S15)."""
        kind = self.kind
        if (how, value) in (("*", "*"), ("AWS", "*")):
            return TRUE
        if how in ("Service", "Federated") and ("*" in value or "?" in value):
            return self.unknown("principal", how, value)
        if how != "AWS":
            wanted = {"Service": "service", "Federated": "federated", "CanonicalUser": "canonical"}[how]
            return self.caller.equals(value) if kind == wanted else FALSE
        named = name_form(value)
        if named is None:
            return self.unknown("principal", how, value)
        form, detail = named
        if form == "nobody":
            return FALSE
        if form == "service":
            return self.caller.equals(value) if kind == "service" else FALSE
        if form == "account":
            return self.account.equals(detail) if kind in ("root", "user", "role", "federated-user") else FALSE
        if form == "user" and kind == "federated-user":
            same = both(self.account.equals(detail[1]), self.partition_text.equals(detail[0]))
            return both(same, self.parents[value]) if value in self.parents else FALSE
        if form == kind and form in ("user", "role", "federated-user"):
            return self.caller.equals(value)
        if form == "session" and kind == "role":
            return self.is_session(detail)
        return FALSE

    def is_session(self, detail):
        partition, account, role, session = detail
        return both(
            self.partition_text.equals(partition),
            self.account.equals(account),
            self.name.equals(role),
            self.session.equals(session),
        )

    def chain_listed(self, entries):
        """Whether every identity of the caller's chain is listed (S16)."""
        needs = {"root": [], "user": ["user"], "role": ["role", "session"], "federated-user": ["user", "federated-user"]}
        result = []
        for need in ["account"] + needs[self.kind]:
            options = []
            for how, value in entries:
                named = name_form(value) if how == "AWS" else None
                if (how, value) in (("*", "*"), ("AWS", "*")):
                    options.append(TRUE)
                elif how in ("Service", "Federated") and ("*" in value or "?" in value) or how == "AWS" and named is None:
                    options.append(self.unknown("principal", how, value))
                elif named and named[0] == need:
                    options.append(self.names_caller(how, value))
            result.append(either(options))
        return both(result)

    # Conditions.

    def condition(self, document, condition):
        key = self.key(condition.key)
        if condition.family == "null":
            return self.null(key, condition)
        base = self.quantified(document, condition, key)
        if condition.if_exists:
            absent = no(key.present)
            if condition.quantifier:
                absent = no(either(both(there, not_empty(value)) for there, value in key.members))
            return either(absent, base)
        return base

    def null(self, key, condition):
        present = either(both(there, not_empty(value)) for there, value in key.members)
        options = []
        for value in condition.values:
            if fold(value) in ("true", "false"):
                options.append(no(present) if fold(value) == "true" else present)
            else:
                options.append(self.unknown("null", condition.key, value))
        return either(options)

    def quantified(self, document, condition, key):
        def holds(value):
            some = either(self.atom(document, condition, value, pattern) for pattern in condition.values)
            return no(some) if condition.negated else some

        if condition.quantifier == "all":
            return both(either(no(there), no(not_empty(value)), holds(value)) for there, value in key.members)
        if condition.quantifier == "any":
            return either(both(there, not_empty(value), holds(value)) for there, value in key.members)
        if z3.is_true(key.many):
            return no(key.present) if condition.negated else FALSE
        if not key.members:
            return TRUE if condition.negated else FALSE
        there, value = key.members[0]
        if z3.is_false(key.many):
            return either(no(there), holds(value)) if condition.negated else both(there, holds(value))
        if condition.negated:
            return either(no(key.present), both(no(key.many), holds(value)))
        return both(there, no(key.many), holds(value))

    def atom(self, document, condition, value, pattern):
        """One value of the request against one value of the policy."""
        family = condition.family
        identity = (family, condition.test, condition.key, pattern)
        if family in ("string", "like", "nocase", "arn"):
            if not isinstance(value, Text):
                raise Unsupported(f"the text of `{condition.key}`")
            return self.text_atom(document, family, value, pattern, identity)
        if family == "bool":
            if fold(pattern) not in ("true", "false"):
                return self.unknown(*identity)
            return value.equals(fold(pattern))
        if family == "binary":
            data = values.canonical_base64(pattern)
            return self.unknown(*identity) if data is None else value.equals(data)
        if family == "ip":
            network = values.network(pattern)
            if network is None:
                return self.unknown(*identity)
            if isinstance(value, Text):
                return value.member(ipv4_range(network)) if network.version == 4 else FALSE
            return in_network(value, network)
        number = values.decimal(pattern) if family == "number" else values.instant(pattern)
        if number is None:
            return self.unknown(*identity)
        if isinstance(value, Text):
            compare = number_regex if family == "number" else date_regex
            return value.member(compare(condition.test, number))
        bound = z3.RealVal(str(number))
        tests = {
            "eq": lambda: value.value == bound,
            "lt": lambda: value.value < bound,
            "le": lambda: value.value <= bound,
            "gt": lambda: value.value > bound,
            "ge": lambda: value.value >= bound,
        }
        return tests[condition.test]()

    def text_atom(self, document, family, value, pattern, identity):
        parts = tokens(pattern, family in ("like", "arn"), document.variables)
        if family == "arn":
            cut = split_arn(parts)
            if len(cut) < 6:
                return self.unknown(*identity)
            if all(token[0] == "lit" for token in parts):
                return value.equals("".join(token[1] for token in parts))
            if not has_variable(parts):
                return value.arn(cut)
            if isinstance(value, Parts):
                return self.parts_match(value.parts, cut, identity)
            six = value.member(SIX_PARTS)
            return both(six, self.parts_match(self.cut(value.term(), six), cut, identity))
        if not has_variable(parts):
            plain = "".join(token[1] for token in parts if token[0] == "lit")
            if family == "nocase":
                return value.member(no_case(plain))
            if family == "string" or all(token[0] == "lit" for token in parts):
                return value.equals(plain)
            return TRUE if parts == [("star",)] else value.member(glob(parts))
        if family == "nocase":
            raise Unsupported("a variable without regard to case")
        return self.matches(value.term(), parts, identity)

    # Questions.

    def outside(self, zone):
        """The caller is outside the zone of trust (Q3)."""
        kind = self.kind
        if kind == "service":
            return FALSE
        if kind == "anonymous":
            return TRUE
        if kind in ("federated", "canonical"):
            listed = zone.get("federated" if kind == "federated" else "canonicalUsers") or []
            return no(either(self.arn == text(item) for item in listed))
        inside = [self.account.equals(account) for account in zone.get("accounts") or []]
        if zone.get("organization"):
            there, org = self.key("aws:principalorgid").members[0]
            inside.append(both(there, org.equals(zone["organization"])))
        return no(either(inside))

    def trusted(self, document, resource_type):
        """Some trusted key has a fixed value that the policy names (Q4)."""
        result = []
        for statement in document.statements:
            for how, value in statement.principal or []:
                named = name_form(value) if how == "AWS" else None
                if how in ("Service", "CanonicalUser") and "*" not in value and "?" not in value:
                    result.append(self.names_caller(how, value))
                if how == "Federated" and value.startswith("arn:") and "*" not in value and "?" not in value:
                    result.append(self.names_caller(how, value))
                if named and named[0] != "nobody":
                    result.append(self.names_caller(how, value))
            for condition in statement.conditions:
                if not trusted_key(condition.key, resource_type) or condition.family == "null":
                    continue
                for pattern in condition.values:
                    if values.is_fixed(condition.family, pattern, document.variables):
                        for there, value in self.key(condition.key).members:
                            result.append(both(there, self.atom(document, condition, value, pattern)))
        return either(result)

    def violation(self, scope):
        """The set of requests whose emptiness is asked, as a list of cases."""
        question, line = scope.question, scope.line
        if question == "no-new-access":
            cases = self.allow_cases(scope.documents["new"])
            rest = no(self.allowed(scope.documents["existing"])) if cases else TRUE
            return [both(case, rest) for case in cases]
        document = scope.documents["policy"]
        cases = self.allow_cases(document)
        if question == "satisfiable" or not cases:
            return cases
        if question == "not-granted":
            return [both(case, either(map(self.asked, line["access"]))) for case in cases]
        if question == "no-external-access":
            return [both(case, self.outside(line.get("zoneOfTrust") or {})) for case in cases]
        form = self.resource_matches(scope.plain, resource_form(line.get("resourceType")))
        rest = both(form, no(self.trusted(document, line.get("resourceType"))))
        return [both(case, rest) for case in cases]

    def asked(self, entry):
        """The requests of one entry of `access` (Q2)."""
        actions, resources, parts = entry.get("actions"), entry.get("resources"), []
        if actions is not None:
            parts.append(z3.InRe(self.action, glob_union([fold(a) for a in actions])) if actions else FALSE)
        if resources is not None:
            parts.append(either(self.resource_matches(self.scope.plain, pattern) for pattern in resources))
        return both(parts)


_DERIVED = {
    "aws:principalarn",
    "aws:principalaccount",
    "aws:principaltype",
    "aws:username",
    "aws:userid",
    "aws:principalisawsservice",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:resourceaccount",
}


def not_empty(value):
    """An empty text counts as no value under set operators and for Null (S28)."""
    if not isinstance(value, Text) or isinstance(value, Piece):
        return TRUE
    return no(value.equals(""))


@functools.cache
def name_form(value):
    """What an entry under `AWS` names: a form and its coordinates; None where that is not defined."""
    if re.fullmatch(r"\d{12}", value, re.ASCII):
        return "account", value
    if value.startswith("arn:aws:iam::cloudfront:user/"):
        return "service", value
    if re.fullmatch(r"A(IDA|ROA)[A-Z0-9]+", value) or value.startswith("arn:") and re.search(r"[*?]", value):
        return "nobody", None
    found = re.fullmatch(r"arn:([^:]+):(iam|sts)::([^:]*):(.+)", value, re.DOTALL)
    if not found:
        return None
    partition, service, account, rest = found.groups()
    if not re.fullmatch(r"\d{12}", account, re.ASCII):
        return ("nobody", None) if re.match(r"root$|user/|role/|assumed-role/|federated-user/", rest) else None
    if service == "iam" and rest == "root":
        return "account", account
    if service == "iam" and re.match(r"(user|role)/(.*/)?[^/]+$", rest):
        return rest.split("/")[0], (partition, account)
    session = re.fullmatch(r"assumed-role/([^/]+)/([^/]+)", rest)
    if service == "sts" and session:
        return "session", (partition, account, session[1], session[2])
    if service == "sts" and re.fullmatch(r"federated-user/[^/]+", rest):
        return "federated-user", (partition, account)
    return None


def _segments(term, segments):
    """A text against segments with `*` between them; None is one character."""
    whole = z3.Length(term)
    first, last = segments[0], segments[-1]
    if len(segments) == 1:
        if None not in first:
            return term == (_join(first))
        conditions, at = _walk(term, first, z3.IntVal(0))
        return both(conditions, at == whole)
    conditions, at = [], z3.IntVal(0)
    if first:
        if None in first:
            conditions, at = _walk(term, first, at)
        else:
            conditions, at = [z3.PrefixOf(_join(first), term)], z3.Length(_join(first))
    conditions = list(conditions) + [at <= whole]
    middle = [segment for segment in segments[1:-1] if segment]
    for segment in middle:
        if None in segment:
            raise Unsupported("a `?` beside a variable between two `*`")
        found = z3.IndexOf(term, _join(segment), at)
        conditions.append(found >= 0)
        at = found + z3.Length(_join(segment))
    if last:
        if None in last:
            length = sum((z3.Length(p) if p is not None else z3.IntVal(1) for p in last), z3.IntVal(0))
            tail, _ = _walk(term, last, whole - length)
            conditions += tail + [whole - length >= at]
        else:
            conditions += [z3.SuffixOf(_join(last), term), whole - z3.Length(_join(last)) >= at]
    return both(conditions)


def _join(pieces):
    return text("") if not pieces else pieces[0] if len(pieces) == 1 else z3.Concat(*pieces)


def _walk(term, pieces, at):
    conditions = []
    for piece in pieces:
        if piece is None:
            at = at + 1
        else:
            conditions.append(z3.SubString(term, at, z3.Length(piece)) == piece)
            at = at + z3.Length(piece)
    return conditions + [at <= z3.Length(term)], at


# Typed values as bit vectors, and as regular expressions where text is read as well.


def in_network(value, network):
    """An address inside a network."""
    bits = 32 if network.version == 4 else 128
    term = value.v4 if network.version == 4 else value.v6
    family = no(value.six) if network.version == 4 else value.six
    if network.prefixlen == 0:
        return family
    start = int(network.network_address) >> (bits - network.prefixlen)
    return both(family, z3.Extract(bits - 1, bits - network.prefixlen, term) == start)


def _octets(low, high):
    if (low, high) == (0, 255):
        forms = [DIGIT, cat(NONZERO, DIGIT), cat(lit("1"), DIGIT, DIGIT), cat(lit("2"), chars("04"), DIGIT)]
        return alt(forms + [cat(lit("25"), chars("05"))])
    return glob_union(str(n) for n in range(low, high + 1))


IPV4_TEXT = cat(_octets(0, 255), lit("."), _octets(0, 255), lit("."), _octets(0, 255), lit("."), _octets(0, 255))


def ipv4_range(network):
    """The dotted texts of a network."""
    start, pieces = network.network_address.packed, []
    for index in range(4):
        free = min(8, max(0, 8 * (index + 1) - network.prefixlen))
        pieces += [_octets(start[index], start[index] + (1 << free) - 1), lit(".")]
    return cat(*pieces[:-1])


FRACTION = cat(z3.Star(DIGIT), NONZERO)
INTEGER = alt([lit("0"), cat(NONZERO, z3.Star(DIGIT))])
MAGNITUDE = cat(INTEGER, z3.Option(cat(lit("."), FRACTION)))
NEGATIVE = meet(cat(lit("-"), MAGNITUDE), z3.Complement(lit("-0")))
NUMBER_TEXT = alt([MAGNITUDE, NEGATIVE])


def _below_fraction(digits):
    """Canonical fractions (with the point, or empty) smaller than `digits`."""
    options = [lit("")] if digits else []
    for index, digit in enumerate(digits):
        head = "." + digits[:index]
        if index > 0 and digits[index - 1] != "0":
            options.append(lit(head))
        if digit > "0":
            options.append(meet(cat(lit(head), z3.Range("0", chr(ord(digit) - 1)), z3.Star(DIGIT)), cat(lit("."), FRACTION)))
    return alt(options)


def _below_magnitude(whole, fraction):
    """Canonical magnitudes smaller than a number."""
    any_fraction = z3.Option(cat(lit("."), FRACTION))
    smaller = []
    if len(whole) > 1:
        smaller.append(meet(INTEGER, z3.Loop(DIGIT, 1, len(whole) - 1)))
    for index, digit in enumerate(whole):
        if digit > "0":
            digits = cat(lit(whole[:index]), z3.Range("0", chr(ord(digit) - 1)), z3.Loop(DIGIT, len(whole) - index - 1, len(whole) - index - 1)) if len(whole) - index - 1 else cat(lit(whole[:index]), z3.Range("0", chr(ord(digit) - 1)))
            smaller.append(meet(INTEGER, digits))
    return alt([cat(option, any_fraction) for option in smaller] + [cat(lit(whole), _below_fraction(fraction))])


def number_regex(test, number):
    """The canonical decimals that compare so with a number."""
    shown = values.canonical_decimal(number)
    whole, _, fraction = shown.lstrip("-").partition(".")
    equal, below = lit(shown), _below_magnitude(whole, fraction)
    if shown.startswith("-"):
        less = meet(NEGATIVE, z3.Complement(cat(lit("-"), below)), z3.Complement(equal))
    else:
        less = alt([NEGATIVE, below])
    return _compare(test, less, equal, NUMBER_TEXT)


def _compare(test, less, equal, universe):
    if test == "eq":
        return equal
    if test == "lt":
        return less
    if test == "le":
        return alt([less, equal])
    greater = meet(universe, z3.Complement(less))
    return greater if test == "ge" else meet(greater, z3.Complement(equal))


def _two(low, high):
    return alt(lit(f"{n:02}") for n in range(low, high + 1))


_QUAD = alt(lit(f"{n:02}") for n in range(0, 100, 4))
_LEAP = alt([cat(times(DIGIT, 2), meet(_QUAD, z3.Complement(lit("00")))), cat(_QUAD, lit("00"))])
_YEAR = meet(times(DIGIT, 4), z3.Complement(lit("0000")))
_LONG = alt(lit(f"{n:02}") for n in (1, 3, 5, 7, 8, 10, 12))
_SHORT = alt(lit(f"{n:02}") for n in (4, 6, 9, 11))
_DAY = alt(
    [
        cat(_YEAR, lit("-"), _LONG, lit("-"), _two(1, 31)),
        cat(_YEAR, lit("-"), _SHORT, lit("-"), _two(1, 30)),
        cat(_YEAR, lit("-02-"), _two(1, 28)),
        cat(meet(_YEAR, _LEAP), lit("-02-29")),
    ]
)
DATE_TEXT = cat(
    _DAY, lit("T"), _two(0, 23), lit(":"), _two(0, 59), lit(":"), _two(0, 59), z3.Option(cat(lit("."), FRACTION)), lit("Z")
)


def date_regex(test, number):
    """The canonical dates that compare so with an instant."""
    shown = values.canonical_date(number)
    if shown is None:
        raise Unsupported("a date outside the years 1 to 9999 beside text")
    head, _, fraction = shown[:-1].partition(".")
    less = [cat(lit(head), _below_fraction(fraction), lit("Z"))]
    for index, digit in enumerate(head):
        if digit.isdigit() and digit > "0":
            less.append(cat(lit(head[:index]), z3.Range("0", chr(ord(digit) - 1)), TOP))
    return _compare(test, meet(DATE_TEXT, alt(less)), lit(shown), DATE_TEXT)


_B64 = chars("AZ", "az", "09", "++", "//")
BASE64 = cat(
    z3.Star(times(_B64, 4)),
    z3.Option(alt([cat(_B64, alt(map(lit, "AQgw")), lit("==")), cat(_B64, _B64, alt(map(lit, "AEIMQUYcgkosw048")), lit("="))])),
)


# What a question mentions.


class Scope:
    """A question, read: its documents, and what they mention."""

    def __init__(self, line, facts):
        self.line, self.facts = line, facts
        self.question = line.get("question")
        names = {"no-new-access": ("new", "existing"), "compare": ("new", "existing")}.get(self.question, ("policy",))
        self.policy_type = line.get("policyType") or "RESOURCE_POLICY"
        if self.policy_type not in POLICY_TYPES:
            raise DocumentError(f"unknown policyType `{self.policy_type}`")
        fields = {"new": "newPolicyDocument", "existing": "existingPolicyDocument", "policy": "policyDocument"}
        self.documents = {}
        for name in names:
            if fields[name] not in line:
                raise DocumentError(f"no `{fields[name]}`")
            self.documents[name] = read(line[fields[name]], self.policy_type)
        self.plain = read(Object(Version="2008-10-17", Statement=[]), "RESOURCE_POLICY")
        self.zone = (line.get("zoneOfTrust") or {}).get("organization") if self.question == "no-external-access" else None
        self._mentions()

    def _mentions(self):
        self.read_as, self.occurrences, self.set_used = {}, {}, set()
        self.partitions = {"aws", "aws-cn", "aws-us-gov"}
        self.services, self.providers, self.users, self.variable_names = set(), set(), set(), set()
        with_variables = False
        self.odd_names, self.odd_sessions, self.characters = set(), set(), set()
        self.principal_matters = self.policy_type not in IDENTITY_TYPES
        typed = {"string": "text", "like": "text", "nocase": "text", "arn": "text", "null": None}
        for document in self.documents.values():
            for statement in document.statements:
                for how, value in statement.principal or []:
                    self._principal(how, value)
                for pattern in statement.resources or []:
                    self.characters |= {c for c in pattern if not " " <= c <= "~"}
                    self._variables(pattern, document)
                    with_variables |= has_variable(tokens(pattern, True, document.variables))
                for condition in statement.conditions:
                    key = condition.key
                    form = typed.get(condition.family, condition.family)
                    if key == "aws:epochtime" and form == "date":
                        form = "number"
                    self.read_as.setdefault(key, set()).update({form} if form else set())
                    self.occurrences.setdefault(key, set()).add(condition.identity())
                    if condition.quantifier:
                        self.set_used.add(key)
                    if form == "text":
                        for value in condition.values:
                            self._variables(value, document)
                            if key == "aws:principalarn":
                                self._principal("AWS", value)
        for entry in self.line.get("access") or []:
            for pattern in entry.get("resources") or []:
                self.characters |= {c for c in pattern if not " " <= c <= "~"}
        self.in_parts(with_variables)
        if self.question == "no-external-access":
            self.providers |= set((self.line.get("zoneOfTrust") or {}).get("federated") or [])

    def in_parts(self, resources):
        """Which ARNs have to be held in parts: those whose pieces meet another term."""
        follows = {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths"} & set(self.read_as)
        self.resource_in_parts = bool(follows) or resources
        pieces = {"aws:username", "aws:principalaccount", "kms:calleraccount", "aws:userid"}
        self.principal_in_parts = bool(follows or pieces & set(self.read_as))

    def _variables(self, pattern, document):
        for token in tokens(pattern, True, document.variables):
            if token[0] == "var":
                self.read_as.setdefault(token[1], set()).add("text")
                self.variable_names.add(token[1])

    def _principal(self, how, value):
        if "*" in value or "?" in value or "${" in value:
            return
        if how == "Service":
            self.services.add(value)
        if how == "Federated":
            self.providers.add(value)
        form = name_form(value) if how == "AWS" else None
        if form and form[0] == "service":
            self.services.add(value)
        found = re.fullmatch(r"arn:([^:]+):(iam|sts)::\d{12}:(.+)", value) if form else None
        if not found or form[0] == "nobody":
            return
        self.partitions.add(found[1])
        if form[0] == "user":
            self.users.add(value)
        names = [found[3].split("/")[-1]]
        if form[0] == "session":
            names, session = [form[1][2]], form[1][3]
            if not re.fullmatch(r"[A-Za-z0-9+=,.@_-]{2,}", session) and ":" not in session:
                self.odd_sessions.add(session)
        self.odd_names |= {n for n in names if not re.fullmatch(r"[A-Za-z0-9+=,.@_-]+", n)}

    def reads(self, key):
        return self.read_as.get(key, set())

    def uses(self, key):
        return key in self.read_as

    def arity(self, key):
        return self.facts.arity(key, self.set_used)

    def members(self, key):
        """One member for each condition that can ask for one, and one for presence."""
        return len(self.occurrences.get(key, ())) + 1

    def kinds(self):
        """The kinds of principal to look at; one stands for several where nothing tells them apart."""
        derived = any(
            key in _DERIVED or key.startswith(("aws:principaltag/", "aws:principalorg")) or key == "kms:calleraccount"
            or key.startswith("aws:resourceorg")
            for key in self.read_as
        )
        if self.policy_type in IDENTITY_TYPES:
            if not derived:
                return ("user",)
            return KINDS[:2] + KINDS[3:4] + (KINDS[2:3] if self.policy_type == "SERVICE_CONTROL_POLICY" else ())
        return KINDS


# Answers.


def ask(scope, replay, seconds):
    """Decides one emptiness question: ("empty" | "some" | "undecided" | "timeout", witness, reason)."""
    deadline = time.monotonic() + seconds
    kinds = scope.kinds()
    maybe, reasons, waiting = False, {}, list(kinds)
    # A short slice for each kind first, since one easy witness settles the question.
    for slice_end in (0.08 * seconds, seconds):
        for kind in list(waiting):
            limit = min(deadline, time.monotonic() + slice_end)
            state, witness, reason = ask_kind(scope, kind, replay, limit)
            if state in ("some", "error"):
                return state, witness, reason
            if state != "timeout":
                waiting.remove(kind)
            maybe |= state == "undecided"
            reasons[kind] = reason
        if not waiting or time.monotonic() >= deadline:
            break
    if waiting:
        return "timeout", None, reasons[waiting[0]]
    return ("undecided", None, "an undefined atom matters") if maybe else ("empty", None, None)


def ask_kind(scope, kind, replay, deadline):
    """The question for one kind of principal."""
    try:
        world = World(kind, scope)
        cases = [case for case in world.violation(scope) if not z3.is_false(case)]
    except Unsupported as error:
        return "timeout", None, f"not encoded: {error}"
    maybe, waiting = False, cases
    # Every case shortly first; the few that are not easy share what time is left.
    for short in (True, False):
        again = []
        for index, case in enumerate(waiting):
            now = time.monotonic()
            share = (deadline - now) / (len(waiting) - index)
            state, find = check(world.side, [case], now + (min(share, 0.1) if short else share))
            if state == z3.unknown:
                again.append(case)
            elif state == z3.sat and world.undefined:
                maybe = True
            elif state == z3.sat:
                return found(world, find, replay)
        waiting = again
    unknown = waiting or world.partial
    if not maybe:
        return ("timeout", None, "solver limit or IPv6 as text") if unknown else ("empty", None, None)
    # An undefined atom is free: the answer is sure only if a request is in the set either way.
    if len(world.undefined) > 6:
        return "undecided", None, None
    flags, whole = list(world.undefined.values()), either(cases)
    choices = itertools.product((TRUE, FALSE), repeat=len(flags))
    state, find = check(world.side, [z3.substitute(whole, *zip(flags, choice)) for choice in choices], deadline)
    if state == z3.sat:
        return found(world, find, replay)
    return ("timeout", None, "solver limit") if state == z3.unknown else ("undecided", None, None)


def found(world, find, replay):
    """A witness, replayed."""
    witness, parent = request(world, find)
    judged = replay(witness, parent)
    if judged is not True and not (judged is None and world.undefined):
        return "error", witness, f"the witness does not replay: {judged}"
    return "some", witness, None


def check(side, formulas, deadline):
    """Solves formulas under the side conditions that touch their variables.

    Gives the state and, if satisfiable, a function from terms to values; the variables that the
    formulas do not touch are filled in from a model of the remaining side conditions.
    """
    touched, waiting, near = set(), list(side), []
    for formula in formulas:
        touched |= variables_of(formula)
    while True:
        close = [item for item in waiting if variables_of(item) & touched]
        if not close:
            break
        waiting = [item for item in waiting if not variables_of(item) & touched]
        near += close
        for item in close:
            touched |= variables_of(item)
    state, model = solve(near + formulas, deadline)
    if state != z3.sat:
        return state, None
    state, far = solve(waiting, max(deadline, time.monotonic() + 1))
    if state != z3.sat:
        return z3.unknown, None
    return z3.sat, lambda term: far.eval(model.eval(term), model_completion=True)


def solve(formulas, deadline):
    """Z3 on the whole; where it finds no answer in time, clause by clause."""
    formulas = propagate(formulas)
    now = time.monotonic()
    state, model = direct(formulas, now + 0.15 * (deadline - now))
    return split(formulas, deadline) if state == z3.unknown else (state, model)


def direct(formulas, deadline):
    """One solver call, its memberships merged so that each text has one expression."""
    if any(z3.is_false(formula) for formula in formulas):
        return z3.unsat, None
    left = int(1000 * (deadline - time.monotonic()))
    if left <= 0:
        return z3.unknown, None
    solver = z3.Solver()
    solver.set("timeout", left)
    regexes, rest = memberships(formulas)
    solver.add(*rest)
    solver.add(*[z3.InRe(term, regex) for term, regex in regexes])
    try:
        state = solver.check()
    except z3.Z3Exception:
        return z3.unknown, None
    return state, solver.model() if state == z3.sat else None


def split(formulas, deadline):
    """Tries the alternatives of one clause after the other; each adds to the merged memberships."""
    formulas = propagate(formulas)
    formulas = propagate(entailed(formulas, deadline))
    if any(z3.is_false(formula) for formula in formulas):
        return z3.unsat, None
    if time.monotonic() >= deadline:
        return z3.unknown, None
    clauses = [formula for formula in formulas if len(alternatives(formula)) > 1]
    if not clauses:
        limit = max(1, 0.6 * (deadline - time.monotonic()))
        return direct(formulas, min(deadline, time.monotonic() + limit))
    clause = min(clauses, key=lambda formula: len(alternatives(formula)))
    rest = [formula for formula in formulas if formula is not clause]
    unknown = False
    for child in alternatives(clause):
        state, model = split(rest + [child], deadline)
        if state == z3.sat:
            return state, model
        unknown |= state == z3.unknown
    return z3.unknown if unknown else z3.unsat, None


def alternatives(formula):
    """The disjuncts of a clause."""
    if z3.is_or(formula):
        return formula.children()
    if z3.is_not(formula) and z3.is_and(formula.arg(0)):
        return [no(child) for child in formula.arg(0).children()]
    return [formula]


def propagate(formulas):
    """Flattens conjunctions, and puts what is known to be true or false into the other clauses."""
    while True:
        flat, known = [], {}
        stack = [(formula, True) for formula in reversed(formulas)]
        while stack:
            item, positive = stack.pop()
            if z3.is_not(item):
                stack.append((item.arg(0), not positive))
            elif z3.is_and(item) and positive or z3.is_or(item) and not positive:
                stack += [(child, positive) for child in item.children()]
            elif z3.is_implies(item) and positive:
                flat.append(either(no(item.arg(0)), item.arg(1)))
            elif not z3.is_true(item if positive else no(item)):
                flat.append(item if positive else no(item))
        for item in flat:
            if len(alternatives(item)) == 1:
                atom, value = (item.arg(0), FALSE) if z3.is_not(item) else (item, TRUE)
                if known.setdefault(atom.get_id(), value) is not value:
                    return [FALSE]
        result = [item if len(alternatives(item)) == 1 else replaced(item, known) for item in flat]
        if any(z3.is_false(item) for item in result):
            return [FALSE]
        if all(one is other for one, other in zip(flat, result)):
            return result
        formulas = result


def replaced(formula, known):
    """A formula with known atoms replaced."""
    if formula.get_id() in known:
        return known[formula.get_id()]
    connective = both if z3.is_and(formula) else either if z3.is_or(formula) else None
    if z3.is_not(formula):
        child = replaced(formula.arg(0), known)
        return formula if child is formula.arg(0) or child.eq(formula.arg(0)) else no(child)
    if connective is None:
        return formula
    children = formula.children()
    changed = [replaced(child, known) for child in children]
    same = all(one.eq(other) for one, other in zip(children, changed))
    return formula if same else connective(changed)


def entailed(formulas, deadline):
    """Decides memberships inside clauses that the merged membership of their text settles already."""
    regexes, rest = memberships(formulas)
    merged = {term.get_id(): (term, regex) for term, regex in regexes}
    atoms, known = {}, {}
    stack = [item for item in rest if len(alternatives(item)) > 1]
    while stack:
        item = stack.pop()
        if z3.is_and(item) or z3.is_or(item) or z3.is_not(item):
            stack += item.children()
        elif item.decl().kind() == z3.Z3_OP_SEQ_IN_RE and item.arg(0).get_id() in merged:
            atoms[item.get_id()] = item
    for identity, atom in atoms.items():
        if time.monotonic() >= deadline:
            break
        term, regex = merged[atom.arg(0).get_id()]
        for value, side in ((FALSE, atom.arg(1)), (TRUE, z3.Complement(atom.arg(1)))):
            solver = z3.Solver()
            solver.set("timeout", 100)
            solver.add(z3.InRe(term, meet(regex, side)))
            if solver.check() == z3.unsat:
                known[identity] = value
                break
    return [replaced(item, known) if len(alternatives(item)) > 1 else item for item in formulas]


def memberships(formulas):
    """The memberships among flat formulas, intersected text by text, and the other formulas."""
    rest, regexes = [], {}
    for formula in formulas:
        positive = not z3.is_not(formula)
        item = formula if positive else formula.arg(0)
        if item.decl().kind() == z3.Z3_OP_SEQ_IN_RE:
            regex = item.arg(1)
        elif z3.is_eq(item) and not positive and z3.is_string_value(item.arg(1)):
            regex = z3.Re(item.arg(1))
        else:
            rest.append(formula)
            continue
        entry = regexes.setdefault(item.arg(0).get_id(), (item.arg(0), [], []))
        entry[1 if positive else 2].append(regex)
    joined = []
    for term, inside, outside in regexes.values():
        parts = inside + ([z3.Complement(alt(outside))] if outside else [])
        joined.append((term, meet(*parts) if len(parts) > 1 else parts[0]))
    return joined, rest


def variables_of(formula):
    """The names of the variables of a formula; expressions have none and are skipped."""
    key = formula.get_id()
    if key not in _VARIABLES:
        names, seen, stack = set(), set(), [formula]
        while stack:
            item = stack.pop()
            if item.get_id() in seen or item.sort() == RE:
                continue
            seen.add(item.get_id())
            if z3.is_const(item) and item.decl().kind() == z3.Z3_OP_UNINTERPRETED:
                names.add(item.decl().name())
            stack += item.children()
        _VARIABLES[key] = (names, formula)
    return _VARIABLES[key][0]


_VARIABLES = {}


def plain(value):
    """The Python text of a string constant of the model; surrogates become other rare characters."""
    shown = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found[1], 16)), value.as_string())
    return "".join(chr(ord(c) - 0xD800 + 0xE000) if 0xD800 <= ord(c) <= 0xDFFF else c for c in shown)


def request(world, find):
    """The request of a model, in wire form, and the parent of a federated user."""

    def of(term):
        return plain(find(term))

    def true(term):
        return z3.is_true(find(term))

    principal, context, parent = of(world.arn), {}, None
    if world.kind in ("root", "user", "role", "federated-user"):
        context["aws:principalarn"] = principal
    if world.kind == "role":
        userid = of(world.userid)
        context["aws:userid"] = userid
        _, partition, _, _, account, rest = principal.split(":", 5)
        session = userid.rsplit(":", 1)[1]
        principal = f"arn:{partition}:sts::{account}:assumed-role/{rest.rsplit('/', 1)[1]}/{session}"
    if world.kind == "federated-user":
        parent = next((user for user, flag in world.parents.items() if true(flag)), None)
    for name, key in sorted(world.keys.items()):
        members = [shown(world, name, value, of, true, find) for there, value in key.members if true(there)]
        if members:
            context[name] = members if true(key.many) else members[0]
    types = {"service": "Service", "anonymous": "Anonymous", "federated": "Federated", "canonical": "CanonicalUser"}
    return {
        "principal": principal,
        "principalType": types.get(world.kind, "AWS"),
        "action": of(world.action),
        "resource": of(world.resource.term()),
        "context": context,
    }, parent


def shown(world, name, value, of, true, find):
    """The canonical text of a value (R4)."""
    if isinstance(value, Piece):
        whole = of(value.whole)
        return whole.split(":")[4] if value is world.account else whole.rsplit("/", 1)[1]
    if isinstance(value, Text):
        return of(value.term())
    if isinstance(value, Address):
        term = value.v6 if true(value.six) else value.v4
        return values.address(find(term).as_long(), true(value.six))
    number = find(value.value).as_fraction()
    if "date" in world.scope.reads(name) or name == "aws:currenttime":
        return values.canonical_date(values.rounded(number))
    return values.canonical_decimal(values.rounded(number))


QUESTIONS = ("satisfiable", "no-new-access", "compare", "not-granted", "no-public-access", "no-external-access")


def answer(line, facts, seconds):
    """The answer to one line, as a JSON value."""
    _VARIABLES.clear()
    identity = line.get("id")
    if line.get("question") not in QUESTIONS:
        return {"id": identity, "error": {"code": "question", "message": "not a question for the oracle"}}
    try:
        scope = Scope(line, facts)
    except DocumentError as error:
        return {"id": identity, "error": {"code": "document", "message": str(error)}}
    if line["question"] == "compare":
        return compare(line, facts, seconds)
    replay = functools.partial(judge.violates, scope.line, scope.documents, facts)
    state, witness, reason = ask(scope, replay, seconds)
    if state == "error":
        return {"id": identity, "error": {"code": "replay", "message": reason}, "witness": witness}
    verdicts = {"empty": "holds", "some": "fails"}
    if line["question"] == "satisfiable":
        verdicts = {"empty": "fails", "some": "holds"}
    result = {"id": identity, "verdict": verdicts.get(state, state)}
    if witness is not None:
        result["witness"] = witness
    if reason is not None:
        result["reason"] = reason
    return result


def compare(line, facts, seconds):
    """Both directions of `no-new-access`."""
    names = ("newPolicyDocument", "existingPolicyDocument")
    forth = {**line, "question": "no-new-access"}
    back = {**forth, names[0]: line[names[1]], names[1]: line[names[0]]}
    results = [answer(each, facts, seconds) for each in (forth, back)]
    for result in results:
        if "error" in result:
            return result
    found = tuple(result["verdict"] for result in results)
    relation = {
        ("holds", "holds"): "equivalent",
        ("holds", "fails"): "narrower",
        ("fails", "holds"): "wider",
        ("fails", "fails"): "incomparable",
    }.get(found, "timeout" if "timeout" in found else "undecided")
    result = {"id": line.get("id"), "relation": relation}
    for name, each in zip(("onlyNew", "onlyExisting"), results):
        if "witness" in each:
            result[name] = each["witness"]
    return result


# The run: a worker that is killed if the solver does not come back in time.


def work(connection, services):
    facts = KeyFacts(services)
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        raw, seconds = job
        try:
            result = answer(parse_json(raw), facts, seconds)
        except Exception as error:  # a bug of the oracle: reported, never taken for an answer
            result = {"id": None, "error": {"code": "oracle", "message": f"{type(error).__name__}: {error}"}}
        connection.send(result)


class Worker:
    """A process that answers, started again after it had to be killed."""

    def __init__(self, services):
        self.services = services
        self.process = None

    def ask(self, raw, seconds, grace):
        if self.process is None:
            self.connection, child = multiprocessing.Pipe()
            self.process = multiprocessing.Process(target=work, args=(child, self.services), daemon=True)
            self.process.start()
            child.close()
        self.connection.send((raw, seconds))
        try:
            if self.connection.poll(grace):
                return self.connection.recv()
        except EOFError:
            pass
        self.process.kill()
        self.process.join()
        self.process = None
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--timeout", type=float, default=3.0)
    parser.add_argument("--services", help="services.json, to know which keys are many-valued")
    options = parser.parse_args()
    worker = Worker(options.services)
    for raw in sys.stdin:
        if not raw.strip():
            continue
        try:
            line = parse_json(raw)
        except ValueError as error:
            print(json.dumps({"id": None, "error": {"code": "json", "message": str(error)}}), flush=True)
            continue
        double = 2 if line.get("question") == "compare" else 1
        result = worker.ask(raw, options.timeout, double * options.timeout + 1.5)
        if result is None:
            result = {"id": None, "verdict": "timeout", "reason": "stopped from outside"}
            if line.get("question") == "compare":
                result = {"id": None, "relation": "timeout", "reason": "stopped from outside"}
        result["id"] = line.get("id")
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
