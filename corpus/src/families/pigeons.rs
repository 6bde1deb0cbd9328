//! The pigeonhole principle: one pigeon more than there are holes, a key a pigeon, a value a hole, and a Deny for each
//! pair of pigeons in one hole. Short proofs by resolution do not exist (Haken, "The intractability of resolution", 1985),
//! so a search over keys grows like the factorial of the holes.

use super::document::{Clause, allow, deny, satisfiable};
use super::{Expect, Question, tag};
use crate::generate::draw::Draw;

pub(super) fn questions(size: u32, _: &mut Draw) -> Vec<Question> {
    vec![
        satisfiable("one-hole-short", &pigeons(size + 1, size), Expect::Fails),
        satisfiable("enough-holes", &pigeons(size, size), Expect::Holds),
    ]
}

fn pigeons(pigeons: u32, holes: u32) -> Vec<Clause> {
    let hole = |index: u32| format!("h{index}");
    let all: Vec<String> = (0..holes).map(hole).collect();
    let settled = (0..pigeons).fold(allow(), |clause, pigeon| {
        clause.when("StringEquals", &tag(pigeon), all.clone())
    });
    let mut clauses = vec![settled];
    for one in 0..pigeons {
        for other in one + 1..pigeons {
            clauses.extend((0..holes).map(|at| {
                deny().when("StringEquals", &tag(one), [hole(at)]).when(
                    "StringEquals",
                    &tag(other),
                    [hole(at)],
                )
            }));
        }
    }
    clauses
}
