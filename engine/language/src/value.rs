//! Values that are more than text: numbers, instants, addresses, bytes (rules S35 to S39, R4).
//!
//! Each type reads the texts that the rules allow, compares exactly, and writes one canonical text, the
//! one in which a request holds such a value (R4). What does not parse is no value of the type: in a
//! request the comparison is then false, in a policy it is undefined.
//!
//! ```
//! use keyaki_language::value::{Address, Decimal, Instant, Network};
//! assert!(Decimal::parse("0.30") > Decimal::parse("0.2999999999999999999999"));
//! assert_eq!(Instant::parse("2024-02-29T01:00+01:00"), Instant::parse("1709164800"));
//! let network = Network::parse("203.0.113.77/24").expect("host bits are ignored");
//! assert!(network.contains(Address::parse("203.0.113.9").expect("an address")));
//! ```

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

/// How far an exponent may move the decimal point; a text beyond that is no number here.
const MAX_EXPONENT: i64 = 10_000;

/// An exact decimal number of any length (S35).
///
/// Equality is that of the value: `1.50` equals `1.5`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Decimal {
    negative: bool,
    /// Significant digits without zeros at either end; empty for zero.
    digits: String,
    /// The value is `0.digits` times ten to this power; zero for zero.
    exponent: i64,
}

impl Decimal {
    /// Reads digits with an optional sign, decimal point and exponent.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, power) = match rest.find(['e', 'E']) {
            Some(e) => (&rest[..e], parse_exponent(&rest[e + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.len() + fraction.len() == 0 || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let digits = format!("{whole}{fraction}");
        let significant = digits.trim_start_matches('0');
        let leading = digits.len() - significant.len();
        let significant = significant.trim_end_matches('0');
        if significant.is_empty() {
            return Some(Self {
                negative: false,
                digits: String::new(),
                exponent: 0,
            });
        }
        let exponent = whole.len() as i64 - leading as i64 + power;
        Some(Self {
            negative,
            digits: significant.to_owned(),
            exponent,
        })
    }

    /// The shortest text without an exponent: `-12`, `0.05`, `0`.
    pub fn canonical(&self) -> String {
        if self.digits.is_empty() {
            return "0".to_owned();
        }
        let mut out = String::new();
        if self.negative {
            out.push('-');
        }
        let count = self.digits.len();
        match usize::try_from(self.exponent) {
            Ok(whole) if whole >= count => {
                out.push_str(&self.digits);
                out.extend(std::iter::repeat_n('0', whole - count));
            }
            Ok(whole) if whole > 0 => {
                out.push_str(&self.digits[..whole]);
                out.push('.');
                out.push_str(&self.digits[whole..]);
            }
            _ => {
                out.push_str("0.");
                out.extend(std::iter::repeat_n(
                    '0',
                    self.exponent.unsigned_abs() as usize,
                ));
                out.push_str(&self.digits);
            }
        }
        out
    }

    /// Whether the number has no fraction.
    pub fn is_integer(&self) -> bool {
        self.exponent >= self.digits.len() as i64
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        // Digits begin with a nonzero one and end with one, so text order is number order.
        self.exponent
            .cmp(&other.exponent)
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let power: i64 = text.parse().ok()?;
    (power.abs() <= MAX_EXPONENT).then_some(power)
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::parse(&number.to_string()).expect("an integer is written as a decimal")
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |d: &Self| match (d.digits.is_empty(), d.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            let order = self.compare_magnitude(other);
            if self.negative {
                order.reverse()
            } else {
                order
            }
        })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// An instant: exact to any fraction of a second, in the years 0000 to 9999 (S36).
///
/// The calendar is the Gregorian one throughout, as ISO 8601 has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    seconds: i64,
    /// The digits of the rest after the point, without zeros at the end; text order is number order.
    fraction: String,
}

impl Instant {
    /// The first whole second of the year 0000; no instant is earlier.
    pub const FIRST_SECOND: i64 = -62_167_219_200;
    /// The last whole second of the year 9999; an instant may be later by a fraction.
    pub const LAST_SECOND: i64 = 253_402_300_799;

    /// Puts seconds since 1970-01-01T00:00:00Z and the digits of a fraction together.
    ///
    /// `None` outside the years 0000 to 9999, and for a fraction that is not all digits.
    pub fn new(seconds: i64, fraction: &str) -> Option<Self> {
        let in_range = (Self::FIRST_SECOND..=Self::LAST_SECOND).contains(&seconds);
        if !in_range || !fraction.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            seconds,
            fraction: fraction.trim_end_matches('0').to_owned(),
        })
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    pub fn seconds(&self) -> i64 {
        self.seconds
    }

    /// The digits after the point, without zeros at the end.
    pub fn fraction(&self) -> &str {
        &self.fraction
    }

    /// Reads ISO 8601 in the W3C profile, or seconds since 1970 as a number.
    ///
    /// Four digits alone are a year; every other number counts seconds. A missing zone means UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let is_year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
        if is_year || text.as_bytes().get(4) == Some(&b'-') {
            parse_iso(text)
        } else {
            Self::from_epoch(&Decimal::parse(text)?)
        }
    }

    /// The instant so many seconds after 1970-01-01T00:00:00Z.
    pub fn from_epoch(seconds: &Decimal) -> Option<Self> {
        let text = seconds.canonical();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let whole: i64 = whole.parse().ok()?;
        if !seconds.negative || fraction.is_empty() {
            return Self::new(whole, fraction);
        }
        // -0.25 is 0.75 after -1: the complement of each digit to nine, of the last one to ten.
        let last = fraction.len() - 1;
        let complement: String = fraction
            .bytes()
            .enumerate()
            .map(|(i, digit)| char::from(b'9' + u8::from(i == last) - (digit - b'0')))
            .collect();
        Self::new(whole - 1, &complement)
    }

    /// `YYYY-MM-DDThh:mm:ssZ`, with the fraction where there is one.
    pub fn canonical(&self) -> String {
        let (year, month, day) = date_of(self.seconds.div_euclid(86_400));
        let second = self.seconds.rem_euclid(86_400);
        let (hour, minute) = (second / 3600, second / 60 % 60);
        let mut out = format!(
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}",
            second % 60
        );
        if !self.fraction.is_empty() {
            out.push('.');
            out.push_str(&self.fraction);
        }
        out.push('Z');
        out
    }
}

fn parse_iso(text: &str) -> Option<Instant> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut fields = date.split('-');
    let year = number(fields.next()?, 4)?;
    let month = fields.next().map_or(Some(1), |f| number(f, 2))?;
    let day = fields.next();
    if fields.next().is_some() || (time.is_some() && day.is_none()) {
        return None;
    }
    let day = day.map_or(Some(1), |f| number(f, 2))?;
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    let midnight = days_before(year, month, day) * 86_400;
    match time {
        None => Instant::new(midnight, ""),
        Some(time) => {
            let (second, fraction) = parse_time(time)?;
            Instant::new(midnight + second, fraction)
        }
    }
}

/// Seconds after midnight UTC, and the fraction, of a `hh:mm[:ss[.f]]` with or without zone.
fn parse_time(text: &str) -> Option<(i64, &str)> {
    let (clock, offset) = match text.find(['Z', '+', '-']) {
        None => (text, 0),
        Some(zone) => (&text[..zone], parse_zone(&text[zone..])?),
    };
    let mut fields = clock.split(':');
    let hour = number(fields.next()?, 2)?;
    let minute = number(fields.next()?, 2)?;
    let (second, fraction) = match fields.next() {
        None => (0, ""),
        Some(field) => match field.split_once('.') {
            None => (number(field, 2)?, ""),
            Some((_, "")) => return None,
            Some((second, fraction)) => (number(second, 2)?, fraction),
        },
    };
    if fields.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((hour * 3600 + minute * 60 + second - offset, fraction))
}

/// Seconds east of UTC.
fn parse_zone(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (hour, minute) = text.get(1..)?.split_once(':')?;
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let seconds = hour * 3600 + minute * 60;
    (hour <= 23 && minute <= 59).then_some(if text.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

/// Exactly so many digits.
fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|b| b.is_ascii_digit())).then(|| {
        text.bytes()
            .fold(0, |sum, b| sum * 10 + i64::from(b - b'0'))
    })
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // Years are counted from March, so that the leap day is the last of its year; 400 years have
    // 146,097 days, and the first of March of the year 0000 lies 719,468 days before 1970.
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year
        - 719_468
}

/// The date so many days after 1970-01-01.
fn date_of(days: i64) -> (i64, i64, i64) {
    // The first guess is never too late, and at most a few years too early.
    let mut year = 1970 + days.div_euclid(if days < 0 { 365 } else { 366 });
    while days_before(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 12;
    while days_before(year, month, 1) > days {
        month -= 1;
    }
    (year, month, days - days_before(year, month, 1) + 1)
}

/// An IP address (S37). Every IPv4 address is before every IPv6 address; the families never meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// IPv4.
    V4(u32),
    /// IPv6.
    V6(u128),
}

impl Address {
    /// Reads a dotted IPv4 address or an IPv6 address in any of its textual forms.
    ///
    /// A part of a dotted address with a leading zero is no number here: some read it as octal.
    pub fn parse(text: &str) -> Option<Self> {
        if text.contains(':') {
            text.parse::<Ipv6Addr>().ok().map(|a| Address::V6(a.into()))
        } else {
            text.parse::<Ipv4Addr>().ok().map(|a| Address::V4(a.into()))
        }
    }

    /// Dotted, or as RFC 5952 writes it.
    pub fn canonical(self) -> String {
        match self {
            Address::V4(bits) => Ipv4Addr::from(bits).to_string(),
            Address::V6(bits) => Ipv6Addr::from(bits).to_string(),
        }
    }
}

/// A block of addresses, its first and its last (S37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Network {
    /// A block of IPv4.
    V4 {
        /// The first address.
        first: u32,
        /// The last address.
        last: u32,
    },
    /// A block of IPv6.
    V6 {
        /// The first address.
        first: u128,
        /// The last address.
        last: u128,
    },
}

impl Network {
    /// Reads `address` or `address/bits`; host bits are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(parse_bits(bits)?)),
            None => (text, None),
        };
        match Address::parse(address)? {
            Address::V4(address) => {
                let host = 32_u32.checked_sub(bits.unwrap_or(32))?;
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                Some(Network::V4 {
                    first: address & mask,
                    last: address | !mask,
                })
            }
            Address::V6(address) => {
                let host = 128_u32.checked_sub(bits.unwrap_or(128))?;
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                Some(Network::V6 {
                    first: address & mask,
                    last: address | !mask,
                })
            }
        }
    }

    /// Whether the address lies in the block.
    pub fn contains(self, address: Address) -> bool {
        match (self, address) {
            (Network::V4 { first, last }, Address::V4(a)) => (first..=last).contains(&a),
            (Network::V6 { first, last }, Address::V6(a)) => (first..=last).contains(&a),
            (Network::V4 { .. }, Address::V6(_)) | (Network::V6 { .. }, Address::V4(_)) => false,
        }
    }

    /// How many leading bits are fixed, if the block is a CIDR block.
    pub fn prefix_length(self) -> u32 {
        match self {
            Network::V4 { first, last } => (first ^ last).leading_zeros(),
            Network::V6 { first, last } => (first ^ last).leading_zeros(),
        }
    }

    /// `address/bits`, the address being the first.
    pub fn canonical(self) -> String {
        let first = match self {
            Network::V4 { first, .. } => Address::V4(first),
            Network::V6 { first, .. } => Address::V6(first),
        };
        format!("{}/{}", first.canonical(), self.prefix_length())
    }
}

fn parse_bits(text: &str) -> Option<u32> {
    let plain = text == "0" || !text.starts_with('0');
    (plain && (1..=3).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())).then(
        || {
            text.bytes()
                .fold(0, |sum, b| sum * 10 + u32::from(b - b'0'))
        },
    )
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes of a text in base64, standard alphabet (S39).
///
/// The padding may be left out as a whole. Bits that stand for no byte must be zero, so that two texts
/// of one length are equal where their bytes are.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if padding > 0 && (padding > 2 || !text.len().is_multiple_of(4)) {
        return None;
    }
    let mut out = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.as_bytes().chunks(4) {
        let mut bits: u32 = 0;
        for byte in group {
            bits = bits << 6 | base64_digit(*byte)?;
        }
        match group.len() {
            4 => out.extend_from_slice(&bits.to_be_bytes()[1..]),
            3 if bits & 0b11 == 0 => out.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
            2 if bits & 0b1111 == 0 => out.push((bits >> 4) as u8),
            _ => return None,
        }
    }
    Some(out)
}

fn base64_digit(byte: u8) -> Option<u32> {
    let digit = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(digit))
}

/// The text of bytes in base64, padded.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let byte = |i: usize| group.get(i).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for i in 0..4 {
            if i <= group.len() {
                out.push(char::from(BASE64[(bits >> (18 - 6 * i) & 63) as usize]));
            } else {
                out.push('=');
            }
        }
    }
    out
}
