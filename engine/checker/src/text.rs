//! Whether some text is in all of some lists of patterns and in none of others.
//!
//! [`empty`] walks texts letter by letter; what it remembers of a text is one position for each positive pattern and the set of
//! all positions of the negative ones. A tuple whose negative set contains that of a tuple already seen is passed over: what is
//! refused there is refused here. Letters that all patterns treat alike are tried once, so the walk ends, and it leaves no text out.

use keyaki_language::meaning::pattern::{List, Pattern, Place, SEPARATOR, Seen, Set, Window};
use std::collections::{BTreeSet, HashMap};

/// Whether no text is in every list of `inside` and in no list of `outside`. `false` also where `effort` steps did not suffice.
pub(crate) fn empty(inside: &[&List], outside: &[&List], effort: &mut u64) -> bool {
    let words = |list: &&&List| {
        list.window == Window::Whole && list.patterns.iter().all(|p| p.word().is_some())
    };
    if let Some(list) = inside.iter().find(words) {
        // A list of words is a list of candidates. A word that an outer list spells out is refused at once.
        let spelled: BTreeSet<String> = outside
            .iter()
            .filter(|l| l.window == Window::Whole)
            .flat_map(|l| l.patterns.iter().filter_map(Pattern::word))
            .collect();
        let fits = |word: &String| {
            !spelled.contains(word)
                && inside.iter().all(|l| l.has(word))
                && !outside.iter().any(|l| l.has(word))
        };
        return !list
            .patterns
            .iter()
            .filter_map(Pattern::word)
            .any(|word| fits(&word));
    }
    let mut order: Vec<&List> = inside.to_vec();
    order.sort_by_key(|list| list.patterns.len());
    choose(&order, &mut Vec::new(), outside, effort)
}

/// One pattern of each list of `inside` in turn.
fn choose<'l>(
    lists: &[&'l List],
    chosen: &mut Vec<(Window, &'l Pattern)>,
    outside: &[&'l List],
    effort: &mut u64,
) -> bool {
    let Some((list, rest)) = lists.split_first() else {
        return Walk::new(chosen, outside).is_empty(effort);
    };
    list.patterns.iter().all(|pattern| {
        if chosen
            .iter()
            .any(|(window, other)| *window == list.window && begin_apart(other, pattern))
        {
            return true;
        }
        chosen.push((list.window, pattern));
        let empty = choose(rest, chosen, outside, effort);
        chosen.pop();
        empty
    })
}

/// One walk: a pattern of each inner list against all patterns of the outer ones.
struct Walk<'l> {
    inside: &'l [(Window, &'l Pattern)],
    /// Each with the number of its first position among all.
    outside: Vec<(Window, &'l Pattern, usize)>,
    /// One for each way in which the patterns treat a letter.
    letters: Vec<char>,
    words: usize,
}

/// What is remembered of a text: where it is, a position a positive pattern, the positions of all negative ones.
type Node = (Place, Vec<usize>, Vec<u64>);

impl<'l> Walk<'l> {
    fn new(inside: &'l [(Window, &'l Pattern)], outside: &[&'l List]) -> Self {
        let mut count = 0;
        let mut negative = Vec::new();
        for list in outside {
            for pattern in &list.patterns {
                if !inside
                    .iter()
                    .any(|(window, own)| *window == list.window && begin_apart(own, pattern))
                {
                    negative.push((list.window, pattern, count));
                    count += pattern.len() + 1;
                }
            }
        }
        let all = || {
            inside
                .iter()
                .map(|(_, p)| *p)
                .chain(negative.iter().map(|(_, p, _)| *p))
        };
        // Every character that is spelled out, in both cases where case is folded, and those that windows look at.
        let mut spelled = BTreeSet::from([':', '/', SEPARATOR]);
        let mut classes: Vec<Set> = Vec::new();
        for set in all().flat_map(sets) {
            match set {
                Set::Char(c) => spelled.extend([c]),
                Set::Fold(c) => spelled.extend([c, c.to_ascii_uppercase()]),
                class if !classes.contains(&class) => classes.push(class),
                _ => {}
            }
        }
        // Of all others one for each choice of classes. No class tells two characters apart that are not ASCII.
        let mut letters: Vec<char> = spelled.iter().copied().collect();
        let foreign = ('\u{a1}'..)
            .find(|c| !spelled.contains(c))
            .expect("there are more letters than patterns spell");
        let mut columns = BTreeSet::new();
        for c in (' '..='\u{7f}')
            .chain('\0'..' ')
            .chain([foreign])
            .filter(|c| !spelled.contains(c))
        {
            if columns.insert(classes.iter().map(|class| class.has(c)).collect::<Vec<_>>()) {
                letters.push(c);
            }
        }
        Self {
            inside,
            outside: negative,
            letters,
            words: count.div_ceil(64),
        }
    }

    fn is_empty(&self, effort: &mut u64) -> bool {
        let mut against = vec![0; self.words];
        self.outside
            .iter()
            .for_each(|(_, _, first)| against[first / 64] |= 1 << (first % 64));
        let mut seen: HashMap<(Place, Vec<usize>), Vec<Vec<u64>>> = HashMap::new();
        let mut open: Vec<Node> = Vec::new();
        self.visit(
            (Place::default(), vec![0; self.inside.len()], against),
            &mut seen,
            &mut open,
        );
        while let Some((place, at, against)) = open.pop() {
            if *effort == 0 || self.accepts(&at, &against) {
                return false;
            }
            *effort -= 1;
            for c in &self.letters {
                let mut next = vec![Vec::with_capacity(at.len())];
                for ((window, pattern), i) in self.inside.iter().zip(&at) {
                    let places = match place.seen(*window, *c) {
                        Seen::Skip => vec![*i],
                        Seen::Restart => vec![0],
                        Seen::Read => pattern.after(*i, *c, *window == Window::Name),
                    };
                    let with =
                        |tuple: &Vec<usize>, i: usize| tuple.iter().copied().chain([i]).collect();
                    next = next
                        .iter()
                        .flat_map(|tuple| places.iter().map(move |i| with(tuple, *i)))
                        .collect();
                }
                if next.is_empty() {
                    continue;
                }
                let against = self.advance(place, &against, *c);
                for at in next {
                    self.visit((place.after(*c), at, against.clone()), &mut seen, &mut open);
                }
            }
        }
        true
    }

    /// Takes a tuple to look at, unless one that is refused less was taken already.
    fn visit(
        &self,
        node: Node,
        seen: &mut HashMap<(Place, Vec<usize>), Vec<Vec<u64>>>,
        open: &mut Vec<Node>,
    ) {
        let known = seen.entry((node.0, node.1.clone())).or_default();
        if !known
            .iter()
            .any(|less| less.iter().zip(&node.2).all(|(a, b)| a & !b == 0))
        {
            known.push(node.2.clone());
            open.push(node);
        }
    }

    fn accepts(&self, at: &[usize], against: &[u64]) -> bool {
        let refused =
            |(_, pattern, first): &(Window, &Pattern, usize)| bit(against, first + pattern.len());
        self.inside
            .iter()
            .zip(at)
            .all(|((_, pattern), i)| *i == pattern.len())
            && !self.outside.iter().any(refused)
    }

    fn advance(&self, place: Place, against: &[u64], c: char) -> Vec<u64> {
        let mut next = vec![0; against.len()];
        let mut set = |at: usize| next[at / 64] |= 1 << (at % 64);
        for (window, pattern, first) in &self.outside {
            match place.seen(*window, c) {
                Seen::Skip => (0..=pattern.len())
                    .filter(|i| bit(against, first + i))
                    .for_each(|i| set(first + i)),
                Seen::Restart => set(*first),
                Seen::Read => {
                    for i in (0..=pattern.len()).filter(|i| bit(against, first + i)) {
                        if pattern.stays(i).is_some_and(|s| s.has(c)) {
                            set(first + i);
                        }
                        if pattern.goes(i).is_some_and(|s| s.has(c)) {
                            set(first + i + 1);
                        }
                    }
                }
            }
        }
        next
    }
}

fn bit(words: &[u64], at: usize) -> bool {
    words[at / 64] >> (at % 64) & 1 == 1
}

/// Whether no text is in both, seen from their beginnings alone. False says nothing.
fn begin_apart(one: &Pattern, other: &Pattern) -> bool {
    for i in 0..one.len().min(other.len()) {
        match (one.stays(i), one.goes(i), other.stays(i), other.goes(i)) {
            (None, Some(Set::Char(a)), None, Some(Set::Char(b))) if a == b => {}
            (None, Some(Set::Char(c)), None, Some(set))
            | (None, Some(set), None, Some(Set::Char(c))) => return !set.has(c),
            _ => return false,
        }
    }
    false
}

/// The loops and letters of a pattern.
fn sets(pattern: &Pattern) -> impl Iterator<Item = Set> + '_ {
    (0..=pattern.len()).flat_map(|i| pattern.stays(i).into_iter().chain(pattern.goes(i)))
}
