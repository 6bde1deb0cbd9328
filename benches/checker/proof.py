"""Checks a certificate (FORMAT.md): for each kind of caller, each Allow statement and the rest cannot hold together.

Why acceptance can be believed: each lemma was shown to be void on one coordinate by `theory`, propagation only draws
what follows, and cases leave nothing out: what is not in a case is looked at with the case's negation.
"""

import witness
from claim import ALL, NONE, Claim, Meaning, both, either, negation
from keys import KINDS
from patterns import TooLong, forget
from strict import Wrong, index, items, is_text, members, text
from theory import contradict

FORMAT = "keyaki-certificate/1"

# How many steps of text walks one certificate may take.
EFFORT = 3_000_000

_DEPTH = 200


def check(value):
    """What a certificate proves, in words; raises `Wrong`."""
    forget()
    if text(value if isinstance(value, dict) else {}, "format") == witness.FORMAT:
        return witness.check(value, Claim(value.get("claim")))
    members(value, ("format", "claim", "proofs", "minimum"), "the certificate")
    if text(value, "format") != FORMAT:
        raise Wrong(f"the format is not `{FORMAT}`")
    checker = Checker(Claim(value.get("claim")), _proofs(value))
    if (checker.claim.candidates is None) != ("minimum" not in value):
        raise Wrong("`candidates` and `minimum` belong together")
    try:
        checker.run()
        if checker.claim.candidates is not None:
            witness.smallest(checker.claim, value["minimum"])
    except TooLong as error:
        raise Wrong(str(error)) from None
    except RecursionError:
        raise Wrong("formulas or cases stand too deep in each other") from None
    return checker.claim.sentence()


def _proofs(value):
    """The proof of each kind that has one."""
    out = {}
    for proof in items(value, "proofs"):
        members(proof, ("kinds", "lemmas", "statements"), "a proof")
        for kind in items(proof, "kinds"):
            if not is_text(kind) or kind not in KINDS or kind in out:
                raise Wrong("a kind of caller is unknown or stands twice")
            out[kind] = proof
        items(proof, "lemmas")
        items(proof, "statements")
    return out


class Checker:
    """One certificate on its way."""

    def __init__(self, claim, proofs):
        self.claim, self.proofs, self.meaning = claim, proofs, Meaning(claim)
        self.known, self.effort = {}, [EFFORT]

    def run(self):
        done = []
        for kind in KINDS:
            self.meaning.kind = kind
            # A variable may follow from one kind of caller and be free for another.
            self.known = {}
            allows, rest, names = self.meaning.parts()
            proof = self.proofs.get(kind)
            # The same formulas over the same atoms need one proof. Pins are values for a kind, so that they are looked at for each.
            if proof is not None and any(proof is p and allows == a and rest == r for p, a, r in done):
                continue
            try:
                self.check_kind(allows, rest, names, proof)
            except Wrong as error:
                raise Wrong(f"for callers of kind `{kind}`: {error}") from None
            if proof is not None and not any("pinned" in s for s in proof["statements"]):
                done.append((proof, allows, rest))

    def check_kind(self, allows, rest, names, proof):
        given = {}
        for item in proof["statements"] if proof else []:
            members(item, ("statement", "lemmas", "cases", "pinned"), "the proof of a statement")
            at = index(item.get("statement"))
            if at in given:
                raise Wrong("a statement stands twice")
            given[at] = item
            for choice in items(item, "pinned", []):
                # What a pinned value says has a name in the proof around it.
                for key, value in pins_of(choice).items():
                    name = f"pin/{key}" if value is None else f"pin/{key}/{value}"
                    names.note(name, self.meaning.pin(key, value))
        lemmas = self.lemmas(proof["lemmas"], names) if proof else []
        for at, allow in allows:
            try:
                self.statement(at, allow, rest, names, lemmas, given.get(at, {}))
            except Wrong as error:
                raise Wrong(f"statement {at}: {error}") from None

    def statement(self, at, allow, rest, names, lemmas, item):
        goals = [allow, *rest]
        for choice in items(item, "pinned", []):
            goals.append(self.pinned(at, choice))
        used = []
        for number in items(item, "lemmas", []):
            number = index(number)
            if number >= len(lemmas):
                raise Wrong("there is no such lemma")
            used.append(lemmas[number])
        self.close(goals, used, tree(items(item, "cases", []), names))

    def pinned(self, at, choice):
        """Checks the claim with values for variables; gives what is left: that they do not have these values."""
        self.meaning.pins = pins_of(choice)
        allows, rest, names = self.meaning.parts()
        left = negation(self.meaning.pinned())
        self.meaning.pins = {}
        lemmas = self.lemmas(items(choice, "lemmas"), names)
        self.close([dict(allows)[at], *rest], lemmas, tree(items(choice, "cases", []), names))
        return left

    def lemmas(self, found, names):
        """Reads lemmas and checks each."""
        out = []
        for item in found:
            if not isinstance(item, list):
                raise Wrong("a lemma must be a list")
            lemma = frozenset(literal(part, names) for part in item)
            if lemma not in self.known:
                self.known[lemma] = contradict(self.meaning, lemma, self.effort)
            if not self.known[lemma]:
                raise Wrong("the lemma " + ", ".join(item) + " is no contradiction")
            out.append(tuple(lemma))
        return out

    def close(self, goals, lemmas, cases):
        if not closes(Known(), goals, lemmas, cases):
            raise Wrong("the cases leave a request")


def pins_of(choice):
    """The values that a choice gives to variables."""
    members(choice, ("pins", "lemmas", "cases"), "a pinned choice")
    pins = choice.get("pins")
    if not isinstance(pins, dict) or not all(v is None or is_text(v) for v in pins.values()):
        raise Wrong("`pins` must hold strings, or null")
    return pins


def literal(value, names):
    """`+name` or `-name`."""
    if not is_text(value) or value[:1] not in ("+", "-"):
        raise Wrong("a literal must be a name with a sign")
    atom = names.atom(value[1:])
    return atom if value[0] == "+" else -atom


def formula(value, names):
    """A literal, or `{"and": […]}`, or `{"or": […]}`."""
    if not isinstance(value, dict):
        return literal(value, names)
    for name, join in (("and", both), ("or", either)):
        if name in value:
            members(value, (name,), "a formula")
            return join([formula(part, names) for part in items(value, name)])
    raise Wrong("a formula must be a literal, `and` or `or`")


def tree(found, names):
    """Cases as a tree: a list of (formula, cases below it)."""
    top = []
    open_ = [top]
    for item in found:
        if not isinstance(item, list) or len(item) != 2:
            raise Wrong("a case must be a depth and a formula")
        depth = index(item[0])
        if not 1 <= depth <= len(open_) or depth > _DEPTH:
            raise Wrong(f"a case cannot stand at depth {depth} here")
        del open_[depth:]
        case = (formula(item[1], names), [])
        open_[-1].append(case)
        open_.append(case[1])
    return top


# ---- propagation ----

class Contradiction(Exception):
    """Nothing is left."""


class Known:
    """Literals that hold, cases that were closed and so do not, and conjunctions that are all that is left of a disjunction."""

    def __init__(self, holds=(), gone=(), forced=()):
        self.holds, self.gone, self.forced = set(holds), set(gone), set(forced)

    def copy(self):
        return Known(self.holds, self.gone, self.forced)

    def truth(self, f):
        """True, False, or None where it is not known."""
        if isinstance(f, int):
            return True if f in self.holds else False if -f in self.holds else None
        if isinstance(f, str):
            return f == ALL
        if self.gone and f in self.gone:
            return False
        wanted, still = f[0] == "|", False
        for part in f[1]:
            found = self.truth(part)
            if found is wanted:
                return wanted
            still |= found is None
        return None if still else not wanted

    def learn(self, f):
        if -f in self.holds:
            raise Contradiction
        if f in self.holds:
            return False
        self.holds.add(f)
        return True

    def force(self, f):
        """Takes a formula for true; tells (whether something is new, what may still tell more)."""
        if isinstance(f, int):
            return self.learn(f), []
        if isinstance(f, str):
            if f == NONE:
                raise Contradiction
            return False, []
        if f[0] == "&":
            new, rest = False, []
            for part in f[1]:
                more, still = self.force(part)
                new |= more
                rest += still
            return new, rest
        left = []
        for part in f[1]:
            found = self.truth(part)
            if found:
                return False, []
            if found is None:
                left.append(part)
        if not left:
            raise Contradiction
        if len(left) == 1:
            if isinstance(left[0], tuple):
                self.forced.add(left[0])
            return self.force(left[0])
        # Parts that are false here are false below, so that they need not be looked at again.
        return False, [("|", tuple(left)) if len(left) < len(f[1]) else f]

    def apply(self, lemmas):
        """Lemmas whose literals hold but for one tell that it does not; gives (new, the lemmas that may tell more)."""
        new, rest = False, []
        for lemma in lemmas:
            left = None
            for f in lemma:
                if f in self.holds:
                    continue
                if -f in self.holds:
                    break
                if left is not None:
                    rest.append(lemma)
                    break
                left = f
            else:
                if left is None:
                    raise Contradiction
                new |= self.learn(-left)
        return new, rest

    def spread(self, goals, lemmas):
        """Until nothing is new; gives the goals and lemmas that are still open."""
        new = True
        while new:
            new, open_ = False, []
            for goal in goals:
                more, still = self.force(goal)
                new |= more
                open_ += still
            goals = open_
            more, lemmas = self.apply(lemmas)
            new |= more
        return goals, lemmas


def closes(known, goals, lemmas, cases):
    """Whether the cases show that the goals cannot all hold."""
    try:
        goals, lemmas = known.spread(goals, lemmas)
        for case, below in cases:
            if not closes(known.copy(), goals + [case], lemmas, below):
                return False
            # What closed cannot hold here. That stays so for the cases behind it.
            if isinstance(case, tuple):
                if case in known.forced:
                    return True
                known.gone.add(case)
            goals = goals + [negation(case)]
        known.spread(goals, lemmas)
        return False
    except Contradiction:
        return True
