//! Texts with texts inside: patterns in which the value of another coordinate stands.
//!
//! `b/${x}/*` matches a text if some value of `x` stands between `b/` and `/`. Where all that is known of `x` is a language
//! (all values that its own tests leave), the texts that match for *some* value of it are again regular: the automaton
//! of `x` is put in the variable's place. A [`Nest`] holds such languages and runs them lazily. A state of a
//! language is one *thread* for each condition that must hold (a position in a pattern and, in a variable's place,
//! a state of the language inside) and the set of positions of all patterns that must not match.
//!
//! Read the other way round, `x` is confined by the text that it stands in: after a word of what stands before the
//! variable, the states of the text's own language read `x`; the value is good if a word of what stands behind can follow
//! (the quotient of a regular language). That is an *around*.
//!
//! A pattern that must not match and that holds the *same* variable as one that matches is followed as well: when a
//! thread enters the variable, positions before the same variable are held until the thread leaves it, and then stand
//! behind it. For both have read the same value.
//!
//! *Safe side.* A language may hold too much: a variable that stands in two places is taken for two unknown values, and a pattern
//! that must not match is ignored where its variable has not been read in step. So an empty language is a promise, a
//! word of it is a proposal. *Ends* because every language has finitely many states, none of which is expanded twice.

use crate::domain::text::{Class, FRESH, Letter, SEPARATOR, is_hole};
use crate::hash::{Quick, QuickMap};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashSet};
use std::hash::BuildHasherDefault;
use std::rc::Rc;

/// A place in a pattern for the value of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Hole {
    /// Whose value.
    pub(crate) variable: usize,
    /// Whether the value may stand there in other case (ASCII).
    pub(crate) fold: bool,
    /// What the value may be made of; with any other letter in it the pattern matches nothing (S44).
    pub(crate) class: Class,
}

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// Any number of letters of the class.
    Loop(Class),
    /// One letter.
    Letter(Letter),
    /// The value of a variable.
    Hole(Hole),
}

/// A pattern with variables.
pub(crate) type Pattern = Vec<Step>;

/// Pairs of states that were met.
type Pairs = HashSet<(u32, u32), BuildHasherDefault<Quick>>;

/// Names a language of a [`Nest`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LanguageId(usize);

/// A pattern whose variables have languages: one for each hole, in order.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    /// The pattern.
    pub(crate) pattern: Pattern,
    /// The language of each hole in it.
    pub(crate) inside: Vec<LanguageId>,
}

/// The texts that can stand in a hole of a pattern such that the whole lies in a language.
#[derive(Clone, Debug)]
pub(crate) struct Around {
    /// What stands before the hole.
    pub(crate) before: Filled,
    /// The hole.
    pub(crate) hole: Hole,
    /// What stands behind it.
    pub(crate) behind: Filled,
    /// The language of the whole.
    pub(crate) whole: LanguageId,
}

/// What a word of a language has to be.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    /// A text that matches one of the patterns.
    Of(Vec<Filled>),
    /// A text that can stand in one of these places.
    In(Vec<Around>),
}

/// A step with the language of its hole.
#[derive(Clone, Copy, Debug)]
enum Inner {
    Loop(Class),
    Letter(Letter),
    Hole(Hole, LanguageId),
}

#[derive(Clone, Debug)]
enum Condition {
    Of(Vec<Vec<Inner>>),
    In(Vec<Place>),
}

/// An [`Around`] with its two sides as languages of their own.
#[derive(Clone, Debug)]
struct Place {
    before: LanguageId,
    behind: LanguageId,
    hole: Hole,
    whole: LanguageId,
}

/// A set of small numbers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// The empty set, with room for `0..size`.
    fn new(size: usize) -> Self {
        Self {
            words: vec![0; size.div_ceil(64).max(1)],
        }
    }

    fn insert(&mut self, at: usize) {
        self.words[at / 64] |= 1 << (at % 64);
    }

    fn contains(&self, at: usize) -> bool {
        self.words
            .get(at / 64)
            .is_some_and(|w| w >> (at % 64) & 1 == 1)
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut word = *word;
            std::iter::from_fn(move || {
                (word != 0).then(|| {
                    let bit = word.trailing_zeros() as usize;
                    word &= word - 1;
                    index * 64 + bit
                })
            })
        })
    }

    fn is_subset(&self, other: &Bits) -> bool {
        self.words
            .iter()
            .zip(&other.words)
            .all(|(a, b)| a & !b == 0)
    }
}

/// Where one condition stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Thread {
    /// Before a step of a pattern.
    At(usize, usize),
    /// In the hole at a step: the state inside, and the forbidden positions that wait behind the same variable.
    Within(usize, usize, u32, Bits),
    /// In a place: the state of the whole.
    Around(usize, u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    threads: Vec<Thread>,
    /// Positions of the patterns that must not match, with all that follow without a letter.
    against: Bits,
}

#[derive(Debug, Default)]
struct Language {
    conditions: Vec<Condition>,
    /// The steps of all patterns that must not match; `None` ends one.
    negative: Vec<Option<Step>>,
    negative_starts: Vec<usize>,
    states: Vec<State>,
    numbers: QuickMap<State, u32>,
    starts: Option<Rc<[u32]>>,
    /// For each state the columns that may lead on.
    open: QuickMap<u32, Rc<[usize]>>,
    moves: QuickMap<(u32, usize), Rc<[u32]>>,
    accepts: QuickMap<u32, bool>,
    /// For each place and state of the whole whether what stands behind can follow.
    completes: QuickMap<(usize, usize, u32), bool>,
}

/// One way on for a thread.
struct Way {
    next: Thread,
    /// Forbidden positions that a variable lets go because the thread has left it.
    released: Option<Bits>,
    /// Variables that were passed with an empty value.
    passed: Vec<Hole>,
    /// The variable that was entered.
    entered: Option<Hole>,
}

/// Languages that stand in each other, over one alphabet.
#[derive(Debug)]
pub(crate) struct Nest {
    letters: Vec<char>,
    /// For each letter the one that stands for its other case.
    turned: Vec<usize>,
    languages: Vec<Language>,
    /// Moves that may still be worked out.
    left: u64,
}

impl Nest {
    /// A nest over the letters that the steps can tell apart, with work for so many moves.
    pub(crate) fn new<'s>(steps: impl Iterator<Item = &'s Step>, work: u64) -> Self {
        let mut letters: Vec<Letter> = Vec::new();
        let mut fold = false;
        for step in steps {
            let letter = match step {
                Step::Loop(class) => Letter::Of(*class),
                Step::Letter(letter) => *letter,
                Step::Hole(hole) => {
                    fold |= hole.fold;
                    Letter::Of(hole.class)
                }
            };
            if !letters.contains(&letter) {
                letters.push(letter);
            }
        }
        let (letters, turned) = alphabet(&letters, fold);
        Self {
            letters,
            turned,
            languages: Vec::new(),
            left: work,
        }
    }

    /// Whether the work ran out, so that an empty answer promises nothing.
    pub(crate) fn is_spent(&self) -> bool {
        self.left == 0
    }

    /// How many moves are left.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// How many languages there are.
    pub(crate) fn len(&self) -> usize {
        self.languages.len()
    }

    /// The language of the texts that satisfy all parts and match none of the patterns.
    pub(crate) fn language(&mut self, parts: Vec<Part>, negative: &[Pattern]) -> LanguageId {
        let mut conditions = Vec::new();
        for part in parts {
            conditions.push(match part {
                Part::Of(filled) => Condition::Of(filled.iter().map(inner).collect()),
                Part::In(places) => Condition::In(
                    places
                        .into_iter()
                        .map(|around| Place {
                            before: self.language(vec![Part::Of(vec![around.before])], &[]),
                            behind: self.language(vec![Part::Of(vec![around.behind])], &[]),
                            hole: around.hole,
                            whole: around.whole,
                        })
                        .collect(),
                ),
            });
        }
        let mut language = Language {
            conditions,
            ..Language::default()
        };
        for pattern in negative {
            language.negative_starts.push(language.negative.len());
            language.negative.extend(pattern.iter().copied().map(Some));
            language.negative.push(None);
        }
        self.languages.push(language);
        LanguageId(self.languages.len() - 1)
    }

    /// A word of the language that is none of `except`, nearest to the end first.
    pub(crate) fn find(&mut self, id: LanguageId, except: &BTreeSet<String>) -> Option<String> {
        struct Node {
            parent: usize,
            letter: char,
            state: u32,
            /// How much of the word is a beginning of excepted ones, as long as it is.
            read: Option<String>,
        }
        let mut nodes: Vec<Node> = Vec::new();
        let mut queue = BinaryHeap::new();
        type Seen = QuickMap<(Vec<Thread>, Option<String>), Vec<Bits>>;
        let mut seen = Seen::default();
        let begins = |text: &str| {
            except
                .range(text.to_owned()..)
                .next()
                .is_some_and(|word| word.starts_with(text))
        };
        let mut found: Vec<(usize, char, u32, Option<String>)> = self
            .starts(id)
            .iter()
            .map(|state| (usize::MAX, ' ', *state, begins("").then(String::new)))
            .collect();
        loop {
            for (parent, letter, state, read) in found.drain(..) {
                let own = &self.languages[id.0].states[state as usize];
                let known = seen.entry((own.threads.clone(), read.clone())).or_default();
                if known.iter().any(|k| k.is_subset(&own.against)) {
                    continue;
                }
                known.retain(|k| !own.against.is_subset(k));
                known.push(own.against.clone());
                queue.push(Reverse((self.distance(id, state), nodes.len())));
                nodes.push(Node {
                    parent,
                    letter,
                    state,
                    read,
                });
            }
            let Reverse((_, current)) = queue.pop()?;
            let (state, read) = (nodes[current].state, nodes[current].read.clone());
            let excepted = read.as_ref().is_some_and(|text| except.contains(text));
            if !excepted && self.accepts(id, state) {
                let mut text = Vec::new();
                let mut node = current;
                while nodes[node].parent != usize::MAX {
                    text.push(nodes[node].letter);
                    node = nodes[node].parent;
                }
                return (!self.is_spent()).then(|| text.into_iter().rev().collect());
            }
            for column in self.open(id, state).iter().copied() {
                let letter = self.letters[column];
                let longer = read.as_ref().and_then(|text| {
                    let longer = format!("{text}{letter}");
                    begins(&longer).then_some(longer)
                });
                for next in self.moves(id, state, column).iter() {
                    found.push((current, letter, *next, longer.clone()));
                }
            }
        }
    }

    /// Letters that are left at least, for the order of the search.
    fn distance(&self, id: LanguageId, state: u32) -> usize {
        let language = &self.languages[id.0];
        let own = &language.states[state as usize];
        let rest = |pattern: &[Inner], at: usize| {
            pattern[at..]
                .iter()
                .filter(|step| !matches!(step, Inner::Loop(_)))
                .count()
        };
        own.threads
            .iter()
            .zip(&language.conditions)
            .map(|(thread, condition)| match (thread, condition) {
                (Thread::At(row, at) | Thread::Within(row, at, ..), Condition::Of(rows)) => {
                    rest(&rows[*row], *at)
                }
                _ => 0,
            })
            .sum()
    }

    fn number(&mut self, id: LanguageId, state: State) -> u32 {
        let language = &mut self.languages[id.0];
        if let Some(number) = language.numbers.get(&state) {
            return *number;
        }
        let number = u32::try_from(language.states.len()).expect("fewer than 2^32 states");
        language.numbers.insert(state.clone(), number);
        language.states.push(state);
        number
    }

    fn starts(&mut self, id: LanguageId) -> Rc<[u32]> {
        if let Some(known) = &self.languages[id.0].starts {
            return known.clone();
        }
        let conditions = self.languages[id.0].conditions.clone();
        let mut tuples: Vec<Vec<Thread>> = vec![Vec::new()];
        for condition in &conditions {
            let threads: Vec<Thread> = match condition {
                Condition::Of(rows) => (0..rows.len()).map(|row| Thread::At(row, 0)).collect(),
                Condition::In(places) => {
                    let mut threads = Vec::new();
                    for (at, place) in places.iter().enumerate() {
                        let states = self.after(place.before, place.whole);
                        threads.extend(states.into_iter().map(|state| Thread::Around(at, state)));
                    }
                    threads
                }
            };
            let all = tuples.len() as u64 * threads.len() as u64;
            self.left = self.left.saturating_sub(all);
            if self.left == 0 {
                tuples.clear();
                break;
            }
            tuples = tuples
                .iter()
                .flat_map(|tuple| {
                    threads.iter().map(|thread| {
                        let mut tuple = tuple.clone();
                        tuple.push(thread.clone());
                        tuple
                    })
                })
                .collect();
        }
        let language = &self.languages[id.0];
        let mut against = Bits::new(language.negative.len());
        for start in &language.negative_starts {
            against.insert(*start);
        }
        close(&language.negative, &mut against);
        let numbers: Vec<u32> = if hopeless(&language.negative, &against) {
            Vec::new()
        } else {
            tuples
                .into_iter()
                .map(|threads| {
                    let against = against.clone();
                    self.number(id, State { threads, against })
                })
                .collect()
        };
        let numbers: Rc<[u32]> = numbers.into();
        self.languages[id.0].starts = Some(numbers.clone());
        numbers
    }

    /// The states in which `whole` can be after a word of `before`.
    fn after(&mut self, before: LanguageId, whole: LanguageId) -> Vec<u32> {
        let mut out = BTreeSet::new();
        let mut seen = Pairs::default();
        let (left, right) = (self.starts(before), self.starts(whole));
        let mut open = pairs(&left, &right);
        while let Some((left, right)) = open.pop() {
            if !seen.insert((left, right)) {
                continue;
            }
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                break;
            }
            if self.accepts(before, left) {
                out.insert(right);
            }
            for column in self.open_in_both((before, left), (whole, right)) {
                let left = self.moves(before, left, column);
                if !left.is_empty() {
                    let right = self.moves(whole, right, column);
                    open.extend(pairs(&left, &right));
                }
            }
        }
        out.into_iter().collect()
    }

    /// Whether a word of `behind` leads `whole` from a state to its end.
    fn completes(&mut self, behind: LanguageId, whole: LanguageId, state: u32) -> bool {
        let key = (behind.0, whole.0, state);
        if let Some(known) = self.languages[whole.0].completes.get(&key) {
            return *known;
        }
        let mut seen = Pairs::default();
        let mut open = pairs(&self.starts(behind), &[state]);
        let mut found = false;
        while let Some((left, right)) = open.pop() {
            if !seen.insert((left, right)) {
                continue;
            }
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                break;
            }
            if self.accepts(behind, left) && self.accepts(whole, right) {
                found = true;
                break;
            }
            for column in self.open_in_both((behind, left), (whole, right)) {
                let left = self.moves(behind, left, column);
                if !left.is_empty() {
                    let right = self.moves(whole, right, column);
                    open.extend(pairs(&left, &right));
                }
            }
        }
        self.languages[whole.0].completes.insert(key, found);
        found
    }

    /// Whether a state's word may end here.
    fn accepts(&mut self, id: LanguageId, state: u32) -> bool {
        if let Some(known) = self.languages[id.0].accepts.get(&state) {
            return *known;
        }
        let accepts = self.accepts_anew(id, state);
        self.languages[id.0].accepts.insert(state, accepts);
        accepts
    }

    fn accepts_anew(&mut self, id: LanguageId, state: u32) -> bool {
        let own = self.languages[id.0].states[state as usize].clone();
        let mut against = own.against;
        let mut passed = Vec::new();
        for (index, thread) in own.threads.iter().enumerate() {
            let rest = match thread {
                Thread::At(row, at) => Some((*row, *at)),
                Thread::Within(row, at, inside, held) => {
                    let Some(Inner::Hole(_, language)) = self.step(id, index, *row, *at) else {
                        unreachable!("a thread is within a hole")
                    };
                    if !self.accepts(language, *inside) {
                        return false;
                    }
                    join(&mut against, held);
                    Some((*row, *at + 1))
                }
                Thread::Around(place, whole_state) => {
                    let Condition::In(places) = &self.languages[id.0].conditions[index] else {
                        unreachable!("a thread around is in a place")
                    };
                    let Place { behind, whole, .. } = places[*place];
                    if !self.completes(behind, whole, *whole_state) {
                        return false;
                    }
                    None
                }
            };
            let Some((row, mut at)) = rest else { continue };
            while let Some(step) = self.step(id, index, row, at) {
                match step {
                    Inner::Loop(_) => {}
                    Inner::Letter(_) => return false,
                    Inner::Hole(hole, language) => {
                        if !self.reads_nothing(language) {
                            return false;
                        }
                        passed.push(hole);
                    }
                }
                at += 1;
            }
        }
        let negative = &self.languages[id.0].negative;
        pass(negative, &mut against, &passed);
        !against.iter().any(|at| negative[at].is_none())
    }

    /// Whether the empty text is a word of the language.
    fn reads_nothing(&mut self, id: LanguageId) -> bool {
        let starts = self.starts(id);
        starts.iter().any(|state| self.accepts(id, *state))
    }

    fn step(&self, id: LanguageId, condition: usize, row: usize, at: usize) -> Option<Inner> {
        match &self.languages[id.0].conditions[condition] {
            Condition::Of(rows) => rows[row].get(at).copied(),
            Condition::In(_) => None,
        }
    }

    /// The columns that may lead on from a state, in order. All others lead nowhere: a promise.
    ///
    /// Most states stand before one letter, so most columns need not be tried.
    fn open(&mut self, id: LanguageId, state: u32) -> Rc<[usize]> {
        if let Some(known) = self.languages[id.0].open.get(&state) {
            return known.clone();
        }
        let own = self.languages[id.0].states[state as usize].threads.clone();
        let mut open: Vec<usize> = (0..self.letters.len()).collect();
        for (index, thread) in own.iter().enumerate() {
            match thread {
                Thread::At(row, at) => self.keep_leading(&mut open, id, index, *row, *at),
                Thread::Within(row, at, inside, _) => {
                    let Some(Inner::Hole(hole, language)) = self.step(id, index, *row, *at) else {
                        unreachable!("a thread is within a hole")
                    };
                    let mut behind = open.clone();
                    self.keep_inside(&mut open, language, *inside, hole);
                    if self.accepts(language, *inside) {
                        self.keep_leading(&mut behind, id, index, *row, *at + 1);
                        open.extend(behind);
                        open.sort_unstable();
                        open.dedup();
                    }
                }
                Thread::Around(place, inside) => {
                    let Condition::In(places) = &self.languages[id.0].conditions[index] else {
                        unreachable!("a thread around is in a place")
                    };
                    let Place { hole, whole, .. } = places[*place];
                    self.keep_inside(&mut open, whole, *inside, hole);
                }
            }
        }
        let open: Rc<[usize]> = open.into();
        self.languages[id.0].open.insert(state, open.clone());
        open
    }

    /// The columns that may lead on from two states.
    fn open_in_both(
        &mut self,
        (one, state): (LanguageId, u32),
        (other, beside): (LanguageId, u32),
    ) -> Vec<usize> {
        let (one, other) = (self.open(one, state), self.open(other, beside));
        let in_other = |column: &usize| other.binary_search(column).is_ok();
        one.iter().copied().filter(in_other).collect()
    }

    /// Keeps the columns that may be read from a step of a pattern on: those up to the first letter.
    fn keep_leading(
        &self,
        open: &mut Vec<usize>,
        id: LanguageId,
        index: usize,
        row: usize,
        at: usize,
    ) {
        let Condition::Of(rows) = &self.languages[id.0].conditions[index] else {
            unreachable!("a thread before a step is in a pattern")
        };
        let rest = &rows[row][at..];
        let letter = |step: &Inner| matches!(step, Inner::Letter(_));
        let end = rest.iter().position(letter).map_or(rest.len(), |at| at + 1);
        let reads = |step: &Inner, c: char| match step {
            Inner::Loop(class) => class.contains(c),
            Inner::Letter(own) => own.accepts(c),
            Inner::Hole(hole, _) => hole.class.contains(c),
        };
        open.retain(|column| {
            let c = self.letters[*column];
            rest[..end].iter().any(|step| reads(step, c))
        });
    }

    /// Keeps the columns that may be read in a hole by a state of the language there.
    fn keep_inside(&mut self, open: &mut Vec<usize>, language: LanguageId, state: u32, hole: Hole) {
        let own = self.open(language, state);
        open.retain(|column| {
            let reads = |column: &usize| own.binary_search(column).is_ok();
            hole.class.contains(self.letters[*column])
                && (reads(column) || hole.fold && reads(&self.turned[*column]))
        });
    }

    /// The states that a letter leads to.
    fn moves(&mut self, id: LanguageId, state: u32, column: usize) -> Rc<[u32]> {
        if let Some(known) = self.languages[id.0].moves.get(&(state, column)) {
            return known.clone();
        }
        let next: Rc<[u32]> = self.moves_anew(id, state, column).into();
        self.languages[id.0]
            .moves
            .insert((state, column), next.clone());
        next
    }

    fn moves_anew(&mut self, id: LanguageId, state: u32, column: usize) -> Vec<u32> {
        if self.left == 0 {
            return Vec::new();
        }
        let own = self.languages[id.0].states[state as usize].clone();
        let mut options: Vec<Vec<Way>> = Vec::with_capacity(own.threads.len());
        for (index, thread) in own.threads.iter().enumerate() {
            let ways = self.ways(id, index, thread, column);
            self.left = self.left.saturating_sub(1);
            if ways.is_empty() {
                return Vec::new();
            }
            options.push(ways);
        }
        let mut out = Vec::new();
        let mut choice = vec![0usize; options.len()];
        loop {
            if self.left == 0 {
                return out;
            }
            self.left -= 1;
            let chosen: Vec<&Way> = choice.iter().zip(&options).map(|(c, o)| &o[*c]).collect();
            if let Some(state) = self.joined(id, &own.against, &chosen, column) {
                let number = self.number(id, state);
                if !out.contains(&number) {
                    out.push(number);
                }
            }
            // The next choice, as an odometer counts.
            let Some(at) = (0..choice.len()).rfind(|at| choice[*at] + 1 < options[*at].len())
            else {
                return out;
            };
            choice[at] += 1;
            choice[at + 1..].fill(0);
        }
    }

    /// The state in which all threads have gone the chosen ways.
    fn joined(
        &self,
        id: LanguageId,
        against: &Bits,
        chosen: &[&Way],
        column: usize,
    ) -> Option<State> {
        let negative = &self.languages[id.0].negative;
        let mut against = against.clone();
        let mut passed = Vec::new();
        for option in chosen {
            if let Some(held) = &option.released {
                join(&mut against, held);
            }
            passed.extend(option.passed.iter().copied());
        }
        pass(negative, &mut against, &passed);
        let threads = chosen
            .iter()
            .map(|option| match (&option.next, option.entered) {
                (Thread::Within(row, at, state, _), Some(hole)) => {
                    Thread::Within(*row, *at, *state, behind(negative, &against, hole))
                }
                (next, _) => next.clone(),
            })
            .collect();
        let letter = self.letters[column];
        let mut next = Bits::new(negative.len());
        for at in against.iter() {
            match negative[at] {
                Some(Step::Loop(class)) if class.contains(letter) => next.insert(at),
                Some(Step::Letter(own)) if own.accepts(letter) => next.insert(at + 1),
                Some(Step::Loop(_) | Step::Letter(_) | Step::Hole(_)) | None => {}
            }
        }
        close(negative, &mut next);
        (!hopeless(negative, &next)).then_some(State {
            threads,
            against: next,
        })
    }

    /// The ways on for one thread.
    fn ways(&mut self, id: LanguageId, index: usize, thread: &Thread, column: usize) -> Vec<Way> {
        let mut out = Vec::new();
        match thread {
            Thread::At(row, at) => self.walk(id, index, (*row, *at), column, None, &mut out),
            Thread::Within(row, at, state, held) => {
                let Some(Inner::Hole(hole, language)) = self.step(id, index, *row, *at) else {
                    unreachable!("a thread is within a hole")
                };
                for next in self.inside(language, *state, hole, column) {
                    out.push(Way {
                        next: Thread::Within(*row, *at, next, held.clone()),
                        released: None,
                        passed: Vec::new(),
                        entered: None,
                    });
                }
                if self.accepts(language, *state) {
                    let released = Some(held.clone());
                    self.walk(id, index, (*row, *at + 1), column, released, &mut out);
                }
            }
            Thread::Around(place, state) => {
                let Condition::In(places) = &self.languages[id.0].conditions[index] else {
                    unreachable!("a thread around is in a place")
                };
                let Place { hole, whole, .. } = places[*place];
                for next in self.inside(whole, *state, hole, column) {
                    out.push(Way {
                        next: Thread::Around(*place, next),
                        released: None,
                        passed: Vec::new(),
                        entered: None,
                    });
                }
            }
        }
        out
    }

    /// The ways on from a step of a pattern: loops and empty values may be passed.
    fn walk(
        &mut self,
        id: LanguageId,
        index: usize,
        (row, mut at): (usize, usize),
        column: usize,
        released: Option<Bits>,
        out: &mut Vec<Way>,
    ) {
        let letter = self.letters[column];
        let mut passed = Vec::new();
        let mut push = |next, passed: &Vec<Hole>, entered| {
            out.push(Way {
                next,
                released: released.clone(),
                passed: passed.clone(),
                entered,
            });
        };
        while let Some(step) = self.step(id, index, row, at) {
            match step {
                Inner::Loop(class) => {
                    if class.contains(letter) {
                        push(Thread::At(row, at), &passed, None);
                    }
                }
                Inner::Letter(own) => {
                    if own.accepts(letter) {
                        push(Thread::At(row, at + 1), &passed, None);
                    }
                    return;
                }
                Inner::Hole(hole, language) => {
                    for start in self.starts(language).iter() {
                        for next in self.inside(language, *start, hole, column) {
                            let held = Bits::new(0);
                            push(Thread::Within(row, at, next, held), &passed, Some(hole));
                        }
                    }
                    if !self.reads_nothing(language) {
                        return;
                    }
                    passed.push(hole);
                }
            }
            at += 1;
        }
    }

    /// The states of a language that a letter in a hole leads to.
    fn inside(
        &mut self,
        language: LanguageId,
        state: u32,
        hole: Hole,
        column: usize,
    ) -> BTreeSet<u32> {
        if !hole.class.contains(self.letters[column]) {
            return BTreeSet::new();
        }
        let mut next: BTreeSet<u32> = self
            .moves(language, state, column)
            .iter()
            .copied()
            .collect();
        if hole.fold && self.turned[column] != column {
            next.extend(self.moves(language, state, self.turned[column]).iter());
        }
        next
    }
}

/// Letters of which one stands for all that the given ones cannot tell apart, and for each the one in other case.
fn alphabet(letters: &[Letter], fold: bool) -> (Vec<char>, Vec<usize>) {
    let mut candidates: Vec<char> = ('a'..='z')
        .rev()
        .chain('0'..='9')
        .chain('A'..='Z')
        .collect();
    candidates.extend((' '..='~').filter(|c| !c.is_ascii_alphanumeric()));
    candidates.push(SEPARATOR);
    let spelled = letters.iter().filter_map(|letter| match letter {
        Letter::Char(c) => Some(*c),
        Letter::Fold(_) | Letter::Of(_) => None,
    });
    let others: Vec<char> = spelled
        .filter(|c| !(' '..='~').contains(c) && *c != SEPARATOR && !is_hole(*c))
        .collect();
    candidates.extend((FRESH..).filter(|c| !others.contains(c)).take(1));
    candidates.extend(others);
    let turn = |c: char| {
        if c.is_ascii_uppercase() {
            c.to_ascii_lowercase()
        } else {
            c.to_ascii_uppercase()
        }
    };
    let column = |c: char| -> Vec<bool> {
        let own = letters.iter().map(|letter| letter.accepts(c));
        if fold {
            own.chain(letters.iter().map(|letter| letter.accepts(turn(c))))
                .collect()
        } else {
            own.collect()
        }
    };
    let mut columns: QuickMap<Vec<bool>, usize> = QuickMap::default();
    let mut kept = Vec::new();
    for c in candidates {
        columns.entry(column(c)).or_insert_with(|| {
            kept.push(c);
            kept.len() - 1
        });
    }
    let turned = kept
        .iter()
        .enumerate()
        .map(|(at, c)| {
            if fold {
                columns.get(&column(turn(*c))).copied().unwrap_or(at)
            } else {
                at
            }
        })
        .collect();
    (kept, turned)
}

fn inner(filled: &Filled) -> Vec<Inner> {
    let mut inside = filled.inside.iter();
    filled
        .pattern
        .iter()
        .map(|step| match step {
            Step::Loop(class) => Inner::Loop(*class),
            Step::Letter(letter) => Inner::Letter(*letter),
            Step::Hole(hole) => {
                Inner::Hole(*hole, *inside.next().expect("each hole has a language"))
            }
        })
        .collect()
}

fn pairs(left: &[u32], right: &[u32]) -> Vec<(u32, u32)> {
    left.iter()
        .flat_map(|a| right.iter().map(|b| (*a, *b)))
        .collect()
}

fn join(bits: &mut Bits, more: &Bits) {
    for at in more.iter() {
        bits.insert(at);
    }
}

/// Adds the positions that follow without a letter.
fn close(negative: &[Option<Step>], against: &mut Bits) {
    for (at, step) in negative.iter().enumerate() {
        if against.contains(at) && matches!(step, Some(Step::Loop(_))) {
            against.insert(at + 1);
        }
    }
}

/// Whether a forbidden pattern matches whatever follows.
fn hopeless(negative: &[Option<Step>], against: &Bits) -> bool {
    against.iter().any(|at| {
        negative[at] == Some(Step::Loop(Class::Any)) && negative.get(at + 1) == Some(&None)
    })
}

/// Positions behind a variable that is being read, for patterns that wait before it.
fn behind(negative: &[Option<Step>], against: &Bits, read: Hole) -> Bits {
    let mut held = Bits::new(negative.len());
    for at in against.iter() {
        if let Some(Step::Hole(own)) = negative[at]
            && own.variable == read.variable
            // What was read is the value itself, or the pattern does not mind its case …
            && (own.fold || !read.fold)
            // … and its letters are known to be allowed.
            && (own.class == Class::Any || own.class == read.class)
        {
            held.insert(at + 1);
        }
    }
    held
}

/// Lets forbidden patterns pass variables that are known to be empty.
fn pass(negative: &[Option<Step>], against: &mut Bits, passed: &[Hole]) {
    close(negative, against);
    for hole in passed {
        let held = behind(negative, against, *hole);
        join(against, &held);
        close(negative, against);
    }
}
