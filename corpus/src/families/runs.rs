//! Long runs of `?`, plain and behind a star, excluded by the hundred: what is left is a question of lengths, with a
//! letter here and there.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, TEXT, shuffle};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let run = |length: u32| "?".repeat(length as usize);
    let mut lengths: Vec<String> = (0..=size).map(run).collect();
    shuffle(&mut lengths, draw);
    let not = |globs: &[String]| allow().when("StringNotLike", TEXT, globs.to_vec());
    let there = |clause: Clause| clause.when("Null", TEXT, ["false"]);
    let at_least = vec![allow().when("StringLike", TEXT, [format!("{}*", run(size + 1))])];
    let capped = |most: u32, globs: &[String]| {
        vec![
            there(not(globs)),
            deny().when("StringLike", TEXT, [format!("{}*", run(most + 1))]),
        ]
    };
    // Every length but one. An empty value is none, so it is not the one.
    let spared = run(1 + draw.below(size));
    let but_one: Vec<String> = lengths
        .iter()
        .filter(|length| **length != spared)
        .cloned()
        .collect();
    let letters: Vec<String> = (0..size)
        .map(|at| format!("{}a{}", run(at), run(size - 1 - at)))
        .collect();
    let no_a = vec![
        allow().when("StringLike", TEXT, [run(size)]),
        deny().when("StringLike", TEXT, letters.clone()),
    ];
    let no_a_and_an_a = vec![
        allow().when("StringLike", TEXT, ["*a*"]),
        deny().when("StringLike", TEXT, letters.clone()),
        deny().when("StringNotLike", TEXT, [run(size)]),
    ];
    let each: Vec<Clause> = std::iter::once(allow().when("StringLike", TEXT, [run(size)]))
        .chain(
            letters
                .iter()
                .map(|glob| deny().when("StringNotLike", TEXT, [glob.as_str()])),
        )
        .collect();
    let all_a = vec![allow().when("StringLike", TEXT, ["a".repeat(size as usize)])];
    // `*?*?*` and such are `?` in a row and a star.
    let loose: Vec<String> = (0..size.min(40))
        .map(|count| format!("{}*", "*?".repeat(count as usize + 1)))
        .collect();
    let tight: Vec<String> = (0..size.min(40))
        .map(|count| format!("{}*", run(count + 1)))
        .collect();
    let list = |globs: &[String]| -> Vec<Clause> {
        globs
            .iter()
            .map(|glob| allow().when("StringLike", TEXT, [glob.as_str()]))
            .collect()
    };
    vec![
        inside(
            "as-long-or-longer",
            &[there(not(&lengths))],
            &at_least,
            Expect::Holds,
        ),
        inside(
            "one-length-is-spared",
            &[there(not(&but_one))],
            &at_least,
            Expect::Fails,
        ),
        inside("turned", &at_least, &[not(&lengths)], Expect::Holds),
        satisfiable("no-length-is-left", &capped(size, &lengths), Expect::Fails),
        satisfiable("one-length-is-left", &capped(size, &but_one), Expect::Holds),
        satisfiable("no-place-has-the-letter", &no_a, Expect::Holds),
        satisfiable(
            "no-place-has-the-letter-that-is-there",
            &no_a_and_an_a,
            Expect::Fails,
        ),
        inside("every-place-has-the-letter", &each, &all_a, Expect::Holds),
        inside(
            "every-place-but-one",
            &each[..size as usize],
            &all_a,
            Expect::Fails,
        ),
        inside("stars-between", &list(&loose), &list(&tight), Expect::Holds),
        inside(
            "stars-between-turned",
            &list(&tight),
            &list(&loose),
            Expect::Holds,
        ),
    ]
}
