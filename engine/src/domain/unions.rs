//! The search for a text in many unions of patterns at once.
//!
//! [`crate::domain::product`] chooses one row of each union and walks one position of each row, so it is never worse than its number
//! of choices, which is the product of the unions' lengths. Here no choice is made: a node of the walk is the set of places
//! that all rows can have reached, a bit each, and a union is left once one of its rows accepts. Patterns that differ in
//! their ends become one automaton whose size is their length, however many unions there are (Aho and Corasick, "Efficient string
//! matching: an aid to bibliographic search", CACM 1975). `*a` with a run of `?` behind it is the contrary: a set for each choice of
//! places. It is easy from its end, so a walk can read all rows backwards. [`crate::domain::text`] tries the ways in turn, each for
//! some steps.
//!
//! *Twins.* Where one of `?a??` and `?b??` was read as far as the letter, the same is left of both, so a set holds the first of such places for all
//! of them. Otherwise it would remember each letter that was read: 2^n sets for n places of two letters.
//!
//! *Antichains.* A place with a loop over everything reads whatever an earlier place of its row reads, so a set is closed under
//! going back in a row from such a place. A node is dropped when a known one has at least its places of the wanted rows and at most
//! its places of the unwanted ones (De Wulf, Doyen, Henzinger and Raskin, "Antichains", CAV 2006).

use crate::domain::machine::Machine;
use crate::domain::product::{
    Column, Masks, Run, Twins, any_between, contains, intersects, is_subset, set, shift,
};
use crate::domain::steps::Steps;
use crate::domain::text::{Class, Letter, Row, is_hole};
use crate::hash::QuickMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

/// A search that is set up: it may be asked again with more steps.
pub(crate) struct Search {
    places: Places,
    columns: Vec<Column>,
}

impl Search {
    /// Looks for a text that the machine accepts, that some row of each union matches, and none of `negative`.
    pub(crate) fn new<M: Machine>(machine: &M, unions: &[Vec<&Row>], negative: &[&Row]) -> Self {
        let places = Places::new(unions, negative);
        let columns = places.columns(machine.letters(), unions, negative);
        Self { places, columns }
    }

    /// The text. `None` is a promise unless `steps` are out.
    pub(crate) fn run<M: Machine>(&self, machine: &M, steps: &mut Steps) -> Option<String> {
        if self.places.unions.iter().any(Range::is_empty) {
            return None;
        }
        // What it takes to set the search up.
        if !steps.spend((self.places.words * (1 + self.columns.len()) / 4) as u64) {
            return None;
        }
        self.places.walk(machine, &self.columns, steps)
    }
}

/// How many nodes a new one is held against whatever their wanted places: to hold it against all is more work than it saves.
const STRONG: usize = 64;

/// Where the rows stand in a set, and what their places mean.
struct Places {
    /// How many words a set takes.
    words: usize,
    /// How many of them hold places of unions; those of negative rows begin with a word of their own.
    width: usize,
    unions: Vec<Range<usize>>,
    /// How many letters are left behind each place of a union.
    left: Vec<u32>,
    /// First places with a loop over everything: they are in every set. How many letters are left behind the nearest of each union.
    always: Vec<u64>,
    nearest: Vec<Option<u32>>,
    /// The first place of the row that a place belongs to.
    first: Vec<u32>,
    start: Vec<u64>,
    accept: Vec<u64>,
    /// Places that loop over everything, and others that read whatever an earlier place of their row reads.
    loops: Vec<u64>,
    /// Those of them behind the last letter of a row.
    universal: Vec<u64>,
    /// Whether a place before a run of any letters and a loop over everything counts as a loop.
    counting: bool,
    /// Places of one union, or of negative rows, that are one.
    twins: Twins,
}

impl Places {
    fn new(unions: &[Vec<&Row>], negative: &[&Row]) -> Self {
        let length = |rows: &[&Row]| rows.iter().map(|row| row.len() + 1).sum::<usize>();
        let wanted: usize = unions.iter().map(|rows| length(rows)).sum();
        let width = wanted.div_ceil(64);
        let words = width + length(negative).div_ceil(64);
        let empty = || vec![0; words];
        let mut places = Self {
            words,
            width,
            unions: Vec::with_capacity(unions.len()),
            left: Vec::with_capacity(wanted),
            always: empty(),
            nearest: Vec::with_capacity(unions.len()),
            first: vec![0; words * 64],
            start: empty(),
            accept: empty(),
            loops: empty(),
            universal: empty(),
            counting: false,
            twins: Twins::new(std::iter::empty()),
        };
        // A run of letters that may be any, up to a loop over everything at the end, is left sooner from each of its places than from those before it: only the
        // number of letters counts. That is so only where no letter stands for a variable, which such a run does not read.
        let spelled = unions.iter().flatten().chain(negative);
        places.counting = spelled.into_iter().all(|row| {
            let variable = |letter: &Letter| matches!(letter, Letter::Char(c) if is_hole(*c));
            !row.parts().0.iter().any(variable)
        });
        let mut base = 0;
        for rows in unions {
            let from = base;
            for row in rows {
                places.left.extend((0..=row.len() as u32).rev());
                base = places.add(row, base);
            }
            places.unions.push(from..base);
            let always = (from..base).filter(|at| contains(&places.always, *at));
            let nearest = always.map(|at| places.left[at]).min();
            places.nearest.push(nearest);
        }
        let groups = places.unions.iter().zip(unions);
        let groups = groups.map(|(own, rows)| (own.start, rows.as_slice()));
        places.twins = Twins::new(groups.chain(std::iter::once((width * 64, negative))));
        base = width * 64;
        for row in negative {
            base = places.add(row, base);
        }
        places
    }

    /// Adds a row whose first place is `base`, and gives the place behind it.
    fn add(&mut self, row: &Row, base: usize) -> usize {
        let end = base + row.len();
        set(&mut self.start, base);
        set(&mut self.accept, end);
        for (at, class) in row.parts().1.iter().enumerate() {
            self.first[base + at] = base as u32;
            // Nothing is before the first place.
            if *class == Some(Class::Any) && at > 0 {
                set(&mut self.loops, base + at);
            }
        }
        if row.parts().1[0] == Some(Class::Any) {
            set(&mut self.always, base);
        }
        if row.parts().1[row.len()] == Some(Class::Any) {
            set(&mut self.universal, end);
            let letters = row.parts().0.iter().rev();
            let any = letters.take_while(|letter| **letter == Letter::Of(Class::Any));
            if self.counting {
                (1..=any.count().min(row.len().saturating_sub(1)))
                    .for_each(|back| set(&mut self.loops, end - back));
            }
        }
        end + 1
    }

    /// The letters that the rows can tell apart; one that some union cannot read anywhere has no column.
    fn columns(
        &self,
        alphabet: Option<&str>,
        unions: &[Vec<&Row>],
        negative: &[&Row],
    ) -> Vec<Column> {
        let rows = unions
            .iter()
            .flatten()
            .scan(0, |base, row| {
                let own = *base;
                *base += row.len() + 1;
                Some((*row, own))
            })
            .chain(negative.iter().scan(self.width * 64, |base, row| {
                let own = *base;
                *base += row.len() + 1;
                Some((*row, own))
            }));
        let masks = Masks::new(rows, self.words);
        let mut columns: Vec<Column> = Vec::new();
        let mut bits = vec![0; 2 * self.words];
        let mut add = |letter: char, keep_all: bool| {
            masks.column(letter, &mut bits);
            let (stay, go) = bits.split_at(self.words);
            let reads = |own: &Range<usize>| {
                any_between(stay, own.start, own.end) || any_between(go, own.start, own.end)
            };
            if self.unions.iter().all(reads) {
                Column::add(&mut columns, letter, keep_all, &bits);
            }
        };
        match alphabet {
            Some(alphabet) => alphabet.chars().for_each(|c| add(c, true)),
            None => masks.letters().for_each(|c| add(c, false)),
        }
        columns
    }

    fn walk<M: Machine>(
        &self,
        machine: &M,
        columns: &[Column],
        steps: &mut Steps,
    ) -> Option<String> {
        let mut run = Run::new(machine, columns);
        let mut nodes: Vec<(u32, char, u32)> = Vec::new();
        let mut sets: Vec<u64> = Vec::new();
        let mut seen: QuickMap<(u32, Vec<u64>), Vec<u32>> = QuickMap::default();
        let mut strong: QuickMap<u32, Vec<u32>> = QuickMap::default();
        // Nearest to the end first; among equals the older node, so that the walk is deterministic.
        let mut queue: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
        let mut here = self.start.clone();
        self.close(&mut here);
        if intersects(&here[self.width..], &self.universal[self.width..]) {
            return None;
        }
        let left = self.left(&here);
        for state in run.start() {
            queue.push(Reverse((left, nodes.len() as u32)));
            nodes.push((u32::MAX, ' ', state));
            sets.extend_from_slice(&here);
        }
        let mut next = vec![0; self.words];
        let reading = 1 + self.words as u64 / 4;
        let keeping = self.words as u64 / 2;
        while let Some(Reverse((left, current))) = queue.pop() {
            if !steps.expand(1) {
                return None;
            }
            let from = current as usize * self.words;
            here.copy_from_slice(&sets[from..from + self.words]);
            let (_, _, state) = nodes[current as usize];
            if left == 0
                && run.accepts(state)
                && !intersects(&here[self.width..], &self.accept[self.width..])
            {
                return Some(text(&nodes, current));
            }
            for (index, column) in columns.iter().enumerate() {
                if !steps.spend(reading) {
                    return None;
                }
                shift(&here, column.stay(), column.go(), &mut next);
                if !self
                    .unions
                    .iter()
                    .all(|own| any_between(&next, own.start, own.end))
                {
                    continue;
                }
                self.twins.unite(&mut next);
                self.close(&mut next);
                if intersects(&next[self.width..], &self.universal[self.width..]) {
                    continue;
                }
                let left = self.left(&next);
                for (letter, state) in run.moves(state, index) {
                    let set_of = |node: &u32| {
                        let from = *node as usize * self.words;
                        &sets[from..from + self.words]
                    };
                    let known = seen
                        .entry((*state, next[..self.width].to_vec()))
                        .or_default();
                    let strong = strong.entry(*state).or_default();
                    if !steps.spend(2 + keeping + (known.len() + strong.len()) as u64 / 8) {
                        return None;
                    }
                    if known
                        .iter()
                        .chain(&*strong)
                        .any(|node| self.does_better(set_of(node), &next))
                    {
                        continue;
                    }
                    known.retain(|node| !self.does_better(&next, set_of(node)));
                    strong.retain(|node| !self.does_better(&next, set_of(node)));
                    let node = u32::try_from(nodes.len()).expect("fewer than 2^32 nodes");
                    known.push(node);
                    if strong.len() < STRONG {
                        strong.push(node);
                    }
                    nodes.push((current, *letter, *state));
                    sets.extend_from_slice(&next);
                    queue.push(Reverse((left, node)));
                }
            }
        }
        None
    }

    /// Whether every text that a set leads to an end is one of another set: it has its wanted places, and no more unwanted ones.
    fn does_better(&self, one: &[u64], other: &[u64]) -> bool {
        is_subset(&one[self.width..], &other[self.width..])
            && is_subset(&other[..self.width], &one[..self.width])
    }

    /// Adds the places from which nothing more is read than from others of the set.
    fn close(&self, set: &mut [u64]) {
        for own in &self.unions {
            // A union of which one row accepts whatever follows is done with.
            if meets_between(set, &self.universal, own) {
                fill(set, own.start, own.end - 1);
            } else {
                self.close_between(set, own);
            }
        }
        self.close_between(set, &(self.width * 64..self.words * 64));
    }

    fn close_between(&self, set: &mut [u64], own: &Range<usize>) {
        for word in own.start / 64..own.end.div_ceil(64) {
            let mut looping = set[word] & self.loops[word] & between(word, own);
            while looping != 0 {
                let at = word * 64 + 63 - looping.leading_zeros() as usize;
                let first = self.first[at] as usize;
                fill(set, first, at);
                // Whatever else of this row is in the word, lies in what was filled.
                looping &= match first.checked_sub(word * 64) {
                    Some(start) => (1 << start) - 1,
                    None => 0,
                };
            }
        }
    }

    /// How many letters are left at least, the unions taken together.
    fn left(&self, set: &[u64]) -> u32 {
        let least = |(own, nearest): (&Range<usize>, &Option<u32>)| {
            if meets_between(set, &self.accept, own) {
                return 0;
            }
            let mut least = nearest.unwrap_or(u32::MAX);
            let words = own.start / 64..own.end.div_ceil(64);
            for (word, bits) in set.iter().enumerate().take(words.end).skip(words.start) {
                let mut rest = bits & !self.always[word] & between(word, own);
                while rest != 0 {
                    least = least.min(self.left[word * 64 + rest.trailing_zeros() as usize]);
                    rest &= rest - 1;
                }
            }
            if least == u32::MAX { 0 } else { least }
        };
        self.unions.iter().zip(&self.nearest).map(least).sum()
    }
}

/// The letters on the way to a node.
fn text(nodes: &[(u32, char, u32)], node: u32) -> String {
    let mut letters = Vec::new();
    let (mut parent, mut letter, _) = nodes[node as usize];
    while parent != u32::MAX {
        letters.push(letter);
        (parent, letter, _) = nodes[parent as usize];
    }
    letters.into_iter().rev().collect()
}

/// Adds the numbers from one to another, both included.
fn fill(words: &mut [u64], from: usize, to: usize) {
    let (first, last) = (from / 64, to / 64);
    for (at, word) in words.iter_mut().enumerate().take(last + 1).skip(first) {
        let mut mask = u64::MAX;
        if at == first {
            mask &= u64::MAX << (from % 64);
        }
        if at == last {
            mask &= u64::MAX >> (63 - to % 64);
        }
        *word |= mask;
    }
}

/// Whether two sets have a number of a range in common.
fn meets_between(one: &[u64], other: &[u64], range: &Range<usize>) -> bool {
    (range.start / 64..range.end.div_ceil(64))
        .any(|word| one[word] & other[word] & between(word, range) != 0)
}

/// Which numbers of a word are in a range.
fn between(word: usize, range: &Range<usize>) -> u64 {
    let mut bits = u64::MAX;
    if word == range.start / 64 {
        bits &= u64::MAX << (range.start % 64);
    }
    if word == range.end / 64 {
        bits &= !(u64::MAX << (range.end % 64));
    }
    bits
}
