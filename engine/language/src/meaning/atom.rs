//! Atoms: what is true or false of one coordinate of a request.

use crate::meaning::pattern::{List, Window};
use crate::value::{Address, Decimal, Instant, Network, base64, to_base64};
use std::collections::HashMap;

/// How a value stands to the one in the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same.
    Equal,
    /// Smaller or earlier.
    Less,
    /// That or the same.
    LessEqual,
    /// Greater or later.
    Greater,
    /// That or the same.
    GreaterEqual,
}

/// One comparison of a value. Where the value is of another type the comparison is false (R4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Test {
    /// The text is in a list.
    In(List),
    /// A pattern with policy variables: with a letter for each value, and with anything in its place.
    Tied {
        /// With a letter for each value.
        exact: List,
        /// With anything there.
        loose: List,
    },
    /// The number stands so to this one.
    Number(Relation, Decimal),
    /// The instant stands so to this one.
    Date(Relation, Instant),
    /// The address is in a block.
    Address(Network),
    /// The bytes are these.
    Bytes(Vec<u8>),
}

/// What is true or false of a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// The key is there.
    Present(usize),
    /// The key is there and passes.
    Is(usize, Test),
    /// Some member of the key passes and fails the tests as marked.
    Some(usize, Vec<(Test, bool)>),
    /// What AWS leaves undefined (S2), by its words.
    Free(String),
}

impl Atom {
    /// The coordinate that it is about.
    pub fn coordinate(&self) -> Option<usize> {
        match self {
            Atom::Present(at) | Atom::Is(at, _) | Atom::Some(at, _) => Some(*at),
            Atom::Free(_) => None,
        }
    }

    /// The lists with letters for the values of variables.
    pub fn tied(&self) -> impl Iterator<Item = &List> {
        let (one, members) = match self {
            Atom::Is(_, test) => (Some(test), &[][..]),
            Atom::Some(_, members) => (None, members.as_slice()),
            Atom::Present(_) | Atom::Free(_) => (None, &[][..]),
        };
        let tests = one.into_iter().chain(members.iter().map(|(test, _)| test));
        tests.filter_map(|test| match test {
            Test::Tied { exact, .. } => Some(exact),
            _ => None,
        })
    }

    /// The atom with other letters for the values of variables.
    pub fn renamed(&self, name: impl Fn(char) -> char) -> Self {
        let test = |test: &Test| match test {
            Test::Tied { exact, loose } => {
                let exact = exact
                    .fill(|c| Some(name(c).to_string()))
                    .expect("each letter has one");
                Test::Tied {
                    exact,
                    loose: loose.clone(),
                }
            }
            other => other.clone(),
        };
        match self {
            Atom::Is(at, own) => Atom::Is(*at, test(own)),
            Atom::Some(at, members) => Atom::Some(
                *at,
                members
                    .iter()
                    .map(|(own, holds)| (test(own), *holds))
                    .collect(),
            ),
            Atom::Present(_) | Atom::Free(_) => self.clone(),
        }
    }
}

/// One form of a coordinate's values.
#[derive(Clone, Debug)]
pub enum Form {
    /// A text of `within` that is not in `except`.
    Text {
        /// The texts.
        within: List,
        /// Those taken out.
        except: List,
    },
    /// The canonical text of a decimal.
    Number,
    /// The canonical text of an instant.
    Date,
    /// The canonical text of an address.
    Address,
    /// Canonical base64.
    Bytes,
}

impl Relation {
    /// Whether a value stands so to a bound.
    pub fn holds<T: Ord>(self, value: &T, bound: &T) -> bool {
        match self {
            Relation::Equal => value == bound,
            Relation::Less => value < bound,
            Relation::LessEqual => value <= bound,
            Relation::Greater => value > bound,
            Relation::GreaterEqual => value >= bound,
        }
    }
}

impl Test {
    /// The list that a text is in, or is not in, if it passes or fails the test. Without variables: what has some is in one for any values
    /// of theirs if it passes, and fails for nothing that is known.
    pub fn list(&self, passes: bool) -> Option<&List> {
        match self {
            Test::In(list) => Some(list),
            Test::Tied { loose, .. } if passes => Some(loose),
            _ => None,
        }
    }

    /// Whether a text passes a comparison of a type; `None` for those of texts.
    pub fn passes_as_type(&self, text: &str) -> Option<bool> {
        Some(match self {
            Test::In(_) | Test::Tied { .. } => return None,
            Test::Number(relation, bound) => {
                Decimal::parse(text).is_some_and(|value| relation.holds(&value, bound))
            }
            Test::Date(relation, bound) => {
                Instant::parse(text).is_some_and(|value| relation.holds(&value, bound))
            }
            Test::Address(network) => {
                Address::parse(text).is_some_and(|address| network.contains(address))
            }
            Test::Bytes(bytes) => base64(text).as_ref() == Some(bytes),
        })
    }
}

impl Form {
    /// Whether a comparison can be true of a value of the form (R4).
    pub fn suits(&self, test: &Test) -> bool {
        matches!(
            (test, self),
            (Test::In(_) | Test::Tied { .. }, _)
                | (Test::Number(..), Form::Number)
                | (Test::Date(..), Form::Date)
                | (Test::Address(_), Form::Address)
                | (Test::Bytes(_), Form::Bytes)
        )
    }

    /// Whether a text is a value of the form: for a type, the canonical text of one (R4).
    pub fn has(&self, text: &str) -> bool {
        let canonical = match self {
            Form::Text { within, except } => return within.has(text) && !except.has(text),
            Form::Number => Decimal::parse(text).map(|value| value.canonical()),
            Form::Date => Instant::parse(text).map(|value| value.canonical()),
            Form::Address => Address::parse(text).map(Address::canonical),
            Form::Bytes => base64(text).map(|bytes| to_base64(&bytes)),
        };
        canonical.as_deref() == Some(text)
    }
}

/// How many values a coordinate has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One.
    Always,
    /// One, or the key is absent.
    Optional,
    /// A set, or the key is absent.
    Many,
}

/// The caller, the action, the resource, or a condition key.
#[derive(Debug)]
pub struct Coordinate {
    /// `caller KIND`, `action`, `resource`, `key NAME`, or `constant TEXT`.
    pub name: String,
    /// How many values.
    pub shape: Shape,
    /// Which values: those of any form.
    pub forms: Vec<Form>,
}

/// All atoms and coordinates of a certificate; equal ones are one.
#[derive(Debug, Default)]
pub struct Atoms {
    /// Every atom, by its number.
    pub list: Vec<Atom>,
    numbers: HashMap<Atom, u32>,
    /// Every coordinate.
    pub coordinates: Vec<Coordinate>,
    /// The coordinate whose value, or part of it, a letter stands for, and whether its case is folded.
    pub holes: HashMap<char, (usize, Window, bool)>,
}

impl Atoms {
    /// The number of an atom.
    pub fn number(&mut self, atom: Atom) -> u32 {
        let next = u32::try_from(self.list.len()).expect("fewer than 2^32 atoms");
        let list = &mut self.list;
        *self.numbers.entry(atom).or_insert_with_key(|atom| {
            list.push(atom.clone());
            next
        })
    }

    /// The coordinate of a name, made on first use.
    pub fn coordinate(&mut self, name: &str, make: impl FnOnce() -> (Shape, Vec<Form>)) -> usize {
        if let Some(known) = self.coordinates.iter().position(|c| c.name == name) {
            return known;
        }
        let (shape, forms) = make();
        self.coordinates.push(Coordinate {
            name: name.to_owned(),
            shape,
            forms,
        });
        self.coordinates.len() - 1
    }
}
