"""JSON read strictly: no key twice, no lone surrogates, numbers kept as they are written."""

import json


class Wrong(Exception):
    """Something cannot be read, or proves nothing; the text says what."""


class Number(str):
    """A JSON number, as its text."""


def _object(pairs):
    out = dict(pairs)
    if len(out) != len(pairs):
        raise Wrong("a key stands twice in an object")
    return out


def _constant(text):
    raise Wrong(f"`{text}` is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=Number, parse_float=Number,
                            parse_constant=_constant)


def parse(text):
    """The value of a JSON text: dict, list, str, Number, bool or None."""
    if text.startswith("\ufeff"):
        raise Wrong("a byte order mark is no JSON")
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise Wrong("lists and objects stand too deep") from None
    except ValueError as error:
        raise Wrong(f"no JSON: {error}") from None
    # Half a character can only come from an escape: what is read from a file or a checked text has none.
    if "\\ud" in text or "\\uD" in text:
        _whole(value)
    return value


def _whole(value):
    """Refuses texts with half a character."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Wrong("half of a surrogate pair") from None
    elif isinstance(value, list):
        for item in value:
            _whole(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _whole(key)
            _whole(item)


def is_text(value):
    """Whether a value is a JSON string."""
    return isinstance(value, str) and not isinstance(value, Number)


def members(value, names, what):
    """The object, once it is known to have no member but these."""
    if not isinstance(value, dict):
        raise Wrong(f"{what} must be an object")
    for name in value:
        if name not in names:
            raise Wrong(f"unknown member `{name}` in {what}")
    return value


def text(value, name):
    """A member that must be there and a string."""
    found = value.get(name)
    if not is_text(found):
        raise Wrong(f"`{name}` must be a string")
    return found


def items(value, name, default=None):
    """A member that must be a list, or `default` where it is left out."""
    if name not in value and default is not None:
        return default
    found = value.get(name)
    if not isinstance(found, list):
        raise Wrong(f"`{name}` must be a list")
    return found


def texts(value, name, default=None):
    """A member that must be a list of strings."""
    found = items(value, name, default)
    if not all(is_text(item) for item in found):
        raise Wrong(f"`{name}` must be a list of strings")
    return found


def index(value):
    """A number that counts."""
    if not isinstance(value, Number) or not value.isdigit() or len(value) > 9:
        raise Wrong("an index must be a whole number")
    return int(value)
