//! Many patterns read side by side: a bit for each position of each, and a step of all of them by shift and mask.
//!
//! A set of positions is what a text can have led to, read from its beginning, or what can still lead to an end, read from there. Both
//! come to the same masks, shifted one way or the other. The patterns stand in groups, each the union of a list, and each group
//! in words of its own.
//!
//! A part that begins anew ([`Window::Name`]) has one position more, before its first: there everything is read, and a letter behind
//! which the part begins anew leads on. All other positions end at such a letter, so a text is read by choosing the last one.
//!
//! *Closed sets.* A position with a loop over everything reads whatever an earlier one of its pattern reads, and is reached by
//! whatever reaches a later one. With all such positions added, sets that say the same are more often the same.

use crate::meaning::pattern::{Pattern, Place, Seen, Set, Window, is_hole};
use std::collections::HashMap;
use std::ops::Range;

/// A set of positions.
pub type Bits = Vec<u64>;

/// From which positions a letter goes on, and at which it stays.
pub type Masks = (Bits, Bits);

/// Which way texts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From their beginnings.
    Onward,
    /// From their ends.
    Back,
}

/// Patterns side by side.
#[derive(Debug, Default)]
pub struct Machine {
    /// The words of each group.
    pub groups: Vec<Range<usize>>,
    /// The positions before letters that stand for the values of variables, in order.
    pub holes: Vec<(usize, Window, char)>,
    /// The positions before the first letter of a text, and those behind its last.
    ends: [Bits; 2],
    /// Those with a loop over everything.
    loops: Bits,
    /// Those that every letter stays at.
    lasting: Bits,
    /// Those where a part waits to begin anew.
    anew: Bits,
    windows: Vec<(Window, Bits)>,
    reads: HashMap<Set, Masks>,
    /// The sets among these that are neither one letter nor one in both cases.
    classes: Vec<Set>,
    /// For each position the first and the last one of its pattern.
    rows: Vec<(usize, usize)>,
    /// For each position the first of its group from which the same is read, onward and back; and those that are such a first one.
    twins: [(Vec<usize>, Bits); 2],
}

impl Machine {
    /// Lays out patterns in groups, each with the part of the text that it looks at.
    pub fn new(groups: &[(Window, Vec<&Pattern>)]) -> Self {
        let mut machine = Self::default();
        let size = |(window, patterns): &(Window, Vec<&Pattern>)| {
            let more = 1 + usize::from(*window == Window::Name);
            let positions: usize = patterns.iter().map(|own| own.len() + more).sum();
            positions.div_ceil(64)
        };
        let words = groups.iter().map(size).sum();
        for bits in machine.ends.iter_mut().chain([
            &mut machine.loops,
            &mut machine.lasting,
            &mut machine.anew,
        ]) {
            bits.resize(words, 0);
        }
        machine.rows.resize(words * 64, (0, 0));
        let mut from = 0;
        for group in groups {
            let to = from + size(group);
            machine.groups.push(from..to);
            let known = machine.windows.iter().position(|own| own.0 == group.0);
            let window = known.unwrap_or(machine.windows.len());
            if known.is_none() {
                machine.windows.push((group.0, vec![0; words]));
            }
            machine.windows[window].1[from..to].fill(u64::MAX);
            let mut base = from * 64;
            for pattern in &group.1 {
                base = machine.add(group.0, pattern, base);
            }
            from = to;
        }
        machine
    }

    /// Takes positions of a group from which the same is read for one from now on. It is work that only a long walk is worth.
    pub fn unite(&mut self, groups: &[(Window, Vec<&Pattern>)]) {
        for (way, (twins, own)) in self.twins.iter_mut().enumerate() {
            twins.extend(0..self.rows.len());
            own.resize(self.loops.len(), u64::MAX);
            for (group, words) in groups.iter().zip(&self.groups) {
                let mut known: HashMap<(Option<Set>, Option<Set>, usize), usize> = HashMap::new();
                let mut end = words.start * 64;
                for pattern in &group.1 {
                    let base = end + usize::from(group.0 == Window::Name);
                    let mut rest = usize::MAX;
                    for step in 0..=pattern.len() {
                        let at = if way == 0 { pattern.len() - step } else { step };
                        let letter = at.checked_sub(way).and_then(|at| pattern.goes(at));
                        let same = known.entry((letter, pattern.stays(at), rest));
                        rest = *same.or_insert(base + at);
                        twins[base + at] = rest;
                        if rest != base + at {
                            clear(own, base + at);
                        }
                    }
                    end = base + pattern.len() + 1;
                }
            }
        }
    }

    /// Adds a pattern whose first position is `base`; tells the position behind it.
    fn add(&mut self, window: Window, pattern: &Pattern, mut base: usize) -> usize {
        if window == Window::Name {
            for bits in [&mut self.ends[0], &mut self.anew, &mut self.lasting] {
                set(bits, base);
            }
            self.rows[base] = (base, base);
            base += 1;
        }
        let (end, words) = (base + pattern.len(), self.loops.len());
        set(&mut self.ends[0], base);
        set(&mut self.ends[1], end);
        let none = || (vec![0; words], vec![0; words]);
        for at in base..=end {
            self.rows[at] = (base, end);
            if let Some(own) = pattern.goes(at - base) {
                set(&mut self.reads.entry(own).or_insert_with(none).0, at);
                if let Set::Char(c) = own {
                    self.holes.extend(is_hole(c).then_some((at, window, c)));
                }
            }
            if let Some(own) = pattern.stays(at - base) {
                set(&mut self.reads.entry(own).or_insert_with(none).1, at);
                if own == Set::Any {
                    set(&mut self.loops, at);
                    if window != Window::Name {
                        set(&mut self.lasting, at);
                    }
                }
            }
        }
        for own in pattern.sets().filter(|own| !matches!(own, Set::Char(_) | Set::Fold(_))) {
            if !self.classes.contains(&own) {
                self.classes.push(own);
            }
        }
        end + 1
    }

    /// The letters and loops of the patterns, each once, in no order.
    pub fn sets(&self) -> impl Iterator<Item = Set> {
        self.reads.keys().copied()
    }

    /// Whether all patterns look at whole texts, so that places do not matter.
    pub fn is_plain(&self) -> bool {
        self.windows.iter().all(|own| own.0 == Window::Whole)
    }

    /// What a letter does at a place.
    pub fn masks(&self, place: Place, c: char) -> Masks {
        let own = [Set::Char(c), Set::Fold(c.to_ascii_lowercase())];
        let classes = self.classes.iter().filter(|set| set.has(c));
        let mut masks = self.united(classes.chain(&own));
        add(&mut masks.1, &self.anew);
        let (go, stay) = &mut masks;
        for (window, own) in &self.windows {
            match place.seen(*window, c) {
                Seen::Read => {}
                Seen::Skip => own.iter().enumerate().for_each(|(at, own)| {
                    go[at] &= !own;
                    stay[at] |= own;
                }),
                Seen::Restart => own.iter().enumerate().for_each(|(at, own)| {
                    go[at] = go[at] & !own | self.anew[at] & own;
                    stay[at] = stay[at] & !own | self.anew[at] & own;
                }),
            }
        }
        masks
    }

    /// Whether one pattern or another reads every text of a pattern of the same window, seen from one row of positions. False says nothing.
    pub fn covers(&self, pattern: &Pattern) -> bool {
        let mut at = self.begin(Way::Onward);
        for i in 0..=pattern.len() {
            if let Some(own) = pattern.stays(i) {
                let (_, stay) = self.covering(own);
                at.iter_mut().zip(stay).for_each(|(at, stay)| *at &= stay);
            }
            if let Some(own) = pattern.goes(i) {
                let masks = self.covering(own);
                let mut next = vec![0; at.len()];
                let step = |group| self.step(&at, &masks, Way::Onward, group, &mut next);
                if !self.groups.iter().map(step).fold(false, |some, own| some | own) {
                    return false;
                }
                at = next;
            }
        }
        self.groups.iter().any(|group| self.ends(&at, group, Way::Onward))
    }

    /// Where whatever is of a set goes on, and where it stays.
    fn covering(&self, set: Set) -> Masks {
        let folded = match set {
            Set::Char(c) => Set::Fold(c.to_ascii_lowercase()),
            other => other,
        };
        let classes = self.classes.iter().filter(|own| own.covers(set));
        self.united(classes.chain([&set, &folded]))
    }

    /// Where one of some sets goes on, and where it stays.
    fn united<'s>(&self, sets: impl Iterator<Item = &'s Set>) -> Masks {
        let mut masks = (vec![0; self.loops.len()], vec![0; self.loops.len()]);
        for (go, stay) in sets.filter_map(|set| self.reads.get(set)) {
            add(&mut masks.0, go);
            add(&mut masks.1, stay);
        }
        masks
    }

    /// The positions that an empty text leads to.
    pub fn begin(&self, way: Way) -> Bits {
        self.ends[usize::from(way == Way::Back)].clone()
    }

    /// Writes the positions of a group behind one letter more to its words of `next`; tells whether there are any.
    pub fn step(
        &self,
        at: &[u64],
        (go, stay): &Masks,
        way: Way,
        group: &Range<usize>,
        next: &mut [u64],
    ) -> bool {
        let (mut carry, mut any) = (0, 0);
        for step in 0..group.len() {
            // What leaves a word goes to the next one on the way. It never leaves the group: no letter is behind a last position.
            let word = match way {
                Way::Onward => group.start + step,
                Way::Back => group.end - 1 - step,
            };
            let moving = match way {
                Way::Onward => (at[word] & go[word]) << 1 | carry,
                Way::Back => (at[word] >> 1 | carry) & go[word],
            };
            carry = match way {
                Way::Onward => (at[word] & go[word]) >> 63,
                Way::Back => at[word] << 63,
            };
            next[word] = moving | at[word] & stay[word];
            any |= next[word];
        }
        any != 0
    }

    /// Whether a text may end here: the words of a group have a position behind the last letter.
    pub fn ends(&self, at: &[u64], group: &Range<usize>, way: Way) -> bool {
        let ends = &self.ends[usize::from(way == Way::Onward)];
        group.clone().any(|word| at[word] & ends[word] != 0)
    }

    /// Whether whatever follows, a text may end there.
    pub fn lasts(&self, at: &[u64], group: &Range<usize>, way: Way) -> bool {
        let ends = &self.ends[usize::from(way == Way::Onward)];
        let lasts = |word: usize| at[word] & ends[word] & self.lasting[word] != 0;
        group.clone().any(lasts)
    }

    /// Adds to a set the positions from which no more is read than from others of its group; or takes those away that are not needed.
    pub fn close(&self, at: &mut [u64], groups: &[Range<usize>], way: Way, less: bool) {
        for group in groups {
            if self.lasts(at, group, way) {
                let ends = &self.ends[usize::from(way == Way::Onward)];
                let word = |word: usize| ends[word] & self.lasting[word];
                for own in group.clone() {
                    at[own] = if less { at[own] & word(own) } else { u64::MAX };
                }
            }
            for word in group.clone() {
                let mut looping = at[word] & self.loops[word];
                while looping != 0 {
                    let own = word * 64 + looping.trailing_zeros() as usize;
                    looping &= looping - 1;
                    let (first, last) = self.rows[own];
                    let range = match way {
                        Way::Onward => first..own,
                        Way::Back => own + 1..last + 1,
                    };
                    fill(at, range, !less);
                }
            }
            let (twins, own) = &self.twins[usize::from(way == Way::Back)];
            for word in group.clone().filter(|_| !own.is_empty()) {
                let mut moving = at[word] & !own[word];
                at[word] &= own[word];
                while moving != 0 {
                    set(at, twins[word * 64 + moving.trailing_zeros() as usize]);
                    moving &= moving - 1;
                }
            }
        }
    }
}


/// Adds a position to a set.
pub fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

fn clear(bits: &mut [u64], at: usize) {
    bits[at / 64] &= !(1 << (at % 64));
}

/// Whether a set has a position.
pub fn has(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

/// Whether a set has no more than another.
pub fn within(bits: &[u64], other: &[u64]) -> bool {
    bits.iter().zip(other).all(|(own, other)| own & !other == 0)
}

fn add(bits: &mut [u64], other: &[u64]) {
    bits.iter_mut().zip(other).for_each(|(own, other)| *own |= other);
}

/// Adds positions, or takes them away.
fn fill(bits: &mut [u64], range: Range<usize>, to: bool) {
    for word in range.start / 64..range.end.div_ceil(64) {
        let mut mask = u64::MAX;
        if word == range.start / 64 {
            mask &= u64::MAX << (range.start % 64);
        }
        if word == range.end / 64 {
            mask &= !(u64::MAX << (range.end % 64));
        }
        bits[word] = if to { bits[word] | mask } else { bits[word] & !mask };
    }
}
