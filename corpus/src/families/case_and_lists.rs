//! Lists of words without regard to case against the same words in other case, spelt or with question marks.

use super::document::{allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    const FOLD: &str = "StringEqualsIgnoreCase";
    // The number of a word in letters, so that no two are the same in any case.
    let words: Vec<String> = (0..size)
        .map(|at| {
            (0..10)
                .map(|bit| match (at >> bit & 1 == 1, draw.below(2) == 1) {
                    (true, true) => 'A',
                    (true, false) => 'a',
                    (false, true) => 'B',
                    (false, false) => 'b',
                })
                .collect()
        })
        .collect();
    let turned = |word: &String| -> String {
        let turn = |c: char| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        };
        word.chars().map(turn).collect()
    };
    let mut other: Vec<String> = words.iter().map(turned).collect();
    shuffle(&mut other, draw);
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let any: Vec<String> = words
        .iter()
        .map(|word| format!("?{}*", &word[1..5].replace(['a', 'A', 'b', 'B'], "?")))
        .collect();
    let fold = |words: &[String]| [allow().when(FOLD, TEXT, words.to_vec())];
    vec![
        inside("in-other-case", &fold(&words), &fold(&other), Expect::Holds),
        inside(
            "in-other-case-but-one",
            &fold(&words),
            &fold(&other[1..]),
            Expect::Fails,
        ),
        inside(
            "plain-in-folded",
            &[allow().when("StringEquals", TEXT, words.clone())],
            &fold(&other),
            Expect::Holds,
        ),
        inside(
            "folded-in-plain",
            &fold(&words),
            &[allow().when("StringEquals", TEXT, words.clone())],
            Expect::Fails,
        ),
        inside(
            "folded-in-length",
            &fold(&words),
            &[allow().when("StringLike", TEXT, any)],
            Expect::Holds,
        ),
        satisfiable(
            "neither-lower-nor-mixed",
            &[
                fold(&words)[0].clone(),
                deny().when("StringLike", TEXT, ["*A*", "*B*"]),
                deny().when("StringEquals", TEXT, lower.clone()),
            ],
            Expect::Fails,
        ),
        satisfiable(
            "one-lower",
            &[
                fold(&words)[0].clone(),
                deny().when("StringLike", TEXT, ["*A*", "*B*"]),
                deny().when("StringEquals", TEXT, lower[1..].to_vec()),
            ],
            Expect::Holds,
        ),
    ]
}
