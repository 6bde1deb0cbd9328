//! One value under several tests: the conjunction that every condition key comes down to.
//!
//! A key's value is a text. What a policy compares it with decides which texts there can be (R4): any text,
//! or the canonical form of a number, an instant, an address, a boolean or bytes, or several of these
//! where policies disagree. [`Universe`] lists those forms, [`Test`] is one comparison, and [`Universe::solve`]
//! finds a value that passes some tests and fails others.

use crate::domain::address::AddressSet;
use crate::domain::order::{Interval, Relation, seconds};
use crate::domain::text::{Class, Row, RowBuilder, TextSet, find_in};
use keyaki_language::value::{Address, Decimal, Instant, Network, base64};

/// One comparison of a key's value. A test of another type than the value's is false (R4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// The text lies in a set.
    Text(TextSet),
    /// The number stands in a relation to another.
    Number(Relation, Decimal),
    /// The instant stands in a relation to another.
    Date(Relation, Instant),
    /// The address lies in a block.
    Address(Network),
    /// The bytes are these.
    Bytes(Vec<u8>),
    /// The text matches a pattern in which the unknown value of a policy variable occurs.
    Tied {
        /// Patterns with one letter of its own for each variable (see [`crate::domain::text::HOLE`]).
        exact: TextSet,
        /// Patterns that match whatever `exact` can match, whatever the variables' values.
        loose: TextSet,
    },
}

impl Test {
    /// Whether a text passes.
    pub(crate) fn passes(&self, text: &str) -> bool {
        match self {
            Test::Text(set) => set.contains(text),
            Test::Number(relation, bound) => Decimal::parse(text).is_some_and(|value| relation.holds(&value, bound)),
            Test::Date(relation, bound) => Instant::parse(text).is_some_and(|value| relation.holds(&value, bound)),
            Test::Address(network) => Address::parse(text).is_some_and(|address| network.contains(address)),
            Test::Bytes(bytes) => base64(text).is_some_and(|own| own == *bytes),
            Test::Tied { .. } => unreachable!("a tied test is opaque to models"),
        }
    }
}

/// One form that a key's values can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Any text of `within` that is not in `except`.
    Text {
        /// The texts.
        within: TextSet,
        /// Those taken out again.
        except: TextSet,
    },
    /// The canonical form of a decimal.
    Number,
    /// The canonical form of an instant.
    Date,
    /// The canonical form of an address.
    Address,
    /// Canonical base64.
    Bytes,
}

/// All values that a key can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Universe {
    forms: Vec<Form>,
}

/// What became of a search for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// There is none: a promise.
    None,
    /// This one.
    Some(String),
    /// Not decided, for this reason.
    Unknown(&'static str),
}

impl Universe {
    /// The universe of the given forms, tried in this order.
    pub(crate) fn new(forms: Vec<Form>) -> Self {
        Self { forms }
    }

    /// Every text.
    pub(crate) fn text() -> Self {
        Self::of(TextSet::new([Row::all(Class::Any)]))
    }

    /// Every text but the empty one.
    pub(crate) fn nonempty() -> Self {
        Self::of(TextSet::new([RowBuilder::default().some(Class::Any).build()]))
    }

    /// The texts of a set.
    pub(crate) fn of(within: TextSet) -> Self {
        Self::new(vec![Form::Text { within, except: TextSet::default() }])
    }

    /// Twelve digits.
    pub(crate) fn account() -> Self {
        Self::of(TextSet::new([RowBuilder::default().times(Class::Digit, 12).build()]))
    }

    /// `true` and `false`.
    pub(crate) fn boolean() -> Form {
        Form::Text { within: TextSet::new([Row::literal("true"), Row::literal("false")]), except: TextSet::default() }
    }

    /// Finds a value that passes each test marked true and fails each marked false.
    pub(crate) fn solve(&self, tests: &[(&Test, bool)], steps: &mut u64) -> Value {
        let mut unknown = None;
        for form in &self.forms {
            match solve_form(form, tests, steps) {
                Value::Some(text) => return Value::Some(text),
                Value::Unknown(reason) => unknown = Some(reason),
                Value::None => {}
            }
        }
        unknown.map_or(Value::None, Value::Unknown)
    }
}

fn solve_form(form: &Form, tests: &[(&Test, bool)], steps: &mut u64) -> Value {
    let mut within: Vec<&TextSet> = Vec::new();
    let mut outside: Vec<&TextSet> = Vec::new();
    let (mut tied, mut untied): (Vec<&TextSet>, Vec<&TextSet>) = (Vec::new(), Vec::new());
    for (test, passes) in tests {
        match (test, passes) {
            (Test::Text(set), true) => within.push(set),
            (Test::Text(set), false) => outside.push(set),
            (Test::Tied { exact, loose }, true) => {
                within.push(loose);
                tied.push(exact);
            }
            (Test::Tied { exact, .. }, false) => untied.push(exact),
            (Test::Number(..), _) | (Test::Date(..), _) | (Test::Address(_), _) | (Test::Bytes(_), _) => {}
        }
    }
    // The value of a variable is one unknown letter here, which only plain loops and the same variable read. Take a
    // real value of the key and replace each variable's value by its letter: it still matches the positive
    // pattern, and no negative one. So where no text with letters is left, there is no value at all. (Other positive
    // patterns are left out: they might read the variable's value letter by letter.)
    for exact in tied {
        let negative: Vec<&TextSet> = outside.iter().copied().chain(untied.iter().copied()).collect();
        if find_in(&[exact], &negative, steps).is_none() {
            return Value::None;
        }
    }
    // A test of another type is false on this form, so it must be one of those marked false.
    let foreign = |own: fn(&Test) -> bool| tests.iter().any(|(test, passes)| *passes && !matches!(test, Test::Text(_) | Test::Tied { .. }) && !own(test));
    match form {
        Form::Text { within: all, except } => {
            if foreign(|_| false) {
                return Value::None;
            }
            within.push(all);
            if !except.is_empty() {
                outside.push(except);
            }
            find_in(&within, &outside, steps).map_or(Value::None, Value::Some)
        }
        Form::Number => {
            if foreign(|t| matches!(t, Test::Number(..))) {
                return Value::None;
            }
            let mut interval = Interval::default();
            for (test, passes) in tests {
                if let Test::Number(relation, bound) = test {
                    interval.narrow(*relation, bound, *passes);
                }
            }
            crate::domain::canonical::number(&interval, &within, &outside)
        }
        Form::Date => {
            if foreign(|t| matches!(t, Test::Date(..))) {
                return Value::None;
            }
            let mut interval = Interval::default();
            for (test, passes) in tests {
                if let Test::Date(relation, bound) = test {
                    interval.narrow(*relation, &seconds(bound), *passes);
                }
            }
            crate::domain::canonical::date(&interval, &within, &outside)
        }
        Form::Address => {
            if foreign(|t| matches!(t, Test::Address(_))) {
                return Value::None;
            }
            let mut set = AddressSet::all();
            for (test, passes) in tests {
                if let Test::Address(network) = test {
                    set.narrow(network, *passes);
                }
            }
            crate::domain::canonical::address(&set, &within, &outside)
        }
        Form::Bytes => {
            if foreign(|t| matches!(t, Test::Bytes(_))) {
                return Value::None;
            }
            let equal: Vec<&Vec<u8>> = tests.iter().filter_map(|(t, p)| if let (Test::Bytes(b), true) = (t, p) { Some(b) } else { None }).collect();
            let unequal: Vec<&Vec<u8>> = tests.iter().filter_map(|(t, p)| if let (Test::Bytes(b), false) = (t, p) { Some(b) } else { None }).collect();
            crate::domain::canonical::bytes(&equal, &unequal, &within, &outside)
        }
    }
}
