//! Numbers, instants, addresses and bytes that must also read as certain texts.
//!
//! A policy may compare one key as a number and as a text. The key then holds a number in canonical form (R4), and
//! string operators see that form.

use crate::domain::address::AddressSet;
use crate::domain::order::{Interval, Relation, seconds};
use crate::domain::scalar::Value;
use crate::domain::text::TextSet;
use keyaki_language::value::{Address, Decimal, Instant, base64, to_base64};

/// How many values are tried against texts that are more than lists of words.
const TRIES: usize = 256;

/// Picks from `values` (distinct, simplest first) one whose text lies within and not outside.
///
/// Exact where the texts are lists of words: a positive list is tested word by word with `accepts`, and
/// a negative list only takes finitely many values away.
fn pick(values: impl Iterator<Item = String>, accepts: impl Fn(&str) -> bool, within: &[&TextSet], outside: &[&TextSet], kind: &'static str) -> Value {
    let fits = |text: &str| within.iter().all(|set| set.contains(text)) && !outside.iter().any(|set| set.contains(text));
    if let Some(list) = within.iter().find(|set| set.rows().is_empty()) {
        return list.words().iter().find(|word| accepts(word) && fits(word)).cloned().map_or(Value::None, Value::Some);
    }
    if within.is_empty() && outside.iter().all(|set| set.rows().is_empty()) {
        return values.into_iter().find(|text| fits(text)).map_or(Value::None, Value::Some);
    }
    let mut ended = true;
    for (count, text) in values.enumerate() {
        if fits(&text) {
            return Value::Some(text);
        }
        if count >= TRIES {
            ended = false;
            break;
        }
    }
    if ended { Value::None } else { Value::Unknown(kind) }
}

/// A number of the interval in canonical form.
pub(crate) fn number(interval: &Interval, within: &[&TextSet], outside: &[&TextSet]) -> Value {
    let accepts = |text: &str| Decimal::parse(text).is_some_and(|value| value.canonical() == text && interval.contains(&value));
    pick(interval.values().map(|value| value.canonical()), accepts, within, outside, "text and number on one key")
}

/// An instant of the interval, in canonical form. Instants are those of the years 0000 to 9999.
pub(crate) fn date(interval: &Interval, within: &[&TextSet], outside: &[&TextSet]) -> Value {
    let bound = |seconds: i64| Decimal::parse(&seconds.to_string()).expect("an integer is a decimal");
    let mut interval = interval.clone();
    interval.narrow(Relation::GreaterEqual, &bound(Instant::FIRST_SECOND), true);
    interval.narrow(Relation::Less, &bound(Instant::LAST_SECOND + 1), true);
    let accepts = |text: &str| Instant::parse(text).is_some_and(|value| value.canonical() == text && interval.contains(&seconds(&value)));
    let values = interval.values().filter_map(|value| Instant::from_epoch(&value)).map(|value| value.canonical());
    pick(values, accepts, within, outside, "text and date on one key")
}

/// An address of the set in canonical form.
pub(crate) fn address(set: &AddressSet, within: &[&TextSet], outside: &[&TextSet]) -> Value {
    let accepts = |text: &str| Address::parse(text).is_some_and(|value| value.canonical() == text && set.contains(value));
    pick(set.addresses().map(|value| value.canonical()), accepts, within, outside, "text and address on one key")
}

/// Bytes in canonical base64.
pub(crate) fn bytes(equal: &[&Vec<u8>], unequal: &[&Vec<u8>], within: &[&TextSet], outside: &[&TextSet]) -> Value {
    let accepts = |text: &str| {
        base64(text).is_some_and(|value| to_base64(&value) == text && equal.iter().all(|e| **e == value) && !unequal.iter().any(|u| **u == value))
    };
    let first = equal.first().map(|bytes| to_base64(bytes));
    let others = (0u32..).map(|n| to_base64(&n.to_be_bytes())).take(if first.is_some() { 0 } else { usize::MAX });
    pick(first.into_iter().chain(others).filter(|text| accepts(text)), accepts, within, outside, "text and bytes on one key")
}
