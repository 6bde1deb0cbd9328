"""The canonical texts of numbers, dates and addresses between bounds, as lists of patterns (FORMAT.md, part 6).

Rows are tuples of tokens: a character, the name of a class of characters, or `*` and the name for a loop.
"""

from patterns import Builder, listed

REST = "*any"


def _list(rows):
    made = []
    for row in rows:
        builder = Builder()
        for token in row:
            if len(token) > 1 and token[0] == "*":
                builder.star(token[1:])
            else:
                builder.letter(token)
        made.append(builder.done())
    return listed("whole", made)


def _span(first, last):
    return str(first) if first == last else f"{first}-{last}"


def _blank(text):
    """Tokens of any text with digits where this one has them."""
    return tuple("digit" if c.isdigit() else c for c in text)


def _departs(text, up, begin=0):
    """(tokens of what comes first, what stands behind): texts that differ first in a digit, which is larger, or smaller."""
    for at in range(begin, len(text)):
        if text[at].isdigit() and text[at] != ("9" if up else "0"):
            digit = int(text[at])
            yield (*text[:at], _span(digit + 1, 9) if up else _span(0, digit - 1)), text[at + 1:]


def _same(whole, fraction, up, end):
    """The same whole part, and a fraction that is at least, or at most, this one."""
    pointed = whole + "." + fraction
    rows = [(*head, REST) for head, _ in _departs(pointed, up, len(whole) + 1)]
    if up:
        rows.append((*pointed, "digit", REST))
        rows.append((*(pointed if fraction else whole), *end))
    else:
        rows += [(*whole, ".", *fraction[:count], *end) for count in range(1, len(fraction) + 1)] + [(*whole, *end)]
    return rows


def numbers_beyond(text, up):
    """Texts of numbers that are at least, or at most, the one of a text."""
    below = text.startswith("-")
    whole, _, fraction = text.lstrip("-").partition(".")
    wider = up != below
    ends = ((), (".", REST))
    rows = [(*head, *_blank(behind), *end) for head, behind in _departs(whole, wider) for end in ends]
    rows += _same(whole, fraction, wider, "")
    if wider:
        rows.append(("digit",) * (len(whole) + 1) + (REST,))
    else:
        rows += [("digit",) * count + end for count in range(1, len(whole)) for end in ends]
    if below:
        rows = [("-", *row) for row in rows]
    if up and below:
        rows.append(("digit", REST))
    if not up and not below:
        rows.append(("-", REST))
    return _list(rows)


def instants_beyond(text, up):
    """Texts of instants that are at least, or at most, the one of a text."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return _list([(*head, REST) for head, _ in _departs(whole, up)] + _same(whole, fraction, up, "Z"))


_FRACTION = (".", "*digit", "1-9")
_ABOVE = ("1-9", "*digit")


def numbers():
    """All canonical texts of numbers."""
    signed = [_ABOVE, (*_ABOVE, *_FRACTION), ("0", *_FRACTION)]
    return _list([("0",), *signed, *[("-", *row) for row in signed]])


def instants():
    """Two lists whose common texts are the canonical texts of instants: one looks at the day, one at the time."""
    year, rows = ("digit",) * 4 + ("-",), []
    for month in range(1, 13):
        days = 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
        tokens = [("0", "1-9"), ("1", "digit"), ("2", "0-8" if days == 28 else "digit")]
        tokens += [("3", _span(0, days - 30))] if days > 28 else []
        rows += [(*year, *f"{month:02}-", *own) for own in tokens]
    fours = [f"{number:02}" for number in range(0, 100, 4)]
    rows += [("digit", "digit", *own, *"-02-29") for own in fours[1:]] + [(*own, *"00-02-29") for own in fours]
    date = _blank("0000-00-00")
    clock = (":", "0-5", "digit", ":", "0-5", "digit")
    hours = [("0-1", "digit"), ("2", "0-3")]
    return (_list([(*row, "T", REST) for row in rows]),
            _list([(*date, "T", *hour, *clock, *end, "Z") for hour in hours for end in ((), _FRACTION)]))


# ---- addresses ----

_BYTE = [("digit",), ("1-9", "digit"), ("1", "digit", "digit"), ("2", "0-4", "digit"), ("2", "5", "0-5")]
# Where exact lists get longer than this, bytes that may be any are read as digits.
LONGEST = 5_000


def _bytes_between(first, last):
    """Rows of the bytes from one to another."""
    if (first, last) == (0, 255):
        return _BYTE
    rows = []
    for ten in range(first // 10, last // 10 + 1):
        low, high = max(first, 10 * ten), min(last, 10 * ten + 9)
        rows.append((*(str(ten) if ten else ""), _span(low % 10, high % 10)))
    return rows


def _quads(first, last, exact):
    """Rows of the texts of some bytes, between two of the same length."""
    if not first:
        return [()]
    lowest, highest = (0,) * (len(first) - 1), (255,) * (len(first) - 1)
    dot = (".",) if lowest else ()
    if first[0] == last[0]:
        return [(*str(first[0]), *dot, *row) for row in _quads(first[1:], last[1:], exact)]
    low, high, rows = first[0], last[0], []
    if first[1:] != lowest:
        rows += _quads(first, (low, *highest), exact)
        low += 1
    if last[1:] != highest:
        rows += _quads((high, *lowest), last, exact)
        high -= 1
    middle = _bytes_between(low, high) if exact or (low, high) != (0, 255) else [("digit", "*digit")]
    behind = _quads(lowest, highest, exact) if low <= high else []
    return rows + [(*head, *dot, *row) for head in middle for row in behind]


def _groups(first, last, exact):
    """Rows that hold the texts of addresses of version 6 in a range, and others: the groups that all have, and any behind them."""
    fixed = []
    for place in range(112, -1, -16):
        low, high = first >> place & 0xFFFF, last >> place & 0xFFFF
        if low != high or not low:
            break
        fixed.append(f"{low:x}")
    if len(fixed) == 8:
        return [tuple(":".join(fixed))]
    rows = []
    if not fixed:
        rows = [(*head, *row) for head in ("::", "::ffff:") for row in _quads((0,) * 4, (255,) * 4, exact)]
    if not exact:
        return [*rows, (*(":".join(fixed) or ("*hex",)), ":", "*address6")]

    def joined(groups):
        return tuple(token for at, group in enumerate(groups) for token in (*(":" if at else ""), *group))

    groups = [tuple(group) for group in fixed] + [("hex", "*hex")] * (8 - len(fixed))
    rows.append(joined(groups))
    for before in range(len(fixed), 7):
        rows += [(*joined(groups[:before]), ":", ":", *joined(groups[8 - behind:])) for behind in range(7 - before)]
    return rows


def addresses(ranges):
    """A list that holds the canonical text of each address in some ranges (VERSION, FIRST, LAST)."""
    for exact in (True, False):
        rows = []
        for version, first, last in ranges:
            if version == 4:
                rows += _quads(tuple(first.to_bytes(4, "big")), tuple(last.to_bytes(4, "big")), exact)
            else:
                rows += _groups(first, last, exact)
        if len(rows) <= LONGEST or not exact:
            return _list(rows)
