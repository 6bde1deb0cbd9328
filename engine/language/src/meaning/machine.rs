//! Many patterns read side by side: a bit for each position of each, and a step of all of them by shift and mask.
//!
//! A set of positions is what a text can have led to, read from its beginning, or what can still lead to an end, read from there. Both
//! come to the same masks, shifted one way or the other. The patterns stand in groups, each the union of a list, and each group
//! in words of its own.
//!
//! A part that begins anew ([`Window::Name`]) has one position more, before its first: there everything is read, and a letter behind
//! which the part begins anew leads on. All other positions end at such a letter, so a text is read by choosing the last one.
//!
//! A letter that stands for the value of a variable is read as any text that the variable can be, where lists say what that is; these
//! texts are read from their beginnings alone.
//!
//! *Closed sets.* A position with a loop over everything reads whatever an earlier one of its pattern reads, and is reached by
//! whatever reaches a later one. With all such positions added, sets that say the same are more often the same.

use crate::meaning::pattern::{List, Pattern, Place, SEPARATOR, Seen, Set, Window, is_hole};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

/// A set of positions.
pub type Bits = Vec<u64>;

/// The positions of all patterns; and for values that are being read, the position before each and those of the value's lists.
pub type At = (Bits, Vec<(usize, Bits)>);

/// Patterns of a list, and the part of a text that they look at.
pub type Rows<'l> = (Window, Vec<&'l Pattern>);

/// What the value that a letter stands for is in, and is not in: lists marked so. Where letters are not told, they are letters.
pub type Nested = BTreeMap<char, Vec<(List, bool)>>;

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
    holes: Vec<(usize, Window, char)>,
    values: BTreeMap<char, Value>,
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
    pub fn new(groups: &[Rows], nested: &Nested) -> Self {
        let mut machine = Self::default();
        let size = |(window, patterns): &Rows| {
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
        let values = nested.iter().map(|(c, lists)| (*c, Value::new(lists)));
        machine.values.extend(values);
        machine.holes.retain(|own| nested.contains_key(&own.2));
        machine
    }

    /// Takes positions of a group from which the same is read for one from now on. It is work that only a long walk is worth.
    pub fn united(mut self, groups: &[Rows]) -> Self {
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
        self
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
        for own in pattern
            .sets()
            .filter(|own| !matches!(own, Set::Char(_) | Set::Fold(_)))
        {
            if !self.classes.contains(&own) {
                self.classes.push(own);
            }
        }
        end + 1
    }

    /// A letter for each way in which the patterns, and those of values, treat one: some text of these letters is treated as any text is.
    pub fn letters(&self) -> Vec<char> {
        // Every character that is spelled out, in both cases where case is folded, and those that windows look at.
        let mut spelled = BTreeSet::from([':', '/', SEPARATOR]);
        let mut classes: Vec<Set> = Vec::new();
        let values = self.values.values().map(|value| &value.machine);
        for set in values.chain([self]).flat_map(|own| own.reads.keys()) {
            match *set {
                Set::Char(c) => spelled.extend([c]),
                Set::Fold(c) => spelled.extend([c, c.to_ascii_uppercase()]),
                class if !classes.contains(&class) => classes.push(class),
                _ => {}
            }
        }
        // Of all others one for each choice of classes. No class tells two characters apart that are not ASCII.
        let foreign = ('\u{a1}'..)
            .find(|c| !spelled.contains(c))
            .expect("some letter is not spelled");
        let mut columns = BTreeSet::new();
        let column = |c: &char| {
            let own = classes.iter().map(|class| class.has(*c));
            own.collect::<Vec<bool>>()
        };
        let others = ('\0'..='\u{7f}')
            .chain([foreign])
            .filter(|c| !spelled.contains(c));
        let mut letters: Vec<char> = others.filter(|c| columns.insert(column(c))).collect();
        // Where values are known no text has letters for them.
        letters.extend(
            spelled
                .iter()
                .filter(|c| self.values.is_empty() || !is_hole(**c)),
        );
        letters
    }

    /// Whether all patterns look at whole texts, so that places do not matter.
    pub fn is_plain(&self) -> bool {
        self.windows.iter().all(|own| own.0 == Window::Whole)
    }

    /// What a letter does at a place.
    pub fn masks(&self, place: Place, c: char) -> Masks {
        let own = [Set::Char(c), Set::Fold(c.to_ascii_lowercase())];
        let classes = self.classes.iter().filter(|set| set.has(c));
        let mut masks = self.either(classes.chain(&own));
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
        let mut at = self.ends[0].clone();
        for i in 0..=pattern.len() {
            if let Some(own) = pattern.stays(i) {
                let (_, stay) = self.covering(own);
                at.iter_mut().zip(stay).for_each(|(at, stay)| *at &= stay);
            }
            if let Some(own) = pattern.goes(i) {
                let masks = self.covering(own);
                let mut next = vec![0; at.len()];
                let step = |group| self.step(&at, &masks, Way::Onward, group, &mut next);
                if !self
                    .groups
                    .iter()
                    .map(step)
                    .fold(false, |some, own| some | own)
                {
                    return false;
                }
                at = next;
            }
        }
        self.groups
            .iter()
            .any(|group| self.ends(&at, group, Way::Onward))
    }

    /// Where whatever is of a set goes on, and where it stays.
    fn covering(&self, set: Set) -> Masks {
        let folded = match set {
            Set::Char(c) => Set::Fold(c.to_ascii_lowercase()),
            other => other,
        };
        let classes = self.classes.iter().filter(|own| own.covers(set));
        self.either(classes.chain([&set, &folded]))
    }

    /// Where one of some sets goes on, and where it stays.
    fn either<'s>(&self, sets: impl Iterator<Item = &'s Set>) -> Masks {
        let mut masks = (vec![0; self.loops.len()], vec![0; self.loops.len()]);
        for (go, stay) in sets.filter_map(|set| self.reads.get(set)) {
            add(&mut masks.0, go);
            add(&mut masks.1, stay);
        }
        masks
    }

    /// The positions that an empty text leads to.
    pub fn begin(&self, way: Way) -> At {
        let mut bits = self.ends[usize::from(way == Way::Back)].clone();
        self.settle(&mut bits);
        (bits, Vec::new())
    }

    /// The positions behind one letter more; `None` as soon as one of the first `needed` groups is seen to have none.
    pub fn read(
        &self,
        at: &At,
        place: Place,
        c: char,
        masks: &Masks,
        way: Way,
        needed: usize,
    ) -> Option<At> {
        let mut bits = vec![0; at.0.len()];
        for (n, group) in self.groups.iter().enumerate() {
            let some = self.step(&at.0, masks, way, group, &mut bits);
            if !some && n < needed && self.values.is_empty() {
                return None;
            }
        }
        let values = self.values(at, place, c, &mut bits);
        let there = |group: &Range<usize>| {
            let value = |(bit, _): &(usize, Bits)| group.contains(&(bit / 64));
            group.clone().any(|word| bits[word] != 0) || values.iter().any(value)
        };
        self.groups[..needed]
            .iter()
            .all(there)
            .then_some((bits, values))
    }

    /// The values that are being read behind a letter; adds the positions behind those that may end.
    fn values(&self, at: &At, place: Place, c: char, bits: &mut Bits) -> Vec<(usize, Bits)> {
        let mut out = Vec::new();
        for (bit, window, letter) in &self.holes {
            let value = &self.values[letter];
            let own = at.1.iter().filter(|own| own.0 == *bit);
            let own = own.map(|own| own.1.clone());
            match place.seen(*window, c) {
                Seen::Skip => out.extend(own.map(|own| (*bit, own))),
                Seen::Restart => {}
                Seen::Read => {
                    let new = has(&at.0, *bit).then(|| value.machine.begin(Way::Onward).0);
                    for read in own.chain(new).filter_map(|own| value.step(&own, c)) {
                        if value.ends(&read) {
                            set(bits, bit + 1);
                        }
                        out.push((*bit, read));
                    }
                }
            }
        }
        self.settle(bits);
        out
    }

    /// Adds the positions behind values that may be empty.
    fn settle(&self, bits: &mut Bits) {
        for (bit, _, letter) in &self.holes {
            let value = &self.values[letter];
            if has(bits, *bit) && value.ends(&value.machine.begin(Way::Onward).0) {
                set(bits, bit + 1);
            }
        }
    }

    /// Writes the positions of a group behind one letter more to its words of `next`; tells whether there are any.
    fn step(
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

    /// The sets with but one of the positions of a group, and with but one of the values that are read there.
    pub fn apart(&self, at: &At, group: &Range<usize>) -> Vec<At> {
        let own = |value: &&(usize, Bits)| group.contains(&(value.0 / 64));
        let mut rest = at.clone();
        rest.0[group.clone()].fill(0);
        rest.1.retain(|value| !own(&value));
        let bits = (group.start * 64..group.end * 64).filter(|bit| has(&at.0, *bit));
        let mut out: Vec<At> = Vec::new();
        for bit in bits {
            let mut one = rest.clone();
            set(&mut one.0, bit);
            out.push(one);
        }
        for value in at.1.iter().filter(own) {
            let (bits, mut values) = rest.clone();
            values.push(value.clone());
            out.push((bits, values));
        }
        out
    }
}

/// The lists of a variable's value side by side.
#[derive(Debug)]
struct Value {
    machine: Machine,
    holds: Vec<bool>,
}

impl Value {
    fn new(lists: &[(List, bool)]) -> Self {
        // A value is a text of its own, whatever part of another it may be.
        let rows = lists
            .iter()
            .map(|own| (Window::Whole, own.0.patterns.iter().collect()));
        let rows: Vec<Rows> = rows.collect();
        Self {
            machine: Machine::new(&rows, &Nested::new()),
            holds: lists.iter().map(|own| own.1).collect(),
        }
    }

    /// What a value has read with a letter more, if it can go on.
    fn step(&self, at: &Bits, c: char) -> Option<Bits> {
        let masks = self.machine.masks(Place::default(), c);
        let mut next = vec![0; at.len()];
        let mut groups = self.machine.groups.iter().zip(&self.holds);
        let mut step = |group| self.machine.step(at, &masks, Way::Onward, group, &mut next);
        groups
            .all(|(group, holds)| step(group) || !holds)
            .then_some(next)
    }

    /// Whether a value may end here: in every list that it is in, and in none that it is not in.
    fn ends(&self, at: &Bits) -> bool {
        let mut groups = self.machine.groups.iter().zip(&self.holds);
        groups.all(|(own, holds)| self.machine.ends(at, own, Way::Onward) == *holds)
    }
}

/// Adds a position to a set.
fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

fn clear(bits: &mut [u64], at: usize) {
    bits[at / 64] &= !(1 << (at % 64));
}

/// Whether a set has a position.
fn has(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

/// Whether a set has no more than another.
pub fn within(bits: &[u64], other: &[u64]) -> bool {
    bits.iter().zip(other).all(|(own, other)| own & !other == 0)
}

fn add(bits: &mut [u64], other: &[u64]) {
    bits.iter_mut()
        .zip(other)
        .for_each(|(own, other)| *own |= other);
}

/// Adds positions, or takes them away.
fn fill(bits: &mut [u64], range: Range<usize>, to: bool) {
    let (first, behind) = (range.start / 64, range.end.div_ceil(64));
    for (word, own) in bits.iter_mut().enumerate().take(behind).skip(first) {
        let mut mask = u64::MAX;
        if word == range.start / 64 {
            mask &= u64::MAX << (range.start % 64);
        }
        if word == range.end / 64 {
            mask &= !(u64::MAX << (range.end % 64));
        }
        *own = if to { *own | mask } else { *own & !mask };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meaning::pattern::HOLE;

    /// Numbers that look random and are always the same.
    struct Dice(u64);

    impl Dice {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            (self.0 % end as u64) as usize
        }

        fn pick<T: Copy>(&mut self, items: &[T]) -> T {
            items[self.below(items.len())]
        }

        fn pattern(&mut self, sets: &[Set]) -> Pattern {
            let mut pattern = Pattern::default();
            for _ in 0..self.below(6) {
                let set = self.pick(sets);
                match self.below(3) {
                    0 => pattern.star(if self.below(2) == 0 { Set::Any } else { set }),
                    _ => pattern.letter(set),
                }
            }
            pattern
        }
    }

    const WINDOWS: [Window; 6] = [
        Window::Whole,
        Window::Arn,
        Window::Account,
        Window::Name,
        Window::Session,
        Window::AccountAndName,
    ];

    const SETS: [Set; 8] = [
        Set::Char('a'),
        Set::Char('b'),
        Set::Fold('a'),
        Set::One,
        Set::Any,
        Set::Not(":"),
        Set::Char(':'),
        Set::Char('/'),
    ];

    fn rows(list: &List) -> Rows<'_> {
        (list.window, list.patterns.iter().collect())
    }

    /// All texts of these letters up to a length.
    fn texts(letters: &[char], longest: usize) -> Vec<String> {
        let mut texts = vec![String::new()];
        let mut last = 0;
        for _ in 0..longest {
            let longer = texts[last..].iter();
            let longer = longer.flat_map(|text| letters.iter().map(move |c| format!("{text}{c}")));
            let longer: Vec<String> = longer.collect();
            last = texts.len();
            texts.extend(longer);
        }
        texts
    }

    /// The groups whose lists hold a text, as the machine reads it.
    fn held(machine: &Machine, text: &str, way: Way, close: bool) -> Vec<bool> {
        let mut steps = Vec::new();
        let mut place = Place::default();
        for c in text.chars() {
            steps.push((place, c));
            place = place.after(c);
        }
        if way == Way::Back {
            steps.reverse();
        }
        let mut at = machine.begin(way);
        for (place, c) in steps {
            let masks = machine.masks(place, c);
            at = machine
                .read(&at, place, c, &masks, way, 0)
                .expect("no group is needed");
            if close {
                machine.close(&mut at.0, &machine.groups, way, false);
            }
        }
        let ends = |group| machine.ends(&at.0, group, way);
        machine.groups.iter().map(ends).collect()
    }

    #[test]
    fn a_machine_reads_what_lists_hold_from_either_end() {
        let mut dice = Dice(7);
        let (mut inside, mut outside) = (0, 0);
        for _ in 0..3_000 {
            let mut list = || List {
                window: dice.pick(&WINDOWS),
                patterns: (0..1 + dice.below(4))
                    .map(|_| dice.pattern(&SETS))
                    .collect(),
            };
            let lists = [list(), list(), list()];
            let groups: Vec<Rows> = lists.iter().map(rows).collect();
            let plain = Machine::new(&groups, &Nested::new());
            let united = Machine::new(&groups, &Nested::new()).united(&groups);
            for _ in 0..8 {
                let letters = ['a', 'b', 'A', 'x', ':', ':', ':', '/', SEPARATOR];
                let text: String = (0..dice.below(12)).map(|_| dice.pick(&letters)).collect();
                let known: Vec<bool> = lists.iter().map(|list| list.has(&text)).collect();
                inside += known.iter().filter(|own| **own).count();
                outside += known.iter().filter(|own| !**own).count();
                for (machine, close) in [(&plain, false), (&plain, true), (&united, true)] {
                    for way in [Way::Onward, Way::Back] {
                        let own = held(machine, &text, way, close);
                        assert_eq!(own, known, "{lists:?} {text:?} {way:?} {close}");
                    }
                }
            }
        }
        assert!(inside > 10_000 && outside > 10_000, "{inside} {outside}");
    }

    #[test]
    fn what_is_told_apart_reads_the_same_and_what_lasts_holds_whatever_follows() {
        let mut dice = Dice(11);
        let (mut ended, mut lasted) = (0, 0);
        for _ in 0..3_000 {
            let window = dice.pick(&WINDOWS);
            let patterns = (0..1 + dice.below(3))
                .map(|_| dice.pattern(&SETS))
                .collect();
            let list = List { window, patterns };
            let machine = Machine::new(&[rows(&list)], &Nested::new());
            let group = machine.groups[0].clone();
            let letters = ['a', 'b', ':', ':', ':', '/', SEPARATOR];
            let text: Vec<char> = (0..dice.below(10)).map(|_| dice.pick(&letters)).collect();
            let (mut one, mut many, mut place) =
                (machine.begin(Way::Onward), Vec::new(), Place::default());
            let mut lasts = false;
            many.push(one.clone());
            for c in text {
                let masks = machine.masks(place, c);
                let read = |at: &At| machine.read(at, place, c, &masks, Way::Onward, 1);
                lasts |= machine.lasts(&one.0, &group, Way::Onward);
                let Some(next) = read(&one) else {
                    assert!(many.iter().all(|at| read(at).is_none()) && !lasts);
                    many.clear();
                    break;
                };
                one = next;
                many = many
                    .iter()
                    .filter_map(read)
                    .flat_map(|mut at| {
                        machine.close(&mut at.0, &machine.groups, Way::Onward, true);
                        machine.apart(&at, &group)
                    })
                    .collect();
                place = place.after(c);
            }
            let ends = |at: &At| machine.ends(&at.0, &group, Way::Onward);
            if many.is_empty() {
                continue;
            }
            assert_eq!(many.iter().any(ends), ends(&one), "{list:?}");
            assert!(!lasts || ends(&one), "{list:?}");
            ended += usize::from(ends(&one));
            lasted += usize::from(lasts);
        }
        assert!(ended > 300 && lasted > 100, "{ended} {lasted}");
    }

    #[test]
    fn what_a_machine_covers_it_reads() {
        let mut dice = Dice(3);
        let texts = texts(&['a', 'b', 'A', ':'], 4);
        let mut covered = 0;
        for _ in 0..20_000 {
            let list = List::whole([dice.pattern(&SETS), dice.pattern(&SETS)]);
            let one = dice.pattern(&SETS);
            let machine = Machine::new(&[rows(&list)], &Nested::new());
            if machine.covers(&one) {
                covered += 1;
                let own = List::whole([one]);
                let lost = texts.iter().find(|text| own.has(text) && !list.has(text));
                assert_eq!(lost, None, "{own:?} {list:?}");
            }
        }
        assert!(covered > 1_000, "{covered}");
    }

    #[test]
    fn some_letter_stands_for_every_letter() {
        let mut dice = Dice(5);
        let sets = [
            SETS.as_slice(),
            &[
                Set::Digit,
                Set::Hex,
                Set::Name,
                Set::Graphic,
                Set::Lower("-"),
                Set::Char('\u{e9}'),
            ],
        ]
        .concat();
        for _ in 0..500 {
            let list = List::whole((0..4).map(|_| dice.pattern(&sets)));
            let machine = Machine::new(&[rows(&list)], &Nested::new());
            let known: Vec<Masks> = machine
                .letters()
                .iter()
                .map(|c| machine.masks(Place::default(), *c))
                .collect();
            for c in ('\0'..='\u{ff}').chain(['\u{4e00}', '\u{10ffff}']) {
                assert!(
                    known.contains(&machine.masks(Place::default(), c)),
                    "{c:?} {list:?}"
                );
            }
        }
    }

    /// `a`, a value, and something behind: read with the lists of the value, it is what some word of the value spells.
    #[test]
    fn a_value_is_read_as_each_text_that_it_can_be() {
        let mut dice = Dice(13);
        let texts = texts(&['a', 'b'], 5);
        let sets = [Set::Char('a'), Set::Char('b'), Set::One];
        let mut found = 0;
        for _ in 0..2_000 {
            let lists = [
                dice.pattern(&sets),
                dice.pattern(&sets),
                dice.pattern(&sets),
            ];
            let value = vec![
                (List::whole([lists[0].clone(), lists[1].clone()]), true),
                (List::whole([lists[2].clone()]), false),
            ];
            let words: Vec<&String> = texts
                .iter()
                .filter(|text| value.iter().all(|(list, holds)| list.has(text) == *holds))
                .collect();
            let pattern = dice
                .pattern(&sets)
                .with(&Pattern::text(&HOLE.to_string()))
                .with(&dice.pattern(&sets));
            // Where a value is empty, two loops become one, which is right for loops over everything alone.
            let narrow = |at| pattern.stays(at).is_some_and(|own| own != Set::Any);
            if (0..=pattern.len()).any(narrow) {
                continue;
            }
            let exact = List::whole([pattern]);
            let machine = Machine::new(&[rows(&exact)], &Nested::from([(HOLE, value.clone())]));
            assert!(!machine.letters().contains(&HOLE));
            for text in &texts {
                let spelled = |word: &&String| {
                    exact
                        .fill(|_| Some((*word).clone()))
                        .is_some_and(|list| list.has(text))
                };
                let known = words.iter().any(spelled);
                found += usize::from(known);
                assert_eq!(
                    held(&machine, text, Way::Onward, true),
                    [known],
                    "{exact:?} {value:?} {text}"
                );
            }
        }
        assert!(found > 1_000, "{found}");
    }
}
