//! Fifty patterns that share a beginning of a thousand letters, and differ only behind it.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

const PATTERNS: u32 = 50;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let beginning: String = (0..size).map(|_| draw.pick(&['a', 'b'])).collect();
    // The same letters over and over tell nothing about where one is.
    let same = "ab".repeat(size as usize / 2 + 1);
    let mut questions = Vec::new();
    for (name, beginning) in [("drawn", &beginning), ("repeated", &same)] {
        let mut patterns: Vec<String> = (0..PATTERNS)
            .map(|index| format!("{beginning}{index}-*"))
            .collect();
        let list = |patterns: &[String]| vec![allow().when("StringLike", TEXT, patterns.to_vec())];
        let each = |patterns: &[String]| -> Vec<Clause> {
            patterns
                .iter()
                .map(|pattern| allow().when("StringLike", TEXT, [pattern.as_str()]))
                .collect()
        };
        let sorted = patterns.clone();
        shuffle(&mut patterns, draw);
        let inner: Vec<String> = patterns
            .iter()
            .map(|pattern| pattern.replacen("ab", "*b", 1).replacen("ba", "?a", 1))
            .collect();
        let shifted = vec![format!("a{beginning}*"), format!("b{beginning}*")];
        let mut cut = list(&[format!("{beginning}*")]);
        cut.push(deny().when("StringLike", TEXT, patterns.clone()));
        cut.push(deny().when(
            "StringNotLike",
            TEXT,
            [format!("{beginning}?-*"), format!("{beginning}??-*")],
        ));
        questions.extend([
            inside(
                &format!("{name}-another-order"),
                &list(&patterns),
                &each(&sorted),
                Expect::Holds,
            ),
            inside(
                &format!("{name}-one-less"),
                &each(&sorted),
                &list(&patterns[1..]),
                Expect::Fails,
            ),
            inside(
                &format!("{name}-with-wildcards-inside"),
                &list(&patterns),
                &list(&inner),
                Expect::Holds,
            ),
            inside(
                &format!("{name}-only-the-beginning"),
                &list(&patterns),
                &list(&[format!("{beginning}*")]),
                Expect::Holds,
            ),
            inside(
                &format!("{name}-shifted-by-one"),
                &list(&shifted),
                &list(&[format!("{beginning}*")]),
                Expect::Fails,
            ),
            inside(
                &format!("{name}-somewhere"),
                &list(&shifted),
                &list(&[format!("*{beginning}*")]),
                Expect::Holds,
            ),
            satisfiable(
                &format!("{name}-something-else-behind"),
                &cut,
                Expect::Holds,
            ),
        ]);
    }
    questions
}
