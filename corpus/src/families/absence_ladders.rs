//! Ladders of `…IfExists` and `Null`: a key that is there forces the next one to be there, with a value that follows from its own.

use super::document::{Clause, allow, deny, satisfiable};
use super::{Expect, Question, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let first = allow().when("Null", &tag(0), ["false"]);
    let mut there: Vec<Clause> = vec![first];
    for at in 0..size {
        there.push(deny().when("Null", &tag(at), ["false"]).when(
            "StringNotLikeIfExists",
            &tag(at + 1),
            ["*"],
        ));
        there.push(deny().when("StringLike", &tag(at), ["*"]).when(
            "StringNotLike",
            &tag(at + 1),
            ["?*"],
        ));
    }
    for at in 0..=size {
        there.push(deny().when("StringNotEqualsIfExists", &tag(at), ["a", "b"]));
    }
    let mut none = there.clone();
    none.push(deny().when("StringEqualsIfExists", &tag(size), ["a", "b"]));
    // From a to b to a: the last value follows from the first.
    let mut turns: Vec<Clause> = vec![allow().when("StringEquals", &tag(0), ["a"])];
    for at in 0..size {
        let (own, next) = if at % 2 == 0 { ("a", "b") } else { ("b", "a") };
        turns.push(deny().when("StringEquals", &tag(at), [own]).when(
            "StringNotEqualsIfExists",
            &tag(at + 1),
            [next],
        ));
        turns.push(
            deny()
                .when("StringLike", &tag(at), ["?"])
                .when("Null", &tag(at + 1), ["true"]),
        );
    }
    let (right, wrong) = if size.is_multiple_of(2) {
        ("a", "b")
    } else {
        ("b", "a")
    };
    let with = |value: &str| {
        let mut clauses = turns.clone();
        clauses.push(deny().when("StringLikeIfExists", &tag(size), [format!("{value}*")]));
        clauses
    };
    vec![
        satisfiable("there", &there, Expect::Holds),
        satisfiable("there-and-not", &none, Expect::Fails),
        satisfiable("turns", &turns, Expect::Holds),
        satisfiable("turns-to-the-other", &with(right), Expect::Fails),
        satisfiable("turns-to-its-own", &with(wrong), Expect::Holds),
    ]
}
