//! Lists of patterns that are told apart by their ends alone, three of them on one key: nothing at the beginning says
//! which patterns can meet, and there are as many choices as the product of the lists' lengths.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let list = |name: &str, from: u32, to: u32| -> Vec<String> {
        let mut globs: Vec<String> = (from..to).map(|at| format!("*{name}{at:03}.log")).collect();
        globs.rotate_left((to - from) as usize / 3);
        globs
    };
    let both = |lists: &[Vec<String>]| -> Vec<Clause> {
        std::iter::once(allow())
            .chain(
                lists
                    .iter()
                    .map(|list| deny().when("StringNotLike", TEXT, list.clone())),
            )
            .collect()
    };
    let first = list("", 0, size);
    let second = list("", size, 2 * size);
    let third = list("", size / 2, 3 * size / 2 + 1);
    let mut moved = first.clone();
    shuffle(&mut moved, draw);
    // A word somewhere of each of three lists: twelve letters, and no two of them share one.
    let words = |letter: char| -> Vec<String> {
        (0..size)
            .map(|at| format!("*{letter}{}{letter}*", spelled(at, letter)))
            .collect()
    };
    let three = |length: usize| {
        let mut clauses = both(&[words('p'), words('q'), words('r')]);
        clauses.push(deny().when("StringLike", TEXT, [format!("{}*", "?".repeat(length))]));
        clauses
    };
    let each = |globs: &[String]| -> Vec<Clause> {
        globs
            .iter()
            .map(|glob| allow().when("StringLike", TEXT, [glob.as_str()]))
            .collect()
    };
    let with_star: Vec<String> = first
        .iter()
        .map(|glob| glob.replace(".log", ".*"))
        .collect();
    let shortest = 3 * (2 + spelled(0, 'p').len());
    vec![
        satisfiable(
            "two-that-never-meet",
            &both(&[first.clone(), second.clone()]),
            Expect::Fails,
        ),
        satisfiable(
            "three-that-never-meet",
            &both(&[first.clone(), third.clone(), second.clone()]),
            Expect::Fails,
        ),
        satisfiable(
            "two-that-meet",
            &both(&[first.clone(), third.clone()]),
            Expect::holds_if(size / 2 < size),
        ),
        satisfiable("three-words-and-room", &three(shortest + 1), Expect::Holds),
        satisfiable("three-words-and-no-room", &three(shortest), Expect::Fails),
        inside(
            "another-order",
            &each(&moved),
            &[allow().when("StringLike", TEXT, first.clone())],
            Expect::Holds,
        ),
        inside(
            "in-wider-ones",
            &each(&moved),
            &[allow().when("StringLike", TEXT, with_star.clone())],
            Expect::Holds,
        ),
        inside(
            "in-wider-ones-but-one",
            &each(&moved),
            &[allow().when("StringLike", TEXT, with_star[1..].to_vec())],
            Expect::Fails,
        ),
        inside(
            "in-narrower-ones",
            &[allow().when("StringLike", TEXT, with_star)],
            &each(&moved),
            Expect::Fails,
        ),
    ]
}

/// A number in letters that are none but those of its list.
fn spelled(number: u32, letter: char) -> String {
    let digits: [char; 4] = match letter {
        'p' => ['a', 'b', 'c', 'd'],
        'q' => ['e', 'f', 'g', 'h'],
        _ => ['i', 'j', 'k', 'l'],
    };
    (0..4)
        .map(|place| digits[(number >> (2 * place) & 3) as usize])
        .collect()
}
