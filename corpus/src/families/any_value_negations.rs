//! Negated tests of many-valued keys, several operators a statement: *some value is none of these and none of those*,
//! and its contrary, *each value is one of these or one of those*, a choice for each value and each statement.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

const KEY: &str = "aws:TagKeys";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    // Each value begins in one way or ends in another.
    let either = |at: u32| {
        deny().when(
            "ForAnyValue:StringNotLike",
            KEY,
            [format!("a{at}-*"), format!("*-z{at}"), "keep-*".into()],
        )
    };
    let both = |at: u32| {
        deny()
            .when("ForAnyValue:StringLike", KEY, [format!("*-{at}-*")])
            .when("ForAnyValue:StringNotLike", KEY, [format!("*+{at}+*")])
    };
    let with = |first: Clause, rest: &[Clause]| -> Vec<Clause> {
        std::iter::once(first).chain(rest.iter().cloned()).collect()
    };
    let eithers: Vec<Clause> = (0..size).map(either).collect();
    let boths: Vec<Clause> = (0..size).map(both).collect();
    let mut moved = eithers.clone();
    shuffle(&mut moved, draw);
    let some = |globs: &[&str]| allow().when("ForAnyValue:StringLike", KEY, globs.to_vec());
    let every = |globs: &[&str]| {
        allow()
            .when("ForAllValues:StringLike", KEY, globs.to_vec())
            .when("Null", KEY, ["false"])
    };
    let wanted: Vec<Clause> = (0..size)
        .map(|at| deny().when("ForAllValues:StringNotLike", KEY, [format!("*-{at}-*")]))
        .collect();
    let wanted_and_none = with(every(&["x*"]), &wanted)
        .into_iter()
        .chain([deny().when("ForAnyValue:StringLike", KEY, [format!("*-{}-*", size - 1)])])
        .collect::<Vec<_>>();
    // Many keys with the same constraint each.
    let keys: Vec<Clause> = (0..size)
        .map(|at| {
            deny()
                .when("ForAllValues:StringNotEquals", &tag(at), ["a", "b"])
                .when("Null", &tag(at), ["false"])
        })
        .collect();
    let keyed = (0..size).fold(allow(), |clause, at| {
        clause.when("Null", &tag(at), ["false"])
    });
    vec![
        satisfiable(
            "either-way",
            &with(allow().when("Null", KEY, ["false"]), &eithers),
            Expect::Holds,
        ),
        satisfiable(
            "either-way-kept",
            &with(some(&["keep-*"]), &eithers),
            Expect::Holds,
        ),
        satisfiable(
            "either-way-and-none",
            &with(some(&["b*-y"]), &eithers),
            Expect::Fails,
        ),
        inside(
            "another-order",
            &with(some(&["*"]), &moved),
            &with(some(&["*"]), &eithers),
            Expect::Holds,
        ),
        inside(
            "one-less",
            &with(some(&["*"]), &moved[1..]),
            &with(some(&["*"]), &eithers),
            // Three values to begin or end with are one too many.
            Expect::holds_if(size > 3),
        ),
        satisfiable("both", &with(some(&["*-0-*"]), &boths), Expect::Holds),
        satisfiable(
            "both-in-another-key",
            &with(
                some(&["*-0-*"]).when("ForAnyValue:StringLike", &tag(0), ["x"]),
                &boths,
            ),
            Expect::Holds,
        ),
        satisfiable("each-wanted", &with(every(&["x*"]), &wanted), Expect::Holds),
        satisfiable("each-wanted-and-one-never", &wanted_and_none, Expect::Fails),
        inside(
            "each-wanted-in-one",
            &with(every(&["x*"]), &wanted),
            &[some(&["x*-0-*"])],
            Expect::Holds,
        ),
        satisfiable(
            "a-value-in-each-key",
            &with(keyed.clone(), &keys),
            Expect::Holds,
        ),
        inside(
            "a-value-in-each-key-in-some",
            &with(keyed, &keys),
            &[allow().when("ForAnyValue:StringEquals", &tag(0), ["a", "b"])],
            Expect::Holds,
        ),
    ]
}
