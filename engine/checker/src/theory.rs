//! When atoms cannot hold together: one coordinate at a time.

use crate::logic::Literal;
use crate::text::{Nested, empty, lacks};
use keyaki_language::meaning::atom::{Atom, Atoms, Coordinate, Form, Relation, Shape, Test};
use keyaki_language::meaning::pattern::{List, Pattern, Window};
use keyaki_language::value::{Decimal, Instant, Network, to_base64};
use std::collections::BTreeSet;

/// How many values of a variable are looked at one by one.
const FEW: usize = 16;

/// Tests of one member of a many-valued key.
type Members = [(Test, bool)];

type Tests<'a> = Vec<(&'a Test, bool)>;

/// Whether the literals contradict each other. `false` also where `effort` steps did not suffice to see it.
pub(crate) fn contradict(atoms: &Atoms, literals: &[Literal], effort: &mut u64) -> bool {
    if literals.iter().any(|(atom, holds)| literals.contains(&(*atom, !holds))) {
        return true;
    }
    let touched: BTreeSet<usize> =
        literals.iter().filter_map(|(atom, _)| coordinate_of(&atoms.list[*atom as usize])).collect();
    // What variables say across coordinates is looked at only where there are several.
    let nested = if touched.len() > 1 { values_of(atoms, literals) } else { Nested::new() };
    grows(atoms, literals) || refused(atoms, &touched, literals, &nested, effort)
}

/// Whether some coordinate has no value; a variable that can have a few values is looked at with one after the other.
fn refused(atoms: &Atoms, touched: &BTreeSet<usize>, literals: &[Literal], nested: &Nested, effort: &mut u64) -> bool {
    if touched.iter().any(|at| refuses(atoms, *at, literals, nested, effort)) {
        return true;
    }
    let few = |list: &List| (2..=FEW).contains(&list.patterns.len()) && list.patterns.iter().all(Pattern::is_word);
    let place = |(c, lists): (&char, &Vec<(&List, bool)>)| {
        Some((*c, lists.iter().position(|(list, holds)| *holds && few(list))?))
    };
    let Some((c, at)) = nested.iter().find_map(place) else { return false };
    nested[&c][at].0.patterns.iter().all(|word| {
        let (word, mut nested) = (List::whole([word.clone()]), nested.clone());
        nested.entry(c).and_modify(|lists| lists[at] = (&word, true));
        refused(atoms, touched, literals, &nested, effort)
    })
}

/// For each letter that stands for a value: the lists that the literals say the value to be in, and not to be in.
fn values_of<'a>(atoms: &'a Atoms, literals: &[Literal]) -> Nested<'a> {
    let value = |(letter, (at, window)): (&char, &(usize, Window))| {
        let mut lists = Vec::new();
        for (atom, holds) in literals {
            match &atoms.list[*atom as usize] {
                Atom::Is(own, Test::In(list)) if own == at && list.window == *window => lists.push((list, *holds)),
                _ => {}
            }
        }
        // That the key is one of a few words is no literal: it says nothing of a key that is absent.
        if let ([Form::Text { within, except }], Window::Whole) = (atoms.coordinates[*at].forms.as_slice(), window) {
            let words = within.patterns.iter().all(Pattern::is_word);
            lists.extend([(within, true), (except, false)].into_iter().filter(|_| !words));
        }
        (*letter, lists)
    };
    atoms.holes.iter().map(value).collect()
}

/// Whether texts would have to grow around a circle: what matches `a${x}b*` is two longer than the value of `x` at least.
fn grows(atoms: &Atoms, literals: &[Literal]) -> bool {
    let mut edges = Vec::new();
    for (atom, _) in literals.iter().filter(|(_, holds)| *holds) {
        let Atom::Is(at, Test::Tied { exact, .. }) = &atoms.list[*atom as usize] else { continue };
        if let ([pattern], Window::Whole) = (exact.patterns.as_slice(), exact.window) {
            let letters: Vec<char> = pattern.holes().collect();
            let whole =
                letters.iter().filter_map(|c| atoms.stands_for(*c)).filter(|(_, window)| *window == Window::Whole);
            edges.extend(whole.map(|(from, _)| (*from, *at, pattern.len() - letters.len())));
        }
    }
    let mut longest = vec![0; atoms.coordinates.len()];
    // After as many rounds as there are edges, only a circle makes anything longer.
    (0..=edges.len()).all(|_| {
        let before = longest.clone();
        edges.iter().for_each(|(from, to, more)| longest[*to] = longest[*to].max(longest[*from] + more));
        longest != before
    })
}

fn coordinate_of(atom: &Atom) -> Option<usize> {
    match atom {
        Atom::Present(at) | Atom::Is(at, _) | Atom::Some(at, _) => Some(*at),
        Atom::Free(_) => None,
    }
}

/// Whether a coordinate has no value under the literals that concern it.
fn refuses(atoms: &Atoms, at: usize, literals: &[Literal], nested: &Nested, effort: &mut u64) -> bool {
    let Coordinate { shape, forms, .. } = &atoms.coordinates[at];
    let (mut there, mut gone) = (*shape == Shape::Always, false);
    let mut tests: Tests = Vec::new();
    let (mut some, mut none): (Vec<&Members>, Vec<&Members>) = (Vec::new(), Vec::new());
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
    // No value is unlike itself.
    // An absent key fails every test (S25), so only what must be there can contradict itself.
    if !there || gone || tests.iter().any(|(test, holds)| !holds && atoms.is_itself(at, test)) {
        return there;
    }
    match shape {
        Shape::Always | Shape::Optional => no_value(forms, &tests, nested, effort),
        // Members do not depend on each other: one that must be there is looked for under what no member may be.
        Shape::Many => some.iter().any(|members| {
            let mut tests = members.iter().map(|(test, holds)| (test, *holds)).collect();
            no_member(forms, &mut tests, &none, nested, effort)
        }),
    }
}

/// Whether no member passes the tests and breaks each of `none` in one place at least.
fn no_member<'a>(
    forms: &[Form],
    tests: &mut Tests<'a>,
    none: &[&'a [(Test, bool)]],
    nested: &Nested,
    effort: &mut u64,
) -> bool {
    let Some((first, rest)) = none.split_first() else {
        return no_value(forms, tests, nested, effort);
    };
    first.iter().all(|(test, holds)| {
        tests.push((test, !holds));
        let refused = no_member(forms, tests, rest, nested, effort);
        tests.pop();
        refused
    })
}

/// Whether no value of any form passes the tests as marked.
fn no_value(forms: &[Form], tests: &Tests, nested: &Nested, effort: &mut u64) -> bool {
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
    let unread = |exact: &&List, effort: &mut u64| {
        let against: Vec<&List> = outside.iter().chain(&untied).copied().filter(|l| l.window == exact.window).collect();
        empty(&[exact], &against, &Nested::new(), effort)
    };
    if tied.iter().any(|exact| unread(exact, effort)) {
        return true;
    }
    // With the values that a variable can have in its place, a tied pattern is a list like any other; one that must not match is
    // so where there is but one value. (A value never adds an ARN part: with colons it is left alone.)
    let word = |c: char| {
        let known = nested.get(&c)?.iter().find(|(list, holds)| *holds && list.patterns.len() == 1)?;
        known.0.patterns[0].word().filter(|word| !word.contains(':'))
    };
    let holes = |list: &List| list.patterns.iter().flat_map(Pattern::holes).collect::<Vec<char>>();
    let spelled: Vec<List> = untied
        .into_iter()
        .filter(|list| holes(list).into_iter().all(|c| word(c).is_some()))
        .map(|list| {
            let fill = |pattern: &Pattern| pattern.fill(|c| word(c).unwrap_or_default());
            List { window: list.window, patterns: list.patterns.iter().map(fill).collect() }
        })
        .collect();
    outside.extend(&spelled);
    inside.extend(tied.into_iter().filter(|list| holes(list).iter().all(|c| nested.contains_key(c))));
    forms.iter().all(|form| no_form(form, tests, &inside, &outside, nested, effort))
}

fn no_form(form: &Form, tests: &Tests, inside: &[&List], outside: &[&List], nested: &Nested, effort: &mut u64) -> bool {
    // R4: a value of one type fails the comparisons of all others.
    if tests.iter().any(|(test, holds)| *holds && !form.suits(test)) {
        return true;
    }
    let mut inside = inside.to_vec();
    let texts = form.texts();
    inside.push(&texts);
    if let Form::Text { except, .. } = form {
        let outside: Vec<&List> = outside.iter().copied().chain([except]).collect();
        return empty(&inside, &outside, nested, effort);
    }
    let refused = |text: &String| {
        let differs = |(test, holds): &(&Test, bool)| test.passes_as_type(text).is_some_and(|passes| passes != *holds);
        let unlisted = inside.iter().any(|l| lacks(l, text)) || outside.iter().any(|l| l.has(text));
        !form.has(text) || unlisted || tests.iter().any(differs)
    };
    let words = |list: &&&List| list.window == Window::Whole && list.patterns.iter().all(Pattern::is_word);
    if let Some(list) = inside.iter().find(words) {
        return list.patterns.iter().filter_map(Pattern::word).all(|word| refused(&word));
    }
    let (mut numbers, mut dates, mut bytes) = (Vec::new(), Vec::new(), None);
    let (mut within, mut without) = (Vec::new(), Vec::new());
    for (test, holds) in tests {
        match test {
            Test::Number(relation, bound) => numbers.push((*relation, bound, *holds)),
            Test::Date(relation, bound) => dates.push((*relation, bound, *holds)),
            Test::Address(network) if *holds => within.push(*network),
            Test::Address(network) => without.push(*network),
            Test::Bytes(own) if *holds => bytes = Some(own),
            Test::Bytes(_) | Test::In(_) | Test::Tied { .. } => {}
        }
    }
    let left = match form {
        Form::Number => between(numbers, Decimal::canonical),
        Form::Date => between(dates, Instant::canonical),
        Form::Bytes => bytes.map_or(Left::More, |bytes| Left::One(to_base64(bytes))),
        Form::Address if Network::leave_nothing(&within, &without) => Left::Nothing,
        Form::Address | Form::Text { .. } => Left::More,
    };
    let blocks = form.texts_left(&within, &without);
    match left {
        Left::Nothing => true,
        Left::One(text) => refused(&text),
        Left::More => empty(&inside.into_iter().chain(&blocks).collect::<Vec<_>>(), outside, nested, effort),
    }
}

/// What some comparisons leave of an order in which there is always one more value between two.
enum Left {
    Nothing,
    One(String),
    More,
}

fn between<T: Ord>(tests: Vec<(Relation, &T, bool)>, canonical: fn(&T) -> String) -> Left {
    let mut bounds: Vec<&T> = tests.iter().map(|(_, bound, _)| *bound).collect();
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
        (Some(place), None) if place % 2 == 1 => Left::One(canonical(bounds[place / 2])),
        _ => Left::More,
    }
}
