//! Values for coordinates that are tied to each other by policy variables.
//!
//! A [`Problem`] is what one branch of a search says of such coordinates: each has a universe and tests of its own, and *ties*
//! say that the value of one does or does not match a pattern in which values of others stand. [`Problem::decide`]
//! finds values for all of them, or refutes the branch. It knows two rules:
//!
//! * *Nothing left.* The language of one coordinate is empty: its own tests, the patterns that it must match with
//!   the languages of their variables inside, the texts that it must stand in, and the patterns that it must not
//!   match, all at once ([`crate::domain::nested`]).
//! * *Case split.* A coordinate has one of finitely many values `v₁ … vₙ`, each of which is refuted; that there is no other
//!   is the first rule.
//!
//! Before anything is worked out, each coordinate is given a value that it has by itself; mostly all ties hold then.
//! Otherwise values are chosen one coordinate at a time, and a value is put in the place of its variable everywhere. So a contradiction
//! comes to light where it is made, and a case that does not depend on the last choice ends all choices of it.
//!
//! *Exact where it answers*: a refutation is made of the two rules, and values are checked against every test and tie. *Complete*
//! where ties that must hold form a tree: the language of any coordinate then holds exactly the values that all others can
//! be chosen for, so the first rule answers at once, and no choice that it leaves is ever taken back. Patterns that must not match
//! confine nobody who has infinitely many values left, since a longer value escapes them. *Ends*: a coordinate is
//! given at most [`CHOICES`] values, and work is counted. What is left open then is named [`OPEN`]: a variable with
//! infinitely many values that two patterns of one text shift against itself, as in `y = a*${x}` and `y = ${x}b`.

use crate::domain::nested::{Around, Filled, Hole, LanguageId, Nest, Part, Pattern, Step};
use crate::domain::scalar::{Test, Universe};
use crate::domain::steps::Steps;
use crate::domain::text::{Class, Letter, Row, RowBuilder, TextSet};
use std::collections::BTreeSet;

/// How many values a coordinate is given in the first, the second and the last round.
const CHOICES: [usize; 3] = [3, 8, 20];

/// How many values are tried in all, in one problem.
const TRIES: usize = 120;

/// How many moves of nested languages are worked out in one question.
pub(crate) const WORK: u64 = 60_000;

/// How many languages one question to a nest may stack; beyond them a variable's own tests alone are looked at.
const LANGUAGES: usize = 256;

/// What is said of a problem that is neither solved nor refuted.
pub(crate) const OPEN: &str = "a policy variable that several patterns shift against itself";

/// One coordinate: it has a value.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// The universes that its value lies in. There is one at least.
    pub(crate) universes: Vec<Universe>,
    /// Tests of its value that no variable occurs in.
    pub(crate) tests: Vec<(Test, bool)>,
}

/// A pattern with variables that the value of a coordinate matches or does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tie {
    /// The coordinate whose value is compared.
    pub(crate) node: usize,
    /// The patterns: one of them matches.
    pub(crate) patterns: Vec<Pattern>,
    /// Whether the value must match.
    pub(crate) holds: bool,
}

impl Tie {
    /// The variables that occur in it.
    pub(crate) fn variables(&self) -> impl Iterator<Item = usize> + '_ {
        self.patterns
            .iter()
            .flatten()
            .filter_map(|step| match step {
                Step::Hole(hole) => Some(hole.variable),
                Step::Loop(_) | Step::Letter(_) => None,
            })
    }

    fn touches(&self, node: usize) -> bool {
        self.node == node || self.variables().any(|own| own == node)
    }
}

/// Coordinates and ties.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    /// The coordinates.
    pub(crate) nodes: Vec<Node>,
    /// The ties.
    pub(crate) ties: Vec<Tie>,
}

/// What a problem comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A value for each coordinate.
    Values(Vec<String>),
    /// There are no values, whatever the coordinates that are not named say. A promise.
    Refuted(BTreeSet<usize>),
    /// Neither was shown.
    Open(&'static str),
}

impl Problem {
    /// Finds values for all coordinates, or refutes the problem.
    pub(crate) fn decide(&self, steps: &mut Steps, work: &mut u64) -> Answer {
        let mut search = Search {
            problem: self,
            pins: vec![None; self.nodes.len()],
            steps,
            tries: TRIES,
            work,
        };
        let mut open = None;
        for part in self.parts() {
            if search.guess(&part) {
                continue;
            }
            match search.part(&part) {
                Answer::Values(_) => {}
                Answer::Open(why) => open = Some(why),
                refuted @ Answer::Refuted(_) => return refuted,
            }
        }
        match open {
            Some(why) => Answer::Open(why),
            None => Answer::Values(search.pins.into_iter().flatten().collect()),
        }
    }

    /// Coordinates that ties connect, in groups.
    fn parts(&self) -> Vec<Vec<usize>> {
        let mut group: Vec<usize> = (0..self.nodes.len()).collect();
        for tie in &self.ties {
            for variable in tie.variables() {
                let (from, to) = (group[variable], group[tie.node]);
                group
                    .iter_mut()
                    .filter(|g| **g == from)
                    .for_each(|g| *g = to);
            }
        }
        let mut parts: Vec<Vec<usize>> = Vec::new();
        for (node, own) in group.iter().enumerate() {
            match parts.iter_mut().find(|part| group[part[0]] == *own) {
                Some(part) => part.push(node),
                None => parts.push(vec![node]),
            }
        }
        parts
    }
}

struct Search<'p> {
    problem: &'p Problem,
    /// The values that were chosen.
    pins: Vec<Option<String>>,
    steps: &'p mut Steps,
    tries: usize,
    /// Moves that may still be worked out.
    work: &'p mut u64,
}

/// How the next value of a coordinate is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    /// Any value.
    Any,
    /// One with a word in it that nobody else has: patterns that must not match do not know it.
    Fresh(usize),
}

/// What is left of a coordinate.
enum Left {
    Value(String),
    /// Nothing, for reasons that lie in these coordinates.
    Nothing(BTreeSet<usize>),
    /// Nothing was found, which promises nothing.
    Unknown,
}

impl Search<'_> {
    /// Gives each coordinate of a group a value that it has by itself, a text one that matches what its variables' values say.
    ///
    /// Most ties say no more than that a text holds the value of a variable, and then these values hold. `false`: they do
    /// not, and none is kept.
    fn guess(&mut self, part: &[usize]) -> bool {
        while let Some(node) = self.next(part) {
            if let Left::Value(value) = self.left_alone(node, &BTreeSet::new(), &[], Style::Any) {
                self.pins[node] = Some(value);
                if self.broken(node).is_none() {
                    continue;
                }
            }
            part.iter().for_each(|node| self.pins[*node] = None);
            return false;
        }
        true
    }

    /// Values for one group of coordinates, in rounds that try more and more.
    fn part(&mut self, part: &[usize]) -> Answer {
        let mut answer = Answer::Open(OPEN);
        for most in CHOICES {
            answer = self.extend(part, most);
            if !matches!(answer, Answer::Open(_)) || self.tries == 0 || *self.work == 0 {
                break;
            }
            // Which coordinate has nothing left may show at any of them.
            if most == CHOICES[0] {
                for node in part {
                    if let Left::Nothing(because) = self.left(*node, &BTreeSet::new(), Style::Any) {
                        return Answer::Refuted(because);
                    }
                }
            }
        }
        answer
    }

    /// Chooses values for the coordinates of a group that have none yet.
    fn extend(&mut self, part: &[usize], most: usize) -> Answer {
        let Some(node) = self.next(part) else {
            return Answer::Values(Vec::new());
        };
        let mut core = BTreeSet::new();
        let mut tried: BTreeSet<String> = BTreeSet::new();
        let mut open = false;
        for round in 0..most {
            // The first value is any, the second a strange one, then the two in turn.
            let style = if round % 2 == 1 {
                Style::Fresh(round)
            } else {
                Style::Any
            };
            let value = match self.left(node, &tried, style) {
                Left::Value(value) => value,
                Left::Nothing(_) | Left::Unknown if style != Style::Any => continue,
                Left::Unknown => return Answer::Open(OPEN),
                Left::Nothing(because) => {
                    core.extend(because);
                    return if open {
                        Answer::Open(OPEN)
                    } else {
                        Answer::Refuted(core)
                    };
                }
            };
            if self.tries == 0 {
                return Answer::Open(OPEN);
            }
            self.tries -= 1;
            self.pins[node] = Some(value.clone());
            let answer = match self.broken(node) {
                Some(because) => Answer::Refuted(because),
                None => self.extend(part, most),
            };
            match answer {
                Answer::Values(_) => return answer,
                Answer::Open(_) => open = true,
                Answer::Refuted(because) => {
                    // The value had no part in it: no other helps.
                    if !because.contains(&node) {
                        self.pins[node] = None;
                        return Answer::Refuted(because);
                    }
                    core.extend(because);
                }
            }
            self.pins[node] = None;
            tried.insert(value);
        }
        Answer::Open(OPEN)
    }

    /// The coordinate that is given a value next: one with a list of values before others, variables before the texts that
    /// they stand in.
    fn next(&self, part: &[usize]) -> Option<usize> {
        part.iter()
            .copied()
            .filter(|node| self.pins[*node].is_none())
            .min_by_key(|node| {
                let listed = self.problem.nodes[*node].tests.iter().any(|(test, holds)| {
                    *holds && matches!(test, Test::Text(set) if set.rows().is_empty())
                });
                let waits = self
                    .problem
                    .ties
                    .iter()
                    .filter(|tie| tie.node == *node)
                    .flat_map(Tie::variables)
                    .filter(|variable| self.pins[*variable].is_none() && variable != node)
                    .count();
                (!listed, waits, *node)
            })
    }

    /// The coordinates of a tie or universe that the values chosen so far break, after one for `node` was chosen.
    fn broken(&mut self, node: usize) -> Option<BTreeSet<usize>> {
        for tie in self.problem.ties.iter().filter(|tie| tie.touches(node)) {
            let Some(value) = &self.pins[tie.node] else {
                continue;
            };
            if tie.variables().any(|v| self.pins[v].is_none()) {
                continue;
            }
            let matches = self.filled(tie).contains(value);
            if matches != tie.holds {
                return Some(tie.variables().chain([tie.node]).collect());
            }
        }
        None
    }

    /// A pattern with the chosen values in the place of their variables; `None` if it matches nothing then.
    fn substituted(&self, pattern: &Pattern) -> Option<Pattern> {
        let mut out = Pattern::new();
        for step in pattern {
            match step {
                Step::Hole(hole) => match &self.pins[hole.variable] {
                    Some(value) => {
                        for c in value.chars() {
                            if !hole.class.contains(c) {
                                return None;
                            }
                            out.push(Step::Letter(letter(c, hole.fold)));
                        }
                    }
                    None => out.push(*step),
                },
                Step::Loop(_) | Step::Letter(_) => out.push(*step),
            }
        }
        Some(out)
    }

    /// The texts that match a tie all of whose variables have values.
    fn filled(&self, tie: &Tie) -> TextSet {
        TextSet::new(
            tie.patterns
                .iter()
                .filter_map(|pattern| self.substituted(pattern))
                .map(|pattern| row(&pattern)),
        )
    }

    /// A value of a coordinate that none of the chosen values contradicts.
    fn left(&mut self, node: usize, tried: &BTreeSet<String>, style: Style) -> Left {
        let free = |variable: usize| self.pins[variable].is_none() && variable != node;
        // Ties between this coordinate and others without a value.
        let loose = self.problem.ties.iter().any(|tie| {
            tie.holds
                && tie.touches(node)
                && (tie.node == node || self.pins[tie.node].is_none() || tie.touches(node))
                && (tie.variables().any(free)
                    || tie.node != node && tie.variables().any(|v| v == node))
        });
        if !loose && style == Style::Any {
            return self.left_alone(node, tried, &[], style);
        }
        let mut core = BTreeSet::new();
        let mut steps: Vec<Step> = Vec::new();
        self.spelled(&mut steps);
        let strange = strange(node, style);
        steps.extend(strange.iter().flatten().copied());
        let mut nest = Nest::new(steps.iter(), *self.work);
        let language = self.language(
            &mut nest,
            node,
            &mut vec![node],
            &mut Vec::new(),
            &strange,
            &mut core,
        );
        let mut except = tried.clone();
        for _ in 0..8 {
            let Some(value) = nest.find(language, &except) else {
                let spent = nest.is_spent();
                self.steps.note(*self.work - nest.left());
                *self.work = nest.left();
                return if spent {
                    Left::Unknown
                } else {
                    Left::Nothing(core)
                };
            };
            if self.passes(node, &value) {
                self.steps.note(*self.work - nest.left());
                *self.work = nest.left();
                return Left::Value(value);
            }
            except.insert(value);
        }
        self.steps.note(*self.work - nest.left());
        *self.work = nest.left();
        // Numbers, addresses and sets of accounts are no part of the language.
        match self.left_alone(node, tried, &[], style) {
            Left::Nothing(because) => Left::Nothing(because),
            other => other,
        }
    }

    /// Whether a value lies in all universes of its coordinate and passes its own tests.
    fn passes(&mut self, node: usize, value: &str) -> bool {
        let own = &self.problem.nodes[node];
        if !own
            .tests
            .iter()
            .all(|(test, holds)| test.passes(value) == *holds)
        {
            return false;
        }
        let word = Test::Text(TextSet::word(value));
        own.universes
            .iter()
            .all(|universe| universe.solve(&[(&word, true)], self.steps).is_some())
    }

    /// A value of a coordinate, looking at ties between values alone.
    fn left_alone(
        &mut self,
        node: usize,
        tried: &BTreeSet<String>,
        more: &[(Test, bool)],
        style: Style,
    ) -> Left {
        let own = &self.problem.nodes[node];
        let mut core = BTreeSet::from([node]);
        let mut tests: Vec<(Test, bool)> = own.tests.clone();
        tests.extend(more.iter().cloned());
        for tie in self.problem.ties.iter().filter(|tie| tie.node == node) {
            if tie.variables().any(|v| self.pins[v].is_none()) {
                continue;
            }
            core.extend(tie.variables());
            tests.push((Test::Text(self.filled(tie)), tie.holds));
        }
        let first = &own.universes[0];
        for universe in &own.universes[1..] {
            if let Some((within, except)) = universe.texts() {
                tests.push((Test::Text(within.clone()), true));
                tests.push((Test::Text(except.clone()), false));
            }
        }
        if let Some(pattern) = strange(node, style) {
            tests.push((Test::Text(TextSet::new([row(&pattern)])), true));
        }
        let mut except = tried.clone();
        for _ in 0..8 {
            let words = Test::Text(TextSet::new(except.iter().map(|word| Row::literal(word))));
            let mut wanted: Vec<(&Test, bool)> =
                tests.iter().map(|(test, holds)| (test, *holds)).collect();
            wanted.push((&words, false));
            let Some(value) = first.solve(&wanted, self.steps) else {
                return Left::Nothing(core);
            };
            if self.passes(node, &value) {
                return Left::Value(value);
            }
            except.insert(value);
        }
        Left::Unknown
    }

    /// Every step that occurs, chosen values included.
    fn spelled(&self, steps: &mut Vec<Step>) {
        let mut set = |set: &TextSet| {
            for row in set.all_rows() {
                steps.extend(pattern(&row));
            }
        };
        for (node, pin) in self.problem.nodes.iter().zip(&self.pins) {
            if let Some(value) = pin {
                set(&TextSet::word(value.as_str()));
                continue;
            }
            for universe in &node.universes {
                if let Some((within, except)) = universe.texts() {
                    set(within);
                    set(except);
                }
            }
            for (test, _) in &node.tests {
                if let Test::Text(own) = test {
                    set(own);
                }
            }
        }
        for tie in &self.problem.ties {
            steps.extend(
                tie.patterns
                    .iter()
                    .filter_map(|pattern| self.substituted(pattern))
                    .flatten(),
            );
        }
    }

    /// The language of a coordinate: all values that its own tests, and the ties to coordinates that are not on `path`, leave.
    fn language(
        &self,
        nest: &mut Nest,
        node: usize,
        path: &mut Vec<usize>,
        used: &mut Vec<usize>,
        more: &Option<Pattern>,
        core: &mut BTreeSet<usize>,
    ) -> LanguageId {
        core.insert(node);
        let plain = |pattern: Pattern| Filled {
            pattern,
            inside: Vec::new(),
        };
        let of = |set: &TextSet| Part::Of(set.all_rows().map(|row| plain(pattern(&row))).collect());
        if let Some(value) = &self.pins[node] {
            return nest.language(vec![of(&TextSet::word(value.as_str()))], &[]);
        }
        let own = &self.problem.nodes[node];
        let mut parts: Vec<Part> = Vec::new();
        let mut negative: Vec<Pattern> = Vec::new();
        for universe in &own.universes {
            if let Some((within, except)) = universe.texts() {
                parts.push(of(within));
                negative.extend(except.all_rows().map(|row| pattern(&row)));
            }
        }
        for (test, holds) in &own.tests {
            match (test, holds) {
                (Test::Text(set), true) => parts.push(of(set)),
                (Test::Text(set), false) => {
                    negative.extend(set.all_rows().map(|row| pattern(&row)))
                }
                // Tests of other types leave less than this language, which is the safe side.
                _ => {}
            }
        }
        parts.extend(
            more.iter()
                .map(|pattern| Part::Of(vec![plain(pattern.clone())])),
        );
        for (index, tie) in self.problem.ties.iter().enumerate() {
            if used.contains(&index) || nest.len() > LANGUAGES || !tie.touches(node) {
                continue;
            }
            let patterns: Vec<Pattern> = tie
                .patterns
                .iter()
                .filter_map(|pattern| self.substituted(pattern))
                .collect();
            if tie.node == node {
                core.extend(tie.variables());
                if !tie.holds {
                    negative.extend(patterns);
                    continue;
                }
                used.push(index);
                let filled = patterns
                    .into_iter()
                    .map(|pattern| self.fill(nest, pattern, path, used, core))
                    .collect();
                used.pop();
                parts.push(Part::Of(filled));
            } else if !path.contains(&tie.node) {
                core.extend(tie.variables());
                core.insert(tie.node);
                if !tie.holds {
                    negative.extend(self.readings(tie, node, &patterns));
                    continue;
                }
                used.push(index);
                path.push(tie.node);
                let whole = self.language(nest, tie.node, path, used, &None, core);
                let mut places: Vec<Vec<Around>> = Vec::new();
                for pattern in &patterns {
                    // The value has to fit at each occurrence of the variable.
                    let holes: Vec<(usize, Hole)> = pattern
                        .iter()
                        .enumerate()
                        .filter_map(|(at, step)| match step {
                            Step::Hole(hole) if hole.variable == node => Some((at, *hole)),
                            _ => None,
                        })
                        .collect();
                    for (turn, (at, hole)) in holes.into_iter().enumerate() {
                        let before = self.fill(nest, pattern[..at].to_vec(), path, used, core);
                        let behind = self.fill(nest, pattern[at + 1..].to_vec(), path, used, core);
                        if places.len() <= turn {
                            places.push(Vec::new());
                        }
                        places[turn].push(Around {
                            before,
                            hole,
                            behind,
                            whole,
                        });
                    }
                }
                path.pop();
                used.pop();
                // Alternatives confine the value only where it stands in all of them.
                if !patterns.is_empty() {
                    places.retain(|places| places.len() == patterns.len());
                } else {
                    places = vec![Vec::new()];
                }
                parts.extend(places.into_iter().map(Part::In));
            }
        }
        if parts.is_empty() {
            parts.push(of(&TextSet::new([Row::all(Class::Any)])));
        }
        nest.language(parts, &negative)
    }

    /// A pattern with a language for each of its variables.
    fn fill(
        &self,
        nest: &mut Nest,
        pattern: Pattern,
        path: &mut Vec<usize>,
        used: &mut Vec<usize>,
        core: &mut BTreeSet<usize>,
    ) -> Filled {
        let mut inside = Vec::new();
        for step in &pattern {
            let Step::Hole(hole) = step else { continue };
            let variable = hole.variable;
            inside.push(if path.contains(&variable) || nest.len() > LANGUAGES {
                // A circle: what the variable's own tests leave.
                let all = Part::Of(vec![Filled {
                    pattern: vec![Step::Loop(Class::Any)],
                    inside: Vec::new(),
                }]);
                nest.language(vec![all], &[])
            } else {
                path.push(variable);
                let language = self.language(nest, variable, path, used, &None, core);
                path.pop();
                language
            });
        }
        Filled { pattern, inside }
    }

    /// The values of a variable with which a pattern would match the value of the compared coordinate, if that has one and no other
    /// variable is in the way.
    fn readings(&self, tie: &Tie, node: usize, patterns: &[Pattern]) -> Vec<Pattern> {
        let Some(text) = &self.pins[tie.node] else {
            return Vec::new();
        };
        let chars: Vec<char> = text.chars().collect();
        let mut words: BTreeSet<String> = BTreeSet::new();
        for pattern in patterns {
            let others = |step: &Step| matches!(step, Step::Hole(hole) if hole.variable != node);
            if pattern.iter().any(others) {
                continue;
            }
            for from in 0..=chars.len() {
                for to in from..=chars.len() {
                    let value = &chars[from..to];
                    let filled: Pattern = pattern
                        .iter()
                        .flat_map(|step| match step {
                            Step::Hole(hole) => value
                                .iter()
                                .map(|c| Step::Letter(letter(*c, hole.fold)))
                                .collect(),
                            other => vec![*other],
                        })
                        .collect();
                    let fits = pattern.iter().all(|step| match step {
                        Step::Hole(hole) => value.iter().all(|c| hole.class.contains(*c)),
                        Step::Loop(_) | Step::Letter(_) => true,
                    });
                    if fits && row(&filled).matches(text) {
                        words.insert(value.iter().collect());
                    }
                }
            }
        }
        words
            .iter()
            .map(|word| {
                word.chars()
                    .map(|c| Step::Letter(Letter::Char(c)))
                    .collect()
            })
            .collect()
    }
}

/// A letter, or the same in either case.
pub(crate) fn letter(c: char, fold: bool) -> Letter {
    if fold && c.is_ascii_alphabetic() {
        Letter::Fold(c.to_ascii_lowercase())
    } else {
        Letter::Char(c)
    }
}

/// Texts with a word in them that nobody else has.
fn strange(node: usize, style: Style) -> Option<Pattern> {
    let Style::Fresh(round) = style else {
        return None;
    };
    let word = format!("keyaki{node}{}", "x".repeat(round / 2));
    let letters = word.chars().map(|c| Step::Letter(Letter::Char(c)));
    Some(
        std::iter::once(Step::Loop(Class::Any))
            .chain(letters)
            .chain([Step::Loop(Class::Any)])
            .collect(),
    )
}

/// The steps of a row without variables.
pub(crate) fn pattern(row: &Row) -> Pattern {
    let (letters, loops) = row.parts();
    let mut out = Pattern::new();
    for (letter, class) in letters.iter().zip(loops) {
        out.extend(class.map(Step::Loop));
        out.push(Step::Letter(*letter));
    }
    out.extend(loops[letters.len()].map(Step::Loop));
    out
}

/// The row of a pattern without variables.
fn row(pattern: &Pattern) -> Row {
    let mut out = RowBuilder::default();
    for step in pattern {
        match step {
            Step::Loop(class) => out.many(*class),
            Step::Letter(letter) => out.letter(*letter),
            Step::Hole(_) => unreachable!("every variable has a value"),
        };
    }
    out.build()
}
