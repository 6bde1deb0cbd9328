//! Hundreds of Deny statements that each cut one pair of values out of two keys: no statement says anything about one key
//! alone, and what one cut leads to is found only along a chain of others.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

/// How many values a key has where cuts are drawn.
const VALUES: u32 = 4;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let pair = |one: u32, first: &str, other: u32, second: &str| {
        deny()
            .when("StringEquals", &tag(one), [first])
            .when("StringEquals", &tag(other), [second])
    };
    let colours = |keys: u32| {
        (0..keys).fold(allow(), |clause, key| {
            clause.when("StringEquals", &tag(key), ["a", "b"])
        })
    };
    // An `a` is followed by an `a`.
    let mut chain = vec![colours(size + 1)];
    chain.extend((0..size).map(|key| pair(key, "a", key + 1, "b")));
    let mut broken = chain.clone();
    broken.remove(1 + size as usize / 2);
    let from_end_to_end = |mut chain: Vec<Clause>| {
        chain.push(deny().when("StringEquals", &tag(0), ["b"]));
        chain.push(deny().when("StringEquals", &tag(size), ["a"]));
        chain
    };
    // Neighbours on a ring differ.
    let ring = |keys: u32| {
        let mut clauses = vec![colours(keys)];
        for key in 0..keys {
            for colour in ["a", "b"] {
                clauses.push(pair(key, colour, (key + 1) % keys, colour));
            }
        }
        clauses
    };
    let even = (size / 2 * 2).max(4);
    let keys = (size / 8).max(3);
    let planted: Vec<u32> = (0..keys).map(|_| draw.below(VALUES)).collect();
    let mut cuts = Vec::new();
    while cuts.len() < size as usize {
        let one = draw.below(keys);
        let other = (one + 1 + draw.below(keys - 1)) % keys;
        let (first, second) = (draw.below(VALUES), draw.below(VALUES));
        if (planted[one as usize], planted[other as usize]) != (first, second) {
            cuts.push(pair(
                one,
                &format!("v{first}"),
                other,
                &format!("v{second}"),
            ));
        }
    }
    let values: Vec<String> = (0..VALUES).map(|value| format!("v{value}")).collect();
    let all = (0..keys).fold(allow(), |clause, key| {
        clause.when("StringEquals", &tag(key), values.clone())
    });
    let with = |cuts: &[Clause]| -> Vec<Clause> {
        std::iter::once(all.clone())
            .chain(cuts.iter().cloned())
            .collect()
    };
    let mut moved = cuts.clone();
    shuffle(&mut moved, draw);
    let apart: Vec<Clause> = std::iter::once(colours(2 * size))
        .chain((0..size).map(|at| pair(2 * at, "a", 2 * at + 1, "b")))
        .collect();
    let mut wider = apart.clone();
    wider.remove(1 + size as usize / 2);
    let single: Vec<Clause> = std::iter::once(colours(2 * size))
        .chain((0..size).map(|at| deny().when("StringEquals", &tag(2 * at), ["a"])))
        .collect();
    vec![
        satisfiable("chain", &chain, Expect::Holds),
        satisfiable(
            "chain-from-end-to-end",
            &from_end_to_end(chain.clone()),
            Expect::Fails,
        ),
        satisfiable(
            "broken-chain-from-end-to-end",
            &from_end_to_end(broken),
            Expect::Holds,
        ),
        satisfiable("even-ring", &ring(even), Expect::Holds),
        satisfiable("odd-ring", &ring(even + 1), Expect::Fails),
        satisfiable("drawn", &with(&cuts), Expect::Holds),
        inside(
            "drawn-in-another-order",
            &with(&moved),
            &with(&cuts),
            Expect::Holds,
        ),
        inside("apart-and-one-less", &wider, &apart, Expect::Fails),
        inside("apart-in-one-less", &apart, &wider, Expect::Holds),
        inside("single-cuts-in-pairs", &single, &apart, Expect::Holds),
        inside("pairs-in-single-cuts", &apart, &single, Expect::Fails),
    ]
}
