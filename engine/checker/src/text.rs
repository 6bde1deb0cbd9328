//! Whether some text is in all of some lists of patterns and in none of others.
//!
//! [`empty`] walks texts letter by letter; what it remembers of a text is one position for each positive pattern and the set of
//! all positions of the negative ones. A tuple whose negative set contains that of a tuple already seen is passed over: what is
//! refused there is refused here. Letters that all patterns treat alike are tried once, so the walk ends, and it leaves no text out.

use keyaki_language::meaning::pattern::{List, Pattern, Place, SEPARATOR, Seen, Set, Window};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Whether no text is in every list of `inside` and in no list of `outside`. `false` also where `effort` steps did not suffice.
pub(crate) fn empty(inside: &[&List], outside: &[&List], effort: &mut u64) -> bool {
    let mut order: Vec<&List> = inside.to_vec();
    // A list of words first: it leaves nothing to choose.
    order.sort_by_key(|list| (!list.patterns.iter().all(|p| p.is_word()), list.patterns.len()));
    let whole = |list: &&&List| list.window == Window::Whole;
    let own = outside.iter().filter(whole).flat_map(|list| &list.patterns);
    let spelled = own.collect();
    let mut choice = Choice { inside: &order, outside, spelled, chosen: Vec::new() };
    choice.is_empty(effort)
}

/// One pattern of each inner list in turn.
struct Choice<'l> {
    inside: &'l [&'l List],
    outside: &'l [&'l List],
    /// The patterns of outer lists over the whole text.
    spelled: HashSet<&'l Pattern>,
    chosen: Vec<(Window, &'l Pattern)>,
}

impl Choice<'_> {
    fn is_empty(&mut self, effort: &mut u64) -> bool {
        let Some(list) = self.inside.get(self.chosen.len()) else {
            return Walk::new(&self.chosen, self.outside).is_empty(effort);
        };
        list.patterns.iter().all(|pattern| {
            let apart = |other: &(Window, &Pattern)| begin_apart(*other, (list.window, pattern));
            if list.window == Window::Whole && self.spelled.contains(pattern) || self.chosen.iter().any(apart) {
                return true;
            }
            if let Some(word) = pattern.word().filter(|_| list.window == Window::Whole) {
                return !self.inside.iter().all(|l| l.has(&word)) || self.outside.iter().any(|l| l.has(&word));
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
}

/// The place in the text and a position for each positive pattern.
type Places = (Place, Vec<usize>);

/// Every position of every negative pattern, in order.
type Against = Vec<(usize, usize)>;

impl<'l> Walk<'l> {
    fn new(inside: &'l [(Window, &'l Pattern)], outside: &[&'l List]) -> Self {
        let outside = outside.iter().flat_map(|list| list.patterns.iter().map(|p| (list.window, p)));
        let outside: Vec<(Window, &Pattern)> =
            outside.filter(|p| !inside.iter().any(|own| begin_apart(*own, *p))).collect();
        // Every character that is spelled out, in both cases where case is folded, and those that windows look at.
        let mut spelled = BTreeSet::from([':', '/', SEPARATOR]);
        let mut classes: Vec<Set> = Vec::new();
        for set in inside.iter().chain(&outside).flat_map(|(_, pattern)| sets(pattern)) {
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
        letters.extend(spelled);
        Self { inside, outside, letters }
    }

    fn is_empty(&self, effort: &mut u64) -> bool {
        let mut seen: HashMap<Places, Vec<Against>> = HashMap::new();
        let start = (Place::default(), vec![0; self.inside.len()]);
        let mut open = vec![(start, (0..self.outside.len()).map(|i| (i, 0)).collect::<Against>())];
        while let Some(((place, at), against)) = open.pop() {
            if *effort == 0 || self.accepts(&at, &against) {
                return false;
            }
            *effort -= 1;
            for c in &self.letters {
                // Most letters lead nowhere; that is seen before anything is built.
                if self
                    .inside
                    .iter()
                    .zip(&at)
                    .any(|((w, p), i)| place.seen(*w, *c) == Seen::Read && p.stops(*i, *c, *w))
                {
                    continue;
                }
                let mut next = vec![Vec::with_capacity(at.len())];
                for ((window, pattern), i) in self.inside.iter().zip(&at) {
                    let places = after(place, *window, pattern, *i, *c);
                    let with = |tuple: &Vec<usize>, i: usize| tuple.iter().copied().chain([i]).collect();
                    next = next.iter().flat_map(|tuple| places.iter().map(move |i| with(tuple, *i))).collect();
                }
                let step = |(n, i): &(usize, usize)| {
                    let (n, (window, pattern)) = (*n, self.outside[*n]);
                    after(place, window, pattern, *i, *c).into_iter().map(move |i| (n, i))
                };
                let mut against: Against = against.iter().flat_map(step).collect();
                against.sort_unstable();
                against.dedup();
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
        true
    }

    fn accepts(&self, at: &[usize], against: &Against) -> bool {
        let refused = |(n, i): &(usize, usize)| self.outside[*n].1.len() == *i;
        self.inside.iter().zip(at).all(|((_, pattern), i)| *i == pattern.len()) && !against.iter().any(refused)
    }
}

/// The positions of a pattern that a letter leads to.
fn after(place: Place, window: Window, pattern: &Pattern, at: usize, c: char) -> Vec<usize> {
    match place.seen(window, c) {
        Seen::Skip => vec![at],
        Seen::Restart => vec![0],
        Seen::Read => pattern.after(at, c, window == Window::Name),
    }
}

/// Whether no text is in both, seen from their beginnings alone. False says nothing.
fn begin_apart((window, one): (Window, &Pattern), (other_window, other): (Window, &Pattern)) -> bool {
    let from_start = |window| matches!(window, Window::Whole | Window::Arn);
    if window != other_window && !(from_start(window) && from_start(other_window)) {
        return false;
    }
    for i in 0..one.len().min(other.len()) {
        match (one.stays(i), one.goes(i), other.stays(i), other.goes(i)) {
            (None, Some(Set::Char(a)), None, Some(Set::Char(b))) if a == b => {}
            (None, Some(Set::Char(c)), None, Some(set)) | (None, Some(set), None, Some(Set::Char(c))) => {
                return !set.has(c);
            }
            _ => return false,
        }
    }
    false
}

/// The loops and letters of a pattern.
fn sets(pattern: &Pattern) -> impl Iterator<Item = Set> + '_ {
    (0..=pattern.len()).flat_map(|i| pattern.stays(i).into_iter().chain(pattern.goes(i)))
}
