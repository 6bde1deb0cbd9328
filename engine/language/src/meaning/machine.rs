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
    /// For each position the first and the last one of its pattern.
    rows: Vec<(usize, usize)>,
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
        let mut masks = (vec![0; self.loops.len()], self.anew.clone());
        let mut unite = |own: &Masks| {
            add(&mut masks.0, &own.0);
            add(&mut masks.1, &own.1);
        };
        for own in [Set::Char(c), Set::Fold(c.to_ascii_lowercase())] {
            self.reads.get(&own).into_iter().for_each(&mut unite);
        }
        let plain = |set: Set| matches!(set, Set::Char(_) | Set::Fold(_));
        let classes = self.reads.iter().filter(|own| !plain(*own.0) && own.0.has(c));
        classes.for_each(|own| unite(own.1));
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

    /// The positions that an empty text leads to.
    pub fn begin(&self, way: Way) -> Bits {
        self.ends[usize::from(way == Way::Back)].clone()
    }

    /// The positions behind one letter more.
    pub fn step(&self, at: &[u64], (go, stay): &Masks, way: Way) -> Bits {
        let mut next: Bits = at.iter().zip(stay).map(|(at, stay)| at & stay).collect();
        for word in 0..at.len() {
            match way {
                Way::Onward => {
                    let moving = at[word] & go[word];
                    next[word] |= moving << 1;
                    if moving >> 63 == 1 {
                        next[word + 1] |= 1;
                    }
                }
                Way::Back => {
                    next[word] |= at[word] >> 1 & go[word];
                    if word > 0 && at[word] & 1 == 1 {
                        next[word - 1] |= go[word - 1] & 1 << 63;
                    }
                }
            }
        }
        next
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
        }
    }
}

/// Adds a position to a set.
pub fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
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
