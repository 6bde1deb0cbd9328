//! What policy variables say across keys, before any value is chosen for them.
//!
//! A pattern with a variable ties two coordinates. The search treats each coordinate alone; here the ties of a whole branch are
//! looked at together. Four checks refute a branch, each by an argument that holds for every choice of values:
//!
//! * *Length*: a text that matches `a${x}b*` is at least two longer than the value of `x`. Around a cycle of ties the
//!   sum of such differences must not be positive.
//! * *Equality*: keys tied by `${x}` alone have one value, which must pass the tests of all of them.
//! * *Nesting*: where a variable's own key is confined to some patterns, these can stand in its place.
//! * *Reading off*: where the compared key has finitely many values, the variable has one of the finitely many that
//!   make the pattern match one of them.
//!
//! What none of them refutes is left to the choice of values in [`crate::region::variable`].

use crate::domain::scalar::Test;
use crate::domain::text::{Class, HOLE, Letter, Row, RowBuilder, TextSet, find_in};
use crate::region::space::{Atom, DimensionId, Shape, Space, StateId};
use crate::region::variable::{captures, filled};

/// How many alternatives of a key are put in a variable's place; with more, nesting is not looked at.
const NESTED: usize = 64;

/// How many values a compared key may have for the variable's to be read off them one by one.
const FEW: usize = 16;

/// One positive tie: the coordinate, its pattern, and the coordinates whose values occur in it.
struct Tie {
    dimension: DimensionId,
    row: Row,
    variables: Vec<(char, DimensionId)>,
}

/// Whether the ties assumed in a branch can hold together, as far as the three checks see. `false` is a promise; the
/// dimensions that it rests on are put into `blame`.
pub(crate) fn consistent(
    space: &mut Space,
    states: &[StateId],
    blame: &mut Vec<DimensionId>,
) -> bool {
    let mut ties = Vec::new();
    for state in states {
        for literal in space.literals(*state) {
            if let (Atom::Is(dimension, Test::Tied { exact, .. }), true) =
                (space.get(literal.atom), literal.holds)
            {
                let rows: Vec<Row> = exact.all_rows().collect();
                if let [row] = rows.as_slice() {
                    let variables = holes(row)
                        .filter_map(|hole| space.hole_dimension(hole).map(|d| (hole, d)))
                        .collect();
                    ties.push(Tie {
                        dimension: *dimension,
                        row: row.clone(),
                        variables,
                    });
                }
            }
        }
    }
    let lists = member_ties(space, states);
    if ties.is_empty() && lists.is_empty() {
        return true;
    }
    blame.extend(
        lists
            .iter()
            .flat_map(|list| [list.dimension, list.variable]),
    );
    for tie in &ties {
        blame.push(tie.dimension);
        blame.extend(tie.variables.iter().map(|(_, d)| *d));
    }
    lengths_agree(&ties)
        && equal_keys_agree(space, states, &ties)
        && nested_agree(space, states, &ties)
        && readings_agree(space, states, &ties)
        && lists.iter().all(|list| list.agrees(space, states))
}

fn holes(row: &Row) -> impl Iterator<Item = char> + '_ {
    row.parts()
        .0
        .iter()
        .filter_map(|letter| {
            if let Letter::Char(c) = letter {
                Some(*c)
            } else {
                None
            }
        })
        .filter(|c| *c >= HOLE)
}

/// Bellman and Ford's test for a cycle along which texts only get longer.
fn lengths_agree(ties: &[Tie]) -> bool {
    let mut edges: Vec<(DimensionId, DimensionId, usize)> = Vec::new();
    for tie in ties {
        let own = tie.row.len() - holes(&tie.row).count();
        edges.extend(
            tie.variables
                .iter()
                .map(|(_, variable)| (*variable, tie.dimension, own)),
        );
    }
    let mut nodes: Vec<DimensionId> = edges.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let index = |d: DimensionId| {
        nodes
            .binary_search(&d)
            .expect("every end of an edge is a node")
    };
    let mut longest = vec![0usize; nodes.len()];
    for _ in 0..=nodes.len() {
        let mut grew = false;
        for (from, to, more) in &edges {
            let length = longest[index(*from)] + more;
            if length > longest[index(*to)] {
                longest[index(*to)] = length;
                grew = true;
            }
        }
        if !grew {
            return true;
        }
    }
    false
}

/// Keys that are tied by equality share one value.
fn equal_keys_agree(space: &mut Space, states: &[StateId], ties: &[Tie]) -> bool {
    let mut groups: Vec<Vec<DimensionId>> = Vec::new();
    for tie in ties {
        let [(hole, variable)] = tie.variables.as_slice() else {
            continue;
        };
        if tie.row != Row::literal(&hole.to_string()) || tie.dimension == *variable {
            continue;
        }
        let (mut joined, rest): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|g| g.contains(&tie.dimension) || g.contains(variable));
        let mut group: Vec<DimensionId> = joined
            .drain(..)
            .flatten()
            .chain([tie.dimension, *variable])
            .collect();
        group.sort_unstable();
        group.dedup();
        groups = rest;
        groups.push(group);
    }
    groups.iter().all(|group| {
        let tests: Vec<(Test, bool)> = group
            .iter()
            .flat_map(|d| plain_tests(space, states, *d))
            .collect();
        if !letters_agree(space, states, group, &tests) {
            return false;
        }
        let tests: Vec<(&Test, bool)> = tests.iter().map(|(test, holds)| (test, *holds)).collect();
        // Each key has a universe of its own, and the common value lies in all of them.
        group.iter().all(|d| match space.shape(*d).clone() {
            Shape::Always(universe) | Shape::Optional(universe) => {
                universe.solve(&tests, &mut space.steps).is_some()
            }
            Shape::Many(_) | Shape::Boolean => true,
        })
    })
}

/// The common value of equal keys, as one letter, lies in none of the patterns that one of them must not match.
///
/// The argument is that of [`crate::domain::scalar`]: a real value that matches no negative pattern still matches none when it is
/// replaced by its letter.
fn letters_agree(
    space: &mut Space,
    states: &[StateId],
    group: &[DimensionId],
    tests: &[(Test, bool)],
) -> bool {
    let mut negative: Vec<TextSet> = tests
        .iter()
        .filter_map(|(test, holds)| match test {
            Test::Text(set) if !*holds => Some(set.clone()),
            _ => None,
        })
        .collect();
    for dimension in group {
        for literal in space.literals(states[dimension.0 as usize]) {
            if let (Atom::Is(_, Test::Tied { exact, .. }), false) =
                (space.get(literal.atom), literal.holds)
            {
                let ours = |row: &Row| {
                    holes(row).all(|hole| {
                        space
                            .hole_dimension(hole)
                            .is_some_and(|d| group.contains(&d))
                    })
                };
                let one_letter = |row: Row| filled(&row, &HOLE.to_string());
                negative.push(TextSet::new(exact.all_rows().filter(ours).map(one_letter)));
            }
        }
    }
    let value = TextSet::word(HOLE.to_string());
    let negative: Vec<&TextSet> = negative.iter().collect();
    find_in(&[&value], &negative, &mut space.steps).is_some()
}

/// A variable's value lies in what its own key is confined to.
fn nested_agree(space: &mut Space, states: &[StateId], ties: &[Tie]) -> bool {
    ties.iter().all(|tie| {
        let mut rows = vec![tie.row.clone()];
        for (hole, variable) in &tie.variables {
            let confined: Vec<TextSet> = plain_tests(space, states, *variable)
                .into_iter()
                .filter_map(|(test, holds)| match test {
                    Test::Text(set) if holds => Some(set),
                    _ => None,
                })
                .collect();
            // The tightest of them alone: what it allows contains what all allow.
            let Some(set) = confined.iter().min_by_key(|set| set.all_rows().count()) else {
                continue;
            };
            if rows.len() * set.all_rows().count() > NESTED {
                return true;
            }
            rows = rows
                .iter()
                .flat_map(|row| {
                    set.all_rows()
                        .map(|inner| replace(row, *hole, &inner))
                        .collect::<Vec<_>>()
                })
                .collect();
        }
        // Variables that are not confined may be anything.
        let left: Vec<char> = rows.iter().flat_map(holes).collect();
        let loose = TextSet::new(rows.iter().map(|row| loosen(row, &left)));
        let mut tests = plain_tests(space, states, tie.dimension);
        tests.push((Test::Text(loose), true));
        let tests: Vec<(&Test, bool)> = tests.iter().map(|(test, holds)| (test, *holds)).collect();
        match space.shape(tie.dimension).clone() {
            Shape::Always(universe) | Shape::Optional(universe) => {
                universe.solve(&tests, &mut space.steps).is_some()
            }
            Shape::Many(_) | Shape::Boolean => true,
        }
    })
}

/// A compared key with a short list of values leaves its variable a short list too.
fn readings_agree(space: &mut Space, states: &[StateId], ties: &[Tie]) -> bool {
    ties.iter().all(|tie| {
        let [(hole, variable)] = tie.variables.as_slice() else {
            return true;
        };
        let own = plain_tests(space, states, tie.dimension);
        let passes = |tests: &[(Test, bool)], text: &str| {
            tests
                .iter()
                .all(|(test, holds)| test.passes(text) == *holds)
        };
        let Some(words) = few_values(space, tie.dimension, &own) else {
            return true;
        };
        let theirs = plain_tests(space, states, *variable);
        // Ties between the same two keys, in either direction, must hold for the two values as well.
        let agree = |word: &str, value: &str| {
            ties.iter().all(|other| match other.variables.as_slice() {
                [(_, v)] if other.dimension == tie.dimension && v == variable => {
                    filled(&other.row, value).matches(word)
                }
                [(_, v)] if other.dimension == *variable && *v == tie.dimension => {
                    filled(&other.row, word).matches(value)
                }
                _ => true,
            })
        };
        let _ = hole;
        words.iter().any(|word| {
            captures(&tie.row, word)
                .iter()
                .any(|value| passes(&theirs, value) && agree(word, value))
        })
    })
}

/// All values of a key under some tests, if they are few.
fn few_values(
    space: &mut Space,
    dimension: DimensionId,
    tests: &[(Test, bool)],
) -> Option<Vec<String>> {
    let universe = match space.shape(dimension) {
        Shape::Always(universe) | Shape::Optional(universe) => universe.clone(),
        Shape::Many(_) | Shape::Boolean => return None,
    };
    let mut tests = tests.to_vec();
    let mut values = Vec::new();
    while values.len() <= FEW {
        let wanted: Vec<(&Test, bool)> = tests.iter().map(|(test, holds)| (test, *holds)).collect();
        let Some(value) = universe.solve(&wanted, &mut space.steps) else {
            return Some(values);
        };
        tests.push((Test::Text(TextSet::word(value.as_str())), false));
        values.push(value);
    }
    None
}

/// A many-valued key all of whose members match a pattern with one variable, and some of whose members are known.
struct MemberTie {
    dimension: DimensionId,
    variable: DimensionId,
    row: Row,
    /// For each existential the words that its member is one of.
    members: Vec<Vec<String>>,
}

impl MemberTie {
    /// Whether one value of the variable serves all members.
    fn agrees(&self, space: &Space, states: &[StateId]) -> bool {
        let theirs = plain_tests(space, states, self.variable);
        let Some((first, rest)) = self.members.split_first() else {
            return true;
        };
        let serves = |value: &str, words: &[String]| {
            words
                .iter()
                .any(|word| filled(&self.row, value).matches(word))
        };
        first
            .iter()
            .flat_map(|word| captures(&self.row, word))
            .any(|value| {
                theirs
                    .iter()
                    .all(|(test, holds)| test.passes(&value) == *holds)
                    && rest.iter().all(|words| serves(&value, words))
            })
    }
}

fn member_ties(space: &Space, states: &[StateId]) -> Vec<MemberTie> {
    let mut out = Vec::new();
    for state in states {
        let literals = space.literals(*state);
        for literal in literals.iter().filter(|literal| !literal.holds) {
            let Atom::Some(dimension, tests) = space.get(literal.atom) else {
                continue;
            };
            let [(Test::Tied { exact, .. }, false)] = tests.as_slice() else {
                continue;
            };
            let rows: Vec<Row> = exact.all_rows().collect();
            let [row] = rows.as_slice() else { continue };
            let holes: Vec<char> = holes(row).collect();
            let [hole] = holes.as_slice() else { continue };
            let Some(variable) = space.hole_dimension(*hole) else {
                continue;
            };
            let members = literals
                .iter()
                .filter(|literal| literal.holds)
                .filter_map(|literal| match space.get(literal.atom) {
                    Atom::Some(_, tests) => tests.iter().find_map(|(test, holds)| match test {
                        Test::Text(set) if *holds && set.rows().is_empty() => {
                            Some(set.words().to_vec())
                        }
                        _ => None,
                    }),
                    _ => None,
                })
                .collect();
            out.push(MemberTie {
                dimension: *dimension,
                variable,
                row: row.clone(),
                members,
            });
        }
    }
    out
}

/// The tests of a coordinate that do not depend on variables.
fn plain_tests(space: &Space, states: &[StateId], dimension: DimensionId) -> Vec<(Test, bool)> {
    let literals = space.literals(states[dimension.0 as usize]);
    literals
        .iter()
        .filter_map(|literal| match space.get(literal.atom) {
            Atom::Is(_, test) if !matches!(test, Test::Tied { .. }) => {
                Some((test.clone(), literal.holds))
            }
            _ => None,
        })
        .collect()
}

/// Puts a row in a letter's place.
fn replace(row: &Row, hole: char, inner: &Row) -> Row {
    rebuild(row, |out, letter| match letter {
        Letter::Char(c) if c == hole => {
            out.row(inner, Class::Any);
        }
        other => {
            out.letter(other);
        }
    })
}

/// Puts a loop over everything in the place of some letters.
fn loosen(row: &Row, holes: &[char]) -> Row {
    rebuild(row, |out, letter| match letter {
        Letter::Char(c) if holes.contains(&c) => {
            out.many(Class::Any);
        }
        other => {
            out.letter(other);
        }
    })
}

/// Builds a row anew, letter by letter.
pub(crate) fn rebuild(row: &Row, mut put: impl FnMut(&mut RowBuilder, Letter)) -> Row {
    let (letters, loops) = row.parts();
    let mut out = RowBuilder::default();
    for (letter, class) in letters.iter().zip(loops) {
        if let Some(class) = class {
            out.many(*class);
        }
        put(&mut out, *letter);
    }
    if let Some(class) = loops[letters.len()] {
        out.many(class);
    }
    out.build()
}
