//! When atoms cannot hold together: one coordinate at a time.

use crate::logic::Literal;
use crate::text::empty;
use keyaki_language::meaning::atom::{Atom, Atoms, Coordinate, Form, Shape, Test};
use keyaki_language::meaning::machine::Nested;
use keyaki_language::meaning::pattern::{List, NOT_COLON, Pattern, Window, narrow, wide};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

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
    let said = literals.iter().map(|(atom, holds)| (Cow::Borrowed(&atoms.list[*atom as usize]), *holds));
    let mut lemma = Lemma { atoms, said: said.collect(), touched: BTreeSet::new(), names: BTreeMap::new() };
    lemma.touched = lemma.said.iter().filter_map(|(atom, _)| atom.coordinate()).collect();
    if lemma.grows() {
        return true;
    }
    let nested = lemma.values();
    lemma.refused(&nested, effort)
}

/// The literals of a lemma.
struct Lemma<'a> {
    atoms: &'a Atoms,
    said: Vec<(Cow<'a, Atom>, bool)>,
    /// The coordinates that the literals are about.
    touched: BTreeSet<usize>,
    /// For each letter that stands for a value the first of those that stand for an equal one.
    names: BTreeMap<char, char>,
}

impl Lemma<'_> {
    /// Whether some coordinate has no value; a variable that can have a few values is looked at with one after the other.
    fn refused(&self, nested: &Nested, effort: &mut u64) -> bool {
        let told = self.told(nested.clone());
        *effort = effort.saturating_sub(1);
        if *effort == 0 || self.touched.iter().any(|at| self.refuses(*at, &told, effort)) {
            return *effort > 0;
        }
        let few = |list: &List| (2..=FEW).contains(&list.patterns.len()) && list.is_words();
        let place = |(c, lists): (&char, &Vec<(List, bool)>)| {
            Some((*c, lists.iter().position(|(list, holds)| *holds && few(list))?))
        };
        let Some((c, at)) = nested.iter().find_map(place) else { return false };
        nested[&c][at].0.patterns.iter().all(|word| {
            let mut nested = nested.clone();
            nested.entry(c).and_modify(|lists| lists[at] = (List::whole([word.clone()]), true));
            self.refused(&nested, effort)
        })
    }

    /// The letter that stands for the value of a coordinate, or a part of it.
    fn letter(&self, at: usize, window: Window, fold: bool) -> Option<char> {
        let own = self.atoms.holes.iter().find(|(_, place)| **place == (at, window, fold));
        own.map(|(c, _)| self.names.get(c).copied().unwrap_or(*c))
    }

    /// Gives letters that stand for equal values one name; then what the literals say of each value: lists that it is in, and is not in.
    fn values(&mut self) -> Nested {
        let letters: BTreeMap<char, (usize, Window, bool)> =
            self.atoms.holes.iter().map(|(c, own)| (*c, *own)).collect();
        let mut equal: Vec<(char, char)> = Vec::new();
        for (c, place) in &letters {
            equal.extend(letters.iter().filter(|(_, own)| *own == place).map(|(own, _)| (*own, *c)));
        }
        for (atom, _) in self.said.iter().filter(|(_, holds)| *holds) {
            let Atom::Is(at, Test::Tied { exact, .. }) = &**atom else { continue };
            let Some(c) = exact.value() else { continue };
            equal.extend(
                letters.iter().filter(|(_, own)| **own == (*at, exact.window, false)).map(|(own, _)| (*own, wide(c))),
            );
        }
        self.names = letters.keys().map(|c| (*c, *c)).collect();
        for (one, other) in equal.into_iter().filter(|(_, other)| letters.get(other).is_some_and(|own| !own.2)) {
            let ends = (self.names[&one].min(self.names[&other]), self.names[&one].max(self.names[&other]));
            self.names.values_mut().filter(|name| **name == ends.1).for_each(|name| *name = ends.0);
        }
        let names = &self.names;
        let name = |c: char| names.get(&wide(c)).map_or(c, |name| if c == wide(c) { *name } else { narrow(*name) });
        let mut nested = Nested::new();
        for (atom, _) in self.said.iter_mut().filter(|(atom, _)| atom.tied().next().is_some()) {
            *atom = Cow::Owned(atom.renamed(name));
            let held = atom.tied().flat_map(List::holes).filter(|c| names.contains_key(&wide(*c)));
            nested.extend(held.map(|c| (c, Vec::new())));
        }
        for (c, lists) in &mut nested {
            // Among the first five parts of an ARN a value with a colon matches nothing (S44).
            lists.extend((*c != wide(*c)).then(|| (List::whole([Pattern::default().many(NOT_COLON)]), true)));
            for (_, place) in letters.iter().filter(|(own, _)| names[own] == wide(*c)) {
                self.said_of(*place, wide(*c), lists);
            }
        }
        nested
    }

    /// What literals, and what values there can be, say of the value that a letter stands for.
    fn said_of(&self, (at, window, fold): (usize, Window, bool), c: char, lists: &mut Vec<(List, bool)>) {
        for (atom, holds) in &self.said {
            match &**atom {
                Atom::Is(own, test) if *own == at => {
                    lists.extend(test.list(*holds).and_then(|list| list.says(*holds, window, fold)));
                }
                // Where every member is the value, it is what some member is.
                Atom::Some(own, members) if *holds && !fold => {
                    let each = |(atom, holds): &(Cow<Atom>, bool)| match (&**atom, holds) {
                        (Atom::Some(at, tests), false) if at == own && tests.len() == 1 && !tests[0].1 => {
                            atom.tied().any(|list| list.value().is_some_and(|own| wide(own) == c))
                        }
                        _ => false,
                    };
                    let said = members.iter().filter(|_| self.said.iter().any(each));
                    lists.extend(said.filter_map(|(test, holds)| Some((test.list(false)?.clone(), *holds))));
                }
                _ => {}
            }
        }
        lists.extend(window.values().map(|list| (list, true)));
        // That the key is one of a few words is no literal: it says nothing of a key that is absent.
        let told = |form: &Form| matches!(form, Form::Text { within, .. } if !within.is_words());
        if let [form] = self.atoms.coordinates[at].forms.as_slice() {
            let left = form.left(&[]).filter(|_| told(form)).into_iter().flatten();
            lists.extend(left.filter_map(|(list, holds)| list.says(holds, window, fold)));
        }
    }

    /// Adds what tied tests say of a variable: where those in its pattern have one value each, and where it is a part of a text that
    /// is in another list.
    fn told(&self, mut nested: Nested) -> Nested {
        let mut news = !nested.is_empty();
        while std::mem::take(&mut news) {
            let mut told = Vec::new();
            for (atom, holds) in &self.said {
                let Atom::Is(at, Test::Tied { exact, .. }) = &**atom else { continue };
                if let (Some(c), Some(list)) = (self.letter(*at, exact.window, false), filled(exact, &nested)) {
                    told.extend([c, narrow(c)].map(|c| (c, (list.clone(), *holds))));
                }
                for (other, _) in self.said.iter().filter(|(_, other)| *holds && *other) {
                    let Atom::Is(own, Test::In(list) | Test::Tied { exact: list, .. }) = &**other else { continue };
                    let same = own == at && list.window == exact.window;
                    let letters = exact.holes().filter(|c| same && *c != wide(*c));
                    let pieces = letters.filter_map(|c| Some((c, exact.piece(c, list)?)));
                    told.extend(pieces.flat_map(|(c, piece)| [wide(c), c].map(|c| (c, (piece.clone(), true)))));
                }
            }
            for (c, own) in told {
                if let Some(lists) = nested.get_mut(&c).filter(|lists| !lists.contains(&own)) {
                    lists.push(own);
                    news = true;
                }
            }
        }
        nested
    }

    /// Whether texts would have to grow around a circle: what matches `a${x}b*` is two longer than the value of `x` at least.
    fn grows(&self) -> bool {
        let mut edges = Vec::new();
        for (atom, _) in self.said.iter().filter(|(_, holds)| *holds) {
            let Atom::Is(at, Test::Tied { exact, .. }) = &**atom else { continue };
            if let [pattern] = exact.patterns.as_slice() {
                let places = pattern.holes().filter_map(|c| self.atoms.holes.get(&wide(c)));
                let more = (pattern.len() - pattern.holes().count()) as isize;
                // What has no loops is no longer than that, so the one value in it is no shorter than what is left of it.
                let exactly = pattern.holes().count() == 1 && (0..=pattern.len()).all(|at| pattern.stays(at).is_none());
                edges.extend(places.map(|(from, window, _)| ((*from, *window), (*at, exact.window), more, exactly)));
            }
        }
        let mut longest: BTreeMap<(usize, Window), isize> = BTreeMap::new();
        // After as many rounds as there are edges, only a circle makes anything longer.
        (0..=edges.len()).all(|_| {
            let before = longest.clone();
            for (from, to, more, exactly) in &edges {
                let (low, high) = (*longest.get(from).unwrap_or(&0), *longest.get(to).unwrap_or(&0));
                longest.insert(*from, if *exactly { low.max(high - more) } else { low });
                longest.insert(*to, high.max(low + more));
            }
            longest != before
        })
    }

    /// Whether a coordinate has no value under the literals that concern it.
    fn refuses(&self, at: usize, nested: &Nested, effort: &mut u64) -> bool {
        let Coordinate { shape, forms, .. } = &self.atoms.coordinates[at];
        let (mut there, mut gone) = (*shape == Shape::Always, false);
        let (mut tests, mut some, mut none): (Tests, Vec<&Members>, Vec<&Members>) = Default::default();
        for (atom, holds) in self.said.iter().filter(|(atom, _)| atom.coordinate() == Some(at)) {
            match &**atom {
                Atom::Present(_) => gone |= !holds,
                Atom::Is(_, test) => tests.push((test, *holds)),
                Atom::Some(_, members) if *holds => some.push(members),
                Atom::Some(_, members) => none.push(members),
                Atom::Free(_) => {}
            }
            there |= *holds;
        }
        // No value is unlike itself.
        let own = |list: &List| {
            let letters = [false, true].map(|fold| self.letter(at, list.window, fold));
            list.patterns.iter().any(|p| p.len() == 1 && p.holes().next().is_some_and(|c| letters.contains(&Some(c))))
        };
        let is_itself = |test: &Test| matches!(test, Test::Tied { exact, .. } if own(exact));
        // An absent key fails every test (S25), so only what must be there can contradict itself.
        if !there || gone || tests.iter().any(|(test, holds)| !holds && is_itself(test)) {
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
}

/// A list with the values of its variables, if each has but one. (A value never adds an ARN part: with colons it is left alone.)
fn filled(list: &List, nested: &Nested) -> Option<List> {
    let words = |c: char| nested.get(&c)?.iter().filter(|(_, holds)| *holds).find_map(|(list, _)| list.word());
    list.fill(|c| words(c).filter(|word| !word.contains(':')))
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
    // so where there is but one value.
    let spelled: Vec<List> = untied.into_iter().filter_map(|list| filled(list, nested)).collect();
    outside.extend(&spelled);
    inside.extend(tied.into_iter().filter(|list| list.holes().all(|c| nested.contains_key(&c))));
    forms.iter().all(|form| no_form(form, tests, &inside, &outside, nested, effort))
}

fn no_form(form: &Form, tests: &Tests, inside: &[&List], outside: &[&List], nested: &Nested, effort: &mut u64) -> bool {
    let Some(left) = form.left(tests) else { return true };
    let marked = |mark| left.iter().filter(move |(_, holds)| *holds == mark).map(|(list, _)| list);
    let inside: Vec<&List> = inside.iter().copied().chain(marked(true)).collect();
    let outside: Vec<&List> = outside.iter().copied().chain(marked(false)).collect();
    // What is left of a type may be more than its values, so a few words are looked at one by one.
    let Some(list) = inside.iter().find(|list| list.is_words()).filter(|_| !matches!(form, Form::Text { .. })) else {
        return empty(&inside, &outside, nested, effort);
    };
    list.patterns.iter().filter_map(Pattern::word).all(|word| {
        let differs = |(test, holds): &(&Test, bool)| test.passes_as_type(&word).is_some_and(|passes| passes != *holds);
        let unlisted = inside.iter().any(|l| l.lacks(&word)) || outside.iter().any(|l| l.has(&word));
        !form.has(&word) || unlisted || tests.iter().any(differs)
    })
}
