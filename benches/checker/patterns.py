"""Patterns, and whether some text is in all of some lists of them and in none of others.

A pattern is a row of letters, each with a loop before it, and a loop behind the last; letters and loops are sets of characters.
A set is written as a text: one character is itself, `^a` an ASCII letter in both cases, `any` all characters and unknown values
of variables, `one` all characters, `~…` all characters but those, and names for the rest. Characters from HOLE to LAST_HOLE are no characters
of texts: each is the unknown value of a variable, which only `any` and the letter itself read.

Where what variables can be is known, a letter is read as any of those values.

Lists hold interned patterns and are interned themselves, so that equal ones are identical.
"""

SEPARATOR = "\x1f"
HOLE, LAST_HOLE = "\U0010f000", "\U0010fffe"


def is_hole(c):
    """Whether a letter stands for the value of a variable."""
    return HOLE <= c <= LAST_HOLE


_NAME = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-")
_DIGITS = set("0123456789")
_LOWER = set("abcdefghijklmnopqrstuvwxyz0123456789")
_CLASSES = {
    "digit": _DIGITS,
    "hex": _DIGITS | set("abcdef"),
    "service": _LOWER | {"-"},
    "service.": _LOWER | {"-", "."},
    "action": _LOWER | {"_", "-"},
    "address6": _LOWER | {":"},
    "name": _NAME,
    "graphic": {chr(code) for code in range(0x21, 0x7F)},
    # Digits from one to another, such as `3-9`.
    **{f"{first}-{last}": {str(digit) for digit in range(first, last + 1)} for last in range(10) for first in range(last)},
}


# Classes that do not hold both cases of every letter of theirs.
_CASED = ("hex", "service", "service.", "action", "address6")


def has(group, c):
    """Whether a set of characters has a character."""
    if group == c or group == "any":
        return True
    if len(group) == 1 or is_hole(c):
        return False
    if group == "one":
        return True
    if group[0] == "~":
        return c not in group[1:]
    if group[0] == "^" and len(group) == 2:
        return c == group[1] or c == group[1].upper()
    return c in _CLASSES[group]


_KEPT = {}


def covers(outer, inner):
    """Whether every character of `inner` is in `outer`. May be False without need."""
    if outer == inner or outer == "any":
        return True
    if len(inner) == 1:
        return has(outer, inner)
    found = _KEPT.get((outer, inner))
    if found is None:
        found = _KEPT[outer, inner] = _covers(outer, inner)
    return found


def _covers(outer, inner):
    if inner in ("any", "one") or inner[0] == "~":
        if inner != "any" and outer == "one":
            return True
        return len(outer) > 1 and outer[0] == inner[0] == "~" and set(outer[1:]) <= set(inner[1:])
    return all(has(outer, c) for c in _spelled(inner))


def _spelled(group):
    """The characters of a set that is neither of one character nor open."""
    return {group[1], group[1].upper()} if group[0] == "^" else _CLASSES[group]


def meet(one, other):
    """Whether two sets may have a character in common. May be True without need."""
    if len(one) == 1:
        return has(other, one)
    if len(other) == 1:
        return has(one, other)
    found = _KEPT.get((one, other, 0))
    if found is None:
        found = _KEPT[one, other, 0] = _meet(one, other)
    return found


def _meet(one, other):
    for group, against in ((one, other), (other, one)):
        if group not in ("any", "one") and group[0] != "~":
            return any(has(against, c) for c in _spelled(group))
    return True


class Pattern:
    """Letters with a loop before each; `steps` are (loop or None, letter), `last` the loop behind them."""

    __slots__ = ("steps", "last", "outline")


_PATTERNS = {}


def pattern(steps, last):
    """The pattern of these parts; the same object for the same parts."""
    key = (tuple(steps), last)
    found = _PATTERNS.get(key)
    if found is None:
        found = _PATTERNS[key] = Pattern()
        found.steps, found.last = key
        # The pattern in words: its characters, `?` for other sets and `*` for loops.
        out = []
        for loop, letter in found.steps:
            if loop is not None:
                out.append("*")
            out.append(letter if len(letter) == 1 else letter[1] if letter[0] == "^" else "?")
        if last is not None:
            out.append("*")
        found.outline = "".join(out)
    return found


class Builder:
    """A pattern in the making."""

    def __init__(self, text=""):
        self.steps, self.loop = [(None, c) for c in text], None

    def text(self, text):
        for c in text:
            self.letter(c)
        return self

    def letter(self, group):
        self.steps.append((self.loop, "one" if group == "any" else group))
        self.loop = None
        return self

    def star(self, group):
        """Two loops in a row are one, the wider one where one of them reads everything."""
        if self.loop is None or group == "any":
            self.loop = group
        return self

    def some(self, group):
        return self.letter(group).star(group)

    def times(self, group, count):
        for _ in range(count):
            self.letter(group)
        return self

    def append(self, other):
        for loop, letter in other.steps:
            if loop is not None:
                self.star(loop)
            self.letter(letter)
        if other.last is not None:
            self.star(other.last)
        return self

    def done(self):
        return pattern(self.steps, self.loop)


def plain(text):
    """The pattern of one text."""
    return Builder(text).done()


def letters_of(p):
    """The letters of a pattern that stand for values of variables, as often as they stand there."""
    return [letter for _, letter in p.steps if len(letter) == 1 and is_hole(letter)]


def spelled_out(p, words):
    """The pattern with a word in the place of each letter for a variable."""
    made = Builder()
    for loop, letter in p.steps:
        if loop is not None:
            made.star(loop)
        if len(letter) == 1 and is_hole(letter):
            made.text(words[letter])
        else:
            made.letter(letter)
    if p.last is not None:
        made.star(p.last)
    return made.done()


def loosened(p):
    """The pattern with anything in the place of each letter for a variable."""
    if not letters_of(p):
        return p
    made = Builder()
    for loop, letter in p.steps:
        if loop is not None:
            made.star(loop)
        if len(letter) == 1 and is_hole(letter):
            made.star("any")
        else:
            made.letter(letter)
    if p.last is not None:
        made.star(p.last)
    return made.done()


def is_everything(p):
    return not p.steps and p.last == "any"


def word(p):
    """The only text of a pattern of one text, else None."""
    if p.last is not None or any(loop is not None or len(letter) > 1 for loop, letter in p.steps):
        return None
    return "".join(letter for _, letter in p.steps)


def beginning(p):
    """The plain characters before the first loop or set."""
    out = []
    for loop, letter in p.steps:
        if loop is not None or len(letter) > 1:
            break
        out.append(letter)
    return "".join(out)


class List:
    """A union of patterns on a part of the text, its window."""

    __slots__ = ("window", "patterns", "tied", "_machine", "_words")

    def machine(self):
        if self._machine is None:
            self._machine = Machine([(self.window, p) for p in self.patterns])
        return self._machine

    def words(self):
        """The texts of the patterns that have but one."""
        if self._words is None:
            self._words = {word(p) for p in self.patterns} - {None}
        return self._words

    def has(self, text):
        """Whether a text is in the list."""
        return self.window == "whole" and text in self.words() or self.machine().accepts(text)

    def lacks(self, text):
        """Whether a text is not in the list, whatever the values of variables."""
        return not self.tied and not self.has(text)

    def is_words(self):
        """Whether the list holds a few texts and spells them all."""
        return self.window == "whole" and not self.tied and all(word(p) is not None for p in self.patterns)

    def loosened(self):
        """The list with anything in the place of each letter for a variable."""
        return listed(self.window, [loosened(p) for p in self.patterns]) if self.tied else self


_LISTS = {}


def listed(window, patterns):
    """The list of these patterns, in this order."""
    key = (window, tuple(patterns))
    found = _LISTS.get(key)
    if found is None:
        found = _LISTS[key] = List()
        found.window, found.patterns = key
        found.tied = any(letters_of(p) for p in found.patterns)
        found._machine = found._words = None
    return found


def whole(*patterns):
    return listed("whole", patterns)


def in_order(patterns):
    """Patterns sorted by their outlines, neighbours that are the same once."""
    out = []
    for p in sorted(patterns, key=lambda p: p.outline):
        if not out or out[-1] is not p:
            out.append(p)
    return out


def forget():
    """Drops what is remembered between certificates once it is much."""
    if len(_PATTERNS) > 100_000:
        for kept in (_PATTERNS, _LISTS, _QUICK):
            kept.clear()


# ---- places: how much of a text has been read, as far as windows ask ----

START = (0, False, False)


def after(place, c):
    """The place behind a character: colons counted to five, a slash behind them, the separator."""
    colons, slash, separator = place
    return (min(colons + (c == ":"), 5), slash or c == "/" and colons == 5, separator or c == SEPARATOR)


def seen(place, window, c):
    """What a character is to a window: `read`, `skip`, or `restart` where the part begins anew behind it."""
    colons, slash, separator = place
    if window == "whole":
        inside = True
    elif window == "arn":
        inside = not separator and c != SEPARATOR
    elif window == "account":
        inside = colons == 4 and c != ":"
    elif window == "name":
        if colons == 5 and c == "/":
            return "restart"
        inside = slash
    elif window == "session":
        inside = separator
    else:
        inside = colons == 4 or slash
    return "read" if inside else "skip"


def part(text, window):
    """A part of a text."""
    out, place = [], START
    for c in text:
        what = seen(place, window, c)
        if what == "read":
            out.append(c)
        elif what == "restart":
            out.clear()
        place = after(place, c)
    return "".join(out)


# ---- cuts: what one part of a caller's text says of another ----

# How many patterns a cut has at most.
MOST = 64


def cut(own, to):
    """A list that holds what another part can be where `own` holds its part; None where it would say nothing.

    Only of a user's text is the name asked for, and only of a role's the session.
    """
    if own.window == to or own.tied:
        return None
    out = []
    for p in own.patterns:
        found = _pieces(p, own.window, to)
        if found is None:
            return None
        out += [piece for piece in found if piece not in out]
        if len(out) > MOST:
            return None
    return whole(*out)


def says(own, holds, of, fold):
    """What being in the list, or not, says of a part of the text, as (list, holds); with `fold` of that part in any case."""
    if own.window == of and not fold:
        return (own, holds)
    other = None if not holds else whole(*own.patterns) if own.window == of else cut(own, of)
    if other is None or fold and own.tied:
        return None
    return (whole(*map(_folded, other.patterns)) if fold else other, True)


def _folded(p):
    """The pattern in any case; of letters that are no characters of ASCII the case stays."""
    def group(own):
        if len(own) == 1 and own.isascii() and own.isalpha():
            return "^" + own.lower()
        return "one" if own in _CASED else own

    made = Builder()
    for loop, letter in [*p.steps, (p.last, None)]:
        if loop is not None:
            made.star("any" if group(loop) == "one" else group(loop))
        if letter is not None:
            made.letter(group(letter))
    return made.done()


def _pieces(p, given, to):
    """What the part can be in a text with this pattern in another part."""
    if given == "whole" and to == "account-and-name":
        text = word(p)
        return None if text is None else [plain(part(text, to))]
    if given == "whole" and to == "arn":
        return _until(p, 0, SEPARATOR)
    if given == "whole" and to == "session":
        return _behind(p, SEPARATOR)
    if given in ("whole", "arn") and to == "name":
        return _behind(p, "/")
    if given in ("whole", "arn") and to == "account":
        colons = [i for i, c in enumerate(beginning(p)) if c == ":"]
        return _until(p, colons[3] + 1, ":") if len(colons) > 3 else None
    if given == "account" and to in ("whole", "arn"):
        made = Builder()
        for _ in range(4):
            made.star("~:").letter(":")
        return [made.append(p).letter(":").star("any").done()]
    if given == "name" and to in ("whole", "arn"):
        return [Builder().star("any").letter("/").append(p).done()]
    return None


def _steps(p):
    return [*p.steps, (p.last, None)]


def _until(p, start, end):
    """What the pattern's texts have from a letter on up to the first of a character, or the end."""
    out, steps = [], _steps(p)
    for stop in range(start, len(steps)):
        loop, letter = steps[stop]
        if letter is None or has(letter, end) or loop is not None and has(loop, end):
            out.append(pattern(p.steps[start:stop], loop))
        if letter == end:
            break
    return out


def _behind(p, last):
    """What they have behind the last of a character; None if they have none."""
    out, steps = [], _steps(p)
    for start in range(len(p.steps), -1, -1):
        loop, before = steps[start][0], p.steps[start - 1][1] if start else None
        if loop is not None and has(loop, last) or before is not None and has(before, last):
            out.append(pattern(p.steps[start:], p.last))
        if before == last:
            break
    return out or None


# ---- machines: many patterns side by side, their positions the bits of one number ----

class Machine:
    """Reads a text with several patterns at once; a bit for each position of each pattern."""

    def __init__(self, rows):
        go, stay, self.start, self.end, self.windows, at = {}, {}, 0, 0, {}, 0
        for window, p in rows:
            first = at
            for loop, letter in p.steps:
                if loop is not None:
                    stay.setdefault(loop, []).append(at)
                go.setdefault(letter, []).append(at)
                at += 1
            if p.last is not None:
                stay.setdefault(p.last, []).append(at)
            self.start |= 1 << first
            self.end |= 1 << at
            at += 1
            self.windows[window] = self.windows.get(window, 0) | (1 << at) - (1 << first)
        self.go = {group: _bits(places, at) for group, places in go.items()}
        self.stay = {group: _bits(places, at) for group, places in stay.items()}
        self.wide = [group for group in self.go if len(group) > 1]
        self.letters, self.covering, self.meeting = {}, {}, {}

    def masks(self, c):
        """The positions from which a character goes on, and at which it stays."""
        found = self.letters.get(c)
        if found is None:
            go, stay = self.go.get(c, 0), 0
            for group in self.wide:
                if has(group, c):
                    go |= self.go[group]
            for group, mask in self.stay.items():
                if has(group, c):
                    stay |= mask
            found = self.letters[c] = (go, stay)
        return found

    def masks_by(self, group, relation, kept):
        """The same for a set: positions whose set covers it, or meets it."""
        found = kept.get(group)
        if found is None:
            go = stay = 0
            for own, mask in self.go.items():
                if relation(own, group):
                    go |= mask
            for own, mask in self.stay.items():
                if relation(own, group):
                    stay |= mask
            found = kept[group] = (go, stay)
        return found

    def step(self, place, at, c):
        """The positions behind a character read at a place."""
        go, stay = self.masks(c)
        if len(self.windows) == 1 and "whole" in self.windows:
            return (at & go) << 1 | at & stay
        out = 0
        for window, own in self.windows.items():
            what = seen(place, window, c)
            if what == "read":
                out |= (at & go & own) << 1 | at & stay & own
            elif what == "skip":
                out |= at & own
            else:
                out |= self.start & own
        return out

    def accepts(self, text):
        at, place = self.start, START
        for c in text:
            at = self.step(place, at, c)
            place = after(place, c)
        return bool(at & self.end)

    def swallows(self, p):
        """Whether one row of positions reads every text of the pattern. False says nothing."""
        at = self.start
        for loop, letter in p.steps:
            if loop is not None:
                at &= self.masks_by(loop, covers, self.covering)[1]
            go, stay = self.masks_by(letter, covers, self.covering)
            at = (at & go) << 1 | at & stay
            if not at:
                return False
        if p.last is not None:
            at &= self.masks_by(p.last, covers, self.covering)[1]
        return bool(at & self.end)

    def touches(self, p):
        """Whether some text may be of the pattern and of one of the machine's. False is certain."""
        at = self.start
        for loop, letter in p.steps:
            if loop is not None:
                at = self._around(at, loop)
            go, stay = self.masks_by(letter, meet, self.meeting)
            at = (at & go) << 1 | at & stay
            # The pattern may also wait in its own loop while the machine goes on: that is `_around` above.
            if not at:
                return False
        if p.last is not None:
            at = self._around(at, p.last)
        return bool(at & self.end)

    def _around(self, at, loop):
        go, stay = self.masks_by(loop, meet, self.meeting)
        while True:
            more = at | (at & go) << 1
            if more == at:
                return at
            at = more


def _bits(places, count):
    out = bytearray(count // 8 + 1)
    for at in places:
        out[at >> 3] |= 1 << (at & 7)
    return int.from_bytes(out, "little")


# ---- emptiness ----

class TooLong(Exception):
    """More steps than a certificate may take."""


_QUICK = {}


def _swallowed(p, against):
    """Whether one list, of the same window, holds every text of a pattern, as far as one row of positions shows."""
    found = _QUICK.get((p, against))
    if found is None:
        spelled = word(p)
        if spelled is not None:
            found = spelled in against.words() or against.machine().swallows(p)
        else:
            found = p in against.patterns or against.machine().swallows(p)
        _QUICK[p, against] = found
    return found


class Value:
    """What the value that a letter stands for is in, and is not in: (list, holds) for each. What has been read of it is one state."""

    def __init__(self, lists):
        # A value is a text of its own, whatever part of a caller it may be.
        self.patterns = [p for own, _ in lists for p in own.patterns]
        self.rows = [(listed("whole", own.patterns).machine(), holds) for own, holds in lists]
        self.start = tuple(machine.start for machine, _ in self.rows)

    def step(self, state, c):
        """The state behind a character; None where no value goes on so."""
        out = tuple(machine.step(START, at, c) for (machine, _), at in zip(self.rows, state))
        return None if any(holds and not at for (_, holds), at in zip(self.rows, out)) else out

    def ends(self, state):
        return all(bool(at & machine.end) == holds for (machine, holds), at in zip(self.rows, state))


def empty(inside, outside, effort, values=None):
    """Whether no text is in every list of `inside` and in no list of `outside`.

    Letters for variables that have a `Value` in `values` stand for any such text; without `values` all letters are characters.
    """
    values = values or {}
    for own in inside:
        if own.window == "whole" and all(word(p) is not None for p in own.patterns) and not (values and own.tied):
            lacks = List.lacks if values else lambda o, text: not o.has(text)
            left = [text for text in own.words()
                    if not any(lacks(o, text) for o in inside) and not any(o.has(text) for o in outside)]
            if not left or not (values and any(o.tied for o in inside)):
                return not left
            # Whether the lists with letters hold them is for the walk to see.
            inside = [o for o in inside if o is not own] + [whole(*map(plain, sorted(left)))]
            break
    # First what one list says alone: each of its patterns in one list that is taken out.
    for own in inside:
        same = [o for o in outside if o.window == own.window]
        if same and all(any(_swallowed(p, o) for o in same) for p in own.patterns):
            return True
    order = sorted(inside, key=lambda own: len(own.patterns))
    if values:
        return _choose(order, [], inside, outside, effort, values)
    # Each way is quick where another takes an exponential number of steps: whichever comes to an end is right.
    lists = None
    share = SHARE
    while True:
        for way in (_CHOICES, _ONWARD, _BACK):
            left = [min(share, effort[0])]
            given = left[0]
            try:
                if way == _CHOICES:
                    return _choose(order, [], inside, outside, left, values)
                if lists is None:
                    lists = _narrowed(inside, outside)
                if way == _BACK and any(window != "whole" for own in lists for window, _ in own):
                    continue
                return _sets(*lists, way == _BACK, left)
            except TooLong:
                if given == effort[0]:
                    raise
            finally:
                effort[0] -= given - max(left[0], 0)
        share *= 4


# How many steps each way may take before another is tried.
SHARE = 2_000

_CHOICES, _ONWARD, _BACK = range(3)

# How many nodes a new one is held against whatever their inner positions.
STRONG = 64


def _narrowed(inside, outside):
    """(window, patterns) of each inner list, and those of the outer ones, without what is plainly in none or refused."""
    only = [own for own in inside if len(own.patterns) == 1 and own.window != "name"]

    def near(window, p, but=None):
        return all(own is but or own.window != window or _single(own.patterns[0], {}).touches(p) for own in only)

    left = [(own.window, [p for p in own.patterns if near(own.window, p, own)
                          and not any(o.window == own.window and _swallowed(p, o) for o in outside)]) for own in inside]
    by_window = {}
    for own in outside:
        by_window.setdefault(own.window, {}).update((p, None) for p in own.patterns if near(own.window, p))
    return left, [(window, list(patterns)) for window, patterns in by_window.items()]


def _sets(inside, outside, back, effort):
    """Walks texts with the sets of positions that all patterns of each list can have reached, from the beginning or from the end.

    A position with a loop over everything reads whatever an earlier one of its pattern reads (from the end, a later one), so such
    positions are added; of outer positions with the same rest one is kept. A node with more inner positions and fewer outer ones does
    better.
    """
    groups = inside + outside
    machine = Machine([(window, p) for window, patterns in groups for p in patterns])
    begin, end = (machine.end, machine.start) if back else (machine.start, machine.end)
    spans, wider, twins, at = [], {}, {}, 0
    for window, patterns in groups:
        first, rests = at, {}
        for p in patterns:
            loops = [loop for loop, _ in p.steps] + [p.last]
            letters = [letter for _, letter in p.steps]
            size = len(loops)
            order = range(size) if back else range(size - 1, -1, -1)
            rest = None
            for i in order:
                bit = 1 << at + i
                letter = (letters[i - 1] if i else None) if back else letters[i] if i < size - 1 else None
                rest = rests.setdefault((letter, loops[i], rest), bit)
                if rest != bit:
                    twins[bit] = rest
                if loops[i] == "any":
                    wider[bit] = (1 << at + size) - bit if back else (bit << 1) - (1 << at)
            at += size
        spans.append(((1 << at) - (1 << first), window))
    looping, moving = sum(wider), sum(twins)
    inner, outer = spans[:len(inside)], (1 << at) - (1 << sum(len(p.steps) + 1 for _, own in inside for p in own))
    # Where what follows does not matter. A part that begins anew loses all it has read.
    lasting = sum(bit for bit in wider if bit & end)
    for mask, window in spans:
        if window == "name":
            lasting &= ~mask

    def closed(at):
        left = at & looping
        while left:
            bit = left & -left if back else 1 << left.bit_length() - 1
            at |= wider[bit]
            left &= ~wider[bit]
        left = at & moving
        at ^= left
        while left:
            bit = left & -left
            at |= twins[bit]
            left ^= bit
        return at

    windows = {window for _, window in spans}
    columns = {}
    for c in _letters([p for _, own in groups for p in own]):
        columns.setdefault(machine.masks(c) if windows == {"whole"} else c, c)
    todo, known, strong = [], {}, {}
    todo = [(START, closed(begin))]
    while todo:
        place, at = todo.pop()
        if not at & outer & end and all(at & own & end for own, _ in inner):
            return False
        for c in columns.values():
            effort[0] -= 1
            if effort[0] < 0:
                raise TooLong("the walk over texts takes too many steps")
            if back:
                go, stay = machine.masks(c)
                to = at >> 1 & go | at & stay
            else:
                to = machine.step(place, at, c)
            if not all(to & own or window == "name" for own, window in inner):
                continue
            to = closed(to)
            if to & outer & lasting:
                continue
            for own, _ in inner:
                # A list with a pattern that reads whatever follows is done with.
                if to & own & lasting:
                    to |= own
            behind = after(place, c) if windows != {"whole"} else place
            wanted = to & ~outer
            same, best = known.setdefault((behind, wanted), []), strong.setdefault(behind, [])
            effort[0] -= (len(same) + len(best)) // 8
            refused = to & outer
            if any(old & ~refused == 0 for old in same) or any(wanted & ~old == 0 and old & outer & ~refused == 0 for old in best):
                continue
            same.append(refused)
            if len(best) < STRONG:
                best.append(to)
            todo.append((behind, to))
    return True


def _choose(lists, chosen, inside, outside, effort, values):
    """A pattern of each list in turn; of each choice no text may be left."""
    if not lists:
        return _walk(chosen, outside, effort, values)
    own, rest = lists[0], lists[1:]
    for p in own.patterns:
        seen_as = loosened(p) if values else p
        # A part that begins anew behind each slash is no row of letters, so that `touches` does not speak of it.
        if any(o.window == own.window and own.window != "name"
               and not (o.loosened() if values else o).machine().touches(seen_as) for o in inside):
            continue
        if any(o.window == own.window and _swallowed(p, o) for o in outside):
            continue
        if any(window == own.window != "name" and not _single(other, values).touches(seen_as) for window, other in chosen):
            continue
        if not _choose(rest, chosen + [(own.window, p)], inside, outside, effort, values):
            return False
    return True


def _single(p, values):
    return listed("whole", (loosened(p) if values else p,)).machine()


def _walk(chosen, outside, effort, values):
    """Walks texts letter by letter: a position of each chosen pattern, the set of positions of all others.

    A position is the number of letters that were read; while the value of a variable is read, that and the value's state. What is
    refused with some set of positions is refused with a larger one, so such nodes are passed over. Of characters that all
    patterns treat alike one is tried.
    """
    rows = []
    for own in outside:
        for p in own.patterns:
            if all(window != own.window or window == "name" or _single(other, values).touches(p) for window, other in chosen):
                rows.append((own.window, p))
    against = Machine(rows)
    within = [p for value in values.values() for p in value.patterns]
    letters = _letters([p for _, p in chosen] + [p for _, p in rows] + within)
    if values:
        letters = [c for c in letters if not is_hole(c)]
    ends = tuple(len(p.steps) for _, p in chosen)
    todo = [(START, at, against.start) for at in _product(_settled(p, [0], values) for _, p in chosen)]
    known = {node[:2]: [node[2]] for node in todo}
    steps = {}
    windows = {window for window, _ in chosen} | set(against.windows)
    while todo:
        place, at, refused = todo.pop()
        if at == ends and not refused & against.end:
            return False
        effort[0] -= 1
        if effort[0] < 0:
            raise TooLong("the walk over texts takes too many steps")
        moves = steps.get((place, at))
        if moves is None:
            moves = steps[place, at] = _moves(chosen, place, at, letters, windows, values)
        for c, nexts, behind in moves:
            less = against.step(place, refused, c)
            for to in nexts:
                taken = known.setdefault((behind, to), [])
                effort[0] -= len(taken)
                if not any(old & ~less == 0 for old in taken):
                    taken.append(less)
                    todo.append((behind, to, less))
    return True


def _product(choices):
    out = [()]
    for choice in choices:
        out = [row + (i,) for row in out for i in choice]
    return out


def _settled(p, spots, values):
    """The positions, with those behind values that may be empty."""
    for i in spots:
        if values and isinstance(i, int) and 0 <= i < len(p.steps):
            value = values.get(p.steps[i][1])
            if value is not None and value.ends(value.start) and i + 1 not in spots:
                spots.append(i + 1)
    return spots


def _read(p, i, c, values):
    """The positions that a character of the part leads to."""
    if isinstance(i, tuple):
        i, state = i
        loop, value = None, values[p.steps[i][1]]
    elif i < 0:
        return []
    else:
        loop, letter = p.steps[i] if i < len(p.steps) else (p.last, None)
        value = values.get(letter)
        state = value and value.start
    out = []
    if value is not None:
        state = value.step(state, c)
        if state is not None:
            out.append((i, state))
            if value.ends(state):
                out.append(i + 1)
    elif letter is not None and has(letter, c):
        out.append(i + 1)
    if loop is not None and has(loop, c):
        out.append(i)
    return _settled(p, out, values)


def _moves(chosen, place, at, letters, windows, values):
    """Where the chosen patterns can go from a node, by letter."""
    out = []
    for c in letters:
        nexts = [()]
        for (window, p), i in zip(chosen, at):
            what = seen(place, window, c)
            if what == "skip":
                to = [i]
            elif what == "restart":
                to = _settled(p, [0], values)
            else:
                # A part that may begin anew goes on from nowhere.
                to = _read(p, i, c, values) or ([-1] if window == "name" else [])
            nexts = [row + (i,) for row in nexts for i in to]
            if not nexts:
                break
        if nexts:
            # Without windows the place says nothing.
            out.append((c, nexts, after(place, c) if windows != {"whole"} else place))
    return out


def _letters(patterns):
    """One character for each way in which sets treat characters."""
    spelled, classes = {":", "/", SEPARATOR}, set()
    for p in patterns:
        for step in p.steps:
            for group in step:
                if group is None:
                    continue
                if len(group) == 1:
                    spelled.add(group)
                elif group[0] == "^":
                    spelled.update((group[1], group[1].upper()))
                else:
                    classes.add(group)
        if p.last is not None:
            if len(p.last) == 1:
                spelled.add(p.last)
            else:
                classes.add(p.last)
    for group in classes:
        if group[0] == "~":
            spelled.update(group[1:])
    foreign = next(chr(code) for code in range(0xA1, 0x3000) if chr(code) not in spelled)
    columns = {}
    for c in [chr(code) for code in range(0x80)] + [foreign]:
        if c not in spelled:
            columns.setdefault(tuple(has(group, c) for group in sorted(classes)), c)
    return sorted(spelled) + list(columns.values())
