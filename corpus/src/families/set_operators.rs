//! Many `ForAllValues` and `ForAnyValue` constraints on one key. Values of a request do not constrain each other, so
//! each wanted value meets all universal constraints; an engine that builds sets of values meets 2ⁿ of them.

use super::document::{Clause, allow, deny, inside, satisfiable};
use super::{Expect, Question, shuffle};
use crate::generate::draw::Draw;

const KEY: &str = "aws:TagKeys";

pub(super) fn questions(size: u32, draw: &mut Draw) -> Vec<Question> {
    let half = size / 2;
    let constraints: Vec<Clause> = (0..size)
        .map(|index| {
            if index < half {
                every(&[format!("*{index}-*"), format!("t{index}*"), "team-*".into()])
            } else {
                some(&format!("team-*-{index}"))
            }
        })
        .collect();
    let all = |constraints: &[Clause]| -> Vec<Clause> {
        std::iter::once(allow())
            .chain(constraints.iter().cloned())
            .collect()
    };
    let with = |more: Clause| {
        let mut clauses = all(&constraints);
        clauses.push(more);
        clauses
    };
    let mut moved = constraints.clone();
    shuffle(&mut moved, draw);
    let mut fewer = constraints.clone();
    fewer.remove(half as usize);
    vec![
        satisfiable("all-together", &all(&constraints), Expect::Holds),
        satisfiable(
            "a-value-that-none-may-be",
            &with(some("unit-*")),
            Expect::Holds,
        ),
        satisfiable(
            "no-value-may-be-a-team",
            &with(every(&["unit-*".into()])),
            Expect::Fails,
        ),
        satisfiable(
            "no-values-at-all",
            &with(deny().when("Null", KEY, ["false"])),
            Expect::Fails,
        ),
        satisfiable(
            "none-ends-in-the-last",
            &with(never(&format!("*-{}", size - 1))),
            Expect::Fails,
        ),
        satisfiable(
            "none-ends-in-another",
            &with(never(&format!("*-{}x", size - 1))),
            Expect::Holds,
        ),
        inside(
            "another-order",
            &all(&moved),
            &all(&constraints),
            Expect::Holds,
        ),
        inside(
            "one-less-asked-of-the-old",
            &all(&constraints),
            &all(&fewer),
            Expect::Holds,
        ),
        inside(
            "one-less-asked-of-the-new",
            &all(&fewer),
            &all(&constraints),
            Expect::Fails,
        ),
    ]
}

/// Every value is like one of these; with no values it is fulfilled.
fn every(globs: &[String]) -> Clause {
    deny().when("ForAnyValue:StringNotLike", KEY, globs.to_vec())
}

/// Some value is like this.
fn some(glob: &str) -> Clause {
    deny().when("ForAllValues:StringNotLike", KEY, [glob])
}

/// No value is like this.
fn never(glob: &str) -> Clause {
    deny().when("ForAnyValue:StringLike", KEY, [glob])
}
