//! A text of two letters whose places are tied by patterns of question marks: no letter but these at each place, and never one after the other.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    // At least a first and a last place.
    let length = size.max(2) as usize;
    let at = |place: usize, text: &str| -> String {
        let behind = length - place - text.len();
        format!("{}{text}{}", "?".repeat(place), "?".repeat(behind))
    };
    let mut places: Vec<usize> = (0..length).collect();
    shuffle(&mut places, draw);
    // Nothing but `a` and `b` at each place.
    let letters = |places: &[usize]| -> Vec<Clause> {
        let only = |place: &usize| {
            deny().when(
                "StringNotLike",
                TEXT,
                [at(*place, "a"), at(*place, "b")].to_vec(),
            )
        };
        places.iter().map(only).collect()
    };
    // An `a` is not followed by a `b`.
    let steps: Vec<Clause> = places
        .iter()
        .filter(|place| **place + 1 < length)
        .map(|place| deny().when("StringLike", TEXT, [at(*place, "ab")]))
        .collect();
    // So the text is b…ba…a, and cannot begin with `a` and end with `b`.
    let from_to = |from: &str, to: &str| {
        allow().when(
            "StringLike",
            TEXT,
            [format!("{from}{}{to}", "?".repeat(length - 2))],
        )
    };
    let all = |first: Clause, more: &[&[Clause]]| -> Vec<Clause> {
        std::iter::once(first)
            .chain(more.iter().flat_map(|clauses| clauses.iter().cloned()))
            .collect()
    };
    let own = letters(&places);
    let each: Vec<Clause> = places
        .iter()
        .flat_map(|place| ["a", "b"].map(|letter| at(*place, letter)))
        .map(|glob| allow().when("StringLike", TEXT, [glob]))
        .collect();
    vec![
        satisfiable(
            "up",
            &all(from_to("a", "b"), &[&own, &steps]),
            Expect::Fails,
        ),
        satisfiable(
            "down",
            &all(from_to("b", "a"), &[&own, &steps]),
            Expect::Holds,
        ),
        satisfiable(
            "up-but-a-step",
            &all(from_to("a", "b"), &[&own, &steps[1..]]),
            Expect::Holds,
        ),
        // Two neighbours of `ab` are that step; a third letter at one place gets around it unless it is the first or last.
        satisfiable(
            "up-but-a-place",
            &all(from_to("a", "b"), &[&own[1..], &steps]),
            Expect::holds_if(places[0] > 0 && places[0] + 1 < length),
        ),
        inside(
            "each-place",
            &[allow().when("StringLike", TEXT, ["?".repeat(length)])],
            &each,
            Expect::Fails,
        ),
        inside(
            "in-its-length",
            &each,
            &[allow().when("StringLike", TEXT, ["?".repeat(length)])],
            Expect::Holds,
        ),
    ]
}
