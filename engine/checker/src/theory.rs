//! When atoms cannot hold together: one coordinate at a time.

use crate::logic::Literal;
use crate::text::empty;
use keyaki_language::meaning::atom::{Atom, Atoms, Coordinate, Form, Relation, Shape, Test};
use keyaki_language::meaning::pattern::{List, Pattern, Set};
use keyaki_language::value::{Network, to_base64};

type Tests<'a> = Vec<(&'a Test, bool)>;

/// Whether the literals contradict each other on some coordinate. `false` also where `effort` steps did not suffice to see it.
pub(crate) fn contradict(atoms: &Atoms, literals: &[Literal], effort: &mut u64) -> bool {
    if literals.iter().any(|(atom, holds)| literals.contains(&(*atom, !holds))) {
        return true;
    }
    let mut touched: Vec<usize> =
        literals.iter().filter_map(|(atom, _)| coordinate_of(&atoms.list[*atom as usize])).collect();
    touched.sort_unstable();
    touched.dedup();
    touched.iter().any(|at| refuses(atoms, *at, literals, effort))
}

fn coordinate_of(atom: &Atom) -> Option<usize> {
    match atom {
        Atom::Present(at) | Atom::Is(at, _) | Atom::Some(at, _) => Some(*at),
        Atom::Free(_) => None,
    }
}

/// Whether a coordinate has no value under the literals that concern it.
fn refuses(atoms: &Atoms, at: usize, literals: &[Literal], effort: &mut u64) -> bool {
    let Coordinate { shape, forms, .. } = &atoms.coordinates[at];
    let (mut there, mut gone) = (*shape == Shape::Always, false);
    let mut tests: Tests = Vec::new();
    let (mut some, mut none): (Vec<&[(Test, bool)]>, Vec<&[(Test, bool)]>) = Default::default();
    for (atom, holds) in literals {
        let atom = &atoms.list[*atom as usize];
        if coordinate_of(atom) != Some(at) {
            continue;
        }
        match atom {
            Atom::Present(_) => gone |= !holds,
            Atom::Is(_, test) => tests.push((test, *holds)),
            Atom::Some(_, members) if *holds => some.push(members),
            Atom::Some(_, members) => none.push(members),
            Atom::Free(_) => {}
        }
        there |= *holds;
    }
    // An absent key fails every test (S25), so only what must be there can contradict itself.
    if !there || gone {
        return there;
    }
    match shape {
        Shape::Always | Shape::Optional => no_value(forms, &tests, effort),
        // Members do not depend on each other: one that must be there is looked for under what no member may be.
        Shape::Many => some.iter().any(|members| {
            let mut tests = members.iter().map(|(test, holds)| (test, *holds)).collect();
            no_member(forms, &mut tests, &none, effort)
        }),
    }
}

/// Whether no member passes the tests and breaks each of `none` in one place at least.
fn no_member<'a>(forms: &[Form], tests: &mut Tests<'a>, none: &[&'a [(Test, bool)]], effort: &mut u64) -> bool {
    let Some((first, rest)) = none.split_first() else {
        return no_value(forms, tests, effort);
    };
    first.iter().all(|(test, holds)| {
        tests.push((test, !holds));
        let refused = no_member(forms, tests, rest, effort);
        tests.pop();
        refused
    })
}

/// Whether no value of any form passes the tests as marked.
fn no_value(forms: &[Form], tests: &Tests, effort: &mut u64) -> bool {
    let (mut inside, mut outside, mut tied, mut untied) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (test, holds) in tests {
        match (test, holds) {
            (Test::In(list), true) => inside.push(list),
            (Test::In(list), false) => outside.push(list),
            (Test::Tied { exact, loose }, true) => {
                tied.push(exact);
                inside.push(loose);
            }
            (Test::Tied { exact, .. }, false) => untied.push(exact),
            _ => {}
        }
    }
    // Put a letter in the place of each variable's value in a text that matches `exact`. Patterns that do not match the text do
    // not match it then either, since only loops over everything and the same variable read the letter. So if every text
    // with letters matches one of those that must not match, there is no text.
    let unread = |exact: &&&List, effort: &mut u64| {
        let against: Vec<&List> = outside.iter().chain(&untied).copied().filter(|l| l.window == exact.window).collect();
        empty(&[exact], &against, effort)
    };
    tied.iter().any(|exact| unread(&exact, effort))
        || forms.iter().all(|form| no_value_of(form, tests, &inside, &outside, effort))
}

fn no_value_of(form: &Form, tests: &Tests, inside: &[&List], outside: &[&List], effort: &mut u64) -> bool {
    // A value of one type fails the comparisons of all others.
    let foreign = |own: fn(&Test) -> bool| {
        tests.iter().any(|(test, holds)| *holds && !own(test) && !matches!(test, Test::In(_) | Test::Tied { .. }))
    };
    // The text that a value is written as, if it can be but one, must be in the lists like any text.
    let refused = |text: String| !inside.iter().all(|l| l.has(&text)) || outside.iter().any(|l| l.has(&text));
    let mut shaped = |shape: &[&str]| {
        let shape = List::whole(shape.iter().map(|text| shape_pattern(text)));
        empty(&inside.iter().copied().chain([&shape]).collect::<Vec<_>>(), outside, effort)
    };
    match form {
        Form::Text { within, except } => {
            let inside: Vec<&List> = inside.iter().copied().chain([within]).collect();
            let outside: Vec<&List> = outside.iter().copied().chain([except]).collect();
            foreign(|_| false) || empty(&inside, &outside, effort)
        }
        Form::Number => {
            let own = tests.iter().filter_map(|(test, holds)| match test {
                Test::Number(relation, bound) => Some((*relation, bound.clone(), *holds)),
                _ => None,
            });
            foreign(|test| matches!(test, Test::Number(..)))
                || match between(own) {
                    Left::Nothing => true,
                    Left::One(number) => refused(number.canonical()),
                    Left::More => shaped(&["0*", "-0*", "0*.0*", "-0*.0*"]),
                }
        }
        Form::Date => {
            let own = tests.iter().filter_map(|(test, holds)| match test {
                Test::Date(relation, bound) => Some((*relation, bound.clone(), *holds)),
                _ => None,
            });
            foreign(|test| matches!(test, Test::Date(..)))
                || match between(own) {
                    Left::Nothing => true,
                    Left::One(instant) => refused(instant.canonical()),
                    Left::More => shaped(&["0000-00-00T00:00:00Z", "0000-00-00T00:00:00.0*Z"]),
                }
        }
        Form::Address => {
            let own = |wanted: bool| {
                tests.iter().filter_map(move |(test, holds)| match test {
                    Test::Address(network) if *holds == wanted => Some(*network),
                    _ => None,
                })
            };
            foreign(|test| matches!(test, Test::Address(_)))
                || no_address(own(true).collect(), own(false).collect())
                || shaped(&["f*:f*", "0*.0*.0*.0*"])
        }
        Form::Bytes => {
            let mut own = tests.iter().filter_map(|(test, holds)| match test {
                Test::Bytes(bytes) if *holds => Some(bytes),
                _ => None,
            });
            let unequal = |bytes: &Vec<u8>| {
                tests.iter().any(|(test, holds)| matches!(test, Test::Bytes(other) if (other == bytes) != *holds))
            };
            foreign(|test| matches!(test, Test::Bytes(_)))
                || own.next().map_or_else(|| shaped(&["b*"]), |bytes| unequal(bytes) || refused(to_base64(bytes)))
        }
    }
}

/// A shape as a pattern: `0*` one digit or more, `f*` what an address of version 6 holds, `b*` anything; the rest is text.
fn shape_pattern(shape: &str) -> Pattern {
    let mut out = Pattern::default();
    let mut rest = shape.chars().peekable();
    while let Some(c) = rest.next() {
        let many = rest.next_if_eq(&'*').is_some();
        out = match (c, many) {
            ('0', true) => out.some(Set::Digit),
            ('0', false) => out.times(Set::Digit, 1),
            ('f', _) => out.many(Set::Lower(":.")),
            ('b', _) => out.many(Set::Any),
            (c, _) => out.then(&c.to_string()),
        };
    }
    out
}

/// What some comparisons leave of an order in which there is always one more value between two.
enum Left<T> {
    Nothing,
    One(T),
    More,
}

fn between<T: Ord + Clone>(tests: impl Iterator<Item = (Relation, T, bool)>) -> Left<T> {
    let tests: Vec<(Relation, T, bool)> = tests.collect();
    let mut bounds: Vec<&T> = tests.iter().map(|(_, bound, _)| bound).collect();
    bounds.sort_unstable();
    bounds.dedup();
    // Place 2k is the gap before bound k, place 2k + 1 the bound itself; within a gap all comparisons come out alike.
    let passes = |place: &usize| {
        tests.iter().all(|(relation, bound, holds)| {
            let own = 2 * bounds.partition_point(|other| *other < bound) + 1;
            let stands = match relation {
                Relation::Equal => *place == own,
                Relation::Less => *place < own,
                Relation::LessEqual => *place <= own,
                Relation::Greater => *place > own,
                Relation::GreaterEqual => *place >= own,
            };
            stands == *holds
        })
    };
    let mut left = (0..=2 * bounds.len()).filter(passes);
    match (left.next(), left.next()) {
        (None, _) => Left::Nothing,
        (Some(place), None) if place % 2 == 1 => Left::One(bounds[place / 2].clone()),
        _ => Left::More,
    }
}

/// Whether no address is in all of some blocks and in none of others.
fn no_address(inside: Vec<Network>, outside: Vec<Network>) -> bool {
    let wide = |network: &Network| match *network {
        Network::V4 { first, last } => (false, u128::from(first), u128::from(last)),
        Network::V6 { first, last } => (true, first, last),
    };
    // Each family by itself: what all blocks leave of it, then the blocks taken out from its lower end on.
    [(false, u128::from(u32::MAX)), (true, u128::MAX)].iter().all(|(family, end)| {
        let (mut first, mut last) = (0, *end);
        for (own, low, high) in inside.iter().map(wide) {
            if own != *family {
                return true;
            }
            (first, last) = (first.max(low), last.min(high));
        }
        let mut gone: Vec<(u128, u128)> =
            outside.iter().map(wide).filter(|(own, ..)| own == family).map(|(_, low, high)| (low, high)).collect();
        gone.sort_unstable();
        for (low, high) in gone {
            if low <= first && first <= high {
                match high.checked_add(1) {
                    Some(next) => first = next,
                    None => return true,
                }
            }
        }
        first > last
    })
}
