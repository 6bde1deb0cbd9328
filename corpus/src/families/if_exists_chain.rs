//! Long chains of consequences: a key that holds *a* makes the next hold *a*, with and without `IfExists`.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let link = |index: u32, operator: &str| {
        deny()
            .when("StringEquals", &tag(index), ["a"])
            .when(operator, &tag(index + 1), ["a"])
    };
    let strict: Vec<Clause> = links(size, draw, |index| link(index, "StringNotEquals"));
    let loose: Vec<Clause> = links(size, draw, |index| link(index, "StringNotEqualsIfExists"));
    // A key that is absent breaks nothing here, and everything in front of it may still be there.
    let present: Vec<Clause> = links(size, draw, |index| {
        deny()
            .when("ForAnyValue:StringEquals", &tag(index), ["a"])
            .when("Null", &tag(index + 1), ["true"])
    });
    let first = || allow().when("StringEquals", &tag(0), ["a"]);
    let chain = |links: &[Clause], more: &[Clause]| -> Vec<Clause> {
        std::iter::once(first())
            .chain(links.iter().cloned())
            .chain(more.iter().cloned())
            .collect()
    };
    let last_is = |operator: &str| deny().when(operator, &tag(size), ["a"]);
    let all = (0..=size).fold(allow(), |clause, index| {
        clause.when("StringEquals", &tag(index), ["a"])
    });
    let if_there = (0..=size).fold(allow(), |clause, index| {
        clause.when("StringEqualsIfExists", &tag(index), ["a"])
    });
    let mut broken = strict.clone();
    broken.remove(size as usize / 2);
    vec![
        satisfiable(
            "last-not-a",
            &chain(&strict, &[last_is("StringEquals")]),
            Expect::Fails,
        ),
        satisfiable(
            "last-a",
            &chain(&strict, &[last_is("StringNotEquals")]),
            Expect::Holds,
        ),
        satisfiable(
            "last-not-a-with-a-gap",
            &chain(&broken, &[last_is("StringEquals")]),
            Expect::Holds,
        ),
        satisfiable(
            "last-not-a-denied-if-exists",
            &chain(&loose, &[last_is("StringEqualsIfExists")]),
            Expect::Fails,
        ),
        satisfiable(
            "absent-next-is-denied-too",
            &chain(&loose, &[last_is("StringEquals")]),
            Expect::Fails,
        ),
        satisfiable("presence-only", &chain(&present, &[]), Expect::Holds),
        inside(
            "chain-in-all",
            &chain(&strict, &[]),
            std::slice::from_ref(&all),
            Expect::Holds,
        ),
        inside(
            "all-in-chain",
            std::slice::from_ref(&all),
            &chain(&strict, &[]),
            Expect::Holds,
        ),
        inside(
            "all-in-if-there",
            std::slice::from_ref(&all),
            std::slice::from_ref(&if_there),
            Expect::Holds,
        ),
        inside(
            "if-there-in-all",
            std::slice::from_ref(&if_there),
            std::slice::from_ref(&all),
            Expect::Fails,
        ),
        inside(
            "if-there-in-one-less",
            std::slice::from_ref(&if_there),
            &[without_last(size)],
            Expect::Holds,
        ),
    ]
}

fn links(size: u32, draw: &mut Draw, link: impl Fn(u32) -> Clause) -> Vec<Clause> {
    let mut links: Vec<Clause> = (0..size).map(link).collect();
    shuffle(&mut links, draw);
    links
}

fn without_last(size: u32) -> Clause {
    (0..size).fold(allow(), |clause, index| {
        clause.when("StringEqualsIfExists", &tag(index), ["a"])
    })
}
