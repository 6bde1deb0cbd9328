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

    /// The addresses that are in all of some blocks and in none of others, as blocks in order, version 4 first.
    pub fn left(inside: &[Network], outside: &[Network]) -> Vec<Network> {
        let wide = |network: &Network| match *network {
            Network::V4 { first, last } => (false, u128::from(first), u128::from(last)),
            Network::V6 { first, last } => (true, first, last),
        };
        let narrow = |family, first: u128, last: u128| match family {
            false => Network::V4 {
                first: first as u32,
                last: last as u32,
            },
            true => Network::V6 { first, last },
        };
        let mut out = Vec::new();
        for (family, end) in [(false, u128::from(u32::MAX)), (true, u128::MAX)] {
            // What all blocks leave of a family, then the blocks taken out from its lower end on.
            let mut rest = Some((0, end));
            for (own, low, high) in inside.iter().map(wide) {
                let meet = |(first, last): (u128, u128)| (first.max(low), last.min(high));
                rest = rest.filter(|_| own == family).map(meet);
            }
            let mut gone: Vec<(bool, u128, u128)> = outside
                .iter()
                .map(wide)
                .filter(|(own, ..)| *own == family)
                .collect();
            gone.sort_unstable();
            for (_, low, high) in gone {
                let Some((first, last)) =
                    rest.filter(|(first, last)| high >= *first && low <= *last)
                else {
                    continue;
                };
                if first < low {
                    out.push(narrow(family, first, low - 1));
                }
                rest = high.checked_add(1).map(|next| (next, last));
            }
            out.extend(
                rest.filter(|(first, last)| first <= last)
                    .map(|(a, b)| narrow(family, a, b)),
            );
        }
        out
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_leave_nothing_where_they_are_covered() {
        let blocks = |texts: &[&str]| -> Vec<Network> {
            texts
                .iter()
                .map(|text| Network::parse(text).expect("a block"))
                .collect()
        };
        for (inside, outside, nothing) in [
            (&["10.0.0.0/8"][..], &[][..], false),
            (&["10.0.0.0/8", "11.0.0.0/8"], &[], true),
            (&["10.0.0.0/8", "::/0"], &[], true),
            (&["10.0.0.0/23"], &["10.0.1.0/24", "10.0.0.0/24"], true),
            (&["10.0.0.0/23"], &["10.0.1.0/24", "10.0.0.0/25"], false),
            (&["::/0"], &["0.0.0.0/0", "8000::/1"], false),
            (&["::/0"], &["::/1", "8000::/1"], true),
            (&[], &["0.0.0.0/0", "::/0"], true),
            (&[], &["0.0.0.0/1", "128.0.0.0/2", "::/0"], false),
        ] {
            let left = Network::left(&blocks(inside), &blocks(outside));
            assert_eq!(left.is_empty(), nothing, "{inside:?} {outside:?}");
        }
    }

    /// A small deterministic generator (xorshift).
    struct Dice(u64);

    impl Dice {
        fn next(&mut self) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0
        }

        fn below(&mut self, bound: u64) -> u64 {
            self.next() % bound
        }

        fn digits(&mut self, most: u64) -> String {
            let count = self.below(most + 1);
            (0..count)
                .map(|_| char::from(b'0' + self.below(10) as u8))
                .collect()
        }
    }

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).expect(text)
    }

    fn instant(text: &str) -> Instant {
        Instant::parse(text).expect(text)
    }

    #[test]
    fn s35_numbers_have_one_canonical_text() {
        for (text, canonical) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("+7", "7"),
            ("007.500", "7.5"),
            ("-12.50", "-12.5"),
            ("1e3", "1000"),
            ("1.25E+1", "12.5"),
            ("5e-3", "0.005"),
            (".5", "0.5"),
            ("5.", "5"),
            ("100", "100"),
            ("0.10e1", "1"),
            (
                "123456789012345678901234567890.000000000000000000001",
                "123456789012345678901234567890.000000000000000000001",
            ),
        ] {
            assert_eq!(decimal(text).canonical(), canonical, "{text}");
        }
    }

    #[test]
    fn s35_other_texts_are_no_numbers() {
        for text in [
            "",
            "-",
            ".",
            "1.2.3",
            "1e",
            "e5",
            "1e+",
            "0x10",
            " 1",
            "1 ",
            "1,000",
            "∞",
            "NaN",
            "--1",
            "1e99999",
            "1e9999999999999999999",
            "٣",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    #[test]
    fn s35_numbers_compare_exactly() {
        let rising = [
            "-1e30",
            "-10",
            "-9.99",
            "-0.5",
            "-0.05",
            "0",
            "0.05",
            "0.5",
            "0.51",
            "1",
            "9.99",
            "10",
            "10.0000000000000000001",
            "1e30",
        ];
        for (i, a) in rising.iter().enumerate() {
            for (j, b) in rising.iter().enumerate() {
                assert_eq!(decimal(a).cmp(&decimal(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert!(
            decimal("12").is_integer() && decimal("1e5").is_integer() && decimal("0").is_integer()
        );
        assert!(!decimal("1.5").is_integer() && !decimal("0.1").is_integer());
    }

    #[test]
    fn s35_numbers_order_like_scaled_integers() {
        let mut dice = Dice(7);
        let mut draw = || {
            let scaled = dice.below(4_000_000) as i64 - 2_000_000;
            let sign = if scaled < 0 { "-" } else { "" };
            let magnitude = scaled.abs();
            (
                scaled,
                decimal(&format!(
                    "{sign}{}.{:03}",
                    magnitude / 1000,
                    magnitude % 1000
                )),
            )
        };
        for _ in 0..20_000 {
            let ((a, x), (b, y)) = (draw(), draw());
            assert_eq!(x.cmp(&y), a.cmp(&b));
            assert_eq!(decimal(&x.canonical()), x);
        }
    }

    #[test]
    fn s35_canonical_texts_are_fixed_points() {
        let mut dice = Dice(11);
        for _ in 0..5_000 {
            let text = format!("-{}{}.{}", dice.below(10), dice.digits(30), dice.digits(30));
            let number = decimal(&text);
            let canonical = number.canonical();
            assert_eq!(decimal(&canonical), number);
            assert_eq!(decimal(&canonical).canonical(), canonical);
        }
        assert_eq!(Decimal::from(i64::MIN).canonical(), i64::MIN.to_string());
    }

    #[test]
    fn s36_every_form_of_the_profile_is_read() {
        for (text, canonical) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-02", "2024-02-01T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-02-29T12:30Z", "2024-02-29T12:30:00Z"),
            ("2024-02-29T12:30", "2024-02-29T12:30:00Z"),
            ("2024-02-29T12:30:15+02:00", "2024-02-29T10:30:15Z"),
            ("2024-02-29T23:30:15.250-01:30", "2024-03-01T01:00:15.25Z"),
            ("2024-02-29T12:30:15.000", "2024-02-29T12:30:15Z"),
            ("0", "1970-01-01T00:00:00Z"),
            ("1709164800", "2024-02-29T00:00:00Z"),
            ("-1", "1969-12-31T23:59:59Z"),
            ("-0.25", "1969-12-31T23:59:59.75Z"),
            ("-1.001", "1969-12-31T23:59:58.999Z"),
            ("1.5", "1970-01-01T00:00:01.5Z"),
            ("20240229", "1970-08-23T06:17:09Z"),
            ("0000", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.9Z", "9999-12-31T23:59:59.9Z"),
            ("0001-03-01", "0001-03-01T00:00:00Z"),
        ] {
            assert_eq!(instant(text).canonical(), canonical, "{text}");
        }
    }

    #[test]
    fn s36_other_texts_are_no_instants() {
        for text in [
            "",
            "2024-13",
            "2024-00",
            "2023-02-29",
            "1900-02-29",
            "2024-04-31",
            "2024-1-1",
            "2024-02-29T24:00Z",
            "2024-02-29T12Z",
            "2024-02-29T12:60Z",
            "2024-02-29T12:30:60Z",
            "2024-02-29T12:30:15.Z",
            "2024-02-29 12:30",
            "2024-02-29T12:30z",
            "2024-02-29T12:30+0200",
            "2024-02-29T12:30+24:00",
            "2024-02T12:30Z",
            "2024-02-29T",
            "2024-02-29-01",
            "2024-",
            "now",
            "253402300800",
            "-62167219201",
            "0000-01-01T00:00+01:00",
            "2024-02-29T12:30ZZ",
            "2024-02-29T12:30+é1:00",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    #[test]
    fn s36_instants_survive_writing_and_keep_their_order() {
        let mut dice = Dice(3);
        let span = (Instant::LAST_SECOND - Instant::FIRST_SECOND) as u64;
        let mut draw = || {
            let seconds = Instant::FIRST_SECOND + dice.below(span + 1) as i64;
            (
                seconds,
                Instant::new(seconds, &dice.digits(4)).expect("in range"),
            )
        };
        for _ in 0..20_000 {
            let ((a, x), (b, y)) = (draw(), draw());
            assert_eq!(instant(&x.canonical()), x);
            if a != b {
                assert_eq!(x.cmp(&y), a.cmp(&b));
            }
        }
        for edge in [Instant::FIRST_SECOND, Instant::LAST_SECOND] {
            let edge = Instant::new(edge, "").expect("in range");
            assert_eq!(instant(&edge.canonical()), edge);
        }
        assert!(instant("1.25") < instant("1.3") && instant("1") < instant("1.25"));
    }

    #[test]
    fn s36_days_follow_each_other() {
        let mut expected = (0, 1, 1);
        for day in Instant::FIRST_SECOND / 86_400..=Instant::LAST_SECOND.div_euclid(86_400) {
            assert_eq!(date_of(day), expected);
            let (year, month, date) = expected;
            assert_eq!(days_before(year, month, date), day);
            expected = if date < days_in_month(year, month) {
                (year, month, date + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
        assert_eq!(expected, (10_000, 1, 1));
    }

    #[test]
    fn s37_networks_ignore_host_bits() {
        let range = |text: &str| Network::parse(text).expect(text);
        assert_eq!(
            range("10.1.2.3/8"),
            Network::V4 {
                first: 0x0a00_0000,
                last: 0x0aff_ffff
            }
        );
        assert_eq!(range("10.1.2.3"), range("10.1.2.3/32"));
        assert_eq!(
            range("10.1.2.3/0"),
            Network::V4 {
                first: 0,
                last: u32::MAX
            }
        );
        assert_eq!(
            range("::/0"),
            Network::V6 {
                first: 0,
                last: u128::MAX
            }
        );
        assert_eq!(range("2001:db8::1/127").canonical(), "2001:db8::/127");
        assert_eq!(range("192.168.77.1/16").canonical(), "192.168.0.0/16");
        assert_eq!(range("::1").prefix_length(), 128);
        assert_eq!(
            range("::ffff:1.2.3.4"),
            Network::V6 {
                first: 0xffff_0102_0304,
                last: 0xffff_0102_0304
            }
        );
    }

    #[test]
    fn s37_other_texts_are_no_networks() {
        for text in [
            "",
            "10.0.0",
            "10.0.0.0.0",
            "256.0.0.0",
            "010.0.0.0",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0.0/8/8",
            "::/129",
            ":::",
            "1::2::3",
            "fe80::1%eth0",
            "[::1]",
            "10.0.0.*",
            " 10.0.0.0",
            "::g",
            "10.0.0.0/-1",
        ] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }

    #[test]
    fn s37_families_never_meet() {
        let v4 = Address::parse("1.2.3.4").unwrap();
        let v6 = Address::parse("::1.2.3.4").unwrap();
        assert!(Network::parse("0.0.0.0/0").unwrap().contains(v4));
        assert!(!Network::parse("0.0.0.0/0").unwrap().contains(v6));
        assert!(!Network::parse("::/0").unwrap().contains(v4));
    }

    #[test]
    fn r4_addresses_are_written_as_rfc_5952_says() {
        for (text, canonical) in [
            ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
            ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
            ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
            ("0:0:0:0:0:0:0:0", "::"),
            ("::0001", "::1"),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
            ("203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(
                Address::parse(text).expect(text).canonical(),
                canonical,
                "{text}"
            );
        }
    }

    #[test]
    fn s37_a_network_holds_what_agrees_in_its_leading_bits() {
        let mut dice = Dice(5);
        for _ in 0..20_000 {
            let bits = dice.below(33) as u32;
            let base = dice.next() as u32;
            // A neighbour that differs in one bit, or not at all.
            let other = base ^ 1_u32.checked_shl(dice.below(33) as u32).unwrap_or(0);
            let network =
                Network::parse(&format!("{}/{bits}", Address::V4(base).canonical())).unwrap();
            let agrees = bits == 0 || (base ^ other) >> (32 - bits) == 0;
            assert_eq!(network.contains(Address::V4(other)), agrees);
            assert_eq!(network.prefix_length(), bits);
            assert_eq!(Network::parse(&network.canonical()), Some(network));
            let wide = Address::V6(u128::from(dice.next()) << (dice.below(64)));
            assert_eq!(Address::parse(&wide.canonical()), Some(wide));
        }
    }

    #[test]
    fn s39_base64_is_read_with_its_padding_or_without() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("+/+/", &[0xfb, 0xff, 0xbf]),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
        }
        for text in [
            "Z", "Zg=", "Z===", "====", "=", "Zh==", "Zm9=", "Zm 9v", "Zm9v====", "-_-_",
            "Zg==Zg==", "é",
        ] {
            assert_eq!(base64(text), None, "{text}");
        }
    }

    #[test]
    fn s39_bytes_survive_base64() {
        let mut dice = Dice(9);
        for _ in 0..5_000 {
            let bytes: Vec<u8> = (0..dice.below(20)).map(|_| dice.next() as u8).collect();
            let text = to_base64(&bytes);
            assert_eq!(base64(&text), Some(bytes.clone()));
            assert_eq!(base64(text.trim_end_matches('=')), Some(bytes));
            assert_eq!(text.len() % 4, 0);
        }
    }
}
