"""When literals contradict each other (FORMAT.md, part 6): one coordinate at a time, and what variables say across several."""

import ipaddress
from bisect import bisect_left

from patterns import (SEPARATOR, Builder, TooLong, Value, beginning, empty, has, is_hole, letters_of, listed, plain, says, spelled_out,
                      whole, word)
from typed import addresses, instants, instants_beyond, numbers, numbers_beyond
from values import instant, instant_text, network, number, number_text, octets, octets_text

# How many values of a variable are looked at one by one.
FEW = 16


def contradict(meaning, literals, effort):
    """Whether the literals cannot all hold."""
    if any(-literal in literals for literal in literals):
        return True
    by_coordinate = {}
    for literal in sorted(literals):
        atom = meaning.atoms[abs(literal)]
        if atom[0] != "free":
            by_coordinate.setdefault(atom[1], []).append((atom, literal > 0))
    if _grows(meaning, by_coordinate):
        return True
    names = _names(meaning, by_coordinate)
    lemma = Lemma(meaning, {at: [(_renamed(atom, names), holds) for atom, holds in own]
                            for at, own in by_coordinate.items()}, names)
    return _refused_with(lemma, _variables(lemma), effort)


class Lemma:
    """Literals by coordinate, with one name for letters that stand for equal values."""

    def __init__(self, meaning, literals, names):
        self.meaning, self.literals, self.names = meaning, literals, names

    def letter(self, place, fold=False):
        """The letter that stands for a coordinate's value, or a part of it."""
        return next((self.names.get(c, c) for c, own in self.meaning.letter_of.items() if own == (*place, fold)), None)


def _wide(c):
    """The letter for a variable's value wherever it stands, from its letter among the first five parts of an ARN."""
    return chr(ord(c) & ~1)


def _narrow(c):
    return chr(ord(c) | 1)


def _alone(own):
    """The letter of a list that is a variable's value and nothing else."""
    if len(own.patterns) != 1 or own.patterns[0].last is not None:
        return None
    letters = letters_of(own.patterns[0])
    return letters[0] if letters and own.patterns[0].steps == ((None, letters[0]),) else None


def _names(meaning, by_coordinate):
    """For each letter the first of those that stand for an equal value: for the same part, or for one that a tied test says to be it."""
    names = {c: c for c in meaning.letter_of}
    first = {}
    pairs = [(first.setdefault(place, c), c) for c, place in sorted(meaning.letter_of.items())]
    for at, own in by_coordinate.items():
        for atom, holds in own:
            if holds and atom[0] == "is" and atom[2][0] == "tied":
                letter = _alone(atom[2][1])
                mate = first.get((at, atom[2][1].window, False))
                if letter is not None and mate is not None and not meaning.letter_of.get(_wide(letter), (True,))[-1]:
                    pairs.append((mate, _wide(letter)))
    for one, other in pairs:
        new, old = sorted((names[one], names[other]))
        names = {c: new if name == old else name for c, name in names.items()}
    return names


def _renamed(atom, names):
    def name(c):
        own = names.get(_wide(c))
        return c if own is None else own if c == _wide(c) else _narrow(own)

    def test(own):
        if own[0] != "tied":
            return own
        exact = listed(own[1].window, [spelled_out(p, {c: name(c) for c in letters_of(p)}) for p in own[1].patterns])
        return (own[0], exact, *own[2:])

    if atom[0] == "is":
        return (*atom[:2], test(atom[2]), *atom[3:])
    if atom[0] == "some":
        return (*atom[:2], tuple((test(own), holds) for own, holds in atom[2]), *atom[3:])
    return atom


def _tests(atom):
    return [atom[2]] if atom[0] == "is" else [test for test, _ in atom[2]] if atom[0] == "some" else []


def _variables(lemma):
    """For each letter the lists that its value is in, and is not in, as (list, holds)."""
    letters = {c for own in lemma.literals.values() for atom, _ in own for test in _tests(atom) if test[0] == "tied"
               for p in test[1].patterns for c in letters_of(p) if _wide(c) in lemma.names}
    out = {}
    for c in sorted(letters):
        # A value with a colon matches nothing among the first five parts of an ARN (S44).
        out[c] = [] if c == _wide(c) else [(whole(Builder().star("~:").done()), True)]
        for own, place in lemma.meaning.letter_of.items():
            if lemma.names[own] == _wide(c):
                out[c] += _said_of(lemma, place, _wide(c))
    return out


def _said_of(lemma, place, letter):
    """What literals, and the values there can be, say of a coordinate's value or part, for which a letter stands.

    A few words that the key may be are no such list: nothing says that the key is there.
    """
    (at, window, fold), out = place, []
    for key, own in lemma.literals.items():
        # Where each member is the value, it is what some member is.
        each = any(not holds and atom[0] == "some" and len(atom[2]) == 1 and not atom[2][0][1] and atom[2][0][0][0] == "tied"
                   and (c := _alone(atom[2][0][0][1])) is not None and _wide(c) == letter for atom, holds in own)
        for atom, holds in own:
            if key == at and atom[0] == "is" and atom[2][0] == "in":
                out.append(says(atom[2][1], holds, window, fold))
            if key == at and holds and atom[0] == "is" and atom[2][0] == "tied":
                out.append(says(atom[2][2], True, window, fold))
            if each and holds and not fold and atom[0] == "some":
                out += [(test[1], marked) for test, marked in atom[2] if test[0] == "in"]
    form = lemma.meaning.forms[at][0]
    if len(lemma.meaning.forms[at]) == 1 and form[0] == "text" and not form[1].is_words():
        out += [says(form[1], True, window, fold), says(form[2], False, window, fold)]
    if window == "account":
        out.append((whole(Builder().times("digit", 12).done()), True))
    if window == "account-and-name":
        out.append((whole(Builder().times("digit", 12).letter(":").star("any").done()), True))
    if window == "name":
        out.append((whole(Builder().star("~/" + SEPARATOR).done()), True))
    return [own for own in out if own is not None]


def _told(lemma, variables):
    """Adds what tied tests say of a variable: where those in the pattern have one word each, and where it is a piece of a text that is
    in another list."""
    variables, news = dict(variables), bool(variables)
    while news:
        news, told = False, []
        words = {c: found for c, own in variables.items() if (found := _only(own)) is not None}
        for at, own in lemma.literals.items():
            for atom, holds in own:
                if atom[0] != "is" or atom[2][0] != "tied":
                    continue
                exact = atom[2][1]
                letter = lemma.letter((at, exact.window))
                if letter is not None and _known(exact, words):
                    told += [(c, (_spelled(exact, words), holds)) for c in (letter, _narrow(letter))]
                others = [test[1] for other, there in own if holds and there and other[0] == "is" and (test := other[2])[0] in ("in", "tied")]
                for c in (c for p in exact.patterns for c in letters_of(p) if c != _wide(c)):
                    pieces = (_piece(exact, c, other) for other in others if other.window == exact.window)
                    told += [(c_, (piece, True)) for piece in pieces if piece is not None for c_ in (_wide(c), c)]
        for c, known in told:
            if c in variables and known not in variables[c]:
                variables[c], news = variables[c] + [known], True
    return variables


def _piece(own, letter, other):
    """What a value is in that stands behind plain letters, a colon behind it, if the text is of another list too.

    Both lists are of one pattern; it is the other's letters up to its next colon, if what reads these reads no colon.
    """
    if len(own.patterns) != 1 or len(other.patterns) != 1:
        return None
    head, found, behind = beginning(own.patterns[0]).partition(letter)
    steps = other.patterns[0].steps
    if not found or not behind.startswith(":") or any(map(is_hole, head)) or not beginning(other.patterns[0]).startswith(head):
        return None
    made = Builder()
    for loop, letter_ in steps[len(head):]:
        if loop is None and letter_ == ":":
            return whole(made.done())
        if any(group is not None and (has(group, ":") or len(group) == 1 and is_hole(group)) for group in (loop, letter_)):
            return None
        if loop is not None:
            made.star(loop)
        made.letter(letter_)
    return None


def _known(own, words):
    return all(c in words for p in own.patterns for c in letters_of(p))


def _spelled(own, words):
    return listed(own.window, [spelled_out(p, words) for p in own.patterns])


def _refused_with(lemma, variables, effort):
    """Whether some coordinate has no value, if need be for each of a few words that a variable may be."""
    effort[0] -= 1
    if effort[0] < 0:
        raise TooLong("variables have too many values")
    told = _told(lemma, variables)
    values = {letter: Value(own) for letter, own in told.items()}
    words = {letter: found for letter, own in told.items() if (found := _only(own)) is not None}
    if any(_refuses(lemma, at, own, (values, words), effort) for at, own in lemma.literals.items()):
        return True
    for letter, own in sorted(variables.items()):
        for at, (found, holds) in enumerate(own):
            if holds and 2 <= len(found.patterns) <= FEW and all(word(p) is not None for p in found.patterns):
                return all(_refused_with(lemma, {
                    **variables, letter: own[:at] + [(listed(found.window, (p,)), True)] + own[at + 1:]}, effort)
                    for p in found.patterns)
    return False


def _only(own):
    """The one word that a value can be. One with a colon adds no part to an ARN (S44), so that it is left alone."""
    for found, holds in own:
        if holds and len(found.patterns) == 1:
            text = word(found.patterns[0])
            if text is not None and ":" not in text:
                return text
    return None


def _grows(meaning, by_coordinate):
    """Whether texts would have to grow around a circle: what matches `a${x}b*` is two longer than the value of `x` at least."""
    steps = []
    for at, own in by_coordinate.items():
        for atom, holds in own:
            if not holds or atom[0] != "is" or atom[2][0] != "tied":
                continue
            exact = atom[2][1]
            if len(exact.patterns) == 1:
                letters = letters_of(exact.patterns[0])
                more = len(exact.patterns[0].steps) - len(letters)
                # Among an ARN's parts a variable has the next letter; its value is no shorter there.
                known = [meaning.letter_of.get(_wide(c)) for c in letters]
                steps += [(before[:2], (at, exact.window), more) for before in known if before is not None]
                # What has no loops is no longer than that, so the one value in it is no shorter than what is left of it.
                if len(letters) == 1 and exact.patterns[0].last is None and all(loop is None for loop, _ in exact.patterns[0].steps):
                    steps += [(text, value, -more) for value, text, more in steps[-1:] if known[0] is not None]
    # The least lengths that follow; without a circle that adds something they stand still after as many rounds as there are steps.
    least = {}
    for _ in range(len(steps) + 1):
        still = True
        for before, at, more in steps:
            if least.get(before, 0) + more > least.get(at, 0):
                least[at], still = least.get(before, 0) + more, False
        if still:
            return False
    return bool(steps)


def _is_itself(lemma, at, test):
    """Whether a tied test holds of any value because its variable is that value: one letter, and loops around it."""
    return test[0] == "tied" and any(
        len(p.steps) == 1 and any(lemma.letter((at, test[1].window), fold) == c for c in letters_of(p) for fold in (False, True))
        for p in test[1].patterns)


def _refuses(lemma, at, literals, known, effort):
    shape, forms = lemma.meaning.shapes[at], lemma.meaning.forms[at]
    there, gone = shape == "always" or any(holds for _, holds in literals), False
    tests, some, none = [], [], []
    for atom, holds in literals:
        if atom[0] == "present":
            gone |= not holds
        elif atom[0] == "is":
            tests.append((atom[2], holds))
        else:
            (some if holds else none).append(atom[2])
    if not there:
        # An absent key passes no test and has no member, so that nothing is asked of it.
        return False
    # No value is unlike itself.
    if gone or any(not holds and _is_itself(lemma, at, test) for test, holds in tests):
        return True
    if shape != "many":
        return _no_value(forms, tests, known, effort)
    return any(_no_member(forms, list(members), none, known, effort) for members in some)


def _no_member(forms, tests, none, known, effort):
    """Whether no member passes the tests and breaks each of `none` in one part at least."""
    effort[0] -= 1
    if not none:
        return _no_value(forms, tests, known, effort)
    return all(_no_member(forms, tests + [(test, not holds)], none[1:], known, effort) for test, holds in none[0])


def _no_value(forms, tests, known, effort):
    values, words = known
    inside = [test[1] for test, holds in tests if holds and test[0] == "in"]
    outside = [test[1] for test, holds in tests if not holds and test[0] == "in"]
    tied = [test for test, holds in tests if holds and test[0] == "tied"]
    untied = [test[1] for test, holds in tests if not holds and test[0] == "tied"]
    for _, exact, _ in tied:
        if empty([exact], [own for own in outside + untied if own.window == exact.window], effort):
            return True
    inside += [test[2] for test in tied]
    # With the values that variables can have in their place a tied pattern is a list like any other; one that must not match is so
    # where each can be but one word.
    inside += [test[1] for test in tied if all(c in values for p in test[1].patterns for c in letters_of(p))]
    outside += [_spelled(own, words) for own in untied if _known(own, words)]
    return all(_FORMS[form[0]](form, tests, inside, outside, values, effort) for form in forms)


def _foreign(tests, own):
    """A value of one type fails the comparisons of all others (R4)."""
    return any(holds and test[0] not in ("in", "tied", own) for test, holds in tests)


def _no_text(form, tests, inside, outside, values, effort):
    return _foreign(tests, None) or empty(inside + [form[1]], outside + [form[2]], effort, values)


def _refused(text, inside, outside):
    return any(own.lacks(text) for own in inside) or any(own.has(text) for own in outside)


def _shaped(inside, outside, texts, stands, values, effort):
    """Whether no text is in the lists and in those that hold the canonical texts of a type.

    Where a list spells out all of its texts, each that `stands`, as the canonical text of a value that passes, must be in all.
    """
    for own in inside:
        if own.is_words():
            return not any(stands(text) and not _refused(text, inside, outside) for text in own.words())
    return bool(inside or outside) and empty(inside + list(texts()), outside, effort, values)


def _places(tests, kind):
    """What comparisons leave of an order: (bounds, places), place 2k the gap before bound k and 2k + 1 the bound.

    In each gap all comparisons come out alike, and there are many values.
    """
    own = [(test[1], test[2], holds) for test, holds in tests if test[0] == kind]
    ends = sorted({end for _, end, _ in own})

    def passes(place):
        for relation, end, holds in own:
            at = 2 * bisect_left(ends, end) + 1
            if {"=": place == at, "<": place < at, "<=": place <= at, ">": place > at, ">=": place >= at}[relation] != holds:
                return False
        return True

    return ends, [place for place in range(2 * len(ends) + 1) if passes(place)]


def _no_ordered(kind, read, written, shapes, beyond):
    def no_value(_, tests, inside, outside, values, effort):
        if _foreign(tests, kind):
            return True
        ends, left = _places(tests, kind)
        if not left:
            return True
        if len(left) == 1 and left[0] % 2:
            return _refused(written(ends[left[0] // 2]), inside, outside)

        def stands(text):
            value = read(text)
            point = (kind, "=", value)
            return value is not None and written(value) == text and bool(_places(tests + [(point, True)], kind)[1])

        def texts():
            if left[0]:
                yield beyond(written(ends[(left[0] - 1) // 2]), True)
            if left[-1] < 2 * len(ends):
                yield beyond(written(ends[left[-1] // 2]), False)
            yield from shapes

        gone = [plain(written(end)) for k, end in enumerate(ends) if 2 * k + 1 not in left]
        return _shaped(inside, outside + ([whole(*gone)] if gone and (inside or outside) else []), texts, stands, values, effort)
    return no_value


def _no_address(_, tests, inside, outside, values, effort):
    if _foreign(tests, "address"):
        return True
    own = [(test[1], holds) for test, holds in tests if test[0] == "address"]
    left = _left(4, own) + _left(6, own)

    def stands(text):
        value = network(text)
        if value is None or "/" in text or not _left(value[0], own + [(value, True)]):
            return False
        # Two spellings are in use for addresses of version 4 in those of version 6: both are taken for possible.
        mapped = value[0] == 6 and value[1] >> 32 in (0, 0xFFFF)
        return mapped or text == str(ipaddress.ip_address(text))

    return not left or _shaped(inside, outside, lambda: [addresses(left)], stands, values, effort)


def _left(version, own):
    """The ranges that blocks leave of a family: what all have, without the blocks taken out."""
    first, last, out = 0, (1 << (32 if version == 4 else 128)) - 1, []
    for (family, low, high), holds in own:
        if holds:
            if family != version:
                return []
            first, last = max(first, low), min(last, high)
    for low, high in sorted((block[1], block[2]) for block, holds in own if not holds and block[0] == version):
        if first <= min(last, low - 1):
            out.append((version, first, min(last, low - 1)))
        first = max(first, high + 1)
    return out + ([(version, first, last)] if first <= last else [])


def _no_bytes(_, tests, inside, outside, values, effort):
    if _foreign(tests, "bytes"):
        return True
    wanted = {test[1] for test, holds in tests if holds and test[0] == "bytes"}
    failed = {test[1] for test, holds in tests if not holds and test[0] == "bytes"}
    if not wanted:
        def stands(text):
            value = octets(text)
            return value is not None and value not in failed and octets_text(value) == text

        gone = [whole(*(plain(octets_text(value)) for value in sorted(failed)))] if failed else []
        return _shaped(inside, outside + gone, lambda: [whole(Builder().star("any").done())], stands, values, effort)
    value = wanted.pop()
    return bool(wanted) or value in failed or _refused(octets_text(value), inside, outside)


_FORMS = {
    "text": _no_text,
    "number": _no_ordered("number", number, number_text, (numbers(),), numbers_beyond),
    "date": _no_ordered("date", instant, instant_text, instants(), instants_beyond),
    "address": _no_address,
    "bytes": _no_bytes,
}
