//! Letters at a distance from the end, from the beginning, or from both: what is a state each for one direction of
//! reading is an exponential number of states for the other.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let run = |length: u32| "?".repeat(length as usize);
    let letters: Vec<char> = (0..size).map(|_| draw.pick(&['a', 'b'])).collect();
    let from_end: Vec<String> = letters
        .iter()
        .enumerate()
        .map(|(at, c)| format!("*{c}{}", run(at as u32)))
        .collect();
    let from_start: Vec<String> = letters
        .iter()
        .enumerate()
        .map(|(at, c)| format!("{}{c}*", run(at as u32)))
        .collect();
    let word: String = letters.iter().collect();
    let turned: String = letters.iter().rev().collect();
    let all = |globs: &[String]| -> Vec<Clause> {
        std::iter::once(allow())
            .chain(
                globs
                    .iter()
                    .map(|glob| deny().when("StringNotLike", TEXT, [glob.as_str()])),
            )
            .collect()
    };
    let one = |glob: String| vec![allow().when("StringLike", TEXT, [glob])];
    let both = [&from_end[..], &from_start[..]].concat();
    let mut longer = all(&both);
    longer.push(deny().when("StringLike", TEXT, [format!("{}*", run(2 * size + 1))]));
    // With another letter than the last at its place.
    let other = if letters[size as usize - 1] == 'a' {
        'b'
    } else {
        'a'
    };
    let mut against = from_end.clone();
    against.push(format!("*{other}{}", run(size - 1)));
    let mut somewhere = all(&from_end);
    somewhere.push(deny().when("StringNotLike", TEXT, ["*z*"]));
    let mut nowhere = somewhere.clone();
    nowhere.push(deny().when("StringLike", TEXT, [format!("*{}", run(size + 1))]));
    // Neither letter at one of the places from the end: as a Deny of both.
    let neither: Vec<Clause> =
        std::iter::once(allow().when("StringLike", TEXT, [format!("{}*", run(size))]))
            .chain(letters.iter().enumerate().map(|(at, c)| {
                deny().when("StringLike", TEXT, [format!("*{c}{}", run(at as u32))])
            }))
            .collect();
    vec![
        inside(
            "from-the-end",
            &all(&from_end),
            &one(format!("*{turned}")),
            Expect::Holds,
        ),
        inside(
            "from-the-end-and-one-more",
            &all(&from_end),
            &one(format!("*?{turned}")),
            Expect::Fails,
        ),
        inside(
            "from-the-beginning",
            &all(&from_start),
            &one(format!("{word}*")),
            Expect::Holds,
        ),
        inside(
            "from-the-beginning-and-one-more",
            &all(&from_start),
            &one(format!("{word}?*")),
            Expect::Fails,
        ),
        satisfiable("from-both", &all(&both), Expect::Holds),
        satisfiable("from-both-in-twice-the-length", &longer, Expect::Holds),
        inside(
            "from-both-in-one",
            &all(&both),
            &one(format!("{word}*")),
            Expect::Holds,
        ),
        satisfiable("two-letters-at-the-farthest", &all(&against), Expect::Fails),
        satisfiable("another-letter-in-front", &somewhere, Expect::Holds),
        satisfiable("another-letter-and-no-room", &nowhere, Expect::Fails),
        satisfiable("none-of-them", &neither, Expect::Holds),
    ]
}
