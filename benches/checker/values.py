"""Numbers, dates, addresses and bytes (S35 to S39), each `None` where the text is no such value."""

import base64
import ipaddress
import re
import sys
from fractions import Fraction

sys.set_int_max_str_digits(0)

_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


def lower(text):
    """The text with its ASCII letters in lower case, and no others."""
    return text.translate(_LOWER)


_DECIMAL = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")


def number(text):
    """An exact number with its canonical text: no exponent, no needless zeros."""
    found = _DECIMAL.fullmatch(text)
    if not found:
        return None
    sign, whole, fraction, power = found.groups()
    fraction, power = fraction or "", power or "0"
    if not whole + fraction or len(power.lstrip("+-").lstrip("0")) > 5 or abs(int(power)) > 10_000:
        return None
    value = Fraction(int(whole + fraction), 10 ** len(fraction)) * Fraction(10) ** int(power)
    return -value if sign == "-" else value


def number_text(value):
    """The canonical text of a number: shortest, without exponent."""
    places, scaled = 0, abs(value)
    # Decimals have denominators of twos and fives alone, so that some power of ten clears them.
    rest = scaled.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    places = max(twos, fives)
    digits = str(scaled.numerator * 10 ** places // scaled.denominator).rjust(places + 1, "0")
    out = digits[:len(digits) - places]
    if places:
        out += "." + digits[len(digits) - places:]
    return "-" + out if value < 0 else out


_FIRST, _LAST = -62_167_219_200, 253_402_300_799
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T(.*))?)?)?")
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]+))?)?(Z|[+-][0-9]{2}:[0-9]{2})?")


def _days(year, month, day):
    """Days since 1970-01-01, in the Gregorian calendar throughout."""
    lengths = [31, 28 + _leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    before = year - 1
    full = year * 365 + before // 4 - before // 100 + before // 400
    return full - 719_527 + sum(lengths[:month - 1]) + day - 1


def _leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def instant(text):
    """Seconds since 1970 in UTC, exact: ISO 8601 in the W3C profile, or a number of seconds."""
    if re.fullmatch(r"[0-9]{4}", text) or text[4:5] == "-" and len(text[:4].encode()) == 4:
        value = _iso(text)
    else:
        value = number(text)
    if value is None or not _FIRST <= value // 1 <= _LAST:
        return None
    return value


def _iso(text):
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    if not 1 <= month <= 12:
        return None
    lengths = [31, 28 + _leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    if not 1 <= day <= lengths[month - 1]:
        return None
    seconds = Fraction(_days(year, month, day) * 86_400)
    if found[4] is None:
        return seconds
    time = _TIME.fullmatch(found[4])
    if not time:
        return None
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    seconds += hour * 3600 + minute * 60 + second
    if time[4]:
        seconds += Fraction(int(time[4]), 10 ** len(time[4]))
    if time[5] and time[5] != "Z":
        hours, minutes = int(time[5][1:3]), int(time[5][4:6])
        if hours > 23 or minutes > 59:
            return None
        east = hours * 3600 + minutes * 60
        seconds += east if time[5][0] == "-" else -east
    return seconds


def instant_text(value):
    """`YYYY-MM-DDThh:mm:ssZ`, with the fraction where there is one."""
    whole = value // 1
    days, second = divmod(whole, 86_400)
    year = 1970 + days // 366 - 1 if days >= 0 else 1970 + days // 365 - 1
    while _days(year + 1, 1, 1) <= days:
        year += 1
    month = 12
    while _days(year, month, 1) > days:
        month -= 1
    day = days - _days(year, month, 1) + 1
    out = f"{year:04}-{month:02}-{day:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
    fraction = value - whole
    if fraction:
        out += number_text(fraction)[1:]
    return out + "Z"


def network(text):
    """A block of addresses: (4 or 6, first, last)."""
    address, slash, bits = text.partition("/")
    if "%" in address or not address.isascii():
        return None
    if slash and not re.fullmatch(r"0|[1-9][0-9]{0,2}", bits):
        return None
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return None
    host = found.max_prefixlen - (int(bits) if slash else found.max_prefixlen)
    if host < 0:
        return None
    first = int(found) >> host << host
    return (found.version, first, first + (1 << host) - 1)


def octets(text):
    """The bytes behind base64. The padding may be left out as a whole; bits that stand for no byte are zero."""
    found = re.fullmatch(r"([A-Za-z0-9+/]*)(={0,2})", text)
    if not found or found[2] and len(text) % 4 or len(found[1]) % 4 == 1:
        return None
    digits = found[1]
    raw = base64.b64decode(digits + "=" * (-len(digits) % 4))
    return raw if base64.b64encode(raw).rstrip(b"=") == digits.encode() else None


def octets_text(raw):
    """Bytes in base64, padded."""
    return base64.b64encode(raw).decode()
