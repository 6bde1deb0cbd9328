//! Which disjunctions of a long list hold wherever some literals do, so that a search need not look at them.
//!
//! A thousand Allow statements are held against the negations of a thousand others, one search each. Most of them have nothing to do
//! with each other: where the resource begins with `bucket/home/00017/`, a statement about `bucket/home/00018/*` does not
//! apply, and its negation holds whatever else the request is. An index of the beginnings of texts and of the leading bits of address blocks finds
//! the disjunctions that are left, without a look at the others.
//!
//! *Sound*: a disjunction is left out only if one of its parts says that a value is outside of some sets, and a literal says that the same value is
//! inside of a set whose texts all begin otherwise. It follows from the literals, so neither an answer nor a request changes.
//!
//! # Cost
//!
//! An index is built in `O(n log n)` for `n` texts. A literal is looked up once in `O(log n)` for each of its texts and one step for each text found;
//! what is found takes `n / 64` words. Where too much would be found, everything is.

use crate::domain::heads::Heads;
use crate::domain::scalar::Test;
use crate::hash::QuickMap;
use crate::region::formula::{Formula, Literal};
use crate::region::space::{Atom, AtomId, DimensionId, Space};
use keyaki_language::value::Network;
use std::rc::Rc;

/// From how many disjunctions on an index is worth its making.
pub(crate) const MANY: usize = 32;

/// A set of disjunctions, a bit each by their place; `None` is all of them.
pub(crate) type Near = Option<Rc<[u64]>>;

/// An index of the disjunctions of one conjunction.
#[derive(Debug)]
pub(crate) struct Apart {
    /// How many parts the conjunction has.
    parts: usize,
    /// Those that are literals.
    literals: Vec<Literal>,
    by_coordinate: QuickMap<(DimensionId, Values), Beginnings>,
    known: QuickMap<AtomId, Near>,
    /// How many more texts may be found.
    left: usize,
}

/// What a test reads a value as. Texts and blocks say nothing about each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Values {
    Text,
    Address,
}

/// How the values begin that the disjunctions keep a request out of, in one coordinate.
#[derive(Debug, Default)]
struct Beginnings {
    texts: Vec<String>,
    /// The place of the disjunction of each text.
    places: Vec<usize>,
    index: Heads,
    /// Disjunctions that say nothing of the kind about the coordinate.
    silent: Vec<u64>,
}

impl Apart {
    /// Makes an index of the disjunctions among `parts`.
    pub(crate) fn new(space: &Space, parts: &[Formula]) -> Self {
        let mut by_coordinate: QuickMap<(DimensionId, Values), Beginnings> = QuickMap::default();
        let mut literals = Vec::new();
        let all = vec![u64::MAX; parts.len().div_ceil(64)];
        for (place, part) in parts.iter().enumerate() {
            if let Formula::Literal(literal) = part {
                literals.push(*literal);
            }
            let Formula::Or(parts) = part else { continue };
            let mut seen = Vec::new();
            for part in parts.iter() {
                let Some((coordinate, texts)) = outside_of(space, part) else {
                    continue;
                };
                // The first part about a coordinate is as good as any.
                if seen.contains(&coordinate) {
                    continue;
                }
                seen.push(coordinate);
                let own = by_coordinate
                    .entry(coordinate)
                    .or_insert_with(|| Beginnings {
                        silent: all.clone(),
                        ..Beginnings::default()
                    });
                own.silent[place / 64] &= !(1 << (place % 64));
                own.places.extend(std::iter::repeat_n(place, texts.len()));
                own.texts.extend(texts);
            }
        }
        let mut left = 0;
        // The order of the table does not matter: each index is made by itself, and a sum is one in any order.
        #[expect(clippy::iter_over_hash_type, reason = "the order reaches nothing")]
        for own in by_coordinate.values_mut() {
            own.index = Heads::new(own.texts.len(), |at| &own.texts[at]);
            left += ENOUGH * own.texts.len();
        }
        Self {
            parts: parts.len(),
            literals,
            by_coordinate,
            known: QuickMap::default(),
            left,
        }
    }

    /// The literals among the parts.
    pub(crate) fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// The disjunctions that may fail where all of the literals hold.
    pub(crate) fn near(&mut self, space: &Space, literals: &[Literal]) -> Near {
        let mut near: Option<Vec<u64>> = None;
        for literal in literals.iter().filter(|literal| literal.holds) {
            let Some(own) = self.of_atom(space, literal.atom) else {
                continue;
            };
            match &mut near {
                None => near = Some(own.to_vec()),
                Some(near) => near.iter_mut().zip(&*own).for_each(|(one, own)| *one &= own),
            }
        }
        near.map(Rc::from)
    }

    fn of_atom(&mut self, space: &Space, atom: AtomId) -> Near {
        if let Some(known) = self.known.get(&atom) {
            return known.clone();
        }
        let near = self.of_atom_anew(space, atom);
        self.known.insert(atom, near.clone());
        near
    }

    fn of_atom_anew(&mut self, space: &Space, atom: AtomId) -> Near {
        let (values, texts) = beginnings(space.get(atom))?;
        let coordinate = (space.get(atom).dimension(), values);
        let own = self.by_coordinate.get(&coordinate)?;
        let mut near = own.silent.clone();
        // More than all of them once over: most of them are near, and nothing is gained.
        let mut found = self.left.min(self.parts + texts.len());
        let head = |at: usize| own.texts[at].as_str();
        for text in &texts {
            let index = &own.index;
            for at in index
                .beginning(text, head)
                .chain(index.beyond(text, head))
            {
                found = found.checked_sub(1)?;
                self.left -= 1;
                near[own.places[at] / 64] |= 1 << (own.places[at] % 64);
            }
        }
        Some(near.into())
    }
}

/// How often each text may be found, all in all.
const ENOUGH: usize = 64;

/// What a value must be outside of, where a part of a disjunction says nothing but that.
fn outside_of(space: &Space, part: &Formula) -> Option<((DimensionId, Values), Vec<String>)> {
    let one = |part: &Formula| match part {
        Formula::Literal(Literal { atom, holds: false }) => {
            let atom = space.get(*atom);
            let (values, texts) = beginnings(atom)?;
            Some(((atom.dimension(), values), texts))
        }
        _ => None,
    };
    let Formula::And(parts) = part else {
        return one(part);
    };
    let mut parts = parts.iter();
    let (coordinate, mut texts) = one(parts.next()?)?;
    for part in parts {
        let (own, more) = one(part)?;
        if own != coordinate {
            return None;
        }
        texts.extend(more);
    }
    Some((coordinate, texts))
}

/// How the values that pass a test begin: each with one of these. Two tests that read values alike share none if no beginning of one begins one of the
/// other, or the other way round.
fn beginnings(atom: &Atom) -> Option<(Values, Vec<String>)> {
    match atom {
        Atom::Is(_, Test::Text(set)) => {
            let rows = set.rows().iter().map(|row| row.fixed_beginning());
            let texts = set.words().iter().chain(rows);
            Some((Values::Text, texts.map(str::to_owned).collect()))
        }
        Atom::Is(_, Test::Address(network)) => Some((Values::Address, vec![bits(network)])),
        Atom::Is(..) | Atom::Present(_) | Atom::Some(..) | Atom::Undefined(_) => None,
    }
}

/// The leading bits of a block, behind its family. Blocks meet as texts do of which one begins the other.
fn bits(network: &Network) -> String {
    let length = network.prefix_length() as usize;
    // The bits that are not fixed are the last ones.
    let (family, all) = match network {
        Network::V4 { first, .. } => ("4", format!("{first:032b}")),
        Network::V6 { first, .. } => ("6", format!("{first:0128b}")),
    };
    format!("{family}{}", &all[..length.min(all.len())])
}

#[cfg(test)]
mod tests {
    //! Holds what is left out against all points of tiny universes.

    use super::*;
    use crate::domain::dice::{Dice, rounds};
    use crate::domain::scalar::Universe;
    use crate::domain::text::{Class, Row, RowBuilder, TextSet};
    use crate::region::space::Shape;

    /// 20,000 random lists of disjunctions about two keys: whatever is left out holds at every point where the literals hold.
    #[test]
    fn what_is_left_out_holds_where_the_literals_do() {
        let mut dice = Dice::new(71);
        let texts: Vec<String> = ["", "a", "b", "aa", "ab", "ba", "bb", "aab", "aba", "bab"]
            .map(str::to_owned)
            .to_vec();
        let addresses: Vec<String> = ["0.0.0.0", "64.0.0.1", "128.0.0.0", "192.0.0.7", "::1", "8000::"]
            .map(str::to_owned)
            .to_vec();
        let mut left_out = 0;
        for _ in 0..rounds(20_000) {
            let mut space = Space::default();
            let keys = [
                space.dimension("t", || Shape::Optional(Universe::text())),
                space.dimension("u", || Shape::Optional(Universe::text())),
                space.dimension("i", || Shape::Optional(Universe::addresses())),
            ];
            let glob = |dice: &mut Dice| {
                let mut row = RowBuilder::default();
                for _ in 0..dice.below(4) {
                    row.text(*dice.pick(&["a", "b"]));
                }
                if dice.once_in(2) {
                    row.many(Class::Any).text(*dice.pick(&["", "a"]));
                }
                row.build()
            };
            let mut literal = |space: &mut Space, dice: &mut Dice, holds: bool| {
                let at = dice.below(3);
                let test = match at {
                    2 => {
                        let block = *dice.pick(&["0.0.0.0/0", "128.0.0.0/1", "64.0.0.0/2", "192.0.0.7", "::/0", "8000::/1"]);
                        Test::Address(Network::parse(block).expect("a block"))
                    }
                    _ => Test::Text(TextSet::new((0..1 + dice.below(2)).map(|_| glob(dice)).collect::<Vec<Row>>())),
                };
                let atom = space.atom(Atom::Is(keys[at], test));
                Formula::Literal(Literal { atom, holds })
            };
            let parts: Vec<Formula> = (0..1 + dice.below(70))
                .map(|_| {
                    let parts: Vec<Formula> = (0..2 + dice.below(2))
                        .map(|_| {
                            let wanted = dice.once_in(5);
                            let one = literal(&mut space, &mut dice, wanted);
                            let other = literal(&mut space, &mut dice, false);
                            if dice.once_in(4) { Formula::and([one, other]) } else { one }
                        })
                        .collect();
                    Formula::or(parts)
                })
                .collect();
            let wanted: Vec<Literal> = (0..1 + dice.below(3))
                .filter_map(|_| match literal(&mut space, &mut dice, true) {
                    Formula::Literal(literal) => Some(literal),
                    _ => None,
                })
                .collect();
            let mut apart = Apart::new(&space, &parts);
            let Some(near) = apart.near(&space, &wanted) else {
                continue;
            };
            // A value of each key or none, given as the index of a text.
            let value = |key: usize, point: usize| -> Option<&str> {
                let values = if key == 2 { &addresses } else { &texts };
                values.get(point).map(String::as_str)
            };
            let holds = |literal: &Literal, point: &[usize; 3]| match space.get(literal.atom) {
                Atom::Is(dimension, test) => {
                    let key = keys.iter().position(|key| key == dimension).expect("a key");
                    value(key, point[key]).is_some_and(|text| test.passes(text)) == literal.holds
                }
                _ => unreachable!("all atoms are tests"),
            };
            fn formula(part: &Formula, holds: &dyn Fn(&Literal) -> bool) -> bool {
                match part {
                    Formula::True => true,
                    Formula::False => false,
                    Formula::Literal(literal) => holds(literal),
                    Formula::And(parts) => parts.iter().all(|part| formula(part, holds)),
                    Formula::Or(parts) => parts.iter().any(|part| formula(part, holds)),
                }
            }
            let out: Vec<&Formula> = parts
                .iter()
                .enumerate()
                .filter(|(at, _)| near[at / 64] >> (at % 64) & 1 == 0)
                .map(|(_, part)| part)
                .collect();
            left_out += out.len();
            for t in 0..=texts.len() {
                for u in 0..=texts.len() {
                    for i in 0..=addresses.len() {
                        let point = [t, u, i];
                        if wanted.iter().all(|literal| holds(literal, &point)) {
                            for part in &out {
                                assert!(
                                    formula(part, &|literal| holds(literal, &point)),
                                    "{part:?} at {point:?} under {wanted:?}"
                                );
                            }
                        }
                    }
                }
            }
        }
        assert!(left_out > 1000, "{left_out} disjunctions were left out");
    }

    /// A key that is compared as a text and as an address: neither says how the other begins.
    #[test]
    fn texts_and_blocks_say_nothing_about_each_other() {
        let mut space = Space::default();
        let key = space.dimension("i", || Shape::Optional(Universe::addresses()));
        let mut row = RowBuilder::default();
        let text = Test::Text(TextSet::new([row.text("10.").many(Class::Any).build()]));
        let block = Test::Address(Network::parse("10.0.0.0/8").expect("a block"));
        let [text, block] = [text, block].map(|test| space.atom(Atom::Is(key, test)));
        let part = Formula::Or(Rc::from([
            Formula::Literal(Literal { atom: text, holds: false }),
            Formula::False,
        ]));
        let wanted = [Literal { atom: block, holds: true }];
        assert_eq!(Apart::new(&space, &[part]).near(&space, &wanted), None);
    }
}
