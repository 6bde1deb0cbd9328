//! Condition blocks with their values read beforehand (S20 to S42).

use super::glob::{ArnGlob, Case, Glob, arn_parts};
use super::names::KeyId;
use super::request::{Keys, Seen, Values};
use super::trit::Trit;
use keyaki_language::policy::{self, Comparison, Quantifier, Version, is_unknown};
use keyaki_language::template::{Template, Variables, Wildcards};
use keyaki_language::value::{Address, Decimal, Instant, Network, base64};
use std::cmp::Ordering;

/// One operator on one key.
#[derive(Debug)]
pub(super) struct Condition {
    key: KeyId,
    quantifier: Quantifier,
    negated: bool,
    /// What an absent key gives (S25, S27, S29).
    when_absent: bool,
    test: Test,
}

/// The comparison with all its alternatives; `None` among them is a text without a meaning under the operator (S2).
#[derive(Debug)]
enum Test {
    /// Plain texts, sorted.
    Plain(Box<[Box<str>]>),
    Globs(Box<[Glob]>, Case),
    Arns(Box<[Option<ArnGlob>]>),
    Numbers(Box<[Option<Decimal>]>, fn(Ordering) -> bool),
    Dates(Box<[Option<Instant>]>, fn(Ordering) -> bool),
    Networks(Box<[Option<Network>]>),
    Bools(Box<[Option<bool>]>),
    Bytes(Box<[Option<Vec<u8>>]>),
    /// `Null` (S30).
    Null(Box<[Option<bool>]>),
    /// Some value is not known (S45): the judge decides.
    Unknown,
}

impl Condition {
    pub(super) fn new(condition: &policy::Condition, keys: &mut Keys) -> Self {
        let operator = condition.operator;
        Self {
            key: keys.id(&condition.key.value),
            quantifier: operator.quantifier,
            negated: operator.negated,
            when_absent: match operator.quantifier {
                Quantifier::Single => operator.if_exists || operator.negated,
                Quantifier::ForAllValues => true,
                Quantifier::ForAnyValue => operator.if_exists,
            },
            test: Test::new(condition, keys),
        }
    }

    /// Whether the condition holds.
    pub(super) fn holds(&self, values: &Values<'_>) -> Trit {
        let value = values.get(self.key);
        if let Test::Null(wanted) = &self.test {
            // A key that holds only empty values is absent here (S28).
            let absent = value.members().next().is_none();
            return each(wanted, |wanted| *wanted == absent);
        }
        // S24: a negated operator is the negation of the OR over its values (S21).
        let test = |text: &str| self.test.one_of(text, values).negate_if(self.negated);
        match (self.quantifier, value) {
            (_, Seen::Absent) => Trit::from(self.when_absent),
            (Quantifier::Single, Seen::One(text)) => test(text),
            // S26: a many-valued key that is there, without a set operator.
            (Quantifier::Single, Seen::Many(_)) => Trit::False,
            (Quantifier::ForAllValues, value) => Trit::all(value.members().map(test)),
            // A key with only empty values is absent here too (S28), so `IfExists` is true of it (S29).
            (Quantifier::ForAnyValue, value) if value.members().next().is_none() => {
                Trit::from(self.when_absent)
            }
            (Quantifier::ForAnyValue, value) => Trit::any(value.members().map(test)),
        }
    }
}

/// Whether some alternative is met; one without a meaning is a doubt.
fn each<T>(alternatives: &[Option<T>], meets: impl Fn(&T) -> bool) -> Trit {
    Trit::any(
        alternatives
            .iter()
            .map(|one| one.as_ref().map_or(Trit::Unknown, |one| meets(one).into())),
    )
}

fn bool_of(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

impl Test {
    fn new(condition: &policy::Condition, keys: &mut Keys) -> Self {
        // S40: variables are of version 2012-10-17, and of String and Arn operators.
        let variables = match condition.version {
            Version::V2008 => Variables::Literal,
            Version::V2012 => Variables::Active,
        };
        let texts = || condition.values.iter().map(|value| value.value.as_str());
        if texts().any(is_unknown) && condition.operator.comparison != Comparison::Null {
            return Test::Unknown;
        }
        let numbers = |holds| Test::Numbers(texts().map(Decimal::parse).collect(), holds);
        let dates = |holds| Test::Dates(texts().map(Instant::parse).collect(), holds);
        let mut globs = |wildcards, case| {
            let globs = texts().map(|t| Glob::of(&Template::parse(t, wildcards, variables), keys));
            strings(globs.collect(), case)
        };
        match condition.operator.comparison {
            // S32: only `StringLike` has wildcards.
            Comparison::StringEquals => globs(Wildcards::Literal, Case::Exact),
            // S31
            Comparison::StringEqualsIgnoreCase => globs(Wildcards::Literal, Case::Folded),
            Comparison::StringLike => globs(Wildcards::Active, Case::Exact),
            // S34
            Comparison::ArnLike => Test::Arns(
                texts()
                    .map(|t| {
                        ArnGlob::parse(&Template::parse(t, Wildcards::Active, variables), keys)
                    })
                    .collect(),
            ),
            // S35
            Comparison::NumericEquals => numbers(Ordering::is_eq),
            Comparison::NumericLessThan => numbers(Ordering::is_lt),
            Comparison::NumericLessThanEquals => numbers(Ordering::is_le),
            Comparison::NumericGreaterThan => numbers(Ordering::is_gt),
            Comparison::NumericGreaterThanEquals => numbers(Ordering::is_ge),
            // S36
            Comparison::DateEquals => dates(Ordering::is_eq),
            Comparison::DateLessThan => dates(Ordering::is_lt),
            Comparison::DateLessThanEquals => dates(Ordering::is_le),
            Comparison::DateGreaterThan => dates(Ordering::is_gt),
            Comparison::DateGreaterThanEquals => dates(Ordering::is_ge),
            // S37
            Comparison::IpAddress => Test::Networks(texts().map(Network::parse).collect()),
            // S38
            Comparison::Bool => Test::Bools(texts().map(bool_of).collect()),
            // S39
            Comparison::BinaryEquals => Test::Bytes(texts().map(base64).collect()),
            Comparison::Null => Test::Null(texts().map(bool_of).collect()),
        }
    }

    /// Whether a text meets one of the alternatives, negation aside.
    fn one_of(&self, text: &str, values: &Values<'_>) -> Trit {
        match self {
            Test::Plain(texts) => contains(texts, text).into(),
            Test::Globs(globs, case) => globs.iter().any(|g| g.matches(text, values, *case)).into(),
            Test::Arns(patterns) => match arn_parts(text) {
                None => Trit::False,
                Some(parts) => each(patterns, |pattern| pattern.matches(&parts, values)),
            },
            Test::Numbers(wanted, holds) => ordered(Decimal::parse(text), wanted, *holds),
            Test::Dates(wanted, holds) => ordered(Instant::parse(text), wanted, *holds),
            Test::Networks(networks) => {
                let address = Address::parse(text);
                each(networks, |network| {
                    address.is_some_and(|address| network.contains(address))
                })
            }
            Test::Bools(wanted) => {
                let given = bool_of(text);
                each(wanted, |wanted| given == Some(*wanted))
            }
            Test::Bytes(wanted) => {
                let given = base64(text);
                each(wanted, |wanted| given.as_ref() == Some(wanted))
            }
            // Read before; it has no comparison of values.
            Test::Null(_) => Trit::False,
            Test::Unknown => Trit::Unknown,
        }
    }
}

/// Texts without wildcards and variables are looked up, not walked.
fn strings(globs: Vec<Glob>, case: Case) -> Test {
    let plain: Option<Vec<Box<str>>> = globs
        .iter()
        .map(|glob| match glob {
            Glob::Plain(text) if case == Case::Exact => Some(text.clone()),
            _ => None,
        })
        .collect();
    match plain {
        Some(mut texts) => {
            texts.sort_unstable();
            Test::Plain(texts.into())
        }
        None => Test::Globs(globs.into(), case),
    }
}

/// Whether a sorted list holds a text; a short one is walked.
pub(super) fn contains(texts: &[Box<str>], text: &str) -> bool {
    if texts.len() <= 8 {
        texts.iter().any(|one| **one == *text)
    } else {
        texts.binary_search_by(|one| (**one).cmp(text)).is_ok()
    }
}

/// False where the request's text is not of the type (R4).
fn ordered<T: Ord>(given: Option<T>, wanted: &[Option<T>], holds: fn(Ordering) -> bool) -> Trit {
    each(wanted, |wanted| {
        given.as_ref().is_some_and(|given| holds(given.cmp(wanted)))
    })
}
