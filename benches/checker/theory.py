"""When literals contradict each other (FORMAT.md, part 6): one coordinate at a time, and what variables say across several."""

import ipaddress
from bisect import bisect_left

from patterns import Builder, TooLong, Value, empty, letters_of, listed, spelled_out, whole, word
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
    # What variables say across coordinates is looked at only where there are several.
    variables = _variables(meaning, by_coordinate) if len(by_coordinate) > 1 else {}
    return _refused_with(meaning, by_coordinate, variables, effort)


def _variables(meaning, by_coordinate):
    """For each letter the lists that its value is in, and is not in, as (list, holds).

    A few words that the key may be are no such list: nothing says that the key is there.
    """
    out = {}
    for letter, (at, window) in meaning.letter_of.items():
        own = [(atom[2][1], holds) for atom, holds in by_coordinate.get(at, ())
               if atom[0] == "is" and atom[2][0] == "in" and atom[2][1].window == window]
        form = meaning.forms[at][0]
        if window == "whole" and len(meaning.forms[at]) == 1 and form[0] == "text" and not form[1].is_words():
            own += [(form[1], True), (form[2], False)]
        out[letter] = own
    return out


def _refused_with(meaning, by_coordinate, variables, effort):
    """Whether some coordinate has no value, if need be for each of a few words that a variable may be."""
    effort[0] -= 1
    if effort[0] < 0:
        raise TooLong("variables have too many values")
    values = {letter: Value(own) for letter, own in variables.items()}
    words = {letter: found for letter, own in variables.items() if (found := _only(own)) is not None}
    if any(_refuses(meaning, at, own, (values, words), effort)
           for at, own in by_coordinate.items()):
        return True
    for letter, own in sorted(variables.items()):
        for at, (found, holds) in enumerate(own):
            if holds and 2 <= len(found.patterns) <= FEW and all(word(p) is not None for p in found.patterns):
                return all(_refused_with(meaning, by_coordinate, {
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
            if exact.window == "whole" and len(exact.patterns) == 1:
                letters = letters_of(exact.patterns[0])
                more = len(exact.patterns[0].steps) - len(letters)
                # Among an ARN's parts a variable has the next letter; its value is no shorter there.
                known = [meaning.letter_of.get(chr(ord(c) & ~1), (0, "")) for c in letters]
                whole_ = [before for before, window in known if window == "whole"]
                steps += [(before, at, more) for before in whole_]
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


def _is_itself(meaning, at, test):
    """Whether a tied test holds of any value because its variable is that value: one letter, and loops around it."""
    return test[0] == "tied" and any(
        len(p.steps) == 1 and any(meaning.letter_of.get(c) == (at, test[1].window) for c in letters_of(p))
        for p in test[1].patterns)


def _refuses(meaning, at, literals, known, effort):
    shape, forms = meaning.shapes[at], meaning.forms[at]
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
    if gone or any(not holds and _is_itself(meaning, at, test) for test, holds in tests):
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
    outside += [listed(own.window, [spelled_out(p, words) for p in own.patterns]) for own in untied
                if all(c in words for p in own.patterns for c in letters_of(p))]
    return all(_FORMS[form[0]](form, tests, inside, outside, values, effort) for form in forms)


def _foreign(tests, own):
    """A value of one type fails the comparisons of all others (R4)."""
    return any(holds and test[0] not in ("in", "tied", own) for test, holds in tests)


def _no_text(form, tests, inside, outside, values, effort):
    return _foreign(tests, None) or empty(inside + [form[1]], outside + [form[2]], effort, values)


def _refused(text, inside, outside):
    return any(own.lacks(text) for own in inside) or any(own.has(text) for own in outside)


def _shaped(inside, outside, shapes, stands, values, effort):
    """Whether no text of the rough shape of a type's canonical texts is in the lists.

    Where a list spells out all of its texts, each that `stands`, as the canonical text of a value that passes, must be in all.
    """
    for own in inside:
        if own.is_words():
            return not any(stands(text) and not _refused(text, inside, outside) for text in own.words())
    return bool(inside or outside) and empty(inside + [shapes], outside, effort, values)


def _point(tests, kind):
    """What comparisons leave of an order: None for nothing, (value,) for one value, () for more.

    The ends cut the line into points and gaps, in each of which all comparisons come out alike; in each gap there are many.
    """
    own = [(test[1], test[2], holds) for test, holds in tests if test[0] == kind]
    ends = sorted({end for _, end, _ in own})

    def passes(place):
        for relation, end, holds in own:
            at = 2 * bisect_left(ends, end) + 1
            if {"=": place == at, "<": place < at, "<=": place <= at, ">": place > at, ">=": place >= at}[relation] != holds:
                return False
        return True

    left = [place for place in range(2 * len(ends) + 1) if passes(place)]
    if not left:
        return None
    return (ends[left[0] // 2],) if len(left) == 1 and left[0] % 2 else ()


def _no_ordered(kind, read, written, shapes):
    def no_value(_, tests, inside, outside, values, effort):
        if _foreign(tests, kind):
            return True
        left = _point(tests, kind)
        if left is None:
            return True
        if not left:
            def stands(text):
                value = read(text)
                point = (kind, "=", value)
                return value is not None and written(value) == text and bool(_point(tests + [(point, True)], kind))
            return _shaped(inside, outside, shapes, stands, values, effort)
        return _refused(written(left[0]), inside, outside)
    return no_value


def _no_address(_, tests, inside, outside, values, effort):
    if _foreign(tests, "address"):
        return True
    own = [(test[1], holds) for test, holds in tests if test[0] == "address"]
    left = [_left(version, own) for version in (4, 6)]

    def stands(text):
        value = network(text)
        if value is None or "/" in text or _left(value[0], own + [(value, True)]) is None:
            return False
        # Two spellings are in use for addresses of version 4 in those of version 6: both are taken for possible.
        mapped = value[0] == 6 and value[1] >> 32 in (0, 0xFFFF)
        return mapped or text == str(ipaddress.ip_address(text))

    if left == [None, None]:
        return True
    shapes = [ADDRESS_6] if left[1] else []
    if left[0]:
        shapes += _address_shapes(*left[0])
    return _shaped(inside, outside, listed("whole", shapes), stands, values, effort)


def _address_shapes(first, last):
    """Addresses of version 4 in a range: the bytes that all have, each that the next can be, then any."""
    low, high = first.to_bytes(4, "big"), last.to_bytes(4, "big")
    same = next((at for at in range(4) if low[at] != high[at]), 3)
    out = []
    for byte in range(low[same], high[same] + 1):
        made = Builder(".".join(map(str, [*low[:same], byte])))
        for _ in range(3 - same):
            made.letter(".").some("digit")
        out.append(made.done())
    return out


def _left(version, own):
    """The range that blocks leave of a family, or None: what all have, then the blocks taken out from its lower end on."""
    first, last = 0, (1 << (32 if version == 4 else 128)) - 1
    for (family, low, high), holds in own:
        if holds:
            if family != version:
                return None
            first, last = max(first, low), min(last, high)
    for low, high in sorted((block[1], block[2]) for block, holds in own if not holds and block[0] == version):
        if low <= first <= high:
            first = high + 1
    return None if first > last else (first, last)


def _no_bytes(_, tests, inside, outside, values, effort):
    if _foreign(tests, "bytes"):
        return True
    wanted = {test[1] for test, holds in tests if holds and test[0] == "bytes"}
    if not wanted:
        def stands(text):
            value = octets(text)
            failed = {test[1] for test, holds in tests if test[0] == "bytes"}
            return value is not None and value not in failed and octets_text(value) == text
        return _shaped(inside, outside, whole(Builder().star("any").done()), stands, values, effort)
    value = wanted.pop()
    unequal = any(test[0] == "bytes" and not holds and test[1] == value for test, holds in tests)
    return bool(wanted) or unequal or _refused(octets_text(value), inside, outside)


def _shape(text):
    """A shape as a pattern: `0` a digit, `1` one digit or more, everything else itself."""
    made = Builder()
    for c in text:
        if c == "1":
            made.some("digit")
        else:
            made.letter("digit" if c == "0" else c)
    return made.done()


NUMBERS = whole(*map(_shape, ("1", "-1", "1.1", "-1.1")))
DATES = whole(*map(_shape, ("0000-00-00T00:00:00Z", "0000-00-00T00:00:00.1Z")))
ADDRESS_6 = Builder().star("hex").letter(":").star("address").done()

_FORMS = {
    "text": _no_text,
    "number": _no_ordered("number", number, number_text, NUMBERS),
    "date": _no_ordered("date", instant, instant_text, DATES),
    "address": _no_address,
    "bytes": _no_bytes,
}
