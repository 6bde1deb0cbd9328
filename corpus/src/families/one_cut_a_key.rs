//! Hundreds of Deny statements that each cut one value out of one key: as many coordinates as statements, none of which
//! has to do with another.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let cuts: Vec<Clause> = (0..size)
        .map(|index| deny().when("StringEquals", &tag(index), [format!("v{index}")]))
        .collect();
    let all = |cuts: &[Clause]| -> Vec<Clause> {
        std::iter::once(allow())
            .chain(cuts.iter().cloned())
            .collect()
    };
    let mut moved = cuts.clone();
    shuffle(&mut moved, draw);
    let left_out = |index: usize| {
        let mut fewer = moved.clone();
        fewer.remove(index);
        fewer
    };
    let wanted = (0..size).fold(allow(), |clause, index| {
        clause.when("StringLike", &tag(index), [format!("v{index}*")])
    });
    let exact = (0..size).fold(allow(), |clause, index| {
        clause.when("StringEquals", &tag(index), [format!("v{index}")])
    });
    let against = |clause: &Clause| -> Vec<Clause> {
        std::iter::once(clause.clone())
            .chain(cuts.iter().cloned())
            .collect()
    };
    // Without negation: one statement that lets in whatever no cut touches.
    let spared = (0..size).fold(allow(), |clause, index| {
        clause.when("StringNotEquals", &tag(index), [format!("v{index}")])
    });
    vec![
        satisfiable("cut", &all(&cuts), Expect::Holds),
        satisfiable("cut-where-all-are-near", &against(&wanted), Expect::Holds),
        satisfiable("cut-where-all-are-named", &against(&exact), Expect::Fails),
        inside("another-order", &all(&moved), &all(&cuts), Expect::Holds),
        inside(
            "first-left-out-of-the-new",
            &all(&left_out(0)),
            &all(&cuts),
            Expect::Fails,
        ),
        inside(
            "last-left-out-of-the-new",
            &all(&left_out(size as usize - 1)),
            &all(&cuts),
            Expect::Fails,
        ),
        inside(
            "one-left-out-of-the-old",
            &all(&cuts),
            &all(&left_out(size as usize / 2)),
            Expect::Holds,
        ),
        inside(
            "as-one-statement",
            &all(&cuts),
            std::slice::from_ref(&spared),
            Expect::Holds,
        ),
        inside(
            "from-one-statement",
            std::slice::from_ref(&spared),
            &all(&cuts),
            Expect::Holds,
        ),
        inside("from-everything", &[allow()], &all(&cuts), Expect::Fails),
    ]
}
