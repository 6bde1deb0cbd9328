//! A text that holds the letters of many globs in order and is short: the shortest common supersequence, which is
//! NP-hard (Räihä and Ukkonen, 1981). Every glob has letters of its own, so the shortest text is as long as all of them
//! together, and one letter less is too short.

use super::document::{Clause, allow, deny, satisfiable};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

/// Letters of each glob.
const LETTERS: usize = 6;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let globs: Vec<String> = (0..size as u8)
        .map(|index| {
            format!(
                "*{}",
                format!("{}*", char::from(b'a' + index)).repeat(LETTERS)
            )
        })
        .collect();
    let shorter_than = |length: usize| {
        let mut clauses: Vec<Clause> = vec![allow()];
        clauses.extend(
            globs
                .iter()
                .map(|glob| deny().when("StringNotLike", TEXT, [glob.as_str()])),
        );
        clauses.push(deny().when("StringLike", TEXT, [format!("{}*", "?".repeat(length))]));
        clauses
    };
    let needed = size as usize * LETTERS;
    vec![
        satisfiable("one-letter-short", &shorter_than(needed), Expect::Fails),
        satisfiable("long-enough", &shorter_than(needed + 1), Expect::Holds),
    ]
}
