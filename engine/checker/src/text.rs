//! Whether some text is in all of some lists of patterns and in none of others.
//!
//! [`Walk`] reads texts letter by letter, from one end or the other. What it remembers of a text is the set of positions that the patterns
//! of each list can have reached. A list is lost where its set is empty; a text is refused where a pattern of an outer list is at its
//! end. A node is passed over if a known one has all of its inner positions and no outer ones that it has not: what is
//! refused there is refused here. Letters that all patterns treat alike are tried once, so the walk ends, and it leaves no text out.
//!
//! Such sets can be many where a list of one position each would do, and the other way round, and what is hard from the beginning may be easy
//! from the end. So [`empty`] tries ways in turn: whichever comes to an end is right.

use keyaki_language::meaning::machine::{At, Bits, Machine, Masks, Nested, Rows, Way, within};
use keyaki_language::meaning::pattern::{List, Pattern, Place, Window};
use std::collections::{BTreeMap, HashMap, HashSet};

/// How much each way may do before another is tried.
const SHARE: u64 = 1 << 14;

/// Up to how many choices of a pattern of each list are few.
const FEW: usize = 256;

/// How many nodes a new one is held against whatever their inner positions.
const STRONG: usize = 64;

/// Whether no text is in every list of `inside` and in no list of `outside`. `false` also where `effort` steps did not suffice.
pub(crate) fn empty<'l>(inside: &[&'l List], outside: &[&'l List], nested: &Nested, effort: &mut u64) -> bool {
    let spelled = outside.iter().flat_map(|own| own.patterns.iter().map(|pattern| (own.window, pattern)));
    let spelled: HashSet<(Window, &Pattern)> = spelled.collect();
    let out = |word: &String| inside.iter().any(|own| own.lacks(word)) || outside.iter().any(|own| own.has(word));
    let lost = |window: Window, own: &Pattern| {
        let word = || own.word().filter(|_| window == Window::Whole);
        spelled.contains(&(window, own)) || word().is_some_and(|word| out(&word))
    };
    let mut against: BTreeMap<Window, Vec<&Pattern>> = BTreeMap::new();
    outside.iter().for_each(|own| against.entry(own.window).or_default().extend(&own.patterns));
    let rows = inside.iter().map(|own| (own.window, own.patterns.iter().collect()));
    let (mut inside, outside) = near(rows.collect(), against.into_iter().collect());
    // Short lists first: one of which nothing is left spares looking at the others.
    inside.sort_by_key(|own| own.1.len());
    for (window, patterns) in &mut inside {
        patterns.retain(|own| !lost(*window, own));
        if patterns.is_empty() {
            return true;
        }
    }
    // Patterns all of whose texts are plainly refused. A list of which nothing is left leaves nothing to choose.
    for (window, patterns) in &mut inside {
        if let Some((_, other)) = outside.iter().find(|own| own.0 == *window) {
            let open = other.iter().copied().filter(|own| !own.is_word());
            let machine = Machine::new(&[(*window, open.collect())], &Nested::new());
            patterns.retain(|pattern| !machine.covers(pattern));
        }
    }
    inside.sort_by_key(|own| own.1.len());
    let choices = inside.iter().fold(1, |choices: usize, own| choices.saturating_mul(own.1.len()));
    let mut share = SHARE;
    while *effort > 0 {
        // The values of variables are read from their beginnings.
        for way in [None, Some(Way::Onward), Some(Way::Back).filter(|_| nested.is_empty())] {
            let more = if way.is_none() && choices <= FEW { 16 } else { 1 };
            let given = *effort.min(&mut (share * more));
            let mut own = given;
            let long = share > SHARE;
            let found = match way {
                None => choose(&inside, &mut Vec::new(), &outside, nested, long, &mut own),
                Some(way) => Walk::new(inside.clone(), &outside, nested, long).is_empty(way, false, &mut own),
            };
            *effort -= given - own;
            if own > 0 {
                return found;
            }
        }
        share *= 4;
    }
    false
}

/// Lists without the patterns that are plainly apart from the only pattern of an inner list.
fn near<'l>(mut inside: Vec<Rows<'l>>, mut outside: Vec<Rows<'l>>) -> (Vec<Rows<'l>>, Vec<Rows<'l>>) {
    let only = inside.iter().enumerate().filter(|(_, own)| own.1.len() == 1);
    let sure: Vec<(usize, Window, &Pattern)> = only.map(|(at, own)| (at, own.0, own.1[0])).collect();
    for (at, (window, patterns)) in inside.iter_mut().chain(&mut outside).enumerate() {
        let apart = |pattern| sure.iter().any(|own| own.0 != at && window.are_apart(pattern, (own.1, own.2)));
        patterns.retain(|pattern| !apart(pattern));
    }
    (inside, outside)
}

/// One pattern of each inner list in turn.
fn choose<'l>(
    lists: &[Rows<'l>],
    chosen: &mut Vec<Rows<'l>>,
    outside: &[Rows<'l>],
    nested: &Nested,
    long: bool,
    effort: &mut u64,
) -> bool {
    let Some(((window, patterns), rest)) = lists.split_first() else {
        let (chosen, outside) = near(chosen.clone(), outside.to_vec());
        return Walk::new(chosen, &outside, nested, long).is_empty(Way::Onward, true, effort);
    };
    patterns.iter().all(|pattern| {
        *effort = effort.saturating_sub(32);
        if chosen.iter().any(|(own, one)| window.are_apart(pattern, (*own, one[0]))) {
            return true;
        }
        chosen.push((*window, vec![pattern]));
        let empty = *effort > 0 && choose(rest, chosen, outside, nested, long, effort);
        chosen.pop();
        empty
    })
}

/// Lists that a text must be in, and behind them those that it must not be in.
struct Walk {
    machine: Machine,
    /// How many lists are inner ones, and how many words these take.
    inside: usize,
    width: usize,
    /// One for each way in which the patterns treat a letter.
    letters: Vec<char>,
}

impl Walk {
    fn new<'l>(mut lists: Vec<Rows<'l>>, outside: &[Rows<'l>], nested: &Nested, long: bool) -> Self {
        let inside = lists.len();
        lists.extend(outside.iter().cloned());
        let machine = Machine::new(&lists, nested);
        let machine = if long { machine.united(&lists) } else { machine };
        let width = machine.groups[..inside].last().map_or(0, |words| words.end);
        Self { inside, width, letters: machine.letters(), machine }
    }

    /// Whether no text is left, if `effort` is; `apart`: inner positions are told apart, one of each list at a time.
    fn is_empty(&self, way: Way, apart: bool, effort: &mut u64) -> bool {
        let plain = self.machine.is_plain();
        let anywhere = way == Way::Back && !plain;
        let places = if anywhere { Place::all() } else { vec![Place::default()] };
        let mut next: Vec<(Place, At)> = places.iter().map(|place| (*place, self.machine.begin(way))).collect();
        let mut open: Vec<(Place, At)> = Vec::new();
        let mut seen: HashMap<(Place, At), Vec<Bits>> = HashMap::new();
        let mut strong: HashMap<Place, Vec<At>> = HashMap::new();
        let mut masks = HashMap::new();
        loop {
            for (place, at) in next.drain(..) {
                for at in self.nodes(at, way, apart, effort) {
                    let (inner, outer) = at.0.split_at(self.width);
                    let known = seen.entry((place, (inner.to_vec(), at.1.clone()))).or_default();
                    let strong = strong.entry(place).or_default();
                    *effort = effort.saturating_sub(64 + (at.0.len() + known.len() + strong.len()) as u64);
                    let more = |other: &At| {
                        within(inner, &other.0[..self.width])
                            && within(&other.0[self.width..], outer)
                            && at.1.iter().all(|value| other.1.contains(value))
                    };
                    if !known.iter().any(|less| within(less, outer)) && !strong.iter().any(more) {
                        known.push(outer.to_vec());
                        strong.extend((!apart && strong.len() < STRONG).then(|| at.clone()));
                        open.push((place, at));
                    }
                }
            }
            let Some((place, at)) = open.pop() else { return true };
            if *effort == 0 || (!anywhere || place == Place::default()) && self.accepts(&at.0, way) {
                return false;
            }
            for from in if anywhere { places.clone() } else { vec![place] } {
                let table = || self.letters.iter().map(|c| self.machine.masks(from, *c)).collect();
                let masks: &Vec<Masks> = masks.entry(from).or_insert_with(table);
                for (c, masks) in self.letters.iter().zip(masks) {
                    let to = if plain { place } else { from.after(*c) };
                    if anywhere && to != place {
                        continue;
                    }
                    *effort = effort.saturating_sub(4 + at.0.len() as u64 / 2);
                    let to = if anywhere { from } else { to };
                    next.extend(self.machine.read(&at, from, *c, masks, way, self.inside).map(|at| (to, at)));
                }
            }
        }
    }

    /// What is to be remembered of positions: nothing if whatever follows is refused.
    fn nodes(&self, mut at: At, way: Way, apart: bool, effort: &mut u64) -> Vec<At> {
        let (inner, outer) = self.machine.groups.split_at(self.inside);
        if outer.iter().any(|own| self.machine.lasts(&at.0, own, way)) {
            return Vec::new();
        }
        self.machine.close(&mut at.0, outer, way, false);
        self.machine.close(&mut at.0, inner, way, apart);
        let mut out = vec![at];
        for own in inner.iter().filter(|_| apart) {
            out = out.iter().flat_map(|at| self.machine.apart(at, own)).collect();
            *effort = effort.saturating_sub((out.len() * (16 + self.width)) as u64);
            if *effort == 0 {
                return Vec::new();
            }
        }
        out
    }

    fn accepts(&self, at: &[u64], way: Way) -> bool {
        let mut groups = self.machine.groups.iter().enumerate();
        groups.all(|(n, own)| self.machine.ends(at, own, way) == (n < self.inside))
    }
}
