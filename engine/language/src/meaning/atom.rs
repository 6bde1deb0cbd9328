//! Atoms: what is true or false of one coordinate of a request.

use crate::meaning::pattern::List;
use crate::value::{Decimal, Instant, Network};
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
    /// The coordinate whose value a letter stands for, where the letter is that value to the letter.
    pub holes: HashMap<char, usize>,
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
