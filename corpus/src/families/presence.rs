//! 2ⁿ combinations of keys that are there or not, of which statements speak in some order.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    let null = |clause: Clause, index: u32, absent: bool| {
        clause.when("Null", &tag(index), [absent.to_string()])
    };
    // The first key that is there decides: n + 1 statements for all combinations.
    let mut ladder: Vec<Clause> = (0..size)
        .map(|there| {
            null(
                (0..there).fold(allow(), |clause, index| null(clause, index, true)),
                there,
                false,
            )
        })
        .collect();
    let none = (0..size).fold(allow(), |clause, index| null(clause, index, true));
    let gap = ladder.clone();
    ladder.push(none.clone());
    let some: Vec<Clause> = (0..size).map(|index| null(allow(), index, false)).collect();
    let mut some_or_none = some.clone();
    some_or_none.push(none);
    // Each key by itself says nothing: absent or present are both fine for it.
    let either: Vec<Clause> = (0..size)
        .flat_map(|index| [null(allow(), index, true), null(allow(), index, false)])
        .collect();
    // Neighbours must differ, so two combinations are left.
    let mut alternating = vec![allow()];
    for index in 0..size - 1 {
        for absent in [true, false] {
            alternating.push(null(null(deny(), index, absent), index + 1, absent));
        }
    }
    let ends = |first: bool, last: bool| {
        let mut clauses = alternating.clone();
        clauses[0] = if size == 1 {
            null(allow(), 0, first)
        } else {
            null(null(allow(), 0, first), size - 1, last)
        };
        clauses
    };
    let even = size.is_multiple_of(2);
    let all = [allow()];
    let mut questions = vec![
        inside("first-that-is-there", &all, &ladder, Expect::Holds),
        inside("first-that-is-there-if-any", &all, &gap, Expect::Fails),
        inside("some-or-none", &all, &some_or_none, Expect::Holds),
        inside("some", &all, &some, Expect::Fails),
        inside("one-way-or-the-other", &all, &either, Expect::Holds),
        satisfiable("neighbours-differ", &alternating, Expect::Holds),
    ];
    if size > 1 {
        questions.push(satisfiable(
            "neighbours-differ-ends-alike",
            &ends(true, true),
            Expect::holds_if(!even),
        ));
        questions.push(satisfiable(
            "neighbours-differ-ends-apart",
            &ends(true, false),
            Expect::holds_if(even),
        ));
    }
    if size <= 12 {
        // Every combination spelt out.
        let spelt: Vec<Clause> = (0..1u32 << size)
            .map(|bits| {
                (0..size).fold(allow(), |clause, index| {
                    null(clause, index, bits >> index & 1 == 1)
                })
            })
            .collect();
        questions.push(inside("all-combinations", &all, &spelt, Expect::Holds));
        questions.push(inside(
            "all-combinations-but-one",
            &all,
            &spelt[1..],
            Expect::Fails,
        ));
    }
    questions
}
