//! The search for a text in the product of several patterns.
//!
//! A node of the walk is a tuple: one position in each positive row, the state of a machine, and the set of positions
//! that all negative rows can have reached. Only letters that the rows can tell apart are walked, and a tuple is
//! dropped when a known one has the same positions and fewer negative ones (De Wulf, Doyen, Henzinger and Raskin, "Antichains",
//! CAV 2006). Every position of every row is one bit: the columns of a letter (where it loops, where it advances) are unions of the
//! masks of the classes that hold it and of the places that spell it, so a search is set up in time proportional to the length of
//! its rows, and all negative rows take a step by shift and mask. In a long search places of negative rows with the same rest are one.

use crate::domain::machine::Machine;
use crate::domain::steps::Steps;
use crate::domain::text::{Class, FRESH, Letter, Row, SEPARATOR, is_hole};
use crate::hash::QuickMap;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Finds a text that the machine accepts and every row of `positive` matches, and none of `negative`.
///
/// `steps` counts the work: the letters that are read in a tuple, and what is remembered of it. With nothing left, nothing is found.
pub(crate) fn search<M: Machine>(
    machine: &M,
    positive: &[&Row],
    negative: &[&Row],
    steps: &mut Steps,
) -> Option<String> {
    Product::new(positive, negative, machine.letters()).search(machine, steps)
}

/// Letters that all rows treat alike.
pub(crate) struct Column {
    /// All of those that a machine reads; where there is none, one stands for all.
    letters: Vec<char>,
    /// At which positions the letter loops, then at which it advances.
    bits: Vec<u64>,
}

impl Column {
    /// Adds a letter to the column that is equal to its own, or as a new one. `keep_all`: a machine may tell it from others of the column.
    pub(crate) fn add(columns: &mut Vec<Column>, letter: char, keep_all: bool, bits: &[u64]) {
        match columns.iter_mut().find(|column| column.bits == *bits) {
            Some(known) if keep_all => known.letters.push(letter),
            Some(_) => {}
            None => columns.push(Column {
                letters: vec![letter],
                bits: bits.to_vec(),
            }),
        }
    }

    pub(crate) fn stay(&self) -> &[u64] {
        &self.bits[..self.bits.len() / 2]
    }

    pub(crate) fn go(&self) -> &[u64] {
        &self.bits[self.bits.len() / 2..]
    }
}

/// The product of all rows of one search.
struct Product<'a> {
    positive: &'a [&'a Row],
    against: &'a [&'a Row],
    /// Places of negative rows that are one, once the search has become long.
    twins: Option<Twins>,
    /// The first position of each positive row.
    bases: Vec<usize>,
    /// How many words the positions of positive rows take; those of negative rows begin with a word of their own.
    width: usize,
    columns: Vec<Column>,
    negative_start: Vec<u64>,
    negative_accept: Vec<u64>,
    /// Positions from which a negative row matches whatever follows.
    negative_universal: Vec<u64>,
}

impl<'a> Product<'a> {
    fn new(positive: &'a [&'a Row], negative: &'a [&'a Row], alphabet: Option<&str>) -> Self {
        let mut bases = Vec::with_capacity(positive.len() + negative.len());
        let mut size = 0;
        for row in positive {
            bases.push(size);
            size += row.len() + 1;
        }
        let width = size.div_ceil(64);
        size = width * 64;
        for row in negative {
            bases.push(size);
            size += row.len() + 1;
        }
        let words = size.div_ceil(64);
        let mut start = vec![0; words];
        let mut accept = vec![0; words];
        let mut universal = vec![0; words];
        for (row, base) in negative.iter().zip(&bases[positive.len()..]) {
            let end = base + row.len();
            set(&mut start, *base);
            set(&mut accept, end);
            if row.parts().1[row.len()] == Some(Class::Any) {
                set(&mut universal, end);
            }
        }
        let masks = Masks::new(
            positive
                .iter()
                .chain(negative)
                .copied()
                .zip(bases.iter().copied()),
            words,
        );
        bases.truncate(positive.len());
        let mut product = Self {
            positive,
            against: negative,
            twins: None,
            bases,
            width,
            columns: Vec::new(),
            negative_start: start.split_off(width),
            negative_accept: accept.split_off(width),
            negative_universal: universal.split_off(width),
        };
        let mut bits = vec![0; 2 * words];
        match alphabet {
            Some(alphabet) => alphabet
                .chars()
                .for_each(|c| product.add(&masks, c, true, &mut bits)),
            None => masks
                .letters()
                .for_each(|c| product.add(&masks, c, false, &mut bits)),
        }
        product
    }

    /// Adds a letter to its column; one that some positive row cannot read anywhere has none.
    fn add(&mut self, masks: &Masks, letter: char, keep_all: bool, bits: &mut [u64]) {
        masks.column(letter, bits);
        let (stay, go) = bits.split_at(bits.len() / 2);
        let dead = self.positive.iter().zip(&self.bases).any(|(row, base)| {
            let end = base + row.len() + 1;
            !any_between(stay, *base, end) && !any_between(go, *base, end)
        });
        if dead {
            return;
        }
        Column::add(&mut self.columns, letter, keep_all, bits);
    }

    fn search<M: Machine>(&mut self, machine: &M, steps: &mut Steps) -> Option<String> {
        let columns = std::mem::take(&mut self.columns);
        let mut run = Run::new(machine, &columns);
        let goal: Vec<u32> = self.positive.iter().map(|row| row.len() as u32).collect();
        let left = |at: &[u32]| -> u32 { goal.iter().zip(at).map(|(g, a)| g - a).sum() };
        let mut nodes = Nodes::new(goal.len() + 1, self.negative_start.len());
        let mut seen: QuickMap<Vec<u32>, Vec<u32>> = QuickMap::default();
        // Nearest to the end first; among equals the older node, so that the walk is deterministic.
        let mut queue: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
        let mut at = vec![0; goal.len() + 1];
        for state in run.start() {
            at[goal.len()] = state;
            let node = nodes.push(u32::MAX, ' ', &at, &self.negative_start);
            queue.push(Reverse((left(&at), node)));
        }
        let mut against = vec![0; self.negative_start.len()];
        // Wide tuples take more time for a letter, and more memory.
        let reading = 1 + against.len() as u64 / 8;
        let looking = 1 + at.len() as u64 / 4;
        let keeping = (at.len() + against.len()) as u64;
        let mut places = Vec::new();
        let (mut after, mut spare) = (Vec::new(), Vec::new());
        while let Some(Reverse((_, current))) = queue.pop() {
            if !steps.expand(1) {
                return None;
            }
            places.clear();
            places.extend_from_slice(nodes.at(current));
            let state = places.pop().expect("a tuple ends with the machine's state");
            if places == goal
                && run.accepts(state)
                && !intersects(nodes.against(current), &self.negative_accept)
            {
                return Some(nodes.text(current));
            }
            if nodes.next() >= PATIENCE && self.twins.is_none() {
                self.twins = Some(Twins::new(std::iter::once((0, self.against))));
            }
            for (index, column) in columns.iter().enumerate() {
                if !self.successors(&places, column, &mut after, &mut spare, steps) {
                    continue;
                }
                let moves = run.moves(state, index);
                if moves.is_empty() {
                    continue;
                }
                if !steps.spend(reading) {
                    return None;
                }
                self.advance(nodes.against(current), column, &mut against);
                if let Some(twins) = &self.twins {
                    twins.unite(&mut against);
                }
                if intersects(&against, &self.negative_universal) {
                    continue;
                }
                for places in after.chunks(goal.len().max(1)) {
                    if !steps.spend(moves.len() as u64 * looking) {
                        return None;
                    }
                    for (letter, state) in moves {
                        at.clear();
                        at.extend_from_slice(&places[..goal.len()]);
                        at.push(*state);
                        if let Some(known) = seen.get_mut(&at) {
                            steps.spend(3 * known.len() as u64);
                            if known
                                .iter()
                                .any(|node| is_subset(nodes.against(*node), &against))
                            {
                                continue;
                            }
                            known.retain(|node| !is_subset(&against, nodes.against(*node)));
                            known.push(nodes.next());
                        } else {
                            seen.insert(at.clone(), vec![nodes.next()]);
                        }
                        steps.spend(keeping);
                        let node = nodes.push(current, *letter, &at, &against);
                        queue.push(Reverse((left(&at), node)));
                    }
                }
            }
        }
        None
    }

    /// Every tuple of positions that the letter leads to, one after the other in `out`; a dominated choice is left out.
    ///
    /// `false` where there is none, and where there are more than the steps allow.
    fn successors(
        &self,
        at: &[u32],
        column: &Column,
        out: &mut Vec<u32>,
        spare: &mut Vec<u32>,
        steps: &mut Steps,
    ) -> bool {
        let bit = |index: usize| self.bases[index] + at[index] as usize;
        let (stay, go) = (column.stay(), column.go());
        let stuck = |index| !contains(stay, bit(index)) && !contains(go, bit(index));
        if (0..at.len()).any(stuck) {
            return false;
        }
        out.clear();
        if at.is_empty() {
            // Without a positive row there is one tuple, the empty one; it takes a place so that it is walked.
            out.push(0);
            return true;
        }
        for (index, position) in at.iter().enumerate() {
            let stays = contains(stay, bit(index));
            let goes = contains(go, bit(index));
            // After the letter the row may loop over everything: then staying behind is never better.
            let dominated =
                goes && self.positive[index].parts().1[*position as usize + 1] == Some(Class::Any);
            let step = u32::from(goes);
            if !(goes && stays && !dominated) {
                extend_each(out, spare, index, &[position + step]);
            } else {
                if !steps.spend(out.len() as u64 / 32) {
                    return false;
                }
                extend_each(out, spare, index, &[position + 1, *position]);
            }
            std::mem::swap(out, spare);
        }
        true
    }

    /// One step of all negative rows at once: shift and mask.
    fn advance(&self, states: &[u64], column: &Column, next: &mut [u64]) {
        shift(
            states,
            &column.stay()[self.width..],
            &column.go()[self.width..],
            next,
        );
    }
}

/// Nodes after which a search looks for places of negative rows that are one; few where tests ask small questions.
const PATIENCE: u32 = if cfg!(test) { 3 } else { 128 };

/// Places behind which the same is left: being at one of them is being at the other.
///
/// Of ten rows `?0??`, `?1??`, … a text goes on in one, and it does not matter in which.
pub(crate) struct Twins {
    /// The places that stand for themselves.
    own: Vec<u64>,
    /// For each place the first one with the same rest.
    first: Vec<usize>,
}

impl Twins {
    /// Compares the rows of each group with each other. A group comes with its first place, behind those of the group before.
    pub(crate) fn new<'r>(groups: impl Iterator<Item = (usize, &'r [&'r Row])>) -> Self {
        let mut first: Vec<usize> = Vec::new();
        for (start, rows) in groups {
            first.extend(first.len()..start);
            let mut known: QuickMap<(Option<Letter>, Option<Class>, usize), usize> =
                QuickMap::default();
            for row in rows {
                let (letters, loops) = row.parts();
                let base = first.len();
                first.resize(base + loops.len(), 0);
                // From the end on, so that the rest behind a place has its number already.
                let mut behind = usize::MAX;
                for at in (0..loops.len()).rev() {
                    let rest = (letters.get(at).copied(), loops[at], behind);
                    behind = *known.entry(rest).or_insert(base + at);
                    first[base + at] = behind;
                }
            }
        }
        let mut own = vec![0; first.len().div_ceil(64)];
        for (at, other) in first.iter().enumerate() {
            if at == *other {
                set(&mut own, at);
            }
        }
        Self { own, first }
    }

    /// Moves every place of a set to the first one with the same rest.
    pub(crate) fn unite(&self, places: &mut [u64]) {
        for word in 0..places.len() {
            let mut moving = places[word] & !self.own[word];
            places[word] &= self.own[word];
            while moving != 0 {
                let at = word * 64 + moving.trailing_zeros() as usize;
                moving &= moving - 1;
                set(places, self.first[at]);
            }
        }
    }
}

/// Every tuple of `length` in `tuples`, followed by each of the ends in turn.
fn extend_each(tuples: &[u32], out: &mut Vec<u32>, length: usize, ends: &[u32]) {
    out.clear();
    if length == 0 {
        out.extend_from_slice(ends);
        return;
    }
    for tuple in tuples.chunks(length) {
        for end in ends {
            out.extend_from_slice(tuple);
            out.push(*end);
        }
    }
}

/// The nodes of a walk, their tuples in a few long lists.
struct Nodes {
    places: usize,
    words: usize,
    from: Vec<(u32, char)>,
    at: Vec<u32>,
    against: Vec<u64>,
}

impl Nodes {
    fn new(places: usize, words: usize) -> Self {
        Self {
            places,
            words,
            from: Vec::new(),
            at: Vec::new(),
            against: Vec::new(),
        }
    }

    /// The number of the node that is added next.
    fn next(&self) -> u32 {
        u32::try_from(self.from.len()).expect("fewer than 2^32 nodes")
    }

    fn push(&mut self, parent: u32, letter: char, at: &[u32], against: &[u64]) -> u32 {
        let node = self.next();
        self.from.push((parent, letter));
        self.at.extend_from_slice(at);
        self.against.extend_from_slice(against);
        node
    }

    fn at(&self, node: u32) -> &[u32] {
        let start = node as usize * self.places;
        &self.at[start..start + self.places]
    }

    fn against(&self, node: u32) -> &[u64] {
        let start = node as usize * self.words;
        &self.against[start..start + self.words]
    }

    /// The letters on the way to a node.
    fn text(&self, node: u32) -> String {
        let mut text = Vec::new();
        let (mut parent, mut letter) = self.from[node as usize];
        while parent != u32::MAX {
            text.push(letter);
            (parent, letter) = self.from[parent as usize];
        }
        text.into_iter().rev().collect()
    }
}

/// Where the letters of some rows are read, a bit for each position.
pub(crate) struct Masks {
    words: usize,
    /// The loops over a class and the letters of a class, as places in `bits`.
    classes: Vec<(Class, usize)>,
    /// The places that spell a printable character of ASCII, as places in `bits`; zero where none does.
    printable: [usize; 128],
    /// Other characters that some row spells, in order of appearance.
    others: Vec<char>,
    spelled: Vec<(char, usize)>,
    /// All masks one after the other, the first of them empty.
    bits: Vec<u64>,
}

impl Masks {
    /// The masks of rows that each begin at a position of their own.
    pub(crate) fn new<'r>(rows: impl Iterator<Item = (&'r Row, usize)>, words: usize) -> Self {
        let mut masks = Self {
            words,
            classes: Vec::new(),
            printable: [0; 128],
            others: Vec::new(),
            spelled: Vec::new(),
            bits: Vec::with_capacity(words * 32),
        };
        masks.bits.resize(words, 0);
        for (row, base) in rows {
            let (letters, loops) = row.parts();
            for (at, class) in loops.iter().enumerate() {
                if let Some(class) = class {
                    let mask = masks.class(*class);
                    set(&mut masks.bits[mask..], base + at);
                }
            }
            for (at, letter) in letters.iter().enumerate() {
                match letter {
                    Letter::Char(c) => masks.spell(*c, base + at),
                    Letter::Fold(c) => {
                        masks.spell(*c, base + at);
                        masks.spell(c.to_ascii_uppercase(), base + at);
                    }
                    Letter::Of(class) => {
                        let mask = masks.class(*class) + words;
                        set(&mut masks.bits[mask..], base + at);
                    }
                }
            }
        }
        masks
    }

    /// An empty mask of so many words more.
    fn room(&mut self, words: usize) -> usize {
        let at = self.bits.len();
        self.bits.resize(at + words, 0);
        at
    }

    fn class(&mut self, class: Class) -> usize {
        if let Some((_, at)) = self.classes.iter().find(|(known, _)| *known == class) {
            return *at;
        }
        let at = self.room(2 * self.words);
        self.classes.push((class, at));
        at
    }

    /// Where the mask of a spelled character is.
    fn spelled(&self, c: char) -> Option<usize> {
        match self.printable.get(c as usize) {
            Some(0) => None,
            Some(at) => Some(*at),
            None => {
                let other = self.spelled.iter().find(|(known, _)| *known == c);
                other.map(|(_, at)| *at)
            }
        }
    }

    fn spell(&mut self, c: char, position: usize) {
        let mask = self.spelled(c).unwrap_or_else(|| {
            let at = self.room(self.words);
            match self.printable.get_mut(c as usize) {
                Some(place) => *place = at,
                None => self.spelled.push((c, at)),
            }
            if !(' '..='~').contains(&c) {
                self.others.push(c);
            }
            at
        });
        set(&mut self.bits[mask..], position);
    }

    /// Writes down at which positions a character loops, and then at which it advances.
    pub(crate) fn column(&self, c: char, bits: &mut [u64]) {
        let (stay, go) = bits.split_at_mut(self.words);
        let spelled = self.spelled(c).unwrap_or(0);
        go.copy_from_slice(&self.bits[spelled..spelled + self.words]);
        stay.fill(0);
        for (class, at) in &self.classes {
            if class.contains(c) {
                unite(stay, &self.bits[*at..]);
                if !is_hole(c) {
                    unite(go, &self.bits[at + self.words..]);
                }
            }
        }
    }

    /// A letter for every column that the rows can have: those they spell, in both cases, and a stranger for each choice of
    /// classes that hold it.
    pub(crate) fn letters(&self) -> impl Iterator<Item = char> {
        // Strangers that read well come first: the first letter of a column stands for it in witnesses.
        let readable = ('a'..='z')
            .rev()
            .chain('0'..='9')
            .chain('A'..='Z')
            .chain((' '..='~').filter(|c| !c.is_ascii_alphanumeric()))
            .chain([SEPARATOR]);
        // A character that nobody spells, outside of resources.
        let fresh = (FRESH..).find(|c| !self.others.contains(c));
        let mut strangers: Vec<u32> = Vec::with_capacity(16);
        readable
            .chain(fresh)
            .chain(self.others.iter().copied())
            .filter(move |c| {
                if self.spelled(*c).is_some() {
                    return true;
                }
                let kind = self
                    .classes
                    .iter()
                    .enumerate()
                    .filter(|(_, (class, _))| class.contains(*c))
                    .fold(0, |kind, (at, _)| kind | 1 << at);
                let new = !strangers.contains(&kind);
                if new {
                    strangers.push(kind);
                }
                new
            })
    }
}

/// A machine whose states are numbered as they are reached.
pub(crate) struct Run<'a, M: Machine> {
    machine: &'a M,
    columns: &'a [Column],
    states: Vec<M::State>,
    numbers: QuickMap<M::State, u32>,
    /// For each state and column where the letters lead, each state once.
    moves: Vec<Option<Vec<(char, u32)>>>,
}

impl<'a, M: Machine> Run<'a, M> {
    pub(crate) fn new(machine: &'a M, columns: &'a [Column]) -> Self {
        Self {
            machine,
            columns,
            states: Vec::new(),
            numbers: QuickMap::default(),
            moves: Vec::new(),
        }
    }

    fn number(&mut self, state: M::State) -> u32 {
        if let Some(number) = self.numbers.get(&state) {
            return *number;
        }
        let number = u32::try_from(self.states.len()).expect("fewer than 2^32 states");
        self.numbers.insert(state.clone(), number);
        self.states.push(state);
        self.moves
            .resize(self.states.len() * self.columns.len(), None);
        number
    }

    pub(crate) fn start(&mut self) -> Vec<u32> {
        self.machine
            .start()
            .into_iter()
            .map(|state| self.number(state))
            .collect()
    }

    pub(crate) fn accepts(&self, state: u32) -> bool {
        self.machine.accepts(&self.states[state as usize])
    }

    pub(crate) fn moves(&mut self, state: u32, column: usize) -> &[(char, u32)] {
        let cell = state as usize * self.columns.len() + column;
        if self.moves[cell].is_none() {
            let from = self.states[state as usize].clone();
            let mut moves: Vec<(char, u32)> = Vec::new();
            let mut next = Vec::new();
            for letter in &self.columns[column].letters {
                self.machine.step(&from, *letter, &mut next);
                for state in next.drain(..) {
                    let number = self.number(state);
                    if moves.iter().all(|(_, known)| *known != number) {
                        moves.push((*letter, number));
                    }
                }
            }
            self.moves[cell] = Some(moves);
        }
        self.moves[cell].as_deref().unwrap_or_default()
    }
}

// Sets of small numbers, a bit each.

/// One step of all rows at once: places at which a letter loops are kept, from those at which it advances the next ones are reached.
pub(crate) fn shift(states: &[u64], stay: &[u64], go: &[u64], next: &mut [u64]) {
    let mut carry = 0;
    for (at, word) in states.iter().enumerate() {
        let moving = word & go[at];
        next[at] = (word & stay[at]) | (moving << 1) | carry;
        carry = moving >> 63;
    }
}

pub(crate) fn set(words: &mut [u64], at: usize) {
    words[at / 64] |= 1 << (at % 64);
}

pub(crate) fn contains(words: &[u64], at: usize) -> bool {
    words[at / 64] >> (at % 64) & 1 == 1
}

fn unite(words: &mut [u64], other: &[u64]) {
    for (word, other) in words.iter_mut().zip(other) {
        *word |= other;
    }
}

pub(crate) fn is_subset(words: &[u64], other: &[u64]) -> bool {
    words.iter().zip(other).all(|(a, b)| a & !b == 0)
}

pub(crate) fn intersects(words: &[u64], other: &[u64]) -> bool {
    words.iter().zip(other).any(|(a, b)| a & b != 0)
}

/// Whether one of the numbers `from..to` is in the set.
pub(crate) fn any_between(words: &[u64], from: usize, to: usize) -> bool {
    (from / 64..to.div_ceil(64)).any(|at| {
        let mut word = words[at];
        if at == from / 64 {
            word &= u64::MAX << (from % 64);
        }
        if at == to / 64 {
            word &= !(u64::MAX << (to % 64));
        }
        word != 0
    })
}
