"""Typed condition values: numbers, dates, addresses, bytes, and their canonical texts (S35 to S39, R4)."""

import base64
import binascii
import datetime
import ipaddress
import re
from fractions import Fraction

from document import has_variable, split_arn, tokens

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def decimal(text):
    """An exact number, or None."""
    return Fraction(text) if re.fullmatch(r"[+-]?\d+(\.\d+)?", text, re.ASCII) else None


def instant(text):
    """Seconds since the epoch, or None."""
    form = r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?"
    found = re.fullmatch(form, text, re.ASCII)
    if not found:
        return Fraction(text) if re.fullmatch(r"-?\d+(\.\d+)?", text, re.ASCII) else None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    numbers = [int(n) if n else d for n, d in ((year, 1), (month, 1), (day, 1), (hour, 0), (minute, 0), (second, 0))]
    try:
        moment = datetime.datetime(*numbers, tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    seconds = Fraction((moment - _EPOCH) // datetime.timedelta(seconds=1))
    if fraction:
        seconds += Fraction("0" + fraction)
    if zone and zone != "Z":
        if int(zone[1:3]) > 23 or int(zone[4:6]) > 59:
            return None
        shift = 3600 * int(zone[1:3]) + 60 * int(zone[4:6])
        seconds += -shift if zone[0] == "+" else shift
    return seconds


FIRST_INSTANT = int(instant("0001-01-01"))
LAST_INSTANT = int(instant("9999-12-31T23:59:59")) + 1


def canonical_decimal(number):
    """A decimal without superfluous zeros."""
    whole, rest = divmod(abs(number), 1)
    digits = ""
    while rest:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    sign = "-" if number < 0 else ""
    return f"{sign}{whole}" + ("." + digits if digits else "")


def canonical_date(number):
    """`YYYY-MM-DDThh:mm:ss[.f]Z`, or None outside the years 1 to 9999."""
    if not FIRST_INSTANT <= number < LAST_INSTANT:
        return None
    whole, rest = divmod(Fraction(number), 1)
    moment = _EPOCH + datetime.timedelta(seconds=int(whole))
    fraction = canonical_decimal(rest)[1:] if rest else ""
    return f"{moment.year:04}{moment:-%m-%dT%H:%M:%S}{fraction}Z"


def rounded(number):
    """The number itself if it has a finite decimal form, else one close to it."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return number if rest == 1 else Fraction(round(number * 10**9), 10**9)


def network(text):
    """A network, host bits ignored, or None."""
    if not re.fullmatch(r"[0-9a-fA-F:.]+(/\d{1,3})?", text, re.ASCII):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def address(number, six):
    """The canonical text of an address."""
    return str(ipaddress.IPv6Address(number) if six else ipaddress.IPv4Address(number))


def canonical_base64(text):
    """Base64 of the same bytes in canonical form, or None."""
    try:
        return base64.b64encode(base64.b64decode(text, validate=True)).decode()
    except (binascii.Error, ValueError):
        return None


def is_fixed(family, pattern, variables):
    """Whether a value of a policy is fixed (rule Q4)."""
    if family == "ip":
        block = network(pattern)
        if block is None:
            return False
        private = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
        if block.version == 4:
            return block.prefixlen >= 8 or any(block.subnet_of(ipaddress.ip_network(p)) for p in private)
        return block.prefixlen >= 32
    if family not in ("string", "nocase", "like", "arn"):
        return False
    parts = tokens(pattern, family in ("like", "arn"), variables)
    if not any(token[0] in ("star", "any") for token in parts) and not has_variable(parts):
        return True
    cut = split_arn(parts)
    account = cut[4] if len(cut) == 6 else []
    return len(account) == 1 and account[0][0] == "lit" and bool(re.fullmatch(r"\d{12}", account[0][1], re.ASCII))
