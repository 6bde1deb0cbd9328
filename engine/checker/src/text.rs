//! Whether some text is in all of some lists of patterns and in none of others.
//!
//! [`empty`] walks texts letter by letter; what it remembers of a text is one position for each positive pattern and the set of
//! all positions of the negative ones. A tuple whose negative set contains that of a tuple already seen is passed over: what is
//! refused there is refused here. Letters that all patterns treat alike are tried once, so the walk ends, and it leaves no text out.

use keyaki_language::meaning::pattern::{List, Pattern, Place, SEPARATOR, Seen, Set, Window, is_hole};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What the value that a letter stands for is in, and is not in: lists marked so. Where letters are not told, they are letters.
pub(crate) type Nested = BTreeMap<char, Vec<(List, bool)>>;

/// Whether no text is in every list of `inside` and in no list of `outside`. `false` also where `effort` steps did not suffice.
pub(crate) fn empty(inside: &[&List], outside: &[&List], nested: &Nested, effort: &mut u64) -> bool {
    let mut order: Vec<&List> = inside.to_vec();
    // A list of words first: it leaves nothing to choose.
    order.sort_by_key(|list| (!list.is_words(), list.patterns.len()));
    let whole = |list: &&&List| list.window == Window::Whole;
    let own = outside.iter().filter(whole).flat_map(|list| &list.patterns);
    let spelled = own.collect();
    let mut choice = Choice { inside: &order, outside, spelled, nested, chosen: Vec::new() };
    choice.is_empty(effort)
}

/// One pattern of each inner list in turn.
struct Choice<'l> {
    inside: &'l [&'l List],
    outside: &'l [&'l List],
    /// The patterns of outer lists over the whole text.
    spelled: HashSet<&'l Pattern>,
    nested: &'l Nested,
    chosen: Vec<(Window, &'l Pattern)>,
}

impl Choice<'_> {
    fn is_empty(&mut self, effort: &mut u64) -> bool {
        let Some(list) = self.inside.get(self.chosen.len()) else {
            return Walk::new(&self.chosen, self.outside, self.nested).is_empty(effort);
        };
        list.patterns.iter().all(|pattern| {
            let apart = |other: &(Window, &Pattern)| list.window.begins_apart(pattern, *other);
            let word = pattern.word().filter(|_| list.window == Window::Whole);
            let out = |w: String| self.inside.iter().any(|l| l.lacks(&w)) || self.outside.iter().any(|l| l.has(&w));
            let spelled = list.window == Window::Whole && self.spelled.contains(pattern);
            if spelled || self.chosen.iter().any(apart) || word.is_some_and(out) {
                return true;
            }
            self.chosen.push((list.window, pattern));
            let empty = self.is_empty(effort);
            self.chosen.pop();
            empty
        })
    }
}

/// One walk: a pattern of each inner list against all patterns of the outer ones.
struct Walk<'l> {
    inside: &'l [(Window, &'l Pattern)],
    outside: Vec<(Window, &'l Pattern)>,
    /// One for each way in which the patterns treat a letter.
    letters: Vec<char>,
    nested: &'l Nested,
}

/// A position in a pattern; behind it, where a variable's value is being read, the positions of its lists.
type Spot = (usize, Vec<Against>);

/// The place in the text and a position for each positive pattern.
type Places = (Place, Vec<Spot>);

/// Every position of every negative pattern, in order.
type Against = Vec<(usize, usize)>;

impl<'l> Walk<'l> {
    fn new(inside: &'l [(Window, &'l Pattern)], outside: &[&'l List], nested: &'l Nested) -> Self {
        let outside = outside.iter().flat_map(|list| list.patterns.iter().map(|p| (list.window, p)));
        let outside: Vec<(Window, &Pattern)> =
            outside.filter(|p| !inside.iter().any(|own| p.0.begins_apart(p.1, *own))).collect();
        // Every character that is spelled out, in both cases where case is folded, and those that windows look at.
        let mut spelled = BTreeSet::from([':', '/', SEPARATOR]);
        let mut classes: Vec<Set> = Vec::new();
        let values = nested.values().flatten().flat_map(|(list, _)| &list.patterns);
        for set in inside.iter().chain(&outside).map(|(_, pattern)| *pattern).chain(values).flat_map(Pattern::sets) {
            match set {
                Set::Char(c) => spelled.extend([c]),
                Set::Fold(c) => spelled.extend([c, c.to_ascii_uppercase()]),
                class if !classes.contains(&class) => classes.push(class),
                _ => {}
            }
        }
        // Of all others one for each choice of classes. No class tells two characters apart that are not ASCII.
        let foreign = ('\u{a1}'..).find(|c| !spelled.contains(c)).expect("some letter is not spelled");
        let mut columns = BTreeSet::new();
        let column = |c: &char| classes.iter().map(|class| class.has(*c)).collect::<Vec<_>>();
        let others = ('\0'..='\u{7f}').chain([foreign]).filter(|c| !spelled.contains(c));
        let mut letters: Vec<char> = others.filter(|c| columns.insert(column(c))).collect();
        // Where values are known no text has letters for them.
        letters.extend(spelled.into_iter().filter(|c| nested.is_empty() || !is_hole(*c)));
        Self { inside, outside, letters, nested }
    }

    fn is_empty(&self, effort: &mut u64) -> bool {
        let mut seen: HashMap<Places, Vec<Against>> = HashMap::new();
        let against: Against = (0..self.outside.len()).map(|i| (i, 0)).collect();
        let starts = self.inside.iter().map(|(_, pattern)| self.settle(pattern, vec![(0, Vec::new())]));
        let start = |at| ((Place::default(), at), against.clone());
        let mut open: Vec<(Places, Against)> = product(starts, effort).into_iter().map(start).collect();
        while let Some(((place, at), against)) = open.pop() {
            if *effort == 0 || self.accepts(&at, &against) {
                return false;
            }
            *effort -= 1;
            for c in &self.letters {
                // Most letters lead nowhere; that is seen before anything is built.
                let stops = |((w, p), i): (&(Window, &Pattern), &Spot)| {
                    place.seen(*w, *c) == Seen::Read && p.stops(i.0, *c, *w)
                };
                if self.nested.is_empty() && self.inside.iter().zip(&at).any(stops) {
                    continue;
                }
                let moves = self.inside.iter().zip(&at).map(|((w, p), spot)| self.after(place, *w, p, spot, *c));
                let next = product(moves, effort);
                let step = |(n, i): &(usize, usize)| {
                    let (n, (window, pattern)) = (*n, self.outside[*n]);
                    place.read(window, pattern, *i, *c).into_iter().map(move |i| (n, i))
                };
                let against: Against = against.iter().flat_map(step).collect::<BTreeSet<_>>().into_iter().collect();
                for at in next {
                    // A tuple is passed over where one that is refused less was taken already.
                    let known = seen.entry((place.after(*c), at.clone())).or_default();
                    if !known.iter().any(|less| less.iter().all(|i| against.binary_search(i).is_ok())) {
                        known.push(against.clone());
                        open.push(((place.after(*c), at), against.clone()));
                    }
                }
            }
        }
        *effort > 0
    }

    /// The positions of a positive pattern that a letter leads to.
    fn after(&self, place: Place, window: Window, pattern: &Pattern, (at, value): &Spot, c: char) -> Vec<Spot> {
        let seen = place.seen(window, c);
        let Some(lists) = self.value(pattern, *at).filter(|_| seen != Seen::Restart) else {
            let plain = place.read(window, pattern, *at, c).into_iter().map(|at| (at, Vec::new()));
            return self.settle(pattern, plain.collect());
        };
        if seen == Seen::Skip {
            return vec![(*at, value.clone())];
        }
        // A letter of the variable's value, or of the loop before it.
        let inside = if value.is_empty() { begin(lists) } else { value.clone() };
        let mut out = Vec::new();
        if value.is_empty() && pattern.stays(*at).is_some_and(|set| set.has(c)) {
            out.push((*at, Vec::new()));
        }
        let step = |((list, _), at): (&(List, bool), &Against)| {
            let moved = at.iter().flat_map(|(n, i)| list.patterns[*n].after(*i, c, false).into_iter().map(|i| (*n, i)));
            moved.collect::<BTreeSet<_>>().into_iter().collect()
        };
        let read: Vec<Against> = lists.iter().zip(&inside).map(step).collect();
        if lists.iter().zip(&read).all(|((_, holds), at)| !(*holds && at.is_empty())) {
            if ends(lists, &read) {
                out.push((at + 1, Vec::new()));
            }
            out.push((*at, read));
        }
        // A part that begins anew later may be read on from nowhere.
        out.extend(pattern.after(usize::MAX, c, window == Window::Name).into_iter().map(|at| (at, Vec::new())));
        self.settle(pattern, out)
    }

    /// The lists of the variable behind a position, if there is one.
    fn value(&self, pattern: &Pattern, at: usize) -> Option<&'l Vec<(List, bool)>> {
        match pattern.goes(at) {
            Some(Set::Char(c)) => self.nested.get(&c),
            _ => None,
        }
    }

    /// Adds the positions behind values that may be empty.
    fn settle(&self, pattern: &Pattern, mut spots: Vec<Spot>) -> Vec<Spot> {
        let mut i = 0;
        while let Some((at, value)) = spots.get(i) {
            let at = *at;
            let value = self.value(pattern, at).filter(|_| value.is_empty());
            if value.is_some_and(|lists| ends(lists, &begin(lists))) && !spots.contains(&(at + 1, Vec::new())) {
                spots.push((at + 1, Vec::new()));
            }
            i += 1;
        }
        spots
    }

    fn accepts(&self, at: &[Spot], against: &Against) -> bool {
        let refused = |(n, i): &(usize, usize)| self.outside[*n].1.len() == *i;
        self.inside.iter().zip(at).all(|((_, pattern), i)| i.0 == pattern.len()) && !against.iter().any(refused)
    }
}

/// Every choice of one item of each; not all of them where `effort` does not suffice, and none is left of it.
fn product(items: impl Iterator<Item = Vec<Spot>>, effort: &mut u64) -> Vec<Vec<Spot>> {
    items.fold(vec![Vec::new()], |tuples, items| {
        let with = |tuple: &Vec<Spot>, item: &Spot| tuple.iter().chain([item]).cloned().collect();
        *effort = effort.saturating_sub(tuples.len() as u64 / 4 * 16);
        tuples.iter().filter(|_| *effort > 0).flat_map(|t| items.iter().map(move |item| with(t, item))).collect()
    })
}

/// The positions of a value's lists before its first letter.
fn begin(lists: &[(List, bool)]) -> Vec<Against> {
    lists.iter().map(|(list, _)| (0..list.patterns.len()).map(|n| (n, 0)).collect()).collect()
}

/// Whether a value may end here: in every list that it is in, and in none that it is not in.
fn ends(lists: &[(List, bool)], at: &[Against]) -> bool {
    let ended = |list: &List, at: &Against| at.iter().any(|(n, i)| list.patterns[*n].len() == *i);
    lists.iter().zip(at).all(|((list, holds), at)| ended(list, at) == *holds)
}
