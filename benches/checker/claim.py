"""What a certificate claims: documents as formulas over atoms, for one kind of caller (FORMAT.md, parts 2 to 5).

A formula is ALL, NONE, a literal (an atom's number, negative where it does not hold), ("&", parts) or ("|", parts).
"""

import copy
import hashlib
import re

import keys
import policy
from keys import WITH_ACCOUNT, derived
from patterns import (HOLE, SEPARATOR, Builder, beginning, in_order, is_everything, is_hole, letters_of, listed, pattern, plain, whole,
                      word)
from strict import Wrong, items, members, text, texts
from values import lower, network, number, instant, octets

ALL, NONE = "all", "none"
NOT_COLON = "~:"
ORGANIZATION, PATHS = "aws:principalorgid", "aws:principalorgpaths"
RESOURCE_ACCOUNT, RESOURCE_ORGANIZATION = "aws:resourceaccount", "aws:resourceorgid"

ANYTHING = Builder().star("any").done()
SOMETHING = Builder().some("any").done()
TWELVE = Builder().times("digit", 12).done()


# ---- formulas ----

def either(parts):
    """The disjunction; constants vanish or swallow, disjunctions in it are joined to it."""
    out = []
    for part in parts:
        if part == NONE:
            continue
        if part == ALL:
            return ALL
        if isinstance(part, tuple) and part[0] == "|":
            out.extend(part[1])
        else:
            out.append(part)
    return NONE if not out else out[0] if len(out) == 1 else ("|", tuple(out))


def both(parts):
    """The conjunction, likewise."""
    out = []
    for part in parts:
        if part == ALL:
            continue
        if part == NONE:
            return NONE
        if isinstance(part, tuple) and part[0] == "&":
            out.extend(part[1])
        else:
            out.append(part)
    return ALL if not out else out[0] if len(out) == 1 else ("&", tuple(out))


def negation(formula):
    if isinstance(formula, int):
        return -formula
    if isinstance(formula, tuple):
        return ("|" if formula[0] == "&" else "&", tuple(negation(part) for part in formula[1]))
    return NONE if formula == ALL else ALL


def turn(formula, turned):
    return negation(formula) if turned else formula


def atoms_of(formula, out):
    """The atoms of a formula, each once, in the order in which they stand; `out` is a dict."""
    if isinstance(formula, int):
        out.setdefault(abs(formula))
    elif isinstance(formula, tuple):
        for part in formula[1]:
            atoms_of(part, out)
    return out


# ---- claims ----

QUESTIONS = {
    "no-new-access": (("new", "existing"), (), "whatever {0} allows, {1} allows as well"),
    "unsatisfiable": (("policy",), (), "{0} allows nothing"),
    "not-granted": (("policy",), ("access",), "{0} allows nothing of the listed access"),
    "no-external-access": (("policy",), ("zoneOfTrust",), "{0} lets in nobody from outside the zone of trust"),
    "no-other-access": (("policy", "findings", "candidates"), ("zoneOfTrust",), "{0} lets in nobody else from outside than {1}"),
    "no-public-access": (("policy",), ("resourceType",), "{0} is not public on a resource of type {type}"),
}
TYPES = ("IDENTITY_POLICY", "RESOURCE_POLICY", "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


class Claim:
    """The claim of a certificate, read."""

    def __init__(self, value):
        question = text(value if isinstance(value, dict) else {}, "question")
        if question not in QUESTIONS:
            raise Wrong(f"there is no question `{question}`")
        wanted, more, self.words = QUESTIONS[question]
        members(value, ("question", "policyType", "documents", *more), "the claim")
        if policy.reserved(value):
            raise Wrong("the claim spells a letter that stands for unknown values")
        self.question, self.policy_type = question, text(value, "policyType")
        if self.policy_type not in TYPES:
            raise Wrong(f"there is no policy type `{self.policy_type}`")
        self.names, self.digests, self.documents = [], [], []
        for item in items(value, "documents"):
            self._document(item)
        # The candidates may be left out.
        if tuple(self.names) != wanted and (len(self.names) < 2 or tuple(self.names) != wanted[:2]):
            raise Wrong(f"the documents must be {', '.join(wanted)}")
        # They bear on no formula.
        self.candidates = self.documents[2] if len(self.documents) > 2 else None
        self.documents = self.documents[:2]
        if question in ("no-external-access", "no-other-access", "no-public-access") and self.policy_type != "RESOURCE_POLICY":
            raise Wrong("only a resource policy lets in callers from outside")
        if question == "not-granted":
            self.access = [_access(entry) for entry in items(value, "access")]
        if question in ("no-external-access", "no-other-access"):
            self.zone = _zone(value.get("zoneOfTrust"))
        self.resource_type = text(value, "resourceType") if question == "no-public-access" else None

    def _document(self, item):
        members(item, ("name", "digest", "text"), "a document")
        words = text(item, "text")
        digest = "sha256:" + hashlib.sha256(words.encode()).hexdigest()
        if digest != text(item, "digest"):
            raise Wrong(f"the text of `{text(item, 'name')}` has another digest")
        try:
            self.documents.append(policy.read(words, self.policy_type))
        except Wrong as error:
            raise Wrong(f"document `{text(item, 'name')}`: {error}") from None
        self.names.append(text(item, "name"))
        self.digests.append(digest)

    def sentence(self):
        """What was proved, in words."""
        said = self.words.format(*self.digests, type=self.resource_type)
        if self.candidates is None:
            return said
        own, every = len(self.documents[1].statements), len(self.candidates.statements)
        return f"{said}, and no smaller list covers it: fewer than {own} of the {every} findings in {self.digests[2]} never do"

    def about(self, question, document):
        """The claim about one document that another question makes."""
        out = copy.copy(self)
        out.question, out.names, out.documents, out.candidates = question, ["policy"], [document], None
        return out


def _access(entry):
    members(entry, ("actions", "resources"), "an entry of `access`")
    return tuple(texts(entry, name) if name in entry else None for name in ("actions", "resources"))


def _zone(zone):
    members(zone, ("accounts", "organization", "federated", "canonicalUsers"), "`zoneOfTrust`")
    accounts = texts(zone, "accounts", [])
    if not all(re.fullmatch("[0-9]{12}", account) for account in accounts):
        raise Wrong("an account has twelve digits")
    organization = text(zone, "organization") if "organization" in zone else None
    return accounts, organization, texts(zone, "federated", []), texts(zone, "canonicalUsers", [])


class Names:
    """The names of atoms: each element's atoms in order."""

    def __init__(self):
        self.elements = {}

    def note(self, element, formula):
        self.elements[element] = list(atoms_of(formula, {}))

    def atom(self, name):
        at = 0
        if name not in self.elements:
            # What is pinned may hold any character, so the number is what follows the last sharp.
            name, _, number = name.rpartition("#")
            if not re.fullmatch("[1-9][0-9]{0,8}", number):
                raise Wrong(f"nothing is called `{name}#{number}`")
            at = int(number)
        found = self.elements.get(name)
        if not found or not at < len(found):
            raise Wrong(f"nothing is called `{name}`")
        return found[at]


def clock(key):
    """`aws:EpochTime` is `aws:CurrentTime` in other words (R3)."""
    return "aws:currenttime" if key == "aws:epochtime" else key


class Meaning:
    """Builds formulas for a claim. `kind` and `pins` say for whom, and with which values of policy variables."""

    def __init__(self, claim):
        self.claim, self.kind, self.pins = claim, "session", {}
        self.atoms = [None]
        self.numbers, self.lists, self.forms, self.shapes = {}, {}, {}, {}
        # Of each variable's letter the coordinate whose value, or part of it, it stands for, unless its case is folded.
        self.letters, self.letter_of, self.kept = {}, {}, {}
        self.typed, self.sets, self.used = {}, set(), set()
        for document in claim.documents:
            for statement in document.statements:
                for condition in statement.conditions:
                    self._use(condition)

    def _use(self, condition):
        key = clock(condition.key)
        self.used.add(key)
        if condition.quantifier:
            self.sets.add(key)
        form = "date" if condition.key != key else condition.comparison.split(" ")[0]
        if form in ("number", "date", "bool", "address", "bytes"):
            self.typed.setdefault(key, set()).add(form)

    # -- coordinates --

    def coordinate(self, name, shape, make):
        if name not in self.forms:
            self.forms[name], self.shapes[name] = make(), shape
        return name

    def caller(self):
        return self.coordinate(f"caller {self.kind}", "always", lambda: [callers(self.kind, self.claim.documents)])

    def action(self):
        return self.coordinate("action", "always", lambda: [
            ("text", whole(Builder().some("service").letter(":").some("action").done()), whole())])

    def resource(self):
        # R2; any characters are more than the rule allows.
        arn = Builder("arn:").some(NOT_COLON).letter(":").some(NOT_COLON).letter(":").star(NOT_COLON).letter(":")
        arn.star(NOT_COLON).letter(":").some("any")
        return self.coordinate("resource", "always", lambda: [("text", whole(arn.done()), whole())])

    def is_many(self, key):
        known = keys.arity(key)
        return known == "many" or known == "unknown" and key in self.sets

    def key(self, key):
        return self.coordinate(f"key {key}", "many" if self.is_many(key) else "one", lambda: self._forms(key))

    def _forms(self, key):
        out = [(form,) for form in sorted(self.typed.get(key, ())) if form != "bool"]
        if "bool" in self.typed.get(key, ()):
            out.append(("text", whole(plain("true"), plain("false")), whole()))
        if out:
            return out
        if key in keys.ACCOUNTS:
            own = TWELVE
        elif key == ORGANIZATION:
            own = Builder().some("~/" + SEPARATOR).done()
        else:
            own = SOMETHING if self.is_many(key) else ANYTHING
        return [("text", whole(own), whole())]

    # -- atoms --

    def atom(self, atom):
        number = self.numbers.get(atom)
        if number is None:
            number = self.numbers[atom] = len(self.atoms)
            self.atoms.append(atom)
            # What ties tell apart: the lists without variables that atoms hold of a coordinate.
            tests = [atom[2]] if atom[0] == "is" else [t for t, _ in atom[2]] if atom[0] == "some" else []
            for test in tests:
                if test[0] == "in":
                    self.lists.setdefault(atom[1], []).append(test[1])
        return number

    def free(self, *words):
        """What AWS leaves undefined. The words say of what it is: the same words, the same atom."""
        return self.atom(("free", words))

    def passes(self, coordinate, test):
        return NONE if test[0] == "in" and not test[1].patterns else self.atom(("is", coordinate, test))

    def test(self, key, test):
        """A single-valued key is there and passes."""
        how = derived(self.kind, key)
        if how[0] == "absent":
            return NONE
        if how[0] == "fixed":
            return self.test_fixed(how[1], test)
        if how[0] == "part":
            return self.test_caller(how[1], test)
        if how[0] == "names":
            return self.some(key, ((test, True),))
        if key == RESOURCE_ACCOUNT:
            return self.test_resource_account(test)
        return self.passes(self.key(key), test)

    def test_fixed(self, words, test):
        if test[0] == "tied":
            lone = self.lone(test)
            # A text that is a variable's value says what the variable is.
            if lone is not None and lone[0] != RESOURCE_ACCOUNT:
                made = Builder()
                for c in words:
                    made.letter(spell(c, lone[1]))
                own = self.test(lone[0], ("in", whole(made.done())))
                # What it always or never is says nothing to a lemma that names the test.
                if own not in (ALL, NONE):
                    return own
            own = self.coordinate(f"constant {words}", "always", lambda: [("text", whole(plain(words)), whole())])
            return self.passes(own, test)
        if test[0] == "in":
            return ALL if test[1].has(words) else NONE
        return ALL if test[0] == "bytes" and octets(words) == test[1] else NONE

    def test_caller(self, window, test):
        if test[0] == "in" and any(is_everything(p) for p in test[1].patterns):
            return ALL
        if test[0] not in ("in", "tied"):
            # Whether a part of the caller's text is such a value is left open.
            return self.free("typed", window, test)
        return self.passes(self.caller(), framed(window, test))

    def test_resource_account(self, test):
        """The account of the ARN where it says one, else the key's own value (R3)."""
        free = self.passes(self.key(RESOURCE_ACCOUNT), test)
        if test[0] not in ("in", "tied"):
            return free
        resource = self.resource()
        says = self.passes(resource, ("in", listed("account", (TWELVE,))))
        in_arn = self.passes(resource, framed("account", test))
        return either([both([says, in_arn]), both([negation(says), free])])

    def some(self, key, tests):
        """Some member of a many-valued key passes and fails the tests as marked."""
        how, own = derived(self.kind, key)[0], NONE
        if how == "absent":
            return NONE
        if how == "names":
            own = both([turn(self.test_caller("whole", test), not holds) for test, holds in tests])
        return either([own, self.atom(("some", self.key(key), tests))])

    def present(self, key):
        how = derived(self.kind, key)[0]
        if how != "free":
            return NONE if how == "absent" else ALL
        own = self.atom(("present", self.key(key)))
        if key == RESOURCE_ACCOUNT:
            return either([own, self.test_resource_account(("in", whole(ANYTHING)))])
        return own

    def nonempty(self, key):
        """A key is there with a value that is not the empty text (S28, S30)."""
        how = derived(self.kind, key)[0]
        if how in ("absent", "names"):
            return NONE if how == "absent" else ALL
        if self.is_many(key):
            return self.some(key, ())
        if how != "free":
            return ALL
        if key in keys.ACCOUNTS or key in self.typed:
            return self.present(key)
        return self.test(key, ("in", whole(SOMETHING)))

    # -- statements --

    def keep(self, key, fixed, make):
        """Formulas that neither kind nor pins change are built once."""
        if not fixed:
            return make()
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def statements(self, which, names):
        """(allows, formula) for each statement of a document."""
        out, document = [], self.claim.names[which]
        for index, statement in enumerate(self.claim.documents[which].statements):
            place = (which, index)
            elements = [("Principal", self.principal(statement))]
            # A statement that concerns nobody of the kind names nothing.
            if elements[0][1] == NONE:
                out.append((statement.allows, NONE))
                continue
            elements.append(("Action", self.keep((place, "a"), True, lambda: self.actions(statement))))
            elements.append(("Resource", self.keep((place, "r"), not has_variables(statement),
                                                   lambda: self.resources(statement))))
            for at, condition in enumerate(statement.conditions):
                fixed = not keys.depends_on_kind(clock(condition.key)) and not (
                    condition.variables and any("${" in value for value in condition.values))
                elements.append((f"Condition/{at}", self.keep((place, at), fixed,
                                                              lambda: self.condition(condition))))
            for element, formula in elements:
                names.note(f"{document}/{index}/{element}", formula)
            out.append((statement.allows, both(formula for _, formula in elements)))
        return out

    def principal(self, statement):
        kind = self.claim.policy_type
        if kind == "IDENTITY_POLICY":
            return ALL if self.kind in ("session", "user", "federated-user") else NONE
        if kind == "SERVICE_CONTROL_POLICY":
            return ALL if self.kind in WITH_ACCOUNT else NONE
        if statement.principal is None:
            return self.free("no Principal")
        negated, entries = statement.principal
        if negated and not statement.allows:
            return negation(self.spared(entries))
        return turn(either(self.entry(entry) for entry in entries), negated)

    def entry(self, who):
        """The callers that an entry of a principal clause names (S13)."""
        if who[0] == "everyone":
            return ALL
        if who[0] == "nobody":
            return NONE
        if who[0] == "undefined":
            return self.free("principal", who[1])
        if who[0] == "user" and self.kind == "federated-user":
            return both([self.account_in([who[2]]), self.free("made by", who)])
        return self.passes(self.caller(), ("in", named(self.kind, who)))

    def spared(self, entries):
        """Whom a Deny with `NotPrincipal` leaves alone (S16)."""
        if self.kind not in WITH_ACCOUNT:
            return either(self.entry(entry) for entry in entries)
        links = {"account": 0, "user": 1 if self.kind in ("user", "federated-user") else None,
                 "role": 1 if self.kind == "session" else None, "session": 2 if self.kind == "session" else None,
                 "federated-user": 2 if self.kind == "federated-user" else None, "everyone": 3, "undefined": 3}
        lists = [[], [], [], []]
        for entry in entries:
            at, formula = links.get(entry[0]), self.entry(entry)
            if at is not None:
                lists[at].append(formula)
        needed = {"root": 1, "user": 2}.get(self.kind, 3)
        return either(lists[3] + [both(either(link) for link in lists[:needed])])

    def account_in(self, accounts):
        if self.kind not in WITH_ACCOUNT:
            return NONE
        return self.test_caller("account", ("in", listed("whole", in_order(plain(a) for a in accounts))))

    def action_in(self, patterns):
        out = []
        for words in patterns:
            made = Builder()
            for c in lower(words):
                if c == "*":
                    made.star("any")
                else:
                    made.letter("one" if c == "?" else c)
            out.append(made.done())
        if any(is_everything(p) for p in out):
            return ALL
        return self.passes(self.action(), ("in", listed("whole", in_order(out))))

    def actions(self, statement):
        negated, patterns = statement.action
        return turn(self.action_in(patterns), negated)

    def resources(self, statement):
        if statement.resource is None:
            return ALL
        negated, patterns = statement.resource
        resource, simple, parts = self.resource(), [], []
        for words, form in patterns:
            if form == "any":
                parts.append(ALL)
            elif form == "short":
                parts.append(self.free("resource", words))
            else:
                pieces = arn_pieces(form)
                if any(policy.is_variable(piece) for piece, _ in pieces):
                    for guard, test in self.expand(pieces, False):
                        parts.append(both([guard, self.passes(resource, test)]))
                else:
                    simple.append(fill(pieces))
        if simple:
            parts.append(self.passes(resource, ("in", listed("whole", in_order(simple)))))
        return turn(either(parts), negated)

    def resource_in(self, patterns):
        """The resource matches one of the patterns, in which nothing is a variable."""
        simple, parts = [], []
        for words in patterns:
            arn = words.split(":", 5)
            if words == "*":
                return ALL
            if len(arn) < 6 and not words.endswith("*"):
                parts.append(self.free("resource", words))
                continue
            arn += ["*"] * (6 - len(arn))
            simple.append(fill(arn_pieces([policy.template(part, True, False) for part in arn])))
        parts.append(self.passes(self.resource(), ("in", listed("whole", in_order(simple)))))
        return either(parts)

    # -- conditions --

    def condition(self, condition):
        key, quantifier, negated = clock(condition.key), condition.quantifier, condition.negated
        if condition.comparison == "null":
            return self.null(key, condition)
        many = self.is_many(key)
        if many and not quantifier:
            # S26: false where it is there; S25 where it is absent.
            return negation(self.present(key)) if negated or condition.if_exists else NONE
        alternatives, undefined = self.alternatives(key, condition)

        def or_absent(formula):
            if not condition.if_exists:
                return formula
            # S28: under a set operator a key with no value but the empty text is absent.
            return either([formula, negation(self.nonempty(key) if quantifier else self.present(key))])

        if not many:
            matches = self.matches(key, alternatives, undefined)
            if not quantifier:
                return negation(matches) if negated else or_absent(matches)
            if quantifier == "forallvalues":
                return either([negation(self.nonempty(key)), turn(matches, negated)])
            return or_absent(both([self.nonempty(key), turn(matches, negated)]))
        if undefined:
            nonempty, opened = self.nonempty(key), both(undefined)
            if quantifier == "forallvalues":
                return either([negation(nonempty), opened])
            return or_absent(both([nonempty, opened]))
        every = quantifier == "forallvalues"
        if every == negated:
            some = either([both([guard, self.some(key, ((test, True),))]) for guard, test, _ in alternatives])
        else:
            some = self.some_outside(key, alternatives)
        return negation(some) if every else or_absent(some)

    def null(self, key, condition):
        nonempty = self.nonempty(key)
        parts = {"true": negation(nonempty), "false": nonempty}
        return either([parts[lower(v)] if lower(v) in parts else self.free("Null", key, v) for v in condition.values])

    def matches(self, key, alternatives, undefined):
        parts = []
        for guard, test, lone in alternatives:
            turned = self.turned(key, guard, test, lone)
            parts.append(both([guard, self.test(key, test)]) if turned is None else turned)
        if undefined:
            present = self.present(key)
            parts.extend(both([present, opened]) for opened in undefined)
        return either(parts)

    def turned(self, key, guard, test, lone):
        """`k = ${x}` as `x = ${k}`, where `x` is the key to compare (FORMAT.md, policy variables)."""
        if lone is None:
            return None
        variable, fold = lone
        ours, theirs = (derived(self.kind, k)[0] == "part" for k in (key, variable))
        turn_it = ours if ours != theirs else variable < key
        if (fold or not turn_it or variable == key or RESOURCE_ACCOUNT in (key, variable)
                or derived(self.kind, variable)[0] != "free"):
            return None
        parts, loose = [], TWELVE if key in keys.ACCOUNTS else ANYTHING
        for condition, value in self.options(key, None, False):
            if value is None:
                parts.append(NONE)
            elif value[0] == "letter":
                other = ("tied", whole(plain(value[1])), whole(loose))
                parts.append(both([condition, self.test(variable, other)]))
            else:
                parts.append(both([condition, self.test(variable, ("in", whole(plain(value[1]))))]))
        # That `x` is there goes without saying; whatever else the guard asks for does not.
        out = either(parts)
        return out if guard == self.present(variable) else both([guard, out])

    def some_outside(self, key, alternatives):
        """Some member is none of the alternatives: one case for each choice of guards that hold."""
        guards = []
        for guard, _, _ in alternatives:
            if guard != ALL and guard not in guards:
                guards.append(guard)
        if len(guards) > 12:
            raise Wrong("too many values with variables in one condition")
        cases = []
        for choice in range(1 << len(guards)):
            held = {guard: bool(choice >> at & 1) for at, guard in enumerate(guards)}
            tests = tuple((test, False) for guard, test, _ in alternatives if held.get(guard, True))
            some = self.some(key, tests)
            cases.append(both([turn(guard, not held[guard]) for guard in guards] + [some]))
        return either(cases)

    def alternatives(self, key, condition):
        """The values as (guard, test, the variable that is all of it), and the undefined ones as formulas."""
        simple, out, undefined = [], [], []
        many = self.is_many(key)
        for words in condition.values:
            made = read_value(condition, words)
            if made is None:
                undefined.append(self.undefined(key, many, condition, words))
            elif made[0] == "pieces":
                _, pieces, fold = made
                for guard, test in self.expand(pieces, fold):
                    if guard == ALL and test[0] == "in":
                        simple.extend(test[1].patterns)
                    else:
                        out.append((guard, test, self.lone(test)))
            elif made[0] == "pattern":
                simple.append(made[1])
            else:
                out.append((ALL, made, None))
        if simple:
            out.insert(0, (ALL, ("in", listed("whole", in_order(simple))), None))
        return out, undefined

    def lone(self, test):
        """The variable, and whether case is folded, of a pattern that is one letter alone."""
        letter = word(test[1].patterns[0]) if test[0] == "tied" else None
        return next((hole for hole, c in self.letters.items() if c == letter), None) if letter else None

    def undefined(self, key, many, condition, words):
        # `${` begins a variable in one version of the language alone.
        version = condition.variables and any("${" in text and policy.UNKNOWN not in text for text in condition.values)
        if many:
            # Which members pass is open, and may hang on the other values: the atom is that of the whole condition.
            return self.free("condition", condition.key, condition.quantifier, condition.comparison, condition.negated,
                             tuple(condition.values), version)
        # A set operator and `IfExists` ask the same of the one value.
        opened = self.free("value", condition.key, condition.comparison, condition.negated, words, version)
        if condition.comparison != "arn":
            return opened
        # S34: whatever the pattern means, a value with fewer than six parts matches nothing.
        made = Builder()
        for _ in range(5):
            made.star(NOT_COLON).letter(":")
        return both([self.test(key, ("in", whole(made.star("any").done()))), opened])

    # -- policy variables --

    def expand(self, pieces, fold):
        """(guard, test) for each way in which the variables of a pattern may have values (S42)."""
        cases = [(ALL, {})]
        for piece, _ in pieces:
            if not policy.is_variable(piece) or cases and piece in cases[0][1]:
                continue
            options = self.options(piece[0], piece[1], fold)
            cases = [(both([guard, condition]), {**chosen, piece: value})
                     for guard, chosen in cases for condition, value in options]
            cases = [case for case in cases if case[0] != NONE]
            if len(cases) > 4096:
                raise Wrong("too many variables in one pattern")
        out = []
        for guard, chosen in cases:
            exact = fill(pieces, fold, chosen, self.tie)
            if exact is None:
                continue
            if any(value[0] == "letter" for value in chosen.values()):
                out.append((guard, ("tied", whole(exact), whole(fill(pieces, fold, chosen, self.loose)))))
            else:
                out.append((guard, ("in", whole(exact))))
        return out

    def tie(self, made, key, group, letter):
        """A letter for the value of a variable. In an ARN's first five parts a value with a colon matches nothing (S44), so that there
        the letter is another, unless no value has a colon."""
        narrow = group == NOT_COLON and key not in keys.ACCOUNTS and derived(self.kind, key) != ("part", "name")
        made.letter(chr(ord(letter) + 1) if narrow else letter)

    def loose(self, made, key, group, _):
        """Anything that the value of a variable can be, in its place."""
        if key in keys.ACCOUNTS:
            made.times("digit", 12)
        elif derived(self.kind, key) == ("part", "name"):
            made.some("~/" + SEPARATOR)
        else:
            made.star(group)

    def options(self, key, default, fold):
        """The ways in which a variable may have a value: (guard, ("text", TEXT) or ("letter", LETTER) or None)."""
        fallback = None if default is None else ("text", default)
        if self.is_many(key):
            return [(ALL, fallback)]
        if key in self.pins:
            value = self.pins[key]
            return [(ALL, fallback if value is None else ("text", value))]
        how = derived(self.kind, key)
        if how[0] in ("absent", "names"):
            return [(ALL, fallback)]
        if how[0] == "fixed":
            return [(ALL, ("text", how[1]))]
        letter = ("letter", self.letters.setdefault((key, fold), chr(ord(HOLE) + 2 * len(self.letters))))
        if how[0] == "part":
            self.letter_of[letter[1]] = (self.caller(), how[1], fold)
            return [(ALL, letter)]
        present, own = self.present(key), self.key(key)
        self.letter_of[letter[1]] = (own, "whole", fold)
        return [(present, letter), (negation(present), fallback)]

    def pinned(self):
        """Every pinned key has its value, or is absent."""
        return both([self.pin(key, value) for key, value in sorted(self.pins.items())])

    def pin(self, key, value):
        """A key has a value, or is absent."""
        return negation(self.present(key)) if value is None else self.test(key, ("in", whole(plain(value))))

    # -- the claim --

    def parts(self):
        """(allows, rest, names): for each Allow statement its index and formula, and what must hold as well."""
        names, allows, rest = Names(), [], []
        for index, (allow, formula) in enumerate(self.statements(0, names)):
            if allow:
                allows.append((index, formula))
            else:
                rest.append(negation(formula))
        # Where the first document allows nothing, nothing else is built or named.
        if all(formula == NONE for _, formula in allows):
            return allows, rest, names
        if len(self.claim.documents) > 1:
            # A second document does not allow it.
            there = self.statements(1, names)
            none = both([negation(formula) for allow, formula in there if allow])
            rest.append(either([none] + [formula for allow, formula in there if not allow]))
        narrowed, of_type = self.narrowed()
        for name, formula in (("narrowed", narrowed), ("type", of_type), ("ties", self.ties()),
                              ("pinned", self.pinned())):
            names.note(name, formula)
            rest.append(formula)
        return allows, rest, names

    def narrowed(self):
        claim = self.claim
        if claim.question in ("unsatisfiable", "no-new-access"):
            return ALL, ALL
        if claim.question == "not-granted":
            entries = [both([ALL if actions is None else self.action_in(actions),
                             ALL if resources is None else self.resource_in(resources)])
                       for actions, resources in claim.access]
            return either(entries), ALL
        if claim.question in ("no-external-access", "no-other-access"):
            return negation(self.inside(*claim.zone)), ALL
        of_type = RESOURCE_TYPES.get(claim.resource_type)
        trusted = negation(self.trusted())
        return trusted, ALL if of_type is None else self.resource_in([of_type])

    def inside(self, accounts, organization, federated, canonical):
        """Callers inside a zone of trust (Q3)."""
        def words(found):
            return ("in", listed("whole", in_order(plain(t) for t in found)))

        def member():
            return NONE if organization is None else self.test(ORGANIZATION, ("in", whole(plain(organization))))

        if self.kind in ("anonymous", "service"):
            return NONE if self.kind == "anonymous" else ALL
        if self.kind == "federated":
            return self.passes(self.caller(), words(federated))
        if self.kind in WITH_ACCOUNT:
            return either([self.account_in(accounts), member()])
        parts = [self.passes(self.caller(), words(canonical)), member()]
        if organization is not None:
            below = ("in", whole(Builder(organization + "/").star("any").done()))
            parts.append(self.value_in(PATHS, below))
        numbers = [account for account in accounts]
        if numbers:
            parts += [self.test(key, words(numbers)) for key in ("aws:principalaccount", "kms:calleraccount")]
            arns = [Builder("arn:").star(NOT_COLON).letter(":").star(NOT_COLON).text(f"::{account}:").star("any").done()
                    for account in numbers]
            parts.append(self.test("aws:principalarn", ("in", listed("whole", arns))))
        return either(parts)

    def trusted(self):
        """A trusted key has one of the fixed values that the document names for it (Q4)."""
        parts = []
        for statement in self.claim.documents[0].statements:
            for who in statement.principal[1] if statement.principal else []:
                if policy.is_fixed(who):
                    parts.append(self.entry(who))
            for condition in statement.conditions:
                for words in fixed_values(condition, self.claim.resource_type):
                    parts.append(self.value_in(condition.key, fixed_test(condition, words)))
        return either(parts)

    def value_in(self, key, test):
        key = clock(key)
        return self.some(key, ((test, True),)) if self.is_many(key) else self.test(key, test)

    # -- what ties keys together (R3) --

    def ties(self):
        return both([self.path_ties(), self.account_ties()]) if self.kind in WITH_ACCOUNT else ALL

    def patterns_of(self, coordinate):
        return [p for own in self.lists.get(coordinate, ()) for p in own.patterns]

    def path_ties(self):
        """The paths of the caller's organization begin with its id."""
        if PATHS not in self.used and f"key {PATHS}" not in self.forms:
            return ALL
        own, paths = self.key(ORGANIZATION), self.key(PATHS)
        names = {word(p) for p in self.patterns_of(own)} - {None}
        names |= {beginning(p).partition("/")[0] for p in self.patterns_of(paths) if "/" in beginning(p)}
        names = sorted(names)
        below = [Builder(name + "/").star("any").done() for name in names]
        there, listed_, some = (self.atom(a) for a in (("present", own), ("present", paths), ("some", paths, ())))
        cases = [both([-there, -listed_])]
        for name, path in zip(names, below):
            is_it = self.passes(own, ("in", whole(plain(name))))
            stray = self.atom(("some", paths, ((("in", whole(path)), False),)))
            cases.append(both([is_it, some, -stray]))
        other = [there, some]
        if names:
            other.append(negation(self.passes(own, ("in", listed("whole", [plain(name) for name in names])))))
            other.append(-self.atom(("some", paths, ((("in", listed("whole", below)), True),))))
        return either(cases + [both(other)])

    def account_ties(self):
        """Caller and resource of one account are of one organization."""
        if RESOURCE_ORGANIZATION not in self.used:
            return ALL
        accounts = set()
        for coordinate in ("resource", f"key {RESOURCE_ACCOUNT}", f"caller {self.kind}"):
            for p in self.patterns_of(coordinate):
                parts = p.outline.split(":")
                found = parts[4] if len(parts) > 4 else p.outline
                if re.fullmatch("[0-9]{12}", found):
                    accounts.add(found)
        pair = (ORGANIZATION, RESOURCE_ORGANIZATION)
        names = sorted({word(p) for key in pair for p in self.patterns_of(self.key(key))} - {None})
        named_ = ("in", listed("whole", [plain(name) for name in names]))
        equal = [both([negation(self.present(key)) for key in pair])]
        other = []
        for key in pair:
            other += [self.present(key), negation(self.test(key, named_))]
        equal.append(both(other))
        for name in names:
            equal.append(both([self.test(key, ("in", whole(plain(name)))) for key in pair]))
        equal = either(equal)
        parts = []
        for account in sorted(accounts):
            caller = self.account_in([account])
            resource = self.test(RESOURCE_ACCOUNT, ("in", whole(plain(account))))
            parts.append(either([negation(caller), negation(resource), equal]))
        return both(parts)


# ---- patterns of policies ----

def has_variables(statement):
    return statement.resource is not None and any(
        isinstance(form, list) and any(policy.is_variable(piece) for part in form for piece in part)
        for _, form in statement.resource[1])


def arn_pieces(parts):
    """(piece, what a wildcard reads there): wildcards cross no colon in the first five parts (S18, S34)."""
    out = []
    for at, part in enumerate(parts):
        if at:
            out.append((":", NOT_COLON))
        out.extend((piece, NOT_COLON if at < 5 else "any") for piece in part)
    return out


def fill(pieces, fold=False, chosen=None, put=None):
    """The pattern with values, or letters for them, in the place of variables. None: it matches nothing."""
    made = Builder()
    for piece, group in pieces:
        if piece == policy.ONE:
            made.letter(group)
        elif piece == policy.MANY:
            made.star(group)
        elif policy.is_variable(piece):
            value = chosen[piece]
            # S44: a value never adds a part to an ARN.
            if value is None or value[0] == "text" and group == NOT_COLON and ":" in value[1]:
                return None
            if value[0] == "text":
                for c in value[1]:
                    made.letter(spell(c, fold))
            else:
                put(made, piece[0], group, value[1])
        else:
            made.letter(spell(piece, fold))
    return made.done()


def spell(c, fold):
    """A character of a policy's text, in both cases where case does not count (S31)."""
    return "^" + lower(c) if fold and c.isascii() and c.isalpha() else c


def read_value(condition, words):
    """One value under its operator (S31 to S39): ("pieces", …), ("pattern", p), a test, or None where it is undefined."""
    kind, _, relation = condition.comparison.partition(" ")
    epoch = condition.key == "aws:epochtime"
    if kind in ("text", "folded", "like", "arn"):
        if epoch and kind != "arn":
            return None
        pieces = policy.template(words, kind in ("like", "arn"), condition.variables)
        if kind != "arn":
            return ("pieces", [(piece, "any") for piece in pieces], kind == "folded")
        parts = policy.cut(pieces)
        return ("pieces", arn_pieces(parts), False) if len(parts) == 6 else None
    if kind in ("number", "date"):
        kind = "date" if epoch else kind
        value = number(words) if kind == "number" else instant(words)
        return None if value is None else (kind, relation, value)
    if kind == "bool":
        return ("pattern", plain(lower(words))) if lower(words) in ("true", "false") else None
    value = octets(words) if kind == "bytes" else network(words)
    return None if value is None else (kind, value)


def framed(window, test):
    """A test of a key as one of the part of a text that the key is."""
    if test[0] == "in":
        return ("in", part(window, test[1].patterns))
    return ("tied", part(window, test[1].patterns), part(window, test[2].patterns))


def part(window, patterns):
    """The patterns on a part of a text, without those that cannot be such a part."""
    return listed(window, [p for p in patterns if _can_be(window, p)])


def _spells(letters, refused):
    """Whether a letter is one that is refused, in both cases where case is folded."""
    for letter in letters:
        if len(letter) == 1:
            if not is_hole(letter) and refused(letter):
                return True
        elif letter[0] == "^" and refused(letter[1]) and refused(letter[1].upper()):
            return True
    return False


def _no_digit(c):
    return not ("0" <= c <= "9")


def _can_be(window, p):
    letters = [letter for _, letter in p.steps]
    if window in ("arn", "session"):
        return not _spells(letters, lambda c: c == SEPARATOR)
    if window == "account":
        return not _spells(letters, _no_digit)
    if window == "name":
        return not _spells(letters, lambda c: c in "/" + SEPARATOR)
    if window == "account-and-name":
        # The value of a variable may hold the colon.
        return not _spells(letters, lambda c: c == SEPARATOR) and (
            bool(letters_of(p)) or any(not _spells(head, _no_digit) for head in _heads(p)))
    return True


def _heads(p):
    """The letters before each place at which the pattern can read a colon."""
    from patterns import has
    letters = [letter for _, letter in p.steps]
    for at, step in enumerate([*p.steps, (p.last, None)]):
        if any(group is not None and has(group, ":") for group in step):
            yield letters[:at]


# ---- callers (R1, R1a) ----

def named(kind, who):
    """The callers of a kind that an entry names (S11 to S15)."""
    what = who[0]
    if what == "account" and kind in WITH_ACCOUNT:
        return part("account", [plain(who[2])])
    if what == kind == "user":
        return whole(plain(f"arn:{who[1]}:iam::{who[2]}:user{who[3]}{who[4]}"))
    if what == "role" and kind == "session":
        return part("arn", [plain(f"arn:{who[1]}:iam::{who[2]}:role{who[3]}{who[4]}")])
    if what == kind == "session":
        # The role's path is not part of a session's ARN.
        head, inner = f"arn:{who[1]}:iam::{who[2]}:role/", "~" + SEPARATOR
        end = [Builder(head), Builder(head).star(inner).letter("/")]
        return whole(*[b.text(who[3]).letter(SEPARATOR).star("~" + SEPARATOR).letter(":").text(who[4]).done()
                       for b in end])
    if what == kind == "federated-user":
        return whole(plain(f"arn:{who[1]}:sts::{who[2]}:federated-user/{who[3]}"))
    if what == kind and what in ("service", "federated", "canonical"):
        return whole(plain(who[1]))
    return whole()


def callers(kind, documents):
    """Every text that a caller of the kind can have."""
    entries = [who for document in documents for statement in document.statements
               for who in (statement.principal[1] if statement.principal else [])]
    partitions = {"aws", "aws-cn", "aws-us-gov"}
    partitions |= {who[1] for who in entries if who[0] in ("account", "user", "role", "session", "federated-user")}
    out, without, sessions = [], [], [Builder().times("name", 1).some("name").done()]

    def arn(partition, service, rest):
        return Builder(f"arn:{partition}:{service}::").times("digit", 12).text(rest)

    for partition in sorted(partitions - {None}):
        if kind == "root":
            out.append(arn(partition, "iam", ":root"))
        elif kind == "federated-user":
            out.append(arn(partition, "sts", ":federated-user/").some("name"))
        elif kind == "federated":
            out += [arn(partition, "iam", rest).some("graphic") for rest in (":saml-provider/", ":oidc-provider/")]
        elif kind in ("user", "session"):
            rest = ":user/" if kind == "user" else ":role/"
            out.append(arn(partition, "iam", rest).some("name"))
            out.append(arn(partition, "iam", rest).some("graphic").letter("/").some("name"))
    if kind == "anonymous":
        out.append(Builder("anonymous"))
    elif kind == "canonical":
        out.append(Builder().times("hex", 64))
    elif kind == "service":
        without.append(Builder().star("any").text("..").star("any").done())
        out += [Builder().letter("service").star("service.").text(end) for end in
                (".amazonaws.com", ".amazonaws.com.cn")]
    elif kind == "federated":
        out += [Builder(name) for name in ("accounts.google.com", "cognito-identity.amazonaws.com",
                                           "graph.facebook.com", "www.amazon.com")]
    out = [made.done() for made in out]
    for who in entries:
        if kind == "session" and who[0] == "role":
            out.append(plain(f"arn:{who[1]}:iam::{who[2]}:role{who[3]}{who[4]}"))
        elif kind == "session" and who[0] == "session":
            out.append(plain(f"arn:{who[1]}:iam::{who[2]}:role/{who[3]}"))
            sessions.append(plain(who[4]))
        elif who[0] == "canonical" == kind and not re.fullmatch("[0-9a-fA-F]{64}", who[1]):
            pass
        elif kind != "session" and who[0] not in ("account", "everyone", "nobody", "undefined"):
            out.extend(named(kind, who).patterns)
    if kind == "session":
        unique = Builder(SEPARATOR).star("~:" + SEPARATOR).letter(":").done()
        out = [Builder().append(role).append(unique).append(session).done() for role in out for session in sessions]
    return ("text", listed("whole", list(dict.fromkeys(out))), listed("whole", without))


# ---- Q4's closed lists ----

TRUSTED = {
    "aws:principalarn", "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
    "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceip",
    "aws:sourcevpc", "aws:sourcevpcarn", "aws:sourcevpce", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths",
    "kms:calleraccount", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "lambda:eventsourcetoken"}

RESOURCE_TYPES = {name: f"arn:*:{rest}" for name, rest in {
    "AWS::S3::Bucket": "s3:::*",
    "AWS::S3::AccessPoint": "s3:*:*:accesspoint/*",
    "AWS::S3::Glacier": "glacier:*:*:vaults/*",
    "AWS::S3Express::DirectoryBucket": "s3express:*:*:bucket/*",
    "AWS::S3Express::AccessPoint": "s3express:*:*:accesspoint/*",
    "AWS::S3Outposts::Bucket": "s3-outposts:*:*:outpost/*/bucket/*",
    "AWS::S3Outposts::AccessPoint": "s3-outposts:*:*:outpost/*/accesspoint/*",
    "AWS::S3Tables::TableBucket": "s3tables:*:*:bucket/*",
    "AWS::S3Tables::Table": "s3tables:*:*:bucket/*/table/*",
    "AWS::DynamoDB::Table": "dynamodb:*:*:table/*",
    "AWS::DynamoDB::Stream": "dynamodb:*:*:table/*/stream/*",
    "AWS::EFS::FileSystem": "elasticfilesystem:*:*:file-system/*",
    "AWS::OpenSearchService::Domain": "es:*:*:domain/*",
    "AWS::Kinesis::Stream": "kinesis:*:*:stream/*",
    "AWS::Kinesis::StreamConsumer": "kinesis:*:*:*/consumer/*",
    "AWS::KMS::Key": "kms:*:*:key/*",
    "AWS::Lambda::Function": "lambda:*:*:function:*",
    "AWS::Lambda::LayerVersion": "lambda:*:*:layer:*",
    "AWS::SecretsManager::Secret": "secretsmanager:*:*:secret:*",
    "AWS::SNS::Topic": "sns:*:*:*",
    "AWS::SQS::Queue": "sqs:*:*:*",
    "AWS::ApiGateway::RestApi": "execute-api:*:*:*",
    "AWS::CodeArtifact::Domain": "codeartifact:*:*:domain/*",
    "AWS::Backup::BackupVault": "backup:*:*:backup-vault:*",
    "AWS::CloudTrail::Dashboard": "cloudtrail:*:*:dashboard/*",
    "AWS::CloudTrail::EventDataStore": "cloudtrail:*:*:eventdatastore/*",
    "AWS::ECR::Repository": "ecr:*:*:repository/*",
}.items()}


def fixed_values(condition, resource_type):
    """The values of a condition that are fixed, in order."""
    key = condition.key
    trusted = key in TRUSTED or key == "s3:dataaccesspointarn" and resource_type != "AWS::S3::AccessPoint"
    trusted = trusted or key != "saml:aud" and key.endswith((":aud", ":app_id"))
    return [words for words in condition.values if trusted and _is_fixed(condition, words)]


def _is_fixed(condition, words):
    if condition.comparison == "address":
        block = network(words)
        return block is not None and block[2] - block[1] < (1 << 24 if block[0] == 4 else 1 << 96)
    if condition.comparison not in ("text", "folded", "like", "arn"):
        return False
    pieces = _fixed_pieces(condition, words)
    if any(policy.is_variable(piece) for piece in pieces):
        return False
    wild = (policy.ONE, policy.MANY)
    if not any(piece in wild for piece in pieces):
        return True
    parts = policy.cut(pieces)
    if condition.comparison == "like" and any(piece in wild for part in parts[:5] for piece in part):
        return False
    return len(parts) == 6 and len(parts[4]) == 12 and all(isinstance(c, str) and "0" <= c <= "9" for c in parts[4])


def _fixed_pieces(condition, words):
    return policy.template(words, condition.comparison in ("like", "arn"), condition.variables)


def fixed_test(condition, words):
    """What a fixed value stands for: its wildcards cross no colon before the last part of an ARN."""
    if condition.comparison == "address":
        return ("address", network(words))
    made, colons = Builder(), 0
    for piece in _fixed_pieces(condition, words):
        group = NOT_COLON if colons < 5 else "any"
        if piece == policy.MANY:
            made.star(group)
        elif piece == policy.ONE:
            made.letter(group)
        else:
            colons += piece == ":"
            made.letter(spell(piece, condition.comparison == "folded"))
    return ("in", whole(made.done()))
