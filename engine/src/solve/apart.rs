//! Which members of a long list say nothing where some literals hold, so that a search need not look at them.
//!
//! A thousand Allow statements are held against the negations of a thousand others, one search each. Most of them have nothing to do
//! with each other: where the resource begins with `bucket/home/00017/`, a statement about `bucket/home/00018/*` does not
//! apply, and its negation holds whatever else the request is. An index of how texts begin and end, of the account in them, of the leading bits of
//! address blocks and of the ends of intervals finds the members that are left.
//!
//! *Sound*: a member of a conjunction is left out only if it, or a part of it that is enough, says that a value is outside of some sets, and a
//! literal says that the same value is inside of a set that shares nothing with them: it holds. A member of a disjunction is left out
//! only if it says that the value is inside of such a set: it fails. Both follow from the literals, so neither an answer nor a request
//! changes.
//!
//! # Cost
//!
//! An index is built in `O(n log n)` for `n` texts. A literal is looked up once in `O(log n)` for each of its texts and one step for each text found;
//! what is found takes `n / 64` words. Where too much would be found, everything is.

use crate::domain::heads::Heads;
use crate::domain::order::{Relation, seconds};
use crate::domain::scalar::Test;
use crate::domain::text::account_in;
use crate::hash::QuickMap;
use crate::region::formula::{Formula, Literal};
use crate::region::space::{Atom, AtomId, DimensionId, Space};
use keyaki_language::value::{Decimal, Network};
use std::rc::Rc;

/// From how many members on an index is worth its making.
pub(crate) const MANY: usize = 32;

/// Some members of a list, a bit each by their place; `None` is all of them.
pub(crate) type Near = Option<Rc<[u64]>>;

/// How the members of a list stand together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Together {
    /// All of them must hold: those that hold anyway are left out.
    All,
    /// One of them must hold: those that fail anyway are left out.
    Some,
}

/// An index of the members of one list.
#[derive(Debug)]
pub(crate) struct Apart {
    /// How many members the list has.
    count: usize,
    /// Those that are literals, sorted.
    literals: Vec<Literal>,
    /// Long lists inside of the members.
    inner: Vec<(Rc<[Formula]>, Together)>,
    beginnings: QuickMap<(DimensionId, Values), Beginnings>,
    spans: QuickMap<(DimensionId, Kind), Spans>,
    known: QuickMap<AtomId, Near>,
}

/// What is read of a value. One says nothing about another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Values {
    /// How a text begins.
    Head,
    /// How it ends, read backwards.
    Tail,
    /// The account that is its fifth part.
    Account,
    /// The bits of an address behind its family.
    Address,
}

/// Whether a value is compared as a number or as an instant. A text may be both, and then one says nothing about the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Number,
    Date,
}

/// How the values begin that the members are about, in one reading of one coordinate.
#[derive(Debug, Default)]
struct Beginnings {
    texts: Vec<String>,
    /// The place of the member of each text.
    places: Vec<usize>,
    index: Heads,
    /// Members that say nothing of the kind about the coordinate.
    silent: Vec<u64>,
    /// How many more texts may be found: a reading in which most texts are alike is soon left alone.
    left: usize,
}

/// Between which ends the numbers or instants lie that the members are about, in one coordinate.
#[derive(Debug, Default)]
struct Spans {
    /// The members that say something, by their place.
    places: Vec<usize>,
    low: Vec<Option<Decimal>>,
    high: Vec<Option<Decimal>>,
    silent: Vec<u64>,
}

impl Apart {
    /// Makes an index of a list.
    pub(crate) fn new(space: &Space, list: &[Formula], together: Together) -> Self {
        let mut own = Self {
            count: list.len(),
            literals: Vec::new(),
            inner: Vec::new(),
            beginnings: QuickMap::default(),
            spans: QuickMap::default(),
            known: QuickMap::default(),
        };
        for (place, member) in list.iter().enumerate() {
            match (together, member) {
                (Together::All, Formula::Literal(literal)) => {
                    own.literals.push(*literal);
                    own.add(place, about(space, member, false));
                    own.add_spans(place, span(space, member, false).into_iter());
                }
                (Together::All, Formula::Or(parts)) => {
                    own.inner.extend(lists_in(member));
                    for part in parts.iter() {
                        let about = about(space, part, false);
                        own.add(place, about);
                    }
                    let spans = parts.iter().filter_map(|part| span(space, part, false));
                    own.add_spans(place, spans);
                }
                (Together::Some, Formula::Literal(_)) => {
                    own.add(place, about(space, member, true));
                    own.add_spans(place, span(space, member, true).into_iter());
                }
                (Together::Some, Formula::And(parts)) => {
                    for part in parts.iter() {
                        own.add(place, about(space, part, true));
                    }
                    let spans = parts.iter().filter_map(|part| span(space, part, true));
                    own.add_spans(place, spans);
                }
                _ => {}
            }
        }
        own.literals.sort_unstable();
        #[expect(clippy::iter_over_hash_type, reason = "each index is made by itself")]
        for beginnings in own.beginnings.values_mut() {
            beginnings.index = Heads::new(beginnings.texts.len(), |at| &beginnings.texts[at]);
            beginnings.left = ENOUGH * beginnings.texts.len();
        }
        own
    }

    fn all(&self) -> Vec<u64> {
        vec![u64::MAX; self.count.div_ceil(64)]
    }

    fn add(&mut self, place: usize, about: Vec<About>) {
        let all = self.all();
        for (dimension, values, texts) in about {
            let own = self
                .beginnings
                .entry((dimension, values))
                .or_insert_with(|| Beginnings {
                    silent: all.clone(),
                    ..Beginnings::default()
                });
            // What the first part says about a coordinate is as good as what others say.
            if own.silent[place / 64] >> (place % 64) & 1 == 1 {
                own.silent[place / 64] &= !(1 << (place % 64));
                own.places.extend(std::iter::repeat_n(place, texts.len()));
                own.texts.extend(texts);
            }
        }
    }

    fn add_spans(&mut self, place: usize, spans: impl Iterator<Item = Span>) {
        let all = self.all();
        for (coordinate, relation, value) in spans {
            let own = self.spans.entry(coordinate).or_insert_with(|| Spans {
                silent: all.clone(),
                ..Spans::default()
            });
            if own.places.last() != Some(&place) {
                own.places.push(place);
                own.low.push(None);
                own.high.push(None);
                own.silent[place / 64] &= !(1 << (place % 64));
            }
            let at = own.places.len() - 1;
            let [low, high] = ends(relation);
            if low {
                own.low[at] = Some(value.clone());
            }
            if high {
                own.high[at] = Some(value);
            }
        }
    }

    /// The literals among the members, sorted.
    pub(crate) fn literals(&self) -> &[Literal] {
        &self.literals
    }

    /// Long lists that members hold.
    pub(crate) fn inner(&self) -> &[(Rc<[Formula]>, Together)] {
        &self.inner
    }

    /// The members that may say something where all of the literals hold.
    pub(crate) fn near(&mut self, space: &Space, literals: &[Literal]) -> Near {
        let mut near: Option<Vec<u64>> = None;
        for literal in literals.iter().filter(|literal| literal.holds) {
            let Some(own) = self.of_atom(space, literal.atom) else {
                continue;
            };
            match &mut near {
                None => near = Some(own.to_vec()),
                Some(near) => near
                    .iter_mut()
                    .zip(&*own)
                    .for_each(|(one, own)| *one &= own),
            }
        }
        near.map(Rc::from)
    }

    fn of_atom(&mut self, space: &Space, atom: AtomId) -> Near {
        if let Some(known) = self.known.get(&atom) {
            return known.clone();
        }
        let wanted = Formula::Literal(Literal { atom, holds: true });
        let mut near: Option<Vec<u64>> = None;
        let mut narrow = |own: Vec<u64>| match &mut near {
            None => near = Some(own),
            Some(near) => near.iter_mut().zip(&own).for_each(|(one, own)| *one &= own),
        };
        for (dimension, values, texts) in about(space, &wanted, true) {
            if let Some(own) = self.beginning(dimension, values, &texts) {
                narrow(own);
            }
        }
        if let Some((coordinate, relation, value)) = span(space, &wanted, true)
            && let Some(own) = self.spans.get(&coordinate)
        {
            narrow(own.meeting(relation, &value));
        }
        let near: Near = near.map(Rc::from);
        self.known.insert(atom, near.clone());
        near
    }

    fn beginning(
        &mut self,
        dimension: DimensionId,
        values: Values,
        texts: &[String],
    ) -> Option<Vec<u64>> {
        let own = self.beginnings.get_mut(&(dimension, values))?;
        let mut near = own.silent.clone();
        // More than all of them once over: most of them are near, and nothing is gained.
        let mut found = own.left.min(self.count + texts.len());
        let (index, known) = (&own.index, &own.texts);
        let head = |at: usize| known[at].as_str();
        for text in texts {
            for at in index.beginning(text, head).chain(index.beyond(text, head)) {
                found = found.checked_sub(1)?;
                own.left -= 1;
                near[own.places[at] / 64] |= 1 << (own.places[at] % 64);
            }
        }
        Some(near)
    }
}

impl Spans {
    /// The members whose numbers may stand in a relation to a value, and those that say nothing.
    fn meeting(&self, relation: Relation, value: &Decimal) -> Vec<u64> {
        let mut near = self.silent.clone();
        let [low, high] = ends(relation);
        for (at, place) in self.places.iter().enumerate() {
            let below = low && self.high[at].as_ref().is_some_and(|high| high < value);
            let above = high && self.low[at].as_ref().is_some_and(|low| low > value);
            if !below && !above {
                near[place / 64] |= 1 << (place % 64);
            }
        }
        near
    }
}

/// How often each text may be found, all in all.
const ENOUGH: usize = 16;

/// Whether a relation to a value is a lower and an upper end.
fn ends(relation: Relation) -> [bool; 2] {
    match relation {
        Relation::Equal => [true, true],
        Relation::Less | Relation::LessEqual => [false, true],
        Relation::Greater | Relation::GreaterEqual => [true, false],
    }
}

/// The long lists that a formula has as its parts, or as parts of its parts.
pub(crate) fn lists_in(formula: &Formula) -> Vec<(Rc<[Formula]>, Together)> {
    let long =
        |parts: &Rc<[Formula]>, together| (parts.len() >= MANY).then(|| (parts.clone(), together));
    let mut out = Vec::new();
    if let Formula::Or(parts) = formula {
        out.extend(long(parts, Together::Some));
        for part in parts.iter() {
            if let Formula::And(parts) = part {
                out.extend(long(parts, Together::All));
            }
        }
    }
    out
}

/// A coordinate, what is read of its value, and how that begins: with one of these.
type About = (DimensionId, Values, Vec<String>);

/// How a value begins in several readings where a part says that it is inside of a set (`inside`), or what it is kept out of where a part says nothing but
/// that it is outside of some sets.
///
/// Two sets share no value if, in one of the readings, no beginning of one begins one of the other, or the other way round.
fn about(space: &Space, part: &Formula, inside: bool) -> Vec<About> {
    let one = |part: &Formula| match part {
        Formula::Literal(Literal { atom, holds }) if *holds == inside => {
            let atom = space.get(*atom);
            let own = beginnings(atom).into_iter();
            own.map(|(values, texts)| (atom.dimension(), values, texts))
                .collect()
        }
        _ => Vec::new(),
    };
    let parts = match part {
        Formula::And(parts) if !inside => parts,
        _ => return one(part),
    };
    // Outside of all of these: every part must say so in a reading of the first.
    let mut parts = parts.iter();
    let mut all = parts.next().map(one).unwrap_or_default();
    for part in parts {
        let more = one(part);
        all.retain_mut(|(dimension, values, texts)| {
            let same = more
                .iter()
                .find(|(other, kind, _)| other == dimension && kind == values);
            if let Some((_, _, more)) = same {
                texts.extend_from_slice(more);
            }
            same.is_some()
        });
        if all.is_empty() {
            break;
        }
    }
    all
}

/// How the values that pass a test begin, in all readings in which that is known.
fn beginnings(atom: &Atom) -> Vec<(Values, Vec<String>)> {
    match atom {
        Atom::Is(_, Test::Text(set)) => {
            let rows = || set.rows().iter();
            let heads = rows().map(|row| row.fixed_beginning());
            let heads = set.words().iter().chain(heads).map(str::to_owned);
            let mut out = vec![(Values::Head, heads.collect())];
            let turned = set.words().iter().map(|word| word.chars().rev().collect());
            let tails: Vec<String> = turned.chain(rows().map(|row| row.fixed_end())).collect();
            if tails.iter().all(|tail| !tail.is_empty()) {
                out.push((Values::Tail, tails));
            }
            let accounts = set.words().iter().map(account_in);
            let accounts: Vec<u64> = accounts.chain(rows().map(|row| row.account())).collect();
            if accounts.iter().all(|account| *account != 0) {
                // All of one length, so that none begins another.
                let texts = accounts.iter().map(|account| format!("{account:013}"));
                out.push((Values::Account, texts.collect()));
            }
            out
        }
        Atom::Is(_, Test::Address(network)) => vec![(Values::Address, vec![bits(network)])],
        Atom::Is(..) | Atom::Present(_) | Atom::Some(..) | Atom::Undefined(_) => Vec::new(),
    }
}

/// A coordinate, and a relation to a number.
type Span = ((DimensionId, Kind), Relation, Decimal);

/// The relation to a number that a part says a value stands in (`inside`), or does not stand in. Instants are numbers of seconds.
fn span(space: &Space, part: &Formula, inside: bool) -> Option<Span> {
    let Formula::Literal(Literal { atom, holds }) = part else {
        return None;
    };
    if *holds != inside {
        return None;
    }
    match space.get(*atom) {
        Atom::Is(dimension, Test::Number(relation, value)) => {
            Some(((*dimension, Kind::Number), *relation, value.clone()))
        }
        Atom::Is(dimension, Test::Date(relation, instant)) => {
            Some(((*dimension, Kind::Date), *relation, seconds(instant)))
        }
        Atom::Is(..) | Atom::Present(_) | Atom::Some(..) | Atom::Undefined(_) => None,
    }
}

/// The leading bits of a block, behind its family. Blocks meet as texts do of which one begins the other.
fn bits(network: &Network) -> String {
    let length = network.prefix_length() as usize;
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
    use crate::domain::scalar::{Form, Universe};
    use crate::domain::text::{Class, Row, RowBuilder, TextSet};
    use crate::region::space::Shape;

    const TEXTS: [&str; 10] = ["", "a", "b", "aa", "ab", "ba", "bb", "aab", "aba", "bab"];
    const ADDRESSES: [&str; 6] = [
        "0.0.0.0",
        "64.0.0.1",
        "128.0.0.0",
        "192.0.0.7",
        "::1",
        "8000::",
    ];
    const BLOCKS: [&str; 6] = [
        "0.0.0.0/0",
        "128.0.0.0/1",
        "64.0.0.0/2",
        "192.0.0.7",
        "::/0",
        "8000::/1",
    ];
    const NUMBERS: [&str; 5] = ["0", "1", "1.5", "2", "3"];
    const VALUES: [&[&str]; 3] = [&TEXTS, &ADDRESSES, &NUMBERS];
    fn random_test(dice: &mut Dice, key: usize) -> Test {
        match key {
            0 => Test::Text(TextSet::new(
                (0..=dice.below(2))
                    .map(|_| {
                        let mut row = RowBuilder::default();
                        for _ in 0..dice.below(3) {
                            row.text(dice.pick::<&str>(&["a", "b"]));
                        }
                        if dice.once_in(2) {
                            row.many(Class::Any)
                                .text(dice.pick::<&str>(&["", "a", "ab"]));
                        }
                        row.build()
                    })
                    .collect::<Vec<Row>>(),
            )),
            1 => Test::Address(Network::parse(dice.pick::<&str>(&BLOCKS)).expect("a block")),
            _ => Test::Number(
                *dice.pick(&Relation::ALL),
                Decimal::parse(dice.pick::<&str>(&NUMBERS)).expect("a number"),
            ),
        }
    }

    fn random_literal(
        space: &mut Space,
        dice: &mut Dice,
        keys: &[DimensionId],
        holds: bool,
    ) -> Formula {
        let key = dice.below(3);
        let test = random_test(dice, key);
        let atom = space.atom(Atom::Is(keys[key], test));
        Formula::Literal(Literal { atom, holds })
    }

    fn holds_at(formula: &Formula, holds: &dyn Fn(&Literal) -> bool) -> bool {
        match formula {
            Formula::True => true,
            Formula::False => false,
            Formula::Literal(literal) => holds(literal),
            Formula::And(parts) => parts.iter().all(|part| holds_at(part, holds)),
            Formula::Or(parts) => parts.iter().any(|part| holds_at(part, holds)),
        }
    }

    /// 10,000 random lists about three keys, a text, an address and a number: whatever is left out of a conjunction holds at every point where the literals
    /// hold, and whatever is left out of a disjunction fails there.
    #[test]
    fn what_is_left_out_follows_from_the_literals() {
        let mut dice = Dice::new(71);
        let mut left_out = [0, 0];
        for _ in 0..rounds(10_000) {
            let mut space = Space::default();
            let keys = [
                space.dimension("t", || Shape::Optional(Universe::text())),
                space.dimension("i", || Shape::Optional(Universe::addresses())),
                space.dimension("n", || Shape::Optional(Universe::new(vec![Form::Number]))),
            ];
            let all = dice.once_in(2);
            let members: Vec<Formula> = (0..1 + dice.below(70))
                .map(|_| {
                    let mut literal = || {
                        let usual = dice.once_in(5) == all;
                        random_literal(&mut space, &mut dice, &keys, usual)
                    };
                    let (one, two, three) = (literal(), literal(), literal());
                    match (dice.below(4), all) {
                        (0, _) => one,
                        (1, true) => Formula::or([one, Formula::and([two, three])]),
                        (_, true) => Formula::or([one, two]),
                        (1, false) => Formula::and([one, Formula::or([two, three])]),
                        (_, false) => Formula::and([one, two]),
                    }
                })
                .collect();
            let wanted: Vec<Literal> = (0..1 + dice.below(3))
                .filter_map(
                    |_| match random_literal(&mut space, &mut dice, &keys, true) {
                        Formula::Literal(literal) => Some(literal),
                        _ => None,
                    },
                )
                .collect();
            let together = if all { Together::All } else { Together::Some };
            let Some(near) = Apart::new(&space, &members, together).near(&space, &wanted) else {
                continue;
            };
            let out: Vec<&Formula> = members
                .iter()
                .enumerate()
                .filter(|(at, _)| near[at / 64] >> (at % 64) & 1 == 0)
                .map(|(_, member)| member)
                .collect();
            left_out[usize::from(all)] += out.len();
            // A value of each key or none, as its place in the list.
            let holds = |literal: &Literal, point: &[usize; 3]| match space.get(literal.atom) {
                Atom::Is(dimension, test) => {
                    let key = keys.iter().position(|key| key == dimension).expect("a key");
                    let value = VALUES[key].get(point[key]);
                    value.is_some_and(|text| test.passes(text)) == literal.holds
                }
                _ => unreachable!("all atoms are tests"),
            };
            for t in 0..=TEXTS.len() {
                for i in 0..=ADDRESSES.len() {
                    for n in 0..=NUMBERS.len() {
                        let point = [t, i, n];
                        if !wanted.iter().all(|literal| holds(literal, &point)) {
                            continue;
                        }
                        for member in &out {
                            assert_eq!(
                                holds_at(member, &|literal| holds(literal, &point)),
                                all,
                                "{member:?} at {point:?} under {wanted:?}"
                            );
                        }
                    }
                }
            }
        }
        assert!(left_out.iter().all(|count| *count > 1000), "{left_out:?}");
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
            Formula::Literal(Literal {
                atom: text,
                holds: false,
            }),
            Formula::False,
        ]));
        let wanted = [Literal {
            atom: block,
            holds: true,
        }];
        assert_eq!(
            Apart::new(&space, &[part], Together::All).near(&space, &wanted),
            None
        );
    }
}
