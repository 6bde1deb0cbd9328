"""Replays witnesses, and shows that no smaller list of findings does (FORMAT.md, parts 1 and 7).

There is no judge here: a request is held against the formulas of the claim for its kind of caller. What these leave undefined, or a
request says that none can have, is no witness.
"""

import ipaddress

import keys
from claim import ALL, NONE, Meaning, clock
from keys import derived
from patterns import SEPARATOR, START, Builder, after, is_hole, listed, seen
from strict import Wrong, index, items, members, text
from values import instant, instant_text, lower, network, number, number_text, octets, octets_text

FORMAT = "keyaki-witness/1"
_FIELDS = ("principal", "principalType", "action", "resource", "principalAccount", "resourceAccount", "context")


class Request:
    """One request: its kind of caller, the caller's text, action, resource and keys."""

    def __init__(self, value):
        members(value, _FIELDS, "the request")
        self.context = {}
        for key, own in value.get("context", {}).items():
            if not (isinstance(own, str) or isinstance(own, list) and all(isinstance(member, str) for member in own)):
                raise Wrong(f"the value of `{key}` is no text and no list of texts")
            if lower(key) in self.context:
                raise Wrong(f"`{key}` stands twice")
            self.context[lower(key)] = own
        self.kind, self.caller = _caller(text(value, "principal"), value.get("principalType"), self.context)
        self.nameless = self.kind == "session" and "aws:userid" not in self.context
        self.action, self.resource = lower(text(value, "action")), text(value, "resource")
        account = value.get("resourceAccount")
        if account is not None and self.context.setdefault("aws:resourceaccount", account) != account:
            raise Wrong("the resource has two accounts")
        parts = self.resource.split(":", 5)
        said = parts[4] if len(parts) == 6 and len(parts[4]) == 12 and parts[4].isdigit() else None
        if said is not None and self.context.get("aws:resourceaccount", said) != said:
            raise Wrong("the resource's account is another")
        for key, own in self.context.items():
            how, fits = derived(self.kind, key), True
            if how[0] == "absent":
                fits = False
            elif how[0] == "fixed":
                fits = own == how[1]
            elif how[0] == "part":
                fits = own == self.part(how[1])
            if not fits:
                raise Wrong(f"such a caller has no such `{key}`")

    def part(self, window):
        """A part of the caller's text."""
        out, place = "", START
        for c in self.caller:
            what = seen(place, window, c)
            out = "" if what == "restart" else out + c if what == "read" else out
            place = after(place, c)
        return out

    def key(self, key):
        """A text, a list, or None for a key that is absent."""
        how = derived(self.kind, key)
        if how[0] in ("fixed", "part"):
            return how[1] if how[0] == "fixed" else self.part(how[1])
        own = self.context.get(key)
        if own is None and key == "aws:currenttime":
            moment = instant(self.context.get("aws:epochtime", ""))
            own = None if moment is None else instant_text(moment)
        return own or None if isinstance(own, list) else own

    def value(self, name):
        """The value of a coordinate."""
        if name in ("action", "resource"):
            return self.action if name == "action" else self.resource
        sort, _, rest = name.partition(" ")
        return self.caller if sort == "caller" else rest if sort == "constant" else self.key(rest)


def _caller(name, sort, context):
    """(kind, text) of a caller."""
    parts = name.split(":", 5)
    if sort in ("Anonymous", "Service", "Federated", "CanonicalUser"):
        kind = "canonical" if sort == "CanonicalUser" else sort.lower()
        return kind, name
    if sort != "AWS" or len(parts) != 6:
        raise Wrong(f"`{name}` is no caller that is known here")
    head, _, rest = parts[5].partition("/")
    if parts[2] == "iam" and parts[5] == "root":
        return "root", name
    if parts[2] == "iam" and head == "user":
        return "user", name
    if parts[2] == "sts" and head == "federated-user":
        return "federated-user", name
    if parts[2] == "sts" and head == "assumed-role" and rest.count("/") == 1:
        role, session = rest.split("/")
        own = context.get("aws:principalarn", f"arn:{parts[1]}:iam::{parts[4]}:role/{role}")
        unique = context.get("aws:userid", f"AROAEXAMPLE:{session}")
        if not isinstance(own, str) or not own.startswith(f"arn:{parts[1]}:iam::{parts[4]}:role/") or not own.endswith(f"/{role}"):
            raise Wrong("the session is of another role")
        if not isinstance(unique, str) or not unique.endswith(f":{session}"):
            raise Wrong("the session has another name")
        return "session", own + SEPARATOR + unique
    raise Wrong(f"`{name}` is no caller that is known here")


class Reading:
    """What formulas say of one request."""

    def __init__(self, meaning, request):
        self.meaning, self.request = meaning, request
        self.keys = {letter: own for own, letter in meaning.letters.items()}

    def truth(self, formula):
        """True, False, or None for what is undefined."""
        if formula in (ALL, NONE):
            return formula == ALL
        if isinstance(formula, int):
            own = self.atom(self.meaning.atoms[abs(formula)])
            return None if own is None else own == (formula > 0)
        wanted = formula[0] == "|"
        parts = [self.truth(part) for part in formula[1]]
        return wanted if wanted in parts else None if None in parts else not wanted

    def atom(self, atom):
        if atom[0] == "free":
            return None
        own = self.request.value(atom[1])
        if atom[0] == "present":
            return own is not None
        if atom[0] == "is":
            # Of a session whose unique id is not told, what looks at the id is open.
            if self.request.nameless and self.looks_at_id(atom[2]):
                return None
            return isinstance(own, str) and self.passes(atom[2], own)
        found = [own] if isinstance(own, str) else own or []
        return any(all(self.passes(test, member) == holds for test, holds in atom[2]) for member in found if member)

    def looks_at_id(self, test):
        return test[0] in ("in", "tied") and (test[1].window == "session" or test[1].tied and any(
            key == "aws:userid" for key, _ in self.keys.values()))

    def passes(self, test, own):
        if test[0] == "in":
            return test[1].has(own)
        if test[0] == "tied":
            rows = [self.filled(row) for row in test[1].patterns]
            return test[2].has(own) and listed(test[1].window, [row for row in rows if row is not None]).has(own)
        if test[0] in ("number", "date"):
            value = (number if test[0] == "number" else instant)(own)
            return value is not None and {"=": value == test[2], "<": value < test[2], "<=": value <= test[2],
                                          ">": value > test[2], ">=": value >= test[2]}[test[1]]
        if test[0] == "address":
            value = None if "/" in own else network(own)
            return value is not None and value[0] == test[1][0] and test[1][1] <= value[1] <= test[1][2]
        if test[0] == "bytes":
            return octets(own) == test[1]
        raise Wrong(f"a test of the sort {test[0]} cannot be read")

    def filled(self, row):
        """A pattern with the values of its variables; None where one has none, or one with a colon in a part of an ARN."""
        made = Builder()
        for loop, letter in row.steps:
            if loop is not None:
                made.star(loop)
            if not (len(letter) == 1 and is_hole(letter)):
                made.letter(letter)
                continue
            key, fold = self.keys[chr(ord(letter) & ~1)]
            value = self.request.key(key)
            if not isinstance(value, str) or ord(letter) & 1 and ":" in value:
                return None
            for c in value:
                made.letter("^" + c.lower() if fold and c.isascii() and c.isalpha() else c)
        if row.last is not None:
            made.star(row.last)
        return made.done()

    def check_values(self):
        """Every coordinate has a value that it can have."""
        for name, forms in self.meaning.forms.items():
            sort, _, rest = name.partition(" ")
            if sort == "caller" and rest != self.request.kind:
                continue
            if sort == "key" and derived(self.request.kind, rest)[0] not in ("free", "names"):
                continue
            own, many = self.request.value(name), self.meaning.shapes[name] == "many"
            if isinstance(own, list) and not many or own is None and self.meaning.shapes[name] == "always":
                raise Wrong(f"{name} has no such value")
            for value in [own] if isinstance(own, str) else own or []:
                if not (many and not value) and not any(_fits(form, value) for form in forms):
                    raise Wrong(f"{name} cannot be `{value}`")


def _fits(form, value):
    """Whether a text is a value of a form: of a type the canonical text of one (R4)."""
    if form[0] == "text":
        return form[1].has(value) and not form[2].has(value)
    if form[0] == "address":
        found = None if "/" in value else network(value)
        return found is not None and (str(ipaddress.ip_address(value)) == value or found[0] == 6 and found[1] >> 32 in (0, 0xFFFF))
    read, written = {"number": (number, number_text), "date": (instant, instant_text), "bytes": (octets, octets_text)}[form[0]]
    found = read(value)
    return found is not None and written(found) == value


def replay(claim, value):
    """The request, if it shows that the claim is wrong; raises `Wrong` if not."""
    request = Request(value)
    meaning = Meaning(claim)
    meaning.kind = request.kind
    allows, rest, _ = meaning.parts()
    reading = Reading(meaning, request)
    reading.check_values()
    if not any(reading.truth(formula) is True for _, formula in allows) or any(reading.truth(own) is not True for own in rest):
        raise Wrong("the request does not show it")
    return request


def holders(claim, value):
    """The candidates that hold a request from outside which the policy lets in; in doubt one does."""
    request = replay(claim.about("no-external-access", claim.documents[0]), value)
    meaning = Meaning(claim.about("unsatisfiable", claim.candidates))
    meaning.kind = request.kind
    allows, _, _ = meaning.parts()
    reading = Reading(meaning, request)
    return [at for at, formula in allows if reading.truth(formula) is not False]


def smallest(claim, value):
    """Raises `Wrong` unless no list of fewer candidates than there are findings holds some requests."""
    members(value, ("requests", "tree"), "`minimum`")
    held = [holders(claim, request) for request in items(value, "requests")]
    # A list without findings is the smallest there can be.
    if claim.documents[1].statements and not _refutes(value.get("tree"), held, [], len(claim.documents[1].statements) - 1):
        raise Wrong("fewer findings may hold all requests")


def _refutes(tree, held, chosen, left):
    """Whether a tree shows that those chosen and `left` more do not hold all requests."""
    def own(at):
        at = index(at)
        if at >= len(held):
            raise Wrong("there is no such request")
        return held[at]

    if isinstance(tree, list):
        found = chosen + [candidate for at in tree for candidate in own(at)]
        return 0 <= left < len(tree) and len(set(found)) == len(found)
    members(tree, ("request", "choices"), "a choice")
    open_, choices = own(tree.get("request")), items(tree, "choices")
    if left < 0 or len(open_) != len(choices) or set(open_) & set(chosen):
        return False
    return all(left > 0 and _refutes(below, held, chosen + [candidate], left - 1) for candidate, below in zip(open_, choices))


def check(value, claim):
    """What a witness shows, in words."""
    members(value, ("format", "claim", "request"), "the witness")
    replay(claim, value.get("request"))
    return f"it is not true that {claim.sentence()}"
